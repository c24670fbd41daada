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

    /// Notes -ln p of N_ID^(2) `nid2` at the lags (half a bin each) of a block that begins at `first`, in stream samples.
    /// Where one alone or with its predecessors scores (see [`score`]) above the threshold, it is offered with its lag,
    /// score and number of periods; what `offer` returns is the threshold from then on.
    pub fn note(
        &mut self,
        nid2: usize,
        first: f64,
        likelihood: &[f32],
        mut threshold: f32,
        mut offer: impl FnMut(usize, f32, u8) -> f32,
    ) {
        let half_bins = (first / self.bin_len * 2.0).floor() as i64;
        let mut lag = 0;
        while lag < likelihood.len() {
            // To the end of the block or of the period.
            let index = (half_bins + lag as i64).div_euclid(2);
            let (period, bin) = (index.div_euclid(self.bins as i64), index.rem_euclid(self.bins as i64) as usize);
            let odd = (half_bins + lag as i64).rem_euclid(2) as usize;
            let n_lags = (2 * (self.bins - bin) - odd).min(likelihood.len() - lag);
            let (row, earlier) = self.rows(nid2, period);
            let mut at = 0;
            for bin in bin..row.len() {
                if at >= n_lags {
                    break;
                }
                let second = at + 1 - if at == 0 { odd } else { 0 };
                let mut best = at;
                if second < n_lags && likelihood[lag + second] > likelihood[lag + at] {
                    best = second;
                }
                let value = likelihood[lag + best];
                row[bin] = row[bin].max((value * STEPS).min(255.0) as u8);
                if let Some((score, n_periods)) = best_sum(value, bin, &earlier, threshold) {
                    threshold = offer(lag + best, score, n_periods);
                }
                at = second + 1;
            }
            lag += n_lags;
        }
    }

    /// The values of this period, begun if it is new, and of those before it, the last first.
    fn rows(&mut self, nid2: usize, period: i64) -> (&mut [u8], [Option<&[u8]>; N_LAYERS - 1]) {
        let layer_of = |period: i64| period.rem_euclid(N_LAYERS as i64) as usize;
        let (size, bins, layer) = (3 * self.bins, self.bins, layer_of(period));
        if self.period[layer] != period {
            self.period[layer] = period;
            self.values[layer * size..][..size].fill(0);
        }
        let mut row = None;
        let mut layers: [Option<&[u8]>; N_LAYERS] = [None; N_LAYERS];
        for (i, values) in self.values.chunks_exact_mut(size).enumerate() {
            let values = &mut values[nid2 * bins..][..bins];
            if i == layer {
                row = Some(values);
            } else {
                layers[i] = Some(values);
            }
        }
        let mut unbroken = true;
        let earlier = std::array::from_fn(|i| {
            let before = period - 1 - i as i64;
            unbroken &= self.period[layer_of(before)] == before;
            layers[layer_of(before)].filter(|_| unbroken)
        });
        (row.unwrap_or_default(), earlier)
    }
}

/// The best score above `threshold` of a likelihood alone and with those of its predecessors, and how many periods it takes
/// in.
#[inline]
fn best_sum(value: f32, bin: usize, earlier: &[Option<&[u8]>; N_LAYERS - 1], threshold: f32) -> Option<(f32, u8)> {
    let alone = (value - NOISE_LEVEL).max(0.0);
    let mut best = (alone > threshold).then_some((alone, 1));
    if value < LEAST {
        return best;
    }
    let mut sum = alone;
    for (back, earlier) in earlier.iter().map_while(|&earlier| earlier).enumerate() {
        // Clocks drift: the neighbours count too.
        let value = earlier[bin].max(earlier[bin.saturating_sub(1)]).max(earlier[(bin + 1).min(earlier.len() - 1)]);
        sum += (f32::from(value) / STEPS - NOISE_LEVEL - 0.5).max(0.0);
        // A sum never scores above itself.
        if sum > best.map_or(threshold, |b| b.0) {
            let together = score(sum, back + 2);
            if together > best.map_or(threshold, |b| b.0) {
                best = Some((together, back as u8 + 2));
            }
        }
    }
    best
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

    /// Notes one value at a time, and gives its score and number of periods.
    fn note(fold: &mut Fold, nid2: usize, time: f64, value: f32) -> (f32, u8) {
        let mut got = (0.0, 0);
        fold.note(nid2, time, &[value], 0.0, |lag, score, n_periods| {
            assert_eq!(lag, 0);
            got = (score, n_periods);
            score
        });
        got
    }

    #[test]
    fn repetitions_add_up() {
        let plan = RatePlan::new(7_680_000, Numerology::MU1).unwrap();
        let mut fold = Fold::new(&plan);
        let period = 0.02 * 7.68e6;
        let mut last = 0.0;
        for n in 0..4 {
            let (score, layers) = note(&mut fold, 1, 1234.0 + period * f64::from(n), 9.0);
            assert_eq!(layers, n as u8 + 1);
            assert!(score > last + 2.0, "{score} after {last}");
            last = score;
        }
        assert_eq!(note(&mut fold, 2, 1234.0 + period * 4.0, 9.0).1, 1, "another PSS has no past here");
        let late = note(&mut fold, 1, 1234.0 + period * 20.0, 9.0);
        assert_eq!(late.1, 1, "the past is forgotten");
    }

    #[test]
    fn a_block_is_its_lags_one_by_one() {
        let plan = RatePlan::new(7_680_000, Numerology::MU1).unwrap();
        let (mut whole, mut single) = (Fold::new(&plan), Fold::new(&plan));
        let lag_len = plan.samples(1.0 / 128.0);
        // The same every 20 ms.
        let value = |n: usize, block: usize| ((875 * block + n) % 76_800 * 37 % 101) as f32 / 10.0;
        for block in 0..300 {
            // Blocks follow each other over the ends of periods.
            let first = (block * 875) as f64 * lag_len + 0.3;
            let values: Vec<f32> = (0..875).map(|n| value(n, block)).collect();
            let mut offered = vec![(0.0, 0); 875];
            whole.note(1, first, &values, 8.0, |lag, score, n| {
                offered[lag] = (score, n);
                8.0
            });
            for (n, &value) in values.iter().enumerate() {
                let got = note(&mut single, 1, first + n as f64 * lag_len, value);
                // Of the two lags of a bin only the larger is offered.
                assert!(offered[n] == got || offered[n].1 == 0, "block {block} lag {n}: {:?} {got:?}", offered[n]);
            }
            assert!(block < 264 || offered.iter().any(|o| o.1 == 4));
        }
        assert_eq!(whole.values, single.values);
    }

    #[test]
    fn score_is_the_tail_of_the_sum() {
        // P(sum of 3 exponentials > 6) = e^-6 (1 + 6 + 18).
        assert!((score(6.0, 3) - (6.0 - 25f32.ln())).abs() < 1e-5);
        assert_eq!(score(-1.0, 3), 0.0);
    }
}
