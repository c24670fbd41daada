//! `nrflow decode` follows connected devices of real cells: from the random access response to their own DCIs and
//! PDSCHs, or with their configuration from files.

mod recorded;
mod scratch;

use nrflow::frame::Numerology;
use nrflow::pdsch::TimeAllocation;
use nrflow::reference_signal::dmrs::MappingType;
use nrflow::rrc::{CellDescription, DlCcchMessage, McsTable, SetupRelease, Sib1, SsbPeriodicity};
use recorded::{decode, folder, of_kind, truth_and_head};
use scratch::Folder;
use serde_json::Value;
use std::path::Path;

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
    let truth = truth_and_head("attach-n3-10MHz");
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
struct Files {
    sib1: String,
    setup: String,
}

impl Files {
    fn of(cell: &str, scratch: &Folder, change: impl Fn(&mut DlCcchMessage)) -> Self {
        let bytes = |of: &str, field: &str| {
            let line =
                truth_and_head(&format!("{cell}-{of}")).into_iter().find(|line| line["type"] == "PDSCH").unwrap();
            let text = line[field].as_str().unwrap().to_string();
            (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect::<Vec<u8>>()
        };
        let mut setup = DlCcchMessage::decode(&bytes("rrc-setup", "rrc_hex")).unwrap().0;
        change(&mut setup);
        Self {
            sib1: scratch.file(&format!("{cell}.sib1"), hex(&bytes("sib", "tb_hex")).as_bytes()),
            setup: scratch.file(&format!("{cell}.setup"), &setup.encode().unwrap()),
        }
    }

    /// What a device's DCIs and PDSCHs of a recording must be: those of the truth and no other.
    fn check(&self, name: &str, args: &[&str]) {
        let truth = truth_and_head(name);
        let of_truth = |kind: &'static str| truth.iter().filter(move |line| line["type"] == kind);
        let rnti = of_truth("PDCCH").next().unwrap()["rnti"].to_string();
        let of_files = ["--sib1", &self.sib1, "--dedicated", &self.setup, "--rnti", &rnti];
        let lines = decode(name, &[&of_files, args].concat()).unwrap();
        let text = |line: &Value, field: &str| line[field].as_str().unwrap().to_string();
        let dcis: Vec<_> = of_kind(&lines, "dci").iter().map(|d| (text(d, "bits"), text(d, "format"))).collect();
        let expected: Vec<_> = of_truth("PDCCH").map(|d| (text(d, "dci_bits"), text(d, "dci_format"))).collect();
        assert_eq!(dcis, expected, "{name}");
        let blocks = of_kind(&lines, "pdsch");
        let bytes: Vec<_> = blocks.iter().map(|block| (text(block, "hex"), &block["crc"], &block["mcs"])).collect();
        let crc = Value::from(true);
        let expected: Vec<_> = of_truth("PDSCH").map(|b| (text(b, "tb_hex"), &crc, &b["mcs"])).collect();
        assert_eq!(bytes, expected, "{name}");
    }
}

#[test]
fn devices_configured_by_files() {
    if folder().is_none() {
        return;
    }
    let scratch = Folder::new("decode-device-files");
    let of_cell = |cell: &str| Files::of(cell, &scratch, |_| {});
    let n78 = of_cell("srsran-n78-20MHz");
    for name in ["srsran-n78-20MHz-pdsch-3440", "srsran-n78-20MHz-pdsch-3640"] {
        n78.check(name, &[]);
    }
    // The others have no SS/PBCH block: the assist file of the cell, from another slot on.
    let assisted = |files: &Files, cell: &str, what: &str| {
        let name = format!("{cell}-{what}");
        let of_setup = format!("examples/assist/{cell}-rrc-setup.toml");
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(of_setup)).unwrap();
        let first_slot = format!("first_slot = {}", truth_and_head(&name)[0]["first_slot"]);
        let lines = text.lines().map(|line| if line.starts_with("first_slot") { &first_slot } else { line });
        let assist = scratch.file(&format!("{name}.toml"), lines.collect::<Vec<_>>().join("\n").as_bytes());
        files.check(&name, &["--assist", &assist]);
    };
    for what in ["dci-ul-3422", "dci-ul-3462", "dci-ul-3622", "pdsch-3684"] {
        assisted(&n78, "srsran-n78-20MHz", what);
    }
    for what in ["dci-6758", "dci-6764"] {
        assisted(&of_cell("singtel-n1-20MHz"), "singtel-n1-20MHz", what);
    }
    for what in ["dci-2845", "pdsch-2834"] {
        assisted(&of_cell("srsran-n5-10MHz"), "srsran-n5-10MHz", what);
    }
    // A reconfiguration between the recordings gave this device the MCS table of 256QAM.
    let reconfigured = Files::of("srsran-n5-10MHz", &scratch, |message| {
        let DlCcchMessage::Setup(setup) = message else { panic!("{message:?}") };
        let cell = setup.ies.master_cell_group.0.sp_cell_config.as_mut().unwrap();
        let part = cell.sp_cell_config_dedicated.as_mut().unwrap().initial_downlink_bwp.as_mut().unwrap();
        let Some(SetupRelease::Setup(pdsch)) = &mut part.pdsch_config else { panic!("{part:?}") };
        pdsch.mcs_table = Some(McsTable::Qam256);
    });
    assisted(&reconfigured, "srsran-n5-10MHz", "pdsch-3214");
}
