use super::config::DeviceConfig;
use super::control::DeviceSearchSpace;
use crate::ConfigError;
use crate::frame::{Coreset, PrecoderGranularity, SlotPoint};
use crate::pdcch::PdcchCandidate;
use crate::pdcch::dci::{AntennaPorts, Dci1_0, Dci1_1, Dci1_1Layout, DmrsConfiguration, FrequencyAssignment};
use crate::pdsch::{
    BlockGrant, DedicatedGrant, FallbackContext, FallbackGrant, FirstTransmission, FrequencyGrant, GrantKind, McsTable,
    PdschConfig, ReservedElements,
};
use std::sync::Arc;

/// Where a DCI came.
#[derive(Clone, Copy, Debug)]
pub struct Announced<'a> {
    /// Its slot.
    pub slot: SlotPoint,
    /// Its search space.
    pub space: &'a DeviceSearchSpace,
    /// The first symbol of the CORESET in the slot.
    pub first_symbol: usize,
    /// Its candidate.
    pub candidate: PdcchCandidate,
}

/// What the HARQ process of a DCI knows of its blocks, if their new data indicators say that they come again.
pub type Retransmissions = [Option<FirstTransmission>; 2];

impl Announced<'_> {
    /// The elements of the DCI and its DM-RS, which its own PDSCH goes around where it overlaps the CORESET.
    #[doc(alias = "TS 38.214 5.1.4.1")]
    fn own_elements(&self) -> ReservedElements {
        let coreset: &Coreset = &self.space.coreset;
        let blocks: Vec<u16> = coreset.crbs().collect();
        let first = usize::from(self.candidate.first_cce);
        let cces = first..(first + self.candidate.level.get()).min(coreset.n_cce());
        let crbs = if coreset.precoder_granularity() == PrecoderGranularity::AllContiguousRbs {
            // DM-RS stand in all blocks of the CORESET: what lies between them is taken as theirs.
            blocks
        } else {
            let bundles = cces.flat_map(|cce| coreset.reg_bundles_of_cce(cce));
            bundles.flat_map(|bundle| coreset.blocks_of_bundle(bundle)).map(|block| blocks[block]).collect()
        };
        let symbols = ((1 << coreset.duration()) - 1) << self.first_symbol;
        ReservedElements { crbs, subcarriers: 0xfff, symbols }
    }
}

impl DeviceConfig {
    /// The PDSCHs that a DCI format 1_1 announces: one, or with slot aggregation as many as come. `others`: elements
    /// besides those of the configuration, in the slot that is given (SS/PBCH blocks).
    ///
    /// # Errors
    /// If the DCI changes the bandwidth part, a field is reserved, or the grant is one that a device must not expect.
    pub fn pdsch_of_1_1(
        &self,
        at: &Announced,
        dci: &Dci1_1,
        layout: &Dci1_1Layout,
        known: &Retransmissions,
        others: impl Fn(SlotPoint) -> Vec<ReservedElements>,
    ) -> Result<Vec<PdschConfig>, ConfigError> {
        self.check_bandwidth_part(dci, layout)?;
        let grant = self.grant_of_1_1(dci, layout, known)?;
        let indicated = self.rate_matching.indicated(dci.rate_matching);
        let time = self.pdsch.time_allocation(dci.time_resource)?;
        (0..self.pdsch.aggregation)
            .map(|repetition| {
                let slot = at.slot.offset(i64::from(time.k0) + i64::from(repetition));
                let mut reserved = self.rate_matching.in_slot(slot, indicated, dci.zp_csi_rs_trigger);
                reserved.extend(others(slot));
                if slot == at.slot {
                    reserved.push(at.own_elements());
                }
                PdschConfig::from_dedicated_grant(&self.pdsch, &grant, at.slot, repetition, shared(reserved))
            })
            .collect()
    }

    /// The PDSCH that a DCI format 1_0 announces, with the C-RNTI (or, in contention resolution, as TC-RNTI).
    ///
    /// # Errors
    /// If it announces none, a field is reserved, or the grant is one that a device must not expect.
    pub fn pdsch_of_1_0(
        &self,
        at: &Announced,
        dci: &Dci1_0,
        known: Option<FirstTransmission>,
        others: impl Fn(SlotPoint) -> Vec<ReservedElements>,
    ) -> Result<PdschConfig, ConfigError> {
        let Some(assignment) = dci.assignment() else {
            let rule = "announces no PDSCH";
            return Err(ConfigError::new("DCI format 1_0", format!("{dci:?}"), rule, "TS 38.212 7.3.1.2.1"));
        };
        let ue_specific = at.space.candidates.is_ue_specific();
        let pdsch = &self.pdsch;
        // In common search spaces of CORESET#0 the device's own table does not hold.
        let in_coreset0 = !ue_specific && at.space.coreset_id == 0;
        let time_table = if in_coreset0 { &self.common_time_table } else { &pdsch.time_table };
        // Its size may be that of the common search spaces, see the size alignment.
        let own_size =
            self.formats.ue_specific().frequency_bits_1_0() == crate::pdcch::frequency_field_bits(pdsch.bwp.n_prb());
        let mut context = FallbackContext {
            carrier: pdsch.carrier,
            bwp: pdsch.bwp,
            cell_id: pdsch.cell_id,
            dci_slot: at.slot,
            frequency_size: if ue_specific && own_size { pdsch.bwp.n_prb() } else { self.n_rb_common },
            coreset_start_crb: at.space.coreset.first_crb(),
            type_a_position: pdsch.type_a_position,
            time_table: time_table.clone(),
            // The table of 256QAM is for format 1_1; that of low spectral efficiency for UE-specific search spaces.
            mcs_table: match pdsch.mcs_table {
                McsTable::Qam64LowSe if ue_specific => McsTable::Qam64LowSe,
                _ => McsTable::Qam64,
            },
            data_scrambling_id: pdsch.data_scrambling_id,
            dmrs_scrambling_id: None,
            overhead_per_prb: pdsch.overhead_per_prb,
            tbs_lbrm: pdsch.tbs_lbrm,
            reserved: None,
        };
        let time =
            context.time_table.row(assignment.time_resource, pdsch.type_a_position, pdsch.carrier.cyclic_prefix())?;
        context.dmrs_scrambling_id = pdsch.dmrs(time.mapping_type).scrambling_ids[0];
        let slot = at.slot.offset(time.k0.into());
        let mut reserved = self.rate_matching.in_slot(slot, [true; 2], 0);
        reserved.extend(others(slot));
        if slot == at.slot {
            reserved.push(at.own_elements());
        }
        context.reserved = shared(reserved);
        let grant = FallbackGrant {
            kind: if matches!(dci, Dci1_0::Tc { .. }) { GrantKind::ContentionResolution } else { GrantKind::Device },
            rnti: self.c_rnti,
            common_search_space: !ue_specific,
            frequency_resource: assignment.frequency_resource.into(),
            time_resource: assignment.time_resource,
            interleaved: assignment.interleaved_vrb_to_prb,
            mcs: assignment.mcs,
            rv: dci.rv(),
            tb_scaling: 0,
            first_transmission: known.map(|known| (known.tbs, known.rate_x1024)),
        };
        PdschConfig::from_fallback_grant(&context, &grant)
    }

    fn check_bandwidth_part(&self, dci: &Dci1_1, layout: &Dci1_1Layout) -> Result<(), ConfigError> {
        if layout.widths().bandwidth_part_indicator == 0 {
            return Ok(());
        }
        // With four configured parts they are numbered from 1 on.
        let id = dci.bandwidth_part_indicator + u8::from(self.n_bandwidth_parts == 4);
        if id != self.bwp_id {
            let rule = format!("changes from bandwidth part {}, which is not followed", self.bwp_id);
            return Err(ConfigError::new("bandwidth part indicator", id, rule, "TS 38.213 12"));
        }
        Ok(())
    }

    fn grant_of_1_1(
        &self,
        dci: &Dci1_1,
        layout: &Dci1_1Layout,
        known: &Retransmissions,
    ) -> Result<DedicatedGrant, ConfigError> {
        let sent = dci.transport_blocks(layout);
        let n_codewords = sent.into_iter().map(u8::from).sum();
        let fields = [(dci.mcs, dci.rv), (dci.mcs_2, dci.rv_2)];
        let block = |i: usize| {
            sent[i].then_some(BlockGrant { mcs: fields[i].0, rv: fields[i].1, first_transmission: known[i] })
        };
        let time = self.pdsch.time_allocation(dci.time_resource)?;
        let configured = self.pdsch.dmrs(time.mapping_type);
        // Of two mapping types the narrower field has zeros before it: the value is the same.
        let dmrs = DmrsConfiguration { dmrs_type: configured.dmrs_type, max_length: configured.max_length };
        let ports = AntennaPorts::lookup(dmrs, n_codewords, dci.antenna_ports, false)?;
        let frequency = match layout.frequency().assignment(dci.frequency_resource) {
            FrequencyAssignment::GroupBitmap(bitmap) => FrequencyGrant::Groups(bitmap),
            FrequencyAssignment::Riv(riv) => FrequencyGrant::Riv(riv),
            FrequencyAssignment::Interlaces { .. } => {
                let (rule, clause) = ("exist in the uplink only", "TS 38.214 5.1.2.2");
                return Err(ConfigError::new("interlaces", dci.frequency_resource, rule, clause));
            }
        };
        Ok(DedicatedGrant {
            rnti: self.c_rnti,
            frequency,
            time_resource: dci.time_resource,
            interleaved: dci.interleaved_vrb_to_prb,
            bundling_indicator: dci.prb_bundling_size,
            blocks: [block(0), block(1)],
            ports: ports.ports,
            cdm_groups_without_data: ports.cdm_groups_without_data,
            front_load: ports.front_load,
            n_scid: dci.dmrs_sequence.into(),
        })
    }
}

/// `None` for no elements.
fn shared(reserved: Vec<ReservedElements>) -> Option<Arc<[ReservedElements]>> {
    (!reserved.is_empty()).then(|| reserved.into())
}
