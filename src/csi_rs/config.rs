use super::elements::CsiElements;
use super::occupancy::CsiPeriodicity;
use super::pattern::{CsiRsMapping, CsiRsPattern};
use crate::ConfigError;
use crate::frame::{Carrier, ResourceGrid, SlotPoint};

/// Everything that a non-zero-power resource follows from, unchecked; [`CsiRsConfig::new`] checks it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(alias = "TS 38.331 NZP-CSI-RS-Resource")]
pub struct CsiRsParameters {
    /// Where it lies.
    pub mapping: CsiRsMapping,
    /// scramblingID, n_ID: 0..=1023.
    pub scrambling_id: u16,
    /// beta_CSIRS, the amplitude of an element of a port over that of the SSS (see [`csi_rs_amplitude`]).
    pub amplitude: f32,
    /// Period and offset; `None` for an aperiodic resource.
    pub periodicity: Option<CsiPeriodicity>,
}

/// The amplitude beta_CSIRS that powerControlOffsetSS, the ratio of the energies of a CSI-RS element and an SSS
/// element in dB, means.
///
/// # Errors
/// If the offset is none of -3, 0, 3 and 6 dB.
#[doc(alias = "TS 38.214 5.2.2.3.1")]
pub fn csi_rs_amplitude(power_control_offset_ss_db: i8) -> Result<f32, ConfigError> {
    if !matches!(power_control_offset_ss_db, -3 | 0 | 3 | 6) {
        let (name, clause) = ("powerControlOffsetSS", "TS 38.331 NZP-CSI-RS-Resource");
        return Err(ConfigError::new(name, power_control_offset_ss_db, "must be -3, 0, 3 or 6 dB", clause));
    }
    Ok(10f32.powf(f32::from(power_control_offset_ss_db) / 20.0))
}

/// A valid non-zero-power CSI-RS resource of a carrier.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.4.1.5")]
pub struct CsiRsConfig {
    p: CsiRsParameters,
    carrier: Carrier,
    pattern: CsiRsPattern,
}

impl CsiRsConfig {
    /// # Errors
    /// Those of [`CsiRsPattern::new`]; if the scrambling identity is above 1023, or the amplitude not above 0 or not
    /// finite.
    pub fn new(carrier: &Carrier, p: CsiRsParameters) -> Result<Self, ConfigError> {
        let pattern = CsiRsPattern::new(carrier, p.mapping)?;
        if p.scrambling_id > 1023 {
            let clause = "TS 38.211 7.4.1.5.2";
            return Err(ConfigError::new("scramblingID", p.scrambling_id, "must lie in 0..=1023", clause));
        }
        // A normal number, so that its inverse is finite.
        if !(p.amplitude.is_normal() && p.amplitude > 0.0) {
            let (rule, clause) = ("must be finite and above 0", "TS 38.211 7.4.1.5.3");
            return Err(ConfigError::new("beta_CSIRS", p.amplitude, rule, clause));
        }
        Ok(Self { p, carrier: *carrier, pattern })
    }

    /// The parameters as given.
    pub const fn parameters(&self) -> &CsiRsParameters {
        &self.p
    }

    /// The carrier.
    pub const fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// Where the resource lies.
    pub const fn pattern(&self) -> &CsiRsPattern {
        &self.pattern
    }

    /// X, the ports: 3000 to 3000 + X - 1.
    pub const fn n_ports(&self) -> usize {
        self.pattern.n_ports()
    }

    /// Whether the resource is in `slot` by its period; never, for an aperiodic one.
    pub fn is_in(&self, slot: SlotPoint) -> bool {
        self.p.periodicity.is_some_and(|periodicity| periodicity.is_in(slot))
    }

    /// # Panics
    /// If the slot is not of the carrier's numerology, or the grid not the carrier's.
    pub(super) fn check_grid(&self, slot: SlotPoint, grid: &ResourceGrid) {
        assert_eq!(slot.numerology(), self.carrier.numerology(), "numerology of the slot");
        assert_eq!(grid.n_subcarriers(), self.carrier.n_subcarriers(), "subcarriers of the grid");
        assert_eq!(grid.n_symbols(), self.carrier.symbols_per_slot(), "symbols of the grid");
    }
}

/// A valid zero-power CSI-RS resource: elements that carry no PDSCH.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.214 5.1.4.2")]
pub struct ZpCsiRs {
    pattern: CsiRsPattern,
    periodicity: Option<CsiPeriodicity>,
}

impl ZpCsiRs {
    /// `periodicity` is `None` for an aperiodic resource.
    ///
    /// # Errors
    /// Those of [`CsiRsPattern::new`].
    pub fn new(
        carrier: &Carrier,
        mapping: CsiRsMapping,
        periodicity: Option<CsiPeriodicity>,
    ) -> Result<Self, ConfigError> {
        Ok(Self { pattern: CsiRsPattern::new(carrier, mapping)?, periodicity })
    }

    /// The elements.
    pub const fn elements(&self) -> &CsiElements {
        self.pattern.elements()
    }

    /// Whether the resource is in `slot` by its period; never, for an aperiodic one.
    pub fn is_in(&self, slot: SlotPoint) -> bool {
        self.periodicity.is_some_and(|periodicity| periodicity.is_in(slot))
    }
}
