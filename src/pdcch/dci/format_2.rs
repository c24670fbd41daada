//! Formats 2_0 to 2_3: one DCI for a group of devices, each of which reads the fields at positions it was given.

use super::DciLayout;
use crate::ConfigError;
use crate::coding::bits;

/// A field of a group DCI: `width` bits from bit `position`, 0 = first bit sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupField {
    /// The standard's name.
    pub name: &'static str,
    /// The first bit.
    pub position: u8,
    /// Bits, 1..=32.
    pub width: u8,
}

/// A checked group DCI: its size and the fields in it that are known, which need not be all.
///
/// Bits outside the known fields are of other devices: a sender that serves all of them knows all fields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.212 7.3.1.3")]
pub struct GroupDciLayout {
    size: u8,
    fields: Vec<GroupField>,
}

impl GroupDciLayout {
    fn new(size: usize, max_size: usize, fields: Vec<GroupField>, clause: &'static str) -> Result<Self, ConfigError> {
        if size == 0 || size > max_size {
            return Err(ConfigError::new("dci-PayloadSize", size, format!("must lie in 1..={max_size} bits"), clause));
        }
        let end = |f: &GroupField| usize::from(f.position) + usize::from(f.width);
        for (i, field) in fields.iter().enumerate() {
            if end(field) > size {
                let got = format!("{} bits at {}", field.width, field.position);
                return Err(ConfigError::new(field.name, got, format!("must lie inside {size} bits"), clause));
            }
            let overlaps = |other: &&GroupField| {
                usize::from(field.position) < end(other) && usize::from(other.position) < end(field)
            };
            if let Some(other) = fields[..i].iter().find(overlaps) {
                let got = format!("{} bits at {}", field.width, field.position);
                let rule = format!("overlaps {} at {}", other.name, other.position);
                return Err(ConfigError::new(field.name, got, rule, clause));
            }
        }
        // At most max_size, 140.
        Ok(Self { size: size as u8, fields })
    }

    /// Format 2_0 with SFI-RNTI: slot formats. `payload_size` is dci-PayloadSize, 1..=128 bits; each serving cell has
    /// its slot format indicator at a position and as wide as [`slot_format_bits`] says. The fields of shared spectrum
    /// (available RB sets, COT duration, search space group) may follow as any others.
    ///
    /// # Errors
    /// If the size lies outside its range, or a field outside the DCI or over another.
    #[doc(alias = "TS 38.212 7.3.1.3.1")]
    pub fn format_2_0(payload_size: usize, fields: &[GroupField]) -> Result<Self, ConfigError> {
        Self::new(payload_size, 128, fields.to_vec(), "TS 38.212 7.3.1.3.1")
    }

    /// Format 2_1 with INT-RNTI: pre-emption indications of 14 bits at `positions` (positionInDCI), one a serving
    /// cell. `payload_size` is dci-PayloadSize, 1..=126 bits.
    ///
    /// # Errors
    /// If the size lies outside its range, or a field outside the DCI or over another.
    #[doc(alias = "TS 38.212 7.3.1.3.2")]
    pub fn format_2_1(payload_size: usize, positions: &[u8]) -> Result<Self, ConfigError> {
        let field = |&position: &u8| GroupField { name: "pre-emption indication", position, width: 14 };
        Self::new(payload_size, 126, positions.iter().map(field).collect(), "TS 38.212 7.3.1.3.2")
    }

    /// Format 2_2 with TPC-PUSCH-RNTI or TPC-PUCCH-RNTI: blocks `blocks` (from 0) of a TPC command of two bits, after a
    /// closed loop indicator of one bit where `closed_loop_indicator` (two adjustment states are configured). It has
    /// the size of format 1_0 in a common search space, `common`.
    ///
    /// # Errors
    /// If a block does not lie in the DCI or comes twice.
    #[doc(alias = "TS 38.212 7.3.1.3.3")]
    pub fn format_2_2(common: &DciLayout, closed_loop_indicator: bool, blocks: &[u8]) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.212 7.3.1.3.3";
        let width = 2 + u8::from(closed_loop_indicator);
        let name = if closed_loop_indicator { "closed loop indicator and TPC command" } else { "TPC command" };
        let fields = blocks.iter().map(|&block| {
            let Some(position) = block.checked_mul(width) else {
                let rule = format!("must lie inside {} bits", common.size());
                return Err(ConfigError::new("block number", block, rule, CLAUSE));
            };
            Ok(GroupField { name, position, width })
        });
        Self::new(common.size(), common.size(), fields.collect::<Result<_, _>>()?, CLAUSE)
    }

    /// Format 2_3 with TPC-SRS-RNTI: blocks that each begin at a position, with an SRS request of two bits where
    /// `srs_request`, then `n_commands` TPC commands of two bits: several in the one block of typeA (one an uplink
    /// carrier), one in each of typeB. It has the size of format 1_0 in a common search space, `common`. The fields
    /// come block by block.
    ///
    /// # Errors
    /// If a block does not lie in the DCI or overlaps another.
    #[doc(alias = "TS 38.212 7.3.1.3.4")]
    pub fn format_2_3(
        common: &DciLayout,
        srs_request: bool,
        n_commands: u8,
        positions: &[u8],
    ) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.212 7.3.1.3.4";
        if !(1..=32).contains(&n_commands) {
            return Err(ConfigError::new("TPC commands", n_commands, "must lie in 1..=32 a block", CLAUSE));
        }
        let mut fields = Vec::new();
        for &position in positions {
            let mut at = position;
            let mut add = |name, fields: &mut Vec<GroupField>| {
                fields.push(GroupField { name, position: at, width: 2 });
                at = at.saturating_add(2);
            };
            if srs_request {
                add("SRS request", &mut fields);
            }
            (0..n_commands).for_each(|_| add("TPC command", &mut fields));
        }
        Self::new(common.size(), common.size(), fields, CLAUSE)
    }

    /// Bits of the DCI.
    pub const fn size(&self) -> usize {
        self.size as usize
    }

    /// The known fields.
    pub fn fields(&self) -> &[GroupField] {
        &self.fields
    }

    /// The bits to transmit with `values` of the known fields, in their order; all other bits are 0.
    ///
    /// # Errors
    /// If there are not as many values as fields, or one does not fit.
    pub fn encode(&self, values: &[u32]) -> Result<Vec<u8>, ConfigError> {
        const CLAUSE: &str = "TS 38.212 7.3.1.3";
        if values.len() != self.fields.len() {
            let rule = format!("must be {}, one a field", self.fields.len());
            return Err(ConfigError::new("values", values.len(), rule, CLAUSE));
        }
        let mut dci = vec![0; self.size()];
        let mut number = Vec::new();
        for (field, &value) in self.fields.iter().zip(values) {
            let width = usize::from(field.width);
            if u64::from(value) >= 1 << width {
                return Err(ConfigError::new(field.name, value, format!("must fit {width} bits"), CLAUSE));
            }
            number.clear();
            bits::push_number(&mut number, value.into(), width);
            dci[usize::from(field.position)..][..width].copy_from_slice(&number);
        }
        Ok(dci)
    }

    /// The values of the known fields in their order; `None` if `dci` is not of the layout's size.
    pub fn decode<'a>(&'a self, dci: &'a [u8]) -> Option<impl Iterator<Item = u32> + 'a> {
        let value = |f: &GroupField| bits::to_number(&dci[usize::from(f.position)..][..usize::from(f.width)]) as u32;
        (dci.len() == self.size()).then(|| self.fields.iter().map(value))
    }
}

/// Bits of a slot format indicator of format 2_0: max(ceil(log2(maxSFIindex + 1)), 1), `max_index` the largest
/// slotFormatCombinationId (0..=511).
#[doc(alias = "TS 38.213 11.1.1")]
pub fn slot_format_bits(max_index: u16) -> u8 {
    super::parameters::log2_bits(usize::from(max_index) + 1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slot_format_indicators_are_as_wide_as_their_largest() {
        assert_eq!([0, 1, 2, 3, 4, 255, 511].map(slot_format_bits), [1, 1, 2, 2, 3, 8, 9]);
    }

    #[test]
    fn fields_lie_where_they_are_configured() {
        let common = DciLayout::common(48, Some(48)).unwrap();
        let preempted = GroupDciLayout::format_2_1(30, &[14, 0]).unwrap();
        let dci = preempted.encode(&[0b11, 0b10_0000_0000_0000]).unwrap();
        assert_eq!(dci.iter().enumerate().filter(|(_, b)| **b == 1).map(|(i, _)| i).collect::<Vec<_>>(), [0, 26, 27]);
        assert_eq!(preempted.decode(&dci).unwrap().collect::<Vec<_>>(), [3, 1 << 13]);
        assert!(preempted.decode(&dci[1..]).is_none());
        let power = GroupDciLayout::format_2_2(&common, true, &[12, 0]).unwrap();
        assert_eq!((power.size(), power.fields()[0].position), (39, 36));
        assert!(GroupDciLayout::format_2_2(&common, true, &[13]).is_err());
        assert!(GroupDciLayout::format_2_2(&common, true, &[200]).is_err());
        assert!(GroupDciLayout::format_2_2(&common, false, &[5, 5]).is_err());
        let sounding = GroupDciLayout::format_2_3(&common, true, 1, &[4, 0]).unwrap();
        assert_eq!(sounding.fields().iter().map(|f| f.position).collect::<Vec<_>>(), [4, 6, 0, 2]);
        assert!(GroupDciLayout::format_2_3(&common, true, 2, &[0, 4]).is_err());
        assert!(GroupDciLayout::format_2_3(&common, true, 0, &[0]).is_err());
        assert!(GroupDciLayout::format_2_0(129, &[]).is_err());
        assert!(GroupDciLayout::format_2_1(127, &[0]).is_err());
    }

    proptest! {
        #[test]
        fn values_come_back(size in 1..=128usize, raw in proptest::collection::vec((0..128u8, 1..=9u8, any::<u32>()), 0..6)) {
            let field = |&(position, width, _): &(u8, u8, u32)| GroupField { name: "SFI-index", position, width };
            let fields: Vec<GroupField> = raw.iter().map(field).collect();
            let values: Vec<u32> = raw.iter().map(|&(_, width, value)| value % (1 << width)).collect();
            let mut uses = [0; 160];
            fields.iter().for_each(|f| uses[usize::from(f.position)..][..usize::from(f.width)].iter_mut().for_each(|u| *u += 1));
            let valid = uses[..size].iter().all(|&u| u <= 1) && uses[size..].iter().all(|&u| u == 0);
            let layout = GroupDciLayout::format_2_0(size, &fields);
            prop_assert_eq!(layout.is_ok(), valid);
            if let Ok(layout) = layout {
                let dci = layout.encode(&values).unwrap();
                prop_assert_eq!(layout.decode(&dci).unwrap().collect::<Vec<_>>(), values);
            }
        }
    }
}
