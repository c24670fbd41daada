use super::SubframeTiming;
use crate::ConfigError;
use crate::frame::{Carrier, CyclicPrefix, Numerology, TC_PER_SECOND};
use std::sync::Arc;

/// How a carrier's grid lies in a stream of samples; shared by modulator and demodulator.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 5.3")]
pub struct OfdmConfig {
    carrier: Carrier,
    sample_rate_hz: u64,
    fft_size: usize,
    centre_offset: i32,
    phase_compensation_hz: Option<f64>,
    window: f64,
    timing: Arc<SubframeTiming>,
}

impl OfdmConfig {
    /// Lowest and highest sample rate in Hz; the highest, 1/T_c, holds a channel of 2 GHz.
    pub const SAMPLE_RATES_HZ: std::ops::RangeInclusive<u64> = 1_920_000..=TC_PER_SECOND;

    /// - `sample_rate_hz`: the subcarrier spacing times a number 2^a 3^b, the FFT size.
    /// - `centre_offset`: subcarriers from the stream's 0 Hz to the grid's middle, which is subcarrier
    ///   6 N_grid^size.
    /// - `phase_compensation_hz`: the radio frequency of the stream's 0 Hz, if the phase compensation of TS 38.211
    ///   5.4 is to be applied (as every device and base station on the air does), or `None`.
    ///
    /// Where the rate does not hit the standard's symbol instants (FFT sizes that are no multiple of 128, normal
    /// prefix), each instant is rounded to the nearest sample, which never adds up over symbols, and the rest is corrected as a
    /// phase over the subcarriers in both directions: the waveform is that of the standard, sampled.
    ///
    /// # Errors
    /// If the rate fits no such FFT (the message names the next one that does), lies outside 1.92 to 1966.08 Msps,
    /// or the grid does not fit into it; if the compensation frequency is not finite or beyond 1 THz.
    pub fn new(
        carrier: &Carrier,
        sample_rate_hz: u64,
        centre_offset: i32,
        phase_compensation_hz: Option<f64>,
    ) -> Result<Self, ConfigError> {
        let clause = "TS 38.211 5.3.1";
        let numerology = carrier.numerology();
        let scs_hz = u64::from(numerology.scs_hz());
        if !Self::is_rate(numerology, sample_rate_hz) {
            let khz = numerology.scs_khz();
            let rule = match Self::next_rate(numerology, 0, sample_rate_hz) {
                Some(rate) => {
                    format!("must be {khz} kHz times 2^a 3^b within 1.92 to 1966.08 MHz; the next is {rate} Hz")
                }
                None => format!("must be {khz} kHz times 2^a 3^b within 1.92 to 1966.08 MHz"),
            };
            return Err(ConfigError::new("sample rate (Hz)", sample_rate_hz, rule, clause));
        }
        let fft_size = (sample_rate_hz / scs_hz) as usize;
        let half_grid = carrier.n_subcarriers() as i64 / 2;
        let half_fft = fft_size as i64 / 2;
        let (lowest, end) = (i64::from(centre_offset) - half_grid, i64::from(centre_offset) + half_grid);
        if lowest < -half_fft || end > (fft_size as i64 + 1) / 2 {
            let got = format!("{} subcarriers centred {centre_offset} from 0 Hz", carrier.n_subcarriers());
            let needed = (2 * end.max(-lowest)) as usize;
            let rule = match Self::next_rate(numerology, needed, sample_rate_hz) {
                Some(rate) => format!("must fit an FFT of {fft_size}; the next rate where they do is {rate} Hz"),
                None => format!("must fit an FFT of {fft_size}, and fit no rate up to 1966.08 MHz"),
            };
            return Err(ConfigError::new("grid", got, rule, clause));
        }
        if let Some(f0) = phase_compensation_hz
            && !(f0.is_finite() && f0.abs() <= 1e12)
        {
            return Err(ConfigError::new("f_0 (Hz)", f0, "must be finite and within 1 THz", "TS 38.211 5.4"));
        }
        let timing = Arc::new(SubframeTiming::new(numerology, carrier.cyclic_prefix(), sample_rate_hz)?);
        let carrier = *carrier;
        Ok(Self { carrier, sample_rate_hz, fft_size, centre_offset, phase_compensation_hz, window: 0.5, timing })
    }

    /// The same with the receive window begun `fraction` of the (shortest) cyclic prefix before the prefix's end; 0.5
    /// without this call. A channel of delay 0 is then received without interference for timing errors from
    /// `-(1 - fraction)` to `+fraction` prefixes.
    ///
    /// # Errors
    /// If `fraction` is not in 0..=1.
    pub fn with_window(mut self, fraction: f64) -> Result<Self, ConfigError> {
        if !(0.0..=1.0).contains(&fraction) {
            let rule = "must lie in 0..=1 of the cyclic prefix";
            return Err(ConfigError::new("receive window", fraction, rule, "TS 38.211 5.3.1"));
        }
        self.window = fraction;
        Ok(self)
    }

    /// The smallest valid sample rate in Hz from `at_least_hz` on whose FFT has at least `n_subcarriers` points, if
    /// there is one.
    pub fn next_rate(numerology: Numerology, n_subcarriers: usize, at_least_hz: u64) -> Option<u64> {
        let scs_hz = u64::from(numerology.scs_hz());
        let lowest = at_least_hz.max(*Self::SAMPLE_RATES_HZ.start()).div_ceil(scs_hz).max(n_subcarriers as u64);
        let mut best = None;
        let mut power_of_3 = 1;
        while power_of_3 * scs_hz <= *Self::SAMPLE_RATES_HZ.end() {
            let mut size = power_of_3;
            while size < lowest {
                size *= 2;
            }
            best = best.into_iter().chain([size * scs_hz]).min();
            power_of_3 *= 3;
        }
        best.filter(|rate| Self::SAMPLE_RATES_HZ.contains(rate))
    }

    /// The carrier.
    pub const fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// Numerology.
    pub const fn numerology(&self) -> Numerology {
        self.carrier.numerology()
    }

    /// Cyclic prefix.
    pub const fn cyclic_prefix(&self) -> CyclicPrefix {
        self.carrier.cyclic_prefix()
    }

    /// Sample rate in Hz.
    pub const fn sample_rate_hz(&self) -> u64 {
        self.sample_rate_hz
    }

    /// Points of the FFT.
    pub const fn fft_size(&self) -> usize {
        self.fft_size
    }

    /// Subcarriers from the stream's 0 Hz to the grid's middle.
    pub const fn centre_offset(&self) -> i32 {
        self.centre_offset
    }

    /// The compensation frequency in Hz.
    pub const fn phase_compensation_hz(&self) -> Option<f64> {
        self.phase_compensation_hz
    }

    /// Samples between the start of the receive window and the end of the cyclic prefix, equal for all symbols.
    pub fn window_back_off(&self) -> usize {
        let shortest = self.timing.symbols().iter().map(|symbol| symbol.cyclic_prefix_len()).min().unwrap_or(0);
        (shortest as f64 * self.window) as usize
    }

    /// The symbols and slots in samples.
    pub fn timing(&self) -> &SubframeTiming {
        &self.timing
    }

    /// Samples of a slot.
    ///
    /// # Panics
    /// If there is no such slot in a subframe.
    pub fn slot_len(&self, slot_in_subframe: u16) -> usize {
        self.timing.slot_len(slot_in_subframe)
    }

    /// Subcarriers from the stream's 0 Hz to the grid's lowest one.
    pub(super) fn lowest_subcarrier(&self) -> i64 {
        i64::from(self.centre_offset) - self.carrier.n_subcarriers() as i64 / 2
    }

    fn is_rate(numerology: Numerology, sample_rate_hz: u64) -> bool {
        let scs_hz = u64::from(numerology.scs_hz());
        if !Self::SAMPLE_RATES_HZ.contains(&sample_rate_hz) || !sample_rate_hz.is_multiple_of(scs_hz) {
            return false;
        }
        let mut rest = sample_rate_hz / scs_hz;
        while rest.is_multiple_of(2) {
            rest /= 2;
        }
        while rest.is_multiple_of(3) {
            rest /= 3;
        }
        rest == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carrier(khz: u32, n_prb: u16) -> Carrier {
        Carrier::new(Numerology::from_scs_khz(khz).unwrap(), CyclicPrefix::Normal, 0, n_prb).unwrap()
    }

    #[test]
    fn errors_name_the_way_out() {
        let message = |rate, offset| OfdmConfig::new(&carrier(30, 51), rate, offset, None).unwrap_err().to_string();
        // 729 = 3^6 points.
        assert!(message(20_000_000, 0).contains("the next is 21870000 Hz"), "{}", message(20_000_000, 0));
        assert!(message(1_000_000, 0).contains("the next is 1920000 Hz"));
        assert!(message(3_932_160_000, 0).contains("within 1.92 to 1966.08 MHz"));
        // 612 subcarriers need 640 points, which 2^a 3^b has as 648 = 8 * 81.
        assert!(message(15_360_000, 0).contains("the next rate where they do is 19440000 Hz"));
        assert!(message(23_040_000, 100).contains("grid = 612 subcarriers centred 100"));
        assert!(OfdmConfig::new(&carrier(30, 51), 23_040_000, 78, None).is_ok());
        assert!(OfdmConfig::new(&carrier(30, 51), 23_040_000, 79, None).is_err());
        assert!(OfdmConfig::new(&carrier(30, 51), 23_040_000, -78, None).is_ok());
        assert!(OfdmConfig::new(&carrier(30, 51), 23_040_000, i32::MIN, None).is_err());
        assert!(OfdmConfig::new(&carrier(30, 51), 23_040_000, 0, Some(f64::NAN)).is_err());
        let config = OfdmConfig::new(&carrier(30, 51), 23_040_000, 0, None).unwrap();
        assert!(config.clone().with_window(1.1).is_err() && config.clone().with_window(f64::NAN).is_err());
        assert_eq!(config.window_back_off(), 27);
        assert_eq!(config.with_window(0.0).unwrap().window_back_off(), 0);
    }

    #[test]
    fn an_odd_fft_has_one_bin_more_than_half_below_zero_on_each_side() {
        // 81 points at 30 kHz: bins -40..=40.
        let config = |offset| OfdmConfig::new(&carrier(30, 6), 2_430_000, offset, None);
        assert!(config(4).is_ok() && config(5).is_ok() && config(6).is_err());
        assert!(config(-4).is_ok() && config(-5).is_err());
    }
}
