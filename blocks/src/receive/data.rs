use super::cell::case_of;
use super::control::LEARNING_DELAY;
use super::ssb_elements::SsbElements;
use super::{CellReport, ControlDci, ControlPlace, ControlSlot, DciReport, Learnt, Monitoring, PdschReport, Report};
use super::{ControlGrid, ReceivedCell, RxSlot};
use crate::{SlotReader, SlotWriter};
use futuresdr::runtime::dev::prelude::*;
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::frame::{BandwidthPart, Carrier, Rnti, SsbPositions};
use nrflow::mac::Rar;
use nrflow::pdcch::{Dci0_0, Dci1_0, DciLayout, RntiKind};
use nrflow::pdsch::{
    FallbackContext, FallbackGrant, GrantKind, McsTable, PdschConfig, PdschReceiver, ReceiverOptions, TimeAllocation,
    TimeTable,
};
use nrflow::reference_signal::dmrs::MappingType;
use nrflow::rrc::{Mib, Sib1};
use std::collections::HashMap;
use std::sync::Arc;

/// HARQ processes whose soft bits are kept for retransmissions, a cell: all of 16 devices.
const MAX_HARQ: usize = 256;

/// The block that receives the PDSCHs of the DCIs found: ports `input`, `learnt` (back to the PDCCH receiver) and
/// `output`.
#[derive(Block)]
pub struct PdschReceive {
    #[input]
    input: SlotReader<ControlSlot>,
    #[output]
    learnt: SlotWriter<Learnt>,
    #[output]
    output: SlotWriter<Vec<Report>>,
    cells: Vec<Option<CellData>>,
}

/// What the PDSCHs of a cell have taught, and the plans to receive them.
struct CellData {
    receiver: Option<PdschReceiver<i8>>,
    /// The grid with what SIB1 says about it.
    grid: Option<ControlGrid>,
    harq: HashMap<(Rnti, u8), Harq>,
    n_decoded: u64,
    pending: Vec<Pending>,
    temporary: Vec<Rnti>,
    n_rb_ul: Option<u16>,
    ssbs: Option<SsbElements>,
}

struct Harq {
    buffer: HarqBuffer<i8>,
    /// The largest block that it takes, in bits.
    room: usize,
    /// The number of the PDSCH that it took last.
    used: u64,
    ndi: bool,
    tbs: usize,
    rate_x1024: f64,
}

/// A PDSCH in a slot to come, or in this one.
struct Pending {
    config: PdschConfig,
    kind: RntiKind,
    grant_kind: GrantKind,
    mcs: u8,
    process: u8,
    ndi: Option<bool>,
}

impl Default for PdschReceive {
    fn default() -> Self {
        Self {
            input: SlotReader::default(),
            learnt: SlotWriter::new(2 * LEARNING_DELAY as usize),
            output: SlotWriter::shared(crate::slot_port::DEFAULT_DEPTH),
            cells: Vec::new(),
        }
    }
}

impl Kernel for PdschReceive {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        while let (Some(lesson_space), Some(space)) = (self.learnt.reserve(), self.output.reserve()) {
            let Some(item) = self.input.pop() else { break };
            let data = CellData::of(&mut self.cells, &item.slot.cell);
            let mut reports = Vec::new();
            let lesson = data.receive(&item, &mut reports);
            lesson_space.send(lesson);
            if !reports.is_empty() {
                space.send(reports);
            }
        }
        if self.input.drained() {
            io.finished = true;
        }
        Ok(())
    }
}

impl CellData {
    fn of<'a>(cells: &'a mut Vec<Option<Self>>, cell: &ReceivedCell) -> &'a mut Self {
        while cells.len() <= cell.index {
            cells.push(None);
        }
        cells[cell.index].get_or_insert_with(|| Self {
            receiver: None,
            grid: cell.control.clone(),
            harq: HashMap::new(),
            n_decoded: 0,
            pending: Vec::new(),
            temporary: Vec::new(),
            n_rb_ul: None,
            ssbs: None,
        })
    }

    fn receive(&mut self, item: &ControlSlot, reports: &mut Vec<Report>) -> Learnt {
        let slot = &item.slot;
        let mut lesson = Learnt { cell: slot.cell.index, ..Learnt::default() };
        for ssb in &slot.ssbs {
            // Any 24 bits are a MIB but for its one choice bit, which carries messages of later releases.
            if let Ok(mib) = Mib::decode(super::cell::mib_bytes(ssb)) {
                let (cell, ssb) = (Arc::clone(&slot.cell), *ssb);
                reports.push(Report::Ssb(Box::new(CellReport { cell, ssb, mib })));
            }
        }
        for dci in &item.dcis {
            let report = self.take(slot, dci);
            reports.push(Report::Dci(Box::new(report)));
        }
        let due: Vec<Pending> = self.pending.extract_if(.., |p| p.config.slot() == slot.at).collect();
        // What has not come within the longest k0 does not come any more.
        self.pending.retain(|p| (1..=32).any(|k| slot.at.offset(k) == p.config.slot()));
        for pending in due {
            if let Some(report) = self.decode(slot, &pending, &mut lesson) {
                reports.push(Report::Pdsch(Box::new(report)));
            }
        }
        lesson
    }

    /// Reads a DCI and notes the PDSCH that it announces.
    fn take(&mut self, slot: &RxSlot, found: &ControlDci) -> DciReport {
        let dci = found.dci;
        let mut report = DciReport {
            cell: Arc::clone(&slot.cell),
            at: slot.at,
            dci,
            format_1_0: None,
            format_0_0: None,
            refused: None,
        };
        let (Some(grid), Some(kind)) = (&self.grid, dci.kind) else { return report };
        let layout = DciLayout::common(grid.frequency_size, self.n_rb_ul).unwrap_or(grid.layout);
        // The identifier of format 0_0 is 0; with TC- and C-RNTI both formats have the size.
        if matches!(kind, RntiKind::C | RntiKind::Tc) && dci.bits.first() == Some(&0) {
            report.format_0_0 = Dci0_0::decode(&dci.bits, &layout);
            return report;
        }
        let Some(fields) = Dci1_0::decode(&dci.bits, kind, &layout) else {
            report.refused = Some("its bits are no format 1_0".to_string());
            return report;
        };
        report.format_1_0 = Some(fields);
        if fields.assignment().is_some() {
            match self.pending_of(slot, found, &fields, kind) {
                Ok(pending) => self.pending.push(pending),
                Err(reason) => report.refused = Some(reason),
            }
        }
        report
    }

    fn pending_of(
        &self,
        slot: &RxSlot,
        found: &ControlDci,
        fields: &Dci1_0,
        kind: RntiKind,
    ) -> Result<Pending, String> {
        let (Some(grid), Some(assignment)) = (&self.grid, fields.assignment()) else {
            return Err("nothing is assigned".to_string());
        };
        let (grant_kind, tb_scaling, harq) = match *fields {
            Dci1_0::Si { si_message: false, .. } => (GrantKind::Sib1, 0, None),
            Dci1_0::Si { .. } => (GrantKind::SystemInformation, 0, None),
            Dci1_0::Ra { tb_scaling, .. } => (GrantKind::RandomAccess, tb_scaling, None),
            Dci1_0::P { tb_scaling, .. } => (GrantKind::Paging, tb_scaling, None),
            Dci1_0::Tc { harq, .. } => (GrantKind::ContentionResolution, 0, Some(harq)),
            Dci1_0::C { harq, .. } => (GrantKind::Device, 0, Some(harq)),
            Dci1_0::PdcchOrder { .. } => return Err("a PDCCH order has no PDSCH".to_string()),
        };
        if !grid.from_point_a && grant_kind != GrantKind::Sib1 {
            // Its DM-RS sequence counts from common resource block 0.
            return Err("before SIB1 the place of Point A is not known".to_string());
        }
        let default = TimeTable::Default(grid.default_table);
        let time_table = match (&grid.time_allocations, grant_kind) {
            (Some(list), kind) if kind != GrantKind::Sib1 => TimeTable::List(Arc::clone(list)),
            _ => default,
        };
        let process = harq.map_or(0, |harq| harq.harq_process);
        let earlier = self.harq.get(&(found.dci.rnti, process)).filter(|h| Some(h.ndi) == harq.map(|h| h.ndi));
        let mut context = FallbackContext {
            carrier: grid.carrier,
            bwp: grid.bwp,
            cell_id: slot.cell.cell_id,
            dci_slot: slot.at,
            frequency_size: grid.frequency_size,
            coreset_start_crb: grid.coreset_start_crb,
            type_a_position: grid.type_a_position,
            time_table,
            mcs_table: McsTable::Qam64,
            data_scrambling_id: grid.device.data,
            dmrs_scrambling_id: grid.device.dmrs,
            overhead_per_prb: 0,
            tbs_lbrm: None,
            reserved: None,
        };
        let grant = FallbackGrant {
            kind: grant_kind,
            rnti: found.dci.rnti,
            common_search_space: found.common,
            frequency_resource: assignment.frequency_resource.into(),
            time_resource: assignment.time_resource,
            interleaved: assignment.interleaved_vrb_to_prb,
            mcs: assignment.mcs,
            rv: fields.rv(),
            tb_scaling,
            first_transmission: earlier.map(|h| (h.tbs, h.rate_x1024)),
        };
        let mut config = PdschConfig::from_fallback_grant(&context, &grant).map_err(|e| e.to_string())?;
        let elements = self.ssbs.as_ref().and_then(|ssbs| ssbs.in_slot(config.slot()));
        if grant_kind != GrantKind::Sib1 && elements.is_some() {
            context.reserved = elements;
            config = PdschConfig::from_fallback_grant(&context, &grant).map_err(|e| e.to_string())?;
        }
        let ndi = harq.map(|harq| harq.ndi);
        Ok(Pending { config, kind, grant_kind, mcs: assignment.mcs, process, ndi })
    }

    fn decode(&mut self, slot: &RxSlot, pending: &Pending, lesson: &mut Learnt) -> Option<PdschReport> {
        let config = &pending.config;
        let codeword = config.parameters().codewords[0]?;
        if config.symbols().end > slot.whole_symbols {
            // The recording ends inside it: there is nothing to be decoded.
            return None;
        }
        // Broadcast blocks share one buffer: each is taken as new.
        let key = pending.ndi.map_or((Rnti(0), 0), |_| (config.rnti(), pending.process));
        if self.harq.len() >= MAX_HARQ && !self.harq.contains_key(&key) {
            let oldest = self.harq.iter().min_by_key(|(_, harq)| harq.used).map(|(&key, _)| key);
            oldest.and_then(|key| self.harq.remove(&key));
        }
        self.n_decoded += 1;
        let entry = self.harq.entry(key).or_insert_with(|| Harq {
            buffer: HarqBuffer::new(0),
            room: 0,
            used: 0,
            ndi: false,
            tbs: 0,
            rate_x1024: 0.0,
        });
        // Only a device's process says that a block comes again; the others are taken as new.
        if pending.ndi.is_none_or(|ndi| ndi != entry.ndi) || entry.tbs != config.tbs() {
            entry.buffer.reset();
        }
        if config.tbs() > entry.room {
            // As large as the largest block so far: room for the largest there is would be 5 MB a process.
            entry.room = config.tbs();
            entry.buffer = HarqBuffer::new(entry.room);
        }
        entry.used = self.n_decoded;
        entry.ndi = pending.ndi.unwrap_or(false);
        entry.tbs = config.tbs();
        entry.rate_x1024 = codeword.rate_x1024;
        let carrier = *config.carrier();
        let receiver = self.receiver.get_or_insert_with(|| PdschReceiver::new(&carrier, 1, ReceiverOptions::default()));
        let figures = receiver.decode(&slot.grid, config, &mut entry.buffer);
        let block = receiver.transport_block().to_vec();
        let lowest = carrier.start_crb();
        let mut prbs: Vec<u16> = config.prbs().crbs().iter().map(|crb| crb - lowest).collect();
        prbs.sort_unstable();
        let mut report = PdschReport {
            cell: Arc::clone(&slot.cell),
            at: slot.at,
            rnti: config.rnti(),
            kind: pending.kind,
            prbs,
            symbols: config.symbols(),
            mcs: pending.mcs,
            rv: codeword.rv,
            tbs: config.tbs(),
            figures,
            block,
            sib1: None,
            sib1_error: None,
            rar: None,
        };
        if figures.crc_ok && !figures.all_zero {
            self.learn(slot, pending, &mut report, lesson);
        }
        Some(report)
    }

    fn learn(&mut self, slot: &RxSlot, pending: &Pending, report: &mut PdschReport, lesson: &mut Learnt) {
        match pending.grant_kind {
            GrantKind::Sib1 => match Sib1::decode(&report.block) {
                Ok((sib1, bytes)) => {
                    lesson.places = self.learn_sib1(slot, &sib1);
                    report.sib1 = Some(Box::new((sib1, bytes)));
                }
                Err(error) => report.sib1_error = Some(error.to_string()),
            },
            GrantKind::RandomAccess => {
                let rar = Rar::parse(&report.block);
                for (_, response) in rar.responses() {
                    if !self.temporary.contains(&response.tc_rnti) {
                        self.temporary.push(response.tc_rnti);
                    }
                    lesson.rntis.push((response.tc_rnti, RntiKind::Tc));
                }
                report.rar = Some(rar);
            }
            _ => {}
        }
    }

    /// Point A, time allocations and search spaces by SIB1; the places that are new.
    fn learn_sib1(&mut self, slot: &RxSlot, sib1: &Sib1) -> Vec<ControlPlace> {
        let Some(common) = &sib1.serving_cell_config_common else { return Vec::new() };
        let Some(grid) = &mut self.grid else { return Vec::new() };
        let downlink = &common.downlink_config_common;
        if let Some(uplink) = &common.uplink_config_common {
            self.n_rb_ul = Some(uplink.initial_uplink_bwp.generic_parameters.start_and_size().1);
        }
        if let Some(pdsch) = downlink.initial_downlink_bwp.pdsch_config_common.as_ref().and_then(|c| c.setup())
            && let Some(list) = &pdsch.pdsch_time_domain_allocation_list
        {
            let rows = list.iter().map(|row| {
                let mapping =
                    if row.mapping_type == nrflow::rrc::MappingType::A { MappingType::A } else { MappingType::B };
                TimeAllocation::from_sliv(row.k0.unwrap_or(0), mapping, row.start_symbol_and_length)
            });
            // A list with an impossible row would shift the others: none of it is used then.
            grid.time_allocations = rows.collect::<Result<Vec<_>, _>>().ok().map(Into::into);
        }
        if !grid.from_point_a
            && let Some((ssb, coreset0)) = &grid.received
            && let Some(point_a_hz) = ssb.point_a_hz(downlink.frequency_info_dl.offset_to_point_a)
            && let Some(start) = coreset0.start_crb(point_a_hz)
        {
            self.ssbs = slot.cell.ssb.as_ref().and_then(|found| {
                let case = case_of(found.numerology, ssb.frequency_hz());
                let positions = SsbPositions::new(case, found.l_max.get()).ok()?;
                let numerology = grid.carrier.numerology();
                SsbElements::new(sib1, found, positions, ssb.frequency_hz(), point_a_hz, numerology)
            });
            let moved =
                Carrier::new(grid.carrier.numerology(), grid.carrier.cyclic_prefix(), start, grid.carrier.n_prb());
            if let Ok(carrier) = moved
                && let Ok(bwp) = BandwidthPart::new(&carrier, start, grid.bwp.n_prb())
            {
                grid.carrier = carrier;
                grid.bwp = bwp;
                grid.coreset_start_crb = start;
                grid.from_point_a = true;
            }
        }
        self.places_of(slot, sib1)
    }

    /// The common search spaces that SIB1 puts into CORESET#0.
    fn places_of(&self, slot: &RxSlot, sib1: &Sib1) -> Vec<ControlPlace> {
        let (Some(grid), Some(common)) = (&slot.cell.control, &sib1.serving_cell_config_common) else {
            return Vec::new();
        };
        let Some(coreset0) = grid.places.first() else { return Vec::new() };
        let config = &common.downlink_config_common.initial_downlink_bwp.pdcch_config_common;
        let Some(config) = config.as_ref().and_then(|c| c.setup()) else { return Vec::new() };
        let mut places = Vec::new();
        for space in config.common_search_space_list.iter().flatten() {
            let of_coreset0 = space.control_resource_set_id == Some(0);
            let (Some(candidates), true) = (&space.nrof_candidates, of_coreset0) else { continue };
            let counts = candidates.counts().map(|n| n as u8);
            let Ok(search_space) = nrflow::pdcch::SearchSpace::common(counts) else { continue };
            let monitoring = match &space.monitoring_slots {
                Some(slots) => {
                    let (period, offset) = slots.period_and_offset();
                    let duration = u32::from(space.duration.unwrap_or(1));
                    Monitoring::Periodic { period: period.into(), offset: offset.into(), duration }
                }
                None => Monitoring::EverySlot,
            };
            let symbols = space.monitoring_symbols_within_slot.as_ref().map_or(vec![0], |bits| bits.ones().collect());
            for symbol in symbols {
                let (carrier, coreset) = (&grid.carrier, coreset0.config.coreset());
                let config = nrflow::pdcch::PdcchConfig::new(carrier, coreset, symbol, coreset0.config.scrambling());
                if let Ok(config) = config {
                    places.push(ControlPlace { config, search_space, monitoring, layout: coreset0.layout });
                }
            }
        }
        places
    }
}
