//! Channel coding: bits, soft bits, CRC, segmentation, polar, LDPC.

pub mod bits;
mod crc;
pub mod ldpc;
mod llr;
pub mod polar;

pub use crc::Crc;
pub use llr::{LLR_SCALE, SoftBit};
