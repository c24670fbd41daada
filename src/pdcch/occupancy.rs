//! Whether a candidate's DM-RS are there at all, and the delay at which each bundle's pilots add up.

use crate::Complex32;
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Bins of the phase over one pilot distance (four subcarriers) for one bundle of at most 18 pilots.
const BUNDLE_BINS: usize = 64;
/// Delays looked at: up to this phase over one pilot distance either way, as of 4.8 microseconds at 15 kHz (a normal
/// cyclic prefix has 4.7, at any spacing in proportion).
const PHASE_RANGE: f32 = 1.8;

/// Sums of pilots over all delays in question.
pub(super) struct Occupancy {
    whole: Arc<dyn Fft<f32>>,
    bundle: Arc<dyn Fft<f32>>,
    work: Vec<Complex32>,
    scratch: Vec<Complex32>,
    /// Power by bin of the candidate's pilots added coherently, over the number of pilots.
    whole_power: Vec<f32>,
    /// The same where each bundle's pilots are added coherently, and the bundles by power.
    bundle_power: [f32; BUNDLE_BINS],
}

impl Occupancy {
    /// For candidates that span up to `n_blocks` blocks.
    pub(super) fn new(n_blocks: usize) -> Self {
        // Twice the pilots that fit: bins half a resolution cell apart.
        let size = (2 * 3 * n_blocks).next_power_of_two();
        let mut planner = FftPlanner::new();
        let (whole, bundle) = (planner.plan_fft_forward(size), planner.plan_fft_forward(BUNDLE_BINS));
        let scratch = whole.get_inplace_scratch_len().max(bundle.get_inplace_scratch_len());
        Self {
            work: vec![Complex32::ZERO; size.max(BUNDLE_BINS)],
            scratch: vec![Complex32::ZERO; scratch],
            whole_power: vec![0.0; size],
            bundle_power: [0.0; BUNDLE_BINS],
            whole,
            bundle,
        }
    }

    /// Takes `pilots` (`[antenna][pilot]`, of unit amplitude but for the channel) at `subcarriers` (those of one
    /// antenna, four apart inside a block), `per_bundle` in each bundle.
    pub(super) fn load(&mut self, pilots: &[Complex32], subcarriers: &[u16], per_bundle: usize) {
        self.whole_power.fill(0.0);
        self.bundle_power.fill(0.0);
        for antenna in pilots.chunks_exact(subcarriers.len()) {
            let work = &mut self.work[..self.whole_power.len()];
            work.fill(Complex32::ZERO);
            for (&g, &k) in antenna.iter().zip(subcarriers) {
                work[usize::from(k / 4)] = g;
            }
            self.whole.process_with_scratch(work, &mut self.scratch);
            let scale = 1.0 / subcarriers.len() as f32;
            self.whole_power.iter_mut().zip(work).for_each(|(p, z)| *p += z.norm_sqr() * scale);
        }
        for bundle in pilots.chunks_exact(per_bundle) {
            let work = &mut self.work[..BUNDLE_BINS];
            work.fill(Complex32::ZERO);
            work[..per_bundle].copy_from_slice(bundle);
            self.bundle.process_with_scratch(work, &mut self.scratch);
            let scale = 1.0 / per_bundle as f32;
            self.bundle_power.iter_mut().zip(work).for_each(|(p, z)| *p += z.norm_sqr() * scale);
        }
    }

    /// Whether there may be DM-RS among `n_pilots` (of all antennas) of total power `energy`.
    ///
    /// Noise has an expected power of one pilot's noise in each sum (`n_antennas` of one, `n_bundles` of the other); of
    /// some forty independent delays the largest reaches about 4.3 (one antenna). The threshold of the first lies at
    /// 8.5, which noise exceeds in some 5 % of candidates, and which DM-RS reach wherever the DCI can be decoded:
    /// at the SNR where half of them are, the sum is 20 to 25 at every aggregation level (SNR times CCEs times
    /// pilots is much the same). The second sum is for bundles with their own precoders, and long echoes.
    pub(super) fn occupied(&self, energy: f32, n_pilots: usize, n_antennas: usize, n_bundles: usize) -> bool {
        let exceeds = |power: &[f32], n: usize, margin: f32, offset: f32| {
            let largest = bins(power.len()).map(|i| power[i]).fold(0.0, f32::max);
            let n_f = n as f32;
            // The noise is what the sum leaves over.
            let noise = (energy - largest).max(0.0) / n_pilots.saturating_sub(n).max(1) as f32;
            largest > (n_f + margin * n_f.sqrt() + offset) * noise
        };
        exceeds(&self.whole_power, n_antennas, 4.0, 3.5) || exceeds(&self.bundle_power, n_bundles, 4.0, 3.5)
    }

    /// The phase from pilot to pilot at which the bundles' pilots add up to the most power, negative = late; `None`
    /// if there is none.
    pub(super) fn delay_phase(&self) -> Option<f32> {
        let power = &self.bundle_power;
        let best = bins(BUNDLE_BINS).max_by(|&a, &b| power[a].total_cmp(&power[b]))?;
        if !(power[best] > 0.0 && power[best].is_finite()) {
            return None;
        }
        let at = |offset: usize| power[(best + offset) % BUNDLE_BINS];
        let (left, middle, right) = (at(BUNDLE_BINS - 1), at(0), at(1));
        let curvature = left - 2.0 * middle + right;
        let fraction = if curvature < 0.0 { (0.5 * (left - right) / curvature).clamp(-0.5, 0.5) } else { 0.0 };
        let signed = if best < BUNDLE_BINS / 2 { best as f32 } else { best as f32 - BUNDLE_BINS as f32 };
        Some((signed + fraction) * std::f32::consts::TAU / BUNDLE_BINS as f32)
    }
}

/// The bins of the delays in question: phases around 0, negative ones at the end.
fn bins(size: usize) -> impl Iterator<Item = usize> {
    let each_way = (PHASE_RANGE / std::f32::consts::TAU * size as f32) as usize;
    (0..=each_way).chain(size - each_way..size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::GoldSequence;

    /// Pilots of `n_blocks` contiguous blocks with `delay` (phase from pilot to pilot) in noise of power 1.
    fn pilots(n_blocks: usize, amplitude: f32, delay: f32, noise: &mut GoldSequence) -> (Vec<Complex32>, Vec<u16>) {
        let mut normal = || (0..48).map(|_| noise.next_sign()).sum::<f32>() / 96f32.sqrt();
        let subcarriers: Vec<u16> = (0..3 * n_blocks as u16).map(|i| 1 + 4 * i).collect();
        let at = |i: &u16| Complex32::from_polar(amplitude, delay * f32::from(i / 4));
        (subcarriers.iter().map(|i| at(i) + Complex32::new(normal(), normal())).collect(), subcarriers)
    }

    #[test]
    fn noise_is_empty_and_pilots_are_seen() {
        let mut noise = GoldSequence::new(99);
        // CCEs of six blocks by one symbol; the amplitude at which about half of the DCIs are lost.
        for (n_blocks, amplitude) in [(6, 1.2f32), (12, 0.8), (24, 0.51), (48, 0.36)] {
            let mut occupancy = Occupancy::new(n_blocks);
            let mut seen = |amplitude, delay| {
                let (pilots, subcarriers) = pilots(n_blocks, amplitude, delay, &mut noise);
                occupancy.load(&pilots, &subcarriers, 18);
                let energy = pilots.iter().map(|g| g.norm_sqr()).sum();
                occupancy.occupied(energy, pilots.len(), 1, n_blocks / 6)
            };
            let false_ones = (0..400).filter(|_| seen(0.0, 0.0)).count();
            let right_ones = (0..400).filter(|i| seen(amplitude, -1.5 + *i as f32 * 0.0075)).count();
            println!("{n_blocks} blocks: noise seen {false_ones}, pilots seen {right_ones} of 400");
            assert!(false_ones <= 40 && right_ones >= 392, "{n_blocks} blocks: {false_ones}, {right_ones}");
        }
    }

    #[test]
    fn the_delay_is_found() {
        let mut noise = GoldSequence::new(5);
        for delay in [-1.7f32, -0.4, 0.0, 0.03, 1.2, 1.75] {
            let (pilots, subcarriers) = pilots(12, 10.0, delay, &mut noise);
            let mut occupancy = Occupancy::new(12);
            occupancy.load(&pilots, &subcarriers, 18);
            assert!((occupancy.delay_phase().unwrap() - delay).abs() < 0.01);
        }
        let mut occupancy = Occupancy::new(1);
        occupancy.load(&[Complex32::ZERO; 3], &[1, 5, 9], 3);
        assert_eq!(occupancy.delay_phase(), None);
    }
}
