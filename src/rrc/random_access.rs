use super::frequency::SubcarrierSpacing;
use super::uper::range;

sequence! {
    /// Random access parameters of the cell, TS 38.331 6.3.2.
    pub extensible struct RachConfigCommon [] {
        rach_config_generic: RachConfigGeneric = "rach-ConfigGeneric";
        /// 64 where absent.
        total_number_of_ra_preambles: Option<u8> = "totalNumberOfRA-Preambles", range(1, 63);
        ssb_per_rach_occasion: Option<SsbPerRachOccasionAndPreambles> = "ssb-perRACH-OccasionAndCB-PreamblesPerSSB";
        group_b_configured: Option<GroupBConfigured> = "groupBconfigured";
        ra_contention_resolution_timer: ContentionResolutionTimer = "ra-ContentionResolutionTimer";
        /// Value n stands for n - 156 dBm.
        rsrp_threshold_ssb: Option<u8> = "rsrp-ThresholdSSB", range(0, 127);
        /// Value n stands for n - 156 dBm.
        rsrp_threshold_ssb_sul: Option<u8> = "rsrp-ThresholdSSB-SUL", range(0, 127);
        prach_root_sequence_index: PrachRootSequenceIndex = "prach-RootSequenceIndex";
        /// For short preambles; for long ones it follows from the configuration index.
        msg1_subcarrier_spacing: Option<SubcarrierSpacing> = "msg1-SubcarrierSpacing";
        restricted_set_config: RestrictedSetConfig = "restrictedSetConfig";
        msg3_transform_precoder: bool = "msg3-transformPrecoder", "enabled";
    }
}

sequence! {
    /// The preamble's configuration.
    pub extensible struct RachConfigGeneric [] {
        /// Row of Tables 6.3.3.2-2 to -4 of TS 38.211.
        prach_configuration_index: u8 = "prach-ConfigurationIndex", range(0, 255);
        /// PRACH occasions side by side in frequency.
        msg1_fdm: Msg1Fdm = "msg1-FDM";
        /// First resource block of the lowest occasion, from the start of the bandwidth part.
        msg1_frequency_start: u16 = "msg1-FrequencyStart", range(0, 274);
        /// Row of Tables 6.3.3.1-5 to -7 of TS 38.211.
        zero_correlation_zone_config: u8 = "zeroCorrelationZoneConfig", range(0, 15);
        /// dBm, even.
        preamble_received_target_power: i16 = "preambleReceivedTargetPower", range(-202, -60);
        preamble_trans_max: PreambleTransMax = "preambleTransMax";
        power_ramping_step: PowerRampingStep = "powerRampingStep";
        /// Slots.
        ra_response_window: RaResponseWindow = "ra-ResponseWindow";
    }
}

enumerated! {
    /// 1, 2, 4 or 8.
    pub enum Msg1Fdm { One = "one", Two = "two", Four = "four", Eight = "eight" }
}

impl Msg1Fdm {
    /// The number itself.
    pub const fn get(self) -> usize {
        1 << self as usize
    }
}

enumerated! {
    /// Preambles before the attempt is given up.
    pub enum PreambleTransMax {
        N3 = "n3", N4 = "n4", N5 = "n5", N6 = "n6", N7 = "n7", N8 = "n8", N10 = "n10", N20 = "n20", N50 = "n50",
        N100 = "n100", N200 = "n200",
    }
}

enumerated! {
    /// dB.
    pub enum PowerRampingStep { Db0 = "dB0", Db2 = "dB2", Db4 = "dB4", Db6 = "dB6" }
}

enumerated! {
    /// Slots.
    pub enum RaResponseWindow {
        Sl1 = "sl1", Sl2 = "sl2", Sl4 = "sl4", Sl8 = "sl8", Sl10 = "sl10", Sl20 = "sl20", Sl40 = "sl40", Sl80 = "sl80",
    }
}

impl RaResponseWindow {
    /// The number of slots.
    pub const fn slots(self) -> usize {
        [1, 2, 4, 8, 10, 20, 40, 80][self as usize]
    }
}

choice! {
    /// SSBs that share a PRACH occasion (one eighth: an SSB has eight occasions), and contention-based preambles of
    /// each SSB.
    pub enum SsbPerRachOccasionAndPreambles {
        OneEighth(PreamblesPerSsb) = "oneEighth";
        OneFourth(PreamblesPerSsb) = "oneFourth";
        OneHalf(PreamblesPerSsb) = "oneHalf";
        One(PreamblesPerSsb) = "one";
        Two(PreamblesPerSsbTwo) = "two";
        Four(u8, range(1, 16)) = "four";
        Eight(u8, range(1, 8)) = "eight";
        Sixteen(u8, range(1, 4)) = "sixteen";
    }
}

enumerated! {
    /// Preambles.
    pub enum PreamblesPerSsb {
        N4 = "n4", N8 = "n8", N12 = "n12", N16 = "n16", N20 = "n20", N24 = "n24", N28 = "n28", N32 = "n32",
        N36 = "n36", N40 = "n40", N44 = "n44", N48 = "n48", N52 = "n52", N56 = "n56", N60 = "n60", N64 = "n64",
    }
}

impl PreamblesPerSsb {
    /// The number itself.
    pub const fn get(self) -> usize {
        4 * (self as usize + 1)
    }
}

enumerated! {
    /// Preambles.
    pub enum PreamblesPerSsbTwo {
        N4 = "n4", N8 = "n8", N12 = "n12", N16 = "n16", N20 = "n20", N24 = "n24", N28 = "n28", N32 = "n32",
    }
}

impl PreamblesPerSsbTwo {
    /// The number itself.
    pub const fn get(self) -> usize {
        4 * (self as usize + 1)
    }
}

enumerated! {
    /// SSBs that share a PRACH occasion.
    pub enum SsbPerRachOccasion {
        OneEighth = "oneEighth", OneFourth = "oneFourth", OneHalf = "oneHalf", One = "one", Two = "two",
        Four = "four", Eight = "eight", Sixteen = "sixteen",
    }
}

sequence! {
    /// Preambles of group B, with which a device asks for a longer Msg3.
    pub struct GroupBConfigured {
        ra_msg3_size_group_a: Msg3Size = "ra-Msg3SizeGroupA";
        message_power_offset_group_b: MessagePowerOffset = "messagePowerOffsetGroupB";
        number_of_ra_preambles_group_a: u8 = "numberOfRA-PreamblesGroupA", range(1, 64);
    }
}

enumerated! {
    /// Bits.
    pub enum Msg3Size {
        B56 = "b56", B144 = "b144", B208 = "b208", B256 = "b256", B282 = "b282", B480 = "b480", B640 = "b640",
        B800 = "b800", B1000 = "b1000", B72 = "b72", Spare6 = "spare6", Spare5 = "spare5", Spare4 = "spare4",
        Spare3 = "spare3", Spare2 = "spare2", Spare1 = "spare1",
    }
}

enumerated! {
    /// dB.
    pub enum MessagePowerOffset {
        MinusInfinity = "minusinfinity", Db0 = "dB0", Db5 = "dB5", Db8 = "dB8", Db10 = "dB10", Db12 = "dB12",
        Db15 = "dB15", Db18 = "dB18",
    }
}

enumerated! {
    /// Subframes.
    pub enum ContentionResolutionTimer {
        Sf8 = "sf8", Sf16 = "sf16", Sf24 = "sf24", Sf32 = "sf32", Sf40 = "sf40", Sf48 = "sf48", Sf56 = "sf56",
        Sf64 = "sf64",
    }
}

choice! {
    /// Root sequence of the preambles; its length is that of the preamble format.
    pub enum PrachRootSequenceIndex {
        L839(u16, range(0, 837)) = "l839";
        L139(u16, range(0, 137)) = "l139";
    }
}

enumerated! {
    /// Cyclic shifts for fast devices, TS 38.211 6.3.3.1.
    pub enum RestrictedSetConfig {
        UnrestrictedSet = "unrestrictedSet", TypeA = "restrictedSetTypeA", TypeB = "restrictedSetTypeB",
    }
}
