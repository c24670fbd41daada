//! Whole slots: everything that a cell sends, from fields to samples, and back from samples to blocks.

use crate::allocator::assert_steady;
use nrflow::Complex32;
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::frame::{BandwidthPart, Carrier, CellId, Coreset, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use nrflow::ofdm::{Mixer, OfdmConfig, OfdmDemodulator, OfdmModulator};
use nrflow::pdcch::{
    AggregationLevel, Dci0_0, Dci1_0, DciLayout, DlAssignment, DlHarqFields, PdcchConfig, PdcchReceiver,
    PdcchScrambling, PdcchSearch, PdcchTransmission, PdcchTransmitter, RntiKind, RntiSet, SearchSpace,
};
use nrflow::pdsch::{
    DefaultTimeTable, FallbackContext, FallbackGrant, GrantKind, McsTable, PdschConfig, PdschReceiver,
    PdschTransmitter, ReceiverOptions, TimeTable, VrbRun,
};
use nrflow::reference_signal::dmrs::TypeAPosition;
use nrflow::ssb::{LMax, PbchPayload, SsbBlock, SsbTransmitter, mib_with_timing};

const N_RB: u16 = 48;
const RNTI: Rnti = Rnti(0x4601);

fn grant(dci: &Dci1_0) -> FallbackGrant {
    let assignment = dci.assignment().unwrap();
    FallbackGrant {
        kind: GrantKind::Device,
        rnti: RNTI,
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

#[test]
fn a_frame_of_slots_there_and_back() {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 51).unwrap();
    let cell_id = CellId::new(77).unwrap();
    let ofdm = OfdmConfig::new(&carrier, 23_040_000, 0, Some(3.5e9)).unwrap();
    let coreset = Coreset::zero(2, N_RB, 1, cell_id).unwrap();
    let place = PdcchConfig::new(&carrier, &coreset, 0, PdcchScrambling::cell(cell_id)).unwrap();
    let layout = DciLayout::common(N_RB, Some(51)).unwrap();
    let space = SearchSpace::common([0, 4, 4, 2, 0]).unwrap();
    let rntis: RntiSet = [(RNTI, RntiKind::C), (Rnti::SI, RntiKind::Si)].into_iter().collect();
    let mut context = FallbackContext {
        carrier,
        bwp: BandwidthPart::new(&carrier, 0, 51).unwrap(),
        cell_id,
        dci_slot: SlotPoint::new(Numerology::MU1, 0, 0).unwrap(),
        frequency_size: N_RB,
        coreset_start_crb: 2,
        type_a_position: TypeAPosition::Pos2,
        time_table: TimeTable::Default(DefaultTimeTable::A),
        mcs_table: McsTable::Qam64,
        data_scrambling_id: None,
        dmrs_scrambling_id: None,
        overhead_per_prb: 0,
        tbs_lbrm: None,
        reserved: None,
    };

    let (mut modulator, mut demodulator) = (OfdmModulator::new(&ofdm), OfdmDemodulator::new(&ofdm));
    let mut mixer = Mixer::new(300.0, 23_040_000).unwrap();
    let ssb = SsbTransmitter::new(cell_id, LMax::L8, 0.0).unwrap();
    let mut block = SsbBlock::default();
    let (mut pdcch, mut pdcch_receiver) = (PdcchTransmitter::new(&place), PdcchReceiver::new(&place, 1).unwrap());
    let mut pdsch = PdschTransmitter::new(&carrier);
    let mut pdsch_receiver = PdschReceiver::<i8>::new(&carrier, 1, ReceiverOptions::default());
    let mut harq = HarqBuffer::new(100_000);
    let (mut sent, mut received) = (ResourceGrid::for_carrier(&carrier, 1), ResourceGrid::for_carrier(&carrier, 1));
    let mut samples = vec![Complex32::ZERO; ofdm.slot_len(0)];
    let (mut bits, mut uplink_bits) = (Vec::new(), Vec::new());
    let (mut candidates, mut found) = (Vec::new(), Vec::new());
    let bytes: Vec<u8> = (0..100_000).map(|i| (i * 7 + i / 256) as u8).collect();

    assert_steady("the chain of a slot", |frame| {
        for slot in 0..20 {
            let at = SlotPoint::new(Numerology::MU1, frame as u16, slot).unwrap();
            context.dci_slot = at;
            // Transmit.
            sent.clear();
            let run = VrbRun { start: slot % 5, length: 20 + slot % 7 };
            let assignment = DlAssignment {
                frequency_resource: run.riv(N_RB).unwrap() as u16,
                time_resource: 0,
                interleaved_vrb_to_prb: slot % 2 == 1,
                mcs: (slot % 4) as u8 * 7,
            };
            let dci = Dci1_0::C { assignment, harq: DlHarqFields::default() };
            dci.encode_into(&layout, &mut bits).unwrap();
            let uplink = Dci0_0 { mcs: 5, ..Dci0_0::default() };
            uplink.encode_into(&layout, &mut uplink_bits).unwrap();
            space.candidates_into(coreset.n_cce(), slot, &mut candidates);
            let level = AggregationLevel::new(4).unwrap();
            let mut of_level = candidates.iter().filter(|c| c.level == level);
            let (first, second) = (*of_level.next().unwrap(), *of_level.next_back().unwrap());
            pdcch.transmit(&PdcchTransmission::new(slot, first, &bits, RNTI), &mut sent).unwrap();
            pdcch.transmit(&PdcchTransmission::new(slot, second, &uplink_bits, RNTI), &mut sent).unwrap();
            let config = PdschConfig::from_fallback_grant(&context, &grant(&dci)).unwrap();
            let tb = &bytes[usize::from(slot)..][..config.tbs() / 8];
            pdsch.transmit(&[tb], &config, &mut sent);
            if slot == 0 {
                // Over the upper blocks, beside the PDSCH.
                let mib = mib_with_timing(0x00_4a5c, at.sfn(), 5);
                let payload = PbchPayload::new(mib, at.sfn(), 0, 1, 5, LMax::L8).unwrap();
                ssb.transmit(payload, 1, &mut block).unwrap();
                block.place(&mut sent, 0, 8, 360).unwrap();
            }
            modulator.modulate_slot(slot % 2, &sent, 0, &mut samples);
            mixer.process_in_place(&mut samples);

            // Receive.
            demodulator.demodulate_slot(slot % 2, &samples, 0, &mut received);
            let (candidates, dci_sizes) = (&candidates[..], &[layout.size()][..]);
            let search =
                PdcchSearch { slot_in_frame: slot, candidates, dci_sizes, rntis: &rntis, unknown_rntis: false };
            pdcch_receiver.search_into(&received, &search, &mut found);
            assert_eq!(found.len(), 2);
            let read = found.iter().find_map(|dci| Dci1_0::decode(&dci.bits, RntiKind::C, &layout)).unwrap();
            assert!(found.iter().any(|dci| Dci0_0::decode(&dci.bits, &layout) == Some(uplink)));
            let config = PdschConfig::from_fallback_grant(&context, &grant(&read)).unwrap();
            harq.reset();
            let report = pdsch_receiver.decode(&received, &config, &mut harq);
            assert!(report.crc_ok && pdsch_receiver.transport_block() == tb, "{at}: {report:?}");
        }
    });
}
