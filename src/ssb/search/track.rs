//! Cells that are known, and when their blocks come.

use super::found::FoundSsb;
use super::plan::{Point, RatePlan};
use crate::estimation::symbol_time_s;
use crate::frame::{CellId, CyclicPrefix, SsbPositions};
use crate::ssb::PbchReception;

/// Receptions of one beam that did not decode alone, kept for combining.
pub(super) const N_PENDING: usize = 4;
/// Half frames without a block after which a cell is given up.
const PATIENCE: i64 = 400;

/// A cell that has been decoded, and what is needed to meet its blocks again.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub cell_id: CellId,
    pub point: Point,
    pub positions: SsbPositions,
    /// Measured centre frequency in Hz from the stream's 0 Hz.
    pub frequency_hz: f64,
    /// Phase from symbol to symbol at that frequency, in cycles.
    pub turn: f64,
    /// Start of half frame 0 of its count, in working samples; it moves with the cell's clock.
    pub origin: f64,
    /// The half frame to be visited next, and the last in which something was.
    pub next: i64,
    pub last_seen: i64,
    /// (half frame, index) already reported.
    pub reported: Option<(i64, u8)>,
    /// By SSB index.
    pub pending: Vec<Vec<PbchReception>>,
    pub best: Vec<Option<FoundSsb>>,
    pub last: FoundSsb,
    pub n_received: u64,
}

impl Known {
    /// Start of the useful part of candidate `index`'s first symbol in half frame `half_frame`, in working samples.
    pub fn time_of(&self, plan: &RatePlan, half_frame: i64, index: usize) -> f64 {
        let symbol = self.positions.first_symbols()[index];
        self.origin + (half_frame as f64 * 0.005 + useful_start_s(plan, symbol)) * plan.rate
    }

    /// Whether a PSS at `time`, in working samples, is one of this cell's, to within `near` samples.
    pub fn explains(&self, plan: &RatePlan, time: f64, near: f64) -> bool {
        let period = 0.005 * plan.rate;
        (0..self.positions.n_candidates()).any(|index| {
            let late = (time - self.time_of(plan, 0, index)).rem_euclid(period);
            late < near || period - late < near
        })
    }

    pub fn is_lost(&self) -> bool {
        self.next - self.last_seen > PATIENCE
    }
}

/// The time from the start of a half frame to the useful part of its symbol number `symbol`.
#[doc(alias = "TS 38.211 5.3.1")]
pub(super) fn useful_start_s(plan: &RatePlan, symbol: u16) -> f64 {
    // The half frame as if it were one long subframe.
    symbol_time_s(plan.numerology, CyclicPrefix::Normal, 0, symbol.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Numerology, TC_PER_SECOND};

    #[test]
    fn times_follow_the_frame_structure() {
        for numerology in Numerology::ALL {
            let plan = RatePlan::new(245_760_000, numerology).unwrap();
            let mut start = 0;
            for symbol in 0..70u16 << numerology.mu() {
                let prefix = CyclicPrefix::Normal.tc(numerology, symbol.into());
                let useful_s = f64::from(start + prefix) / TC_PER_SECOND as f64;
                assert!((useful_start_s(&plan, symbol) - useful_s).abs() < 1e-12, "{numerology:?} {symbol}");
                start += prefix + numerology.useful_tc();
            }
            assert_eq!(u64::from(start), TC_PER_SECOND / 200);
        }
        // Case D's last block: symbols 528 to 531 of 560 in 5 ms.
        let plan = RatePlan::new(61_440_000, Numerology::MU3).unwrap();
        let end = useful_start_s(&plan, 559) + 2048.0 / 8.0 / 30.72e6;
        assert!((end - 0.005).abs() < 1e-12);
    }
}
