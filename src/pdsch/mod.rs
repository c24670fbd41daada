//! The physical downlink shared channel: TS 38.211 7.3.1; TS 38.212 7.2; TS 38.214 5.1.
