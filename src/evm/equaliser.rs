use num_complex::Complex64;
use std::f64::consts::TAU;

/// Most pilots of the moving average.
const WINDOW: usize = 19;
/// Pilots of neighbouring blocks lie at most so far apart (2 with DM-RS of type 1, 5 with type 2).
const MOST_APART: usize = 11;

/// Amplitude and phase of the transmitter chain by subcarrier.
#[derive(Clone, Debug, Default)]
#[doc(alias = "TS 38.104 B.6")]
pub(super) struct ResponseEstimate {
    /// Sums over the pilots in time of amplitude and of phase, and their number.
    amplitude: Vec<f64>,
    phase: Vec<f64>,
    count: Vec<u32>,
    last_phase: Vec<f64>,
}

impl ResponseEstimate {
    pub fn new(n_subcarriers: usize) -> Self {
        Self {
            amplitude: vec![0.0; n_subcarriers],
            phase: vec![0.0; n_subcarriers],
            count: vec![0; n_subcarriers],
            last_phase: vec![0.0; n_subcarriers],
        }
    }

    /// Takes a pilot, Z / I_2, in the order of time: amplitudes and unwrapped phases are averaged.
    pub fn add(&mut self, subcarrier: usize, ratio: Complex64) {
        let (k, mut phase) = (subcarrier, ratio.arg());
        if self.count[k] > 0 {
            phase += TAU * ((self.last_phase[k] - phase) / TAU).round();
        }
        self.last_phase[k] = phase;
        self.amplitude[k] += ratio.norm();
        self.phase[k] += phase;
        self.count[k] += 1;
    }

    /// The coefficients: a moving average over the pilots of each run of blocks, fewer towards its ends, and straight
    /// lines between; 0 where there is no pilot in reach.
    pub fn coefficients(&self) -> Vec<Complex64> {
        let n = self.count.len();
        let mut out = vec![Complex64::ZERO; n];
        let pilots: Vec<usize> = (0..n).filter(|&k| self.count[k] > 0).collect();
        for run in pilots.chunk_by(|a, b| b - a <= MOST_APART) {
            let mean = |sums: &[f64], k: usize| sums[k] / f64::from(self.count[k]);
            let amplitude: Vec<f64> = run.iter().map(|&k| mean(&self.amplitude, k)).collect();
            let mut phase: Vec<f64> = run.iter().map(|&k| mean(&self.phase, k)).collect();
            for i in 1..phase.len() {
                phase[i] += TAU * ((phase[i - 1] - phase[i]) / TAU).round();
            }
            let (amplitude, phase) = (moving_average(&amplitude), moving_average(&phase));
            // Where the means lie: at the pilots themselves, if these are evenly apart (DM-RS of type 1).
            let at = moving_average(&run.iter().map(|&k| k as f64).collect::<Vec<_>>());
            let point = |i: usize| (amplitude[i], phase[i]);
            // A block begins up to a pilot's distance before its first pilot and ends after its last.
            let (first, last) = (run[0] / 12 * 12, run[run.len() - 1] / 12 * 12 + 11);
            let mut i = 0;
            for k in first..=last.min(n - 1) {
                while i + 2 < run.len() && at[i + 1] <= k as f64 {
                    i += 1;
                }
                let next = (i + 1).min(run.len() - 1);
                let ((a0, p0), (a1, p1)) = (point(i), point(next));
                // Held beyond the outermost pilots.
                let part = if next == i { 0.0 } else { ((k as f64 - at[i]) / (at[next] - at[i])).clamp(0.0, 1.0) };
                out[k] = Complex64::from_polar(a0 + (a1 - a0) * part, p0 + (p1 - p0) * part);
            }
        }
        out
    }
}

/// Means over as many values, at most [`WINDOW`], as lie evenly about each.
fn moving_average(values: &[f64]) -> Vec<f64> {
    (0..values.len())
        .map(|i| {
            let half = (WINDOW / 2).min(i).min(values.len() - 1 - i);
            values[i - half..=i + half].iter().sum::<f64>() / (2 * half + 1) as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_grow_to_19_from_both_ends() {
        // An impulse spreads over the windows that hold it.
        for at in [0, 1, 4, 30] {
            let mut values = vec![0.0; 61];
            values[at] = 1.0;
            let smooth = moving_average(&values);
            for (i, got) in smooth.iter().enumerate() {
                let half = [9, i, 60 - i].into_iter().min().unwrap();
                let expected = if i.abs_diff(at) <= half { 1.0 / (2 * half + 1) as f64 } else { 0.0 };
                assert_eq!(*got, expected, "{at} seen at {i}");
            }
        }
        assert_eq!(moving_average(&[3.0, 5.0]), [3.0, 5.0]);
    }

    #[test]
    fn a_straight_response_is_found_and_gaps_divide_runs() {
        let truth = |k: usize| Complex64::from_polar(2.0 + 0.001 * k as f64, 4.0 + 0.05 * k as f64);
        let mut estimate = ResponseEstimate::new(60);
        // Blocks 0, 1 and 4, pilots on every second subcarrier, twice.
        for _ in 0..2 {
            for k in (0..24).chain(48..60).step_by(2) {
                estimate.add(k, truth(k));
            }
        }
        let coefficients = estimate.coefficients();
        for (k, c) in coefficients.iter().enumerate() {
            let sent = !(24..48).contains(&k);
            assert_eq!(sent, c.norm() > 0.0, "subcarrier {k}");
            // Beyond the last pilot the value is held.
            let tolerance = if [23, 59].contains(&k) { 0.2 } else { 1e-9 };
            assert!(!sent || (c - truth(k)).norm() < tolerance, "subcarrier {k}: {c} {}", truth(k));
        }
    }
}
