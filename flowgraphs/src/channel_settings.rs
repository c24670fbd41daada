//! The flags of the channel between a transmitter and a file.

use nrflow::propagation::{Awgn, Channel, ChannelConfig, DelayProfile, IqImbalance, Quantiser};
use nrflow::{Complex32, ConfigError};
use nrflow_blocks::transmit::SampleProcessor;

/// What lies between the transmitter and the recording; nothing without a flag.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct ChannelSettings {
    /// Signal-to-noise ratio of a resource element, dB
    #[arg(long, value_name = "DB", allow_negative_numbers = true)]
    pub snr: Option<f32>,
    /// Carrier frequency offset, Hz
    #[arg(long, value_name = "HZ", allow_negative_numbers = true)]
    pub cfo: Option<f64>,
    /// Offset of the receiver's sample clock, parts per million
    #[arg(long, value_name = "PPM", allow_negative_numbers = true)]
    pub ppm: Option<f64>,
    /// Delay in samples, whole or not
    #[arg(long, value_name = "SAMPLES")]
    pub delay: Option<f64>,
    /// Multipath: TDL-A to TDL-E, or TDLA30, TDLB100, TDLC300
    #[arg(long, value_name = "PROFILE")]
    pub tdl: Option<String>,
    /// RMS delay spread of TDL-A to TDL-E, ns
    #[arg(long, value_name = "NS", requires = "tdl")]
    pub delay_spread: Option<f64>,
    /// Largest Doppler shift of the multipath, Hz
    #[arg(long, value_name = "HZ", requires = "tdl")]
    pub doppler: Option<f64>,
    /// Gain imbalance of I and Q, dB
    #[arg(long, value_name = "DB", allow_negative_numbers = true)]
    pub iq_gain: Option<f64>,
    /// Phase imbalance of I and Q, degrees
    #[arg(long, value_name = "DEGREES", allow_negative_numbers = true)]
    pub iq_phase: Option<f64>,
    /// DC offset, dB from full scale
    #[arg(long, value_name = "DBFS", allow_negative_numbers = true)]
    pub dc: Option<f32>,
    /// Bits of the converter, full scale 1
    #[arg(long, value_name = "BITS")]
    pub bits: Option<u32>,
    /// Seed of noise and fading
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub channel_seed: u64,
}

impl ChannelSettings {
    /// Whether no flag asks for anything.
    pub fn is_idle(&self) -> bool {
        self.snr.is_none()
            && self.cfo.is_none()
            && self.ppm.is_none()
            && self.delay.is_none()
            && self.tdl.is_none()
            && self.iq_gain.is_none()
            && self.iq_phase.is_none()
            && self.dc.is_none()
            && self.bits.is_none()
    }

    /// The channel from one antenna to one, for samples in which a resource element has the power `re_power`; none if
    /// there is nothing in it.
    ///
    /// # Errors
    /// If a value lies outside its range.
    pub fn channel(&self, sample_rate_hz: u64, re_power: f32) -> Result<Option<Channel>, ConfigError> {
        if self.is_idle() {
            return Ok(None);
        }
        self.config(sample_rate_hz, re_power).and_then(|config| Channel::new(&config)).map(Some)
    }

    /// The channel from `n_antennas` to as many as a stage of the sample stream; none if there is nothing in it. Without
    /// multipath a cable leads from each antenna to one of the other side.
    ///
    /// # Errors
    /// If a value lies outside its range.
    pub fn stage(
        &self,
        sample_rate_hz: u64,
        n_antennas: usize,
        re_power: f32,
    ) -> Result<Option<ChannelStage>, ConfigError> {
        if self.is_idle() {
            return Ok(None);
        }
        let config = self.config(sample_rate_hz, re_power)?;
        if self.tdl.is_some() {
            let channel = Channel::new(&config.with_antennas(n_antennas, n_antennas)?)?;
            return Ok(Some(ChannelStage(vec![channel])));
        }
        let cable =
            |antenna: usize| Channel::new(&config.clone().with_seed(self.channel_seed ^ (antenna as u64) << 32));
        (0..n_antennas).map(cable).collect::<Result<_, _>>().map(|cables| Some(ChannelStage(cables)))
    }

    fn config(&self, sample_rate_hz: u64, re_power: f32) -> Result<ChannelConfig, ConfigError> {
        let mut config = ChannelConfig::new(sample_rate_hz)?.with_seed(self.channel_seed);
        if let Some(name) = &self.tdl {
            let profile = DelayProfile::by_name(name, self.delay_spread.map(|ns| ns * 1e-9))?;
            config = config.with_profile(profile, self.doppler.unwrap_or(0.0))?;
        }
        config = config.with_delay(self.delay.unwrap_or(0.0))?;
        config = config.with_cfo(self.cfo.unwrap_or(0.0))?;
        config = config.with_clock_offset(self.ppm.unwrap_or(0.0))?;
        if let Some(snr_db) = self.snr {
            config = config.with_noise_power(Awgn::power_at_snr_per_re(snr_db, re_power))?;
        }
        if self.iq_gain.is_some() || self.iq_phase.is_some() {
            let imbalance = IqImbalance::new(self.iq_gain.unwrap_or(0.0), self.iq_phase.unwrap_or(0.0))?;
            config = config.with_iq_imbalance(imbalance);
        }
        if let Some(dbfs) = self.dc {
            config = config.with_dc_offset(Complex32::from(10f32.powf(dbfs / 20.0)));
        }
        if let Some(bits) = self.bits {
            config = config.with_quantiser(Quantiser::new(bits, 1.0)?);
        }
        Ok(config)
    }
}

/// A channel as a stage of the sample stream: one for all antennas, or one for each.
pub struct ChannelStage(Vec<Channel>);

impl SampleProcessor for ChannelStage {
    fn process(&mut self, input: &[&[Complex32]], output: &mut [Vec<Complex32>]) {
        match self.0.as_mut_slice() {
            [channel] => channel.process(input, output),
            cables => {
                let antennas = cables.iter_mut().zip(input).zip(output);
                antennas.for_each(|((cable, input), output)| cable.process_one(input, output));
            }
        }
    }

    fn finish(&mut self, output: &mut [Vec<Complex32>]) {
        match self.0.as_mut_slice() {
            [channel] => channel.finish(output),
            cables => {
                let antennas = cables.iter_mut().zip(output);
                antennas.for_each(|(cable, output)| cable.finish(std::slice::from_mut(output)));
            }
        }
    }
}

impl std::fmt::Display for ChannelSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        let mut part = |name: &str, value: Option<String>, unit: &str| {
            parts.extend(value.map(|value| format!("{name} {value}{unit}")));
        };
        part("SNR", self.snr.map(|x| x.to_string()), " dB");
        part("CFO", self.cfo.map(|x| x.to_string()), " Hz");
        part("clock offset", self.ppm.map(|x| x.to_string()), " ppm");
        part("delay", self.delay.map(|x| x.to_string()), " samples");
        part("multipath", self.tdl.clone(), "");
        part("Doppler", self.doppler.map(|x| x.to_string()), " Hz");
        part("I/Q gain", self.iq_gain.map(|x| x.to_string()), " dB");
        part("I/Q phase", self.iq_phase.map(|x| x.to_string()), " degrees");
        part("DC", self.dc.map(|x| x.to_string()), " dBFS");
        part("converter", self.bits.map(|x| x.to_string()), " bits");
        f.write_str(&parts.join(", "))
    }
}
