use super::error::DecodeError;
use super::frequency::{Bwp, NrMultiBandInfo, ScsSpecificCarrier};
use super::random_access::RachConfigCommon;
use super::uper::{Coded, Reader, Writer, list, range};
use super::value::Value;
use crate::ConfigError;

/// SetupRelease: a configuration that is given or taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupRelease<T> {
    /// `release`
    Release,
    /// `setup`
    Setup(T),
}

impl<T> SetupRelease<T> {
    /// The configuration, if this is `setup`.
    pub fn setup(&self) -> Option<&T> {
        match self {
            Self::Release => None,
            Self::Setup(config) => Some(config),
        }
    }
}

impl<T: Coded> Coded for SetupRelease<T> {
    type Bound = T::Bound;

    fn decode(reader: &mut Reader, bound: &T::Bound) -> Result<Self, DecodeError> {
        if reader.flag()? { Ok(Self::Setup(T::decode(reader, bound)?)) } else { Ok(Self::Release) }
    }

    fn encode(&self, writer: &mut Writer, bound: &T::Bound, name: &'static str) -> Result<(), ConfigError> {
        writer.flag(self.setup().is_some());
        self.setup().map_or(Ok(()), |config| config.encode(writer, bound, name))
    }

    /// A configuration stands for itself, without a level `setup`.
    fn value(&self) -> Value {
        self.setup().map_or_else(|| Value::Text("release".to_owned()), Coded::value)
    }
}

sequence! {
    /// The cell's uplink, TS 38.331 6.3.2.
    pub struct UplinkConfigCommonSib {
        frequency_info_ul: FrequencyInfoUlSib = "frequencyInfoUL";
        initial_uplink_bwp: BwpUplinkCommon = "initialUplinkBWP";
        time_alignment_timer_common: TimeAlignmentTimer = "timeAlignmentTimerCommon";
    }
}

sequence! {
    /// Bands and carriers of the uplink.
    pub extensible struct FrequencyInfoUlSib [] {
        /// That of the downlink where absent (TDD).
        frequency_band_list: Option<Vec<NrMultiBandInfo>> = "frequencyBandList", list(1, 8);
        /// NR-ARFCN of the uplink's Point A; that of the downlink where absent (TDD).
        absolute_frequency_point_a: Option<u32> = "absoluteFrequencyPointA", range(0, 3_279_165);
        scs_specific_carrier_list: Vec<ScsSpecificCarrier> = "scs-SpecificCarrierList", list(1, 5);
        /// dBm.
        p_max: Option<i8> = "p-Max", range(-30, 33);
        /// The uplink is shifted by 7.5 kHz.
        frequency_shift_7p5_khz: bool = "frequencyShift7p5khz", "true";
    }
}

sequence! {
    /// An uplink bandwidth part's common parameters.
    pub extensible struct BwpUplinkCommon [] {
        generic_parameters: Bwp = "genericParameters";
        rach_config_common: Option<SetupRelease<RachConfigCommon>> = "rach-ConfigCommon";
        pusch_config_common: Option<SetupRelease<PuschConfigCommon>> = "pusch-ConfigCommon";
        pucch_config_common: Option<SetupRelease<PucchConfigCommon>> = "pucch-ConfigCommon";
    }
}

sequence! {
    /// Common parameters of the PUSCH.
    pub extensible struct PuschConfigCommon [] {
        group_hopping_enabled_transform_precoding: bool = "groupHoppingEnabledTransformPrecoding", "enabled";
        /// Rows of the time domain allocation; the default table of TS 38.214 6.1.2.1.1 where absent.
        pusch_time_domain_allocation_list: Option<Vec<PuschTimeDomainAllocation>> =
            "pusch-TimeDomainAllocationList", list(1, 16);
        /// Units of 2 dB.
        msg3_delta_preamble: Option<i8> = "msg3-DeltaPreamble", range(-1, 6);
        /// dBm, even.
        p0_nominal_with_grant: Option<i16> = "p0-NominalWithGrant", range(-202, 24);
    }
}

sequence! {
    /// A row of the PUSCH time domain allocation.
    pub struct PuschTimeDomainAllocation {
        /// Slots from the DCI to the PUSCH; by numerology (1, 1, 2, 3) where absent.
        k2: Option<u8> = "k2", range(0, 32);
        mapping_type: MappingType = "mappingType";
        /// SLIV of TS 38.214 6.1.2.1.
        start_symbol_and_length: u8 = "startSymbolAndLength", range(0, 127);
    }
}

enumerated! {
    /// Where the DM-RS of an allocation begin, TS 38.211 7.4.1.1.2.
    pub enum MappingType { A = "typeA", B = "typeB" }
}

sequence! {
    /// Common parameters of the PUCCH.
    pub extensible struct PucchConfigCommon [] {
        /// Row of Table 9.2.1-1 of TS 38.213.
        pucch_resource_common: Option<u8> = "pucch-ResourceCommon", range(0, 15);
        pucch_group_hopping: PucchGroupHopping = "pucch-GroupHopping";
        /// n_ID; the cell identity where absent.
        hopping_id: Option<u16> = "hoppingId", range(0, 1023);
        /// dBm, even.
        p0_nominal: Option<i16> = "p0-nominal", range(-202, 24);
    }
}

enumerated! {
    /// Group and sequence hopping, TS 38.211 6.3.2.2.1.
    pub enum PucchGroupHopping { Neither = "neither", Enable = "enable", Disable = "disable" }
}

enumerated! {
    /// Milliseconds.
    pub enum TimeAlignmentTimer {
        Ms500 = "ms500", Ms750 = "ms750", Ms1280 = "ms1280", Ms1920 = "ms1920", Ms2560 = "ms2560", Ms5120 = "ms5120",
        Ms10240 = "ms10240", Infinity = "infinity",
    }
}
