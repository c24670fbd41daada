use crate::ConfigError;
use crate::frame::{BandwidthPart, Carrier, Numerology};
use crate::rrc::{
    Bwp, BwpDownlinkCommon, BwpDownlinkDedicated, BwpUplinkCommon, BwpUplinkDedicated, ScsSpecificCarrier,
    ServingCellConfig, ServingCellConfigCommonSib, SetupRelease,
};

/// What is configured, if anything.
pub(super) fn setup<T>(config: &Option<SetupRelease<T>>) -> Option<&T> {
    config.as_ref().and_then(SetupRelease::setup)
}

/// A downlink bandwidth part as RRC describes it.
pub(super) struct DownlinkPart<'a> {
    pub common: &'a BwpDownlinkCommon,
    pub dedicated: Option<&'a BwpDownlinkDedicated>,
    pub bwp: BandwidthPart,
}

/// An uplink bandwidth part as RRC describes it.
pub(super) struct UplinkPart<'a> {
    pub common: &'a BwpUplinkCommon,
    pub dedicated: Option<&'a BwpUplinkDedicated>,
    pub bwp: BandwidthPart,
}

fn missing(parameter: &'static str, id: u8) -> ConfigError {
    ConfigError::new(parameter, id, "names no bandwidth part that is configured", "TS 38.213 12")
}

/// The carrier of a numerology in a list, and a bandwidth part in it.
fn located(
    generic: &Bwp,
    carriers: &[ScsSpecificCarrier],
    numerology: Numerology,
) -> Result<(Carrier, BandwidthPart), ConfigError> {
    let spacing = generic.subcarrier_spacing;
    if spacing.numerology() != Some(numerology) {
        let got = format!("{:?} kHz", spacing.khz());
        let rule = format!("must be that of the received slots, {} kHz", numerology.scs_khz());
        return Err(ConfigError::new("subcarrierSpacing", got, rule, "TS 38.331 BWP"));
    }
    let Some(carrier) = carriers.iter().find(|carrier| carrier.subcarrier_spacing == spacing) else {
        let rule = "has no carrier of this spacing";
        return Err(ConfigError::new("scs-SpecificCarrierList", spacing.khz().unwrap_or(0), rule, "TS 38.331 BWP"));
    };
    let carrier =
        Carrier::new(numerology, generic.cyclic_prefix(), carrier.offset_to_carrier, carrier.carrier_bandwidth)?;
    let (start, size) = generic.start_and_size();
    let bwp = BandwidthPart::new(&carrier, carrier.start_crb().saturating_add(start), size)?;
    Ok((carrier, bwp))
}

/// Downlink bandwidth part `id` and its carrier.
pub(super) fn downlink<'a>(
    common: &'a ServingCellConfigCommonSib,
    own: &'a ServingCellConfig,
    id: u8,
    numerology: Numerology,
) -> Result<(Carrier, DownlinkPart<'a>), ConfigError> {
    let config = &common.downlink_config_common;
    let (common, dedicated) = if id == 0 {
        (&config.initial_downlink_bwp, own.initial_downlink_bwp.as_ref())
    } else {
        let mut parts = own.downlink_bwp_to_add_mod_list.iter().flatten();
        let part = parts.find(|part| part.bwp_id == id).ok_or_else(|| missing("downlink bwp-Id", id))?;
        (part.bwp_common.as_ref().ok_or_else(|| missing("bwp-Common of bwp-Id", id))?, part.bwp_dedicated.as_ref())
    };
    let carriers = &config.frequency_info_dl.scs_specific_carrier_list;
    let (carrier, bwp) = located(&common.generic_parameters, carriers, numerology)?;
    Ok((carrier, DownlinkPart { common, dedicated, bwp }))
}

/// Uplink bandwidth part `id`, and the size of the initial one.
pub(super) fn uplink<'a>(
    common: &'a ServingCellConfigCommonSib,
    own: &'a ServingCellConfig,
    id: u8,
    numerology: Numerology,
) -> Result<(UplinkPart<'a>, u16), ConfigError> {
    let absent = || ConfigError::new("uplinkConfigCommon", "absent", "a connected device has an uplink", "TS 38.331");
    let config = common.uplink_config_common.as_ref().ok_or_else(absent)?;
    let initial_size = config.initial_uplink_bwp.generic_parameters.start_and_size().1;
    let own = own.uplink_config.as_ref();
    let (common, dedicated) = if id == 0 {
        (&config.initial_uplink_bwp, own.and_then(|own| own.initial_uplink_bwp.as_ref()))
    } else {
        let mut parts = own.into_iter().flat_map(|own| own.uplink_bwp_to_add_mod_list.iter().flatten());
        let part = parts.find(|part| part.bwp_id == id).ok_or_else(|| missing("uplink bwp-Id", id))?;
        (part.bwp_common.as_ref().ok_or_else(|| missing("bwp-Common of bwp-Id", id))?, part.bwp_dedicated.as_ref())
    };
    let carriers = &config.frequency_info_ul.scs_specific_carrier_list;
    let (_, bwp) = located(&common.generic_parameters, carriers, numerology)?;
    Ok((UplinkPart { common, dedicated, bwp }, initial_size))
}
