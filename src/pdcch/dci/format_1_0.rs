use super::bits::{Reader, Writer};
use super::fallback_layout::DciLayout;
use crate::ConfigError;
use crate::pdcch::RntiKind;

const CLAUSE: &str = "TS 38.212 7.3.1.2.1";

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

impl DlAssignment {
    fn write(&self, w: &mut Writer, frequency_bits: usize) -> Result<(), ConfigError> {
        w.field("frequency domain resource assignment", self.frequency_resource, frequency_bits)?;
        w.field("time domain resource assignment", self.time_resource, 4)?;
        w.field("VRB-to-PRB mapping", self.interleaved_vrb_to_prb, 1)?;
        w.field("modulation and coding scheme", self.mcs, 5)
    }

    fn read(r: &mut Reader, frequency_bits: usize) -> Self {
        Self {
            frequency_resource: r.u16(frequency_bits),
            time_resource: r.u8(4),
            interleaved_vrb_to_prb: r.bool(),
            mcs: r.u8(5),
        }
    }
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
        let mut w = Writer::new(CLAUSE, bits);
        let frequency_bits = layout.frequency_bits_1_0();
        match *self {
            Self::Si { assignment, rv, si_message, reserved } => {
                assignment.write(&mut w, frequency_bits)?;
                w.field("redundancy version", rv, 2)?;
                w.field("system information indicator", si_message, 1)?;
                w.field("reserved bits", reserved, 15)?;
            }
            Self::Ra { assignment, tb_scaling, reserved } => {
                assignment.write(&mut w, frequency_bits)?;
                w.field("TB scaling", tb_scaling, 2)?;
                w.field("reserved bits", reserved, 16)?;
            }
            Self::P { short_messages_indicator, short_messages, assignment, tb_scaling, reserved } => {
                w.field("short messages indicator", short_messages_indicator, 2)?;
                w.field("short messages", short_messages, 8)?;
                assignment.write(&mut w, frequency_bits)?;
                w.field("TB scaling", tb_scaling, 2)?;
                w.field("reserved bits", reserved, 6)?;
            }
            Self::Tc { assignment, harq } | Self::C { assignment, harq } => {
                if matches!(self, Self::C { .. })
                    && usize::from(assignment.frequency_resource) == (1 << frequency_bits) - 1
                {
                    let rule = "all ones with C-RNTI mean a PDCCH order";
                    let got = assignment.frequency_resource;
                    return Err(ConfigError::new("frequency domain resource assignment", got, rule, CLAUSE));
                }
                w.field("identifier", 1u8, 1)?;
                assignment.write(&mut w, frequency_bits)?;
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
        let mut r = Reader::new(bits);
        let frequency_bits = layout.frequency_bits_1_0();
        Some(match kind {
            RntiKind::Si => Self::Si {
                assignment: DlAssignment::read(&mut r, frequency_bits),
                rv: r.u8(2),
                si_message: r.bool(),
                reserved: r.u16(15),
            },
            RntiKind::Ra => Self::Ra {
                assignment: DlAssignment::read(&mut r, frequency_bits),
                tb_scaling: r.u8(2),
                reserved: r.u16(16),
            },
            RntiKind::P => Self::P {
                short_messages_indicator: r.u8(2),
                short_messages: r.u8(8),
                assignment: DlAssignment::read(&mut r, frequency_bits),
                tb_scaling: r.u8(2),
                reserved: r.u8(6),
            },
            RntiKind::Tc | RntiKind::C => {
                if !r.bool() {
                    return None;
                }
                if kind == RntiKind::C && r.rest()[..frequency_bits].iter().all(|&b| b == 1) {
                    r.u16(frequency_bits);
                    return Some(Self::PdcchOrder {
                        preamble: r.u8(6),
                        sul: r.bool(),
                        ssb_index: r.u8(6),
                        prach_mask: r.u8(4),
                        reserved: r.u16(10),
                    });
                }
                let assignment = DlAssignment::read(&mut r, frequency_bits);
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
