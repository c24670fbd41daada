//! The 32 bits of the PBCH: generation, interleaving and first scrambling.

use crate::ConfigError;
use crate::frame::CellId;
use crate::sequence::GoldSequence;
use crate::table::{number, rows};
use std::fmt;
use std::sync::LazyLock;

/// A: bits of the payload without CRC.
pub(super) const A: usize = 32;

/// The largest number of SS/PBCH blocks in a half frame, which sets the meaning of the payload's bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.213 4.1")]
pub enum LMax {
    /// 4: two bits of the index and the half frame in the DM-RS.
    L4,
    /// 8: the index in the DM-RS.
    L8,
    /// 64: three bits of the index in the DM-RS, three in the payload.
    L64,
}

impl LMax {
    /// # Errors
    /// If `l_max` is neither 4, 8 nor 64.
    pub fn new(l_max: u8) -> Result<Self, ConfigError> {
        match l_max {
            4 => Ok(Self::L4),
            8 => Ok(Self::L8),
            64 => Ok(Self::L64),
            _ => Err(ConfigError::new("L_max", l_max, "must be 4, 8 or 64", "TS 38.213 4.1")),
        }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        match self {
            Self::L4 => 4,
            Self::L8 => 8,
            Self::L64 => 64,
        }
    }
}

/// The PBCH payload before interleaving, a-bar_0 .. a-bar_31: the MIB (24 bits with the choice bit of
/// BCCH-BCH-Message) and 8 timing bits. Bit a-bar_0 is the most significant of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.212 7.1.1")]
pub struct PbchPayload(u32);

impl PbchPayload {
    /// Of the 24 MIB bits (first bit most significant) and the timing. `mib` stands as it is: its SFN and
    /// k_SSB bits should be those of [`mib_with_timing`]; of `sfn` the four low bits enter here, of `k_ssb` the
    /// fifth bit (unless L_max is 64), of `ssb_index` the upper three bits (if L_max is 64).
    ///
    /// # Errors
    /// If a value lies outside its range: 24 bits, SFN 0..=1023, half frame 0..=1, index below L_max, k_SSB 0..=31
    /// (0..=15 with L_max 64).
    pub fn new(mib: u32, sfn: u16, half_frame: u8, ssb_index: u8, k_ssb: u8, l_max: LMax) -> Result<Self, ConfigError> {
        let check = |ok: bool, parameter, got: u32, rule: &'static str| {
            if ok { Ok(()) } else { Err(ConfigError::new(parameter, got, rule, "TS 38.212 7.1.1")) }
        };
        check(mib >> 24 == 0, "MIB", mib, "must fit 24 bits")?;
        check(sfn < 1024, "SFN", sfn.into(), "must lie in 0..=1023")?;
        check(half_frame < 2, "half frame", half_frame.into(), "must be 0 or 1")?;
        check(ssb_index < l_max.get(), "SSB index", ssb_index.into(), "must be below L_max")?;
        let k_ssb_limit = if l_max == LMax::L64 { 16 } else { 32 };
        check(k_ssb < k_ssb_limit, "k_SSB", k_ssb.into(), "must be below 32, or 16 with L_max 64")?;
        let last = if l_max == LMax::L64 { ssb_index >> 3 } else { (k_ssb >> 4) << 2 };
        Ok(Self(mib << 8 | u32::from(sfn & 15) << 4 | u32::from(half_frame) << 3 | u32::from(last)))
    }

    /// From all 32 bits.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// All 32 bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The 24 bits of BCCH-BCH-Message, first bit most significant.
    pub const fn mib(self) -> u32 {
        self.0 >> 8
    }

    /// System frame number: six bits of the MIB and four of the timing bits.
    pub const fn sfn(self) -> u16 {
        ((self.0 >> 25 & 0x3f) << 4 | self.0 >> 4 & 15) as u16
    }

    /// Half frame, 0 or 1.
    pub const fn half_frame(self) -> u8 {
        (self.0 >> 3 & 1) as u8
    }

    /// The last three bits: with L_max 64 bits 5..3 of the SSB index, else the fifth bit of k_SSB and two reserved.
    pub const fn last_bits(self) -> u8 {
        (self.0 & 7) as u8
    }

    /// k_SSB: four bits of the MIB and, unless L_max is 64, one of the timing bits.
    pub const fn k_ssb(self, l_max: LMax) -> u8 {
        let low = (self.0 >> 20 & 15) as u8;
        match l_max {
            LMax::L64 => low,
            LMax::L4 | LMax::L8 => low | (self.last_bits() >> 2) << 4,
        }
    }

    /// The payload a number of half frames later: other SFN and half-frame bits.
    #[must_use]
    pub const fn after_half_frames(self, n: i64) -> Self {
        let at = self.sfn() as i64 * 2 + self.half_frame() as i64;
        let at = (at + n).rem_euclid(2048) as u32;
        Self(self.0 & !TIME_MASK | time_bits(at))
    }

    /// a: the bits in the interleaved order, a_0 most significant.
    #[doc(alias = "TS 38.212 7.1.1")]
    pub(super) fn interleaved(self) -> u32 {
        (0..A).filter(|&i| self.0 >> (A - 1 - i) & 1 == 1).fold(0, |a, i| a | bit(PLACES[i]))
    }

    pub(super) fn from_interleaved(a: u32) -> Self {
        Self((0..A).filter(|&i| a & bit(PLACES[i]) != 0).fold(0, |bits, i| bits | bit(i)))
    }
}

impl fmt::Display for PbchPayload {
    /// Eight hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// SFN (ten bits) and half frame.
const TIME_MASK: u32 = 0x3f << 25 | 15 << 4 | 1 << 3;

/// The bits of half frame number `n` = 2 SFN + half frame.
pub(super) const fn time_bits(n: u32) -> u32 {
    let sfn = n >> 1;
    (sfn >> 4) << 25 | (sfn & 15) << 4 | (n & 1) << 3
}

/// `mib` with the six upper bits of the SFN and the four lower bits of k_SSB put in their places.
pub fn mib_with_timing(mib: u32, sfn: u16, k_ssb: u8) -> u32 {
    mib & !(0x3f << 17 | 15 << 12) | u32::from(sfn >> 4 & 0x3f) << 17 | u32::from(k_ssb & 15) << 12
}

const fn bit(i: usize) -> u32 {
    1 << (A - 1 - i)
}

/// Places in the order of Table 7.1.1-1 from which each group of bits is taken.
const J_SFN: usize = 0;
const J_HRF: usize = 10;
const J_SSB: usize = 11;
const J_OTHER: usize = 14;

static G: LazyLock<Vec<usize>> = LazyLock::new(|| {
    rows(include_str!("../../tables/pbch_payload_interleaver.csv")).map(|row| number(row[1])).collect()
});

/// Where bit a-bar_i goes.
static PLACES: LazyLock<[usize; A]> = LazyLock::new(|| {
    let (mut j_sfn, mut j_ssb, mut j_other) = (J_SFN, J_SSB, J_OTHER);
    std::array::from_fn(|i| {
        let j = match i {
            // systemFrameNumber in the MIB, and the four low bits.
            1..=6 | 24..=27 => &mut j_sfn,
            28 => return G[J_HRF],
            29..=31 => &mut j_ssb,
            _ => &mut j_other,
        };
        *j += 1;
        G[*j - 1]
    })
});

/// v of the first scrambling, from the third and second least significant bit of the SFN in a.
fn block_of(a: u32) -> u64 {
    let of = |j: usize| u64::from(a & bit(G[j]) != 0);
    2 * of(J_SFN + 7) + of(J_SFN + 8)
}

/// The scrambling sequences s of the four values of v.
#[derive(Clone, Debug)]
pub(super) struct PayloadScrambler {
    masks: [u32; 4],
}

impl PayloadScrambler {
    #[doc(alias = "TS 38.212 7.1.2")]
    pub fn new(cell_id: CellId, l_max: LMax) -> Self {
        // Not scrambled: half frame, the two bits that give v, and the index bits of L_max 64.
        let mut plain = bit(G[J_HRF]) | bit(G[J_SFN + 7]) | bit(G[J_SFN + 8]);
        if l_max == LMax::L64 {
            plain |= (J_SSB..J_OTHER).fold(0, |mask, j| mask | bit(G[j]));
        }
        let m = A as u64 - u64::from(plain.count_ones());
        Self {
            masks: std::array::from_fn(|v| {
                let mut c = GoldSequence::starting_at(cell_id.get().into(), v as u64 * m);
                (0..A)
                    .filter(|&i| plain & bit(i) == 0)
                    .fold(0, |s, i| s | u32::from(c.next() == Some(1)) << (A - 1 - i))
            }),
        }
    }

    /// a' = (a + s) mod 2; its own inverse, as the bits that give v stay plain.
    pub fn apply(&self, a: u32) -> u32 {
        a ^ self.masks[block_of(a) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_and_time_moves() {
        let mib = mib_with_timing(0x00_0fa5, 978, 21);
        let payload = PbchPayload::new(mib, 978, 1, 5, 21, LMax::L8).unwrap();
        assert_eq!((payload.sfn(), payload.half_frame(), payload.k_ssb(LMax::L8)), (978, 1, 21));
        assert_eq!(payload.mib(), mib);
        let later = payload.after_half_frames(3);
        assert_eq!((later.sfn(), later.half_frame()), (980, 0));
        assert_eq!(later.after_half_frames(-3), payload);
        let wrapped = payload.after_half_frames(91);
        assert_eq!((wrapped.sfn(), wrapped.half_frame()), (0, 0));
        assert_eq!(wrapped.k_ssb(LMax::L8), 21);
        let fr2 = PbchPayload::new(mib, 978, 1, 49, 11, LMax::L64).unwrap();
        assert_eq!(fr2.last_bits(), 49 >> 3);
        assert!(PbchPayload::new(mib, 978, 1, 8, 11, LMax::L8).is_err());
        assert!(PbchPayload::new(mib, 978, 1, 8, 16, LMax::L64).is_err());
    }

    /// The clauses 7.1.1 and 7.1.2 letter for letter.
    fn by_definition(a_bar: [u8; A], cell: u32, l_max: usize) -> [u8; A] {
        let g: Vec<usize> = G.clone();
        let mut a = [0; A];
        let (mut j_sfn, j_hrf, mut j_ssb, mut j_other) = (0, 10, 11, 14);
        for i in 0..A {
            if (1..7).contains(&i) || (24..28).contains(&i) {
                a[g[j_sfn]] = a_bar[i];
                j_sfn += 1;
            } else if i == 28 {
                a[g[j_hrf]] = a_bar[i];
            } else if (29..=31).contains(&i) {
                a[g[j_ssb]] = a_bar[i];
                j_ssb += 1;
            } else {
                a[g[j_other]] = a_bar[i];
                j_other += 1;
            }
        }
        let m = if l_max == 64 { A - 6 } else { A - 3 };
        let v = 2 * usize::from(a[g[7]]) + usize::from(a[g[8]]);
        let c: Vec<u8> = GoldSequence::new(cell).take(4 * m).collect();
        let mut j = 0;
        let mut out = [0; A];
        for i in 0..A {
            let plain =
                i == g[10] || i == g[7] || i == g[8] || (l_max == 64 && (i == g[11] || i == g[12] || i == g[13]));
            let s = if plain {
                0
            } else {
                j += 1;
                c[j - 1 + v * m]
            };
            out[i] = (a[i] + s) % 2;
        }
        out
    }

    #[test]
    fn interleaving_and_scrambling_equal_the_clauses() {
        let mut state = 1u32;
        for cell in [0, 1, 500, 1007] {
            for l_max in [LMax::L4, LMax::L8, LMax::L64] {
                let scrambler = PayloadScrambler::new(CellId::new(cell).unwrap(), l_max);
                for _ in 0..50 {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let payload = PbchPayload::from_bits(state ^ state >> 13);
                    let a_bar = std::array::from_fn(|i| (payload.bits() >> (31 - i) & 1) as u8);
                    let expected = by_definition(a_bar, cell.into(), l_max.get().into());
                    let got = scrambler.apply(payload.interleaved());
                    assert_eq!(got, expected.iter().fold(0, |n, &b| n << 1 | u32::from(b)));
                    assert_eq!(PbchPayload::from_interleaved(scrambler.apply(got)), payload);
                }
            }
        }
    }
}
