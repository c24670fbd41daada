//! The PSS in time.

use crate::Complex32;
use crate::ssb::pss;
use num_complex::Complex64;
use std::f64::consts::TAU;

/// The useful part of the PSS of `nid2` at `size` (a power of two from 128 on) samples, unit amplitude a subcarrier,
/// its carrier `offset` subcarriers above 0 Hz.
pub(super) fn pss_in_time(nid2: u16, size: usize, offset: f64) -> impl Iterator<Item = Complex32> {
    let roots: Vec<Complex64> = (0..size).map(|n| Complex64::cis(TAU * n as f64 / size as f64)).collect();
    let d = pss(nid2);
    (0..size).map(move |n| {
        let sum: Complex64 = (0..127).map(|i| roots[(i + size - 64) * n % size] * f64::from(d[i])).sum();
        let z = sum * Complex64::cis(TAU * offset * n as f64 / size as f64);
        Complex32::new(z.re as f32, z.im as f32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_sum_over_subcarriers() {
        for (nid2, size, offset) in [(0, 128, -1.5), (1, 256, 0.0), (2, 128, 0.75)] {
            let d = pss(nid2);
            for (n, got) in pss_in_time(nid2, size, offset).enumerate() {
                let turn = |i: usize| TAU * (i as f64 - 64.0 + offset) * n as f64 / size as f64;
                let expected: Complex64 = (0..127).map(|i| Complex64::cis(turn(i)) * f64::from(d[i])).sum();
                assert!(
                    (Complex64::new(got.re.into(), got.im.into()) - expected).norm() < 1e-5,
                    "{nid2} {size} {offset} {n}"
                );
            }
        }
    }
}
