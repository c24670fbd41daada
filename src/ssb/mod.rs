//! The SS/PBCH block: TS 38.211 7.3.3, 7.4.2, 7.4.3; TS 38.212 7.1; TS 38.213 4.1.
//!
//! [`SsbTransmitter`] builds blocks, [`PbchReceiver`] decodes them, [`CellSearch`] finds them in a stream.

mod coding;
mod payload;
mod pbch_receiver;
pub(crate) mod pilots;
pub mod quality;
pub(crate) mod resources;
mod search;
mod sync_signals;
#[cfg(test)]
mod tests;
mod transmitter;

pub use payload::{LMax, PbchPayload, mib_with_timing};
pub use pbch_receiver::{DecodedPbch, PbchReceiver, PbchReception};
pub use resources::{SSB_SUBCARRIERS, SSB_SYMBOLS};
pub use search::{CellSearch, CellSearchConfig, CellSummary, FoundSsb, SearchRaster, Sensitivity, SymbolPhase};
pub use sync_signals::{pss, sss};
pub use transmitter::{SsbBlock, SsbTransmitter};
