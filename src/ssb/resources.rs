//! Which resource element of the 4 x 240 block carries what.

use super::LMax;
use crate::Complex32;
use crate::frame::CellId;
use crate::sequence::GoldSequence;

/// Symbols of an SS/PBCH block.
pub const SSB_SYMBOLS: usize = 4;
/// Subcarriers of an SS/PBCH block.
pub const SSB_SUBCARRIERS: usize = 240;
/// First subcarrier of PSS and SSS, k = 56..=182.
pub(crate) const SYNC_FIRST: usize = 56;
/// PBCH DM-RS symbols: 60, 24 and 60.
pub(super) const N_DMRS: usize = 144;
/// PBCH data symbols.
pub(super) const N_DATA: usize = 432;
/// E: bits of the PBCH.
pub(super) const E: usize = 864;

/// The parts of a symbol (1, 2 or 3) that the PBCH and its DM-RS occupy.
#[doc(alias = "TS 38.211 Table 7.4.3.1-1")]
pub(super) fn pbch_subcarriers(symbol: usize) -> impl Iterator<Item = usize> {
    let (first, second) = if symbol == 2 { (0..48, 192..240) } else { (0..240, 0..0) };
    first.chain(second)
}

/// (symbol, subcarrier) of the DM-RS symbols r(0)..r(143) for v = N_ID^cell mod 4.
#[doc(alias = "TS 38.211 7.4.1.4.2")]
pub(super) fn dmrs_elements(v: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..SSB_SYMBOLS).flat_map(move |l| pbch_subcarriers(l).filter(move |k| k % 4 == v).map(move |k| (l, k)))
}

/// (symbol, subcarrier) of the PBCH symbols d(0)..d(431) for v = N_ID^cell mod 4.
#[doc(alias = "TS 38.211 7.4.3.1.3")]
pub(super) fn data_elements(v: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..SSB_SYMBOLS).flat_map(move |l| pbch_subcarriers(l).filter(move |k| k % 4 != v).map(move |k| (l, k)))
}

/// i-bar_SSB of the DM-RS: the low three bits of the index, or with L_max 4 two bits of it and the half frame.
#[doc(alias = "TS 38.211 7.4.1.4.1")]
pub(crate) fn dmrs_index(ssb_index: u8, half_frame: u8, l_max: LMax) -> u8 {
    match l_max {
        LMax::L4 => (ssb_index & 3) + 4 * half_frame,
        LMax::L8 | LMax::L64 => ssb_index & 7,
    }
}

/// r(0)..r(143) of the PBCH DM-RS.
#[doc(alias = "TS 38.211 7.4.1.4.1")]
pub(super) fn dmrs_sequence(cell_id: CellId, i_bar: u8) -> impl Iterator<Item = Complex32> {
    let n = u32::from(cell_id.get());
    let i = u32::from(i_bar) + 1;
    let mut c = GoldSequence::new(((i * (n / 4 + 1)) << 11) + (i << 6) + n % 4);
    let a = std::f32::consts::FRAC_1_SQRT_2;
    (0..N_DMRS).map(move |_| {
        let re = a * c.next_sign();
        Complex32::new(re, a * c.next_sign())
    })
}

/// The second scrambling c(i + v M_bit) as bits; v is the low two (L_max 4) or three bits of the index.
#[doc(alias = "TS 38.211 7.3.3.1")]
pub(super) fn scrambling(cell_id: CellId, v: u8) -> impl Iterator<Item = u8> {
    GoldSequence::starting_at(cell_id.get().into(), u64::from(v) * E as u64).take(E)
}

/// v of [`scrambling`] from i-bar of the DM-RS.
pub(super) const fn scrambling_block(i_bar: u8, l_max: LMax) -> u8 {
    match l_max {
        LMax::L4 => i_bar & 3,
        LMax::L8 | LMax::L64 => i_bar & 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_fill_the_block() {
        for v in 0..4 {
            assert_eq!(dmrs_elements(v).count(), N_DMRS);
            assert_eq!(data_elements(v).count(), N_DATA);
            let mut used: Vec<_> = dmrs_elements(v).chain(data_elements(v)).collect();
            used.sort_unstable();
            used.dedup();
            assert_eq!(used.len(), 240 + 96 + 240);
        }
    }
}
