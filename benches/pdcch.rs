//! Speed of the PDCCH search: one slot of CORESET#0 with the Type0 candidates, looked through for SI-, P- and every
//! RA-RNTI.

use divan::{Bencher, black_box};
use nrflow::Complex32;
use nrflow::frame::{Carrier, CellId, Coreset, CyclicPrefix, Numerology, ResourceGrid, Rnti};
use nrflow::mac::RaRntiSpace;
use nrflow::pdcch::{
    AggregationLevel, PdcchCandidate, PdcchConfig, PdcchReceiver, PdcchScrambling, PdcchSearch, PdcchTransmission,
    PdcchTransmitter, RntiKind, RntiSet, SearchSpace,
};
use nrflow::sequence::GoldSequence;

fn main() {
    divan::main();
}

/// CORESETs of these blocks by symbols.
const SIZES: [(u16, u8); 3] = [(24, 2), (48, 1), (96, 1)];

fn bench(bencher: Bencher, (n_rb, duration): (u16, u8), with_dci: bool) {
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, n_rb).unwrap();
    let cell_id = CellId::new(1).unwrap();
    let coreset = Coreset::zero(0, n_rb, duration, cell_id).unwrap();
    let config = PdcchConfig::new(&carrier, &coreset, 0, PdcchScrambling::cell(cell_id)).unwrap();
    let mut grid = ResourceGrid::for_carrier(&carrier, 1);
    if with_dci {
        let candidate = PdcchCandidate { level: AggregationLevel::new(4).unwrap(), first_cce: 0 };
        let sent = PdcchTransmission::new(3, candidate, &[1; 39], Rnti::SI);
        PdcchTransmitter::new(&config).transmit(&sent, &mut grid).unwrap();
    }
    // Noise about 10 dB below the signal.
    let mut c = GoldSequence::new(1);
    let mut noise = || (0..8).map(|_| c.next_sign()).sum::<f32>() * 0.08;
    grid.as_mut_slice().iter_mut().for_each(|z| *z += Complex32::new(noise(), noise()));
    let mut rntis = RntiSet::broadcast();
    rntis.extend(RaRntiSpace::any(carrier.numerology(), 1).iter().map(|rnti| (rnti, RntiKind::Ra)));
    let candidates = SearchSpace::type0().candidates(coreset.n_cce(), 3);
    let search = PdcchSearch {
        slot_in_frame: 3,
        candidates: &candidates,
        dci_sizes: &[39],
        rntis: &rntis,
        unknown_rntis: false,
    };
    let mut receiver = PdcchReceiver::new(&config, 1).unwrap();
    let mut found = Vec::new();
    bencher.bench_local(|| receiver.search_into(black_box(&grid), &search, &mut found));
    assert_eq!(found.len(), usize::from(with_dci));
}

#[divan::bench(args = SIZES)]
fn empty_slot(bencher: Bencher, size: (u16, u8)) {
    bench(bencher, size, false);
}

#[divan::bench(args = SIZES)]
fn slot_with_a_dci(bencher: Bencher, size: (u16, u8)) {
    bench(bencher, size, true);
}
