use nrflow::frame::{Carrier, ResourceGrid, Rnti, SampleTime, SlotPoint};
use nrflow::pdcch::{PdcchCandidate, PdcchConfig};
use nrflow::pdsch::PdschConfig;
use nrflow::ssb::PbchPayload;
use std::sync::Arc;

/// Everything that a cell sends in one slot, not yet as signals.
#[derive(Clone, Debug)]
pub struct SlotJobs {
    /// Slots since the first one.
    pub number: u64,
    /// Which slot.
    pub at: SlotPoint,
    /// Its first sample.
    pub t0: SampleTime,
    /// SS/PBCH blocks.
    pub ssbs: Vec<SsbJob>,
    /// DCIs.
    pub pdcchs: Vec<PdcchJob>,
    /// Transport blocks.
    pub pdschs: Vec<PdschJob>,
}

/// One SS/PBCH block.
#[derive(Clone, Copy, Debug)]
pub struct SsbJob {
    /// MIB and timing.
    pub payload: PbchPayload,
    /// Index in the half frame.
    pub ssb_index: u8,
    /// First symbol in the slot.
    pub first_symbol: usize,
    /// Lowest subcarrier in the carrier's grid.
    pub first_subcarrier: usize,
}

/// One DCI.
#[derive(Clone, Debug)]
pub struct PdcchJob {
    /// CORESET, symbol and scrambling.
    pub config: Arc<PdcchConfig>,
    /// Aggregation level and first CCE.
    pub candidate: PdcchCandidate,
    /// DCI bits, first bit first.
    pub dci: Arc<[u8]>,
    /// The RNTI that masks the CRC.
    pub rnti: Rnti,
}

/// What a transport block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// SIB1 with SI-RNTI.
    Sib1,
    /// Data of a device with C-RNTI.
    User,
}

/// One transport block.
#[derive(Clone, Debug)]
pub struct PdschJob {
    /// Where and how.
    pub config: Arc<PdschConfig>,
    /// Its bytes.
    pub block: Arc<[u8]>,
    /// What it is.
    pub kind: BlockKind,
    /// How often it was sent before.
    pub transmission: u8,
}

/// The resource grid of one slot to be sent, or a part of it.
#[derive(Clone, Debug)]
pub struct TxSlot {
    /// Which slot.
    pub at: SlotPoint,
    /// Its first sample.
    pub t0: SampleTime,
    /// Whether anything stands in the grid; else it is all zero.
    pub occupied: bool,
    /// The carrier's grid, a port for each transmit antenna.
    pub grid: ResourceGrid,
}

impl TxSlot {
    /// An empty slot of `carrier` with `n_ports` antenna ports.
    pub fn empty(carrier: &Carrier, n_ports: usize, at: SlotPoint) -> Self {
        Self { at, t0: SampleTime(0), occupied: false, grid: ResourceGrid::for_carrier(carrier, n_ports) }
    }

    /// Makes this the (empty) slot `at` from sample `t0` on.
    pub fn begin(&mut self, at: SlotPoint, t0: SampleTime) {
        if self.occupied {
            self.grid.clear();
        }
        (self.at, self.t0, self.occupied) = (at, t0, false);
    }

    /// Adds another part of the same slot, element by element.
    ///
    /// # Panics
    /// If the grids differ in shape.
    pub fn add(&mut self, part: &Self) {
        let (sum, x) = (self.grid.as_mut_slice(), part.grid.as_slice());
        assert_eq!(sum.len(), x.len(), "elements of the grids");
        sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
        self.occupied |= part.occupied;
    }
}
