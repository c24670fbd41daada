use super::control::{FirstPdcchMonitoringOccasionOfPo, PdcchConfigCommon};
use super::frequency::{Bwp, NrMultiBandInfo, ScsSpecificCarrier};
use super::uper::{list, range};
use super::uplink::{MappingType, SetupRelease};

sequence! {
    /// The cell's downlink, TS 38.331 6.3.2.
    pub extensible struct DownlinkConfigCommonSib [] {
        frequency_info_dl: FrequencyInfoDlSib = "frequencyInfoDL";
        initial_downlink_bwp: BwpDownlinkCommon = "initialDownlinkBWP";
        bcch_config: BcchConfig = "bcch-Config";
        pcch_config: PcchConfig = "pcch-Config";
    }
}

sequence! {
    /// Bands and carriers of the downlink.
    pub struct FrequencyInfoDlSib {
        frequency_band_list: Vec<NrMultiBandInfo> = "frequencyBandList", list(1, 8);
        /// From Point A to the lowest resource block that overlaps the SSB: resource blocks of 15 kHz in FR1, of
        /// 60 kHz in FR2, TS 38.211 4.4.4.2.
        offset_to_point_a: u16 = "offsetToPointA", range(0, 2199);
        scs_specific_carrier_list: Vec<ScsSpecificCarrier> = "scs-SpecificCarrierList", list(1, 5);
    }
}

sequence! {
    /// A downlink bandwidth part's common parameters.
    pub extensible struct BwpDownlinkCommon [] {
        generic_parameters: Bwp = "genericParameters";
        pdcch_config_common: Option<SetupRelease<PdcchConfigCommon>> = "pdcch-ConfigCommon";
        pdsch_config_common: Option<SetupRelease<PdschConfigCommon>> = "pdsch-ConfigCommon";
    }
}

sequence! {
    /// Common parameters of the PDSCH.
    pub extensible struct PdschConfigCommon [] {
        /// Rows of the time domain allocation; the default table of TS 38.214 5.1.2.1.1 where absent.
        pdsch_time_domain_allocation_list: Option<Vec<PdschTimeDomainAllocation>> =
            "pdsch-TimeDomainAllocationList", list(1, 16);
    }
}

sequence! {
    /// A row of the PDSCH time domain allocation.
    pub struct PdschTimeDomainAllocation {
        /// Slots from the DCI to the PDSCH; 0 where absent.
        k0: Option<u8> = "k0", range(0, 32);
        mapping_type: MappingType = "mappingType";
        /// SLIV of TS 38.214 5.1.2.1.
        start_symbol_and_length: u8 = "startSymbolAndLength", range(0, 127);
    }
}

sequence! {
    /// Broadcast control.
    pub extensible struct BcchConfig [] {
        /// Modification period in default paging cycles.
        modification_period_coeff: ModificationPeriodCoeff = "modificationPeriodCoeff";
    }
}

enumerated! {
    /// Default paging cycles.
    pub enum ModificationPeriodCoeff { N2 = "n2", N4 = "n4", N8 = "n8", N16 = "n16" }
}

sequence! {
    /// Paging.
    pub extensible struct PcchConfig [] {
        default_paging_cycle: PagingCycle = "defaultPagingCycle";
        n_and_paging_frame_offset: PagingFrameOffset = "nAndPagingFrameOffset";
        /// Paging occasions in a paging frame.
        ns: PagingFrames = "ns";
        first_pdcch_monitoring_occasion_of_po: Option<FirstPdcchMonitoringOccasionOfPo> =
            "firstPDCCH-MonitoringOccasionOfPO";
    }
}

enumerated! {
    /// Radio frames.
    pub enum PagingCycle { Rf32 = "rf32", Rf64 = "rf64", Rf128 = "rf128", Rf256 = "rf256" }
}

choice! {
    /// Paging frames in a paging cycle T, and their offset in frames.
    pub enum PagingFrameOffset {
        OneT = "oneT";
        HalfT(u8, range(0, 1)) = "halfT";
        QuarterT(u8, range(0, 3)) = "quarterT";
        OneEighthT(u8, range(0, 7)) = "oneEighthT";
        OneSixteenthT(u8, range(0, 15)) = "oneSixteenthT";
    }
}

enumerated! {
    /// Paging occasions in a paging frame.
    pub enum PagingFrames { Four = "four", Two = "two", One = "one" }
}
