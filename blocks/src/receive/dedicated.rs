//! DCIs of followed devices and the PDSCHs that they announce.

use super::data::{CellData, Pending};
use super::{DciReport, DeviceDci, PrbReference, RxSlot};
use nrflow::device::Announced;
use nrflow::frame::SlotPoint;
use nrflow::pdcch::dci::{Dci0_1, Dci1_1};
use nrflow::pdcch::{Dci0_0, Dci1_0, RntiKind};
use nrflow::pdsch::{GrantKind, PdschConfig, ReservedElements};

impl CellData {
    /// Reads a DCI of a followed device; the PDSCHs that it announces.
    ///
    /// # Errors
    /// Why they cannot be received.
    pub(super) fn take_dedicated(
        &self,
        slot: &RxSlot,
        own: &DeviceDci,
        report: &mut DciReport,
    ) -> Result<Vec<Pending>, String> {
        let config = &own.device.config;
        let Some(space) = config.search_spaces().get(own.space) else { return Ok(Vec::new()) };
        let dci = report.dci;
        let at = Announced { slot: slot.at, space, first_symbol: own.first_symbol, candidate: dci.candidate };
        let ssbs = |slot: SlotPoint| -> Vec<ReservedElements> {
            let elements = self.knowledge.ssbs.as_ref().and_then(|ssbs| ssbs.in_slot(slot));
            elements.map_or_else(Vec::new, |elements| elements.to_vec())
        };
        let pending = |config: PdschConfig, mcs: u8, process: u8, ndi: bool| Pending {
            config,
            kind: RntiKind::C,
            grant_kind: GrantKind::Device,
            mcs,
            process,
            ndi: Some(ndi),
            window: Some(own.device.window),
            reference: (PrbReference::BandwidthPart, own.device.config.pdsch().bwp.start_crb()),
        };
        let (rnti, formats) = (config.c_rnti(), config.formats());
        if space.formats.format_x_1
            && let Some(layout) = &formats.dci1_1
            && let Some(fields) = Dci1_1::decode(&dci.bits, layout)
        {
            report.format_1_1 = Some(fields);
            let known = [self.first_transmission(rnti, fields.harq_process, fields.ndi), None];
            let configs = config.pdsch_of_1_1(&at, &fields, layout, &known, ssbs).map_err(|e| e.to_string())?;
            // Where one block of two is disabled, the one that is sent says how.
            let [first, _] = fields.transport_blocks(layout);
            let (mcs, ndi) = if first { (fields.mcs, fields.ndi) } else { (fields.mcs_2, fields.ndi_2) };
            let n_antennas = slot.cell.n_antennas;
            if let Some(layers) = configs.iter().map(|c| c.layers().n_layers()).find(|&layers| layers > n_antennas) {
                return Err(format!(
                    "it has {layers} layers, of which {n_antennas} antennas receive no more than {n_antennas}"
                ));
            }
            return Ok(configs.into_iter().map(|config| pending(config, mcs, fields.harq_process, ndi)).collect());
        }
        if space.formats.format_x_1
            && let Some(layout) = &formats.uplink.dci0_1
            && let Some(fields) = Dci0_1::decode(&dci.bits, layout)
        {
            report.format_0_1 = Some(fields);
            return Ok(Vec::new());
        }
        let layout = if space.candidates.is_ue_specific() { formats.ue_specific() } else { formats.common() };
        if let Some(fields) = Dci0_0::decode(&dci.bits, layout) {
            report.format_0_0 = Some(fields);
            return Ok(Vec::new());
        }
        let Some(fields) = Dci1_0::decode(&dci.bits, RntiKind::C, layout) else {
            return Err("its bits are no format of the search space".to_string());
        };
        report.format_1_0 = Some(fields);
        let (Some(assignment), Dci1_0::C { harq, .. }) = (fields.assignment(), &fields) else { return Ok(Vec::new()) };
        let known = self.first_transmission(rnti, harq.harq_process, harq.ndi);
        let config = config.pdsch_of_1_0(&at, &fields, known, ssbs).map_err(|e| e.to_string())?;
        let mut pending = pending(config, assignment.mcs, harq.harq_process, harq.ndi);
        // Blocks of common search spaces count from the CORESET.
        if !space.candidates.is_ue_specific() && space.coreset_id == 0 && slot.cell.ssb.is_some() {
            pending.reference = (PrbReference::Coreset0, space.coreset.first_crb());
        }
        Ok(vec![pending])
    }
}
