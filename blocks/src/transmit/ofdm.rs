use super::TxSlot;
use crate::slot_port::SlotReader;
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use nrflow::ofdm::OfdmModulator;
use std::sync::Arc;

/// Grids to samples: ports `input` and `outputs[0]`, … an antenna port each; each slot carries its first sample's number
/// as `Tag::Id`.
#[derive(Block)]
pub struct OfdmTransmit {
    #[input]
    input: SlotReader<Arc<TxSlot>>,
    #[output]
    outputs: Vec<DefaultCpuWriter<Complex32>>,
    modulator: OfdmModulator,
    longest: usize,
}

impl OfdmTransmit {
    /// Through `modulator`, each of `n_ports` antenna ports into a buffer of four slots.
    pub fn new(modulator: OfdmModulator, n_ports: usize) -> Self {
        let slots = modulator.config().numerology().slots_per_subframe();
        let longest = (0..slots).map(|slot| modulator.slot_len(slot)).max().unwrap_or(0);
        let output = || {
            let mut output = DefaultCpuWriter::<Complex32>::default();
            output.set_min_buffer_size_in_items(4 * longest);
            output
        };
        Self { input: SlotReader::default(), outputs: (0..n_ports).map(|_| output()).collect(), modulator, longest }
    }
}

impl Kernel for OfdmTransmit {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        loop {
            if self.outputs.iter_mut().any(|output| output.slice().len() < self.longest) {
                // The reader's taking of samples calls again.
                return Ok(());
            }
            let Some(slot) = self.input.pop() else { break };
            let in_subframe = slot.at.slot_in_subframe();
            let n = self.modulator.slot_len(in_subframe);
            for (port, output) in self.outputs.iter_mut().enumerate() {
                let (space, mut tags) = output.slice_with_tags();
                if slot.occupied {
                    self.modulator.modulate_slot(in_subframe, &slot.grid, port, &mut space[..n]);
                } else {
                    space[..n].fill(Complex32::ZERO);
                }
                tags.add_tag(0, Tag::Id(slot.t0.0));
                output.produce(n);
            }
        }
        io.finished = self.input.drained();
        Ok(())
    }
}
