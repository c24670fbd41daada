//! LDPC: one code block, and the chain of a transport block both ways.

use crate::support::{bits, text, uint, vectors};
use nrflow::coding::SoftBit;
use nrflow::coding::ldpc::{BaseGraph, HarqBuffer, SchDecoder, SchEncoder, SchPlan};
use nrflow::kernel::Isa;
use serde_json::Value;

fn base_graph(v: &Value) -> BaseGraph {
    if uint(v, "base_graph") == 1 { BaseGraph::One } else { BaseGraph::Two }
}

#[test]
fn ldpc_encoder_vectors() {
    for v in vectors("ldpc_encoder") {
        let (k, n, z) = (uint(&v, "K") as usize, uint(&v, "N") as usize, uint(&v, "Z_c") as usize);
        let c = bits(text(&v, "c_hex"), k);
        let d = nrflow::coding::ldpc::encode_code_block(base_graph(&v), z, &c).unwrap();
        assert_eq!(d, bits(text(&v, "d_hex"), n), "vector {}", v["index"]);
    }
}

#[test]
fn ldpc_chain_vectors_both_ways() {
    let mut encoder = SchEncoder::new();
    let mut decoder = SchDecoder::<i8>::new(Isa::detect(), 12);
    let mut harq = HarqBuffer::new(400_000);
    let mut no_redundancy = 0;
    for v in vectors("ldpc_chain") {
        let index = &v["index"];
        let tbs = uint(&v, "tbs_bits") as usize;
        let rate = v["code_rate_R"].as_f64().unwrap() * 1024.0;
        let g = uint(&v, "G") as usize;
        let tbs_lbrm = uint(&v, "TBS_LBRM_bits") as usize;
        let n_ref = (tbs_lbrm > 0).then(|| SchPlan::n_ref(tbs, rate, tbs_lbrm).unwrap());
        assert_eq!(n_ref.unwrap_or(0), uint(&v, "N_ref") as usize, "N_ref of vector {index}");
        let (qm, layers) = (uint(&v, "Qm") as usize, uint(&v, "nof_layers") as usize);
        let plan = SchPlan::new(tbs, rate, g, qm, layers, uint(&v, "rv") as u8, n_ref).unwrap();
        let s = plan.segmentation();
        assert_eq!(s.base_graph(), base_graph(&v), "base graph of vector {index}");
        assert_eq!(s.lifting_size(), uint(&v, "Z_c") as usize, "Z_c of vector {index}");
        assert_eq!(s.block_bits(), uint(&v, "K") as usize, "K of vector {index}");
        assert_eq!(s.filler_bits(), uint(&v, "F_filler") as usize, "F of vector {index}");
        assert_eq!(plan.crc().len(), uint(&v, "tb_crc_bits") as usize, "CRC of vector {index}");
        assert_eq!(plan.circular_buffer_bits(), uint(&v, "N_cb") as usize, "N_cb of vector {index}");
        assert_eq!(plan.code_blocks(), uint(&v, "C") as usize, "C of vector {index}");
        let e: Vec<u64> = (0..plan.code_blocks()).map(|r| plan.rate_matched_bits(r) as u64).collect();
        let expected: Vec<u64> = v["E_r"].as_array().unwrap().iter().map(|e| e.as_u64().unwrap()).collect();
        assert_eq!(e, expected, "E_r of vector {index}");

        let tb = bits(text(&v, "tb_hex"), tbs);
        let expected = bits(text(&v, "g_hex"), g);
        let mut coded = vec![0; g];
        encoder.encode(&plan, &tb, &mut coded);
        assert_eq!(coded, expected, "coded bits of vector {index}");

        // Back without noise: each redundancy version that is not self-decodable waits for version 0.
        let llr: Vec<i8> = expected.iter().map(|&bit| if bit == 0 { 40 } else { -40 }).collect();
        let mut decoded = vec![0; tbs];
        harq.reset();
        let mut outcome = decoder.decode(&plan, &llr, &mut harq, &mut decoded);
        if !outcome.crc_ok {
            assert_ne!(plan.rv(), 0, "vector {index} with redundancy version 0: {outcome:?}");
            let first = SchPlan::new(tbs, rate, g, qm, layers, 0, n_ref).unwrap();
            encoder.encode(&first, &tb, &mut coded);
            let llr: Vec<i8> = coded.iter().map(|&bit| i8::from_f32(5.0 - 10.0 * f32::from(bit))).collect();
            outcome = decoder.decode(&first, &llr, &mut harq, &mut decoded);
        }
        let (n_cb, punctured) = (plan.circular_buffer_bits(), 2 * s.lifting_size());
        let in_buffer = (s.used_bits() - punctured).min(n_cb) + n_cb.saturating_sub(s.block_bits() - punctured);
        if in_buffer <= s.used_bits() {
            // A limited buffer without any redundancy: iterative decoding cannot recover the punctured columns.
            assert!(!outcome.crc_ok, "vector {index}: {outcome:?}");
            no_redundancy += 1;
            continue;
        }
        assert!(outcome.crc_ok && !outcome.all_zero, "vector {index}: {outcome:?}");
        assert_eq!(decoded, tb, "vector {index}");
        assert_eq!(outcome.code_blocks_ok, outcome.code_blocks);
    }
    assert!(no_redundancy <= 1, "{no_redundancy} vectors could not be decoded back");
}
