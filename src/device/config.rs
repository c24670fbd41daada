use super::bandwidth_part::{downlink, setup, uplink};
use super::control::{ControlLists, DeviceSearchSpace};
use super::downlink_format::layout_1_1;
use super::rate_matching::RateMatching;
use super::shared_channel::{common_time_table, dedicated_context};
use super::uplink_format::layout_0_1;
use crate::ConfigError;
use crate::frame::{Carrier, CellId, Coreset, Rnti};
use crate::pdcch::dci::{AlignedFormats, MonitoredFormats, UplinkFormats};
use crate::pdsch::{DedicatedContext, TimeTable};
use crate::reference_signal::dmrs::TypeAPosition;
use crate::rrc::{CellGroupConfig, MaxCodeWords, NrofHarqProcesses, ServingCellConfigCommonSib};

/// What is known of a cell before a device is connected: by MIB and SIB1.
#[derive(Clone, Copy, Debug)]
pub struct CellContext<'a> {
    /// The grid that is received, counted from Point A; it need not be the whole carrier.
    pub grid: &'a Carrier,
    /// Physical cell identity.
    pub cell_id: CellId,
    /// dmrs-TypeA-Position of the MIB.
    pub type_a_position: TypeAPosition,
    /// CORESET#0, if the cell has one.
    pub coreset0: Option<Coreset>,
    /// servingCellConfigCommon of SIB1.
    pub common: &'a ServingCellConfigCommonSib,
}

/// What a connected device is configured with in a downlink bandwidth part, as the plain values of the channels.
#[derive(Clone, Debug)]
pub struct DeviceConfig {
    pub(super) c_rnti: Rnti,
    pub(super) bwp_id: u8,
    /// Downlink bandwidth parts besides the initial one.
    pub(super) n_bandwidth_parts: u8,
    pub(super) search_spaces: Vec<DeviceSearchSpace>,
    pub(super) formats: AlignedFormats,
    pub(super) n_rb_common: u16,
    pub(super) pdsch: DedicatedContext,
    pub(super) common_time_table: TimeTable,
    pub(super) rate_matching: RateMatching,
    n_codewords: u8,
    n_harq_processes: u8,
}

impl DeviceConfig {
    /// The configuration of the device `c_rnti` in the bandwidth part that it begins with (firstActiveDownlinkBWP-Id,
    /// else the initial one).
    ///
    /// # Errors
    /// As [`DeviceConfig::of_bandwidth_part`].
    pub fn new(cell: &CellContext, group: &CellGroupConfig, c_rnti: Rnti) -> Result<Self, ConfigError> {
        let own = special_cell(group)?;
        let uplink_id = own.uplink_config.as_ref().and_then(|uplink| uplink.first_active_uplink_bwp_id);
        let downlink_id = own.first_active_downlink_bwp_id.unwrap_or(0);
        Self::of_bandwidth_part(cell, group, c_rnti, downlink_id, uplink_id.unwrap_or(0))
    }

    /// The configuration of the device in the bandwidth parts `downlink_id` and `uplink_id`.
    ///
    /// # Errors
    /// If there is no such part, it has another numerology than the grid, or what is configured is impossible (or
    /// formats 0_2 and 1_2, which are not followed).
    pub fn of_bandwidth_part(
        cell: &CellContext,
        group: &CellGroupConfig,
        c_rnti: Rnti,
        downlink_id: u8,
        uplink_id: u8,
    ) -> Result<Self, ConfigError> {
        let own = special_cell(group)?;
        let numerology = cell.grid.numerology();
        let (carrier, part) = downlink(cell.common, own, downlink_id, numerology)?;
        let (uplink, n_rb_initial) = uplink(cell.common, own, uplink_id, numerology)?;
        let lists = ControlLists::new(&part, cell, c_rnti);
        let search_spaces = lists.search_spaces()?;
        let has = |wanted: fn(&DeviceSearchSpace) -> bool| search_spaces.iter().any(wanted);
        if has(|space| space.formats.format_x_2) {
            let rule = "are not followed";
            return Err(ConfigError::new("dci-FormatsExt", "formats 0_2 and 1_2", rule, "TS 38.331 SearchSpace"));
        }
        let n_rb_common = match cell.coreset0 {
            // 24, 48 or 96.
            Some(coreset0) => coreset0.n_rb() as u16,
            None => cell.common.downlink_config_common.initial_downlink_bwp.generic_parameters.start_and_size().1,
        };
        let format_x_1 = search_spaces.iter().find(|space| space.formats.format_x_1);
        // Whether the TCI field is there follows, for all CORESETs of the part, from the one that format 1_1 comes in.
        let tci_present = format_x_1.is_some_and(|space| {
            lists.coresets().any(|c| c.control_resource_set_id == space.coreset_id && c.tci_present_in_dci)
        });
        let (dci1_1, dci0_1) = match format_x_1 {
            Some(_) => {
                (Some(layout_1_1(group, own, &part, &uplink, tci_present)?), Some(layout_0_1(group, own, &uplink)?))
            }
            None => (None, None),
        };
        let pdcch = part.dedicated.and_then(|part| setup(&part.pdcch_config));
        let preemption = pdcch.and_then(|pdcch| setup(&pdcch.downlink_preemption));
        let slot_formats = setup(&own.pdcch_serving_cell_config).and_then(|c| setup(&c.slot_format_indicator));
        let other_sizes =
            [preemption.map(|c| c.dci_payload_size), slot_formats.map(|c| c.dci_payload_size)].into_iter().flatten();
        let monitored = MonitoredFormats {
            n_rb_common,
            n_rb_active: part.bwp.n_prb(),
            fallback_in_common: has(|space| space.formats.fallback && !space.candidates.is_ue_specific()),
            fallback_in_ue_specific: has(|space| space.formats.fallback && space.candidates.is_ue_specific()),
            dci1_1,
            dci1_2: None,
            uplink: UplinkFormats { n_rb_initial, n_rb_active: uplink.bwp.n_prb(), dci0_1, dci0_2: None },
            supplementary_uplink: None,
            other_sizes: other_sizes.map(usize::from).collect(),
        };
        let pdsch = part.dedicated.and_then(|part| setup(&part.pdsch_config));
        let serving = setup(&own.pdsch_serving_cell_config);
        Ok(Self {
            c_rnti,
            bwp_id: downlink_id,
            n_bandwidth_parts: own.downlink_bwp_to_add_mod_list.as_ref().map_or(0, Vec::len) as u8,
            formats: monitored.align()?,
            n_rb_common,
            pdsch: dedicated_context(cell, own, &part)?,
            common_time_table: common_time_table(&part)?,
            rate_matching: RateMatching::new(&carrier, own, &part, &search_spaces)?,
            n_codewords: match pdsch.and_then(|pdsch| pdsch.max_nrof_code_words_scheduled_by_dci) {
                Some(MaxCodeWords::N2) => 2,
                _ => 1,
            },
            n_harq_processes: match serving.and_then(|serving| serving.nrof_harq_processes_for_pdsch) {
                None => 8,
                Some(NrofHarqProcesses::N2) => 2,
                Some(NrofHarqProcesses::N4) => 4,
                Some(NrofHarqProcesses::N6) => 6,
                Some(NrofHarqProcesses::N10) => 10,
                Some(NrofHarqProcesses::N12) => 12,
                Some(NrofHarqProcesses::N16) => 16,
            },
            search_spaces,
        })
    }

    /// The device.
    pub const fn c_rnti(&self) -> Rnti {
        self.c_rnti
    }

    /// bwp-Id of the downlink bandwidth part.
    pub const fn bwp_id(&self) -> u8 {
        self.bwp_id
    }

    /// Where the device looks for DCIs with its C-RNTI.
    pub fn search_spaces(&self) -> &[DeviceSearchSpace] {
        &self.search_spaces
    }

    /// The layouts of its DCIs, sizes aligned.
    pub const fn formats(&self) -> &AlignedFormats {
        &self.formats
    }

    /// Bits of the DCIs that the device looks for in one of its search spaces with its C-RNTI, each size once.
    pub fn sizes(&self, space: &DeviceSearchSpace) -> Vec<usize> {
        let formats = &self.formats;
        let fallback = if space.candidates.is_ue_specific() { formats.ue_specific() } else { formats.common() };
        let mut sizes: Vec<usize> = space.formats.fallback.then(|| fallback.size()).into_iter().collect();
        if space.formats.format_x_1 {
            sizes.extend(formats.uplink.dci0_1.map(|layout| layout.size()));
            sizes.extend(formats.dci1_1.map(|layout| layout.size()));
        }
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// What its PDSCHs have in common.
    pub const fn pdsch(&self) -> &DedicatedContext {
        &self.pdsch
    }

    /// The elements that its PDSCHs go around.
    pub const fn rate_matching(&self) -> &RateMatching {
        &self.rate_matching
    }

    /// maxNrofCodeWordsScheduledByDCI.
    pub const fn n_codewords(&self) -> u8 {
        self.n_codewords
    }

    /// nrofHARQ-ProcessesForPDSCH.
    pub const fn n_harq_processes(&self) -> u8 {
        self.n_harq_processes
    }
}

/// The dedicated part of the special cell.
fn special_cell(group: &CellGroupConfig) -> Result<&crate::rrc::ServingCellConfig, ConfigError> {
    let cell = group.sp_cell_config.as_ref().and_then(|cell| cell.sp_cell_config_dedicated.as_ref());
    let rule = "a device is configured by it";
    cell.ok_or_else(|| ConfigError::new("spCellConfigDedicated", "absent", rule, "TS 38.331 CellGroupConfig"))
}
