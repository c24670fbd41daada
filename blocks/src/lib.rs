//! nrflow as FutureSDR dataflow blocks: thin wrappers of the pure library, joined by two kinds of edge.
//!
//! Samples travel as `Complex32` in FutureSDR's circular buffer, with the stream's sample counter as `Tag::Id`;
//! everything after the OFDM demodulator travels as typed items through [`slot_port`]s.

mod failure;
pub mod file;
#[cfg(feature = "zmq")]
pub mod network;
pub mod per_slot;
pub mod pool;
pub mod radio;
pub mod receive;
pub mod sample_edge;
pub mod slot_port;
mod slot_sink;
pub mod transmit;

pub use failure::Failure;
pub use per_slot::{PerSlot, SlotProcessor};
pub use pool::Pool;
pub use slot_port::{SlotReader, SlotWriter};
pub use slot_sink::SlotSink;
