use super::OfdmConfig;
use super::phase::{turns, unit};
use crate::Complex32;
use crate::frame::TC_PER_SECOND;

/// What the modulator and the demodulator multiply the subcarriers of each symbol by: a phase over the subcarriers
/// for where the FFT lies in time, and one number a symbol for phase compensation and scale.
pub(super) struct Tables {
    /// Of distinct offsets only: one, except at rates that miss the standard's instants.
    ramps: Vec<Vec<Complex32>>,
    /// For each symbol of the subframe the index of its ramp and its factor.
    symbols: Vec<(usize, Complex32)>,
    /// FFT bin of the lowest subcarrier.
    first_bin: usize,
    fft_size: usize,
}

/// The two directions; they are each other's conjugate.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Direction {
    Modulate,
    Demodulate,
}

impl Tables {
    /// For an FFT whose first sample lies `back_off` samples before the (rounded) end of the cyclic prefix.
    pub(super) fn new(config: &OfdmConfig, back_off: usize, direction: Direction) -> Self {
        let sign = if direction == Direction::Demodulate { 1 } else { -1 };
        let fft_size = config.fft_size();
        let lowest = config.lowest_subcarrier();
        let scale = 1.0 / (fft_size as f32).sqrt();
        let mut offsets: Vec<i64> = Vec::new();
        let mut ramps = Vec::new();
        let symbols = config
            .timing()
            .symbols()
            .iter()
            .map(|symbol| {
                // How far the true end of the prefix lies after the FFT's first sample, in samples times the T_c of a
                // second: a whole number.
                let first = symbol.useful as i64 - back_off as i64;
                let offset =
                    i64::from(symbol.useful_tc) * config.sample_rate_hz() as i64 - first * TC_PER_SECOND as i64;
                let ramp = offsets.iter().position(|&known| known == offset).unwrap_or_else(|| {
                    // Subcarrier b turns by b * offset / fft_size, in exact arithmetic.
                    let per_turn = i128::from(TC_PER_SECOND) * fft_size as i128;
                    let phase = |b: i64| (i128::from(b) * i128::from(offset)).rem_euclid(per_turn) as f64;
                    let end = lowest + config.carrier().n_subcarriers() as i64;
                    ramps.push(
                        (lowest..end).map(|b| unit(f64::from(sign) * phase(b) / per_turn as f64)).collect::<Vec<_>>(),
                    );
                    offsets.push(offset);
                    offsets.len() - 1
                });
                let f0 = config.phase_compensation_hz().unwrap_or(0.0);
                let compensation = unit(f64::from(sign) * turns(f0, symbol.useful_tc.into(), TC_PER_SECOND));
                (ramp, compensation * scale)
            })
            .collect();
        Self { ramps, symbols, first_bin: lowest.rem_euclid(fft_size as i64) as usize, fft_size }
    }

    /// The phases over the subcarriers and the factor of a symbol of the subframe.
    pub(super) fn of_symbol(&self, l: usize) -> (&[Complex32], Complex32) {
        let (ramp, factor) = self.symbols[l];
        (&self.ramps[ramp], factor)
    }

    /// The FFT bin of the lowest subcarrier and how many subcarriers lie from there to the last bin; the others
    /// follow from bin 0.
    pub(super) fn first_run(&self) -> (usize, usize) {
        (self.first_bin, self.ramps[0].len().min(self.fft_size - self.first_bin))
    }
}
