//! Blind cell search over real signals, against what they are known to hold.
//!
//! Folder from `NRFLOW_RECORDINGS` (default `../shared/recordings`).

use nrflow::Complex32;
use nrflow::frame::{Carrier, CyclicPrefix, ResourceGrid};
use nrflow::measurement::{RssiResources, SsbMeasurementParameters, SsbMeter};
use nrflow::ssb::{CellSearch, CellSearchConfig, FoundSsb, SearchRaster};
use num_complex::Complex64;
use serde_json::Value;
use std::f64::consts::TAU;
use std::path::PathBuf;

struct Recording {
    name: &'static str,
    samples: Vec<Complex32>,
    rate_hz: u64,
    frequency_hz: u64,
    truth: Vec<Value>,
}

/// One block that the recording is known to hold.
#[derive(Debug)]
struct Expected {
    pci: u16,
    index: u8,
    sfn: u16,
    mib: u32,
    payload: Option<u32>,
    frame_start: f64,
    /// And how far the truth itself may be off: it was found by other receivers, to a sample or a prefix.
    frame_tolerance: f64,
    frequency_hz: Option<f64>,
    cfo_hz: Option<(f64, f64)>,
}

fn recording(name: &'static str) -> Option<Recording> {
    let folder = std::env::var_os("NRFLOW_RECORDINGS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings"), PathBuf::from);
    if !folder.is_dir() {
        eprintln!("SKIPPED: no recordings in {} (set NRFLOW_RECORDINGS)", folder.display());
        return None;
    }
    let read = |end: &str| std::fs::read(folder.join(format!("{name}.{end}"))).unwrap();
    let meta: Value = serde_json::from_slice(&read("sigmf-meta")).unwrap();
    let data = read("sigmf-data");
    let samples = match meta["global"]["core:datatype"].as_str().unwrap() {
        "cf32_le" => {
            let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            data.chunks_exact(8).map(|b| Complex32::new(float(&b[..4]), float(&b[4..]))).collect()
        }
        "ci16_le" => {
            let part = |b: &[u8]| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0;
            data.chunks_exact(4).map(|b| Complex32::new(part(&b[..2]), part(&b[2..]))).collect()
        }
        other => panic!("datatype {other}"),
    };
    // The attach set has one truth file for both directions.
    let truth = std::fs::read(folder.join(format!("{}.truth.jsonl", name.trim_end_matches("-dl")))).unwrap();
    Some(Recording {
        name,
        samples,
        rate_hz: meta["global"]["core:sample_rate"].as_f64().unwrap() as u64,
        frequency_hz: meta["captures"][0]["core:frequency"].as_f64().unwrap() as u64,
        truth: String::from_utf8(truth).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect(),
    })
}

impl Recording {
    fn expected(&self) -> Vec<Expected> {
        let number = |v: &Value| v.as_u64().or_else(|| v.as_str().and_then(|s| s.parse().ok()));
        let hex = |v: &Value| v.as_str().map(|s| u32::from_str_radix(s, 16).unwrap());
        let head = &self.truth[0];
        let rows = self.truth.iter().filter(|r| r["kind"] == "SSB" || r["type"] == "SSB");
        rows.map(|row| {
            let sfn = number(&row["sfn"])
                .or_else(|| number(&Value::from(row["at"].as_str()?.split('.').next()?)))
                .expect("an SFN") as u16;
            let (frame_start, frame_tolerance) = match number(&head["first_frame_sample"]) {
                Some(first) => {
                    let frames = f64::from(sfn) - number(&head["first_sfn"]).unwrap() as f64;
                    (first as f64 + frames * self.rate_hz as f64 / 100.0, 2.0)
                }
                // Slot 0 of the file is slot 0 of a frame in these; the receiver that found them was rougher.
                None => (row["slot0_start_sample"].as_f64().unwrap(), 6.0),
            };
            let near = |cfo: f64| (cfo - 100.0, cfo + 100.0);
            Expected {
                pci: number(&row["pci"]).unwrap() as u16,
                index: number(&row["ssb_idx"]).or_else(|| number(&row["ssb_index"])).unwrap() as u8,
                sfn,
                mib: hex(&row["mib24_hex"]).or_else(|| hex(&row["mib_hex"])).or_else(|| hex(&row["hex"])).unwrap(),
                payload: hex(&row["pbch_payload_hex"]),
                frame_start,
                frame_tolerance,
                frequency_hz: row["ssb_frequency_hz"].as_f64().or_else(|| head["ssb_freq"].as_f64()),
                cfo_hz: row["cfo_hz"].as_f64().map(near),
            }
        })
        .filter(|e| e.frame_start + 0.0015 * self.rate_hz as f64 * 0.5 < self.samples.len() as f64)
        .collect()
    }

    fn search(&self, frequency_hz: Option<u64>, raster: SearchRaster, chunk: usize) -> (Vec<FoundSsb>, usize) {
        let config = CellSearchConfig::new(self.rate_hz, frequency_hz).unwrap().with_raster(raster);
        let mut search = CellSearch::new(&config).unwrap();
        let mut found = Vec::new();
        for samples in self.samples.chunks(chunk) {
            search.push(samples, &mut found);
        }
        search.flush(&mut found);
        (found, search.cells().len())
    }

    fn check(&self, found: &[FoundSsb], n_cells: usize, exact_raster: bool) {
        for f in found {
            println!(
                "{}: PCI {} index {} SFN {}.{} MIB {:06x} payload {} L_max {} at {:+.0} {:+.1} Hz, frame {:.2}, RSRP {:.1} dBFS, RSRQ {:.1}, SINR {:.1} dB",
                self.name,
                f.cell_id,
                f.ssb_index,
                f.sfn(),
                f.half_frame(),
                f.mib(),
                f.payload,
                f.l_max.get(),
                f.ssb_offset_hz,
                f.cfo_hz,
                f.frame_start,
                f.rsrp_dbfs,
                f.rsrq_db,
                f.sinr_db
            );
        }
        let expected = self.expected();
        assert!(!expected.is_empty());
        assert_eq!(n_cells, 1, "{}: each holds one cell", self.name);
        for e in &expected {
            let f = found
                .iter()
                .find(|f| f.sfn() == e.sfn && f.ssb_index == e.index)
                .unwrap_or_else(|| panic!("{}: {e:?} was not found", self.name));
            assert_eq!((f.cell_id.get(), f.mib(), f.half_frame()), (e.pci, e.mib, 0), "{}: {e:?}", self.name);
            assert!(e.payload.is_none_or(|p| p == f.payload.bits()), "{}: {e:?}", self.name);
            assert!(
                (f.frame_start - e.frame_start).abs() <= e.frame_tolerance,
                "{}: {} {e:?}",
                self.name,
                f.frame_start
            );
            if let (Some(hz), true) = (e.frequency_hz, exact_raster) {
                assert_eq!(self.frequency_hz as f64 + f.ssb_offset_hz, hz, "{}", self.name);
            }
            let cfo_hz =
                f.cfo_hz + f.ssb_offset_hz - e.frequency_hz.map_or(f.ssb_offset_hz, |hz| hz - self.frequency_hz as f64);
            assert!(e.cfo_hz.is_none_or(|(low, high)| (low..=high).contains(&cfo_hz)), "{}: {cfo_hz} {e:?}", self.name);
        }
        // Nothing else: the last block may be cut off by the end of the file.
        for f in found {
            assert!(expected.iter().any(|e| e.sfn == f.sfn() && e.index == f.ssb_index), "{}: {f:?}", self.name);
        }
        assert_eq!(found.len(), expected.len(), "{}: a block reported twice", self.name);
    }
}

const ALL: [&str; 8] = [
    "ota-n78-46M",
    "cable-n3-sib1-15M36",
    "gnb-n3-10MHz",
    "gnb-n78-20MHz",
    "singtel-n1-20MHz-ssb",
    "srsran-n5-10MHz-ssb",
    "srsran-n78-20MHz-sib",
    "attach-n3-10MHz-dl",
];

#[test]
fn every_cell_is_found_on_the_raster() {
    for recording in ALL.into_iter().filter_map(recording) {
        let frequency = Some(recording.frequency_hz);
        let (found, n_cells) = recording.search(frequency, SearchRaster::Auto, 7919);
        recording.check(&found, n_cells, true);
    }
}

#[test]
fn every_cell_is_found_without_a_frequency() {
    for recording in ALL.into_iter().filter_map(recording) {
        let (found, n_cells) = recording.search(None, SearchRaster::Auto, usize::MAX);
        recording.check(&found, n_cells, false);
    }
}

#[test]
fn lying_metadata_does_not_hide_a_cell() {
    for recording in ["ota-n78-46M", "cable-n3-sib1-15M36"].into_iter().filter_map(recording) {
        for frequency in [3_700_000_000, 900_000_000, 1, u64::MAX] {
            let (found, n_cells) = recording.search(Some(frequency), SearchRaster::Auto, 100_000);
            assert_eq!(n_cells, 1, "{} as if at {frequency} Hz", recording.name);
            assert_eq!(found[0].cell_id.get(), 500);
        }
    }
}

#[test]
fn chunks_do_not_matter() {
    for recording in ["cable-n3-sib1-15M36", "srsran-n78-20MHz-sib"].into_iter().filter_map(recording) {
        let frequency = Some(recording.frequency_hz);
        let (whole, _) = recording.search(frequency, SearchRaster::Auto, usize::MAX);
        for chunk in [1, 17, 1000, 4096] {
            assert_eq!(recording.search(frequency, SearchRaster::Auto, chunk).0, whole, "{} {chunk}", recording.name);
        }
    }
}

/// What the search measures on the samples is what the meter measures on a slot's grid, where the noise lets them: the
/// block on a carrier of its own 20 resource blocks, demodulated at the rate of the recording's search.
#[test]
fn a_slot_measures_what_the_search_says() {
    for recording in ALL.into_iter().filter_map(recording) {
        let (found, _) = recording.search(Some(recording.frequency_hz), SearchRaster::Auto, usize::MAX);
        for f in found {
            let scs_hz = f64::from(f.numerology.scs_hz());
            let carrier = Carrier::new(f.numerology, CyclicPrefix::Normal, 0, 20).unwrap();
            // A slot whose symbols 0 to 3 are the block's, brought to 0 Hz; all its prefixes are the short one's.
            let samples = recording.rate_hz as f64 / scs_hz;
            let mut grid = ResourceGrid::for_carrier(&carrier, 1);
            for l in 0..4 {
                let start = f.ssb_start + samples * (144.0 + 2192.0 * l as f64) / 2048.0;
                demodulate(&recording, start, samples, f.ssb_offset_hz + f.cfo_hz, scs_hz, grid.symbol_mut(0, l));
            }
            let parameters = SsbMeasurementParameters {
                cell_id: f.cell_id,
                l_max: f.l_max,
                first_subcarrier: 0,
                first_symbol: 0,
                with_dmrs: true,
                rssi: RssiResources::new(&carrier, 0, 20, 0b1110).unwrap(),
            };
            let mut meter = SsbMeter::new(&carrier, 1, parameters).unwrap();
            let measured = meter.measure(f.ssb_index, f.half_frame(), &grid)[0];
            println!(
                "{}: index {} SFN {}: RSRP {:.2} dB (search {:.2}), RSRQ {:.2} ({:.2}), SINR {:.2} ({:.2})",
                recording.name,
                f.ssb_index,
                f.sfn(),
                measured.rsrp_db(),
                f.rsrp_dbfs,
                measured.rsrq_db(),
                f.rsrq_db,
                measured.sinr_db(),
                f.sinr_db
            );
            // The search has three times as many pilots: its noise differs by chance. Beyond 40 dB (signals without noise)
            // it is rounding, of which each has its own.
            assert!((measured.rsrp_db() - f.rsrp_dbfs).abs() < 0.5, "{} {f:?} {measured:?}", recording.name);
            assert!((measured.rsrq_db() - f.rsrq_db).abs() < 0.5, "{} {f:?} {measured:?}", recording.name);
            let [sinr_db, of_search_db] = [measured.sinr_db(), f.sinr_db].map(|db| db.min(40.0));
            assert!((sinr_db - of_search_db).abs() < 3.0, "{} {f:?} {measured:?}", recording.name);
            // All elements are as strong as the SSS, two symbols hold 240 and one 223, and each has its noise.
            let rssi = (240.0 + 240.0 + 223.0) / 3.0 + 240.0 * 10f32.powf(-0.1 * measured.sinr_db());
            let expected_db = 10.0 * (20.0 / rssi).log10();
            assert!((measured.rsrq_db() - expected_db).abs() < 0.5, "{}: {expected_db}, {measured:?}", recording.name);
        }
    }
}

/// One symbol by its definition: the sum over the samples of its useful part, for each subcarrier.
fn demodulate(recording: &Recording, start: f64, n: f64, offset_hz: f64, scs_hz: f64, out: &mut [Complex32]) {
    let rate = recording.rate_hz as f64;
    // Half a prefix early, so that echoes and the filter's skirts stay inside: a turn over frequency that a delay is.
    let first = (start - n * 36.0 / 2048.0).ceil() as usize;
    let n_samples = n.round() as usize;
    for (k, out) in out.iter_mut().enumerate() {
        let hz = offset_hz + (k as f64 - 120.0) * scs_hz;
        let mut sum = Complex64::ZERO;
        let step = Complex64::cis(-TAU * hz / rate);
        let mut turn = Complex64::cis(-TAU * hz * (first as f64 - start) / rate);
        for z in recording.samples.iter().skip(first).take(n_samples) {
            sum += turn * Complex64::new(z.re.into(), z.im.into());
            turn *= step;
        }
        let z = sum / n_samples as f64;
        *out = Complex32::new(z.re as f32, z.im as f32);
    }
}
