use crate::support::{assert_grid, grid, mask, uint, vectors};
use nrflow::Complex32;
use nrflow::frame::{BandwidthPart, Carrier, CyclicPrefix, Numerology, ResourceGrid, Rnti, SlotPoint};
use nrflow::modulation::Modulation;
use nrflow::pdsch::{
    PdschCodeword, PdschConfig, PdschDmrs, PdschParameters, PdschPtrs, PdschPtrsElements, PdschTransmitter, PrbList,
    Precoder, PrgSize, TbScaling, VrbRun, VrbToPrb,
};
use nrflow::reference_signal::dmrs::DmrsType;
use nrflow::reference_signal::dmrs_port::DmrsPorts;
use serde_json::Value;

/// A PDSCH with the PT-RS of a vector; what the vector does not say has any value.
fn config(v: &Value, carrier: &Carrier) -> PdschConfig {
    let byte = |field| uint(v, field) as u8;
    let bwp = BandwidthPart::new(carrier, 0, carrier.n_prb()).unwrap();
    let run = VrbRun { start: uint(v, "first_crb") as u16, length: uint(v, "nof_rb") as u16 };
    assert_eq!((byte("dmrs_Type"), uint(v, "dmrs_port")), (1, 1000));
    let p = PdschParameters {
        slot: SlotPoint::new(carrier.numerology(), 0, uint(v, "slot_in_frame") as u16).unwrap(),
        rnti: Rnti(uint(v, "n_RNTI") as u16),
        data_scrambling_id: 0,
        start: byte("S"),
        length: byte("L"),
        prbs: PrbList::contiguous(run, VrbToPrb::NonInterleaved, &bwp).unwrap(),
        dmrs: PdschDmrs {
            dmrs_type: DmrsType::One,
            symbols: mask(&v["dmrs_symbols"]),
            ports: DmrsPorts::single(),
            scrambling_id: uint(v, "N_ID_nSCID") as u16,
            n_scid: byte("n_SCID"),
            cdm_groups_without_data: 2,
            reference_crb: 0,
            amplitude: None,
        },
        ptrs: Some(PdschPtrs {
            layer: 0,
            time_density: byte("L_PTRS"),
            frequency_density: byte("K_PTRS"),
            resource_element_offset: byte("resourceElementOffset"),
            amplitude: Some(v["beta_PTRS"].as_f64().unwrap() as f32),
        }),
        codewords: [
            Some(PdschCodeword {
                modulation: Modulation::Qpsk,
                rate_x1024: 449.0,
                rv: 0,
                tbs: None,
                scaling: TbScaling::One,
                overhead_per_prb: 0,
                tbs_lbrm: None,
            }),
            None,
        ],
        reserved: None,
        amplitude: 1.0,
        prg: PrgSize::Wideband,
        precoder: Precoder::single_port(),
    };
    PdschConfig::new(carrier, p).unwrap_or_else(|error| panic!("vector {}: {error}", v["index"]))
}

#[test]
fn ptrs_pdsch_vectors() {
    for v in vectors("ptrs_pdsch") {
        let numerology = Numerology::from_scs_khz(uint(&v, "subcarrierSpacing_kHz") as u32).unwrap();
        let carrier = Carrier::new(numerology, CyclicPrefix::Normal, 0, 30).unwrap();
        let config = config(&v, &carrier);
        let expected = grid("ptrs_pdsch", &v, &carrier);
        let mut ptrs = PdschPtrsElements::new(&carrier);
        ptrs.configure(&config);
        let mut got = ResourceGrid::for_carrier(&carrier, 1);
        for l in 0..14 {
            for (k, r) in ptrs.iter(&config, l) {
                got.symbol_mut(0, l)[k] = r * config.ptrs_layer().unwrap().1;
            }
        }
        assert_grid(&got, &expected, &v["index"]);

        // The same elements in the whole PDSCH.
        let mut whole = ResourceGrid::for_carrier(&carrier, 1);
        PdschTransmitter::new(&carrier).transmit(&[&vec![0x5a; config.tbs() / 8]], &config, &mut whole);
        for (whole, ptrs) in whole.as_slice().iter().zip(got.as_slice()) {
            assert!(*ptrs == Complex32::ZERO || (whole - ptrs).norm() < 1e-6, "vector {}", v["index"]);
        }
    }
}
