//! OFDM modulator and demodulator: TS 38.211 5.3, 5.4.

mod config;
mod demodulator;
mod modulator;
mod phase;
mod tables;
#[cfg(test)]
mod tests;
mod timing;

pub use config::OfdmConfig;
pub use demodulator::OfdmDemodulator;
pub use modulator::OfdmModulator;
pub use timing::{SubframeTiming, SymbolTiming, symbol_starts};
