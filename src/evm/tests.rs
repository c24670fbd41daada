//! Transmitters with known faults against what the measurement must say of them.

use super::*;
use crate::Complex32;
use crate::frame::{CellId, ChannelBandwidth, CyclicPrefix, FrequencyRange, Numerology, ResourceGrid};
use crate::modulation::Modulation;
use crate::ofdm::OfdmModulator;
use crate::propagation::{Awgn, Channel, ChannelConfig, IqImbalance};
use crate::test_model::{TestModel, TestModelConfig, TestModelDuplex, TestModelGenerator};

struct Bench {
    generator: TestModelGenerator,
    window: EvmWindow,
    frequency_hz: Option<f64>,
}

impl Bench {
    fn new(model: TestModel, mhz: u16, khz: u32, duplex: TestModelDuplex) -> Self {
        let bandwidth = ChannelBandwidth::new(FrequencyRange::Fr1, mhz).unwrap();
        let numerology = Numerology::from_scs_khz(khz).unwrap();
        let config = TestModelConfig::new(model, bandwidth, numerology, duplex, CellId::new(1).unwrap()).unwrap();
        let window = EvmWindow::new(bandwidth, numerology, CyclicPrefix::Normal).unwrap();
        Self { generator: TestModelGenerator::new(&config), window, frequency_hz: Some(3.500_01e9) }
    }

    /// `n_frames` frames, ideal.
    fn samples(&mut self, n_frames: usize) -> Vec<Complex32> {
        let carrier = *self.generator.config().carrier();
        let ofdm = self.window.ofdm(&carrier, self.frequency_hz).unwrap();
        let mut modulator = OfdmModulator::new(&ofdm);
        let mut grid = ResourceGrid::for_carrier(&carrier, 1);
        let mut samples = Vec::new();
        for slot in 0..carrier.numerology().slots_per_frame() {
            self.generator.transmit(slot, &mut grid);
            let in_subframe = slot % carrier.numerology().slots_per_subframe();
            let start = samples.len();
            samples.resize(start + modulator.slot_len(in_subframe), Complex32::ZERO);
            modulator.modulate_slot(in_subframe, &grid, 0, &mut samples[start..]);
        }
        samples.repeat(n_frames)
    }

    /// Finds and measures the whole frames of `samples`.
    fn measure(&mut self, samples: &[Complex32], data: EvmData) -> (Vec<FrameEvm>, Vec<EvmResult>) {
        let reference = self.generator.evm_reference(data).unwrap();
        let found = find_frame(samples, &reference, self.window, 60e3).unwrap().expect("a frame");
        let mut meter = EvmMeter::new(reference, self.window, self.frequency_hz).unwrap();
        let (mut frames, mut average) = (Vec::new(), EvmAverage::default());
        let len = meter.frame_len() as i64;
        let mut start = found.start;
        while start + len <= samples.len() as i64 + 20 {
            if start >= -20 {
                let frame = meter.measure(samples, start, found.cfo_hz);
                average.add(meter.reference(), &frame);
                start = frame.start.round() as i64;
                frames.push(frame);
            }
            start += len;
        }
        assert!(!frames.is_empty());
        (frames, average.results())
    }
}

/// How far `at` lies from a multiple of `period`.
fn off_by(at: f64, period: usize) -> f64 {
    let late = at.rem_euclid(period as f64);
    late.min(period as f64 - late)
}

fn assert_near(got: f64, expected: f64, relative: f64, what: &str) {
    assert!((got / expected - 1.0).abs() < relative, "{what}: {got} instead of {expected}");
}

#[test]
fn a_perfect_transmitter_has_none() {
    for (model, mhz, khz, duplex) in [
        (TestModel::Tm3_1a, 20, 30, TestModelDuplex::Tdd),
        (TestModel::Tm1_1, 5, 15, TestModelDuplex::Fdd),
        (TestModel::Tm2, 10, 30, TestModelDuplex::Fdd),
        (TestModel::Tm3_2, 10, 60, TestModelDuplex::Tdd),
        (TestModel::Tm3_3, 15, 30, TestModelDuplex::Fdd),
        (TestModel::Tm2b, 5, 30, TestModelDuplex::Tdd),
    ] {
        for data in [EvmData::Known, EvmData::Nearest] {
            let mut bench = Bench::new(model, mhz, khz, duplex);
            let samples = bench.samples(2);
            let (frames, results) = bench.measure(&samples, data);
            assert_eq!(results.len(), 1, "{model}");
            assert_eq!(results[0].modulation, model.modulation());
            assert!(results[0].evm < 2e-4, "{model} {data:?}: {results:?}");
            assert_eq!(frames.len(), 2);
            for frame in &frames {
                assert!(frame.frequency_error_hz.abs() < 0.1, "{}", frame.frequency_error_hz);
                assert!(off_by(frame.start, samples.len() / 2) < 0.05, "{}", frame.start);
                assert_near(frame.pilot_power, 1.0, 1e-3, "power");
            }
        }
    }
}

/// EVM is 10^(-SNR / 20): with the SNR of an element, less the part of the noise that the equaliser follows.
#[test]
fn noise_is_measured_as_what_it_is() {
    for (model, duplex, snr_db) in [
        (TestModel::Tm3_1a, TestModelDuplex::Fdd, 32.0),
        (TestModel::Tm1_1, TestModelDuplex::Tdd, 18.0),
        (TestModel::Tm3_2, TestModelDuplex::Tdd, 25.0),
    ] {
        let mut bench = Bench::new(model, 20, 30, duplex);
        let mut samples = bench.samples(2);
        Awgn::new(Awgn::power_at_snr_per_re(snr_db, 1.0), 7, 0).unwrap().process(&mut samples);
        let (_, results) = bench.measure(&samples, EvmData::Known);
        // The 16QAM of TM3.2 is 3 dB weaker than a block's mean.
        let own_db = if model == TestModel::Tm3_2 { snr_db - 3.0 } else { snr_db };
        let expected = 10f64.powf(f64::from(-own_db) / 20.0);
        assert_near(results[0].evm, expected, 0.02, model.name());
        assert_near(results[0].low, results[0].high, 0.02, model.name());
        let (_, blind) = bench.measure(&samples, EvmData::Nearest);
        assert_near(blind[0].evm, results[0].evm, 0.01, "blind");
    }
}

#[test]
fn frequency_delay_and_clock_are_found_and_taken_off() {
    for (model, cfo_hz, delay, clock_ppm) in [
        (TestModel::Tm3_1, 1234.5, 7_777.25, 0.0),
        (TestModel::Tm3_1, -40_321.0, 150_000.5, 0.3),
        (TestModel::Tm3_3, 61_000.0, 0.0, -2.0),
        (TestModel::Tm2a, -7_000.0, 60_123.0, 0.0),
    ] {
        let mut bench = Bench::new(model, 20, 30, TestModelDuplex::Fdd);
        let sent = bench.samples(4);
        let rate = bench.window.sample_rate_hz();
        let channel = ChannelConfig::new(rate).unwrap().with_cfo(cfo_hz).unwrap();
        let channel = channel.with_delay(delay).unwrap().with_clock_offset(clock_ppm).unwrap();
        let mut samples = Vec::new();
        Channel::new(&channel).unwrap().process_one(&sent, &mut samples);
        let (frames, results) = bench.measure(&samples, EvmData::Known);
        // Within a slot of 0.5 ms a clock's error is not taken off: the delay is uniform over it, the frequency over
        // the 18.36 MHz.
        let drift_s = clock_ppm.abs() * 1e-6 * 0.5e-3;
        let clocked = std::f64::consts::TAU * 18.36e6 / 12f64.sqrt() * drift_s / 12f64.sqrt();
        assert!(results[0].evm < 0.003 + clocked, "{model} {cfo_hz} {delay}: {results:?}");
        for frame in &frames {
            assert!((frame.frequency_error_hz - cfo_hz).abs() < 2.0, "{}", frame.frequency_error_hz);
            let late = off_by(frame.start - delay, sent.len() / 4);
            // Four frames drift by 0.04 s * clock * rate.
            assert!(late < 0.3 + 0.05 * clock_ppm.abs() * 1e-6 * rate as f64, "{late}: {}", frame.start);
        }
    }
}

#[test]
fn the_image_of_a_mixer_is_an_error() {
    let mut bench = Bench::new(TestModel::Tm3_1, 20, 30, TestModelDuplex::Fdd);
    let mut samples = bench.samples(1);
    let imbalance = IqImbalance::new(0.5, 2.0).unwrap();
    imbalance.process(&mut samples);
    let (_, results) = bench.measure(&samples, EvmData::Known);
    assert_near(results[0].evm, 10f64.powf(f64::from(imbalance.image_db()) / 20.0), 0.03, "image");
}

/// What the equaliser follows is no error; what is wrong at a symbol's beginning hurts the lower end of the window, at
/// its end the upper one.
#[test]
fn the_window_shows_what_leaves_the_prefix() {
    let mut bench = Bench::new(TestModel::Tm3_1, 20, 30, TestModelDuplex::Fdd);
    let ideal = bench.samples(1);
    let echo: Vec<Complex32> =
        (0..ideal.len()).map(|n| ideal[n] + ideal[(n + ideal.len() - 3) % ideal.len()] * 0.1).collect();
    let (_, results) = bench.measure(&echo, EvmData::Known);
    assert!(results[0].evm < 0.012, "{results:?}");
    // Of a prefix of 72 samples the window of 28 leaves 22 on each side.
    let ofdm = bench.window.ofdm(bench.generator.config().carrier(), None).unwrap();
    let timing = ofdm.timing();
    for at_beginning in [true, false] {
        let mut samples = ideal.clone();
        for subframe in samples.chunks_exact_mut(timing.n_samples()) {
            for (l, symbol) in timing.symbols().iter().enumerate() {
                let end = timing.symbol_end(l);
                let wrong = if at_beginning { symbol.start..symbol.start + 38 } else { end - 38..end };
                subframe[wrong].fill(Complex32::ZERO);
            }
        }
        let (_, results) = bench.measure(&samples, EvmData::Known);
        let (bad, good) =
            if at_beginning { (results[0].low, results[0].high) } else { (results[0].high, results[0].low) };
        assert!(bad > 0.05 && good < 2e-3 && results[0].evm == bad, "{at_beginning}: {results:?}");
    }
}

#[test]
fn another_models_data_agrees_with_none() {
    let samples = Bench::new(TestModel::Tm3_1, 20, 30, TestModelDuplex::Fdd).samples(1);
    let mut bench = Bench::new(TestModel::Tm1_1, 20, 30, TestModelDuplex::Fdd);
    let (frames, results) = bench.measure(&samples, EvmData::Known);
    assert!(frames[0].channels[1].agreement < 0.1 && results[0].evm > 1.0, "{frames:?}");
    // Nothing at all: noise, silence, what is no number.
    let reference = bench.generator.evm_reference(EvmData::Known).unwrap();
    let mut noise = vec![Complex32::ZERO; samples.len()];
    assert_eq!(find_frame(&noise, &reference, bench.window, 60e3).unwrap(), None);
    Awgn::new(1.0, 3, 0).unwrap().process(&mut noise);
    assert_eq!(find_frame(&noise, &reference, bench.window, 60e3).unwrap(), None);
    noise.fill(Complex32::new(f32::NAN, f32::INFINITY));
    assert_eq!(find_frame(&noise, &reference, bench.window, 60e3).unwrap(), None);
    assert_eq!(find_frame(&[], &reference, bench.window, 60e3).unwrap(), None);
    let mut meter = EvmMeter::new(reference, bench.window, None).unwrap();
    let frame = meter.measure(&noise, -5, f64::NAN);
    assert!(frame.channels.iter().all(|channel| channel.agreement == 0.0), "{frame:?}");
}

#[test]
fn references_that_cannot_be_are_refused() {
    let bench = Bench::new(TestModel::Tm1_1, 5, 15, TestModelDuplex::Fdd);
    let carrier = *bench.generator.config().carrier();
    let channel = EvmChannel { modulation: Modulation::Qpsk, amplitude: 1.0, measured: true, data: EvmData::Known };
    assert!(EvmReference::new(&carrier, vec![]).is_err());
    assert!(EvmReference::new(&carrier, vec![EvmChannel { amplitude: 0.0, ..channel }]).is_err());
    let mut reference = EvmReference::new(&carrier, vec![channel]).unwrap();
    let good = EvmElement { symbol: 3, subcarrier: 299, channel: 0, pilot: true, value: Complex32::ONE };
    assert!(reference.push(9, good).is_ok());
    for (slot, bad) in [
        (10, good),
        (9, EvmElement { symbol: 2, ..good }),
        (9, EvmElement { symbol: 14, ..good }),
        (9, EvmElement { subcarrier: 300, ..good }),
        (9, EvmElement { channel: 1, ..good }),
        (9, EvmElement { value: Complex32::ZERO, ..good }),
        (9, EvmElement { value: Complex32::new(f32::NAN, 0.0), ..good }),
    ] {
        assert!(reference.push(slot, bad).is_err(), "{bad:?}");
    }
}

/// A PDSCH of any configuration, whose data nobody knows.
#[test]
fn any_pdsch_is_measured_blind() {
    use crate::frame::{BandwidthPart, Carrier, Rnti, SlotPoint};
    use crate::pdsch::{
        PdschCodeword, PdschConfig, PdschDmrs, PdschParameters, PdschTransmitter, PrbList, Precoder, PrgSize,
        TbScaling, VrbRun, VrbToPrb,
    };
    use crate::reference_signal::dmrs::DmrsType;
    use crate::reference_signal::dmrs_port::DmrsPorts;
    let bandwidth = ChannelBandwidth::new(FrequencyRange::Fr1, 20).unwrap();
    let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 51).unwrap();
    let bwp = BandwidthPart::new(&carrier, 0, 51).unwrap();
    let channel = EvmChannel { modulation: Modulation::Qam16, amplitude: 1.0, measured: true, data: EvmData::Nearest };
    let mut reference = EvmReference::new(&carrier, vec![channel]).unwrap();
    let window = EvmWindow::new(bandwidth, Numerology::MU1, CyclicPrefix::Normal).unwrap();
    let ofdm = window.ofdm(&carrier, None).unwrap();
    let mut modulator = OfdmModulator::new(&ofdm);
    let mut samples = Vec::new();
    for slot in 0..20 {
        let mut grid = ResourceGrid::for_carrier(&carrier, 1);
        // Not in every slot; type 2 DM-RS in two CDM groups, one of them empty.
        if slot % 3 != 0 {
            let codeword = PdschCodeword {
                modulation: Modulation::Qam16,
                rate_x1024: 500.0,
                rv: 0,
                tbs: None,
                scaling: TbScaling::One,
                overhead_per_prb: 0,
                tbs_lbrm: None,
            };
            let parameters = PdschParameters {
                slot: SlotPoint::new(Numerology::MU1, 0, slot).unwrap(),
                rnti: Rnti(0x4601),
                data_scrambling_id: 77,
                start: 2,
                length: 10,
                prbs: PrbList::contiguous(VrbRun { start: 7, length: 30 }, VrbToPrb::NonInterleaved, &bwp).unwrap(),
                dmrs: PdschDmrs {
                    dmrs_type: DmrsType::Two,
                    symbols: 1 << 2 | 1 << 9,
                    ports: DmrsPorts::single(),
                    scrambling_id: 300,
                    n_scid: 0,
                    cdm_groups_without_data: 2,
                    reference_crb: 0,
                    amplitude: None,
                },
                ptrs: None,
                codewords: [Some(codeword), None],
                reserved: None,
                amplitude: 1.0,
                prg: PrgSize::Wideband,
                precoder: Precoder::single_port(),
            };
            let mut two = parameters.clone();
            two.dmrs.ports = DmrsPorts::first(2).unwrap();
            two.precoder = Precoder::identity(2).unwrap();
            let two = PdschConfig::new(&carrier, two).unwrap();
            assert!(push_pdsch(&mut reference, 0, &two).unwrap_err().to_string().contains("2 layers"));
            let config = PdschConfig::new(&carrier, parameters).unwrap();
            push_pdsch(&mut reference, 0, &config).unwrap();
            let block: Vec<u8> = (0..config.tbs() / 8).map(|i| (i * 37 + usize::from(slot)) as u8).collect();
            PdschTransmitter::new(&carrier).transmit(&[&block], &config, &mut grid);
        }
        let start = samples.len();
        samples.resize(start + modulator.slot_len(slot % 2), Complex32::ZERO);
        modulator.modulate_slot(slot % 2, &grid, 0, &mut samples[start..]);
    }
    Awgn::new(Awgn::power_at_snr_per_re(26.0, 1.0), 5, 0).unwrap().process(&mut samples);
    let found = find_frame(&samples, &reference, window, 1e3).unwrap().unwrap();
    let mut meter = EvmMeter::new(reference, window, None).unwrap();
    let frame = meter.measure(&samples, found.start, found.cfo_hz);
    assert_eq!(frame.channels[0].n_blocks, 30 * 13);
    for evm in frame.channels[0].evm() {
        assert_near(evm, 10f64.powf(-26.0 / 20.0), 0.03, "PDSCH");
    }
}
