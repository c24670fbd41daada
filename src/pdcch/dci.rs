//! DCI formats 0_0 and 1_0 as fields and as bits.

use super::RntiKind;
use crate::ConfigError;
use crate::coding::bits;

/// The layout of formats 0_0 and 1_0 in one search space: widths of the frequency fields and the one size that
/// both formats are aligned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.212 7.3.1.0")]
pub struct DciLayout {
    /// Bits of either format.
    size: u8,
    frequency_1_0: u8,
    /// Absent where the uplink bandwidth part is not known.
    frequency_0_0: Option<u8>,
}

/// Bits of format 1_0 besides the frequency field.
const FIXED_1_0: u8 = 28;
/// Bits of format 0_0 besides the frequency field and padding.
const FIXED_0_0: u8 = 20;
const CLAUSE_1_0: &str = "TS 38.212 7.3.1.2.1";
const CLAUSE_0_0: &str = "TS 38.212 7.3.1.1.1";

/// ceil(log2(N(N+1)/2)): the width of a frequency resource assignment of type 1.
#[doc(alias = "TS 38.214 5.1.2.2.2")]
pub fn frequency_field_bits(n_rb: u16) -> usize {
    let pairs = u32::from(n_rb) * (u32::from(n_rb) + 1) / 2;
    pairs.next_power_of_two().trailing_zeros() as usize
}

fn checked_rb(parameter: &'static str, n_rb: u16) -> Result<u8, ConfigError> {
    if (1..=275).contains(&n_rb) {
        Ok(frequency_field_bits(n_rb) as u8)
    } else {
        Err(ConfigError::new(parameter, n_rb, "must lie in 1..=275 blocks", "TS 38.331 BWP"))
    }
}

impl DciLayout {
    /// In a common search space (and, where step 4 of the alignment applies, in a UE-specific one too): `n_rb_dl`
    /// is the size of CORESET#0 if the cell has one, else of the initial downlink bandwidth part; `n_rb_ul` that of
    /// the initial uplink bandwidth part, `None` before it is known (the size does not depend on it).
    ///
    /// Format 0_0 is padded to the size of 1_0, or loses the most significant bits of its frequency field.
    ///
    /// # Errors
    /// If a size lies outside 1..=275.
    pub fn common(n_rb_dl: u16, n_rb_ul: Option<u16>) -> Result<Self, ConfigError> {
        let frequency_1_0 = checked_rb("N_RB^(DL,BWP)", n_rb_dl)?;
        let size = FIXED_1_0 + frequency_1_0;
        let frequency_0_0 = match n_rb_ul {
            Some(n) => Some(checked_rb("N_RB^(UL,BWP)", n)?.min(size - FIXED_0_0)),
            None => None,
        };
        Ok(Self { size, frequency_1_0, frequency_0_0 })
    }

    /// In a UE-specific search space: the sizes are those of the active bandwidth parts, and the shorter format is
    /// padded to the longer.
    ///
    /// # Errors
    /// If a size lies outside 1..=275.
    pub fn ue_specific(n_rb_dl: u16, n_rb_ul: u16) -> Result<Self, ConfigError> {
        let frequency_1_0 = checked_rb("N_RB^(DL,BWP)", n_rb_dl)?;
        let frequency_0_0 = checked_rb("N_RB^(UL,BWP)", n_rb_ul)?;
        let size = (FIXED_1_0 + frequency_1_0).max(FIXED_0_0 + frequency_0_0);
        Ok(Self { size, frequency_1_0, frequency_0_0: Some(frequency_0_0) })
    }

    /// Bits of either format.
    pub const fn size(&self) -> usize {
        self.size as usize
    }

    /// Width of the frequency resource assignment of format 1_0.
    pub const fn frequency_bits_1_0(&self) -> usize {
        self.frequency_1_0 as usize
    }

    /// Width of the frequency resource assignment of format 0_0 (after truncation), if the uplink is known.
    pub fn frequency_bits_0_0(&self) -> Option<usize> {
        self.frequency_0_0.map(usize::from)
    }

    /// Padding bits at the end of format 0_0, if the uplink is known.
    pub fn padding_bits_0_0(&self) -> Option<usize> {
        self.frequency_0_0.map(|f| usize::from(self.size - FIXED_0_0 - f))
    }

    /// Padding bits at the end of format 1_0.
    pub const fn padding_bits_1_0(&self) -> usize {
        (self.size - FIXED_1_0 - self.frequency_1_0) as usize
    }
}

/// The fields that every format 1_0 with a PDSCH has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DlAssignment {
    /// Frequency domain resource assignment: the RIV of resource allocation type 1.
    pub frequency_resource: u16,
    /// Time domain resource assignment, row - 1: 0..=15.
    pub time_resource: u8,
    /// VRB-to-PRB mapping: interleaved.
    pub interleaved_vrb_to_prb: bool,
    /// Modulation and coding scheme, 0..=31.
    pub mcs: u8,
}

/// The fields of format 1_0 for one device (C-RNTI or TC-RNTI) besides the assignment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DlHarqFields {
    /// New data indicator.
    pub ndi: bool,
    /// Redundancy version, 0..=3.
    pub rv: u8,
    /// HARQ process number, 0..=15.
    pub harq_process: u8,
    /// Downlink assignment index, 0..=3; reserved with TC-RNTI.
    pub dai: u8,
    /// TPC command for scheduled PUCCH, 0..=3.
    pub tpc: u8,
    /// PUCCH resource indicator, 0..=7.
    pub pucch_resource: u8,
    /// PDSCH-to-HARQ_feedback timing indicator, 0..=7.
    pub pdsch_to_harq: u8,
}

/// DCI format 1_0; which fields follow the RNTI. Reserved bits are kept as they are, so that bits → fields → bits
/// gives the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.212 7.3.1.2.1")]
pub enum Dci1_0 {
    /// With SI-RNTI.
    Si {
        /// Where and how the PDSCH is sent.
        assignment: DlAssignment,
        /// Redundancy version, 0..=3.
        rv: u8,
        /// System information indicator: false SIB1, true an SI message.
        si_message: bool,
        /// 15 reserved bits.
        reserved: u16,
    },
    /// With RA-RNTI.
    Ra {
        /// Where and how the PDSCH is sent.
        assignment: DlAssignment,
        /// TB scaling, 0..=2 for factors 1, 0.5, 0.25.
        tb_scaling: u8,
        /// 16 reserved bits.
        reserved: u16,
    },
    /// With P-RNTI.
    P {
        /// Short messages indicator, 1..=3: bit 0 scheduling information present, bit 1 short message present.
        short_messages_indicator: u8,
        /// Short messages, 8 bits.
        short_messages: u8,
        /// Where and how the PDSCH is sent.
        assignment: DlAssignment,
        /// TB scaling, 0..=2 for factors 1, 0.5, 0.25.
        tb_scaling: u8,
        /// 6 reserved bits.
        reserved: u8,
    },
    /// With TC-RNTI.
    Tc {
        /// Where and how the PDSCH is sent.
        assignment: DlAssignment,
        /// HARQ and feedback.
        harq: DlHarqFields,
    },
    /// With C-RNTI, CS-RNTI or MCS-C-RNTI.
    C {
        /// Where and how the PDSCH is sent.
        assignment: DlAssignment,
        /// HARQ and feedback.
        harq: DlHarqFields,
    },
    /// With C-RNTI, all bits of the frequency field 1: an order to send a random access preamble.
    PdcchOrder {
        /// Random access preamble index, 0..=63.
        preamble: u8,
        /// UL/SUL indicator.
        sul: bool,
        /// SS/PBCH index, 0..=63.
        ssb_index: u8,
        /// PRACH mask index, 0..=15.
        prach_mask: u8,
        /// 10 reserved bits.
        reserved: u16,
    },
}

impl Dci1_0 {
    /// The assignment, if this schedules a PDSCH.
    pub const fn assignment(&self) -> Option<&DlAssignment> {
        match self {
            Self::P { short_messages_indicator: 2, .. } | Self::PdcchOrder { .. } => None,
            Self::Si { assignment, .. }
            | Self::Ra { assignment, .. }
            | Self::P { assignment, .. }
            | Self::Tc { assignment, .. }
            | Self::C { assignment, .. } => Some(assignment),
        }
    }

    /// The redundancy version; 0 where the format has no such field.
    pub const fn rv(&self) -> u8 {
        match self {
            Self::Si { rv, .. } => *rv,
            Self::Tc { harq, .. } | Self::C { harq, .. } => harq.rv,
            _ => 0,
        }
    }

    /// The TB scaling factor S of the transport block size (TS 38.214 Table 5.1.3.2-2); 1 where the format has no
    /// such field, `None` for its reserved value.
    pub fn tb_scaling_factor(&self) -> Option<f64> {
        match self {
            Self::Ra { tb_scaling, .. } | Self::P { tb_scaling, .. } => {
                [1.0, 0.5, 0.25].get(usize::from(*tb_scaling)).copied()
            }
            _ => Some(1.0),
        }
    }

    /// The bits to transmit, first bit first.
    ///
    /// # Errors
    /// If a value does not fit its field, or a C-RNTI assignment would read as a PDCCH order.
    pub fn encode(&self, layout: &DciLayout) -> Result<Vec<u8>, ConfigError> {
        let mut bits = Vec::with_capacity(layout.size());
        self.encode_into(layout, &mut bits)?;
        Ok(bits)
    }

    /// [`Dci1_0::encode`] into a buffer, which is cleared first.
    ///
    /// # Errors
    /// As [`Dci1_0::encode`].
    pub fn encode_into(&self, layout: &DciLayout, bits: &mut Vec<u8>) -> Result<(), ConfigError> {
        let mut w = Writer::new(CLAUSE_1_0, bits);
        let frequency_bits = layout.frequency_bits_1_0();
        match *self {
            Self::Si { assignment, rv, si_message, reserved } => {
                w.assignment(&assignment, frequency_bits)?;
                w.field("redundancy version", rv, 2)?;
                w.field("system information indicator", si_message, 1)?;
                w.field("reserved bits", reserved, 15)?;
            }
            Self::Ra { assignment, tb_scaling, reserved } => {
                w.assignment(&assignment, frequency_bits)?;
                w.field("TB scaling", tb_scaling, 2)?;
                w.field("reserved bits", reserved, 16)?;
            }
            Self::P { short_messages_indicator, short_messages, assignment, tb_scaling, reserved } => {
                w.field("short messages indicator", short_messages_indicator, 2)?;
                w.field("short messages", short_messages, 8)?;
                w.assignment(&assignment, frequency_bits)?;
                w.field("TB scaling", tb_scaling, 2)?;
                w.field("reserved bits", reserved, 6)?;
            }
            Self::Tc { assignment, harq } | Self::C { assignment, harq } => {
                if matches!(self, Self::C { .. })
                    && usize::from(assignment.frequency_resource) == (1 << frequency_bits) - 1
                {
                    let rule = "all ones with C-RNTI mean a PDCCH order";
                    let got = assignment.frequency_resource;
                    return Err(ConfigError::new("frequency domain resource assignment", got, rule, CLAUSE_1_0));
                }
                w.field("identifier", 1u8, 1)?;
                w.assignment(&assignment, frequency_bits)?;
                w.field("new data indicator", harq.ndi, 1)?;
                w.field("redundancy version", harq.rv, 2)?;
                w.field("HARQ process number", harq.harq_process, 4)?;
                w.field("downlink assignment index", harq.dai, 2)?;
                w.field("TPC command", harq.tpc, 2)?;
                w.field("PUCCH resource indicator", harq.pucch_resource, 3)?;
                w.field("PDSCH-to-HARQ_feedback timing indicator", harq.pdsch_to_harq, 3)?;
            }
            Self::PdcchOrder { preamble, sul, ssb_index, prach_mask, reserved } => {
                w.field("identifier", 1u8, 1)?;
                w.field("frequency domain resource assignment", (1u32 << frequency_bits) - 1, frequency_bits)?;
                w.field("random access preamble index", preamble, 6)?;
                w.field("UL/SUL indicator", sul, 1)?;
                w.field("SS/PBCH index", ssb_index, 6)?;
                w.field("PRACH mask index", prach_mask, 4)?;
                w.field("reserved bits", reserved, 10)?;
            }
        }
        w.pad_to(layout.size());
        Ok(())
    }

    /// Reads the bits of a DCI with an RNTI of `kind`; `None` if they are not of the layout's size or are of
    /// format 0_0.
    pub fn decode(bits: &[u8], kind: RntiKind, layout: &DciLayout) -> Option<Self> {
        if bits.len() != layout.size() {
            return None;
        }
        let mut r = Reader { bits };
        let frequency_bits = layout.frequency_bits_1_0();
        Some(match kind {
            RntiKind::Si => Self::Si {
                assignment: r.assignment(frequency_bits),
                rv: r.u8(2),
                si_message: r.bool(),
                reserved: r.u16(15),
            },
            RntiKind::Ra => {
                Self::Ra { assignment: r.assignment(frequency_bits), tb_scaling: r.u8(2), reserved: r.u16(16) }
            }
            RntiKind::P => Self::P {
                short_messages_indicator: r.u8(2),
                short_messages: r.u8(8),
                assignment: r.assignment(frequency_bits),
                tb_scaling: r.u8(2),
                reserved: r.u8(6),
            },
            RntiKind::Tc | RntiKind::C => {
                if !r.bool() {
                    return None;
                }
                if kind == RntiKind::C && r.bits[..frequency_bits].iter().all(|&b| b == 1) {
                    r.u16(frequency_bits);
                    return Some(Self::PdcchOrder {
                        preamble: r.u8(6),
                        sul: r.bool(),
                        ssb_index: r.u8(6),
                        prach_mask: r.u8(4),
                        reserved: r.u16(10),
                    });
                }
                let assignment = r.assignment(frequency_bits);
                let harq = DlHarqFields {
                    ndi: r.bool(),
                    rv: r.u8(2),
                    harq_process: r.u8(4),
                    dai: r.u8(2),
                    tpc: r.u8(2),
                    pucch_resource: r.u8(3),
                    pdsch_to_harq: r.u8(3),
                };
                if kind == RntiKind::Tc { Self::Tc { assignment, harq } } else { Self::C { assignment, harq } }
            }
        })
    }
}

/// DCI format 0_0 with C-RNTI (or CS-, MCS-C-RNTI) or TC-RNTI, without a supplementary uplink.
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
            return Err(ConfigError::new("N_RB^(UL,BWP)", "unknown", "is needed by format 0_0", CLAUSE_0_0));
        };
        let mut w = Writer::new(CLAUSE_0_0, bits);
        w.field("identifier", 0u8, 1)?;
        w.field("frequency domain resource assignment", self.frequency_resource, frequency_bits)?;
        w.field("time domain resource assignment", self.time_resource, 4)?;
        w.field("frequency hopping flag", self.frequency_hopping, 1)?;
        w.field("modulation and coding scheme", self.mcs, 5)?;
        w.field("new data indicator", self.ndi, 1)?;
        w.field("redundancy version", self.rv, 2)?;
        w.field("HARQ process number", self.harq_process, 4)?;
        w.field("TPC command", self.tpc, 2)?;
        w.pad_to(layout.size());
        Ok(())
    }

    /// Reads the bits of a DCI; `None` if they are not of the layout's size, are of format 1_0, or the layout
    /// knows no uplink. Padding is not looked at.
    pub fn decode(bits: &[u8], layout: &DciLayout) -> Option<Self> {
        let frequency_bits = layout.frequency_bits_0_0()?;
        if bits.len() != layout.size() || bits[0] == 1 {
            return None;
        }
        let mut r = Reader { bits: &bits[1..] };
        Some(Self {
            frequency_resource: r.u16(frequency_bits),
            time_resource: r.u8(4),
            frequency_hopping: r.bool(),
            mcs: r.u8(5),
            ndi: r.bool(),
            rv: r.u8(2),
            harq_process: r.u8(4),
            tpc: r.u8(2),
        })
    }
}

struct Writer<'a> {
    bits: &'a mut Vec<u8>,
    clause: &'static str,
}

impl<'a> Writer<'a> {
    fn new(clause: &'static str, bits: &'a mut Vec<u8>) -> Self {
        bits.clear();
        Self { bits, clause }
    }

    fn field(&mut self, name: &'static str, value: impl Into<u32>, width: usize) -> Result<(), ConfigError> {
        let value = value.into();
        if u64::from(value) >= 1 << width {
            return Err(ConfigError::new(name, value, format!("must fit {width} bits"), self.clause));
        }
        bits::push_number(self.bits, value.into(), width);
        Ok(())
    }

    fn assignment(&mut self, a: &DlAssignment, frequency_bits: usize) -> Result<(), ConfigError> {
        self.field("frequency domain resource assignment", a.frequency_resource, frequency_bits)?;
        self.field("time domain resource assignment", a.time_resource, 4)?;
        self.field("VRB-to-PRB mapping", a.interleaved_vrb_to_prb, 1)?;
        self.field("modulation and coding scheme", a.mcs, 5)
    }

    fn pad_to(self, size: usize) {
        self.bits.resize(size, 0);
    }
}

/// Takes fields off the front; the caller has checked the total length.
struct Reader<'a> {
    bits: &'a [u8],
}

impl Reader<'_> {
    fn u16(&mut self, width: usize) -> u16 {
        let (field, rest) = self.bits.split_at(width);
        self.bits = rest;
        bits::to_number(field) as u16
    }

    fn u8(&mut self, width: usize) -> u8 {
        self.u16(width) as u8
    }

    fn bool(&mut self) -> bool {
        self.u16(1) == 1
    }

    fn assignment(&mut self, frequency_bits: usize) -> DlAssignment {
        DlAssignment {
            frequency_resource: self.u16(frequency_bits),
            time_resource: self.u8(4),
            interleaved_vrb_to_prb: self.bool(),
            mcs: self.u8(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::GoldSequence;

    #[test]
    fn the_frequency_field_holds_every_assignment() {
        for n in 1..=275u16 {
            let pairs = u64::from(n) * u64::from(n + 1) / 2;
            let width = frequency_field_bits(n);
            assert!(1u64 << width >= pairs && (width == 0 || 1u64 << (width - 1) < pairs), "{n} blocks: {width} bits");
        }
    }

    #[test]
    fn any_bits_give_the_same_bits_again() {
        for (n_dl, n_ul) in [(24, 24), (24, 275), (48, 106), (96, 11), (275, 1), (1, 275)] {
            for layout in [DciLayout::common(n_dl, Some(n_ul)).unwrap(), DciLayout::ue_specific(n_dl, n_ul).unwrap()] {
                for seed in 0..200 {
                    let mut dci: Vec<u8> = GoldSequence::new(seed).take(layout.size()).collect();
                    let end = layout.size() - layout.padding_bits_1_0();
                    dci[end..].fill(0);
                    if seed % 3 == 0 {
                        dci[1..1 + layout.frequency_bits_1_0()].fill(1);
                    }
                    for kind in [RntiKind::Si, RntiKind::Ra, RntiKind::P, RntiKind::Tc, RntiKind::C] {
                        match Dci1_0::decode(&dci, kind, &layout) {
                            Some(fields) => assert_eq!(fields.encode(&layout).unwrap(), dci, "{fields:?}"),
                            None => assert!(dci[0] == 0 && matches!(kind, RntiKind::Tc | RntiKind::C)),
                        }
                    }
                    let end = layout.size() - layout.padding_bits_0_0().unwrap();
                    dci[end..].fill(0);
                    match Dci0_0::decode(&dci, &layout) {
                        Some(fields) => assert_eq!(fields.encode(&layout).unwrap(), dci, "{fields:?}"),
                        None => assert_eq!(dci[0], 1),
                    }
                }
                assert_eq!(Dci1_0::decode(&[1; 5], RntiKind::C, &layout), None);
                assert_eq!(Dci0_0::decode(&[], &layout), None);
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let layout = DciLayout::common(24, None).unwrap();
        let si = |frequency_resource, mcs| {
            let assignment = DlAssignment { frequency_resource, mcs, ..Default::default() };
            Dci1_0::Si { assignment, rv: 0, si_message: false, reserved: 0 }.encode(&layout)
        };
        assert!(si(511, 31).is_ok());
        assert!(si(512, 0).is_err());
        let message = "modulation and coding scheme = 32: must fit 5 bits (TS 38.212 7.3.1.2.1)";
        assert_eq!(si(0, 32).unwrap_err().to_string(), message);
        let assignment = DlAssignment { frequency_resource: 511, ..Default::default() };
        assert!(Dci1_0::C { assignment, harq: DlHarqFields::default() }.encode(&layout).is_err());
        assert!(Dci0_0::default().encode(&layout).is_err());
        assert!(DciLayout::common(0, None).is_err());
        assert!(DciLayout::ue_specific(24, 276).is_err());
    }
}
