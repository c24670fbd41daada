//! Formats 0_0 and 1_0 and the grant of a random access response.

use crate::support::{text, uint, vectors, vectors_uplink};
use nrflow::mac::RarUlGrant;
use nrflow::pdcch::{Dci0_0, Dci1_0, DciLayout, DlAssignment, DlHarqFields, RntiKind};
use serde_json::Value;

fn kind(rnti_type: &str) -> RntiKind {
    match rnti_type {
        "SI-RNTI" => RntiKind::Si,
        "RA-RNTI" => RntiKind::Ra,
        "P-RNTI" => RntiKind::P,
        "TC-RNTI" => RntiKind::Tc,
        "C-RNTI" => RntiKind::C,
        other => panic!("unknown RNTI type {other}"),
    }
}

/// `value` gives a field by its name in `vectors/dci`, or `None` where the record does not have it.
fn format_1_0(kind: RntiKind, value: &dyn Fn(&str) -> u64) -> Dci1_0 {
    let u8 = |name| value(name) as u8;
    let bit = |name| value(name) == 1;
    let assignment = DlAssignment {
        frequency_resource: value("frequency_resource") as u16,
        time_resource: u8("time_resource"),
        interleaved_vrb_to_prb: bit("vrb_to_prb_mapping"),
        mcs: u8("mcs"),
    };
    let harq = |dai| DlHarqFields {
        ndi: bit("ndi"),
        rv: u8("rv"),
        harq_process: u8("harq_process_number"),
        dai,
        tpc: u8("tpc"),
        pucch_resource: u8("pucch_resource_indicator"),
        pdsch_to_harq: u8("pdsch_to_harq_timing"),
    };
    match kind {
        RntiKind::Si => {
            Dci1_0::Si { assignment, rv: u8("rv"), si_message: bit("system_information_indicator"), reserved: 0 }
        }
        RntiKind::Ra => Dci1_0::Ra { assignment, tb_scaling: u8("tb_scaling"), reserved: 0 },
        RntiKind::P => Dci1_0::P {
            short_messages_indicator: u8("short_messages_indicator"),
            short_messages: u8("short_messages"),
            assignment,
            tb_scaling: u8("tb_scaling"),
            reserved: 0,
        },
        RntiKind::Tc => Dci1_0::Tc { assignment, harq: harq(0) },
        RntiKind::C => Dci1_0::C { assignment, harq: harq(u8("dai")) },
    }
}

fn format_0_0(value: &dyn Fn(&str) -> u64) -> Dci0_0 {
    Dci0_0 {
        frequency_resource: value("frequency_resource") as u16,
        time_resource: value("time_resource") as u8,
        frequency_hopping: value("frequency_hopping_flag") == 1,
        mcs: value("mcs") as u8,
        ndi: value("ndi") == 1,
        rv: value("rv") as u8,
        harq_process: value("harq_process_number") as u8,
        tpc: value("tpc") as u8,
        sul: false,
    }
}

fn check(format: &str, kind: RntiKind, layout: &DciLayout, value: &dyn Fn(&str) -> u64, bits: &str, what: &str) {
    let bits: Vec<u8> = bits.bytes().map(|b| b - b'0').collect();
    if format == "1_0" {
        let fields = format_1_0(kind, value);
        assert_eq!(fields.encode(layout).unwrap(), bits, "{what}: {fields:?}");
        assert_eq!(Dci1_0::decode(&bits, kind, layout), Some(fields), "{what}");
    } else {
        let fields = format_0_0(value);
        assert_eq!(fields.encode(layout).unwrap(), bits, "{what}: {fields:?}");
        assert_eq!(Dci0_0::decode(&bits, layout), Some(fields), "{what}");
    }
}

#[test]
fn dci_vectors() {
    for v in vectors("dci") {
        let (c, sizes) = (&v["config"], &v["sizes_bits"]);
        let blocks = |name| uint(c, name) as u16;
        let n_dl_common = if blocks("coreset0_bw") > 0 { blocks("coreset0_bw") } else { blocks("N_DL_BWP_initial") };
        let common = DciLayout::common(n_dl_common, Some(blocks("N_UL_BWP_initial"))).unwrap();
        let check_sizes = |layout: &DciLayout, of: &str| {
            let size = |name: &str| Some(uint(sizes, &format!("{of}_{name}")) as usize);
            assert_eq!(Some(layout.size()), size("0_0_and_1_0"), "vector {}", v["index"]);
            assert_eq!(Some(layout.frequency_bits_1_0()), size("1_0_frequency_field"), "vector {}", v["index"]);
            assert_eq!(layout.frequency_bits_0_0(), size("0_0_frequency_field"), "vector {}", v["index"]);
            assert_eq!(layout.padding_bits_0_0(), size("0_0_padding"), "vector {}", v["index"]);
        };
        check_sizes(&common, "common");
        // Where the UE-specific sizes would make more than three with C-RNTI, they are the common ones (step 4 of
        // TS 38.212 7.3.1.0): so here, as formats 0_1 and 1_1 differ in each of these records.
        let specific = if c["uss_0_0_and_1_0"] == true {
            let own = DciLayout::ue_specific(blocks("N_DL_BWP_active"), blocks("N_UL_BWP_active")).unwrap();
            let others = ["format_0_1_field_bits", "format_1_1_field_bits"].map(|f| uint(&sizes[f], "total") as usize);
            let mut c_rnti_sizes = vec![common.size(), own.size(), others[0], others[1]];
            c_rnti_sizes.sort_unstable();
            c_rnti_sizes.dedup();
            let layout = if c_rnti_sizes.len() > 3 { common } else { own };
            check_sizes(&layout, "uss");
            layout
        } else {
            common
        };
        for packed in v["packed"].as_array().unwrap() {
            let value = |name: &str| uint(packed, name);
            let what = format!("vector {} {packed}", v["index"]);
            match text(packed, "format") {
                format @ ("0_0" | "1_0") => {
                    let layout = if packed["search_space"] == "ue-Specific" { &specific } else { &common };
                    check(format, kind(text(packed, "rnti_type")), layout, &value, text(packed, "bits"), &what);
                }
                "RAR UL grant" => {
                    let grant = RarUlGrant {
                        frequency_hopping: value("frequency_hopping_flag") == 1,
                        frequency_resource: value("frequency_resource") as u16,
                        time_resource: value("time_resource") as u8,
                        mcs: value("mcs") as u8,
                        tpc: value("tpc") as u8,
                        csi_request: value("csi_request") == 1,
                    };
                    let bits: Vec<u8> = text(packed, "bits").bytes().map(|b| b - b'0').collect();
                    assert_eq!(grant.to_bits(), bits, "{what}");
                    assert_eq!(RarUlGrant::from_number(grant.to_number()), grant, "{what}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn dci_vectors_of_the_uplink_set() {
    let mut checked = 0;
    for v in vectors_uplink("dci") {
        let format = text(&v, "dci_format");
        if !matches!(format, "0_0" | "1_0") {
            continue;
        }
        let c = &v["configuration"];
        let blocks = |name: &str| uint(c, name) as u16;
        let layout = if text(&v, "search_space") == "common" {
            let n_dl = c["N_RB_CORESET0"].as_u64().unwrap_or(uint(c, "N_RB_DL_BWP_initial")) as u16;
            DciLayout::common(n_dl, Some(blocks("N_RB_UL_BWP_initial")))
        } else {
            DciLayout::ue_specific(blocks("N_RB_DL_BWP_active"), blocks("N_RB_UL_BWP_active"))
        };
        let layout = layout.unwrap();
        assert_eq!(layout.size(), uint(&v, "size_bits") as usize, "vector {}", v["index"]);
        // The names of this set for the names of the other.
        let value = |name: &str| {
            let name = match name {
                "frequency_resource" => "FDRA",
                "time_resource" => "TDRA",
                "vrb_to_prb_mapping" => "VRB_to_PRB_mapping",
                "mcs" => "MCS",
                "ndi" => "NDI",
                "rv" => "RV",
                "harq_process_number" => "HARQ_process_number",
                "dai" => "DAI",
                "tpc" if format == "1_0" => "TPC_PUCCH",
                "tpc" => "TPC_PUSCH",
                "pucch_resource_indicator" => "PUCCH_resource_indicator",
                "pdsch_to_harq_timing" => "PDSCH_to_HARQ_timing",
                "tb_scaling" => "TB_scaling",
                other => other,
            };
            let field = |f: &&Value| f["name"] == name;
            uint(v["fields"].as_array().unwrap().iter().find(field).unwrap(), "value")
        };
        let what = format!("vector {}", v["index"]);
        check(format, kind(text(&v, "rnti_type")), &layout, &value, text(&v, "payload_bits"), &what);
        checked += 1;
    }
    println!("{checked} records of formats 0_0 and 1_0");
}
