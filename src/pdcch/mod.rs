//! The physical downlink control channel: TS 38.211 7.3.2; TS 38.212 7.3; TS 38.213 10.1.
