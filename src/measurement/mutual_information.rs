//! What a soft demapper knows of the bits of a symbol in white noise.

use crate::modulation::Modulation;
use std::f64::consts::{LN_2, TAU};
use std::sync::LazyLock;

/// The grid of the tables: half a dB apart from here on.
const FIRST_DB: f64 = -30.0;
const STEP_DB: f64 = 0.5;
const N_POINTS: usize = 160;

/// Of QPSK to 1024QAM at each point of the grid, bits a symbol.
static TABLES: LazyLock<[[f64; N_POINTS]; 5]> = LazyLock::new(|| {
    [1, 2, 3, 4, 5].map(|bits| {
        std::array::from_fn(|i| {
            let snr = 10f64.powf((FIRST_DB + STEP_DB * i as f64) / 10.0);
            2.0 * axis_information(bits, snr)
        })
    })
});

/// The mutual information between the bits of a symbol and their soft bits, summed over the bits (bit-interleaved coded
/// modulation), at a signal-to-noise ratio (linear): 0 to Q_m. 0 if the ratio is not above 0.
pub(super) fn mutual_information(modulation: Modulation, snr: f64) -> f64 {
    let qm = modulation.bits_per_symbol();
    if snr.is_nan() || snr <= 0.0 {
        return 0.0;
    }
    let Some(table) = TABLES.get((qm / 2).wrapping_sub(1)) else {
        // One bit a symbol is one axis of QPSK with all of the power.
        return 0.5 * mutual_information(Modulation::Qpsk, 2.0 * snr);
    };
    let at = (10.0 * snr.log10() - FIRST_DB) / STEP_DB;
    if at <= 1.0 {
        // Proportional to the ratio in deep noise.
        return table[1] * 10f64.powf((at - 1.0) * STEP_DB / 10.0);
    }
    let i = at as usize;
    if i + 1 >= N_POINTS {
        return qm as f64;
    }
    // Cubic between the points.
    let t = at - i as f64;
    let [a, b, c, d] = [i - 1, i, i + 1, (i + 2).min(N_POINTS - 1)].map(|i| table[i]);
    // The slopes no steeper than keeps the curve rising.
    let slope = |before: f64, after: f64| (0.5 * (before + after)).min(3.0 * before.min(after)).max(0.0);
    let (first, last) = (slope(b - a, c - b), slope(c - b, d - c));
    let value = b + t * (first + t * (3.0 * (c - b) - 2.0 * first - last + t * (2.0 * (b - c) + first + last)));
    value.clamp(0.0, qm as f64)
}

/// The level of an axis for its bits (the first the most significant of `n_bits`), an odd integer: the nested brackets of
/// the modulation mapper.
#[doc(alias = "TS 38.211 5.1")]
fn level(bits: usize, n_bits: u32) -> f64 {
    if n_bits == 0 {
        return 1.0;
    }
    let sign = 1.0 - 2.0 * (bits >> (n_bits - 1) & 1) as f64;
    if n_bits == 1 {
        return sign;
    }
    sign * ((1 << (n_bits - 1)) as f64 - level(bits & ((1 << (n_bits - 1)) - 1), n_bits - 1))
}

/// The bits of one axis of a square constellation at the signal-to-noise ratio of the symbol: for each bit, 1 less the mean
/// entropy that is left of it.
fn axis_information(n_bits: u32, snr: f64) -> f64 {
    let levels: Vec<f64> = (0..1 << n_bits).map(|bits| level(bits, n_bits)).collect();
    let n = levels.len() as f64;
    let power = levels.iter().map(|x| x * x).sum::<f64>() / n;
    // Half of symbol and noise power lie on each axis.
    let sigma = (power / snr).sqrt();
    let end = levels.iter().copied().fold(0.0, f64::max) + 8.0 * sigma;
    // The integrand turns within a sigma, or within a level's distance where the noise is wider.
    let step = 0.2 * sigma.min(4.0);
    let n_steps = (end / step).ceil() as usize;
    let mut left = 0.0;
    for s in 0..=n_steps {
        let y = s as f64 * step;
        let mut total = 0.0;
        let mut ones = [0.0; 5];
        for (bits, x) in levels.iter().enumerate() {
            let likelihood = (-(y - x).powi(2) / (2.0 * sigma * sigma)).exp();
            total += likelihood;
            for (b, ones) in ones.iter_mut().enumerate().take(n_bits as usize) {
                if bits >> b & 1 == 1 {
                    *ones += likelihood;
                }
            }
        }
        if total < 1e-300 {
            continue;
        }
        let entropy: f64 = ones[..n_bits as usize].iter().map(|ones| binary_entropy(ones / total)).sum();
        // Both halves of the axis are alike; y = 0 is in both.
        let weight = if s == 0 { 1.0 } else { 2.0 };
        left += weight * total / n * entropy;
    }
    f64::from(n_bits) - left * step / (TAU.sqrt() * sigma)
}

/// Bits.
fn binary_entropy(p: f64) -> f64 {
    let term = |p: f64| if p > 0.0 { -p * p.ln() / LN_2 } else { 0.0 };
    term(p) + term(1.0 - p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Complex32;
    use crate::modulation::map;
    use crate::propagation::ComplexGaussian;

    const SQUARE: [Modulation; 5] =
        [Modulation::Qpsk, Modulation::Qam16, Modulation::Qam64, Modulation::Qam256, Modulation::Qam1024];

    #[test]
    fn known_limits() {
        for modulation in SQUARE {
            let qm = modulation.bits_per_symbol() as f64;
            assert_eq!(mutual_information(modulation, 0.0), 0.0);
            assert_eq!(mutual_information(modulation, f64::NAN), 0.0);
            assert!((mutual_information(modulation, 1e6) - qm).abs() < 1e-9);
            let mut last = 0.0;
            for tenth in -500..600 {
                let snr = 10f64.powf(f64::from(tenth) / 100.0);
                let now = mutual_information(modulation, snr);
                // Interpolation is good to 1e-4 of the value.
                assert!(now >= last - 1e-12 && now <= (1.0 + snr).log2() * (1.0 + 1e-4), "{modulation:?} at {tenth}");
                last = now;
            }
        }
        // QPSK at 0 dB: 0.4859 bits of an axis of binary antipodal signals.
        assert!((mutual_information(Modulation::Qpsk, 1.0) - 2.0 * 0.4859).abs() < 2e-4);
        assert!((mutual_information(Modulation::Bpsk, 0.5) - 0.4859).abs() < 2e-4);
    }

    /// The definition with random symbols of the mapper: 1 less the mean of log2 (1 + e^-L) of each bit.
    #[test]
    fn as_soft_bits_of_random_symbols_say() {
        for (i, modulation) in SQUARE.into_iter().enumerate() {
            let qm = modulation.bits_per_symbol();
            let all: Vec<Complex32> = (0..1usize << qm)
                .map(|word| {
                    let bits: Vec<u8> = (0..qm).map(|b| (word >> (qm - 1 - b) & 1) as u8).collect();
                    let mut symbol = [Complex32::ZERO];
                    map(modulation, &bits, &mut symbol);
                    symbol[0]
                })
                .collect();
            let snr: f64 = 10f64.powf(0.1 * (3.0 + 4.5 * i as f64));
            let mut noise = ComplexGaussian::new(11, i as u64);
            let (mut sum, n) = (0.0, 3000);
            for trial in 0..n {
                let word = trial * 7919 % all.len();
                let y = all[word] + noise.sample() * (1.0 / snr).sqrt() as f32;
                let likelihood: Vec<f64> = all.iter().map(|x| (-snr * f64::from((y - x).norm_sqr())).exp()).collect();
                let total: f64 = likelihood.iter().sum();
                for b in 0..qm {
                    let same = |other: usize| (other ^ word) >> b & 1 == 0;
                    let right: f64 = likelihood.iter().enumerate().filter(|(o, _)| same(*o)).map(|(_, l)| l).sum();
                    sum += 1.0 + (right / total).log2();
                }
            }
            let expected = sum / n as f64;
            let got = mutual_information(modulation, snr);
            assert!((got - expected).abs() < 0.06, "{modulation:?}: {got}, {expected}");
        }
    }
}
