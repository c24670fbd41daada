use crate::coding::SoftBit;
use crate::sequence::GoldSequence;

/// Bits that the Gold sequence yields at a time.
const WORD: usize = 28;

/// Scrambles bits in place: adds (modulo 2) the sequence c(n) of `c_init`. Its own inverse.
#[doc(alias = "TS 38.211 7.3.1.1")]
#[doc(alias = "TS 38.211 6.3.1.1")]
pub fn scramble(bits: &mut [u8], c_init: u32) {
    let mut c = GoldSequence::new(c_init);
    for chunk in bits.chunks_mut(2 * WORD) {
        let mut word = u64::from(c.next_28()) | u64::from(c.next_28()) << WORD;
        let (eights, rest) = chunk.as_chunks_mut::<8>();
        for eight in eights {
            *eight = (u64::from_le_bytes(*eight) ^ bit_a_byte(word as u8)).to_le_bytes();
            word >>= 8;
        }
        for (i, bit) in rest.iter_mut().enumerate() {
            *bit ^= (word >> i & 1) as u8;
        }
    }
}

/// Bit i in byte i.
const fn bit_a_byte(bits: u8) -> u64 {
    // In every byte another bit is left, and carried to the top unless it is 0.
    let one_each = (bits as u64).wrapping_mul(0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
    (one_each + 0x7f7f_7f7f_7f7f_7f7f) >> 7 & 0x0101_0101_0101_0101
}

/// Descrambles soft bits in place: turns the sign of those whose c(n) is 1.
#[doc(alias = "TS 38.211 7.3.1.1")]
#[doc(alias = "TS 38.211 6.3.1.1")]
pub fn descramble<S: SoftBit>(llr: &mut [S], c_init: u32) {
    let mut c = GoldSequence::new(c_init);
    let mut chunks = llr.chunks_exact_mut(WORD);
    for chunk in &mut chunks {
        turn_signs(chunk, c.next_28());
    }
    turn_signs(chunks.into_remainder(), c.next_28());
}

#[inline(always)]
fn turn_signs<S: SoftBit>(llr: &mut [S], word: u32) {
    for (i, llr) in llr.iter_mut().enumerate() {
        // Written as a choice between two values so that it compiles without a branch on random bits.
        let turned = llr.negate();
        *llr = if word >> i & 1 == 1 { turned } else { *llr };
    }
}

/// c_init of the scrambling of PDSCH and PUSCH: n_RNTI 2^15 + q 2^14 + n_ID, with codeword `q` 0 or 1 and `n_id`
/// (dataScramblingIdentity or the cell identity) 0..=1023.
///
/// # Panics
/// If `q` is above 1 or `n_id` above 1023.
#[doc(alias = "TS 38.211 7.3.1.1")]
#[doc(alias = "TS 38.211 6.3.1.1")]
pub fn shared_channel_c_init(n_rnti: u16, q: u32, n_id: u16) -> u32 {
    assert!(q < 2 && n_id < 1024, "codeword {q}, n_ID {n_id}");
    (u32::from(n_rnti) << 15) + (q << 14) + u32::from(n_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_definition_at_every_length() {
        let c_init = shared_channel_c_init(0x1234, 1, 500);
        assert_eq!(c_init, 0x1234 * 32768 + 16384 + 500);
        let c: Vec<u8> = GoldSequence::new(c_init).take(200).collect();
        for len in 0..200 {
            let mut bits: Vec<u8> = (0..len).map(|i| (i * i / 3 % 2) as u8).collect();
            let expected: Vec<u8> = bits.iter().zip(&c).map(|(b, c)| (b + c) % 2).collect();
            let mut llr: Vec<i8> = (0..len).map(|i| (i % 256) as u8 as i8).map(|l| l.max(-127)).collect();
            let signed: Vec<i8> = llr.iter().zip(&c).map(|(&l, &c)| if c == 1 { -l } else { l }).collect();
            let mut real: Vec<f32> = llr.iter().map(|&l| f32::from(l)).collect();
            scramble(&mut bits, c_init);
            descramble(&mut llr, c_init);
            descramble(&mut real, c_init);
            assert_eq!(bits, expected);
            assert_eq!(llr, signed);
            assert!(real.iter().zip(&signed).all(|(&r, &s)| r == f32::from(s)));
        }
    }
}
