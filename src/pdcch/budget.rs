//! What a device looks at in a slot: the candidates of all its search space sets, as many as it must be able to.

use super::{MonitoringPattern, PdcchCandidate, PdcchScrambling, SearchSpace};
use crate::ConfigError;
use crate::frame::{Numerology, SlotPoint};

/// Most candidates and most CCEs without overlap that a device monitors in a slot of one serving cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MonitoringLimits {
    /// M_PDCCH^max: candidates.
    pub candidates: u16,
    /// C_PDCCH^max: CCEs without overlap.
    pub cces: u16,
}

impl MonitoringLimits {
    /// The limits of a slot with a single serving cell; `None` above 120 kHz, where they hold for groups of slots.
    #[doc(alias = "TS 38.213 Tables 10.1-2 and 10.1-3")]
    pub const fn per_slot(numerology: Numerology) -> Option<Self> {
        let (candidates, cces) = match numerology {
            Numerology::MU0 => (44, 56),
            Numerology::MU1 => (36, 56),
            Numerology::MU2 => (22, 48),
            Numerology::MU3 => (20, 32),
            _ => return None,
        };
        Some(Self { candidates, cces })
    }
}

/// A search space set with all that decides what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitoredSet {
    /// searchSpaceId, 0..=39.
    pub search_space_id: u8,
    /// controlResourceSetId, 0..=11 (to 15 in Release 16).
    pub coreset_id: u8,
    /// CCEs of the CORESET.
    pub n_cce: u16,
    /// Candidates.
    pub space: SearchSpace,
    /// Slots and symbols.
    pub pattern: MonitoringPattern,
    /// Scrambling of its candidates.
    pub scrambling: PdcchScrambling,
    /// Sizes of the DCI formats that are looked for here, each once.
    pub dci_sizes: Vec<usize>,
}

/// A candidate as it counts: place, scrambling and size. CORESET and first symbol by their place in the list of regions.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Counted {
    region: u16,
    candidate: PdcchCandidate,
    scrambling: PdcchScrambling,
    size: u16,
}

/// The CCEs that are looked at in one CORESET from one first symbol on.
#[derive(Clone, Copy)]
struct Region {
    coreset_id: u8,
    first_symbol: u8,
    /// Bit i: CCE i; a CORESET has at most 135.
    cces: [u64; 3],
}

/// One monitoring occasion of a set, as indices.
struct Occasion {
    set: usize,
    first_symbol: usize,
    candidates: std::ops::Range<usize>,
}

/// A monitoring occasion that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct MonitoredOccasion<'a> {
    /// The search space set.
    pub set: &'a MonitoredSet,
    /// The first symbol of the CORESET.
    pub first_symbol: usize,
    /// The candidates, in the order of [`SearchSpace::candidates`].
    pub candidates: &'a [PdcchCandidate],
}

/// The search space sets of the active bandwidth part of a cell, and which of them a device looks at in each slot.
///
/// Common ones come first and are all looked at. UE-specific ones follow in ascending identity as long as both limits
/// allow; from the first that would exceed one on, none is looked at (overbooking, which a network may do on the primary
/// cell).
#[doc(alias = "TS 38.213 10.1")]
pub struct MonitoringPlan {
    /// Common sets first, each kind by ascending identity.
    sets: Vec<MonitoredSet>,
    limits: MonitoringLimits,
    occasions: Vec<Occasion>,
    candidates: Vec<PdcchCandidate>,
    of_set: Vec<PdcchCandidate>,
    counted: Vec<Counted>,
    regions: Vec<Region>,
    regions_before: Vec<Region>,
}

const CLAUSE: &str = "TS 38.213 10.1";

impl MonitoringPlan {
    /// # Errors
    /// If there are more than ten sets, two of one identity, a CORESET has no CCE or two sizes, or a size comes twice.
    pub fn new(mut sets: Vec<MonitoredSet>, limits: MonitoringLimits) -> Result<Self, ConfigError> {
        if sets.len() > 10 {
            let rule = "a bandwidth part has at most 10 search space sets";
            return Err(ConfigError::new("search space sets", sets.len(), rule, CLAUSE));
        }
        for (i, set) in sets.iter().enumerate() {
            let before = &sets[..i];
            if before.iter().any(|other| other.search_space_id == set.search_space_id) {
                return Err(ConfigError::new("searchSpaceId", set.search_space_id, "comes twice", CLAUSE));
            }
            let other_size = |other: &MonitoredSet| other.coreset_id == set.coreset_id && other.n_cce != set.n_cce;
            if !(1..=135).contains(&set.n_cce) || before.iter().any(other_size) {
                let rule = format!("must lie in 1..=135 and be one number in CORESET {}", set.coreset_id);
                return Err(ConfigError::new("N_CCE", set.n_cce, rule, CLAUSE));
            }
            let sizes = &set.dci_sizes;
            if let Some(size) = (0..sizes.len()).find(|&k| sizes[..k].contains(&sizes[k])).map(|k| sizes[k]) {
                return Err(ConfigError::new("DCI size", size, "comes twice in a search space set", CLAUSE));
            }
        }
        sets.sort_by_key(|set| (set.space.is_ue_specific(), set.search_space_id));
        let n_candidates = |set: &MonitoredSet| set.space.n_candidates().into_iter().map(usize::from).sum::<usize>();
        let n_occasions: usize = sets.iter().map(|set| set.pattern.occasions_per_slot()).sum();
        let n_counted =
            sets.iter().map(|set| n_candidates(set) * set.pattern.occasions_per_slot() * set.dci_sizes.len()).sum();
        Ok(Self {
            limits,
            occasions: Vec::with_capacity(n_occasions),
            candidates: Vec::with_capacity(sets.iter().map(n_candidates).sum()),
            of_set: Vec::with_capacity(sets.iter().map(n_candidates).max().unwrap_or(0)),
            counted: Vec::with_capacity(n_counted),
            regions: Vec::with_capacity(n_occasions),
            regions_before: Vec::with_capacity(n_occasions),
            sets,
        })
    }

    /// The sets, common ones first, each kind by ascending identity.
    pub fn sets(&self) -> &[MonitoredSet] {
        &self.sets
    }

    /// Works out what is looked at in `slot`.
    pub fn plan(&mut self, slot: SlotPoint) {
        self.occasions.clear();
        self.candidates.clear();
        self.counted.clear();
        self.regions.clear();
        for index in 0..self.sets.len() {
            let set = &self.sets[index];
            if !set.pattern.is_monitored(slot) {
                continue;
            }
            set.space.candidates_into(set.n_cce.into(), slot.slot(), &mut self.of_set);
            let n_counted = self.counted.len();
            self.regions_before.clone_from(&self.regions);
            self.count(index, slot);
            let ue_specific = self.sets[index].space.is_ue_specific();
            if ue_specific
                && (self.n_candidates() > self.limits.candidates.into() || self.n_cces() > self.limits.cces.into())
            {
                self.counted.truncate(n_counted);
                self.regions.clone_from(&self.regions_before);
                break;
            }
            let start = self.candidates.len();
            self.candidates.extend_from_slice(&self.of_set);
            let end = self.candidates.len();
            let occasions = self.sets[index].pattern.first_symbols(slot);
            self.occasions.extend(occasions.map(|first_symbol| Occasion {
                set: index,
                first_symbol,
                candidates: start..end,
            }));
        }
    }

    /// Adds the candidates of a set, but for those that are there already, and their CCEs.
    fn count(&mut self, index: usize, slot: SlotPoint) {
        let Self { sets, of_set, counted, regions, .. } = self;
        let set = &sets[index];
        for first_symbol in set.pattern.first_symbols(slot) {
            let key = (set.coreset_id, first_symbol as u8);
            let region = regions.iter().position(|r| (r.coreset_id, r.first_symbol) == key).unwrap_or_else(|| {
                regions.push(Region { coreset_id: key.0, first_symbol: key.1, cces: [0; 3] });
                regions.len() - 1
            });
            for &candidate in of_set.iter() {
                for cce in usize::from(candidate.first_cce)..usize::from(candidate.first_cce) + candidate.level.get() {
                    regions[region].cces[cce / 64] |= 1 << (cce % 64);
                }
                for &size in &set.dci_sizes {
                    let region = region as u16;
                    let one = Counted { region, candidate, scrambling: set.scrambling, size: size as u16 };
                    if !counted.contains(&one) {
                        counted.push(one);
                    }
                }
            }
        }
    }

    /// Candidates that count in the slot planned last: places by sizes, each once.
    pub fn n_candidates(&self) -> usize {
        self.counted.len()
    }

    /// CCEs without overlap in the slot planned last.
    pub fn n_cces(&self) -> usize {
        self.regions.iter().flat_map(|region| region.cces).map(|cces| cces.count_ones() as usize).sum()
    }

    /// What is looked at in the slot planned last: common search space sets first, each kind by ascending identity.
    pub fn occasions(&self) -> impl Iterator<Item = MonitoredOccasion<'_>> {
        self.occasions.iter().map(|occasion| MonitoredOccasion {
            set: &self.sets[occasion.set],
            first_symbol: occasion.first_symbol,
            candidates: &self.candidates[occasion.candidates.clone()],
        })
    }
}
