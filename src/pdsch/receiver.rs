use super::channel::PdschChannel;
use super::interference::PdschInterference;
use super::transmitter::modulate;
use super::{PdschConfig, PdschPtrsElements};
use crate::Complex32;
use crate::coding::bits;
use crate::coding::ldpc::{HarqBuffer, LdpcSoftBit, SchDecoder, SchEncoder};
use crate::estimation::{Breadth, ChannelQuality, Equaliser, MaxLogDetector, UNUSABLE_VARIANCE};
use crate::frame::{Carrier, ResourceGrid};
use crate::kernel::Isa;
use crate::modulation::{demap, descramble, nearest_point};
use std::f32::consts::{PI, TAU};

/// What is assumed of noise and interference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Interference {
    /// Each antenna has noise of its own, independent of the others and alike in all blocks: MMSE.
    White,
    /// Its covariance over the antennas is measured, in bundles of blocks, and taken out: MMSE-IRC. Where the DM-RS show
    /// no interference it is the same as [`Interference::White`]. For up to 8 antennas; with more noise counts as white.
    #[default]
    Rejected,
}

/// How soft bits are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Detector {
    /// Layers are separated by the linear MMSE equaliser, and each is demapped by itself.
    #[default]
    LinearMmse,
    /// Two to four layers are detected together ([`MaxLogDetector`]); one layer, and five and more, as by
    /// [`Detector::LinearMmse`]. The equalised symbols and their figures are the linear ones all the same.
    ///
    /// Where layers are hard to separate, a search near the linear estimate misses the bits that matter:
    /// [`super::quality::FULL_RATE`] has figures.
    MaxLog(Breadth),
}

/// Choices of a receiver that the signal does not make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceiverOptions {
    /// LDPC iterations at most, a code block.
    pub max_iterations: usize,
    /// Whether a residual carrier frequency offset is estimated from the phase between DM-RS symbols (at least three
    /// symbols apart) and taken off.
    pub track_cfo: bool,
    /// The longest delay spread expected, in cyclic prefixes.
    pub max_delay_prefixes: f64,
    /// Layers at most, 1..=8: what room is made for.
    pub max_layers: usize,
    /// Noise and interference.
    pub interference: Interference,
    /// Soft bits.
    pub detector: Detector,
}

impl Default for ReceiverOptions {
    fn default() -> Self {
        Self {
            max_iterations: 12,
            track_cfo: true,
            max_delay_prefixes: 1.2,
            max_layers: 1,
            interference: Interference::default(),
            detector: Detector::default(),
        }
    }
}

/// What came of one PDSCH.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PdschReport {
    /// Whether the CRC of the transport block holds.
    pub crc_ok: bool,
    /// Whether all bits of the block are 0, which passes a CRC by itself: not to be believed from an unknown sender.
    pub all_zero: bool,
    /// Error vector magnitude of the equalised data in percent: against the block encoded again if the CRC holds, else
    /// against the nearest points.
    pub evm_percent: f32,
    /// Signal-to-noise ratio of a data element after combining the antennas, in dB.
    pub snr_db: f32,
    /// Mean delay of the channel in seconds; positive is late.
    pub delay_s: f32,
    /// Residual carrier frequency offset in Hz, if it was estimated.
    pub cfo_hz: Option<f32>,
    /// Share of the coded bits that the soft bits have wrong, if the CRC holds.
    pub raw_bit_error_rate: Option<f32>,
    /// Mean magnitude of the soft bits in natural units.
    pub mean_llr: f32,
    /// LDPC iterations, summed over the code blocks.
    pub iterations: usize,
    /// Code blocks.
    pub code_blocks: usize,
    /// Code blocks whose CRC holds.
    pub code_blocks_ok: usize,
}

/// Layers at most that are detected together.
const MAX_DETECTED_LAYERS: usize = 4;
/// Antennas at most whose noise is whitened.
const MAX_WHITENED_ANTENNAS: usize = 8;

/// Receives PDSCHs: resource grids to transport blocks.
///
/// The channel is taken as continuous over the blocks that one precoder covers ([`super::PrgSize`]).
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.3.1")]
pub struct PdschReceiver<S = i8> {
    isa: Isa,
    options: ReceiverOptions,
    channel: PdschChannel,
    interference: PdschInterference,
    equaliser: Equaliser,
    detector: MaxLogDetector,
    decoder: SchDecoder<S>,
    encoder: SchEncoder,
    ptrs: PdschPtrsElements,
    quality: Option<ChannelQuality>,
    /// Subcarriers of a symbol's data, from the lowest allocated one.
    relative: Vec<u16>,
    /// `[antenna][element]`, and `[antenna][layer][element]`.
    received_data: Vec<Complex32>,
    channel_data: Vec<Complex32>,
    /// Of one antenna, whitened: `[element]` and `[layer][element]`.
    whitened: (Vec<Complex32>, Vec<Complex32>),
    /// Equalised elements and their noise of a symbol, `[layer][element]`, and of all, `[element][layer]`.
    of_symbol: (Vec<Complex32>, Vec<f32>),
    layered: (Vec<Complex32>, Vec<f32>),
    /// Soft bits of layers that were detected together, `[element][layer][bit]`; none otherwise.
    detected: Vec<S>,
    /// Of the codeword decoded last.
    symbols: Vec<Complex32>,
    noise: Vec<f32>,
    llr: Vec<S>,
    tb_bits: Vec<u8>,
    tb: Vec<u8>,
    coded: Vec<u8>,
    again: Vec<Complex32>,
}

impl<S: LdpcSoftBit> PdschReceiver<S> {
    /// With a workspace for any PDSCH of `carrier` with up to `options.max_layers` layers, and up to `max_antennas` receive
    /// antennas.
    pub fn new(carrier: &Carrier, max_antennas: usize, options: ReceiverOptions) -> Self {
        let width = carrier.n_subcarriers();
        let layers = options.max_layers;
        let re = width * carrier.symbols_per_slot() * layers;
        let isa = Isa::detect();
        let elements = |n| (Vec::with_capacity(n), Vec::with_capacity(n));
        let (breadth, max_detected) = match options.detector {
            Detector::MaxLog(breadth) => (breadth, re / layers.max(1) * layers.min(MAX_DETECTED_LAYERS) * 10),
            Detector::LinearMmse => (Breadth::default(), 0),
        };
        Self {
            isa,
            options,
            channel: PdschChannel::new(carrier, max_antennas, layers),
            interference: PdschInterference::new(carrier, max_antennas.min(MAX_WHITENED_ANTENNAS)),
            equaliser: Equaliser::new(width, layers),
            detector: MaxLogDetector::new(isa, breadth),
            decoder: SchDecoder::new(isa, options.max_iterations),
            encoder: SchEncoder::new(),
            ptrs: PdschPtrsElements::new(carrier),
            quality: None,
            relative: Vec::with_capacity(width),
            received_data: Vec::with_capacity(width * max_antennas),
            channel_data: Vec::with_capacity(width * max_antennas * layers),
            whitened: (Vec::with_capacity(width), Vec::with_capacity(width * layers)),
            of_symbol: elements(width * layers),
            layered: elements(re),
            detected: Vec::with_capacity(max_detected),
            symbols: Vec::with_capacity(re),
            noise: Vec::with_capacity(re),
            llr: Vec::with_capacity(re * 10),
            tb_bits: Vec::with_capacity(re * 10),
            tb: Vec::with_capacity(re * 10 / 8),
            coded: Vec::with_capacity(re * 10),
            again: Vec::with_capacity(re),
        }
    }

    /// Decodes a PDSCH with one codeword from a slot's grid, whose ports are receive antennas, together with the earlier
    /// transmissions of its block in `harq`. The block is then in [`PdschReceiver::transport_block`].
    ///
    /// # Panics
    /// As [`PdschReceiver::receive`] and [`PdschReceiver::decode_codeword`].
    pub fn decode(&mut self, grid: &ResourceGrid, config: &PdschConfig, harq: &mut HarqBuffer<S>) -> PdschReport {
        self.receive(grid, config);
        self.decode_codeword(config, 0, harq)
    }

    /// Estimates the channel of a PDSCH in a slot's grid, whose ports are receive antennas, and equalises its data;
    /// [`PdschReceiver::decode_codeword`] then decodes each codeword.
    ///
    /// # Panics
    /// If the grid is not that of the configuration's carrier, has more ports than the plan antennas, or the PDSCH more
    /// layers than the plan.
    pub fn receive(&mut self, grid: &ResourceGrid, config: &PdschConfig) {
        self.check(grid, config);
        self.quality = Some(self.channel.estimate(grid, config, &self.options));
        if self.rejects_interference(grid) {
            self.interference.measure(grid, config, &self.channel);
        }
        self.equalise(grid, config, None);
    }

    /// As [`PdschReceiver::receive`] with a channel that is known: `[antenna][layer][symbol][subcarrier]`, a port of
    /// `channel` for each antenna and layer, antennas slowest, as a data element of unit power sees it; and the noise
    /// variance of a received element, taken as [`Interference::White`]. For measurements.
    ///
    /// # Panics
    /// As [`PdschReceiver::receive`], or if the channel's grid has other sizes.
    pub fn receive_known_channel(
        &mut self,
        grid: &ResourceGrid,
        config: &PdschConfig,
        channel: &ResourceGrid,
        noise_variance: f32,
    ) {
        self.check(grid, config);
        let elements = grid.as_slice().len() * config.layers().n_layers();
        assert_eq!(channel.as_slice().len(), elements, "elements of the known channel");
        self.quality = None;
        self.equalise(grid, config, Some((channel, noise_variance)));
    }

    fn rejects_interference(&self, grid: &ResourceGrid) -> bool {
        self.options.interference == Interference::Rejected && grid.n_ports() <= MAX_WHITENED_ANTENNAS
    }

    fn check(&self, grid: &ResourceGrid, config: &PdschConfig) {
        let carrier = config.carrier();
        assert_eq!(grid.n_subcarriers(), carrier.n_subcarriers(), "subcarriers of the grid");
        assert_eq!(grid.n_symbols(), carrier.symbols_per_slot(), "symbols of the grid");
        let (n_layers, most) = (config.layers().n_layers(), self.options.max_layers);
        assert!(n_layers <= most, "{n_layers} layers exceed the plan for {most}");
    }

    /// The bytes of the block that was decoded last, right if its CRC holds.
    pub fn transport_block(&self) -> &[u8] {
        &self.tb
    }

    /// The equalised data symbols of the codeword decoded last, in its order.
    pub fn equalised(&self) -> &[Complex32] {
        &self.symbols
    }

    /// Decodes codeword `q` of the PDSCH received last, whose configuration is `config`, together with the earlier
    /// transmissions of its block in `harq`. The block is then in [`PdschReceiver::transport_block`].
    ///
    /// # Panics
    /// If no PDSCH of this size was received, there is no such codeword, or `harq` has no room for the block.
    pub fn decode_codeword(&mut self, config: &PdschConfig, q: usize, harq: &mut HarqBuffer<S>) -> PdschReport {
        let codeword = config.codeword(q);
        let (layers, n_layers) = (config.layers().layers_of(q), config.layers().n_layers());
        assert_eq!(self.layered.0.len(), config.n_re() * n_layers, "elements received");
        self.symbols.clear();
        self.symbols.extend(self.layered.0.chunks_exact(n_layers).flat_map(|x| &x[layers.clone()]));
        self.noise.clear();
        self.noise.extend(self.layered.1.chunks_exact(n_layers).flat_map(|x| &x[layers.clone()]));
        self.llr.clear();
        self.llr.resize(codeword.plan().coded_bits(), S::ERASED);
        if self.detected.is_empty() {
            demap(self.isa, codeword.modulation(), &self.symbols, &self.noise, &mut self.llr);
        } else {
            // Of up to four layers, which are one codeword.
            self.llr.copy_from_slice(&self.detected);
        }
        descramble(&mut self.llr, config.scrambling_c_init(q));
        self.tb_bits.clear();
        self.tb_bits.resize(codeword.tbs(), 0);
        let outcome = self.decoder.decode(codeword.plan(), &self.llr, harq, &mut self.tb_bits);
        self.tb.clear();
        bits::pack_into(&self.tb_bits, &mut self.tb);

        let (evm_percent, raw_bit_error_rate) = self.judge(config, q, outcome.crc_ok);
        let n = self.noise.len() as f64;
        let snr = sum(&self.noise, &self.noise, |v, _| v.recip()) / n;
        let llr_sum = sum(&self.llr, &self.llr, |llr, _| llr.abs().to_f32());
        PdschReport {
            crc_ok: outcome.crc_ok,
            all_zero: outcome.all_zero,
            evm_percent,
            snr_db: 10.0 * snr.log10() as f32,
            delay_s: self.quality.map_or(0.0, |q| q.delay_s),
            cfo_hz: self.quality.and_then(|q| q.cfo_hz),
            raw_bit_error_rate,
            mean_llr: (llr_sum / self.llr.len() as f64) as f32,
            iterations: outcome.iterations,
            code_blocks: outcome.code_blocks,
            code_blocks_ok: outcome.code_blocks_ok,
        }
    }

    /// Fills `layered`, and `detected` if asked for, with the data elements.
    fn equalise(&mut self, grid: &ResourceGrid, config: &PdschConfig, known: Option<(&ResourceGrid, f32)>) {
        let n_layers = config.layers().n_layers();
        let together = (2..=MAX_DETECTED_LAYERS).contains(&n_layers) && self.options.detector != Detector::LinearMmse;
        self.layered.0.clear();
        self.layered.1.clear();
        self.detected.clear();
        let phases = self.common_phases(grid, config, known);
        for (symbol, l) in config.symbols().enumerate() {
            self.relative.clear();
            config.push_data_subcarriers(l, &mut self.relative);
            let n = self.relative.len();
            self.gather(grid, config, symbol, phases[l], known.map(|(channel, _)| channel));
            self.equaliser.begin(n, n_layers);
            if known.is_none() && self.rejects_interference(grid) {
                self.interference.begin_symbol(&self.channel, symbol);
                self.add_whitened(grid.n_ports(), n_layers);
            } else {
                for antenna in 0..grid.n_ports() {
                    let y = &self.received_data[antenna * n..][..n];
                    let h = &self.channel_data[antenna * n_layers * n..][..n_layers * n];
                    let noise = known.map_or_else(|| self.channel.noise_variance(antenna, symbol), |known| known.1);
                    self.equaliser.add_antenna(y, h, noise);
                }
            }
            let (x, variance) = &mut self.of_symbol;
            x.clear();
            x.resize(n * n_layers, Complex32::ZERO);
            variance.clear();
            variance.resize(n * n_layers, UNUSABLE_VARIANCE);
            self.equaliser.finish(x, variance);
            if n_layers == 1 {
                self.layered.0.extend_from_slice(x);
                self.layered.1.extend_from_slice(variance);
            } else {
                for i in 0..n {
                    self.layered.0.extend(x[i..].iter().step_by(n));
                    self.layered.1.extend(variance[i..].iter().step_by(n));
                }
            }
            if together {
                let modulation = config.codeword(0).modulation();
                let from = self.detected.len();
                self.detected.resize(from + n * n_layers * modulation.bits_per_symbol(), S::ERASED);
                let modulations = [modulation; MAX_DETECTED_LAYERS];
                self.detector.detect(&self.equaliser, &modulations[..n_layers], &mut self.detected[from..]);
            }
        }
    }

    /// Fills `received_data`, turned by `phase`, and `channel_data` with a symbol's data elements.
    fn gather(
        &mut self,
        grid: &ResourceGrid,
        config: &PdschConfig,
        symbol: usize,
        phase: Complex32,
        known: Option<&ResourceGrid>,
    ) {
        let l = config.symbols().start + symbol;
        let (first, _) = PdschChannel::span(config);
        let n_layers = config.layers().n_layers();
        self.received_data.clear();
        self.channel_data.clear();
        for antenna in 0..grid.n_ports() {
            let y = grid.symbol(antenna, l);
            self.received_data.extend(self.relative.iter().map(|&k| y[usize::from(k)] * phase));
            for layer in 0..n_layers {
                if let Some(channel) = known {
                    let h = channel.symbol(antenna * n_layers + layer, l);
                    self.channel_data.extend(self.relative.iter().map(|&k| h[usize::from(k)]));
                } else {
                    let h = self.channel.layer(symbol, antenna, layer);
                    self.channel_data.extend(self.relative.iter().map(|&k| h[usize::from(k) - first]));
                }
            }
        }
    }

    /// Gives the equaliser the gathered elements, noise and interference whitened.
    fn add_whitened(&mut self, n_antennas: usize, n_layers: usize) {
        let n = self.relative.len();
        let (y, h) = &mut self.whitened;
        for out in 0..n_antennas {
            y.clear();
            y.resize(n, Complex32::ZERO);
            h.clear();
            h.resize(n * n_layers, Complex32::ZERO);
            let mut from = 0;
            while from < n {
                let bundle_of = |k: &u16| self.interference.bundle_of((*k).into());
                let bundle = bundle_of(&self.relative[from]);
                let run = self.relative[from..].iter().take_while(|k| bundle_of(k) == bundle).count();
                let weights = &self.interference.whitener(bundle).0[out];
                for (antenna, &weight) in weights.iter().enumerate().take(out + 1) {
                    add_times(&mut y[from..][..run], &self.received_data[antenna * n + from..][..run], weight);
                    for layer in 0..n_layers {
                        let row = &self.channel_data[(antenna * n_layers + layer) * n + from..][..run];
                        add_times(&mut h[layer * n + from..][..run], row, weight);
                    }
                }
                from += run;
            }
            self.equaliser.add_antenna(y, h, 1.0);
        }
    }

    /// What each symbol is to be turned by so that oscillators stand still: from the PT-RS against the channel that the
    /// DM-RS gave; between symbols with PT-RS or DM-RS in a straight line.
    #[doc(alias = "TS 38.211 7.4.1.2")]
    fn common_phases(
        &mut self,
        grid: &ResourceGrid,
        config: &PdschConfig,
        known: Option<(&ResourceGrid, f32)>,
    ) -> [Complex32; 14] {
        let Some((layer, _)) = config.ptrs_layer() else { return [Complex32::ONE; 14] };
        let (first, _) = PdschChannel::span(config);
        let n_layers = config.layers().n_layers();
        let n_antennas = grid.n_ports();
        self.ptrs.configure(config);
        let mut measured = [None; 14];
        for (symbol, l) in config.symbols().enumerate() {
            if config.dmrs_symbols() >> l & 1 == 1 {
                measured[l] = Some(0.0);
                continue;
            }
            let channel = |antenna: usize| match known {
                Some((channel, _)) => (channel.symbol(antenna * n_layers + layer, l), 0),
                None => (self.channel.layer(symbol, antenna, layer), first),
            };
            let mut sum = Complex32::ZERO;
            if known.is_none() && self.rejects_interference(grid) {
                self.interference.begin_symbol(&self.channel, symbol);
                for (k, r) in self.ptrs.iter(config, l) {
                    let weights = self.interference.whitener(self.interference.bundle_of(k));
                    for row in weights.0.iter().take(n_antennas) {
                        let (mut y, mut h) = (Complex32::ZERO, Complex32::ZERO);
                        for (antenna, weight) in row.iter().enumerate().take(n_antennas) {
                            let (of_antenna, first) = channel(antenna);
                            y += weight * grid.symbol(antenna, l)[k];
                            h += weight * of_antenna[k - first];
                        }
                        sum += (h * r).conj() * y;
                    }
                }
            } else {
                for antenna in 0..n_antennas {
                    let (y, (h, first)) = (grid.symbol(antenna, l), channel(antenna));
                    let noise = known.map_or_else(|| self.channel.noise_variance(antenna, symbol), |known| known.1);
                    let products = self.ptrs.iter(config, l).map(|(k, r)| (h[k - first] * r).conj() * y[k]);
                    sum += products.sum::<Complex32>() / noise.max(f32::MIN_POSITIVE);
                }
            }
            measured[l] = (sum.norm_sqr() > 0.0 && sum.norm_sqr().is_finite()).then(|| sum.arg());
        }
        straight_lines(&measured).map(|phase| Complex32::cis(-phase))
    }

    /// EVM in percent, and the share of wrong soft bits if the block is known.
    fn judge(&mut self, config: &PdschConfig, q: usize, known: bool) -> (f32, Option<f32>) {
        let modulation = config.codeword(q).modulation();
        let mut wrong = None;
        if known {
            modulate(&mut self.encoder, &self.tb_bits, config, q, &mut self.coded, &mut self.again);
            // The soft bits are descrambled.
            crate::modulation::scramble(&mut self.coded, config.scrambling_c_init(q));
            let count = self.llr.iter().zip(&self.coded).filter(|(llr, bit)| llr.hard() != **bit).count();
            wrong = Some(count as f32 / self.llr.len() as f32);
        } else {
            self.again.clear();
            self.again.extend(self.symbols.iter().map(|&y| nearest_point(modulation, y, false)));
        }
        let error = sum(&self.symbols, &self.again, |y, d| (y - d).norm_sqr());
        let reference = sum(&self.again, &self.again, |d, _| d.norm_sqr());
        (100.0 * (error / reference).sqrt() as f32, wrong)
    }
}

/// sum += a w
fn add_times(sum: &mut [Complex32], a: &[Complex32], w: Complex32) {
    for (sum, a) in sum.iter_mut().zip(a) {
        *sum += a * w;
    }
}

/// Phases that were measured in some symbols of a slot, each taken the way that turns least from the one before, and
/// straight lines between them; constant before the first and after the last.
fn straight_lines(measured: &[Option<f32>; 14]) -> [f32; 14] {
    let mut phases = [0.0; 14];
    let mut last: Option<(usize, f32)> = None;
    for (l, wrapped) in measured.iter().enumerate().filter_map(|(l, phase)| Some((l, (*phase)?))) {
        let (at, before) = last.unwrap_or((l, wrapped));
        let change = (wrapped - before + PI).rem_euclid(TAU) - PI;
        let first = if last.is_some() { at + 1 } else { 0 };
        for (i, phase) in phases.iter_mut().enumerate().take(l + 1).skip(first) {
            *phase = before + if l > at { change * (i - at) as f32 / (l - at) as f32 } else { 0.0 };
        }
        phases[l..].fill(before + change);
        last = Some((l, before + change));
    }
    phases
}

/// The sum of `f` over pairs, in partial sums that fit the vectors of a processor and do not grow long.
fn sum<A: Copy, B: Copy>(a: &[A], b: &[B], f: impl Fn(A, B) -> f32) -> f64 {
    const LANES: usize = 8;
    const BLOCK: usize = 64 * LANES;
    let blocks = a.chunks(BLOCK).zip(b.chunks(BLOCK));
    let of_block = |(a, b): (&[A], &[B])| {
        let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        let mut lanes = [0.0; LANES];
        for (a, b) in a.iter().zip(b) {
            for i in 0..LANES {
                lanes[i] += f(a[i], b[i]);
            }
        }
        let rest = rest_a.iter().zip(rest_b).map(|(&a, &b)| f(a, b));
        f64::from(lanes.into_iter().chain(rest).sum::<f32>())
    };
    blocks.map(of_block).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_between_those_measured() {
        let mut measured = [None; 14];
        assert_eq!(straight_lines(&measured), [0.0; 14]);
        (measured[2], measured[4], measured[5], measured[9]) = (Some(3.0), Some(-3.0), Some(0.0), Some(0.4));
        let phases = straight_lines(&measured);
        assert_eq!(phases[..3], [3.0; 3]);
        // The short way from 3 to -3 is over pi, and the shorter from there to 0 over 2 pi.
        assert!(
            (phases[3] - PI).abs() < 1e-5 && (phases[4] - (TAU - 3.0)).abs() < 1e-5 && (phases[5] - TAU).abs() < 1e-5
        );
        assert!((phases[6] - TAU - 0.1).abs() < 1e-5 && (phases[13] - TAU - 0.4).abs() < 1e-5);
    }
}
