//! The commands with a radio, through libSoapySDR and the virtual radios of `drivers/soapy-virtual`: what is on the air is
//! decoded, recorded and scanned; what a radio loses is counted exactly; nothing that happens ends a run that can go on.

#![cfg(feature = "soapy")]

mod virtual_radio;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;
use virtual_radio::{Air, finish, frames_ms, interrupt, last_counts, lines, text, wait, wait_for};

/// Samples in a millisecond of the cell.
const MS: u64 = 23_040;
const LIMIT: Duration = Duration::from_secs(120);

/// A folder of the test binary's own, whose files are written once.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("live-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// The default cell (20 MHz at 3489.42 MHz, PCI 1) for half a second, as cf32, and another of PCI 77 at 3721.92 MHz.
fn cells() -> &'static [PathBuf; 2] {
    static CELLS: OnceLock<[PathBuf; 2]> = OnceLock::new();
    CELLS.get_or_init(|| {
        let config =
            include_str!("../src/default_cell.toml").replace("pci = 1", "pci = 77").replace("3489.42", "3721.92");
        std::fs::write(scratch("77.toml"), config).unwrap();
        let make = |name: &str, more: &[&str]| {
            let out = scratch(name);
            let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
            command.args(["transmit", "--duration", "500", "--snr", "25", "--out"]).arg(&out).args(more);
            assert!(command.output().unwrap().status.success());
            out.with_extension("sigmf-data")
        };
        [make("1", &[]), make("77", &["--config", scratch("77.toml").to_str().unwrap()])]
    })
}

/// Device arguments that put a cell on the air.
fn playing(cell: usize, suffix: &str) -> String {
    let frequency = [3_489_420_000u64, 3_721_920_000][cell];
    let file = cells()[cell].display();
    format!("play{suffix}={file},play{suffix}_format=cf32,play{suffix}_rate=23040000,play{suffix}_freq={frequency}")
}

fn decode(air: &Air, device: &str, duration: &str) -> (String, String) {
    let device = air.device(device);
    let args = ["decode", "--device", &device, "--wait", "--frequency", "3489.42e6", "--duration", duration, "--json"];
    let output = finish(air.nrflow(&args), LIMIT);
    let (out, err) = text(&output);
    assert!(output.status.success(), "{err}");
    (out, err)
}

#[test]
fn a_cell_on_the_air_is_decoded() {
    for (profile, rate) in [("usrp", 23.04e6), ("hackrf", 20e6)] {
        let air = Air::new(&format!("decode-{profile}"));
        let (out, err) = decode(&air, &format!("profile={profile},ppm=1.5,noise_dbfs=-60,{}", playing(0, "")), "0.1");
        assert!(lines(&out, "cell").len() >= 4 && lines(&out, "sib1").len() >= 4, "{profile} {out}");
        assert_eq!(last_counts(&out)["samples"], (0.1 * rate) as u64);
        // What such a device cannot do is said at start, in one line.
        assert_eq!(err.contains("receives or transmits, one at a time"), profile == "hackrf", "{err}");
        let cfo = lines(&out, "cell")[0]["cfo_hz"].as_f64().unwrap();
        assert!((cfo + 1.5e-6 * 3489.6e6).abs() < 300.0, "{profile}: {cfo} Hz");
    }
}

#[test]
fn a_rate_too_low_for_nr_is_refused() {
    let air = Air::new("rtl");
    let device = air.device("profile=rtlsdr");
    let output = air.run(&["decode", "--device", &device, "--wait", "--frequency", "763e6"]);
    let (_, err) = text(&output);
    assert!(!output.status.success() && err.contains("3840000"), "{err}");
}

#[test]
fn every_loss_is_counted_exactly_and_decoding_goes_on() {
    let lost = 30 * MS + 7;
    for (name, fault, expected) in [
        ("overflow", format!("overflow@0.1003:{lost}"), [("lost", lost), ("overflows", 1), ("gaps", 1), ("jumps", 0)]),
        ("gap", format!("gap@0.1003:{lost}"), [("lost", lost), ("overflows", 0), ("gaps", 1), ("jumps", 0)]),
        (
            "storm",
            "storm@0.1:0.05:0.005:1000".to_string(),
            [("lost", 10_000), ("overflows", 10), ("gaps", 10), ("jumps", 0)],
        ),
        ("short", "short@0.1:0.05".to_string(), [("lost", 0), ("overflows", 0), ("gaps", 0), ("errors", 0)]),
        ("timeout", "timeout@0.1:5".to_string(), [("lost", 0), ("overflows", 0), ("gaps", 0), ("errors", 0)]),
        ("jump", "jump@0.1003:-5000000000".to_string(), [("lost", 0), ("overflows", 0), ("gaps", 0), ("jumps", 1)]),
        ("vanish", "vanish@0.1003:2".to_string(), [("errors", 1), ("reopened", 1), ("overflows", 0), ("dropped", 0)]),
    ] {
        let air = Air::new(name);
        let (out, _) = decode(&air, &format!("profile=usrp,faults={fault},{}", playing(0, "")), "0.3");
        let counts = last_counts(&out);
        for (counter, value) in expected {
            assert_eq!(counts[counter], value, "{name}: {counter} of {counts}");
        }
        let missing = counts["lost"].as_u64().unwrap();
        assert_eq!(counts["samples"].as_u64().unwrap() + missing, 300 * MS, "{name}: {counts}");
        // Within 40 ms of signal after the loss the cell decodes again, SIB1 too.
        let frames = frames_ms(&out, MS);
        let end = 100.3 + missing as f64 / MS as f64;
        assert!(frames.iter().any(|at| (end - 1.0..end + 40.0).contains(at)), "{name}: {frames:?}");
        assert!(lines(&out, "sib1").len() >= 10, "{name}: {}", lines(&out, "sib1").len());
    }
}

#[test]
fn without_a_clock_a_loss_is_a_break_and_the_cell_is_found_again() {
    let air = Air::new("break");
    let (out, _) =
        decode(&air, &format!("profile=hackrf,faults=overflow@0.1003:{},{}", 13 * 20_000, playing(0, "")), "0.3");
    let counts = last_counts(&out);
    assert_eq!((&counts["overflows"], &counts["jumps"], &counts["lost"]), (&1.into(), &1.into(), &0.into()));
    let frames = frames_ms(&out, 20_000);
    assert!(frames.iter().any(|at| (100.0..140.0).contains(at)), "{frames:?}");
    assert!(lines(&out, "sib1").len() >= 11, "{}", lines(&out, "sib1").len());
}

#[test]
fn two_radios_share_an_air() {
    for (name, more) in [("bursts", ""), ("continuous", "--continuous")] {
        let air = Air::new(name);
        let sender = air.device("profile=usrp,serial=t,wait_rx=1,holds=1");
        let mut args =
            vec!["transmit", "--device", &sender, "--wait", "--duration", "400", "--gain", "40", "--i-may-transmit"];
        args.extend((!more.is_empty()).then_some(more));
        let transmitter = air.nrflow(&args).spawn().unwrap();
        let device = "profile=usrp,serial=r,wait_tx=1,ppm=10,noise_dbfs=-55,delay_s=0.00001234";
        let receiver = air.device(device);
        let args = [
            "decode",
            "--device",
            &receiver,
            "--wait",
            "--frequency",
            "3489.42e6",
            "--duration",
            "0.25",
            "--json",
            "--rnti",
            "0x4601",
        ];
        let output = finish(air.nrflow(&args), LIMIT);
        let (out, err) = text(&output);
        assert!(output.status.success(), "{name}: {err}");
        let sent = wait(transmitter, LIMIT, "transmit");
        let (sent_out, sent_err) = text(&sent);
        assert!(sent.status.success(), "{name}: {sent_err}");
        // It says before in which band, at which gain and for how long.
        for part in ["n78", "40 dB", "for 0.4 s", if more.is_empty() { "in bursts" } else { "without a pause" }] {
            assert!(sent_err.contains(part), "'{part}' is not in {sent_err}");
        }
        assert!(sent_out.contains("20 SS/PBCH blocks"), "{sent_out}");
        let good = lines(&out, "pdsch").iter().filter(|line| line["crc"] == true).count();
        let all = lines(&out, "pdsch").len();
        assert!(lines(&out, "cell").len() >= 8 && good >= 200 && all - good <= 2, "{name}: {good} of {all}");
    }
}

#[test]
fn a_half_duplex_radio_transmits() {
    let air = Air::new("hackrf-tx");
    let sender = air.device("profile=hackrf,serial=t,wait_rx=1");
    let args = ["transmit", "--device", &sender, "--wait", "--duration", "300", "--i-may-transmit"];
    let transmitter = air.nrflow(&args).spawn().unwrap();
    let (out, _) = decode(&air, "profile=usrp,serial=r,wait_tx=1,noise_dbfs=-60", "0.15");
    // It hears some of its own band only: 20 Msps hold the 18.36 MHz of the carrier.
    assert!(lines(&out, "sib1").len() >= 4, "{out}");
    wait(transmitter, LIMIT, "transmit");
}

#[test]
fn nothing_is_transmitted_unasked() {
    let air = Air::new("permission");
    let device = air.device("profile=usrp");
    let output = air.run(&["transmit", "--device", &device, "--wait"]);
    let (_, err) = text(&output);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("will transmit 3480.240 to 3498.600 MHz") && err.contains("--i-may-transmit"), "{err}");
}

#[test]
fn a_recording_is_what_was_on_the_air_sample_for_sample() {
    let air = Air::new("record");
    let device = air.device(&format!("profile=usrp,native=CF32,{}", playing(0, "")));
    let out = scratch("recorded");
    let args = [
        "record",
        "--device",
        &device,
        "--wait",
        "--frequency",
        "3489.42e6",
        "--rate",
        "23.04e6",
        "--duration",
        "0.1",
        "--wire-format",
        "CF32",
        "--out",
        out.to_str().unwrap(),
    ];
    let output = finish(air.nrflow(&args), LIMIT);
    assert!(output.status.success(), "{}", text(&output).1);
    let recorded = std::fs::read(out.with_extension("sigmf-data")).unwrap();
    let played = std::fs::read(&cells()[0]).unwrap();
    assert_eq!(recorded.len() as u64, 100 * MS * 8);
    assert!(recorded == played[..recorded.len()], "the recording differs from what was played");
}

#[test]
fn gaps_stand_in_the_metadata_and_replay_as_they_were() {
    let air = Air::new("gaps");
    let faults = format!("overflow@0.05:{};gap@0.1:{}", 5 * MS, 40 * MS);
    let device = air.device(&format!("profile=usrp,faults={faults},{}", playing(0, "")));
    let out = scratch("gaps");
    let args = [
        "record",
        "--device",
        &device,
        "--wait",
        "--frequency",
        "3489.42e6",
        "--rate",
        "23.04e6",
        "--duration",
        "0.25",
        "--out",
        out.to_str().unwrap(),
        "--json",
    ];
    let output = finish(air.nrflow(&args), LIMIT);
    let (counted, err) = text(&output);
    assert!(output.status.success(), "{err}");
    assert_eq!(last_counts(&counted)["lost"], 45 * MS);
    let meta: Value = serde_json::from_slice(&std::fs::read(out.with_extension("sigmf-meta")).unwrap()).unwrap();
    let zeros = &meta["annotations"][0];
    assert_eq!((&zeros["core:sample_start"], &zeros["core:sample_count"]), (&(50 * MS).into(), &(5 * MS).into()));
    let second = &meta["captures"][1];
    assert_eq!((&second["core:sample_start"], &second["core:global_index"]), (&(100 * MS).into(), &(140 * MS).into()));
    // 250 ms less the 40 that are not in the file; two bytes a component.
    assert_eq!(std::fs::metadata(out.with_extension("sigmf-data")).unwrap().len(), 210 * MS * 4);
    let replay = air.run(&["decode", "--json", out.with_extension("sigmf-meta").to_str().unwrap()]);
    let (replayed, _) = text(&replay);
    let frames = frames_ms(&replayed, MS);
    assert!(frames.len() >= 9, "{frames:?}");
    for pair in frames.windows(2) {
        let periods = (pair[1] - pair[0]) / 20.0;
        assert!((periods - periods.round()).abs() < 1e-3, "{frames:?}");
    }
}

#[test]
fn ctrl_c_ends_a_recording_well() {
    // Without a length it is how a recording ends; with one it is cut short.
    for (name, more, code) in [("endless", vec![], 0), ("cut", vec!["--duration", "3600"], 130)] {
        let air = Air::new(name);
        let device = air.device(&format!("profile=usrp,clock=realtime,speed=0.2,{}", playing(0, "")));
        let out = scratch(name);
        let mut args = vec!["record", "--device", &device, "--frequency", "3489.42e6", "--out", out.to_str().unwrap()];
        args.extend(more);
        let child = air.nrflow(&args).spawn().unwrap();
        let data = out.with_extension("sigmf-data");
        wait_for(|| std::fs::metadata(&data).is_ok_and(|meta| meta.len() > 1 << 20), "the recording");
        interrupt(&child);
        let output = wait(child, LIMIT, name);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output).1);
        assert_eq!(std::fs::metadata(&data).unwrap().len() % 4, 0);
        let replay = air.run(&["decode", out.with_extension("sigmf-meta").to_str().unwrap(), "--json"]);
        assert!(replay.status.success(), "{}", text(&replay).1);
        // The device is free again.
        let again = air.run(&["decode", "--device", &device, "--frequency", "3489.42e6", "--duration", "0.01"]);
        assert!(again.status.success(), "{}", text(&again).1);
    }
}

#[test]
fn a_scan_finds_the_cells_of_a_band() {
    let air = Air::new("scan");
    let device = air.device(&format!("profile=usrp,noise_dbfs=-60,{},{}", playing(0, ""), playing(1, "2")));
    let args = ["scan", "--device", &device, "--wait", "--range", "3460:3740", "--rate", "61.44e6", "--json"];
    let output = finish(air.nrflow(&args), LIMIT);
    let (out, err) = text(&output);
    assert!(output.status.success(), "{err}");
    let mut found: Vec<_> = lines(&out, "scanned")
        .iter()
        .map(|cell| {
            (cell["pci"].as_u64().unwrap(), cell["gscn"].as_u64().unwrap(), cell["sib1"]["operators"][0].clone())
        })
        .collect();
    found.sort_by_key(|(pci, ..)| *pci);
    assert_eq!(found, [(1, 7839, "001-01".into()), (77, 8000, "001-01".into())], "{out}");
}

#[test]
fn a_scan_that_is_interrupted_goes_on_where_it_was() {
    let air = Air::new("resume");
    let device = air.device(&format!("profile=usrp,noise_dbfs=-60,{}", playing(0, "")));
    let state = scratch("scan.json");
    let args = [
        "scan",
        "--device",
        &device,
        "--wait",
        "--range",
        "3470:3700",
        "--resume",
        state.to_str().unwrap(),
        "--rate",
        "23.04e6",
    ];
    let child = air.nrflow(&args).spawn().unwrap();
    wait_for(|| state.exists(), "the state");
    interrupt(&child);
    let output = wait(child, LIMIT, "scan");
    let (_, err) = text(&output);
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("goes on"), "{err}");
    let output = finish(air.nrflow(&args), LIMIT);
    let (out, err) = text(&output);
    assert!(output.status.success() && err.contains("done before"), "{err}");
    assert!(out.contains("PCI 1 ") && out.contains("001-01"), "{out}");
    assert!(!state.exists(), "a scan that is done leaves no state");
    // The state of another scan is not taken for this one's.
    std::fs::write(&state, "{\"centres_hz\":[1],\"done\":0,\"cells\":[]}").unwrap();
    let output = finish(air.nrflow(&args), LIMIT);
    assert!(!output.status.success() && text(&output).1.contains("another band"), "{}", text(&output).1);
}

#[test]
fn what_cannot_be_scanned_is_said() {
    let air = Air::new("scan-wrong");
    let device = air.device("profile=rtlsdr");
    for (args, word) in [
        (vec![], "--band n78"),
        (vec!["--band", "n78", "--rate", "3.2e6"], "too little"),
        (vec!["--band", "n999"], "n999"),
        (vec!["--range", "800:700"], "the lower first"),
        (vec!["--range", "10:20"], "no point"),
        (vec!["--band", "n78", "--dwell", "NaN"], "dwell"),
    ] {
        let mut all = vec!["scan", "--device", &device, "--wait"];
        all.extend(&args);
        let output = air.run(&all);
        let (_, err) = text(&output);
        assert!(!output.status.success() && err.contains(word), "{args:?}: '{word}' is not in {err}");
    }
}
