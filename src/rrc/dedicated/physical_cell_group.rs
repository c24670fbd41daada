use crate::rrc::uper::{list, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// Parameters of the physical layer for all cells of the group.
    pub extensible struct PhysicalCellGroupConfig [PhysicalCellGroupConfigV1530, PhysicalCellGroupConfigV1540, PhysicalCellGroupConfigV1560, PhysicalCellGroupConfigV1610] {
        harq_ack_spatial_bundling_pucch: bool = "harq-ACK-SpatialBundlingPUCCH", "true";
        harq_ack_spatial_bundling_pusch: bool = "harq-ACK-SpatialBundlingPUSCH", "true";
        /// Highest uplink power, dBm.
        p_nr_fr1: Option<i8> = "p-NR-FR1", range(-30, 33);
        pdsch_harq_ack_codebook: HarqAckCodebook = "pdsch-HARQ-ACK-Codebook";
        tpc_srs_rnti: Option<u16> = "tpc-SRS-RNTI", range(0, 65535);
        tpc_pucch_rnti: Option<u16> = "tpc-PUCCH-RNTI", range(0, 65535);
        tpc_pusch_rnti: Option<u16> = "tpc-PUSCH-RNTI", range(0, 65535);
        sp_csi_rnti: Option<u16> = "sp-CSI-RNTI", range(0, 65535);
        /// CS-RNTI of semi-persistent scheduling and configured grants.
        cs_rnti: Option<SetupRelease<u16>> = "cs-RNTI", range(0, 65535);
    }
}

sequence! {
    /// First addition to PhysicalCellGroupConfig (Release 15.3).
    pub struct PhysicalCellGroupConfigV1530 {
        /// MCS-C-RNTI: a DCI with it uses the MCS table of low spectral efficiency.
        mcs_c_rnti: Option<u16> = "mcs-C-RNTI", range(0, 65535);
        /// Highest uplink power over all cell groups, dBm.
        p_ue_fr1: Option<i8> = "p-UE-FR1", range(-30, 33);
    }
}

sequence! {
    /// Second addition to PhysicalCellGroupConfig (Release 15.4).
    pub struct PhysicalCellGroupConfigV1540 {
        x_scale: Option<XScale> = "xScale";
    }
}

sequence! {
    /// Third addition to PhysicalCellGroupConfig (Release 15.6).
    pub struct PhysicalCellGroupConfigV1560 {
        pdcch_blind_detection: Option<SetupRelease<u8>> = "pdcch-BlindDetection", range(1, 15);
    }
}

sequence! {
    /// Fourth addition to PhysicalCellGroupConfig (Release 16).
    pub struct PhysicalCellGroupConfigV1610 {
        /// DCI format 2_6.
        dcp_config: Option<SetupRelease<DcpConfig>> = "dcp-Config-r16";
        harq_ack_spatial_bundling_pucch_secondary_pucc_hgroup: Option<EnabledOrDisabled> =
            "harq-ACK-SpatialBundlingPUCCH-secondaryPUCCHgroup-r16";
        harq_ack_spatial_bundling_pusch_secondary_pucc_hgroup: Option<EnabledOrDisabled> =
            "harq-ACK-SpatialBundlingPUSCH-secondaryPUCCHgroup-r16";
        pdsch_harq_ack_codebook_secondary_pucc_hgroup: Option<HarqAckCodebook> =
            "pdsch-HARQ-ACK-Codebook-secondaryPUCCHgroup-r16";
        /// dBm.
        p_nr_fr2: Option<i8> = "p-NR-FR2-r16", range(-30, 33);
        /// dBm.
        p_ue_fr2: Option<i8> = "p-UE-FR2-r16", range(-30, 33);
        nrdc_pc_mode_fr1: Option<NrdcPowerControlMode> = "nrdc-PCmode-FR1-r16";
        nrdc_pc_mode_fr2: Option<NrdcPowerControlMode> = "nrdc-PCmode-FR2-r16";
        pdsch_harq_ack_codebook: bool = "pdsch-HARQ-ACK-Codebook-r16", "enhancedDynamic";
        nfi_total_dai_included: bool = "nfi-TotalDAI-Included-r16", "true";
        ul_total_dai_included: bool = "ul-TotalDAI-Included-r16", "true";
        pdsch_harq_ack_one_shot_feedback: bool = "pdsch-HARQ-ACK-OneShotFeedback-r16", "true";
        pdsch_harq_ack_one_shot_feedback_ndi: bool = "pdsch-HARQ-ACK-OneShotFeedbackNDI-r16", "true";
        pdsch_harq_ack_one_shot_feedback_cbg: bool = "pdsch-HARQ-ACK-OneShotFeedbackCBG-r16", "true";
        downlink_assignment_index_dci_0_2: bool = "downlinkAssignmentIndexDCI-0-2-r16", "enabled";
        downlink_assignment_index_dci_1_2: Option<DownlinkAssignmentIndexBits> = "downlinkAssignmentIndexDCI-1-2-r16";
        pdsch_harq_ack_codebook_list: Option<SetupRelease<Vec<HarqAckCodebook>>> =
            "pdsch-HARQ-ACK-CodebookList-r16", list(1, 2);
        ack_nack_feedback_mode: Option<AckNackFeedbackMode> = "ackNackFeedbackMode-r16";
        pdcch_blind_detection_ca_comb_indicator: Option<SetupRelease<PdcchBlindDetectionCaCombIndicator>> =
            "pdcch-BlindDetectionCA-CombIndicator-r16";
        pdcch_blind_detection2: Option<SetupRelease<u8>> = "pdcch-BlindDetection2-r16", range(1, 15);
        pdcch_blind_detection3: Option<SetupRelease<u8>> = "pdcch-BlindDetection3-r16", range(1, 15);
        bd_factor_r: bool = "bdFactorR-r16", "n1";
    }
}

impl PhysicalCellGroupConfig {
    /// The addition of Release 15.3, if present and readable.
    pub fn v1530(&self) -> Option<PhysicalCellGroupConfigV1530> {
        self.extension.get(0)
    }

    /// The addition of Release 15.4, if present and readable.
    pub fn v1540(&self) -> Option<PhysicalCellGroupConfigV1540> {
        self.extension.get(1)
    }

    /// The addition of Release 15.6, if present and readable.
    pub fn v1560(&self) -> Option<PhysicalCellGroupConfigV1560> {
        self.extension.get(2)
    }

    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<PhysicalCellGroupConfigV1610> {
        self.extension.get(3)
    }
}

enumerated! {
    /// How HARQ-ACK bits are put together: type 1 (semi-static) or type 2 (dynamic) of TS 38.213 9.1.
    pub enum HarqAckCodebook { SemiStatic = "semiStatic", Dynamic = "dynamic" }
}

enumerated! {
    /// Power difference that a device may have between LTE and NR, TS 38.213 7.6.1.
    pub enum XScale { Db0 = "dB0", Db6 = "dB6", Spare2 = "spare2", Spare1 = "spare1" }
}

sequence! {
    /// DCI format 2_6, TS 38.213 10.3.
    pub struct DcpConfig {
        ps_rnti: u16 = "ps-RNTI-r16", range(0, 65535);
        ps_offset: u8 = "ps-Offset-r16", range(1, 120);
        /// Bits.
        size_dci_2_6: u8 = "sizeDCI-2-6-r16", range(1, 140);
        ps_position_dci_2_6: u8 = "ps-PositionDCI-2-6-r16", range(0, 139);
        ps_wake_up: bool = "ps-WakeUp-r16", "true";
        ps_transmit_periodic_l1_rsrp: bool = "ps-TransmitPeriodicL1-RSRP-r16", "true";
        ps_transmit_other_periodic_csi: bool = "ps-TransmitOtherPeriodicCSI-r16", "true";
    }
}

enumerated! {
    /// Whether something is in force.
    pub enum EnabledOrDisabled { Enabled = "enabled", Disabled = "disabled" }
}

enumerated! {
    /// How power is shared with the other cell group.
    pub enum NrdcPowerControlMode {
        SemiStaticMode1 = "semi-static-mode1", SemiStaticMode2 = "semi-static-mode2", Dynamic = "dynamic",
    }
}

enumerated! {
    /// Bits of the downlink assignment index in DCI format 1_2; 0 where absent.
    pub enum DownlinkAssignmentIndexBits { N1 = "n1", N2 = "n2", N4 = "n4" }
}

enumerated! {
    /// HARQ-ACK for several transmission points in one codebook or two.
    pub enum AckNackFeedbackMode { Joint = "joint", Separate = "separate" }
}

sequence! {
    /// Cells over which PDCCH candidates are shared out.
    pub struct PdcchBlindDetectionCaCombIndicator {
        pdcch_blind_detection_ca1: u8 = "pdcch-BlindDetectionCA1-r16", range(1, 15);
        pdcch_blind_detection_ca2: u8 = "pdcch-BlindDetectionCA2-r16", range(1, 15);
    }
}
