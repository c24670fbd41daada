//! What exists: numerology, slot and sample time, carrier, bandwidth part, CORESET, resource grid, bands and
//! rasters, identities.

mod band;
mod carrier;
mod coreset;
mod coreset0;
mod grid;
mod ids;
mod numerology;
mod ssb_position;
mod time;
mod type0;

pub use band::{Band, Duplex, FrequencyRange};
pub use carrier::{BandwidthPart, Carrier};
pub use coreset::{CceRegMapping, Coreset, PdcchDmrsReference, PrecoderGranularity};
pub use coreset0::{Coreset0, Coreset0Bands, MultiplexingPattern};
pub use grid::ResourceGrid;
pub use ids::{CellId, Rnti};
pub use numerology::{CyclicPrefix, Numerology};
pub use ssb_position::{SsbCase, SsbPositions, SsbTime, ssb_first_symbols};
pub use time::{SampleTime, SlotPoint};
pub use type0::{Type0Frame, Type0Monitoring, Type0Occasion};

/// Subcarriers in a resource block, N_sc^RB.
#[doc(alias = "TS 38.211 4.4.4.1")]
pub const SUBCARRIERS_PER_RB: usize = 12;
