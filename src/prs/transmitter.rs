use super::PrsConfig;
use crate::Complex32;
use crate::frame::{ResourceGrid, SlotPoint};

/// Sends a DL PRS resource: into resource grids.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.4.1.7")]
pub struct PrsTransmitter {
    config: PrsConfig,
    sequence: Vec<Complex32>,
}

impl PrsTransmitter {
    /// With a workspace for the resource.
    pub fn new(config: PrsConfig) -> Self {
        let sequence = vec![Complex32::ZERO; config.elements_per_symbol()];
        Self { config, sequence }
    }

    /// The resource.
    pub const fn config(&self) -> &PrsConfig {
        &self.config
    }

    /// Writes the PRS of a slot, one that [`super::PrsSchedule::is_sent`] names, into antenna port `port` of `grid`; not
    /// in the symbols of `ssb_symbols` (bit l = symbol l), which SS/PBCH blocks use. Other elements stay as they are.
    ///
    /// # Panics
    /// If the slot is not of the carrier's numerology, or the grid is not the carrier's or has no such port.
    pub fn transmit(&mut self, slot: SlotPoint, ssb_symbols: u16, port: usize, grid: &mut ResourceGrid) {
        let Self { config, sequence } = self;
        assert_eq!(grid.n_subcarriers(), config.carrier().n_subcarriers(), "subcarriers of the grid");
        config.each_symbol(slot, ssb_symbols, |_, l| {
            config.sequence(slot, l, sequence);
            let out = grid.symbol_mut(port, l);
            for (k, r) in config.subcarriers(l).zip(sequence.iter()) {
                out[k] = r * config.parameters().amplitude;
            }
        });
    }
}
