use super::band::band_of_cell;
use super::{Band, FrequencyRange, NrArfcn, Numerology};
use crate::ConfigError;
use crate::table::{number, rows};
use std::fmt;
use std::sync::LazyLock;

/// A channel bandwidth of the base station, with the resource blocks that fit into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.104 5.3.2")]
pub struct ChannelBandwidth {
    range: FrequencyRange,
    mhz: u16,
}

impl ChannelBandwidth {
    /// # Errors
    /// If the frequency range has no channels of `mhz` MHz.
    pub fn new(range: FrequencyRange, mhz: u16) -> Result<Self, ConfigError> {
        let bandwidth = Self { range, mhz };
        if TRANSMISSION.iter().any(|row| row.bandwidth == bandwidth) {
            return Ok(bandwidth);
        }
        let allowed: Vec<u16> = Self::all(range).map(Self::mhz).collect();
        let rule = format!("{range} has channels of {allowed:?} MHz");
        Err(ConfigError::new("channel bandwidth (MHz)", mhz, rule, "TS 38.104 Table 5.3.2-1"))
    }

    /// Every bandwidth of a range, ascending.
    pub fn all(range: FrequencyRange) -> impl Iterator<Item = Self> {
        TRANSMISSION.iter().map(|row| row.bandwidth).filter(move |bandwidth| bandwidth.range == range)
    }

    /// The smallest bandwidth into which `n_prb` resource blocks fit.
    pub fn holding(range: FrequencyRange, numerology: Numerology, n_prb: u16) -> Option<Self> {
        Self::all(range).find(|bandwidth| bandwidth.n_rb(numerology).is_some_and(|n_rb| n_rb >= n_prb))
    }

    /// MHz.
    pub const fn mhz(self) -> u16 {
        self.mhz
    }

    /// Hz.
    pub const fn hz(self) -> u64 {
        self.mhz as u64 * 1_000_000
    }

    /// Frequency range.
    pub const fn frequency_range(self) -> FrequencyRange {
        self.range
    }

    /// N_RB, the transmission bandwidth in resource blocks; none where the spacing is not used with this bandwidth.
    #[doc(alias = "TS 38.104 Table 5.3.2-1, 5.3.2-2")]
    pub fn n_rb(self, numerology: Numerology) -> Option<u16> {
        let row = TRANSMISSION.iter().find(|row| row.bandwidth == self)?;
        row.n_rb[usize::from(numerology.mu())]
    }

    /// The minimum guard band in Hz at each edge of the channel.
    #[doc(alias = "TS 38.104 Table 5.3.3-1, 5.3.3-2")]
    pub fn min_guardband_hz(self, numerology: Numerology) -> Option<u64> {
        let scs = u64::from(numerology.scs_hz());
        self.n_rb(numerology).map(|n_rb| (self.hz() - 12 * u64::from(n_rb) * scs) / 2 - scs / 2)
    }
}

impl fmt::Display for ChannelBandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MHz", self.mhz)
    }
}

/// First number, step and last number of a channel raster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArfcnRange {
    first: NrArfcn,
    step: u32,
    last: NrArfcn,
}

impl ArfcnRange {
    /// The lowest number.
    pub const fn first(self) -> NrArfcn {
        self.first
    }

    /// The highest number.
    pub const fn last(self) -> NrArfcn {
        self.last
    }

    /// The distance of neighbours; 1 where there is only one number.
    pub const fn step(self) -> u32 {
        self.step
    }

    /// Whether `arfcn` is one of the numbers.
    pub fn contains(self, arfcn: NrArfcn) -> bool {
        (self.first..=self.last).contains(&arfcn) && (arfcn.get() - self.first.get()).is_multiple_of(self.step)
    }

    /// The number of the range that is nearest to `arfcn`.
    pub fn nearest(self, arfcn: NrArfcn) -> NrArfcn {
        let inside = arfcn.clamp(self.first, self.last).get() - self.first.get();
        let steps = ((inside + self.step / 2) / self.step).min((self.last.get() - self.first.get()) / self.step);
        // At most `last`, so a valid number.
        NrArfcn::new(self.first.get() + steps * self.step).unwrap_or(self.last)
    }
}

/// A row of the channel raster of a band: where the middle of a carrier may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.104 5.4.2.3")]
pub struct ChannelRaster {
    band: Band,
    raster_hz: u32,
    uplink: Option<ArfcnRange>,
    downlink: Option<ArfcnRange>,
}

impl ChannelRaster {
    /// Delta F_Raster in Hz. Where a band has rows of two subcarrier spacings, the wider holds for channels that use
    /// no narrower one.
    pub const fn raster_hz(&self) -> u32 {
        self.raster_hz
    }

    /// The uplink's numbers.
    pub const fn uplink(&self) -> Option<ArfcnRange> {
        self.uplink
    }

    /// The downlink's numbers.
    pub const fn downlink(&self) -> Option<ArfcnRange> {
        self.downlink
    }
}

impl Band {
    /// The channel raster: one row or more; none for the bands that the table does not list.
    #[doc(alias = "TS 38.104 Table 5.4.2.3-1, 5.4.2.3-2")]
    pub fn channel_raster(self) -> impl Iterator<Item = ChannelRaster> {
        RASTERS.iter().filter(move |row| row.band == self).copied()
    }

    /// The channel bandwidths that the band has with this subcarrier spacing, ascending.
    #[doc(alias = "TS 38.101-1 Table 5.3.5-1")]
    #[doc(alias = "TS 38.101-2 Table 5.3.5-1")]
    pub fn channel_bandwidths(self, numerology: Numerology) -> impl Iterator<Item = ChannelBandwidth> {
        let row = PER_BAND.iter().find(|row| row.band == self && row.numerology == numerology);
        row.map_or(&[][..], |row| &row.bandwidths).iter().copied()
    }
}

struct Transmission {
    bandwidth: ChannelBandwidth,
    /// By mu.
    n_rb: [Option<u16>; 7],
}

static TRANSMISSION: LazyLock<Vec<Transmission>> = LazyLock::new(|| {
    let cell = |cell: &str| (!cell.is_empty()).then(|| number(cell));
    let fr1 = rows(include_str!("../../tables/nrb_fr1_5.3.2-1.csv")).map(|row| Transmission {
        bandwidth: ChannelBandwidth { range: FrequencyRange::Fr1, mhz: number(row[0]) },
        n_rb: [cell(row[1]), cell(row[2]), cell(row[3]), None, None, None, None],
    });
    let fr2 = rows(include_str!("../../tables/nrb_fr2.csv")).map(|row| Transmission {
        bandwidth: ChannelBandwidth { range: FrequencyRange::Fr2, mhz: number(row[0]) },
        n_rb: [None, None, cell(row[1]), cell(row[2]), None, cell(row[3]), cell(row[4])],
    });
    fr1.chain(fr2).collect()
});

static RASTERS: LazyLock<Vec<ChannelRaster>> = LazyLock::new(|| {
    let arfcn = |cell: &str| NrArfcn::new(number(cell)).unwrap_or(NrArfcn::MAX);
    let range = |cells: &[&str]| {
        (!cells[0].is_empty()).then(|| {
            // A step of 0 in the file marks a row of one number.
            ArfcnRange { first: arfcn(cells[0]), step: number::<u32>(cells[1]).max(1), last: arfcn(cells[2]) }
        })
    };
    rows(include_str!("../../tables/nr_arfcn_per_band.csv"))
        .map(|row| ChannelRaster {
            band: band_of_cell(row[0]),
            raster_hz: number::<u32>(row[1]) * 1_000,
            uplink: range(&row[2..5]),
            downlink: range(&row[5..8]),
        })
        .collect()
});

struct PerBand {
    band: Band,
    numerology: Numerology,
    bandwidths: Vec<ChannelBandwidth>,
}

static PER_BAND: LazyLock<Vec<PerBand>> = LazyLock::new(|| {
    rows(include_str!("../../tables/channel_bw_per_band.csv"))
        .filter_map(|row| {
            let numerology = Numerology::from_scs_khz(number(row[1])).ok()?;
            let band = band_of_cell(row[0]);
            // The releases of the standard differ; a band has what any of them lists.
            let mut mhz: Vec<u16> = row[2..5].iter().flat_map(|c| c.split_whitespace()).map(number).collect();
            mhz.sort_unstable();
            let range = if band.number() < 257 { FrequencyRange::Fr1 } else { FrequencyRange::Fr2 };
            let bandwidths = mhz.into_iter().map(|mhz| ChannelBandwidth { range, mhz }).collect();
            Some(PerBand { band, numerology, bandwidths })
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guard_bands_equal_the_tables() {
        let tables = [
            (FrequencyRange::Fr1, include_str!("../../tables/min_guardband_fr1_5.3.3-1.csv"), &[0, 1, 2][..]),
            (FrequencyRange::Fr2, include_str!("../../tables/min_guardband_fr2.csv"), &[2, 3, 5, 6]),
        ];
        let mut compared = 0;
        for (range, csv, mus) in tables {
            for row in rows(csv) {
                let bandwidth = ChannelBandwidth::new(range, number(row[0])).unwrap();
                for (&mu, cell) in mus.iter().zip(&row[1..]) {
                    let guard = bandwidth.min_guardband_hz(Numerology::new(mu).unwrap());
                    let expected = (!cell.is_empty()).then(|| (number::<f64>(cell) * 1e3) as u64);
                    assert_eq!(guard, expected, "{bandwidth} mu {mu}");
                    compared += usize::from(guard.is_some());
                }
            }
        }
        assert_eq!(compared, 11 + 15 + 14 + 3 + 4 + 3 + 4);
    }

    #[test]
    fn known_bandwidths() {
        let fr1 = |mhz| ChannelBandwidth::new(FrequencyRange::Fr1, mhz).unwrap();
        assert_eq!(fr1(20).n_rb(Numerology::MU0), Some(106));
        assert_eq!(fr1(100).n_rb(Numerology::MU1), Some(273));
        assert_eq!(fr1(100).n_rb(Numerology::MU0), None);
        assert_eq!(ChannelBandwidth::holding(FrequencyRange::Fr1, Numerology::MU1, 52), Some(fr1(25)));
        assert_eq!(ChannelBandwidth::holding(FrequencyRange::Fr1, Numerology::MU0, 271), None);
        assert!(ChannelBandwidth::new(FrequencyRange::Fr2, 20).unwrap_err().to_string().contains("[50, 100"));
    }

    #[test]
    fn every_raster_row_lies_in_its_band_and_finds_its_numbers() {
        let mut bands = 0;
        for row in RASTERS.iter() {
            let band = Band::new(row.band.number()).unwrap();
            bands += 1;
            for (range, edges) in [(row.uplink, band.uplink_hz()), (row.downlink, band.downlink_hz())] {
                assert_eq!(range.is_some(), edges.is_some(), "{band}");
                let (Some(range), Some((low, high))) = (range, edges) else { continue };
                // n256 to n254 and the others alike: the first and last numbers lie on the edges or inside.
                assert!(low <= range.first().hz() && range.last().hz() <= high, "{band} {range:?}");
                assert!((range.last().get() - range.first().get()).is_multiple_of(range.step()), "{band} {range:?}");
                for arfcn in [range.first(), range.last()] {
                    assert!(range.contains(arfcn));
                    assert_eq!(range.nearest(arfcn), arfcn);
                    let beyond = NrArfcn::new(arfcn.get() + 1).unwrap();
                    assert!(range.contains(range.nearest(beyond)));
                    assert_eq!(range.contains(beyond), range.step() == 1 && arfcn < range.last());
                }
            }
        }
        assert_eq!(bands, 84);
    }

    #[test]
    fn every_bandwidth_of_a_band_has_resource_blocks() {
        let mut unknown = Vec::new();
        let mut rows = 0;
        for row in PER_BAND.iter() {
            rows += 1;
            if Band::new(row.band.number()).is_err() {
                unknown.push(row.band.number());
            }
            assert!(!row.bandwidths.is_empty() && row.bandwidths.windows(2).all(|w| w[0] < w[1]), "{}", row.band);
            for bandwidth in &row.bandwidths {
                assert!(bandwidth.n_rb(row.numerology).is_some(), "{} {bandwidth} {:?}", row.band, row.numerology);
            }
        }
        // n35 stands in the bandwidth table alone.
        unknown.dedup();
        assert_eq!(unknown, [35]);
        assert_eq!(rows, 178);
        let n78 = Band::new(78).unwrap();
        assert!(n78.channel_bandwidths(Numerology::MU1).any(|b| b.mhz() == 20));
        assert_eq!(n78.channel_bandwidths(Numerology::MU3).count(), 0);
        let n263 = |numerology| Band::new(263).unwrap().channel_bandwidths(numerology).map(ChannelBandwidth::mhz);
        assert_eq!(n263(Numerology::MU3).collect::<Vec<_>>(), [100, 400]);
        assert_eq!(n263(Numerology::MU5).collect::<Vec<_>>(), [400, 800, 1600]);
        assert_eq!(n263(Numerology::MU6).collect::<Vec<_>>(), [400, 800, 1600, 2000]);
    }
}
