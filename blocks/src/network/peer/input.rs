use super::reply::Replies;
use super::request::Requests;
use super::shared::Shared;
use crate::network::socket::{self, PATIENCE};
use crate::radio::{Chunk, Pace, Plane, Received, SampleInput, WireFormat};
use nrflow::Complex32;
use std::sync::Arc;
use std::time::Instant;

/// Zeros that are sent at once in place of a transmitter that has ended.
const ZEROS: usize = 16_384;

/// What the peer of a virtual radio sends: see [`super`].
pub struct ZmqInput {
    requests: Option<Requests>,
    n_channels: usize,
    shared: Arc<Shared>,
    sample_rate_hz: f64,
    /// The ports of the transmitter when it has ended, and what they send.
    left: Option<Replies>,
    zeros: Vec<Complex32>,
}

impl ZmqInput {
    pub(super) fn new(requests: Requests, shared: Arc<Shared>, sample_rate_hz: f64) -> Self {
        let n_channels = requests.n_channels();
        Self { requests: Some(requests), n_channels, shared, sample_rate_hz, left: None, zeros: Vec::new() }
    }

    fn stand_in(&mut self) {
        if self.left.is_none() {
            self.left = self.shared.take_replies();
            if self.left.is_some() {
                self.zeros = vec![Complex32::ZERO; ZEROS];
            }
        }
        if let Some(replies) = &mut self.left {
            replies.serve_zeros(&self.zeros, |position| self.shared.allowed(position));
        }
    }
}

impl SampleInput for ZmqInput {
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

    fn read(&mut self, chunk: &mut Chunk) -> Received {
        let until = Instant::now() + PATIENCE;
        loop {
            self.stand_in();
            let Some(requests) = &mut self.requests else { return Received::Ended };
            if let Err(reason) = requests.serve() {
                return Received::Failed(reason);
            }
            let n = requests.waiting().min(chunk.capacity() - chunk.len);
            if n > 0 {
                let range = chunk.len..chunk.len + n;
                for (channel, plane) in chunk.planes_mut().iter_mut().enumerate() {
                    if let Plane::Cf32(samples) = plane {
                        requests.copy(channel, &mut samples[range.clone()]);
                    }
                }
                requests.consume(n);
                self.shared.receive(n);
                return Received::Samples { n, time: None };
            }
            if Instant::now() >= until {
                return Received::TimedOut;
            }
            socket::wait(requests.sockets().chain(self.left.iter().flat_map(Replies::sockets)), until);
        }
    }

    fn reopen(&mut self) -> Result<(), String> {
        self.requests.as_mut().map_or(Ok(()), Requests::reconnect)
    }
}

impl Drop for ZmqInput {
    fn drop(&mut self) {
        if let Some(requests) = self.requests.take() {
            self.shared.end_input(requests);
        }
    }
}
