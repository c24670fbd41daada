//! The settings of one direction, put into an open device.

use super::corrections::Corrections;
use super::soapy_direction;
use crate::radio::abilities::{Abilities, ChannelAbilities, ValueRange, decibel, megahertz};
use crate::radio::{Correction, DeviceError, DeviceSettings, Direction, PathSettings, WireFormat};

/// What is to be set, and where.
pub(super) struct Apply<'a> {
    pub handle: &'a soapysdr::Device,
    pub corrections: Option<&'a Corrections>,
    pub abilities: &'a Abilities,
    pub settings: &'a DeviceSettings,
    pub direction: Direction,
    /// What was rounded, or done otherwise than asked.
    pub notes: &'a mut Vec<String>,
}

/// Frequencies that a device rounds by less are not spoken of, Hz.
const FREQUENCY_ROUNDING_HZ: f64 = 10.0;

impl Apply<'_> {
    /// Sets all, and gives the sample rate that the device has, Hz.
    pub fn all(&mut self, rate_hz: f64, frequency_hz: f64) -> Result<f64, DeviceError> {
        check_path(self.abilities, self.settings.path(self.direction), self.direction)?;
        let mut actual = rate_hz;
        for &channel in &self.path().channels.clone() {
            self.antenna(channel)?;
            let rate = self.rate(channel, rate_hz)?;
            if channel != self.path().channels[0] && rate != actual {
                return Err(DeviceError::CannotDo(format!(
                    "channel {channel} samples at {rate} Hz where another does at {actual} Hz: channels of one stream \
                     need one rate"
                )));
            }
            actual = rate;
            self.bandwidth(channel)?;
            self.ppm(channel)?;
            self.frequency(channel, frequency_hz)?;
            self.gain(channel)?;
            self.dc_offset(channel)?;
            self.iq_balance(channel)?;
        }
        Ok(actual)
    }

    fn path(&self) -> &PathSettings {
        self.settings.path(self.direction)
    }

    fn can(&self, channel: usize) -> &ChannelAbilities {
        &self.abilities.channels(self.direction)[channel]
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn antenna(&self, channel: usize) -> Result<(), DeviceError> {
        let Some(antenna) = &self.path().antenna else { return Ok(()) };
        let set = self.handle.set_antenna(soapy_direction(self.direction), channel, antenna.as_str());
        set.map_err(|e| DeviceError::driver(format!("antenna '{antenna}'"), &e))
    }

    fn rate(&mut self, channel: usize, rate_hz: f64) -> Result<f64, DeviceError> {
        let offered = &self.can(channel).sample_rate_hz;
        if !offered.is_empty() && !offered.iter().any(|range| range.contains(rate_hz)) {
            return Err(DeviceError::CannotDo(format!(
                "sample rate {} MHz: this device has {}",
                rate_hz / 1e6,
                megahertz(offered)
            )));
        }
        let actual = set_rate(self.handle, self.direction, channel, rate_hz)?;
        if (actual - rate_hz).abs() > 1e-6 * rate_hz {
            let (asked, actual) = (rate_hz / 1e6, actual / 1e6);
            self.note(format!("sample rate {asked} MHz: this device makes it {actual} MHz"));
        }
        Ok(actual)
    }

    fn bandwidth(&mut self, channel: usize) -> Result<(), DeviceError> {
        let Some(asked) = self.path().bandwidth_hz else { return Ok(()) };
        let way = soapy_direction(self.direction);
        let widths = &self.can(channel).bandwidth_hz;
        if widths.is_empty() {
            return Err(DeviceError::CannotDo(format!(
                "bandwidth {} MHz: the filter of this device cannot be set",
                asked / 1e6
            )));
        }
        let nearest = nearest(widths, asked);
        let has = megahertz(widths).to_string();
        let error = |e| DeviceError::driver(format!("bandwidth {} MHz", asked / 1e6), &e);
        self.handle.set_bandwidth(way, channel, nearest).map_err(error)?;
        let actual = self.handle.bandwidth(way, channel).unwrap_or(nearest);
        if (actual - asked).abs() > 1e-3 * asked {
            self.note(format!("bandwidth {} MHz: this device has {has}; set to {} MHz", asked / 1e6, actual / 1e6));
        }
        Ok(())
    }

    fn ppm(&mut self, channel: usize) -> Result<(), DeviceError> {
        let ppm = self.settings.ppm;
        match self.corrections {
            // As it is without a word: some drivers take it ill to be told nothing new.
            _ if ppm == 0.0 => Ok(()),
            Some(corrections) if self.can(channel).ppm => {
                let set = corrections.set_ppm(self.direction, channel, ppm);
                set.map_err(|reason| DeviceError::Driver { what: format!("ppm correction {ppm}"), reason })
            }
            _ => {
                self.note(format!(
                    "ppm correction {ppm}: this device cannot correct its reference; it is tuned as much {}, and its \
                     sample clock stays as it is",
                    if ppm > 0.0 { "lower" } else { "higher" }
                ));
                Ok(())
            }
        }
    }

    /// Tunes a channel, and gives where it is then, Hz.
    pub fn frequency(&mut self, channel: usize, frequency_hz: f64) -> Result<f64, DeviceError> {
        let way = soapy_direction(self.direction);
        let can = self.can(channel);
        let offered = &can.frequency_hz;
        if !offered.is_empty() && !offered.iter().any(|range| range.contains(frequency_hz)) {
            return Err(DeviceError::CannotDo(format!(
                "frequency {} MHz: this device has {}",
                frequency_hz / 1e6,
                megahertz(offered)
            )));
        }
        let mut args = soapysdr::Args::new();
        if let Some(offset) = self.path().lo_offset_hz.filter(|&hz| hz != 0.0) {
            if !can.lo_offset {
                return Err(DeviceError::CannotDo(format!(
                    "LO offset {offset} Hz: this device has no second mixer to bring it back"
                )));
            }
            args.set("OFFSET", offset.to_string());
        }
        let by_device = self.corrections.is_some() && can.ppm;
        let scale = if by_device { 1.0 } else { 1.0 + self.settings.ppm * 1e-6 };
        let tuned = self.handle.set_frequency(way, channel, frequency_hz / scale, args);
        tuned.map_err(|e| DeviceError::driver(format!("frequency {} MHz", frequency_hz / 1e6), &e))?;
        let actual = self.handle.frequency(way, channel).unwrap_or(frequency_hz / scale) * scale;
        if (actual - frequency_hz).abs() > FREQUENCY_ROUNDING_HZ {
            let (asked, actual) = (frequency_hz / 1e6, actual / 1e6);
            self.note(format!("frequency {asked} MHz: this device makes it {actual} MHz"));
        }
        Ok(actual)
    }

    fn gain(&mut self, channel: usize) -> Result<(), DeviceError> {
        let way = soapy_direction(self.direction);
        let (handle, path) = (self.handle, self.path().clone());
        if let Some(agc) = path.agc {
            match (self.can(channel).agc, agc) {
                (true, _) => {
                    handle.set_gain_mode(way, channel, agc).map_err(|e| DeviceError::driver("AGC", &e))?;
                }
                (false, true) => {
                    let gain = decibel(&self.can(channel).gain_db).to_string();
                    return Err(DeviceError::CannotDo(format!("AGC: this device has none; its gain is {gain}")));
                }
                (false, false) => {}
            }
        }
        if let Some(asked) = path.gain_db {
            self.manual_gain(channel)?;
            let range = self.can(channel).gain_db;
            let nearest = range.nearest(asked);
            let error = |e| DeviceError::driver(format!("gain {asked} dB"), &e);
            handle.set_gain(way, channel, nearest).map_err(error)?;
            let actual = handle.gain(way, channel).unwrap_or(nearest);
            if (actual - asked).abs() > 0.05 {
                self.note(format!("gain {asked} dB: this device has {}; set to {actual} dB", decibel(&range)));
            }
        }
        for (name, &asked) in &path.stage_gains_db {
            self.manual_gain(channel)?;
            let Some(stage) = self.can(channel).gain_stages.iter().find(|stage| stage.name == *name) else {
                continue;
            };
            let range = stage.gain_db;
            let nearest = range.nearest(asked);
            let error = |e| DeviceError::driver(format!("gain stage {name} {asked} dB"), &e);
            handle.set_gain_element(way, channel, name.as_str(), nearest).map_err(error)?;
            let actual = handle.gain_element(way, channel, name.as_str()).unwrap_or(nearest);
            if (actual - asked).abs() > 0.05 {
                let has = decibel(&range);
                self.note(format!("gain stage {name} {asked} dB: this device has {has}; set to {actual} dB"));
            }
        }
        Ok(())
    }

    /// A gain that is set must not be changed by the device.
    fn manual_gain(&self, channel: usize) -> Result<(), DeviceError> {
        if !self.can(channel).agc {
            return Ok(());
        }
        let set = self.handle.set_gain_mode(soapy_direction(self.direction), channel, false);
        set.map_err(|e| DeviceError::driver("switching AGC off", &e))
    }

    fn dc_offset(&self, channel: usize) -> Result<(), DeviceError> {
        let (way, can) = (soapy_direction(self.direction), self.can(channel));
        let Some(correction) = self.path().dc_offset else { return Ok(()) };
        let set = match correction {
            Correction::Auto if can.dc_offset_auto => self.handle.set_dc_offset_mode(way, channel, true),
            Correction::Value(i, q) if can.dc_offset => self.handle.set_dc_offset(way, channel, i, q),
            _ => return Err(cannot_correct("DC offset", correction, can.dc_offset_auto, can.dc_offset)),
        };
        set.map_err(|e| DeviceError::driver("DC offset", &e))
    }

    fn iq_balance(&self, channel: usize) -> Result<(), DeviceError> {
        let (way, can) = (soapy_direction(self.direction), self.can(channel));
        let Some(correction) = self.path().iq_balance else { return Ok(()) };
        let what = "IQ balance";
        match (correction, self.corrections) {
            (Correction::Auto, Some(corrections)) if can.iq_balance_auto => corrections
                .set_iq_balance_mode(self.direction, channel)
                .map_err(|reason| DeviceError::Driver { what: what.to_string(), reason }),
            (Correction::Value(i, q), _) if can.iq_balance => {
                self.handle.set_iq_balance(way, channel, i, q).map_err(|e| DeviceError::driver(what, &e))
            }
            _ => Err(cannot_correct(what, correction, can.iq_balance_auto, can.iq_balance)),
        }
    }
}

fn cannot_correct(what: &str, asked: Correction, auto: bool, value: bool) -> DeviceError {
    let asked = match asked {
        Correction::Auto => "auto".to_string(),
        Correction::Value(i, q) => format!("{i},{q}"),
    };
    let can = match (auto, value) {
        (true, true) => "takes auto and I,Q",
        (true, false) => "takes only auto",
        (false, true) => "takes only I,Q",
        (false, false) => "corrects none",
    };
    DeviceError::CannotDo(format!("{what} {asked}: this device {can}"))
}

fn nearest(ranges: &[ValueRange], value: f64) -> f64 {
    let distance = |a: &f64| (a - value).abs();
    let all = ranges.iter().map(|range| range.nearest(value));
    all.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(value)
}

/// Sets the sample rate of a channel, and gives the rate that it has then.
pub(super) fn set_rate(
    handle: &soapysdr::Device,
    direction: Direction,
    channel: usize,
    rate_hz: f64,
) -> Result<f64, DeviceError> {
    let way = soapy_direction(direction);
    let error = |e| DeviceError::driver(format!("sample rate {} MHz", rate_hz / 1e6), &e);
    handle.set_sample_rate(way, channel, rate_hz).map_err(error)?;
    let actual = handle.sample_rate(way, channel).map_err(error)?;
    if actual.is_finite() && actual > 0.0 {
        return Ok(actual);
    }
    Err(DeviceError::CannotDo(format!(
        "sample rate {} MHz: this device says that it samples at {actual} Hz",
        rate_hz / 1e6
    )))
}

/// Checks what names something of the device: it must be there.
pub(super) fn check_path(abilities: &Abilities, path: &PathSettings, direction: Direction) -> Result<(), DeviceError> {
    let verb = match direction {
        Direction::Rx => "receive",
        Direction::Tx => "transmit",
    };
    let channels = abilities.channels(direction);
    if channels.is_empty() {
        return Err(DeviceError::CannotDo(format!(
            "this device cannot {verb}: {} has no such channel",
            abilities.name()
        )));
    }
    for &channel in &path.channels {
        let Some(can) = channels.get(channel) else {
            let last = channels.len() - 1;
            return Err(DeviceError::CannotDo(format!(
                "channel {channel}: this device has the {verb} channel{}",
                if last == 0 { " 0 alone".to_string() } else { format!("s 0 to {last}") }
            )));
        };
        if let Some(antenna) = &path.antenna {
            listed("antenna", antenna, &can.antennas)?;
        }
        for name in path.stage_gains_db.keys() {
            if can.gain_stages.iter().any(|stage| stage.name == *name) {
                continue;
            }
            let stages: Vec<_> =
                can.gain_stages.iter().map(|stage| format!("{} ({})", stage.name, decibel(&stage.gain_db))).collect();
            return Err(DeviceError::CannotDo(format!("gain stage '{name}': this device has {}", list(&stages))));
        }
        if let Some(format) = path.wire_format {
            wire_format(can, Some(format))?;
        }
    }
    Ok(())
}

/// One of the names that the device lists.
pub(super) fn listed(what: &str, name: &str, has: &[String]) -> Result<(), DeviceError> {
    if has.iter().any(|one| one == name) {
        return Ok(());
    }
    Err(DeviceError::CannotDo(format!("{what} '{name}': this device has {}", list(has))))
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none to choose".to_string() } else { names.join(", ") }
}

/// The format of a stream: the one asked for, or the device's own if we know how it is scaled, else CF32.
pub(super) fn wire_format(can: &ChannelAbilities, asked: Option<WireFormat>) -> Result<WireFormat, DeviceError> {
    let has = |format: &WireFormat| can.formats.iter().any(|name| name == format.name());
    let native = can.native_format.as_deref().and_then(WireFormat::from_name);
    // The largest number may be meant, or one more.
    let scaled_as_ours = |format: &WireFormat| match format {
        WireFormat::Cs8 => (127.0..=128.0).contains(&can.full_scale),
        WireFormat::Cs16 => (32767.0..=32768.0).contains(&can.full_scale),
        WireFormat::Cf32 => true,
    };
    match asked {
        None => {
            let own = native.filter(|format| has(format) && scaled_as_ours(format));
            Ok(own.unwrap_or(WireFormat::Cf32))
        }
        Some(format) if !has(&format) => {
            Err(DeviceError::CannotDo(format!("wire format {format}: this device has {}", list(&can.formats))))
        }
        Some(format) if native == Some(format) && !scaled_as_ours(&format) => Err(DeviceError::CannotDo(format!(
            "wire format {format}: 1.0 is {} in this device's {format}; use CF32",
            can.full_scale
        ))),
        Some(format) => Ok(format),
    }
}
