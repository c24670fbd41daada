use crate::rrc::uper::{Boolean, list, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// PUSCH parameters of all bandwidth parts of a cell.
    pub extensible struct PuschServingCellConfig [PuschServingCellConfigV1530, PuschServingCellConfigV1610] {
        code_block_group_transmission: Option<SetupRelease<PuschCodeBlockGroupTransmission>> =
            "codeBlockGroupTransmission";
        /// Limited-buffer rate matching; the full buffer where absent.
        rate_matching: bool = "rateMatching", "limitedBufferRM";
        x_overhead: Option<PuschOverhead> = "xOverhead";
    }
}

sequence! {
    /// First addition to PUSCH-ServingCellConfig (Release 15.3).
    pub struct PuschServingCellConfigV1530 {
        /// Layers of a PUSCH, at most.
        max_mimo_layers: Option<u8> = "maxMIMO-Layers", range(1, 4);
        processing_type2_enabled: Option<Boolean> = "processingType2Enabled";
    }
}

sequence! {
    /// Second addition to PUSCH-ServingCellConfig (Release 16).
    pub struct PuschServingCellConfigV1610 {
        max_mimo_layers_dci_0_2: Option<SetupRelease<u8>> = "maxMIMO-LayersDCI-0-2-r16", range(1, 4);
    }
}

impl PuschServingCellConfig {
    /// The addition of Release 15.3, if present and readable.
    pub fn v1530(&self) -> Option<PuschServingCellConfigV1530> {
        self.extension.get(0)
    }

    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<PuschServingCellConfigV1610> {
        self.extension.get(1)
    }
}

sequence! {
    /// Retransmission by code block groups on the PUSCH, TS 38.214 6.1.5.
    pub extensible struct PuschCodeBlockGroupTransmission [] {
        max_code_block_groups_per_transport_block: CodeBlockGroups = "maxCodeBlockGroupsPerTransportBlock";
    }
}

enumerated! {
    /// N_oh of TS 38.214 6.1.4.2: resource elements of a resource block; 0 where absent.
    pub enum PuschOverhead { Xoh6 = "xoh6", Xoh12 = "xoh12", Xoh18 = "xoh18" }
}

sequence! {
    /// PDSCH parameters of all bandwidth parts of a cell.
    #[derive(Default)]
    pub extensible struct PdschServingCellConfig [PdschServingCellConfigV1530, PdschServingCellConfigV1610] {
        code_block_group_transmission: Option<SetupRelease<PdschCodeBlockGroupTransmission>> =
            "codeBlockGroupTransmission";
        x_overhead: Option<PdschOverhead> = "xOverhead";
        nrof_harq_processes_for_pdsch: Option<NrofHarqProcesses> = "nrofHARQ-ProcessesForPDSCH";
        pucch_cell: Option<u8> = "pucch-Cell", range(0, 31);
    }
}

sequence! {
    /// First addition to PDSCH-ServingCellConfig (Release 15.3).
    #[derive(Default)]
    pub struct PdschServingCellConfigV1530 {
        /// Layers of a PDSCH, at most.
        max_mimo_layers: Option<u8> = "maxMIMO-Layers", range(1, 8);
        processing_type2_enabled: Option<Boolean> = "processingType2Enabled";
    }
}

sequence! {
    /// Second addition to PDSCH-ServingCellConfig (Release 16).
    pub struct PdschServingCellConfigV1610 {
        pdsch_code_block_group_transmission_list: Option<SetupRelease<Vec<PdschCodeBlockGroupTransmission>>> =
            "pdsch-CodeBlockGroupTransmissionList-r16", list(1, 2);
    }
}

impl PdschServingCellConfig {
    /// The addition of Release 15.3, if present and readable.
    pub fn v1530(&self) -> Option<PdschServingCellConfigV1530> {
        self.extension.get(0)
    }

    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<PdschServingCellConfigV1610> {
        self.extension.get(1)
    }
}

sequence! {
    /// Retransmission by code block groups on the PDSCH, TS 38.214 5.1.7.
    pub extensible struct PdschCodeBlockGroupTransmission [] {
        max_code_block_groups_per_transport_block: CodeBlockGroups = "maxCodeBlockGroupsPerTransportBlock";
        /// Whether DCI format 1_1 has the flush field CBGFI.
        code_block_group_flush_indicator: Boolean = "codeBlockGroupFlushIndicator";
    }
}

enumerated! {
    /// Code block groups of a transport block, at most.
    pub enum CodeBlockGroups { N2 = "n2", N4 = "n4", N6 = "n6", N8 = "n8" }
}

enumerated! {
    /// N_oh of TS 38.214 5.1.3.2: resource elements of a resource block; 0 where absent.
    pub enum PdschOverhead { XOh6 = "xOh6", XOh12 = "xOh12", XOh18 = "xOh18" }
}

enumerated! {
    /// HARQ processes; 8 where absent.
    pub enum NrofHarqProcesses { N2 = "n2", N4 = "n4", N6 = "n6", N10 = "n10", N12 = "n12", N16 = "n16" }
}

sequence! {
    /// Which cell the PDCCH for this one comes in.
    pub extensible struct CrossCarrierSchedulingConfig [CrossCarrierSchedulingConfigV1610] {
        scheduling_cell_info: SchedulingCellInfo = "schedulingCellInfo";
    }
}

sequence! {
    /// First addition to CrossCarrierSchedulingConfig (Release 16).
    pub struct CrossCarrierSchedulingConfigV1610 {
        carrier_indicator_size: Option<CarrierIndicatorSize> = "carrierIndicatorSize-r16";
        enable_default_beam_for_ccs: bool = "enableDefaultBeamForCCS-r16", "enabled";
    }
}

impl CrossCarrierSchedulingConfig {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<CrossCarrierSchedulingConfigV1610> {
        self.extension.get(0)
    }
}

choice! {
    /// This cell itself, or another one.
    pub enum SchedulingCellInfo {
        Own(OwnScheduling) = "own";
        Other(OtherScheduling) = "other";
    }
}

sequence! {
    /// The cell schedules itself, and perhaps others.
    pub struct OwnScheduling {
        /// Whether the DCIs have a carrier indicator.
        cif_presence: Boolean = "cif-Presence";
    }
}

sequence! {
    /// Another cell schedules this one.
    pub struct OtherScheduling {
        scheduling_cell_id: u8 = "schedulingCellId", range(0, 31);
        /// This cell's value of the carrier indicator.
        cif_in_scheduling_cell: u8 = "cif-InSchedulingCell", range(1, 7);
    }
}

sequence! {
    /// Bits of the carrier indicator in DCI formats 1_2 and 0_2.
    pub struct CarrierIndicatorSize {
        carrier_indicator_size_dci_1_2: u8 = "carrierIndicatorSizeDCI-1-2-r16", range(0, 3);
        carrier_indicator_size_dci_0_2: u8 = "carrierIndicatorSizeDCI-0-2-r16", range(0, 3);
    }
}
