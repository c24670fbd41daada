//! Max-log demapper of square QAM.

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::convert::round_small;
use super::{Isa, Level};
use num_complex::Complex32;

/// A Gray-mapped square constellation: on each axis 2^m levels, odd integers over the root of a norm, whose bits are
/// nested signs (the axis of TS 38.211 5.1.3 to 5.1.7). Bits of the real axis stand at even places, of the imaginary
/// axis at odd ones.
#[derive(Clone, Copy, Debug)]
pub struct SquareQam {
    bits_per_axis: usize,
    inverse_amplitude: f32,
    gain: f32,
    max_llr: f32,
}

impl SquareQam {
    /// `bits_per_axis` 1..=5; `norm` is the number under the root; results are kept within `max_llr`.
    ///
    /// # Panics
    /// If `bits_per_axis` lies outside 1..=5.
    pub fn new(bits_per_axis: usize, norm: f32, max_llr: f32) -> Self {
        assert!((1..=5).contains(&bits_per_axis), "{bits_per_axis} bits an axis");
        Self { bits_per_axis, inverse_amplitude: norm.sqrt(), gain: 4.0 / norm, max_llr }
    }

    /// Bits a symbol.
    pub const fn bits_per_symbol(self) -> usize {
        2 * self.bits_per_axis
    }
}

/// The soft bits of one symbol in natural units, the definition that every instruction set repeats operation by
/// operation. A symbol or noise variance that is not usable gives zeros.
///
/// With t the axis in units of half the distance of two levels and 2^j levels left, the bit's LLR is
/// (|t| + 1)^2 - (|t| - p)^2 with the sign of t, p the nearest of the positive levels 1, 3, … 2^j - 1: with
/// p = 2q + 1 that is 4 (q + 1)(|t| - q). The next bit has t' = 2^(j-1) - |t|.
///
/// # Panics
/// If `out.len() != qam.bits_per_symbol()`.
#[inline]
pub fn demap_qam(qam: SquareQam, symbol: Complex32, noise_variance: f32, out: &mut [f32]) {
    assert_eq!(out.len(), qam.bits_per_symbol());
    let usable = noise_variance > 0.0 && noise_variance < f32::INFINITY;
    if !(usable && symbol.re.is_finite() && symbol.im.is_finite()) {
        out.fill(0.0);
        return;
    }
    // Kept finite so that 0 times it is 0.
    let gain = (qam.gain / noise_variance).min(f32::MAX);
    for (axis, y) in [symbol.re, symbol.im].into_iter().enumerate() {
        let mut t = y * qam.inverse_amplitude;
        for k in 0..qam.bits_per_axis {
            let half = (1 << (qam.bits_per_axis - k - 1)) as f32;
            let magnitude = t.abs();
            // Never negative and below 16: the cast is the floor (whose function is slow without SSE4.1).
            let q = (magnitude * 0.5).min(half - 1.0) as i32 as f32;
            let llr = ((q + 1.0) * (magnitude - q)).copysign(t) * gain;
            out[2 * k + axis] = llr.min(qam.max_llr).max(-qam.max_llr);
            t = half - magnitude;
        }
    }
}

/// Soft bits of many symbols in units of 1/`llr_scale`, rounded to even and saturated at ±127.
///
/// # Panics
/// If `noise_variance.len() != symbols.len()` or `out.len() != symbols.len() * qam.bits_per_symbol()`.
pub fn demap_qam_i8(
    isa: Isa,
    qam: SquareQam,
    symbols: &[Complex32],
    noise_variance: &[f32],
    llr_scale: f32,
    out: &mut [i8],
) {
    assert_eq!(noise_variance.len(), symbols.len());
    assert_eq!(out.len(), symbols.len() * qam.bits_per_symbol());
    match isa.level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: an `Isa` of this level exists only on CPUs with AVX2.
        #[allow(unsafe_code)]
        Level::Avx2 => unsafe { avx2::demap_qam_i8(qam, symbols, noise_variance, llr_scale, out) },
        _ => scalar(qam, symbols, noise_variance, llr_scale, out),
    }
}

fn scalar(qam: SquareQam, symbols: &[Complex32], noise_variance: &[f32], llr_scale: f32, out: &mut [i8]) {
    let mut llr = [0.0; 10];
    let llr = &mut llr[..qam.bits_per_symbol()];
    for ((symbol, &noise), out) in symbols.iter().zip(noise_variance).zip(out.chunks_exact_mut(llr.len())) {
        demap_qam(qam, *symbol, noise, llr);
        for (out, llr) in out.iter_mut().zip(llr.iter()) {
            *out = round_small(llr * llr_scale);
        }
    }
}
