//! Speed of sample conversion between the formats of radios and ours, beside a copy of as many bytes: the counters are
//! bytes read and written.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use nrflow::Complex32;
use nrflow::kernel::{self, Isa};

fn main() {
    divan::main();
}

/// Samples: much more than caches hold, and what stays in them.
const LENGTHS: [usize; 2] = [1 << 23, 1 << 13];

fn noise(n: usize) -> Vec<Complex32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..n).map(|_| Complex32::new(next(), next())).collect()
}

/// Reads and writes `bytes` a sample in all.
fn copy(bencher: Bencher, n: usize, bytes: usize) {
    let from = vec![1u8; n * bytes / 2];
    let mut to = vec![0u8; n * bytes / 2];
    bencher.counter(BytesCount::new(n * bytes)).bench_local(|| black_box(&mut to).copy_from_slice(black_box(&from)));
}

#[divan::bench(args = LENGTHS)]
fn copy_12_bytes(bencher: Bencher, n: usize) {
    copy(bencher, n, 12);
}

#[divan::bench(args = LENGTHS)]
fn cs16_to_cf32(bencher: Bencher, n: usize) {
    let from = vec![77i16; 2 * n];
    let mut to = vec![Complex32::ZERO; n];
    bencher
        .counter(BytesCount::new(12 * n))
        .bench_local(|| kernel::i16_to_complex(Isa::detect(), black_box(&from), 1.0 / 32768.0, black_box(&mut to)));
}

#[divan::bench(args = LENGTHS)]
fn cs8_to_cf32(bencher: Bencher, n: usize) {
    let from = vec![77i8; 2 * n];
    let mut to = vec![Complex32::ZERO; n];
    bencher
        .counter(BytesCount::new(10 * n))
        .bench_local(|| kernel::i8_to_complex(Isa::detect(), black_box(&from), 1.0 / 128.0, black_box(&mut to)));
}

#[divan::bench(args = LENGTHS)]
fn cf32_to_cs16(bencher: Bencher, n: usize) {
    let from = noise(n);
    let mut to = vec![0i16; 2 * n];
    bencher
        .counter(BytesCount::new(12 * n))
        .bench_local(|| kernel::complex_to_i16(Isa::detect(), black_box(&from), 32768.0, black_box(&mut to)));
}

#[divan::bench(args = LENGTHS)]
fn cf32_to_cs8(bencher: Bencher, n: usize) {
    let from: Vec<f32> = noise(n).iter().flat_map(|x| [x.re, x.im]).collect();
    let mut to = vec![0i8; 2 * n];
    bencher
        .counter(BytesCount::new(10 * n))
        .bench_local(|| kernel::quantise_llr(Isa::detect(), black_box(&from), 128.0, black_box(&mut to)));
}
