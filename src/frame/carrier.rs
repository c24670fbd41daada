use super::{CyclicPrefix, Numerology, SUBCARRIERS_PER_RB};
use crate::ConfigError;

/// A carrier's resource grid: numerology, N_grid^start (in common resource blocks from Point A) and N_grid^size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 4.4.2")]
pub struct Carrier {
    numerology: Numerology,
    cyclic_prefix: CyclicPrefix,
    start_crb: u16,
    n_prb: u16,
}

impl Carrier {
    /// `start_crb` 0..=2199 and `n_prb` 1..=275 as in SCS-SpecificCarrier of TS 38.331.
    ///
    /// # Errors
    /// If a value lies outside its range, or an extended prefix is asked for at other than 60 kHz.
    pub fn new(
        numerology: Numerology,
        cyclic_prefix: CyclicPrefix,
        start_crb: u16,
        n_prb: u16,
    ) -> Result<Self, ConfigError> {
        cyclic_prefix.check(numerology)?;
        if start_crb > 2199 {
            let rule = "must lie in 0..=2199";
            return Err(ConfigError::new("offsetToCarrier", start_crb, rule, "TS 38.331 SCS-SpecificCarrier"));
        }
        if !(1..=275).contains(&n_prb) {
            return Err(ConfigError::new("N_grid^size", n_prb, "must lie in 1..=275", "TS 38.331 SCS-SpecificCarrier"));
        }
        Ok(Self { numerology, cyclic_prefix, start_crb, n_prb })
    }

    /// Numerology.
    pub const fn numerology(&self) -> Numerology {
        self.numerology
    }

    /// Cyclic prefix.
    pub const fn cyclic_prefix(&self) -> CyclicPrefix {
        self.cyclic_prefix
    }

    /// N_grid^start: the common resource block of the grid's lowest resource block.
    pub const fn start_crb(&self) -> u16 {
        self.start_crb
    }

    /// N_grid^size in resource blocks.
    pub const fn n_prb(&self) -> u16 {
        self.n_prb
    }

    /// Subcarriers of the grid.
    pub const fn n_subcarriers(&self) -> usize {
        self.n_prb as usize * SUBCARRIERS_PER_RB
    }

    /// Symbols in a slot.
    pub const fn symbols_per_slot(&self) -> usize {
        self.cyclic_prefix.symbols_per_slot()
    }

    /// The frequency in Hz of the grid's lowest subcarrier, from that of Point A.
    pub const fn lowest_subcarrier_hz(&self, point_a_hz: u64) -> u64 {
        point_a_hz + self.start_crb as u64 * self.block_hz()
    }

    /// The frequency in Hz of the grid's middle, subcarrier 6 * N_grid^size, from that of Point A: the RF reference
    /// frequency of the channel.
    #[doc(alias = "TS 38.104 5.4.2.2")]
    pub const fn centre_hz(&self, point_a_hz: u64) -> u64 {
        self.lowest_subcarrier_hz(point_a_hz) + self.n_prb as u64 * self.block_hz() / 2
    }

    /// The frequency of Point A in Hz, from that of the grid's middle; none if it would be negative.
    pub const fn point_a_hz(&self, centre_hz: u64) -> Option<u64> {
        centre_hz.checked_sub(self.centre_hz(0))
    }

    /// Width of a resource block in Hz.
    const fn block_hz(&self) -> u64 {
        SUBCARRIERS_PER_RB as u64 * self.numerology.scs_hz() as u64
    }
}

/// A bandwidth part: N_BWP^start (a common resource block) and N_BWP^size, of the carrier's numerology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 4.4.5")]
pub struct BandwidthPart {
    start_crb: u16,
    n_prb: u16,
}

impl BandwidthPart {
    /// # Errors
    /// If the part does not lie inside the carrier's grid.
    pub fn new(carrier: &Carrier, start_crb: u16, n_prb: u16) -> Result<Self, ConfigError> {
        let (first, end) = (carrier.start_crb(), carrier.start_crb() + carrier.n_prb());
        if n_prb == 0 || start_crb < first || u32::from(start_crb) + u32::from(n_prb) > u32::from(end) {
            let got = format!("CRB {start_crb} + {n_prb} blocks");
            let rule = format!("must lie inside the carrier, CRB {first}..{end}");
            return Err(ConfigError::new("bandwidth part", got, rule, "TS 38.211 4.4.5"));
        }
        Ok(Self { start_crb, n_prb })
    }

    /// N_BWP^start, a common resource block.
    pub const fn start_crb(&self) -> u16 {
        self.start_crb
    }

    /// N_BWP^size in resource blocks.
    pub const fn n_prb(&self) -> u16 {
        self.n_prb
    }
}
