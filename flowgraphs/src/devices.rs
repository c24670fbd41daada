//! `nrflow devices`: the radios there are, and what they can do.

use crate::radio_args::{self, RadioArgs};
use anyhow::bail;
use clap::Args;
use nrflow_blocks::radio::abilities::{ChannelAbilities, ValueRange, decibel, megahertz};
use nrflow_blocks::radio::{Abilities, BandAbilities, Device, DeviceSettings, Direction, Found, find};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;

/// Arguments of `nrflow devices`.
#[derive(Args, Debug)]
pub struct DevicesArgs {
    /// Look only at the devices with these SoapySDR arguments, as driver=uhd,serial=31A2
    #[arg(long, value_name = "ARGS")]
    device: Option<String>,
    /// Print one JSON object a device (docs/json.md)
    #[arg(long)]
    json: bool,
}

/// What became of one device.
#[derive(Serialize)]
#[serde(untagged)]
enum Looked {
    Open(Box<Abilities>),
    /// It could not be opened, or was not tried.
    Closed {
        arguments: String,
        driver: String,
        label: String,
        serial: String,
        /// Whether it is one that is used by itself.
        radio: bool,
        reason: String,
    },
}

#[derive(Serialize)]
struct Line<'a> {
    kind: &'static str,
    available: bool,
    /// What it cannot do, in words.
    cannot: Option<String>,
    #[serde(flatten)]
    device: &'a Looked,
}

/// Runs the command.
///
/// # Errors
/// If SoapySDR fails, the device that is named cannot be opened, or the output cannot be written.
pub fn command(args: &DevicesArgs) -> anyhow::Result<()> {
    let radio = RadioArgs { device: args.device.clone(), ..RadioArgs::default() };
    let settings = radio.settings(Direction::Rx, None, None)?;
    let found = find(&settings.arguments()?)?;
    let mut out = std::io::stdout().lock();
    if found.is_empty() && !settings.device.is_empty() {
        // Drivers need not find what they can open.
        show(&Looked::Open(Box::new(Device::open(&settings)?.abilities().clone())), args.json, &mut out)?;
        radio_args::say_warnings();
        return Ok(());
    }
    let (radios, others): (Vec<_>, Vec<_>) = found.iter().partition(|one| args.device.is_some() || !one.is_no_radio());
    let mut failed = None;
    let mut any = false;
    for device in radios {
        let looked = look(&settings, device);
        match &looked {
            Looked::Open(_) => any = true,
            Looked::Closed { reason, .. } => failed = Some(reason.clone()),
        }
        show(&looked, args.json, &mut out)?;
    }
    for device in &others {
        show(&closed(device, false, "not used unless it is named".to_string()), args.json, &mut out)?;
    }
    if found.len() == others.len() && !args.json {
        writeln!(
            out,
            "no devices found: is the radio plugged in, and the SoapySDR module for it installed (Debian: \
             soapysdr-module-...)? Modules are also looked for in SOAPY_SDR_PLUGIN_PATH."
        )?;
    }
    out.flush()?;
    radio_args::say_warnings();
    match failed {
        Some(reason) if args.device.is_some() && !any => bail!("{reason}"),
        _ => Ok(()),
    }
}

fn look(settings: &DeviceSettings, found: &Found) -> Looked {
    match Device::open_this(settings, found) {
        Ok(device) => Looked::Open(Box::new(device.abilities().clone())),
        Err(error) => closed(found, true, error.to_string()),
    }
}

fn closed(found: &Found, radio: bool, reason: String) -> Looked {
    Looked::Closed {
        arguments: found.short_arguments(),
        driver: found.driver().to_string(),
        label: found.label().to_string(),
        serial: found.serial().to_string(),
        radio,
        reason,
    }
}

fn show(device: &Looked, json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    if json {
        let (available, cannot) = match device {
            Looked::Open(abilities) => (true, abilities.cannot()),
            Looked::Closed { .. } => (false, None),
        };
        let line = Line { kind: "device", available, cannot, device };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
        return Ok(());
    }
    match device {
        Looked::Open(abilities) => section(abilities, out)?,
        Looked::Closed { arguments, label, reason, .. } => {
            writeln!(out, "{}", if label.is_empty() { arguments } else { label })?;
            row(out, 2, "arguments", arguments)?;
            row(out, 2, "not opened", reason)?;
        }
    }
    writeln!(out)?;
    Ok(())
}

/// Columns of a name, and of a whole line.
const NAME_WIDTH: usize = 16;
const LINE_WIDTH: usize = 100;

/// A name and its value, which goes on below itself where it is too long for a line.
fn row(out: &mut impl Write, indent: usize, name: &str, value: impl Display) -> std::io::Result<()> {
    let value = value.to_string();
    let margin = 2 + NAME_WIDTH + 2;
    let mut line = format!("{:indent$}{name:<width$}", "", width = margin - indent);
    for word in value.split_whitespace() {
        if line.len() + 1 + word.len() > LINE_WIDTH && line.trim().len() > name.len() {
            writeln!(out, "{}", line.trim_end())?;
            line = " ".repeat(margin);
        }
        line.push_str(word);
        line.push(' ');
    }
    writeln!(out, "{}", line.trim_end())
}

fn section(device: &Abilities, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}", device.name())?;
    row(out, 2, "arguments", &device.arguments)?;
    let serial = if device.serial.is_empty() { String::new() } else { format!(", serial {}", device.serial) };
    row(out, 2, "driver", format!("{}, hardware {}{serial}", device.driver, device.hardware))?;
    if let Some(cannot) = device.cannot() {
        row(out, 2, "limits", cannot)?;
    }
    if device.full_duplex {
        row(out, 2, "duplex", "full")?;
    }
    row(out, 2, "hardware time", if device.hardware_time { "yes" } else { "no" })?;
    for (name, sources) in [("clock sources", &device.clock_sources), ("time sources", &device.time_sources)] {
        if !sources.is_empty() {
            row(out, 2, name, sources.join(", "))?;
        }
    }
    for (name, channels) in [("receive", &device.rx), ("transmit", &device.tx)] {
        for (first, alike) in runs(channels) {
            let last = first + alike - 1;
            let which = if alike == 1 { format!("channel {first}") } else { format!("channels {first} to {last}") };
            row(out, 2, name, which)?;
            channel(&channels[first], out)?;
        }
    }
    carriers(device, out)
}

/// First channel and length of each run of channels that can do the same.
fn runs(channels: &[ChannelAbilities]) -> Vec<(usize, usize)> {
    let runs = channels.chunk_by(|a, b| a == b).map(<[_]>::len);
    runs.scan(0, |next, alike| Some((std::mem::replace(next, *next + alike), alike))).collect()
}

fn channel(can: &ChannelAbilities, out: &mut impl Write) -> std::io::Result<()> {
    row(out, 4, "frequency", megahertz(&can.frequency_hz))?;
    row(out, 4, "sample rate", megahertz(&can.sample_rate_hz))?;
    row(out, 4, "bandwidth", megahertz(&can.bandwidth_hz))?;
    let stages: Vec<_> =
        can.gain_stages.iter().map(|stage| format!("{} {}", stage.name, decibel(&stage.gain_db))).collect();
    let stages = if stages.is_empty() { String::new() } else { format!(" ({})", stages.join(", ")) };
    let agc = if can.agc { "; AGC" } else { "" };
    // Drivers add the ranges of the stages up; the steps of the sum mean nothing.
    let overall = ValueRange { step: 0.0, ..can.gain_db };
    row(out, 4, "gain", format!("{}{stages}{agc}", decibel(&overall)))?;
    row(out, 4, "antennas", can.antennas.join(", "))?;
    let correction = |name: &str, auto: bool, value: bool| match (auto, value) {
        (true, true) => Some(format!("{name} (auto or I,Q)")),
        (true, false) => Some(format!("{name} (auto)")),
        (false, true) => Some(format!("{name} (I,Q)")),
        (false, false) => None,
    };
    let corrections = [
        correction("DC offset", can.dc_offset_auto, can.dc_offset),
        correction("IQ balance", can.iq_balance_auto, can.iq_balance),
        can.ppm.then(|| "ppm".to_string()),
        can.lo_offset.then(|| "LO offset".to_string()),
    ];
    let corrections: Vec<_> = corrections.into_iter().flatten().collect();
    if !corrections.is_empty() {
        row(out, 4, "corrections", corrections.join(", "))?;
    }
    let own = |format: &String| can.native_format.as_ref() == Some(format);
    let formats: Vec<_> =
        can.formats.iter().map(|one| if own(one) { format!("{one} (native)") } else { one.clone() }).collect();
    row(out, 4, "formats", formats.join(", "))
}

fn carriers(device: &Abilities, out: &mut impl Write) -> std::io::Result<()> {
    let bands = |can: fn(&BandAbilities) -> bool| {
        let names = device.carriers.bands.iter().filter(|band| can(band)).map(|band| band.band.as_str());
        names.collect::<Vec<_>>().join(" ")
    };
    let ways = [
        ("NR downlink", bands(|b| b.receives_downlink), bands(|b| b.transmits_downlink)),
        ("NR uplink", bands(|b| b.receives_uplink), bands(|b| b.transmits_uplink)),
    ];
    for (name, receives, transmits) in ways {
        match (receives.is_empty(), transmits.is_empty()) {
            (true, true) => row(out, 2, name, "none")?,
            (false, false) if receives == transmits => {
                row(out, 2, name, format!("receives and transmits {receives}"))?;
            }
            (no_rx, no_tx) => {
                if !no_rx {
                    row(out, 2, name, format!("receives {receives}"))?;
                }
                if !no_tx {
                    row(out, 2, name, format!("transmits {transmits}"))?;
                }
            }
        }
    }
    let mut widest = BTreeMap::<u32, u16>::new();
    for (&scs_khz, &mhz) in device.carriers.bands.iter().flat_map(|band| &band.widest_mhz) {
        let known = widest.entry(scs_khz).or_default();
        *known = mhz.max(*known);
    }
    let widest: Vec<_> = widest.iter().map(|(scs_khz, mhz)| format!("{mhz} MHz at {scs_khz} kHz")).collect();
    row(out, 2, "widest channel", if widest.is_empty() { "none".to_string() } else { widest.join(", ") })
}
