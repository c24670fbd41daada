use super::Coreset0Bands;
use crate::ConfigError;
use crate::table::{number, rows};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// Frequency range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.104 Table 5.1-1")]
pub enum FrequencyRange {
    /// 410 to 7125 MHz.
    Fr1,
    /// 24250 to 71000 MHz.
    Fr2,
}

impl FrequencyRange {
    /// The range in which a frequency in Hz lies: below 24.25 GHz FR1, else FR2.
    pub const fn of_hz(hz: u64) -> Self {
        if hz < 24_250_000_000 { Self::Fr1 } else { Self::Fr2 }
    }

    /// Whether a frequency in Hz lies in FR2-2, 52.6 to 71 GHz: the part of FR2 with 480 and 960 kHz.
    pub const fn is_fr2_2(hz: u64) -> bool {
        hz >= 52_600_000_000 && hz <= 71_000_000_000
    }
}

impl FrequencyRange {
    /// `FR1` or `FR2`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Fr1 => "FR1",
            Self::Fr2 => "FR2",
        }
    }
}

impl fmt::Display for FrequencyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Duplex mode of a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.104 Table 5.2-1")]
pub enum Duplex {
    /// Paired spectrum.
    Fdd,
    /// Unpaired spectrum.
    Tdd,
    /// Supplementary downlink.
    Sdl,
    /// Supplementary uplink.
    Sul,
}

impl fmt::Display for Duplex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fdd => "FDD",
            Self::Tdd => "TDD",
            Self::Sdl => "SDL",
            Self::Sul => "SUL",
        })
    }
}

/// An NR operating band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.104 5.2")]
pub struct Band(u16);

pub(super) struct OperatingBand {
    band: Band,
    range: FrequencyRange,
    duplex: Duplex,
    uplink_hz: Option<(u64, u64)>,
    downlink_hz: Option<(u64, u64)>,
}

impl Band {
    /// Band n`number`.
    ///
    /// # Errors
    /// If there is no such band.
    pub fn new(number: u16) -> Result<Self, ConfigError> {
        OPERATING_BANDS.iter().find(|row| row.band.0 == number).map(|row| row.band).ok_or_else(|| {
            ConfigError::new("band", format!("n{number}"), "is no NR operating band", "TS 38.104 Table 5.2-1")
        })
    }

    /// Every band, ascending.
    pub fn all() -> impl Iterator<Item = Self> {
        OPERATING_BANDS.iter().map(|row| row.band)
    }

    /// The bands whose downlink holds a frequency in Hz.
    pub fn of_downlink_hz(hz: u64) -> impl Iterator<Item = Self> {
        Self::all().filter(move |band| band.downlink_hz().is_some_and(|(low, high)| (low..=high).contains(&hz)))
    }

    /// The number: 78 of n78.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Frequency range.
    pub fn frequency_range(self) -> FrequencyRange {
        self.row().range
    }

    /// Duplex mode.
    pub fn duplex(self) -> Duplex {
        self.row().duplex
    }

    /// Lower and upper edge of the downlink in Hz; none for a supplementary uplink.
    pub fn downlink_hz(self) -> Option<(u64, u64)> {
        self.row().downlink_hz
    }

    /// Lower and upper edge of the uplink in Hz; none for a supplementary downlink.
    pub fn uplink_hz(self) -> Option<(u64, u64)> {
        self.row().uplink_hz
    }

    /// Whether the band is for shared spectrum channel access.
    #[doc(alias = "TS 37.213")]
    pub const fn is_shared_spectrum(self) -> bool {
        matches!(self.0, 46 | 96 | 102)
    }

    /// Which CORESET#0 tables hold in this band.
    #[doc(alias = "TS 38.213 13")]
    pub const fn coreset0_bands(self) -> Coreset0Bands {
        match self.0 {
            79 | 104 => Coreset0Bands::Minimum40MHz,
            263 => Coreset0Bands::Fr2_2,
            _ if self.is_shared_spectrum() => Coreset0Bands::SharedSpectrum,
            _ => Coreset0Bands::Minimum5Or10MHz,
        }
    }

    fn row(self) -> &'static OperatingBand {
        match OPERATING_BANDS.iter().find(|row| row.band == self) {
            Some(row) => row,
            None => unreachable!("a Band exists only for a row"),
        }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

impl FromStr for Band {
    type Err = ConfigError;

    /// `n78` or `78`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let digits = text.trim().trim_start_matches(['n', 'N']);
        let rule = "write the band as n78 or 78";
        let number = digits.parse().map_err(|_| ConfigError::new("band", text, rule, "TS 38.104 Table 5.2-1"))?;
        Self::new(number)
    }
}

/// Bands that the table file lacks: number, uplink and downlink in units of 100 kHz (0 = none), duplex. TS 38.101-1
/// Table 5.2-1 and TS 38.101-5 Table 5.2.2-1; a test finds their rasters inside these edges.
const FURTHER_BANDS: [(u16, [u64; 2], [u64; 2], Duplex); 11] = [
    (31, [4525, 4575], [4625, 4675], Duplex::Fdd),
    (54, [16700, 16750], [16700, 16750], Duplex::Tdd),
    (72, [4510, 4560], [4610, 4660], Duplex::Fdd),
    (87, [4100, 4150], [4200, 4250], Duplex::Fdd),
    (105, [6630, 7030], [6120, 6520], Duplex::Fdd),
    (106, [8960, 9010], [9350, 9400], Duplex::Fdd),
    (109, [7030, 7330], [14320, 15170], Duplex::Fdd),
    (110, [13900, 13950], [14320, 14350], Duplex::Fdd),
    (254, [16100, 16265], [24835, 25000], Duplex::Fdd),
    (255, [16265, 16605], [15250, 15590], Duplex::Fdd),
    (256, [19800, 20100], [21700, 22000], Duplex::Fdd),
];

static OPERATING_BANDS: LazyLock<Vec<OperatingBand>> = LazyLock::new(|| {
    let edges = |low: &str, high: &str| {
        let hz = |mhz: &str| (number::<f64>(mhz) * 1e6).round() as u64;
        (!low.is_empty()).then(|| (hz(low), hz(high)))
    };
    let listed = rows(include_str!("../../tables/nr_bands.csv")).map(|row| OperatingBand {
        band: band_of_cell(row[0]),
        range: if row[1] == "FR1" { FrequencyRange::Fr1 } else { FrequencyRange::Fr2 },
        uplink_hz: edges(row[2], row[3]),
        downlink_hz: edges(row[4], row[5]),
        duplex: match row[6] {
            "FDD" => Duplex::Fdd,
            "TDD" => Duplex::Tdd,
            "SDL" => Duplex::Sdl,
            _ => Duplex::Sul,
        },
    });
    let further = FURTHER_BANDS.iter().map(|&(number, uplink, downlink, duplex)| OperatingBand {
        band: Band(number),
        range: FrequencyRange::Fr1,
        uplink_hz: Some((uplink[0] * 100_000, uplink[1] * 100_000)),
        downlink_hz: Some((downlink[0] * 100_000, downlink[1] * 100_000)),
        duplex,
    });
    let mut bands: Vec<_> = listed.chain(further).collect();
    bands.sort_by_key(|row| row.band);
    bands
});

/// The band of a table's cell `n78`, whether or not it is an operating band here.
pub(super) fn band_of_cell(cell: &str) -> Band {
    Band(number(cell.trim_start_matches('n')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads() {
        let csv = include_str!("../../tables/nr_bands.csv");
        assert_eq!(Band::all().count(), rows(csv).count() + FURTHER_BANDS.len());
        for row in rows(csv) {
            let band: Band = row[0].parse().unwrap();
            assert_eq!(band.to_string(), row[0]);
            assert_eq!(band.duplex().to_string(), row[6]);
            assert_eq!(band.frequency_range().to_string(), row[1]);
        }
        for band in Band::all() {
            assert_eq!(Band::new(band.number()).unwrap(), band);
            for (low, high) in band.downlink_hz().into_iter().chain(band.uplink_hz()) {
                assert!(low < high);
                assert_eq!(FrequencyRange::of_hz(low), band.frequency_range());
            }
            assert_eq!(band.downlink_hz().is_none(), band.duplex() == Duplex::Sul);
            assert_eq!(band.uplink_hz().is_none(), band.duplex() == Duplex::Sdl);
            assert_eq!(band.uplink_hz() == band.downlink_hz(), band.duplex() == Duplex::Tdd);
        }
    }

    #[test]
    fn names_and_frequencies_find_bands() {
        assert_eq!("78".parse::<Band>().unwrap().number(), 78);
        assert!("n35".parse::<Band>().is_err() && "x".parse::<Band>().is_err() && "".parse::<Band>().is_err());
        let at = |hz| Band::of_downlink_hz(hz).map(Band::number).collect::<Vec<_>>();
        assert_eq!(at(3_489_420_000), [77, 78]);
        assert_eq!(at(1_842_500_000), [3]);
        assert_eq!("n24".parse::<Band>().unwrap().uplink_hz(), Some((1_626_500_000, 1_660_500_000)));
    }
}
