//! A receiver whose oscillator is off by as much as radios without reference are: for long, and in both directions.

mod scratch;

use nrflow::pdcch::RntiKind;
use nrflow_blocks::file::{Recording, SampleFormat};
use nrflow_blocks::receive::{Known, Report, SyncSettings};
use nrflow_blocks::transmit::BlockKind;
use nrflow_flowgraphs::channel_settings::ChannelSettings;
use nrflow_flowgraphs::config::Cell;
use nrflow_flowgraphs::decode::decode;
use nrflow_flowgraphs::transmit::{TransmitOptions, run};
use scratch::Folder;
use std::path::Path;
use std::sync::mpsc;

/// Sends a cell that is received with clock and carrier `ppm` off; asserts that nothing is lost from the first SIB1 on.
fn nothing_is_lost(text: &str, ppm: f64, duration_ms: f64) {
    let cell = Cell::parse(text, Path::new(".")).unwrap();
    let scratch = Folder::new(&format!("clock-offset-{ppm}-{duration_ms}-{centre}", centre = cell.centre_hz()));
    let options = TransmitOptions { duration_ms, format: SampleFormat::Cs8, keep_blocks: true, progress: false };
    let centre_hz = cell.centre_hz() as f64;
    // One oscillator: where it is slow, the carrier seems high and a frame holds fewer samples.
    let (cfo, ppm) = (Some(ppm * 1e-6 * centre_hz), Some(-ppm));
    let channel = ChannelSettings { snr: Some(30.0), cfo, ppm, ..ChannelSettings::default() };
    let out = scratch.path("cell");
    let summary = run(&cell, &channel, Path::new(&out), &options).unwrap();
    let recording = Recording::open_sigmf(Path::new(&out)).unwrap();
    let settings = SyncSettings::new(recording.sample_rate_hz(), recording.frequency_hz());
    let rnti = cell.transmit().parameters().user.as_ref().unwrap().rnti;
    let (sender, reports) = mpsc::channel();
    let take = move |report| Ok(sender.send(report)?);
    decode(&recording, settings, &[(rnti, RntiKind::C)], Known::default(), take).unwrap();
    let (mut n_ssbs, mut received) = (0, Vec::new());
    for report in reports.iter() {
        match report {
            Report::Ssb(report) => {
                n_ssbs += 1;
                assert!((report.ssb.cfo_hz - cfo.unwrap()).abs() < 100.0, "{} Hz", report.ssb.cfo_hz);
            }
            Report::Pdsch(report) if report.figures.crc_ok => received.push((report.at, report.block.clone())),
            _ => {}
        }
    }
    assert_eq!(n_ssbs, summary.sent.ssbs);
    let all: Vec<_> = summary.sent.blocks.iter().map(|block| (block.at, block.bytes.to_vec())).collect();
    let first_sib1 = summary.sent.blocks.iter().position(|block| block.kind == BlockKind::Sib1).unwrap();
    assert!(all.len() > (0.9 * duration_ms) as usize && first_sib1 < 10, "{} blocks", all.len());
    assert!(
        received.len() <= all.len() && received.ends_with(&all[first_sib1..]),
        "{} of {}",
        received.len(),
        all.len()
    );
}

const FDD: &str = "[cell]\npci = 1\n[carrier]\nband = 3\nscs_khz = 15\nbandwidth_mhz = 5\ncentre_mhz = 1842.5\n\
                   [user]\nrnti = 0x4601\nmcs = 16\n";

#[test]
fn twenty_ppm_for_ten_seconds() {
    nothing_is_lost(FDD, 20.0, 10_000.0);
}

#[test]
fn twenty_ppm_the_other_way_and_in_a_higher_band() {
    nothing_is_lost(FDD, -20.0, 500.0);
    let tdd = nrflow_flowgraphs::config::DEFAULT_CELL;
    nothing_is_lost(tdd, -20.0, 300.0);
    nothing_is_lost(tdd, 20.0, 300.0);
}
