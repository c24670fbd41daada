use crate::Complex32;
use num_complex::Complex64;

/// An estimate from the correlation of cyclic prefixes with the symbol ends they repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CpEstimate {
    /// Carrier frequency offset, within half a subcarrier spacing either way.
    pub cfo_hz: f32,
    /// The normalised correlation, 0..=1: SNR / (1 + SNR) of the occupied bandwidth.
    pub correlation: f32,
    /// Samples by which the symbols start later than assumed (0 of [`cp_frequency_offset`]).
    pub timing: isize,
}

/// The fractional carrier frequency offset from cyclic prefixes. `samples` begin with the prefix of the first
/// symbol; symbol i has a prefix of `cp_lengths[i]` samples and a body of `fft_size`. The first `skip` samples of
/// each prefix, into which the previous symbol may echo, are left out.
///
/// Samples that are no numbers count as nothing; too few samples for a symbol end the estimate there.
#[doc(alias = "TS 38.211 5.3.1")]
pub fn cp_frequency_offset(
    samples: &[Complex32],
    fft_size: usize,
    cp_lengths: &[usize],
    skip: usize,
    sample_rate_hz: f64,
) -> CpEstimate {
    let (correlation, power) = correlate(samples, 0, fft_size, cp_lengths, skip);
    estimate(correlation, power, fft_size, sample_rate_hz, 0)
}

/// The timing within `search` samples either way of the assumed start, and the frequency offset there. The
/// assumed start of the first prefix is `samples[search]`; the cyclic prefix correlation is flat over delays
/// shorter than the channel leaves of the prefix, so this is a coarse estimate (the pilots give the fine one).
pub fn cp_timing(
    samples: &[Complex32],
    fft_size: usize,
    cp_lengths: &[usize],
    search: usize,
    sample_rate_hz: f64,
) -> CpEstimate {
    let mut best = CpEstimate::default();
    let mut best_metric = 0.0;
    for offset in 0..=2 * search {
        let (correlation, power) = correlate(samples, offset, fft_size, cp_lengths, 0);
        // Normalised, so that a loud stretch does not win over the repeated one.
        let metric = if power > 0.0 { correlation.norm() / power } else { 0.0 };
        if metric > best_metric {
            best_metric = metric;
            best = estimate(correlation, power, fft_size, sample_rate_hz, offset as isize - search as isize);
        }
    }
    best
}

fn estimate(correlation: Complex64, power: f64, fft_size: usize, sample_rate_hz: f64, timing: isize) -> CpEstimate {
    // The sums hold finite terms only.
    if power <= 0.0 {
        return CpEstimate { timing, ..CpEstimate::default() };
    }
    let turns = correlation.arg() / std::f64::consts::TAU;
    CpEstimate {
        cfo_hz: (turns * sample_rate_hz / fft_size as f64) as f32,
        correlation: (correlation.norm() / power) as f32,
        timing,
    }
}

/// Sum of conj(prefix) * body end, and the mean of both powers.
fn correlate(
    samples: &[Complex32],
    start: usize,
    fft_size: usize,
    cp_lengths: &[usize],
    skip: usize,
) -> (Complex64, f64) {
    let mut sum = Complex64::ZERO;
    let mut power = 0.0;
    let mut at = start;
    for &cp in cp_lengths {
        if at + cp + fft_size > samples.len() {
            break;
        }
        for n in at + skip.min(cp)..at + cp {
            let (a, b) = (samples[n], samples[n + fft_size]);
            let energy = f64::from(a.norm_sqr()) + f64::from(b.norm_sqr());
            if energy.is_finite() {
                let product = a.conj() * b;
                sum += Complex64::new(f64::from(product.re), f64::from(product.im));
                power += 0.5 * energy;
            }
        }
        at += cp + fft_size;
    }
    (sum, power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const FFT: usize = 256;
    const CP: [usize; 7] = [20, 18, 18, 18, 18, 18, 18];
    const RATE: f64 = 3.84e6;

    fn signal(cfo_hz: f64, lead: usize) -> Vec<Complex32> {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut draw = || Complex32::new(rng.random::<f32>() - 0.5, rng.random::<f32>() - 0.5);
        let mut out: Vec<Complex32> = (0..lead).map(|_| draw()).collect();
        for cp in CP {
            let body: Vec<Complex32> = (0..FFT).map(|_| draw()).collect();
            out.extend_from_slice(&body[FFT - cp..]);
            out.extend_from_slice(&body);
        }
        out.extend((0..64).map(|_| draw()));
        for (n, sample) in out.iter_mut().enumerate() {
            let phase = std::f64::consts::TAU * cfo_hz * n as f64 / RATE;
            *sample *= Complex32::new(phase.cos() as f32, phase.sin() as f32);
        }
        out
    }

    #[test]
    fn finds_frequency_and_start() {
        for cfo in [-7000.0, -100.0, 0.0, 2500.0] {
            let found = cp_frequency_offset(&signal(cfo, 0), FFT, &CP, 2, RATE);
            assert!((f64::from(found.cfo_hz) - cfo).abs() < 1.0, "{found:?}");
            assert!(found.correlation > 0.999);
            let timed = cp_timing(&signal(cfo, 29), FFT, &CP, 24, RATE);
            assert_eq!(timed.timing, 5);
            assert!((f64::from(timed.cfo_hz) - cfo).abs() < 1.0);
        }
    }

    #[test]
    fn hostile_samples_give_nothing() {
        assert_eq!(cp_frequency_offset(&[], FFT, &CP, 0, RATE), CpEstimate::default());
        let nan = vec![Complex32::new(f32::NAN, f32::INFINITY); 2200];
        assert_eq!(cp_timing(&nan, FFT, &CP, 3, RATE), CpEstimate::default());
        assert_eq!(cp_frequency_offset(&vec![Complex32::ZERO; 2200], FFT, &CP, 0, RATE).correlation, 0.0);
    }
}
