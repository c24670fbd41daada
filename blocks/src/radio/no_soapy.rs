//! Stands for the radios where nrflow was built without them: none can be opened.

use super::{
    Abilities, Chunk, DeviceError, DeviceSettings, DeviceTime, Direction, Pace, Received, SampleInput, SampleOutput,
    TransmitEvent, WireFormat, Written,
};
use std::ops::Range;

/// A radio: there is none without the feature `soapy`.
#[derive(Clone)]
pub enum Device {}

/// A stream from a radio: there is none without the feature `soapy`.
pub enum SoapyInput {}

/// A stream to a radio: there is none without the feature `soapy`.
pub enum SoapyOutput {}

/// The switch of a half-duplex radio: there is none without the feature `soapy`.
#[derive(Clone)]
pub enum Switch {}

/// A device that was found: there is none without the feature `soapy`.
#[derive(Clone, Debug)]
pub enum Found {}

/// What drivers log: nothing.
pub mod log {
    /// No notices.
    pub fn notices() -> crate::radio::Notices {
        crate::radio::Notices::default()
    }
}

/// # Errors
/// Always: nrflow was built without radios.
pub const fn find(_arguments: &[(String, String)]) -> Result<Vec<Found>, DeviceError> {
    Err(DeviceError::NotBuilt)
}

#[expect(missing_docs, clippy::missing_errors_doc, reason = "no value of these types exists")]
mod methods {
    use super::*;

    impl Found {
        pub const fn arguments(&self) -> &[(String, String)] {
            match *self {}
        }
        pub const fn label(&self) -> &str {
            match *self {}
        }
        pub const fn serial(&self) -> &str {
            match *self {}
        }
        pub const fn driver(&self) -> &str {
            match *self {}
        }
        pub const fn is_no_radio(&self) -> bool {
            match *self {}
        }
        pub const fn short_arguments(&self) -> String {
            match *self {}
        }
    }

    impl Switch {
        pub const fn direction(&self) -> Direction {
            match *self {}
        }
        pub const fn turn_to(&self, _direction: Direction) {
            match *self {}
        }
    }

    impl SoapyInput {
        pub const fn device(&self) -> &Device {
            match *self {}
        }
    }

    impl SoapyOutput {
        pub const fn device(&self) -> &Device {
            match *self {}
        }
    }

    impl Device {
        pub const fn open(_settings: &DeviceSettings) -> Result<Self, DeviceError> {
            Err(DeviceError::NotBuilt)
        }
        pub const fn open_this(_settings: &DeviceSettings, found: &Found) -> Result<Self, DeviceError> {
            match *found {}
        }
        pub const fn abilities(&self) -> &Abilities {
            match *self {}
        }
        pub const fn settings(&self) -> &DeviceSettings {
            match *self {}
        }
        pub const fn take_notes(&self) -> Vec<String> {
            match *self {}
        }
        pub const fn rate_for(&self, _direction: Direction, _at_least_hz: f64) -> Result<f64, DeviceError> {
            match *self {}
        }
        pub const fn rate_near(&self, _direction: Direction, _wanted_hz: f64) -> Result<f64, DeviceError> {
            match *self {}
        }
        pub const fn input(&self, _rate_hz: f64, _frequency_hz: f64) -> Result<SoapyInput, DeviceError> {
            match *self {}
        }
        pub const fn output(&self, _rate_hz: f64, _frequency_hz: f64) -> Result<SoapyOutput, DeviceError> {
            match *self {}
        }
        pub const fn tune(&self, _direction: Direction, _frequency_hz: f64) -> Result<f64, DeviceError> {
            match *self {}
        }
        pub const fn switch(&self, _first: Direction) -> Result<Switch, DeviceError> {
            match *self {}
        }
        pub const fn now(&self, _rate_hz: f64) -> Option<DeviceTime> {
            match *self {}
        }
        pub const fn sample_rate_hz(&self, _direction: Direction) -> Option<f64> {
            match *self {}
        }
        pub const fn gain_db(&self, _direction: Direction) -> Option<f64> {
            match *self {}
        }
    }
}

impl SampleInput for SoapyInput {
    fn format(&self) -> WireFormat {
        match *self {}
    }

    fn n_channels(&self) -> usize {
        match *self {}
    }

    fn sample_rate_hz(&self) -> f64 {
        match *self {}
    }

    fn pace(&self) -> Pace {
        match *self {}
    }

    fn read(&mut self, _chunk: &mut Chunk) -> Received {
        match *self {}
    }

    fn reopen(&mut self) -> Result<(), String> {
        match *self {}
    }
}

impl SampleOutput for SoapyOutput {
    fn format(&self) -> WireFormat {
        match *self {}
    }

    fn n_channels(&self) -> usize {
        match *self {}
    }

    fn sample_rate_hz(&self) -> f64 {
        match *self {}
    }

    fn pace(&self) -> Pace {
        match *self {}
    }

    fn is_timed(&self) -> bool {
        match *self {}
    }

    fn now(&mut self) -> Option<DeviceTime> {
        match *self {}
    }

    fn write(&mut self, _chunk: &Chunk, _samples: Range<usize>, _at: Option<DeviceTime>, _ends_burst: bool) -> Written {
        match *self {}
    }

    fn event(&mut self) -> Option<TransmitEvent> {
        match *self {}
    }

    fn reopen(&mut self) -> Result<(), String> {
        match *self {}
    }
}
