use crate::rrc::frequency::SubcarrierSpacing;
use crate::rrc::uper::{BitString, LongBitString, list, range};

sequence! {
    /// The LTE carrier whose cell-specific reference signals the PDSCH goes around, TS 38.214 5.1.4.2.
    pub struct RateMatchPatternLteCrs {
        /// Middle of the LTE carrier: subcarriers of 15 kHz from Point A.
        carrier_freq_dl: u16 = "carrierFreqDL", range(0, 16_383);
        carrier_bandwidth_dl: LteCarrierBandwidth = "carrierBandwidthDL";
        mbsfn_subframe_config_list: Option<Vec<LteMbsfnSubframeConfig>> = "mbsfn-SubframeConfigList", list(1, 8);
        nrof_crs_ports: LteCrsPorts = "nrofCRS-Ports";
        v_shift: LteCrsShift = "v-Shift";
    }
}

enumerated! {
    /// Resource blocks.
    pub enum LteCarrierBandwidth {
        N6 = "n6", N15 = "n15", N25 = "n25", N50 = "n50", N75 = "n75", N100 = "n100", Spare2 = "spare2",
        Spare1 = "spare1",
    }
}

sequence! {
    /// Subframes of the LTE carrier that are MBSFN and so have reference signals in their first symbols only.
    pub extensible struct LteMbsfnSubframeConfig [] {
        radioframe_allocation_period: LteMbsfnPeriod = "radioframeAllocationPeriod";
        radioframe_allocation_offset: u8 = "radioframeAllocationOffset", range(0, 7);
        subframe_allocation1: LteMbsfnSubframes = "subframeAllocation1";
        subframe_allocation2: Option<LteMbsfnSubframes2> = "subframeAllocation2";
    }
}

enumerated! {
    /// Radio frames.
    pub enum LteMbsfnPeriod { N1 = "n1", N2 = "n2", N4 = "n4", N8 = "n8", N16 = "n16", N32 = "n32" }
}

choice! {
    /// Subframes 1, 2, 3, 6, 7, 8 (FDD) or 3, 4, 7, 8, 9 (TDD) of one frame or four.
    pub enum LteMbsfnSubframes {
        OneFrame(BitString<6>) = "oneFrame";
        FourFrames(BitString<24>) = "fourFrames";
    }
}

choice! {
    /// Subframes 4 and 9 of one frame or four, where the LTE carrier may have those as well.
    pub enum LteMbsfnSubframes2 {
        OneFrame(BitString<2>) = "oneFrame";
        FourFrames(BitString<8>) = "fourFrames";
    }
}

enumerated! {
    /// Antenna ports of the LTE reference signals.
    pub enum LteCrsPorts { N1 = "n1", N2 = "n2", N4 = "n4" }
}

enumerated! {
    /// v_shift of the LTE reference signals, subcarriers.
    pub enum LteCrsShift { N0 = "n0", N1 = "n1", N2 = "n2", N3 = "n3", N4 = "n4", N5 = "n5" }
}

sequence! {
    /// Resource elements that the PDSCH goes around, TS 38.214 5.1.4.1.
    pub extensible struct RateMatchPattern [RateMatchPatternV1610] {
        rate_match_pattern_id: u8 = "rateMatchPatternId", range(0, 3);
        pattern_type: RateMatchPatternType = "patternType";
        /// That of the bitmaps of a pattern at cell level.
        subcarrier_spacing: Option<SubcarrierSpacing> = "subcarrierSpacing";
        dummy: RateMatchDummy = "dummy";
    }
}

sequence! {
    /// First addition to RateMatchPattern (Release 16).
    pub struct RateMatchPatternV1610 {
        control_resource_set: Option<u8> = "controlResourceSet-r16", range(0, 15);
    }
}

impl RateMatchPattern {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<RateMatchPatternV1610> {
        self.extension.get(0)
    }
}

choice! {
    /// Resource blocks and symbols, or those of a CORESET.
    pub enum RateMatchPatternType {
        Bitmaps(RateMatchBitmaps) = "bitmaps";
        /// Identity of the CORESET whose monitored places are gone around.
        ControlResourceSet(u8, range(0, 11)) = "controlResourceSet";
    }
}

sequence! {
    /// Resource blocks and symbols, and when.
    pub extensible struct RateMatchBitmaps [] {
        /// Common resource blocks (cell level) or those of the bandwidth part, the lowest one leftmost.
        resource_blocks: LongBitString<275> = "resourceBlocks";
        symbols_in_resource_block: RateMatchSymbols = "symbolsInResourceBlock";
        periodicity_and_pattern: Option<RateMatchSlots> = "periodicityAndPattern";
    }
}

choice! {
    /// Symbols of one slot or two, the first one leftmost.
    pub enum RateMatchSymbols {
        OneSlot(BitString<14>) = "oneSlot";
        TwoSlots(BitString<28>) = "twoSlots";
    }
}

choice! {
    /// The units of one or two slots in which the pattern is in force, a bit for each unit of a period; all where
    /// absent.
    pub enum RateMatchSlots {
        N2(BitString<2>) = "n2";
        N4(BitString<4>) = "n4";
        N5(BitString<5>) = "n5";
        N8(BitString<8>) = "n8";
        N10(BitString<10>) = "n10";
        N20(BitString<20>) = "n20";
        N40(BitString<40>) = "n40";
    }
}

enumerated! {
    /// Without meaning.
    pub enum RateMatchDummy { Dynamic = "dynamic", SemiStatic = "semiStatic" }
}

choice! {
    /// A pattern by its identity, either of the serving cell or of the bandwidth part.
    pub enum RateMatchPatternGroupEntry {
        CellLevel(u8, range(0, 3)) = "cellLevel";
        BwpLevel(u8, range(0, 3)) = "bwpLevel";
    }
}
