use nrflow::frame::SampleTime;

/// A device's clock in samples of its stream, from whatever moment that clock counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceTime(pub i64);

impl DeviceTime {
    /// Of nanoseconds at a sample rate in Hz, to the nearest sample; whole numbers throughout (the rate to 1 µHz).
    pub fn from_ns(ns: i64, sample_rate_hz: f64) -> Self {
        let rate = micro(sample_rate_hz);
        Self(divide(i128::from(ns) * rate, NS_MICRO) as i64)
    }

    /// In nanoseconds at a sample rate in Hz, to the nearest.
    pub fn ns(self, sample_rate_hz: f64) -> i64 {
        divide(i128::from(self.0) * NS_MICRO, micro(sample_rate_hz)) as i64
    }
}

/// Nanoseconds in a second times micro-units in a unit.
const NS_MICRO: i128 = 1_000_000_000_000_000;

fn micro(sample_rate_hz: f64) -> i128 {
    ((sample_rate_hz * 1e6).round() as i128).max(1)
}

/// The quotient, rounded to the nearest.
fn divide(a: i128, b: i128) -> i128 {
    (2 * a + b).div_euclid(2 * b)
}

/// How samples that a device gave follow those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// At once.
    Continues,
    /// So many samples are missing between.
    Gap(u64),
    /// The device's clock was set anew, or samples were lost and there is no clock that tells how many.
    Broken,
}

/// Timestamps may be off by so many samples and still mean that nothing is missing: drivers round.
const TOLERANCE: i64 = 1;

/// Brings a device's clock to the time of its stream, which begins with 0 and never goes back.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    next: u64,
    device: Option<DeviceTime>,
    unsure: bool,
    longest_gap: u64,
}

impl Timeline {
    /// A clock that leaps ahead by more than `longest_gap` samples was set anew; by less, samples are missing.
    pub const fn new(longest_gap: u64) -> Self {
        Self { next: 0, device: None, unsure: false, longest_gap }
    }

    /// The time of the next sample, if nothing is missing before it.
    pub const fn next(&self) -> SampleTime {
        SampleTime(self.next)
    }

    /// Notes that the device lost samples, or was restarted: without a timestamp it is unknown how many.
    pub const fn lost(&mut self) {
        self.unsure = true;
    }

    /// How the next `n` samples, the first of them at `time` of the device's clock (if it has one), follow those before;
    /// after a [`Placement::Gap`] they begin that much later.
    pub fn place(&mut self, n: usize, time: Option<DeviceTime>) -> Placement {
        let first = self.device.is_none() && self.next == 0;
        let placement = match (self.device, time) {
            (Some(expected), Some(time)) => {
                let missing = time.0.saturating_sub(expected.0);
                if missing.abs() <= TOLERANCE {
                    Placement::Continues
                } else if missing > 0 && missing as u64 <= self.longest_gap {
                    Placement::Gap(missing as u64)
                } else {
                    Placement::Broken
                }
            }
            _ if self.unsure && !first => Placement::Broken,
            _ => Placement::Continues,
        };
        self.unsure = false;
        if let Placement::Gap(missing) = placement {
            self.next += missing;
        }
        self.next += n as u64;
        let advance = |time: DeviceTime| DeviceTime(time.0.saturating_add(n as i64));
        self.device = time.or(self.device).map(advance);
        placement
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_and_samples_agree_for_years() {
        for rate in [23.04e6, 30.72e6, 61.44e6, 1.92e6, 2e6, 20e6, 23_039_999.9] {
            for samples in [0, 1, 2, 1_000_003, 23_040_000 * 86_400, i64::from(i32::MAX) * 1_000_000, -5] {
                let time = DeviceTime(samples);
                assert_eq!(DeviceTime::from_ns(time.ns(rate), rate), time, "{rate} {samples}");
            }
        }
        // Drivers cut off parts of a nanosecond.
        assert_eq!(DeviceTime::from_ns(DeviceTime(1001).ns(23.04e6) - 1, 23.04e6), DeviceTime(1001));
        assert_eq!(DeviceTime::from_ns(i64::MAX, 61.44e6).0, ((i128::from(i64::MAX) * 6144 + 50_000) / 100_000) as i64);
    }

    #[test]
    fn a_clock_tells_gaps_and_jumps() {
        let mut line = Timeline::new(1000);
        let at = |t| Some(DeviceTime(t));
        assert_eq!(line.place(10, at(500)), Placement::Continues);
        assert_eq!(line.place(10, at(511)), Placement::Continues, "one sample off is rounding");
        assert_eq!(line.next(), SampleTime(20));
        assert_eq!(line.place(10, at(621)), Placement::Gap(100));
        assert_eq!(line.next(), SampleTime(130));
        line.lost();
        assert_eq!(line.place(10, at(631)), Placement::Continues, "the clock knows better");
        assert_eq!(line.place(10, at(5000)), Placement::Broken);
        assert_eq!(line.place(10, at(5010)), Placement::Continues);
        assert_eq!(line.place(10, at(-7)), Placement::Broken);
        assert_eq!(line.place(10, None), Placement::Continues, "a read without a timestamp");
        assert_eq!(line.place(10, at(13)), Placement::Continues);
        assert_eq!(line.place(10, at(i64::MAX)), Placement::Broken);
        assert_eq!(line.next(), SampleTime(200));
    }

    #[test]
    fn without_a_clock_samples_are_counted() {
        let mut line = Timeline::new(1000);
        line.lost();
        assert_eq!(line.place(10, None), Placement::Continues, "before the first sample nothing can be missing");
        assert_eq!(line.place(7, None), Placement::Continues);
        line.lost();
        assert_eq!(line.place(5, None), Placement::Broken);
        assert_eq!(line.place(5, None), Placement::Continues);
        assert_eq!(line.next(), SampleTime(27));
    }
}
