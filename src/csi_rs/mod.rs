//! Channel state information reference signals and what is configured like them: TS 38.211 7.4.1.5;
//! TS 38.214 5.1.4.2, 5.1.6.1, 5.2.2.3, 5.2.2.4.
//!
//! A [`CsiRsPattern`] says where a resource lies, by the row of the table of locations that its [`CsiRsMapping`] names.
//! With a scrambling identity, an amplitude and a period it is a non-zero-power resource ([`CsiRsConfig`]), which
//! [`CsiRsTransmitter`] writes into a grid and [`CsiRsReceiver`] estimates the channel of each port from; a
//! [`TrsSet`] is a set of such resources. [`ZpCsiRs`] and [`CsiIm`] only name elements.

mod config;
mod csi_im;
mod elements;
mod occupancy;
mod pattern;
mod pilots;
mod receiver;
mod table;
mod transmitter;
mod trs;

pub use config::{CsiRsConfig, CsiRsParameters, ZpCsiRs, csi_rs_amplitude};
pub use csi_im::{CsiIm, CsiImPattern};
pub use elements::CsiElements;
pub use occupancy::{CsiFrequencyOccupation, CsiPeriodicity};
pub use pattern::{CdmGroup, CsiRsMapping, CsiRsPattern, FrequencyAllocation};
pub use pilots::csi_rs_c_init;
pub use receiver::{CsiRsEstimates, CsiRsReceiver};
pub use table::{CdmType, CsiRsDensity};
pub use transmitter::CsiRsTransmitter;
pub use trs::{TrsParameters, TrsSet};

#[cfg(test)]
pub(crate) mod tests;
