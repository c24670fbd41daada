//! `nrflow decode` follows connected devices of real cells: from the random access response to their own DCIs and
//! PDSCHs, or with their configuration from files.
//!
//! The recordings lie in `NRFLOW_RECORDINGS` (default `../shared/recordings`); tests say loudly when it is absent.

mod scratch;

use nrflow::frame::Numerology;
use nrflow::pdsch::TimeAllocation;
use nrflow::reference_signal::dmrs::MappingType;
use nrflow::rrc::{CellDescription, Sib1, SsbPeriodicity};
use scratch::Folder;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings");
    let folder = std::env::var_os("NRFLOW_RECORDINGS").map_or(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no recordings in {} (set NRFLOW_RECORDINGS)", folder.display());
    None
}

fn truth(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder().unwrap().join(format!("{name}.truth.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// `nrflow decode NAME.sigmf-meta --json ARGS…` as JSON lines; `None` without recordings.
fn decode(name: &str, args: &[&str]) -> Option<Vec<Value>> {
    let recording = folder()?.join(format!("{name}.sigmf-meta"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
    command.arg("decode").arg(recording).arg("--json").args(args);
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    let text = String::from_utf8(output.stdout).unwrap();
    eprintln!("{name}: {text}");
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn of_kind<'v>(lines: &'v [Value], kind: &str) -> Vec<&'v Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The value of `name=` in the head of a truth line.
fn of_head<'t>(line: &'t Value, name: &str) -> &'t str {
    let head = line["head"].as_str().unwrap();
    let value = head.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("{name} in {line}"))
}

/// The cell of the attach: its SIB1 was sent just before the recording begins. What of it matters for the downlink is
/// in the base station's log: Point A, the carrier of 52 blocks, one row of 13 symbols from symbol 1.
fn sib1_of_the_attach() -> Sib1 {
    let row = TimeAllocation { k0: 0, mapping_type: MappingType::A, start: 1, length: 13 };
    let cell = CellDescription {
        offset_to_point_a: 13,
        pdsch_allocations: vec![(0, row.sliv().unwrap())],
        ssb_periodicity: SsbPeriodicity::Ms10,
        ..CellDescription::new(3, Numerology::MU0, 52).with_uplink(Some(347_000))
    };
    Sib1::for_cell(&cell).unwrap()
}

#[test]
fn an_attach_from_preamble_to_dedicated_channels() {
    if folder().is_none() {
        return;
    }
    let scratch = Folder::new("decode-device-attach");
    let sib1 = scratch.file("sib1.hex", hex(&sib1_of_the_attach().encode().unwrap()).as_bytes());
    let lines = decode("attach-n3-10MHz-dl", &["--sib1", &sib1]).unwrap();
    let truth = truth("attach-n3-10MHz");
    let of_truth = |kind: &'static str| truth.iter().filter(move |line| line["kind"] == kind);
    for ssb in of_truth("SSB") {
        let sfn: u64 = ssb["at"].as_str().unwrap().split('.').next().unwrap().parse().unwrap();
        let mib = of_kind(&lines, "mib").into_iter().find(|mib| mib["sfn"] == sfn);
        assert_eq!(mib.unwrap_or_else(|| panic!("no SSB at SFN {sfn}"))["hex"], ssb["hex"]);
    }
    let dcis = of_kind(&lines, "dci");
    assert_eq!(dcis.len(), of_truth("PDCCH").count(), "{dcis:#?}");
    for pdcch in of_truth("PDCCH") {
        let bits: String =
            pdcch["hex"].as_str().unwrap().chars().map(|c| format!("{:04b}", c.to_digit(16).unwrap())).collect();
        let size: usize = pdcch["size"].as_str().unwrap().parse().unwrap();
        let same = |dci: &&&Value| dci["at"] == pdcch["at"] && dci["bits"] == bits[..size];
        let dci = dcis.iter().find(same).unwrap_or_else(|| panic!("no {pdcch}"));
        assert_eq!((&dci["rnti"], &dci["format"]), (&pdcch["rnti"], &pdcch["format"]));
        let place = ["al", "cce"].map(|name| dci[name].to_string());
        assert_eq!(place.each_ref().map(String::as_str), ["al", "cce"].map(|name| pdcch[name].as_str().unwrap()));
        assert!(dci.get("refused").is_none(), "{dci}");
    }
    let blocks = of_kind(&lines, "pdsch");
    assert_eq!(blocks.len(), of_truth("PDSCH").count(), "{blocks:#?}");
    for (block, expected) in blocks.iter().zip(of_truth("PDSCH")) {
        assert_eq!((&block["at"], &block["rnti"]), (&expected["at"], &expected["rnti"]));
        assert_eq!((&block["crc"], &block["hex"]), (&Value::from(true), &expected["hex"]), "{}", expected["head"]);
        let bytes: u64 = of_head(expected, "tbs").parse().unwrap();
        assert_eq!(block["tbs_bits"], 8 * bytes);
        let prb = block["prb"].as_str().unwrap().split_once("..").unwrap();
        let prb = (prb.0.parse::<u64>().unwrap(), prb.1.parse::<u64>().unwrap() + 1);
        assert_eq!(format!("[{}, {})", prb.0, prb.1), expected["prb"].as_str().unwrap());
    }
    assert_eq!(of_kind(&lines, "rar").len(), 1);
    let setups = of_kind(&lines, "setup");
    assert!(setups.len() == 1 && setups[0]["not_followed"].is_null(), "{setups:?}");
    // The last PDSCH came in the device's own search space.
    assert_eq!(blocks.last().unwrap()["prb_reference"], "bwp");
    let totals = of_kind(&lines, "total");
    assert_eq!(totals.len(), 1, "{totals:?}");
    let total = totals[0];
    assert_eq!(
        (&total["rnti"], &total["blocks"], &total["failed"], &total["uplink_dcis"]),
        (&Value::from("0x4601"), &Value::from(3), &Value::from(0), &Value::from(2))
    );
    assert_eq!(total["bits"], 8 * (7 + 301 + 153));
}

/// The messages of a cell's other recordings, as files for one that holds neither.
#[test]
fn a_device_configured_by_files() {
    if folder().is_none() {
        return;
    }
    let scratch = Folder::new("decode-device-files");
    let file = |name: &str, field: &str, of: &str| {
        let line = truth(of).into_iter().find(|line| line["type"] == "PDSCH").unwrap();
        scratch.file(name, line[field].as_str().unwrap().as_bytes())
    };
    let sib1 = file("sib1.hex", "tb_hex", "srsran-n78-20MHz-sib");
    let setup = file("setup.hex", "rrc_hex", "srsran-n78-20MHz-rrc-setup");
    for name in ["srsran-n78-20MHz-pdsch-3440", "srsran-n78-20MHz-pdsch-3640"] {
        let args = ["--sib1", &sib1, "--dedicated", &setup, "--rnti", "17921"];
        let lines = decode(name, &args).unwrap();
        let truth = truth(name);
        let of_truth = |kind: &'static str| truth.iter().filter(move |line| line["type"] == kind);
        let dcis: Vec<&str> = of_kind(&lines, "dci").iter().map(|dci| dci["bits"].as_str().unwrap()).collect();
        let expected: Vec<&str> = of_truth("PDCCH").map(|dci| dci["dci_bits"].as_str().unwrap()).collect();
        assert_eq!(dcis, expected, "{name}");
        assert!(of_kind(&lines, "dci").iter().all(|dci| dci["format"] == "1_1"), "{name}");
        let blocks: Vec<&str> = of_kind(&lines, "pdsch").iter().map(|block| block["hex"].as_str().unwrap()).collect();
        let expected: Vec<&str> = of_truth("PDSCH").map(|block| block["tb_hex"].as_str().unwrap()).collect();
        assert_eq!(blocks, expected, "{name}");
        assert!(of_kind(&lines, "pdsch").iter().all(|block| block["crc"] == true && block["mcs"] == 27), "{name}");
    }
}
