use nrflow::kernel::{Isa, polar};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const EXTREMES: [i16; 7] = [0, 1, -1, i16::MAX, -i16::MAX, i16::MAX / 2, -i16::MAX / 2];

fn values(n: usize, rng: &mut ChaCha8Rng) -> Vec<i16> {
    (0..n)
        .map(|_| match rng.random_range(0..3) {
            0 => EXTREMES[rng.random_range(0..EXTREMES.len())],
            1 => rng.random_range(-50..=50),
            _ => rng.random_range(-i16::MAX..=i16::MAX),
        })
        .collect()
}

#[test]
fn node_functions_equal_the_scalar_ones_and_the_formula() {
    let mut rng = ChaCha8Rng::seed_from_u64(21);
    for len in (0..70).chain([127, 128, 129, 255, 512]) {
        let (a, b) = (values(len, &mut rng), values(len, &mut rng));
        let bits: Vec<u64> = (0..len.div_ceil(64)).map(|_| rng.random()).collect();
        for isa in Isa::all() {
            let (mut f, mut g) = (vec![0; len], vec![0; len]);
            polar::f(isa, &a, &b, &mut f);
            polar::g(isa, &a, &b, &bits, &mut g);
            for i in 0..len {
                let (a, b) = (i32::from(a[i]), i32::from(b[i]));
                let negative = (a < 0) != (b < 0);
                let magnitude = a.abs().min(b.abs());
                assert_eq!(i32::from(f[i]), if negative { -magnitude } else { magnitude }, "f({a}, {b}), {isa:?}");
                let sum = if bits[i / 64] >> (i % 64) & 1 == 1 { b - a } else { b + a };
                assert_eq!(i32::from(g[i]), sum.clamp(-32767, 32767), "g({a}, {b}), {isa:?}");
            }
        }
    }
}
