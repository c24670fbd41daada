//! Error rates of the decoders in white Gaussian noise, with fixed seeds: how much the production decoder (i8,
//! few iterations, min-sum) loses against unquantised sum-product decoding.

use super::decoder::LdpcSoftBit;
use super::harq::HarqBuffer;
use super::plan::SchPlan;
use super::sch::{SchDecoder, SchEncoder};
use super::sum_product::SumProductDecoder;
use crate::ConfigError;
use crate::coding::SoftBit;
use crate::kernel::Isa;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// A decoder to be measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Algorithm {
    /// [`SchDecoder`] on `i8`, with its own correction or (factor, offset in natural units).
    MinSumI8 {
        /// At most this many.
        iterations: usize,
        /// `None` for the decoder's own.
        correction: Option<(f32, f32, f32)>,
    },
    /// [`SchDecoder`] on `f32`.
    MinSumF32 {
        /// At most this many.
        iterations: usize,
        /// `None` for the decoder's own.
        correction: Option<(f32, f32, f32)>,
    },
    /// Layered sum-product in `f32`.
    SumProduct {
        /// At most this many.
        iterations: usize,
    },
}

/// A code of which the loss is stated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// As a reader would name it.
    pub name: &'static str,
    /// Transport block size in bits; one code block.
    pub tbs: usize,
    /// Target code rate; the coded bits follow from it.
    pub rate: f64,
    /// About where BLER 1e-2 lies for sum-product decoding, Es/N0 of a QPSK symbol in dB.
    pub near_db: f64,
    /// The loss that is allowed, in dB.
    pub max_loss_db: f64,
}

/// The codes whose loss against sum-product decoding is bounded.
pub const CASES: [Case; 5] = [
    Case { name: "BG1 R 1/3", tbs: 8424, rate: 1.0 / 3.0, near_db: -1.1, max_loss_db: 0.5 },
    Case { name: "BG1 R 2/3", tbs: 8424, rate: 2.0 / 3.0, near_db: 3.0, max_loss_db: 0.3 },
    Case { name: "BG1 R 8/9", tbs: 8424, rate: 8.0 / 9.0, near_db: 6.2, max_loss_db: 0.3 },
    Case { name: "BG2 R 1/5", tbs: 3824, rate: 1.0 / 5.0, near_db: -3.6, max_loss_db: 0.5 },
    Case { name: "BG2 R 2/3", tbs: 3808, rate: 0.67, near_db: 3.3, max_loss_db: 0.3 },
];

impl Case {
    /// The coding of a transmission: QPSK, redundancy version 0, the code rate counted with the CRC.
    ///
    /// # Errors
    /// If the values of the case break the standard.
    pub fn plan(&self) -> Result<SchPlan, ConfigError> {
        let crc = if self.tbs > 3824 { 24 } else { 16 };
        let g = ((self.tbs + crc) as f64 / self.rate / 2.0).round() as usize * 2;
        SchPlan::new(self.tbs, self.rate * 1024.0, g, 2, 1, 0, None)
    }
}

/// Blocks sent and blocks not received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorCount {
    /// Transport blocks sent.
    pub blocks: u64,
    /// Of these, those with a bit error or a failed CRC.
    pub errors: u64,
    /// Decoder iterations, summed.
    pub iterations: u64,
}

impl ErrorCount {
    /// Block error rate.
    pub fn bler(&self) -> f64 {
        self.errors as f64 / self.blocks as f64
    }
}

/// Sends the transport blocks numbered `blocks` (random bits, QPSK, `es_n0_db` per symbol, exact LLRs) and counts
/// the errors; ends early once there are `enough_errors`. The bits and the noise of a block follow from `seed` and
/// its number alone, so that decoders are compared on the same noise and ranges can run in parallel.
pub fn count_errors(
    isa: Isa,
    plan: &SchPlan,
    algorithm: Algorithm,
    es_n0_db: f64,
    seed: u64,
    blocks: Range<u64>,
    enough_errors: u64,
) -> ErrorCount {
    match algorithm {
        Algorithm::MinSumI8 { iterations, correction } => {
            let mut decode = min_sum::<i8>(isa, plan, iterations, correction);
            count(plan, es_n0_db, seed, blocks, enough_errors, &mut decode)
        }
        Algorithm::MinSumF32 { iterations, correction } => {
            let mut decode = min_sum::<f32>(isa, plan, iterations, correction);
            count(plan, es_n0_db, seed, blocks, enough_errors, &mut decode)
        }
        Algorithm::SumProduct { iterations } => {
            let mut decoder = SumProductDecoder::new(iterations);
            let s = *plan.segmentation();
            let mut soft = vec![0.0; s.coded_bits()];
            count(plan, es_n0_db, seed, blocks, enough_errors, &mut |llr: &[f32], tb: &mut [u8]| {
                let mut iterations = 0;
                for (r, range) in plan.code_block_ranges().enumerate() {
                    soft.fill(0.0);
                    plan.buffer().accumulate(plan.qm(), &llr[range], &mut soft);
                    let (bits, spent) = decoder.decode(plan, &soft);
                    iterations += spent;
                    let first = r * s.payload_bits();
                    let payload = tb.iter_mut().skip(first).take(s.payload_bits());
                    payload.zip(bits).for_each(|(to, bit)| *to = bit);
                }
                (true, iterations)
            })
        }
    }
}

/// The Es/N0 in dB at which the block error rate is `bler`, interpolated between steps of `step_db` from
/// `start_db` upwards (or downwards first); of each step at most `blocks` blocks are sent.
pub fn snr_db_at_bler(
    isa: Isa,
    plan: &SchPlan,
    algorithm: Algorithm,
    bler: f64,
    start_db: f64,
    step_db: f64,
    seed: u64,
    blocks: u64,
) -> f64 {
    let measure = |db: f64| {
        let count = count_errors(isa, plan, algorithm, db, seed, 0..blocks, 100);
        // Half an error where there is none, so that the logarithm exists.
        (count.errors as f64).max(0.5) / count.blocks as f64
    };
    let mut db = start_db;
    let mut above = measure(db);
    while above < bler {
        db -= step_db;
        above = measure(db);
    }
    loop {
        let below = measure(db + step_db);
        if below < bler {
            return db + step_db * (above / bler).ln() / (above / below).ln();
        }
        db += step_db;
        above = below;
    }
}

fn min_sum<S: LdpcSoftBit>(
    isa: Isa,
    plan: &SchPlan,
    iterations: usize,
    correction: Option<(f32, f32, f32)>,
) -> impl FnMut(&[S], &mut [u8]) -> (bool, usize) {
    let mut decoder = SchDecoder::<S>::new(isa, iterations);
    if let Some((factor, offset, limit)) = correction {
        decoder.set_correction(factor, offset, limit);
    }
    let plan = *plan;
    let mut harq = HarqBuffer::new(plan.tbs());
    move |llr, tb| {
        harq.reset();
        let outcome = decoder.decode(&plan, llr, &mut harq, tb);
        (outcome.crc_ok, outcome.iterations)
    }
}

fn count<S: SoftBit>(
    plan: &SchPlan,
    es_n0_db: f64,
    seed: u64,
    blocks: Range<u64>,
    enough_errors: u64,
    decode: &mut dyn FnMut(&[S], &mut [u8]) -> (bool, usize),
) -> ErrorCount {
    let mut encoder = SchEncoder::new();
    let mut tb = vec![0; plan.tbs()];
    let mut decoded = vec![0; plan.tbs()];
    let mut coded = vec![0; plan.coded_bits()];
    let mut llr = vec![S::ERASED; plan.coded_bits()];
    // Each bit is a component of amplitude sqrt(Es/2) in noise of variance N0/2: the LLR has mean 2 Es/N0 and
    // variance 4 Es/N0.
    let es_n0 = 10f64.powf(es_n0_db / 10.0) as f32;
    let (mean, deviation) = (2.0 * es_n0, 2.0 * es_n0.sqrt());
    let mut total = ErrorCount::default();
    for block in blocks {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(block);
        tb.iter_mut().for_each(|bit| *bit = u8::from(rng.random::<bool>()));
        encoder.encode(plan, &tb, &mut coded);
        for (llr, bits) in llr.chunks_mut(2).zip(coded.chunks(2)) {
            // Box and Muller's two at a time.
            let radius = (-2.0 * (1.0 - rng.random::<f32>()).ln()).sqrt();
            let (sin, cos) = (std::f32::consts::TAU * rng.random::<f32>()).sin_cos();
            for ((llr, &bit), noise) in llr.iter_mut().zip(bits).zip([radius * cos, radius * sin]) {
                *llr = S::from_f32(mean * (1.0 - 2.0 * f32::from(bit)) + deviation * noise);
            }
        }
        let (accepted, iterations) = decode(&llr, &mut decoded);
        total.blocks += 1;
        total.errors += u64::from(!accepted || decoded != tb);
        total.iterations += iterations as u64;
        if total.errors == enough_errors {
            break;
        }
    }
    total
}
