#![allow(unsafe_code)]

use super::SquareQam;
use num_complex::Complex32;
use std::arch::x86_64::*;

#[target_feature(enable = "avx2")]
pub fn demap_qam_i8(qam: SquareQam, symbols: &[Complex32], noise_variance: &[f32], llr_scale: f32, out: &mut [i8]) {
    match qam.bits_per_axis {
        1 => demap::<1, 2>(qam, symbols, noise_variance, llr_scale, out),
        2 => demap::<2, 4>(qam, symbols, noise_variance, llr_scale, out),
        3 => demap::<3, 6>(qam, symbols, noise_variance, llr_scale, out),
        4 => demap::<4, 8>(qam, symbols, noise_variance, llr_scale, out),
        _ => demap::<5, 10>(qam, symbols, noise_variance, llr_scale, out),
    }
}

/// `M` bits an axis, `QM` = 2M. Four symbols a turn, both axes side by side as they lie in memory.
#[target_feature(enable = "avx2")]
fn demap<const M: usize, const QM: usize>(
    qam: SquareQam,
    symbols: &[Complex32],
    noise_variance: &[f32],
    llr_scale: f32,
    out: &mut [i8],
) {
    let whole = symbols.len() / 4 * 4;
    let (sign, infinity) = (_mm256_set1_ps(-0.0), _mm256_set1_ps(f32::INFINITY));
    let twice = _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3);
    let order = symbol_major::<M>();
    for ((symbols, noise), out) in
        symbols[..whole].chunks_exact(4).zip(noise_variance.chunks_exact(4)).zip(out.chunks_exact_mut(4 * QM))
    {
        // SAFETY: four complex numbers of two floats each; unaligned.
        let y = unsafe { _mm256_loadu_ps(symbols.as_ptr().cast()) };
        // SAFETY: four floats; unaligned.
        let noise = unsafe { _mm_loadu_ps(noise.as_ptr()) };
        let noise = _mm256_permutevar8x32_ps(_mm256_castps128_ps256(noise), twice);

        let finite = _mm256_cmp_ps::<_CMP_LT_OQ>(_mm256_andnot_ps(sign, y), infinity);
        let finite = _mm256_and_ps(finite, _mm256_permute_ps::<0b10_11_00_01>(finite));
        let positive = _mm256_cmp_ps::<_CMP_GT_OQ>(noise, _mm256_setzero_ps());
        let bounded = _mm256_cmp_ps::<_CMP_LT_OQ>(noise, infinity);
        let usable = _mm256_and_ps(finite, _mm256_and_ps(positive, bounded));

        let gain = _mm256_min_ps(_mm256_div_ps(_mm256_set1_ps(qam.gain), noise), _mm256_set1_ps(f32::MAX));
        let mut t = _mm256_mul_ps(y, _mm256_set1_ps(qam.inverse_amplitude));
        let mut soft = [_mm256_setzero_si256(); 5];
        for (k, soft) in soft.iter_mut().enumerate().take(M) {
            let half = (1 << (M - k - 1)) as f32;
            let magnitude = _mm256_andnot_ps(sign, t);
            let scaled = _mm256_mul_ps(magnitude, _mm256_set1_ps(0.5));
            let q = _mm256_floor_ps(_mm256_min_ps(scaled, _mm256_set1_ps(half - 1.0)));
            let steps = _mm256_add_ps(q, _mm256_set1_ps(1.0));
            let value = _mm256_mul_ps(steps, _mm256_sub_ps(magnitude, q));
            let llr = _mm256_mul_ps(_mm256_or_ps(value, _mm256_and_ps(sign, t)), gain);
            let llr = _mm256_min_ps(llr, _mm256_set1_ps(qam.max_llr));
            let llr = _mm256_max_ps(llr, _mm256_set1_ps(-qam.max_llr));
            let llr = _mm256_mul_ps(llr, _mm256_set1_ps(llr_scale));
            let llr = _mm256_max_ps(_mm256_min_ps(llr, _mm256_set1_ps(127.0)), _mm256_set1_ps(-127.0));
            *soft = _mm256_cvtps_epi32(_mm256_and_ps(llr, usable));
            t = _mm256_sub_ps(_mm256_set1_ps(half), magnitude);
        }

        // Each half of `packed` holds, bit by bit, the four values of two symbols; put each symbol's bits together.
        let low = _mm256_packs_epi32(soft[0], soft[1]);
        let high = _mm256_packs_epi32(soft[2], soft[3]);
        let packed = _mm256_shuffle_epi8(_mm256_packs_epi16(low, high), order);
        let bytes = to_bytes(packed);
        if M == 5 {
            let last = _mm256_packs_epi32(soft[4], soft[4]);
            let last = to_bytes(_mm256_packs_epi16(last, last));
            for (s, out) in out.chunks_exact_mut(QM).enumerate() {
                out[..8].copy_from_slice(&bytes[8 * s..8 * s + 8]);
                let at = 16 * (s / 2) + 2 * (s % 2);
                out[8..].copy_from_slice(&last[at..at + 2]);
            }
        } else {
            let (first, second) = out.split_at_mut(2 * QM);
            first.copy_from_slice(&bytes[..2 * QM]);
            second.copy_from_slice(&bytes[16..16 + 2 * QM]);
        }
    }
    super::scalar(qam, &symbols[whole..], &noise_variance[whole..], llr_scale, &mut out[whole * QM..]);
}

#[target_feature(enable = "avx2")]
fn to_bytes(v: __m256i) -> [i8; 32] {
    let mut bytes = [0; 32];
    // SAFETY: 32 bytes; unaligned.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), v) };
    bytes
}

/// The byte order, in each half, from [bit of an axis][two symbols][axis] to [two symbols][bit of an axis][axis].
#[target_feature(enable = "avx2")]
fn symbol_major<const M: usize>() -> __m256i {
    let bits = M.min(4);
    let mut order = [-1i8; 32];
    for half in 0..2 {
        for s in 0..2 {
            for k in 0..bits {
                for axis in 0..2 {
                    order[16 * half + 2 * bits * s + 2 * k + axis] = (4 * k + 2 * s + axis) as i8;
                }
            }
        }
    }
    // SAFETY: 32 bytes; unaligned.
    unsafe { _mm256_loadu_si256(order.as_ptr().cast()) }
}
