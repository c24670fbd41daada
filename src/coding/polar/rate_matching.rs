//! Rate matching of TS 38.212 5.4.1: sub-block interleaver, bit selection, interleaver of the coded bits.

use crate::table;
use std::sync::LazyLock;

/// How N coded bits become E.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.212 5.4.1.2")]
pub enum RateMatching {
    /// E >= N: the coded bits are sent again from the start.
    Repetition,
    /// E < N and K/E <= 7/16: the first N - E interleaved bits are not sent and unknown to the receiver.
    Puncturing,
    /// E < N and K/E > 7/16: the last N - E interleaved bits are not sent and known to be 0.
    Shortening,
}

impl RateMatching {
    pub(super) fn of(k: usize, e: usize, n: usize) -> Self {
        if e >= n {
            Self::Repetition
        } else if 16 * k <= 7 * e {
            Self::Puncturing
        } else {
            Self::Shortening
        }
    }
}

/// P(i) of TS 38.212 Table 5.4.1.1-1.
static P: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let csv = include_str!("../../../tables/polar_subblock_interleaver.csv");
    table::rows(csv).map(|row| table::number(row[1])).collect()
});

/// J(n) of TS 38.212 5.4.1.1: y_n = d_J(n).
#[doc(alias = "TS 38.212 5.4.1.1")]
pub(super) fn sub_block_interleaver(n: usize, len: usize) -> usize {
    let i = 32 * n / len;
    P[i] * (len / 32) + n % (len / 32)
}

/// For each e_k of TS 38.212 5.4.1.2 the index n with e_k = y_n.
#[doc(alias = "TS 38.212 5.4.1.2")]
pub(super) fn bit_selection(mode: RateMatching, k: usize, e: usize, n: usize) -> usize {
    match mode {
        RateMatching::Repetition => k % n,
        RateMatching::Puncturing => k + n - e,
        RateMatching::Shortening => k,
    }
}

/// The interleaver of the coded bits with I_BIL = 1: element k is the index i with f_k = e_i. A triangle of T rows
/// is written row by row and read column by column.
#[doc(alias = "TS 38.212 5.4.1.3")]
pub(super) fn coded_bit_interleaver(e: usize) -> Vec<usize> {
    let t = (1..).find(|t| t * (t + 1) / 2 >= e).unwrap_or(e);
    // Row i has T - i places; its first one is number i T - i (i - 1) / 2.
    let row_start = |i: usize| i * (2 * t + 1 - i) / 2;
    (0..t).flat_map(|j| (0..t - j).map(move |i| row_start(i) + j)).filter(|&index| index < e).collect()
}
