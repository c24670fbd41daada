//! From a schedule to samples: what a cell sends in each slot, a block for each channel, merger, OFDM and a channel
//! model.
//!
//! ```text
//! SlotClock ─ SlotJobs ─▶ ┬ SsbTransmit ───┐
//!                         ├ PdcchTransmit ─┤ TxSlot
//!                         └ PdschTransmit ─┴─▶ GridMerger ─ TxSlot ─▶ OfdmTransmit ─ samples ─▶ …
//! ```

mod block_source;
mod cell;
mod channel;
mod clock;
mod device;
mod merger;
mod ofdm;
mod part;
mod schedule;
mod slot;

pub use block_source::BlockSource;
pub use cell::{Payload, Sib1Broadcast, SsbBurst, TransmitCell, TransmitParameters, UserTraffic};
pub use channel::{SampleChain, SampleProcessor};
pub use clock::{SentBlock, SentLog, SlotClock};
pub use device::DeviceTraffic;
pub use merger::GridMerger;
pub use ofdm::OfdmTransmit;
pub use part::{
    GridPart, PartTransmit, PdcchPart, PdcchTransmit, PdschPart, PdschTransmit, SsbPart, SsbTransmit, pdcch_transmit,
    pdsch_transmit, ssb_transmit,
};
pub use schedule::{CellSchedule, Sib1Slot};
pub use slot::{BlockKind, PdcchJob, PdschJob, SlotJobs, SsbJob, TxSlot};
