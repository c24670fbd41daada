use super::{EvmReference, EvmWindow};
use crate::Complex32;
use crate::ofdm::OfdmConfig;
use crate::ofdm::phase::{turns, unit};
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Samples of a frame to its grid, with the FFT at one end of the window.
pub(super) struct FrontEnd {
    ofdm: OfdmConfig,
    window: EvmWindow,
    fft: Arc<dyn Fft<f32>>,
    time: Vec<Complex32>,
    bins: Vec<Complex32>,
    scratch: Vec<Complex32>,
    /// e^(j 2 pi n / N).
    roots: Vec<Complex32>,
    /// What undoes the phase compensation, by symbol of the subframe.
    compensation: Vec<Complex32>,
}

impl FrontEnd {
    pub fn new(ofdm: &OfdmConfig, window: EvmWindow) -> Self {
        let n = ofdm.fft_size();
        let fft = FftPlanner::new().plan_fft_forward(n);
        let per_second = crate::frame::TC_PER_SECOND;
        let f0 = ofdm.phase_compensation_hz().unwrap_or(0.0);
        Self {
            ofdm: ofdm.clone(),
            window,
            time: vec![Complex32::ZERO; n],
            bins: vec![Complex32::ZERO; n],
            scratch: vec![Complex32::ZERO; fft.get_immutable_scratch_len()],
            fft,
            roots: (0..n).map(|i| unit(i as f64 / n as f64)).collect(),
            compensation: ofdm
                .timing()
                .symbols()
                .iter()
                .map(|s| unit(turns(f0, s.useful_tc.into(), per_second)))
                .collect(),
        }
    }

    /// Seconds from the start of the frame to the middle of a symbol's FFT.
    pub fn symbol_time_s(&self, slot: usize, symbol: usize) -> f64 {
        let (first, timing) = self.place(slot, symbol);
        (first + timing.useful) as f64 / self.ofdm.sample_rate_hz() as f64
            + 0.5 / f64::from(self.ofdm.numerology().scs_hz())
    }

    /// The first sample of the symbol's subframe, from that of the frame, and the symbol in its subframe.
    fn place(&self, slot: usize, symbol: usize) -> (usize, crate::ofdm::SymbolTiming) {
        let per_subframe = usize::from(self.ofdm.numerology().slots_per_subframe());
        let l = self.in_subframe(slot, symbol);
        (slot / per_subframe * self.ofdm.timing().n_samples(), self.ofdm.timing().symbols()[l])
    }

    fn in_subframe(&self, slot: usize, symbol: usize) -> usize {
        let per_subframe = usize::from(self.ofdm.numerology().slots_per_subframe());
        slot % per_subframe * self.ofdm.carrier().symbols_per_slot() + symbol
    }

    /// Demodulates the symbols of the frame that `reference` has elements in, into `grid` (`[slot][symbol][subcarrier]`).
    /// The frame begins with sample `start` of `samples`; `cfo_hz` is taken off. `end` is 0 for the lower and 1 for the
    /// upper end of the window. Samples that are not there count as zero.
    pub fn demodulate(
        &mut self,
        samples: &[Complex32],
        start: i64,
        cfo_hz: f64,
        end: usize,
        reference: &EvmReference,
        grid: &mut [Complex32],
    ) {
        let n_subcarriers = self.ofdm.carrier().n_subcarriers();
        let per_slot = self.ofdm.carrier().symbols_per_slot();
        let mut last = None;
        for slot in 0..reference.n_slots() {
            for element in reference.slot(slot) {
                let symbol = usize::from(element.symbol);
                if last == Some((slot, symbol)) {
                    continue;
                }
                last = Some((slot, symbol));
                let at = (slot * per_slot + symbol) * n_subcarriers;
                self.symbol(samples, start, cfo_hz, end, slot, symbol, &mut grid[at..at + n_subcarriers]);
            }
        }
    }

    /// One symbol; `out` lowest subcarrier first.
    pub fn symbol(
        &mut self,
        samples: &[Complex32],
        start: i64,
        cfo_hz: f64,
        end: usize,
        slot: usize,
        symbol: usize,
        out: &mut [Complex32],
    ) {
        let n = self.ofdm.fft_size();
        let (first, timing) = self.place(slot, symbol);
        let back_off = self.window.back_offs(timing.cyclic_prefix_len())[end];
        let begin = first as i64 + timing.useful as i64 - back_off as i64;
        let rate = self.ofdm.sample_rate_hz() as f64;
        // Exact phase at the first sample of the window, a short recursion in f64 after it.
        let step = -std::f64::consts::TAU * cfo_hz / rate;
        let mut turn = num_complex::Complex64::from_polar(1.0, step * begin as f64);
        let advance = num_complex::Complex64::from_polar(1.0, step);
        for (i, out) in self.time.iter_mut().enumerate() {
            let sample = usize::try_from(start + begin + i as i64).ok().and_then(|at| samples.get(at));
            let sample = sample.copied().filter(|s| s.is_finite()).unwrap_or_default();
            *out = sample * Complex32::new(turn.re as f32, turn.im as f32);
            turn *= advance;
        }
        self.fft.process_immutable_with_scratch(&self.time, &mut self.bins, &mut self.scratch);
        let factor = self.compensation[self.in_subframe(slot, symbol)] / (n as f32).sqrt();
        let lowest = self.ofdm.centre_offset() as i64 - out.len() as i64 / 2;
        for (i, out) in out.iter_mut().enumerate() {
            let bin = (lowest + i as i64).rem_euclid(n as i64) as usize;
            *out = self.bins[bin] * self.roots[bin * back_off % n] * factor;
        }
    }
}
