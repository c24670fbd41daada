//! OFDM modulator and demodulator, resampler: TS 38.211 5.3, 5.4.
