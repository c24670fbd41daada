//! How much of its LDPC code's performance the PDSCH receiver keeps, in white Gaussian noise, with fixed seeds.

use super::{
    PdschCodeword, PdschConfig, PdschDmrs, PdschParameters, PdschReceiver, PdschTransmitter, PrbList, Precoder,
    PrgSize, ReceiverOptions, TbScaling, VrbRun, VrbToPrb,
};
use crate::coding::ldpc::{HarqBuffer, SchDecoder};
use crate::coding::{bits, ldpc::LdpcSoftBit};
use crate::frame::{BandwidthPart, Carrier, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use crate::kernel::Isa;
use crate::modulation::{Modulation, demap, descramble};
use crate::quality::{Bench, RequiredSnr};
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
pub fn required_snr(
    config: &PdschConfig,
    reception: Reception,
    seed: u64,
    blocks: Range<u64>,
    range_db: Range<f64>,
    step_db: f64,
) -> RequiredSnr {
    RequiredSnr::measure(&mut PdschBench::new(config, reception, seed), blocks, range_db, step_db)
}

struct PdschBench {
    config: PdschConfig,
    reception: Reception,
    seed: u64,
    transmitter: PdschTransmitter,
    receiver: PdschReceiver<i8>,
    decoder: SchDecoder<f32>,
    harq: HarqBuffer<i8>,
    harq_f32: HarqBuffer<f32>,
    tb: Vec<u8>,
    decoded: Vec<u8>,
    sent: ResourceGrid,
    channel: ResourceGrid,
    unit_noise: ResourceGrid,
    received: ResourceGrid,
    subcarriers: Vec<u16>,
}

impl PdschBench {
    fn new(config: &PdschConfig, reception: Reception, seed: u64) -> Self {
        let carrier = config.carrier();
        let grid = ResourceGrid::for_carrier(carrier, 1);
        let options = ReceiverOptions::default();
        Self {
            config: config.clone(),
            reception,
            seed,
            transmitter: PdschTransmitter::new(carrier),
            receiver: PdschReceiver::new(carrier, 1, options),
            decoder: SchDecoder::new(Isa::detect(), options.max_iterations),
            harq: HarqBuffer::new(config.tbs()),
            harq_f32: HarqBuffer::new(config.tbs()),
            tb: vec![0; config.tbs() / 8],
            decoded: vec![0; config.tbs()],
            sent: grid.clone(),
            channel: grid.clone(),
            unit_noise: grid.clone(),
            received: grid,
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
        let phase = std::f32::consts::TAU * rng.random::<f32>();
        let h = Complex32::from_polar(1.0, phase);
        self.channel.as_mut_slice().fill(h);
        self.sent.as_mut_slice().iter_mut().for_each(|x| *x *= h);
        for z in self.unit_noise.as_mut_slice() {
            let radius = (-(1.0 - rng.random::<f32>()).ln()).sqrt();
            *z = Complex32::from_polar(radius, std::f32::consts::TAU * rng.random::<f32>());
        }
    }

    fn passes(&mut self, snr_db: f64) -> bool {
        let variance = 10f64.powf(-snr_db / 10.0) as f32;
        let deviation = variance.sqrt();
        let noisy = self.received.as_mut_slice().iter_mut();
        for ((y, x), z) in noisy.zip(self.sent.as_slice()).zip(self.unit_noise.as_slice()) {
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
mod tests {
    use super::*;

    /// What the receiver says of the signal is true on average.
    #[test]
    fn reports_are_unbiased() {
        let config = qam256().unwrap();
        let mut bench = PdschBench::new(&config, Reception::EstimatedChannel, 77);
        let n = 60;
        let (mut snr, mut evm, mut cfo) = (0.0, 0.0, 0.0);
        for block in 0..n {
            bench.draw(block);
            assert!(bench.passes(25.0));
            bench.harq.reset();
            let report = bench.receiver.decode(&bench.received, &config, &mut bench.harq);
            snr += f64::from(report.snr_db) / n as f64;
            evm += f64::from(report.evm_percent).powi(2) / n as f64;
            cfo += f64::from(report.cfo_hz.unwrap()) / n as f64;
            assert!(report.raw_bit_error_rate.unwrap() < 0.03 && report.mean_llr > 4.0);
        }
        let evm_db = 10.0 * (evm / 1e4).log10();
        println!("25 dB: SNR said {snr:.2} dB, EVM {evm_db:.2} dB, CFO {cfo:.2} Hz");
        assert!((snr - 25.0).abs() < 0.15, "{snr}");
        assert!((evm_db + 25.0).abs() < 0.15, "{evm_db}");
        assert!(cfo.abs() < 2.0);
    }

    #[test]
    fn the_receiver_keeps_what_the_code_gives() {
        let config = qam256().unwrap();
        // Thinned; `nrflow bler` measures more blocks.
        let measure = |reception| required_snr(&config, reception, 2024, 0..100, NEAR_DB - 0.3..NEAR_DB + 1.7, 0.02);
        let alone = measure(Reception::LdpcAlone);
        for (reception, max_loss_db) in MAX_LOSS_DB {
            let received = measure(reception);
            for bler in [0.1, 0.02] {
                let (at, loss) = (alone.at_bler(bler).unwrap(), received.loss_against(&alone, bler).unwrap());
                println!("256QAM, {} bits, BLER {bler}: LDPC {at:.2} dB, {reception:?} {loss:?}", config.tbs());
                assert!(loss.db <= max_loss_db, "{reception:?} at BLER {bler}: {loss:?}");
            }
        }
    }
}
