//! Sending and receiving a PDSCH. The time of a slot is 500 us at 30 kHz: what a receiver leaves of it is its room.

use divan::{Bencher, counter::BytesCount};
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::frame::{BandwidthPart, Carrier, CellId, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use nrflow::pdsch::{
    DefaultTimeTable, FallbackContext, FallbackGrant, GrantKind, McsTable, PdschConfig, PdschReceiver,
    PdschTransmitter, ReceiverOptions, TimeTable, VrbRun,
};
use nrflow::reference_signal::dmrs::TypeAPosition;

/// Blocks and index of the 256QAM MCS table: a small QPSK block, and full carriers of 20 MHz.
const CASES: [(u16, u8); 3] = [(8, 3), (51, 10), (51, 20)];

fn main() {
    divan::main();
}

fn config((n_prb, mcs): (u16, u8)) -> PdschConfig {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 51).unwrap();
    let context = FallbackContext {
        carrier,
        bwp: BandwidthPart::new(&carrier, 0, 51).unwrap(),
        cell_id: CellId::new(3).unwrap(),
        dci_slot: SlotPoint::new(Numerology::MU1, 0, 0).unwrap(),
        frequency_size: 51,
        coreset_start_crb: 0,
        type_a_position: TypeAPosition::Pos2,
        time_table: TimeTable::Default(DefaultTimeTable::A),
        mcs_table: McsTable::Qam256,
        data_scrambling_id: None,
        dmrs_scrambling_id: None,
        overhead_per_prb: 0,
        tbs_lbrm: None,
        reserved: None,
    };
    let grant = FallbackGrant {
        kind: GrantKind::Device,
        rnti: Rnti(0x4601),
        common_search_space: false,
        frequency_resource: VrbRun { start: 0, length: n_prb }.riv(51).unwrap(),
        time_resource: 0,
        interleaved: false,
        mcs,
        rv: 0,
        tb_scaling: 0,
        first_transmission: None,
    };
    PdschConfig::from_fallback_grant(&context, &grant).unwrap()
}

#[divan::bench(args = CASES)]
fn transmit(bencher: Bencher<'_, '_>, case: (u16, u8)) {
    let config = config(case);
    let mut transmitter = PdschTransmitter::new(config.carrier());
    let mut grid = ResourceGrid::for_carrier(config.carrier(), 1);
    let tb = vec![0x5a; config.tbs() / 8];
    bencher.counter(BytesCount::new(tb.len())).bench_local(|| transmitter.transmit(&[&tb], &config, &mut grid));
}

#[divan::bench(args = CASES)]
fn receive(bencher: Bencher<'_, '_>, case: (u16, u8)) {
    let config = config(case);
    let mut grid = ResourceGrid::for_carrier(config.carrier(), 1);
    let tb: Vec<u8> = (0..config.tbs() / 8).map(|i| (i * 37) as u8).collect();
    PdschTransmitter::new(config.carrier()).transmit(&[&tb], &config, &mut grid);
    let mut receiver = PdschReceiver::<i8>::new(config.carrier(), 1, ReceiverOptions::default());
    let mut harq = HarqBuffer::new(config.tbs());
    bencher.counter(BytesCount::new(tb.len())).bench_local(|| {
        harq.reset();
        let report = receiver.decode(&grid, &config, &mut harq);
        assert!(report.crc_ok);
        report
    });
}
