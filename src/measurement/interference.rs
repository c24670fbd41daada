use super::received_quality::{ReceivedQuality, clean};
use crate::csi_rs::CsiIm;
use crate::frame::{Carrier, ResourceGrid, SUBCARRIERS_PER_RB};
use num_complex::Complex64;

/// Noise and interference of a received element: its covariance between the receive antennas, `[row][column]`.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseCovariance {
    n_antennas: usize,
    r: Vec<Complex64>,
}

impl NoiseCovariance {
    /// Zero, for `n_antennas`.
    pub fn new(n_antennas: usize) -> Self {
        Self { n_antennas, r: vec![Complex64::ZERO; n_antennas * n_antennas] }
    }

    /// Receive antennas.
    pub const fn n_antennas(&self) -> usize {
        self.n_antennas
    }

    /// An entry, E[n_row conj(n_column)].
    ///
    /// # Panics
    /// If there is no such antenna.
    pub fn at(&self, row: usize, column: usize) -> Complex64 {
        assert!(row < self.n_antennas && column < self.n_antennas, "({row}, {column})");
        self.r[row * self.n_antennas + column]
    }

    /// Takes the noise that each antenna measured by itself, independent of the others'.
    ///
    /// # Panics
    /// If there are not as many antennas.
    pub fn set_independent(&mut self, branches: &[ReceivedQuality]) {
        assert_eq!(branches.len(), self.n_antennas, "antennas");
        self.r.fill(Complex64::ZERO);
        for (antenna, branch) in branches.iter().enumerate() {
            self.r[antenna * (self.n_antennas + 1)] = f64::from(branch.noise.max(0.0)).into();
        }
    }

    /// Measures on the elements of a CSI-IM resource in the received grid of a slot: the mean of y y^H. Elements that
    /// are no numbers count as zero.
    ///
    /// # Panics
    /// If the grid is not the carrier's or has not as many antennas.
    #[doc(alias = "TS 38.214 5.2.2.4")]
    pub fn measure(&mut self, carrier: &Carrier, resource: &CsiIm, grid: &ResourceGrid) {
        let n = self.n_antennas;
        assert_eq!(grid.n_ports(), n, "antennas of the grid");
        assert_eq!(grid.n_subcarriers(), carrier.n_subcarriers(), "subcarriers of the grid");
        assert_eq!(grid.n_symbols(), carrier.symbols_per_slot(), "symbols of the grid");
        let elements = resource.elements();
        self.r.fill(Complex64::ZERO);
        for l in (0..grid.n_symbols()).filter(|l| elements.symbols() >> l & 1 == 1) {
            for crb in elements.crbs() {
                for k in (0..SUBCARRIERS_PER_RB).filter(|k| elements.subcarriers() >> k & 1 == 1) {
                    let at = usize::from(crb - carrier.start_crb()) * SUBCARRIERS_PER_RB + k;
                    let y = |antenna| {
                        let y = clean(grid.symbol(antenna, l)[at]);
                        Complex64::new(y.re.into(), y.im.into())
                    };
                    for row in 0..n {
                        for column in 0..n {
                            self.r[row * n + column] += y(row) * y(column).conj();
                        }
                    }
                }
            }
        }
        let share = 1.0 / elements.count() as f64;
        self.r.iter_mut().for_each(|z| *z *= share);
    }
}
