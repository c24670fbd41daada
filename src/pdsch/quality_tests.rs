use super::*;
use crate::pdsch::Interference;

/// What the receiver says of the signal is true on average.
#[test]
fn reports_are_unbiased() {
    let config = qam256().unwrap();
    let mut bench = PdschBench::new(
        &config,
        Reception::EstimatedChannel,
        FadingGrid::new(DelayProfile::direct(), 0.0, 1, 1).unwrap(),
        77,
        ReceiverOptions::default(),
    );
    let n = 60;
    let (mut snr, mut evm, mut cfo) = (0.0, 0.0, 0.0);
    for block in 0..n {
        bench.draw(block);
        assert!(bench.passes(25.0));
        bench.harq.reset();
        let report = bench.receiver.decode(&bench.received, &config, &mut bench.harq);
        snr += f64::from(report.snr_db) / n as f64;
        evm += f64::from(report.evm_percent).powi(2) / n as f64;
        cfo += f64::from(report.cfo_hz.unwrap()) / n as f64;
        assert!(report.raw_bit_error_rate.unwrap() < 0.03 && report.mean_llr > 4.0);
    }
    let evm_db = 10.0 * (evm / 1e4).log10();
    println!("25 dB: SNR said {snr:.2} dB, EVM {evm_db:.2} dB, CFO {cfo:.2} Hz");
    assert!((snr - 25.0).abs() < 0.15, "{snr}");
    assert!((evm_db + 25.0).abs() < 0.15, "{evm_db}");
    assert!(cfo.abs() < 2.0);
}

#[test]
fn the_receiver_keeps_what_the_code_gives() {
    let config = qam256().unwrap();
    // Thinned; `nrflow bler` measures more blocks.
    let measure =
        |reception| required_snr(&config, reception, 2024, 0..100, NEAR_DB - 0.3..NEAR_DB + 1.7, 0.02).unwrap();
    let alone = measure(Reception::LdpcAlone);
    for (reception, max_loss_db) in MAX_LOSS_DB {
        let received = measure(reception);
        for bler in [0.1, 0.02] {
            let (at, loss) = (alone.at_bler(bler).unwrap(), received.loss_against(&alone, bler).unwrap());
            println!("256QAM, {} bits, BLER {bler}: LDPC {at:.2} dB, {reception:?} {loss:?}", config.tbs());
            assert!(loss.db <= max_loss_db, "{reception:?} at BLER {bler}: {loss:?}");
        }
    }
}

fn options(interference: Interference, detector: Detector) -> ReceiverOptions {
    ReceiverOptions { interference, detector, ..ReceiverOptions::default() }
}

const DETECTORS: [Detector; 3] =
    [Detector::LinearMmse, Detector::MaxLog(Breadth::REDUCED), Detector::MaxLog(Breadth::FULL)];

#[test]
#[ignore = "minutes: prints a table"]
fn full_rate_table() {
    let (case, snr_db) = FULL_RATE;
    for reception in [Reception::KnownChannel, Reception::EstimatedChannel] {
        for detector in DETECTORS {
            let options = options(Interference::White, detector);
            let share = case.share_received(options, reception, 1, 0..100, snr_db).unwrap();
            let needed = case.required_snr_with(options, None, reception, 1, 0..60, 30.0..60.0, 0.1).unwrap();
            let [at_10, at_2] = [0.1, 0.02].map(|bler| needed.at_bler(bler).unwrap_or(f64::NAN));
            println!(
                "{}, {reception:?}, {detector:?}: {}/{} at {snr_db} dB; 10 % {at_10:.1} dB, 2 % {at_2:.1} dB",
                case.name(),
                share.successes,
                share.trials
            );
        }
    }
}

/// What the covariance costs where there is no interference.
#[test]
#[ignore = "minutes: prints a table"]
fn cost_without_interference_table() {
    use SimplifiedTdl::{Tdla30, Tdlb100, Tdlc300};
    let cases = [
        (Tdla30, 10.0, 1, 2),
        (Tdla30, 10.0, 1, 4),
        (Tdlc300, 100.0, 2, 2),
        (Tdlb100, 400.0, 2, 4),
        (Tdla30, 10.0, 4, 4),
        (Tdla30, 10.0, 1, 8),
        (Tdla30, 10.0, 1, 1),
    ];
    for (profile, max_doppler_hz, n_layers, n_rx) in cases {
        for mcs in [4, 19] {
            let case = FadingCase { profile, max_doppler_hz, mcs, n_layers, n_rx };
            let near = case.near_db(1).unwrap().unwrap();
            let measure = |interference| {
                let options = options(interference, Detector::LinearMmse);
                let range = near - 2.0..near + 6.0;
                case.required_snr_with(options, None, Reception::EstimatedChannel, 1, 0..100, range, 0.01).unwrap()
            };
            let loss = measure(Interference::Rejected).loss_against(&measure(Interference::White), 0.1).unwrap();
            println!("{}: {:.3} dB ({:.3})", case.name(), loss.db, loss.standard_error_db);
        }
    }
}

#[test]
#[ignore = "minutes: prints a table"]
fn interferer_table() {
    use SimplifiedTdl::{Tdla30, Tdlc300};
    for (profile, max_doppler_hz, n_layers, n_rx) in [
        (Tdla30, 10.0, 1, 2),
        (Tdla30, 10.0, 1, 4),
        (Tdla30, 10.0, 2, 4),
        (Tdlc300, 100.0, 1, 4),
        (Tdlc300, 100.0, 2, 4),
    ] {
        for mcs in [4, 13] {
            let case = FadingCase { profile, max_doppler_hz, mcs, n_layers, n_rx };
            for level_db in [None, Some(0.0)] {
                let of = |interference| {
                    let options = options(interference, Detector::LinearMmse);
                    let needed = case
                        .required_snr_with(options, level_db, Reception::EstimatedChannel, 1, 0..60, -8.0..60.0, 0.1)
                        .unwrap();
                    needed.at_bler(0.1).unwrap_or(f64::INFINITY)
                };
                let [white, rejected] = [Interference::White, Interference::Rejected].map(of);
                println!("{}, interferer {level_db:?} dB: white {white:.1} dB, rejected {rejected:.1} dB", case.name());
            }
        }
    }
}

/// Thinned; `full_rate_table` has more blocks.
#[test]
fn four_layers_reach_the_full_rate_if_detected_together() {
    let (case, snr_db) = FULL_RATE;
    let share = |detector, reception| {
        let options = options(Interference::Rejected, detector);
        case.share_received(options, reception, 1, 0..6, snr_db).unwrap()
    };
    for reception in [Reception::KnownChannel, Reception::EstimatedChannel] {
        let together = share(Detector::MaxLog(Breadth::FULL), reception);
        assert_eq!((together.successes, together.trials), (6, 6), "{reception:?}");
    }
    assert!(share(Detector::LinearMmse, Reception::EstimatedChannel).successes < 6);
}

/// Thinned; `interferer_table` has more cases.
#[test]
fn an_interferer_as_strong_as_the_signal_is_rejected() {
    for (n_layers, mcs, snr_db) in [(1, 13, 16.0), (2, 13, 22.0)] {
        let profile = SimplifiedTdl::Tdla30;
        let case = FadingCase { profile, max_doppler_hz: 10.0, mcs, n_layers, n_rx: 4 };
        let [white, rejected] = [Interference::White, Interference::Rejected].map(|interference| {
            let options = options(interference, Detector::LinearMmse);
            let mut bench = case.bench(options, Some(0.0), Reception::EstimatedChannel, 1).unwrap();
            let (mut passed, mut snr) = (0, 0.0);
            for block in 0..12 {
                bench.draw(block);
                passed += usize::from(bench.passes(snr_db));
                bench.harq.reset();
                let report = bench.receiver.decode(&bench.received, &bench.config, &mut bench.harq);
                snr += f64::from(report.snr_db) / 12.0;
            }
            (passed, snr)
        });
        println!("{}, {snr_db} dB: white {white:?}, rejected {rejected:?} (of 12, SNR said)", case.name());
        assert!(white.0 <= 4 && rejected.0 >= 11, "{}: {white:?}, {rejected:?}", case.name());
        assert!(rejected.1 > white.1 + 6.0, "{}: {white:?}, {rejected:?}", case.name());
    }
}

/// Thinned; `cost_without_interference_table` has more cases and blocks.
#[test]
fn rejection_costs_nothing_in_white_noise() {
    for (n_layers, n_rx, near) in [(1, 2, 13.2), (2, 4, 12.5)] {
        let profile = SimplifiedTdl::Tdla30;
        let case = FadingCase { profile, max_doppler_hz: 10.0, mcs: 13, n_layers, n_rx };
        let measure = |interference| {
            let options = options(interference, Detector::LinearMmse);
            let (reception, range) = (Reception::EstimatedChannel, near - 1.0..near + 3.0);
            case.required_snr_with(options, None, reception, 1, 0..60, range, 0.02).unwrap()
        };
        let loss = measure(Interference::Rejected).loss_against(&measure(Interference::White), 0.1).unwrap();
        println!("{}: {loss:?}", case.name());
        assert!(loss.db < 0.1, "{}: {loss:?}", case.name());
    }
}

/// Thinned; `nrflow bler` measures all cases.
#[test]
fn estimates_are_as_good_as_knowledge() {
    let (bler, max_loss_db) = FADING_LOSS;
    for (profile, max_doppler_hz, n_layers) in [(SimplifiedTdl::Tdlc300, 100.0, 1), (SimplifiedTdl::Tdla30, 10.0, 2)] {
        let case = FadingCase { profile, max_doppler_hz, mcs: 13, n_layers, n_rx: 2 };
        let near = case.near_db(1).unwrap().unwrap();
        let measure = |reception| case.required_snr(reception, 1, 0..60, near - 2.0..near + 6.0, 0.05).unwrap();
        let loss = measure(Reception::EstimatedChannel).loss_against(&measure(Reception::KnownChannel), bler);
        println!("{}: near {near} dB, {loss:?}", case.name());
        assert!(loss.is_some_and(|loss| loss.db <= max_loss_db), "{}: {loss:?}", case.name());
    }
}
