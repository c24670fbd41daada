//! The channel of one PDCCH candidate, from its DM-RS.
//!
//! A device may only assume one precoder inside a REG bundle. Most cells use one throughout, and then pilots of the
//! whole candidate make a better estimate. So there are two: over the candidate, and over each bundle for itself.

use super::PdcchConfig;
use super::dmrs::{DATA_SUBCARRIERS, DMRS_SUBCARRIERS, sequence};
use super::occupancy::Occupancy;
use super::wiener::{FilterBank, WIDTHS};
use crate::Complex32;
use crate::estimation::{ChannelEstimator, EstimatorSettings, PilotSymbol, TimeModel};
use crate::frame::{ResourceGrid, TC_PER_SECOND};

/// Which pilots a channel estimate joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PilotSpan {
    /// All of the candidate, as one channel.
    Candidate,
    /// Those of each REG bundle for itself.
    Bundle,
}

/// What an estimate found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct PilotQuality {
    /// Power of a channel coefficient, mean over antennas.
    pub signal_power: f32,
    /// Noise variance of an element, mean over antennas.
    pub noise_variance: f32,
    /// Delay of the channel's centre in seconds.
    pub delay_s: f32,
}

/// The residual frequency offset is believed in as far as the pilots show it: its phase from one symbol to the next
/// is taken as random with this deviation (0.15 rad, as of 340 Hz at 15 kHz).
const ROTATION_VARIANCE: f32 = 0.15 * 0.15;
/// Pilots of a slot, and the channel of the candidate looked at last.
pub(super) struct CandidateChannel {
    n_antennas: usize,
    duration: usize,
    n_pilots: usize,
    blocks_per_bundle: usize,
    scs_hz: f64,
    max_delay_s: f64,
    /// Of the CORESET: `[antenna][symbol][pilot]`.
    ls: Vec<Complex32>,
    r: Vec<Complex32>,
    estimator: ChannelEstimator,
    bank: &'static FilterBank,
    occupancy: Occupancy,
    /// Pilots of the candidate, turned by the symbol rotation: `[symbol][antenna][pilot]`.
    turned: Vec<Complex32>,
    /// Subcarriers of those pilots from the candidate's lowest block.
    pilot_subcarriers: Vec<u16>,
    /// Mean of `turned` over the symbols, and turned by the delay: `[antenna][pilot]`.
    mean: Vec<Complex32>,
    response: Vec<Complex32>,
    /// Channel of the data elements `[antenna][block][nine]`, of the middle symbol.
    h: Vec<Complex32>,
    /// Noise and estimation error of the same.
    variance: Vec<f32>,
    rotation: f32,
}

impl CandidateChannel {
    pub(super) fn new(config: &PdcchConfig, n_antennas: usize) -> Self {
        let coreset = config.coreset();
        let (n_rb, duration) = (coreset.n_rb(), coreset.duration());
        let span = usize::from(coreset.end_crb() - coreset.first_crb()) * 12;
        let scs_hz = f64::from(config.carrier().numerology().scs_hz());
        let prefix_tc = config.carrier().cyclic_prefix().shortest_tc(config.carrier().numerology());
        let n = n_antennas * n_rb;
        Self {
            n_antennas,
            duration,
            n_pilots: 3 * n_rb,
            blocks_per_bundle: coreset.reg_bundle_size() / duration,
            scs_hz,
            max_delay_s: f64::from(prefix_tc) / TC_PER_SECOND as f64,
            ls: vec![Complex32::ZERO; n * 3 * duration],
            r: vec![Complex32::ZERO; 3 * n_rb],
            estimator: ChannelEstimator::new(span, duration, n_antennas),
            bank: FilterBank::of(coreset.reg_bundle_size() / duration),
            occupancy: Occupancy::new(span / 12),
            turned: Vec::with_capacity(n * 3 * duration),
            pilot_subcarriers: Vec::with_capacity(3 * n_rb),
            mean: Vec::with_capacity(3 * n),
            response: vec![Complex32::ZERO; span],
            h: Vec::with_capacity(9 * n),
            variance: Vec::with_capacity(9 * n),
            rotation: 0.0,
        }
    }

    /// Takes the DM-RS of the CORESET out of a slot.
    pub(super) fn load(&mut self, config: &PdcchConfig, block_subcarriers: &[usize], grid: &ResourceGrid, slot: u16) {
        for symbol in 0..self.duration {
            sequence(config, slot, symbol, &mut self.r);
            for antenna in 0..self.n_antennas {
                let received = grid.symbol(antenna, config.first_symbol() + symbol);
                let ls = &mut self.ls[(antenna * self.duration + symbol) * self.n_pilots..][..self.n_pilots];
                for (block, &k0) in block_subcarriers.iter().enumerate() {
                    for (i, k) in DMRS_SUBCARRIERS.into_iter().enumerate() {
                        ls[3 * block + i] = clean(received[k0 + k]) * self.r[3 * block + i].conj();
                    }
                }
            }
        }
    }

    /// Turns to the candidate with `blocks` (of the CORESET, ascending).
    pub(super) fn begin(&mut self, blocks: &[usize], block_subcarriers: &[usize]) {
        let origin = block_subcarriers[blocks[0]];
        self.pilot_subcarriers.clear();
        for &block in blocks {
            let k0 = block_subcarriers[block] - origin;
            self.pilot_subcarriers.extend(DMRS_SUBCARRIERS.map(|k| (k0 + k) as u16));
        }
        self.turned.clear();
        for symbol in 0..self.duration {
            for antenna in 0..self.n_antennas {
                let ls = &self.ls[(antenna * self.duration + symbol) * self.n_pilots..][..self.n_pilots];
                self.turned.extend(blocks.iter().flat_map(|&block| &ls[3 * block..3 * block + 3]));
            }
        }
        let row = self.turned.len() / self.duration;
        self.rotation = rotation(&self.turned, row);
        for symbol in 0..self.duration {
            let turn = Complex32::cis(-self.rotation * self.symbol_offset(symbol));
            self.turned[symbol * row..][..row].iter_mut().for_each(|z| *z *= turn);
        }
        self.mean.clear();
        let scale = 1.0 / self.duration as f32;
        for i in 0..row {
            self.mean.push((0..self.duration).map(|s| self.turned[s * row + i]).sum::<Complex32>() * scale);
        }
        self.occupancy.load(&self.mean, &self.pilot_subcarriers, 3 * self.blocks_per_bundle);
    }

    /// Whether the candidate may hold DM-RS; false only where decoding it would be in vain.
    pub(super) fn is_occupied(&self) -> bool {
        let energy = self.mean.iter().map(|g| g.norm_sqr()).sum::<f32>();
        let n_bundles = self.mean.len() / (3 * self.blocks_per_bundle);
        self.occupancy.occupied(energy, self.mean.len(), self.n_antennas, n_bundles)
    }

    /// Symbols from the CORESET's middle.
    fn symbol_offset(&self, symbol: usize) -> f32 {
        symbol as f32 - (self.duration - 1) as f32 / 2.0
    }

    /// Estimates over the whole candidate; `None` if nothing was received.
    pub(super) fn estimate_candidate(&mut self) -> Option<PilotQuality> {
        let n_pilots = self.pilot_subcarriers.len();
        let width = usize::from(*self.pilot_subcarriers.last()?) + 3;
        let settings = EstimatorSettings {
            n_subcarriers: width,
            scs_hz: self.scs_hz,
            max_delay_s: self.max_delay_s,
            time: TimeModel::Static,
            track_cfo: false,
        };
        let row = n_pilots * self.n_antennas;
        let symbol = |s: usize| PilotSymbol {
            time_s: 0.0,
            subcarriers: &self.pilot_subcarriers,
            ls: &self.turned[s * row..][..row],
        };
        let symbols = [symbol(0), symbol(1 % self.duration), symbol(2 % self.duration)];
        let quality = self.estimator.estimate(&settings, self.n_antennas, &symbols[..self.duration]);
        if !quality.usable {
            return None;
        }
        let error = self.estimator.error_variance(0.0);
        let floor = NOISE_FLOOR * quality.signal_power;
        self.h.clear();
        self.variance.clear();
        for antenna in 0..self.n_antennas {
            self.estimator.channel(antenna, 0.0, &mut self.response[..width]);
            for block in self.pilot_subcarriers.chunks_exact(3) {
                let k0 = usize::from(block[0]) - 1;
                self.h.extend(DATA_SUBCARRIERS.map(|k| self.response[k0 + k]));
            }
            let variance = self.estimator.noise_variance(antenna).max(floor) + error;
            self.variance.resize(self.h.len(), variance);
        }
        Some(PilotQuality {
            signal_power: quality.signal_power,
            noise_variance: quality.noise_variance,
            delay_s: quality.delay_s,
        })
    }

    /// Estimates over each bundle; `None` if nothing was received.
    pub(super) fn estimate_bundles(&mut self) -> Option<PilotQuality> {
        let n_pilots = self.pilot_subcarriers.len();
        let per_bundle = 3 * self.blocks_per_bundle;
        let phase = self.occupancy.delay_phase()?;
        for (i, g) in self.mean.iter_mut().enumerate() {
            // Pilots stand four subcarriers apart, inside a bundle without a gap.
            *g *= Complex32::cis(-phase * (i % per_bundle) as f32);
        }
        // Power and noise from what the pilots of a bundle have in common and how they differ.
        let lags = Lags::of(&self.mean, per_bundle);
        let differences: f32 =
            self.mean.chunks_exact(per_bundle).flat_map(|b| b.windows(3)).map(second_difference).sum();
        let triples = (self.mean.len() / per_bundle * (per_bundle - 2)) as f32;
        let mut sum = differences / (6.0 * triples) * self.duration as f32 * (0.5 * triples);
        let mut weight = 0.5 * triples;
        let row = self.turned.len() / self.duration;
        for s in 1..self.duration {
            let (before, after) = (&self.turned[(s - 1) * row..s * row], &self.turned[s * row..]);
            sum += before.iter().zip(after).map(|(a, b)| (b - a).norm_sqr()).sum::<f32>() / 2.0;
            weight += row as f32;
        }
        let noise = sum / weight;
        let of_mean = noise / self.duration as f32;
        let power = (lags.0[0] - of_mean).max(0.02 * of_mean);
        if !(power > 0.0 && power.is_finite() && noise.is_finite()) {
            return None;
        }
        let noise = noise.max(NOISE_FLOOR * power);
        let width = lags.width(power, of_mean);
        let filter = self.bank.get(width, power / of_mean);
        self.h.clear();
        self.variance.clear();
        for pilots in self.mean.chunks_exact(per_bundle) {
            for i in 0..9 * self.blocks_per_bundle {
                let h: Complex32 = filter.weights(i).iter().zip(pilots).map(|(&w, &g)| g * w).sum();
                let subcarrier = 12 * (i / 9) + DATA_SUBCARRIERS[i % 9];
                let turn = Complex32::cis(phase * (subcarrier as f32 - 1.0) / 4.0);
                self.h.push(h * turn);
                self.variance.push(noise + filter.mse(i) * power);
            }
        }
        debug_assert_eq!(self.h.len(), self.n_antennas * n_pilots * 3);
        let delay_s = -phase / (4.0 * std::f32::consts::TAU * self.scs_hz as f32);
        Some(PilotQuality { signal_power: power, noise_variance: noise, delay_s })
    }

    /// The matched and weighted data elements: sum over antennas of conj(h) y / variance into `matched`, of
    /// |h|^2 / variance into `gram`, in the order of the mapping (symbol, then subcarrier).
    pub(super) fn equalise(
        &self,
        config: &PdcchConfig,
        grid: &ResourceGrid,
        blocks: &[usize],
        block_subcarriers: &[usize],
        matched: &mut Vec<Complex32>,
        gram: &mut Vec<f32>,
    ) {
        let per_symbol = 9 * blocks.len();
        matched.clear();
        gram.clear();
        matched.resize(per_symbol * self.duration, Complex32::ZERO);
        gram.resize(per_symbol * self.duration, 0.0);
        for symbol in 0..self.duration {
            let turn = Complex32::cis(self.rotation * self.symbol_offset(symbol));
            for antenna in 0..self.n_antennas {
                let received = grid.symbol(antenna, config.first_symbol() + symbol);
                for (b, &block) in blocks.iter().enumerate() {
                    let k0 = block_subcarriers[block];
                    for (i, k) in DATA_SUBCARRIERS.into_iter().enumerate() {
                        let at = 9 * b + i;
                        let h = self.h[antenna * per_symbol + at] * turn;
                        let weight = 1.0 / self.variance[antenna * per_symbol + at];
                        matched[symbol * per_symbol + at] += h.conj() * clean(received[k0 + k]) * weight;
                        gram[symbol * per_symbol + at] += h.norm_sqr() * weight;
                    }
                }
            }
        }
    }
}

/// Below this fraction of the signal, noise is taken as this fraction: recordings without noise have none.
const NOISE_FLOOR: f32 = 1e-6;

/// |a - 2b + c|^2, free of level and slope.
fn second_difference(w: &[Complex32]) -> f32 {
    (w[0] - w[1] * 2.0 + w[2]).norm_sqr()
}

/// The phase from one symbol to the next, shrunk by how well the pilots show it.
fn rotation(pilots: &[Complex32], row: usize) -> f32 {
    let n = pilots.len() - row;
    if n == 0 {
        return 0.0;
    }
    let product: Complex32 = pilots[..n].iter().zip(&pilots[row..]).map(|(a, b)| a.conj() * b).sum();
    let signal = product.norm() / n as f32;
    let total = pilots.iter().map(|z| z.norm_sqr()).sum::<f32>() / pilots.len() as f32;
    let noise = (total - signal).max(0.0) / signal;
    let variance = (noise + 0.5 * noise * noise) / n as f32;
    let phase = product.arg() * ROTATION_VARIANCE / (ROTATION_VARIANCE + variance);
    if phase.is_finite() { phase } else { 0.0 }
}

/// Real parts of the pilots' autocorrelation over frequency, at distances of 0, 1, … pilots inside a bundle.
struct Lags([f32; Lags::N], usize);

impl Lags {
    const N: usize = 9;

    fn of(pilots: &[Complex32], per_bundle: usize) -> Self {
        let n = Self::N.min(per_bundle);
        let mut lags = [0.0; Self::N];
        for (lag, sum) in lags[..n].iter_mut().enumerate() {
            let product = |b: &[Complex32]| b.iter().zip(&b[lag..]).map(|(a, c)| (a.conj() * c).re).sum::<f32>();
            let count = pilots.len() / per_bundle * (per_bundle - lag);
            *sum = pilots.chunks_exact(per_bundle).map(product).sum::<f32>() / count as f32;
        }
        Self(lags, n)
    }

    /// The narrowest profile of [`WIDTHS`] that explains the autocorrelation about as well as any.
    fn width(&self, power: f32, noise: f32) -> usize {
        let misfit = |&width: &f64| {
            let of = |lag: usize| {
                let x = std::f32::consts::PI * lag as f32 * width as f32;
                let error = self.0[lag] - power * x.sin() / x;
                error * error
            };
            (1..self.1).map(of).sum::<f32>()
        };
        let misfits = WIDTHS.each_ref().map(misfit);
        let least = misfits.iter().copied().fold(f32::INFINITY, f32::min);
        let tolerance = 0.1 * noise * (noise + power) + 1e-4 * power * power;
        misfits.iter().position(|&m| m <= least + tolerance).unwrap_or(WIDTHS.len() - 1)
    }
}

/// Samples beyond this, and what is no number, count as nothing received.
fn clean(z: Complex32) -> Complex32 {
    const LARGEST: f32 = 1e12;
    if z.re.abs() < LARGEST && z.im.abs() < LARGEST { z } else { Complex32::ZERO }
}
