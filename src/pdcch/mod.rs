//! The physical downlink control channel: TS 38.211 7.3.2; TS 38.212 7.3; TS 38.213 10.1.

mod dci;
mod rnti;
mod search_space;

pub use dci::{Dci0_0, Dci1_0, DciLayout, DlAssignment, DlHarqFields, frequency_field_bits};
pub use rnti::{RntiKind, RntiSet};
pub use search_space::{AggregationLevel, PdcchCandidate, SearchSpace};
