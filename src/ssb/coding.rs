//! PBCH coding: CRC, polar code, rate matching, and codewords of payload differences.

use super::payload::{A, PayloadScrambler, PbchPayload};
use super::resources::E;
use crate::coding::polar::{PolarCode, PolarEncoder};
use crate::coding::{Crc, bits};
use std::sync::{Arc, LazyLock};

/// K: payload and CRC.
pub(super) const K: usize = A + 24;

/// The polar code of the PBCH.
pub(super) static CODE: LazyLock<Arc<PolarCode>> = LazyLock::new(|| match PolarCode::downlink(K, E) {
    Ok(code) => Arc::new(code),
    Err(error) => unreachable!("K = 56, E = 864 are the PBCH's own sizes: {error}"),
});

/// E coded bits, bit i in word i / 64.
pub(super) type Codeword = [u64; E.div_ceil(64)];

pub(super) const fn coded_bit(word: &Codeword, i: usize) -> u8 {
    (word[i / 64] >> (i % 64) & 1) as u8
}

/// The codewords of the payloads with a single bit: the code with its CRC is linear, so any other is a sum of them.
static BASIS: LazyLock<Vec<Codeword>> = LazyLock::new(|| {
    let mut encoder = PolarEncoder::new(CODE.clone());
    (0..A)
        .map(|i| {
            let mut c = vec![0; A];
            c[i] = 1;
            Crc::Crc24C.attach(&mut c);
            let mut f = [0; E];
            encoder.encode(&c, &mut f);
            let mut word = [0; E.div_ceil(64)];
            f.iter().enumerate().for_each(|(i, &bit)| word[i / 64] |= u64::from(bit) << (i % 64));
            word
        })
        .collect()
});

/// The codeword of 32 scrambled payload bits a' (a'_0 most significant), before the second scrambling.
#[doc(alias = "TS 38.212 7.1.3")]
#[doc(alias = "TS 38.212 7.1.4")]
#[doc(alias = "TS 38.212 7.1.5")]
pub(super) fn encode(a: u32) -> Codeword {
    let mut word = [0; E.div_ceil(64)];
    for (i, basis) in BASIS.iter().enumerate().filter(|(i, _)| a >> (A - 1 - i) & 1 == 1) {
        debug_assert!(i < A);
        word.iter_mut().zip(basis).for_each(|(w, b)| *w ^= b);
    }
    word
}

/// The payload of K decoded bits, the CRC taken off.
pub(super) fn payload_of(c: &[u8], scrambler: &PayloadScrambler) -> PbchPayload {
    PbchPayload::from_interleaved(scrambler.apply(bits::to_number(&c[..A]) as u32))
}
