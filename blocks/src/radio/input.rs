use super::counters::{Counters, Notices};
use super::reopen::reopened;
use super::timeline::{DeviceTime, Placement, Timeline};
use super::{Chunk, WireFormat};
use crate::Failure;
use crossbeam_channel::{Receiver, Sender};
use futuresdr::runtime::dev::BlockNotifier;
use nrflow::frame::SampleTime;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether a peer goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It does, as a radio: what is not taken in time is lost.
    RealTime,
    /// It waits for whoever reads or writes, as a recording or a simulation does.
    OnDemand,
}

/// What came of a read.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// Samples were put into the chunk from [`Chunk::len`] on, which the reader's caller then raises.
    Samples {
        /// How many, a channel.
        n: usize,
        /// When the first was received, by the device's clock.
        time: Option<DeviceTime>,
    },
    /// Nothing came in time.
    TimedOut,
    /// The device lost samples.
    Overflow,
    /// The device transmits, and cannot receive meanwhile: what is missing was never to come.
    Paused,
    /// The stream failed; the device may be gone.
    Failed(String),
    /// The peer will send nothing more.
    Ended,
}

/// Something that gives samples in time: a radio, or a peer on the network. It lives in a thread of its own.
pub trait SampleInput: Send + 'static {
    /// Format of the samples.
    fn format(&self) -> WireFormat;

    /// Channels; all have the same clock.
    fn n_channels(&self) -> usize;

    /// Sample rate in Hz, as exactly as it is known.
    fn sample_rate_hz(&self) -> f64;

    /// Whether it waits for its reader.
    fn pace(&self) -> Pace;

    /// Samples that fit well into one read.
    fn preferred_read(&self) -> usize {
        8192
    }

    /// Reads into `chunk` from `chunk.len` on, as many samples as come at once and fit; waits for them a fraction of a
    /// second. Leaves `chunk.len` as it is.
    fn read(&mut self, chunk: &mut Chunk) -> Received;

    /// Opens the device anew after it failed.
    ///
    /// # Errors
    /// A sentence on why it cannot be opened.
    fn reopen(&mut self) -> Result<(), String>;
}

impl SampleInput for Box<dyn SampleInput> {
    fn format(&self) -> WireFormat {
        (**self).format()
    }

    fn n_channels(&self) -> usize {
        (**self).n_channels()
    }

    fn sample_rate_hz(&self) -> f64 {
        (**self).sample_rate_hz()
    }

    fn pace(&self) -> Pace {
        (**self).pace()
    }

    fn preferred_read(&self) -> usize {
        (**self).preferred_read()
    }

    fn read(&mut self, chunk: &mut Chunk) -> Received {
        (**self).read(chunk)
    }

    fn reopen(&mut self) -> Result<(), String> {
        (**self).reopen()
    }
}

/// How a receive thread runs.
#[derive(Clone, Copy, Debug)]
pub struct ReceiveOptions {
    /// Stops after so many samples of the stream, gaps included.
    pub limit: Option<u64>,
    /// A device's clock that leaps by more than this was set anew.
    pub longest_gap: Duration,
    /// How long a device that failed is tried to be opened again; not at all if zero.
    pub reopen_for: Duration,
}

impl Default for ReceiveOptions {
    /// Without an end; gaps up to a second; ten seconds to come back.
    fn default() -> Self {
        Self { limit: None, longest_gap: Duration::from_secs(1), reopen_for: Duration::from_secs(10) }
    }
}

/// The receive thread.
pub(super) struct ReceiveThread<I> {
    pub input: I,
    pub options: ReceiveOptions,
    pub full: Sender<Chunk>,
    pub empty: Receiver<Chunk>,
    pub wake: BlockNotifier,
    pub stop: Arc<AtomicBool>,
    pub counters: Arc<Counters>,
    pub notices: Notices,
    pub failure: Failure,
    /// Whether the device stands still, or has and not yet given a sample since.
    pub paused: bool,
}

/// How long a thread waits at most before it looks whether it is to stop.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

/// What came of a read, after all that concerns the device itself was seen to.
enum Step {
    Samples(usize, Placement),
    Nothing,
    End,
}

impl<I: SampleInput> ReceiveThread<I> {
    /// Receives until it is told to stop, the peer ends, or the device is gone for good.
    pub fn run(mut self) {
        let longest_gap = (self.options.longest_gap.as_secs_f64() * self.input.sample_rate_hz()) as u64;
        let mut line = Timeline::new(longest_gap);
        // Whatever finds no free chunk goes here.
        let mut scratch = Chunk::new(self.input.format(), self.input.n_channels(), self.input.preferred_read());
        // Whether a chunk that was not kept came after a break.
        let mut broken = false;
        let mut carried: Option<Chunk> = None;
        loop {
            let Some(mut chunk) = carried.take().or_else(|| self.free_chunk()) else {
                if self.is_over(&line) {
                    break;
                }
                if self.input.pace() == Pace::OnDemand {
                    continue;
                }
                scratch.clear();
                match self.read(&mut scratch, &mut line) {
                    Step::Samples(n, placement) => {
                        Counters::add(&self.counters.dropped, n as u64);
                        broken |= placement == Placement::Broken;
                    }
                    Step::Nothing => {}
                    Step::End => break,
                }
                continue;
            };
            let mut over = false;
            while !self.is_over(&line) && chunk.capacity() - chunk.len >= self.input.preferred_read() {
                match self.read(&mut chunk, &mut line) {
                    Step::Samples(n, placement) => {
                        broken |= placement == Placement::Broken;
                        if placement != Placement::Continues && chunk.len > 0 {
                            carried = self.begin_with_tail_of(&chunk, n);
                            match &mut carried {
                                Some(next) => begin(next, &line, std::mem::take(&mut broken)),
                                None => Counters::add(&self.counters.dropped, n as u64),
                            }
                            break;
                        }
                        chunk.len += n;
                        if chunk.len == n {
                            begin(&mut chunk, &line, std::mem::take(&mut broken));
                        }
                    }
                    Step::Nothing if chunk.len > 0 => break,
                    Step::Nothing => {}
                    Step::End => {
                        over = true;
                        break;
                    }
                }
            }
            self.send(chunk);
            if over || self.is_over(&line) {
                break;
            }
        }
        if let Some(chunk) = carried {
            self.send(chunk);
        }
        // The device is closed before the block learns of the end.
        drop(self.input);
        drop(self.full);
        self.wake.notify();
    }

    fn is_over(&self, line: &Timeline) -> bool {
        self.stop.load(Ordering::Acquire) || self.options.limit.is_some_and(|limit| line.next().0 >= limit)
    }

    fn free_chunk(&self) -> Option<Chunk> {
        let chunk = match self.input.pace() {
            Pace::RealTime => self.empty.try_recv().ok(),
            Pace::OnDemand => self.empty.recv_timeout(PATIENCE).ok(),
        };
        chunk.map(|mut chunk| {
            chunk.clear();
            chunk
        })
    }

    /// A new chunk with the `n` samples behind the filled part of `chunk`.
    fn begin_with_tail_of(&self, chunk: &Chunk, n: usize) -> Option<Chunk> {
        let mut next = self.free_chunk()?;
        next.copy_from(chunk, chunk.len, n);
        next.len = n;
        Some(next)
    }

    fn send(&self, mut chunk: Chunk) {
        if let Some(limit) = self.options.limit {
            chunk.len = chunk.len.min(limit.saturating_sub(chunk.start.0).try_into().unwrap_or(usize::MAX));
        }
        if chunk.len == 0 {
            return;
        }
        Counters::add(&self.counters.samples, chunk.len as u64);
        // There are as many places as chunks; an error says that the block has ended.
        if self.full.send(chunk).is_err() {
            self.stop.store(true, Ordering::Release);
        }
        self.counters.queue_high.fetch_max(self.full.len() as u64, Ordering::Relaxed);
        self.wake.notify();
    }

    fn read(&mut self, chunk: &mut Chunk, line: &mut Timeline) -> Step {
        match self.input.read(chunk) {
            Received::Samples { n, time } => {
                let placement = line.place(n, time);
                let paused = std::mem::take(&mut self.paused);
                match placement {
                    Placement::Continues => {}
                    Placement::Gap(missing) if paused => Counters::add(&self.counters.paused, missing),
                    Placement::Broken if paused => {}
                    Placement::Gap(missing) => {
                        Counters::add(&self.counters.gaps, 1);
                        Counters::add(&self.counters.lost, missing);
                    }
                    Placement::Broken => Counters::add(&self.counters.jumps, 1),
                }
                Step::Samples(n, placement)
            }
            Received::TimedOut => {
                // A peer that waits for us may have us wait.
                if self.input.pace() == Pace::RealTime {
                    Counters::add(&self.counters.timeouts, 1);
                }
                Step::Nothing
            }
            Received::Overflow => {
                Counters::add(&self.counters.overflows, 1);
                line.lost();
                Step::Nothing
            }
            Received::Paused => {
                Counters::add(&self.counters.pauses, u64::from(!self.paused));
                self.paused = true;
                line.lost();
                Step::Nothing
            }
            Received::Failed(reason) => {
                Counters::add(&self.counters.errors, 1);
                line.lost();
                let reopen = || self.input.reopen();
                match reopened(reopen, &reason, self.options.reopen_for, &self.stop, &self.notices) {
                    Ok(true) => {
                        Counters::add(&self.counters.reopened, 1);
                        Step::Nothing
                    }
                    Ok(false) => Step::End,
                    Err(error) => {
                        // Kept for whoever asks why the graph ended.
                        let _ = self.failure.note::<()>(Err(error));
                        Step::End
                    }
                }
            }
            Received::Ended => Step::End,
        }
    }
}

/// Makes the last `chunk.len` samples placed those of `chunk`.
fn begin(chunk: &mut Chunk, line: &Timeline, broken: bool) {
    chunk.start = SampleTime(line.next().0 - chunk.len as u64);
    chunk.broken = broken;
}
