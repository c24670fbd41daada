//! Reference signals: TS 38.211 6.4, 7.4.

pub mod dmrs;
pub mod dmrs_port;
pub mod ptrs;
