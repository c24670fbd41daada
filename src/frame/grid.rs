use super::Carrier;
use crate::Complex32;

/// The resource grid of one slot: complex symbols a_(k,l)^(p), by antenna port (or receive antenna), symbol and
/// subcarrier. Subcarrier 0 is the lowest of the carrier (N_grid^start).
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "TS 38.211 4.4.2")]
pub struct ResourceGrid {
    n_ports: usize,
    n_symbols: usize,
    n_subcarriers: usize,
    re: Vec<Complex32>,
}

impl ResourceGrid {
    /// An all-zero grid.
    pub fn new(n_ports: usize, n_symbols: usize, n_subcarriers: usize) -> Self {
        Self { n_ports, n_symbols, n_subcarriers, re: vec![Complex32::ZERO; n_ports * n_symbols * n_subcarriers] }
    }

    /// An all-zero grid of one slot of `carrier` with `n_ports` antenna ports.
    pub fn for_carrier(carrier: &Carrier, n_ports: usize) -> Self {
        Self::new(n_ports, carrier.symbols_per_slot(), carrier.n_subcarriers())
    }

    /// Antenna ports, or receive antennas.
    pub const fn n_ports(&self) -> usize {
        self.n_ports
    }

    /// Symbols.
    pub const fn n_symbols(&self) -> usize {
        self.n_symbols
    }

    /// Subcarriers.
    pub const fn n_subcarriers(&self) -> usize {
        self.n_subcarriers
    }

    /// Sets every element to zero.
    pub fn clear(&mut self) {
        self.re.fill(Complex32::ZERO);
    }

    /// One symbol of one port, lowest subcarrier first.
    ///
    /// # Panics
    /// If `port` or `symbol` lies outside the grid.
    pub fn symbol(&self, port: usize, symbol: usize) -> &[Complex32] {
        let start = self.index(port, symbol);
        &self.re[start..start + self.n_subcarriers]
    }

    /// One symbol of one port for writing, lowest subcarrier first.
    ///
    /// # Panics
    /// If `port` or `symbol` lies outside the grid.
    pub fn symbol_mut(&mut self, port: usize, symbol: usize) -> &mut [Complex32] {
        let start = self.index(port, symbol);
        &mut self.re[start..start + self.n_subcarriers]
    }

    /// Fills the grid with the resource blocks of `from` that begin with its block `first_block`.
    ///
    /// # Panics
    /// If `from` has other ports or symbols, or not as many blocks from there on.
    pub fn copy_blocks(&mut self, from: &Self, first_block: u16) {
        assert_eq!((self.n_ports, self.n_symbols), (from.n_ports, from.n_symbols), "ports and symbols of the grids");
        let (first, n) = (12 * usize::from(first_block), self.n_subcarriers);
        for port in 0..self.n_ports {
            for symbol in 0..self.n_symbols {
                self.symbol_mut(port, symbol).copy_from_slice(&from.symbol(port, symbol)[first..first + n]);
            }
        }
    }

    /// All elements, row-major `[port][symbol][subcarrier]`.
    pub fn as_slice(&self) -> &[Complex32] {
        &self.re
    }

    /// All elements for writing, row-major `[port][symbol][subcarrier]`.
    pub fn as_mut_slice(&mut self) -> &mut [Complex32] {
        &mut self.re
    }

    fn index(&self, port: usize, symbol: usize) -> usize {
        assert!(port < self.n_ports && symbol < self.n_symbols, "port {port}, symbol {symbol} outside the grid");
        (port * self.n_symbols + symbol) * self.n_subcarriers
    }
}
