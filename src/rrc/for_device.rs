use super::control::{
    CandidateCount, CceRegMapping, ControlResourceSet, DciFormats, MonitoringSlots, NrofCandidates,
    PrecoderGranularity, SearchSpace, SearchSpaceType, UeSearchSpace,
};
use super::dedicated::{
    AggregationFactor, BundleSize, BwpDownlinkDedicated, BwpUplinkDedicated, CellGroupConfig, DmrsAdditionalPosition,
    DmrsDownlinkConfig, DmrsUplinkConfig, McsTable, NrofHarqProcesses, PdcchConfig, PdschConfig,
    PdschServingCellConfig, PdschServingCellConfigV1530, PrbBundlingType, PuschConfig, RbgSize, ResourceAllocation,
    ServingCellConfig, SpCellConfig, StaticBundling, TransformPrecoder, UplinkConfig,
};
use super::uper::{BitString, CLAUSE, Extension};
use super::uplink::SetupRelease;
use crate::ConfigError;

/// What an RRCSetup gives a device of a small cell in its initial bandwidth parts: a CORESET and a UE-specific search
/// space of its own with formats 0_1 and 1_1 from the first symbol of each slot on, and its PDSCH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceDescription {
    /// Groups of six resource blocks of the CORESET, bit i for group i.
    pub coreset_groups: u64,
    /// Symbols of the CORESET, 1..=3.
    pub coreset_duration: u8,
    /// Candidates of aggregation levels 1, 2, 4, 8, 16; each 0 to 6 or 8.
    pub n_candidates: [usize; 5],
    /// mcs-Table of the PDSCH; that of 64QAM where absent.
    pub mcs_table: Option<McsTable>,
    /// Places of DM-RS of the PDSCH besides the first, 0..=3.
    pub dmrs_additional_position: u8,
    /// Double-symbol DM-RS of the PDSCH are possible.
    pub dmrs_double: bool,
    /// pdsch-AggregationFactor: slots in which each block comes.
    pub aggregation: Option<AggregationFactor>,
    /// maxMIMO-Layers, 1..=8.
    pub max_layers: u8,
}

impl CellGroupConfig {
    /// The configuration of a device of a small cell.
    ///
    /// # Errors
    /// Names the value that the standard does not allow; what this returns can be encoded.
    pub fn for_device(device: &DeviceDescription) -> Result<Self, ConfigError> {
        if device.coreset_groups == 0 || device.coreset_groups >> 45 != 0 {
            let got = format!("{:#x}", device.coreset_groups);
            let rule = "must name 1 to 45 groups of six blocks";
            return Err(ConfigError::new("frequencyDomainResources", got, rule, CLAUSE));
        }
        if !(1..=3).contains(&device.coreset_duration) {
            let rule = "must lie in 1..=3 symbols";
            return Err(ConfigError::new("CORESET duration", device.coreset_duration, rule, CLAUSE));
        }
        if !(1..=8).contains(&device.max_layers) {
            return Err(ConfigError::new("maxMIMO-Layers", device.max_layers, "must lie in 1..=8", CLAUSE));
        }
        let mut serving = PdschServingCellConfig {
            nrof_harq_processes_for_pdsch: Some(NrofHarqProcesses::N16),
            ..PdschServingCellConfig::default()
        };
        let layers = PdschServingCellConfigV1530 {
            max_mimo_layers: Some(device.max_layers),
            ..PdschServingCellConfigV1530::default()
        };
        serving.extension.set(0, &layers)?;
        let downlink = BwpDownlinkDedicated {
            pdcch_config: Some(SetupRelease::Setup(device.pdcch()?)),
            pdsch_config: Some(SetupRelease::Setup(device.pdsch()?)),
            ..BwpDownlinkDedicated::default()
        };
        let uplink =
            BwpUplinkDedicated { pusch_config: Some(SetupRelease::Setup(pusch())), ..BwpUplinkDedicated::default() };
        let cell = ServingCellConfig {
            initial_downlink_bwp: Some(downlink),
            pdsch_serving_cell_config: Some(SetupRelease::Setup(serving)),
            uplink_config: Some(UplinkConfig { initial_uplink_bwp: Some(uplink), ..UplinkConfig::default() }),
            ..ServingCellConfig::default()
        };
        let special = SpCellConfig { sp_cell_config_dedicated: Some(cell), ..SpCellConfig::default() };
        Ok(Self { sp_cell_config: Some(special), ..Self::default() })
    }
}

impl DeviceDescription {
    fn pdcch(&self) -> Result<PdcchConfig, ConfigError> {
        let coreset = ControlResourceSet {
            control_resource_set_id: 1,
            // The first of 45 bits stands for the lowest group.
            frequency_domain_resources: BitString(self.coreset_groups.reverse_bits() >> (64 - 45)),
            duration: self.coreset_duration,
            cce_reg_mapping_type: CceRegMapping::NonInterleaved,
            precoder_granularity: PrecoderGranularity::SameAsRegBundle,
            tci_states_to_add: None,
            tci_states_to_release: None,
            tci_present_in_dci: false,
            pdcch_dmrs_scrambling_id: None,
            extension: Extension::default(),
        };
        let [level_1, level_2, level_4, level_8, level_16] = self.n_candidates;
        let space = SearchSpace {
            search_space_id: 2,
            control_resource_set_id: Some(1),
            monitoring_slots: Some(MonitoringSlots::Sl1),
            duration: None,
            monitoring_symbols_within_slot: Some(BitString(1 << 13)),
            nrof_candidates: Some(NrofCandidates {
                level_1: CandidateCount::new(level_1)?,
                level_2: CandidateCount::new(level_2)?,
                level_4: CandidateCount::new(level_4)?,
                level_8: CandidateCount::new(level_8)?,
                level_16: CandidateCount::new(level_16)?,
            }),
            search_space_type: Some(SearchSpaceType::UeSpecific(UeSearchSpace {
                dci_formats: DciFormats::Formats0_1And1_1,
                extension: Extension::default(),
            })),
        };
        Ok(PdcchConfig {
            control_resource_set_to_add_mod_list: Some(vec![coreset]),
            search_spaces_to_add_mod_list: Some(vec![space]),
            ..PdcchConfig::default()
        })
    }

    fn pdsch(&self) -> Result<PdschConfig, ConfigError> {
        let dmrs = DmrsDownlinkConfig {
            dmrs_additional_position: match self.dmrs_additional_position {
                0 => Some(DmrsAdditionalPosition::Pos0),
                1 => Some(DmrsAdditionalPosition::Pos1),
                2 => None,
                3 => Some(DmrsAdditionalPosition::Pos3),
                n => return Err(ConfigError::new("dmrs-AdditionalPosition", n, "must lie in 0..=3", CLAUSE)),
            },
            max_length: self.dmrs_double,
            ..DmrsDownlinkConfig::default()
        };
        let wideband = StaticBundling { bundle_size: Some(BundleSize::Wideband) };
        Ok(PdschConfig {
            data_scrambling_identity_pdsch: None,
            dmrs_downlink_for_pdsch_mapping_type_a: Some(SetupRelease::Setup(dmrs)),
            dmrs_downlink_for_pdsch_mapping_type_b: None,
            tci_states_to_add_mod_list: None,
            tci_states_to_release_list: None,
            vrb_to_prb_interleaver: None,
            resource_allocation: ResourceAllocation::Type1,
            pdsch_time_domain_allocation_list: None,
            pdsch_aggregation_factor: self.aggregation,
            rate_match_pattern_to_add_mod_list: None,
            rate_match_pattern_to_release_list: None,
            rate_match_pattern_group1: None,
            rate_match_pattern_group2: None,
            rbg_size: RbgSize::Config1,
            mcs_table: self.mcs_table,
            max_nrof_code_words_scheduled_by_dci: None,
            prb_bundling_type: PrbBundlingType::StaticBundling(wideband),
            zp_csi_rs_resource_to_add_mod_list: None,
            zp_csi_rs_resource_to_release_list: None,
            aperiodic_zp_csi_rs_resource_sets_to_add_mod_list: None,
            aperiodic_zp_csi_rs_resource_sets_to_release_list: None,
            sp_zp_csi_rs_resource_sets_to_add_mod_list: None,
            sp_zp_csi_rs_resource_sets_to_release_list: None,
            p_zp_csi_rs_resource_set: None,
            extension: Extension::default(),
        })
    }
}

/// One antenna port, CP-OFDM, resource allocation type 1.
fn pusch() -> PuschConfig {
    PuschConfig {
        data_scrambling_identity_pusch: None,
        tx_config: None,
        dmrs_uplink_for_pusch_mapping_type_a: Some(SetupRelease::Setup(DmrsUplinkConfig::default())),
        dmrs_uplink_for_pusch_mapping_type_b: None,
        pusch_power_control: None,
        frequency_hopping: None,
        frequency_hopping_offset_lists: None,
        resource_allocation: ResourceAllocation::Type1,
        pusch_time_domain_allocation_list: None,
        pusch_aggregation_factor: None,
        mcs_table: None,
        mcs_table_transform_precoder: None,
        transform_precoder: Some(TransformPrecoder::Disabled),
        codebook_subset: None,
        max_rank: None,
        rbg_size: false,
        uci_on_pusch: None,
        tp_pi2_bpsk: false,
        extension: Extension::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rrc::uper::{Coded, Reader, Writer};

    const DEVICE: DeviceDescription = DeviceDescription {
        coreset_groups: 0x1ff,
        coreset_duration: 1,
        n_candidates: [0, 2, 2, 1, 0],
        mcs_table: Some(McsTable::Qam256),
        dmrs_additional_position: 1,
        dmrs_double: false,
        aggregation: None,
        max_layers: 4,
    };

    #[test]
    fn it_can_be_encoded_and_comes_back() {
        let group = CellGroupConfig::for_device(&DEVICE).unwrap();
        let mut writer = Writer::default();
        group.encode(&mut writer, &(), "masterCellGroup").unwrap();
        assert_eq!(CellGroupConfig::decode(&mut Reader::new(&writer.bits), &()).unwrap(), group);
    }

    #[test]
    fn what_the_standard_does_not_allow_is_named() {
        let refused = |device: DeviceDescription| CellGroupConfig::for_device(&device).unwrap_err().to_string();
        assert!(refused(DeviceDescription { coreset_groups: 1 << 45, ..DEVICE }).contains("frequencyDomainResources"));
        assert!(refused(DeviceDescription { coreset_duration: 4, ..DEVICE }).contains("duration"));
        assert!(refused(DeviceDescription { n_candidates: [7, 0, 0, 0, 0], ..DEVICE }).contains('7'));
        assert!(refused(DeviceDescription { dmrs_additional_position: 4, ..DEVICE }).contains("dmrs-Additional"));
        assert!(refused(DeviceDescription { max_layers: 9, ..DEVICE }).contains("maxMIMO-Layers"));
    }
}
