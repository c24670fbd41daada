//! The search over synthetic streams: noise, weak blocks, several cells, hostile samples.

use super::*;
use crate::frame::{Numerology, SsbCase};
use crate::ssb::LMax;
use crate::ssb::quality::{self, TestCell as Cell, TestStream};

impl TestStream {
    fn of(rate: f64, seconds: f64, seed: u64) -> Self {
        Self::new(rate, seconds, seed, 0)
    }
}

const N78: Cell = Cell {
    pci: 500,
    case: SsbCase::C,
    l_max: LMax::L8,
    mib: 0x00_4a5c,
    frequency_hz: 3_489_600_000.0,
    centre_hz: 3_489_480_000.0,
    cfo_hz: 5000.0,
    snr_db: 10.0,
    frame_start: 1234.4,
    sfn: 1022,
};

fn config(rate: u64, centre_hz: f64) -> CellSearchConfig {
    CellSearchConfig::new(rate, Some(centre_hz as u64)).unwrap()
}

#[test]
fn a_block_is_found_with_its_figures() {
    let mut stream = TestStream::of(7.68e6, 0.024, 1);
    let cell = Cell { frame_start: 12_345.4, ..N78 };
    stream.add(&cell, 0, 1, 3).unwrap();
    stream.add_noise(30_000.0);
    let found = stream.search_in_chunks(&config(7_680_000, cell.centre_hz), 999).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    let f = &found[0];
    assert_eq!((f.cell_id.get(), f.ssb_index, f.sfn(), f.half_frame(), f.k_ssb()), (500, 3, 1022, 1, 5));
    assert_eq!((f.ssb_offset_hz, f.symbol_phase), (120_000.0, SymbolPhase::Carrier));
    assert!((f.cfo_hz - 5000.0).abs() < 90.0, "{f:?}");
    assert!((f.frame_start - 12_345.4).abs() < 0.2, "{f:?}");
    assert!((f.sinr_db - 10.0).abs() < 1.5, "{f:?}");
    assert!((f.rsrp_dbfs - 10.0).abs() < 1.0, "{f:?}");
    // 20 RSRP over 240 elements of signal and noise.
    assert!((f.rsrq_db - 10.0 * (20.0f32 / 240.0 / 1.1 / (623.0 / 720.0)).log10()).abs() < 1.0, "{f:?}");
}

#[test]
fn offsets_up_to_one_and_a_half_subcarriers_and_any_edge() {
    for (i, subcarriers) in [-1.5, -1.2, -0.74, 0.25, 0.9, 1.5].into_iter().enumerate() {
        let mut stream = TestStream::of(7.68e6, 0.006, 2 + i as u64);
        let cell = Cell { cfo_hz: subcarriers * 30_000.0, snr_db: 3.0, frame_start: 300.0 + 1777.7 * i as f64, ..N78 };
        stream.add(&cell, 0, 0, i as u8).unwrap();
        stream.add_noise(30_000.0);
        let found = stream.search_in_chunks(&config(7_680_000, cell.centre_hz), 257).unwrap();
        assert_eq!(found.len(), 1, "{subcarriers}: {found:?}");
        assert!((found[0].cfo_hz - cell.cfo_hz).abs() < 250.0, "{subcarriers}: {found:?}");
    }
}

/// Thinned; `nrflow bler` measures more.
#[test]
fn weak_blocks_are_found() {
    for case in quality::CASES {
        let share = quality::detection(&case, 100, 0..24).unwrap();
        println!("{case:?}: {share:?}");
        assert!(share.ratio() >= case.min_share, "{case:?}: {share:?}");
    }
}

#[test]
fn noise_holds_no_cell() {
    // 60 of the 1000 half frames of `nrflow bler`.
    assert_eq!(quality::false_cells(1, 0..60).unwrap(), []);
}

#[test]
fn several_cells_and_beams() {
    let mut stream = TestStream::of(23.04e6, 0.045, 9);
    let base = Cell { centre_hz: 3_489_420_000.0, frequency_hz: 3_483_840_000.0, snr_db: 12.0, ..N78 };
    // Two beams of one cell, a weaker cell at the same frequency and time, one elsewhere.
    let second = Cell { pci: 503, snr_db: 6.0, cfo_hz: 4700.0, ..base };
    let third = Cell { pci: 77, frequency_hz: 3_492_480_000.0, frame_start: 99_000.7, sfn: 3, cfo_hz: -900.0, ..base };
    for frame in [0, 2, 4] {
        stream.add(&base, frame, 0, 0).unwrap();
        stream.add(&base, frame, 0, 5).unwrap();
        stream.add(&second, frame, 0, 1).unwrap();
        stream.add(&third, frame, 1, 2).unwrap();
    }
    stream.add_noise(30_000.0);
    let found = stream.search_in_chunks(&config(23_040_000, base.centre_hz), 10_000).unwrap();
    let mut seen: Vec<_> = found.iter().map(|f| (f.cell_id.get(), f.ssb_index, f.sfn(), f.half_frame())).collect();
    seen.sort_unstable();
    let mut expected = Vec::new();
    for (i, sfn) in [1022, 0, 2].into_iter().enumerate() {
        expected.extend([(500, 0, sfn, 0), (500, 5, sfn, 0), (503, 1, sfn, 0)]);
        if i < 2 || third.frame_start + 23.04e6 * 0.047 < 23.04e6 * 0.045 {
            expected.push((77, 2, 3 + 2 * i as u16, 1));
        }
    }
    expected.sort_unstable();
    assert_eq!(seen, expected);
}

#[test]
fn a_weak_neighbour_is_found_by_the_next_look_or_a_thorough_one() {
    let mut stream = TestStream::of(23.04e6, 0.15, 5);
    let strong = Cell { centre_hz: 3_489_420_000.0, frequency_hz: 3_483_840_000.0, snr_db: 15.0, ..N78 };
    let weak = Cell { pci: 77, frequency_hz: 3_492_480_000.0, frame_start: 99_000.7, snr_db: -6.0, ..strong };
    for frame in (0..14).step_by(2) {
        stream.add(&strong, frame, 0, 0).unwrap();
        stream.add(&weak, frame, 0, 0).unwrap();
    }
    stream.add_noise(30_000.0);
    let first_of_weak = |config: &CellSearchConfig| {
        let found = stream.search_in_chunks(config, 100_000).unwrap();
        assert!(found.iter().any(|f| f.cell_id.get() == strong.pci));
        found.iter().find(|f| f.cell_id.get() == weak.pci).map(|f| f.frame_start)
    };
    let auto = config(23_040_000, strong.centre_hz);
    assert_eq!(first_of_weak(&auto.clone().with_rescan_ms(None)), None, "a quick look would do: the test is too easy");
    assert!(first_of_weak(&auto.clone().with_rescan_ms(Some(50))).is_some());
    assert!(first_of_weak(&auto.with_sensitivity(Sensitivity::Full)).is_some_and(|start| start < 0.05 * stream.rate));
}

#[test]
fn a_cell_that_comes_on_between_two_looks_is_found_at_once() {
    let mut stream = TestStream::new(7.68e6, 0.5, 6, 0);
    let cell = Cell { snr_db: 15.0, frame_start: 0.3 * stream.rate, ..N78 };
    for frame in (0..20).step_by(2) {
        stream.add(&cell, frame, 0, 0).unwrap();
    }
    stream.add_noise(30_000.0);
    let found = stream.search_in_chunks(&config(7_680_000, cell.centre_hz), 10_000).unwrap();
    assert_eq!(found.len(), 10, "{found:?}");
    assert!(found.iter().all(|f| f.cell_id.get() == cell.pci));
}

#[test]
fn hostile_samples_are_survived() {
    for value in [0.0f32, f32::NAN, f32::INFINITY, -f32::MAX, 1e18, 1.0] {
        let mut search = CellSearch::new(&config(7_680_000, N78.centre_hz)).unwrap();
        let mut found = Vec::new();
        search.push(&vec![Complex32::new(value, value); 200_000], &mut found);
        search.flush(&mut found);
        assert_eq!(found, [], "{value}");
    }
    for len in [0, 1, 100, 255] {
        let mut search = CellSearch::new(&config(7_680_000, N78.centre_hz)).unwrap();
        let mut found = Vec::new();
        search.push(&vec![Complex32::ONE; len], &mut found);
        search.flush(&mut found);
        search.flush(&mut found);
        assert_eq!(found, []);
    }
    // Clipped, with bursts of what is no number: a strong cell is found all the same.
    let mut stream = TestStream::of(7.68e6, 0.012, 11);
    let cell = Cell { snr_db: 20.0, ..N78 };
    stream.add(&cell, 0, 0, 1).unwrap();
    stream.add_noise(30_000.0);
    for (n, z) in stream.samples.iter_mut().enumerate() {
        *z = Complex32::new(z.re.clamp(-40.0, 40.0), z.im.clamp(-40.0, 40.0));
        if n % 5000 == 17 {
            *z = Complex32::new(f32::NAN, f32::INFINITY);
        }
    }
    let found = stream.search_in_chunks(&config(7_680_000, cell.centre_hz), 4096).unwrap();
    assert_eq!(found.iter().map(|f| f.cell_id.get()).collect::<Vec<_>>(), [500]);
}

#[test]
fn odd_rates_find_the_same_cell() {
    for rate in [7_680_000u64, 8_000_000, 10_000_000, 9_999_991, 12_500_000, 20_000_000] {
        let mut stream = TestStream::of(rate as f64, 0.008, 12);
        let cell = Cell {
            case: SsbCase::A,
            l_max: LMax::L4,
            frequency_hz: 1_842_050_000.0,
            centre_hz: 1_842_500_000.0,
            cfo_hz: -321.0,
            frame_start: 500.25,
            ..N78
        };
        stream.add(&cell, 0, 0, 2).unwrap();
        stream.add_noise(15_000.0);
        let found = stream.search_in_chunks(&config(rate, cell.centre_hz), 3333).unwrap();
        assert_eq!(found.len(), 1, "{rate}: {found:?}");
        let f = &found[0];
        assert_eq!((f.cell_id.get(), f.ssb_index, f.ssb_offset_hz), (500, 2, -450_000.0), "{rate}");
        assert!((f.frame_start - 500.25).abs() < 0.3 && (f.cfo_hz + 321.0).abs() < 50.0, "{rate}: {f:?}");
    }
}

/// A cell of band n263.
const N263: Cell = Cell {
    case: SsbCase::F,
    l_max: LMax::L64,
    // GSCN 24210.
    frequency_hz: 58_015_200_000.0,
    centre_hz: 58_015_200_000.0 + 960_000.0,
    cfo_hz: 100_000.0,
    ..N78
};

#[test]
fn blocks_of_480_and_960_khz_are_found() {
    for (rate, case, index, others) in
        [(122_880_000u64, SsbCase::F, 45, vec![Numerology::MU3]), (245_760_000, SsbCase::G, 62, vec![Numerology::MU5])]
    {
        let mut stream = TestStream::of(rate as f64, 0.0055, 21);
        let cell = Cell { case, frame_start: 4321.2, ..N263 };
        stream.add(&cell, 0, 0, index).unwrap();
        stream.add_noise(f64::from(case.numerology().scs_hz()));
        // Beside the narrower spacings of the band.
        let numerologies: Vec<Numerology> = others.into_iter().chain([case.numerology()]).collect();
        let config = config(rate, cell.centre_hz).with_numerologies(&numerologies).unwrap();
        let found = stream.search_in_chunks(&config, 100_000).unwrap();
        assert_eq!(found.len(), 1, "{case}: {found:?}");
        let f = &found[0];
        assert_eq!((f.numerology, f.l_max), (case.numerology(), LMax::L64));
        assert_eq!((f.cell_id.get(), f.ssb_index, f.sfn(), f.half_frame()), (500, index, 1022, 0));
        assert_eq!((f.ssb_offset_hz, f.symbol_phase), (-960_000.0, SymbolPhase::Carrier));
        assert!((f.frame_start - 4321.2).abs() < 0.5, "{f:?}");
        assert!((f.cfo_hz - cell.cfo_hz).abs() < 0.005 * f64::from(case.numerology().scs_hz()), "{f:?}");
    }
    // The spacings of the band, as far as the stream holds them.
    assert!(CellSearch::new(&config(122_880_000, N263.centre_hz)).is_ok());
}

/// Beams of one cell in one half frame, of unequal strength, and again a period later without the first two and with
/// another: each is reported with its own index and time.
#[test]
fn every_beam_is_reported_by_its_index() {
    for (rate, cell, first, second) in [
        (
            30_720_000.0,
            Cell { case: SsbCase::D, frequency_hz: 28_000_320_000.0, centre_hz: 28_000_320_000.0, ..N263 },
            vec![0, 1, 17, 33, 63],
            vec![17, 33, 40, 63],
        ),
        (7_680_000.0, N78, vec![0, 3, 6, 7], vec![1, 6, 7]),
    ] {
        let cell = Cell { cfo_hz: 200.0, ..cell };
        let mut stream = TestStream::of(rate, 0.048, 31);
        for (frame, indices) in [(0, &first), (2, &second)] {
            for (i, &index) in indices.iter().enumerate() {
                stream.add(&Cell { snr_db: 12.0 - 2.0 * i as f64, ..cell }, frame, 1, index).unwrap();
            }
        }
        stream.add_noise(f64::from(cell.case.numerology().scs_hz()));
        let found = stream.search_in_chunks(&config(rate as u64, cell.centre_hz), 5000).unwrap();
        let mut seen: Vec<(u16, u8)> =
            found.iter().map(|f| ((f.sfn() + 1024 - cell.sfn) % 1024, f.ssb_index)).collect();
        seen.sort_unstable();
        let sent = first.iter().map(|&index| (0, index)).chain(second.iter().map(|&index| (2, index)));
        assert_eq!(seen, sent.collect::<Vec<_>>(), "{found:?}");
        for f in &found {
            let frame = f64::from((f.sfn() + 1024 - cell.sfn) % 1024);
            assert!((f.frame_start - (cell.frame_start + 0.01 * frame * rate)).abs() < 0.5, "{f:?}");
            assert_eq!((f.cell_id.get(), f.half_frame()), (500, 1));
        }
    }
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    assert!(CellSearchConfig::new(1_920_000, None).is_err());
    assert!(CellSearchConfig::new(7_680_000, None).unwrap().with_numerologies(&[]).is_err());
    assert!(CellSearchConfig::new(7_680_000, None).unwrap().with_numerologies(&[Numerology::MU2]).is_err());
    assert!(CellSearchConfig::new(7_680_000, None).unwrap().with_window_ms(0).is_err());
    let fr2 = CellSearchConfig::new(7_680_000, None).unwrap().with_numerologies(&[Numerology::MU3]).unwrap();
    assert!(CellSearch::new(&fr2).is_err());
}

/// A cell for half a second, found, then a part of the stream missing.
fn stream_with_gap(rate: f64, gap: std::ops::Range<usize>) -> (Vec<Complex32>, Vec<Complex32>, u64) {
    let mut stream = TestStream::of(rate, 0.3, 77);
    let cell = Cell { snr_db: 10.0, ..N78 };
    for frame in (0..30).step_by(2) {
        stream.add(&cell, frame, 0, 2).unwrap();
    }
    stream.add_noise(30_000.0);
    let samples = &stream.samples;
    (samples[..gap.start].to_vec(), samples[gap.end..].to_vec(), (gap.end - gap.start) as u64)
}

#[test]
fn after_a_gap_of_known_length_blocks_are_met_where_the_clock_says() {
    // The second rate is resampled for the search.
    for rate in [7.68e6, 8e6] {
        let gap = (rate * 0.1013) as usize..(rate * 0.1487) as usize + 1;
        let (before, after, missing) = stream_with_gap(rate, gap.clone());
        let mut search = CellSearch::new(&config(rate as u64, N78.centre_hz)).unwrap();
        let (mut first, mut found) = (Vec::new(), Vec::new());
        search.push(&before, &mut first);
        search.settle(&mut first);
        search.skip(missing);
        search.push(&after, &mut found);
        search.flush(&mut found);
        assert_eq!(first.len(), 6, "{rate}");
        // Frames 16, 18, … begin after the gap.
        assert_eq!(found.len(), 7, "{rate} {found:?}");
        for (i, ssb) in found.iter().enumerate() {
            let late = ssb.frame_start - (N78.frame_start + (16 + 2 * i) as f64 * rate / 100.0);
            assert!(late.abs() < 1.0, "{rate} block {i}: {late} {ssb:?}");
        }
    }
}

#[test]
fn after_an_unknown_time_the_cell_is_found_again_at_its_next_block() {
    for rate in [7.68e6, 8e6] {
        let gap = (rate * 0.1013) as usize..(rate * 0.1487) as usize + 1;
        let (before, after, _) = stream_with_gap(rate, gap.clone());
        let mut search = CellSearch::new(&config(rate as u64, N78.centre_hz)).unwrap();
        let (mut first, mut found) = (Vec::new(), Vec::new());
        search.push(&before, &mut first);
        search.settle(&mut first);
        search.restart();
        // The next block comes 11.4 ms into what follows; with what looking at it takes it is found within 20 ms.
        search.push(&after[..(rate * 0.02) as usize], &mut found);
        assert_eq!(found.len(), 1, "{rate}");
        let ahead = (gap.end - gap.start) as f64;
        let frame_start = N78.frame_start + 0.16 * rate - ahead;
        assert!((found[0].frame_start - frame_start).abs() < 1.0, "{rate} {found:?}");
        search.push(&after[(rate * 0.02) as usize..], &mut found);
        search.flush(&mut found);
        assert_eq!(found.len(), 7, "{rate}");
    }
}
