use super::PrsConfig;
use crate::Complex32;
use crate::frame::{ResourceGrid, SlotPoint};

/// Estimates the channel from a DL PRS resource.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.4.1.7")]
pub struct PrsReceiver {
    config: PrsConfig,
    sequence: Vec<Complex32>,
}

impl PrsReceiver {
    /// With a workspace for the resource.
    pub fn new(config: PrsConfig) -> Self {
        let sequence = vec![Complex32::ZERO; config.elements_per_symbol()];
        Self { config, sequence }
    }

    /// The resource.
    pub const fn config(&self) -> &PrsConfig {
        &self.config
    }

    /// Estimates in one slot: symbols times elements of a symbol.
    pub fn n_estimates(&self) -> usize {
        self.config.elements_per_symbol() * self.config.symbols().len()
    }

    /// Writes the least-squares estimate of the channel at each element, as an element of unit power sees it, from port
    /// `antenna` of the received `grid` of a slot: `out` is `[symbol][element]`, at the symbols of
    /// [`PrsConfig::symbols`] and the subcarriers of [`PrsConfig::subcarriers`]. Symbols of `ssb_symbols` (bit l =
    /// symbol l) carry no PRS: their estimates are zero.
    ///
    /// # Panics
    /// If the slot is not of the carrier's numerology, the grid is not the carrier's or has no such port, or `out` has
    /// not [`PrsReceiver::n_estimates`] places.
    pub fn estimate(
        &mut self,
        slot: SlotPoint,
        ssb_symbols: u16,
        antenna: usize,
        grid: &ResourceGrid,
        out: &mut [Complex32],
    ) {
        assert_eq!(out.len(), self.n_estimates(), "estimates");
        let Self { config, sequence } = self;
        assert_eq!(grid.n_subcarriers(), config.carrier().n_subcarriers(), "subcarriers of the grid");
        out.fill(Complex32::ZERO);
        let per_symbol = sequence.len();
        let scale = config.parameters().amplitude.recip();
        config.each_symbol(slot, ssb_symbols, |i, l| {
            config.sequence(slot, l, sequence);
            let y = grid.symbol(antenna, l);
            let estimates = &mut out[i * per_symbol..(i + 1) * per_symbol];
            for ((h, k), r) in estimates.iter_mut().zip(config.subcarriers(l)).zip(sequence.iter()) {
                *h = y[k] * r.conj() * scale;
            }
        });
    }
}
