//! `cell.toml` as it is written; [`crate::config`] makes a cell of it.

use serde::Deserialize;
use std::path::PathBuf;

/// `cell.toml` as it is written. Every table but `[cell]` and `[carrier]` may be left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellFile {
    /// Identity.
    pub cell: CellTable,
    /// The carrier.
    pub carrier: CarrierTable,
    /// SS/PBCH blocks.
    #[serde(default)]
    pub ssb: SsbTable,
    /// CORESET#0 and search space 0; `enabled = false` for a cell without SIB1.
    #[serde(default)]
    pub coreset0: Coreset0Table,
    /// Other fields of the MIB.
    #[serde(default)]
    pub mib: MibTable,
    /// Uplink and downlink in time; needed in TDD bands.
    pub tdd: Option<TddTable>,
    /// SIB1.
    #[serde(default)]
    pub sib1: Sib1Table,
    /// Data for one device.
    pub user: Option<UserTable>,
    /// Level and length of what is written.
    #[serde(default)]
    pub output: OutputTable,
}

/// `[cell]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellTable {
    /// Physical cell identity, 0..=1007.
    pub pci: u16,
    /// Antenna ports, 1..=8, each a stream of samples; as many as the user's layers without this.
    pub antenna_ports: Option<usize>,
}

/// `[carrier]`: one of `bandwidth_mhz` and `n_prb`, one of the four positions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierTable {
    /// Band number; without one, the rules of bands are not checked.
    pub band: Option<u16>,
    /// Subcarrier spacing, kHz.
    pub scs_khz: u32,
    /// Channel bandwidth, MHz: as many resource blocks as it holds.
    pub bandwidth_mhz: Option<u16>,
    /// Resource blocks.
    pub n_prb: Option<u16>,
    /// Middle of the carrier, MHz.
    pub centre_mhz: Option<f64>,
    /// Middle of the carrier, NR-ARFCN.
    pub centre_arfcn: Option<u32>,
    /// Point A, MHz.
    pub point_a_mhz: Option<f64>,
    /// Point A, NR-ARFCN.
    pub point_a_arfcn: Option<u32>,
    /// offsetToCarrier, resource blocks.
    #[serde(default)]
    pub offset_to_carrier: u16,
    /// Sample rate; the lowest that fits without one.
    pub sample_rate_hz: Option<u64>,
}

/// `[ssb]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SsbTable {
    /// Place on the synchronisation raster; that nearest the carrier's middle without one.
    pub gscn: Option<u16>,
    /// SS_REF, MHz, instead.
    pub frequency_mhz: Option<f64>,
    /// Indices that are sent.
    pub indexes: Vec<u8>,
    /// 5, 10, 20, 40, 80 or 160.
    pub period_ms: u32,
    /// 0 or 1.
    pub half_frame: u8,
    /// Power of an element over that of all other channels, dB.
    pub power_offset_db: f32,
    /// Power of the PSS over the rest of the block, dB.
    pub pss_offset_db: f32,
    /// ss-PBCH-BlockPower, what SIB1 says about the power of an element, dBm.
    pub power_dbm: i8,
}

impl Default for SsbTable {
    fn default() -> Self {
        Self {
            gscn: None,
            frequency_mhz: None,
            indexes: vec![0],
            period_ms: 20,
            half_frame: 0,
            power_offset_db: 0.0,
            pss_offset_db: 0.0,
            power_dbm: -16,
        }
    }
}

/// `[coreset0]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Coreset0Table {
    /// Whether the cell has one (and SIB1).
    pub enabled: bool,
    /// controlResourceSetZero; the widest that fits the carrier without one.
    pub index: Option<u8>,
    /// searchSpaceZero.
    pub search_space_zero: u8,
}

impl Default for Coreset0Table {
    fn default() -> Self {
        Self { enabled: true, index: None, search_space_zero: 0 }
    }
}

/// `[mib]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MibTable {
    /// dmrs-TypeA-Position, 2 or 3.
    pub dmrs_type_a_position: u8,
    /// cellBarred.
    pub cell_barred: bool,
    /// intraFreqReselection allowed.
    pub intra_freq_reselection: bool,
}

impl Default for MibTable {
    fn default() -> Self {
        Self { dmrs_type_a_position: 2, cell_barred: false, intra_freq_reselection: true }
    }
}

/// `[tdd]`: slots of the carrier's spacing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TddTable {
    /// 500, 625, 1000, 1250, 2000, 2500, 3000, 4000, 5000 or 10000.
    pub period_us: u32,
    /// Downlink slots at the start.
    pub downlink_slots: u16,
    /// Downlink symbols after them.
    #[serde(default)]
    pub downlink_symbols: u8,
    /// Uplink slots at the end.
    pub uplink_slots: u16,
    /// Uplink symbols before them.
    #[serde(default)]
    pub uplink_symbols: u8,
}

/// `[sib1]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sib1Table {
    /// Networks, as "208-93".
    pub plmns: Vec<String>,
    /// 24 bits.
    pub tracking_area_code: u32,
    /// 36 bits.
    pub cell_identity: u64,
    /// 20, 40, 80 or 160.
    pub period_ms: u32,
    /// CCEs of the DCI: 4, 8 or 16.
    pub aggregation_level: Option<usize>,
    /// MCS, 0..=9; the lowest that fits without one.
    pub mcs: Option<u8>,
}

impl Default for Sib1Table {
    fn default() -> Self {
        Self {
            plmns: vec!["001-01".into()],
            tracking_area_code: 1,
            cell_identity: 1,
            period_ms: 20,
            aggregation_level: None,
            mcs: None,
        }
    }
}

/// `[user]`: DCI format 1_0 with a C-RNTI in search space 1 (CORESET#0, every slot), and its PDSCH; or format 1_1 in a
/// search space of its own as wide as the carrier, as an RRCSetup would configure it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserTable {
    /// C-RNTI.
    pub rnti: u16,
    /// DCI format, "1_0" or "1_1".
    #[serde(default)]
    pub dci_format: DciFormatName,
    /// MCS, 0..=28, or ..=27 of "qam256".
    pub mcs: u8,
    /// MCS table; format 1_0 in a common search space has "qam64" only.
    #[serde(default)]
    pub mcs_table: McsTableName,
    /// Layers, 1..=4: with format 1_1, each on an antenna port.
    #[serde(default = "layer")]
    pub layers: usize,
    /// Places of DM-RS besides the first, 0..=3, with format 1_1; format 1_0 has 2.
    #[serde(default = "two")]
    pub dmrs_additional_position: u8,
    /// First resource block, counted in CORESET#0, or with format 1_1 in the carrier.
    #[serde(default)]
    pub first_prb: u16,
    /// Resource blocks; all from the first one on without this.
    pub n_prb: Option<u16>,
    /// VRB-to-PRB mapping.
    #[serde(default)]
    pub interleaved: bool,
    /// First symbol and number of symbols, a row of default table A; the longest without this.
    pub symbols: Option<[u8; 2]>,
    /// One PDSCH in so many slots.
    #[serde(default = "one")]
    pub every_slots: u32,
    /// How often each block is sent, 1..=4, with redundancy versions 0, 2, 3, 1.
    #[serde(default = "once")]
    pub transmissions: u8,
    /// CCEs of the DCI: 1, 2, 4, 8 or 16.
    #[serde(default = "four")]
    pub aggregation_level: usize,
    /// Candidates of levels 1, 2, 4, 8, 16 in the search space.
    #[serde(default = "candidates")]
    pub n_candidates: [u8; 5],
    /// What to send, repeated; relative to the configuration file.
    pub payload_file: Option<PathBuf>,
    /// Seed of the generator, where there is no file.
    pub seed: Option<u64>,
}

/// DCI formats by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum DciFormatName {
    /// Format 1_0.
    #[default]
    #[serde(rename = "1_0")]
    Fallback,
    /// Format 1_1.
    #[serde(rename = "1_1")]
    Configured,
}

/// MCS tables by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum McsTableName {
    /// Table 5.1.3.1-1.
    #[default]
    Qam64,
    /// Table 5.1.3.1-2.
    Qam256,
    /// Table 5.1.3.1-3.
    Qam64LowSe,
    /// Table 5.1.3.1-4.
    Qam1024,
}

/// `[output]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutputTable {
    /// Mean power of a symbol with all subcarriers in use, dB from full scale (a component of 1).
    pub level_dbfs: f64,
    /// Length, ms.
    pub duration_ms: f64,
    /// SFN of the first slot.
    pub first_sfn: u16,
}

impl Default for OutputTable {
    fn default() -> Self {
        Self { level_dbfs: -15.0, duration_ms: 200.0, first_sfn: 0 }
    }
}

fn once() -> u8 {
    1
}

fn one() -> u32 {
    1
}

fn layer() -> usize {
    1
}

fn two() -> u8 {
    2
}

fn four() -> usize {
    4
}

/// Candidates of search space 1 where none are given.
pub(crate) fn candidates() -> [u8; 5] {
    [0, 0, 2, 1, 0]
}
