//! Error vector magnitude of a base station's transmitter, as the standard measures it: TS 38.104 6.5.2, Annex B.
//!
//! An [`EvmReference`] says what each element of a frame is: pilots, data, which channel's. [`find_frame`] finds
//! the frames of a recording by the pilots, and an [`EvmMeter`] measures one: at both ends of the [`EvmWindow`], with the
//! equaliser of the annex, block by block. [`EvmAverage`] averages frames, and [`evm_limit`] is what a base station may have.

mod average;
mod equaliser;
mod front_end;
mod meter;
mod pdsch;
mod reference;
mod search;
mod tracking;
mod window;

pub use average::{EvmAverage, EvmResult, evm_limit};
pub use meter::{ChannelEvm, EvmMeter, FrameEvm};
pub use pdsch::push_pdsch;
pub use reference::{EvmChannel, EvmData, EvmElement, EvmReference};
pub use search::{FoundFrame, find_frame};
pub use window::EvmWindow;

#[cfg(test)]
mod tests;
