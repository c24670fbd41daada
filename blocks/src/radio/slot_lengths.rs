use nrflow::ConfigError;
use nrflow::frame::{CyclicPrefix, Numerology};
use nrflow::ofdm::SubframeTiming;

/// Where the slots of a stream begin, at whatever rate the stream has.
#[derive(Clone, Debug)]
pub struct SlotLengths {
    /// Start of each slot of a subframe, and the length of the subframe, in samples.
    starts: Vec<f64>,
    subframe: f64,
}

impl SlotLengths {
    /// Slots of a numerology with normal cyclic prefix that an OFDM modulator made at `ofdm_rate_hz`, in a stream of
    /// `sample_rate_hz` that begins with a subframe.
    ///
    /// # Errors
    /// If the numerology does not fit `ofdm_rate_hz`.
    #[doc(alias = "TS 38.211 5.3.1")]
    pub fn new(numerology: Numerology, ofdm_rate_hz: u64, sample_rate_hz: f64) -> Result<Self, ConfigError> {
        let timing = SubframeTiming::new(numerology, CyclicPrefix::Normal, ofdm_rate_hz)?;
        let ratio = sample_rate_hz / ofdm_rate_hz as f64;
        let starts = (0..timing.n_slots()).map(|slot| timing.slot_start(slot as u16) as f64 * ratio).collect();
        Ok(Self { starts, subframe: timing.n_samples() as f64 * ratio })
    }

    /// Pieces of a millisecond, for what has no slots.
    pub fn milliseconds(sample_rate_hz: f64) -> Self {
        Self { starts: vec![0.0], subframe: sample_rate_hz / 1000.0 }
    }

    /// The first sample of slot `n` of the stream.
    pub fn start(&self, n: u64) -> u64 {
        let slots = self.starts.len() as u64;
        ((n / slots) as f64 * self.subframe + self.starts[(n % slots) as usize]).round() as u64
    }

    /// The most samples that a slot has.
    pub fn longest(&self) -> usize {
        let ends = self.starts[1..].iter().chain([&self.subframe]);
        let lengths = self.starts.iter().zip(ends).map(|(start, end)| end - start);
        lengths.fold(0.0, f64::max).ceil() as usize + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_lie_where_the_modulator_puts_them() {
        let lengths = SlotLengths::new(Numerology::MU1, 23_040_000, 23.04e6).unwrap();
        // 16 more samples of 30.72 Msps in the first symbol of each half subframe.
        assert_eq!([0, 1, 2, 3].map(|n| lengths.start(n)), [0, 11520, 23040, 34560]);
        // 7688 and 7672 samples of 30.72 Msps.
        let lengths = SlotLengths::new(Numerology::MU2, 61_440_000, 20e6).unwrap();
        assert_eq!([0, 1, 2, 4].map(|n| lengths.start(n)), [0, 5005, 10000, 20000]);
        assert!(lengths.longest() >= 5006 && lengths.longest() < 5010);
        assert_eq!(SlotLengths::milliseconds(2e6).start(3), 6000);
    }
}
