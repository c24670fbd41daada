use super::follow::DeviceWatch;
use super::knowledge::Knowledge;
use super::{ControlDci, ControlPlace, ControlSlot, FollowedDevice, Known, Learnt, ReceivedCell, RxSlot, SsbElements};
use crate::{SlotReader, SlotWriter};
use futuresdr::runtime::dev::prelude::*;
use nrflow::frame::Rnti;
use nrflow::mac::RaRntiSpace;
use nrflow::pdcch::{DecodedDci, PdcchCandidate, PdcchReceiver, PdcchSearch, RntiKind, RntiSet};
use std::collections::VecDeque;
use std::sync::Arc;

/// What a PDSCH taught is known so many slots later: enough that the blocks work side by side, less than any answer
/// of a cell takes.
pub(super) const LEARNING_DELAY: u64 = 6;

/// The block that looks for DCIs in every slot: ports `slots`, `learnt`, `output`.
#[derive(Block)]
pub struct PdcchReceive {
    #[input]
    slots: SlotReader<Arc<RxSlot>>,
    #[input]
    learnt: SlotReader<Learnt>,
    #[output]
    output: SlotWriter<ControlSlot>,
    given: Vec<(Rnti, RntiKind)>,
    known: Known,
    cells: Vec<Option<CellControl>>,
    /// Slots sent, and lessons taken to heart.
    sent: u64,
    applied: u64,
    lessons: VecDeque<Learnt>,
}

/// A cell's places, and the identifiers looked for.
struct CellControl {
    watches: Vec<Watch>,
    rntis: RntiSet,
    ssbs: Option<SsbElements>,
    devices: Vec<DeviceWatch>,
    n_antennas: usize,
    /// Of one place in one slot.
    candidates: Vec<PdcchCandidate>,
    decoded: Vec<DecodedDci>,
}

/// The places that one receiver serves: they share CORESET, symbol, scrambling and the size of their DCIs, and often
/// candidates.
struct Watch {
    receiver: PdcchReceiver,
    places: Vec<ControlPlace>,
    /// Whether a place is none of the first, those of SIB1: then candidates that overlap with SS/PBCH blocks are dropped.
    learnt: Vec<bool>,
    /// Of all of them in one slot, and those of common search spaces.
    candidates: Vec<PdcchCandidate>,
    common: Vec<PdcchCandidate>,
}

impl PdcchReceive {
    /// Looks for SI-, P- and every possible RA-RNTI, for those `given`, and for those learnt.
    pub fn new(given: &[(Rnti, RntiKind)]) -> Self {
        Self::with_known(given, Known::default())
    }

    /// The same with what a person knows of the first cell and its devices.
    pub fn with_known(given: &[(Rnti, RntiKind)], known: Known) -> Self {
        Self {
            slots: SlotReader::default(),
            learnt: SlotReader::default(),
            output: SlotWriter::default(),
            given: given.to_vec(),
            known,
            cells: Vec::new(),
            sent: 0,
            applied: 0,
            lessons: VecDeque::new(),
        }
    }

    fn apply(&mut self, lesson: &Learnt) {
        if let Some(Some(control)) = self.cells.get_mut(lesson.cell) {
            control.rntis.extend(lesson.rntis.iter().copied());
            for place in &lesson.places {
                control.add(place, true);
            }
            control.ssbs = lesson.ssbs.clone().or(control.ssbs.take());
            for device in &lesson.devices {
                control.follow(device);
            }
        }
    }
}

impl CellControl {
    fn of<'a>(
        cells: &'a mut Vec<Option<Self>>,
        cell: &ReceivedCell,
        given: &[(Rnti, RntiKind)],
        known: &Known,
    ) -> &'a mut Self {
        while cells.len() <= cell.index {
            cells.push(None);
        }
        cells[cell.index].get_or_insert_with(|| Self::new(cell, given, known))
    }

    fn new(cell: &ReceivedCell, given: &[(Rnti, RntiKind)], known: &Known) -> Self {
        let mut rntis = RntiSet::broadcast();
        rntis.extend(given.iter().copied());
        let (watches, devices) = (Vec::new(), Vec::new());
        let mut control = Self {
            watches,
            rntis,
            ssbs: None,
            devices,
            n_antennas: cell.n_antennas,
            candidates: Vec::new(),
            decoded: Vec::new(),
        };
        if let Some(grid) = &cell.control {
            let preambles = RaRntiSpace::any(grid.carrier.numerology(), 1);
            control.rntis.extend(preambles.iter().map(|rnti| (rnti, RntiKind::Ra)));
            for place in &grid.places {
                control.add(place, false);
            }
        }
        let mut knowledge = Knowledge::of(cell);
        let (places, devices) = knowledge.learn_known(cell, known);
        places.iter().for_each(|place| control.add(place, true));
        control.ssbs = knowledge.control_ssbs;
        devices.iter().flatten().for_each(|device| control.follow(device));
        control
    }

    fn follow(&mut self, device: &Arc<FollowedDevice>) {
        self.devices.retain(|watch| !watch.is_of(device));
        self.devices.push(DeviceWatch::new(Arc::clone(device)));
    }

    fn add(&mut self, place: &ControlPlace, learnt: bool) {
        let serves = |watch: &&mut Watch| {
            *watch.receiver.config() == place.config && watch.places[0].layout.size() == place.layout.size()
        };
        if let Some(watch) = self.watches.iter_mut().find(serves) {
            if !watch.places.contains(place) {
                watch.places.push(place.clone());
                watch.learnt.push(learnt);
            }
        } else if let Ok(receiver) = PdcchReceiver::new(&place.config, self.n_antennas) {
            let (places, learnt) = (vec![place.clone()], vec![learnt]);
            self.watches.push(Watch { receiver, places, learnt, candidates: Vec::new(), common: Vec::new() });
        }
    }

    fn search(&mut self, slot: &RxSlot) -> Vec<ControlDci> {
        let mut found: Vec<ControlDci> = Vec::new();
        // What a followed device finds is read by its configuration, so it comes first.
        self.devices.iter_mut().for_each(|watch| watch.search(slot, &mut found));
        for Watch { receiver, places, learnt, candidates, common } in &mut self.watches {
            candidates.clear();
            common.clear();
            for (place, learnt) in places.iter().zip(learnt).filter(|(place, _)| place.monitoring.includes(slot.at)) {
                let n_cce = place.config.coreset().n_cce();
                place.search_space.candidates_into(n_cce, slot.at.slot(), &mut self.candidates);
                if let Some(ssbs) = self.ssbs.as_ref().filter(|_| *learnt) {
                    ssbs.drop_candidates(slot.at, &place.config, &mut self.candidates);
                }
                candidates.extend_from_slice(&self.candidates);
                if !place.search_space.is_ue_specific() {
                    common.extend_from_slice(&self.candidates);
                }
            }
            if candidates.is_empty() {
                continue;
            }
            let search = PdcchSearch {
                slot_in_frame: slot.at.slot(),
                candidates,
                dci_sizes: &[places[0].layout.size()],
                rntis: &self.rntis,
                unknown_rntis: false,
            };
            receiver.search_into(&slot.grid, &search, &mut self.decoded);
            for &dci in &self.decoded {
                // CORESETs overlap: the same DCI may be seen through several.
                if found.iter().all(|known| (known.dci.bits, known.dci.rnti) != (dci.bits, dci.rnti)) {
                    let common = common.contains(&dci.candidate);
                    found.push(ControlDci { dci, common, device: None });
                }
            }
        }
        found
    }
}

impl Kernel for PdcchReceive {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        // Always emptied, so that the teacher never waits for room.
        while let Some(lesson) = self.learnt.pop() {
            self.lessons.push_back(lesson);
        }
        while self.sent >= LEARNING_DELAY && self.applied + LEARNING_DELAY <= self.sent {
            let Some(lesson) = self.lessons.pop_front() else {
                // The slot must wait for its lesson, unless nobody teaches any more.
                if self.learnt.drained() {
                    break;
                }
                return Ok(());
            };
            self.apply(&lesson);
            self.applied += 1;
        }
        if let Some(space) = self.output.reserve()
            && let Some(slot) = self.slots.pop()
        {
            let dcis = CellControl::of(&mut self.cells, &slot.cell, &self.given, &self.known).search(&slot);
            space.send(ControlSlot { slot, dcis });
            self.sent += 1;
            io.call_again = true;
        }
        if self.slots.drained() {
            io.finished = true;
        }
        Ok(())
    }
}
