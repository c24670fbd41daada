use super::{MonitoredSet, MonitoringLimits, MonitoringPattern, MonitoringPlan, PdcchScrambling, SearchSpace};
use crate::frame::{CellId, Numerology, Rnti, SlotPoint};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn scrambling() -> PdcchScrambling {
    PdcchScrambling::cell(CellId::new(1).unwrap())
}

fn set(search_space_id: u8, coreset_id: u8, n_cce: u16, space: SearchSpace, dci_sizes: &[usize]) -> MonitoredSet {
    MonitoredSet {
        search_space_id,
        coreset_id,
        n_cce,
        space,
        pattern: MonitoringPattern::every_slot(),
        scrambling: scrambling(),
        dci_sizes: dci_sizes.to_vec(),
    }
}

fn slot(number: u16) -> SlotPoint {
    SlotPoint::new(Numerology::MU1, 5, number).unwrap()
}

fn ids(plan: &MonitoringPlan) -> Vec<u8> {
    plan.occasions().map(|occasion| occasion.set.search_space_id).collect()
}

#[test]
fn limits_of_the_tables() {
    let numerologies = [Numerology::MU0, Numerology::MU1, Numerology::MU2, Numerology::MU3];
    let limits = numerologies.map(|mu| MonitoringLimits::per_slot(mu).map(|l| (l.candidates, l.cces)));
    assert_eq!(limits, [Some((44, 56)), Some((36, 56)), Some((22, 48)), Some((20, 32))]);
    assert_eq!(MonitoringLimits::per_slot(Numerology::MU4), None);
}

#[test]
fn a_candidate_counts_once_and_a_size_once_more() {
    let common = |id, sizes: &[usize]| set(id, 0, 16, SearchSpace::type0(), sizes);
    let limits = MonitoringLimits::per_slot(Numerology::MU1).unwrap();
    let costs = |sets| {
        let mut plan = MonitoringPlan::new(sets, limits).unwrap();
        plan.plan(slot(0));
        (plan.n_candidates(), plan.n_cces())
    };
    assert_eq!(costs(vec![common(0, &[37])]), (7, 16));
    assert_eq!(costs(vec![common(0, &[37]), common(1, &[37])]), (7, 16));
    assert_eq!(costs(vec![common(0, &[37]), common(1, &[37, 50])]), (14, 16));
    // Other scrambling, another CORESET, another first symbol.
    let other = PdcchScrambling::cell(CellId::new(2).unwrap());
    assert_eq!(costs(vec![common(0, &[37]), MonitoredSet { scrambling: other, ..common(1, &[37]) }]), (14, 16));
    assert_eq!(costs(vec![common(0, &[37]), MonitoredSet { coreset_id: 1, ..common(1, &[37]) }]), (14, 32));
    let pattern = MonitoringPattern::new(1, 0, 1, 0b1001, 1, 14).unwrap();
    assert_eq!(costs(vec![common(0, &[37]), MonitoredSet { pattern, ..common(1, &[37]) }]), (14, 32));
}

#[test]
fn ue_specific_sets_are_dropped_from_the_first_that_does_not_fit() {
    let own = |id, n_candidates| {
        let space = SearchSpace::ue_specific(n_candidates, Rnti(0x4601), 1).unwrap();
        set(id, 1, 96, space, &[40, 50])
    };
    let common = set(7, 0, 16, SearchSpace::type0(), &[37]);
    let limits = MonitoringLimits::per_slot(Numerology::MU1).unwrap();
    let monitored = |sets: &[&MonitoredSet]| {
        let mut plan = MonitoringPlan::new(sets.iter().map(|&set| set.clone()).collect(), limits).unwrap();
        plan.plan(slot(3));
        assert!(plan.n_candidates() <= 36 && plan.n_cces() <= 56);
        ids(&plan)
    };
    // 7 + 16 + 16 candidates exceed 36, so that the small set after them goes too; 7 + 16 + 2 do not.
    let (large, larger, small) = (own(2, [8, 0, 0, 0, 0]), own(3, [0, 8, 0, 0, 0]), own(4, [1, 0, 0, 0, 0]));
    assert_eq!(monitored(&[&small, &larger, &large, &common]), [7, 2]);
    assert_eq!(monitored(&[&small, &large, &common]), [7, 2, 4]);
    // 16 + 32 CCEs, then 8 more at most.
    let (wide, wider) = (own(2, [0, 0, 0, 0, 2]), own(3, [0, 0, 0, 0, 4]));
    assert_eq!(monitored(&[&wide, &small, &common]), [7, 2, 4]);
    assert_eq!(monitored(&[&wider, &small, &common]), [7]);
    // Only in the slots in which it is monitored does a set count.
    let pattern = MonitoringPattern::new(2, 0, 1, 1, 1, 14).unwrap();
    assert_eq!(monitored(&[&MonitoredSet { pattern, ..larger.clone() }, &large, &small, &common]), [7, 2, 4]);
}

#[test]
fn impossible_sets_are_refused() {
    let limits = MonitoringLimits::per_slot(Numerology::MU0).unwrap();
    let common = |id, coreset_id, n_cce, sizes: &[usize]| set(id, coreset_id, n_cce, SearchSpace::type0(), sizes);
    let refused = |sets| MonitoringPlan::new(sets, limits).is_err();
    assert!(!refused(vec![common(0, 0, 16, &[37]), common(1, 0, 16, &[37])]));
    assert!(refused(vec![common(0, 0, 16, &[37]), common(0, 1, 16, &[37])]));
    assert!(refused(vec![common(0, 0, 16, &[37]), common(1, 0, 17, &[37])]));
    assert!(refused(vec![common(0, 0, 0, &[37])]));
    assert!(refused(vec![common(0, 0, 136, &[37])]));
    assert!(refused(vec![common(0, 0, 16, &[37, 37])]));
    assert!(refused((0..11).map(|id| common(id, 0, 16, &[37])).collect()));
}

prop_compose! {
    fn any_set()(
        coreset_id in 0..3u8, ue_specific in any::<bool>(), n in vec(prop_oneof![0..=6u8, Just(8)], 5),
        first_symbols in 1..8u16, period in prop_oneof![Just(1u16), Just(2), Just(4)], sizes in 1..=2usize,
    ) -> MonitoredSet {
        let n_candidates = [n[0], n[1], n[2], n[3] / 2, n[4] / 4];
        let n_candidates = n_candidates.map(|n| if n == 7 { 8 } else { n });
        let space = if ue_specific {
            SearchSpace::ue_specific(n_candidates, Rnti(0x4601), coreset_id)
        } else {
            SearchSpace::common(n_candidates)
        };
        MonitoredSet {
            pattern: MonitoringPattern::new(period, period / 2, 1, first_symbols, 2, 14).unwrap(),
            ..set(0, coreset_id, 12 * (1 + u16::from(coreset_id)), space.unwrap(), &[40, 50][..sizes])
        }
    }
}

proptest! {
    /// The rule with sets of tuples: what is monitored is the longest run of UE-specific sets within the limits.
    #[test]
    fn the_longest_run_within_the_limits(sets in vec(any_set(), 1..8), order in any::<u64>(), number in 0..20u16) {
        let mut sets = sets;
        let n = sets.len();
        sets.iter_mut().enumerate().for_each(|(i, set)| set.search_space_id = ((i + order as usize % n) % n) as u8);
        let limits = MonitoringLimits { candidates: 44, cces: 56 };
        let mut plan = MonitoringPlan::new(sets.clone(), limits).unwrap();
        plan.plan(slot((number + 7) % 20));
        plan.plan(slot(number));
        sets.sort_by_key(|set| (set.space.is_ue_specific(), set.search_space_id));
        let (mut candidates, mut cces, mut expected) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for set in &sets {
            let (mut more_candidates, mut more_cces) = (candidates.clone(), cces.clone());
            let mut occasions = Vec::new();
            for first_symbol in set.pattern.first_symbols(slot(number)) {
                let places = set.space.candidates(set.n_cce.into(), number);
                for place in &places {
                    more_candidates.extend(set.dci_sizes.iter().map(|&s| (set.coreset_id, first_symbol, *place, s)));
                    more_cces.extend((0..place.level.get()).map(|i| {
                        (set.coreset_id, first_symbol, usize::from(place.first_cce) + i)
                    }));
                }
                occasions.push((set.search_space_id, first_symbol, places));
            }
            let monitored = !occasions.is_empty();
            if monitored && set.space.is_ue_specific() && (more_candidates.len() > 44 || more_cces.len() > 56) {
                break;
            }
            (candidates, cces) = (more_candidates, more_cces);
            expected.extend(occasions);
        }
        prop_assert_eq!((plan.n_candidates(), plan.n_cces()), (candidates.len(), cces.len()));
        let got = plan.occasions().map(|o| (o.set.search_space_id, o.first_symbol, o.candidates.to_vec()));
        prop_assert_eq!(got.collect::<Vec<_>>(), expected);
    }
}
