//! Many layers: transmitter against receiver over random valid configurations.

use super::*;
use crate::coding::ldpc::HarqBuffer;
use crate::estimation::Breadth;
use crate::frame::{BandwidthPart, Carrier, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use crate::reference_signal::dmrs::{DmrsLength, DmrsType, MappingType, TypeAPosition, pdsch_dmrs_symbols};
use crate::reference_signal::dmrs_port::DmrsPorts;
use crate::{Complex32, ConfigError};
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[derive(Clone, Debug)]
struct Draw {
    n_layers: usize,
    dmrs_type: DmrsType,
    length: DmrsLength,
    additional: u8,
    prg: PrgSize,
    /// Own weights in each group.
    grouped: bool,
    blocks: (u16, u16),
    interleaved: bool,
    mcs: [u8; 2],
    more_ports: usize,
    more_antennas: usize,
    ptrs: Option<(u8, u8, u8)>,
    seed: u64,
}

fn draws() -> impl Strategy<Value = Draw> {
    let dmrs = (
        1..=8usize,
        prop_oneof![Just(DmrsType::One), Just(DmrsType::Two)],
        prop_oneof![Just(DmrsLength::Single), Just(DmrsLength::Double)],
        0..=2u8,
    );
    let prg = (prop_oneof![Just(PrgSize::Wideband), Just(PrgSize::Two), Just(PrgSize::Four)], any::<bool>());
    let blocks = ((0..12u16, 4..=24u16), any::<bool>(), [0..24u8, 0..24u8]);
    let ptrs = (prop_oneof![Just(1u8), Just(2), Just(4)], prop_oneof![Just(2u8), Just(4)], 0..4u8);
    let rest = (0..2usize, 0..=2usize, proptest::option::of(ptrs), any::<u64>());
    (dmrs, prg, blocks, rest).prop_map(|(dmrs, prg, blocks, rest)| Draw {
        n_layers: dmrs.0,
        dmrs_type: dmrs.1,
        length: dmrs.2,
        additional: dmrs.3,
        prg: prg.0,
        grouped: prg.1,
        blocks: blocks.0,
        interleaved: blocks.1,
        mcs: blocks.2,
        more_ports: rest.0,
        more_antennas: rest.1,
        ptrs: rest.2,
        seed: rest.3,
    })
}

fn random(rng: &mut ChaCha8Rng) -> Complex32 {
    Complex32::new(rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0))
}

/// Columns of length 1 at right angles, `[row][column]`: layers that a receiver can tell apart.
fn orthonormal(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> Vec<Complex32> {
    let mut done: Vec<Vec<Complex32>> = Vec::new();
    while done.len() < columns {
        let mut v: Vec<Complex32> = (0..rows).map(|_| random(rng)).collect();
        for u in &done {
            let dot: Complex32 = u.iter().zip(&v).map(|(u, v)| u.conj() * v).sum();
            v.iter_mut().zip(u).for_each(|(v, u)| *v -= dot * u);
        }
        let norm = v.iter().map(|v| v.norm_sqr()).sum::<f32>().sqrt();
        if norm > 0.1 {
            done.push(v.iter().map(|v| v / norm).collect());
        }
    }
    (0..rows * columns).map(|i| done[i % columns][i / columns]).collect()
}

impl Draw {
    fn config(&self) -> Result<PdschConfig, ConfigError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 5, 36)?;
        let bwp = BandwidthPart::new(&carrier, 5, 36)?;
        let mapping =
            if self.interleaved { VrbToPrb::Interleaved { bundle_size: 4 } } else { VrbToPrb::NonInterleaved };
        let run = VrbRun { start: self.blocks.0, length: self.blocks.1 };
        let prbs = PrbList::contiguous(run, mapping, &bwp)?;
        let type_a = TypeAPosition::Pos2;
        let symbols = pdsch_dmrs_symbols(MappingType::A, 2, 12, type_a, self.additional, self.length)?;
        let n_ports = 2 * self.dmrs_type.cdm_groups() * if self.length == DmrsLength::Double { 2 } else { 1 };
        let mut ports: Vec<u8> = (0..n_ports as u8).collect();
        ports.shuffle(&mut rng);
        ports.truncate(self.n_layers);
        let (lowest, highest) = prbs.bounds();
        let n_groups = if self.grouped { self.prg.group(highest, lowest) + 1 } else { 1 };
        let n_antenna_ports = self.n_layers + self.more_ports;
        let weights: Vec<_> =
            (0..n_groups).flat_map(|_| orthonormal(&mut rng, n_antenna_ports, self.n_layers)).collect();
        let codeword = |mcs: u8| {
            let mcs = McsTable::Qam64.entry(mcs)?;
            Ok(PdschCodeword {
                modulation: mcs.modulation,
                rate_x1024: mcs.rate_x1024.unwrap_or(1.0),
                rv: 0,
                tbs: None,
                scaling: TbScaling::One,
                overhead_per_prb: 0,
                tbs_lbrm: None,
            })
        };
        let second = if self.n_layers > 4 { Some(codeword(self.mcs[1])?) } else { None };
        let p = PdschParameters {
            slot: SlotPoint::new(Numerology::MU1, 3, (self.seed % 20) as u16)?,
            rnti: Rnti(0x4000 | (self.seed % 0x1000) as u16),
            data_scrambling_id: (self.seed % 1024) as u16,
            start: 2,
            length: 12,
            prbs,
            dmrs: PdschDmrs {
                dmrs_type: self.dmrs_type,
                symbols,
                ports: DmrsPorts::new(&ports)?,
                scrambling_id: (self.seed >> 20) as u16,
                n_scid: (self.seed & 1) as u8,
                cdm_groups_without_data: self.dmrs_type.cdm_groups() as u8,
                reference_crb: 0,
                amplitude: None,
            },
            ptrs: self.ptrs.map(|(time_density, frequency_density, resource_element_offset)| PdschPtrs {
                layer: (self.seed % self.n_layers as u64) as u8,
                time_density,
                frequency_density,
                resource_element_offset,
                amplitude: None,
            }),
            codewords: [Some(codeword(self.mcs[0])?), second],
            reserved: None,
            amplitude: 0.8,
            prg: self.prg,
            precoder: Precoder::per_group(self.n_layers, n_antenna_ports, &weights)?,
        };
        PdschConfig::new(&carrier, p)
    }

    /// Sends random blocks through orthogonal paths with a delay for each, turned by `phase(l)` in symbol `l`; with noise.
    fn send(&self, config: &PdschConfig, phase: impl Fn(usize) -> f32) -> (Vec<Vec<u8>>, ResourceGrid) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 0x5a5a);
        let mut blocks = Vec::new();
        for q in 0..config.layers().n_codewords() {
            blocks.push((0..config.codeword(q).tbs() / 8).map(|_| rng.random()).collect::<Vec<u8>>());
        }
        let n_ports = config.parameters().precoder.n_ports();
        let n_antennas = n_ports + self.more_antennas;
        let mut sent = ResourceGrid::for_carrier(config.carrier(), n_ports);
        let slices: Vec<&[u8]> = blocks.iter().map(Vec::as_slice).collect();
        PdschTransmitter::new(config.carrier()).transmit(&slices, config, &mut sent);
        let paths = orthonormal(&mut rng, n_antennas, n_ports);
        // Up to a third of a cyclic prefix, in periods of the subcarrier spacing.
        let delays: Vec<f32> = (0..n_ports).map(|_| rng.random_range(0.0..0.07 / 3.0)).collect();
        let mut received = ResourceGrid::for_carrier(config.carrier(), n_antennas);
        for l in config.symbols() {
            for k in 0..sent.n_subcarriers() {
                let path = |port: usize| Complex32::cis(-std::f32::consts::TAU * delays[port] * k as f32 + phase(l));
                let x: Vec<Complex32> = (0..n_ports).map(|port| sent.symbol(port, l)[k] * path(port)).collect();
                for antenna in 0..n_antennas {
                    let y: Complex32 = x.iter().zip(&paths[antenna * n_ports..]).map(|(x, h)| x * h).sum();
                    // Noise that differs from antenna to antenna.
                    let deviation = [0.004, 0.001, 0.003, 0.002][antenna % 4];
                    received.symbol_mut(antenna, l)[k] = y + random(&mut rng) * deviation;
                }
            }
        }
        (blocks, received)
    }

    fn receive(&self, config: &PdschConfig, blocks: &[Vec<u8>], grid: &ResourceGrid) -> Result<(), TestCaseError> {
        let [linear, together] = [Detector::LinearMmse, Detector::MaxLog(Breadth::FULL)];
        for (interference, detector) in
            [(Interference::White, linear), (Interference::Rejected, linear), (Interference::Rejected, together)]
        {
            let options = ReceiverOptions { max_layers: 8, interference, detector, ..ReceiverOptions::default() };
            let mut receiver = PdschReceiver::<i8>::new(config.carrier(), grid.n_ports(), options);
            receiver.receive(grid, config);
            for (q, block) in blocks.iter().enumerate() {
                let report = receiver.decode_codeword(config, q, &mut HarqBuffer::new(config.codeword(q).tbs()));
                prop_assert!(report.crc_ok, "{:?} {:?}, codeword {}: {:?}", interference, detector, q, report);
                prop_assert_eq!(receiver.transport_block(), &block[..]);
                prop_assert!(report.evm_percent < 9.0, "{:?}, codeword {}: {:?}", interference, q, report);
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, max_global_rejects: 20_000, ..ProptestConfig::default() })]
    #[test]
    fn layers_are_sent_and_received(draw in draws()) {
        let config = draw.config();
        prop_assume!(config.is_ok());
        let config = config.unwrap();
        let (blocks, grid) = draw.send(&config, |_| 0.0);
        draw.receive(&config, &blocks, &grid)?;
    }
}

/// A common phase that jumps from symbol to symbol is what PT-RS are for.
#[test]
fn phase_noise_is_tracked_by_ptrs() {
    let mut draw = Draw {
        n_layers: 4,
        dmrs_type: DmrsType::One,
        length: DmrsLength::Single,
        additional: 1,
        prg: PrgSize::Wideband,
        grouped: false,
        blocks: (0, 24),
        interleaved: false,
        mcs: [22, 22],
        more_ports: 0,
        more_antennas: 0,
        ptrs: Some((1, 2, 0)),
        seed: 77,
    };
    let phase = |l: usize| [0.0, 0.3, -0.4, 0.2, 0.6, -0.1, 0.5, -0.3, 0.25, 0.4, -0.35, 0.1, 0.5, -0.2][l];
    let config = draw.config().unwrap();
    // The DM-RS themselves stand still: their phases are part of the channel.
    let held = |l: usize| if config.dmrs_symbols() >> l & 1 == 1 { 0.0 } else { phase(l) };
    let (blocks, grid) = draw.send(&config, held);
    draw.receive(&config, &blocks, &grid).unwrap();
    draw.ptrs = None;
    let config = draw.config().unwrap();
    let (blocks, grid) = draw.send(&config, held);
    assert!(draw.receive(&config, &blocks, &grid).is_err(), "without PT-RS it does not come through");
}

/// Elements that are no numbers, or none at all, in any place: no panic, and no block.
#[test]
fn hostile_grids_of_many_antennas_fail_quietly() {
    let draw = Draw {
        n_layers: 4,
        dmrs_type: DmrsType::One,
        length: DmrsLength::Single,
        additional: 1,
        prg: PrgSize::Two,
        grouped: false,
        blocks: (3, 9),
        interleaved: true,
        mcs: [20, 20],
        more_ports: 0,
        more_antennas: 1,
        ptrs: Some((1, 2, 0)),
        seed: 5,
    };
    let config = draw.config().unwrap();
    let (blocks, good) = draw.send(&config, |_| 0.0);
    draw.receive(&config, &blocks, &good).unwrap();
    for detector in [Detector::LinearMmse, Detector::MaxLog(Breadth::REDUCED)] {
        let options = ReceiverOptions { max_layers: 4, detector, ..ReceiverOptions::default() };
        let mut receiver = PdschReceiver::<i8>::new(config.carrier(), good.n_ports(), options);
        let mut harq = HarqBuffer::new(config.tbs());
        for value in [0.0, f32::NAN, f32::INFINITY, f32::MAX, 1e15, 1e-30, f32::MIN_POSITIVE] {
            // Everything, or one element in five and a symbol of an antenna.
            for step in [1, 5] {
                let mut grid = good.clone();
                grid.symbol_mut(2, 3).fill(Complex32::new(value, -value));
                grid.as_mut_slice().iter_mut().step_by(step).for_each(|y| *y = Complex32::new(-value, value));
                harq.reset();
                receiver.receive(&grid, &config);
                assert!(!receiver.decode_codeword(&config, 0, &mut harq).crc_ok, "{value} in one of {step}");
            }
        }
        // And it recovers.
        harq.reset();
        receiver.receive(&good, &config);
        assert!(receiver.decode_codeword(&config, 0, &mut harq).crc_ok);
    }
}
