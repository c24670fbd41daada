use crate::Complex32;

/// The noise variance of a symbol of which nothing is known (no channel, or samples that are no numbers): large,
/// yet finite, so that a demapper's soft bits come out as zero.
pub const UNUSABLE_VARIANCE: f32 = 1e30;

/// Separates the layers of a transmission and combines the receive antennas: the linear MMSE equaliser without its bias.
/// For one layer that is maximum ratio combining.
///
/// Antennas are added one after the other, so that their channels need not lie in memory together:
/// [`Equaliser::begin`], [`Equaliser::add_antenna`] for each, [`Equaliser::finish`]. Noise that the antennas have in
/// common is to be whitened before.
#[derive(Clone, Debug)]
pub struct Equaliser {
    /// H^H R^-1 y, `[layer][element]`.
    matched: Vec<Complex32>,
    /// H^H R^-1 H, the rows' parts from the diagonal on: `[pair of layers][element]`.
    gram: Vec<Complex32>,
    n_layers: usize,
    n_re: usize,
}

/// Elements that are solved together.
const LANES: usize = 8;

impl Equaliser {
    /// Workspace for up to `max_layers` layers (1..=8) in up to `max_re` resource elements a call.
    pub fn new(max_re: usize, max_layers: usize) -> Self {
        let pairs = max_layers * (max_layers + 1) / 2;
        Self {
            matched: vec![Complex32::ZERO; max_re * max_layers],
            gram: vec![Complex32::ZERO; max_re * pairs],
            n_layers: 0,
            n_re: 0,
        }
    }

    /// Starts with `n_re` resource elements of `n_layers` layers.
    ///
    /// # Panics
    /// If they exceed the workspace.
    pub fn begin(&mut self, n_re: usize, n_layers: usize) {
        let pairs = n_layers * (n_layers + 1) / 2;
        let fits = n_re * n_layers <= self.matched.len() && n_re * pairs <= self.gram.len();
        assert!(fits && (1..=8).contains(&n_layers), "{n_re} elements of {n_layers} layers exceed the workspace");
        (self.n_re, self.n_layers) = (n_re, n_layers);
        self.matched[..n_re * n_layers].fill(Complex32::ZERO);
        self.gram[..n_re * pairs].fill(Complex32::ZERO);
    }

    /// Adds one antenna: its received elements, its channel `[layer][element]`, and its noise variance (of a
    /// received element; errors of the channel estimate belong in it too). An antenna whose variance is not a
    /// positive number is left out.
    ///
    /// # Panics
    /// If a slice's length is not that of [`Equaliser::begin`].
    pub fn add_antenna(&mut self, received: &[Complex32], channel: &[Complex32], noise_variance: f32) {
        assert_eq!(received.len(), self.n_re);
        assert_eq!(channel.len(), self.n_re * self.n_layers);
        if self.n_re == 0 || !(noise_variance > 0.0 && noise_variance.is_finite()) {
            return;
        }
        let n = self.n_re;
        let weight = noise_variance.recip().min(1.0 / f32::MIN_POSITIVE);
        let mut gram = self.gram.chunks_exact_mut(n);
        for (i, (h, matched)) in channel.chunks_exact(n).zip(self.matched.chunks_exact_mut(n)).enumerate() {
            for ((sum, h), y) in matched.iter_mut().zip(h).zip(received) {
                *sum += h.conj() * y * weight;
            }
            for (g, gram) in channel[i * n..].chunks_exact(n).zip(&mut gram) {
                for ((sum, h), g) in gram.iter_mut().zip(h).zip(g) {
                    *sum += h.conj() * g * weight;
                }
            }
        }
    }

    /// Elements and layers of the last [`Equaliser::begin`], H^H R^-1 y `[layer][element]`, and H^H R^-1 H from each row's
    /// diagonal on, `[pair of layers][element]`.
    pub(super) fn normal_equations(&self) -> (usize, usize, &[Complex32], &[Complex32]) {
        (self.n_re, self.n_layers, &self.matched, &self.gram)
    }

    /// The equalised symbols (channel removed, without bias) and the variance of noise and other layers that is left in
    /// each, `[layer][element]`; zero and [`UNUSABLE_VARIANCE`] where nothing is known.
    ///
    /// # Panics
    /// If a slice's length is not that of [`Equaliser::begin`].
    pub fn finish(&self, symbols: &mut [Complex32], noise_variance: &mut [f32]) {
        assert_eq!(symbols.len(), self.n_re * self.n_layers);
        assert_eq!(noise_variance.len(), self.n_re * self.n_layers);
        match self.n_layers {
            1 => {
                for (i, (symbol, variance)) in symbols.iter_mut().zip(&mut *noise_variance).enumerate() {
                    *variance = self.gram[i].re.recip();
                    *symbol = self.matched[i] * *variance;
                }
            }
            2 => self.solve::<2>(symbols, noise_variance),
            3 => self.solve::<3>(symbols, noise_variance),
            4 => self.solve::<4>(symbols, noise_variance),
            5 => self.solve::<5>(symbols, noise_variance),
            6 => self.solve::<6>(symbols, noise_variance),
            7 => self.solve::<7>(symbols, noise_variance),
            _ => self.solve::<8>(symbols, noise_variance),
        }
        for (symbol, variance) in symbols.iter_mut().zip(noise_variance) {
            let usable = *variance > 0.0 && *variance < UNUSABLE_VARIANCE && symbol.norm_sqr().is_finite();
            if !usable {
                (*symbol, *variance) = (Complex32::ZERO, UNUSABLE_VARIANCE);
            }
        }
    }

    /// x = (G + I)^-1 m for symbols of unit power; with B the inverse, layer i comes out with the gain 1 - B_ii.
    fn solve<const N: usize>(&self, symbols: &mut [Complex32], noise_variance: &mut [f32]) {
        let n = self.n_re;
        for first in (0..n).step_by(LANES) {
            let len = LANES.min(n - first);
            let mut system = System::<N>::default();
            let mut pair = 0;
            for i in 0..N {
                for j in i..N {
                    system.a[j][i] = Lanes::gather(&self.gram[pair * n + first..][..len]).conj();
                    pair += 1;
                }
                system.x[i] = Lanes::gather(&self.matched[i * n + first..][..len]);
            }
            let inverse = system.solve();
            for i in 0..N {
                for lane in 0..len {
                    let at = i * n + first + lane;
                    let gain = (1.0 - inverse[i][lane]).recip();
                    symbols[at] = Complex32::new(system.x[i].re[lane], system.x[i].im[lane]) * gain;
                    noise_variance[at] = inverse[i][lane] * gain;
                }
            }
        }
    }
}

/// Complex numbers of as many elements.
#[derive(Clone, Copy, Debug)]
struct Lanes {
    re: [f32; LANES],
    im: [f32; LANES],
}

impl Lanes {
    const ZERO: Self = Self { re: [0.0; LANES], im: [0.0; LANES] };

    fn gather(z: &[Complex32]) -> Self {
        let mut lanes = Self::ZERO;
        for (lane, z) in z.iter().enumerate() {
            (lanes.re[lane], lanes.im[lane]) = (z.re, z.im);
        }
        lanes
    }

    fn conj(self) -> Self {
        Self { re: self.re, im: self.im.map(|x| -x) }
    }

    /// self -= a b
    #[inline(always)]
    fn subtract_product(&mut self, a: &Self, b: &Self) {
        for lane in 0..LANES {
            self.re[lane] -= a.re[lane] * b.re[lane] - a.im[lane] * b.im[lane];
            self.im[lane] -= a.re[lane] * b.im[lane] + a.im[lane] * b.re[lane];
        }
    }

    /// self -= conj(a) b
    #[inline(always)]
    fn subtract_conj_product(&mut self, a: &Self, b: &Self) {
        for lane in 0..LANES {
            self.re[lane] -= a.re[lane] * b.re[lane] + a.im[lane] * b.im[lane];
            self.im[lane] -= a.re[lane] * b.im[lane] - a.im[lane] * b.re[lane];
        }
    }

    #[inline(always)]
    fn scale(&mut self, by: &[f32; LANES]) {
        for lane in 0..LANES {
            self.re[lane] *= by[lane];
            self.im[lane] *= by[lane];
        }
    }
}

/// (A + I) x = b with A Hermitian, its lower triangle given.
struct System<const N: usize> {
    a: [[Lanes; N]; N],
    /// b, and then x.
    x: [Lanes; N],
}

impl<const N: usize> Default for System<N> {
    fn default() -> Self {
        Self { a: [[Lanes::ZERO; N]; N], x: [Lanes::ZERO; N] }
    }
}

impl<const N: usize> System<N> {
    /// Solves it in place by Cholesky's factors L L^H; gives the diagonal of the inverse.
    fn solve(&mut self) -> [[f32; LANES]; N] {
        // The diagonal of `a` is not read again once its reciprocal root is known.
        let mut root = [[0.0; LANES]; N];
        for j in 0..N {
            let mut diagonal = self.a[j][j].re.map(|d| d + 1.0);
            for k in 0..j {
                for lane in 0..LANES {
                    diagonal[lane] -= self.a[j][k].re[lane].powi(2) + self.a[j][k].im[lane].powi(2);
                }
            }
            // In exact numbers at least 1.
            root[j] = diagonal.map(|d| d.max(f32::MIN_POSITIVE).sqrt().recip());
            for i in j + 1..N {
                let mut sum = self.a[i][j];
                for k in 0..j {
                    // a_ij - sum of l_ik conj(l_jk)
                    let (l_i, l_j) = (self.a[i][k], self.a[j][k]);
                    sum.subtract_conj_product(&l_j, &l_i);
                }
                sum.scale(&root[j]);
                self.a[i][j] = sum;
            }
        }
        for i in 0..N {
            let (known, rest) = self.x.split_at_mut(i);
            for (k, x) in known.iter().enumerate() {
                rest[0].subtract_product(&self.a[i][k], x);
            }
            rest[0].scale(&root[i]);
        }
        for i in (0..N).rev() {
            let (x, known) = self.x.split_at_mut(i + 1);
            for (k, known) in (i + 1..N).zip(known) {
                x[i].subtract_conj_product(&self.a[k][i], known);
            }
            x[i].scale(&root[i]);
        }
        self.inverse_diagonal(&root)
    }

    /// Sums of |(L^-1)_ki|^2 over k.
    fn inverse_diagonal(&self, root: &[[f32; LANES]; N]) -> [[f32; LANES]; N] {
        let mut diagonal = [[0.0; LANES]; N];
        for column in 0..N {
            let mut inverse = [Lanes::ZERO; N];
            inverse[column].re = root[column];
            for i in column..N {
                if i > column {
                    let (known, rest) = inverse.split_at_mut(i);
                    for k in column..i {
                        rest[0].subtract_product(&self.a[i][k], &known[k]);
                    }
                    rest[0].scale(&root[i]);
                }
                for lane in 0..LANES {
                    diagonal[column][lane] += inverse[i].re[lane].powi(2) + inverse[i].im[lane].powi(2);
                }
            }
        }
        diagonal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_antennas_add_their_signal_to_noise_ratios() {
        let x = Complex32::new(0.6, -0.8);
        let h = [Complex32::new(0.3, 0.4), Complex32::new(-1.0, 0.5)];
        let mut equaliser = Equaliser::new(4, 1);
        equaliser.begin(1, 1);
        equaliser.add_antenna(&[h[0] * x], &[h[0]], 0.1);
        equaliser.add_antenna(&[h[1] * x], &[h[1]], 0.5);
        let (mut symbol, mut variance) = ([Complex32::ZERO], [0.0]);
        equaliser.finish(&mut symbol, &mut variance);
        assert!((symbol[0] - x).norm() < 1e-6);
        let snr = 0.25 / 0.1 + 1.25 / 0.5;
        assert!((variance[0] * snr - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_is_no_number_is_unusable() {
        let nan = Complex32::new(f32::NAN, 0.0);
        let one = Complex32::new(1.0, 0.0);
        let huge = Complex32::new(f32::MAX, f32::MAX);
        let mut equaliser = Equaliser::new(8, 1);
        let (mut symbols, mut variance) = ([one; 4], [1.0; 4]);
        equaliser.begin(4, 1);
        equaliser.add_antenna(&[nan, one, one, huge], &[one, nan, Complex32::ZERO, huge], 0.1);
        equaliser.add_antenna(&[one; 4], &[one; 4], f32::NAN);
        equaliser.finish(&mut symbols, &mut variance);
        assert_eq!(symbols, [Complex32::ZERO; 4]);
        assert_eq!(variance, [UNUSABLE_VARIANCE; 4]);
    }

    /// Layers by the formula, in f64 and by elimination.
    #[test]
    fn layers_are_separated_as_the_formula_says() {
        use num_complex::Complex64;
        use rand::{RngExt, SeedableRng};
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let mut draw = |n: usize| -> Vec<Complex32> {
            (0..n).map(|_| Complex32::new(rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0))).collect()
        };
        let wide = |z: Complex32| Complex64::new(z.re.into(), z.im.into());
        for n_layers in 1..=8 {
            let (n_antennas, n_re) = (n_layers + n_layers % 2, 11);
            let noise: Vec<f32> = (0..n_antennas).map(|a| 0.02 + 0.01 * a as f32).collect();
            let y: Vec<_> = (0..n_antennas).map(|_| draw(n_re)).collect();
            let h: Vec<_> = (0..n_antennas).map(|_| draw(n_re * n_layers)).collect();
            let mut equaliser = Equaliser::new(16, n_layers);
            equaliser.begin(n_re, n_layers);
            (0..n_antennas).for_each(|a| equaliser.add_antenna(&y[a], &h[a], noise[a]));
            let (mut x, mut variance) = (vec![Complex32::ZERO; n_re * n_layers], vec![0.0; n_re * n_layers]);
            equaliser.finish(&mut x, &mut variance);
            for i in 0..n_re {
                // [A | m | I], A = H^H R^-1 H + I.
                let mut rows = vec![vec![Complex64::ZERO; 2 * n_layers + 1]; n_layers];
                for (r, row) in rows.iter_mut().enumerate() {
                    row[r] = Complex64::ONE;
                    row[n_layers + 1 + r] = Complex64::ONE;
                    for a in 0..n_antennas {
                        let weight = wide(h[a][r * n_re + i]).conj() / f64::from(noise[a]);
                        (0..n_layers).for_each(|c| row[c] += weight * wide(h[a][c * n_re + i]));
                        row[n_layers] += weight * wide(y[a][i]);
                    }
                }
                for p in 0..n_layers {
                    let scale = rows[p][p].inv();
                    rows[p].iter_mut().for_each(|z| *z *= scale);
                    let pivot = rows[p].clone();
                    for (r, row) in rows.iter_mut().enumerate().filter(|(r, _)| *r != p) {
                        let factor = row[p];
                        assert!(r != p);
                        row.iter_mut().zip(&pivot).for_each(|(z, p)| *z -= factor * p);
                    }
                }
                for (layer, row) in rows.iter().enumerate() {
                    let b = row[n_layers + 1 + layer].re;
                    let (got, left) = (x[layer * n_re + i], variance[layer * n_re + i]);
                    let error = (wide(got) - row[n_layers] / (1.0 - b)).norm();
                    assert!(error < 2e-3 * (1.0 + wide(got).norm()), "{n_layers} layers: {error}");
                    assert!((f64::from(left) * (1.0 - b) / b - 1.0).abs() < 2e-3, "{n_layers} layers");
                }
            }
        }
    }
}
