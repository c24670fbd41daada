use super::hermitian::{cholesky, inverse_diagonal};
use crate::Complex32;
use num_complex::Complex64;

/// Layers at most.
pub(super) const MAX_LAYERS: usize = 8;

/// The signal-to-interference-and-noise ratios of layers behind a linear MMSE receiver.
#[derive(Clone, Debug)]
pub(super) struct MmseSinr {
    n_ports: usize,
    n_layers: usize,
    /// W, `[port][layer]`.
    weights: Vec<Complex64>,
    /// A W, the same way.
    product: Vec<Complex64>,
    gram: [Complex64; MAX_LAYERS * MAX_LAYERS],
    work: [Complex64; MAX_LAYERS],
    sinr: [f64; MAX_LAYERS],
}

impl MmseSinr {
    pub fn new(n_ports: usize) -> Self {
        Self {
            n_ports,
            n_layers: 1,
            weights: vec![Complex64::ZERO; n_ports * MAX_LAYERS],
            product: vec![Complex64::ZERO; n_ports * MAX_LAYERS],
            gram: [Complex64::ZERO; MAX_LAYERS * MAX_LAYERS],
            work: [Complex64::ZERO; MAX_LAYERS],
            sinr: [0.0; MAX_LAYERS],
        }
    }

    /// Takes a precoding matrix, `[port][layer]`.
    pub fn set_weights(&mut self, n_layers: usize, weights: &[Complex32]) {
        self.n_layers = n_layers;
        for (to, w) in self.weights.iter_mut().zip(weights) {
            *to = Complex64::new(w.re.into(), w.im.into());
        }
    }

    /// The ratio of each layer (linear) over a channel of which `a` = H^H R^-1 H, `[port][port]`: with
    /// B = (W^H A W + I)^-1 it is 1 / B_ii - 1.
    pub fn sinr(&mut self, a: &[Complex64]) -> &[f64] {
        let (n_ports, n) = (self.n_ports, self.n_layers);
        self.product[..n_ports * n].fill(Complex64::ZERO);
        for (row, product) in a.chunks_exact(n_ports).zip(self.product.chunks_exact_mut(n)) {
            for (a, w) in row.iter().zip(self.weights.chunks_exact(n)) {
                product.iter_mut().zip(w).for_each(|(sum, w)| *sum += a * w);
            }
        }
        let gram = &mut self.gram[..n * n];
        gram.fill(Complex64::ZERO);
        for (w, product) in self.weights.chunks_exact(n).zip(self.product.chunks_exact(n)).take(n_ports) {
            for i in 0..n {
                for j in 0..=i {
                    gram[i * n + j] += w[i].conj() * product[j];
                }
            }
        }
        (0..n).for_each(|i| gram[i * n + i] += 1.0);
        cholesky(gram, n, 1.0);
        inverse_diagonal(gram, n, &mut self.work, &mut self.sinr);
        for sinr in &mut self.sinr[..n] {
            *sinr = (1.0 / sinr.max(1e-300) - 1.0).max(0.0);
        }
        &self.sinr[..n]
    }
}
