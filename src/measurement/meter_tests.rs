//! Meters over known channels, in noise, and on what is no signal.

use super::*;
use crate::Complex32;
use crate::csi_rs::tests::draws;
use crate::csi_rs::{
    CdmType, CsiFrequencyOccupation, CsiIm, CsiImPattern, CsiRsConfig, CsiRsDensity, CsiRsMapping, CsiRsParameters,
    CsiRsTransmitter, FrequencyAllocation, TrsParameters, TrsSet,
};
use crate::estimation::symbol_time_s;
use crate::frame::{BandwidthPart, Carrier, CellId, CyclicPrefix, FrequencyRange, Numerology, ResourceGrid, SlotPoint};
use crate::propagation::ComplexGaussian;
use crate::ssb::{LMax, PbchPayload, SsbBlock, SsbTransmitter};
use proptest::prelude::*;
use std::f64::consts::TAU;

fn carrier() -> Carrier {
    Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 51).unwrap()
}

fn slot() -> SlotPoint {
    SlotPoint::new(Numerology::MU1, 3, 7).unwrap()
}

fn add_noise(grid: &mut ResourceGrid, power: f32, gaussian: &mut ComplexGaussian) {
    grid.as_mut_slice().iter_mut().for_each(|z| *z += gaussian.sample() * power.sqrt());
}

/// Every way in which a received grid can be no signal.
fn hostile(like: &ResourceGrid) -> [ResourceGrid; 4] {
    [Complex32::ZERO, Complex32::new(f32::NAN, f32::INFINITY), Complex32::new(f32::MAX, -f32::MAX), Complex32::ONE].map(
        |z| {
            let mut grid = like.clone();
            grid.as_mut_slice().fill(z);
            grid
        },
    )
}

const SSB_AT: (usize, usize) = (2, 100);

fn ssb_meter(n_antennas: usize, with_dmrs: bool) -> SsbMeter {
    let p = SsbMeasurementParameters {
        cell_id: CellId::new(321).unwrap(),
        l_max: LMax::L8,
        first_subcarrier: SSB_AT.1,
        first_symbol: SSB_AT.0,
        with_dmrs,
        rssi: RssiResources::new(&carrier(), 0, 51, 0b11_1100).unwrap(),
    };
    SsbMeter::new(&carrier(), n_antennas, p).unwrap()
}

fn ssb_grid(gains: &[Complex32], delay_s: f64) -> ResourceGrid {
    let transmitter = SsbTransmitter::new(CellId::new(321).unwrap(), LMax::L8, 0.0).unwrap();
    let mut block = SsbBlock::default();
    let payload = PbchPayload::new(0x123456, 77, 1, 5, 0, LMax::L8).unwrap();
    transmitter.transmit(payload, 5, &mut block).unwrap();
    let mut grid = ResourceGrid::for_carrier(&carrier(), gains.len());
    for (antenna, &gain) in gains.iter().enumerate() {
        block.place(&mut grid, antenna, SSB_AT.0, SSB_AT.1).unwrap();
        for l in 0..14 {
            for (k, z) in grid.symbol_mut(antenna, l).iter_mut().enumerate() {
                *z *= gain * Complex32::cis((-TAU * 30e3 * k as f64 * delay_s) as f32);
            }
        }
    }
    grid
}

#[test]
fn ssb_over_a_known_channel() {
    let gains = [Complex32::new(0.3, 0.4), Complex32::new(-2.0, 0.0)];
    for with_dmrs in [false, true] {
        let mut meter = ssb_meter(2, with_dmrs);
        let grid = ssb_grid(&gains, 200e-9);
        let branches = meter.measure(5, 1, &grid).to_vec();
        for (branch, gain) in branches.iter().zip(gains) {
            let expected_db = 10.0 * gain.norm_sqr().log10();
            assert!((branch.rsrp_db() - expected_db).abs() < 0.01, "{branch:?}");
            // PSS 127 elements, 240 and 240, 96 + 127 in the middle.
            let rssi = gain.norm_sqr() * (127 + 240 + 240 + 96 + 127) as f32 / 4.0;
            assert!((branch.rssi / rssi - 1.0).abs() < 1e-4, "{branch:?}");
            assert!((branch.rsrq_db() - 10.0 * (51.0 * gain.norm_sqr() / rssi).log10()).abs() < 0.01);
            assert!(branch.sinr_db() > 40.0, "{branch:?}");
        }
        let reported = ReportedQuality::of(&branches);
        assert_eq!(
            (reported.rsrp_db, reported.rsrq_db),
            (branches[1].rsrp_db(), branches.iter().map(|b| b.rsrq_db()).fold(-99.0, f32::max))
        );
        let h = meter.channel(1)[120];
        let expected = gains[1] * Complex32::cis((-TAU * 30e3 * 220.0 * 200e-9) as f32);
        assert!((h - expected).norm() < 0.02, "{h} {expected}");
    }
}

#[test]
fn ssb_in_noise_is_unbiased() {
    for (with_dmrs, snr_db) in [(false, -6.0f32), (true, -6.0), (true, 10.0)] {
        let mut meter = ssb_meter(2, with_dmrs);
        // The second antenna is the noisier one.
        let noise = [10f32.powf(-snr_db / 10.0), 2.0 * 10f32.powf(-snr_db / 10.0)];
        let (mut rsrp, mut measured) = ([0.0; 2], [0.0; 2]);
        const N: usize = 300;
        let clean = ssb_grid(&[Complex32::ONE, Complex32::I], 150e-9);
        let half = clean.as_slice().len() / 2;
        let mut gaussian = ComplexGaussian::new(1, 2);
        for _ in 0..N {
            let mut grid = clean.clone();
            for (i, z) in grid.as_mut_slice().iter_mut().enumerate() {
                *z += gaussian.sample() * noise[i / half].sqrt();
            }
            for (antenna, branch) in meter.measure(5, 1, &grid).iter().enumerate() {
                rsrp[antenna] += branch.rsrp / N as f32;
                measured[antenna] += branch.noise / N as f32;
            }
        }
        for antenna in 0..2 {
            // One RSRP scatters by noise / sqrt(127) and 2 sqrt(noise / 127).
            let n = noise[antenna];
            let scatter = (n * (n + 2.0) / 127.0 / N as f32).sqrt();
            assert!((rsrp[antenna] - 1.0).abs() < 4.0 * scatter + 0.03 * n.min(1.0), "{rsrp:?} {scatter}");
            assert!((measured[antenna] / n - 1.0).abs() < 0.03, "{measured:?} {noise:?}");
        }
    }
}

#[test]
fn what_is_no_ssb_has_defined_values() {
    let mut meter = ssb_meter(2, true);
    let like = ssb_grid(&[Complex32::ONE; 2], 0.0);
    for (i, grid) in hostile(&like).iter().enumerate() {
        for branch in meter.measure(255, 7, grid) {
            let all = [branch.rsrp, branch.rssi, branch.noise];
            assert!(all.iter().all(|x| x.is_finite()), "{branch:?}");
            if i < 3 {
                assert_eq!(all, [0.0; 3]);
                let db = [branch.rsrp_db(), branch.rsrq_db(), branch.sinr_db()];
                assert_eq!(db, [f32::NEG_INFINITY; 3]);
            }
        }
    }
    // Nothing but noise: no power is seen on the whole, and no single value is absurd.
    let (mut sum, mut gaussian) = (0.0, ComplexGaussian::new(3, 3));
    for _ in 0..100 {
        let mut grid = ResourceGrid::for_carrier(&carrier(), 2);
        add_noise(&mut grid, 1.0, &mut gaussian);
        sum += meter.measure(5, 1, &grid)[0].rsrp / 100.0;
    }
    assert!(sum.abs() < 0.03, "{sum}");
    let outside = SsbMeasurementParameters { first_subcarrier: 373, ..meter_parameters() };
    assert!(SsbMeter::new(&carrier(), 1, outside).is_err());
    assert!(SsbMeter::new(&carrier(), 0, meter_parameters()).is_err());
    for (first, n, symbols) in [(0, 0, 1), (1, 51, 1), (0, 51, 0), (0, 51, 1 << 14), (u16::MAX, u16::MAX, 1)] {
        assert!(RssiResources::new(&carrier(), first, n, symbols).is_err());
    }
}

fn meter_parameters() -> SsbMeasurementParameters {
    SsbMeasurementParameters {
        cell_id: CellId::default(),
        l_max: LMax::L4,
        first_subcarrier: 372,
        first_symbol: 10,
        with_dmrs: false,
        rssi: RssiResources::new(&carrier(), 0, 51, 1).unwrap(),
    }
}

/// A grid as `n_antennas` receive it over flat gains and one delay.
fn receive(
    config: &CsiRsConfig,
    slot: SlotPoint,
    n_antennas: usize,
    delay_s: f64,
    gain: impl Fn(usize, usize) -> Complex32,
) -> ResourceGrid {
    let carrier = config.carrier();
    let mut sent = ResourceGrid::for_carrier(carrier, config.n_ports());
    CsiRsTransmitter::new(config).transmit(slot, &mut sent);
    let mut air = ResourceGrid::for_carrier(carrier, n_antennas);
    let scs = f64::from(carrier.numerology().scs_hz());
    for antenna in 0..n_antennas {
        for port in 0..config.n_ports() {
            for l in 0..carrier.symbols_per_slot() {
                for (k, (y, x)) in air.symbol_mut(antenna, l).iter_mut().zip(sent.symbol(port, l)).enumerate() {
                    *y += gain(antenna, port) * x * Complex32::cis((-TAU * scs * k as f64 * delay_s) as f32);
                }
            }
        }
    }
    air
}

fn gain(antenna: usize, port: usize) -> Complex32 {
    Complex32::from_polar(0.3 + port as f32 / 16.0, (1 + antenna) as f32 + 0.7 * port as f32)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn csi_rs_of_every_row_over_a_known_channel(draw in draws()) {
        let config = CsiRsConfig::new(&draw.carrier, draw.p).unwrap();
        let mut meter = CsiRsMeter::new(&config, 2).unwrap();
        // A delay that hardly turns the phase from one element of a CDM group to the next.
        let scs = f64::from(draw.carrier.numerology().scs_hz());
        let delay_s = 2e-4 / scs;
        let air = receive(&config, draw.slot, 2, delay_s, gain);
        let measurement = meter.measure(draw.slot, &air);
        let occupation = draw.p.mapping.occupation;
        let beta = draw.p.amplitude;
        for (antenna, branch) in measurement.branches().iter().enumerate() {
            for port in 0..config.n_ports() {
                let expected = (gain(antenna, port) * beta).norm_sqr();
                let db = 10.0 * (measurement.rsrp(antenna, port) / expected).log10();
                // The other ports of a CDM group come through as the phase turns: below -50 dB of 32 ports.
                prop_assert!(db.abs() < 0.05, "antenna {}, port {}: {} dB", antenna, port, db);
            }
            prop_assert!((branch.rsrp - measurement.rsrp(antenna, 0)).abs() < 1e-6 * branch.rsrp);
            prop_assert_eq!(branch.n_prb, occupation.n_rb);
            prop_assert!(branch.rssi > 0.0 && branch.sinr_db() > 20.0, "{:?}", branch);
        }
        // From a handful of estimates of a port a channel can hardly be told from noise: the least that the standard has
        // is 24 blocks, 12 of them with a signal.
        if config.pattern().elements().crbs().len() < 12 {
            return Ok(());
        }
        let centre = if config.pattern().cdm_size() > 1 { 5.5 } else { 5.0 };
        for block in 0..usize::from(occupation.n_rb) {
            let crb = f64::from(occupation.start_crb - draw.carrier.start_crb()) + block as f64;
            let turn = Complex32::cis((-TAU * scs * (12.0 * crb + centre) * delay_s) as f32);
            for (i, h) in measurement.channel(block).iter().enumerate() {
                let expected = gain(i / config.n_ports(), i % config.n_ports()) * turn;
                let error = (h - expected).norm() / expected.norm();
                prop_assert!(error < 0.03, "block {}: {} {}", block, h, expected);
            }
        }
    }

    #[test]
    fn csi_rs_of_what_is_no_signal(draw in draws(), which in 0..4usize) {
        let config = CsiRsConfig::new(&draw.carrier, draw.p).unwrap();
        let mut meter = CsiRsMeter::new(&config, 1).unwrap();
        let grid = &hostile(&ResourceGrid::for_carrier(&draw.carrier, 1))[which];
        let measurement = meter.measure(draw.slot, grid);
        let branch = measurement.branches()[0];
        prop_assert!([branch.rsrp, branch.rssi, branch.noise, measurement.delay_s()].iter().all(|x| x.is_finite()));
        for block in 0..usize::from(draw.p.mapping.occupation.n_rb) {
            prop_assert!(measurement.channel(block).iter().all(|h| h.re.is_finite() && h.im.is_finite()));
        }
        if which < 3 {
            prop_assert_eq!([branch.rsrp, branch.rssi, branch.noise], [0.0; 3]);
        }
    }
}

fn resource(n_ports: u8, density: CsiRsDensity, amplitude: f32) -> CsiRsConfig {
    let (cdm_type, frequency) = match n_ports {
        1 => (CdmType::None, FrequencyAllocation::Row2(1 << 4)),
        2 => (CdmType::Fd2, FrequencyAllocation::Other(1 << 1)),
        4 => (CdmType::Fd2, FrequencyAllocation::Row4(1 << 1)),
        _ => (CdmType::Fd2Td2, FrequencyAllocation::Other(0b10_0100)),
    };
    let mapping = CsiRsMapping {
        n_ports,
        density,
        cdm_type,
        frequency,
        first_symbol: 5,
        first_symbol_2: None,
        occupation: CsiFrequencyOccupation { start_crb: 4, n_rb: 40 },
    };
    let p = CsiRsParameters { mapping, scrambling_id: 77, amplitude, periodicity: None };
    CsiRsConfig::new(&carrier(), p).unwrap()
}

#[test]
fn csi_rs_in_noise_is_unbiased() {
    for (n_ports, density, beta, snr_db) in [
        (1, CsiRsDensity::One, 1.0, -3.0f32),
        (2, CsiRsDensity::HalfOdd, 2.0, 0.0),
        (4, CsiRsDensity::One, 0.7, -5.0),
        (8, CsiRsDensity::One, 1.0, 15.0),
    ] {
        let config = resource(n_ports, density, beta);
        let mut meter = CsiRsMeter::new(&config, 2).unwrap();
        let clean = receive(&config, slot(), 2, 100e-9, |_, _| Complex32::ONE);
        let power = beta * beta;
        let noise = power / 10f32.powf(snr_db / 10.0);
        let mut gaussian = ComplexGaussian::new(8, n_ports.into());
        const N: usize = 300;
        let (mut rsrp, mut measured) = (0.0, 0.0);
        for _ in 0..N {
            let mut grid = clean.clone();
            add_noise(&mut grid, noise, &mut gaussian);
            for branch in meter.measure(slot(), &grid).branches() {
                rsrp += branch.rsrp / (2 * N) as f32;
                measured += branch.noise / (2 * N) as f32;
            }
        }
        println!("{n_ports} ports, {density:?}: RSRP {} of 1, noise {} of 1", rsrp / power, measured / noise);
        assert!((rsrp / power - 1.0).abs() < 0.04, "{n_ports} ports: {rsrp} of {power}");
        assert!((measured / noise - 1.0).abs() < 0.05, "{n_ports} ports: {measured} of {noise}");
    }
}

#[test]
fn interference_on_csi_im() {
    let carrier = carrier();
    let occupation = CsiFrequencyOccupation { start_crb: 0, n_rb: 51 };
    let pattern = CsiImPattern::Pattern0 { subcarrier: 4, symbol: 6 };
    let resource = CsiIm::new(&carrier, pattern, occupation, None).unwrap();
    let mut covariance = NoiseCovariance::new(2);
    let mut grid = ResourceGrid::for_carrier(&carrier, 2);
    let mut gaussian = ComplexGaussian::new(4, 4);
    // One interferer on both antennas, and noise.
    let h = [Complex32::new(1.0, 1.0), Complex32::new(0.0, -2.0)];
    let size = grid.as_slice().len() / 2;
    for i in 0..size {
        let x = gaussian.sample();
        for antenna in 0..2 {
            grid.as_mut_slice()[antenna * size + i] = h[antenna] * x;
        }
    }
    add_noise(&mut grid, 0.5, &mut gaussian);
    covariance.measure(&carrier, &resource, &grid);
    for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let product = h[row] * h[column].conj() + if row == column { 0.5 } else { 0.0 };
        let got = covariance.at(row, column);
        let got = Complex32::new(got.re as f32, got.im as f32);
        // 204 elements.
        assert!((got - product).norm() < 0.25 * 4.5, "({row}, {column}): {got}, {product}");
    }
    assert!(covariance.at(0, 1) == covariance.at(1, 0).conj() && covariance.at(0, 1).norm() > 2.0);
    for grid in &hostile(&grid)[..3] {
        covariance.measure(&carrier, &resource, grid);
        assert_eq!(covariance, NoiseCovariance::new(2));
    }
}

#[test]
fn tracking_finds_time_and_frequency() {
    let carrier = carrier();
    let bwp = BandwidthPart::new(&carrier, 0, 51).unwrap();
    for (n_slots, noise) in [(1, 0.0), (2, 0.0), (2, 1.0)] {
        let p = TrsParameters {
            n_slots,
            first_symbol: 5,
            subcarrier: 2,
            occupation: CsiFrequencyOccupation { start_crb: 0, n_rb: 51 },
            scrambling_id: 500,
            amplitude: 1.4,
            periodicity: None,
        };
        let set = TrsSet::of(&carrier, FrequencyRange::Fr1, &bwp, false, &p).unwrap();
        let mut tracker = TrsTracker::new(&set, 2).unwrap();
        let mut gaussian = ComplexGaussian::new(6, 1);
        for (cfo_hz, delay_s) in [(0.0, 0.0), (1700.0, 300e-9), (-3000.0, -100e-9)] {
            // The second slot is the last of a subframe, the first before it.
            let first = 2;
            for (index, pair) in set.slots().iter().enumerate() {
                let slot = SlotPoint::new(Numerology::MU1, 0, first + index as u16).unwrap();
                let mut air = ResourceGrid::for_carrier(&carrier, 2);
                for config in pair {
                    let part = receive(config, slot, 2, delay_s, |antenna, _| gain(antenna, 3));
                    air.as_mut_slice().iter_mut().zip(part.as_slice()).for_each(|(sum, z)| *sum += z);
                }
                let l_0 = 14 * index;
                for (antenna, l) in (0..2).flat_map(|antenna| (0..14).map(move |l| (antenna, l))) {
                    let t = symbol_time_s(Numerology::MU1, CyclicPrefix::Normal, 0, l_0 + l);
                    let turn = Complex32::cis((TAU * cfo_hz * t) as f32);
                    air.symbol_mut(antenna, l).iter_mut().for_each(|z| *z *= turn);
                }
                add_noise(&mut air, noise, &mut gaussian);
                tracker.observe(index, slot, &air);
            }
            let found = tracker.estimate();
            let (hz, s) = if noise > 0.0 { (60.0, 20e-9) } else { (0.5, 2e-9) };
            assert!(found.usable && (f64::from(found.cfo_hz) - cfo_hz).abs() < hz, "{found:?}, {cfo_hz} Hz");
            assert!((f64::from(found.delay_s) - delay_s).abs() < s, "{found:?}, {delay_s} s");
        }
        for grid in &hostile(&ResourceGrid::for_carrier(&carrier, 2))[..3] {
            (0..set.slots().len()).for_each(|i| tracker.observe(i, slot(), grid));
            let found = tracker.estimate();
            assert!(!found.usable && found.snr_db == f32::NEG_INFINITY && found.cfo_hz == 0.0, "{found:?}");
        }
    }
}
