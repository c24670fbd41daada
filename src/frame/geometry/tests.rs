use super::*;
use crate::frame::{ChannelRaster, CyclicPrefix, SsbRasterPoint, Type0Frame, ssb_raster};
use proptest::prelude::*;
use proptest::sample::Index;

fn carrier(numerology: Numerology, start_crb: u16, n_prb: u16) -> Carrier {
    Carrier::new(numerology, CyclicPrefix::Normal, start_crb, n_prb).unwrap()
}

fn type0(control_resource_set_zero: u8, search_space_zero: u8) -> Option<Type0Config> {
    Some(Type0Config { control_resource_set_zero, search_space_zero })
}

/// A cell of one spacing, carrier from Point A on.
fn cell(band: u16, case: SsbCase, centre_hz: u64, n_prb: u16, ssb_hz: u64, index: u8, search: u8) -> GeometryConfig {
    GeometryConfig {
        band: Some(Band::new(band).unwrap()),
        carrier: carrier(case.numerology(), 0, n_prb),
        position: CarrierPosition::CentreHz(centre_hz),
        channel_bandwidth_mhz: None,
        ssb_case: case,
        ssb: SsbFrequency::Hz(ssb_hz),
        common: case.numerology(),
        type0: type0(index, search),
    }
}

/// cable-n3-sib1-15M36.
fn cable_n3() -> GeometryConfig {
    cell(3, SsbCase::A, 1_842_500_000, 52, 1_842_050_000, 6, 0)
}

fn received(config: &GeometryConfig, geometry: &CellGeometry) -> ReceivedSsb {
    let scs30or120 = config.common == Numerology::MU1 || config.common == Numerology::MU3;
    let bands = config.band.map_or(Coreset0Bands::default(), Band::coreset0_bands);
    let (k_ssb, config_sib1) = (geometry.mib_k_ssb(), geometry.pdcch_config_sib1());
    ReceivedSsb::new(geometry.ssb_frequency_hz(), config.ssb_case, scs30or120, k_ssb, config_sib1, bands)
}

use crate::frame::Coreset0Bands;

#[test]
fn known_cells() {
    // Laboratory and commercial cells: what their MIBs, SIB1 allocations and carriers were received as.
    // (config; GSCN, k_SSB, offsetToPointA; first resource block, blocks, symbols of CORESET#0; a slot with SIB1)
    let known = [
        (cable_n3(), (4604, 6, 13), (1, 48, 1), 0),
        (cell(3, SsbCase::A, 1_842_500_000, 52, 1_839_650_000, 0, 0), (4598, 2, 0), (0, 24, 2), 1),
        (cell(78, SsbCase::C, 3_489_420_000, 51, 3_483_840_000, 0, 0), (7835, 0, 0), (0, 24, 2), 1),
        (cell(1, SsbCase::A, 2_135_000_000, 106, 2_134_850_000, 7, 2), (5336, 2, 42), (26, 48, 1), 2),
        (cell(5, SsbCase::A, 889_000_000, 52, 887_050_000, 2, 0), (2218, 2, 5), (1, 24, 2), 1),
        (cell(78, SsbCase::C, 3_427_500_000, 51, 3_421_920_000, 0, 0), (7792, 0, 0), (0, 24, 2), 1),
    ];
    for (config, (gscn, k_ssb, offset), (first_prb, n_rb, n_symbols), slot) in known {
        let geometry = CellGeometry::new(&config).unwrap();
        assert_eq!(geometry.gscn().unwrap().get(), gscn);
        assert_eq!((geometry.k_ssb(), geometry.mib_k_ssb(), geometry.offset_to_point_a()), (k_ssb, k_ssb, offset));
        let place = geometry.coreset0().unwrap();
        assert_eq!(geometry.coreset0_first_prb(), Some(first_prb));
        assert_eq!((place.entry.n_rb(), place.entry.n_symbols()), (n_rb, n_symbols));
        assert!(place.monitoring.slots(0, 0).any(|o| o.frame == Type0Frame::Even && o.slot == slot));

        // Receiver: from the block and its MIB alone, then SIB1.
        let ssb = received(&config, &geometry);
        let Coreset0Indication::Present(found) = ssb.coreset0() else { panic!("{:?}", ssb.coreset0()) };
        assert_eq!(found.entry(), &place.entry);
        assert_eq!(found.monitoring(), Some(place.monitoring));
        let scs = u64::from(config.common.scs_hz());
        let expected = geometry.point_a_hz() + 12 * scs * u64::from(first_prb);
        assert_eq!(found.lowest_subcarrier_hz(), expected);
        assert_eq!(found.centre_hz(), expected + 6 * scs * u64::from(n_rb));
        let point_a = ssb.point_a_hz(geometry.offset_to_point_a()).unwrap();
        assert_eq!(point_a, geometry.point_a_hz());
        assert_eq!(found.start_crb(point_a), Some(place.start_crb));
        assert_eq!(found.start_crb(point_a + 15_000), None);
        assert_eq!(config.carrier.centre_hz(point_a), geometry.centre_hz());
        let numerology = config.carrier.numerology();
        assert_eq!(ssb.touched_blocks(point_a, numerology), Some(geometry.ssb_crbs()));
        // Counted from within: the rest.
        let block_hz = 12 * u64::from(numerology.scs_hz());
        let middle = geometry.ssb_crbs().start + 7;
        let rest = ssb.touched_blocks(point_a + u64::from(middle) * block_hz, numerology);
        assert_eq!(rest, Some(0..geometry.ssb_crbs().end - middle));
        assert_eq!(ssb.touched_blocks(point_a + 300 * block_hz, numerology), None);
    }
}

#[test]
fn places_of_an_independent_transmitter() {
    // Case, subCarrierSpacingCommon at its upper value, k_SSB, offsetToPointA, and the subcarrier (of the block's
    // spacing, from Point A) at which the block begins. The first has a k_SSB above 11 at 15 kHz.
    for (case, upper, k_ssb, offset, subcarrier) in [
        (SsbCase::A, false, 20, 33, 416),
        (SsbCase::A, false, 8, 34, 416),
        (SsbCase::B, true, 0, 7, 42),
        (SsbCase::C, true, 4, 11, 68),
        (SsbCase::D, true, 9, 0, 9),
        (SsbCase::E, true, 8, 20, 64),
    ] {
        let point_a = match case.frequency_range() {
            FrequencyRange::Fr1 => 2_000_010_000,
            FrequencyRange::Fr2 => 27_000_000_000,
        };
        let scs = u64::from(case.numerology().scs_hz());
        let frequency = point_a + (subcarrier + 120) * scs;
        let ssb = ReceivedSsb::new(frequency, case, upper, k_ssb, 0, Coreset0Bands::default());
        assert_eq!(ssb.point_a_hz(offset), Some(point_a), "case {case}");
    }
    // CORESET#0 counts from the lowest block that overlaps, here number 34, though offsetToPointA names block 33.
    let ssb = ReceivedSsb::new(2_000_010_000 + 536 * 15_000, SsbCase::A, false, 20, 0, Coreset0Bands::default());
    let Coreset0Indication::Present(found) = ssb.coreset0() else { panic!() };
    assert_eq!(found.start_crb(2_000_010_000), Some(34));
}

#[test]
fn millimetre_waves_patterns_2_and_3() {
    // n257, 66 blocks of 120 kHz; CORESET#0 below (k_SSB = 0) or above the block.
    let base = GeometryConfig {
        band: Some(Band::new(257).unwrap()),
        carrier: carrier(Numerology::MU3, 0, 66),
        position: CarrierPosition::PointAHz(28_000_080_000 - 66 * 6 * 120_000),
        channel_bandwidth_mhz: Some(100),
        ssb_case: SsbCase::D,
        ssb: SsbFrequency::Gscn(Gscn::nearest(28_000_000_000)),
        common: Numerology::MU3,
        type0: type0(5, 0),
    };
    let mut seen = [0; 3];
    for point in ssb_raster(27_950_000_000, 28_050_000_000, base.band) {
        for index in 0..8 {
            for common in [Numerology::MU2, Numerology::MU3] {
                let config = GeometryConfig {
                    ssb: SsbFrequency::Gscn(point.gscn),
                    ssb_case: point.case,
                    common,
                    type0: type0(index, 0),
                    ..base
                };
                let Ok(geometry) = CellGeometry::new(&config) else { continue };
                let place = geometry.coreset0().unwrap();
                seen[place.entry.pattern() as usize] += 1;
                let block = 12 * u64::from(common.scs_hz());
                let low = geometry.point_a_hz() + u64::from(place.start_crb) * block;
                let high = low + u64::from(place.entry.n_rb()) * block;
                let ssb = geometry.ssb_lowest_subcarrier_hz();
                let ssb_high = ssb + 240 * u64::from(point.case.numerology().scs_hz());
                if place.entry.pattern() == crate::frame::MultiplexingPattern::Pattern1 {
                    // With k_SSB > 0 the block may stand out by less than a resource block.
                    assert!(low <= ssb && ssb_high < high + block, "pattern 1 spans the block");
                } else {
                    assert!(high <= ssb || ssb_high <= low, "patterns 2 and 3 lie beside it: {config:?}");
                }
                let ssb = received(&config, &geometry);
                let Coreset0Indication::Present(found) = ssb.coreset0() else { panic!() };
                assert_eq!(found.lowest_subcarrier_hz(), low);
                assert_eq!(ssb.point_a_hz(geometry.offset_to_point_a()), Some(geometry.point_a_hz()));
            }
        }
    }
    assert!(seen.iter().all(|&n| n > 0), "{seen:?} cells of patterns 1, 2, 3");
}

#[test]
fn cells_of_60_ghz() {
    // n263: a channel of 400 MHz with 120, 480 and 960 kHz; block and CORESET#0 have one spacing.
    let mut seen = [[0; 2]; 3];
    for (i, (case, n_prb)) in [(SsbCase::D, 264), (SsbCase::F, 66), (SsbCase::G, 33)].into_iter().enumerate() {
        let numerology = case.numerology();
        let scs = u64::from(numerology.scs_hz());
        let band = Some(Band::new(263).unwrap());
        let mut raster = ssb_raster(58_320_000_000, 59_000_000_000, band).filter(|point| point.case == case);
        let first = raster.next().unwrap();
        let centre_hz = first.frequency_hz();
        let base = GeometryConfig {
            band,
            carrier: carrier(numerology, 0, n_prb),
            position: CarrierPosition::CentreHz(centre_hz),
            channel_bandwidth_mhz: Some(400),
            ssb_case: case,
            ssb: SsbFrequency::Gscn(first.gscn),
            common: numerology,
            type0: type0(0, 0),
        };
        let (low, high) = (centre_hz - 200_000_000, centre_hz + 200_000_000);
        for point in ssb_raster(low, high, base.band).filter(|point| point.case == case) {
            for index in 0..16 {
                let ssb = SsbFrequency::Gscn(point.gscn);
                // Point A moved by whole subcarriers: all values of k_SSB.
                for shift in 0..12 {
                    let position = CarrierPosition::CentreHz(centre_hz + shift * scs);
                    let config = GeometryConfig { ssb, position, type0: type0(index, 0), ..base };
                    let Ok(geometry) = CellGeometry::new(&config) else { continue };
                    let place = geometry.coreset0().unwrap();
                    assert_eq!((place.entry.table(), place.entry.numerology()), ("13-10A", numerology));
                    assert_eq!(geometry.ssb_positions().n_candidates(), 64);
                    seen[i][usize::from(geometry.k_ssb() > 0)] += 1;
                    // What the MIB says of the spacing has another meaning here.
                    for upper in [false, true] {
                        let config_sib1 = geometry.pdcch_config_sib1();
                        let bands = Coreset0Bands::of_ssb(point.frequency_hz(), case);
                        let ssb = ReceivedSsb::new(
                            point.frequency_hz(),
                            case,
                            upper,
                            geometry.mib_k_ssb(),
                            config_sib1,
                            bands,
                        );
                        assert_eq!(ssb.point_a_hz(geometry.offset_to_point_a()), Some(geometry.point_a_hz()));
                        let Coreset0Indication::Present(found) = ssb.coreset0() else { panic!() };
                        assert_eq!(found.start_crb(geometry.point_a_hz()), Some(place.start_crb));
                        assert_eq!(found.monitoring(), Some(place.monitoring));
                    }
                }
            }
        }
        let wrong = GeometryConfig { common: Numerology::MU2, ..base };
        let error = CellGeometry::new(&wrong).unwrap_err().to_string();
        assert!(error.contains(&format!("must be {} in FR2-2", numerology.scs_khz())), "{error}");
    }
    assert!(seen.iter().flatten().all(|n| *n > 0), "{seen:?}");
    let e = GeometryConfig {
        band: None,
        carrier: carrier(Numerology::MU3, 0, 264),
        position: CarrierPosition::CentreHz(58_320_000_000),
        channel_bandwidth_mhz: Some(400),
        ssb_case: SsbCase::E,
        ssb: SsbFrequency::Hz(58_320_000_000),
        common: Numerology::MU3,
        type0: None,
    };
    assert!(CellGeometry::new(&e).unwrap_err().to_string().contains("case E (240 kHz) exists in FR2-1 only"));
    // A block without CORESET#0 points to others in steps of three numbers.
    let gscn = Gscn::new(24_162).unwrap();
    let says = |k_ssb| ReceivedSsb::new(gscn.hz(), SsbCase::G, true, k_ssb, 4, Coreset0Bands::Fr2_2).coreset0();
    assert_eq!(says(12), Coreset0Indication::SecondSsb(Gscn::new(24_162 + 3 * 5).unwrap()));
    assert_eq!(says(13), Coreset0Indication::SecondSsb(Gscn::new(24_162 - 3 * 5).unwrap()));
}

#[test]
fn blocks_without_coreset0_point_elsewhere() {
    let (fr1, fr2) = (Gscn::new(7855).unwrap(), Gscn::new(22_400).unwrap());
    let says = |k_ssb, config| {
        let bands = Coreset0Bands::default();
        ReceivedSsb::new(fr1.hz(), SsbCase::C, true, k_ssb, config, bands).coreset0()
    };
    let says_fr2 = |k_ssb, config| {
        let bands = Coreset0Bands::default();
        ReceivedSsb::new(fr2.hz(), SsbCase::D, true, k_ssb, config, bands).coreset0()
    };
    let at = |reference: Gscn, offset| Coreset0Indication::SecondSsb(reference.checked_add(offset).unwrap());
    // TS 38.213 Table 13-16: first and last of each row.
    for (k_ssb, first, last) in
        [(24, 1, 256), (25, 257, 512), (26, 513, 768), (27, -1, -256), (28, -257, -512), (29, -513, -768)]
    {
        assert_eq!(says(k_ssb, 0), at(fr1, first));
        assert_eq!(says(k_ssb, 255), at(fr1, last));
        // Upper bits of k_SSB that do not exist are dropped.
        assert_eq!(says(k_ssb + 32, 0), at(fr1, first));
    }
    // Table 13-17.
    assert_eq!((says_fr2(12, 0), says_fr2(12, 255)), (at(fr2, 1), at(fr2, 256)));
    assert_eq!((says_fr2(13, 0), says_fr2(13, 255)), (at(fr2, -1), at(fr2, -256)));
    assert!(matches!(says(30, 0), Coreset0Indication::Reserved(_)));
    assert!(matches!(says_fr2(14, 0), Coreset0Indication::Reserved(_)));
    // "Nothing from 5 below to 9 above"; and the cell off the air at 3512.64 MHz: k_SSB 31, nothing said.
    let within = |reference: Gscn| Coreset0Indication::NoneWithin {
        first: reference.checked_add(-5).unwrap(),
        last: reference.checked_add(9).unwrap(),
    };
    assert_eq!((says(31, 0x59), says_fr2(15, 0x59)), (within(fr1), within(fr2)));
    assert_eq!(fr1.hz(), 3_512_640_000);
    assert_eq!(says(31, 0), Coreset0Indication::NotHere);
    let ssb = ReceivedSsb::new(fr1.hz(), SsbCase::C, true, 31, 0, Coreset0Bands::default());
    assert_eq!((ssb.has_coreset0(), ssb.point_a_hz(0)), (false, None));
    // A pointer off the raster, and reserved rows.
    let low = ReceivedSsb::new(Gscn::MIN.hz(), SsbCase::A, false, 27, 255, Coreset0Bands::default());
    assert!(matches!(low.coreset0(), Coreset0Indication::Reserved(_)));
    assert!(matches!(says(0, 0xe0), Coreset0Indication::Present(_)), "row 14 of Table 13-4 exists");
    let fifteen = ReceivedSsb::new(2_000_050_000, SsbCase::A, false, 0, 0xf0, Coreset0Bands::default());
    assert!(matches!(fifteen.coreset0(), Coreset0Indication::Reserved(_)), "row 15 of Table 13-1 does not");
}

#[test]
fn the_tables_of_a_band_are_found_from_the_frequency() {
    let of = |hz, case| Coreset0Bands::of_ssb(hz, case);
    assert_eq!(of(3_512_640_000, SsbCase::C), Coreset0Bands::Minimum5Or10MHz);
    assert_eq!(of(4_700_000_000, SsbCase::C), Coreset0Bands::Minimum40MHz);
    assert_eq!(of(5_500_000_000, SsbCase::C), Coreset0Bands::SharedSpectrum);
    assert_eq!(of(2_134_850_000, SsbCase::A), Coreset0Bands::Minimum5Or10MHz);
    assert_eq!(of(0, SsbCase::A), Coreset0Bands::Minimum5Or10MHz);
    // With shared spectrum the lowest bit of k_SSB is none of it.
    let ssb = ReceivedSsb::new(5_500_000_000, SsbCase::C, false, 7, 0, Coreset0Bands::SharedSpectrum);
    assert_eq!((ssb.k_ssb(), ssb.common()), (6, Numerology::MU1));
}

#[test]
fn errors_name_value_rule_clause_and_way_out() {
    let good = cable_n3();
    let error = |config: GeometryConfig| CellGeometry::new(&config).unwrap_err().to_string();
    let cases: [(GeometryConfig, &[&str]); 17] = [
        // 1842.15 MHz is on the raster (M = 3), but 1842.15 - 1.8 - 1837.82 MHz is no multiple of 15 kHz.
        (
            GeometryConfig { ssb: SsbFrequency::Hz(1_842_150_000), ..good },
            &["SSB frequency = 1842.15 MHz", "10 kHz above a multiple of 15 kHz", "GSCN 4604 (1842.05 MHz)", "7.4.3.1"],
        ),
        (
            GeometryConfig { ssb: SsbFrequency::Hz(1_842_060_000), ..good },
            &["off the synchronisation raster", "GSCN 4604 (1842.05 MHz)", "TS 38.104 5.4.3"],
        ),
        (
            GeometryConfig { ssb: SsbFrequency::Gscn(Gscn::new(4613).unwrap()), ..good },
            &["leave the carrier", "1837.82..1847.18 MHz", "fits", "7.4.3.1"],
        ),
        // Row 12 has 96 blocks.
        (
            GeometryConfig { type0: type0(12, 0), ..good },
            &["CORESET#0 = index 12, 96 blocks", "leaves the carrier", "controlResourceSetZero 0, 1, 2", "fits here"],
        ),
        (
            GeometryConfig { type0: type0(15, 0), ..good },
            &["controlResourceSetZero = 15", "reserved in Table 13-1: take 0..=14"],
        ),
        (
            GeometryConfig { position: CarrierPosition::CentreHz(1_842_560_000), ..good },
            &["carrier centre = 1842.56 MHz", "channel raster of n3", "1842.6 MHz (NR-ARFCN 368520)", "5.4.2.3"],
        ),
        (
            GeometryConfig { position: CarrierPosition::CentreHz(1_806_000_000), ..good },
            &["inside the downlink of n3, 1805..1880 MHz: centre 1810..1875 MHz", "TS 38.104 Table 5.2-1"],
        ),
        (
            GeometryConfig { channel_bandwidth_mhz: Some(60), ..good },
            &["channel bandwidth (MHz) = 60", "n3 at 15 kHz has 5, 10", "Table 5.3.5-1"],
        ),
        (
            GeometryConfig { channel_bandwidth_mhz: Some(5), ..good },
            &["N_grid^size = 52", "5 MHz holds at most 25 blocks of 15 kHz", "Table 5.3.2-1"],
        ),
        (GeometryConfig { channel_bandwidth_mhz: Some(7), ..good }, &["FR1 has channels of [3, 5, 10"]),
        (GeometryConfig { carrier: carrier(Numerology::MU0, 0, 275), ..good }, &["N_grid^size = 275", "270 blocks"]),
        (GeometryConfig { ssb_case: SsbCase::C, ..good }, &["SSB case = C", "n3 has SSB case A (15 kHz)"]),
        (GeometryConfig { ssb_case: SsbCase::D, ..good }, &["case D (120 kHz) exists in FR2 only"]),
        (
            GeometryConfig { common: Numerology::MU2, ..good },
            &["subCarrierSpacingCommon (kHz) = 60", "15 or 30 in FR1"],
        ),
        (
            GeometryConfig {
                carrier: carrier(Numerology::MU0, 2199, 275),
                position: CarrierPosition::CentreHz(9),
                ..good
            },
            &["carrier centre = 0.000009 MHz", "Point A", "lower offsetToCarrier (2199)"],
        ),
        (
            GeometryConfig { band: Band::new(84).ok(), ..good },
            &["band = n84", "supplementary uplink", "choose a band with a downlink"],
        ),
        (
            GeometryConfig { position: CarrierPosition::PointAHz(u64::MAX), ..good },
            &["carrier frequency", "below 100 GHz"],
        ),
    ];
    for (config, parts) in cases {
        let text = error(config);
        for part in parts {
            assert!(text.contains(part), "'{part}' is missing in: {text}");
        }
        assert!(!text.contains('\n'));
    }
}

#[test]
fn the_way_out_works() {
    let bad = GeometryConfig { ssb: SsbFrequency::Hz(1_842_150_000), type0: type0(0, 0), ..cable_n3() };
    let text = CellGeometry::new(&bad).unwrap_err().to_string();
    let numbers = text.split("GSCN ").nth(1).unwrap();
    let gscn: u16 = numbers.split(' ').next().unwrap().parse().unwrap();
    let other: u16 = numbers.split("or ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    for gscn in [gscn, other] {
        CellGeometry::new(&GeometryConfig { ssb: SsbFrequency::Gscn(Gscn::new(gscn).unwrap()), ..bad }).unwrap();
    }
}

#[test]
fn what_is_allowed_but_odd_is_noted() {
    let notes = |config: &GeometryConfig| CellGeometry::new(config).unwrap().notes().join("\n");
    assert_eq!(notes(&cable_n3()), "");
    // Off the raster is fine without SIB1.
    let dark = GeometryConfig { ssb: SsbFrequency::Hz(1_842_065_000), type0: None, ..cable_n3() };
    assert!(notes(&dark).contains("off the synchronisation raster"));
    let geometry = CellGeometry::new(&dark).unwrap();
    assert_eq!((geometry.mib_k_ssb(), geometry.pdcch_config_sib1(), geometry.k_ssb()), (31, 0, 7));
    assert_eq!(received(&dark, &geometry).coreset0(), Coreset0Indication::NotHere);
    assert!(notes(&GeometryConfig { type0: type0(3, 0), ..cable_n3() }).contains("pos3"));
    let narrow = GeometryConfig { carrier: carrier(Numerology::MU0, 0, 50), ..cable_n3() };
    assert!(notes(&narrow).contains("50 of the 52 blocks of a 10 MHz channel"), "{}", notes(&narrow));
    // 3427.515 MHz is an odd NR-ARFCN: on the 15 kHz raster of n78 only, and 15 kHz off the blocks' 1.44 MHz raster,
    // so that block and carrier stand half a 30 kHz subcarrier apart. (A 100 kHz raster never does that.)
    let odd = cell(78, SsbCase::C, 3_427_515_000, 51, 3_423_360_000, 0, 0);
    assert!(notes(&odd).contains("15 kHz raster of n78 only"));
    assert!(notes(&odd).contains("between the subcarriers of the carrier (k_SSB 23"), "{}", notes(&odd));
    assert_eq!(CellGeometry::new(&odd).unwrap().ssb_first_subcarrier(), None);
}

#[test]
fn resource_blocks_of_the_ssb() {
    let geometry = CellGeometry::new(&cable_n3()).unwrap();
    // Subcarriers 162..402: blocks 13..34.
    assert_eq!((geometry.ssb_first_subcarrier(), geometry.ssb_crbs()), (Some(162), 13..34));
    let n78 = CellGeometry::new(&cell(78, SsbCase::C, 3_489_420_000, 51, 3_483_840_000, 0, 0)).unwrap();
    assert_eq!((n78.ssb_first_subcarrier(), n78.ssb_crbs()), (Some(0), 0..20));
    assert_eq!((n78.ssb_positions().n_candidates(), n78.duplex()), (8, Duplex::Tdd));
    // The same block in a carrier that begins 10 blocks above Point A and is narrower than 30 kHz allows to see.
    let shifted = GeometryConfig {
        carrier: carrier(Numerology::MU1, 10, 51),
        ..cell(78, SsbCase::C, 3_489_420_000, 51, 3_483_840_000, 0, 0)
    };
    let shifted = CellGeometry::new(&shifted).unwrap();
    assert_eq!((shifted.ssb_first_subcarrier(), shifted.ssb_crbs()), (Some(0), 10..30));
    assert_eq!((shifted.coreset0_first_prb(), shifted.coreset0().unwrap().start_crb), (Some(0), 10));
    assert_eq!(shifted.offset_to_point_a(), 20);
    // A 30 kHz block on a 15 kHz carrier: 480 subcarriers, 40 blocks and parts of one or two more.
    let mixed =
        ssb_raster(884_000_000, 894_000_000, Band::new(5).ok()).filter(|p| p.case == SsbCase::B).find_map(|p| {
            let config = GeometryConfig {
                ssb_case: SsbCase::B,
                common: Numerology::MU0,
                ..cell(5, SsbCase::A, 884_000_000, 106, p.frequency_hz(), 0, 0)
            };
            CellGeometry::new(&config).ok()
        });
    let mixed = mixed.expect("some place fits");
    assert_eq!(mixed.ssb_first_subcarrier(), None);
    assert!((40..=42).contains(&mixed.ssb_crbs().len()), "{:?}", mixed.ssb_crbs());
}

#[test]
fn text_and_drawing() {
    let geometry = CellGeometry::new(&cable_n3()).unwrap();
    let text = geometry.explain().join("\n");
    for part in [
        "n3 FDD, downlink 1805..1880 MHz, uplink 1710..1785 MHz",
        "10 MHz, 1837.5..1847.5 MHz, guard bands of 312.5 kHz",
        "52 resource blocks of 15 kHz, centre 1842.5 MHz = NR-ARFCN 368500",
        "1837.82 MHz = NR-ARFCN 367564; offsetToCarrier 0",
        "case A, 15 kHz, 4 candidates a half frame, SS_REF 1842.05 MHz = GSCN 4604",
        "subcarrier 0 at 1840.25 MHz, 2430 kHz above Point A: offsetToPointA 13, k_SSB 6",
        "touches resource blocks 13..34 of the carrier, from subcarrier 162",
        "Table 13-1 index 6: pattern 1, 48 resource blocks of 15 kHz, 1 symbol\n",
        "offset 12 from block 13: common resource blocks 1..49 = resource blocks 1..49 of the carrier",
        "searchSpaceZero 0: for SSB 0 monitored in even frames slot 0 symbol 0, even frames slot 1 symbol 0",
        "subCarrierSpacingCommon 15 kHz, k_SSB 6, pdcch-ConfigSIB1 96",
    ] {
        assert!(text.contains(part), "'{part}' is missing in:\n{text}");
    }
    let drawing = geometry.drawing();
    assert_eq!(
        drawing,
        [
            "            1837.5                                                1847.5 MHz",
            "10 MHz      |..............................................................|",
            "52 RB         [==========================================================]",
            "SSB                          [SSSSSSSSSSSSSSSSSSSSSS]",
            "CORESET#0      [CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC]",
            "Point A       ^ 1837.82 MHz",
            "            n3, one column is 156 kHz",
        ],
        "\n{}",
        drawing.join("\n")
    );
    let far = GeometryConfig { carrier: carrier(Numerology::MU0, 1000, 52), ..cable_n3() };
    let far = CellGeometry::new(&far).unwrap();
    assert!(far.drawing().iter().any(|line| line.starts_with("Point A     < 1657.82 MHz")), "{:?}", far.drawing());
    let dark = CellGeometry::new(&GeometryConfig { band: None, type0: None, ..cable_n3() }).unwrap();
    assert!(dark.explain().iter().any(|line| line.contains("none: the MIB says k_SSB 31")));
    assert!(!dark.drawing().iter().any(|line| line.starts_with("CORESET#0")));
}

/// The downlink's raster rows of a band, and a spacing and bandwidth that it has.
fn choices(band: Band) -> Vec<(Numerology, ChannelBandwidth, ChannelRaster)> {
    let mut all = Vec::new();
    for numerology in Numerology::ALL {
        for bandwidth in band.channel_bandwidths(numerology) {
            all.extend(
                band.channel_raster().filter(|r| r.downlink().is_some()).map(|raster| (numerology, bandwidth, raster)),
            );
        }
    }
    all
}

#[test]
fn every_band_with_rasters_has_a_cell() {
    let mut without = Vec::new();
    for band in Band::all().filter(|band| band.duplex() != Duplex::Sul) {
        let (low, high) = band.downlink_hz().unwrap();
        let found = choices(band).into_iter().any(|(numerology, bandwidth, raster)| {
            let range = raster.downlink().unwrap();
            let middle = range.nearest(NrArfcn::nearest(low.midpoint(high)));
            (0..40).filter_map(|n| NrArfcn::new(middle.get() + n * range.step()).ok()).any(|centre| {
                let half = bandwidth.hz() / 2;
                ssb_raster(centre.hz() - half, centre.hz() + half, Some(band)).any(|SsbRasterPoint { gscn, case }| {
                    let config = GeometryConfig {
                        band: Some(band),
                        carrier: carrier(numerology, 0, bandwidth.n_rb(numerology).unwrap()),
                        position: CarrierPosition::CentreArfcn(centre),
                        channel_bandwidth_mhz: Some(bandwidth.mhz()),
                        ssb_case: case,
                        ssb: SsbFrequency::Gscn(gscn),
                        common: numerology,
                        type0: type0(0, 0),
                    };
                    CellGeometry::new(&config).is_ok()
                })
            })
        });
        if !found {
            without.push(band.number());
        }
    }
    // These lack a row of a channel raster, of a bandwidth or of a synchronisation raster in the tables.
    for number in &without {
        let band = Band::new(*number).unwrap();
        assert!(choices(band).is_empty() || band.sync_raster().next().is_none(), "n{number} has no cell");
    }
    assert!(without.len() <= 14, "{without:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Random cells: what is valid inverts, what is not has a readable error whose way out is one.
    #[test]
    fn random_cells_invert(
        band in any::<Index>(),
        choice in any::<Index>(),
        centre in any::<Index>(),
        place in any::<Index>(),
        start_crb in prop_oneof![Just(0u16), 0..300u16],
        upper_common in any::<bool>(),
        index in 0..16u8,
        search in 0..16u8,
    ) {
        let bands: Vec<Band> = Band::all().filter(|band| band.duplex() != Duplex::Sul).collect();
        let band = bands[band.index(bands.len())];
        let choices = choices(band);
        prop_assume!(!choices.is_empty());
        let (numerology, bandwidth, raster) = choices[choice.index(choices.len())];
        let range = raster.downlink().unwrap();
        let half = bandwidth.hz() / 2;
        // Mostly inside the band: an edge that the channel does not fit is left to the error.
        let (low, high) = band.downlink_hz().unwrap();
        let first = range.nearest(NrArfcn::nearest(low + half));
        let last = range.nearest(NrArfcn::nearest((high - half).max(low + half)));
        let steps = ((last.get() - first.get()) / range.step() + 1) as usize;
        let arfcn = NrArfcn::new(first.get() + centre.index(steps) as u32 * range.step()).unwrap();
        let points: Vec<_> = ssb_raster(arfcn.hz() - half, arfcn.hz() + half, Some(band)).collect();
        prop_assume!(!points.is_empty());
        let point = points[place.index(points.len())];
        let config = GeometryConfig {
            band: Some(band),
            carrier: carrier(numerology, start_crb, bandwidth.n_rb(numerology).unwrap()),
            position: CarrierPosition::CentreArfcn(arfcn),
            channel_bandwidth_mhz: Some(bandwidth.mhz()),
            ssb_case: point.case,
            ssb: SsbFrequency::Gscn(point.gscn),
            common: point.case.frequency_range().common_numerology(upper_common),
            type0: type0(index, search),
        };
        match CellGeometry::new(&config) {
            Err(error) => {
                let text = error.to_string();
                prop_assert!(text.contains("TS 38.") && !error.clause().is_empty() && !text.contains('\n'), "{}", text);
                prop_assert!(text.len() < 500, "{}", text);
            }
            Ok(geometry) => {
                let ssb = received(&config, &geometry);
                let Coreset0Indication::Present(found) = ssb.coreset0() else {
                    return Err(TestCaseError::fail(format!("{:?}", ssb.coreset0())));
                };
                let coreset0 = geometry.coreset0().unwrap();
                let point_a = ssb.point_a_hz(geometry.offset_to_point_a());
                prop_assert_eq!(point_a, Some(geometry.point_a_hz()));
                prop_assert_eq!(found.start_crb(geometry.point_a_hz()), Some(coreset0.start_crb));
                prop_assert_eq!(found.entry(), &coreset0.entry);
                prop_assert_eq!(found.monitoring(), Some(coreset0.monitoring));
                prop_assert_eq!(config.carrier.centre_hz(geometry.point_a_hz()), arfcn.hz());
                // The definition: k_SSB subcarriers above block N_CRB^SSB stands subcarrier 0 of the block.
                let (unit, block) = match point.case.frequency_range() {
                    FrequencyRange::Fr1 => (15_000, 180_000),
                    FrequencyRange::Fr2 => (u64::from(config.common.scs_hz()), 720_000),
                };
                let first = geometry.point_a_hz()
                    + u64::from(geometry.offset_to_point_a()) * block
                    + u64::from(geometry.k_ssb()) * unit;
                prop_assert_eq!(first + 120 * u64::from(point.numerology().scs_hz()), point.frequency_hz());
                let crbs = geometry.ssb_crbs();
                prop_assert!(start_crb <= crbs.start && crbs.end <= start_crb + config.carrier.n_prb());
                prop_assert!(geometry.explain().len() >= 10 && geometry.drawing().iter().all(|l| l.len() <= 90));
                prop_assert!(geometry.coreset0().unwrap().entry.coreset(coreset0.start_crb, crate::frame::CellId::new(1).unwrap()).is_ok());
            }
        }
    }

    /// Anything that a MIB may say, at any frequency: a value, no panic.
    #[test]
    fn hostile_mibs(
        hz in prop_oneof![any::<u64>(), 0..100_000_000_000u64],
        case in 0..SsbCase::ALL.len(),
        upper in any::<bool>(),
        k_ssb in any::<u8>(),
        config in any::<u8>(),
        index in 0..4usize,
        offset in any::<u16>(),
    ) {
        let bands =
            [Coreset0Bands::default(), Coreset0Bands::Minimum40MHz, Coreset0Bands::SharedSpectrum, Coreset0Bands::Fr2_2];
        let bands = bands[index];
        let ssb = ReceivedSsb::new(hz, SsbCase::ALL[case], upper, k_ssb, config, bands);
        if let Coreset0Indication::Present(found) = ssb.coreset0() {
            prop_assert!(ssb.has_coreset0() && found.centre_hz() > found.lowest_subcarrier_hz());
            found.start_crb(0);
            if let Some(monitoring) = found.monitoring() {
                prop_assert!(monitoring.slots(k_ssb, config).count() <= 2);
            }
        }
        ssb.point_a_hz(offset);
        for origin in [0, hz, hz / 2, u64::MAX] {
            for numerology in Numerology::ALL {
                prop_assert!(ssb.touched_blocks(origin, numerology).is_none_or(|blocks| blocks.start < blocks.end));
            }
        }
        Coreset0Bands::of_ssb(hz, SsbCase::ALL[case]);
    }

    /// Any configuration, however wrong: a result, no panic.
    #[test]
    fn hostile_configs(
        band in prop::option::of(0..300u16),
        scs in 0..7u8,
        start in 0..2200u16,
        n_prb in 1..276u16,
        position in prop_oneof![any::<u64>(), 0..100_000_000_000u64],
        from_point_a in any::<bool>(),
        bandwidth in prop::option::of(any::<u16>()),
        case in 0..SsbCase::ALL.len(),
        ssb in prop_oneof![any::<u64>(), 0..100_000_000_000u64],
        relative in prop::option::of(0..400_000u64),
        common in 0..7u8,
        zero in prop::option::of((any::<u8>(), any::<u8>())),
    ) {
        let config = GeometryConfig {
            band: band.and_then(|band| Band::new(band).ok()),
            carrier: carrier(Numerology::new(scs).unwrap(), start, n_prb),
            position: if from_point_a { CarrierPosition::PointAHz(position) } else { CarrierPosition::CentreHz(position) },
            channel_bandwidth_mhz: bandwidth,
            ssb_case: SsbCase::ALL[case],
            ssb: SsbFrequency::Hz(relative.map_or(ssb, |khz| position.wrapping_add(khz * 1_000))),
            common: Numerology::new(common).unwrap(),
            type0: zero.and_then(|(a, b)| type0(a, b)),
        };
        match CellGeometry::new(&config) {
            Ok(geometry) => prop_assert!(!geometry.explain().is_empty() && !geometry.drawing().is_empty()),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
