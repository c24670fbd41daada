//! Formats 0_1 and 1_1: widths, sizes after alignment, and payloads.

use crate::support::{text, uint, vectors, vectors_uplink};
use nrflow::pdcch::dci::{
    CodebookSubset, Dci0_1, Dci0_1Layout, Dci0_1Parameters, Dci1_1, Dci1_1Layout, Dci1_1Parameters, DmrsConfigurations,
    FrequencyField, HarqAckCodebook, MonitoredFormats, PdschCodeBlockGroups, PuschTransmission, UplinkFormats,
};
use nrflow::reference_signal::dmrs::{DmrsLength, DmrsType};
use serde_json::Value;

fn flag(v: &Value, name: &str) -> bool {
    v[name].as_bool().unwrap_or_else(|| panic!("{name} of {v}"))
}

/// `n_rbg` is as the record says: in the records it is drawn apart from the bandwidth part.
fn frequency(kind: &str, n_rbg: u64, n_rb: u64) -> FrequencyField {
    let (n_rbg, n_rb) = (n_rbg as u8, n_rb as u16);
    match kind {
        "type0" | "resourceAllocationType0" => FrequencyField::Type0 { n_rbg },
        "type1" | "resourceAllocationType1" => FrequencyField::Type1 { n_rb },
        "dynamicSwitch" => FrequencyField::DynamicSwitch { n_rbg, n_rb },
        other => panic!("{other}"),
    }
}

fn dmrs(dmrs_type: u64, max_length: u64) -> DmrsConfigurations {
    let dmrs_type = if dmrs_type == 1 { DmrsType::One } else { DmrsType::Two };
    let max_length = if max_length == 1 { DmrsLength::Single } else { DmrsLength::Double };
    DmrsConfigurations::type_a(dmrs_type, max_length)
}

fn codebook(name: &str) -> HarqAckCodebook {
    if name == "dynamic" { HarqAckCodebook::Dynamic } else { HarqAckCodebook::SemiStatic }
}

fn uplink_parameters(c: &Value) -> Dci0_1Parameters {
    let resource = frequency(text(c, "pusch_resourceAllocation"), uint(c, "nof_ul_rbg"), uint(c, "N_UL_BWP_active"));
    let cbgs = uint(c, "pusch_max_cbg_per_tb") as u8;
    assert_eq!(text(c, "txConfig"), "codebook");
    Dci0_1Parameters {
        n_bandwidth_parts: uint(c, "nof_ul_bwp_rrc") as u8,
        n_time_rows: uint(c, "nof_ul_tda_entries") as u8,
        frequency_hopping: flag(c, "frequencyHopping"),
        harq_ack_codebook: codebook(text(c, "pdsch_HARQ_ACK_Codebook")),
        two_sub_codebooks: flag(c, "dynamic_dual_harq_ack_codebook"),
        transmission: PuschTransmission::Codebook {
            n_srs_resources: uint(c, "nof_srs_resources") as u8,
            n_ports: uint(c, "nrofSRS_Ports") as u8,
            max_rank: uint(c, "maxRank") as u8,
            subset: match text(c, "codebookSubset") {
                "nonCoherent" => CodebookSubset::NonCoherent,
                "partialAndNonCoherent" => CodebookSubset::PartialAndNonCoherent,
                _ => CodebookSubset::FullyAndPartialAndNonCoherent,
            },
            full_power_mode_1: false,
        },
        transform_precoding: flag(c, "transformPrecoder"),
        dmrs: dmrs(uint(c, "pusch_dmrs_A_Type"), uint(c, "pusch_dmrs_A_maxLength")),
        csi_request_bits: uint(c, "reportTriggerSize") as u8,
        code_block_groups: (cbgs > 0).then_some(cbgs),
        dynamic_beta_offsets: flag(c, "dynamic_beta_offsets"),
        ..Dci0_1Parameters::new(resource)
    }
}

fn downlink_parameters(c: &Value) -> Dci1_1Parameters {
    let resource = frequency(text(c, "pdsch_resourceAllocation"), uint(c, "nof_dl_rbg"), uint(c, "N_DL_BWP_active"));
    let n_codewords = if flag(c, "two_codewords") { 2 } else { 1 };
    // The number of the records is that of the field's bits, of all transport blocks.
    let per_transport_block = uint(c, "pdsch_max_cbg_per_tb") as u8 / n_codewords;
    let flush_indicator = flag(c, "cbg_flush_indicator");
    Dci1_1Parameters {
        n_bandwidth_parts: uint(c, "nof_dl_bwp_rrc") as u8,
        n_time_rows: uint(c, "nof_dl_tda_entries") as u8,
        vrb_to_prb_interleaver: flag(c, "vrb_ToPRB_Interleaver"),
        dynamic_prb_bundling: flag(c, "dynamic_prb_bundling"),
        rate_match_groups: [flag(c, "rateMatchPatternGroup1"), flag(c, "rateMatchPatternGroup2")],
        n_zp_csi_rs_sets: uint(c, "nof_aperiodic_zp_csi_rs_sets") as u8,
        n_codewords,
        harq_ack_codebook: codebook(text(c, "pdsch_HARQ_ACK_Codebook")),
        n_harq_timings: uint(c, "nof_dl_DataToUL_ACK") as u8,
        dmrs: dmrs(uint(c, "pdsch_dmrs_A_Type"), uint(c, "pdsch_dmrs_A_maxLength")),
        tci_present: flag(c, "tci_PresentInDCI"),
        code_block_groups: (per_transport_block > 0)
            .then_some(PdschCodeBlockGroups { per_transport_block, flush_indicator }),
        ..Dci1_1Parameters::new(resource)
    }
}

fn bits_of(text: &str) -> Vec<u8> {
    text.bytes().map(|b| b - b'0').collect()
}

/// The value of a field, 0 where the record does not have it; the type bit stands before the rest.
fn optional(v: &Value, name: &str) -> u32 {
    v[name].as_u64().unwrap_or(0) as u32
}

fn frequency_value(packed: &Value, width: u8) -> u32 {
    let rest = optional(packed, "frequency_resource_without_type_bit");
    let type_bit = optional(packed, "resource_allocation_type_bit");
    rest | if type_bit == 1 { 1 << (width - 1) } else { 0 }
}

fn format_0_1(packed: &Value, layout: &Dci0_1Layout) -> Dci0_1 {
    let u8 = |name| optional(packed, name) as u8;
    let bit = |name| optional(packed, name) == 1;
    Dci0_1 {
        bandwidth_part_indicator: u8("bwp_indicator"),
        frequency_resource: frequency_value(packed, layout.widths().frequency_resource),
        time_resource: u8("time_resource"),
        frequency_hopping: bit("frequency_hopping_flag"),
        mcs: u8("mcs"),
        ndi: bit("ndi"),
        rv: u8("rv"),
        harq_process: u8("harq_process_number"),
        dai: u8("first_dai"),
        dai_2: u8("second_dai"),
        tpc: u8("tpc"),
        srs_resource: u8("sri"),
        precoding: u8("precoding_info_nof_layers"),
        antenna_ports: u8("antenna_ports"),
        srs_request: u8("srs_request"),
        csi_request: u8("csi_request"),
        cbg_transmission: u8("cbgti"),
        beta_offset: u8("beta_offset_indicator"),
        dmrs_sequence: bit("dmrs_sequence_initialization"),
        ul_sch: bit("ul_sch_indicator"),
        ..Default::default()
    }
}

fn format_1_1(packed: &Value, layout: &Dci1_1Layout) -> Dci1_1 {
    let u8 = |name| optional(packed, name) as u8;
    let bit = |name| optional(packed, name) == 1;
    Dci1_1 {
        bandwidth_part_indicator: u8("bwp_indicator"),
        frequency_resource: frequency_value(packed, layout.widths().frequency_resource),
        time_resource: u8("time_resource"),
        interleaved_vrb_to_prb: bit("vrb_to_prb_mapping"),
        prb_bundling_size: bit("prb_bundling_size_indicator"),
        rate_matching: u8("rate_matching_indicator"),
        zp_csi_rs_trigger: u8("zp_csi_rs_trigger"),
        mcs: u8("tb1_mcs"),
        ndi: bit("tb1_ndi"),
        rv: u8("tb1_rv"),
        mcs_2: u8("tb2_mcs"),
        ndi_2: bit("tb2_ndi"),
        rv_2: u8("tb2_rv"),
        harq_process: u8("harq_process_number"),
        dai: u8("dai"),
        tpc: u8("tpc"),
        pucch_resource: u8("pucch_resource_indicator"),
        pdsch_to_harq: u8("pdsch_to_harq_timing"),
        antenna_ports: u8("antenna_ports"),
        tci: u8("tci"),
        srs_request: u8("srs_request"),
        cbg_transmission: u8("cbgti"),
        cbg_flushing: bit("cbgfi"),
        dmrs_sequence: bit("dmrs_sequence_initialization"),
        ..Default::default()
    }
}

/// What the records call the fields whose widths they give.
const NAMES_0_1: [(&str, &str); 16] = [
    ("bandwidth part indicator", "bwp_indicator"),
    ("frequency domain resource assignment", "frequency_resource"),
    ("time domain resource assignment", "time_resource"),
    ("frequency hopping flag", "frequency_hopping"),
    ("HARQ process number", "harq_process_number"),
    ("1st downlink assignment index", "first_dai"),
    ("2nd downlink assignment index", "second_dai"),
    ("SRS resource indicator", "sri"),
    ("precoding information and number of layers", "precoding_info_nof_layers"),
    ("antenna ports", "antenna_ports"),
    ("SRS request", "srs_request"),
    ("CSI request", "csi_request"),
    ("CBG transmission information", "cbgti"),
    ("PTRS-DMRS association", "ptrs_dmrs_association"),
    ("beta_offset indicator", "beta_offset_indicator"),
    ("DMRS sequence initialization", "dmrs_sequence_initialization"),
];
const NAMES_1_1: [(&str, &str); 18] = [
    ("bandwidth part indicator", "bwp_indicator"),
    ("frequency domain resource assignment", "frequency_resource"),
    ("time domain resource assignment", "time_resource"),
    ("VRB-to-PRB mapping", "vrb_to_prb_mapping"),
    ("PRB bundling size indicator", "prb_bundling_size_indicator"),
    ("rate matching indicator", "rate_matching_indicator"),
    ("ZP CSI-RS trigger", "zp_csi_rs_trigger"),
    ("modulation and coding scheme of transport block 2", "tb2_mcs"),
    ("new data indicator of transport block 2", "tb2_ndi"),
    ("redundancy version of transport block 2", "tb2_rv"),
    ("HARQ process number", "harq_process_number"),
    ("downlink assignment index", "dai"),
    ("PDSCH-to-HARQ_feedback timing indicator", "pdsch_to_harq_timing"),
    ("antenna ports", "antenna_ports"),
    ("transmission configuration indication", "tci"),
    ("SRS request", "srs_request"),
    ("CBG transmission information", "cbgti"),
    ("CBG flushing out information", "cbgfi"),
];

/// Compares the widths that a record names; every name must be one of `widths`.
fn check_widths(names: &[(&str, &str)], widths: &[(&str, usize)], record: &Value, what: &str) {
    for (ours, theirs) in names {
        let width = widths.iter().find(|(name, _)| name == ours).unwrap_or_else(|| panic!("no field {ours}")).1;
        assert_eq!(width as u64, uint(record, theirs), "{what}: {ours}");
    }
}

#[test]
fn dci_vectors_of_formats_0_1_and_1_1() {
    for v in vectors("dci") {
        let (c, sizes) = (&v["config"], &v["sizes_bits"]);
        let what = format!("vector {}", v["index"]);
        let (mut downlink, mut sizes_1_1) = (downlink_parameters(c), sizes["format_1_1_field_bits"].clone());
        // Two codewords have at least two code block groups each, so four bits (TS 38.214 5.1.7.2): the record with two
        // bits is compared without that field.
        let without_cbg_field = downlink.n_codewords == 2 && uint(c, "pdsch_max_cbg_per_tb") == 2;
        if without_cbg_field {
            assert!(Dci1_1Layout::new(&downlink).is_err(), "{what}");
            downlink.code_block_groups = None;
            sizes_1_1["cbgti"] = 0.into();
            sizes_1_1["total"] = (uint(&sizes_1_1, "total") - 2).into();
        }
        let blocks = |name| uint(c, name) as u16;
        let monitored = MonitoredFormats {
            n_rb_common: if blocks("coreset0_bw") > 0 { blocks("coreset0_bw") } else { blocks("N_DL_BWP_initial") },
            n_rb_active: blocks("N_DL_BWP_active"),
            fallback_in_common: true,
            fallback_in_ue_specific: flag(c, "uss_0_0_and_1_0"),
            dci1_1: Some(Dci1_1Layout::new(&downlink).unwrap()),
            uplink: UplinkFormats {
                n_rb_initial: blocks("N_UL_BWP_initial"),
                n_rb_active: blocks("N_UL_BWP_active"),
                dci0_1: Some(Dci0_1Layout::new(&uplink_parameters(c)).unwrap()),
                dci0_2: None,
            },
            ..Default::default()
        };
        let aligned = monitored.align().unwrap();
        assert_eq!(aligned.common().size() as u64, uint(sizes, "common_0_0_and_1_0"), "{what}");
        if monitored.fallback_in_ue_specific {
            let layout = aligned.ue_specific();
            assert_eq!(layout.size() as u64, uint(sizes, "uss_0_0_and_1_0"), "{what}");
            assert_eq!(layout.frequency_bits_1_0() as u64, uint(sizes, "uss_1_0_frequency_field"), "{what}");
            assert_eq!(layout.padding_bits_0_0(), Some(uint(sizes, "uss_0_0_padding") as usize), "{what}");
        }
        let (layout_0_1, layout_1_1) = (aligned.uplink.dci0_1.unwrap(), aligned.dci1_1.unwrap());
        let sizes_0_1 = &sizes["format_0_1_field_bits"];
        check_widths(&NAMES_0_1, &layout_0_1.widths().named().collect::<Vec<_>>(), sizes_0_1, &what);
        check_widths(&NAMES_1_1, &layout_1_1.widths().named().collect::<Vec<_>>(), &sizes_1_1, &what);
        for (size, padding, record) in [
            (layout_0_1.size(), layout_0_1.padding_bits(), sizes_0_1),
            (layout_1_1.size(), layout_1_1.padding_bits(), &sizes_1_1),
        ] {
            assert_eq!((size as u64, padding as u64), (uint(record, "total"), uint(record, "padding")), "{what}");
        }
        for packed in v["packed"].as_array().unwrap() {
            let mut bits = bits_of(packed["bits"].as_str().unwrap());
            match text(packed, "format") {
                "0_1" => {
                    let dci = format_0_1(packed, &layout_0_1);
                    assert_eq!(dci.encode(&layout_0_1).unwrap(), bits, "{what}: {dci:?}");
                    assert_eq!(Dci0_1::decode(&bits, &layout_0_1), Some(dci), "{what}");
                }
                "1_1" => {
                    let mut dci = format_1_1(packed, &layout_1_1);
                    if without_cbg_field {
                        dci.cbg_transmission = 0;
                        // Before DM-RS sequence initialization, the last bit.
                        let at = bits.len() - 3;
                        bits.drain(at..at + 2);
                    }
                    assert_eq!(dci.encode(&layout_1_1).unwrap(), bits, "{what}: {dci:?}");
                    assert_eq!(Dci1_1::decode(&bits, &layout_1_1), Some(dci), "{what}");
                }
                _ => {}
            }
        }
    }
}

/// The names of the uplink set that are not those of the layouts.
fn our_name(theirs: &str) -> &str {
    match theirs {
        "BWP_indicator" => "bandwidth part indicator",
        "FDRA" => "frequency domain resource assignment",
        "TDRA" => "time domain resource assignment",
        "VRB_to_PRB_mapping" => "VRB-to-PRB mapping",
        "ZP_CSI_RS_trigger" => "ZP CSI-RS trigger",
        "MCS" => "modulation and coding scheme",
        "NDI" => "new data indicator",
        "RV" => "redundancy version",
        "MCS_TB1" => "modulation and coding scheme of transport block 1",
        "NDI_TB1" => "new data indicator of transport block 1",
        "RV_TB1" => "redundancy version of transport block 1",
        "MCS_TB2" => "modulation and coding scheme of transport block 2",
        "NDI_TB2" => "new data indicator of transport block 2",
        "RV_TB2" => "redundancy version of transport block 2",
        "HARQ_process_number" => "HARQ process number",
        "DAI" => "downlink assignment index",
        "DAI_1" => "1st downlink assignment index",
        "TPC_PUSCH" | "TPC_PUCCH" => "TPC command",
        "PUCCH_resource_indicator" => "PUCCH resource indicator",
        "PDSCH_to_HARQ_timing" => "PDSCH-to-HARQ_feedback timing indicator",
        "antenna_ports" => "antenna ports",
        "TCI" => "transmission configuration indication",
        "SRS_request" => "SRS request",
        "CSI_request" => "CSI request",
        "CBGTI" => "CBG transmission information",
        "DMRS_sequence_initialization" => "DMRS sequence initialization",
        "UL_SCH_indicator" => "UL-SCH indicator",
        other => panic!("field {other}"),
    }
}

/// The fields of a record of the uplink set in order: name, bits, value. Rate matching, one field with two bits, is
/// given as two. A CBG flush indicator without code block groups, which RRC cannot configure, is left out.
fn fields_of(v: &Value) -> Vec<(String, usize, u64)> {
    let mut fields: Vec<(String, usize, u64)> = Vec::new();
    for f in v["fields"].as_array().unwrap() {
        let (name, bits, value) = (text(f, "name"), uint(f, "bits") as usize, uint(f, "value"));
        let rate_matching = "rate matching indicator";
        match (name, fields.last_mut()) {
            ("identifier" | "CBGFI", _) => {}
            ("rate_matching_indicator_group2", Some((last, width, sum))) if last == rate_matching => {
                (*width, *sum) = (*width + bits, *sum << bits | value);
            }
            ("rate_matching_indicator_group1" | "rate_matching_indicator_group2", _) => {
                fields.push((rate_matching.into(), bits, value));
            }
            _ => fields.push((our_name(name).into(), bits, value)),
        }
    }
    fields
}

#[test]
fn dci_vectors_of_formats_0_1_and_1_1_of_the_uplink_set() {
    for v in vectors_uplink("dci") {
        if !matches!(text(&v, "dci_format"), "0_1" | "1_1") {
            continue;
        }
        let c = &v["configuration"];
        let harq_ack_codebook = codebook(text(c, "pdsch_HARQ_ACK_Codebook"));
        let what = format!("vector {}", v["index"]);
        let fields = fields_of(&v);
        let mut bits = vec![u8::from(text(&v, "dci_format") == "1_1")];
        for (_, width, value) in &fields {
            bits.extend((0..*width).rev().map(|i| (value >> i & 1) as u8));
        }
        let payload = bits_of(text(&v, "payload_bits"));
        let all_fields = v["fields"].as_array().unwrap().iter().all(|f| f["name"] != "CBGFI");
        assert!(!all_fields || payload == bits, "{what}");
        let widths: Vec<(&str, usize)> = match text(&v, "dci_format") {
            "0_1" => {
                let kind = text(c, "pusch_resourceAllocation");
                let resource = frequency(kind, uint(c, "N_RBG"), uint(c, "N_RB_UL_BWP_active"));
                let cbgs = uint(c, "pusch_CBGTI_bits") as u8;
                let layout = Dci0_1Layout::new(&Dci0_1Parameters {
                    n_bandwidth_parts: uint(c, "n_BWP_RRC_UL") as u8,
                    n_time_rows: uint(c, "pusch_TDRA_entries") as u8,
                    harq_ack_codebook,
                    transform_precoding: flag(c, "transformPrecoder"),
                    dmrs: dmrs(uint(c, "pusch_dmrs_Type"), uint(c, "pusch_dmrs_maxLength")),
                    csi_request_bits: uint(c, "reportTriggerSize") as u8,
                    code_block_groups: (cbgs > 0).then_some(cbgs),
                    dynamic_beta_offsets: flag(c, "betaOffsets_dynamic"),
                    ..Dci0_1Parameters::new(resource)
                })
                .unwrap();
                let dci = Dci0_1::decode(&bits, &layout).unwrap();
                assert_eq!(dci.encode(&layout).unwrap(), bits, "{what}");
                let mcs = fields.iter().find(|f| f.0 == "modulation and coding scheme").unwrap().2;
                assert_eq!(u64::from(dci.mcs), mcs, "{what}");
                layout.widths().named().collect()
            }
            "1_1" => {
                let kind = text(c, "pdsch_resourceAllocation");
                let resource = frequency(kind, uint(c, "N_RBG"), uint(c, "N_RB_DL_BWP_active"));
                let n_codewords = uint(c, "maxNrofCodeWordsScheduledByDCI") as u8;
                assert_eq!(uint(c, "pdsch_CBGTI_bits"), 0);
                let layout = Dci1_1Layout::new(&Dci1_1Parameters {
                    n_bandwidth_parts: uint(c, "n_BWP_RRC_DL") as u8,
                    n_time_rows: uint(c, "pdsch_TDRA_entries") as u8,
                    vrb_to_prb_interleaver: flag(c, "vrb_ToPRB_Interleaver_configured"),
                    rate_match_groups: [flag(c, "rateMatchPatternGroup1"), flag(c, "rateMatchPatternGroup2")],
                    n_zp_csi_rs_sets: uint(c, "num_aperiodic_ZP_CSI_RS_sets") as u8,
                    n_codewords,
                    harq_ack_codebook,
                    several_cells: flag(c, "more_than_one_DL_serving_cell"),
                    n_harq_timings: uint(c, "dl_DataToUL_ACK_entries") as u8,
                    dmrs: dmrs(uint(c, "pdsch_dmrs_Type"), uint(c, "pdsch_dmrs_maxLength")),
                    tci_present: flag(c, "tci_PresentInDCI"),
                    ..Dci1_1Parameters::new(resource)
                })
                .unwrap();
                let dci = Dci1_1::decode(&bits, &layout).unwrap_or_else(|| panic!("{what}: {} bits", bits.len()));
                assert_eq!(dci.encode(&layout).unwrap(), bits, "{what}");
                layout.widths().named().collect()
            }
            _ => continue,
        };
        let expected: Vec<(&str, usize)> = fields.iter().map(|(name, width, _)| (name.as_str(), *width)).collect();
        assert_eq!(widths.into_iter().filter(|(_, bits)| *bits > 0).collect::<Vec<_>>(), expected, "{what}");
    }
}
