use super::{k_ssb_unit_hz, offset_unit_hz, touched_blocks};
use crate::ConfigError;
use crate::frame::{Band, Coreset0, Coreset0Bands, FrequencyRange, Gscn, Numerology, SsbCase, Type0Monitoring};
use std::ops::Range;

impl FrequencyRange {
    /// subCarrierSpacingCommon of the MIB: `scs15or60` (false) or `scs30or120` (true). In FR2-2 it is that of the
    /// SS/PBCH block and the field has another meaning (TS 38.213 4.1).
    #[doc(alias = "subCarrierSpacingCommon")]
    pub const fn common_numerology(self, scs30or120: bool) -> Numerology {
        match (self, scs30or120) {
            (Self::Fr1, false) => Numerology::MU0,
            (Self::Fr1, true) => Numerology::MU1,
            (Self::Fr2, false) => Numerology::MU2,
            (Self::Fr2, true) => Numerology::MU3,
        }
    }
}

impl Coreset0Bands {
    /// Which CORESET#0 tables hold for a block found at `ssb_frequency_hz`, by the bands that may have it there.
    /// Licensed bands go before shared spectrum where both may.
    pub fn of_ssb(ssb_frequency_hz: u64, case: SsbCase) -> Self {
        if FrequencyRange::is_fr2_2(ssb_frequency_hz) || matches!(case, SsbCase::F | SsbCase::G) {
            return Self::Fr2_2;
        }
        let gscn = Gscn::nearest(ssb_frequency_hz);
        let on_raster = |band: &Band| band.sync_raster().any(|row| row.case() == case && row.contains(gscn));
        let first = |bands: &mut dyn Iterator<Item = Band>| {
            bands.map(Band::coreset0_bands).min_by_key(|bands| match bands {
                Self::Minimum5Or10MHz => 0,
                Self::Minimum40MHz => 1,
                Self::SharedSpectrum => 2,
                Self::Fr2_2 => 3,
            })
        };
        first(&mut Band::all().filter(on_raster))
            .or_else(|| first(&mut Band::of_downlink_hz(ssb_frequency_hz)))
            .unwrap_or_default()
    }
}

/// An SS/PBCH block as received, with what its MIB says about frequencies: from it follows CORESET#0, before
/// Point A is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.213 13")]
pub struct ReceivedSsb {
    frequency_hz: u64,
    case: SsbCase,
    common: Numerology,
    k_ssb: u8,
    pdcch_config_sib1: u8,
    bands: Coreset0Bands,
}

/// What an SS/PBCH block says about CORESET#0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coreset0Indication {
    /// It is here.
    Present(ReceivedCoreset0),
    /// Not here; the block at this number has one.
    #[doc(alias = "TS 38.213 Table 13-16, 13-17")]
    SecondSsb(Gscn),
    /// Not here, nor with any block from the first number to the last (both included).
    NoneWithin {
        /// N_GSCN^Reference - N_GSCN^Start.
        first: Gscn,
        /// N_GSCN^Reference + N_GSCN^End.
        last: Gscn,
    },
    /// Not here, and nothing is said about other blocks.
    NotHere,
    /// The MIB holds a value that the standard reserves; which one, as text.
    Reserved(ConfigError),
}

/// CORESET#0 as found from an SS/PBCH block, in absolute frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceivedCoreset0 {
    entry: Coreset0,
    lowest_subcarrier_hz: u64,
    case: SsbCase,
    search_space_zero: u8,
}

impl ReceivedSsb {
    /// * `frequency_hz`: SS_REF, rounded to the raster if it was measured.
    /// * `scs30or120`: subCarrierSpacingCommon, see [`FrequencyRange::common_numerology`].
    /// * `k_ssb`: in FR1 five bits (the highest from the PBCH payload), in FR2 four; higher ones are dropped.
    /// * `pdcch_config_sib1`: controlResourceSetZero in the upper four bits, searchSpaceZero in the lower.
    /// * `bands`: see [`Coreset0Bands::of_ssb`].
    ///
    /// With shared spectrum channel access in FR1 and in FR2-2 the spacing is that of the block; in the former k_SSB is
    /// even: the bit that would make it odd has another meaning (TS 38.213 4.1).
    pub fn new(
        frequency_hz: u64,
        case: SsbCase,
        scs30or120: bool,
        k_ssb: u8,
        pdcch_config_sib1: u8,
        bands: Coreset0Bands,
    ) -> Self {
        let range = case.frequency_range();
        let shared = bands == Coreset0Bands::SharedSpectrum && range == FrequencyRange::Fr1;
        let k_ssb = match range {
            FrequencyRange::Fr1 if shared && k_ssb % 32 < 24 => k_ssb % 32 / 2 * 2,
            FrequencyRange::Fr1 => k_ssb % 32,
            FrequencyRange::Fr2 => k_ssb % 16,
        };
        let as_block = shared || bands == Coreset0Bands::Fr2_2;
        let common = if as_block { case.numerology() } else { range.common_numerology(scs30or120) };
        Self { frequency_hz, case, common, k_ssb, pdcch_config_sib1, bands }
    }

    /// SS_REF in Hz.
    pub const fn frequency_hz(&self) -> u64 {
        self.frequency_hz
    }

    /// subCarrierSpacingCommon.
    pub const fn common(&self) -> Numerology {
        self.common
    }

    /// k_SSB, also where its value says that there is no CORESET#0.
    pub const fn k_ssb(&self) -> u8 {
        self.k_ssb
    }

    /// Whether k_SSB says that this block has a CORESET#0: 0..=23 in FR1, 0..=11 in FR2.
    pub const fn has_coreset0(&self) -> bool {
        match self.case.frequency_range() {
            FrequencyRange::Fr1 => self.k_ssb < 24,
            FrequencyRange::Fr2 => self.k_ssb < 12,
        }
    }

    /// Where CORESET#0 is, or what is said instead.
    pub fn coreset0(&self) -> Coreset0Indication {
        if !self.has_coreset0() {
            return self.elsewhere();
        }
        let index = self.pdcch_config_sib1 >> 4;
        let entry = match Coreset0::new(self.case.numerology(), self.common, self.bands, index) {
            Ok(entry) => entry,
            Err(error) => return Coreset0Indication::Reserved(error),
        };
        let block = 12 * i64::from(self.common.scs_hz());
        // The lowest common block that overlaps with the SSB begins less than a block below its subcarrier 0, also if
        // k_SSB counts from a lower one.
        let into_block = self.k_ssb_hz() % block;
        let lowest = self.lowest_subcarrier_hz() - into_block - i64::from(entry.rb_offset(self.k_ssb)) * block;
        match u64::try_from(lowest) {
            Ok(lowest_subcarrier_hz) => Coreset0Indication::Present(ReceivedCoreset0 {
                entry,
                lowest_subcarrier_hz,
                case: self.case,
                search_space_zero: self.pdcch_config_sib1 & 15,
            }),
            Err(_) => {
                let rule = "would lie below 0 Hz";
                Coreset0Indication::Reserved(ConfigError::new(
                    "CORESET#0",
                    format!("{lowest} Hz"),
                    rule,
                    "TS 38.213 13",
                ))
            }
        }
    }

    /// Point A in Hz, from offsetToPointA of SIB1; none if it would be negative or the block has no CORESET#0 (its
    /// k_SSB is no offset then).
    pub fn point_a_hz(&self, offset_to_point_a: u16) -> Option<u64> {
        let offset = u64::from(offset_to_point_a) * offset_unit_hz(self.case.frequency_range());
        let hz = self.lowest_subcarrier_hz() - self.k_ssb_hz() - offset as i64;
        u64::try_from(hz).ok().filter(|_| self.has_coreset0())
    }

    /// The resource blocks of spacing `numerology` that the SS/PBCH block touches, counted from the one whose
    /// subcarrier 0 is at `origin_hz` (Point A: common resource blocks). What lies below that is cut off; none if all
    /// of it does, or it lies beyond the 65535th.
    pub fn touched_blocks(&self, origin_hz: u64, numerology: Numerology) -> Option<Range<u16>> {
        let above = self.lowest_subcarrier_hz() - i64::try_from(origin_hz).ok().filter(|hz| *hz < 1 << 62)?;
        // Further off there is nothing that counts; the bound keeps the sums inside i64.
        if above.abs() > 1 << 40 {
            return None;
        }
        let touched = touched_blocks(above, self.case.numerology(), numerology);
        let (start, end) = (u16::try_from(touched.start.max(0)).ok()?, u16::try_from(touched.end).ok()?);
        (start < end).then_some(start..end)
    }

    /// Subcarrier 0 of the block; below 0 Hz only for a frequency that no block can have.
    fn lowest_subcarrier_hz(&self) -> i64 {
        // Above 2^62 Hz there is nothing to receive; the bound keeps the sums inside i64.
        self.frequency_hz.min(1 << 62) as i64 - 120 * i64::from(self.case.numerology().scs_hz())
    }

    fn k_ssb_hz(&self) -> i64 {
        i64::from(self.k_ssb) * k_ssb_unit_hz(self.case.frequency_range(), self.common) as i64
    }

    /// TS 38.213 13, Tables 13-16 (FR1) and 13-17 (FR2): N_GSCN^Offset by k_SSB and pdcch-ConfigSIB1.
    fn elsewhere(&self) -> Coreset0Indication {
        let reference = Gscn::nearest(self.frequency_hz);
        let config = i32::from(self.pdcch_config_sib1);
        let offset = match (self.case.frequency_range(), self.k_ssb) {
            (FrequencyRange::Fr1, 24..=26) => 256 * (i32::from(self.k_ssb) - 24) + config + 1,
            (FrequencyRange::Fr1, 27..=29) => -(256 * (i32::from(self.k_ssb) - 27) + config + 1),
            (FrequencyRange::Fr2, 12) => config + 1,
            (FrequencyRange::Fr2, 13) => -(config + 1),
            (FrequencyRange::Fr1, 31) | (FrequencyRange::Fr2, 15) => {
                if config == 0 {
                    return Coreset0Indication::NotHere;
                }
                let first = reference.checked_add(-(config >> 4)).unwrap_or(Gscn::MIN);
                let last = reference.checked_add(config & 15).unwrap_or(Gscn::MAX);
                return Coreset0Indication::NoneWithin { first, last };
            }
            _ => {
                let rule = "is reserved";
                let error = ConfigError::new("k_SSB", self.k_ssb, rule, "TS 38.213 Tables 13-16, 13-17");
                return Coreset0Indication::Reserved(error);
            }
        };
        // N_GSCN^Size.
        let size = if self.bands == Coreset0Bands::Fr2_2 { 3 } else { 1 };
        reference.checked_add(size * offset).map_or_else(
            || {
                let got = format!("{reference} {:+}", size * offset);
                let rule = "leaves the synchronisation raster";
                Coreset0Indication::Reserved(ConfigError::new("GSCN", got, rule, "TS 38.213 Tables 13-16, 13-17"))
            },
            Coreset0Indication::SecondSsb,
        )
    }
}

impl ReceivedCoreset0 {
    /// The row of the table: blocks, symbols, pattern.
    pub const fn entry(&self) -> &Coreset0 {
        &self.entry
    }

    /// Numerology, subCarrierSpacingCommon.
    pub const fn numerology(&self) -> Numerology {
        self.entry.numerology()
    }

    /// Its lowest subcarrier in Hz.
    pub const fn lowest_subcarrier_hz(&self) -> u64 {
        self.lowest_subcarrier_hz
    }

    /// Its middle, subcarrier 6 * N_RB, in Hz: where a receiver that demodulates CORESET#0 alone centres its grid.
    pub const fn centre_hz(&self) -> u64 {
        self.lowest_subcarrier_hz + 6 * self.entry.n_rb() as u64 * self.entry.numerology().scs_hz() as u64
    }

    /// Its lowest common resource block, of its own spacing, once Point A is known; none if it does not lie on that
    /// grid.
    pub fn start_crb(&self, point_a_hz: u64) -> Option<u16> {
        let block = 12 * u64::from(self.numerology().scs_hz());
        let offset = self.lowest_subcarrier_hz.checked_sub(point_a_hz)?;
        offset.is_multiple_of(block).then(|| u16::try_from(offset / block).ok()).flatten()
    }

    /// searchSpaceZero.
    pub const fn search_space_zero(&self) -> u8 {
        self.search_space_zero
    }

    /// When it is monitored; none if searchSpaceZero is reserved.
    pub fn monitoring(&self) -> Option<Type0Monitoring> {
        Type0Monitoring::new(&self.entry, self.case, self.search_space_zero).ok()
    }
}
