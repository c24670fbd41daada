use super::codebook::CodebookConfig;
use super::csi_resources::{CsiImResource, CsiImResourceSet, CsiSsbResourceSet, NzpCsiRsResource, NzpCsiRsResourceSet};
use super::uplink_shapes::PORT_INDEX_FOR8_RANKS;
use crate::rrc::skip::Skipped;
use crate::rrc::uper::{BitString, list, list_of, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// Channel measurement: resources, sets of them, reports; TS 38.214 5.2.
    pub extensible struct CsiMeasConfig [CsiMeasConfigV1610] {
        nzp_csi_rs_resource_to_add_mod_list: Option<Vec<NzpCsiRsResource>> =
            "nzp-CSI-RS-ResourceToAddModList", list(1, 192);
        nzp_csi_rs_resource_to_release_list: Option<Vec<u8>> =
            "nzp-CSI-RS-ResourceToReleaseList", list_of(1, 192, range(0, 191));
        nzp_csi_rs_resource_set_to_add_mod_list: Option<Vec<NzpCsiRsResourceSet>> =
            "nzp-CSI-RS-ResourceSetToAddModList", list(1, 64);
        nzp_csi_rs_resource_set_to_release_list: Option<Vec<u8>> =
            "nzp-CSI-RS-ResourceSetToReleaseList", list_of(1, 64, range(0, 63));
        csi_im_resource_to_add_mod_list: Option<Vec<CsiImResource>> = "csi-IM-ResourceToAddModList", list(1, 32);
        csi_im_resource_to_release_list: Option<Vec<u8>> =
            "csi-IM-ResourceToReleaseList", list_of(1, 32, range(0, 31));
        csi_im_resource_set_to_add_mod_list: Option<Vec<CsiImResourceSet>> =
            "csi-IM-ResourceSetToAddModList", list(1, 64);
        csi_im_resource_set_to_release_list: Option<Vec<u8>> =
            "csi-IM-ResourceSetToReleaseList", list_of(1, 64, range(0, 63));
        csi_ssb_resource_set_to_add_mod_list: Option<Vec<CsiSsbResourceSet>> =
            "csi-SSB-ResourceSetToAddModList", list(1, 64);
        csi_ssb_resource_set_to_release_list: Option<Vec<u8>> =
            "csi-SSB-ResourceSetToReleaseList", list_of(1, 64, range(0, 63));
        csi_resource_config_to_add_mod_list: Option<Vec<CsiResourceConfig>> =
            "csi-ResourceConfigToAddModList", list(1, 112);
        csi_resource_config_to_release_list: Option<Vec<u8>> =
            "csi-ResourceConfigToReleaseList", list_of(1, 112, range(0, 111));
        csi_report_config_to_add_mod_list: Option<Vec<CsiReportConfig>> = "csi-ReportConfigToAddModList", list(1, 48);
        csi_report_config_to_release_list: Option<Vec<u8>> =
            "csi-ReportConfigToReleaseList", list_of(1, 48, range(0, 47));
        /// Bits of the CSI request in DCI format 0_1.
        report_trigger_size: Option<u8> = "reportTriggerSize", range(0, 6);
        aperiodic_trigger_state_list: Option<SetupRelease<Vec<CsiAperiodicTriggerState>>> =
            "aperiodicTriggerStateList", list(1, 128);
        semi_persistent_on_pusch_trigger_state_list: Option<SetupRelease<Vec<CsiSemiPersistentTriggerState>>> =
            "semiPersistentOnPUSCH-TriggerStateList", list(1, 64);
    }
}

sequence! {
    /// First addition to CSI-MeasConfig (Release 16).
    pub struct CsiMeasConfigV1610 {
        /// Bits of the CSI request in DCI format 0_2.
        report_trigger_size_dci_0_2: Option<u8> = "reportTriggerSizeDCI-0-2-r16", range(0, 6);
    }
}

impl CsiMeasConfig {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<CsiMeasConfigV1610> {
        self.extension.get(0)
    }
}

sequence! {
    /// Sets of resources that a report refers to.
    pub extensible struct CsiResourceConfig [] {
        csi_resource_config_id: u8 = "csi-ResourceConfigId", range(0, 111);
        csi_rs_resource_set_list: CsiResourceSets = "csi-RS-ResourceSetList";
        bwp_id: u8 = "bwp-Id", range(0, 4);
        resource_type: CsiResourceType = "resourceType";
    }
}

choice! {
    /// What the sets are.
    pub enum CsiResourceSets {
        NzpCsiRsSsb(NzpCsiRsSsb) = "nzp-CSI-RS-SSB";
        CsiImResourceSetList(Vec<u8>, list_of(1, 16, range(0, 63))) = "csi-IM-ResourceSetList";
    }
}

sequence! {
    /// CSI-RS, SSBs or both.
    pub struct NzpCsiRsSsb {
        nzp_csi_rs_resource_set_list: Option<Vec<u8>> = "nzp-CSI-RS-ResourceSetList", list_of(1, 16, range(0, 63));
        csi_ssb_resource_set_list: Option<Vec<u8>> = "csi-SSB-ResourceSetList", list_of(1, 1, range(0, 63));
    }
}

enumerated! {
    /// When the resources are there.
    pub enum CsiResourceType { Aperiodic = "aperiodic", SemiPersistent = "semiPersistent", Periodic = "periodic" }
}

sequence! {
    /// A report of the channel state, TS 38.214 5.2.1.
    pub extensible struct CsiReportConfig [CsiReportConfigV1530] {
        report_config_id: u8 = "reportConfigId", range(0, 47);
        carrier: Option<u8> = "carrier", range(0, 31);
        resources_for_channel_measurement: u8 = "resourcesForChannelMeasurement", range(0, 111);
        csi_im_resources_for_interference: Option<u8> = "csi-IM-ResourcesForInterference", range(0, 111);
        nzp_csi_rs_resources_for_interference: Option<u8> = "nzp-CSI-RS-ResourcesForInterference", range(0, 111);
        report_config_type: CsiReportConfigType = "reportConfigType";
        report_quantity: CsiReportQuantity = "reportQuantity";
        report_freq_configuration: Option<CsiReportFrequency> = "reportFreqConfiguration";
        time_restriction_for_channel_measurements: TimeRestriction = "timeRestrictionForChannelMeasurements";
        time_restriction_for_interference_measurements: TimeRestriction =
            "timeRestrictionForInterferenceMeasurements";
        codebook_config: Option<CodebookConfig> = "codebookConfig";
        dummy: Option<CsiReportDummy> = "dummy";
        group_based_beam_reporting: GroupBasedBeamReporting = "groupBasedBeamReporting";
        cqi_table: Option<CqiTable> = "cqi-Table";
        subband_size: SubbandSize = "subbandSize";
        /// Ports of each rank for reports without PMI; read over.
        non_pmi_port_indication: Option<Vec<Skipped>> =
            "non-PMI-PortIndication", list_of(1, 128, PORT_INDEX_FOR8_RANKS);
    }
}

sequence! {
    /// First addition to CSI-ReportConfig (Release 15.3).
    pub struct CsiReportConfigV1530 {
        semi_persistent_on_pusch: Option<SemiPersistentOnPuschV1530> = "semiPersistentOnPUSCH-v1530";
    }
}

impl CsiReportConfig {
    /// The addition of Release 15.3, if present and readable.
    pub fn v1530(&self) -> Option<CsiReportConfigV1530> {
        self.extension.get(0)
    }
}

choice! {
    /// When and where a report is sent.
    pub enum CsiReportConfigType {
        Periodic(CsiReportOnPucch) = "periodic";
        SemiPersistentOnPucch(CsiReportOnPucch) = "semiPersistentOnPUCCH";
        SemiPersistentOnPusch(CsiReportOnPusch) = "semiPersistentOnPUSCH";
        Aperiodic(CsiReportAperiodic) = "aperiodic";
    }
}

sequence! {
    /// Reports on the PUCCH.
    pub struct CsiReportOnPucch {
        report_slot_config: CsiReportPeriodicity = "reportSlotConfig";
        pucch_csi_resource_list: Vec<PucchCsiResource> = "pucch-CSI-ResourceList", list(1, 4);
    }
}

choice! {
    /// Period of a report; the number is the offset in slots.
    pub enum CsiReportPeriodicity {
        Slots4(u8, range(0, 3)) = "slots4";
        Slots5(u8, range(0, 4)) = "slots5";
        Slots8(u8, range(0, 7)) = "slots8";
        Slots10(u8, range(0, 9)) = "slots10";
        Slots16(u8, range(0, 15)) = "slots16";
        Slots20(u8, range(0, 19)) = "slots20";
        Slots40(u8, range(0, 39)) = "slots40";
        Slots80(u8, range(0, 79)) = "slots80";
        Slots160(u8, range(0, 159)) = "slots160";
        Slots320(u16, range(0, 319)) = "slots320";
    }
}

sequence! {
    /// The PUCCH of a report in an uplink bandwidth part.
    pub struct PucchCsiResource {
        uplink_bandwidth_part_id: u8 = "uplinkBandwidthPartId", range(0, 4);
        pucch_resource: u8 = "pucch-Resource", range(0, 127);
    }
}

sequence! {
    /// Semi-persistent reports on the PUSCH.
    pub struct CsiReportOnPusch {
        report_slot_config: CsiReportSlots = "reportSlotConfig";
        /// Slots from the DCI to the PUSCH, by row of the time domain allocation.
        report_slot_offset_list: Vec<u8> = "reportSlotOffsetList", list_of(1, 16, range(0, 32));
        p0_alpha: u8 = "p0alpha", range(0, 29);
    }
}

enumerated! {
    /// Slots.
    pub enum CsiReportSlots {
        Sl5 = "sl5", Sl10 = "sl10", Sl20 = "sl20", Sl40 = "sl40", Sl80 = "sl80", Sl160 = "sl160", Sl320 = "sl320",
    }
}

sequence! {
    /// Reports on request.
    pub struct CsiReportAperiodic {
        /// Slots from the DCI to the PUSCH, by row of the time domain allocation.
        report_slot_offset_list: Vec<u8> = "reportSlotOffsetList", list_of(1, 16, range(0, 32));
    }
}

choice! {
    /// What is reported.
    pub enum CsiReportQuantity {
        None = "none";
        CriRiPmiCqi = "cri-RI-PMI-CQI";
        CriRiI1 = "cri-RI-i1";
        CriRiI1Cqi(CsiReportI1Cqi) = "cri-RI-i1-CQI";
        CriRiCqi = "cri-RI-CQI";
        CriRsrp = "cri-RSRP";
        SsbIndexRsrp = "ssb-Index-RSRP";
        CriRiLiPmiCqi = "cri-RI-LI-PMI-CQI";
    }
}

sequence! {
    /// CQI over bundles of resource blocks.
    pub struct CsiReportI1Cqi {
        pdsch_bundle_size_for_csi: Option<CsiBundleSize> = "pdsch-BundleSizeForCSI";
    }
}

enumerated! {
    /// Resource blocks.
    pub enum CsiBundleSize { N2 = "n2", N4 = "n4" }
}

sequence! {
    /// How finely a report resolves frequency.
    pub struct CsiReportFrequency {
        cqi_format_indicator: Option<CqiFormat> = "cqi-FormatIndicator";
        pmi_format_indicator: Option<PmiFormat> = "pmi-FormatIndicator";
        csi_reporting_band: Option<CsiReportingBand> = "csi-ReportingBand";
    }
}

enumerated! {
    /// One CQI for all, or one for each subband.
    pub enum CqiFormat { WidebandCqi = "widebandCQI", SubbandCqi = "subbandCQI" }
}

enumerated! {
    /// One PMI for all, or one for each subband.
    pub enum PmiFormat { WidebandPmi = "widebandPMI", SubbandPmi = "subbandPMI" }
}

choice! {
    /// Reported subbands of the bandwidth part, the lowest one rightmost. `Later(0)` are the 19 subbands of Release
    /// 15.3.
    pub extensible enum CsiReportingBand {
        Subbands3(BitString<3>) = "subbands3";
        Subbands4(BitString<4>) = "subbands4";
        Subbands5(BitString<5>) = "subbands5";
        Subbands6(BitString<6>) = "subbands6";
        Subbands7(BitString<7>) = "subbands7";
        Subbands8(BitString<8>) = "subbands8";
        Subbands9(BitString<9>) = "subbands9";
        Subbands10(BitString<10>) = "subbands10";
        Subbands11(BitString<11>) = "subbands11";
        Subbands12(BitString<12>) = "subbands12";
        Subbands13(BitString<13>) = "subbands13";
        Subbands14(BitString<14>) = "subbands14";
        Subbands15(BitString<15>) = "subbands15";
        Subbands16(BitString<16>) = "subbands16";
        Subbands17(BitString<17>) = "subbands17";
        Subbands18(BitString<18>) = "subbands18";
    }
}

enumerated! {
    /// Whether a measurement counts the last occasion only.
    pub enum TimeRestriction { Configured = "configured", NotConfigured = "notConfigured" }
}

enumerated! {
    /// Without meaning.
    pub enum CsiReportDummy { N1 = "n1", N2 = "n2" }
}

choice! {
    /// Whether beams are reported that the device receives at once.
    pub enum GroupBasedBeamReporting {
        Enabled = "enabled";
        Disabled(SingleBeamReporting) = "disabled";
    }
}

sequence! {
    /// Beams are reported one by one.
    pub struct SingleBeamReporting {
        nrof_reported_rs: Option<NrofReportedRs> = "nrofReportedRS";
    }
}

enumerated! {
    /// Reported beams; one where absent.
    pub enum NrofReportedRs { N1 = "n1", N2 = "n2", N3 = "n3", N4 = "n4" }
}

enumerated! {
    /// Table of TS 38.214 5.2.2.1.
    pub enum CqiTable { Table1 = "table1", Table2 = "table2", Table3 = "table3", Table4 = "table4-r17" }
}

enumerated! {
    /// Column of Table 5.2.1.4-2 of TS 38.214.
    pub enum SubbandSize { Value1 = "value1", Value2 = "value2" }
}

sequence! {
    /// Shorter periods of semi-persistent reports on the PUSCH.
    pub struct SemiPersistentOnPuschV1530 {
        report_slot_config: CsiReportSlotsV1530 = "reportSlotConfig-v1530";
    }
}

enumerated! {
    /// Slots.
    pub enum CsiReportSlotsV1530 { Sl4 = "sl4", Sl8 = "sl8", Sl16 = "sl16" }
}

sequence! {
    /// Reports that one value of the DCI's CSI request asks for.
    pub extensible struct CsiAperiodicTriggerState [] {
        associated_report_config_info_list: Vec<CsiAssociatedReport> = "associatedReportConfigInfoList", list(1, 16);
    }
}

sequence! {
    /// One of them, and its resources.
    pub extensible struct CsiAssociatedReport [] {
        report_config_id: u8 = "reportConfigId", range(0, 47);
        resources_for_channel: CsiTriggeredResources = "resourcesForChannel";
        csi_im_resources_for_interference: Option<u8> = "csi-IM-ResourcesForInterference", range(1, 16);
        nzp_csi_rs_resources_for_interference: Option<u8> = "nzp-CSI-RS-ResourcesForInterference", range(1, 16);
    }
}

choice! {
    /// What the channel is measured on.
    pub enum CsiTriggeredResources {
        NzpCsiRs(CsiTriggeredNzp) = "nzp-CSI-RS";
        CsiSsbResourceSet(u8, range(1, 1)) = "csi-SSB-ResourceSet";
    }
}

sequence! {
    /// A set of CSI-RS and their TCI states.
    pub struct CsiTriggeredNzp {
        resource_set: u8 = "resourceSet", range(1, 16);
        qcl_info: Option<Vec<u8>> = "qcl-info", list_of(1, 16, range(0, 127));
    }
}

sequence! {
    /// The report that one value of the CSI request switches.
    pub extensible struct CsiSemiPersistentTriggerState [] {
        associated_report_config_info: u8 = "associatedReportConfigInfo", range(0, 47);
    }
}
