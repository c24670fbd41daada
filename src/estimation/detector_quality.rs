//! What the detector gains over the linear equaliser and loses against max-log by trial of every vector: the
//! signal-to-noise ratio that LDPC code words need on Rayleigh channels, independent from element to element.

use super::{Breadth, Equaliser, MaxLogDetector};
use crate::Complex32;
use crate::coding::SoftBit;
use crate::coding::ldpc::{HarqBuffer, SchDecoder, SchEncoder, SchPlan};
use crate::kernel::Isa;
use crate::modulation::Modulation::{self, Qam16, Qam64, Qam256, Qpsk};
use crate::modulation::{demap, map};
use crate::propagation::ComplexGaussian;
use crate::quality::{Bench, RequiredSnr};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Detection {
    /// The linear equaliser and a demapper.
    Linear,
    MaxLog(Breadth),
    /// Every vector tried.
    Exact,
}

/// A transport block in one code block, `n` layers on `n` antennas.
#[derive(Clone, Copy, Debug)]
struct Case {
    modulation: Modulation,
    n: usize,
    tbs: usize,
    /// Coded bits.
    g: usize,
    /// Where the ratios that blocks need are looked for, in dB.
    range_db: (f64, f64),
}

impl Case {
    fn required_snr(self, detection: Detection, blocks: Range<u64>) -> RequiredSnr {
        let range = self.range_db.0..self.range_db.1;
        RequiredSnr::measure(&mut Link::new(self, detection), blocks, range, 0.05)
    }
}

struct Link {
    case: Case,
    detection: Detection,
    plan: SchPlan,
    harq: HarqBuffer<i8>,
    decoder: SchDecoder<i8>,
    detector: MaxLogDetector,
    equaliser: Equaliser,
    tb: Vec<u8>,
    /// `[layer][element]`.
    x: Vec<Complex32>,
    /// `[antenna][layer][element]` and `[antenna][element]`.
    h: Vec<Vec<Complex32>>,
    unit_noise: Vec<Vec<Complex32>>,
}

impl Link {
    fn new(case: Case, detection: Detection) -> Self {
        let (n, qm) = (case.n, case.modulation.bits_per_symbol());
        let rate = case.tbs as f64 / case.g as f64;
        let breadth = if let Detection::MaxLog(breadth) = detection { breadth } else { Breadth::FULL };
        Self {
            case,
            detection,
            plan: SchPlan::new(case.tbs, 1024.0 * rate, case.g, qm, n, 0, None).unwrap(),
            harq: HarqBuffer::new(case.tbs),
            decoder: SchDecoder::new(Isa::detect(), 12),
            detector: MaxLogDetector::new(Isa::detect(), breadth),
            equaliser: Equaliser::new(case.g / (n * qm), n),
            tb: vec![0; case.tbs],
            x: Vec::new(),
            h: Vec::new(),
            unit_noise: Vec::new(),
        }
    }

    fn n_re(&self) -> usize {
        self.case.g / (self.case.n * self.case.modulation.bits_per_symbol())
    }

    fn soft_bits(&mut self, y: &[Vec<Complex32>], variance: f32) -> Vec<i8> {
        let Case { modulation, n, g, .. } = self.case;
        let n_re = self.n_re();
        let mut llr = vec![0; g];
        self.equaliser.begin(n_re, n);
        (0..n).for_each(|a| self.equaliser.add_antenna(&y[a], &self.h[a], variance));
        match self.detection {
            Detection::MaxLog(_) => self.detector.detect(&self.equaliser, &vec![modulation; n], &mut llr),
            Detection::Linear => {
                let (mut x, mut left) = (vec![Complex32::ZERO; n * n_re], vec![0.0; n * n_re]);
                self.equaliser.finish(&mut x, &mut left);
                let by_element = |i: usize| i % n * n_re + i / n;
                let x: Vec<_> = (0..n * n_re).map(|i| x[by_element(i)]).collect();
                let left: Vec<_> = (0..n * n_re).map(|i| left[by_element(i)]).collect();
                demap(Isa::detect(), modulation, &x, &left, &mut llr);
            }
            Detection::Exact => {
                for (i, llr) in llr.chunks_mut(g / n_re).enumerate() {
                    let y = (0..n).map(|a| y[a][i]).collect();
                    let h: Vec<Vec<_>> = (0..n).map(|l| (0..n).map(|a| self.h[a][l * n_re + i]).collect()).collect();
                    let mut least = vec![vec![f32::INFINITY; 1 << modulation.bits_per_symbol()]; n];
                    least_metrics(modulation.constellation(), y, &h, &mut least);
                    exact_llr(&least, variance, llr);
                }
            }
        }
        llr
    }
}

/// The least |r - sum of h_l x_l|^2 with each point of each layer, `least[layer][point]`; returns the least of all.
fn least_metrics(points: &[Complex32], r: Vec<Complex32>, h: &[Vec<Complex32>], least: &mut [Vec<f32>]) -> f32 {
    let (Some((h, others)), Some((of_layer, least))) = (h.split_first(), least.split_first_mut()) else { return 0.0 };
    let mut best = f32::INFINITY;
    for (&x, of_point) in points.iter().zip(of_layer) {
        let metric = if others.is_empty() {
            r.iter().zip(h).map(|(r, h)| (r - h * x).norm_sqr()).sum()
        } else {
            least_metrics(points, r.iter().zip(h).map(|(r, h)| r - h * x).collect(), others, least)
        };
        *of_point = of_point.min(metric);
        best = best.min(metric);
    }
    best
}

fn exact_llr(least: &[Vec<f32>], variance: f32, llr: &mut [i8]) {
    let qm = least[0].len().ilog2() as usize;
    for (bit, llr) in llr.iter_mut().enumerate() {
        let mut of_bit = [f32::INFINITY; 2];
        for (i, &metric) in least[bit / qm].iter().enumerate() {
            let of_bit = &mut of_bit[i >> (qm - 1 - bit % qm) & 1];
            *of_bit = of_bit.min(metric);
        }
        *llr = i8::from_f32((of_bit[1] - of_bit[0]) / variance);
    }
}

impl Bench for Link {
    fn draw(&mut self, block: u64) {
        let (n, n_re) = (self.case.n, self.n_re());
        let mut rng = ChaCha8Rng::seed_from_u64(block);
        self.tb.iter_mut().for_each(|bit| *bit = rng.random_range(0..2));
        let mut coded = vec![0; self.case.g];
        SchEncoder::new().encode(&self.plan, &self.tb, &mut coded);
        let mut symbols = vec![Complex32::ZERO; n * n_re];
        map(self.case.modulation, &coded, &mut symbols);
        self.x = (0..n * n_re).map(|i| symbols[i % n_re * n + i / n_re]).collect();
        let mut gaussian = ComplexGaussian::new(block, 1);
        let mut draw = |len: usize| (0..len).map(|_| gaussian.sample()).collect::<Vec<_>>();
        self.h = (0..n).map(|_| draw(n * n_re)).collect();
        self.unit_noise = (0..n).map(|_| draw(n_re)).collect();
    }

    /// The ratio is that of all layers to the noise at an antenna.
    fn passes(&mut self, snr_db: f64) -> bool {
        let n_re = self.n_re();
        let variance = (self.case.n as f64 * 10f64.powf(-snr_db / 10.0)) as f32;
        let mut y = self.unit_noise.clone();
        for (y, h) in y.iter_mut().zip(&self.h) {
            y.iter_mut().for_each(|y| *y *= variance.sqrt());
            for (i, (h, x)) in h.iter().zip(&self.x).enumerate() {
                y[i % n_re] += h * x;
            }
        }
        let llr = self.soft_bits(&y, variance);
        self.harq.reset();
        let mut decoded = vec![0; self.case.tbs];
        self.decoder.decode(&self.plan, &llr, &mut self.harq, &mut decoded).crc_ok && decoded == self.tb
    }
}

const SECOND_1: Breadth = Breadth { root: 32, second: 1 };

#[test]
fn code_words_need_less_than_with_the_linear_equaliser_and_hardly_more_than_with_every_vector_tried() {
    let cases = [
        Case { modulation: Qpsk, n: 4, tbs: 640, g: 1024, range_db: (4.0, 14.0) },
        Case { modulation: Qam16, n: 2, tbs: 640, g: 1024, range_db: (10.0, 22.0) },
    ];
    // The losses that are allowed, and the gain that is asked for, in dB.
    for (case, max_loss, min_gain) in [(cases[0], 0.15, 1.0), (cases[1], 0.05, 0.5)] {
        let measure = |detection| case.required_snr(detection, 0..100);
        let exact = measure(Detection::Exact);
        let loss = measure(Detection::MaxLog(Breadth::FULL)).loss_against(&exact, 0.1).unwrap();
        let linear = measure(Detection::Linear).loss_against(&exact, 0.1).unwrap();
        println!("{case:?}: {loss:?}, linear {linear:?}");
        assert!(loss.db < max_loss && linear.db - loss.db > min_gain, "{case:?}: {loss:?}, linear {linear:?}");
    }
}

/// The table of the detectors; minutes.
#[test]
#[ignore = "minutes: prints a table"]
fn table() {
    let exact_too = [
        Case { modulation: Qpsk, n: 2, tbs: 480, g: 1024, range_db: (0.0, 14.0) },
        Case { modulation: Qpsk, n: 4, tbs: 480, g: 1024, range_db: (0.0, 14.0) },
        Case { modulation: Qpsk, n: 4, tbs: 800, g: 1024, range_db: (4.0, 20.0) },
        Case { modulation: Qam16, n: 2, tbs: 480, g: 1024, range_db: (6.0, 20.0) },
        Case { modulation: Qam16, n: 2, tbs: 800, g: 1024, range_db: (10.0, 28.0) },
        Case { modulation: Qam16, n: 3, tbs: 640, g: 1020, range_db: (8.0, 22.0) },
        Case { modulation: Qam16, n: 4, tbs: 480, g: 1024, range_db: (6.0, 20.0) },
        Case { modulation: Qam16, n: 4, tbs: 800, g: 1024, range_db: (10.0, 28.0) },
    ];
    let larger = [
        Case { modulation: Qam64, n: 2, tbs: 1840, g: 3072, range_db: (12.0, 34.0) },
        Case { modulation: Qam64, n: 4, tbs: 1840, g: 3072, range_db: (12.0, 34.0) },
        Case { modulation: Qam256, n: 2, tbs: 3072, g: 4096, range_db: (20.0, 45.0) },
        Case { modulation: Qam256, n: 4, tbs: 3072, g: 4096, range_db: (20.0, 45.0) },
    ];
    for (i, case) in exact_too.into_iter().chain(larger).enumerate() {
        let exact = i < exact_too.len();
        // The trial of every vector of four 16QAM symbols takes its time.
        let blocks = 0..if case.modulation == Qam16 && case.n > 2 { 100 } else { 300 };
        let reference = if exact { Detection::Exact } else { Detection::MaxLog(Breadth::FULL) };
        let reference_snr = case.required_snr(reference, blocks.clone());
        let code = format!("{} {}x{} rate {:.2}", case.modulation, case.n, case.n, case.tbs as f64 / case.g as f64);
        println!("{code}: {reference:?} {:.2} dB", reference_snr.at_bler(0.1).unwrap_or(f64::NAN));
        let detections =
            [Breadth::FULL, SECOND_1, Breadth { root: 4, second: 2 }, Breadth::REDUCED, Breadth { root: 2, second: 1 }];
        for detection in detections.map(Detection::MaxLog).into_iter().chain([Detection::Linear]) {
            let loss = case.required_snr(detection, blocks.clone()).loss_against(&reference_snr, 0.1);
            println!(
                "    {detection:?} {:.2} dB ({:.2})",
                loss.map_or(f64::NAN, |l| l.db),
                loss.map_or(f64::NAN, |l| l.standard_error_db)
            );
        }
    }
}
