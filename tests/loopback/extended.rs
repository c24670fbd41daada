//! The extended cyclic prefix through samples: PDCCH, PDSCH and CSI-RS of 60 kHz slots of 12 symbols, over an echo that
//! is longer than the normal prefix.

use nrflow::Complex32;
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::csi_rs::{
    CdmType, CsiFrequencyOccupation, CsiRsConfig, CsiRsDensity, CsiRsMapping, CsiRsParameters, CsiRsReceiver,
    CsiRsTransmitter, FrequencyAllocation,
};
use nrflow::frame::{
    BandwidthPart, Carrier, CceRegMapping, CellId, Coreset, CyclicPrefix, Numerology, PrecoderGranularity,
    ResourceGrid, Rnti, SlotPoint,
};
use nrflow::ofdm::{OfdmConfig, OfdmDemodulator, OfdmModulator};
use nrflow::pdcch::{
    AggregationLevel, Dci1_0, DciLayout, DlAssignment, DlHarqFields, PdcchCandidate, PdcchConfig, PdcchReceiver,
    PdcchScrambling, PdcchSearch, PdcchTransmission, PdcchTransmitter, RntiKind, RntiSet,
};
use nrflow::pdsch::{
    DefaultTimeTable, FallbackContext, FallbackGrant, GrantKind, McsTable, PdschConfig, PdschReceiver,
    PdschTransmitter, ReceiverOptions, ReservedElements, TimeTable, VrbRun,
};
use nrflow::propagation::Awgn;
use nrflow::reference_signal::dmrs::TypeAPosition;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const N_PRB: u16 = 51;
const START_CRB: u16 = 6;
const RNTI: Rnti = Rnti(0x4601);

/// What one slot carries; its PDSCH is row `time_resource` + 1 of the default table A.
struct Slot {
    at: SlotPoint,
    dci: Dci1_0,
    block: Vec<u8>,
}

struct Cell {
    ofdm: OfdmConfig,
    pdcch: PdcchConfig,
    layout: DciLayout,
    csi_rs: CsiRsConfig,
    context: FallbackContext,
}

impl Cell {
    fn new() -> Self {
        let carrier = Carrier::new(Numerology::MU2, CyclicPrefix::Extended, START_CRB, N_PRB).unwrap();
        let bwp = BandwidthPart::new(&carrier, START_CRB, N_PRB).unwrap();
        let cell_id = CellId::new(611).unwrap();
        let (mapping, granularity) = (CceRegMapping::NonInterleaved, PrecoderGranularity::SameAsRegBundle);
        let coreset = Coreset::configured(&bwp, 0xff, None, 1, mapping, granularity).unwrap();
        let mapping = CsiRsMapping {
            n_ports: 1,
            density: CsiRsDensity::One,
            cdm_type: CdmType::None,
            frequency: FrequencyAllocation::Row2(1 << 4),
            // The last symbol of the slot, which the normal prefix does not end with.
            first_symbol: 11,
            first_symbol_2: None,
            occupation: CsiFrequencyOccupation { start_crb: START_CRB, n_rb: N_PRB },
        };
        let p = CsiRsParameters { mapping, scrambling_id: 77, amplitude: 1.0, periodicity: None };
        let csi_rs = CsiRsConfig::new(&carrier, p).unwrap();
        let elements = csi_rs.pattern().elements();
        let reserved = ReservedElements {
            crbs: elements.crbs().collect(),
            subcarriers: elements.subcarriers(),
            symbols: elements.symbols(),
        };
        Self {
            ofdm: OfdmConfig::new(&carrier, 61_440_000, 3, Some(2.6e9)).unwrap(),
            pdcch: PdcchConfig::new(&carrier, &coreset, 0, PdcchScrambling::cell(cell_id)).unwrap(),
            layout: DciLayout::common(N_PRB, None).unwrap(),
            csi_rs,
            context: FallbackContext {
                carrier,
                bwp,
                cell_id,
                dci_slot: SlotPoint::new(Numerology::MU2, 0, 0).unwrap(),
                frequency_size: N_PRB,
                coreset_start_crb: START_CRB,
                type_a_position: TypeAPosition::Pos2,
                time_table: TimeTable::Default(DefaultTimeTable::A),
                mcs_table: McsTable::Qam64,
                data_scrambling_id: None,
                dmrs_scrambling_id: None,
                overhead_per_prb: 0,
                tbs_lbrm: None,
                reserved: Some([reserved].into()),
            },
        }
    }

    /// The PDSCH of a DCI in slot `at`.
    fn pdsch(&self, at: SlotPoint, dci: &Dci1_0) -> PdschConfig {
        let assignment = dci.assignment().unwrap();
        let context = FallbackContext { dci_slot: at, ..self.context.clone() };
        let grant = FallbackGrant {
            kind: GrantKind::Device,
            rnti: RNTI,
            common_search_space: true,
            frequency_resource: assignment.frequency_resource.into(),
            time_resource: assignment.time_resource,
            interleaved: assignment.interleaved_vrb_to_prb,
            mcs: assignment.mcs,
            rv: 0,
            tb_scaling: 0,
            first_transmission: None,
        };
        PdschConfig::from_fallback_grant(&context, &grant).unwrap()
    }

    fn candidate() -> PdcchCandidate {
        PdcchCandidate { level: AggregationLevel::new(4).unwrap(), first_cce: 4 }
    }

    fn slot(&self, number: u16, rng: &mut ChaCha8Rng) -> Slot {
        let at = SlotPoint::new(Numerology::MU2, 100 + number / 40, number % 40).unwrap();
        let run = VrbRun { start: rng.random_range(0..10), length: rng.random_range(20..=40) };
        let assignment = DlAssignment {
            frequency_resource: run.riv(N_PRB).unwrap() as u16,
            time_resource: (number % 16) as u8,
            interleaved_vrb_to_prb: rng.random(),
            mcs: rng.random_range(0..=22),
        };
        let dci = Dci1_0::C { assignment, harq: DlHarqFields::default() };
        let mut block = vec![0; self.pdsch(at, &dci).tbs() / 8];
        rng.fill_bytes(&mut block);
        Slot { at, dci, block }
    }

    fn samples(&self, slots: &[Slot]) -> Vec<Complex32> {
        let carrier = self.ofdm.carrier();
        let mut modulator = OfdmModulator::new(&self.ofdm);
        let mut pdsch = PdschTransmitter::new(carrier);
        let mut grid = ResourceGrid::for_carrier(carrier, 1);
        let mut samples = Vec::new();
        for slot in slots {
            grid.clear();
            let bits = slot.dci.encode(&self.layout).unwrap();
            let transmission = PdcchTransmission::new(slot.at.slot(), Self::candidate(), &bits, RNTI);
            PdcchTransmitter::new(&self.pdcch).transmit(&transmission, &mut grid).unwrap();
            pdsch.transmit(&[&slot.block], &self.pdsch(slot.at, &slot.dci), &mut grid);
            CsiRsTransmitter::new(&self.csi_rs).transmit(slot.at, &mut grid);
            let mut of_slot = vec![Complex32::ZERO; self.ofdm.slot_len(slot.at.slot_in_subframe())];
            modulator.modulate_slot(slot.at.slot_in_subframe(), &grid, 0, &mut of_slot);
            samples.extend(of_slot);
        }
        samples
    }
}

#[test]
fn slots_of_twelve_symbols_come_back_over_an_echo_longer_than_the_normal_prefix() {
    let cell = Cell::new();
    let mut rng = ChaCha8Rng::seed_from_u64(60);
    // Two rounds through the default table, and into the next frame's slots.
    let slots: Vec<Slot> = (24..56).map(|number| cell.slot(number, &mut rng)).collect();
    let sent = cell.samples(&slots);
    // 15360 samples a slot at 61.44 MHz; the normal prefix has 72 samples, the extended one 256.
    assert_eq!(sent.len(), slots.len() * 15_360);
    let echo = 100;
    let gain = Complex32::from_polar(0.5, 1.0);
    let mut received: Vec<Complex32> = sent
        .iter()
        .enumerate()
        .map(|(n, x)| x + gain * if n < echo { Complex32::ZERO } else { sent[n - echo] })
        .collect();
    Awgn::new(Awgn::power_at_snr_per_re(35.0, 1.0), 61, 0).unwrap().process(&mut received);

    let carrier = cell.ofdm.carrier();
    let ofdm = cell.ofdm.clone().with_window(0.2).unwrap();
    let mut demodulator = OfdmDemodulator::new(&ofdm);
    let mut pdcch = PdcchReceiver::new(&cell.pdcch, 1).unwrap();
    let mut pdsch = PdschReceiver::<i8>::new(carrier, 1, ReceiverOptions::default());
    let mut csi_rs = CsiRsReceiver::new(&cell.csi_rs, 1);
    let rntis: RntiSet = [(RNTI, RntiKind::C)].into_iter().collect();
    let mut grid = ResourceGrid::for_carrier(carrier, 1);
    let mut lengths = std::collections::BTreeSet::new();
    for (slot, samples) in slots.iter().zip(received.chunks(15_360)) {
        demodulator.demodulate_slot(slot.at.slot_in_subframe(), samples, 0, &mut grid);
        let search = PdcchSearch {
            slot_in_frame: slot.at.slot(),
            candidates: &[Cell::candidate()],
            dci_sizes: &[cell.layout.size()],
            rntis: &rntis,
            unknown_rntis: false,
        };
        let found = pdcch.search(&grid, &search);
        assert_eq!(found.len(), 1, "{}: {found:?}", slot.at);
        let dci = Dci1_0::decode(&found[0].bits, RntiKind::C, &cell.layout).unwrap();
        assert_eq!(dci, slot.dci);

        let config = cell.pdsch(slot.at, &dci);
        lengths.insert(config.symbols().len());
        let report = pdsch.decode(&grid, &config, &mut HarqBuffer::new(config.tbs()));
        assert!(report.crc_ok, "{} {:?}: {report:?}", slot.at, config.symbols());
        assert_eq!(pdsch.transport_block(), &slot.block[..], "{}", slot.at);

        // One path and one of half its amplitude: between half and one and a half.
        let estimates = csi_rs.estimate(slot.at, &grid);
        let amplitudes = estimates.port(0, 0).iter().map(|h| h.norm());
        let (least, most) = amplitudes.fold((f32::MAX, 0.0f32), |(least, most), a| (least.min(a), most.max(a)));
        assert!((0.4..0.7).contains(&least) && (1.3..1.6).contains(&most), "{least} to {most}");
    }
    assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [2, 4, 5, 6, 7, 9, 10, 11]);
}
