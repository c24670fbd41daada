//! Another program in place of a radio, named by `driver=zmq` in the device arguments: a virtual radio over ZeroMQ.

use anyhow::{Context, bail};
use nrflow_blocks::network::peer::{ZmqRadio, ZmqRadioSettings};
use nrflow_blocks::radio::{DeviceSettings, Direction, PathSettings};

/// The peer that `settings` name, its ports bound and connected, and what it is in words; none if they name a radio.
///
/// A direction that is not used is served all the same: the peer gets zeros, and what it sends is let go.
///
/// # Errors
/// If an argument is none of a peer's, a setting is one that only radios have, `sample_rate_hz` is given and is not the
/// rate of both, there is no port in `direction`, or an address is taken or none.
pub fn open(
    settings: &DeviceSettings,
    direction: Direction,
    sample_rate_hz: Option<f64>,
) -> anyhow::Result<Option<(ZmqRadio, String)>> {
    if !settings.is_peer() {
        return Ok(None);
    }
    let others: Vec<String> = settings
        .device
        .split(',')
        .filter(|pair| pair.split_once('=').is_none_or(|(name, _)| name.trim() != "driver"))
        .map(ToString::to_string)
        .collect();
    let has_rate = others.iter().any(|pair| pair.trim_start().starts_with("base_srate"));
    let mut peer: ZmqRadioSettings = others.join(",").parse().with_context(|| settings.device.clone())?;
    if let Some(rate_hz) = sample_rate_hz {
        let agrees = (rate_hz - peer.sample_rate_hz).abs() < 1e-6 * rate_hz;
        if has_rate && !agrees {
            bail!("sample rate {rate_hz} Hz, and base_srate={}: nothing is resampled there", peer.sample_rate_hz);
        }
        peer.set_sample_rate_hz(rate_hz)?;
    }
    if let Some(name) = only_of_radios(settings, settings.path(direction)) {
        bail!("{name}: a peer on the network (driver=zmq) has no such setting");
    }
    let (ports, name) = match direction {
        Direction::Rx => (&peer.rx, "rx_port=tcp://localhost:2001"),
        Direction::Tx => (&peer.tx, "tx_port=tcp://*:2000"),
    };
    if ports.is_empty() {
        bail!("{}: there is no port in that direction; add {name} say", settings.device);
    }
    let received = peer.rx.clone();
    let radio = ZmqRadio::open(&peer)?;
    let sends: Vec<String> = radio.addresses().iter().map(|address| format!("sends at {address}")).collect();
    let receives = received.iter().map(|address| format!("receives from {address}"));
    let ends: Vec<String> = sends.into_iter().chain(receives).collect();
    Ok(Some((radio, format!("ZeroMQ peer ({})", ends.join(", ")))))
}

/// A setting that was given and that only radios have.
fn only_of_radios(settings: &DeviceSettings, path: &PathSettings) -> Option<&'static str> {
    let given = [
        ("master clock rate", settings.master_clock_rate_hz.is_some()),
        ("clock source", settings.clock_source.is_some()),
        ("time source", settings.time_source.is_some()),
        ("reference ppm", settings.ppm != 0.0),
        ("device setting", !settings.settings.is_empty()),
        ("channels: each has a port of its own", path.channels != [0]),
        ("antenna", path.antenna.is_some()),
        ("bandwidth", path.bandwidth_hz.is_some()),
        ("LO offset", path.lo_offset_hz.is_some()),
        ("gain", path.gain_db.is_some() || !path.stage_gains_db.is_empty() || path.agc.is_some()),
        ("DC offset", path.dc_offset.is_some()),
        ("IQ balance", path.iq_balance.is_some()),
        ("wire format", path.wire_format.is_some()),
        ("stream arguments", !path.stream_arguments.is_empty()),
    ];
    given.into_iter().find_map(|(name, is)| is.then_some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(device: &str, rate_hz: Option<f64>, change: impl FnOnce(&mut DeviceSettings), word: &str) {
        let mut settings = DeviceSettings { device: device.to_string(), ..DeviceSettings::default() };
        change(&mut settings);
        let Err(error) = open(&settings, Direction::Rx, rate_hz) else { panic!("{device} is taken") };
        assert!(format!("{error:#}").contains(word), "{device}: {error:#}");
    }

    #[test]
    fn a_peer_is_told_from_a_radio_and_checked() {
        let radio = DeviceSettings { device: "driver=uhd,serial=3".to_string(), ..DeviceSettings::default() };
        assert!(open(&radio, Direction::Rx, None).unwrap().is_none());
        let device = "driver=zmq,tx_port=tcp://127.0.0.1:*,rx_port=tcp://127.0.0.1:9,base_srate=11.52e6".to_string();
        let peer = DeviceSettings { device, ..DeviceSettings::default() };
        let (opened, name) = open(&peer, Direction::Rx, Some(11.52e6)).unwrap().unwrap();
        assert!(name.contains(&opened.addresses()[0]) && name.contains("tcp://127.0.0.1:9"), "{name}");
        refused("driver=zmq", None, |_| {}, "needs a port");
        refused("driver=zmq,tx_port=tcp://127.0.0.1:*", None, |_| {}, "add rx_port");
        refused("driver=zmq,rx_port=nowhere", None, |_| {}, "no address");
        refused("driver=zmq,rx_port=tcp://127.0.0.1:9,gain=3", None, |_| {}, "known are");
        refused("driver=zmq,rx_port=tcp://127.0.0.1:9,base_srate=1e6", Some(2e6), |_| {}, "resampled");
        refused("driver=zmq,rx_port=tcp://127.0.0.1:9", None, |s| s.rx.gain_db = Some(3.0), "gain");
        refused("driver=zmq,rx_port=tcp://127.0.0.1:9", None, |s| s.rx.channels = vec![0, 1], "port of its own");
    }
}
