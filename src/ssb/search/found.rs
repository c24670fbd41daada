use crate::frame::{CellId, Numerology};
use crate::ssb::{LMax, PbchPayload};

/// At which frequency the phase of a cell's symbols starts anew (TS 38.211 5.4), as its blocks show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 5.4")]
pub enum SymbolPhase {
    /// At the carrier's, as the standard has it: the stream's centre frequency is right.
    Carrier,
    /// At the stream's 0 Hz: a signal without phase compensation.
    Stream,
    /// At another one: the stream's centre frequency is not known, or not right.
    Unknown,
}

/// A received SS/PBCH block whose PBCH passed its CRC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundSsb {
    /// N_ID^cell.
    pub cell_id: CellId,
    /// Numerology of the block.
    pub numerology: Numerology,
    /// L_max with which the PBCH decoded.
    pub l_max: LMax,
    /// SSB index.
    pub ssb_index: u8,
    /// The PBCH payload: MIB and timing bits.
    pub payload: PbchPayload,
    /// SS_REF, the block's nominal centre, in Hz from the stream's 0 Hz: that of the raster on which the block was
    /// found, else the nearest multiple of 10 kHz.
    pub ssb_offset_hz: f64,
    /// Carrier frequency offset against [`FoundSsb::ssb_offset_hz`] in Hz.
    pub cfo_hz: f64,
    /// Where the block's first symbol begins (with its cyclic prefix), in samples of the stream.
    pub ssb_start: f64,
    /// Where the frame begins that the block lies in, in samples of the stream; negative if before the stream.
    pub frame_start: f64,
    /// Mean power of an element of the block, dB against a full-scale sample power of 1.
    pub rsrp_dbfs: f32,
    /// 20 RSRP over the power of the block's 20 resource blocks, dB.
    pub rsrq_db: f32,
    /// RSRP over noise and interference of an element, dB.
    pub sinr_db: f32,
    /// Whether the symbols' phases agree with the stream's centre frequency. If not, [`FoundSsb::cfo_hz`] rests on the
    /// phase within symbols alone and is good to some tens of Hz at best.
    pub symbol_phase: SymbolPhase,
    /// Receptions that were combined until the CRC passed.
    pub n_combined: u8,
}

impl FoundSsb {
    /// System frame number.
    pub const fn sfn(&self) -> u16 {
        self.payload.sfn()
    }

    /// Half frame, 0 or 1.
    pub const fn half_frame(&self) -> u8 {
        self.payload.half_frame()
    }

    /// The 24 MIB bits, first bit most significant.
    pub const fn mib(&self) -> u32 {
        self.payload.mib()
    }

    /// k_SSB.
    pub const fn k_ssb(&self) -> u8 {
        self.payload.k_ssb(self.l_max)
    }

    /// [`FoundSsb::frame_start`] as a whole sample.
    pub fn frame_start_sample(&self) -> i64 {
        self.frame_start.round() as i64
    }
}

/// What is known of a cell so far.
#[derive(Clone, Debug, PartialEq)]
pub struct CellSummary {
    /// The best received block of each SSB index, by index.
    pub beams: Vec<FoundSsb>,
    /// Blocks received.
    pub n_received: u64,
    /// The block received last.
    pub last: FoundSsb,
}
