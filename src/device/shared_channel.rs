use super::bandwidth_part::{DownlinkPart, setup};
use super::config::CellContext;
use super::downlink_format::rbg_configuration;
use crate::ConfigError;
use crate::pdsch::{
    DedicatedContext, DefaultTimeTable, DmrsDownlink, McsTable, PrbBundling, PrgSize, PtrsDownlink, RbgConfiguration,
    TimeAllocation, TimeTable, tbs_lbrm,
};
use crate::reference_signal::dmrs::{DmrsLength, DmrsType, MappingType};
use crate::rrc::{
    self, AggregationFactor, BundleSize, BundleSizeSet1, DmrsAdditionalPosition, DmrsDownlinkConfig, PdschConfig,
    PdschOverhead, PdschTimeDomainAllocation, PrbBundlingType, PtrsDownlinkConfig, PtrsResourceElementOffset,
    ServingCellConfig, VrbToPrbInterleaver,
};

/// The rows of a pdsch-TimeDomainAllocationList.
///
/// # Errors
/// If a row stands for no symbols inside a slot.
pub fn time_allocations(list: &[PdschTimeDomainAllocation]) -> Result<Vec<TimeAllocation>, ConfigError> {
    let row = |row: &PdschTimeDomainAllocation| {
        let mapping_type = mapping_type(row.mapping_type);
        TimeAllocation::from_sliv(row.k0.unwrap_or(0), mapping_type, row.start_symbol_and_length)
    };
    list.iter().map(row).collect()
}

fn mapping_type(mapping_type: rrc::MappingType) -> MappingType {
    match mapping_type {
        rrc::MappingType::A => MappingType::A,
        rrc::MappingType::B => MappingType::B,
    }
}

/// The table of the part's common configuration: in common search spaces of CORESET#0, and where no dedicated one is.
pub(super) fn common_time_table(part: &DownlinkPart) -> Result<TimeTable, ConfigError> {
    let common = setup(&part.common.pdsch_config_common);
    match common.and_then(|common| common.pdsch_time_domain_allocation_list.as_ref()) {
        Some(list) => Ok(TimeTable::List(time_allocations(list)?.into())),
        None => Ok(TimeTable::Default(DefaultTimeTable::A)),
    }
}

/// The table of a device: its own, or the common one.
fn time_table(pdsch: Option<&PdschConfig>, part: &DownlinkPart) -> Result<TimeTable, ConfigError> {
    match pdsch.and_then(|pdsch| setup(&pdsch.pdsch_time_domain_allocation_list)) {
        Some(list) => Ok(TimeTable::List(time_allocations(list)?.into())),
        None => common_time_table(part),
    }
}

fn ptrs(config: &PtrsDownlinkConfig) -> Result<PtrsDownlink, ConfigError> {
    let time = config.time_density.as_ref().and_then(|list| list[..].try_into().ok());
    let frequency = config.frequency_density.as_ref().and_then(|list| list[..].try_into().ok());
    let offset = match config.resource_element_offset {
        None => 0,
        Some(PtrsResourceElementOffset::Offset01) => 1,
        Some(PtrsResourceElementOffset::Offset10) => 2,
        Some(PtrsResourceElementOffset::Offset11) => 3,
    };
    PtrsDownlink::new(time, frequency, config.epre_ratio.unwrap_or(0), offset)
}

fn dmrs(config: Option<&DmrsDownlinkConfig>) -> Result<DmrsDownlink, ConfigError> {
    let Some(config) = config else { return Ok(DmrsDownlink::default()) };
    if config.v1610().is_some_and(|addition| addition.dmrs_downlink) {
        let (rule, clause) = ("sequences of low peak-to-average power ratio are not followed", "TS 38.211 7.4.1.1.1");
        return Err(ConfigError::new("dmrs-Downlink-r16", "enabled", rule, clause));
    }
    Ok(DmrsDownlink {
        dmrs_type: if config.dmrs_type { DmrsType::Two } else { DmrsType::One },
        max_length: if config.max_length { DmrsLength::Double } else { DmrsLength::Single },
        additional_position: match config.dmrs_additional_position {
            Some(DmrsAdditionalPosition::Pos0) => 0,
            Some(DmrsAdditionalPosition::Pos1) => 1,
            None => 2,
            Some(DmrsAdditionalPosition::Pos3) => 3,
        },
        scrambling_ids: [config.scrambling_id0, config.scrambling_id1],
        ptrs: setup(&config.phase_tracking_rs).map(ptrs).transpose()?,
    })
}

fn bundling(config: Option<&PdschConfig>) -> PrbBundling {
    let size = |size: Option<BundleSize>| match size {
        None => PrgSize::Two,
        Some(BundleSize::N4) => PrgSize::Four,
        Some(BundleSize::Wideband) => PrgSize::Wideband,
    };
    match config.map(|config| &config.prb_bundling_type) {
        None => PrbBundling::Static(PrgSize::Two),
        Some(PrbBundlingType::StaticBundling(config)) => PrbBundling::Static(size(config.bundle_size)),
        Some(PrbBundlingType::DynamicBundling(config)) => {
            let (set_1, or_wideband) = match config.bundle_size_set1 {
                None => (PrgSize::Two, false),
                Some(BundleSizeSet1::N4) => (PrgSize::Four, false),
                Some(BundleSizeSet1::Wideband) => (PrgSize::Wideband, false),
                Some(BundleSizeSet1::N2Wideband) => (PrgSize::Two, true),
                Some(BundleSizeSet1::N4Wideband) => (PrgSize::Four, true),
            };
            PrbBundling::Dynamic { set_1, or_wideband, set_2: size(config.bundle_size_set2) }
        }
    }
}

/// `TBS_LBRM` of the cell: by its widest downlink bandwidth part, and whether any has the table of 256QAM.
#[doc(alias = "TS 38.212 5.4.2.1")]
fn limited_buffer(cell: &CellContext, own: &ServingCellConfig) -> usize {
    let initial = &cell.common.downlink_config_common.initial_downlink_bwp;
    let parts = own.downlink_bwp_to_add_mod_list.iter().flatten();
    let commons = parts.clone().filter_map(|part| part.bwp_common.as_ref()).chain([initial]);
    let n_prb = commons.map(|common| common.generic_parameters.start_and_size().1).max().unwrap_or(0);
    let dedicated = parts.filter_map(|part| part.bwp_dedicated.as_ref()).chain(&own.initial_downlink_bwp);
    let mut pdsch = dedicated.filter_map(|part| setup(&part.pdsch_config));
    let qam256 = pdsch.any(|pdsch| pdsch.mcs_table == Some(rrc::McsTable::Qam256));
    let serving = setup(&own.pdsch_serving_cell_config).and_then(|serving| serving.v1530());
    // Without maxMIMO-Layers what the device is able to counts, which it tells the network alone: four or more.
    let layers = serving.and_then(|serving| serving.max_mimo_layers).unwrap_or(4);
    tbs_lbrm(n_prb, layers.into(), if qam256 { 8 } else { 6 })
}

/// What the PDSCHs of a device in a bandwidth part have in common.
pub(super) fn dedicated_context(
    cell: &CellContext,
    own: &ServingCellConfig,
    part: &DownlinkPart,
) -> Result<DedicatedContext, ConfigError> {
    let pdsch = part.dedicated.and_then(|part| setup(&part.pdsch_config));
    let serving = setup(&own.pdsch_serving_cell_config);
    Ok(DedicatedContext {
        carrier: *cell.grid,
        bwp: part.bwp,
        cell_id: cell.cell_id,
        type_a_position: cell.type_a_position,
        data_scrambling_id: pdsch.and_then(|pdsch| pdsch.data_scrambling_identity_pdsch),
        dmrs_a: dmrs(pdsch.and_then(|pdsch| setup(&pdsch.dmrs_downlink_for_pdsch_mapping_type_a)))?,
        dmrs_b: dmrs(pdsch.and_then(|pdsch| setup(&pdsch.dmrs_downlink_for_pdsch_mapping_type_b)))?,
        time_table: time_table(pdsch, part)?,
        aggregation: match pdsch.and_then(|pdsch| pdsch.pdsch_aggregation_factor) {
            None => 1,
            Some(AggregationFactor::N2) => 2,
            Some(AggregationFactor::N4) => 4,
            Some(AggregationFactor::N8) => 8,
        },
        rbg: pdsch.map_or(RbgConfiguration::One, |pdsch| rbg_configuration(pdsch.rbg_size)),
        interleaver: pdsch.and_then(|pdsch| pdsch.vrb_to_prb_interleaver).map(|size| match size {
            VrbToPrbInterleaver::N2 => 2,
            VrbToPrbInterleaver::N4 => 4,
        }),
        bundling: bundling(pdsch),
        mcs_table: match pdsch.and_then(|pdsch| pdsch.mcs_table) {
            None => McsTable::Qam64,
            Some(rrc::McsTable::Qam256) => McsTable::Qam256,
            Some(rrc::McsTable::Qam64LowSe) => McsTable::Qam64LowSe,
        },
        overhead_per_prb: match serving.and_then(|serving| serving.x_overhead) {
            None => 0,
            Some(PdschOverhead::XOh6) => 6,
            Some(PdschOverhead::XOh12) => 12,
            Some(PdschOverhead::XOh18) => 18,
        },
        tbs_lbrm: Some(limited_buffer(cell, own)),
    })
}
