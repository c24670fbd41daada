//! Which CCEs a device looks at.

use crate::ConfigError;
use crate::frame::Rnti;

/// L, the CCEs of one PDCCH: 1, 2, 4, 8 or 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.211 7.3.2.1")]
pub struct AggregationLevel(u8);

impl AggregationLevel {
    /// Every level, ascending.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(4), Self(8), Self(16)];

    /// # Errors
    /// If `level` is none of 1, 2, 4, 8, 16.
    pub fn new(level: usize) -> Result<Self, ConfigError> {
        Self::ALL.into_iter().find(|l| l.get() == level).ok_or_else(|| {
            ConfigError::new("aggregation level", level, "must be 1, 2, 4, 8 or 16", "TS 38.211 Table 7.3.2.1-1")
        })
    }

    /// L.
    pub const fn get(self) -> usize {
        self.0 as usize
    }

    /// E: the coded bits, 108 a CCE (54 elements of QPSK).
    pub const fn coded_bits(self) -> usize {
        108 * self.0 as usize
    }

    /// Position in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self.0.trailing_zeros() as usize
    }
}

/// One place where a PDCCH may lie: `level` CCEs from `first_cce`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PdcchCandidate {
    /// Aggregation level L.
    pub level: AggregationLevel,
    /// The lowest CCE.
    pub first_cce: u16,
}

impl PdcchCandidate {
    /// Whether the two have a CCE in common.
    pub const fn overlaps(self, other: Self) -> bool {
        let (a, b) = (self.first_cce as usize, other.first_cce as usize);
        a < b + other.level.get() && b < a + self.level.get()
    }
}

/// What a search space set's candidates are spread by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum SearchSpaceKind {
    Common,
    UeSpecific { rnti: Rnti, coreset_id: u8 },
}

/// A search space set: how many candidates of each level it has, and their hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.213 10.1")]
pub struct SearchSpace {
    kind: SearchSpaceKind,
    n_candidates: [u8; 5],
    n_ci: u8,
}

const CLAUSE: &str = "TS 38.331 SearchSpace";

impl SearchSpace {
    /// The Type0-PDCCH common search space (searchSpaceZero): four candidates of level 4, two of 8, one of 16.
    #[doc(alias = "TS 38.213 Table 10.1-1")]
    pub const fn type0() -> Self {
        Self { kind: SearchSpaceKind::Common, n_candidates: [0, 0, 4, 2, 1], n_ci: 0 }
    }

    /// A common search space with `n_candidates` (M) of the levels 1, 2, 4, 8, 16.
    ///
    /// # Errors
    /// If a number is none of nrofCandidates: 0..=6 or 8.
    pub fn common(n_candidates: [u8; 5]) -> Result<Self, ConfigError> {
        Self::checked(SearchSpaceKind::Common, n_candidates)
    }

    /// A UE-specific search space of the device `c_rnti` in the CORESET with `coreset_id` (p).
    ///
    /// # Errors
    /// If a number is none of nrofCandidates (0..=6 or 8), the identity is above 11, or the RNTI is 0.
    pub fn ue_specific(n_candidates: [u8; 5], c_rnti: Rnti, coreset_id: u8) -> Result<Self, ConfigError> {
        if coreset_id > 11 {
            return Err(ConfigError::new("controlResourceSetId", coreset_id, "must lie in 0..=11", CLAUSE));
        }
        if c_rnti.0 == 0 {
            return Err(ConfigError::new("C-RNTI", c_rnti, "must not be 0", "TS 38.213 10.1"));
        }
        Self::checked(SearchSpaceKind::UeSpecific { rnti: c_rnti, coreset_id }, n_candidates)
    }

    fn checked(kind: SearchSpaceKind, n_candidates: [u8; 5]) -> Result<Self, ConfigError> {
        match n_candidates.into_iter().find(|n| !matches!(n, 0..=6 | 8)) {
            Some(n) => Err(ConfigError::new("nrofCandidates", n, "must be 0..=6 or 8", CLAUSE)),
            None => Ok(Self { kind, n_candidates, n_ci: 0 }),
        }
    }

    /// The same search space with carrier indicator `n_ci`, 0..=7.
    ///
    /// # Errors
    /// If `n_ci` is above 7.
    pub fn with_carrier_indicator(mut self, n_ci: u8) -> Result<Self, ConfigError> {
        if n_ci > 7 {
            return Err(ConfigError::new("n_CI", n_ci, "must lie in 0..=7", "TS 38.213 10.1"));
        }
        self.n_ci = n_ci;
        Ok(self)
    }

    /// M of each level 1, 2, 4, 8, 16.
    pub const fn n_candidates(&self) -> [u8; 5] {
        self.n_candidates
    }

    /// Whether the search space is UE-specific.
    pub const fn is_ue_specific(&self) -> bool {
        matches!(self.kind, SearchSpaceKind::UeSpecific { .. })
    }

    /// The candidates in a CORESET of `n_cce` elements in the slot `slot_in_frame` (n_s,f), level by level and in
    /// the order m = 0, 1, …; several may be the same. A level above `n_cce` has none.
    pub fn candidates(&self, n_cce: usize, slot_in_frame: u16) -> Vec<PdcchCandidate> {
        let mut candidates = Vec::new();
        self.candidates_into(n_cce, slot_in_frame, &mut candidates);
        candidates
    }

    /// [`SearchSpace::candidates`] into a buffer, which is cleared first.
    pub fn candidates_into(&self, n_cce: usize, slot_in_frame: u16, candidates: &mut Vec<PdcchCandidate>) {
        let y = self.hash(slot_in_frame);
        candidates.clear();
        for level in AggregationLevel::ALL {
            let l = level.get();
            let m_max = usize::from(self.n_candidates[level.index()]);
            if n_cce < l {
                continue;
            }
            for m in 0..m_max {
                let place = y as usize + m * n_cce / (l * m_max) + usize::from(self.n_ci);
                candidates.push(PdcchCandidate { level, first_cce: (l * (place % (n_cce / l))) as u16 });
            }
        }
    }

    /// Y_(p,n_s,f): 0 in a common search space.
    fn hash(&self, slot_in_frame: u16) -> u32 {
        match self.kind {
            SearchSpaceKind::Common => 0,
            SearchSpaceKind::UeSpecific { rnti, coreset_id } => {
                let a: u64 = [39827, 39829, 39839][usize::from(coreset_id % 3)];
                (0..=slot_in_frame).fold(u64::from(rnti.0), |y, _| a * y % 65537) as u32
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type0_in_the_coresets_of_the_tables() {
        let places = |n_cce| {
            let all = SearchSpace::type0().candidates(n_cce, 3);
            all.iter().map(|c| (c.level.get(), c.first_cce)).collect::<Vec<_>>()
        };
        assert_eq!(places(8), [(4, 0), (4, 0), (4, 4), (4, 4), (8, 0), (8, 0)]);
        assert_eq!(places(16), [(4, 0), (4, 4), (4, 8), (4, 12), (8, 0), (8, 8), (16, 0)]);
        assert_eq!(places(48), [(4, 0), (4, 12), (4, 24), (4, 36), (8, 0), (8, 24), (16, 0)]);
        assert_eq!(places(3), []);
    }

    #[test]
    fn candidates_lie_inside_the_coreset() {
        for rnti in [1, 0x4601, 0xfff0] {
            for coreset_id in 0..12 {
                let space = SearchSpace::ue_specific([8, 6, 4, 2, 1], Rnti(rnti), coreset_id).unwrap();
                for n_cce in [1, 2, 7, 16, 45, 135] {
                    for slot in [0, 1, 79, 159] {
                        let all = space.with_carrier_indicator(slot as u8 % 8).unwrap().candidates(n_cce, slot);
                        assert!(all.iter().all(|c| usize::from(c.first_cce) + c.level.get() <= n_cce));
                        assert!(all.iter().all(|c| usize::from(c.first_cce).is_multiple_of(c.level.get())));
                    }
                }
            }
        }
        assert!(SearchSpace::common([0, 0, 7, 0, 0]).is_err());
        assert!(SearchSpace::ue_specific([0; 5], Rnti(0), 1).is_err());
        assert!(SearchSpace::ue_specific([0; 5], Rnti(1), 12).is_err());
        assert!(SearchSpace::type0().with_carrier_indicator(8).is_err());
        assert!(AggregationLevel::new(3).is_err());
    }
}
