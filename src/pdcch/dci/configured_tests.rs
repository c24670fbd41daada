//! The configured formats over their configuration space.

use super::*;
use crate::frame::Numerology;
use crate::reference_signal::dmrs::{DmrsLength, DmrsType};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

/// Values in and just beyond their ranges.
fn frequency() -> impl Strategy<Value = FrequencyField> {
    prop_oneof![
        (0..=20u8).prop_map(|n_rbg| FrequencyField::Type0 { n_rbg }),
        (0..=280u16).prop_map(|n_rb| FrequencyField::Type1 { n_rb }),
        (1..=19u8, 1..=275u16).prop_map(|(n_rbg, n_rb)| FrequencyField::DynamicSwitch { n_rbg, n_rb }),
        (prop_oneof![Just(Numerology::MU0), Just(Numerology::MU1), Just(Numerology::MU2)], 0..=6u8)
            .prop_map(|(numerology, n_rb_sets)| FrequencyField::Interlaces { numerology, n_rb_sets }),
    ]
}

fn is_valid(frequency: FrequencyField, uplink: bool) -> bool {
    match frequency {
        FrequencyField::Type0 { n_rbg } => (1..=19).contains(&n_rbg),
        FrequencyField::Type1 { n_rb } => (1..=275).contains(&n_rb),
        FrequencyField::DynamicSwitch { .. } => true,
        FrequencyField::Interlaces { numerology, n_rb_sets } => {
            uplink && numerology != Numerology::MU2 && (1..=5).contains(&n_rb_sets)
        }
    }
}

fn one_dmrs() -> impl Strategy<Value = DmrsConfiguration> {
    (any::<bool>(), any::<bool>()).prop_map(|(two, double)| DmrsConfiguration {
        dmrs_type: if two { DmrsType::Two } else { DmrsType::One },
        max_length: if double { DmrsLength::Double } else { DmrsLength::Single },
    })
}

fn dmrs() -> impl Strategy<Value = DmrsConfigurations> {
    (of(one_dmrs()), of(one_dmrs())).prop_map(|(a, b)| DmrsConfigurations { a, b })
}

fn codebook() -> impl Strategy<Value = HarqAckCodebook> {
    prop_oneof![
        Just(HarqAckCodebook::SemiStatic),
        Just(HarqAckCodebook::Dynamic),
        (any::<bool>(), any::<bool>())
            .prop_map(|(nfi_total_dai, ul_total_dai)| HarqAckCodebook::EnhancedDynamic { nfi_total_dai, ul_total_dai }),
    ]
}

fn transmission() -> impl Strategy<Value = PuschTransmission> {
    let subset = prop_oneof![
        Just(CodebookSubset::NonCoherent),
        Just(CodebookSubset::PartialAndNonCoherent),
        Just(CodebookSubset::FullyAndPartialAndNonCoherent),
    ];
    prop_oneof![
        (0..=5u8, 1..=4u8, 0..=5u8, subset, any::<bool>()).prop_map(
            |(n_srs_resources, n_ports, max_rank, subset, full_power_mode_1)| PuschTransmission::Codebook {
                n_srs_resources,
                n_ports,
                max_rank,
                subset,
                full_power_mode_1
            }
        ),
        (0..=5u8, 0..=5u8)
            .prop_map(|(n_srs_resources, max_layers)| PuschTransmission::NonCodebook { n_srs_resources, max_layers }),
    ]
}

fn is_possible(transmission: PuschTransmission) -> bool {
    use CodebookSubset::{FullyAndPartialAndNonCoherent, PartialAndNonCoherent};
    match transmission {
        PuschTransmission::NonCodebook { n_srs_resources: n, max_layers: l } => {
            (1..=4).contains(&n) && (1..=4).contains(&l)
        }
        PuschTransmission::Codebook { n_srs_resources, n_ports, max_rank, subset, full_power_mode_1 } => {
            let coherent = n_ports > 1
                && (full_power_mode_1 && subset == FullyAndPartialAndNonCoherent
                    || n_ports == 2 && subset == PartialAndNonCoherent);
            (1..=4).contains(&n_srs_resources)
                && matches!(n_ports, 1 | 2 | 4)
                && (1..=n_ports).contains(&max_rank)
                && !coherent
        }
    }
}

prop_compose! {
    fn parameters_0_1()(
        frequency in frequency(), codebook in codebook(), transmission in transmission(), dmrs in dmrs(),
        flags in vec(any::<bool>(), 13), n_bandwidth_parts in 0..=5u8, n_time_rows in 0..=65u8,
        csi_request_bits in 0..=7u8, code_block_groups in of(1..=9u8), n_channel_access in 0..=66u8,
        open_loop_power_bits in of(0..=3u8), n_dormancy_groups in 0..=5u8, sidelink_assignment_bits in 0..=2u8,
    ) -> Dci0_1Parameters {
        Dci0_1Parameters {
            carrier_indicator: flags[0],
            dfi_flag: flags[1],
            supplementary_uplink: flags[2],
            sul_indicator: flags[2] && flags[3],
            n_bandwidth_parts,
            frequency,
            n_time_rows,
            frequency_hopping: flags[4],
            harq_ack_codebook: codebook,
            two_sub_codebooks: flags[5],
            transmission,
            transform_precoding: flags[6],
            dmrs,
            csi_request_bits,
            code_block_groups,
            ptrs: flags[7],
            dynamic_beta_offsets: flags[8],
            n_channel_access,
            open_loop_power_bits,
            priority_indicator: flags[9],
            invalid_symbol_pattern: flags[10],
            minimum_scheduling_offset: flags[11],
            n_dormancy_groups,
            sidelink_assignment_bits,
        }
    }
}

prop_compose! {
    fn parameters_1_1()(
        frequency in frequency(), harq_ack_codebook in codebook(), dmrs in dmrs(), flags in vec(any::<bool>(), 14),
        n_bandwidth_parts in 0..=5u8, n_time_rows in 0..=17u8, n_zp_csi_rs_sets in 0..=4u8, n_codewords in 0..=3u8,
        n_harq_timings in 0..=9u8, cbgs in of(1..=9u8), n_channel_access in 0..=17u8, n_dormancy_groups in 0..=6u8,
    ) -> Dci1_1Parameters {
        Dci1_1Parameters {
            carrier_indicator: flags[0],
            n_bandwidth_parts,
            frequency,
            n_time_rows,
            vrb_to_prb_interleaver: flags[1],
            dynamic_prb_bundling: flags[2],
            rate_match_groups: [flags[3], flags[4]],
            n_zp_csi_rs_sets,
            n_codewords,
            harq_ack_codebook,
            several_cells: flags[5],
            n_harq_timings,
            one_shot_harq_ack: flags[6],
            dmrs,
            tci_present: flags[7],
            supplementary_uplink: flags[8],
            code_block_groups: cbgs
                .map(|per_transport_block| PdschCodeBlockGroups { per_transport_block, flush_indicator: flags[9] }),
            priority_indicator: flags[10],
            n_channel_access,
            minimum_scheduling_offset: flags[11],
            n_dormancy_groups,
        }
    }
}

prop_compose! {
    fn parameters_0_2()(
        frequency in frequency(), transmission in transmission(), dmrs in dmrs(), flags in vec(any::<bool>(), 9),
        bits in vec(0..=4u8, 7), n_bandwidth_parts in 0..=4u8, n_time_rows in 1..=64u8,
    ) -> Dci0_2Parameters {
        Dci0_2Parameters {
            carrier_indicator_bits: bits[0],
            supplementary_uplink: flags[0],
            sul_indicator: flags[0] && flags[1],
            n_bandwidth_parts,
            frequency,
            n_time_rows,
            frequency_hopping: flags[2],
            rv_bits: bits[1],
            harq_process_bits: bits[2],
            dai_bits: bits[3],
            transmission,
            transform_precoding: flags[3],
            antenna_ports: flags[4],
            dmrs,
            srs_request_bits: bits[4],
            csi_request_bits: bits[5],
            ptrs: flags[5],
            beta_offset_bits: bits[6],
            dmrs_sequence: flags[6],
            open_loop_power_bits: None,
            priority_indicator: flags[7],
            invalid_symbol_pattern: flags[8],
        }
    }
}

prop_compose! {
    fn parameters_1_2()(
        frequency in frequency(), dmrs in dmrs(), flags in vec(any::<bool>(), 8), bits in vec(0..=4u8, 7),
        n_bandwidth_parts in 0..=4u8, n_time_rows in 1..=16u8, n_zp_csi_rs_sets in 0..=3u8, n_harq_timings in 1..=8u8,
    ) -> Dci1_2Parameters {
        Dci1_2Parameters {
            carrier_indicator_bits: bits[0],
            n_bandwidth_parts,
            frequency,
            n_time_rows,
            vrb_to_prb_interleaver: flags[0],
            dynamic_prb_bundling: flags[1],
            rate_match_groups: [flags[2], flags[3]],
            n_zp_csi_rs_sets,
            rv_bits: bits[1],
            harq_process_bits: bits[2],
            dai_bits: bits[3],
            pucch_resource_bits: bits[4],
            n_harq_timings,
            antenna_ports: flags[4],
            dmrs,
            tci_bits: bits[5],
            srs_request_bits: bits[6],
            supplementary_uplink: flags[5],
            dmrs_sequence: flags[6],
            priority_indicator: flags[7],
        }
    }
}

fn no_type_2(p: bool, dmrs: DmrsConfigurations) -> bool {
    !p || [dmrs.a, dmrs.b].into_iter().flatten().all(|d| d.dmrs_type == DmrsType::One)
}

fn groups_are_valid(n: Option<u8>) -> bool {
    n.is_none_or(|n| matches!(n, 2 | 4 | 6 | 8))
}

/// Random bits with zeros in the padding give the same bits again, the other direction's do not decode, and a value that
/// is too large for its field is refused.
macro_rules! check_bits {
    ($dci:ident, $layout:expr, $identifier:literal, $random:expr) => {{
        let layout = $layout;
        let widths: usize = layout.widths().named().map(|(_, bits)| bits).sum();
        prop_assert_eq!(layout.size(), 1 + widths + layout.padding_bits());
        let mut bits = vec![0; layout.size()];
        bits[0] = $identifier;
        bits[1..=widths].copy_from_slice(&$random[..widths]);
        let dci = $dci::decode(&bits, &layout).unwrap();
        prop_assert_eq!(&dci.encode(&layout).unwrap(), &bits);
        // A bandwidth part with the same format reads the same.
        prop_assert_eq!(dci.for_bandwidth_part(layout.widths()), dci);
        prop_assert_eq!($dci::decode(&bits[1..], &layout), None);
        bits[0] ^= 1;
        prop_assert_eq!($dci::decode(&bits, &layout), None);
        let width = layout.widths().frequency_resource;
        let too_large = $dci { frequency_resource: 1 << width, ..dci };
        prop_assert!(too_large.encode(&layout).is_err());
        // The assignment and its field are one to one.
        let field = layout.frequency();
        let value = dci.frequency_resource;
        let again = field.value(field.assignment(value)).unwrap();
        prop_assert_eq!(field.assignment(again), field.assignment(value));
    }};
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn format_0_1(p in parameters_0_1(), random in vec(0..=1u8, 140)) {
        let layout = Dci0_1Layout::new(&p);
        let valid = is_valid(p.frequency, true) && is_possible(p.transmission) && p.n_bandwidth_parts <= 4
            && (1..=64).contains(&p.n_time_rows) && p.csi_request_bits <= 6 && groups_are_valid(p.code_block_groups)
            && p.n_channel_access <= 64 && p.open_loop_power_bits.is_none_or(|b| matches!(b, 1 | 2))
            && no_type_2(p.transform_precoding, p.dmrs);
        prop_assert_eq!(layout.is_ok(), valid, "{:?}", layout);
        if let Ok(layout) = layout {
            check_bits!(Dci0_1, layout, 0, random);
        }
    }

    #[test]
    fn format_1_1(p in parameters_1_1(), random in vec(0..=1u8, 140)) {
        let layout = Dci1_1Layout::new(&p);
        let cbgs = p.code_block_groups.map(|g| g.per_transport_block);
        let valid = is_valid(p.frequency, false) && p.n_bandwidth_parts <= 4 && (1..=16).contains(&p.n_time_rows)
            && p.n_zp_csi_rs_sets <= 3 && matches!(p.n_codewords, 1 | 2) && (1..=8).contains(&p.n_harq_timings)
            && groups_are_valid(cbgs) && cbgs.unwrap_or(0) * p.n_codewords <= 8 && p.n_channel_access <= 16
            && p.n_dormancy_groups <= 5;
        prop_assert_eq!(layout.is_ok(), valid, "{:?}", layout);
        if let Ok(layout) = layout {
            check_bits!(Dci1_1, layout, 1, random);
        }
    }

    #[test]
    fn format_0_2(p in parameters_0_2(), random in vec(0..=1u8, 140)) {
        let layout = Dci0_2Layout::new(&p);
        let valid = is_valid(p.frequency, true) && is_possible(p.transmission) && p.carrier_indicator_bits <= 3
            && p.rv_bits <= 2 && p.dai_bits != 3 && p.srs_request_bits <= 2 && p.beta_offset_bits <= 2
            && no_type_2(p.transform_precoding, p.dmrs);
        prop_assert_eq!(layout.is_ok(), valid, "{:?}", layout);
        if let Ok(layout) = layout {
            check_bits!(Dci0_2, layout, 0, random);
        }
    }

    #[test]
    fn format_1_2(p in parameters_1_2(), random in vec(0..=1u8, 140)) {
        let layout = Dci1_2Layout::new(&p);
        let valid = is_valid(p.frequency, false) && p.carrier_indicator_bits <= 3 && p.rv_bits <= 2
            && p.dai_bits != 3 && p.pucch_resource_bits <= 3 && p.tci_bits <= 3 && p.srs_request_bits <= 2;
        prop_assert_eq!(layout.is_ok(), valid, "{:?}", layout);
        if let Ok(layout) = layout {
            check_bits!(Dci1_2, layout, 1, random);
        }
    }

    #[test]
    fn aligned_sizes_are_few_and_distinct(
        blocks in vec(1..=275u16, 4), sul_blocks in of((1..=275u16, 1..=275u16)),
        p in (parameters_0_1(), parameters_1_1(), parameters_0_2(), parameters_1_2()),
        flags in vec(any::<bool>(), 6), other_sizes in vec(12..60usize, 0..2),
    ) {
        let (dci0_1, dci1_1) = (Dci0_1Layout::new(&p.0).ok(), Dci1_1Layout::new(&p.1).ok());
        let dci0_2 = Dci0_2Layout::new(&p.2).ok().filter(|_| flags[2]);
        let dci1_2 = Dci1_2Layout::new(&p.3).ok().filter(|_| flags[3]);
        let uplink = |n_rb_initial, n_rb_active| UplinkFormats { n_rb_initial, n_rb_active, dci0_1, dci0_2 };
        let monitored = MonitoredFormats {
            n_rb_common: blocks[0],
            n_rb_active: blocks[1],
            fallback_in_common: flags[0],
            fallback_in_ue_specific: flags[1],
            dci1_1,
            dci1_2,
            uplink: uplink(blocks[2], blocks[3]),
            supplementary_uplink: sul_blocks.map(|(initial, active)| uplink(initial, active)),
            other_sizes: other_sizes.clone(),
        };
        let Ok(aligned) = monitored.align() else {
            // At most three sizes with C-RNTI and one other can always be reached without formats 0_2 and 1_2.
            prop_assert!(dci0_2.is_some() || dci1_2.is_some() || other_sizes.len() > 1 || flags[1]);
            return Ok(());
        };
        let mut all = aligned.c_rnti_sizes();
        prop_assert!(all.len() <= 3, "{:?}", all);
        all.extend(other_sizes);
        all.sort_unstable();
        all.dedup();
        prop_assert!(all.len() <= 4, "{:?}", all);
        for (carrier, n_rb) in [Some(&aligned.uplink), aligned.supplementary_uplink.as_ref()].into_iter().flatten()
            .zip([blocks[2], sul_blocks.map_or(0, |s| s.0)])
        {
            prop_assert_eq!(carrier.common.size(), aligned.common().size());
            prop_assert_eq!(carrier.ue_specific.size(), aligned.ue_specific().size());
            prop_assert_eq!(carrier.common, {
                let common = DciLayout::common(blocks[0], Some(n_rb)).unwrap();
                if sul_blocks.is_some() { common.with_supplementary_uplink() } else { common }
            });
            if let (Some(before), Some(after)) = (dci0_1, carrier.dci0_1) {
                prop_assert!(after.size() >= before.size() && after.widths() == before.widths());
                prop_assert!(!flags[1] || after.size() != aligned.ue_specific().size());
            }
        }
        if let (Some(before), Some(after)) = (dci1_1, aligned.dci1_1) {
            prop_assert!(after.size() >= before.size());
            prop_assert!(!flags[1] || after.size() != aligned.ue_specific().size());
        }
    }
}

/// Formats of a given size, with nothing but a frequency field and what cannot be left out.
fn layouts(uplink_rb: u16, downlink_rb: u16) -> (Dci0_1Layout, Dci1_1Layout) {
    let p = Dci0_1Parameters::new(FrequencyField::Type1 { n_rb: uplink_rb });
    let q = Dci1_1Parameters::new(FrequencyField::Type1 { n_rb: downlink_rb });
    (Dci0_1Layout::new(&p).unwrap(), Dci1_1Layout::new(&q).unwrap())
}

#[test]
fn a_bit_tells_formats_0_1_and_1_1_from_0_0_and_1_0() {
    let (dci0_1, dci1_1) = layouts(51, 51);
    // 1 + 11 + 4 + 5 + 1 + 2 + 4 + 1 + 2 + 3 + 2 + 1 + 1 bits and 1 + 11 + 4 + 5 + 1 + 2 + 4 + 2 + 3 + 3 + 4 + 2 + 1.
    assert_eq!((dci0_1.size(), dci1_1.size()), (38, 43));
    let monitored = |n_rb_active, fallback_in_ue_specific| MonitoredFormats {
        n_rb_common: 24,
        n_rb_active,
        fallback_in_common: true,
        fallback_in_ue_specific,
        dci1_1: Some(dci1_1),
        uplink: UplinkFormats { n_rb_initial: 24, n_rb_active: 24, dci0_1: Some(dci0_1), dci0_2: None },
        ..Default::default()
    };
    // 28 + 10 = 38 bits at 40 blocks; in common search spaces 37: four sizes, so that those hold everywhere and the bit
    // goes again.
    let aligned = monitored(40, true).align().unwrap();
    assert_eq!(aligned.c_rnti_sizes(), [37, 38, 43]);
    assert_eq!((aligned.ue_specific().size(), aligned.uplink.dci0_1.unwrap().padding_bits()), (37, 0));
    // Without common search spaces the bit stays.
    let aligned = MonitoredFormats { fallback_in_common: false, ..monitored(40, true) }.align().unwrap();
    assert_eq!(aligned.c_rnti_sizes(), [38, 39, 43]);
    assert_eq!(aligned.uplink.dci0_1.unwrap().padding_bits(), 1);
    // Not monitored in a UE-specific search space: no bit.
    assert_eq!(monitored(40, false).align().unwrap().c_rnti_sizes(), [37, 38, 43]);
}

#[test]
fn formats_0_2_and_1_2_are_made_equal_where_sizes_are_too_many() {
    let (dci0_1, dci1_1) = layouts(51, 51);
    let dci0_2 = Dci0_2Layout::new(&Dci0_2Parameters::new(FrequencyField::Type1 { n_rb: 12 })).unwrap();
    let dci1_2 = Dci1_2Layout::new(&Dci1_2Parameters::new(FrequencyField::Type1 { n_rb: 12 })).unwrap();
    // 1 + 7 + 5 + 1 + 2 + 1 and 1 + 7 + 5 + 1 + 2.
    assert_eq!((dci0_2.size(), dci1_2.size()), (17, 16));
    let mut monitored = MonitoredFormats {
        n_rb_common: 24,
        n_rb_active: 30,
        fallback_in_common: true,
        dci1_2: Some(dci1_2),
        uplink: UplinkFormats { n_rb_initial: 24, n_rb_active: 24, dci0_1: None, dci0_2: Some(dci0_2) },
        ..Default::default()
    };
    assert_eq!(monitored.align().unwrap().c_rnti_sizes(), [16, 17, 37]);
    monitored.uplink.dci0_1 = Some(dci0_1);
    let aligned = monitored.align().unwrap();
    assert_eq!(aligned.c_rnti_sizes(), [17, 37, 38]);
    assert_eq!(aligned.dci1_2.unwrap().padding_bits(), 1);
    // Then 0_1 and 1_1 too.
    monitored.dci1_1 = Some(dci1_1);
    assert_eq!(monitored.align().unwrap().c_rnti_sizes(), [17, 37, 43]);
    // Two other sizes are one too many.
    monitored.other_sizes = vec![50, 60];
    let text = "DCI sizes of a cell = 5, 3 of them with C-RNTI: at most 4, and 3 with C-RNTI (TS 38.212 7.3.1.0)";
    assert_eq!(monitored.align().unwrap_err().to_string(), text);
}

#[test]
fn transport_blocks_of_two_codewords() {
    let mut p = Dci1_1Parameters::new(FrequencyField::Type1 { n_rb: 51 });
    let one = Dci1_1Layout::new(&p).unwrap();
    p.n_codewords = 2;
    let two = Dci1_1Layout::new(&p).unwrap();
    let dci = Dci1_1 { mcs: 26, rv: 1, mcs_2: 26, rv_2: 0, ..Default::default() };
    assert_eq!(dci.transport_blocks(&one), [true, false]);
    assert_eq!(dci.transport_blocks(&two), [false, true]);
    assert_eq!([(0, 0), (1, 1), (0, 1), (3, 2)].map(|(v, bits)| redundancy_version(v, bits)), [0, 3, 0, 3]);
}

#[test]
fn fields_of_another_bandwidth_part_keep_their_low_bits() {
    let layout = |n_rb| Dci1_1Layout::new(&Dci1_1Parameters::new(FrequencyField::Type1 { n_rb })).unwrap();
    let dci = Dci1_1 { frequency_resource: 0b111_0000_0001, time_resource: 9, ..Default::default() };
    let narrow = dci.for_bandwidth_part(layout(24).widths());
    assert_eq!((narrow.frequency_resource, narrow.time_resource), (0b1_0000_0001, 9));
    assert_eq!(dci.for_bandwidth_part(layout(275).widths()), dci);
}
