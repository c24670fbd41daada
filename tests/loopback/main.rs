//! Random valid cells, from payloads to samples, through a channel and back: the blind search finds the SS/PBCH block,
//! its MIB leads to SIB1, and every device gets its transport blocks.

mod cell;
mod device;
mod extended;

use cell::{FRAMES, TestCell, pick};
use device::{Block, MAX_RATE};
use nrflow::Complex32;
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::frame::{
    BandwidthPart, Carrier, Coreset0Bands, Coreset0Indication, CyclicPrefix, ReceivedCoreset0, ReceivedSsb,
    ResourceGrid, Rnti, SlotPoint,
};
use nrflow::ofdm::{Mixer, OfdmConfig, OfdmDemodulator, OfdmModulator};
use nrflow::pdcch::{
    AggregationLevel, Dci0_0, Dci1_0, DciLayout, DlAssignment, PdcchCandidate, PdcchConfig, PdcchReceiver,
    PdcchScrambling, PdcchSearch, PdcchTransmission, PdcchTransmitter, RntiKind, RntiSet, SearchSpace,
};
use nrflow::pdsch::{
    DefaultTimeTable, FallbackContext, FallbackGrant, GrantKind, McsTable, PdschConfig, PdschReceiver,
    PdschTransmitter, ReceiverOptions, TimeTable, VrbRun,
};
use nrflow::propagation::{Awgn, Channel, ChannelConfig};
use nrflow::reference_signal::dmrs::TypeAPosition;
use nrflow::rrc::{DmrsTypeAPosition, Mib};
use nrflow::ssb::{CellSearch, CellSearchConfig, FoundSsb, SymbolPhase};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What lies between transmitter and receiver.
#[derive(Clone, Copy, Debug)]
struct Air {
    snr_db: f32,
    /// In subcarriers of the SS/PBCH block.
    cfo: f64,
    delay_samples: f64,
}

/// The grants of SIB1 as both sides read them, on the sender's blocks or on CORESET#0's own.
fn sib1_context(carrier: Carrier, start_crb: u16, cell: &TestCell, at: SlotPoint) -> FallbackContext {
    let n_rb = cell.geometry.coreset0().unwrap().entry.n_rb();
    FallbackContext {
        carrier,
        bwp: BandwidthPart::new(&carrier, start_crb, n_rb).unwrap(),
        cell_id: cell.cell_id,
        dci_slot: at,
        frequency_size: n_rb,
        coreset_start_crb: start_crb,
        type_a_position: match cell.mib.dmrs_type_a_position {
            DmrsTypeAPosition::Pos2 => TypeAPosition::Pos2,
            DmrsTypeAPosition::Pos3 => TypeAPosition::Pos3,
        },
        time_table: TimeTable::Default(DefaultTimeTable::A),
        mcs_table: McsTable::Qam64,
        data_scrambling_id: None,
        dmrs_scrambling_id: None,
        overhead_per_prb: 0,
        tbs_lbrm: None,
        reserved: None,
    }
}

fn sib1_grant(dci: &Dci1_0) -> FallbackGrant {
    let assignment = dci.assignment().unwrap();
    FallbackGrant {
        kind: GrantKind::Sib1,
        rnti: Rnti::SI,
        common_search_space: true,
        frequency_resource: assignment.frequency_resource.into(),
        time_resource: assignment.time_resource,
        interleaved: assignment.interleaved_vrb_to_prb,
        mcs: assignment.mcs,
        rv: dci.rv(),
        tb_scaling: 0,
        first_transmission: None,
    }
}

/// SIB1 (random bytes) in one of the monitoring occasions.
#[derive(Debug)]
struct Sib1 {
    number: u16,
    first_symbol: u8,
    candidate: PdcchCandidate,
    dci: Vec<u8>,
    pdsch: PdschConfig,
    bytes: Vec<u8>,
}

impl Sib1 {
    fn draw(cell: &TestCell, rng: &mut ChaCha8Rng) -> Option<Self> {
        let place = cell.geometry.coreset0()?;
        let (n_rb, n_symbols) = (place.entry.n_rb(), place.entry.n_symbols());
        let (number, first_symbol) = pick(rng, &cell.type0_slots());
        let ssb = cell.ssb_symbols(number);
        let mask = |start: u8, length: u8| ((1u16 << length) - 1) << start;
        if first_symbol + n_symbols > 14 || mask(first_symbol, n_symbols) & ssb != 0 {
            return None;
        }
        let length = rng.random_range(1..=n_rb);
        let assignment = DlAssignment {
            frequency_resource: VrbRun { start: rng.random_range(0..=n_rb - length), length }.riv(n_rb).ok()? as u16,
            time_resource: rng.random_range(0..16),
            interleaved_vrb_to_prb: rng.random(),
            mcs: rng.random_range(0..10),
        };
        let dci = Dci1_0::Si { assignment, rv: 0, si_message: false, reserved: rng.random_range(0..1 << 15) };
        let at = cell.slot(number);
        let context = sib1_context(*cell.carrier(), place.start_crb, cell, at);
        let pdsch = PdschConfig::from_fallback_grant(&context, &sib1_grant(&dci)).ok()?;
        let p = pdsch.parameters();
        let clear = p.start >= first_symbol + n_symbols && mask(p.start, p.length) & ssb == 0;
        if !clear || pdsch.plan().effective_code_rate() > MAX_RATE {
            return None;
        }
        let coreset = place.entry.coreset(place.start_crb, cell.cell_id).ok()?;
        let mut bytes = vec![0; pdsch.tbs() / 8];
        rng.fill_bytes(&mut bytes);
        Some(Self {
            number,
            first_symbol,
            candidate: pick(rng, &SearchSpace::type0().candidates(coreset.n_cce(), at.slot())),
            dci: dci.encode(&DciLayout::common(n_rb, None).ok()?).ok()?,
            pdsch,
            bytes,
        })
    }

    fn send(&self, cell: &TestCell, grids: &mut [ResourceGrid]) {
        let place = cell.geometry.coreset0().unwrap();
        let coreset = place.entry.coreset(place.start_crb, cell.cell_id).unwrap();
        let scrambling = PdcchScrambling::cell(cell.cell_id);
        let config = PdcchConfig::new(cell.carrier(), &coreset, self.first_symbol.into(), scrambling).unwrap();
        let grid = &mut grids[usize::from(self.number)];
        let slot = cell.slot(self.number).slot();
        let dci = PdcchTransmission::new(slot, self.candidate, &self.dci, Rnti::SI);
        PdcchTransmitter::new(&config).transmit(&dci, grid).unwrap();
        PdschTransmitter::new(cell.carrier()).transmit(&[&self.bytes], &self.pdsch, grid);
    }
}

/// A cell and all that it sends.
#[derive(Debug)]
struct Case {
    cell: TestCell,
    sib1: Option<Sib1>,
    blocks: Vec<Block>,
}

impl Case {
    /// The first valid draw of the seeds.
    fn draw(cell_seed: u64, block_seeds: &[u64]) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(cell_seed);
        let first = |draw: &mut dyn FnMut() -> Option<TestCell>| (0..10_000).find_map(|_| draw());
        let cell = first(&mut || TestCell::draw(&mut rng)).expect("a valid cell");
        // The monitoring slots may have no room beside the SS/PBCH block.
        let sib1 = (0..200).find_map(|_| Sib1::draw(&cell, &mut rng));
        let taken = sib1.as_ref().map(|sib1| sib1.number);
        let mut free: Vec<u16> =
            (0..cell.n_slots()).filter(|&n| cell.ssb_symbols(n) == 0 && Some(n) != taken).collect();
        let blocks = block_seeds
            .iter()
            .filter_map(|&seed| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                use RntiKind::{C, P, Ra, Si, Tc};
                let kind = pick(&mut rng, &[Si, P, Ra, Tc, C, C, C, C]);
                (0..2000).find_map(|_| {
                    let mut left = free.clone();
                    let block = Block::draw(&cell, kind, &mut left, &mut rng)?;
                    free = left;
                    Some(block)
                })
            })
            .collect();
        Self { cell, sib1, blocks }
    }

    fn send(&self) -> Vec<Complex32> {
        let cell = &self.cell;
        let config = cell.ofdm();
        let mut grids = vec![ResourceGrid::for_carrier(cell.carrier(), 1); cell.n_slots().into()];
        if let Some(sib1) = &self.sib1 {
            sib1.send(cell, &mut grids);
        }
        self.blocks.iter().for_each(|block| block.send(&mut grids));
        let mut samples = vec![Complex32::ZERO; usize::from(FRAMES) * 10 * config.timing().n_samples()];
        let mut modulator = OfdmModulator::new(&config);
        for (number, grid) in (0u16..).zip(&grids) {
            let slot = cell.slot(number).slot_in_subframe();
            let (start, len) = (cell.slot_start(number), config.slot_len(slot));
            modulator.modulate_slot(slot, grid, 0, &mut samples[start..start + len]);
        }
        cell.add_ssb(&mut samples);
        samples
    }
}

/// The stream as it arrives, and by how many samples later.
fn through(air: Option<Air>, cell: &TestCell, sent: Vec<Complex32>, seed: u64) -> (Vec<Complex32>, f64) {
    let Some(air) = air else { return (sent, 0.0) };
    let scs_hz = f64::from(cell.geometry.config().ssb_case.numerology().scs_hz());
    let config = ChannelConfig::new(cell.sample_rate_hz)
        .and_then(|c| c.with_cfo(air.cfo * scs_hz))
        .and_then(|c| c.with_delay(air.delay_samples))
        .and_then(|c| c.with_noise_power(Awgn::power_at_snr_per_re(air.snr_db, 1.0)))
        .unwrap()
        .with_seed(seed);
    let mut channel = Channel::new(&config).unwrap();
    let mut received = Vec::new();
    channel.process_one(&sent, &mut received);
    channel.finish(std::slice::from_mut(&mut received));
    (received, channel.latency() as f64 + air.delay_samples)
}

/// A receiver that found the cell: the stream without carrier offset, and where it begins.
struct Receiver {
    samples: Vec<Complex32>,
    /// Sample at which the sent stream's first frame begins.
    start: i64,
}

impl Receiver {
    /// The grid of slot `number` of the stream.
    fn slot(&self, cell: &TestCell, config: &OfdmConfig, number: u16) -> ResourceGrid {
        let slot = cell.slot(number).slot_in_subframe();
        let first = self.start + cell.slot_start(number) as i64;
        let sample = |i: i64| usize::try_from(i).ok().and_then(|i| self.samples.get(i)).copied();
        let samples: Vec<Complex32> =
            (first..first + config.slot_len(slot) as i64).map(|i| sample(i).unwrap_or_default()).collect();
        let mut grid = ResourceGrid::for_carrier(config.carrier(), 1);
        OfdmDemodulator::new(config).demodulate_slot(slot, &samples, 0, &mut grid);
        grid
    }
}

/// Finds the cell in the stream, knowing the stream's frequency only.
fn search(cell: &TestCell, samples: &[Complex32]) -> Vec<FoundSsb> {
    let config = CellSearchConfig::new(cell.sample_rate_hz, Some(cell.geometry.centre_hz())).unwrap();
    let mut search = CellSearch::new(&config).unwrap();
    let mut found = Vec::new();
    for chunk in samples.chunks(30_011) {
        search.push(chunk, &mut found);
    }
    search.flush(&mut found);
    found
}

/// CORESET#0 by what the block says alone.
fn coreset0(cell: &TestCell, found: &FoundSsb) -> ReceivedCoreset0 {
    let block_hz = (cell.geometry.centre_hz() as f64 + found.ssb_offset_hz).round() as u64;
    assert_eq!(block_hz, cell.geometry.ssb_frequency_hz());
    let [_, a, b, c] = found.mib().to_be_bytes();
    let mib = Mib::decode([a, b, c]).unwrap();
    assert_eq!(mib, cell.expected_mib());
    let scs30 = mib.sub_carrier_spacing_common == nrflow::rrc::CommonSubcarrierSpacing::Scs30Or120;
    let case = cell.geometry.config().ssb_case;
    let config = mib.pdcch_config_sib1.control_resource_set_zero << 4 | mib.pdcch_config_sib1.search_space_zero;
    let bands = Coreset0Bands::of_ssb(block_hz, case);
    match ReceivedSsb::new(block_hz, case, scs30, found.k_ssb(), config, bands).coreset0() {
        Coreset0Indication::Present(coreset0) => coreset0,
        other => panic!("{other:?}"),
    }
}

/// Receives SIB1 in a grid of CORESET#0's blocks alone.
fn receive_sib1(cell: &TestCell, sib1: &Sib1, receiver: &Receiver, found: &FoundSsb) -> Vec<u8> {
    let received = coreset0(cell, found);
    let entry = received.entry();
    let carrier = Carrier::new(received.numerology(), CyclicPrefix::Normal, 0, entry.n_rb()).unwrap();
    let scs_hz = i64::from(received.numerology().scs_hz());
    let offset_hz = received.centre_hz() as i64 - cell.geometry.centre_hz() as i64;
    assert_eq!(offset_hz % scs_hz, 0);
    let centre_hz = cell.geometry.centre_hz() as f64;
    let config = OfdmConfig::new(&carrier, cell.sample_rate_hz, (offset_hz / scs_hz) as i32, Some(centre_hz)).unwrap();
    let grid = receiver.slot(cell, &config, sib1.number);
    let at = cell.slot(sib1.number);
    let monitoring = received.monitoring().unwrap();
    let first_symbol = monitoring.first_symbol_in(at, found.ssb_index, found.sfn(), found.half_frame()).unwrap();
    let coreset = entry.coreset(0, found.cell_id).unwrap();
    let scrambling = PdcchScrambling::cell(found.cell_id);
    let place = PdcchConfig::new(&carrier, &coreset, first_symbol.into(), scrambling).unwrap();
    let layout = DciLayout::common(entry.n_rb(), None).unwrap();
    let dcis = PdcchReceiver::new(&place, 1).unwrap().search(
        &grid,
        &PdcchSearch {
            slot_in_frame: at.slot(),
            candidates: &SearchSpace::type0().candidates(coreset.n_cce(), at.slot()),
            dci_sizes: &[layout.size()],
            rntis: &RntiSet::broadcast(),
            unknown_rntis: false,
        },
    );
    assert_eq!(dcis.len(), 1, "DCIs in the Type0 search space: {dcis:?}");
    let dci = Dci1_0::decode(&dcis[0].bits, RntiKind::Si, &layout).unwrap();
    let context = sib1_context(carrier, 0, cell, at);
    let pdsch = PdschConfig::from_fallback_grant(&context, &sib1_grant(&dci)).unwrap();
    let mut harq = HarqBuffer::new(pdsch.tbs());
    let mut pdsch_receiver = PdschReceiver::<i8>::new(&carrier, 1, ReceiverOptions::default());
    let report = pdsch_receiver.decode(&grid, &pdsch, &mut harq);
    assert!(report.crc_ok, "SIB1: {report:?}");
    pdsch_receiver.transport_block().to_vec()
}

/// Receives a device's block: every transmission's DCI leads to its PDSCH, which are combined. `Err`: how each went.
fn receive_block(cell: &TestCell, block: &Block, receiver: &Receiver) -> Result<Vec<u8>, String> {
    let (link, config) = (&block.link, cell.ofdm());
    let mut pdcch = PdcchReceiver::new(&link.place, 1).unwrap();
    let mut pdsch = PdschReceiver::<i8>::new(cell.carrier(), 1, ReceiverOptions::default());
    let mut harq = HarqBuffer::new(8 * block.bytes.len());
    let rntis: RntiSet = [(link.rnti, link.kind)].into_iter().collect();
    let mut first = None;
    let mut reports = String::new();
    for sent in &block.transmissions {
        let at = cell.slot(sent.number);
        let grid = receiver.slot(cell, &config, sent.number);
        let found = pdcch.search(
            &grid,
            &PdcchSearch {
                slot_in_frame: at.slot(),
                candidates: &link.space.candidates(link.place.coreset().n_cce(), at.slot()),
                dci_sizes: &[link.layout.size()],
                rntis: &rntis,
                unknown_rntis: false,
            },
        );
        assert_eq!(found.len(), 1 + usize::from(sent.uplink.is_some()), "DCIs: {found:?}\nof {sent:?}");
        let uplink = found.iter().find_map(|dci| match link.kind {
            RntiKind::C | RntiKind::Tc => Dci0_0::decode(&dci.bits, &link.layout),
            _ => None,
        });
        assert_eq!(uplink, sent.uplink.as_ref().map(|(dci, ..)| *dci));
        let dci = found.iter().find_map(|dci| Dci1_0::decode(&dci.bits, link.kind, &link.layout)).unwrap();
        assert_eq!(dci.encode(&link.layout).unwrap(), sent.dci);
        let scheduled = link.pdsch(at, &dci, first).unwrap();
        let mcs = dci.assignment().unwrap().mcs;
        first = first.or(link.rate_x1024(mcs).map(|rate| (scheduled.tbs(), rate)));
        let grid = if sent.k0 == 0 { grid } else { receiver.slot(cell, &config, sent.number + sent.k0) };
        let report = pdsch.decode(&grid, &scheduled, &mut harq);
        // What was never sent cannot pass, nor what has fewer coded bits than the block has bits.
        assert!(!(report.crc_ok && sent.lost), "{report:?}");
        if report.crc_ok {
            return Ok(pdsch.transport_block().to_vec());
        }
        let (p, tbs, bits) = (scheduled.parameters(), scheduled.tbs(), scheduled.plan().coded_bits());
        reports += &format!("{tbs} bits in {bits}, {:?} {:?}: {report:?}\n", p.codewords[0], p.prbs.bounds());
    }
    Err(reports)
}

fn there_and_back(case: &Case, air: Option<Air>, seed: u64) {
    let cell = &case.cell;
    let (samples, late) = through(air, cell, case.send(), seed);
    let found = search(cell, &samples);
    assert_eq!(found.len(), 1, "SS/PBCH blocks: {found:?}");
    let ssb = &found[0];
    assert_eq!((ssb.cell_id, ssb.l_max, ssb.ssb_index), (cell.cell_id, cell.l_max, cell.ssb_index));
    assert_eq!((ssb.sfn(), ssb.half_frame()), (cell.sfn + cell.ssb_frame, cell.half_frame));
    assert_eq!(ssb.symbol_phase, SymbolPhase::Carrier);
    let frame = cell.sample_rate_hz as f64 / 100.0;
    let start = ssb.frame_start - f64::from(cell.ssb_frame) * frame;
    // A sixteenth of a cyclic prefix.
    let tolerance = cell.sample_rate_hz as f64 * 144.0 / 30_720_000.0 / 32.0;
    assert!((start - late).abs() < tolerance, "frame start {start}, sent {late}");
    let mut samples = samples;
    Mixer::new(-ssb.cfo_hz, cell.sample_rate_hz).unwrap().process_in_place(&mut samples);
    let receiver = Receiver { samples, start: start.round() as i64 };
    let place = cell.geometry.coreset0().unwrap();
    assert_eq!(coreset0(cell, ssb).start_crb(cell.geometry.point_a_hz()), Some(place.start_crb));
    if let Some(sib1) = &case.sib1 {
        assert!(receive_sib1(cell, sib1, &receiver, ssb) == sib1.bytes, "SIB1 has other bytes");
    }
    for block in &case.blocks {
        let received = receive_block(cell, block, &receiver);
        let received = received.unwrap_or_else(|reports| panic!("{:?}:\n{reports}", block.link));
        assert!(received == block.bytes, "{:?}: other bytes", block.link);
    }
}

fn airs() -> impl Strategy<Value = Option<Air>> {
    let air = (40.0..55.0f32, -1.4..1.4f64, 0.0..3000.0f64).prop_map(|(snr_db, cfo, delay_samples)| Air {
        snr_db,
        cfo,
        delay_samples,
    });
    prop::option::of(air)
}

/// Some cases, always the same; PROPTEST_CASES and PROPTEST_RNG_SEED ask for others.
fn settings() -> ProptestConfig {
    let given = |name| std::env::var_os(name).is_some();
    // Smaller seeds are no simpler cases; fewer blocks are.
    let mut settings = ProptestConfig { failure_persistence: None, max_shrink_iters: 16, ..ProptestConfig::default() };
    if !given("PROPTEST_CASES") {
        settings.cases = 16;
    }
    if !given("PROPTEST_RNG_SEED") {
        settings.rng_seed = RngSeed::Fixed(38_211);
    }
    settings
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn every_payload_comes_back(
        cell_seed in any::<u64>(),
        block_seeds in prop::collection::vec(any::<u64>(), 1..=3),
        air in airs(),
    ) {
        let case = Case::draw(cell_seed, &block_seeds);
        there_and_back(&case, air, cell_seed);
    }
}

/// The draws reach what they are meant to cover.
#[test]
fn the_draws_cover_the_options() {
    let cases: Vec<Case> = (0..200).map(|seed| Case::draw(seed, &[2 * seed, 2 * seed + 1])).collect();
    let count = |what: &str, n: usize, least: usize| {
        println!("{n:4} {what}");
        assert!(n >= least, "{what}: {n}");
    };
    let blocks: Vec<&Block> = cases.iter().flat_map(|case| &case.blocks).collect();
    let all: Vec<_> = blocks.iter().flat_map(|b| b.transmissions.iter().map(move |t| (&b.link, t))).collect();
    count("with SIB1", cases.iter().filter(|c| c.sib1.is_some()).count(), 100);
    let mixed = |c: &&Case| c.cell.geometry.config().ssb_case.numerology() != c.cell.carrier().numerology();
    count("with an SS/PBCH block of another spacing", cases.iter().filter(mixed).count(), 10);
    for khz in [15, 30] {
        let n = cases.iter().filter(|c| c.cell.carrier().numerology().scs_khz() == khz).count();
        count(&format!("cells of {khz} kHz"), n, 30);
    }
    for kind in [RntiKind::Si, RntiKind::P, RntiKind::Ra, RntiKind::Tc, RntiKind::C] {
        count(&format!("blocks with {kind:?}-RNTI"), blocks.iter().filter(|b| b.link.kind == kind).count(), 10);
    }
    for level in AggregationLevel::ALL {
        let n = all.iter().filter(|(_, t)| t.level() == level).count();
        count(&format!("DCIs of level {}", level.get()), n, 10);
    }
    count("in UE-specific search spaces", blocks.iter().filter(|b| b.link.space.is_ue_specific()).count(), 20);
    count("uplink grants", all.iter().filter(|(_, t)| t.uplink.is_some()).count(), 20);
    count("combined from several", blocks.iter().filter(|b| b.transmissions.len() > 1).count(), 10);
    for bits in [2, 4, 6, 8, 10] {
        let n = all.iter().filter(|(_, t)| t.pdsch.modulation().bits_per_symbol() == bits).count();
        count(&format!("PDSCHs of {bits} bits a symbol"), n, 5);
    }
    for n in 1..=4 {
        let of = all.iter().filter(|(_, t)| t.pdsch.dmrs_symbols().count_ones() == n).count();
        count(&format!("PDSCHs with {n} DM-RS symbols"), of, 5);
    }
    count("PDSCHs in a later slot", all.iter().filter(|(_, t)| t.k0 > 0).count(), 10);
}
