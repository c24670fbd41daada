use super::bearers::{MAC_CELL_GROUP_CONFIG, RLC_BEARER_CONFIG};
use super::physical_cell_group::PhysicalCellGroupConfig;
use super::reconfiguration::{ReconfigurationWithSync, ServingCellConfigCommon};
use super::serving_cell::ServingCellConfig;
use super::shapes::RLF_TIMERS_AND_CONSTANTS;
use crate::rrc::skip::Skipped;
use crate::rrc::uper::{list, list_of, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// What a cell group gives a device: bearers, MAC and physical parameters, its cells; TS 38.331 6.3.2.
    #[derive(Default)]
    pub extensible struct CellGroupConfig [] {
        cell_group_id: u8 = "cellGroupId", range(0, 3);
        /// RLC-BearerConfig of each bearer, read over.
        rlc_bearer_to_add_mod_list: Option<Vec<Skipped>> =
            "rlc-BearerToAddModList", list_of(1, 32, RLC_BEARER_CONFIG);
        rlc_bearer_to_release_list: Option<Vec<u8>> = "rlc-BearerToReleaseList", list_of(1, 32, range(1, 32));
        /// Read over.
        mac_cell_group_config: Option<Skipped> = "mac-CellGroupConfig", MAC_CELL_GROUP_CONFIG;
        physical_cell_group_config: Option<PhysicalCellGroupConfig> = "physicalCellGroupConfig";
        sp_cell_config: Option<SpCellConfig> = "spCellConfig";
        scell_to_add_mod_list: Option<Vec<SCellConfig>> = "sCellToAddModList", list(1, 31);
        scell_to_release_list: Option<Vec<u8>> = "sCellToReleaseList", list_of(1, 31, range(1, 31));
    }
}

sequence! {
    /// The special cell of the group: the one that the device has its connection in.
    #[derive(Default)]
    pub extensible struct SpCellConfig [] {
        serv_cell_index: Option<u8> = "servCellIndex", range(0, 31);
        reconfiguration_with_sync: Option<ReconfigurationWithSync> = "reconfigurationWithSync";
        /// Read over.
        rlf_timers_and_constants: Option<SetupRelease<Skipped>> = "rlf-TimersAndConstants", RLF_TIMERS_AND_CONSTANTS;
        rlm_in_sync_out_of_sync_threshold: bool = "rlmInSyncOutOfSyncThreshold", "n1";
        sp_cell_config_dedicated: Option<ServingCellConfig> = "spCellConfigDedicated";
    }
}

sequence! {
    /// A secondary cell.
    pub extensible struct SCellConfig [] {
        scell_index: u8 = "sCellIndex", range(1, 31);
        scell_config_common: Option<ServingCellConfigCommon> = "sCellConfigCommon";
        scell_config_dedicated: Option<ServingCellConfig> = "sCellConfigDedicated";
    }
}
