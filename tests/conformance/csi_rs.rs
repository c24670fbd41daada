use crate::support::{cf32, group, text, uint, vectors};
use nrflow::csi_rs::{
    CdmType, CsiFrequencyOccupation, CsiRsConfig, CsiRsDensity, CsiRsMapping, CsiRsParameters, CsiRsPattern,
    CsiRsReceiver, CsiRsTransmitter, FrequencyAllocation,
};
use nrflow::frame::{Carrier, CyclicPrefix, Numerology, ResourceGrid, SlotPoint};
use nrflow::{Complex32, ConfigError};
use serde_json::Value;

/// Ports of the rows of Table 7.4.1.5.3-1, which the patterns do not tell apart otherwise.
const PORTS: [u8; 18] = [1, 1, 2, 4, 4, 8, 8, 8, 12, 12, 16, 16, 24, 24, 24, 32, 32, 32];

fn mask(v: &Value) -> u16 {
    v.as_array().unwrap().iter().fold(0, |mask, i| mask | 1 << i.as_u64().unwrap())
}

fn carrier(scs_khz: u64) -> Carrier {
    let numerology = Numerology::from_scs_khz(scs_khz as u32).unwrap();
    Carrier::new(numerology, CyclicPrefix::Normal, 0, 120).unwrap()
}

/// The mapping of a record; its `k` are subcarriers, from which the bitmap of the row's kind is made.
fn mapping(v: &Value, k: &[u64]) -> CsiRsMapping {
    let bitmap = |step| k.iter().fold(0, |bits, k| bits | 1u16 << (k / step));
    let row = uint(v, "row") as u8;
    CsiRsMapping {
        n_ports: PORTS[usize::from(row) - 1],
        density: match text(v, "density") {
            "three" => CsiRsDensity::Three,
            "one" => CsiRsDensity::One,
            "dot5 evenPRBs" => CsiRsDensity::HalfEven,
            "dot5 oddPRBs" => CsiRsDensity::HalfOdd,
            other => panic!("density {other}"),
        },
        cdm_type: match text(v, "cdm_Type") {
            "noCDM" => CdmType::None,
            "fd-CDM2" => CdmType::Fd2,
            "cdm4-FD2-TD2" => CdmType::Fd2Td2,
            "cdm8-FD2-TD4" => CdmType::Fd2Td4,
            other => panic!("CDM type {other}"),
        },
        frequency: match row {
            1 => FrequencyAllocation::Row1(bitmap(1) as u8),
            2 => FrequencyAllocation::Row2(bitmap(1)),
            4 => FrequencyAllocation::Row4(bitmap(4) as u8),
            _ => FrequencyAllocation::Other(bitmap(2) as u8),
        },
        first_symbol: uint(v, "l0") as u8,
        first_symbol_2: v["l1"].as_u64().map(|l| l as u8),
        occupation: CsiFrequencyOccupation { start_crb: uint(v, "startingRB") as u16, n_rb: uint(v, "nrofRBs") as u16 },
    }
}

fn config(v: &Value) -> Result<CsiRsConfig, ConfigError> {
    let parameters = CsiRsParameters {
        mapping: mapping(v, &[uint(v, "k0")]),
        scrambling_id: uint(v, "scramblingID_n_ID") as u16,
        amplitude: v["beta_CSIRS"].as_f64().unwrap() as f32,
        periodicity: None,
    };
    CsiRsConfig::new(&carrier(uint(v, "subcarrierSpacing_kHz")), parameters)
}

/// The grid of a record: its bounding box in zeros.
fn grid(v: &Value, carrier: &Carrier) -> ResourceGrid {
    let g = &v["grid"];
    let shape: Vec<usize> = g["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let (first_symbol, first) = (uint(g, "first_symbol") as usize, 12 * uint(g, "first_crb") as usize);
    let mut grid = ResourceGrid::for_carrier(carrier, shape[0]);
    for (i, row) in cf32("csi_rs", text(g, "file")).chunks_exact(shape[2]).enumerate() {
        grid.symbol_mut(i / shape[1], first_symbol + i % shape[1])[first..first + shape[2]].copy_from_slice(row);
    }
    grid
}

#[test]
fn csi_rs_vectors() {
    let mut n = 0;
    for v in vectors("csi_rs") {
        let index = &v["index"];
        let config = config(&v).unwrap_or_else(|error| panic!("vector {index}: {error}"));
        assert_eq!((config.pattern().row(), config.n_ports() as u64), (uint(&v, "row") as u8, uint(&v, "nrofPorts")));
        let expected = grid(&v, config.carrier());
        let mut got = ResourceGrid::for_carrier(config.carrier(), config.n_ports());
        let slot = SlotPoint::new(config.carrier().numerology(), 0, uint(&v, "slot_in_frame") as u16).unwrap();
        CsiRsTransmitter::new(&config).transmit(slot, &mut got);
        assert_eq!(got.n_ports(), expected.n_ports());
        let largest = expected.as_slice().iter().map(|x| x.norm()).fold(0.0, f32::max);
        for (i, (got, expected)) in got.as_slice().iter().zip(expected.as_slice()).enumerate() {
            assert_eq!(*got == Complex32::ZERO, *expected == Complex32::ZERO, "vector {index}, element {i}");
            assert!((got - expected).norm() <= 0.012 * largest, "vector {index}, element {i}: {got} for {expected}");
        }

        // All ports on the air at once, each by its own gain: these are what the receiver estimates.
        let gain = |port: usize| Complex32::from_polar(1.0 + port as f32 / 4.0, port as f32);
        let mut air = ResourceGrid::for_carrier(config.carrier(), 1);
        for port in 0..expected.n_ports() {
            for l in 0..14 {
                for (sum, x) in air.symbol_mut(0, l).iter_mut().zip(expected.symbol(port, l)) {
                    *sum += gain(port) * x;
                }
            }
        }
        let mut receiver = CsiRsReceiver::new(&config, 1);
        let estimates = receiver.estimate(slot, &air);
        for port in 0..config.n_ports() {
            for h in estimates.port(0, port) {
                assert!((h - gain(port)).norm() < 0.03, "vector {index}, port {port}: {h} for {}", gain(port));
            }
        }
        n += 1;
    }
    assert!(group("csi_rs").is_none() || n == 10);
}

#[test]
fn csi_rs_pattern_vectors() {
    let mut rows = 0u32;
    for v in vectors("csi_rs_pattern") {
        let index = &v["index"];
        let k: Vec<u64> = v["k_i"].as_array().unwrap().iter().map(|k| k.as_u64().unwrap()).collect();
        let pattern = CsiRsPattern::new(&carrier(30), mapping(&v, &k));
        let pattern = pattern.unwrap_or_else(|error| panic!("vector {index}: {error}"));
        assert_eq!(pattern.row(), uint(&v, "row") as u8, "vector {index}");
        let ports = v["per_port_re"].as_array().unwrap();
        assert_eq!(pattern.n_ports(), ports.len(), "vector {index}");
        let blocks = uint(&v, "rb_begin") as u16..uint(&v, "rb_end_exclusive") as u16;
        let crbs: Vec<u16> = blocks.step_by(uint(&v, "rb_stride") as usize).collect();
        for (port, re) in ports.iter().enumerate() {
            let elements = pattern.port_elements(port);
            assert_eq!(elements.crbs().collect::<Vec<_>>(), crbs, "vector {index}, port {port}");
            assert_eq!(elements.subcarriers(), mask(&re["subcarrier_in_prb"]), "vector {index}, port {port}");
            assert_eq!(elements.symbols(), mask(&re["symbol"]), "vector {index}, port {port}");
        }
        rows |= 1 << pattern.row();
    }
    // The records know rows 1 to 12.
    assert!(group("csi_rs_pattern").is_none() || rows == 0b1_1111_1111_1110, "rows {rows:#b}");
}
