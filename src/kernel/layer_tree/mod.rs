//! The search through the layers of square QAM symbols that max-log detection spends its time on. Every instruction
//! set runs the same source without fused multiply-add, so that results are equal bit by bit.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod search;

use super::Isa;
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

/// The least metrics that were found with each level of the root, real axis and imaginary axis, lowest level first; beyond
/// the root's levels as before the search.
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
    out.0.iter_mut().for_each(|axis| axis[..levels].fill(Lanes::all(f32::INFINITY)));
    dispatch!(isa, search(tree, windows, out));
}

impl Lanes {
    /// The same number everywhere.
    pub const fn all(x: f32) -> Self {
        Self([x; LANES])
    }

    #[inline(always)]
    fn with(mut self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        for i in 0..LANES {
            self.0[i] = f(self.0[i], other.0[i]);
        }
        self
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
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
}

mod scalar {
    use super::{Lanes, LayerTree, LevelMetrics, Windows};

    pub fn search<const N: usize>(tree: &LayerTree<N>, windows: Windows, out: &mut LevelMetrics) {
        super::search::search::<Lanes, N>(tree, windows, out);
    }
}
