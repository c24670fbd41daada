use crate::modulation::Modulation;
use crate::{ConfigError, table};
use std::sync::LazyLock;

/// An MCS table of the PDSCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.214 5.1.3.1")]
pub enum McsTable {
    /// Table 5.1.3.1-1: up to 64QAM; used unless another is configured.
    #[default]
    Qam64,
    /// Table 5.1.3.1-2: up to 256QAM.
    Qam256,
    /// Table 5.1.3.1-3: up to 64QAM, low spectral efficiency.
    Qam64LowSe,
    /// Table 5.1.3.1-4: up to 1024QAM.
    Qam1024,
}

/// A row of an MCS table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mcs {
    /// Modulation.
    pub modulation: Modulation,
    /// Target code rate times 1024; `None` in the reserved rows at the end of each table, which keep the transport
    /// block size of the first transmission.
    pub rate_x1024: Option<f64>,
}

static TABLES: LazyLock<[Vec<Mcs>; 4]> = LazyLock::new(|| {
    [
        include_str!("../../tables/mcs_pdsch_5.1.3.1-1.csv"),
        include_str!("../../tables/mcs_pdsch_5.1.3.1-2.csv"),
        include_str!("../../tables/mcs_pdsch_5.1.3.1-3.csv"),
        include_str!("../../tables/mcs_pdsch_5.1.3.1-4.csv"),
    ]
    .map(|csv| {
        let row = |cells: Vec<&str>| Mcs {
            modulation: match table::number(cells[1]) {
                2u8 => Modulation::Qpsk,
                4 => Modulation::Qam16,
                6 => Modulation::Qam64,
                8 => Modulation::Qam256,
                _ => Modulation::Qam1024,
            },
            rate_x1024: (cells[2] != "reserved").then(|| table::number(cells[2])),
        };
        table::rows(csv).map(row).collect()
    })
});

impl McsTable {
    /// Row `I_MCS`, 0..=31.
    ///
    /// # Errors
    /// If the index is above 31.
    pub fn entry(self, i_mcs: u8) -> Result<Mcs, ConfigError> {
        TABLES[self as usize]
            .get(usize::from(i_mcs))
            .copied()
            .ok_or_else(|| ConfigError::new("I_MCS", i_mcs, "must lie in 0..=31", "TS 38.214 5.1.3.1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_whole() {
        for table in [McsTable::Qam64, McsTable::Qam256, McsTable::Qam64LowSe, McsTable::Qam1024] {
            let rows: Vec<Mcs> = (0..32).map(|i| table.entry(i).unwrap()).collect();
            assert!(table.entry(32).is_err());
            let csv_qm: usize = rows.iter().map(|m| m.modulation.bits_per_symbol()).max().unwrap();
            assert_eq!(
                csv_qm,
                match table {
                    McsTable::Qam256 => 8,
                    McsTable::Qam1024 => 10,
                    _ => 6,
                }
            );
            // Spectral efficiency never falls (Table 5.1.3.1-1 has two equal rows at each change of order).
            let rated: Vec<f64> =
                rows.iter().filter_map(|m| Some(m.rate_x1024? * m.modulation.bits_per_symbol() as f64)).collect();
            assert!(rated.windows(2).all(|w| w[1] >= w[0] * 0.99));
            assert!(rated.len() == rows.iter().take_while(|m| m.rate_x1024.is_some()).count());
        }
        assert_eq!(McsTable::Qam64.entry(6).unwrap(), Mcs { modulation: Modulation::Qpsk, rate_x1024: Some(449.0) });
        assert_eq!(McsTable::Qam256.entry(20).unwrap().rate_x1024, Some(682.5));
        assert_eq!(McsTable::Qam64.entry(29).unwrap().rate_x1024, None);
    }
}
