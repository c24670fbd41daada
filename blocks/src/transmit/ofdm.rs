use super::TxSlot;
use crate::slot_port::SlotReader;
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use nrflow::ofdm::OfdmModulator;
use std::sync::Arc;

/// Grids to samples, one antenna port; each slot carries its first sample's number as `Tag::Id`.
#[derive(Block)]
pub struct OfdmTransmit {
    #[input]
    input: SlotReader<Arc<TxSlot>>,
    #[output]
    output: DefaultCpuWriter<Complex32>,
    modulator: OfdmModulator,
    longest: usize,
}

impl OfdmTransmit {
    /// Through `modulator`, into a buffer of four slots.
    pub fn new(modulator: OfdmModulator) -> Self {
        let mut output = DefaultCpuWriter::<Complex32>::default();
        let slots = modulator.config().numerology().slots_per_subframe();
        let longest = (0..slots).map(|slot| modulator.slot_len(slot)).max().unwrap_or(0);
        output.set_min_buffer_size_in_items(4 * longest);
        Self { input: SlotReader::default(), output, modulator, longest }
    }
}

impl Kernel for OfdmTransmit {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        loop {
            let (space, mut tags) = self.output.slice_with_tags();
            if space.len() < self.longest {
                // The reader's taking of samples calls again.
                return Ok(());
            }
            let Some(slot) = self.input.pop() else { break };
            let in_subframe = slot.at.slot_in_subframe();
            let n = self.modulator.slot_len(in_subframe);
            if slot.occupied {
                self.modulator.modulate_slot(in_subframe, &slot.grid, 0, &mut space[..n]);
            } else {
                space[..n].fill(Complex32::ZERO);
            }
            tags.add_tag(0, Tag::Id(slot.t0.0));
            self.output.produce(n);
        }
        io.finished = self.input.drained();
        Ok(())
    }
}
