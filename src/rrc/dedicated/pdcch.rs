use super::pdcch_release16::PdcchConfigV1610;
use crate::rrc::control::{ControlResourceSet, SearchSpace};
use crate::rrc::frequency::SubcarrierSpacing;
use crate::rrc::uper::{list, list_of, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// CORESETs and search spaces of a device, TS 38.331 6.3.2 and TS 38.213 10.1.
    #[derive(Default)]
    pub extensible struct PdcchConfig [PdcchConfigV1610] {
        control_resource_set_to_add_mod_list: Option<Vec<ControlResourceSet>> =
            "controlResourceSetToAddModList", list(1, 3);
        control_resource_set_to_release_list: Option<Vec<u8>> =
            "controlResourceSetToReleaseList", list_of(1, 3, range(0, 11));
        search_spaces_to_add_mod_list: Option<Vec<SearchSpace>> = "searchSpacesToAddModList", list(1, 10);
        search_spaces_to_release_list: Option<Vec<u8>> = "searchSpacesToReleaseList", list_of(1, 10, range(0, 39));
        downlink_preemption: Option<SetupRelease<DownlinkPreemption>> = "downlinkPreemption";
        tpc_pusch: Option<SetupRelease<PuschTpcCommandConfig>> = "tpc-PUSCH";
        tpc_pucch: Option<SetupRelease<PucchTpcCommandConfig>> = "tpc-PUCCH";
        tpc_srs: Option<SetupRelease<SrsTpcCommandConfig>> = "tpc-SRS";
    }
}

impl PdcchConfig {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<PdcchConfigV1610> {
        self.extension.get(0)
    }
}

sequence! {
    /// DCI format 2_1, TS 38.213 11.2.
    pub extensible struct DownlinkPreemption [] {
        int_rnti: u16 = "int-RNTI", range(0, 65535);
        time_frequency_set: TimeFrequencySet = "timeFrequencySet";
        /// Bits of DCI format 2_1.
        dci_payload_size: u8 = "dci-PayloadSize", range(0, 126);
        int_configuration_per_serving_cell: Vec<IntConfigurationPerServingCell> =
            "int-ConfigurationPerServingCell", list(1, 32);
    }
}

enumerated! {
    /// Parts that the 14 bits stand for: 14 in time, or 7 in time by 2 in frequency.
    pub enum TimeFrequencySet { Set0 = "set0", Set1 = "set1" }
}

sequence! {
    /// Where a cell's 14 bits stand in DCI format 2_1.
    pub struct IntConfigurationPerServingCell {
        serving_cell_id: u8 = "servingCellId", range(0, 31);
        /// Bit.
        position_in_dci: u8 = "positionInDCI", range(0, 125);
    }
}

sequence! {
    /// Where the power control command for the PUSCH stands in DCI format 2_2.
    pub extensible struct PuschTpcCommandConfig [] {
        tpc_index: Option<u8> = "tpc-Index", range(1, 15);
        tpc_index_sul: Option<u8> = "tpc-IndexSUL", range(1, 15);
        target_cell: Option<u8> = "targetCell", range(0, 31);
    }
}

sequence! {
    /// Where the power control command for the PUCCH stands in DCI format 2_2.
    pub extensible struct PucchTpcCommandConfig [] {
        tpc_index_pcell: Option<u8> = "tpc-IndexPCell", range(1, 15);
        tpc_index_pucch_scell: Option<u8> = "tpc-IndexPUCCH-SCell", range(1, 15);
    }
}

sequence! {
    /// Where the block for the SRS stands in DCI format 2_3.
    pub extensible struct SrsTpcCommandConfig [] {
        starting_bit_of_format2_3: Option<u8> = "startingBitOfFormat2-3", range(1, 31);
        field_type_format2_3: Option<u8> = "fieldTypeFormat2-3", range(0, 1);
    }
}

sequence! {
    /// PDCCH parameters of all bandwidth parts of a cell.
    pub extensible struct PdcchServingCellConfig [] {
        slot_format_indicator: Option<SetupRelease<SlotFormatIndicator>> = "slotFormatIndicator";
    }
}

sequence! {
    /// DCI format 2_0, TS 38.213 11.1.1.
    pub extensible struct SlotFormatIndicator [] {
        sfi_rnti: u16 = "sfi-RNTI", range(0, 65535);
        /// Bits of DCI format 2_0.
        dci_payload_size: u8 = "dci-PayloadSize", range(1, 128);
        slot_format_comb_to_add_mod_list: Option<Vec<SlotFormatCombinationsPerCell>> =
            "slotFormatCombToAddModList", list(1, 16);
        slot_format_comb_to_release_list: Option<Vec<u8>> =
            "slotFormatCombToReleaseList", list_of(1, 16, range(0, 31));
    }
}

sequence! {
    /// A cell's slot formats and their place in DCI format 2_0.
    pub extensible struct SlotFormatCombinationsPerCell [] {
        serving_cell_id: u8 = "servingCellId", range(0, 31);
        subcarrier_spacing: SubcarrierSpacing = "subcarrierSpacing";
        subcarrier_spacing2: Option<SubcarrierSpacing> = "subcarrierSpacing2";
        slot_format_combinations: Option<Vec<SlotFormatCombination>> = "slotFormatCombinations", list(1, 512);
        /// Bit.
        position_in_dci: Option<u8> = "positionInDCI", range(0, 127);
    }
}

sequence! {
    /// Formats of the slots that follow, rows of Table 11.1.1-1 of TS 38.213.
    pub struct SlotFormatCombination {
        slot_format_combination_id: u16 = "slotFormatCombinationId", range(0, 511);
        slot_formats: Vec<u8> = "slotFormats", list_of(1, 256, range(0, 255));
    }
}
