//! Payloads of dedicated DCI that real cells sent, and the fields that they are known to hold: a second oracle of the
//! field widths.
//!
//! Folder from `NRFLOW_RECORDINGS` (default `../shared/recordings`).

use nrflow::pdcch::dci::{
    Dci0_1, Dci0_1Layout, Dci0_1Parameters, Dci1_1, Dci1_1Layout, Dci1_1Parameters, FrequencyAssignment,
    FrequencyField, HarqAckCodebook,
};
use nrflow::pdsch::VrbRun;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("NRFLOW_RECORDINGS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no recordings in {} (set NRFLOW_RECORDINGS)", folder.display());
    None
}

/// What the cell of a recording is known to configure: blocks, rows of the uplink and downlink time tables, entries of
/// dl-DataToUL-ACK, and the rest of format 0_1.
fn configuration(name: &str) -> (u16, u8, u8, u8, Dci0_1Parameters) {
    let uplink = |n_rb| Dci0_1Parameters {
        harq_ack_codebook: HarqAckCodebook::Dynamic,
        ..Dci0_1Parameters::new(FrequencyField::Type1 { n_rb })
    };
    if name.starts_with("singtel-n1") {
        let own =
            Dci0_1Parameters { n_bandwidth_parts: 1, csi_request_bits: 1, transform_precoding: true, ..uplink(106) };
        (106, 4, 4, 4, own)
    } else if name.starts_with("srsran-n5") {
        (52, 1, 1, 1, Dci0_1Parameters { transform_precoding: true, ..uplink(52) })
    } else {
        (51, 8, 2, 8, uplink(51))
    }
}

/// The named field of a record; `None` where it has no bits.
fn field(record: &Value, name: &str) -> Option<u32> {
    record["fields"][name].as_u64().map(|v| v as u32)
}

fn check_fields(record: &Value, values: &[(&str, u32, u8)], what: &str) {
    for &(name, value, width) in values {
        assert_eq!(field(record, name), (width > 0).then_some(value), "{what}: {name}");
    }
}

fn records_of(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn dedicated_dci_of_real_cells() {
    let Some(folder) = folder() else { return };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut n_0_1, mut n_1_1) = (0, 0);
    for path in paths.iter().filter(|path| path.to_string_lossy().ends_with(".truth.jsonl")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for record in records_of(path).iter().filter(|r| r["type"] == "PDCCH") {
            let what = format!("{name} {record}");
            let (n_rb, ul_rows, dl_rows, timings, uplink) = configuration(&name);
            let text = record["dci_bits"].as_str().unwrap();
            let bits: Vec<u8> = text.bytes().map(|b| b - b'0').collect();
            match record["dci_format"].as_str().unwrap() {
                "0_1" => {
                    let layout = Dci0_1Layout::new(&Dci0_1Parameters { n_time_rows: ul_rows, ..uplink }).unwrap();
                    assert_eq!((layout.size(), layout.padding_bits()), (bits.len(), 0), "{what}");
                    let dci = Dci0_1::decode(&bits, &layout).unwrap();
                    assert_eq!(dci.encode(&layout).unwrap(), bits, "{what}");
                    let w = layout.widths();
                    let values = [
                        ("bwp", dci.bandwidth_part_indicator.into(), w.bandwidth_part_indicator),
                        ("fdra", dci.frequency_resource, w.frequency_resource),
                        ("tdra", dci.time_resource.into(), w.time_resource),
                        ("mcs", dci.mcs.into(), w.mcs),
                        ("ndi", dci.ndi.into(), w.ndi),
                        ("rv", dci.rv.into(), w.rv),
                        ("harq", dci.harq_process.into(), w.harq_process),
                        ("dai1", dci.dai.into(), w.dai),
                        ("tpc", dci.tpc.into(), w.tpc),
                        ("ant", dci.antenna_ports.into(), w.antenna_ports),
                        ("srs", dci.srs_request.into(), w.srs_request),
                        ("csi", dci.csi_request.into(), w.csi_request),
                        ("dmrsinit", dci.dmrs_sequence.into(), w.dmrs_sequence),
                        ("ulsch", dci.ul_sch.into(), w.ul_sch),
                    ];
                    check_fields(record, &values, &what);
                    let FrequencyAssignment::Riv(riv) = layout.frequency().assignment(dci.frequency_resource) else {
                        panic!("{what}");
                    };
                    let run = VrbRun::from_riv(riv, n_rb).unwrap();
                    let known = record["ul_grant"]["riv"].as_array().unwrap();
                    assert_eq!(
                        [run.start, run.length].map(u64::from).map(Some),
                        [known[0].as_u64(), known[1].as_u64()]
                    );
                    n_0_1 += 1;
                }
                "1_1" => {
                    let layout = Dci1_1Layout::new(&Dci1_1Parameters {
                        n_time_rows: dl_rows,
                        n_harq_timings: timings,
                        harq_ack_codebook: HarqAckCodebook::Dynamic,
                        ..Dci1_1Parameters::new(FrequencyField::Type1 { n_rb })
                    })
                    .unwrap();
                    assert_eq!((layout.size(), layout.padding_bits()), (bits.len(), 0), "{what}");
                    let dci = Dci1_1::decode(&bits, &layout).unwrap();
                    assert_eq!(dci.encode(&layout).unwrap(), bits, "{what}");
                    let w = layout.widths();
                    let values = [
                        ("bwp", dci.bandwidth_part_indicator.into(), w.bandwidth_part_indicator),
                        ("fdra", dci.frequency_resource, w.frequency_resource),
                        ("tdra", dci.time_resource.into(), w.time_resource),
                        ("mcs", dci.mcs.into(), w.mcs),
                        ("ndi", dci.ndi.into(), w.ndi),
                        ("rv", dci.rv.into(), w.rv),
                        ("harq", dci.harq_process.into(), w.harq_process),
                        ("dai", dci.dai.into(), w.dai),
                        ("tpc", dci.tpc.into(), w.tpc),
                        ("pucch", dci.pucch_resource.into(), w.pucch_resource),
                        ("k1", dci.pdsch_to_harq.into(), w.pdsch_to_harq),
                        ("ant", dci.antenna_ports.into(), w.antenna_ports),
                        ("srs", dci.srs_request.into(), w.srs_request),
                        ("dmrsinit", dci.dmrs_sequence.into(), w.dmrs_sequence),
                    ];
                    check_fields(record, &values, &what);
                    n_1_1 += 1;
                }
                _ => {}
            }
        }
    }
    println!("{n_0_1} of format 0_1, {n_1_1} of format 1_1");
    assert!(n_0_1 >= 6 && n_1_1 >= 7, "{n_0_1}, {n_1_1}");
}
