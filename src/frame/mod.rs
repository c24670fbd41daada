//! What exists: numerology, slot and sample time, carrier, bandwidth part, CORESET, resource grid, bands and
//! rasters, identities.

mod carrier;
mod coreset;
mod grid;
mod ids;
mod numerology;
mod time;

pub use carrier::{BandwidthPart, Carrier};
pub use coreset::{CceRegMapping, Coreset, PdcchDmrsReference, PrecoderGranularity};
pub use grid::ResourceGrid;
pub use ids::{CellId, Rnti};
pub use numerology::{CyclicPrefix, Numerology};
pub use time::{SampleTime, SlotPoint};

/// Subcarriers in a resource block, N_sc^RB.
#[doc(alias = "TS 38.211 4.4.4.1")]
pub const SUBCARRIERS_PER_RB: usize = 12;
