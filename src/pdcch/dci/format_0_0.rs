use super::bits::{Reader, Writer};
use super::fallback_layout::DciLayout;
use crate::ConfigError;

const CLAUSE: &str = "TS 38.212 7.3.1.1.1";

/// DCI format 0_0 with C-RNTI (or CS-, MCS-C-RNTI) or TC-RNTI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.212 7.3.1.1.1")]
pub struct Dci0_0 {
    /// Frequency domain resource assignment, as wide as [`DciLayout::frequency_bits_0_0`]: with frequency hopping
    /// its most significant N_UL_hop bits (1 below 50 blocks, else 2) are the hopping offset, the rest the RIV.
    pub frequency_resource: u16,
    /// Time domain resource assignment, row - 1: 0..=15.
    pub time_resource: u8,
    /// Frequency hopping flag.
    pub frequency_hopping: bool,
    /// Modulation and coding scheme, 0..=31.
    pub mcs: u8,
    /// New data indicator; reserved with TC-RNTI.
    pub ndi: bool,
    /// Redundancy version, 0..=3.
    pub rv: u8,
    /// HARQ process number, 0..=15; reserved with TC-RNTI.
    pub harq_process: u8,
    /// TPC command for scheduled PUSCH, 0..=3.
    pub tpc: u8,
    /// UL/SUL indicator: the supplementary uplink; false where the layout has no such bit.
    pub sul: bool,
}

impl Dci0_0 {
    /// The bits to transmit, first bit first, padding included.
    ///
    /// # Errors
    /// If a value does not fit its field, or the layout knows no uplink bandwidth part.
    pub fn encode(&self, layout: &DciLayout) -> Result<Vec<u8>, ConfigError> {
        let mut bits = Vec::with_capacity(layout.size());
        self.encode_into(layout, &mut bits)?;
        Ok(bits)
    }

    /// [`Dci0_0::encode`] into a buffer, which is cleared first.
    ///
    /// # Errors
    /// As [`Dci0_0::encode`].
    pub fn encode_into(&self, layout: &DciLayout, bits: &mut Vec<u8>) -> Result<(), ConfigError> {
        let Some(frequency_bits) = layout.frequency_bits_0_0() else {
            return Err(ConfigError::new("N_RB^(UL,BWP)", "unknown", "is needed by format 0_0", CLAUSE));
        };
        let mut w = Writer::new(CLAUSE, bits);
        w.field("identifier", 0u8, 1)?;
        w.field("frequency domain resource assignment", self.frequency_resource, frequency_bits)?;
        w.field("time domain resource assignment", self.time_resource, 4)?;
        w.field("frequency hopping flag", self.frequency_hopping, 1)?;
        w.field("modulation and coding scheme", self.mcs, 5)?;
        w.field("new data indicator", self.ndi, 1)?;
        w.field("redundancy version", self.rv, 2)?;
        w.field("HARQ process number", self.harq_process, 4)?;
        w.field("TPC command", self.tpc, 2)?;
        if layout.has_sul_indicator() {
            w.pad_to(layout.size() - 1);
            bits.push(self.sul.into());
        } else if self.sul {
            return Err(ConfigError::new("UL/SUL indicator", 1, "the layout has no such bit", CLAUSE));
        } else {
            w.pad_to(layout.size());
        }
        Ok(())
    }

    /// Reads the bits of a DCI; `None` if they are not of the layout's size, are of format 1_0, or the layout
    /// knows no uplink. Padding is not looked at.
    pub fn decode(bits: &[u8], layout: &DciLayout) -> Option<Self> {
        let frequency_bits = layout.frequency_bits_0_0()?;
        if bits.len() != layout.size() || bits[0] == 1 {
            return None;
        }
        let mut r = Reader::new(&bits[1..]);
        Some(Self {
            frequency_resource: r.u16(frequency_bits),
            time_resource: r.u8(4),
            frequency_hopping: r.bool(),
            mcs: r.u8(5),
            ndi: r.bool(),
            rv: r.u8(2),
            harq_process: r.u8(4),
            tpc: r.u8(2),
            sul: layout.has_sul_indicator() && bits.last() == Some(&1),
        })
    }
}
