use super::{ReceivedCell, RxSlot, SampleSlot};
use crate::{Pool, SlotProcessor};
use nrflow::frame::ResourceGrid;
use nrflow::ofdm::{OfdmConfig, OfdmDemodulator};
use std::sync::Arc;

/// Slots of samples to resource grids; a plan for each cell is made with its first slot.
#[derive(Default)]
pub struct OfdmReceive {
    sample_rate_hz: u64,
    plans: Vec<Option<Plan>>,
}

struct Plan {
    demodulator: Option<OfdmDemodulator>,
    pool: Pool<RxSlot>,
}

impl OfdmReceive {
    /// `sample_rate_hz` is that of the slots, [`super::Synchroniser::slot_rate_hz`].
    pub fn new(sample_rate_hz: u64) -> Self {
        Self { sample_rate_hz, plans: Vec::new() }
    }

    fn plan(&mut self, cell: &Arc<ReceivedCell>, first: &SampleSlot) -> &mut Plan {
        while self.plans.len() <= cell.index {
            self.plans.push(None);
        }
        let rate = self.sample_rate_hz;
        self.plans[cell.index].get_or_insert_with(|| {
            let demodulator = cell.control.as_ref().and_then(|control| {
                // The synchroniser cuts slots only for a grid that fits the rate.
                let carrier = control.received_carrier().ok()?;
                let config = OfdmConfig::new(&carrier, rate, 0, control.phase_compensation_hz).ok()?;
                Some(OfdmDemodulator::new(&config))
            });
            let (grid, wide) = match (&demodulator, &cell.control) {
                (Some(_), Some(control)) => control.grids(cell.n_antennas),
                _ => (ResourceGrid::new(0, 0, 0), ResourceGrid::new(0, 0, 0)),
            };
            let slot = RxSlot {
                cell: Arc::clone(cell),
                at: first.at,
                start: 0.0,
                continuity: first.continuity,
                whole_symbols: 0,
                grid,
                wide,
                ssbs: Vec::new(),
            };
            Plan { demodulator, pool: Pool::new(slot) }
        })
    }
}

impl SlotProcessor for OfdmReceive {
    type In = Arc<SampleSlot>;
    type Out = Arc<RxSlot>;

    fn process(&mut self, slot: Arc<SampleSlot>) -> Option<Arc<RxSlot>> {
        let Plan { demodulator, pool } = self.plan(&slot.cell, &slot);
        Some(pool.share(|out| {
            out.at = slot.at;
            out.start = slot.start;
            out.continuity = slot.continuity;
            out.ssbs.clone_from(&slot.ssbs);
            if let Some(demodulator) = demodulator
                && let Some(first) = slot.antennas.first()
            {
                let per_slot = demodulator.config().carrier().symbols_per_slot();
                // What is missing at the end, in symbols, rounded up; half a prefix less is no loss.
                let symbol = first.len() / per_slot;
                let lost = slot.missing.1.saturating_sub(symbol / 30).div_ceil(symbol);
                out.whole_symbols = per_slot - lost.min(per_slot);
                let in_subframe = slot.at.slot_in_subframe();
                let grid = out.widest_mut();
                for (antenna, samples) in slot.antennas.iter().enumerate() {
                    demodulator.demodulate_slot(in_subframe, samples, antenna, grid);
                }
                out.narrow();
            }
        }))
    }
}
