use super::cell::TransmitCell;
use nrflow::ConfigError;
use nrflow::device::{Announced, CellContext, DeviceConfig, DeviceSearchSpace};
use nrflow::frame::{BandwidthPart, Rnti, SlotPoint};
use nrflow::pdcch::dci::{AntennaPorts, Dci1_1, Dci1_1Layout, DmrsConfiguration, FrequencyAssignment};
use nrflow::pdcch::{PdcchCandidate, PdcchConfig, SearchSpace};
use nrflow::pdsch::{PdschConfig, ReservedElements, TimeTable, VrbRun};
use nrflow::reference_signal::dmrs::DmrsLength;
use nrflow::reference_signal::dmrs_port::DmrsPorts;
use nrflow::rrc::{CellGroupConfig, Sib1};

/// A device that has its configuration by RRC: its data come with DCI format 1_1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceTraffic {
    /// Its configuration.
    pub group: CellGroupConfig,
    /// Layers of its PDSCHs, 1..=4; layer i on antenna port i.
    pub layers: usize,
}

/// The DCIs and PDSCHs of such a device.
#[derive(Clone, Debug)]
pub(super) struct DeviceGrants {
    config: DeviceConfig,
    layout: Dci1_1Layout,
    space: DeviceSearchSpace,
    layers: usize,
}

/// What a DCI format 1_1 of one block says besides what is fixed.
pub(super) struct Grant {
    pub vrbs: VrbRun,
    pub interleaved: bool,
    pub mcs: u8,
    pub rv: u8,
    pub ndi: bool,
    pub harq_process: u8,
    pub time_resource: u8,
}

impl DeviceGrants {
    pub fn new(cell: &TransmitCell, c_rnti: Rnti, traffic: &DeviceTraffic) -> Result<Self, ConfigError> {
        let broken = |got: &str, rule: &'static str| ConfigError::new("device", got, rule, "TS 38.331 CellGroupConfig");
        let sib1 = cell.parameters().sib1.as_ref().and_then(|sib1| Sib1::decode(&sib1.message).ok());
        let common = sib1.as_ref().and_then(|(sib1, _)| sib1.serving_cell_config_common.as_ref());
        let common = common.ok_or_else(|| broken("without SIB1", "its bandwidth parts are those of SIB1"))?;
        let context = CellContext {
            grid: cell.carrier(),
            cell_id: cell.cell_id(),
            type_a_position: cell.type_a_position(),
            coreset0: cell.coreset0().copied(),
            common,
        };
        let config = DeviceConfig::new(&context, &traffic.group, c_rnti)?;
        let space = config.search_spaces().iter().find(|space| space.formats.format_x_1).cloned();
        let (Some(space), Some(layout)) = (space, config.formats().dci1_1) else {
            return Err(broken("no search space of format 1_1", "its data come with that format"));
        };
        if !(1..=4.min(cell.n_ports())).contains(&traffic.layers) {
            let rule = format!("must lie in 1..=4 and be at most the cell's {} antenna ports", cell.n_ports());
            return Err(ConfigError::new("layers", traffic.layers, rule, "TS 38.211 Table 7.3.1.3-1"));
        }
        Ok(Self { config, layout, space, layers: traffic.layers })
    }

    pub fn bwp(&self) -> &BandwidthPart {
        &self.config.pdsch().bwp
    }

    pub fn time_table(&self) -> &TimeTable {
        &self.config.pdsch().time_table
    }

    pub fn search_space(&self) -> &SearchSpace {
        &self.space.candidates
    }

    pub fn n_cce(&self) -> usize {
        self.space.coreset.n_cce()
    }

    pub fn coreset_duration(&self) -> usize {
        self.space.coreset.duration()
    }

    /// The CORESET of slot `at`, if the search space is monitored there.
    pub fn pdcch(&self, cell: &TransmitCell, at: SlotPoint) -> Option<PdcchConfig> {
        self.space.places(cell.carrier(), at).next()
    }

    fn fields(&self, grant: &Grant) -> Result<Dci1_1, ConfigError> {
        let pdsch = self.config.pdsch();
        let configured = pdsch.dmrs(pdsch.time_allocation(grant.time_resource)?.mapping_type);
        let dmrs = DmrsConfiguration { dmrs_type: configured.dmrs_type, max_length: configured.max_length };
        let ports = DmrsPorts::first(self.layers)?;
        // The row with these ports that leaves no element beside the DM-RS unused, as far as there is one.
        let groups = ports.as_slice().iter().map(|port| port.cdm_group(dmrs.dmrs_type) + 1).max().unwrap_or(1);
        let value = (groups as u8..=3).find_map(|cdm_groups_without_data| {
            let ports = AntennaPorts { cdm_groups_without_data, ports, front_load: DmrsLength::Single };
            ports.value(dmrs, 1, false).ok()
        });
        let antenna_ports = value.ok_or_else(|| {
            let rule = format!("have no row with {dmrs:?}");
            ConfigError::new("layers", self.layers, rule, "TS 38.212 Tables 7.3.1.2.2-1 to -4")
        })?;
        let riv = grant.vrbs.riv(self.bwp().n_prb())?;
        Ok(Dci1_1 {
            frequency_resource: self.layout.frequency().value(FrequencyAssignment::Riv(riv))?,
            time_resource: grant.time_resource,
            interleaved_vrb_to_prb: grant.interleaved,
            mcs: grant.mcs,
            ndi: grant.ndi,
            rv: grant.rv,
            harq_process: grant.harq_process,
            antenna_ports,
            // The second block of two is switched off.
            mcs_2: if self.layout.widths().mcs_2 > 0 { 26 } else { 0 },
            rv_2: u8::from(self.layout.widths().mcs_2 > 0),
            ..Dci1_1::default()
        })
    }

    pub fn dci(&self, grant: &Grant) -> Result<Vec<u8>, ConfigError> {
        self.fields(grant)?.encode(&self.layout)
    }

    /// The PDSCH of a grant whose DCI comes in slot `at`, around `others`.
    pub fn pdsch(
        &self,
        at: SlotPoint,
        candidate: PdcchCandidate,
        grant: &Grant,
        others: &[ReservedElements],
    ) -> Result<PdschConfig, ConfigError> {
        let announced = Announced { slot: at, space: &self.space, first_symbol: 0, candidate };
        let fields = self.fields(grant)?;
        let configs =
            self.config.pdsch_of_1_1(&announced, &fields, &self.layout, &[None, None], |_| others.to_vec())?;
        let n = configs.len();
        let mut configs = configs.into_iter();
        match (configs.next(), n) {
            (Some(config), 1) => Ok(config),
            _ => {
                let rule = "valid, but a transmitter sends each block in one slot";
                Err(ConfigError::new("pdsch-AggregationFactor", n, rule, "TS 38.214 5.1.2.1"))
            }
        }
    }
}
