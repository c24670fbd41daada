use super::control::LEARNING_DELAY;
use super::knowledge::Knowledge;
use super::{
    CellReport, ControlDci, ControlSlot, DciReport, FollowedDevice, GridWindow, Known, Learnt, PdschReport,
    PrbReference, ReceivedCell, Report, RxSlot, SetupReport,
};
use crate::{SlotReader, SlotWriter};
use futuresdr::runtime::dev::prelude::*;
use nrflow::coding::ldpc::HarqBuffer;
use nrflow::frame::{Carrier, ResourceGrid, Rnti};
use nrflow::mac::{DlSchSubPdus, Lcid, Rar};
use nrflow::pdcch::{Dci0_0, Dci1_0, DciLayout, RntiKind};
use nrflow::pdsch::{
    FallbackContext, FallbackGrant, FirstTransmission, GrantKind, McsTable, PdschConfig, PdschReceiver,
    ReceiverOptions, TimeTable,
};
use nrflow::rrc::{DlCcchMessage, Mib, Sib1};
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
    known: Arc<Known>,
}

/// What the PDSCHs of a cell have taught, and the plans to receive them.
pub(super) struct CellData {
    /// Of the cell's grid and those of devices.
    receivers: Vec<(Carrier, PdschReceiver<i8>)>,
    pub(super) knowledge: Knowledge,
    known: Arc<Known>,
    /// The grid of a device in a slot.
    window: ResourceGrid,
    harq: HashMap<(Rnti, u8), Harq>,
    n_decoded: u64,
    pending: Vec<Pending>,
    temporary: Vec<Rnti>,
    has_sib1: bool,
}

struct Harq {
    buffer: HarqBuffer<i8>,
    /// The largest block that it takes, in bits.
    room: usize,
    /// The number of the PDSCH that it took last.
    used: u64,
    ndi: bool,
    first: FirstTransmission,
}

/// A PDSCH in a slot to come, or in this one.
pub(super) struct Pending {
    pub config: PdschConfig,
    pub kind: RntiKind,
    pub grant_kind: GrantKind,
    pub mcs: u8,
    pub process: u8,
    pub ndi: Option<bool>,
    /// The part of the grid that it lies in, if not in the cell's.
    pub window: Option<GridWindow>,
    /// What its blocks are reported by.
    pub reference: (PrbReference, u16),
}

impl Default for PdschReceive {
    fn default() -> Self {
        Self {
            input: SlotReader::default(),
            learnt: SlotWriter::new(2 * LEARNING_DELAY as usize),
            output: SlotWriter::shared(crate::slot_port::DEFAULT_DEPTH),
            cells: Vec::new(),
            known: Arc::default(),
        }
    }
}

impl PdschReceive {
    /// With what a person knows of the first cell and its devices.
    pub fn with_known(known: Known) -> Self {
        Self { known: Arc::new(known), ..Self::default() }
    }
}

impl Kernel for PdschReceive {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        while let (Some(lesson_space), Some(space)) = (self.learnt.reserve(), self.output.reserve()) {
            let Some(item) = self.input.pop() else { break };
            let data = CellData::of(&mut self.cells, &item.slot.cell, &self.known);
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
    fn of<'a>(cells: &'a mut Vec<Option<Self>>, cell: &ReceivedCell, known: &Arc<Known>) -> &'a mut Self {
        while cells.len() <= cell.index {
            cells.push(None);
        }
        cells[cell.index].get_or_insert_with(|| {
            let mut knowledge = Knowledge::of(cell);
            knowledge.learn_known(cell, known);
            Self {
                receivers: Vec::new(),
                knowledge,
                known: Arc::clone(known),
                window: ResourceGrid::new(0, 0, 0),
                harq: HashMap::new(),
                n_decoded: 0,
                pending: Vec::new(),
                temporary: Vec::new(),
                has_sib1: false,
            }
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
            format_1_1: None,
            format_0_1: None,
            refused: None,
        };
        if let Some(own) = &found.device {
            match self.take_dedicated(slot, own, &mut report) {
                Ok(pending) => self.pending.extend(pending),
                Err(reason) => report.refused = Some(reason),
            }
            return report;
        }
        let (Some(grid), Some(kind)) = (&self.knowledge.grid, dci.kind) else { return report };
        let layout = DciLayout::common(grid.frequency_size, self.knowledge.n_rb_ul).unwrap_or(grid.layout);
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
        let (Some(grid), Some(assignment)) = (&self.knowledge.grid, fields.assignment()) else {
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
        let earlier = harq.and_then(|harq| self.first_transmission(found.dci.rnti, process, harq.ndi));
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
            first_transmission: earlier.map(|first| (first.tbs, first.rate_x1024)),
        };
        let mut config = PdschConfig::from_fallback_grant(&context, &grant).map_err(|e| e.to_string())?;
        let elements = self.knowledge.ssbs.as_ref().and_then(|ssbs| ssbs.in_slot(config.slot()));
        if grant_kind != GrantKind::Sib1 && elements.is_some() {
            context.reserved = elements;
            config = PdschConfig::from_fallback_grant(&context, &grant).map_err(|e| e.to_string())?;
        }
        let ndi = harq.map(|harq| harq.ndi);
        let reference = match slot.cell.ssb {
            Some(_) => (PrbReference::Coreset0, grid.carrier.start_crb()),
            None => (PrbReference::Carrier, grid.carrier.start_crb()),
        };
        Ok(Pending { config, kind, grant_kind, mcs: assignment.mcs, process, ndi, window: None, reference })
    }

    /// What is known of the block that a HARQ process holds, if the new data indicator says that it comes again.
    pub(super) fn first_transmission(&self, rnti: Rnti, process: u8, ndi: bool) -> Option<FirstTransmission> {
        self.harq.get(&(rnti, process)).filter(|harq| harq.ndi == ndi && harq.first.tbs > 0).map(|harq| harq.first)
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
        // The memory of a process that has long been silent serves the next one.
        let mut spare = None;
        if self.harq.len() >= MAX_HARQ && !self.harq.contains_key(&key) {
            let oldest = self.harq.iter().min_by_key(|(_, harq)| harq.used).map(|(&key, _)| key);
            spare = oldest.and_then(|key| self.harq.remove(&key));
        }
        self.n_decoded += 1;
        let first = FirstTransmission { tbs: 0, rate_x1024: 0.0, mcs: 0 };
        let entry = self.harq.entry(key).or_insert_with(|| match spare {
            Some(harq) => Harq { ndi: false, first, ..harq },
            None => Harq { buffer: HarqBuffer::new(0), room: 0, used: 0, ndi: false, first },
        });
        // Only a device's process says that a block comes again; the others are taken as new.
        let retransmission = pending.ndi.is_some_and(|ndi| ndi == entry.ndi) && entry.first.tbs == config.tbs();
        if !retransmission {
            entry.buffer.reset();
            entry.first = FirstTransmission { tbs: config.tbs(), rate_x1024: codeword.rate_x1024, mcs: pending.mcs };
        }
        if config.tbs() > entry.room {
            // As large as the largest block so far: room for the largest there is would be 5 MB a process.
            entry.room = config.tbs();
            entry.buffer = HarqBuffer::new(entry.room);
        }
        entry.used = self.n_decoded;
        entry.ndi = pending.ndi.unwrap_or(false);
        let carrier = *config.carrier();
        let grid = match &pending.window {
            Some(window) if window.cut(slot, &mut self.window) => &self.window,
            // The slot came without the blocks of the device.
            Some(_) => return None,
            None => &slot.grid,
        };
        let at = self.receivers.iter().position(|(of, _)| *of == carrier).unwrap_or_else(|| {
            let n_antennas = slot.cell.n_antennas;
            let options = ReceiverOptions { max_layers: n_antennas.min(8), ..ReceiverOptions::default() };
            self.receivers.push((carrier, PdschReceiver::new(&carrier, n_antennas, options)));
            self.receivers.len() - 1
        });
        let receiver = &mut self.receivers[at].1;
        let figures = receiver.decode(grid, config, &mut entry.buffer);
        let block = receiver.transport_block().to_vec();
        let (prb_reference, lowest) = pending.reference;
        let mut prbs: Vec<u16> = config.prbs().crbs().iter().map(|crb| crb - lowest).collect();
        prbs.sort_unstable();
        let mut report = PdschReport {
            cell: Arc::clone(&slot.cell),
            at: slot.at,
            rnti: config.rnti(),
            kind: pending.kind,
            prbs,
            prb_reference,
            layers: config.layers().n_layers(),
            retransmission,
            symbols: config.symbols(),
            mcs: pending.mcs,
            rv: codeword.rv,
            tbs: config.tbs(),
            figures,
            block,
            sib1: None,
            sib1_error: None,
            rar: None,
            setup: None,
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
                    lesson.places = self.knowledge.learn_sib1(&slot.cell, &sib1);
                    lesson.ssbs.clone_from(&self.knowledge.control_ssbs);
                    if !std::mem::replace(&mut self.has_sib1, true) {
                        let devices = self.knowledge.known_devices(&slot.cell, &self.known);
                        lesson.devices.extend(devices.into_iter().flatten());
                    }
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
            GrantKind::ContentionResolution | GrantKind::Device => self.learn_setup(slot, report, lesson),
            _ => {}
        }
    }

    /// The RRCSetup of a device, which is followed from then on.
    fn learn_setup(&self, slot: &RxSlot, report: &mut PdschReport, lesson: &mut Learnt) {
        let Some(sub_pdu) = DlSchSubPdus::new(&report.block).find(|sub_pdu| sub_pdu.lcid == Lcid::Ccch) else { return };
        let bytes = sub_pdu.payload.to_vec();
        let message = DlCcchMessage::decode(&bytes).map(|(message, _)| message).map_err(|error| error.to_string());
        let device: Option<Result<FollowedDevice, String>> = match &message {
            Ok(DlCcchMessage::Setup(setup)) => Some(self.knowledge.device(&slot.cell, setup.cell_group(), report.rnti)),
            _ => None,
        };
        let not_followed = match device {
            Some(Ok(device)) => {
                lesson.devices.push(Arc::new(device));
                None
            }
            Some(Err(reason)) => Some(reason),
            None => None,
        };
        report.setup = Some(Box::new(SetupReport { message, bytes, not_followed }));
    }
}
