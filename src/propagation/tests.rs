//! Statistics of the channels against their definitions.

use super::*;
use crate::frame::{Carrier, CyclicPrefix, Numerology, ResourceGrid};
use crate::ofdm::{OfdmConfig, OfdmDemodulator, OfdmModulator};
use crate::{Complex32, ConfigError};
use num_complex::Complex64;
use std::f64::consts::{PI, TAU};

const RATE: u64 = 15_360_000;

fn tone(turns_per_sample: f64, len: usize) -> Vec<Complex32> {
    let value = |n: usize| {
        let (sin, cos) = (TAU * (turns_per_sample * n as f64).fract()).sin_cos();
        Complex32::new(cos as f32, sin as f32)
    };
    (0..len).map(value).collect()
}

fn wide(x: Complex32) -> Complex64 {
    Complex64::new(f64::from(x.re), f64::from(x.im))
}

/// The mean of the samples times e^(-j 2 pi f n): the part at frequency f.
fn part_at(f: f64, samples: &[Complex32]) -> Complex64 {
    let sum: Complex64 = samples.iter().zip(tone(-f, samples.len())).map(|(&x, y)| wide(x) * wide(y)).sum();
    sum / samples.len() as f64
}

fn power(samples: &[Complex32]) -> f64 {
    samples.iter().map(|x| f64::from(x.norm_sqr())).sum::<f64>() / samples.len() as f64
}

/// Frequency in turns a sample by the phase from one sample to the next.
fn frequency(samples: &[Complex32]) -> f64 {
    let sum: Complex64 = samples.windows(2).map(|x| wide(x[1]) * wide(x[0]).conj()).sum();
    sum.arg() / TAU
}

/// J_0(x) = 1/pi times the integral of cos(x sin a) over 0..pi.
fn bessel_j0(x: f64) -> f64 {
    const N: usize = 2000;
    (0..N).map(|i| (x * (PI * (i as f64 + 0.5) / N as f64).sin()).cos()).sum::<f64>() / N as f64
}

fn run(config: &ChannelConfig, input: &[Complex32]) -> Vec<Complex32> {
    let mut output = Vec::new();
    Channel::new(config).unwrap().process_one(input, &mut output);
    output
}

#[test]
fn noise_has_its_power_and_distribution() {
    const N: usize = 400_000;
    let mut noise = vec![Complex32::ZERO; N];
    Awgn::new(0.25, 7, 1).unwrap().process(&mut noise);
    let moment = |f: &dyn Fn(&Complex32) -> f32| noise.iter().map(|x| f64::from(f(x))).sum::<f64>() / N as f64;
    assert!((moment(&|x| x.norm_sqr()) - 0.25).abs() < 0.0015);
    assert!((moment(&|x| x.re * x.re) - 0.125).abs() < 0.001);
    assert!(moment(&|x| x.re * x.im).abs() < 0.001);
    assert!(moment(&|x| x.re).abs() < 0.002 && moment(&|x| x.im).abs() < 0.002);
    // E|x|^4 of a complex Gaussian is 2 (E|x|^2)^2.
    assert!((moment(&|x| x.norm_sqr().powi(2)) - 0.125).abs() < 0.002);
    let beyond = noise.iter().filter(|x| x.norm_sqr() > 0.25 * 6.0).count() as f64 / N as f64;
    assert!((beyond / (-6.0f64).exp() - 1.0).abs() < 0.12, "{beyond}");
    let white: Complex32 = noise.windows(2).map(|x| x[1] * x[0].conj()).sum();
    assert!(white.norm() / (N as f32) < 0.001);
    // Another stream of the seed is another course.
    let mut other = vec![Complex32::ZERO; N];
    Awgn::new(0.25, 7, 2).unwrap().process(&mut other);
    let common: Complex32 = noise.iter().zip(&other).map(|(a, b)| a * b.conj()).sum();
    assert!(common.norm() / (N as f32) < 0.001);
}

#[test]
fn snr_per_resource_element_is_what_was_asked() {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 24).unwrap();
    for rate in [15_360_000u64, 30_720_000] {
        let ofdm = OfdmConfig::new(&carrier, rate, 0, None).unwrap();
        let mut grid = ResourceGrid::new(1, 14, carrier.n_subcarriers());
        let signs = crate::sequence::GoldSequence::new(5);
        let mut signs = signs.map(|bit| 1.0 - 2.0 * f32::from(bit));
        let mut sent = Vec::new();
        for symbol in 0..14 {
            for re in grid.symbol_mut(0, symbol) {
                *re = Complex32::new(signs.next().unwrap(), signs.next().unwrap()) * 0.5f32.sqrt();
                sent.push(*re);
            }
        }
        let mut samples = vec![Complex32::ZERO; ofdm.slot_len(0)];
        OfdmModulator::new(&ofdm).modulate_slot(0, &grid, 0, &mut samples);
        let by_re = Awgn::power_at_snr_per_re(6.0, 1.0);
        let by_samples = Awgn::power_at_snr_of_samples(6.0, power(&samples) as f32, &ofdm);
        assert!((by_re / by_samples - 1.0).abs() < 0.05, "{by_re} {by_samples}");
        Awgn::new(by_re, 1, 1).unwrap().process(&mut samples);
        OfdmDemodulator::new(&ofdm).demodulate_slot(0, &samples, 0, &mut grid);
        let received = (0..14).flat_map(|symbol| grid.symbol(0, symbol).to_vec());
        let error: f64 = received.zip(&sent).map(|(r, s)| f64::from((r - s).norm_sqr())).sum();
        let snr_db = -10.0 * (error / sent.len() as f64).log10();
        assert!((snr_db - 6.0).abs() < 0.25, "{snr_db} dB at {rate} sps");
    }
}

#[test]
fn profiles_have_power_one_and_their_delay_spread() {
    for model in TdlModel::ALL {
        let profile = DelayProfile::tdl(model, 100e-9).unwrap();
        let total: f64 = profile.taps().iter().map(|tap| tap.power).sum();
        assert!((total - 1.0).abs() < 1e-12);
        assert!(
            (profile.rms_delay_spread_s() / 100e-9 - 1.0).abs() < 0.01,
            "{model:?} {}",
            profile.rms_delay_spread_s()
        );
        let specular: f64 =
            profile.taps().iter().filter(|t| t.fading == Fading::LineOfSight).map(|tap| tap.power).sum();
        // K factors of the first tap: 13.3 and 22 dB.
        let first: f64 = profile.taps().iter().filter(|t| t.delay_s == 0.0).map(|tap| tap.power).sum();
        let k_db = 10.0 * (specular / (first - specular)).log10();
        match model {
            TdlModel::D => assert!((k_db - 13.3).abs() < 0.01, "{k_db}"),
            TdlModel::E => assert!((k_db - 22.0).abs() < 0.01, "{k_db}"),
            _ => assert_eq!(specular, 0.0),
        }
    }
    for (profile, rms_ns, taps) in [
        (SimplifiedTdl::Tdla10, 10.0, 12),
        (SimplifiedTdl::Tdla30, 30.0, 12),
        (SimplifiedTdl::Tdlb100, 100.0, 12),
        (SimplifiedTdl::Tdlc60, 60.0, 12),
        (SimplifiedTdl::Tdlc300, 300.0, 12),
        (SimplifiedTdl::Tdld10, 10.0, 10),
        (SimplifiedTdl::Tdld30, 30.0, 10),
    ] {
        let by_name = DelayProfile::by_name(profile.name(), None).unwrap();
        let ns = by_name.rms_delay_spread_s() * 1e9;
        assert!((ns / rms_ns - 1.0).abs() < 0.1, "{profile:?}: {ns} ns");
        assert!(by_name.taps().len() >= taps, "{profile:?}: {} taps", by_name.taps().len());
        assert_eq!(by_name, DelayProfile::simplified(profile));
    }
    assert_eq!(DelayProfile::by_name("tdl-c", Some(1e-7)).unwrap(), DelayProfile::tdl(TdlModel::C, 1e-7).unwrap());
    assert!(DelayProfile::by_name("TDL-C", None).unwrap_err().to_string().contains("delay spread"));
    assert!(DelayProfile::by_name("TDL-F", Some(1e-7)).is_err());
    assert!(DelayProfile::new(Vec::new()).is_err());
    let tap = |delay_s, power| vec![Tap { delay_s, power, fading: Fading::Rayleigh }];
    for taps in [tap(-1.0, 1.0), tap(f64::NAN, 1.0), tap(0.0, f64::INFINITY), tap(0.0, 0.0), tap(0.0, -1.0)] {
        assert!(DelayProfile::new(taps).is_err());
    }
}

#[test]
fn delays_are_exact() {
    // Within the middle 0.8 of the band.
    for delay in [0.0, 7.0, 0.5, 3.3, 15.25, 40.9, 999.999] {
        let config = ChannelConfig::new(RATE).unwrap().with_delay(delay).unwrap();
        let mut channel = Channel::new(&config).unwrap();
        let late = delay + channel.latency() as f64;
        assert!(channel.latency() == 0 || delay < 15.0 && delay.fract() > 0.0);
        for f in [-0.4, -0.123, 0.0, 0.4] {
            let mut output = Vec::new();
            channel.process_one(&tone(f, 3000), &mut output);
            let tail = &output[1100..];
            let error = |(i, x): (usize, &Complex32)| {
                let angle = TAU * (f * ((i + 1100) as f64 - late)).fract();
                f64::from((*x - Complex32::new(angle.cos() as f32, angle.sin() as f32)).norm_sqr())
            };
            let db = 10.0 * (tail.iter().enumerate().map(error).sum::<f64>() / tail.len() as f64).log10();
            assert!(db < -75.0, "delay {delay}, {f} turns a sample: {db} dB");
            channel = Channel::new(&config).unwrap();
        }
    }
}

#[test]
fn fading_has_mean_power_one_on_every_antenna_and_independent_courses() {
    let profile = DelayProfile::simplified(SimplifiedTdl::Tdla30);
    let input = vec![Complex32::ONE; 200];
    let (mut powers, mut common) = ([0.0; 3], Complex32::ZERO);
    const SEEDS: u64 = 1500;
    for seed in 0..SEEDS {
        let config = ChannelConfig::new(RATE).unwrap().with_antennas(1, 3).unwrap().with_seed(seed);
        let config = config.with_profile(profile.clone(), 0.0).unwrap();
        let mut output = [const { Vec::new() }; 3];
        Channel::new(&config).unwrap().process(&[&input], &mut output);
        // A constant sees the sum of all taps: a Gaussian of power 1.
        let last = output.each_ref().map(|antenna| antenna[199]);
        powers.iter_mut().zip(last).for_each(|(power, h)| *power += f64::from(h.norm_sqr()) / SEEDS as f64);
        common += last[0] * last[2].conj() / SEEDS as f32;
    }
    // The mean of 1500 exponential variables has a deviation of 2.6 %.
    assert!(powers.iter().all(|power| (power - 1.0).abs() < 0.1), "{powers:?}");
    assert!(common.norm() < 0.1, "{common}");
}

#[test]
fn impulse_responses_have_the_delay_spread() {
    let (mut first, mut second, mut total) = (0.0, 0.0, 0.0);
    for seed in 0..300 {
        let config = ChannelConfig::new(61_440_000).unwrap().with_seed(seed);
        let config = config.with_profile(DelayProfile::tdl(TdlModel::B, 300e-9).unwrap(), 0.0).unwrap();
        let mut channel = Channel::new(&config).unwrap();
        let mut output = [Vec::new()];
        channel.process(&[&[Complex32::ONE]], &mut output);
        channel.finish(&mut output);
        for (n, h) in output[0].iter().enumerate() {
            let (t, power) = (n as f64 / 61.44e6, f64::from(h.norm_sqr()));
            total += power;
            first += power * t;
            second += power * t * t;
        }
    }
    assert!((total / 300.0 - 1.0).abs() < 0.1, "{}", total / 300.0);
    let spread_ns = (second / total - (first / total).powi(2)).sqrt() * 1e9;
    assert!((spread_ns - 300.0).abs() < 20.0, "{spread_ns} ns");
}

#[test]
fn doppler_has_the_autocorrelation_of_the_classical_spectrum() {
    let (rate, doppler) = (1_920_000u64, 3000.0);
    let len = 9600;
    let mut correlation = [0.0f64; 10];
    let lag = |i: usize| i * 96;
    for seed in 0..60 {
        let config = ChannelConfig::new(rate).unwrap().with_profile(DelayProfile::flat(), doppler).unwrap();
        let gains = run(&config.with_seed(seed), &vec![Complex32::ONE; len]);
        for (i, sum) in correlation.iter_mut().enumerate() {
            let pairs = gains.iter().skip(lag(i)).zip(&gains);
            *sum += f64::from(pairs.map(|(late, early)| (late * early.conj()).re).sum::<f32>()) / (len - lag(i)) as f64;
        }
    }
    for (i, sum) in correlation.iter().enumerate() {
        let expected = bessel_j0(TAU * doppler * lag(i) as f64 / rate as f64);
        let got = sum / correlation[0];
        assert!((got - expected).abs() < 0.06, "lag {}: {got} instead of {expected}", lag(i));
    }
    assert!((correlation[0] / 60.0 - 1.0).abs() < 0.06, "{}", correlation[0] / 60.0);
}

#[test]
fn the_specular_path_has_its_shift_and_k_factor() {
    const SEEDS: u64 = 20;
    let (rate, profile) = (1_920_000, DelayProfile::tdl(TdlModel::E, 0.0).unwrap());
    let input = vec![Complex32::ONE; 192_000];
    let mut specular = 0.0;
    for seed in 0..SEEDS {
        let config = ChannelConfig::new(rate).unwrap().with_profile(profile.clone(), 1000.0).unwrap();
        let gains = run(&config.with_seed(seed), &input);
        specular += part_at(700.0 / rate as f64, &gains).norm_sqr() / SEEDS as f64;
    }
    // The first tap's specular part of all taps' power.
    let expected = profile.taps()[0].power;
    assert_eq!(profile.taps()[0].fading, Fading::LineOfSight);
    assert!((specular - expected).abs() < 0.035, "{specular} instead of {expected}");
}

#[test]
fn offsets_are_what_was_asked() {
    let config = |c: Result<ChannelConfig, ConfigError>| c.unwrap();
    let base = config(ChannelConfig::new(RATE));
    let input = tone(0.1, 100_000);
    for cfo in [-7_300.5, 12.0, 1e6] {
        let output = run(&config(base.clone().with_cfo(cfo)), &input);
        let got = (frequency(&output) - 0.1) * RATE as f64;
        assert!((got - cfo).abs() < 1.0, "{got} instead of {cfo} Hz");
    }
    for ppm in [-50.0, 20.0] {
        let output = run(&config(base.clone().with_clock_offset(ppm)), &input);
        // A fast clock sees a lower frequency: against the expected one the phase stays, from the first part to the
        // last.
        let line = tone(-0.1 / (1.0 + ppm * 1e-6), output.len());
        let still: Vec<Complex32> = output.iter().zip(line).map(|(x, y)| x * y).collect();
        let mean = |part: &[Complex32]| part.iter().sum::<Complex32>() / part.len() as f32;
        let (early, late) = (mean(&still[200..5000]), mean(&still[still.len() - 5000..]));
        assert!((early - late).norm() < 1e-3 && (late - Complex32::ONE).norm() < 2e-3, "{ppm} ppm: {early} {late}");
        let gained = output.len() as f64 - input.len() as f64;
        // Less what the resampler still holds.
        assert!((ppm * 0.1 - 40.0..=ppm * 0.1).contains(&gained), "{gained} samples more");
    }
}

#[test]
fn receiver_parts_do_what_they_say() {
    let input = tone(0.0123, 100_000);
    for (gain_db, phase_deg) in [(1.0, 0.0), (0.0, 3.0), (-0.5, 2.0)] {
        let imbalance = IqImbalance::new(gain_db, phase_deg).unwrap();
        let mut output = input.clone();
        imbalance.process(&mut output);
        let image_db = 20.0 * (part_at(-0.0123, &output).norm() / part_at(0.0123, &output).norm()).log10();
        let expected = f64::from(imbalance.image_db());
        assert!((image_db - expected).abs() < 0.05, "{image_db} instead of {expected} dB");
        // By definition: the powers of the branches differ by the gain, their product tells the angle.
        let sum = |f: &dyn Fn(&Complex32) -> f32| output.iter().map(|x| f64::from(f(x))).sum::<f64>();
        let (i, q) = (sum(&|x| x.re * x.re), sum(&|x| x.im * x.im));
        assert!((10.0 * (i / q).log10() - gain_db).abs() < 0.01);
        let sine = sum(&|x| x.re * x.im) / (i * q).sqrt();
        assert!((sine.abs() - phase_deg.to_radians().sin().abs()).abs() < 1e-3, "{sine}");
    }

    let dc = Complex32::new(0.3, -0.1);
    let output = run(&ChannelConfig::new(RATE).unwrap().with_dc_offset(dc), &input);
    assert!(output.iter().zip(&input).all(|(y, x)| (y - x - dc).norm() < 1e-6));

    // A full-scale sine through n bits: 6.02 n + 1.76 dB.
    for bits in [6, 8, 12u32] {
        let largest = 1.0 - 0.5f32.powi(bits as i32 - 1);
        let mut output: Vec<Complex32> = input.iter().map(|x| x * largest).collect();
        let wanted = output.clone();
        Quantiser::new(bits, 1.0).unwrap().process(&mut output);
        let error: Vec<Complex32> = output.iter().zip(&wanted).map(|(y, x)| y - x).collect();
        let db = 10.0 * (power(&wanted) / power(&error)).log10();
        assert!((db - (6.02 * f64::from(bits) + 1.76)).abs() < 0.6, "{bits} bits: {db} dB");
    }
    let mut hostile =
        [Complex32::new(f32::NAN, f32::INFINITY), Complex32::new(9.0, f32::NEG_INFINITY), Complex32::new(-0.26, 0.26)];
    Quantiser::new(3, 1.0).unwrap().process(&mut hostile);
    assert_eq!(hostile, [Complex32::new(0.0, 0.75), Complex32::new(0.75, -1.0), Complex32::new(-0.25, 0.25)]);

    // The phase's variance after t is 2 pi linewidth t.
    let (linewidth, lag) = (200.0, 1000);
    let mut turned = vec![Complex32::ONE; 1_000_000];
    PhaseNoise::new(linewidth, RATE, 4).unwrap().process(&mut turned);
    let steps: Vec<f32> =
        turned.iter().skip(lag).zip(&turned).map(|(late, early)| (late * early.conj()).arg()).collect();
    let variance = steps.iter().map(|a| f64::from(a * a)).sum::<f64>() / steps.len() as f64;
    let expected = TAU * linewidth * lag as f64 / RATE as f64;
    assert!((variance / expected - 1.0).abs() < 0.15, "{variance} instead of {expected}");
}

fn everything(seed: u64) -> ChannelConfig {
    let config = || -> Result<ChannelConfig, ConfigError> {
        ChannelConfig::new(RATE)?
            .with_antennas(2, 3)?
            .with_profile(DelayProfile::simplified(SimplifiedTdl::Tdlc300), 400.0)?
            .with_delay(12.25)?
            .with_cfo(1234.0)?
            .with_clock_offset(-3.0)?
            .with_phase_noise(10.0)?
            .with_noise_power(0.01)
    };
    let config = config().unwrap().with_iq_imbalance(IqImbalance::new(0.3, 1.0).unwrap());
    config.with_dc_offset(Complex32::new(0.01, 0.02)).with_quantiser(Quantiser::new(10, 4.0).unwrap()).with_seed(seed)
}

#[test]
fn the_result_does_not_depend_on_the_cuts() {
    let input = [tone(0.05, 10_000), tone(-0.11, 10_000)];
    let whole = |seed| {
        let mut output = [const { Vec::new() }; 3];
        let mut channel = Channel::new(&everything(seed)).unwrap();
        channel.process(&[&input[0], &input[1]], &mut output);
        channel.finish(&mut output);
        output
    };
    let mut cut = [const { Vec::new() }; 3];
    let mut channel = Channel::new(&everything(1)).unwrap();
    let mut at = 0;
    for len in [1, 0, 7, 255, 256, 1024, 1025, 4096, 3, 3333] {
        channel.process(&[&input[0][at..at + len], &input[1][at..at + len]], &mut cut);
        at += len;
    }
    assert_eq!(at, 10_000);
    channel.finish(&mut cut);
    assert_eq!(cut, whole(1));
    assert_ne!(cut, whole(2));
    assert!(cut[0].len() > 10_000 && cut[0].len() == cut[2].len());
}

#[test]
fn the_direct_path_is_the_identity_and_several_antennas_are_orthogonal() {
    let input = tone(0.37, 5000);
    assert_eq!(run(&ChannelConfig::new(RATE).unwrap(), &input), input);
    let config = ChannelConfig::new(RATE).unwrap().with_antennas(4, 4).unwrap();
    let mut gains = Vec::new();
    for t in 0..4 {
        let inputs: Vec<Vec<Complex32>> = (0..4).map(|i| vec![Complex32::new(f32::from(i == t), 0.0); 3]).collect();
        let inputs: Vec<&[Complex32]> = inputs.iter().map(Vec::as_slice).collect();
        let mut output = vec![Vec::new(); 4];
        Channel::new(&config).unwrap().process(&inputs, &mut output);
        gains.push(output.iter().map(|antenna| antenna[2]).collect::<Vec<_>>());
    }
    for (a, b) in (0..4).flat_map(|a| (0..4).map(move |b| (a, b))) {
        let product: Complex32 = gains[a].iter().zip(&gains[b]).map(|(x, y)| x * y.conj()).sum();
        assert!((product.norm() - if a == b { 4.0 } else { 0.0 }).abs() < 1e-5);
    }
}

#[test]
fn configurations_out_of_range_are_refused() {
    let base = || ChannelConfig::new(RATE).unwrap();
    assert!(ChannelConfig::new(0).is_err());
    assert!(base().with_antennas(0, 1).is_err() && base().with_antennas(1, 65).is_err());
    assert!(base().with_profile(DelayProfile::flat(), f64::NAN).is_err());
    assert!(base().with_profile(DelayProfile::flat(), 1e9).is_err());
    assert!(base().with_delay(-0.5).is_err() && base().with_delay(f64::INFINITY).is_err());
    assert!(base().with_cfo(8e6).is_err() && base().with_cfo(f64::NAN).is_err());
    assert!(base().with_clock_offset(1e6).is_err());
    assert!(base().with_phase_noise(-1.0).is_err());
    assert!(base().with_noise_power(-1.0).is_err() && base().with_noise_power(f32::NAN).is_err());
    assert!(IqImbalance::new(30.0, 0.0).is_err() && IqImbalance::new(0.0, f64::NAN).is_err());
    assert!(Quantiser::new(0, 1.0).is_err() && Quantiser::new(8, 0.0).is_err());
    assert!(DelayProfile::tdl(TdlModel::A, -1e-9).is_err());
}
