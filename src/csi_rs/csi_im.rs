use super::elements::CsiElements;
use super::occupancy::{CsiFrequencyOccupation, CsiPeriodicity};
use crate::ConfigError;
use crate::frame::{Carrier, SlotPoint};

/// csi-IM-ResourceElementPattern: the four elements of each block on which interference is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.331 CSI-IM-Resource")]
pub enum CsiImPattern {
    /// pattern0: two subcarriers of two symbols.
    Pattern0 {
        /// k_CSI-IM: 0, 2, 4, 6, 8 or 10.
        subcarrier: u8,
        /// l_CSI-IM: 0..=12.
        symbol: u8,
    },
    /// pattern1: four subcarriers of one symbol.
    Pattern1 {
        /// k_CSI-IM: 0, 4 or 8.
        subcarrier: u8,
        /// l_CSI-IM: 0..=13.
        symbol: u8,
    },
}

/// A valid CSI-IM resource of a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.214 5.2.2.4")]
pub struct CsiIm {
    elements: CsiElements,
    periodicity: Option<CsiPeriodicity>,
}

impl CsiIm {
    /// `periodicity` is `None` for an aperiodic resource.
    ///
    /// # Errors
    /// If the subcarrier or the symbol is none of the pattern's, a symbol lies outside the slot or a block outside the
    /// carrier.
    pub fn new(
        carrier: &Carrier,
        pattern: CsiImPattern,
        occupation: CsiFrequencyOccupation,
        periodicity: Option<CsiPeriodicity>,
    ) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.214 5.2.2.4";
        occupation.check(carrier)?;
        // Subcarriers and symbols of the pattern; its place; which subcarriers it may begin at.
        let (n_k, n_l, k, l) = match pattern {
            CsiImPattern::Pattern0 { subcarrier, symbol } => (2, 2, subcarrier, symbol),
            CsiImPattern::Pattern1 { subcarrier, symbol } => (4, 1, subcarrier, symbol),
        };
        if k > 12 - n_k || !k.is_multiple_of(n_k) {
            let rule = format!("must be a multiple of {n_k} up to {} in {pattern:?}", 12 - n_k);
            return Err(ConfigError::new("k_CSI-IM", k, rule, CLAUSE));
        }
        let last = carrier.symbols_per_slot() as u8 - n_l;
        if l > last {
            return Err(ConfigError::new("l_CSI-IM", l, format!("must lie in 0..={last} in {pattern:?}"), CLAUSE));
        }
        let elements = CsiElements {
            first_crb: occupation.start_crb,
            n_blocks: occupation.n_rb,
            step: 1,
            subcarriers: ((1 << n_k) - 1) << k,
            symbols: ((1 << n_l) - 1) << l,
        };
        Ok(Self { elements, periodicity })
    }

    /// The elements.
    pub const fn elements(&self) -> &CsiElements {
        &self.elements
    }

    /// Whether the resource is in `slot` by its period; never, for an aperiodic one.
    pub fn is_in(&self, slot: SlotPoint) -> bool {
        self.periodicity.is_some_and(|periodicity| periodicity.is_in(slot))
    }
}
