use crate::ConfigError;

/// Subcarrier spacing configuration mu: 0..=4, that is 15 kHz * 2^mu.
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
    /// Every numerology.
    pub const ALL: [Self; 5] = [Self::MU0, Self::MU1, Self::MU2, Self::MU3, Self::MU4];

    /// # Errors
    /// If `mu` is above 4.
    pub fn new(mu: u8) -> Result<Self, ConfigError> {
        if mu <= 4 {
            Ok(Self(mu))
        } else {
            Err(ConfigError::new("mu", mu, "must lie in 0..=4", "TS 38.211 Table 4.2-1"))
        }
    }

    /// The numerology of a subcarrier spacing in kHz: 15, 30, 60, 120 or 240.
    ///
    /// # Errors
    /// If the spacing is none of these.
    pub fn from_scs_khz(scs_khz: u32) -> Result<Self, ConfigError> {
        (0..=4).map(Self).find(|n| n.scs_khz() == scs_khz).ok_or_else(|| {
            ConfigError::new(
                "subcarrier spacing (kHz)",
                scs_khz,
                "must be 15, 30, 60, 120 or 240",
                "TS 38.211 Table 4.2-1",
            )
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
}
