//! From candidates to blocks, and from known cells to their next blocks.

use super::found::{FoundSsb, SymbolPhase};
use super::measure::{Measured, Measurement};
use super::plan::{OSCILLATOR_ERROR, Point, RatePlan};
use super::ring::History;
use super::scan::{Candidate, Level};
use super::sync::{FineSync, Sync};
use super::track::{Known, N_PENDING, useful_start_s};
use crate::Complex32;
use crate::frame::{CellId, Numerology, SsbCase, SsbPositions, ssb_raster};
use crate::ssb::resources::{SSB_SUBCARRIERS, SSB_SYMBOLS};
use crate::ssb::{DecodedPbch, LMax, PbchReceiver, PbchReception};
use rustfft::FftPlanner;

/// PSS and SSS together must be so unlikely to be noise (-ln) that the PBCH is worth decoding.
const SCORE_NEW: f32 = 20.0;
/// The same where a known cell's block may stand: far fewer places to be wrong in.
const SCORE_KNOWN: f32 = 9.0;
/// A new block whose elements, all known once it is decoded, agree with it no better than this was decoded by chance:
/// a CRC of 24 bits, tried on some hundred words a stretch, passes now and then. Repetitions decode above -13 dB.
const LEAST_SINR_DB: f32 = -17.0;
/// Samples (256 a useful symbol) within which blocks of one cell are one block.
const SAME_TIME: f64 = 10.0;

/// The stages after the scan, for one numerology.
struct Stages {
    plan: RatePlan,
    sync: FineSync,
    pbch: PbchReceiver,
    measurement: Measurement,
}

pub(super) struct Finder {
    stages: Vec<Stages>,
    /// Samples of the stream a working sample.
    stretch: f64,
    centre_hz: Option<f64>,
    by_bands: bool,
    known: Vec<Known>,
    /// Working copies.
    syncs: Vec<Sync>,
    receptions: Vec<PbchReception>,
    /// Receptions that are not pending any more, to be used again.
    spare: Vec<PbchReception>,
    /// Cells that explain a candidate.
    explaining: Vec<CellId>,
    elements: Vec<Complex32>,
}

/// Where and when a block was decoded.
struct Hit {
    decoded: DecodedPbch,
    /// Cut that the last reception came from.
    cut: usize,
    shift: f64,
    frequency_hz: f64,
    turn: f64,
}

/// A reported block, and what following its cell needs besides.
struct Reported {
    block: FoundSsb,
    /// Start of its half frame in working samples.
    origin: f64,
    frequency_hz: f64,
    turn: f64,
}

impl Finder {
    /// `stretch`: samples of the stream a sample of the search; `by_bands`: a block off the raster's points is taken for
    /// one on the raster received by an inexact oscillator, if its symbols say so.
    pub fn new(
        plans: &[RatePlan],
        stretch: f64,
        centre_hz: Option<f64>,
        by_bands: bool,
        planner: &mut FftPlanner<f32>,
    ) -> Self {
        let stages = plans.iter().map(|&plan| Stages {
            plan,
            sync: FineSync::new(plan, planner),
            pbch: PbchReceiver::new(plan.numerology),
            measurement: Measurement::new(plan.numerology),
        });
        Self {
            stages: stages.collect(),
            stretch,
            centre_hz,
            by_bands,
            known: Vec::new(),
            syncs: Vec::new(),
            receptions: (0..FineSync::MAX_CUTS).map(|_| PbchReception::new()).collect(),
            spare: Vec::new(),
            explaining: Vec::new(),
            elements: vec![Complex32::ZERO; SSB_SYMBOLS * SSB_SUBCARRIERS],
        }
    }

    pub fn known(&self) -> &[Known] {
        &self.known
    }

    /// Looks closely at a candidate of the scan: a cell that is new is reported and followed from now on.
    pub fn verify(
        &mut self,
        history: &History,
        candidate: &Candidate,
        point: &Point,
        level: Level,
        found: &mut Vec<FoundSsb>,
    ) {
        let stages = &mut self.stages[point.plan];
        let plan = stages.plan;
        let scs = plan.scs_hz();
        let near = SAME_TIME * stages.sync.ratio();
        let same_frequency =
            |k: &&Known| k.point.plan == point.plan && (k.frequency_hz - point.offset_hz).abs() < 3.0 * scs;
        self.explaining.clear();
        let explaining = self.known.iter().filter(same_frequency);
        let explaining = explaining.filter(|k| k.explains(&plan, candidate.time, 2.0 * near)).map(|k| k.cell_id);
        self.explaining.extend(explaining);
        let period = 0.02 * plan.rate;
        let mut times = [0.0; FineSync::MAX_CUTS];
        let mut n_times = 0;
        for back in (0..candidate.n_periods.clamp(1, FineSync::MAX_CUTS as u8)).rev() {
            let time = candidate.time - period * f64::from(back);
            if time >= history.start() as f64 {
                times[n_times] = time;
                n_times += 1;
            }
        }
        let times = &times[..n_times];
        if times.is_empty() {
            return;
        }
        stages.sync.cut(history, point.offset_hz, times);
        let reach = match level {
            Level::Full => 3,
            Level::Quarter => 8,
        };
        let (shift, frequency_hz) = stages.sync.align(candidate.nid2, reach, point.offset_hz, 1.875 * scs);
        let mut syncs = std::mem::take(&mut self.syncs);
        stages.sync.identify(candidate.nid2, shift, frequency_hz, &self.explaining, &mut syncs);
        for sync in syncs.iter().filter(|s| s.score > SCORE_NEW) {
            let l_max: &[LMax] = match (point.l_max, point.case) {
                (Some(LMax::L4), _) => &[LMax::L4],
                (Some(LMax::L8), _) => &[LMax::L8],
                (Some(LMax::L64), _) => &[LMax::L64],
                (None, SsbCase::A) => &[LMax::L4, LMax::L8],
                (None, _) => &[LMax::L8, LMax::L4],
            };
            let stages = &mut self.stages[point.plan];
            for (index, reception) in self.receptions[..n_times].iter_mut().enumerate() {
                let elements = stages.sync.elements(index, sync.shift, sync.frequency_hz, sync.turn);
                stages.pbch.receive(sync.cell_id, 4 * index as i64, elements, reception);
            }
            let decoded = decode(&mut stages.pbch, &mut self.receptions[..n_times], l_max);
            let Some((decoded, cut)) = decoded else { continue };
            let hit = Hit { decoded, cut, shift: sync.shift, frequency_hz: sync.frequency_hz, turn: sync.turn };
            let Reported { block, origin, frequency_hz, turn } = self.report(point, &hit);
            let positions = SsbPositions::new(point.case, decoded.l_max.get());
            let Ok(positions) = positions else { continue };
            let ssb_index = usize::from(block.ssb_index);
            if block.sinr_db < LEAST_SINR_DB
                || ssb_index >= positions.n_candidates()
                || self.is_known(point, &block, origin, frequency_hz)
            {
                continue;
            }
            let mut cell = Known {
                cell_id: block.cell_id,
                // From now on it is known whether it is on the raster.
                point: Point {
                    offset_hz: block.ssb_offset_hz,
                    on_raster: point.on_raster || block.symbol_phase != SymbolPhase::Unknown,
                    ..*point
                },
                positions,
                frequency_hz,
                turn,
                origin,
                next: 0,
                last_seen: 0,
                reported: Some((0, block.ssb_index)),
                pending: (0..positions.n_candidates()).map(|_| Vec::with_capacity(N_PENDING + 1)).collect(),
                best: vec![None; positions.n_candidates()],
                last: block,
                n_received: 1,
            };
            cell.best[ssb_index] = Some(block);
            // What of the past is still there is visited too.
            cell.next = ((history.start() as f64 - origin) / (0.005 * plan.rate)).floor() as i64;
            cell.last_seen = cell.next.max(0);
            self.known.push(cell);
            // As many as the beams of a weak cell take.
            while self.spare.len() < 2 * N_PENDING {
                self.spare.push(PbchReception::new());
            }
            found.push(block);
        }
        self.syncs = syncs;
    }

    /// `n` working samples at `rate` a second were not received: no cell is given up for that.
    pub fn skip(&mut self, n: i64, rate: u64) {
        for cell in &mut self.known {
            cell.last_seen += n / (rate / 200) as i64;
            for pending in &mut cell.pending {
                self.spare.append(pending);
            }
        }
    }

    /// Forgets every cell.
    pub fn forget(&mut self) {
        for cell in &mut self.known {
            for pending in &mut cell.pending {
                self.spare.append(pending);
            }
        }
        self.known.clear();
    }

    /// Visits the blocks of known cells in the stream up to `end`.
    pub fn track(&mut self, history: &History, end: i64, found: &mut Vec<FoundSsb>) {
        for c in 0..self.known.len() {
            loop {
                let cell = &self.known[c];
                let stages = &self.stages[cell.point.plan];
                let last = cell.time_of(&stages.plan, cell.next, cell.positions.n_candidates() - 1);
                if last as i64 + stages.sync.look_ahead() > end
                    || last > history.end() as f64 + 0.005 * stages.plan.rate
                {
                    break;
                }
                let half_frame = cell.next;
                for index in 0..cell.positions.n_candidates() {
                    let time = self.known[c].time_of(&self.stages[self.known[c].point.plan].plan, half_frame, index);
                    let inside = time >= history.start() as f64 && time < history.end() as f64;
                    if inside && self.known[c].reported != Some((half_frame, index as u8)) {
                        self.visit(c, half_frame, index, time, history, found);
                    }
                }
                self.known[c].next += 1;
            }
        }
        self.known.retain(|cell| !cell.is_lost());
    }

    /// Receives the block of a known cell at one place, if there is one.
    fn visit(
        &mut self,
        c: usize,
        half_frame: i64,
        index: usize,
        time: f64,
        history: &History,
        found: &mut Vec<FoundSsb>,
    ) {
        let cell = &mut self.known[c];
        let stages = &mut self.stages[cell.point.plan];
        let scs = stages.plan.scs_hz();
        stages.sync.cut(history, cell.frequency_hz, &[time]);
        let Some(sync) = stages.sync.confirm(cell.cell_id, 3, cell.frequency_hz, 0.125 * scs, cell.turn, SCORE_KNOWN)
        else {
            return;
        };
        let l_max = cell.last.l_max;
        let mut reception = self.spare.pop().unwrap_or_default();
        let elements = stages.sync.elements(0, sync.shift, sync.frequency_hz, sync.turn);
        stages.pbch.receive(cell.cell_id, half_frame, elements, &mut reception);
        let pending = &mut cell.pending[index];
        let mut decoded = stages.pbch.decode(std::slice::from_mut(&mut reception), l_max);
        pending.push(reception);
        if decoded.is_none() && pending.len() > 1 {
            decoded = stages.pbch.decode(pending, l_max);
        }
        let decoded = decoded.filter(|d| usize::from(d.ssb_index) == index);
        match decoded {
            Some(_) => self.spare.append(pending),
            None if pending.len() >= N_PENDING => self.spare.push(pending.remove(0)),
            None => {}
        }
        let Some(decoded) = decoded else { return };
        let point = cell.point;
        let hit = Hit { decoded, cut: 0, shift: sync.shift, frequency_hz: sync.frequency_hz, turn: sync.turn };
        let Reported { block, origin, frequency_hz, turn } = self.report(&point, &hit);
        let cell = &mut self.known[c];
        // The new block's half frame begins half_frame periods after the cell's origin: follow its clock.
        cell.origin = origin - half_frame as f64 * 0.005 * self.stages[point.plan].plan.rate;
        cell.frequency_hz = frequency_hz;
        cell.turn = turn;
        cell.last_seen = half_frame;
        cell.last = block;
        cell.n_received += 1;
        let best = &mut cell.best[index];
        if best.is_none_or(|b| b.sinr_db < block.sinr_db) {
            *best = Some(block);
        }
        found.push(block);
    }

    /// Measures a decoded block.
    fn report(&mut self, point: &Point, hit: &Hit) -> Reported {
        let stages = &mut self.stages[point.plan];
        let plan = stages.plan;
        let decoded = &hit.decoded;
        let (mut shift, mut frequency_hz, mut turn) = (hit.shift, hit.frequency_hz, hit.turn);
        let mut measured = Measured::default();
        // Each round measures with what the one before left over taken off.
        for _ in 0..2 {
            self.elements.copy_from_slice(stages.sync.elements(hit.cut, shift, frequency_hz, turn));
            measured = stages.measurement.measure(decoded, &self.elements);
            let (offset_hz, more) =
                stages.sync.offsets(hit.cut, shift, frequency_hz, turn, stages.measurement.expected());
            frequency_hz += offset_hz;
            turn += more;
            shift += measured.delay_s * 256.0 * plan.scs_hz();
        }
        let snr = f64::from(measured.rsrp / measured.noise.max(measured.rsrp * 1e-8));
        // The turn is known far better than the frequency, and the frequency follows from it if it is known what the
        // turn should be.
        let symbol_s = 2192.0 / 30.72e6 / f64::from(1u32 << plan.numerology.mu());
        let tolerance = 0.005 + 2.5 / (960.0 * snr).sqrt();
        let wrap = |cycles: f64| cycles - cycles.round();
        let origins = [(SymbolPhase::Carrier, self.centre_hz.unwrap_or(f64::NAN)), (SymbolPhase::Stream, 0.0)];
        let reference_hz = self.centre_hz.filter(|_| self.by_bands);
        let near = || raster_near(reference_hz?, plan.numerology, frequency_hz);
        let place_hz = if point.on_raster { Some(point.offset_hz) } else { near() };
        let (symbol_phase, difference) = origins
            .into_iter()
            .filter_map(|(phase, hz)| Some((phase, wrap(turn + (hz + place_hz?) * symbol_s))))
            .filter(|(_, difference)| difference.abs() < tolerance)
            // At multiples of 1.92 MHz both are the same: the standard's then, which is the first.
            .min_by_key(|(_, difference)| (difference.abs() * 1e6) as u32)
            .unwrap_or((SymbolPhase::Unknown, 0.0));
        frequency_hz += difference / symbol_s;
        turn -= difference;
        let time = stages.sync.time(hit.cut, shift);
        let symbol = SsbPositions::new(point.case, decoded.l_max.get())
            .ok()
            .and_then(|p| p.first_symbols().get(usize::from(decoded.ssb_index)).copied())
            .unwrap_or(0);
        let origin = time - useful_start_s(&plan, symbol) * plan.rate;
        // A place beside the point counts if the symbols' phases are those of a block there.
        let place_hz = place_hz.filter(|_| point.on_raster || symbol_phase != SymbolPhase::Unknown);
        let ssb_offset_hz = place_hz.unwrap_or((frequency_hz / 10_000.0).round() * 10_000.0);
        let db = |x: f32| 10.0 * x.max(1e-30).log10();
        let block = FoundSsb {
            cell_id: decoded.cell_id,
            numerology: plan.numerology,
            l_max: decoded.l_max,
            ssb_index: decoded.ssb_index,
            payload: decoded.payload,
            ssb_offset_hz,
            cfo_hz: frequency_hz - ssb_offset_hz,
            ssb_start: (time - plan.samples(144.0 / 2048.0)) * self.stretch,
            frame_start: (origin - f64::from(decoded.payload.half_frame()) * 0.005 * plan.rate) * self.stretch,
            rsrp_dbfs: db(measured.rsrp),
            rsrq_db: db(20.0 * measured.rsrp / measured.rssi.max(1e-30)),
            sinr_db: 10.0 * snr.log10() as f32,
            symbol_phase,
            n_combined: decoded.n_combined as u8,
        };
        Reported { block, origin, frequency_hz, turn }
    }

    /// Whether a block belongs to a cell that is known already: the same identity at the same time and frequency.
    fn is_known(&self, point: &Point, block: &FoundSsb, origin: f64, frequency_hz: f64) -> bool {
        let stages = &self.stages[point.plan];
        let (scs, period) = (stages.plan.scs_hz(), 0.005 * stages.plan.rate);
        let near = SAME_TIME * stages.sync.ratio();
        self.known.iter().any(|k| {
            let late = (origin - k.origin).rem_euclid(period);
            k.cell_id == block.cell_id
                && k.point.plan == point.plan
                && (k.frequency_hz - frequency_hz).abs() < scs
                && late.min(period - late) < near
        })
    }
}

/// The place on the rasters of the bands nearest to `frequency_hz`, both from the stream's `centre_hz`, if an oscillator
/// may be off so far.
fn raster_near(centre_hz: f64, numerology: Numerology, frequency_hz: f64) -> Option<f64> {
    let off_hz = OSCILLATOR_ERROR * centre_hz;
    let (low, high) = (centre_hz + frequency_hz - off_hz, centre_hz + frequency_hz + off_hz);
    ssb_raster(low.max(0.0).ceil() as u64, high.max(0.0) as u64, None)
        .filter(|place| place.numerology() == numerology)
        .map(|place| place.frequency_hz() as f64 - centre_hz)
        .min_by(|a, b| (a - frequency_hz).abs().total_cmp(&(b - frequency_hz).abs()))
}

/// Decodes the receptions: the best alone, then all together. Gives the index of the one that the result is of.
fn decode(pbch: &mut PbchReceiver, receptions: &mut [PbchReception], l_max: &[LMax]) -> Option<(DecodedPbch, usize)> {
    let metric = |r: &PbchReception| r.dmrs_metrics().iter().copied().fold(0.0, f32::max);
    let best = (0..receptions.len()).max_by(|&a, &b| metric(&receptions[a]).total_cmp(&metric(&receptions[b])))?;
    for &l_max in l_max {
        let alone = pbch.decode(&mut receptions[best..=best], l_max);
        if let Some(decoded) = alone {
            return Some((decoded, best));
        }
    }
    if receptions.len() > 1 {
        let last = receptions.len() - 1;
        for &l_max in l_max {
            if let Some(decoded) = pbch.decode(receptions, l_max) {
                return Some((decoded, last));
            }
        }
    }
    None
}
