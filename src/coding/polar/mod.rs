//! Polar coding for downlink (PBCH, PDCCH) and uplink (UCI): TS 38.212 5.3.1 and rate matching 5.4.1.
//!
//! A [`PolarCode`] is the checked configuration with its tables; [`PolarEncoder`] and [`PolarDecoder`] share it in
//! an `Arc`. The decoder is a successive-cancellation list decoder in the min-sum log-likelihood domain whose
//! candidates a caller's check (the CRC, unmasked by an RNTI) picks from.
//!
//! ```
//! use nrflow::coding::polar::{PolarCode, PolarDecoder, PolarEncoder};
//! use nrflow::coding::{Crc, SoftBit};
//! use std::sync::Arc;
//!
//! let mut c = vec![1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1];
//! Crc::Crc24C.attach(&mut c);
//! let code = Arc::new(PolarCode::downlink(c.len(), 108)?);
//! let mut f = vec![0; 108];
//! PolarEncoder::new(code.clone()).encode(&c, &mut f);
//! let llr: Vec<i8> = f.iter().map(|&bit| i8::from_f32(if bit == 0 { 4.0 } else { -4.0 })).collect();
//! let mut out = vec![0; c.len()];
//! let metric = PolarDecoder::new(code, 8).decode(&llr, &mut out, |c| Crc::Crc24C.check(c));
//! assert_eq!(metric.map(|m| m.penalty()), Some(0.0));
//! assert_eq!(out, c);
//! # Ok::<(), nrflow::ConfigError>(())
//! ```

mod code;
mod construction;
mod decoder;
mod encoder;
pub mod quality;
mod rate_matching;
mod schedule;
mod soft;
mod survivors;
#[cfg(test)]
mod tests;
mod transform;

pub use code::PolarCode;
pub use decoder::{PathMetric, PolarDecoder};
pub use encoder::PolarEncoder;
pub use rate_matching::RateMatching;
pub use soft::PolarSoftBit;
