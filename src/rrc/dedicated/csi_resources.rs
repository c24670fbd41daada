use crate::rrc::uper::{BitString, list_of, range};

sequence! {
    /// Resource elements without signal, which the PDSCH goes around.
    pub extensible struct ZpCsiRsResource [] {
        zp_csi_rs_resource_id: u8 = "zp-CSI-RS-ResourceId", range(0, 31);
        resource_mapping: CsiRsResourceMapping = "resourceMapping";
        periodicity_and_offset: Option<CsiResourcePeriodicity> = "periodicityAndOffset";
    }
}

sequence! {
    /// Resource elements of a CSI-RS, TS 38.211 7.4.1.5.3.
    pub extensible struct CsiRsResourceMapping [] {
        frequency_domain_allocation: CsiRsFrequencyAllocation = "frequencyDomainAllocation";
        nrof_ports: CsiRsPorts = "nrofPorts";
        /// l_0.
        first_ofdm_symbol_in_time_domain: u8 = "firstOFDMSymbolInTimeDomain", range(0, 13);
        /// l_1.
        first_ofdm_symbol_in_time_domain2: Option<u8> = "firstOFDMSymbolInTimeDomain2", range(2, 12);
        cdm_type: CdmType = "cdm-Type";
        density: CsiRsDensity = "density";
        freq_band: CsiFrequencyOccupation = "freqBand";
    }
}

choice! {
    /// Row of Table 7.4.1.5.3-1 of TS 38.211 as far as ports, CDM type and density leave it open, and its k_i; the
    /// rightmost bit is subcarrier 0 (row 1, 2) or the lowest pair or group.
    pub enum CsiRsFrequencyAllocation {
        Row1(BitString<4>) = "row1";
        Row2(BitString<12>) = "row2";
        Row4(BitString<3>) = "row4";
        Other(BitString<6>) = "other";
    }
}

enumerated! {
    /// Antenna ports.
    pub enum CsiRsPorts {
        P1 = "p1", P2 = "p2", P4 = "p4", P8 = "p8", P12 = "p12", P16 = "p16", P24 = "p24", P32 = "p32",
    }
}

enumerated! {
    /// How ports share resource elements.
    pub enum CdmType { NoCdm = "noCDM", FdCdm2 = "fd-CDM2", Cdm4Fd2Td2 = "cdm4-FD2-TD2", Cdm8Fd2Td4 = "cdm8-FD2-TD4" }
}

choice! {
    /// Resource elements of a port in a resource block.
    pub enum CsiRsDensity {
        Dot5(CsiRsOddEven) = "dot5";
        One = "one";
        Three = "three";
        Spare = "spare";
    }
}

enumerated! {
    /// Common resource blocks of a CSI-RS of density 1/2.
    pub enum CsiRsOddEven { EvenPrbs = "evenPRBs", OddPrbs = "oddPRBs" }
}

sequence! {
    /// Resource blocks of a CSI-RS.
    pub extensible struct CsiFrequencyOccupation [] {
        /// First common resource block, a multiple of 4.
        starting_rb: u16 = "startingRB", range(0, 274);
        /// A multiple of 4; the part that lies in the bandwidth part counts.
        nrof_rbs: u16 = "nrofRBs", range(24, 276);
    }
}

choice! {
    /// Period of a CSI-RS; the number is the offset in slots.
    pub enum CsiResourcePeriodicity {
        Slots4(u8, range(0, 3)) = "slots4";
        Slots5(u8, range(0, 4)) = "slots5";
        Slots8(u8, range(0, 7)) = "slots8";
        Slots10(u8, range(0, 9)) = "slots10";
        Slots16(u8, range(0, 15)) = "slots16";
        Slots20(u8, range(0, 19)) = "slots20";
        Slots32(u8, range(0, 31)) = "slots32";
        Slots40(u8, range(0, 39)) = "slots40";
        Slots64(u8, range(0, 63)) = "slots64";
        Slots80(u8, range(0, 79)) = "slots80";
        Slots160(u8, range(0, 159)) = "slots160";
        Slots320(u16, range(0, 319)) = "slots320";
        Slots640(u16, range(0, 639)) = "slots640";
    }
}

sequence! {
    /// Resources of zero power that are switched together.
    pub extensible struct ZpCsiRsResourceSet [] {
        zp_csi_rs_resource_set_id: u8 = "zp-CSI-RS-ResourceSetId", range(0, 15);
        zp_csi_rs_resource_id_list: Vec<u8> = "zp-CSI-RS-ResourceIdList", list_of(1, 16, range(0, 31));
    }
}

sequence! {
    /// A CSI-RS.
    pub extensible struct NzpCsiRsResource [] {
        nzp_csi_rs_resource_id: u8 = "nzp-CSI-RS-ResourceId", range(0, 191);
        resource_mapping: CsiRsResourceMapping = "resourceMapping";
        /// PDSCH power over that of the CSI-RS, dB.
        power_control_offset: i8 = "powerControlOffset", range(-8, 15);
        power_control_offset_ss: Option<PowerControlOffsetSs> = "powerControlOffsetSS";
        /// n_ID of the sequence.
        scrambling_id: u16 = "scramblingID", range(0, 1023);
        periodicity_and_offset: Option<CsiResourcePeriodicity> = "periodicityAndOffset";
        /// Identity of a TCI state.
        qcl_info_periodic_csi_rs: Option<u8> = "qcl-InfoPeriodicCSI-RS", range(0, 127);
    }
}

enumerated! {
    /// CSI-RS power over that of the SSS.
    pub enum PowerControlOffsetSs { DbMinus3 = "db-3", Db0 = "db0", Db3 = "db3", Db6 = "db6" }
}

sequence! {
    /// CSI-RS of one purpose.
    pub extensible struct NzpCsiRsResourceSet [NzpCsiRsResourceSetV1610] {
        nzp_csi_resource_set_id: u8 = "nzp-CSI-ResourceSetId", range(0, 63);
        nzp_csi_rs_resources: Vec<u8> = "nzp-CSI-RS-Resources", list_of(1, 64, range(0, 191));
        repetition: Option<CsiRsRepetition> = "repetition";
        /// Slots from the DCI to the CSI-RS by the table in TS 38.331; 0 where absent.
        aperiodic_triggering_offset: Option<u8> = "aperiodicTriggeringOffset", range(0, 6);
        /// The CSI-RS are a TRS: one antenna port, for tracking.
        trs_info: bool = "trs-Info", "true";
    }
}

sequence! {
    /// First addition to NZP-CSI-RS-ResourceSet (Release 16).
    pub struct NzpCsiRsResourceSetV1610 {
        /// Slots.
        aperiodic_triggering_offset: Option<u8> = "aperiodicTriggeringOffset-r16", range(0, 31);
    }
}

impl NzpCsiRsResourceSet {
    /// The addition of Release 16, if present and readable.
    pub fn v1610(&self) -> Option<NzpCsiRsResourceSetV1610> {
        self.extension.get(0)
    }
}

enumerated! {
    /// Whether all CSI-RS of the set leave by the same beam.
    pub enum CsiRsRepetition { On = "on", Off = "off" }
}

sequence! {
    /// Resource elements in which interference is measured, TS 38.214 5.2.2.4.
    pub extensible struct CsiImResource [] {
        csi_im_resource_id: u8 = "csi-IM-ResourceId", range(0, 31);
        csi_im_resource_element_pattern: Option<CsiImPattern> = "csi-IM-ResourceElementPattern";
        freq_band: Option<CsiFrequencyOccupation> = "freqBand";
        periodicity_and_offset: Option<CsiResourcePeriodicity> = "periodicityAndOffset";
    }
}

choice! {
    /// Two subcarriers by two symbols, or four subcarriers of one symbol.
    pub enum CsiImPattern {
        Pattern0(CsiImPattern0) = "pattern0";
        Pattern1(CsiImPattern1) = "pattern1";
    }
}

sequence! {
    /// Two subcarriers by two symbols.
    pub struct CsiImPattern0 {
        subcarrier_location_p0: CsiImSubcarrier0 = "subcarrierLocation-p0";
        /// First symbol.
        symbol_location_p0: u8 = "symbolLocation-p0", range(0, 12);
    }
}

enumerated! {
    /// Lowest subcarrier.
    pub enum CsiImSubcarrier0 { S0 = "s0", S2 = "s2", S4 = "s4", S6 = "s6", S8 = "s8", S10 = "s10" }
}

sequence! {
    /// Four subcarriers of one symbol.
    pub struct CsiImPattern1 {
        subcarrier_location_p1: CsiImSubcarrier1 = "subcarrierLocation-p1";
        /// Symbol.
        symbol_location_p1: u8 = "symbolLocation-p1", range(0, 13);
    }
}

enumerated! {
    /// Lowest subcarrier.
    pub enum CsiImSubcarrier1 { S0 = "s0", S4 = "s4", S8 = "s8" }
}

sequence! {
    /// CSI-IM resources of one purpose.
    pub extensible struct CsiImResourceSet [] {
        csi_im_resource_set_id: u8 = "csi-IM-ResourceSetId", range(0, 63);
        csi_im_resources: Vec<u8> = "csi-IM-Resources", list_of(1, 8, range(0, 31));
    }
}

sequence! {
    /// SSBs that are measured.
    pub extensible struct CsiSsbResourceSet [] {
        csi_ssb_resource_set_id: u8 = "csi-SSB-ResourceSetId", range(0, 63);
        csi_ssb_resource_list: Vec<u8> = "csi-SSB-ResourceList", list_of(1, 64, range(0, 63));
    }
}
