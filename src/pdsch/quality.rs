//! How much of its LDPC code's performance the PDSCH receiver keeps, in white Gaussian noise, with fixed seeds.

use super::{PdschConfig, PdschReceiver, PdschTransmitter, ReceiverOptions};
use crate::Complex32;
use crate::coding::ldpc::{HarqBuffer, SchDecoder};
use crate::coding::{bits, ldpc::LdpcSoftBit};
use crate::frame::ResourceGrid;
use crate::kernel::Isa;
use crate::modulation::{demap, descramble};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

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

/// The signal-to-noise ratios that blocks needed, ascending, in dB.
#[derive(Clone, Debug, PartialEq)]
pub struct RequiredSnr {
    needed_db: Vec<f64>,
}

impl RequiredSnr {
    /// The ratio (of a data element) at which the share `bler` of the blocks fails.
    ///
    /// # Panics
    /// If there are no blocks.
    pub fn at_bler(&self, bler: f64) -> f64 {
        let n = self.needed_db.len();
        // Of n blocks, n * bler need more than this.
        let at = ((n as f64 * (1.0 - bler)).ceil() as usize).clamp(1, n);
        self.needed_db[at - 1]
    }
}

/// The signal-to-noise ratio that each of `n_blocks` random blocks needs, found by halving `range_db` to `step_db`: each
/// block has its own noise (drawn from `seed` and its number) that is only scaled, so that different receptions meet
/// the same noise. A block that fails at the upper end counts as needing that.
///
/// The channel is a random phase; one receive antenna.
pub fn required_snr(
    config: &PdschConfig,
    reception: Reception,
    n_blocks: usize,
    seed: u64,
    range_db: std::ops::Range<f64>,
    step_db: f64,
) -> RequiredSnr {
    let mut bench = Bench::new(config);
    let mut needed_db: Vec<f64> = (0..n_blocks)
        .map(|block| {
            bench.draw(config, seed.wrapping_add(block as u64));
            let (mut fails, mut passes) = (range_db.start, range_db.end);
            while passes - fails > step_db {
                let middle = 0.5 * (fails + passes);
                if bench.passes(config, reception, middle) {
                    passes = middle;
                } else {
                    fails = middle;
                }
            }
            passes
        })
        .collect();
    needed_db.sort_by(f64::total_cmp);
    RequiredSnr { needed_db }
}

struct Bench {
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

impl Bench {
    fn new(config: &PdschConfig) -> Self {
        let carrier = config.carrier();
        let grid = ResourceGrid::for_carrier(carrier, 1);
        let options = ReceiverOptions::default();
        Self {
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

    fn draw(&mut self, config: &PdschConfig, seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        self.tb.iter_mut().for_each(|byte| *byte = rng.random());
        self.sent.clear();
        self.transmitter.transmit(&self.tb, config, &mut self.sent);
        let phase = std::f32::consts::TAU * rng.random::<f32>();
        let h = Complex32::from_polar(1.0, phase);
        self.channel.as_mut_slice().fill(h);
        self.sent.as_mut_slice().iter_mut().for_each(|x| *x *= h);
        for z in self.unit_noise.as_mut_slice() {
            let radius = (-(1.0 - rng.random::<f32>()).ln()).sqrt();
            *z = Complex32::from_polar(radius, std::f32::consts::TAU * rng.random::<f32>());
        }
    }

    fn passes(&mut self, config: &PdschConfig, reception: Reception, snr_db: f64) -> bool {
        let variance = 10f64.powf(-snr_db / 10.0) as f32;
        let deviation = variance.sqrt();
        let noisy = self.received.as_mut_slice().iter_mut();
        for ((y, x), z) in noisy.zip(self.sent.as_slice()).zip(self.unit_noise.as_slice()) {
            *y = x + z * deviation;
        }
        self.harq.reset();
        match reception {
            Reception::LdpcAlone => self.ldpc_alone(config, variance),
            Reception::KnownChannel => {
                let report =
                    self.receiver.decode_known_channel(&self.received, config, &mut self.harq, &self.channel, variance);
                report.crc_ok && self.receiver.transport_block() == self.tb
            }
            Reception::EstimatedChannel => {
                let report = self.receiver.decode(&self.received, config, &mut self.harq);
                report.crc_ok && self.receiver.transport_block() == self.tb
            }
        }
    }

    fn ldpc_alone(&mut self, config: &PdschConfig, variance: f32) -> bool {
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
    use crate::frame::{BandwidthPart, Carrier, CyclicPrefix, Numerology, Rnti, SlotPoint};
    use crate::pdsch::{
        McsTable, PdschCodeword, PdschDmrs, PdschParameters, PrbList, Precoder, TbScaling, VrbRun, VrbToPrb,
    };
    use crate::reference_signal::dmrs::DmrsType;

    fn qam256() -> PdschConfig {
        let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 24).unwrap();
        let bwp = BandwidthPart::new(&carrier, 0, 24).unwrap();
        let mcs = McsTable::Qam256.entry(22).unwrap();
        let p = PdschParameters {
            slot: SlotPoint::new(Numerology::MU1, 3, 7).unwrap(),
            rnti: Rnti(0x4601),
            data_scrambling_id: 17,
            start: 2,
            length: 12,
            prbs: PrbList::contiguous(VrbRun { start: 2, length: 20 }, VrbToPrb::NonInterleaved, &bwp).unwrap(),
            dmrs: PdschDmrs {
                dmrs_type: DmrsType::One,
                symbols: 1 << 2 | 1 << 7 | 1 << 11,
                scrambling_id: 17,
                n_scid: 0,
                cdm_groups_without_data: 2,
                reference_crb: 0,
                amplitude: None,
            },
            n_layers: 1,
            codewords: [
                Some(PdschCodeword {
                    modulation: mcs.modulation,
                    rate_x1024: mcs.rate_x1024.unwrap(),
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
            precoder: Precoder::single_port(),
        };
        PdschConfig::new(&carrier, p).unwrap()
    }

    /// What the receiver says of the signal is true on average.
    #[test]
    fn reports_are_unbiased() {
        let config = qam256();
        let mut bench = Bench::new(&config);
        let n = 60;
        let (mut snr, mut evm, mut cfo) = (0.0, 0.0, 0.0);
        for block in 0..n {
            bench.draw(&config, 77 + block);
            assert!(bench.passes(&config, Reception::EstimatedChannel, 25.0));
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
        let config = qam256();
        let measure = |reception| required_snr(&config, reception, 100, 2024, 18.0..26.0, 0.03);
        let [alone, known, estimated] =
            [Reception::LdpcAlone, Reception::KnownChannel, Reception::EstimatedChannel].map(measure);
        for bler in [0.1, 0.01] {
            let [alone, known, estimated] = [&alone, &known, &estimated].map(|r| r.at_bler(bler));
            println!(
                "256QAM, {} bits, BLER {bler}: LDPC {alone:.2} dB, known channel +{:.2} dB, estimated +{:.2} dB",
                config.tbs(),
                known - alone,
                estimated - alone
            );
            assert!(alone > 18.1 && estimated < 25.9, "the range is too narrow");
            assert!(known - alone < 0.3);
            assert!(estimated - alone < 1.0);
        }
    }
}
