use crate::ConfigError;
use crate::frame::{BandwidthPart, Carrier, Numerology, SlotPoint};

/// The blocks over which a resource spans: common resource blocks `start_crb..start_crb + n_rb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.331 CSI-FrequencyOccupation")]
pub struct CsiFrequencyOccupation {
    /// The lowest common resource block.
    pub start_crb: u16,
    /// Blocks.
    pub n_rb: u16,
}

impl CsiFrequencyOccupation {
    /// The blocks that startingRB and nrofRBs of a configuration mean in a bandwidth part: what lies below it or above
    /// it is cut off.
    ///
    /// # Errors
    /// If a value is no multiple of 4 or outside its range (startingRB up to 274, nrofRBs 24 to 276), or fewer than
    /// min(24, N_BWP^size) blocks lie inside the part.
    #[doc(alias = "TS 38.214 5.2.2.3.1")]
    pub fn in_bwp(bwp: &BandwidthPart, starting_rb: u16, nrof_rbs: u16) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.331 CSI-FrequencyOccupation";
        if starting_rb > 274 || !starting_rb.is_multiple_of(4) {
            return Err(ConfigError::new("startingRB", starting_rb, "must be a multiple of 4 up to 274", CLAUSE));
        }
        if !(24..=276).contains(&nrof_rbs) || !nrof_rbs.is_multiple_of(4) {
            return Err(ConfigError::new("nrofRBs", nrof_rbs, "must be a multiple of 4 in 24..=276", CLAUSE));
        }
        let end_of_bwp = bwp.start_crb() + bwp.n_prb();
        let start_crb = starting_rb.max(bwp.start_crb());
        let n_rb = end_of_bwp.saturating_sub(start_crb).min(nrof_rbs);
        let least = bwp.n_prb().min(24);
        if n_rb < least {
            let got = format!("{n_rb} from CRB {start_crb}");
            let rule = format!("at least {least} must lie inside the bandwidth part, CRB up to {}", end_of_bwp - 1);
            return Err(ConfigError::new("CSI-RS blocks", got, rule, "TS 38.214 5.2.2.3.1"));
        }
        Ok(Self { start_crb, n_rb })
    }

    /// Checks that there are blocks and that all lie inside the carrier.
    pub(super) fn check(self, carrier: &Carrier) -> Result<(), ConfigError> {
        let (first, end) = (carrier.start_crb(), carrier.start_crb() + carrier.n_prb());
        if self.n_rb == 0 || self.start_crb < first || u32::from(self.start_crb) + u32::from(self.n_rb) > end.into() {
            let got = format!("{} from CRB {}", self.n_rb, self.start_crb);
            let rule = format!("must be some, inside the carrier, CRB {first}..{end}");
            return Err(ConfigError::new("CSI-RS blocks", got, rule, "TS 38.211 7.4.1.5.3"));
        }
        Ok(())
    }
}

/// Period T_CSI-RS and offset T_offset of a periodic or semi-persistent resource, in slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.331 CSI-ResourcePeriodicityAndOffset")]
pub struct CsiPeriodicity {
    period: u16,
    offset: u16,
}

impl CsiPeriodicity {
    /// The periods that exist, in slots.
    pub const PERIODS: [u16; 13] = [4, 5, 8, 10, 16, 20, 32, 40, 64, 80, 160, 320, 640];

    /// # Errors
    /// If `period` is none of [`Self::PERIODS`], or `offset` is not below it.
    pub fn new(period: u16, offset: u16) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.331 CSI-ResourcePeriodicityAndOffset";
        if !Self::PERIODS.contains(&period) {
            let rule = "must be 4, 5, 8, 10, 16, 20, 32, 40, 64, 80, 160, 320 or 640 slots";
            return Err(ConfigError::new("CSI-RS period", period, rule, CLAUSE));
        }
        if offset >= period {
            let rule = format!("must be below the period of {period} slots");
            return Err(ConfigError::new("CSI-RS offset", offset, rule, CLAUSE));
        }
        Ok(Self { period, offset })
    }

    /// T_CSI-RS in slots.
    pub const fn period(self) -> u16 {
        self.period
    }

    /// T_offset in slots.
    pub const fn offset(self) -> u16 {
        self.offset
    }

    /// The period in ms at `numerology`; `None` if that is no whole number.
    pub(super) fn period_ms(self, numerology: Numerology) -> Option<u16> {
        let per_ms = numerology.slots_per_subframe();
        self.period.is_multiple_of(per_ms).then_some(self.period / per_ms)
    }

    /// Whether the resource is in `slot`: (N_slot^frame n_f + n_s,f - T_offset) mod T_CSI-RS = 0.
    #[doc(alias = "TS 38.211 7.4.1.5.3")]
    pub fn is_in(self, slot: SlotPoint) -> bool {
        let n = u32::from(slot.sfn()) * u32::from(slot.numerology().slots_per_frame()) + u32::from(slot.slot());
        n % u32::from(self.period) == u32::from(self.offset)
    }
}
