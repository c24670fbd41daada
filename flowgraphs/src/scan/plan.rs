use nrflow::frame::{Band, Numerology, SsbRasterPoint, ssb_raster};
use std::collections::BTreeSet;

/// What is scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The synchronisation rasters of these bands.
    Bands(Vec<Band>),
    /// Every raster point from one frequency to another, Hz.
    Range(u64, u64),
}

/// One place of the receiver's centre frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dwell {
    /// The centre frequency, Hz.
    pub centre_hz: u64,
    /// Raster points that it covers for the first time.
    pub n_points: usize,
}

/// The part of a sample rate's band that filters leave usable.
pub const USABLE: f64 = 0.8;

/// The raster points of a target.
#[doc(alias = "TS 38.104 5.4.3")]
pub fn raster_points(target: &Target) -> Vec<SsbRasterPoint> {
    match target {
        Target::Bands(bands) => bands
            .iter()
            .flat_map(|&band| {
                let (low, high) = band.downlink_hz().unwrap_or((0, 0));
                ssb_raster(low, high, Some(band))
            })
            .collect(),
        Target::Range(low, high) => ssb_raster(*low, *high, None).collect(),
    }
}

/// The fewest centre frequencies, ascending, at which a receiver of `sample_rate_hz` sees the blocks at all `points`
/// whole.
pub fn dwells(points: &[SsbRasterPoint], sample_rate_hz: f64) -> Vec<Dwell> {
    let half = (USABLE * sample_rate_hz / 2.0) as u64;
    // Lower and upper edge of each block, each once.
    let mut edges: BTreeSet<(u64, u64)> = points.iter().map(|point| point.occupied_hz()).collect();
    edges.retain(|(low, high)| high - low <= 2 * half);
    let mut dwells = Vec::new();
    while let Some(&(first, _)) = edges.first() {
        // As far up as the lowest block that is left allows, then to the middle of what that covers.
        let covered: Vec<(u64, u64)> = edges.iter().copied().take_while(|(low, _)| *low <= first + 2 * half).collect();
        let covered: Vec<(u64, u64)> = covered.into_iter().filter(|(_, high)| *high <= first + 2 * half).collect();
        let last = covered.iter().map(|(_, high)| *high).max().unwrap_or(first);
        for edge in &covered {
            edges.remove(edge);
        }
        dwells.push(Dwell { centre_hz: (first + last) / 2, n_points: covered.len() });
    }
    dwells
}

/// The spacings of the points' blocks, ascending.
pub fn numerologies(points: &[SsbRasterPoint]) -> Vec<Numerology> {
    points.iter().map(|point| point.numerology()).collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn band_n78_takes_as_few_dwells_as_its_width_allows() {
        let points = raster_points(&Target::Bands(vec![Band::new(78).unwrap()]));
        // GSCN 7711 to 8051, TS 38.104 Table 5.4.3.3-1.
        assert_eq!(points.len(), 341);
        let plan = dwells(&points, 61.44e6);
        assert_eq!(plan.iter().map(|dwell| dwell.n_points).sum::<usize>(), 341);
        // 490 MHz and a block, in steps of 49.15 MHz less a block of 7.2 MHz and what the raster leaves.
        assert_eq!(plan.len(), 12);
        assert_eq!(numerologies(&points), [Numerology::MU1]);
        // A rate that holds no block finds none.
        assert!(dwells(&points, 3.84e6).is_empty());
    }

    proptest! {
        #[test]
        fn every_point_is_seen_whole(low in 600_000_000u64..5_000_000_000, width in 1_000_000u64..200_000_000, rate in 10e6f64..100e6) {
            let points = raster_points(&Target::Range(low, low + width));
            let plan = dwells(&points, rate);
            for point in &points {
                let (from, to) = point.occupied_hz();
                let half = (USABLE * rate / 2.0) as u64 + 1;
                prop_assert!(plan.iter().any(|d| from + half >= d.centre_hz && to <= d.centre_hz + half), "{point:?} {plan:?}");
            }
            for pair in plan.windows(2) {
                prop_assert!(pair[0].centre_hz < pair[1].centre_hz);
            }
        }
    }
}
