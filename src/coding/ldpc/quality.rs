//! Error rates of the decoders in white Gaussian noise, with fixed seeds: how much the production decoder (i8,
//! few iterations, min-sum) loses against unquantised sum-product decoding.

use super::decoder::{CheckMethod, LdpcSoftBit};
use super::harq::HarqBuffer;
use super::plan::SchPlan;
use super::sch::{SchDecoder, SchEncoder};
pub use super::sum_product::Schedule;
use super::sum_product::SumProductDecoder;
use crate::ConfigError;
use crate::coding::SoftBit;
use crate::kernel::Isa;
use crate::quality::{Bench, RequiredSnr};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// A decoder to be measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Algorithm {
    /// [`SchDecoder`] on `i8`.
    MinSumI8 {
        /// At most this many.
        iterations: usize,
        /// How check messages are formed.
        method: CheckMethod,
    },
    /// [`SchDecoder`] on `f32`.
    MinSumF32 {
        /// At most this many.
        iterations: usize,
        /// How check messages are formed.
        method: CheckMethod,
    },
    /// Sum-product in `f32`.
    SumProduct {
        /// Flooding or layered.
        schedule: Schedule,
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
    /// About where BLER 1e-2 lies for sum-product decoding (flooding), Es/N0 of a QPSK symbol in dB.
    pub near_db: f64,
    /// The loss that is allowed against [`REFERENCE`], in dB.
    pub max_loss_db: f64,
}

/// The codes whose loss against sum-product decoding is bounded.
pub const CASES: [Case; 5] = [
    Case { name: "BG1 R 1/3", tbs: 8424, rate: 1.0 / 3.0, near_db: -1.6, max_loss_db: 0.5 },
    Case { name: "BG1 R 2/3", tbs: 8424, rate: 2.0 / 3.0, near_db: 2.93, max_loss_db: 0.3 },
    Case { name: "BG1 R 8/9", tbs: 8424, rate: 8.0 / 9.0, near_db: 6.15, max_loss_db: 0.3 },
    Case { name: "BG2 R 1/5", tbs: 3824, rate: 1.0 / 5.0, near_db: -4.2, max_loss_db: 0.5 },
    Case { name: "BG2 R 2/3", tbs: 3808, rate: 0.67, near_db: 3.05, max_loss_db: 0.3 },
];

/// The decoder that the loss is stated of: the production decoder with 12 (layered) iterations.
pub const PRODUCTION: Algorithm = Algorithm::MinSumI8 { iterations: 12, method: CheckMethod::BoxPlus };

/// The decoder that the loss is stated against: sum-product as it is defined, 50 iterations.
pub const REFERENCE: Algorithm = Algorithm::SumProduct { schedule: Schedule::Flooding, iterations: 50 };

/// A stronger decoder for comparison: as many iterations, each worth about two of [`REFERENCE`].
pub const STRONGER_REFERENCE: Algorithm = Algorithm::SumProduct { schedule: Schedule::Layered, iterations: 50 };

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
    let mut bench = LdpcBench::new(isa, plan, algorithm, seed);
    let mut total = ErrorCount::default();
    for block in blocks {
        bench.draw(block);
        total.errors += u64::from(!bench.passes(es_n0_db));
        total.blocks += 1;
        if total.errors == enough_errors {
            break;
        }
    }
    ErrorCount { iterations: bench.iterations, ..total }
}

/// The Es/N0 of a QPSK symbol that each of `blocks` needs, as [`count_errors`] sends them.
pub fn required_snr(
    isa: Isa,
    plan: &SchPlan,
    algorithm: Algorithm,
    seed: u64,
    blocks: Range<u64>,
    range_db: Range<f64>,
    step_db: f64,
) -> RequiredSnr {
    RequiredSnr::measure(&mut LdpcBench::new(isa, plan, algorithm, seed), blocks, range_db, step_db)
}

/// A decoder with what it has to work on.
struct LdpcBench {
    plan: SchPlan,
    encoder: SchEncoder,
    decoder: Decoder,
    seed: u64,
    tb: Vec<u8>,
    decoded: Vec<u8>,
    coded: Vec<u8>,
    noise: Vec<f32>,
    iterations: u64,
}

enum Decoder {
    I8(SchDecoder<i8>, HarqBuffer<i8>, Vec<i8>),
    F32(SchDecoder<f32>, HarqBuffer<f32>, Vec<f32>),
    SumProduct(SumProductDecoder, Vec<f32>, Vec<f32>),
}

impl LdpcBench {
    fn new(isa: Isa, plan: &SchPlan, algorithm: Algorithm, seed: u64) -> Self {
        let g = plan.coded_bits();
        let decoder = match algorithm {
            Algorithm::MinSumI8 { iterations, method } => {
                Decoder::I8(min_sum(isa, iterations, method), HarqBuffer::new(plan.tbs()), vec![0; g])
            }
            Algorithm::MinSumF32 { iterations, method } => {
                Decoder::F32(min_sum(isa, iterations, method), HarqBuffer::new(plan.tbs()), vec![0.0; g])
            }
            Algorithm::SumProduct { schedule, iterations } => {
                let soft = vec![0.0; plan.segmentation().coded_bits()];
                Decoder::SumProduct(SumProductDecoder::new(schedule, iterations), soft, vec![0.0; g])
            }
        };
        Self {
            plan: *plan,
            encoder: SchEncoder::new(),
            decoder,
            seed,
            tb: vec![0; plan.tbs()],
            decoded: vec![0; plan.tbs()],
            coded: vec![0; g],
            noise: vec![0.0; g],
            iterations: 0,
        }
    }
}

impl Bench for LdpcBench {
    fn draw(&mut self, block: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(block);
        self.tb.iter_mut().for_each(|bit| *bit = u8::from(rng.random::<bool>()));
        self.encoder.encode(&self.plan, &self.tb, &mut self.coded);
        for pair in self.noise.chunks_mut(2) {
            // Box and Muller's two at a time.
            let radius = (-2.0 * (1.0 - rng.random::<f32>()).ln()).sqrt();
            let (sin, cos) = (std::f32::consts::TAU * rng.random::<f32>()).sin_cos();
            pair.iter_mut().zip([radius * cos, radius * sin]).for_each(|(noise, value)| *noise = value);
        }
    }

    fn passes(&mut self, snr_db: f64) -> bool {
        let Self { plan, decoder, decoded, coded, noise, .. } = self;
        let (accepted, iterations) = match decoder {
            Decoder::I8(decoder, harq, llr) => {
                receive(snr_db, coded, noise, llr);
                decode(decoder, plan, llr, harq, decoded)
            }
            Decoder::F32(decoder, harq, llr) => {
                receive(snr_db, coded, noise, llr);
                decode(decoder, plan, llr, harq, decoded)
            }
            Decoder::SumProduct(decoder, soft, llr) => {
                receive(snr_db, coded, noise, llr);
                (true, sum_product(decoder, plan, llr, soft, decoded))
            }
        };
        self.iterations += iterations as u64;
        accepted && self.decoded == self.tb
    }
}

/// Each bit is a component of amplitude sqrt(Es/2) in noise of variance N0/2: the LLR has mean 2 Es/N0 and variance
/// 4 Es/N0.
fn receive<S: SoftBit>(es_n0_db: f64, coded: &[u8], noise: &[f32], llr: &mut [S]) {
    let es_n0 = 10f64.powf(es_n0_db / 10.0) as f32;
    let (mean, deviation) = (2.0 * es_n0, 2.0 * es_n0.sqrt());
    for ((llr, &bit), noise) in llr.iter_mut().zip(coded).zip(noise) {
        *llr = S::from_f32(mean * (1.0 - 2.0 * f32::from(bit)) + deviation * noise);
    }
}

fn min_sum<S: LdpcSoftBit>(isa: Isa, iterations: usize, method: CheckMethod) -> SchDecoder<S> {
    let mut decoder = SchDecoder::new(isa, iterations);
    decoder.set_check_method(method);
    decoder
}

fn decode<S: LdpcSoftBit>(
    decoder: &mut SchDecoder<S>,
    plan: &SchPlan,
    llr: &[S],
    harq: &mut HarqBuffer<S>,
    decoded: &mut [u8],
) -> (bool, usize) {
    harq.reset();
    let outcome = decoder.decode(plan, llr, harq, decoded);
    (outcome.crc_ok, outcome.iterations)
}

fn sum_product(
    decoder: &mut SumProductDecoder,
    plan: &SchPlan,
    llr: &[f32],
    soft: &mut [f32],
    decoded: &mut [u8],
) -> usize {
    let payload_bits = plan.segmentation().payload_bits();
    let mut total = 0;
    for (range, decoded) in plan.code_block_ranges().zip(decoded.chunks_mut(payload_bits)) {
        soft.fill(0.0);
        plan.buffer().accumulate(plan.qm(), &llr[range], soft);
        let (bits, iterations) = decoder.decode(plan, soft);
        decoded.iter_mut().zip(bits).for_each(|(to, bit)| *to = bit);
        total += iterations;
    }
    total
}
