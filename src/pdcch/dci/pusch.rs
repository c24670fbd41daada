//! How a PUSCH uses its antenna ports, as far as formats 0_1 and 0_2 depend on it.

use super::parameters::log2_bits;
use crate::ConfigError;
use crate::reference_signal::dmrs::{DmrsLength, DmrsType};

use super::DmrsConfiguration;

const CLAUSE: &str = "TS 38.212 7.3.1.1.2";

/// codebookSubset: the precoders that the device can be told to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.214 6.1.1.1")]
pub enum CodebookSubset {
    /// nonCoherent.
    NonCoherent,
    /// partialAndNonCoherent: four ports only.
    PartialAndNonCoherent,
    /// fullyAndPartialAndNonCoherent.
    FullyAndPartialAndNonCoherent,
}

/// txConfig of the PUSCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.214 6.1.1")]
pub enum PuschTransmission {
    /// codebook.
    Codebook {
        /// SRS resources of the set with usage codebook, 1..=4.
        n_srs_resources: u8,
        /// Antenna ports: 1, 2 or 4.
        n_ports: u8,
        /// maxRank, at most the ports.
        max_rank: u8,
        /// codebookSubset; does not matter with one port.
        subset: CodebookSubset,
        /// ul-FullPowerTransmission is fullpowerMode1.
        full_power_mode_1: bool,
    },
    /// nonCodebook.
    NonCodebook {
        /// SRS resources of the set with usage nonCodebook, 1..=4.
        n_srs_resources: u8,
        /// `L_max`, layers: maxMIMO-Layers, 1..=4.
        max_layers: u8,
    },
}

impl PuschTransmission {
    /// One port, one SRS resource.
    pub const fn single_port() -> Self {
        Self::Codebook {
            n_srs_resources: 1,
            n_ports: 1,
            max_rank: 1,
            subset: CodebookSubset::NonCoherent,
            full_power_mode_1: false,
        }
    }

    /// Bits of the SRS resource indicator.
    pub(super) fn srs_resource_bits(self) -> Result<u8, ConfigError> {
        let checked = |parameter, n| match n {
            1..=4 => Ok(usize::from(n)),
            _ => Err(ConfigError::new(parameter, n, "must lie in 1..=4", CLAUSE)),
        };
        Ok(match self {
            Self::Codebook { n_srs_resources, .. } => log2_bits(checked("SRS resources", n_srs_resources)?),
            Self::NonCodebook { n_srs_resources, max_layers } => {
                let (n, l_max) = (checked("SRS resources", n_srs_resources)?, checked("L_max", max_layers)?);
                let choose = |k: usize| (0..k).fold(1, |c, i| c * (n - i) / (i + 1));
                log2_bits((1..=l_max.min(n)).map(choose).sum())
            }
        })
    }

    /// Whether more than one layer can be sent with the codebook, or there is none.
    pub(super) const fn may_have_layers(self) -> bool {
        !matches!(self, Self::Codebook { max_rank: 1, .. })
    }

    /// Bits of "precoding information and number of layers".
    #[doc(alias = "TS 38.212 Tables 7.3.1.1.2-2 to -5A")]
    pub(super) fn precoding_bits(self, transform_precoding: bool) -> Result<u8, ConfigError> {
        use CodebookSubset::{FullyAndPartialAndNonCoherent, NonCoherent, PartialAndNonCoherent};
        let Self::Codebook { n_ports, max_rank, subset, full_power_mode_1, .. } = self else { return Ok(0) };
        if !matches!(n_ports, 1 | 2 | 4) {
            return Err(ConfigError::new("PUSCH antenna ports", n_ports, "must be 1, 2 or 4", CLAUSE));
        }
        if max_rank == 0 || max_rank > n_ports {
            let rule = format!("must lie in 1..={n_ports}, the antenna ports");
            return Err(ConfigError::new("maxRank", max_rank, rule, CLAUSE));
        }
        let rank = if transform_precoding { 1 } else { max_rank };
        Ok(match (n_ports, full_power_mode_1, rank, subset) {
            (1, ..) => 0,
            (_, true, _, FullyAndPartialAndNonCoherent) | (2, _, _, PartialAndNonCoherent) => {
                let got = format!("{subset:?} with {n_ports} ports");
                let rule = "partial coherence needs 4 ports, fullpowerMode1 excludes full coherence";
                return Err(ConfigError::new("codebookSubset", got, rule, "TS 38.214 6.1.1.1"));
            }
            (2, false, 1, NonCoherent) => 1,
            (2, false, 1, _) => 3,
            (2, false, _, NonCoherent) => 2,
            (2, false, _, _) => 4,
            (2, true, ..) => 2,
            (_, false, 1, NonCoherent) => 2,
            (_, false, 1, PartialAndNonCoherent) => 4,
            (_, false, 1, FullyAndPartialAndNonCoherent) => 5,
            (_, false, _, NonCoherent) => 4,
            (_, false, _, PartialAndNonCoherent) => 5,
            (_, false, _, FullyAndPartialAndNonCoherent) => 6,
            (_, true, 1, NonCoherent) => 3,
            (_, true, 1, _) => 4,
            (_, true, _, NonCoherent) => 4,
            (_, true, 2, _) => 5,
            (_, true, _, _) => 6,
        })
    }
}

/// Bits of the antenna port field of an uplink format.
#[doc(alias = "TS 38.212 Tables 7.3.1.1.2-6 to -23")]
pub(super) fn antenna_port_bits(dmrs: DmrsConfiguration, transform_precoding: bool) -> u8 {
    match (dmrs.dmrs_type, dmrs.max_length) {
        (_, DmrsLength::Single) if transform_precoding => 2,
        (DmrsType::One, DmrsLength::Single) => 3,
        (DmrsType::One, DmrsLength::Double) | (DmrsType::Two, DmrsLength::Single) => 4,
        (DmrsType::Two, DmrsLength::Double) => {
            if transform_precoding {
                4
            } else {
                5
            }
        }
    }
}
