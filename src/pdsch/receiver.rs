use super::PdschConfig;
use super::transmitter::{Pilots, modulate};
use crate::Complex32;
use crate::coding::bits;
use crate::coding::ldpc::{HarqBuffer, LdpcSoftBit, SchDecoder, SchEncoder};
use crate::estimation::{
    ChannelEstimator, Equaliser, EstimatorSettings, PilotSymbol, TimeModel, UNUSABLE_VARIANCE, symbol_time_s,
};
use crate::frame::{Carrier, ResourceGrid};
use crate::kernel::Isa;
use crate::modulation::{demap, descramble, nearest_point};

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
}

impl Default for ReceiverOptions {
    fn default() -> Self {
        Self { max_iterations: 12, track_cfo: true, max_delay_prefixes: 1.0 }
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

/// Receives PDSCHs: resource grids to transport blocks.
///
/// The channel is taken as continuous over the allocated blocks, that is, precoded alike (precoding granularity
/// wideband of TS 38.214 5.1.2.3).
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.3.1")]
pub struct PdschReceiver<S = i8> {
    isa: Isa,
    options: ReceiverOptions,
    estimator: ChannelEstimator,
    equaliser: Equaliser,
    decoder: SchDecoder<S>,
    encoder: SchEncoder,
    pilots: Pilots,
    /// Subcarriers of the pilots and of a symbol's data, from the lowest allocated one.
    relative: Vec<u16>,
    /// Estimates `[DM-RS symbol][antenna][pilot]`.
    ls: Vec<Complex32>,
    channel: Vec<Complex32>,
    received_data: Vec<Complex32>,
    channel_data: Vec<Complex32>,
    symbols: Vec<Complex32>,
    noise: Vec<f32>,
    llr: Vec<S>,
    tb_bits: Vec<u8>,
    tb: Vec<u8>,
    coded: Vec<u8>,
    again: Vec<Complex32>,
}

/// DM-RS symbols of a slot at most: four positions, or two of two.
const MAX_DMRS_SYMBOLS: usize = 14;

impl<S: LdpcSoftBit> PdschReceiver<S> {
    /// With a workspace for any single-layer PDSCH of `carrier` and up to `max_antennas` receive antennas.
    pub fn new(carrier: &Carrier, max_antennas: usize, options: ReceiverOptions) -> Self {
        let width = carrier.n_subcarriers();
        let re = width * carrier.symbols_per_slot();
        let isa = Isa::detect();
        Self {
            isa,
            options,
            estimator: ChannelEstimator::new(width, MAX_DMRS_SYMBOLS, max_antennas),
            equaliser: Equaliser::new(width),
            decoder: SchDecoder::new(isa, options.max_iterations),
            encoder: SchEncoder::new(),
            pilots: Pilots::new(carrier),
            relative: Vec::with_capacity(width),
            ls: Vec::with_capacity(MAX_DMRS_SYMBOLS * max_antennas * width / 2),
            channel: Vec::with_capacity(width),
            received_data: Vec::with_capacity(width),
            channel_data: Vec::with_capacity(width),
            symbols: Vec::with_capacity(re),
            noise: Vec::with_capacity(re),
            llr: Vec::with_capacity(re * 10),
            tb_bits: Vec::with_capacity(re * 10),
            tb: Vec::with_capacity(re * 10 / 8),
            coded: Vec::with_capacity(re * 10),
            again: Vec::with_capacity(re),
        }
    }

    /// Decodes a PDSCH from a slot's grid, whose ports are receive antennas, together with the earlier transmissions
    /// of its block in `harq`. The block is then in [`PdschReceiver::transport_block`].
    ///
    /// # Panics
    /// If the grid is not that of the configuration's carrier, has more ports than the plan antennas, or `harq` has no
    /// room for the block.
    pub fn decode(&mut self, grid: &ResourceGrid, config: &PdschConfig, harq: &mut HarqBuffer<S>) -> PdschReport {
        self.decode_with(grid, config, harq, None)
    }

    /// As [`PdschReceiver::decode`] with a channel that is known: `[antenna][symbol][subcarrier]` like the grid, as a
    /// data element of unit power sees it, and the noise variance of a received element. For measurements.
    ///
    /// # Panics
    /// As [`PdschReceiver::decode`], or if the channel's grid has other sizes than `grid`.
    pub fn decode_known_channel(
        &mut self,
        grid: &ResourceGrid,
        config: &PdschConfig,
        harq: &mut HarqBuffer<S>,
        channel: &ResourceGrid,
        noise_variance: f32,
    ) -> PdschReport {
        assert_eq!(channel.as_slice().len(), grid.as_slice().len(), "elements of the known channel");
        self.decode_with(grid, config, harq, Some((channel, noise_variance)))
    }

    /// The bytes of the block that was decoded last, right if its CRC holds.
    pub fn transport_block(&self) -> &[u8] {
        &self.tb
    }

    /// The equalised data elements of the PDSCH decoded last, in mapping order.
    pub fn equalised(&self) -> &[Complex32] {
        &self.symbols
    }

    fn decode_with(
        &mut self,
        grid: &ResourceGrid,
        config: &PdschConfig,
        harq: &mut HarqBuffer<S>,
        known: Option<(&ResourceGrid, f32)>,
    ) -> PdschReport {
        let carrier = config.carrier();
        assert_eq!(grid.n_subcarriers(), carrier.n_subcarriers(), "subcarriers of the grid");
        assert_eq!(grid.n_symbols(), carrier.symbols_per_slot(), "symbols of the grid");
        let quality = known.is_none().then(|| self.estimate(grid, config));
        self.equalise(grid, config, known);

        self.llr.clear();
        self.llr.resize(config.plan().coded_bits(), S::ERASED);
        demap(self.isa, config.modulation(), &self.symbols, &self.noise, &mut self.llr);
        descramble(&mut self.llr, config.scrambling_c_init(0));
        self.tb_bits.clear();
        self.tb_bits.resize(config.tbs(), 0);
        let outcome = self.decoder.decode(config.plan(), &self.llr, harq, &mut self.tb_bits);
        self.tb.clear();
        bits::pack_into(&self.tb_bits, &mut self.tb);

        let (evm_percent, raw_bit_error_rate) = self.judge(config, outcome.crc_ok);
        let n = self.noise.len() as f64;
        let snr = sum(&self.noise, &self.noise, |v, _| v.recip()) / n;
        let llr_sum = sum(&self.llr, &self.llr, |llr, _| llr.abs().to_f32());
        PdschReport {
            crc_ok: outcome.crc_ok,
            all_zero: outcome.all_zero,
            evm_percent,
            snr_db: 10.0 * snr.log10() as f32,
            delay_s: quality.map_or(0.0, |q| q.delay_s),
            cfo_hz: quality.and_then(|q| q.cfo_hz),
            raw_bit_error_rate,
            mean_llr: (llr_sum / self.llr.len() as f64) as f32,
            iterations: outcome.iterations,
            code_blocks: outcome.code_blocks,
            code_blocks_ok: outcome.code_blocks_ok,
        }
    }

    /// When the symbol's useful part starts.
    fn time_s(config: &PdschConfig, l: usize) -> f64 {
        let carrier = config.carrier();
        let slot = usize::from(config.slot().slot_in_subframe());
        symbol_time_s(carrier.numerology(), carrier.cyclic_prefix(), slot, l)
    }

    /// The grid's lowest allocated subcarrier, and the width up to the highest.
    fn span(config: &PdschConfig) -> (usize, usize) {
        let (lowest, highest) = config.prbs().bounds();
        (12 * usize::from(lowest - config.carrier().start_crb()), 12 * usize::from(highest - lowest + 1))
    }

    fn estimate(&mut self, grid: &ResourceGrid, config: &PdschConfig) -> crate::estimation::ChannelQuality {
        let (first, width) = Self::span(config);
        let n_antennas = grid.n_ports();
        self.pilots.configure(config);
        self.relative.clear();
        self.relative.extend(self.pilots.subcarriers.iter().map(|&k| k - first as u16));
        self.ls.clear();
        // Estimates of the channel as data sees it.
        let scale = config.dmrs_amplitude().recip();
        let dmrs_symbols = || config.symbols().filter(|l| config.dmrs_symbols() >> l & 1 == 1);
        for l in dmrs_symbols() {
            self.pilots.generate(config, l);
            for antenna in 0..n_antennas {
                let y = grid.symbol(antenna, l);
                self.ls.extend(self.pilots.iter().map(|(k, r)| y[k] * r.conj() * scale));
            }
        }
        // Over adjacent symbols noise turns the phase more than an offset does: nothing to extrapolate from.
        let mask = config.dmrs_symbols();
        let far_apart = 15 - mask.leading_zeros() - mask.trailing_zeros() >= 3;
        let numerology = config.carrier().numerology();
        let prefix_s = 144.0 / 30.72e6 / f64::from(1u32 << numerology.mu());
        let settings = EstimatorSettings {
            n_subcarriers: width,
            scs_hz: numerology.scs_hz().into(),
            max_delay_s: prefix_s * self.options.max_delay_prefixes,
            time: TimeModel::Tracked,
            track_cfo: self.options.track_cfo && far_apart,
        };
        let mut pilot_symbols = [PilotSymbol { time_s: 0.0, subcarriers: &[], ls: &[] }; MAX_DMRS_SYMBOLS];
        let per_symbol = self.relative.len() * n_antennas;
        let mut n_symbols = 0;
        for (l, ls) in dmrs_symbols().zip(self.ls.chunks_exact(per_symbol)) {
            let time_s = Self::time_s(config, l);
            pilot_symbols[n_symbols] = PilotSymbol { time_s, subcarriers: &self.relative, ls };
            n_symbols += 1;
        }
        self.estimator.estimate(&settings, n_antennas, &pilot_symbols[..n_symbols])
    }

    /// Fills `symbols` and `noise` with the data elements in mapping order.
    fn equalise(&mut self, grid: &ResourceGrid, config: &PdschConfig, known: Option<(&ResourceGrid, f32)>) {
        let (first, width) = Self::span(config);
        // The noise of the estimates is that of the elements over the DM-RS energy.
        let noise_scale = config.dmrs_amplitude().powi(2);
        self.symbols.clear();
        self.symbols.resize(config.n_re(), Complex32::ZERO);
        self.noise.clear();
        self.noise.resize(config.n_re(), UNUSABLE_VARIANCE);
        self.channel.clear();
        self.channel.resize(width, Complex32::ZERO);
        let mut next = 0;
        for l in config.symbols() {
            self.relative.clear();
            config.push_data_subcarriers(l, &mut self.relative);
            let n = self.relative.len();
            let time_s = Self::time_s(config, l);
            self.equaliser.begin(n);
            for antenna in 0..grid.n_ports() {
                let y = grid.symbol(antenna, l);
                self.received_data.clear();
                self.received_data.extend(self.relative.iter().map(|&k| y[usize::from(k)]));
                self.channel_data.clear();
                let noise = if let Some((channel, noise)) = known {
                    let h = channel.symbol(antenna, l);
                    self.channel_data.extend(self.relative.iter().map(|&k| h[usize::from(k)]));
                    noise
                } else {
                    self.estimator.channel(antenna, time_s, &mut self.channel);
                    let h = &self.channel;
                    self.channel_data.extend(self.relative.iter().map(|&k| h[usize::from(k) - first]));
                    self.estimator.noise_variance(antenna) * noise_scale + self.estimator.error_variance(time_s)
                };
                self.equaliser.add_antenna(&self.received_data, &self.channel_data, noise);
            }
            self.equaliser.finish(&mut self.symbols[next..next + n], &mut self.noise[next..next + n]);
            next += n;
        }
    }

    /// EVM in percent, and the share of wrong soft bits if the block is known.
    fn judge(&mut self, config: &PdschConfig, known: bool) -> (f32, Option<f32>) {
        let modulation = config.modulation();
        let mut wrong = None;
        if known {
            modulate(&mut self.encoder, &self.tb_bits, config, &mut self.coded, &mut self.again);
            // The soft bits are descrambled.
            crate::modulation::scramble(&mut self.coded, config.scrambling_c_init(0));
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
