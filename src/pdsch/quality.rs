//! How much of its LDPC code's performance the PDSCH receiver keeps, in white Gaussian noise, with fixed seeds.

use super::{
    Detector, McsTable, PdschCodeword, PdschConfig, PdschDmrs, PdschParameters, PdschReceiver, PdschTransmitter,
    PrbList, Precoder, PrgSize, ReceiverOptions, TbScaling, VrbRun, VrbToPrb,
};
use crate::coding::ldpc::{HarqBuffer, SchDecoder};
use crate::coding::{bits, ldpc::LdpcSoftBit};
use crate::estimation::Breadth;
use crate::frame::{BandwidthPart, Carrier, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use crate::kernel::Isa;
use crate::modulation::{Modulation, demap, descramble};
use crate::propagation::{DelayProfile, FadingGrid, SimplifiedTdl, add_over};
use crate::quality::{Bench, RequiredSnr, Share};
use crate::reference_signal::dmrs::DmrsType;
use crate::reference_signal::dmrs_port::DmrsPorts;
use crate::{Complex32, ConfigError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reception {
    /// The LDPC code alone: soft bits in `f32` of symbols in noise whose variance is known.
    LdpcAlone,
    /// The receiver (`i8` soft bits), told the channel and the noise variance.
    KnownChannel,
    /// The receiver as it is, estimating channel, noise and frequency offset from the DM-RS.
    EstimatedChannel,
}

/// About where BLER 1e-1 of [`qam256`] lies for [`Reception::LdpcAlone`], in dB.
pub const NEAR_DB: f64 = 20.17;

/// The losses that are allowed against [`Reception::LdpcAlone`], in dB.
pub const MAX_LOSS_DB: [(Reception, f64); 2] = [(Reception::KnownChannel, 0.3), (Reception::EstimatedChannel, 1.0)];

/// The transmission whose loss is bounded: 256QAM at code rate 0.74, 20 resource blocks of 30 kHz, 12 symbols, three of
/// them with DM-RS.
///
/// # Errors
/// None: its values keep to the standard.
pub fn qam256() -> Result<PdschConfig, ConfigError> {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 24)?;
    let bwp = BandwidthPart::new(&carrier, 0, 24)?;
    let parameters = PdschParameters {
        slot: SlotPoint::new(Numerology::MU1, 3, 7)?,
        rnti: Rnti(0x4601),
        data_scrambling_id: 17,
        start: 2,
        length: 12,
        prbs: PrbList::contiguous(VrbRun { start: 2, length: 20 }, VrbToPrb::NonInterleaved, &bwp)?,
        dmrs: PdschDmrs {
            dmrs_type: DmrsType::One,
            symbols: 1 << 2 | 1 << 7 | 1 << 11,
            ports: DmrsPorts::single(),
            scrambling_id: 17,
            n_scid: 0,
            cdm_groups_without_data: 2,
            reference_crb: 0,
            amplitude: None,
        },
        ptrs: None,
        // MCS 22 of table 5.1.3.1-2 of TS 38.214.
        codewords: [
            Some(PdschCodeword {
                modulation: Modulation::Qam256,
                rate_x1024: 754.0,
                rv: 0,
                tbs: None,
                scaling: TbScaling::One,
                overhead_per_prb: 0,
                tbs_lbrm: None,
            }),
            None,
        ],
        reserved: None,
        amplitude: 1.0,
        prg: PrgSize::Wideband,
        precoder: Precoder::single_port(),
    };
    PdschConfig::new(&carrier, parameters)
}

/// The signal-to-noise ratio (of a data element) that each of `blocks` (random bits) needs. The bits and the noise of
/// a block follow from `seed` and its number, so that different receptions meet the same noise.
///
/// The channel is a random phase; one receive antenna.
///
/// # Errors
/// None: there is such a channel.
pub fn required_snr(
    config: &PdschConfig,
    reception: Reception,
    seed: u64,
    blocks: Range<u64>,
    range_db: Range<f64>,
    step_db: f64,
) -> Result<RequiredSnr, ConfigError> {
    let phase = FadingGrid::new(DelayProfile::direct(), 0.0, 1, 1)?;
    Ok(RequiredSnr::measure(
        &mut PdschBench::new(config, reception, phase, seed, ReceiverOptions::default()),
        blocks,
        range_db,
        step_db,
    ))
}

/// A transmission over a fading channel: 51 blocks of 30 kHz, 12 symbols, three of them with DM-RS (four, where the
/// Doppler shift is above 200 Hz or there are more than two layers).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FadingCase {
    /// Delays.
    pub profile: SimplifiedTdl,
    /// Largest Doppler shift in Hz.
    pub max_doppler_hz: f64,
    /// Row of TS 38.214 Table 5.1.3.1-2.
    pub mcs: u8,
    /// Layers, each sent from an antenna of its own.
    pub n_layers: usize,
    /// Receive antennas.
    pub n_rx: usize,
}

/// The BLER at which the loss of [`Reception::EstimatedChannel`] against [`Reception::KnownChannel`] is bounded, and the
/// bound in dB.
pub const FADING_LOSS: (f64, f64) = (0.1, 1.0);

/// The transmissions of which that holds.
pub fn fading_cases() -> Vec<FadingCase> {
    let profiles = [(SimplifiedTdl::Tdla30, 10.0), (SimplifiedTdl::Tdlb100, 400.0), (SimplifiedTdl::Tdlc300, 100.0)];
    let mut cases = Vec::new();
    for (profile, max_doppler_hz) in profiles {
        for (n_layers, n_rx) in [(1, 2), (2, 2), (4, 4)] {
            for mcs in [4, 13, 19, 27] {
                cases.push(FadingCase { profile, max_doppler_hz, mcs, n_layers, n_rx });
            }
        }
    }
    cases
}

impl FadingCase {
    /// Profile and Doppler shift, antennas, MCS.
    pub fn name(&self) -> String {
        let Self { profile, max_doppler_hz, mcs, n_layers, n_rx } = self;
        format!("{}-{max_doppler_hz}, {n_layers}x{n_rx}, MCS {mcs}", profile.name())
    }

    /// The transmission.
    ///
    /// # Errors
    /// If there is no such row, or not 1 to 4 layers.
    pub fn config(&self) -> Result<PdschConfig, ConfigError> {
        let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 51)?;
        let bwp = BandwidthPart::new(&carrier, 0, 51)?;
        let mut p = qam256()?.parameters().clone();
        p.prbs = PrbList::contiguous(VrbRun { start: 0, length: 51 }, VrbToPrb::NonInterleaved, &bwp)?;
        p.dmrs.ports = DmrsPorts::first(self.n_layers)?;
        if self.max_doppler_hz > 200.0 || self.n_layers > 2 {
            // What a base station configures for fast devices, and for many layers, the errors of whose estimates add up.
            p.dmrs.symbols = 1 << 2 | 1 << 5 | 1 << 8 | 1 << 11;
        }
        p.precoder = Precoder::identity(self.n_layers)?;
        let mcs = McsTable::Qam256.entry(self.mcs)?;
        let rate_x1024 = mcs.rate_x1024.ok_or_else(|| {
            ConfigError::new("I_MCS", self.mcs, "must be one of a first transmission", "TS 38.214 Table 5.1.3.1-2")
        })?;
        p.codewords = p.codewords.map(|codeword| {
            codeword.map(|codeword| PdschCodeword { modulation: mcs.modulation, rate_x1024, ..codeword })
        });
        PdschConfig::new(&carrier, p)
    }

    /// The receiver that is measured: several layers are detected together.
    pub fn receiver(&self) -> ReceiverOptions {
        let detector = if self.n_layers > 1 { Detector::MaxLog(Breadth::FULL) } else { Detector::LinearMmse };
        ReceiverOptions { detector, ..ReceiverOptions::default() }
    }

    /// About where the block error rate of [`FADING_LOSS`] lies with a known channel, in dB, from a few blocks.
    ///
    /// # Errors
    /// As [`FadingCase::config`].
    pub fn near_db(&self, seed: u64) -> Result<Option<f64>, ConfigError> {
        let coarse = self.required_snr(Reception::KnownChannel, seed, 0..30, -10.0..60.0, 0.5)?;
        Ok(coarse.at_bler(FADING_LOSS.0))
    }

    /// As [`required_snr`] over this channel with [`FadingCase::receiver`], with a new fading for each block; the ratio is that of a received element,
    /// all layers together, to its noise.
    ///
    /// # Errors
    /// As [`FadingCase::config`].
    pub fn required_snr(
        &self,
        reception: Reception,
        seed: u64,
        blocks: Range<u64>,
        range_db: Range<f64>,
        step_db: f64,
    ) -> Result<RequiredSnr, ConfigError> {
        self.required_snr_with(self.receiver(), None, reception, seed, blocks, range_db, step_db)
    }

    /// As [`FadingCase::required_snr`] with other choices of the receiver (but for `max_layers`), and with an interferer, if
    /// any, that is so strong against the signal at a receive antenna, in dB: another cell's single layer of QPSK over
    /// a channel of its own like that of the signal.
    ///
    /// # Errors
    /// As [`FadingCase::config`].
    pub fn required_snr_with(
        &self,
        options: ReceiverOptions,
        interferer_db: Option<f64>,
        reception: Reception,
        seed: u64,
        blocks: Range<u64>,
        range_db: Range<f64>,
        step_db: f64,
    ) -> Result<RequiredSnr, ConfigError> {
        let mut bench = self.bench(options, interferer_db, reception, seed)?;
        Ok(RequiredSnr::measure(&mut bench, blocks, range_db, step_db))
    }

    /// The share of `blocks` that arrives without error at one ratio; 1 is the full rate.
    ///
    /// # Errors
    /// As [`FadingCase::config`].
    pub fn share_received(
        &self,
        options: ReceiverOptions,
        reception: Reception,
        seed: u64,
        blocks: Range<u64>,
        snr_db: f64,
    ) -> Result<Share, ConfigError> {
        let mut bench = self.bench(options, None, reception, seed)?;
        let passes = |block| {
            bench.draw(block);
            bench.passes(snr_db)
        };
        let trials = blocks.end.saturating_sub(blocks.start);
        Ok(Share { successes: blocks.map(passes).filter(|&passes| passes).count() as u64, trials })
    }

    fn bench(
        &self,
        options: ReceiverOptions,
        interferer_db: Option<f64>,
        reception: Reception,
        seed: u64,
    ) -> Result<PdschBench, ConfigError> {
        let fading =
            |n_tx| FadingGrid::new(DelayProfile::simplified(self.profile), self.max_doppler_hz, self.n_rx, n_tx);
        let mut bench = PdschBench::new(&self.config()?, reception, fading(self.n_layers)?, seed, options);
        if let Some(level_db) = interferer_db {
            bench.interferer = Some((fading(1)?, 10f64.powf(level_db / 20.0) as f32));
        }
        Ok(bench)
    }
}

/// The transmission of which [`FadingCase::share_received`] is to be all at this ratio in dB: 256QAM of the highest rate on
/// four layers.
///
/// Of 100 blocks [`Breadth::FULL`] receives all (channel known or estimated; one in ten fails at 34.5 dB and
/// 34.7 dB), the linear equaliser half (45.0 dB and 45.2 dB), and [`Breadth::REDUCED`] hardly more (51 dB). Of
/// 60 blocks with the channel estimated a breadth of 8 and 2 receives all, of 32 and 1 all but two.
pub const FULL_RATE: (FadingCase, f64) =
    (FadingCase { profile: SimplifiedTdl::Tdla30, max_doppler_hz: 10.0, mcs: 27, n_layers: 4, n_rx: 4 }, 40.0);

/// Makes the seed of the fading another than that of bits and noise, and that of the interferer.
const FADING: u64 = 0xfad1_0000_0000;
const INTERFERER: u64 = 0x1e4f_0000_0000;

struct PdschBench {
    config: PdschConfig,
    reception: Reception,
    fading: FadingGrid,
    /// Its channel and amplitude.
    interferer: Option<(FadingGrid, f32)>,
    seed: u64,
    transmitter: PdschTransmitter,
    receiver: PdschReceiver<i8>,
    decoder: SchDecoder<f32>,
    harq: HarqBuffer<i8>,
    harq_f32: HarqBuffer<f32>,
    tb: Vec<u8>,
    decoded: Vec<u8>,
    sent: ResourceGrid,
    /// `[antenna][layer]` as data sees it.
    channel: ResourceGrid,
    arrived: ResourceGrid,
    unit_noise: ResourceGrid,
    received: ResourceGrid,
    subcarriers: Vec<u16>,
}

impl PdschBench {
    fn new(
        config: &PdschConfig,
        reception: Reception,
        fading: FadingGrid,
        seed: u64,
        options: ReceiverOptions,
    ) -> Self {
        let carrier = config.carrier();
        let (n_rx, n_tx) = (fading.n_rx(), fading.n_tx());
        let grid = |n_ports| ResourceGrid::for_carrier(carrier, n_ports);
        let options = ReceiverOptions { max_layers: n_tx, ..options };
        Self {
            config: config.clone(),
            reception,
            fading,
            interferer: None,
            seed,
            transmitter: PdschTransmitter::new(carrier),
            receiver: PdschReceiver::new(carrier, n_rx, options),
            decoder: SchDecoder::new(Isa::detect(), options.max_iterations),
            harq: HarqBuffer::new(config.tbs()),
            harq_f32: HarqBuffer::new(config.tbs()),
            tb: vec![0; config.tbs() / 8],
            decoded: vec![0; config.tbs()],
            sent: grid(n_tx),
            channel: grid(n_rx * n_tx),
            arrived: grid(n_rx),
            unit_noise: grid(n_rx),
            received: grid(n_rx),
            subcarriers: Vec::with_capacity(carrier.n_subcarriers()),
        }
    }

    fn ldpc_alone(&mut self, variance: f32) -> bool {
        let config = &self.config;
        let mut symbols = Vec::with_capacity(config.n_re());
        for l in config.symbols() {
            self.subcarriers.clear();
            config.push_data_subcarriers(l, &mut self.subcarriers);
            let (y, h) = (self.received.symbol(0, l), self.channel.symbol(0, l));
            symbols.extend(self.subcarriers.iter().map(|&k| y[usize::from(k)] * h[usize::from(k)].conj()));
        }
        let mut llr = vec![<f32 as crate::coding::SoftBit>::ERASED; config.plan().coded_bits()];
        demap(Isa::detect(), config.modulation(), &symbols, &vec![variance; symbols.len()], &mut llr);
        descramble(&mut llr, config.scrambling_c_init(0));
        self.harq_f32.reset();
        let outcome = decode(&mut self.decoder, config, &llr, &mut self.harq_f32, &mut self.decoded);
        outcome && bits::pack(&self.decoded) == self.tb
    }
}

impl Bench for PdschBench {
    fn draw(&mut self, block: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(block);
        self.tb.iter_mut().for_each(|byte| *byte = rng.random());
        self.sent.clear();
        self.transmitter.transmit(&[&self.tb], &self.config, &mut self.sent);
        self.fading.draw(self.config.carrier(), self.seed ^ FADING, block, &mut self.channel);
        self.arrived.clear();
        add_over(&self.channel, &self.sent, &mut self.arrived);
        if let Some((fading, amplitude)) = &self.interferer {
            let carrier = self.config.carrier();
            let mut channel = ResourceGrid::for_carrier(carrier, fading.n_rx());
            fading.draw(carrier, self.seed ^ INTERFERER, block, &mut channel);
            let mut sent = ResourceGrid::for_carrier(carrier, 1);
            for x in sent.as_mut_slice() {
                *x = Modulation::Qpsk.constellation()[rng.random_range(0..4)] * *amplitude;
            }
            add_over(&channel, &sent, &mut self.arrived);
        }
        // A layer's share of the power is part of the channel that data sees.
        let share = (self.sent.n_ports() as f32).sqrt().recip();
        self.channel.as_mut_slice().iter_mut().for_each(|h| *h *= share);
        for z in self.unit_noise.as_mut_slice() {
            let radius = (-(1.0 - rng.random::<f32>()).ln()).sqrt();
            *z = Complex32::from_polar(radius, std::f32::consts::TAU * rng.random::<f32>());
        }
    }

    fn passes(&mut self, snr_db: f64) -> bool {
        let variance = 10f64.powf(-snr_db / 10.0) as f32;
        let deviation = variance.sqrt();
        let noisy = self.received.as_mut_slice().iter_mut();
        for ((y, x), z) in noisy.zip(self.arrived.as_slice()).zip(self.unit_noise.as_slice()) {
            *y = x + z * deviation;
        }
        self.harq.reset();
        match self.reception {
            Reception::LdpcAlone => self.ldpc_alone(variance),
            Reception::KnownChannel => {
                self.receiver.receive_known_channel(&self.received, &self.config, &self.channel, variance);
                let report = self.receiver.decode_codeword(&self.config, 0, &mut self.harq);
                report.crc_ok && self.receiver.transport_block() == self.tb
            }
            Reception::EstimatedChannel => {
                let report = self.receiver.decode(&self.received, &self.config, &mut self.harq);
                report.crc_ok && self.receiver.transport_block() == self.tb
            }
        }
    }
}

fn decode<S: LdpcSoftBit>(
    decoder: &mut SchDecoder<S>,
    config: &PdschConfig,
    llr: &[S],
    harq: &mut HarqBuffer<S>,
    out: &mut [u8],
) -> bool {
    decoder.decode(config.plan(), llr, harq, out).crc_ok
}

#[cfg(test)]
#[path = "quality_tests.rs"]
mod tests;
