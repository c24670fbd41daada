//! The channel in time: where symbols lie, and Wiener interpolation between pilot symbols.

use crate::frame::{CyclicPrefix, Numerology, TC_PER_SECOND};

/// The time at which the useful part of a symbol starts, in seconds from the start of its slot, which is slot
/// `slot_in_subframe` of its subframe (the first symbol of each half subframe has a longer prefix).
#[doc(alias = "TS 38.211 5.3.1")]
pub fn symbol_time_s(
    numerology: Numerology,
    cyclic_prefix: CyclicPrefix,
    slot_in_subframe: usize,
    symbol: usize,
) -> f64 {
    let first = slot_in_subframe * cyclic_prefix.symbols_per_slot();
    let start = |l: usize| cyclic_prefix.start_tc(numerology, l);
    let useful = start(first + symbol) + u64::from(cyclic_prefix.tc(numerology, first + symbol));
    (useful - start(first)) as f64 / TC_PER_SECOND as f64
}

/// Weights that interpolate a channel, known with an error at a few times, to any time. The correlation in time is
/// taken as exp(-(D dt)^2), whose one parameter is measured; D = 0 averages.
#[derive(Clone, Debug, Default)]
pub(super) struct TimeWiener {
    times: Vec<f64>,
    /// Inverse of R + error I, row-major.
    inverse: Vec<f64>,
    work: Vec<f64>,
    decay: f64,
}

impl TimeWiener {
    pub fn new(max_times: usize) -> Self {
        let square = max_times * max_times;
        Self {
            times: Vec::with_capacity(max_times),
            inverse: Vec::with_capacity(square),
            work: Vec::with_capacity(square),
            decay: 0.0,
        }
    }

    /// `relative_error` is the error variance of each estimate over the channel's power; `decay` is D in 1/s.
    pub fn configure(&mut self, times: impl Iterator<Item = f64>, relative_error: f64, decay: f64) {
        self.times.clear();
        self.times.extend(times);
        self.decay = decay;
        let n = self.times.len();
        self.work.clear();
        self.inverse.clear();
        for i in 0..n {
            for j in 0..n {
                let r = correlation(decay, self.times[i] - self.times[j]);
                self.work.push(if i == j { r + relative_error.max(1e-9) } else { r });
                self.inverse.push(if i == j { 1.0 } else { 0.0 });
            }
        }
        // Gauss-Jordan; positive definite, so no pivoting.
        for c in 0..n {
            let scale = 1.0 / self.work[c * n + c].max(1e-12);
            for j in 0..n {
                self.work[c * n + j] *= scale;
                self.inverse[c * n + j] *= scale;
            }
            for i in (0..n).filter(|&i| i != c) {
                let factor = self.work[i * n + c];
                for j in 0..n {
                    self.work[i * n + j] -= factor * self.work[c * n + j];
                    self.inverse[i * n + j] -= factor * self.inverse[c * n + j];
                }
            }
        }
    }

    /// The weight of estimate `index` at `time`.
    pub fn weight(&self, index: usize, time: f64) -> f64 {
        let n = self.times.len();
        (0..n).map(|i| correlation(self.decay, time - self.times[i]) * self.inverse[i * n + index]).sum()
    }

    /// The mean square error at `time` over the channel's power.
    pub fn relative_error(&self, time: f64) -> f64 {
        let explained: f64 =
            (0..self.times.len()).map(|i| self.weight(i, time) * correlation(self.decay, time - self.times[i])).sum();
        (1.0 - explained).clamp(0.0, 1.0)
    }
}

fn correlation(decay: f64, dt: f64) -> f64 {
    (-(decay * dt) * (decay * dt)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbol_times_have_the_long_prefixes() {
        let t = |mu, slot, l| symbol_time_s(Numerology::new(mu).unwrap(), CyclicPrefix::Normal, slot, l) * 30.72e6;
        assert_eq!(t(0, 0, 0).round(), 160.0);
        assert_eq!(t(0, 0, 6).round(), 160.0 + 6.0 * 2192.0);
        assert_eq!(t(0, 0, 7).round(), 160.0 + 7.0 * 2192.0 + 16.0);
        assert_eq!(t(1, 0, 13).round(), 88.0 + 13.0 * 1096.0);
        assert_eq!(t(1, 1, 0).round(), 88.0);
        assert_eq!(t(2, 1, 0).round(), 36.0);
        assert_eq!(t(2, 1, 13).round(), 36.0 + 13.0 * 548.0);
        assert_eq!(t(2, 2, 0).round(), 52.0);
    }

    #[test]
    fn a_constant_channel_is_averaged_and_a_changing_one_followed() {
        let mut wiener = TimeWiener::new(4);
        wiener.configure([0.0, 1.0, 2.0].into_iter(), 0.01, 0.0);
        for i in 0..3 {
            assert!((wiener.weight(i, 5.0) - 1.0 / 3.01).abs() < 1e-9);
        }
        assert!((wiener.relative_error(0.3) - 0.01 / 3.01).abs() < 1e-9);
        wiener.configure([0.0, 1.0, 2.0].into_iter(), 1e-4, 0.7);
        assert!((wiener.weight(1, 1.0) - 1.0).abs() < 1e-3);
        assert!(wiener.weight(0, 1.0).abs() < 1e-3);
        assert!(wiener.relative_error(10.0) > 0.99);
    }
}
