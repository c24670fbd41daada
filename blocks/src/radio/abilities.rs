//! What a device is and can do.

use super::{Carriers, Direction};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Values from `low` to `high`; with a step that is not 0, only so many steps above `low`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ValueRange {
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// The distance of neighbours; 0 where every value between is possible.
    pub step: f64,
}

/// Rates, frequencies and gains are the same within this part of them: drivers calculate.
const SAME: f64 = 1e-6;

impl ValueRange {
    /// Whether `value` is one of the values, but for rounding.
    pub fn contains(&self, value: f64) -> bool {
        let slack = SAME * value.abs();
        let nearest = self.nearest(value);
        (nearest - value).abs() <= slack
    }

    /// The value that is nearest to `value`.
    pub fn nearest(&self, value: f64) -> f64 {
        let inside = value.max(self.low).min(self.high);
        if self.step <= 0.0 {
            return inside;
        }
        let last = ((self.high - self.low) / self.step + SAME).floor();
        self.low + ((inside - self.low) / self.step).round().min(last) * self.step
    }

    /// The lowest value that is at least `value`, but for rounding; none if all are lower.
    pub fn at_least(&self, value: f64) -> Option<f64> {
        let nearest = self.nearest(value);
        let slack = SAME * value.abs();
        let found = if nearest >= value - slack { nearest } else { self.nearest(nearest + self.step) };
        (found >= value - slack).then_some(found)
    }
}

/// A gain stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GainStage {
    /// The device's name for it.
    pub name: String,
    /// Its gain, dB.
    pub gain_db: ValueRange,
}

/// What a channel of a device can do, in one direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChannelAbilities {
    /// Antenna ports.
    pub antennas: Vec<String>,
    /// Centre frequencies, Hz.
    pub frequency_hz: Vec<ValueRange>,
    /// Sample rates, Hz.
    pub sample_rate_hz: Vec<ValueRange>,
    /// Widths of the analogue filter, Hz; none where it cannot be set.
    pub bandwidth_hz: Vec<ValueRange>,
    /// Overall gain, dB.
    pub gain_db: ValueRange,
    /// Gain stages, from the antenna on.
    pub gain_stages: Vec<GainStage>,
    /// Whether it can set its gain itself.
    pub agc: bool,
    /// Whether it can find its DC offset itself.
    pub dc_offset_auto: bool,
    /// Whether a DC offset can be set.
    pub dc_offset: bool,
    /// Whether it can balance I and Q itself.
    pub iq_balance_auto: bool,
    /// Whether a balance of I and Q can be set.
    pub iq_balance: bool,
    /// Whether it can correct its reference.
    pub ppm: bool,
    /// Whether the local oscillator can stand beside the centre frequency.
    pub lo_offset: bool,
    /// Sample formats of its streams.
    pub formats: Vec<String>,
    /// The format that it needs no conversion for.
    pub native_format: Option<String>,
    /// What 1.0 is in that format.
    pub full_scale: f64,
}

/// What a device is and can do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Abilities {
    /// Arguments that open it.
    pub arguments: String,
    /// Driver.
    pub driver: String,
    /// Hardware.
    pub hardware: String,
    /// A name for people.
    pub label: String,
    /// Serial number; empty if it has none.
    pub serial: String,
    /// What else the driver says of it.
    pub information: BTreeMap<String, String>,
    /// Whether it can receive and transmit at once.
    pub full_duplex: bool,
    /// Whether its samples have the time of a clock.
    pub hardware_time: bool,
    /// Sources of its reference clock.
    pub clock_sources: Vec<String>,
    /// Sources of its time.
    pub time_sources: Vec<String>,
    /// Receive channels.
    pub rx: Vec<ChannelAbilities>,
    /// Transmit channels.
    pub tx: Vec<ChannelAbilities>,
    /// NR carriers that it can carry.
    pub carriers: Carriers,
}

impl Abilities {
    /// The channels of a direction.
    pub fn channels(&self, direction: Direction) -> &[ChannelAbilities] {
        match direction {
            Direction::Rx => &self.rx,
            Direction::Tx => &self.tx,
        }
    }

    /// What it cannot do that others can, in one line; none if there is nothing of that kind.
    pub fn cannot(&self) -> Option<String> {
        let mut lacks = Vec::new();
        match (self.rx.is_empty(), self.tx.is_empty()) {
            (false, true) => lacks.push("receives only"),
            (true, false) => lacks.push("transmits only"),
            (true, true) => lacks.push("has no channels"),
            (false, false) if !self.full_duplex => lacks.push("receives or transmits, one at a time"),
            (false, false) => {}
        }
        if !self.hardware_time {
            lacks.push("no clock of its own: lost samples are not counted exactly");
            if !self.tx.is_empty() {
                lacks.push("no timed bursts");
            }
        }
        if !self.rx.is_empty() && !self.carriers.ssb {
            lacks.push("too slow for a whole SS/PBCH block");
        }
        (!lacks.is_empty()).then(|| lacks.join("; "))
    }

    /// What it is, in a few words.
    pub fn name(&self) -> &str {
        [&self.label, &self.hardware, &self.driver].into_iter().find(|name| !name.is_empty()).map_or("", |name| name)
    }
}

/// Ranges in a unit, as a person writes them: `0.2-56 MHz, 61.44 MHz`.
pub struct Ranges<'a> {
    /// The ranges.
    pub ranges: &'a [ValueRange],
    /// The unit, its scale first: 1e6 and "MHz".
    pub unit: (f64, &'a str),
}

impl fmt::Display for Ranges<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scale, unit) = self.unit;
        let number = |value: f64| (value / scale * 1e6).round() / 1e6;
        for (i, range) in self.ranges.iter().enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            match (range.high > range.low, range.step > 0.0) {
                (false, _) => write!(f, "{separator}{}", number(range.low))?,
                (true, false) => write!(f, "{separator}{} to {}", number(range.low), number(range.high))?,
                (true, true) => {
                    let step = number(range.step);
                    write!(f, "{separator}{} to {} in steps of {step}", number(range.low), number(range.high))?;
                }
            }
        }
        if self.ranges.is_empty() {
            return f.write_str("none");
        }
        write!(f, " {unit}")
    }
}

/// Ranges in MHz.
pub const fn megahertz(ranges: &[ValueRange]) -> Ranges<'_> {
    Ranges { ranges, unit: (1e6, "MHz") }
}

/// A range in dB.
pub const fn decibel(range: &ValueRange) -> Ranges<'_> {
    Ranges { ranges: std::slice::from_ref(range), unit: (1.0, "dB") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_say_what_lies_in_them() {
        let any = ValueRange { low: 0.2, high: 61.44, step: 0.0 };
        assert!(any.contains(23.04) && any.contains(61.440_000_1) && !any.contains(62.0) && !any.contains(0.1));
        assert_eq!((any.at_least(0.1), any.at_least(3.84), any.at_least(70.0)), (Some(0.2), Some(3.84), None));
        let grid = ValueRange { low: 2.0, high: 20.0, step: 1.0 };
        assert!(grid.contains(4.0) && !grid.contains(3.84));
        assert_eq!((grid.at_least(3.84), grid.at_least(4.2), grid.at_least(20.5)), (Some(4.0), Some(5.0), None));
        assert_eq!((grid.nearest(4.4), grid.nearest(99.0)), (4.0, 20.0));
        let uneven = ValueRange { low: 0.0, high: 10.0, step: 4.0 };
        assert_eq!((uneven.nearest(10.0), uneven.at_least(9.0)), (8.0, None));
        let point = ValueRange { low: 5.0, high: 5.0, step: 0.0 };
        assert_eq!((point.at_least(5.0), point.at_least(5.1), point.nearest(1.0)), (Some(5.0), None, 5.0));
        let list = [any, grid, point];
        assert_eq!(
            Ranges { ranges: &list, unit: (1.0, "dB") }.to_string(),
            "0.2 to 61.44, 2 to 20 in steps of 1, 5 dB"
        );
        assert_eq!(megahertz(&[]).to_string(), "none");
    }
}
