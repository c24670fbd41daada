use super::pdsch::{McsTable, ResourceAllocation};
use super::pusch::{BetaOffsets, DmrsUplinkConfig, FrequencyHopping, TransformPrecoder};
use crate::rrc::uper::{BitString, list, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// Uplink transmissions without a DCI for each, TS 38.214 6.1.2.3.
    pub extensible struct ConfiguredGrantConfig [] {
        frequency_hopping: Option<FrequencyHopping> = "frequencyHopping";
        cg_dmrs_configuration: DmrsUplinkConfig = "cg-DMRS-Configuration";
        mcs_table: Option<McsTable> = "mcs-Table";
        mcs_table_transform_precoder: Option<McsTable> = "mcs-TableTransformPrecoder";
        uci_on_pusch: Option<SetupRelease<CgUciOnPusch>> = "uci-OnPUSCH";
        resource_allocation: ResourceAllocation = "resourceAllocation";
        rbg_size: bool = "rbg-Size", "config2";
        power_control_loop_to_use: PowerControlLoop = "powerControlLoopToUse";
        p0_pusch_alpha: u8 = "p0-PUSCH-Alpha", range(0, 29);
        transform_precoder: Option<TransformPrecoder> = "transformPrecoder";
        nrof_harq_processes: u8 = "nrofHARQ-Processes", range(1, 16);
        rep_k: RepK = "repK";
        rep_k_rv: Option<RepKRv> = "repK-RV";
        periodicity: GrantPeriodicity = "periodicity";
        /// Periods.
        configured_grant_timer: Option<u8> = "configuredGrantTimer", range(1, 64);
        rrc_configured_uplink_grant: Option<RrcConfiguredUplinkGrant> = "rrc-ConfiguredUplinkGrant";
    }
}

choice! {
    /// Offsets of which the DCI chooses one set, or one set for all.
    pub enum CgUciOnPusch {
        Dynamic(Vec<BetaOffsets>, list(1, 4)) = "dynamic";
        SemiStatic(BetaOffsets) = "semiStatic";
    }
}

enumerated! {
    /// Power control loop.
    pub enum PowerControlLoop { N0 = "n0", N1 = "n1" }
}

enumerated! {
    /// Repetitions.
    pub enum RepK { N1 = "n1", N2 = "n2", N4 = "n4", N8 = "n8" }
}

enumerated! {
    /// Redundancy versions of the repetitions.
    pub enum RepKRv { S1 = "s1-0231", S2 = "s2-0303", S3 = "s3-0000" }
}

enumerated! {
    /// Symbols: a number, or slots times the symbols of a slot.
    pub enum GrantPeriodicity {
        Sym2 = "sym2", Sym7 = "sym7", Sym1x14 = "sym1x14", Sym2x14 = "sym2x14", Sym4x14 = "sym4x14",
        Sym5x14 = "sym5x14", Sym8x14 = "sym8x14", Sym10x14 = "sym10x14", Sym16x14 = "sym16x14", Sym20x14 = "sym20x14",
        Sym32x14 = "sym32x14", Sym40x14 = "sym40x14", Sym64x14 = "sym64x14", Sym80x14 = "sym80x14",
        Sym128x14 = "sym128x14", Sym160x14 = "sym160x14", Sym256x14 = "sym256x14", Sym320x14 = "sym320x14",
        Sym512x14 = "sym512x14", Sym640x14 = "sym640x14", Sym1024x14 = "sym1024x14", Sym1280x14 = "sym1280x14",
        Sym2560x14 = "sym2560x14", Sym5120x14 = "sym5120x14", Sym6 = "sym6", Sym1x12 = "sym1x12", Sym2x12 = "sym2x12",
        Sym4x12 = "sym4x12", Sym5x12 = "sym5x12", Sym8x12 = "sym8x12", Sym10x12 = "sym10x12", Sym16x12 = "sym16x12",
        Sym20x12 = "sym20x12", Sym32x12 = "sym32x12", Sym40x12 = "sym40x12", Sym64x12 = "sym64x12",
        Sym80x12 = "sym80x12", Sym128x12 = "sym128x12", Sym160x12 = "sym160x12", Sym256x12 = "sym256x12",
        Sym320x12 = "sym320x12", Sym512x12 = "sym512x12", Sym640x12 = "sym640x12", Sym1280x12 = "sym1280x12",
        Sym2560x12 = "sym2560x12",
    }
}

sequence! {
    /// The grant itself (type 1); without it a DCI switches the grant on (type 2).
    pub extensible struct RrcConfiguredUplinkGrant [] {
        /// Slots from SFN 0.
        time_domain_offset: u16 = "timeDomainOffset", range(0, 5119);
        /// Row of the time domain allocation, less one.
        time_domain_allocation: u8 = "timeDomainAllocation", range(0, 15);
        frequency_domain_allocation: BitString<18> = "frequencyDomainAllocation";
        antenna_port: u8 = "antennaPort", range(0, 31);
        dmrs_seq_initialization: Option<u8> = "dmrs-SeqInitialization", range(0, 1);
        precoding_and_number_of_layers: u8 = "precodingAndNumberOfLayers", range(0, 63);
        srs_resource_indicator: Option<u8> = "srs-ResourceIndicator", range(0, 15);
        mcs_and_tbs: u8 = "mcsAndTBS", range(0, 31);
        frequency_hopping_offset: Option<u16> = "frequencyHoppingOffset", range(1, 274);
        pathloss_reference_index: u8 = "pathlossReferenceIndex", range(0, 3);
    }
}
