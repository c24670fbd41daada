/// Resource elements that repeat from block to block: every combination of the blocks, subcarriers and symbols.
///
/// Each row of the table of CSI-RS locations has the same subcarriers in all its symbols, so that this is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CsiElements {
    pub(super) first_crb: u16,
    pub(super) n_blocks: u16,
    pub(super) step: u16,
    pub(super) subcarriers: u16,
    pub(super) symbols: u16,
}

impl CsiElements {
    /// The common resource blocks, ascending.
    pub fn crbs(&self) -> impl ExactSizeIterator<Item = u16> + Clone + use<> {
        let Self { first_crb, step, .. } = *self;
        (0..self.n_blocks).map(move |i| first_crb + i * step)
    }

    /// The subcarriers of each block, bit i = subcarrier i.
    pub const fn subcarriers(&self) -> u16 {
        self.subcarriers
    }

    /// The symbols of the slot, bit l = symbol l.
    pub const fn symbols(&self) -> u16 {
        self.symbols
    }

    /// Whether subcarrier `subcarrier` of block `crb` is one of them in symbol `symbol`.
    pub const fn contains(&self, crb: u16, subcarrier: usize, symbol: usize) -> bool {
        let within = crb >= self.first_crb && (crb - self.first_crb) / self.step < self.n_blocks;
        within
            && (crb - self.first_crb).is_multiple_of(self.step)
            && subcarrier < 12
            && symbol < 14
            && self.subcarriers >> subcarrier & self.symbols >> symbol & 1 == 1
    }

    /// How many elements of a slot there are.
    pub const fn count(&self) -> usize {
        self.n_blocks as usize * (self.subcarriers.count_ones() * self.symbols.count_ones()) as usize
    }
}
