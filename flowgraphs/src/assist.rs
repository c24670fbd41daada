//! `--assist cell.toml`: what a person says of a cell whose SS/PBCH block is not in the recording.

use anyhow::{Context, bail};
use nrflow::frame::{
    BandwidthPart, Carrier, CceRegMapping, CellId, Coreset, Coreset0Bands, Coreset0Indication, CyclicPrefix,
    Numerology, PrecoderGranularity, ReceivedSsb, Rnti, SlotPoint,
};
use nrflow::pdcch::{RntiKind, SearchSpace};
use nrflow::pdsch::TimeAllocation;
use nrflow::reference_signal::dmrs::{MappingType, TypeAPosition};
use nrflow_blocks::receive::{AssistedCell, AssistedControl, DeviceScrambling};
use serde::Deserialize;
use std::path::Path;

/// The file; docs/assist.md explains each key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AssistFile {
    pci: u16,
    #[serde(default)]
    first_sfn: u16,
    #[serde(default)]
    first_slot: u16,
    #[serde(default = "pos2")]
    dmrs_type_a_position: u8,
    carrier: CarrierTable,
    coreset0: Option<Coreset0Table>,
    coreset: Option<CoresetTable>,
    /// The PDSCH time domain allocation of SIB1; the default table where absent.
    time_allocation: Option<Vec<TimeAllocationEntry>>,
    #[serde(default)]
    rnti: Vec<RntiEntry>,
    #[serde(default)]
    device: DeviceTable,
}

/// What RRC set for the devices with the C-RNTIs given.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceTable {
    data_scrambling_id: Option<u16>,
    dmrs_scrambling_id: Option<u16>,
}

const fn pos2() -> u8 {
    2
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CarrierTable {
    scs_khz: u32,
    n_prb: u16,
    /// Middle of the carrier; the recording's centre if absent.
    centre_frequency_hz: Option<f64>,
    #[serde(default)]
    offset_to_carrier: u16,
    #[serde(default)]
    phase_compensation: PhaseCompensation,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PhaseCompensation {
    /// At the middle of the carrier.
    #[default]
    Carrier,
    /// None was applied.
    None,
    /// At this frequency.
    #[serde(untagged)]
    Hz(f64),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coreset0Table {
    /// controlResourceSetZero and searchSpaceZero of the MIB, with the block they refer to.
    index: Option<u8>,
    ssb_frequency_hz: Option<u64>,
    k_ssb: Option<u8>,
    /// Or the place itself, counted from the carrier's lowest block.
    first_prb: Option<u16>,
    n_rb: Option<u16>,
    n_symbols: Option<u8>,
    #[serde(default = "first_symbol")]
    first_symbols: Vec<u8>,
}

fn first_symbol() -> Vec<u8> {
    vec![0]
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoresetTable {
    /// Lowest block and size of the bandwidth part, counted from the carrier's lowest block; the carrier if absent.
    bwp_first_prb: Option<u16>,
    bwp_n_prb: Option<u16>,
    /// Groups of six blocks of the bandwidth part.
    frequency_resources: Vec<u8>,
    duration: u8,
    #[serde(default)]
    first_symbol: u8,
    interleaved: Option<InterleavedTable>,
    /// Candidates of the aggregation levels 1, 2, 4, 8, 16.
    candidates: [u8; 5],
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InterleavedTable {
    reg_bundle_size: u8,
    interleaver_size: u8,
    shift_index: u16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeAllocationEntry {
    #[serde(default)]
    k0: u8,
    mapping_type: MappingTypeName,
    first_symbol: u8,
    n_symbols: u8,
}

#[derive(Debug, Deserialize)]
enum MappingTypeName {
    A,
    B,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RntiEntry {
    value: u16,
    kind: Kind,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Ra,
    Tc,
    C,
}

/// An assisted cell, and the identifiers to look for in it.
pub struct Assist {
    /// The cell.
    pub cell: AssistedCell,
    /// The identifiers.
    pub rntis: Vec<(Rnti, RntiKind)>,
}

/// Reads an assist file for a recording around `recording_frequency_hz`.
///
/// # Errors
/// If the file cannot be read, or a value is missing or breaks a rule.
pub fn read(path: &Path, recording_frequency_hz: Option<f64>) -> anyhow::Result<Assist> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    parse(&text, recording_frequency_hz).with_context(|| path.display().to_string())
}

fn parse(text: &str, recording_frequency_hz: Option<f64>) -> anyhow::Result<Assist> {
    let file: AssistFile = toml::from_str(text)?;
    let cell_id = CellId::new(file.pci)?;
    let numerology = Numerology::from_scs_khz(file.carrier.scs_khz)?;
    let table = &file.carrier;
    let carrier = Carrier::new(numerology, CyclicPrefix::Normal, table.offset_to_carrier, table.n_prb)?;
    let centre_hz = table.centre_frequency_hz.or(recording_frequency_hz);
    let centre_offset_hz = match (table.centre_frequency_hz, recording_frequency_hz) {
        (Some(carrier_hz), Some(recording_hz)) => carrier_hz - recording_hz,
        (Some(_), None) => {
            bail!("carrier.centre_frequency_hz is given, but the recording's frequency is not known: give --frequency")
        }
        (None, _) => 0.0,
    };
    let phase_compensation_hz = match table.phase_compensation {
        PhaseCompensation::None => None,
        PhaseCompensation::Hz(hz) => Some(hz),
        PhaseCompensation::Carrier => match centre_hz {
            Some(hz) => Some(hz),
            None => bail!(
                "carrier.phase_compensation = \"carrier\" needs a frequency: give carrier.centre_frequency_hz, or \"none\""
            ),
        },
    };
    let control = match (&file.coreset0, &file.coreset) {
        (Some(coreset0), None) => coreset0_control(coreset0, &carrier, centre_hz)?,
        (None, Some(coreset)) => configured_control(coreset, &carrier)?,
        _ => bail!("give exactly one of the tables [coreset0] and [coreset]"),
    };
    if let Some(id) = file.device.data_scrambling_id.filter(|&id| id > 1023) {
        bail!("device.data_scrambling_id = {id}: must lie in 0..=1023 (TS 38.331 PDSCH-Config)");
    }
    let kind = |kind: &Kind| match kind {
        Kind::Ra => RntiKind::Ra,
        Kind::Tc => RntiKind::Tc,
        Kind::C => RntiKind::C,
    };
    Ok(Assist {
        rntis: file.rnti.iter().map(|entry| (Rnti(entry.value), kind(&entry.kind))).collect(),
        cell: AssistedCell {
            cell_id,
            first_slot: SlotPoint::new(numerology, file.first_sfn, file.first_slot)?,
            carrier,
            centre_offset_hz,
            phase_compensation_hz,
            type_a_position: match file.dmrs_type_a_position {
                2 => TypeAPosition::Pos2,
                3 => TypeAPosition::Pos3,
                other => bail!("dmrs_type_a_position = {other}: must be 2 or 3 (TS 38.331 MIB)"),
            },
            time_allocations: file.time_allocation.as_ref().map(|rows| rows.iter().map(allocation).collect()),
            device: DeviceScrambling { data: file.device.data_scrambling_id, dmrs: file.device.dmrs_scrambling_id },
            control,
        },
    })
}

fn allocation(row: &TimeAllocationEntry) -> TimeAllocation {
    let mapping_type = match row.mapping_type {
        MappingTypeName::A => MappingType::A,
        MappingTypeName::B => MappingType::B,
    };
    TimeAllocation { k0: row.k0, mapping_type, start: row.first_symbol, length: row.n_symbols }
}

fn coreset0_control(
    table: &Coreset0Table,
    carrier: &Carrier,
    centre_hz: Option<f64>,
) -> anyhow::Result<AssistedControl> {
    let first_symbols = table.first_symbols.clone();
    if let (Some(first_prb), Some(n_rb), Some(n_symbols), None) =
        (table.first_prb, table.n_rb, table.n_symbols, table.index)
    {
        let start_crb = carrier.start_crb() + first_prb;
        return Ok(AssistedControl::Coreset0 { start_crb, n_rb, n_symbols, first_symbols });
    }
    let (Some(index), Some(ssb_hz), Some(k_ssb), Some(centre_hz)) =
        (table.index, table.ssb_frequency_hz, table.k_ssb, centre_hz)
    else {
        bail!("[coreset0] needs first_prb, n_rb and n_symbols, or index, ssb_frequency_hz and k_ssb (and a frequency)");
    };
    // The block has the carrier's spacing here; another needs first_prb, n_rb and n_symbols.
    let Some(case) = nrflow::frame::Band::of_downlink_hz(ssb_hz).find_map(|b| b.ssb_case(carrier.numerology())) else {
        bail!("no band has SS/PBCH blocks of {} kHz at {ssb_hz} Hz", carrier.numerology().scs_khz());
    };
    let common30 = matches!(carrier.numerology().scs_khz(), 30 | 120);
    let ssb = ReceivedSsb::new(ssb_hz, case, common30, k_ssb, index << 4, Coreset0Bands::of_ssb(ssb_hz, case));
    let coreset0 = match ssb.coreset0() {
        Coreset0Indication::Present(coreset0) => coreset0,
        other => bail!("[coreset0] index = {index} with k_ssb = {k_ssb} gives no CORESET#0: {other:?}"),
    };
    let point_a_hz = carrier.point_a_hz(centre_hz.round() as u64);
    let Some(start_crb) = point_a_hz.and_then(|hz| coreset0.start_crb(hz)) else {
        bail!("[coreset0] does not lie on the resource blocks of the carrier: check ssb_frequency_hz and k_ssb");
    };
    let entry = coreset0.entry();
    Ok(AssistedControl::Coreset0 { start_crb, n_rb: entry.n_rb(), n_symbols: entry.n_symbols(), first_symbols })
}

fn configured_control(table: &CoresetTable, carrier: &Carrier) -> anyhow::Result<AssistedControl> {
    let start = carrier.start_crb() + table.bwp_first_prb.unwrap_or(0);
    let n_prb = table.bwp_n_prb.unwrap_or(carrier.n_prb() - table.bwp_first_prb.unwrap_or(0).min(carrier.n_prb()));
    let bwp = BandwidthPart::new(carrier, start, n_prb)?;
    let mut groups = 0u64;
    for &group in &table.frequency_resources {
        if group > 44 {
            bail!("coreset.frequency_resources has {group}: groups are 0..=44 (TS 38.331 ControlResourceSet)");
        }
        groups |= 1 << group;
    }
    let mapping = match &table.interleaved {
        None => CceRegMapping::NonInterleaved,
        Some(i) => CceRegMapping::Interleaved {
            reg_bundle_size: i.reg_bundle_size,
            interleaver_size: i.interleaver_size,
            shift: i.shift_index,
        },
    };
    let granularity = PrecoderGranularity::SameAsRegBundle;
    let coreset = Coreset::configured(&bwp, groups, None, table.duration, mapping, granularity)?;
    let search_space = SearchSpace::common(table.candidates)?;
    Ok(AssistedControl::Configured { coreset, first_symbol: table.first_symbol, search_space, bwp })
}
