//! Retransmissions through transmit graph, channel, file and receive graph.

use nrflow::pdcch::RntiKind;
use nrflow_blocks::file::{Recording, SampleFormat};
use nrflow_blocks::receive::{Known, Report, SyncSettings};
use nrflow_flowgraphs::channel_settings::ChannelSettings;
use nrflow_flowgraphs::config::{Cell, DEFAULT_CELL};
use nrflow_flowgraphs::decode::decode;
use nrflow_flowgraphs::transmit::{TransmitOptions, run};
use std::path::Path;
use std::sync::mpsc;

/// At a signal-to-noise ratio where a first transmission never decodes, two together always do, in all 16 HARQ processes.
#[test]
fn what_fails_alone_decodes_together() {
    let text = DEFAULT_CELL.replace("mcs = 16", "mcs = 9\ntransmissions = 2");
    let cell = Cell::parse(&text, Path::new(".")).unwrap();
    let out = std::env::temp_dir().join(format!("nrflow-harq-{}", std::process::id()));
    let options =
        TransmitOptions { duration_ms: 100.0, format: SampleFormat::Cf32, keep_blocks: true, progress: false };
    let channel = ChannelSettings { snr: Some(1.0), cfo: Some(300.0), channel_seed: 3, ..ChannelSettings::default() };
    let sent = run(&cell, &channel, &out, &options).unwrap().sent;
    let recording = Recording::open_sigmf(&out).unwrap();
    let settings = SyncSettings::new(recording.sample_rate_hz(), recording.frequency_hz());
    let rnti = cell.transmit().parameters().user.as_ref().unwrap().rnti;
    let (sender, receiver) = mpsc::channel();
    decode(&recording, settings, &[(rnti, RntiKind::C)], Known::default(), move |report| Ok(sender.send(report)?))
        .unwrap();
    for extension in ["sigmf-meta", "sigmf-data"] {
        std::fs::remove_file(out.with_extension(extension)).unwrap();
    }
    let mut received = [0, 0];
    for report in receiver {
        let Report::Pdsch(report) = report else { continue };
        if report.kind != RntiKind::C {
            continue;
        }
        let block = sent.blocks.iter().find(|block| (block.at, block.rnti) == (report.at, rnti)).unwrap();
        assert_eq!(report.rv, [0, 2][usize::from(block.transmission)]);
        received[usize::from(block.transmission)] += 1;
        // The first block of all has only its second transmission: SIB1 came between.
        let together = block.transmission == 1 && received[0] > 0;
        assert_eq!(report.figures.crc_ok, together, "{report:?}");
        assert!(!report.figures.crc_ok || *report.block == *block.bytes);
    }
    assert!(received[0] > 50 && received[1] > 50, "{received:?}");
}
