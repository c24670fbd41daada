use super::ReceivedCell;
use nrflow::frame::{Rnti, SlotPoint};
use nrflow::mac::Rar;
use nrflow::pdcch::{Dci0_0, Dci1_0, DecodedDci, RntiKind};
use nrflow::rrc::{Mib, Sib1};
use nrflow::ssb::FoundSsb;
use std::ops::Range;
use std::sync::Arc;

/// What a receiver has to tell, in the order of time.
#[derive(Clone, Debug)]
pub enum Report {
    /// An SS/PBCH block was received.
    Ssb(Box<CellReport>),
    /// A DCI was received.
    Dci(Box<DciReport>),
    /// A PDSCH was received, rightly or not.
    Pdsch(Box<PdschReport>),
}

/// A received SS/PBCH block.
#[derive(Clone, Debug)]
pub struct CellReport {
    /// The cell.
    pub cell: Arc<ReceivedCell>,
    /// The block, its times in samples of the stream as it came in.
    pub ssb: FoundSsb,
    /// Its MIB.
    pub mib: Mib,
}

/// A received DCI.
#[derive(Clone, Debug)]
pub struct DciReport {
    /// The cell.
    pub cell: Arc<ReceivedCell>,
    /// The slot.
    pub at: SlotPoint,
    /// The DCI as bits, and how well it was received.
    pub dci: DecodedDci,
    /// Its fields, if it is a format 1_0.
    pub format_1_0: Option<Dci1_0>,
    /// Its fields, if it is a format 0_0.
    pub format_0_0: Option<Dci0_0>,
    /// Why its PDSCH cannot be received, if so.
    pub refused: Option<String>,
}

/// A received PDSCH.
#[derive(Clone, Debug)]
pub struct PdschReport {
    /// The cell.
    pub cell: Arc<ReceivedCell>,
    /// The slot.
    pub at: SlotPoint,
    /// The RNTI, and its use.
    pub rnti: Rnti,
    /// What the RNTI is used for.
    pub kind: RntiKind,
    /// Resource blocks of the cell's grid, ascending.
    pub prbs: Vec<u16>,
    /// Symbols.
    pub symbols: Range<usize>,
    /// Modulation and coding scheme.
    pub mcs: u8,
    /// Redundancy version.
    pub rv: u8,
    /// Transport block size in bits.
    pub tbs: usize,
    /// Figures of merit, and whether the CRC holds.
    pub figures: nrflow::pdsch::PdschReport,
    /// The transport block; as decided, if the CRC does not hold.
    pub block: Vec<u8>,
    /// SIB1, if this is one, with the number of bytes it takes of the block.
    pub sib1: Option<Box<(Sib1, usize)>>,
    /// Why an SI-RNTI block with a good CRC is no SIB1.
    pub sib1_error: Option<String>,
    /// The random access response, if this is one.
    pub rar: Option<Rar>,
}
