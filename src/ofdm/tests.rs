use super::{OfdmConfig, OfdmDemodulator, OfdmModulator};
use crate::Complex32;
use crate::frame::{Carrier, CyclicPrefix, Numerology, ResourceGrid, TC_PER_SECOND};
use num_complex::Complex64;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

fn config(khz: u32, prefix: CyclicPrefix, n_prb: u16, rate: u64, offset: i32, f0: Option<f64>) -> OfdmConfig {
    let carrier = Carrier::new(Numerology::from_scs_khz(khz).unwrap(), prefix, 0, n_prb).unwrap();
    OfdmConfig::new(&carrier, rate, offset, f0).unwrap()
}

fn configs() -> Vec<OfdmConfig> {
    use CyclicPrefix::{Extended, Normal};
    vec![
        config(15, Normal, 6, 1_920_000, 0, None),
        config(15, Normal, 11, 2_880_000, -3, Some(1.8425e9)),
        config(15, Normal, 6, 3_645_000, 80, Some(763.25e6)),
        config(30, Normal, 5, 1_920_000, 2, Some(3.5e9 + 0.5)),
        config(30, Normal, 24, 11_520_000, -40, Some(3.489_42e9)),
        config(60, Normal, 11, 15_360_000, 12, Some(2.6e9)),
        config(60, Extended, 11, 11_520_000, 0, Some(2.6e9 + 15e3)),
        config(60, Extended, 11, 9_720_000, 10, None),
        config(120, Normal, 3, 7_680_000, 0, Some(28.000_08e9)),
        config(240, Normal, 2, 6_480_000, -1, Some(28.000_08e9)),
        config(240, Normal, 20, 122_880_000, 30, Some(39e9)),
        config(480, Normal, 2, 17_280_000, 1, Some(60.48e9)),
        config(480, Normal, 5, 61_440_000, -4, Some(57.000_96e9)),
        config(960, Normal, 2, 25_920_000, -1, Some(70.999_92e9 + 0.5)),
    ]
}

fn random_grid(config: &OfdmConfig, n_ports: usize, rng: &mut ChaCha8Rng) -> ResourceGrid {
    let mut grid = ResourceGrid::for_carrier(config.carrier(), n_ports);
    for re in grid.as_mut_slice() {
        *re = Complex32::new(rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0));
    }
    grid
}

/// s(t) of TS 38.211 5.3.1 times the phase of 5.4 at time `t` (seconds from the start of the subframe), for symbol `l`;
/// unitary scale.
fn waveform(config: &OfdmConfig, l: usize, a: &[Complex32], t: f64) -> Complex64 {
    let scs = f64::from(config.numerology().scs_hz());
    let useful = f64::from(config.timing().symbols()[l].useful_tc) / TC_PER_SECOND as f64;
    let lowest = f64::from(config.centre_offset()) - a.len() as f64 / 2.0;
    let sum: Complex64 = a
        .iter()
        .enumerate()
        .map(|(k, a)| {
            let angle = TAU * (lowest + k as f64) * scs * (t - useful);
            Complex64::new(a.re.into(), a.im.into()) * Complex64::cis(angle)
        })
        .sum();
    // Cycles of f0 up to the end of the prefix, in halves: whole numbers, as every f0 here is half a hertz or more.
    let half_hz = (2.0 * config.phase_compensation_hz().unwrap_or(0.0)) as i128;
    let halves = half_hz * i128::from(config.timing().symbols()[l].useful_tc);
    let rest = halves.rem_euclid(2 * i128::from(TC_PER_SECOND)) as f64 / (2 * TC_PER_SECOND) as f64;
    sum * Complex64::cis(-TAU * rest) / (config.fft_size() as f64).sqrt()
}

#[test]
fn the_modulator_samples_the_waveform_of_the_clause() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for config in configs() {
        let grid = random_grid(&config, 2, &mut rng);
        let mut modulator = OfdmModulator::new(&config);
        for slot in [0, config.timing().n_slots() as u16 - 1] {
            let mut samples = vec![Complex32::ZERO; modulator.slot_len(slot)];
            modulator.modulate_slot(slot, &grid, 1, &mut samples);
            let n_symbols = grid.n_symbols();
            for symbol in [0, 1, n_symbols / 2, n_symbols - 1] {
                let l = usize::from(slot) * n_symbols + symbol;
                let (start, end) = (config.timing().symbols()[l].start, config.timing().symbol_end(l));
                let step = ((end - start) / 23).max(1);
                for n in (start..end).step_by(step).chain([end - 1]) {
                    let expected =
                        waveform(&config, l, grid.symbol(1, symbol), n as f64 / config.sample_rate_hz() as f64);
                    let got = samples[n - config.timing().slot_start(slot)];
                    let error = (Complex64::new(got.re.into(), got.im.into()) - expected).norm();
                    assert!(error < 2e-5, "{config:?}, symbol {l}, sample {n}: {got} instead of {expected}");
                }
            }
        }
    }
}

#[test]
fn the_demodulator_inverts_the_modulator_for_every_window_and_slot() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    for config in configs() {
        let mut modulator = OfdmModulator::new(&config);
        for window in [0.0, 0.3, 0.5, 1.0] {
            let config = config.clone().with_window(window).unwrap();
            let mut demodulator = OfdmDemodulator::new(&config);
            for slot in 0..config.timing().n_slots() as u16 {
                let grid = random_grid(&config, 1, &mut rng);
                let mut samples = vec![Complex32::ZERO; config.slot_len(slot)];
                modulator.modulate_slot(slot, &grid, 0, &mut samples);
                let mut back = ResourceGrid::for_carrier(config.carrier(), 2);
                demodulator.demodulate_slot(slot, &samples, 1, &mut back);
                let got = (0..grid.n_symbols()).flat_map(|l| back.symbol(1, l));
                let worst = got.zip(grid.as_slice()).map(|(a, b)| (a - b).norm()).fold(0.0, f32::max);
                assert!(worst < 5e-6, "{config:?}: off by {worst}");
                assert!(back.as_slice()[..grid.as_slice().len()].iter().all(|re| *re == Complex32::ZERO));
            }
        }
    }
}

/// A delay of some samples, shorter than the prefix, is a phase over the subcarriers and nothing else; the window
/// inside the prefix stands timing errors to both sides.
#[test]
fn a_late_or_early_signal_is_a_phase_ramp() {
    let config = config(30, CyclicPrefix::Normal, 24, 15_360_000, 10, Some(3.5e9));
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    let grids: Vec<ResourceGrid> = (0..3).map(|_| random_grid(&config, 1, &mut rng)).collect();
    let mut modulator = OfdmModulator::new(&config);
    let mut stream = Vec::new();
    for (slot, grid) in grids.iter().enumerate() {
        let slot = slot as u16 % 2;
        let mut samples = vec![Complex32::ZERO; config.slot_len(slot)];
        modulator.modulate_slot(slot, grid, 0, &mut samples);
        stream.extend(samples);
    }
    // Slot 1 stands in the middle.
    let start = config.slot_len(0);
    let back_off = config.window_back_off() as i64;
    assert_eq!(back_off, 18);
    for delay in [-back_off, -5, 0, 1, back_off] {
        let at = (start as i64 - delay) as usize;
        let mut got = ResourceGrid::for_carrier(config.carrier(), 1);
        let samples = &stream[at..at + config.slot_len(1)];
        OfdmDemodulator::new(&config).demodulate_slot(1, samples, 0, &mut got);
        for l in 0..14 {
            for (k, (got, sent)) in got.symbol(0, l).iter().zip(grids[1].symbol(0, l)).enumerate() {
                let bin = 10 - 144 + k as i64;
                let turn = -TAU * (bin * delay) as f64 / config.fft_size() as f64;
                let expected = sent * Complex32::new(turn.cos() as f32, turn.sin() as f32);
                assert!((got - expected).norm() < 1e-5, "delay {delay}, symbol {l}, subcarrier {k}");
            }
        }
    }
}

#[test]
fn power_and_gain_are_as_documented() {
    let config = config(30, CyclicPrefix::Normal, 51, 23_040_000, 0, None);
    let mut grid = ResourceGrid::for_carrier(config.carrier(), 1);
    let mut rng = ChaCha8Rng::seed_from_u64(14);
    for re in grid.as_mut_slice() {
        *re = Complex32::cis(rng.random_range(0.0..std::f32::consts::TAU));
    }
    let mut modulator = OfdmModulator::new(&config);
    modulator.set_gain(0.5);
    let mut samples = vec![Complex32::ZERO; config.slot_len(0)];
    modulator.modulate_slot(0, &grid, 0, &mut samples);
    let power = samples.iter().map(Complex32::norm_sqr).sum::<f32>() / samples.len() as f32;
    let expected = 0.25 * 612.0 / 768.0;
    assert!((power / expected - 1.0).abs() < 0.02, "{power} instead of {expected}");
}

#[test]
fn nan_samples_spoil_their_symbol_only() {
    let config = config(30, CyclicPrefix::Normal, 24, 11_520_000, 0, None);
    let mut samples = vec![Complex32::ONE; config.slot_len(0)];
    samples[100] = Complex32::new(f32::NAN, f32::INFINITY);
    let mut grid = ResourceGrid::for_carrier(config.carrier(), 1);
    OfdmDemodulator::new(&config).demodulate_slot(0, &samples, 0, &mut grid);
    assert!(grid.symbol(0, 0).iter().all(|re| re.is_nan()));
    assert!((1..14).all(|l| grid.symbol(0, l).iter().all(|re| re.is_finite())));
}

/// The next rate is the least that fits, of all spacings times 2^a 3^b from 1.92 MHz to 1/T_c: by trying every one.
#[test]
fn the_next_rate_is_the_least_that_fits() {
    let sizes: Vec<u64> = (0..24).flat_map(|a| (0..15).map(move |b| (1u64 << a) * 3u64.pow(b))).collect();
    let mut compared = 0;
    for numerology in Numerology::ALL {
        let scs_hz = u64::from(numerology.scs_hz());
        let all =
            sizes.iter().map(|n| n.saturating_mul(scs_hz)).filter(|rate| (1_920_000..=1_966_080_000).contains(rate));
        let mut rates: Vec<u64> = all.collect();
        rates.sort_unstable();
        for n_subcarriers in [0, 1, 12, 240, 241, 612, 3276, 3300] {
            for at_least in (0..2_000_000_000).step_by(7_999_993).chain(rates.iter().flat_map(|&r| [r - 1, r, r + 1])) {
                let fits = |&rate: &u64| rate >= at_least && rate / scs_hz >= n_subcarriers;
                let least = rates.iter().copied().find(fits);
                assert_eq!(OfdmConfig::next_rate(numerology, n_subcarriers as usize, at_least), least);
                if let Some(rate) = least {
                    // And the plan takes it, if it has room for a block.
                    let n_prb = (rate / scs_hz / 12).min(275) as u16;
                    if at_least == rate && n_prb > 0 {
                        let carrier = Carrier::new(numerology, CyclicPrefix::Normal, 0, n_prb).unwrap();
                        OfdmConfig::new(&carrier, rate, 0, None).unwrap();
                    }
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 10_000, "{compared}");
}
