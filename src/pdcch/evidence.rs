//! How much soft bits speak for a codeword, and what that says about a false alarm.
//!
//! The evidence of a codeword c for soft bits L is its posterior probability under independent bits against a guess,
//! sum log2(2 / (1 + exp(-(1 - 2c_i) L_i))). Over all 2^E words these probabilities add up to 1, whatever the soft
//! bits are. So of words that are independent of the soft bits (as scrambled codewords of another DCI, or any
//! codeword for noise) one reaches an evidence of t bits with probability 2^-t at most; and any one of the 2^A codewords that a
//! DCI of A bits can be, for any of n RNTIs, with n 2^(A-t). The bound needs no knowledge of the noise: soft bits that
//! claim too much lower the evidence of true codewords but do not raise that of false ones.

use crate::coding::{LLR_SCALE, SoftBit};
use std::sync::LazyLock;

/// The evidence of the coded bits `codeword` for `llr`, in bits.
pub(super) fn evidence_bits(codeword: &[u8], llr: &[i8]) -> f32 {
    /// By the soft bit, signed so that positive agrees, plus 127.
    static TABLE: LazyLock<[f32; 255]> = LazyLock::new(|| {
        std::array::from_fn(|i| {
            let l = f64::from(i as i32 - 127) / f64::from(LLR_SCALE);
            (1.0 - (1.0 + (-l).exp()).log2()) as f32
        })
    });
    let table = &*TABLE;
    let of = |(&bit, &l): (&u8, &i8)| {
        let signed = if bit == 0 { l } else { l.negate() };
        table[(i32::from(signed) + 127).max(0) as usize]
    };
    codeword.iter().zip(llr).map(of).sum()
}

/// The fraction of coded bits whose soft bit has their sign; erased ones count half.
pub(super) fn agreement(codeword: &[u8], llr: &[i8]) -> f32 {
    let of = |(&bit, &l): (&u8, &i8)| match (l.signum(), bit) {
        (0, _) => 0.5,
        (1, 0) | (-1, 1) => 1.0,
        _ => 0.0,
    };
    codeword.iter().zip(llr).map(of).sum::<f32>() / codeword.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::GoldSequence;

    #[test]
    fn probabilities_add_up_to_one() {
        // All words of 12 bits for soft bits of any kind.
        for llr in [[0i8; 12], [127; 12], [-127, 3, 8, -20, 0, 1, 60, -9, 15, 2, -2, 127]] {
            let total: f64 = (0..1u32 << 12)
                .map(|word| {
                    let bits: Vec<u8> = (0..12).map(|i| (word >> i & 1) as u8).collect();
                    2f64.powf(f64::from(evidence_bits(&bits, &llr)) - 12.0)
                })
                .sum();
            assert!((total - 1.0).abs() < 1e-3, "{llr:?}: {total}");
        }
    }

    #[test]
    fn noise_seldom_has_evidence() {
        // The best of 2^8 random words of 100 bits for strong random soft bits.
        let mut c = GoldSequence::new(3);
        let mut exceeded = 0;
        for trial in 0..200 {
            let llr: Vec<i8> = (0..100).map(|_| if c.next() == Some(0) { 40 } else { -40 }).collect();
            let mut words = GoldSequence::new(1000 + trial);
            let best = (0..256)
                .map(|_| evidence_bits(&words.by_ref().take(100).collect::<Vec<_>>(), &llr))
                .fold(f32::MIN, f32::max);
            exceeded += usize::from(best > 8.0 + 4.0);
        }
        assert!(exceeded <= 200 / 16, "{exceeded} of 200 above a bound of 1/16");
    }
}
