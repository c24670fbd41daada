#![allow(unsafe_code, reason = "vector intrinsics and unchecked addresses; bounds are asserted by the callers")]

use super::{CheckRule, EXACT_DEGREE, Isa, LayerEdge, Level, MinSumScratch, PairThresholds, VECTOR, message_stride};
use std::arch::x86_64::*;

pub fn min_sum_layer(
    isa: Isa,
    z: usize,
    edges: &[LayerEdge],
    values: &mut [i8],
    messages: &mut [i8],
    scratch: &mut MinSumScratch<i8>,
    rule: &CheckRule<i8>,
) {
    assert_eq!(isa.level(), Level::Avx2);
    // SAFETY: an `Isa` of this level exists only on CPUs with AVX2. `Lane::min_sum_layer` has asserted that every
    // column with its stride lies in `values`, that shifts are below z, and that messages and scratch have
    // `message_stride(z)` lanes an edge.
    unsafe {
        match (rule, edges.len()) {
            (CheckRule::BoxPlus { pairs, limit }, degree @ 1..=EXACT_DEGREE) => {
                let exact = [exact::<1>, exact::<2>, exact::<3>, exact::<4>, exact::<EXACT_DEGREE>][degree - 1];
                exact(z, edges, values, messages, scratch, pairs, *limit);
            }
            (CheckRule::BoxPlus { pairs, limit }, _) => {
                let (no_scale, no_offset) = (64, 0);
                let rule = TwoMagnitudes::<true>::new(pairs, no_scale, no_offset, *limit);
                two_magnitudes(z, edges, values, messages, scratch, rule);
            }
            (CheckRule::MinSum { scale, offset, limit }, _) => {
                let rule = TwoMagnitudes::<false>::new(&[0; 3], *scale, *offset, *limit);
                two_magnitudes(z, edges, values, messages, scratch, rule);
            }
        }
    }
}

pub fn parity_holds(isa: Isa, z: usize, edges: &[LayerEdge], values: &[i8]) -> bool {
    assert_eq!(isa.level(), Level::Avx2);
    // SAFETY: an `Isa` of this level exists only on CPUs with AVX2; `Lane::parity_holds` has asserted that every
    // column with its stride lies in `values` and that final shifts are below z.
    unsafe { parity(z, edges, values) }
}

/// A layer of few edges, box-plus of all others from both ends in registers.
///
/// # Safety
/// AVX2; the bounds that `Lane::min_sum_layer` asserts; `edges.len() == DEGREE`.
#[target_feature(enable = "avx2")]
unsafe fn exact<const DEGREE: usize>(
    z: usize,
    edges: &[LayerEdge],
    values: &mut [i8],
    messages: &mut [i8],
    scratch: &mut MinSumScratch<i8>,
    pairs: &PairThresholds,
    limit: i8,
) {
    let stride = message_stride(z);
    let edges: &[LayerEdge; DEGREE] = edges.try_into().expect("as many edges as the degree");
    let pairs = Pairs::new(pairs);
    let limit = _mm256_set1_epi8(limit);
    for lane in (0..z).step_by(VECTOR) {
        let mut to_check = [limit; DEGREE];
        let mut sign = _mm256_setzero_si256();
        for e in 0..DEGREE {
            let at = rotated(lane, edges[e].shift, z);
            // SAFETY: at < z, and a column has column_stride(z) >= z + VECTOR values; lane + VECTOR <= stride.
            unsafe {
                let value = load(values.as_ptr().add(edges[e].start as usize + at));
                to_check[e] = subtract(value, load(messages.as_ptr().add(e * stride + lane)));
                store(scratch.to_check.as_mut_ptr().add(e * stride + lane), to_check[e]);
            }
            sign = _mm256_xor_si256(sign, to_check[e]);
        }
        let mut others = [limit; DEGREE];
        if DEGREE > 1 {
            // First the box-plus of the edges behind each, then with those before.
            others[DEGREE - 2] = _mm256_abs_epi8(to_check[DEGREE - 1]);
            for e in (0..DEGREE - 2).rev() {
                others[e] = pairs.box_plus(others[e + 1], _mm256_abs_epi8(to_check[e + 1]));
            }
            let mut before = _mm256_abs_epi8(to_check[0]);
            for e in 1..DEGREE - 1 {
                others[e] = pairs.box_plus(before, others[e]);
                before = pairs.box_plus(before, _mm256_abs_epi8(to_check[e]));
            }
            others[DEGREE - 1] = before;
        }
        for e in 0..DEGREE {
            let message = signed(_mm256_min_epu8(others[e], limit), sign, to_check[e]);
            // SAFETY: as above.
            unsafe { store(messages.as_mut_ptr().add(e * stride + lane), message) };
        }
    }
    // Every read of a column has come before the first write: reads are rotated, writes are not.
    for (e, edge) in edges.iter().enumerate() {
        for lane in (0..z).step_by(VECTOR) {
            // SAFETY: as above; lane + VECTOR <= message_stride(z) < column_stride(z).
            unsafe {
                let to_check = load(scratch.to_check.as_ptr().add(e * stride + lane));
                let message = load(messages.as_ptr().add(e * stride + lane));
                store(values.as_mut_ptr().add(edge.start as usize + lane), add(to_check, message));
            }
        }
        // SAFETY: the column has column_stride(z) values.
        unsafe { repeat_head(values.as_mut_ptr().add(edge.start as usize), z) };
    }
}

/// A layer of which each check has two magnitudes: for its least reliable edge and for all others.
///
/// # Safety
/// AVX2; the bounds that `Lane::min_sum_layer` asserts.
#[target_feature(enable = "avx2")]
unsafe fn two_magnitudes<const BOX_PLUS: bool>(
    z: usize,
    edges: &[LayerEdge],
    values: &mut [i8],
    messages: &mut [i8],
    scratch: &mut MinSumScratch<i8>,
    rule: TwoMagnitudes<BOX_PLUS>,
) {
    let mut lane = 0;
    // Two vectors at a time: each is one long chain of dependent instructions.
    while lane + VECTOR < z {
        // SAFETY: the caller's; two vectors from `lane` on begin below z.
        unsafe { find_magnitudes::<2, BOX_PLUS>(lane, z, edges, values, messages, scratch, &rule) };
        lane += 2 * VECTOR;
    }
    if lane < z {
        // SAFETY: the caller's; the vector from `lane` on begins below z.
        unsafe { find_magnitudes::<1, BOX_PLUS>(lane, z, edges, values, messages, scratch, &rule) };
    }
    let stride = message_stride(z);
    let values = values.as_mut_ptr();
    let messages = messages.as_mut_ptr();
    let to_check = scratch.to_check.as_ptr();
    // Every read of a column has come before the first write: reads are rotated, writes are not.
    for lane in (0..z).step_by(VECTOR) {
        // SAFETY: as above.
        let (least, for_least, for_others, sign) = unsafe {
            (
                load(scratch.least.as_ptr().add(lane)),
                load(scratch.for_least.as_ptr().add(lane)),
                load(scratch.for_others.as_ptr().add(lane)),
                load(scratch.negative.as_ptr().add(lane).cast()),
            )
        };
        for (e, edge) in edges.iter().enumerate() {
            // SAFETY: as above; lane + VECTOR <= message_stride(z) < column_stride(z).
            unsafe {
                let to_check = load(to_check.add(e * stride + lane));
                let is_least = _mm256_cmpeq_epi8(_mm256_abs_epi8(to_check), least);
                let message = signed(_mm256_blendv_epi8(for_others, for_least, is_least), sign, to_check);
                store(messages.add(e * stride + lane), message);
                store(values.add(edge.start as usize + lane), add(to_check, message));
            }
        }
    }
    for edge in edges {
        // SAFETY: the column has column_stride(z) values.
        unsafe { repeat_head(values.add(edge.start as usize), z) };
    }
}

/// The first half of `two_magnitudes` for VECTORS vectors of lanes: all reads of the columns.
///
/// # Safety
/// As `two_magnitudes`; every one of the vectors begins below `z`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn find_magnitudes<const VECTORS: usize, const BOX_PLUS: bool>(
    lane: usize,
    z: usize,
    edges: &[LayerEdge],
    values: &[i8],
    messages: &[i8],
    scratch: &mut MinSumScratch<i8>,
    rule: &TwoMagnitudes<BOX_PLUS>,
) {
    let stride = message_stride(z);
    let to_check = scratch.to_check.as_mut_ptr();
    // 255, above every magnitude: neutral to the least and, 15 and more away, to box-plus.
    let mut least = [_mm256_set1_epi8(-1); VECTORS];
    let mut others = least;
    let mut sign = [_mm256_setzero_si256(); VECTORS];
    for (e, edge) in edges.iter().enumerate() {
        for v in 0..VECTORS {
            let lane = lane + v * VECTOR;
            let at = rotated(lane, edge.shift, z);
            // SAFETY: at < z, and a column has column_stride(z) >= z + VECTOR values; lane + VECTOR <= stride.
            let message = unsafe {
                let value = load(values.as_ptr().add(edge.start as usize + at));
                let message = subtract(value, load(messages.as_ptr().add(e * stride + lane)));
                store(to_check.add(e * stride + lane), message);
                message
            };
            sign[v] = _mm256_xor_si256(sign[v], message);
            let magnitude = _mm256_abs_epi8(message);
            others[v] = rule.join(others[v], _mm256_max_epu8(least[v], magnitude));
            least[v] = _mm256_min_epu8(least[v], magnitude);
        }
    }
    for v in 0..VECTORS {
        let lane = lane + v * VECTOR;
        let (for_least, for_others) = rule.finish(least[v], others[v]);
        // SAFETY: each of these has at least stride >= lane + VECTOR lanes.
        unsafe {
            store(scratch.least.as_mut_ptr().add(lane), least[v]);
            store(scratch.for_least.as_mut_ptr().add(lane), for_least);
            store(scratch.for_others.as_mut_ptr().add(lane), for_others);
            store(scratch.negative.as_mut_ptr().add(lane).cast(), sign[v]);
        }
    }
}

/// How the magnitudes of a check become the two of its messages.
#[derive(Clone, Copy)]
struct TwoMagnitudes<const BOX_PLUS: bool> {
    pairs: Pairs,
    scale: i8,
    offset: __m256i,
    limit: __m256i,
}

impl<const BOX_PLUS: bool> TwoMagnitudes<BOX_PLUS> {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(pairs: &PairThresholds, scale: i8, offset: i8, limit: i8) -> Self {
        let (offset, limit) = (_mm256_set1_epi8(offset), _mm256_set1_epi8(limit));
        Self { pairs: Pairs::new(pairs), scale, offset, limit }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn join(&self, others: __m256i, magnitude: __m256i) -> __m256i {
        if BOX_PLUS { self.pairs.box_plus(others, magnitude) } else { _mm256_min_epu8(others, magnitude) }
    }

    /// The magnitudes for the least reliable edge and for the others.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn finish(&self, least: __m256i, others: __m256i) -> (__m256i, __m256i) {
        let limited = |x| _mm256_min_epu8(x, self.limit);
        if BOX_PLUS {
            (limited(others), limited(self.pairs.box_plus(least, others)))
        } else {
            (self.corrected(limited(others)), self.corrected(limited(least)))
        }
    }

    /// (x * scale + 32) / 64 - offset, not below zero, for magnitudes 0..=127.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn corrected(&self, x: __m256i) -> __m256i {
        let zero = _mm256_setzero_si256();
        let scale = _mm256_set1_epi16(i16::from(self.scale));
        let half = _mm256_set1_epi16(32);
        let scaled = |x| _mm256_srli_epi16::<6>(_mm256_add_epi16(_mm256_mullo_epi16(x, scale), half));
        let (low, high) = (scaled(_mm256_unpacklo_epi8(x, zero)), scaled(_mm256_unpackhi_epi8(x, zero)));
        _mm256_subs_epu8(_mm256_packus_epi16(low, high), self.offset)
    }
}

/// What box-plus takes off, for every difference up to 15 (where it is nothing).
#[derive(Clone, Copy)]
struct Pairs {
    table: __m256i,
    last: __m256i,
}

impl Pairs {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(pairs: &PairThresholds) -> Self {
        let difference = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let table = pairs.iter().fold(_mm_setzero_si128(), |table, &threshold| {
            _mm_sub_epi8(table, _mm_cmpgt_epi8(_mm_set1_epi8(threshold), difference))
        });
        Self { table: _mm256_broadcastsi128_si256(table), last: _mm256_set1_epi8(15) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn box_plus(&self, a: __m256i, b: __m256i) -> __m256i {
        let (low, high) = (_mm256_min_epu8(a, b), _mm256_max_epu8(a, b));
        let index = _mm256_min_epu8(_mm256_sub_epi8(high, low), self.last);
        _mm256_subs_epu8(low, _mm256_shuffle_epi8(self.table, index))
    }
}

/// # Safety
/// AVX2; and the bounds that `Lane::parity_holds` asserts.
#[target_feature(enable = "avx2")]
unsafe fn parity(z: usize, edges: &[LayerEdge], values: &[i8]) -> bool {
    for lane in (0..z).step_by(VECTOR) {
        let mut sign = _mm256_setzero_si256();
        for edge in edges {
            let at = rotated(lane, edge.final_shift, z);
            // SAFETY: at < z, and a column has column_stride(z) >= z + VECTOR values.
            sign = _mm256_xor_si256(sign, unsafe { load(values.as_ptr().add(edge.start as usize + at)) });
        }
        let odd = _mm256_movemask_epi8(sign) as u32;
        let lanes = (z - lane).min(VECTOR) as u32;
        if odd & (u32::MAX >> (32 - lanes)) != 0 {
            return false;
        }
    }
    true
}

/// (lane + shift) mod z.
#[inline]
fn rotated(lane: usize, shift: u32, z: usize) -> usize {
    let at = lane + shift as usize;
    if at < z { at } else { at - z }
}

/// Saturated at ±127.
#[inline]
#[target_feature(enable = "avx2")]
fn subtract(a: __m256i, b: __m256i) -> __m256i {
    _mm256_max_epi8(_mm256_subs_epi8(a, b), _mm256_set1_epi8(-127))
}

/// Saturated at ±127.
#[inline]
#[target_feature(enable = "avx2")]
fn add(a: __m256i, b: __m256i) -> __m256i {
    _mm256_max_epi8(_mm256_adds_epi8(a, b), _mm256_set1_epi8(-127))
}

/// `magnitude` with the sign of the other edges: that of all together without that of `own`.
#[inline]
#[target_feature(enable = "avx2")]
fn signed(magnitude: __m256i, all: __m256i, own: __m256i) -> __m256i {
    // The sign instruction zeroes where its argument is zero, hence the one.
    _mm256_sign_epi8(magnitude, _mm256_or_si256(_mm256_xor_si256(all, own), _mm256_set1_epi8(1)))
}

/// Repeats the head of a column (VECTOR lanes, or all z if there are fewer) after its z lanes.
///
/// # Safety
/// AVX2; `column_stride(z)` valid bytes.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn repeat_head(column: *mut i8, z: usize) {
    // SAFETY: column_stride(z) >= z + VECTOR; with z < VECTOR the two runs of z lanes do not overlap.
    unsafe {
        if z >= VECTOR {
            store(column.add(z), load(column));
        } else {
            std::ptr::copy_nonoverlapping(column, column.add(z), z);
        }
    }
}

/// # Safety
/// AVX2; 32 readable bytes.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load(from: *const i8) -> __m256i {
    // SAFETY: the caller's.
    unsafe { _mm256_loadu_si256(from.cast()) }
}

/// # Safety
/// AVX2; 32 writable bytes.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store(to: *mut i8, value: __m256i) {
    // SAFETY: the caller's.
    unsafe { _mm256_storeu_si256(to.cast(), value) }
}
