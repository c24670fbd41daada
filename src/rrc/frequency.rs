use super::uper::{CLAUSE, list, range};
use crate::ConfigError;
use crate::frame::{CyclicPrefix, Numerology};

enumerated! {
    /// Subcarrier spacing.
    pub enum SubcarrierSpacing {
        Khz15 = "kHz15", Khz30 = "kHz30", Khz60 = "kHz60", Khz120 = "kHz120", Khz240 = "kHz240",
        Khz480 = "kHz480-v1700", Khz960 = "kHz960-v1700", Spare1 = "spare1",
    }
}

impl SubcarrierSpacing {
    /// In kHz; `None` for the spare value.
    pub const fn khz(self) -> Option<u32> {
        match self {
            Self::Spare1 => None,
            known => Some(15 << known as u32),
        }
    }

    /// `None` for the spare value.
    pub fn numerology(self) -> Option<Numerology> {
        Numerology::new(self as u8).ok().filter(|_| self != Self::Spare1)
    }
}

impl From<Numerology> for SubcarrierSpacing {
    fn from(numerology: Numerology) -> Self {
        Self::ALL[usize::from(numerology.mu())]
    }
}

sequence! {
    /// A band of the cell's carrier and the extra emission limits in it.
    pub struct NrMultiBandInfo {
        /// n1 is 1.
        freq_band_indicator_nr: Option<u16> = "freqBandIndicatorNR", range(1, 1024);
        nr_ns_pmax_list: Option<Vec<NrNsPmaxValue>> = "nr-NS-PmaxList", list(1, 8);
    }
}

sequence! {
    /// An additional spectrum emission requirement, TS 38.101-1 6.2.3.
    pub struct NrNsPmaxValue {
        /// dBm.
        additional_pmax: Option<i8> = "additionalPmax", range(-30, 33);
        additional_spectrum_emission: u8 = "additionalSpectrumEmission", range(0, 7);
    }
}

sequence! {
    /// Place and width of a carrier for one subcarrier spacing, TS 38.211 4.4.2.
    pub extensible struct ScsSpecificCarrier [ScsSpecificCarrierV15] {
        /// From Point A to the lowest subcarrier, resource blocks of this spacing.
        offset_to_carrier: u16 = "offsetToCarrier", range(0, 2199);
        subcarrier_spacing: SubcarrierSpacing = "subcarrierSpacing";
        /// N_grid^size, resource blocks.
        carrier_bandwidth: u16 = "carrierBandwidth", range(1, 275);
    }
}

sequence! {
    /// First addition to SCS-SpecificCarrier (Release 15).
    pub struct ScsSpecificCarrierV15 {
        /// Subcarrier of the transmitter's DC within the carrier; 3300 outside, 3301 unknown.
        tx_direct_current_location: Option<u16> = "txDirectCurrentLocation", range(0, 4095);
    }
}

impl ScsSpecificCarrier {
    /// The addition of Release 15, if present.
    pub fn v15(&self) -> Option<ScsSpecificCarrierV15> {
        self.extension.get(0)
    }
}

sequence! {
    /// Place, width and numerology of a bandwidth part, TS 38.211 4.4.5.
    pub struct Bwp {
        /// Resource indicator value of start and size, see [`Bwp::start_and_size`].
        location_and_bandwidth: u16 = "locationAndBandwidth", range(0, 37949);
        subcarrier_spacing: SubcarrierSpacing = "subcarrierSpacing";
        /// Normal cyclic prefix where absent.
        extended_cyclic_prefix: bool = "cyclicPrefix", "extended";
    }
}

/// N_BWP^size of TS 38.214 5.1.2.2.2 for `locationAndBandwidth`, TS 38.213 12.
const N: u16 = 275;

impl Bwp {
    /// # Errors
    /// If `n_prb` is zero or the part reaches beyond 275 resource blocks.
    pub fn new(start_prb: u16, n_prb: u16, numerology: Numerology, prefix: CyclicPrefix) -> Result<Self, ConfigError> {
        if n_prb == 0 || u32::from(start_prb) + u32::from(n_prb) > u32::from(N) {
            let got = format!("{n_prb} resource blocks from {start_prb}");
            return Err(ConfigError::new(
                "locationAndBandwidth",
                got,
                "must have 1 or more and end within 275",
                CLAUSE,
            ));
        }
        let location_and_bandwidth =
            if n_prb - 1 <= N / 2 { N * (n_prb - 1) + start_prb } else { N * (N - n_prb + 1) + (N - 1 - start_prb) };
        Ok(Self {
            location_and_bandwidth,
            subcarrier_spacing: numerology.into(),
            extended_cyclic_prefix: prefix == CyclicPrefix::Extended,
        })
    }

    /// First resource block, counted from the carrier's `offsetToCarrier`, and number of resource blocks.
    #[doc(alias = "TS 38.214 5.1.2.2.2")]
    pub const fn start_and_size(&self) -> (u16, u16) {
        let (rows, column) = (self.location_and_bandwidth / N, self.location_and_bandwidth % N);
        // The two halves of the triangle of allowed pairs share a rectangle, the second one turned by half a turn.
        if rows + column < N { (column, rows + 1) } else { (N - 1 - column, N + 1 - rows) }
    }

    /// Of all its symbols.
    pub const fn cyclic_prefix(&self) -> CyclicPrefix {
        if self.extended_cyclic_prefix { CyclicPrefix::Extended } else { CyclicPrefix::Normal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_location_and_bandwidth_stands_for_one_part() {
        let numerology = Numerology::new(0).unwrap();
        let mut seen = vec![false; 37950];
        for start in 0..275 {
            for n_prb in 1..=275 - start {
                let bwp = Bwp::new(start, n_prb, numerology, CyclicPrefix::Normal).unwrap();
                assert_eq!(bwp.start_and_size(), (start, n_prb));
                assert!(!std::mem::replace(&mut seen[usize::from(bwp.location_and_bandwidth)], true));
            }
        }
        assert!(seen.into_iter().all(|seen| seen));
        assert!(Bwp::new(0, 0, numerology, CyclicPrefix::Normal).is_err());
        assert!(Bwp::new(1, 275, numerology, CyclicPrefix::Normal).is_err());
        assert!(Bwp::new(u16::MAX, u16::MAX, numerology, CyclicPrefix::Normal).is_err());
        assert_eq!(Bwp::new(0, 106, numerology, CyclicPrefix::Normal).unwrap().location_and_bandwidth, 28875);
    }

    #[test]
    fn spacings() {
        let khz: Vec<_> = SubcarrierSpacing::ALL.iter().map(|scs| scs.khz()).collect();
        assert_eq!(khz, [15, 30, 60, 120, 240, 480, 960, 0].map(|khz| (khz != 0).then_some(khz)));
        for numerology in Numerology::ALL {
            assert_eq!(SubcarrierSpacing::from(numerology).numerology(), Some(numerology));
        }
    }
}
