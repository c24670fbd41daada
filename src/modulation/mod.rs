//! Modulation mapper and demapper, scrambling, layers: TS 38.211 5.1, 6.3, 7.3.
