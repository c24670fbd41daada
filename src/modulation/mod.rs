//! Modulation mapper and demapper, scrambling, layers: TS 38.211 5.1, 6.3, 7.3.

mod demapper;
mod layers;
mod mapper;
mod scheme;
mod scrambling;

pub use demapper::{MAX_LLR, demap, demap_exact};
pub use layers::LayerMapping;
pub use mapper::{map, nearest_point};
pub use scheme::Modulation;
pub use scrambling::{descramble, scramble, shared_channel_c_init};
