use super::base_graph::{BaseGraph, MAX_LIFTING_SIZE};
use super::plan::SchPlan;
use super::segmentation::Segmentation;
use crate::coding::SoftBit;

/// The soft bits of one transport block, summed over its transmissions, and the code blocks already decoded.
///
/// Memory is taken in `new` only, so that a pool of these serves the HARQ processes of a link for ever. A new
/// transport block begins with [`HarqBuffer::reset`] (new-data indicator toggled); a plan with another block size
/// or segmentation than the last one resets by itself, for it cannot be the same block.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.212 5.4.2.1")]
pub struct HarqBuffer<S> {
    soft: Vec<S>,
    payload: Vec<u8>,
    decoded: Vec<bool>,
    block: Option<(usize, Segmentation)>,
    rows: u64,
}

impl<S: SoftBit> HarqBuffer<S> {
    /// Room for any transport block of up to `max_tbs` bits.
    pub fn new(max_tbs: usize) -> Self {
        let bits = max_tbs + 24;
        let needs = [BaseGraph::One, BaseGraph::Two].map(|bg| {
            let code_blocks = bits.div_ceil(bg.max_code_block() - 24);
            // Shorter blocks may lift higher: at these lengths K_b steps up (TS 38.212 5.2.2).
            let lengths = [bits, 640, 560, 192].map(|b| b.min(bits));
            let longest =
                lengths.into_iter().filter_map(|b| Segmentation::new(b, bg).ok()).map(|s| s.coded_bits()).max();
            let n = if code_blocks == 1 { longest } else { None };
            (code_blocks, code_blocks * n.unwrap_or(bg.coded_columns() * MAX_LIFTING_SIZE))
        });
        let [(blocks_one, soft_one), (blocks_two, soft_two)] = needs;
        Self {
            soft: vec![S::ERASED; soft_one.max(soft_two)],
            payload: vec![0; bits],
            decoded: vec![false; blocks_one.max(blocks_two)],
            block: None,
            rows: 0,
        }
    }

    /// Forgets the transport block: what comes next is new data.
    pub fn reset(&mut self) {
        self.block = None;
    }

    /// Whether no transmission of the present transport block has come yet.
    pub const fn is_empty(&self) -> bool {
        self.block.is_none()
    }

    /// Whether the block of a plan has room.
    pub fn fits(&self, plan: &SchPlan) -> bool {
        let s = plan.segmentation();
        s.code_blocks() * s.coded_bits() <= self.soft.len()
            && s.code_blocks() <= self.decoded.len()
            && plan.tbs() + plan.crc().len() <= self.payload.len()
    }

    /// Makes the buffer one for the block of `plan`: kept if it is, else cleared.
    pub(super) fn prepare(&mut self, plan: &SchPlan) {
        let block = Some((plan.tbs(), *plan.segmentation()));
        if self.block != block {
            let s = plan.segmentation();
            self.soft[..s.code_blocks() * s.coded_bits()].fill(S::ERASED);
            self.decoded[..s.code_blocks()].fill(false);
            self.rows = 0;
            self.block = block;
        }
        self.rows |= plan.rows();
    }

    /// The rows of the base graph that the transmissions so far need.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn is_decoded(&self, r: usize) -> bool {
        self.decoded[r]
    }

    pub(super) fn set_decoded(&mut self, r: usize, decoded: bool) {
        self.decoded[r] = decoded;
    }

    /// The N soft bits of code block `r`.
    pub(super) fn soft_mut(&mut self, r: usize, n: usize) -> &mut [S] {
        &mut self.soft[r * n..(r + 1) * n]
    }

    /// The `n` payload bits of code block `r`.
    pub(super) fn payload_mut(&mut self, r: usize, n: usize) -> &mut [u8] {
        &mut self.payload[r * n..(r + 1) * n]
    }

    /// The decided bits of the transport block, its CRC included.
    pub(super) fn payload(&self, bits: usize) -> &[u8] {
        &self.payload[..bits]
    }
}
