//! The channel of each layer of a PDSCH, from its DM-RS.
//!
//! Ports of one CDM group share their elements, told apart by codes over two subcarriers and two symbols. Symbols of a
//! pair are close enough to be despread. Subcarriers are not, where delays are long: despreading leaves the neighbour's
//! channel in each estimate, as far as it changes over the pair. So a first estimate is made from despread pairs; with
//! it the other ports are taken off the pilots, and each channel is estimated again from all of them.

use super::PdschConfig;
use super::receiver::ReceiverOptions;
use super::transmitter::Pilots;
use crate::Complex32;
use crate::estimation::{ChannelEstimator, ChannelQuality, EstimatorSettings, PilotSymbol, TimeModel, symbol_time_s};
use crate::frame::{Carrier, ResourceGrid, TC_PER_SECOND};
use crate::reference_signal::dmrs::DmrsType;
use std::ops::Range;

/// DM-RS symbols of a slot at most.
const MAX_DMRS_SYMBOLS: usize = 4;
/// How often the other ports are taken off at most.
const MAX_PASSES: usize = 4;

/// Estimates that a PDSCH's data elements are equalised with.
#[derive(Clone, Debug)]
pub(super) struct PdschChannel {
    estimator: ChannelEstimator,
    pilots: Pilots,
    /// y r* w_t over the DM-RS amplitude: `[occasion][antenna][code][pilot]`.
    despread: Vec<Complex32>,
    /// Where the pilots lie from the first subcarrier of the group being estimated, and pairs of them.
    relative: Vec<u16>,
    pairs: Vec<u16>,
    /// Estimates `[occasion][row][pilot]`.
    ls: Vec<Complex32>,
    /// Channels at an occasion, `[row][subcarrier]`.
    at_pilots: Vec<Complex32>,
    /// Channels `[symbol of the allocation][row][subcarrier]`, a row each antenna and layer, antennas slowest.
    channel: Vec<Complex32>,
    /// By antenna.
    noise: Vec<f32>,
    /// By symbol of the allocation: the variance of the estimates' own errors, of all layers; and what of it comes from noise
    /// of unit variance.
    error: Vec<f32>,
    noise_gain: Vec<f32>,
    n_layers: usize,
    width: usize,
}

/// Layers that share elements and symbols, and differ in w_f alone.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Code {
    cdm_group: usize,
    w_t: [f32; 2],
}

/// The codes of a PDSCH's layers.
#[derive(Clone, Copy, Debug)]
struct Codes {
    list: [Option<Code>; 8],
    /// Of each layer: its code and w_f.
    layers: [(usize, [f32; 2]); 8],
    n_layers: usize,
}

impl Codes {
    fn new(config: &PdschConfig) -> Self {
        let dmrs = &config.parameters().dmrs;
        let mut codes = Self { list: [None; 8], layers: [(0, [0.0; 2]); 8], n_layers: dmrs.ports.n_layers() };
        for (layer, port) in dmrs.ports.as_slice().iter().enumerate() {
            let code = Code { cdm_group: port.cdm_group(dmrs.dmrs_type), w_t: port.time_code(dmrs.dmrs_type) };
            let same = codes.list.iter().position(|c| *c == Some(code) || c.is_none()).unwrap_or(0);
            codes.list[same] = Some(code);
            codes.layers[layer] = (same, port.frequency_code());
        }
        codes
    }

    fn iter(&self) -> impl Iterator<Item = &Code> {
        self.list.iter().flatten()
    }

    fn len(&self) -> usize {
        self.iter().count()
    }

    /// The layers of a code, at most two.
    fn layers_of(&self, code: usize) -> impl Iterator<Item = usize> {
        (0..self.n_layers).filter(move |&layer| self.layers[layer].0 == code)
    }

    fn is_shared(&self, code: usize) -> bool {
        self.layers_of(code).count() > 1
    }

    fn cdm_group(&self, layer: usize) -> usize {
        self.list[self.layers[layer].0].map_or(0, |code| code.cdm_group)
    }
}

/// When a symbol's useful part starts, in seconds.
fn time_s(config: &PdschConfig, l: usize) -> f64 {
    let carrier = config.carrier();
    let slot = usize::from(config.slot().slot_in_subframe());
    symbol_time_s(carrier.numerology(), carrier.cyclic_prefix(), slot, l)
}

/// The first symbol of each occasion of the DM-RS, and when it is in the middle.
fn occasions(config: &PdschConfig) -> impl Iterator<Item = (usize, f64)> {
    let first = |l: &usize| config.dmrs_symbols() >> l & 1 == 1 && config.l_prime(*l) == 0;
    let double = config.parameters().dmrs.is_double();
    config.symbols().filter(first).map(move |l| {
        let second = if double { l + 1 } else { l };
        (l, (time_s(config, l) + time_s(config, second)) / 2.0)
    })
}

impl PdschChannel {
    pub fn new(carrier: &Carrier, max_antennas: usize, max_layers: usize) -> Self {
        let width = carrier.n_subcarriers();
        let rows = max_antennas * max_layers;
        let n_pilots = MAX_DMRS_SYMBOLS * rows * width / 2;
        Self {
            estimator: ChannelEstimator::new(width, MAX_DMRS_SYMBOLS, rows),
            pilots: Pilots::new(carrier),
            despread: Vec::with_capacity(n_pilots),
            relative: Vec::with_capacity(width),
            pairs: Vec::with_capacity(width / 2),
            ls: Vec::with_capacity(n_pilots),
            at_pilots: Vec::with_capacity(rows * width),
            channel: Vec::with_capacity(rows * width * carrier.symbols_per_slot()),
            noise: Vec::with_capacity(max_antennas),
            error: Vec::with_capacity(carrier.symbols_per_slot()),
            noise_gain: Vec::with_capacity(carrier.symbols_per_slot()),
            n_layers: 0,
            width: 0,
        }
    }

    /// The grid's lowest allocated subcarrier, and the width up to the highest.
    pub fn span(config: &PdschConfig) -> (usize, usize) {
        let (lowest, highest) = config.prbs().bounds();
        (12 * usize::from(lowest - config.carrier().start_crb()), 12 * usize::from(highest - lowest + 1))
    }

    /// The channel from a layer to an antenna in a symbol of the allocation (counted from its first), over the span.
    pub fn layer(&self, symbol: usize, antenna: usize, layer: usize) -> &[Complex32] {
        let row = (symbol * self.noise.len() + antenna) * self.n_layers + layer;
        &self.channel[row * self.width..][..self.width]
    }

    /// Noise variance of an element of an antenna, the estimate's own error in a symbol of the allocation included.
    pub fn noise_variance(&self, antenna: usize, symbol: usize) -> f32 {
        self.noise[antenna] + self.error[symbol]
    }

    /// Noise variance of an element, mean over antennas.
    pub fn mean_noise(&self) -> f32 {
        self.noise.iter().sum::<f32>() / self.noise.len() as f32
    }

    /// What the estimate's own error adds to the noise of an element in a symbol of the allocation: a factor to the noise
    /// over antennas, whatever its covariance, and what comes beside it, alike and independent in all antennas.
    pub fn noise_of_estimate(&self, symbol: usize) -> (f32, f32) {
        let gain = self.noise_gain[symbol];
        (1.0 + gain, (self.error[symbol] - gain * self.mean_noise()).max(0.0))
    }

    /// Estimates everything. Channels are those that a data element of unit power sees.
    pub fn estimate(&mut self, grid: &ResourceGrid, config: &PdschConfig, options: &ReceiverOptions) -> ChannelQuality {
        let codes = Codes::new(config);
        let (first, width) = Self::span(config);
        let (n_antennas, n_symbols) = (grid.n_ports(), config.symbols().len());
        let n_rows = n_antennas * codes.n_layers;
        (self.n_layers, self.width) = (codes.n_layers, width);
        self.despread(grid, config, &codes);
        self.channel.clear();
        self.channel.resize(n_symbols * n_rows * width, Complex32::ZERO);
        self.noise.clear();
        self.noise.resize(n_antennas, 0.0);
        self.error.clear();
        self.error.resize(n_symbols, 0.0);
        self.noise_gain.clear();
        self.noise_gain.resize(n_symbols, 0.0);

        let mut sum = ChannelQuality::default();
        let n_pilots = self.pilots.subcarriers.len();
        let mut from = 0;
        while from < n_pilots {
            let group = config.prg_of(self.pilots.subcarriers[from].into());
            let of_group = |k: &u16| config.prg_of((*k).into()) == group;
            let to = from + self.pilots.subcarriers[from..].iter().take_while(|k| of_group(k)).count();
            let quality = self.estimate_group(config, options, &codes, n_antennas, from..to, first);
            add_weighted(&mut sum, &quality, (to - from) as f32 / n_pilots as f32);
            from = to;
        }
        sum
    }

    fn despread(&mut self, grid: &ResourceGrid, config: &PdschConfig, codes: &Codes) {
        let dmrs = &config.parameters().dmrs;
        self.pilots.configure(config);
        let n_pilots = self.pilots.subcarriers.len();
        let per_occasion = grid.n_ports() * codes.len() * n_pilots;
        self.despread.clear();
        self.despread.resize(occasions(config).count() * per_occasion, Complex32::ZERO);
        let n_in_time = if dmrs.is_double() { 2 } else { 1 };
        let scale = (config.dmrs_amplitude() * n_in_time as f32).recip();
        for (occasion, (l, _)) in self.despread.chunks_exact_mut(per_occasion).zip(occasions(config)) {
            for l_prime in 0..n_in_time {
                self.pilots.generate(config, l + l_prime);
                let mut rows = occasion.chunks_exact_mut(n_pilots);
                for antenna in 0..grid.n_ports() {
                    let y = grid.symbol(antenna, l + l_prime);
                    for (code, row) in codes.iter().zip(&mut rows) {
                        let weight = scale * code.w_t[l_prime];
                        let delta = dmrs.dmrs_type.delta(code.cdm_group);
                        for (z, (k, r)) in row.iter_mut().zip(self.pilots.iter()) {
                            *z += y[k + delta] * r.conj() * weight;
                        }
                    }
                }
            }
        }
    }

    /// Estimates from the pilots `range`, which one precoder covers.
    fn estimate_group(
        &mut self,
        config: &PdschConfig,
        options: &ReceiverOptions,
        codes: &Codes,
        n_antennas: usize,
        range: Range<usize>,
        span_first: usize,
    ) -> ChannelQuality {
        let dmrs_type = config.parameters().dmrs.dmrs_type;
        let ks = &self.pilots.subcarriers[range.clone()];
        let first = ks[0] / 12 * 12;
        let width = usize::from(ks[ks.len() - 1] / 12 * 12 + 12 - first);
        self.relative.clear();
        self.relative.extend(ks.iter().map(|&k| k - first));
        let n_rows = n_antennas * codes.n_layers;
        let shared = (0..codes.len()).any(|code| codes.is_shared(code));
        let settings = settings(config, options, width);
        let delta = |row: usize| dmrs_type.delta(codes.cdm_group(row % codes.n_layers)) as f64;
        let mut quality = ChannelQuality::default();
        if shared {
            // Between two pilots that are two subcarriers apart lies one, between adjacent ones none.
            let (step, half) = if dmrs_type == DmrsType::One { (1, 0.0) } else { (0, 0.5) };
            self.pairs.clear();
            self.pairs.extend(self.relative.iter().step_by(2).map(|k| k + step));
            self.pair_estimates(config, codes, n_antennas, &range);
            quality = self.run(config, &settings, n_rows, |row| delta(row) + half, true);
        }
        let mut before = f32::INFINITY;
        for _ in 0..if shared { MAX_PASSES } else { 1 } {
            self.pilot_estimates(config, codes, n_antennas, &range, width, shared, dmrs_type);
            quality = self.run(config, &settings, n_rows, delta, false);
            if quality.noise_variance > 0.9 * before {
                // What is left is noise.
                break;
            }
            before = quality.noise_variance;
        }
        self.keep(config, codes, n_antennas, usize::from(first) - span_first, width, range.len());
        quality
    }

    /// Least-squares estimates of pairs of pilots, despread.
    fn pair_estimates(&mut self, config: &PdschConfig, codes: &Codes, n_antennas: usize, range: &Range<usize>) {
        let n_pilots = self.pilots.subcarriers.len();
        self.ls.clear();
        for occasion in 0..occasions(config).count() {
            for row in 0..n_antennas * codes.n_layers {
                let (antenna, layer) = (row / codes.n_layers, row % codes.n_layers);
                let (code, w_f) = codes.layers[layer];
                let z = &self.despread[((occasion * n_antennas + antenna) * codes.len() + code) * n_pilots..]
                    [range.clone()];
                self.ls.extend(z.as_chunks::<2>().0.iter().map(|z| (z[0] * w_f[0] + z[1] * w_f[1]) * 0.5));
            }
        }
    }

    /// Least-squares estimates of each pilot; where ports share it, with the last estimate of the others taken off.
    #[allow(clippy::too_many_arguments, reason = "the sizes of one step, used nowhere else")]
    fn pilot_estimates(
        &mut self,
        config: &PdschConfig,
        codes: &Codes,
        n_antennas: usize,
        range: &Range<usize>,
        width: usize,
        shared: bool,
        dmrs_type: DmrsType,
    ) {
        let n_pilots = self.pilots.subcarriers.len();
        let n_rows = n_antennas * codes.n_layers;
        self.ls.clear();
        self.at_pilots.clear();
        self.at_pilots.resize(n_rows * width, Complex32::ZERO);
        for (occasion, (_, time_s)) in occasions(config).enumerate() {
            if shared {
                for (row, h) in self.at_pilots.chunks_exact_mut(width).enumerate() {
                    self.estimator.channel(row, time_s, h);
                }
            }
            for row in 0..n_rows {
                let (antenna, layer) = (row / codes.n_layers, row % codes.n_layers);
                let (code, w_f) = codes.layers[layer];
                let z = &self.despread[((occasion * n_antennas + antenna) * codes.len() + code) * n_pilots..]
                    [range.clone()];
                let from = self.ls.len();
                self.ls.extend_from_slice(z);
                let ls = &mut self.ls[from..];
                for other in codes.layers_of(code).filter(|&other| other != layer) {
                    let h = &self.at_pilots[(antenna * codes.n_layers + other) * width..][..width];
                    let delta = dmrs_type.delta(codes.cdm_group(other));
                    for (i, (z, &k)) in ls.iter_mut().zip(&self.relative).enumerate() {
                        *z -= h[usize::from(k) + delta] * codes.layers[other].1[i % 2];
                    }
                }
                ls.iter_mut().enumerate().for_each(|(i, z)| *z *= w_f[i % 2]);
            }
        }
    }

    fn run(
        &mut self,
        config: &PdschConfig,
        settings: &EstimatorSettings,
        n_rows: usize,
        offset: impl Fn(usize) -> f64,
        pairs: bool,
    ) -> ChannelQuality {
        let subcarriers = if pairs { &self.pairs } else { &self.relative };
        let mut symbols = [PilotSymbol { time_s: 0.0, subcarriers: &[], ls: &[] }; MAX_DMRS_SYMBOLS];
        let mut n = 0;
        let of_occasions = self.ls.chunks_exact(n_rows * subcarriers.len());
        for ((symbol, ls), (_, time_s)) in symbols.iter_mut().zip(of_occasions).zip(occasions(config)) {
            *symbol = PilotSymbol { time_s, subcarriers, ls };
            n += 1;
        }
        self.estimator.estimate_rows(settings, n_rows, offset, &symbols[..n])
    }

    /// Writes a group's channels and noise where the equaliser finds them.
    #[allow(clippy::too_many_arguments, reason = "the sizes of one step, used nowhere else")]
    fn keep(
        &mut self,
        config: &PdschConfig,
        codes: &Codes,
        n_antennas: usize,
        first: usize,
        width: usize,
        n_pilots: usize,
    ) {
        let n_rows = n_antennas * codes.n_layers;
        let share = n_pilots as f32 / self.pilots.subcarriers.len() as f32;
        // The noise of the estimates is that of the elements over the DM-RS energy.
        let energy = config.dmrs_amplitude().powi(2) * if config.parameters().dmrs.is_double() { 2.0 } else { 1.0 };
        for (antenna, noise) in self.noise.iter_mut().enumerate() {
            let rows = antenna * codes.n_layers..(antenna + 1) * codes.n_layers;
            let sum: f32 = rows.map(|row| self.estimator.noise_variance(row)).sum();
            *noise += share * sum / codes.n_layers as f32 * energy;
        }
        for (symbol, l) in config.symbols().enumerate() {
            let time_s = time_s(config, l);
            self.error[symbol] += share * self.estimator.error_variance(time_s) * codes.n_layers as f32;
            self.noise_gain[symbol] += share * self.estimator.noise_gain(time_s) * codes.n_layers as f32 / energy;
            for row in 0..n_rows {
                let out = &mut self.channel[(symbol * n_rows + row) * self.width + first..][..width];
                self.estimator.channel(row, time_s, out);
            }
        }
    }
}

fn settings(config: &PdschConfig, options: &ReceiverOptions, width: usize) -> EstimatorSettings {
    // Over adjacent symbols noise turns the phase more than an offset does: nothing to extrapolate from. Nor is there
    // from a few blocks.
    let mask = config.dmrs_symbols();
    let far_apart = 15 - mask.leading_zeros() - mask.trailing_zeros() >= 3;
    let numerology = config.carrier().numerology();
    let prefix_s = f64::from(config.carrier().cyclic_prefix().shortest_tc(numerology)) / TC_PER_SECOND as f64;
    let wideband = config.parameters().prg == super::PrgSize::Wideband;
    EstimatorSettings {
        n_subcarriers: width,
        scs_hz: numerology.scs_hz().into(),
        max_delay_s: prefix_s * options.max_delay_prefixes,
        time: TimeModel::Tracked,
        track_cfo: options.track_cfo && far_apart && wideband,
    }
}

/// Adds a group's quality to that of all.
fn add_weighted(sum: &mut ChannelQuality, quality: &ChannelQuality, weight: f32) {
    sum.usable |= quality.usable;
    sum.delay_s += weight * quality.delay_s;
    sum.delay_window_s += weight * quality.delay_window_s;
    sum.signal_power += weight * quality.signal_power;
    sum.noise_variance += weight * quality.noise_variance;
    if let Some(cfo) = quality.cfo_hz {
        *sum.cfo_hz.get_or_insert(0.0) += weight * cfo;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdsch::PdschTransmitter;
    use crate::pdsch::quality::FadingCase;
    use crate::propagation::{ComplexGaussian, DelayProfile, FadingGrid, SimplifiedTdl, add_over};

    /// Mean square errors over the channel's power in dB, of 20 slots, in order.
    fn errors_db(profile: SimplifiedTdl, max_doppler_hz: f64, n_layers: usize, snr_db: f32) -> Vec<f64> {
        let case = FadingCase { profile, max_doppler_hz, mcs: 19, n_layers, n_rx: 2 };
        let config = case.config().unwrap();
        let fading = FadingGrid::new(DelayProfile::simplified(profile), max_doppler_hz, 2, n_layers).unwrap();
        let grid = |n_ports| ResourceGrid::for_carrier(config.carrier(), n_ports);
        let (mut h, mut sent, mut y) = (grid(2 * n_layers), grid(n_layers), grid(2));
        let tb = vec![0x5au8; config.tbs() / 8];
        PdschTransmitter::new(config.carrier()).transmit(&[&tb], &config, &mut sent);
        let options = ReceiverOptions { max_layers: n_layers, ..ReceiverOptions::default() };
        let mut channel = PdschChannel::new(config.carrier(), 2, n_layers);
        let deviation = 10f32.powf(-snr_db / 20.0);
        let error = |stream| {
            fading.draw(config.carrier(), 3, stream, &mut h);
            let mut gaussian = ComplexGaussian::new(4, stream);
            y.as_mut_slice().iter_mut().for_each(|y| *y = gaussian.sample() * deviation);
            add_over(&h, &sent, &mut y);
            channel.estimate(&y, &config, &options);
            let (mut error, mut power) = (0.0f64, 0.0f64);
            for (symbol, l) in config.symbols().enumerate() {
                for row in 0..2 * n_layers {
                    let estimate = channel.layer(symbol, row / n_layers, row % n_layers);
                    for (a, b) in estimate.iter().zip(h.symbol(row, l)) {
                        let b = b / (n_layers as f32).sqrt();
                        error += f64::from((a - b).norm_sqr());
                        power += f64::from(b.norm_sqr());
                    }
                }
            }
            10.0 * (error / power).log10()
        };
        let mut errors: Vec<f64> = (0..20).map(error).collect();
        errors.sort_by(f64::total_cmp);
        errors
    }

    /// Far below the noise, whatever the delays: an error of the estimate acts on each layer like noise.
    #[test]
    fn estimates_are_better_than_the_noise() {
        use SimplifiedTdl::{Tdla30, Tdlb100, Tdlc300};
        for (profile, max_doppler_hz, n_layers, gain_db) in [
            (Tdla30, 10.0, 1, 10.0),
            (Tdla30, 10.0, 2, 10.0),
            (Tdlb100, 400.0, 1, 5.0),
            (Tdlb100, 400.0, 2, 5.0),
            (Tdlc300, 100.0, 1, 7.0),
            (Tdlc300, 100.0, 2, 5.0),
        ] {
            for snr_db in [15.0, 40.0] {
                let errors = errors_db(profile, max_doppler_hz, n_layers, snr_db);
                println!("{} {n_layers}x2 {snr_db} dB: {:.1} to {:.1} dB", profile.name(), errors[0], errors[19]);
                let bound = -f64::from(snr_db) - gain_db;
                assert!(errors[17] < bound, "{} {n_layers} layers, {snr_db} dB: {errors:?}", profile.name());
            }
        }
    }
}
