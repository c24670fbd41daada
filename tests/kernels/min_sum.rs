//! The min-sum layer of the LDPC decoder.

use nrflow::kernel::Isa;
use nrflow::kernel::min_sum::{
    CheckRule, Lane, LayerEdge, MinSumScratch, PairThresholds, column_stride, message_stride, repeat_head,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Lifting sizes around the vector width and all kinds of tails.
const LIFTING_SIZES: [usize; 15] = [2, 3, 7, 15, 30, 32, 36, 44, 60, 64, 72, 104, 240, 352, 384];

const PAIRS: PairThresholds = [1, 4, 8];

/// A rounded ln(1 + e^-|a - b|) off the lesser one.
fn box_plus(a: i32, b: i32) -> i32 {
    (a.min(b) - PAIRS.iter().filter(|&&threshold| i32::from(threshold) > (a - b).abs()).count() as i32).max(0)
}

struct Layer {
    z: usize,
    edges: Vec<LayerEdge>,
    values: Vec<i8>,
    messages: Vec<i8>,
}

fn random_layer(rng: &mut ChaCha8Rng, z: usize, degree: usize, levels: &[i8]) -> Layer {
    let stride = column_stride(z);
    let level = |rng: &mut ChaCha8Rng| match levels {
        [] => rng.random_range(-127..=127),
        levels => levels[rng.random_range(0..levels.len())],
    };
    let mut values: Vec<i8> = (0..degree * stride).map(|_| level(rng)).collect();
    values.chunks_exact_mut(stride).for_each(|column| repeat_head(column, z));
    let messages = (0..degree * message_stride(z)).map(|_| level(rng)).collect();
    let edges = (0..degree)
        .map(|e| LayerEdge {
            start: (e * stride) as u32,
            shift: [0, z as u32 - 1, rng.random_range(0..z as u32)][e % 3],
            final_shift: rng.random_range(0..z as u32),
        })
        .collect();
    Layer { z, edges, values, messages }
}

fn run(isa: Isa, layer: &Layer, rule: &CheckRule<i8>) -> (Vec<i8>, Vec<i8>) {
    let (z, edges) = (layer.z, &layer.edges);
    let (mut values, mut messages) = (layer.values.clone(), layer.messages.clone());
    let mut scratch = MinSumScratch::new(edges.len(), z);
    i8::min_sum_layer(isa, z, edges, &mut values, &mut messages, &mut scratch, rule);
    // What lies behind the lanes (and their repetition) is nobody's.
    let of_columns = values.chunks_exact(column_stride(z)).flat_map(|c| c[..z + z.min(32)].to_vec()).collect();
    let of_edges = messages.chunks_exact(message_stride(z)).flat_map(|m| m[..z].to_vec()).collect();
    (of_columns, of_edges)
}

#[test]
fn min_sum_layer() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let min_sum = [(64, 0, 127), (64, 4, 127), (48, 0, 127), (57, 3, 90), (0, 0, 127), (64, 127, 127), (50, 1, 0)]
        .map(|(scale, offset, limit)| CheckRule::MinSum { scale, offset, limit });
    let box_plus = [(PAIRS, 48), (PAIRS, 127), ([15, 15, 15], 127), ([0, 9, 2], 0)]
        .map(|(pairs, limit)| CheckRule::BoxPlus { pairs, limit });
    let rules: Vec<_> = min_sum.into_iter().chain(box_plus).collect();
    for z in LIFTING_SIZES {
        for degree in [1, 2, 3, 4, 5, 6, 19] {
            for levels in [&[][..], &[-127, 127], &[-127, 0, 127], &[-1, 0, 1]] {
                let layer = random_layer(&mut rng, z, degree, levels);
                for rule in &rules {
                    let expected = run(Isa::scalar(), &layer, rule);
                    assert!(expected.0.iter().chain(&expected.1).all(|&x| x != -128));
                    for isa in Isa::all() {
                        assert_eq!(run(isa, &layer, rule), expected, "{isa:?} Z = {z} degree {degree}");
                    }
                }
            }
        }
    }
}

/// One layer as the rules are written, check by check.
#[test]
fn min_sum_layer_by_definition() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let rules =
        [CheckRule::MinSum { scale: 48, offset: 2, limit: 127 }, CheckRule::BoxPlus { pairs: PAIRS, limit: 48 }];
    for (z, degree, rule) in
        [3, 36, 104].into_iter().flat_map(|z| [(z, 3, rules[1]), (z, 5, rules[1]), (z, 7, rules[0])])
    {
        let layer = random_layer(&mut rng, z, degree, &[]);
        let (values, messages) = run(Isa::scalar(), &layer, &rule);
        let (column, kept) = (column_stride(z), z + z.min(32));
        for check in 0..z {
            let to_check: Vec<i32> = (layer.edges.iter().enumerate())
                .map(|(e, edge)| {
                    let value = layer.values[e * column + (check + edge.shift as usize) % z];
                    (i32::from(value) - i32::from(layer.messages[e * message_stride(z) + check])).clamp(-127, 127)
                })
                .collect();
            for e in 0..degree {
                let others = || to_check.iter().enumerate().filter(|&(other, _)| other != e).map(|(_, &m)| m);
                let magnitude = match rule {
                    CheckRule::MinSum { .. } => ((others().map(i32::abs).min().unwrap() * 48 + 32) / 64 - 2).max(0),
                    CheckRule::BoxPlus { .. } => {
                        // Rounded, box-plus depends on the order: from the ends inwards.
                        let before = to_check[..e].iter().map(|m| m.abs()).reduce(box_plus);
                        let behind = to_check[e + 1..].iter().rev().map(|m| m.abs()).reduce(box_plus);
                        before.into_iter().chain(behind).reduce(box_plus).unwrap().min(48)
                    }
                };
                let negative = others().filter(|&m| m < 0).count() % 2 == 1;
                let message = if negative { -magnitude } else { magnitude };
                assert_eq!(i32::from(messages[e * z + check]), message, "{rule:?}");
                assert_eq!(i32::from(values[e * kept + check]), (to_check[e] + message).clamp(-127, 127));
            }
        }
        for column in values.chunks_exact(kept) {
            assert_eq!(column[z..], column[..z.min(32)]);
        }
    }
}

/// Of more edges, box-plus gives the least reliable one the box-plus of the others, and these that of all.
#[test]
fn box_plus_of_many_edges() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for degree in [6, 10, 19] {
        let mut layer = random_layer(&mut rng, 52, degree, &[]);
        layer.messages.fill(0);
        layer.edges.iter_mut().for_each(|edge| edge.shift = 0);
        let (_, messages) = run(Isa::scalar(), &layer, &CheckRule::BoxPlus { pairs: PAIRS, limit: 100 });
        for check in 0..52 {
            let at = |e: usize| i32::from(layer.values[e * column_stride(52) + check]).abs();
            let (mut least, mut others) = (at(0).min(at(1)), at(0).max(at(1)));
            for e in 2..degree {
                others = box_plus(others, least.max(at(e)));
                least = least.min(at(e));
            }
            for e in 0..degree {
                let expected = if at(e) == least { others } else { box_plus(least, others) };
                assert_eq!(i32::from(messages[e * 52 + check]).abs(), expected.min(100));
            }
        }
    }
}

#[test]
fn parity_of_a_layer() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for z in LIFTING_SIZES {
        for degree in [1, 4, 19] {
            let mut layer = random_layer(&mut rng, z, degree, &[]);
            // Make all checks even through the last column, then break one.
            let (edges, stride) = (layer.edges.clone(), column_stride(z));
            for e in 0..degree {
                for lane in 0..z {
                    if layer.values[e * stride + lane] == 0 {
                        layer.values[e * stride + lane] = 5;
                    }
                }
            }
            let at = |e: usize, check: usize| e * stride + (check + edges[e].final_shift as usize) % z;
            for check in 0..z {
                let ones = (0..degree - 1).filter(|&e| layer.values[at(e, check)] < 0).count();
                let last = &mut layer.values[at(degree - 1, check)];
                *last = if ones % 2 == 1 { -last.saturating_abs() } else { last.saturating_abs() };
            }
            layer.values.chunks_exact_mut(stride).for_each(|column| repeat_head(column, z));
            for isa in Isa::all() {
                assert!(i8::parity_holds(isa, z, &edges, &layer.values), "{isa:?} Z = {z} degree {degree}");
                for broken in [0, z / 2, z - 1] {
                    let mut values = layer.values.clone();
                    values[at(0, broken)] *= -1;
                    values.chunks_exact_mut(stride).for_each(|column| repeat_head(column, z));
                    assert!(!i8::parity_holds(isa, z, &edges, &values), "{isa:?} Z = {z} check {broken}");
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "shift")]
fn min_sum_refuses_a_shift_outside_the_column() {
    let edge = LayerEdge { start: 0, shift: 36, final_shift: 0 };
    let rule = CheckRule::MinSum { scale: 64, offset: 0, limit: 127 };
    let (mut values, mut messages) = (vec![0; column_stride(36)], vec![0; message_stride(36)]);
    let mut scratch = MinSumScratch::new(1, 36);
    i8::min_sum_layer(Isa::detect(), 36, &[edge], &mut values, &mut messages, &mut scratch, &rule);
}
