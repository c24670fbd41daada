//! RRCSetup and RRCReject: those of the recordings come back byte for byte and say what the recordings show, messages
//! drawn at random are read as they were made, and no bytes make the decoder do more than return an error.

use nrflow::mac::{DlSchSubPdus, Lcid};
use nrflow::rrc::{
    BwpDownlinkCommon, BwpDownlinkDedicated, BwpUplinkCommon, BwpUplinkDedicated, CellGroupConfig, DecodeProblem,
    DlCcchMessage, HarqAckCodebook, PrbBundlingType, PuschConfig, ResourceAllocation, RrcReject, ServingCellConfig,
    SetupRelease, Sib1, SrsUsage, TransformPrecoder, TxConfig, UciBetaOffsets, Value,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
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

/// The transport blocks of the PDSCH, with the recording and the line they stand in.
fn blocks() -> Vec<(String, serde_json::Value, Vec<u8>)> {
    let pdsch = |line: &serde_json::Value| line["kind"] == "PDSCH" || line["type"] == "PDSCH";
    let block = |line: &serde_json::Value| line["hex"].as_str().or(line["tb_hex"].as_str()).map(unhex);
    let lines = truth().into_iter().filter(|(_, line)| pdsch(line));
    lines.filter_map(|(recording, line)| block(&line).map(|block| (recording, line, block))).collect()
}

fn is_si(line: &serde_json::Value) -> bool {
    line["rnti"] == "0xffff" || line["rnti"] == 0xffff
}

/// The SDU of the CCCH by recording, and the contention resolution identity that came with it.
fn ccch_sdus() -> BTreeMap<String, Vec<u8>> {
    let mut sdus = BTreeMap::new();
    for (recording, line, block) in blocks().iter().filter(|(_, line, _)| !is_si(line)) {
        for sub_pdu in DlSchSubPdus::new(block) {
            match sub_pdu.lcid {
                Lcid::Ccch => drop(sdus.insert(recording.clone(), sub_pdu.payload.to_vec())),
                Lcid::ContentionResolution => {
                    let expected = line["contention_resolution_id"].as_str().map(unhex);
                    assert!(expected.is_none_or(|id| id == sub_pdu.payload), "{recording}");
                }
                _ => {}
            }
        }
    }
    sdus
}

/// The configurations of the recorded RRCSetups.
fn cell_groups() -> BTreeMap<String, CellGroupConfig> {
    let group = |sdu: &[u8]| match DlCcchMessage::decode(sdu).unwrap().0 {
        DlCcchMessage::Setup(setup) => setup.cell_group().clone(),
        DlCcchMessage::Reject(_) => panic!("rejected"),
    };
    ccch_sdus().iter().map(|(recording, sdu)| (recording.clone(), group(sdu))).collect()
}

#[test]
fn recorded_setups_come_back_byte_for_byte() {
    let sdus = ccch_sdus();
    for (recording, sdu) in &sdus {
        let (message, n_bytes) = DlCcchMessage::decode(sdu).unwrap_or_else(|error| panic!("{recording}: {error}"));
        assert_eq!(n_bytes, sdu.len(), "{recording}");
        assert_eq!(message.encode().unwrap(), *sdu, "{recording}");
    }
    if !truth().is_empty() {
        let expected = [
            "attach-n3-10MHz",
            "singtel-n1-20MHz-rrc-setup",
            "srsran-n5-10MHz-rrc-setup",
            "srsran-n78-20MHz-rrc-setup",
        ];
        assert_eq!(sdus.keys().collect::<Vec<_>>(), expected);
    }
}

/// The dedicated part of the special cell.
fn serving_cell(group: &CellGroupConfig) -> &ServingCellConfig {
    group.sp_cell_config.as_ref().unwrap().sp_cell_config_dedicated.as_ref().unwrap()
}

fn setup<T>(config: &Option<SetupRelease<T>>) -> Option<&T> {
    config.as_ref().and_then(SetupRelease::setup)
}

/// The downlink bandwidth part that is used from now on: its own common part, if it has one, and the dedicated one.
fn downlink(cell: &ServingCellConfig) -> (Option<&BwpDownlinkCommon>, &BwpDownlinkDedicated) {
    let active = cell.first_active_downlink_bwp_id.unwrap_or(0);
    match cell.downlink_bwp_to_add_mod_list.iter().flatten().find(|part| part.bwp_id == active) {
        Some(part) => (part.bwp_common.as_ref(), part.bwp_dedicated.as_ref().unwrap()),
        None => (None, cell.initial_downlink_bwp.as_ref().unwrap()),
    }
}

fn uplink(cell: &ServingCellConfig) -> (Option<&BwpUplinkCommon>, &BwpUplinkDedicated) {
    let config = cell.uplink_config.as_ref().unwrap();
    let active = config.first_active_uplink_bwp_id.unwrap_or(0);
    match config.uplink_bwp_to_add_mod_list.iter().flatten().find(|part| part.bwp_id == active) {
        Some(part) => (part.bwp_common.as_ref(), part.bwp_dedicated.as_ref().unwrap()),
        None => (None, config.initial_uplink_bwp.as_ref().unwrap()),
    }
}

/// CORESETs of the dedicated PDCCHs in the recordings: those that the RRCSetup of the cell describes.
#[test]
fn dedicated_pdcch_are_where_the_setup_says() {
    let groups = cell_groups();
    let mut n = 0;
    for (recording, line) in truth() {
        let of_cell = |name: &&String| recording.starts_with(name.trim_end_matches("-rrc-setup"));
        let (Some(name), true) = (groups.keys().find(of_cell), line["coreset"]["name"] == "CORESET1") else { continue };
        let (_, dedicated) = downlink(serving_cell(&groups[name]));
        let pdcch = setup(&dedicated.pdcch_config).unwrap();
        let coreset = &pdcch.control_resource_set_to_add_mod_list.as_ref().unwrap()[0];
        let groups: Vec<usize> = coreset.frequency_domain_resources.ones().collect();
        assert_eq!((6 * groups[0]) as u64, line["coreset"]["start_rb"], "{recording}");
        assert_eq!((6 * groups.len()) as u64, line["coreset"]["n_rb"], "{recording}");
        assert_eq!(u64::from(coreset.duration), line["coreset"]["n_sym"], "{recording}");
        if let Some(n_id) = coreset.pdcch_dmrs_scrambling_id {
            assert_eq!(n_id, line["coreset"]["n_id"], "{recording}");
        }
        n += 1;
    }
    assert!(n >= 8 || groups.is_empty(), "{n} dedicated PDCCHs");
}

fn bits_for(values: usize) -> usize {
    values.next_power_of_two().trailing_zeros() as usize
}

fn frequency_bits(allocation: ResourceAllocation, n_rb: usize) -> usize {
    assert_eq!(allocation, ResourceAllocation::Type1, "the recorded formats have type 1");
    bits_for(n_rb * (n_rb + 1) / 2)
}

/// Bits of DCI format 1_1, TS 38.212 7.3.1.2.2, for one serving cell without CBG and carrier indicator.
fn size_1_1(group: &CellGroupConfig, sib1: &Sib1) -> usize {
    let cell = serving_cell(group);
    let common = &sib1.serving_cell_config_common.as_ref().unwrap().downlink_config_common.initial_downlink_bwp;
    let (own, dedicated) = downlink(cell);
    let common = own.unwrap_or(common);
    let pdsch = setup(&dedicated.pdsch_config).unwrap();
    let rows = setup(&pdsch.pdsch_time_domain_allocation_list)
        .or(setup(&common.pdsch_config_common).and_then(|common| common.pdsch_time_domain_allocation_list.as_ref()));
    let dmrs = setup(&pdsch.dmrs_downlink_for_pdsch_mapping_type_a).unwrap();
    let pucch = setup(&uplink(cell).1.pucch_config).unwrap();
    let codebook = group.physical_cell_group_config.as_ref().unwrap().pdsch_harq_ack_codebook;
    1 + bits_for(1 + cell.downlink_bwp_to_add_mod_list.as_ref().map_or(0, Vec::len))
        + frequency_bits(pdsch.resource_allocation, common.generic_parameters.start_and_size().1.into())
        + bits_for(rows.map_or(16, Vec::len))
        + usize::from(pdsch.vrb_to_prb_interleaver.is_some())
        + usize::from(matches!(pdsch.prb_bundling_type, PrbBundlingType::DynamicBundling(_)))
        + usize::from(pdsch.rate_match_pattern_group1.is_some())
        + usize::from(pdsch.rate_match_pattern_group2.is_some())
        + bits_for(1 + pdsch.aperiodic_zp_csi_rs_resource_sets_to_add_mod_list.as_ref().map_or(0, Vec::len))
        + (5 + 1 + 2) // MCS, NDI, RV
        + 4 // HARQ process
        + if codebook == HarqAckCodebook::Dynamic { 2 } else { 0 }
        + (2 + 3) // TPC, PUCCH resource
        + bits_for(pucch.dl_data_to_ul_ack.as_ref().map_or(8, Vec::len))
        + 4 + usize::from(dmrs.dmrs_type) + usize::from(dmrs.max_length)
        + (2 + 1) // SRS request, DM-RS sequence initialization
}

/// Bits of DCI format 0_1, TS 38.212 7.3.1.1.2, for one serving cell without CBG and carrier indicator.
fn size_0_1(group: &CellGroupConfig, sib1: &Sib1) -> usize {
    let cell = serving_cell(group);
    let config = cell.uplink_config.as_ref().unwrap();
    let common = sib1.serving_cell_config_common.as_ref().unwrap().uplink_config_common.as_ref().unwrap();
    let (own, dedicated) = uplink(cell);
    let common = own.unwrap_or(&common.initial_uplink_bwp);
    let pusch: &PuschConfig = setup(&dedicated.pusch_config).unwrap();
    let rows = setup(&pusch.pusch_time_domain_allocation_list)
        .or(setup(&common.pusch_config_common).and_then(|common| common.pusch_time_domain_allocation_list.as_ref()));
    let precoded = pusch.transform_precoder == Some(TransformPrecoder::Enabled);
    let srs = setup(&dedicated.srs_config).unwrap();
    let mut sets = srs.srs_resource_set_to_add_mod_list.iter().flatten();
    let codebook_set = sets.find(|set| set.usage == SrsUsage::Codebook).unwrap();
    assert_eq!((pusch.tx_config, pusch.max_rank), (Some(TxConfig::Codebook), Some(1)), "else there are more fields");
    let uci = setup(&pusch.uci_on_pusch).and_then(|uci| uci.beta_offsets.as_ref());
    let codebook = group.physical_cell_group_config.as_ref().unwrap().pdsch_harq_ack_codebook;
    1 + bits_for(1 + config.uplink_bwp_to_add_mod_list.as_ref().map_or(0, Vec::len))
        + frequency_bits(pusch.resource_allocation, common.generic_parameters.start_and_size().1.into())
        + bits_for(rows.map_or(16, Vec::len))
        + usize::from(pusch.frequency_hopping.is_some())
        + (5 + 1 + 2) // MCS, NDI, RV
        + 4 // HARQ process
        + if codebook == HarqAckCodebook::Dynamic { 2 } else { 1 }
        + 2 // TPC
        + bits_for(codebook_set.srs_resource_id_list.as_ref().map_or(1, Vec::len))
        + if precoded { 2 } else { 3 } // antenna ports, DM-RS type 1, one symbol
        + 2 // SRS request
        + setup(&cell.csi_meas_config).and_then(|csi| csi.report_trigger_size).map_or(0, usize::from)
        + if matches!(uci, Some(UciBetaOffsets::Dynamic(_))) { 2 } else { 0 }
        + usize::from(!precoded)
        + 1 // UL-SCH
}

/// The sizes of the dedicated DCIs that an independent receiver found follow from RRCSetup and SIB1 of the cell.
#[test]
fn dedicated_dci_have_the_size_that_the_setup_says() {
    let groups = cell_groups();
    let sib1s: Vec<(String, Sib1)> = blocks()
        .into_iter()
        .filter(|(_, line, _)| is_si(line))
        .map(|(recording, _, block)| (recording, Sib1::decode(&block).unwrap().0))
        .collect();
    let mut found = BTreeMap::new();
    for cell in ["singtel-n1-20MHz", "srsran-n5-10MHz", "srsran-n78-20MHz"] {
        let Some(group) = groups.get(&format!("{cell}-rrc-setup")) else { continue };
        let sib1 = &sib1s.iter().find(|(recording, _)| recording.starts_with(cell)).unwrap().1;
        for (_, line) in truth().iter().filter(|(recording, _)| recording.starts_with(cell)) {
            let size = match line["dci_format"].as_str() {
                Some("0_1") => size_0_1(group, sib1),
                Some("1_1") => size_1_1(group, sib1),
                _ => continue,
            };
            assert_eq!(size as u64, line["dci_len"], "{cell}");
            *found.entry((cell, line["dci_format"].to_string())).or_insert(0) += 1;
        }
    }
    assert!(found.len() >= 5 || groups.is_empty(), "{found:?}");
}

/// Values read with an independent decoder.
#[test]
fn recorded_setup_of_a_commercial_cell() {
    let sdus = ccch_sdus();
    let Some(sdu) = sdus.get("singtel-n1-20MHz-rrc-setup") else { return };
    let fields: BTreeMap<String, String> = DlCcchMessage::decode(sdu).unwrap().0.fields().into_iter().collect();
    let cell = "rrcSetup.masterCellGroup.spCellConfig.spCellConfigDedicated";
    let part = format!("{cell}.downlinkBWP-ToAddModList[0].bwp-Dedicated");
    let csi = format!("{cell}.csi-MeasConfig");
    let report = format!("{csi}.csi-ReportConfigToAddModList[0]");
    let panel = "codebookConfig.codebookType.type1.subType.typeI-SinglePanel";
    for (path, text) in [
        ("rrcSetup.masterCellGroup.physicalCellGroupConfig.pdsch-HARQ-ACK-Codebook", "dynamic"),
        (&format!("{cell}.firstActiveDownlinkBWP-Id"), "1"),
        (&format!("{part}.pdcch-Config.controlResourceSetToAddModList[0].pdcch-DMRS-ScramblingID"), "1199"),
        (&format!("{part}.pdcch-Config.searchSpacesToAddModList[0].nrofCandidates.aggregationLevel1"), "n8"),
        (&format!("{part}.pdsch-Config.dmrs-DownlinkForPDSCH-MappingTypeA.scramblingID0"), "1664"),
        (&format!("{part}.pdsch-Config.dmrs-DownlinkForPDSCH-MappingTypeA.dmrs-AdditionalPosition"), "pos1"),
        (&format!("{part}.pdsch-Config.tci-StatesToAddModList[1].qcl-Type1.referenceSignal.csi-rs"), "0"),
        (&format!("{part}.pdsch-Config.resourceAllocation"), "resourceAllocationType0"),
        (&format!("{part}.pdsch-Config.zp-CSI-RS-ResourceToAddModList[0].periodicityAndOffset.slots20"), "1"),
        (&format!("{part}.pdsch-Config.p-ZP-CSI-RS-ResourceSet.zp-CSI-RS-ResourceIdList[1]"), "13"),
        (&format!("{cell}.pdsch-ServingCellConfig.nrofHARQ-ProcessesForPDSCH"), "n16"),
        (&format!("{csi}.nzp-CSI-RS-ResourceSetToAddModList[0].trs-Info"), "true"),
        (&format!("{csi}.nzp-CSI-RS-ResourceToAddModList[4].resourceMapping.frequencyDomainAllocation.row4"), "001"),
        (
            &format!("{csi}.csi-IM-ResourceToAddModList[0].csi-IM-ResourceElementPattern.pattern0.symbolLocation-p0"),
            "5",
        ),
        (&format!("{csi}.reportTriggerSize"), "1"),
        (&format!("{report}.reportFreqConfiguration.csi-ReportingBand.subbands7"), "1111111"),
        (
            &format!("{report}.{panel}.nrOfAntennaPorts.moreThanTwo.n1-n2.two-one-TypeI-SinglePanel-Restriction"),
            "11111111",
        ),
    ] {
        assert_eq!(fields.get(path).map(String::as_str), Some(text), "{path}");
    }
}

/// The first difference between what is expected and what was read: null stands for a part that is read over; of the
/// additions behind `...` only those that have names are expected.
fn difference(expected: &serde_json::Value, got: &Value, path: &str) -> Option<String> {
    use serde_json::Value as Json;
    match (expected, got) {
        (Json::Null, Value::Text(_)) => None,
        (Json::Bool(a), Value::Bool(b)) if a == b => None,
        // An optional field of one value, whatever its name.
        (Json::Bool(true), Value::Text(_)) => None,
        (Json::Number(a), Value::Int(b)) if a.as_i64() == Some(*b) => None,
        (Json::String(a), Value::Text(b)) if a == b => None,
        (Json::Array(a), Value::List(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(i, (a, b))| difference(a, b, &format!("{path}[{i}]")))
        }
        (Json::Object(a), Value::Object(b)) => {
            let later = |name: &str| name.starts_with("later[");
            let missing = a.iter().filter(|(name, _)| !later(name)).find_map(|(name, a)| match got.get(name) {
                Some(b) => difference(a, b, &format!("{path}.{name}")),
                None => Some(format!("{path}.{name} is missing")),
            });
            let expected = |name: &str| a.contains_key(name) || later(name) || name.starts_with("extension[");
            let unexpected = || b.iter().find(|(name, _)| !expected(name));
            missing.or_else(|| unexpected().map(|(name, _)| format!("{path}.{name} is too much")))
        }
        _ => Some(format!("{path}: expected {expected}, read {got:?}")),
    }
}

/// Messages with all kinds of fields, and additions of all releases: the lines of the file behind its first one, which
/// says where they are from.
fn generated() -> Vec<(u64, Vec<u8>, serde_json::Value)> {
    let lines = include_str!("data/rrc_setup.jsonl").lines().skip(1);
    let parse = |line: &str| -> (u64, Vec<u8>, serde_json::Value) {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        (line["seed"].as_u64().unwrap(), unhex(line["hex"].as_str().unwrap()), line["tree"].take())
    };
    lines.map(parse).collect()
}

#[test]
fn generated_messages_are_read_as_they_were_made() {
    let messages = generated();
    assert_eq!(messages.len(), 32);
    for (seed, sdu, tree) in messages {
        let (message, n_bytes) = DlCcchMessage::decode(&sdu).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(n_bytes, sdu.len(), "seed {seed}");
        assert_eq!(message.encode().unwrap(), sdu, "seed {seed}");
        assert_eq!(difference(&tree, &message.tree(), ""), None, "seed {seed}");
    }
}

#[test]
fn reject() {
    // Bits 0 00 0: c1, rrcReject, its first version; 100 0100: waitTime alone, 5 of 1..=16; padding.
    let sdu = [0x08, 0x80];
    let reject = RrcReject { wait_time: Some(5), late_non_critical_extension: None, non_critical_extension: None };
    let message = DlCcchMessage::Reject(reject);
    assert_eq!(DlCcchMessage::decode(&sdu).unwrap(), (message.clone(), 2));
    assert_eq!(message.encode().unwrap(), sdu);
    assert_eq!(message.fields(), [("rrcReject.waitTime".to_owned(), "5".to_owned())]);
    let DlCcchMessage::Reject(mut reject) = message else { unreachable!() };
    reject.wait_time = Some(17);
    assert!(DlCcchMessage::Reject(reject).encode().is_err());
}

#[test]
fn other_messages_are_named() {
    for (sdu, name) in [
        (&[0x80][..], "messageClassExtension"),
        (&[0b0100_0000], "spare"),
        (&[0b0001_0000], "rrcReject.criticalExtensionsFuture"),
        (&[0b0010_0100], "rrcSetup.criticalExtensionsFuture"),
    ] {
        let error = DlCcchMessage::decode(sdu).unwrap_err();
        assert_eq!(error.problem(), &DecodeProblem::OtherMessage(name), "{error}");
    }
}

/// A truncated message is an error that says so, wherever it is cut.
#[test]
fn every_truncation_is_an_error() {
    let recorded = ccch_sdus().into_values();
    for sdu in recorded.chain(generated().into_iter().map(|(_, sdu, _)| sdu)) {
        for n in 0..sdu.len() {
            let error = DlCcchMessage::decode(&sdu[..n]).unwrap_err();
            assert!(matches!(error.problem(), DecodeProblem::EndOfData { .. }), "{n} of {}: {error}", sdu.len());
        }
    }
}

/// Whatever is read from damaged bytes can be written and read again.
#[test]
fn damaged_messages_are_errors_or_other_messages() {
    let mut rng = ChaCha8Rng::seed_from_u64(38_331);
    let recorded = ccch_sdus().into_values();
    let (mut n_read, mut n_refused) = (0, 0);
    for sdu in recorded.chain(generated().into_iter().map(|(_, sdu, _)| sdu)) {
        for _ in 0..200 {
            let mut damaged = sdu.clone();
            for _ in 0..rng.random_range(1..4) {
                let bit = rng.random_range(0..8 * sdu.len());
                damaged[bit / 8] ^= 0x80 >> (bit % 8);
            }
            match DlCcchMessage::decode(&damaged) {
                Ok((message, _)) => {
                    let encoded = message.encode().unwrap();
                    assert_eq!(DlCcchMessage::decode(&encoded).unwrap(), (message, encoded.len()));
                    n_read += 1;
                }
                Err(error) => {
                    assert!(error.bit() <= 8 * damaged.len() && !error.path().is_empty(), "{error}");
                    n_refused += 1;
                }
            }
        }
    }
    assert!(n_read > 500 && n_refused > 500, "{n_read} {n_refused}");
}

#[test]
fn noise_is_no_message() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for length in 0..600 {
        let noise: Vec<u8> = (0..length).map(|_| rng.random()).collect();
        if let Ok((message, n_bytes)) = DlCcchMessage::decode(&noise) {
            assert!(n_bytes <= length);
            message.encode().unwrap();
        }
    }
}
