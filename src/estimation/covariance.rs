use crate::Complex32;
use num_complex::Complex64;

/// Receive antennas at most.
const MAX_ANTENNAS: usize = 8;
/// Shares of the diagonal that are tried, from no correlation at all.
const SHRINKAGES: [f64; 9] = [1.0, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.003, 0.001];
/// Samples an antenna that the smallest bundle has at least.
const MIN_SAMPLES: f64 = 2.0;
/// Samples beyond this are no signal; their squares must not overflow.
const LARGEST: f32 = 1e12;

/// Noise below this is below what numbers of 32 bits tell of any signal; its reciprocal must not overflow them.
const LEAST_VARIANCE: f64 = 1e-30;

type Matrix = [[Complex64; MAX_ANTENNAS]; MAX_ANTENNAS];

const ZERO: Matrix = [[Complex64::ZERO; MAX_ANTENNAS]; MAX_ANTENNAS];

/// What turns the elements of all antennas into as many whose noise has unit power and is independent: a lower triangular
/// matrix, `[out][antenna]`. Rows of antennas that know nothing are zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Whitener(pub [[Complex32; MAX_ANTENNAS]; MAX_ANTENNAS]);

/// Covariance of noise and interference over the receive antennas, in bundles of resource blocks.
///
/// Samples are what is left of pilots when the signal is taken off. How many blocks make a bundle (a power of two,
/// counted from common resource block 0 like precoding groups; at most all), and how far the correlation between antennas
/// is to be believed, is chosen by the likelihood of each sample given all the others. So noise without
/// interference keeps one variance an antenna over the whole band, and a strong interferer is followed as finely as the
/// samples allow.
#[derive(Clone, Debug)]
pub struct NoiseCovariance {
    n_antennas: usize,
    /// Common resource block of the first block.
    first_crb: usize,
    /// By block, from the first: samples after a fit, and samples beside it.
    fitted: Vec<Samples>,
    free: Vec<Samples>,
    /// Of bundles, over `deviation`: of the size being tried, and of the one chosen.
    trial: Vec<Samples>,
    chosen: Vec<Samples>,
    /// log2 of the blocks in a bundle of `chosen`.
    size_log2: u32,
    /// Standard deviation of each antenna's noise over all blocks.
    deviation: [f64; MAX_ANTENNAS],
}

/// Products of samples with themselves, a a^H: their sum, or their mean. Only the lower triangle counts.
#[derive(Clone, Copy, Debug)]
struct Samples {
    /// How many, as far as they are independent.
    n: f64,
    matrix: Matrix,
}

impl Samples {
    const NONE: Self = Self { n: 0.0, matrix: ZERO };

    fn add(&mut self, scale: f64, other: &Self, n_antennas: usize) {
        for i in 0..n_antennas {
            for j in 0..=i {
                self.matrix[i][j] += other.matrix[i][j] * scale;
            }
        }
    }

    fn scale(&mut self, by: f64, n_antennas: usize) {
        for (i, row) in self.matrix.iter_mut().enumerate().take(n_antennas) {
            row[..=i].iter_mut().for_each(|z| *z *= by);
        }
    }

    fn trace(&self, n_antennas: usize) -> f64 {
        (0..n_antennas).map(|i| self.matrix[i][i].re).sum()
    }
}

impl NoiseCovariance {
    /// Workspace for up to `max_blocks` resource blocks and `max_antennas` antennas.
    ///
    /// # Panics
    /// If there are more than 8 antennas.
    pub fn new(max_blocks: usize, max_antennas: usize) -> Self {
        assert!(max_antennas <= MAX_ANTENNAS, "{max_antennas} antennas: noise is whitened over 8 at most");
        let samples = || Vec::with_capacity(max_blocks);
        Self {
            n_antennas: 0,
            first_crb: 0,
            fitted: samples(),
            free: samples(),
            trial: samples(),
            chosen: samples(),
            size_log2: 0,
            deviation: [0.0; MAX_ANTENNAS],
        }
    }

    /// Starts with `n_blocks` blocks from common resource block `first_crb` on.
    ///
    /// # Panics
    /// If there are no blocks, or not 1..=8 antennas.
    pub fn begin(&mut self, n_antennas: usize, first_crb: usize, n_blocks: usize) {
        assert!((1..=MAX_ANTENNAS).contains(&n_antennas) && n_blocks > 0, "{n_antennas} antennas, {n_blocks} blocks");
        (self.n_antennas, self.first_crb) = (n_antennas, first_crb);
        for samples in [&mut self.fitted, &mut self.free] {
            samples.clear();
            samples.resize(n_blocks, Samples::NONE);
        }
    }

    /// Adds a sample of block `block` (counted from the first): what is left of an element of each antenna. `fitted` says
    /// that a fit to this very element was taken off, and part of the noise with it. Samples that are no numbers do not
    /// count.
    ///
    /// # Panics
    /// If the block lies outside, or `sample` has not an element for each antenna.
    pub fn add(&mut self, block: usize, fitted: bool, sample: &[Complex32]) {
        assert_eq!(sample.len(), self.n_antennas);
        // Also false if either is no number.
        if !sample.iter().all(|z| z.re.abs() < LARGEST && z.im.abs() < LARGEST) {
            return;
        }
        let sum = if fitted { &mut self.fitted[block] } else { &mut self.free[block] };
        sum.n += 1.0;
        let wide = |z: Complex32| Complex64::new(z.re.into(), z.im.into());
        for (i, row) in sum.matrix.iter_mut().enumerate().take(sample.len()) {
            for (out, b) in row.iter_mut().zip(&sample[..=i]) {
                *out += wide(sample[i]) * wide(*b).conj();
            }
        }
    }

    /// Makes the covariance from the samples. `fitted_variance` is the noise variance of the elements that were fitted,
    /// mean over antennas and free of bias: from their samples comes only the shape.
    pub fn finish(&mut self, fitted_variance: f32) {
        let p = self.n_antennas;
        let total = |samples: &[Samples]| samples.iter().fold((0.0, 0.0), |(n, t), s| (n + s.n, t + s.trace(p)));
        let (n_fitted, left) = total(&self.fitted);
        // A fit takes noise away, never adds any.
        let mut freedom = left / (n_fitted * p as f64 * f64::from(fitted_variance));
        freedom = if freedom.is_finite() { freedom.clamp(1e-3, 1.0) } else { 1.0 };
        for (block, free) in self.fitted.iter_mut().zip(&self.free) {
            let n = block.n + free.n;
            block.n = freedom * block.n + free.n;
            block.scale(freedom.recip(), p);
            block.add(1.0, free, p);
            // From here on the mean.
            if n > 0.0 {
                block.scale(n.recip(), p);
            }
        }
        self.scale();
        self.choose();
    }

    /// Takes each antenna's own noise out of the samples.
    fn scale(&mut self) {
        let p = self.n_antennas;
        let n: f64 = self.fitted.iter().map(|s| s.n).sum();
        let mut variance = [0.0; MAX_ANTENNAS];
        for (i, variance) in variance.iter_mut().enumerate().take(p) {
            *variance = self.fitted.iter().map(|s| s.n * s.matrix[i][i].re).sum::<f64>() / n.max(1.0);
        }
        // Few samples say little of one antenna by itself: then the common figure counts more.
        let (mean, trust) = (variance[..p].iter().sum::<f64>() / p as f64, n / (n + 12.0));
        self.deviation = variance.map(|v| (trust * v + (1.0 - trust) * mean).sqrt());
        let inverse = self.deviation.map(|d| if d > 0.0 { d.recip() } else { 0.0 });
        for samples in &mut self.fitted {
            for (i, row) in samples.matrix.iter_mut().enumerate().take(p) {
                row[..=i].iter_mut().zip(inverse).for_each(|(z, d)| *z *= d * inverse[i]);
            }
        }
    }

    /// Chooses the size of bundles and the shrinkage.
    fn choose(&mut self) {
        let (p, n_blocks) = (self.n_antennas as f64, self.fitted.len());
        let per_block = self.fitted.iter().map(|s| s.n).sum::<f64>() / n_blocks as f64;
        let mut size_log2 = 0;
        while f64::from(1u32 << size_log2) * per_block < MIN_SAMPLES * p && 1 << size_log2 < n_blocks {
            size_log2 += 1;
        }
        let mut best = f64::INFINITY;
        loop {
            self.bundle(size_log2);
            self.steady_levels();
            let (score, shrinkage) = self.shrinkage();
            // The first is taken in any case: there may be no sample at all.
            if score < best || best == f64::INFINITY {
                best = score;
                self.size_log2 = size_log2;
                self.chosen.clone_from(&self.trial);
                let n_antennas = self.n_antennas;
                self.chosen.iter_mut().for_each(|bundle| shrink(bundle, shrinkage, n_antennas));
            }
            if self.trial.len() == 1 {
                break;
            }
            size_log2 += 1;
        }
    }

    /// Means over bundles.
    fn bundle(&mut self, size_log2: u32) {
        let p = self.n_antennas;
        let bundle = |block: usize| ((self.first_crb + block) >> size_log2) - (self.first_crb >> size_log2);
        self.trial.clear();
        self.trial.resize(bundle(self.fitted.len() - 1) + 1, Samples::NONE);
        for (block, samples) in self.fitted.iter().enumerate() {
            let sum = &mut self.trial[bundle(block)];
            sum.n += samples.n;
            sum.add(samples.n, samples, p);
        }
        for bundle in self.trial.iter_mut().filter(|bundle| bundle.n > 0.0) {
            bundle.scale(bundle.n.recip(), p);
        }
    }

    /// Draws the bundles' mean powers towards that of all, 1, as far as they differ by chance (James and Stein's
    /// estimator).
    fn steady_levels(&mut self) {
        let p = self.n_antennas;
        let power = |bundle: &Samples| bundle.trace(p) / p as f64;
        let (mut n, mut spread, mut mean) = (0.0, 0.0, Samples::NONE);
        for bundle in &self.trial {
            n += bundle.n;
            spread += bundle.n * (power(bundle) - 1.0).powi(2);
            mean.add(bundle.n, bundle, p);
        }
        // Correlated antennas are no independent samples.
        let correlation = squares(&mean.matrix, p) / mean.trace(p).powi(2).max(f64::MIN_POSITIVE);
        let by_chance = correlation * self.trial.len() as f64;
        let own = if spread > 0.0 && n > 0.0 { (1.0 - by_chance / spread).max(0.0) } else { 0.0 };
        for bundle in &mut self.trial {
            let before = power(bundle);
            let scale = (own * before + 1.0 - own) / before;
            if bundle.n > 0.0 && scale.is_finite() {
                bundle.scale(scale, p);
            } else {
                (0..p).for_each(|i| bundle.matrix[i][i] = Complex64::ONE);
            }
        }
    }

    /// The score of the bundles and the shrinkage that has it: -ln of the likelihood of each sample, given a covariance from
    /// the others (leave-one-out cross-validation).
    fn shrinkage(&self) -> (f64, f64) {
        let p = self.n_antennas;
        let score = |shrinkage: f64| -> f64 {
            let of_bundle = |bundle: &Samples| {
                // With G = n/(n - 1) (1 - s) S + s T, leaving x out takes b x x^H from it, b = (1 - s) / (n - 1); for
                // each sample x^H G^-1 x is taken to be as large as it is on average.
                let n = bundle.n.max(1.0 + 1e-6);
                let mut matrix = *bundle;
                shrink(&mut matrix, shrinkage, p);
                let b = (1.0 - shrinkage) / (n - 1.0);
                for i in 0..p {
                    for j in 0..=i {
                        matrix.matrix[i][j] += bundle.matrix[i][j] * b;
                    }
                }
                let Some((inverse, ln_det)) = inverse_factor(&matrix.matrix, p, 1.0, 0.0) else { return f64::INFINITY };
                let distance = distance(&inverse, &bundle.matrix, p);
                let rest = 1.0 - b * distance;
                if rest <= 0.0 { f64::INFINITY } else { bundle.n * (ln_det + rest.ln() + distance / rest) }
            };
            self.trial.iter().filter(|bundle| bundle.n > 0.0).map(of_bundle).sum()
        };
        // One antenna has no correlation.
        let tried = if p == 1 { &SHRINKAGES[..1] } else { &SHRINKAGES };
        let scores = tried.iter().map(|&shrinkage| (score(shrinkage), shrinkage));
        scores.fold((f64::INFINITY, 1.0), |best, this| if this.0 < best.0 { this } else { best })
    }

    /// The bundle of a block, counted from the first.
    pub fn bundle_of(&self, block: usize) -> usize {
        ((self.first_crb + block) >> self.size_log2) - (self.first_crb >> self.size_log2)
    }

    /// Bundles.
    pub fn n_bundles(&self) -> usize {
        self.chosen.len()
    }

    /// The noise variance of an element of an antenna in a bundle.
    pub fn variance(&self, bundle: usize, antenna: usize) -> f32 {
        (self.chosen[bundle].matrix[antenna][antenna].re * self.deviation[antenna].powi(2)) as f32
    }

    /// L^-1 of a bundle, with L L^H = `scale` R + `white` I.
    pub fn whitener(&self, bundle: usize, scale: f32, white: f32) -> Whitener {
        let p = self.n_antennas;
        let mut covariance = self.chosen[bundle].matrix;
        for i in 0..p {
            for j in 0..=i {
                covariance[i][j] *= self.deviation[i] * self.deviation[j];
            }
            if covariance[i][i].re > 0.0 {
                covariance[i][i] += LEAST_VARIANCE;
            }
        }
        let mut whitener = Whitener([[Complex32::ZERO; MAX_ANTENNAS]; MAX_ANTENNAS]);
        if let Some((inverse, _)) = inverse_factor(&covariance, p, scale.into(), white.into()) {
            for (out, row) in whitener.0.iter_mut().zip(inverse) {
                *out = row.map(|z| Complex32::new(z.re as f32, z.im as f32));
            }
        }
        whitener
    }
}

/// Draws a mean towards its power on the diagonal.
fn shrink(bundle: &mut Samples, shrinkage: f64, n_antennas: usize) {
    let level = bundle.trace(n_antennas) / n_antennas as f64;
    for (i, row) in bundle.matrix.iter_mut().enumerate().take(n_antennas) {
        row[..i].iter_mut().for_each(|z| *z *= 1.0 - shrinkage);
        row[i] = row[i] * (1.0 - shrinkage) + shrinkage * level;
    }
}

/// The sum of the squares of a Hermitian matrix.
fn squares(matrix: &Matrix, n_antennas: usize) -> f64 {
    let row = |i: usize| matrix[i][..i].iter().map(|z| 2.0 * z.norm_sqr()).sum::<f64>() + matrix[i][i].re.powi(2);
    (0..n_antennas).map(row).sum()
}

/// tr(W S W^H) with the lower triangular W and the Hermitian S.
fn distance(w: &Matrix, s: &Matrix, n_antennas: usize) -> f64 {
    let mut sum = 0.0;
    for row in w.iter().take(n_antennas) {
        for j in 0..n_antennas {
            sum += row[j].norm_sqr() * s[j][j].re;
            for k in 0..j {
                sum += 2.0 * (row[j] * s[j][k] * row[k].conj()).re;
            }
        }
    }
    sum
}

/// L^-1 and ln det with L L^H = `scale` a + `white` I, of which the lower triangle is given. An antenna without noise, or
/// with none of its own, has a zero row; `None` if it is no covariance at all.
fn inverse_factor(a: &Matrix, n_antennas: usize, scale: f64, white: f64) -> Option<(Matrix, f64)> {
    let (mut l, mut inverse, mut ln_det) = (ZERO, ZERO, 0.0);
    let mut some = false;
    for i in 0..n_antennas {
        for j in 0..i {
            let mut sum = a[i][j] * scale;
            for k in 0..j {
                sum -= l[i][k] * l[j][k].conj();
            }
            // The diagonal of `l` holds reciprocals.
            l[i][j] = sum * l[j][j].re;
        }
        let whole = a[i][i].re * scale + white;
        let pivot = whole - l[i][..i].iter().map(Complex64::norm_sqr).sum::<f64>();
        if !(pivot > 1e-12 * whole && pivot.is_finite()) {
            l[i] = [Complex64::ZERO; MAX_ANTENNAS];
            continue;
        }
        some = true;
        ln_det += pivot.ln();
        let root = pivot.sqrt().recip();
        l[i][i] = root.into();
        for j in 0..i {
            let sum: Complex64 = (j..i).map(|k| l[i][k] * inverse[k][j]).sum();
            inverse[i][j] = -sum * root;
        }
        inverse[i][i] = root.into();
    }
    some.then_some((inverse, ln_det))
}
