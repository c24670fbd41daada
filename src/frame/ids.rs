use crate::ConfigError;
use std::fmt;

/// Physical cell identity N_ID^cell: 0..=1007.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.211 7.4.2.1")]
pub struct CellId(u16);

impl CellId {
    /// # Errors
    /// If `id` is above 1007.
    pub fn new(id: u16) -> Result<Self, ConfigError> {
        if id < 1008 {
            Ok(Self(id))
        } else {
            Err(ConfigError::new("N_ID^cell", id, "must lie in 0..=1007", "TS 38.211 7.4.2.1"))
        }
    }

    /// The identity of N_ID^(1) (0..=335, the SSS group) and N_ID^(2) (0..=2, the PSS index).
    ///
    /// # Errors
    /// If either lies outside its range.
    pub fn from_parts(nid1: u16, nid2: u16) -> Result<Self, ConfigError> {
        if nid1 > 335 || nid2 > 2 {
            let got = format!("3*{nid1} + {nid2}");
            return Err(ConfigError::new(
                "N_ID^cell",
                got,
                "needs N_ID^(1) <= 335, N_ID^(2) <= 2",
                "TS 38.211 7.4.2.1",
            ));
        }
        Ok(Self(3 * nid1 + nid2))
    }

    /// N_ID^cell as a number.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// N_ID^(1), which the SSS carries.
    pub const fn nid1(self) -> u16 {
        self.0 / 3
    }

    /// N_ID^(2), the PSS index.
    pub const fn nid2(self) -> u16 {
        self.0 % 3
    }
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A radio network temporary identifier, 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.321 7.1")]
pub struct Rnti(pub u16);

impl Rnti {
    /// SI-RNTI, broadcast of system information.
    pub const SI: Self = Self(0xffff);
    /// P-RNTI, paging and short messages.
    pub const P: Self = Self(0xfffe);
}

impl fmt::Display for Rnti {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04x}", self.0)
    }
}
