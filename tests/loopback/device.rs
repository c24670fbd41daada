//! Random valid transport blocks for devices: CORESET, search space, DCIs and PDSCHs of all transmissions.

use crate::cell::{TestCell, pick};
use nrflow::frame::{BandwidthPart, CceRegMapping, Coreset, PrecoderGranularity, ResourceGrid, Rnti, SlotPoint};
use nrflow::pdcch::{
    AggregationLevel, Dci0_0, Dci1_0, DciLayout, DlAssignment, DlHarqFields, PdcchCandidate, PdcchConfig,
    PdcchScrambling, PdcchTransmission, PdcchTransmitter, RntiKind, SearchSpace,
};
use nrflow::pdsch::{
    FallbackContext, FallbackGrant, GrantKind, McsTable, PdschConfig, PdschParameters, PdschTransmitter,
    TimeAllocation, TimeTable, VrbRun, tbs_lbrm,
};
use nrflow::reference_signal::dmrs::{DmrsLength, MappingType, TypeAPosition, pdsch_dmrs_symbols};
use nrflow::rrc::DmrsTypeAPosition;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

/// The highest code rate that a receiver is asked for: above 0.95 a device need not decode (TS 38.214 5.1.3).
pub const MAX_RATE: f64 = 0.94;

/// What base station and device both know: where DCIs are looked for and how grants are read.
#[derive(Debug)]
pub struct Link {
    pub place: PdcchConfig,
    pub space: SearchSpace,
    pub layout: DciLayout,
    pub rnti: Rnti,
    pub kind: RntiKind,
    grant_kind: GrantKind,
    context: FallbackContext,
    /// dmrs-AdditionalPosition of a dedicated configuration, instead of format 1_0's own.
    additional_position: Option<u8>,
}

/// One slot's DCIs and PDSCH.
#[derive(Debug)]
pub struct Transmission {
    /// Slot of the stream with the DCI.
    pub number: u16,
    pub dci: Vec<u8>,
    candidate: PdcchCandidate,
    pub pdsch: PdschConfig,
    /// Slots to the PDSCH.
    pub k0: u16,
    /// Whether the PDSCH never gets on the air.
    pub lost: bool,
    /// An uplink grant beside it.
    pub uplink: Option<(Dci0_0, Vec<u8>, PdcchCandidate)>,
}

/// A transport block and its transmissions.
#[derive(Debug)]
pub struct Block {
    pub link: Link,
    pub transmissions: Vec<Transmission>,
    pub bytes: Vec<u8>,
}

impl Link {
    fn draw(cell: &TestCell, kind: RntiKind, rng: &mut ChaCha8Rng) -> Option<Self> {
        let carrier = *cell.carrier();
        let (cell_id, own) = (cell.cell_id, cell.geometry.coreset0()?);
        let grant_kind = match kind {
            RntiKind::Si => GrantKind::SystemInformation,
            RntiKind::P => GrantKind::Paging,
            RntiKind::Ra => GrantKind::RandomAccess,
            RntiKind::Tc => GrantKind::ContentionResolution,
            RntiKind::C => GrantKind::Device,
        };
        let rnti = match kind {
            RntiKind::Si => Rnti::SI,
            RntiKind::P => Rnti::P,
            _ => Rnti(rng.random_range(1..=0xffef)),
        };
        let ue_specific = kind == RntiKind::C && rng.random();
        let n_prb = rng.random_range(carrier.n_prb().min(12)..=carrier.n_prb());
        let start = carrier.start_crb() + rng.random_range(0..=carrier.n_prb() - n_prb);
        // Common search spaces belong to the initial bandwidth part, here the carrier.
        let bwp = if ue_specific {
            BandwidthPart::new(&carrier, start, n_prb).ok()?
        } else {
            BandwidthPart::new(&carrier, carrier.start_crb(), carrier.n_prb()).ok()?
        };
        let coreset = if !ue_specific && rng.random() {
            own.entry.coreset(own.start_crb, cell_id).ok()?
        } else {
            draw_coreset(&bwp, cell, rng)?
        };
        let scrambling_id = rng.random_range(0..=0xffff);
        let scrambling = match (coreset.is_zero() || rng.random(), ue_specific) {
            (true, _) => PdcchScrambling::cell(cell_id),
            (false, true) => PdcchScrambling::ue_specific(scrambling_id, rnti),
            (false, false) => PdcchScrambling::common(cell_id, scrambling_id),
        };
        let first_symbol = if rng.random() { 0 } else { rng.random_range(0..=14 - coreset.duration()) };
        let place = PdcchConfig::new(&carrier, &coreset, first_symbol, scrambling).ok()?;
        let counts = [0u8; 5].map(|_| pick(rng, &[0, 1, 2, 3, 4, 5, 6, 8]));
        let uplink_size = rng.random_range(11..=106);
        let (space, layout, frequency_size) = if ue_specific {
            let space = SearchSpace::ue_specific(counts, rnti, rng.random_range(0..12)).ok()?;
            (space, DciLayout::ue_specific(bwp.n_prb(), uplink_size).ok()?, bwp.n_prb())
        } else {
            let n_rb = own.entry.n_rb();
            (SearchSpace::common(counts).ok()?, DciLayout::common(n_rb, Some(uplink_size)).ok()?, n_rb)
        };
        let type_a_position = match cell.mib.dmrs_type_a_position {
            DmrsTypeAPosition::Pos2 => TypeAPosition::Pos2,
            DmrsTypeAPosition::Pos3 => TypeAPosition::Pos3,
        };
        let time = draw_time(type_a_position, &place, rng)?;
        let mcs_table = pick(rng, &[McsTable::Qam64, McsTable::Qam256, McsTable::Qam64LowSe, McsTable::Qam1024]);
        let max_qm = if mcs_table == McsTable::Qam1024 { 10 } else { 8 };
        let optional_id = |rng: &mut ChaCha8Rng, end: u16| rng.random::<bool>().then(|| rng.random_range(0..=end));
        let context = FallbackContext {
            carrier,
            bwp,
            cell_id,
            dci_slot: cell.slot(0),
            frequency_size,
            coreset_start_crb: coreset.first_crb(),
            type_a_position,
            time_table: TimeTable::List(vec![time; 1 + rng.random_range(0..16usize)].into()),
            mcs_table,
            data_scrambling_id: optional_id(rng, 1023),
            dmrs_scrambling_id: optional_id(rng, 0xffff),
            overhead_per_prb: 0,
            tbs_lbrm: rng.random::<bool>().then(|| tbs_lbrm(carrier.n_prb(), 1, max_qm)),
            reserved: None,
        };
        let additional_position = (ue_specific && rng.random()).then(|| pick(rng, &[0, 1, 2, 3, 3, 3]));
        Some(Self { place, space, layout, rnti, kind, grant_kind, context, additional_position })
    }

    /// The row of the time domain allocation; all are alike.
    fn time(&self) -> TimeAllocation {
        match &self.context.time_table {
            TimeTable::List(rows) => rows[0],
            TimeTable::Default(_) => unreachable!("links have a list"),
        }
    }

    /// The PDSCH of a DCI in slot `at`; `first`: block size and rate of the first transmission.
    pub fn pdsch(&self, at: SlotPoint, dci: &Dci1_0, first: Option<(usize, f64)>) -> Option<PdschConfig> {
        let assignment = dci.assignment()?;
        let grant = FallbackGrant {
            kind: self.grant_kind,
            rnti: self.rnti,
            common_search_space: !self.space.is_ue_specific(),
            frequency_resource: assignment.frequency_resource.into(),
            time_resource: assignment.time_resource,
            interleaved: assignment.interleaved_vrb_to_prb,
            mcs: assignment.mcs,
            rv: dci.rv(),
            tb_scaling: match *dci {
                Dci1_0::Ra { tb_scaling, .. } | Dci1_0::P { tb_scaling, .. } => tb_scaling,
                _ => 0,
            },
            first_transmission: first,
        };
        let context = FallbackContext { dci_slot: at, ..self.context.clone() };
        let config = PdschConfig::from_fallback_grant(&context, &grant).ok()?;
        let Some(additional) = self.additional_position else { return Some(config) };
        let (time, p) = (self.time(), config.parameters().clone());
        let position = self.context.type_a_position;
        let symbols =
            pdsch_dmrs_symbols(time.mapping_type, time.start, time.length, position, additional, DmrsLength::Single);
        let dmrs = nrflow::pdsch::PdschDmrs { symbols: symbols.ok()?, ..p.dmrs };
        PdschConfig::new(&context.carrier, PdschParameters { dmrs, ..p }).ok()
    }

    /// The target code rate times 1024 of an MCS, for its retransmissions.
    pub fn rate_x1024(&self, mcs: u8) -> Option<f64> {
        let table = if self.grant_kind == GrantKind::Device { self.context.mcs_table } else { McsTable::Qam64 };
        table.entry(mcs).ok()?.rate_x1024
    }

    fn draw_dci(&self, rng: &mut ChaCha8Rng, assignment: DlAssignment, rv: u8) -> Dci1_0 {
        let tb_scaling = rng.random_range(0..3);
        let harq = DlHarqFields {
            ndi: rng.random(),
            rv,
            harq_process: rng.random_range(0..16),
            dai: rng.random_range(0..4),
            tpc: rng.random_range(0..4),
            pucch_resource: rng.random_range(0..8),
            pdsch_to_harq: rng.random_range(0..8),
        };
        match self.kind {
            RntiKind::Si => Dci1_0::Si { assignment, rv, si_message: true, reserved: rng.random_range(0..1 << 15) },
            RntiKind::P => Dci1_0::P {
                short_messages_indicator: pick(rng, &[1, 3]),
                short_messages: rng.random(),
                assignment,
                tb_scaling,
                reserved: rng.random_range(0..64),
            },
            RntiKind::Ra => Dci1_0::Ra { assignment, tb_scaling, reserved: rng.random() },
            RntiKind::Tc => Dci1_0::Tc { assignment, harq },
            RntiKind::C => Dci1_0::C { assignment, harq },
        }
    }

    fn draw_uplink(&self, rng: &mut ChaCha8Rng) -> Option<(Dci0_0, Vec<u8>)> {
        let dci = Dci0_0 {
            frequency_resource: rng.random_range(0..1 << self.layout.frequency_bits_0_0()?.min(13)),
            time_resource: rng.random_range(0..16),
            frequency_hopping: rng.random(),
            mcs: rng.random_range(0..32),
            ndi: rng.random(),
            rv: rng.random_range(0..4),
            harq_process: rng.random_range(0..16),
            tpc: rng.random_range(0..4),
            sul: self.layout.has_sul_indicator() && rng.random(),
        };
        let bits = dci.encode(&self.layout).ok()?;
        Some((dci, bits))
    }
}

/// A configured CORESET in `bwp`.
fn draw_coreset(bwp: &BandwidthPart, cell: &TestCell, rng: &mut ChaCha8Rng) -> Option<Coreset> {
    let rb_offset = if rng.random() { Some(rng.random_range(0..6)) } else { None };
    let base = rb_offset.map_or(bwp.start_crb().next_multiple_of(6), |o| bwp.start_crb() + u16::from(o));
    let n_groups = (bwp.start_crb() + bwp.n_prb()).checked_sub(base)? / 6;
    let all = (1u64 << n_groups.min(45)) - 1;
    let groups = if rng.random() { all } else { rng.random::<u64>() & all };
    let shift = if rng.random() { cell.cell_id.get() } else { rng.random_range(0..275) };
    let mapping = if rng.random() {
        CceRegMapping::NonInterleaved
    } else {
        CceRegMapping::Interleaved {
            reg_bundle_size: pick(rng, &[2, 3, 6]),
            interleaver_size: pick(rng, &[2, 3, 6]),
            shift,
        }
    };
    let granularity = pick(rng, &[PrecoderGranularity::SameAsRegBundle, PrecoderGranularity::AllContiguousRbs]);
    Coreset::configured(bwp, groups, rb_offset, rng.random_range(1..=3), mapping, granularity).ok()
}

/// A time allocation whose symbols lie beside those of the CORESET, in its slot or the next.
fn draw_time(position: TypeAPosition, place: &PdcchConfig, rng: &mut ChaCha8Rng) -> Option<TimeAllocation> {
    let end = place.first_symbol() + place.coreset().duration();
    let prefix = place.carrier().cyclic_prefix();
    let k0 = u8::from(rng.random_range(0..4) == 0);
    let mapping_type = pick(rng, &[MappingType::A, MappingType::B]);
    let all: Vec<TimeAllocation> = (0..14u8)
        .flat_map(|start| (1..=14u8).map(move |length| TimeAllocation { k0, mapping_type, start, length }))
        .filter(|time| time.check(position, prefix).is_ok() && (k0 > 0 || usize::from(time.start) >= end))
        .collect();
    (!all.is_empty()).then(|| pick(rng, &all))
}

impl Transmission {
    pub fn level(&self) -> AggregationLevel {
        self.candidate.level
    }
}

impl Block {
    /// A block sent in slots that `free` lists (which it takes some of); `None` where the draws contradict each other.
    pub fn draw(cell: &TestCell, kind: RntiKind, free: &mut Vec<u16>, rng: &mut ChaCha8Rng) -> Option<Self> {
        let link = Link::draw(cell, kind, rng)?;
        let size = link.context.frequency_size;
        let length = if rng.random() { rng.random_range(1..=size) } else { rng.random_range(1..=size.min(12)) };
        let run = VrbRun { start: rng.random_range(0..=size - length), length };
        let assignment = DlAssignment {
            frequency_resource: u16::try_from(run.riv(size).ok()?).ok()?,
            time_resource: match &link.context.time_table {
                TimeTable::List(rows) => rng.random_range(0..rows.len()) as u8,
                TimeTable::Default(_) => 0,
            },
            interleaved_vrb_to_prb: rng.random(),
            // The highest rows are few and make narrow demands.
            mcs: if rng.random_range(0..3) == 0 { rng.random_range(22..28) } else { rng.random_range(0..29) },
        };
        let rate_x1024 = link.rate_x1024(assignment.mcs)?;
        let first_rv = pick(rng, &[0, 0, 0, 3]);
        let dci = link.draw_dci(rng, assignment, first_rv);
        let first = link.pdsch(cell.slot(0), &dci, None)?;
        let rate = first.plan().effective_code_rate();
        // Redundancy version 3 has a part of the systematic bits only.
        if rate > if dci.rv() == 0 { MAX_RATE } else { 0.45 } {
            return None;
        }
        let mut steps = vec![(dci, None)];
        if link.kind == RntiKind::C && rng.random_range(0..3) == 0 {
            // The first is lost; the others are of a lower order, with an MCS that says nothing about the block's size.
            // With fewer bits yet, the versions would leave gaps that no decoder closes.
            let order = first.modulation().bits_per_symbol();
            let lower = |mcs: &u8| {
                let entry = link.context.mcs_table.entry(*mcs).ok().filter(|entry| entry.rate_x1024.is_none());
                let least = (0.8 * rate * order as f64).ceil() as usize;
                entry.is_some_and(|entry| (least..order).contains(&entry.modulation.bits_per_symbol()))
            };
            let reserved: Vec<u8> = (0..32).filter(lower).collect();
            if !reserved.is_empty() {
                let mcs = pick(rng, &reserved);
                for rv in [0, 2, 3, 1] {
                    let dci = link.draw_dci(rng, DlAssignment { mcs, ..assignment }, rv);
                    steps.push((dci, Some((first.tbs(), rate_x1024))));
                }
            }
        }
        let k0 = u16::from(link.time().k0);
        let mut bytes = vec![0; first.tbs() / 8];
        rng.fill_bytes(&mut bytes);
        let mut transmissions = Vec::new();
        let many = steps.len() > 1;
        for (i, (dci, of_first)) in steps.into_iter().enumerate() {
            // A DCI's slot, and that of its PDSCH.
            let at = free.iter().position(|&n| k0 == 0 || free.contains(&(n + k0)))?;
            let number = free.remove(at);
            free.retain(|&n| n != number + k0);
            let slot = cell.slot(number);
            let all = link.space.candidates(link.place.coreset().n_cce(), slot.slot());
            if all.is_empty() {
                return None;
            }
            let candidate = pick(rng, &all);
            let bits = dci.encode(&link.layout).ok()?;
            // Level 1 has room for 108 coded bits.
            if candidate.level == AggregationLevel::ALL[0] && bits.len() > 45 {
                return None;
            }
            let others: Vec<PdcchCandidate> =
                all.into_iter().filter(|c| !c.overlaps(candidate) && c.level > AggregationLevel::ALL[0]).collect();
            let wants_uplink = matches!(link.kind, RntiKind::C | RntiKind::Tc) && !others.is_empty() && rng.random();
            let uplink = wants_uplink.then(|| link.draw_uplink(rng)).flatten();
            transmissions.push(Transmission {
                number,
                pdsch: link.pdsch(slot, &dci, of_first)?,
                dci: bits,
                candidate,
                k0,
                lost: many && i == 0,
                uplink: uplink.map(|(dci, bits)| (dci, bits, pick(rng, &others))),
            });
        }
        Some(Self { link, transmissions, bytes })
    }

    /// Adds everything to the slots' grids.
    pub fn send(&self, grids: &mut [ResourceGrid]) {
        let mut pdcch = PdcchTransmitter::new(&self.link.place);
        let mut pdsch = PdschTransmitter::new(self.link.place.carrier());
        for t in &self.transmissions {
            let slot_in_frame = t.pdsch.slot().offset(-i64::from(t.k0)).slot();
            let mut send = |candidate, bits: &[u8], grid: &mut ResourceGrid| {
                let dci = PdcchTransmission::new(slot_in_frame, candidate, bits, self.link.rnti);
                pdcch.transmit(&dci, grid).unwrap();
            };
            let grid = &mut grids[usize::from(t.number)];
            send(t.candidate, &t.dci, grid);
            if let Some((_, bits, candidate)) = &t.uplink {
                send(*candidate, bits, grid);
            }
            if !t.lost {
                pdsch.transmit(&[&self.bytes], &t.pdsch, &mut grids[usize::from(t.number + t.k0)]);
            }
        }
    }
}
