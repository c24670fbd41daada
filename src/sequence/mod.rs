//! Pseudo-random and m-sequences.

mod gold;

pub use gold::GoldSequence;
