use crate::coding::{LLR_SCALE, SoftBit};
use crate::kernel::{self, Isa};
use std::ops::{Add, Sub};

/// A soft bit that the polar decoder takes: `i8` or `f32`.
///
/// `i8` is decoded in `i16`: repetitions are summed and nodes computed without losing what `i8` holds, so that the
/// only loss against `f32` is the rounding of the soft bits themselves.
pub trait PolarSoftBit: SoftBit + Arithmetic {}

impl PolarSoftBit for i8 {}
impl PolarSoftBit for f32 {}

/// The arithmetic inside the decoder; a trait of this module alone.
pub trait Arithmetic: Sized {
    /// A log-likelihood ratio in the code tree.
    type Llr: Copy + Default + std::fmt::Debug + Send + Sync;
    /// A sum of magnitudes of LLRs.
    type Metric: Copy + Default + PartialOrd + Add<Output = Self::Metric> + Sub<Output = Self::Metric> + Send + Sync;
    /// The LLR of a bit known to be 0.
    const SHORTENED: Self::Llr;

    /// `sum` plus this soft bit.
    fn accumulate(self, sum: Self::Llr) -> Self::Llr;
    /// LLRs of the sum of two bits, min-sum.
    fn f(isa: Isa, a: &[Self::Llr], b: &[Self::Llr], out: &mut [Self::Llr]);
    /// LLRs of the second bits of pairs, given the sums `bits`.
    fn g(isa: Isa, a: &[Self::Llr], b: &[Self::Llr], bits: &[u64], out: &mut [Self::Llr]);
    /// The magnitude.
    fn magnitude(llr: Self::Llr) -> Self::Metric;
    /// Whether the bit is rather 1.
    fn is_one(llr: Self::Llr) -> bool;
    /// The sums of the magnitudes of the positive and of the negative ones: the penalties of all ones and of all
    /// zeros.
    fn penalties(llr: &[Self::Llr]) -> (Self::Metric, Self::Metric);
    /// A metric in natural units.
    fn natural(metric: Self::Metric) -> f32;
}

impl Arithmetic for i8 {
    type Llr = i16;
    type Metric = i32;
    const SHORTENED: i16 = i16::MAX / 2;

    fn accumulate(self, sum: i16) -> i16 {
        sum.saturating_add(i16::from(self)).max(-i16::MAX)
    }

    fn f(isa: Isa, a: &[i16], b: &[i16], out: &mut [i16]) {
        kernel::polar::f(isa, a, b, out);
    }

    fn g(isa: Isa, a: &[i16], b: &[i16], bits: &[u64], out: &mut [i16]) {
        kernel::polar::g(isa, a, b, bits, out);
    }

    fn magnitude(llr: i16) -> i32 {
        i32::from(llr).abs()
    }

    fn is_one(llr: i16) -> bool {
        llr < 0
    }

    fn penalties(llr: &[i16]) -> (i32, i32) {
        llr.iter().fold((0, 0), |(ones, zeros), &llr| {
            let llr = i32::from(llr);
            (ones + llr.max(0), zeros - llr.min(0))
        })
    }

    fn natural(metric: i32) -> f32 {
        metric as f32 / LLR_SCALE
    }
}

impl Arithmetic for f32 {
    type Llr = f32;
    type Metric = f32;
    const SHORTENED: f32 = Self::CERTAIN_ZERO;

    fn accumulate(self, sum: f32) -> f32 {
        // Off the air anything may come: what is no number says nothing, infinity no more than certainty.
        if self.is_nan() { sum } else { sum + self.clamp(-Self::CERTAIN_ZERO, Self::CERTAIN_ZERO) }
    }

    fn f(_: Isa, a: &[f32], b: &[f32], out: &mut [f32]) {
        for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
            *out = a.abs().min(b.abs()) * a.signum() * b.signum();
        }
    }

    fn g(_: Isa, a: &[f32], b: &[f32], bits: &[u64], out: &mut [f32]) {
        for (i, ((out, &a), &b)) in out.iter_mut().zip(a).zip(b).enumerate() {
            *out = if bits[i / 64] >> (i % 64) & 1 == 1 { b - a } else { b + a };
        }
    }

    fn magnitude(llr: f32) -> f32 {
        llr.abs()
    }

    fn is_one(llr: f32) -> bool {
        llr < 0.0
    }

    fn penalties(llr: &[f32]) -> (f32, f32) {
        llr.iter().fold((0.0, 0.0), |(ones, zeros), &llr| (ones + llr.max(0.0), zeros - llr.min(0.0)))
    }

    fn natural(metric: f32) -> f32 {
        metric
    }
}
