use crate::support::{bits, cf32, text, uint, vectors};
use nrflow::Complex32;
use nrflow::frame::{
    BandwidthPart, Carrier, CceRegMapping, CellId, Coreset, CyclicPrefix, Numerology, PrecoderGranularity,
    ResourceGrid, Rnti,
};
use nrflow::pdcch::{
    AggregationLevel, PdcchCandidate, PdcchConfig, PdcchReceiver, PdcchScrambling, PdcchSearch, PdcchTransmission,
    PdcchTransmitter, RntiKind, RntiSet,
};
use serde_json::Value;

fn config(v: &Value) -> PdcchConfig {
    let number = |name: &str| uint(v, name);
    let numerology = Numerology::from_scs_khz(number("subcarrierSpacing_kHz") as u32).unwrap();
    let carrier = Carrier::new(numerology, CyclicPrefix::Normal, 0, 275).unwrap();
    let bwp = BandwidthPart::new(&carrier, number("N_BWP_start") as u16, number("N_BWP_size") as u16).unwrap();
    let groups = v["frequencyDomainResources_set_bits"].as_array().unwrap();
    let groups = groups.iter().fold(0, |all, bit| all | 1u64 << bit.as_u64().unwrap());
    let duration = number("duration") as u8;
    let coreset = if text(v, "coreset") == "CORESET0" {
        let cell_id = CellId::new(number("n_shift") as u16).unwrap();
        Coreset::zero(bwp.start_crb(), bwp.n_prb(), duration, cell_id).unwrap()
    } else {
        let mapping = match text(v, "cce_REG_MappingType") {
            "nonInterleaved" => CceRegMapping::NonInterleaved,
            _ => CceRegMapping::Interleaved {
                reg_bundle_size: number("reg_BundleSize_L") as u8,
                interleaver_size: number("interleaverSize_R") as u8,
                shift: number("n_shift") as u16,
            },
        };
        // The records count groups from the start of the bandwidth part.
        let granularity = PrecoderGranularity::SameAsRegBundle;
        Coreset::configured(&bwp, groups, Some(0), duration, mapping, granularity).unwrap()
    };
    assert_eq!(coreset.n_cce() as u64, number("N_CCE_coreset"));
    let scrambling = PdcchScrambling {
        n_id_dmrs: number("n_ID_dmrs") as u16,
        n_id_data: number("n_ID_data") as u16,
        n_rnti: number("n_RNTI_scrambling") as u16,
    };
    PdcchConfig::new(&carrier, &coreset, number("first_symbol") as usize, scrambling).unwrap()
}

fn candidate(v: &Value) -> PdcchCandidate {
    PdcchCandidate {
        level: AggregationLevel::new(uint(v, "aggregationLevel") as usize).unwrap(),
        first_cce: uint(v, "first_CCE") as u16,
    }
}

/// The whole slot of the record: its box, zero outside.
fn recorded_grid(v: &Value) -> ResourceGrid {
    let (g, n_ports) = (&v["grid"], uint(v, "nof_ports") as usize);
    let samples = cf32("pdcch", text(g, "file"));
    let shape: Vec<usize> = g["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    assert_eq!((shape[0], samples.len()), (n_ports, shape.iter().product()));
    let mut grid = ResourceGrid::new(n_ports, 14, 275 * 12);
    let (l0, k0) = (uint(g, "first_symbol") as usize, uint(g, "first_crb") as usize * 12);
    for (i, row) in samples.chunks_exact(shape[2]).enumerate() {
        grid.symbol_mut(i / shape[1], l0 + i % shape[1])[k0..k0 + shape[2]].copy_from_slice(row);
    }
    grid
}

#[test]
fn pdcch_vectors() {
    for v in vectors("pdcch") {
        let config = config(&v);
        let dci = bits(text(&v, "dci_hex"), uint(&v, "dci_size_bits") as usize);
        let weights: Vec<Complex32> = v["W_port_layer"]
            .as_array()
            .unwrap()
            .iter()
            .map(|port| [0, 1].map(|i| port[0][i].as_f64().unwrap() as f32))
            .map(|[re, im]| Complex32::new(re, im))
            .collect();
        let pdcch = PdcchTransmission {
            slot_in_frame: uint(&v, "slot_in_frame") as u16,
            candidate: candidate(&v),
            dci: &dci,
            rnti: Rnti(uint(&v, "crc_RNTI") as u16),
            data_amplitude: v["data_amplitude"].as_f64().unwrap() as f32,
            dmrs_amplitude: v["dmrs_amplitude"].as_f64().unwrap() as f32,
            weights: &weights,
        };
        let expected = recorded_grid(&v);
        let mut grid = ResourceGrid::new(weights.len(), 14, 275 * 12);
        PdcchTransmitter::new(&config).transmit(&pdcch, &mut grid).unwrap();
        let largest = expected.as_slice().iter().map(|z| z.re.abs().max(z.im.abs())).fold(0.0, f32::max);
        for (i, (got, expected)) in grid.as_slice().iter().zip(expected.as_slice()).enumerate() {
            assert_eq!(*got == Complex32::ZERO, *expected == Complex32::ZERO, "vector {}, element {i}", v["index"]);
            let error = (got - expected).re.abs().max((got - expected).im.abs());
            assert!(error < 0.012 * largest, "vector {}, element {i}: {got} for {expected}", v["index"]);
        }
    }
}

/// The recorded grids of the other implementation, through the receiver: all its ports as antennas.
#[test]
fn pdcch_vectors_are_received() {
    for v in vectors("pdcch") {
        let grid = recorded_grid(&v);
        let dci = bits(text(&v, "dci_hex"), uint(&v, "dci_size_bits") as usize);
        let mut receiver = PdcchReceiver::new(&config(&v), grid.n_ports()).unwrap();
        // Every place of every level, and a second size.
        let n_cce = uint(&v, "N_CCE_coreset") as u16;
        let candidates: Vec<PdcchCandidate> = AggregationLevel::ALL
            .into_iter()
            .flat_map(|level| (0..n_cce).step_by(level.get()).map(move |first_cce| PdcchCandidate { level, first_cce }))
            .collect();
        let rnti = Rnti(uint(&v, "crc_RNTI") as u16);
        let rntis: RntiSet = [(rnti, RntiKind::C), (Rnti(rnti.0 ^ 1), RntiKind::C)].into_iter().collect();
        let search = PdcchSearch {
            slot_in_frame: uint(&v, "slot_in_frame") as u16,
            candidates: &candidates,
            dci_sizes: &[dci.len(), 44],
            rntis: &rntis,
            unknown_rntis: false,
        };
        let found = receiver.search(&grid, &search);
        assert_eq!(found.len(), 1, "vector {}: {found:?}", v["index"]);
        assert_eq!((&found[0].bits[..], found[0].rnti), (&dci[..], rnti), "vector {}", v["index"]);
        assert_eq!(found[0].candidate, candidate(&v), "vector {}", v["index"]);
        assert!(found[0].evm < 0.02, "vector {}: {found:?}", v["index"]);
        // Without being told the identifier: where the coded bits can tell a DCI and an identifier from chance.
        let learnt = receiver.search(&grid, &PdcchSearch { rntis: &RntiSet::new(), unknown_rntis: true, ..search });
        let told = if uint(&v, "E_bits") as usize >= dci.len() + 16 + 20 { &[rnti][..] } else { &[] };
        assert_eq!(learnt.iter().map(|d| d.rnti).collect::<Vec<_>>(), told, "vector {}", v["index"]);
    }
}
