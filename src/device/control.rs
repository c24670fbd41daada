use super::bandwidth_part::{DownlinkPart, setup};
use super::config::CellContext;
use crate::ConfigError;
use crate::frame::{BandwidthPart, CceRegMapping, Coreset, PrecoderGranularity, Rnti, SlotPoint};
use crate::pdcch::{MonitoringPattern, PdcchConfig, PdcchScrambling, SearchSpace};
use crate::rrc::{self, ControlResourceSet, DciFormats, DciFormatsExt, SearchSpaceType};

/// Which formats a device looks for in a search space with its C-RNTI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MonitoredDci {
    /// Formats 0_0 and 1_0.
    pub fallback: bool,
    /// Formats 0_1 and 1_1.
    pub format_x_1: bool,
    /// Formats 0_2 and 1_2.
    pub format_x_2: bool,
}

/// A search space set of a device.
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "TS 38.213 10.1")]
pub struct DeviceSearchSpace {
    /// searchSpaceId.
    pub id: u8,
    /// controlResourceSetId.
    pub coreset_id: u8,
    /// The CORESET.
    pub coreset: Coreset,
    /// When it is looked at.
    pub pattern: MonitoringPattern,
    /// Candidates.
    pub candidates: SearchSpace,
    /// Scrambling identities.
    pub scrambling: PdcchScrambling,
    /// Formats.
    pub formats: MonitoredDci,
}

impl DeviceSearchSpace {
    /// The places in the grid at which it is looked for in `slot`; none where it is not monitored, or where the grid
    /// does not reach.
    pub fn places(&self, grid: &crate::frame::Carrier, slot: SlotPoint) -> impl Iterator<Item = PdcchConfig> {
        let symbols = self.pattern.first_symbols(slot);
        symbols.filter_map(move |symbol| PdcchConfig::new(grid, &self.coreset, symbol, self.scrambling).ok())
    }
}

/// A configured CORESET.
fn coreset(config: &ControlResourceSet, bwp: &BandwidthPart, cell: &CellContext) -> Result<Coreset, ConfigError> {
    let groups = config.frequency_domain_resources.ones().fold(0, |groups, i| groups | 1 << i);
    let unit = |unit| match unit {
        rrc::InterleaverUnit::N2 => 2,
        rrc::InterleaverUnit::N3 => 3,
        rrc::InterleaverUnit::N6 => 6,
    };
    let mapping = match &config.cce_reg_mapping_type {
        rrc::CceRegMapping::NonInterleaved => CceRegMapping::NonInterleaved,
        rrc::CceRegMapping::Interleaved(mapping) => CceRegMapping::Interleaved {
            reg_bundle_size: unit(mapping.reg_bundle_size),
            interleaver_size: unit(mapping.interleaver_size),
            shift: mapping.shift_index.unwrap_or(cell.cell_id.get()),
        },
    };
    let granularity = match config.precoder_granularity {
        rrc::PrecoderGranularity::SameAsRegBundle => PrecoderGranularity::SameAsRegBundle,
        rrc::PrecoderGranularity::AllContiguousRbs => PrecoderGranularity::AllContiguousRbs,
    };
    let rb_offset = config.v1610().and_then(|addition| addition.rb_offset);
    Coreset::configured(bwp, groups, rb_offset, config.duration, mapping, granularity)
}

/// The CORESETs and search spaces of a bandwidth part, as they are configured.
pub(super) struct ControlLists<'a> {
    part: &'a DownlinkPart<'a>,
    cell: &'a CellContext<'a>,
    c_rnti: Rnti,
}

impl<'a> ControlLists<'a> {
    pub fn new(part: &'a DownlinkPart<'a>, cell: &'a CellContext<'a>, c_rnti: Rnti) -> Self {
        Self { part, cell, c_rnti }
    }

    /// Configured CORESETs, the dedicated ones first: one of the same identity replaces the common one.
    pub fn coresets(&self) -> impl Iterator<Item = &'a ControlResourceSet> {
        let dedicated = self.part.dedicated.and_then(|part| setup(&part.pdcch_config));
        let dedicated = dedicated.into_iter().flat_map(|c| c.control_resource_set_to_add_mod_list.iter().flatten());
        let common = setup(&self.part.common.pdcch_config_common);
        dedicated.chain(common.and_then(|c| c.common_control_resource_set.as_ref()))
    }

    /// The CORESET of an identity, and its pdcch-DMRS-ScramblingID.
    pub fn coreset(&self, id: u8) -> Result<(Coreset, Option<u16>), ConfigError> {
        if id == 0 {
            let none = || ConfigError::new("controlResourceSetId", 0, "the cell has no CORESET#0", "TS 38.213 13");
            return Ok((self.cell.coreset0.ok_or_else(none)?, None));
        }
        let of_id = |config: &&ControlResourceSet| config.control_resource_set_id == id;
        let Some(config) = self.coresets().find(of_id) else {
            let rule = "names no CORESET that is configured";
            return Err(ConfigError::new("controlResourceSetId", id, rule, "TS 38.331 SearchSpace"));
        };
        Ok((coreset(config, &self.part.bwp, self.cell)?, config.pdcch_dmrs_scrambling_id))
    }

    /// Search spaces with candidates, common ones of SIB1 or the bandwidth part first.
    pub fn search_spaces(&self) -> Result<Vec<DeviceSearchSpace>, ConfigError> {
        let common = setup(&self.part.common.pdcch_config_common);
        let common = common.into_iter().flat_map(|c| c.common_search_space_list.iter().flatten());
        let dedicated = self.part.dedicated.and_then(|part| setup(&part.pdcch_config));
        let dedicated = dedicated.into_iter().flat_map(|c| c.search_spaces_to_add_mod_list.iter().flatten());
        let mut spaces: Vec<DeviceSearchSpace> = Vec::new();
        for config in common.chain(dedicated) {
            if let Some(space) = self.search_space(config)? {
                // The dedicated one of the same identity replaces a common one.
                spaces.retain(|known| known.id != space.id);
                spaces.push(space);
            }
        }
        Ok(spaces)
    }

    /// `None` if the device finds no DCI with its C-RNTI there.
    fn search_space(&self, config: &rrc::SearchSpace) -> Result<Option<DeviceSearchSpace>, ConfigError> {
        let (Some(coreset_id), Some(counts), Some(kind)) =
            (config.control_resource_set_id, &config.nrof_candidates, &config.search_space_type)
        else {
            return Ok(None);
        };
        let (coreset, scrambling_id) = self.coreset(coreset_id)?;
        // At most 8.
        let counts = counts.counts().map(|n| n as u8);
        let cell_id = self.cell.cell_id;
        let (candidates, scrambling, formats) = match kind {
            SearchSpaceType::Common(common) => {
                let scrambling = match scrambling_id {
                    Some(id) => PdcchScrambling::common(cell_id, id),
                    None => PdcchScrambling::cell(cell_id),
                };
                let fallback = common.dci_format_0_0_and_1_0.is_some();
                (SearchSpace::common(counts)?, scrambling, MonitoredDci { fallback, ..MonitoredDci::default() })
            }
            SearchSpaceType::UeSpecific(own) => {
                let scrambling = match scrambling_id {
                    Some(id) => PdcchScrambling::ue_specific(id, self.c_rnti),
                    None => PdcchScrambling::cell(cell_id),
                };
                let ext = own.v1610().and_then(|addition| addition.dci_formats_ext);
                let formats = match (ext, own.dci_formats) {
                    (Some(DciFormatsExt::Formats0_2And1_2), _) => {
                        MonitoredDci { format_x_2: true, ..MonitoredDci::default() }
                    }
                    (Some(DciFormatsExt::Formats0_1And1_1And0_2And1_2), _) => {
                        MonitoredDci { format_x_1: true, format_x_2: true, fallback: false }
                    }
                    (None, DciFormats::Formats0_0And1_0) => MonitoredDci { fallback: true, ..MonitoredDci::default() },
                    (None, DciFormats::Formats0_1And1_1) => {
                        MonitoredDci { format_x_1: true, ..MonitoredDci::default() }
                    }
                };
                (SearchSpace::ue_specific(counts, self.c_rnti, coreset_id)?, scrambling, formats)
            }
        };
        if formats == MonitoredDci::default() {
            return Ok(None);
        }
        let (period, offset) = config.monitoring_slots.as_ref().map_or((1, 0), |slots| slots.period_and_offset());
        let symbols = config
            .monitoring_symbols_within_slot
            .map_or(1, |symbols| symbols.ones().fold(0u16, |mask, symbol| mask | 1 << symbol));
        let n_symbols = self.cell.grid.symbols_per_slot();
        let duration = config.duration.unwrap_or(1);
        let pattern = MonitoringPattern::new(period, offset, duration, symbols, coreset.duration(), n_symbols)?;
        let id = config.search_space_id;
        Ok(Some(DeviceSearchSpace { id, coreset_id, coreset, pattern, candidates, scrambling, formats }))
    }
}
