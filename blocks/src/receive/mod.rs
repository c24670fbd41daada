//! From samples to what a cell says: search and synchronisation, OFDM, PDCCH, PDSCH, each a block.
//!
//! ```text
//! samples ─▶ CellSync ─ SampleSlot ─▶ OfdmReceive ─ RxSlot ─▶ PdcchReceive ─ ControlSlot ─▶ PdschReceive ─ Report
//!                                                                  ▲                              │
//!                                                                  └────────── Learnt ────────────┘
//! ```

mod cell;
mod control;
mod data;
mod dedicated;
mod follow;
mod knowledge;
mod learnt;
mod ofdm;
mod report;
mod slot;
mod ssb_elements;
mod sync;
mod synchroniser;

pub use cell::{AssistedCell, AssistedControl, ControlGrid, ControlPlace, DeviceScrambling, Monitoring, ReceivedCell};
pub use control::PdcchReceive;
pub use data::PdschReceive;
pub use follow::{FollowedDevice, GridWindow};
pub use knowledge::Known;
pub use learnt::Learnt;
pub use ofdm::OfdmReceive;
pub use report::{CellReport, DciReport, PdschReport, PrbReference, Report, SetupReport};
pub use slot::{Continuity, ControlDci, ControlSlot, DeviceDci, RxSlot, SampleSlot};
pub use ssb_elements::SsbElements;
pub use sync::CellSync;
pub use synchroniser::{SyncError, SyncSettings, Synchroniser};
