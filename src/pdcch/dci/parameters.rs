//! Parameters that several configured formats share, and the widths that follow from them.

use super::frequency_field_bits;
use crate::ConfigError;
use crate::frame::Numerology;
use crate::reference_signal::dmrs::{DmrsLength, DmrsType};

/// Kind and size of the frequency domain resource assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.214 5.1.2.2")]
#[doc(alias = "TS 38.214 6.1.2.2")]
pub enum FrequencyField {
    /// resourceAllocationType0: a bit for each of `n_rbg` resource block groups, 1..=19.
    Type0 {
        /// `N_RBG`.
        n_rbg: u8,
    },
    /// resourceAllocationType1: a run among `n_rb`, 1..=275.
    Type1 {
        /// Blocks of the bandwidth part; in formats 0_2 and 1_2 with a resourceAllocationType1Granularity the groups of
        /// that many blocks.
        n_rb: u16,
    },
    /// dynamicSwitch: a bit that chooses between the two, and as many bits as the wider needs.
    DynamicSwitch {
        /// `N_RBG`.
        n_rbg: u8,
        /// As in [`FrequencyField::Type1`].
        n_rb: u16,
    },
    /// useInterlacePUCCH-PUSCH (uplink, resource allocation type 2): interlaces, and a run of resource block sets.
    Interlaces {
        /// 15 kHz (six bits for interlaces) or 30 kHz (five).
        numerology: Numerology,
        /// Resource block sets of the bandwidth part, 1..=5.
        n_rb_sets: u8,
    },
}

/// A frequency domain resource assignment, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrequencyAssignment {
    /// Type 0: a bit for each resource block group, group 0 in the most significant of `N_RBG` bits.
    GroupBitmap(u32),
    /// Type 1: the resource indication value.
    Riv(u32),
    /// Type 2: interlaces and resource block sets.
    Interlaces {
        /// The six or five bits of interlaces.
        interlaces: u8,
        /// The resource indication value of a run of resource block sets.
        rb_sets_riv: u8,
    },
}

impl FrequencyField {
    pub(super) fn checked_width(self, clause: &'static str) -> Result<u8, ConfigError> {
        let (groups, blocks) = match self {
            Self::Type0 { n_rbg } => (n_rbg, 1),
            Self::Type1 { n_rb } => (1, n_rb),
            Self::DynamicSwitch { n_rbg, n_rb } => (n_rbg, n_rb),
            Self::Interlaces { numerology, n_rb_sets } => {
                if !matches!(numerology, Numerology::MU0 | Numerology::MU1) {
                    let rule = "interlaces exist at 15 and 30 kHz";
                    return Err(ConfigError::new("subcarrier spacing in kHz", numerology.scs_khz(), rule, clause));
                }
                if !(1..=5).contains(&n_rb_sets) {
                    return Err(ConfigError::new("resource block sets", n_rb_sets, "must lie in 1..=5", clause));
                }
                (1, 1)
            }
        };
        if !(1..=19).contains(&groups) {
            return Err(ConfigError::new("N_RBG", groups, "must lie in 1..=19", "TS 38.214 5.1.2.2.1"));
        }
        if !(1..=275).contains(&blocks) {
            return Err(ConfigError::new("N_RB^BWP", blocks, "must lie in 1..=275 blocks", "TS 38.331 BWP"));
        }
        // At most 19 and 1.
        Ok((self.value_bits() + usize::from(matches!(self, Self::DynamicSwitch { .. }))) as u8)
    }

    /// Bits besides the type bit.
    fn value_bits(self) -> usize {
        match self {
            Self::Type0 { n_rbg } => n_rbg.into(),
            Self::Type1 { n_rb } => frequency_field_bits(n_rb),
            Self::DynamicSwitch { n_rbg, n_rb } => usize::from(n_rbg).max(frequency_field_bits(n_rb)),
            Self::Interlaces { numerology, n_rb_sets } => {
                interlace_bits(numerology) + frequency_field_bits(n_rb_sets.into())
            }
        }
    }

    /// Whether frequency hopping and interleaved blocks are possible: not with type 0 or 2 alone.
    pub(super) const fn has_type_1(self) -> bool {
        matches!(self, Self::Type1 { .. } | Self::DynamicSwitch { .. })
    }

    /// The assignment that the field `value` stands for.
    pub fn assignment(self, value: u32) -> FrequencyAssignment {
        match self {
            Self::Type0 { .. } => FrequencyAssignment::GroupBitmap(value),
            Self::Type1 { .. } => FrequencyAssignment::Riv(value),
            Self::DynamicSwitch { n_rbg, n_rb } => {
                if value >> self.value_bits() & 1 == 0 {
                    FrequencyAssignment::GroupBitmap(value & low_mask(n_rbg.into()))
                } else {
                    FrequencyAssignment::Riv(value & low_mask(frequency_field_bits(n_rb)))
                }
            }
            Self::Interlaces { n_rb_sets, .. } => {
                let set_bits = frequency_field_bits(n_rb_sets.into());
                // At most six and four bits.
                FrequencyAssignment::Interlaces {
                    interlaces: (value >> set_bits) as u8,
                    rb_sets_riv: (value & low_mask(set_bits)) as u8,
                }
            }
        }
    }

    /// The field of an assignment.
    ///
    /// # Errors
    /// If the configuration does not have this type of assignment, or a number does not fit.
    pub fn value(self, assignment: FrequencyAssignment) -> Result<u32, ConfigError> {
        const CLAUSE: &str = "TS 38.214 5.1.2.2";
        let (value, bits, type_bit) = match (self, assignment) {
            (Self::Type0 { n_rbg } | Self::DynamicSwitch { n_rbg, .. }, FrequencyAssignment::GroupBitmap(bitmap)) => {
                (bitmap, usize::from(n_rbg), 0)
            }
            (Self::Type1 { n_rb }, FrequencyAssignment::Riv(riv)) => (riv, frequency_field_bits(n_rb), 0),
            (Self::DynamicSwitch { n_rb, .. }, FrequencyAssignment::Riv(riv)) => {
                (riv, frequency_field_bits(n_rb), 1 << self.value_bits())
            }
            (
                Self::Interlaces { numerology, n_rb_sets },
                FrequencyAssignment::Interlaces { interlaces, rb_sets_riv },
            ) => {
                let (high, low) = (interlace_bits(numerology), frequency_field_bits(n_rb_sets.into()));
                if u32::from(rb_sets_riv) > low_mask(low) {
                    let rule = format!("must fit {low} bits");
                    return Err(ConfigError::new("resource block sets", rb_sets_riv, rule, CLAUSE));
                }
                (u32::from(interlaces) << low | u32::from(rb_sets_riv), high + low, 0)
            }
            _ => {
                let got = format!("{assignment:?}");
                let rule = format!("is not of the configured {self:?}");
                return Err(ConfigError::new("frequency domain resource assignment", got, rule, CLAUSE));
            }
        };
        if value > low_mask(bits) {
            let rule = format!("must fit {bits} bits");
            return Err(ConfigError::new("frequency domain resource assignment", value, rule, CLAUSE));
        }
        Ok(type_bit | value)
    }
}

fn interlace_bits(numerology: Numerology) -> usize {
    if numerology == Numerology::MU0 { 6 } else { 5 }
}

/// `bits` ones; at most 31.
const fn low_mask(bits: usize) -> u32 {
    (1 << bits) - 1
}

/// pdsch-HARQ-ACK-Codebook: how a device answers for several PDSCHs at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.213 9.1")]
pub enum HarqAckCodebook {
    /// Type 1.
    #[default]
    SemiStatic,
    /// Type 2.
    Dynamic,
    /// Type 2 with PDSCH groups (pdsch-HARQ-ACK-Codebook-r16).
    EnhancedDynamic {
        /// nfi-TotalDAI-Included: DL formats count the group that is not scheduled too.
        nfi_total_dai: bool,
        /// ul-TotalDAI-Included: UL formats count both groups.
        ul_total_dai: bool,
    },
}

/// DM-RS of one mapping type as far as the antenna port field depends on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.331 DMRS-DownlinkConfig")]
pub struct DmrsConfiguration {
    /// dmrs-Type.
    pub dmrs_type: DmrsType,
    /// maxLength.
    pub max_length: DmrsLength,
}

/// DM-RS of mapping types A and B. Where neither is configured the defaults hold: type 1, one symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DmrsConfigurations {
    /// Of mapping type A.
    pub a: Option<DmrsConfiguration>,
    /// Of mapping type B.
    pub b: Option<DmrsConfiguration>,
}

impl DmrsConfigurations {
    /// One configuration, of mapping type A.
    pub const fn type_a(dmrs_type: DmrsType, max_length: DmrsLength) -> Self {
        Self { a: Some(DmrsConfiguration { dmrs_type, max_length }), b: None }
    }

    /// The wider antenna port field; the other gets zeros before it.
    pub(super) fn widest(self, bits: impl Fn(DmrsConfiguration) -> u8) -> u8 {
        let of = |configured: Option<DmrsConfiguration>| configured.map(&bits);
        of(self.a).max(of(self.b)).unwrap_or_else(|| bits(DmrsConfiguration::default()))
    }
}

/// Bits of the antenna port field of a downlink format.
#[doc(alias = "TS 38.212 Tables 7.3.1.2.2-1 to -4")]
pub(super) fn antenna_port_bits(dmrs: DmrsConfiguration) -> u8 {
    match (dmrs.dmrs_type, dmrs.max_length) {
        (DmrsType::One, DmrsLength::Single) => 4,
        (DmrsType::One, DmrsLength::Double) | (DmrsType::Two, DmrsLength::Single) => 5,
        (DmrsType::Two, DmrsLength::Double) => 6,
    }
}

/// ceil(log2(n)), 0 for 0 and 1.
pub(super) fn log2_bits(n: usize) -> u8 {
    n.max(1).next_power_of_two().trailing_zeros() as u8
}

/// Bits of the bandwidth part indicator with `n_rrc` bandwidth parts configured besides the initial one.
pub(super) fn bandwidth_part_bits(n_rrc: u8) -> Result<u8, ConfigError> {
    match n_rrc {
        0..=3 => Ok(log2_bits(usize::from(n_rrc) + 1)),
        4 => Ok(2),
        _ => Err(ConfigError::new("n_BWP,RRC", n_rrc, "must lie in 0..=4", "TS 38.212 7.3.1.1.2")),
    }
}

/// Bits that number one of `n` entries of a list of 1 to `max`.
pub(super) fn list_bits(parameter: &'static str, n: u8, max: u8, clause: &'static str) -> Result<u8, ConfigError> {
    if n == 0 || n > max {
        return Err(ConfigError::new(parameter, n, format!("must be 1..={max} entries"), clause));
    }
    Ok(log2_bits(n.into()))
}

/// `n` as a width, if it is at most `max`.
pub(super) fn at_most(parameter: &'static str, n: u8, max: u8, clause: &'static str) -> Result<u8, ConfigError> {
    if n > max {
        return Err(ConfigError::new(parameter, n, format!("must be at most {max}"), clause));
    }
    Ok(n)
}

/// maxCodeBlockGroupsPerTransportBlock: `n` of 2, 4, 6 and 8.
pub(super) fn code_block_groups(n: u8, clause: &'static str) -> Result<u8, ConfigError> {
    if !matches!(n, 2 | 4 | 6 | 8) {
        return Err(ConfigError::new("maxCodeBlockGroupsPerTransportBlock", n, "must be 2, 4, 6 or 8", clause));
    }
    Ok(n)
}

/// Bits of an SRS request of `bits` besides the choice of the uplink carrier.
pub(super) fn srs_request_bits(bits: u8, supplementary_uplink: bool) -> u8 {
    if bits == 0 { 0 } else { bits + u8::from(supplementary_uplink) }
}
