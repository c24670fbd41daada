#![allow(unsafe_code)]

use super::{LANES, scalar, total};
use num_complex::Complex32;
use std::arch::x86_64::*;

/// Complex numbers in a register.
const WIDTH: usize = 4;

#[inline]
#[target_feature(enable = "avx2")]
fn load(x: &[Complex32]) -> __m256 {
    debug_assert!(x.len() >= WIDTH);
    // SAFETY: callers pass chunks of WIDTH complex numbers, two floats each; unaligned.
    unsafe { _mm256_loadu_ps(x.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(out: &mut [Complex32], value: __m256) {
    debug_assert!(out.len() >= WIDTH);
    // SAFETY: callers pass chunks of WIDTH complex numbers, two floats each; unaligned.
    unsafe { _mm256_storeu_ps(out.as_mut_ptr().cast(), value) }
}

/// Complex product: even places a.re b.re - a.im b.im, odd places a.re b.im + a.im b.re.
#[inline]
#[target_feature(enable = "avx2")]
fn product(a: __m256, b: __m256) -> __m256 {
    let swapped = _mm256_permute_ps::<0b10_11_00_01>(b);
    _mm256_addsub_ps(_mm256_mul_ps(_mm256_moveldup_ps(a), b), _mm256_mul_ps(_mm256_movehdup_ps(a), swapped))
}

#[inline]
#[target_feature(enable = "avx2")]
fn conj(b: __m256) -> __m256 {
    _mm256_xor_ps(b, _mm256_setr_ps(0.0, -0.0, 0.0, -0.0, 0.0, -0.0, 0.0, -0.0))
}

#[target_feature(enable = "avx2")]
pub fn multiply(a: &[Complex32], b: &[Complex32], out: &mut [Complex32]) {
    let whole = a.len() / WIDTH * WIDTH;
    for ((a, b), out) in a.chunks_exact(WIDTH).zip(b.chunks_exact(WIDTH)).zip(out.chunks_exact_mut(WIDTH)) {
        store(out, product(load(a), load(b)));
    }
    scalar::multiply(&a[whole..], &b[whole..], &mut out[whole..]);
}

#[target_feature(enable = "avx2")]
pub fn multiply_conj(a: &[Complex32], b: &[Complex32], out: &mut [Complex32]) {
    let whole = a.len() / WIDTH * WIDTH;
    for ((a, b), out) in a.chunks_exact(WIDTH).zip(b.chunks_exact(WIDTH)).zip(out.chunks_exact_mut(WIDTH)) {
        store(out, product(load(a), conj(load(b))));
    }
    scalar::multiply_conj(&a[whole..], &b[whole..], &mut out[whole..]);
}

#[target_feature(enable = "avx2")]
pub fn rotate(a: &[Complex32], b: &[Complex32], c: Complex32, out: &mut [Complex32]) {
    let whole = a.len() / WIDTH * WIDTH;
    let turn = load(&[c; WIDTH]);
    for ((a, b), out) in a.chunks_exact(WIDTH).zip(b.chunks_exact(WIDTH)).zip(out.chunks_exact_mut(WIDTH)) {
        store(out, product(product(load(a), load(b)), turn));
    }
    scalar::rotate(&a[whole..], &b[whole..], c, &mut out[whole..]);
}

#[target_feature(enable = "avx2")]
pub fn multiply_accumulate(a: &[Complex32], b: &[Complex32], acc: &mut [Complex32]) {
    let whole = a.len() / WIDTH * WIDTH;
    for ((a, b), acc) in a.chunks_exact(WIDTH).zip(b.chunks_exact(WIDTH)).zip(acc.chunks_exact_mut(WIDTH)) {
        let sum = _mm256_add_ps(load(acc), product(load(a), load(b)));
        store(acc, sum);
    }
    scalar::multiply_accumulate(&a[whole..], &b[whole..], &mut acc[whole..]);
}

#[target_feature(enable = "avx2")]
pub fn multiply_conj_accumulate(a: &[Complex32], b: &[Complex32], acc: &mut [Complex32]) {
    let whole = a.len() / WIDTH * WIDTH;
    for ((a, b), acc) in a.chunks_exact(WIDTH).zip(b.chunks_exact(WIDTH)).zip(acc.chunks_exact_mut(WIDTH)) {
        let sum = _mm256_add_ps(load(acc), product(load(a), conj(load(b))));
        store(acc, sum);
    }
    scalar::multiply_conj_accumulate(&a[whole..], &b[whole..], &mut acc[whole..]);
}

/// `total` of the eight sums in two registers, in its order.
#[inline]
#[target_feature(enable = "avx2")]
fn total_of(low: __m256, high: __m256) -> Complex32 {
    let four = _mm256_add_ps(low, high);
    let two = _mm_add_ps(_mm256_castps256_ps128(four), _mm256_extractf128_ps::<1>(four));
    let one = _mm_add_ps(two, _mm_movehl_ps(two, two));
    let mut parts = [0.0f32; 4];
    // SAFETY: four floats; unaligned.
    unsafe { _mm_storeu_ps(parts.as_mut_ptr(), one) };
    Complex32::new(parts[0], parts[1])
}

#[target_feature(enable = "avx2")]
pub fn dot_conj(a: &[Complex32], b: &[Complex32]) -> Complex32 {
    let whole = a.len() / LANES * LANES;
    let (mut low, mut high) = (_mm256_setzero_ps(), _mm256_setzero_ps());
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        low = _mm256_add_ps(low, product(load(a), conj(load(b))));
        high = _mm256_add_ps(high, product(load(&a[WIDTH..]), conj(load(&b[WIDTH..]))));
    }
    if whole == a.len() {
        return total_of(low, high);
    }
    let mut sums = [Complex32::ZERO; LANES];
    store(&mut sums[..WIDTH], low);
    store(&mut sums[WIDTH..], high);
    scalar::add_dot_conj(&a[whole..], &b[whole..], &mut sums);
    total(sums)
}

#[target_feature(enable = "avx2")]
pub fn dot_real(x: &[Complex32], doubled: &[f32]) -> Complex32 {
    let whole = x.len() / LANES * LANES;
    let (mut low, mut high) = (_mm256_setzero_ps(), _mm256_setzero_ps());
    for (x, h) in x.chunks_exact(LANES).zip(doubled.chunks_exact(2 * LANES)) {
        // SAFETY: the chunk holds sixteen floats; unaligned.
        let (first, second) = unsafe { (_mm256_loadu_ps(h.as_ptr()), _mm256_loadu_ps(h[8..].as_ptr())) };
        low = _mm256_add_ps(low, _mm256_mul_ps(load(x), first));
        high = _mm256_add_ps(high, _mm256_mul_ps(load(&x[WIDTH..]), second));
    }
    if whole == x.len() {
        return total_of(low, high);
    }
    let mut sums = [Complex32::ZERO; LANES];
    store(&mut sums[..WIDTH], low);
    store(&mut sums[WIDTH..], high);
    scalar::add_dot_real(&x[whole..], &doubled[2 * whole..], &mut sums);
    total(sums)
}
