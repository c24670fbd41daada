use crate::support::{assert_grid, bytes, grid, group, mask, numbers, text, uint, vectors};
use nrflow::Complex32;
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::frame::{BandwidthPart, Carrier, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use nrflow::modulation::Modulation;
use nrflow::pdsch::{
    PdschCodeword, PdschConfig, PdschDmrs, PdschParameters, PdschReceiver, PdschTransmitter, PrbList, Precoder,
    PrgSize, ReceiverOptions, ReservedElements, TbScaling, VrbToPrb,
};
use nrflow::reference_signal::dmrs::{DmrsLength, DmrsType, MappingType, TypeAPosition, pdsch_dmrs_symbols};
use nrflow::reference_signal::dmrs_port::DmrsPorts;
use serde_json::Value;

fn carrier(v: &Value) -> Carrier {
    let numerology = Numerology::from_scs_khz(uint(v, "subcarrierSpacing_kHz") as u32).unwrap();
    Carrier::new(numerology, CyclicPrefix::Normal, 0, 180).unwrap()
}

fn prbs(v: &Value, carrier: &Carrier) -> PrbList {
    let bwp = BandwidthPart::new(carrier, uint(v, "N_BWP_start") as u16, uint(v, "N_BWP_size") as u16).unwrap();
    let coreset_start = uint(v, "N_start_CORESET") as u16;
    let mapping = match text(v, "vrb_to_prb_mapping") {
        m if m.contains("SI-RNTI Type0") => VrbToPrb::Coreset0Interleaved { size: bwp.n_prb() },
        m if m.starts_with("interleaved, DCI 1_0") => {
            VrbToPrb::CommonInterleaved { coreset_start, initial_size: uint(v, "N_BWP_init_size") as u16 }
        }
        m if m.starts_with("interleaved") => VrbToPrb::Interleaved { bundle_size: uint(v, "vrb_bundle_size") as u8 },
        m if m.contains("DCI 1_0") => VrbToPrb::CommonNonInterleaved { coreset_start },
        _ => VrbToPrb::NonInterleaved,
    };
    PrbList::of_vrbs(numbers(&v["vrb"]), mapping, &bwp).unwrap()
}

fn parameters(v: &Value) -> PdschParameters {
    let carrier = carrier(v);
    let layers = uint(v, "nof_layers") as usize;
    let float = |field: &str| v[field].as_f64().unwrap();
    let (beta_dmrs, beta_pdsch) = (float("beta_dmrs") as f32, float("beta_pdsch") as f32);
    let weights: Vec<Complex32> = v["W_port_layer"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(|w| Complex32::new(w[0].as_f64().unwrap() as f32, w[1].as_f64().unwrap() as f32))
        .collect();
    let reserved = v["reserved_re"].as_array().unwrap().iter().map(|r| ReservedElements {
        crbs: numbers(&r["crb"]),
        subcarriers: mask(&r["subcarrier_in_prb"]),
        symbols: mask(&r["symbol"]),
    });
    PdschParameters {
        slot: SlotPoint::new(carrier.numerology(), uint(v, "sfn") as u16, uint(v, "slot_in_frame") as u16).unwrap(),
        rnti: Rnti(uint(v, "n_RNTI") as u16),
        data_scrambling_id: uint(v, "n_ID") as u16,
        start: uint(v, "S") as u8,
        length: uint(v, "L") as u8,
        prbs: prbs(v, &carrier),
        dmrs: PdschDmrs {
            dmrs_type: if uint(v, "dmrs_Type") == 1 { DmrsType::One } else { DmrsType::Two },
            symbols: mask(&v["dmrs_symbols"]),
            ports: DmrsPorts::first(layers).unwrap(),
            scrambling_id: uint(v, "N_ID_nSCID") as u16,
            n_scid: uint(v, "n_SCID") as u8,
            cdm_groups_without_data: uint(v, "nof_cdm_groups_without_data") as u8,
            reference_crb: if text(v, "dmrs_reference_point") == "CRB0" { 0 } else { uint(v, "N_BWP_start") as u16 },
            amplitude: Some(beta_dmrs / beta_pdsch),
        },
        ptrs: None,
        codewords: [
            Some(PdschCodeword {
                modulation: Modulation::from_qm(uint(v, "Qm") as usize).unwrap(),
                rate_x1024: float("target_code_rate_x1024"),
                rv: uint(v, "rv") as u8,
                tbs: Some(uint(v, "tbs_bits") as usize),
                scaling: TbScaling::One,
                overhead_per_prb: 0,
                tbs_lbrm: Some(uint(v, "TBS_LBRM_bits") as usize),
            }),
            None,
        ],
        reserved: Some(reserved.collect()),
        amplitude: beta_pdsch,
        prg: PrgSize::Wideband,
        precoder: Precoder::new(layers, &weights).unwrap(),
    }
}

fn transport_block(v: &Value) -> Vec<u8> {
    match v["tb_hex"].as_str() {
        Some(hex) => bytes(hex),
        None => std::fs::read(group("pdsch").unwrap().join(text(v, "tb_file"))).unwrap(),
    }
}

/// Every vector, whatever its layers: the blocks that virtual blocks map to.
#[test]
fn vrb_to_prb_vectors() {
    for v in vectors("pdsch") {
        assert_eq!(prbs(&v, &carrier(&v)).crbs(), numbers(&v["crb_in_vrb_order"]), "vector {}", v["index"]);
    }
}

/// Every vector: its DM-RS symbols are those of some number of additional positions.
#[test]
fn dmrs_position_vectors() {
    for v in vectors("pdsch") {
        let wanted = mask(&v["dmrs_symbols"]);
        let length = if wanted & wanted >> 1 == 0 { DmrsLength::Single } else { DmrsLength::Double };
        let mapping = if text(&v, "mappingType") == "A" { MappingType::A } else { MappingType::B };
        let found = [TypeAPosition::Pos2, TypeAPosition::Pos3].into_iter().any(|type_a| {
            (0..4).any(|additional| {
                let (s, l) = (uint(&v, "S") as u8, uint(&v, "L") as u8);
                pdsch_dmrs_symbols(mapping, s, l, type_a, additional, length) == Ok(wanted)
            })
        });
        assert!(found, "vector {}: {wanted:#b}", v["index"]);
    }
}

#[test]
fn pdsch_vectors() {
    let (mut sent, mut received) = (0, 0);
    for v in vectors("pdsch") {
        let index = &v["index"];
        let carrier = carrier(&v);
        let config = PdschConfig::new(&carrier, parameters(&v));
        let config = config.unwrap_or_else(|error| panic!("vector {index}: {error}"));
        assert_eq!(config.n_re() as u64, uint(&v, "nof_data_re"), "vector {index}");
        assert_eq!(config.plan().coded_bits() as u64, uint(&v, "G_bits"), "vector {index}");
        let tb = transport_block(&v);
        let expected = grid("pdsch", &v, &carrier);
        let mut got = ResourceGrid::for_carrier(&carrier, expected.n_ports());
        PdschTransmitter::new(&carrier).transmit(&[&tb], &config, &mut got);
        assert_grid(&got, &expected, index);
        sent += 1;

        // The ports as receive antennas: what the vector has sent comes back.
        let options = ReceiverOptions { max_layers: 4, ..ReceiverOptions::default() };
        let mut receiver = PdschReceiver::<i8>::new(&carrier, expected.n_ports(), options);
        let report = receiver.decode(&expected, &config, &mut HarqBuffer::new(config.tbs()));
        println!("vector {index}: rv {} {report:?}", config.rv());
        assert!(report.evm_percent < 1.0, "vector {index}: {report:?}");
        // The other versions need not suffice alone.
        assert!(report.crc_ok || config.rv() != 0, "vector {index}: {report:?}");
        if report.crc_ok {
            assert_eq!(receiver.transport_block(), tb, "vector {index}");
            received += 1;
        }
    }
    println!("{sent} vectors equal, {received} of them decoded");
    assert!(group("pdsch").is_none() || sent == 34 && received >= 19);
}
