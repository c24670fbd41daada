use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SCS: f64 = 30e3;
const CP: f64 = 2.34e-6;

fn gaussian(rng: &mut ChaCha8Rng, variance: f64) -> Complex64 {
    let radius = (-variance * (1.0 - rng.random::<f64>()).ln()).sqrt();
    Complex64::from_polar(radius, TAU * rng.random::<f64>())
}

/// A channel of discrete paths (delay in s, complex gain) with a carrier offset.
struct Paths {
    paths: Vec<(f64, Complex64)>,
    cfo_hz: f64,
}

impl Paths {
    fn at(&self, k: usize, time_s: f64) -> Complex64 {
        let turn = Complex64::cis(TAU * self.cfo_hz * time_s);
        self.paths.iter().map(|(delay, g)| g * turn * Complex64::cis(-TAU * k as f64 * SCS * delay)).sum()
    }

    fn pilots(&self, k: &[u16], time_s: f64, noise: f64, rng: &mut ChaCha8Rng) -> Vec<Complex32> {
        k.iter().map(|&k| narrow(self.at(k.into(), time_s) + gaussian(rng, noise))).collect()
    }
}

fn comb_of(width: usize, spacing: usize) -> Vec<u16> {
    (0..width as u16).step_by(spacing).collect()
}

fn settings(width: usize, time: TimeModel, track_cfo: bool) -> EstimatorSettings {
    EstimatorSettings { n_subcarriers: width, scs_hz: SCS, max_delay_s: CP, time, track_cfo }
}

/// Mean square error over all subcarriers, and over the outermost ones.
fn errors(estimator: &ChannelEstimator, paths: &Paths, width: usize, time_s: f64) -> (f64, f64) {
    let mut out = vec![Complex32::ZERO; width];
    estimator.channel(0, time_s, &mut out);
    let error = |k: usize| (wide(out[k]) - paths.at(k, time_s)).norm_sqr();
    let all = (0..width).map(error).sum::<f64>() / width as f64;
    (all, 0.5 * (error(0) + error(width - 1)))
}

#[test]
fn one_path_in_noise_from_one_block_to_a_wide_carrier() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (n_prb, spacing, snr_db) in
        [(1, 2, 10.0), (1, 2, 30.0), (3, 2, 0.0), (3, 2, 25.0), (20, 4, -5.0), (51, 2, 30.0), (106, 2, 10.0)]
    {
        let width = 12 * n_prb;
        let k = comb_of(width, spacing);
        let noise = 10f64.powf(-snr_db / 10.0);
        let mut estimator = ChannelEstimator::new(width, 3, 1);
        let trials = 40;
        let (mut error, mut edge, mut noise_sum, mut delay) = (0.0, 0.0, 0.0, 0.0);
        for _ in 0..trials {
            let true_delay = CP * (rng.random::<f64>() - 0.3) * 0.5;
            let paths = Paths { paths: vec![(true_delay, Complex64::cis(rng.random::<f64>() * TAU))], cfo_hz: 0.0 };
            let times = [0.0, 180e-6, 320e-6];
            let ls: Vec<Vec<Complex32>> = times.iter().map(|&t| paths.pilots(&k, t, noise, &mut rng)).collect();
            let symbols: Vec<PilotSymbol<'_>> =
                (0..3).map(|i| PilotSymbol { time_s: times[i], subcarriers: &k, ls: &ls[i] }).collect();
            let quality = estimator.estimate(&settings(width, TimeModel::Tracked, false), 1, &symbols);
            let (e, at_edge) = errors(&estimator, &paths, width, 100e-6);
            error += e / f64::from(trials);
            edge += at_edge / f64::from(trials);
            noise_sum += f64::from(quality.noise_variance) / f64::from(trials);
            delay += ((f64::from(quality.delay_s) - true_delay) * SCS).powi(2) / f64::from(trials);
        }
        let pilots = 3 * k.len();
        println!(
            "{n_prb} PRB {snr_db} dB: error {:.2} and edge {:.2} noise/pilot, noise {:.3}, delay rms {:.4} / width",
            error / noise * pilots as f64,
            edge / noise * pilots as f64,
            noise_sum / noise,
            delay.sqrt() * width as f64,
        );
        // A path and the margin around it are three taps or five; a polynomial of so many coefficients has their
        // square at the edges.
        assert!(error < 5.0 * noise / pilots as f64);
        assert!(edge < 20.0 * noise / pilots as f64);
        assert!((noise_sum / noise - 1.0).abs() < if pilots < 60 { 0.15 } else { 0.06 });
    }
}

#[test]
fn multipath_is_followed_to_the_band_edges_and_over_gaps() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let width = 12 * 40;
    let full = comb_of(width, 2);
    let gaps: Vec<u16> = full.iter().copied().filter(|k| (k / 24) % 3 != 2).collect();
    for (k, snr_db, bound) in [(&full, 35.0, 0.25), (&full, 10.0, 0.25), (&gaps, 30.0, 0.35)] {
        let noise = 10f64.powf(-snr_db / 10.0);
        let mut estimator = ChannelEstimator::new(width, 2, 1);
        let (mut error, mut edge, mut noise_sum) = (0.0, 0.0, 0.0);
        let trials = 30;
        for _ in 0..trials {
            // Five Rayleigh paths over 1.2 us, mean power 1.
            let delays = [0.0, 0.11e-6, 0.37e-6, 0.71e-6, 1.2e-6];
            let powers = [0.45, 0.25, 0.15, 0.1, 0.05];
            let paths = Paths {
                paths: delays.iter().zip(powers).map(|(&d, p)| (d, gaussian(&mut rng, p))).collect(),
                cfo_hz: 0.0,
            };
            let ls = paths.pilots(k, 0.0, noise, &mut rng);
            let symbols = [PilotSymbol { time_s: 0.0, subcarriers: k, ls: &ls }];
            let quality = estimator.estimate(&settings(width, TimeModel::Static, false), 1, &symbols);
            // An allocation with gaps has its data around its pilots.
            let mut out = vec![Complex32::ZERO; width];
            estimator.channel(0, 0.0, &mut out);
            let used = |j: &usize| k.contains(&((j & !1) as u16));
            let (_, at_edge) = errors(&estimator, &paths, width, 0.0);
            let e: f64 = (0..width).filter(used).map(|j| (wide(out[j]) - paths.at(j, 0.0)).norm_sqr()).sum();
            error += e / (2 * k.len()) as f64 / noise / f64::from(trials);
            edge += at_edge / noise / f64::from(trials);
            noise_sum += f64::from(quality.noise_variance) / noise / f64::from(trials);
        }
        println!("{snr_db} dB, {} pilots: error {error:.3} edge {edge:.3} noise {noise_sum:.3}", k.len());
        assert!(error < bound, "error {error} of the noise at {snr_db} dB");
        assert!(edge < 1.5);
        assert!((noise_sum - 1.0).abs() < 0.12);
    }
}

/// Two clusters of three blocks: the profile of one path has lobes 1 / 3.96 MHz apart that hardly differ.
#[test]
fn clusters_far_apart_do_not_mislead() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let width = 12 * 14;
    let in_block = [0u16, 1, 6, 7];
    let k: Vec<u16> = [0, 1, 2, 11, 12, 13].iter().flat_map(|prb| in_block.map(|i| 12 * prb + i)).collect();
    let mut estimator = ChannelEstimator::new(width, 1, 1);
    for snr_db in [46.0, 25.0] {
        let noise = 10f64.powf(-snr_db / 10.0);
        let trials = 60;
        let (mut error, mut late) = (0.0, 0);
        for _ in 0..trials {
            let delay = CP * (rng.random::<f64>() - 0.5) * 0.5;
            let paths = Paths { paths: vec![(delay, Complex64::cis(rng.random::<f64>() * TAU))], cfo_hz: 0.0 };
            let ls = paths.pilots(&k, 0.0, noise, &mut rng);
            let symbols = [PilotSymbol { time_s: 0.0, subcarriers: &k, ls: &ls }];
            let quality = estimator.estimate(&settings(width, TimeModel::Tracked, true), 1, &symbols);
            let mut out = vec![Complex32::ZERO; width];
            estimator.channel(0, 0.0, &mut out);
            let used = (0..36).chain(132..168);
            error += used.map(|j| (wide(out[j]) - paths.at(j, 0.0)).norm_sqr()).sum::<f64>() / 72.0;
            late += u32::from((f64::from(quality.delay_s) - delay).abs() > 0.02 * CP);
        }
        let error = error / f64::from(trials) / noise * k.len() as f64;
        println!("clusters at {snr_db} dB: error {error:.2} noise/pilot, {late} delays off");
        // Five taps, and data outside the outermost pilots.
        assert!(error < 8.0);
        assert!(late <= 3);
    }
}

#[test]
fn without_noise_the_channel_comes_back() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for (n_prb, bound_db) in [(1, -60.0), (4, -70.0), (51, -75.0)] {
        let width = 12 * n_prb;
        let k = comb_of(width, 2);
        let paths = Paths { paths: vec![(0.31e-6, Complex64::new(0.6, -0.3))], cfo_hz: 0.0 };
        let ls = paths.pilots(&k, 0.0, 0.0, &mut rng);
        let mut estimator = ChannelEstimator::new(width, 1, 1);
        let symbols = [PilotSymbol { time_s: 0.0, subcarriers: &k, ls: &ls }];
        estimator.estimate(&settings(width, TimeModel::Static, false), 1, &symbols);
        let (error, _) = errors(&estimator, &paths, width, 0.0);
        let db = 10.0 * (error / paths.at(0, 0.0).norm_sqr()).log10();
        println!("{n_prb} PRB: {db:.1} dB");
        assert!(db < bound_db);
    }
}

#[test]
fn frequency_offset_over_symbols_and_unlike_pilot_sets() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    // As in an SS/PBCH block: the middle symbol has pilots at the band edges only.
    let full = comb_of(240, 4);
    let edges: Vec<u16> = full.iter().copied().filter(|&k| !(48..192).contains(&k)).collect();
    let times = [0.0, 35.7e-6, 71.4e-6];
    let mut estimator = ChannelEstimator::new(240, 4, 2);
    for (cfo_hz, snr_db) in [(0.0, 0.0), (1900.0, 3.0), (-5000.0, 10.0)] {
        let noise = 10f64.powf(-snr_db / 10.0);
        let paths = Paths { paths: vec![(-0.4e-6, Complex64::cis(1.0))], cfo_hz };
        let sets = [&full, &edges, &full];
        let ls: Vec<Vec<Complex32>> = (0..3)
            .map(|i| [0, 1].iter().flat_map(|_| paths.pilots(sets[i], times[i], noise, &mut rng)).collect())
            .collect();
        let symbols: Vec<PilotSymbol<'_>> =
            (0..3).map(|i| PilotSymbol { time_s: times[i], subcarriers: sets[i], ls: &ls[i] }).collect();
        let quality = estimator.estimate(&settings(240, TimeModel::Static, true), 2, &symbols);
        let found = f64::from(quality.cfo_hz.unwrap());
        println!("CFO {cfo_hz} found {found:.1}, {quality:?}");
        // The bound of Cramer and Rao for two antennas and the two full symbols, times three.
        let deviation = (noise / (2.0 * 60.0)).sqrt() / (TAU * 71.4e-6);
        assert!((found - cfo_hz).abs() < 3.0 * deviation);
        for time in times {
            assert!(errors(&estimator, &paths, 240, time).0 < 0.08 * noise);
        }
        assert!((f64::from(quality.delay_s) + 0.4e-6).abs() < 0.02e-6);
    }
}

#[test]
fn a_changing_channel_is_interpolated_in_time() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let width = 12 * 24;
    let k = comb_of(width, 2);
    let times = [0.0, 178e-6, 320e-6];
    let noise = 1e-3;
    // Two paths whose Doppler shifts are +-250 Hz: the amplitude goes up and down.
    let paths = |t: f64| Paths {
        paths: vec![(0.0, Complex64::cis(TAU * 250.0 * t)), (0.3e-6, 0.6 * Complex64::cis(-TAU * 250.0 * t))],
        cfo_hz: 300.0,
    };
    let ls: Vec<Vec<Complex32>> = times.iter().map(|&t| paths(t).pilots(&k, t, noise, &mut rng)).collect();
    let symbols: Vec<PilotSymbol<'_>> =
        (0..3).map(|i| PilotSymbol { time_s: times[i], subcarriers: &k, ls: &ls[i] }).collect();
    let mut estimator = ChannelEstimator::new(width, 4, 1);
    estimator.estimate(&settings(width, TimeModel::Tracked, true), 1, &symbols);
    for time in [0.0, 90e-6, 178e-6, 250e-6, 320e-6] {
        let (error, _) = errors(&estimator, &paths(time), width, time);
        println!("{time}: error {error:.5}, said {:.5}", estimator.error_variance(time));
        assert!(error < 4.0 * noise, "error {error} at {time}");
    }
}

#[test]
fn hostile_pilots_are_neither_a_panic_nor_a_number_that_is_none() {
    let k = comb_of(36, 2);
    let mut estimator = ChannelEstimator::new(48, 2, 2);
    let mut out = vec![Complex32::ZERO; 36];
    let values = [0.0, f32::NAN, f32::INFINITY, f32::MAX, f32::MIN_POSITIVE, 1e20, 1e-20];
    for a in values {
        for b in values {
            let ls: Vec<Complex32> = (0..36).map(|i| Complex32::new(if i % 3 == 0 { a } else { b }, b)).collect();
            let symbols = [PilotSymbol { time_s: 0.0, subcarriers: &k, ls: &ls }; 2];
            for time in [TimeModel::Static, TimeModel::Tracked] {
                let quality = estimator.estimate(&settings(36, time, true), 2, &symbols);
                estimator.channel(1, 1e-3, &mut out);
                assert!(out.iter().all(|h| h.re.is_finite() && h.im.is_finite()), "{a} {b}");
                assert!(quality.noise_variance.is_finite() && quality.delay_s.is_finite());
                assert!(estimator.error_variance(0.0).is_finite());
            }
        }
    }
    let quality = estimator.estimate(&settings(36, TimeModel::Static, true), 1, &[]);
    assert!(!quality.usable);
    let one = [PilotSymbol { time_s: 0.0, subcarriers: &[5], ls: &[Complex32::new(0.5, 0.5)] }];
    let quality = estimator.estimate(&settings(12, TimeModel::Static, true), 1, &one);
    assert!(quality.usable && quality.noise_variance.is_finite());
    estimator.channel(0, 0.0, &mut out[..12]);
    assert!(out[..12].iter().all(|h| h.norm() > 0.1));
}
