use super::bits;

/// The cyclic redundancy checks of TS 38.212 5.1. Parity bits are handled as a number, p_0 most significant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.212 5.1")]
pub enum Crc {
    /// 24 bits, transport blocks above 3824 bits.
    Crc24A,
    /// 24 bits, code blocks.
    Crc24B,
    /// 24 bits, DCI and PBCH.
    Crc24C,
    /// 16 bits, transport blocks up to 3824 bits.
    Crc16,
    /// 11 bits, UCI.
    Crc11,
    /// 6 bits, UCI.
    Crc6,
}

impl Crc {
    /// L, the number of parity bits.
    pub const fn len(self) -> usize {
        match self {
            Self::Crc24A | Self::Crc24B | Self::Crc24C => 24,
            Self::Crc16 => 16,
            Self::Crc11 => 11,
            Self::Crc6 => 6,
        }
    }

    /// Never: every CRC has parity bits.
    pub const fn is_empty(self) -> bool {
        false
    }

    /// The generator without its leading term, D^0 as bit 0.
    const fn polynomial(self) -> u32 {
        match self {
            Self::Crc24A => 0x86_4cfb,
            Self::Crc24B => 0x80_0063,
            Self::Crc24C => 0xb2_b117,
            Self::Crc16 => 0x1021,
            Self::Crc11 => 0x621,
            Self::Crc6 => 0x21,
        }
    }

    /// The parity bits of `bits` (0 or 1 each) as a number.
    pub fn of_bits(self, bits: &[u8]) -> u32 {
        let table = self.table();
        let mut bytes = bits.chunks_exact(8);
        // The register lies at the top of the word, so that every length shifts alike.
        let mut register = 0u32;
        for byte in &mut bytes {
            // Eight 0/1 bytes to one: the product moves byte i to bit 7 - i of the top byte, without carries.
            let ones = u64::from_le_bytes(std::array::from_fn(|i| byte[i])) & 0x0101_0101_0101_0101;
            let value = (ones.wrapping_mul(0x8040_2010_0804_0201) >> 56) as u32;
            register = register << 8 ^ table[((register >> 24) ^ value) as usize];
        }
        let polynomial = self.polynomial() << (32 - self.len());
        for bit in bytes.remainder() {
            let feedback = register >> 31 ^ u32::from(bit & 1);
            register = register << 1 ^ if feedback == 1 { polynomial } else { 0 };
        }
        register >> (32 - self.len())
    }

    /// The parity bits of packed bytes as a number.
    pub fn of_bytes(self, bytes: &[u8]) -> u32 {
        let table = self.table();
        let register = bytes.iter().fold(0u32, |reg, &byte| reg << 8 ^ table[((reg >> 24) ^ u32::from(byte)) as usize]);
        register >> (32 - self.len())
    }

    /// Appends the parity bits to `bits`, p_0 first.
    pub fn attach(self, bits: &mut Vec<u8>) {
        let parity = self.of_bits(bits);
        bits::push_number(bits, u64::from(parity), self.len());
    }

    /// Whether the last L bits are the parity bits of those before.
    pub fn check(self, bits: &[u8]) -> bool {
        bits.len() >= self.len() && self.of_bits(bits) == 0
    }

    fn table(self) -> &'static [u32; 256] {
        const fn build(polynomial: u32, len: usize) -> [u32; 256] {
            let top = polynomial << (32 - len);
            let mut table = [0; 256];
            let mut i = 0;
            while i < 256 {
                let mut register = (i as u32) << 24;
                let mut bit = 0;
                while bit < 8 {
                    register = register << 1 ^ if register >> 31 == 1 { top } else { 0 };
                    bit += 1;
                }
                table[i] = register;
                i += 1;
            }
            table
        }
        macro_rules! of {
            ($crc:expr) => {{
                static TABLE: [u32; 256] = build($crc.polynomial(), $crc.len());
                &TABLE
            }};
        }
        match self {
            Self::Crc24A => of!(Crc::Crc24A),
            Self::Crc24B => of!(Crc::Crc24B),
            Self::Crc24C => of!(Crc::Crc24C),
            Self::Crc16 => of!(Crc::Crc16),
            Self::Crc11 => of!(Crc::Crc11),
            Self::Crc6 => of!(Crc::Crc6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long division as TS 38.212 5.1 defines the parity bits: a(D) D^L + p(D) is divisible by g(D).
    fn crc_by_definition(crc: Crc, a: &[u8]) -> u32 {
        let l = crc.len();
        let mut dividend = a.to_vec();
        dividend.resize(a.len() + l, 0);
        for i in 0..a.len() {
            if dividend[i] == 1 {
                dividend[i] = 0;
                for j in 0..l {
                    dividend[i + 1 + j] ^= (crc.polynomial() >> (l - 1 - j) & 1) as u8;
                }
            }
        }
        bits::to_number(&dividend[a.len()..]) as u32
    }

    #[test]
    fn equals_the_definition_at_every_length() {
        let a: Vec<u8> = crate::sequence::GoldSequence::new(17).take(300).collect();
        for crc in [Crc::Crc24A, Crc::Crc24B, Crc::Crc24C, Crc::Crc16, Crc::Crc11, Crc::Crc6] {
            for len in (0..80).chain([299]) {
                assert_eq!(crc.of_bits(&a[..len]), crc_by_definition(crc, &a[..len]), "{crc:?} of {len} bits");
                let mut with_parity = a[..len].to_vec();
                crc.attach(&mut with_parity);
                assert!(crc.check(&with_parity));
                with_parity[len / 2] ^= 1;
                assert!(!crc.check(&with_parity));
            }
            assert_eq!(crc.of_bytes(&bits::pack(&a[..296])), crc.of_bits(&a[..296]));
        }
    }
}
