//! Corrections of a device that SoapySDR has and its Rust binding lacks.

use super::soapy_direction;
use crate::radio::Direction;
use soapysdr::Args;
use soapysdr_sys as sys;
use std::ffi::{CStr, c_int};

/// A second hold of an open device. SoapySDR counts who holds a device, and gives the same one to whoever asks with the
/// same arguments.
pub(super) struct Corrections {
    device: *mut sys::SoapySDRDevice,
}

// SAFETY: SoapySDR asks of every driver that calls of one device may come from any thread.
unsafe impl Send for Corrections {}

impl Corrections {
    /// Of a device that is open with exactly these arguments; none if the driver will not have it held twice.
    pub fn new(arguments: &Args) -> Option<Self> {
        // SAFETY: the arguments live until the call returns.
        let device = unsafe { sys::SoapySDRDevice_make(arguments.as_raw_const()) };
        (!device.is_null()).then_some(Self { device })
    }

    /// Whether it balances I and Q itself.
    pub fn has_iq_balance_mode(&self, direction: Direction, channel: usize) -> bool {
        // SAFETY: the device is open as long as we are.
        unsafe { sys::SoapySDRDevice_hasIQBalanceMode(self.device, way(direction), channel) }
    }

    /// Lets it balance I and Q itself.
    pub fn set_iq_balance_mode(&self, direction: Direction, channel: usize) -> Result<(), String> {
        // SAFETY: the device is open as long as we are.
        told(unsafe { sys::SoapySDRDevice_setIQBalanceMode(self.device, way(direction), channel, true) })
    }

    /// Whether it can correct its reference.
    pub fn has_ppm(&self, direction: Direction, channel: usize) -> bool {
        // SAFETY: the device is open as long as we are.
        unsafe { sys::SoapySDRDevice_hasFrequencyCorrection(self.device, way(direction), channel) }
    }

    /// Tells it by how much its reference is too fast, parts per million.
    pub fn set_ppm(&self, direction: Direction, channel: usize, ppm: f64) -> Result<(), String> {
        // SAFETY: the device is open as long as we are.
        told(unsafe { sys::SoapySDRDevice_setFrequencyCorrection(self.device, way(direction), channel, ppm) })
    }
}

impl Drop for Corrections {
    fn drop(&mut self) {
        // SAFETY: it was made once by us, and is not used after.
        let _ = unsafe { sys::SoapySDRDevice_unmake(self.device) };
    }
}

fn way(direction: Direction) -> c_int {
    soapy_direction(direction) as c_int
}

fn told(status: c_int) -> Result<(), String> {
    if status == 0 {
        return Ok(());
    }
    // SAFETY: SoapySDR keeps the text of this thread's last error.
    let text = unsafe { CStr::from_ptr(sys::SoapySDRDevice_lastError()) };
    Err(text.to_string_lossy().into_owned())
}
