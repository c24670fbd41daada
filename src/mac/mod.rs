//! The little of the MAC layer that a receiver needs to follow a cell: random access (RNTIs, responses, the uplink
//! grant in them) and the subPDUs of the downlink shared channel: TS 38.321 5.1, 6.1, 6.2; TS 38.213 8.2.
//!
//! Everything here reads bytes off the air: any input gives a value, never a panic.

mod dl_sch;
mod ra_rnti;
mod rar;

pub use dl_sch::{DlSchSubPdu, DlSchSubPdus, DlSchWriter, Lcid};
pub use ra_rnti::{PrachOccasion, RaRntiSpace};
pub use rar::{MacRar, Rar, RarSubPdu, RarUlGrant, backoff_ms};
