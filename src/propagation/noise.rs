use super::ComplexGaussian;
use crate::ofdm::OfdmConfig;
use crate::{Complex32, ConfigError};

/// White Gaussian noise added to a stream.
#[derive(Clone, Debug)]
pub struct Awgn {
    gaussian: ComplexGaussian,
    amplitude: f32,
}

impl Awgn {
    /// Noise of mean power `power` a complex sample; number `stream` (say, of the antenna) of the independent
    /// sequences of `seed`.
    ///
    /// # Errors
    /// If `power` is negative or not finite.
    pub fn new(power: f32, seed: u64, stream: u64) -> Result<Self, ConfigError> {
        if !(power >= 0.0 && power.is_finite()) {
            return Err(ConfigError::new("noise power", power, "must be finite and not negative", "propagation"));
        }
        Ok(Self { gaussian: ComplexGaussian::new(seed, stream), amplitude: power.sqrt() })
    }

    /// The noise power a sample for an SNR per resource element, where resource elements have the mean power
    /// `re_power` (1 for a modulator's default). The transforms are unitary, so that a resource element sees the
    /// noise of one sample, whatever the sample rate.
    pub fn power_at_snr_per_re(snr_db: f32, re_power: f32) -> f32 {
        re_power / 10f32.powf(snr_db / 10.0)
    }

    /// As [`Awgn::power_at_snr_per_re`] for samples of mean power `sample_power` over symbols in which every subcarrier
    /// of the carrier is used alike.
    pub fn power_at_snr_of_samples(snr_db: f32, sample_power: f32, ofdm: &OfdmConfig) -> f32 {
        let re_power = sample_power * ofdm.fft_size() as f32 / ofdm.carrier().n_subcarriers() as f32;
        Self::power_at_snr_per_re(snr_db, re_power)
    }

    /// Adds noise to the next samples of the stream.
    pub fn process(&mut self, samples: &mut [Complex32]) {
        if self.amplitude > 0.0 {
            samples.iter_mut().for_each(|sample| *sample += self.gaussian.sample() * self.amplitude);
        }
    }
}
