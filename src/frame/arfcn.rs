use crate::ConfigError;
use std::fmt;

/// An NR absolute radio frequency channel number, N_REF of the global frequency raster: 0..=3279165.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.104 5.4.2.1")]
pub struct NrArfcn(u32);

/// A part of the global frequency raster: first N_REF, its frequency, step, last N_REF.
struct Part {
    first: u32,
    first_hz: u64,
    step_hz: u64,
    last: u32,
}

/// TS 38.104 Table 5.4.2.1-1.
const PARTS: [Part; 3] = [
    Part { first: 0, first_hz: 0, step_hz: 5_000, last: 599_999 },
    Part { first: 600_000, first_hz: 3_000_000_000, step_hz: 15_000, last: 2_016_666 },
    Part { first: 2_016_667, first_hz: 24_250_080_000, step_hz: 60_000, last: 3_279_165 },
];

impl NrArfcn {
    /// The highest number, 99999.96 MHz.
    pub const MAX: Self = Self(3_279_165);

    /// # Errors
    /// If `n_ref` is above 3279165.
    pub fn new(n_ref: u32) -> Result<Self, ConfigError> {
        if n_ref <= Self::MAX.0 {
            Ok(Self(n_ref))
        } else {
            Err(ConfigError::new("NR-ARFCN", n_ref, "must lie in 0..=3279165", "TS 38.104 Table 5.4.2.1-1"))
        }
    }

    /// The number of a frequency in Hz that lies on the global frequency raster.
    ///
    /// # Errors
    /// If it does not; the message names the nearest that does.
    pub fn from_hz(hz: u64) -> Result<Self, ConfigError> {
        let nearest = Self::nearest(hz);
        if nearest.hz() == hz {
            return Ok(nearest);
        }
        let got = format!("{} MHz", super::mhz(hz));
        let rule = format!(
            "is off the global raster (steps of 5 kHz below 3 GHz, 15 kHz to 24.25 GHz, then 60 kHz): \
             the nearest is {} MHz, NR-ARFCN {nearest}",
            super::mhz(nearest.hz())
        );
        Err(ConfigError::new("frequency", got, rule, "TS 38.104 Table 5.4.2.1-1"))
    }

    /// The number of the raster frequency nearest to `hz`; the lower of two equally near ones.
    pub fn nearest(hz: u64) -> Self {
        let in_part = |part: &Part| {
            let steps = (hz.saturating_sub(part.first_hz) + part.step_hz / 2 - 1) / part.step_hz;
            Self((u64::from(part.first) + steps).min(u64::from(part.last)) as u32)
        };
        let [a, b, c] = PARTS.each_ref().map(in_part);
        let nearer = |a: Self, b: Self| if b.hz().abs_diff(hz) < a.hz().abs_diff(hz) { b } else { a };
        nearer(nearer(a, b), c)
    }

    /// N_REF.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// F_REF, the frequency in Hz.
    pub fn hz(self) -> u64 {
        let part = PARTS.iter().rev().find(|part| part.first <= self.0).unwrap_or(&PARTS[0]);
        part.first_hz + u64::from(self.0 - part.first) * part.step_hz
    }
}

impl fmt::Display for NrArfcn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{number, rows};
    use proptest::prelude::*;

    #[test]
    fn parts_equal_the_table() {
        let csv = include_str!("../../tables/global_freq_raster_5.4.2.1-1.csv");
        assert_eq!(rows(csv).count(), PARTS.len());
        for (row, part) in rows(csv).zip(&PARTS) {
            assert_eq!(part.step_hz, number::<u64>(row[2]) * 1_000);
            assert_eq!(part.first_hz, (number::<f64>(row[3]) * 1e6).round() as u64);
            assert_eq!([part.first, part.first, part.last], [number(row[4]), number(row[5]), number(row[6])]);
            // F_REF = F_REF-Offs + delta F_Global (N_REF - N_REF-Offs), at both ends.
            for n in [part.first, part.last] {
                let khz = number::<f64>(row[3]) * 1e3 + number::<f64>(row[2]) * f64::from(n - number::<u32>(row[4]));
                assert_eq!(NrArfcn(n).hz(), (khz * 1e3).round() as u64);
            }
        }
    }

    #[test]
    fn known_numbers() {
        for (n, hz) in [(368_500, 1_842_500_000), (632_628, 3_489_420_000), (427_000, 2_135_000_000)] {
            assert_eq!(NrArfcn::new(n).unwrap().hz(), hz);
            assert_eq!(NrArfcn::from_hz(hz).unwrap().get(), n);
        }
        assert_eq!(NrArfcn::MAX.hz(), 99_999_960_000);
        assert!(NrArfcn::new(3_279_166).is_err());
        let error = NrArfcn::from_hz(3_489_425_000).unwrap_err().to_string();
        assert!(error.contains("3489.42 MHz, NR-ARFCN 632628"), "{error}");
        assert_eq!(NrArfcn::nearest(u64::MAX / 2), NrArfcn::MAX);
        assert_eq!(NrArfcn::nearest(24_250_040_000).get(), 2_016_667);
    }

    proptest! {
        #[test]
        fn every_number_comes_back(n in 0..=3_279_165u32) {
            let arfcn = NrArfcn::new(n).unwrap();
            prop_assert_eq!(NrArfcn::from_hz(arfcn.hz()).unwrap(), arfcn);
        }

        #[test]
        fn nearest_is_nearest(hz in 0..=100_000_000_000u64) {
            let nearest = NrArfcn::nearest(hz);
            for n in nearest.get().saturating_sub(1)..=(nearest.get() + 1).min(NrArfcn::MAX.get()) {
                prop_assert!(nearest.hz().abs_diff(hz) <= NrArfcn(n).hz().abs_diff(hz));
            }
        }
    }
}
