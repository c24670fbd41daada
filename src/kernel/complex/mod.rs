//! Products and sums of complex vectors. Every instruction set does the same operations in the same order (no fused
//! multiply-add), so that results are equal bit by bit.

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::Isa;
use num_complex::Complex32;

/// Partial sums of the dot products: element i goes to sum i mod 8.
const LANES: usize = 8;

/// `out = a b`, element by element.
///
/// # Panics
/// If the lengths differ.
pub fn multiply(isa: Isa, a: &[Complex32], b: &[Complex32], out: &mut [Complex32]) {
    assert!(a.len() == b.len() && a.len() == out.len());
    dispatch!(isa, multiply(a, b, out))
}

/// `out = a b*`, element by element.
///
/// # Panics
/// If the lengths differ.
pub fn multiply_conj(isa: Isa, a: &[Complex32], b: &[Complex32], out: &mut [Complex32]) {
    assert!(a.len() == b.len() && a.len() == out.len());
    dispatch!(isa, multiply_conj(a, b, out))
}

/// `out = (a b) c`, element by element with one `c`.
///
/// # Panics
/// If the lengths differ.
pub fn rotate(isa: Isa, a: &[Complex32], b: &[Complex32], c: Complex32, out: &mut [Complex32]) {
    assert!(a.len() == b.len() && a.len() == out.len());
    dispatch!(isa, rotate(a, b, c, out))
}

/// `acc += a b`, element by element.
///
/// # Panics
/// If the lengths differ.
pub fn multiply_accumulate(isa: Isa, a: &[Complex32], b: &[Complex32], acc: &mut [Complex32]) {
    assert!(a.len() == b.len() && a.len() == acc.len());
    dispatch!(isa, multiply_accumulate(a, b, acc))
}

/// `acc += a b*`, element by element.
///
/// # Panics
/// If the lengths differ.
pub fn multiply_conj_accumulate(isa: Isa, a: &[Complex32], b: &[Complex32], acc: &mut [Complex32]) {
    assert!(a.len() == b.len() && a.len() == acc.len());
    dispatch!(isa, multiply_conj_accumulate(a, b, acc))
}

/// The sum of `a b*`: the correlation of `a` with `b`.
///
/// # Panics
/// If the lengths differ.
pub fn dot_conj(isa: Isa, a: &[Complex32], b: &[Complex32]) -> Complex32 {
    assert_eq!(a.len(), b.len());
    dispatch!(isa, dot_conj(a, b))
}

/// The sum of `x h` with real `h`, which lies doubled: h(0), h(0), h(1), h(1), …, as the vector units want it.
///
/// # Panics
/// If `doubled.len() != 2 * x.len()`.
pub fn dot_real(isa: Isa, x: &[Complex32], doubled: &[f32]) -> Complex32 {
    assert_eq!(doubled.len(), 2 * x.len());
    dispatch!(isa, dot_real(x, doubled))
}

/// The partial sums in one fixed order.
fn total(sums: [Complex32; LANES]) -> Complex32 {
    let four: [Complex32; 4] = std::array::from_fn(|i| sums[i] + sums[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

mod scalar {
    use super::{Complex32, LANES, total};

    pub fn multiply(a: &[Complex32], b: &[Complex32], out: &mut [Complex32]) {
        for ((a, b), out) in a.iter().zip(b).zip(out) {
            *out = a * b;
        }
    }

    pub fn multiply_conj(a: &[Complex32], b: &[Complex32], out: &mut [Complex32]) {
        for ((a, b), out) in a.iter().zip(b).zip(out) {
            *out = a * b.conj();
        }
    }

    pub fn rotate(a: &[Complex32], b: &[Complex32], c: Complex32, out: &mut [Complex32]) {
        for ((a, b), out) in a.iter().zip(b).zip(out) {
            *out = a * b * c;
        }
    }

    pub fn multiply_accumulate(a: &[Complex32], b: &[Complex32], acc: &mut [Complex32]) {
        for ((a, b), acc) in a.iter().zip(b).zip(acc) {
            *acc += a * b;
        }
    }

    pub fn multiply_conj_accumulate(a: &[Complex32], b: &[Complex32], acc: &mut [Complex32]) {
        for ((a, b), acc) in a.iter().zip(b).zip(acc) {
            *acc += a * b.conj();
        }
    }

    pub fn dot_conj(a: &[Complex32], b: &[Complex32]) -> Complex32 {
        let mut sums = [Complex32::ZERO; LANES];
        add_dot_conj(a, b, &mut sums);
        total(sums)
    }

    pub fn add_dot_conj(a: &[Complex32], b: &[Complex32], sums: &mut [Complex32; LANES]) {
        for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
            for ((a, b), sum) in a.iter().zip(b).zip(sums.iter_mut()) {
                *sum += a * b.conj();
            }
        }
    }

    pub fn dot_real(x: &[Complex32], doubled: &[f32]) -> Complex32 {
        let mut sums = [Complex32::ZERO; LANES];
        add_dot_real(x, doubled, &mut sums);
        total(sums)
    }

    pub fn add_dot_real(x: &[Complex32], doubled: &[f32], sums: &mut [Complex32; LANES]) {
        for (x, h) in x.chunks(LANES).zip(doubled.chunks(2 * LANES)) {
            for ((x, h), sum) in x.iter().zip(h.chunks_exact(2)).zip(sums.iter_mut()) {
                *sum += x * h[0];
            }
        }
    }
}
