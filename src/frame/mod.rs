//! What exists: numerology, slot and sample time, carrier, bandwidth part, CORESET, resource grid, bands and
//! rasters, identities.

mod arfcn;
mod band;
mod carrier;
mod channel;
mod coreset;
mod coreset0;
mod geometry;
mod grid;
mod gscn;
mod ids;
mod numerology;
mod ssb_position;
mod ssb_schedule;
mod sync_raster;
mod time;
mod type0;

pub use arfcn::NrArfcn;
pub use band::{Band, Duplex, FrequencyRange};
pub use carrier::{BandwidthPart, Carrier};
pub use channel::{ArfcnRange, ChannelBandwidth, ChannelRaster};
pub use coreset::{CceRegMapping, Coreset, PdcchDmrsReference, PrecoderGranularity};
pub use coreset0::{Coreset0, Coreset0Bands, MultiplexingPattern};
pub use geometry::{
    CarrierPosition, CellGeometry, Coreset0Indication, Coreset0Place, GeometryConfig, ReceivedCoreset0, ReceivedSsb,
    SsbFrequency, Type0Config,
};
pub use grid::ResourceGrid;
pub use gscn::Gscn;
pub use ids::{CellId, Rnti};
pub use numerology::{CyclicPrefix, Numerology, TC_PER_SECOND};
pub use ssb_position::{SsbCase, SsbPositions, SsbTime, ssb_first_symbols};
pub use ssb_schedule::SsbSchedule;
pub use sync_raster::{SsbRasterPoint, SyncRaster, ssb_raster};
pub use time::{SampleTime, SlotPoint};
pub use type0::{Type0Frame, Type0Monitoring, Type0Occasion};

/// Subcarriers in a resource block, N_sc^RB.
#[doc(alias = "TS 38.211 4.4.4.1")]
pub const SUBCARRIERS_PER_RB: usize = 12;

/// A frequency in MHz as text, without trailing zeros.
fn mhz(hz: u64) -> String {
    let text = format!("{}.{:06}", hz / 1_000_000, hz % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
