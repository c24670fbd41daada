use crate::frame::Rnti;

/// What a radio network temporary identifier is used for, as far as formats 0_0 and 1_0 differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.321 7.1")]
pub enum RntiKind {
    /// RA-RNTI: random access response.
    Ra,
    /// SI-RNTI: system information.
    Si,
    /// P-RNTI: paging.
    P,
    /// TC-RNTI: contention resolution.
    Tc,
    /// C-RNTI, CS-RNTI or MCS-C-RNTI: one device.
    C,
}

/// The identifiers that a search looks for, each with its use.
///
/// A value that is entered twice keeps the later kind in the order of [`RntiKind`]: a temporary or device
/// identifier that a cell gave out wins over an RA-RNTI that could have the same value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RntiSet {
    /// Ascending by value, each value once.
    entries: Vec<(Rnti, RntiKind)>,
    /// By kind.
    counts: [usize; 5],
}

impl RntiSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// SI-RNTI and P-RNTI, which every cell uses.
    pub fn broadcast() -> Self {
        [(Rnti::SI, RntiKind::Si), (Rnti::P, RntiKind::P)].into_iter().collect()
    }

    /// Adds `rnti`.
    pub fn insert(&mut self, rnti: Rnti, kind: RntiKind) {
        match self.entries.binary_search_by_key(&rnti, |e| e.0) {
            Ok(at) => self.entries[at].1 = self.entries[at].1.max(kind),
            Err(at) => self.entries.insert(at, (rnti, kind)),
        }
        self.recount();
    }

    /// Removes `rnti`.
    pub fn remove(&mut self, rnti: Rnti) {
        self.entries.retain(|e| e.0 != rnti);
        self.recount();
    }

    fn recount(&mut self) {
        self.counts = [0; 5];
        self.entries.iter().for_each(|e| self.counts[e.1 as usize] += 1);
    }

    /// The use of `rnti`, if the set has it.
    pub fn kind(&self, rnti: Rnti) -> Option<RntiKind> {
        self.entries.binary_search_by_key(&rnti, |e| e.0).ok().map(|at| self.entries[at].1)
    }

    /// How many identifiers the set has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many identifiers of `kind` the set has.
    pub fn count(&self, kind: RntiKind) -> usize {
        self.counts[kind as usize]
    }

    /// Whether the set has no identifier.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The identifiers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (Rnti, RntiKind)> + '_ {
        self.entries.iter().copied()
    }
}

impl Extend<(Rnti, RntiKind)> for RntiSet {
    fn extend<T: IntoIterator<Item = (Rnti, RntiKind)>>(&mut self, iter: T) {
        self.entries.extend(iter);
        self.entries.sort_unstable_by_key(|&(rnti, kind)| (rnti, std::cmp::Reverse(kind)));
        self.entries.dedup_by_key(|e| e.0);
        self.recount();
    }
}

impl FromIterator<(Rnti, RntiKind)> for RntiSet {
    fn from_iter<T: IntoIterator<Item = (Rnti, RntiKind)>>(iter: T) -> Self {
        let mut set = Self::new();
        set.extend(iter);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_identifier_wins_over_a_possible_one() {
        let mut set = RntiSet::broadcast();
        set.extend([(Rnti(7), RntiKind::C), (Rnti(7), RntiKind::Ra), (Rnti(9), RntiKind::Ra)]);
        set.insert(Rnti(9), RntiKind::Tc);
        set.insert(Rnti(9), RntiKind::Ra);
        assert_eq!(set.kind(Rnti(7)), Some(RntiKind::C));
        assert_eq!(set.kind(Rnti(9)), Some(RntiKind::Tc));
        assert_eq!(set.kind(Rnti::SI), Some(RntiKind::Si));
        assert_eq!(set.kind(Rnti(8)), None);
        assert_eq!((set.len(), set.count(RntiKind::Ra), set.count(RntiKind::Tc)), (4, 0, 1));
        set.remove(Rnti(7));
        assert_eq!(set.iter().map(|e| e.0).collect::<Vec<_>>(), [Rnti(9), Rnti::P, Rnti::SI]);
    }
}
