use super::{EvmReference, FrameEvm};
use crate::modulation::Modulation;

/// What a base station's error vector magnitude may be at most, as a ratio; `None` for a modulation that has no limit.
#[doc(alias = "TS 38.104 Table 6.5.2.2-1")]
pub const fn evm_limit(modulation: Modulation) -> Option<f64> {
    match modulation {
        Modulation::Qpsk => Some(0.175),
        Modulation::Qam16 => Some(0.125),
        Modulation::Qam64 => Some(0.08),
        Modulation::Qam256 => Some(0.035),
        Modulation::Qam1024 => Some(0.025),
        Modulation::Pi2Bpsk | Modulation::Bpsk => None,
    }
}

/// The result for a modulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvmResult {
    /// Modulation.
    pub modulation: Modulation,
    /// EVM with the FFT at the lower end of the window, as a ratio: the rms over the frames.
    pub low: f64,
    /// The same at the upper end.
    pub high: f64,
    /// The rms over the frames of the greater of both: what the limit holds for.
    pub evm: f64,
    /// Blocks times slots.
    pub n_blocks: usize,
}

impl EvmResult {
    /// Whether it is within the limit; `None` where there is no limit.
    pub fn passes(&self) -> Option<bool> {
        evm_limit(self.modulation).map(|limit| self.evm <= limit)
    }
}

/// The error vector magnitude of several frames, by modulation.
#[derive(Clone, Debug, Default)]
#[doc(alias = "TS 38.104 B.7")]
pub struct EvmAverage {
    results: Vec<Sums>,
}

#[derive(Clone, Debug)]
struct Sums {
    modulation: Modulation,
    low: f64,
    high: f64,
    greater: f64,
    frames: usize,
    n_blocks: usize,
}

impl EvmAverage {
    /// Adds a frame: of each modulation the measured channels, block by block.
    ///
    /// # Panics
    /// If the frame does not have the reference's channels.
    pub fn add(&mut self, reference: &EvmReference, frame: &FrameEvm) {
        assert_eq!(frame.channels.len(), reference.channels().len(), "channels of the frame");
        for modulation in Modulation::ALL {
            let of = reference.channels().iter().zip(&frame.channels);
            let of =
                of.filter(|(channel, evm)| channel.measured && channel.modulation == modulation && evm.n_blocks > 0);
            let (mut squares, mut n_blocks) = ([0.0; 2], 0);
            for (_, evm) in of {
                squares = [squares[0] + evm.squares[0], squares[1] + evm.squares[1]];
                n_blocks += evm.n_blocks;
            }
            if n_blocks == 0 {
                continue;
            }
            let [low, high] = squares.map(|sum| sum / n_blocks as f64);
            let place = self.results.iter().position(|sums| sums.modulation == modulation);
            let place = place.unwrap_or_else(|| {
                self.results.push(Sums { modulation, low: 0.0, high: 0.0, greater: 0.0, frames: 0, n_blocks: 0 });
                self.results.len() - 1
            });
            let sums = &mut self.results[place];
            sums.low += low;
            sums.high += high;
            sums.greater += low.max(high);
            sums.frames += 1;
            sums.n_blocks += n_blocks;
        }
    }

    /// By modulation, fewest bits first.
    pub fn results(&self) -> Vec<EvmResult> {
        let mut results: Vec<EvmResult> = self
            .results
            .iter()
            .map(|sums| {
                let rms = |sum: f64| (sum / sums.frames as f64).sqrt();
                let (low, high, evm) = (rms(sums.low), rms(sums.high), rms(sums.greater));
                EvmResult { modulation: sums.modulation, low, high, evm, n_blocks: sums.n_blocks }
            })
            .collect();
        results.sort_by_key(|result| result.modulation);
        results
    }
}
