//! The product with G_N = (G_2)^{⊗n} over GF(2), G_2 = [1 0; 1 1], on bits packed 64 a word: bit i of the
//! sequence is bit i mod 64 of word i / 64.

/// The positions whose bit s is 0, for s = 0..=5.
const LOW_HALVES: [u64; 6] = [
    0x5555_5555_5555_5555,
    0x3333_3333_3333_3333,
    0x0f0f_0f0f_0f0f_0f0f,
    0x00ff_00ff_00ff_00ff,
    0x0000_ffff_0000_ffff,
    0x0000_0000_ffff_ffff,
];

/// d = u G_N for N = 64 `words.len()`, in place; a sequence of 32 bits lies in the low half of one word. G_N is its
/// own inverse.
pub(super) fn transform(words: &mut [u64]) {
    for word in words.iter_mut() {
        for (s, mask) in LOW_HALVES.iter().enumerate() {
            *word ^= (*word >> (1 << s)) & mask;
        }
    }
    let mut half = 1;
    while half < words.len() {
        for block in words.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            low.iter_mut().zip(high).for_each(|(low, high)| *low ^= *high);
        }
        half *= 2;
    }
}

/// Joins the codewords of two sibling nodes of `1 << level` bits each, the left one at bit `first`: left += right.
pub(super) fn combine(words: &mut [u64], level: usize, first: usize) {
    if let Some(mask) = LOW_HALVES.get(level) {
        let field = (u64::MAX >> (64 - (1 << level))) << (first % 64) & mask;
        let word = &mut words[first / 64];
        *word ^= (*word >> (1 << level)) & field;
    } else {
        let half = 1 << (level - 6);
        let (low, high) = words[first / 64..][..2 * half].split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(low, high)| *low ^= *high);
    }
}

/// The mask m' with <m', x> = <m, x G> for the aligned block of `1 << level` bits at `first`: m' = m G^T.
pub(super) fn transpose_block(words: &mut [u64], level: usize, first: usize) {
    let get = |words: &[u64], i: usize| words[i / 64] >> (i % 64) & 1;
    for s in 0..level {
        for i in (first..first + (1 << level)).filter(|i| i >> s & 1 == 0) {
            let high = i + (1 << s);
            words[high / 64] ^= get(words, i) << (high % 64);
        }
    }
}
