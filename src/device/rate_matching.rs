use super::bandwidth_part::{DownlinkPart, setup};
use super::control::DeviceSearchSpace;
use crate::ConfigError;
use crate::csi_rs::{
    CdmType, CsiElements, CsiFrequencyOccupation, CsiPeriodicity, CsiRsDensity, CsiRsMapping, CsiRsPattern,
    FrequencyAllocation, ZpCsiRs,
};
use crate::frame::{BandwidthPart, Carrier, SlotPoint};
use crate::pdsch::ReservedElements;
use crate::rrc::{
    self, CsiResourceConfig, CsiResourcePeriodicity, CsiResourceSets, CsiResourceType, CsiRsFrequencyAllocation,
    CsiRsOddEven, CsiRsPorts, CsiRsResourceMapping, RateMatchBitmaps, RateMatchPattern, RateMatchPatternGroupEntry,
    RateMatchPatternType, RateMatchSlots, RateMatchSymbols, ServingCellConfig, ZpCsiRsResource,
};

/// The resource elements that a device's PDSCHs go around, slot by slot (besides SS/PBCH blocks).
#[derive(Clone, Debug, Default)]
#[doc(alias = "TS 38.214 5.1.4")]
pub struct RateMatching {
    /// p-ZP-CSI-RS-ResourceSet.
    zp_periodic: Vec<ZpCsiRs>,
    /// Aperiodic sets by zp-CSI-RS-ResourceSetId: what the ZP CSI-RS trigger of a DCI says.
    zp_aperiodic: Vec<(u8, Vec<CsiElements>)>,
    /// Periodic CSI-RS with power.
    nzp: Vec<(CsiPeriodicity, CsiElements)>,
    patterns: Vec<Pattern>,
    /// Whether rateMatchPatternGroup1 and 2 are configured.
    groups: [bool; 2],
}

#[derive(Clone, Debug)]
struct Pattern {
    /// Whether it belongs to rateMatchPatternGroup1 and 2; one of no group always holds.
    groups: [bool; 2],
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    Bitmaps {
        crbs: Vec<u16>,
        /// Of one slot, or of an even and an odd one.
        symbols: Vec<u16>,
        /// A bit for each unit of as many slots, the first leftmost, and how many there are.
        units: Option<(u64, u32)>,
    },
    /// The search spaces that monitor a CORESET.
    Coreset { crbs: Vec<u16>, duration: usize, spaces: Vec<DeviceSearchSpace> },
}

impl Pattern {
    fn symbols(&self, slot: SlotPoint) -> u16 {
        match &self.place {
            Place::Bitmaps { symbols, units, .. } => {
                let n = u32::from(slot.sfn()) * u32::from(slot.numerology().slots_per_frame()) + u32::from(slot.slot());
                let per_unit = symbols.len() as u32;
                let in_force = units.is_none_or(|(bits, n_bits)| bits >> (n_bits - 1 - n / per_unit % n_bits) & 1 == 1);
                if in_force { symbols[(n % per_unit) as usize] } else { 0 }
            }
            Place::Coreset { duration, spaces, .. } => {
                let first = spaces.iter().flat_map(|space| space.pattern.first_symbols(slot));
                first.fold(0, |mask, symbol| mask | ((1 << duration) - 1) << symbol)
            }
        }
    }

    fn crbs(&self) -> &[u16] {
        match &self.place {
            Place::Bitmaps { crbs, .. } | Place::Coreset { crbs, .. } => crbs,
        }
    }
}

fn reserved(elements: &CsiElements) -> ReservedElements {
    let (subcarriers, symbols) = (elements.subcarriers(), elements.symbols());
    ReservedElements { crbs: elements.crbs().collect(), subcarriers, symbols }
}

impl RateMatching {
    pub(super) fn new(
        carrier: &Carrier,
        own: &ServingCellConfig,
        part: &DownlinkPart,
        spaces: &[DeviceSearchSpace],
    ) -> Result<Self, ConfigError> {
        let mut found = Self { nzp: nzp_csi_rs(carrier, own, &part.bwp)?, ..Self::default() };
        let Some(pdsch) = part.dedicated.and_then(|part| setup(&part.pdsch_config)) else { return Ok(found) };
        let zp: Vec<&ZpCsiRsResource> = pdsch.zp_csi_rs_resource_to_add_mod_list.iter().flatten().collect();
        let of_id = |id: &u8| zp.iter().find(|resource| resource.zp_csi_rs_resource_id == *id);
        let of_list = |ids: &[u8]| -> Result<Vec<ZpCsiRs>, ConfigError> {
            ids.iter().filter_map(of_id).map(|resource| zero_power(carrier, &part.bwp, resource)).collect()
        };
        if let Some(set) = setup(&pdsch.p_zp_csi_rs_resource_set) {
            found.zp_periodic = of_list(&set.zp_csi_rs_resource_id_list)?;
        }
        for set in pdsch.aperiodic_zp_csi_rs_resource_sets_to_add_mod_list.iter().flatten() {
            let elements = of_list(&set.zp_csi_rs_resource_id_list)?.iter().map(|zp| *zp.elements()).collect();
            found.zp_aperiodic.push((set.zp_csi_rs_resource_set_id, elements));
        }
        let groups = [&pdsch.rate_match_pattern_group1, &pdsch.rate_match_pattern_group2];
        found.groups = groups.map(Option::is_some);
        let of_cell = own.v1530().and_then(|addition| addition.rate_match_pattern_to_add_mod_list).unwrap_or_default();
        let of_part = pdsch.rate_match_pattern_to_add_mod_list.as_deref().unwrap_or_default();
        for (config, entry, bwp) in
            of_cell.iter().map(|c| (c, RateMatchPatternGroupEntry::CellLevel(c.rate_match_pattern_id), None)).chain(
                of_part
                    .iter()
                    .map(|c| (c, RateMatchPatternGroupEntry::BwpLevel(c.rate_match_pattern_id), Some(&part.bwp))),
            )
        {
            let groups = groups.map(|group| group.iter().flatten().any(|member| *member == entry));
            found.patterns.push(Pattern { groups, place: place(config, bwp, spaces) });
        }
        Ok(found)
    }

    /// The groups that the rate matching indicator of a DCI names: a bit for each that is configured, the first one's
    /// before the second's.
    pub fn indicated(&self, field: u8) -> [bool; 2] {
        let first = if self.groups[1] { field >> 1 } else { field };
        [self.groups[0] && first & 1 == 1, self.groups[1] && field & 1 == 1]
    }

    /// What a PDSCH in `slot` goes around. `indicated`: which of the two pattern groups the rate matching indicator of
    /// its DCI names (both for format 1_0); `zp_trigger`: the ZP CSI-RS trigger, 0 for none.
    pub fn in_slot(&self, slot: SlotPoint, indicated: [bool; 2], zp_trigger: u8) -> Vec<ReservedElements> {
        let periodic = self.zp_periodic.iter().filter(|zp| zp.is_in(slot)).map(|zp| reserved(zp.elements()));
        let triggered = self.zp_aperiodic.iter().filter(|(id, _)| zp_trigger != 0 && *id == zp_trigger);
        let triggered = triggered.flat_map(|(_, elements)| elements.iter().map(reserved));
        let nzp = self.nzp.iter().filter(|(period, _)| period.is_in(slot)).map(|(_, elements)| reserved(elements));
        let in_force = |pattern: &&Pattern| match pattern.groups {
            [false, false] => true,
            groups => groups[0] && indicated[0] || groups[1] && indicated[1],
        };
        let patterns = self.patterns.iter().filter(in_force).filter_map(|pattern| {
            let symbols = pattern.symbols(slot);
            (symbols != 0).then(|| ReservedElements { crbs: pattern.crbs().to_vec(), subcarriers: 0xfff, symbols })
        });
        periodic.chain(triggered).chain(nzp).chain(patterns).collect()
    }
}

/// A pattern of the cell (`bwp` absent: its blocks are common ones) or of a bandwidth part.
fn place(config: &RateMatchPattern, bwp: Option<&BandwidthPart>, spaces: &[DeviceSearchSpace]) -> Place {
    match &config.pattern_type {
        RateMatchPatternType::Bitmaps(RateMatchBitmaps {
            resource_blocks,
            symbols_in_resource_block,
            periodicity_and_pattern,
            ..
        }) => {
            let first = bwp.map_or(0, BandwidthPart::start_crb);
            let n = bwp.map_or(275, BandwidthPart::n_prb);
            let blocks = resource_blocks.ones().map(|block| block as u16).filter(|&block| block < n);
            // A bit string has symbol 0 leftmost.
            let mask = |ones: &mut dyn Iterator<Item = usize>, first: usize| {
                ones.filter(|symbol| (first..first + 14).contains(symbol)).fold(0u16, |m, l| m | 1 << (l - first))
            };
            let symbols = match symbols_in_resource_block {
                RateMatchSymbols::OneSlot(bits) => vec![mask(&mut bits.ones(), 0)],
                RateMatchSymbols::TwoSlots(bits) => vec![mask(&mut bits.ones(), 0), mask(&mut bits.ones(), 14)],
            };
            let units = periodicity_and_pattern.as_ref().map(|slots| match slots {
                RateMatchSlots::N2(bits) => (bits.0, 2),
                RateMatchSlots::N4(bits) => (bits.0, 4),
                RateMatchSlots::N5(bits) => (bits.0, 5),
                RateMatchSlots::N8(bits) => (bits.0, 8),
                RateMatchSlots::N10(bits) => (bits.0, 10),
                RateMatchSlots::N20(bits) => (bits.0, 20),
                RateMatchSlots::N40(bits) => (bits.0, 40),
            });
            Place::Bitmaps { crbs: blocks.map(|block| first + block).collect(), symbols, units }
        }
        RateMatchPatternType::ControlResourceSet(id) => {
            let spaces: Vec<DeviceSearchSpace> =
                spaces.iter().filter(|space| space.coreset_id == *id).cloned().collect();
            let coreset = spaces.first().map(|space| space.coreset);
            let crbs = coreset.iter().flat_map(|coreset| coreset.crbs()).collect();
            Place::Coreset { crbs, duration: coreset.map_or(1, |coreset| coreset.duration()), spaces }
        }
    }
}

fn zero_power(carrier: &Carrier, bwp: &BandwidthPart, config: &ZpCsiRsResource) -> Result<ZpCsiRs, ConfigError> {
    let periodicity = config.periodicity_and_offset.as_ref().map(periodicity).transpose()?;
    ZpCsiRs::new(carrier, mapping(bwp, &config.resource_mapping)?, periodicity)
}

/// The CSI-RS that come by themselves: those with a period, but for those of semi-persistent or aperiodic sets alone.
fn nzp_csi_rs(
    carrier: &Carrier,
    own: &ServingCellConfig,
    bwp: &BandwidthPart,
) -> Result<Vec<(CsiPeriodicity, CsiElements)>, ConfigError> {
    let Some(csi) = setup(&own.csi_meas_config) else { return Ok(Vec::new()) };
    let sets_of = |config: &CsiResourceConfig| match &config.csi_rs_resource_set_list {
        CsiResourceSets::NzpCsiRsSsb(sets) => sets.nzp_csi_rs_resource_set_list.clone().unwrap_or_default(),
        CsiResourceSets::CsiImResourceSetList(_) => Vec::new(),
    };
    let types_of = |resource: u8| {
        let sets = csi.nzp_csi_rs_resource_set_to_add_mod_list.iter().flatten();
        let sets: Vec<u8> = sets
            .filter(|set| set.nzp_csi_rs_resources.contains(&resource))
            .map(|set| set.nzp_csi_resource_set_id)
            .collect();
        let configs = csi.csi_resource_config_to_add_mod_list.iter().flatten();
        configs
            .filter(move |config| sets_of(config).iter().any(|set| sets.contains(set)))
            .map(|config| config.resource_type)
    };
    let mut found = Vec::new();
    for resource in csi.nzp_csi_rs_resource_to_add_mod_list.iter().flatten() {
        let Some(period) = &resource.periodicity_and_offset else { continue };
        let mut types = types_of(resource.nzp_csi_rs_resource_id).peekable();
        if types.peek().is_some() && !types.any(|kind| kind == CsiResourceType::Periodic) {
            continue;
        }
        let pattern = CsiRsPattern::new(carrier, mapping(bwp, &resource.resource_mapping)?)?;
        found.push((periodicity(period)?, *pattern.elements()));
    }
    Ok(found)
}

fn mapping(bwp: &BandwidthPart, config: &CsiRsResourceMapping) -> Result<CsiRsMapping, ConfigError> {
    // At most 12 bits.
    let frequency = match &config.frequency_domain_allocation {
        CsiRsFrequencyAllocation::Row1(bits) => FrequencyAllocation::Row1(bits.0 as u8),
        CsiRsFrequencyAllocation::Row2(bits) => FrequencyAllocation::Row2(bits.0 as u16),
        CsiRsFrequencyAllocation::Row4(bits) => FrequencyAllocation::Row4(bits.0 as u8),
        CsiRsFrequencyAllocation::Other(bits) => FrequencyAllocation::Other(bits.0 as u8),
    };
    let density = match &config.density {
        rrc::CsiRsDensity::Dot5(CsiRsOddEven::EvenPrbs) => CsiRsDensity::HalfEven,
        rrc::CsiRsDensity::Dot5(CsiRsOddEven::OddPrbs) => CsiRsDensity::HalfOdd,
        rrc::CsiRsDensity::One => CsiRsDensity::One,
        rrc::CsiRsDensity::Three => CsiRsDensity::Three,
        rrc::CsiRsDensity::Spare => {
            let clause = "TS 38.331 CSI-RS-ResourceMapping";
            return Err(ConfigError::new("density", "spare", "must be dot5, one or three", clause));
        }
    };
    Ok(CsiRsMapping {
        n_ports: match config.nrof_ports {
            CsiRsPorts::P1 => 1,
            CsiRsPorts::P2 => 2,
            CsiRsPorts::P4 => 4,
            CsiRsPorts::P8 => 8,
            CsiRsPorts::P12 => 12,
            CsiRsPorts::P16 => 16,
            CsiRsPorts::P24 => 24,
            CsiRsPorts::P32 => 32,
        },
        density,
        cdm_type: match config.cdm_type {
            rrc::CdmType::NoCdm => CdmType::None,
            rrc::CdmType::FdCdm2 => CdmType::Fd2,
            rrc::CdmType::Cdm4Fd2Td2 => CdmType::Fd2Td2,
            rrc::CdmType::Cdm8Fd2Td4 => CdmType::Fd2Td4,
        },
        frequency,
        first_symbol: config.first_ofdm_symbol_in_time_domain,
        first_symbol_2: config.first_ofdm_symbol_in_time_domain2,
        occupation: CsiFrequencyOccupation::in_bwp(bwp, config.freq_band.starting_rb, config.freq_band.nrof_rbs)?,
    })
}

fn periodicity(config: &CsiResourcePeriodicity) -> Result<CsiPeriodicity, ConfigError> {
    use CsiResourcePeriodicity as Slots;
    let (period, offset) = match *config {
        Slots::Slots4(offset) => (4, offset.into()),
        Slots::Slots5(offset) => (5, offset.into()),
        Slots::Slots8(offset) => (8, offset.into()),
        Slots::Slots10(offset) => (10, offset.into()),
        Slots::Slots16(offset) => (16, offset.into()),
        Slots::Slots20(offset) => (20, offset.into()),
        Slots::Slots32(offset) => (32, offset.into()),
        Slots::Slots40(offset) => (40, offset.into()),
        Slots::Slots64(offset) => (64, offset.into()),
        Slots::Slots80(offset) => (80, offset.into()),
        Slots::Slots160(offset) => (160, offset.into()),
        Slots::Slots320(offset) => (320, offset),
        Slots::Slots640(offset) => (640, offset),
    };
    CsiPeriodicity::new(period, offset)
}
