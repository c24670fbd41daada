#![allow(unsafe_code)]

use super::scalar;
use num_complex::Complex32;
use std::arch::x86_64::*;

/// Eight floats times `scale`, NaN to 0, kept within ±`limit`, as integers rounded to even.
#[inline]
#[target_feature(enable = "avx2")]
fn rounded(x: __m256, scale: f32, limit: f32) -> __m256i {
    let x = _mm256_mul_ps(x, _mm256_set1_ps(scale));
    let number = _mm256_and_ps(x, _mm256_cmp_ps::<_CMP_ORD_Q>(x, x));
    let bounded = _mm256_max_ps(_mm256_min_ps(number, _mm256_set1_ps(limit)), _mm256_set1_ps(-limit));
    _mm256_cvtps_epi32(bounded)
}

#[target_feature(enable = "avx2")]
pub fn quantise_llr(llr: &[f32], scale: f32, out: &mut [i8]) {
    let whole = llr.len() / 32 * 32;
    // Packing interleaves the halves; this puts groups of four back in order.
    let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    for (llr, out) in llr.chunks_exact(32).zip(out.chunks_exact_mut(32)) {
        // SAFETY: eight floats in each quarter of the chunk; unaligned.
        let part = |i: usize| rounded(unsafe { _mm256_loadu_ps(llr[8 * i..8 * i + 8].as_ptr()) }, scale, 127.0);
        let low = _mm256_packs_epi32(part(0), part(1));
        let high = _mm256_packs_epi32(part(2), part(3));
        let packed = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high), order);
        // SAFETY: 32 bytes; unaligned.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), packed) };
    }
    scalar::quantise_llr(&llr[whole..], scale, &mut out[whole..]);
}

#[target_feature(enable = "avx2")]
pub fn i16_to_complex(samples: &[i16], scale: f32, out: &mut [Complex32]) {
    let whole = out.len() / 4 * 4;
    for (x, out) in samples.chunks_exact(8).zip(out.chunks_exact_mut(4)) {
        // SAFETY: eight 16-bit numbers; unaligned.
        let x = _mm256_cvtepi16_epi32(unsafe { _mm_loadu_si128(x.as_ptr().cast()) });
        let x = _mm256_mul_ps(_mm256_cvtepi32_ps(x), _mm256_set1_ps(scale));
        // SAFETY: four complex numbers of two floats; unaligned.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr().cast(), x) };
    }
    scalar::i16_to_complex(&samples[2 * whole..], scale, &mut out[whole..]);
}

#[target_feature(enable = "avx2")]
pub fn i8_to_complex(samples: &[i8], scale: f32, out: &mut [Complex32]) {
    let whole = out.len() / 4 * 4;
    for (x, out) in samples.chunks_exact(8).zip(out.chunks_exact_mut(4)) {
        // SAFETY: eight bytes; unaligned.
        let x = _mm256_cvtepi8_epi32(unsafe { _mm_loadl_epi64(x.as_ptr().cast()) });
        let x = _mm256_mul_ps(_mm256_cvtepi32_ps(x), _mm256_set1_ps(scale));
        // SAFETY: four complex numbers of two floats; unaligned.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr().cast(), x) };
    }
    scalar::i8_to_complex(&samples[2 * whole..], scale, &mut out[whole..]);
}

#[target_feature(enable = "avx2")]
pub fn complex_to_i16(samples: &[Complex32], scale: f32, out: &mut [i16]) {
    let whole = samples.len() / 8 * 8;
    for (x, out) in samples.chunks_exact(8).zip(out.chunks_exact_mut(16)) {
        // SAFETY: eight complex numbers of two floats; unaligned.
        let (low, high) = unsafe { (_mm256_loadu_ps(x.as_ptr().cast()), _mm256_loadu_ps(x[4..].as_ptr().cast())) };
        let (low, high) = (rounded(low, scale, 32767.0), rounded(high, scale, 32767.0));
        let packed = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(low, high));
        // SAFETY: sixteen 16-bit numbers; unaligned.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), packed) };
    }
    scalar::complex_to_i16(&samples[whole..], scale, &mut out[2 * whole..]);
}
