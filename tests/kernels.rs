//! Every instruction set against the scalar definition: lengths around the vector width, extremes, NaN.

#[path = "kernels/layer_tree.rs"]
mod layer_tree;
#[path = "kernels/min_sum.rs"]
mod min_sum;
#[path = "kernels/polar.rs"]
mod polar;

use nrflow::Complex32;
use nrflow::kernel::{
    Isa, SquareQam, complex_to_i16, demap_qam_i8, dot_conj, dot_real, i8_to_complex, i16_to_complex, multiply,
    multiply_accumulate, multiply_conj, multiply_conj_accumulate, quantise_llr, rotate,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SPECIAL: [f32; 10] =
    [0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e-45, f32::MIN_POSITIVE, 1e9];

/// Random numbers; every `one_in`-th on average is an extreme.
fn floats(n: usize, one_in: u32, rng: &mut ChaCha8Rng) -> Vec<f32> {
    (0..n)
        .map(|_| {
            if rng.random_range(0..one_in) == 0 {
                SPECIAL[rng.random_range(0..SPECIAL.len())]
            } else {
                rng.random_range(-2.0..2.0)
            }
        })
        .collect()
}

fn complex(n: usize, one_in: u32, rng: &mut ChaCha8Rng) -> Vec<Complex32> {
    floats(2 * n, one_in, rng).chunks(2).map(|x| Complex32::new(x[0], x[1])).collect()
}

/// The bits of a number; any NaN is one NaN.
fn same(x: f32) -> u32 {
    if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }
}

fn all_same(x: &[Complex32]) -> Vec<(u32, u32)> {
    x.iter().map(|x| (same(x.re), same(x.im))).collect()
}

#[test]
fn complex_products_are_equal_bit_by_bit() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for n in (0..40).chain([255, 256, 3276]) {
        let (a, b, start) = (complex(n, 50, &mut rng), complex(n, 50, &mut rng), complex(n, 50, &mut rng));
        let (plain, other) = (complex(n, u32::MAX, &mut rng), complex(n, u32::MAX, &mut rng));
        let c = Complex32::new(0.6, -0.7);
        let h: Vec<f32> = floats(n, u32::MAX, &mut rng).iter().flat_map(|&h| [h, h]).collect();
        let results = |isa: Isa| {
            let mut out = vec![vec![Complex32::ZERO; n]; 3];
            multiply(isa, &a, &b, &mut out[0]);
            multiply_conj(isa, &a, &b, &mut out[1]);
            rotate(isa, &a, &b, c, &mut out[2]);
            let (mut sum, mut sum_conj) = (start.clone(), start.clone());
            multiply_accumulate(isa, &a, &b, &mut sum);
            multiply_conj_accumulate(isa, &a, &b, &mut sum_conj);
            let dots = vec![dot_conj(isa, &plain, &other), dot_real(isa, &plain, &h), dot_conj(isa, &a, &b)];
            out.extend([sum, sum_conj, dots]);
            out.iter().map(|x| all_same(x)).collect::<Vec<_>>()
        };
        let expected = results(Isa::scalar());
        for isa in Isa::all() {
            assert_eq!(results(isa), expected, "{isa:?}, length {n}");
        }
        // The scalar dot products against sums in double precision.
        let wide = |x: Complex32| num_complex::Complex64::new(x.re.into(), x.im.into());
        let exact: num_complex::Complex64 = plain.iter().zip(&other).map(|(&a, &b)| wide(a) * wide(b).conj()).sum();
        assert!((wide(dot_conj(Isa::scalar(), &plain, &other)) - exact).norm() <= 1e-6 * (n as f64 + 1.0));
        let exact: num_complex::Complex64 =
            plain.iter().zip(h.chunks(2)).map(|(&x, h)| wide(x) * f64::from(h[0])).sum();
        assert!((wide(dot_real(Isa::scalar(), &plain, &h)) - exact).norm() <= 1e-6 * (n as f64 + 1.0));
    }
}

#[test]
fn conversions_are_equal() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for n in (0..140).chain([1024, 1027]) {
        let llr: Vec<f32> = floats(n, 8, &mut rng).iter().map(|x| x * 12.0).collect();
        let mut shorts: Vec<i16> = (0..2 * n).map(|_| rng.random()).collect();
        let mut bytes: Vec<i8> = (0..2 * n).map(|_| rng.random()).collect();
        if n > 2 {
            (shorts[0], shorts[3], bytes[1], bytes[4]) = (i16::MIN, i16::MAX, i8::MIN, i8::MAX);
        }
        let samples = complex(n, 8, &mut rng);
        let results = |isa: Isa| {
            let mut soft = vec![0i8; n];
            quantise_llr(isa, &llr, 8.0, &mut soft);
            let (mut from_short, mut from_byte) = (vec![Complex32::ZERO; n], vec![Complex32::ZERO; n]);
            i16_to_complex(isa, &shorts, 1.0 / 32768.0, &mut from_short);
            i8_to_complex(isa, &bytes, 1.0 / 128.0, &mut from_byte);
            let mut out = vec![0i16; 2 * n];
            complex_to_i16(isa, &samples, 32767.0 / 1.7, &mut out);
            (soft, all_same(&from_short), all_same(&from_byte), out)
        };
        let expected = results(Isa::scalar());
        assert!(expected.0.iter().all(|&l| l > -128) && expected.3.iter().all(|&x| x > i16::MIN));
        for isa in Isa::all() {
            assert_eq!(results(isa), expected, "{isa:?}, length {n}");
        }
    }
    let mut out = [Complex32::ZERO; 1];
    i16_to_complex(Isa::detect(), &[i16::MIN, 16384], 1.0 / 32768.0, &mut out);
    assert_eq!(out[0], Complex32::new(-1.0, 0.5));
    let mut out = [0i16; 2];
    complex_to_i16(Isa::detect(), &[Complex32::new(2.0, f32::NAN)], 32767.0, &mut out);
    assert_eq!(out, [32767, 0]);
}

#[test]
fn demappers_are_equal() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for (m, norm) in [(1, 2.0), (2, 10.0), (3, 42.0), (4, 170.0), (5, 682.0)] {
        let qam = SquareQam::new(m, norm, 1e4);
        for n in (0..20).chain([333]) {
            let symbols = complex(n, 20, &mut rng);
            let noise: Vec<f32> = floats(n, 10, &mut rng).iter().map(|x| x.abs() * 0.2).collect();
            let results = |isa: Isa| {
                let mut out = vec![1i8; n * 2 * m];
                demap_qam_i8(isa, qam, &symbols, &noise, 8.0, &mut out);
                out
            };
            let expected = results(Isa::scalar());
            for isa in Isa::all() {
                assert_eq!(results(isa), expected, "{isa:?}, {m} bits an axis, {n} symbols");
            }
        }
    }
}
