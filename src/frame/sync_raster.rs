use super::band::band_of_cell;
use super::{Band, Gscn, Numerology, SsbCase};
use crate::table::{number, rows};
use std::sync::LazyLock;

/// A row of the synchronisation raster of a band: an SSB case and the numbers it may stand at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.104 5.4.3.3")]
pub struct SyncRaster {
    band: Band,
    case: SsbCase,
    /// Ascending.
    gscns: Vec<Gscn>,
}

impl SyncRaster {
    /// The band.
    pub const fn band(&self) -> Band {
        self.band
    }

    /// The case, and so the subcarrier spacing.
    pub const fn case(&self) -> SsbCase {
        self.case
    }

    /// The numbers, ascending.
    pub fn gscns(&self) -> &[Gscn] {
        &self.gscns
    }

    /// Whether `gscn` is one of them.
    pub fn contains(&self, gscn: Gscn) -> bool {
        self.gscns.binary_search(&gscn).is_ok()
    }
}

impl Band {
    /// The synchronisation raster: one row or more for each SSB case of the band; none where the band has no downlink
    /// or where its numbers lie above 26639 only (channels of 3 MHz, whose frequencies are not tabulated here).
    #[doc(alias = "TS 38.104 Table 5.4.3.3-1, 5.4.3.3-2, 5.4.3.3-3")]
    pub fn sync_raster(self) -> impl Iterator<Item = &'static SyncRaster> {
        ROWS.iter().filter(move |row| row.band == self)
    }

    /// The SSB cases of the band, each once.
    pub fn ssb_cases(self) -> impl Iterator<Item = SsbCase> {
        SsbCase::ALL.into_iter().filter(move |case| self.sync_raster().any(|row| row.case == *case))
    }

    /// The SSB case of the band with this subcarrier spacing.
    pub fn ssb_case(self, ssb: Numerology) -> Option<SsbCase> {
        self.ssb_cases().find(|case| case.numerology() == ssb)
    }
}

/// A place where an SS/PBCH block may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SsbRasterPoint {
    /// The number, and so the frequency.
    pub gscn: Gscn,
    /// The case, and so the subcarrier spacing.
    pub case: SsbCase,
}

impl SsbRasterPoint {
    /// SS_REF in Hz.
    pub const fn frequency_hz(self) -> u64 {
        self.gscn.hz()
    }

    /// Numerology of the block.
    pub const fn numerology(self) -> Numerology {
        self.case.numerology()
    }

    /// Lower and upper edge of the block's 240 subcarriers in Hz, half a spacing beyond the outer ones.
    pub const fn occupied_hz(self) -> (u64, u64) {
        let half = self.numerology().scs_hz() as u64 / 2;
        (self.gscn.hz() - 241 * half, self.gscn.hz() + 239 * half)
    }
}

/// Every place whose SS_REF lies in `low_hz..=high_hz` where the rasters of all bands, or of `band` alone, let an
/// SS/PBCH block stand: ascending in frequency, each pair of number and case once. The blind search runs over it.
pub fn ssb_raster(low_hz: u64, high_hz: u64, band: Option<Band>) -> impl Iterator<Item = SsbRasterPoint> {
    Gscn::in_window(low_hz, high_hz).flat_map(move |gscn| {
        SsbCase::ALL.into_iter().filter_map(move |case| {
            let mut of_case = ROWS.iter().filter(|row| row.case == case && band.is_none_or(|band| row.band == band));
            of_case.any(|row| row.contains(gscn)).then_some(SsbRasterPoint { gscn, case })
        })
    })
}

const CSV: &str = include_str!("../../tables/ss_raster_gscn_per_band.csv");

static ROWS: LazyLock<Vec<SyncRaster>> = LazyLock::new(|| {
    rows(CSV)
        .filter_map(|row| {
            let case = SsbCase::from_letter(row[3])?;
            let numbers: Vec<u32> = match (row[7], row[4]) {
                ("", first) => {
                    let step = if row[5].is_empty() { 1 } else { number(row[5]) };
                    (number(first)..=number(row[6])).step_by(step).collect()
                }
                (list, "") if list.starts_with("see") => n263(case),
                (list, _) => list.split_whitespace().map(number).collect(),
            };
            // Numbers above 26639 have no frequency in Table 5.4.3.1-1.
            let gscns: Vec<Gscn> =
                numbers.into_iter().filter_map(|n| u16::try_from(n).ok().and_then(|n| Gscn::new(n).ok())).collect();
            (!gscns.is_empty()).then(|| SyncRaster { band: band_of_cell(row[1]), case, gscns })
        })
        .collect()
});

/// TS 38.104 Table 5.4.3.3-3, 120 and 480 kHz: the formulas' text stands in the table file, which a test compares.
fn n263(case: SsbCase) -> Vec<u32> {
    match case {
        SsbCase::D => (0..=137).map(|n| 24_156 + 6 * n - 3 * ((n + 5) / 18)).collect(),
        _ => (0..=33).map(|n| 24_162 + 24 * n - 12 * ((n + 4) / 18)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads_and_lies_in_its_band() {
        let mut left_out = Vec::new();
        for row in rows(CSV) {
            if row[4].parse::<u16>().is_ok_and(|first| first > 26_639) {
                left_out.push(row[1]);
                continue;
            }
            let band: Band = row[1].parse().unwrap();
            let found = band.sync_raster().any(|entry| {
                entry.case().to_string() == row[3]
                    && entry.case().numerology().scs_khz() == number::<u32>(row[2])
                    && (row[4].is_empty() || entry.gscns()[0].get() == number::<u16>(row[4]))
                    && (row[6].is_empty() || entry.gscns().last().unwrap().get() == number::<u16>(row[6]))
            });
            assert!(found, "{row:?}");
        }
        // Two rows of n263 (cases F, G); n100 and the narrow channels of Table 5.4.3.3-4.
        assert_eq!(ROWS.len() + left_out.len(), rows(CSV).count());
        assert_eq!(left_out.len(), 14, "{left_out:?}");
        for row in ROWS.iter() {
            let (low, high) = row.band.downlink_hz().unwrap();
            for &gscn in row.gscns() {
                let (bottom, top) = SsbRasterPoint { gscn, case: row.case }.occupied_hz();
                assert!(low <= bottom && top <= high, "{} GSCN {gscn} case {}", row.band, row.case);
                assert!(row.contains(gscn));
            }
            assert!(row.gscns().windows(2).all(|w| w[0] < w[1]));
            assert_eq!(row.case.frequency_range(), row.band.frequency_range());
        }
    }

    #[test]
    fn band_n263_follows_its_formula() {
        let csv = include_str!("../../tables/nr_sync_raster_n263.csv");
        let mut rows = rows(csv);
        let row = rows.next().unwrap();
        assert_eq!((row[0], row[2], row[3], row[4]), ("120", "24156 + 6*N - 3*floor((N+5)/18)", "0", "137"));
        let row = rows.next().unwrap();
        assert_eq!((row[0], row[2], row[3], row[4]), ("480", "24162 + 24*N - 12*floor((N+4)/18)", "0", "33"));
        let row = rows.next().unwrap();
        assert_eq!((row[0], row[2]), ("960", "24162 - <6> - 24954"));
        let band = Band::new(263).unwrap();
        assert_eq!(band.sync_raster().map(|r| r.gscns().len()).collect::<Vec<_>>(), [138, 34, 133]);
        assert_eq!(band.ssb_cases().collect::<Vec<_>>(), [SsbCase::D, SsbCase::F, SsbCase::G]);
        let last = |case| band.sync_raster().find(|row| row.case() == case).unwrap().gscns().last().unwrap().get();
        assert_eq!([last(SsbCase::D), last(SsbCase::F), last(SsbCase::G)], [24_957, 24_930, 24_954]);
    }

    #[test]
    fn windows_give_each_place_once() {
        let points: Vec<_> = ssb_raster(3_475_000_000, 3_500_000_000, None).collect();
        assert!(points.iter().all(|p| p.case == SsbCase::C && p.numerology() == Numerology::MU1));
        assert!(points.iter().any(|p| p.gscn.get() == 7835));
        assert_eq!(points.len(), 347 - 330 + 1, "3000 MHz + N * 1.44 MHz");
        // n5 carries 15 and 30 kHz; n26, in the same spectrum, 15 kHz only. 885.65, 885.75 and 885.85 MHz.
        let in_band = |band| {
            let points = ssb_raster(885_000_000, 886_000_000, band);
            points.map(|p| (p.gscn.get(), p.case)).collect::<Vec<_>>()
        };
        let (a, b) = (SsbCase::A, SsbCase::B);
        assert_eq!(in_band(None), [(2213, a), (2213, b), (2214, a), (2214, b), (2215, a), (2215, b)]);
        assert_eq!(in_band(None), in_band(Band::new(5).ok()));
        assert_eq!(in_band(Band::new(26).ok()), [(2213, a), (2214, a), (2215, a)]);
        assert_eq!(in_band(Band::new(78).ok()), []);
        assert_eq!(ssb_raster(0, 400_000_000, None).count(), 0);
        let all: Vec<_> = ssb_raster(0, u64::MAX, None).collect();
        let by_band: std::collections::HashSet<_> =
            ROWS.iter().flat_map(|r| r.gscns().iter().map(|&gscn| SsbRasterPoint { gscn, case: r.case })).collect();
        assert_eq!(all.len(), by_band.len());
        assert!(all.windows(2).all(|w| w[0].gscn <= w[1].gscn));
    }

    #[test]
    fn cases_by_band() {
        let case = |band, numerology| Band::new(band).unwrap().ssb_case(numerology);
        assert_eq!(case(66, Numerology::MU1), Some(SsbCase::B));
        assert_eq!(case(78, Numerology::MU1), Some(SsbCase::C));
        assert_eq!(case(78, Numerology::MU0), None);
        assert_eq!(Band::new(257).unwrap().ssb_cases().collect::<Vec<_>>(), [SsbCase::D, SsbCase::E]);
    }
}
