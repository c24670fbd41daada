use super::PdcchCandidate;
use crate::ConfigError;
use crate::frame::{Carrier, CellId, Coreset, Rnti};
use std::ops::Range;

/// The identities that scramble a PDCCH and its DM-RS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 7.3.2.3")]
#[doc(alias = "TS 38.211 7.4.1.3.1")]
pub struct PdcchScrambling {
    /// N_ID of the DM-RS: pdcch-DMRS-ScramblingID if configured, else N_ID^cell.
    pub n_id_dmrs: u16,
    /// n_ID of the coded bits: pdcch-DMRS-ScramblingID if configured and in a UE-specific search space, else
    /// N_ID^cell.
    pub n_id_data: u16,
    /// n_RNTI of the coded bits: the C-RNTI in a UE-specific search space with pdcch-DMRS-ScramblingID, else 0.
    pub n_rnti: u16,
}

impl PdcchScrambling {
    /// By the cell identity: CORESET#0, and wherever no pdcch-DMRS-ScramblingID is configured.
    pub const fn cell(cell_id: CellId) -> Self {
        Self { n_id_dmrs: cell_id.get(), n_id_data: cell_id.get(), n_rnti: 0 }
    }

    /// In a common search space of a CORESET with pdcch-DMRS-ScramblingID `scrambling_id`.
    pub const fn common(cell_id: CellId, scrambling_id: u16) -> Self {
        Self { n_id_dmrs: scrambling_id, n_id_data: cell_id.get(), n_rnti: 0 }
    }

    /// In a UE-specific search space of a CORESET with pdcch-DMRS-ScramblingID `scrambling_id`.
    pub const fn ue_specific(scrambling_id: u16, c_rnti: Rnti) -> Self {
        Self { n_id_dmrs: scrambling_id, n_id_data: scrambling_id, n_rnti: c_rnti.0 }
    }

    /// c_init of the scrambling of the coded bits.
    pub const fn c_init_data(&self) -> u32 {
        ((self.n_rnti as u32) << 16).wrapping_add(self.n_id_data as u32) & 0x7fff_ffff
    }

    /// c_init of the DM-RS of the symbol `symbol` of the slot `slot_in_frame` (n_s,f) with `symbols_per_slot`.
    pub const fn c_init_dmrs(&self, symbols_per_slot: usize, slot_in_frame: u16, symbol: usize) -> u32 {
        let n_id = self.n_id_dmrs as u64;
        let time = (symbols_per_slot as u64) * slot_in_frame as u64 + symbol as u64 + 1;
        ((((time * (2 * n_id + 1)) << 17) + 2 * n_id) & 0x7fff_ffff) as u32
    }
}

/// One place in the grid where PDCCHs lie: a CORESET in the symbols of a slot, and its scrambling.
///
/// The grid is that of a [`Carrier`], which need not be the whole carrier: for CORESET#0 it may cover just its
/// blocks. Where Point A is not known, common resource blocks may be counted from any block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PdcchConfig {
    carrier: Carrier,
    coreset: Coreset,
    first_symbol: u8,
    scrambling: PdcchScrambling,
}

impl PdcchConfig {
    /// `carrier` describes the grid; `first_symbol` is the CORESET's first symbol in the slot.
    ///
    /// # Errors
    /// If the CORESET does not lie inside the grid or the slot.
    pub fn new(
        carrier: &Carrier,
        coreset: &Coreset,
        first_symbol: usize,
        scrambling: PdcchScrambling,
    ) -> Result<Self, ConfigError> {
        let (start, end) = (carrier.start_crb(), carrier.start_crb() + carrier.n_prb());
        if coreset.first_crb() < start || coreset.end_crb() > end {
            let got = format!("CRB {}..{}", coreset.first_crb(), coreset.end_crb());
            let rule = format!("must lie inside the grid, CRB {start}..{end}");
            return Err(ConfigError::new("CORESET", got, rule, "TS 38.213 10.1"));
        }
        let symbols = carrier.symbols_per_slot();
        if first_symbol >= symbols || first_symbol + coreset.duration() > symbols {
            let rule = format!("and {} symbols must lie inside a slot of {symbols}", coreset.duration());
            return Err(ConfigError::new("CORESET first symbol", first_symbol, rule, "TS 38.213 10.1"));
        }
        Ok(Self { carrier: *carrier, coreset: *coreset, first_symbol: first_symbol as u8, scrambling })
    }

    /// The grid.
    pub const fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// The CORESET.
    pub const fn coreset(&self) -> &Coreset {
        &self.coreset
    }

    /// The CORESET's first symbol in the slot.
    pub const fn first_symbol(&self) -> usize {
        self.first_symbol as usize
    }

    /// Scrambling identities.
    pub const fn scrambling(&self) -> PdcchScrambling {
        self.scrambling
    }

    /// The same place with other scrambling: another search space of the CORESET.
    #[must_use]
    pub const fn with_scrambling(mut self, scrambling: PdcchScrambling) -> Self {
        self.scrambling = scrambling;
        self
    }

    /// The grid's subcarrier 0 of each block of the CORESET, ascending.
    pub(super) fn block_subcarriers(&self) -> Vec<usize> {
        let start = self.carrier.start_crb();
        self.coreset.crbs().map(|crb| usize::from(crb - start) * 12).collect()
    }

    /// Whether `candidate` lies inside the CORESET.
    pub fn holds(&self, candidate: PdcchCandidate) -> bool {
        usize::from(candidate.first_cce) + candidate.level.get() <= self.coreset.n_cce()
    }

    /// Whether `candidate` has an element in the common resource blocks `crbs` and the symbols `symbols` (bit l = symbol
    /// l of the slot). With the blocks and symbols of the SS/PBCH blocks that are sent (see
    /// [`crate::frame::SsbSchedule::symbols`]): such a candidate is not monitored, except in the Type0-PDCCH common
    /// search space.
    ///
    /// # Panics
    /// If the candidate does not lie inside the CORESET.
    #[doc(alias = "TS 38.213 10.1")]
    pub fn overlaps(&self, candidate: PdcchCandidate, crbs: &Range<u16>, symbols: u16) -> bool {
        let own = ((1 << self.coreset.duration()) - 1) << self.first_symbol;
        if symbols & own == 0 {
            return false;
        }
        // Blocks of the CORESET in question, counted within it.
        let below = |end: u16| self.coreset.crbs().take_while(|crb| *crb < end).count();
        let (first, end) = (below(crbs.start), below(crbs.end));
        if first >= end {
            return false;
        }
        let cces = usize::from(candidate.first_cce)..usize::from(candidate.first_cce) + candidate.level.get();
        let mut bundles = cces.flat_map(|cce| self.coreset.reg_bundles_of_cce(cce));
        bundles.any(|bundle| {
            let blocks = self.coreset.blocks_of_bundle(bundle);
            blocks.start < end && first < blocks.end
        })
    }

    /// Writes the blocks (counted within the CORESET) of `candidate`, ascending, into `blocks`.
    ///
    /// # Panics
    /// If the candidate does not lie inside the CORESET.
    pub(super) fn blocks_of(&self, candidate: PdcchCandidate, blocks: &mut Vec<usize>) {
        blocks.clear();
        let first = usize::from(candidate.first_cce);
        for cce in first..first + candidate.level.get() {
            for bundle in self.coreset.reg_bundles_of_cce(cce) {
                blocks.extend(self.coreset.blocks_of_bundle(bundle));
            }
        }
        // A one-symbol bundle of two blocks beside its neighbour: order by frequency alone, as the mapping does.
        blocks.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{CyclicPrefix, Numerology};

    #[test]
    fn a_coreset_outside_the_grid_is_an_error() {
        let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 10, 24).unwrap();
        let id = CellId::new(7).unwrap();
        let at = |start, first_symbol| {
            let coreset = Coreset::zero(start, 24, 2, id).unwrap();
            PdcchConfig::new(&carrier, &coreset, first_symbol, PdcchScrambling::cell(id))
        };
        assert!(at(10, 12).is_ok());
        assert!(at(9, 0).is_err());
        assert!(at(11, 0).is_err());
        let text = "CORESET first symbol = 13: and 2 symbols must lie inside a slot of 14 (TS 38.213 10.1)";
        assert_eq!(at(10, 13).unwrap_err().to_string(), text);
    }

    #[test]
    fn initialisations_stay_in_31_bits() {
        let scrambling = PdcchScrambling::ue_specific(0xffff, Rnti(0xffff));
        assert_eq!(scrambling.c_init_data(), 0x7fff_ffff);
        let expected = ((1u64 << 17) * (14 * 159 + 13 + 1) * (2 * 65535 + 1) + 2 * 65535) % (1 << 31);
        assert_eq!(u64::from(scrambling.c_init_dmrs(14, 159, 13)), expected);
    }
}
