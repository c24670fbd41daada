//! The downlink positioning reference signal: TS 38.211 7.4.1.7.
//!
//! A [`PrsConfig`] says what a DL PRS resource is, a [`PrsSchedule`] in which slots it is sent; [`PrsTransmitter`] writes
//! it into a grid, [`PrsReceiver`] estimates the channel from it.

mod config;
mod receiver;
mod schedule;
mod transmitter;

#[cfg(test)]
mod tests;

pub use config::{PrsConfig, PrsParameters};
pub use receiver::PrsReceiver;
pub use schedule::{PrsMutingBitmap, PrsSchedule, PrsScheduleParameters, PrsSetMuting};
pub use transmitter::PrsTransmitter;
