use super::{BlockKind, CellSchedule, SlotJobs};
use crate::slot_port::{DEFAULT_DEPTH, SlotWriter};
use futuresdr::runtime::dev::prelude::*;
use nrflow::frame::{Rnti, SampleTime, SlotPoint};
use nrflow::ofdm::OfdmConfig;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A transmission of a transport block.
#[derive(Clone, Debug)]
pub struct SentBlock {
    /// In which slot.
    pub at: SlotPoint,
    /// Slots since the first one.
    pub slot_number: u64,
    /// With which RNTI.
    pub rnti: Rnti,
    /// What it is.
    pub kind: BlockKind,
    /// How often it was sent before.
    pub transmission: u8,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

/// What was sent so far.
#[derive(Clone, Debug, Default)]
pub struct SentLog {
    /// Slots.
    pub slots: u64,
    /// Samples.
    pub samples: u64,
    /// SS/PBCH blocks.
    pub ssbs: u64,
    /// DCIs.
    pub dcis: u64,
    /// Transport blocks with SIB1.
    pub sib1_blocks: u64,
    /// Transport blocks with user data, however often each was sent.
    pub user_blocks: u64,
    /// Bytes of user data.
    pub user_bytes: u64,
    /// Every transmission of them, if they are to be kept.
    pub blocks: Vec<SentBlock>,
}

impl SentLog {
    fn add(&mut self, jobs: &SlotJobs, keep: bool) {
        self.slots += 1;
        self.ssbs += jobs.ssbs.len() as u64;
        self.dcis += jobs.pdcchs.len() as u64;
        for job in &jobs.pdschs {
            match job.kind {
                BlockKind::Sib1 => self.sib1_blocks += 1,
                BlockKind::User if job.transmission == 0 => {
                    self.user_blocks += 1;
                    self.user_bytes += job.block.len() as u64;
                }
                BlockKind::User => {}
            }
            if keep {
                self.blocks.push(SentBlock {
                    at: jobs.at,
                    slot_number: jobs.number,
                    rnti: job.config.rnti(),
                    kind: job.kind,
                    transmission: job.transmission,
                    bytes: Arc::clone(&job.block),
                });
            }
        }
    }
}

/// The source of a transmit graph: what is to be sent, slot after slot, to all transmitters alike.
#[derive(Block)]
pub struct SlotClock {
    #[output]
    output: SlotWriter<Arc<SlotJobs>>,
    schedule: CellSchedule,
    ofdm: OfdmConfig,
    left: u64,
    t0: u64,
    keep_blocks: bool,
    sent: Arc<Mutex<SentLog>>,
    position: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl SlotClock {
    /// The first `n_slots` slots of `schedule`, or fewer if it is over before, with the lengths in samples of `ofdm`.
    /// With `keep_blocks` the log keeps every transport block, which for long runs takes memory.
    pub fn new(schedule: CellSchedule, ofdm: &OfdmConfig, n_slots: u64, keep_blocks: bool) -> Self {
        Self {
            output: SlotWriter::shared(DEFAULT_DEPTH),
            schedule,
            ofdm: ofdm.clone(),
            left: n_slots,
            t0: 0,
            keep_blocks,
            sent: Arc::default(),
            position: Arc::default(),
            stop: Arc::default(),
        }
    }

    /// Set it to end after the slot that is being given out.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// What was sent, to read after (or during) the run.
    pub fn sent(&self) -> Arc<Mutex<SentLog>> {
        Arc::clone(&self.sent)
    }

    /// The number of slots given out so far, to watch from outside.
    pub fn position(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.position)
    }
}

impl Kernel for SlotClock {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        if self.output.abandoned() {
            io.finished = true;
            return Ok(());
        }
        while self.left > 0 && !self.stop.load(Ordering::Acquire) && !self.schedule.is_over() {
            let Some(space) = self.output.reserve() else { return Ok(()) };
            let jobs = self.schedule.next_slot(SampleTime(self.t0))?;
            self.t0 += self.ofdm.slot_len(jobs.at.slot_in_subframe()) as u64;
            self.left -= 1;
            {
                let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
                sent.add(&jobs, self.keep_blocks);
                sent.samples = self.t0;
            }
            space.send(Arc::new(jobs));
            self.position.fetch_add(1, Ordering::Relaxed);
        }
        io.finished = true;
        Ok(())
    }
}
