/// Length of the m-sequences of the synchronisation signals, 2^7 - 1.
pub const M_SEQUENCE_LENGTH: usize = 127;

/// One period of the m-sequence x(i + 7) = (x(i + `tap`) + x(i)) mod 2 whose first seven elements are `initial`.
#[doc(alias = "TS 38.211 7.4.2.2.1")]
#[doc(alias = "TS 38.211 7.4.2.3.1")]
pub const fn m_sequence(tap: usize, initial: [u8; 7]) -> [u8; M_SEQUENCE_LENGTH] {
    let mut x = [0; M_SEQUENCE_LENGTH];
    let mut i = 0;
    while i < M_SEQUENCE_LENGTH {
        x[i] = if i < 7 { initial[i] } else { (x[i - 7 + tap] + x[i - 7]) % 2 };
        i += 1;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_longest_period_and_flat_correlation() {
        for (tap, initial) in [(4, [0, 1, 1, 0, 1, 1, 1]), (4, [1, 0, 0, 0, 0, 0, 0]), (1, [1, 0, 0, 0, 0, 0, 0])] {
            let x = m_sequence(tap, initial);
            assert_eq!(x[..7], initial);
            for n in 0..M_SEQUENCE_LENGTH {
                let at = |n: usize| x[n % M_SEQUENCE_LENGTH];
                assert_eq!(at(n + 7), (at(n + tap) + at(n)) % 2, "the recursion closes after one period");
            }
            for shift in 1..M_SEQUENCE_LENGTH {
                let equal = (0..M_SEQUENCE_LENGTH).filter(|&n| x[n] == x[(n + shift) % M_SEQUENCE_LENGTH]).count();
                assert_eq!(2 * equal as isize - M_SEQUENCE_LENGTH as isize, -1, "shift {shift}");
            }
        }
    }
}
