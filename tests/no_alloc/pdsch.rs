//! From the second slot on, sending and receiving a PDSCH allocates nothing.

use crate::allocator::{allocations, assert_steady};
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::estimation::Breadth;
use nrflow::frame::{BandwidthPart, Carrier, CellId, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use nrflow::pdsch::quality::FadingCase;
use nrflow::pdsch::{
    DefaultTimeTable, Detector, FallbackContext, FallbackGrant, GrantKind, Interference, McsTable, PdschConfig,
    PdschReceiver, PdschTransmitter, ReceiverOptions, TimeTable, VrbRun, tbs_lbrm,
};
use nrflow::propagation::{ComplexGaussian, SimplifiedTdl};
use nrflow::reference_signal::dmrs::TypeAPosition;

#[test]
fn a_slot_allocates_nothing() {
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
        tbs_lbrm: Some(tbs_lbrm(51, 4, 8)),
        reserved: None,
    };
    let mut transmitter = PdschTransmitter::new(&carrier);
    let mut receiver = PdschReceiver::<i8>::new(&carrier, 2, ReceiverOptions::default());
    let mut harq = HarqBuffer::new(100_000);
    let mut grid = ResourceGrid::for_carrier(&carrier, 2);
    let tb: Vec<u8> = (0..100_000).map(|i| (i * 7 + i / 256) as u8).collect();
    let mut slot = |first: u16, n_prb: u16, mcs: u8, interleaved: bool| {
        let grant = FallbackGrant {
            kind: GrantKind::Device,
            rnti: Rnti(0x4601),
            common_search_space: false,
            frequency_resource: VrbRun { start: first, length: n_prb }.riv(51).unwrap(),
            time_resource: 0,
            interleaved,
            mcs,
            rv: 0,
            tb_scaling: 0,
            first_transmission: None,
        };
        let before = allocations();
        let config = PdschConfig::from_fallback_grant(&context, &grant).unwrap();
        grid.clear();
        transmitter.transmit(&[&tb[..config.tbs() / 8]], &config, &mut grid);
        harq.reset();
        let report = receiver.decode(&grid, &config, &mut harq);
        let allocations = allocations() - before;
        assert!(report.crc_ok, "{report:?}");
        allocations
    };
    let cases = [(0, 51, 25, true), (3, 20, 10, false), (40, 5, 0, true), (0, 51, 3, false)];
    // Tables (of a lifting size, a default allocation) are made on first use.
    for (first, n_prb, mcs, interleaved) in cases {
        slot(first, n_prb, mcs, interleaved);
    }
    for (first, n_prb, mcs, interleaved) in cases {
        assert_eq!(slot(first, n_prb, mcs, interleaved), 0, "{n_prb} blocks, MCS {mcs}");
    }
}

#[test]
fn four_layers_in_interference_detected_together() {
    let case = FadingCase { profile: SimplifiedTdl::Tdla30, max_doppler_hz: 10.0, mcs: 5, n_layers: 4, n_rx: 4 };
    let config = case.config().unwrap();
    let mut gaussian = ComplexGaussian::new(1, 0);
    let mut grid = ResourceGrid::for_carrier(config.carrier(), 4);
    PdschTransmitter::new(config.carrier()).transmit(&[&vec![0x5a; config.tbs() / 8]], &config, &mut grid);
    // Noise that the antennas have in common.
    let n = grid.as_slice().len() / 4;
    let noise: Vec<_> = (0..n).map(|_| gaussian.sample() * 0.3).collect();
    grid.as_mut_slice().iter_mut().enumerate().for_each(|(i, y)| *y += noise[i % n] + gaussian.sample() * 0.03);
    let detector = Detector::MaxLog(Breadth::REDUCED);
    let options =
        ReceiverOptions { max_layers: 4, interference: Interference::Rejected, detector, ..ReceiverOptions::default() };
    let mut receiver = PdschReceiver::<i8>::new(config.carrier(), 4, options);
    let mut harq = HarqBuffer::new(config.tbs());
    assert_steady("a PDSCH in interference", |_| {
        harq.reset();
        assert!(receiver.decode(&grid, &config, &mut harq).crc_ok);
    });
}
