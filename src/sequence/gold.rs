/// The length-31 Gold sequence c(n), read from a start that may lie anywhere (jump-ahead costs O(log n)).
///
/// As an iterator it yields the bits c(n), c(n+1), … as 0 or 1 and never ends.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 5.2.1")]
pub struct GoldSequence {
    x1: u32,
    x2: u32,
}

/// N_C of the clause.
const N_C: u64 = 1600;
/// Taps of x1(n+31) = x1(n+3) + x1(n).
const TAPS_1: u32 = 0b1001;
/// Taps of x2(n+31) = x2(n+3) + x2(n+2) + x2(n+1) + x2(n).
const TAPS_2: u32 = 0b1111;

impl GoldSequence {
    /// Starts at c(0) with the initialisation `c_init` (31 bits).
    pub fn new(c_init: u32) -> Self {
        Self::starting_at(c_init, 0)
    }

    /// Starts at c(`n`).
    pub fn starting_at(c_init: u32, n: u64) -> Self {
        // Nearly all start at c(0).
        const POWERS: [u32; 2] = [x_to_the(N_C, TAPS_1), x_to_the(N_C, TAPS_2)];
        let [power_1, power_2] = if n == 0 { POWERS } else { [TAPS_1, TAPS_2].map(|taps| x_to_the(N_C + n, taps)) };
        Self { x1: advance(1, TAPS_1, power_1), x2: advance(c_init & 0x7fff_ffff, TAPS_2, power_2) }
    }

    /// The next 28 bits of the sequence, bit i of the result = c(n + i); moves on by 28.
    pub fn next_28(&mut self) -> u32 {
        let out = (self.x1 ^ self.x2) & 0x0fff_ffff;
        self.x1 = step_28(self.x1, TAPS_1);
        self.x2 = step_28(self.x2, TAPS_2);
        out
    }

    /// The value 1 - 2c(n) of the next bit.
    pub fn next_sign(&mut self) -> f32 {
        if self.next_bit() == 0 { 1.0 } else { -1.0 }
    }

    fn next_bit(&mut self) -> u8 {
        let bit = (self.x1 ^ self.x2) & 1;
        self.x1 = step(self.x1, TAPS_1);
        self.x2 = step(self.x2, TAPS_2);
        bit as u8
    }
}

impl Iterator for GoldSequence {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        Some(self.next_bit())
    }
}

/// One step of the register; bit i of the state is x(n + i).
const fn step(state: u32, taps: u32) -> u32 {
    (state >> 1) | (((state & taps).count_ones() & 1) << 30)
}

/// 28 steps at once: the feedback reaches back at most 3 places, so 28 new bits depend on known ones only.
const fn step_28(state: u32, taps: u32) -> u32 {
    let mut new = 0;
    let mut tap = 0;
    while tap < 4 {
        if taps >> tap & 1 == 1 {
            new ^= state >> tap;
        }
        tap += 1;
    }
    (state >> 28) | ((new & 0x0fff_ffff) << 3)
}

/// The state after n steps: multiplied by `power` = x^n in GF(2)[x] modulo the register's polynomial.
fn advance(state: u32, taps: u32, power: u32) -> u32 {
    // The state's bits are the coefficients of a linear functional; x^n mod p(x) says which combination of the
    // bits x(0)..x(30) the bit x(n) is.
    let mut out = 0;
    let mut shifted = state;
    for i in 0..31 {
        out |= ((shifted & power).count_ones() & 1) << i;
        shifted = step(shifted, taps);
    }
    out
}

/// x^n modulo x^31 + sum of the taps, by squaring.
const fn x_to_the(n: u64, taps: u32) -> u32 {
    let mut result = 1;
    let mut bit = 64 - n.leading_zeros();
    while bit > 0 {
        bit -= 1;
        result = multiply(result, result, taps);
        if n >> bit & 1 == 1 {
            result = multiply(result, 2, taps);
        }
    }
    result
}

const fn multiply(a: u32, b: u32, taps: u32) -> u32 {
    let mut product: u64 = 0;
    let mut i = 0;
    while i < 31 {
        if b >> i & 1 == 1 {
            product ^= (a as u64) << i;
        }
        i += 1;
    }
    let mut degree = 61;
    while degree >= 31 {
        if product >> degree & 1 == 1 {
            product ^= (1 << degree) ^ ((taps as u64) << (degree - 31));
        }
        degree -= 1;
    }
    product as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// c(n) of TS 38.211 5.2.1 as the standard writes it.
    fn gold_sequence_by_definition(c_init: u32, len: usize) -> Vec<u8> {
        const N_C: usize = 1600;
        let (mut x1, mut x2) = (vec![0u8; N_C + len + 31], vec![0u8; N_C + len + 31]);
        x1[0] = 1;
        for i in 0..31 {
            x2[i] = (c_init >> i & 1) as u8;
        }
        for n in 0..N_C + len {
            x1[n + 31] = (x1[n + 3] + x1[n]) % 2;
            x2[n + 31] = (x2[n + 3] + x2[n + 2] + x2[n + 1] + x2[n]) % 2;
        }
        (0..len).map(|n| (x1[n + N_C] + x2[n + N_C]) % 2).collect()
    }

    #[test]
    fn equals_the_definition_from_every_start() {
        for c_init in [0, 1, 0x7fff_ffff, 0x1234_5678, 0x0bad_cafe] {
            let expected = gold_sequence_by_definition(c_init, 3000);
            for start in [0usize, 1, 30, 31, 32, 100, 1599, 2047] {
                let got: Vec<u8> = GoldSequence::starting_at(c_init, start as u64).take(900).collect();
                assert_eq!(got, expected[start..start + 900], "c_init {c_init:#x}, start {start}");
            }
            let mut words = GoldSequence::new(c_init);
            for block in expected.chunks_exact(28) {
                let word = words.next_28();
                assert!(block.iter().enumerate().all(|(i, &bit)| (word >> i & 1) as u8 == bit));
            }
        }
    }
}
