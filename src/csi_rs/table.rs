//! Tables 7.4.1.5.3-1 to -5.

use crate::table::{number, rows};
use std::sync::LazyLock;

/// cdm-Type: how the ports that share elements are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.331 CSI-RS-ResourceMapping")]
pub enum CdmType {
    /// One port, one element.
    None,
    /// Two ports on two subcarriers.
    Fd2,
    /// Four ports on two subcarriers of two symbols.
    Fd2Td2,
    /// Eight ports on two subcarriers of four symbols.
    Fd2Td4,
}

/// Density rho: elements of a port in a resource block, and which blocks carry the signal at 0.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.331 CSI-RS-ResourceMapping")]
pub enum CsiRsDensity {
    /// 0.5, in the common resource blocks of even number.
    HalfEven,
    /// 0.5, in the common resource blocks of odd number.
    HalfOdd,
    /// 1.
    One,
    /// 3, which a single port may have.
    Three,
}

impl CsiRsDensity {
    /// Twice rho, which is a whole number.
    pub(super) const fn doubled(self) -> usize {
        match self {
            Self::HalfEven | Self::HalfOdd => 1,
            Self::One => 2,
            Self::Three => 6,
        }
    }
}

/// A row of Table 7.4.1.5.3-1: CSI-RS locations within a slot.
#[derive(Debug)]
pub(super) struct Row {
    pub number: u8,
    pub n_ports: u8,
    /// Twice each density that the row allows.
    pub doubled_densities: Vec<usize>,
    pub cdm_type: CdmType,
    /// `(k_bar, l_bar)` of CDM group j, each as (i, d) for k_i + d and l_i + d.
    pub locations: Vec<[(usize, u8); 2]>,
}

impl Row {
    /// How many k_i the row has.
    pub fn n_k(&self) -> u32 {
        self.locations.iter().map(|[(i, _), _]| *i as u32 + 1).max().unwrap_or(0)
    }

    /// Whether the row has an l_1.
    pub fn has_l_1(&self) -> bool {
        self.locations.iter().any(|[_, (i, _)]| *i == 1)
    }
}

/// The sequences of a CDM type, Tables 7.4.1.5.3-2 to -5.
#[derive(Debug)]
pub(super) struct Cdm {
    /// k', from 0.
    pub n_k: usize,
    /// l', from 0.
    pub n_l: usize,
    /// `w_f(k')` and `w_t(l')` of sequence s.
    pub weights: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Cdm {
    /// L, the ports of a group.
    pub fn size(&self) -> usize {
        self.weights.len()
    }
}

fn cdm_type(cell: &str) -> CdmType {
    match cell {
        "noCDM" => CdmType::None,
        "fd-CDM2" => CdmType::Fd2,
        "cdm4-FD2-TD2" => CdmType::Fd2Td2,
        "cdm8-FD2-TD4" => CdmType::Fd2Td4,
        _ => panic!("embedded table: CDM type '{cell}'"),
    }
}

/// `k0`, `k1+2`, `l1+1` as index and addend.
fn term(text: &str) -> (usize, u8) {
    let (name, addend) = text.split_once('+').map_or((text, 0), |(name, addend)| (name, number(addend)));
    (number(name.trim_start_matches(['k', 'l'])), addend)
}

fn location(pair: &str) -> [(usize, u8); 2] {
    match pair.trim_matches(['(', ')']).split_once(',') {
        Some((k, l)) => [term(k), term(l)],
        None => panic!("embedded table: location '{pair}'"),
    }
}

pub(super) static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let doubled = |cell: &str| (2.0 * number::<f64>(cell)) as usize;
    rows(include_str!("../../tables/csirs_locations_7.4.1.5.3-1.csv"))
        .map(|cells| Row {
            number: number(cells[0]),
            n_ports: number(cells[1]),
            doubled_densities: cells[2].split(';').map(doubled).collect(),
            cdm_type: cdm_type(cells[3]),
            locations: cells[4].split(';').map(location).collect(),
        })
        .collect()
});

/// The sequences of `of`.
pub(super) fn cdm(of: CdmType) -> &'static Cdm {
    static CDM: LazyLock<[Cdm; 4]> = LazyLock::new(|| {
        let table = |of| {
            let weight = |cell: &str| cell.split(' ').map(number).collect::<Vec<f32>>();
            let weights: Vec<_> = rows(include_str!("../../tables/csirs_cdm_7.4.1.5.3-2_5.csv"))
                .filter(|cells| cdm_type(cells[1]) == of)
                .map(|cells| (weight(cells[3]), weight(cells[4])))
                .collect();
            Cdm { n_k: weights[0].0.len(), n_l: weights[0].1.len(), weights }
        };
        [CdmType::None, CdmType::Fd2, CdmType::Fd2Td2, CdmType::Fd2Td4].map(table)
    });
    &CDM[of as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_locations_is_whole() {
        assert_eq!(ROWS.iter().map(|row| row.number).collect::<Vec<_>>(), (1..=18).collect::<Vec<_>>());
        for row in ROWS.iter() {
            let cdm = cdm(row.cdm_type);
            // Row 1 has its port at three places of a block; else each group has its own ports.
            let groups = if row.number == 1 { 1 } else { row.locations.len() };
            assert_eq!(groups * cdm.size(), usize::from(row.n_ports), "row {}", row.number);
            // The columns k' and l' of the table are those of the CDM type.
            let mut csv = rows(include_str!("../../tables/csirs_locations_7.4.1.5.3-1.csv"));
            let cells = csv.nth(usize::from(row.number) - 1).unwrap();
            assert_eq!(cells[5].split(' ').count(), row.locations.len());
            assert_eq!((cells[6].split(' ').count(), cells[7].split(' ').count()), (cdm.n_k, cdm.n_l));
        }
        let with_l_1: Vec<u8> = ROWS.iter().filter(|row| row.has_l_1()).map(|row| row.number).collect();
        assert_eq!(with_l_1, [13, 14, 16, 17]);
    }

    #[test]
    fn the_sequences_of_a_group_are_orthogonal() {
        for of in [CdmType::None, CdmType::Fd2, CdmType::Fd2Td2, CdmType::Fd2Td4] {
            let cdm = cdm(of);
            assert_eq!(cdm.size(), cdm.n_k * cdm.n_l, "{of:?}");
            let value = |s: usize, i: usize| cdm.weights[s].0[i % cdm.n_k] * cdm.weights[s].1[i / cdm.n_k];
            for (a, b) in (0..cdm.size()).flat_map(|a| (0..cdm.size()).map(move |b| (a, b))) {
                let product: f32 = (0..cdm.size()).map(|i| value(a, i) * value(b, i)).sum();
                assert_eq!(product, if a == b { cdm.size() as f32 } else { 0.0 }, "{of:?}, {a} and {b}");
            }
        }
    }
}
