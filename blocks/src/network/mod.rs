//! Peers on the network, over ZeroMQ: a virtual radio in place of a device ([`peer`]).
//!
//! Whatever comes from there is checked: what is no message of ours is counted, said and left out.

mod error;
pub mod peer;
mod socket;

pub use error::NetworkError;
