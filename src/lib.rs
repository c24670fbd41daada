//! The 5G NR physical layer as a pure library: no I/O, no threads, no async.
//!
//! Toolbox modules stand first, the channels on top of them; a channel may use the toolbox, the toolbox
//! never uses a channel, and channels never use each other. Above them [`device`] joins what RRC configures with what
//! PDCCH and PDSCH take.

pub mod coding;
pub mod csi_rs;
pub mod device;
mod error;
pub mod estimation;
pub mod evm;
pub mod frame;
pub mod kernel;
pub mod mac;
pub mod measurement;
pub mod modulation;
pub mod ofdm;
pub mod pdcch;
pub mod pdsch;
pub mod propagation;
pub mod prs;
pub mod quality;
pub mod reference_signal;
pub mod rrc;
pub mod sequence;
pub mod ssb;
pub mod table;
pub mod test_model;

pub use error::ConfigError;
pub use num_complex::Complex32;
