use super::rate_match::{RateMatchPattern, RateMatchPatternLteCrs};
use super::shapes::RACH_CONFIG_DEDICATED;
use crate::rrc::downlink::BwpDownlinkCommon;
use crate::rrc::frequency::{ScsSpecificCarrier, SubcarrierSpacing};
use crate::rrc::mib::DmrsTypeAPosition;
use crate::rrc::serving_cell::TimingAdvanceOffset;
use crate::rrc::skip::Skipped;
use crate::rrc::tdd::TddUlDlConfigCommon;
use crate::rrc::uper::{BitString, list, list_of, range};
use crate::rrc::uplink::{BwpUplinkCommon, SetupRelease, TimeAlignmentTimer};

sequence! {
    /// A change of the special cell: the device starts with random access in the cell described here.
    pub extensible struct ReconfigurationWithSync [] {
        sp_cell_config_common: Option<ServingCellConfigCommon> = "spCellConfigCommon";
        /// C-RNTI in the new cell.
        new_ue_identity: u16 = "newUE-Identity", range(0, 65535);
        t304: T304 = "t304";
        rach_config_dedicated: Option<RachConfigDedicated> = "rach-ConfigDedicated";
    }
}

sequence! {
    /// What SIB1 says to all, told to a device that does not read it: the common configuration of a cell.
    pub extensible struct ServingCellConfigCommon [] {
        phys_cell_id: Option<u16> = "physCellId", range(0, 1007);
        downlink_config_common: Option<DownlinkConfigCommon> = "downlinkConfigCommon";
        uplink_config_common: Option<UplinkConfigCommon> = "uplinkConfigCommon";
        supplementary_uplink_config: Option<UplinkConfigCommon> = "supplementaryUplinkConfig";
        n_timing_advance_offset: Option<TimingAdvanceOffset> = "n-TimingAdvanceOffset";
        ssb_positions_in_burst: Option<SsbPositions> = "ssb-PositionsInBurst";
        ssb_periodicity_serving_cell: Option<SsbPeriodicityDedicated> = "ssb-periodicityServingCell";
        dmrs_type_a_position: DmrsTypeAPosition = "dmrs-TypeA-Position";
        lte_crs_to_match_around: Option<SetupRelease<RateMatchPatternLteCrs>> = "lte-CRS-ToMatchAround";
        rate_match_pattern_to_add_mod_list: Option<Vec<RateMatchPattern>> =
            "rateMatchPatternToAddModList", list(1, 4);
        rate_match_pattern_to_release_list: Option<Vec<u8>> =
            "rateMatchPatternToReleaseList", list_of(1, 4, range(0, 3));
        ssb_subcarrier_spacing: Option<SubcarrierSpacing> = "ssbSubcarrierSpacing";
        tdd_ul_dl_configuration_common: Option<TddUlDlConfigCommon> = "tdd-UL-DL-ConfigurationCommon";
        /// Average energy of the SSS resource elements, dBm.
        ss_pbch_block_power: i8 = "ss-PBCH-BlockPower", range(-60, 50);
    }
}

sequence! {
    /// The downlink of a cell.
    pub extensible struct DownlinkConfigCommon [] {
        frequency_info_dl: Option<FrequencyInfoDl> = "frequencyInfoDL";
        initial_downlink_bwp: Option<BwpDownlinkCommon> = "initialDownlinkBWP";
    }
}

sequence! {
    /// Bands and carriers of a downlink.
    pub extensible struct FrequencyInfoDl [] {
        /// NR-ARFCN of the SSB; the cell has none where absent.
        absolute_frequency_ssb: Option<u32> = "absoluteFrequencySSB", range(0, 3_279_165);
        frequency_band_list: Vec<u16> = "frequencyBandList", list_of(1, 8, range(1, 1024));
        /// NR-ARFCN of Point A.
        absolute_frequency_point_a: u32 = "absoluteFrequencyPointA", range(0, 3_279_165);
        scs_specific_carrier_list: Vec<ScsSpecificCarrier> = "scs-SpecificCarrierList", list(1, 5);
    }
}

sequence! {
    /// The uplink of a cell.
    pub struct UplinkConfigCommon {
        frequency_info_ul: Option<FrequencyInfoUl> = "frequencyInfoUL";
        initial_uplink_bwp: Option<BwpUplinkCommon> = "initialUplinkBWP";
        /// Without meaning.
        dummy: TimeAlignmentTimer = "dummy";
    }
}

sequence! {
    /// Bands and carriers of an uplink.
    pub extensible struct FrequencyInfoUl [] {
        frequency_band_list: Option<Vec<u16>> = "frequencyBandList", list_of(1, 8, range(1, 1024));
        /// NR-ARFCN of the uplink's Point A; that of the downlink where absent (TDD).
        absolute_frequency_point_a: Option<u32> = "absoluteFrequencyPointA", range(0, 3_279_165);
        scs_specific_carrier_list: Vec<ScsSpecificCarrier> = "scs-SpecificCarrierList", list(1, 5);
        additional_spectrum_emission: Option<u8> = "additionalSpectrumEmission", range(0, 7);
        /// dBm.
        p_max: Option<i8> = "p-Max", range(-30, 33);
        /// The uplink is shifted by 7.5 kHz.
        frequency_shift_7p5_khz: bool = "frequencyShift7p5khz", "true";
    }
}

choice! {
    /// The SSBs of a half-frame that the cell transmits, SSB 0 first; L_max of them, TS 38.213 4.1.
    pub enum SsbPositions {
        ShortBitmap(BitString<4>) = "shortBitmap";
        MediumBitmap(BitString<8>) = "mediumBitmap";
        LongBitmap(BitString<64>) = "longBitmap";
    }
}

enumerated! {
    /// Period of the SSB half-frames; 5 ms where absent.
    pub enum SsbPeriodicityDedicated {
        Ms5 = "ms5", Ms10 = "ms10", Ms20 = "ms20", Ms40 = "ms40", Ms80 = "ms80", Ms160 = "ms160", Spare2 = "spare2",
        Spare1 = "spare1",
    }
}

enumerated! {
    /// Milliseconds.
    pub enum T304 {
        Ms50 = "ms50", Ms100 = "ms100", Ms150 = "ms150", Ms200 = "ms200", Ms500 = "ms500", Ms1000 = "ms1000",
        Ms2000 = "ms2000", Ms10000 = "ms10000",
    }
}

choice! {
    /// Random access without contention, and the carrier it is meant for; read over.
    pub enum RachConfigDedicated {
        Uplink(Skipped, RACH_CONFIG_DEDICATED) = "uplink";
        SupplementaryUplink(Skipped, RACH_CONFIG_DEDICATED) = "supplementaryUplink";
    }
}
