//! The min-sum layer of the LDPC decoder.

use nrflow::kernel::Isa;
use nrflow::kernel::min_sum::{Correction, Lane, LayerEdge, MinSumScratch, column_stride, message_stride, repeat_head};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Lifting sizes around the vector width and all kinds of tails.
const LIFTING_SIZES: [usize; 15] = [2, 3, 7, 15, 30, 32, 36, 44, 60, 64, 72, 104, 240, 352, 384];

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

fn run(isa: Isa, layer: &Layer, correction: &Correction<i8>) -> (Vec<i8>, Vec<i8>) {
    let (z, edges) = (layer.z, &layer.edges);
    let (mut values, mut messages) = (layer.values.clone(), layer.messages.clone());
    let mut scratch = MinSumScratch::new(edges.len(), z);
    i8::min_sum_layer(isa, z, edges, &mut values, &mut messages, &mut scratch, correction);
    // What lies behind the lanes (and their repetition) is nobody's.
    let of_columns = values.chunks_exact(column_stride(z)).flat_map(|c| c[..z + z.min(32)].to_vec()).collect();
    let of_edges = messages.chunks_exact(message_stride(z)).flat_map(|m| m[..z].to_vec()).collect();
    (of_columns, of_edges)
}

#[test]
fn min_sum_layer() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let corrections = [(64, 0, 127), (64, 4, 127), (48, 0, 127), (57, 3, 90), (0, 0, 127), (64, 127, 127), (50, 1, 0)]
        .map(|(scale, offset, limit)| Correction { scale, offset, limit });
    for z in LIFTING_SIZES {
        for degree in [1, 2, 3, 8, 19] {
            for levels in [&[][..], &[-127, 127], &[-127, 0, 127], &[-1, 0, 1]] {
                let layer = random_layer(&mut rng, z, degree, levels);
                for correction in &corrections {
                    let expected = run(Isa::scalar(), &layer, correction);
                    assert!(expected.0.iter().chain(&expected.1).all(|&x| x != -128));
                    for isa in Isa::all() {
                        assert_eq!(run(isa, &layer, correction), expected, "{isa:?} Z = {z} degree {degree}");
                    }
                }
            }
        }
    }
}

/// One layer as the min-sum rule is written, check by check.
#[test]
fn min_sum_layer_by_definition() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let correction = Correction { scale: 48, offset: 2, limit: 127 };
    for z in [3, 36, 104] {
        let layer = random_layer(&mut rng, z, 7, &[]);
        let (values, messages) = run(Isa::scalar(), &layer, &correction);
        let (column, kept) = (column_stride(z), z + z.min(32));
        for check in 0..z {
            let to_check: Vec<i32> = (layer.edges.iter().enumerate())
                .map(|(e, edge)| {
                    let value = layer.values[e * column + (check + edge.shift as usize) % z];
                    (i32::from(value) - i32::from(layer.messages[e * message_stride(z) + check])).clamp(-127, 127)
                })
                .collect();
            for e in 0..to_check.len() {
                let others = || to_check.iter().enumerate().filter(|&(other, _)| other != e).map(|(_, &m)| m);
                let least = others().map(i32::abs).min().unwrap();
                let magnitude = ((least * 48 + 32) / 64 - 2).max(0);
                let negative = others().filter(|&m| m < 0).count() % 2 == 1;
                let message = if negative { -magnitude } else { magnitude };
                assert_eq!(i32::from(messages[e * z + check]), message);
                assert_eq!(i32::from(values[e * kept + check]), (to_check[e] + message).clamp(-127, 127));
            }
        }
        for column in values.chunks_exact(kept) {
            assert_eq!(column[z..], column[..z.min(32)]);
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
    let correction = Correction { scale: 64, offset: 0, limit: 127 };
    let (mut values, mut messages) = (vec![0; column_stride(36)], vec![0; message_stride(36)]);
    let mut scratch = MinSumScratch::new(1, 36);
    i8::min_sum_layer(Isa::detect(), 36, &[edge], &mut values, &mut messages, &mut scratch, &correction);
}
