//! The library against the vectors of independent implementations: one module a group.

mod crc;
mod gold;
mod modulation;
mod support;
