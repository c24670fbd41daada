//! DM-RS of the PDCCH.

use super::PdcchConfig;
use crate::Complex32;
use crate::sequence::GoldSequence;
use std::f32::consts::FRAC_1_SQRT_2;

/// Subcarriers of a block that carry DM-RS: 4k' + 1.
pub(super) const DMRS_SUBCARRIERS: [usize; 3] = [1, 5, 9];
/// Subcarriers of a block that carry data.
pub(super) const DATA_SUBCARRIERS: [usize; 9] = [0, 2, 3, 4, 6, 7, 8, 10, 11];

/// Writes the DM-RS r_l(3n + k') of the CORESET's blocks in ascending order, three a block, for its symbol
/// `symbol` (0 = the CORESET's first).
///
/// # Panics
/// If `out` has not three elements a block.
#[doc(alias = "TS 38.211 7.4.1.3")]
pub(super) fn sequence(config: &PdcchConfig, slot_in_frame: u16, symbol: usize, out: &mut [Complex32]) {
    let coreset = config.coreset();
    assert_eq!(out.len(), coreset.n_rb() * 3);
    let l = config.first_symbol() + symbol;
    let c_init = config.scrambling().c_init_dmrs(config.carrier().symbols_per_slot(), slot_in_frame, l);
    let reference = coreset.dmrs_reference_crb();
    // Two bits an element, three elements a block; blocks between two groups of the CORESET are passed over.
    let mut position = 6 * u64::from(coreset.first_crb() - reference);
    let mut c = GoldSequence::starting_at(c_init, position);
    for (crb, three) in coreset.crbs().zip(out.chunks_exact_mut(3)) {
        let wanted = 6 * u64::from(crb - reference);
        while position < wanted {
            c.next();
            position += 1;
        }
        for r in three {
            *r = Complex32::new(c.next_sign(), c.next_sign()) * FRAC_1_SQRT_2;
        }
        position += 6;
    }
}
