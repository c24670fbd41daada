//! Radios through libSoapySDR.

mod apply;
#[expect(unsafe_code, reason = "calls of the C library that its binding lacks")]
mod corrections;
mod device;
mod find;
mod input;
#[expect(unsafe_code, reason = "calls of the C library that its binding lacks")]
pub mod log;
mod output;
mod query;
mod rates;
mod stream;
mod switch;

pub use device::Device;
pub use find::{Found, find};
pub use input::SoapyInput;
pub use output::SoapyOutput;
pub use switch::Switch;

use super::Direction;

/// The driver's words for an error.
pub(super) fn words(error: &soapysdr::Error) -> String {
    let message = error.message.split_whitespace().collect::<Vec<_>>().join(" ");
    if message.is_empty() { format!("{:?}", error.code) } else { message }
}

/// SoapySDR's word for a direction.
const fn soapy_direction(direction: Direction) -> soapysdr::Direction {
    match direction {
        Direction::Rx => soapysdr::Direction::Rx,
        Direction::Tx => soapysdr::Direction::Tx,
    }
}
