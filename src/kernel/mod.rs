//! The few hot loops. Each has a scalar twin that is its definition; every instruction set is tested against it.
//! Uses nothing else of this crate. `unsafe` lives here alone.

mod demap;
mod isa;

pub use demap::{SquareQam, demap_qam, demap_qam_i8};
pub use isa::{Isa, Level};
