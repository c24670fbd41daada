//! CellGroupConfig: what one device is told about its cells, TS 38.331 6.3.2.

mod bearers;
mod cell_group;
mod codebook;
mod configured_grant;
mod csi_reports;
mod csi_resources;
mod pdcch;
mod pdsch;
mod pucch;
mod pusch;
mod rate_match;
mod reconfiguration;
mod serving_cell;
mod shapes;
mod shared_channels;
mod srs;

pub(super) use bearers::RADIO_BEARER_CONFIG;
pub use cell_group::{
    CellGroupConfig, HarqAckCodebook, PhysicalCellGroupConfig, PhysicalCellGroupConfigV1530, SCellConfig, SpCellConfig,
};
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
    CsiReportAperiodic, CsiReportConfig, CsiReportConfigType, CsiReportDummy, CsiReportFrequency, CsiReportI1Cqi,
    CsiReportOnPucch, CsiReportOnPusch, CsiReportPeriodicity, CsiReportQuantity, CsiReportSlots, CsiReportingBand,
    CsiResourceConfig, CsiResourceSets, CsiResourceType, CsiSemiPersistentTriggerState, CsiTriggeredNzp,
    CsiTriggeredResources, GroupBasedBeamReporting, NrofReportedRs, NzpCsiRsSsb, PmiFormat, PucchCsiResource,
    SingleBeamReporting, SubbandSize, TimeRestriction,
};
pub use csi_resources::{
    CdmType, CsiFrequencyOccupation, CsiImPattern, CsiImPattern0, CsiImPattern1, CsiImResource, CsiImResourceSet,
    CsiImSubcarrier0, CsiImSubcarrier1, CsiResourcePeriodicity, CsiRsDensity, CsiRsFrequencyAllocation, CsiRsOddEven,
    CsiRsPorts, CsiRsRepetition, CsiRsResourceMapping, CsiSsbResourceSet, NzpCsiRsResource, NzpCsiRsResourceSet,
    PowerControlOffsetSs, ZpCsiRsResource, ZpCsiRsResourceSet,
};
pub use pdcch::{
    DownlinkPreemption, IntConfigurationPerServingCell, PdcchConfig, PdcchServingCellConfig, PucchTpcCommandConfig,
    PuschTpcCommandConfig, SlotFormatCombination, SlotFormatCombinationsPerCell, SlotFormatIndicator,
    SrsTpcCommandConfig, TimeFrequencySet,
};
pub use pdsch::{
    AggregationFactor, BundleSize, BundleSizeSet1, DmrsAdditionalPosition, DmrsDownlinkConfig, DynamicBundling,
    MaxCodeWords, McsTable, PdschConfig, PrbBundlingType, PtrsDownlinkConfig, PtrsResourceElementOffset, QclInfo,
    QclReferenceSignal, QclType, RbgSize, ResourceAllocation, SpsConfig, SpsPeriodicity, StaticBundling, TciState,
    VrbToPrbInterleaver,
};
pub use pucch::{
    ClosedLoopIndex, PucchConfig, PucchFormat, PucchFormat0, PucchFormat1, PucchFormat2, PucchFormat3, PucchFormat4,
    PucchFormatConfig, PucchMaxCodeRate, PucchOccIndex, PucchOccLength, PucchResource, PucchResourceSet,
    PucchSpatialReference, PucchSpatialRelationInfo, PucchSrs, SchedulingRequestPeriodicity,
    SchedulingRequestResourceConfig,
};
pub use pusch::{
    BetaOffsets, CodebookSubset, DmrsTransformPrecodingDisabled, DmrsTransformPrecodingEnabled, DmrsUplinkConfig,
    FrequencyHopping, PtrsPorts, PtrsPower, PtrsTransformPrecoderDisabled, PtrsTransformPrecoderEnabled,
    PtrsUplinkConfig, PuschConfig, TransformPrecoder, TxConfig, UciBetaOffsets, UciOnPusch, UciScaling,
};
pub use rate_match::{
    LteCarrierBandwidth, LteCrsPorts, LteCrsShift, LteMbsfnPeriod, LteMbsfnSubframeConfig, LteMbsfnSubframes,
    LteMbsfnSubframes2, RateMatchBitmaps, RateMatchDummy, RateMatchPattern, RateMatchPatternGroupEntry,
    RateMatchPatternLteCrs, RateMatchPatternType, RateMatchSlots, RateMatchSymbols,
};
pub use reconfiguration::{
    DownlinkConfigCommon, FrequencyInfoDl, FrequencyInfoUl, RachConfigDedicated, ReconfigurationWithSync,
    ServingCellConfigCommon, SsbPeriodicityDedicated, SsbPositions, T304, UplinkConfigCommon,
};
pub use serving_cell::{
    BwpDownlink, BwpDownlinkDedicated, BwpInactivityTimer, BwpUplink, BwpUplinkDedicated, PathlossReferenceLinking,
    ScellDeactivationTimer, ServingCellConfig, ServingCellConfigV1530, TddExplicitSymbols, TddSlotSymbols,
    TddUlDlConfigDedicated, TddUlDlSlotConfig, UplinkConfig,
};
pub use shared_channels::{
    CodeBlockGroups, CrossCarrierSchedulingConfig, NrofHarqProcesses, OtherScheduling, OwnScheduling,
    PdschCodeBlockGroupTransmission, PdschOverhead, PdschServingCellConfig, PdschServingCellConfigV1530,
    PuschCodeBlockGroupTransmission, PuschOverhead, PuschServingCellConfig, PuschServingCellConfigV1530,
    SchedulingCellInfo,
};
pub use srs::{
    Alpha, CombN2, CombN4, GroupOrSequenceHopping, PathlossReference, PtrsPortIndex, SrsAperiodic, SrsConfig,
    SrsFrequencyHopping, SrsPeriodic, SrsPeriodicity, SrsPorts, SrsPowerControlStates, SrsReference, SrsResource,
    SrsResourceMapping, SrsResourceSet, SrsResourceType, SrsSemiPersistent, SrsSetAperiodic, SrsSetPeriodic,
    SrsSetType, SrsSpatialReference, SrsSpatialRelationInfo, SrsSymbols, SrsUsage, TransmissionComb,
};
