use super::Modulation;
use crate::Complex32;
use std::sync::LazyLock;

/// The points of each scheme but the first, by the number that a symbol's bits are (first bit most significant);
/// in the order of [`Modulation::ALL`].
static TABLES: LazyLock<[Vec<Complex32>; 7]> = LazyLock::new(|| Modulation::ALL.map(table));

impl Modulation {
    /// The constellation, by the number that a symbol's bits are (first bit most significant). For pi/2-BPSK the
    /// points of the symbols with even index.
    pub fn constellation(self) -> &'static [Complex32] {
        &TABLES[self as usize]
    }
}

/// Maps bits (0 or 1 an element) to complex symbols of mean power 1. With pi/2-BPSK the first symbol counts as
/// even.
///
/// # Panics
/// If `bits.len() != out.len() * modulation.bits_per_symbol()`.
#[doc(alias = "TS 38.211 5.1")]
pub fn map(modulation: Modulation, bits: &[u8], out: &mut [Complex32]) {
    let qm = modulation.bits_per_symbol();
    assert_eq!(bits.len(), out.len() * qm, "{} bits for {} symbols of {modulation}", bits.len(), out.len());
    let table = modulation.constellation();
    for (d, b) in out.iter_mut().zip(bits.chunks_exact(qm)) {
        *d = table[b.iter().fold(0, |index, bit| index << 1 | usize::from(bit & 1))];
    }
    if modulation == Modulation::Pi2Bpsk {
        for d in out.iter_mut().skip(1).step_by(2) {
            *d = Complex32::new(-d.im, d.re);
        }
    }
}

/// The point of the constellation nearest to `symbol`, as for an error vector magnitude; `odd` says that the symbol
/// has an odd index, which matters to pi/2-BPSK only. NaN gives some point.
pub fn nearest_point(modulation: Modulation, symbol: Complex32, odd: bool) -> Complex32 {
    let point = |x: f32, y: f32| Complex32::new(x, y) * std::f32::consts::FRAC_1_SQRT_2;
    match modulation {
        Modulation::Pi2Bpsk if odd => {
            let sign = (symbol.im - symbol.re).signum();
            point(-sign, sign)
        }
        Modulation::Pi2Bpsk | Modulation::Bpsk => {
            let sign = (symbol.re + symbol.im).signum();
            point(sign, sign)
        }
        _ => {
            let root = modulation.norm().sqrt();
            let largest = (1 << (modulation.bits_per_symbol() / 2)) as f32 - 1.0;
            // Odd integers: two times (floor of the half) plus one.
            let level = |x: f32| (2.0 * (x * root * 0.5).floor() + 1.0).clamp(-largest, largest) / root;
            Complex32::new(level(symbol.re), level(symbol.im))
        }
    }
}

/// All points of a scheme.
fn table(modulation: Modulation) -> Vec<Complex32> {
    let qm = modulation.bits_per_symbol();
    (0..1usize << qm)
        .map(|index| {
            // sign(i) = 1 - 2b(i) of the clause.
            let sign = |i: usize| 1.0 - 2.0 * (index >> (qm - 1 - i) & 1) as f64;
            let point = if qm == 1 {
                (sign(0), sign(0))
            } else {
                (axis(|i| sign(2 * i), qm / 2), axis(|i| sign(2 * i + 1), qm / 2))
            };
            let root = f64::from(modulation.norm()).sqrt();
            Complex32::new((point.0 / root) as f32, (point.1 / root) as f32)
        })
        .collect()
}

/// One axis: s(0) [2^(m-1) - s(1) [2^(m-2) - … [2 - s(m-1)]…]], the nested brackets of clauses 5.1.3 to 5.1.7.
fn axis(sign: impl Fn(usize) -> f64, m: usize) -> f64 {
    let mut level = sign(m - 1);
    for i in (0..m - 1).rev() {
        level = sign(i) * ((1 << (m - 1 - i)) as f64 - level);
    }
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    /// d(i) of clauses 5.1.1 to 5.1.7, letter for letter.
    fn by_definition(modulation: Modulation, b: &[u8], i: usize) -> (f64, f64) {
        let s = |j: usize| 1.0 - 2.0 * f64::from(b[modulation.bits_per_symbol() * i + j]);
        match modulation {
            Modulation::Pi2Bpsk => {
                let d = s(0) / 2f64.sqrt();
                if i.is_multiple_of(2) { (d, d) } else { (-d, d) }
            }
            Modulation::Bpsk => (s(0) / 2f64.sqrt(), s(0) / 2f64.sqrt()),
            Modulation::Qpsk => (s(0) / 2f64.sqrt(), s(1) / 2f64.sqrt()),
            Modulation::Qam16 => (s(0) * (2.0 - s(2)) / 10f64.sqrt(), s(1) * (2.0 - s(3)) / 10f64.sqrt()),
            Modulation::Qam64 => {
                let n = 42f64.sqrt();
                (s(0) * (4.0 - s(2) * (2.0 - s(4))) / n, s(1) * (4.0 - s(3) * (2.0 - s(5))) / n)
            }
            Modulation::Qam256 => {
                let n = 170f64.sqrt();
                (
                    s(0) * (8.0 - s(2) * (4.0 - s(4) * (2.0 - s(6)))) / n,
                    s(1) * (8.0 - s(3) * (4.0 - s(5) * (2.0 - s(7)))) / n,
                )
            }
            Modulation::Qam1024 => {
                let n = 682f64.sqrt();
                (
                    s(0) * (16.0 - s(2) * (8.0 - s(4) * (4.0 - s(6) * (2.0 - s(8))))) / n,
                    s(1) * (16.0 - s(3) * (8.0 - s(5) * (4.0 - s(7) * (2.0 - s(9))))) / n,
                )
            }
        }
    }

    /// Every symbol of a scheme twice: at even and at odd index.
    fn all_bits(modulation: Modulation) -> Vec<u8> {
        let qm = modulation.bits_per_symbol();
        (0..2usize << qm).flat_map(|n| (0..qm).rev().map(move |i| ((n / 2) >> i & 1) as u8)).collect()
    }

    #[test]
    fn equals_the_clauses_at_every_point() {
        for modulation in Modulation::ALL {
            let bits = all_bits(modulation);
            let mut symbols = vec![Complex32::ZERO; bits.len() / modulation.bits_per_symbol()];
            map(modulation, &bits, &mut symbols);
            for (i, d) in symbols.iter().enumerate() {
                let (re, im) = by_definition(modulation, &bits, i);
                assert_eq!((d.re, d.im), (re as f32, im as f32), "{modulation}, symbol {i}");
            }
            let power: f32 = symbols.iter().map(Complex32::norm_sqr).sum::<f32>() / symbols.len() as f32;
            assert!((power - 1.0).abs() < 1e-5, "{modulation}: mean power {power}");
        }
    }

    #[test]
    fn the_nearest_point_is_the_nearest() {
        for modulation in Modulation::ALL {
            for odd in [false, true] {
                let points: Vec<Complex32> = if odd && modulation == Modulation::Pi2Bpsk {
                    modulation.constellation().iter().map(|d| Complex32::new(-d.im, d.re)).collect()
                } else {
                    modulation.constellation().to_vec()
                };
                for n in 0..400 {
                    let y = Complex32::new((n % 20) as f32 * 0.153 - 1.51, (n / 20) as f32 * 0.141 - 1.33);
                    let got = (nearest_point(modulation, y, odd) - y).norm();
                    let best = points.iter().map(|d| (d - y).norm()).fold(f32::MAX, f32::min);
                    assert!((got - best).abs() < 1e-5, "{modulation} at {y}: {got} instead of {best}");
                }
            }
        }
    }
}
