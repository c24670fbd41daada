#![allow(unsafe_code, reason = "vector intrinsics and unchecked addresses; bounds are asserted by the callers")]

use super::{Correction, Isa, LayerEdge, Level, MinSumScratch, VECTOR, message_stride};
use std::arch::x86_64::*;

pub fn min_sum_layer(
    isa: Isa,
    z: usize,
    edges: &[LayerEdge],
    values: &mut [i8],
    messages: &mut [i8],
    scratch: &mut MinSumScratch<i8>,
    correction: &Correction<i8>,
) {
    assert_eq!(isa.level(), Level::Avx2);
    // SAFETY: an `Isa` of this level exists only on CPUs with AVX2. `Lane::min_sum_layer` has asserted that every
    // column with its stride lies in `values`, that shifts are below z, and that messages and scratch have
    // `message_stride(z)` lanes an edge.
    unsafe {
        if correction.scale == 64 {
            layer::<false>(z, edges, values, messages, scratch, correction);
        } else {
            layer::<true>(z, edges, values, messages, scratch, correction);
        }
    }
}

pub fn parity_holds(isa: Isa, z: usize, edges: &[LayerEdge], values: &[i8]) -> bool {
    assert_eq!(isa.level(), Level::Avx2);
    // SAFETY: an `Isa` of this level exists only on CPUs with AVX2; `Lane::parity_holds` has asserted that every
    // column with its stride lies in `values` and that final shifts are below z.
    unsafe { parity(z, edges, values) }
}

/// # Safety
/// AVX2; and the bounds that `Lane::min_sum_layer` asserts.
#[target_feature(enable = "avx2")]
unsafe fn layer<const SCALED: bool>(
    z: usize,
    edges: &[LayerEdge],
    values: &mut [i8],
    messages: &mut [i8],
    scratch: &mut MinSumScratch<i8>,
    correction: &Correction<i8>,
) {
    let stride = message_stride(z);
    let limit = _mm256_set1_epi8(correction.limit);
    let lowest = _mm256_set1_epi8(-127);
    let values = values.as_mut_ptr();
    let messages = messages.as_mut_ptr();
    let to_check = scratch.to_check.as_mut_ptr();
    // Every read of a column comes before the first write: reads are rotated, writes are not.
    for lane in (0..z).step_by(VECTOR) {
        let mut min = limit;
        let mut second = limit;
        let mut sign = _mm256_setzero_si256();
        for (e, edge) in edges.iter().enumerate() {
            let at = lane + edge.shift as usize;
            let at = if at < z { at } else { at - z };
            // SAFETY: at < z, and a column has column_stride(z) >= z + VECTOR values; lane + VECTOR <= stride.
            unsafe {
                let value = load(values.add(edge.start as usize + at));
                let old = load(messages.add(e * stride + lane));
                let message = _mm256_max_epi8(_mm256_subs_epi8(value, old), lowest);
                store(to_check.add(e * stride + lane), message);
                sign = _mm256_xor_si256(sign, message);
                let magnitude = _mm256_abs_epi8(message);
                second = _mm256_min_epu8(second, _mm256_max_epu8(min, magnitude));
                min = _mm256_min_epu8(min, magnitude);
            }
        }
        // SAFETY: each of these has at least stride >= lane + VECTOR lanes.
        unsafe {
            store(scratch.min.as_mut_ptr().add(lane), min);
            store(scratch.corrected_min.as_mut_ptr().add(lane), corrected::<SCALED>(min, correction));
            store(scratch.corrected_second.as_mut_ptr().add(lane), corrected::<SCALED>(second, correction));
            store(scratch.negative.as_mut_ptr().add(lane).cast(), sign);
        }
    }
    let one = _mm256_set1_epi8(1);
    for lane in (0..z).step_by(VECTOR) {
        // SAFETY: as above.
        let (min, corrected_min, corrected_second, sign) = unsafe {
            (
                load(scratch.min.as_ptr().add(lane)),
                load(scratch.corrected_min.as_ptr().add(lane)),
                load(scratch.corrected_second.as_ptr().add(lane)),
                load(scratch.negative.as_ptr().add(lane).cast()),
            )
        };
        for (e, edge) in edges.iter().enumerate() {
            // SAFETY: as above; lane + VECTOR <= message_stride(z) < column_stride(z).
            unsafe {
                let message = load(to_check.add(e * stride + lane));
                let is_min = _mm256_cmpeq_epi8(_mm256_abs_epi8(message), min);
                let magnitude = _mm256_blendv_epi8(corrected_min, corrected_second, is_min);
                // The sign instruction zeroes where its argument is zero, hence the one.
                let odd = _mm256_or_si256(_mm256_xor_si256(sign, message), one);
                let new = _mm256_sign_epi8(magnitude, odd);
                store(messages.add(e * stride + lane), new);
                let value = _mm256_max_epi8(_mm256_adds_epi8(message, new), lowest);
                store(values.add(edge.start as usize + lane), value);
            }
        }
    }
    for edge in edges {
        // SAFETY: the head (VECTOR or z lanes) and its repetition from lane z on lie in column_stride(z) values.
        unsafe {
            let column = values.add(edge.start as usize);
            if z >= VECTOR {
                store(column.add(z), load(column));
            } else {
                std::ptr::copy_nonoverlapping(column, column.add(z), z);
            }
        }
    }
}

/// (x * scale + 32) / 64 - offset, not below zero, for magnitudes 0..=127.
#[target_feature(enable = "avx2")]
fn corrected<const SCALED: bool>(x: __m256i, correction: &Correction<i8>) -> __m256i {
    let offset = _mm256_set1_epi8(correction.offset);
    if !SCALED {
        return _mm256_subs_epu8(x, offset);
    }
    let zero = _mm256_setzero_si256();
    let scale = _mm256_set1_epi16(i16::from(correction.scale));
    let half = _mm256_set1_epi16(32);
    let scaled =
        |half_lanes: __m256i| _mm256_srli_epi16::<6>(_mm256_add_epi16(_mm256_mullo_epi16(half_lanes, scale), half));
    let low = scaled(_mm256_unpacklo_epi8(x, zero));
    let high = scaled(_mm256_unpackhi_epi8(x, zero));
    _mm256_subs_epu8(_mm256_packus_epi16(low, high), offset)
}

/// # Safety
/// AVX2; and the bounds that `Lane::parity_holds` asserts.
#[target_feature(enable = "avx2")]
unsafe fn parity(z: usize, edges: &[LayerEdge], values: &[i8]) -> bool {
    for lane in (0..z).step_by(VECTOR) {
        let mut sign = _mm256_setzero_si256();
        for edge in edges {
            let at = lane + edge.final_shift as usize;
            let at = if at < z { at } else { at - z };
            // SAFETY: at < z, and a column has column_stride(z) >= z + VECTOR values.
            sign = _mm256_xor_si256(sign, unsafe { load(values.as_ptr().add(edge.start as usize + at)) });
        }
        let odd = _mm256_movemask_epi8(sign) as u32;
        let lanes = (z - lane).min(VECTOR) as u32;
        if odd & (u32::MAX >> (32 - lanes)) != 0 {
            return false;
        }
    }
    true
}

/// # Safety
/// AVX2; 32 readable bytes.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load(from: *const i8) -> __m256i {
    // SAFETY: the caller's.
    unsafe { _mm256_loadu_si256(from.cast()) }
}

/// # Safety
/// AVX2; 32 writable bytes.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store(to: *mut i8, value: __m256i) {
    // SAFETY: the caller's.
    unsafe { _mm256_storeu_si256(to.cast(), value) }
}
