//! Where Point A, carrier, SS/PBCH block and CORESET#0 lie in frequency: computed and checked from a
//! configuration ([`CellGeometry`]), and found from what a receiver learns ([`ReceivedSsb`]).

mod check;
mod explain;
mod received;
#[cfg(test)]
mod tests;

use super::{
    Band, Carrier, ChannelBandwidth, Coreset0, Duplex, FrequencyRange, Gscn, NrArfcn, Numerology, SUBCARRIERS_PER_RB,
    SsbCase, SsbPositions, Type0Monitoring,
};
use crate::ConfigError;
pub use received::{Coreset0Indication, ReceivedCoreset0, ReceivedSsb};

/// Where a carrier lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CarrierPosition {
    /// The middle of its grid, subcarrier 6 * N_grid^size, in Hz: the RF reference frequency.
    CentreHz(u64),
    /// The same as a channel number.
    CentreArfcn(NrArfcn),
    /// Point A, subcarrier 0 of common resource block 0, in Hz.
    PointAHz(u64),
    /// The same as a channel number, absoluteFrequencyPointA.
    PointAArfcn(NrArfcn),
}

/// Where an SS/PBCH block lies: the frequency of its subcarrier 120, SS_REF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SsbFrequency {
    /// On the synchronisation raster.
    Gscn(Gscn),
    /// In Hz.
    Hz(u64),
}

impl SsbFrequency {
    /// SS_REF in Hz.
    pub const fn hz(self) -> u64 {
        match self {
            Self::Gscn(gscn) => gscn.hz(),
            Self::Hz(hz) => hz,
        }
    }
}

/// pdcch-ConfigSIB1 of the MIB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "pdcch-ConfigSIB1")]
pub struct Type0Config {
    /// controlResourceSetZero, 0..=15: the row of the CORESET#0 table.
    pub control_resource_set_zero: u8,
    /// searchSpaceZero, 0..=15: the row of the monitoring table.
    pub search_space_zero: u8,
}

/// What [`CellGeometry::new`] checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GeometryConfig {
    /// The band; without one the rasters and bandwidths of bands are not checked.
    pub band: Option<Band>,
    /// Spacing, offsetToCarrier (`start_crb`) and resource blocks of the carrier.
    pub carrier: Carrier,
    /// Where the carrier lies.
    pub position: CarrierPosition,
    /// Channel bandwidth in MHz; without one the smallest that holds the carrier.
    pub channel_bandwidth_mhz: Option<u16>,
    /// Case, and so spacing, of the SS/PBCH block.
    pub ssb_case: SsbCase,
    /// Where the SS/PBCH block lies.
    pub ssb: SsbFrequency,
    /// subCarrierSpacingCommon: the spacing of CORESET#0 and SIB1.
    pub common: Numerology,
    /// pdcch-ConfigSIB1; none for a block without CORESET#0 and SIB1, which may stand off the synchronisation raster.
    pub type0: Option<Type0Config>,
}

/// CORESET#0 in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coreset0Place {
    /// The row of the table.
    pub entry: Coreset0,
    /// The lowest common resource block, of the spacing subCarrierSpacingCommon.
    pub start_crb: u16,
    /// When it is monitored, searchSpaceZero.
    pub monitoring: Type0Monitoring,
}

/// Where the parts of a cell lie in frequency. A value that exists obeys the rules of TS 38.104 5.3 and 5.4,
/// TS 38.211 4.4 and 7.4.3.1 and TS 38.213 13 that [`CellGeometry::new`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.211 7.4.3.1")]
#[doc(alias = "TS 38.213 13")]
#[doc(alias = "k_SSB")]
#[doc(alias = "offsetToPointA")]
pub struct CellGeometry {
    config: GeometryConfig,
    point_a_hz: u64,
    bandwidth: Option<ChannelBandwidth>,
    ssb: SsbPlace,
    coreset0: Option<Coreset0Place>,
    notes: Vec<String>,
}

/// Where the SS/PBCH block lies among the common resource blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SsbPlace {
    k_ssb: u8,
    offset_to_point_a: u16,
    /// Lowest block of the spacing subCarrierSpacingCommon that overlaps with the block's first resource block.
    crb_common: u16,
}

impl CellGeometry {
    /// Computes the geometry and checks, in this order: spacings against the frequency range; Point A, channel
    /// bandwidth, band edges and channel raster; synchronisation raster, alignment and place of the SS/PBCH block;
    /// CORESET#0 and its search space.
    ///
    /// # Errors
    /// The first rule that is broken, with a way out: the nearest frequencies, or the indices, that work.
    pub fn new(config: &GeometryConfig) -> Result<Self, ConfigError> {
        check::check(config)
    }

    /// The configuration.
    pub const fn config(&self) -> &GeometryConfig {
        &self.config
    }

    /// The carrier.
    pub const fn carrier(&self) -> &Carrier {
        &self.config.carrier
    }

    /// Point A in Hz: subcarrier 0 of common resource block 0.
    pub const fn point_a_hz(&self) -> u64 {
        self.point_a_hz
    }

    /// absoluteFrequencyPointA; none if Point A is off the global frequency raster.
    pub fn point_a_arfcn(&self) -> Option<NrArfcn> {
        NrArfcn::from_hz(self.point_a_hz).ok()
    }

    /// The middle of the carrier in Hz, the RF reference frequency.
    pub const fn centre_hz(&self) -> u64 {
        self.config.carrier.centre_hz(self.point_a_hz)
    }

    /// The middle of the carrier as a channel number; none if it is off the global frequency raster.
    pub fn centre_arfcn(&self) -> Option<NrArfcn> {
        NrArfcn::from_hz(self.centre_hz()).ok()
    }

    /// The channel; none where no channel bandwidth is known to hold the carrier.
    pub const fn channel_bandwidth(&self) -> Option<ChannelBandwidth> {
        self.bandwidth
    }

    /// Frequency range.
    pub const fn frequency_range(&self) -> FrequencyRange {
        self.config.ssb_case.frequency_range()
    }

    /// Duplex mode of the band; unpaired where no band is given.
    pub fn duplex(&self) -> Duplex {
        self.config.band.map_or(Duplex::Tdd, Band::duplex)
    }

    /// SS_REF in Hz.
    pub const fn ssb_frequency_hz(&self) -> u64 {
        self.config.ssb.hz()
    }

    /// The block's synchronisation channel number; none if it stands off the raster.
    pub fn gscn(&self) -> Option<Gscn> {
        Gscn::from_hz(self.ssb_frequency_hz()).ok()
    }

    /// Subcarrier 0 of the SS/PBCH block in Hz.
    pub const fn ssb_lowest_subcarrier_hz(&self) -> u64 {
        self.ssb_frequency_hz() - 120 * self.config.ssb_case.numerology().scs_hz() as u64
    }

    /// The candidate blocks of a half frame.
    pub fn ssb_positions(&self) -> SsbPositions {
        let (case, hz) = (self.config.ssb_case, self.ssb_frequency_hz());
        match SsbPositions::shared_spectrum(case) {
            Ok(positions) if self.config.band.is_some_and(Band::is_shared_spectrum) => positions,
            _ => SsbPositions::at_frequency(case, hz, self.duplex()),
        }
    }

    /// k_SSB: subcarriers from subcarrier 0 of N_CRB^SSB to that of the block, in units of 15 kHz (FR1) or of
    /// subCarrierSpacingCommon (FR2).
    pub const fn k_ssb(&self) -> u8 {
        self.ssb.k_ssb
    }

    /// What the MIB signals as k_SSB: [`Self::k_ssb`], or, without CORESET#0, 31 (FR1) or 15 (FR2), "no SIB1 here".
    pub const fn mib_k_ssb(&self) -> u8 {
        match (&self.coreset0, self.frequency_range()) {
            (Some(_), _) => self.ssb.k_ssb,
            (None, FrequencyRange::Fr1) => 31,
            (None, FrequencyRange::Fr2) => 15,
        }
    }

    /// pdcch-ConfigSIB1 as its 8 bits; 0 without CORESET#0.
    pub const fn pdcch_config_sib1(&self) -> u8 {
        match self.config.type0 {
            Some(type0) => type0.control_resource_set_zero << 4 | type0.search_space_zero,
            None => 0,
        }
    }

    /// offsetToPointA, which is N_CRB^SSB: resource blocks of 15 kHz (FR1) or 60 kHz (FR2) from Point A to the lowest
    /// common resource block that overlaps with the SS/PBCH block.
    pub const fn offset_to_point_a(&self) -> u16 {
        self.ssb.offset_to_point_a
    }

    /// Subcarrier of the carrier's grid (0 = its lowest) that is subcarrier 0 of the SS/PBCH block; none if the
    /// spacings differ or the block lies between the carrier's subcarriers.
    pub fn ssb_first_subcarrier(&self) -> Option<u16> {
        let scs = u64::from(self.config.carrier.numerology().scs_hz());
        let offset = self.ssb_lowest_subcarrier_hz() - self.config.carrier.lowest_subcarrier_hz(self.point_a_hz);
        let aligned = self.config.carrier.numerology() == self.config.ssb_case.numerology();
        // Inside the carrier, so below 3300.
        (aligned && offset.is_multiple_of(scs)).then(|| (offset / scs) as u16)
    }

    /// The common resource blocks, of the carrier's spacing, that the SS/PBCH block touches.
    pub fn ssb_crbs(&self) -> std::ops::Range<u16> {
        let above_point_a = (self.ssb_lowest_subcarrier_hz() - self.point_a_hz) as i64;
        let touched = touched_blocks(above_point_a, self.config.ssb_case.numerology(), self.carrier().numerology());
        let (start, end) = (self.carrier().start_crb(), self.carrier().start_crb() + self.carrier().n_prb());
        touched.start.max(i64::from(start)) as u16..touched.end.min(i64::from(end)) as u16
    }

    /// CORESET#0; none if the block has none.
    pub const fn coreset0(&self) -> Option<&Coreset0Place> {
        self.coreset0.as_ref()
    }

    /// The lowest resource block of CORESET#0 counted in the carrier's grid; none without CORESET#0 or if the spacings
    /// differ.
    pub fn coreset0_first_prb(&self) -> Option<u16> {
        let place = self.coreset0.filter(|_| self.config.common == self.config.carrier.numerology())?;
        place.start_crb.checked_sub(self.config.carrier.start_crb())
    }

    /// What is allowed but worth knowing.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// The resource blocks that an SS/PBCH block of spacing `ssb` touches, counted from one whose subcarrier 0 lies
/// `above_hz` below the SS/PBCH block's.
fn touched_blocks(above_hz: i64, ssb: Numerology, numerology: Numerology) -> std::ops::Range<i64> {
    let (ssb_scs, scs) = (i64::from(ssb.scs_hz()), i64::from(numerology.scs_hz()));
    // Twice the distance from edge to edge, in Hz: edges lie half a spacing below subcarriers.
    let low = 2 * above_hz - ssb_scs + scs;
    let block = 2 * SUBCARRIERS_PER_RB as i64 * scs;
    low.div_euclid(block)..(low + 2 * 240 * ssb_scs - 1).div_euclid(block) + 1
}

/// The spacing in Hz that k_SSB counts in.
#[doc(alias = "TS 38.211 7.4.3.1")]
const fn k_ssb_unit_hz(range: FrequencyRange, common: Numerology) -> u64 {
    match range {
        FrequencyRange::Fr1 => 15_000,
        FrequencyRange::Fr2 => common.scs_hz() as u64,
    }
}

/// The width in Hz of the resource blocks that offsetToPointA counts.
#[doc(alias = "TS 38.211 4.4.4.2")]
const fn offset_unit_hz(range: FrequencyRange) -> u64 {
    match range {
        FrequencyRange::Fr1 => 12 * 15_000,
        FrequencyRange::Fr2 => 12 * 60_000,
    }
}
