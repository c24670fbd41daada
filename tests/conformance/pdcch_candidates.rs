use crate::support::{text, uint, vectors};
use nrflow::frame::Rnti;
use nrflow::pdcch::{AggregationLevel, SearchSpace};

#[test]
fn pdcch_candidates_vectors() {
    for v in vectors("pdcch_candidates") {
        let level = AggregationLevel::new(uint(&v, "aggregationLevel") as usize).unwrap();
        let mut m = [0; 5];
        m[level.index()] = uint(&v, "M_candidates") as u8;
        let (space, slot) = match text(&v, "search_space") {
            "common" => (SearchSpace::common(m), 0),
            _ => {
                let rnti = Rnti(uint(&v, "C_RNTI") as u16);
                let space = SearchSpace::ue_specific(m, rnti, uint(&v, "coreset_id_p") as u8);
                (space, uint(&v, "slot_in_frame") as u16)
            }
        };
        let space = space.unwrap().with_carrier_indicator(uint(&v, "n_CI") as u8).unwrap();
        let got: Vec<u64> =
            space.candidates(uint(&v, "N_CCE") as usize, slot).iter().map(|c| u64::from(c.first_cce)).collect();
        let expected: Vec<u64> = v["first_CCE"].as_array().unwrap().iter().map(|c| c.as_u64().unwrap()).collect();
        assert_eq!(got, expected, "vector {}", v["index"]);
    }
}
