//! The physical downlink shared channel: TS 38.211 7.3.1; TS 38.212 7.2; TS 38.214 5.1.
//!
//! A [`PdschConfig`] says what is sent in a slot: built from [`PdschParameters`], or from the grant of a DCI format 1_0
//! ([`PdschConfig::from_fallback_grant`]) or 1_1 ([`PdschConfig::from_dedicated_grant`]). [`PdschTransmitter`] writes it into a grid, [`PdschReceiver`] reads it.

mod channel;
mod config;
mod dedicated_grant;
mod frequency_allocation;
mod grant;
mod interference;
mod mcs;
mod parameters;
mod precoder;
mod ptrs;
pub mod quality;
mod receiver;
mod tbs;
mod time_allocation;
mod transmitter;

pub use config::{Codeword, PdschConfig, tbs_lbrm};
pub use dedicated_grant::{
    BlockGrant, DedicatedContext, DedicatedGrant, DmrsDownlink, FirstTransmission, FrequencyGrant, PrbBundling,
};
pub use frequency_allocation::{PrbList, RbgConfiguration, ResourceBlockGroups, VrbRun, VrbToPrb};
pub use grant::{FallbackContext, FallbackGrant, GrantKind, TimeTable};
pub use mcs::{Mcs, McsTable};
pub use parameters::{PdschCodeword, PdschDmrs, PdschParameters, ReservedElements};
pub use precoder::{Precoder, PrgSize};
pub use ptrs::{PdschPtrs, PdschPtrsElements, PtrsDownlink, ptrs_amplitude};
pub use receiver::{Detector, Interference, PdschReceiver, PdschReport, ReceiverOptions};
pub use tbs::{TbScaling, TbsParameters, transport_block_size};
pub use time_allocation::{DefaultTimeTable, TimeAllocation};
pub use transmitter::PdschTransmitter;

#[cfg(test)]
mod layers_tests;
#[cfg(test)]
mod tests;
