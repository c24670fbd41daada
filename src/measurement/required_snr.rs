//! The signal-to-noise ratios at which this library's PDSCH receiver reaches the block error rates of the CQI tables.
//!
//! Measured, not standard (`tables/pdsch_required_snr.csv`): one layer in white noise over a known channel, 20 resource
//! blocks, 12 symbols, three of them with DM-RS, redundancy version 0 ([`crate::pdsch::quality::required_snr`] with seed
//! 38214; 2000 blocks a row of QPSK, 1000 else). An ignored test below measures them anew.

use crate::table::{number, rows};
use std::sync::LazyLock;

/// A row: a modulation and code rate, and what it needs.
struct Row {
    qm: usize,
    rate_x1024: u16,
    /// SNR of a data element in dB at which half, 10 % and 1 % of the blocks fail.
    snr_db: [f64; 3],
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    rows(include_str!("../../tables/pdsch_required_snr.csv"))
        .map(|cells| Row {
            qm: number(cells[0]),
            rate_x1024: number(cells[1]),
            snr_db: [number(cells[2]), number(cells[3]), number(cells[4])],
        })
        .collect()
});

/// The target error rate of a CQI table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetBler {
    /// 0.1.
    Tenth,
    /// 0.00001.
    Hundredthousandth,
}

/// The SNR in dB at which blocks of `qm` bits a symbol and a code rate reach the target; `None` if it was not measured.
///
/// An error rate of 1e-5 is out of reach of a measurement of minutes: what blocks need is normally distributed in dB (the
/// 10 % that are measured lie within 0.1 dB of where the other two put them), which is continued from 50 % and 1 %.
pub(super) fn required_snr_db(qm: usize, rate_x1024: u16, target: TargetBler) -> Option<f64> {
    /// Where the normal distribution's tail is 1e-2 and 1e-5, in standard deviations.
    const TAIL: [f64; 2] = [2.3263, 4.2649];
    let row = ROWS.iter().find(|row| (row.qm, row.rate_x1024) == (qm, rate_x1024))?;
    let [half, tenth, hundredth] = row.snr_db;
    Some(match target {
        TargetBler::Tenth => tenth,
        TargetBler::Hundredthousandth => half + (hundredth - half) * TAIL[1] / TAIL[0],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modulation::Modulation;
    use crate::pdsch::quality::{Reception, qam256, required_snr};
    use crate::pdsch::{PdschCodeword, PdschConfig};

    const CQI_TABLES: [&str; 4] = [
        include_str!("../../tables/cqi_5.2.2.1-2.csv"),
        include_str!("../../tables/cqi_5.2.2.1-3.csv"),
        include_str!("../../tables/cqi_5.2.2.1-4.csv"),
        include_str!("../../tables/cqi_5.2.2.1-5.csv"),
    ];

    fn config(modulation: Modulation, rate_x1024: f64) -> PdschConfig {
        let config = qam256().unwrap();
        let mut p = config.parameters().clone();
        p.codewords = p.codewords.map(|c| c.map(|c| PdschCodeword { modulation, rate_x1024, ..c }));
        PdschConfig::new(config.carrier(), p).unwrap()
    }

    #[test]
    fn what_blocks_need_is_normally_distributed() {
        for row in ROWS.iter() {
            let [half, tenth, hundredth] = row.snr_db;
            let expected = half + (hundredth - half) * 1.2816 / 2.3263;
            assert!((tenth - expected).abs() < 0.1, "{} {}: {tenth} against {expected}", row.qm, row.rate_x1024);
            let far = required_snr_db(row.qm, row.rate_x1024, TargetBler::Hundredthousandth).unwrap();
            assert!(far > hundredth && far < hundredth + 1.5);
        }
        assert_eq!(required_snr_db(2, 79, TargetBler::Tenth), None);
    }

    #[test]
    fn the_chain_still_needs_what_the_table_says() {
        for (qm, rate) in [(2, 193), (4, 490), (6, 666), (8, 797)] {
            let config = config(Modulation::from_qm(qm).unwrap(), f64::from(rate));
            let stored = required_snr_db(qm, rate, TargetBler::Tenth).unwrap();
            // Other noise than the table's; 100 blocks give the point to some hundredths of a dB.
            let range = stored - 1.0..stored + 1.0;
            let needed = required_snr(&config, Reception::KnownChannel, 7, 0..100, range, 0.05).unwrap();
            let found = needed.at_bler(0.1).unwrap();
            assert!((found - stored).abs() < 0.25, "Q_m {qm}, {rate}: {found} dB, the table has {stored} dB");
        }
    }

    #[test]
    #[ignore = "minutes: prints the table anew"]
    fn measure_all() {
        let mut seen: Vec<(usize, u32)> = Vec::new();
        for cells in CQI_TABLES.into_iter().flat_map(rows).filter(|cells| !cells[2].is_empty()) {
            let row: (usize, u32) = (number(cells[2]), number(cells[3]));
            if !seen.contains(&row) {
                seen.push(row);
            }
        }
        seen.sort_unstable();
        println!("Q_m,R_x1024,snr_db_bler_0.5,snr_db_bler_0.1,snr_db_bler_0.01");
        for (qm, rate) in seen {
            let config = config(Modulation::from_qm(qm).unwrap(), f64::from(rate));
            let efficiency = qm as f64 * f64::from(rate) / 1024.0;
            let shannon_db = 10.0 * (efficiency.exp2() - 1.0).log10();
            let blocks = if qm == 2 { 2000 } else { 1000 };
            let range = shannon_db - 0.5..shannon_db + 7.0;
            let needed = required_snr(&config, Reception::KnownChannel, 38214, 0..blocks, range, 0.02).unwrap();
            let at = |bler| needed.at_bler(bler).map_or("none".to_string(), |db| format!("{db:.3}"));
            println!("{qm},{rate},{},{},{}", at(0.5), at(0.1), at(0.01));
        }
    }
}
