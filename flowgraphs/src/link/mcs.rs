//! The MCS for an SNR.

use nrflow::pdsch::McsTable;

/// So much SNR is needed above what Shannon's capacity asks for, dB: a block error rate of 10 % was measured in white
/// noise, at 20 MHz, from 1.2 dB (MCS 5) to 2.9 dB (MCS 28) above it.
const ABOVE_CAPACITY_DB: f64 = 3.0;

/// The highest MCS of DCI format 1_0 whose first transmissions are received nearly all at `snr_db` in white noise, the
/// SNR per resource element that the receiver shows; the lowest where none is.
#[doc(alias = "TS 38.214 Table 5.1.3.1-1")]
pub fn for_snr(snr_db: f64) -> u8 {
    let works = |mcs: &u8| {
        let row = McsTable::Qam64.entry(*mcs).ok();
        let bits = row.and_then(|row| Some(row.modulation.bits_per_symbol() as f64 * row.rate_x1024? / 1024.0));
        bits.is_some_and(|bits| 10.0 * (bits.exp2() - 1.0).log10() + ABOVE_CAPACITY_DB <= snr_db)
    };
    (0..=28).rev().find(works).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::for_snr;

    #[test]
    fn more_snr_never_gives_less_and_measured_limits_are_kept() {
        let chosen: Vec<u8> = (-100..400).map(|tenth| for_snr(f64::from(tenth) / 10.0)).collect();
        assert!(chosen.is_sorted());
        assert_eq!((chosen[0], chosen.last()), (0, Some(&28)));
        // Where a block error rate of 10 % was measured.
        for (mcs, limit_db) in
            [(5, -0.5), (9, 3.3), (13, 6.2), (16, 8.7), (20, 12.0), (24, 15.6), (27, 18.5), (28, 19.5)]
        {
            assert!(for_snr(limit_db) < mcs, "MCS {mcs}");
            assert!(for_snr(limit_db + 2.0) >= mcs, "MCS {mcs}");
        }
        assert_eq!((for_snr(f64::NAN), for_snr(f64::NEG_INFINITY)), (0, 0));
    }
}
