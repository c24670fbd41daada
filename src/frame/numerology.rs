use crate::ConfigError;

/// One over T_c, the standard's unit of time, in Hz: 480 kHz * 4096.
#[doc(alias = "TS 38.211 4.1")]
pub const TC_PER_SECOND: u64 = 480_000 * 4096;

/// kappa: T_c in T_s = 1 / 30.72 MHz.
const KAPPA: u32 = 64;

/// Subcarrier spacing configuration mu: 0..=6, that is 15 kHz * 2^mu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.211 4.2")]
pub struct Numerology(u8);

impl Numerology {
    /// 15 kHz.
    pub const MU0: Self = Self(0);
    /// 30 kHz.
    pub const MU1: Self = Self(1);
    /// 60 kHz.
    pub const MU2: Self = Self(2);
    /// 120 kHz.
    pub const MU3: Self = Self(3);
    /// 240 kHz.
    pub const MU4: Self = Self(4);
    /// 480 kHz, in FR2-2.
    pub const MU5: Self = Self(5);
    /// 960 kHz, in FR2-2.
    pub const MU6: Self = Self(6);
    /// Every numerology.
    pub const ALL: [Self; 7] = [Self::MU0, Self::MU1, Self::MU2, Self::MU3, Self::MU4, Self::MU5, Self::MU6];

    /// # Errors
    /// If `mu` is above 6.
    pub fn new(mu: u8) -> Result<Self, ConfigError> {
        if mu <= 6 {
            Ok(Self(mu))
        } else {
            Err(ConfigError::new("mu", mu, "must lie in 0..=6", "TS 38.211 Table 4.2-1"))
        }
    }

    /// The numerology of a subcarrier spacing in kHz: 15, 30, 60, 120, 240, 480 or 960.
    ///
    /// # Errors
    /// If the spacing is none of these.
    pub fn from_scs_khz(scs_khz: u32) -> Result<Self, ConfigError> {
        Self::ALL.into_iter().find(|n| n.scs_khz() == scs_khz).ok_or_else(|| {
            let rule = "must be 15, 30, 60, 120, 240, 480 or 960";
            ConfigError::new("subcarrier spacing (kHz)", scs_khz, rule, "TS 38.211 Table 4.2-1")
        })
    }

    /// mu.
    pub const fn mu(self) -> u8 {
        self.0
    }

    /// Subcarrier spacing in kHz.
    pub const fn scs_khz(self) -> u32 {
        15 << self.0
    }

    /// Subcarrier spacing in Hz.
    pub const fn scs_hz(self) -> u32 {
        15_000 << self.0
    }

    /// N_slot^(subframe,mu).
    pub const fn slots_per_subframe(self) -> u16 {
        1 << self.0
    }

    /// N_slot^(frame,mu).
    pub const fn slots_per_frame(self) -> u16 {
        10 << self.0
    }

    /// N_u^mu: the useful part of a symbol, in T_c.
    #[doc(alias = "TS 38.211 5.3.1")]
    pub const fn useful_tc(self) -> u32 {
        (2048 * KAPPA) >> self.0
    }
}

/// Cyclic prefix; the extended one exists for 60 kHz only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.211 4.3.2")]
pub enum CyclicPrefix {
    /// 14 symbols a slot.
    #[default]
    Normal,
    /// 12 symbols a slot.
    Extended,
}

impl CyclicPrefix {
    /// N_symb^slot.
    pub const fn symbols_per_slot(self) -> usize {
        match self {
            Self::Normal => 14,
            Self::Extended => 12,
        }
    }

    /// # Errors
    /// If the numerology has no such prefix: only 60 kHz has the extended one.
    #[doc(alias = "TS 38.211 Table 4.2-1")]
    pub fn check(self, numerology: Numerology) -> Result<(), ConfigError> {
        if self == Self::Normal || numerology == Numerology::MU2 {
            return Ok(());
        }
        let got = format!("extended at {} kHz", numerology.scs_khz());
        Err(ConfigError::new("cyclic prefix", got, "extended exists at 60 kHz only", "TS 38.211 Table 4.2-1"))
    }

    /// N_CP,l^mu of symbol `l` of a subframe, in T_c: longer in the symbols that begin a half subframe, if normal.
    #[doc(alias = "TS 38.211 5.3.1")]
    pub const fn tc(self, numerology: Numerology, l: usize) -> u32 {
        let longer = matches!(self, Self::Normal) && l.is_multiple_of(7 << numerology.0);
        self.shortest_tc(numerology) + if longer { 16 * KAPPA } else { 0 }
    }

    /// The start of symbol `l`, with its prefix, in T_c from the start of the subframe that `l` counts from: a symbol
    /// of a later subframe if `l` is large. Subframes are alike, so that `l` may as well count from a half frame.
    #[doc(alias = "TS 38.211 5.3.1")]
    pub const fn start_tc(self, numerology: Numerology, l: usize) -> u64 {
        let longer = match self {
            Self::Normal => l.div_ceil(7 << numerology.0),
            Self::Extended => 0,
        };
        l as u64 * (self.shortest_tc(numerology) + numerology.useful_tc()) as u64 + longer as u64 * 16 * KAPPA as u64
    }

    /// N_CP,l^mu of all other symbols, in T_c.
    #[doc(alias = "TS 38.211 5.3.1")]
    pub const fn shortest_tc(self, numerology: Numerology) -> u32 {
        let of_15_khz = match self {
            Self::Normal => 144 * KAPPA,
            Self::Extended => 512 * KAPPA,
        };
        of_15_khz >> numerology.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TS 38.211 Tables 4.3.2-1 and 4.3.2-2, and the lengths of 5.3.1 in a sum: every half subframe is half a
    /// millisecond.
    #[test]
    fn slots_and_symbols_of_every_numerology() {
        for (mu, khz, per_frame, per_subframe) in [
            (0, 15, 10, 1),
            (1, 30, 20, 2),
            (2, 60, 40, 4),
            (3, 120, 80, 8),
            (4, 240, 160, 16),
            (5, 480, 320, 32),
            (6, 960, 640, 64),
        ] {
            let numerology = Numerology::new(mu).unwrap();
            assert_eq!(Numerology::from_scs_khz(khz), Ok(numerology));
            assert_eq!(u64::from(numerology.scs_hz()), 1000 * u64::from(numerology.scs_khz()));
            assert_eq!((numerology.slots_per_frame(), numerology.slots_per_subframe()), (per_frame, per_subframe));
            assert_eq!(u64::from(numerology.useful_tc()) * u64::from(numerology.scs_hz()), TC_PER_SECOND);
            for prefix in [CyclicPrefix::Normal, CyclicPrefix::Extended] {
                assert_eq!(prefix.check(numerology).is_ok(), prefix == CyclicPrefix::Normal || khz == 60);
                let n = prefix.symbols_per_slot() * usize::from(per_subframe) / 2;
                for half in 0..2 * u64::from(per_subframe > 1) {
                    let symbols = half as usize * n..(half as usize + 1) * n;
                    let sum: u32 = symbols.map(|l| prefix.tc(numerology, l) + numerology.useful_tc()).sum();
                    assert_eq!(u64::from(sum), TC_PER_SECOND / 2000, "{khz} kHz {prefix:?}");
                }
                let mut start = 0;
                for l in 0..prefix.symbols_per_slot() * usize::from(per_subframe) * 3 {
                    assert_eq!(prefix.start_tc(numerology, l), start, "{khz} kHz {prefix:?} symbol {l}");
                    start += u64::from(prefix.tc(numerology, l) + numerology.useful_tc());
                }
            }
        }
        assert!(Numerology::new(7).is_err() && Numerology::from_scs_khz(1920).is_err());
    }
}
