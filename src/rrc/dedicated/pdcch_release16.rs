use crate::rrc::control::{ControlResourceSet, DciFormatFlags, SfiCandidates};
use crate::rrc::uper::{BitString, list, list_of, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// First addition to PDCCH-Config (Release 16).
    pub struct PdcchConfigV1610 {
        control_resource_set_to_add_mod_list_size_ext: Option<Vec<ControlResourceSet>> =
            "controlResourceSetToAddModListSizeExt-v1610", list(1, 2);
        control_resource_set_to_release_list_size_ext: Option<Vec<u8>> =
            "controlResourceSetToReleaseListSizeExt-r16", list_of(1, 5, range(0, 15));
        search_spaces_to_add_mod_list_ext: Option<Vec<SearchSpaceExtR16>> =
            "searchSpacesToAddModListExt-r16", list(1, 10);
        uplink_cancellation: Option<SetupRelease<UplinkCancellation>> = "uplinkCancellation-r16";
        monitoring_capability_config: Option<MonitoringCapability> = "monitoringCapabilityConfig-r16";
        search_space_switch_config: Option<SearchSpaceSwitchConfig> = "searchSpaceSwitchConfig-r16";
    }
}

sequence! {
    /// What Release 16 adds to the search space at the same place of `searchSpacesToAddModList`.
    pub struct SearchSpaceExtR16 {
        control_resource_set_id: Option<u8> = "controlResourceSetId-r16", range(0, 15);
        search_space_type: Option<SearchSpaceTypeR16> = "searchSpaceType-r16";
        search_space_group_id_list: Option<Vec<u8>> = "searchSpaceGroupIdList-r16", list_of(1, 2, range(0, 1));
        freq_monitor_locations: Option<BitString<5>> = "freqMonitorLocations-r16";
    }
}

sequence! {
    /// DCI formats of a common search space.
    pub struct SearchSpaceTypeR16 {
        common: CommonSearchSpaceR16 = "common-r16";
    }
}

sequence! {
    /// DCI formats of Release 16 of a common search space.
    pub extensible struct CommonSearchSpaceR16 [] {
        dci_format2_4: Option<DciFormat2_4> = "dci-Format2-4-r16";
        dci_format2_5: Option<DciFormat2_5> = "dci-Format2-5-r16";
        dci_format2_6: Option<DciFormatFlags> = "dci-Format2-6-r16";
    }
}

sequence! {
    /// Uplink cancellation.
    pub extensible struct DciFormat2_4 [] {
        nrof_candidates_ci: NrofCandidatesR16 = "nrofCandidates-CI-r16";
    }
}

sequence! {
    /// Candidates of each aggregation level.
    pub struct NrofCandidatesR16 {
        level_1: Option<SfiCandidates> = "aggregationLevel1-r16";
        level_2: Option<SfiCandidates> = "aggregationLevel2-r16";
        level_4: Option<SfiCandidates> = "aggregationLevel4-r16";
        level_8: Option<SfiCandidates> = "aggregationLevel8-r16";
        level_16: Option<SfiCandidates> = "aggregationLevel16-r16";
    }
}

sequence! {
    /// Availability of soft resources.
    pub extensible struct DciFormat2_5 [] {
        nrof_candidates_iab: NrofCandidatesR16 = "nrofCandidates-IAB-r16";
    }
}

sequence! {
    /// DCI format 2_4, TS 38.213 11.2A.
    pub extensible struct UplinkCancellation [] {
        ci_rnti: u16 = "ci-RNTI-r16", range(0, 65535);
        /// Bits of DCI format 2_4.
        dci_payload_size_for_ci: u8 = "dci-PayloadSizeForCI-r16", range(0, 126);
        ci_configuration_per_serving_cell: Vec<CiConfigurationPerServingCell> =
            "ci-ConfigurationPerServingCell-r16", list(1, 32);
    }
}

sequence! {
    /// Where a cell's bits stand in DCI format 2_4, and what they stand for.
    pub struct CiConfigurationPerServingCell {
        serving_cell_id: u8 = "servingCellId", range(0, 31);
        position_in_dci: u8 = "positionInDCI-r16", range(0, 125);
        position_in_dci_for_sul: Option<u8> = "positionInDCI-ForSUL-r16", range(0, 125);
        ci_payload_size: CiPayloadSize = "ci-PayloadSize-r16";
        time_frequency_region: TimeFrequencyRegion = "timeFrequencyRegion-r16";
        uplink_cancellation_priority: bool = "uplinkCancellationPriority-v1610", "enabled";
    }
}

enumerated! {
    /// Bits.
    pub enum CiPayloadSize {
        N1 = "n1", N2 = "n2", N4 = "n4", N5 = "n5", N7 = "n7", N8 = "n8", N10 = "n10", N14 = "n14", N16 = "n16",
        N20 = "n20", N28 = "n28", N32 = "n32", N35 = "n35", N42 = "n42", N56 = "n56", N112 = "n112",
    }
}

sequence! {
    /// The part of the uplink that the bits stand for.
    pub extensible struct TimeFrequencyRegion [] {
        time_duration_for_ci: Option<TimeDurationForCi> = "timeDurationForCI-r16";
        time_granularity_for_ci: TimeGranularityForCi = "timeGranularityForCI-r16";
        frequency_region_for_ci: u16 = "frequencyRegionForCI-r16", range(0, 37_949);
        delta_offset: u8 = "deltaOffset-r16", range(0, 2);
    }
}

enumerated! {
    /// Symbols; the monitoring period where absent.
    pub enum TimeDurationForCi { N2 = "n2", N4 = "n4", N7 = "n7", N14 = "n14" }
}

enumerated! {
    /// Parts in time.
    pub enum TimeGranularityForCi { N1 = "n1", N2 = "n2", N4 = "n4", N7 = "n7", N14 = "n14", N28 = "n28" }
}

enumerated! {
    /// Limits on PDCCH monitoring by slot (Release 15) or by span (Release 16).
    pub enum MonitoringCapability { Release15 = "r15monitoringcapability", Release16 = "r16monitoringcapability" }
}

sequence! {
    /// Switching between groups of search spaces.
    pub struct SearchSpaceSwitchConfig {
        cell_groups_for_switch_list: Option<Vec<Vec<u8>>> =
            "cellGroupsForSwitchList-r16", list_of(1, 4, list_of(1, 16, range(0, 31)));
        search_space_switch_delay: Option<u8> = "searchSpaceSwitchDelay-r16", range(10, 52);
    }
}
