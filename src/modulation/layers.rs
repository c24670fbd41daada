use crate::ConfigError;
use std::ops::Range;

/// Codeword-to-layer mapping for 1 to 8 layers: one codeword up to 4 layers, two from 5 on.
///
/// A layered signal lies row-major in a slice, `[layer][symbol]`. The element type is free: symbols in the
/// transmitter; symbols or groups of soft bits in the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 7.3.1.3")]
#[doc(alias = "TS 38.211 6.3.1.3")]
pub struct LayerMapping {
    n_layers: usize,
}

impl LayerMapping {
    /// # Errors
    /// If `n_layers` is not in 1..=8.
    pub fn new(n_layers: usize) -> Result<Self, ConfigError> {
        if (1..=8).contains(&n_layers) {
            Ok(Self { n_layers })
        } else {
            Err(ConfigError::new("number of layers", n_layers, "must lie in 1..=8", "TS 38.211 Table 7.3.1.3-1"))
        }
    }

    /// Number of layers.
    pub const fn n_layers(self) -> usize {
        self.n_layers
    }

    /// Number of codewords, 1 or 2.
    pub const fn n_codewords(self) -> usize {
        if self.n_layers > 4 { 2 } else { 1 }
    }

    /// The layers that codeword `q` is spread over.
    ///
    /// # Panics
    /// If there is no such codeword.
    pub fn layers_of(self, q: usize) -> Range<usize> {
        assert!(q < self.n_codewords(), "codeword {q} of {}", self.n_codewords());
        // 5 = 2 + 3, 6 = 3 + 3, 7 = 3 + 4, 8 = 4 + 4.
        let first = if self.n_layers > 4 { self.n_layers / 2 } else { self.n_layers };
        if q == 0 { 0..first } else { first..self.n_layers }
    }

    /// Spreads the symbols of codeword `q` over its layers in `layers`, all layers of the signal.
    ///
    /// # Panics
    /// If `layers` is no whole number of layers or `codeword` does not fill its own.
    pub fn map<T: Copy>(self, q: usize, codeword: &[T], layers: &mut [T]) {
        let (own, n_symbols) = self.shape(q, codeword.len(), layers.len());
        for (i, d) in codeword.chunks_exact(own.len()).enumerate() {
            for (layer, &x) in own.clone().zip(d) {
                layers[layer * n_symbols + i] = x;
            }
        }
    }

    /// Gathers the symbols of codeword `q` from its layers in `layers`, all layers of the signal.
    ///
    /// # Panics
    /// If `layers` is no whole number of layers or `codeword` does not hold its own.
    pub fn demap<T: Copy>(self, q: usize, layers: &[T], codeword: &mut [T]) {
        let (own, n_symbols) = self.shape(q, codeword.len(), layers.len());
        for (i, d) in codeword.chunks_exact_mut(own.len()).enumerate() {
            for (layer, x) in own.clone().zip(d) {
                *x = layers[layer * n_symbols + i];
            }
        }
    }

    fn shape(self, q: usize, codeword: usize, layers: usize) -> (Range<usize>, usize) {
        let own = self.layers_of(q);
        let n_symbols = layers / self.n_layers;
        assert!(
            layers == n_symbols * self.n_layers && codeword == n_symbols * own.len(),
            "codeword {q} of {codeword} symbols, {layers} symbols on {} layers",
            self.n_layers
        );
        (own, n_symbols)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of Table 7.3.1.3-1: for each layer, codeword q and (step, offset) of d^(q)(step i + offset).
    #[rustfmt::skip]
    const TABLE: [&[(usize, usize, usize)]; 8] = [
        &[(0, 1, 0)],
        &[(0, 2, 0), (0, 2, 1)],
        &[(0, 3, 0), (0, 3, 1), (0, 3, 2)],
        &[(0, 4, 0), (0, 4, 1), (0, 4, 2), (0, 4, 3)],
        &[(0, 2, 0), (0, 2, 1), (1, 3, 0), (1, 3, 1), (1, 3, 2)],
        &[(0, 3, 0), (0, 3, 1), (0, 3, 2), (1, 3, 0), (1, 3, 1), (1, 3, 2)],
        &[(0, 3, 0), (0, 3, 1), (0, 3, 2), (1, 4, 0), (1, 4, 1), (1, 4, 2), (1, 4, 3)],
        &[(0, 4, 0), (0, 4, 1), (0, 4, 2), (0, 4, 3), (1, 4, 0), (1, 4, 1), (1, 4, 2), (1, 4, 3)],
    ];

    #[test]
    fn equals_the_table_and_back() {
        const N: usize = 7;
        for (n_layers, rows) in (1..=8).zip(TABLE) {
            let mapping = LayerMapping::new(n_layers).unwrap();
            let codewords: Vec<Vec<usize>> = (0..mapping.n_codewords())
                .map(|q| (0..N * mapping.layers_of(q).len()).map(|i| 1000 * (q + 1) + i).collect())
                .collect();
            let mut layers = vec![0; N * n_layers];
            for (q, d) in codewords.iter().enumerate() {
                mapping.map(q, d, &mut layers);
            }
            for (layer, &(q, step, offset)) in rows.iter().enumerate() {
                for i in 0..N {
                    assert_eq!(layers[layer * N + i], codewords[q][step * i + offset], "{n_layers} layers");
                }
            }
            for (q, d) in codewords.iter().enumerate() {
                let mut back = vec![0; d.len()];
                mapping.demap(q, &layers, &mut back);
                assert_eq!(&back, d);
            }
        }
        assert!(LayerMapping::new(0).is_err() && LayerMapping::new(9).is_err());
    }
}
