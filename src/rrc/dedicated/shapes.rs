//! Parts of the cells' configuration that no receiver of the physical layer needs: read over.

use crate::rrc::skip::{NULL, Shape, optional, required};
use crate::rrc::uper::range;
use Shape::{Choice, Enumerated, ExtensibleSequence, Number, Sequence, SequenceOf};

/// RLF-TimersAndConstants.
pub(super) const RLF_TIMERS_AND_CONSTANTS: Shape = ExtensibleSequence(&[
    required("t310", Enumerated(9)),
    required("n310", Enumerated(8)),
    required("n311", Enumerated(8)),
]);

/// RACH-ConfigGeneric.
const RACH_CONFIG_GENERIC: Shape = ExtensibleSequence(&[
    required("prach-ConfigurationIndex", Number(range(0, 255))),
    required("msg1-FDM", Enumerated(4)),
    required("msg1-FrequencyStart", Number(range(0, 274))),
    required("zeroCorrelationZoneConfig", Number(range(0, 15))),
    required("preambleReceivedTargetPower", Number(range(-202, -60))),
    required("preambleTransMax", Enumerated(11)),
    required("powerRampingStep", Enumerated(4)),
    required("ra-ResponseWindow", Enumerated(8)),
]);

/// CFRA-SSB-Resource.
const CFRA_SSB_RESOURCE: Shape =
    ExtensibleSequence(&[required("ssb", Number(range(0, 63))), required("ra-PreambleIndex", Number(range(0, 63)))]);

/// CFRA-CSIRS-Resource.
const CFRA_CSIRS_RESOURCE: Shape = ExtensibleSequence(&[
    required("csi-RS", Number(range(0, 95))),
    required("ra-OccasionList", SequenceOf(range(1, 64), &Number(range(0, 511)))),
    required("ra-PreambleIndex", Number(range(0, 63))),
]);

/// CFRA.
const CFRA: Shape = ExtensibleSequence(&[
    optional(
        "occasions",
        Sequence(&[
            required("rach-ConfigGeneric", RACH_CONFIG_GENERIC),
            optional("ssb-perRACH-Occasion", Enumerated(8)),
        ]),
    ),
    required(
        "resources",
        Choice(&[
            Sequence(&[
                required("ssb-ResourceList", SequenceOf(range(1, 64), &CFRA_SSB_RESOURCE)),
                required("ra-ssb-OccasionMaskIndex", Number(range(0, 15))),
            ]),
            Sequence(&[
                required("csirs-ResourceList", SequenceOf(range(1, 96), &CFRA_CSIRS_RESOURCE)),
                required("rsrp-ThresholdCSI-RS", Number(range(0, 127))),
            ]),
        ]),
    ),
]);

/// RA-Prioritization.
const RA_PRIORITIZATION: Shape = ExtensibleSequence(&[
    required("powerRampingStepHighPriority", Enumerated(4)),
    optional("scalingFactorBI", Enumerated(4)),
]);

/// RACH-ConfigDedicated.
pub(super) const RACH_CONFIG_DEDICATED: Shape =
    ExtensibleSequence(&[optional("cfra", CFRA), optional("ra-Prioritization", RA_PRIORITIZATION)]);

/// RadioLinkMonitoringRS.
const RADIO_LINK_MONITORING_RS: Shape = ExtensibleSequence(&[
    required("radioLinkMonitoringRS-Id", Number(range(0, 9))),
    required("purpose", Enumerated(3)),
    required("detectionResource", Choice(&[Number(range(0, 63)), Number(range(0, 191))])),
]);

/// RadioLinkMonitoringConfig.
pub(super) const RADIO_LINK_MONITORING_CONFIG: Shape = ExtensibleSequence(&[
    optional("failureDetectionResourcesToAddModList", SequenceOf(range(1, 10), &RADIO_LINK_MONITORING_RS)),
    optional("failureDetectionResourcesToReleaseList", SequenceOf(range(1, 10), &Number(range(0, 9)))),
    optional("beamFailureInstanceMaxCount", Enumerated(8)),
    optional("beamFailureDetectionTimer", Enumerated(8)),
]);

/// BFR-SSB-Resource.
const BFR_SSB_RESOURCE: Shape =
    ExtensibleSequence(&[required("ssb", Number(range(0, 63))), required("ra-PreambleIndex", Number(range(0, 63)))]);

/// BFR-CSIRS-Resource.
const BFR_CSIRS_RESOURCE: Shape = ExtensibleSequence(&[
    required("csi-RS", Number(range(0, 191))),
    optional("ra-OccasionList", SequenceOf(range(1, 64), &Number(range(0, 511)))),
    optional("ra-PreambleIndex", Number(range(0, 63))),
]);

/// PRACH-ResourceDedicatedBFR.
const PRACH_RESOURCE_DEDICATED_BFR: Shape = Choice(&[BFR_SSB_RESOURCE, BFR_CSIRS_RESOURCE]);

/// BeamFailureRecoveryConfig.
pub(super) const BEAM_FAILURE_RECOVERY_CONFIG: Shape = ExtensibleSequence(&[
    optional("rootSequenceIndex-BFR", Number(range(0, 137))),
    optional("rach-ConfigBFR", RACH_CONFIG_GENERIC),
    optional("rsrp-ThresholdSSB", Number(range(0, 127))),
    optional("candidateBeamRSList", SequenceOf(range(1, 16), &PRACH_RESOURCE_DEDICATED_BFR)),
    optional("ssb-perRACH-Occasion", Enumerated(8)),
    optional("ra-ssb-OccasionMaskIndex", Number(range(0, 15))),
    optional("recoverySearchSpaceId", Number(range(0, 39))),
    optional("ra-Prioritization", RA_PRIORITIZATION),
    optional("beamFailureRecoveryTimer", Enumerated(8)),
]);

/// SRS-CC-SetIndex.
const SRS_CC_SET_INDEX: Shape =
    Sequence(&[optional("cc-SetIndex", Number(range(0, 3))), optional("cc-IndexInOneCC-Set", Number(range(0, 7)))]);

/// SRS-TPC-PDCCH-Config.
const SRS_TPC_PDCCH_CONFIG: Shape =
    Sequence(&[optional("srs-CC-SetIndexlist", SequenceOf(range(1, 4), &SRS_CC_SET_INDEX))]);

/// SRS-CarrierSwitching.
pub(super) const SRS_CARRIER_SWITCHING: Shape = ExtensibleSequence(&[
    optional("srs-SwitchFromServCellIndex", Number(range(0, 31))),
    required("srs-SwitchFromCarrier", Enumerated(2)),
    optional("srs-TPC-PDCCH-Group", Choice(&[SequenceOf(range(1, 32), &SRS_TPC_PDCCH_CONFIG), SRS_TPC_PDCCH_CONFIG])),
    optional("monitoringCells", SequenceOf(range(1, 32), &Number(range(0, 31)))),
]);

/// P0-PUCCH.
const P0_PUCCH: Shape =
    Sequence(&[required("p0-PUCCH-Id", Number(range(1, 8))), required("p0-PUCCH-Value", Number(range(-16, 15)))]);

/// PUCCH-PathlossReferenceRS.
const PUCCH_PATHLOSS_REFERENCE_RS: Shape = Sequence(&[
    required("pucch-PathlossReferenceRS-Id", Number(range(0, 3))),
    required("referenceSignal", Choice(&[Number(range(0, 63)), Number(range(0, 191))])),
]);

/// PUCCH-PowerControl.
pub(super) const PUCCH_POWER_CONTROL: Shape = ExtensibleSequence(&[
    optional("deltaF-PUCCH-f0", Number(range(-16, 15))),
    optional("deltaF-PUCCH-f1", Number(range(-16, 15))),
    optional("deltaF-PUCCH-f2", Number(range(-16, 15))),
    optional("deltaF-PUCCH-f3", Number(range(-16, 15))),
    optional("deltaF-PUCCH-f4", Number(range(-16, 15))),
    optional("p0-Set", SequenceOf(range(1, 8), &P0_PUCCH)),
    optional("pathlossReferenceRSs", SequenceOf(range(1, 4), &PUCCH_PATHLOSS_REFERENCE_RS)),
    optional("twoPUCCH-PC-AdjustmentStates", Enumerated(1)),
]);

/// P0-PUSCH-AlphaSet.
const P0_PUSCH_ALPHA_SET: Shape = Sequence(&[
    required("p0-PUSCH-AlphaSetId", Number(range(0, 29))),
    optional("p0", Number(range(-16, 15))),
    optional("alpha", Enumerated(8)),
]);

/// PUSCH-PathlossReferenceRS.
const PUSCH_PATHLOSS_REFERENCE_RS: Shape = Sequence(&[
    required("pusch-PathlossReferenceRS-Id", Number(range(0, 3))),
    required("referenceSignal", Choice(&[Number(range(0, 63)), Number(range(0, 191))])),
]);

/// SRI-PUSCH-PowerControl.
const SRI_PUSCH_POWER_CONTROL: Shape = Sequence(&[
    required("sri-PUSCH-PowerControlId", Number(range(0, 15))),
    required("sri-PUSCH-PathlossReferenceRS-Id", Number(range(0, 3))),
    required("sri-P0-PUSCH-AlphaSetId", Number(range(0, 29))),
    required("sri-PUSCH-ClosedLoopIndex", Enumerated(2)),
]);

/// PUSCH-PowerControl.
pub(super) const PUSCH_POWER_CONTROL: Shape = Sequence(&[
    optional("tpc-Accumulation", Enumerated(1)),
    optional("msg3-Alpha", Enumerated(8)),
    optional("p0-NominalWithoutGrant", Number(range(-202, 24))),
    optional("p0-AlphaSets", SequenceOf(range(1, 30), &P0_PUSCH_ALPHA_SET)),
    optional("pathlossReferenceRSToAddModList", SequenceOf(range(1, 4), &PUSCH_PATHLOSS_REFERENCE_RS)),
    optional("pathlossReferenceRSToReleaseList", SequenceOf(range(1, 4), &Number(range(0, 3)))),
    optional("twoPUSCH-PC-AdjustmentStates", Enumerated(1)),
    optional("deltaMCS", Enumerated(1)),
    optional("sri-PUSCH-MappingToAddModList", SequenceOf(range(1, 16), &SRI_PUSCH_POWER_CONTROL)),
    optional("sri-PUSCH-MappingToReleaseList", SequenceOf(range(1, 16), &Number(range(0, 15)))),
]);

/// PortIndexFor8Ranks.
pub(super) const PORT_INDEX_FOR8_RANKS: Shape = Choice(&[
    Sequence(&[
        optional("rank1-8", Number(range(0, 7))),
        optional("rank2-8", SequenceOf(range(2, 2), &Number(range(0, 7)))),
        optional("rank3-8", SequenceOf(range(3, 3), &Number(range(0, 7)))),
        optional("rank4-8", SequenceOf(range(4, 4), &Number(range(0, 7)))),
        optional("rank5-8", SequenceOf(range(5, 5), &Number(range(0, 7)))),
        optional("rank6-8", SequenceOf(range(6, 6), &Number(range(0, 7)))),
        optional("rank7-8", SequenceOf(range(7, 7), &Number(range(0, 7)))),
        optional("rank8-8", SequenceOf(range(8, 8), &Number(range(0, 7)))),
    ]),
    Sequence(&[
        optional("rank1-4", Number(range(0, 3))),
        optional("rank2-4", SequenceOf(range(2, 2), &Number(range(0, 3)))),
        optional("rank3-4", SequenceOf(range(3, 3), &Number(range(0, 3)))),
        optional("rank4-4", SequenceOf(range(4, 4), &Number(range(0, 3)))),
    ]),
    Sequence(&[
        optional("rank1-2", Number(range(0, 1))),
        optional("rank2-2", SequenceOf(range(2, 2), &Number(range(0, 1)))),
    ]),
    NULL,
]);
