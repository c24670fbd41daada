//! The sets of TS 38.212 5.3.1.2: which inputs of the code are frozen, carry information or parity checks.

use super::rate_matching::{RateMatching, sub_block_interleaver};
use crate::table;
use std::sync::LazyLock;

/// What an input bit u_n of the code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Always 0.
    Frozen,
    /// A bit of c'.
    Information,
    /// The parity of the information bits before it whose index is the same modulo 5.
    ParityCheck,
}

/// Q_0^{Nmax-1} of TS 38.212 Table 5.3.1.2-1: bit indices from the least to the most reliable, N_max = 1024.
static RELIABILITY: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let csv = include_str!("../../../tables/polar_reliability_sequence.csv");
    table::rows(csv).map(|row| table::number(row[1])).collect()
});

/// Pi_IL^max(m) of TS 38.212 Table 5.3.1.1-1.
static INPUT_INTERLEAVER: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let csv = include_str!("../../../tables/polar_input_bit_interleaver.csv");
    table::rows(csv).map(|row| table::number(row[1])).collect()
});

/// K_IL^max, the largest number of bits the input interleaver takes.
pub(super) const K_IL_MAX: usize = 164;

/// n of TS 38.212 5.3.1, the logarithm of the code length.
#[doc(alias = "TS 38.212 5.3.1")]
pub(super) fn log_length(k: usize, e: usize, n_max: usize) -> usize {
    let ceil_log2 = |value: usize| value.next_power_of_two().trailing_zeros() as usize;
    let log_e = ceil_log2(e);
    // E <= (9/8) 2^(ceil(log2 E) - 1) and K/E < 9/16.
    let n_1 = if log_e > 0 && 8 * e <= 9 << (log_e - 1) && 16 * k < 9 * e { log_e - 1 } else { log_e };
    // R_min = 1/8.
    let n_2 = ceil_log2(8 * k);
    n_1.min(n_2).min(n_max).max(5)
}

/// Pi(k) of TS 38.212 5.3.1.1 with I_IL = 1: c'_k = c_Pi(k).
#[doc(alias = "TS 38.212 5.3.1.1")]
pub(super) fn input_interleaver(k: usize) -> Vec<usize> {
    INPUT_INTERLEAVER.iter().filter(|&&m| m >= K_IL_MAX - k).map(|m| m - (K_IL_MAX - k)).collect()
}

/// The kind of each input u_0..u_{N-1}; `None` if fewer than K + n_PC inputs remain beside those that rate matching
/// freezes (never so for a (K, E) of the standard).
#[doc(alias = "TS 38.212 5.4.1.1")]
pub(super) fn inputs(k: usize, e: usize, n: usize, n_pc: usize, n_pc_wm: usize) -> Option<Vec<Input>> {
    // Q_F,tmp: inputs frozen because of the bits that are not sent.
    let mut frozen = vec![false; n];
    match RateMatching::of(k, e, n) {
        RateMatching::Repetition => {}
        RateMatching::Puncturing => {
            (0..n - e).for_each(|i| frozen[sub_block_interleaver(i, n)] = true);
            let first_ones = if 4 * e >= 3 * n { (3 * n - 2 * e).div_ceil(4) } else { (9 * n - 4 * e).div_ceil(16) };
            frozen[..first_ones].fill(true);
        }
        RateMatching::Shortening => (e..n).for_each(|i| frozen[sub_block_interleaver(i, n)] = true),
    }

    // Q_I: the K + n_PC most reliable of the others, most reliable first here.
    let q_i: Vec<usize> =
        RELIABILITY.iter().rev().copied().filter(|&index| index < n && !frozen[index]).take(k + n_pc).collect();
    if q_i.len() < k + n_pc {
        return None;
    }
    let mut kinds = vec![Input::Frozen; n];
    q_i.iter().for_each(|&index| kinds[index] = Input::Information);

    // n_PC - n_PC^wm parity checks on the least reliable of Q_I, n_PC^wm on the inputs of least row weight (and
    // among these the most reliable) of the rest of Q_I without its n_PC least reliable.
    q_i.iter().rev().take(n_pc - n_pc_wm).for_each(|&index| kinds[index] = Input::ParityCheck);
    let mut by_weight = q_i[..k].to_vec();
    // The weight of row g_j is 2 to the number of ones in j; the sort is stable.
    by_weight.sort_by_key(|index| index.count_ones());
    by_weight.iter().take(n_pc_wm).for_each(|&index| kinds[index] = Input::ParityCheck);
    Some(kinds)
}
