use super::mutual_information::mutual_information;
use super::required_snr::{TargetBler, required_snr_db};
use crate::ConfigError;
use crate::modulation::Modulation;
use crate::table::{number, rows};
use std::sync::LazyLock;

/// cqi-Table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.214 5.2.2.1")]
pub enum CqiTable {
    /// table1, Table 5.2.2.1-2: up to 64QAM.
    #[default]
    Qam64,
    /// table2, Table 5.2.2.1-3: up to 256QAM.
    Qam256,
    /// table3, Table 5.2.2.1-4: up to 64QAM, for a block error rate of 0.00001.
    Qam64LowSe,
    /// table4, Table 5.2.2.1-5: up to 1024QAM.
    Qam1024,
}

/// A row of a CQI table, but for the first, which says that nothing can be received.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cqi {
    /// Modulation.
    pub modulation: Modulation,
    /// Code rate times 1024.
    pub rate_x1024: u16,
}

impl Cqi {
    /// Bits a symbol of a layer.
    pub fn efficiency(&self) -> f64 {
        self.modulation.bits_per_symbol() as f64 * f64::from(self.rate_x1024) / 1024.0
    }
}

/// A table with what each row needs.
struct Rows {
    cqi: Vec<Cqi>,
    /// The SNR in dB at which the row reaches the table's block error rate.
    snr_db: Vec<f64>,
    /// The mutual information a symbol there.
    information: Vec<f64>,
}

static TABLES: LazyLock<[Rows; 4]> = LazyLock::new(|| {
    [
        (include_str!("../../tables/cqi_5.2.2.1-2.csv"), TargetBler::Tenth),
        (include_str!("../../tables/cqi_5.2.2.1-3.csv"), TargetBler::Tenth),
        (include_str!("../../tables/cqi_5.2.2.1-4.csv"), TargetBler::Hundredthousandth),
        (include_str!("../../tables/cqi_5.2.2.1-5.csv"), TargetBler::Tenth),
    ]
    .map(|(csv, target)| {
        let row = |cells: Vec<&str>| {
            let modulation = Modulation::from_qm(number(cells[2])).ok()?;
            Some(Cqi { modulation, rate_x1024: number(cells[3]) })
        };
        let cqi: Vec<Cqi> = rows(csv).filter(|cells| !cells[2].is_empty()).filter_map(row).collect();
        let need = |cqi: &Cqi| required_snr_db(cqi.modulation.bits_per_symbol(), cqi.rate_x1024, target);
        // The test below asks for each row.
        let snr_db: Vec<f64> = cqi.iter().map(|cqi| need(cqi).unwrap_or(f64::INFINITY)).collect();
        let information = |(cqi, db): (&Cqi, &f64)| mutual_information(cqi.modulation, 10f64.powf(db / 10.0));
        let information = cqi.iter().zip(&snr_db).map(information).collect();
        Rows { cqi, snr_db, information }
    })
});

impl CqiTable {
    /// Row 1..=15; `None` for row 0, out of range.
    ///
    /// # Errors
    /// If the index is above 15.
    pub fn entry(self, cqi: u8) -> Result<Option<Cqi>, ConfigError> {
        let rows = &TABLES[self as usize].cqi;
        if usize::from(cqi) > rows.len() {
            return Err(ConfigError::new("CQI index", cqi, "must lie in 0..=15", "TS 38.214 5.2.2.1"));
        }
        Ok(usize::from(cqi).checked_sub(1).map(|i| rows[i]))
    }

    /// The highest row whose block error rate stays within the table's (0.1; 0.00001 of table 3), from the mean mutual
    /// information of a symbol in each modulation, in bits: 0 if there is none.
    ///
    /// A block whose symbols differ in quality is received as one whose symbols all have its mean mutual information.
    #[doc(alias = "TS 38.214 5.2.2.1")]
    pub fn highest(self, information: impl Fn(Modulation) -> f64) -> u8 {
        let Rows { cqi, information: needed, .. } = &TABLES[self as usize];
        let works = |i: &usize| information(cqi[*i].modulation) >= needed[*i];
        (0..cqi.len()).rev().find(works).map_or(0, |i| i as u8 + 1)
    }

    /// The highest row at a signal-to-noise ratio in dB that all symbols have.
    pub fn for_snr(self, snr_db: f64) -> u8 {
        let snr = 10f64.powf(snr_db / 10.0);
        self.highest(|modulation| mutual_information(modulation, snr))
    }

    /// The SNR in dB that row `cqi` needs in white noise with this library's receiver; `None` for row 0 and above 15.
    pub fn required_snr_db(self, cqi: u8) -> Option<f64> {
        TABLES[self as usize].snr_db.get(usize::from(cqi).checked_sub(1)?).copied()
    }

    /// The modulations of the table, fewest bits first.
    pub(super) fn modulations(self) -> &'static [Modulation] {
        use Modulation::{Qam16, Qam64, Qam256, Qam1024, Qpsk};
        match self {
            Self::Qam64 | Self::Qam64LowSe => &[Qpsk, Qam16, Qam64],
            Self::Qam256 => &[Qpsk, Qam16, Qam64, Qam256],
            Self::Qam1024 => &[Qpsk, Qam16, Qam64, Qam256, Qam1024],
        }
    }
}

/// The two bits by which a subband's CQI differs from the wideband one.
#[doc(alias = "TS 38.214 Table 5.2.2.1-1")]
pub fn differential_cqi(wideband: u8, subband: u8) -> u8 {
    match i16::from(subband) - i16::from(wideband) {
        0 => 0,
        1 => 1,
        2.. => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [CqiTable; 4] = [CqiTable::Qam64, CqiTable::Qam256, CqiTable::Qam64LowSe, CqiTable::Qam1024];

    #[test]
    fn tables_are_whole() {
        for table in ALL {
            assert_eq!(table.entry(0).unwrap(), None);
            assert!(table.entry(16).is_err());
            let rows: Vec<Cqi> = (1..=15).map(|i| table.entry(i).unwrap().unwrap()).collect();
            assert!(rows.windows(2).all(|w| w[1].efficiency() > w[0].efficiency()), "{table:?}");
            let csv = match table {
                CqiTable::Qam64 => include_str!("../../tables/cqi_5.2.2.1-2.csv"),
                CqiTable::Qam256 => include_str!("../../tables/cqi_5.2.2.1-3.csv"),
                CqiTable::Qam64LowSe => include_str!("../../tables/cqi_5.2.2.1-4.csv"),
                CqiTable::Qam1024 => include_str!("../../tables/cqi_5.2.2.1-5.csv"),
            };
            for (row, cells) in rows.iter().zip(crate::table::rows(csv).skip(1)) {
                assert!((row.efficiency() - number::<f64>(cells[4])).abs() < 1e-4);
                assert!(table.modulations().contains(&row.modulation));
            }
        }
        assert_eq!(CqiTable::Qam1024.entry(15).unwrap().unwrap().modulation, Modulation::Qam1024);
    }

    #[test]
    fn each_row_is_the_best_where_it_begins_to_work() {
        for table in ALL {
            let needs: Vec<f64> = (1..=15).map(|cqi| table.required_snr_db(cqi).unwrap()).collect();
            assert!(needs.iter().all(|db| db.is_finite()) && needs.is_sorted(), "{table:?}: {needs:?}");
            for (i, db) in needs.iter().enumerate() {
                let cqi = i as u8 + 1;
                assert_eq!((table.for_snr(db + 0.01), table.for_snr(db - 0.01)), (cqi, cqi - 1), "{table:?}");
            }
            assert_eq!((table.for_snr(f64::NAN), table.for_snr(-100.0), table.for_snr(200.0)), (0, 0, 15));
        }
        assert_eq!((CqiTable::Qam64.required_snr_db(0), CqiTable::Qam64.required_snr_db(16)), (None, None));
        // Fewer errors need more.
        let at = |table: CqiTable, cqi| table.required_snr_db(cqi).unwrap();
        assert!(at(CqiTable::Qam64LowSe, 3) > at(CqiTable::Qam64, 1) + 0.5);
    }

    #[test]
    fn differences_of_subbands() {
        assert_eq!([3, 5, 6, 7, 8, 15].map(|subband| differential_cqi(6, subband)), [3, 3, 0, 1, 2, 2]);
    }
}
