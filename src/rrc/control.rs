use super::uper::{BitString, list, list_of, range};

sequence! {
    /// CORESETs and search spaces that all devices of the cell share, TS 38.331 6.3.2.
    pub extensible struct PdcchConfigCommon [PdcchConfigCommonV15] {
        control_resource_set_zero: Option<u8> = "controlResourceSetZero", range(0, 15);
        common_control_resource_set: Option<ControlResourceSet> = "commonControlResourceSet";
        search_space_zero: Option<u8> = "searchSpaceZero", range(0, 15);
        common_search_space_list: Option<Vec<SearchSpace>> = "commonSearchSpaceList", list(1, 4);
        search_space_sib1: Option<u8> = "searchSpaceSIB1", range(0, 39);
        search_space_other_system_information: Option<u8> = "searchSpaceOtherSystemInformation", range(0, 39);
        paging_search_space: Option<u8> = "pagingSearchSpace", range(0, 39);
        ra_search_space: Option<u8> = "ra-SearchSpace", range(0, 39);
    }
}

sequence! {
    /// First addition to PDCCH-ConfigCommon (Release 15).
    pub struct PdcchConfigCommonV15 {
        first_pdcch_monitoring_occasion_of_po: Option<FirstPdcchMonitoringOccasionOfPo> =
            "firstPDCCH-MonitoringOccasionOfPO";
    }
}

impl PdcchConfigCommon {
    /// The addition of Release 15, if present.
    pub fn v15(&self) -> Option<PdcchConfigCommonV15> {
        self.extension.get(0)
    }
}

choice! {
    /// First PDCCH monitoring occasion of each paging occasion of a frame; the variant follows from subcarrier
    /// spacing and paging frames per cycle.
    pub enum FirstPdcchMonitoringOccasionOfPo {
        UpTo139(Vec<u16>, list_of(1, 4, range(0, 139))) = "sCS15KHZoneT";
        UpTo279(Vec<u16>, list_of(1, 4, range(0, 279))) = "sCS30KHZoneT-SCS15KHZhalfT";
        UpTo559(Vec<u16>, list_of(1, 4, range(0, 559))) = "sCS60KHZoneT-SCS30KHZhalfT-SCS15KHZquarterT";
        UpTo1119(Vec<u16>, list_of(1, 4, range(0, 1119))) =
            "sCS120KHZoneT-SCS60KHZhalfT-SCS30KHZquarterT-SCS15KHZoneEighthT";
        UpTo2239(Vec<u16>, list_of(1, 4, range(0, 2239))) =
            "sCS120KHZhalfT-SCS60KHZquarterT-SCS30KHZoneEighthT-SCS15KHZoneSixteenthT";
        UpTo4479(Vec<u16>, list_of(1, 4, range(0, 4479))) =
            "sCS480KHZoneT-SCS120KHZquarterT-SCS60KHZoneEighthT-SCS30KHZoneSixteenthT";
        UpTo8959(Vec<u16>, list_of(1, 4, range(0, 8959))) =
            "sCS480KHZhalfT-SCS120KHZoneEighthT-SCS60KHZoneSixteenthT";
        UpTo17919(Vec<u16>, list_of(1, 4, range(0, 17919))) = "sCS480KHZquarterT-SCS120KHZoneSixteenthT";
    }
}

sequence! {
    /// A CORESET, TS 38.331 6.3.2 and TS 38.211 7.3.2.2.
    pub extensible struct ControlResourceSet [ControlResourceSetV1610] {
        control_resource_set_id: u8 = "controlResourceSetId", range(0, 11);
        /// A bit for each group of six resource blocks, the lowest first.
        frequency_domain_resources: BitString<45> = "frequencyDomainResources";
        /// Symbols.
        duration: u8 = "duration", range(1, 3);
        cce_reg_mapping_type: CceRegMapping = "cce-REG-MappingType";
        precoder_granularity: PrecoderGranularity = "precoderGranularity";
        tci_states_to_add: Option<Vec<u8>> = "tci-StatesPDCCH-ToAddList", list_of(1, 64, range(0, 127));
        tci_states_to_release: Option<Vec<u8>> = "tci-StatesPDCCH-ToReleaseList", list_of(1, 64, range(0, 127));
        tci_present_in_dci: bool = "tci-PresentInDCI", "enabled";
        pdcch_dmrs_scrambling_id: Option<u16> = "pdcch-DMRS-ScramblingID", range(0, 65535);
    }
}

sequence! {
    /// First addition to ControlResourceSet (Release 16).
    pub struct ControlResourceSetV1610 {
        /// First group of six resource blocks, counted from the bandwidth part's first resource block.
        rb_offset: Option<u8> = "rb-Offset-r16", range(0, 5);
        /// Bits of the TCI field in DCI format 1_2; 0 where absent.
        tci_present_dci_1_2: Option<u8> = "tci-PresentDCI-1-2-r16", range(1, 3);
        coreset_pool_index: Option<u8> = "coresetPoolIndex-r16", range(0, 1);
        /// Takes the place of `controlResourceSetId`.
        control_resource_set_id: Option<u8> = "controlResourceSetId-v1610", range(12, 15);
    }
}

impl ControlResourceSet {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<ControlResourceSetV1610> {
        self.extension.get(0)
    }
}

choice! {
    /// CCE-to-REG mapping.
    pub enum CceRegMapping {
        Interleaved(InterleavedMapping) = "interleaved";
        NonInterleaved = "nonInterleaved";
    }
}

sequence! {
    /// Parameters of the interleaved mapping.
    pub struct InterleavedMapping {
        /// REGs.
        reg_bundle_size: InterleaverUnit = "reg-BundleSize";
        interleaver_size: InterleaverUnit = "interleaverSize";
        /// n_shift; the cell identity where absent.
        shift_index: Option<u16> = "shiftIndex", range(0, 274);
    }
}

enumerated! {
    /// 2, 3 or 6.
    pub enum InterleaverUnit { N2 = "n2", N3 = "n3", N6 = "n6" }
}

enumerated! {
    /// REGs over which the precoder is the same.
    pub enum PrecoderGranularity { SameAsRegBundle = "sameAsREG-bundle", AllContiguousRbs = "allContiguousRBs" }
}

sequence! {
    /// A search space set, TS 38.331 6.3.2 and TS 38.213 10.1.
    pub struct SearchSpace {
        search_space_id: u8 = "searchSpaceId", range(0, 39);
        control_resource_set_id: Option<u8> = "controlResourceSetId", range(0, 11);
        monitoring_slots: Option<MonitoringSlots> = "monitoringSlotPeriodicityAndOffset";
        /// Slots of each occasion; one where absent.
        duration: Option<u16> = "duration", range(2, 2559);
        /// First symbols of the CORESET within a slot.
        monitoring_symbols_within_slot: Option<BitString<14>> = "monitoringSymbolsWithinSlot";
        nrof_candidates: Option<NrofCandidates> = "nrofCandidates";
        search_space_type: Option<SearchSpaceType> = "searchSpaceType";
    }
}

choice! {
    /// Period of the monitored slots; the number is the offset in slots.
    pub enum MonitoringSlots {
        Sl1 = "sl1";
        Sl2(u16, range(0, 1)) = "sl2";
        Sl4(u16, range(0, 3)) = "sl4";
        Sl5(u16, range(0, 4)) = "sl5";
        Sl8(u16, range(0, 7)) = "sl8";
        Sl10(u16, range(0, 9)) = "sl10";
        Sl16(u16, range(0, 15)) = "sl16";
        Sl20(u16, range(0, 19)) = "sl20";
        Sl40(u16, range(0, 39)) = "sl40";
        Sl80(u16, range(0, 79)) = "sl80";
        Sl160(u16, range(0, 159)) = "sl160";
        Sl320(u16, range(0, 319)) = "sl320";
        Sl640(u16, range(0, 639)) = "sl640";
        Sl1280(u16, range(0, 1279)) = "sl1280";
        Sl2560(u16, range(0, 2559)) = "sl2560";
    }
}

impl MonitoringSlots {
    /// (period, offset), slots: k_s and o_s of TS 38.213 10.1.
    pub const fn period_and_offset(&self) -> (u16, u16) {
        match *self {
            Self::Sl1 => (1, 0),
            Self::Sl2(offset) => (2, offset),
            Self::Sl4(offset) => (4, offset),
            Self::Sl5(offset) => (5, offset),
            Self::Sl8(offset) => (8, offset),
            Self::Sl10(offset) => (10, offset),
            Self::Sl16(offset) => (16, offset),
            Self::Sl20(offset) => (20, offset),
            Self::Sl40(offset) => (40, offset),
            Self::Sl80(offset) => (80, offset),
            Self::Sl160(offset) => (160, offset),
            Self::Sl320(offset) => (320, offset),
            Self::Sl640(offset) => (640, offset),
            Self::Sl1280(offset) => (1280, offset),
            Self::Sl2560(offset) => (2560, offset),
        }
    }
}

sequence! {
    /// PDCCH candidates of each aggregation level.
    pub struct NrofCandidates {
        level_1: CandidateCount = "aggregationLevel1";
        level_2: CandidateCount = "aggregationLevel2";
        level_4: CandidateCount = "aggregationLevel4";
        level_8: CandidateCount = "aggregationLevel8";
        level_16: CandidateCount = "aggregationLevel16";
    }
}

choice! {
    /// Who looks for which DCI formats here.
    pub enum SearchSpaceType {
        Common(CommonSearchSpace) = "common";
        UeSpecific(UeSearchSpace) = "ue-Specific";
    }
}

sequence! {
    /// DCI formats of a common search space.
    pub struct CommonSearchSpace {
        dci_format_0_0_and_1_0: Option<DciFormatFlags> = "dci-Format0-0-AndFormat1-0";
        dci_format_2_0: Option<DciFormat2_0> = "dci-Format2-0";
        dci_format_2_1: Option<DciFormatFlags> = "dci-Format2-1";
        dci_format_2_2: Option<DciFormatFlags> = "dci-Format2-2";
        dci_format_2_3: Option<DciFormat2_3> = "dci-Format2-3";
    }
}

sequence! {
    /// A DCI format without parameters: its presence is what counts.
    #[derive(Default)]
    pub extensible struct DciFormatFlags [] {}
}

sequence! {
    /// Slot format indication.
    pub extensible struct DciFormat2_0 [] {
        nrof_candidates_sfi: NrofCandidatesSfi = "nrofCandidates-SFI";
    }
}

sequence! {
    /// Candidates of DCI format 2_0 of each aggregation level.
    pub struct NrofCandidatesSfi {
        level_1: Option<SfiCandidates> = "aggregationLevel1";
        level_2: Option<SfiCandidates> = "aggregationLevel2";
        level_4: Option<SfiCandidates> = "aggregationLevel4";
        level_8: Option<SfiCandidates> = "aggregationLevel8";
        level_16: Option<SfiCandidates> = "aggregationLevel16";
    }
}

enumerated! {
    /// One or two candidates.
    pub enum SfiCandidates { N1 = "n1", N2 = "n2" }
}

sequence! {
    /// SRS power control; both fields are dummies that nobody reads.
    pub extensible struct DciFormat2_3 [] {
        dummy1: Option<Dci2_3Periodicity> = "dummy1";
        dummy2: NrofDci2_3Candidates = "dummy2";
    }
}

enumerated! {
    /// Slots.
    pub enum Dci2_3Periodicity {
        Sl1 = "sl1", Sl2 = "sl2", Sl4 = "sl4", Sl5 = "sl5", Sl8 = "sl8", Sl10 = "sl10", Sl16 = "sl16", Sl20 = "sl20",
    }
}

enumerated! {
    /// One or two candidates.
    pub enum NrofDci2_3Candidates { N1 = "n1", N2 = "n2" }
}

sequence! {
    /// DCI formats of a UE-specific search space.
    pub extensible struct UeSearchSpace [UeSearchSpaceV1610] {
        dci_formats: DciFormats = "dci-Formats";
    }
}

sequence! {
    /// First addition to the UE-specific search space (Release 16).
    pub struct UeSearchSpaceV1610 {
        /// DCI format 2_5.
        dci_formats_mt: bool = "dci-Formats-MT-r16", "formats2-5";
        dci_formats_sl: Option<DciFormatsSl> = "dci-FormatsSL-r16";
        /// Where present, `dci-Formats` does not count.
        dci_formats_ext: Option<DciFormatsExt> = "dci-FormatsExt-r16";
    }
}

impl UeSearchSpace {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<UeSearchSpaceV1610> {
        self.extension.get(0)
    }
}

enumerated! {
    /// DCI formats where sidelink is scheduled too.
    pub enum DciFormatsSl {
        Formats0_0And1_0 = "formats0-0-And-1-0", Formats0_1And1_1 = "formats0-1-And-1-1", Formats3_0 = "formats3-0",
        Formats3_1 = "formats3-1", Formats3_0And3_1 = "formats3-0-And-3-1",
    }
}

enumerated! {
    /// DCI formats of Release 16.
    pub enum DciFormatsExt {
        Formats0_2And1_2 = "formats0-2-And-1-2",
        Formats0_1And1_1And0_2And1_2 = "formats0-1-And-1-1And-0-2-And-1-2",
    }
}

enumerated! {
    /// Pairs of DCI formats.
    pub enum DciFormats { Formats0_0And1_0 = "formats0-0-And-1-0", Formats0_1And1_1 = "formats0-1-And-1-1" }
}

enumerated! {
    /// PDCCH candidates of an aggregation level.
    pub enum CandidateCount {
        N0 = "n0", N1 = "n1", N2 = "n2", N3 = "n3", N4 = "n4", N5 = "n5", N6 = "n6", N8 = "n8",
    }
}

impl CandidateCount {
    /// The number itself.
    pub const fn get(self) -> usize {
        match self {
            Self::N8 => 8,
            fewer => fewer as usize,
        }
    }

    /// # Errors
    /// For a number other than 0 to 6 and 8.
    pub fn new(n: usize) -> Result<Self, crate::ConfigError> {
        Self::ALL.iter().copied().find(|count| count.get() == n).ok_or_else(|| {
            crate::ConfigError::new("nrofCandidates", n, "must be one of 0, 1, 2, 3, 4, 5, 6, 8", super::uper::CLAUSE)
        })
    }
}

impl NrofCandidates {
    /// Candidates of aggregation levels 1, 2, 4, 8, 16.
    pub const fn counts(&self) -> [usize; 5] {
        [self.level_1.get(), self.level_2.get(), self.level_4.get(), self.level_8.get(), self.level_16.get()]
    }
}
