//! Power control, sidelines of the uplink, and rare parts of Release 16: read over.

use crate::rrc::skip::{NULL, Shape, optional, required};
use crate::rrc::uper::range;
use Shape::{Choice, Enumerated, ExtensibleChoice, ExtensibleSequence, Number, Sequence, SequenceOf};

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

/// SSB-Configuration-r16.
const SSB_CONFIGURATION_R16: Shape = Sequence(&[
    required("ssb-Freq-r16", Number(range(0, 3_279_165))),
    required("halfFrameIndex-r16", Enumerated(2)),
    required("ssbSubcarrierSpacing-r16", Enumerated(8)),
    optional("ssb-Periodicity-r16", Enumerated(8)),
    optional(
        "sfn0-Offset-r16",
        Sequence(&[
            required("sfn-Offset-r16", Number(range(0, 1023))),
            optional("integerSubframeOffset-r16", Number(range(0, 9))),
        ]),
    ),
    required("sfn-SSB-Offset-r16", Number(range(0, 15))),
    optional("ss-PBCH-BlockPower-r16", Number(range(-60, 50))),
]);

/// SSB-InfoNcell-r16.
const SSB_INFO_NCELL_R16: Shape = Sequence(&[
    required("physicalCellId-r16", Number(range(0, 1007))),
    optional("ssb-IndexNcell-r16", Number(range(0, 63))),
    optional("ssb-Configuration-r16", SSB_CONFIGURATION_R16),
]);

/// DL-PRS-Info-r16.
const DL_PRS_INFO_R16: Shape = Sequence(&[
    required("dl-PRS-ID-r16", Number(range(0, 255))),
    required("dl-PRS-ResourceSetId-r16", Number(range(0, 7))),
    optional("dl-PRS-ResourceId-r16", Number(range(0, 63))),
]);

/// SRS-PosResourceSet-r16.
pub(super) const SRS_POS_RESOURCE_SET_R16: Shape = ExtensibleSequence(&[
    required("srs-PosResourceSetId-r16", Number(range(0, 15))),
    optional("srs-PosResourceIdList-r16", SequenceOf(range(1, 16), &Number(range(0, 63)))),
    required(
        "resourceType-r16",
        Choice(&[
            ExtensibleSequence(&[optional(
                "aperiodicSRS-ResourceTriggerList-r16",
                SequenceOf(range(1, 3), &Number(range(1, 3))),
            )]),
            ExtensibleSequence(&[]),
            ExtensibleSequence(&[]),
        ]),
    ),
    optional("alpha-r16", Enumerated(8)),
    optional("p0-r16", Number(range(-202, 24))),
    optional("pathlossReferenceRS-Pos-r16", Choice(&[Number(range(0, 63)), SSB_INFO_NCELL_R16, DL_PRS_INFO_R16])),
]);

/// SRS-PeriodicityAndOffset-r16.
const SRS_PERIODICITY_AND_OFFSET_R16: Shape = ExtensibleChoice(&[
    NULL,
    Number(range(0, 1)),
    Number(range(0, 3)),
    Number(range(0, 4)),
    Number(range(0, 7)),
    Number(range(0, 9)),
    Number(range(0, 15)),
    Number(range(0, 19)),
    Number(range(0, 31)),
    Number(range(0, 39)),
    Number(range(0, 63)),
    Number(range(0, 79)),
    Number(range(0, 159)),
    Number(range(0, 319)),
    Number(range(0, 639)),
    Number(range(0, 1279)),
    Number(range(0, 2559)),
    Number(range(0, 5119)),
    Number(range(0, 10_239)),
    Number(range(0, 40_959)),
    Number(range(0, 81_919)),
]);

/// SRS-SpatialRelationInfoPos-r16.
const SRS_SPATIAL_RELATION_INFO_POS_R16: Shape = Choice(&[
    Sequence(&[
        optional("servingCellId", Number(range(0, 31))),
        required(
            "referenceSignal-r16",
            Choice(&[
                Number(range(0, 63)),
                Number(range(0, 191)),
                Sequence(&[
                    required("resourceSelection-r16", Choice(&[Number(range(0, 63)), Number(range(0, 63))])),
                    required("uplinkBWP-r16", Number(range(0, 4))),
                ]),
            ]),
        ),
    ]),
    SSB_INFO_NCELL_R16,
    DL_PRS_INFO_R16,
]);

/// SRS-PosResource-r16.
pub(super) const SRS_POS_RESOURCE_R16: Shape = ExtensibleSequence(&[
    required("srs-PosResourceId-r16", Number(range(0, 63))),
    required(
        "transmissionComb-r16",
        ExtensibleChoice(&[
            Sequence(&[
                required("combOffset-n2-r16", Number(range(0, 1))),
                required("cyclicShift-n2-r16", Number(range(0, 7))),
            ]),
            Sequence(&[
                required("combOffset-n4-r16", Number(range(0, 3))),
                required("cyclicShift-n4-r16", Number(range(0, 11))),
            ]),
            Sequence(&[
                required("combOffset-n8-r16", Number(range(0, 7))),
                required("cyclicShift-n8-r16", Number(range(0, 5))),
            ]),
        ]),
    ),
    required(
        "resourceMapping-r16",
        Sequence(&[required("startPosition-r16", Number(range(0, 13))), required("nrofSymbols-r16", Enumerated(5))]),
    ),
    required("freqDomainShift-r16", Number(range(0, 268))),
    required("freqHopping-r16", ExtensibleSequence(&[required("c-SRS-r16", Number(range(0, 63)))])),
    required("groupOrSequenceHopping-r16", Enumerated(3)),
    required(
        "resourceType-r16",
        Choice(&[
            ExtensibleSequence(&[optional("slotOffset-r16", Number(range(1, 32)))]),
            ExtensibleSequence(&[required("periodicityAndOffset-sp-r16", SRS_PERIODICITY_AND_OFFSET_R16)]),
            ExtensibleSequence(&[required("periodicityAndOffset-p-r16", SRS_PERIODICITY_AND_OFFSET_R16)]),
        ]),
    ),
    required("sequenceId-r16", Number(range(0, 65_535))),
    optional("spatialRelationInfoPos-r16", SRS_SPATIAL_RELATION_INFO_POS_R16),
]);

/// PUSCH-PathlossReferenceRS-r16.
const PUSCH_PATHLOSS_REFERENCE_RS_R16: Shape = Sequence(&[
    required("pusch-PathlossReferenceRS-Id-r16", Number(range(4, 63))),
    required("referenceSignal-r16", Choice(&[Number(range(0, 63)), Number(range(0, 191))])),
]);

/// P0-PUSCH-Set-r16.
const P0_PUSCH_SET_R16: Shape = ExtensibleSequence(&[
    required("p0-PUSCH-SetId-r16", Number(range(0, 15))),
    optional("p0-List-r16", SequenceOf(range(1, 2), &Number(range(-16, 15)))),
]);

/// PUSCH-PowerControl-v1610.
pub(super) const PUSCH_POWER_CONTROL_V1610: Shape = ExtensibleSequence(&[
    optional(
        "pathlossReferenceRSToAddModListSizeExt-v1610",
        SequenceOf(range(1, 60), &PUSCH_PATHLOSS_REFERENCE_RS_R16),
    ),
    optional("pathlossReferenceRSToReleaseListSizeExt-v1610", SequenceOf(range(1, 60), &Number(range(4, 63)))),
    optional("p0-PUSCH-SetList-r16", SequenceOf(range(1, 16), &P0_PUSCH_SET_R16)),
    optional(
        "olpc-ParameterSet",
        Sequence(&[
            optional("olpc-ParameterSetDCI-0-1-r16", Number(range(1, 2))),
            optional("olpc-ParameterSetDCI-0-2-r16", Number(range(1, 2))),
        ]),
    ),
]);

/// TDD-UL-DL-SlotConfig-IAB-MT-r16.
const TDD_UL_DL_SLOT_CONFIG_IAB_MT_R16: Shape = Sequence(&[
    required("slotIndex-r16", Number(range(0, 319))),
    required(
        "symbols-IAB-MT-r16",
        Choice(&[
            NULL,
            NULL,
            Sequence(&[
                optional("nrofDownlinkSymbols-r16", Number(range(1, 13))),
                optional("nrofUplinkSymbols-r16", Number(range(1, 13))),
            ]),
            Sequence(&[
                optional("nrofDownlinkSymbols-r16", Number(range(1, 13))),
                optional("nrofUplinkSymbols-r16", Number(range(1, 13))),
            ]),
        ]),
    ),
]);

/// TDD-UL-DL-ConfigDedicated-IAB-MT-r16.
pub(super) const TDD_UL_DL_CONFIG_DEDICATED_IAB_MT_R16: Shape = ExtensibleSequence(&[
    optional(
        "slotSpecificConfigurationsToAddModList-IAB-MT-r16",
        SequenceOf(range(1, 320), &TDD_UL_DL_SLOT_CONFIG_IAB_MT_R16),
    ),
    optional("slotSpecificConfigurationsToReleaseList-IAB-MT-r16", SequenceOf(range(1, 320), &Number(range(0, 319)))),
]);

/// DummyJ.
pub(super) const DUMMY_J: Shape = Sequence(&[
    required("maxEnergyDetectionThreshold-r16", Number(range(-85, -52))),
    required("energyDetectionThresholdOffset-r16", Number(range(-20, -13))),
    optional("ul-toDL-COT-SharingED-Threshold-r16", Number(range(-85, -52))),
    optional("absenceOfAnyOtherTechnology-r16", Enumerated(1)),
]);

/// CandidateBeamRS-r16.
const CANDIDATE_BEAM_RS_R16: Shape = Sequence(&[
    required("candidateBeamConfig-r16", Choice(&[Number(range(0, 63)), Number(range(0, 191))])),
    optional("servingCellId", Number(range(0, 31))),
]);

/// BeamFailureRecoveryRSConfig-r16.
pub(super) const BEAM_FAILURE_RECOVERY_RS_CONFIG_R16: Shape = ExtensibleSequence(&[
    optional("rsrp-ThresholdBFR-r16", Number(range(0, 127))),
    optional("candidateBeamRS-List-r16", SequenceOf(range(1, 64), &CANDIDATE_BEAM_RS_R16)),
]);

/// LBT-FailureRecoveryConfig-r16.
pub(super) const LBT_FAILURE_RECOVERY_CONFIG_R16: Shape = ExtensibleSequence(&[
    required("lbt-FailureInstanceMaxCount-r16", Enumerated(6)),
    required("lbt-FailureDetectionTimer-r16", Enumerated(6)),
]);
