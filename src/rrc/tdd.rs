use super::frequency::SubcarrierSpacing;
use super::uper::{CLAUSE, range};
use crate::ConfigError;
use crate::frame::Numerology;

sequence! {
    /// The cell's pattern of downlink and uplink slots, TS 38.213 11.1.
    pub extensible struct TddUlDlConfigCommon [] {
        /// The numerology whose slots the patterns count.
        reference_subcarrier_spacing: SubcarrierSpacing = "referenceSubcarrierSpacing";
        pattern1: TddUlDlPattern = "pattern1";
        /// Follows the first one, then both repeat.
        pattern2: Option<TddUlDlPattern> = "pattern2";
    }
}

sequence! {
    /// Downlink slots and symbols at the start, uplink symbols and slots at the end of a period.
    pub extensible struct TddUlDlPattern [TddUlDlPatternV1530] {
        /// Without meaning where the addition of Release 15.3 is present; see [`TddUlDlPattern::period_us`].
        periodicity: PatternPeriodicity = "dl-UL-TransmissionPeriodicity";
        nrof_downlink_slots: u16 = "nrofDownlinkSlots", range(0, 320);
        /// In the slot after those.
        nrof_downlink_symbols: u8 = "nrofDownlinkSymbols", range(0, 13);
        nrof_uplink_slots: u16 = "nrofUplinkSlots", range(0, 320);
        /// In the slot before those.
        nrof_uplink_symbols: u8 = "nrofUplinkSymbols", range(0, 13);
    }
}

sequence! {
    /// First addition to TDD-UL-DL-Pattern (Release 15.3).
    pub struct TddUlDlPatternV1530 {
        periodicity: Option<PatternPeriodicityV1530> = "dl-UL-TransmissionPeriodicity-v1530";
    }
}

enumerated! {
    /// Milliseconds.
    pub enum PatternPeriodicity {
        Ms0p5 = "ms0p5", Ms0p625 = "ms0p625", Ms1 = "ms1", Ms1p25 = "ms1p25", Ms2 = "ms2", Ms2p5 = "ms2p5",
        Ms5 = "ms5", Ms10 = "ms10",
    }
}

/// Periods of [`PatternPeriodicity`] in microseconds.
const PERIODS_US: [u32; 8] = [500, 625, 1000, 1250, 2000, 2500, 5000, 10000];

enumerated! {
    /// Milliseconds.
    pub enum PatternPeriodicityV1530 { Ms3 = "ms3", Ms4 = "ms4" }
}

impl TddUlDlPattern {
    /// A pattern of `period_us` microseconds: 500, 625, 1000, 1250, 2000, 2500, 3000, 4000, 5000 or 10000.
    ///
    /// # Errors
    /// For another period, one that is not a whole number of slots of `reference`, and where the slots (a slot with
    /// single downlink or uplink symbols counted) do not fit the period.
    pub fn new(
        reference: Numerology,
        period_us: u32,
        (downlink_slots, downlink_symbols): (u16, u8),
        (uplink_slots, uplink_symbols): (u16, u8),
    ) -> Result<Self, ConfigError> {
        let mut extension = super::Extension::default();
        let known = PERIODS_US.iter().position(|&known| known == period_us);
        let periodicity = match (period_us, known) {
            (_, Some(index)) => PatternPeriodicity::ALL[index],
            (3000 | 4000, None) => {
                let periodicity = PatternPeriodicityV1530::ALL[(period_us / 1000 - 3) as usize];
                extension.set(0, &TddUlDlPatternV1530 { periodicity: Some(periodicity) })?;
                PatternPeriodicity::Ms5
            }
            _ => {
                let rule = "must be 500, 625, 1000, 1250, 2000, 2500, 3000, 4000, 5000 or 10000 µs";
                return Err(ConfigError::new("dl-UL-TransmissionPeriodicity", period_us, rule, CLAUSE));
            }
        };
        let slots_per_ms = u32::from(reference.slots_per_subframe());
        if !(period_us * slots_per_ms).is_multiple_of(1000) {
            let rule = format!("must be a whole number of slots of {} kHz", reference.scs_khz());
            return Err(ConfigError::new("dl-UL-TransmissionPeriodicity", period_us, rule, "TS 38.213 11.1"));
        }
        let slots = period_us * slots_per_ms / 1000;
        let symbols = u32::from(downlink_symbols) + u32::from(uplink_symbols);
        let used = u32::from(downlink_slots) + u32::from(uplink_slots) + symbols.div_ceil(14);
        if used > slots {
            let rule = format!("the period has {slots} slots");
            return Err(ConfigError::new("downlink and uplink slots", used, rule, "TS 38.213 11.1"));
        }
        Ok(Self {
            periodicity,
            nrof_downlink_slots: downlink_slots,
            nrof_downlink_symbols: downlink_symbols,
            nrof_uplink_slots: uplink_slots,
            nrof_uplink_symbols: uplink_symbols,
            extension,
        })
    }

    /// The addition of Release 15.3, if present.
    pub fn v1530(&self) -> Option<TddUlDlPatternV1530> {
        self.extension.get(0)
    }

    /// The period P in microseconds.
    pub fn period_us(&self) -> u32 {
        match self.v1530().and_then(|addition| addition.periodicity) {
            Some(PatternPeriodicityV1530::Ms3) => 3000,
            Some(PatternPeriodicityV1530::Ms4) => 4000,
            None => PERIODS_US[self.periodicity as usize],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods() {
        let mu1 = Numerology::new(1).unwrap();
        for period_us in [500, 1000, 2000, 2500, 3000, 4000, 5000, 10000] {
            assert_eq!(TddUlDlPattern::new(mu1, period_us, (0, 0), (1, 0)).unwrap().period_us(), period_us);
        }
        assert!(TddUlDlPattern::new(mu1, 1500, (0, 0), (0, 0)).is_err());
        assert!(TddUlDlPattern::new(mu1, 625, (0, 0), (0, 0)).is_err(), "1.25 slots");
        assert!(TddUlDlPattern::new(mu1, 5000, (6, 7), (3, 7)).is_ok());
        assert!(TddUlDlPattern::new(mu1, 5000, (6, 8), (3, 7)).is_err(), "eleven slots of ten");
    }
}
