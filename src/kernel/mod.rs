//! The few hot loops. Each has a scalar twin that is its definition; every instruction set is tested against it.
//! Uses nothing else of this crate. `unsafe` lives here alone.

/// Calls the twin in the module `avx2` if `isa` proves it, else the one in `scalar`.
macro_rules! dispatch {
    ($isa:expr, $name:ident($($argument:expr),*)) => {
        match $isa.level() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` of this level exists only on CPUs with AVX2.
            #[allow(unsafe_code)]
            $crate::kernel::Level::Avx2 => unsafe { avx2::$name($($argument),*) },
            _ => scalar::$name($($argument),*),
        }
    };
}

mod complex;
mod convert;
mod demap;
mod isa;
pub mod layer_tree;
pub mod min_sum;
pub mod polar;
pub mod pss;
pub mod toeplitz;

pub use complex::{dot_conj, dot_real, multiply, multiply_accumulate, multiply_conj, multiply_conj_accumulate, rotate};
pub use convert::{complex_to_i16, i8_to_complex, i16_to_complex, quantise_llr};
pub use demap::{SquareQam, demap_qam, demap_qam_i8};
pub use isa::{Isa, Level};
