//! The search through the layers of square QAM symbols that max-log detection spends its time on. Every instruction
//! set runs the same source without fused multiply-add, so that results are equal bit by bit.

use super::Isa;
use std::array::from_fn;
use std::ops::{Add, Mul, Sub};

/// Elements that are searched together.
pub const LANES: usize = 8;

/// Levels of an axis at most: 1024QAM.
pub const MAX_LEVELS: usize = 32;

/// A number for each of the elements.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(32))]
pub struct Lanes(pub [f32; LANES]);

/// A complex number for each of the elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComplexLanes {
    /// Real parts.
    pub re: Lanes,
    /// Imaginary parts.
    pub im: Lanes,
}

/// What is searched, of `N` layers in the reverse order of their decisions: the root, decided first, is N - 1.
///
/// Symbols u are counted in half distances of neighbouring levels: both parts are odd integers. The metric of a vector
/// of symbols is the sum over layers of weight |c - u|^2 - energy |u|^2 with the layer's centre
/// c_j = centre_j - (sum over k > j of coupling_jk u_k).
#[derive(Clone, Debug)]
pub struct LayerTree<const N: usize> {
    /// Where a layer lies if the symbols decided before are all zero.
    pub centre: [ComplexLanes; N],
    /// `coupling[j][k]`, of k > j only.
    pub coupling: [[ComplexLanes; N]; N],
    /// Weight of a layer's distance.
    pub weight: [Lanes; N],
    /// What is taken off again: see above.
    pub energy: [Lanes; N],
    /// A layer's centre times this is what the nearest level is taken of.
    pub unbias: [Lanes; N],
    /// The highest level of a layer, 2^m - 1.
    pub highest: [Lanes; N],
}

/// How many levels are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Levels of an axis of the root, a power of two, 2..=32: each is tried.
    pub levels: usize,
    /// With each level of one axis of the root, so many of the other axis, 1..=levels: those nearest the centre.
    pub root: usize,
    /// Levels of each axis of the layer that is decided second, 1 or more, and no more than any but the root has. Of
    /// the others (and of the last of two) it is the nearest level.
    pub second: usize,
}

/// The least metrics that were found with each level of the root, real axis and imaginary axis, lowest level first.
#[derive(Clone, Debug)]
pub struct LevelMetrics(pub [[Lanes; MAX_LEVELS]; 2]);

impl LevelMetrics {
    /// Nothing found.
    pub const NONE: Self = Self([[Lanes::all(f32::INFINITY); MAX_LEVELS]; 2]);
}

/// Searches `tree`: the least metric with each level of the root among the symbols that `windows` allows; exact for two
/// layers if `windows.root == windows.levels`.
///
/// # Panics
/// If a window is out of its range.
pub fn search_layers<const N: usize>(isa: Isa, tree: &LayerTree<N>, windows: Windows, out: &mut LevelMetrics) {
    const { assert!(N >= 2) };
    let Windows { levels, root, second } = windows;
    assert!(levels <= MAX_LEVELS && (1..=levels).contains(&root) && second > 0, "{windows:?}");
    *out = LevelMetrics::NONE;
    dispatch!(isa, search(tree, windows, out));
}

impl Lanes {
    /// The same number everywhere.
    pub const fn all(x: f32) -> Self {
        Self([x; LANES])
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // Not `f32::min`, whose rule for NaN costs two more operations.
        Self(from_fn(|i| if self.0[i] < other.0[i] { self.0[i] } else { other.0[i] }))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(from_fn(|i| if self.0[i] > other.0[i] { self.0[i] } else { other.0[i] }))
    }

    /// The nearest odd integer; magnitudes below 2^22.
    #[inline(always)]
    fn nearest_odd(self) -> Self {
        // In 2^24..2^25 the numbers of an `f32` are the even ones.
        const ROUNDER: f32 = 25_165_824.0;
        Self(self.0.map(|x| (x - 1.0 + ROUNDER) - ROUNDER + 1.0))
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] * other.0[i]))
    }
}

impl ComplexLanes {
    /// Zero everywhere.
    pub const ZERO: Self = Self { re: Lanes::all(0.0), im: Lanes::all(0.0) };

    /// self - a* b
    #[inline(always)]
    #[must_use]
    pub fn minus_conj_product(self, a: Self, b: Self) -> Self {
        Self { re: self.re - (a.re * b.re + a.im * b.im), im: self.im - (a.re * b.im - a.im * b.re) }
    }

    /// Times a real number.
    #[inline(always)]
    #[must_use]
    pub fn scale(self, by: Lanes) -> Self {
        Self { re: self.re * by, im: self.im * by }
    }

    /// |self|^2
    #[inline(always)]
    pub fn norm_sqr(self) -> Lanes {
        self.re * self.re + self.im * self.im
    }

    /// self - a b
    #[inline(always)]
    fn minus_product(self, a: Self, b: Self) -> Self {
        Self { re: self.re - (a.re * b.re - a.im * b.im), im: self.im - (a.re * b.im + a.im * b.re) }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{LayerTree, LevelMetrics, Windows, scalar};

    #[target_feature(enable = "avx2")]
    pub fn search<const N: usize>(tree: &LayerTree<N>, windows: Windows, out: &mut LevelMetrics) {
        scalar::search(tree, windows, out);
    }
}

mod scalar {
    use super::{ComplexLanes, Lanes, LayerTree, LevelMetrics, Windows, best_below, lowest_of_window};

    /// The search itself.
    #[inline(always)]
    pub fn search<const N: usize>(tree: &LayerTree<N>, windows: Windows, out: &mut LevelMetrics) {
        let Windows { levels, root, .. } = windows;
        let centre = tree.centre[N - 1];
        // A cross of two arms, unless the whole square is no more.
        let square = 2 * root >= levels;
        let width = if square { levels } else { root };
        let lowest_im = lowest_of_window(centre.im * tree.unbias[N - 1], width, tree.highest[N - 1]);
        let lowest_re = lowest_of_window(centre.re * tree.unbias[N - 1], width, tree.highest[N - 1]);
        let [real, imaginary] = &mut out.0;
        for (i, real) in real.iter_mut().enumerate().take(levels) {
            let re = Lanes::all((2 * i) as f32 - (levels - 1) as f32);
            for k in 0..width {
                let im = lowest_im + Lanes::all((2 * k) as f32);
                let metric = best_below(tree, windows, ComplexLanes { re, im });
                *real = real.min(metric);
                if square {
                    imaginary[k] = imaginary[k].min(metric);
                }
            }
        }
        if !square {
            for (i, imaginary) in imaginary.iter_mut().enumerate().take(levels) {
                let im = Lanes::all((2 * i) as f32 - (levels - 1) as f32);
                for k in 0..width {
                    let re = lowest_re + Lanes::all((2 * k) as f32);
                    *imaginary = imaginary.min(best_below(tree, windows, ComplexLanes { re, im }));
                }
            }
        }
    }
}

/// The least metric found with the root at `u`.
#[inline(always)]
fn best_below<const N: usize>(tree: &LayerTree<N>, windows: Windows, u: ComplexLanes) -> Lanes {
    let mut centre: [ComplexLanes; N] = from_fn(|j| tree.centre[j].minus_product(tree.coupling[j][N - 1], u));
    let metric = layer_metric(tree, N - 1, tree.centre[N - 1], u);
    let second = N - 2;
    if N == 2 || windows.second == 1 {
        return metric + descend(tree, N - 1, &mut centre);
    }
    let lowest = |x| lowest_of_window(x, windows.second, tree.highest[second]);
    let re = lowest(centre[second].re * tree.unbias[second]);
    let im = lowest(centre[second].im * tree.unbias[second]);
    let mut best = Lanes::all(f32::INFINITY);
    for i in 0..windows.second {
        for k in 0..windows.second {
            let u = ComplexLanes { re: re + Lanes::all((2 * i) as f32), im: im + Lanes::all((2 * k) as f32) };
            let mut below = centre;
            for j in 0..second {
                below[j] = below[j].minus_product(tree.coupling[j][second], u);
            }
            let of_second = layer_metric(tree, second, centre[second], u);
            best = best.min(of_second + descend(tree, second, &mut below));
        }
    }
    metric + best
}

/// The metric of layers 0..`n`, each decided for the nearest level in its turn.
#[inline(always)]
fn descend<const N: usize>(tree: &LayerTree<N>, n: usize, centre: &mut [ComplexLanes; N]) -> Lanes {
    let mut metric = Lanes::all(0.0);
    for j in (0..n).rev() {
        let nearest = |x: Lanes| lowest_of_window(x * tree.unbias[j], 1, tree.highest[j]);
        let u = ComplexLanes { re: nearest(centre[j].re), im: nearest(centre[j].im) };
        metric = metric + layer_metric(tree, j, centre[j], u);
        for i in 0..j {
            centre[i] = centre[i].minus_product(tree.coupling[i][j], u);
        }
    }
    metric
}

#[inline(always)]
fn layer_metric<const N: usize>(tree: &LayerTree<N>, j: usize, centre: ComplexLanes, u: ComplexLanes) -> Lanes {
    let distance = ComplexLanes { re: centre.re - u.re, im: centre.im - u.im };
    tree.weight[j] * distance.norm_sqr() - tree.energy[j] * u.norm_sqr()
}

/// The lowest of the `width` levels nearest `x`.
#[inline(always)]
fn lowest_of_window(x: Lanes, width: usize, highest: Lanes) -> Lanes {
    let below = Lanes::all((width - 1) as f32);
    // Kept within the levels first: what is rounded is small.
    (x - below).min(highest - below - below).max(Lanes::all(0.0) - highest).nearest_odd()
}
