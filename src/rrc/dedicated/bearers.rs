//! Bearers and the MAC layer: read over.

use crate::rrc::skip::{BOOLEAN, NULL, Shape, optional, required};
use crate::rrc::uper::range;
use Shape::{
    Choice, Enumerated, ExtensibleChoice, ExtensibleEnumerated, ExtensibleSequence, Number, Sequence, SequenceOf,
};

/// PDCP-Config.
const PDCP_CONFIG: Shape = ExtensibleSequence(&[
    optional(
        "drb",
        Sequence(&[
            optional("discardTimer", Enumerated(16)),
            optional("pdcp-SN-SizeUL", Enumerated(2)),
            optional("pdcp-SN-SizeDL", Enumerated(2)),
            required(
                "headerCompression",
                ExtensibleChoice(&[
                    NULL,
                    Sequence(&[
                        optional("maxCID", Number(range(1, 16_383))),
                        required(
                            "profiles",
                            Sequence(&[
                                required("profile0x0001", BOOLEAN),
                                required("profile0x0002", BOOLEAN),
                                required("profile0x0003", BOOLEAN),
                                required("profile0x0004", BOOLEAN),
                                required("profile0x0006", BOOLEAN),
                                required("profile0x0101", BOOLEAN),
                                required("profile0x0102", BOOLEAN),
                                required("profile0x0103", BOOLEAN),
                                required("profile0x0104", BOOLEAN),
                            ]),
                        ),
                        optional("drb-ContinueROHC", Enumerated(1)),
                    ]),
                    Sequence(&[
                        optional("maxCID", Number(range(1, 16_383))),
                        required("profiles", Sequence(&[required("profile0x0006", BOOLEAN)])),
                        optional("drb-ContinueROHC", Enumerated(1)),
                    ]),
                ]),
            ),
            optional("integrityProtection", Enumerated(1)),
            optional("statusReportRequired", Enumerated(1)),
            optional("outOfOrderDelivery", Enumerated(1)),
        ]),
    ),
    optional(
        "moreThanOneRLC",
        Sequence(&[
            required(
                "primaryPath",
                Sequence(&[
                    optional("cellGroup", Number(range(0, 3))),
                    optional("logicalChannel", Number(range(1, 32))),
                ]),
            ),
            optional("ul-DataSplitThreshold", Enumerated(32)),
            optional("pdcp-Duplication", BOOLEAN),
        ]),
    ),
    optional("t-Reordering", Enumerated(64)),
]);

/// SRB-ToAddMod.
const SRB_TO_ADD_MOD: Shape = ExtensibleSequence(&[
    required("srb-Identity", Number(range(1, 3))),
    optional("reestablishPDCP", Enumerated(1)),
    optional("discardOnPDCP", Enumerated(1)),
    optional("pdcp-Config", PDCP_CONFIG),
]);

/// SDAP-Config.
const SDAP_CONFIG: Shape = ExtensibleSequence(&[
    required("pdu-Session", Number(range(0, 255))),
    required("sdap-HeaderDL", Enumerated(2)),
    required("sdap-HeaderUL", Enumerated(2)),
    required("defaultDRB", BOOLEAN),
    optional("mappedQoS-FlowsToAdd", SequenceOf(range(1, 64), &Number(range(0, 63)))),
    optional("mappedQoS-FlowsToRelease", SequenceOf(range(1, 64), &Number(range(0, 63)))),
]);

/// DRB-ToAddMod.
const DRB_TO_ADD_MOD: Shape = ExtensibleSequence(&[
    optional("cnAssociation", Choice(&[Number(range(0, 15)), SDAP_CONFIG])),
    required("drb-Identity", Number(range(1, 32))),
    optional("reestablishPDCP", Enumerated(1)),
    optional("recoverPDCP", Enumerated(1)),
    optional("pdcp-Config", PDCP_CONFIG),
]);

/// SecurityAlgorithmConfig.
const SECURITY_ALGORITHM_CONFIG: Shape = ExtensibleSequence(&[
    required("cipheringAlgorithm", ExtensibleEnumerated(8)),
    optional("integrityProtAlgorithm", ExtensibleEnumerated(8)),
]);

/// SecurityConfig.
const SECURITY_CONFIG: Shape = ExtensibleSequence(&[
    optional("securityAlgorithmConfig", SECURITY_ALGORITHM_CONFIG),
    optional("keyToUse", Enumerated(2)),
]);

/// RadioBearerConfig.
pub(in crate::rrc) const RADIO_BEARER_CONFIG: Shape = ExtensibleSequence(&[
    optional("srb-ToAddModList", SequenceOf(range(1, 2), &SRB_TO_ADD_MOD)),
    optional("srb3-ToRelease", Enumerated(1)),
    optional("drb-ToAddModList", SequenceOf(range(1, 29), &DRB_TO_ADD_MOD)),
    optional("drb-ToReleaseList", SequenceOf(range(1, 29), &Number(range(1, 32)))),
    optional("securityConfig", SECURITY_CONFIG),
]);

/// UL-AM-RLC.
const UL_AM_RLC: Shape = Sequence(&[
    optional("sn-FieldLength", Enumerated(2)),
    required("t-PollRetransmit", Enumerated(64)),
    required("pollPDU", Enumerated(32)),
    required("pollByte", Enumerated(64)),
    required("maxRetxThreshold", Enumerated(8)),
]);

/// DL-AM-RLC.
const DL_AM_RLC: Shape = Sequence(&[
    optional("sn-FieldLength", Enumerated(2)),
    required("t-Reassembly", Enumerated(32)),
    required("t-StatusProhibit", Enumerated(64)),
]);

/// UL-UM-RLC.
const UL_UM_RLC: Shape = Sequence(&[optional("sn-FieldLength", Enumerated(2))]);

/// DL-UM-RLC.
const DL_UM_RLC: Shape =
    Sequence(&[optional("sn-FieldLength", Enumerated(2)), required("t-Reassembly", Enumerated(32))]);

/// RLC-Config.
const RLC_CONFIG: Shape = ExtensibleChoice(&[
    Sequence(&[required("ul-AM-RLC", UL_AM_RLC), required("dl-AM-RLC", DL_AM_RLC)]),
    Sequence(&[required("ul-UM-RLC", UL_UM_RLC), required("dl-UM-RLC", DL_UM_RLC)]),
    Sequence(&[required("ul-UM-RLC", UL_UM_RLC)]),
    Sequence(&[required("dl-UM-RLC", DL_UM_RLC)]),
]);

/// LogicalChannelConfig.
const LOGICAL_CHANNEL_CONFIG: Shape = ExtensibleSequence(&[optional(
    "ul-SpecificParameters",
    ExtensibleSequence(&[
        required("priority", Number(range(1, 16))),
        required("prioritisedBitRate", Enumerated(16)),
        required("bucketSizeDuration", Enumerated(16)),
        optional("allowedServingCells", SequenceOf(range(1, 31), &Number(range(0, 31)))),
        optional("allowedSCS-List", SequenceOf(range(1, 5), &Enumerated(8))),
        optional("maxPUSCH-Duration", Enumerated(8)),
        optional("configuredGrantType1Allowed", Enumerated(1)),
        optional("logicalChannelGroup", Number(range(0, 7))),
        optional("schedulingRequestID", Number(range(0, 7))),
        required("logicalChannelSR-Mask", BOOLEAN),
        required("logicalChannelSR-DelayTimerApplied", BOOLEAN),
    ]),
)]);

/// RLC-BearerConfig.
pub(super) const RLC_BEARER_CONFIG: Shape = ExtensibleSequence(&[
    required("logicalChannelIdentity", Number(range(1, 32))),
    optional("servedRadioBearer", Choice(&[Number(range(1, 3)), Number(range(1, 32))])),
    optional("reestablishRLC", Enumerated(1)),
    optional("rlc-Config", RLC_CONFIG),
    optional("mac-LogicalChannelConfig", LOGICAL_CHANNEL_CONFIG),
]);

/// DRX-Config.
const DRX_CONFIG: Shape = Sequence(&[
    required("drx-onDurationTimer", Choice(&[Number(range(1, 31)), Enumerated(32)])),
    required("drx-InactivityTimer", Enumerated(32)),
    required("drx-HARQ-RTT-TimerDL", Number(range(0, 56))),
    required("drx-HARQ-RTT-TimerUL", Number(range(0, 56))),
    required("drx-RetransmissionTimerDL", Enumerated(32)),
    required("drx-RetransmissionTimerUL", Enumerated(32)),
    required(
        "drx-LongCycleStartOffset",
        Choice(&[
            Number(range(0, 9)),
            Number(range(0, 19)),
            Number(range(0, 31)),
            Number(range(0, 39)),
            Number(range(0, 59)),
            Number(range(0, 63)),
            Number(range(0, 69)),
            Number(range(0, 79)),
            Number(range(0, 127)),
            Number(range(0, 159)),
            Number(range(0, 255)),
            Number(range(0, 319)),
            Number(range(0, 511)),
            Number(range(0, 639)),
            Number(range(0, 1023)),
            Number(range(0, 1279)),
            Number(range(0, 2047)),
            Number(range(0, 2559)),
            Number(range(0, 5119)),
            Number(range(0, 10_239)),
        ]),
    ),
    optional(
        "shortDRX",
        Sequence(&[required("drx-ShortCycle", Enumerated(32)), required("drx-ShortCycleTimer", Number(range(1, 16)))]),
    ),
    required("drx-SlotOffset", Number(range(0, 31))),
]);

/// SchedulingRequestToAddMod.
const SCHEDULING_REQUEST_TO_ADD_MOD: Shape = Sequence(&[
    required("schedulingRequestId", Number(range(0, 7))),
    optional("sr-ProhibitTimer", Enumerated(8)),
    required("sr-TransMax", Enumerated(8)),
]);

/// SchedulingRequestConfig.
const SCHEDULING_REQUEST_CONFIG: Shape = Sequence(&[
    optional("schedulingRequestToAddModList", SequenceOf(range(1, 8), &SCHEDULING_REQUEST_TO_ADD_MOD)),
    optional("schedulingRequestToReleaseList", SequenceOf(range(1, 8), &Number(range(0, 7)))),
]);

/// BSR-Config.
const BSR_CONFIG: Shape = ExtensibleSequence(&[
    required("periodicBSR-Timer", Enumerated(16)),
    required("retxBSR-Timer", Enumerated(16)),
    optional("logicalChannelSR-DelayTimer", Enumerated(8)),
]);

/// TAG.
const TAG: Shape =
    ExtensibleSequence(&[required("tag-Id", Number(range(0, 3))), required("timeAlignmentTimer", Enumerated(8))]);

/// TAG-Config.
const TAG_CONFIG: Shape = Sequence(&[
    optional("tag-ToReleaseList", SequenceOf(range(1, 4), &Number(range(0, 3)))),
    optional("tag-ToAddModList", SequenceOf(range(1, 4), &TAG)),
]);

/// PHR-Config.
const PHR_CONFIG: Shape = ExtensibleSequence(&[
    required("phr-PeriodicTimer", Enumerated(8)),
    required("phr-ProhibitTimer", Enumerated(8)),
    required("phr-Tx-PowerFactorChange", Enumerated(4)),
    required("multiplePHR", BOOLEAN),
    required("dummy", BOOLEAN),
    required("phr-Type2OtherCell", BOOLEAN),
    required("phr-ModeOtherCG", Enumerated(2)),
]);

/// MAC-CellGroupConfig.
pub(super) const MAC_CELL_GROUP_CONFIG: Shape = ExtensibleSequence(&[
    optional("drx-Config", Choice(&[NULL, DRX_CONFIG])),
    optional("schedulingRequestConfig", SCHEDULING_REQUEST_CONFIG),
    optional("bsr-Config", BSR_CONFIG),
    optional("tag-Config", TAG_CONFIG),
    optional("phr-Config", Choice(&[NULL, PHR_CONFIG])),
    required("skipUplinkTxDynamic", BOOLEAN),
]);
