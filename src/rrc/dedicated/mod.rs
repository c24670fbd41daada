//! CellGroupConfig: what one device is told about its cells, TS 38.331 6.3.2.

mod bearers;
mod cell_group;
mod codebook;
mod configured_grant;
mod csi_reports;
mod csi_resources;
mod pdcch;
mod pdcch_release16;
mod pdsch;
mod pdsch_release16;
mod physical_cell_group;
mod pucch;
mod pucch_release16;
mod pusch;
mod pusch_release16;
mod rate_match;
mod reconfiguration;
mod serving_cell;
mod shapes;
mod shared_channels;
mod srs;
mod uplink_shapes;

pub(super) use bearers::RADIO_BEARER_CONFIG;
pub use cell_group::{CellGroupConfig, SCellConfig, SpCellConfig};
pub use codebook::{
    CodebookConfig, CodebookType, NumberOfBeams, PhaseAlphabetSize, PortSelectionSamplingSize, TypeI,
    TypeIAntennaPorts, TypeII, TypeIIBeams, TypeIIPanel, TypeIIPortSelection, TypeIISubType, TypeIMorePorts,
    TypeIMultiPanel, TypeIPanel, TypeIPanels, TypeISinglePanel, TypeISubType, TypeITwoPorts,
};
pub use configured_grant::{
    CgUciOnPusch, ConfiguredGrantConfig, GrantPeriodicity, PowerControlLoop, RepK, RepKRv, RrcConfiguredUplinkGrant,
};
pub use csi_reports::{
    CqiFormat, CqiTable, CsiAperiodicTriggerState, CsiAssociatedReport, CsiBundleSize, CsiMeasConfig,
    CsiMeasConfigV1610, CsiReportAperiodic, CsiReportConfig, CsiReportConfigType, CsiReportConfigV1530, CsiReportDummy,
    CsiReportFrequency, CsiReportI1Cqi, CsiReportOnPucch, CsiReportOnPusch, CsiReportPeriodicity, CsiReportQuantity,
    CsiReportSlots, CsiReportSlotsV1530, CsiReportingBand, CsiResourceConfig, CsiResourceSets, CsiResourceType,
    CsiSemiPersistentTriggerState, CsiTriggeredNzp, CsiTriggeredResources, GroupBasedBeamReporting, NrofReportedRs,
    NzpCsiRsSsb, PmiFormat, PucchCsiResource, SemiPersistentOnPuschV1530, SingleBeamReporting, SubbandSize,
    TimeRestriction,
};
pub use csi_resources::{
    CdmType, CsiFrequencyOccupation, CsiImPattern, CsiImPattern0, CsiImPattern1, CsiImResource, CsiImResourceSet,
    CsiImSubcarrier0, CsiImSubcarrier1, CsiResourcePeriodicity, CsiRsDensity, CsiRsFrequencyAllocation, CsiRsOddEven,
    CsiRsPorts, CsiRsRepetition, CsiRsResourceMapping, CsiSsbResourceSet, NzpCsiRsResource, NzpCsiRsResourceSet,
    NzpCsiRsResourceSetV1610, PowerControlOffsetSs, ZpCsiRsResource, ZpCsiRsResourceSet,
};
pub use pdcch::{
    DownlinkPreemption, IntConfigurationPerServingCell, PdcchConfig, PdcchServingCellConfig, PucchTpcCommandConfig,
    PuschTpcCommandConfig, SlotFormatCombination, SlotFormatCombinationsPerCell, SlotFormatIndicator,
    SrsTpcCommandConfig, TimeFrequencySet,
};
pub use pdcch_release16::{
    CiConfigurationPerServingCell, CiPayloadSize, CommonSearchSpaceR16, DciFormat2_4, DciFormat2_5,
    MonitoringCapability, NrofCandidatesR16, PdcchConfigV1610, SearchSpaceExtR16, SearchSpaceSwitchConfig,
    SearchSpaceTypeR16, TimeDurationForCi, TimeFrequencyRegion, TimeGranularityForCi, UplinkCancellation,
};
pub use pdsch::{
    AggregationFactor, AggregationFactorR16, BundleSize, BundleSizeSet1, DmrsAdditionalPosition, DmrsDownlinkConfig,
    DmrsDownlinkConfigV1610, DynamicBundling, MaxCodeWords, McsTable, PdschConfig, PrbBundlingType, PtrsDownlinkConfig,
    PtrsDownlinkConfigV1610, PtrsResourceElementOffset, QclInfo, QclReferenceSignal, QclType, RbgSize,
    ResourceAllocation, SpsConfig, SpsConfigV1610, SpsPeriodicity, StaticBundling, TciState, VrbToPrbInterleaver,
};
pub use pdsch_release16::{
    DynamicBundlingR16, FdmTdm, PdschConfigV1610, PdschTimeDomainAllocationR16, PrbBundlingTypeDci1_2,
    RepetitionNumber, RepetitionScheme, RepetitionSchemeConfig, SlotBased, StaticBundlingR16, TciMapping,
    Type1Granularity,
};
pub use physical_cell_group::{
    AckNackFeedbackMode, DcpConfig, DownlinkAssignmentIndexBits, EnabledOrDisabled, HarqAckCodebook,
    NrdcPowerControlMode, PdcchBlindDetectionCaCombIndicator, PhysicalCellGroupConfig, PhysicalCellGroupConfigV1530,
    PhysicalCellGroupConfigV1540, PhysicalCellGroupConfigV1560, PhysicalCellGroupConfigV1610, XScale,
};
pub use pucch::{
    ClosedLoopIndex, PucchConfig, PucchFormat, PucchFormat0, PucchFormat1, PucchFormat2, PucchFormat3, PucchFormat4,
    PucchFormatConfig, PucchMaxCodeRate, PucchOccIndex, PucchOccLength, PucchResource, PucchResourceSet,
    PucchSpatialReference, PucchSpatialRelationInfo, PucchSrs, SchedulingRequestPeriodicity,
    SchedulingRequestResourceConfig,
};
pub use pucch_release16::{
    Interlace0, InterlaceAllocation, PhyPriority, PucchConfigV1610, PucchFormatV1610, PucchOccV1610,
    PucchResourceExtV1610, PucchResourceGroup, PucchSpatialRelationInfoExt, SchedulingRequestResourceConfigExtV1610,
    SpsPucchAn, SubslotLengthExtended, SubslotLengthForPucch, SubslotLengthNormal,
};
pub use pusch::{
    BetaOffsets, CodebookSubset, DmrsTransformPrecodingDisabled, DmrsTransformPrecodingDisabledV1610,
    DmrsTransformPrecodingEnabled, DmrsUplinkConfig, FrequencyHopping, PtrsPorts, PtrsPower,
    PtrsTransformPrecoderDisabled, PtrsTransformPrecoderEnabled, PtrsUplinkConfig, PuschConfig, TransformPrecoder,
    TxConfig, UciBetaOffsets, UciOnPusch, UciScaling,
};
pub use pusch_release16::{
    FrequencyHoppingDci0_2, FrequencyHoppingRepTypeB, InvalidSymbolPattern, NumberOfRepetitions, PuschAllocation,
    PuschConfigV1610, PuschRepType, PuschTimeDomainAllocationR16, UciBetaOffsetsDci0_2, UciBetaOffsetsDynamic,
    UciOnPuschDci0_2, UlFullPowerTransmission,
};
pub use rate_match::{
    LteCarrierBandwidth, LteCrsPorts, LteCrsShift, LteMbsfnPeriod, LteMbsfnSubframeConfig, LteMbsfnSubframes,
    LteMbsfnSubframes2, RateMatchBitmaps, RateMatchDummy, RateMatchPattern, RateMatchPatternGroupEntry,
    RateMatchPatternLteCrs, RateMatchPatternType, RateMatchPatternV1610, RateMatchSlots, RateMatchSymbols,
};
pub use reconfiguration::{
    DownlinkConfigCommon, FrequencyInfoDl, FrequencyInfoUl, RachConfigDedicated, ReconfigurationWithSync,
    ServingCellConfigCommon, SsbPeriodicityDedicated, SsbPositions, T304, UplinkConfigCommon,
};
pub use serving_cell::{
    BwpDownlink, BwpDownlinkDedicated, BwpDownlinkDedicatedV1610, BwpInactivityTimer, BwpUplink, BwpUplinkDedicated,
    BwpUplinkDedicatedV1610, CaSlotOffset, DormantBwpConfig, GuardBand, IntraCellGuardBands, OutsideActiveTimeConfig,
    PathlossReferenceLinking, ScellDeactivationTimer, ServingCellConfig, ServingCellConfigV1530,
    ServingCellConfigV1610, TddExplicitSymbols, TddSlotSymbols, TddUlDlConfigDedicated, TddUlDlSlotConfig,
    UplinkConfig, UplinkConfigV1530, WithinActiveTimeConfig,
};
pub use shared_channels::{
    CarrierIndicatorSize, CodeBlockGroups, CrossCarrierSchedulingConfig, CrossCarrierSchedulingConfigV1610,
    NrofHarqProcesses, OtherScheduling, OwnScheduling, PdschCodeBlockGroupTransmission, PdschOverhead,
    PdschServingCellConfig, PdschServingCellConfigV1530, PdschServingCellConfigV1610, PuschCodeBlockGroupTransmission,
    PuschOverhead, PuschServingCellConfig, PuschServingCellConfigV1530, PuschServingCellConfigV1610,
    SchedulingCellInfo,
};
pub use srs::{
    Alpha, CombN2, CombN4, GroupOrSequenceHopping, PathlossReference, PtrsPortIndex, SrsAperiodic, SrsConfig,
    SrsConfigV1610, SrsFrequencyHopping, SrsPeriodic, SrsPeriodicity, SrsPorts, SrsPowerControlStates, SrsReference,
    SrsResource, SrsResourceMapping, SrsResourceSet, SrsResourceType, SrsSemiPersistent, SrsSetAperiodic,
    SrsSetPeriodic, SrsSetType, SrsSpatialReference, SrsSpatialRelationInfo, SrsSymbols, SrsUsage, TransmissionComb,
};
