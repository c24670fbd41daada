//! Sending and receiving a PDSCH. The time of a slot is 500 us at 30 kHz: what a receiver leaves of it is its room.

use divan::{Bencher, counter::BytesCount};
use nrflow::Complex32;
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::estimation::Breadth;
use nrflow::frame::{BandwidthPart, Carrier, CellId, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use nrflow::pdsch::quality::FadingCase;
use nrflow::pdsch::{
    DefaultTimeTable, Detector, FallbackContext, FallbackGrant, GrantKind, Interference, McsTable, PdschConfig,
    PdschReceiver, PdschTransmitter, ReceiverOptions, TimeTable, VrbRun,
};
use nrflow::propagation::{ComplexGaussian, DelayProfile, FadingGrid, SimplifiedTdl, add_over};
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

const LINEAR: Detector = Detector::LinearMmse;
const FULL: Detector = Detector::MaxLog(Breadth::FULL);
/// Layers, antennas, noise and interference, soft bits.
const RECEIVERS: [(usize, usize, Interference, Detector); 7] = [
    (1, 1, Interference::White, LINEAR),
    (1, 1, Interference::Rejected, LINEAR),
    (2, 2, Interference::White, LINEAR),
    (2, 2, Interference::Rejected, LINEAR),
    (4, 4, Interference::White, LINEAR),
    (4, 4, Interference::Rejected, LINEAR),
    (4, 4, Interference::Rejected, FULL),
];

/// Estimation, equalisation and detection alone, of 51 blocks and 12 symbols of 256QAM.
#[divan::bench(args = RECEIVERS)]
fn equalise(
    bencher: Bencher<'_, '_>,
    (n_layers, n_rx, interference, detector): (usize, usize, Interference, Detector),
) {
    let case = FadingCase { profile: SimplifiedTdl::Tdla30, max_doppler_hz: 10.0, mcs: 20, n_layers, n_rx };
    let config = case.config().unwrap();
    let grid = |n_ports| ResourceGrid::for_carrier(config.carrier(), n_ports);
    let (mut sent, mut h, mut y) = (grid(n_layers), grid(n_layers * n_rx), grid(n_rx));
    let tb = vec![0x5a; config.tbs() / 8];
    PdschTransmitter::new(config.carrier()).transmit(&[&tb], &config, &mut sent);
    let profile = DelayProfile::simplified(case.profile);
    FadingGrid::new(profile, case.max_doppler_hz, n_rx, n_layers).unwrap().draw(config.carrier(), 1, 0, &mut h);
    let mut gaussian = ComplexGaussian::new(1, 1);
    y.as_mut_slice().iter_mut().for_each(|y: &mut Complex32| *y = gaussian.sample() * 0.03);
    add_over(&h, &sent, &mut y);
    let options = ReceiverOptions { max_layers: n_layers, interference, detector, ..ReceiverOptions::default() };
    let mut receiver = PdschReceiver::<i8>::new(config.carrier(), n_rx, options);
    bencher.bench_local(|| receiver.receive(&y, &config));
}
