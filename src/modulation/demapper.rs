use super::Modulation;
use crate::Complex32;
use crate::coding::{LLR_SCALE, SoftBit};
use crate::kernel::{Isa, SquareQam, demap_qam, demap_qam_i8};

/// The largest magnitude of an `f32` soft bit of the demappers, in natural units.
pub const MAX_LLR: f32 = 1e4;

/// Max-log soft bits of equalised symbols.
///
/// `noise_variance` is, per symbol, the mean of |noise|^2 (both axes together) left after equalisation. A symbol
/// with a part that is not finite, or whose noise variance is zero, negative, infinite or NaN, gives erased bits
/// (LLR 0). With pi/2-BPSK the first symbol counts as even.
///
/// LLR = (min over points with bit 1 of |y - d|^2 - the same with bit 0) / noise variance, exact for every order: the
/// axes are independent, and each bit's difference is piecewise linear. `f32` results are kept within [`MAX_LLR`].
///
/// # Panics
/// If `noise_variance.len() != symbols.len()` or `out.len() != symbols.len() * modulation.bits_per_symbol()`.
#[doc(alias = "TS 38.211 5.1")]
pub fn demap<S: SoftBit>(
    isa: Isa,
    modulation: Modulation,
    symbols: &[Complex32],
    noise_variance: &[f32],
    out: &mut [S],
) {
    check_lengths(modulation, symbols, noise_variance, out.len());
    match modulation {
        Modulation::Pi2Bpsk | Modulation::Bpsk => {
            for (i, ((d, &noise), out)) in symbols.iter().zip(noise_variance).zip(out).enumerate() {
                *out = S::from_f32(bpsk(modulation, i, *d, noise));
            }
        }
        _ => {
            let qam = square(modulation);
            if let Some(out) = S::as_i8_mut(out) {
                demap_qam_i8(isa, qam, symbols, noise_variance, LLR_SCALE, out);
            } else {
                let qm = modulation.bits_per_symbol();
                for ((d, &noise), out) in symbols.iter().zip(noise_variance).zip(out.chunks_exact_mut(qm)) {
                    let mut llr = [0.0; 10];
                    demap_qam(qam, *d, noise, &mut llr[..qm]);
                    for (out, llr) in out.iter_mut().zip(llr) {
                        *out = S::from_f32(llr);
                    }
                }
            }
        }
    }
}

/// Exact soft bits, ln of the ratio of the sums of exp(-|y - d|^2 / noise variance): the reference that shows what
/// max-log costs. Arguments and rules as for [`demap`]; slow.
///
/// # Panics
/// As [`demap`].
#[doc(alias = "TS 38.211 5.1")]
pub fn demap_exact(modulation: Modulation, symbols: &[Complex32], noise_variance: &[f32], out: &mut [f32]) {
    check_lengths(modulation, symbols, noise_variance, out.len());
    let qm = modulation.bits_per_symbol();
    for (i, ((y, &noise), out)) in symbols.iter().zip(noise_variance).zip(out.chunks_exact_mut(qm)).enumerate() {
        if qm == 1 {
            // Two points only: max-log is exact.
            out[0] = bpsk(modulation, i, *y, noise);
            continue;
        }
        if !usable(*y, noise) {
            out.fill(0.0);
            continue;
        }
        let points = modulation.constellation();
        for (b, out) in out.iter_mut().enumerate() {
            let log_sum = |bit: usize| {
                let metric = |index: usize| -f64::from((y - points[index]).norm_sqr()) / f64::from(noise);
                let with_bit = || (0..points.len()).filter(move |index| index >> (qm - 1 - b) & 1 == bit);
                let best = with_bit().map(metric).fold(f64::NEG_INFINITY, f64::max);
                best + with_bit().map(|index| (metric(index) - best).exp()).sum::<f64>().ln()
            };
            *out = ((log_sum(0) - log_sum(1)) as f32).clamp(-MAX_LLR, MAX_LLR);
        }
    }
}

/// The scheme for the kernels.
fn square(modulation: Modulation) -> SquareQam {
    SquareQam::new(modulation.bits_per_symbol() / 2, modulation.norm(), MAX_LLR)
}

fn usable(y: Complex32, noise: f32) -> bool {
    y.re.is_finite() && y.im.is_finite() && noise > 0.0 && noise < f32::INFINITY
}

/// (|y + d|^2 - |y - d|^2) / noise = 4 Re(y d*) / noise, with the point d of bit 0.
fn bpsk(modulation: Modulation, i: usize, y: Complex32, noise: f32) -> f32 {
    if !usable(y, noise) {
        return 0.0;
    }
    let along = if modulation == Modulation::Pi2Bpsk && i % 2 == 1 { y.im - y.re } else { y.im + y.re };
    // The variance's inverse is kept finite so that 0 times it is 0.
    (along * (2.0 * std::f32::consts::SQRT_2 / noise).min(f32::MAX)).clamp(-MAX_LLR, MAX_LLR)
}

fn check_lengths(modulation: Modulation, symbols: &[Complex32], noise_variance: &[f32], out: usize) {
    assert_eq!(noise_variance.len(), symbols.len(), "noise variances for symbols");
    assert_eq!(out, symbols.len() * modulation.bits_per_symbol(), "soft bits for {} symbols", symbols.len());
}

#[cfg(test)]
mod tests {
    use super::super::map;
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Max-log by search through all points.
    fn by_definition(modulation: Modulation, i: usize, y: Complex32, noise: f32) -> Vec<f32> {
        let qm = modulation.bits_per_symbol();
        let mut points = modulation.constellation().to_vec();
        if modulation == Modulation::Pi2Bpsk && i % 2 == 1 {
            points.iter_mut().for_each(|d| *d *= Complex32::I);
        }
        let distance = |index: usize| {
            let d = points[index];
            (f64::from(y.re) - f64::from(d.re)).powi(2) + (f64::from(y.im) - f64::from(d.im)).powi(2)
        };
        (0..qm)
            .map(|b| {
                let nearest = |bit: usize| {
                    let with_bit = (0..points.len()).filter(|index| index >> (qm - 1 - b) & 1 == bit);
                    with_bit.map(distance).fold(f64::INFINITY, f64::min)
                };
                ((nearest(1) - nearest(0)) / f64::from(noise)) as f32
            })
            .collect()
    }

    fn random_symbols(n: usize, seed: u64) -> (Vec<Complex32>, Vec<f32>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let symbols =
            (0..n).map(|_| Complex32::new(rng.random_range(-2.0..2.0), rng.random_range(-2.0..2.0))).collect();
        (symbols, (0..n).map(|_| 10f32.powf(rng.random_range(-3.0..1.0))).collect())
    }

    #[test]
    fn equals_the_search_through_all_points() {
        for modulation in Modulation::ALL {
            let qm = modulation.bits_per_symbol();
            let (symbols, noise) = random_symbols(257, 7);
            let mut llr = vec![0f32; symbols.len() * qm];
            demap(Isa::scalar(), modulation, &symbols, &noise, &mut llr);
            for (i, llr) in llr.chunks(qm).enumerate() {
                let expected = by_definition(modulation, i, symbols[i], noise[i]);
                for (got, expected) in llr.iter().zip(&expected) {
                    let tolerance = 2e-4 * expected.abs() + 2e-6 / noise[i];
                    assert!((got - expected).abs() <= tolerance, "{modulation}: {llr:?} instead of {expected}");
                }
            }
            for isa in Isa::all() {
                let mut quantised = vec![0i8; llr.len()];
                demap(isa, modulation, &symbols, &noise, &mut quantised);
                let expected: Vec<i8> = llr.iter().map(|&l| i8::from_f32(l)).collect();
                assert_eq!(quantised, expected, "{modulation} with {isa:?}");
            }
        }
    }

    #[test]
    fn hard_decisions_of_the_points_are_their_bits() {
        for modulation in Modulation::ALL {
            let qm = modulation.bits_per_symbol();
            let n = 1usize << qm;
            let bits: Vec<u8> = (0..n * qm).map(|i| ((i / qm) >> (qm - 1 - i % qm) & 1) as u8).collect();
            let mut symbols = vec![Complex32::ZERO; n];
            map(modulation, &bits, &mut symbols);
            let mut llr = vec![0i8; bits.len()];
            demap(Isa::detect(), modulation, &symbols, &vec![0.001; n], &mut llr);
            assert!(llr.iter().zip(&bits).all(|(llr, &bit)| llr.hard() == bit && *llr != 0), "{modulation}");
        }
    }

    #[test]
    fn exact_equals_max_log_at_high_snr_and_is_smaller_at_low() {
        for modulation in Modulation::ALL {
            let qm = modulation.bits_per_symbol();
            let (symbols, _) = random_symbols(40, 9);
            let (mut fast, mut exact) = (vec![0f32; 40 * qm], vec![0f32; 40 * qm]);
            for (noise, tolerance) in [(1e-4, 0.7), (0.5, f32::MAX)] {
                demap(Isa::scalar(), modulation, &symbols, &[noise; 40], &mut fast);
                demap_exact(modulation, &symbols, &[noise; 40], &mut exact);
                for (fast, exact) in fast.iter().zip(&exact) {
                    // A sum lies above its largest term by at most ln of the number of terms.
                    let terms = ((1 << qm) as f32 / 2.0).max(1.0).ln() + 1e-2 + fast.abs() * 1e-3;
                    assert!((fast - exact).abs() <= terms.min(tolerance), "{modulation}: {fast}, exact {exact}");
                }
            }
        }
    }

    #[test]
    fn hostile_values_give_erased_bits() {
        let good = Complex32::new(0.3, -0.2);
        let (nan, inf) = (f32::NAN, f32::INFINITY);
        let cases = [
            (good, 0.0),
            (good, -0.0),
            (good, -1.0),
            (good, nan),
            (good, inf),
            (Complex32::new(nan, 0.1), 0.1),
            (Complex32::new(0.1, nan), 0.1),
            (Complex32::new(inf, 0.1), 0.1),
            (Complex32::new(0.1, -inf), 0.1),
        ];
        for modulation in Modulation::ALL {
            let qm = modulation.bits_per_symbol();
            for isa in Isa::all() {
                for (symbol, noise) in cases {
                    let mut symbols = [good; 7];
                    let mut variances = [0.1; 7];
                    symbols[2] = symbol;
                    variances[2] = noise;
                    let (mut soft, mut real, mut exact) = (vec![1i8; 7 * qm], vec![1f32; 7 * qm], vec![1f32; 7 * qm]);
                    demap(isa, modulation, &symbols, &variances, &mut soft);
                    demap(isa, modulation, &symbols, &variances, &mut real);
                    demap_exact(modulation, &symbols, &variances, &mut exact);
                    assert!(soft[2 * qm..3 * qm].iter().all(|&l| l == 0), "{modulation} {symbol} {noise}");
                    assert!(real[2 * qm..3 * qm].iter().chain(&exact[2 * qm..3 * qm]).all(|&l| l == 0.0));
                    assert_eq!(soft[..qm], soft[6 * qm..]);
                    assert!(soft[..qm].iter().any(|&l| l != 0));
                }
                // Extremes that are finite stay finite.
                for noise in [f32::MIN_POSITIVE, 1e-45, f32::MAX] {
                    let symbols = [Complex32::new(f32::MAX, 0.0); 4];
                    let (mut soft, mut real) = (vec![1i8; 4 * qm], vec![1f32; 4 * qm]);
                    demap(isa, modulation, &symbols, &[noise; 4], &mut soft);
                    demap(isa, modulation, &symbols, &[noise; 4], &mut real);
                    assert!(real.iter().all(|l| l.abs() <= MAX_LLR));
                    assert!(soft.iter().zip(&real).all(|(&soft, &real)| soft == i8::from_f32(real)));
                }
            }
        }
    }
}
