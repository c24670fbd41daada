//! Conversions between number formats.

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::Isa;
use num_complex::Complex32;

/// Real soft bits to `i8`: times `scale`, rounded to even, saturated at ±127; NaN becomes 0.
///
/// # Panics
/// If the lengths differ.
pub fn quantise_llr(isa: Isa, llr: &[f32], scale: f32, out: &mut [i8]) {
    assert_eq!(llr.len(), out.len());
    dispatch!(isa, quantise_llr(llr, scale, out))
}

/// Interleaved 16-bit samples (re, im) times `scale`, to complex ones.
///
/// # Panics
/// If `samples.len() != 2 * out.len()`.
pub fn i16_to_complex(isa: Isa, samples: &[i16], scale: f32, out: &mut [Complex32]) {
    assert_eq!(samples.len(), 2 * out.len());
    dispatch!(isa, i16_to_complex(samples, scale, out))
}

/// Interleaved 8-bit samples (re, im) times `scale`, to complex ones.
///
/// # Panics
/// If `samples.len() != 2 * out.len()`.
pub fn i8_to_complex(isa: Isa, samples: &[i8], scale: f32, out: &mut [Complex32]) {
    assert_eq!(samples.len(), 2 * out.len());
    dispatch!(isa, i8_to_complex(samples, scale, out))
}

/// Complex samples times `scale`, to interleaved 16-bit ones (re, im): rounded to even, saturated at ±32767; NaN
/// becomes 0.
///
/// # Panics
/// If `out.len() != 2 * samples.len()`.
pub fn complex_to_i16(isa: Isa, samples: &[Complex32], scale: f32, out: &mut [i16]) {
    assert_eq!(out.len(), 2 * samples.len());
    dispatch!(isa, complex_to_i16(samples, scale, out))
}

/// Kept within ±127 and rounded to even; NaN to 0. Adding and taking away 1.5 * 2^23 rounds a small number as the
/// processor does, where `round_ties_even` is a slow function call without SSE4.1.
#[inline]
pub(super) fn round_small(x: f32) -> i8 {
    const ROUNDER: f32 = 12_582_912.0;
    (x.clamp(-127.0, 127.0) + ROUNDER - ROUNDER) as i8
}

mod scalar {
    use super::{Complex32, round_small};

    pub fn quantise_llr(llr: &[f32], scale: f32, out: &mut [i8]) {
        for (out, llr) in out.iter_mut().zip(llr) {
            *out = round_small(llr * scale);
        }
    }

    pub fn i16_to_complex(samples: &[i16], scale: f32, out: &mut [Complex32]) {
        for (out, x) in out.iter_mut().zip(samples.chunks_exact(2)) {
            *out = Complex32::new(f32::from(x[0]) * scale, f32::from(x[1]) * scale);
        }
    }

    pub fn i8_to_complex(samples: &[i8], scale: f32, out: &mut [Complex32]) {
        for (out, x) in out.iter_mut().zip(samples.chunks_exact(2)) {
            *out = Complex32::new(f32::from(x[0]) * scale, f32::from(x[1]) * scale);
        }
    }

    pub fn complex_to_i16(samples: &[Complex32], scale: f32, out: &mut [i16]) {
        let convert = |x: f32| (x * scale).round_ties_even().clamp(-32767.0, 32767.0) as i16;
        for (x, out) in samples.iter().zip(out.chunks_exact_mut(2)) {
            out[0] = convert(x.re);
            out[1] = convert(x.im);
        }
    }
}
