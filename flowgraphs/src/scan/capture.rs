use anyhow::{bail, ensure};
use nrflow::Complex32;
use nrflow::kernel::Isa;
use nrflow_blocks::radio::{
    Chunk, DeviceTime, Notices, Pace, Placement, ReceiveOptions, Received, SampleInput, Timeline, WireFormat, reopened,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Pieces of a signal, each without a gap, from a radio that is tuned in between.
pub struct Capture {
    input: Box<dyn SampleInput>,
    chunk: Chunk,
}

/// A device has settled so long after it was tuned.
const SETTLE: Duration = Duration::from_millis(50);
/// Without a clock, its buffers are empty when samples come this much faster than they are made at most.
const AT_PACE: f64 = 1.5;
/// Times [`SETTLE`] after which samples are taken as they come.
const SETTLE_TRIES: usize = 40;
/// Captures that may be spoilt by lost samples before it is given up.
const TRIES: usize = 8;
/// Reads in a row that may time out.
const WAITS: usize = 50;

impl Capture {
    /// From the first channel of `input`.
    pub fn new(input: Box<dyn SampleInput>) -> Self {
        let chunk = Chunk::new(input.format(), input.n_channels(), input.preferred_read());
        Self { input, chunk }
    }

    /// Sample rate, Hz.
    pub fn sample_rate_hz(&self) -> f64 {
        self.input.sample_rate_hz()
    }

    /// The next `n` samples without a gap, of what comes after the device was `tuned` by its own clock and has settled;
    /// `None` if `stop` is set.
    ///
    /// # Errors
    /// If the device fails and does not come back, gives nothing, or loses samples again and again.
    pub fn take(
        &mut self,
        n: usize,
        tuned: Option<DeviceTime>,
        stop: &AtomicBool,
    ) -> anyhow::Result<Option<Vec<Complex32>>> {
        match (tuned, self.input.pace()) {
            (Some(tuned), _) => self.settle_until(tuned, stop),
            (None, Pace::RealTime) => self.settle(stop),
            (None, Pace::OnDemand) => {}
        }
        let mut samples = Vec::with_capacity(n);
        let mut line = Timeline::new(u64::MAX / 4);
        let (mut spoilt, mut waits) = (0, 0);
        while samples.len() < n {
            if stop.load(Ordering::Acquire) {
                return Ok(None);
            }
            self.chunk.clear();
            match self.input.read(&mut self.chunk) {
                Received::Samples { n: got, time } => {
                    waits = 0;
                    if line.place(got, time) != Placement::Continues {
                        spoilt += 1;
                        samples.clear();
                    }
                    let from = samples.len();
                    samples.resize(from + got.min(n - from), Complex32::ZERO);
                    self.chunk.decode(Isa::detect(), 0, 0, &mut samples[from..]);
                }
                Received::TimedOut | Received::Paused => waits += 1,
                Received::Overflow => line.lost(),
                Received::Failed(reason) => {
                    // Of what it gave before nothing is left: its stream begins anew.
                    spoilt += 1;
                    line = Timeline::new(u64::MAX / 4);
                    samples.clear();
                    if !self.come_back(&reason, stop)? {
                        return Ok(None);
                    }
                }
                Received::Ended => bail!("the device ended its stream"),
            }
            ensure!(waits < WAITS, "the device gives no samples");
            ensure!(
                spoilt < TRIES,
                "the device loses samples at {} Msps: give a lower --rate",
                self.sample_rate_hz() / 1e6
            );
        }
        Ok(Some(samples))
    }

    /// After the device refused something: whether that was because it is gone, and it is back now.
    ///
    /// # Errors
    /// If it does not come back.
    pub fn was_gone(&mut self, stop: &AtomicBool) -> anyhow::Result<bool> {
        self.chunk.clear();
        match self.input.read(&mut self.chunk) {
            Received::Failed(reason) => self.come_back(&reason, stop),
            _ => Ok(false),
        }
    }

    /// Opens a device that failed again; false if it was stopped.
    fn come_back(&mut self, reason: &str, stop: &AtomicBool) -> anyhow::Result<bool> {
        let notices = Notices::default();
        let back = reopened(|| self.input.reopen(), reason, ReceiveOptions::default().reopen_for, stop, &notices);
        notices.take().iter().for_each(|line| eprintln!("nrflow: rx: {line}"));
        back
    }

    /// Reads away what the device received before it was tuned, by its clock: its driver, and a server in between, may hold
    /// any amount of that.
    fn settle_until(&mut self, tuned: DeviceTime, stop: &AtomicBool) {
        let settling = match self.input.pace() {
            Pace::RealTime => (SETTLE.as_secs_f64() * self.sample_rate_hz()) as i64,
            Pace::OnDemand => 0,
        };
        let mut waits = 0;
        while waits < WAITS && !stop.load(Ordering::Acquire) {
            self.chunk.clear();
            match self.input.read(&mut self.chunk) {
                Received::Samples { time: Some(time), .. } if time.0 < tuned.0 + settling => waits = 0,
                Received::TimedOut | Received::Paused | Received::Overflow => waits += 1,
                // The first that is new, or something that the capture sees to.
                _ => return,
            }
        }
    }

    /// The same of a device without a clock: until samples come no faster than they are made.
    fn settle(&mut self, stop: &AtomicBool) {
        for _ in 0..SETTLE_TRIES {
            let (begun, mut samples) = (Instant::now(), 0);
            while begun.elapsed() < SETTLE {
                self.chunk.clear();
                // Whatever else comes: the capture sees to it.
                if let Received::Samples { n, .. } = self.input.read(&mut self.chunk) {
                    samples += n;
                }
            }
            let made = begun.elapsed().as_secs_f64() * self.sample_rate_hz();
            if samples as f64 <= AT_PACE * made || stop.load(Ordering::Acquire) {
                return;
            }
        }
    }
}

/// Samples in memory as something that gives samples.
pub struct Memory {
    /// The samples.
    pub samples: Arc<Vec<Complex32>>,
    /// Sample rate, Hz.
    pub sample_rate_hz: f64,
    /// The sample that comes next.
    pub next: usize,
}

impl SampleInput for Memory {
    fn format(&self) -> WireFormat {
        WireFormat::Cf32
    }

    fn n_channels(&self) -> usize {
        1
    }

    fn sample_rate_hz(&self) -> f64 {
        self.sample_rate_hz
    }

    fn pace(&self) -> Pace {
        Pace::OnDemand
    }

    fn read(&mut self, chunk: &mut Chunk) -> Received {
        let n = (self.samples.len() - self.next).min(chunk.capacity() - chunk.len);
        if n == 0 {
            return Received::Ended;
        }
        chunk.encode(Isa::detect(), 0, chunk.len, &self.samples[self.next..self.next + n]);
        self.next += n;
        Received::Samples { n, time: None }
    }

    fn reopen(&mut self) -> Result<(), String> {
        Ok(())
    }
}
