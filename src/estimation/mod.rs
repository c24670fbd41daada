//! Channel, noise and offset estimation; equaliser.
//!
//! [`ChannelEstimator`] turns least-squares estimates at pilots into the channel of every resource element, its
//! noise, delay and residual carrier offset; [`NoiseCovariance`] is that of noise and interference, and whitens them;
//! [`Equaliser`] combines receive antennas, and
//! [`MaxLogDetector`] gives soft bits of 2 to 4 layers from what it has combined; [`cp_frequency_offset`]
//! and [`cp_timing`] need no pilots at all.

mod channel;
mod covariance;
#[cfg(test)]
mod covariance_tests;
mod delay;
mod detector;
#[cfg(test)]
mod detector_quality;
#[cfg(test)]
mod detector_tests;
mod equaliser;
mod offset;
mod time;

pub use channel::{ChannelEstimator, ChannelQuality, EstimatorSettings, PilotSymbol, TimeModel};
pub use covariance::{NoiseCovariance, Whitener};
pub use detector::{Breadth, MaxLogDetector};
pub use equaliser::{Equaliser, UNUSABLE_VARIANCE};
pub use offset::{CpEstimate, cp_frequency_offset, cp_timing};
pub use time::symbol_time_s;
