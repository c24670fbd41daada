//! The two node functions of a polar decoder in saturating 16-bit arithmetic (-32768 never occurs).

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::{Isa, Level};

/// Min-sum LLR of the sum of two bits: `out[i]` has the magnitude of the smaller of `a[i]`, `b[i]` and the product of
/// their signs.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn f(isa: Isa, a: &[i16], b: &[i16], out: &mut [i16]) {
    assert!(a.len() == out.len() && b.len() == out.len(), "f of {} and {} to {}", a.len(), b.len(), out.len());
    match isa.level() {
        // Shorter ones are all tail: the call would cost more than it saves.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        // SAFETY: an `Isa` of this level exists only on CPUs with AVX2.
        Level::Avx2 if out.len() >= 8 => unsafe { avx2::f(a, b, out) },
        _ => f_scalar(a, b, out),
    }
}

/// LLR of the second bit of a pair whose sum is known: `out[i] = b[i] + a[i]`, or `b[i] - a[i]` if bit i of `bits`
/// (64 a word, first bit least significant) is 1; saturated to ±32767.
///
/// # Panics
/// If the lengths differ or `bits` holds fewer bits.
#[inline]
pub fn g(isa: Isa, a: &[i16], b: &[i16], bits: &[u64], out: &mut [i16]) {
    assert!(a.len() == out.len() && b.len() == out.len(), "g of {} and {} to {}", a.len(), b.len(), out.len());
    assert!(out.len() <= 64 * bits.len(), "{} bits in {} words", out.len(), bits.len());
    match isa.level() {
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        // SAFETY: an `Isa` of this level exists only on CPUs with AVX2.
        Level::Avx2 if out.len() >= 8 => unsafe { avx2::g(a, b, bits, out) },
        _ => g_scalar(a, b, bits, 0, out),
    }
}

#[inline]
fn f_scalar(a: &[i16], b: &[i16], out: &mut [i16]) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        let magnitude = a.saturating_abs().min(b.saturating_abs());
        *out = if (a ^ b) < 0 { -magnitude } else { magnitude };
    }
}

/// With the first bit at place `first`.
#[inline]
fn g_scalar(a: &[i16], b: &[i16], bits: &[u64], first: usize, out: &mut [i16]) {
    for (i, ((out, &a), &b)) in (first..).zip(out.iter_mut().zip(a).zip(b)) {
        // All ones where the bit is 1: (a ^ -1) - -1 = -a.
        let mask = -((bits[i / 64] >> (i % 64) & 1) as i16);
        *out = b.saturating_add((a ^ mask).saturating_sub(mask)).max(-i16::MAX);
    }
}
