//! The detector against max-log by trial of every vector of points.

use super::{Breadth, Equaliser, MaxLogDetector};
use crate::Complex32;
use crate::coding::SoftBit;
use crate::kernel::Isa;
use crate::modulation::Modulation::{Qam16, Qam64, Qam256, Qam1024, Qpsk};
use crate::modulation::{MAX_LLR, Modulation};
use crate::propagation::ComplexGaussian;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Elements received on as many antennas as `channel` has rows, `[antenna][layer][element]`.
struct Received {
    modulations: Vec<Modulation>,
    n_re: usize,
    y: Vec<Vec<Complex32>>,
    h: Vec<Vec<Complex32>>,
    noise: Vec<f32>,
    /// Numbers of the points sent, `[element][layer]`.
    sent: Vec<usize>,
}

impl Received {
    /// Random points, Rayleigh channels and noise; antenna a has the noise variance `noise` (1 + a / 4).
    fn draw(modulations: &[Modulation], n_antennas: usize, n_re: usize, noise: f32, seed: u64) -> Self {
        let mut gaussian = ComplexGaussian::new(seed, 0);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let points: Vec<_> = modulations.iter().map(|m| m.constellation()).collect();
        let sent: Vec<usize> =
            (0..n_re).flat_map(|_| points.iter().map(|p| rng.random_range(0..p.len())).collect::<Vec<_>>()).collect();
        let of_layer = |l: usize| sent.iter().skip(l).step_by(points.len()).map(move |&i| (l, i));
        let x: Vec<Complex32> = (0..points.len()).flat_map(of_layer).map(|(l, i)| points[l][i]).collect();
        let h: Vec<Vec<_>> = (0..n_antennas).map(|_| x.iter().map(|_| gaussian.sample()).collect()).collect();
        let noise: Vec<f32> = (0..n_antennas).map(|a| noise * (1.0 + 0.25 * a as f32)).collect();
        let y = h.iter().zip(&noise).map(|(h, noise)| {
            let mut y: Vec<_> = (0..n_re).map(|_| gaussian.sample() * noise.sqrt()).collect();
            h.chunks(n_re.max(1))
                .zip(x.chunks(n_re.max(1)))
                .for_each(|(h, x)| (0..n_re).for_each(|i| y[i] += h[i] * x[i]));
            y
        });
        Self { y: y.collect(), modulations: modulations.to_vec(), n_re, h, noise, sent }
    }

    fn equaliser(&self) -> Equaliser {
        let n_layers = self.modulations.len();
        let mut equaliser = Equaliser::new(self.n_re, n_layers);
        equaliser.begin(self.n_re, n_layers);
        (0..self.y.len()).for_each(|a| equaliser.add_antenna(&self.y[a], &self.h[a], self.noise[a]));
        equaliser
    }

    fn n_bits(&self) -> usize {
        self.modulations.iter().map(|m| m.bits_per_symbol()).sum()
    }

    fn detect<S: SoftBit>(&self, isa: Isa, breadth: Breadth) -> Vec<S> {
        let mut out = vec![S::CERTAIN_ZERO; self.n_re * self.n_bits()];
        MaxLogDetector::new(isa, breadth).detect(&self.equaliser(), &self.modulations, &mut out);
        out
    }

    /// Max-log by its definition, every vector of points tried.
    fn by_definition(&self) -> Vec<f64> {
        (0..self.n_re).flat_map(|i| self.element_by_definition(i)).collect()
    }

    fn element_by_definition(&self, i: usize) -> Vec<f64> {
        let n_layers = self.modulations.len();
        let points: Vec<_> = self.modulations.iter().map(|m| m.constellation()).collect();
        let mut least = vec![[f64::INFINITY; 2]; self.n_bits()];
        let mut indices = vec![0; n_layers];
        loop {
            let mut metric = 0.0;
            for (a, y) in self.y.iter().enumerate() {
                let (mut re, mut im) = (f64::from(y[i].re), f64::from(y[i].im));
                for (l, &index) in indices.iter().enumerate() {
                    let (h, x) = (self.h[a][l * self.n_re + i], points[l][index]);
                    re -= f64::from(h.re) * f64::from(x.re) - f64::from(h.im) * f64::from(x.im);
                    im -= f64::from(h.re) * f64::from(x.im) + f64::from(h.im) * f64::from(x.re);
                }
                metric += (re * re + im * im) / f64::from(self.noise[a]);
            }
            let mut bit = 0;
            for (l, &index) in indices.iter().enumerate() {
                let qm = self.modulations[l].bits_per_symbol();
                for b in 0..qm {
                    let least = &mut least[bit][index >> (qm - 1 - b) & 1];
                    *least = least.min(metric);
                    bit += 1;
                }
            }
            let Some(l) = (0..n_layers).find(|&l| indices[l] + 1 < points[l].len()) else { break };
            indices[..l].fill(0);
            indices[l] += 1;
        }
        least.iter().map(|[zero, one]| (one - zero).clamp(-f64::from(MAX_LLR), f64::from(MAX_LLR))).collect()
    }
}

fn assert_exact(received: &Received, breadth: Breadth) {
    let got = received.detect::<f32>(Isa::detect(), breadth);
    for (got, expected) in got.iter().zip(received.by_definition()) {
        let error = (f64::from(*got) - expected).abs();
        let context = format!("{:?}, noise {:?}", received.modulations, received.noise);
        assert!(error <= 2e-3 + 1e-3 * expected.abs(), "{context}: {got} instead of {expected}");
    }
}

/// Numbers of antennas, and the noise of the first.
const RECEPTIONS: [(usize, f32); 5] = [(2, 1.0), (2, 0.03), (2, 1e-4), (1, 0.1), (4, 0.3)];

#[test]
fn two_layers_equal_the_trial_of_all_pairs() {
    let pairs = [
        ([Qpsk, Qpsk], 100),
        ([Qam16, Qam16], 60),
        ([Qam64, Qam64], 21),
        ([Qam256, Qpsk], 30),
        ([Qam16, Qam64], 30),
        ([Qam256, Qam256], 2),
        ([Qpsk, Qam1024], 10),
    ];
    for (modulations, n_re) in pairs {
        for (n_antennas, noise) in RECEPTIONS {
            assert_exact(&Received::draw(&modulations, n_antennas, n_re, noise, 5), Breadth::FULL);
        }
    }
}

/// With both layers before the last tried in full, three layers are exact too, whatever the order of decisions.
#[test]
fn three_layers_equal_the_trial_of_all_if_two_of_them_are_tried_in_full() {
    for (modulations, n_re) in [([Qpsk; 3], 100), ([Qam16; 3], 20)] {
        for (n_antennas, noise) in RECEPTIONS {
            let received = Received::draw(&modulations, n_antennas, n_re, noise, 6);
            assert_exact(&received, Breadth { root: 32, second: 32 });
        }
    }
}

/// The mean error of soft bits within +-16, in parts of their mean magnitude, and the share of wrong signs.
fn mean_error(received: &Received, breadth: Breadth) -> (f64, f64) {
    let got = received.detect::<f32>(Isa::detect(), breadth);
    let exact = received.by_definition();
    let clip = |x: f64| x.clamp(-16.0, 16.0);
    let error: f64 = got.iter().zip(&exact).map(|(&g, &e)| (clip(g.into()) - clip(e)).abs()).sum();
    let wrong = got.iter().zip(&exact).filter(|(g, e)| g.is_sign_negative() != e.is_sign_negative()).count();
    (error / exact.iter().map(|&e| clip(e).abs()).sum::<f64>(), wrong as f64 / exact.len() as f64)
}

#[test]
fn more_layers_come_near_the_trial_of_all_vectors() {
    // With the noise; the error and the wrong signs that are allowed in percent.
    let cases = [
        (vec![Qpsk; 3], 300, 0.5, 0.1, 0.1),
        (vec![Qpsk; 4], 300, 0.5, 2.5, 0.3),
        (vec![Qpsk; 4], 300, 0.1, 0.3, 0.1),
        (vec![Qam16; 3], 50, 0.1, 0.2, 0.3),
        (vec![Qam16, Qpsk, Qam64, Qpsk], 50, 0.2, 1.5, 0.5),
        (vec![Qam16; 4], 48, 0.1, 2.0, 1.0),
    ];
    for (modulations, n_re, noise, error, wrong) in cases {
        let received = Received::draw(&modulations, modulations.len(), n_re, noise, 7);
        let (got_error, got_wrong) = mean_error(&received, Breadth::FULL);
        println!("{modulations:?}, noise {noise}: {:.2} %, {:.2} % wrong", 100.0 * got_error, 100.0 * got_wrong);
        assert!(100.0 * got_error < error && 100.0 * got_wrong < wrong, "{modulations:?}: {got_error}, {got_wrong}");
    }
}

#[test]
fn few_levels_of_the_root_are_nearly_as_good() {
    let received = Received::draw(&[Qam256, Qam256], 2, 3, 0.01, 8);
    let ((full, _), (reduced, _)) = (mean_error(&received, Breadth::FULL), mean_error(&received, Breadth::REDUCED));
    println!("{:.3} %, {:.3} %", 100.0 * full, 100.0 * reduced);
    assert!(full < 1e-3 && reduced < 0.03, "{full}, {reduced}");
}

#[test]
fn every_instruction_set_and_soft_bit_gives_the_same() {
    for (n_layers, n_re) in [(2, 9), (3, 16), (4, 5), (4, 1), (3, 0)] {
        for modulation in [Qpsk, Qam16, Qam64, Qam256, Qam1024] {
            let received = Received::draw(&vec![modulation; n_layers], n_layers, n_re, 0.05, 9);
            let llr = received.detect::<f32>(Isa::scalar(), Breadth::REDUCED);
            for isa in Isa::all() {
                assert_eq!(received.detect::<f32>(isa, Breadth::REDUCED), llr);
                let expected: Vec<_> = llr.iter().map(|&llr| i8::from_f32(llr)).collect();
                assert_eq!(received.detect::<i8>(isa, Breadth::REDUCED), expected);
            }
        }
    }
}

#[test]
fn without_noise_the_signs_are_the_bits() {
    for n_layers in 2..=4 {
        let received = Received::draw(&vec![Qam64; n_layers], n_layers, 50, 1e-9, 10);
        let llr = received.detect::<i8>(Isa::detect(), Breadth::REDUCED);
        // What was sent, by the definition of the point nearest to zero forcing.
        let sent: Vec<u8> = received.sent.iter().flat_map(|&i| (0..6).map(move |b| (i >> (5 - b) & 1) as u8)).collect();
        let wrong = llr.iter().zip(&sent).filter(|(llr, bit)| llr.hard() != **bit).count();
        assert_eq!(wrong, 0, "{n_layers} layers");
    }
}

#[test]
fn what_is_not_known_is_erased() {
    let nothing = |llr: &[f32]| llr.iter().all(|&llr| llr == 0.0);
    for n_layers in 2..=4 {
        let bits = 4 * n_layers;
        let good = Received::draw(&vec![Qam16; n_layers], 4, 20, 0.1, 11);
        let expected = good.detect::<f32>(Isa::detect(), Breadth::FULL);
        // Elements with something that is no number: they alone are erased.
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
            let mut received = Received { y: good.y.clone(), h: good.h.clone(), ..Received::draw(&[], 0, 0, 0.0, 0) };
            (received.modulations, received.n_re, received.noise) = (good.modulations.clone(), 20, good.noise.clone());
            received.y[1][3].im = bad;
            received.h[2][20 + 9].re = bad;
            let got = received.detect::<f32>(Isa::detect(), Breadth::FULL);
            assert!(got.iter().all(|llr| llr.is_finite()), "{bad}");
            for (i, (got, expected)) in got.chunks(bits).zip(expected.chunks(bits)).enumerate() {
                assert!(
                    if i == 9 || i == 3 && !bad.is_finite() { nothing(got) } else { i == 3 || got == expected },
                    "{bad}"
                );
            }
        }
        // No antenna with a variance, or no channel at all.
        for noise in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let mut received = Received::draw(&good.modulations, 4, 20, 0.1, 11);
            received.noise.fill(noise);
            assert!(nothing(&received.detect::<f32>(Isa::detect(), Breadth::FULL)), "{noise}");
        }
        let mut received = Received::draw(&good.modulations, 4, 20, 0.1, 11);
        received.h.iter_mut().for_each(|h| h.fill(Complex32::ZERO));
        assert!(nothing(&received.detect::<f32>(Isa::detect(), Breadth::FULL)));
        // One layer without a channel.
        let mut received = Received::draw(&good.modulations, 4, 20, 0.1, 11);
        received.h.iter_mut().for_each(|h| h[20..40].fill(Complex32::ZERO));
        for llr in received.detect::<f32>(Isa::detect(), Breadth::FULL).chunks(bits) {
            assert!(nothing(&llr[4..8]) && llr[..4].iter().all(|&llr| llr != 0.0), "{llr:?}");
        }
    }
}

#[test]
fn extremes_never_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    let extremes = [0.0, -0.0, f32::NAN, f32::INFINITY, f32::MAX, f32::MIN, 1e-45, f32::MIN_POSITIVE, 1e19, -1e-19];
    for round in 0..200 {
        let mut received = Received::draw(&[Qam16, Qpsk, Qam256], 3, 17, 0.1, round);
        for row in received.y.iter_mut().chain(&mut received.h) {
            for z in row.iter_mut().flat_map(|z| [&mut z.re, &mut z.im]) {
                if rng.random_range(0..12) == 0 {
                    *z = extremes[rng.random_range(0..extremes.len())];
                }
            }
        }
        received.noise[round as usize % 3] = extremes[rng.random_range(0..extremes.len())];
        let llr = received.detect::<f32>(Isa::detect(), Breadth::REDUCED);
        assert!(llr.iter().all(|llr| llr.abs() <= MAX_LLR));
    }
}
