//! LDPC of transport blocks: encoder and decoder, in information bits a second on one thread.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use nrflow::coding::SoftBit;
use nrflow::coding::ldpc::{HarqBuffer, SchDecoder, SchEncoder, SchPlan};
use nrflow::kernel::Isa;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    divan::main();
}

/// Name, transport block size, code rate x 1024, coded bits, bits a symbol, and the Es/N0 of QPSK in dB at which
/// about one block in a hundred is lost.
const CASES: [(&str, usize, f64, usize, usize, f32); 6] = [
    ("BG1 Z 384 R 1/3", 8424, 341.4, 25_344, 2, -0.7),
    ("BG1 Z 384 R 2/3", 8424, 682.7, 12_672, 2, 3.3),
    ("BG1 Z 384 R 8/9", 8424, 910.3, 9504, 2, 6.4),
    ("BG2 Z 384 R 1/5", 3824, 204.8, 19_200, 2, -3.2),
    ("BG2 Z 36 R 1/3 (a SIB1)", 336, 341.4, 1056, 2, -0.5),
    ("12 blocks R 2/3 64QAM", 100_808, 682.7, 151_200, 6, 3.3),
];

const NAMES: [&str; 6] = [CASES[0].0, CASES[1].0, CASES[2].0, CASES[3].0, CASES[4].0, CASES[5].0];

fn plan(name: &str) -> (SchPlan, f32) {
    let (_, tbs, rate, g, qm, es_n0_db) = CASES.into_iter().find(|case| case.0 == name).unwrap();
    (SchPlan::new(tbs, rate, g, qm, 1, 0, None).unwrap(), es_n0_db)
}

/// A transport block and its soft bits (all as of QPSK, also where the bits are interleaved for more).
fn transmission(plan: &SchPlan, es_n0_db: f32) -> (Vec<u8>, Vec<i8>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let tb: Vec<u8> = (0..plan.tbs()).map(|_| rng.random_range(0..2)).collect();
    let mut coded = vec![0; plan.coded_bits()];
    SchEncoder::new().encode(plan, &tb, &mut coded);
    let es_n0 = 10f32.powf(es_n0_db / 10.0);
    let llr = coded.iter().map(|&bit| {
        let (u, v): (f32, f32) = (1.0 - rng.random::<f32>(), rng.random());
        let noise = (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos();
        i8::from_f32(2.0 * es_n0 * (1.0 - 2.0 * f32::from(bit)) + 2.0 * es_n0.sqrt() * noise)
    });
    let llr = llr.collect();
    (tb, llr)
}

#[divan::bench(args = NAMES)]
fn encode(bencher: Bencher, name: &str) {
    let (plan, es_n0_db) = plan(name);
    let (tb, _) = transmission(&plan, es_n0_db);
    let mut encoder = SchEncoder::new();
    let mut coded = vec![0; plan.coded_bits()];
    bencher.counter(ItemsCount::new(plan.tbs())).bench_local(|| {
        encoder.encode(&plan, black_box(&tb), &mut coded);
        black_box(&coded);
    });
}

fn decode_with(bencher: Bencher, isa: Isa, plan: &SchPlan, llr: &[i8], iterations: usize) {
    let mut decoder = SchDecoder::<i8>::new(isa, iterations);
    let mut harq = HarqBuffer::new(plan.tbs());
    let mut decoded = vec![0; plan.tbs()];
    bencher.counter(ItemsCount::new(plan.tbs())).bench_local(|| {
        harq.reset();
        black_box(decoder.decode(plan, black_box(llr), &mut harq, &mut decoded))
    });
}

/// Where about one block in a hundred is lost, with at most 12 iterations and the early stop.
#[divan::bench(args = NAMES)]
fn decode(bencher: Bencher, name: &str) {
    let (plan, es_n0_db) = plan(name);
    let (_, llr) = transmission(&plan, es_n0_db);
    decode_with(bencher, Isa::detect(), &plan, &llr, 12);
}

/// All of 6 iterations, whatever is received: noise alone never satisfies the parity checks.
#[divan::bench(args = NAMES)]
fn decode_6_iterations(bencher: Bencher, name: &str) {
    let (plan, _) = plan(name);
    let (_, llr) = transmission(&plan, -20.0);
    decode_with(bencher, Isa::detect(), &plan, &llr, 6);
}

/// The same without vector instructions of our own.
#[divan::bench(args = [CASES[0].0])]
fn decode_6_iterations_scalar(bencher: Bencher, name: &str) {
    let (plan, _) = plan(name);
    let (_, llr) = transmission(&plan, -20.0);
    decode_with(bencher, Isa::scalar(), &plan, &llr, 6);
}
