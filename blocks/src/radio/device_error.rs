/// Why a device cannot be used as asked: a sentence that names the value and what is possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// A setting is impossible for any device.
    #[error("{0}")]
    Settings(String),
    /// There is no radio.
    #[error(
        "no radio found: is it plugged in, and the SoapySDR module for it installed? `nrflow devices` lists what is \
         found{0}"
    )]
    NotFound(String),
    /// There are several.
    #[error("several radios found; choose one with --device: {0}")]
    Several(String),
    /// The driver does not open it.
    #[error("cannot open the device '{arguments}': {reason}; {way_out}")]
    CannotOpen {
        /// Its arguments.
        arguments: String,
        /// The driver's words.
        reason: String,
        /// What to do.
        way_out: &'static str,
    },
    /// This device cannot do what is asked of it.
    #[error("{0}")]
    CannotDo(String),
    /// The driver refused something that the device should be able to do.
    #[error("{what}: the driver says: {reason}")]
    Driver {
        /// What was asked.
        what: String,
        /// The driver's words.
        reason: String,
    },
    /// This program was built without radios.
    #[error("this nrflow was built without SoapySDR: build it with the feature `soapy`")]
    NotBuilt,
}

impl DeviceError {
    pub(super) const fn settings(text: String) -> Self {
        Self::Settings(text)
    }
}

#[cfg(feature = "soapy")]
impl DeviceError {
    /// The driver's reason for not opening a device, with what helps against it.
    pub(super) fn cannot_open(arguments: String, reason: String) -> Self {
        let lower = reason.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let way_out = if says(&["unknown argument", "invalid argument", "must be"]) {
            "correct the device arguments"
        } else if says(&["permission", "denied", "access"]) {
            "your user needs the right to use it: install the driver's udev rules, or be in their group"
        } else if says(&["busy", "in use", "claim", "already open"]) {
            "another program uses it: end that one first"
        } else if says(&["no match", "no driver specified", "no factory"]) {
            "no SoapySDR module here knows it: look at `nrflow devices` and SOAPY_SDR_PLUGIN_PATH, or install the module \
             of that driver"
        } else {
            "`nrflow devices` lists what is found"
        };
        Self::CannotOpen { arguments, reason, way_out }
    }

    /// What the driver refused.
    pub(super) fn driver(what: impl Into<String>, error: &soapysdr::Error) -> Self {
        Self::Driver { what: what.into(), reason: super::soapy::words(error) }
    }
}
