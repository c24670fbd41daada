//! Speed of the OFDM chain: the counters are samples, to be compared with the sample rate.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use nrflow::Complex32;
use nrflow::frame::{Carrier, CyclicPrefix, Numerology, ResourceGrid};
use nrflow::kernel::{Isa, dot_conj, i16_to_complex, multiply_conj_accumulate};
use nrflow::ofdm::{Mixer, OfdmConfig, OfdmDemodulator, OfdmModulator, Resampler};

fn main() {
    divan::main();
}

/// 20 MHz in 23.04 Msps and 100 MHz in 122.88 Msps, at 30 kHz.
const CARRIERS: [(u16, u64); 2] = [(51, 23_040_000), (273, 122_880_000)];

fn config((n_prb, rate): (u16, u64)) -> OfdmConfig {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, n_prb).unwrap();
    OfdmConfig::new(&carrier, rate, 0, Some(3.5e9)).unwrap()
}

fn noise(n: usize) -> Vec<Complex32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..n).map(|_| Complex32::new(next(), next())).collect()
}

#[divan::bench(args = CARRIERS)]
fn modulate_slot(bencher: Bencher, carrier: (u16, u64)) {
    let config = config(carrier);
    let mut grid = ResourceGrid::for_carrier(config.carrier(), 1);
    let n = grid.as_slice().len();
    grid.as_mut_slice().copy_from_slice(&noise(n));
    let mut modulator = OfdmModulator::new(&config);
    let mut samples = vec![Complex32::ZERO; config.slot_len(0)];
    bencher.counter(ItemsCount::new(samples.len())).bench_local(|| {
        modulator.modulate_slot(0, black_box(&grid), 0, &mut samples);
        samples[0]
    });
}

#[divan::bench(args = CARRIERS)]
fn demodulate_slot(bencher: Bencher, carrier: (u16, u64)) {
    let config = config(carrier);
    let mut grid = ResourceGrid::for_carrier(config.carrier(), 1);
    let samples = noise(config.slot_len(0));
    let mut demodulator = OfdmDemodulator::new(&config);
    bencher.counter(ItemsCount::new(samples.len())).bench_local(|| {
        demodulator.demodulate_slot(0, black_box(&samples), 0, &mut grid);
        grid.as_slice()[0]
    });
}

/// The counter is input samples.
#[divan::bench(args = [(20_000_000, 15_360_000), (61_440_000, 3_840_000), (30_720_000, 30_720_031)])]
fn resample(bencher: Bencher, (from, to): (u64, u64)) {
    let input = noise(65_536);
    let mut resampler = Resampler::new(from, to).unwrap();
    let mut output = vec![Complex32::ZERO; resampler.output_len(input.len()) + 16];
    bencher.counter(ItemsCount::new(input.len())).bench_local(|| resampler.process(black_box(&input), &mut output));
}

#[divan::bench]
fn mix(bencher: Bencher) {
    let input = noise(65_536);
    let mut output = input.clone();
    let mut mixer = Mixer::new(1.234e6, 30_720_000).unwrap();
    bencher.counter(ItemsCount::new(input.len())).bench_local(|| mixer.process(black_box(&input), &mut output));
}

fn levels() -> Vec<&'static str> {
    if Isa::all().len() > 1 { vec!["scalar", "best"] } else { vec!["scalar"] }
}

fn isa(level: &str) -> Isa {
    if level == "scalar" { Isa::scalar() } else { Isa::all().pop().unwrap() }
}

#[divan::bench(args = levels())]
fn conjugate_multiply_accumulate(bencher: Bencher, level: &str) {
    let (a, b, mut acc) = (noise(3276), noise(3276), noise(3276));
    bencher
        .counter(ItemsCount::new(a.len()))
        .bench_local(|| multiply_conj_accumulate(isa(level), black_box(&a), black_box(&b), &mut acc));
}

#[divan::bench(args = levels())]
fn correlate(bencher: Bencher, level: &str) {
    let (a, b) = (noise(3276), noise(3276));
    bencher.counter(ItemsCount::new(a.len())).bench_local(|| dot_conj(isa(level), black_box(&a), black_box(&b)));
}

#[divan::bench(args = levels())]
fn from_16_bit(bencher: Bencher, level: &str) {
    let samples: Vec<i16> = (0..65_536).map(|i| (i * 77) as i16).collect();
    let mut out = vec![Complex32::ZERO; samples.len() / 2];
    bencher
        .counter(ItemsCount::new(out.len()))
        .bench_local(|| i16_to_complex(isa(level), black_box(&samples), 1.0 / 32768.0, &mut out));
}
