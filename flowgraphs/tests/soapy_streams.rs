//! Streams of one device through libSoapySDR itself, on virtual radios: both directions at once, in turns, and of a
//! device that disappears.
//!
//! The module is loaded in a child process: each test runs itself again with the module's folder in its environment.

#![cfg(feature = "soapy")]

mod virtual_radio;

use nrflow::Complex32;
use nrflow::kernel::Isa;
use nrflow_blocks::radio::{
    Chunk, Device, DeviceSettings, DeviceTime, Direction, PathSettings, Received, SampleInput, SampleOutput,
    SoapyInput, SoapyOutput, WireFormat, Written,
};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};
use virtual_radio::{finish, module_folder, text};

/// Whether this process is the child; else runs the test of this name in one.
fn in_child(test: &str) -> bool {
    if std::env::var_os("NRFLOW_TEST_CHILD").is_some() {
        return true;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env("NRFLOW_TEST_CHILD", "1");
    command.env("SOAPY_SDR_PLUGIN_PATH", module_folder()).env("SOAPY_SDR_ROOT", module_folder());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let output = finish(command, Duration::from_secs(60));
    let (stdout, stderr) = text(&output);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}\n{stderr}");
    false
}

const RATE_HZ: f64 = 3.84e6;
const FREQUENCY_HZ: f64 = 3.5e9;

fn settings(test: &str, more: &str, format: Option<WireFormat>) -> DeviceSettings {
    let path = PathSettings { wire_format: format, ..PathSettings::default() };
    DeviceSettings {
        device: format!("driver=nrflow-virtual,air={test}-{},{more}", std::process::id()),
        wait: true,
        rx: path.clone(),
        tx: path,
        ..DeviceSettings::default()
    }
}

/// Samples that differ from each other, of amplitude 1/2.
fn signal(n: usize) -> Vec<Complex32> {
    (0..n).map(|k| Complex32::from_polar(0.5, (k * k % 9973) as f32)).collect()
}

fn chunk_of(samples: &[Complex32], format: WireFormat, n_channels: usize) -> Chunk {
    let mut chunk = Chunk::new(format, n_channels, samples.len());
    for channel in 0..n_channels {
        chunk.encode(Isa::detect(), channel, 0, samples);
    }
    chunk.len = samples.len();
    chunk
}

/// Sends all of a chunk as one burst that begins at a time.
fn send(output: &mut SoapyOutput, chunk: &Chunk, at: Option<DeviceTime>) {
    let mut from = 0;
    let begun = Instant::now();
    while from < chunk.len {
        match output.write(chunk, from..chunk.len, at.filter(|_| from == 0), true) {
            Written::Samples(n) => from += n,
            Written::TimedOut => assert!(begun.elapsed() < Duration::from_secs(20), "it takes no samples"),
            other => panic!("{other:?}"),
        }
    }
}

/// The next `n` samples of channel 0, and when the first was received.
fn receive(input: &mut SoapyInput, n: usize) -> (Vec<Complex32>, Option<DeviceTime>) {
    let mut chunk = Chunk::new(input.format(), input.n_channels(), n);
    let mut first = None;
    let begun = Instant::now();
    while chunk.len < n {
        match input.read(&mut chunk) {
            Received::Samples { n, time } => {
                if chunk.len == 0 {
                    first = time;
                }
                chunk.len += n;
            }
            Received::TimedOut => assert!(begun.elapsed() < Duration::from_secs(20), "no samples come"),
            other => panic!("{other:?}"),
        }
    }
    let mut samples = vec![Complex32::ZERO; n];
    chunk.decode(Isa::detect(), 0, 0, &mut samples);
    (samples, first)
}

#[test]
fn one_device_receives_what_it_transmits() {
    if !in_child("one_device_receives_what_it_transmits") {
        return;
    }
    for (format, error) in [(WireFormat::Cf32, 0.0), (WireFormat::Cs16, 4e-4), (WireFormat::Cs8, 9e-3)] {
        let more = format!("loopback=1,serial={},native=CF32", format.name());
        let device = Device::open(&settings("both", &more, Some(format))).unwrap();
        assert_eq!(device.rate_for(Direction::Rx, 3e6).unwrap(), RATE_HZ);
        let mut output = device.output(RATE_HZ, FREQUENCY_HZ).unwrap();
        let mut input = device.input(RATE_HZ, FREQUENCY_HZ).unwrap();
        assert!(device.input(RATE_HZ, FREQUENCY_HZ).is_err(), "there is one already");
        let now = output.now().unwrap();
        let (_, begun) = receive(&mut input, 1000);
        let begun = begun.unwrap();
        assert!(begun.0 >= now.0 && device.switch(Direction::Rx).is_err(), "full duplex needs no switch");
        let burst = signal(5000);
        let start = DeviceTime(begun.0 + 3000);
        send(&mut output, &chunk_of(&burst, format, 1), Some(start));
        let (samples, time) = receive(&mut input, 9000);
        let at = (start.0 - time.unwrap().0) as usize;
        assert_eq!(time.unwrap().0, begun.0 + 1000, "nothing is missing");
        assert!(samples[..at].iter().chain(&samples[at + 5000..]).all(|x| x.norm() <= error), "{format}: silence");
        for (k, (sent, heard)) in burst.iter().zip(&samples[at..]).enumerate() {
            assert!((sent - heard).norm() <= error, "{format}: sample {k}: {sent} {heard}");
        }
        assert_eq!(output.event(), None);
    }
}

#[test]
fn late_bursts_are_reported() {
    if !in_child("late_bursts_are_reported") {
        return;
    }
    let device = Device::open(&settings("late", "", None)).unwrap();
    let mut output = device.output(RATE_HZ, FREQUENCY_HZ).unwrap();
    let mut input = device.input(RATE_HZ, FREQUENCY_HZ).unwrap();
    let (_, begun) = receive(&mut input, 50_000);
    send(&mut output, &chunk_of(&signal(100), WireFormat::Cs16, 1), Some(DeviceTime(begun.unwrap().0 + 10)));
    assert_eq!(output.event(), Some(nrflow_blocks::radio::TransmitEvent::Late));
    assert_eq!(output.event(), None);
}

#[test]
fn channels_are_aligned() {
    if !in_child("channels_are_aligned") {
        return;
    }
    let mut settings = settings("mimo", "channels=2,loopback=1,native=CF32", Some(WireFormat::Cf32));
    settings.rx.channels = vec![0, 1];
    let device = Device::open(&settings).unwrap();
    let mut output = device.output(RATE_HZ, FREQUENCY_HZ).unwrap();
    let mut input = device.input(RATE_HZ, FREQUENCY_HZ).unwrap();
    let (_, begun) = receive(&mut input, 1000);
    let burst = signal(2000);
    let start = DeviceTime(begun.unwrap().0 + 2000);
    send(&mut output, &chunk_of(&burst, WireFormat::Cf32, 1), Some(start));
    let mut chunk = Chunk::new(WireFormat::Cf32, 2, 4000);
    let mut at = None;
    while chunk.len < chunk.capacity() {
        match input.read(&mut chunk) {
            Received::Samples { n, time } => {
                at = at.or(time.map(|time| (start.0 - time.0) as usize));
                chunk.len += n;
            }
            other => assert_eq!(other, Received::TimedOut),
        }
    }
    let mut heard = [vec![Complex32::ZERO; 2000], vec![Complex32::ZERO; 2000]];
    for (channel, heard) in heard.iter_mut().enumerate() {
        chunk.decode(Isa::detect(), channel, at.unwrap(), heard);
    }
    assert!(heard[0] == burst, "sample for sample");
    // The other antenna hears the same at once, weaker and turned by a constant.
    let path = heard[1][0] / burst[0];
    assert!((path.norm() - 0.3).abs() < 0.01, "{path}");
    for (sent, heard) in burst.iter().zip(&heard[1]) {
        assert!((sent * path - heard).norm() < 1e-3, "{sent} {heard}");
    }
}

#[test]
fn half_duplex_takes_turns() {
    if !in_child("half_duplex_takes_turns") {
        return;
    }
    let rate = 4e6;
    let device = Device::open(&settings("half", "profile=hackrf", None)).unwrap();
    let mut input = device.input(rate, FREQUENCY_HZ).unwrap();
    assert_eq!((input.format(), input.sample_rate_hz()), (WireFormat::Cs8, rate));
    let error = device.output(rate, FREQUENCY_HZ).err().unwrap().to_string();
    assert!(error.contains("receives or transmits, one at a time"), "{error}");
    let switch = device.switch(Direction::Rx).unwrap();
    let mut output = device.output(rate, FREQUENCY_HZ).unwrap();
    let chunk = chunk_of(&signal(1000), WireFormat::Cs8, 1);
    let (_, time) = receive(&mut input, 1000);
    assert_eq!(time, None, "a device without a clock");
    assert_eq!(output.write(&chunk, 0..1000, None, true), Written::Paused, "it is not its turn");
    switch.turn_to(Direction::Tx);
    assert_eq!(output.write(&chunk, 0..1000, None, true), Written::Paused, "the other has not stopped yet");
    let mut space = Chunk::new(WireFormat::Cs8, 1, 1000);
    assert_eq!(input.read(&mut space), Received::Paused, "from here on samples are missing");
    assert_eq!(input.read(&mut space), Received::Paused);
    send(&mut output, &chunk, None);
    switch.turn_to(Direction::Rx);
    assert_eq!(switch.direction(), Direction::Rx);
    assert_eq!(input.read(&mut space), Received::Paused, "the other has not stopped yet");
    assert_eq!(output.event(), None);
    receive(&mut input, 1000);
}

#[test]
fn a_device_that_was_away_goes_on_with_both_streams() {
    if !in_child("a_device_that_was_away_goes_on_with_both_streams") {
        return;
    }
    let device = Device::open(&settings("away", "faults=vanish@0.01:2", None)).unwrap();
    let mut input = device.input(RATE_HZ, FREQUENCY_HZ).unwrap();
    let mut output = device.output(RATE_HZ, FREQUENCY_HZ).unwrap();
    let mut chunk = Chunk::new(input.format(), 1, 8192);
    let reason = loop {
        match input.read(&mut chunk) {
            Received::Samples { .. } => {}
            Received::Failed(reason) => break reason,
            other => panic!("{other:?}"),
        }
    };
    assert!(!reason.is_empty());
    let error = input.reopen().unwrap_err();
    assert!(error.contains("other direction"), "{error}");
    // An idle transmitter lets go when it is asked for events.
    assert_eq!(output.event(), None);
    let mut refused = 0;
    while let Err(error) = input.reopen() {
        refused += 1;
        assert!(error.contains("no such device") && refused <= 2, "{error}");
    }
    assert_eq!(refused, 2);
    receive(&mut input, 1000);
    let chunk = chunk_of(&signal(1000), output.format(), 1);
    assert!(matches!(output.write(&chunk, 0..1000, None, true), Written::Failed(_)), "its stream was closed");
    output.reopen().unwrap();
    send(&mut output, &chunk, None);
    receive(&mut input, 1000);
}

#[test]
fn what_is_rounded_is_told() {
    if !in_child("what_is_rounded_is_told") {
        return;
    }
    let mut asked = settings("round", "profile=hackrf", None);
    asked.ppm = 10.0;
    asked.rx.stage_gains_db = BTreeMap::from([("LNA".to_string(), 21.0), ("VGA".to_string(), 99.0)]);
    asked.rx.bandwidth_hz = Some(4.2e6);
    let device = Device::open(&asked).unwrap();
    assert_eq!(device.rate_near(Direction::Rx, 23.04e6).unwrap(), 20e6);
    let _input = device.input(20e6, FREQUENCY_HZ).unwrap();
    let notes = device.take_notes().join("\n");
    for words in [
        "this device samples at 20 MHz at most",
        "gain stage LNA 21 dB: this device has 0 to 40 in steps of 8 dB; set to 24 dB",
        "gain stage VGA 99 dB: this device has 0 to 62 in steps of 2 dB; set to 62 dB",
        "bandwidth 4.2 MHz: this device has",
        "ppm correction 10: this device cannot correct its reference; it is tuned as much lower",
    ] {
        assert!(notes.contains(words), "'{words}' is not in:\n{notes}");
    }
    assert!(device.take_notes().is_empty(), "once");
    assert!((device.tune(Direction::Rx, 2e9).unwrap() - 2e9).abs() < 10.0);
    let asked = settings("clock", "master_clock_rate=50e6", None);
    let device = Device::open(&asked).unwrap();
    // 25 and 16.67 of 50 MHz are the neighbours of 23.04.
    assert_eq!(device.rate_for(Direction::Rx, 23.04e6).unwrap(), 25e6);
    let input = device.input(23.04e6, FREQUENCY_HZ).unwrap();
    assert_eq!(input.sample_rate_hz(), 25e6);
    assert!(device.take_notes()[0].contains("this device makes it 25 MHz"));
}

#[test]
fn corrections_reach_the_device() {
    if !in_child("corrections_reach_the_device") {
        return;
    }
    // A tone on the air, heard by a device whose reference is 20 ppm too fast: 30 kHz lower at 1.5 GHz, unless it is told.
    let folder = std::env::temp_dir().join(format!("nrflow-tone-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("tone.cf32");
    let bytes: Vec<u8> = (0..32_000).flat_map(|_| [0.5f32, 0.0]).flat_map(f32::to_le_bytes).collect();
    std::fs::write(&file, bytes).unwrap();
    let heard_hz = |profile: &str, ppm: f64| {
        let more = format!(
            "profile={profile},serial={profile}{ppm},ppm=20,play={},play_rate=3.2e6,play_freq=1.5e9",
            file.display()
        );
        let mut asked = settings("ppm", &more, Some(WireFormat::Cf32));
        asked.ppm = ppm;
        let device = Device::open(&asked).unwrap();
        let mut input = device.input(3.2e6, 1.5e9).unwrap();
        let (samples, _) = receive(&mut input, 64_000);
        let turn: Complex32 = samples[32_000..].windows(2).map(|pair| pair[1] * pair[0].conj()).sum();
        (f64::from(turn.arg()) / std::f64::consts::TAU * 3.2e6, device.take_notes().len())
    };
    for (profile, n_notes) in [("usrp", 1), ("rtlsdr", 0)] {
        let ((wrong, _), (right, notes)) = (heard_hz(profile, 0.0), heard_hz(profile, 20.0));
        assert!((wrong + 30_000.0).abs() < 50.0, "{profile}: {wrong}");
        assert!(right.abs() < 50.0, "{profile}: {right}");
        assert_eq!(notes, n_notes, "{profile}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
