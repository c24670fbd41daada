use super::*;
use crate::table::{number, rows};

fn codebooks() -> impl Iterator<Item = TypeICodebook> {
    let shapes = PanelShape::TABLE.into_iter().map(|(n_1, n_2)| PanelShape::new(n_1, n_2).unwrap());
    let all = std::iter::once(PanelShape::TWO_PORTS).chain(shapes);
    all.flat_map(|shape| [CodebookMode::One, CodebookMode::Two].map(|mode| codebook(shape, mode)))
}

fn codebook(shape: PanelShape, mode: CodebookMode) -> TypeICodebook {
    TypeICodebook::new(CodebookParameters::unrestricted(shape, mode)).unwrap()
}

fn matrix(codebook: &TypeICodebook, n_layers: usize, i1: I1, i2: u8) -> Vec<Complex32> {
    let mut w = vec![Complex32::ZERO; codebook.n_ports() * n_layers];
    codebook.weights(n_layers, i1, i2, &mut w);
    w
}

#[test]
fn columns_are_orthogonal_and_share_the_power() {
    for codebook in codebooks() {
        assert_eq!(codebook.ranks().collect::<Vec<_>>(), (1..=codebook.n_ports().min(8)).collect::<Vec<_>>());
        for v in codebook.ranks() {
            let n_i2 = codebook.ranges(v).i2;
            // Of the largest ones every seventh.
            let step = if codebook.n_ports() > 8 { 7 } else { 1 };
            for (i1, i2) in codebook.i1(v).step_by(step).flat_map(|i1| (0..n_i2).map(move |i2| (i1, i2))) {
                let w = matrix(&codebook, v, i1, i2);
                let magnitude = 1.0 / ((v * codebook.n_ports()) as f32).sqrt();
                assert!(w.iter().all(|w| (w.norm() - magnitude).abs() < 1e-6));
                for (a, b) in (0..v).flat_map(|a| (0..v).map(move |b| (a, b))) {
                    let product: Complex32 = w.chunks_exact(v).map(|row| row[a].conj() * row[b]).sum();
                    let expected = if a == b { 1.0 / v as f32 } else { 0.0 };
                    assert!((product - expected).norm() < 1e-6, "{codebook:?} {v} {i1:?} {i2}: {a}, {b}");
                }
            }
        }
    }
}

/// 404 matrices that another implementation (neoradium 0.5.3; drawn with numpy's default_rng(38214)) makes of the same
/// tables: how many a codebook has, and the sum of W_pl e^(j (0.7 p + 1.3 l)).
#[test]
fn matrices_are_those_of_another_implementation() {
    let mut n = 0;
    for cells in rows(include_str!("../../tests/data/type1_codebook.csv")) {
        let at = |i: usize| number::<u16>(cells[i]);
        let shape = match (usize::from(at(0)), usize::from(at(1))) {
            (1, 1) => PanelShape::TWO_PORTS,
            (n_1, n_2) => PanelShape::new(n_1, n_2).unwrap(),
        };
        let codebook = codebook(shape, if at(2) == 1 { CodebookMode::One } else { CodebookMode::Two });
        let v = usize::from(at(3));
        let ranges = codebook.ranges(v);
        assert_eq!(codebook.i1(v).count() * usize::from(ranges.i2), usize::from(at(4)), "{cells:?}");
        let i1 = I1 { i11: at(5), i12: at(6), i13: at(7) as u8 };
        let w = matrix(&codebook, v, i1, at(8) as u8);
        let sum: Complex32 =
            w.iter().enumerate().map(|(i, w)| w * Complex32::cis(0.7 * (i / v) as f32 + 1.3 * (i % v) as f32)).sum();
        let expected = Complex32::new(number(cells[9]), number(cells[10]));
        assert!((sum - expected).norm() < 1e-5, "{cells:?}: {sum}");
        n += 1;
    }
    assert_eq!(n, 404);
}

#[test]
fn two_ports_as_the_table_writes_them() {
    let codebook = codebook(PanelShape::TWO_PORTS, CodebookMode::One);
    let j = Complex32::I;
    let one = Complex32::ONE;
    for (i, below) in [one, j, -one, -j].into_iter().enumerate() {
        let w = matrix(&codebook, 1, I1::default(), i as u8);
        assert!((w[0] * 2f32.sqrt() - 1.0).norm() < 1e-6 && (w[1] * 2f32.sqrt() - below).norm() < 1e-6);
    }
    for (i, expected) in [[one, one, one, -one], [one, one, j, -j]].into_iter().enumerate() {
        let w = matrix(&codebook, 2, I1::default(), i as u8);
        assert!(w.iter().zip(expected).all(|(w, e)| (w * 2.0 - e).norm() < 1e-6));
    }
}

/// Bits of i_1,1, i_1,2, i_1,3 and i_2, as TS 38.212 Table 6.3.1.1.2-1 gives them.
#[test]
fn bits_of_a_report() {
    let of = |n_1, n_2, mode, v| codebook(PanelShape::new(n_1, n_2).unwrap(), mode).ranges(v).bits();
    let (one, two) = (CodebookMode::One, CodebookMode::Two);
    assert_eq!(of(2, 1, one, 1), [3, 0, 0, 2]);
    assert_eq!(of(2, 1, two, 1), [2, 0, 0, 4]);
    assert_eq!(of(2, 1, one, 2), [3, 0, 1, 1]);
    assert_eq!(of(2, 1, two, 2), [2, 0, 1, 3]);
    assert_eq!(of(2, 1, one, 3), [3, 0, 0, 1]);
    assert_eq!(of(2, 1, two, 4), [3, 0, 0, 1]);
    assert_eq!(of(2, 2, one, 1), [3, 3, 0, 2]);
    assert_eq!(of(2, 2, two, 1), [2, 2, 0, 4]);
    assert_eq!(of(4, 1, two, 2), [3, 0, 2, 3]);
    assert_eq!(of(2, 2, two, 2), [2, 2, 2, 3]);
    assert_eq!(of(4, 1, one, 3), [4, 0, 2, 1]);
    assert_eq!(of(2, 2, one, 4), [3, 3, 2, 1]);
    assert_eq!(of(4, 2, one, 3), [3, 3, 2, 1]);
    assert_eq!(of(3, 2, one, 5), [4, 3, 0, 1]);
    assert_eq!(of(4, 1, one, 7), [3, 0, 0, 1]);
    assert_eq!(of(6, 1, one, 8), [5, 0, 0, 1]);
    assert_eq!(of(2, 2, one, 8), [3, 3, 0, 1]);
    assert_eq!(of(4, 2, one, 7), [4, 2, 0, 1]);
    assert_eq!(of(4, 4, one, 8), [4, 4, 0, 1]);
    let two_ports = codebook(PanelShape::TWO_PORTS, one);
    assert_eq!((two_ports.ranges(1).bits(), two_ports.ranges(2).bits()), ([0, 0, 0, 2], [0, 0, 0, 1]));
}

#[test]
fn a_forbidden_beam_is_in_no_matrix_that_is_left() {
    for (n_1, n_2) in [(2, 1), (4, 1), (2, 2), (4, 2)] {
        let shape = PanelShape::new(n_1, n_2).unwrap();
        let (b_1, b_2) = (n_1 * 4, if n_2 > 1 { 4 * n_2 } else { 1 });
        for mode in [CodebookMode::One, CodebookMode::Two] {
            let free = codebook(shape, mode);
            let (l, m) = (5 % b_1, 3 % b_2);
            let mut bitmap = vec![true; b_1 * b_2];
            bitmap[b_2 * l + m] = false;
            let p = CodebookParameters { subset_restriction: Some(bitmap), ..free.parameters().clone() };
            let restricted = TypeICodebook::new(p).unwrap();
            // v_(l,m), over both polarisations.
            let beam: Vec<Complex32> = (0..n_1 * n_2)
                .map(|i| {
                    let turns = (l * (i / n_2)) as f32 / b_1 as f32 + (m * (i % n_2)) as f32 / b_2 as f32;
                    Complex32::cis(std::f32::consts::TAU * turns)
                })
                .collect();
            for v in free.ranks().filter(|v| !free.is_of_half_beams(*v)) {
                let half = n_1 * n_2;
                for i1 in free.i1(v) {
                    for i2 in 0..free.ranges(v).i2 {
                        let w = matrix(&free, v, i1, i2);
                        let has = |layer: usize| {
                            let product: Complex32 = (0..half).map(|i| beam[i].conj() * w[i * v + layer]).sum();
                            // All of the half column's norm lies in the beam.
                            (product.norm() * (2.0 * v as f32 / half as f32).sqrt() - 1.0).abs() < 1e-4
                        };
                        assert_eq!(restricted.allows(v, i1, i2), !(0..v).any(has), "{n_1} {n_2} {v} {i1:?} {i2}");
                    }
                }
            }
        }
    }
}

#[test]
fn half_beams_are_forbidden_by_any_of_three_bits() {
    let shape = PanelShape::new(8, 1).unwrap();
    let with_zero_at = |bit: usize| {
        let mut bitmap = vec![true; 32];
        bitmap[bit] = false;
        let free = CodebookParameters::unrestricted(shape, CodebookMode::One);
        TypeICodebook::new(CodebookParameters { subset_restriction: Some(bitmap), ..free }).unwrap()
    };
    let forbidden = |bit: usize| {
        let codebook = with_zero_at(bit);
        (0..16u16).filter(|&i11| !codebook.allows(3, I1 { i11, ..I1::default() }, 0)).collect::<Vec<_>>()
    };
    assert_eq!((forbidden(6), forbidden(7), forbidden(31)), (vec![3], vec![3, 4], vec![0, 15]));
}

#[test]
fn what_does_not_exist_is_refused() {
    for (n_1, n_2) in [(0, 0), (1, 1), (1, 2), (5, 1), (2, 3), (16, 2)] {
        assert!(PanelShape::new(n_1, n_2).is_err());
    }
    let free = CodebookParameters::unrestricted(PanelShape::TWO_PORTS, CodebookMode::One);
    let with = |subset_restriction, ri_restriction| {
        TypeICodebook::new(CodebookParameters { subset_restriction, ri_restriction, ..free.clone() })
    };
    assert!(with(Some(vec![true; 5]), 0xff).is_err());
    // Rank 3 does not exist on two ports, rank 2 has no precoder left.
    assert!(with(None, 0b100).is_err());
    assert!(with(Some(vec![true, true, true, true, false, false]), 0b10).is_err());
    let one = with(Some(vec![true, false, true, true, false, false]), 0xff).unwrap();
    assert_eq!(one.ranks().collect::<Vec<_>>(), [1]);
    assert!(one.allows(1, I1::default(), 0) && !one.allows(1, I1::default(), 1));
}
