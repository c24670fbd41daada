//! OFDM modulator and demodulator, resampler, mixer: TS 38.211 5.3, 5.4.

mod config;
mod demodulator;
mod mixer;
mod modulator;
pub(crate) mod phase;
mod resampler;
mod tables;
#[cfg(test)]
mod tests;
mod timing;

pub use config::OfdmConfig;
pub use demodulator::OfdmDemodulator;
pub use mixer::Mixer;
pub use modulator::OfdmModulator;
pub use resampler::{Progress, Resampler};
pub use timing::{SubframeTiming, SymbolTiming, symbol_starts};
