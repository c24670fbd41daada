//! The command as a person meets it: wrong input gets an error that says what to do, or a clean "nothing found".

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A folder of its own that is removed again.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nrflow-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs `nrflow`, at most a minute.
fn nrflow(args: &[&str]) -> Output {
    nrflow_into(Stdio::piped(), args)
}

fn nrflow_into(stdout: Stdio, args: &[&str]) -> Output {
    let mut child =
        Command::new(env!("CARGO_BIN_EXE_nrflow")).args(args).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(60) {
            let _ = child.kill();
            panic!("nrflow {args:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

fn refused(args: &[&str], words: &[&str]) {
    let output = nrflow(args);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{args:?}: {text}");
    assert!(!text.contains("panicked"), "{args:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{args:?}: '{word}' is not in: {text}");
    }
}

const RAW: [&str; 6] = ["--format", "cf32", "--rate", "7.68e6", "--frequency", "1842.5e6"];

#[test]
fn what_cannot_be_read_is_refused_with_the_way_out() {
    let folder = Folder::new("refused");
    let empty = folder.file("empty.cf32", &[]);
    let some = folder.file("some.cf32", &[0; 800]);
    refused(&["decode", "/nonexistent/x.sigmf-meta"], &["/nonexistent/x.sigmf-meta"]);
    refused(&["decode", &some], &["--format", "--rate"]);
    refused(&["decode", &some, "--format", "cf32"], &["--rate"]);
    refused(&["decode", &some, "--format", "cf16", "--rate", "1e6"], &["cf16", "cs16"]);
    refused(&["decode", &some, "--format", "cf32", "--rate", "0"], &["sample rate", "0"]);
    refused(&["decode", &some, "--format", "cf32", "--rate", "1e6"], &["sample rate", "3840000"]);
    refused(&["decode", &some, "--format", "cf32", "--rate", "1e9"], &["245.76"]);
    refused(&[&["decode", empty.as_str()][..], &RAW[..]].concat(), &["holds no sample"]);
    refused(&[&["decode", some.as_str()][..], &RAW[..], &["--scs", "60"]].concat(), &["60"]);
    refused(&[&["decode", some.as_str()][..], &RAW[..], &["--rnti", "0x12345"]].concat(), &["0x12345", "16 bits"]);
    let meta = folder.file(
        "lies.sigmf-meta",
        b"{\"global\":{\"core:datatype\":\"cf32_le\",\"core:version\":\"1.2.0\"},\"captures\":[],\"annotations\":[]}",
    );
    folder.file("lies.sigmf-data", &[0; 800]);
    refused(&["decode", &meta], &["core:sample_rate is missing"]);
}

#[test]
fn samples_without_a_cell_give_nothing_and_no_error() {
    let folder = Folder::new("nothing");
    let floats = |value: fn(usize) -> f32| (0..2 * 100_000).flat_map(|n| value(n).to_le_bytes()).collect::<Vec<u8>>();
    let cases: [(&str, Vec<u8>); 5] = [
        ("zero", floats(|_| 0.0)),
        ("nan", floats(|n| if n % 7 == 0 { f32::NAN } else { 0.1 })),
        ("infinite", floats(|n| if n % 1000 == 0 { f32::INFINITY } else { -0.1 })),
        ("clipped", floats(|n| if (n * n / 31) % 2 == 0 { 1.0 } else { -1.0 })),
        ("short", floats(|_| 0.5)[..24].to_vec()),
    ];
    for (name, bytes) in cases {
        let path = folder.file(name, &bytes);
        let output = nrflow(&[&["decode", path.as_str()][..], &RAW[..]].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("nothing found"), "{name}: {text}");
    }
    // One byte more than whole samples: said, and decoded all the same.
    let path = folder.file("odd", &[0; 8001]);
    let output = nrflow(&[&["decode", path.as_str()][..], &RAW[..]].concat());
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("last 1 of 8001 bytes"));
}

#[test]
fn assist_files_that_break_a_rule_are_refused() {
    let folder = Folder::new("assist");
    let some = folder.file("some.cf32", &[0; 80_000]);
    let assist = |name: &str, text: &str| folder.file(name, text.as_bytes());
    let coreset0 = "[coreset0]\nfirst_prb = 0\nn_rb = 24\nn_symbols = 2\n";
    let cases = [
        (format!("pci = 1008\n[carrier]\nscs_khz = 15\nn_prb = 25\n{coreset0}"), "1008"),
        (format!("pci = 1\n[carrier]\nscs_khz = 17\nn_prb = 25\n{coreset0}"), "17"),
        (format!("pci = 1\n[carrier]\nscs_khz = 30\nn_prb = 52\n{coreset0}"), "52 blocks"),
        (format!("pci = 1\nfirst_slot = 10\n[carrier]\nscs_khz = 15\nn_prb = 25\n{coreset0}"), "10"),
        (format!("pci = 1\nnonsense = 3\n[carrier]\nscs_khz = 15\nn_prb = 25\n{coreset0}"), "nonsense"),
        ("pci = 1\n[carrier]\nscs_khz = 15\nn_prb = 25\n".to_string(), "exactly one"),
        (
            "pci = 1\n[carrier]\nscs_khz = 15\nn_prb = 20\n[coreset0]\nfirst_prb = 0\nn_rb = 24\nn_symbols = 2".into(),
            "CORESET",
        ),
    ];
    for (i, (text, word)) in cases.iter().enumerate() {
        let path = assist(&format!("{i}.toml"), text);
        refused(&[&["decode", some.as_str()][..], &RAW[..], &["--assist", &path]].concat(), &[word]);
    }
}

#[test]
fn a_loopback_receives_what_it_sent() {
    let output = nrflow(&["loopback", "--duration", "60"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("SS/PBCH blocks  3 of 3 received"), "{text}");
    assert!(text.contains("SIB1            3 of 3 blocks received"), "{text}");
    assert!(!text.contains("WRONG"), "{text}");
}

#[test]
fn an_output_that_takes_no_more_ends_the_command() {
    let folder = Folder::new("output");
    let out = folder.0.join("cell");
    let out = out.to_str().unwrap();
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/src/default_cell.toml");
    assert!(nrflow(&["transmit", "--config", config, "--out", out, "--duration", "20"]).status.success());
    let recording = format!("{out}.sigmf-meta");

    // Whoever reads has enough: no error.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = nrflow_into(writer.into(), &["decode", &recording, "--json"]);
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));

    if cfg!(target_os = "linux") {
        let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
        for args in [vec!["decode", &recording, "--json"], vec!["decode", &recording]] {
            let output = nrflow_into(full().into(), &args);
            let error = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{error}");
            assert_eq!(error.matches("No space left").count(), 1, "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }
}

#[test]
fn error_rates_are_measured_against_their_requirements() {
    let arguments = ["bler", "--only", "polar", "--blocks", "400", "--json"];
    let (first, again) = (nrflow(&arguments), nrflow(&arguments));
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(first.stdout, again.stdout, "the seed is fixed");
    let text = String::from_utf8_lossy(&first.stdout);
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 4, "{text}");
    for row in &rows {
        assert_eq!((&row["kind"], &row["group"]), (&"bler".into(), &"polar".into()));
        assert_eq!((&row["unit"], &row["blocks"], &row["met"]), (&"dB".into(), &400.into(), &true.into()));
        let (measured, limit) = (row["measured"].as_f64().unwrap(), row["at_most"].as_f64().unwrap());
        assert!(measured.abs() <= limit && limit == 0.1 && row["standard_error"].is_f64(), "{row}");
    }
    let other = nrflow(&["bler", "--only", "polar", "--blocks", "400", "--json", "--seed", "2"]);
    assert_ne!(first.stdout, other.stdout);
    refused(&["bler", "--only", "polar", "--blocks", "1"], &["BLER 0.01", "1 blocks"]);
    refused(&["bler", "--only", "turbo"], &["turbo", "ldpc"]);
}

/// Wireshark's own dissector reads MIB and SIB1 out of the capture.
#[test]
fn tshark_dissects_the_capture() {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("SKIPPED: no tshark (apt-get install tshark)");
        return;
    }
    let folder = Folder::new("pcap");
    let cell = folder.0.join("cell");
    let capture = folder.0.join("cell.pcap");
    let sent = nrflow(&["transmit", "--out", cell.to_str().unwrap(), "--duration", "25"]);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let meta = cell.with_extension("sigmf-meta");
    let decoded = nrflow(&["decode", meta.to_str().unwrap(), "--pcap", capture.to_str().unwrap()]);
    assert!(decoded.status.success(), "{}", String::from_utf8_lossy(&decoded.stderr));
    let text = dissect(&capture);
    for word in [
        "BCCH-BCH-Message",
        "systemInformationBlockType1",
        "plmn-IdentityInfoList",
        "subCarrierSpacingCommon",
        "SI-RNTI",
    ] {
        assert!(text.contains(word), "{word} is not in:\n{}", &text[..text.len().min(6000)]);
    }
    assert!(!text.contains("Malformed"), "{text}");
}

fn dissect(capture: &Path) -> String {
    let output =
        Command::new("tshark").args(["--enable-heuristic", "mac_nr_udp", "-V", "-r"]).arg(capture).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
