//! A connected device: what MIB, SIB1 and its CellGroupConfig say, as the plain values that PDCCH and PDSCH take.
//!
//! This module stands above the channels and [`crate::rrc`], and joins them: nothing in them uses it. A
//! [`DeviceConfig`] of a device and bandwidth part says where its DCIs are ([`DeviceConfig::search_spaces`]), how long
//! they are ([`DeviceConfig::formats`]), and which PDSCH a DCI announces ([`DeviceConfig::pdsch_of_1_1`],
//! [`DeviceConfig::pdsch_of_1_0`]).

mod bandwidth_part;
mod config;
mod control;
mod downlink_format;
mod grant;
mod rate_matching;
mod shared_channel;
mod uplink_format;

pub use config::{CellContext, DeviceConfig};
pub use control::{DeviceSearchSpace, MonitoredDci};
pub use grant::{Announced, Retransmissions};
pub use rate_matching::RateMatching;
pub use shared_channel::time_allocations;
