//! The detector against max-log by trial of every vector of points, and what it gains over the linear equaliser.

use super::{Breadth, Equaliser, MaxLogDetector};
use crate::Complex32;
use crate::coding::SoftBit;
use crate::kernel::Isa;
use crate::modulation::Modulation::{Qam16, Qam64, Qam256, Qam1024, Qpsk};
use crate::modulation::{MAX_LLR, Modulation, demap};
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
}

impl Received {
    /// Random points, Rayleigh channels and noise; antenna a has the noise variance `noise` (1 + a / 4).
    fn draw(modulations: &[Modulation], n_antennas: usize, n_re: usize, noise: f32, seed: u64) -> Self {
        let mut gaussian = ComplexGaussian::new(seed, 0);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let points: Vec<_> = modulations.iter().map(|m| m.constellation()).collect();
        let x: Vec<Complex32> = points
            .iter()
            .flat_map(|p| (0..n_re).map(|_| p[rng.random_range(0..p.len())]).collect::<Vec<_>>())
            .collect();
        let h: Vec<Vec<_>> = (0..n_antennas).map(|_| x.iter().map(|_| gaussian.sample()).collect()).collect();
        let noise: Vec<f32> = (0..n_antennas).map(|a| noise * (1.0 + 0.25 * a as f32)).collect();
        let y = h.iter().zip(&noise).map(|(h, noise)| {
            let mut y: Vec<_> = (0..n_re).map(|_| gaussian.sample() * noise.sqrt()).collect();
            h.chunks(n_re).zip(x.chunks(n_re)).for_each(|(h, x)| (0..n_re).for_each(|i| y[i] += h[i] * x[i]));
            y
        });
        Self { y: y.collect(), modulations: modulations.to_vec(), n_re, h, noise }
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

    fn linear<S: SoftBit>(&self) -> Vec<S> {
        let (n_layers, n) = (self.modulations.len(), self.n_re);
        let (mut x, mut variance) = (vec![Complex32::ZERO; n * n_layers], vec![0.0; n * n_layers]);
        self.equaliser().finish(&mut x, &mut variance);
        let mut out = vec![S::ERASED; n * self.n_bits()];
        let mut bit = 0;
        for (l, &modulation) in self.modulations.iter().enumerate() {
            let qm = modulation.bits_per_symbol();
            let mut llr = vec![S::ERASED; n * qm];
            demap(Isa::detect(), modulation, &x[l * n..][..n], &variance[l * n..][..n], &mut llr);
            for (out, llr) in out.chunks_mut(self.n_bits()).zip(llr.chunks(qm)) {
                out[bit..bit + qm].copy_from_slice(llr);
            }
            bit += qm;
        }
        out
    }
}

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
        for (n_antennas, noise) in [(2, 1.0), (2, 0.03), (2, 1e-4), (1, 0.1), (4, 0.3)] {
            let received = Received::draw(&modulations, n_antennas, n_re, noise, 5);
            let got = received.detect::<f32>(Isa::detect(), Breadth::FULL);
            for (got, expected) in got.iter().zip(received.by_definition()) {
                let error = (f64::from(*got) - expected).abs();
                let context = format!("{modulations:?}, {n_antennas} antennas, noise {noise}");
                assert!(error <= 2e-3 + 1e-3 * expected.abs(), "{context}: {got} instead of {expected}");
            }
        }
    }
}

#[test]
#[ignore]
fn explore() {
    for (modulation, n_layers, n_antennas, n_re) in [
        (Qpsk, 2, 2, 200),
        (Qpsk, 3, 3, 400),
        (Qpsk, 4, 4, 400),
        (Qam16, 3, 3, 64),
        (Qam16, 4, 4, 16),
        (Qam16, 4, 6, 16),
        (Qam64, 3, 3, 4),
    ] {
        for noise in [0.5, 0.1, 0.02] {
            let received = Received::draw(&vec![modulation; n_layers], n_antennas, n_re, noise, 5);
            let exact = received.by_definition();
            let clip = |x: f64| x.clamp(-15.875, 15.875);
            let report = |name: &str, got: Vec<f32>| {
                let error: f64 =
                    got.iter().zip(&exact).map(|(g, e)| (clip(f64::from(*g)) - clip(*e)).abs()).sum::<f64>()
                        / exact.len() as f64;
                let flips = got.iter().zip(&exact).filter(|(g, e)| (f64::from(**g) < 0.0) != (**e < 0.0)).count();
                let mean: f64 = exact.iter().map(|x| clip(*x).abs()).sum::<f64>() / exact.len() as f64;
                println!(
                    "{modulation} {n_layers}x{n_antennas} noise {noise} {name}: {error:.4} of {mean:.2}, flips {:.5}",
                    flips as f64 / exact.len() as f64
                );
            };
            for (root, second) in [(32, 1), (32, 2), (32, 4), (4, 1), (4, 2), (2, 1), (1, 1)] {
                report(&format!("{root}/{second}"), received.detect::<f32>(Isa::detect(), Breadth { root, second }));
            }
            report("linear", received.linear::<f32>());
        }
    }
}
