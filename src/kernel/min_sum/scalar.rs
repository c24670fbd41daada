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
            let old = &messages[e * stride + first..];
            let to_check = &mut scratch.to_check[e * stride + first..];
            subtract(source, old, to_check, &mut min[first..], &mut second[first..], &mut negative[first..]);
        }
    }
    let corrected_min = &mut scratch.corrected_min[..z];
    for i in 0..z {
        corrected_min[i] = min[i].corrected(correction);
        second[i] = second[i].corrected(correction);
    }
    for (e, edge) in edges.iter().enumerate() {
        let column = &mut values[edge.start as usize..];
        let to_check = &scratch.to_check[e * stride..];
        let message = &mut messages[e * stride..];
        answer(to_check, min, corrected_min, second, negative, message, &mut column[..z]);
        repeat_head(column, z);
    }
}

/// Takes the old messages of an edge out of its values and notes the sign and the two least magnitudes so far; in
/// all lanes of `source`.
#[inline]
fn subtract<T: Lane>(
    source: &[T],
    old: &[T],
    to_check: &mut [T],
    min: &mut [T],
    second: &mut [T],
    negative: &mut [u8],
) {
    // One length for all lets the compiler drop the bounds checks and use vectors.
    let n = source.len();
    let (old, to_check) = (&old[..n], &mut to_check[..n]);
    let (min, second, negative) = (&mut min[..n], &mut second[..n], &mut negative[..n]);
    for i in 0..n {
        let message = source[i].minus(old[i]);
        to_check[i] = message;
        negative[i] ^= u8::from(message.is_below_zero());
        let magnitude = message.magnitude();
        let greater = if magnitude < min[i] { min[i] } else { magnitude };
        second[i] = if greater < second[i] { greater } else { second[i] };
        min[i] = if magnitude < min[i] { magnitude } else { min[i] };
    }
}

/// Forms the new messages of an edge and the values that they lead to.
#[inline]
fn answer<T: Lane>(
    to_check: &[T],
    min: &[T],
    corrected_min: &[T],
    corrected_second: &[T],
    negative: &[u8],
    messages: &mut [T],
    values: &mut [T],
) {
    let n = values.len();
    let (to_check, min, messages) = (&to_check[..n], &min[..n], &mut messages[..n]);
    let (corrected_min, corrected_second, negative) = (&corrected_min[..n], &corrected_second[..n], &negative[..n]);
    for i in 0..n {
        let (of_min, of_second) = (corrected_min[i], corrected_second[i]);
        // The edge that gave the least magnitude gets the second; where two tie, both are the same.
        let magnitude = if to_check[i].magnitude() == min[i] { of_second } else { of_min };
        let odd = negative[i] != u8::from(to_check[i].is_below_zero());
        let message = if odd { magnitude.opposite() } else { magnitude };
        messages[i] = message;
        values[i] = to_check[i].plus(message);
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
