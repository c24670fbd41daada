use super::input::{MTU, TIMEOUT};
use super::stream::TxStreams;
use super::{Device, words};
use crate::radio::{Chunk, DeviceError, DeviceTime, Direction, Pace, SampleOutput, TransmitEvent, WireFormat, Written};
use soapysdr::ErrorCode;
use std::ops::Range;

/// A stream to a radio.
pub struct SoapyOutput {
    device: Device,
    format: WireFormat,
    rate_hz: f64,
    /// None once it has failed, until it is opened again.
    streams: Option<TxStreams>,
    mtu: usize,
    /// Reported by a write.
    event: Option<TransmitEvent>,
    /// Whether the device reports anything otherwise.
    reports: bool,
}

impl SoapyOutput {
    pub(super) fn new(device: Device, format: WireFormat, rate_hz: f64) -> Result<Self, DeviceError> {
        let mut output = Self { device, format, rate_hz, streams: None, mtu: MTU, event: None, reports: true };
        output.open()?;
        Ok(output)
    }

    /// The radio.
    pub const fn device(&self) -> &Device {
        &self.device
    }

    fn open(&mut self) -> Result<(), DeviceError> {
        let streams = self.device.open_tx(self.format)?;
        self.mtu = Some(streams.mtu()).filter(|&mtu| mtu > 0).unwrap_or(MTU);
        (self.event, self.reports) = (None, true);
        self.streams = Some(streams);
        Ok(())
    }

    fn close(&mut self, for_good: bool) {
        // Stops it, if it runs.
        self.streams = None;
        self.device.turn().end(Direction::Tx);
        self.device.closed(Direction::Tx, for_good);
    }

    fn fail(&mut self, reason: impl Into<String>) -> Written {
        self.device.break_down();
        self.close(false);
        Written::Failed(reason.into())
    }

    /// Stops, if it is the other direction's turn; whether it is.
    fn stands_still(&mut self) -> bool {
        if self.device.turn().is_of(Direction::Tx) {
            return false;
        }
        if let Some(streams) = self.streams.as_mut().filter(|streams| streams.is_active()) {
            // It stands still either way: nothing more is written.
            let _ = streams.deactivate();
            self.device.turn().end(Direction::Tx);
        }
        true
    }

    /// Lets samples go, if they do not yet; what there is to tell if they cannot.
    fn begin(&mut self) -> Result<(), Written> {
        if self.device.is_broken() {
            return Err(self.fail("another stream of the device failed"));
        }
        let waits = self.stands_still();
        let Some(streams) = &mut self.streams else { return Err(Written::Failed("it is not open".to_string())) };
        if !waits && streams.is_active() {
            return Ok(());
        }
        if waits || !self.device.turn().begin(Direction::Tx) {
            std::thread::sleep(TIMEOUT / 10);
            return Err(Written::Paused);
        }
        match streams.activate() {
            Ok(()) => Ok(()),
            Err(error) => {
                let reason = format!("it does not begin to transmit: {}", words(&error));
                Err(self.fail(reason))
            }
        }
    }
}

impl SampleOutput for SoapyOutput {
    fn format(&self) -> WireFormat {
        self.format
    }

    fn n_channels(&self) -> usize {
        self.device.settings().tx.channels.len()
    }

    fn sample_rate_hz(&self) -> f64 {
        self.rate_hz
    }

    fn pace(&self) -> Pace {
        if self.device.settings().wait { Pace::OnDemand } else { Pace::RealTime }
    }

    fn is_timed(&self) -> bool {
        self.device.abilities().hardware_time
    }

    fn now(&mut self) -> Option<DeviceTime> {
        self.device.now(self.rate_hz)
    }

    fn write(&mut self, chunk: &Chunk, samples: Range<usize>, at: Option<DeviceTime>, ends_burst: bool) -> Written {
        if let Err(other) = self.begin() {
            return other;
        }
        let Some(streams) = &mut self.streams else { return Written::TimedOut };
        // Not all drivers keep the end of a burst apart from what they do not take at once.
        let piece = samples.start..samples.end.min(samples.start + self.mtu);
        let (n, ends_burst) = (piece.len(), ends_burst && piece.end == samples.end);
        let at_ns = at.filter(|_| self.device.abilities().hardware_time).map(|at| at.ns(self.rate_hz));
        match streams.write(chunk, piece, at_ns, ends_burst, TIMEOUT.as_micros() as i64) {
            Ok(0) => Written::TimedOut,
            Ok(n) => Written::Samples(n),
            Err(error) => match error.code {
                ErrorCode::Timeout | ErrorCode::Overflow => Written::TimedOut,
                ErrorCode::Underflow => {
                    self.event = Some(TransmitEvent::Underflow);
                    Written::TimedOut
                }
                // They are too late for ever.
                ErrorCode::TimeError => {
                    self.event = Some(TransmitEvent::Late);
                    Written::Samples(n)
                }
                _ => self.fail(words(&error)),
            },
        }
    }

    fn event(&mut self) -> Option<TransmitEvent> {
        if let Some(event) = self.event.take() {
            return Some(event);
        }
        if self.device.is_broken() {
            // The device cannot be opened again as long as we hold it; the next write tells.
            self.close(false);
        }
        self.stands_still();
        if !self.reports {
            return None;
        }
        let streams = self.streams.as_mut().filter(|streams| streams.is_active())?;
        // What is no event of ours, the end of a burst say, may stand before one.
        for _ in 0..16 {
            match streams.status() {
                Ok(_) => {}
                Err(error) => match error.code {
                    ErrorCode::TimeError => return Some(TransmitEvent::Late),
                    ErrorCode::Underflow => return Some(TransmitEvent::Underflow),
                    ErrorCode::NotSupported => {
                        self.reports = false;
                        return None;
                    }
                    // Failures show when something is written.
                    _ => return None,
                },
            }
        }
        None
    }

    fn reopen(&mut self) -> Result<(), String> {
        self.close(false);
        self.device.reopen()?;
        self.open().map_err(|e| e.to_string())
    }
}

impl Drop for SoapyOutput {
    fn drop(&mut self) {
        self.close(true);
    }
}
