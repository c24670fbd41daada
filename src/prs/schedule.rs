use super::config::check_numerology;
use crate::ConfigError;
use crate::frame::{Numerology, SlotPoint};

/// A muting pattern: of bits b_0 to b_(L-1), those that are set are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 7.4.1.7.4")]
pub struct PrsMutingBitmap {
    /// Bit i = b_i.
    pub bits: u32,
    /// L.
    pub len: u8,
}

impl PrsMutingBitmap {
    fn bit(self, i: i64) -> bool {
        self.bits >> i.rem_euclid(self.len.into()) & 1 == 1
    }

    fn check_bits(self, parameter: &'static str) -> Result<(), ConfigError> {
        if self.len < 32 && self.bits >> self.len != 0 {
            let rule = format!("must have no bits beyond its {}", self.len);
            return Err(ConfigError::new(parameter, format!("{:#b}", self.bits), rule, CLAUSE));
        }
        Ok(())
    }
}

/// dl-PRS-MutingOption1: whole instances of the resource set are muted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PrsSetMuting {
    /// The pattern, of 2, 4, 6, 8, 16 or 32 bits.
    pub pattern: PrsMutingBitmap,
    /// T_muting^PRS, dl-PRS-MutingBitRepetitionFactor: instances a bit stands for; 1, 2, 4 or 8.
    pub instances_per_bit: u8,
}

/// When a DL PRS resource of a resource set is sent, unchecked; [`PrsSchedule::new`] checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PrsScheduleParameters {
    /// T_per^PRS in slots.
    pub period: u32,
    /// T_offset^PRS, the slot offset of the resource set, below the period.
    pub set_offset: u32,
    /// T_offset,res^PRS, dl-PRS-ResourceSlotOffset: 0..=511.
    pub resource_offset: u16,
    /// T_rep^PRS, dl-PRS-ResourceRepetitionFactor: 1, 2, 4, 6, 8, 16 or 32.
    pub repetitions: u8,
    /// T_gap^PRS, dl-PRS-ResourceTimeGap: slots from a repetition to the next; 1, 2, 4, 8, 16 or 32.
    pub gap: u8,
    /// dl-PRS-MutingOption1.
    pub set_muting: Option<PrsSetMuting>,
    /// dl-PRS-MutingOption2: of each repetition, as many bits as there are repetitions.
    pub repetition_muting: Option<PrsMutingBitmap>,
}

const CLAUSE: &str = "TS 38.211 7.4.1.7.4";
/// T_per^PRS over 2^mu.
const PERIODS: [u32; 17] = [4, 5, 8, 10, 16, 20, 32, 40, 64, 80, 160, 320, 640, 1280, 2560, 5120, 10240];

/// The slots in which a DL PRS resource is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 7.4.1.7.4")]
pub struct PrsSchedule {
    p: PrsScheduleParameters,
    numerology: Numerology,
}

impl PrsSchedule {
    /// # Errors
    /// If a value is none that the standard has, or the repetitions do not fit into a period.
    pub fn new(numerology: Numerology, p: PrsScheduleParameters) -> Result<Self, ConfigError> {
        check_numerology(numerology)?;
        let scale = u32::from(numerology.slots_per_subframe());
        if !PERIODS.iter().any(|period| scale * period == p.period) {
            let rule = format!("must be {scale} times one of {PERIODS:?}");
            return Err(ConfigError::new("T_per^PRS", p.period, rule, CLAUSE));
        }
        if p.set_offset >= p.period {
            let rule = format!("must be below the period, {}", p.period);
            return Err(ConfigError::new("T_offset^PRS", p.set_offset, rule, CLAUSE));
        }
        if p.resource_offset > 511 {
            return Err(ConfigError::new("T_offset,res^PRS", p.resource_offset, "must lie in 0..=511", CLAUSE));
        }
        if !matches!(p.repetitions, 1 | 2 | 4 | 6 | 8 | 16 | 32) {
            return Err(ConfigError::new("T_rep^PRS", p.repetitions, "must be 1, 2, 4, 6, 8, 16 or 32", CLAUSE));
        }
        if !matches!(p.gap, 1 | 2 | 4 | 8 | 16 | 32) {
            return Err(ConfigError::new("T_gap^PRS", p.gap, "must be 1, 2, 4, 8, 16 or 32", CLAUSE));
        }
        if u32::from(p.repetitions - 1) * u32::from(p.gap) >= p.period {
            let got = format!("{}, {} slots apart", p.repetitions, p.gap);
            let rule = format!("must fit into a period of {} slots", p.period);
            return Err(ConfigError::new("PRS repetitions", got, rule, "TS 38.214 5.1.6.5"));
        }
        if let Some(PrsSetMuting { pattern, instances_per_bit }) = p.set_muting {
            if !matches!(pattern.len, 2 | 4 | 6 | 8 | 16 | 32) {
                let rule = "must have 2, 4, 6, 8, 16 or 32 bits";
                return Err(ConfigError::new("dl-PRS-MutingOption1", pattern.len, rule, CLAUSE));
            }
            pattern.check_bits("dl-PRS-MutingOption1")?;
            if !matches!(instances_per_bit, 1 | 2 | 4 | 8) {
                return Err(ConfigError::new("T_muting^PRS", instances_per_bit, "must be 1, 2, 4 or 8", CLAUSE));
            }
        }
        if let Some(pattern) = p.repetition_muting {
            if pattern.len != p.repetitions {
                let rule = format!("must have a bit for each of the {} repetitions", p.repetitions);
                return Err(ConfigError::new("dl-PRS-MutingOption2", pattern.len, rule, CLAUSE));
            }
            pattern.check_bits("dl-PRS-MutingOption2")?;
        }
        Ok(Self { p, numerology })
    }

    /// The parameters as given.
    pub const fn parameters(&self) -> &PrsScheduleParameters {
        &self.p
    }

    /// Which repetition of the resource falls into a slot, 0 up to below T_rep^PRS, whether it is muted or not.
    ///
    /// # Panics
    /// If the slot is of another numerology.
    pub fn repetition(&self, slot: SlotPoint) -> Option<u8> {
        let after = self.since_first(slot).rem_euclid(self.p.period.into());
        let (i, rest) = (after / i64::from(self.p.gap), after % i64::from(self.p.gap));
        // Below 32.
        (rest == 0 && i < self.p.repetitions.into()).then_some(i as u8)
    }

    /// Whether the resource is sent in a slot: a repetition falls into it and is not muted.
    ///
    /// # Panics
    /// If the slot is of another numerology.
    pub fn is_sent(&self, slot: SlotPoint) -> bool {
        let Some(repetition) = self.repetition(slot) else { return false };
        let instance = self.since_first(slot).div_euclid(self.p.period.into());
        let set_bit = |m: PrsSetMuting| m.pattern.bit(instance.div_euclid(m.instances_per_bit.into()));
        self.p.set_muting.is_none_or(set_bit) && self.p.repetition_muting.is_none_or(|m| m.bit(repetition.into()))
    }

    /// Slots from the resource's first slot after SFN 0 starts; negative before it.
    fn since_first(&self, slot: SlotPoint) -> i64 {
        assert_eq!(slot.numerology(), self.numerology, "numerology of the slot");
        let n = i64::from(self.numerology.slots_per_frame()) * i64::from(slot.sfn()) + i64::from(slot.slot());
        n - i64::from(self.p.set_offset) - i64::from(self.p.resource_offset)
    }
}
