use super::{CellId, Coreset, Numerology};
use crate::ConfigError;
use crate::table::{number, rows};
use std::fmt;
use std::sync::LazyLock;

/// SS/PBCH block and CORESET multiplexing pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.213 13")]
pub enum MultiplexingPattern {
    /// Pattern 1: at another time than the block, over its frequencies. The only one of FR1.
    Pattern1,
    /// Pattern 2: beside the block in frequency, some symbols before it.
    Pattern2,
    /// Pattern 3: beside the block in frequency, at the same time.
    Pattern3,
}

impl fmt::Display for MultiplexingPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pattern1 => "1",
            Self::Pattern2 => "2",
            Self::Pattern3 => "3",
        })
    }
}

/// Which of the CORESET#0 tables hold in a band of FR1 or FR2-2. In the rest of FR2 the spacings alone decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Coreset0Bands {
    /// Minimum channel bandwidth 5 or 10 MHz (except n79 and n104): Tables 13-1 to 13-4.
    #[default]
    Minimum5Or10MHz,
    /// Minimum channel bandwidth 40 MHz, or bands n79 and n104: Tables 13-5 and 13-6.
    Minimum40MHz,
    /// Shared spectrum channel access (n46, n96, n102): Tables 13-1A and 13-4A.
    SharedSpectrum,
    /// FR2-2 (n263): Table 13-10A.
    Fr2_2,
}

impl fmt::Display for Coreset0Bands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minimum5Or10MHz => "minimum channel bandwidth 5 or 10 MHz",
            Self::Minimum40MHz => "minimum channel bandwidth 40 MHz, n79, n104",
            Self::SharedSpectrum => "shared spectrum channel access",
            Self::Fr2_2 => "FR2-2",
        })
    }
}

/// A row of the CORESET#0 tables: what controlResourceSetZero of the MIB means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.213 Tables 13-1 to 13-10, 13-1A, 13-4A, 13-10A")]
pub struct Coreset0 {
    table: &'static str,
    ssb: Numerology,
    common: Numerology,
    /// `None`: all bands of FR2-1.
    bands: Option<Coreset0Bands>,
    index: u8,
    pattern: MultiplexingPattern,
    n_rb: u16,
    n_symbols: u8,
    /// Offset in resource blocks if k_SSB = 0, and otherwise.
    rb_offset: [i16; 2],
}

impl Coreset0 {
    /// The row `index` (controlResourceSetZero, 0..=15) for SS/PBCH blocks of numerology `ssb` and PDCCH of
    /// numerology `common` (subCarrierSpacingCommon).
    ///
    /// # Errors
    /// If no table holds for the two spacings, or the row is reserved. A receiver takes that as "no CORESET#0".
    pub fn new(ssb: Numerology, common: Numerology, bands: Coreset0Bands, index: u8) -> Result<Self, ConfigError> {
        let fits = |row: &&Self| row.ssb == ssb && row.common == common && row.holds_in(bands);
        let mut table = TABLE.iter().filter(fits).peekable();
        let Some(name) = table.peek().map(|row| row.table) else {
            let got = format!("{} kHz with SSB {} kHz ({bands})", common.scs_khz(), ssb.scs_khz());
            let mut allowed: Vec<u32> = Numerology::ALL
                .into_iter()
                .filter(|c| TABLE.iter().any(|r| r.ssb == ssb && r.common == *c && r.holds_in(bands)))
                .map(Numerology::scs_khz)
                .collect();
            allowed.dedup();
            let rule = if allowed.is_empty() {
                "no table has this SSB spacing in such a band: choose another SSB spacing".to_owned()
            } else {
                format!("no table has this pair: with this SSB the common spacing must be one of {allowed:?} kHz")
            };
            return Err(ConfigError::new("subCarrierSpacingCommon", got, rule, "TS 38.213 13"));
        };
        table.find(|row| row.index == index).copied().ok_or_else(|| {
            let last = TABLE.iter().filter(fits).map(|row| row.index).max().unwrap_or(0);
            let rule = format!("is reserved in Table {name}: take 0..={last}");
            ConfigError::new("controlResourceSetZero", index, rule, "TS 38.213 13")
        })
    }

    /// Every row that is not reserved.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().copied()
    }

    /// The table's name, as `13-4`.
    pub const fn table(&self) -> &'static str {
        self.table
    }

    /// controlResourceSetZero.
    pub const fn index(&self) -> u8 {
        self.index
    }

    /// Numerology of the SS/PBCH block.
    pub const fn ssb_numerology(&self) -> Numerology {
        self.ssb
    }

    /// Numerology of the CORESET, subCarrierSpacingCommon.
    pub const fn numerology(&self) -> Numerology {
        self.common
    }

    /// Multiplexing pattern.
    pub const fn pattern(&self) -> MultiplexingPattern {
        self.pattern
    }

    /// N_RB^CORESET, resource blocks.
    pub const fn n_rb(&self) -> u16 {
        self.n_rb
    }

    /// N_symb^CORESET, symbols.
    pub const fn n_symbols(&self) -> u8 {
        self.n_symbols
    }

    /// Offset in resource blocks of the CORESET's spacing: from its lowest block to the lowest common resource block
    /// that overlaps with the first block of the SS/PBCH block. Rows of patterns 2 and 3 may depend on k_SSB.
    pub const fn rb_offset(&self, k_ssb: u8) -> i16 {
        self.rb_offset[(k_ssb != 0) as usize]
    }

    /// The CORESET with its lowest block at common resource block `start_crb` of its own spacing. A receiver that does
    /// not know Point A yet counts from any block, 0 for example: nothing of CORESET#0 depends on it.
    ///
    /// # Errors
    /// If it would end above the highest common resource block that a carrier can have.
    pub fn coreset(&self, start_crb: u16, cell_id: CellId) -> Result<Coreset, ConfigError> {
        Coreset::zero(start_crb, self.n_rb, self.n_symbols, cell_id)
    }

    fn holds_in(&self, bands: Coreset0Bands) -> bool {
        match self.bands {
            Some(own) => own == bands,
            None => bands != Coreset0Bands::Fr2_2,
        }
    }
}

const CSV: &str = include_str!("../../tables/coreset0.csv");

static TABLE: LazyLock<Vec<Coreset0>> = LazyLock::new(|| {
    rows(CSV)
        .filter(|row| row[5] != "reserved")
        .map(|row| Coreset0 {
            table: row[0],
            ssb: numerology(row[1]),
            common: numerology(row[2]),
            bands: match row[3] {
                "FR2" => None,
                "FR2-2" => Some(Coreset0Bands::Fr2_2),
                applicability if applicability.starts_with("40") => Some(Coreset0Bands::Minimum40MHz),
                applicability if applicability.starts_with("shared") => Some(Coreset0Bands::SharedSpectrum),
                _ => Some(Coreset0Bands::Minimum5Or10MHz),
            },
            index: number(row[4]),
            pattern: match row[5] {
                "1" => MultiplexingPattern::Pattern1,
                "2" => MultiplexingPattern::Pattern2,
                _ => MultiplexingPattern::Pattern3,
            },
            n_rb: number(row[6]),
            n_symbols: number(row[7]),
            // Either one number or "-20 if k_SSB=0 else -21".
            rb_offset: match row[8].split_once(" if k_SSB=0 else ") {
                Some((zero, other)) => [number(zero), number(other)],
                None => [number(row[8]); 2],
            },
        })
        .collect()
});

fn numerology(scs_khz: &str) -> Numerology {
    let scs_khz = number(scs_khz);
    Numerology::ALL.into_iter().find(|n| n.scs_khz() == scs_khz).unwrap_or(Numerology::MU0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads_and_is_found_again() {
        let mut reserved = 0;
        for row in rows(CSV) {
            let bands = [("4", Coreset0Bands::Minimum40MHz), ("s", Coreset0Bands::SharedSpectrum)];
            let bands = bands.into_iter().chain([("FR2-2", Coreset0Bands::Fr2_2)]);
            let bands =
                bands.into_iter().find(|(text, _)| row[3].starts_with(text)).map_or_else(Default::default, |b| b.1);
            let scs = |cell| Numerology::from_scs_khz(number(cell)).unwrap();
            let entry = Coreset0::new(scs(row[1]), scs(row[2]), bands, number(row[4]));
            if row[5] == "reserved" {
                assert!(entry.unwrap_err().to_string().contains(row[0]), "{row:?}");
                reserved += 1;
                continue;
            }
            let entry = entry.unwrap();
            assert_eq!((entry.table(), entry.index().to_string().as_str()), (row[0], row[4]));
            assert_eq!(entry.pattern().to_string(), row[5]);
            assert_eq!((entry.n_rb(), entry.n_symbols()), (number(row[6]), number(row[7])));
            assert!(row[8].starts_with(&entry.rb_offset(0).to_string()));
            assert!(row[8].ends_with(&entry.rb_offset(5).to_string()));
        }
        assert_eq!(reserved + Coreset0::all().count(), 192 + 3 * 16);
    }

    #[test]
    fn every_row_makes_a_coreset() {
        for entry in Coreset0::all() {
            let coreset = entry.coreset(1, CellId::new(1007).unwrap()).unwrap();
            assert_eq!((coreset.n_rb(), coreset.duration()), (entry.n_rb().into(), entry.n_symbols().into()));
            assert_eq!((coreset.first_crb(), coreset.n_cce()), (1, coreset.n_rb() * coreset.duration() / 6));
        }
    }

    #[test]
    fn known_rows() {
        use Coreset0Bands::*;
        let (a, c, d) = (Numerology::MU0, Numerology::MU1, Numerology::MU3);
        let row = |ssb, common, bands, index| Coreset0::new(ssb, common, bands, index).unwrap();
        let entry = row(a, a, Minimum5Or10MHz, 6);
        assert_eq!((entry.n_rb(), entry.n_symbols(), entry.rb_offset(6)), (48, 1, 12));
        let entry = row(c, c, Minimum40MHz, 1);
        assert_eq!((entry.table(), entry.n_rb(), entry.rb_offset(0)), ("13-6", 24, 4));
        let entry = row(d, d, Minimum5Or10MHz, 4);
        assert_eq!(
            (entry.pattern(), entry.rb_offset(0), entry.rb_offset(1)),
            (MultiplexingPattern::Pattern3, -20, -21)
        );
        assert_eq!(entry, row(d, d, SharedSpectrum, 4), "FR2-1 has one set of tables");
        // FR2-2 has one table for its three spacings, and no pair of two.
        for scs in [d, Numerology::MU5, Numerology::MU6] {
            let entry = row(scs, scs, Fr2_2, 14);
            assert_eq!((entry.table(), entry.n_rb(), entry.rb_offset(0), entry.rb_offset(1)), ("13-10A", 48, -20, -21));
            assert_eq!(row(scs, scs, Fr2_2, 11).rb_offset(3), 76);
        }
        assert!(Coreset0::new(d, Numerology::MU2, Fr2_2, 0).is_err());
        assert!(Coreset0::new(Numerology::MU5, Numerology::MU5, Minimum5Or10MHz, 0).is_err());
    }

    #[test]
    fn errors_name_the_way_out() {
        let pair = Coreset0::new(Numerology::MU0, Numerology::MU2, Coreset0Bands::default(), 0).unwrap_err();
        assert!(pair.to_string().contains("[15, 30] kHz"), "{pair}");
        let reserved = Coreset0::new(Numerology::MU0, Numerology::MU0, Coreset0Bands::default(), 15).unwrap_err();
        assert!(reserved.to_string().contains("Table 13-1: take 0..=14"), "{reserved}");
    }
}
