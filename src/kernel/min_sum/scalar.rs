use super::{CheckRule, EXACT_DEGREE, Lane, LayerEdge, MinSumScratch, message_stride, repeat_head};

pub fn min_sum_layer<T: Lane>(
    z: usize,
    edges: &[LayerEdge],
    values: &mut [T],
    messages: &mut [T],
    scratch: &mut MinSumScratch<T>,
    rule: &CheckRule<T>,
) {
    subtract(z, edges, values, messages, scratch);
    match rule {
        CheckRule::BoxPlus { pairs, limit } if edges.len() <= EXACT_DEGREE => {
            box_plus_of_others(z, edges.len(), messages, scratch, pairs, *limit);
        }
        _ => two_magnitudes(z, edges.len(), messages, scratch, rule),
    }
    let stride = message_stride(z);
    for (e, edge) in edges.iter().enumerate() {
        let column = &mut values[edge.start as usize..];
        let lanes = e * stride..e * stride + z;
        add(&scratch.to_check[lanes.clone()], &scratch.negative, &mut messages[lanes], &mut column[..z]);
        repeat_head(column, z);
    }
}

/// Takes the old messages out of the values: `to_check`, and the sign of each check in `negative`.
fn subtract<T: Lane>(z: usize, edges: &[LayerEdge], values: &[T], messages: &[T], scratch: &mut MinSumScratch<T>) {
    let stride = message_stride(z);
    scratch.negative[..z].fill(0);
    for (e, edge) in edges.iter().enumerate() {
        let column = &values[edge.start as usize..][..z];
        let (head, tail) = column.split_at(edge.shift as usize);
        for (source, first) in [(tail, 0), (head, tail.len())] {
            // One length for all lets the compiler drop the bounds checks and use vectors.
            let n = source.len();
            let old = &messages[e * stride + first..][..n];
            let to_check = &mut scratch.to_check[e * stride + first..][..n];
            let negative = &mut scratch.negative[first..][..n];
            for i in 0..n {
                to_check[i] = source[i].minus(old[i]);
                negative[i] ^= u8::from(to_check[i].is_below_zero());
            }
        }
    }
}

/// Magnitudes (into `messages`) of which each check has two: one for the edge that is the least reliable, one for
/// all others.
fn two_magnitudes<T: Lane>(
    z: usize,
    degree: usize,
    messages: &mut [T],
    scratch: &mut MinSumScratch<T>,
    rule: &CheckRule<T>,
) {
    let stride = message_stride(z);
    let least = &mut scratch.least[..z];
    let for_least = &mut scratch.for_least[..z];
    let for_others = &mut scratch.for_others[..z];
    for e in 0..degree {
        let to_check = &scratch.to_check[e * stride..][..z];
        match (e, rule) {
            (0, _) => least.iter_mut().zip(to_check).for_each(|(least, value)| *least = value.magnitude()),
            (1, _) => fold(to_check, least, for_least, |_, new| new),
            (_, CheckRule::MinSum { .. }) => fold(to_check, least, for_least, lesser),
            (_, CheckRule::BoxPlus { pairs, .. }) => {
                fold(to_check, least, for_least, |others, new| others.box_plus(new, pairs));
            }
        }
    }
    for i in 0..z {
        match *rule {
            CheckRule::MinSum { scale, offset, limit } => {
                let others = if degree > 1 { lesser(for_least[i], limit) } else { limit };
                for_least[i] = others.corrected(scale, offset);
                for_others[i] = lesser(least[i], limit).corrected(scale, offset);
            }
            // Strictly each of the others should leave its own magnitude out: that is the small loss of this rule.
            CheckRule::BoxPlus { ref pairs, limit } => {
                for_others[i] = lesser(least[i].box_plus(for_least[i], pairs), limit);
                for_least[i] = lesser(for_least[i], limit);
            }
        }
    }
    for e in 0..degree {
        let to_check = &scratch.to_check[e * stride..][..z];
        let message = &mut messages[e * stride..][..z];
        for i in 0..z {
            let (own, other) = (for_least[i], for_others[i]);
            message[i] = if to_check[i].magnitude() == least[i] { own } else { other };
        }
    }
}

/// Of the least magnitude so far and a new one, the greater joins the others.
#[inline]
fn fold<T: Lane>(to_check: &[T], least: &mut [T], others: &mut [T], join: impl Fn(T, T) -> T) {
    let n = to_check.len();
    let (least, others) = (&mut least[..n], &mut others[..n]);
    for i in 0..n {
        let magnitude = to_check[i].magnitude();
        others[i] = join(others[i], greater(least[i], magnitude));
        least[i] = lesser(least[i], magnitude);
    }
}

/// Magnitudes (into `messages`), each the box-plus of those of all other edges: of the edges before it and the
/// edges behind it.
fn box_plus_of_others<T: Lane>(
    z: usize,
    degree: usize,
    messages: &mut [T],
    scratch: &mut MinSumScratch<T>,
    pairs: &T::Pairs,
    limit: T,
) {
    let stride = message_stride(z);
    let of_edge = |e: usize| e * stride..e * stride + z;
    if degree == 1 {
        return messages[..z].fill(limit);
    }
    // The box-plus of all edges behind.
    for i in 0..z {
        messages[(degree - 2) * stride + i] = scratch.to_check[(degree - 1) * stride + i].magnitude();
    }
    for e in (0..degree - 2).rev() {
        let (behind, next) = messages[e * stride..].split_at_mut(stride);
        let to_check = &scratch.to_check[of_edge(e + 1)];
        behind.iter_mut().zip(next).zip(to_check).for_each(|((behind, &mut next), value)| {
            *behind = next.box_plus(value.magnitude(), pairs);
        });
    }
    // The box-plus of all edges before.
    let before = &mut scratch.least[..z];
    for e in 0..degree {
        let to_check = &scratch.to_check[of_edge(e)];
        for ((message, before), value) in messages[of_edge(e)].iter_mut().zip(&mut *before).zip(to_check) {
            let others = match e {
                0 => *message,
                e if e == degree - 1 => *before,
                _ => before.box_plus(*message, pairs),
            };
            *before = if e == 0 { value.magnitude() } else { before.box_plus(value.magnitude(), pairs) };
            *message = lesser(others, limit);
        }
    }
}

/// Gives the magnitudes in `messages` their signs and adds them to the values.
fn add<T: Lane>(to_check: &[T], negative: &[u8], messages: &mut [T], values: &mut [T]) {
    let n = values.len();
    let (to_check, negative, messages) = (&to_check[..n], &negative[..n], &mut messages[..n]);
    for i in 0..n {
        let odd = negative[i] != u8::from(to_check[i].is_below_zero());
        messages[i] = if odd { messages[i].opposite() } else { messages[i] };
        values[i] = to_check[i].plus(messages[i]);
    }
}

#[inline]
fn lesser<T: Lane>(a: T, b: T) -> T {
    if a < b { a } else { b }
}

#[inline]
fn greater<T: Lane>(a: T, b: T) -> T {
    if a < b { b } else { a }
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
