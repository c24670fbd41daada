use crate::ConfigError;
use crate::frame::{CyclicPrefix, Numerology, TC_PER_SECOND};

/// One symbol of a subframe in samples.
///
/// The standard's instants are whole multiples of T_c; where a rate does not hit them, each instant is
/// rounded to the nearest sample (not each length, so that errors never add up) and `useful_residual` says how far
/// the true one lies from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SymbolTiming {
    /// First sample of the cyclic prefix, from the start of the subframe.
    pub start: usize,
    /// First sample after the cyclic prefix, from the start of the subframe.
    pub useful: usize,
    /// The instant of the end of the cyclic prefix, t_start / T_c + N_CP, in T_c from the start of the subframe.
    pub useful_tc: u32,
    /// The true end of the cyclic prefix minus `useful`, in samples: -0.5..=0.5.
    pub useful_residual: f64,
}

impl SymbolTiming {
    /// Samples of the cyclic prefix.
    pub const fn cyclic_prefix_len(&self) -> usize {
        self.useful - self.start
    }
}

/// The symbols and slots of a subframe (1 ms) in samples; every subframe is like every other.
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "TS 38.211 5.3.1")]
#[doc(alias = "TS 38.211 4.3.2")]
pub struct SubframeTiming {
    symbols: Vec<SymbolTiming>,
    symbols_per_slot: usize,
    n_samples: usize,
}

impl SubframeTiming {
    /// Any rate of whole kilohertz (a subframe is then a whole number of samples).
    ///
    /// # Errors
    /// If the rate is zero or no multiple of 1000 Hz, or the prefix is extended at other than 60 kHz.
    pub fn new(numerology: Numerology, cyclic_prefix: CyclicPrefix, sample_rate_hz: u64) -> Result<Self, ConfigError> {
        if sample_rate_hz == 0 || !sample_rate_hz.is_multiple_of(1000) || sample_rate_hz > 1 << 40 {
            let rule = "must be a multiple of 1 kHz so that a subframe has a whole number of samples";
            return Err(ConfigError::new("sample rate (Hz)", sample_rate_hz, rule, "TS 38.211 4.3.1"));
        }
        cyclic_prefix.check(numerology)?;
        let symbols_per_slot = cyclic_prefix.symbols_per_slot();
        let n_symbols = symbols_per_slot << numerology.mu();
        let nearest = |tc: u32| {
            let scaled = u64::from(tc) * sample_rate_hz;
            let sample = (2 * scaled + TC_PER_SECOND) / (2 * TC_PER_SECOND);
            let residual = scaled as i64 - (sample * TC_PER_SECOND) as i64;
            (sample as usize, residual as f64 / TC_PER_SECOND as f64)
        };
        let mut start = 0;
        let symbols = (0..n_symbols)
            .map(|l| {
                let useful = start + cyclic_prefix.tc(numerology, l);
                let (first, _) = nearest(start);
                let (sample, residual) = nearest(useful);
                start = useful + numerology.useful_tc();
                SymbolTiming { start: first, useful: sample, useful_tc: useful, useful_residual: residual }
            })
            .collect();
        debug_assert_eq!(u64::from(start), TC_PER_SECOND / 1000);
        Ok(Self { symbols, symbols_per_slot, n_samples: (sample_rate_hz / 1000) as usize })
    }

    /// All symbols of the subframe.
    pub fn symbols(&self) -> &[SymbolTiming] {
        &self.symbols
    }

    /// Symbols in a slot.
    pub const fn symbols_per_slot(&self) -> usize {
        self.symbols_per_slot
    }

    /// Slots in the subframe.
    pub fn n_slots(&self) -> usize {
        self.symbols.len() / self.symbols_per_slot
    }

    /// Samples of the subframe.
    pub const fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// The sample after the last of symbol `l` of the subframe.
    ///
    /// # Panics
    /// If there is no such symbol.
    pub fn symbol_end(&self, l: usize) -> usize {
        assert!(l < self.symbols.len(), "symbol {l} of {}", self.symbols.len());
        self.symbols.get(l + 1).map_or(self.n_samples, |next| next.start)
    }

    /// First sample of a slot, from the start of the subframe.
    ///
    /// # Panics
    /// If there is no such slot.
    pub fn slot_start(&self, slot_in_subframe: u16) -> usize {
        self.symbols[usize::from(slot_in_subframe) * self.symbols_per_slot].start
    }

    /// Samples of a slot: from 60 kHz on, the slots that hold the longer prefixes are longer.
    ///
    /// # Panics
    /// If there is no such slot.
    pub fn slot_len(&self, slot_in_subframe: u16) -> usize {
        let last = (usize::from(slot_in_subframe) + 1) * self.symbols_per_slot - 1;
        self.symbol_end(last) - self.slot_start(slot_in_subframe)
    }
}

/// The symbols of a subframe in samples; see [`SubframeTiming::new`].
///
/// # Errors
/// As [`SubframeTiming::new`].
#[doc(alias = "TS 38.211 5.3.1")]
pub fn symbol_starts(
    numerology: Numerology,
    cyclic_prefix: CyclicPrefix,
    sample_rate_hz: u64,
) -> Result<Vec<SymbolTiming>, ConfigError> {
    Ok(SubframeTiming::new(numerology, cyclic_prefix, sample_rate_hz)?.symbols)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_the_well_known_rates() {
        let timing = |khz, rate| {
            SubframeTiming::new(Numerology::from_scs_khz(khz).unwrap(), CyclicPrefix::Normal, rate).unwrap()
        };
        let lte = timing(15, 30_720_000);
        assert_eq!(lte.symbols().iter().map(SymbolTiming::cyclic_prefix_len).take(8).collect::<Vec<_>>(), {
            [160, 144, 144, 144, 144, 144, 144, 160]
        });
        // 30 kHz with 384 points: 27 samples, 33 at the start of each half subframe, which is each slot's first.
        let small = timing(30, 11_520_000);
        assert_eq!(small.symbols()[0].cyclic_prefix_len(), 33);
        assert_eq!(small.symbols()[13].cyclic_prefix_len(), 27);
        assert_eq!((small.slot_len(0), small.slot_len(1)), (5760, 5760));
        // 120 kHz: slots 0 and 4 hold the longer prefix.
        let fast = timing(120, 61_440_000);
        let lengths: Vec<usize> = (0..8).map(|slot| fast.slot_len(slot)).collect();
        assert_eq!(lengths, [7704, 7672, 7672, 7672, 7704, 7672, 7672, 7672]);
        // 480 and 960 kHz: 36 samples of prefix for an FFT of 512, and slots 0 and 2^mu / 2 longer by 0.52 us.
        for (khz, half) in [(480, 16), (960, 32)] {
            let wide = timing(khz, u64::from(khz) * 512_000);
            assert_eq!(wide.symbols()[1].cyclic_prefix_len(), 36);
            let longer = 16 * khz as usize * 512 / 30_720;
            for slot in 0..2 * half {
                let expected = 14 * (512 + 36) + if slot % half == 0 { longer } else { 0 };
                assert_eq!(wide.slot_len(slot), expected, "{khz} kHz, slot {slot}");
            }
        }
        // 60 kHz with the extended prefix: 12 symbols, all of one length.
        let extended = SubframeTiming::new(Numerology::MU2, CyclicPrefix::Extended, 15_360_000).unwrap();
        assert_eq!((extended.symbols_per_slot(), extended.n_slots(), extended.slot_len(3)), (12, 4, 12 * (256 + 64)));
        assert!(extended.symbols().iter().all(|symbol| symbol.cyclic_prefix_len() == 64));
    }

    #[test]
    fn every_symbol_is_a_prefix_and_a_whole_fft_at_every_rate() {
        for numerology in Numerology::ALL {
            for cyclic_prefix in [CyclicPrefix::Normal, CyclicPrefix::Extended] {
                if cyclic_prefix == CyclicPrefix::Extended && numerology != Numerology::MU2 {
                    assert!(SubframeTiming::new(numerology, cyclic_prefix, 30_720_000).is_err());
                    continue;
                }
                for fft_size in [8usize, 12, 16, 27, 64, 81, 96, 128, 384, 1536, 4096] {
                    let rate = fft_size as u64 * u64::from(numerology.scs_hz());
                    let timing = SubframeTiming::new(numerology, cyclic_prefix, rate).unwrap();
                    for (l, symbol) in timing.symbols().iter().enumerate() {
                        assert_eq!(timing.symbol_end(l) - symbol.useful, fft_size);
                        let exact = f64::from(symbol.useful_tc) * rate as f64 / TC_PER_SECOND as f64;
                        assert!((symbol.useful as f64 + symbol.useful_residual - exact).abs() < 1e-6);
                        assert!(symbol.useful_residual.abs() <= 0.5);
                    }
                    let total: usize = (0..timing.n_slots()).map(|slot| timing.slot_len(slot as u16)).sum();
                    assert_eq!(total, timing.n_samples());
                }
            }
        }
        assert!(symbol_starts(Numerology::MU0, CyclicPrefix::Normal, 1_920_500).is_err());
        assert!(symbol_starts(Numerology::MU0, CyclicPrefix::Normal, 0).is_err());
    }
}
