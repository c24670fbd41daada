//! MIB and SIB1 (UPER of TS 38.331) as plain Rust types.
