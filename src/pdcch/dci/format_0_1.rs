use super::parameters::{
    DmrsConfigurations, FrequencyField, HarqAckCodebook, at_most, bandwidth_part_bits, code_block_groups, list_bits,
    log2_bits, srs_request_bits,
};
use super::pusch::{PuschTransmission, antenna_port_bits};
use super::scheduling::scheduling_format;
use crate::ConfigError;
use crate::reference_signal::dmrs::DmrsType;

const CLAUSE: &str = "TS 38.212 7.3.1.1.2";

scheduling_format! {
    /// DCI format 0_1: a PUSCH of one device, with every field that Releases 15 and 16 have for one PUSCH a DCI. Fields
    /// that the configuration does not have are 0 and are not sent.
    #[doc(alias = "TS 38.212 7.3.1.1.2")]
    pub struct Dci0_1, Dci0_1Widths, Dci0_1Layout [0, "TS 38.212 7.3.1.1.2"] {
        /// Carrier indicator: the serving cell of the PUSCH.
        carrier_indicator: u8 = "carrier indicator",
        /// DFI flag: with CS-RNTI, the DCI is downlink feedback for a configured grant.
        dfi: bool = "DFI flag",
        /// UL/SUL indicator: the supplementary uplink.
        sul: bool = "UL/SUL indicator",
        /// Bandwidth part indicator.
        bandwidth_part_indicator: u8 = "bandwidth part indicator",
        /// Frequency domain resource assignment, see [`FrequencyField::assignment`]; with frequency hopping the most
        /// significant N_UL_hop bits of a type 1 assignment are the hopping offset.
        frequency_resource: u32 = "frequency domain resource assignment",
        /// Time domain resource assignment: row - 1 of the table.
        time_resource: u8 = "time domain resource assignment",
        /// Frequency hopping flag.
        frequency_hopping: bool = "frequency hopping flag",
        /// Modulation and coding scheme, 0..=31.
        mcs: u8 = "modulation and coding scheme",
        /// New data indicator.
        ndi: bool = "new data indicator",
        /// Redundancy version, 0..=3.
        rv: u8 = "redundancy version",
        /// HARQ process number, 0..=15.
        harq_process: u8 = "HARQ process number",
        /// First downlink assignment index.
        dai: u8 = "1st downlink assignment index",
        /// Second downlink assignment index.
        dai_2: u8 = "2nd downlink assignment index",
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
        /// CBG transmission information: a bit for each code block group, the first in the most significant.
        cbg_transmission: u8 = "CBG transmission information",
        /// PTRS-DMRS association.
        ptrs_dmrs_association: u8 = "PTRS-DMRS association",
        /// beta_offset indicator.
        beta_offset: u8 = "beta_offset indicator",
        /// DM-RS sequence initialization: n_SCID.
        dmrs_sequence: bool = "DMRS sequence initialization",
        /// UL-SCH indicator: the PUSCH carries a transport block.
        ul_sch: bool = "UL-SCH indicator",
        /// ChannelAccess-CPext-CAPC: row of ul-AccessConfigListDCI-0-1.
        channel_access: u8 = "ChannelAccess-CPext-CAPC",
        /// Open-loop power control parameter set indication.
        open_loop_power: u8 = "open-loop power control parameter set indication",
        /// Priority indicator: the PUSCH has the higher priority.
        priority: bool = "priority indicator",
        /// Invalid symbol pattern indicator.
        invalid_symbol_pattern: bool = "invalid symbol pattern indicator",
        /// Minimum applicable scheduling offset indicator.
        minimum_scheduling_offset: bool = "minimum applicable scheduling offset indicator",
        /// SCell dormancy indication: a bit for each group of cells.
        scell_dormancy: u8 = "SCell dormancy indication",
        /// Sidelink assignment index.
        sidelink_assignment: u8 = "sidelink assignment index",
    }
}

/// What RRC configures of format 0_1 (for the carrier, where there is a supplementary one).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dci0_1Parameters {
    /// cif-Presence: the format has a carrier indicator.
    pub carrier_indicator: bool,
    /// cg-RetransmissionTimer in shared spectrum: the format is monitored with CS-RNTI too and has a DFI flag.
    pub dfi_flag: bool,
    /// supplementaryUplink is configured: the SRS request chooses the carrier.
    pub supplementary_uplink: bool,
    /// Both uplink carriers have a PUSCH: the format has a UL/SUL indicator.
    pub sul_indicator: bool,
    /// Uplink bandwidth parts besides the initial one, 0..=4.
    pub n_bandwidth_parts: u8,
    /// resourceAllocation in the active bandwidth part.
    pub frequency: FrequencyField,
    /// Rows of the time domain allocation list, 1..=64 (16 where the default table holds).
    pub n_time_rows: u8,
    /// frequencyHopping (of the format) is configured.
    pub frequency_hopping: bool,
    /// pdsch-HARQ-ACK-Codebook.
    pub harq_ack_codebook: HarqAckCodebook,
    /// The HARQ-ACK codebook has two parts, as a serving cell has code block groups.
    pub two_sub_codebooks: bool,
    /// txConfig.
    pub transmission: PuschTransmission,
    /// transformPrecoder is enabled.
    pub transform_precoding: bool,
    /// dmrs-UplinkForPUSCH-MappingTypeA and -B.
    pub dmrs: DmrsConfigurations,
    /// reportTriggerSize, 0..=6.
    pub csi_request_bits: u8,
    /// maxCodeBlockGroupsPerTransportBlock: 2, 4, 6 or 8.
    pub code_block_groups: Option<u8>,
    /// phaseTrackingRS is configured for the uplink.
    pub ptrs: bool,
    /// betaOffsets are dynamic.
    pub dynamic_beta_offsets: bool,
    /// Entries of ul-AccessConfigListDCI-0-1, 0..=64; 0 outside shared spectrum.
    pub n_channel_access: u8,
    /// p0-PUSCH-SetList is configured; the bits that olpc-ParameterSetDCI-0-1 gives where the format has no SRS
    /// resource indicator, 1 or 2.
    pub open_loop_power_bits: Option<u8>,
    /// priorityIndicatorDCI-0-1 is configured.
    pub priority_indicator: bool,
    /// invalidSymbolPatternIndicatorDCI-0-1 is configured.
    pub invalid_symbol_pattern: bool,
    /// minimumSchedulingOffsetK2 is configured.
    pub minimum_scheduling_offset: bool,
    /// Groups of dormancyGroupWithinActiveTime, 0..=5; only on the primary cell.
    pub n_dormancy_groups: u8,
    /// Bits of the sidelink assignment index, 0..=2: none, semi-static or dynamic codebook of the sidelink.
    pub sidelink_assignment_bits: u8,
}

impl Dci0_1Parameters {
    /// One bandwidth part, one antenna port, no options.
    pub fn new(frequency: FrequencyField) -> Self {
        Self {
            carrier_indicator: false,
            dfi_flag: false,
            supplementary_uplink: false,
            sul_indicator: false,
            n_bandwidth_parts: 0,
            frequency,
            n_time_rows: 16,
            frequency_hopping: false,
            harq_ack_codebook: HarqAckCodebook::default(),
            two_sub_codebooks: false,
            transmission: PuschTransmission::single_port(),
            transform_precoding: false,
            dmrs: DmrsConfigurations::default(),
            csi_request_bits: 0,
            code_block_groups: None,
            ptrs: false,
            dynamic_beta_offsets: false,
            n_channel_access: 0,
            open_loop_power_bits: None,
            priority_indicator: false,
            invalid_symbol_pattern: false,
            minimum_scheduling_offset: false,
            n_dormancy_groups: 0,
            sidelink_assignment_bits: 0,
        }
    }
}

impl Dci0_1Layout {
    /// The layout before size alignment.
    ///
    /// # Errors
    /// If a value lies outside its range.
    pub fn new(p: &Dci0_1Parameters) -> Result<Self, ConfigError> {
        check_transform_precoding(p.transform_precoding, p.dmrs, CLAUSE)?;
        if p.sul_indicator && !p.supplementary_uplink {
            let rule = "needs a supplementaryUplink";
            return Err(ConfigError::new("UL/SUL indicator", "present", rule, CLAUSE));
        }
        let dai = match p.harq_ack_codebook {
            HarqAckCodebook::SemiStatic => 1,
            HarqAckCodebook::EnhancedDynamic { ul_total_dai: true, .. } => 4,
            _ => 2,
        };
        let srs_resource = p.transmission.srs_resource_bits()?;
        let channel_access = at_most("ul-AccessConfigListDCI-0-1", p.n_channel_access, 64, CLAUSE)?;
        let cp_ofdm = !p.transform_precoding;
        let widths = Dci0_1Widths {
            carrier_indicator: if p.carrier_indicator { 3 } else { 0 },
            dfi: p.dfi_flag.into(),
            sul: p.sul_indicator.into(),
            bandwidth_part_indicator: bandwidth_part_bits(p.n_bandwidth_parts)?,
            frequency_resource: p.frequency.checked_width(CLAUSE)?,
            time_resource: list_bits("pusch-TimeDomainAllocationList", p.n_time_rows, 64, CLAUSE)?,
            frequency_hopping: (p.frequency_hopping && p.frequency.has_type_1()).into(),
            mcs: 5,
            ndi: 1,
            rv: 2,
            harq_process: 4,
            dai,
            dai_2: if p.two_sub_codebooks && dai > 1 { dai } else { 0 },
            tpc: 2,
            srs_resource,
            precoding: p.transmission.precoding_bits(p.transform_precoding)?,
            antenna_ports: p.dmrs.widest(|dmrs| antenna_port_bits(dmrs, p.transform_precoding)),
            srs_request: srs_request_bits(2, p.supplementary_uplink),
            csi_request: at_most("reportTriggerSize", p.csi_request_bits, 6, CLAUSE)?,
            cbg_transmission: p.code_block_groups.map_or(Ok(0), |n| code_block_groups(n, CLAUSE))?,
            ptrs_dmrs_association: if p.ptrs && cp_ofdm && p.transmission.may_have_layers() { 2 } else { 0 },
            beta_offset: if p.dynamic_beta_offsets { 2 } else { 0 },
            dmrs_sequence: cp_ofdm.into(),
            ul_sch: 1,
            channel_access: log2_bits(channel_access.into()),
            open_loop_power: open_loop_power_bits(p.open_loop_power_bits, srs_resource, CLAUSE)?,
            priority: p.priority_indicator.into(),
            invalid_symbol_pattern: p.invalid_symbol_pattern.into(),
            minimum_scheduling_offset: p.minimum_scheduling_offset.into(),
            scell_dormancy: at_most("dormancy groups", p.n_dormancy_groups, 5, CLAUSE)?,
            sidelink_assignment: at_most("sidelink assignment index bits", p.sidelink_assignment_bits, 2, CLAUSE)?,
        };
        Self::of_widths(widths, p.frequency)
    }
}

/// Transform precoding has DM-RS of type 1 only.
pub(super) fn check_transform_precoding(
    enabled: bool,
    dmrs: DmrsConfigurations,
    clause: &'static str,
) -> Result<(), ConfigError> {
    let type_2 = [dmrs.a, dmrs.b].into_iter().flatten().any(|d| d.dmrs_type == DmrsType::Two);
    if enabled && type_2 {
        return Err(ConfigError::new("dmrs-Type", 2, "transform precoding has DM-RS type 1 only", clause));
    }
    Ok(())
}

/// Bits of the open-loop power control parameter set indication.
pub(super) fn open_loop_power_bits(
    configured: Option<u8>,
    srs_resource: u8,
    clause: &'static str,
) -> Result<u8, ConfigError> {
    match configured {
        None => Ok(0),
        Some(1 | 2) if srs_resource > 0 => Ok(1),
        Some(bits @ (1 | 2)) => Ok(bits),
        Some(bits) => Err(ConfigError::new("olpc-ParameterSet", bits, "must be 1 or 2 bits", clause)),
    }
}
