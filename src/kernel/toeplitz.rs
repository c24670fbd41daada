//! Hermitian Toeplitz systems by Levinson's recursion, O(M^2). Real and imaginary parts lie apart and sums are split in
//! a fixed way, so that the same code, compiled for another instruction set, gives the same bits faster.

use super::{Isa, Level};
use num_complex::Complex64;
use std::ops::Range;

/// Partial sums of the dot products: element i goes to sum i mod 8.
const LANES: usize = 8;

/// Complex numbers, parts apart.
#[derive(Clone, Debug)]
struct Split {
    re: Vec<f64>,
    im: Vec<f64>,
}

impl Split {
    fn new(len: usize) -> Self {
        Self { re: vec![0.0; len], im: vec![0.0; len] }
    }

    fn get(&self, i: usize) -> Complex64 {
        Complex64::new(self.re[i], self.im[i])
    }

    fn set(&mut self, i: usize, z: Complex64) {
        (self.re[i], self.im[i]) = (z.re, z.im);
    }

    fn part(&self, range: Range<usize>) -> Part<'_> {
        Part { re: &self.re[range.clone()], im: &self.im[range] }
    }

    fn part_mut(&mut self, range: Range<usize>) -> PartMut<'_> {
        PartMut { re: &mut self.re[range.clone()], im: &mut self.im[range] }
    }
}

#[derive(Clone, Copy)]
struct Part<'a> {
    re: &'a [f64],
    im: &'a [f64],
}

struct PartMut<'a> {
    re: &'a mut [f64],
    im: &'a mut [f64],
}

/// Workspace of the recursion for systems of up to `max_order` unknowns.
#[derive(Clone, Debug)]
pub struct Levinson {
    isa: Isa,
    /// r, the last value first.
    reversed: Split,
    /// Forward predictor 1, a_1, …
    forward: Split,
    /// Backward predictor …, 1: the forward one conjugated and reversed, at the end.
    backward: Split,
    /// The solutions, a row each.
    x: Split,
    /// A diagonal of the inverse's columns.
    columns: Split,
    max_order: usize,
}

/// What the recursion says about the matrix besides the solutions.
#[derive(Clone, Copy, Debug)]
pub struct Decomposition {
    /// ln det R.
    pub ln_det: f64,
    /// Sum over the right-hand sides of y^H R^-1 y.
    pub quadratic: f64,
    /// The last prediction error: R^-1 has the first column a / error.
    error: f64,
}

/// Where the recursion stands.
struct Recursion {
    order: usize,
    smallest: f64,
    /// The last prediction error.
    error: f64,
    ln_det: f64,
}

impl Levinson {
    /// For systems of up to `max_order` unknowns and `max_rows` right-hand sides.
    pub fn new(isa: Isa, max_order: usize, max_rows: usize) -> Self {
        Self {
            isa,
            reversed: Split::new(max_order),
            forward: Split::new(max_order),
            backward: Split::new(max_order),
            x: Split::new(max_order * max_rows),
            columns: Split::new(max_order),
            max_order,
        }
    }

    /// Solves R x = y for each row of `y`, where R(i, j) = r(i - j), r(-d) = conj r(d), with `load` added to the
    /// diagonal. Rows of `y` and `x` are `stride` apart and `r.len()` long.
    ///
    /// `load` must make the matrix positive definite; a matrix that is not (by rounding) is loaded further
    /// where that shows, so the recursion never divides by zero.
    ///
    /// # Panics
    /// If the sizes exceed those planned.
    pub fn solve(
        &mut self,
        r: &[Complex64],
        load: f64,
        y: &[Complex64],
        x: &mut [Complex64],
        stride: usize,
        n_rows: usize,
    ) -> Decomposition {
        match self.isa.level() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` of this level exists only on CPUs with AVX2.
            #[allow(unsafe_code)]
            Level::Avx2 => unsafe { self.solve_avx2(r, load, y, x, stride, n_rows) },
            _ => self.solve_here(r, load, y, x, stride, n_rows),
        }
    }

    /// What [`Levinson::solve`] says about the matrix and the right-hand sides, without the solutions: in two thirds of
    /// the time.
    ///
    /// # Panics
    /// If the sizes exceed those planned.
    pub fn decompose(
        &mut self,
        r: &[Complex64],
        load: f64,
        y: &[Complex64],
        stride: usize,
        n_rows: usize,
    ) -> Decomposition {
        match self.isa.level() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` of this level exists only on CPUs with AVX2.
            #[allow(unsafe_code)]
            Level::Avx2 => unsafe { self.decompose_avx2(r, load, y, stride, n_rows) },
            _ => self.decompose_here(r, load, y, stride, n_rows),
        }
    }

    /// Trace and squared Frobenius norm of the inverse of the matrix solved last, by the recursion of Gohberg
    /// and Semencul along its diagonals.
    pub fn inverse_norms(&mut self, order: usize, decomposition: &Decomposition) -> (f64, f64) {
        match self.isa.level() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` of this level exists only on CPUs with AVX2.
            #[allow(unsafe_code)]
            Level::Avx2 => unsafe { self.inverse_norms_avx2(order, decomposition) },
            _ => self.inverse_norms_here(order, decomposition),
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn solve_avx2(
        &mut self,
        r: &[Complex64],
        load: f64,
        y: &[Complex64],
        x: &mut [Complex64],
        stride: usize,
        n_rows: usize,
    ) -> Decomposition {
        self.solve_here(r, load, y, x, stride, n_rows)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn decompose_avx2(
        &mut self,
        r: &[Complex64],
        load: f64,
        y: &[Complex64],
        stride: usize,
        n_rows: usize,
    ) -> Decomposition {
        self.decompose_here(r, load, y, stride, n_rows)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn inverse_norms_avx2(&mut self, order: usize, decomposition: &Decomposition) -> (f64, f64) {
        self.inverse_norms_here(order, decomposition)
    }

    #[inline(always)]
    fn solve_here(
        &mut self,
        r: &[Complex64],
        load: f64,
        y: &[Complex64],
        x: &mut [Complex64],
        stride: usize,
        n_rows: usize,
    ) -> Decomposition {
        let order = r.len();
        let mut recursion = self.begin(r, load);
        let mut quadratic = 0.0;
        for row in 0..n_rows {
            self.x.set(row * self.max_order, y[row * stride] / recursion.error);
            quadratic += y[row * stride].norm_sqr() / recursion.error;
        }
        for k in 1..order {
            self.step(&mut recursion, k);
            let error = recursion.error;
            let r = self.reversed.part(order - 1 - k..order - 1);
            for row in 0..n_rows {
                let at = row * self.max_order;
                let innovation = y[row * stride + k] - dot::<false>(r, self.x.part(at..at + k));
                quadratic += innovation.norm_sqr() / error;
                self.x.set(at + k, Complex64::ZERO);
                let backward = self.backward.part(order - 1 - k..order);
                add_product(self.x.part_mut(at..at + k + 1), innovation / error, backward);
            }
        }
        for row in 0..n_rows {
            for (i, x) in x[row * stride..][..order].iter_mut().enumerate() {
                *x = self.x.get(row * self.max_order + i);
            }
        }
        Decomposition { ln_det: recursion.ln_det, quadratic, error: recursion.error }
    }

    #[inline(always)]
    fn decompose_here(
        &mut self,
        r: &[Complex64],
        load: f64,
        y: &[Complex64],
        stride: usize,
        n_rows: usize,
    ) -> Decomposition {
        let order = r.len();
        for row in 0..n_rows {
            for (i, &y) in y[row * stride..][..order].iter().enumerate() {
                self.x.set(row * self.max_order + i, y);
            }
        }
        let mut recursion = self.begin(r, load);
        let mut quadratic = 0.0;
        for k in 0..order {
            if k > 0 {
                self.step(&mut recursion, k);
            }
            for row in 0..n_rows {
                let at = row * self.max_order;
                // The backward predictor b has R b = error at the last place: b^H y is what is new in y(k).
                let innovation = dot::<true>(self.backward.part(order - 1 - k..order), self.x.part(at..at + k + 1));
                quadratic += innovation.norm_sqr() / recursion.error;
            }
        }
        Decomposition { ln_det: recursion.ln_det, quadratic, error: recursion.error }
    }

    /// The predictors of order 0.
    #[inline(always)]
    fn begin(&mut self, r: &[Complex64], load: f64) -> Recursion {
        let order = r.len();
        for (i, &r) in r.iter().rev().enumerate() {
            self.reversed.set(i, r);
        }
        let diagonal = r[0].re + load;
        let smallest = (diagonal * 1e-13).max(f64::MIN_POSITIVE);
        let error = diagonal.max(smallest);
        self.forward.set(0, Complex64::ONE);
        self.backward.set(order - 1, Complex64::ONE);
        Recursion { order, smallest, error, ln_det: error.ln() }
    }

    /// The predictors of order `k` from those of order k - 1.
    #[inline(always)]
    fn step(&mut self, recursion: &mut Recursion, k: usize) {
        let Recursion { order, smallest, error, .. } = *recursion;
        // epsilon = sum_{j<k} r(k - j) a_j, the last row of R [a; 0].
        let epsilon = dot::<false>(self.reversed.part(order - 1 - k..order - 1), self.forward.part(0..k));
        let reflection = -epsilon / error;
        self.forward.set(k, Complex64::ZERO);
        self.backward.set(order - 1 - k, Complex64::ZERO);
        reflect(self.forward.part_mut(0..k + 1), self.backward.part_mut(order - 1 - k..order), reflection);
        recursion.error = (error - epsilon.norm_sqr() / error).max(smallest);
        recursion.ln_det += recursion.error.ln();
    }

    #[inline(always)]
    fn inverse_norms_here(&mut self, order: usize, decomposition: &Decomposition) -> (f64, f64) {
        // B(d, 0) is the first column; B(i+1, j+1) follows from B(i, j). All diagonals d go along together.
        let scale = 1.0 / decomposition.error;
        for d in 0..order {
            self.columns.set(d, self.forward.get(d) * scale);
        }
        let mut trace = self.columns.re[0];
        let mut frobenius = 2.0 * energy(self.columns.part(0..order)) - self.columns.get(0).norm_sqr();
        for j in 0..order - 1 {
            let left = order - 1 - j;
            let columns = self.columns.part_mut(0..left);
            add_product(columns, self.forward.get(j + 1).conj() * scale, self.forward.part(j + 1..order));
            let columns = self.columns.part_mut(0..left);
            add_product(columns, -self.forward.get(order - 1 - j) * scale, self.backward.part(j..order - 1));
            trace += self.columns.re[0];
            frobenius += 2.0 * energy(self.columns.part(0..left)) - self.columns.get(0).norm_sqr();
        }
        (trace, frobenius)
    }
}

/// The sum of a b, or of a* b.
#[inline(always)]
fn dot<const CONJUGATE: bool>(a: Part<'_>, b: Part<'_>) -> Complex64 {
    let sign = if CONJUGATE { -1.0 } else { 1.0 };
    let n = a.re.len();
    let (ar, ai, br, bi) = (&a.re[..n], &a.im[..n], &b.re[..n], &b.im[..n]);
    let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
    let whole = n - n % LANES;
    for at in (0..whole).step_by(LANES) {
        for i in 0..LANES {
            re[i] += ar[at + i] * br[at + i] - sign * ai[at + i] * bi[at + i];
            im[i] += ar[at + i] * bi[at + i] + sign * ai[at + i] * br[at + i];
        }
    }
    for at in whole..n {
        re[at - whole] += ar[at] * br[at] - sign * ai[at] * bi[at];
        im[at - whole] += ar[at] * bi[at] + sign * ai[at] * br[at];
    }
    Complex64::new(total(re), total(im))
}

/// The sum of |a|^2.
#[inline(always)]
fn energy(a: Part<'_>) -> f64 {
    let n = a.re.len();
    let (ar, ai) = (&a.re[..n], &a.im[..n]);
    let mut sums = [0.0; LANES];
    let whole = n - n % LANES;
    for at in (0..whole).step_by(LANES) {
        for i in 0..LANES {
            sums[i] += ar[at + i] * ar[at + i] + ai[at + i] * ai[at + i];
        }
    }
    for at in whole..n {
        sums[at - whole] += ar[at] * ar[at] + ai[at] * ai[at];
    }
    total(sums)
}

#[inline(always)]
fn total(sums: [f64; LANES]) -> f64 {
    let four: [f64; 4] = std::array::from_fn(|i| sums[i] + sums[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// sum += gain a
#[inline(always)]
fn add_product(sum: PartMut<'_>, gain: Complex64, a: Part<'_>) {
    let n = sum.re.len();
    let (sr, si, ar, ai) = (&mut sum.re[..n], &mut sum.im[..n], &a.re[..n], &a.im[..n]);
    for i in 0..n {
        sr[i] += gain.re * ar[i] - gain.im * ai[i];
        si[i] += gain.re * ai[i] + gain.im * ar[i];
    }
}

/// (f, b) becomes (f + g b, b + g* f).
#[inline(always)]
fn reflect(f: PartMut<'_>, b: PartMut<'_>, g: Complex64) {
    let n = f.re.len();
    let (fr, fi, br, bi) = (&mut f.re[..n], &mut f.im[..n], &mut b.re[..n], &mut b.im[..n]);
    for i in 0..n {
        let (x, y, u, v) = (fr[i], fi[i], br[i], bi[i]);
        fr[i] = x + (g.re * u - g.im * v);
        fi[i] = y + (g.re * v + g.im * u);
        br[i] = u + (g.re * x + g.im * y);
        bi[i] = v + (g.re * y - g.im * x);
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
        for order in [1, 2, 3, 5, 12, 20] {
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
            let mut levinson = Levinson::new(Isa::scalar(), 20, 2);
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
            let only = levinson.decompose(&r, load, &y, stride, 2);
            assert!((quadratic - only.quadratic).abs() < 1e-8 * quadratic);
            assert_eq!((only.ln_det, only.error), (d.ln_det, d.error));
            let (trace, frobenius) = levinson.inverse_norms(order, &d);
            let expected_trace: f64 = (0..order).map(|i| inverse[i][i].re).sum();
            let expected_norm: f64 = inverse.iter().flatten().map(Complex64::norm_sqr).sum();
            assert!((trace - expected_trace).abs() < 1e-9 * expected_trace);
            assert!((frobenius - expected_norm).abs() < 1e-9 * expected_norm);
            for isa in Isa::all() {
                let mut again = vec![Complex64::ZERO; 2 * stride];
                let mut levinson = Levinson::new(isa, 20, 2);
                let e = levinson.solve(&r, load, &y, &mut again, stride, 2);
                assert_eq!((e.ln_det, e.quadratic, e.error, &again), (d.ln_det, d.quadratic, d.error, &x), "{isa:?}");
                assert_eq!(levinson.inverse_norms(order, &e), (trace, frobenius), "{isa:?}");
                assert_eq!(levinson.decompose(&r, load, &y, stride, 2).quadratic, only.quadratic, "{isa:?}");
            }
        }
    }
}
