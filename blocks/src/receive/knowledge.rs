use super::cell::case_of;
use super::ssb_elements::SsbElements;
use super::{ControlGrid, ControlPlace, FollowedDevice, GridWindow, Monitoring, ReceivedCell};
use nrflow::device::{CellContext, DeviceConfig, time_allocations};
use nrflow::frame::{BandwidthPart, Carrier, Coreset, Rnti, SsbPositions};
use nrflow::rrc::{CellGroupConfig, Sib1};
use std::sync::Arc;

/// What a person knows of a cell and its devices that the recording does not hold.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// SIB1 of the first cell.
    pub sib1: Option<Sib1>,
    /// The configuration of devices of the first cell.
    pub dedicated: Option<CellGroupConfig>,
    /// The devices' C-RNTIs.
    pub rntis: Vec<Rnti>,
}

/// What is known of a cell so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Knowledge {
    /// The grid with what SIB1 says about it.
    pub grid: Option<ControlGrid>,
    pub n_rb_ul: Option<u16>,
    /// Where SS/PBCH blocks lie in it, and in the grid of the control channel before SIB1, which begins with CORESET#0.
    pub ssbs: Option<SsbElements>,
    pub control_ssbs: Option<SsbElements>,
    pub sib1: Option<Arc<Sib1>>,
}

impl Knowledge {
    pub fn of(cell: &ReceivedCell) -> Self {
        Self { grid: cell.control.clone(), ..Self::default() }
    }

    /// What `known` says of the cell: the places and devices that are new.
    pub fn learn_known(
        &mut self,
        cell: &ReceivedCell,
        known: &Known,
    ) -> (Vec<ControlPlace>, Vec<Result<Arc<FollowedDevice>, String>>) {
        if cell.index != 0 {
            return (Vec::new(), Vec::new());
        }
        let places = known.sib1.as_ref().map_or_else(Vec::new, |sib1| self.learn_sib1(cell, sib1));
        (places, self.known_devices(cell, known))
    }

    /// The devices that `known` configures; none before SIB1.
    pub fn known_devices(&self, cell: &ReceivedCell, known: &Known) -> Vec<Result<Arc<FollowedDevice>, String>> {
        let (Some(group), Some(_), 0) = (&known.dedicated, &self.sib1, cell.index) else { return Vec::new() };
        known.rntis.iter().map(|&rnti| self.device(cell, group, rnti).map(Arc::new)).collect()
    }

    /// The device `c_rnti` with its configuration.
    ///
    /// # Errors
    /// Why it cannot be followed.
    pub fn device(&self, cell: &ReceivedCell, group: &CellGroupConfig, c_rnti: Rnti) -> Result<FollowedDevice, String> {
        let (Some(grid), Some(sib1)) = (&self.grid, &self.sib1) else {
            return Err("before SIB1 the cell's bandwidth parts are not known".to_string());
        };
        let Some(common) = &sib1.serving_cell_config_common else {
            return Err("SIB1 does not describe the cell".to_string());
        };
        if !grid.from_point_a {
            return Err("the place of Point A is not known".to_string());
        }
        let numerology = grid.carrier.numerology();
        let carriers = &common.downlink_config_common.frequency_info_dl.scs_specific_carrier_list;
        let Some(carrier) = carriers.iter().find(|c| c.subcarrier_spacing.numerology() == Some(numerology)) else {
            return Err("SIB1 names no carrier of the slots' numerology".to_string());
        };
        let start = carrier.offset_to_carrier;
        let Some(window) = GridWindow::new(grid, start..start.saturating_add(carrier.carrier_bandwidth)) else {
            return Err("the carrier lies outside the recorded band".to_string());
        };
        let of_mib = grid.places.first().map(|place| place.config.coreset()).filter(|coreset| coreset.is_zero());
        // At most 96 blocks and 3 symbols.
        let zero = |coreset: &Coreset| {
            let (n_rb, duration) = (coreset.n_rb() as u16, coreset.duration() as u8);
            Coreset::zero(grid.coreset_start_crb, n_rb, duration, cell.cell_id)
        };
        let context = CellContext {
            grid: window.carrier(),
            cell_id: cell.cell_id,
            type_a_position: grid.type_a_position,
            coreset0: of_mib.map(zero).transpose().map_err(|e| e.to_string())?,
            common,
        };
        let config = DeviceConfig::new(&context, group, c_rnti).map_err(|e| e.to_string())?;
        Ok(FollowedDevice { config, window })
    }

    /// Point A, time allocations and search spaces by SIB1; the places that are new.
    pub fn learn_sib1(&mut self, cell: &ReceivedCell, sib1: &Sib1) -> Vec<ControlPlace> {
        let Some(common) = &sib1.serving_cell_config_common else { return Vec::new() };
        let Some(grid) = &mut self.grid else { return Vec::new() };
        let downlink = &common.downlink_config_common;
        if let Some(uplink) = &common.uplink_config_common {
            self.n_rb_ul = Some(uplink.initial_uplink_bwp.generic_parameters.start_and_size().1);
        }
        if let Some(pdsch) = downlink.initial_downlink_bwp.pdsch_config_common.as_ref().and_then(|c| c.setup())
            && let Some(list) = &pdsch.pdsch_time_domain_allocation_list
        {
            // A list with an impossible row would shift the others: none of it is used then.
            grid.time_allocations = time_allocations(list).ok().map(Into::into);
        }
        if !grid.from_point_a
            && let Some((ssb, coreset0)) = &grid.received
            && let Some(point_a_hz) = ssb.point_a_hz(downlink.frequency_info_dl.offset_to_point_a)
            && let Some(start) = coreset0.start_crb(point_a_hz)
        {
            let elements_from = |origin_hz| {
                let found = cell.ssb.as_ref()?;
                let case = case_of(found.numerology, ssb.frequency_hz());
                let positions = SsbPositions::new(case, found.l_max.get()).ok()?;
                SsbElements::new(sib1, found, positions, ssb, origin_hz, grid.carrier.numerology()).ok()?
            };
            self.ssbs = elements_from(point_a_hz);
            self.control_ssbs = elements_from(coreset0.lowest_subcarrier_hz());
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
        self.sib1 = Some(Arc::new(sib1.clone()));
        self.places_of(cell, sib1)
    }

    /// The common search spaces that SIB1 puts into CORESET#0.
    fn places_of(&self, cell: &ReceivedCell, sib1: &Sib1) -> Vec<ControlPlace> {
        let (Some(grid), Some(common)) = (&cell.control, &sib1.serving_cell_config_common) else {
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
