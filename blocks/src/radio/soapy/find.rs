//! Which devices there are.

use super::{log, words};
use crate::radio::DeviceError;
use soapysdr::Args;

/// A device that SoapySDR finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    arguments: Vec<(String, String)>,
}

impl Found {
    fn new(args: &Args) -> Self {
        Self { arguments: args.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect() }
    }

    /// All that is said of it, by name.
    pub fn arguments(&self) -> &[(String, String)] {
        &self.arguments
    }

    fn get(&self, name: &str) -> &str {
        self.arguments.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// A name for people; empty if it has none.
    pub fn label(&self) -> &str {
        self.get("label")
    }

    /// Its serial number; empty if it has none.
    pub fn serial(&self) -> &str {
        self.get("serial")
    }

    /// The driver.
    pub fn driver(&self) -> &str {
        self.get("driver")
    }

    /// Whether it is no radio: a sound card, or SoapySDR's device that does nothing. Such are used only where they are
    /// named.
    pub fn is_no_radio(&self) -> bool {
        const NO_RADIOS: [&str; 3] = ["audio", "null", "soundcard"];
        let driver = |name: &str| NO_RADIOS.contains(&self.get(name).to_lowercase().as_str());
        driver("driver") || driver("remote:driver") || self.get("type") == "null"
    }

    /// The least that tells it from others: what a user gives to choose it.
    pub fn short_arguments(&self) -> String {
        let keys = ["driver", "remote:driver", "remote", "serial", "device_id", "type"];
        let said = |key: &&&str| !self.get(key).is_empty();
        let pairs: Vec<_> = keys.iter().filter(said).map(|key| format!("{key}={}", self.get(key))).collect();
        pairs.join(",")
    }
}

/// The devices that SoapySDR finds for these device arguments; none given: all.
///
/// # Errors
/// If SoapySDR fails.
pub fn find(arguments: &[(String, String)]) -> Result<Vec<Found>, DeviceError> {
    log::keep();
    let args: Args = arguments.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    match soapysdr::enumerate(args) {
        Ok(found) => Ok(found.iter().map(Found::new).collect()),
        Err(error) => Err(DeviceError::Driver { what: "looking for devices".to_string(), reason: words(&error) }),
    }
}

/// The one device to be used of those found: it must be the only one, and those that are no radios do not count unless
/// the arguments name a driver.
pub(super) fn choose(found: &[Found], arguments: &[(String, String)]) -> Result<Option<Found>, DeviceError> {
    let named = arguments.iter().any(|(name, _)| name == "driver" || name == "type");
    let (radios, others): (Vec<_>, Vec<_>) = found.iter().partition(|device| named || !device.is_no_radio());
    match radios[..] {
        [one] => Ok(Some(one.clone())),
        // Drivers need not find what they can open.
        [] if named => Ok(None),
        [] => {
            let others: Vec<_> = others.iter().map(|device| device.short_arguments()).collect();
            let but = match others.is_empty() {
                true => String::new(),
                false => format!(" (not used by themselves: {})", others.join("; ")),
            };
            Err(DeviceError::NotFound(but))
        }
        _ => {
            let list: Vec<_> = radios.iter().map(|device| device.short_arguments()).collect();
            Err(DeviceError::Several(list.join("; ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        text.split(',').filter_map(|part| part.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect()
    }

    fn found(text: &str) -> Found {
        Found { arguments: pairs(text) }
    }

    #[test]
    fn only_radios_are_chosen_by_themselves() {
        let (radio, second) = (found("driver=hackrf,label=HackRF One,serial=17"), found("driver=uhd,serial=5"));
        let audio = found("driver=audio,device_id=0");
        let far = found("driver=remote,remote=tcp://a:1,remote:driver=audio");
        let null = found("driver=null,type=null");
        let chosen = |devices: &[&Found], arguments: &str| {
            let devices: Vec<Found> = devices.iter().map(|&device| device.clone()).collect();
            choose(&devices, &pairs(arguments)).map_err(|e| e.to_string())
        };
        assert_eq!(chosen(&[&audio, &far, &radio, &null], ""), Ok(Some(radio.clone())));
        let error = chosen(&[&audio, &null], "").unwrap_err();
        assert!(error.contains("no radio found") && error.contains("driver=audio,device_id=0; driver=null"), "{error}");
        assert!(chosen(&[&far], "").is_err() && chosen(&[], "").is_err());
        let error = chosen(&[&radio, &second], "").unwrap_err();
        assert!(error.contains("--device: driver=hackrf,serial=17; driver=uhd,serial=5"), "{error}");
        assert!(chosen(&[&radio, &second, &audio], "label=x").is_err());
        // Whoever names a driver has it.
        assert_eq!(chosen(&[&audio], "driver=audio"), Ok(Some(audio)));
        assert_eq!(chosen(&[&null], "type=null"), Ok(Some(null)));
        assert_eq!(chosen(&[], "driver=hackrf"), Ok(None));
    }
}
