//! Speed of max-log detection beside the linear equaliser and a demapper: the counters are resource elements.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use nrflow::Complex32;
use nrflow::estimation::{Breadth, Equaliser, MaxLogDetector};
use nrflow::kernel::Isa;
use nrflow::modulation::Modulation::{Qam16, Qam64, Qam256, Qpsk};
use nrflow::modulation::{Modulation, demap};
use nrflow::propagation::ComplexGaussian;

/// Data elements of a symbol of 51 blocks.
const ELEMENTS: usize = 51 * 12;

const CASES: [(Modulation, usize); 8] =
    [(Qpsk, 2), (Qam16, 2), (Qam64, 2), (Qam256, 2), (Qpsk, 4), (Qam16, 4), (Qam64, 4), (Qam256, 4)];

fn main() {
    divan::main();
}

fn received(n_layers: usize) -> Equaliser {
    let mut gaussian = ComplexGaussian::new(1, 0);
    let mut draw = |n: usize| -> Vec<Complex32> { (0..n).map(|_| gaussian.sample()).collect() };
    let mut equaliser = Equaliser::new(ELEMENTS, n_layers);
    equaliser.begin(ELEMENTS, n_layers);
    (0..n_layers).for_each(|_| equaliser.add_antenna(&draw(ELEMENTS), &draw(ELEMENTS * n_layers), 0.05));
    equaliser
}

fn bench(bencher: Bencher, (modulation, n_layers): (Modulation, usize), isa: Isa, breadth: Breadth) {
    let received = received(n_layers);
    let modulations = vec![modulation; n_layers];
    let mut detector = MaxLogDetector::new(isa, breadth);
    let mut llr = vec![0i8; ELEMENTS * n_layers * modulation.bits_per_symbol()];
    bencher
        .counter(ItemsCount::new(ELEMENTS))
        .bench_local(|| detector.detect(black_box(&received), &modulations, &mut llr));
}

#[divan::bench(args = CASES)]
fn full(bencher: Bencher, case: (Modulation, usize)) {
    bench(bencher, case, Isa::detect(), Breadth::FULL);
}

#[divan::bench(args = CASES)]
fn reduced(bencher: Bencher, case: (Modulation, usize)) {
    bench(bencher, case, Isa::detect(), Breadth::REDUCED);
}

#[divan::bench(args = CASES)]
fn reduced_scalar(bencher: Bencher, case: (Modulation, usize)) {
    bench(bencher, case, Isa::scalar(), Breadth::REDUCED);
}

#[divan::bench(args = CASES)]
fn linear(bencher: Bencher, (modulation, n_layers): (Modulation, usize)) {
    let received = received(n_layers);
    let n = ELEMENTS * n_layers;
    let (mut x, mut variance) = (vec![Complex32::ZERO; n], vec![0.0; n]);
    let mut llr = vec![0i8; n * modulation.bits_per_symbol()];
    bencher.counter(ItemsCount::new(ELEMENTS)).bench_local(|| {
        black_box(&received).finish(&mut x, &mut variance);
        demap(Isa::detect(), modulation, &x, &variance, &mut llr);
    });
}
