/// The pseudo-random sequence of period 2^23 - 1 by x^23 + x^18 + 1, from a register of ones: s(n) = s(n-18) + s(n-23)
/// modulo 2, and the first 23 bits are 1.
///
/// As an iterator it yields the bits as 0 or 1 and never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "ITU-T O.150 5.6")]
pub struct Pn23 {
    /// Bit i is s(n + i).
    state: u32,
}

impl Pn23 {
    /// From the register of ones.
    pub const fn new() -> Self {
        Self { state: (1 << 23) - 1 }
    }

    /// Passes `n` bits over.
    pub fn skip_bits(&mut self, n: usize) {
        // 18 bits depend on known ones only.
        for _ in 0..n / 18 {
            self.state = (self.state >> 18) | (self.state ^ self.state >> 5) << 5 & 0x7f_ffe0;
        }
        for _ in 0..n % 18 {
            self.next_bit();
        }
    }

    fn next_bit(&mut self) -> u8 {
        let bit = self.state & 1;
        self.state = self.state >> 1 | ((self.state ^ self.state >> 5) & 1) << 22;
        bit as u8
    }
}

impl Default for Pn23 {
    fn default() -> Self {
        Self::new()
    }
}

impl Iterator for Pn23 {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        Some(self.next_bit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_recursion_and_closes_after_its_period() {
        let s: Vec<u8> = Pn23::new().take((1 << 23) + 100).collect();
        assert!(s[..23].iter().all(|&bit| bit == 1));
        assert!((23..s.len()).all(|n| s[n] == s[n - 18] ^ s[n - 23]));
        assert_eq!(s[..101], s[(1 << 23) - 1..]);
        assert_eq!(s[..(1 << 23) - 1].iter().filter(|&&bit| bit == 1).count(), 1 << 22);
        for n in [0, 1, 17, 18, 19, 36, 100, 54_321] {
            let mut pn = Pn23::new();
            pn.skip_bits(n);
            assert_eq!(pn.take(60).collect::<Vec<_>>(), s[n..n + 60], "{n} bits on");
        }
    }
}
