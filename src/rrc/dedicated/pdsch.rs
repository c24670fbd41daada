use super::csi_resources::{ZpCsiRsResource, ZpCsiRsResourceSet};
use super::pdsch_release16::PdschConfigV1610;
use super::pusch::PtrsPorts;
use super::rate_match::{RateMatchPattern, RateMatchPatternGroupEntry};
use crate::rrc::downlink::PdschTimeDomainAllocation;
use crate::rrc::uper::{list, list_of, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// PDSCH parameters of a device in a bandwidth part, TS 38.331 6.3.2 and TS 38.214 5.1.
    pub extensible struct PdschConfig [PdschConfigV1610] {
        /// n_ID of the data's scrambling; the cell identity where absent.
        data_scrambling_identity_pdsch: Option<u16> = "dataScramblingIdentityPDSCH", range(0, 1023);
        dmrs_downlink_for_pdsch_mapping_type_a: Option<SetupRelease<DmrsDownlinkConfig>> =
            "dmrs-DownlinkForPDSCH-MappingTypeA";
        dmrs_downlink_for_pdsch_mapping_type_b: Option<SetupRelease<DmrsDownlinkConfig>> =
            "dmrs-DownlinkForPDSCH-MappingTypeB";
        tci_states_to_add_mod_list: Option<Vec<TciState>> = "tci-StatesToAddModList", list(1, 128);
        tci_states_to_release_list: Option<Vec<u8>> = "tci-StatesToReleaseList", list_of(1, 128, range(0, 127));
        /// DCI format 1_1 may ask for interleaved mapping with this bundle; not interleaved where absent.
        vrb_to_prb_interleaver: Option<VrbToPrbInterleaver> = "vrb-ToPRB-Interleaver";
        resource_allocation: ResourceAllocation = "resourceAllocation";
        /// Rows of the time domain allocation; the common list or the default table where absent.
        pdsch_time_domain_allocation_list: Option<SetupRelease<Vec<PdschTimeDomainAllocation>>> =
            "pdsch-TimeDomainAllocationList", list(1, 16);
        pdsch_aggregation_factor: Option<AggregationFactor> = "pdsch-AggregationFactor";
        rate_match_pattern_to_add_mod_list: Option<Vec<RateMatchPattern>> =
            "rateMatchPatternToAddModList", list(1, 4);
        rate_match_pattern_to_release_list: Option<Vec<u8>> =
            "rateMatchPatternToReleaseList", list_of(1, 4, range(0, 3));
        rate_match_pattern_group1: Option<Vec<RateMatchPatternGroupEntry>> = "rateMatchPatternGroup1", list(1, 8);
        rate_match_pattern_group2: Option<Vec<RateMatchPatternGroupEntry>> = "rateMatchPatternGroup2", list(1, 8);
        rbg_size: RbgSize = "rbg-Size";
        mcs_table: Option<McsTable> = "mcs-Table";
        max_nrof_code_words_scheduled_by_dci: Option<MaxCodeWords> = "maxNrofCodeWordsScheduledByDCI";
        prb_bundling_type: PrbBundlingType = "prb-BundlingType";
        zp_csi_rs_resource_to_add_mod_list: Option<Vec<ZpCsiRsResource>> =
            "zp-CSI-RS-ResourceToAddModList", list(1, 32);
        zp_csi_rs_resource_to_release_list: Option<Vec<u8>> =
            "zp-CSI-RS-ResourceToReleaseList", list_of(1, 32, range(0, 31));
        aperiodic_zp_csi_rs_resource_sets_to_add_mod_list: Option<Vec<ZpCsiRsResourceSet>> =
            "aperiodic-ZP-CSI-RS-ResourceSetsToAddModList", list(1, 16);
        aperiodic_zp_csi_rs_resource_sets_to_release_list: Option<Vec<u8>> =
            "aperiodic-ZP-CSI-RS-ResourceSetsToReleaseList", list_of(1, 16, range(0, 15));
        sp_zp_csi_rs_resource_sets_to_add_mod_list: Option<Vec<ZpCsiRsResourceSet>> =
            "sp-ZP-CSI-RS-ResourceSetsToAddModList", list(1, 16);
        sp_zp_csi_rs_resource_sets_to_release_list: Option<Vec<u8>> =
            "sp-ZP-CSI-RS-ResourceSetsToReleaseList", list_of(1, 16, range(0, 15));
        p_zp_csi_rs_resource_set: Option<SetupRelease<ZpCsiRsResourceSet>> = "p-ZP-CSI-RS-ResourceSet";
    }
}

impl PdschConfig {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<PdschConfigV1610> {
        self.extension.get(0)
    }
}

sequence! {
    /// DM-RS of the PDSCH, TS 38.211 7.4.1.1.
    #[derive(Default)]
    pub extensible struct DmrsDownlinkConfig [DmrsDownlinkConfigV1610] {
        /// Configuration type 2; type 1 where absent.
        dmrs_type: bool = "dmrs-Type", "type2";
        dmrs_additional_position: Option<DmrsAdditionalPosition> = "dmrs-AdditionalPosition";
        /// Double-symbol DM-RS are possible.
        max_length: bool = "maxLength", "len2";
        /// N_ID^0; the cell identity where absent.
        scrambling_id0: Option<u16> = "scramblingID0", range(0, 65535);
        /// N_ID^1; the cell identity where absent.
        scrambling_id1: Option<u16> = "scramblingID1", range(0, 65535);
        phase_tracking_rs: Option<SetupRelease<PtrsDownlinkConfig>> = "phaseTrackingRS";
    }
}

sequence! {
    /// First addition to DMRS-DownlinkConfig (Release 16).
    pub struct DmrsDownlinkConfigV1610 {
        /// Sequences of low peak-to-average power ratio.
        dmrs_downlink: bool = "dmrs-Downlink-r16", "enabled";
    }
}

impl DmrsDownlinkConfig {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<DmrsDownlinkConfigV1610> {
        self.extension.get(0)
    }
}

enumerated! {
    /// Places of further DM-RS; two further ones (`pos2`) where absent.
    pub enum DmrsAdditionalPosition { Pos0 = "pos0", Pos1 = "pos1", Pos3 = "pos3" }
}

sequence! {
    /// PT-RS of the PDSCH, TS 38.214 5.1.6.3.
    pub extensible struct PtrsDownlinkConfig [PtrsDownlinkConfigV1610] {
        /// N_RB0 and N_RB1, resource blocks.
        frequency_density: Option<Vec<u16>> = "frequencyDensity", list_of(2, 2, range(1, 276));
        /// ptrs-MCS1 to ptrs-MCS3.
        time_density: Option<Vec<u8>> = "timeDensity", list_of(3, 3, range(0, 29));
        /// Row of Table 4.1-2 of TS 38.214; 0 where absent.
        epre_ratio: Option<u8> = "epre-Ratio", range(0, 3);
        resource_element_offset: Option<PtrsResourceElementOffset> = "resourceElementOffset";
    }
}

sequence! {
    /// First addition to PTRS-DownlinkConfig (Release 16).
    pub struct PtrsDownlinkConfigV1610 {
        max_nrof_ports: Option<PtrsPorts> = "maxNrofPorts-r16";
    }
}

impl PtrsDownlinkConfig {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<PtrsDownlinkConfigV1610> {
        self.extension.get(0)
    }
}

enumerated! {
    /// Column of Table 7.4.1.2.2-1 of TS 38.211; `offset00` where absent.
    pub enum PtrsResourceElementOffset { Offset01 = "offset01", Offset10 = "offset10", Offset11 = "offset11" }
}

sequence! {
    /// Reference signals whose channel is like that of a DM-RS, TS 38.214 5.1.5.
    pub extensible struct TciState [] {
        tci_state_id: u8 = "tci-StateId", range(0, 127);
        qcl_type1: QclInfo = "qcl-Type1";
        qcl_type2: Option<QclInfo> = "qcl-Type2";
    }
}

sequence! {
    /// A reference signal and what it shares with the DM-RS.
    pub extensible struct QclInfo [] {
        /// Serving cell of the signal; this one where absent.
        cell: Option<u8> = "cell", range(0, 31);
        bwp_id: Option<u8> = "bwp-Id", range(0, 4);
        reference_signal: QclReferenceSignal = "referenceSignal";
        qcl_type: QclType = "qcl-Type";
    }
}

choice! {
    /// Identity of an NZP CSI-RS resource, or an SSB index.
    pub enum QclReferenceSignal {
        CsiRs(u8, range(0, 191)) = "csi-rs";
        Ssb(u8, range(0, 63)) = "ssb";
    }
}

enumerated! {
    /// Shared large-scale properties: A Doppler and delay, B Doppler, C Doppler shift and average delay, D the receive
    /// beam.
    pub enum QclType { TypeA = "typeA", TypeB = "typeB", TypeC = "typeC", TypeD = "typeD" }
}

enumerated! {
    /// Bundle of the interleaved mapping, resource blocks.
    pub enum VrbToPrbInterleaver { N2 = "n2", N4 = "n4" }
}

enumerated! {
    /// Type of the frequency domain allocation in DCI formats x_1, TS 38.214 5.1.2.2 and 6.1.2.2.
    pub enum ResourceAllocation {
        Type0 = "resourceAllocationType0", Type1 = "resourceAllocationType1", DynamicSwitch = "dynamicSwitch",
    }
}

enumerated! {
    /// Slots in which the transport block is repeated.
    pub enum AggregationFactor { N2 = "n2", N4 = "n4", N8 = "n8" }
}

enumerated! {
    /// Column of Table 5.1.2.2.1-1 of TS 38.214.
    pub enum RbgSize { Config1 = "config1", Config2 = "config2" }
}

enumerated! {
    /// The MCS table; that of 64QAM where absent.
    pub enum McsTable { Qam256 = "qam256", Qam64LowSe = "qam64LowSE" }
}

enumerated! {
    /// Codewords that a DCI may schedule.
    pub enum MaxCodeWords { N1 = "n1", N2 = "n2" }
}

choice! {
    /// Resource blocks with the same precoder, TS 38.214 5.1.2.3.
    pub enum PrbBundlingType {
        StaticBundling(StaticBundling) = "staticBundling";
        DynamicBundling(DynamicBundling) = "dynamicBundling";
    }
}

sequence! {
    /// One size for all PDSCHs.
    pub struct StaticBundling {
        bundle_size: Option<BundleSize> = "bundleSize";
    }
}

enumerated! {
    /// Resource blocks; 2 where absent.
    pub enum BundleSize { N4 = "n4", Wideband = "wideband" }
}

sequence! {
    /// The DCI chooses the set.
    pub struct DynamicBundling {
        bundle_size_set1: Option<BundleSizeSet1> = "bundleSizeSet1";
        bundle_size_set2: Option<BundleSize> = "bundleSizeSet2";
    }
}

enumerated! {
    /// One or two sizes, resource blocks; 2 where absent.
    pub enum BundleSizeSet1 {
        N4 = "n4", Wideband = "wideband", N2Wideband = "n2-wideband", N4Wideband = "n4-wideband",
    }
}

sequence! {
    /// Semi-persistent scheduling of the PDSCH.
    pub extensible struct SpsConfig [SpsConfigV1610] {
        periodicity: SpsPeriodicity = "periodicity";
        nrof_harq_processes: u8 = "nrofHARQ-Processes", range(1, 8);
        /// PUCCH resource of the HARQ-ACK.
        n1_pucch_an: Option<u8> = "n1PUCCH-AN", range(0, 127);
        /// The table of low spectral efficiency; that of PDSCH-Config where absent.
        mcs_table: bool = "mcs-Table", "qam64LowSE";
    }
}

sequence! {
    /// First addition to SPS-Config (Release 16).
    pub struct SpsConfigV1610 {
        sps_config_index: Option<u8> = "sps-ConfigIndex-r16", range(0, 7);
        harq_proc_id_offset: Option<u8> = "harq-ProcID-Offset-r16", range(0, 15);
        periodicity_ext: Option<u16> = "periodicityExt-r16", range(1, 5120);
        harq_codebook_id: Option<u8> = "harq-CodebookID-r16", range(1, 2);
        pdsch_aggregation_factor: Option<AggregationFactorR16> = "pdsch-AggregationFactor-r16";
    }
}

impl SpsConfig {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<SpsConfigV1610> {
        self.extension.get(0)
    }
}

enumerated! {
    /// Milliseconds.
    pub enum SpsPeriodicity {
        Ms10 = "ms10", Ms20 = "ms20", Ms32 = "ms32", Ms40 = "ms40", Ms64 = "ms64", Ms80 = "ms80", Ms128 = "ms128",
        Ms160 = "ms160", Ms320 = "ms320", Ms640 = "ms640", Spare6 = "spare6", Spare5 = "spare5", Spare4 = "spare4",
        Spare3 = "spare3", Spare2 = "spare2", Spare1 = "spare1",
    }
}

enumerated! {
    /// Slots in which the transport block is repeated.
    pub enum AggregationFactorR16 { N1 = "n1", N2 = "n2", N4 = "n4", N8 = "n8" }
}
