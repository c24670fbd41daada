//! What a cell sends when: pure, deterministic, slot by slot.

use super::block_source::{BlockSource, SharedSource};
use super::cell::{Control, Payload, TransmitCell, UserTraffic};
use super::device::{DeviceGrants, Grant};
use super::slot::{BlockKind, PdcchJob, PdschJob, SlotJobs, SsbJob};
use nrflow::ConfigError;
use nrflow::frame::{Rnti, SampleTime, SlotPoint, Type0Frame, Type0Occasion};
use nrflow::pdcch::{AggregationLevel, Dci1_0, DlAssignment, DlHarqFields, PdcchCandidate, PdcchConfig, SearchSpace};
use nrflow::pdsch::{
    FallbackContext, FallbackGrant, GrantKind, McsTable, PdschConfig, ReservedElements, TimeTable, VrbRun,
};
use nrflow::ssb::{PbchPayload, mib_with_timing};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::sync::Arc;

/// The monitoring occasion in which SIB1 is sent for one SS/PBCH block.
#[derive(Clone, Debug)]
pub struct Sib1Slot {
    /// The SS/PBCH block whose devices look here.
    pub ssb_index: u8,
    /// Frames, slot and symbol.
    pub occasion: Type0Occasion,
    /// Aggregation level and first CCE.
    pub candidate: PdcchCandidate,
    /// Row - 1 of the time domain allocation table.
    pub time_resource: u8,
    /// Modulation and coding scheme.
    pub mcs: u8,
    /// Transport block size in bits.
    pub tbs: usize,
    config: Arc<PdcchConfig>,
}

/// Gives out the jobs of each slot of a cell, in order.
#[derive(Clone, Debug)]
pub struct CellSchedule {
    cell: Arc<TransmitCell>,
    sib1: Vec<Sib1Slot>,
    user: Option<User>,
    next: u64,
}

#[derive(Clone, Debug)]
struct User {
    traffic: UserTraffic,
    /// Of format 1_0.
    config: Arc<PdcchConfig>,
    device: Option<DeviceGrants>,
    vrbs: VrbRun,
    /// The row of the time table for each pair of SS/PBCH block symbols and downlink symbols met so far.
    rows: HashMap<(u16, u16), Option<u8>>,
    source: Source,
    /// Blocks sent as often as they are to be.
    blocks: u64,
    /// The block to be sent again, and how often it was.
    again: Option<(Arc<[u8]>, u8)>,
}

#[derive(Clone, Debug)]
enum Source {
    Bytes { bytes: Arc<[u8]>, next: usize },
    Generator(Box<ChaCha8Rng>),
    Live(SharedSource),
}

/// A PDSCH to be found a place for.
struct Wanted {
    kind: GrantKind,
    rnti: Rnti,
    vrbs: VrbRun,
    interleaved: bool,
    mcs: u8,
    rv: u8,
    time_resource: u8,
}

impl CellSchedule {
    /// Plans the periodic part.
    ///
    /// # Errors
    /// If SIB1 or user data have no CORESET#0, a search space has no candidate of the level asked for, no monitoring
    /// slot has room for SIB1, or the user data fit no slot.
    pub fn new(cell: Arc<TransmitCell>) -> Result<Self, ConfigError> {
        let sib1 = sib1_slots(&cell)?;
        let user = cell.parameters().user.as_ref().map(|traffic| User::new(&cell, traffic)).transpose()?;
        let mut schedule = Self { cell, sib1, user, next: 0 };
        schedule.check_user()?;
        Ok(schedule)
    }

    /// The same, with user data from `source` in place of what the cell's [`Payload`] says. Clones share the source.
    #[must_use]
    pub fn with_source(mut self, source: impl BlockSource) -> Self {
        if let Some(user) = &mut self.user {
            user.source = Source::Live(SharedSource::new(source));
        }
        self
    }

    /// Whether the source of user data has no more, and its last block was sent as often as it is to be. Never without
    /// a [`BlockSource`].
    pub fn is_over(&self) -> bool {
        self.user.as_ref().is_some_and(|user| match &user.source {
            Source::Live(source) => user.again.is_none() && source.is_over(),
            Source::Bytes { .. } | Source::Generator(_) => false,
        })
    }

    /// The cell.
    pub const fn cell(&self) -> &Arc<TransmitCell> {
        &self.cell
    }

    /// When SIB1 is sent, one entry for each SS/PBCH block.
    pub fn sib1_slots(&self) -> &[Sib1Slot] {
        &self.sib1
    }

    /// The user's PDSCH in a slot without SS/PBCH block and with nothing but downlink; none without user data.
    pub fn user_pdsch(&self) -> Option<PdschConfig> {
        let user = self.user.as_ref()?;
        let control = self.cell.control()?;
        let at = self.cell.first_slot();
        let row = best_row(&self.cell, control, user, at, 0, FULL_SLOT)?;
        user.pdsch(&self.cell, control, at, row, 0).ok()
    }

    /// The jobs of the next slot, which begins with sample `t0`.
    ///
    /// # Errors
    /// If a job cannot be put into words of the standard after all; [`CellSchedule::new`] has checked what it can.
    pub fn next_slot(&mut self, t0: SampleTime) -> Result<SlotJobs, ConfigError> {
        let number = self.next;
        self.next += 1;
        // Slots repeat with the SFN; the sum stays far below 2^63.
        let at = self.cell.first_slot().offset((number % (1 << 40)) as i64);
        let mut jobs = SlotJobs { number, at, t0, ssbs: Vec::new(), pdcchs: Vec::new(), pdschs: Vec::new() };
        self.add_ssbs(&mut jobs)?;
        self.add_sib1(&mut jobs)?;
        if let (Some(user), Some(control)) = (&mut self.user, self.cell.control()) {
            user.add(&self.cell, control, &mut jobs)?;
        }
        Ok(jobs)
    }

    fn add_ssbs(&self, jobs: &mut SlotJobs) -> Result<(), ConfigError> {
        let cell = &self.cell;
        let at = jobs.at;
        let half_frame = u8::from(at.slot() >= at.numerology().slots_per_frame() / 2);
        let k_ssb = cell.geometry().mib_k_ssb();
        for (ssb_index, first_symbol) in cell.ssbs_in(at) {
            let mib = mib_with_timing(cell.mib_bits(), at.sfn(), k_ssb);
            let payload = PbchPayload::new(mib, at.sfn(), half_frame, ssb_index, k_ssb, cell.l_max())?;
            let first_subcarrier = cell.ssb_first_subcarrier();
            jobs.ssbs.push(SsbJob { payload, ssb_index, first_symbol, first_subcarrier });
        }
        Ok(())
    }

    fn add_sib1(&self, jobs: &mut SlotJobs) -> Result<(), ConfigError> {
        let (Some(broadcast), Some(control)) = (&self.cell.parameters().sib1, self.cell.control()) else {
            return Ok(());
        };
        let at = jobs.at;
        // One transmission every period: in the first pair of frames of each.
        if u32::from(at.sfn() / 2) % (broadcast.period_ms / 20) != 0 {
            return Ok(());
        }
        for slot in &self.sib1 {
            let frame = match slot.occasion.frame {
                Type0Frame::Even => at.sfn().is_multiple_of(2),
                Type0Frame::Odd => at.sfn() % 2 == 1,
                Type0Frame::OfSsb => self.frame_has_ssbs(at),
            };
            if !frame || slot.occasion.slot != at.slot() {
                continue;
            }
            let wanted = slot.wanted(control);
            let config = pdsch(&self.cell, control, at, &wanted, 0)?;
            let dci = Dci1_0::Si { assignment: wanted.assignment(control)?, rv: 0, si_message: false, reserved: 0 };
            jobs.pdcchs.push(PdcchJob {
                config: Arc::clone(&slot.config),
                candidate: slot.candidate,
                dci: dci.encode(&control.layout)?.into(),
                rnti: Rnti::SI,
            });
            let mut block = broadcast.message.clone();
            block.resize(config.tbs() / 8, 0);
            jobs.pdschs.push(PdschJob {
                config: Arc::new(config),
                block: block.into(),
                kind: BlockKind::Sib1,
                transmission: 0,
            });
        }
        Ok(())
    }

    fn frame_has_ssbs(&self, at: SlotPoint) -> bool {
        (0..at.numerology().slots_per_frame())
            .filter_map(|slot| SlotPoint::new(at.numerology(), at.sfn(), slot).ok())
            .any(|at| self.cell.ssb_symbols(at) != 0)
    }

    /// Tries the user data on the slots of two frames, so that what fits nowhere is an error and not a silent cell.
    fn check_user(&mut self) -> Result<(), ConfigError> {
        let (Some(user), Some(control)) = (&self.user, self.cell.control()) else { return Ok(()) };
        let row = best_row(&self.cell, control, user, self.cell.first_slot(), 0, FULL_SLOT);
        let Some(row) = row else {
            // The reason is that of the row asked for, or of the first.
            let mut trials = (0..16).map(|row| user.pdsch(&self.cell, control, self.cell.first_slot(), row, 0));
            let reason = trials.find_map(Result::err);
            return Err(reason.filter(|_| user.traffic.symbols.is_none()).unwrap_or_else(|| {
                let (first, n) = user.traffic.symbols.unwrap_or((0, 0));
                let got = format!("{n} from symbol {first}");
                let rule = format!(
                    "must be a row with k0 = 0 of the time table ({:?}) that begins after the CORESET ({} symbols) and \
                     fits the MCS",
                    user.time_table(control),
                    user.coreset_duration(control)
                );
                ConfigError::new("user PDSCH symbols", got, rule, "TS 38.214 5.1.2.1.1")
            }));
        };
        let config = user.pdsch(&self.cell, control, self.cell.first_slot(), row, 0)?;
        let dci = user.dci(row, control)?;
        // A DCI too long for its aggregation level would fail here and not in a running graph.
        nrflow::coding::polar::PolarCode::downlink(dci.len() + 24, user.traffic.level.coded_bits())?;
        let mut trial = self.clone();
        let slots = 2 * i64::from(self.cell.first_slot().numerology().slots_per_frame());
        // Three rounds of `every_slots` against a period of two frames at most meet all that will ever be met early.
        let rounds = slots * i64::from(user.traffic.every_slots.min(64));
        for _ in 0..rounds {
            let jobs = trial.next_slot(SampleTime(0))?;
            if jobs.pdschs.iter().any(|job| job.kind == BlockKind::User) {
                return Ok(());
            }
        }
        let got = format!("{} bits every {} slots", config.tbs(), user.traffic.every_slots);
        let rule = "no slot of those has downlink symbols, a free candidate and no SIB1: change every_slots or symbols";
        Err(ConfigError::new("user PDSCH", got, rule, "TS 38.214 5.1"))
    }
}

/// Bit l for each symbol of a slot.
const FULL_SLOT: u16 = 0x3fff;

fn symbol_mask(first: u8, n: u8) -> u16 {
    ((1u32 << n) - 1).wrapping_shl(first.into()) as u16
}

impl Wanted {
    fn assignment(&self, control: &Control) -> Result<DlAssignment, ConfigError> {
        Ok(DlAssignment {
            // The layout's field is at most 16 bits wide.
            frequency_resource: self.vrbs.riv(control.coreset.n_rb() as u16)? as u16,
            time_resource: self.time_resource,
            interleaved_vrb_to_prb: self.interleaved,
            mcs: self.mcs,
        })
    }
}

/// The elements of SS/PBCH blocks on the symbols `ssb_symbols`, if there are any.
fn ssb_elements(cell: &TransmitCell, ssb_symbols: u16) -> Option<ReservedElements> {
    let crbs = || cell.geometry().ssb_crbs().collect();
    (ssb_symbols != 0).then(|| ReservedElements { crbs: crbs(), subcarriers: 0xfff, symbols: ssb_symbols })
}

/// The PDSCH of a grant in slot `at`, around the SS/PBCH block symbols `ssb_symbols`.
fn pdsch(
    cell: &TransmitCell,
    control: &Control,
    at: SlotPoint,
    wanted: &Wanted,
    ssb_symbols: u16,
) -> Result<PdschConfig, ConfigError> {
    let n_rb = control.coreset.n_rb() as u16;
    let reserved = ssb_elements(cell, ssb_symbols).map(|elements| Arc::from([elements]));
    let context = FallbackContext {
        carrier: *cell.carrier(),
        bwp: *cell.bwp(),
        cell_id: cell.cell_id(),
        dci_slot: at,
        frequency_size: n_rb,
        coreset_start_crb: control.coreset.first_crb(),
        type_a_position: cell.type_a_position(),
        time_table: TimeTable::Default(control.time_table),
        mcs_table: McsTable::Qam64,
        data_scrambling_id: None,
        dmrs_scrambling_id: None,
        overhead_per_prb: 0,
        tbs_lbrm: None,
        reserved,
    };
    let grant = FallbackGrant {
        kind: wanted.kind,
        rnti: wanted.rnti,
        common_search_space: true,
        frequency_resource: wanted.vrbs.riv(n_rb)?,
        time_resource: wanted.time_resource,
        interleaved: wanted.interleaved,
        mcs: wanted.mcs,
        rv: wanted.rv,
        tb_scaling: 0,
        first_transmission: None,
    };
    PdschConfig::from_fallback_grant(&context, &grant)
}

/// The candidates of `level` in a CORESET of `n_cce`, in order, each once.
fn candidates(space: &SearchSpace, n_cce: usize, level: AggregationLevel, slot: u16) -> Vec<PdcchCandidate> {
    let mut all = space.candidates(n_cce, slot);
    all.retain(|candidate| candidate.level == level);
    all
}

impl Sib1Slot {
    fn wanted(&self, control: &Control) -> Wanted {
        sib1_wanted(control, self.mcs, self.time_resource)
    }
}

fn sib1_wanted(control: &Control, mcs: u8, time_resource: u8) -> Wanted {
    Wanted {
        kind: GrantKind::Sib1,
        rnti: Rnti::SI,
        vrbs: VrbRun { start: 0, length: control.coreset.n_rb() as u16 },
        interleaved: false,
        mcs,
        rv: 0,
        time_resource,
    }
}

/// A monitoring occasion for SIB1 for each SS/PBCH block.
fn sib1_slots(cell: &TransmitCell) -> Result<Vec<Sib1Slot>, ConfigError> {
    let Some(broadcast) = &cell.parameters().sib1 else { return Ok(Vec::new()) };
    let Some(control) = cell.control() else {
        let rule = "needs CORESET#0: give the cell one or leave SIB1 out";
        return Err(ConfigError::new("SIB1", "given", rule, "TS 38.213 13"));
    };
    if ![20, 40, 80, 160].contains(&broadcast.period_ms) {
        let rule = "must be 20, 40, 80 or 160 ms";
        return Err(ConfigError::new("SIB1 period (ms)", broadcast.period_ms, rule, "TS 38.331 5.2.1"));
    }
    let space = SearchSpace::type0();
    let n_cce = control.coreset.n_cce();
    let default = AggregationLevel::ALL.into_iter().rev().find(|l| l.get() <= n_cce.min(8));
    let level = broadcast.level.or(default).filter(|level| !candidates(&space, n_cce, *level, 0).is_empty());
    let Some(level) = level else {
        let got = broadcast.level.map_or("none".to_string(), |level| level.get().to_string());
        let rule = format!("search space 0 has levels 4, 8 and 16 and CORESET#0 {n_cce} elements");
        return Err(ConfigError::new("SIB1 aggregation level", got, rule, "TS 38.213 Table 10.1-1"));
    };
    nrflow::coding::polar::PolarCode::downlink(control.layout.size() + 24, level.coded_bits())?;
    let mut slots: Vec<Sib1Slot> = Vec::new();
    for &ssb_index in &cell.parameters().ssb.indices {
        // Of the two slots of an occasion the one with more room.
        let mut best: Option<(u8, Sib1Slot)> = None;
        for occasion in control.monitoring.slots(ssb_index, cell.parameters().ssb.half_frame) {
            let taken = slots.iter().any(|s| (s.occasion.frame, s.occasion.slot) == (occasion.frame, occasion.slot));
            let place = place_sib1(cell, control, &broadcast.message, broadcast.mcs, &occasion)?;
            let (Some(place), false) = (place, taken) else { continue };
            let Some(&candidate) = candidates(&space, n_cce, level, occasion.slot).first() else { continue };
            if best.as_ref().is_none_or(|(length, _)| place.length > *length) {
                let first_symbol = usize::from(occasion.first_symbol);
                let config = PdcchConfig::new(cell.carrier(), &control.coreset, first_symbol, control.scrambling)?;
                let config = Arc::new(config);
                let Sib1Place { length, time_resource, mcs, tbs } = place;
                best = Some((length, Sib1Slot { ssb_index, occasion, candidate, time_resource, mcs, tbs, config }));
            }
        }
        let Some((_, slot)) = best else {
            let rule = format!(
                "the monitoring slots of SS/PBCH block {ssb_index} have no room for the {} bytes of SIB1 (beside SS/PBCH \
                 blocks, other SIB1 slots and uplink): take another searchSpaceZero, fewer SS/PBCH blocks, or no \
                 fixed MCS",
                broadcast.message.len()
            );
            return Err(ConfigError::new("searchSpaceZero", control.monitoring.index(), rule, "TS 38.213 13"));
        };
        slots.push(slot);
    }
    Ok(slots)
}

/// How SIB1 fits a slot.
struct Sib1Place {
    length: u8,
    time_resource: u8,
    mcs: u8,
    tbs: usize,
}

/// The longest row and the lowest MCS with which the message fits the occasion's slot.
fn place_sib1(
    cell: &TransmitCell,
    control: &Control,
    message: &[u8],
    mcs: Option<u8>,
    occasion: &Type0Occasion,
) -> Result<Option<Sib1Place>, ConfigError> {
    let sfn = match occasion.frame {
        // SS/PBCH blocks stand in even frames always and in odd ones with periods of 10 ms and less.
        Type0Frame::Even | Type0Frame::OfSsb => 0,
        Type0Frame::Odd => 1,
    };
    let at = SlotPoint::new(cell.carrier().numerology(), sfn, occasion.slot)?;
    let (ssb, downlink) = (cell.ssb_symbols(at), cell.downlink_symbols(at));
    let end_of_pdcch = occasion.first_symbol + control.coreset.duration() as u8;
    let pdcch = symbol_mask(occasion.first_symbol, control.coreset.duration() as u8);
    // In patterns 2 and 3 CORESET#0 lies beside the blocks in frequency; in pattern 1 over them.
    let beside = control.time_table != nrflow::pdsch::DefaultTimeTable::A;
    let ssb = if beside { 0 } else { ssb };
    if pdcch & ssb != 0 || pdcch & !downlink != 0 {
        return Ok(None);
    }
    let mut best: Option<Sib1Place> = None;
    for row in 0..16 {
        let Ok(time) = control.time_table.row(row, cell.type_a_position(), cell.carrier().cyclic_prefix()) else {
            continue;
        };
        let symbols = symbol_mask(time.start, time.length);
        let free = time.k0 == 0 && (time.start >= end_of_pdcch || beside) && symbols & ssb == 0;
        if !free || symbols & !downlink != 0 || best.as_ref().is_some_and(|b| b.length >= time.length) {
            continue;
        }
        // Table 5.1.3.1-1 has QPSK up to index 9.
        for mcs in mcs.map_or(0..=9, |mcs| mcs..=mcs) {
            if let Ok(config) = pdsch(cell, control, at, &sib1_wanted(control, mcs, row), 0)
                && config.tbs() >= 8 * message.len()
                && config.plan().effective_code_rate() <= MAX_CODE_RATE
            {
                best = Some(Sib1Place { length: time.length, time_resource: row, mcs, tbs: config.tbs() });
                break;
            }
        }
    }
    Ok(best)
}

impl User {
    fn new(cell: &TransmitCell, traffic: &UserTraffic) -> Result<Self, ConfigError> {
        let Some(control) = cell.control() else {
            let rule = "need CORESET#0 for their DCIs: give the cell one or leave them out";
            return Err(ConfigError::new("user data", "given", rule, "TS 38.213 10.1"));
        };
        if !(1..=0xffef).contains(&traffic.rnti.0) {
            let rule = "must lie in 0x0001..=0xffef";
            return Err(ConfigError::new("C-RNTI", traffic.rnti, rule, "TS 38.321 7.1"));
        }
        if traffic.every_slots == 0 {
            let rule = "must be 1 or more";
            return Err(ConfigError::new("user PDSCH every n slots", 0, rule, "TS 38.214 5.1"));
        }
        if !(1..=REDUNDANCY_VERSIONS.len()).contains(&usize::from(traffic.transmissions)) {
            let rule = "must lie in 1..=4: there are four redundancy versions";
            return Err(ConfigError::new(
                "user transmissions of a block",
                traffic.transmissions,
                rule,
                "TS 38.214 5.1",
            ));
        }
        let device = traffic.device.as_ref().map(|device| DeviceGrants::new(cell, traffic.rnti, device)).transpose()?;
        let n_rb = device.as_ref().map_or(control.coreset.n_rb() as u16, |device| device.bwp().n_prb());
        let vrbs = traffic.vrbs.unwrap_or(VrbRun { start: 0, length: n_rb });
        vrbs.riv(n_rb)?;
        let source = match &traffic.payload {
            Payload::Bytes(bytes) if bytes.is_empty() => {
                let rule = "must hold at least one byte";
                return Err(ConfigError::new("user payload", "empty", rule, "TS 38.321 6.1"));
            }
            Payload::Bytes(bytes) => Source::Bytes { bytes: Arc::clone(bytes), next: 0 },
            Payload::Seeded(seed) => Source::Generator(Box::new(ChaCha8Rng::seed_from_u64(*seed))),
        };
        let config = PdcchConfig::new(cell.carrier(), &control.coreset, 0, control.scrambling)?;
        let config = Arc::new(config);
        let (traffic, rows) = (traffic.clone(), HashMap::new());
        let user = Self { traffic, config, device, vrbs, rows, source, blocks: 0, again: None };
        if user.candidates(control, 0).is_empty() {
            let space = user.device.as_ref().map_or(&user.traffic.search_space, DeviceGrants::search_space);
            let n_cce = user.device.as_ref().map_or(control.coreset.n_cce(), DeviceGrants::n_cce);
            let rule = format!(
                "the search space has {:?} candidates of levels 1, 2, 4, 8, 16 and the CORESET {n_cce} elements",
                space.n_candidates(),
            );
            return Err(ConfigError::new("user aggregation level", user.traffic.level.get(), rule, "TS 38.213 10.1"));
        }
        Ok(user)
    }

    /// The candidates of its level in slot `slot` of a frame, in order, each once.
    fn candidates(&self, control: &Control, slot: u16) -> Vec<PdcchCandidate> {
        let (space, n_cce) = match &self.device {
            None => (&self.traffic.search_space, control.coreset.n_cce()),
            Some(device) => (device.search_space(), device.n_cce()),
        };
        candidates(space, n_cce, self.traffic.level, slot)
    }

    fn time_table(&self, control: &Control) -> TimeTable {
        self.device.as_ref().map_or(TimeTable::Default(control.time_table), |device| device.time_table().clone())
    }

    fn coreset_duration(&self, control: &Control) -> usize {
        self.device.as_ref().map_or(control.coreset.duration(), DeviceGrants::coreset_duration)
    }

    /// The PDSCH of a DCI in slot `at` with a row of the time table, around the SS/PBCH block symbols `ssb_symbols`.
    fn pdsch(
        &self,
        cell: &TransmitCell,
        control: &Control,
        at: SlotPoint,
        row: u8,
        ssb_symbols: u16,
    ) -> Result<PdschConfig, ConfigError> {
        let Some(device) = &self.device else { return pdsch(cell, control, at, &self.wanted(row), ssb_symbols) };
        let others: Vec<ReservedElements> = ssb_elements(cell, ssb_symbols).into_iter().collect();
        // It begins behind the CORESET: where in that its DCI stands is all the same.
        let candidate = PdcchCandidate { level: self.traffic.level, first_cce: 0 };
        device.pdsch(at, candidate, &self.grant(row), &others)
    }

    fn grant(&self, time_resource: u8) -> Grant {
        let Wanted { vrbs, interleaved, mcs, rv, .. } = self.wanted(time_resource);
        Grant { vrbs, interleaved, mcs, rv, ndi: self.ndi(), harq_process: self.harq_process(), time_resource }
    }

    /// Toggled whenever the process is used again.
    fn ndi(&self) -> bool {
        self.blocks / 16 % 2 == 1
    }

    fn harq_process(&self) -> u8 {
        (self.blocks % 16) as u8
    }

    fn wanted(&self, time_resource: u8) -> Wanted {
        Wanted {
            kind: GrantKind::Device,
            rnti: self.traffic.rnti,
            vrbs: self.vrbs,
            interleaved: self.traffic.interleaved,
            mcs: self.traffic.mcs,
            rv: REDUNDANCY_VERSIONS[self.again.as_ref().map_or(0, |(_, sent)| usize::from(*sent))],
            time_resource,
        }
    }

    fn dci(&self, row: u8, control: &Control) -> Result<Vec<u8>, ConfigError> {
        if let Some(device) = &self.device {
            return device.dci(&self.grant(row));
        }
        let wanted = self.wanted(row);
        let (ndi, harq_process) = (self.ndi(), self.harq_process());
        let harq = DlHarqFields { ndi, harq_process, rv: wanted.rv, ..DlHarqFields::default() };
        Dci1_0::C { assignment: wanted.assignment(control)?, harq }.encode(&control.layout)
    }

    /// A DCI and its PDSCH, if the slot has room for them: never beside SIB1, never where an SS/PBCH block takes the
    /// DM-RS, around its blocks elsewhere.
    fn add(&mut self, cell: &TransmitCell, control: &Control, jobs: &mut SlotJobs) -> Result<(), ConfigError> {
        let at = jobs.at;
        if !jobs.number.is_multiple_of(u64::from(self.traffic.every_slots)) || !jobs.pdschs.is_empty() {
            return Ok(());
        }
        let (ssb, downlink) = (cell.ssb_symbols(at), cell.downlink_symbols(at));
        // A block that is sent again needs slots alike.
        if self.traffic.transmissions > 1 && (ssb, downlink) != (0, FULL_SLOT) {
            return Ok(());
        }
        let row = match self.rows.get(&(ssb, downlink)) {
            Some(row) => *row,
            None => {
                let row = best_row(cell, control, self, at, ssb, downlink);
                self.rows.insert((ssb, downlink), row);
                row
            }
        };
        let Some(row) = row else { return Ok(()) };
        let pdcch = match &self.device {
            None => Some(Arc::clone(&self.config)),
            Some(device) => device.pdcch(cell, at).map(Arc::new),
        };
        let all = self.candidates(control, at.slot());
        let candidate = all.iter().find(|candidate| free(**candidate, jobs));
        let (Some(pdcch), Some(&candidate)) = (pdcch, candidate) else { return Ok(()) };
        let config = self.pdsch(cell, control, at, row, ssb)?;
        jobs.pdcchs.push(PdcchJob {
            config: pdcch,
            candidate,
            dci: self.dci(row, control)?.into(),
            rnti: self.traffic.rnti,
        });
        let (block, transmission) =
            self.again.take().unwrap_or_else(|| (self.source.take(jobs.number, config.tbs() / 8), 0));
        if transmission + 1 < self.traffic.transmissions {
            self.again = Some((Arc::clone(&block), transmission + 1));
        } else {
            self.blocks += 1;
        }
        jobs.pdschs.push(PdschJob { config: Arc::new(config), block, kind: BlockKind::User, transmission });
        Ok(())
    }
}

/// Whether the elements of `candidate` are used by no DCI of the slot yet.
fn free(candidate: PdcchCandidate, jobs: &SlotJobs) -> bool {
    let range = |c: PdcchCandidate| (usize::from(c.first_cce), usize::from(c.first_cce) + c.level.get());
    let (first, end) = range(candidate);
    jobs.pdcchs.iter().map(|job| range(job.candidate)).all(|(f, e)| end <= f || e <= first)
}

/// In the order in which they are sent: each adds the most to those before it.
const REDUNDANCY_VERSIONS: [u8; 4] = [0, 2, 3, 1];

/// A device need not decode what has a higher rate.
#[doc(alias = "TS 38.214 5.1.3")]
const MAX_CODE_RATE: f64 = 0.95;

/// The row with the most elements for data: the one asked for, or in slots where that does not fit the best within its
/// symbols. None if there is no room.
fn best_row(
    cell: &TransmitCell,
    control: &Control,
    user: &User,
    at: SlotPoint,
    ssb_symbols: u16,
    downlink: u16,
) -> Option<u8> {
    let duration = user.coreset_duration(control) as u8;
    let pdcch = symbol_mask(0, duration);
    if pdcch & ssb_symbols != 0 || pdcch & !downlink != 0 {
        return None;
    }
    let whole_slot = ssb_symbols == 0 && downlink == FULL_SLOT;
    let table = user.time_table(control);
    let rows = (0..16).filter_map(|row| {
        let time = table.row(row, cell.type_a_position(), cell.carrier().cyclic_prefix()).ok()?;
        let symbols = symbol_mask(time.start, time.length);
        let wished = match user.traffic.symbols {
            Some((first, n)) if whole_slot => (first, n) == (time.start, time.length),
            Some((first, n)) => symbols & !symbol_mask(first, n) == 0,
            None => true,
        };
        if !wished || time.k0 != 0 || time.start < duration || symbols & !downlink != 0 {
            return None;
        }
        let config = user.pdsch(cell, control, at, row, ssb_symbols & symbols).ok()?;
        // SS/PBCH blocks and DM-RS may leave fewer elements than the block size counts with.
        if config.plan().effective_code_rate() > MAX_CODE_RATE {
            return None;
        }
        Some((config.n_re(), std::cmp::Reverse(row)))
    });
    rows.max().map(|(_, std::cmp::Reverse(row))| row)
}

impl Source {
    /// The next block, of `n` bytes, which is sent first in slot `slot`.
    fn take(&mut self, slot: u64, n: usize) -> Arc<[u8]> {
        match self {
            Self::Bytes { bytes, next } => {
                let block = (0..n).map(|i| bytes[(*next + i) % bytes.len()]).collect();
                *next = (*next + n) % bytes.len();
                block
            }
            Self::Generator(rng) => {
                let mut block = vec![0; n];
                rng.fill_bytes(&mut block);
                block.into()
            }
            Self::Live(source) => {
                let mut block = vec![0; n];
                source.fill(slot, &mut block);
                block.into()
            }
        }
    }
}
