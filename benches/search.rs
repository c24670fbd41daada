//! Blind cell search: time against the length of the stream.
//!
//! The figures that count are `items`: samples of the stream a second; divide by the sample rate for the ratio to
//! real time.

use divan::Bencher;
use divan::counter::ItemsCount;
use nrflow::Complex32;
use nrflow::frame::Numerology;
use nrflow::ssb::{CellSearch, CellSearchConfig, PbchReceiver, PbchReception, Sensitivity};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    divan::main();
}

fn noise(n: usize) -> Vec<Complex32> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    (0..n).map(|_| Complex32::new(rng.random::<f32>() - 0.5, rng.random::<f32>() - 0.5)).collect()
}

/// A recording with its rate and frequency, if there.
fn recording(name: &str, rate_hz: u64, frequency_hz: u64) -> Option<(Vec<Complex32>, CellSearchConfig)> {
    let folder = std::env::var("NRFLOW_RECORDINGS").unwrap_or_else(|_| "../shared/recordings".to_owned());
    let data = std::fs::read(format!("{folder}/{name}.sigmf-data")).ok()?;
    let part = |b: &[u8]| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0;
    let samples = data.chunks_exact(4).map(|b| Complex32::new(part(&b[..2]), part(&b[2..]))).collect();
    Some((samples, CellSearchConfig::new(rate_hz, Some(frequency_hz)).ok()?))
}

fn search(bencher: Bencher<'_, '_>, samples: &[Complex32], config: &CellSearchConfig, found: bool) {
    bencher.counter(ItemsCount::new(samples.len())).bench_local(|| {
        let mut search = CellSearch::new(config).unwrap();
        let mut blocks = Vec::new();
        search.push(samples, &mut blocks);
        assert_eq!(found, !blocks.is_empty());
        blocks.len()
    });
}

/// 2 s of noise at 3.84 Msps, three raster points: look after look.
#[divan::bench(sample_count = 10)]
fn noise_3m84(bencher: Bencher<'_, '_>) {
    let config = CellSearchConfig::new(3_840_000, Some(1_842_150_000)).unwrap();
    search(bencher, &noise(7_680_000), &config, false);
}

/// The same at full sensitivity all the time.
#[divan::bench(sample_count = 5)]
fn noise_3m84_thorough(bencher: Bencher<'_, '_>) {
    let config = CellSearchConfig::new(3_840_000, Some(1_842_150_000)).unwrap().with_sensitivity(Sensitivity::Full);
    search(bencher, &noise(7_680_000), &config, false);
}

/// 2 s of noise at 7.68 Msps, one raster point of 30 kHz.
#[divan::bench(sample_count = 10)]
fn noise_7m68(bencher: Bencher<'_, '_>) {
    let config = CellSearchConfig::new(7_680_000, Some(3_489_480_000)).unwrap();
    search(bencher, &noise(15_360_000), &config, false);
}

/// A recording of 45 ms at 23.04 Msps, 11 raster points.
#[divan::bench(sample_count = 10)]
fn gnb_n78_20mhz(bencher: Bencher<'_, '_>) {
    let Some((samples, config)) = recording("gnb-n78-20MHz", 23_040_000, 3_489_420_000) else { return };
    search(bencher, &samples, &config, true);
}

/// A recording of 70 ms at 11.52 Msps.
#[divan::bench(sample_count = 10)]
fn attach_n3_10mhz(bencher: Bencher<'_, '_>) {
    let Some((samples, config)) = recording("attach-n3-10MHz-dl", 11_520_000, 1_842_500_000) else { return };
    search(bencher, &samples, &config, true);
}

/// PBCH of one block of noise: every hypothesis is tried in vain.
#[divan::bench]
fn pbch_in_vain(bencher: Bencher<'_, '_>) {
    let mut receiver = PbchReceiver::new(Numerology::MU1);
    let mut reception = [PbchReception::new()];
    let re = noise(960);
    let cell_id = nrflow::frame::CellId::new(17).unwrap();
    bencher.bench_local(|| {
        receiver.receive(cell_id, 0, &re, &mut reception[0]);
        receiver.decode(&mut reception, nrflow::ssb::LMax::L8)
    });
}
