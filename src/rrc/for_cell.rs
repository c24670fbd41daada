use super::access::{
    CellAccessRelatedInfo, CellReservedForOperatorUse, CellSelectionInfo, PlmnIdentity, PlmnIdentityInfo,
};
use super::control::{
    CandidateCount, CommonSearchSpace, DciFormatFlags, MonitoringSlots, NrofCandidates, PdcchConfigCommon, SearchSpace,
    SearchSpaceType,
};
use super::downlink::{
    BcchConfig, BwpDownlinkCommon, DownlinkConfigCommonSib, FrequencyInfoDlSib, ModificationPeriodCoeff, PagingCycle,
    PagingFrameOffset, PagingFrames, PcchConfig, PdschConfigCommon, PdschTimeDomainAllocation,
};
use super::frequency::{Bwp, NrMultiBandInfo, ScsSpecificCarrier};
use super::random_access::{
    ContentionResolutionTimer, Msg1Fdm, PowerRampingStep, PrachRootSequenceIndex, PreambleTransMax, PreamblesPerSsb,
    RaResponseWindow, RachConfigCommon, RachConfigGeneric, RestrictedSetConfig, SsbPerRachOccasionAndPreambles,
};
use super::serving_cell::{ServingCellConfigCommonSib, SsbPeriodicity, SsbPositionsInBurst, TimingAdvanceOffset};
use super::sib1::{ConnEstFailCount, ConnEstFailureControl, N310, N311, OffsetValidity, Sib1};
use super::sib1::{T300, T310, T311, UeTimersAndConstants};
use super::tdd::{TddUlDlConfigCommon, TddUlDlPattern};
use super::uper::{BitString, CLAUSE, Extension};
use super::uplink::{
    BwpUplinkCommon, FrequencyInfoUlSib, MappingType, PucchConfigCommon, PucchGroupHopping, PuschConfigCommon,
    PuschTimeDomainAllocation, SetupRelease, TimeAlignmentTimer, UplinkConfigCommonSib,
};
use crate::ConfigError;
use crate::frame::{CyclicPrefix, Numerology};

/// What a SIB1 says about a small cell; start from [`CellDescription::new`] and change what differs.
#[derive(Clone, Debug, PartialEq)]
pub struct CellDescription {
    /// Networks, at least one.
    pub plmns: Vec<PlmnIdentity>,
    /// 24 bits.
    pub tracking_area_code: u32,
    /// NR cell identity, 36 bits.
    pub cell_identity: u64,
    /// Bands of the downlink, n1 as 1.
    pub bands: Vec<u16>,
    /// From Point A to the lowest resource block that overlaps the SSB, in resource blocks of 15 kHz (FR1) or 60 kHz
    /// (FR2).
    pub offset_to_point_a: u16,
    /// Numerology of carrier and initial bandwidth parts.
    pub numerology: Numerology,
    /// From Point A to the carrier's lowest subcarrier, resource blocks.
    pub offset_to_carrier: u16,
    /// N_grid^size of the carrier, resource blocks.
    pub n_prb: u16,
    /// First resource block (from `offset_to_carrier`) and size of the initial downlink bandwidth part. The default
    /// is the whole carrier; CORESET#0 must lie inside.
    pub initial_downlink_bwp: (u16, u16),
    /// CORESET#0's row of the tables of TS 38.213 13, where SIB1 shall repeat what the MIB says.
    pub control_resource_set_zero: Option<u8>,
    /// Search space 0's row, likewise.
    pub search_space_zero: Option<u8>,
    /// Search space for random access and paging (and other system information if asked for); search space 0 serves
    /// where absent.
    pub common_search_space: Option<CommonSearchSpaceDescription>,
    /// Rows (k0, SLIV) of mapping type A of the PDSCH time domain allocation; the default table where empty.
    pub pdsch_allocations: Vec<(u8, u8)>,
    /// SSBs of a half-frame, SSB 0 in the most significant bit; of each group where `ssb_groups` is given.
    pub ssb_in_one_group: u8,
    /// Groups of eight SSBs, for L_max 64.
    pub ssb_groups: Option<u8>,
    /// Period of the SSB half-frames.
    pub ssb_periodicity: SsbPeriodicity,
    /// Energy of a resource element of the SSS, dBm.
    pub ss_pbch_block_power: i8,
    /// N_TA,offset; by band where absent.
    pub timing_advance_offset: Option<TimingAdvanceOffset>,
    /// The uplink; a cell without one cannot be attached to.
    pub uplink: Option<UplinkDescription>,
    /// Patterns of a TDD cell in slots of `numerology`: one or two.
    pub tdd: Vec<TddUlDlPattern>,
    /// Q_rxlevmin, dBm: even, -140 to -44.
    pub q_rx_lev_min_dbm: i16,
    /// Q_qualmin, dB.
    pub q_qual_min_db: i8,
}

/// A common search space of the initial downlink bandwidth part that uses CORESET#0 and is monitored in each slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonSearchSpaceDescription {
    /// 1 to 39.
    pub search_space_id: u8,
    /// CORESET, 0 for CORESET#0.
    pub control_resource_set_id: u8,
    /// First symbol of the CORESET in a slot.
    pub first_symbol: u8,
    /// Candidates of aggregation levels 1, 2, 4, 8, 16; each 0 to 6 or 8.
    pub n_candidates: [usize; 5],
    /// Whether other system information is found here too.
    pub other_system_information: bool,
}

/// The uplink of a small cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UplinkDescription {
    /// NR-ARFCN of the uplink's Point A; absent in TDD.
    pub absolute_frequency_point_a: Option<u32>,
    /// Bands; empty in TDD, where they are those of the downlink.
    pub bands: Vec<u16>,
    /// From Point A to the carrier's lowest subcarrier, resource blocks.
    pub offset_to_carrier: u16,
    /// N_grid^size of the carrier, resource blocks.
    pub n_prb: u16,
    /// First resource block and size of the initial uplink bandwidth part.
    pub initial_uplink_bwp: (u16, u16),
    /// Random access.
    pub rach: RachDescription,
    /// Rows (k2, SLIV) of mapping type A of the PUSCH time domain allocation; the default table where empty.
    pub pusch_allocations: Vec<(u8, u8)>,
    /// Row of Table 9.2.1-1 of TS 38.213.
    pub pucch_resource_common: u8,
    /// P_0 of PUSCH and PUCCH, dBm, even.
    pub p0_nominal_dbm: i16,
    /// Maximum transmit power, dBm.
    pub p_max_dbm: Option<i8>,
}

/// Random access basics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RachDescription {
    /// Row of Tables 6.3.3.2-2 to -4 of TS 38.211.
    pub prach_configuration_index: u8,
    /// First resource block of the lowest occasion, from the start of the bandwidth part.
    pub msg1_frequency_start: u16,
    /// Occasions side by side.
    pub msg1_fdm: Msg1Fdm,
    /// Row of Tables 6.3.3.1-5 to -7 of TS 38.211.
    pub zero_correlation_zone_config: u8,
    /// Its length must be that of the preamble format.
    pub root_sequence_index: PrachRootSequenceIndex,
    /// Spacing of short preambles; absent for long ones.
    pub msg1_numerology: Option<Numerology>,
    /// dBm, even.
    pub preamble_received_target_power_dbm: i16,
    /// Window for the response.
    pub ra_response_window: RaResponseWindow,
    /// Transform precoding for Msg3.
    pub msg3_transform_precoder: bool,
}

impl CellDescription {
    /// A cell of network 001-01 (for tests) with one SSB every 20 ms, initial bandwidth part as wide as the carrier,
    /// without uplink.
    pub fn new(band: u16, numerology: Numerology, n_prb: u16) -> Self {
        Self {
            plmns: vec![PlmnIdentity { mcc: Some([0, 0, 1]), mnc: vec![0, 1] }],
            tracking_area_code: 1,
            cell_identity: 1,
            bands: vec![band],
            offset_to_point_a: 0,
            numerology,
            offset_to_carrier: 0,
            n_prb,
            initial_downlink_bwp: (0, n_prb),
            control_resource_set_zero: None,
            search_space_zero: None,
            common_search_space: Some(CommonSearchSpaceDescription {
                search_space_id: 1,
                control_resource_set_id: 0,
                first_symbol: 0,
                n_candidates: [0, 0, 1, 0, 0],
                other_system_information: false,
            }),
            pdsch_allocations: Vec::new(),
            ssb_in_one_group: 0x80,
            ssb_groups: None,
            ssb_periodicity: SsbPeriodicity::Ms20,
            ss_pbch_block_power: -16,
            timing_advance_offset: None,
            uplink: None,
            tdd: Vec::new(),
            q_rx_lev_min_dbm: -140,
            q_qual_min_db: -20,
        }
    }

    /// Adds an FR1 uplink as wide as the downlink: with Point A `absolute_frequency_point_a` (NR-ARFCN) in FDD, with
    /// none in TDD. The preambles are long ones of format 0, once in each frame: in subframe 1 in FDD (configuration
    /// index 16), in subframe 9 in TDD (index 7), where the pattern must have an uplink subframe.
    pub fn with_uplink(mut self, absolute_frequency_point_a: Option<u32>) -> Self {
        self.uplink = Some(UplinkDescription {
            bands: if absolute_frequency_point_a.is_some() { self.bands.clone() } else { Vec::new() },
            absolute_frequency_point_a,
            offset_to_carrier: self.offset_to_carrier,
            n_prb: self.n_prb,
            initial_uplink_bwp: self.initial_downlink_bwp,
            rach: RachDescription {
                prach_configuration_index: if absolute_frequency_point_a.is_some() { 16 } else { 7 },
                ..RachDescription::default()
            },
            pusch_allocations: Vec::new(),
            pucch_resource_common: 11,
            p0_nominal_dbm: -90,
            p_max_dbm: None,
        });
        self
    }
}

impl Default for RachDescription {
    /// Long preambles of configuration index 16 (FDD) from resource block 0, root sequence 1.
    fn default() -> Self {
        Self {
            prach_configuration_index: 16,
            msg1_frequency_start: 0,
            msg1_fdm: Msg1Fdm::One,
            zero_correlation_zone_config: 15,
            root_sequence_index: PrachRootSequenceIndex::L839(1),
            msg1_numerology: None,
            preamble_received_target_power_dbm: -110,
            ra_response_window: RaResponseWindow::Sl10,
            msg3_transform_precoder: false,
        }
    }
}

/// No additions.
fn none() -> Extension {
    Extension::default()
}

/// An empty list is an absent one.
fn non_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    if list.is_empty() { None } else { Some(list) }
}

fn bands(bands: &[u16]) -> Vec<NrMultiBandInfo> {
    let info = |&band| NrMultiBandInfo { freq_band_indicator_nr: Some(band), nr_ns_pmax_list: None };
    bands.iter().map(info).collect()
}

fn bwp(
    parameter: &'static str,
    numerology: Numerology,
    n_prb: u16,
    (start_prb, size): (u16, u16),
) -> Result<Bwp, ConfigError> {
    if u32::from(start_prb) + u32::from(size) > u32::from(n_prb) {
        let got = format!("{size} resource blocks from {start_prb}");
        let rule = format!("must lie within the carrier's {n_prb} resource blocks");
        return Err(ConfigError::new(parameter, got, rule, "TS 38.211 4.4.5"));
    }
    Bwp::new(start_prb, size, numerology, CyclicPrefix::Normal)
}

impl CommonSearchSpaceDescription {
    fn search_space(&self) -> Result<SearchSpace, ConfigError> {
        if self.search_space_id == 0 {
            return Err(ConfigError::new("searchSpaceId", 0, "search space 0 is given by searchSpaceZero", CLAUSE));
        }
        if self.first_symbol > 13 {
            return Err(ConfigError::new("first_symbol", self.first_symbol, "must lie in 0..=13", CLAUSE));
        }
        let [level_1, level_2, level_4, level_8, level_16] = self.n_candidates;
        let common = CommonSearchSpace {
            dci_format_0_0_and_1_0: Some(DciFormatFlags::default()),
            dci_format_2_0: None,
            dci_format_2_1: None,
            dci_format_2_2: None,
            dci_format_2_3: None,
        };
        Ok(SearchSpace {
            search_space_id: self.search_space_id,
            control_resource_set_id: Some(self.control_resource_set_id),
            monitoring_slots: Some(MonitoringSlots::Sl1),
            duration: None,
            monitoring_symbols_within_slot: Some(BitString(1 << (13 - self.first_symbol))),
            nrof_candidates: Some(NrofCandidates {
                level_1: CandidateCount::new(level_1)?,
                level_2: CandidateCount::new(level_2)?,
                level_4: CandidateCount::new(level_4)?,
                level_8: CandidateCount::new(level_8)?,
                level_16: CandidateCount::new(level_16)?,
            }),
            search_space_type: Some(SearchSpaceType::Common(common)),
        })
    }
}

impl Sib1 {
    /// The SIB1 of a small cell.
    ///
    /// # Errors
    /// Names the value that the standard does not allow; what this returns can be encoded.
    pub fn for_cell(cell: &CellDescription) -> Result<Self, ConfigError> {
        if cell.ssb_in_one_group == 0 || cell.ssb_groups == Some(0) {
            return Err(ConfigError::new(
                "ssb-PositionsInBurst",
                0,
                "a cell transmits at least one SSB",
                "TS 38.213 4.1",
            ));
        }
        if !(-140..=-44).contains(&cell.q_rx_lev_min_dbm) || cell.q_rx_lev_min_dbm % 2 != 0 {
            let rule = "must be an even number in -140..=-44 dBm";
            return Err(ConfigError::new("q-RxLevMin", cell.q_rx_lev_min_dbm, rule, CLAUSE));
        }
        if cell.tdd.len() > 2 {
            return Err(ConfigError::new("TDD patterns", cell.tdd.len(), "must be at most two", "TS 38.213 11.1"));
        }
        let identities = PlmnIdentityInfo {
            plmn_identity_list: cell.plmns.clone(),
            tracking_area_code: Some(cell.tracking_area_code),
            ranac: None,
            cell_identity: cell.cell_identity,
            cell_reserved_for_operator_use: CellReservedForOperatorUse::NotReserved,
            extension: none(),
        };
        let mut patterns = cell.tdd.iter().cloned();
        let serving_cell = ServingCellConfigCommonSib {
            downlink_config_common: downlink(cell)?,
            uplink_config_common: cell.uplink.as_ref().map(|ul| uplink(cell.numerology, ul)).transpose()?,
            supplementary_uplink: None,
            n_timing_advance_offset: cell.timing_advance_offset,
            ssb_positions_in_burst: SsbPositionsInBurst {
                in_one_group: BitString(u64::from(cell.ssb_in_one_group)),
                group_presence: cell.ssb_groups.map(|groups| BitString(u64::from(groups))),
            },
            ssb_periodicity_serving_cell: cell.ssb_periodicity,
            tdd_ul_dl_configuration_common: patterns.next().map(|pattern1| TddUlDlConfigCommon {
                reference_subcarrier_spacing: cell.numerology.into(),
                pattern1,
                pattern2: patterns.next(),
                extension: none(),
            }),
            ss_pbch_block_power: cell.ss_pbch_block_power,
            extension: none(),
        };
        let sib1 = Self {
            cell_selection_info: Some(CellSelectionInfo {
                q_rx_lev_min: (cell.q_rx_lev_min_dbm / 2) as i8, // in range: checked above
                q_rx_lev_min_offset: None,
                q_rx_lev_min_sul: None,
                q_qual_min: Some(cell.q_qual_min_db),
                q_qual_min_offset: None,
            }),
            cell_access_related_info: CellAccessRelatedInfo {
                plmn_identity_info_list: vec![identities],
                cell_reserved_for_other_use: false,
                extension: none(),
            },
            conn_est_failure_control: Some(ConnEstFailureControl {
                conn_est_fail_count: ConnEstFailCount::N1,
                conn_est_fail_offset_validity: OffsetValidity::S30,
                conn_est_fail_offset: Some(1),
            }),
            si_scheduling_info: None,
            serving_cell_config_common: Some(serving_cell),
            ims_emergency_support: false,
            ecall_over_ims_support: false,
            ue_timers_and_constants: Some(UeTimersAndConstants {
                t300: T300::Ms1000,
                t301: T300::Ms1000,
                t310: T310::Ms1000,
                n310: N310::N1,
                t311: T311::Ms3000,
                n311: N311::N1,
                t319: T300::Ms1000,
                extension: none(),
            }),
            uac_barring_info: None,
            use_full_resume_id: false,
            late_non_critical_extension: None,
            non_critical_extension: None,
        };
        // Encoding is what checks the ranges of all other values.
        sib1.encode()?;
        Ok(sib1)
    }
}

fn downlink(cell: &CellDescription) -> Result<DownlinkConfigCommonSib, ConfigError> {
    let common = cell.common_search_space.as_ref();
    let search_space = common.map(|common| common.search_space_id);
    let pdcch = PdcchConfigCommon {
        control_resource_set_zero: cell.control_resource_set_zero,
        common_control_resource_set: None,
        search_space_zero: cell.search_space_zero,
        common_search_space_list: common.map(|common| common.search_space().map(|space| vec![space])).transpose()?,
        search_space_sib1: Some(0),
        search_space_other_system_information: search_space
            .filter(|_| common.is_some_and(|common| common.other_system_information)),
        paging_search_space: search_space.or(Some(0)),
        ra_search_space: search_space.or(Some(0)),
        extension: none(),
    };
    let rows = cell.pdsch_allocations.iter().map(|&(k0, sliv)| PdschTimeDomainAllocation {
        k0: (k0 != 0).then_some(k0), // absent is 0
        mapping_type: MappingType::A,
        start_symbol_and_length: sliv,
    });
    let pdsch = PdschConfigCommon { pdsch_time_domain_allocation_list: non_empty(rows.collect()), extension: none() };
    Ok(DownlinkConfigCommonSib {
        frequency_info_dl: FrequencyInfoDlSib {
            frequency_band_list: bands(&cell.bands),
            offset_to_point_a: cell.offset_to_point_a,
            scs_specific_carrier_list: vec![ScsSpecificCarrier {
                offset_to_carrier: cell.offset_to_carrier,
                subcarrier_spacing: cell.numerology.into(),
                carrier_bandwidth: cell.n_prb,
                extension: none(),
            }],
        },
        initial_downlink_bwp: BwpDownlinkCommon {
            generic_parameters: bwp("initialDownlinkBWP", cell.numerology, cell.n_prb, cell.initial_downlink_bwp)?,
            pdcch_config_common: Some(SetupRelease::Setup(pdcch)),
            pdsch_config_common: Some(SetupRelease::Setup(pdsch)),
            extension: none(),
        },
        bcch_config: BcchConfig { modification_period_coeff: ModificationPeriodCoeff::N4, extension: none() },
        pcch_config: PcchConfig {
            default_paging_cycle: PagingCycle::Rf128,
            n_and_paging_frame_offset: PagingFrameOffset::OneT,
            ns: PagingFrames::One,
            first_pdcch_monitoring_occasion_of_po: None,
            extension: none(),
        },
        extension: none(),
    })
}

fn uplink(numerology: Numerology, uplink: &UplinkDescription) -> Result<UplinkConfigCommonSib, ConfigError> {
    let rach = RachConfigCommon {
        rach_config_generic: RachConfigGeneric {
            prach_configuration_index: uplink.rach.prach_configuration_index,
            msg1_fdm: uplink.rach.msg1_fdm,
            msg1_frequency_start: uplink.rach.msg1_frequency_start,
            zero_correlation_zone_config: uplink.rach.zero_correlation_zone_config,
            preamble_received_target_power: uplink.rach.preamble_received_target_power_dbm,
            preamble_trans_max: PreambleTransMax::N7,
            power_ramping_step: PowerRampingStep::Db4,
            ra_response_window: uplink.rach.ra_response_window,
            extension: none(),
        },
        total_number_of_ra_preambles: None,
        ssb_per_rach_occasion: Some(SsbPerRachOccasionAndPreambles::One(PreamblesPerSsb::N64)),
        group_b_configured: None,
        ra_contention_resolution_timer: ContentionResolutionTimer::Sf64,
        rsrp_threshold_ssb: None,
        rsrp_threshold_ssb_sul: None,
        prach_root_sequence_index: uplink.rach.root_sequence_index.clone(),
        msg1_subcarrier_spacing: uplink.rach.msg1_numerology.map(Into::into),
        restricted_set_config: RestrictedSetConfig::UnrestrictedSet,
        msg3_transform_precoder: uplink.rach.msg3_transform_precoder,
        extension: none(),
    };
    let rows = uplink.pusch_allocations.iter().map(|&(k2, sliv)| PuschTimeDomainAllocation {
        k2: Some(k2),
        mapping_type: MappingType::A,
        start_symbol_and_length: sliv,
    });
    let pusch = PuschConfigCommon {
        group_hopping_enabled_transform_precoding: false,
        pusch_time_domain_allocation_list: non_empty(rows.collect()),
        msg3_delta_preamble: None,
        p0_nominal_with_grant: Some(uplink.p0_nominal_dbm),
        extension: none(),
    };
    let pucch = PucchConfigCommon {
        pucch_resource_common: Some(uplink.pucch_resource_common),
        pucch_group_hopping: PucchGroupHopping::Neither,
        hopping_id: None,
        p0_nominal: Some(uplink.p0_nominal_dbm),
        extension: none(),
    };
    Ok(UplinkConfigCommonSib {
        frequency_info_ul: FrequencyInfoUlSib {
            frequency_band_list: non_empty(bands(&uplink.bands)),
            absolute_frequency_point_a: uplink.absolute_frequency_point_a,
            scs_specific_carrier_list: vec![ScsSpecificCarrier {
                offset_to_carrier: uplink.offset_to_carrier,
                subcarrier_spacing: numerology.into(),
                carrier_bandwidth: uplink.n_prb,
                extension: none(),
            }],
            p_max: uplink.p_max_dbm,
            frequency_shift_7p5_khz: false,
            extension: none(),
        },
        initial_uplink_bwp: BwpUplinkCommon {
            generic_parameters: bwp("initialUplinkBWP", numerology, uplink.n_prb, uplink.initial_uplink_bwp)?,
            rach_config_common: Some(SetupRelease::Setup(rach)),
            pusch_config_common: Some(SetupRelease::Setup(pusch)),
            pucch_config_common: Some(SetupRelease::Setup(pucch)),
            extension: none(),
        },
        time_alignment_timer_common: TimeAlignmentTimer::Infinity,
    })
}
