use super::socket::PATIENCE;
use super::subscription::{After, Heard, Subscription};
use super::wire::{Edge, HEADER, StreamInfo};
use super::{NetworkError, SubscriberCounts};
use crate::radio::{Chunk, DeviceTime, Pace, Plane, Received, SampleInput, WireFormat};
use std::sync::Arc;
use zmq::Message;

/// Where the samples of a message begin: behind the time of the first.
const SAMPLES: usize = HEADER + 8;
/// By how much the clock leaps at a break: farther than any gap.
const LEAP: i64 = 1 << 60;
/// A time above is none.
const LATEST: u64 = 1 << 61;

/// Samples from a [`super::SamplePublisher`], for a [`RadioSource`](crate::radio::RadioSource). Messages that were lost
/// show as gaps of its clock.
pub struct SampleSubscriber {
    subscription: Subscription,
    info: StreamInfo,
    format: WireFormat,
    current: Option<Samples>,
    /// What the publisher's clock is ahead of ours.
    leap: i64,
}

struct Samples {
    message: Message,
    /// Bytes taken, header and all; and the time of what follows.
    taken: usize,
    time: i64,
}

impl SampleSubscriber {
    /// Takes the samples of `subscription`, which is known to be of `info`.
    ///
    /// # Errors
    /// If slots are published there, not samples.
    pub fn new(subscription: Subscription, info: StreamInfo) -> Result<Self, NetworkError> {
        match info.edge {
            Edge::Samples(format) => Ok(Self { subscription, info, format, current: None, leap: 0 }),
            Edge::Slots => Err(NetworkError::Settings("slots are published there, not samples".to_string())),
        }
    }

    /// What is counted.
    pub fn counts(&self) -> Arc<SubscriberCounts> {
        self.subscription.counts()
    }

    fn begin(&mut self, message: Message, after: After) -> Result<(), String> {
        let time = message.get(HEADER..).and_then(|bytes| bytes.first_chunk()).map(|&bytes| u64::from_le_bytes(bytes));
        let bytes = message.len().saturating_sub(SAMPLES);
        let Some(time) = time.filter(|&time| time < LATEST && bytes > 0 && bytes.is_multiple_of(self.format.bytes()))
        else {
            return Err(format!("a message of {} bytes that holds no samples", message.len()));
        };
        if after == After::Break {
            self.leap = if self.leap == 0 { LEAP } else { 0 };
        }
        self.current = Some(Samples { message, taken: SAMPLES, time: time as i64 });
        Ok(())
    }
}

impl SampleInput for SampleSubscriber {
    fn format(&self) -> WireFormat {
        self.format
    }

    fn n_channels(&self) -> usize {
        1
    }

    fn sample_rate_hz(&self) -> f64 {
        self.info.sample_rate_hz
    }

    /// What is not taken waits in the queues of both sides; what is lost there shows in the messages' numbers.
    fn pace(&self) -> Pace {
        Pace::OnDemand
    }

    fn read(&mut self, chunk: &mut Chunk) -> Received {
        if self.current.is_none() {
            match self.subscription.hear(PATIENCE) {
                Heard::Message { message, after } => {
                    if let Err(reason) = self.begin(message, after) {
                        SubscriberCounts::add(&self.subscription.counts().wrong, 1);
                        return Received::Failed(reason);
                    }
                }
                Heard::Nothing => return Received::TimedOut,
                Heard::Ended => return Received::Ended,
                Heard::Wrong(reason) => return Received::Failed(reason),
                Heard::Changed(reason) => return Received::Failed(reason),
            }
        }
        let Some(samples) = &mut self.current else { return Received::TimedOut };
        let size = self.format.bytes();
        let n = ((samples.message.len() - samples.taken) / size).min(chunk.capacity() - chunk.len);
        let bytes = &samples.message[samples.taken..samples.taken + n * size];
        let range = chunk.len..chunk.len + n;
        match chunk.planes_mut() {
            [Plane::Cf32(plane)] => bytemuck::cast_slice_mut(&mut plane[range]).copy_from_slice(bytes),
            [Plane::Cs16(plane)] => bytemuck::cast_slice_mut(&mut plane[range]).copy_from_slice(bytes),
            _ => return Received::Failed("a chunk of another format".to_string()),
        }
        let time = DeviceTime(samples.time + self.leap);
        samples.taken += n * size;
        samples.time += n as i64;
        if samples.taken == samples.message.len() {
            self.current = None;
        }
        Received::Samples { n, time: Some(time) }
    }

    /// The connection comes back by itself.
    fn reopen(&mut self) -> Result<(), String> {
        Ok(())
    }
}
