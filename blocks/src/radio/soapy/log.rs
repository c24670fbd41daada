//! What SoapySDR and its drivers log.

use crate::radio::Notices;
use soapysdr_sys::{
    SOAPY_SDR_CRITICAL, SOAPY_SDR_ERROR, SOAPY_SDR_FATAL, SOAPY_SDR_WARNING, SoapySDR_registerLogHandler,
    SoapySDRLogLevel,
};
use std::ffi::{CStr, c_char};
use std::sync::{LazyLock, Once};

static NOTICES: LazyLock<Notices> = LazyLock::new(Notices::default);

/// Warnings and errors of the drivers, each once a reading.
pub fn notices() -> Notices {
    NOTICES.clone()
}

/// Keeps the drivers' lines from the terminal, unless the user asked for them by `SOAPY_SDR_LOG_LEVEL`.
pub(super) fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("SOAPY_SDR_LOG_LEVEL").is_none() {
            // SAFETY: the handler is a function for ever, and takes any message that SoapySDR gives it.
            unsafe { SoapySDR_registerLogHandler(Some(handle)) };
        }
    });
}

extern "C" fn handle(level: SoapySDRLogLevel, message: *const c_char) {
    let serious = [SOAPY_SDR_FATAL, SOAPY_SDR_CRITICAL, SOAPY_SDR_ERROR, SOAPY_SDR_WARNING].contains(&level);
    if !serious || message.is_null() {
        return;
    }
    // SAFETY: SoapySDR gives a string that ends with NUL and lives until we return.
    let text = unsafe { CStr::from_ptr(message) }.to_string_lossy();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !line.is_empty() {
        NOTICES.say_once(line);
    }
}
