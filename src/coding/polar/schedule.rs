//! The order of work of successive cancellation: the code tree, pruned at nodes that are decoded at once, as a list
//! of steps.

use super::construction::Input;
use super::transform;

/// One step over all paths. `level` is the logarithm of the node's (of a combination: of each half's) length, `first`
/// the node's first bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// LLRs of a left child from its parent's.
    Left { level: u8 },
    /// LLRs of a right child from its parent's and its left sibling's bits, which start at `left`.
    Right { level: u8, left: u16 },
    /// The bits of a parent whose children are decided and start at `first`.
    Combine { level: u8, first: u16 },
    /// A node whose inputs are all frozen: its bits are 0.
    Frozen { level: u8 },
    /// A node with one information bit, its last: all its bits are equal.
    Repetition { level: u8, first: u16 },
    /// A node with one frozen bit, its first: its bits have even parity.
    EvenParity { level: u8, first: u16 },
    /// A node without frozen bits: any bits.
    Free { level: u8, first: u16 },
    /// A parity-check bit, number `index` of the code.
    ParityCheck { first: u16, index: u8 },
}

/// Nodes of up to 64 bits are decided at once: their bits fit a word.
const LARGEST_LEAF: usize = 6;

#[derive(Clone, Debug)]
pub(super) struct Schedule {
    steps: Vec<Step>,
    /// For each parity-check bit the mask over the path's words (bits decided, subtrees combined, when the check
    /// is reached) whose parity is its value.
    check_masks: Vec<Vec<u64>>,
}

impl Schedule {
    pub(super) fn new(inputs: &[Input]) -> Self {
        Self::with_leaves_up_to(inputs, LARGEST_LEAF)
    }

    /// With nodes of at most `1 << largest_leaf` bits decided at once (all-frozen ones excepted, unless 0).
    pub(super) fn with_leaves_up_to(inputs: &[Input], largest_leaf: usize) -> Self {
        let mut schedule = Self { steps: Vec::new(), check_masks: Vec::new() };
        schedule.visit(inputs, inputs.len().trailing_zeros() as usize, 0, largest_leaf.min(LARGEST_LEAF));
        schedule
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(super) fn check_mask(&self, index: u8) -> &[u64] {
        &self.check_masks[usize::from(index)]
    }

    fn visit(&mut self, inputs: &[Input], level: usize, first: usize, largest_leaf: usize) {
        let node = &inputs[first..first + (1 << level)];
        let count = |kind| node.iter().filter(|&&input| input == kind).count();
        let (n_frozen, n_information) = (count(Input::Frozen), count(Input::Information));
        let plain = n_frozen + n_information == node.len();
        let (log, at) = (level as u8, first as u16);
        if n_frozen == node.len() && (largest_leaf > 0 || level == 0) {
            return self.steps.push(Step::Frozen { level: log });
        }
        if plain && level <= largest_leaf {
            if n_frozen == 0 {
                return self.steps.push(Step::Free { level: log, first: at });
            }
            if n_information == 1 && node.last() == Some(&Input::Information) {
                return self.steps.push(Step::Repetition { level: log, first: at });
            }
            if n_frozen == 1 && node.first() == Some(&Input::Frozen) {
                return self.steps.push(Step::EvenParity { level: log, first: at });
            }
        }
        if level == 0 {
            self.steps.push(Step::ParityCheck { first: at, index: self.check_masks.len() as u8 });
            self.check_masks.push(check_mask(inputs, first));
            return;
        }
        let half = level - 1;
        let middle = first + (1 << half);
        self.steps.push(Step::Left { level: half as u8 });
        self.visit(inputs, half, first, largest_leaf);
        self.steps.push(Step::Right { level: half as u8, left: at });
        self.visit(inputs, half, middle, largest_leaf);
        self.steps.push(Step::Combine { level: half as u8, first: at });
    }
}

/// When input n is reached, the subtrees left of it are decided and combined: blocks of sizes 2^s for the ones of n,
/// the largest first. The parity over inputs u (TS 38.212 5.3.1.2: information bits m < n, m = n modulo 5) is then one
/// over the blocks' bits.
fn check_mask(inputs: &[Input], n: usize) -> Vec<u64> {
    let mut mask = vec![0; inputs.len().div_ceil(64)];
    for m in (0..n).filter(|&m| m % 5 == n % 5 && inputs[m] == Input::Information) {
        mask[m / 64] |= 1 << (m % 64);
    }
    let mut first = 0;
    for level in (0..usize::BITS as usize).rev().filter(|level| n >> level & 1 == 1) {
        transform::transpose_block(&mut mask, level, first);
        first += 1 << level;
    }
    mask
}
