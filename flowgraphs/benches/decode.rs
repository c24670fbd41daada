//! The whole receiver, blind search included: recordings from file to reports.
//!
//! The figures that count are `items`: samples of the recording a second; divide by its rate for the ratio to real time.
//! On one thread: `taskset -c 0 cargo bench -p nrflow-flowgraphs --bench decode`.

use divan::Bencher;
use divan::counter::ItemsCount;
use nrflow_blocks::file::Recording;
use nrflow_blocks::receive::{Known, Report, SyncSettings};
use nrflow_flowgraphs::decode::decode;
use std::path::PathBuf;
use std::sync::mpsc;

fn main() {
    divan::main();
}

/// Every recording here holds SIB1.
#[divan::bench(args = ["gnb-n78-20MHz", "gnb-n3-10MHz"], sample_count = 30)]
fn recording(bencher: Bencher<'_, '_>, name: &str) {
    let folder = std::env::var_os("NRFLOW_RECORDINGS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings"), PathBuf::from);
    let Ok(recording) = Recording::open_sigmf(&folder.join(format!("{name}.sigmf-meta"))) else {
        eprintln!("SKIPPED: {name} is not in {}", folder.display());
        return;
    };
    bencher.counter(ItemsCount::new(recording.n_samples())).bench_local(|| {
        let settings = SyncSettings::new(recording.sample_rate_hz(), recording.frequency_hz());
        let (sender, receiver) = mpsc::channel();
        decode(&recording, settings, &[], Known::default(), move |report| Ok(sender.send(report)?)).unwrap();
        assert!(receiver.iter().any(|report| matches!(report, Report::Pdsch(pdsch) if pdsch.sib1.is_some())));
    });
}
