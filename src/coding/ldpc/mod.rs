//! LDPC coding of transport blocks, TS 38.212 5.2.2, 5.3.2, 5.4.2, 5.5, and their chain, 7.2.1 to 7.2.6 (DL-SCH,
//! PCH) and 6.2.1 to 6.2.6 (UL-SCH).
//!
//! A [`SchPlan`] is made for each transmission; [`SchEncoder`] and [`SchDecoder`] are made once and process any
//! plan without allocation.

mod base_graph;
mod decoder;
mod encoder;
mod harq;
mod plan;
pub mod quality;
mod rate_matching;
mod sch;
mod segmentation;
mod sum_product;

pub use base_graph::{BaseGraph, Circulant, LiftedGraph, lifting_sizes};
pub use decoder::{CheckMethod, LdpcSoftBit};
pub use encoder::encode_code_block;
pub use harq::HarqBuffer;
pub use plan::{MAX_TBS, SchPlan};
pub use sch::{SchDecoder, SchEncoder, SchOutcome};
pub use segmentation::Segmentation;
