//! Small Hermitian systems.

use num_complex::Complex64;

/// Cholesky's factor L (A = L L^H) of a positive definite matrix in place, row-major, `n` x `n`; only the lower triangle is
/// read and written. A pivot below `least` (which rounding may bring about) counts as that.
pub(super) fn cholesky(a: &mut [Complex64], n: usize, least: f64) {
    for j in 0..n {
        let below: f64 = a[j * n..j * n + j].iter().map(Complex64::norm_sqr).sum();
        let root = (a[j * n + j].re - below).max(least).sqrt();
        a[j * n + j] = root.into();
        for i in j + 1..n {
            let (head, row) = a.split_at_mut(i * n);
            let known: Complex64 = row[..j].iter().zip(&head[j * n..]).map(|(x, y)| x * y.conj()).sum();
            row[j] = (row[j] - known) / root;
        }
    }
}

/// Solves L x = b in place for each column of `b`, row-major `n` x `columns`.
pub(super) fn forward(l: &[Complex64], n: usize, b: &mut [Complex64], columns: usize) {
    for i in 0..n {
        let (known, row) = b.split_at_mut(i * columns);
        let row = &mut row[..columns];
        for (k, known) in known.chunks_exact(columns).enumerate() {
            let factor = l[i * n + k];
            row.iter_mut().zip(known).for_each(|(x, y)| *x -= factor * y);
        }
        let scale = l[i * n + i].re.recip();
        row.iter_mut().for_each(|x| *x *= scale);
    }
}

/// The diagonal of (L L^H)^-1 into `out`, `n` values; `work` holds at least as many.
pub(super) fn inverse_diagonal(l: &[Complex64], n: usize, work: &mut [Complex64], out: &mut [f64]) {
    for column in 0..n {
        // The column of L^-1: zero above its own row.
        for i in column..n {
            let known: Complex64 = (column..i).map(|k| l[i * n + k] * work[k]).sum();
            let one = if i == column { Complex64::ONE } else { Complex64::ZERO };
            work[i] = (one - known) / l[i * n + i].re;
        }
        out[column] = work[column..n].iter().map(Complex64::norm_sqr).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propagation::ComplexGaussian;

    #[test]
    fn factors_and_inverse_as_by_definition() {
        let mut gaussian = ComplexGaussian::new(5, 0);
        let mut draw = || {
            let z = gaussian.sample();
            Complex64::new(z.re.into(), z.im.into())
        };
        for n in 1..=8 {
            let x: Vec<Complex64> = (0..n * n).map(|_| draw()).collect();
            let a: Vec<Complex64> = (0..n * n)
                .map(|at| {
                    let (i, j) = (at / n, at % n);
                    let product: Complex64 = (0..n).map(|k| x[i * n + k] * x[j * n + k].conj()).sum();
                    product + if i == j { 0.1 } else { 0.0 }
                })
                .collect();
            let mut l = a.clone();
            cholesky(&mut l, n, 0.0);
            for (i, j) in (0..n).flat_map(|i| (0..=i).map(move |j| (i, j))) {
                let product: Complex64 = (0..=j).map(|k| l[i * n + k] * l[j * n + k].conj()).sum();
                assert!((product - a[i * n + j]).norm() < 1e-12);
            }
            // The inverse by columns: L^H x = (L^-1 e).
            let mut inverse: Vec<Complex64> =
                (0..n * n).map(|at| if at / n == at % n { Complex64::ONE } else { Complex64::ZERO }).collect();
            forward(&l, n, &mut inverse, n);
            let (mut work, mut diagonal) = (vec![Complex64::ZERO; n], vec![0.0; n]);
            inverse_diagonal(&l, n, &mut work, &mut diagonal);
            for (column, got) in diagonal.iter().enumerate() {
                let expected: f64 = (0..n).map(|row| inverse[row * n + column].norm_sqr()).sum();
                assert!((got / expected - 1.0).abs() < 1e-12);
            }
            // A A^-1 = 1 on the diagonal, with A^-1 = L^-H L^-1.
            for i in 0..n {
                let entry: Complex64 = (0..n)
                    .map(|j| {
                        let inverse: Complex64 = (0..n).map(|k| inverse[k * n + j].conj() * inverse[k * n + i]).sum();
                        let a = if i >= j { a[i * n + j] } else { a[j * n + i].conj() };
                        a * inverse
                    })
                    .sum();
                assert!((entry - 1.0).norm() < 1e-9, "{n}: {entry}");
            }
        }
    }
}
