use super::{Duplex, FrequencyRange, Numerology};
use crate::ConfigError;
use crate::table::{number, rows};
use std::fmt;
use std::sync::LazyLock;

/// How the SS/PBCH blocks of a half frame lie in time; the case also gives their subcarrier spacing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.213 4.1")]
pub enum SsbCase {
    /// 15 kHz.
    A,
    /// 30 kHz, the pattern beside LTE.
    B,
    /// 30 kHz.
    C,
    /// 120 kHz.
    D,
    /// 240 kHz, in FR2-1.
    E,
    /// 480 kHz, in FR2-2.
    F,
    /// 960 kHz, in FR2-2.
    G,
}

impl SsbCase {
    /// Every case.
    pub const ALL: [Self; 7] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F, Self::G];

    /// The numerology of the SS/PBCH block.
    pub const fn numerology(self) -> Numerology {
        match self {
            Self::A => Numerology::MU0,
            Self::B | Self::C => Numerology::MU1,
            Self::D => Numerology::MU3,
            Self::E => Numerology::MU4,
            Self::F => Numerology::MU5,
            Self::G => Numerology::MU6,
        }
    }

    /// The frequency range that the case belongs to.
    pub const fn frequency_range(self) -> FrequencyRange {
        match self {
            Self::A | Self::B | Self::C => FrequencyRange::Fr1,
            Self::D | Self::E | Self::F | Self::G => FrequencyRange::Fr2,
        }
    }

    /// Whether the case exists at a frequency in Hz: A to C in FR1, D in FR2, E in FR2-1, F and G in FR2-2.
    #[doc(alias = "TS 38.213 4.1")]
    pub const fn exists_at(self, frequency_hz: u64) -> bool {
        let fr2 = matches!(FrequencyRange::of_hz(frequency_hz), FrequencyRange::Fr2);
        match self {
            Self::A | Self::B | Self::C => !fr2,
            Self::D => fr2,
            Self::E => fr2 && !FrequencyRange::is_fr2_2(frequency_hz),
            Self::F | Self::G => FrequencyRange::is_fr2_2(frequency_hz),
        }
    }

    /// L_max (without shared spectrum channel access): 4, 8 or 64, by the frequency of the block in Hz. The duplex
    /// mode matters for case C from 1.88 to 3 GHz only.
    pub const fn l_max(self, frequency_hz: u64, duplex: Duplex) -> u8 {
        let low = match self {
            Self::A | Self::B => frequency_hz <= 3_000_000_000,
            Self::C => match duplex {
                Duplex::Tdd => frequency_hz < 1_880_000_000,
                Duplex::Fdd | Duplex::Sdl | Duplex::Sul => frequency_hz <= 3_000_000_000,
            },
            Self::D | Self::E | Self::F | Self::G => return 64,
        };
        if low { 4 } else { 8 }
    }

    /// The case of a letter, `A` to `G`.
    pub(crate) fn from_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.to_string() == letter)
    }
}

impl fmt::Display for SsbCase {
    /// The letter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
            Self::G => "G",
        })
    }
}

/// Where one candidate SS/PBCH block begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SsbTime {
    /// First symbol, counted from the beginning of the half frame.
    pub first_symbol_in_half_frame: u16,
    /// Slot in the half frame, of the block's own numerology.
    pub slot_in_half_frame: u16,
    /// First symbol in that slot.
    pub first_symbol: u8,
}

impl SsbTime {
    /// The slot in the frame, n_s,f^mu, of the block's numerology; `half_frame` 0 or 1.
    pub const fn slot_in_frame(self, numerology: Numerology, half_frame: u8) -> u16 {
        self.slot_in_half_frame + half_frame as u16 * (numerology.slots_per_frame() / 2)
    }
}

/// The candidate SS/PBCH blocks of a half frame: candidate index (for L_max 4 and 8 and 64 the SSB index) to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.213 4.1")]
pub struct SsbPositions {
    case: SsbCase,
    first_symbols: &'static [u16],
}

impl SsbPositions {
    /// The `l_max` candidates of `case`: 4 or 8 for cases A to C, 64 for cases D to G.
    ///
    /// # Errors
    /// If the case has no such L_max.
    pub fn new(case: SsbCase, l_max: u8) -> Result<Self, ConfigError> {
        PATTERNS
            .iter()
            .find(|p| p.case == case && !p.shared && p.first_symbols.len() == usize::from(l_max))
            .map(|p| Self { case, first_symbols: &p.first_symbols })
            .ok_or_else(|| {
                let rule = match case.frequency_range() {
                    FrequencyRange::Fr1 => format!("case {case} has 4 (up to 3 GHz) or 8 candidates"),
                    FrequencyRange::Fr2 => format!("case {case} has 64 candidates"),
                };
                ConfigError::new("L_max", l_max, rule, "TS 38.213 4.1")
            })
    }

    /// The candidates of `case` at a frequency in Hz, see [`SsbCase::l_max`].
    pub fn at_frequency(case: SsbCase, frequency_hz: u64, duplex: Duplex) -> Self {
        let l_max = case.l_max(frequency_hz, duplex);
        match Self::new(case, l_max) {
            Ok(positions) => positions,
            Err(_) => unreachable!("l_max gives 4 or 8 for cases A to C and 64 for D to G"),
        }
    }

    /// The candidates with shared spectrum channel access: 10 of case A, 20 of case C.
    ///
    /// # Errors
    /// If `case` is neither A nor C.
    pub fn shared_spectrum(case: SsbCase) -> Result<Self, ConfigError> {
        PATTERNS
            .iter()
            .find(|p| p.case == case && p.shared)
            .map(|p| Self { case, first_symbols: &p.first_symbols })
            .ok_or_else(|| {
                ConfigError::new(
                    "SSB case",
                    case,
                    "shared spectrum channel access has cases A and C only",
                    "TS 38.213 4.1",
                )
            })
    }

    /// The case.
    pub const fn case(&self) -> SsbCase {
        self.case
    }

    /// Number of candidates in a half frame; L_max without shared spectrum channel access.
    pub const fn n_candidates(&self) -> usize {
        self.first_symbols.len()
    }

    /// The first symbol of each candidate, counted from the beginning of the half frame.
    pub const fn first_symbols(&self) -> &'static [u16] {
        self.first_symbols
    }

    /// Where candidate `index` begins; `None` if there is no such candidate.
    pub fn get(&self, index: usize) -> Option<SsbTime> {
        self.first_symbols.get(index).map(|&symbol| SsbTime {
            first_symbol_in_half_frame: symbol,
            slot_in_half_frame: symbol / 14,
            first_symbol: (symbol % 14) as u8,
        })
    }

    /// All candidates in order of their index.
    pub fn iter(&self) -> impl Iterator<Item = SsbTime> + use<> {
        let positions = *self;
        (0..positions.n_candidates()).filter_map(move |index| positions.get(index))
    }
}

/// The first symbols, counted from the beginning of the half frame, of the `l_max` candidates of `case`.
///
/// # Errors
/// If the case has no such L_max.
#[doc(alias = "TS 38.213 4.1")]
pub fn ssb_first_symbols(case: SsbCase, l_max: u8) -> Result<&'static [u16], ConfigError> {
    SsbPositions::new(case, l_max).map(|positions| positions.first_symbols())
}

struct Pattern {
    case: SsbCase,
    shared: bool,
    first_symbols: Vec<u16>,
}

const CSV: &str = include_str!("../../tables/ssb_patterns.csv");

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    rows(CSV)
        .filter_map(|row| {
            Some(Pattern {
                case: SsbCase::from_letter(row[0])?,
                shared: row[2].starts_with("shared"),
                first_symbols: row[7].split_whitespace().map(number).collect(),
            })
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_equals_its_formula() {
        // TS 38.213 4.1: {first symbols} + period * n.
        let mut rows_read = 0;
        for row in rows(CSV) {
            let list = |cell: &str| cell.split_whitespace().map(number::<u16>).collect::<Vec<_>>();
            let (base, period, n) = (list(row[4]), number::<u16>(row[5]), list(row[6]));
            let expanded: Vec<u16> = n.iter().flat_map(|n| base.iter().map(move |b| b + period * n)).collect();
            assert_eq!(expanded, list(row[7]), "{row:?}");
            assert_eq!(expanded.len(), number::<usize>(row[3]), "{row:?}");
            let case = SsbCase::from_letter(row[0]).unwrap();
            assert_eq!(case.numerology().scs_khz(), number::<u32>(row[1]));
            rows_read += 1;
        }
        assert_eq!(rows_read, 14);
    }

    #[test]
    fn blocks_never_overlap_and_stay_in_the_half_frame() {
        for pattern in PATTERNS.iter() {
            assert!(pattern.first_symbols.windows(2).all(|w| w[0] + 4 <= w[1]));
            let symbols = pattern.case.numerology().slots_per_frame() / 2 * 14;
            assert!(pattern.first_symbols.iter().all(|s| s + 4 <= symbols));
        }
    }

    #[test]
    fn slots_and_symbols_of_known_blocks() {
        // Case E, index 27: slot 13, symbol 6 (independent transmitter, vector ssb/010).
        let e = SsbPositions::new(SsbCase::E, 64).unwrap();
        let time = e.get(27).unwrap();
        assert_eq!((time.slot_in_half_frame, time.first_symbol), (13, 6));
        let d = SsbPositions::new(SsbCase::D, 64).unwrap();
        let time = d.get(49).unwrap();
        assert_eq!((time.slot_in_half_frame, time.first_symbol), (30, 8));
        assert_eq!(time.slot_in_frame(Numerology::MU3, 1), 70);
        assert_eq!(d.get(64), None);
        // Two blocks in each of 32 slots: 1 ms of 480 kHz and half of one of 960 kHz.
        let g = SsbPositions::new(SsbCase::G, 64).unwrap();
        let time = g.get(63).unwrap();
        assert_eq!((time.slot_in_half_frame, time.first_symbol, time.slot_in_frame(Numerology::MU6, 1)), (31, 9, 351));
        assert_eq!(ssb_first_symbols(SsbCase::B, 8).unwrap(), [4, 8, 16, 20, 32, 36, 44, 48]);
        assert!(SsbPositions::new(SsbCase::A, 64).is_err() && SsbPositions::shared_spectrum(SsbCase::B).is_err());
        assert_eq!(SsbPositions::shared_spectrum(SsbCase::C).unwrap().n_candidates(), 20);
    }

    #[test]
    fn l_max_by_frequency() {
        assert_eq!(SsbCase::A.l_max(3_000_000_000, Duplex::Fdd), 4);
        assert_eq!(SsbCase::B.l_max(3_000_000_001, Duplex::Fdd), 8);
        assert_eq!(SsbCase::C.l_max(1_879_999_999, Duplex::Tdd), 4);
        assert_eq!(SsbCase::C.l_max(1_880_000_000, Duplex::Tdd), 8);
        assert_eq!(SsbCase::C.l_max(2_120_000_000, Duplex::Fdd), 4);
        for case in SsbCase::ALL {
            let ghz = |n: u64| case.exists_at(n * 1_000_000_000);
            let expected = match case {
                SsbCase::A | SsbCase::B | SsbCase::C => [true, false, false, false],
                SsbCase::D => [false, true, true, true],
                SsbCase::E => [false, true, true, false],
                SsbCase::F | SsbCase::G => [false, false, false, true],
            };
            assert_eq!([ghz(3), ghz(25), ghz(52), ghz(60)], expected, "{case}");
            for ghz in [1, 2, 3, 4, 28, 60] {
                for duplex in [Duplex::Fdd, Duplex::Tdd] {
                    let positions = SsbPositions::at_frequency(case, ghz * 1_000_000_000, duplex);
                    assert_eq!(positions.n_candidates(), positions.iter().count());
                }
            }
        }
    }
}
