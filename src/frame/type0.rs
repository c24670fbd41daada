use super::{Coreset0, FrequencyRange, MultiplexingPattern, Numerology, SlotPoint, SsbCase, SsbPositions};
use crate::ConfigError;
use crate::table::{number, rows};
use std::sync::LazyLock;

/// In which frames a Type0-PDCCH monitoring occasion recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type0Frame {
    /// SFN mod 2 = 0.
    Even,
    /// SFN mod 2 = 1.
    Odd,
    /// The frames that hold the SS/PBCH block (patterns 2 and 3).
    OfSsb,
}

/// A slot in which the PDCCH that schedules SIB1 is monitored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Type0Occasion {
    /// The frames.
    pub frame: Type0Frame,
    /// Slot in the frame, of the CORESET's numerology.
    pub slot: u16,
    /// First symbol of the CORESET in the slot.
    pub first_symbol: u8,
}

/// When the Type0-PDCCH common search space (the one that schedules SIB1) is monitored: searchSpaceZero of the MIB
/// together with CORESET#0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.213 13")]
#[doc(alias = "searchSpaceZero")]
pub struct Type0Monitoring {
    numerology: Numerology,
    ssb: SsbCase,
    n_symbols: u8,
    index: u8,
    schedule: Schedule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Schedule {
    /// Tables 13-11 to 13-12A: O 2^mu and the distance of the two slots in slots, M in halves.
    Pattern1 { offset: u16, m_x2: u16, symbol: FirstSymbol, distance: u16 },
    /// Tables 13-13 to 13-15A: (n_C - n_SSB, first symbol) by SSB index modulo the length.
    BesideSsb(&'static [(i8, u8)]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FirstSymbol {
    /// For every SSB index.
    Fixed(u8),
    /// 0 if the SSB index is even, this if it is odd.
    Odd(u8),
    /// 0 if the SSB index is even, N_symb^CORESET if it is odd.
    OddAfterCoreset,
}

/// Table 13-13: SSB 120 kHz, PDCCH 60 kHz.
const TABLE_13_13: [(i8, u8); 4] = [(0, 0), (0, 1), (0, 6), (0, 7)];
/// Table 13-14: SSB 240 kHz, PDCCH 120 kHz; blocks 4 and 5 of eight have theirs at the end of the slot before.
const TABLE_13_14: [(i8, u8); 8] = [(0, 0), (0, 1), (0, 2), (0, 3), (-1, 12), (-1, 13), (0, 0), (0, 1)];
/// Table 13-15: SSB 120 kHz, PDCCH 120 kHz.
const TABLE_13_15: [(i8, u8); 4] = [(0, 4), (0, 8), (0, 2), (0, 6)];
/// Table 13-15A: SSB and PDCCH both 480 or both 960 kHz.
const TABLE_13_15A: [(i8, u8); 2] = [(0, 2), (0, 9)];

impl Type0Monitoring {
    /// The row `search_space_zero` (searchSpaceZero, 0..=15) for SS/PBCH blocks of `ssb` and this CORESET#0.
    ///
    /// # Errors
    /// If the row is reserved, or `ssb` is not of the CORESET#0's SSB spacing. A receiver takes that as "no search
    /// space".
    pub fn new(coreset0: &Coreset0, ssb: SsbCase, search_space_zero: u8) -> Result<Self, ConfigError> {
        let reserved = |table: &str, last: u8| {
            let rule = format!("is reserved in Table {table}: take 0..={last}");
            ConfigError::new("searchSpaceZero", search_space_zero, rule, "TS 38.213 13")
        };
        if coreset0.ssb_numerology() != ssb.numerology() {
            let rule = format!(
                "has {} kHz, but CORESET#0 was taken from Table {} for {} kHz",
                ssb.numerology().scs_khz(),
                coreset0.table(),
                coreset0.ssb_numerology().scs_khz()
            );
            return Err(ConfigError::new("SSB case", ssb, rule, "TS 38.213 13"));
        }
        let schedule = match coreset0.pattern() {
            MultiplexingPattern::Pattern1 => {
                let (name, last) = match (ssb.frequency_range(), ssb) {
                    (FrequencyRange::Fr1, _) => ("13-11", 15),
                    (_, SsbCase::F | SsbCase::G) => ("13-12A", 13),
                    (FrequencyRange::Fr2, _) => ("13-12", 13),
                };
                let row = PATTERN1.iter().find(|row| row.table == name && row.index == search_space_zero);
                row.map(|row| row.schedule(coreset0.numerology())).ok_or_else(|| reserved(name, last))?
            }
            _ if search_space_zero != 0 => return Err(reserved("13-13 to 13-15A", 0)),
            MultiplexingPattern::Pattern2 if ssb == SsbCase::E => Schedule::BesideSsb(&TABLE_13_14),
            MultiplexingPattern::Pattern2 => Schedule::BesideSsb(&TABLE_13_13),
            MultiplexingPattern::Pattern3 if ssb == SsbCase::D => Schedule::BesideSsb(&TABLE_13_15),
            MultiplexingPattern::Pattern3 => Schedule::BesideSsb(&TABLE_13_15A),
        };
        let (numerology, n_symbols) = (coreset0.numerology(), coreset0.n_symbols());
        Ok(Self { numerology, ssb, n_symbols, index: search_space_zero, schedule })
    }

    /// searchSpaceZero.
    pub const fn index(&self) -> u8 {
        self.index
    }

    /// Numerology in which the slots count, that of CORESET#0.
    pub const fn numerology(&self) -> Numerology {
        self.numerology
    }

    /// The occasions that belong to SSB `ssb_index` of half frame `half_frame` (0 or 1; of no account in pattern 1):
    /// two slots every 20 ms in pattern 1 (consecutive ones up to 120 kHz, 125 microseconds apart above), one slot at
    /// each SS/PBCH block in patterns 2 and 3. Nothing for an index above the last candidate.
    pub fn slots(&self, ssb_index: u8, half_frame: u8) -> impl Iterator<Item = Type0Occasion> + use<> {
        let mut occasions = [None; 2];
        let per_frame = self.numerology.slots_per_frame();
        match self.schedule {
            Schedule::Pattern1 { offset, m_x2, symbol, distance } => {
                // O*2^mu + floor(i*M).
                let n = offset + u16::from(ssb_index) * m_x2 / 2;
                let first_symbol = match symbol {
                    FirstSymbol::Fixed(symbol) => symbol,
                    FirstSymbol::Odd(_) | FirstSymbol::OddAfterCoreset if ssb_index.is_multiple_of(2) => 0,
                    FirstSymbol::Odd(symbol) => symbol,
                    FirstSymbol::OddAfterCoreset => self.n_symbols,
                };
                for (occasion, n) in occasions.iter_mut().zip([n, n + distance]) {
                    let frame = if (n / per_frame).is_multiple_of(2) { Type0Frame::Even } else { Type0Frame::Odd };
                    *occasion = Some(Type0Occasion { frame, slot: n % per_frame, first_symbol });
                }
            }
            Schedule::BesideSsb(table) => {
                let (delta, first_symbol) = table[usize::from(ssb_index) % table.len()];
                let positions = SsbPositions::new(self.ssb, 64).ok();
                if let Some(time) = positions.and_then(|p| p.get(usize::from(ssb_index))) {
                    // n_SSB,i counts in the CORESET's numerology.
                    let slot_of_ssb = time.slot_in_frame(self.ssb.numerology(), half_frame & 1);
                    let n_ssb = slot_of_ssb >> (self.ssb.numerology().mu() - self.numerology.mu());
                    // A block with delta -1 is never in the first slot of a half frame.
                    let slot = n_ssb.wrapping_add_signed(i16::from(delta));
                    occasions[0] = Some(Type0Occasion { frame: Type0Frame::OfSsb, slot, first_symbol });
                }
            }
        }
        occasions.into_iter().flatten()
    }

    /// The first symbol of CORESET#0 in slot `at`, if SSB `ssb_index` has a monitoring occasion there. `ssb_sfn` and
    /// `half_frame` are those of one reception of the block, whose period is taken as two frames, as in initial cell
    /// selection (TS 38.213 4.1); pattern 1 does not need them.
    pub fn first_symbol_in(&self, at: SlotPoint, ssb_index: u8, ssb_sfn: u16, half_frame: u8) -> Option<u8> {
        if at.numerology() != self.numerology {
            return None;
        }
        let in_frame = |frame| match frame {
            Type0Frame::Even => at.sfn().is_multiple_of(2),
            Type0Frame::Odd => at.sfn() % 2 == 1,
            Type0Frame::OfSsb => at.sfn() % 2 == ssb_sfn % 2,
        };
        self.slots(ssb_index, half_frame)
            .find(|occasion| occasion.slot == at.slot() && in_frame(occasion.frame))
            .map(|occasion| occasion.first_symbol)
    }
}

struct Pattern1Row {
    table: &'static str,
    index: u8,
    /// O in eighths, and whether X is to be added.
    offset_x8: u16,
    plus_x: bool,
    m_x2: u16,
    symbol: FirstSymbol,
}

impl Pattern1Row {
    fn schedule(&self, numerology: Numerology) -> Schedule {
        // X in eighths, 1.25 and 0.625, and the slots from the first to the second.
        let (x_x8, distance) = match numerology {
            Numerology::MU5 => (10, 4),
            Numerology::MU6 => (5, 8),
            _ => (0, 1),
        };
        let offset_x8 = self.offset_x8 + if self.plus_x { x_x8 } else { 0 };
        // O has halves only in FR2, where 2^mu is at least 4, and eighths only with 2^mu of 32 or 64.
        let offset = (offset_x8 << numerology.mu()) / 8;
        Schedule::Pattern1 { offset, m_x2: self.m_x2, symbol: self.symbol, distance }
    }
}

const CSV: &str = include_str!("../../tables/type0_pdcch_pattern1.csv");

static PATTERN1: LazyLock<Vec<Pattern1Row>> = LazyLock::new(|| {
    let times = |factor: f32, cell: &str| (number::<f32>(cell) * factor) as u16;
    rows(CSV)
        .filter(|row| row[3] != "reserved")
        .map(|row| Pattern1Row {
            table: row[0],
            index: number(row[2]),
            // A number, "X", or a number "+X".
            offset_x8: match row[3].trim_end_matches('X').trim_end_matches('+') {
                "" => 0,
                base => times(8.0, base),
            },
            plus_x: row[3].ends_with('X'),
            m_x2: times(2.0, row[5]),
            symbol: match row[6].split_once(" if i even; ") {
                None => FirstSymbol::Fixed(number(row[6])),
                Some((_, odd)) if odd.starts_with("N_symb") => FirstSymbol::OddAfterCoreset,
                Some((_, odd)) => FirstSymbol::Odd(number(odd.trim_end_matches(" if i odd"))),
            },
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Coreset0Bands;

    fn monitoring(case: SsbCase, common: Numerology, coreset0: u8, index: u8) -> Type0Monitoring {
        let bands =
            if matches!(case, SsbCase::F | SsbCase::G) { Coreset0Bands::Fr2_2 } else { Coreset0Bands::default() };
        let entry = Coreset0::new(case.numerology(), common, bands, coreset0).unwrap();
        Type0Monitoring::new(&entry, case, index).unwrap()
    }

    fn slots(m: &Type0Monitoring, ssb_index: u8, half_frame: u8) -> Vec<(Type0Frame, u16, u8)> {
        m.slots(ssb_index, half_frame).map(|o| (o.frame, o.slot, o.first_symbol)).collect()
    }

    /// n_0 and SFN_C of TS 38.213 13 as the clause writes them, in floating point.
    fn slots_by_definition(o: f64, m: f64, mu: u8, i: u8) -> (u16, u16) {
        let n_slot = f64::from(10 << mu);
        let n = o * f64::from(1 << mu) + (f64::from(i) * m).floor();
        ((n % n_slot) as u16, ((n / n_slot).floor() % 2.0) as u16)
    }

    #[test]
    fn every_row_of_pattern_1_equals_the_clause() {
        for row in rows(CSV) {
            use Coreset0Bands::{Fr2_2, Minimum5Or10MHz as Licensed};
            // Case, spacing of the PDCCH, bands, and the slots from the first to the second.
            let places: &[(SsbCase, u8, Coreset0Bands, u16)] = match row[0] {
                "13-11" => &[(SsbCase::A, 0, Licensed, 1), (SsbCase::C, 1, Licensed, 1)],
                "13-12" => &[
                    (SsbCase::D, 2, Licensed, 1),
                    (SsbCase::D, 3, Licensed, 1),
                    (SsbCase::E, 3, Licensed, 1),
                    (SsbCase::D, 3, Fr2_2, 1),
                ],
                _ => &[(SsbCase::F, 5, Fr2_2, 4), (SsbCase::G, 6, Fr2_2, 8)],
            };
            for &(case, mu, bands, distance) in places {
                let common = Numerology::new(mu).unwrap();
                let entry = Coreset0::new(case.numerology(), common, bands, 2).unwrap();
                let x = if mu == 5 { 1.25 } else { 0.625 };
                let made = Type0Monitoring::new(&entry, case, number(row[2]));
                if row[3] == "reserved" {
                    assert!(made.is_err());
                    continue;
                }
                let made = made.unwrap();
                let o = match row[3] {
                    "X" => x,
                    "5+X" => 5.0 + x,
                    o => number(o),
                };
                for i in 0..if row[0] == "13-11" { 8 } else { 64 } {
                    let (n0, parity) = slots_by_definition(o, number(row[5]), mu, i);
                    let symbol = match row[6] {
                        "0 if i even; 7 if i odd" => 7 * (i % 2),
                        "0 if i even; N_symb_CORESET if i odd" => entry.n_symbols() * (i % 2),
                        fixed => number(fixed),
                    };
                    let found: Vec<_> = made.slots(i, 0).collect();
                    assert_eq!(found.len(), 2);
                    assert_eq!((found[0].slot, found[0].first_symbol), (n0, symbol), "{row:?} i={i}");
                    assert_eq!(found[0].frame, if parity == 0 { Type0Frame::Even } else { Type0Frame::Odd });
                    assert_eq!(found[1].slot, (n0 + distance) % (10 << mu));
                    assert_eq!(found[1].first_symbol, symbol);
                    assert_eq!(found[1].frame == found[0].frame, found[1].slot > n0);
                }
            }
        }
        assert_eq!(PATTERN1.len(), 30 + 14);
    }

    #[test]
    fn known_occasions_of_fr1() {
        use Type0Frame::*;
        let m = monitoring(SsbCase::A, Numerology::MU0, 6, 0);
        assert_eq!(slots(&m, 0, 0), [(Even, 0, 0), (Even, 1, 0)]);
        // searchSpaceZero 2 (O = 2): slots 2 and 3 for SSB 0.
        let m = monitoring(SsbCase::A, Numerology::MU0, 7, 2);
        assert_eq!(slots(&m, 0, 0), [(Even, 2, 0), (Even, 3, 0)]);
        // O = 7 at 15 kHz, M = 1: SSB 3 begins at slot 10, the next frame.
        let m = monitoring(SsbCase::A, Numerology::MU0, 0, 6);
        assert_eq!(slots(&m, 2, 0), [(Even, 9, 0), (Odd, 0, 0)]);
        assert_eq!(slots(&m, 3, 0), [(Odd, 0, 0), (Odd, 1, 0)]);
        let at = |sfn, slot| SlotPoint::new(Numerology::MU0, sfn, slot).unwrap();
        assert_eq!(m.first_symbol_in(at(301, 1), 3, 0, 0), Some(0));
        assert_eq!(m.first_symbol_in(at(300, 1), 3, 0, 0), None);
        assert_eq!(m.first_symbol_in(SlotPoint::new(Numerology::MU1, 301, 1).unwrap(), 3, 0, 0), None);
    }

    #[test]
    fn pattern_3_begins_with_its_block_and_pattern_2_leads_it() {
        for (case, coreset0) in [(SsbCase::D, 4), (SsbCase::F, 12), (SsbCase::G, 15)] {
            let numerology = case.numerology();
            let m = monitoring(case, numerology, coreset0, 0);
            let positions = SsbPositions::new(case, 64).unwrap();
            for (i, time) in positions.iter().enumerate() {
                for half in [0, 1] {
                    let slot = time.slot_in_frame(numerology, half);
                    assert_eq!(slots(&m, i as u8, half), [(Type0Frame::OfSsb, slot, time.first_symbol)]);
                }
            }
        }
        let m = monitoring(SsbCase::D, Numerology::MU3, 4, 0);
        for (case, common, coreset0, lead) in
            [(SsbCase::D, Numerology::MU2, 8, [2, 3, 2, 3]), (SsbCase::E, Numerology::MU3, 4, [4, 5, 6, 7])]
        {
            let m = monitoring(case, common, coreset0, 0);
            let positions = SsbPositions::new(case, 64).unwrap();
            for (i, time) in positions.iter().enumerate() {
                let found = slots(&m, i as u8, 0);
                let pdcch_symbol = found[0].1 * 14 + u16::from(found[0].2);
                // The block's first symbol in symbols of half its spacing.
                let ssb_symbol = time.first_symbol_in_half_frame / 2;
                assert_eq!(ssb_symbol - pdcch_symbol, lead[i % 4], "{case} {i}");
            }
        }
        assert_eq!(m.slots(64, 0).count(), 0);
        let entry = Coreset0::new(Numerology::MU3, Numerology::MU3, Coreset0Bands::default(), 4).unwrap();
        assert!(Type0Monitoring::new(&entry, SsbCase::D, 1).is_err());
        assert!(Type0Monitoring::new(&entry, SsbCase::E, 0).is_err());
    }
}
