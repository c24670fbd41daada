//! A virtual radio: samples to and from another program, at the pace of both, as srsRAN's base station and device speak
//! it over ZeroMQ.
//!
//! The protocol. Every channel of each direction has a port of its own. The transmitting side binds it; the receiving
//! side connects, sends a request of one byte, and takes one message of samples: `f32`, I before Q, in the machine's
//! byte order, at most [`MESSAGE_SAMPLES`]. Nothing else is said: sample 0 of each direction is time 0 of both.
//!
//! Flow. Samples go out only when they are asked for, and those of time t only once samples were received up to
//! t - lead, so that no side runs ahead of the other. A lead above 0 is what makes two such sides begin at all. Who waits
//! for whom, and why nobody waits for ever:
//!
//! - A peer that asks waits until the graph has samples for it. With [`RadioSink`](crate::radio::RadioSink) in bursts the
//!   time between two bursts becomes zeros only when the second one comes, so a peer whose samples the graph
//!   needs to make it would never send them: a virtual radio transmits without bursts.
//! - When the graph's transmitter has ended and its receiver goes on, the receiver answers in its place: zeros, still not
//!   ahead of the lead. When the receiver has ended first, the transmitter goes on asking, and lets go of what comes. When
//!   both have ended the ports close, and the peer sees that its connection is gone.
//! - A peer may come late: requests wait for it. One that leaves while an answer is awaited is seen to leave by the
//!   end of its connection, never by a time-out, since a slow peer is no lost one; what it sends when it is back goes on
//!   at the time where the stream was, behind a break, since nobody tells how long it was away. A request whose sender
//!   has left is not answered: those samples wait for the next.
//! - A message that is none (empty, a broken sample, too long) is a failure that is counted and said; the connections are
//!   made anew and the stream goes on behind a break. Several channels begin again together, but the peer alone
//!   knows whether they were at the same sample.

mod input;
mod output;
mod reply;
mod request;
mod settings;
mod shared;

pub use input::ZmqInput;
pub use output::ZmqOutput;
pub use settings::ZmqRadioSettings;

use super::NetworkError;
use crate::radio::{ReceiveOptions, TransmitOptions};
use reply::Replies;
use request::Requests;
use shared::Shared;
use std::sync::Arc;
use std::time::Duration;

/// Most samples of a message.
pub const MESSAGE_SAMPLES: usize = 614_400;

/// Both directions of a virtual radio, either of which may be absent.
pub struct ZmqRadio {
    /// What the peer sends.
    pub input: Option<ZmqInput>,
    /// What is sent to the peer.
    pub output: Option<ZmqOutput>,
    addresses: Vec<String>,
}

impl ZmqRadio {
    /// Binds and connects the ports; the peer may come later.
    ///
    /// # Errors
    /// If the settings name no port, or more than [`ZmqRadioSettings::MOST_CHANNELS`] of a direction, the lead is 0 while
    /// there are both directions, the rate is not a positive number, or an address is taken or none.
    pub fn open(settings: &ZmqRadioSettings) -> Result<Self, NetworkError> {
        settings.check()?;
        let context = zmq::Context::new();
        let replies = Replies::bind(&context, &settings.tx)?;
        let requests = Requests::connect(&context, &settings.rx)?;
        let (sends, receives) = (!settings.tx.is_empty(), !settings.rx.is_empty());
        let shared = Arc::new(Shared::new(settings.lead, receives, sends));
        let rate = settings.sample_rate_hz;
        Ok(Self {
            addresses: replies.addresses(),
            input: receives.then(|| ZmqInput::new(requests, Arc::clone(&shared), rate)),
            output: sends.then(|| ZmqOutput::new(replies, shared, rate)),
        })
    }

    /// The addresses of the transmitting ports: where a port was left open (`tcp://127.0.0.1:*`), the one it got.
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// How its receive thread is to run: a peer may stay away for as long as it likes.
    pub fn receive_options() -> ReceiveOptions {
        ReceiveOptions { reopen_for: Duration::MAX, ..ReceiveOptions::default() }
    }

    /// How its transmit thread is to run: sample 0 is time 0.
    pub fn transmit_options() -> TransmitOptions {
        TransmitOptions { lead: Duration::ZERO, margin: Duration::ZERO, reopen_for: Duration::MAX }
    }
}
