use super::pdsch::AggregationFactor;
use super::pucch_release16::PucchConfigV1610;
use super::uplink_shapes::PUCCH_POWER_CONTROL;
use crate::rrc::skip::Skipped;
use crate::rrc::uper::{list, list_of, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// PUCCH parameters of a device, TS 38.331 6.3.2 and TS 38.213 9.2.
    pub extensible struct PucchConfig [PucchConfigV1610] {
        resource_set_to_add_mod_list: Option<Vec<PucchResourceSet>> = "resourceSetToAddModList", list(1, 4);
        resource_set_to_release_list: Option<Vec<u8>> = "resourceSetToReleaseList", list_of(1, 4, range(0, 3));
        resource_to_add_mod_list: Option<Vec<PucchResource>> = "resourceToAddModList", list(1, 128);
        resource_to_release_list: Option<Vec<u8>> = "resourceToReleaseList", list_of(1, 128, range(0, 127));
        format1: Option<SetupRelease<PucchFormatConfig>> = "format1";
        format2: Option<SetupRelease<PucchFormatConfig>> = "format2";
        format3: Option<SetupRelease<PucchFormatConfig>> = "format3";
        format4: Option<SetupRelease<PucchFormatConfig>> = "format4";
        scheduling_request_resource_to_add_mod_list: Option<Vec<SchedulingRequestResourceConfig>> =
            "schedulingRequestResourceToAddModList", list(1, 8);
        scheduling_request_resource_to_release_list: Option<Vec<u8>> =
            "schedulingRequestResourceToReleaseList", list_of(1, 8, range(1, 8));
        multi_csi_pucch_resource_list: Option<Vec<u8>> = "multi-CSI-PUCCH-ResourceList", list_of(1, 2, range(0, 127));
        /// k_1, slots from the PDSCH to its HARQ-ACK: the values that the DCI chooses from.
        dl_data_to_ul_ack: Option<Vec<u8>> = "dl-DataToUL-ACK", list_of(1, 8, range(0, 15));
        spatial_relation_info_to_add_mod_list: Option<Vec<PucchSpatialRelationInfo>> =
            "spatialRelationInfoToAddModList", list(1, 8);
        spatial_relation_info_to_release_list: Option<Vec<u8>> =
            "spatialRelationInfoToReleaseList", list_of(1, 8, range(1, 8));
        /// Read over.
        pucch_power_control: Option<Skipped> = "pucch-PowerControl", PUCCH_POWER_CONTROL;
    }
}

impl PucchConfig {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<PucchConfigV1610> {
        self.extension.get(0)
    }
}

sequence! {
    /// Resources among which the DCI's PUCCH resource indicator chooses.
    pub struct PucchResourceSet {
        pucch_resource_set_id: u8 = "pucch-ResourceSetId", range(0, 3);
        resource_list: Vec<u8> = "resourceList", list_of(1, 32, range(0, 127));
        /// Bits of control information, at most, less one.
        max_payload_size: Option<u16> = "maxPayloadSize", range(4, 256);
    }
}

sequence! {
    /// Place and format of a PUCCH.
    pub struct PucchResource {
        pucch_resource_id: u8 = "pucch-ResourceId", range(0, 127);
        /// Of the bandwidth part.
        starting_prb: u16 = "startingPRB", range(0, 274);
        intra_slot_frequency_hopping: bool = "intraSlotFrequencyHopping", "enabled";
        /// Of the bandwidth part.
        second_hop_prb: Option<u16> = "secondHopPRB", range(0, 274);
        format: PucchFormat = "format";
    }
}

choice! {
    /// Format and what belongs to it.
    pub enum PucchFormat {
        Format0(PucchFormat0) = "format0";
        Format1(PucchFormat1) = "format1";
        Format2(PucchFormat2) = "format2";
        Format3(PucchFormat3) = "format3";
        Format4(PucchFormat4) = "format4";
    }
}

sequence! {
    /// Format 0.
    pub struct PucchFormat0 {
        initial_cyclic_shift: u8 = "initialCyclicShift", range(0, 11);
        nrof_symbols: u8 = "nrofSymbols", range(1, 2);
        starting_symbol_index: u8 = "startingSymbolIndex", range(0, 13);
    }
}

sequence! {
    /// Format 1.
    pub struct PucchFormat1 {
        initial_cyclic_shift: u8 = "initialCyclicShift", range(0, 11);
        nrof_symbols: u8 = "nrofSymbols", range(4, 14);
        starting_symbol_index: u8 = "startingSymbolIndex", range(0, 10);
        time_domain_occ: u8 = "timeDomainOCC", range(0, 6);
    }
}

sequence! {
    /// Format 2.
    pub struct PucchFormat2 {
        nrof_prbs: u8 = "nrofPRBs", range(1, 16);
        nrof_symbols: u8 = "nrofSymbols", range(1, 2);
        starting_symbol_index: u8 = "startingSymbolIndex", range(0, 13);
    }
}

sequence! {
    /// Format 3.
    pub struct PucchFormat3 {
        nrof_prbs: u8 = "nrofPRBs", range(1, 16);
        nrof_symbols: u8 = "nrofSymbols", range(4, 14);
        starting_symbol_index: u8 = "startingSymbolIndex", range(0, 10);
    }
}

sequence! {
    /// Format 4.
    pub struct PucchFormat4 {
        nrof_symbols: u8 = "nrofSymbols", range(4, 14);
        occ_length: PucchOccLength = "occ-Length";
        occ_index: PucchOccIndex = "occ-Index";
        starting_symbol_index: u8 = "startingSymbolIndex", range(0, 10);
    }
}

enumerated! {
    /// Length of the orthogonal cover code.
    pub enum PucchOccLength { N2 = "n2", N4 = "n4" }
}

enumerated! {
    /// Which orthogonal cover code.
    pub enum PucchOccIndex { N0 = "n0", N1 = "n1", N2 = "n2", N3 = "n3" }
}

sequence! {
    /// What all PUCCHs of a format share.
    pub struct PucchFormatConfig {
        interslot_frequency_hopping: bool = "interslotFrequencyHopping", "enabled";
        additional_dmrs: bool = "additionalDMRS", "true";
        max_code_rate: Option<PucchMaxCodeRate> = "maxCodeRate";
        nrof_slots: Option<AggregationFactor> = "nrofSlots";
        pi2_bpsk: bool = "pi2BPSK", "enabled";
        simultaneous_harq_ack_csi: bool = "simultaneousHARQ-ACK-CSI", "true";
    }
}

enumerated! {
    /// Highest code rate of formats 2 to 4.
    pub enum PucchMaxCodeRate {
        ZeroDot08 = "zeroDot08", ZeroDot15 = "zeroDot15", ZeroDot25 = "zeroDot25", ZeroDot35 = "zeroDot35",
        ZeroDot45 = "zeroDot45", ZeroDot60 = "zeroDot60", ZeroDot80 = "zeroDot80",
    }
}

sequence! {
    /// When and where a device may ask for a grant.
    pub struct SchedulingRequestResourceConfig {
        scheduling_request_resource_id: u8 = "schedulingRequestResourceId", range(1, 8);
        scheduling_request_id: u8 = "schedulingRequestID", range(0, 7);
        periodicity_and_offset: Option<SchedulingRequestPeriodicity> = "periodicityAndOffset";
        resource: Option<u8> = "resource", range(0, 127);
    }
}

choice! {
    /// Period in symbols or slots; the number is the offset in slots.
    pub enum SchedulingRequestPeriodicity {
        Sym2 = "sym2";
        Sym6or7 = "sym6or7";
        Sl1 = "sl1";
        Sl2(u8, range(0, 1)) = "sl2";
        Sl4(u8, range(0, 3)) = "sl4";
        Sl5(u8, range(0, 4)) = "sl5";
        Sl8(u8, range(0, 7)) = "sl8";
        Sl10(u8, range(0, 9)) = "sl10";
        Sl16(u8, range(0, 15)) = "sl16";
        Sl20(u8, range(0, 19)) = "sl20";
        Sl40(u8, range(0, 39)) = "sl40";
        Sl80(u8, range(0, 79)) = "sl80";
        Sl160(u8, range(0, 159)) = "sl160";
        Sl320(u16, range(0, 319)) = "sl320";
        Sl640(u16, range(0, 639)) = "sl640";
    }
}

sequence! {
    /// The beam and power parameters of a PUCCH.
    pub struct PucchSpatialRelationInfo {
        pucch_spatial_relation_info_id: u8 = "pucch-SpatialRelationInfoId", range(1, 8);
        serving_cell_id: Option<u8> = "servingCellId", range(0, 31);
        reference_signal: PucchSpatialReference = "referenceSignal";
        pucch_pathloss_reference_rs_id: u8 = "pucch-PathlossReferenceRS-Id", range(0, 3);
        p0_pucch_id: u8 = "p0-PUCCH-Id", range(1, 8);
        closed_loop_index: ClosedLoopIndex = "closedLoopIndex";
    }
}

choice! {
    /// The signal whose beam the PUCCH takes.
    pub enum PucchSpatialReference {
        SsbIndex(u8, range(0, 63)) = "ssb-Index";
        CsiRsIndex(u8, range(0, 191)) = "csi-RS-Index";
        Srs(PucchSrs) = "srs";
    }
}

sequence! {
    /// An SRS by its identity and bandwidth part; also for the beam of another SRS.
    pub struct PucchSrs {
        resource: u8 = "resource", range(0, 63);
        uplink_bwp: u8 = "uplinkBWP", range(0, 4);
    }
}

enumerated! {
    /// Power control loop.
    pub enum ClosedLoopIndex { I0 = "i0", I1 = "i1" }
}
