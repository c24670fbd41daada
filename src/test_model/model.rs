use crate::ConfigError;
use crate::modulation::Modulation;
use crate::table::{number, rows};
use std::fmt;
use std::sync::LazyLock;

/// An FR1 test model, NR-FR1-TM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.141-1 4.9.2.2")]
pub enum TestModel {
    /// Every block, QPSK.
    Tm1_1,
    /// QPSK, 40 % of the blocks boosted.
    Tm1_2,
    /// One block, 64QAM.
    Tm2,
    /// One block, 256QAM.
    Tm2a,
    /// One block, 1024QAM.
    Tm2b,
    /// Every block, 64QAM.
    Tm3_1,
    /// Every block, 256QAM.
    Tm3_1a,
    /// Every block, 1024QAM.
    Tm3_1b,
    /// 16QAM in 60 % of the blocks, weaker than the QPSK of the others.
    Tm3_2,
    /// QPSK, 50 % of the blocks weaker than the others.
    Tm3_3,
}

/// How a test model fills its channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TestModelAllocation {
    /// Every resource block, all of the same power.
    Full,
    /// Some resource block groups have another power (and maybe modulation) than the others, which are QPSK.
    Boosted {
        /// Which part of the blocks these are to be, at most.
        percent: u16,
        /// Their power over the mean of both, dB.
        power_db: f64,
    },
    /// One block a slot: in slots 3n the lowest, 3n + 1 the middle, 3n + 2 the highest.
    SinglePrb,
}

struct Row {
    name: &'static str,
    clause: &'static str,
    modulation: Modulation,
    allocation: TestModelAllocation,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    rows(include_str!("../../tables/nr_test_models_fr1_38.141-1_4.9.2.2.csv"))
        .map(|cells| {
            let modulation = cells[2].split(' ').next().unwrap_or_default();
            Row {
                name: cells[0],
                clause: cells[1],
                modulation: Modulation::ALL
                    .into_iter()
                    .find(|m| m.to_string() == modulation)
                    .unwrap_or_else(|| panic!("embedded table: '{modulation}' is no modulation")),
                allocation: match cells[3] {
                    "full" => TestModelAllocation::Full,
                    "single PRB" => TestModelAllocation::SinglePrb,
                    _ => {
                        TestModelAllocation::Boosted { percent: number(cells[4]), power_db: target_power_db(cells[0]) }
                    }
                },
            }
        })
        .collect()
});

/// The power of the groups that the tables of 4.9.2.2.2, .7 and .8 name.
fn target_power_db(name: &str) -> f64 {
    match name {
        "NR-FR1-TM1.2" => 3.0,
        "NR-FR1-TM3.2" => -3.0,
        _ => -6.0,
    }
}

impl TestModel {
    /// Every model, in the order of the clauses.
    pub const ALL: [Self; 10] = [
        Self::Tm1_1,
        Self::Tm1_2,
        Self::Tm2,
        Self::Tm2a,
        Self::Tm2b,
        Self::Tm3_1,
        Self::Tm3_1a,
        Self::Tm3_1b,
        Self::Tm3_2,
        Self::Tm3_3,
    ];

    /// Of a name as `NR-FR1-TM3.1a`, or `TM3.1a` for short; upper and lower case are alike.
    ///
    /// # Errors
    /// If there is no such model.
    pub fn from_name(name: &str) -> Result<Self, ConfigError> {
        let is = |model: &Self| {
            let full = model.name();
            full.eq_ignore_ascii_case(name) || full["NR-FR1-".len()..].eq_ignore_ascii_case(name)
        };
        Self::ALL.into_iter().find(is).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|model| &model.name()["NR-FR1-".len()..]).collect();
            let rule = format!("must be one of {}", names.join(", "));
            ConfigError::new("test model", name, rule, "TS 38.141-1 4.9.2.2")
        })
    }

    /// The standard's name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The clause of TS 38.141-1.
    pub fn clause(self) -> &'static str {
        self.row().clause
    }

    /// The modulation that the model is made for.
    pub fn modulation(self) -> Modulation {
        self.row().modulation
    }

    /// How it fills its channel.
    pub fn allocation(self) -> TestModelAllocation {
        self.row().allocation
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

impl fmt::Display for TestModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
