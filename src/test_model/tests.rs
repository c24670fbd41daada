use super::*;
use crate::Complex32;
use crate::frame::{
    BandwidthPart, CceRegMapping, CellId, ChannelBandwidth, Coreset, FrequencyRange, Numerology, PrecoderGranularity,
    ResourceGrid, Rnti, SlotPoint,
};
use crate::modulation::{Modulation, shared_channel_c_init};
use crate::sequence::{GoldSequence, Pn23};
use crate::table::rows;
use std::collections::BTreeSet;

fn config(model: TestModel, mhz: u16, khz: u32, duplex: TestModelDuplex) -> TestModelConfig {
    let bandwidth = ChannelBandwidth::new(FrequencyRange::Fr1, mhz).unwrap();
    let numerology = Numerology::from_scs_khz(khz).unwrap();
    TestModelConfig::new(model, bandwidth, numerology, duplex, CellId::new(1).unwrap()).unwrap()
}

/// Every model in every channel of FR1.
fn every_config() -> Vec<TestModelConfig> {
    let mut all = Vec::new();
    for bandwidth in ChannelBandwidth::all(FrequencyRange::Fr1) {
        for numerology in [Numerology::MU0, Numerology::MU1, Numerology::MU2] {
            for duplex in [TestModelDuplex::Fdd, TestModelDuplex::Tdd] {
                for model in TestModel::ALL {
                    let id = CellId::new(1).unwrap();
                    match TestModelConfig::new(model, bandwidth, numerology, duplex, id) {
                        Ok(config) => all.push(config),
                        Err(_) => assert_eq!(bandwidth.n_rb(numerology), None),
                    }
                }
            }
        }
    }
    all
}

#[test]
fn models_are_those_of_the_table_and_have_names() {
    let table: Vec<Vec<&str>> = rows(include_str!("../../tables/nr_test_models_fr1_38.141-1_4.9.2.2.csv")).collect();
    assert_eq!(table.len(), TestModel::ALL.len());
    for (model, row) in TestModel::ALL.into_iter().zip(&table) {
        assert_eq!((model.name(), model.clause()), (row[0], row[1]));
        assert_eq!(row[2].split(' ').next(), Some(model.modulation().to_string().as_str()));
        assert_eq!(TestModel::from_name(row[0]), Ok(model));
        assert_eq!(TestModel::from_name(&row[0].to_lowercase()[7..]), Ok(model));
        if let TestModelAllocation::Boosted { percent, power_db } = model.allocation() {
            assert_eq!(percent.to_string(), row[4]);
            assert_eq!(power_db > 0.0, row[2].ends_with(" boosted"), "{model}");
        }
    }
    let error = TestModel::from_name("TM4").unwrap_err().to_string();
    assert!(error.contains("TM4") && error.contains("TM3.1a"), "{error}");
}

#[test]
fn channels_that_do_not_exist_are_refused() {
    let id = CellId::new(1).unwrap();
    let new = |range, mhz, numerology| {
        let bandwidth = ChannelBandwidth::new(range, mhz).unwrap();
        TestModelConfig::new(TestModel::Tm1_1, bandwidth, numerology, TestModelDuplex::Fdd, id)
    };
    let error = new(FrequencyRange::Fr1, 100, Numerology::MU0).unwrap_err().to_string();
    assert!(error.contains("100 MHz at 15 kHz") && error.contains("45, 50 MHz"), "{error}");
    assert!(new(FrequencyRange::Fr1, 20, Numerology::MU3).unwrap_err().to_string().contains("there are none"));
    assert!(new(FrequencyRange::Fr2, 100, Numerology::MU2).unwrap_err().to_string().contains("FR1"));
}

#[test]
fn common_parameters_are_those_of_the_table() {
    let table: Vec<Vec<&str>> = rows(include_str!("../../tables/nr_test_models_fr1_common.csv")).collect();
    let value = |name: &str| table.iter().find(|row| row[0] == name).unwrap()[1];
    assert_eq!(value("duration"), "1 radio frame (FDD); 2 radio frames (TDD)");
    assert_eq!(config(TestModel::Tm1_1, 20, 30, TestModelDuplex::Fdd).n_frames(), 1);
    assert_eq!(config(TestModel::Tm1_1, 20, 30, TestModelDuplex::Tdd).n_frames(), 2);
    // Mapping type A, position 2, one additional position, single symbols: symbols 2 and 11 of a whole slot.
    let numbers = ["dmrs-TypeA-Position", "dmrs-AdditionalPosition", "DM-RS max length"].map(value);
    assert_eq!((value("PDSCH mapping type"), numbers), ("A", ["2", "1", "1"]));
    assert_eq!(
        config(TestModel::Tm1_1, 20, 30, TestModelDuplex::Fdd).slots()[0].pdschs[0].dmrs_symbols,
        1 << 2 | 1 << 11
    );
    assert_eq!([value("DM-RS CDM groups without data"), value("number of layers")], ["1", "1"]);
    assert_eq!([value("PDSCH and DM-RS scrambling ID"), value("N_ID_cell in the reference configuration")], ["1", "1"]);
}

/// "n_RNTI=2: PRB 0..2 symbols 2-13; …" of the table, for 100 MHz at 30 kHz.
#[test]
fn layouts_are_those_of_the_table() {
    let mut compared = 0;
    for row in rows(include_str!("../../tables/nr_test_models_fr1_38.141-1_4.9.2.2.csv")) {
        let config = config(TestModel::from_name(row[0]).unwrap(), 100, 30, TestModelDuplex::Fdd);
        let slot = &config.slots()[0];
        for part in row[6].split("; ").filter(|part| part.starts_with("n_RNTI=") && part.contains("symbols")) {
            let words: Vec<&str> = part.split([' ', '=', ':']).filter(|word| !word.is_empty()).collect();
            let pdsch = slot.pdschs.iter().find(|p| p.n_rnti.to_string() == words[1]).unwrap();
            let prbs: Vec<u16> = words[3].split("..").map(|prb| prb.parse().unwrap()).collect();
            assert_eq!(pdsch.prbs, (prbs[0]..=prbs[prbs.len() - 1]).collect::<Vec<_>>(), "{}: {part}", row[0]);
            assert_eq!(words[5], format!("{}-{}", pdsch.start, pdsch.start + pdsch.length - 1));
            compared += 1;
        }
        if row[6].contains("n_RNTI=0 and 1 share PRB 3..272") {
            let of = |n_rnti| slot.pdschs.iter().filter(move |p| p.n_rnti == n_rnti).flat_map(|p| p.prbs.clone());
            let both: BTreeSet<u16> = of(0).chain(of(1)).collect();
            assert_eq!(both, (3..=272).collect());
            assert_eq!(of(0).count() + of(1).count(), 270);
            compared += 1;
        }
    }
    assert_eq!(compared, 3 * 2 + 3 * 2 + 2);
}

#[test]
fn groups_of_other_power_lie_as_the_clause_says() {
    let of = |model, mhz, khz, n_rnti| {
        let slots = config(model, mhz, khz, TestModelDuplex::Fdd).slots();
        slots[0].pdschs.iter().find(|p| p.n_rnti == n_rnti).unwrap().clone()
    };
    let blocks = |groups: &[u16], p: u16| groups.iter().flat_map(|&g| g * p..(g + 1) * p).collect::<Vec<_>>();
    // 106 blocks: a part of 103, P = 8, groups 0 (blocks 3 to 7) to 12 whole; 40 % of 103 are 5 groups.
    let boosted = of(TestModel::Tm1_2, 20, 15, 0);
    assert_eq!(boosted.prbs, blocks(&[1, 3, 5, 7, 12], 8));
    assert_eq!((boosted.power_db, boosted.modulation, boosted.measured), (3.0, Modulation::Qpsk, false));
    // 10 log10((103 - 10^0.3 * 40) / 63).
    assert!((of(TestModel::Tm1_2, 20, 15, 1).power_db + 4.3405).abs() < 1e-3);
    // 60 % would be 7 groups, and 1, 3, … and 12 are 7.
    let weak = of(TestModel::Tm3_2, 20, 15, 1);
    assert_eq!(weak.prbs, blocks(&[1, 3, 5, 7, 9, 11, 12], 8));
    assert_eq!((weak.power_db, weak.modulation, weak.measured), (-3.0, Modulation::Qam16, true));
    assert_eq!(of(TestModel::Tm3_2, 20, 15, 0).modulation, Modulation::Qpsk);
    let weak = of(TestModel::Tm3_3, 20, 15, 1);
    assert_eq!((weak.prbs.len(), weak.power_db, weak.modulation), (48, -6.0, Modulation::Qpsk));
    // 273 blocks: a part of 270, P = 16, groups 0 to 16 (block 272 is left of the 17th).
    assert_eq!(of(TestModel::Tm1_2, 100, 30, 0).prbs, blocks(&[1, 3, 5, 7, 9, 16], 16));
    // 11 blocks: a part of 8 from block 3, P = 2, groups 0 (block 3) to 3 (blocks 8, 9).
    assert_eq!(of(TestModel::Tm1_2, 5, 30, 0).prbs, [8, 9]);
}

#[test]
fn one_block_wanders() {
    let slots = config(TestModel::Tm2a, 20, 30, TestModelDuplex::Tdd).slots();
    let expected = [0, 25, 50, 0, 25, 50, 0, 25, 25, 50, 0, 25, 50, 0, 25, 50];
    let numbers: Vec<u16> = (0..8).chain(10..18).collect();
    for ((slot, number), prb) in slots.iter().zip(numbers).zip(expected) {
        assert_eq!((slot.slot_in_frame, slot.pdschs.len()), (number, 1));
        let pdsch = &slot.pdschs[0];
        assert_eq!((pdsch.n_rnti, pdsch.prbs.as_slice(), pdsch.start), (2, &[prb][..], 2));
        assert_eq!(pdsch.length, if number % 10 == 7 { 4 } else { 12 });
    }
    assert_eq!(slots.len(), 16);
}

/// Every element once, as many as the clause's numbers give, and in the models of all blocks the same power in every
/// downlink symbol.
#[test]
fn every_model_in_every_channel_fills_its_symbols() {
    let configs = every_config();
    assert_eq!(configs.len(), (11 + 15 + 14) * 2 * 10);
    for config in configs {
        let n_rb = usize::from(config.carrier().n_prb());
        let single = config.model().allocation() == TestModelAllocation::SinglePrb;
        let mut period_ms = 10;
        let mut downlink = 0;
        for slot in config.slots() {
            let end = config.n_downlink_symbols(slot.slot_in_frame);
            downlink += usize::from(end);
            let mut power = [0.0; 14];
            let mut blocks = [0; 14];
            (0..2).for_each(|l| {
                power[l] += 3.0;
                blocks[l] += 3;
            });
            for pdsch in &slot.pdschs {
                assert!(
                    pdsch.dmrs_symbols & 1 << 2 != 0 && pdsch.dmrs_symbols & !(1 << 2 | 1 << 7 | 1 << 9 | 1 << 11) == 0
                );
                for l in pdsch.start..pdsch.start + pdsch.length {
                    power[usize::from(l)] += pdsch.prbs.len() as f64 * 10f64.powf(pdsch.power_db / 10.0);
                    blocks[usize::from(l)] += pdsch.prbs.len();
                }
            }
            for l in 0..usize::from(end) {
                let expected = if single { [3, 1][usize::from(l > 1)] } else { n_rb };
                assert_eq!(blocks[l], expected, "{config:?} symbol {l}");
                assert!((power[l] - expected as f64).abs() < 1e-9, "{config:?} symbol {l}: {}", power[l]);
            }
            assert!(power[usize::from(end)..].iter().all(|&p| p == 0.0));
        }
        if config.duplex() == TestModelDuplex::Tdd {
            period_ms = 5;
        }
        // Slots and symbols of Table 4.9.2.2-1 in each period.
        let per_period = match (config.duplex(), config.carrier().numerology().scs_khz()) {
            (TestModelDuplex::Fdd, khz) => 140 * khz as usize / 15,
            (_, 15) => 3 * 14 + 10,
            (_, 30) => 7 * 14 + 6,
            (_, _) => 14 * 14 + 12,
        };
        assert_eq!(downlink, per_period * 10 / period_ms);
    }
}

/// A slot's grid, and the kind of each element.
fn slot(generator: &mut TestModelGenerator, n: u16) -> (ResourceGrid, Vec<Option<TestModelElement>>) {
    let carrier = *generator.config().carrier();
    let mut grid = ResourceGrid::for_carrier(&carrier, 1);
    generator.transmit(n, &mut grid);
    let mut kinds = vec![None; 14 * carrier.n_subcarriers()];
    generator.for_each_element(n, |l, k, kind, value| {
        assert_eq!(grid.symbol(0, l)[k], value);
        assert_eq!(kinds[l * carrier.n_subcarriers() + k].replace(kind), None, "symbol {l} subcarrier {k} twice");
    });
    let empty = grid.as_slice().iter().zip(&kinds).all(|(a, kind)| kind.is_some() == (*a != Complex32::ZERO));
    assert!(empty, "what has no kind is empty, and nothing else is");
    (grid, kinds)
}

/// Bits of a symbol by its place in the constellation.
fn bits_of(modulation: Modulation, symbol: Complex32) -> Vec<u8> {
    let points = modulation.constellation();
    let near = |index: &usize| (points[*index] - symbol).norm() < 1e-4;
    let index = (0..points.len()).find(near).expect("a point of the constellation");
    (0..modulation.bits_per_symbol()).rev().map(|i| (index >> i & 1) as u8).collect()
}

/// The bits of the PDCCH and of each n_RNTI, taken back from the grids of a frame, are one PN23 sequence each.
#[test]
fn the_bits_are_pn23_over_all_slots_of_a_frame() {
    for (model, duplex) in [
        (TestModel::Tm1_2, TestModelDuplex::Fdd),
        (TestModel::Tm2b, TestModelDuplex::Fdd),
        (TestModel::Tm3_1a, TestModelDuplex::Tdd),
        (TestModel::Tm3_2, TestModelDuplex::Tdd),
    ] {
        let config = config(model, 10, 30, duplex);
        let mut generator = TestModelGenerator::new(&config);
        let mut sequences = [Pn23::new(); 4];
        for n in 0..20 {
            let Some(plan) = generator.slot(n).cloned() else { continue };
            let (grid, kinds) = slot(&mut generator, n);
            let n_subcarriers = config.carrier().n_subcarriers();
            let symbols = |wanted| {
                let all = kinds.iter().zip(grid.as_slice()).filter(move |(kind, _)| **kind == Some(wanted));
                all.map(|(_, value)| *value).collect::<Vec<_>>()
            };
            let mut check = |sequence: usize, c_init, modulation, symbols: Vec<Complex32>| {
                let scrambled = symbols.into_iter().flat_map(|symbol| bits_of(modulation, symbol));
                for (bit, c) in scrambled.zip(GoldSequence::new(c_init)) {
                    assert_eq!(Some(bit ^ c), sequences[sequence].next(), "{model} slot {n}");
                }
            };
            // 7.3.2.3 with n_RNTI = 0; 7.3.1.1.
            check(3, 1, Modulation::Qpsk, symbols(TestModelElement::Pdcch));
            for (i, pdsch) in plan.pdschs.iter().enumerate() {
                let data = symbols(TestModelElement::Pdsch(i as u8));
                assert_eq!(data.len(), pdsch.n_re());
                let level = 10f32.powf(-pdsch.power_db as f32 / 20.0);
                let c_init = shared_channel_c_init(pdsch.n_rnti, 0, 1);
                check(pdsch.n_rnti.into(), c_init, pdsch.modulation, data.iter().map(|d| d * level).collect());
            }
            assert_eq!(grid.as_slice().len(), 14 * n_subcarriers);
        }
        assert_ne!(sequences[3], Pn23::new());
    }
}

/// The PDSCH of the channel's own transmitter has its DM-RS and data where the model has them, and the same pilots.
#[test]
fn elements_are_those_of_the_channels_own_transmitters() {
    use crate::pdcch::{
        AggregationLevel, PdcchCandidate, PdcchConfig, PdcchScrambling, PdcchTransmission, PdcchTransmitter,
    };
    use crate::pdsch::{
        PdschCodeword, PdschConfig, PdschDmrs, PdschParameters, PdschTransmitter, PrbList, Precoder, PrgSize,
        TbScaling, VrbToPrb,
    };
    use crate::reference_signal::dmrs::DmrsType;
    use crate::reference_signal::dmrs_port::DmrsPorts;
    for (model, duplex, numbers) in [
        (TestModel::Tm3_2, TestModelDuplex::Tdd, [0, 7, 17]),
        (TestModel::Tm1_1, TestModelDuplex::Fdd, [3, 9, 19]),
        (TestModel::Tm2, TestModelDuplex::Fdd, [0, 1, 2]),
    ] {
        let config = config(model, 20, 30, duplex);
        let carrier = *config.carrier();
        let bwp = BandwidthPart::new(&carrier, 0, carrier.n_prb()).unwrap();
        let mut generator = TestModelGenerator::new(&config);
        for n in numbers {
            let plan = generator.slot(n).unwrap().clone();
            let (ours, kinds) = slot(&mut generator, n);
            let compare = |theirs: &ResourceGrid, pilot, data| {
                for ((kind, a), b) in kinds.iter().zip(ours.as_slice()).zip(theirs.as_slice()) {
                    match *kind {
                        Some(kind) if kind == pilot => assert!((a - b).norm() < 1e-6, "{a} {b}"),
                        kind => assert_eq!(kind == Some(data), *b != Complex32::ZERO, "slot {n}"),
                    }
                }
            };
            for (i, pdsch) in plan.pdschs.iter().enumerate() {
                let codeword = PdschCodeword {
                    modulation: pdsch.modulation,
                    rate_x1024: 490.0,
                    rv: 0,
                    tbs: None,
                    scaling: TbScaling::One,
                    overhead_per_prb: 0,
                    tbs_lbrm: None,
                };
                let parameters = PdschParameters {
                    slot: SlotPoint::new(carrier.numerology(), 0, n).unwrap(),
                    rnti: Rnti(pdsch.n_rnti),
                    data_scrambling_id: 1,
                    start: pdsch.start,
                    length: pdsch.length,
                    prbs: PrbList::of_vrbs(pdsch.prbs.iter().copied(), VrbToPrb::NonInterleaved, &bwp).unwrap(),
                    dmrs: PdschDmrs {
                        dmrs_type: DmrsType::One,
                        symbols: pdsch.dmrs_symbols,
                        ports: DmrsPorts::single(),
                        scrambling_id: 1,
                        n_scid: 0,
                        cdm_groups_without_data: 1,
                        reference_crb: 0,
                        amplitude: None,
                    },
                    ptrs: None,
                    codewords: [Some(codeword), None],
                    reserved: None,
                    amplitude: pdsch.amplitude(),
                    prg: PrgSize::Wideband,
                    precoder: Precoder::single_port(),
                };
                let theirs_config = PdschConfig::new(&carrier, parameters).unwrap();
                assert_eq!(theirs_config.n_re(), pdsch.n_re());
                let mut theirs = ResourceGrid::for_carrier(&carrier, 1);
                let block = vec![0x5a; theirs_config.tbs() / 8];
                PdschTransmitter::new(&carrier).transmit(&[&block], &theirs_config, &mut theirs);
                compare(&theirs, TestModelElement::PdschDmrs(i as u8), TestModelElement::Pdsch(i as u8));
            }
            let coreset = Coreset::configured(
                &bwp,
                1,
                None,
                2,
                CceRegMapping::NonInterleaved,
                PrecoderGranularity::SameAsRegBundle,
            )
            .unwrap();
            let scrambling = PdcchScrambling::cell(config.cell_id());
            let pdcch = PdcchConfig::new(&carrier, &coreset, 0, scrambling).unwrap();
            let candidate = PdcchCandidate { level: AggregationLevel::new(1).unwrap(), first_cce: 0 };
            let mut theirs = ResourceGrid::for_carrier(&carrier, 1);
            let dci = [1; 40];
            let transmission = PdcchTransmission::new(n, candidate, &dci, Rnti(0));
            PdcchTransmitter::new(&pdcch).transmit(&transmission, &mut theirs).unwrap();
            compare(&theirs, TestModelElement::PdcchDmrs, TestModelElement::Pdcch);
        }
    }
}
