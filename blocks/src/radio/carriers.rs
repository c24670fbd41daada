use super::abilities::{ChannelAbilities, ValueRange};
use nrflow::frame::{Band, Numerology};
use serde::Serialize;
use std::collections::BTreeMap;

/// What NR carriers a device can carry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Carriers {
    /// Whether a whole SS/PBCH block fits: 3.84 Msps at 15 kHz.
    pub ssb: bool,
    /// Bands that it can tune to as a whole, in one direction at least.
    pub bands: Vec<BandAbilities>,
}

/// What a device can do in a band.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BandAbilities {
    /// `n78`, say.
    pub band: String,
    /// Whether it receives the downlink.
    pub receives_downlink: bool,
    /// Whether it receives the uplink.
    pub receives_uplink: bool,
    /// Whether it transmits the downlink.
    pub transmits_downlink: bool,
    /// Whether it transmits the uplink.
    pub transmits_uplink: bool,
    /// The widest channel whose resource blocks fit into the device's highest sample rate, MHz, by subcarrier spacing in
    /// kHz.
    pub widest_mhz: BTreeMap<u32, u16>,
}

/// The lowest rate, Hz, at which the 240 subcarriers of an SS/PBCH block fit.
#[doc(alias = "TS 38.211 7.4.3.1")]
pub const SSB_RATE_HZ: f64 = 3.84e6;

impl Carriers {
    /// Of a device with these channels.
    pub fn new(rx: &[ChannelAbilities], tx: &[ChannelAbilities]) -> Self {
        let highest = |channels: &[ChannelAbilities]| {
            let rates = channels.iter().flat_map(|channel| &channel.sample_rate_hz);
            rates.map(|range| range.high).fold(0.0, f64::max)
        };
        let rate = highest(rx).max(highest(tx));
        let bands = Band::all().filter_map(|band| BandAbilities::new(band, rx, tx, rate)).collect();
        Self { ssb: highest(rx) >= SSB_RATE_HZ, bands }
    }
}

impl BandAbilities {
    fn new(band: Band, rx: &[ChannelAbilities], tx: &[ChannelAbilities], rate_hz: f64) -> Option<Self> {
        let tunes = |channels: &[ChannelAbilities], edges: Option<(u64, u64)>| {
            let Some((low, high)) = edges else { return false };
            let (low, high) = (low as f64, high as f64);
            let holds = |range: &ValueRange| range.low <= low && high <= range.high;
            channels.iter().any(|channel| channel.frequency_hz.iter().any(holds))
        };
        let widest = |numerology: Numerology| {
            let fits = |n_rb: u16| f64::from(n_rb) * 12.0 * f64::from(numerology.scs_hz()) <= rate_hz;
            let channels = band.channel_bandwidths(numerology).filter(|b| b.n_rb(numerology).is_some_and(fits));
            channels.map(|bandwidth| bandwidth.mhz()).max().map(|mhz| (numerology.scs_khz(), mhz))
        };
        let found = Self {
            band: band.to_string(),
            receives_downlink: tunes(rx, band.downlink_hz()),
            receives_uplink: tunes(rx, band.uplink_hz()),
            transmits_downlink: tunes(tx, band.downlink_hz()),
            transmits_uplink: tunes(tx, band.uplink_hz()),
            widest_mhz: Numerology::ALL.into_iter().filter_map(widest).collect(),
        };
        let any =
            found.receives_downlink || found.receives_uplink || found.transmits_downlink || found.transmits_uplink;
        (any && !found.widest_mhz.is_empty()).then_some(found)
    }
}
