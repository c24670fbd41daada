//! Polar coding, TS 38.212 5.3.1 and 5.4.1.
