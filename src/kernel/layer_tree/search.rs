//! The search itself, which each instruction set compiles for its own vectors: everything is inlined there, so there are
//! no closures, which nothing makes the compiler inline.

use super::{ComplexLanes, LANES, Lanes, LayerTree, LevelMetrics, Windows};
use std::ops::{Add, Mul, Sub};

/// A number for each of the elements, as an instruction set holds it.
pub trait Vector: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {
    fn all(x: f32) -> Self;
    fn load(lanes: &Lanes) -> Self;
    fn store(self, lanes: &mut Lanes);
    /// `self < other ? self : other`, also for NaN; not `f32::min`, whose rule costs two more operations.
    fn min(self, other: Self) -> Self;
    /// `self > other ? self : other`
    fn max(self, other: Self) -> Self;
}

impl Vector for Lanes {
    #[inline(always)]
    fn all(x: f32) -> Self {
        Self::all(x)
    }

    #[inline(always)]
    fn load(lanes: &Lanes) -> Self {
        *lanes
    }

    #[inline(always)]
    fn store(self, lanes: &mut Lanes) {
        *lanes = self;
    }

    #[inline(always)]
    fn min(mut self, other: Self) -> Self {
        for i in 0..LANES {
            self.0[i] = if self.0[i] < other.0[i] { self.0[i] } else { other.0[i] };
        }
        self
    }

    #[inline(always)]
    fn max(mut self, other: Self) -> Self {
        for i in 0..LANES {
            self.0[i] = if self.0[i] > other.0[i] { self.0[i] } else { other.0[i] };
        }
        self
    }
}

#[derive(Clone, Copy)]
struct Complex<V> {
    re: V,
    im: V,
}

impl<V: Vector> Complex<V> {
    #[inline(always)]
    fn load(lanes: &ComplexLanes) -> Self {
        Self { re: V::load(&lanes.re), im: V::load(&lanes.im) }
    }

    #[inline(always)]
    fn norm_sqr(self) -> V {
        self.re * self.re + self.im * self.im
    }

    /// self - a b
    #[inline(always)]
    fn minus_product(self, a: Self, b: Self) -> Self {
        Self { re: self.re - (a.re * b.re - a.im * b.im), im: self.im - (a.re * b.im + a.im * b.re) }
    }
}

#[inline(always)]
pub fn search<V: Vector, const N: usize>(tree: &LayerTree<N>, windows: Windows, out: &mut LevelMetrics) {
    let Windows { levels, root, .. } = windows;
    // A cross of two arms, unless the whole square is no more.
    let square = 2 * root >= levels;
    let width = if square { levels } else { root };
    let centre = Complex::<V>::load(&tree.centre[N - 1]);
    let lowest_im = lowest_of_window(tree, N - 1, centre.im, width);
    let lowest_re = lowest_of_window(tree, N - 1, centre.re, width);
    let lowest = V::all(0.0) - V::load(&tree.highest[N - 1]);
    let [real, imaginary] = &mut out.0;
    for (i, real) in real[..levels].iter_mut().enumerate() {
        let mut least = V::all(f32::INFINITY);
        for (k, imaginary) in imaginary[..width].iter_mut().enumerate() {
            let metric = best_below(tree, windows, Complex { re: lowest + steps(i), im: lowest_im + steps(k) });
            least = least.min(metric);
            if square {
                V::load(imaginary).min(metric).store(imaginary);
            }
        }
        least.store(real);
    }
    if !square {
        for (i, imaginary) in imaginary[..levels].iter_mut().enumerate() {
            let mut least = V::all(f32::INFINITY);
            for k in 0..width {
                least =
                    least.min(best_below(tree, windows, Complex { re: lowest_re + steps(k), im: lowest + steps(i) }));
            }
            least.store(imaginary);
        }
    }
}

/// The distance of levels that are `n` apart.
#[inline(always)]
fn steps<V: Vector>(n: usize) -> V {
    V::all((2 * n) as f32)
}

/// The least metric found with the root at `u`.
#[inline(always)]
fn best_below<V: Vector, const N: usize>(tree: &LayerTree<N>, windows: Windows, u: Complex<V>) -> V {
    let (root, second) = (N - 1, N - 2);
    let of_root = layer_metric(tree, root, Complex::load(&tree.centre[root]), u);
    let mut centre = [u; N];
    for j in 0..root {
        centre[j] = Complex::load(&tree.centre[j]).minus_product(Complex::load(&tree.coupling[j][root]), u);
    }
    if N == 2 || windows.second == 1 {
        return of_root + descend(tree, root, centre);
    }
    let re = lowest_of_window(tree, second, centre[second].re, windows.second);
    let im = lowest_of_window(tree, second, centre[second].im, windows.second);
    let mut best = V::all(f32::INFINITY);
    for i in 0..windows.second {
        for k in 0..windows.second {
            let u = Complex { re: re + steps(i), im: im + steps(k) };
            let of_second = layer_metric(tree, second, centre[second], u);
            let mut below = centre;
            for j in 0..second {
                below[j] = below[j].minus_product(Complex::load(&tree.coupling[j][second]), u);
            }
            best = best.min(of_second + descend(tree, second, below));
        }
    }
    of_root + best
}

/// The metric of layers 0..`n`, each decided for the nearest level in its turn.
#[inline(always)]
fn descend<V: Vector, const N: usize>(tree: &LayerTree<N>, n: usize, mut centre: [Complex<V>; N]) -> V {
    let mut metric = V::all(0.0);
    for j in (0..n).rev() {
        let Complex { re, im } = centre[j];
        let u = Complex { re: lowest_of_window(tree, j, re, 1), im: lowest_of_window(tree, j, im, 1) };
        metric = metric + layer_metric(tree, j, centre[j], u);
        for i in 0..j {
            centre[i] = centre[i].minus_product(Complex::load(&tree.coupling[i][j]), u);
        }
    }
    metric
}

#[inline(always)]
fn layer_metric<V: Vector, const N: usize>(tree: &LayerTree<N>, j: usize, centre: Complex<V>, u: Complex<V>) -> V {
    let distance = Complex { re: centre.re - u.re, im: centre.im - u.im };
    V::load(&tree.weight[j]) * distance.norm_sqr() - V::load(&tree.energy[j]) * u.norm_sqr()
}

/// The lowest of the `width` levels of layer `j` nearest the centre `x`.
#[inline(always)]
fn lowest_of_window<V: Vector, const N: usize>(tree: &LayerTree<N>, j: usize, x: V, width: usize) -> V {
    // In 2^24..2^25 the numbers of an `f32` are the even ones: adding this rounds to them.
    const ROUNDER: f32 = 25_165_824.0;
    let (below, highest) = (V::all((width - 1) as f32), V::load(&tree.highest[j]));
    // Kept within the levels first: what is rounded is small.
    let x = (x * V::load(&tree.unbias[j]) - below).min(highest - below - below).max(V::all(0.0) - highest);
    let (one, rounder) = (V::all(1.0), V::all(ROUNDER));
    (x - one + rounder) - rounder + one
}
