use super::random_access::{RachConfigGeneric, SsbPerRachOccasion};
use super::uper::{list, range};

sequence! {
    /// Which other system information exists and when it is sent, TS 38.331 6.3.2.
    pub extensible struct SiSchedulingInfo [] {
        scheduling_info_list: Vec<SchedulingInfo> = "schedulingInfoList", list(1, 32);
        /// Slots.
        si_window_length: SiWindowLength = "si-WindowLength";
        si_request_config: Option<SiRequestConfig> = "si-RequestConfig";
        si_request_config_sul: Option<SiRequestConfig> = "si-RequestConfigSUL";
        /// 24 bits.
        system_information_area_id: Option<u32> = "systemInformationAreaID", range(0, 0xff_ffff);
    }
}

enumerated! {
    /// Slots.
    pub enum SiWindowLength {
        S5 = "s5", S10 = "s10", S20 = "s20", S40 = "s40", S80 = "s80", S160 = "s160", S320 = "s320", S640 = "s640",
        S1280 = "s1280", S2560 = "s2560-v1710", S5120 = "s5120-v1710",
    }
}

impl SiWindowLength {
    /// Slots.
    pub const fn slots(self) -> usize {
        5 << self as usize
    }
}

sequence! {
    /// One SI message.
    pub struct SchedulingInfo {
        si_broadcast_status: SiBroadcastStatus = "si-BroadcastStatus";
        si_periodicity: SiPeriodicity = "si-Periodicity";
        sib_mapping_info: Vec<SibTypeInfo> = "sib-MappingInfo", list(1, 32);
    }
}

enumerated! {
    /// Whether the message is sent, or only on request.
    pub enum SiBroadcastStatus { Broadcasting = "broadcasting", NotBroadcasting = "notBroadcasting" }
}

enumerated! {
    /// Radio frames.
    pub enum SiPeriodicity {
        Rf8 = "rf8", Rf16 = "rf16", Rf32 = "rf32", Rf64 = "rf64", Rf128 = "rf128", Rf256 = "rf256", Rf512 = "rf512",
    }
}

impl SiPeriodicity {
    /// Radio frames.
    pub const fn frames(self) -> usize {
        8 << self as usize
    }
}

sequence! {
    /// A SIB of an SI message.
    pub struct SibTypeInfo {
        sib_type: SibType = "type";
        value_tag: Option<u8> = "valueTag", range(0, 31);
        area_scope: bool = "areaScope", "true";
    }
}

enumerated! {
    /// SIB2 to SIB14.
    pub extensible enum SibType {
        Sib2 = "sibType2", Sib3 = "sibType3", Sib4 = "sibType4", Sib5 = "sibType5", Sib6 = "sibType6",
        Sib7 = "sibType7", Sib8 = "sibType8", Sib9 = "sibType9", Sib10 = "sibType10-v1610", Sib11 = "sibType11-v1610",
        Sib12 = "sibType12-v1610", Sib13 = "sibType13-v1610", Sib14 = "sibType14-v1610", Spare3 = "spare3",
        Spare2 = "spare2", Spare1 = "spare1",
    }
}

sequence! {
    /// How a device asks for SI messages with a preamble (Msg1).
    pub struct SiRequestConfig {
        rach_occasions_si: Option<RachOccasionsSi> = "rach-OccasionsSI";
        si_request_period: Option<SiRequestPeriod> = "si-RequestPeriod";
        si_request_resources: Vec<SiRequestResources> = "si-RequestResources", list(1, 32);
    }
}

sequence! {
    /// PRACH occasions of their own for requests.
    pub struct RachOccasionsSi {
        rach_config_si: RachConfigGeneric = "rach-ConfigSI";
        ssb_per_rach_occasion: SsbPerRachOccasion = "ssb-perRACH-Occasion";
    }
}

enumerated! {
    /// Association periods.
    pub enum SiRequestPeriod {
        One = "one", Two = "two", Four = "four", Six = "six", Eight = "eight", Ten = "ten", Twelve = "twelve",
        Sixteen = "sixteen",
    }
}

sequence! {
    /// Preambles of a request.
    pub struct SiRequestResources {
        ra_preamble_start_index: u8 = "ra-PreambleStartIndex", range(0, 63);
        ra_association_period_index: Option<u8> = "ra-AssociationPeriodIndex", range(0, 15);
        ra_ssb_occasion_mask_index: Option<u8> = "ra-ssb-OccasionMaskIndex", range(0, 15);
    }
}

sequence! {
    /// PosSI-SchedulingInfo-r16: SI messages for positioning.
    pub extensible struct PosSiSchedulingInfo [] {
        pos_scheduling_info_list: Vec<PosSchedulingInfo> = "posSchedulingInfoList-r16", list(1, 32);
        pos_si_request_config: Option<SiRequestConfig> = "posSI-RequestConfig-r16";
        pos_si_request_config_sul: Option<SiRequestConfig> = "posSI-RequestConfigSUL-r16";
    }
}

sequence! {
    /// One SI message for positioning.
    pub extensible struct PosSchedulingInfo [] {
        offset_to_si_used: bool = "offsetToSI-Used-r16", "true";
        pos_si_periodicity: SiPeriodicity = "posSI-Periodicity-r16";
        pos_si_broadcast_status: SiBroadcastStatus = "posSI-BroadcastStatus-r16";
        pos_sib_mapping_info: Vec<PosSibType> = "posSIB-MappingInfo-r16", list(1, 32);
    }
}

sequence! {
    /// A positioning SIB.
    pub struct PosSibType {
        encrypted: bool = "encrypted-r16", "true";
        gnss_id: Option<GnssId> = "gnss-id-r16";
        sbas_id: Option<SbasId> = "sbas-id-r16";
        pos_sib_type: PosSibTypeName = "posSibType-r16";
        area_scope: bool = "areaScope-r16", "true";
    }
}

sequence! {
    /// A satellite navigation system.
    pub extensible struct GnssId [] {
        gnss_id: GnssName = "gnss-id-r16";
    }
}

enumerated! {
    /// Satellite navigation systems.
    pub extensible enum GnssName {
        Gps = "gps", Sbas = "sbas", Qzss = "qzss", Galileo = "galileo", Glonass = "glonass", Bds = "bds",
    }
}

sequence! {
    /// A satellite-based augmentation system.
    pub extensible struct SbasId [] {
        sbas_id: SbasName = "sbas-id-r16";
    }
}

enumerated! {
    /// Satellite-based augmentation systems.
    pub extensible enum SbasName { Waas = "waas", Egnos = "egnos", Msas = "msas", Gagan = "gagan" }
}

enumerated! {
    /// Positioning SIBs of Release 16.
    pub extensible enum PosSibTypeName {
        Type1_1 = "posSibType1-1", Type1_2 = "posSibType1-2", Type1_3 = "posSibType1-3", Type1_4 = "posSibType1-4",
        Type1_5 = "posSibType1-5", Type1_6 = "posSibType1-6", Type1_7 = "posSibType1-7", Type1_8 = "posSibType1-8",
        Type2_1 = "posSibType2-1", Type2_2 = "posSibType2-2", Type2_3 = "posSibType2-3", Type2_4 = "posSibType2-4",
        Type2_5 = "posSibType2-5", Type2_6 = "posSibType2-6", Type2_7 = "posSibType2-7", Type2_8 = "posSibType2-8",
        Type2_9 = "posSibType2-9", Type2_10 = "posSibType2-10", Type2_11 = "posSibType2-11",
        Type2_12 = "posSibType2-12", Type2_13 = "posSibType2-13", Type2_14 = "posSibType2-14",
        Type2_15 = "posSibType2-15", Type2_16 = "posSibType2-16", Type2_17 = "posSibType2-17",
        Type2_18 = "posSibType2-18", Type2_19 = "posSibType2-19", Type2_20 = "posSibType2-20",
        Type2_21 = "posSibType2-21", Type2_22 = "posSibType2-22", Type2_23 = "posSibType2-23",
        Type3_1 = "posSibType3-1", Type4_1 = "posSibType4-1", Type5_1 = "posSibType5-1", Type6_1 = "posSibType6-1",
        Type6_2 = "posSibType6-2", Type6_3 = "posSibType6-3",
    }
}

sequence! {
    /// SI messages of Release 17.
    pub struct SiSchedulingInfoV1700 {
        scheduling_info_list2: Vec<SchedulingInfo2> = "schedulingInfoList2-r17", list(1, 32);
        dummy: Option<SiRequestConfig> = "dummy";
    }
}

sequence! {
    /// One SI message of Release 17, with its place in time.
    pub struct SchedulingInfo2 {
        si_broadcast_status: SiBroadcastStatus = "si-BroadcastStatus-r17";
        si_window_position: u16 = "si-WindowPosition-r17", range(1, 256);
        si_periodicity: SiPeriodicity = "si-Periodicity-r17";
        sib_mapping_info: Vec<SibTypeInfoV1700> = "sib-MappingInfo-r17", list(1, 32);
    }
}

sequence! {
    /// A SIB of an SI message of Release 17.
    pub struct SibTypeInfoV1700 {
        sib_type: SibTypeR17 = "sibType-r17";
        value_tag: Option<u8> = "valueTag-r17", range(0, 31);
        area_scope: bool = "areaScope-r17", "true";
    }
}

choice! {
    /// A SIB or a positioning SIB.
    pub enum SibTypeR17 {
        Type1(SibTypeNameR17) = "type1-r17";
        Type2(PosSibTypeR17) = "type2-r17";
    }
}

enumerated! {
    /// SIB15 and later.
    pub extensible enum SibTypeNameR17 {
        Sib15 = "sibType15", Sib16 = "sibType16", Sib17 = "sibType17", Sib18 = "sibType18", Sib19 = "sibType19",
        Sib20 = "sibType20", Sib21 = "sibType21", Sib22 = "sibType22-v1800", Sib23 = "sibType23-v1800",
        Sib24 = "sibType24-v1800", Sib25 = "sibType25-v1800", Sib17bis = "sibType17bis-v1820", Spare4 = "spare4",
        Spare3 = "spare3", Spare2 = "spare2", Spare1 = "spare1",
    }
}

sequence! {
    /// A positioning SIB of Release 17.
    pub struct PosSibTypeR17 {
        pos_sib_type: PosSibTypeNameR17 = "posSibType-r17";
        encrypted: bool = "encrypted-r17", "true";
        gnss_id: Option<GnssId> = "gnss-id-r17";
        sbas_id: Option<SbasId> = "sbas-id-r17";
    }
}

enumerated! {
    /// Positioning SIBs of Release 17 and later.
    pub extensible enum PosSibTypeNameR17 {
        Type1_9 = "posSibType1-9", Type1_10 = "posSibType1-10", Type2_24 = "posSibType2-24",
        Type2_25 = "posSibType2-25", Type6_4 = "posSibType6-4", Type6_5 = "posSibType6-5", Type6_6 = "posSibType6-6",
        Type2_17a = "posSibType2-17a-v1770", Type2_18a = "posSibType2-18a-v1770",
        Type2_20a = "posSibType2-20a-v1770", Type1_11 = "posSibType1-11-v1800", Type1_12 = "posSibType1-12-v1800",
        Type2_26 = "posSibType2-26-v1800", Type2_27 = "posSibType2-27-v1800", Type6_7 = "posSibType6-7-v1800",
        Type7_1 = "posSibType7-1-v1800",
    }
}

sequence! {
    /// Requests of devices with reduced capability.
    pub struct SiSchedulingInfoV1740 {
        si_request_config_redcap: Option<SiRequestConfig> = "si-RequestConfigRedCap-r17";
    }
}

sequence! {
    /// Requests with repeated preambles.
    pub struct SiSchedulingInfoV1800 {
        msg1_repetition: Option<SiRequestConfigRepetition> = "si-RequestConfigMSG1-Repetition-r18";
        redcap_msg1_repetition: Option<SiRequestConfigRepetition> = "si-RequestConfigRedCap-MSG1-Repetition-r18";
        sul_msg1_repetition: Option<SiRequestConfigRepetition> = "si-RequestConfigSUL-MSG1-Repetition-r18";
    }
}

sequence! {
    /// How a device asks for SI messages with repeated preambles.
    pub extensible struct SiRequestConfigRepetition [] {
        rach_occasions_si: Option<RachOccasionsSiR18> = "rach-OccasionsSI-r18";
        repetition_num2: Option<Vec<SiRequestResourcesRepetition>> =
            "si-RequestResourcesRepetitionNum2-r18", list(1, 32);
        repetition_num4: Option<Vec<SiRequestResourcesRepetition>> =
            "si-RequestResourcesRepetitionNum4-r18", list(1, 32);
        repetition_num8: Option<Vec<SiRequestResourcesRepetition>> =
            "si-RequestResourcesRepetitionNum8-r18", list(1, 32);
    }
}

sequence! {
    /// PRACH occasions of their own for repeated requests.
    pub struct RachOccasionsSiR18 {
        rach_config_si: RachConfigGeneric = "rach-ConfigSI-r18";
        ssb_per_rach_occasion: SsbPerRachOccasion = "ssb-perRACH-Occasion-r18";
    }
}

sequence! {
    /// Preambles of a repeated request.
    pub struct SiRequestResourcesRepetition {
        ra_preamble_start_index: u8 = "ra-PreambleStartIndex-r18", range(0, 63);
    }
}
