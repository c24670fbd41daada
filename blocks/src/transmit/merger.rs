use super::{TransmitCell, TxSlot};
use crate::Pool;
use crate::slot_port::{DEFAULT_DEPTH, SlotReader, SlotWriter};
use futuresdr::runtime::dev::prelude::*;
use std::sync::Arc;

/// Adds the grids of the same slot: ports `inputs[0]`, `inputs[1]`, … and `output`.
#[derive(Block)]
pub struct GridMerger {
    #[input]
    inputs: Vec<SlotReader<Arc<TxSlot>>>,
    #[output]
    output: SlotWriter<Arc<TxSlot>>,
    parts: Vec<Arc<TxSlot>>,
    pool: Pool<TxSlot>,
}

/// Why grids cannot be merged.
#[derive(Debug, thiserror::Error)]
enum MergeError {
    #[error("grid merger: input 0 is at slot {first}, input {input} at slot {other}")]
    OutOfStep { first: String, input: usize, other: String },
    #[error("grid merger: input {input} ended while others have slots left")]
    Short { input: usize },
}

impl GridMerger {
    /// A merger of `n_inputs` parts of each slot of `cell`.
    pub fn new(cell: &TransmitCell, n_inputs: usize) -> Self {
        Self {
            inputs: (0..n_inputs).map(|_| SlotReader::default()).collect(),
            output: SlotWriter::shared(DEFAULT_DEPTH),
            parts: Vec::with_capacity(n_inputs),
            pool: Pool::new(TxSlot::empty(cell.carrier(), cell.n_ports(), cell.first_slot())),
        }
    }

    /// One slot of the parts taken; a part that stands alone goes through as it is.
    fn merge(parts: &mut Vec<Arc<TxSlot>>, pool: &mut Pool<TxSlot>) -> Result<Arc<TxSlot>, MergeError> {
        let (at, t0) = (parts[0].at, parts[0].t0);
        if let Some(input) = parts.iter().position(|part| (part.at, part.t0) != (at, t0)) {
            let other = parts[input].at.to_string();
            return Err(MergeError::OutOfStep { first: at.to_string(), input, other });
        }
        let occupied = parts.iter().filter(|part| part.occupied).count();
        let merged = if occupied > 1 {
            pool.share(|slot| {
                slot.begin(at, t0);
                parts.iter().filter(|part| part.occupied).for_each(|part| slot.add(part));
            })
        } else {
            let alone = parts.iter().position(|part| part.occupied).unwrap_or(0);
            Arc::clone(&parts[alone])
        };
        // Not kept: their pools want them back.
        parts.clear();
        Ok(merged)
    }
}

impl Kernel for GridMerger {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        while let Some(space) = self.output.reserve() {
            if self.inputs.is_empty() || !self.inputs.iter().all(SlotReader::has_items) {
                break;
            }
            self.parts.extend(self.inputs.iter_mut().filter_map(SlotReader::pop));
            space.send(Self::merge(&mut self.parts, &mut self.pool)?);
        }
        if let Some(input) = self.inputs.iter().position(SlotReader::drained) {
            if self.inputs.iter().any(SlotReader::has_items) {
                return Err(MergeError::Short { input }.into());
            }
            io.finished = self.inputs.iter().all(SlotReader::drained);
        }
        Ok(())
    }
}
