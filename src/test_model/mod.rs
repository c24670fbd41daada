//! FR1 test models, the signals that a base station's transmitter is measured with: TS 38.141-1 4.9.2.
//!
//! A [`TestModel`] in a channel is a [`TestModelConfig`]: which [`TestModelPdsch`]s lie in a slot, and how strong. A
//! [`TestModelGenerator`] writes its slots into grids, for [`crate::ofdm::OfdmModulator`], and names each element for a
//! measurement. A model is uncoded: the bits of its channels are those of [`crate::sequence::Pn23`], scrambled.

mod allocation;
mod config;
mod generator;
mod model;
mod reference;

pub use allocation::{TestModelPdsch, TestModelSlot};
pub use config::{TestModelConfig, TestModelDuplex};
pub use generator::{TestModelElement, TestModelGenerator};
pub use model::{TestModel, TestModelAllocation};

#[cfg(test)]
mod tests;
