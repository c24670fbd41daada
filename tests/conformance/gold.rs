use crate::support::{bits, text, uint, vectors};
use nrflow::sequence::GoldSequence;

#[test]
fn gold_vectors() {
    for v in vectors("gold") {
        let n = uint(&v, "nof_bits") as usize;
        let sequence = GoldSequence::starting_at(uint(&v, "c_init") as u32, uint(&v, "offset"));
        let got: Vec<u8> = sequence.take(n).collect();
        assert_eq!(got, bits(text(&v, "c_hex"), n), "vector {}", v["index"]);
    }
}
