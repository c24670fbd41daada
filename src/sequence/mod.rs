//! Pseudo-random and m-sequences.

mod gold;
mod m_sequence;
mod pn23;

pub use gold::GoldSequence;
pub use m_sequence::{M_SEQUENCE_LENGTH, m_sequence};
pub use pn23::Pn23;
