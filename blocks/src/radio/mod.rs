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

pub mod abilities;
mod carriers;
mod chunk;
mod counters;
mod device_error;
mod input;
#[cfg(not(feature = "soapy"))]
mod no_soapy;
mod output;
mod priority;
mod reopen;
pub mod settings;
mod sink;
mod slot_lengths;
#[cfg(feature = "soapy")]
mod soapy;
mod source;
mod timeline;

pub use abilities::Abilities;
pub use carriers::{BandAbilities, Carriers, SSB_RATE_HZ};
pub use chunk::{Chunk, Plane, WireFormat};
pub use counters::{Counters, Direction, Notices, StreamCounts};
pub use device_error::DeviceError;
pub use input::{Pace, ReceiveOptions, Received, SampleInput};
#[cfg(not(feature = "soapy"))]
pub use no_soapy::{Device, Found, SoapyInput, SoapyOutput, Switch, find, log};
pub use output::{SampleOutput, TransmitEvent, TransmitOptions, Written};
pub use reopen::reopened;
pub use settings::{Correction, DeviceSettings, PathSettings};
pub use sink::RadioSink;
pub use slot_lengths::SlotLengths;
#[cfg(feature = "soapy")]
pub use soapy::{Device, Found, SoapyInput, SoapyOutput, Switch, find, log};
pub use source::RadioSource;
pub use timeline::{DeviceTime, Placement, Timeline};
