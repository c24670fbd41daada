//! Reports over known channels.

use super::*;
use crate::Complex32;
use crate::csi_rs::{
    CdmType, CsiFrequencyOccupation, CsiRsConfig, CsiRsDensity, CsiRsMapping, CsiRsParameters, CsiRsTransmitter,
    FrequencyAllocation,
};
use crate::frame::{BandwidthPart, Carrier, CyclicPrefix, Numerology, ResourceGrid, SlotPoint};
use crate::pdsch::PrgSize;
use crate::propagation::ComplexGaussian;

const N_RB: u16 = 48;

fn carrier() -> Carrier {
    Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 2, N_RB).unwrap()
}

fn resource(n_ports: u8) -> CsiRsConfig {
    let (cdm_type, frequency) = match n_ports {
        2 => (CdmType::Fd2, FrequencyAllocation::Other(1 << 1)),
        4 => (CdmType::Fd2, FrequencyAllocation::Row4(1 << 1)),
        8 => (CdmType::Fd2Td2, FrequencyAllocation::Other(0b10_0100)),
        _ => (CdmType::Fd2Td2, FrequencyAllocation::Other(0b11_0110)),
    };
    let mapping = CsiRsMapping {
        n_ports,
        density: CsiRsDensity::One,
        cdm_type,
        frequency,
        first_symbol: 5,
        first_symbol_2: None,
        occupation: CsiFrequencyOccupation { start_crb: 2, n_rb: N_RB },
    };
    let p = CsiRsParameters { mapping, scrambling_id: 77, amplitude: 1.0, periodicity: None };
    CsiRsConfig::new(&carrier(), p).unwrap()
}

fn codebook(n_1: usize, n_2: usize, mode: CodebookMode) -> TypeICodebook {
    let shape = if n_1 == 1 { PanelShape::TWO_PORTS } else { PanelShape::new(n_1, n_2).unwrap() };
    TypeICodebook::new(CodebookParameters::unrestricted(shape, mode)).unwrap()
}

fn parameters(codebook: TypeICodebook) -> CsiReportParameters {
    CsiReportParameters {
        codebook,
        cqi_table: CqiTable::Qam256,
        bwp: BandwidthPart::new(&carrier(), 2, N_RB).unwrap(),
        subband_size: None,
        reporting_band: None,
        subband_pmi: false,
        power_control_offset_db: 0,
    }
}

/// The report over the channel `h(block, antenna, port)`, with white noise of a variance that the reporter is told.
fn report(
    p: CsiReportParameters,
    n_antennas: usize,
    h: impl Fn(usize, usize, usize) -> Complex32,
    noise: f32,
) -> (CsiReporter, CsiReport) {
    let mut covariance = NoiseCovariance::new(n_antennas);
    let branch = ReceivedQuality { noise, ..ReceivedQuality::default() };
    covariance.set_independent(&vec![branch; n_antennas]);
    report_with(p, n_antennas, h, &covariance)
}

fn report_with(
    p: CsiReportParameters,
    n_antennas: usize,
    h: impl Fn(usize, usize, usize) -> Complex32,
    covariance: &NoiseCovariance,
) -> (CsiReporter, CsiReport) {
    let config = resource(p.codebook.n_ports() as u8);
    let slot = SlotPoint::new(Numerology::MU1, 1, 2).unwrap();
    let mut sent = ResourceGrid::for_carrier(&carrier(), config.n_ports());
    CsiRsTransmitter::new(&config).transmit(slot, &mut sent);
    let mut air = ResourceGrid::for_carrier(&carrier(), n_antennas);
    for (antenna, port) in (0..n_antennas).flat_map(|a| (0..config.n_ports()).map(move |p| (a, p))) {
        for l in 0..14 {
            for (k, (y, x)) in air.symbol_mut(antenna, l).iter_mut().zip(sent.symbol(port, l)).enumerate() {
                *y += h(k / 12, antenna, port) * x;
            }
        }
    }
    let mut meter = CsiRsMeter::new(&config, n_antennas).unwrap();
    let report_config = CsiReportConfig::new(&config, p).unwrap();
    let mut reporter = CsiReporter::new(&report_config, n_antennas).unwrap();
    let report = reporter.report(&meter.measure(slot, &air), covariance).clone();
    (reporter, report)
}

fn weights(codebook: &TypeICodebook, v: usize, i1: I1, i2: u8) -> Vec<Complex32> {
    let mut w = vec![Complex32::ZERO; codebook.n_ports() * v];
    codebook.weights(v, i1, i2, &mut w);
    w
}

#[test]
fn a_channel_of_one_beam_gives_its_index() {
    for (n_1, n_2, mode) in [
        (1, 1, CodebookMode::One),
        (2, 1, CodebookMode::One),
        (2, 1, CodebookMode::Two),
        (2, 2, CodebookMode::One),
        (4, 1, CodebookMode::Two),
    ] {
        let codebook = codebook(n_1, n_2, mode);
        let ranges = codebook.ranges(1);
        for draw in 0..6u16 {
            let i1 = I1 { i11: 5 * draw % ranges.i11, i12: 3 * draw % ranges.i12, i13: 0 };
            let i2 = (7 * draw % u16::from(ranges.i2)) as u8;
            let w = weights(&codebook, 1, i1, i2);
            let receive = [Complex32::new(0.8, 0.6), Complex32::new(0.1, -0.5)];
            // The channel is the beam's conjugate: all of its power lies in that direction.
            let h = |_: usize, antenna: usize, port: usize| receive[antenna] * w[port].conj();
            let (reporter, report) = report(parameters(codebook.clone()), 2, h, 0.01);
            assert_eq!(report.rank, 1);
            let found = weights(&codebook, 1, report.i1, report.i2[0]);
            let gain: Complex32 = found.iter().zip(&w).map(|(a, b)| a.conj() * b).sum();
            // Beams of mode 2 overlap between i_1 values, so that two indices may name one matrix.
            assert!(gain.norm() > 0.9999, "{n_1} {n_2} {mode:?} {i1:?} {i2}: {report:?}");
            if mode == CodebookMode::One {
                assert_eq!((report.i1, report.i2[0]), (i1, i2));
            }
            let snr_db = 10.0 * (1.26f64 / 0.01).log10();
            assert_eq!(report.wideband_cqi, [CqiTable::Qam256.for_snr(snr_db), 0]);
            assert!((report.capacity - (1.0 + 126.0f64).log2()).abs() < 0.02, "{}", report.capacity);
            let precoder = reporter.precoder(0).unwrap();
            assert_eq!((precoder.n_ports(), precoder.n_layers()), (codebook.n_ports(), 1));
            assert_eq!(precoder.weights(0, 1), &found[1..2]);
        }
    }
}

#[test]
fn as_many_orthogonal_paths_as_antennas_give_full_rank() {
    for (n_1, n_2, ranks) in [(1, 1, 2), (2, 1, 4), (2, 2, 8), (4, 1, 8)] {
        let codebook = codebook(n_1, n_2, CodebookMode::One);
        let n = codebook.n_ports();
        assert_eq!(ranks, n);
        // A unitary channel that is not the identity: the Fourier matrix.
        let h = |_: usize, antenna: usize, port: usize| {
            Complex32::cis(std::f32::consts::TAU * (antenna * port) as f32 / n as f32)
        };
        let noise = 1e-3;
        let (_, report) = report(parameters(codebook), n, h, noise);
        assert_eq!((report.rank, report.n_codewords()), (n, if n > 4 { 2 } else { 1 }), "{report:?}");
        // W is unitary / sqrt(n) and H unitary * sqrt(n): each layer comes with power 1.
        let cqi = CqiTable::Qam256.for_snr(30.0);
        assert_eq!(report.wideband_cqi, [cqi, if n > 4 { cqi } else { 0 }]);
    }
}

#[test]
fn weak_signals_have_few_layers_and_ranks_can_be_forbidden() {
    let mut gaussian = ComplexGaussian::new(9, 0);
    let channel: Vec<Complex32> = (0..32).map(|_| gaussian.sample()).collect();
    let h = |_: usize, antenna: usize, port: usize| channel[antenna * 8 + port];
    let (mut ranks, mut capacities) = (Vec::new(), Vec::new());
    for noise in [100.0, 1.0, 0.1, 1e-2, 1e-4] {
        let (_, report) = report(parameters(codebook(4, 1, CodebookMode::One)), 4, h, noise);
        ranks.push(report.rank);
        capacities.push(report.capacity);
        // No matrix of the codebook does better than all of the channel with the best power on each path.
        let gain: f64 = channel.iter().map(|z| f64::from(z.norm_sqr())).sum();
        assert!(report.capacity <= 4.0 * (1.0 + gain / f64::from(noise)).log2());
    }
    assert!(ranks.is_sorted() && ranks[0] == 1 && *ranks.last().unwrap() >= 3, "{ranks:?}");
    assert!(capacities.is_sorted(), "{capacities:?}");
    let free = CodebookParameters::unrestricted(PanelShape::new(4, 1).unwrap(), CodebookMode::One);
    let only_two = TypeICodebook::new(CodebookParameters { ri_restriction: 0b10, ..free.clone() }).unwrap();
    assert_eq!(report(parameters(only_two.clone()), 4, h, 1e-4).1.rank, 2);
    let config = CsiReportConfig::new(&resource(8), parameters(only_two)).unwrap();
    assert!(CsiReporter::new(&config, 1).is_err());
    // Half of the beams forbidden: the report keeps to it.
    let bitmap = (0..16).map(|l| l % 2 == 0).collect();
    let half = TypeICodebook::new(CodebookParameters { subset_restriction: Some(bitmap), ..free }).unwrap();
    let (_, restricted) = report(parameters(half.clone()), 4, h, 1e-2);
    assert!(half.allows(restricted.rank, restricted.i1, restricted.i2[0]));
}

#[test]
fn the_cqi_of_a_flat_channel_is_that_of_white_noise() {
    for table in [CqiTable::Qam64, CqiTable::Qam256, CqiTable::Qam64LowSe, CqiTable::Qam1024] {
        let two = codebook(1, 1, CodebookMode::One);
        let one_layer = CodebookParameters { ri_restriction: 1, ..two.parameters().clone() };
        for cqi in [1, 4, 8, 11, 15] {
            for (more_db, expected) in [(0.1, cqi), (-0.1, cqi - 1)] {
                let snr_db = table.required_snr_db(cqi).unwrap() + more_db;
                for offset in [0, 6] {
                    let p = CsiReportParameters {
                        cqi_table: table,
                        power_control_offset_db: offset,
                        ..parameters(TypeICodebook::new(one_layer.clone()).unwrap())
                    };
                    // Two ports in phase: |h W|^2 = 2.
                    let noise = 2.0 * 10f64.powf((f64::from(offset) - snr_db) / 10.0);
                    let (_, report) = report(p, 1, |_, _, _| Complex32::ONE, noise as f32);
                    assert_eq!((report.wideband_cqi[0], report.i2[0]), (expected, 0), "{table:?} {snr_db} dB");
                }
            }
        }
    }
}

#[test]
fn subbands_have_their_own_matrix_and_quality() {
    // CRB 2..50, subbands of 8: 2..8, 8..16, ..., 48..50.
    let p = |subband_pmi, reporting_band| CsiReportParameters {
        subband_size: Some(8),
        subband_pmi,
        reporting_band,
        ..parameters(codebook(1, 1, CodebookMode::One))
    };
    // The second port's phase turns slowly from 0 to a half circle, and the power grows.
    let phase = |block: usize| std::f32::consts::PI * (block as f32 - 2.0) / 44.0;
    let h = |block: usize, _: usize, port: usize| {
        Complex32::from_polar(1.0 + block as f32 / 12.0, if port == 1 { phase(block) } else { 0.0 })
    };
    let (reporter, own) = report(p(true, None), 1, h, 0.1);
    assert_eq!((own.rank, own.subband_cqi.len(), own.i2.len()), (1, 7, 7));
    // phi_n turns back: n = 0, 3, 2.
    assert_eq!((own.i2[0], own.i2[6]), (0, 2), "{own:?}");
    assert!(own.i2[1..6].contains(&3) && own.subband_cqi.is_sorted() && own.subband_cqi[6] > own.subband_cqi[0]);
    assert!((own.subband_cqi[0][0]..=own.subband_cqi[6][0]).contains(&own.wideband_cqi[0]));
    assert_eq!(reporter.precoder(6).unwrap().weights(0, 1)[0].re, -(0.5f32.sqrt()));
    let groups = reporter.precoder_per_group(PrgSize::Four).unwrap();
    // CRB 2..50 in groups of four: 2..4, 4..8, ..., 48..50.
    assert_eq!(groups.n_groups(), 13);
    for (group, subband) in [(0, 0), (1, 0), (2, 1), (3, 1), (11, 5), (12, 6)] {
        assert_eq!(groups.weights(group, 1), reporter.precoder(subband).unwrap().weights(0, 1), "group {group}");
    }
    let (_, wideband) = report(p(false, None), 1, h, 0.1);
    assert_eq!(wideband.i2.len(), 1);
    assert!(wideband.capacity < own.capacity);
    let (_, upper) = report(p(true, Some(0b110_0000)), 1, h, 0.1);
    assert_eq!((upper.i2, upper.subband_cqi), (own.i2[5..].to_vec(), own.subband_cqi[5..].to_vec()));
}

#[test]
fn known_interference_is_suppressed() {
    let two = codebook(1, 1, CodebookMode::One);
    // Two antennas; the interferer lies in a direction that is half the signal's.
    let h = |_: usize, antenna: usize, port: usize| {
        if port == 0 { [Complex32::ONE, Complex32::I][antenna] } else { Complex32::ZERO }
    };
    let interferer = [Complex32::ONE, Complex32::ONE];
    let carrier = carrier();
    let mut grid = ResourceGrid::for_carrier(&carrier, 2);
    let mut gaussian = ComplexGaussian::new(2, 0);
    let size = grid.as_slice().len() / 2;
    for i in 0..size {
        let x = gaussian.sample() * 10.0;
        (0..2).for_each(|a| grid.as_mut_slice()[a * size + i] = interferer[a] * x + gaussian.sample() * 0.03);
    }
    let occupation = CsiFrequencyOccupation { start_crb: 2, n_rb: N_RB };
    let pattern = crate::csi_rs::CsiImPattern::Pattern1 { subcarrier: 4, symbol: 6 };
    let resource = crate::csi_rs::CsiIm::new(&carrier, pattern, occupation, None).unwrap();
    let mut joint = NoiseCovariance::new(2);
    joint.measure(&carrier, &resource, &grid);
    let mut apart = NoiseCovariance::new(2);
    let branch = |i| ReceivedQuality { noise: joint.at(i, i).re as f32, ..ReceivedQuality::default() };
    apart.set_independent(&[branch(0), branch(1)]);
    let (_, with) = report_with(parameters(two.clone()), 2, h, &joint);
    let (_, without) = report_with(parameters(two), 2, h, &apart);
    assert_eq!((with.rank, without.rank, without.wideband_cqi[0]), (1, 1, 0));
    // Without the interferer the signal has |(1, j)|^2 / 2 / 2 / 0.0009 / 2 = 24 dB in the direction that is left.
    assert!(with.wideband_cqi[0] >= 12, "{with:?}");
}

#[test]
fn nothing_received_gives_a_defined_report() {
    for n_antennas in [1, 2, 4] {
        for (value, noise) in [(0.0, 0.0), (0.0, 1.0), (f32::NAN, 1.0), (f32::MAX, 0.0), (1e12, 1e-30)] {
            let h = |_: usize, _: usize, _: usize| Complex32::from(value);
            let (reporter, report) = report(parameters(codebook(2, 2, CodebookMode::Two)), n_antennas, h, noise);
            assert!(report.capacity.is_finite() && (1..=n_antennas).contains(&report.rank), "{report:?}");
            assert!(reporter.precoder(0).is_ok());
            if value.is_nan() || value == 0.0 {
                assert_eq!((report.rank, report.wideband_cqi), (1, [0; 2]));
            }
        }
    }
}

#[test]
fn what_cannot_be_reported_is_refused() {
    let new = |change: fn(&mut CsiReportParameters)| {
        let mut p = parameters(codebook(2, 1, CodebookMode::One));
        change(&mut p);
        CsiReportConfig::new(&resource(4), p)
    };
    assert_eq!(new(|_| ()).unwrap().n_subbands(), 1);
    assert_eq!(new(|p| p.subband_size = Some(4)).unwrap().n_subbands(), 13);
    assert!(new(|p| p.subband_size = Some(16)).is_err());
    assert!(new(|p| p.subband_size = Some(0)).is_err());
    assert!(new(|p| p.reporting_band = Some(0)).is_err());
    assert!(new(|p| p.reporting_band = Some(0b10)).is_err());
    assert!(new(|p| p.power_control_offset_db = 16).is_err());
    assert!(new(|p| p.codebook = codebook(2, 2, CodebookMode::One)).is_err());
    let wider = |p: &mut CsiReportParameters| {
        let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 100).unwrap();
        p.bwp = BandwidthPart::new(&carrier, 0, 60).unwrap();
    };
    assert!(new(wider).is_err());
    assert_eq!(
        [23, 24, 72, 73, 144, 145, 275].map(|n| subband_sizes(n).map(|s| s[0])),
        [None, Some(4), Some(4), Some(8), Some(8), Some(16), Some(16)]
    );
}
