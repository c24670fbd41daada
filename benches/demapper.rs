//! Speed of mapper, demapper and scrambling: the counters are bits.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use nrflow::Complex32;
use nrflow::kernel::Isa;
use nrflow::modulation::{Modulation, demap, descramble, map, scramble};

fn main() {
    divan::main();
}

/// Data elements of 13 symbols of 106 blocks.
const SYMBOLS: usize = 13 * 106 * 12;

fn bits(n: usize) -> Vec<u8> {
    let mut state = 1u32;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 31) as u8
        })
        .collect()
}

fn bench_demap(bencher: Bencher, isa: Isa, modulation: Modulation) {
    let bits = bits(SYMBOLS * modulation.bits_per_symbol());
    let mut symbols = vec![Complex32::ZERO; SYMBOLS];
    map(modulation, &bits, &mut symbols);
    let noise = vec![0.05; SYMBOLS];
    let mut llr = vec![0i8; bits.len()];
    bencher
        .counter(ItemsCount::new(bits.len()))
        .bench_local(|| demap(isa, modulation, black_box(&symbols), black_box(&noise), &mut llr));
}

#[divan::bench(args = Modulation::ALL)]
fn demap_scalar(bencher: Bencher, modulation: Modulation) {
    bench_demap(bencher, Isa::scalar(), modulation);
}

#[divan::bench(args = Modulation::ALL)]
fn demap_best(bencher: Bencher, modulation: Modulation) {
    bench_demap(bencher, Isa::detect(), modulation);
}

#[divan::bench(args = Modulation::ALL)]
fn map_symbols(bencher: Bencher, modulation: Modulation) {
    let bits = bits(SYMBOLS * modulation.bits_per_symbol());
    let mut symbols = vec![Complex32::ZERO; SYMBOLS];
    bencher.counter(ItemsCount::new(bits.len())).bench_local(|| map(modulation, black_box(&bits), &mut symbols));
}

#[divan::bench]
fn scramble_bits(bencher: Bencher) {
    let mut bits = bits(100_000);
    bencher.counter(ItemsCount::new(bits.len())).bench_local(|| scramble(black_box(&mut bits), 0x1234_5678));
}

#[divan::bench]
fn descramble_llr(bencher: Bencher) {
    let mut llr = vec![17i8; 100_000];
    bencher.counter(ItemsCount::new(llr.len())).bench_local(|| descramble(black_box(&mut llr), 0x1234_5678));
}
