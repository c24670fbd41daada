//! MIB, SIB1, RRCSetup and RRCReject of TS 38.331 as plain Rust types: decoded to named fields, encoded from a
//! configuration.
//!
//! Every structure is written down once, in the standard's order and with the standard's names beside the Rust ones
//! (macros of `notation`); decoding, encoding and the printed view follow from that. All root fields of SIB1 up to
//! Release 18 have names. What stands behind the `...` of a structure is kept in its [`Extension`] as it came, so
//! that encoding gives back what was decoded bit for bit.
//!
//! Of [`CellGroupConfig`], the configuration of a connected device, all root fields and the additions of Releases 15
//! and 16 that the physical layer needs have names; bearers, MAC, power control and the like are read over
//! ([`Skipped`]) and kept as bits. An addition is read when it is asked for (`v1530`, `v1610`, …).
//!
//! The types are plain data with public fields; whether a value is in its range is checked on encoding. Decoding
//! takes any bytes: the result is a message or a [`DecodeError`] that names the field and the bit.
//!
//! Entry points: [`Mib`], [`Sib1`], [`DlCcchMessage`], and [`CellDescription`] with [`Sib1::for_cell`].

#[macro_use]
mod notation;

mod access;
mod barring;
mod control;
mod dedicated;
mod dl_ccch;
mod downlink;
mod error;
mod for_cell;
mod for_device;
mod frequency;
mod mib;
mod random_access;
mod release;
mod scheduling;
mod serving_cell;
mod sib1;
mod skip;
mod tdd;
mod uper;
mod uplink;
mod value;

pub use access::{
    CellAccessRelatedInfo, CellReservedForOperatorUse, CellSelectionInfo, PlmnIdentity, PlmnIdentityInfo,
};
pub use barring::{
    SelectionAssistance, UacBarringFactor, UacBarringInfo, UacBarringInfoSet, UacBarringListType, UacBarringPerCat,
    UacBarringPerPlmn, UacBarringTime, UacSelectionAssistanceInfo,
};
pub use control::{
    CandidateCount, CceRegMapping, CommonSearchSpace, ControlResourceSet, ControlResourceSetV1610, Dci2_3Periodicity,
    DciFormat2_0, DciFormat2_3, DciFormatFlags, DciFormats, DciFormatsExt, DciFormatsSl,
    FirstPdcchMonitoringOccasionOfPo, InterleavedMapping, InterleaverUnit, MonitoringSlots, NrofCandidates,
    NrofCandidatesSfi, NrofDci2_3Candidates, PdcchConfigCommon, PdcchConfigCommonV15, PrecoderGranularity, SearchSpace,
    SearchSpaceType, SfiCandidates, UeSearchSpace, UeSearchSpaceV1610,
};
pub use dedicated::*;
pub use dl_ccch::{DlCcchMessage, RrcReject, RrcSetup, RrcSetupIes};
pub use downlink::{
    BcchConfig, BwpDownlinkCommon, DownlinkConfigCommonSib, FrequencyInfoDlSib, ModificationPeriodCoeff, PagingCycle,
    PagingFrameOffset, PagingFrames, PcchConfig, PdschConfigCommon, PdschTimeDomainAllocation,
};
pub use error::{DecodeError, DecodeProblem};
pub use for_cell::{CellDescription, CommonSearchSpaceDescription, RachDescription, UplinkDescription};
pub use for_device::DeviceDescription;
pub use frequency::{
    Bwp, NrMultiBandInfo, NrNsPmaxValue, ScsSpecificCarrier, ScsSpecificCarrierV15, SubcarrierSpacing,
};
pub use mib::{CellBarred, CommonSubcarrierSpacing, DmrsTypeAPosition, IntraFreqReselection, Mib, PdcchConfigSib1};
pub use random_access::{
    ContentionResolutionTimer, GroupBConfigured, MessagePowerOffset, Msg1Fdm, Msg3Size, PowerRampingStep,
    PrachRootSequenceIndex, PreambleTransMax, PreamblesPerSsb, PreamblesPerSsbTwo, RaResponseWindow, RachConfigCommon,
    RachConfigGeneric, RestrictedSetConfig, SsbPerRachOccasion, SsbPerRachOccasionAndPreambles,
};
pub use release::{
    CellBarredERedCap, CellBarredRedCap, ERedCapConfigCommon, FeaturePriorities, FeaturePrioritiesV1800,
    MtSdtConfigCommon, RedCapConfigCommon, SdtConfigCommon, SdtDataVolumeThreshold, SdtProhibitTimer, SdtSrDelayTimer,
    Sib1V1610, Sib1V1630, Sib1V1700, Sib1V1740, Sib1V1800, T319a, UacBarringInfoSetV1700, UacBarringInfoV1630,
    UacBarringInfoV1700, UacSelectAssistInfo,
};
pub use scheduling::{
    GnssId, GnssName, PosSchedulingInfo, PosSiSchedulingInfo, PosSibType, PosSibTypeName, PosSibTypeNameR17,
    PosSibTypeR17, RachOccasionsSi, RachOccasionsSiR18, SbasId, SbasName, SchedulingInfo, SchedulingInfo2,
    SiBroadcastStatus, SiPeriodicity, SiRequestConfig, SiRequestConfigRepetition, SiRequestPeriod, SiRequestResources,
    SiRequestResourcesRepetition, SiSchedulingInfo, SiSchedulingInfoV1700, SiSchedulingInfoV1740,
    SiSchedulingInfoV1800, SiWindowLength, SibType, SibTypeInfo, SibTypeInfoV1700, SibTypeNameR17, SibTypeR17,
};
pub use serving_cell::{ServingCellConfigCommonSib, SsbPeriodicity, SsbPositionsInBurst, TimingAdvanceOffset};
pub use sib1::{ConnEstFailCount, ConnEstFailureControl, OffsetValidity, Sib1};
pub use sib1::{N310, N311, T300, T310, T311, UeTimersAndConstants};
pub use skip::Skipped;
pub use tdd::{PatternPeriodicity, PatternPeriodicityV1530, TddUlDlConfigCommon, TddUlDlPattern, TddUlDlPatternV1530};
pub use uper::{BitString, Boolean, Contained, Extension, LongBitString, OctetString, UnknownTail};
pub use uplink::{
    BwpUplinkCommon, FrequencyInfoUlSib, MappingType, PucchConfigCommon, PucchGroupHopping, PuschConfigCommon,
    PuschTimeDomainAllocation, SetupRelease, TimeAlignmentTimer, UplinkConfigCommonSib,
};
pub use value::Value;
