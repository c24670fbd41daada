//! Transmitter against receiver over random valid configurations, and what is refused.

use super::*;
use crate::coding::ldpc::HarqBuffer;
use crate::frame::{BandwidthPart, Carrier, CellId, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use crate::reference_signal::dmrs::{DmrsLength, DmrsType, MappingType, TypeAPosition, pdsch_dmrs_symbols};
use crate::reference_signal::dmrs_port::DmrsPorts;
use crate::{Complex32, ConfigError};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

fn carrier(mu: u8, start_crb: u16, n_prb: u16) -> Carrier {
    Carrier::new(Numerology::new(mu).unwrap(), CyclicPrefix::Normal, start_crb, n_prb).unwrap()
}

fn extended_carrier(start_crb: u16, n_prb: u16) -> Carrier {
    Carrier::new(Numerology::MU2, CyclicPrefix::Extended, start_crb, n_prb).unwrap()
}

/// A valid PDSCH of 10 blocks on a carrier of 25, of which tests change one thing.
fn valid() -> (Carrier, PdschParameters) {
    let carrier = carrier(0, 4, 25);
    let bwp = BandwidthPart::new(&carrier, 6, 20).unwrap();
    let p = PdschParameters {
        slot: SlotPoint::new(Numerology::MU0, 17, 4).unwrap(),
        rnti: Rnti(0x1234),
        data_scrambling_id: 1,
        start: 2,
        length: 12,
        prbs: PrbList::contiguous(VrbRun { start: 3, length: 10 }, VrbToPrb::NonInterleaved, &bwp).unwrap(),
        dmrs: PdschDmrs {
            dmrs_type: DmrsType::One,
            symbols: 1 << 2 | 1 << 7 | 1 << 11,
            ports: DmrsPorts::single(),
            scrambling_id: 1,
            n_scid: 0,
            cdm_groups_without_data: 2,
            reference_crb: 0,
            amplitude: None,
        },
        ptrs: None,
        codewords: [
            Some(PdschCodeword {
                modulation: crate::modulation::Modulation::Qam16,
                rate_x1024: 490.0,
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
    (carrier, p)
}

fn gaussian(rng: &mut ChaCha8Rng, variance: f32) -> Complex32 {
    let radius = (-variance * (1.0 - rng.random::<f32>()).ln()).sqrt();
    Complex32::from_polar(radius, std::f32::consts::TAU * rng.random::<f32>())
}

/// Sends `tb` over a channel with a delay and a phase for each antenna, and noise.
fn over_the_air(config: &PdschConfig, tb: &[u8], n_antennas: usize, snr_db: f32, seed: u64) -> (ResourceGrid, f32) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n_ports = config.parameters().precoder.n_ports();
    let mut sent = ResourceGrid::for_carrier(config.carrier(), n_ports);
    PdschTransmitter::new(config.carrier()).transmit(&[tb], config, &mut sent);
    let mut received = ResourceGrid::for_carrier(config.carrier(), n_antennas);
    // Up to a tenth of a cyclic prefix either way, in periods of the subcarrier spacing.
    let delay = 0.14 * 0.07 * (rng.random::<f32>() - 0.5);
    for antenna in 0..n_antennas {
        // Unequal, so that ports do not cancel each other.
        let mut gain = |port| Complex32::from_polar(0.4f32.powi(port), std::f32::consts::TAU * rng.random::<f32>());
        let gains: Vec<Complex32> = (0..n_ports as i32).map(&mut gain).collect();
        for l in 0..sent.n_symbols() {
            for k in 0..sent.n_subcarriers() {
                let h = Complex32::from_polar(1.0, -std::f32::consts::TAU * delay * k as f32);
                let x: Complex32 = (0..n_ports).map(|port| gains[port] * sent.symbol(port, l)[k]).sum();
                let noise = gaussian(&mut rng, 10f32.powf(-snr_db / 10.0));
                received.symbol_mut(antenna, l)[k] = h * x + noise;
            }
        }
    }
    (received, delay / config.carrier().numerology().scs_hz() as f32)
}

fn random_block(config: &PdschConfig, seed: u64) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..config.tbs() / 8).map(|_| rng.random()).collect()
}

#[derive(Clone, Debug)]
struct Draw {
    mu: u8,
    /// Extended cyclic prefix, at 60 kHz.
    extended: bool,
    start_crb: u16,
    n_prb: u16,
    run: (f64, f64),
    mapping: u8,
    times: (usize, u8, bool, bool),
    dmrs: (bool, u8, u16, u8),
    mcs: (u8, u8),
    rv: u8,
    overhead: u8,
    limited: bool,
    reserve: bool,
    ptrs: Option<(u8, u8, u8)>,
    amplitude: f32,
    ports: usize,
    antennas: usize,
    seed: u64,
}

fn draws() -> impl Strategy<Value = Draw> {
    let first = ((0..=6u8, any::<bool>()), 0..40u16, 2..=52u16, (0.0..1.0f64, 0.0..1.0f64), 0..5u8);
    let second = (
        (0..200usize, 0..4u8, any::<bool>(), any::<bool>()),
        (any::<bool>(), 1..=3u8, any::<u16>(), 0..2u8),
        (0..4u8, 0..29u8),
        prop_oneof![4 => Just(0u8), 1 => 1..=3u8],
        prop_oneof![Just(0u8), Just(6)],
    );
    let densities = (prop_oneof![Just(1u8), Just(2), Just(4)], prop_oneof![Just(2u8), Just(4)], 0..4u8);
    let ptrs = proptest::option::of(densities);
    let third = (any::<bool>(), any::<bool>(), 0.1..3.0f32, 1..=2usize, 1..=2usize, any::<u64>(), ptrs);
    (first, second, third).prop_map(|(a, b, c)| Draw {
        mu: a.0.0,
        extended: a.0.1,
        start_crb: a.1,
        n_prb: a.2,
        run: a.3,
        mapping: a.4,
        times: b.0,
        dmrs: b.1,
        mcs: b.2,
        rv: b.3,
        overhead: b.4,
        limited: c.0,
        reserve: c.1,
        amplitude: c.2,
        ports: c.3,
        antennas: c.4,
        seed: c.5,
        ptrs: c.6,
    })
}

impl Draw {
    /// A configuration; `Err` where the standard has no such combination.
    fn config(&self) -> Result<PdschConfig, ConfigError> {
        let carrier = match (self.mu, self.extended) {
            (2, true) => extended_carrier(self.start_crb, self.n_prb),
            (mu, _) => carrier(mu, self.start_crb, self.n_prb),
        };
        let bwp = BandwidthPart::new(&carrier, self.start_crb, self.n_prb)?;
        let length = 1 + (self.run.0 * f64::from(self.n_prb)) as u16;
        let start = (self.run.1 * f64::from(self.n_prb - length + 1)) as u16;
        let mapping = match self.mapping {
            0 => VrbToPrb::NonInterleaved,
            1 => VrbToPrb::Interleaved { bundle_size: 2 },
            2 => VrbToPrb::Interleaved { bundle_size: 4 },
            3 => VrbToPrb::CommonInterleaved { coreset_start: 0, initial_size: self.n_prb },
            _ => VrbToPrb::Coreset0Interleaved { size: self.n_prb },
        };
        let (sliv, additional, pos3, double) = self.times;
        let type_a = if pos3 { TypeAPosition::Pos3 } else { TypeAPosition::Pos2 };
        let mapping_type = if sliv >= 100 { MappingType::B } else { MappingType::A };
        let time = TimeAllocation::from_sliv(0, mapping_type, (sliv % 100 + if sliv >= 100 { 0 } else { 14 }) as u8)?;
        time.check(type_a, carrier.cyclic_prefix())?;
        let dmrs_length = if double { DmrsLength::Double } else { DmrsLength::Single };
        let (two, groups, scrambling_id, n_scid) = self.dmrs;
        let dmrs_type = if two { DmrsType::Two } else { DmrsType::One };
        let symbols = pdsch_dmrs_symbols(mapping_type, time.start, time.length, type_a, additional, dmrs_length)?;
        let table =
            [McsTable::Qam64, McsTable::Qam256, McsTable::Qam64LowSe, McsTable::Qam1024][usize::from(self.mcs.0)];
        let mcs = table.entry(self.mcs.1)?;
        let rate_x1024 =
            mcs.rate_x1024.ok_or_else(|| ConfigError::new("I_MCS", self.mcs.1, "reserved", "TS 38.214 5.1.3.1"))?;
        let prbs = PrbList::contiguous(VrbRun { start, length }, mapping, &bwp)?;
        let weights: Vec<Complex32> =
            (0..self.ports).map(|i| Complex32::from_polar(0.7, i as f32 + self.amplitude)).collect();
        let reserved = self.reserve.then(|| {
            // Symbols without DM-RS.
            let symbols = !symbols & 0b01_0100_1010_0110;
            [ReservedElements { crbs: prbs.crbs().iter().copied().step_by(3).collect(), subcarriers: 0b11, symbols }]
                .into()
        });
        let p = PdschParameters {
            slot: SlotPoint::new(carrier.numerology(), 5, (self.seed % 10) as u16)?,
            rnti: Rnti(scrambling_id ^ 0x55aa),
            data_scrambling_id: scrambling_id % 1024,
            start: time.start,
            length: time.length,
            prbs,
            dmrs: PdschDmrs {
                dmrs_type,
                symbols,
                ports: DmrsPorts::single(),
                scrambling_id,
                n_scid,
                cdm_groups_without_data: groups,
                reference_crb: if self.mapping == 4 { self.start_crb } else { 0 },
                amplitude: None,
            },
            ptrs: self.ptrs.map(|(time_density, frequency_density, resource_element_offset)| PdschPtrs {
                layer: 0,
                time_density,
                frequency_density,
                resource_element_offset,
                amplitude: None,
            }),
            codewords: [
                Some(PdschCodeword {
                    modulation: mcs.modulation,
                    rate_x1024,
                    rv: self.rv,
                    tbs: None,
                    scaling: TbScaling::One,
                    overhead_per_prb: self.overhead,
                    tbs_lbrm: self.limited.then(|| tbs_lbrm(self.n_prb, 1, 8)),
                }),
                None,
            ],
            reserved,
            amplitude: self.amplitude,
            prg: PrgSize::Wideband,
            precoder: Precoder::new(1, &weights)?,
        };
        PdschConfig::new(&carrier, p)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, max_global_rejects: 20_000, ..ProptestConfig::default() })]
    #[test]
    fn what_is_sent_is_received(draw in draws()) {
        let config = draw.config();
        prop_assume!(config.is_ok());
        let config = config.unwrap();
        let with_crc = config.tbs() + config.plan().crc().len();
        let rate = with_crc as f64 / config.plan().coded_bits() as f64;
        // A block of a few elements may be sent above rate 1: its size has a least.
        prop_assume!(rate < 0.93);
        let tb = random_block(&config, draw.seed);
        let snr_db = 46.0 - 20.0 * draw.amplitude.log10();
        let mut receiver = PdschReceiver::<i8>::new(config.carrier(), draw.antennas, ReceiverOptions::default());
        let mut harq = HarqBuffer::new(config.tbs());
        let (grid, delay_s) = over_the_air(&config, &tb, draw.antennas, snr_db, draw.seed);
        let mut report = receiver.decode(&grid, &config, &mut harq);
        if draw.rv != 0 && !report.crc_ok {
            // A version with few systematic bits need not suffice alone, but with version 0.
            let again = Draw { rv: 0, ..draw.clone() }.config().unwrap();
            let (grid, _) = over_the_air(&again, &tb, draw.antennas, snr_db, draw.seed);
            report = receiver.decode(&grid, &again, &mut harq);
        }
        prop_assert!(report.crc_ok, "{:?} {:?} tbs {}", draw, report, config.tbs());
        prop_assert_eq!(receiver.transport_block(), &tb[..]);
        prop_assert!(report.evm_percent < 8.0, "{:?}", report);
        let cell = 1.0 / (config.carrier().numerology().scs_hz() as f32 * 12.0 * config.prbs().crbs().len() as f32);
        prop_assert!((report.delay_s - delay_s).abs() < 0.1 * cell, "delay {} said {}", delay_s, report.delay_s);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, max_global_rejects: 20_000, ..ProptestConfig::default() })]
    #[test]
    fn every_element_has_one_use(draw in draws()) {
        let config = draw.config();
        prop_assume!(config.is_ok());
        let config = config.unwrap();
        let p = config.parameters();
        let mut ptrs = PdschPtrsElements::new(config.carrier());
        ptrs.configure(&config);
        let tb = random_block(&config, draw.seed);
        let mut sent = ResourceGrid::for_carrier(config.carrier(), p.precoder.n_ports());
        PdschTransmitter::new(config.carrier()).transmit(&[&tb], &config, &mut sent);

        let first_dmrs = p.dmrs.symbols.trailing_zeros() as usize;
        let mut n_ptrs = 0;
        for l in 0..sent.n_symbols() {
            for (k, r) in ptrs.iter(&config, l) {
                n_ptrs += 1;
                prop_assert!(config.symbols().contains(&l) && p.dmrs.symbols >> l & 1 == 0);
                // The value of the DM-RS at the same subcarrier, 7.4.1.2.1.
                let (dmrs, here) = (sent.symbol(0, first_dmrs)[k], sent.symbol(0, l)[k]);
                prop_assert!((dmrs / config.dmrs_amplitude() - here).norm() < 1e-5, "{} and {}", dmrs, here);
                prop_assert!((p.precoder.weights(0, 0)[0] * r * p.amplitude - here).norm() < 1e-5);
                let crb = p.prbs.crbs().iter().position(|&crb| usize::from(crb - draw.start_crb) == k / 12);
                prop_assert!(crb.is_some(), "outside the allocation");
                let reserved = p.reserved.iter().flat_map(|r| r.iter()).any(|r| {
                    r.symbols >> l & 1 == 1 && r.subcarriers >> (k % 12) & 1 == 1
                        && r.crbs.contains(&p.prbs.crbs()[crb.unwrap()])
                });
                prop_assert!(!reserved);
            }
        }
        prop_assert!(p.ptrs.is_some() || n_ptrs == 0);
        let pilots = p.dmrs.dmrs_type.pilots_per_prb() * p.prbs.crbs().len() * p.dmrs.symbols.count_ones() as usize;
        let port = sent.as_slice().chunks(sent.n_symbols() * sent.n_subcarriers()).next();
        let used = port.into_iter().flatten().filter(|x| **x != Complex32::ZERO).count();
        prop_assert_eq!(used, config.n_re() + n_ptrs + pilots);

        let without = Draw { ptrs: None, ..draw }.config().unwrap();
        prop_assert_eq!(without.n_re(), config.n_re() + n_ptrs);
        prop_assert_eq!(without.tbs(), config.tbs());
    }
}

#[test]
fn retransmissions_combine() {
    let (carrier, mut p) = valid();
    let mut harq = HarqBuffer::new(20_000);
    let mut receiver = PdschReceiver::<i8>::new(&carrier, 1, ReceiverOptions::default());
    let mut passes = 0;
    let mut tb = Vec::new();
    for (i, rv) in [0, 2, 3, 1].into_iter().enumerate() {
        p.codewords[0].as_mut().unwrap().rv = rv;
        let config = PdschConfig::new(&carrier, p.clone()).unwrap();
        if i == 0 {
            tb = random_block(&config, 3);
        }
        let (grid, _) = over_the_air(&config, &tb, 1, 4.5, 40 + i as u64);
        let report = receiver.decode(&grid, &config, &mut harq);
        assert!(i > 0 || !report.crc_ok, "a first transmission that passes shows nothing");
        if report.crc_ok {
            assert_eq!(receiver.transport_block(), &tb[..]);
            passes += 1;
            break;
        }
    }
    assert_eq!(passes, 1);
}

#[test]
fn hostile_grids_fail_quietly() {
    let (carrier, p) = valid();
    let config = PdschConfig::new(&carrier, p).unwrap();
    let mut receiver = PdschReceiver::<i8>::new(&carrier, 2, ReceiverOptions::default());
    let mut harq = HarqBuffer::new(config.tbs());
    let mut grid = ResourceGrid::for_carrier(&carrier, 2);
    for value in [0.0, f32::NAN, f32::INFINITY, f32::MAX, 1e-30, 1.0] {
        grid.as_mut_slice().fill(Complex32::new(value, -value));
        harq.reset();
        let report = receiver.decode(&grid, &config, &mut harq);
        assert!(!report.crc_ok, "{value}");
        // Half of it numbers.
        grid.as_mut_slice().iter_mut().step_by(2).for_each(|y| *y = Complex32::new(0.3, 0.1));
        harq.reset();
        assert!(!receiver.decode(&grid, &config, &mut harq).crc_ok);
    }
}

#[test]
fn what_breaks_the_standard_is_refused_with_its_clause() {
    type Change = fn(&mut PdschParameters);
    let changes: [(Change, &str, &str); 29] = [
        (|p| p.codewords[0] = None, "codewords", "TS 38.211 7.3.1.3"),
        (|p| p.codewords[1] = p.codewords[0], "codewords", "TS 38.211 7.3.1.3"),
        (|p| p.dmrs.ports = DmrsPorts::first(5).unwrap(), "codewords", "TS 38.211 7.3.1.3"),
        (|p| p.dmrs.ports = DmrsPorts::first(2).unwrap(), "precoder", "TS 38.211 7.3.1.4"),
        (|p| p.precoder = Precoder::per_group(1, 1, &[Complex32::ONE; 2]).unwrap(), "precoders", "TS 38.214 5.1.2.3"),
        (|p| p.dmrs.ports = DmrsPorts::new(&[4]).unwrap(), "DM-RS port", "TS 38.211 Tables 7.4.1.1.2-1 and -2"),
        (
            |p| (p.dmrs.ports, p.dmrs.cdm_groups_without_data) = (DmrsPorts::new(&[2]).unwrap(), 1),
            "DM-RS CDM groups without data",
            "TS 38.214 5.1.6.2",
        ),
        (|p| p.dmrs.symbols = 0b1000_0110_0000, "DM-RS symbols", "TS 38.211 7.4.1.1.2"),
        (|p| p.dmrs.symbols = 0b1010_1010_1000, "DM-RS symbols", "TS 38.211 7.4.1.1.2"),
        (|p| p.ptrs.as_mut().unwrap().layer = 1, "layer of the PT-RS", "TS 38.214 5.1.6.3"),
        (|p| p.length = 13, "PDSCH symbols", "TS 38.214 5.1.2.1"),
        (|p| p.start = 14, "PDSCH symbols", "TS 38.214 5.1.2.1"),
        (|p| p.dmrs.symbols = 0, "DM-RS symbols", "TS 38.211 7.4.1.1.2"),
        (|p| p.dmrs.symbols = 0b10, "DM-RS symbol", "TS 38.211 7.4.1.1.2"),
        (|p| p.dmrs.cdm_groups_without_data = 3, "DM-RS CDM groups without data", "TS 38.214 Table 4.1-1"),
        (|p| p.dmrs.n_scid = 2, "n_SCID", "TS 38.211 7.4.1.1.1"),
        (|p| p.dmrs.reference_crb = 10, "DM-RS reference block", "TS 38.211 7.4.1.1.2"),
        (|p| p.data_scrambling_id = 1024, "n_ID", "TS 38.211 7.3.1.1"),
        (|p| p.amplitude = f32::NAN, "beta_PDSCH", "TS 38.211 7.3.1.5"),
        (|p| p.codewords[0].as_mut().unwrap().rv = 4, "rv_id", "TS 38.214 5.1.3"),
        (|p| p.codewords[0].as_mut().unwrap().overhead_per_prb = 5, "xOverhead", "TS 38.214 5.1.3.2"),
        (|p| p.codewords[0].as_mut().unwrap().tbs = Some(100), "transport block size", "TS 38.214 5.1.3.2"),
        (|p| p.ptrs.as_mut().unwrap().time_density = 3, "L_PT-RS", "TS 38.211 7.4.1.2.2"),
        (|p| p.ptrs.as_mut().unwrap().frequency_density = 3, "K_PT-RS", "TS 38.211 7.4.1.2.2"),
        (
            |p| p.ptrs.as_mut().unwrap().resource_element_offset = 4,
            "resourceElementOffset",
            "TS 38.211 Table 7.4.1.2.2-1",
        ),
        (|p| p.ptrs.as_mut().unwrap().amplitude = Some(0.0), "beta_PT-RS", "TS 38.211 7.4.1.2.2"),
        (|p| p.rnti = Rnti::SI, "PT-RS with RNTI", "TS 38.214 5.1.6.3"),
        (|p| p.rnti = Rnti::P, "PT-RS with RNTI", "TS 38.214 5.1.6.3"),
        (
            |p| {
                (p.length, p.dmrs.symbols) = (4, 1 << 2);
                p.ptrs.as_mut().unwrap().time_density = 4;
            },
            "L_PT-RS",
            "TS 38.214 5.1.6.3",
        ),
    ];
    let (carrier, mut p) = valid();
    p.ptrs = Some(PdschPtrs {
        layer: 0,
        time_density: 1,
        frequency_density: 2,
        resource_element_offset: 0,
        amplitude: None,
    });
    assert!(PdschConfig::new(&carrier, p.clone()).is_ok());
    for (i, (change, parameter, clause)) in changes.into_iter().enumerate() {
        let mut changed = p.clone();
        change(&mut changed);
        let error = PdschConfig::new(&carrier, changed).unwrap_err();
        assert_eq!((error.parameter(), error.clause()), (parameter, clause), "change {i}: {error}");
    }
    let narrow = self::carrier(0, 4, 12);
    assert_eq!(PdschConfig::new(&narrow, p.clone()).unwrap_err().parameter(), "allocated blocks");
    let other = self::carrier(1, 4, 25);
    assert_eq!(PdschConfig::new(&other, p.clone()).unwrap_err().parameter(), "numerology of the slot");
    let mut collides = p;
    let over_dmrs = ReservedElements { crbs: vec![10], subcarriers: 1, symbols: 1 << 7 };
    collides.reserved = Some(Arc::new([over_dmrs]));
    assert_eq!(PdschConfig::new(&carrier, collides).unwrap_err().parameter(), "reserved elements");
}

fn context(carrier: Carrier) -> FallbackContext {
    FallbackContext {
        carrier,
        bwp: BandwidthPart::new(&carrier, carrier.start_crb(), carrier.n_prb()).unwrap(),
        cell_id: CellId::new(500).unwrap(),
        dci_slot: SlotPoint::new(carrier.numerology(), 784, 0).unwrap(),
        frequency_size: 48,
        coreset_start_crb: 1,
        type_a_position: TypeAPosition::Pos2,
        time_table: TimeTable::Default(DefaultTimeTable::A),
        mcs_table: McsTable::Qam64,
        data_scrambling_id: Some(7),
        dmrs_scrambling_id: Some(9),
        overhead_per_prb: 0,
        tbs_lbrm: Some(tbs_lbrm(52, 4, 8)),
        reserved: None,
    }
}

fn sib1_grant() -> FallbackGrant {
    FallbackGrant {
        kind: GrantKind::Sib1,
        rnti: Rnti::SI,
        common_search_space: true,
        frequency_resource: 288,
        time_resource: 0,
        interleaved: false,
        mcs: 6,
        rv: 0,
        tb_scaling: 0,
        first_transmission: None,
    }
}

#[test]
fn a_grant_gives_the_pdsch_that_the_clauses_say() {
    let context = context(carrier(0, 0, 52));
    let sib1 = PdschConfig::from_fallback_grant(&context, &sib1_grant()).unwrap();
    assert_eq!(sib1.prbs().crbs(), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!((sib1.symbols(), sib1.dmrs_symbols(), sib1.tbs()), (2..14, 1 << 2 | 1 << 7 | 1 << 11, 672));
    let p = sib1.parameters();
    assert_eq!((p.data_scrambling_id, p.dmrs.scrambling_id, p.dmrs.reference_crb), (500, 500, 1));
    // Interleaved over CORESET#0: bundle j of VRBs to bundle f(j); the first VRBs lie on both halves.
    let interleaved =
        PdschConfig::from_fallback_grant(&context, &FallbackGrant { interleaved: true, ..sib1_grant() }).unwrap();
    assert_eq!(interleaved.prbs().crbs(), [1, 2, 25, 26, 3, 4, 27]);
    let device = FallbackGrant { kind: GrantKind::Device, rnti: Rnti(17), common_search_space: false, ..sib1_grant() };
    let device = PdschConfig::from_fallback_grant(&context, &device).unwrap();
    let p = device.parameters();
    assert_eq!((p.data_scrambling_id, p.dmrs.scrambling_id, p.dmrs.reference_crb), (7, 9, 0));
    assert_eq!(device.prbs().crbs()[0], 0);
    let common = FallbackGrant { kind: GrantKind::ContentionResolution, rnti: Rnti(17), mcs: 20, ..sib1_grant() };
    let common = PdschConfig::from_fallback_grant(&context, &common).unwrap();
    assert_eq!(common.parameters().data_scrambling_id, 500);
    assert_eq!(common.modulation(), crate::modulation::Modulation::Qam64);
    // Half the information, so a smaller block on the same elements.
    let ra = FallbackGrant { kind: GrantKind::RandomAccess, rnti: Rnti(39), tb_scaling: 1, ..sib1_grant() };
    let ra = PdschConfig::from_fallback_grant(&context, &ra).unwrap();
    assert!(ra.tbs() < 350 && ra.n_re() == sib1.n_re());
}

#[test]
fn grants_with_the_extended_prefix_take_its_tables() {
    let context = context(extended_carrier(0, 52));
    let of = |table, time_resource| {
        let context = FallbackContext { time_table: TimeTable::Default(table), ..context.clone() };
        PdschConfig::from_fallback_grant(&context, &FallbackGrant { time_resource, ..sib1_grant() })
    };
    let symbols = |table, m| of(table, m).map(|config| (config.symbols(), config.dmrs_symbols()));
    // Rows of Table 5.1.2.1.1-3, the DM-RS from Table 7.4.1.1.2-3 by their length.
    assert_eq!(symbols(DefaultTimeTable::A, 0), Ok((2..8, 1 << 2 | 1 << 7)));
    assert_eq!(symbols(DefaultTimeTable::A, 1), Ok((2..12, 1 << 2 | 1 << 6 | 1 << 9)));
    assert_eq!(symbols(DefaultTimeTable::A, 7), Ok((5..11, 1 << 5 | 1 << 9)));
    assert_eq!(symbols(DefaultTimeTable::A, 10), Ok((10..12, 1 << 10)));
    assert_eq!(symbols(DefaultTimeTable::B, 4), Ok((10..12, 1 << 10)));
    assert_eq!(of(DefaultTimeTable::B, 11).unwrap_err().parameter(), "PDSCH symbols", "4 from symbol 10");
    // c_init counts 12 symbols a slot.
    let sib1 = of(DefaultTimeTable::A, 0).unwrap();
    let slot = u64::from(context.dci_slot.slot());
    assert_eq!(u64::from(sib1.dmrs_c_init(7)), ((12 * slot + 7 + 1) * (2 * 500 + 1) * (1 << 17) + 2 * 500) % (1 << 31));
}

#[test]
fn grants_that_no_device_must_expect_are_refused() {
    let context = context(carrier(0, 0, 52));
    let refused = |grant: FallbackGrant| PdschConfig::from_fallback_grant(&context, &grant).unwrap_err();
    assert_eq!(refused(FallbackGrant { mcs: 10, ..sib1_grant() }).parameter(), "I_MCS");
    assert_eq!(refused(FallbackGrant { mcs: 29, kind: GrantKind::Device, ..sib1_grant() }).parameter(), "I_MCS");
    assert_eq!(refused(FallbackGrant { mcs: 40, ..sib1_grant() }).parameter(), "I_MCS");
    assert_eq!(
        refused(FallbackGrant { frequency_resource: 2000, ..sib1_grant() }).parameter(),
        "resource indication value"
    );
    assert_eq!(
        refused(FallbackGrant { time_resource: 16, ..sib1_grant() }).parameter(),
        "time domain resource assignment"
    );
    let scaled = FallbackGrant { kind: GrantKind::RandomAccess, tb_scaling: 3, ..sib1_grant() };
    assert_eq!(refused(scaled).parameter(), "TB scaling");
    // 48 blocks of QPSK at 0.66 are more than 2976 bits.
    let riv = VrbRun { start: 0, length: 48 }.riv(48).unwrap();
    let long = FallbackGrant { frequency_resource: riv, mcs: 9, ..sib1_grant() };
    assert_eq!(refused(long).parameter(), "transport block size");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    /// Whatever a DCI says, a grant becomes a configuration or an error, never a panic.
    #[test]
    fn any_grant_is_judged(
        fields in (0..6usize, any::<u16>(), any::<bool>(), any::<u32>(), any::<u8>(), any::<bool>(), any::<u8>()),
        rest in (any::<u8>(), any::<u8>(), any::<bool>()),
        place in (0..300u16, 0..300u16, 0..3usize),
        small in any::<bool>(),
    ) {
        let kinds = [
            GrantKind::Sib1,
            GrantKind::SystemInformation,
            GrantKind::Paging,
            GrantKind::RandomAccess,
            GrantKind::ContentionResolution,
            GrantKind::Device,
        ];
        let grant = FallbackGrant {
            kind: kinds[fields.0],
            rnti: Rnti(fields.1),
            common_search_space: fields.2,
            frequency_resource: if small { fields.3 % 1500 } else { fields.3 },
            time_resource: if small { fields.4 % 16 } else { fields.4 },
            interleaved: fields.5,
            mcs: if small { fields.6 % 32 } else { fields.6 },
            rv: if small { rest.0 % 4 } else { rest.0 },
            tb_scaling: if small { rest.1 % 4 } else { rest.1 },
            first_transmission: rest.2.then_some((1000, 500.0)),
        };
        let mut context = context(carrier(0, 0, 52));
        context.frequency_size = place.0;
        context.coreset_start_crb = place.1;
        context.time_table =
            TimeTable::Default([DefaultTimeTable::A, DefaultTimeTable::B, DefaultTimeTable::C][place.2]);
        if let Ok(config) = PdschConfig::from_fallback_grant(&context, &grant) {
            prop_assert!(config.tbs() >= 24 && config.n_re() > 0);
        }
    }
}
