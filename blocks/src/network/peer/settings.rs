use crate::network::NetworkError;
use std::str::FromStr;

/// A virtual radio: where its channels are, and what goes over them.
#[derive(Clone, Debug, PartialEq)]
pub struct ZmqRadioSettings {
    /// Address that each channel to be sent is bound to, `tcp://*:2000` say.
    pub tx: Vec<String>,
    /// Address of the peer's port of each channel to be received, `tcp://localhost:2001` say.
    pub rx: Vec<String>,
    /// Sample rate of both directions in Hz, which the peer must have as well: nobody tells it.
    pub sample_rate_hz: f64,
    /// Samples that transmission may be ahead of reception.
    pub lead: u64,
}

impl ZmqRadioSettings {
    /// Channels of a direction.
    pub const MOST_CHANNELS: usize = 16;
    const RATE_HZ: f64 = 23.04e6;

    /// Sets the rate, and with it a lead of a millisecond that came from the other.
    ///
    /// # Errors
    /// If it is not a positive number.
    pub fn set_sample_rate_hz(&mut self, sample_rate_hz: f64) -> Result<(), NetworkError> {
        if self.lead == Self::usual_lead(self.sample_rate_hz) {
            self.lead = Self::usual_lead(sample_rate_hz);
        }
        self.sample_rate_hz = sample_rate_hz;
        self.check()
    }

    /// A lead of a millisecond.
    pub const fn usual_lead(sample_rate_hz: f64) -> u64 {
        (sample_rate_hz / 1000.0) as u64
    }

    /// See [`super::ZmqRadio::open`].
    pub(super) fn check(&self) -> Result<(), NetworkError> {
        let wrong = |text: String| Err(NetworkError::Settings(text));
        let most = Self::MOST_CHANNELS;
        match () {
            () if self.tx.is_empty() && self.rx.is_empty() => {
                wrong("a virtual radio needs a port: tx_port, rx_port".into())
            }
            () if self.tx.len().max(self.rx.len()) > most => wrong(format!("more than {most} channels of a direction")),
            () if !(self.sample_rate_hz > 0.0 && self.sample_rate_hz < 1e10) => {
                wrong(format!("sample rate {} Hz: must be above 0 and below 10 GHz", self.sample_rate_hz))
            }
            () if self.lead == 0 && !self.tx.is_empty() && !self.rx.is_empty() => {
                wrong("lead 0: must be above 0, or each side would wait for the other's first sample".into())
            }
            () => Ok(()),
        }
    }
}

impl FromStr for ZmqRadioSettings {
    type Err = NetworkError;

    /// From `tx_port=tcp://*:2000,rx_port=tcp://localhost:2001,base_srate=23.04e6`, the names that srsRAN's device
    /// arguments have; `tx_port1` and so on for further channels, `lead` in samples (else a millisecond). Without
    /// `base_srate`, 23.04 Msps, as there.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let mut settings = Self { tx: Vec::new(), rx: Vec::new(), sample_rate_hz: Self::RATE_HZ, lead: 0 };
        let mut lead = None;
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let wrong = |rule: &str| NetworkError::Settings(format!("'{pair}': {rule}"));
            let (key, value) = pair.split_once('=').ok_or_else(|| wrong("must be key=value"))?;
            let (key, value) = (key.trim(), value.trim());
            let in_order = |ports: &[String], channel: &str| channel.is_empty() || channel == ports.len().to_string();
            if key.strip_prefix("tx_port").is_some_and(|channel| in_order(&settings.tx, channel)) {
                settings.tx.push(value.to_string());
            } else if key.strip_prefix("rx_port").is_some_and(|channel| in_order(&settings.rx, channel)) {
                settings.rx.push(value.to_string());
            } else if key == "base_srate" {
                settings.sample_rate_hz = value.parse().map_err(|_| wrong("must be a sample rate in Hz"))?;
            } else if key == "lead" {
                lead = Some(value.parse().map_err(|_| wrong("must be a number of samples"))?);
            } else {
                return Err(wrong(
                    "known are tx_port, rx_port (then tx_port1, rx_port1, … in order), base_srate, lead",
                ));
            }
        }
        settings.lead = lead.unwrap_or(Self::usual_lead(settings.sample_rate_hz));
        settings.check()?;
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_checked() {
        let text = "tx_port=tcp://*:2000, tx_port1=tcp://*:2002,rx_port=tcp://localhost:2001,base_srate=11.52e6";
        let settings: ZmqRadioSettings = text.parse().unwrap();
        assert_eq!(settings.tx, ["tcp://*:2000", "tcp://*:2002"]);
        assert_eq!(settings.rx, ["tcp://localhost:2001"]);
        assert_eq!((settings.sample_rate_hz, settings.lead), (11.52e6, 11520));
        for (text, said) in [
            ("", "needs a port"),
            ("rx_port", "key=value"),
            ("rx_port=a,base_srate=fast", "sample rate"),
            ("rx_port=a,base_srate=NaN", "above 0"),
            ("rx_port=a,base_srate=-1", "above 0"),
            ("rx_port=a,tx_port=b,lead=0", "lead 0"),
            ("rx_port1=a", "in order"),
            ("gain=3", "known are"),
        ] {
            let error = text.parse::<ZmqRadioSettings>().unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
