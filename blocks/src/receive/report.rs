use super::ReceivedCell;
use nrflow::frame::{Rnti, SlotPoint};
use nrflow::mac::Rar;
use nrflow::pdcch::dci::{Dci0_1, Dci1_1};
use nrflow::pdcch::{Dci0_0, Dci1_0, DecodedDci, RntiKind};
use nrflow::rrc::{DlCcchMessage, Mib, Sib1};
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
    /// Its fields, if it is a format 1_1.
    pub format_1_1: Option<Dci1_1>,
    /// Its fields, if it is a format 0_1.
    pub format_0_1: Option<Dci0_1>,
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
    /// Resource blocks, ascending.
    pub prbs: Vec<u16>,
    /// What they count from.
    pub prb_reference: PrbReference,
    /// Layers.
    pub layers: usize,
    /// Whether the block came before, by the new data indicator of its HARQ process.
    pub retransmission: bool,
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
    /// RRCSetup or RRCReject, if there is one in the block.
    pub setup: Option<Box<SetupReport>>,
}

/// What the block numbers of a PDSCH count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrbReference {
    /// The lowest block of CORESET#0.
    Coreset0,
    /// The lowest block of the assisted carrier.
    Carrier,
    /// The lowest block of the device's bandwidth part.
    BandwidthPart,
}

/// A message of the CCCH.
#[derive(Clone, Debug)]
pub struct SetupReport {
    /// The message, or why it cannot be read.
    pub message: Result<DlCcchMessage, String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Why the device is not followed, if so.
    pub not_followed: Option<String>,
}
