use super::OfdmConfig;
use super::tables::{Direction, Tables};
use crate::Complex32;
use crate::frame::ResourceGrid;
use crate::kernel::{Isa, rotate};
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// OFDM modulator: grids to samples, a slot or a symbol at a time.
///
/// The transform is unitary: the mean power of the samples is that of the resource elements times their number over
/// the FFT size.
#[doc(alias = "TS 38.211 5.3.1")]
#[doc(alias = "TS 38.211 5.4")]
pub struct OfdmModulator {
    config: OfdmConfig,
    isa: Isa,
    tables: Tables,
    fft: Arc<dyn Fft<f32>>,
    /// The FFT's input; bins outside the grid stay zero.
    bins: Vec<Complex32>,
    scratch: Vec<Complex32>,
    gain: f32,
}

impl OfdmModulator {
    /// Builds the tables and the transform.
    pub fn new(config: &OfdmConfig) -> Self {
        let fft = FftPlanner::new().plan_fft_inverse(config.fft_size());
        Self {
            config: config.clone(),
            isa: Isa::detect(),
            tables: Tables::new(config, 0, Direction::Modulate),
            bins: vec![Complex32::ZERO; config.fft_size()],
            scratch: vec![Complex32::ZERO; fft.get_immutable_scratch_len()],
            fft,
            gain: 1.0,
        }
    }

    /// Multiplies all following samples by `gain` (amplitude; 1 at first).
    pub fn set_gain(&mut self, gain: f32) {
        self.gain = gain;
    }

    /// The configuration.
    pub const fn config(&self) -> &OfdmConfig {
        &self.config
    }

    /// Samples of a slot.
    ///
    /// # Panics
    /// If there is no such slot in a subframe.
    pub fn slot_len(&self, slot_in_subframe: u16) -> usize {
        self.config.slot_len(slot_in_subframe)
    }

    /// One port of a slot's grid to samples, cyclic prefixes included.
    ///
    /// # Panics
    /// If `out.len() != slot_len(slot_in_subframe)`, the grid has another shape than the carrier, or slot or port do
    /// not exist.
    pub fn modulate_slot(&mut self, slot_in_subframe: u16, grid: &ResourceGrid, port: usize, out: &mut [Complex32]) {
        assert_eq!(out.len(), self.slot_len(slot_in_subframe), "samples of slot {slot_in_subframe}");
        let n_symbols = self.config.carrier().symbols_per_slot();
        assert_eq!(grid.n_symbols(), n_symbols, "symbols of the grid");
        let first = usize::from(slot_in_subframe) * n_symbols;
        let mut rest = out;
        for symbol in 0..n_symbols {
            let l = first + symbol;
            let len = self.config.timing().symbol_end(l) - self.config.timing().symbols()[l].start;
            let (out, after) = rest.split_at_mut(len);
            self.modulate_symbol(l, grid.symbol(port, symbol), out);
            rest = after;
        }
    }

    /// One symbol, `l` counted from the start of the subframe; `subcarriers` lowest first, `out` with cyclic prefix.
    ///
    /// # Panics
    /// If the lengths differ from those of the symbol, or there is no such symbol in a subframe.
    pub fn modulate_symbol(&mut self, l: usize, subcarriers: &[Complex32], out: &mut [Complex32]) {
        let prefix = self.config.timing().symbols()[l].cyclic_prefix_len();
        let fft_size = self.config.fft_size();
        assert_eq!(out.len(), prefix + fft_size, "samples of symbol {l}");
        assert_eq!(subcarriers.len(), self.config.carrier().n_subcarriers(), "subcarriers");

        let (ramp, factor) = self.tables.of_symbol(l);
        let (first_bin, run) = self.tables.first_run();
        let factor = factor * self.gain;
        rotate(self.isa, &subcarriers[..run], &ramp[..run], factor, &mut self.bins[first_bin..first_bin + run]);
        let rest = subcarriers.len() - run;
        rotate(self.isa, &subcarriers[run..], &ramp[run..], factor, &mut self.bins[..rest]);
        self.fft.process_immutable_with_scratch(&self.bins, &mut out[prefix..], &mut self.scratch);
        out.copy_within(fft_size.., 0);
    }
}
