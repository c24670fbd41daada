//! What a receiver's own parts do to the signal; carrier and clock offsets are [`crate::ofdm::Mixer`] and
//! [`crate::ofdm::Resampler`].

use super::ComplexGaussian;
use crate::{Complex32, ConfigError};
use std::f64::consts::{SQRT_2, TAU};

/// Unequal gain and imperfect quadrature of the two branches of a direct-conversion receiver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IqImbalance {
    /// y = wanted x + image conj(x)
    wanted: Complex32,
    image: Complex32,
}

impl IqImbalance {
    /// The I branch's gain over the Q branch's in dB and the angle by which they miss 90 degrees.
    ///
    /// # Errors
    /// If the gain lies outside ±20 dB or the angle outside ±45 degrees.
    pub fn new(gain_db: f64, phase_deg: f64) -> Result<Self, ConfigError> {
        if !(-20.0..=20.0).contains(&gain_db) {
            return Err(ConfigError::new("IQ gain imbalance (dB)", gain_db, "must lie within ±20", "propagation"));
        }
        if !(-45.0..=45.0).contains(&phase_deg) {
            return Err(ConfigError::new("IQ phase error (degrees)", phase_deg, "must lie within ±45", "propagation"));
        }
        // I' = g Re(x e^(j p/2)), Q' = Im(x e^(-j p/2)) / g, half of either error in each branch.
        let gain = 10f64.powf(gain_db / 40.0);
        let (sin, cos) = (phase_deg.to_radians() / 2.0).sin_cos();
        let (sum, difference) = ((gain + 1.0 / gain) / 2.0, (gain - 1.0 / gain) / 2.0);
        let wanted = Complex32::new((sum * cos) as f32, (difference * sin) as f32);
        let image = Complex32::new((difference * cos) as f32, (-sum * sin) as f32);
        Ok(Self { wanted, image })
    }

    /// The image's power over the wanted one's in dB.
    pub fn image_db(self) -> f32 {
        10.0 * (self.image.norm_sqr() / self.wanted.norm_sqr()).log10()
    }

    /// In place.
    pub fn process(self, samples: &mut [Complex32]) {
        samples.iter_mut().for_each(|x| *x = self.wanted * *x + self.image * x.conj());
    }
}

/// An oscillator whose phase walks at random: a Lorentzian line.
#[derive(Clone, Debug)]
pub struct PhaseNoise {
    gaussian: ComplexGaussian,
    /// Standard deviation of a step in turns.
    step: f64,
    turns: f64,
}

impl PhaseNoise {
    /// A line of the full width at half power `linewidth_hz`.
    ///
    /// # Errors
    /// If the width is negative or above the sample rate, or that is zero.
    pub fn new(linewidth_hz: f64, sample_rate_hz: u64, seed: u64) -> Result<Self, ConfigError> {
        if sample_rate_hz == 0 || !(0.0..=sample_rate_hz as f64).contains(&linewidth_hz) {
            let rule = "must lie between 0 and the sample rate";
            return Err(ConfigError::new("linewidth (Hz)", linewidth_hz, rule, "propagation"));
        }
        // The phase's variance grows by 2 pi linewidth a second.
        let step = (TAU * linewidth_hz / sample_rate_hz as f64).sqrt() / TAU;
        Ok(Self { gaussian: ComplexGaussian::new(seed, u64::MAX), step, turns: 0.0 })
    }

    /// The next samples of the stream, in place.
    pub fn process(&mut self, samples: &mut [Complex32]) {
        for sample in samples {
            let (sin, cos) = (TAU * self.turns).sin_cos();
            *sample *= Complex32::new(cos as f32, sin as f32);
            // A component of a number of mean power 1 has the variance 1/2.
            let normal = SQRT_2 * f64::from(self.gaussian.sample().re);
            self.turns = (self.turns + self.step * normal).fract();
        }
    }
}

/// A converter: rounds I and Q to n bits and clips at full scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiser {
    /// Steps a unit, and the largest code.
    scale: f32,
    max: f32,
}

impl Quantiser {
    /// `bits` (1..=24) a component, from `-full_scale` to `full_scale` less one step.
    ///
    /// # Errors
    /// If `bits` lies outside its range or `full_scale` is not above zero and finite.
    pub fn new(bits: u32, full_scale: f32) -> Result<Self, ConfigError> {
        if !(1..=24).contains(&bits) {
            return Err(ConfigError::new("converter bits", bits, "must lie in 1..=24", "propagation"));
        }
        if !(full_scale > 0.0 && full_scale.is_finite()) {
            return Err(ConfigError::new("full scale", full_scale, "must be finite and above zero", "propagation"));
        }
        let max = (1u32 << (bits - 1)) as f32;
        Ok(Self { scale: max / full_scale, max })
    }

    /// In place. What is no number becomes 0.
    pub fn process(self, samples: &mut [Complex32]) {
        let convert = |x: f32| {
            let code = (x * self.scale).round_ties_even().clamp(-self.max, self.max - 1.0);
            if code.is_nan() { 0.0 } else { code / self.scale }
        };
        samples.iter_mut().for_each(|x| *x = Complex32::new(convert(x.re), convert(x.im)));
    }
}
