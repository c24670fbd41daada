use super::{SampleSlot, SyncError, SyncSettings, Synchroniser};
use crate::sample_edge::{self, Mark};
use crate::{Pool, SlotWriter};
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use std::sync::Arc;

/// The block around a [`Synchroniser`]: samples in, slots of every cell out: ports `inputs[0]`, … (an antenna each, of
/// one clock: what the first one's tags say is missing is missing in all) and `output`.
#[derive(Block)]
pub struct CellSync {
    #[input]
    inputs: Vec<DefaultCpuReader<Complex32>>,
    #[output]
    output: SlotWriter<Arc<SampleSlot>>,
    synchroniser: Synchroniser,
    pool: Option<Pool<SampleSlot>>,
    waiting: Option<Arc<SampleSlot>>,
    /// The stream's time of the next sample.
    next: u64,
    /// What is missing before it; the slots before that come first.
    missing: Option<Missing>,
    /// What is missing before the first sample was seen to.
    passed: bool,
}

/// What is missing at a place of the stream.
#[derive(Clone, Copy, Default)]
struct Missing {
    /// So many samples.
    samples: u64,
    /// And nobody knows how many more.
    more: bool,
}

impl Missing {
    fn add(&mut self, mark: Mark) {
        match mark {
            Mark::Leap(n) => self.samples += n,
            Mark::Break => self.more = true,
            Mark::Lost(_) => {}
        }
    }
}

impl CellSync {
    /// # Errors
    /// As [`Synchroniser::new`].
    pub fn new(settings: SyncSettings) -> Result<Self, SyncError> {
        Ok(Self {
            inputs: (0..settings.n_antennas.max(1)).map(|_| DefaultCpuReader::default()).collect(),
            output: SlotWriter::shared(crate::slot_port::DEFAULT_DEPTH),
            synchroniser: Synchroniser::new(settings)?,
            pool: None,
            waiting: None,
            next: 0,
            missing: None,
            passed: false,
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
        let ended = self.inputs.iter().any(|input| input.finished());
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
        // No slot is left in what is known.
        if let Some(missing) = self.missing.take() {
            self.next += missing.samples;
            if missing.samples > 0 {
                self.synchroniser.skip(missing.samples);
            }
            if missing.more {
                self.synchroniser.lose();
            }
            self.passed = true;
        }
        // More samples, up to the next place where some are missing.
        let available = self.inputs.iter_mut().map(|input| input.slice().len()).min().unwrap_or(0);
        let (_, tags) = self.inputs[0].slice_with_tags();
        let mut place = available;
        let mut missing = Missing::default();
        for (index, mark) in sample_edge::marks(tags, self.next) {
            if index > place {
                break;
            }
            if index == 0 && self.passed || matches!(mark, Mark::Lost(_)) {
                continue;
            }
            place = index;
            missing.add(mark);
        }
        if place > 0 {
            self.synchroniser.push(self.inputs.iter_mut().map(|input| &input.slice()[..place]));
            self.inputs.iter_mut().for_each(|input| input.consume(place));
            self.next += place as u64;
            self.passed = false;
            io.call_again = true;
        } else if available > 0 {
            self.synchroniser.settle();
            self.missing = Some(missing);
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
