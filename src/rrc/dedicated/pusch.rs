use super::pdsch::{
    AggregationFactor, DmrsAdditionalPosition, McsTable, PtrsResourceElementOffset, ResourceAllocation,
};
use super::pusch_release16::PuschConfigV1610;
use super::uplink_shapes::PUSCH_POWER_CONTROL;
use crate::rrc::skip::Skipped;
use crate::rrc::uper::{list, list_of, range};
use crate::rrc::uplink::{PuschTimeDomainAllocation, SetupRelease};

sequence! {
    /// PUSCH parameters of a device in a bandwidth part, TS 38.331 6.3.2 and TS 38.214 6.1.
    pub extensible struct PuschConfig [PuschConfigV1610] {
        /// n_ID of the data's scrambling; the cell identity where absent.
        data_scrambling_identity_pusch: Option<u16> = "dataScramblingIdentityPUSCH", range(0, 1023);
        tx_config: Option<TxConfig> = "txConfig";
        dmrs_uplink_for_pusch_mapping_type_a: Option<SetupRelease<DmrsUplinkConfig>> =
            "dmrs-UplinkForPUSCH-MappingTypeA";
        dmrs_uplink_for_pusch_mapping_type_b: Option<SetupRelease<DmrsUplinkConfig>> =
            "dmrs-UplinkForPUSCH-MappingTypeB";
        /// Read over.
        pusch_power_control: Option<Skipped> = "pusch-PowerControl", PUSCH_POWER_CONTROL;
        frequency_hopping: Option<FrequencyHopping> = "frequencyHopping";
        /// Resource blocks.
        frequency_hopping_offset_lists: Option<Vec<u16>> =
            "frequencyHoppingOffsetLists", list_of(1, 4, range(1, 274));
        resource_allocation: ResourceAllocation = "resourceAllocation";
        /// Rows of the time domain allocation; the common list or the default table where absent.
        pusch_time_domain_allocation_list: Option<SetupRelease<Vec<PuschTimeDomainAllocation>>> =
            "pusch-TimeDomainAllocationList", list(1, 16);
        pusch_aggregation_factor: Option<AggregationFactor> = "pusch-AggregationFactor";
        mcs_table: Option<McsTable> = "mcs-Table";
        mcs_table_transform_precoder: Option<McsTable> = "mcs-TableTransformPrecoder";
        transform_precoder: Option<TransformPrecoder> = "transformPrecoder";
        codebook_subset: Option<CodebookSubset> = "codebookSubset";
        /// Layers.
        max_rank: Option<u8> = "maxRank", range(1, 4);
        /// The second column of Table 6.1.2.2.1-1 of TS 38.214; the first where absent.
        rbg_size: bool = "rbg-Size", "config2";
        uci_on_pusch: Option<SetupRelease<UciOnPusch>> = "uci-OnPUSCH";
        tp_pi2_bpsk: bool = "tp-pi2BPSK", "enabled";
    }
}

impl PuschConfig {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<PuschConfigV1610> {
        self.extension.get(0)
    }
}

enumerated! {
    /// Precoding by codebook or by SRS; with neither, one antenna port.
    pub enum TxConfig { Codebook = "codebook", NonCodebook = "nonCodebook" }
}

sequence! {
    /// DM-RS of the PUSCH, TS 38.211 6.4.1.1.
    #[derive(Default)]
    pub extensible struct DmrsUplinkConfig [] {
        /// Configuration type 2; type 1 where absent.
        dmrs_type: bool = "dmrs-Type", "type2";
        dmrs_additional_position: Option<DmrsAdditionalPosition> = "dmrs-AdditionalPosition";
        phase_tracking_rs: Option<SetupRelease<PtrsUplinkConfig>> = "phaseTrackingRS";
        /// Double-symbol DM-RS are possible.
        max_length: bool = "maxLength", "len2";
        transform_precoding_disabled: Option<DmrsTransformPrecodingDisabled> = "transformPrecodingDisabled";
        transform_precoding_enabled: Option<DmrsTransformPrecodingEnabled> = "transformPrecodingEnabled";
    }
}

sequence! {
    /// PT-RS of the PUSCH, TS 38.214 6.2.3.
    pub extensible struct PtrsUplinkConfig [] {
        transform_precoder_disabled: Option<PtrsTransformPrecoderDisabled> = "transformPrecoderDisabled";
        transform_precoder_enabled: Option<PtrsTransformPrecoderEnabled> = "transformPrecoderEnabled";
    }
}

sequence! {
    /// PT-RS without transform precoding.
    pub struct PtrsTransformPrecoderDisabled {
        /// N_RB0 and N_RB1, resource blocks.
        frequency_density: Option<Vec<u16>> = "frequencyDensity", list_of(2, 2, range(1, 276));
        /// ptrs-MCS1 to ptrs-MCS3.
        time_density: Option<Vec<u8>> = "timeDensity", list_of(3, 3, range(0, 29));
        max_nrof_ports: PtrsPorts = "maxNrofPorts";
        resource_element_offset: Option<PtrsResourceElementOffset> = "resourceElementOffset";
        ptrs_power: PtrsPower = "ptrs-Power";
    }
}

enumerated! {
    /// Antenna ports of PT-RS.
    pub enum PtrsPorts { N1 = "n1", N2 = "n2" }
}

enumerated! {
    /// Row of Table 6.2.3.1-3 of TS 38.214.
    pub enum PtrsPower { P00 = "p00", P01 = "p01", P10 = "p10", P11 = "p11" }
}

sequence! {
    /// PT-RS with transform precoding.
    pub struct PtrsTransformPrecoderEnabled {
        /// N_RB0 to N_RB4, resource blocks.
        sample_density: Vec<u16> = "sampleDensity", list_of(5, 5, range(1, 276));
        time_density_transform_precoding: bool = "timeDensityTransformPrecoding", "d2";
    }
}

sequence! {
    /// Scrambling without transform precoding.
    pub extensible struct DmrsTransformPrecodingDisabled [DmrsTransformPrecodingDisabledV1610] {
        /// N_ID^0; the cell identity where absent.
        scrambling_id0: Option<u16> = "scramblingID0", range(0, 65535);
        /// N_ID^1; the cell identity where absent.
        scrambling_id1: Option<u16> = "scramblingID1", range(0, 65535);
    }
}

sequence! {
    /// First addition to transformPrecodingDisabled (Release 16).
    pub struct DmrsTransformPrecodingDisabledV1610 {
        /// Sequences of low peak-to-average power ratio.
        dmrs_uplink: bool = "dmrs-Uplink-r16", "enabled";
    }
}

impl DmrsTransformPrecodingDisabled {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<DmrsTransformPrecodingDisabledV1610> {
        self.extension.get(0)
    }
}

sequence! {
    /// Sequences with transform precoding.
    pub extensible struct DmrsTransformPrecodingEnabled [] {
        /// n_ID^RS; the cell identity where absent.
        n_pusch_identity: Option<u16> = "nPUSCH-Identity", range(0, 1007);
        sequence_group_hopping: bool = "sequenceGroupHopping", "disabled";
        sequence_hopping: bool = "sequenceHopping", "enabled";
    }
}

enumerated! {
    /// Hopping within a slot or from slot to slot.
    pub enum FrequencyHopping { IntraSlot = "intraSlot", InterSlot = "interSlot" }
}

enumerated! {
    /// DFT-spread OFDM or not; as for Msg3 where absent.
    pub enum TransformPrecoder { Enabled = "enabled", Disabled = "disabled" }
}

enumerated! {
    /// Precoders that the DCI may name, TS 38.214 6.1.1.1.
    pub enum CodebookSubset {
        FullyAndPartialAndNonCoherent = "fullyAndPartialAndNonCoherent",
        PartialAndNonCoherent = "partialAndNonCoherent", NonCoherent = "nonCoherent",
    }
}

sequence! {
    /// Control information on the PUSCH, TS 38.213 9.3.
    pub struct UciOnPusch {
        beta_offsets: Option<UciBetaOffsets> = "betaOffsets";
        scaling: UciScaling = "scaling";
    }
}

choice! {
    /// Offsets of which the DCI chooses one set, or one set for all.
    pub enum UciBetaOffsets {
        Dynamic(Vec<BetaOffsets>, list(4, 4)) = "dynamic";
        SemiStatic(BetaOffsets) = "semiStatic";
    }
}

sequence! {
    /// Rows of Tables 9.3-1 and 9.3-2 of TS 38.213.
    pub struct BetaOffsets {
        beta_offset_ack_index1: Option<u8> = "betaOffsetACK-Index1", range(0, 31);
        beta_offset_ack_index2: Option<u8> = "betaOffsetACK-Index2", range(0, 31);
        beta_offset_ack_index3: Option<u8> = "betaOffsetACK-Index3", range(0, 31);
        beta_offset_csi_part1_index1: Option<u8> = "betaOffsetCSI-Part1-Index1", range(0, 31);
        beta_offset_csi_part1_index2: Option<u8> = "betaOffsetCSI-Part1-Index2", range(0, 31);
        beta_offset_csi_part2_index1: Option<u8> = "betaOffsetCSI-Part2-Index1", range(0, 31);
        beta_offset_csi_part2_index2: Option<u8> = "betaOffsetCSI-Part2-Index2", range(0, 31);
    }
}

enumerated! {
    /// α: the part of the PUSCH that control information may take.
    pub enum UciScaling { F0p5 = "f0p5", F0p65 = "f0p65", F0p8 = "f0p8", F1 = "f1" }
}
