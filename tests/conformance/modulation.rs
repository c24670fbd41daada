use crate::support::{bits, cf32, text, uint, vectors};
use nrflow::Complex32;
use nrflow::modulation::{Modulation, map};

#[test]
fn modulation_vectors() {
    for v in vectors("modulation") {
        let scheme = text(&v, "scheme");
        let modulation = Modulation::ALL.into_iter().find(|m| m.to_string() == scheme).unwrap();
        assert_eq!(modulation.bits_per_symbol() as u64, uint(&v, "Qm"));
        let n = uint(&v, "nof_symbols") as usize;
        let b = bits(text(&v, "b_hex"), n * modulation.bits_per_symbol());
        let mut d = vec![Complex32::ZERO; n];
        map(modulation, &b, &mut d);
        let expected = cf32("modulation", text(&v["d"], "file"));
        assert_eq!(expected.len(), n);
        let worst = d.iter().zip(&expected).map(|(d, e)| (d - e).norm()).fold(0.0, f32::max);
        assert!(worst < 1e-6, "vector {} ({scheme}): off by {worst}", v["index"]);
    }
}
