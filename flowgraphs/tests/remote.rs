//! The same through a real SoapyRemote server on loopback: another process has the radio, and samples come over TCP.

#![cfg(feature = "soapy")]

mod scratch;
mod soapy_server;
mod virtual_radio;

use scratch::{Folder, noise};
use soapy_server::{LIMIT, Server, TCP, nrflow};
use std::path::{Path, PathBuf};
use std::process::Command;
use virtual_radio::{Air, finish, frames_ms, last_counts, lines, said_counts, text, wait};

const MS: u64 = 23_040;

fn cell(name: &str) -> PathBuf {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("remote-{}-{name}", std::process::id()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
    let output =
        command.args(["transmit", "--duration", "400", "--snr", "25", "--format", "cs16", "--out"]).arg(&out).output();
    assert!(output.unwrap().status.success());
    out.with_extension("sigmf-data")
}

fn playing(file: &Path) -> String {
    format!("play={},play_format=cs16,play_rate=23040000,play_freq=3489420000", file.display())
}

#[test]
fn a_radio_behind_a_server_does_what_one_here_does() {
    let server = Server::start();
    let air = Air::new("remote");
    let file = cell("cell");
    // What it can do.
    let device = server.device(&air, "profile=usrp");
    let output = finish(nrflow(&air, &["devices", "--device", &device]), LIMIT);
    let (out, err) = text(&output);
    assert!(output.status.success() && out.contains("PGA") && out.contains("n78"), "{out} {err}");

    // A recording, and a scan.
    let air = Air::new("remote-record");
    let device = server.device(&air, &format!("profile=usrp,serial=b,bits=16,{}", playing(&file)));
    let out = file.with_extension("recorded");
    let mut args = vec!["record", "--device", &device, "--duration", "0.1", "--rate", "23.04e6", "--out"];
    args.push(out.to_str().unwrap());
    args.extend(CELL);
    args.extend(TCP);
    let output = finish(nrflow(&air, &args), LIMIT);
    assert!(output.status.success(), "{}", text(&output).1);
    let recorded = std::fs::read(format!("{}.sigmf-data", out.display())).unwrap();
    let played = std::fs::read(&file).unwrap();
    assert_eq!(recorded.len() as u64, 100 * MS * 4);
    // The device may quantise once more: a step at most.
    let steps = recorded.as_chunks::<2>().0.iter().zip(played.as_chunks::<2>().0);
    let worst = steps.map(|(a, b)| i16::from_le_bytes(*a).abs_diff(i16::from_le_bytes(*b))).max();
    assert!(worst <= Some(1), "{worst:?}");

    let replay = air.run(&["decode", "--json", &format!("{}.sigmf-meta", out.display())]);
    let (replayed, _) = text(&replay);
    assert_eq!(frames_ms(&replayed, MS), [0.0, 20.0, 40.0, 60.0, 80.0]);
    assert_eq!(lines(&replayed, "sib1").len(), 5, "{replayed}");

    let air = Air::new("remote-scan");
    let device = server.device(&air, &format!("profile=usrp,serial=c,{}", playing(&file)));
    let args = ["scan", "--device", &device, "--range", "3480:3510", "--wait"];
    let output = finish(nrflow(&air, &[&args[..], &TCP].concat()), LIMIT);
    let (out, err) = text(&output);
    assert!(output.status.success() && out.contains("PCI 1 ") && out.contains("001-01"), "{out} {err}");
}

/// Where the cell is, of a device that waits.
const CELL: [&str; 3] = ["--wait", "--frequency", "3489.42e6"];

/// Decodes 0.3 s of the cell at 23.04 Msps by way of the server.
fn decode(server: &Server, air: &Air, radio: &str) -> String {
    let device = server.device(air, radio);
    let args = ["decode", "--device", &device, "--duration", "0.3", "--json", "--rnti", "0x4601"];
    let output = finish(nrflow(air, &[&args[..], &CELL, &TCP].concat()), LIMIT);
    let (out, err) = text(&output);
    assert!(output.status.success(), "{radio}: {err}");
    out
}

#[test]
fn every_loss_behind_a_server_is_counted_and_decoding_goes_on() {
    let server = Server::start();
    let file = cell("faults");
    let lost = 30 * MS + 7;
    // The server joins reads into packets of less than 1024 samples, and throws away the one in which an overflow comes:
    // so much more is missing than the device lost. The clock tells of all.
    const PACKET: u64 = 1024;
    for (name, fault, least, most, expected) in [
        (
            "overflow",
            format!("overflow@0.1003:{lost}"),
            lost,
            lost + PACKET,
            [("overflows", 1), ("gaps", 1), ("jumps", 0)],
        ),
        ("gap", format!("gap@0.1003:{lost}"), lost, lost, [("overflows", 0), ("gaps", 1), ("jumps", 0)]),
        (
            "storm",
            "storm@0.1:0.05:0.005:1000".to_string(),
            10_000,
            10_000 + 10 * PACKET,
            [("overflows", 10), ("gaps", 10), ("jumps", 0)],
        ),
        ("short", "short@0.1:0.05".to_string(), 0, 0, [("overflows", 0), ("gaps", 0), ("errors", 0)]),
        ("timeout", "timeout@0.1:5".to_string(), 0, 0, [("overflows", 0), ("gaps", 0), ("errors", 0)]),
        ("jump", "jump@0.1003:-5000000000".to_string(), 0, 0, [("overflows", 0), ("gaps", 0), ("jumps", 1)]),
        // What the server had read and not yet sent goes with the device; how much that is depends on its packets.
        ("vanish", "vanish@0.1003:2".to_string(), 0, PACKET, [("errors", 1), ("reopened", 1), ("overflows", 0)]),
    ] {
        let air = Air::new(&format!("remote-{name}"));
        let out = decode(&server, &air, &format!("profile=usrp,faults={fault},{}", playing(&file)));
        let counts = last_counts(&out);
        for (counter, value) in expected {
            assert_eq!(counts[counter], value, "{name}: {counter} of {counts}");
        }
        let missing = counts["lost"].as_u64().unwrap();
        assert!((least..=most).contains(&missing), "{name}: {counts}");
        assert_eq!(counts["samples"].as_u64().unwrap() + missing, 300 * MS, "{name}: {counts}");
        // Within 40 ms of signal after the loss the cell decodes again, SIB1 too.
        let frames = frames_ms(&out, MS);
        let end = 100.3 + missing as f64 / MS as f64;
        assert!(frames.iter().any(|at| (end - 1.0..end + 40.0).contains(at)), "{name}: {frames:?}");
        assert!(lines(&out, "sib1").len() >= 10, "{name}: {}", lines(&out, "sib1").len());
    }
}

#[test]
fn a_half_duplex_radio_behind_a_server_is_received() {
    let server = Server::start();
    let file = cell("hackrf");
    let air = Air::new("remote-hackrf");
    let out =
        decode(&server, &air, &format!("profile=hackrf,faults=overflow@0.1003:{},{}", 13 * 20_000, playing(&file)));
    let counts = last_counts(&out);
    // Without a clock nobody knows how much is missing.
    assert_eq!((&counts["overflows"], &counts["jumps"], &counts["lost"]), (&1.into(), &1.into(), &0.into()));
    assert_eq!(counts["samples"], 300 * 20_000);
    let frames = frames_ms(&out, 20_000);
    assert!(frames.iter().any(|at| (100.0..140.0).contains(at)), "{frames:?}");
    assert!(lines(&out, "sib1").len() >= 11, "{}", lines(&out, "sib1").len());
}

/// A cell from one radio behind the server to another.
#[test]
fn radios_behind_a_server_transmit() {
    let server = Server::start();
    for (profile, words) in [("usrp", "in bursts at 23.0400 Msps"), ("hackrf", "without a pause at 20.0000 Msps")] {
        let air = Air::new(&format!("remote-transmit-{profile}"));
        let sender = server.device(&air, &format!("profile={profile},serial=t,wait_rx=1,holds=1"));
        let args = ["transmit", "--device", &sender, "--wait", "--duration", "600", "--i-may-transmit"];
        let transmitter = nrflow(&air, &[&args[..], &TCP].concat()).spawn().unwrap();
        let out = decode(&server, &air, &format!("profile={profile},serial=r,wait_tx=1,noise_dbfs=-60"));
        let sent = wait(transmitter, LIMIT, "transmit");
        let (sent_out, sent_err) = text(&sent);
        assert!(sent.status.success() && sent_err.contains(words), "{sent_err}");
        assert!(sent_out.contains("30 SS/PBCH blocks"), "{sent_out}");
        let blocks = lines(&out, "pdsch");
        let good = blocks.iter().filter(|line| line["crc"] == true).count();
        let n_sib1 = lines(&out, "sib1").len();
        assert!(n_sib1 >= 10, "{profile}: {n_sib1} SIB1");
        assert!(good >= 250 && blocks.len() - good <= 2, "{profile}: {good} of {}", blocks.len());
    }
}

/// 10 MB in TDD bursts, the clocks 10 ppm apart; 8 bits and another rate where the radios have those.
#[test]
fn a_link_goes_by_way_of_a_server() {
    let server = Server::start();
    for (profile, n_bytes, flags) in [("usrp", 10_000_000, ["--mcs", "24"]), ("hackrf", 300_000, ["--mcs", "16"])] {
        let air = Air::new(&format!("remote-link-{profile}"));
        let folder = Folder::new(&format!("remote-link-{profile}"));
        let bytes = noise(n_bytes, 1);
        let (data, out) = (folder.file("data", &bytes), folder.path("out"));
        let sender = server.device(&air, &format!("profile={profile},serial=t,wait_rx=1,holds=1"));
        let receiver = server.device(&air, &format!("profile={profile},serial=r,wait_tx=1,ppm=10,noise_dbfs=-60"));
        let tx = ["link", "tx", "--device", &sender, "--wait", "--i-may-transmit", "--in", &data, "--lead", "0.2"];
        let transmitter = nrflow(&air, &[&tx[..], &flags, &TCP].concat()).spawn().unwrap();
        let rx = ["link", "rx", "--device", &receiver, "--out", &out, "--json"];
        let received = wait(nrflow(&air, &[&rx[..], &CELL, &TCP].concat()).spawn().unwrap(), LIMIT, "link rx");
        let sent = wait(transmitter, LIMIT, "link tx");
        let (sent_err, (received_out, received_err)) = (text(&sent).1, text(&received));
        assert!(received.status.success(), "{profile}: {received_out}{received_err}");
        assert!(sent.status.success(), "{profile}: {sent_err}");
        assert!(folder.read("out") == bytes, "{profile}: what came out is not what went in");
        let counts = said_counts(&sent_err, "tx");
        for counter in ["late", "late_slots", "underflows", "errors"] {
            assert_eq!(counts.get(counter), None, "{profile}: {sent_err}");
        }
        let cfo = lines(&received_out, "link").last().unwrap()["cfo_hz"].as_f64().unwrap();
        assert!((cfo + 34_894.0).abs() < 500.0, "{profile}: {cfo} Hz");
    }
}
