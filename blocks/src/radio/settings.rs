//! What a user may say of a device.

use super::{DeviceError, Direction, WireFormat};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// What a user may say of a device; every key may be left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeviceSettings {
    /// SoapySDR's device arguments, `driver=uhd,serial=31A2` say; the only radio there is without any.
    pub device: String,
    /// Master clock rate, Hz, given to the driver as its argument `master_clock_rate`.
    pub master_clock_rate_hz: Option<f64>,
    /// Source of the reference clock, `external` say.
    pub clock_source: Option<String>,
    /// Source of the time, `gpsdo` say.
    pub time_source: Option<String>,
    /// By how much the device's reference is too fast, parts per million: corrected by the device where it can, else by
    /// tuning it that much lower.
    pub ppm: f64,
    /// The driver's own settings, by name.
    pub settings: BTreeMap<String, String>,
    /// Whether the device waits for whoever reads or writes, as one does that replays or simulates.
    pub wait: bool,
    /// Receiving.
    pub rx: PathSettings,
    /// Transmitting.
    pub tx: PathSettings,
}

/// What a user may say of one direction of a device; every key may be left out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathSettings {
    /// Channels, one to four of the device's numbers.
    pub channels: Vec<usize>,
    /// Antenna port, by the device's name.
    pub antenna: Option<String>,
    /// Sample rate, Hz; what the signal needs without one.
    pub sample_rate_hz: Option<f64>,
    /// Width of the analogue filter, Hz; as the device sets it without one.
    pub bandwidth_hz: Option<f64>,
    /// Centre frequency, Hz.
    pub frequency_hz: Option<f64>,
    /// How far the local oscillator stands above the centre frequency, Hz: its leakage then lies there.
    pub lo_offset_hz: Option<f64>,
    /// Overall gain, dB, spread over the stages by the driver.
    pub gain_db: Option<f64>,
    /// Gain of single stages, dB, by the device's names for them.
    pub stage_gains_db: BTreeMap<String, f64>,
    /// Whether the device sets its gain itself.
    pub agc: Option<bool>,
    /// Correction of the DC offset: `"auto"` or `[I, Q]` of full scale.
    pub dc_offset: Option<Correction>,
    /// Correction of the balance of I and Q: `"auto"` or `[I, Q]`.
    pub iq_balance: Option<Correction>,
    /// How samples travel: CS8, CS16 or CF32; the device's own format without one, as far as it is one of these.
    pub wire_format: Option<WireFormat>,
    /// Arguments of the stream, by name.
    pub stream_arguments: BTreeMap<String, String>,
}

impl Default for PathSettings {
    /// Channel 0, all else as the device has it.
    fn default() -> Self {
        Self {
            channels: vec![0],
            antenna: None,
            sample_rate_hz: None,
            bandwidth_hz: None,
            frequency_hz: None,
            lo_offset_hz: None,
            gain_db: None,
            stage_gains_db: BTreeMap::new(),
            agc: None,
            dc_offset: None,
            iq_balance: None,
            wire_format: None,
            stream_arguments: BTreeMap::new(),
        }
    }
}

/// A correction that the device makes.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "WrittenCorrection")]
pub enum Correction {
    /// As the device finds it out itself.
    Auto,
    /// By so much, of the in-phase and the quadrature part.
    Value(f64, f64),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenCorrection {
    Word(String),
    Parts([f64; 2]),
}

impl TryFrom<WrittenCorrection> for Correction {
    type Error = String;

    fn try_from(written: WrittenCorrection) -> Result<Self, String> {
        match written {
            WrittenCorrection::Word(word) => word.parse(),
            WrittenCorrection::Parts([i, q]) => Ok(Self::Value(i, q)),
        }
    }
}

impl FromStr for Correction {
    type Err = String;

    /// `auto` or `I,Q`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        let parts = text.split_once(',').and_then(|(i, q)| Some((i.trim().parse().ok()?, q.trim().parse().ok()?)));
        parts.map(|(i, q)| Self::Value(i, q)).ok_or_else(|| format!("'{text}' is neither auto nor two numbers I,Q"))
    }
}

/// Channels that one stream has at most.
pub const MOST_CHANNELS: usize = 4;

impl DeviceSettings {
    /// What is said of one direction.
    pub const fn path(&self, direction: Direction) -> &PathSettings {
        match direction {
            Direction::Rx => &self.rx,
            Direction::Tx => &self.tx,
        }
    }

    /// What is said of one direction.
    pub const fn path_mut(&mut self, direction: Direction) -> &mut PathSettings {
        match direction {
            Direction::Rx => &mut self.rx,
            Direction::Tx => &mut self.tx,
        }
    }

    /// Whether they name another program over ZeroMQ (`driver=zmq`), and no radio.
    pub fn is_peer(&self) -> bool {
        self.arguments().is_ok_and(|all| all.iter().any(|(name, value)| name == "driver" && value == "zmq"))
    }

    /// The device arguments one by one.
    ///
    /// # Errors
    /// If one of them is not written `name=value`.
    pub fn arguments(&self) -> Result<Vec<(String, String)>, DeviceError> {
        let mut arguments = Vec::new();
        for part in self.device.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => {
                    arguments.push((name.trim().to_string(), value.trim().to_string()));
                }
                _ => {
                    return Err(DeviceError::settings(format!(
                        "device arguments '{}': '{part}' is not name=value; write driver=uhd,serial=31A2 say",
                        self.device
                    )));
                }
            }
        }
        if let Some(hz) = self.master_clock_rate_hz {
            arguments.push(("master_clock_rate".to_string(), hz.to_string()));
        }
        Ok(arguments)
    }

    /// Whether the values are possible for any device at all.
    ///
    /// # Errors
    /// A sentence that names the value and the rule.
    pub fn check(&self) -> Result<(), DeviceError> {
        self.arguments()?;
        positive("master clock rate", self.master_clock_rate_hz)?;
        if !self.ppm.is_finite() || self.ppm.abs() > 1000.0 {
            return Err(DeviceError::settings(format!("ppm {}: must lie in -1000..=1000", self.ppm)));
        }
        let words = [Some(&self.device), self.clock_source.as_ref(), self.time_source.as_ref()];
        no_nul(words.into_iter().flatten().chain(self.settings.iter().flat_map(|(key, value)| [key, value])))?;
        self.rx.check()?;
        self.tx.check()
    }
}

impl PathSettings {
    fn check(&self) -> Result<(), DeviceError> {
        let distinct: BTreeSet<_> = self.channels.iter().collect();
        if self.channels.is_empty() || self.channels.len() > MOST_CHANNELS || distinct.len() < self.channels.len() {
            let rule = format!("channels {:?}: one to {MOST_CHANNELS} different ones are needed", self.channels);
            return Err(DeviceError::settings(rule));
        }
        positive("sample rate", self.sample_rate_hz)?;
        positive("bandwidth", self.bandwidth_hz)?;
        positive("frequency", self.frequency_hz)?;
        let offset = self.lo_offset_hz.map(|hz| ("LO offset", hz));
        let gain = self.gain_db.map(|db| ("gain", db));
        let stages = self.stage_gains_db.values().map(|&db| ("gain of a stage", db));
        for (name, value) in offset.into_iter().chain(gain).chain(stages) {
            if !value.is_finite() {
                return Err(DeviceError::settings(format!("{name} {value}: must be a finite number")));
            }
        }
        if self.agc == Some(true) && (self.gain_db.is_some() || !self.stage_gains_db.is_empty()) {
            return Err(DeviceError::settings("AGC sets the gain itself: give either it or a gain".to_string()));
        }
        if self.gain_db.is_some() && !self.stage_gains_db.is_empty() {
            return Err(DeviceError::settings(
                "the overall gain is spread over the stages: give either it or the gains of stages".to_string(),
            ));
        }
        for (name, correction) in [("DC offset", self.dc_offset), ("IQ balance", self.iq_balance)] {
            if let Some(Correction::Value(i, q)) = correction
                && !(i.abs() <= 1.0 && q.abs() <= 1.0)
            {
                return Err(DeviceError::settings(format!("{name} {i},{q}: both must lie in -1..=1")));
            }
        }
        let arguments = self.stream_arguments.iter().flat_map(|(key, value)| [key, value]);
        no_nul(self.antenna.iter().chain(self.stage_gains_db.keys()).chain(arguments))
    }
}

fn positive(name: &str, hz: Option<f64>) -> Result<(), DeviceError> {
    match hz {
        Some(hz) if !(hz.is_finite() && hz > 0.0) => {
            Err(DeviceError::settings(format!("{name} {hz} Hz: must be more than 0")))
        }
        _ => Ok(()),
    }
}

/// SoapySDR's strings end at a NUL.
fn no_nul<'a>(words: impl Iterator<Item = &'a String>) -> Result<(), DeviceError> {
    for word in words {
        if word.contains('\0') {
            return Err(DeviceError::settings(format!("{word:?} contains a NUL character")));
        }
    }
    Ok(())
}
