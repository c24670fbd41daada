use super::{SampleSlot, SyncError, SyncSettings, Synchroniser};
use crate::{Pool, SlotWriter};
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use std::sync::Arc;

/// The block around a [`Synchroniser`]: samples in, slots of every cell out.
#[derive(Block)]
pub struct CellSync {
    #[input]
    input: DefaultCpuReader<Complex32>,
    #[output]
    output: SlotWriter<Arc<SampleSlot>>,
    synchroniser: Synchroniser,
    pool: Option<Pool<SampleSlot>>,
    waiting: Option<Arc<SampleSlot>>,
}

impl CellSync {
    /// # Errors
    /// As [`Synchroniser::new`].
    pub fn new(settings: SyncSettings) -> Result<Self, SyncError> {
        Ok(Self {
            input: DefaultCpuReader::default(),
            output: SlotWriter::shared(crate::slot_port::DEFAULT_DEPTH),
            synchroniser: Synchroniser::new(settings)?,
            pool: None,
            waiting: None,
        })
    }

    /// Sample rate of the slots in Hz.
    pub fn slot_rate_hz(&self) -> u64 {
        self.synchroniser.slot_rate_hz()
    }

    /// The next slot that is ready.
    fn take(&mut self) -> Option<Arc<SampleSlot>> {
        if self.pool.is_none() {
            let cell = Arc::clone(self.synchroniser.cells().next()?);
            self.pool = Some(Pool::new(SampleSlot::new(cell).ok()?));
        }
        let (pool, synchroniser) = (self.pool.as_mut()?, &mut self.synchroniser);
        let mut filled = false;
        let slot = pool.share(|slot| filled = synchroniser.next_slot(slot));
        filled.then_some(slot)
    }
}

impl Kernel for CellSync {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        let ended = self.input.finished();
        loop {
            if self.waiting.is_none() {
                self.waiting = self.take();
            }
            let Some(slot) = self.waiting.take() else { break };
            match self.output.reserve() {
                Some(space) => space.send(slot),
                None => {
                    self.waiting = Some(slot);
                    return Ok(());
                }
            }
        }
        // No slot is left in what is known: more samples.
        let samples = self.input.slice();
        let n = samples.len();
        if n > 0 {
            self.synchroniser.push(samples);
            self.input.consume(n);
            io.call_again = true;
        } else if ended {
            if self.synchroniser.is_ended() {
                io.finished = true;
            } else {
                self.synchroniser.end();
                io.call_again = true;
            }
        }
        Ok(())
    }
}
