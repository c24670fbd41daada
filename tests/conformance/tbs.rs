use crate::support::{uint, vectors};
use nrflow::pdsch::{TbScaling, TbsParameters, transport_block_size};

#[test]
fn tbs_vectors() {
    for v in vectors("tbs") {
        let n = |field| uint(&v, field) as usize;
        let scaling = match v["scaling_S"].as_f64().unwrap() {
            1.0 => TbScaling::One,
            0.5 => TbScaling::Half,
            0.25 => TbScaling::Quarter,
            other => panic!("scaling {other}"),
        };
        let p = TbsParameters {
            n_prb: n("n_PRB"),
            n_symbols: n("N_symb_sh"),
            dmrs_re_per_prb: n("N_DMRS_PRB"),
            overhead_per_prb: n("N_oh_PRB"),
            qm: n("Qm"),
            rate_x1024: v["R_x1024"].as_f64().unwrap(),
            n_layers: n("nof_layers"),
            scaling,
        };
        assert_eq!(transport_block_size(&p), n("TBS_bits"), "vector {}", v["index"]);
    }
}
