//! Peers on the network, over ZeroMQ: a virtual radio in place of a device ([`peer`]), and the two kinds of edge of a
//! graph that is split over two machines.
//!
//! ```text
//! … ─ samples ─▶ SamplePublisher ═ PUB/SUB ═▶ RadioSource(SampleSubscriber) ─ samples ─▶ …
//! … ─ RxSlot ──▶ SlotPublisher ═══ PUB/SUB ═▶ SlotSubscriber ─ RxSlot ─▶ PdcchReceive …
//! ```
//!
//! Every message says what it is, of which version, its stream and its number in it ([`StreamInfo`] and
//! [`Subscription`]); numbers that are missing are messages that were lost. Whatever comes in is checked: what is no
//! message of ours is counted, said and left out.

mod error;
pub mod peer;
mod publisher;
mod sample_publisher;
mod sample_subscriber;
mod slot_message;
mod slot_publisher;
mod slot_subscriber;
mod socket;
mod subscription;
mod wire;

pub use error::NetworkError;
pub use publisher::{PublishOptions, PublisherCounts};
pub use sample_publisher::SamplePublisher;
pub use sample_subscriber::SampleSubscriber;
pub use slot_publisher::SlotPublisher;
pub use slot_subscriber::SlotSubscriber;
pub use subscription::{SubscriberCounts, Subscription};
pub use wire::{Edge, StreamInfo, VERSION};

#[cfg(target_endian = "big")]
compile_error!("the feature zmq needs a little-endian machine: samples go over the network as they lie in memory");
