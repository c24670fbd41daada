use super::reply::Replies;
use super::request::Requests;
use super::shared::Shared;
use crate::network::socket::{self, PATIENCE};
use crate::radio::{Chunk, DeviceTime, Pace, Plane, SampleOutput, TransmitEvent, WireFormat, Written};
use nrflow::Complex32;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Zeros that fill a pause are sent in pieces of so many.
const ZEROS: usize = 16_384;
/// How often it is looked for received samples while the transmitter asks in the place of the receiver.
const GLANCE: Duration = Duration::from_millis(1);

/// What is sent to the peer of a virtual radio: see [`super`].
pub struct ZmqOutput {
    replies: Option<Replies>,
    n_channels: usize,
    shared: Arc<Shared>,
    sample_rate_hz: f64,
    /// All channels have the samples before this one.
    position: u64,
    /// Those that are being handed out go to here.
    end: u64,
    /// The time of the sample that comes next where the writer does not say.
    next: u64,
    late: bool,
    zeros: Vec<Complex32>,
    /// The connections of the receiver when it has ended.
    left: Option<Requests>,
}

impl ZmqOutput {
    pub(super) fn new(replies: Replies, shared: Arc<Shared>, sample_rate_hz: f64) -> Self {
        let n_channels = replies.n_channels();
        Self {
            replies: Some(replies),
            n_channels,
            shared,
            sample_rate_hz,
            position: 0,
            end: 0,
            next: 0,
            late: false,
            zeros: vec![Complex32::ZERO; ZEROS],
            left: None,
        }
    }

    /// Goes on receiving where the receiver has ended, and lets go of what comes.
    fn stand_in(&mut self) {
        if self.left.is_none() {
            self.left = self.shared.take_requests();
        }
        let Some(requests) = &mut self.left else { return };
        if requests.serve().is_err() && requests.reconnect().is_err() {
            return;
        }
        let n = requests.waiting();
        requests.consume(n);
        self.shared.receive(n);
    }

    /// Hands out `samples(channel)`, the next ones, to all channels up to a common end; where that is, or none if the peer
    /// has not asked for all of them by `until`.
    fn hand_out<'a>(&mut self, samples: impl Fn(usize) -> &'a [Complex32], until: Instant) -> Option<u64> {
        loop {
            self.stand_in();
            if self.end == self.position {
                let left = until.saturating_duration_since(Instant::now());
                let patience = if self.left.is_some() { GLANCE.min(left) } else { left };
                let allowed = self.shared.wait_allowed(self.position, patience);
                self.end = self.position + allowed.min(samples(0).len() as u64);
            }
            if let Some(replies) = self.replies.as_mut().filter(|_| self.end > self.position) {
                let n = (self.end - self.position) as usize;
                if replies.serve(self.position, self.end, |channel| &samples(channel)[..n]) {
                    self.position = self.end;
                    return Some(self.end);
                }
                socket::wait(replies.sockets().chain(self.left.iter().flat_map(Requests::sockets)), until);
            }
            if Instant::now() >= until {
                return None;
            }
        }
    }
}

impl SampleOutput for ZmqOutput {
    fn format(&self) -> WireFormat {
        WireFormat::Cf32
    }

    fn n_channels(&self) -> usize {
        self.n_channels
    }

    fn sample_rate_hz(&self) -> f64 {
        self.sample_rate_hz
    }

    fn pace(&self) -> Pace {
        Pace::OnDemand
    }

    fn is_timed(&self) -> bool {
        true
    }

    fn now(&mut self) -> Option<DeviceTime> {
        Some(DeviceTime(self.position as i64))
    }

    /// What was not handed out by the time that it gives up is to be written again.
    fn write(&mut self, chunk: &Chunk, samples: Range<usize>, at: Option<DeviceTime>, ends_burst: bool) -> Written {
        let until = Instant::now() + PATIENCE;
        let start = at.map_or(self.next, |time| time.0.max(0) as u64);
        let zeros = std::mem::take(&mut self.zeros);
        let mut waited = false;
        while self.position < start && !waited {
            // Nothing was written for the time between.
            let piece = (start - self.position).min(zeros.len() as u64) as usize;
            waited = self.hand_out(|_| &zeros[..piece], until).is_none();
        }
        self.zeros = zeros;
        if waited {
            return Written::TimedOut;
        }
        let late = self.position - start;
        if late > 0 {
            let n = samples.len().min(late.try_into().unwrap_or(usize::MAX));
            self.late = true;
            self.next = start + n as u64;
            return Written::Samples(n);
        }
        let is_zero =
            |plane: &Plane| matches!(plane, Plane::Cf32(x) if x[samples.clone()].iter().all(|z| *z == Complex32::ZERO));
        if ends_burst && self.end == self.position && chunk.planes().iter().all(is_zero) {
            // They go out with what comes after them, if anything does: a peer that has all else may have left.
            self.next = start + samples.len() as u64;
            return Written::Samples(samples.len());
        }
        let of_channel = |channel: usize| match &chunk.planes()[channel] {
            Plane::Cf32(plane) => &plane[samples.clone()],
            // The format is ours: see `format`.
            _ => &[],
        };
        let before = self.position;
        match self.hand_out(of_channel, until) {
            Some(end) => {
                self.next = end;
                Written::Samples((end - before) as usize)
            }
            None => Written::TimedOut,
        }
    }

    fn event(&mut self) -> Option<TransmitEvent> {
        std::mem::take(&mut self.late).then_some(TransmitEvent::Late)
    }

    /// The ports stay open throughout.
    fn reopen(&mut self) -> Result<(), String> {
        Ok(())
    }
}

impl Drop for ZmqOutput {
    fn drop(&mut self) {
        if let Some(replies) = self.replies.take() {
            self.shared.end_output(replies);
        }
    }
}
