use super::stream::RxStreams;
use super::{Device, words};
use crate::radio::{Chunk, DeviceError, DeviceTime, Direction, Pace, Received, SampleInput, WireFormat};
use soapysdr::ErrorCode;
use std::time::Duration;

/// A stream from a radio.
pub struct SoapyInput {
    device: Device,
    format: WireFormat,
    rate_hz: f64,
    /// None once it has failed, until it is opened again.
    streams: Option<RxStreams>,
    mtu: usize,
    /// The time that the last read had.
    last_ns: Option<i64>,
}

/// How long a call waits for samples, or for room.
pub(super) const TIMEOUT: Duration = Duration::from_millis(100);
/// Several channels begin together, so long after they are told to, by the device's clock.
const BEGIN_AFTER: Duration = Duration::from_millis(50);
/// What a device takes at once, if it does not say.
pub(super) const MTU: usize = 8192;

impl SoapyInput {
    pub(super) fn new(device: Device, format: WireFormat, rate_hz: f64) -> Result<Self, DeviceError> {
        let mut input = Self { device, format, rate_hz, streams: None, mtu: MTU, last_ns: None };
        input.open()?;
        Ok(input)
    }

    /// The radio.
    pub const fn device(&self) -> &Device {
        &self.device
    }

    fn open(&mut self) -> Result<(), DeviceError> {
        let streams = self.device.open_rx(self.format)?;
        self.mtu = Some(streams.mtu()).filter(|&mtu| mtu > 0).unwrap_or(MTU).clamp(64, 1 << 18);
        self.last_ns = None;
        self.streams = Some(streams);
        Ok(())
    }

    fn close(&mut self, for_good: bool) {
        // Stops it, if it runs.
        self.streams = None;
        self.device.turn().end(Direction::Rx);
        self.device.closed(Direction::Rx, for_good);
    }

    fn fail(&mut self, reason: impl Into<String>) -> Received {
        self.device.break_down();
        self.close(false);
        Received::Failed(reason.into())
    }

    /// Lets samples come, if they do not yet; what there is to tell if they cannot.
    fn begin(&mut self) -> Result<(), Received> {
        if self.device.is_broken() {
            return Err(self.fail("another stream of the device failed"));
        }
        let Some(streams) = &mut self.streams else { return Err(Received::Failed("it is not open".to_string())) };
        if !self.device.turn().is_of(Direction::Rx) {
            if streams.is_active() {
                // It stands still either way: what cannot be stopped is not read.
                let _ = streams.deactivate();
                self.device.turn().end(Direction::Rx);
                self.last_ns = None;
            } else {
                std::thread::sleep(TIMEOUT / 10);
            }
            return Err(Received::Paused);
        }
        if streams.is_active() {
            return Ok(());
        }
        if !self.device.turn().begin(Direction::Rx) {
            std::thread::sleep(TIMEOUT / 10);
            return Err(Received::Paused);
        }
        let together = self.device.settings().rx.channels.len() > 1;
        let now = if together { self.device.hardware_time_ns() } else { None };
        match streams.activate(now.map(|ns| ns + BEGIN_AFTER.as_nanos() as i64)) {
            Ok(()) => Ok(()),
            Err(error) => {
                let reason = format!("it does not begin to receive: {}", words(&error));
                Err(self.fail(reason))
            }
        }
    }
}

impl SampleInput for SoapyInput {
    fn format(&self) -> WireFormat {
        self.format
    }

    fn n_channels(&self) -> usize {
        self.device.settings().rx.channels.len()
    }

    fn sample_rate_hz(&self) -> f64 {
        self.rate_hz
    }

    fn pace(&self) -> Pace {
        if self.device.settings().wait { Pace::OnDemand } else { Pace::RealTime }
    }

    fn preferred_read(&self) -> usize {
        self.mtu
    }

    fn read(&mut self, chunk: &mut Chunk) -> Received {
        if let Err(other) = self.begin() {
            return other;
        }
        let Some(streams) = &mut self.streams else { return Received::TimedOut };
        match streams.read(chunk, self.mtu, TIMEOUT.as_micros() as i64) {
            Ok(0) => Received::TimedOut,
            Ok(n) => {
                // The binding does not say whether a read has a time; one without leaves the last one standing.
                let ns = streams.time_ns();
                let is_new = self.device.abilities().hardware_time && self.last_ns != Some(ns);
                self.last_ns = Some(ns);
                Received::Samples { n, time: is_new.then(|| DeviceTime::from_ns(ns, self.rate_hz)) }
            }
            Err(error) => match error.code {
                ErrorCode::Timeout => Received::TimedOut,
                ErrorCode::Overflow | ErrorCode::Corruption | ErrorCode::Underflow => Received::Overflow,
                // It was told to begin too late: it is told again.
                ErrorCode::TimeError => match streams.deactivate() {
                    Ok(()) => Received::Overflow,
                    Err(error) => self.fail(words(&error)),
                },
                _ => self.fail(words(&error)),
            },
        }
    }

    fn reopen(&mut self) -> Result<(), String> {
        self.close(false);
        self.device.reopen()?;
        self.open().map_err(|e| e.to_string())
    }
}

impl Drop for SoapyInput {
    fn drop(&mut self) {
        self.close(true);
    }
}
