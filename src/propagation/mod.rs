//! Propagation channels and impairments for loopback and simulation.
//!
//! A [`Channel`] takes the samples of each transmit antenna to those of each receive antenna: a tapped delay line
//! with fading ([`DelayProfile`]: TDL-A to E of TR 38.901 7.7.2, the simplified ones of TS 38.104 G.2.1), then what the
//! receiver's own parts do: carrier and clock offset, phase noise, thermal noise, IQ imbalance, DC offset, conversion
//! to n bits. Every part can be used alone. All is seeded and streams: the result does not depend on how the stream is
//! cut into calls.

mod channel;
mod delay_line;
mod fading;
mod fading_grid;
mod gaussian;
mod impairments;
mod noise;
mod profile;
#[cfg(test)]
mod tests;

pub use channel::{Channel, ChannelConfig};
pub use delay_line::TappedDelayLine;
pub use fading_grid::{FadingGrid, add_over};
pub use gaussian::ComplexGaussian;
pub use impairments::{IqImbalance, PhaseNoise, Quantiser};
pub use noise::Awgn;
pub use profile::{DelayProfile, Fading, SimplifiedTdl, Tap, TdlModel};
