//! Phases from frequencies of gigahertz and counts of samples without loss.

use crate::Complex32;
use std::f64::consts::TAU;

/// `frequency_hz` times `count / per_second` seconds, in turns, -1..1 (whole turns removed). The hertz before the
/// point are multiplied as integers, so a product of gigahertz and hours loses nothing.
pub(crate) fn turns(frequency_hz: f64, count: i64, per_second: u64) -> f64 {
    let whole = frequency_hz.trunc();
    // Exact: a number and its integer part share their exponent or the difference is the number itself.
    let fraction = frequency_hz - whole;
    let cycles = (whole as i128 * i128::from(count)).rem_euclid(i128::from(per_second));
    (cycles as f64 / per_second as f64 + (fraction * count as f64 / per_second as f64).fract()).fract()
}

/// e^(j 2 pi turns).
pub(crate) fn unit(turns: f64) -> Complex32 {
    let (sin, cos) = (TAU * turns).sin_cos();
    Complex32::new(cos as f32, sin as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gigahertz_times_ticks_loses_nothing() {
        // 28 GHz + 1 Hz for 30719 ticks: 28e9 + 1 = 911 * 30.72e6 + 14_080_001.
        let expected = (14_080_001u64 * 30_719 % 30_720_000) as f64 / 30.72e6;
        assert!((turns(28_000_000_001.0, 30_719, 30_720_000) - expected).abs() < 1e-15);
        // Half a hertz on top for one second is half a turn more; negative frequencies turn back.
        assert_eq!(turns(3.5e9 + 0.5, 30_720_000, 30_720_000), 0.5);
        assert!((turns(-1e9, 7, 30_720_000) + turns(1e9, 7, 30_720_000)).rem_euclid(1.0) < 1e-12);
    }
}
