//! Hermitian Toeplitz systems by Levinson's recursion, O(M^2).

use num_complex::Complex64;

/// Workspace of the recursion for systems of up to `max_order` unknowns.
#[derive(Clone, Debug)]
pub(super) struct Levinson {
    /// Forward predictor 1, a_1, …
    a: Vec<Complex64>,
    next: Vec<Complex64>,
}

/// What the recursion says about the matrix besides the solutions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decomposition {
    /// ln det R.
    pub ln_det: f64,
    /// Sum over the right-hand sides of y^H R^-1 y.
    pub quadratic: f64,
    /// The last prediction error: R^-1 has the first column a / error.
    error: f64,
}

impl Levinson {
    pub fn new(max_order: usize) -> Self {
        Self { a: vec![Complex64::ZERO; max_order], next: vec![Complex64::ZERO; max_order] }
    }

    /// Solves R x = y for each row of `y`, where R(i, j) = r(i - j), r(-d) = conj r(d), with `load` added to the
    /// diagonal. Rows of `y` and `x` are `stride` apart and `r.len()` long.
    ///
    /// `load` must make the matrix positive definite; a matrix that is not (by rounding) is loaded further
    /// where that shows, so the recursion never divides by zero.
    pub fn solve(
        &mut self,
        r: &[Complex64],
        load: f64,
        y: &[Complex64],
        x: &mut [Complex64],
        stride: usize,
        n_rows: usize,
    ) -> Decomposition {
        let order = r.len();
        let diagonal = r[0].re + load;
        let smallest = (diagonal * 1e-13).max(f64::MIN_POSITIVE);
        let mut error = diagonal.max(smallest);
        self.a[0] = Complex64::ONE;
        let mut ln_det = error.ln();
        let mut quadratic = 0.0;
        for row in 0..n_rows {
            let at = row * stride;
            x[at] = y[at] / error;
            quadratic += y[at].norm_sqr() / error;
        }
        for k in 1..order {
            // epsilon = sum_{j<k} r(k - j) a_j, the last row of R [a; 0].
            let epsilon: Complex64 = (0..k).map(|j| r[k - j] * self.a[j]).sum();
            let reflection = -epsilon / error;
            self.next[0] = Complex64::ONE;
            for j in 1..k {
                self.next[j] = self.a[j] + reflection * self.a[k - j].conj();
            }
            self.next[k] = reflection;
            std::mem::swap(&mut self.a, &mut self.next);
            error = (error - epsilon.norm_sqr() / error).max(smallest);
            ln_det += error.ln();
            for row in 0..n_rows {
                let at = row * stride;
                let known: Complex64 = (0..k).map(|j| r[k - j] * x[at + j]).sum();
                let innovation = y[at + k] - known;
                quadratic += innovation.norm_sqr() / error;
                let gain = innovation / error;
                x[at + k] = gain;
                for j in 0..k {
                    // The backward predictor is the forward one, conjugated and reversed.
                    x[at + j] += gain * self.a[k - j].conj();
                }
            }
        }
        Decomposition { ln_det, quadratic, error }
    }

    /// Trace and squared Frobenius norm of the inverse of the matrix solved last, by the recursion of Gohberg
    /// and Semencul along its diagonals.
    pub fn inverse_norms(&self, order: usize, decomposition: &Decomposition) -> (f64, f64) {
        let a = &self.a[..order];
        let mut trace = 0.0;
        let mut frobenius = 0.0;
        for d in 0..order {
            // B(d, 0) is the first column; B(i+1, j+1) follows from B(i, j).
            let mut b = a[d] / decomposition.error;
            let mut sum = b.norm_sqr();
            if d == 0 {
                trace += b.re;
            }
            for j in 0..order - 1 - d {
                let i = j + d;
                b += (a[i + 1] * a[j + 1].conj() - a[order - 1 - i].conj() * a[order - 1 - j]) / decomposition.error;
                sum += b.norm_sqr();
                if d == 0 {
                    trace += b.re;
                }
            }
            frobenius += if d == 0 { sum } else { 2.0 * sum };
        }
        (trace, frobenius)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gaussian elimination with row pivoting.
    fn invert(matrix: &[Vec<Complex64>]) -> Vec<Vec<Complex64>> {
        let n = matrix.len();
        let mut rows: Vec<Vec<Complex64>> = matrix
            .iter()
            .enumerate()
            .map(|(i, row)| {
                let unit = (0..n).map(|j| Complex64::from(f64::from(u8::from(i == j))));
                row.iter().copied().chain(unit).collect()
            })
            .collect();
        for c in 0..n {
            let pivot = (c..n).max_by(|&i, &j| rows[i][c].norm().total_cmp(&rows[j][c].norm())).unwrap();
            rows.swap(c, pivot);
            let scale = rows[c][c].inv();
            rows[c].iter_mut().for_each(|v| *v *= scale);
            for i in (0..n).filter(|&i| i != c) {
                let factor = rows[i][c];
                for j in 0..2 * n {
                    let v = rows[c][j];
                    rows[i][j] -= factor * v;
                }
            }
        }
        rows.into_iter().map(|row| row[n..].to_vec()).collect()
    }

    #[test]
    fn equals_gaussian_elimination() {
        for order in [1, 2, 3, 5, 12] {
            // A pilot comb with a gap, as the estimator meets it.
            let pilots = [0usize, 2, 4, 6, 8, 10, 48, 50, 52, 54];
            let r: Vec<Complex64> = (0..order)
                .map(|d| pilots.iter().map(|&k| Complex64::cis(std::f64::consts::TAU * (k * d) as f64 / 128.0)).sum())
                .collect();
            let load = 0.3;
            let matrix: Vec<Vec<Complex64>> = (0..order)
                .map(|i| {
                    (0..order)
                        .map(|j| match i.cmp(&j) {
                            std::cmp::Ordering::Greater => r[i - j],
                            std::cmp::Ordering::Less => r[j - i].conj(),
                            std::cmp::Ordering::Equal => r[0] + load,
                        })
                        .collect()
                })
                .collect();
            let inverse = invert(&matrix);
            let stride = order + 3;
            let y: Vec<Complex64> =
                (0..2 * stride).map(|i| Complex64::new((i as f64).sin(), (i as f64).cos())).collect();
            let mut x = vec![Complex64::ZERO; 2 * stride];
            let mut levinson = Levinson::new(16);
            let d = levinson.solve(&r, load, &y, &mut x, stride, 2);
            let mut quadratic = 0.0;
            for row in 0..2 {
                for i in 0..order {
                    let expected: Complex64 = (0..order).map(|j| inverse[i][j] * y[row * stride + j]).sum();
                    assert!((expected - x[row * stride + i]).norm() < 1e-9, "order {order}");
                    quadratic += (y[row * stride + i].conj() * expected).re;
                }
            }
            assert!((quadratic - d.quadratic).abs() < 1e-8 * quadratic);
            let (trace, frobenius) = levinson.inverse_norms(order, &d);
            let expected_trace: f64 = (0..order).map(|i| inverse[i][i].re).sum();
            let expected_norm: f64 = inverse.iter().flatten().map(Complex64::norm_sqr).sum();
            assert!((trace - expected_trace).abs() < 1e-9 * expected_trace);
            assert!((frobenius - expected_norm).abs() < 1e-9 * expected_norm);
        }
    }
}
