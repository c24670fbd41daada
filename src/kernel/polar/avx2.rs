#![allow(unsafe_code)]

use super::{f_scalar, g_scalar};
use std::arch::x86_64::*;

/// As [`super::f`]; the lengths are equal.
#[target_feature(enable = "avx2")]
pub fn f(a: &[i16], b: &[i16], out: &mut [i16]) {
    let whole = out.len() / 8 * 8;
    let mut i = 0;
    while i + 16 <= whole {
        // SAFETY: 16 values from i on lie inside all three slices; the loads and the store need no alignment.
        unsafe {
            let x = _mm256_loadu_si256(a.as_ptr().add(i).cast());
            let y = _mm256_loadu_si256(b.as_ptr().add(i).cast());
            let magnitude = _mm256_min_epi16(_mm256_abs_epi16(x), _mm256_abs_epi16(y));
            // Never zero, so that the sign instruction only negates or keeps.
            let sign = _mm256_or_si256(_mm256_xor_si256(x, y), _mm256_set1_epi16(1));
            _mm256_storeu_si256(out.as_mut_ptr().add(i).cast(), _mm256_sign_epi16(magnitude, sign));
        }
        i += 16;
    }
    if i < whole {
        // SAFETY: 8 values from i on lie inside all three slices.
        unsafe {
            let x = _mm_loadu_si128(a.as_ptr().add(i).cast());
            let y = _mm_loadu_si128(b.as_ptr().add(i).cast());
            let magnitude = _mm_min_epi16(_mm_abs_epi16(x), _mm_abs_epi16(y));
            let sign = _mm_or_si128(_mm_xor_si128(x, y), _mm_set1_epi16(1));
            _mm_storeu_si128(out.as_mut_ptr().add(i).cast(), _mm_sign_epi16(magnitude, sign));
        }
    }
    f_scalar(&a[whole..], &b[whole..], &mut out[whole..]);
}

/// As [`super::g`]; the lengths are equal and `bits` long enough.
#[target_feature(enable = "avx2")]
pub fn g(a: &[i16], b: &[i16], bits: &[u64], out: &mut [i16]) {
    let whole = out.len() / 8 * 8;
    // Lane l of a vector tests bit l.
    let lane = _mm256_setr_epi16(
        1,
        1 << 1,
        1 << 2,
        1 << 3,
        1 << 4,
        1 << 5,
        1 << 6,
        1 << 7,
        1 << 8,
        1 << 9,
        1 << 10,
        1 << 11,
        1 << 12,
        1 << 13,
        1 << 14,
        i16::MIN,
    );
    let mut i = 0;
    while i + 16 <= whole {
        let field = _mm256_set1_epi16((bits[i / 64] >> (i % 64)) as i16);
        let ones = _mm256_cmpeq_epi16(_mm256_and_si256(field, lane), lane);
        // SAFETY: 16 values from i on lie inside all three slices; the loads and the store need no alignment.
        unsafe {
            let x = _mm256_loadu_si256(a.as_ptr().add(i).cast());
            let y = _mm256_loadu_si256(b.as_ptr().add(i).cast());
            let signed = _mm256_subs_epi16(_mm256_xor_si256(x, ones), ones);
            let sum = _mm256_max_epi16(_mm256_adds_epi16(y, signed), _mm256_set1_epi16(-i16::MAX));
            _mm256_storeu_si256(out.as_mut_ptr().add(i).cast(), sum);
        }
        i += 16;
    }
    if i < whole {
        let lane = _mm256_castsi256_si128(lane);
        let field = _mm_set1_epi16((bits[i / 64] >> (i % 64)) as i16);
        let ones = _mm_cmpeq_epi16(_mm_and_si128(field, lane), lane);
        // SAFETY: 8 values from i on lie inside all three slices.
        unsafe {
            let x = _mm_loadu_si128(a.as_ptr().add(i).cast());
            let y = _mm_loadu_si128(b.as_ptr().add(i).cast());
            let signed = _mm_subs_epi16(_mm_xor_si128(x, ones), ones);
            let sum = _mm_max_epi16(_mm_adds_epi16(y, signed), _mm_set1_epi16(-i16::MAX));
            _mm_storeu_si128(out.as_mut_ptr().add(i).cast(), sum);
        }
    }
    g_scalar(&a[whole..], &b[whole..], bits, whole, &mut out[whole..]);
}
