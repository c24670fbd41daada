//! `nrflow link`: bytes or datagrams from one radio to another, over PDCCH and PDSCH.
//!
//! ```text
//! file, stdin, UDP, TUN ─▶ LinkSource ─ transport blocks ─▶ CellSchedule … ─ samples ─▶ radio or recording
//! radio or recording ─ samples ─▶ … PdschReceive ─ transport blocks ─▶ LinkReceiver ─▶ file, stdout, UDP, TUN
//! ```

pub mod datagrams;
pub mod frame;
pub mod mcs;
pub mod receiver;
mod rx;
pub mod sender;
mod sender_status;
pub mod sink;
pub mod source;
pub mod status;
pub mod stream;
pub mod terminal;
pub mod tun;
mod tx;
pub mod view;

pub use rx::RxArgs;
pub use tx::TxArgs;

use clap::{Args, Subcommand};

/// Arguments of `nrflow link`.
#[derive(Args, Debug)]
pub struct LinkArgs {
    #[command(subcommand)]
    side: Side,
}

#[derive(Subcommand, Debug)]
enum Side {
    /// Send bytes or datagrams to a device
    Tx(Box<TxArgs>),
    /// Find the cell, and write out what it sends to the device
    Rx(Box<RxArgs>),
}

/// Runs the command.
///
/// # Errors
/// If an end cannot be opened or fails, or what was received is not whole.
pub fn command(args: &LinkArgs) -> anyhow::Result<()> {
    match &args.side {
        Side::Tx(args) => tx::command(args),
        Side::Rx(args) => rx::command(args),
    }
}
