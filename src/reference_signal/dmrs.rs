//! Demodulation reference signals of the shared channels: TS 38.211 7.4.1.1.

use crate::sequence::GoldSequence;
use crate::table;
use crate::{Complex32, ConfigError};
use std::f32::consts::FRAC_1_SQRT_2;
use std::sync::LazyLock;

/// PDSCH (and PUSCH) mapping type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 7.4.1.1.2")]
pub enum MappingType {
    /// DM-RS counted from the start of the slot.
    A,
    /// DM-RS counted from the start of the allocation.
    B,
}

/// DM-RS configuration type: which subcarriers of a block a port uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.211 7.4.1.1.2")]
pub enum DmrsType {
    /// Every second subcarrier; two CDM groups, 4 ports (8 with double symbols).
    #[default]
    One,
    /// Two of six subcarriers; three CDM groups, 6 ports (12 with double symbols).
    Two,
}

/// Single- or double-symbol DM-RS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.211 7.4.1.1.2")]
pub enum DmrsLength {
    /// One symbol at each position.
    #[default]
    Single,
    /// Two adjacent symbols at each position.
    Double,
}

/// dmrs-TypeA-Position: the first DM-RS symbol of mapping type A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.331 MIB")]
pub enum TypeAPosition {
    /// Symbol 2.
    #[default]
    Pos2,
    /// Symbol 3.
    Pos3,
}

impl TypeAPosition {
    /// `l_0` of mapping type A.
    pub const fn symbol(self) -> u8 {
        match self {
            Self::Pos2 => 2,
            Self::Pos3 => 3,
        }
    }
}

impl DmrsType {
    /// CDM groups.
    pub const fn cdm_groups(self) -> usize {
        match self {
            Self::One => 2,
            Self::Two => 3,
        }
    }

    /// Resource elements of one port in a block and symbol.
    pub const fn pilots_per_prb(self) -> usize {
        match self {
            Self::One => 6,
            Self::Two => 4,
        }
    }

    /// Delta, the lowest subcarrier of a CDM group.
    pub const fn delta(self, cdm_group: usize) -> usize {
        match self {
            Self::One => cdm_group,
            Self::Two => 2 * cdm_group,
        }
    }

    /// The subcarriers of a block that the first `n_cdm_groups` groups use, bit i = subcarrier i.
    pub const fn group_mask(self, n_cdm_groups: usize) -> u16 {
        let mut mask = 0;
        let mut group = 0;
        while group < n_cdm_groups {
            let of_first = match self {
                Self::One => 0b0101_0101_0101,
                Self::Two => 0b0000_1100_0011,
            };
            mask |= of_first << self.delta(group);
            group += 1;
        }
        mask & 0xfff
    }

    /// The subcarrier in its block of pilot `i` of port 1000.
    pub const fn subcarrier(self, i: usize) -> usize {
        match self {
            Self::One => 2 * i,
            Self::Two => 6 * (i / 2) + i % 2,
        }
    }
}

/// A row of Tables 7.4.1.1.2-3 and -4: positions for each number of additional positions.
struct Row {
    length: DmrsLength,
    mapping_type: MappingType,
    l_d: u8,
    /// `None` is a dash; 0 stands for `l_0`.
    positions: Vec<Option<Vec<u8>>>,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let single = table::rows(include_str!("../../tables/dmrs_pdsch_single_7.4.1.1.2-3.csv"));
    let double = table::rows(include_str!("../../tables/dmrs_pdsch_double_7.4.1.1.2-4.csv"));
    let row = |length, cells: Vec<&str>| Row {
        length,
        mapping_type: if cells[1] == "A" { MappingType::A } else { MappingType::B },
        l_d: table::number(cells[2]),
        positions: cells[3..]
            .iter()
            .map(|cell| {
                let symbol = |s: &str| if s == "l0" { 0 } else { table::number(s) };
                (*cell != "-").then(|| cell.split(' ').map(symbol).collect())
            })
            .collect(),
    };
    single
        .map(|cells| row(DmrsLength::Single, cells))
        .chain(double.map(|cells| row(DmrsLength::Double, cells)))
        .collect()
});

/// The DM-RS symbols of a PDSCH in symbols `start..start + length` of its slot, bit l = symbol l.
/// `additional_position` is dmrs-AdditionalPosition, 0..=3 (0 or 1 with double symbols).
///
/// # Errors
/// If the tables have no entry, or a position lies outside the allocation.
#[doc(alias = "TS 38.211 Table 7.4.1.1.2-3")]
#[doc(alias = "TS 38.211 Table 7.4.1.1.2-4")]
pub fn pdsch_dmrs_symbols(
    mapping_type: MappingType,
    start: u8,
    length: u8,
    type_a_position: TypeAPosition,
    additional_position: u8,
    dmrs_length: DmrsLength,
) -> Result<u16, ConfigError> {
    const CLAUSE: &str = "TS 38.211 7.4.1.1.2";
    if start > 13 || length == 0 || start + length > 14 {
        let got = format!("{length} from symbol {start}");
        return Err(ConfigError::new("PDSCH symbols", got, "must lie in a slot of 14", "TS 38.214 5.1.2.1"));
    }
    // l_d counts from the start of the slot in type A, from the start of the allocation in type B.
    let (l_d, first, origin) = match mapping_type {
        MappingType::A => (start + length, type_a_position.symbol(), 0),
        MappingType::B => (length, start, start),
    };
    if mapping_type == MappingType::A && additional_position == 3 && type_a_position == TypeAPosition::Pos3 {
        let rule = "3 exists with dmrs-TypeA-Position pos2 only";
        return Err(ConfigError::new("dmrs-AdditionalPosition", additional_position, rule, CLAUSE));
    }
    let row = ROWS.iter().find(|row| (row.length, row.mapping_type, row.l_d) == (dmrs_length, mapping_type, l_d));
    let positions = row.and_then(|row| row.positions.get(usize::from(additional_position))?.as_ref());
    let Some(positions) = positions else {
        let got = format!("{additional_position} additional, type {mapping_type:?}, duration {l_d}");
        return Err(ConfigError::new("DM-RS positions", got, "the tables have no such entry", CLAUSE));
    };
    let mut mask = 0u16;
    for &position in positions {
        let l = if position == 0 { first } else { origin + position };
        mask |= 1 << l;
        if dmrs_length == DmrsLength::Double {
            mask |= 1 << (l + 1);
        }
    }
    let allocated = ((1u32 << length) - 1) << start;
    if u32::from(mask) & !allocated != 0 {
        let outside = (u32::from(mask) & !allocated).trailing_zeros();
        let rule = format!("lies outside the allocated symbols {start}..={}", start + length - 1);
        return Err(ConfigError::new("DM-RS symbol", outside, rule, CLAUSE));
    }
    Ok(mask)
}

/// `c_init` of the DM-RS of PDSCH (and of PUSCH without transform precoding) in symbol `l` of slot `n_sf` of the
/// frame, with `N_ID^nSCID` and `n_SCID`, for CDM groups without the Rel-16 variation.
///
/// # Panics
/// If `n_scid` is above 1.
#[doc(alias = "TS 38.211 7.4.1.1.1")]
pub fn dmrs_c_init(symbols_per_slot: usize, n_sf: u16, l: usize, n_id: u16, n_scid: u8) -> u32 {
    assert!(n_scid < 2, "n_SCID {n_scid}");
    let time = (symbols_per_slot * usize::from(n_sf) + l + 1) as u64;
    let n_id = u64::from(n_id);
    // A residue modulo 2^31 fits 31 bits.
    (((time * (2 * n_id + 1)) << 17) + 2 * n_id + u64::from(n_scid)) as u32 & 0x7fff_ffff
}

/// r(m) for m from `first`, as many as `out` is long.
#[doc(alias = "TS 38.211 7.4.1.1.1")]
pub fn dmrs_sequence(c_init: u32, first: usize, out: &mut [Complex32]) {
    let mut c = GoldSequence::starting_at(c_init, 2 * first as u64);
    for chunk in out.chunks_mut(14) {
        let word = c.next_28();
        for (i, r) in chunk.iter_mut().enumerate() {
            let value = |bit: u32| if bit & 1 == 0 { FRAC_1_SQRT_2 } else { -FRAC_1_SQRT_2 };
            *r = Complex32::new(value(word >> (2 * i)), value(word >> (2 * i + 1)));
        }
    }
}

/// The amplitude of a DM-RS element over that of a data element, beta_PDSCH^DMRS, from the ratio of their energies
/// in dB as the table gives it (0, -3, -4.77: so 10^(3/20), not the root of 2).
///
/// # Errors
/// If `groups_without_data` is not in 1..=2 (type 1) or 1..=3 (type 2).
#[doc(alias = "TS 38.214 Table 4.1-1")]
pub fn dmrs_amplitude(dmrs_type: DmrsType, groups_without_data: u8) -> Result<f32, ConfigError> {
    let ratio_db: f32 = match groups_without_data {
        1 => 0.0,
        2 => -3.0,
        3 if dmrs_type == DmrsType::Two => -4.77,
        _ => {
            let rule = format!("must lie in 1..={} for DM-RS type {dmrs_type:?}", dmrs_type.cdm_groups());
            let clause = "TS 38.214 Table 4.1-1";
            return Err(ConfigError::new("DM-RS CDM groups without data", groups_without_data, rule, clause));
        }
    };
    Ok(10f32.powf(-ratio_db / 20.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(mask: u16) -> Vec<u32> {
        (0..14).filter(|l| mask >> l & 1 == 1).collect()
    }

    #[test]
    fn positions_of_known_allocations() {
        let of = |mapping, start, length, additional| {
            pdsch_dmrs_symbols(mapping, start, length, TypeAPosition::Pos2, additional, DmrsLength::Single)
        };
        assert_eq!(symbols(of(MappingType::A, 2, 12, 2).unwrap()), [2, 7, 11]);
        assert_eq!(symbols(of(MappingType::A, 1, 13, 3).unwrap()), [2, 5, 8, 11]);
        assert_eq!(symbols(of(MappingType::A, 0, 10, 1).unwrap()), [2, 9]);
        assert_eq!(symbols(of(MappingType::B, 9, 4, 1).unwrap()), [9]);
        assert_eq!(symbols(of(MappingType::B, 4, 7, 1).unwrap()), [4, 8]);
        let double = pdsch_dmrs_symbols(MappingType::A, 0, 14, TypeAPosition::Pos3, 1, DmrsLength::Double).unwrap();
        assert_eq!(symbols(double), [3, 4, 10, 11]);
        // A gap in the table, a first symbol before the allocation, too many symbols.
        assert!(of(MappingType::A, 0, 2, 0).is_err());
        let error = of(MappingType::A, 3, 8, 1).unwrap_err();
        assert!(error.to_string().contains("outside the allocated symbols 3..=10"), "{error}");
        assert!(of(MappingType::B, 10, 5, 0).is_err());
        assert!(pdsch_dmrs_symbols(MappingType::A, 0, 14, TypeAPosition::Pos3, 3, DmrsLength::Single).is_err());
    }

    #[test]
    fn every_entry_of_the_tables_lies_in_its_duration() {
        assert_eq!(ROWS.len(), 52);
        for row in ROWS.iter() {
            for positions in row.positions.iter().flatten() {
                assert!(positions.iter().all(|&l| l < row.l_d));
            }
        }
    }

    #[test]
    fn the_sequence_is_the_definition_from_any_start() {
        let c_init = dmrs_c_init(14, 7, 11, 500, 1);
        assert_eq!(u64::from(c_init), ((((14 * 7 + 11 + 1) * 1001u64) << 17) + 1001) % (1 << 31));
        let c: Vec<u8> = GoldSequence::new(c_init).take(400).collect();
        let mut r = vec![Complex32::ZERO; 100];
        for first in [0, 1, 37, 100] {
            dmrs_sequence(c_init, first, &mut r);
            for (i, r) in r.iter().enumerate() {
                let m = first + i;
                let axis = |c: u8| (1.0 - 2.0 * f32::from(c)) * FRAC_1_SQRT_2;
                assert_eq!(*r, Complex32::new(axis(c[2 * m]), axis(c[2 * m + 1])));
            }
        }
    }

    #[test]
    fn groups_fill_a_block() {
        assert_eq!(DmrsType::One.group_mask(2), 0xfff);
        assert_eq!(DmrsType::Two.group_mask(3), 0xfff);
        assert_eq!(DmrsType::Two.group_mask(1), 0b0000_1100_0011);
        for dmrs_type in [DmrsType::One, DmrsType::Two] {
            let mask = (0..dmrs_type.pilots_per_prb()).fold(0, |mask, i| mask | 1 << dmrs_type.subcarrier(i));
            assert_eq!(mask, dmrs_type.group_mask(1));
        }
        assert!((dmrs_amplitude(DmrsType::One, 2).unwrap() - 1.412_537_5).abs() < 1e-6);
        assert!(dmrs_amplitude(DmrsType::One, 3).is_err());
        assert!((dmrs_amplitude(DmrsType::Two, 3).unwrap() - 1.731_809).abs() < 1e-5);
    }
}
