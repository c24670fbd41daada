//! CRC attachment of DCI: 24 leading ones, the RNTI in the last sixteen parity bits.

use crate::coding::Crc;
use crate::frame::Rnti;

/// Parity bits, L.
pub(super) const PARITY: usize = 24;

/// Bits that DCI has at least: shorter ones are padded with zeros before anything else.
#[doc(alias = "TS 38.212 7.3.1.0")]
pub const DCI_MIN_BITS: usize = 12;

/// Bits that DCI has at most (beyond them there is no polar code with 24 parity bits).
pub const DCI_MAX_BITS: usize = 140;

/// The parity bits p(0)..p(23) of the DCI bits `a`, p(0) most significant, computed with 24 ones before them.
#[doc(alias = "TS 38.212 7.3.2")]
pub fn dci_parity(a: &[u8]) -> u32 {
    let mut with_ones = [1; PARITY + DCI_MAX_BITS];
    let all = &mut with_ones[..PARITY + a.len()];
    all[PARITY..].copy_from_slice(a);
    Crc::Crc24C.of_bits(all)
}

/// Writes a(0).. and the parity bits masked with `rnti`: K = A + 24 bits.
///
/// # Panics
/// If `out.len()` is not `a.len()` + 24 or `a` is longer than [`DCI_MAX_BITS`].
pub(super) fn attach(a: &[u8], rnti: Rnti, out: &mut [u8]) {
    let parity = dci_parity(a) ^ u32::from(rnti.0);
    out[..a.len()].copy_from_slice(a);
    let tail = &mut out[a.len()..];
    assert_eq!(tail.len(), PARITY, "K must be A + 24");
    for (i, bit) in tail.iter_mut().enumerate() {
        *bit = (parity >> (PARITY - 1 - i) & 1) as u8;
    }
}

/// The RNTI that masks the parity bits of `b` = a, p, if the eight unmasked parity bits fit.
#[doc(alias = "TS 38.212 7.3.2")]
pub(super) fn rnti_of(b: &[u8]) -> Option<Rnti> {
    let (a, p) = b.split_at(b.len() - PARITY);
    let mask = dci_parity(a) ^ p.iter().fold(0, |acc, &bit| acc << 1 | u32::from(bit));
    (mask >> 16 == 0).then_some(Rnti(mask as u16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::GoldSequence;

    /// b of TS 38.212 7.3.2 as the clause writes it.
    fn by_definition(a: &[u8], rnti: u16) -> Vec<u8> {
        let mut a_prime = vec![1u8; 24];
        a_prime.extend(a);
        let p = Crc::Crc24C.of_bits(&a_prime);
        let mut b = a.to_vec();
        for k in a.len()..a.len() + 24 {
            let p_k = (p >> (23 - (k - a.len())) & 1) as u8;
            let x_rnti = |i: usize| (rnti >> (15 - i) & 1) as u8;
            b.push(if k < a.len() + 8 { p_k } else { (p_k + x_rnti(k - a.len() - 8)) % 2 });
        }
        b
    }

    #[test]
    fn equals_the_definition_and_gives_the_identifier_back() {
        for len in [12, 37, 39, 64, 140] {
            for rnti in [0u16, 1, 0x1234, 0xffff] {
                let a: Vec<u8> = GoldSequence::new(u32::from(rnti)).take(len).collect();
                let mut b = vec![0; len + 24];
                attach(&a, Rnti(rnti), &mut b);
                assert_eq!(b, by_definition(&a, rnti));
                assert_eq!(rnti_of(&b), Some(Rnti(rnti)));
                b[len + 3] ^= 1;
                assert_eq!(rnti_of(&b), None);
            }
        }
    }
}
