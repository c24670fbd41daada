use super::{NoiseCovariance, Whitener};
use crate::Complex32;
use crate::propagation::ComplexGaussian;
use proptest::prelude::*;

const P: usize = 4;

/// Samples `per_block` of `n_blocks` blocks: noise of each antenna's standard deviation, and an interferer whose path to the
/// antennas is `path(block, antenna)`; all times `kept`.
fn measure(
    deviation: [f32; P],
    path: impl Fn(usize, usize) -> Complex32,
    (n_blocks, per_block): (usize, usize),
    kept: Option<f32>,
) -> NoiseCovariance {
    let mut gaussian = ComplexGaussian::new(11, 0);
    let mut covariance = NoiseCovariance::new(n_blocks, P);
    covariance.begin(P, 6, n_blocks);
    let mut power = 0.0;
    for block in 0..n_blocks {
        for _ in 0..per_block {
            let x = gaussian.sample();
            let sample: [Complex32; P] =
                std::array::from_fn(|a| (gaussian.sample() * deviation[a] + path(block, a) * x) * kept.unwrap_or(1.0));
            power += sample.iter().map(|z| z.norm_sqr()).sum::<f32>();
            covariance.add(block, kept.is_some(), &sample);
        }
    }
    let mean = power / (n_blocks * per_block * P) as f32;
    covariance.finish(mean / kept.map_or(1.0, |kept| kept * kept));
    covariance
}

/// h^H W^H W h, the signal-to-noise ratio of a signal with the channel `h`.
fn snr(whitener: &Whitener, h: [Complex32; P]) -> f32 {
    whitener.0.iter().map(|row| row.iter().zip(h).map(|(w, h)| w * h).sum::<Complex32>().norm_sqr()).sum()
}

/// What a signal really gets from an equaliser that takes the noise to be whitened: |h^H B h|^2 / (h^H B R B h) with
/// B = W^H W.
fn real_snr(whitener: &Whitener, h: [Complex32; P], deviation: [f32; P], path: [Complex32; P]) -> f32 {
    let weights: [Complex32; P] = std::array::from_fn(|a| {
        let whitened = |row: &[Complex32; 8]| row.iter().zip(h).map(|(w, h)| w * h).sum::<Complex32>();
        whitener.0.iter().map(|row| row[a].conj() * whitened(row)).sum()
    });
    let dot = |to: [Complex32; P]| weights.iter().zip(to).map(|(w, z)| w.conj() * z).sum::<Complex32>().norm_sqr();
    let noise: f32 = weights.iter().zip(deviation).map(|(w, d)| w.norm_sqr() * d * d).sum();
    dot(h) / (noise + dot(path))
}

const H: [Complex32; P] =
    [Complex32::new(0.3, 0.9), Complex32::new(-0.7, 0.2), Complex32::new(0.1, -1.0), Complex32::new(0.6, 0.5)];

#[test]
fn white_noise_keeps_one_variance_an_antenna() {
    let deviation = [1.0, 0.1, 3.0, 0.5];
    let covariance = measure(deviation, |_, _| Complex32::ZERO, (40, 18), None);
    assert_eq!(covariance.n_bundles(), 1);
    for (antenna, deviation) in deviation.iter().enumerate() {
        let ratio = covariance.variance(0, antenna) / (deviation * deviation);
        assert!((ratio - 1.0).abs() < 0.1, "antenna {antenna}: {ratio}");
    }
    let best: f32 = H.iter().zip(deviation).map(|(h, d)| h.norm_sqr() / (d * d)).sum();
    let got = real_snr(&covariance.whitener(0, 1.0, 0.0), H, deviation, [Complex32::ZERO; P]);
    assert!(got > 0.99 * best, "{got} of {best}");
}

#[test]
fn an_interferer_is_nulled_bundle_by_bundle() {
    // From four blocks to the next its path is another.
    let path = |block: usize, a: usize| Complex32::cis(((block + 6) / 4 * (a + 1) * (a + 1)) as f32) * 20.0;
    let deviation = [1.0, 1.5, 0.8, 1.2];
    let covariance = measure(deviation, path, (24, 18), None);
    for block in 0..24 {
        let whitener = covariance.whitener(covariance.bundle_of(block), 1.0, 0.0);
        let path = std::array::from_fn(|a| path(block, a));
        // h^H R^-1 h by the matrix inversion lemma.
        let product = |a: [Complex32; P], b: [Complex32; P]| -> Complex32 {
            (0..P).map(|i| a[i].conj() * b[i] / (deviation[i] * deviation[i])).sum()
        };
        let best = product(H, H).re - product(path, H).norm_sqr() / (1.0 + product(path, path).re);
        let got = real_snr(&whitener, H, deviation, path);
        assert!(got > 0.7 * best, "block {block}: {got} of {best}");
        let said = snr(&whitener, H);
        assert!((said / best - 1.0).abs() < 0.6, "block {block}: {said}, {best}");
    }
}

#[test]
fn power_that_differs_over_the_band_is_followed() {
    // In the middle third.
    let path = |block: usize, a: usize| if block / 8 == 1 && a == 0 { Complex32::from(10.0) } else { Complex32::ZERO };
    let covariance = measure([1.0; P], path, (24, 18), None);
    for (block, expected) in [(0, 1.0), (4, 1.0), (11, 101.0), (13, 101.0), (23, 1.0)] {
        let variance = covariance.variance(covariance.bundle_of(block), 0);
        assert!((variance / expected).ln().abs() < 1.0, "block {block}: {variance}");
    }
}

#[test]
fn what_a_fit_took_is_given_back() {
    let covariance = measure([2.0; P], |_, _| Complex32::ZERO, (20, 18), Some(0.6));
    for antenna in 0..P {
        let variance = covariance.variance(0, antenna);
        assert!((variance / 4.0 - 1.0).abs() < 0.15, "antenna {antenna}: {variance}");
    }
}

#[test]
fn the_whitener_is_the_inverse_factor() {
    let covariance = measure([1.0, 2.0, 0.5, 1.0], |_, a| Complex32::cis(a as f32) * 3.0, (12, 18), None);
    let (plain, more) = (covariance.whitener(0, 1.0, 0.0), covariance.whitener(0, 2.0, 0.0));
    for (row, more) in plain.0.iter().zip(more.0) {
        for (w, more) in row.iter().zip(more) {
            assert!((w - more * 2f32.sqrt()).norm() < 1e-5);
        }
    }
    // R of one antenna is what its first row says, and a much stronger white part leaves nothing else.
    assert!((plain.0[0][0].re.powi(-2) / covariance.variance(0, 0) - 1.0).abs() < 1e-5);
    let white = covariance.whitener(0, 1.0, 1e8);
    for i in 0..P {
        for j in 0..P {
            let expected = if i == j { 1e-4 } else { 0.0 };
            assert!((white.0[i][j] - Complex32::from(expected)).norm() < 1e-9);
        }
    }
}

#[test]
fn noise_that_is_hardly_a_number_gives_finite_weights() {
    let mut covariance = NoiseCovariance::new(1, 3);
    covariance.begin(3, 0, 1);
    covariance.add(0, false, &[1e-38, 1e-38, 0.0].map(|z| Complex32::new(z, -z)));
    covariance.finish(0.0);
    let whitener = covariance.whitener(0, 1.0, 0.0);
    assert!(whitener.0.iter().flatten().all(|w| w.re.is_finite() && w.im.is_finite()), "{whitener:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn anything_may_be_measured(
        n_antennas in 1..=8usize,
        n_blocks in 1..40usize,
        first_crb in 0..200usize,
        values in prop::collection::vec(
            prop_oneof![
                Just(0.0), Just(f32::NAN), Just(f32::INFINITY), Just(f32::MAX), Just(1e-38), Just(1e11), -1.0..1.0f32
            ],
            0..400,
        ),
        variance in prop_oneof![Just(0.0), Just(f32::NAN), Just(f32::INFINITY), Just(1e-30), 0.0..2.0f32],
    ) {
        let mut covariance = NoiseCovariance::new(n_blocks, n_antennas);
        covariance.begin(n_antennas, first_crb, n_blocks);
        for (i, sample) in values.chunks_exact(n_antennas).enumerate() {
            let sample: Vec<_> = sample.iter().map(|&z| Complex32::new(z, -z)).collect();
            covariance.add(i * 7 % n_blocks, i % 3 > 0, &sample);
        }
        covariance.finish(variance);
        for block in 0..n_blocks {
            let bundle = covariance.bundle_of(block);
            prop_assert!(bundle < covariance.n_bundles());
            let whitener = covariance.whitener(bundle, 1.0, 0.0);
            prop_assert!(whitener.0.iter().flatten().all(|w| w.re.is_finite() && w.im.is_finite()), "{:?}", whitener);
            for (i, row) in whitener.0.iter().enumerate() {
                prop_assert!(row[i + 1..].iter().all(|w| *w == Complex32::ZERO));
                prop_assert!(i < n_antennas || row[i] == Complex32::ZERO);
            }
        }
    }
}
