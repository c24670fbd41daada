//! LDPC coding, TS 38.212 5.2.2, 5.3.2, 5.4.2 and 5.5.
