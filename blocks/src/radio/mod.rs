//! Radios and other peers that take or give samples in time: the threads that talk to them, and the blocks at the ends
//! of a flowgraph.
//!
//! ```text
//! SampleInput ─ receive thread ═ full chunks ═▶ RadioSource ─ samples ─▶ …
//!                              ◀ empty chunks ═
//! … ─ samples ─▶ RadioSink ═ full chunks ═▶ transmit thread ─ SampleOutput
//!                          ◀ empty chunks ═
//! ```
//!
//! A thread never waits for the flowgraph unless its peer waits for it ([`Pace::OnDemand`]): what finds no empty chunk
//! is dropped and counted. Time is [`nrflow::frame::SampleTime`], in samples of the stream; a device's own clock is
//! brought to it by a [`Timeline`].

mod chunk;
mod counters;
mod input;
mod output;
mod priority;
mod sink;
mod slot_lengths;
mod source;
mod timeline;

pub use chunk::{Chunk, Plane, WireFormat};
pub use counters::{Counters, Direction, Notices, StreamCounts};
pub use input::{Pace, ReceiveOptions, Received, SampleInput};
pub use output::{SampleOutput, TransmitEvent, TransmitOptions, Written};
pub use sink::RadioSink;
pub use slot_lengths::SlotLengths;
pub use source::RadioSource;
pub use timeline::{DeviceTime, Placement, Timeline};
