//! Interpolation of DM-RS inside one REG bundle by minimum mean square error.

use std::sync::LazyLock;

/// Widths of a uniform power-delay profile that the filters are made for, as the product of the width and the
/// distance of two DM-RS elements (four subcarriers): at 15 kHz 0.13, 0.5, 1.3 and 3.3 microseconds.
pub(super) const WIDTHS: [f64; 4] = [0.008, 0.03, 0.08, 0.2];
/// Signal-to-noise ratios that the filters are made for: these steps from the lowest.
const SNR_STEP_DB: f32 = 4.0;
const SNR_LOWEST_DB: f32 = -16.0;
const N_SNR: usize = 15;

/// The filter for the contiguous blocks of one bundle.
#[derive(Debug)]
pub(super) struct Filter {
    n_pilots: usize,
    /// Row-major, a row for each data element (nine a block), a column for each pilot (three a block).
    weights: Vec<f32>,
    /// Mean square error of each data element's estimate, relative to the channel's power.
    mse: Vec<f32>,
}

impl Filter {
    /// Weights of the pilots for data element `i` of the bundle.
    pub(super) fn weights(&self, i: usize) -> &[f32] {
        &self.weights[i * self.n_pilots..(i + 1) * self.n_pilots]
    }

    /// Mean square error for data element `i` of the bundle, relative to the channel's power.
    pub(super) fn mse(&self, i: usize) -> f32 {
        self.mse[i]
    }

    /// For `n_blocks` blocks and pilots with `snr` (linear), the channel having `correlation` from one subcarrier to another
    /// by their distance.
    fn new(n_blocks: usize, correlation: &[f64], snr: f64) -> Self {
        let n = 3 * n_blocks;
        // Pilot j stands at subcarrier 1 + 4j of the bundle.
        let mut matrix: Vec<f64> = (0..n * n).map(|ij| correlation[4 * (ij / n).abs_diff(ij % n)]).collect();
        (0..n).for_each(|i| matrix[i * n + i] += 1.0 / snr);
        let inverse = invert(matrix, n);
        let mut weights = Vec::with_capacity(9 * n_blocks * n);
        let mut mse = Vec::with_capacity(9 * n_blocks);
        for block in 0..n_blocks {
            for k in super::dmrs::DATA_SUBCARRIERS {
                let at = 12 * block + k;
                let cross: Vec<f64> = (0..n).map(|j| correlation[at.abs_diff(1 + 4 * j)]).collect();
                let dot = |row: &[f64]| row.iter().zip(&cross).map(|(a, b)| a * b).sum::<f64>();
                let w: Vec<f64> = inverse.chunks_exact(n).map(dot).collect();
                mse.push((1.0 - dot(&w)).max(0.0) as f32);
                weights.extend(w.iter().map(|&w| w as f32));
            }
        }
        Self { n_pilots: n, weights, mse }
    }
}

/// The filters for bundles of one size.
#[derive(Debug)]
pub(super) struct FilterBank {
    /// By profile and signal-to-noise ratio.
    filters: Vec<Filter>,
}

impl FilterBank {
    /// For bundles of `n_blocks`: 1, 2, 3 or 6. Computed once in a process.
    ///
    /// # Panics
    /// If there is no bundle of this size.
    pub(super) fn of(n_blocks: usize) -> &'static Self {
        static BANKS: [LazyLock<FilterBank>; 4] = [
            LazyLock::new(|| FilterBank::new(1)),
            LazyLock::new(|| FilterBank::new(2)),
            LazyLock::new(|| FilterBank::new(3)),
            LazyLock::new(|| FilterBank::new(6)),
        ];
        match n_blocks {
            1..=3 => &BANKS[n_blocks - 1],
            6 => &BANKS[3],
            _ => panic!("a REG bundle of {n_blocks} blocks"),
        }
    }

    fn new(n_blocks: usize) -> Self {
        let snr = |step: usize| 10f64.powf(f64::from(SNR_LOWEST_DB + SNR_STEP_DB * step as f32) / 10.0);
        let of_width = |width: f64| {
            // A stationary process with the uniform profile around delay 0: sinc(distance * width).
            let sinc = |subcarriers: usize| {
                let x = std::f64::consts::PI * subcarriers as f64 / 4.0 * width;
                if x == 0.0 { 1.0 } else { x.sin() / x }
            };
            let correlation: Vec<f64> = (0..12 * n_blocks).map(sinc).collect();
            (0..N_SNR).map(move |step| Filter::new(n_blocks, &correlation, snr(step)))
        };
        Self { filters: WIDTHS.into_iter().flat_map(of_width).collect() }
    }

    /// The filter for the profile `WIDTHS[width]` and the table's ratio nearest to `snr` (linear).
    pub(super) fn get(&self, width: usize, snr: f32) -> &Filter {
        let step = ((10.0 * snr.log10() - SNR_LOWEST_DB) / SNR_STEP_DB).round();
        // NaN becomes 0, the most cautious filter.
        let step = (step.max(0.0) as usize).min(N_SNR - 1);
        &self.filters[width * N_SNR + step]
    }
}

/// The inverse of a symmetric, positive definite matrix, by Gauss and Jordan in place.
fn invert(mut a: Vec<f64>, n: usize) -> Vec<f64> {
    let mut row = vec![0.0; n];
    for k in 0..n {
        // The noise on the diagonal keeps the pivot away from 0; rounding may not.
        let pivot = 1.0 / a[k * n + k].max(1e-12);
        row.copy_from_slice(&a[k * n..][..n]);
        row.iter_mut().for_each(|x| *x *= pivot);
        row[k] = pivot;
        for (i, other) in a.chunks_exact_mut(n).enumerate() {
            if i == k {
                other.copy_from_slice(&row);
                continue;
            }
            let factor = std::mem::take(&mut other[k]);
            other.iter_mut().zip(&row).for_each(|(x, r)| *x -= factor * r);
        }
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let matrix: Vec<f64> = (0..36).map(|ij: usize| 0.9f64.powi((ij / 6).abs_diff(ij % 6) as i32)).collect();
        let inverse = invert(matrix.clone(), 6);
        for i in 0..6 {
            for j in 0..6 {
                let sum: f64 = (0..6).map(|k| matrix[6 * i + k] * inverse[6 * k + j]).sum();
                assert!((sum - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_flat_channel_passes_and_noise_averages_out() {
        for (n_blocks, snr_db) in [(1, 40.0), (2, 40.0), (3, 20.0), (6, 30.0)] {
            let filter = FilterBank::of(n_blocks).get(0, 10f32.powf(snr_db / 10.0));
            for i in 0..9 * n_blocks {
                let sum: f32 = filter.weights(i).iter().sum();
                assert!((sum - 1.0).abs() < 0.01, "{n_blocks} blocks, element {i}: {sum}");
            }
        }
        // At 0 dB the mean of 18 pilots has 1/18 of the noise; the prior takes it down to 1/19.
        let filter = FilterBank::of(6).get(0, 1.0);
        assert!((0..54).all(|i| (0.04..0.12).contains(&filter.mse(i))));
        // Hopeless or broken inputs have a filter too.
        for snr in [0.0, f32::NAN, f32::INFINITY, -1.0] {
            assert!(FilterBank::of(2).get(3, snr).mse(0).is_finite());
        }
    }

    #[test]
    fn a_delay_inside_the_profile_is_followed() {
        // Delay at the profile's edge: phase 2 pi * width / 2 per four subcarriers.
        for (width, tolerance) in [(0, 0.02), (1, 0.02), (2, 0.03), (3, 0.05)] {
            let phase = |subcarrier: f64| (std::f64::consts::PI * WIDTHS[width] * 0.8 * subcarrier / 4.0).cos();
            let filter = FilterBank::of(6).get(width, 1e4);
            for block in 0..6 {
                for (i, k) in super::super::dmrs::DATA_SUBCARRIERS.into_iter().enumerate() {
                    let weights = filter.weights(9 * block + i);
                    let got: f64 =
                        weights.iter().enumerate().map(|(j, &w)| f64::from(w) * phase(1.0 + 4.0 * j as f64)).sum();
                    let expected = phase((12 * block + k) as f64);
                    assert!((got - expected).abs() < tolerance, "width {width}, block {block}, {k}: {got} {expected}");
                }
            }
        }
    }
}
