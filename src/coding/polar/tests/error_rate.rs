//! The loss of `i8` against `f32`, by the same noise for both.

use super::{Parameters, gaussian};
use crate::coding::polar::{PolarDecoder, PolarEncoder};
use crate::coding::{Crc, SoftBit};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Words lost of those sent, QPSK in white noise, exactly scaled soft bits.
struct Errors {
    f32_at: u32,
    i8_at: u32,
    /// With the same noise, 0.1 dB more signal.
    i8_above: u32,
    sent: u32,
}

impl Errors {
    fn measure(parameters: Parameters, crc: Crc, snr_db: f32, list_size: usize, sent: u32, seed: u64) -> Self {
        let code = Arc::new(parameters.code());
        let mut encoder = PolarEncoder::new(code.clone());
        let mut reference = PolarDecoder::<f32>::new(code.clone(), list_size);
        let mut production = PolarDecoder::<i8>::new(code.clone(), list_size);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut f, mut out) = (vec![0; code.e()], vec![0; code.k()]);
        let mut errors = Self { f32_at: 0, i8_at: 0, i8_above: 0, sent };
        for _ in 0..sent {
            let mut c: Vec<u8> = (0..code.k() - crc.len()).map(|_| rng.random_range(0..2)).collect();
            crc.attach(&mut c);
            encoder.encode(&c, &mut f);
            let noise: Vec<f32> = f.iter().map(|_| gaussian(&mut rng)).collect();
            let natural = |snr_db: f32| {
                // An axis has half the symbol's energy: amplitude sqrt(snr / 2) over noise of variance 1/2.
                let snr = 10f32.powf(snr_db / 10.0);
                let llr = |(&bit, &n): (&u8, &f32)| 2.0 * snr.sqrt() * ((1.0 - 2.0 * f32::from(bit)) * snr.sqrt() + n);
                f.iter().zip(&noise).map(llr).collect::<Vec<f32>>()
            };
            let at = natural(snr_db);
            let quantise = |llr: &[f32]| llr.iter().map(|&llr| i8::from_f32(llr)).collect::<Vec<i8>>();
            let check = |c: &[u8]| crc.check(c);
            let lost = |found: bool, out: &[u8]| u32::from(!found || out != c);
            errors.f32_at += lost(reference.decode(&at, &mut out, check).is_some(), &out);
            errors.i8_at += lost(production.decode(&quantise(&at), &mut out, check).is_some(), &out);
            let above = quantise(&natural(snr_db + 0.1));
            errors.i8_above += lost(production.decode(&above, &mut out, check).is_some(), &out);
        }
        errors
    }

    /// The loss in dB, by the slope of the error rate of `i8`.
    fn loss_db(&self) -> f32 {
        let log = |errors: u32| (errors.max(1) as f32).ln();
        0.1 * (log(self.i8_at) - log(self.f32_at)) / (log(self.i8_at) - log(self.i8_above)).max(1e-3)
    }
}

#[test]
fn polar_list_8_i8_within_0_1_db_of_f32_at_bler_1e_2() {
    for (k, e, snr_db) in [(56, 864, -7.8), (64, 108, 3.05), (64, 432, -4.15), (64, 1728, -10.25)] {
        let parameters = Parameters { uplink: false, k, e };
        let errors = Errors::measure(parameters, Crc::Crc24C, snr_db, 8, 8000, 1);
        let rate = errors.f32_at as f32 / errors.sent as f32;
        println!(
            "K {k}, E {e}, {snr_db} dB: BLER f32 {rate:.4}, i8 {:.4}, i8 0.1 dB above {:.4}: loss {:.3} dB",
            errors.i8_at as f32 / errors.sent as f32,
            errors.i8_above as f32 / errors.sent as f32,
            errors.loss_db(),
        );
        assert!((0.004..0.025).contains(&rate), "K {k}, E {e}: {snr_db} dB is not the SNR of BLER 1e-2");
        assert!(errors.i8_above <= errors.f32_at, "K {k}, E {e}: loses more than 0.1 dB");
    }
}
