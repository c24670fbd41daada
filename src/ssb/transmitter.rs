use super::coding::{coded_bit, encode};
use super::payload::{PayloadScrambler, PbchPayload};
use super::resources::{
    E, SSB_SUBCARRIERS, SSB_SYMBOLS, SYNC_FIRST, data_elements, dmrs_elements, dmrs_index, dmrs_sequence, scrambling,
    scrambling_block,
};
use super::{LMax, pss, sss};
use crate::frame::{CellId, ResourceGrid};
use crate::{Complex32, ConfigError};

/// The resource elements of one SS/PBCH block, 4 symbols of 240 subcarriers.
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "TS 38.211 7.4.3.1")]
pub struct SsbBlock {
    re: Vec<Complex32>,
}

impl Default for SsbBlock {
    fn default() -> Self {
        Self { re: vec![Complex32::ZERO; SSB_SYMBOLS * SSB_SUBCARRIERS] }
    }
}

impl SsbBlock {
    /// One symbol, lowest subcarrier first.
    ///
    /// # Panics
    /// If `symbol` is above 3.
    pub fn symbol(&self, symbol: usize) -> &[Complex32] {
        &self.re[symbol * SSB_SUBCARRIERS..][..SSB_SUBCARRIERS]
    }

    /// One symbol for writing, lowest subcarrier first.
    ///
    /// # Panics
    /// If `symbol` is above 3.
    pub fn symbol_mut(&mut self, symbol: usize) -> &mut [Complex32] {
        &mut self.re[symbol * SSB_SUBCARRIERS..][..SSB_SUBCARRIERS]
    }

    /// All elements, row-major `[symbol][subcarrier]`.
    pub fn as_slice(&self) -> &[Complex32] {
        &self.re
    }

    /// All elements for writing, row-major `[symbol][subcarrier]`.
    pub fn as_mut_slice(&mut self) -> &mut [Complex32] {
        &mut self.re
    }

    /// Writes the block into a grid of the same subcarrier spacing, from `first_symbol` and `first_subcarrier` on.
    /// The elements beside PSS and SSS become zero, as the block has them.
    ///
    /// # Errors
    /// If the block does not fit the grid.
    pub fn place(
        &self,
        grid: &mut ResourceGrid,
        port: usize,
        first_symbol: usize,
        first_subcarrier: usize,
    ) -> Result<(), ConfigError> {
        check_fit(grid, port, first_symbol, first_subcarrier)?;
        for l in 0..SSB_SYMBOLS {
            let row = &mut grid.symbol_mut(port, first_symbol + l)[first_subcarrier..][..SSB_SUBCARRIERS];
            row.copy_from_slice(self.symbol(l));
        }
        Ok(())
    }

    /// Reads the block's elements out of a grid.
    ///
    /// # Errors
    /// If the block does not lie inside the grid.
    pub fn read(
        &mut self,
        grid: &ResourceGrid,
        port: usize,
        first_symbol: usize,
        first_subcarrier: usize,
    ) -> Result<(), ConfigError> {
        check_fit(grid, port, first_symbol, first_subcarrier)?;
        for l in 0..SSB_SYMBOLS {
            let row = &grid.symbol(port, first_symbol + l)[first_subcarrier..][..SSB_SUBCARRIERS];
            self.symbol_mut(l).copy_from_slice(row);
        }
        Ok(())
    }
}

fn check_fit(
    grid: &ResourceGrid,
    port: usize,
    first_symbol: usize,
    first_subcarrier: usize,
) -> Result<(), ConfigError> {
    let fits = port < grid.n_ports()
        && first_symbol + SSB_SYMBOLS <= grid.n_symbols()
        && first_subcarrier + SSB_SUBCARRIERS <= grid.n_subcarriers();
    if fits {
        return Ok(());
    }
    let rule = format!(
        "its 4 symbols of 240 subcarriers must lie inside the grid of {} ports, {} symbols, {} subcarriers",
        grid.n_ports(),
        grid.n_symbols(),
        grid.n_subcarriers()
    );
    let got = format!("port {port}, symbol {first_symbol}, subcarrier {first_subcarrier}");
    Err(ConfigError::new("SS/PBCH block", got, rule, "TS 38.211 7.4.3.1"))
}

/// Builds SS/PBCH blocks of one cell.
#[derive(Clone, Debug)]
pub struct SsbTransmitter {
    cell_id: CellId,
    l_max: LMax,
    pss_gain: f32,
    scrambler: PayloadScrambler,
}

impl SsbTransmitter {
    /// A transmitter of unit amplitude, the PSS `pss_offset_db` above the rest.
    ///
    /// # Errors
    /// If the offset lies outside -20..=20 dB. (A device expects 0 or 3 dB, TS 38.213 4.1.)
    pub fn new(cell_id: CellId, l_max: LMax, pss_offset_db: f32) -> Result<Self, ConfigError> {
        if !(-20.0..=20.0).contains(&pss_offset_db) {
            let rule = "must lie in -20..=20 dB, and be 0 or 3 for the standard's devices";
            return Err(ConfigError::new("PSS power offset", pss_offset_db, rule, "TS 38.213 4.1"));
        }
        let pss_gain = 10f32.powf(pss_offset_db / 20.0);
        Ok(Self { cell_id, l_max, pss_gain, scrambler: PayloadScrambler::new(cell_id, l_max) })
    }

    /// The cell.
    pub const fn cell_id(&self) -> CellId {
        self.cell_id
    }

    /// Fills `block` with the SS/PBCH block of index `ssb_index` that carries `payload`.
    ///
    /// # Errors
    /// If the index is not below L_max, or with L_max 64 is another than the payload's.
    pub fn transmit(&self, payload: PbchPayload, ssb_index: u8, block: &mut SsbBlock) -> Result<(), ConfigError> {
        if ssb_index >= self.l_max.get() {
            let rule = format!("must be below L_max = {}", self.l_max.get());
            return Err(ConfigError::new("SSB index", ssb_index, rule, "TS 38.213 4.1"));
        }
        if self.l_max == LMax::L64 && payload.last_bits() != ssb_index >> 3 {
            let rule = "must be the index whose upper bits the payload carries";
            return Err(ConfigError::new("SSB index", ssb_index, rule, "TS 38.212 7.1.1"));
        }
        block.re.fill(Complex32::ZERO);
        for (n, d) in pss(self.cell_id.nid2()).into_iter().enumerate() {
            block.symbol_mut(0)[SYNC_FIRST + n] = Complex32::from(self.pss_gain * d);
        }
        for (n, d) in sss(self.cell_id).into_iter().enumerate() {
            block.symbol_mut(2)[SYNC_FIRST + n] = Complex32::from(d);
        }
        let i_bar = dmrs_index(ssb_index, payload.half_frame(), self.l_max);
        let v = usize::from(self.cell_id.get() % 4);
        for ((l, k), r) in dmrs_elements(v).zip(dmrs_sequence(self.cell_id, i_bar)) {
            block.symbol_mut(l)[k] = r;
        }
        let codeword = encode(self.scrambler.apply(payload.interleaved()));
        let a = std::f32::consts::FRAC_1_SQRT_2;
        let mut scrambled = scrambling(self.cell_id, scrambling_block(i_bar, self.l_max))
            .enumerate()
            .map(|(i, c)| a * (1.0 - 2.0 * f32::from(coded_bit(&codeword, i) ^ c)));
        for (l, k) in data_elements(v) {
            // E is twice the number of elements.
            if let (Some(re), Some(im)) = (scrambled.next(), scrambled.next()) {
                block.symbol_mut(l)[k] = Complex32::new(re, im);
            }
        }
        debug_assert_eq!(scrambled.next(), None, "{E} bits fill the elements");
        Ok(())
    }
}
