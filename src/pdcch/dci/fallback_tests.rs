use super::{Dci0_0, Dci1_0, DciLayout, DlAssignment, DlHarqFields, frequency_field_bits};
use crate::pdcch::RntiKind;
use crate::sequence::GoldSequence;

#[test]
fn the_frequency_field_holds_every_assignment() {
    for n in 1..=275u16 {
        let pairs = u64::from(n) * u64::from(n + 1) / 2;
        let width = frequency_field_bits(n);
        assert!(1u64 << width >= pairs && (width == 0 || 1u64 << (width - 1) < pairs), "{n} blocks: {width} bits");
    }
}

#[test]
fn any_bits_give_the_same_bits_again() {
    for (n_dl, n_ul) in [(24, 24), (24, 275), (48, 106), (96, 11), (275, 1), (1, 275)] {
        for layout in [DciLayout::common(n_dl, Some(n_ul)).unwrap(), DciLayout::ue_specific(n_dl, n_ul).unwrap()] {
            for seed in 0..200 {
                let mut dci: Vec<u8> = GoldSequence::new(seed).take(layout.size()).collect();
                let end = layout.size() - layout.padding_bits_1_0();
                dci[end..].fill(0);
                if seed % 3 == 0 {
                    dci[1..1 + layout.frequency_bits_1_0()].fill(1);
                }
                for kind in [RntiKind::Si, RntiKind::Ra, RntiKind::P, RntiKind::Tc, RntiKind::C] {
                    match Dci1_0::decode(&dci, kind, &layout) {
                        Some(fields) => assert_eq!(fields.encode(&layout).unwrap(), dci, "{fields:?}"),
                        None => assert!(dci[0] == 0 && matches!(kind, RntiKind::Tc | RntiKind::C)),
                    }
                }
                let end = layout.size() - layout.padding_bits_0_0().unwrap();
                dci[end..].fill(0);
                match Dci0_0::decode(&dci, &layout) {
                    Some(fields) => assert_eq!(fields.encode(&layout).unwrap(), dci, "{fields:?}"),
                    None => assert_eq!(dci[0], 1),
                }
            }
            assert_eq!(Dci1_0::decode(&[1; 5], RntiKind::C, &layout), None);
            assert_eq!(Dci0_0::decode(&[], &layout), None);
        }
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let layout = DciLayout::common(24, None).unwrap();
    let si = |frequency_resource, mcs| {
        let assignment = DlAssignment { frequency_resource, mcs, ..Default::default() };
        Dci1_0::Si { assignment, rv: 0, si_message: false, reserved: 0 }.encode(&layout)
    };
    assert!(si(511, 31).is_ok());
    assert!(si(512, 0).is_err());
    let message = "modulation and coding scheme = 32: must fit 5 bits (TS 38.212 7.3.1.2.1)";
    assert_eq!(si(0, 32).unwrap_err().to_string(), message);
    let assignment = DlAssignment { frequency_resource: 511, ..Default::default() };
    assert!(Dci1_0::C { assignment, harq: DlHarqFields::default() }.encode(&layout).is_err());
    assert!(Dci0_0::default().encode(&layout).is_err());
    assert!(DciLayout::common(0, None).is_err());
    assert!(DciLayout::ue_specific(24, 276).is_err());
}

#[test]
fn the_carrier_indicator_of_format_0_0_is_its_last_bit() {
    // Format 1_0 has 37 bits, format 0_0 at 11 blocks 20 + 7.
    let layout = DciLayout::common(24, Some(11)).unwrap().with_supplementary_uplink();
    assert_eq!((layout.has_sul_indicator(), layout.padding_bits_0_0()), (true, Some(9)));
    for sul in [false, true] {
        let dci = Dci0_0 { mcs: 31, sul, ..Default::default() };
        let bits = dci.encode(&layout).unwrap();
        assert_eq!((bits.len(), bits[36]), (37, u8::from(sul)));
        assert_eq!(Dci0_0::decode(&bits, &layout), Some(dci));
    }
    // Not where format 0_0 is the longer one before padding: 36 bits, format 1_0 with 28 + 7.
    let full = DciLayout::ue_specific(11, 275).unwrap().with_supplementary_uplink();
    assert!(!full.has_sul_indicator());
    assert!(Dci0_0 { sul: true, ..Default::default() }.encode(&full).is_err());
}
