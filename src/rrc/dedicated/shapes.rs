//! Parts of the cells' configuration that no receiver of the physical layer needs: read over.

use crate::rrc::skip::{Shape, optional, required};
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
