use super::uplink_shapes::{SRS_POS_RESOURCE_R16, SRS_POS_RESOURCE_SET_R16};
use crate::rrc::skip::Skipped;
use crate::rrc::uper::{list, list_of, range};

sequence! {
    /// Sounding reference signals of a device, TS 38.331 6.3.2 and TS 38.214 6.2.1.
    pub extensible struct SrsConfig [SrsConfigV1610] {
        srs_resource_set_to_release_list: Option<Vec<u8>> =
            "srs-ResourceSetToReleaseList", list_of(1, 16, range(0, 15));
        srs_resource_set_to_add_mod_list: Option<Vec<SrsResourceSet>> = "srs-ResourceSetToAddModList", list(1, 16);
        srs_resource_to_release_list: Option<Vec<u8>> = "srs-ResourceToReleaseList", list_of(1, 64, range(0, 63));
        srs_resource_to_add_mod_list: Option<Vec<SrsResource>> = "srs-ResourceToAddModList", list(1, 64);
        tpc_accumulation: bool = "tpc-Accumulation", "disabled";
    }
}

sequence! {
    /// First addition to SRS-Config (Release 16).
    pub struct SrsConfigV1610 {
        srs_request_dci_1_2: Option<u8> = "srs-RequestDCI-1-2-r16", range(1, 2);
        srs_request_dci_0_2: Option<u8> = "srs-RequestDCI-0-2-r16", range(1, 2);
        srs_resource_set_to_add_mod_list_dci_0_2: Option<Vec<SrsResourceSet>> =
            "srs-ResourceSetToAddModListDCI-0-2-r16", list(1, 16);
        srs_resource_set_to_release_list_dci_0_2: Option<Vec<u8>> =
            "srs-ResourceSetToReleaseListDCI-0-2-r16", list_of(1, 16, range(0, 15));
        srs_pos_resource_set_to_release_list: Option<Vec<u8>> =
            "srs-PosResourceSetToReleaseList-r16", list_of(1, 16, range(0, 15));
        srs_pos_resource_set_to_add_mod_list: Option<Vec<Skipped>> =
            "srs-PosResourceSetToAddModList-r16", list_of(1, 16, SRS_POS_RESOURCE_SET_R16);
        srs_pos_resource_to_release_list: Option<Vec<u8>> =
            "srs-PosResourceToReleaseList-r16", list_of(1, 64, range(0, 63));
        srs_pos_resource_to_add_mod_list: Option<Vec<Skipped>> =
            "srs-PosResourceToAddModList-r16", list_of(1, 64, SRS_POS_RESOURCE_R16);
    }
}

impl SrsConfig {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<SrsConfigV1610> {
        self.extension.get(0)
    }
}

sequence! {
    /// SRS of one purpose.
    pub extensible struct SrsResourceSet [] {
        srs_resource_set_id: u8 = "srs-ResourceSetId", range(0, 15);
        srs_resource_id_list: Option<Vec<u8>> = "srs-ResourceIdList", list_of(1, 16, range(0, 63));
        resource_type: SrsSetType = "resourceType";
        usage: SrsUsage = "usage";
        alpha: Option<Alpha> = "alpha";
        /// dBm.
        p0: Option<i16> = "p0", range(-202, 24);
        pathloss_reference_rs: Option<PathlossReference> = "pathlossReferenceRS";
        srs_power_control_adjustment_states: Option<SrsPowerControlStates> = "srs-PowerControlAdjustmentStates";
    }
}

choice! {
    /// When the SRS of the set are sent.
    pub enum SrsSetType {
        Aperiodic(SrsSetAperiodic) = "aperiodic";
        SemiPersistent(SrsSetPeriodic) = "semi-persistent";
        Periodic(SrsSetPeriodic) = "periodic";
    }
}

sequence! {
    /// On request.
    pub extensible struct SrsSetAperiodic [] {
        /// Value of the DCI's SRS request.
        aperiodic_srs_resource_trigger: u8 = "aperiodicSRS-ResourceTrigger", range(1, 3);
        csi_rs: Option<u8> = "csi-RS", range(0, 191);
        /// Slots from the DCI to the SRS; 0 where absent.
        slot_offset: Option<u8> = "slotOffset", range(1, 32);
    }
}

sequence! {
    /// Periodically.
    pub extensible struct SrsSetPeriodic [] {
        associated_csi_rs: Option<u8> = "associatedCSI-RS", range(0, 191);
    }
}

enumerated! {
    /// What the SRS are for.
    pub enum SrsUsage {
        BeamManagement = "beamManagement", Codebook = "codebook", NonCodebook = "nonCodebook",
        AntennaSwitching = "antennaSwitching",
    }
}

enumerated! {
    /// Path loss compensation, tenths.
    pub enum Alpha {
        Alpha0 = "alpha0", Alpha04 = "alpha04", Alpha05 = "alpha05", Alpha06 = "alpha06", Alpha07 = "alpha07",
        Alpha08 = "alpha08", Alpha09 = "alpha09", Alpha1 = "alpha1",
    }
}

choice! {
    /// The signal that tells the path loss.
    pub enum PathlossReference {
        SsbIndex(u8, range(0, 63)) = "ssb-Index";
        CsiRsIndex(u8, range(0, 191)) = "csi-RS-Index";
    }
}

enumerated! {
    /// The power control loop; that of the PUSCH where absent.
    pub enum SrsPowerControlStates { SameAsFci2 = "sameAsFci2", SeparateClosedLoop = "separateClosedLoop" }
}

sequence! {
    /// An SRS, TS 38.211 6.4.1.4.
    pub extensible struct SrsResource [] {
        srs_resource_id: u8 = "srs-ResourceId", range(0, 63);
        nrof_srs_ports: SrsPorts = "nrofSRS-Ports";
        ptrs_port_index: Option<PtrsPortIndex> = "ptrs-PortIndex";
        transmission_comb: TransmissionComb = "transmissionComb";
        resource_mapping: SrsResourceMapping = "resourceMapping";
        /// n_RRC.
        freq_domain_position: u8 = "freqDomainPosition", range(0, 67);
        /// n_shift, resource blocks.
        freq_domain_shift: u16 = "freqDomainShift", range(0, 268);
        freq_hopping: SrsFrequencyHopping = "freqHopping";
        group_or_sequence_hopping: GroupOrSequenceHopping = "groupOrSequenceHopping";
        resource_type: SrsResourceType = "resourceType";
        /// n_ID^SRS.
        sequence_id: u16 = "sequenceId", range(0, 1023);
        spatial_relation_info: Option<SrsSpatialRelationInfo> = "spatialRelationInfo";
    }
}

enumerated! {
    /// Antenna ports.
    pub enum SrsPorts { Port1 = "port1", Ports2 = "ports2", Ports4 = "ports4" }
}

enumerated! {
    /// PT-RS port that goes with the SRS.
    pub enum PtrsPortIndex { N0 = "n0", N1 = "n1" }
}

choice! {
    /// K_TC: every second or every fourth subcarrier.
    pub enum TransmissionComb {
        N2(CombN2) = "n2";
        N4(CombN4) = "n4";
    }
}

sequence! {
    /// Every second subcarrier.
    pub struct CombN2 {
        comb_offset_n2: u8 = "combOffset-n2", range(0, 1);
        cyclic_shift_n2: u8 = "cyclicShift-n2", range(0, 7);
    }
}

sequence! {
    /// Every fourth subcarrier.
    pub struct CombN4 {
        comb_offset_n4: u8 = "combOffset-n4", range(0, 3);
        cyclic_shift_n4: u8 = "cyclicShift-n4", range(0, 11);
    }
}

sequence! {
    /// Symbols of the SRS in its slot.
    pub struct SrsResourceMapping {
        /// l_offset: symbols from the slot's last one backwards.
        start_position: u8 = "startPosition", range(0, 5);
        nrof_symbols: SrsSymbols = "nrofSymbols";
        repetition_factor: SrsSymbols = "repetitionFactor";
    }
}

enumerated! {
    /// Symbols.
    pub enum SrsSymbols { N1 = "n1", N2 = "n2", N4 = "n4" }
}

sequence! {
    /// Bandwidth and hopping, rows of Table 6.4.1.4.3-1 of TS 38.211.
    pub struct SrsFrequencyHopping {
        c_srs: u8 = "c-SRS", range(0, 63);
        b_srs: u8 = "b-SRS", range(0, 3);
        b_hop: u8 = "b-hop", range(0, 3);
    }
}

enumerated! {
    /// Hopping of the sequence.
    pub enum GroupOrSequenceHopping {
        Neither = "neither", GroupHopping = "groupHopping", SequenceHopping = "sequenceHopping",
    }
}

choice! {
    /// When the SRS is sent.
    pub enum SrsResourceType {
        Aperiodic(SrsAperiodic) = "aperiodic";
        SemiPersistent(SrsSemiPersistent) = "semi-persistent";
        Periodic(SrsPeriodic) = "periodic";
    }
}

sequence! {
    /// On request.
    pub extensible struct SrsAperiodic [] {
    }
}

sequence! {
    /// While a MAC control element has it switched on.
    pub extensible struct SrsSemiPersistent [] {
        periodicity_and_offset_sp: SrsPeriodicity = "periodicityAndOffset-sp";
    }
}

choice! {
    /// Period of an SRS; the number is the offset in slots.
    pub enum SrsPeriodicity {
        Sl1 = "sl1";
        Sl2(u8, range(0, 1)) = "sl2";
        Sl4(u8, range(0, 3)) = "sl4";
        Sl5(u8, range(0, 4)) = "sl5";
        Sl8(u8, range(0, 7)) = "sl8";
        Sl10(u8, range(0, 9)) = "sl10";
        Sl16(u8, range(0, 15)) = "sl16";
        Sl20(u8, range(0, 19)) = "sl20";
        Sl32(u8, range(0, 31)) = "sl32";
        Sl40(u8, range(0, 39)) = "sl40";
        Sl64(u8, range(0, 63)) = "sl64";
        Sl80(u8, range(0, 79)) = "sl80";
        Sl160(u8, range(0, 159)) = "sl160";
        Sl320(u16, range(0, 319)) = "sl320";
        Sl640(u16, range(0, 639)) = "sl640";
        Sl1280(u16, range(0, 1279)) = "sl1280";
        Sl2560(u16, range(0, 2559)) = "sl2560";
    }
}

sequence! {
    /// Always.
    pub extensible struct SrsPeriodic [] {
        periodicity_and_offset_p: SrsPeriodicity = "periodicityAndOffset-p";
    }
}

sequence! {
    /// The beam of an SRS.
    pub struct SrsSpatialRelationInfo {
        serving_cell_id: Option<u8> = "servingCellId", range(0, 31);
        reference_signal: SrsSpatialReference = "referenceSignal";
    }
}

choice! {
    /// The signal whose beam the SRS takes.
    pub enum SrsSpatialReference {
        SsbIndex(u8, range(0, 63)) = "ssb-Index";
        CsiRsIndex(u8, range(0, 191)) = "csi-RS-Index";
        Srs(SrsReference) = "srs";
    }
}

sequence! {
    /// An SRS by its identity and bandwidth part.
    pub struct SrsReference {
        resource_id: u8 = "resourceId", range(0, 63);
        uplink_bwp: u8 = "uplinkBWP", range(0, 4);
    }
}
