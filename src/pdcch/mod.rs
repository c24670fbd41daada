//! The physical downlink control channel: TS 38.211 7.3.2; TS 38.212 7.3; TS 38.213 10.1.
//!
//! [`PdcchConfig`] says where in the grid; [`SearchSpace`] lists the candidates, [`MonitoringPlan`] those of all search
//! spaces that a device looks at in a slot; [`DciLayout`] with [`Dci1_0`] and [`Dci0_0`], and the other formats in
//! [`dci`], turn fields into bits and back; [`PdcchTransmitter`] and [`PdcchReceiver`] are the two ends.

mod budget;
#[cfg(test)]
mod budget_tests;
mod channel;
mod config;
mod crc_mask;
pub mod dci;
mod dmrs;
mod evidence;
mod monitoring;
mod occupancy;
pub mod quality;
mod receiver;
mod rnti;
mod search_space;
mod transmitter;
mod wiener;

pub use budget::{MonitoredOccasion, MonitoredSet, MonitoringLimits, MonitoringPlan};
pub use channel::PilotSpan;
pub use config::{PdcchConfig, PdcchScrambling};
pub use crc_mask::{DCI_MAX_BITS, DCI_MIN_BITS, dci_parity};
pub use dci::{Dci0_0, Dci1_0, DciLayout, DlAssignment, DlHarqFields, frequency_field_bits};
pub use monitoring::MonitoringPattern;
pub use receiver::{DciBits, DecodedDci, PdcchReceiver, PdcchSearch};
pub use rnti::{RntiKind, RntiSet};
pub use search_space::{AggregationLevel, PdcchCandidate, SearchSpace};
pub use transmitter::{PdcchTransmission, PdcchTransmitter};

#[cfg(test)]
mod tests;
