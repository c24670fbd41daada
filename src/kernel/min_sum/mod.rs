//! The check-node update of a layered min-sum LDPC decoder, one base-graph row (layer) at a time, its `Z` checks
//! in the lanes of vectors.
//!
//! Memory. A column of the code has its `Z` values in a slot of [`column_stride`] lanes. It is kept *rotated* as
//! the last layer that used it left it, so that every write is in lane order and only reads rotate: check `z`
//! reads lane `(z + shift) mod Z`, where `shift` is relative to the present rotation. After the `Z` lanes lie
//! the first ones again ([`repeat_head`]), so that a vector read across the end needs no second piece.
//! The messages of an edge have [`message_stride`] lanes, edge after edge.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod scalar;

use super::{Isa, Level};

/// Lanes of the widest vector that strides are rounded to.
const VECTOR: usize = 32;

/// Lanes from one column to the next: room for whole vectors and for the repeated head.
pub const fn column_stride(z: usize) -> usize {
    z.next_multiple_of(VECTOR) + VECTOR
}

/// Lanes from the messages of one edge to those of the next.
pub const fn message_stride(z: usize) -> usize {
    z.next_multiple_of(VECTOR)
}

/// Repeats the first lanes of a column after its `z` lanes.
///
/// # Panics
/// If the column is shorter than [`column_stride`].
pub fn repeat_head<T: Copy>(column: &mut [T], z: usize) {
    column.copy_within(0..z.min(VECTOR), z);
}

/// An edge of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerEdge {
    /// Where the column begins in the a-posteriori values.
    pub start: u32,
    /// Rotation of the layer against the rotation that the column has when its turn comes, below `Z`.
    pub shift: u32,
    /// Rotation of the layer against the one that the column has at the end of an iteration, below `Z`.
    pub final_shift: u32,
}

/// Working memory of a layer, made once for the largest.
#[derive(Clone, Debug)]
pub struct MinSumScratch<T> {
    to_check: Vec<T>,
    least: Vec<T>,
    for_least: Vec<T>,
    for_others: Vec<T>,
    negative: Vec<u8>,
}

impl<T: Lane> MinSumScratch<T> {
    /// For layers of at most `max_degree` edges and lifting sizes up to `max_z`.
    pub fn new(max_degree: usize, max_z: usize) -> Self {
        let lanes = message_stride(max_z);
        Self {
            to_check: vec![T::default(); max_degree * lanes],
            least: vec![T::default(); lanes],
            for_least: vec![T::default(); lanes],
            for_others: vec![T::default(); lanes],
            negative: vec![0; lanes],
        }
    }
}

/// How a check forms the magnitude of its message to a bit from the magnitudes of all other bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CheckRule<T: Lane> {
    /// The least of them, at most `limit`, multiplied, then lessened, not below zero: normalised and offset min-sum.
    MinSum {
        /// Factor: a number itself for `f32`; in 64ths (at most 64 of them) for `i8`.
        scale: T,
        /// Subtracted after scaling.
        offset: T,
        /// Greatest magnitude before scaling.
        limit: T,
    },
    /// Their box-plus, pair by pair, at most `limit`. In a layer of more than [`EXACT_DEGREE`] edges all edges but the
    /// least reliable one get the same message, which has their own magnitude in it too.
    BoxPlus {
        /// The correction of the lesser of a pair.
        pairs: T::Pairs,
        /// Greatest magnitude of a message.
        limit: T,
    },
}

/// Up to this many edges [`CheckRule::BoxPlus`] leaves out of each message just the own magnitude of its bit.
pub const EXACT_DEGREE: usize = 5;

/// In box-plus of `i8` magnitudes: from the lesser of two, 1 is taken off for each of these that is above their
/// difference. They lie in 0..=15.
pub type PairThresholds = [i8; 3];

/// A value that the min-sum kernels work on: `i8` saturating at ±127, or `f32`.
pub trait Lane: Copy + PartialOrd + Default + std::fmt::Debug + Send + Sync + 'static {
    /// What [`Lane::box_plus`] corrects by.
    type Pairs: Copy + PartialEq + std::fmt::Debug + Send + Sync;

    /// Sum, saturated.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// Difference, saturated.
    #[must_use]
    fn minus(self, other: Self) -> Self;
    /// Absolute value.
    #[must_use]
    fn magnitude(self) -> Self;
    /// The other sign.
    #[must_use]
    fn opposite(self) -> Self;
    /// Whether below zero.
    fn is_below_zero(self) -> bool;
    /// A magnitude multiplied and lessened, not below zero.
    #[must_use]
    fn corrected(self, scale: Self, offset: Self) -> Self;
    /// The magnitude of ln((1 + e^(a+b)) / (e^a + e^b)), a and b being magnitudes: the least of the two, corrected.
    #[must_use]
    fn box_plus(self, other: Self, pairs: &Self::Pairs) -> Self;

    /// One layer: takes the old messages out of the columns, forms the new ones from the two least magnitudes and
    /// the signs of each check, adds them to the columns and keeps them in `messages`.
    ///
    /// # Panics
    /// If an edge points outside `values` or has a shift of `z` or more, if `messages` is shorter than the edges
    /// need, or if the scratch is smaller than the layer.
    fn min_sum_layer(
        isa: Isa,
        z: usize,
        edges: &[LayerEdge],
        values: &mut [Self],
        messages: &mut [Self],
        scratch: &mut MinSumScratch<Self>,
        rule: &CheckRule<Self>,
    );

    /// Whether the hard decisions at the end of an iteration satisfy the `z` checks of a layer.
    ///
    /// # Panics
    /// If an edge points outside `values` or has a final shift of `z` or more.
    fn parity_holds(isa: Isa, z: usize, edges: &[LayerEdge], values: &[Self]) -> bool;
}

impl Lane for i8 {
    type Pairs = PairThresholds;

    #[inline]
    fn plus(self, other: Self) -> Self {
        self.saturating_add(other).max(-127)
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        self.saturating_sub(other).max(-127)
    }

    #[inline]
    fn magnitude(self) -> Self {
        self.saturating_abs()
    }

    #[inline]
    fn opposite(self) -> Self {
        self.saturating_neg()
    }

    #[inline]
    fn is_below_zero(self) -> bool {
        self < 0
    }

    #[inline]
    fn corrected(self, scale: Self, offset: Self) -> Self {
        let scaled = (i16::from(self) * i16::from(scale) + 32) >> 6;
        (scaled - i16::from(offset)).max(0) as i8
    }

    #[inline]
    fn box_plus(self, other: Self, pairs: &PairThresholds) -> Self {
        let (a, b) = if self < other { (self, other) } else { (other, self) };
        let above = |threshold: Self| Self::from(threshold > b - a);
        (a - above(pairs[0]) - above(pairs[1]) - above(pairs[2])).max(0)
    }

    fn min_sum_layer(
        isa: Isa,
        z: usize,
        edges: &[LayerEdge],
        values: &mut [Self],
        messages: &mut [Self],
        scratch: &mut MinSumScratch<Self>,
        rule: &CheckRule<Self>,
    ) {
        check_layer(z, edges, values.len(), |edge| edge.shift);
        assert!(messages.len() >= edges.len() * message_stride(z), "too few messages for {} edges", edges.len());
        assert!(scratch.to_check.len() >= edges.len() * message_stride(z), "scratch for {} edges", edges.len());
        assert!(scratch.least.len() >= message_stride(z), "scratch for Z = {z}");
        match rule {
            CheckRule::MinSum { scale, offset, limit } => {
                assert!((0..=64).contains(scale) && *offset >= 0 && *limit >= 0, "{rule:?}");
            }
            CheckRule::BoxPlus { pairs, limit } => {
                assert!(pairs.iter().all(|pair| (0..16).contains(pair)) && *limit >= 0, "{rule:?}");
            }
        }
        match isa.level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2::min_sum_layer(isa, z, edges, values, messages, scratch, rule),
            _ => scalar::min_sum_layer(z, edges, values, messages, scratch, rule),
        }
    }

    fn parity_holds(isa: Isa, z: usize, edges: &[LayerEdge], values: &[Self]) -> bool {
        check_layer(z, edges, values.len(), |edge| edge.final_shift);
        match isa.level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2::parity_holds(isa, z, edges, values),
            _ => scalar::parity_holds(z, edges, values),
        }
    }
}

impl Lane for f32 {
    type Pairs = ();

    #[inline]
    fn plus(self, other: Self) -> Self {
        self + other
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        self - other
    }

    #[inline]
    fn magnitude(self) -> Self {
        self.abs()
    }

    #[inline]
    fn opposite(self) -> Self {
        -self
    }

    #[inline]
    fn is_below_zero(self) -> bool {
        self < 0.0
    }

    #[inline]
    fn corrected(self, scale: Self, offset: Self) -> Self {
        (self * scale - offset).max(0.0)
    }

    /// Without approximation.
    #[inline]
    fn box_plus(self, other: Self, (): &()) -> Self {
        let term = |x: Self| (-x).exp().ln_1p();
        (self.min(other) - term((self - other).abs()) + term(self + other)).max(0.0)
    }

    fn min_sum_layer(
        _isa: Isa,
        z: usize,
        edges: &[LayerEdge],
        values: &mut [Self],
        messages: &mut [Self],
        scratch: &mut MinSumScratch<Self>,
        rule: &CheckRule<Self>,
    ) {
        scalar::min_sum_layer(z, edges, values, messages, scratch, rule);
    }

    fn parity_holds(_isa: Isa, z: usize, edges: &[LayerEdge], values: &[Self]) -> bool {
        scalar::parity_holds(z, edges, values)
    }
}

/// The bounds that the vector code relies on: any vector that starts within the `z` lanes of a column lies in
/// `len` values.
fn check_layer(z: usize, edges: &[LayerEdge], len: usize, shift: impl Fn(&LayerEdge) -> u32) {
    assert!(z > 0, "no lanes");
    for edge in edges {
        assert!((shift(edge) as usize) < z, "shift {} of {z}", shift(edge));
        assert!(edge.start as usize + column_stride(z) <= len, "column at {} of {len}", edge.start);
    }
}
