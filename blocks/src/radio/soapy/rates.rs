//! Which sample rates to try.

use crate::radio::abilities::ValueRange;

/// The device's rates that are at least `at_least_hz`, the best first: those of NR, then the lowest of any.
pub(super) fn candidates(offered: &[ValueRange], at_least_hz: f64) -> Vec<f64> {
    let of_nr = (0..8).flat_map(|k| [1.92e6 * f64::from(1 << k), 2.88e6 * f64::from(1 << k)]);
    let high_enough = |rate: &f64| *rate >= at_least_hz * (1.0 - 1e-9);
    let offers = |rate: &f64| offered.iter().any(|range| range.contains(*rate));
    let mut rates: Vec<f64> = of_nr.filter(|rate| high_enough(rate) && offers(rate)).collect();
    let mut others: Vec<f64> = offered.iter().filter_map(|range| range.at_least(at_least_hz)).collect();
    rates.sort_by(f64::total_cmp);
    others.sort_by(f64::total_cmp);
    // Some devices do not have all the rates that their ranges hold: their highest is one.
    others.extend(offered.iter().map(|range| range.high).filter(high_enough));
    // A rate of NR that is much higher than need be costs more than resampling.
    if let (Some(&least), Some(&nr)) = (others.first(), rates.first())
        && nr > 2.0 * least
    {
        others.append(&mut rates);
        return others;
    }
    rates.append(&mut others);
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_of_nr_come_first_where_there_are_any() {
        let usrp = [ValueRange { low: 0.2e6, high: 61.44e6, step: 0.0 }];
        let hackrf = [ValueRange { low: 2e6, high: 20e6, step: 1e6 }];
        let rtlsdr = [
            ValueRange { low: 225_001.0, high: 300_000.0, step: 0.0 },
            ValueRange { low: 900_001.0, high: 3.2e6, step: 0.0 },
        ];
        let first = |ranges: &[ValueRange], rate| candidates(ranges, rate).first().copied();
        assert_eq!(first(&usrp, 3.84e6), Some(3.84e6));
        assert_eq!(first(&usrp, 20e6), Some(23.04e6));
        assert_eq!(first(&usrp, 40e6), Some(46.08e6));
        assert_eq!(first(&usrp, 61.44e6), Some(61.44e6));
        assert_eq!(first(&usrp, 61.45e6), None);
        assert_eq!(first(&hackrf, 3.84e6), Some(4e6));
        assert_eq!(first(&hackrf, 7.68e6), Some(8e6));
        assert_eq!(first(&hackrf, 20.1e6), None);
        assert_eq!(first(&rtlsdr, 1e6), Some(1.92e6));
        assert_eq!(first(&rtlsdr, 3e6), Some(3e6));
        assert_eq!(first(&rtlsdr, 0.24e6), Some(0.24e6), "1.92 would be eight times as much");
        assert_eq!(first(&[], 1.0), None);
    }
}
