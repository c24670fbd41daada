//! `nrflow decode` on real signals: the exact command a person gives, and what must come of it.

mod recorded;

use recorded::{decode, of_kind, truth};
use serde_json::Value;
use std::path::Path;

/// The same with the assist file of the recording.
fn decode_assisted(name: &str) -> Option<Vec<Value>> {
    let assist = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/assist").join(format!("{name}.toml"));
    decode(name, &["--assist", assist.to_str().unwrap()])
}

#[test]
fn ota_n78_has_one_cell_without_sib1() {
    let Some(lines) = decode("ota-n78-46M", &[]) else { return };
    let cells = of_kind(&lines, "cell");
    assert!(!cells.is_empty() && cells.iter().all(|cell| cell["pci"] == 500), "{cells:?}");
    let cell = cells[0];
    assert_eq!(cell["ssb_frequency_hz"].as_f64().unwrap(), 3_512_640_000.0);
    assert_eq!(
        (cell["scs_khz"].as_u64(), cell["ssb_index"].as_u64(), cell["sfn"].as_u64()),
        (Some(30), Some(0), Some(978))
    );
    assert!((cell["frame_start_sample"].as_i64().unwrap() - 354_490).abs() <= 8, "{cell}");
    assert!((cell["cfo_hz"].as_f64().unwrap() - 137.0).abs() < 400.0, "{cell}");
    let mib = of_kind(&lines, "mib")[0];
    assert_eq!((mib["hex"].as_str(), mib["k_ssb"].as_u64()), (Some("7af000"), Some(31)));
    assert_eq!(mib["cellBarred"], "barred");
    assert!(of_kind(&lines, "sib1").is_empty());
}

#[test]
fn cable_n3_gives_mib_dci_and_sib1() {
    let Some(lines) = decode("cable-n3-sib1-15M36", &[]) else { return };
    let cell = of_kind(&lines, "cell")[0];
    assert_eq!((cell["pci"].as_u64(), cell["ssb_frequency_hz"].as_f64()), (Some(500), Some(1_842_050_000.0)));
    assert!(cell["frame_start_sample"].as_i64().unwrap().abs() <= 2, "{cell}");
    assert_eq!(of_kind(&lines, "mib")[0]["hex"], "626304");
    let truth = truth("cable-n3-sib1-15M36");
    let dci = of_kind(&lines, "dci");
    assert_eq!(dci.len(), 1);
    assert_eq!(
        (dci[0]["rnti"].as_str(), dci[0]["al"].as_u64(), dci[0]["cce"].as_u64()),
        (Some("0xffff"), Some(4), Some(0))
    );
    assert_eq!(dci[0]["bits"], truth[1]["dci_bits"]);
    let pdsch = of_kind(&lines, "pdsch")[0];
    assert_eq!((pdsch["crc"].as_bool(), pdsch["tbs_bits"].as_u64()), (Some(true), Some(672)));
    // CORESET#0 begins at block 1 of the carrier.
    assert_eq!((pdsch["prb"].as_str(), pdsch["symbols"].as_str()), (Some("0..6"), Some("2..13")));
    assert_eq!(pdsch["hex"], truth[2]["hex"]);
    assert_eq!(of_kind(&lines, "sib1").len(), 1);
}

/// The base station's own log: every SSB and the one SIB1.
fn base_station(name: &str, ssb_frequency_hz: f64) {
    let Some(lines) = decode(name, &[]) else { return };
    let truth = truth(name);
    let (cells, mibs) = (of_kind(&lines, "cell"), of_kind(&lines, "mib"));
    for block in truth.iter().filter(|line| line["kind"] == "SSB") {
        let sfn: u64 = block["at"].as_str().unwrap().split('.').next().unwrap().parse().unwrap();
        let mib = mibs.iter().find(|mib| mib["sfn"] == sfn).unwrap_or_else(|| panic!("no SSB at SFN {sfn}"));
        assert_eq!((mib["pci"].as_u64(), &mib["hex"]), (Some(1), &block["hex"]));
    }
    assert!(cells.iter().all(|cell| cell["pci"] == 1 && cell["ssb_frequency_hz"] == ssb_frequency_hz), "{cells:?}");
    let pdcch = truth.iter().find(|line| line["kind"] == "PDCCH").unwrap();
    let dci = of_kind(&lines, "dci");
    assert_eq!(dci.len(), 1, "{dci:?}");
    assert_eq!((&dci[0]["at"], &dci[0]["rnti"]), (&pdcch["at"], &pdcch["rnti"]));
    let hex = pdcch["hex"].as_str().unwrap();
    let bits: String = hex.chars().map(|c| format!("{:04b}", c.to_digit(16).unwrap())).collect();
    assert!(bits.starts_with(dci[0]["bits"].as_str().unwrap()), "{bits} {}", dci[0]);
    let block = truth.iter().find(|line| line["kind"] == "PDSCH").unwrap();
    let pdsch = of_kind(&lines, "pdsch");
    assert_eq!(pdsch.len(), 1);
    assert_eq!((pdsch[0]["crc"].as_bool(), &pdsch[0]["hex"]), (Some(true), &block["hex"]));
    assert_eq!(of_kind(&lines, "sib1").len(), 1);
}

#[test]
fn gnb_n3() {
    base_station("gnb-n3-10MHz", 1_839_650_000.0);
}

#[test]
fn gnb_n78() {
    base_station("gnb-n78-20MHz", 3_483_840_000.0);
}

/// Sets of one millisecond whose truth an independent receiver found: `type` SSB, PDCCH, PDSCH.
fn millisecond(name: &str, assisted: bool) {
    let lines = if assisted { decode_assisted(name) } else { decode(name, &[]) };
    let Some(lines) = lines else { return };
    let truth = truth(name);
    for entry in &truth {
        match entry["type"].as_str().unwrap() {
            "SSB" => {
                let cell = of_kind(&lines, "cell")[0];
                assert_eq!(
                    (&cell["pci"], &cell["ssb_index"], &cell["sfn"]),
                    (&entry["pci"], &entry["ssb_index"], &entry["sfn"])
                );
                assert_eq!(of_kind(&lines, "mib")[0]["hex"], entry["mib_hex"]);
            }
            "PDCCH" => {
                let dci = of_kind(&lines, "dci");
                let rnti = format!("0x{:04x}", entry["rnti"].as_u64().unwrap());
                assert!(
                    dci.iter().any(|dci| dci["bits"] == entry["dci_bits"]
                        && dci["rnti"] == rnti
                        && dci["al"] == entry["AL"]
                        && dci["cce"] == entry["cce"]),
                    "{dci:?}"
                );
            }
            "PDSCH" => {
                let pdsch = of_kind(&lines, "pdsch");
                assert!(pdsch.iter().any(|p| p["crc"] == true && p["hex"] == entry["tb_hex"]), "{pdsch:?}");
                if entry["what"] == "SIB1" {
                    assert_eq!(of_kind(&lines, "sib1").len(), 1);
                }
                if let Some(rar) = entry["rar"].as_array() {
                    let found = of_kind(&lines, "rar");
                    assert_eq!(found.len(), rar.len());
                    for (found, rar) in found.iter().zip(rar) {
                        let tc_rnti = format!("0x{:04x}", rar["TC_RNTI"].as_u64().unwrap());
                        assert_eq!((&found["rapid"], &found["timing_advance"]), (&rar["RAPID"], &rar["TA"]));
                        assert_eq!(
                            (&found["ul_grant"], found["tc_rnti"].as_str()),
                            (&rar["UL_grant"], Some(&*tc_rnti))
                        );
                    }
                }
            }
            other => panic!("unknown type {other}"),
        }
    }
}

#[test]
fn singtel_n1_ssb() {
    millisecond("singtel-n1-20MHz-ssb", false);
}

#[test]
fn singtel_n1_sib() {
    millisecond("singtel-n1-20MHz-sib", true);
}

#[test]
fn singtel_n1_rar() {
    millisecond("singtel-n1-20MHz-rar", true);
}

#[test]
fn srsran_n5_ssb() {
    millisecond("srsran-n5-10MHz-ssb", false);
}

#[test]
fn srsran_n5_sib() {
    millisecond("srsran-n5-10MHz-sib", true);
}

#[test]
fn srsran_n5_rar() {
    millisecond("srsran-n5-10MHz-rar", true);
}

#[test]
fn srsran_n78_sib() {
    millisecond("srsran-n78-20MHz-sib", false);
}

/// What follows the random access: contention resolution, RRCSetup, data of a device whose DM-RS has an identity of its
/// own.
#[test]
fn devices_of_the_assisted_cells() {
    for name in [
        "singtel-n1-20MHz-contention-resolution",
        "singtel-n1-20MHz-rrc-setup",
        "singtel-n1-20MHz-pdsch-9426",
        "singtel-n1-20MHz-pdsch-9428",
        "srsran-n5-10MHz-rrc-setup",
        "srsran-n78-20MHz-rrc-setup",
    ] {
        millisecond(name, true);
    }
}

#[test]
fn synthetic_slots() {
    for name in ["synthetic-25prb-slot0", "synthetic-25prb-slot4"] {
        let Some(lines) = decode_assisted(name) else { return };
        let truth = truth(name);
        let dci = of_kind(&lines, "dci");
        assert!(dci.iter().any(|dci| dci["bits"] == truth[0]["dci_bits"] && dci["rnti"] == "0x1234" && dci["al"] == 2));
        let pdsch = of_kind(&lines, "pdsch");
        assert!(
            pdsch.iter().any(|p| p["crc"] == true && p["hex"] == truth[1]["hex"] && p["prb"] == "0..9"),
            "{pdsch:?}"
        );
    }
}
