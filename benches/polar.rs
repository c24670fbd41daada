//! Polar encoder and list decoder: PBCH, DCI of each aggregation level, UCI. Soft bits at an SNR where about one word
//! in a hundred is lost.

use divan::{Bencher, black_box};
use nrflow::coding::polar::{PolarCode, PolarDecoder, PolarEncoder, PolarSoftBit};
use nrflow::coding::{Crc, SoftBit};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

fn main() {
    divan::main();
}

/// Link, K, E and the standard deviation of the noise at amplitude 1.
const CASES: [(&str, usize, usize, f32); 7] = [
    ("PBCH", 56, 864, 2.5),
    ("DCI AL1", 64, 108, 0.68),
    ("DCI AL4", 64, 432, 1.55),
    ("DCI AL16", 64, 1728, 3.2),
    ("DCI 140 bits AL8", 164, 864, 1.3),
    ("UCI 22", 22, 144, 1.2),
    ("UCI 500", 511, 1024, 0.75),
];

const LINKS: [&str; 7] = {
    let mut links = [""; 7];
    let mut i = 0;
    while i < 7 {
        links[i] = CASES[i].0;
        i += 1;
    }
    links
};

fn case(link: &str) -> (&'static str, usize, usize, f32) {
    CASES.into_iter().find(|case| case.0 == link).unwrap()
}

fn code(link: &str, k: usize, e: usize) -> Arc<PolarCode> {
    Arc::new(if link.starts_with("UCI") { PolarCode::uplink(k, e) } else { PolarCode::downlink(k, e) }.unwrap())
}

/// Different noisy words.
fn words<S: SoftBit>(code: &Arc<PolarCode>, sigma: f32) -> Vec<Vec<S>> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut encoder = PolarEncoder::new(code.clone());
    let mut f = vec![0; code.e()];
    let mut word = || {
        let mut c: Vec<u8> = (0..code.k() - 6).map(|_| rng.random_range(0..2)).collect();
        Crc::Crc6.attach(&mut c);
        encoder.encode(&c, &mut f);
        let mut noise = || (0..12).map(|_| rng.random::<f32>()).sum::<f32>() - 6.0;
        let llr = |&bit: &u8| S::from_f32((1.0 - 2.0 * f32::from(bit) + sigma * noise()) * 2.0 / (sigma * sigma));
        f.iter().map(llr).collect()
    };
    (0..16).map(|_| word()).collect()
}

fn decode_with<S: PolarSoftBit>(bencher: Bencher, link: &str, list_size: usize) {
    let (_, k, e, sigma) = case(link);
    let code = code(link, k, e);
    let words = words::<S>(&code, sigma);
    let mut decoder = PolarDecoder::<S>::new(code, list_size);
    let mut out = vec![0; k];
    let mut turn = 0;
    bencher.bench_local(|| {
        turn = (turn + 1) % words.len();
        decoder.decode(black_box(&words[turn]), &mut out, |_| true)
    });
}

#[divan::bench(args = LINKS)]
fn list_1(bencher: Bencher, link: &str) {
    decode_with::<i8>(bencher, link, 1);
}

#[divan::bench(args = LINKS)]
fn list_8(bencher: Bencher, link: &str) {
    decode_with::<i8>(bencher, link, 8);
}

#[divan::bench(args = LINKS)]
fn list_32(bencher: Bencher, link: &str) {
    decode_with::<i8>(bencher, link, 32);
}

#[divan::bench(args = LINKS)]
fn list_8_f32(bencher: Bencher, link: &str) {
    decode_with::<f32>(bencher, link, 8);
}

#[divan::bench(args = LINKS)]
fn encode(bencher: Bencher, link: &str) {
    let (_, k, e, _) = case(link);
    let mut encoder = PolarEncoder::new(code(link, k, e));
    let c: Vec<u8> = (0..k).map(|i| (i % 3 == 0) as u8).collect();
    let mut f = vec![0; e];
    bencher.bench_local(|| encoder.encode(black_box(&c), &mut f));
}
