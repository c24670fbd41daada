use super::csi_resources::ZpCsiRsResourceSet;
use super::pdsch::{BundleSize, BundleSizeSet1, DmrsDownlinkConfig, McsTable, ResourceAllocation, VrbToPrbInterleaver};
use super::rate_match::RateMatchPatternGroupEntry;
use crate::rrc::uper::{list, list_of, range};
use crate::rrc::uplink::{MappingType, SetupRelease};

sequence! {
    /// First addition to PDSCH-Config (Release 16).
    pub struct PdschConfigV1610 {
        /// Layers of a PDSCH in this bandwidth part, at most.
        max_mimo_layers: Option<SetupRelease<u8>> = "maxMIMO-Layers-r16", range(1, 8);
        minimum_scheduling_offset_k0: Option<SetupRelease<Vec<u8>>> =
            "minimumSchedulingOffsetK0-r16", list_of(1, 2, range(0, 16));
        antenna_ports_field_presence_dci_1_2: bool = "antennaPortsFieldPresenceDCI-1-2-r16", "enabled";
        aperiodic_zp_csi_rs_resource_sets_to_add_mod_list_dci_1_2: Option<Vec<ZpCsiRsResourceSet>> =
            "aperiodicZP-CSI-RS-ResourceSetsToAddModListDCI-1-2-r16", list(1, 16);
        aperiodic_zp_csi_rs_resource_sets_to_release_list_dci_1_2: Option<Vec<u8>> =
            "aperiodicZP-CSI-RS-ResourceSetsToReleaseListDCI-1-2-r16", list_of(1, 16, range(0, 15));
        dmrs_downlink_for_pdsch_mapping_type_a_dci_1_2: Option<SetupRelease<DmrsDownlinkConfig>> =
            "dmrs-DownlinkForPDSCH-MappingTypeA-DCI-1-2-r16";
        dmrs_downlink_for_pdsch_mapping_type_b_dci_1_2: Option<SetupRelease<DmrsDownlinkConfig>> =
            "dmrs-DownlinkForPDSCH-MappingTypeB-DCI-1-2-r16";
        dmrs_sequence_initialization_dci_1_2: bool = "dmrs-SequenceInitializationDCI-1-2-r16", "enabled";
        /// Bits.
        harq_process_number_size_dci_1_2: Option<u8> = "harq-ProcessNumberSizeDCI-1-2-r16", range(0, 4);
        mcs_table_dci_1_2: Option<McsTable> = "mcs-TableDCI-1-2-r16";
        /// Bits.
        number_of_bits_for_rv_dci_1_2: Option<u8> = "numberOfBitsForRV-DCI-1-2-r16", range(0, 2);
        pdsch_time_domain_allocation_list_dci_1_2: Option<SetupRelease<Vec<PdschTimeDomainAllocationR16>>> =
            "pdsch-TimeDomainAllocationListDCI-1-2-r16", list(1, 16);
        prb_bundling_type_dci_1_2: Option<PrbBundlingTypeDci1_2> = "prb-BundlingTypeDCI-1-2-r16";
        priority_indicator_dci_1_2: bool = "priorityIndicatorDCI-1-2-r16", "enabled";
        rate_match_pattern_group1_dci_1_2: Option<Vec<RateMatchPatternGroupEntry>> =
            "rateMatchPatternGroup1DCI-1-2-r16", list(1, 8);
        rate_match_pattern_group2_dci_1_2: Option<Vec<RateMatchPatternGroupEntry>> =
            "rateMatchPatternGroup2DCI-1-2-r16", list(1, 8);
        resource_allocation_type1_granularity_dci_1_2: Option<Type1Granularity> =
            "resourceAllocationType1GranularityDCI-1-2-r16";
        vrb_to_prb_interleaver_dci_1_2: Option<VrbToPrbInterleaver> = "vrb-ToPRB-InterleaverDCI-1-2-r16";
        reference_of_sliv_dci_1_2: bool = "referenceOfSLIVDCI-1-2-r16", "enabled";
        resource_allocation_dci_1_2: Option<ResourceAllocation> = "resourceAllocationDCI-1-2-r16";
        priority_indicator_dci_1_1: bool = "priorityIndicatorDCI-1-1-r16", "enabled";
        data_scrambling_identity_pdsch2: Option<u16> = "dataScramblingIdentityPDSCH2-r16", range(0, 1023);
        pdsch_time_domain_allocation_list: Option<SetupRelease<Vec<PdschTimeDomainAllocationR16>>> =
            "pdsch-TimeDomainAllocationList-r16", list(1, 16);
        repetition_scheme_config: Option<SetupRelease<RepetitionSchemeConfig>> = "repetitionSchemeConfig-r16";
    }
}

sequence! {
    /// A row of the PDSCH time domain allocation of Release 16.
    pub extensible struct PdschTimeDomainAllocationR16 [] {
        /// Slots from the DCI to the PDSCH; 0 where absent.
        k0: Option<u8> = "k0-r16", range(0, 32);
        mapping_type: MappingType = "mappingType-r16";
        /// SLIV of TS 38.214 5.1.2.1.
        start_symbol_and_length: u8 = "startSymbolAndLength-r16", range(0, 127);
        repetition_number: Option<RepetitionNumber> = "repetitionNumber-r16";
    }
}

enumerated! {
    /// Slots in which the transport block is repeated.
    pub enum RepetitionNumber {
        N2 = "n2", N3 = "n3", N4 = "n4", N5 = "n5", N6 = "n6", N7 = "n7", N8 = "n8", N16 = "n16",
    }
}

choice! {
    /// Resource blocks with the same precoder for DCI format 1_2.
    pub enum PrbBundlingTypeDci1_2 {
        StaticBundling(StaticBundlingR16) = "staticBundling-r16";
        DynamicBundling(DynamicBundlingR16) = "dynamicBundling-r16";
    }
}

sequence! {
    /// One size for all PDSCHs.
    pub struct StaticBundlingR16 {
        bundle_size: Option<BundleSize> = "bundleSize-r16";
    }
}

sequence! {
    /// The DCI chooses the set.
    pub struct DynamicBundlingR16 {
        bundle_size_set1: Option<BundleSizeSet1> = "bundleSizeSet1-r16";
        bundle_size_set2: Option<BundleSize> = "bundleSizeSet2-r16";
    }
}

enumerated! {
    /// Resource blocks; 1 where absent.
    pub enum Type1Granularity { N2 = "n2", N4 = "n4", N8 = "n8", N16 = "n16" }
}

choice! {
    /// Repetition over transmission points, TS 38.214 5.1.2.
    pub enum RepetitionSchemeConfig {
        FdmTdm(SetupRelease<FdmTdm>) = "fdm-TDM-r16";
        SlotBased(SetupRelease<SlotBased>) = "slotBased-r16";
    }
}

sequence! {
    /// Repetition within a slot.
    pub struct FdmTdm {
        repetition_scheme: RepetitionScheme = "repetitionScheme-r16";
        starting_symbol_offset_k: Option<u8> = "startingSymbolOffsetK-r16", range(0, 7);
    }
}

enumerated! {
    /// Repetition in frequency (one code or two) or in time.
    pub enum RepetitionScheme { FdmSchemeA = "fdmSchemeA", FdmSchemeB = "fdmSchemeB", TdmSchemeA = "tdmSchemeA" }
}

sequence! {
    /// Repetition in further slots.
    pub struct SlotBased {
        tci_mapping: TciMapping = "tciMapping-r16";
        sequence_offset_for_rv: u8 = "sequenceOffsetForRV-r16", range(1, 3);
    }
}

enumerated! {
    /// Order of the two TCI states.
    pub enum TciMapping { CyclicMapping = "cyclicMapping", SequentialMapping = "sequentialMapping" }
}
