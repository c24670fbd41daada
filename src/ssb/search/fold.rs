//! Memory of PSS likelihoods one block period (20 ms) apart: a block too weak to stand out once stands out of the
//! sum of its repetitions.

use super::plan::RatePlan;

/// Periods remembered.
pub(super) const N_LAYERS: usize = 4;
/// The period at which blocks are expected to repeat.
const PERIOD_S: f64 = 0.02;
/// Steps of the stored likelihood in one.
const STEPS: f32 = 4.0;
/// What the best of the hypotheses that share a bin comes to in noise: ln of their number.
pub(super) const NOISE_LEVEL: f32 = 2.4;
/// Below this no sum is looked at.
const LEAST: f32 = 3.2;

/// The likelihoods of one frequency: `[layer][N_ID^(2)][bin]`, a bin is two samples at 128 a useful symbol.
#[derive(Clone, Debug)]
pub(super) struct Fold {
    bins: usize,
    /// Stream samples a bin.
    bin_len: f64,
    /// Which period each layer holds.
    period: [i64; N_LAYERS],
    values: Vec<u8>,
}

impl Fold {
    pub fn new(plan: &RatePlan) -> Self {
        let bins = (PERIOD_S * plan.scs_hz() * 64.0).round() as usize;
        let bin_len = plan.samples(1.0 / 64.0);
        Self { bins, bin_len, period: [i64::MIN; N_LAYERS], values: vec![0; N_LAYERS * 3 * bins] }
    }

    /// Notes -ln p of N_ID^(2) `nid2` at a time (in stream samples); gives the best score (see [`score`]) of it
    /// alone and of it with its predecessors, and how many periods the best one takes in.
    #[inline]
    pub fn note(&mut self, nid2: usize, time: f64, likelihood: f32) -> (f32, u8) {
        let index = (time / self.bin_len).floor() as i64;
        let (period, bin) = (index.div_euclid(self.bins as i64), index.rem_euclid(self.bins as i64) as usize);
        let layer = period.rem_euclid(N_LAYERS as i64) as usize;
        let (size, row) = (3 * self.bins, nid2 * self.bins + bin);
        if self.period[layer] != period {
            self.period[layer] = period;
            self.values[layer * size..][..size].fill(0);
        }
        let value = (likelihood * STEPS).min(255.0) as u8;
        let stored = &mut self.values[layer * size + row];
        *stored = (*stored).max(value);
        let alone = (likelihood - NOISE_LEVEL).max(0.0);
        if likelihood < LEAST {
            return (alone, 1);
        }
        let mut best = (alone, 1);
        let mut sum = alone;
        for back in 1..N_LAYERS as i64 {
            let layer = (period - back).rem_euclid(N_LAYERS as i64) as usize;
            if self.period[layer] != period - back {
                break;
            }
            // Clocks drift: the neighbours count too.
            let earlier = &self.values[layer * size + nid2 * self.bins..][..self.bins];
            let value = earlier[bin].max(earlier[bin.saturating_sub(1)]).max(earlier[(bin + 1).min(self.bins - 1)]);
            sum += (f32::from(value) / STEPS - NOISE_LEVEL - 0.5).max(0.0);
            let together = score(sum, back as usize + 1);
            if together > best.0 {
                best = (together, back as u8 + 1);
            }
        }
        best
    }
}

/// -ln of the probability that `n` likelihoods of noise (exponentially distributed) add up to `sum`.
pub(super) fn score(sum: f32, n: usize) -> f32 {
    if n <= 1 || sum <= 0.0 {
        return sum.max(0.0);
    }
    let (mut term, mut total) = (1.0f32, 1.0f32);
    for k in 1..n {
        term *= sum / k as f32;
        total += term;
    }
    (sum - total.ln()).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Numerology;

    #[test]
    fn repetitions_add_up() {
        let plan = RatePlan::new(7_680_000, Numerology::MU1).unwrap();
        let mut fold = Fold::new(&plan);
        let period = 0.02 * 7.68e6;
        let mut last = 0.0;
        for n in 0..4 {
            let (score, layers) = fold.note(1, 1234.0 + period * f64::from(n), 9.0);
            assert_eq!(layers, n as u8 + 1);
            assert!(score > last + 2.0, "{score} after {last}");
            last = score;
        }
        assert_eq!(fold.note(2, 1234.0 + period * 4.0, 9.0).1, 1, "another PSS has no past here");
        let late = fold.note(1, 1234.0 + period * 20.0, 9.0);
        assert_eq!(late.1, 1, "the past is forgotten");
    }

    #[test]
    fn score_is_the_tail_of_the_sum() {
        // P(sum of 3 exponentials > 6) = e^-6 (1 + 6 + 18).
        assert!((score(6.0, 3) - (6.0 - 25f32.ln())).abs() < 1e-5);
        assert_eq!(score(-1.0, 3), 0.0);
    }
}
