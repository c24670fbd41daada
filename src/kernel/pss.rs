//! What the search does with each correlation. One source, compiled for each instruction set: the same bits.

use super::Isa;
use num_complex::Complex32;

/// Raises each value of `best` to the power of the correlation at its lag, and to that halfway to the next lag: there both
/// lags have 0.64 of the amplitude, and their noises are independent. `correlation` has one value more than `best`.
///
/// # Panics
/// If it has not.
pub fn raise_to_power(isa: Isa, correlation: &[Complex32], best: &mut [f32]) {
    assert_eq!(correlation.len(), best.len() + 1);
    dispatch!(isa, raise_to_power(correlation, best));
}

/// Turns powers of correlations into -ln of the probability that noise takes such a part of the energy:
/// -degrees ln(1 - share), by the logarithm's series, the share being `values * inverse_energy`, at most 0.99.
///
/// # Panics
/// If the lengths differ.
pub fn likelihoods(isa: Isa, values: &mut [f32], inverse_energy: &[f32], degrees: f32) {
    assert_eq!(values.len(), inverse_energy.len());
    dispatch!(isa, likelihoods(values, inverse_energy, degrees));
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Complex32, scalar};

    #[target_feature(enable = "avx2")]
    pub fn raise_to_power(correlation: &[Complex32], best: &mut [f32]) {
        scalar::raise_to_power(correlation, best);
    }

    #[target_feature(enable = "avx2")]
    pub fn likelihoods(values: &mut [f32], inverse_energy: &[f32], degrees: f32) {
        scalar::likelihoods(values, inverse_energy, degrees);
    }
}

mod scalar {
    use super::Complex32;

    #[inline(always)]
    pub fn raise_to_power(correlation: &[Complex32], best: &mut [f32]) {
        let n = best.len();
        let (here, next) = (&correlation[..n], &correlation[1..n + 1]);
        for i in 0..n {
            let (a, b) = (here[i], next[i]);
            let power = a.re * a.re + a.im * a.im;
            let (re, im) = (a.re + b.re, a.im + b.im);
            let between = 0.5 * (re * re + im * im);
            let larger = if power > between { power } else { between };
            best[i] = if larger > best[i] { larger } else { best[i] };
        }
    }

    #[inline(always)]
    pub fn likelihoods(values: &mut [f32], inverse_energy: &[f32], degrees: f32) {
        for (value, inverse) in values.iter_mut().zip(inverse_energy) {
            let share = *value * *inverse;
            let share = if share < 0.99 { share } else { 0.99 };
            *value = degrees * share * (1.0 + share * (0.5 + share * (0.333 + share * (0.25 + 0.4 * share))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_same() {
        let correlation: Vec<Complex32> =
            (0..70).map(|n| Complex32::new((n as f32 * 0.7).sin() * 3.0, (n as f32 * 1.3).cos())).collect();
        let inverse: Vec<f32> = (0..69).map(|n| 0.02 + 0.01 * n as f32).collect();
        let run = |isa| {
            let mut best: Vec<f32> = (0..69).map(|n| n as f32 * 0.1).collect();
            raise_to_power(isa, &correlation, &mut best);
            let powers = best.clone();
            likelihoods(isa, &mut best, &inverse, 126.0);
            (powers, best)
        };
        let (powers, values) = run(Isa::scalar());
        for (n, power) in powers.iter().enumerate() {
            let between = (correlation[n] + correlation[n + 1]).norm_sqr() / 2.0;
            let expected = correlation[n].norm_sqr().max(between).max(n as f32 * 0.1);
            assert!((power - expected).abs() < 1e-5 * expected);
            let share = (expected * inverse[n]).min(0.99);
            if share < 0.6 {
                let exact = -126.0 * (1.0 - share).ln();
                assert!((values[n] - exact).abs() < 0.03 * exact + 1e-3, "{} {exact}", values[n]);
            }
        }
        for isa in Isa::all() {
            assert_eq!(run(isa), (powers.clone(), values.clone()), "{isa:?}");
        }
    }
}
