use crate::ConfigError;
use crate::frame::SlotPoint;

/// When a search space set is looked at: every `period` slots for `duration` slots, from certain symbols on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.213 10.1")]
pub struct MonitoringPattern {
    period: u16,
    offset: u16,
    duration: u16,
    /// Bit i: symbol i.
    first_symbols: u16,
}

const CLAUSE: &str = "TS 38.331 SearchSpace";

impl MonitoringPattern {
    /// `period` and `offset` in slots (k_s and o_s of monitoringSlotPeriodicityAndOffset), `duration` in slots (T_s, 1
    /// where it is not configured), `first_symbols` of monitoringSymbolsWithinSlot with bit i for symbol i, for a
    /// CORESET of `coreset_duration` symbols in slots of `symbols_per_slot`. Of an extended cyclic prefix the bits 12
    /// and 13 are not looked at.
    ///
    /// # Errors
    /// If a value lies outside its range, or the CORESET leaves the slot.
    pub fn new(
        period: u16,
        offset: u16,
        duration: u16,
        first_symbols: u16,
        coreset_duration: usize,
        symbols_per_slot: usize,
    ) -> Result<Self, ConfigError> {
        if !matches!(period, 1 | 2 | 4 | 5 | 8 | 10 | 16 | 20 | 40 | 80 | 160 | 320 | 640 | 1280 | 2560) {
            let rule = "must be 1, 2, 4, 5, 8, 10, 16, 20, 40, 80, 160, 320, 640, 1280 or 2560 slots";
            return Err(ConfigError::new("monitoringSlotPeriodicity", period, rule, CLAUSE));
        }
        if offset >= period {
            let rule = format!("must lie below the period of {period} slots");
            return Err(ConfigError::new("monitoring offset", offset, rule, CLAUSE));
        }
        let longest = (period - 1).max(1);
        if duration == 0 || duration > longest {
            let rule = format!("must lie in 1..={longest} slots at a period of {period}");
            return Err(ConfigError::new("search space duration", duration, rule, CLAUSE));
        }
        if first_symbols >> 14 != 0 {
            let got = format!("{first_symbols:#b}");
            return Err(ConfigError::new("monitoringSymbolsWithinSlot", got, "has 14 bits", CLAUSE));
        }
        let first_symbols = first_symbols & ((1u32 << symbols_per_slot.min(14)) - 1) as u16;
        // Index of the highest bit, and the symbols after it.
        let last = first_symbols.checked_ilog2().map(|last| last as usize);
        if last.is_none_or(|last| last + coreset_duration > symbols_per_slot) {
            let got = format!("{first_symbols:#b}");
            let rule = format!("must name symbols at which {coreset_duration} fit a slot of {symbols_per_slot}");
            return Err(ConfigError::new("monitoringSymbolsWithinSlot", got, rule, "TS 38.213 10.1"));
        }
        Ok(Self { period, offset, duration, first_symbols })
    }

    /// Every slot, at symbol 0.
    pub const fn every_slot() -> Self {
        Self { period: 1, offset: 0, duration: 1, first_symbols: 1 }
    }

    /// k_s, slots.
    pub const fn period(&self) -> u16 {
        self.period
    }

    /// o_s, slots.
    pub const fn offset(&self) -> u16 {
        self.offset
    }

    /// T_s, slots.
    pub const fn duration(&self) -> u16 {
        self.duration
    }

    /// Occasions in a slot that is monitored.
    pub const fn occasions_per_slot(&self) -> usize {
        self.first_symbols.count_ones() as usize
    }

    /// Whether `slot` is one of T_s slots from one with (n_f N_slot^frame + n_s,f - o_s) mod k_s = 0 on.
    pub fn is_monitored(&self, slot: SlotPoint) -> bool {
        let n = u32::from(slot.sfn()) * u32::from(slot.numerology().slots_per_frame()) + u32::from(slot.slot());
        let k = u32::from(self.period);
        (n + k - u32::from(self.offset)) % k < u32::from(self.duration)
    }

    /// The first symbol of each monitoring occasion in `slot`, ascending; none where it is not monitored.
    pub fn first_symbols(&self, slot: SlotPoint) -> impl Iterator<Item = usize> + use<> {
        let symbols = if self.is_monitored(slot) { self.first_symbols } else { 0 };
        (0..14).filter(move |l| symbols >> l & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Numerology;
    use proptest::prelude::*;

    proptest! {
        /// The clause by counting: slots of the first, second, ... occasion.
        #[test]
        fn slots_are_those_of_the_clause(period in 1..=2560u16, offset in 0..2560u16, duration in 0..2560u16, mu in 0..4u8) {
            let periods = [1u16, 2, 4, 5, 8, 10, 16, 20, 40, 80, 160, 320, 640, 1280, 2560];
            let pattern = MonitoringPattern::new(period, offset, duration, 0b101, 2, 14);
            let valid = periods.contains(&period) && offset < period && duration >= 1 && duration <= (period - 1).max(1);
            prop_assert_eq!(pattern.is_ok(), valid);
            // And once with values that are valid.
            let period = periods[usize::from(period) % periods.len()];
            let (offset, duration) = (offset % period, 1 + duration % (period - 1).max(1));
            let pattern = MonitoringPattern::new(period, offset, duration, 0b101, 2, 14).unwrap();
            let numerology = [Numerology::MU0, Numerology::MU1, Numerology::MU2, Numerology::MU3][usize::from(mu)];
            let mut expected = vec![false; 3 * usize::from(period)];
            for start in (usize::from(offset)..expected.len()).step_by(period.into()) {
                let end = (start + usize::from(duration)).min(expected.len());
                expected[start..end].fill(true);
            }
            // An occasion that began in the period before the first slot.
            let wrapped = (offset + duration).saturating_sub(period);
            expected[..usize::from(wrapped)].fill(true);
            let mut slot = SlotPoint::new(numerology, 0, 0).unwrap();
            for monitored in expected {
                prop_assert_eq!(pattern.is_monitored(slot), monitored, "{} {:?}", slot, pattern);
                prop_assert_eq!(pattern.first_symbols(slot).collect::<Vec<_>>(), if monitored { vec![0, 2] } else { vec![] });
                slot = slot.next();
            }
        }
    }

    #[test]
    fn symbols_must_leave_room_for_the_coreset() {
        let new = |symbols, coreset, slot| MonitoringPattern::new(1, 0, 1, symbols, coreset, slot);
        assert!(new(1 << 11, 3, 14).is_ok());
        assert!(new(1 << 12, 3, 14).is_err());
        assert!(new(0, 1, 14).is_err());
        assert!(new(1 << 14, 1, 14).is_err());
        // Bits 12 and 13 do not count with an extended cyclic prefix.
        assert_eq!(new(0b11 << 12 | 1, 3, 12), new(1, 3, 12));
        assert!(new(1 << 12, 1, 12).is_err());
        assert_eq!(new(1, 1, 14), Ok(MonitoringPattern::every_slot()));
    }
}
