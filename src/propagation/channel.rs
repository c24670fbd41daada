use super::delay_line::CHUNK;
use super::{Awgn, DelayProfile, IqImbalance, PhaseNoise, Quantiser, TappedDelayLine};
use crate::ofdm::{Mixer, Resampler};
use crate::{Complex32, ConfigError};

/// The passband of the resampler that moves the receiver's clock.
const PASSBAND: f64 = 0.9;

/// What lies between the transmitter's and the receiver's samples; nothing at first.
#[derive(Clone, Debug)]
pub struct ChannelConfig {
    sample_rate_hz: u64,
    antennas: [usize; 2],
    profile: DelayProfile,
    max_doppler_hz: f64,
    delay_samples: f64,
    cfo_hz: f64,
    clock_offset_ppm: f64,
    linewidth_hz: f64,
    noise_power: f32,
    iq_imbalance: Option<IqImbalance>,
    dc_offset: Complex32,
    quantiser: Option<Quantiser>,
    seed: u64,
}

impl ChannelConfig {
    /// One antenna on each side, the direct path.
    ///
    /// # Errors
    /// If the rate is zero.
    pub fn new(sample_rate_hz: u64) -> Result<Self, ConfigError> {
        Self {
            sample_rate_hz,
            antennas: [1, 1],
            profile: DelayProfile::direct(),
            max_doppler_hz: 0.0,
            delay_samples: 0.0,
            cfo_hz: 0.0,
            clock_offset_ppm: 0.0,
            linewidth_hz: 0.0,
            noise_power: 0.0,
            iq_imbalance: None,
            dc_offset: Complex32::ZERO,
            quantiser: None,
            seed: 0,
        }
        .checked()
    }

    /// `n_tx` transmit and `n_rx` receive antennas, which all share the receiver's oscillators.
    ///
    /// # Errors
    /// If there are not 1..=64 on each side.
    pub fn with_antennas(self, n_tx: usize, n_rx: usize) -> Result<Self, ConfigError> {
        Self { antennas: [n_tx, n_rx], ..self }.checked()
    }

    /// Multipath with the largest Doppler shift.
    ///
    /// # Errors
    /// If the shift is negative or above a quarter of the sample rate.
    pub fn with_profile(self, profile: DelayProfile, max_doppler_hz: f64) -> Result<Self, ConfigError> {
        Self { profile, max_doppler_hz, ..self }.checked()
    }

    /// A delay in samples, whole or not, beside those of the profile.
    ///
    /// # Errors
    /// If it lies outside 0..=10^6.
    pub fn with_delay(self, delay_samples: f64) -> Result<Self, ConfigError> {
        Self { delay_samples, ..self }.checked()
    }

    /// Everything arrives this much higher in frequency.
    ///
    /// # Errors
    /// If it is not finite or beyond half the sample rate.
    pub fn with_cfo(self, cfo_hz: f64) -> Result<Self, ConfigError> {
        Self { cfo_hz, ..self }.checked()
    }

    /// The receiver's sample clock is this much too fast: more samples come out than went in. (The carrier offset of
    /// the same oscillator is a matter of [`ChannelConfig::with_cfo`].)
    ///
    /// # Errors
    /// If it lies outside ±1000 ppm.
    pub fn with_clock_offset(self, clock_offset_ppm: f64) -> Result<Self, ConfigError> {
        Self { clock_offset_ppm, ..self }.checked()
    }

    /// Phase noise as of [`PhaseNoise`].
    ///
    /// # Errors
    /// If the linewidth is negative or above the sample rate.
    pub fn with_phase_noise(self, linewidth_hz: f64) -> Result<Self, ConfigError> {
        Self { linewidth_hz, ..self }.checked()
    }

    /// White noise of this mean power a sample on each receive antenna ([`Awgn::power_at_snr_per_re`]).
    ///
    /// # Errors
    /// If it is negative or not finite.
    pub fn with_noise_power(self, noise_power: f32) -> Result<Self, ConfigError> {
        Self { noise_power, ..self }.checked()
    }

    /// IQ imbalance of the receiver.
    #[must_use]
    pub fn with_iq_imbalance(self, iq_imbalance: IqImbalance) -> Self {
        Self { iq_imbalance: Some(iq_imbalance), ..self }
    }

    /// A constant on all samples.
    #[must_use]
    pub fn with_dc_offset(self, dc_offset: Complex32) -> Self {
        Self { dc_offset, ..self }
    }

    /// A converter at the end.
    #[must_use]
    pub fn with_quantiser(self, quantiser: Quantiser) -> Self {
        Self { quantiser: Some(quantiser), ..self }
    }

    /// Another course of fading and noise.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sample rate in Hz, the transmitter's.
    pub const fn sample_rate_hz(&self) -> u64 {
        self.sample_rate_hz
    }

    /// Transmit and receive antennas.
    pub const fn antennas(&self) -> [usize; 2] {
        self.antennas
    }

    fn checked(self) -> Result<Self, ConfigError> {
        self.delay_line()?;
        let nyquist = self.sample_rate_hz as f64 / 2.0;
        if !(-nyquist..=nyquist).contains(&self.cfo_hz) {
            let rule = "must lie within half the sample rate";
            return Err(ConfigError::new("carrier offset (Hz)", self.cfo_hz, rule, "propagation"));
        }
        if !(-1000.0..=1000.0).contains(&self.clock_offset_ppm) {
            let rule = "must lie within ±1000";
            return Err(ConfigError::new("clock offset (ppm)", self.clock_offset_ppm, rule, "propagation"));
        }
        Receiver::new(&self, 0)?;
        Ok(self)
    }

    fn delay_line(&self) -> Result<TappedDelayLine, ConfigError> {
        let Self { sample_rate_hz, max_doppler_hz, delay_samples, antennas, seed, .. } = *self;
        TappedDelayLine::new(&self.profile, max_doppler_hz, sample_rate_hz, delay_samples, antennas, seed)
    }
}

/// Takes the transmitters' samples to the receivers': delay line, carrier offset, phase noise, the receiver's clock,
/// thermal noise, IQ imbalance, DC offset, converter, in this order.
#[derive(Clone, Debug)]
pub struct Channel {
    delay_line: TappedDelayLine,
    receivers: Vec<Receiver>,
}

/// The chain of one receive antenna.
#[derive(Clone, Debug)]
struct Receiver {
    mixer: Option<Mixer>,
    phase_noise: Option<PhaseNoise>,
    resampler: Option<Resampler>,
    noise: Awgn,
    iq_imbalance: Option<IqImbalance>,
    dc_offset: Complex32,
    quantiser: Option<Quantiser>,
}

impl Receiver {
    fn new(config: &ChannelConfig, antenna: usize) -> Result<Self, ConfigError> {
        let rate = config.sample_rate_hz;
        let input_per_output = 1.0 / (1.0 + config.clock_offset_ppm * 1e-6);
        Ok(Self {
            mixer: (config.cfo_hz != 0.0).then(|| Mixer::new(config.cfo_hz, rate)).transpose()?,
            phase_noise: (config.linewidth_hz != 0.0)
                .then(|| PhaseNoise::new(config.linewidth_hz, rate, config.seed))
                .transpose()?,
            resampler: (config.clock_offset_ppm != 0.0)
                .then(|| Resampler::with_ratio(input_per_output, PASSBAND))
                .transpose()?,
            // Stream 0 of the seed is the fading's.
            noise: Awgn::new(config.noise_power, config.seed, 1 + antenna as u64)?,
            iq_imbalance: config.iq_imbalance,
            dc_offset: config.dc_offset,
            quantiser: config.quantiser,
        })
    }

    /// Appends what the receiver makes of the samples on the air.
    fn receive(&mut self, air: &mut [Complex32], output: &mut Vec<Complex32>) {
        if let Some(mixer) = &mut self.mixer {
            mixer.process_in_place(air);
        }
        if let Some(phase_noise) = &mut self.phase_noise {
            phase_noise.process(air);
        }
        let start = output.len();
        match &mut self.resampler {
            Some(resampler) => resampler.process_into(air, output),
            None => output.extend_from_slice(air),
        }
        self.convert(&mut output[start..]);
    }

    fn convert(&mut self, samples: &mut [Complex32]) {
        self.noise.process(samples);
        if let Some(iq_imbalance) = self.iq_imbalance {
            iq_imbalance.process(samples);
        }
        if self.dc_offset != Complex32::ZERO {
            samples.iter_mut().for_each(|sample| *sample += self.dc_offset);
        }
        if let Some(quantiser) = self.quantiser {
            quantiser.process(samples);
        }
    }
}

impl Channel {
    /// Builds the channel.
    ///
    /// # Errors
    /// None for a checked configuration; a part's error is passed on all the same.
    pub fn new(config: &ChannelConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            delay_line: config.delay_line()?,
            receivers: (0..config.antennas[1])
                .map(|antenna| Receiver::new(config, antenna))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Samples by which everything comes later than configured ([`TappedDelayLine::latency`]).
    pub const fn latency(&self) -> usize {
        self.delay_line.latency()
    }

    /// The next samples of each transmit antenna; what each receive antenna has of them is appended to its `Vec`: as
    /// many samples, unless the clocks differ. Allocates nothing but what the `Vec`s lack.
    ///
    /// # Panics
    /// If there are not as many slices and `Vec`s as antennas, or the slices' lengths differ.
    pub fn process(&mut self, input: &[&[Complex32]], output: &mut [Vec<Complex32>]) {
        assert_eq!(input.len(), self.delay_line.n_tx(), "transmit antennas");
        assert_eq!(output.len(), self.receivers.len(), "receive antennas");
        let len = input[0].len();
        assert!(input.iter().all(|antenna| antenna.len() == len), "lengths of the transmit antennas");
        for start in (0..len).step_by(CHUNK) {
            let chunk = CHUNK.min(len - start);
            self.delay_line.process_chunk(input, start, chunk);
            for (r, (receiver, output)) in self.receivers.iter_mut().zip(output.iter_mut()).enumerate() {
                receiver.receive(&mut self.delay_line.air(r)[..chunk], output);
            }
        }
    }

    /// As [`Channel::process`] with one antenna on each side.
    ///
    /// # Panics
    /// If there are more.
    pub fn process_one(&mut self, input: &[Complex32], output: &mut Vec<Complex32>) {
        self.process(&[input], std::slice::from_mut(output));
    }

    /// Ends the stream: appends what is still under way.
    ///
    /// # Panics
    /// If there are not as many `Vec`s as receive antennas.
    pub fn finish(&mut self, output: &mut [Vec<Complex32>]) {
        let zeros = vec![Complex32::ZERO; self.delay_line.memory()];
        self.process(&vec![&zeros[..]; self.delay_line.n_tx()], output);
        for (receiver, output) in self.receivers.iter_mut().zip(output) {
            let start = output.len();
            if let Some(resampler) = &mut receiver.resampler {
                resampler.finish(output);
            }
            receiver.convert(&mut output[start..]);
        }
    }
}
