use super::format_0_1::{check_transform_precoding, open_loop_power_bits};
use super::parameters::{
    DmrsConfigurations, FrequencyField, at_most, bandwidth_part_bits, list_bits, srs_request_bits,
};
use super::pusch::{PuschTransmission, antenna_port_bits};
use super::scheduling::scheduling_format;
use crate::ConfigError;

const CLAUSE: &str = "TS 38.212 7.3.1.1.3";

scheduling_format! {
    /// DCI format 0_2 (Release 16): a PUSCH of one device, every field as wide as configured. Fields that the
    /// configuration does not have are 0 and are not sent.
    #[doc(alias = "TS 38.212 7.3.1.1.3")]
    pub struct Dci0_2, Dci0_2Widths, Dci0_2Layout [0, "TS 38.212 7.3.1.1.3"] {
        /// Carrier indicator: the serving cell of the PUSCH.
        carrier_indicator: u8 = "carrier indicator",
        /// UL/SUL indicator: the supplementary uplink.
        sul: bool = "UL/SUL indicator",
        /// Bandwidth part indicator.
        bandwidth_part_indicator: u8 = "bandwidth part indicator",
        /// Frequency domain resource assignment, see [`FrequencyField::assignment`].
        frequency_resource: u32 = "frequency domain resource assignment",
        /// Time domain resource assignment: row - 1 of the table.
        time_resource: u8 = "time domain resource assignment",
        /// Frequency hopping flag.
        frequency_hopping: bool = "frequency hopping flag",
        /// Modulation and coding scheme, 0..=31.
        mcs: u8 = "modulation and coding scheme",
        /// New data indicator.
        ndi: bool = "new data indicator",
        /// Redundancy version field, see [`redundancy_version`](super::redundancy_version).
        rv: u8 = "redundancy version",
        /// HARQ process number.
        harq_process: u8 = "HARQ process number",
        /// Downlink assignment index: the first, then the second where there are two.
        dai: u8 = "downlink assignment index",
        /// TPC command for scheduled PUSCH, 0..=3.
        tpc: u8 = "TPC command",
        /// SRS resource indicator.
        srs_resource: u8 = "SRS resource indicator",
        /// Precoding information and number of layers.
        precoding: u8 = "precoding information and number of layers",
        /// Antenna ports.
        antenna_ports: u8 = "antenna ports",
        /// SRS request; with a supplementary uplink its first bit chooses that.
        srs_request: u8 = "SRS request",
        /// CSI request.
        csi_request: u8 = "CSI request",
        /// PTRS-DMRS association.
        ptrs_dmrs_association: u8 = "PTRS-DMRS association",
        /// beta_offset indicator.
        beta_offset: u8 = "beta_offset indicator",
        /// DM-RS sequence initialization: n_SCID.
        dmrs_sequence: bool = "DMRS sequence initialization",
        /// UL-SCH indicator: the PUSCH carries a transport block.
        ul_sch: bool = "UL-SCH indicator",
        /// Open-loop power control parameter set indication.
        open_loop_power: u8 = "open-loop power control parameter set indication",
        /// Priority indicator: the PUSCH has the higher priority.
        priority: bool = "priority indicator",
        /// Invalid symbol pattern indicator.
        invalid_symbol_pattern: bool = "invalid symbol pattern indicator",
    }
}

/// What RRC configures of format 0_2 (for the carrier, where there is a supplementary one).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dci0_2Parameters {
    /// carrierIndicatorSizeDCI-0-2, 0..=3 bits.
    pub carrier_indicator_bits: u8,
    /// supplementaryUplink is configured: the SRS request, if any, chooses the carrier.
    pub supplementary_uplink: bool,
    /// Both uplink carriers have a PUSCH: the format has a UL/SUL indicator.
    pub sul_indicator: bool,
    /// Uplink bandwidth parts besides the initial one, 0..=4.
    pub n_bandwidth_parts: u8,
    /// resourceAllocationDCI-0-2 in the active bandwidth part.
    pub frequency: FrequencyField,
    /// Rows of the time domain allocation list, 1..=64 (16 where the default table holds).
    pub n_time_rows: u8,
    /// frequencyHoppingDCI-0-2 is configured.
    pub frequency_hopping: bool,
    /// numberOfBitsForRV-DCI-0-2, 0..=2.
    pub rv_bits: u8,
    /// harq-ProcessNumberSizeDCI-0-2, 0..=4 bits.
    pub harq_process_bits: u8,
    /// Bits of the downlink assignment index: 0 without downlinkAssignmentIndexDCI-0-2, else 1 (semi-static codebook),
    /// 2 (dynamic) or 4 (dynamic in two parts).
    pub dai_bits: u8,
    /// txConfig, with the SRS resources, maxRank and codebookSubset of the format.
    pub transmission: PuschTransmission,
    /// transformPrecoder is enabled.
    pub transform_precoding: bool,
    /// antennaPortsFieldPresenceDCI-0-2 is configured.
    pub antenna_ports: bool,
    /// dmrs-UplinkForPUSCH-MappingTypeA-DCI-0-2 and -B-.
    pub dmrs: DmrsConfigurations,
    /// srs-RequestDCI-0-2, 0..=2 bits.
    pub srs_request_bits: u8,
    /// reportTriggerSizeDCI-0-2, 0..=6.
    pub csi_request_bits: u8,
    /// phaseTrackingRS is configured in the DM-RS of the format.
    pub ptrs: bool,
    /// Bits of the beta_offset indicator: 0 for semi-static offsets, 1 for two sets of dynamic ones, 2 for four.
    pub beta_offset_bits: u8,
    /// dmrs-SequenceInitializationDCI-0-2 is configured.
    pub dmrs_sequence: bool,
    /// p0-PUSCH-SetList is configured; the bits that olpc-ParameterSetDCI-0-2 gives where the format has no SRS
    /// resource indicator, 1 or 2.
    pub open_loop_power_bits: Option<u8>,
    /// priorityIndicatorDCI-0-2 is configured.
    pub priority_indicator: bool,
    /// invalidSymbolPatternIndicatorDCI-0-2 is configured.
    pub invalid_symbol_pattern: bool,
}

impl Dci0_2Parameters {
    /// One bandwidth part, one antenna port, and no field that can be left out.
    pub fn new(frequency: FrequencyField) -> Self {
        Self {
            carrier_indicator_bits: 0,
            supplementary_uplink: false,
            sul_indicator: false,
            n_bandwidth_parts: 0,
            frequency,
            n_time_rows: 1,
            frequency_hopping: false,
            rv_bits: 0,
            harq_process_bits: 0,
            dai_bits: 0,
            transmission: PuschTransmission::single_port(),
            transform_precoding: false,
            antenna_ports: false,
            dmrs: DmrsConfigurations::default(),
            srs_request_bits: 0,
            csi_request_bits: 0,
            ptrs: false,
            beta_offset_bits: 0,
            dmrs_sequence: false,
            open_loop_power_bits: None,
            priority_indicator: false,
            invalid_symbol_pattern: false,
        }
    }
}

impl Dci0_2Layout {
    /// The layout before size alignment.
    ///
    /// # Errors
    /// If a value lies outside its range.
    pub fn new(p: &Dci0_2Parameters) -> Result<Self, ConfigError> {
        check_transform_precoding(p.transform_precoding, p.dmrs, CLAUSE)?;
        if p.sul_indicator && !p.supplementary_uplink {
            return Err(ConfigError::new("UL/SUL indicator", "present", "needs a supplementaryUplink", CLAUSE));
        }
        if !matches!(p.dai_bits, 0 | 1 | 2 | 4) {
            let parameter = "downlinkAssignmentIndexDCI-0-2";
            return Err(ConfigError::new(parameter, p.dai_bits, "must be absent or 1, 2 or 4 bits", CLAUSE));
        }
        let cp_ofdm = !p.transform_precoding;
        let srs_resource = p.transmission.srs_resource_bits()?;
        let srs_request = at_most("srs-RequestDCI-0-2", p.srs_request_bits, 2, CLAUSE)?;
        let port_bits = |dmrs| antenna_port_bits(dmrs, p.transform_precoding);
        let widths = Dci0_2Widths {
            carrier_indicator: at_most("carrierIndicatorSizeDCI-0-2", p.carrier_indicator_bits, 3, CLAUSE)?,
            sul: p.sul_indicator.into(),
            bandwidth_part_indicator: bandwidth_part_bits(p.n_bandwidth_parts)?,
            frequency_resource: p.frequency.checked_width(CLAUSE)?,
            time_resource: list_bits("pusch-TimeDomainAllocationListDCI-0-2", p.n_time_rows, 64, CLAUSE)?,
            frequency_hopping: (p.frequency_hopping && p.frequency.has_type_1()).into(),
            mcs: 5,
            ndi: 1,
            rv: at_most("numberOfBitsForRV-DCI-0-2", p.rv_bits, 2, CLAUSE)?,
            harq_process: at_most("harq-ProcessNumberSizeDCI-0-2", p.harq_process_bits, 4, CLAUSE)?,
            dai: p.dai_bits,
            tpc: 2,
            srs_resource,
            precoding: p.transmission.precoding_bits(p.transform_precoding)?,
            antenna_ports: if p.antenna_ports { p.dmrs.widest(port_bits) } else { 0 },
            srs_request: srs_request_bits(srs_request, p.supplementary_uplink),
            csi_request: at_most("reportTriggerSizeDCI-0-2", p.csi_request_bits, 6, CLAUSE)?,
            ptrs_dmrs_association: if p.ptrs && cp_ofdm && p.transmission.may_have_layers() { 2 } else { 0 },
            beta_offset: at_most("beta_offset indicator bits", p.beta_offset_bits, 2, CLAUSE)?,
            dmrs_sequence: (p.dmrs_sequence && cp_ofdm).into(),
            ul_sch: 1,
            open_loop_power: open_loop_power_bits(p.open_loop_power_bits, srs_resource, CLAUSE)?,
            priority: p.priority_indicator.into(),
            invalid_symbol_pattern: p.invalid_symbol_pattern.into(),
        };
        Self::of_widths(widths, p.frequency)
    }
}
