use super::parameters::{
    DmrsConfigurations, FrequencyField, HarqAckCodebook, antenna_port_bits, at_most, bandwidth_part_bits,
    code_block_groups, list_bits, log2_bits, srs_request_bits,
};
use super::scheduling::scheduling_format;
use crate::ConfigError;

const CLAUSE: &str = "TS 38.212 7.3.1.2.2";

scheduling_format! {
    /// DCI format 1_1: a PDSCH of one device, with every field that Releases 15 and 16 have. Fields that the
    /// configuration does not have are 0 and are not sent.
    #[doc(alias = "TS 38.212 7.3.1.2.2")]
    pub struct Dci1_1, Dci1_1Widths, Dci1_1Layout [1, "TS 38.212 7.3.1.2.2"] {
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
        /// Rate matching indicator: the first of its bits for rateMatchPatternGroup1, if that is configured.
        rate_matching: u8 = "rate matching indicator",
        /// ZP CSI-RS trigger: 0 for none, else the aperiodic set.
        zp_csi_rs_trigger: u8 = "ZP CSI-RS trigger",
        /// Modulation and coding scheme of transport block 1, 0..=31.
        mcs: u8 = "modulation and coding scheme of transport block 1",
        /// New data indicator of transport block 1.
        ndi: bool = "new data indicator of transport block 1",
        /// Redundancy version of transport block 1, 0..=3.
        rv: u8 = "redundancy version of transport block 1",
        /// Modulation and coding scheme of transport block 2, 0..=31.
        mcs_2: u8 = "modulation and coding scheme of transport block 2",
        /// New data indicator of transport block 2.
        ndi_2: bool = "new data indicator of transport block 2",
        /// Redundancy version of transport block 2, 0..=3.
        rv_2: u8 = "redundancy version of transport block 2",
        /// HARQ process number, 0..=15.
        harq_process: u8 = "HARQ process number",
        /// Downlink assignment index: the counter first, then the total.
        dai: u8 = "downlink assignment index",
        /// TPC command for scheduled PUCCH, 0..=3.
        tpc: u8 = "TPC command",
        /// PUCCH resource indicator, 0..=7.
        pucch_resource: u8 = "PUCCH resource indicator",
        /// PDSCH-to-HARQ_feedback timing indicator: index into dl-DataToUL-ACK.
        pdsch_to_harq: u8 = "PDSCH-to-HARQ_feedback timing indicator",
        /// One-shot HARQ-ACK request.
        one_shot_harq_ack: bool = "one-shot HARQ-ACK request",
        /// PDSCH group index.
        pdsch_group: bool = "PDSCH group index",
        /// New feedback indicator.
        new_feedback: u8 = "new feedback indicator",
        /// Number of requested PDSCH groups: both.
        both_pdsch_groups: bool = "number of requested PDSCH groups",
        /// Antenna ports, see [`AntennaPorts`](super::AntennaPorts).
        antenna_ports: u8 = "antenna ports",
        /// Transmission configuration indication.
        tci: u8 = "transmission configuration indication",
        /// SRS request; with a supplementary uplink its first bit chooses that.
        srs_request: u8 = "SRS request",
        /// CBG transmission information: a bit for each code block group, the first in the most significant.
        cbg_transmission: u8 = "CBG transmission information",
        /// CBG flushing out information: what was received earlier may be combined.
        cbg_flushing: bool = "CBG flushing out information",
        /// DM-RS sequence initialization: n_SCID.
        dmrs_sequence: bool = "DMRS sequence initialization",
        /// Priority indicator: the HARQ-ACK has the higher priority.
        priority: bool = "priority indicator",
        /// ChannelAccess-CPext: row of ul-AccessConfigListDCI-1-1.
        channel_access: u8 = "ChannelAccess-CPext",
        /// Minimum applicable scheduling offset indicator.
        minimum_scheduling_offset: bool = "minimum applicable scheduling offset indicator",
        /// SCell dormancy indication: a bit for each group of cells.
        scell_dormancy: u8 = "SCell dormancy indication",
    }
}

/// Code block groups of the PDSCH: PDSCH-CodeBlockGroupTransmission of TS 38.331.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.214 5.1.7")]
pub struct PdschCodeBlockGroups {
    /// maxCodeBlockGroupsPerTransportBlock: 2, 4, 6 or 8; at most 4 with two codewords.
    pub per_transport_block: u8,
    /// codeBlockGroupFlushIndicator.
    pub flush_indicator: bool,
}

/// What RRC configures of format 1_1. The default is a device with one bandwidth part, one codeword and no options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dci1_1Parameters {
    /// cif-Presence: the format has a carrier indicator.
    pub carrier_indicator: bool,
    /// Downlink bandwidth parts besides the initial one, 0..=4.
    pub n_bandwidth_parts: u8,
    /// resourceAllocation in the active bandwidth part; not interlaces.
    pub frequency: FrequencyField,
    /// Rows of the time domain allocation list, 1..=16 (16 where the default table holds).
    pub n_time_rows: u8,
    /// vrb-ToPRB-Interleaver is configured.
    pub vrb_to_prb_interleaver: bool,
    /// prb-BundlingType is dynamicBundling.
    pub dynamic_prb_bundling: bool,
    /// rateMatchPatternGroup1 and -Group2 are configured.
    pub rate_match_groups: [bool; 2],
    /// Aperiodic ZP CSI-RS resource sets, 0..=3.
    pub n_zp_csi_rs_sets: u8,
    /// maxNrofCodeWordsScheduledByDCI, 1 or 2.
    pub n_codewords: u8,
    /// pdsch-HARQ-ACK-Codebook.
    pub harq_ack_codebook: HarqAckCodebook,
    /// More than one serving cell is configured in the downlink.
    pub several_cells: bool,
    /// Entries of dl-DataToUL-ACK, 1..=8.
    pub n_harq_timings: u8,
    /// pdsch-HARQ-ACK-OneShotFeedback is configured.
    pub one_shot_harq_ack: bool,
    /// dmrs-DownlinkForPDSCH-MappingTypeA and -B.
    pub dmrs: DmrsConfigurations,
    /// tci-PresentInDCI of the CORESET.
    pub tci_present: bool,
    /// supplementaryUplink is configured.
    pub supplementary_uplink: bool,
    /// codeBlockGroupTransmission.
    pub code_block_groups: Option<PdschCodeBlockGroups>,
    /// priorityIndicatorDCI-1-1 is configured.
    pub priority_indicator: bool,
    /// Entries of ul-AccessConfigListDCI-1-1, 0..=16; 0 outside shared spectrum.
    pub n_channel_access: u8,
    /// minimumSchedulingOffsetK0 is configured.
    pub minimum_scheduling_offset: bool,
    /// Groups of dormancyGroupWithinActiveTime, 0..=5; only on the primary cell.
    pub n_dormancy_groups: u8,
}

impl Dci1_1Parameters {
    /// One bandwidth part, one codeword, no options.
    pub fn new(frequency: FrequencyField) -> Self {
        Self {
            carrier_indicator: false,
            n_bandwidth_parts: 0,
            frequency,
            n_time_rows: 16,
            vrb_to_prb_interleaver: false,
            dynamic_prb_bundling: false,
            rate_match_groups: [false; 2],
            n_zp_csi_rs_sets: 0,
            n_codewords: 1,
            harq_ack_codebook: HarqAckCodebook::default(),
            several_cells: false,
            n_harq_timings: 8,
            one_shot_harq_ack: false,
            dmrs: DmrsConfigurations::default(),
            tci_present: false,
            supplementary_uplink: false,
            code_block_groups: None,
            priority_indicator: false,
            n_channel_access: 0,
            minimum_scheduling_offset: false,
            n_dormancy_groups: 0,
        }
    }
}

impl Dci1_1Layout {
    /// The layout before size alignment.
    ///
    /// # Errors
    /// If a value lies outside its range.
    pub fn new(p: &Dci1_1Parameters) -> Result<Self, ConfigError> {
        if matches!(p.frequency, FrequencyField::Interlaces { .. }) {
            return Err(ConfigError::new("resource allocation", "type 2", "exists in the uplink only", CLAUSE));
        }
        if !matches!(p.n_codewords, 1 | 2) {
            let parameter = "maxNrofCodeWordsScheduledByDCI";
            return Err(ConfigError::new(parameter, p.n_codewords, "must be 1 or 2", CLAUSE));
        }
        let (cbg_transmission, cbg_flushing) = match p.code_block_groups {
            None => (0, 0),
            Some(groups) => {
                let n = code_block_groups(groups.per_transport_block, CLAUSE)?;
                if n * p.n_codewords > 8 {
                    let rule = "two codewords have at most 4 code block groups each";
                    let parameter = "maxCodeBlockGroupsPerTransportBlock";
                    return Err(ConfigError::new(parameter, n, rule, "TS 38.331 PDSCH-CodeBlockGroupTransmission"));
                }
                (n * p.n_codewords, groups.flush_indicator.into())
            }
        };
        let two = |bits| if p.n_codewords == 2 { bits } else { 0 };
        let (enhanced, both_counted) = match p.harq_ack_codebook {
            HarqAckCodebook::EnhancedDynamic { nfi_total_dai, .. } => (1, u8::from(nfi_total_dai)),
            _ => (0, 0),
        };
        let dai = match p.harq_ack_codebook {
            HarqAckCodebook::SemiStatic => 0,
            _ => 2 + 2 * u8::from(p.several_cells) + 2 * both_counted,
        };
        let rate_matching = p.rate_match_groups.into_iter().map(u8::from).sum();
        let zp_csi_rs_sets = at_most("aperiodic ZP CSI-RS resource sets", p.n_zp_csi_rs_sets, 3, CLAUSE)?;
        let channel_access = at_most("ul-AccessConfigListDCI-1-1", p.n_channel_access, 16, CLAUSE)?;
        let widths = Dci1_1Widths {
            carrier_indicator: if p.carrier_indicator { 3 } else { 0 },
            bandwidth_part_indicator: bandwidth_part_bits(p.n_bandwidth_parts)?,
            frequency_resource: p.frequency.checked_width(CLAUSE)?,
            time_resource: list_bits("pdsch-TimeDomainAllocationList", p.n_time_rows, 16, CLAUSE)?,
            interleaved_vrb_to_prb: (p.vrb_to_prb_interleaver && p.frequency.has_type_1()).into(),
            prb_bundling_size: p.dynamic_prb_bundling.into(),
            rate_matching,
            zp_csi_rs_trigger: log2_bits(usize::from(zp_csi_rs_sets) + 1),
            mcs: 5,
            ndi: 1,
            rv: 2,
            mcs_2: two(5),
            ndi_2: two(1),
            rv_2: two(2),
            harq_process: 4,
            dai,
            tpc: 2,
            pucch_resource: 3,
            pdsch_to_harq: list_bits("dl-DataToUL-ACK", p.n_harq_timings, 8, CLAUSE)?,
            one_shot_harq_ack: p.one_shot_harq_ack.into(),
            pdsch_group: enhanced,
            new_feedback: enhanced + both_counted,
            both_pdsch_groups: enhanced,
            antenna_ports: p.dmrs.widest(antenna_port_bits),
            tci: if p.tci_present { 3 } else { 0 },
            srs_request: srs_request_bits(2, p.supplementary_uplink),
            cbg_transmission,
            cbg_flushing,
            dmrs_sequence: 1,
            priority: p.priority_indicator.into(),
            channel_access: log2_bits(channel_access.into()),
            minimum_scheduling_offset: p.minimum_scheduling_offset.into(),
            scell_dormancy: at_most("dormancy groups", p.n_dormancy_groups, 5, CLAUSE)?,
        };
        Self::of_widths(widths, p.frequency)
    }
}

impl Dci1_1 {
    /// Which of the transport blocks 1 and 2 are sent. Block 2 does not exist where the layout has one codeword;
    /// with two, MCS 26 and redundancy version 1 disable a block. The first that is sent is codeword 0.
    #[doc(alias = "TS 38.214 5.1.3")]
    pub fn transport_blocks(&self, layout: &Dci1_1Layout) -> [bool; 2] {
        if layout.widths.mcs_2 == 0 {
            return [true, false];
        }
        [(self.mcs, self.rv), (self.mcs_2, self.rv_2)].map(|block| block != (26, 1))
    }
}
