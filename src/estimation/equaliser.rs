use crate::Complex32;

/// The noise variance of a symbol of which nothing is known (no channel, or samples that are no numbers): large,
/// yet finite, so that a demapper's soft bits come out as zero.
pub const UNUSABLE_VARIANCE: f32 = 1e30;

/// Combines the receive antennas of one transmitted layer, weighted by channel and noise: maximum ratio
/// combining, which for one layer is the MMSE equaliser without its bias.
///
/// Antennas are added one after the other, so that their channels need not lie in memory together:
/// [`Equaliser::begin`], [`Equaliser::add_antenna`] for each, [`Equaliser::finish`].
#[derive(Clone, Debug)]
pub struct Equaliser {
    /// sum over antennas of conj(h) y / noise variance.
    matched: Vec<Complex32>,
    /// sum over antennas of |h|^2 / noise variance.
    gram: Vec<f32>,
    n_re: usize,
}

impl Equaliser {
    /// Workspace for up to `max_re` resource elements a call.
    pub fn new(max_re: usize) -> Self {
        Self { matched: vec![Complex32::ZERO; max_re], gram: vec![0.0; max_re], n_re: 0 }
    }

    /// Starts with `n_re` resource elements.
    ///
    /// # Panics
    /// If `n_re` exceeds the workspace.
    pub fn begin(&mut self, n_re: usize) {
        assert!(n_re <= self.gram.len(), "{n_re} resource elements exceed the workspace of {}", self.gram.len());
        self.n_re = n_re;
        self.matched[..n_re].fill(Complex32::ZERO);
        self.gram[..n_re].fill(0.0);
    }

    /// Adds one antenna: its received elements, its channel in each of them, and its noise variance (of a
    /// received element; errors of the channel estimate belong in it too). An antenna whose variance is not a
    /// positive number is left out.
    ///
    /// # Panics
    /// If a slice's length is not the `n_re` of [`Equaliser::begin`].
    pub fn add_antenna(&mut self, received: &[Complex32], channel: &[Complex32], noise_variance: f32) {
        assert_eq!(received.len(), self.n_re);
        assert_eq!(channel.len(), self.n_re);
        if !(noise_variance > 0.0 && noise_variance.is_finite()) {
            return;
        }
        let weight = noise_variance.recip().min(1.0 / f32::MIN_POSITIVE);
        for i in 0..self.n_re {
            let (y, h) = (received[i], channel[i]);
            self.matched[i] += h.conj() * y * weight;
            self.gram[i] += h.norm_sqr() * weight;
        }
    }

    /// The equalised symbols (channel removed, without bias) and the variance of the noise that is left in each;
    /// zero and [`UNUSABLE_VARIANCE`] where nothing is known.
    ///
    /// # Panics
    /// If a slice's length is not the `n_re` of [`Equaliser::begin`].
    pub fn finish(&self, symbols: &mut [Complex32], noise_variance: &mut [f32]) {
        assert_eq!(symbols.len(), self.n_re);
        assert_eq!(noise_variance.len(), self.n_re);
        for i in 0..self.n_re {
            let variance = self.gram[i].recip();
            let symbol = self.matched[i] * variance;
            let usable = variance > 0.0 && variance < UNUSABLE_VARIANCE && symbol.norm_sqr().is_finite();
            symbols[i] = if usable { symbol } else { Complex32::ZERO };
            noise_variance[i] = if usable { variance } else { UNUSABLE_VARIANCE };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_antennas_add_their_signal_to_noise_ratios() {
        let x = Complex32::new(0.6, -0.8);
        let h = [Complex32::new(0.3, 0.4), Complex32::new(-1.0, 0.5)];
        let mut equaliser = Equaliser::new(4);
        equaliser.begin(1);
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
        let mut equaliser = Equaliser::new(8);
        let (mut symbols, mut variance) = ([one; 4], [1.0; 4]);
        equaliser.begin(4);
        equaliser.add_antenna(&[nan, one, one, huge], &[one, nan, Complex32::ZERO, huge], 0.1);
        equaliser.add_antenna(&[one; 4], &[one; 4], f32::NAN);
        equaliser.finish(&mut symbols, &mut variance);
        assert_eq!(symbols, [Complex32::ZERO; 4]);
        assert_eq!(variance, [UNUSABLE_VARIANCE; 4]);
    }
}
