use super::phase::unit;
use crate::frame::SampleTime;
use crate::kernel::{Isa, rotate};
use crate::{Complex32, ConfigError};

/// Samples between two exact phases.
const BLOCK: usize = 256;

/// Shifts the frequency of a stream, with continuous phase.
///
/// The phase is counted as an integer of 2^-64 turns: after hours of samples it is as exact as after one. The result
/// does not depend on how the stream is cut into calls.
#[derive(Clone, Debug)]
pub struct Mixer {
    isa: Isa,
    sample_rate_hz: u64,
    /// Turns a sample and the phase of the block's first sample, in units of 2^-64 turns, modulo one turn.
    step: u64,
    phase: u64,
    in_block: usize,
    /// e^(j 2 pi step i) for the samples of a block.
    table: Vec<Complex32>,
}

impl Mixer {
    /// A mixer that adds `shift_hz` to all frequencies, with phase 0 at the first sample.
    ///
    /// # Errors
    /// If the rate is zero or the shift not finite or beyond 1 THz.
    pub fn new(shift_hz: f64, sample_rate_hz: u64) -> Result<Self, ConfigError> {
        if sample_rate_hz == 0 {
            return Err(ConfigError::new("sample rate (Hz)", 0, "must be above zero", "mixer"));
        }
        let step = step(shift_hz, sample_rate_hz)?;
        let mut mixer = Self {
            isa: Isa::detect(),
            sample_rate_hz,
            step,
            phase: 0,
            in_block: 0,
            table: vec![Complex32::ONE; BLOCK],
        };
        mixer.fill_table();
        Ok(mixer)
    }

    /// Changes the shift from the next sample on; the phase continues. Allocates nothing.
    ///
    /// # Errors
    /// If the shift is not finite or beyond 1 THz; the old one stays.
    pub fn set_shift(&mut self, shift_hz: f64) -> Result<(), ConfigError> {
        let step = step(shift_hz, self.sample_rate_hz)?;
        self.phase = self.phase.wrapping_add(self.step.wrapping_mul(self.in_block as u64));
        self.in_block = 0;
        self.step = step;
        self.fill_table();
        Ok(())
    }

    /// Goes to the phase that sample `at` has if sample 0 has phase 0 and the shift never changed: after a gap in the
    /// stream, or for a second stream beside another.
    pub fn seek(&mut self, at: SampleTime) {
        self.in_block = (at.0 % BLOCK as u64) as usize;
        self.phase = self.step.wrapping_mul(at.0 - self.in_block as u64);
    }

    /// The phase of the next sample in turns, 0..1.
    pub fn phase_turns(&self) -> f64 {
        in_turns(self.phase.wrapping_add(self.step.wrapping_mul(self.in_block as u64)))
    }

    /// Shifts the next samples of the stream from `input` to `output`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn process(&mut self, input: &[Complex32], output: &mut [Complex32]) {
        assert_eq!(input.len(), output.len());
        let mut done = 0;
        while done < input.len() {
            let len = (BLOCK - self.in_block).min(input.len() - done);
            let table = &self.table[self.in_block..self.in_block + len];
            let start = unit(in_turns(self.phase));
            rotate(self.isa, &input[done..done + len], table, start, &mut output[done..done + len]);
            self.advance(len);
            done += len;
        }
    }

    /// Shifts the next samples of the stream in place.
    pub fn process_in_place(&mut self, samples: &mut [Complex32]) {
        let mut copy = [Complex32::ZERO; BLOCK];
        for samples in samples.chunks_mut(BLOCK) {
            let copy = &mut copy[..samples.len()];
            copy.copy_from_slice(samples);
            self.process(copy, samples);
        }
    }

    fn advance(&mut self, len: usize) {
        self.in_block += len;
        if self.in_block == BLOCK {
            self.in_block = 0;
            self.phase = self.phase.wrapping_add(self.step.wrapping_mul(BLOCK as u64));
        }
    }

    fn fill_table(&mut self) {
        for (i, turn) in self.table.iter_mut().enumerate() {
            *turn = unit(in_turns(self.step.wrapping_mul(i as u64)));
        }
    }
}

fn in_turns(phase: u64) -> f64 {
    phase as f64 / 2f64.powi(64)
}

/// `shift_hz / sample_rate_hz` modulo 1 in units of 2^-64, rounded; the hertz before the point exactly.
fn step(shift_hz: f64, sample_rate_hz: u64) -> Result<u64, ConfigError> {
    if !(shift_hz.is_finite() && shift_hz.abs() <= 1e12) {
        return Err(ConfigError::new("frequency shift (Hz)", shift_hz, "must be finite and within 1 THz", "mixer"));
    }
    let whole = (shift_hz.trunc() as i128).rem_euclid(i128::from(sample_rate_hz)) as u128;
    let rate = u128::from(sample_rate_hz);
    let turns = ((whole << 64) + rate / 2) / rate;
    let fraction = (shift_hz.fract() / sample_rate_hz as f64 * 2f64.powi(64)).round() as i128;
    Ok((turns as u64).wrapping_add(fraction as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn the_phase_is_exact_after_days() {
        // 10^13 samples, two days at 61.44 Msps: 1234567 * 10^13 / 61440000 turns.
        let n = 10_000_000_000_000u64;
        let mut mixer = Mixer::new(-1_234_567.0, 61_440_000).unwrap();
        mixer.seek(SampleTime(n));
        let turns = (1_234_567u128 * u128::from(n) % 61_440_000) as f64 / 61.44e6;
        assert!((mixer.phase_turns() - (1.0 - turns)).abs() < 1e-6, "{} {}", mixer.phase_turns(), 1.0 - turns);
    }

    #[test]
    fn a_constant_becomes_the_tone_however_it_is_cut() {
        for shift in [0.0, 1000.25, -7_423_111.5, 15_360_000.0 * 3.0 + 5.0] {
            let input = vec![Complex32::new(0.5, -0.25); 2000];
            let mut whole = vec![Complex32::ZERO; 2000];
            Mixer::new(shift, 15_360_000).unwrap().process(&input, &mut whole);
            for (n, got) in whole.iter().enumerate() {
                let angle = TAU * (shift * n as f64 / 15.36e6).fract();
                let expected = input[0] * Complex32::new(angle.cos() as f32, angle.sin() as f32);
                assert!((got - expected).norm() < 1e-6, "{shift} Hz, sample {n}: {got} instead of {expected}");
            }
            let mut cut = input.clone();
            let mut mixer = Mixer::new(shift, 15_360_000).unwrap();
            let mut rest = &mut cut[..];
            for len in [1, 255, 300, 0, 7, 513, 924] {
                let (now, later) = rest.split_at_mut(len);
                mixer.process_in_place(now);
                rest = later;
            }
            assert_eq!(cut, whole);
        }
        assert!(Mixer::new(f64::NAN, 1).is_err() && Mixer::new(0.0, 0).is_err());
    }

    #[test]
    fn a_change_of_shift_keeps_the_phase() {
        let mut mixer = Mixer::new(1e6, 10_000_000).unwrap();
        mixer.process_in_place(&mut [Complex32::ONE; 333]);
        let before = mixer.phase_turns();
        assert!((before - 0.3).abs() < 1e-9);
        mixer.set_shift(-2.5e6).unwrap();
        assert_eq!(mixer.phase_turns(), before);
        let mut next = [Complex32::ONE; 2];
        mixer.process_in_place(&mut next);
        assert!((next[1] - unit(0.3 - 0.25)).norm() < 1e-6);
    }
}
