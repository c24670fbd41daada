//! The best continuations of the paths through one node.

use std::ops::{Add, Sub};

/// A path's continuation by a node's bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Candidate<M> {
    pub(super) metric: M,
    pub(super) bits: u64,
    pub(super) parent: u8,
}

/// The largest list.
pub(super) const MAX_LIST: usize = 32;

/// At most `limit` candidates, the best first; of equals the one that came first.
#[derive(Clone, Debug)]
pub(super) struct Survivors<M> {
    items: [Candidate<M>; MAX_LIST],
    len: usize,
    limit: usize,
}

impl<M: Copy + Default + PartialOrd> Survivors<M> {
    pub(super) fn new(limit: usize) -> Self {
        Self { items: [Candidate::default(); MAX_LIST], len: 0, limit }
    }

    pub(super) fn clear(&mut self, limit: usize) {
        self.len = 0;
        self.limit = limit;
    }

    pub(super) fn as_slice(&self) -> &[Candidate<M>] {
        &self.items[..self.len]
    }

    pub(super) fn copy_from(&mut self, other: &Self) {
        (self.len, self.limit) = (other.len, other.limit);
        self.items[..self.len].copy_from_slice(other.as_slice());
    }

    /// Whether the candidate is now among the best.
    pub(super) fn insert(&mut self, candidate: Candidate<M>) -> bool {
        if self.len < self.limit {
            self.len += 1;
        } else if candidate.metric >= self.items[self.len - 1].metric {
            return false;
        }
        let mut at = self.len - 1;
        while at > 0 && candidate.metric < self.items[at - 1].metric {
            self.items[at] = self.items[at - 1];
            at -= 1;
        }
        self.items[at] = candidate;
        true
    }
}

/// What a path may change about its best bits in a node: the least reliable ones, the cheapest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flips<M> {
    costs: [M; MAX_LIST],
    masks: [u64; MAX_LIST],
    len: usize,
    limit: usize,
    /// The bit flipped along with each other to keep the parity (a mask, 0 for none), what that costs, and the bits
    /// before any flip.
    weakest: u64,
    weakest_cost: M,
    hard: u64,
}

impl<M: Copy + Default + PartialOrd + Add<Output = M> + Sub<Output = M>> Flips<M> {
    pub(super) fn new() -> Self {
        let (costs, masks) = ([M::default(); MAX_LIST], [0; MAX_LIST]);
        Self { costs, masks, len: 0, limit: 0, weakest: 0, weakest_cost: M::default(), hard: 0 }
    }

    /// Empties it, to keep the `limit` cheapest from now on.
    pub(super) fn clear(&mut self, limit: usize) {
        (self.len, self.limit, self.weakest, self.weakest_cost) = (0, limit, 0, M::default());
    }

    /// Every flip goes along with one of the bit `weakest`, whose own flip from its value in `hard` costs `cost`.
    pub(super) fn keep_parity(&mut self, weakest: u64, cost: M, hard: u64) {
        (self.weakest, self.weakest_cost, self.hard) = (weakest, cost, hard);
    }

    /// Adds a flip if it is among the cheapest.
    #[inline]
    pub(super) fn insert(&mut self, cost: M, mask: u64) {
        if self.len < self.limit {
            self.len += 1;
        } else if self.limit == 0 || cost >= self.costs[self.len - 1] {
            return;
        }
        let mut at = self.len - 1;
        while at > 0 && cost < self.costs[at - 1] {
            self.costs[at] = self.costs[at - 1];
            self.masks[at] = self.masks[at - 1];
            at -= 1;
        }
        self.costs[at] = cost;
        self.masks[at] = mask;
    }

    /// The candidate with the flip number `rank`, if there are as many.
    #[inline]
    pub(super) fn apply(&self, rank: usize, candidate: &Candidate<M>) -> Option<Candidate<M>> {
        if rank >= self.len {
            return None;
        }
        let metric = candidate.metric + self.costs[rank];
        let weakest_is_flipped = (candidate.bits ^ self.hard) & self.weakest != 0;
        let metric = if weakest_is_flipped { metric - self.weakest_cost } else { metric + self.weakest_cost };
        Some(Candidate { metric, bits: candidate.bits ^ self.masks[rank] ^ self.weakest, parent: candidate.parent })
    }
}
