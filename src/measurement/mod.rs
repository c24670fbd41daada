//! Measurements of a device: TS 38.215 5.1; TS 38.214 5.2.
//!
//! [`SsbMeter`] and [`CsiRsMeter`] measure RSRP, RSRQ and SINR of each receive antenna, the latter also the channel from
//! each port; [`TrsTracker`] fine time and frequency; [`NoiseCovariance`] the interference on CSI-IM. From channel and
//! noise a [`CsiReporter`] makes the report of rank, precoding matrix ([`TypeICodebook`]) and quality ([`CqiTable`]).
//!
//! ```text
//! grid ─▶ CsiRsMeter ─ CsiRsMeasurement ─▶ CsiReporter ─▶ CsiReport (RI, PMI, CQI), Precoder
//!      └▶ NoiseCovariance (CSI-IM) ────────┘
//! ```

mod codebook;
mod cqi;
mod csi_rs;
mod hermitian;
mod interference;
mod mmse;
mod mutual_information;
mod received_quality;
mod report_config;
mod reporter;
mod required_snr;
mod ssb;
mod tracking;

pub use codebook::{CodebookMode, CodebookParameters, I1, IndexRanges, PanelShape, TypeICodebook};
pub use cqi::{Cqi, CqiTable, differential_cqi};
pub use csi_rs::{CsiRsMeasurement, CsiRsMeter};
pub use interference::NoiseCovariance;
pub use received_quality::{ReceivedQuality, ReportedQuality, RssiResources};
pub use report_config::{CsiReportConfig, CsiReportParameters, subband_sizes};
pub use reporter::{CsiReport, CsiReporter};
pub use ssb::{SsbMeasurementParameters, SsbMeter};
pub use tracking::{TrackingEstimate, TrsTracker};

#[cfg(test)]
mod meter_tests;
#[cfg(test)]
mod reporter_tests;
