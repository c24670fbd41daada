//! Channel, noise and offset estimation; equaliser.
//!
//! [`ChannelEstimator`] turns least-squares estimates at pilots into the channel of every resource element, its
//! noise, delay and residual carrier offset; [`Equaliser`] combines receive antennas; [`cp_frequency_offset`]
//! and [`cp_timing`] need no pilots at all.

mod channel;
mod delay;
mod equaliser;
mod offset;
mod time;

pub use channel::{ChannelEstimator, ChannelQuality, EstimatorSettings, PilotSymbol, TimeModel};
pub use equaliser::{Equaliser, UNUSABLE_VARIANCE};
pub use offset::{CpEstimate, cp_frequency_offset, cp_timing};
pub use time::symbol_time_s;
