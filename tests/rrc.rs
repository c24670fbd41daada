//! MIB and SIB1: those of the recordings come back byte for byte, those of our own cells keep their values, and no
//! bytes make the decoder do more than return an error.

use nrflow::frame::Numerology;
use nrflow::rrc::{
    CellBarred, CellDescription, CommonSubcarrierSpacing, DecodeProblem, Extension, FeaturePrioritiesV1800,
    IntraFreqReselection, Mib, MonitoringSlots, OctetString, PlmnIdentity, PosSibTypeNameR17, PosSibTypeR17,
    PrachRootSequenceIndex, SchedulingInfo2, SdtConfigCommon, SdtDataVolumeThreshold, SdtProhibitTimer,
    SiBroadcastStatus, SiPeriodicity, SiRequestConfig, SiRequestConfigRepetition, SiRequestPeriod, SiRequestResources,
    SiRequestResourcesRepetition, SiSchedulingInfoV1700, SiSchedulingInfoV1740, SiSchedulingInfoV1800, Sib1, Sib1V1610,
    Sib1V1630, Sib1V1700, Sib1V1740, Sib1V1800, SibTypeInfoV1700, SibTypeNameR17, SibTypeR17, SsbPeriodicity,
    SubcarrierSpacing, T319a, TddUlDlPattern, TimingAdvanceOffset, UnknownTail,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the recordings contain, line by line with the recording's name; empty, and said so, without recordings.
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

/// The transport blocks of the SI-RNTI by recording.
fn sib1_blocks() -> BTreeMap<String, Vec<u8>> {
    let mut blocks = BTreeMap::new();
    for (recording, line) in truth() {
        let pdsch = [&line["kind"], &line["type"]].contains(&&"PDSCH".into());
        if pdsch && (line["rnti"] == "0xffff" || line["rnti"] == 0xffff) {
            let hex = line["hex"].as_str().or(line["tb_hex"].as_str()).unwrap();
            blocks.insert(recording, unhex(hex));
        }
    }
    blocks
}

fn fields(sib1: &Sib1) -> BTreeMap<String, String> {
    sib1.fields().into_iter().collect()
}

#[test]
fn recorded_sib1_come_back_byte_for_byte() {
    let blocks = sib1_blocks();
    for (recording, block) in &blocks {
        let (sib1, n_bytes) = Sib1::decode(block).unwrap_or_else(|error| panic!("{recording}: {error}"));
        let encoded = sib1.encode().unwrap();
        assert_eq!(encoded, block[..n_bytes], "{recording}");
        assert!(block[n_bytes..].iter().all(|&byte| byte == 0), "{recording}: padding");
        assert_eq!(Sib1::decode(&encoded).unwrap(), (sib1, n_bytes), "{recording}: without padding");
    }
    if !truth().is_empty() {
        let expected = [
            "cable-n3-sib1-15M36",
            "gnb-n3-10MHz",
            "gnb-n78-20MHz",
            "singtel-n1-20MHz-sib",
            "srsran-n5-10MHz-sib",
            "srsran-n78-20MHz-sib",
        ];
        assert_eq!(blocks.keys().collect::<Vec<_>>(), expected);
    }
}

/// Values read with an independent decoder.
#[test]
fn recorded_sib1_of_a_commercial_cell() {
    let blocks = sib1_blocks();
    let Some(block) = blocks.get("singtel-n1-20MHz-sib") else { return };
    let (sib1, n_bytes) = Sib1::decode(block).unwrap();
    assert_eq!((block.len(), n_bytes), (101, 98));
    let fields = fields(&sib1);
    let dl = "servingCellConfigCommon.downlinkConfigCommon";
    let ul = "servingCellConfigCommon.uplinkConfigCommon";
    let space = format!("{dl}.initialDownlinkBWP.pdcch-ConfigCommon.commonSearchSpaceList[0]");
    let rach = format!("{ul}.initialUplinkBWP.rach-ConfigCommon");
    let release17 = "nonCriticalExtension.nonCriticalExtension.nonCriticalExtension";
    for (path, text) in [
        ("cellSelectionInfo.q-RxLevMin", "-70"),
        ("cellAccessRelatedInfo.plmn-IdentityInfoList[0].plmn-IdentityList[0]", "525-01"),
        ("cellAccessRelatedInfo.plmn-IdentityInfoList[0].trackingAreaCode", &0x330.to_string()),
        ("cellAccessRelatedInfo.plmn-IdentityInfoList[0].cellIdentity", &0x1_f54d_e3ff_u64.to_string()),
        ("si-SchedulingInfo.schedulingInfoList[0].sib-MappingInfo[2].type", "sibType5"),
        ("si-SchedulingInfo.si-WindowLength", "s20"),
        (&format!("{dl}.frequencyInfoDL.frequencyBandList[1].freqBandIndicatorNR"), "65"),
        (&format!("{dl}.frequencyInfoDL.offsetToPointA"), "42"),
        (&format!("{dl}.frequencyInfoDL.scs-SpecificCarrierList[0].carrierBandwidth"), "106"),
        (&format!("{dl}.initialDownlinkBWP.genericParameters.locationAndBandwidth"), "28875"),
        (&format!("{space}.monitoringSymbolsWithinSlot"), "10000000000000"),
        (&format!("{space}.monitoringSlotPeriodicityAndOffset"), "sl1"),
        (&format!("{space}.nrofCandidates.aggregationLevel8"), "n1"),
        (&format!("{space}.searchSpaceType.common.dci-Format0-0-AndFormat1-0"), "{}"),
        (&format!("{dl}.pcch-Config.firstPDCCH-MonitoringOccasionOfPO.sCS15KHZoneT[0]"), "6"),
        (&format!("{ul}.frequencyInfoUL.absoluteFrequencyPointA"), "387092"),
        (&format!("{rach}.rach-ConfigGeneric.prach-ConfigurationIndex"), "17"),
        (&format!("{rach}.rach-ConfigGeneric.preambleReceivedTargetPower"), "-110"),
        (&format!("{rach}.ssb-perRACH-OccasionAndCB-PreamblesPerSSB.one"), "n16"),
        (&format!("{rach}.prach-RootSequenceIndex.l839"), "438"),
        (&format!("{ul}.initialUplinkBWP.pusch-ConfigCommon.pusch-TimeDomainAllocationList[3].k2"), "4"),
        (&format!("{ul}.initialUplinkBWP.pusch-ConfigCommon.groupHoppingEnabledTransformPrecoding"), "enabled"),
        (&format!("{ul}.initialUplinkBWP.pucch-ConfigCommon.hoppingId"), "191"),
        ("servingCellConfigCommon.n-TimingAdvanceOffset", "n25600"),
        ("servingCellConfigCommon.ssb-PositionsInBurst.inOneGroup", "10000000"),
        ("servingCellConfigCommon.ss-PBCH-BlockPower", "20"),
        ("ue-TimersAndConstants.t319", "ms400"),
        (&format!("{release17}.redCap-ConfigCommon-r17.cellBarredRedCap-r17.cellBarredRedCap2Rx-r17"), "notBarred"),
        (&format!("{release17}.intraFreqReselectionRedCap-r17"), "allowed"),
    ] {
        assert_eq!(fields.get(path).map(String::as_str), Some(text), "{path}");
    }
    let serving_cell = sib1.serving_cell_config_common.as_ref().unwrap();
    let bwp = &serving_cell.downlink_config_common.initial_downlink_bwp.generic_parameters;
    assert_eq!(bwp.start_and_size(), (0, 106));
}

/// This one has an addition of Release 15 behind a `...`, which is shown among the fields.
#[test]
fn recorded_sib1_of_a_tdd_cell() {
    let blocks = sib1_blocks();
    let Some(block) = blocks.get("gnb-n78-20MHz") else { return };
    let (sib1, _) = Sib1::decode(block).unwrap();
    let serving_cell = sib1.serving_cell_config_common.as_ref().unwrap();
    let carrier = &serving_cell.downlink_config_common.frequency_info_dl.scs_specific_carrier_list[0];
    assert_eq!(carrier.v15().unwrap().tx_direct_current_location, Some(306));
    let tdd = serving_cell.tdd_ul_dl_configuration_common.as_ref().unwrap();
    assert_eq!(tdd.reference_subcarrier_spacing, SubcarrierSpacing::Khz30);
    assert_eq!(tdd.pattern1, TddUlDlPattern::new(Numerology::new(1).unwrap(), 5000, (6, 8), (3, 0)).unwrap());
    let dl = "servingCellConfigCommon.downlinkConfigCommon.frequencyInfoDL.scs-SpecificCarrierList[0]";
    assert_eq!(fields(&sib1)[&format!("{dl}.txDirectCurrentLocation")], "306");
}

#[test]
fn recorded_mibs_come_back_bit_for_bit() {
    let mut n = 0;
    for (recording, line) in truth().iter().filter(|(_, line)| line["kind"] == "SSB" || line["type"] == "SSB") {
        let Some(hex) = ["mib24_hex", "mib_hex", "hex"].iter().find_map(|&key| line[key].as_str()) else { continue };
        let bytes: [u8; 3] = unhex(hex).try_into().unwrap();
        let mib = Mib::decode(bytes).unwrap_or_else(|error| panic!("{recording}: {error}"));
        assert_eq!(mib.encode().unwrap(), bytes, "{recording}");
        if let Some(sfn) = line["sfn"].as_u64() {
            assert_eq!(u64::from(mib.sfn(sfn as u8)), sfn, "{recording}");
        }
        for (key, value) in [
            ("coreset0", mib.pdcch_config_sib1.control_resource_set_zero),
            ("searchspace0", mib.pdcch_config_sib1.search_space_zero),
            ("search_space0", mib.pdcch_config_sib1.search_space_zero),
            // The MIB has the four low bits of k_SSB, the PBCH payload the fifth.
            ("k_ssb", mib.ssb_subcarrier_offset | line["k_ssb"].as_u64().unwrap_or(0) as u8 & 16),
        ] {
            assert!(line[key].is_null() || line[key] == value, "{recording}: {key} {} or {value}", line[key]);
        }
        if !line["cell_barred"].is_null() {
            assert_eq!(line["cell_barred"], mib.cell_barred.name(), "{recording}");
        }
        n += 1;
    }
    assert!(n >= 20 || truth().is_empty(), "{n} blocks in the truth files");
}

fn fdd_cell() -> CellDescription {
    let mut cell = CellDescription::new(3, Numerology::new(0).unwrap(), 52).with_uplink(Some(342_000));
    cell.plmns = vec!["208-93".parse().unwrap(), PlmnIdentity { mcc: None, mnc: vec![0, 1, 2] }];
    cell.tracking_area_code = 0x12_3456;
    cell.cell_identity = 0xa_bcde_f012;
    cell.offset_to_point_a = 13;
    cell.ssb_periodicity = SsbPeriodicity::Ms10;
    cell.pdsch_allocations = vec![(0, 53), (1, 72)];
    cell.timing_advance_offset = Some(TimingAdvanceOffset::N25600);
    cell.uplink.as_mut().unwrap().pusch_allocations = vec![(4, 27)];
    cell
}

fn tdd_cell() -> CellDescription {
    let mu1 = Numerology::new(1).unwrap();
    let mut cell = CellDescription::new(78, mu1, 51).with_uplink(None);
    cell.tdd = vec![
        TddUlDlPattern::new(mu1, 3000, (4, 8), (1, 2)).unwrap(),
        TddUlDlPattern::new(mu1, 2000, (4, 0), (0, 0)).unwrap(),
    ];
    let rach = &mut cell.uplink.as_mut().unwrap().rach;
    rach.prach_configuration_index = 159;
    rach.root_sequence_index = PrachRootSequenceIndex::L139(1);
    rach.msg1_numerology = Some(mu1);
    cell.ssb_groups = Some(0x81);
    cell.control_resource_set_zero = Some(12);
    cell
}

#[test]
fn a_cell_of_our_own() {
    for cell in [fdd_cell(), tdd_cell()] {
        let sib1 = Sib1::for_cell(&cell).unwrap();
        let bytes = sib1.encode().unwrap();
        let mut block = bytes.clone();
        block.extend([0; 20]);
        assert_eq!(Sib1::decode(&block).unwrap(), (sib1, bytes.len()));
    }
    let sib1 = Sib1::for_cell(&fdd_cell()).unwrap();
    let plmns: Vec<String> = sib1.cell_access_related_info.plmns().iter().map(ToString::to_string).collect();
    assert_eq!(plmns, ["208-93", "208-012"]);
    let fields = fields(&sib1);
    let cell = "cellAccessRelatedInfo.plmn-IdentityInfoList[0]";
    let dl = "servingCellConfigCommon.downlinkConfigCommon";
    for (path, text) in [
        (format!("{cell}.plmn-IdentityList[1]"), "-012"),
        (format!("{cell}.trackingAreaCode"), "1193046"),
        (format!("{cell}.cellIdentity"), "46118400018"),
        (format!("{dl}.frequencyInfoDL.frequencyBandList[0].freqBandIndicatorNR"), "3"),
        (format!("{dl}.frequencyInfoDL.offsetToPointA"), "13"),
        (format!("{dl}.initialDownlinkBWP.genericParameters.locationAndBandwidth"), "14025"),
        (format!("{dl}.initialDownlinkBWP.pdcch-ConfigCommon.ra-SearchSpace"), "1"),
        (format!("{dl}.initialDownlinkBWP.pdsch-ConfigCommon.pdsch-TimeDomainAllocationList[1].k0"), "1"),
        ("servingCellConfigCommon.ssb-PeriodicityServingCell".to_owned(), "ms10"),
    ] {
        assert_eq!(fields.get(&path).map(String::as_str), Some(text), "{path}");
    }
    let serving_cell = sib1.serving_cell_config_common.unwrap();
    let bwp = serving_cell.downlink_config_common.initial_downlink_bwp;
    let pdcch = bwp.pdcch_config_common.as_ref().unwrap().setup().unwrap();
    let space = &pdcch.common_search_space_list.as_ref().unwrap()[0];
    assert_eq!(space.monitoring_slots, Some(MonitoringSlots::Sl1));
    assert_eq!(space.nrof_candidates.as_ref().unwrap().counts(), [0, 0, 1, 0, 0]);
}

/// The head of our SIB1, bit by bit from the ASN.1.
#[test]
fn known_bits() {
    let mut cell = CellDescription::new(3, Numerology::new(0).unwrap(), 52);
    cell.plmns = vec!["208-93".parse().unwrap()];
    cell.tracking_area_code = 7;
    cell.cell_identity = 0x66_c000;
    let bits = nrflow::coding::bits::unpack(&Sib1::for_cell(&cell).unwrap().encode().unwrap());
    let head = "
        0 1                                        c1, systemInformationBlockType1
        1 1 0 1 0 0 1 0 0 0 0                      which of SIB1's eleven optional fields are present
        0 0 1 0                                    cellSelectionInfo: of the optional fields, q-QualMin
        000000 10111                               -140 dBm / 2 = -70 of -70..-22; -20 of -43..-12
        0 0                                        cellAccessRelatedInfo: no additions, not reserved
        0000                                       one PLMN-IdentityInfo of 1..12
        0 1 0                                      no additions, trackingAreaCode, no ranac
        0000 1 0010 0000 1000 0 1001 0011          one PLMN of 1..12: mcc present, 208, two digits, 93
        0000 0000 0000 0000 0000 0111              trackingAreaCode
        0000 0000 0000 0110 0110 1100 0000 0000 0000   cellIdentity
        1                                          notReserved
        1 00 000 0001                              connEstFailureControl: offset present, n1, s30, 1
        0 0 0 0 0                                  servingCellConfigCommon: no additions, no UL, SUL, TA offset, TDD
        0                                          downlinkConfigCommon: no additions
        000 1 0 0000000010                         one band of 1..8: indicator present, no NS, 3 of 1..1024
        000000000000                               offsetToPointA, 12 bits
        000 0 000000000000 000 000110011           one carrier of 1..5: no additions, offset, kHz15, 52 of 1..275
        0 1 1                                      initialDownlinkBWP: no additions, PDCCH, PDSCH
        0 0011011011001001 000                     normal cyclic prefix, 275 * 51 = 14025, kHz15
    ";
    let digits = head.lines().flat_map(|line| line.trim().split("   ").next().unwrap().bytes());
    let expected: Vec<u8> = digits.filter(|digit| *digit != b' ').map(|digit| digit - b'0').collect();
    assert_eq!(bits[..expected.len()], expected);
}

#[test]
fn descriptions_beyond_the_standard_are_refused_by_name() {
    let change = |change: fn(&mut CellDescription)| {
        let mut cell = fdd_cell();
        change(&mut cell);
        Sib1::for_cell(&cell).unwrap_err().to_string()
    };
    let starts = |message: String, start: &str| assert!(message.starts_with(start), "{message}");
    starts(change(|cell| cell.offset_to_point_a = 2200), "offsetToPointA = 2200: must lie in 0..=2199");
    starts(change(|cell| cell.tracking_area_code = 1 << 24), "trackingAreaCode = 16777216");
    starts(change(|cell| cell.cell_identity = u64::MAX), "cellIdentity");
    starts(change(|cell| cell.plmns.clear()), "plmn-IdentityList = 0 entries: must have 1..=12 entries");
    starts(change(|cell| cell.plmns[0].mnc.clear()), "mnc = 0 digits");
    starts(change(|cell| cell.bands = vec![0]), "freqBandIndicatorNR = 0");
    starts(change(|cell| cell.initial_downlink_bwp = (1, 52)), "initialDownlinkBWP = 52 resource blocks from 1");
    starts(change(|cell| cell.initial_downlink_bwp = (1, 0)), "locationAndBandwidth");
    starts(change(|cell| cell.ssb_in_one_group = 0), "ssb-PositionsInBurst = 0");
    starts(change(|cell| cell.common_search_space.as_mut().unwrap().n_candidates[0] = 7), "nrofCandidates = 7");
    starts(change(|cell| cell.common_search_space.as_mut().unwrap().first_symbol = 14), "first_symbol = 14");
    starts(change(|cell| cell.q_rx_lev_min_dbm = -139), "q-RxLevMin = -139");
}

#[test]
fn errors_name_field_and_bit() {
    let bytes = Sib1::for_cell(&fdd_cell()).unwrap().encode().unwrap();
    for n in 0..bytes.len() {
        let error = Sib1::decode(&bytes[..n]).unwrap_err();
        assert!(matches!(error.problem(), DecodeProblem::EndOfData { .. }), "{error}");
        assert!(error.bit() <= 8 * n && !error.path().is_empty(), "{error}");
    }
    let error = Sib1::decode(&bytes[..15]).unwrap_err();
    assert_eq!(error.path(), "cellAccessRelatedInfo.plmn-IdentityInfoList[0].cellIdentity");
    let error = Sib1::decode(&[0; 10]).unwrap_err();
    assert_eq!(error.problem(), &DecodeProblem::OtherMessage("systemInformation"));
    let error = Sib1::decode(&[0x80]).unwrap_err();
    assert_eq!(error.to_string(), "BCCH-DL-SCH-Message at bit 0: this is the message messageClassExtension");
    // 15 is no decimal digit: the first one of the MCC, which follows the 42 bits before it.
    let mut bad = bytes;
    bad[5] |= 0b0011_1100;
    let error = Sib1::decode(&bad).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cellAccessRelatedInfo.plmn-IdentityInfoList[0].plmn-IdentityList[0].mcc at bit 42: 15 lies outside 0..=9"
    );
}

/// Additions of a release that nobody knows yet, at several depths, and both kinds of non-critical extension.
#[test]
fn additions_of_later_releases_are_kept() {
    let mut sib1 = Sib1::for_cell(&tdd_cell()).unwrap();
    sib1.late_non_critical_extension = Some(OctetString((0..200).collect()));
    sib1.cell_access_related_info.extension.additions = vec![None, Some(vec![1, 2, 3]), None];
    let serving_cell = sib1.serving_cell_config_common.as_mut().unwrap();
    serving_cell.extension.additions = vec![None; 70];
    serving_cell.extension.additions[65] = Some(vec![0xa5; 300]);
    serving_cell.extension.additions[3] = Some(Vec::new());
    serving_cell.downlink_config_common.pcch_config.extension.additions = vec![None];
    let bytes = sib1.encode().unwrap();
    let (decoded, n_bytes) = Sib1::decode(&bytes).unwrap();
    assert_eq!((&decoded, n_bytes), (&sib1, bytes.len()));
    let fields = fields(&sib1);
    assert_eq!(fields["cellAccessRelatedInfo.extension[1]"], "010203");
    assert_eq!(fields["servingCellConfigCommon.extension[65]"], "a5".repeat(300));
    let tdd = "servingCellConfigCommon.tdd-UL-DL-ConfigurationCommon.pattern1";
    assert_eq!(fields[&format!("{tdd}.dl-UL-TransmissionPeriodicity-v1530")], "ms3");
}

/// A SIB1 with fields of all releases, and the bits of one that is not known yet.
#[test]
fn later_releases_round_trip() {
    let request = SiRequestConfig {
        rach_occasions_si: None,
        si_request_period: Some(SiRequestPeriod::Ten),
        si_request_resources: vec![SiRequestResources {
            ra_preamble_start_index: 63,
            ra_association_period_index: Some(15),
            ra_ssb_occasion_mask_index: None,
        }],
    };
    let repetition = SiRequestConfigRepetition {
        rach_occasions_si: None,
        repetition_num2: None,
        repetition_num4: Some(vec![SiRequestResourcesRepetition { ra_preamble_start_index: 5 }]),
        repetition_num8: None,
        extension: Extension { additions: vec![Some(vec![9])] },
    };
    let v1800 = Sib1V1800 {
        ncr_support: true,
        mt_sdt_config_common: None,
        musim_cap_restriction_allowed: false,
        feature_priorities: Some(FeaturePrioritiesV1800 { msg1_repetitions: Some(7), eredcap: None }),
        si_scheduling_info: Some(SiSchedulingInfoV1800 {
            msg1_repetition: None,
            redcap_msg1_repetition: Some(repetition),
            sul_msg1_repetition: None,
        }),
        cell_barred_atg: Some(CellBarred::NotBarred),
        cell_barred_nes: true,
        mobile_iab_cell: false,
        edrx_allowed_inactive: true,
        intra_freq_reselection_eredcap: None,
        non_serving_cell_mii: false,
        sdt_beam_failure_recovery_prohibit_timer: Some(SdtProhibitTimer::Ms1500),
        eredcap_config_common: None,
        cell_barred_fixed_vsat: None,
        cell_barred_mobile_vsat: Some(CellBarred::Barred),
        reselection_measurements_nr: true,
        cell_barred_2rx_xr: true,
        intra_freq_reselection_2rx_xr: Some(IntraFreqReselection::NotAllowed),
        barring_exempt_emergency_call: false,
        n3c_support: true,
        non_critical_extension: Some(UnknownTail(vec![0, 1, 1, 0, 1])),
    };
    let v1700 = Sib1V1700 {
        hsdn_cell: false,
        uac_barring_info: None,
        sdt_config_common: Some(SdtConfigCommon {
            sdt_rsrp_threshold: Some(127),
            sdt_sr_delay_timer: None,
            sdt_data_volume_threshold: SdtDataVolumeThreshold::Byte96000,
            t319a: T319a::Ms4000,
        }),
        redcap_config_common: None,
        feature_priorities: None,
        si_scheduling_info: Some(SiSchedulingInfoV1700 {
            scheduling_info_list2: vec![SchedulingInfo2 {
                si_broadcast_status: SiBroadcastStatus::NotBroadcasting,
                si_window_position: 256,
                si_periodicity: SiPeriodicity::Rf512,
                sib_mapping_info: vec![
                    SibTypeInfoV1700 {
                        sib_type: SibTypeR17::Type1(SibTypeNameR17::Later(63)),
                        value_tag: Some(31),
                        area_scope: true,
                    },
                    SibTypeInfoV1700 {
                        sib_type: SibTypeR17::Type2(PosSibTypeR17 {
                            pos_sib_type: PosSibTypeNameR17::Type7_1,
                            encrypted: true,
                            gnss_id: None,
                            sbas_id: None,
                        }),
                        value_tag: None,
                        area_scope: false,
                    },
                ],
            }],
            dummy: None,
        }),
        hyper_sfn: Some(1023),
        edrx_allowed_idle: true,
        edrx_allowed_inactive: false,
        intra_freq_reselection_redcap: None,
        cell_barred_ntn: Some(CellBarred::NotBarred),
        non_critical_extension: Some(Sib1V1740 {
            si_scheduling_info: Some(SiSchedulingInfoV1740 { si_request_config_redcap: Some(request) }),
            non_critical_extension: Some(v1800),
        }),
    };
    let mut sib1 = Sib1::for_cell(&fdd_cell()).unwrap();
    sib1.non_critical_extension = Some(Sib1V1610 {
        idle_mode_measurements_eutra: true,
        idle_mode_measurements_nr: false,
        pos_si_scheduling_info: None,
        non_critical_extension: Some(Sib1V1630 { uac_barring_info: None, non_critical_extension: Some(v1700) }),
    });
    let bytes = sib1.encode().unwrap();
    let mut block = bytes.clone();
    block.extend([0; 50]);
    assert_eq!(Sib1::decode(&block).unwrap(), (sib1.clone(), bytes.len()));
    let fields = fields(&sib1);
    let v1700 = "nonCriticalExtension.nonCriticalExtension.nonCriticalExtension";
    let mapping = format!("{v1700}.si-SchedulingInfo-v1700.schedulingInfoList2-r17[0].sib-MappingInfo-r17");
    assert_eq!(fields[&format!("{mapping}[0].sibType-r17.type1-r17")], "later[63]");
    assert_eq!(fields[&format!("{mapping}[1].sibType-r17.type2-r17.posSibType-r17")], "posSibType7-1-v1800");
    let v1800 = format!("{v1700}.nonCriticalExtension.nonCriticalExtension");
    assert_eq!(fields[&format!("{v1800}.cellBarredNES-r18")], "notBarred");
    assert_eq!(fields[&format!("{v1800}.nonCriticalExtension")], "01101");
}

/// Decoding gives an error, or a value that comes back the same from its own encoding and can be shown.
fn check(bytes: &[u8]) {
    match Sib1::decode(bytes) {
        Ok((sib1, n_bytes)) => {
            assert!(n_bytes <= bytes.len());
            let encoded = sib1.encode().unwrap();
            assert!(encoded.len() <= n_bytes, "only a needlessly long length takes more than our encoding");
            assert_eq!(Sib1::decode(&encoded).unwrap().0, sib1);
            assert!(!sib1.fields().is_empty());
        }
        Err(error) => {
            assert!(error.bit() <= 8 * bytes.len());
            assert!(!error.path().is_empty() && !error.to_string().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_bytes(mut bytes in proptest::collection::vec(any::<u8>(), 0..400), sib1 in any::<bool>()) {
        if let (true, Some(first)) = (sib1, bytes.first_mut()) {
            *first = *first & 0x3f | 0x40; // the message type, so that more than the first bits is read
        }
        check(&bytes);
    }

    #[test]
    fn damaged_sib1(
        which in 0..2_usize,
        flips in proptest::collection::vec(any::<proptest::sample::Index>(), 1..6),
        cut in any::<proptest::sample::Index>(),
        extra in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = Sib1::for_cell(&[fdd_cell(), tdd_cell()][which]).unwrap().encode().unwrap();
        for flip in flips {
            let bit = flip.index(8 * bytes.len());
            bytes[bit / 8] ^= 0x80 >> (bit % 8);
        }
        bytes.extend(extra);
        check(&bytes);
        check(&bytes[..cut.index(bytes.len())]);
    }
}

#[test]
fn damaged_recorded_sib1() {
    for block in sib1_blocks().values() {
        for bit in 0..8 * block.len() {
            for second in (bit + 1..8 * block.len()).step_by(29) {
                let mut damaged = block.clone();
                damaged[bit / 8] ^= 0x80 >> (bit % 8);
                damaged[second / 8] ^= 0x80 >> (second % 8);
                check(&damaged);
            }
        }
    }
}

#[test]
fn common_spacing() {
    assert_eq!(CommonSubcarrierSpacing::Scs30Or120.khz(false), 30);
    assert_eq!(CommonSubcarrierSpacing::Scs15Or60.khz(true), 60);
}

#[cfg(feature = "serde")]
#[test]
fn tree_as_json() {
    let sib1 = Sib1::for_cell(&fdd_cell()).unwrap();
    let json = serde_json::to_value(sib1.tree()).unwrap();
    let dl = &json["servingCellConfigCommon"]["downlinkConfigCommon"];
    assert_eq!(dl["frequencyInfoDL"]["offsetToPointA"], 13);
    assert_eq!(json["cellAccessRelatedInfo"]["plmn-IdentityInfoList"][0]["plmn-IdentityList"][0], "208-93");
    let mib = Mib::decode([0x16, 0x63, 0x06]).unwrap();
    assert_eq!(serde_json::to_value(mib.tree()).unwrap()["pdcch-ConfigSIB1"]["searchSpaceZero"], 0);
}
