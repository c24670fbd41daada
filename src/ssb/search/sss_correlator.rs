//! Correlation with all 336 SSS of a PSS at once.

use crate::Complex32;
use crate::ssb::sync_signals::{SSS_X0, SSS_X1, sign, sss_shifts};

const N: usize = 127;
/// N_ID^(1) takes these values.
pub(super) const N_NID1: usize = 336;

/// An SSS is x_0 shifted by one of three amounts times x_1 shifted by 0..111. All shifts of an m-sequence of the
/// register length 7 are, in the order of the register's states, the rows of a Hadamard matrix of size 128: three fast
/// Hadamard transforms give all 336 correlations.
pub(super) struct SssCorrelator {
    /// The state of the register of x_1 at n, x_1(n)..x_1(n+6), as a number.
    state: [u8; N],
    /// The row of the Hadamard matrix that is x_1 shifted by b.
    row: [u8; N],
    work: [Complex32; 128],
}

impl SssCorrelator {
    pub fn new() -> Self {
        let mut state = [0; N];
        for (n, state) in state.iter_mut().enumerate() {
            *state = (0..7).fold(0, |s, i| s | SSS_X1[(n + i) % N] << i);
        }
        // x_1(n + b) as a sum of x_1(n)..x_1(n + 6): the same recursion as the sequence's.
        let mut row = [0; N];
        for b in 0..N {
            row[b] = if b < 7 { 1 << b } else { row[b - 6] ^ row[b - 7] };
        }
        Self { state, row, work: [Complex32::ZERO; 128] }
    }

    /// sum over n of z(n) d_SSS(n) for each N_ID^(1).
    pub fn correlate(&mut self, nid2: u16, z: &[Complex32], out: &mut [Complex32; N_NID1]) {
        assert_eq!(z.len(), N);
        for (a, out) in out.chunks_exact_mut(112).enumerate() {
            let (m0, _) = sss_shifts(112 * a as u16, nid2);
            self.work[0] = Complex32::ZERO;
            for n in 0..N {
                self.work[usize::from(self.state[n])] = z[n] * sign(SSS_X0[(n + m0) % N]);
            }
            let mut half = 1;
            while half < 128 {
                for pair in self.work.chunks_exact_mut(2 * half) {
                    let (low, high) = pair.split_at_mut(half);
                    for (a, b) in low.iter_mut().zip(high) {
                        (*a, *b) = (*a + *b, *a - *b);
                    }
                }
                half *= 2;
            }
            for (out, &row) in out.iter_mut().zip(&self.row) {
                *out = self.work[usize::from(row)];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::CellId;
    use crate::ssb::sss;

    #[test]
    fn equals_the_sums() {
        let z: [Complex32; N] = std::array::from_fn(|n| {
            let x = n as f32;
            Complex32::new((x * 0.37).sin(), (x * x * 0.11).cos())
        });
        let mut correlator = SssCorrelator::new();
        let mut out = [Complex32::ZERO; N_NID1];
        for nid2 in 0..3 {
            correlator.correlate(nid2, &z, &mut out);
            for nid1 in 0..N_NID1 {
                let d = sss(CellId::from_parts(nid1 as u16, nid2).unwrap());
                let expected: Complex32 = z.iter().zip(d).map(|(z, d)| z * d).sum();
                assert!((out[nid1] - expected).norm() < 1e-3, "{nid1} {nid2}");
            }
        }
    }
}
