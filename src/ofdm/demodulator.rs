use super::OfdmConfig;
use super::tables::{Direction, Tables};
use crate::Complex32;
use crate::frame::ResourceGrid;
use crate::kernel::{Isa, rotate};
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// OFDM demodulator: samples to grids, a slot or a symbol at a time; the inverse of
/// [`OfdmModulator`](super::OfdmModulator).
///
/// The FFT's window begins inside the cyclic prefix ([`OfdmConfig::with_window`]); what that does to the phases is
/// undone, so that the grid is as for a window at the prefix's end.
#[doc(alias = "TS 38.211 5.3.1")]
#[doc(alias = "TS 38.211 5.4")]
pub struct OfdmDemodulator {
    config: OfdmConfig,
    isa: Isa,
    tables: Tables,
    back_off: usize,
    fft: Arc<dyn Fft<f32>>,
    bins: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl OfdmDemodulator {
    /// Builds the tables and the transform.
    pub fn new(config: &OfdmConfig) -> Self {
        let fft = FftPlanner::new().plan_fft_forward(config.fft_size());
        let back_off = config.window_back_off();
        Self {
            config: config.clone(),
            isa: Isa::detect(),
            tables: Tables::new(config, back_off, Direction::Demodulate),
            back_off,
            bins: vec![Complex32::ZERO; config.fft_size()],
            scratch: vec![Complex32::ZERO; fft.get_immutable_scratch_len()],
            fft,
        }
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

    /// The samples of a slot, cyclic prefixes included, to one port (or receive antenna) of a grid.
    ///
    /// # Panics
    /// If `samples.len() != slot_len(slot_in_subframe)`, the grid has another shape than the carrier, or slot or port
    /// do not exist.
    pub fn demodulate_slot(
        &mut self,
        slot_in_subframe: u16,
        samples: &[Complex32],
        port: usize,
        grid: &mut ResourceGrid,
    ) {
        assert_eq!(samples.len(), self.slot_len(slot_in_subframe), "samples of slot {slot_in_subframe}");
        let n_symbols = self.config.carrier().symbols_per_slot();
        assert_eq!(grid.n_symbols(), n_symbols, "symbols of the grid");
        let first = usize::from(slot_in_subframe) * n_symbols;
        let mut rest = samples;
        for symbol in 0..n_symbols {
            let l = first + symbol;
            let len = self.config.timing().symbol_end(l) - self.config.timing().symbols()[l].start;
            let (samples, after) = rest.split_at(len);
            self.demodulate_symbol(l, samples, grid.symbol_mut(port, symbol));
            rest = after;
        }
    }

    /// One symbol, `l` counted from the start of the subframe; `samples` with cyclic prefix, `out` lowest subcarrier
    /// first.
    ///
    /// # Panics
    /// If the lengths differ from those of the symbol, or there is no such symbol in a subframe.
    pub fn demodulate_symbol(&mut self, l: usize, samples: &[Complex32], out: &mut [Complex32]) {
        let prefix = self.config.timing().symbols()[l].cyclic_prefix_len();
        let fft_size = self.config.fft_size();
        assert_eq!(samples.len(), prefix + fft_size, "samples of symbol {l}");
        assert_eq!(out.len(), self.config.carrier().n_subcarriers(), "subcarriers");

        let window = &samples[prefix - self.back_off..][..fft_size];
        self.fft.process_immutable_with_scratch(window, &mut self.bins, &mut self.scratch);
        let (ramp, factor) = self.tables.of_symbol(l);
        let (first_bin, run) = self.tables.first_run();
        let (low, high) = out.split_at_mut(run);
        rotate(self.isa, &self.bins[first_bin..first_bin + run], &ramp[..run], factor, low);
        rotate(self.isa, &self.bins[..high.len()], &ramp[run..], factor, high);
    }
}
