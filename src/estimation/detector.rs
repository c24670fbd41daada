use super::Equaliser;
use crate::Complex32;
use crate::coding::SoftBit;
use crate::kernel::Isa;
use crate::kernel::layer_tree::{ComplexLanes, LANES, Lanes, LayerTree, LevelMetrics, Windows, search_layers};
use crate::modulation::{MAX_LLR, Modulation};

/// How many hypotheses a [`MaxLogDetector`] tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Breadth {
    /// With each level of one axis of a layer, how many levels of its other axis: those nearest the linear estimate.
    /// 32 means all of every modulation; 0 counts as 1.
    pub root: usize,
    /// For 3 and 4 layers, how many levels on each axis of the layer that is decided second; 0 counts as 1.
    pub second: usize,
}

impl Breadth {
    /// Every point of a layer, and four of the layer decided second. On four layers and four antennas in Rayleigh fading
    /// code words of QPSK and 16QAM then need about 0.05 dB more than with every vector tried.
    pub const FULL: Self = Self { root: 32, second: 2 };
    /// A fraction of the work of [`Breadth::FULL`], for another 0.1 dB to 0.3 dB (256QAM on four layers).
    pub const REDUCED: Self = Self { root: 4, second: 1 };
}

impl Default for Breadth {
    fn default() -> Self {
        Self::FULL
    }
}

/// Max-log soft bits of 2 to 4 layers that are received together: better than the linear [`Equaliser`] and a demapper where
/// layers are hard to separate.
///
/// Each layer in turn is the root of a search: with each of its points the other layers are decided one after the other,
/// by the QR factors of the channel with noise as its regularisation, the most certain first. So every bit has both its
/// hypotheses, with the true distance of a vector of points. For two layers that is max-log exactly
/// ([`Breadth::root`] 32); for more, decisions may miss the nearest vector.
#[derive(Clone, Debug)]
pub struct MaxLogDetector {
    isa: Isa,
    breadth: Breadth,
    metrics: Box<LevelMetrics>,
}

impl MaxLogDetector {
    /// A detector for any number of elements.
    pub fn new(isa: Isa, breadth: Breadth) -> Self {
        Self { isa, breadth, metrics: Box::new(LevelMetrics::NONE) }
    }

    /// Soft bits of the elements whose antennas were added to `received` since [`Equaliser::begin`];
    /// [`Equaliser::finish`] is not needed for it. `modulations` has one entry a layer, whose symbols have unit power.
    /// `out` is `[element][layer][bit]`, the order of a codeword of these layers.
    ///
    /// LLR = min over vectors of points with bit 1 of (y - Hx)^H R^-1 (y - Hx), less the same with bit 0, within
    /// [`MAX_LLR`]. An element of which nothing is known, or with anything that is no number, has erased bits (LLR 0).
    ///
    /// # Panics
    /// If the layers are not 2 to 4, `modulations` has not one entry for each, or one is BPSK or pi/2-BPSK, or if
    /// `out` has not the bits of all elements.
    pub fn detect<S: SoftBit>(&mut self, received: &Equaliser, modulations: &[Modulation], out: &mut [S]) {
        let (n_re, n_layers, ..) = received.normal_equations();
        assert_eq!(modulations.len(), n_layers, "modulations for layers");
        let bits: usize = modulations.iter().map(|m| m.bits_per_symbol()).sum();
        assert_eq!(out.len(), n_re * bits, "soft bits for {n_re} elements");
        assert!(modulations.iter().all(|m| m.bits_per_symbol() % 2 == 0), "{modulations:?} for several layers");
        match n_layers {
            2 => self.detect_layers::<2, S>(received, modulations, bits, out),
            3 => self.detect_layers::<3, S>(received, modulations, bits, out),
            4 => self.detect_layers::<4, S>(received, modulations, bits, out),
            _ => panic!("{n_layers} layers: max-log detection is for 2 to 4"),
        }
    }

    fn detect_layers<const N: usize, S: SoftBit>(
        &mut self,
        received: &Equaliser,
        modulations: &[Modulation],
        bits: usize,
        out: &mut [S],
    ) {
        let (least, most) =
            modulations.iter().fold((32, 2), |(least, most), &m| (levels(m).min(least), levels(m).max(most)));
        let n_re = received.normal_equations().0;
        for (i, out) in out.chunks_mut(LANES * bits).enumerate() {
            let first = i * LANES;
            let problem = Problem::<N>::gather(received, first, LANES.min(n_re - first), modulations);
            let mut bit = 0;
            for (root, &modulation) in modulations.iter().enumerate() {
                let levels = levels(modulation);
                let windows = Windows {
                    levels,
                    root: self.breadth.root.clamp(1, levels),
                    second: self.breadth.second.clamp(1, least),
                };
                search_layers(self.isa, &problem.tree(root, self.breadth.second >= most), windows, &mut self.metrics);
                for k in 0..modulation.bits_per_symbol() {
                    let llr = bit_llr(&self.metrics.0[k % 2][..levels], k / 2);
                    for ((out, llr), usable) in out[bit..].iter_mut().step_by(bits).zip(llr).zip(problem.usable) {
                        let known = usable && !llr.is_nan();
                        *out = if known { S::from_f32(llr.clamp(-MAX_LLR, MAX_LLR)) } else { S::ERASED };
                    }
                    bit += 1;
                }
            }
        }
    }
}

/// Levels of an axis.
fn levels(modulation: Modulation) -> usize {
    1 << (modulation.bits_per_symbol() / 2)
}

/// Bit `k` of an axis: the least metric with bit 1 less that with bit 0. Bits are nested signs, as in
/// [`crate::kernel::demap_qam`].
fn bit_llr(metrics: &[Lanes], k: usize) -> [f32; LANES] {
    let n = metrics.len() as i32;
    let mut least = [[f32::INFINITY; LANES]; 2];
    for (i, metric) in metrics.iter().enumerate() {
        let (mut t, mut half) = (2 * i as i32 - (n - 1), n / 2);
        for _ in 0..k {
            (t, half) = (half - t.abs(), half / 2);
        }
        for (least, metric) in least[usize::from(t < 0)].iter_mut().zip(metric.0) {
            *least = least.min(metric);
        }
    }
    std::array::from_fn(|lane| least[1][lane] - least[0][lane])
}

/// What is known of a few elements, layers in their own order.
struct Problem<const N: usize> {
    /// H^H R^-1 H.
    gram: [[ComplexLanes; N]; N],
    /// H^H R^-1 y.
    matched: [ComplexLanes; N],
    usable: [bool; LANES],
    /// Half the distance of two levels, and the highest level in units of it.
    amplitude: [f32; N],
    highest: [f32; N],
}

impl<const N: usize> Problem<N> {
    fn gather(received: &Equaliser, first: usize, len: usize, modulations: &[Modulation]) -> Self {
        let (n_re, _, matched, gram) = received.normal_equations();
        let mut problem = Self {
            gram: [[ComplexLanes::ZERO; N]; N],
            matched: [ComplexLanes::ZERO; N],
            usable: [true; LANES],
            amplitude: std::array::from_fn(|i| modulations[i].norm().sqrt().recip()),
            highest: std::array::from_fn(|i| (levels(modulations[i]) - 1) as f32),
        };
        let mut load = |values: &[Complex32], row: usize| {
            let mut lanes = ComplexLanes::ZERO;
            for (lane, z) in values[row * n_re + first..][..len].iter().enumerate() {
                (lanes.re.0[lane], lanes.im.0[lane]) = (z.re, z.im);
                problem.usable[lane] &= z.re.is_finite() && z.im.is_finite();
            }
            lanes
        };
        let mut pair = 0;
        for i in 0..N {
            problem.matched[i] = load(matched, i);
            for j in i..N {
                problem.gram[i][j] = load(gram, pair);
                problem.gram[j][i] = problem.gram[i][j];
                problem.gram[j][i].im.0 = problem.gram[i][j].im.0.map(|x| -x);
                pair += 1;
            }
        }
        problem
    }

    /// The order in which layers are decided in a lane, last first: `root` at the end, before it the most certain of the
    /// others, and so on; if every point of the second is tried, the least certain is that.
    fn order(&self, root: usize, lane: usize, second_full: bool) -> [usize; N] {
        let mut order: [usize; N] = std::array::from_fn(|i| (root + 1 + i) % N);
        let power = |i: usize| self.gram[i][i].re.0[lane] + 1.0;
        let area = |i: usize| self.amplitude[i].powi(2);
        let minor = |i: usize, j: usize| {
            let g = &self.gram[i][j];
            power(i) * power(j) - g.re.0[lane].powi(2) - g.im.0[lane].powi(2)
        };
        if N == 4 {
            // The error of a layer is in proportion to the determinant of the others; it counts by the distance of levels.
            let [a, b, c] = [order[0], order[1], order[2]];
            let error = [minor(b, c) / area(a), minor(a, c) / area(b), minor(a, b) / area(c)];
            let best = (0..3).fold(2, |best, i| if (error[i] < error[best]) != second_full { i } else { best });
            order.swap(best, 2);
        }
        let certainty = |i: usize| power(i) * area(i);
        if N > 2 && (certainty(order[0]) > certainty(order[1])) != (N == 3 && second_full) {
            order.swap(0, 1);
        }
        order
    }

    /// The search with `root` decided first.
    ///
    /// (y - Hx)^H R^-1 (y - Hx) is |z - Ux|^2 - |x|^2 and a constant, with the upper triangular U of
    /// U^H U = H^H R^-1 H + I and U^H z = H^H R^-1 y.
    fn tree(&self, root: usize, second_full: bool) -> LayerTree<N> {
        const ZERO: ComplexLanes = ComplexLanes::ZERO;
        const NONE: Lanes = Lanes::all(0.0);
        let mut tree = LayerTree {
            centre: [ZERO; N],
            coupling: [[ZERO; N]; N],
            weight: [NONE; N],
            energy: [NONE; N],
            unbias: [NONE; N],
            highest: [NONE; N],
        };
        let mut amplitude = [NONE; N];
        for lane in 0..LANES {
            let order = self.order(root, lane, second_full);
            for (j, &layer) in order.iter().enumerate() {
                let copy = |to: &mut ComplexLanes, from: &ComplexLanes| {
                    (to.re.0[lane], to.im.0[lane]) = (from.re.0[lane], from.im.0[lane]);
                };
                copy(&mut tree.centre[j], &self.matched[layer]);
                for k in j..N {
                    copy(&mut tree.coupling[j][k], &self.gram[layer][order[k]]);
                }
                amplitude[j].0[lane] = self.amplitude[layer];
                tree.highest[j].0[lane] = self.highest[layer];
            }
        }
        factorise(&mut tree, &amplitude);
        tree
    }
}

/// Turns a tree whose centres are H^H R^-1 y and whose couplings are the upper triangle of H^H R^-1 H into what they are
/// to be, levels of layer j being odd multiples of `amplitude[j]`.
fn factorise<const N: usize>(tree: &mut LayerTree<N>, amplitude: &[Lanes; N]) {
    let upper = &mut tree.coupling;
    for j in 0..N {
        let mut excess = upper[j][j].re;
        for i in 0..j {
            excess = excess - upper[i][j].norm_sqr();
        }
        // At least 0 in exact numbers.
        let excess = excess.0.map(|x| x.max(f32::MIN_POSITIVE));
        let power = Lanes(excess.map(|x| x + 1.0));
        let inverse_root = Lanes(power.0.map(|x| x.sqrt().recip()));
        for i in 0..j {
            tree.centre[j] = tree.centre[j].minus_conj_product(upper[i][j], tree.centre[i]);
        }
        tree.centre[j] = tree.centre[j].scale(inverse_root);
        for k in j + 1..N {
            for i in 0..j {
                upper[j][k] = upper[j][k].minus_conj_product(upper[i][j], upper[i][k]);
            }
            upper[j][k] = upper[j][k].scale(inverse_root);
        }
        tree.weight[j] = power;
        tree.unbias[j] = power * Lanes(excess.map(f32::recip));
    }
    for j in 0..N {
        let power = tree.weight[j];
        let scale = Lanes(std::array::from_fn(|lane| (power.0[lane].sqrt() * amplitude[j].0[lane]).recip()));
        tree.centre[j] = tree.centre[j].scale(scale);
        for k in j + 1..N {
            upper[j][k] = upper[j][k].scale(scale * amplitude[k]);
        }
        tree.energy[j] = amplitude[j] * amplitude[j];
        tree.weight[j] = power * tree.energy[j];
    }
}
