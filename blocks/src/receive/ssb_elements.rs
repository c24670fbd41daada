use nrflow::ConfigError;
use nrflow::frame::{CyclicPrefix, Numerology, ReceivedSsb, SlotPoint, SsbPositions, SsbSchedule};
use nrflow::pdcch::{PdcchCandidate, PdcchConfig};
use nrflow::pdsch::ReservedElements;
use nrflow::rrc::Sib1;
use nrflow::ssb::FoundSsb;
use std::ops::Range;
use std::sync::Arc;

/// Where a cell's SS/PBCH blocks lie in a grid, as SIB1 tells: PDSCHs other than that of SIB1 leave these elements out,
/// and PDCCH candidates other than those of SIB1's search space that overlap with them are not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.214 5.1.4")]
#[doc(alias = "TS 38.213 10.1")]
pub struct SsbElements {
    schedule: SsbSchedule,
    cyclic_prefix: CyclicPrefix,
    blocks: Range<u16>,
}

impl SsbElements {
    /// Of the cell that sent `sib1` and the block `ssb`, which lies at `received`, in a grid of the spacing `numerology`
    /// whose blocks count from `origin_hz`; none where SIB1 does not say or the blocks lie below the grid.
    ///
    /// # Errors
    /// If SIB1 says that no SS/PBCH block is sent.
    pub fn new(
        sib1: &Sib1,
        ssb: &FoundSsb,
        positions: SsbPositions,
        received: &ReceivedSsb,
        origin_hz: u64,
        numerology: Numerology,
    ) -> Result<Option<Self>, ConfigError> {
        let Some(common) = sib1.serving_cell_config_common.as_ref() else { return Ok(None) };
        let Some(blocks) = received.touched_blocks(origin_hz, numerology) else { return Ok(None) };
        let indices = common.ssb_positions_in_burst.indices(positions.n_candidates());
        let period_ms = common.ssb_periodicity_serving_cell.ms();
        let schedule = SsbSchedule::new(positions, indices, period_ms, ssb.sfn(), ssb.half_frame())?;
        // SIB1 and what it configures in CORESET#0 have the normal prefix.
        Ok(Some(Self { schedule, cyclic_prefix: CyclicPrefix::Normal, blocks }))
    }

    /// The elements of the blocks in the slot `at`; none without a block.
    pub fn in_slot(&self, at: SlotPoint) -> Option<Arc<[ReservedElements]>> {
        let symbols = self.schedule.symbols(at, self.cyclic_prefix);
        let elements = || ReservedElements { crbs: self.blocks.clone().collect(), subcarriers: 0xfff, symbols };
        (symbols != 0).then(|| Arc::from([elements()]))
    }

    /// Takes those of `candidates` away that overlap with a block in the slot `at`.
    pub fn drop_candidates(&self, at: SlotPoint, config: &PdcchConfig, candidates: &mut Vec<PdcchCandidate>) {
        let symbols = self.schedule.symbols(at, self.cyclic_prefix);
        if symbols != 0 {
            candidates.retain(|&candidate| !config.overlaps(candidate, &self.blocks, symbols));
        }
    }
}
