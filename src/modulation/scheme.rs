use crate::ConfigError;
use std::fmt;

/// A modulation scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.211 5.1")]
pub enum Modulation {
    /// pi/2-BPSK: every second symbol is turned by 90 degrees.
    Pi2Bpsk,
    /// BPSK.
    Bpsk,
    /// QPSK.
    Qpsk,
    /// 16QAM.
    Qam16,
    /// 64QAM.
    Qam64,
    /// 256QAM.
    Qam256,
    /// 1024QAM.
    Qam1024,
}

impl Modulation {
    /// Every scheme, fewest bits first.
    pub const ALL: [Self; 7] =
        [Self::Pi2Bpsk, Self::Bpsk, Self::Qpsk, Self::Qam16, Self::Qam64, Self::Qam256, Self::Qam1024];

    /// The scheme of a modulation order Q_m of the MCS tables; order 1 is pi/2-BPSK there (plain BPSK carries
    /// control signals only).
    ///
    /// # Errors
    /// If `qm` is none of 1, 2, 4, 6, 8, 10.
    #[doc(alias = "TS 38.214 5.1.3.1")]
    pub fn from_qm(qm: usize) -> Result<Self, ConfigError> {
        Ok(match qm {
            1 => Self::Pi2Bpsk,
            2 => Self::Qpsk,
            4 => Self::Qam16,
            6 => Self::Qam64,
            8 => Self::Qam256,
            10 => Self::Qam1024,
            _ => return Err(ConfigError::new("Q_m", qm, "must be 1, 2, 4, 6, 8 or 10", "TS 38.211 5.1")),
        })
    }

    /// Q_m, bits a symbol.
    pub const fn bits_per_symbol(self) -> usize {
        match self {
            Self::Pi2Bpsk | Self::Bpsk => 1,
            Self::Qpsk => 2,
            Self::Qam16 => 4,
            Self::Qam64 => 6,
            Self::Qam256 => 8,
            Self::Qam1024 => 10,
        }
    }

    /// The number under the root that normalises the mean power to one: the levels of each axis are odd integers
    /// over its root (for QPSK and above).
    pub(crate) const fn norm(self) -> f32 {
        match self {
            Self::Pi2Bpsk | Self::Bpsk | Self::Qpsk => 2.0,
            Self::Qam16 => 10.0,
            Self::Qam64 => 42.0,
            Self::Qam256 => 170.0,
            Self::Qam1024 => 682.0,
        }
    }
}

impl fmt::Display for Modulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pi2Bpsk => "pi/2-BPSK",
            Self::Bpsk => "BPSK",
            Self::Qpsk => "QPSK",
            Self::Qam16 => "16QAM",
            Self::Qam64 => "64QAM",
            Self::Qam256 => "256QAM",
            Self::Qam1024 => "1024QAM",
        })
    }
}
