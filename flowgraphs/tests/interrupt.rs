//! Ctrl-C at any moment, in every command that uses a radio: files are valid, the exit code is right, and the radio is
//! free at once.

#![cfg(feature = "soapy")]

mod scratch;
mod virtual_radio;

use nrflow_blocks::file::{Recording, RecordingError};
use pcap_file::pcap::PcapReader;
use scratch::{Folder, noise};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Output;
use std::time::Duration;
use virtual_radio::{Air, interrupt, text, wait, wait_for};

const LIMIT: Duration = Duration::from_secs(60);
const FREQUENCY: [&str; 2] = ["--frequency", "3489.42e6"];
/// Milliseconds after the start: before the command has read its arguments, while the radio is opened, and later.
const MOMENTS_MS: [u64; 7] = [0, 10, 20, 40, 80, 200, 400];

/// Runs a command with a radio, interrupts it at each of the moments and once when it is `at_work`, and looks at what is
/// left: the code is that of an interrupted command, and the radio can be opened at once. It goes on for ever if nobody
/// interrupts it.
fn at_any_moment(name: &str, radio: &str, args: &[&str], at_work: Option<&dyn Fn() -> bool>, look: impl Fn(&Output)) {
    let air = Air::new(name);
    // Slowly, so that a slow machine does not lose samples.
    let device = air.device(&format!("{radio},clock=realtime,speed=0.2"));
    for moment in MOMENTS_MS.map(Some).into_iter().chain([None]) {
        let child = air.nrflow(&[args, &["--device", &device]].concat()).spawn().unwrap();
        match (moment, at_work) {
            (Some(ms), _) => std::thread::sleep(Duration::from_millis(ms)),
            (None, Some(at_work)) => wait_for(at_work, name),
            (None, None) => std::thread::sleep(Duration::from_secs(1)),
        }
        interrupt(&child);
        let output = wait(child, LIMIT, name);
        let (out, err) = text(&output);
        // Before the command has begun to listen for it, the system itself ends it; shells call both 130.
        let signalled = output.status.signal() == Some(2) && (moment.is_some() || at_work.is_none());
        assert!(output.status.code() == Some(130) || signalled, "{name} at {moment:?} ms: {:?} {err}", output.status);
        assert!(!err.contains("panicked"), "{name} at {moment:?} ms: {out}{err}");
        let again = air.run(&["devices", "--device", &device]);
        assert!(again.status.success(), "{name} at {moment:?} ms: {}", text(&again).1);
        look(&output);
    }
}

/// A recording that is valid, if there is one; how many samples it has.
fn samples_of(path: &str) -> u64 {
    match Recording::open_sigmf(Path::new(path)) {
        Ok(recording) => recording.n_samples(),
        Err(RecordingError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => {
            assert!(error.to_string().contains("holds no sample"), "{error}");
            0
        }
    }
}

#[test]
fn a_recording_is_interrupted() {
    let folder = Folder::new("interrupt-record");
    let (out, data) = (folder.path("x.sigmf-meta"), folder.path("x.sigmf-data"));
    let args = [&["record", "--out", &out, "--duration", "3600"][..], &FREQUENCY].concat();
    let length = || std::fs::metadata(&data).map_or(0, |meta| meta.len());
    at_any_moment("interrupt-record", "profile=usrp", &args, Some(&|| length() > 1 << 20), |_| {
        assert!(length().is_multiple_of(4));
        let n_samples = samples_of(&out);
        assert_eq!(n_samples * 4, length());
        let _ = std::fs::remove_file(&data);
    });
}

#[test]
fn a_decoding_is_interrupted() {
    let folder = Folder::new("interrupt-decode");
    let (cell, pcap) = (folder.path("cell"), folder.path("x.pcap"));
    let made = Air::new("interrupt-make").run(&["transmit", "--duration", "200", "--format", "cs16", "--out", &cell]);
    assert!(made.status.success());
    let radio = format!("profile=usrp,play={cell}.sigmf-data,play_format=cs16,play_rate=23040000,play_freq=3489420000");
    let args = [&["decode", "--pcap", &pcap, "--json", "--duration", "3600"][..], &FREQUENCY].concat();
    let packets = || {
        let Ok(file) = std::fs::File::open(&pcap) else { return 0 };
        if file.metadata().unwrap().len() == 0 {
            return 0;
        }
        let mut reader = PcapReader::new(file).unwrap();
        std::iter::from_fn(|| reader.next_packet().map(|packet| drop(packet.unwrap()))).count()
    };
    let at_work = || std::fs::metadata(&pcap).is_ok_and(|meta| meta.len() > 1000);
    at_any_moment("interrupt-decode", &radio, &args, Some(&at_work), |output| {
        // Every line is whole.
        text(output).0.lines().for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).unwrap()));
        packets();
        let _ = std::fs::remove_file(&pcap);
    });
}

#[test]
fn a_transmission_is_interrupted() {
    for (name, radio) in [("interrupt-usrp", "profile=usrp"), ("interrupt-hackrf", "profile=hackrf")] {
        let args = ["transmit", "--i-may-transmit", "--duration", "3600000"];
        at_any_moment(name, radio, &args, None, |_| {});
    }
}

#[test]
fn a_scan_is_interrupted() {
    let folder = Folder::new("interrupt-scan");
    let state = folder.path("state.json");
    let args = ["scan", "--range", "3300:3800", "--rate", "23.04e6", "--resume", &state];
    let at_work = || Path::new(&state).exists();
    at_any_moment("interrupt-scan", "profile=usrp", &args, Some(&at_work), |_| {
        if let Ok(bytes) = std::fs::read(&state) {
            serde_json::from_slice::<serde_json::Value>(&bytes).unwrap();
            std::fs::remove_file(&state).unwrap();
        }
    });
}

#[test]
fn a_link_without_a_peer_is_interrupted() {
    let folder = Folder::new("interrupt-link");
    let (data, out) = (folder.file("data", &noise(10_000_000, 1)), folder.path("out"));
    let tx = ["link", "tx", "--i-may-transmit", "--in", &data, "--plain"];
    at_any_moment("interrupt-link-tx", "profile=usrp", &tx, None, |_| {});
    let rx = [&["link", "rx", "--out", &out, "--plain"][..], &FREQUENCY].concat();
    at_any_moment("interrupt-link-rx", "profile=usrp", &rx, None, |output| {
        if output.status.code().is_some() {
            assert!(text(output).1.contains("nothing was received"), "{}", text(output).1);
        }
    });
}

/// In the middle of a file: what has come is its beginning.
#[test]
fn a_link_is_interrupted_at_either_end() {
    let folder = Folder::new("interrupt-middle");
    let bytes = noise(20_000_000, 2);
    let (data, out) = (folder.file("data", &bytes), folder.path("out"));
    let air = Air::new("interrupt-middle");
    let sender = air.device("profile=usrp,serial=t,wait_rx=1,holds=1");
    let receiver = air.device("profile=usrp,serial=r,wait_tx=1,noise_dbfs=-60");
    let tx = ["link", "tx", "--device", &sender, "--wait", "--i-may-transmit", "--in", &data, "--plain"];
    let rx = [&["link", "rx", "--device", &receiver, "--wait", "--out", &out, "--plain"][..], &FREQUENCY].concat();
    let transmitter = air.nrflow(&tx).spawn().unwrap();
    let reception = air.nrflow(&rx).spawn().unwrap();
    wait_for(|| std::fs::metadata(&out).is_ok_and(|meta| meta.len() > 100_000), "the first 100 kB");
    interrupt(&reception);
    let received = wait(reception, LIMIT, "link rx");
    assert_eq!(received.status.code(), Some(130), "{}", text(&received).1);
    assert!(text(&received).1.contains("of 20000000"), "{}", text(&received).1);
    let given = folder.read("out");
    assert!(given.len() > 100_000 && bytes.starts_with(&given), "{} bytes", given.len());
    // The receiver's radio is free, the sender's is not.
    assert!(air.run(&["devices", "--device", &receiver]).status.success());
    let busy = air.run(&["devices", "--device", &sender]);
    assert!(!busy.status.success() && text(&busy).1.contains("busy"), "{}", text(&busy).1);
    interrupt(&transmitter);
    let sent = wait(transmitter, LIMIT, "link tx");
    assert_eq!(sent.status.code(), Some(130), "{}", text(&sent).1);
    assert!(air.run(&["devices", "--device", &sender]).status.success());
}

/// Without a length, Ctrl-C is how it ends.
#[test]
fn what_has_no_end_ends_well() {
    let air = Air::new("interrupt-endless");
    let device = air.device("profile=usrp,clock=realtime,speed=0.2");
    let transmit = ["transmit", "--device", &device, "--i-may-transmit", "--loop"];
    let decode = ["decode", "--device", &device, "--frequency", "3489.42e6"];
    for args in [&transmit[..], &decode[..]] {
        let child = air.nrflow(args).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(800));
        interrupt(&child);
        let output = wait(child, LIMIT, args[0]);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output).1);
        assert!(air.run(&["devices", "--device", &device]).status.success());
    }
}
