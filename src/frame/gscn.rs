use super::mhz;
use crate::ConfigError;
use std::fmt;

/// A global synchronisation channel number: 2..=26639, the frequencies where SS/PBCH blocks may stand.
///
/// SS_REF, its frequency, is that of subcarrier 120 of the block (k = 0 of its resource block 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.104 5.4.3.1")]
pub struct Gscn(u16);

impl Gscn {
    /// 1.25 MHz.
    pub const MIN: Self = Self(2);
    /// 99988.8 MHz.
    pub const MAX: Self = Self(26_639);

    /// # Errors
    /// If `gscn` lies outside 2..=26639.
    pub fn new(gscn: u16) -> Result<Self, ConfigError> {
        if (Self::MIN.0..=Self::MAX.0).contains(&gscn) {
            Ok(Self(gscn))
        } else {
            Err(ConfigError::new("GSCN", gscn, "must lie in 2..=26639", "TS 38.104 Table 5.4.3.1-1"))
        }
    }

    /// The number of a frequency SS_REF in Hz that lies on the global synchronisation raster.
    ///
    /// # Errors
    /// If it does not; the message names the nearest that does.
    pub fn from_hz(hz: u64) -> Result<Self, ConfigError> {
        let nearest = Self::nearest(hz);
        if nearest.hz() == hz {
            return Ok(nearest);
        }
        let rule =
            format!("is off the synchronisation raster: the nearest is {} MHz, GSCN {nearest}", mhz(nearest.hz()));
        Err(ConfigError::new("SSB frequency", format!("{} MHz", mhz(hz)), rule, "TS 38.104 Table 5.4.3.1-1"))
    }

    /// The number whose frequency is nearest to `hz`; the lower of two equally near ones.
    pub fn nearest(hz: u64) -> Self {
        let above = Self::first_from(hz).unwrap_or(Self::MAX);
        let below = Self((above.0 - 1).max(Self::MIN.0));
        if above.hz().abs_diff(hz) < below.hz().abs_diff(hz) { above } else { below }
    }

    /// Every number whose SS_REF lies in `low_hz..=high_hz`, ascending.
    pub fn in_window(low_hz: u64, high_hz: u64) -> impl DoubleEndedIterator<Item = Self> + use<> {
        let number_from = |hz| Self::first_from(hz).map_or(Self::MAX.0 + 1, |gscn| gscn.0);
        (number_from(low_hz)..number_from(high_hz.saturating_add(1))).map(Self)
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// SS_REF in Hz.
    pub const fn hz(self) -> u64 {
        let gscn = self.0 as u64;
        match gscn {
            // GSCN = 3N + (M - 3)/2 with M = 1, 3, 5: N*1200 kHz + M*50 kHz.
            0..=7498 => (gscn + 1) / 3 * 1_200_000 + ((gscn + 1) % 3 * 2 + 1) * 50_000,
            7499..=22_255 => 3_000_000_000 + (gscn - 7499) * 1_440_000,
            _ => 24_250_080_000 + (gscn - 22_256) * 17_280_000,
        }
    }

    /// The number `offset` further up (down if negative), if there is one.
    pub fn checked_add(self, offset: i32) -> Option<Self> {
        u16::try_from(i32::from(self.0) + offset).ok().and_then(|gscn| Self::new(gscn).ok())
    }

    /// The lowest number whose frequency is not below `hz`: numbers ascend with frequency.
    fn first_from(hz: u64) -> Option<Self> {
        let (mut low, mut high) = (Self::MIN.0, Self::MAX.0 + 1);
        while low < high {
            let middle = low.midpoint(high);
            if Self(middle).hz() < hz {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low <= Self::MAX.0).then_some(Self(low))
    }
}

impl fmt::Display for Gscn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_equals_the_table_and_comes_back() {
        // TS 38.104 Table 5.4.3.1-1 by its own formulas.
        let mut expected = vec![0; 26_640];
        for n in 1..=2499 {
            for m in [1, 3, 5] {
                expected[(6 * n + m - 3) / 2] = n as u64 * 1_200_000 + m as u64 * 50_000;
            }
        }
        for n in 0..=14_756 {
            expected[7499 + n] = 3_000_000_000 + n as u64 * 1_440_000;
        }
        for n in 0..=4383 {
            expected[22_256 + n] = 24_250_080_000 + n as u64 * 17_280_000;
        }
        for gscn in 2..=26_639 {
            let number = Gscn::new(gscn).unwrap();
            assert_eq!(number.hz(), expected[usize::from(gscn)]);
            assert_eq!(Gscn::from_hz(number.hz()).unwrap(), number);
            assert_eq!(Gscn::nearest(number.hz() + 20_000), number);
            assert_eq!(Gscn::nearest(number.hz() - 20_000), number);
        }
        assert!(expected[2..].windows(2).all(|w| w[0] < w[1]));
        assert!(Gscn::new(1).is_err() && Gscn::new(26_640).is_err());
    }

    #[test]
    fn windows_hold_their_edges() {
        let numbers = |low, high| Gscn::in_window(low, high).map(Gscn::get).collect::<Vec<_>>();
        assert_eq!(numbers(3_483_840_000, 3_483_840_000), [7835]);
        assert_eq!(numbers(3_483_840_001, 3_486_719_999), [7836]);
        assert_eq!(numbers(10, 5), [0u16; 0]);
        assert_eq!(numbers(0, u64::MAX).len(), 26_638);
        assert_eq!(numbers(2_999_050_000, 3_000_000_000), [7498, 7499]);
    }

    #[test]
    fn offsets_stay_inside() {
        assert_eq!(Gscn::MIN.checked_add(-1), None);
        assert_eq!(Gscn::MAX.checked_add(1), None);
        assert_eq!(Gscn::MIN.checked_add(3).map(Gscn::get), Some(5));
        assert_eq!((Gscn::nearest(0), Gscn::nearest(u64::MAX)), (Gscn::MIN, Gscn::MAX));
        assert!(Gscn::from_hz(1_842_100_000).unwrap_err().to_string().contains("1842.05 MHz, GSCN 4604"));
    }
}
