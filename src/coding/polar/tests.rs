//! The clauses written letter for letter against the tables and the packed arithmetic; the decoder against plain
//! successive cancellation, exhaustive search and its own metric.

use super::construction::{self, Input};
use super::rate_matching;
use super::{PolarCode, PolarDecoder, PolarEncoder, PolarSoftBit, RateMatching};
use crate::coding::{Crc, SoftBit};
use crate::kernel::Isa;
use crate::sequence::GoldSequence;
use crate::table;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::sync::Arc;

mod by_definition;

/// A code of either direction with its parameters.
#[derive(Clone, Copy, Debug)]
struct Parameters {
    uplink: bool,
    k: usize,
    e: usize,
}

impl Parameters {
    fn code(self) -> PolarCode {
        let Self { uplink, k, e } = self;
        if uplink { PolarCode::uplink(k, e).unwrap() } else { PolarCode::downlink(k, e).unwrap() }
    }
}

/// Standard normal numbers by Box and Muller.
fn gaussian(rng: &mut ChaCha8Rng) -> f32 {
    let (u, v): (f32, f32) = (1.0 - rng.random::<f32>(), rng.random());
    (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
}

/// Every kind of (K, E): both directions, all rate matchings, the edges.
fn corpus() -> Vec<Parameters> {
    let mut all = Vec::new();
    for k in [36, 37, 56, 63, 64, 80, 100, 127, 140, 163, 164] {
        for e in [k, k + 1, 108, 143, 144, 145, 216, 288, 289, 384, 432, 511, 512, 513, 576, 864, 1728, 8192] {
            if e >= k {
                all.push(Parameters { uplink: false, k, e });
            }
        }
    }
    for k in [18, 19, 22, 25, 31, 32, 48, 100, 255, 364, 500, 512, 513, 700, 1000, 1023] {
        let n_pc = if k < 26 { 3 } else { 0 };
        for e in [k + n_pc, k + 4, 2 * k, 36, 72, 144, 207, 208, 215, 216, 300, 576, 700, 1024, 1025, 1152, 1153, 8192]
        {
            if e >= k + n_pc {
                all.push(Parameters { uplink: true, k, e });
            }
        }
    }
    all
}

#[test]
fn the_tables_are_permutations() {
    for (csv, len) in [
        (include_str!("../../../tables/polar_reliability_sequence.csv"), 1024),
        (include_str!("../../../tables/polar_input_bit_interleaver.csv"), 164),
        (include_str!("../../../tables/polar_subblock_interleaver.csv"), 32),
    ] {
        let rows: Vec<(usize, usize)> =
            table::rows(csv).map(|row| (table::number(row[0]), table::number(row[1]))).collect();
        assert!(rows.iter().enumerate().all(|(i, row)| row.0 == i));
        let mut values: Vec<usize> = rows.iter().map(|row| row.1).collect();
        values.sort_unstable();
        assert_eq!(values, (0..len).collect::<Vec<_>>());
    }
}

#[test]
fn encoder_equals_the_clauses() {
    for parameters in corpus() {
        let code = Arc::new(parameters.code());
        let c: Vec<u8> = GoldSequence::new(parameters.e as u32).take(parameters.k).collect();
        let expected = by_definition::encode(parameters, &c);
        let mut encoder = PolarEncoder::new(code.clone());
        let mut f = vec![0; parameters.e];
        encoder.encode(&c, &mut f);
        assert_eq!(code.n(), expected.u.len(), "N of {parameters:?}");
        assert_eq!(encoder.input_bits().collect::<Vec<_>>(), expected.u, "u of {parameters:?}");
        assert_eq!(encoder.coded_bits().collect::<Vec<_>>(), expected.d, "d of {parameters:?}");
        assert_eq!(f, expected.f, "f of {parameters:?}");
    }
}

#[test]
fn refusals_name_the_clause() {
    for (result, parameter, clause) in [
        (PolarCode::downlink(35, 108), "K", "TS 38.212 7.3.1"),
        (PolarCode::downlink(165, 432), "K", "TS 38.212 5.3.1.1"),
        (PolarCode::downlink(109, 108), "E", "TS 38.212 5.3.1"),
        (PolarCode::downlink(56, 8193), "E", "TS 38.212 5.4.1.3"),
        (PolarCode::uplink(17, 100), "K", "TS 38.212 6.3.1.2.1, 6.3.1.3.1"),
        (PolarCode::uplink(26, 100), "K", "TS 38.212 6.3.1.2.1, 6.3.1.3.1"),
        (PolarCode::uplink(30, 100), "K", "TS 38.212 6.3.1.2.1, 6.3.1.3.1"),
        (PolarCode::uplink(1024, 4000), "K", "TS 38.212 6.3.1.2.1, 6.3.1.3.1"),
        (PolarCode::uplink(18, 20), "E", "TS 38.212 5.3.1"),
        (PolarCode::uplink(usize::MAX, usize::MAX), "K", "TS 38.212 6.3.1.2.1, 6.3.1.3.1"),
        (PolarCode::downlink(56, usize::MAX), "E", "TS 38.212 5.4.1.3"),
    ] {
        let error = result.unwrap_err();
        assert_eq!((error.parameter(), error.clause()), (parameter, clause), "{error}");
    }
    assert!(PolarCode::uplink(18, 21).is_ok());
}

/// Valid pairs over the whole range.
fn any_parameters() -> impl Strategy<Value = Parameters> {
    let uplink_k = prop_oneof![18usize..=25, 31usize..=1023];
    let pair = |k: usize, uplink| {
        let least = k + if uplink && k < 26 { 3 } else { 0 };
        prop_oneof![least..=(2 * least).min(8192), least..=8192].prop_map(move |e| Parameters { uplink, k, e })
    };
    prop_oneof![(36usize..=164).prop_flat_map(move |k| pair(k, false)), uplink_k.prop_flat_map(move |k| pair(k, true))]
}

fn round_trip<S: PolarSoftBit>(parameters: Parameters, list_size: usize, rng: &mut ChaCha8Rng) {
    let code = Arc::new(parameters.code());
    let c: Vec<u8> = (0..parameters.k).map(|_| rng.random_range(0..2)).collect();
    let mut f = vec![0; parameters.e];
    PolarEncoder::new(code.clone()).encode(&c, &mut f);
    // A mean of 12 with variance 1: far beyond what any rate needs, yet no two soft bits alike.
    let llr: Vec<S> = f.iter().map(|&bit| S::from_f32(if bit == 0 { 12.0 } else { -12.0 } + gaussian(rng))).collect();
    let mut out = vec![0; parameters.k];
    let metric = PolarDecoder::<S>::new(code, list_size).decode(&llr, &mut out, |_| true).unwrap();
    assert_eq!(metric.penalty(), 0.0, "{parameters:?}");
    assert_eq!(metric.correlation(), 1.0, "{parameters:?}");
    assert_eq!(out, c, "{parameters:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn decodes_what_was_encoded(parameters in any_parameters(), list in 0usize..6, seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        round_trip::<i8>(parameters, 1 << list, &mut rng);
        round_trip::<f32>(parameters, 1 << list, &mut rng);
    }

    #[test]
    fn any_soft_bits_decode_to_something(parameters in any_parameters(), seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let code = Arc::new(parameters.code());
        let mut out = vec![0; parameters.k];
        let llr: Vec<i8> = (0..parameters.e).map(|_| rng.random()).collect();
        prop_assert!(PolarDecoder::new(code.clone(), 4).decode(&llr, &mut out, |_| true).is_some());
        prop_assert!(out.iter().all(|&bit| bit < 2));
        const HOSTILE: [f32; 8] =
            [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.0, -0.0, f32::MIN_POSITIVE];
        let llr: Vec<f32> = (0..parameters.e).map(|_| HOSTILE[rng.random_range(0..8)]).collect();
        let metric = PolarDecoder::new(code, 4).decode(&llr, &mut out, |_| true).unwrap();
        prop_assert!(metric.penalty().is_finite() && metric.correlation().is_finite());
        prop_assert!(out.iter().all(|&bit| bit < 2));
    }
}

/// Noisy soft bits of a random word: (c, llr) at a standard deviation relative to amplitude 1.
fn noisy<S: SoftBit>(code: &Arc<PolarCode>, sigma: f32, rng: &mut ChaCha8Rng) -> (Vec<u8>, Vec<S>) {
    let mut c: Vec<u8> = (0..code.k() - 6).map(|_| rng.random_range(0..2)).collect();
    Crc::Crc6.attach(&mut c);
    let mut f = vec![0; code.e()];
    PolarEncoder::new(code.clone()).encode(&c, &mut f);
    let llr = f
        .iter()
        .map(|&bit| S::from_f32((1.0 - 2.0 * f32::from(bit) + sigma * gaussian(rng)) * 2.0 / (sigma * sigma)))
        .collect();
    (c, llr)
}

#[test]
fn list_of_one_equals_plain_successive_cancellation() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut wrong = 0;
    for parameters in corpus().into_iter().filter(|p| p.e < 1200) {
        let code = Arc::new(parameters.code());
        let sigma = (0.6 * parameters.e as f32 / parameters.k as f32).sqrt();
        for _ in 0..3 {
            let (c, llr) = noisy::<f32>(&code, sigma, &mut rng);
            let mut out = vec![0; code.k()];
            PolarDecoder::new(code.clone(), 1).decode(&llr, &mut out, |_| true);
            assert_eq!(out, by_definition::successive_cancellation(parameters, &llr), "{parameters:?}");
            wrong += usize::from(out != c);
        }
    }
    assert!(wrong > 50, "too little noise to tell: {wrong} words wrong");
}

/// The identity of min-sum: the sum of the penalties of all decisions is the sum of the magnitudes of the soft bits
/// that contradict the code word.
#[test]
fn metric_is_what_the_word_contradicts() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for parameters in corpus().into_iter().filter(|p| p.e <= 1728) {
        let code = Arc::new(parameters.code());
        let sigma = (0.5 * parameters.e as f32 / parameters.k as f32).sqrt();
        let (_, llr) = noisy::<i8>(&code, sigma, &mut rng);
        let mut out = vec![0; code.k()];
        let metric = PolarDecoder::new(code.clone(), 4).decode(&llr, &mut out, |_| true).unwrap();
        let mut encoder = PolarEncoder::new(code.clone());
        encoder.encode(&out, &mut vec![0; code.e()]);
        let mut sums = vec![0i32; code.n()];
        code.sent().iter().zip(&llr).for_each(|(&place, &llr)| sums[usize::from(place)] += i32::from(llr));
        let contradicts = |(&sum, bit): (&i32, u8)| if (sum < 0) == (bit == 1) { 0 } else { sum.abs() };
        let penalty: i32 = sums.iter().zip(encoder.coded_bits()).map(contradicts).sum();
        let total: i32 = sums.iter().map(|sum| sum.abs()).sum();
        assert_eq!(metric.penalty(), penalty as f32 / 8.0, "{parameters:?}");
        assert!((metric.correlation() - (1.0 - 2.0 * penalty as f32 / total as f32)).abs() < 1e-6);
    }
}

#[test]
fn list_of_32_finds_the_best_of_all_words() {
    let parameters = Parameters { uplink: true, k: 18, e: 30 };
    let code = Arc::new(parameters.code());
    // All code words: every one is the sum of those of single bits.
    let mut encoder = PolarEncoder::new(code.clone());
    let mut of = |k: usize| {
        let mut f = vec![0; 30];
        encoder.encode(&(0..18).map(|i| u8::from(i == k)).collect::<Vec<_>>(), &mut f);
        f.iter().enumerate().fold(0u32, |acc, (i, &bit)| acc | u32::from(bit) << i)
    };
    let rows: Vec<u32> = (0..18).map(&mut of).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut best_found = 0;
    const TRIALS: usize = 40;
    for _ in 0..TRIALS {
        let (_, llr) = noisy::<i8>(&code, 1.0, &mut rng);
        let (mut word, mut best) = (0u32, i32::MAX);
        for gray in 0u32..1 << 18 {
            let penalty: i32 =
                (0..30).filter(|&i| (llr[i] < 0) != (word >> i & 1 == 1)).map(|i| i32::from(llr[i]).abs()).sum();
            best = best.min(penalty);
            word ^= rows.get((!gray).trailing_zeros() as usize).copied().unwrap_or(0);
        }
        let metric = PolarDecoder::new(code.clone(), 32).decode(&llr, &mut [0; 18], |_| true).unwrap();
        assert!(metric.penalty() * 8.0 >= best as f32);
        best_found += usize::from(metric.penalty() * 8.0 == best as f32);
    }
    assert!(best_found >= TRIALS - 1, "{best_found} of {TRIALS}");
}

/// Deciding whole nodes keeps at least what a list decoder going bit by bit keeps, so the best word found is seldom
/// worse; and every instruction set and the adaptive mode give the same.
#[test]
fn nodes_at_once_lose_nothing_against_bit_by_bit() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let (mut better, mut worse, mut trials) = (0, 0, 0);
    for parameters in corpus().into_iter().filter(|p| p.e < 600) {
        let code = Arc::new(parameters.code());
        let by_bit = Arc::new(parameters.code().with_leaves_up_to(0));
        let sigma = (0.5 * parameters.e as f32 / parameters.k as f32).sqrt();
        for _ in 0..2 {
            let (c, llr) = noisy::<i8>(&code, sigma, &mut rng);
            let (mut out, mut other) = (vec![0; code.k()], vec![0; code.k()]);
            let fast = PolarDecoder::new(code.clone(), 8).decode(&llr, &mut out, |_| true).unwrap();
            let slow = PolarDecoder::new(by_bit.clone(), 8).decode(&llr, &mut other, |_| true).unwrap();
            better += usize::from(fast.penalty() < slow.penalty());
            worse += usize::from(fast.penalty() > slow.penalty());
            trials += 1;
            for isa in Isa::all() {
                let mut decoder = PolarDecoder::new(code.clone(), 8).with_isa(isa);
                assert_eq!(decoder.decode(&llr, &mut other, |_| true), Some(fast));
                assert_eq!(out, other, "{isa:?}, {parameters:?}");
            }
            let plain = PolarDecoder::new(code.clone(), 8).decode(&llr, &mut out, |word| word == c);
            let adaptive = PolarDecoder::new(code.clone(), 8).adaptive().decode(&llr, &mut other, |word| word == c);
            assert!(plain.is_none() || adaptive.is_some(), "{parameters:?}");
        }
    }
    println!("of {trials} words {better} better, {worse} worse than bit by bit");
    assert!(worse <= better, "{better} better, {worse} worse of {trials}");
}

#[test]
fn the_list_is_offered_best_first_without_repeats() {
    let code = Arc::new(PolarCode::downlink(64, 108).unwrap());
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (_, llr) = noisy::<i8>(&code, 0.9, &mut rng);
    for list_size in [1, 2, 3, 4, 8, 16, 32] {
        let mut decoder = PolarDecoder::new(code.clone(), list_size);
        let mut offered: Vec<Vec<u8>> = Vec::new();
        let mut out = [0; 64];
        let none = decoder.decode(&llr, &mut out, |c| {
            offered.push(c.to_vec());
            false
        });
        assert_eq!(none, None);
        assert_eq!(out.as_slice(), offered[0], "the best is left");
        assert_eq!(offered.len(), list_size);
        assert_eq!(offered.iter().collect::<BTreeSet<_>>().len(), list_size);
        let penalties: Vec<f32> =
            offered.iter().map(|word| decoder.decode(&llr, &mut out, |c| c == word).unwrap().penalty()).collect();
        assert!(penalties.is_sorted(), "{penalties:?}");
    }
}

#[test]
fn parity_checks_stand_where_the_clause_puts_them() {
    for (k, e, by_weight) in [(18, 207, 0), (18, 208, 1), (25, 214, 0), (25, 215, 1), (19, 60, 0), (22, 500, 1)] {
        let code = PolarCode::uplink(k, e).unwrap();
        let sets = by_definition::sets(k, e, code.n(), 3, by_weight);
        let of = |kind| (0..code.n()).filter(|&i| code.inputs()[i] == kind).collect::<BTreeSet<_>>();
        assert_eq!(of(Input::ParityCheck), sets.q_pc, "K {k}, E {e}");
        assert_eq!(of(Input::Frozen), sets.q_f, "K {k}, E {e}");
    }
}

#[test]
fn interleavers_equal_the_clauses() {
    for e in (1..300).chain([1000, 4096, 8191, 8192]) {
        let e_bits: Vec<usize> = (0..e).collect();
        assert_eq!(rate_matching::coded_bit_interleaver(e), by_definition::coded_bit_interleaver(&e_bits), "E {e}");
    }
    for k in 1..=164 {
        assert_eq!(construction::input_interleaver(k), by_definition::input_interleaver(k), "K {k}");
    }
    assert_eq!(PolarCode::downlink(56, 864).unwrap().rate_matching(), RateMatching::Repetition);
    assert_eq!(PolarCode::downlink(36, 108).unwrap().rate_matching(), RateMatching::Puncturing);
    assert_eq!(PolarCode::downlink(64, 108).unwrap().rate_matching(), RateMatching::Shortening);
}
