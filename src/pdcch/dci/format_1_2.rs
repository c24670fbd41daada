use super::parameters::{
    DmrsConfigurations, FrequencyField, antenna_port_bits, at_most, bandwidth_part_bits, list_bits, log2_bits,
    srs_request_bits,
};
use super::scheduling::scheduling_format;
use crate::ConfigError;

const CLAUSE: &str = "TS 38.212 7.3.1.2.3";

scheduling_format! {
    /// DCI format 1_2 (Release 16): a PDSCH of one device, every field as wide as configured. Fields that the
    /// configuration does not have are 0 and are not sent.
    #[doc(alias = "TS 38.212 7.3.1.2.3")]
    pub struct Dci1_2, Dci1_2Widths, Dci1_2Layout [1, "TS 38.212 7.3.1.2.3"] {
        /// Carrier indicator: the serving cell of the PDSCH.
        carrier_indicator: u8 = "carrier indicator",
        /// Bandwidth part indicator.
        bandwidth_part_indicator: u8 = "bandwidth part indicator",
        /// Frequency domain resource assignment, see [`FrequencyField::assignment`].
        frequency_resource: u32 = "frequency domain resource assignment",
        /// Time domain resource assignment: row - 1 of the table.
        time_resource: u8 = "time domain resource assignment",
        /// VRB-to-PRB mapping: interleaved.
        interleaved_vrb_to_prb: bool = "VRB-to-PRB mapping",
        /// PRB bundling size indicator.
        prb_bundling_size: bool = "PRB bundling size indicator",
        /// Rate matching indicator: the first of its bits for rateMatchPatternGroup1DCI-1-2, if that is configured.
        rate_matching: u8 = "rate matching indicator",
        /// ZP CSI-RS trigger: 0 for none, else the aperiodic set.
        zp_csi_rs_trigger: u8 = "ZP CSI-RS trigger",
        /// Modulation and coding scheme, 0..=31.
        mcs: u8 = "modulation and coding scheme",
        /// New data indicator.
        ndi: bool = "new data indicator",
        /// Redundancy version field, see [`redundancy_version`].
        rv: u8 = "redundancy version",
        /// HARQ process number.
        harq_process: u8 = "HARQ process number",
        /// Downlink assignment index: the counter first, then the total.
        dai: u8 = "downlink assignment index",
        /// TPC command for scheduled PUCCH, 0..=3.
        tpc: u8 = "TPC command",
        /// PUCCH resource indicator.
        pucch_resource: u8 = "PUCCH resource indicator",
        /// PDSCH-to-HARQ_feedback timing indicator: index into dl-DataToUL-ACK-DCI-1-2.
        pdsch_to_harq: u8 = "PDSCH-to-HARQ_feedback timing indicator",
        /// Antenna ports, see [`AntennaPorts`](super::AntennaPorts).
        antenna_ports: u8 = "antenna ports",
        /// Transmission configuration indication.
        tci: u8 = "transmission configuration indication",
        /// SRS request; with a supplementary uplink its first bit chooses that.
        srs_request: u8 = "SRS request",
        /// DM-RS sequence initialization: n_SCID.
        dmrs_sequence: bool = "DMRS sequence initialization",
        /// Priority indicator: the HARQ-ACK has the higher priority.
        priority: bool = "priority indicator",
    }
}

/// What RRC configures of format 1_2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dci1_2Parameters {
    /// carrierIndicatorSizeDCI-1-2, 0..=3 bits.
    pub carrier_indicator_bits: u8,
    /// Downlink bandwidth parts besides the initial one, 0..=4.
    pub n_bandwidth_parts: u8,
    /// resourceAllocationDCI-1-2 in the active bandwidth part; not interlaces.
    pub frequency: FrequencyField,
    /// Rows of the time domain allocation list, 1..=16 (16 where the default table holds).
    pub n_time_rows: u8,
    /// vrb-ToPRB-InterleaverDCI-1-2 is configured.
    pub vrb_to_prb_interleaver: bool,
    /// prb-BundlingTypeDCI-1-2 is dynamicBundling.
    pub dynamic_prb_bundling: bool,
    /// rateMatchPatternGroup1DCI-1-2 and -Group2DCI-1-2 are configured.
    pub rate_match_groups: [bool; 2],
    /// Aperiodic ZP CSI-RS resource sets of the format, 0..=3.
    pub n_zp_csi_rs_sets: u8,
    /// numberOfBitsForRV-DCI-1-2, 0..=2.
    pub rv_bits: u8,
    /// harq-ProcessNumberSizeDCI-1-2, 0..=4 bits.
    pub harq_process_bits: u8,
    /// downlinkAssignmentIndexDCI-1-2: none, or 1, 2 or 4 bits.
    pub dai_bits: u8,
    /// numberOfBitsForPUCCH-ResourceIndicatorDCI-1-2, 0..=3.
    pub pucch_resource_bits: u8,
    /// Entries of dl-DataToUL-ACK-DCI-1-2, 1..=8.
    pub n_harq_timings: u8,
    /// antennaPortsFieldPresenceDCI-1-2 is configured.
    pub antenna_ports: bool,
    /// dmrs-DownlinkForPDSCH-MappingTypeA-DCI-1-2 and -B-.
    pub dmrs: DmrsConfigurations,
    /// tci-PresentDCI-1-2, 0..=3 bits.
    pub tci_bits: u8,
    /// srs-RequestDCI-1-2, 0..=2 bits.
    pub srs_request_bits: u8,
    /// supplementaryUplink is configured.
    pub supplementary_uplink: bool,
    /// dmrs-SequenceInitializationDCI-1-2 is configured.
    pub dmrs_sequence: bool,
    /// priorityIndicatorDCI-1-2 is configured.
    pub priority_indicator: bool,
}

impl Dci1_2Parameters {
    /// One bandwidth part, and no field that can be left out.
    pub fn new(frequency: FrequencyField) -> Self {
        Self {
            carrier_indicator_bits: 0,
            n_bandwidth_parts: 0,
            frequency,
            n_time_rows: 1,
            vrb_to_prb_interleaver: false,
            dynamic_prb_bundling: false,
            rate_match_groups: [false; 2],
            n_zp_csi_rs_sets: 0,
            rv_bits: 0,
            harq_process_bits: 0,
            dai_bits: 0,
            pucch_resource_bits: 0,
            n_harq_timings: 1,
            antenna_ports: false,
            dmrs: DmrsConfigurations::default(),
            tci_bits: 0,
            srs_request_bits: 0,
            supplementary_uplink: false,
            dmrs_sequence: false,
            priority_indicator: false,
        }
    }
}

impl Dci1_2Layout {
    /// The layout before size alignment.
    ///
    /// # Errors
    /// If a value lies outside its range.
    pub fn new(p: &Dci1_2Parameters) -> Result<Self, ConfigError> {
        if matches!(p.frequency, FrequencyField::Interlaces { .. }) {
            return Err(ConfigError::new("resource allocation", "type 2", "exists in the uplink only", CLAUSE));
        }
        if !matches!(p.dai_bits, 0 | 1 | 2 | 4) {
            let parameter = "downlinkAssignmentIndexDCI-1-2";
            return Err(ConfigError::new(parameter, p.dai_bits, "must be absent or 1, 2 or 4 bits", CLAUSE));
        }
        let zp_csi_rs_sets = at_most("aperiodic ZP CSI-RS resource sets", p.n_zp_csi_rs_sets, 3, CLAUSE)?;
        let srs_request = at_most("srs-RequestDCI-1-2", p.srs_request_bits, 2, CLAUSE)?;
        let widths = Dci1_2Widths {
            carrier_indicator: at_most("carrierIndicatorSizeDCI-1-2", p.carrier_indicator_bits, 3, CLAUSE)?,
            bandwidth_part_indicator: bandwidth_part_bits(p.n_bandwidth_parts)?,
            frequency_resource: p.frequency.checked_width(CLAUSE)?,
            time_resource: list_bits("pdsch-TimeDomainAllocationListDCI-1-2", p.n_time_rows, 16, CLAUSE)?,
            interleaved_vrb_to_prb: (p.vrb_to_prb_interleaver && p.frequency.has_type_1()).into(),
            prb_bundling_size: p.dynamic_prb_bundling.into(),
            rate_matching: p.rate_match_groups.into_iter().map(u8::from).sum(),
            zp_csi_rs_trigger: log2_bits(usize::from(zp_csi_rs_sets) + 1),
            mcs: 5,
            ndi: 1,
            rv: at_most("numberOfBitsForRV-DCI-1-2", p.rv_bits, 2, CLAUSE)?,
            harq_process: at_most("harq-ProcessNumberSizeDCI-1-2", p.harq_process_bits, 4, CLAUSE)?,
            dai: p.dai_bits,
            tpc: 2,
            pucch_resource: at_most("PUCCH resource indicator bits", p.pucch_resource_bits, 3, CLAUSE)?,
            pdsch_to_harq: list_bits("dl-DataToUL-ACK-DCI-1-2", p.n_harq_timings, 8, CLAUSE)?,
            antenna_ports: if p.antenna_ports { p.dmrs.widest(antenna_port_bits) } else { 0 },
            tci: at_most("tci-PresentDCI-1-2", p.tci_bits, 3, CLAUSE)?,
            srs_request: srs_request_bits(srs_request, p.supplementary_uplink),
            dmrs_sequence: p.dmrs_sequence.into(),
            priority: p.priority_indicator.into(),
        };
        Self::of_widths(widths, p.frequency)
    }
}

/// rv_id that the field `value` of formats 0_2 and 1_2 stands for where it is `bits` wide: 0 without the field, 0 or 3
/// with one bit.
#[doc(alias = "TS 38.212 Table 7.3.1.2.3-1")]
pub const fn redundancy_version(value: u8, bits: u8) -> u8 {
    match (bits, value & 1) {
        (0, _) | (1, 0) => 0,
        (1, _) => 3,
        _ => value & 3,
    }
}
