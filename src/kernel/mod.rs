//! The few hot loops. Each has a scalar twin that is its definition; every instruction set is tested against it.
//! Uses nothing else of this crate. `unsafe` lives here alone.

mod isa;

pub use isa::{Isa, Level};
