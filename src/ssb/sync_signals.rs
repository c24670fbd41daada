//! Primary and secondary synchronisation signals.

use crate::frame::CellId;
use crate::sequence::{M_SEQUENCE_LENGTH, m_sequence};

/// x(n) of the PSS: x(i+7) = x(i+4) + x(i) from x(6)..x(0) = 1110110.
const PSS_X: [u8; M_SEQUENCE_LENGTH] = m_sequence(4, [0, 1, 1, 0, 1, 1, 1]);
/// x_0(n) of the SSS: x(i+7) = x(i+4) + x(i) from x(6)..x(0) = 0000001.
pub(super) const SSS_X0: [u8; M_SEQUENCE_LENGTH] = m_sequence(4, [1, 0, 0, 0, 0, 0, 0]);
/// x_1(n) of the SSS: x(i+7) = x(i+1) + x(i) from x(6)..x(0) = 0000001.
pub(super) const SSS_X1: [u8; M_SEQUENCE_LENGTH] = m_sequence(1, [1, 0, 0, 0, 0, 0, 0]);

pub(super) const fn sign(bit: u8) -> f32 {
    1.0 - 2.0 * bit as f32
}

/// d_PSS(n), n = 0..126, for N_ID^(2).
///
/// # Panics
/// If `nid2` is above 2.
#[doc(alias = "TS 38.211 7.4.2.2.1")]
pub fn pss(nid2: u16) -> [f32; M_SEQUENCE_LENGTH] {
    assert!(nid2 < 3, "N_ID^(2) = {nid2}");
    std::array::from_fn(|n| sign(PSS_X[(n + 43 * usize::from(nid2)) % M_SEQUENCE_LENGTH]))
}

/// m_0 and m_1 of the SSS.
pub(super) const fn sss_shifts(nid1: u16, nid2: u16) -> (usize, usize) {
    (15 * (nid1 / 112) as usize + 5 * nid2 as usize, (nid1 % 112) as usize)
}

/// d_SSS(n), n = 0..126, for a cell identity.
#[doc(alias = "TS 38.211 7.4.2.3.1")]
pub fn sss(cell_id: CellId) -> [f32; M_SEQUENCE_LENGTH] {
    let (m0, m1) = sss_shifts(cell_id.nid1(), cell_id.nid2());
    std::array::from_fn(|n| sign(SSS_X0[(n + m0) % M_SEQUENCE_LENGTH]) * sign(SSS_X1[(n + m1) % M_SEQUENCE_LENGTH]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_differs() {
        let all: Vec<_> = (0..1008).map(|id| sss(CellId::new(id).unwrap())).collect();
        for a in (0..1008).step_by(7) {
            for b in a + 1..1008 {
                let c: f32 = all[a].iter().zip(&all[b]).map(|(x, y)| x * y).sum();
                assert!(c.abs() < 64.0, "cells {a} and {b} correlate by {c}");
            }
        }
        // The first elements of d_PSS(n) for N_ID^(2) = 0 follow from the initial state 0110111.
        assert_eq!(pss(0)[..7], [1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0]);
        assert_eq!(pss(1)[0], pss(0)[43]);
    }
}
