use crate::support::{assert_grid, grid, uint, vectors};
use nrflow::Complex32;
use nrflow::frame::{Carrier, CyclicPrefix, Numerology, ResourceGrid, SlotPoint};
use nrflow::prs::{PrsConfig, PrsParameters, PrsReceiver, PrsTransmitter};

#[test]
fn prs_vectors() {
    for v in vectors("prs") {
        let index = &v["index"];
        let numerology = Numerology::from_scs_khz(uint(&v, "subcarrierSpacing_kHz") as u32).unwrap();
        let carrier = Carrier::new(numerology, CyclicPrefix::Normal, 0, 60).unwrap();
        let p = PrsParameters {
            sequence_id: uint(&v, "n_ID_PRS") as u16,
            comb_size: uint(&v, "K_comb") as u8,
            comb_offset: uint(&v, "combOffset_k_offset") as u8,
            first_symbol: uint(&v, "l_start") as u8,
            n_symbols: uint(&v, "L_PRS") as u8,
            start_prb: uint(&v, "sequence_start_prb") as u16,
            n_prb: uint(&v, "nof_prb") as u16,
            first_crb: uint(&v, "mapping_start_prb") as u16,
            amplitude: v["beta_PRS"].as_f64().unwrap() as f32,
        };
        let config = PrsConfig::new(&carrier, p).unwrap_or_else(|error| panic!("vector {index}: {error}"));
        let slot = SlotPoint::new(numerology, 0, uint(&v, "slot_in_frame") as u16).unwrap();
        let expected = grid("prs", &v, &carrier);
        let mut got = ResourceGrid::for_carrier(&carrier, 1);
        PrsTransmitter::new(config.clone()).transmit(slot, 0, 0, &mut got);
        assert_grid(&got, &expected, index);

        // The channel in the reference's own grid is flat.
        let mut receiver = PrsReceiver::new(config);
        let mut estimates = vec![Complex32::ZERO; receiver.n_estimates()];
        receiver.estimate(slot, 0, 0, &expected, &mut estimates);
        assert!(estimates.iter().all(|h| (h - Complex32::ONE).norm() < 0.012), "vector {index}");
    }
}
