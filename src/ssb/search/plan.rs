//! Which transforms and which frequencies a search uses.

use super::config::{CellSearchConfig, SearchRaster};
use crate::frame::{Duplex, Numerology, SsbCase, ssb_raster};
use crate::ssb::LMax;

/// The block transform of one numerology: blocks of `block` samples, of which the `bins` around a frequency are the
/// spectrum of the signal at 128 samples a useful symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RatePlan {
    pub numerology: Numerology,
    /// Samples a second of the stream.
    pub rate: f64,
    pub block: usize,
    pub bins: usize,
}

impl RatePlan {
    /// `None` if the band is too narrow for a block of this numerology, or the rate has no transform length that
    /// fits (then the stream must be resampled, see [`working_rate`]).
    pub fn new(rate_hz: u64, numerology: Numerology) -> Option<Self> {
        let scs = u64::from(numerology.scs_hz());
        if rate_hz < 240 * scs {
            return None;
        }
        // Wide blocks waste less on their overlap; 1024 of the narrow rate is the best compromise with latency.
        const BINS: [u64; 9] = [1024, 768, 1152, 960, 1280, 1536, 896, 1200, 2048];
        let fits = |bins: &u64| (rate_hz * bins).is_multiple_of(128 * scs);
        let bins = BINS.into_iter().find(fits).or_else(|| (640..=2048).step_by(8).find(fits))?;
        let block = (rate_hz * bins / (128 * scs)) as usize;
        Some(Self { numerology, rate: rate_hz as f64, block, bins: bins as usize })
    }

    pub fn scs_hz(&self) -> f64 {
        f64::from(self.numerology.scs_hz())
    }

    /// Hz a bin.
    pub fn bin_hz(&self) -> f64 {
        128.0 * self.scs_hz() / self.bins as f64
    }

    pub fn nearest_bin(&self, offset_hz: f64) -> i64 {
        (offset_hz / self.bin_hz()).round() as i64
    }

    /// Stream samples in a time of `useful` useful symbols.
    pub fn samples(&self, useful: f64) -> f64 {
        useful * self.rate / self.scs_hz()
    }
}

/// The rate that the search works at: the stream's own, unless a numerology that the band can hold finds no transform.
pub(super) fn working_rate(rate_hz: u64, numerologies: &[Numerology]) -> u64 {
    let all = numerologies
        .iter()
        .filter(|n| rate_hz >= 240 * u64::from(n.scs_hz()))
        .all(|&n| RatePlan::new(rate_hz, n).is_some());
    if all { rate_hz } else { rate_hz.div_ceil(1_920_000) * 1_920_000 }
}

/// A frequency at which PSS are looked for, to 1.5 subcarriers on either side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// Index of its numerology's plan.
    pub plan: usize,
    /// SS_REF in Hz from the stream's 0 Hz.
    pub offset_hz: f64,
    /// Whether the offset is that of a raster; else the block may be anywhere within reach.
    pub on_raster: bool,
    pub case: SsbCase,
    /// L_max, if the frequency says it.
    pub l_max: Option<LMax>,
}

/// Raster points inside the band; none if the centre frequency is unknown or in no band.
pub(super) fn raster_points(config: &CellSearchConfig, plans: &[RatePlan]) -> Vec<Point> {
    let given = match &config.raster {
        SearchRaster::Free => return Vec::new(),
        SearchRaster::Offsets(offsets) => Some(offsets),
        SearchRaster::Auto | SearchRaster::Bands => None,
    };
    let mut points = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let reach = reach_hz(config, plan);
        if let Some(offsets) = given {
            let inside = offsets.iter().filter(|offset| offset.is_finite() && offset.abs() <= reach + 1.0);
            points.extend(inside.map(|&offset_hz| point(config, index, plan, offset_hz, true, None)));
        } else if let Some(centre) = config.centre_frequency_hz {
            let (low, high) = (centre.saturating_sub(reach as u64), centre.saturating_add(reach as u64));
            for place in ssb_raster(low, high, None).filter(|p| p.numerology() == plan.numerology) {
                let offset_hz = place.frequency_hz() as f64 - centre as f64;
                points.push(point(config, index, plan, offset_hz, true, Some(place.case)));
            }
        }
    }
    // Cases B and C may share a place: C is the commoner one.
    points.dedup_by(|b, a| {
        let same = a.plan == b.plan && a.offset_hz == b.offset_hz;
        if same {
            *a = *b;
        }
        same
    });
    points
}

/// Relative error of an oscillator without reference, at most.
pub(super) const OSCILLATOR_ERROR: f64 = 21e-6;

/// Points beside those of the raster where an oscillator's error may be more than a point reaches.
pub(super) fn points_beside_raster(config: &CellSearchConfig, plans: &[RatePlan]) -> Vec<Point> {
    let off_hz = OSCILLATOR_ERROR * config.centre_frequency_hz.unwrap_or(0) as f64;
    let mut points = Vec::new();
    for on_raster in raster_points(config, plans) {
        let step_hz = 3.0 * plans[on_raster.plan].scs_hz();
        let n = ((off_hz / step_hz) - 0.5).ceil().max(0.0) as i64;
        let beside = (-n..=n).filter(|&i| i != 0).map(|i| on_raster.offset_hz + i as f64 * step_hz);
        points.extend(beside.map(|offset_hz| Point { offset_hz, on_raster: false, ..on_raster }));
    }
    points
}

/// Points `spacing` subcarriers apart over the whole band.
pub(super) fn free_points(config: &CellSearchConfig, plans: &[RatePlan], spacing: f64) -> Vec<Point> {
    let mut points = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let reach = reach_hz(config, plan);
        let n = (reach / (spacing * plan.scs_hz())).ceil() as i64;
        // Bands are wider than streams: one look into their table will do.
        let case = case_of(plan.numerology, config.centre_frequency_hz);
        points.extend((-n..=n).map(|i| {
            let offset = (i as f64 * spacing * plan.scs_hz()).clamp(-reach, reach);
            point(config, index, plan, offset, false, Some(case))
        }));
    }
    points.dedup_by(|b, a| a.plan == b.plan && a.offset_hz == b.offset_hz);
    points
}

/// The furthest that a block's centre may lie from the stream's, in Hz.
fn reach_hz(config: &CellSearchConfig, plan: &RatePlan) -> f64 {
    (config.sample_rate_hz as f64 / 2.0 - 120.0 * plan.scs_hz()).max(0.0)
}

fn point(
    config: &CellSearchConfig,
    index: usize,
    plan: &RatePlan,
    offset_hz: f64,
    on_raster: bool,
    case: Option<SsbCase>,
) -> Point {
    let frequency = config.centre_frequency_hz.map(|hz| (hz as f64 + offset_hz).max(0.0) as u64);
    let case = case.unwrap_or_else(|| case_of(plan.numerology, frequency));
    let certain = on_raster && matches!(config.raster, SearchRaster::Auto | SearchRaster::Bands);
    let l_max = match case {
        SsbCase::D | SsbCase::E | SsbCase::F | SsbCase::G => Some(LMax::L64),
        _ => frequency.filter(|_| certain).and_then(|hz| {
            let of = |duplex| LMax::new(case.l_max(hz, duplex)).ok();
            let (fdd, tdd) = (of(Duplex::Fdd), of(Duplex::Tdd));
            if fdd == tdd { fdd } else { None }
        }),
    };
    Point { plan: index, offset_hz, on_raster, case, l_max }
}

/// The case of a numerology: B at 30 kHz only where the bands say so.
fn case_of(numerology: Numerology, frequency_hz: Option<u64>) -> SsbCase {
    match numerology.mu() {
        0 => SsbCase::A,
        3 => SsbCase::D,
        4 => SsbCase::E,
        5 => SsbCase::F,
        6 => SsbCase::G,
        _ => {
            let mut cases = frequency_hz
                .into_iter()
                .flat_map(crate::frame::Band::of_downlink_hz)
                .flat_map(|band| band.ssb_cases().filter(|&case| case == SsbCase::B || case == SsbCase::C));
            match cases.next() {
                Some(SsbCase::B) if cases.all(|case| case == SsbCase::B) => SsbCase::B,
                _ => SsbCase::C,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_rate_has_a_transform() {
        for rate in [
            3_840_000,
            5_760_000,
            7_680_000,
            10_000_000,
            11_520_000,
            12_500_000,
            15_360_000,
            20_000_000,
            23_040_000,
            25_000_000,
            30_720_000,
            46_080_000,
            50_000_000,
            61_440_000,
            122_880_000,
            245_760_000,
        ] {
            for mu in [0, 1] {
                let numerology = Numerology::new(mu).unwrap();
                let Some(plan) = RatePlan::new(rate, numerology) else {
                    assert!(rate < 240 * u64::from(numerology.scs_hz()));
                    continue;
                };
                assert_eq!(plan.block as f64 * plan.bin_hz(), rate as f64);
                assert_eq!(plan.bins % 8, 0);
            }
            assert_eq!(working_rate(rate, &[Numerology::MU0, Numerology::MU1]), rate);
        }
        assert_eq!(working_rate(9_999_991, &[Numerology::MU0]), 11_520_000);
    }

    #[test]
    fn points_lie_inside_the_band() {
        let config = CellSearchConfig::new(23_040_000, Some(3_489_420_000)).unwrap();
        let plans: Vec<_> =
            config.numerologies.iter().filter_map(|&n| RatePlan::new(config.sample_rate_hz, n)).collect();
        let points = raster_points(&config, &plans);
        assert!(points.iter().all(|p| p.plan == 1 && p.case == SsbCase::C && p.l_max == Some(LMax::L8)));
        assert_eq!(points.len(), 11);
        assert!(points.iter().all(|p| p.offset_hz.abs() <= 11.52e6 - 3.6e6));
        let free = free_points(&config, &plans, 3.5);
        assert!(free.len() > 200);
        assert!(free.windows(2).all(|w| w[0].plan != w[1].plan || w[1].offset_hz - w[0].offset_hz < 105_001.0));
        let unknown = CellSearchConfig::new(23_040_000, Some(0)).unwrap();
        assert!(raster_points(&unknown, &plans).is_empty());
    }
}
