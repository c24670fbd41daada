use super::barring::UacBarringFactor;
use super::mib::{CellBarred, IntraFreqReselection};
use super::scheduling::{PosSiSchedulingInfo, SiSchedulingInfoV1700, SiSchedulingInfoV1740, SiSchedulingInfoV1800};
use super::uper::{UnknownTail, list, range};

sequence! {
    /// SIB1-v1610-IEs: fields of Release 16.
    pub struct Sib1V1610 {
        idle_mode_measurements_eutra: bool = "idleModeMeasurementsEUTRA-r16", "true";
        idle_mode_measurements_nr: bool = "idleModeMeasurementsNR-r16", "true";
        pos_si_scheduling_info: Option<PosSiSchedulingInfo> = "posSI-SchedulingInfo-r16";
        non_critical_extension: Option<Sib1V1630> = "nonCriticalExtension";
    }
}

sequence! {
    /// SIB1-v1630-IEs: fields of Release 16.3.
    pub struct Sib1V1630 {
        uac_barring_info: Option<UacBarringInfoV1630> = "uac-BarringInfo-v1630";
        non_critical_extension: Option<Sib1V1700> = "nonCriticalExtension";
    }
}

sequence! {
    /// Access category 1 of each network.
    pub struct UacBarringInfoV1630 {
        uac_ac1_select_assist_info: Vec<UacSelectAssistInfo> = "uac-AC1-SelectAssistInfo-r16", list(2, 12);
    }
}

enumerated! {
    /// Categories a, b, c of TS 22.261.
    pub enum UacSelectAssistInfo { A = "a", B = "b", C = "c", NotConfigured = "notConfigured" }
}

sequence! {
    /// SIB1-v1700-IEs: fields of Release 17.
    pub struct Sib1V1700 {
        hsdn_cell: bool = "hsdn-Cell-r17", "true";
        uac_barring_info: Option<UacBarringInfoV1700> = "uac-BarringInfo-v1700";
        sdt_config_common: Option<SdtConfigCommon> = "sdt-ConfigCommon-r17";
        redcap_config_common: Option<RedCapConfigCommon> = "redCap-ConfigCommon-r17";
        feature_priorities: Option<FeaturePriorities> = "featurePriorities-r17";
        si_scheduling_info: Option<SiSchedulingInfoV1700> = "si-SchedulingInfo-v1700";
        /// Ten bits.
        hyper_sfn: Option<u16> = "hyperSFN-r17", range(0, 1023);
        edrx_allowed_idle: bool = "eDRX-AllowedIdle-r17", "true";
        edrx_allowed_inactive: bool = "eDRX-AllowedInactive-r17", "true";
        intra_freq_reselection_redcap: Option<IntraFreqReselection> = "intraFreqReselectionRedCap-r17";
        cell_barred_ntn: Option<CellBarred> = "cellBarredNTN-r17";
        non_critical_extension: Option<Sib1V1740> = "nonCriticalExtension";
    }
}

sequence! {
    /// Barring of access identity 3.
    pub struct UacBarringInfoV1700 {
        uac_barring_info_set_list: Vec<UacBarringInfoSetV1700> = "uac-BarringInfoSetList-v1700", list(1, 8);
    }
}

sequence! {
    /// Addition to one set of barring parameters.
    pub struct UacBarringInfoSetV1700 {
        uac_barring_factor_for_ai3: Option<UacBarringFactor> = "uac-BarringFactorForAI3-r17";
    }
}

sequence! {
    /// Small data transmission.
    pub struct SdtConfigCommon {
        /// Value n stands for n - 156 dBm.
        sdt_rsrp_threshold: Option<u8> = "sdt-RSRP-Threshold-r17", range(0, 127);
        sdt_sr_delay_timer: Option<SdtSrDelayTimer> = "sdt-LogicalChannelSR-DelayTimer-r17";
        sdt_data_volume_threshold: SdtDataVolumeThreshold = "sdt-DataVolumeThreshold-r17";
        t319a: T319a = "t319a-r17";
    }
}

enumerated! {
    /// Subframes.
    pub enum SdtSrDelayTimer {
        Sf20 = "sf20", Sf40 = "sf40", Sf64 = "sf64", Sf128 = "sf128", Sf512 = "sf512", Sf1024 = "sf1024",
        Sf2560 = "sf2560", Spare1 = "spare1",
    }
}

enumerated! {
    /// Bytes.
    pub enum SdtDataVolumeThreshold {
        Byte32 = "byte32", Byte100 = "byte100", Byte200 = "byte200", Byte400 = "byte400", Byte600 = "byte600",
        Byte800 = "byte800", Byte1000 = "byte1000", Byte2000 = "byte2000", Byte4000 = "byte4000",
        Byte8000 = "byte8000", Byte9000 = "byte9000", Byte10000 = "byte10000", Byte12000 = "byte12000",
        Byte24000 = "byte24000", Byte48000 = "byte48000", Byte96000 = "byte96000",
    }
}

enumerated! {
    /// Milliseconds.
    pub enum T319a {
        Ms100 = "ms100", Ms200 = "ms200", Ms300 = "ms300", Ms400 = "ms400", Ms600 = "ms600", Ms1000 = "ms1000",
        Ms2000 = "ms2000", Ms3000 = "ms3000", Ms4000 = "ms4000", Spare7 = "spare7", Spare6 = "spare6",
        Spare5 = "spare5", Spare4 = "spare4", Spare3 = "spare3", Spare2 = "spare2", Spare1 = "spare1",
    }
}

sequence! {
    /// Devices with reduced capability.
    pub extensible struct RedCapConfigCommon [] {
        half_duplex_redcap_allowed: bool = "halfDuplexRedCapAllowed-r17", "true";
        cell_barred_redcap: Option<CellBarredRedCap> = "cellBarredRedCap-r17";
    }
}

sequence! {
    /// Whether devices with one or two receive branches may camp on the cell.
    pub struct CellBarredRedCap {
        one_rx: CellBarred = "cellBarredRedCap1Rx-r17";
        two_rx: CellBarred = "cellBarredRedCap2Rx-r17";
    }
}

sequence! {
    /// Which feature comes first when a device picks preambles; 0 is the highest priority.
    pub struct FeaturePriorities {
        redcap: Option<u8> = "redCapPriority-r17", range(0, 7);
        slicing: Option<u8> = "slicingPriority-r17", range(0, 7);
        msg3_repetitions: Option<u8> = "msg3-Repetitions-Priority-r17", range(0, 7);
        sdt: Option<u8> = "sdt-Priority-r17", range(0, 7);
    }
}

sequence! {
    /// SIB1-v1740-IEs: fields of Release 17.4.
    pub struct Sib1V1740 {
        si_scheduling_info: Option<SiSchedulingInfoV1740> = "si-SchedulingInfo-v1740";
        non_critical_extension: Option<Sib1V1800> = "nonCriticalExtension";
    }
}

sequence! {
    /// SIB1-v1800-IEs: fields of Release 18.
    pub struct Sib1V1800 {
        ncr_support: bool = "ncr-Support-r18", "true";
        mt_sdt_config_common: Option<MtSdtConfigCommon> = "mt-SDT-ConfigCommonSIB-r18";
        musim_cap_restriction_allowed: bool = "musim-CapRestrictionAllowed-r18", "true";
        feature_priorities: Option<FeaturePrioritiesV1800> = "featurePriorities-v1800";
        si_scheduling_info: Option<SiSchedulingInfoV1800> = "si-SchedulingInfo-v1800";
        cell_barred_atg: Option<CellBarred> = "cellBarredATG-r18";
        cell_barred_nes: bool = "cellBarredNES-r18", "notBarred";
        mobile_iab_cell: bool = "mobileIAB-Cell-r18", "true";
        edrx_allowed_inactive: bool = "eDRX-AllowedInactive-r18", "true";
        intra_freq_reselection_eredcap: Option<IntraFreqReselection> = "intraFreqReselection-eRedCap-r18";
        non_serving_cell_mii: bool = "nonServingCellMII-r18", "true";
        sdt_beam_failure_recovery_prohibit_timer: Option<SdtProhibitTimer> =
            "sdt-BeamFailureRecoveryProhibitTimer-r18";
        eredcap_config_common: Option<ERedCapConfigCommon> = "eRedCap-ConfigCommon-r18";
        cell_barred_fixed_vsat: Option<CellBarred> = "cellBarredFixedVSAT-r18";
        cell_barred_mobile_vsat: Option<CellBarred> = "cellBarredMobileVSAT-r18";
        reselection_measurements_nr: bool = "reselectionMeasurementsNR-r18", "true";
        cell_barred_2rx_xr: bool = "cellBarred2RxXR-r18", "barred";
        intra_freq_reselection_2rx_xr: Option<IntraFreqReselection> = "intraFreqReselection2RxXR-r18";
        barring_exempt_emergency_call: bool = "barringExemptEmergencyCall-r18", "true";
        n3c_support: bool = "n3c-Support-r18", "true";
        /// Fields of a later release, as bits.
        non_critical_extension: Option<UnknownTail> = "nonCriticalExtension";
    }
}

sequence! {
    /// Small data transmission towards the device.
    pub struct MtSdtConfigCommon {
        /// Value n stands for n - 156 dBm.
        rsrp_threshold: Option<u8> = "mt-SDT-RSRP-Threshold-r18", range(0, 127);
        sdt_sr_delay_timer: Option<SdtSrDelayTimer> = "sdt-LogicalChannelSR-DelayTimer-r18";
        t319a: Option<T319a> = "t319a-r18";
    }
}

sequence! {
    /// Priorities of the features of Release 18.
    pub struct FeaturePrioritiesV1800 {
        msg1_repetitions: Option<u8> = "msg1-Repetitions-Priority-r18", range(0, 7);
        eredcap: Option<u8> = "eRedCapPriority-r18", range(0, 7);
    }
}

enumerated! {
    /// Milliseconds.
    pub enum SdtProhibitTimer {
        Ms50 = "ms50", Ms100 = "ms100", Ms200 = "ms200", Ms500 = "ms500", Ms1000 = "ms1000", Ms1500 = "ms1500",
        Ms2000 = "ms2000", Ms3000 = "ms3000",
    }
}

sequence! {
    /// Devices with further reduced capability.
    pub struct ERedCapConfigCommon {
        cell_barred: CellBarredERedCap = "cellBarred-eRedCap-r18";
    }
}

sequence! {
    /// Whether such devices with one or two receive branches may camp on the cell.
    pub struct CellBarredERedCap {
        one_rx: CellBarred = "cellBarred-eRedCap1Rx-r18";
        two_rx: CellBarred = "cellBarred-eRedCap2Rx-r18";
    }
}
