use super::pdsch::{McsTable, ResourceAllocation};
use super::pdsch_release16::Type1Granularity;
use super::pusch::{BetaOffsets, CodebookSubset, DmrsUplinkConfig, FrequencyHopping, UciOnPusch, UciScaling};
use super::rate_match::{RateMatchSlots, RateMatchSymbols};
use super::uplink_shapes::PUSCH_POWER_CONTROL_V1610;
use crate::rrc::skip::Skipped;
use crate::rrc::uper::{list, list_of, range};
use crate::rrc::uplink::{MappingType, SetupRelease};

sequence! {
    /// First addition to PUSCH-Config (Release 16).
    pub struct PuschConfigV1610 {
        minimum_scheduling_offset_k2: Option<SetupRelease<Vec<u8>>> =
            "minimumSchedulingOffsetK2-r16", list_of(1, 2, range(0, 16));
        ul_access_config_list_dci_0_1: Option<SetupRelease<Vec<u8>>> =
            "ul-AccessConfigListDCI-0-1-r16", list_of(1, 64, range(0, 63));
        /// Bits.
        harq_process_number_size_dci_0_2: Option<u8> = "harq-ProcessNumberSizeDCI-0-2-r16", range(0, 4);
        dmrs_sequence_initialization_dci_0_2: bool = "dmrs-SequenceInitializationDCI-0-2-r16", "enabled";
        /// Bits.
        number_of_bits_for_rv_dci_0_2: Option<u8> = "numberOfBitsForRV-DCI-0-2-r16", range(0, 2);
        antenna_ports_field_presence_dci_0_2: bool = "antennaPortsFieldPresenceDCI-0-2-r16", "enabled";
        dmrs_uplink_for_pusch_mapping_type_a_dci_0_2: Option<SetupRelease<DmrsUplinkConfig>> =
            "dmrs-UplinkForPUSCH-MappingTypeA-DCI-0-2-r16";
        dmrs_uplink_for_pusch_mapping_type_b_dci_0_2: Option<SetupRelease<DmrsUplinkConfig>> =
            "dmrs-UplinkForPUSCH-MappingTypeB-DCI-0-2-r16";
        frequency_hopping_dci_0_2: Option<FrequencyHoppingDci0_2> = "frequencyHoppingDCI-0-2-r16";
        frequency_hopping_offset_lists_dci_0_2: Option<SetupRelease<Vec<u16>>> =
            "frequencyHoppingOffsetListsDCI-0-2-r16", list_of(1, 4, range(1, 274));
        codebook_subset_dci_0_2: Option<CodebookSubset> = "codebookSubsetDCI-0-2-r16";
        invalid_symbol_pattern_indicator_dci_0_2: bool = "invalidSymbolPatternIndicatorDCI-0-2-r16", "enabled";
        max_rank_dci_0_2: Option<u8> = "maxRankDCI-0-2-r16", range(1, 4);
        mcs_table_dci_0_2: Option<McsTable> = "mcs-TableDCI-0-2-r16";
        mcs_table_transform_precoder_dci_0_2: Option<McsTable> = "mcs-TableTransformPrecoderDCI-0-2-r16";
        priority_indicator_dci_0_2: bool = "priorityIndicatorDCI-0-2-r16", "enabled";
        pusch_rep_type_indicator_dci_0_2: Option<PuschRepType> = "pusch-RepTypeIndicatorDCI-0-2-r16";
        resource_allocation_dci_0_2: Option<ResourceAllocation> = "resourceAllocationDCI-0-2-r16";
        resource_allocation_type1_granularity_dci_0_2: Option<Type1Granularity> =
            "resourceAllocationType1GranularityDCI-0-2-r16";
        uci_on_pusch_list_dci_0_2: Option<SetupRelease<Vec<UciOnPuschDci0_2>>> =
            "uci-OnPUSCH-ListDCI-0-2-r16", list(1, 2);
        pusch_time_domain_allocation_list_dci_0_2: Option<SetupRelease<Vec<PuschTimeDomainAllocationR16>>> =
            "pusch-TimeDomainAllocationListDCI-0-2-r16", list(1, 64);
        pusch_time_domain_allocation_list_dci_0_1: Option<SetupRelease<Vec<PuschTimeDomainAllocationR16>>> =
            "pusch-TimeDomainAllocationListDCI-0-1-r16", list(1, 64);
        invalid_symbol_pattern_indicator_dci_0_1: bool = "invalidSymbolPatternIndicatorDCI-0-1-r16", "enabled";
        priority_indicator_dci_0_1: bool = "priorityIndicatorDCI-0-1-r16", "enabled";
        pusch_rep_type_indicator_dci_0_1: Option<PuschRepType> = "pusch-RepTypeIndicatorDCI-0-1-r16";
        frequency_hopping_dci_0_1: Option<FrequencyHoppingRepTypeB> = "frequencyHoppingDCI-0-1-r16";
        uci_on_pusch_list_dci_0_1: Option<SetupRelease<Vec<UciOnPusch>>> = "uci-OnPUSCH-ListDCI-0-1-r16", list(1, 2);
        invalid_symbol_pattern: Option<InvalidSymbolPattern> = "invalidSymbolPattern-r16";
        pusch_power_control: Option<SetupRelease<Skipped>> = "pusch-PowerControl-v1610", PUSCH_POWER_CONTROL_V1610;
        ul_full_power_transmission: Option<UlFullPowerTransmission> = "ul-FullPowerTransmission-r16";
        pusch_time_domain_allocation_list_for_multi_pusch: Option<SetupRelease<Vec<PuschTimeDomainAllocationR16>>> =
            "pusch-TimeDomainAllocationListForMultiPUSCH-r16", list(1, 64);
        number_of_invalid_symbols_for_dl_ul_switching: Option<u8> =
            "numberOfInvalidSymbolsForDL-UL-Switching-r16", range(1, 4);
    }
}

choice! {
    /// Hopping by repetition type, for DCI format 0_2.
    pub enum FrequencyHoppingDci0_2 {
        RepTypeA(FrequencyHopping) = "pusch-RepTypeA";
        RepTypeB(FrequencyHoppingRepTypeB) = "pusch-RepTypeB";
    }
}

enumerated! {
    /// Hopping from repetition to repetition or from slot to slot.
    pub enum FrequencyHoppingRepTypeB { InterRepetition = "interRepetition", InterSlot = "interSlot" }
}

enumerated! {
    /// Repetition type A or B; A where absent.
    pub enum PuschRepType { RepTypeA = "pusch-RepTypeA", RepTypeB = "pusch-RepTypeB" }
}

sequence! {
    /// Control information on a PUSCH of DCI format 0_2.
    pub struct UciOnPuschDci0_2 {
        beta_offsets_dci_0_2: Option<UciBetaOffsetsDci0_2> = "betaOffsetsDCI-0-2-r16";
        scaling_dci_0_2: UciScaling = "scalingDCI-0-2-r16";
    }
}

choice! {
    /// Offsets of which the DCI chooses one set, or one set for all.
    pub enum UciBetaOffsetsDci0_2 {
        Dynamic(UciBetaOffsetsDynamic) = "dynamicDCI-0-2-r16";
        SemiStatic(BetaOffsets) = "semiStaticDCI-0-2-r16";
    }
}

choice! {
    /// Two sets or four.
    pub enum UciBetaOffsetsDynamic {
        OneBit(Vec<BetaOffsets>, list(2, 2)) = "oneBit-r16";
        TwoBits(Vec<BetaOffsets>, list(4, 4)) = "twoBits-r16";
    }
}

sequence! {
    /// A row of the PUSCH time domain allocation of Release 16.
    pub extensible struct PuschTimeDomainAllocationR16 [] {
        /// Slots from the DCI to the PUSCH; by numerology (1, 1, 2, 3) where absent.
        k2: Option<u8> = "k2-r16", range(0, 32);
        pusch_allocation_list: Vec<PuschAllocation> = "puschAllocationList-r16", list(1, 8);
    }
}

sequence! {
    /// Symbols of one PUSCH of the row.
    pub extensible struct PuschAllocation [] {
        mapping_type: Option<MappingType> = "mappingType-r16";
        /// SLIV of TS 38.214 6.1.2.1, repetition type A.
        start_symbol_and_length: Option<u8> = "startSymbolAndLength-r16", range(0, 127);
        /// Repetition type B.
        start_symbol: Option<u8> = "startSymbol-r16", range(0, 13);
        /// Repetition type B.
        length: Option<u8> = "length-r16", range(1, 14);
        number_of_repetitions: Option<NumberOfRepetitions> = "numberOfRepetitions-r16";
    }
}

enumerated! {
    /// Repetitions.
    pub enum NumberOfRepetitions {
        N1 = "n1", N2 = "n2", N3 = "n3", N4 = "n4", N7 = "n7", N8 = "n8", N12 = "n12", N16 = "n16",
    }
}

sequence! {
    /// Symbols that repetition type B leaves out.
    pub extensible struct InvalidSymbolPattern [] {
        symbols: RateMatchSymbols = "symbols-r16";
        periodicity_and_pattern: Option<RateMatchSlots> = "periodicityAndPattern-r16";
    }
}

enumerated! {
    /// How the device reaches full power with several ports.
    pub enum UlFullPowerTransmission {
        FullPower = "fullpower", FullPowerMode1 = "fullpowerMode1", FullPowerMode2 = "fullpowerMode2",
    }
}
