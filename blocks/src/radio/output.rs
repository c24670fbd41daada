use super::counters::{Counters, Notices};
use super::input::PATIENCE;
use super::reopen::reopened;
use super::timeline::DeviceTime;
use super::{Chunk, Pace, WireFormat};
use crate::Failure;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use futuresdr::runtime::dev::BlockNotifier;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What came of a write.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// So many samples were taken, a channel; more than none.
    Samples(usize),
    /// None was taken in time.
    TimedOut,
    /// The device receives, and cannot transmit meanwhile.
    Paused,
    /// The stream failed; the device may be gone.
    Failed(String),
    /// The peer will take nothing more.
    Ended,
}

/// What a device reports of samples it had taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransmitEvent {
    /// A burst came after its time and was not sent.
    Late,
    /// It had nothing to send in the middle of a burst.
    Underflow,
}

/// Something that takes samples in time: a radio, or a peer on the network. It lives in a thread of its own.
pub trait SampleOutput: Send + 'static {
    /// Format of the samples.
    fn format(&self) -> WireFormat;

    /// Channels; all have the same clock.
    fn n_channels(&self) -> usize;

    /// Sample rate in Hz, as exactly as it is known.
    fn sample_rate_hz(&self) -> f64;

    /// Whether it waits for its writer.
    fn pace(&self) -> Pace;

    /// Whether bursts can begin at a time.
    fn is_timed(&self) -> bool;

    /// The device's clock, if it has one.
    fn now(&mut self) -> Option<DeviceTime>;

    /// Writes `samples` of `chunk`, which begin at the time `at` of the device's clock (none: right after the last, or
    /// at once); with `ends_burst` the transmission ends after them. Waits a fraction of a second.
    fn write(&mut self, chunk: &Chunk, samples: Range<usize>, at: Option<DeviceTime>, ends_burst: bool) -> Written;

    /// What the device has to report, if anything; does not wait.
    fn event(&mut self) -> Option<TransmitEvent>;

    /// Opens the device anew after it failed.
    ///
    /// # Errors
    /// A sentence on why it cannot be opened.
    fn reopen(&mut self) -> Result<(), String>;
}

impl SampleOutput for Box<dyn SampleOutput> {
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

    fn is_timed(&self) -> bool {
        (**self).is_timed()
    }

    fn now(&mut self) -> Option<DeviceTime> {
        (**self).now()
    }

    fn write(&mut self, chunk: &Chunk, samples: Range<usize>, at: Option<DeviceTime>, ends_burst: bool) -> Written {
        (**self).write(chunk, samples, at, ends_burst)
    }

    fn event(&mut self) -> Option<TransmitEvent> {
        (**self).event()
    }

    fn reopen(&mut self) -> Result<(), String> {
        (**self).reopen()
    }
}

/// How a transmit thread runs.
#[derive(Clone, Copy, Debug)]
pub struct TransmitOptions {
    /// The first sample is sent so long after it came to the thread, by the device's clock.
    pub lead: Duration,
    /// A slot must be with the device so long before its time.
    pub margin: Duration,
    /// How long a device that failed is tried to be opened again; not at all if zero.
    pub reopen_for: Duration,
}

impl Default for TransmitOptions {
    /// 50 ms ahead, 1 ms of margin, ten seconds to come back.
    fn default() -> Self {
        Self { lead: Duration::from_millis(50), margin: Duration::from_millis(1), reopen_for: Duration::from_secs(10) }
    }
}

/// The transmit thread.
pub(super) struct TransmitThread<O> {
    pub output: O,
    pub options: TransmitOptions,
    pub full: Receiver<Chunk>,
    pub empty: Sender<Chunk>,
    pub wake: BlockNotifier,
    pub stop: Arc<AtomicBool>,
    pub counters: Arc<Counters>,
    pub notices: Notices,
    pub failure: Failure,
}

/// The device's clock is asked again after so long; in between ours goes on.
const ASKED_EVERY: Duration = Duration::from_millis(200);
/// Samples that end a burst whose last sample was sent before it was known to be the last.
const TAIL: usize = 64;

/// The device's clock as it was at a moment of ours.
struct Clock {
    asked: Instant,
    then: DeviceTime,
}

/// What a transmit thread knows of its stream.
#[derive(Default)]
struct Progress {
    /// The device's time of sample 0, if bursts begin at times.
    epoch: Option<DeviceTime>,
    /// The sample of the stream after the last one written, while in a burst.
    next: Option<u64>,
    clock: Option<Clock>,
    /// Samples written since the stream began, and when that was.
    written: u64,
    begun: Option<Instant>,
}

impl<O: SampleOutput> TransmitThread<O> {
    /// Sends until the block has ended and all is sent, it is told to stop, or the device is gone for good.
    pub fn run(mut self) {
        let mut progress = Progress::default();
        let mut tail = Chunk::new(self.output.format(), self.output.n_channels(), TAIL);
        tail.len = TAIL;
        while !self.stop.load(Ordering::Acquire) {
            let chunk = match self.full.recv_timeout(PATIENCE) {
                Ok(chunk) => chunk,
                Err(RecvTimeoutError::Timeout) => {
                    self.take_events(&mut progress);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            self.counters.queue_high.fetch_max(self.full.len() as u64 + 1, Ordering::Relaxed);
            let goes_on = if chunk.len > 0 {
                self.send(&chunk, &mut progress)
            } else if chunk.ends_burst && progress.next.is_some() {
                progress.next = None;
                self.write(&tail, None, true, &mut progress)
            } else {
                true
            };
            // An error says that the block has ended; what it sent before is still sent.
            let _ = self.empty.send(chunk);
            self.wake.notify();
            self.take_events(&mut progress);
            if !goes_on {
                break;
            }
        }
        if progress.next.take().is_some() {
            self.write(&tail, None, true, &mut progress);
        }
        self.drain(&mut progress);
        drop(self.output);
        // Whoever still waits for an empty chunk learns that there will be none.
        drop(self.empty);
        drop(self.full);
        self.wake.notify();
    }

    /// Sends one slot, or drops it if it is too late; false if that is the end.
    fn send(&mut self, chunk: &Chunk, progress: &mut Progress) -> bool {
        let start = chunk.start.0;
        let continues = progress.next == Some(start);
        let mut at = None;
        if self.output.is_timed() {
            let Some(time) = self.time_of(start, progress) else {
                self.notices.say("the device does not tell its time; nothing can be sent at a time");
                return false;
            };
            if self.is_late(time, progress) {
                Counters::add(&self.counters.late_slots, 1);
                progress.next = None;
                return true;
            }
            at = (!continues).then_some(time);
        }
        // Unless something happens meanwhile, after which a new burst begins.
        progress.next = (!chunk.ends_burst).then_some(start + chunk.len as u64);
        self.write(chunk, at, chunk.ends_burst, progress)
    }

    /// The device's time of a sample of the stream.
    fn time_of(&mut self, sample: u64, progress: &mut Progress) -> Option<DeviceTime> {
        if progress.epoch.is_none() {
            let lead = (self.options.lead.as_secs_f64() * self.output.sample_rate_hz()) as i64;
            let now = self.output.now()?;
            progress.clock = Some(Clock { asked: Instant::now(), then: now });
            progress.epoch = Some(DeviceTime(now.0 + lead - sample as i64));
        }
        progress.epoch.map(|epoch| DeviceTime(epoch.0 + sample as i64))
    }

    fn is_late(&mut self, time: DeviceTime, progress: &mut Progress) -> bool {
        if self.output.pace() == Pace::OnDemand {
            return false;
        }
        let rate = self.output.sample_rate_hz();
        let stale = progress.clock.as_ref().is_none_or(|clock| clock.asked.elapsed() > ASKED_EVERY);
        if stale && let Some(then) = self.output.now() {
            progress.clock = Some(Clock { asked: Instant::now(), then });
        }
        let Some(clock) = &progress.clock else { return false };
        let since = clock.asked.elapsed() + self.options.margin;
        time.0 < clock.then.0 + (since.as_secs_f64() * rate) as i64
    }

    /// Writes a chunk to its end; false if that is not possible any more.
    fn write(&mut self, chunk: &Chunk, at: Option<DeviceTime>, ends_burst: bool, progress: &mut Progress) -> bool {
        let (mut from, mut paused) = (0, false);
        while from < chunk.len {
            let time = at.filter(|_| from == 0);
            match self.output.write(chunk, from..chunk.len, time, ends_burst) {
                Written::Samples(n) => {
                    progress.begun.get_or_insert_with(Instant::now);
                    progress.written += n as u64;
                    Counters::add(&self.counters.samples, n as u64);
                    from += n;
                }
                Written::TimedOut => {
                    if self.output.pace() == Pace::RealTime {
                        Counters::add(&self.counters.timeouts, 1);
                    }
                    self.take_events(progress);
                    if self.stop.load(Ordering::Acquire) {
                        return false;
                    }
                }
                Written::Paused => {
                    Counters::add(&self.counters.pauses, u64::from(!paused));
                    paused = true;
                    // What follows begins a new burst.
                    progress.next = None;
                    if self.stop.load(Ordering::Acquire) {
                        return false;
                    }
                }
                Written::Failed(reason) => {
                    Counters::add(&self.counters.errors, 1);
                    (progress.epoch, progress.next, progress.clock) = (None, None, None);
                    let reopen = || self.output.reopen();
                    return match reopened(reopen, &reason, self.options.reopen_for, &self.stop, &self.notices) {
                        Ok(back) => {
                            Counters::add(&self.counters.reopened, u64::from(back));
                            back
                        }
                        Err(error) => {
                            // Kept for whoever asks why the graph ended.
                            let _ = self.failure.note::<()>(Err(error));
                            false
                        }
                    };
                }
                Written::Ended => return false,
            }
        }
        true
    }

    fn take_events(&mut self, progress: &mut Progress) {
        while let Some(event) = self.output.event() {
            match event {
                TransmitEvent::Late => Counters::add(&self.counters.late, 1),
                TransmitEvent::Underflow => Counters::add(&self.counters.underflows, 1),
            }
            // What follows begins a new burst, at its own time.
            progress.next = None;
            progress.clock = None;
        }
    }

    /// Waits until the device has sent what it holds: closing it would cut that off.
    fn drain(&mut self, progress: &mut Progress) {
        if self.output.pace() == Pace::OnDemand {
            return;
        }
        let Some(begun) = progress.begun else { return };
        let length = Duration::from_secs_f64(progress.written as f64 / self.output.sample_rate_hz());
        let end = begun + length + self.options.lead + PATIENCE;
        let end = end.min(Instant::now() + Duration::from_secs(2));
        while Instant::now() < end && !self.stop.load(Ordering::Acquire) {
            self.take_events(progress);
            std::thread::sleep(Duration::from_millis(5));
        }
        self.take_events(progress);
    }
}
