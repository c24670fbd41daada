use super::bearers::{MAC_CELL_GROUP_CONFIG, RLC_BEARER_CONFIG};
use super::reconfiguration::{ReconfigurationWithSync, ServingCellConfigCommon};
use super::serving_cell::ServingCellConfig;
use super::shapes::RLF_TIMERS_AND_CONSTANTS;
use crate::rrc::skip::Skipped;
use crate::rrc::uper::{list, list_of, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// What a cell group gives a device: bearers, MAC and physical parameters, its cells; TS 38.331 6.3.2.
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
    /// Parameters of the physical layer for all cells of the group.
    pub extensible struct PhysicalCellGroupConfig [PhysicalCellGroupConfigV1530] {
        harq_ack_spatial_bundling_pucch: bool = "harq-ACK-SpatialBundlingPUCCH", "true";
        harq_ack_spatial_bundling_pusch: bool = "harq-ACK-SpatialBundlingPUSCH", "true";
        /// Highest uplink power, dBm.
        p_nr_fr1: Option<i8> = "p-NR-FR1", range(-30, 33);
        pdsch_harq_ack_codebook: HarqAckCodebook = "pdsch-HARQ-ACK-Codebook";
        tpc_srs_rnti: Option<u16> = "tpc-SRS-RNTI", range(0, 65535);
        tpc_pucch_rnti: Option<u16> = "tpc-PUCCH-RNTI", range(0, 65535);
        tpc_pusch_rnti: Option<u16> = "tpc-PUSCH-RNTI", range(0, 65535);
        sp_csi_rnti: Option<u16> = "sp-CSI-RNTI", range(0, 65535);
        /// CS-RNTI of semi-persistent scheduling and configured grants.
        cs_rnti: Option<SetupRelease<u16>> = "cs-RNTI", range(0, 65535);
    }
}

sequence! {
    /// First addition to PhysicalCellGroupConfig (Release 15.3).
    pub struct PhysicalCellGroupConfigV1530 {
        /// MCS-C-RNTI: a DCI with it uses the MCS table of low spectral efficiency.
        mcs_c_rnti: Option<u16> = "mcs-C-RNTI", range(0, 65535);
        /// Highest uplink power over all cell groups, dBm.
        p_ue_fr1: Option<i8> = "p-UE-FR1", range(-30, 33);
    }
}

enumerated! {
    /// How HARQ-ACK bits are put together: type 1 (semi-static) or type 2 (dynamic) of TS 38.213 9.1.
    pub enum HarqAckCodebook { SemiStatic = "semiStatic", Dynamic = "dynamic" }
}

sequence! {
    /// The special cell of the group: the one that the device has its connection in.
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
