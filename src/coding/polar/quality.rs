//! What list decoding in `i8` loses against `f32`, in white Gaussian noise, with fixed seeds.

use super::{PolarCode, PolarDecoder, PolarEncoder, PolarSoftBit};
use crate::ConfigError;
use crate::coding::Crc;
use crate::propagation::ComplexGaussian;
use crate::quality::{Bench, RequiredSnr};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;
use std::sync::Arc;

/// A downlink code of which the loss is stated; CRC 24C picks from the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// As a reader would name it.
    pub name: &'static str,
    /// Bits with CRC.
    pub k: usize,
    /// Coded bits.
    pub e: usize,
    /// About where BLER 1e-2 lies with a list of 8, Es/N0 of a QPSK symbol in dB.
    pub near_db: f64,
}

/// The codes whose loss is bounded.
pub const CASES: [Case; 4] = [
    Case { name: "PBCH, 56 bits in 864", k: 56, e: 864, near_db: -7.94 },
    Case { name: "DCI, 64 bits in 108", k: 64, e: 108, near_db: 3.07 },
    Case { name: "DCI, 64 bits in 432", k: 64, e: 432, near_db: -4.25 },
    Case { name: "DCI, 64 bits in 1728", k: 64, e: 1728, near_db: -10.31 },
];

/// The loss that is allowed at BLER 1e-2, in dB.
pub const MAX_LOSS_DB: f64 = 0.1;

/// The Es/N0 of a QPSK symbol that each of `blocks` (random bits, exact LLRs) needs with soft bits of type `S` and a
/// list of `list_size`.
///
/// # Errors
/// If the values of the case break the standard.
///
/// # Panics
/// If `list_size` lies outside 1..=32.
pub fn required_snr<S: PolarSoftBit>(
    case: &Case,
    list_size: usize,
    seed: u64,
    blocks: Range<u64>,
    range_db: Range<f64>,
    step_db: f64,
) -> Result<RequiredSnr, ConfigError> {
    let code = Arc::new(PolarCode::downlink(case.k, case.e)?);
    let mut bench = PolarBench::<S> {
        encoder: PolarEncoder::new(code.clone()),
        decoder: PolarDecoder::new(code, list_size),
        seed,
        sent: Vec::with_capacity(case.k),
        coded: vec![0; case.e],
        noise: vec![0.0; case.e],
        llr: vec![S::ERASED; case.e],
        decoded: vec![0; case.k],
    };
    Ok(RequiredSnr::measure(&mut bench, blocks, range_db, step_db))
}

struct PolarBench<S: PolarSoftBit> {
    encoder: PolarEncoder,
    decoder: PolarDecoder<S>,
    seed: u64,
    sent: Vec<u8>,
    coded: Vec<u8>,
    noise: Vec<f32>,
    llr: Vec<S>,
    decoded: Vec<u8>,
}

impl<S: PolarSoftBit> Bench for PolarBench<S> {
    fn draw(&mut self, block: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(block);
        let payload = self.decoded.len() - Crc::Crc24C.len();
        self.sent.clear();
        self.sent.extend((0..payload).map(|_| u8::from(rng.random::<bool>())));
        Crc::Crc24C.attach(&mut self.sent);
        self.encoder.encode(&self.sent, &mut self.coded);
        let mut gaussian = ComplexGaussian::new(self.seed.wrapping_add(1), block);
        for pair in self.noise.chunks_mut(2) {
            let z = gaussian.sample();
            pair.iter_mut().zip([z.re, z.im]).for_each(|(noise, value)| *noise = value);
        }
    }

    fn passes(&mut self, snr_db: f64) -> bool {
        // An axis has half of the symbol's energy and half of the noise: amplitude a = sqrt(snr / 2) in noise of
        // variance 1/2 makes a soft bit of 2 a y / (1/2).
        let amplitude = (0.5 * 10f64.powf(snr_db / 10.0)).sqrt() as f32;
        for ((llr, &bit), &noise) in self.llr.iter_mut().zip(&self.coded).zip(&self.noise) {
            *llr = S::from_f32(4.0 * amplitude * (amplitude * (1.0 - 2.0 * f32::from(bit)) + noise));
        }
        let found = self.decoder.decode(&self.llr, &mut self.decoded, |c| Crc::Crc24C.check(c));
        found.is_some() && self.decoded == self.sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thinned; `nrflow bler` measures more blocks.
    #[test]
    fn list_8_in_i8_stays_near_f32() {
        for case in CASES {
            let range = case.near_db - 0.4..case.near_db + 1.2;
            let reference = required_snr::<f32>(&case, 8, 1, 0..4000, range.clone(), 0.01).unwrap();
            let production = required_snr::<i8>(&case, 8, 1, 0..4000, range, 0.01).unwrap();
            let loss = production.loss_against(&reference, 1e-2).unwrap();
            let at = reference.at_bler(1e-2).unwrap();
            println!(
                "{}: f32 {at:.2} dB, i8 {:+.3} dB, standard error {:.3} dB",
                case.name, loss.db, loss.standard_error_db
            );
            assert!((at - case.near_db).abs() < 0.25, "{}: BLER 1e-2 lies at {at} dB", case.name);
            assert!(loss.db <= MAX_LOSS_DB, "{}: {loss:?}", case.name);
        }
    }
}
