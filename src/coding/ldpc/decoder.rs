use super::base_graph::{
    BaseGraph, CORE_ROWS, LiftedGraph, MAX_COLUMNS, MAX_EDGES, MAX_LIFTING_SIZE, MAX_ROW_DEGREE, MAX_ROWS,
    PUNCTURED_COLUMNS,
};
use super::plan::SchPlan;
use crate::coding::{LLR_SCALE, SoftBit};
use crate::kernel::Isa;
use crate::kernel::min_sum::{
    CheckRule, Lane, LayerEdge, MinSumScratch, PairThresholds, column_stride, message_stride, repeat_head,
};
use std::ops::Range;

/// How the decoder forms check messages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CheckMethod {
    /// Min-sum, the least magnitude multiplied by this factor (0 to 1, in steps of 1/64 for `i8`).
    Normalised(f32),
    /// Min-sum, the least magnitude lessened by this offset in natural units.
    Offset(f32),
    /// Min-sum with each pair of magnitudes corrected towards box-plus: by its table in `i8`, exactly in `f32`. What
    /// the decoder uses, for its loss is the least of the three at little more work.
    BoxPlus,
}

/// A soft bit that LDPC can be decoded from: `i8` in production, `f32` as reference.
pub trait LdpcSoftBit: SoftBit + Lane {
    /// The rule of the check kernel for codes of which `rows` rows of the base graph are decoded.
    fn check_rule(method: CheckMethod, rows: u64) -> CheckRule<Self>;

    /// A received soft bit in the decoder's own units.
    #[must_use]
    fn to_decoder(self) -> Self;
}

/// Inside the decoder an `i8` counts in units of 1/4 (natural units), half as fine as [`LLR_SCALE`]: what is lost by
/// rounding is less than what a doubled range saves.
const DECODER_SCALE: f32 = LLR_SCALE / 2.0;

/// The greatest `i8` message, 12 in natural units. A posteriori values saturate, and what saturation has cut off is
/// missing when old messages are taken out of them. With messages of at most 48, a saturated value (127) without one
/// of them (79) still answers with 48 to it; with greater ones correct bits flip at high signal-to-noise ratios.
const MESSAGE_LIMIT: i8 = 48;

/// ln(1 + e^-x), which box-plus takes off the lesser of two magnitudes x apart: in units of 1/4 that is 3 at 0, 2 up
/// to 3, 1 up to 7.
const PAIRS: PairThresholds = [1, 4, 8];
/// The same for low code rates, where magnitudes are so small that the second term of box-plus, ln(1 + e^-(sum)),
/// counts: it gives a part back.
const PAIRS_LOW_RATE: PairThresholds = [3, 7, 0];
/// From this many rows on (code rates below about 0.4) the second table is the better one.
const LOW_RATE_ROWS: u32 = 30;

impl LdpcSoftBit for i8 {
    fn check_rule(method: CheckMethod, rows: u64) -> CheckRule<Self> {
        let min_sum = |factor: f32, offset: f32| {
            let scale = (factor * 64.0).round().clamp(0.0, 64.0) as Self;
            let offset = (offset * DECODER_SCALE).round().clamp(0.0, 127.0) as Self;
            CheckRule::MinSum { scale, offset, limit: MESSAGE_LIMIT }
        };
        match method {
            CheckMethod::Normalised(factor) => min_sum(factor, 0.0),
            CheckMethod::Offset(offset) => min_sum(1.0, offset),
            CheckMethod::BoxPlus => {
                let pairs = if rows.count_ones() < LOW_RATE_ROWS { PAIRS } else { PAIRS_LOW_RATE };
                CheckRule::BoxPlus { pairs, limit: MESSAGE_LIMIT }
            }
        }
    }

    #[inline]
    fn to_decoder(self) -> Self {
        // Half of it, ties to even, so that rounding favours neither sign.
        let floor = self >> 1;
        floor + (self & floor & 1)
    }
}

impl LdpcSoftBit for f32 {
    fn check_rule(method: CheckMethod, _rows: u64) -> CheckRule<Self> {
        let min_sum = |scale, offset| CheckRule::MinSum { scale, offset, limit: Self::MAX };
        match method {
            CheckMethod::Normalised(factor) => min_sum(factor, 0.0),
            CheckMethod::Offset(offset) => min_sum(1.0, offset),
            CheckMethod::BoxPlus => CheckRule::BoxPlus { pairs: (), limit: Self::MAX },
        }
    }

    #[inline]
    fn to_decoder(self) -> Self {
        self
    }
}

/// The rows and edges that a transport block needs, in decoding order, and the rotation of each column at the end
/// of an iteration.
#[derive(Clone, Debug)]
struct Schedule {
    built_for: Option<(BaseGraph, usize, u64, Range<usize>)>,
    edges: Vec<LayerEdge>,
    /// The rows in decoding order.
    order: Vec<usize>,
    /// The edges of each row, in the same order.
    layers: Vec<Range<usize>>,
    /// The rotation at the end (and so at the beginning) of an iteration; `None` of a column without edges.
    rotation: [Option<usize>; MAX_COLUMNS],
}

impl Schedule {
    fn new() -> Self {
        Self {
            built_for: None,
            edges: Vec::with_capacity(MAX_EDGES),
            order: Vec::with_capacity(MAX_ROWS),
            layers: Vec::with_capacity(MAX_ROWS),
            rotation: [None; MAX_COLUMNS],
        }
    }

    /// Columns that are fillers altogether are known to be 0 and say nothing to a check: their edges are left out.
    fn build(&mut self, graph: &LiftedGraph, rows: u64, fillers: Range<usize>) {
        let z = graph.lifting_size();
        let code = Some((graph.base_graph(), z, rows, fillers.clone()));
        if self.built_for == code {
            return;
        }
        self.built_for = code;
        let stride = column_stride(z);
        let known = fillers.start.div_ceil(z)..fillers.end / z;
        decoding_order(graph, rows, &mut self.order);
        let used = |row: usize| graph.row(row).iter().filter(|c| !known.contains(&c.column));
        self.rotation = [None; MAX_COLUMNS];
        for circulant in self.order.iter().flat_map(|&row| used(row)) {
            self.rotation[circulant.column] = Some(circulant.shift);
        }
        self.edges.clear();
        self.layers.clear();
        let mut now = self.rotation;
        for &row in &self.order {
            let first = self.edges.len();
            for circulant in used(row) {
                let relative = |rotation: Option<usize>| {
                    let rotation = rotation.unwrap_or(0);
                    let (shift, z) = (circulant.shift, z);
                    (if shift < rotation { shift + z - rotation } else { shift - rotation }) as u32
                };
                self.edges.push(LayerEdge {
                    start: (circulant.column * stride) as u32,
                    shift: relative(now[circulant.column]),
                    final_shift: relative(self.rotation[circulant.column]),
                });
                now[circulant.column] = Some(circulant.shift);
            }
            self.layers.push(first..self.edges.len());
        }
    }
}

/// The order in which the rows are decoded: always the one with the fewest columns that nothing is known about yet
/// (at first those never sent), of these the one of least degree, whose messages are the most reliable, and of these
/// the last. Against ascending rows this saves about a quarter of the iterations.
pub(super) fn decoding_order(graph: &LiftedGraph, rows: u64, order: &mut Vec<usize>) {
    let mut left = rows;
    let mut unknown = (1u128 << PUNCTURED_COLUMNS) - 1;
    order.clear();
    let rank = |row: usize, unknown: u128| {
        let columns = graph.row(row);
        (columns.iter().filter(|c| unknown >> c.column & 1 == 1).count(), columns.len(), MAX_ROWS - row)
    };
    let all = 0..graph.base_graph().rows();
    while let Some(row) = all.clone().filter(|row| left >> row & 1 == 1).min_by_key(|&row| rank(row, unknown)) {
        left &= !(1 << row);
        graph.row(row).iter().for_each(|c| unknown &= !(1 << c.column));
        order.push(row);
    }
}

/// What came of a code block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodeBlockOutcome {
    /// Iterations spent.
    pub iterations: usize,
    /// Whether the bits were accepted.
    pub accepted: bool,
}

/// Layered min-sum decoder of code blocks.
#[derive(Clone, Debug)]
pub(super) struct CodeBlockDecoder<S> {
    isa: Isa,
    schedule: Schedule,
    values: Vec<S>,
    messages: Vec<S>,
    scratch: MinSumScratch<S>,
    bits: Vec<u8>,
}

impl<S: LdpcSoftBit> CodeBlockDecoder<S> {
    pub fn new(isa: Isa) -> Self {
        Self {
            isa,
            schedule: Schedule::new(),
            values: vec![S::ERASED; MAX_COLUMNS * column_stride(MAX_LIFTING_SIZE)],
            messages: vec![S::ERASED; MAX_EDGES * message_stride(MAX_LIFTING_SIZE)],
            scratch: MinSumScratch::new(MAX_ROW_DEGREE, MAX_LIFTING_SIZE),
            bits: vec![0; MAX_COLUMNS * MAX_LIFTING_SIZE],
        }
    }

    /// Prepares for the code blocks of a plan with these rows of the base graph.
    pub fn prepare(&mut self, plan: &SchPlan, rows: u64) {
        let s = plan.segmentation();
        self.schedule.build(plan.graph(), rows, s.used_bits()..s.block_bits());
    }

    /// Decodes the code block of the N soft bits `soft` (d, fillers of any value) into [`CodeBlockDecoder::bits`];
    /// ends as soon as all parity checks hold, or those of the core do and `accept` takes the K' bits.
    pub fn decode(
        &mut self,
        plan: &SchPlan,
        soft: &[S],
        max_iterations: usize,
        rule: &CheckRule<S>,
        mut accept: impl FnMut(&[u8]) -> bool,
    ) -> CodeBlockOutcome {
        let used = plan.segmentation().used_bits();
        let z = plan.segmentation().lifting_size();
        self.load(plan, soft);
        let lanes = message_stride(z);
        self.messages[..self.schedule.edges.len() * lanes].fill(S::ERASED);
        let mut iterations = 0;
        while iterations < max_iterations {
            iterations += 1;
            for layer in &self.schedule.layers {
                S::min_sum_layer(
                    self.isa,
                    z,
                    &self.schedule.edges[layer.clone()],
                    &mut self.values,
                    &mut self.messages[layer.start * lanes..layer.end * lanes],
                    &mut self.scratch,
                    rule,
                );
            }
            if !self.parity_holds(z, |row| row < CORE_ROWS) {
                continue;
            }
            let word = self.parity_holds(z, |row| row >= CORE_ROWS);
            let decided = self.decide(z, used);
            let accepted = self.accepted(used, decided, &mut accept);
            if accepted || word && decided {
                return CodeBlockOutcome { iterations, accepted };
            }
        }
        let decided = self.decide(z, used);
        CodeBlockOutcome { iterations, accepted: self.accepted(used, decided, &mut accept) }
    }

    /// Undecided bits are taken for 0, and all zeros satisfy every parity check and CRC: a redundancy version that
    /// does not reach the systematic bits must not decode to that word.
    fn accepted(&self, used: usize, decided: bool, accept: &mut impl FnMut(&[u8]) -> bool) -> bool {
        let bits = &self.bits[..used];
        (decided || bits.contains(&1)) && accept(bits)
    }

    /// The K' bits decided last (and a few behind them).
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// Whether all checks of these rows hold.
    fn parity_holds(&self, z: usize, of: impl Fn(usize) -> bool) -> bool {
        let Schedule { edges, layers, order, .. } = &self.schedule;
        let mut layers = order.iter().zip(layers).filter(|&(&row, _)| of(row));
        layers.all(|(_, layer)| S::parity_holds(self.isa, z, &edges[layer.clone()], &self.values))
    }

    /// Fills the columns, each rotated as the end of an iteration leaves it.
    fn load(&mut self, plan: &SchPlan, soft: &[S]) {
        let s = plan.segmentation();
        let z = s.lifting_size();
        let columns = self.values.chunks_exact_mut(column_stride(z));
        for (index, (column, rotation)) in columns.zip(&self.schedule.rotation).enumerate() {
            let &Some(rotation) = rotation else { continue };
            if index < PUNCTURED_COLUMNS {
                column[..z].fill(S::ERASED);
            } else {
                let from = &soft[(index - PUNCTURED_COLUMNS) * z..][..z];
                let (head, tail) = from.split_at(rotation);
                let (first, last) = column[..z].split_at_mut(tail.len());
                first.iter_mut().zip(tail).for_each(|(to, value)| *to = value.to_decoder());
                last.iter_mut().zip(head).for_each(|(to, value)| *to = value.to_decoder());
                let fillers = s.used_bits().max(index * z)..s.block_bits().min((index + 1) * z);
                for bit in fillers {
                    column[(bit - index * z + z - rotation) % z] = S::CERTAIN_ZERO;
                }
            }
            repeat_head(column, z);
        }
    }

    /// Hard decisions of the columns that the first `used` bits lie in; false if one of them is still undecided
    /// (value 0).
    fn decide(&mut self, z: usize, used: usize) -> bool {
        let columns = self.values.chunks_exact(column_stride(z)).zip(&self.schedule.rotation);
        let mut decided = true;
        for (bits, (column, rotation)) in self.bits.chunks_exact_mut(z).zip(columns).take(used.div_ceil(z)) {
            // Every systematic column has edges in the core.
            let rotation = rotation.unwrap_or(0);
            let undecided = column[..z].iter().filter(|&&value| value == S::ERASED).count();
            decided &= undecided == 0;
            let (first, last) = bits.split_at_mut(rotation);
            last.iter_mut().zip(&column[..z - rotation]).for_each(|(bit, value)| *bit = value.hard());
            first.iter_mut().zip(&column[z - rotation..z]).for_each(|(bit, value)| *bit = value.hard());
        }
        decided
    }
}
