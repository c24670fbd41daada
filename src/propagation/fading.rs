//! Gains that vary with the Doppler shift: sums of sinusoids.

use num_complex::Complex64;
use rand::{Rng, RngExt};
use std::f64::consts::{PI, TAU};

/// Sinusoids of a Rayleigh tap. Their autocorrelation is that of the classical spectrum, J_0(2 pi f_D t), for about
/// this number of radians.
const SINUSOIDS: usize = 32;
/// Steps after which the phases are computed afresh.
const EXACT_EVERY: u64 = 1024;

/// Where a specular path arrives: f_S = 0.7 f_D.
#[doc(alias = "TR 38.901 7.7.2")]
const LINE_OF_SIGHT_DOPPLER: f64 = 0.7;

/// A gain at equal steps of time.
#[derive(Clone, Debug)]
pub(super) struct Fader {
    amplitude: f64,
    /// Turns a step and turns at the start.
    sinusoids: Vec<(f64, f64)>,
    /// The sinusoids at the next step, and how they turn from step to step.
    now: Vec<Complex64>,
    turn: Vec<Complex64>,
    step: u64,
}

impl Fader {
    /// A classical Doppler spectrum of mean power `power`; `doppler` is the largest shift in turns a step.
    pub(super) fn rayleigh(power: f64, doppler: f64, rng: &mut impl Rng) -> Self {
        // Angles of arrival evenly around a circle that is turned by chance: no two shifts are equal.
        let turned: f64 = rng.random();
        let sinusoids = (0..SINUSOIDS)
            .map(|m| ((TAU * (m as f64 + turned) / SINUSOIDS as f64).cos() * doppler, rng.random()))
            .collect();
        Self::new((power / SINUSOIDS as f64).sqrt(), sinusoids)
    }

    /// A specular path that starts at the phase `turns`.
    pub(super) fn line_of_sight(power: f64, doppler: f64, turns: f64) -> Self {
        Self::new(power.sqrt(), vec![(LINE_OF_SIGHT_DOPPLER * doppler, turns)])
    }

    /// A constant gain.
    pub(super) fn constant(power: f64, turns: f64) -> Self {
        Self::new(power.sqrt(), vec![(0.0, turns)])
    }

    fn new(amplitude: f64, sinusoids: Vec<(f64, f64)>) -> Self {
        let turn = sinusoids.iter().map(|&(turns, _)| Complex64::cis(TAU * turns)).collect();
        let now = vec![Complex64::ONE; sinusoids.len()];
        Self { amplitude, sinusoids, now, turn, step: 0 }
    }

    /// The gain at the next step.
    pub(super) fn advance(&mut self) -> Complex64 {
        if self.step.is_multiple_of(EXACT_EVERY) {
            let step = self.step as f64;
            for (now, &(turns, start)) in self.now.iter_mut().zip(&self.sinusoids) {
                *now = Complex64::cis(TAU * (turns * step + start).fract());
            }
        }
        self.step += 1;
        let sum: Complex64 = self.now.iter().sum();
        self.now.iter_mut().zip(&self.turn).for_each(|(now, turn)| *now *= turn);
        sum * self.amplitude
    }
}

/// The largest power of two of samples (256 at most) over which a straight line follows the gain to -80 dB.
pub(super) fn step_len(max_doppler_hz: f64, sample_rate_hz: f64) -> usize {
    // The error of a chord over the angle a is a^2 / 8.
    let angle = |samples: usize| 2.0 * PI * max_doppler_hz / sample_rate_hz * samples as f64;
    let mut samples = 256;
    while samples > 1 && angle(samples) > 0.028 {
        samples /= 2;
    }
    samples
}
