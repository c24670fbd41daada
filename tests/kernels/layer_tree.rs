use super::{floats, same};
use nrflow::kernel::Isa;
use nrflow::kernel::layer_tree::{ComplexLanes, LANES, Lanes, LayerTree, LevelMetrics, Windows, search_layers};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::array::from_fn;

fn tree<const N: usize>(levels: usize, one_in: u32, rng: &mut ChaCha8Rng) -> LayerTree<N> {
    let mut lanes = |scale: f32| Lanes(from_fn(|_| scale * floats(1, one_in, rng)[0]));
    let positive = |x: Lanes| Lanes(x.0.map(f32::abs));
    LayerTree {
        centre: from_fn(|_| ComplexLanes { re: lanes(levels as f32), im: lanes(levels as f32) }),
        coupling: from_fn(|_| from_fn(|_| ComplexLanes { re: lanes(1.0), im: lanes(1.0) })),
        weight: from_fn(|_| positive(lanes(10.0))),
        energy: from_fn(|_| positive(lanes(0.1))),
        unbias: from_fn(|_| positive(lanes(1.0))),
        highest: [Lanes([(levels - 1) as f32; LANES]); N],
    }
}

fn every_isa_agrees<const N: usize>(rng: &mut ChaCha8Rng) {
    for round in 0..100 {
        let levels = 2usize << rng.random_range(0..if N == 2 { 5 } else { 3 });
        let tree = tree::<N>(levels, if round % 2 == 0 { u32::MAX } else { 30 }, rng);
        let (root, second) = (rng.random_range(1..=levels), rng.random_range(1..=levels.min(3)));
        let bits = |isa| {
            let mut out = LevelMetrics::NONE;
            search_layers(isa, &tree, Windows { levels, root, second }, &mut out);
            out.0.map(|axis| axis.map(|lanes| lanes.0.map(same)))
        };
        let expected = bits(Isa::scalar());
        assert!(
            Isa::all().into_iter().all(|isa| bits(isa) == expected),
            "{N} layers, {levels} levels, {root}, {second}"
        );
    }
}

#[test]
fn searches_are_equal_bit_by_bit() {
    let mut rng = ChaCha8Rng::seed_from_u64(31);
    every_isa_agrees::<2>(&mut rng);
    every_isa_agrees::<3>(&mut rng);
    every_isa_agrees::<4>(&mut rng);
}

/// Both windows full: the least metric of three layers with each level, by trial of all their points.
#[test]
fn a_full_search_of_three_layers_finds_the_least_metrics() {
    let mut rng = ChaCha8Rng::seed_from_u64(32);
    for levels in [2usize, 4] {
        let mut tree = tree::<3>(levels, u32::MAX, &mut rng);
        // The nearest level of the last layer is that of its centre itself.
        tree.unbias = [Lanes::all(1.0); 3];
        tree.energy[0] = Lanes::all(0.0);
        let mut out = LevelMetrics::NONE;
        search_layers(Isa::detect(), &tree, Windows { levels, root: levels, second: levels }, &mut out);
        let level = |i: usize| (2 * i) as f64 - (levels - 1) as f64;
        for lane in 0..LANES {
            let mut least = vec![[f64::INFINITY; 2]; levels];
            for points in 0..levels.pow(6) {
                let digit = |i: u32| points / levels.pow(i) % levels;
                let u: [[f64; 2]; 3] = from_fn(|j| [level(digit(2 * j as u32)), level(digit(2 * j as u32 + 1))]);
                let mut metric = 0.0;
                for j in 0..3 {
                    let of = |lanes: &Lanes| f64::from(lanes.0[lane]);
                    let (mut re, mut im) = (of(&tree.centre[j].re), of(&tree.centre[j].im));
                    for k in j + 1..3 {
                        let (a, b) = (of(&tree.coupling[j][k].re), of(&tree.coupling[j][k].im));
                        re -= a * u[k][0] - b * u[k][1];
                        im -= a * u[k][1] + b * u[k][0];
                    }
                    metric += of(&tree.weight[j]) * ((re - u[j][0]).powi(2) + (im - u[j][1]).powi(2));
                    metric -= of(&tree.energy[j]) * (u[j][0].powi(2) + u[j][1].powi(2));
                }
                for axis in 0..2 {
                    let least = &mut least[digit(4 + axis as u32)][axis];
                    *least = least.min(metric);
                }
            }
            for (i, least) in least.iter().enumerate() {
                for axis in 0..2 {
                    let got = f64::from(out.0[axis][i].0[lane]);
                    assert!((got - least[axis]).abs() < 1e-3 * (1.0 + least[axis].abs()), "{got} for {}", least[axis]);
                }
            }
        }
    }
}
