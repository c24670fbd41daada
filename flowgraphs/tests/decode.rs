//! `nrflow decode` where streams are awkward: sample rates that fit no FFT, cells that begin anywhere, SIB1 that is
//! none.

use nrflow::Complex32;
use nrflow::frame::{ResourceGrid, SampleTime};
use nrflow::ofdm::{OfdmModulator, Resampler};
use nrflow::pdcch::{PdcchTransmission, PdcchTransmitter};
use nrflow::pdsch::PdschTransmitter;
use nrflow::ssb::{SsbBlock, SsbTransmitter};
use nrflow_blocks::transmit::{CellSchedule, TransmitCell};
use nrflow_flowgraphs::config::Cell;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Band n3, 15 kHz, 9.36 MHz wide.
const CELL: &str = "
[cell]
pci = 500
[carrier]
band = 3
scs_khz = 15
bandwidth_mhz = 10
centre_mhz = 1842.5
sample_rate_hz = 15_360_000
[ssb]
indexes = [0, 2]
";
const RATE_HZ: u64 = 15_360_000;

/// A cell's samples for `n_slots`, with `message` for SIB1 where one is given; and the message sent.
fn samples(message: Option<&[u8]>, n_slots: usize) -> (Vec<Complex32>, Vec<u8>) {
    let cell = Cell::parse(CELL, Path::new(".")).unwrap();
    let mut parameters = cell.transmit().parameters().clone();
    let sib1 = parameters.sib1.as_mut().unwrap();
    if let Some(message) = message {
        sib1.message = message.to_vec();
    }
    let sent = sib1.message.clone();
    let transmit = Arc::new(TransmitCell::new(parameters).unwrap());
    let mut schedule = CellSchedule::new(Arc::clone(&transmit)).unwrap();
    let (carrier, ofdm) = (*transmit.carrier(), cell.ofdm());
    let ssb = SsbTransmitter::new(transmit.cell_id(), transmit.l_max(), 0.0).unwrap();
    let mut pdsch = PdschTransmitter::new(&carrier);
    let mut modulator = OfdmModulator::new(ofdm);
    modulator.set_gain(cell.gain());
    let (mut grid, mut block) = (ResourceGrid::for_carrier(&carrier, 1), SsbBlock::default());
    let mut samples = Vec::new();
    for _ in 0..n_slots {
        let jobs = schedule.next_slot(SampleTime(samples.len() as u64)).unwrap();
        grid.clear();
        for job in &jobs.ssbs {
            ssb.transmit(job.payload, job.ssb_index, &mut block).unwrap();
            block.place(&mut grid, 0, job.first_symbol, job.first_subcarrier).unwrap();
        }
        for job in &jobs.pdcchs {
            let dci = PdcchTransmission::new(jobs.at.slot(), job.candidate, &job.dci, job.rnti);
            PdcchTransmitter::new(&job.config).transmit(&dci, &mut grid).unwrap();
        }
        jobs.pdschs.iter().for_each(|job| pdsch.transmit(&[&job.block], &job.config, &mut grid));
        let start = samples.len();
        samples.resize(start + ofdm.slot_len(0), Complex32::ZERO);
        modulator.modulate_slot(0, &grid, 0, &mut samples[start..]);
    }
    (samples, sent)
}

/// A file that is removed again.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What `nrflow decode` says about the samples, at most a minute; `json` as values, else as one string.
fn decode(name: &str, samples: &[Complex32], rate_hz: u64, json: bool) -> Vec<Value> {
    let file = File(std::env::temp_dir().join(format!("nrflow-decode-{}-{name}.cf32", std::process::id())));
    let bytes: Vec<u8> = samples.iter().flat_map(|z| [z.re, z.im]).flat_map(f32::to_le_bytes).collect();
    std::fs::write(&file.0, bytes).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
    command.arg("decode").arg(&file.0).args(["--format", "cf32", "--frequency", "1842.5e6"]);
    command.args(["--rate", &rate_hz.to_string()]).args(json.then_some("--json"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Read beside it: a full pipe would make it wait.
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let out = std::thread::spawn(move || std::io::read_to_string(&mut out).unwrap());
    let err = std::thread::spawn(move || std::io::read_to_string(&mut err).unwrap());
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if begun.elapsed() > Duration::from_secs(60) => {
                let _ = child.kill();
                panic!("{name} hangs");
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let (out, err) = (out.join().unwrap(), err.join().unwrap());
    assert!(status.success() && !err.contains("panicked"), "{name}: {err}");
    if json { out.lines().map(|line| serde_json::from_str(line).unwrap()).collect() } else { vec![Value::from(out)] }
}

fn of_kind<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn sample_rates_that_fit_no_fft() {
    let (sent, message) = samples(None, 45);
    for rate_hz in [10_000_000, 12_500_000, 20_000_000] {
        let mut resampler = Resampler::with_passband(RATE_HZ, rate_hz, 0.94).unwrap();
        let mut resampled = Vec::new();
        resampler.process_into(&sent, &mut resampled);
        resampler.finish(&mut resampled);
        let lines = decode(&rate_hz.to_string(), &resampled, rate_hz, true);
        let (cells, mibs, sib1s) = (of_kind(&lines, "cell"), of_kind(&lines, "mib"), of_kind(&lines, "sib1"));
        // Two blocks in each of three bursts, and their SIB1s.
        assert_eq!((cells.len(), mibs.len(), sib1s.len()), (6, 6, 6), "{rate_hz}: {lines:#?}");
        for (cell, mib) in cells.iter().zip(&mibs) {
            assert_eq!((&cell["pci"], &cell["ssb_frequency_hz"]), (&Value::from(500), &Value::from(1_842_050_000.0)));
            let frame = cell["sfn"].as_f64().unwrap() * rate_hz as f64 / 100.0;
            let late = cell["frame_start_sample"].as_f64().unwrap() - frame;
            assert!(late.abs() < 40.0, "{rate_hz}: frame begins {late} samples late");
            assert_eq!((&mib["cellBarred"], &mib["k_ssb"]), (&Value::from("notBarred"), &Value::from(6)));
        }
        assert!(sib1s.iter().all(|sib1| sib1["hex"] == *hex(&message)), "{rate_hz}: {sib1s:#?}");
    }
}

/// The stream goes through the receiver in pieces of many sizes: wherever a block lies in them, it is found once.
#[test]
fn a_cell_that_begins_anywhere() {
    let (sent, message) = samples(None, 12);
    // The blocks lie in symbols 2 to 5 of slots 0 and 1. Steps of a millisecond, of two, of eight slots.
    let ms = RATE_HZ as usize / 1000;
    let block = 2200;
    let edges = [ms, 2 * ms, 8 * ms].map(|edge| edge - block);
    let offsets = edges.into_iter().flat_map(|edge| [edge - 4400, edge - 2200, edge - 500, edge, edge + 137]);
    for offset in offsets {
        let mut stream = vec![Complex32::ZERO; offset];
        stream.extend_from_slice(&sent);
        let lines = decode(&format!("from-{offset}"), &stream, RATE_HZ, true);
        let starts: Vec<i64> =
            of_kind(&lines, "cell").iter().map(|cell| cell["frame_start_sample"].as_i64().unwrap()).collect();
        assert_eq!(starts, [offset as i64; 2], "from {offset}: {lines:#?}");
        let sib1s = of_kind(&lines, "sib1");
        assert!(
            sib1s.len() == 2 && sib1s.iter().all(|sib1| sib1["hex"] == *hex(&message)),
            "from {offset}: {sib1s:#?}"
        );
    }
}

/// Blocks that pass their CRC and hold no SIB1: said so, and on it goes.
#[test]
fn sib1_that_is_none() {
    let (_, real) = samples(None, 1);
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut random = vec![0; real.len()];
    let mut messages: Vec<Vec<u8>> = (0..6)
        .map(|_| {
            rng.fill_bytes(&mut random);
            random.clone()
        })
        .collect();
    messages.push(vec![0xff; real.len()]);
    // The padding of the block is zeros: a message that ends early goes on with them.
    messages.extend([1, real.len() / 3, real.len() / 2, real.len() - 3].map(|n| real[..n].to_vec()));
    messages.extend((0..6).map(|_| {
        let mut bent = real.clone();
        for _ in 0..3 {
            let bit = rng.random_range(0..8 * bent.len());
            bent[bit / 8] ^= 1 << (bit % 8);
        }
        bent
    }));
    let (mut errors, mut others) = (0, 0);
    for (i, message) in messages.iter().enumerate() {
        let (sent, _) = samples(Some(message), 12);
        let name = format!("hostile-{i}");
        let lines = decode(&name, &sent, RATE_HZ, true);
        assert_eq!(of_kind(&lines, "cell").len(), 2, "{name}");
        let blocks = of_kind(&lines, "pdsch");
        assert!(blocks.iter().filter(|b| b["crc"] == true).count() == 2, "{name}: {lines:#?}");
        for block in &blocks {
            assert!(block["hex"].as_str().unwrap().starts_with(&hex(message)), "{name}");
        }
        let sib1s = of_kind(&lines, "sib1");
        assert_eq!(sib1s.len(), 2, "{name}: {lines:#?}");
        for sib1 in sib1s {
            match sib1["error"].as_str() {
                Some(error) => {
                    assert!(error.len() > 10 && !error.contains('\n'), "{name}: {error}");
                    errors += 1;
                }
                // Some bits stand for numbers, and zeros may end a message.
                None => {
                    assert!(sib1["fields"].is_object(), "{name}");
                    others += 1;
                }
            }
        }
        if i == 0 {
            let text = decode(&name, &sent, RATE_HZ, false);
            assert!(text[0].as_str().unwrap().contains("no SIB1: "), "{}", text[0]);
        }
    }
    println!("{errors} blocks of {} are said to be no SIB1", errors + others);
    assert!(errors >= 14, "{errors} errors");
}
