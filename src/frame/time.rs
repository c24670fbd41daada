use super::Numerology;
use crate::ConfigError;
use std::fmt;

/// A time in samples of the stream it belongs to, counted from the stream's first sample: the one clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SampleTime(pub u64);

/// A slot of the frame structure: system frame number 0..=1023 and slot in the frame, n_s,f^mu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 4.3")]
pub struct SlotPoint {
    numerology: Numerology,
    sfn: u16,
    slot: u16,
}

impl SlotPoint {
    /// System frame numbers count modulo this.
    pub const SFN_PERIOD: u16 = 1024;

    /// # Errors
    /// If `sfn` is above 1023 or `slot` is not below the slots of a frame.
    pub fn new(numerology: Numerology, sfn: u16, slot: u16) -> Result<Self, ConfigError> {
        if sfn >= Self::SFN_PERIOD {
            return Err(ConfigError::new("SFN", sfn, "must lie in 0..=1023", "TS 38.211 4.3.1"));
        }
        if slot >= numerology.slots_per_frame() {
            let rule = format!("must be below {} at {} kHz", numerology.slots_per_frame(), numerology.scs_khz());
            return Err(ConfigError::new("slot in frame", slot, rule, "TS 38.211 Table 4.3.2-1"));
        }
        Ok(Self { numerology, sfn, slot })
    }

    /// The numerology that the slot number counts in.
    pub const fn numerology(self) -> Numerology {
        self.numerology
    }

    /// System frame number, 0..=1023.
    pub const fn sfn(self) -> u16 {
        self.sfn
    }

    /// Slot in the frame, n_s,f^mu.
    pub const fn slot(self) -> u16 {
        self.slot
    }

    /// Subframe in the frame, 0..=9.
    pub const fn subframe(self) -> u16 {
        self.slot / self.numerology.slots_per_subframe()
    }

    /// Slot in the subframe, n_s^mu.
    pub const fn slot_in_subframe(self) -> u16 {
        self.slot % self.numerology.slots_per_subframe()
    }

    /// The slot `slots` later (earlier if negative), modulo 1024 frames.
    #[must_use]
    pub fn offset(self, slots: i64) -> Self {
        let per_frame = i64::from(self.numerology.slots_per_frame());
        let period = per_frame * i64::from(Self::SFN_PERIOD);
        let n = (i64::from(self.sfn) * per_frame + i64::from(self.slot) + slots).rem_euclid(period);
        // Both quotients fit: n < 640 * 1024.
        Self { numerology: self.numerology, sfn: (n / per_frame) as u16, slot: (n % per_frame) as u16 }
    }

    /// The next slot.
    #[must_use]
    pub fn next(self) -> Self {
        self.offset(1)
    }
}

impl fmt::Display for SlotPoint {
    /// `SFN.slot`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.sfn, self.slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_wrap_at_the_frame_and_at_sfn_1023() {
        let last = SlotPoint::new(Numerology::MU1, 1023, 19).unwrap();
        assert_eq!(last.next(), SlotPoint::new(Numerology::MU1, 0, 0).unwrap());
        assert_eq!(last.next().offset(-1), last);
        assert_eq!((last.subframe(), last.slot_in_subframe()), (9, 1));
        assert!(SlotPoint::new(Numerology::MU1, 0, 20).is_err());
    }
}
