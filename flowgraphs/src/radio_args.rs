//! Flags and file that say what device is used, and how.

use anyhow::Context;
use clap::Args;
use nrflow_blocks::radio::{Abilities, Correction, Device, DeviceSettings, Direction, WireFormat, log};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Flags of a device; each wins over what `--radio FILE` says. Sample rate and frequency are flags of the command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Radio")]
pub struct RadioArgs {
    /// SoapySDR's device arguments, as driver=uhd,serial=31A2; 'any' for the only radio there is;
    /// driver=zmq,rx_port=tcp://localhost:2001,tx_port=tcp://*:2000,base_srate=23.04e6 for another program over ZeroMQ
    #[arg(long, value_name = "ARGS")]
    pub device: Option<String>,
    /// Settings of the device from a file (TOML), in its table 'radio'
    #[arg(long, value_name = "FILE")]
    pub radio: Option<PathBuf>,
    /// Channels, as 0,1
    #[arg(long, value_delimiter = ',')]
    pub channels: Vec<usize>,
    /// Antenna port, by the device's name
    #[arg(long)]
    pub antenna: Option<String>,
    /// Master clock rate in Hz
    #[arg(long, value_name = "HZ")]
    pub master_clock: Option<f64>,
    /// Width of the analogue filter in Hz
    #[arg(long, value_name = "HZ")]
    pub bandwidth: Option<f64>,
    /// How far the local oscillator stands above the centre frequency, in Hz
    #[arg(long, value_name = "HZ", allow_negative_numbers = true)]
    pub lo_offset: Option<f64>,
    /// Overall gain in dB
    #[arg(long, value_name = "DB", allow_negative_numbers = true)]
    pub gain: Option<f64>,
    /// Gain of a stage in dB, as LNA=16; may be given several times
    #[arg(long, value_name = "NAME=DB", value_parser = parse_stage)]
    pub stage_gain: Vec<(String, f64)>,
    /// Let the device set its gain
    #[arg(long)]
    pub agc: bool,
    /// Source of the reference clock, as external
    #[arg(long, value_name = "NAME")]
    pub clock_source: Option<String>,
    /// Source of the time, as gpsdo
    #[arg(long, value_name = "NAME")]
    pub time_source: Option<String>,
    /// By how much the device's reference is too fast, in parts per million
    #[arg(long, allow_negative_numbers = true)]
    pub reference_ppm: Option<f64>,
    /// Correction of the DC offset: auto, or I,Q of full scale
    #[arg(long, value_name = "auto|I,Q", allow_hyphen_values = true)]
    pub dc_offset: Option<Correction>,
    /// Correction of the balance of I and Q: auto, or I,Q
    #[arg(long, value_name = "auto|I,Q", allow_hyphen_values = true)]
    pub iq_balance: Option<Correction>,
    /// How samples travel: CS8, CS16 or CF32 [default: the device's own way]
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    pub wire_format: Option<WireFormat>,
    /// Arguments of the stream, as num_recv_frames=512; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair, value_delimiter = ',')]
    pub stream_args: Vec<(String, String)>,
    /// A setting of the driver's own, as biastee=true; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub device_setting: Vec<(String, String)>,
    /// The device waits for its reader or writer, as one does that replays or simulates
    #[arg(long)]
    pub wait: bool,
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_string(), value.trim().to_string())),
        _ => Err(format!("'{text}' is not NAME=VALUE")),
    }
}

fn parse_stage(text: &str) -> Result<(String, f64), String> {
    let (name, value) = parse_pair(text)?;
    let db = value.parse().map_err(|_| format!("'{value}' is no gain in dB"))?;
    Ok((name, db))
}

fn parse_format(text: &str) -> Result<WireFormat, String> {
    WireFormat::from_name(text).ok_or_else(|| {
        let names = WireFormat::ALL.map(WireFormat::name).join(", ");
        format!("'{text}' is none of {names}")
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RadioFile {
    radio: DeviceSettings,
}

/// The device that `--device any` names.
const ANY: &str = "any";

impl RadioArgs {
    /// Whether a device was asked for at all.
    pub const fn is_given(&self) -> bool {
        self.device.is_some() || self.radio.is_some()
    }

    /// All that is said of the device, the flags as far as they concern one direction in that direction.
    ///
    /// # Errors
    /// If the file cannot be read, or a value is impossible for any device.
    pub fn settings(
        &self,
        direction: Direction,
        rate_hz: Option<f64>,
        frequency_hz: Option<f64>,
    ) -> anyhow::Result<DeviceSettings> {
        let mut settings = self.radio.as_deref().map(read).transpose()?.unwrap_or_default();
        if let Some(device) = &self.device {
            settings.device = if device.eq_ignore_ascii_case(ANY) { String::new() } else { device.clone() };
        }
        settings.wait |= self.wait;
        replace(&mut settings.master_clock_rate_hz, &self.master_clock);
        replace(&mut settings.clock_source, &self.clock_source);
        replace(&mut settings.time_source, &self.time_source);
        settings.ppm = self.reference_ppm.unwrap_or(settings.ppm);
        settings.settings.extend(self.device_setting.iter().cloned());
        let path = settings.path_mut(direction);
        if !self.channels.is_empty() {
            path.channels.clone_from(&self.channels);
        }
        replace(&mut path.antenna, &self.antenna);
        replace(&mut path.sample_rate_hz, &rate_hz);
        replace(&mut path.bandwidth_hz, &self.bandwidth);
        replace(&mut path.frequency_hz, &frequency_hz);
        replace(&mut path.lo_offset_hz, &self.lo_offset);
        if self.gain.is_some() || !self.stage_gain.is_empty() || self.agc {
            // Whoever says one of them on the command line does not mean the others of the file.
            (path.gain_db, path.agc) = (self.gain, self.agc.then_some(true));
            path.stage_gains_db = self.stage_gain.iter().cloned().collect();
        }
        replace(&mut path.dc_offset, &self.dc_offset);
        replace(&mut path.iq_balance, &self.iq_balance);
        replace(&mut path.wire_format, &self.wire_format);
        path.stream_arguments.extend(self.stream_args.iter().cloned());
        settings.check()?;
        Ok(settings)
    }
}

fn replace<T: Clone>(value: &mut Option<T>, flag: &Option<T>) {
    if flag.is_some() {
        value.clone_from(flag);
    }
}

fn read(path: &Path) -> anyhow::Result<DeviceSettings> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let file: RadioFile = toml::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(file.radio)
}

/// Opens the device, and says on stderr what it is and, in a line, what it cannot do.
///
/// # Errors
/// A sentence on why it cannot be opened.
pub fn open(settings: &DeviceSettings) -> anyhow::Result<Device> {
    anyhow::ensure!(
        !settings.is_peer(),
        "driver=zmq is another program, which cannot be tuned, and nrflow with the feature zmq has it for decode, record, \
         antenna, transmit and link"
    );
    let device = Device::open(settings)?;
    eprintln!("nrflow: {}", introduction(device.abilities()));
    say_notes(&device);
    Ok(device)
}

fn introduction(abilities: &Abilities) -> String {
    let serial = if abilities.serial.is_empty() { String::new() } else { format!(", serial {}", abilities.serial) };
    let cannot = abilities.cannot().map_or_else(String::new, |cannot| format!("; {cannot}"));
    format!("{} (driver {}{serial}){cannot}", abilities.name(), abilities.driver)
}

/// Says on stderr what the device rounded or does otherwise than asked, and what its driver warned of.
pub fn say_notes(device: &Device) {
    for note in device.take_notes() {
        eprintln!("nrflow: {note}");
    }
    say_warnings();
}

/// Says on stderr what drivers warned of.
pub fn say_warnings() {
    for line in log::notices().take() {
        eprintln!("nrflow: driver: {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        radio: RadioArgs,
    }

    fn args(flags: &[&str]) -> RadioArgs {
        Cli::try_parse_from(std::iter::once("x").chain(flags.iter().copied())).unwrap().radio
    }

    #[test]
    fn flags_win_over_the_file() {
        let path = std::env::temp_dir().join(format!("nrflow-radio-{}.toml", std::process::id()));
        let text = r#"
            [radio]
            device = "driver=uhd,serial=7"
            master_clock_rate_hz = 184.32e6
            clock_source = "external"
            time_source = "gpsdo"
            ppm = -1.5
            wait = true
            settings = { biastee = "true" }
            [radio.rx]
            channels = [0, 1]
            antenna = "RX2"
            sample_rate_hz = 23.04e6
            bandwidth_hz = 20e6
            frequency_hz = 3.5e9
            lo_offset_hz = 12e6
            stage_gains_db = { LNA = 16, VGA = 20 }
            dc_offset = "auto"
            iq_balance = [0.01, -0.02]
            wire_format = "CS16"
            stream_arguments = { num_recv_frames = "512" }
            [radio.tx]
            gain_db = 30
        "#;
        std::fs::write(&path, text).unwrap();
        let file = path.to_str().unwrap();
        let read = args(&["--radio", file]).settings(Direction::Rx, None, None).unwrap();
        assert_eq!((read.device.as_str(), read.ppm, read.wait), ("driver=uhd,serial=7", -1.5, true));
        assert_eq!(read.rx.iq_balance, Some(Correction::Value(0.01, -0.02)));
        assert_eq!((read.rx.dc_offset, read.rx.stage_gains_db["VGA"]), (Some(Correction::Auto), 20.0));
        assert_eq!((read.tx.gain_db, &read.tx.channels[..]), (Some(30.0), &[0][..]));
        assert_eq!(read.arguments().unwrap().last().unwrap().1, "184320000");
        let flags = [
            "--radio",
            file,
            "--device",
            "any",
            "--gain",
            "-3",
            "--channels",
            "2",
            "--reference-ppm",
            "-0.5",
            "--dc-offset",
            "-0.1,0.2",
            "--wire-format",
            "cf32",
            "--stream-args",
            "a=1,b=2",
            "--device-setting",
            "biastee=false",
        ];
        let both = args(&flags).settings(Direction::Rx, Some(30.72e6), Some(2.1e9)).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!((both.device.as_str(), both.ppm), ("", -0.5));
        assert_eq!((both.rx.gain_db, both.rx.stage_gains_db.len()), (Some(-3.0), 0));
        assert_eq!((both.rx.sample_rate_hz, both.rx.frequency_hz), (Some(30.72e6), Some(2.1e9)));
        assert_eq!(both.rx.dc_offset, Some(Correction::Value(-0.1, 0.2)));
        assert_eq!((both.rx.wire_format, both.rx.channels.len()), (Some(WireFormat::Cf32), 1));
        assert_eq!((both.rx.stream_arguments.len(), both.settings["biastee"].as_str()), (3, "false"));
        assert_eq!(both.rx.antenna.as_deref(), Some("RX2"), "what no flag says stays");
    }

    #[test]
    fn impossible_values_are_named() {
        let refused = |flags: &[&str], word: &str| {
            let error = args(flags).settings(Direction::Tx, None, None).unwrap_err();
            let error = format!("{error:#}");
            assert!(error.contains(word), "{flags:?}: '{word}' is not in: {error}");
        };
        refused(&["--device", "uhd"], "'uhd' is not name=value");
        refused(&["--channels", "0,0"], "different");
        refused(&["--channels", "0,1,2,3,4"], "one to 4");
        refused(&["--gain", "3", "--agc"], "AGC");
        refused(&["--gain", "3", "--stage-gain", "LNA=3"], "stages");
        refused(&["--bandwidth", "0"], "bandwidth 0 Hz");
        refused(&["--gain", "NaN"], "finite");
        refused(&["--reference-ppm", "5000"], "-1000..=1000");
        refused(&["--dc-offset", "2,0"], "DC offset 2,0");
        refused(&["--radio", "/nowhere.toml"], "/nowhere.toml");
        for flags in
            [["--stage-gain", "LNA"], ["--stage-gain", "LNA=x"], ["--dc-offset", "1"], ["--wire-format", "CF64"]]
        {
            assert!(Cli::try_parse_from(["x", flags[0], flags[1]]).is_err(), "{flags:?}");
        }
    }
}
