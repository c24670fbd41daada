#![allow(unsafe_code)]

use super::search::Vector;
use super::{Lanes, LayerTree, LevelMetrics, Windows};
use std::arch::x86_64::*;
use std::ops::{Add, Mul, Sub};

#[target_feature(enable = "avx2")]
pub fn search<const N: usize>(tree: &LayerTree<N>, windows: Windows, out: &mut LevelMetrics) {
    super::search::search::<Register, N>(tree, windows, out);
}

/// Made and used within [`search`] alone, which runs where there is AVX2: the reason of each `unsafe` here.
#[derive(Clone, Copy)]
struct Register(__m256);

impl Vector for Register {
    #[inline(always)]
    fn all(x: f32) -> Self {
        // SAFETY: see `Register`.
        Self(unsafe { _mm256_set1_ps(x) })
    }

    #[inline(always)]
    fn load(lanes: &Lanes) -> Self {
        // SAFETY: see `Register`; eight floats, unaligned.
        Self(unsafe { _mm256_loadu_ps(lanes.0.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, lanes: &mut Lanes) {
        // SAFETY: see `Register`; eight floats, unaligned.
        unsafe { _mm256_storeu_ps(lanes.0.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: see `Register`.
        Self(unsafe { _mm256_min_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: see `Register`.
        Self(unsafe { _mm256_max_ps(self.0, other.0) })
    }
}

impl Add for Register {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: see `Register`.
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }
}

impl Sub for Register {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: see `Register`.
        Self(unsafe { _mm256_sub_ps(self.0, other.0) })
    }
}

impl Mul for Register {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: see `Register`.
        Self(unsafe { _mm256_mul_ps(self.0, other.0) })
    }
}
