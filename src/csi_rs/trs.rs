use super::config::{CsiRsConfig, CsiRsParameters};
use super::occupancy::{CsiFrequencyOccupation, CsiPeriodicity};
use super::pattern::{CsiRsMapping, FrequencyAllocation};
use super::table::{CdmType, CsiRsDensity};
use crate::ConfigError;
use crate::frame::{BandwidthPart, Carrier, FrequencyRange, SlotPoint};

/// Everything that a tracking reference signal of like resources follows from; [`TrsSet::of`] makes the resources.
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(alias = "TS 38.214 5.1.6.1.1")]
pub struct TrsParameters {
    /// Slots, one after the other: 1 or 2.
    pub n_slots: u8,
    /// The symbol of the first resource of each slot; that of the second is 4 later.
    pub first_symbol: u8,
    /// k_0, the lowest subcarrier in each block: 0..=3.
    pub subcarrier: u8,
    /// freqBand.
    pub occupation: CsiFrequencyOccupation,
    /// scramblingID, n_ID: 0..=1023.
    pub scrambling_id: u16,
    /// beta_CSIRS.
    pub amplitude: f32,
    /// Period, and offset of the first slot; `None` for an aperiodic set.
    pub periodicity: Option<CsiPeriodicity>,
}

/// A valid resource set with trs-Info: CSI-RS for tracking, two resources in each of one or two slots.
///
/// One slot alone is the standard's in FR2, and in FR1 where no two consecutive slots are downlink (Rel-16).
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.214 5.1.6.1.1")]
pub struct TrsSet {
    slots: Vec<[CsiRsConfig; 2]>,
}

const CLAUSE: &str = "TS 38.214 5.1.6.1.1";

impl TrsSet {
    /// A set of resources as configured: periodic ones in any order, aperiodic ones slot after slot. They are for
    /// tracking in `bwp` on a carrier of `range`, with shared spectrum channel access if `shared_spectrum`.
    ///
    /// # Errors
    /// If there are not 2 or 4; if one is not of row 1, or differs from the others in blocks, amplitude or period; if
    /// the blocks are not min(52, N_BWP^size) (48 with shared spectrum channel access) or N_BWP^size, the period not
    /// 10, 20, 40 or 80 ms or 10 ms at more than 52 blocks; if not two lie in each of consecutive slots, or not on the
    /// symbols of the clause.
    pub fn new(
        range: FrequencyRange,
        bwp: &BandwidthPart,
        shared_spectrum: bool,
        mut resources: Vec<CsiRsConfig>,
    ) -> Result<Self, ConfigError> {
        if !matches!(resources.len(), 2 | 4) {
            return Err(ConfigError::new("TRS resources", resources.len(), "must be 2 or 4", CLAUSE));
        }
        check_alike(&resources)?;
        check_blocks(bwp, shared_spectrum, &resources[0])?;
        check_period(&resources[0])?;
        // A set whose second slot begins the next period counts from the other one.
        let offsets: Vec<u16> = resources.iter().filter_map(offset).collect();
        let wraps = period(&resources[0]).is_some_and(|period| offsets.contains(&0) && offsets.contains(&(period - 1)));
        resources.sort_by_key(|resource| offset(resource).map(|at| if wraps && at == 0 { u16::MAX } else { at }));
        let mut slots: Vec<[CsiRsConfig; 2]> = Vec::with_capacity(2);
        let mut resources = resources.into_iter();
        while let (Some(a), Some(b)) = (resources.next(), resources.next()) {
            let pair = if symbol(&a) <= symbol(&b) { [a, b] } else { [b, a] };
            check_slot(range, &pair)?;
            slots.push(pair);
        }
        if let [first, second] = &slots[..] {
            check_consecutive(first, second)?;
        }
        Ok(Self { slots })
    }

    /// The set of like resources that `p` means.
    ///
    /// # Errors
    /// If `p.n_slots` is not 1 or 2, `p.subcarrier` above 3; those of [`CsiRsConfig::new`] and [`Self::new`].
    pub fn of(
        carrier: &Carrier,
        range: FrequencyRange,
        bwp: &BandwidthPart,
        shared_spectrum: bool,
        p: &TrsParameters,
    ) -> Result<Self, ConfigError> {
        if !matches!(p.n_slots, 1 | 2) {
            return Err(ConfigError::new("TRS slots", p.n_slots, "must be 1 or 2", CLAUSE));
        }
        if p.subcarrier > 3 {
            let clause = "TS 38.211 Table 7.4.1.5.3-1";
            return Err(ConfigError::new("TRS subcarrier k_0", p.subcarrier, "must lie in 0..=3", clause));
        }
        let mut resources = Vec::with_capacity(4);
        for slot in 0..u16::from(p.n_slots) {
            let later = |at: CsiPeriodicity| CsiPeriodicity::new(at.period(), (at.offset() + slot) % at.period());
            let periodicity = p.periodicity.map(later).transpose()?;
            for first_symbol in [p.first_symbol, p.first_symbol.saturating_add(4)] {
                let mapping = CsiRsMapping {
                    n_ports: 1,
                    density: CsiRsDensity::Three,
                    cdm_type: CdmType::None,
                    frequency: FrequencyAllocation::Row1(1 << p.subcarrier),
                    first_symbol,
                    first_symbol_2: None,
                    occupation: p.occupation,
                };
                let (scrambling_id, amplitude) = (p.scrambling_id, p.amplitude);
                let parameters = CsiRsParameters { mapping, scrambling_id, amplitude, periodicity };
                resources.push(CsiRsConfig::new(carrier, parameters)?);
            }
        }
        Self::new(range, bwp, shared_spectrum, resources)
    }

    /// The two resources of each of the one or two slots, by time.
    pub fn slots(&self) -> &[[CsiRsConfig; 2]] {
        &self.slots
    }

    /// The two resources that are in `slot` by the set's period; none for an aperiodic set.
    pub fn resources_in(&self, slot: SlotPoint) -> Option<&[CsiRsConfig; 2]> {
        self.slots.iter().find(|pair| pair[0].is_in(slot))
    }
}

fn symbol(resource: &CsiRsConfig) -> u8 {
    resource.parameters().mapping.first_symbol
}

fn offset(resource: &CsiRsConfig) -> Option<u16> {
    resource.parameters().periodicity.map(CsiPeriodicity::offset)
}

fn period(resource: &CsiRsConfig) -> Option<u16> {
    resource.parameters().periodicity.map(CsiPeriodicity::period)
}

/// All of row 1, on one carrier, with the same blocks, amplitude and period.
fn check_alike(resources: &[CsiRsConfig]) -> Result<(), ConfigError> {
    let first = &resources[0];
    for resource in resources {
        if resource.pattern().row() != 1 {
            let rule = "must be 1: one port of density 3";
            return Err(ConfigError::new("TRS row", resource.pattern().row(), rule, CLAUSE));
        }
        let (p, q) = (resource.parameters(), first.parameters());
        if resource.carrier() != first.carrier() || p.mapping.occupation != q.mapping.occupation {
            let got = format!("{:?} and {:?}", q.mapping.occupation, p.mapping.occupation);
            return Err(ConfigError::new("TRS blocks", got, "must be the same in a set", "TS 38.214 5.2.2.3.1"));
        }
        if p.amplitude != q.amplitude {
            let got = format!("{} and {}", q.amplitude, p.amplitude);
            return Err(ConfigError::new("TRS beta_CSIRS", got, "must be the same in a set", CLAUSE));
        }
        if period(resource) != period(first) {
            let got = format!("{:?} and {:?}", period(first), period(resource));
            return Err(ConfigError::new("TRS period", got, "must be the same in a set", CLAUSE));
        }
    }
    Ok(())
}

fn check_blocks(bwp: &BandwidthPart, shared_spectrum: bool, resource: &CsiRsConfig) -> Result<(), ConfigError> {
    let CsiFrequencyOccupation { start_crb, n_rb } = resource.parameters().mapping.occupation;
    let part = bwp.n_prb().min(if shared_spectrum { 48 } else { 52 });
    if n_rb != part && n_rb != bwp.n_prb() {
        let rule = format!("must be {part} or the {} of the bandwidth part", bwp.n_prb());
        return Err(ConfigError::new("TRS blocks", n_rb, rule, CLAUSE));
    }
    let (first, end) = (bwp.start_crb(), bwp.start_crb() + bwp.n_prb());
    if start_crb < first || start_crb + n_rb > end {
        let got = format!("{n_rb} from CRB {start_crb}");
        let rule = format!("must lie inside the bandwidth part, CRB {first}..{end}");
        return Err(ConfigError::new("TRS blocks", got, rule, "TS 38.214 5.2.2.3.1"));
    }
    Ok(())
}

fn check_period(resource: &CsiRsConfig) -> Result<(), ConfigError> {
    let Some(periodicity) = resource.parameters().periodicity else { return Ok(()) };
    let rule = match periodicity.period_ms(resource.carrier().numerology()) {
        Some(10) if resource.parameters().mapping.occupation.n_rb > 52 => "must be above 10 ms beyond 52 blocks",
        Some(10 | 20 | 40 | 80) => return Ok(()),
        _ => "must be 10, 20, 40 or 80 ms",
    };
    Err(ConfigError::new("TRS period (slots)", periodicity.period(), rule, CLAUSE))
}

/// The two resources of a slot: in the same, four symbols apart, at a place of the clause.
fn check_slot(range: FrequencyRange, pair: &[CsiRsConfig; 2]) -> Result<(), ConfigError> {
    let [a, b] = pair;
    if offset(a) != offset(b) {
        let got = format!("{:?} and {:?}", offset(a), offset(b));
        return Err(ConfigError::new("TRS offsets", got, "two resources must lie in each slot", CLAUSE));
    }
    let (l, m) = (symbol(a), symbol(b));
    let exists = match range {
        FrequencyRange::Fr1 => (4..=6).contains(&l),
        FrequencyRange::Fr2 => l <= 9,
    };
    if !exists || m != l + 4 {
        let rule = match range {
            FrequencyRange::Fr1 => "must be 4 and 8, 5 and 9 or 6 and 10 in FR1",
            FrequencyRange::Fr2 => "must lie 4 apart in FR2",
        };
        return Err(ConfigError::new("TRS symbols", format!("{l} and {m}"), rule, CLAUSE));
    }
    Ok(())
}

fn check_consecutive(first: &[CsiRsConfig; 2], second: &[CsiRsConfig; 2]) -> Result<(), ConfigError> {
    let at = |pair: &[CsiRsConfig; 2]| pair[0].parameters().periodicity;
    if let (Some(a), Some(b)) = (at(first), at(second))
        && (a.offset() + 1) % a.period() != b.offset()
    {
        let got = format!("{} and {}", a.offset(), b.offset());
        return Err(ConfigError::new("TRS offsets", got, "the two slots must be consecutive", CLAUSE));
    }
    if symbol(&first[0]) != symbol(&second[0]) {
        let got = format!("{} and {}", symbol(&first[0]), symbol(&second[0]));
        return Err(ConfigError::new("TRS first symbols", got, "must be the same in both slots", CLAUSE));
    }
    Ok(())
}
