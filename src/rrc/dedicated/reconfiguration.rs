use super::rate_match::{RateMatchPattern, RateMatchPatternLteCrs};
use super::shapes::RACH_CONFIG_DEDICATED;
use crate::ConfigError;
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

impl SsbPositions {
    /// Indices of the transmitted SSBs.
    #[doc(alias = "TS 38.213 4.1")]
    pub fn indices(&self) -> Vec<usize> {
        match self {
            Self::ShortBitmap(bits) => bits.ones().collect(),
            Self::MediumBitmap(bits) => bits.ones().collect(),
            Self::LongBitmap(bits) => bits.ones().collect(),
        }
    }

    /// L_max: the bitmap's length.
    pub const fn l_max(&self) -> u8 {
        match self {
            Self::ShortBitmap(_) => 4,
            Self::MediumBitmap(_) => 8,
            Self::LongBitmap(_) => 64,
        }
    }

    /// Of the SSBs `indices` of a cell with `l_max` candidates.
    ///
    /// # Errors
    /// If `l_max` is none of 4, 8 and 64, there is no index, or one is not below it.
    pub fn of_indices(indices: &[u8], l_max: u8) -> Result<Self, ConfigError> {
        const NAME: &str = "ssb-PositionsInBurst";
        const CLAUSE: &str = "TS 38.213 4.1";
        if indices.is_empty() {
            return Err(ConfigError::new(NAME, "none", "a cell transmits at least one SSB", CLAUSE));
        }
        if let Some(index) = indices.iter().find(|index| **index >= l_max.min(64)) {
            return Err(ConfigError::new(NAME, index, format!("must be below L_max, {l_max}"), CLAUSE));
        }
        let bits = indices.iter().fold(0, |bits, index| bits | 1 << (l_max - 1 - index));
        match l_max {
            4 => Ok(Self::ShortBitmap(BitString(bits))),
            8 => Ok(Self::MediumBitmap(BitString(bits))),
            64 => Ok(Self::LongBitmap(BitString(bits))),
            _ => Err(ConfigError::new("L_max", l_max, "must be 4, 8 or 64", CLAUSE)),
        }
    }
}

enumerated! {
    /// Period of the SSB half-frames; 5 ms where absent.
    pub enum SsbPeriodicityDedicated {
        Ms5 = "ms5", Ms10 = "ms10", Ms20 = "ms20", Ms40 = "ms40", Ms80 = "ms80", Ms160 = "ms160", Spare2 = "spare2",
        Spare1 = "spare1",
    }
}

impl SsbPeriodicityDedicated {
    /// Milliseconds; `None` for the spare values.
    pub const fn ms(self) -> Option<u32> {
        match self {
            Self::Spare2 | Self::Spare1 => None,
            known => Some(5 << known as u32),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmaps_and_indices_are_each_others_inverse() {
        for l_max in [4u8, 8, 64] {
            for step in 1..l_max {
                let indices: Vec<u8> = (step / 2..l_max).step_by(step.into()).collect();
                let positions = SsbPositions::of_indices(&indices, l_max).unwrap();
                assert_eq!(positions.l_max(), l_max);
                assert_eq!(positions.indices(), indices.iter().map(|&i| usize::from(i)).collect::<Vec<_>>());
            }
            assert!(SsbPositions::of_indices(&[l_max], l_max).is_err());
            assert!(SsbPositions::of_indices(&[], l_max).is_err());
        }
        // The leftmost bit is SSB 0.
        assert_eq!(SsbPositions::LongBitmap(BitString(1 << 63 | 1)).indices(), [0, 63]);
        assert!(SsbPositions::of_indices(&[0], 16).is_err());
        assert_eq!(SsbPeriodicityDedicated::Ms160.ms(), Some(160));
        assert_eq!(SsbPeriodicityDedicated::Spare1.ms(), None);
    }
}
