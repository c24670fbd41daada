use crate::rrc::uper::{Boolean, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// PUSCH parameters of all bandwidth parts of a cell.
    pub extensible struct PuschServingCellConfig [PuschServingCellConfigV1530] {
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
        max_mimo_layers: Option<u8> = "maxMIMO-Layers", range(1, 4);
        processing_type2_enabled: Option<Boolean> = "processingType2Enabled";
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
    pub extensible struct PdschServingCellConfig [PdschServingCellConfigV1530] {
        code_block_group_transmission: Option<SetupRelease<PdschCodeBlockGroupTransmission>> =
            "codeBlockGroupTransmission";
        x_overhead: Option<PdschOverhead> = "xOverhead";
        nrof_harq_processes_for_pdsch: Option<NrofHarqProcesses> = "nrofHARQ-ProcessesForPDSCH";
        pucch_cell: Option<u8> = "pucch-Cell", range(0, 31);
    }
}

sequence! {
    /// First addition to PDSCH-ServingCellConfig (Release 15.3).
    pub struct PdschServingCellConfigV1530 {
        max_mimo_layers: Option<u8> = "maxMIMO-Layers", range(1, 8);
        processing_type2_enabled: Option<Boolean> = "processingType2Enabled";
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
    pub extensible struct CrossCarrierSchedulingConfig [] {
        scheduling_cell_info: SchedulingCellInfo = "schedulingCellInfo";
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
