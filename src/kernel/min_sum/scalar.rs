use super::{Correction, Lane, LayerEdge, MinSumScratch, message_stride, repeat_head};

pub fn min_sum_layer<T: Lane>(
    z: usize,
    edges: &[LayerEdge],
    values: &mut [T],
    messages: &mut [T],
    scratch: &mut MinSumScratch<T>,
    correction: &Correction<T>,
) {
    let stride = message_stride(z);
    let min = &mut scratch.min[..z];
    // The second least magnitude is corrected in place at the end.
    let second = &mut scratch.corrected_second[..z];
    let negative = &mut scratch.negative[..z];
    min.fill(correction.limit);
    second.fill(correction.limit);
    negative.fill(0);
    for (e, edge) in edges.iter().enumerate() {
        let shift = edge.shift as usize;
        let column = &values[edge.start as usize..][..z];
        let (tail, head) = (&column[shift..], &column[..shift]);
        for (source, first) in [(tail, 0), (head, z - shift)] {
            let lanes = first..first + source.len();
            let old = &messages[e * stride..][lanes.clone()];
            let to_check = &mut scratch.to_check[e * stride..][lanes.clone()];
            let (min, second, negative) = (&mut min[lanes.clone()], &mut second[lanes.clone()], &mut negative[lanes]);
            for i in 0..source.len() {
                let message = source[i].minus(old[i]);
                to_check[i] = message;
                negative[i] ^= u8::from(message.is_below_zero());
                let magnitude = message.magnitude();
                let greater = if magnitude < min[i] { min[i] } else { magnitude };
                second[i] = if greater < second[i] { greater } else { second[i] };
                min[i] = if magnitude < min[i] { magnitude } else { min[i] };
            }
        }
    }
    let corrected_min = &mut scratch.corrected_min[..z];
    for i in 0..z {
        corrected_min[i] = min[i].corrected(correction);
        second[i] = second[i].corrected(correction);
    }
    for (e, edge) in edges.iter().enumerate() {
        let column = &mut values[edge.start as usize..];
        let to_check = &scratch.to_check[e * stride..][..z];
        let message = &mut messages[e * stride..][..z];
        for i in 0..z {
            // The edge that gave the least magnitude gets the second; where two tie, both are the same.
            let magnitude = if to_check[i].magnitude() == min[i] { second[i] } else { corrected_min[i] };
            let odd = negative[i] != u8::from(to_check[i].is_below_zero());
            message[i] = if odd { magnitude.opposite() } else { magnitude };
            column[i] = to_check[i].plus(message[i]);
        }
        repeat_head(column, z);
    }
}

pub fn parity_holds<T: Lane>(z: usize, edges: &[LayerEdge], values: &[T]) -> bool {
    (0..z).all(|lane| {
        let ones = edges.iter().filter(|edge| {
            let at = lane + edge.final_shift as usize;
            values[edge.start as usize + if at < z { at } else { at - z }].is_below_zero()
        });
        ones.count() % 2 == 0
    })
}
