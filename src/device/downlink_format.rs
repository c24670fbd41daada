use super::bandwidth_part::{DownlinkPart, UplinkPart, setup};
use crate::ConfigError;
use crate::frame::BandwidthPart;
use crate::pdcch::dci::{
    Dci1_1Layout, Dci1_1Parameters, DmrsConfiguration, DmrsConfigurations, FrequencyField, HarqAckCodebook,
    PdschCodeBlockGroups,
};
use crate::pdsch::{RbgConfiguration, ResourceBlockGroups};
use crate::reference_signal::dmrs::{DmrsLength, DmrsType};
use crate::rrc::{
    self, CellGroupConfig, CodeBlockGroups, MaxCodeWords, PrbBundlingType, ResourceAllocation, SchedulingCellInfo,
    ServingCellConfig,
};

/// The frequency field of formats 0_1 and 1_1 in a bandwidth part.
pub(super) fn frequency_field(
    allocation: ResourceAllocation,
    rbg: RbgConfiguration,
    bwp: &BandwidthPart,
) -> Result<FrequencyField, ConfigError> {
    // At most 19.
    let n_rbg = ResourceBlockGroups::new(bwp, rbg)?.n_groups() as u8;
    let n_rb = bwp.n_prb();
    Ok(match allocation {
        ResourceAllocation::Type0 => FrequencyField::Type0 { n_rbg },
        ResourceAllocation::Type1 => FrequencyField::Type1 { n_rb },
        ResourceAllocation::DynamicSwitch => FrequencyField::DynamicSwitch { n_rbg, n_rb },
    })
}

/// dmrs-Type and maxLength.
pub(super) fn dmrs_configuration(type_2: bool, len_2: bool) -> DmrsConfiguration {
    DmrsConfiguration {
        dmrs_type: if type_2 { DmrsType::Two } else { DmrsType::One },
        max_length: if len_2 { DmrsLength::Double } else { DmrsLength::Single },
    }
}

/// pdsch-HARQ-ACK-Codebook of the cell group.
pub(super) fn harq_ack_codebook(group: &CellGroupConfig) -> HarqAckCodebook {
    let Some(config) = &group.physical_cell_group_config else { return HarqAckCodebook::default() };
    match (config.v1610(), config.pdsch_harq_ack_codebook) {
        (Some(addition), _) if addition.pdsch_harq_ack_codebook => HarqAckCodebook::EnhancedDynamic {
            nfi_total_dai: addition.nfi_total_dai_included,
            ul_total_dai: addition.ul_total_dai_included,
        },
        (_, rrc::HarqAckCodebook::SemiStatic) => HarqAckCodebook::SemiStatic,
        (_, rrc::HarqAckCodebook::Dynamic) => HarqAckCodebook::Dynamic,
    }
}

/// Whether the formats have a carrier indicator.
pub(super) fn carrier_indicator(own: &ServingCellConfig) -> bool {
    let info = own.cross_carrier_scheduling_config.as_ref().map(|config| &config.scheduling_cell_info);
    matches!(info, Some(SchedulingCellInfo::Own(own)) if own.cif_presence.0)
}

pub(super) fn code_block_groups(n: CodeBlockGroups) -> u8 {
    match n {
        CodeBlockGroups::N2 => 2,
        CodeBlockGroups::N4 => 4,
        CodeBlockGroups::N6 => 6,
        CodeBlockGroups::N8 => 8,
    }
}

/// Format 1_1 before size alignment.
pub(super) fn layout_1_1(
    group: &CellGroupConfig,
    own: &ServingCellConfig,
    part: &DownlinkPart,
    uplink: &UplinkPart,
    tci_present: bool,
) -> Result<Dci1_1Layout, ConfigError> {
    let Some(pdsch) = part.dedicated.and_then(|part| setup(&part.pdsch_config)) else {
        let rule = "format 1_1 needs one";
        return Err(ConfigError::new("pdsch-Config", "absent", rule, "TS 38.331 BWP-DownlinkDedicated"));
    };
    let rbg = rbg_configuration(pdsch.rbg_size);
    let addition = pdsch.v1610();
    let common_rows = setup(&part.common.pdsch_config_common);
    let common_rows = common_rows.and_then(|common| common.pdsch_time_domain_allocation_list.as_ref()).map(Vec::len);
    let own_rows = setup(&pdsch.pdsch_time_domain_allocation_list).map(Vec::len);
    let rows_of_r16 = addition.as_ref().and_then(|a| setup(&a.pdsch_time_domain_allocation_list)).map(Vec::len);
    let pucch = uplink.dedicated.and_then(|uplink| setup(&uplink.pucch_config));
    let pucch_addition = pucch.and_then(|pucch| pucch.v1610());
    let timings_of_r16 = pucch_addition.as_ref().and_then(|a| setup(&a.dl_data_to_ul_ack)).map(Vec::len);
    let timings = pucch.and_then(|pucch| pucch.dl_data_to_ul_ack.as_ref()).map(Vec::len);
    let physical = group.physical_cell_group_config.as_ref().and_then(|config| config.v1610());
    let serving = setup(&own.pdsch_serving_cell_config);
    let groups = serving.and_then(|serving| setup(&serving.code_block_group_transmission));
    let dmrs = |config: &Option<rrc::SetupRelease<rrc::DmrsDownlinkConfig>>| {
        setup(config).map(|dmrs| dmrs_configuration(dmrs.dmrs_type, dmrs.max_length))
    };
    Dci1_1Layout::new(&Dci1_1Parameters {
        carrier_indicator: carrier_indicator(own),
        n_bandwidth_parts: own.downlink_bwp_to_add_mod_list.as_ref().map_or(0, Vec::len) as u8,
        frequency: frequency_field(pdsch.resource_allocation, rbg, &part.bwp)?,
        n_time_rows: rows_of_r16.or(own_rows).or(common_rows).unwrap_or(16) as u8,
        vrb_to_prb_interleaver: pdsch.vrb_to_prb_interleaver.is_some(),
        dynamic_prb_bundling: matches!(pdsch.prb_bundling_type, PrbBundlingType::DynamicBundling(_)),
        rate_match_groups: [pdsch.rate_match_pattern_group1.is_some(), pdsch.rate_match_pattern_group2.is_some()],
        n_zp_csi_rs_sets: pdsch.aperiodic_zp_csi_rs_resource_sets_to_add_mod_list.as_ref().map_or(0, Vec::len) as u8,
        n_codewords: match pdsch.max_nrof_code_words_scheduled_by_dci {
            Some(MaxCodeWords::N2) => 2,
            _ => 1,
        },
        harq_ack_codebook: harq_ack_codebook(group),
        several_cells: group.scell_to_add_mod_list.is_some(),
        // Where neither list is configured, the eight timings of format 1_0.
        n_harq_timings: timings_of_r16.or(timings).unwrap_or(8) as u8,
        one_shot_harq_ack: physical.is_some_and(|physical| physical.pdsch_harq_ack_one_shot_feedback),
        dmrs: DmrsConfigurations {
            a: dmrs(&pdsch.dmrs_downlink_for_pdsch_mapping_type_a),
            b: dmrs(&pdsch.dmrs_downlink_for_pdsch_mapping_type_b),
        },
        tci_present,
        supplementary_uplink: own.supplementary_uplink.is_some(),
        code_block_groups: groups.map(|groups| PdschCodeBlockGroups {
            per_transport_block: code_block_groups(groups.max_code_block_groups_per_transport_block),
            flush_indicator: groups.code_block_group_flush_indicator.0,
        }),
        priority_indicator: addition.as_ref().is_some_and(|addition| addition.priority_indicator_dci_1_1),
        n_channel_access: pucch_addition
            .as_ref()
            .and_then(|a| setup(&a.ul_access_config_list_dci_1_1))
            .map_or(0, Vec::len) as u8,
        minimum_scheduling_offset: addition.as_ref().is_some_and(|a| setup(&a.minimum_scheduling_offset_k0).is_some()),
        n_dormancy_groups: dormancy_groups(group),
    })
}

/// Groups of secondary cells that a DCI may put to rest: as many as dormancyGroupWithinActiveTime names.
pub(super) fn dormancy_groups(group: &CellGroupConfig) -> u8 {
    let cells = group.scell_to_add_mod_list.iter().flatten();
    let of_cell = |cell: &rrc::SCellConfig| {
        let config = cell.scell_config_dedicated.as_ref()?.v1610()?;
        let dormant = setup(&config.dormant_bwp_config)?;
        setup(&dormant.within_active_time_config)?.dormancy_group_within_active_time
    };
    // The identities count from 0 without gaps.
    cells.filter_map(of_cell).map(|id| id + 1).max().unwrap_or(0)
}

pub(super) fn rbg_configuration(size: rrc::RbgSize) -> RbgConfiguration {
    match size {
        rrc::RbgSize::Config1 => RbgConfiguration::One,
        rrc::RbgSize::Config2 => RbgConfiguration::Two,
    }
}
