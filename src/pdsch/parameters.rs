use super::frequency_allocation::PrbList;
use super::precoder::{Precoder, PrgSize};
use super::ptrs::PdschPtrs;
use super::tbs::TbScaling;
use crate::frame::{Rnti, SlotPoint};
use crate::modulation::Modulation;
use crate::reference_signal::dmrs::DmrsType;
use crate::reference_signal::dmrs_port::DmrsPorts;
use std::sync::Arc;

/// Parameters of the demodulation reference signals of a PDSCH.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PdschDmrs {
    /// Configuration type.
    pub dmrs_type: DmrsType,
    /// DM-RS symbols, bit l = symbol l of the slot (see [`crate::reference_signal::dmrs::pdsch_dmrs_symbols`]). Two
    /// adjacent ones are a double symbol.
    pub symbols: u16,
    /// The port of each layer.
    pub ports: DmrsPorts,
    /// `N_ID^nSCID`: scramblingID0 or -1, or the cell identity.
    pub scrambling_id: u16,
    /// `n_SCID`, 0 or 1.
    pub n_scid: u8,
    /// DM-RS CDM groups without data, 1..=3.
    pub cdm_groups_without_data: u8,
    /// The common resource block that the sequence counts from: 0, or the lowest block of CORESET#0 for the PDSCH of an
    /// SI-RNTI scheduled in its Type0 common search space.
    pub reference_crb: u16,
    /// Amplitude of a DM-RS element over that of data; `None` for the value of TS 38.214 Table 4.1-1.
    pub amplitude: Option<f32>,
}

impl PdschDmrs {
    /// Whether the DM-RS are double symbols.
    pub const fn is_double(&self) -> bool {
        self.symbols & self.symbols << 1 != 0
    }
}

/// Parameters of one codeword.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PdschCodeword {
    /// Modulation.
    pub modulation: Modulation,
    /// Target code rate times 1024.
    pub rate_x1024: f64,
    /// Redundancy version, 0..=3.
    pub rv: u8,
    /// Transport block size in bits if it does not follow from the allocation (a retransmission with a reserved MCS).
    pub tbs: Option<usize>,
    /// Scaling of the transport block size.
    pub scaling: TbScaling,
    /// xOverhead: 0, 6, 12 or 18 elements a block.
    pub overhead_per_prb: u8,
    /// `TBS_LBRM` for the limited buffer; `None` for an unlimited one.
    pub tbs_lbrm: Option<usize>,
}

/// Resource elements that carry no PDSCH: every combination of the blocks, subcarriers and symbols.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.214 5.1.4")]
pub struct ReservedElements {
    /// Common resource blocks.
    pub crbs: Vec<u16>,
    /// Subcarriers of each block, bit i = subcarrier i.
    pub subcarriers: u16,
    /// Symbols of the slot, bit l = symbol l.
    pub symbols: u16,
}

/// Everything that a PDSCH follows from, unchecked; [`super::PdschConfig::new`] checks it.
#[derive(Clone, Debug, PartialEq)]
pub struct PdschParameters {
    /// The slot.
    pub slot: SlotPoint,
    /// RNTI that scrambles the data.
    pub rnti: Rnti,
    /// `n_ID` of the data scrambling: dataScramblingIdentityPDSCH or the cell identity, 0..=1023.
    pub data_scrambling_id: u16,
    /// S, first symbol.
    pub start: u8,
    /// L, symbols.
    pub length: u8,
    /// Allocated blocks.
    pub prbs: PrbList,
    /// Reference signals.
    pub dmrs: PdschDmrs,
    /// Phase-tracking reference signals, if it has them.
    pub ptrs: Option<PdschPtrs>,
    /// Codewords; the second exists from 5 layers on.
    pub codewords: [Option<PdschCodeword>; 2],
    /// Elements left out (rate matching around other signals).
    pub reserved: Option<Arc<[ReservedElements]>>,
    /// Amplitude of a data element of unit power, beta_PDSCH.
    pub amplitude: f32,
    /// Blocks that one precoder covers.
    pub prg: PrgSize,
    /// Antenna ports.
    pub precoder: Precoder,
}
