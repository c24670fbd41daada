//! A radio that is unplugged in the middle and does not come back: the command says so, ends, and leaves what it had.

#![cfg(feature = "soapy")]

mod scratch;
mod virtual_radio;

use nrflow_blocks::file::Recording;
use scratch::{Folder, noise};
use std::path::Path;
use std::time::Duration;
use virtual_radio::{Air, text, wait};

/// It is tried for ten seconds: all commands at once.
#[test]
fn a_radio_that_does_not_come_back_ends_the_command() {
    let folder = Folder::new("unplugged");
    let (out, data, received) =
        (folder.path("x.sigmf-meta"), folder.file("data", &noise(3_000_000, 1)), folder.path("out"));
    let frequency = ["--frequency", "3489.42e6", "--wait"];
    let permitted = ["--i-may-transmit", "--wait"];
    let commands = [
        ("record", [&["record", "--out", &out, "--duration", "60"][..], &frequency].concat()),
        ("decode", [&["decode"][..], &frequency].concat()),
        ("scan", vec!["scan", "--range", "3300:3800", "--rate", "23.04e6", "--wait"]),
        ("transmit", [&["transmit", "--duration", "60000"][..], &permitted].concat()),
        ("link-tx", [&["link", "tx", "--in", &data, "--plain"][..], &permitted].concat()),
        ("link-rx", [&["link", "rx", "--out", &received, "--plain"][..], &frequency].concat()),
    ];
    let running: Vec<_> = commands
        .iter()
        .map(|(name, args)| {
            let air = Air::new(&format!("unplugged-{name}"));
            let device = air.device("profile=usrp,faults=vanish@0.2:1000000");
            let child = air.nrflow(&[args, &["--device", &device][..]].concat()).spawn().unwrap();
            (name, air, child)
        })
        .collect();
    for (name, _air, child) in running {
        let output = wait(child, Duration::from_secs(90), name);
        let (_, err) = text(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {err}");
        assert!(!err.contains("panicked"), "{name}: {err}");
        assert!(err.contains("the device failed"), "{name}: {err}");
        let last = err.lines().last().unwrap();
        assert!(last.contains("did not come back within 10 s"), "{name}: {err}");
    }
    assert_eq!(Recording::open_sigmf(Path::new(&out)).unwrap().n_samples(), 4_608_000, "all until then, 0.2 s");
}

#[test]
fn a_scan_goes_on_with_a_radio_that_is_back() {
    let folder = Folder::new("unplugged-back");
    let cell = folder.path("cell");
    let air = Air::new("unplugged-back");
    let made = air.run(&["transmit", "--duration", "200", "--format", "cs16", "--out", &cell]);
    assert!(made.status.success(), "{}", text(&made).1);
    let playing = format!("play={cell}.sigmf-data,play_format=cs16,play_rate=23040000,play_freq=3489420000");
    let device = air.device(&format!("profile=usrp,faults=vanish@0.03:2,{playing}"));
    let output = air.run(&["scan", "--device", &device, "--wait", "--range", "3480:3510", "--rate", "23.04e6"]);
    let (out, err) = text(&output);
    assert!(output.status.success() && err.contains("the device is back"), "{err}");
    assert!(out.contains("PCI 1 ") && out.contains("001-01"), "{out}");
}
