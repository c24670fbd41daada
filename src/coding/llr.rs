/// An `i8` log-likelihood ratio counts in units of 1/`LLR_SCALE` (natural logarithm): `1.0` of an `f32` LLR is
/// `LLR_SCALE` of an `i8` one.
pub const LLR_SCALE: f32 = 8.0;

/// A soft bit: the log-likelihood ratio ln(P(bit = 0) / P(bit = 1)).
///
/// In production an `i8`, symmetric (-127..=127; -128 never occurs) and in units of 1/[`LLR_SCALE`]; `f32`
/// (in natural units) is the reference that the decoders are also generic over. Positive means bit 0, 0 an
/// erased bit.
pub trait SoftBit: Copy + PartialOrd + Default + std::fmt::Debug + Send + Sync + 'static {
    /// Nothing known.
    const ERASED: Self;
    /// Certainly 0 (as of a filler or shortened bit).
    const CERTAIN_ZERO: Self;
    /// An LLR in natural units, rounded and saturated.
    fn from_f32(llr: f32) -> Self;
    /// The LLR in natural units.
    fn to_f32(self) -> f32;
    /// Sum, saturated.
    #[must_use]
    fn add(self, other: Self) -> Self;
    /// Difference, saturated.
    #[must_use]
    fn sub(self, other: Self) -> Self;
    /// The other sign.
    #[must_use]
    fn negate(self) -> Self;
    /// Magnitude.
    #[must_use]
    fn abs(self) -> Self;
    /// The hard decision: 1 if negative, else 0.
    fn hard(self) -> u8;
    /// The slice as `i8` soft bits if that is what `Self` is: how generic code reaches the `i8` kernels.
    fn as_i8_mut(_soft: &mut [Self]) -> Option<&mut [i8]> {
        None
    }
}

impl SoftBit for i8 {
    const ERASED: Self = 0;
    const CERTAIN_ZERO: Self = 127;

    #[inline]
    fn from_f32(llr: f32) -> Self {
        // `as` saturates and maps NaN to 0, which is what an unusable soft bit is.
        // Adding and taking away 1.5 * 2^23 rounds to even, without a function call on older CPUs.
        const ROUNDER: f32 = 12_582_912.0;
        ((llr * LLR_SCALE).clamp(-127.0, 127.0) + ROUNDER - ROUNDER) as i8
    }

    #[inline]
    fn to_f32(self) -> f32 {
        f32::from(self) / LLR_SCALE
    }

    #[inline]
    fn add(self, other: Self) -> Self {
        self.saturating_add(other).max(-127)
    }

    #[inline]
    fn sub(self, other: Self) -> Self {
        self.saturating_sub(other).max(-127)
    }

    #[inline]
    fn negate(self) -> Self {
        self.saturating_neg()
    }

    #[inline]
    fn abs(self) -> Self {
        self.saturating_abs()
    }

    #[inline]
    fn hard(self) -> u8 {
        u8::from(self < 0)
    }

    #[inline]
    fn as_i8_mut(soft: &mut [Self]) -> Option<&mut [i8]> {
        Some(soft)
    }
}

impl SoftBit for f32 {
    const ERASED: Self = 0.0;
    const CERTAIN_ZERO: Self = 1e4;

    #[inline]
    fn from_f32(llr: f32) -> Self {
        llr
    }

    #[inline]
    fn to_f32(self) -> f32 {
        self
    }

    #[inline]
    fn add(self, other: Self) -> Self {
        self + other
    }

    #[inline]
    fn sub(self, other: Self) -> Self {
        self - other
    }

    #[inline]
    fn negate(self) -> Self {
        -self
    }

    #[inline]
    fn abs(self) -> Self {
        f32::abs(self)
    }

    #[inline]
    fn hard(self) -> u8 {
        u8::from(self < 0.0)
    }
}
