use super::schedule::Step;
use super::survivors::{Candidate, Flips, MAX_LIST, Survivors};
use super::{PolarCode, PolarSoftBit, transform};
use crate::kernel::Isa;
use std::sync::Arc;

/// How well a decoded code word fits the soft bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathMetric {
    penalty: f32,
    total: f32,
}

impl PathMetric {
    /// The sum of the magnitudes of the log-likelihood ratios (natural units, repetitions summed first) that
    /// contradict the code word: 0 is best.
    pub const fn penalty(self) -> f32 {
        self.penalty
    }

    /// The correlation of code word and soft bits: 1 if no soft bit contradicts, about 0 for a word that has nothing
    /// to do with them; 0 if nothing was received.
    pub fn correlation(self) -> f32 {
        if self.total > 0.0 { 1.0 - 2.0 * self.penalty / self.total } else { 0.0 }
    }
}

/// The CRC-aided successive-cancellation list decoder.
///
/// Log-likelihood domain, min-sum. Nodes of the code tree without information bits, with one, with all but one and
/// with nothing but information bits are decided at once; each keeps exactly the best continuations that its bits
/// allow. A list of 1 is plain successive cancellation.
///
/// A list of L tries up to L words against the caller's check: an L_CRC-bit CRC accepts noise up to L 2^-L_CRC of the
/// time.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.212 5.3.1")]
pub struct PolarDecoder<S: PolarSoftBit> {
    isa: Isa,
    code: Arc<PolarCode>,
    list_size: usize,
    adaptive: bool,
    /// Level s of the tree: for each path 2^s LLRs, from `list_size * (2^s - 1)` on; the root only once.
    llr: Vec<S::Llr>,
    paths: Paths<S::Metric>,
    survivors: Survivors<S::Metric>,
    next: Survivors<S::Metric>,
    flips: Vec<Flips<S::Metric>>,
}

/// The levels of a tree of N = 1024.
const LEVELS: usize = 11;

#[derive(Clone, Debug)]
struct Paths<M> {
    active: usize,
    n_words: usize,
    metrics: [M; MAX_LIST],
    /// For each path and level the path in whose place its LLRs lie. All paths compute a level at the same step,
    /// so that a place is never written while another path still needs it.
    places: [[u8; LEVELS]; MAX_LIST],
    /// N bits a path: the code words of the nodes decided so far, each at its node's place.
    words: Vec<u64>,
}

impl<M: Copy + Default> Paths<M> {
    fn new(n_words: usize, list_size: usize) -> Self {
        Self {
            active: 1,
            n_words,
            metrics: [M::default(); MAX_LIST],
            places: [[0; LEVELS]; MAX_LIST],
            words: vec![0; n_words * list_size],
        }
    }

    fn start(&mut self) {
        self.active = 1;
        self.metrics[0] = M::default();
        self.places[0] = [0; LEVELS];
        self.words[..self.n_words].fill(0);
    }

    fn word(&self, path: usize) -> &[u64] {
        &self.words[path * self.n_words..][..self.n_words]
    }

    fn word_mut(&mut self, path: usize) -> &mut [u64] {
        &mut self.words[path * self.n_words..][..self.n_words]
    }

    /// Replaces the paths by the survivors of a node that starts at bit `first`.
    fn continue_with(&mut self, survivors: &[Candidate<M>], first: usize) {
        let mut has_heir = [false; MAX_LIST];
        survivors.iter().for_each(|s| has_heir[usize::from(s.parent)] = true);
        let mut free = 0;
        let mut taken = [false; MAX_LIST];
        let mut targets = [0; MAX_LIST];
        // The first heir stays in its parent's place; the others get copies, before any place is changed.
        for (target, survivor) in targets.iter_mut().zip(survivors) {
            let parent = usize::from(survivor.parent);
            if !taken[parent] {
                taken[parent] = true;
                *target = parent;
                continue;
            }
            while has_heir[free] {
                free += 1;
            }
            *target = free;
            free += 1;
            self.places[*target] = self.places[parent];
            let n = self.n_words;
            self.words.copy_within(parent * n..(parent + 1) * n, *target * n);
        }
        for (&target, survivor) in targets.iter().zip(survivors) {
            self.metrics[target] = survivor.metric;
            self.words[target * self.n_words + first / 64] |= survivor.bits << (first % 64);
        }
        self.active = survivors.len();
    }
}

impl<S: PolarSoftBit> PolarDecoder<S> {
    /// A decoder of `code` with a list of `list_size` paths; 8 is a good default.
    ///
    /// # Panics
    /// If `list_size` lies outside 1..=32.
    pub fn new(code: Arc<PolarCode>, list_size: usize) -> Self {
        assert!((1..=MAX_LIST).contains(&list_size), "a list of {list_size}");
        Self {
            isa: Isa::detect(),
            list_size,
            adaptive: false,
            llr: vec![S::Llr::default(); list_size * (code.n() - 1) + code.n()],
            paths: Paths::new(code.n_words(), list_size),
            survivors: Survivors::new(list_size),
            next: Survivors::new(list_size),
            flips: vec![Flips::new(); list_size],
            code,
        }
    }

    /// Tries a list of 1 first, and the whole list only if that word is not accepted. Faster where most words are
    /// good; the error rate is that of the whole list, if what `accept` takes is right.
    #[must_use]
    pub fn adaptive(mut self) -> Self {
        self.adaptive = true;
        self
    }

    /// With the instruction set `isa`.
    #[must_use]
    pub fn with_isa(mut self, isa: Isa) -> Self {
        self.isa = isa;
        self
    }

    /// The code.
    pub fn code(&self) -> &PolarCode {
        &self.code
    }

    /// Decodes E soft bits. The words of the list, the best first, are offered to `accept` as K bits `c` (CRC
    /// included); the first one it takes is the result, in `out`. `None` if it takes none; `out` then holds the best.
    ///
    /// # Panics
    /// If `llr.len() != E` or `out.len() != K`.
    pub fn decode(&mut self, llr: &[S], out: &mut [u8], mut accept: impl FnMut(&[u8]) -> bool) -> Option<PathMetric> {
        assert_eq!(llr.len(), self.code.e(), "E soft bits");
        assert_eq!(out.len(), self.code.k(), "K bits");
        let total = self.dematch(llr);
        if self.adaptive && self.list_size > 1 {
            let found = self.decode_list(1, total, out, &mut accept);
            if found.is_some() {
                return found;
            }
        }
        self.decode_list(self.list_size, total, out, &mut accept)
    }

    /// The rate-matched soft bits back to the root of the tree: sums of what was repeated, 0 where nothing was
    /// sent, certainty where a 0 was left out. The result is the sum of the magnitudes of what was received.
    fn dematch(&mut self, llr: &[S]) -> f32 {
        let root = self.list_size * (self.code.n() - 1);
        let root = &mut self.llr[root..];
        root.fill(S::Llr::default());
        for (&soft, &place) in llr.iter().zip(self.code.sent()) {
            let sum = &mut root[usize::from(place)];
            *sum = soft.accumulate(*sum);
        }
        let (positive, negative) = S::penalties(root);
        self.code.shortened().iter().for_each(|&place| root[usize::from(place)] = S::SHORTENED);
        S::natural(positive + negative)
    }

    fn decode_list(
        &mut self,
        list_size: usize,
        total: f32,
        out: &mut [u8],
        accept: &mut impl FnMut(&[u8]) -> bool,
    ) -> Option<PathMetric> {
        let code = self.code.clone();
        self.paths.start();
        for &step in code.schedule().steps() {
            self.step(step, list_size);
        }

        let mut order: [u8; MAX_LIST] = std::array::from_fn(|i| i as u8);
        let order = &mut order[..self.paths.active];
        let metrics = &self.paths.metrics;
        let metric = |path: u8| metrics[usize::from(path)];
        order.sort_unstable_by(|&a, &b| metric(a).partial_cmp(&metric(b)).unwrap_or(std::cmp::Ordering::Equal));
        let read = |word: &[u64], out: &mut [u8]| {
            for (bit, &place) in out.iter_mut().zip(code.information()) {
                *bit = (word[usize::from(place / 64)] >> (place % 64) & 1) as u8;
            }
        };
        for &path in order.iter() {
            let word = self.paths.word_mut(usize::from(path));
            transform::transform(word);
            read(word, out);
            if accept(out) {
                let penalty = S::natural(self.paths.metrics[usize::from(path)]);
                return Some(PathMetric { penalty, total });
            }
        }
        read(self.paths.word(usize::from(order[0])), out);
        None
    }

    fn step(&mut self, step: Step, list_size: usize) {
        match step {
            Step::Left { level } => {
                let (isa, len) = (self.isa, 1 << level);
                self.descend(level, |_, parent, child| S::f(isa, &parent[..len], &parent[len..], child));
            }
            Step::Right { level, left } => {
                let (isa, len, left) = (self.isa, 1 << level, usize::from(left));
                self.descend(level, |word, parent, child| {
                    let (a, b) = parent.split_at(len);
                    if len < 64 {
                        S::g(isa, a, b, &[word[left / 64] >> (left % 64)], child);
                    } else {
                        S::g(isa, a, b, &word[left / 64..][..len / 64], child);
                    }
                });
            }
            Step::Combine { level, first } => {
                for path in 0..self.paths.active {
                    transform::combine(self.paths.word_mut(path), usize::from(level), usize::from(first));
                }
            }
            Step::Frozen { level } => {
                for path in 0..self.paths.active {
                    let zeros = S::penalties(self.node(level, path)).1;
                    self.paths.metrics[path] = self.paths.metrics[path] + zeros;
                }
            }
            Step::ParityCheck { first, index } => self.check_parity(usize::from(first), index),
            Step::Repetition { level, first } => self.branch(level, first, list_size, Self::repetition),
            Step::EvenParity { level, first } => self.branch(level, first, list_size, Self::even_parity),
            Step::Free { level, first } => self.branch(level, first, list_size, Self::free),
        }
    }

    /// Where the LLRs of a level start.
    fn level_start(&self, level: u8) -> usize {
        self.list_size * ((1 << level) - 1)
    }

    /// The LLRs of a path at the node just reached at `level`.
    fn node(&self, level: u8, path: usize) -> &[S::Llr] {
        let place = usize::from(self.paths.places[path][usize::from(level)]);
        &self.llr[self.level_start(level) + (place << level)..][..1 << level]
    }

    /// For each path the LLRs of `level` from those of the level above: `compute(word, parent, child)`.
    fn descend(&mut self, level: u8, compute: impl Fn(&[u64], &[S::Llr], &mut [S::Llr])) {
        let (start, above, s) = (self.level_start(level), self.level_start(level + 1), usize::from(level));
        let (low, high) = self.llr.split_at_mut(above);
        for path in 0..self.paths.active {
            let place = usize::from(self.paths.places[path][s + 1]);
            let parent = &high[place << (s + 1)..][..2 << s];
            let child = &mut low[start + (path << s)..][..1 << s];
            compute(self.paths.word(path), parent, child);
            self.paths.places[path][s] = path as u8;
        }
    }

    fn check_parity(&mut self, first: usize, index: u8) {
        for path in 0..self.paths.active {
            let mask = self.code.schedule().check_mask(index);
            let parity = self.paths.word(path).iter().zip(mask).fold(0, |acc, (word, mask)| acc ^ (word & mask));
            let bit = parity.count_ones() & 1;
            let llr = self.node(0, path)[0];
            if S::is_one(llr) != (bit == 1) {
                self.paths.metrics[path] = self.paths.metrics[path] + S::magnitude(llr);
            }
            self.paths.word_mut(path)[first / 64] |= u64::from(bit) << (first % 64);
        }
    }

    /// Lets the paths branch at a node with information. `decide` gives each path's best bits and the alternatives;
    /// costs of alternatives add up and never fall below 0, so that taking them one by one, the cheapest first,
    /// and keeping the best of all paths each time finds the best of all combinations.
    fn branch(
        &mut self,
        level: u8,
        first: u16,
        list_size: usize,
        decide: fn(&mut Self, u8, usize, usize) -> Candidate<S::Metric>,
    ) {
        self.survivors.clear(list_size);
        for path in 0..self.paths.active {
            let best = decide(self, level, path, list_size);
            self.survivors.insert(best);
        }
        let mut rank = 0;
        loop {
            self.next.copy_from(&self.survivors);
            let mut branched = false;
            for candidate in self.survivors.as_slice() {
                let flipped = self.flips[usize::from(candidate.parent)].apply(rank, candidate);
                branched |= flipped.is_some_and(|flipped| self.next.insert(flipped));
            }
            if !branched {
                break;
            }
            std::mem::swap(&mut self.survivors, &mut self.next);
            rank += 1;
        }
        self.paths.continue_with(self.survivors.as_slice(), usize::from(first));
    }

    fn repetition(&mut self, level: u8, path: usize, list_size: usize) -> Candidate<S::Metric> {
        let (ones, zeros) = S::penalties(self.node(level, path));
        let all = u64::MAX >> (64 - (1 << level));
        let (bits, low, high) = if ones < zeros { (all, ones, zeros) } else { (0, zeros, ones) };
        let flips = &mut self.flips[path];
        flips.clear((list_size - 1).min(1));
        flips.insert(high - low, all);
        Candidate { metric: self.paths.metrics[path] + low, bits, parent: path as u8 }
    }

    fn free(&mut self, level: u8, path: usize, list_size: usize) -> Candidate<S::Metric> {
        let place = usize::from(self.paths.places[path][usize::from(level)]);
        let llr = &self.llr[self.level_start(level) + (place << level)..][..1 << level];
        let flips = &mut self.flips[path];
        // The L - 1 least reliable bits suffice: a word that flips another is no better than the L words with none
        // or one of these flipped.
        flips.clear(list_size - 1);
        let mut bits = 0;
        for (i, &llr) in llr.iter().enumerate() {
            bits |= u64::from(S::is_one(llr)) << i;
            flips.insert(S::magnitude(llr), 1 << i);
        }
        Candidate { metric: self.paths.metrics[path], bits, parent: path as u8 }
    }

    fn even_parity(&mut self, level: u8, path: usize, list_size: usize) -> Candidate<S::Metric> {
        let place = usize::from(self.paths.places[path][usize::from(level)]);
        let llr = &self.llr[self.level_start(level) + (place << level)..][..1 << level];
        let (mut hard, mut weakest, mut least) = (0, 0, S::magnitude(llr[0]));
        for (i, &llr) in llr.iter().enumerate() {
            hard |= u64::from(S::is_one(llr)) << i;
            if S::magnitude(llr) < least {
                (weakest, least) = (i, S::magnitude(llr));
            }
        }
        let flips = &mut self.flips[path];
        flips.clear(list_size - 1);
        flips.keep_parity(1 << weakest, least, hard);
        for (i, &llr) in llr.iter().enumerate().filter(|&(i, _)| i != weakest) {
            flips.insert(S::magnitude(llr), 1 << i);
        }
        let metric = self.paths.metrics[path];
        if hard.count_ones() & 1 == 1 {
            Candidate { metric: metric + least, bits: hard ^ 1 << weakest, parent: path as u8 }
        } else {
            Candidate { metric, bits: hard, parent: path as u8 }
        }
    }
}
