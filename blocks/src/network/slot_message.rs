//! A slot in a message. Grids go as they are; of a cell goes what it was made from, and the other side makes it
//! again: a cell that exists there is as valid as one found there.

use super::wire::Reader;
use crate::Pool;
use crate::receive::{AssistedCell, Continuity, ReceivedCell, RxSlot, SyncSettings};
use nrflow::frame::{CellId, Numerology, ResourceGrid, SlotPoint};
use nrflow::ssb::{FoundSsb, LMax, PbchPayload, SymbolPhase};
use std::sync::Arc;

/// Cells that a subscriber remembers; more are refused.
const MOST_CELLS: usize = 64;
/// SS/PBCH blocks of a slot: all of a burst.
const MOST_SSBS: usize = 64;
/// Receive antennas of a slot.
const MOST_ANTENNAS: usize = 16;
/// No frequency in a stream is as far from its middle, in Hz.
const FARTHEST_HZ: f64 = 1e10;
/// No sample of a stream has such a number, in years.
const FARTHEST_SAMPLE: f64 = 1e17;

/// How a cell came to be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Origin {
    /// It was described: both sides have the description.
    Assisted,
    /// By a block of its SSBs in a stream of so many samples per second.
    Found { ssb: FoundSsb, slot_rate_hz: u64, ssb_only: bool },
}

impl Origin {
    fn cell(
        &self,
        index: usize,
        centre_frequency_hz: Option<f64>,
        assist: Option<&AssistedCell>,
    ) -> Result<ReceivedCell, String> {
        match self {
            Self::Assisted => {
                let assist = assist.ok_or(
                    "the cell was not searched for but described: this side needs the same description (--assist)",
                )?;
                let cell = assist.received().map_err(|e| e.to_string())?;
                Ok(ReceivedCell { index, ..cell })
            }
            Self::Found { ssb, slot_rate_hz, ssb_only } => {
                let cell = ReceivedCell::found(index, ssb, *slot_rate_hz as f64, centre_frequency_hz);
                Ok(if *ssb_only { cell.ssb_only() } else { cell })
            }
        }
    }
}

/// Writes slots of a receiver with `settings`.
pub(super) struct SlotWriter {
    settings: SyncSettings,
    slot_rate_hz: u64,
    /// The cells that are known to be made again alike.
    checked: Vec<Option<Arc<ReceivedCell>>>,
}

impl SlotWriter {
    pub fn new(settings: SyncSettings, slot_rate_hz: u64) -> Self {
        Self { settings, slot_rate_hz, checked: Vec::new() }
    }

    /// Appends a slot to `out`.
    ///
    /// # Errors
    /// If its cell was not made by a receiver with these settings.
    pub fn write(&mut self, slot: &RxSlot, out: &mut Vec<u8>) -> Result<(), String> {
        let cell = &slot.cell;
        let origin = match cell.ssb {
            None => Origin::Assisted,
            Some(ssb) => Origin::Found { ssb, slot_rate_hz: self.slot_rate_hz, ssb_only: self.settings.ssb_only },
        };
        self.check(cell, &origin)?;
        let kind = match origin {
            Origin::Assisted => 0,
            Origin::Found { ssb_only, .. } => 1 + u8::from(ssb_only),
        };
        let restarts = u8::from(slot.continuity == Continuity::Restart);
        let n_ssbs = slot.ssbs.len().min(MOST_SSBS);
        let n_antennas = cell.n_antennas.min(MOST_ANTENNAS) as u8;
        out.extend_from_slice(&[kind, restarts, slot.whole_symbols.min(14) as u8, n_ssbs as u8, n_antennas]);
        out.extend_from_slice(&(cell.index as u32).to_le_bytes());
        out.extend_from_slice(&slot.at.sfn().to_le_bytes());
        out.extend_from_slice(&slot.at.slot().to_le_bytes());
        out.extend_from_slice(&self.slot_rate_hz.to_le_bytes());
        out.extend_from_slice(&slot.start.to_le_bytes());
        cell.ssb.iter().chain(&slot.ssbs[..n_ssbs]).for_each(|ssb| write_ssb(ssb, out));
        out.extend_from_slice(bytemuck::cast_slice(slot.widest().as_slice()));
        Ok(())
    }

    fn check(&mut self, cell: &Arc<ReceivedCell>, origin: &Origin) -> Result<(), String> {
        if self.checked.len() <= cell.index {
            self.checked.resize(cell.index.min(MOST_CELLS) + 1, None);
        }
        let known = self.checked.get_mut(cell.index).ok_or_else(|| format!("more than {MOST_CELLS} cells"))?;
        if known.as_ref().is_some_and(|known| Arc::ptr_eq(known, cell)) {
            return Ok(());
        }
        let again = origin.cell(cell.index, self.settings.centre_frequency_hz, self.settings.assist.as_ref())?;
        let again = ReceivedCell { n_antennas: cell.n_antennas.min(MOST_ANTENNAS), ..again };
        // Their fields have no other comparison.
        if format!("{again:?}") != format!("{cell:?}") {
            return Err("a cell that was not received with the settings of its publisher".to_string());
        }
        *known = Some(Arc::clone(cell));
        Ok(())
    }
}

/// Reads slots, and knows their cells.
pub(super) struct SlotReader {
    centre_frequency_hz: Option<f64>,
    assist: Option<AssistedCell>,
    cells: Vec<Known>,
}

struct Known {
    /// What the publisher calls it, and what it was made from.
    index: u32,
    origin: Origin,
    cell: Arc<ReceivedCell>,
    pool: Option<Pool<RxSlot>>,
    /// How often something was missing when its last slot came.
    losses: u64,
}

impl SlotReader {
    pub fn new(centre_frequency_hz: Option<f64>, assist: Option<AssistedCell>) -> Self {
        Self { centre_frequency_hz, assist, cells: Vec::new() }
    }

    /// The slot that `bytes` hold; `losses` counts how often something was missing in the stream.
    ///
    /// # Errors
    /// A sentence on why they hold none.
    pub fn read(&mut self, bytes: &[u8], losses: u64) -> Result<Arc<RxSlot>, String> {
        let short = || format!("a slot of {} bytes, which is none", bytes.len());
        let mut reader = Reader(bytes);
        let mut head = || Some((reader.array()?, reader.u32()?, (reader.u16()?, reader.u16()?), reader.u64()?));
        let ([kind, restarts, whole_symbols, n_ssbs, n_antennas], index, (sfn, slot), slot_rate_hz) =
            head().ok_or_else(short)?;
        let n_antennas = usize::from(n_antennas);
        if !(1..=MOST_ANTENNAS).contains(&n_antennas) {
            return Err(short());
        }
        let start = reader.f64().filter(|start| start.abs() < FARTHEST_SAMPLE).ok_or_else(short)?;
        let origin = match kind {
            0 => Origin::Assisted,
            1 | 2 if (1..=1_000_000_000).contains(&slot_rate_hz) => {
                Origin::Found { ssb: read_ssb(&mut reader).ok_or_else(short)?, slot_rate_hz, ssb_only: kind == 2 }
            }
            _ => return Err(short()),
        };
        let known = self.known(index, origin, n_antennas)?;
        let cell = &known.cell;
        if usize::from(n_ssbs) > MOST_SSBS || whole_symbols > 14 {
            return Err(short());
        }
        let at = SlotPoint::new(cell.numerology, sfn, slot).map_err(|e| e.to_string())?;
        let ssbs: Option<Vec<FoundSsb>> = (0..n_ssbs).map(|_| read_ssb(&mut reader)).collect();
        let ssbs = ssbs.ok_or_else(short)?;
        let grid = reader.0;
        let pool = known.pool.get_or_insert_with(|| {
            let none = || ResourceGrid::new(0, 0, 0);
            let (grid, wide) = cell.control.as_ref().map_or_else(|| (none(), none()), |c| c.grids(cell.n_antennas));
            let (cell, continuity) = (Arc::clone(cell), Continuity::Restart);
            Pool::new(RxSlot { cell, at, start, continuity, whole_symbols: 0, grid, wide, ssbs: Vec::new() })
        });
        let continues = restarts == 0 && known.losses == losses;
        let mut fits = false;
        let slot = pool.share(|out| {
            (out.at, out.start, out.whole_symbols, out.ssbs) = (at, start, whole_symbols.into(), ssbs);
            out.continuity = if continues { Continuity::Continuous } else { Continuity::Restart };
            let elements: &mut [u8] = bytemuck::cast_slice_mut(out.widest_mut().as_mut_slice());
            fits = elements.len() == grid.len();
            if fits {
                elements.copy_from_slice(grid);
                out.narrow();
            }
        });
        if !fits {
            return Err(short());
        }
        known.losses = losses;
        Ok(slot)
    }

    /// The cell that the publisher calls `index`: another one each time that it was made from something else.
    fn known(&mut self, index: u32, origin: Origin, n_antennas: usize) -> Result<&mut Known, String> {
        let is_it = |known: &Known| (known.index, known.origin, known.cell.n_antennas) == (index, origin, n_antennas);
        let place = self.cells.iter().position(is_it);
        let place = match place {
            Some(place) => place,
            None if self.cells.len() == MOST_CELLS => return Err(format!("a slot of more than {MOST_CELLS} cells")),
            None => {
                let place = self.cells.len();
                let cell = origin.cell(place, self.centre_frequency_hz, self.assist.as_ref())?;
                let cell = Arc::new(ReceivedCell { n_antennas, ..cell });
                // What is missing is missing for a cell that was there before.
                self.cells.push(Known { index, origin, cell, pool: None, losses: u64::MAX });
                place
            }
        };
        Ok(&mut self.cells[place])
    }
}

fn write_ssb(ssb: &FoundSsb, out: &mut Vec<u8>) {
    let phase = match ssb.symbol_phase {
        SymbolPhase::Carrier => 0,
        SymbolPhase::Stream => 1,
        SymbolPhase::Unknown => 2,
    };
    out.extend_from_slice(&ssb.cell_id.get().to_le_bytes());
    out.extend_from_slice(&[ssb.numerology.mu(), ssb.l_max.get(), ssb.ssb_index, phase, ssb.n_combined]);
    out.extend_from_slice(&ssb.payload.bits().to_le_bytes());
    for value in [ssb.ssb_offset_hz, ssb.cfo_hz, ssb.ssb_start, ssb.frame_start] {
        out.extend_from_slice(&value.to_le_bytes());
    }
    for value in [ssb.rsrp_dbfs, ssb.rsrq_db, ssb.sinr_db] {
        out.extend_from_slice(&value.to_le_bytes());
    }
}

fn read_ssb(reader: &mut Reader<'_>) -> Option<FoundSsb> {
    let cell_id = CellId::new(reader.u16()?).ok()?;
    let [mu, l_max, ssb_index, phase, n_combined] = reader.array()?;
    let l_max = LMax::new(l_max).ok().filter(|l_max| ssb_index < l_max.get())?;
    let payload = reader.u32()?;
    // Blocks have no other numerologies.
    let numerology = Numerology::new(mu).ok().filter(|_| mu != Numerology::MU2.mu())?;
    let mut below = |most: f64| reader.f64().filter(|x| x.abs() < most);
    let payload = PbchPayload::from_bits(payload);
    Some(FoundSsb {
        cell_id,
        numerology,
        l_max,
        ssb_index,
        payload,
        ssb_offset_hz: below(FARTHEST_HZ)?,
        cfo_hz: below(FARTHEST_HZ)?,
        ssb_start: below(FARTHEST_SAMPLE)?,
        frame_start: below(FARTHEST_SAMPLE)?,
        rsrp_dbfs: reader.f32()?,
        rsrq_db: reader.f32()?,
        sinr_db: reader.f32()?,
        symbol_phase: match phase {
            0 => SymbolPhase::Carrier,
            1 => SymbolPhase::Stream,
            2 => SymbolPhase::Unknown,
            _ => return None,
        },
        n_combined,
    })
}
