use crate::support::{bits, text, uint, vectors};
use nrflow::coding::SoftBit;
use nrflow::coding::polar::{PolarCode, PolarDecoder, PolarEncoder};
use std::sync::Arc;

#[test]
fn polar_vectors() {
    for v in vectors("polar") {
        let (k, e, n) = (uint(&v, "K") as usize, uint(&v, "E") as usize, uint(&v, "N") as usize);
        let code = match text(&v, "direction") {
            "DL" => PolarCode::downlink(k, e),
            _ => PolarCode::uplink(k, e),
        };
        let code = Arc::new(code.unwrap());
        assert_eq!(code.n(), n, "N of vector {}", v["index"]);
        assert_eq!(code.n_pc() as u64, uint(&v, "n_PC"), "n_PC of vector {}", v["index"]);

        let c = bits(text(&v, "c_hex"), k);
        let mut f = vec![0; e];
        let mut encoder = PolarEncoder::new(code.clone());
        encoder.encode(&c, &mut f);
        assert_eq!(encoder.input_bits().collect::<Vec<_>>(), bits(text(&v, "u_hex"), n), "u of vector {}", v["index"]);
        assert_eq!(encoder.coded_bits().collect::<Vec<_>>(), bits(text(&v, "d_hex"), n), "d of vector {}", v["index"]);
        assert_eq!(f, bits(text(&v, "f_hex"), e), "f of vector {}", v["index"]);

        let llr: Vec<i8> = f.iter().map(|&bit| i8::from_f32(if bit == 0 { 3.0 } else { -3.0 })).collect();
        let mut out = vec![0; k];
        let metric = PolarDecoder::new(code, 1).decode(&llr, &mut out, |_| true);
        assert_eq!(metric.map(|m| m.penalty()), Some(0.0), "vector {}", v["index"]);
        assert_eq!(out, c, "decoded vector {}", v["index"]);
    }
}
