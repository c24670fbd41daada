use nrflow::frame::{Numerology, SlotPoint, SsbPositions};
use nrflow::pdsch::ReservedElements;
use nrflow::rrc::Sib1;
use nrflow::ssb::FoundSsb;
use std::sync::Arc;

/// Where a cell's SS/PBCH blocks lie, as SIB1 tells: PDSCHs other than that of SIB1 leave these elements out.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.214 5.1.4")]
pub(super) struct SsbElements {
    numerology: Numerology,
    positions: SsbPositions,
    indices: Vec<usize>,
    period_ms: u32,
    /// A frame and half frame that has blocks.
    sfn: u16,
    half_frame: u8,
    crbs: Vec<u16>,
}

impl SsbElements {
    /// Of the cell that sent `sib1` and the block `ssb` with its centre at `frequency_hz`; none where the blocks' spacing
    /// is not that of the PDSCH (`numerology`), whose elements they then do not share one by one.
    pub fn new(
        sib1: &Sib1,
        ssb: &FoundSsb,
        positions: SsbPositions,
        frequency_hz: u64,
        point_a_hz: u64,
        numerology: Numerology,
    ) -> Option<Self> {
        let common = sib1.serving_cell_config_common.as_ref()?;
        let scs = u64::from(numerology.scs_hz());
        let lowest = frequency_hz.checked_sub(120 * scs)?.checked_sub(point_a_hz)?;
        let (first, end) = (lowest / (12 * scs), (lowest + 240 * scs).div_ceil(12 * scs));
        let crbs = (u16::try_from(first).ok()?..u16::try_from(end).ok()?).collect();
        (ssb.numerology == numerology).then(|| Self {
            numerology,
            indices: common.ssb_positions_in_burst.indices(positions.n_candidates()),
            positions,
            period_ms: common.ssb_periodicity_serving_cell.ms(),
            sfn: ssb.sfn(),
            half_frame: ssb.half_frame(),
            crbs,
        })
    }

    /// The elements of the blocks in the slot `at`; none without a block.
    pub fn in_slot(&self, at: SlotPoint) -> Option<Arc<[ReservedElements]>> {
        let frames = (self.period_ms / 10).max(1);
        let of_frame = (u32::from(at.sfn()) + 1024 - u32::from(self.sfn)).is_multiple_of(frames);
        if !of_frame {
            return None;
        }
        let half_frames = if self.period_ms == 5 { vec![0, 1] } else { vec![self.half_frame] };
        let mut symbols = 0;
        for time in self.indices.iter().filter_map(|&index| self.positions.get(index)) {
            if half_frames.iter().any(|&half| time.slot_in_frame(self.numerology, half) == at.slot()) {
                symbols |= 0xf << time.first_symbol;
            }
        }
        let elements = || ReservedElements { crbs: self.crbs.clone(), subcarriers: 0xfff, symbols };
        (symbols != 0).then(|| Arc::from([elements()]))
    }
}
