use super::bandwidth_part::{UplinkPart, setup};
use super::downlink_format::{
    carrier_indicator, code_block_groups, dmrs_configuration, dormancy_groups, frequency_field, harq_ack_codebook,
};
use crate::ConfigError;
use crate::pdcch::dci::{
    CodebookSubset, Dci0_1Layout, Dci0_1Parameters, DmrsConfigurations, FrequencyField, HarqAckCodebook,
    PuschTransmission,
};
use crate::pdsch::RbgConfiguration;
use crate::rrc::{
    self, CellGroupConfig, DmrsUplinkConfig, PuschConfig, ServingCellConfig, SetupRelease, SrsPorts, SrsUsage,
    TransformPrecoder, TxConfig, UciBetaOffsets, UlFullPowerTransmission,
};

/// How the PUSCH uses its antenna ports.
fn transmission(pusch: &PuschConfig, own: &ServingCellConfig, uplink: &UplinkPart) -> PuschTransmission {
    let srs = uplink.dedicated.and_then(|uplink| setup(&uplink.srs_config));
    let set_of = |usage: SrsUsage| {
        let mut sets = srs.into_iter().flat_map(|srs| srs.srs_resource_set_to_add_mod_list.iter().flatten());
        sets.find(|set| set.usage == usage).and_then(|set| set.srs_resource_id_list.as_ref())
    };
    match pusch.tx_config {
        None => PuschTransmission::single_port(),
        Some(TxConfig::Codebook) => {
            let resources = set_of(SrsUsage::Codebook);
            let ports_of = |id: &u8| {
                let mut all = srs.into_iter().flat_map(|srs| srs.srs_resource_to_add_mod_list.iter().flatten());
                all.find(|resource| resource.srs_resource_id == *id).map(|resource| match resource.nrof_srs_ports {
                    SrsPorts::Port1 => 1,
                    SrsPorts::Ports2 => 2,
                    SrsPorts::Ports4 => 4,
                })
            };
            let full_power = pusch.v1610().and_then(|addition| addition.ul_full_power_transmission);
            PuschTransmission::Codebook {
                n_srs_resources: resources.map_or(1, Vec::len) as u8,
                n_ports: resources.into_iter().flatten().filter_map(ports_of).max().unwrap_or(1),
                max_rank: pusch.max_rank.unwrap_or(1),
                subset: match pusch.codebook_subset {
                    Some(rrc::CodebookSubset::FullyAndPartialAndNonCoherent) => {
                        CodebookSubset::FullyAndPartialAndNonCoherent
                    }
                    Some(rrc::CodebookSubset::PartialAndNonCoherent) => CodebookSubset::PartialAndNonCoherent,
                    _ => CodebookSubset::NonCoherent,
                },
                full_power_mode_1: full_power == Some(UlFullPowerTransmission::FullPowerMode1),
            }
        }
        Some(TxConfig::NonCodebook) => {
            let serving = own.uplink_config.as_ref().and_then(|uplink| setup(&uplink.pusch_serving_cell_config));
            let max_layers = serving.and_then(|serving| serving.v1530()).and_then(|addition| addition.max_mimo_layers);
            let n_srs_resources = set_of(SrsUsage::NonCodebook).map_or(1, Vec::len) as u8;
            // Without maxMIMO-Layers what the device is able to counts, which it tells the network alone: all it has
            // resources for.
            PuschTransmission::NonCodebook { n_srs_resources, max_layers: max_layers.unwrap_or(n_srs_resources) }
        }
    }
}

/// Format 0_1 before size alignment.
pub(super) fn layout_0_1(
    group: &CellGroupConfig,
    own: &ServingCellConfig,
    uplink: &UplinkPart,
) -> Result<Dci0_1Layout, ConfigError> {
    let config = own.uplink_config.as_ref();
    let n_bandwidth_parts = config.and_then(|c| c.uplink_bwp_to_add_mod_list.as_ref()).map_or(0, Vec::len) as u8;
    let Some(pusch) = uplink.dedicated.and_then(|uplink| setup(&uplink.pusch_config)) else {
        let rule = "format 0_1 needs one";
        return Err(ConfigError::new("pusch-Config", "absent", rule, "TS 38.331 BWP-UplinkDedicated"));
    };
    if uplink.dedicated.and_then(|uplink| uplink.v1610()).is_some_and(|addition| addition.use_interlace_pucch_pusch) {
        let rule = "is not followed";
        return Err(ConfigError::new("useInterlacePUCCH-PUSCH", "enabled", rule, "TS 38.331 BWP-UplinkDedicated"));
    }
    let addition = pusch.v1610();
    let rbg = if pusch.rbg_size { RbgConfiguration::Two } else { RbgConfiguration::One };
    let frequency: FrequencyField = frequency_field(pusch.resource_allocation, rbg, &uplink.bwp)?;
    let common_rows = setup(&uplink.common.pusch_config_common);
    let common_rows = common_rows.and_then(|common| common.pusch_time_domain_allocation_list.as_ref()).map(Vec::len);
    let own_rows = setup(&pusch.pusch_time_domain_allocation_list).map(Vec::len);
    let rows_of_0_1 = addition.as_ref().and_then(|a| setup(&a.pusch_time_domain_allocation_list_dci_0_1));
    let rows_of_several =
        addition.as_ref().and_then(|a| setup(&a.pusch_time_domain_allocation_list_for_multi_pusch)).map(Vec::len);
    let rows_of_0_1 = rows_of_0_1.map(Vec::len);
    let msg3 = setup(&uplink.common.rach_config_common).is_some_and(|rach| rach.msg3_transform_precoder);
    let transform_precoding = pusch.transform_precoder.map_or(msg3, |p| p == TransformPrecoder::Enabled);
    let dmrs = [&pusch.dmrs_uplink_for_pusch_mapping_type_a, &pusch.dmrs_uplink_for_pusch_mapping_type_b];
    let dmrs: [Option<&DmrsUplinkConfig>; 2] = dmrs.map(|config: &Option<SetupRelease<_>>| setup(config));
    let [a, b] = dmrs.map(|config| config.map(|c| dmrs_configuration(c.dmrs_type, c.max_length)));
    let serving = config.and_then(|config| setup(&config.pusch_serving_cell_config));
    let groups = serving.and_then(|serving| setup(&serving.code_block_group_transmission));
    let downlink = setup(&own.pdsch_serving_cell_config);
    let harq_ack_codebook = harq_ack_codebook(group);
    let uci = setup(&pusch.uci_on_pusch).and_then(|uci| uci.beta_offsets.as_ref());
    let uci_list = addition.as_ref().and_then(|a| setup(&a.uci_on_pusch_list_dci_0_1));
    let dynamic = |offsets: &UciBetaOffsets| matches!(offsets, UciBetaOffsets::Dynamic(_));
    let dynamic_of_list =
        uci_list.is_some_and(|list| list.iter().any(|uci| uci.beta_offsets.as_ref().is_some_and(dynamic)));
    Dci0_1Layout::new(&Dci0_1Parameters {
        carrier_indicator: carrier_indicator(own),
        n_bandwidth_parts,
        n_time_rows: rows_of_several.or(rows_of_0_1).or(own_rows).or(common_rows).unwrap_or(16) as u8,
        frequency_hopping: pusch.frequency_hopping.is_some()
            || addition.as_ref().is_some_and(|a| a.frequency_hopping_dci_0_1.is_some()),
        harq_ack_codebook,
        two_sub_codebooks: harq_ack_codebook != HarqAckCodebook::SemiStatic
            && downlink.is_some_and(|config| setup(&config.code_block_group_transmission).is_some()),
        transmission: transmission(pusch, own, uplink),
        transform_precoding,
        dmrs: DmrsConfigurations { a, b },
        csi_request_bits: setup(&own.csi_meas_config).and_then(|csi| csi.report_trigger_size).unwrap_or(0),
        code_block_groups: groups.map(|g| code_block_groups(g.max_code_block_groups_per_transport_block)),
        ptrs: dmrs.iter().flatten().any(|config| setup(&config.phase_tracking_rs).is_some()),
        dynamic_beta_offsets: uci.is_some_and(dynamic) || dynamic_of_list,
        n_channel_access: addition.as_ref().and_then(|a| setup(&a.ul_access_config_list_dci_0_1)).map_or(0, Vec::len)
            as u8,
        priority_indicator: addition.as_ref().is_some_and(|a| a.priority_indicator_dci_0_1),
        invalid_symbol_pattern: addition.as_ref().is_some_and(|a| a.invalid_symbol_pattern_indicator_dci_0_1),
        minimum_scheduling_offset: addition.as_ref().is_some_and(|a| setup(&a.minimum_scheduling_offset_k2).is_some()),
        n_dormancy_groups: dormancy_groups(group),
        supplementary_uplink: own.supplementary_uplink.is_some(),
        ..Dci0_1Parameters::new(frequency)
    })
}
