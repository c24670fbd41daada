use super::configured_grant::ConfiguredGrantConfig;
use super::csi_reports::CsiMeasConfig;
use super::pdcch::{PdcchConfig, PdcchServingCellConfig};
use super::pdsch::{PdschConfig, SpsConfig};
use super::pucch::PucchConfig;
use super::pusch::PuschConfig;
use super::rate_match::{RateMatchPattern, RateMatchPatternLteCrs};
use super::shapes::{BEAM_FAILURE_RECOVERY_CONFIG, RADIO_LINK_MONITORING_CONFIG};
use super::shared_channels::{CrossCarrierSchedulingConfig, PdschServingCellConfig, PuschServingCellConfig};
use super::srs::SrsConfig;
use super::uplink_shapes::{
    BEAM_FAILURE_RECOVERY_RS_CONFIG_R16, DUMMY_J, LBT_FAILURE_RECOVERY_CONFIG_R16, SRS_CARRIER_SWITCHING,
    TDD_UL_DL_CONFIG_DEDICATED_IAB_MT_R16,
};
use crate::rrc::downlink::BwpDownlinkCommon;
use crate::rrc::frequency::{ScsSpecificCarrier, SubcarrierSpacing};
use crate::rrc::skip::Skipped;
use crate::rrc::uper::{Boolean, list, list_of, range};
use crate::rrc::uplink::{BwpUplinkCommon, SetupRelease};

sequence! {
    /// What a cell gives one device: bandwidth parts and all that is theirs.
    #[derive(Default)]
    pub extensible struct ServingCellConfig [ServingCellConfigV1530, ServingCellConfigV1610] {
        tdd_ul_dl_configuration_dedicated: Option<TddUlDlConfigDedicated> = "tdd-UL-DL-ConfigurationDedicated";
        /// Bandwidth part 0, whose common part is that of SIB1.
        initial_downlink_bwp: Option<BwpDownlinkDedicated> = "initialDownlinkBWP";
        downlink_bwp_to_release_list: Option<Vec<u8>> = "downlinkBWP-ToReleaseList", list_of(1, 4, range(0, 4));
        /// Bandwidth parts 1 to 4.
        downlink_bwp_to_add_mod_list: Option<Vec<BwpDownlink>> = "downlinkBWP-ToAddModList", list(1, 4);
        /// Bandwidth part in use from now on.
        first_active_downlink_bwp_id: Option<u8> = "firstActiveDownlinkBWP-Id", range(0, 4);
        bwp_inactivity_timer: Option<BwpInactivityTimer> = "bwp-InactivityTimer";
        /// Bandwidth part after the inactivity timer; the initial one where absent.
        default_downlink_bwp_id: Option<u8> = "defaultDownlinkBWP-Id", range(0, 4);
        uplink_config: Option<UplinkConfig> = "uplinkConfig";
        supplementary_uplink: Option<UplinkConfig> = "supplementaryUplink";
        pdcch_serving_cell_config: Option<SetupRelease<PdcchServingCellConfig>> = "pdcch-ServingCellConfig";
        pdsch_serving_cell_config: Option<SetupRelease<PdschServingCellConfig>> = "pdsch-ServingCellConfig";
        csi_meas_config: Option<SetupRelease<CsiMeasConfig>> = "csi-MeasConfig";
        scell_deactivation_timer: Option<ScellDeactivationTimer> = "sCellDeactivationTimer";
        cross_carrier_scheduling_config: Option<CrossCarrierSchedulingConfig> = "crossCarrierSchedulingConfig";
        tag_id: u8 = "tag-Id", range(0, 3);
        /// Without meaning.
        dummy1: bool = "dummy1", "enabled";
        pathloss_reference_linking: Option<PathlossReferenceLinking> = "pathlossReferenceLinking";
        serving_cell_mo: Option<u8> = "servingCellMO", range(1, 64);
    }
}

sequence! {
    /// First addition to ServingCellConfig (Release 15.3).
    pub struct ServingCellConfigV1530 {
        lte_crs_to_match_around: Option<SetupRelease<RateMatchPatternLteCrs>> = "lte-CRS-ToMatchAround";
        rate_match_pattern_to_add_mod_list: Option<Vec<RateMatchPattern>> =
            "rateMatchPatternToAddModList", list(1, 4);
        rate_match_pattern_to_release_list: Option<Vec<u8>> =
            "rateMatchPatternToReleaseList", list_of(1, 4, range(0, 3));
        downlink_channel_bw_per_scs_list: Option<Vec<ScsSpecificCarrier>> =
            "downlinkChannelBW-PerSCS-List", list(1, 5);
    }
}

sequence! {
    /// Second addition to ServingCellConfig (Release 16).
    pub struct ServingCellConfigV1610 {
        supplementary_uplink_release: bool = "supplementaryUplinkRelease-r16", "true";
        tdd_ul_dl_configuration_dedicated_iab_mt: Option<Skipped> =
            "tdd-UL-DL-ConfigurationDedicated-IAB-MT-r16", TDD_UL_DL_CONFIG_DEDICATED_IAB_MT_R16;
        dormant_bwp_config: Option<SetupRelease<DormantBwpConfig>> = "dormantBWP-Config-r16";
        ca_slot_offset: Option<CaSlotOffset> = "ca-SlotOffset-r16";
        dummy2: Option<SetupRelease<Skipped>> = "dummy2", DUMMY_J;
        intra_cell_guard_bands_dl_list: Option<Vec<IntraCellGuardBands>> =
            "intraCellGuardBandsDL-List-r16", list(1, 5);
        intra_cell_guard_bands_ul_list: Option<Vec<IntraCellGuardBands>> =
            "intraCellGuardBandsUL-List-r16", list(1, 5);
        csi_rs_validation_with_dci: bool = "csi-RS-ValidationWithDCI-r16", "enabled";
        lte_crs_pattern_list1: Option<SetupRelease<Vec<RateMatchPatternLteCrs>>> =
            "lte-CRS-PatternList1-r16", list(1, 3);
        lte_crs_pattern_list2: Option<SetupRelease<Vec<RateMatchPatternLteCrs>>> =
            "lte-CRS-PatternList2-r16", list(1, 3);
        crs_rate_match_per_coreset_pool_index: bool = "crs-RateMatch-PerCORESETPoolIndex-r16", "enabled";
        enable_two_default_tci_states: bool = "enableTwoDefaultTCI-States-r16", "enabled";
        enable_default_tci_state_per_coreset_pool_index: bool =
            "enableDefaultTCI-StatePerCoresetPoolIndex-r16", "enabled";
        enable_beam_switch_timing: bool = "enableBeamSwitchTiming-r16", "true";
        cbg_tx_diff_tbs_processing_type1: bool = "cbg-TxDiffTBsProcessingType1-r16", "enabled";
        cbg_tx_diff_tbs_processing_type2: bool = "cbg-TxDiffTBsProcessingType2-r16", "enabled";
    }
}

impl ServingCellConfig {
    /// The addition of Release 15.3, if present and readable.
    pub fn v1530(&self) -> Option<ServingCellConfigV1530> {
        self.extension.get(0)
    }

    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<ServingCellConfigV1610> {
        self.extension.get(1)
    }
}

sequence! {
    /// Slots of the cell's pattern that this device uses otherwise, TS 38.213 11.1.
    pub extensible struct TddUlDlConfigDedicated [] {
        slot_specific_configurations_to_add_mod_list: Option<Vec<TddUlDlSlotConfig>> =
            "slotSpecificConfigurationsToAddModList", list(1, 320);
        slot_specific_configurations_to_release_list: Option<Vec<u16>> =
            "slotSpecificConfigurationsToReleaseList", list_of(1, 320, range(0, 319));
    }
}

sequence! {
    /// One such slot.
    pub struct TddUlDlSlotConfig {
        /// Slot of the cell's pattern.
        slot_index: u16 = "slotIndex", range(0, 319);
        symbols: TddSlotSymbols = "symbols";
    }
}

choice! {
    /// Downlink and uplink symbols of the slot.
    pub enum TddSlotSymbols {
        AllDownlink = "allDownlink";
        AllUplink = "allUplink";
        Explicit(TddExplicitSymbols) = "explicit";
    }
}

sequence! {
    /// Downlink symbols at the slot's start, uplink symbols at its end.
    pub struct TddExplicitSymbols {
        nrof_downlink_symbols: Option<u8> = "nrofDownlinkSymbols", range(1, 13);
        nrof_uplink_symbols: Option<u8> = "nrofUplinkSymbols", range(1, 13);
    }
}

sequence! {
    /// A device's parameters of a downlink bandwidth part.
    #[derive(Default)]
    pub extensible struct BwpDownlinkDedicated [BwpDownlinkDedicatedV1610] {
        pdcch_config: Option<SetupRelease<PdcchConfig>> = "pdcch-Config";
        pdsch_config: Option<SetupRelease<PdschConfig>> = "pdsch-Config";
        sps_config: Option<SetupRelease<SpsConfig>> = "sps-Config";
        /// Read over.
        radio_link_monitoring_config: Option<SetupRelease<Skipped>> =
            "radioLinkMonitoringConfig", RADIO_LINK_MONITORING_CONFIG;
    }
}

sequence! {
    /// First addition to BWP-DownlinkDedicated (Release 16).
    pub struct BwpDownlinkDedicatedV1610 {
        sps_config_to_add_mod_list: Option<Vec<SpsConfig>> = "sps-ConfigToAddModList-r16", list(1, 8);
        sps_config_to_release_list: Option<Vec<u8>> = "sps-ConfigToReleaseList-r16", list_of(1, 8, range(0, 7));
        sps_config_deactivation_state_list: Option<Vec<Vec<u8>>> =
            "sps-ConfigDeactivationStateList-r16", list_of(1, 16, list_of(1, 8, range(0, 7)));
        beam_failure_recovery_scell_config: Option<SetupRelease<Skipped>> =
            "beamFailureRecoverySCellConfig-r16", BEAM_FAILURE_RECOVERY_RS_CONFIG_R16;
        sl_pdcch_config: Option<SetupRelease<PdcchConfig>> = "sl-PDCCH-Config-r16";
        sl_v2x_pdcch_config: Option<SetupRelease<PdcchConfig>> = "sl-V2X-PDCCH-Config-r16";
    }
}

impl BwpDownlinkDedicated {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<BwpDownlinkDedicatedV1610> {
        self.extension.get(0)
    }
}

sequence! {
    /// A further downlink bandwidth part.
    pub extensible struct BwpDownlink [] {
        bwp_id: u8 = "bwp-Id", range(0, 4);
        bwp_common: Option<BwpDownlinkCommon> = "bwp-Common";
        bwp_dedicated: Option<BwpDownlinkDedicated> = "bwp-Dedicated";
    }
}

enumerated! {
    /// Milliseconds after which the device falls back to the default bandwidth part.
    pub enum BwpInactivityTimer {
        Ms2 = "ms2", Ms3 = "ms3", Ms4 = "ms4", Ms5 = "ms5", Ms6 = "ms6", Ms8 = "ms8", Ms10 = "ms10", Ms20 = "ms20",
        Ms30 = "ms30", Ms40 = "ms40", Ms50 = "ms50", Ms60 = "ms60", Ms80 = "ms80", Ms100 = "ms100", Ms200 = "ms200",
        Ms300 = "ms300", Ms500 = "ms500", Ms750 = "ms750", Ms1280 = "ms1280", Ms1920 = "ms1920", Ms2560 = "ms2560",
        Spare10 = "spare10", Spare9 = "spare9", Spare8 = "spare8", Spare7 = "spare7", Spare6 = "spare6",
        Spare5 = "spare5", Spare4 = "spare4", Spare3 = "spare3", Spare2 = "spare2", Spare1 = "spare1",
    }
}

sequence! {
    /// A device's uplink, normal or supplementary.
    #[derive(Default)]
    pub extensible struct UplinkConfig [UplinkConfigV1530] {
        /// Bandwidth part 0, whose common part is that of SIB1.
        initial_uplink_bwp: Option<BwpUplinkDedicated> = "initialUplinkBWP";
        uplink_bwp_to_release_list: Option<Vec<u8>> = "uplinkBWP-ToReleaseList", list_of(1, 4, range(0, 4));
        uplink_bwp_to_add_mod_list: Option<Vec<BwpUplink>> = "uplinkBWP-ToAddModList", list(1, 4);
        first_active_uplink_bwp_id: Option<u8> = "firstActiveUplinkBWP-Id", range(0, 4);
        pusch_serving_cell_config: Option<SetupRelease<PuschServingCellConfig>> = "pusch-ServingCellConfig";
        /// Read over.
        carrier_switching: Option<SetupRelease<Skipped>> = "carrierSwitching", SRS_CARRIER_SWITCHING;
    }
}

sequence! {
    /// First addition to UplinkConfig (Release 15.3).
    pub struct UplinkConfigV1530 {
        power_boost_pi2_bpsk: Option<Boolean> = "powerBoostPi2BPSK";
        uplink_channel_bw_per_scs_list: Option<Vec<ScsSpecificCarrier>> = "uplinkChannelBW-PerSCS-List", list(1, 5);
    }
}

impl UplinkConfig {
    /// The addition of Release 15.3, if present and readable.
    pub fn v1530(&self) -> Option<UplinkConfigV1530> {
        self.extension.get(0)
    }
}

sequence! {
    /// A device's parameters of an uplink bandwidth part.
    #[derive(Default)]
    pub extensible struct BwpUplinkDedicated [BwpUplinkDedicatedV1610] {
        pucch_config: Option<SetupRelease<PucchConfig>> = "pucch-Config";
        pusch_config: Option<SetupRelease<PuschConfig>> = "pusch-Config";
        configured_grant_config: Option<SetupRelease<ConfiguredGrantConfig>> = "configuredGrantConfig";
        srs_config: Option<SetupRelease<SrsConfig>> = "srs-Config";
        /// Read over.
        beam_failure_recovery_config: Option<SetupRelease<Skipped>> =
            "beamFailureRecoveryConfig", BEAM_FAILURE_RECOVERY_CONFIG;
    }
}

sequence! {
    /// First addition to BWP-UplinkDedicated (Release 16).
    pub struct BwpUplinkDedicatedV1610 {
        sl_pucch_config: Option<SetupRelease<PucchConfig>> = "sl-PUCCH-Config-r16";
        cp_extension_c2: Option<u8> = "cp-ExtensionC2-r16", range(1, 28);
        cp_extension_c3: Option<u8> = "cp-ExtensionC3-r16", range(1, 28);
        use_interlace_pucch_pusch: bool = "useInterlacePUCCH-PUSCH-r16", "enabled";
        pucch_configuration_list: Option<SetupRelease<Vec<PucchConfig>>> = "pucch-ConfigurationList-r16", list(1, 2);
        lbt_failure_recovery_config: Option<SetupRelease<Skipped>> =
            "lbt-FailureRecoveryConfig-r16", LBT_FAILURE_RECOVERY_CONFIG_R16;
        configured_grant_config_to_add_mod_list: Option<Vec<ConfiguredGrantConfig>> =
            "configuredGrantConfigToAddModList-r16", list(1, 12);
        configured_grant_config_to_release_list: Option<Vec<u8>> =
            "configuredGrantConfigToReleaseList-r16", list_of(1, 12, range(0, 11));
        configured_grant_config_type2_deactivation_state_list: Option<Vec<Vec<u8>>> =
            "configuredGrantConfigType2DeactivationStateList-r16", list_of(1, 16, list_of(1, 12, range(0, 11)));
    }
}

impl BwpUplinkDedicated {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<BwpUplinkDedicatedV1610> {
        self.extension.get(0)
    }
}

sequence! {
    /// A further uplink bandwidth part.
    pub extensible struct BwpUplink [] {
        bwp_id: u8 = "bwp-Id", range(0, 4);
        bwp_common: Option<BwpUplinkCommon> = "bwp-Common";
        bwp_dedicated: Option<BwpUplinkDedicated> = "bwp-Dedicated";
    }
}

enumerated! {
    /// Milliseconds.
    pub enum ScellDeactivationTimer {
        Ms20 = "ms20", Ms40 = "ms40", Ms80 = "ms80", Ms160 = "ms160", Ms200 = "ms200", Ms240 = "ms240",
        Ms320 = "ms320", Ms400 = "ms400", Ms480 = "ms480", Ms520 = "ms520", Ms640 = "ms640", Ms720 = "ms720",
        Ms840 = "ms840", Ms1280 = "ms1280", Spare2 = "spare2", Spare1 = "spare1",
    }
}

enumerated! {
    /// The cell whose path loss counts for the uplink.
    pub enum PathlossReferenceLinking { SpCell = "spCell", SCell = "sCell" }
}

sequence! {
    /// The bandwidth part in which a secondary cell rests.
    pub struct DormantBwpConfig {
        dormant_bwp_id: Option<u8> = "dormantBWP-Id-r16", range(0, 4);
        within_active_time_config: Option<SetupRelease<WithinActiveTimeConfig>> = "withinActiveTimeConfig-r16";
        outside_active_time_config: Option<SetupRelease<OutsideActiveTimeConfig>> = "outsideActiveTimeConfig-r16";
    }
}

sequence! {
    /// Rest within the active time.
    pub struct WithinActiveTimeConfig {
        first_within_active_time_bwp_id: Option<u8> = "firstWithinActiveTimeBWP-Id-r16", range(0, 4);
        dormancy_group_within_active_time: Option<u8> = "dormancyGroupWithinActiveTime-r16", range(0, 4);
    }
}

sequence! {
    /// Rest outside the active time.
    pub struct OutsideActiveTimeConfig {
        first_outside_active_time_bwp_id: Option<u8> = "firstOutsideActiveTimeBWP-Id-r16", range(0, 4);
        dormancy_group_outside_active_time: Option<u8> = "dormancyGroupOutsideActiveTime-r16", range(0, 4);
    }
}

choice! {
    /// Slots from the special cell's frame to this one's.
    pub enum CaSlotOffset {
        Khz15(i8, range(-2, 2)) = "refSCS15kHz";
        Khz30(i8, range(-5, 5)) = "refSCS30KHz";
        Khz60(i8, range(-10, 10)) = "refSCS60KHz";
        Khz120(i8, range(-20, 20)) = "refSCS120KHz";
    }
}

sequence! {
    /// Guard bands within a wide carrier in shared spectrum.
    pub struct IntraCellGuardBands {
        guard_band_scs: SubcarrierSpacing = "guardBandSCS-r16";
        intra_cell_guard_bands: Vec<GuardBand> = "intraCellGuardBands-r16", list(1, 4);
    }
}

sequence! {
    /// One of them.
    pub struct GuardBand {
        start_crb: u16 = "startCRB-r16", range(0, 274);
        nrof_crbs: u8 = "nrofCRBs-r16", range(0, 15);
    }
}
