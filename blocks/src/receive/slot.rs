use super::{FollowedDevice, ReceivedCell};
use nrflow::frame::{ResourceGrid, SlotPoint};
use nrflow::pdcch::DecodedDci;
use nrflow::ssb::FoundSsb;
use nrflow::{Complex32, ConfigError};
use std::sync::Arc;

/// How a slot follows the one before it of the same cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Continuity {
    /// The first slot, or one after lost samples.
    #[default]
    Restart,
    /// The next slot.
    Continuous,
}

/// The samples of one slot of a cell, from the slot's start, its carrier offset taken off and the cell's grid centred
/// at 0 Hz.
#[derive(Clone, Debug)]
pub struct SampleSlot {
    /// The cell.
    pub cell: Arc<ReceivedCell>,
    /// Which slot.
    pub at: SlotPoint,
    /// Start of the slot in samples of the stream as it came in; negative if the slot began before the stream.
    pub start: f64,
    /// How it follows the slot before.
    pub continuity: Continuity,
    /// Samples at the start and the end of the slot that the stream did not have; they are zero.
    pub missing: (usize, usize),
    /// The samples of the slot, an antenna after the other; none if the cell has nothing to receive but its SS/PBCH
    /// blocks.
    pub antennas: Vec<Vec<Complex32>>,
    /// SS/PBCH blocks of the cell received since the slot before.
    pub ssbs: Vec<FoundSsb>,
}

impl SampleSlot {
    /// An empty slot of `cell`, to be filled.
    ///
    /// # Errors
    /// Never: every numerology has a slot 0.
    pub fn new(cell: Arc<ReceivedCell>) -> Result<Self, ConfigError> {
        let at = SlotPoint::new(cell.numerology, 0, 0)?;
        let (continuity, antennas, ssbs) = (Continuity::Restart, Vec::new(), Vec::new());
        Ok(Self { cell, at, start: 0.0, continuity, missing: (0, 0), antennas, ssbs })
    }
}

/// The resource grid of one slot of a cell as received.
#[derive(Clone, Debug)]
pub struct RxSlot {
    /// The cell.
    pub cell: Arc<ReceivedCell>,
    /// Which slot.
    pub at: SlotPoint,
    /// Start of the slot in samples of the stream as it came in.
    pub start: f64,
    /// How it follows the slot before.
    pub continuity: Continuity,
    /// Symbols that the stream held to their end, from the first on.
    pub whole_symbols: usize,
    /// The grid of [`ReceivedCell::control`], a port for each receive antenna; empty if there is none.
    pub grid: ResourceGrid,
    /// As much of the recorded band as there is around that grid; empty if there is no more.
    pub wide: ResourceGrid,
    /// SS/PBCH blocks of the cell received since the slot before.
    pub ssbs: Vec<FoundSsb>,
}

impl RxSlot {
    /// The widest grid: [`RxSlot::wide`], or [`RxSlot::grid`] where that is all there is.
    pub fn widest(&self) -> &ResourceGrid {
        if self.wide.n_subcarriers() > 0 { &self.wide } else { &self.grid }
    }

    /// The same to be filled; then [`RxSlot::narrow`].
    pub(crate) fn widest_mut(&mut self) -> &mut ResourceGrid {
        if self.wide.n_subcarriers() > 0 { &mut self.wide } else { &mut self.grid }
    }

    /// Takes the grid out of the wider one, if there is one.
    pub(crate) fn narrow(&mut self) {
        if let Some(control) = self.cell.control.as_ref().filter(|_| self.wide.n_subcarriers() > 0) {
            self.grid.copy_blocks(&self.wide, control.blocks_below);
        }
    }
}

/// A DCI and where it was found.
#[derive(Clone, Debug)]
pub struct ControlDci {
    /// The DCI.
    pub dci: DecodedDci,
    /// Whether its search space is a common one.
    pub common: bool,
    /// The device that it was looked for, if that is followed.
    pub device: Option<DeviceDci>,
}

/// Where the DCI of a followed device was found.
#[derive(Clone, Debug)]
pub struct DeviceDci {
    /// The device.
    pub device: Arc<FollowedDevice>,
    /// Position of the search space in its configuration.
    pub space: usize,
    /// First symbol of the CORESET in the slot.
    pub first_symbol: usize,
}

/// A slot together with the DCIs in it.
#[derive(Clone, Debug)]
pub struct ControlSlot {
    /// The slot.
    pub slot: Arc<RxSlot>,
    /// Its DCIs, in the order of their places.
    pub dcis: Vec<ControlDci>,
}
