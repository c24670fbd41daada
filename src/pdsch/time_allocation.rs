use crate::frame::CyclicPrefix;
use crate::reference_signal::dmrs::{MappingType, TypeAPosition};
use crate::{ConfigError, table};
use std::sync::LazyLock;

/// Where in time a PDSCH lies: a row of a time domain resource allocation table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.214 5.1.2.1")]
pub struct TimeAllocation {
    /// Slots from the DCI to the PDSCH.
    pub k0: u8,
    /// PDSCH mapping type.
    pub mapping_type: MappingType,
    /// S, first symbol of the slot.
    pub start: u8,
    /// L, symbols.
    pub length: u8,
}

/// A default PDSCH time domain resource allocation table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.214 Table 5.1.2.1.1-2")]
#[doc(alias = "TS 38.214 Table 5.1.2.1.1-3")]
#[doc(alias = "TS 38.214 Table 5.1.2.1.1-4")]
#[doc(alias = "TS 38.214 Table 5.1.2.1.1-5")]
pub enum DefaultTimeTable {
    /// Default A: of CORESET#0 multiplexing pattern 1, and where nothing is configured. One table for each cyclic
    /// prefix.
    #[default]
    A,
    /// Default B: of pattern 2.
    B,
    /// Default C: of pattern 3.
    C,
}

struct Row {
    table: DefaultTimeTable,
    /// `None`: one table for both.
    cyclic_prefix: Option<CyclicPrefix>,
    index: u8,
    type_a_position: TypeAPosition,
    allocation: TimeAllocation,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let row = |cells: Vec<&str>| {
        let (table, cyclic_prefix) = match cells[1] {
            "A_normalCP" => (DefaultTimeTable::A, Some(CyclicPrefix::Normal)),
            "A_extendedCP" => (DefaultTimeTable::A, Some(CyclicPrefix::Extended)),
            "B" => (DefaultTimeTable::B, None),
            _ => (DefaultTimeTable::C, None),
        };
        (cells[4] != "reserved").then(|| Row {
            table,
            cyclic_prefix,
            index: table::number(cells[2]),
            type_a_position: if cells[3] == "2" { TypeAPosition::Pos2 } else { TypeAPosition::Pos3 },
            allocation: TimeAllocation {
                k0: table::number(cells[5]),
                mapping_type: if cells[4] == "A" { MappingType::A } else { MappingType::B },
                start: table::number(cells[6]),
                length: table::number(cells[7]),
            },
        })
    };
    table::rows(include_str!("../../tables/pdsch_default_tdra.csv")).filter_map(row).collect()
});

impl DefaultTimeTable {
    /// The table that CORESET#0's multiplexing pattern (1..=3) asks for with system information, and with paging
    /// that has no configured list.
    ///
    /// # Errors
    /// If the pattern is none of these.
    #[doc(alias = "TS 38.214 Table 5.1.2.1.1-1")]
    pub fn of_pattern(pattern: u8) -> Result<Self, ConfigError> {
        match pattern {
            1 => Ok(Self::A),
            2 => Ok(Self::B),
            3 => Ok(Self::C),
            _ => {
                let rule = "must lie in 1..=3";
                Err(ConfigError::new("multiplexing pattern", pattern, rule, "TS 38.214 Table 5.1.2.1.1-1"))
            }
        }
    }

    /// The row of the DCI field `m` (row index m + 1). Some rows of B and C, which have no version of their own for the
    /// extended prefix, reach beyond its slot: [`TimeAllocation::check`] refuses them.
    ///
    /// # Errors
    /// If the row is reserved or the field above 15.
    pub fn row(
        self,
        m: u8,
        type_a_position: TypeAPosition,
        cyclic_prefix: CyclicPrefix,
    ) -> Result<TimeAllocation, ConfigError> {
        let wanted = (self, m.saturating_add(1), type_a_position);
        ROWS.iter()
            .filter(|row| row.cyclic_prefix.is_none_or(|prefix| prefix == cyclic_prefix))
            .find(|row| (row.table, row.index, row.type_a_position) == wanted)
            .map(|row| row.allocation)
            .ok_or_else(|| {
                let rule = format!("default table {self:?} has no such row");
                ConfigError::new("time domain resource assignment", m, rule, "TS 38.214 5.1.2.1.1")
            })
    }
}

impl TimeAllocation {
    /// S and L from the start and length indicator SLIV of a configured list, which counts with slots of 14 symbols for
    /// either cyclic prefix.
    ///
    /// # Errors
    /// If the value stands for no allocation inside a slot of 14 symbols.
    #[doc(alias = "TS 38.214 5.1.2.1")]
    pub fn from_sliv(k0: u8, mapping_type: MappingType, sliv: u8) -> Result<Self, ConfigError> {
        // If L - 1 <= 7: SLIV = 14 (L - 1) + S, else 14 (14 - L + 1) + (14 - 1 - S).
        let (length, start) = (sliv / 14 + 1, sliv % 14);
        let (length, start) = if start + length <= 14 { (length, start) } else { (16 - length.min(15), 13 - start) };
        let allocation = Self { k0, mapping_type, start, length };
        if allocation.sliv() == Some(sliv) {
            return Ok(allocation);
        }
        let rule = "stands for no symbols inside a slot";
        Err(ConfigError::new("startSymbolAndLength", sliv, rule, "TS 38.214 5.1.2.1"))
    }

    /// The start and length indicator; `None` if the symbols do not lie in a slot of 14.
    #[doc(alias = "TS 38.214 5.1.2.1")]
    pub fn sliv(&self) -> Option<u8> {
        let (s, l) = (self.start, self.length);
        if l == 0 || l > 14 || s > 14 - l {
            return None;
        }
        Some(if l <= 8 { 14 * (l - 1) + s } else { 14 * (15 - l) + (13 - s) })
    }

    /// Whether start and length are a combination that the standard has for the mapping type and cyclic prefix.
    ///
    /// # Errors
    /// If they are not.
    #[doc(alias = "TS 38.214 Table 5.1.2.1-1")]
    pub fn check(&self, type_a_position: TypeAPosition, cyclic_prefix: CyclicPrefix) -> Result<(), ConfigError> {
        let (s, l) = (self.start, self.length);
        let n_symbols = cyclic_prefix.symbols_per_slot() as u8;
        let fits = match self.mapping_type {
            MappingType::A => (s <= 2 || s == 3 && type_a_position == TypeAPosition::Pos3) && l >= 3,
            // Rel-15 has 2, 4 and 7 symbols with the normal prefix; later releases 2 to 13.
            MappingType::B => match cyclic_prefix {
                CyclicPrefix::Normal => (2..=13).contains(&l),
                CyclicPrefix::Extended => matches!(l, 2 | 4 | 6),
            },
        };
        if fits && l <= n_symbols && s <= n_symbols - l {
            return Ok(());
        }
        let got = format!("type {:?}, {l} from symbol {s}", self.mapping_type);
        let lengths = match cyclic_prefix {
            CyclicPrefix::Normal => "2..=13",
            CyclicPrefix::Extended => "2, 4 or 6",
        };
        let rule = format!(
            "type A starts in 0..=3 (3 with dmrs-TypeA-Position pos3 only) with 3 symbols or more, type B has {lengths}, \
             both end within the slot of {n_symbols}"
        );
        Err(ConfigError::new("PDSCH symbols", got, rule, "TS 38.214 Table 5.1.2.1-1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliv_is_a_bijection_of_the_allocations_in_a_slot() {
        let mut seen = Vec::new();
        for sliv in 0..=255 {
            if let Ok(a) = TimeAllocation::from_sliv(0, MappingType::A, sliv) {
                assert!(a.start + a.length <= 14 && a.length >= 1);
                seen.push((a.start, a.length));
            }
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 14 * 15 / 2);
    }

    #[test]
    fn default_tables() {
        use CyclicPrefix::{Extended, Normal};
        let row = |table: DefaultTimeTable, m, prefix| {
            let a = table.row(m, TypeAPosition::Pos2, prefix).unwrap();
            (a.k0, a.mapping_type, a.start, a.length)
        };
        assert_eq!(row(DefaultTimeTable::A, 0, Normal), (0, MappingType::A, 2, 12));
        assert_eq!(row(DefaultTimeTable::A, 11, Normal), (0, MappingType::A, 1, 13));
        assert_eq!(row(DefaultTimeTable::A, 0, Extended), (0, MappingType::A, 2, 6));
        assert_eq!(row(DefaultTimeTable::A, 11, Extended), (0, MappingType::A, 1, 11));
        for prefix in [Normal, Extended] {
            assert_eq!(row(DefaultTimeTable::B, 5, prefix), (1, MappingType::B, 2, 2));
            assert!(DefaultTimeTable::C.row(5, TypeAPosition::Pos2, prefix).is_err());
            assert!(DefaultTimeTable::A.row(16, TypeAPosition::Pos2, prefix).is_err());
            assert!(DefaultTimeTable::A.row(255, TypeAPosition::Pos2, prefix).is_err());
        }
        for row in ROWS.iter() {
            row.allocation.check(row.type_a_position, row.cyclic_prefix.unwrap_or_default()).unwrap();
            // B and C were made for the normal prefix.
            let fits = row.allocation.start + row.allocation.length <= 12 && row.allocation.length != 7;
            let extended = row.allocation.check(row.type_a_position, Extended);
            assert!(row.cyclic_prefix.is_some() || extended.is_ok() == fits, "{:?}", row.allocation);
        }
        assert_eq!(ROWS.len(), 2 * (16 + 16 + 15 + 14));
    }

    /// Table 5.1.2.1-1, column by column: S, L and S + L.
    #[test]
    fn combinations_are_those_of_the_table() {
        use CyclicPrefix::{Extended, Normal};
        let mut valid = [0; 4];
        for (i, (prefix, mapping_type)) in
            [(Normal, MappingType::A), (Normal, MappingType::B), (Extended, MappingType::A), (Extended, MappingType::B)]
                .into_iter()
                .enumerate()
        {
            for (start, length) in
                (0..=20u8).flat_map(|s| (0..=20u8).map(move |l| (s, l))).chain([(255, 255), (3, 254)])
            {
                for position in [TypeAPosition::Pos2, TypeAPosition::Pos3] {
                    let (s, l) = (u16::from(start), u16::from(length));
                    let last_s = if position == TypeAPosition::Pos3 { 3 } else { 2 };
                    let expected = match i {
                        0 => s <= last_s && (3..=14).contains(&l) && (3..=14).contains(&(s + l)),
                        1 => s <= 12 && (2..=13).contains(&l) && (2..=14).contains(&(s + l)),
                        2 => s <= last_s && (3..=12).contains(&l) && (3..=12).contains(&(s + l)),
                        _ => s <= 10 && [2, 4, 6].contains(&l) && (2..=12).contains(&(s + l)),
                    };
                    let allocation = TimeAllocation { k0: 0, mapping_type, start, length };
                    assert_eq!(allocation.check(position, prefix).is_ok(), expected, "{allocation:?} {prefix:?}");
                    valid[i] += usize::from(expected);
                }
            }
        }
        assert!(valid.iter().all(|n| *n > 20), "{valid:?}");
    }
}
