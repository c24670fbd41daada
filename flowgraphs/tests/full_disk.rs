//! A disk that is full: what was written is valid, and one line says what happened and how much there is.

#![cfg(feature = "soapy")]

mod scratch;
mod virtual_radio;

use nrflow_blocks::file::Recording;
use scratch::{Folder, noise};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use virtual_radio::{Air, finish, text};

/// Runs the command where no file may grow beyond so many KiB: that stands for a full disk. It is to fail; its last line.
fn fails_with_files_of_at_most(kib: u32, nrflow: &Command) -> String {
    let mut limited = Command::new("bash");
    let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"");
    limited.args(["-c", &script]).arg(nrflow.get_program()).args(nrflow.get_args());
    for (name, value) in nrflow.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.stdin(std::process::Stdio::null());
    limited.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let output = finish(limited, Duration::from_secs(120));
    let (_, err) = text(&output);
    assert_eq!(output.status.code(), Some(1), "{nrflow:?}: {err}");
    assert!(!err.contains("panicked"), "{nrflow:?}: {err}");
    err.lines().last().unwrap_or_default().to_string()
}

fn holds(line: &str, words: &[&str]) {
    words.iter().for_each(|word| assert!(line.contains(word), "'{word}' is not in: {line}"));
}

/// The default cell for 0.3 s; device arguments that put it on the air.
fn playing(folder: &Folder) -> String {
    let cell = folder.path("cell");
    let made = Air::new("full-cell").run(&["transmit", "--duration", "300", "--format", "cs16", "--out", &cell]);
    assert!(made.status.success(), "{}", text(&made).1);
    format!("profile=usrp,play={cell}.sigmf-data,play_format=cs16,play_rate=23040000,play_freq=3489420000")
}

#[test]
fn what_was_recorded_is_valid() {
    let folder = Folder::new("full-record");
    let air = Air::new("full-record");
    let device = air.device(&playing(&folder));
    let out = folder.path("full.sigmf-meta");
    let args = ["record", "--device", &device, "--wait", "--frequency", "3489.42e6", "--duration", "1", "--out", &out];
    let line = fails_with_files_of_at_most(20_000, &air.nrflow(&args));
    holds(&line, &["too large", "the recording is valid and holds the"]);
    let length = std::fs::metadata(folder.path("full.sigmf-data")).unwrap().len();
    assert!(length.is_multiple_of(4) && length > 15_000_000, "{length} bytes");
    let replay = air.run(&["decode", &out]);
    assert!(text(&replay).0.contains("PCI 1"), "{:?}", text(&replay));
    // The radio is free again.
    assert!(air.run(&["devices", "--device", &device]).status.success());
}

#[test]
fn what_was_generated_is_valid() {
    let folder = Folder::new("full-transmit");
    let air = Air::new("full-transmit");
    let out = folder.path("full.sigmf-meta");
    let data = folder.file("data", &noise(1_000_000, 1));
    let transmit = ["transmit", "--duration", "1000", "--format", "cs16", "--out", &out];
    let link = ["link", "tx", "--in", &data, "--format", "cs16", "--out", &out, "--plain"];
    for args in [&transmit[..], &link[..]] {
        let line = fails_with_files_of_at_most(10_000, &air.nrflow(args));
        holds(&line, &["too large", "the recording is valid and holds the"]);
        let n_samples = Recording::open_sigmf(Path::new(&out)).unwrap().n_samples();
        assert!((1_800_000..=2_560_000).contains(&n_samples), "{n_samples}");
    }
}

#[test]
fn what_is_received_has_nowhere_to_go() {
    let folder = Folder::new("full-received");
    let air = Air::new("full-received");
    let (data, cell) = (folder.file("data", &noise(300_000, 2)), folder.path("cell.sigmf-meta"));
    assert!(air.run(&["link", "tx", "--in", &data, "--out", &cell, "--plain"]).status.success());
    for args in [
        vec!["link", "rx", &cell, "--out", "/dev/full", "--plain"],
        vec!["decode", &cell, "--rnti", "0x4601", "--pcap", "/dev/full"],
    ] {
        let output = air.run(&args);
        let (_, err) = text(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {err}");
        assert!(!err.contains("panicked"), "{args:?}: {err}");
        holds(err.lines().last().unwrap_or_default(), &["No space left", "/dev/full"]);
    }
}
