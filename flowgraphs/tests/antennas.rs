//! Several antennas through the whole graph: a device with DCI format 1_1 and up to four layers, sent into a recording
//! for each antenna port and received from them.

mod scratch;

use nrflow::pdcch::RntiKind;
use nrflow_blocks::file::{Recording, SampleFormat};
use nrflow_blocks::receive::{Known, Report, SyncSettings};
use nrflow_blocks::transmit::{BlockKind, SentBlock};
use nrflow_flowgraphs::antenna_files;
use nrflow_flowgraphs::channel_settings::ChannelSettings;
use nrflow_flowgraphs::config::Cell;
use nrflow_flowgraphs::decode::decode_antennas;
use nrflow_flowgraphs::transmit::{TransmitOptions, run};
use scratch::Folder;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;

fn cell(carrier: &str, user: &str) -> Cell {
    let text = format!(
        "[cell]\npci = 3\n[carrier]\nband = 78\nscs_khz = 30\ncentre_mhz = 3489.42\n{carrier}\n\
         [tdd]\nperiod_us = 5000\ndownlink_slots = 7\ndownlink_symbols = 6\nuplink_slots = 2\nuplink_symbols = 4\n\
         [user]\nrnti = 0x4601\ndci_format = \"1_1\"\n{user}\n"
    );
    Cell::parse(&text, Path::new(".")).unwrap()
}

/// Sends and receives; the blocks of user data that were sent, and those that came back.
fn there_and_back(
    cell: &Cell,
    channel: &ChannelSettings,
    duration_ms: f64,
    name: &str,
) -> (Vec<SentBlock>, Vec<SentBlock>) {
    let scratch = Folder::new(name);
    let options = TransmitOptions { duration_ms, format: SampleFormat::Cf32, keep_blocks: true, progress: false };
    let out = scratch.path("cell");
    let summary = run(cell, channel, Path::new(&out), &options).unwrap();
    let paths = antenna_files::paths(Path::new(&out), cell.transmit().n_ports());
    let recordings: Vec<_> = paths.iter().map(|path| Recording::open_sigmf(path).unwrap()).collect();
    let settings = SyncSettings::new(recordings[0].sample_rate_hz(), recordings[0].frequency_hz());
    let user = cell.transmit().parameters().user.as_ref().unwrap();
    // As if the device had been connected before the recording began.
    let known = Known {
        sib1: cell.sib1().cloned(),
        dedicated: user.device.as_ref().map(|device| device.group.clone()),
        rntis: vec![user.rnti],
    };
    let (sender, reports) = mpsc::channel();
    let take = move |report| Ok(sender.send(report)?);
    decode_antennas(&recordings, settings, &[(user.rnti, RntiKind::C)], known, take).unwrap();
    let sent: Vec<_> = summary.sent.blocks.into_iter().filter(|block| block.kind == BlockKind::User).collect();
    let right = |report: Report| match report {
        Report::Pdsch(report) if report.figures.crc_ok => {
            sent.iter().find(|block| block.at == report.at && *block.bytes == *report.block).cloned()
        }
        _ => None,
    };
    let received = reports.iter().filter_map(right).collect();
    (sent, received)
}

fn assert_all(sent: &[SentBlock], received: &[SentBlock], least: usize) {
    assert!(sent.len() >= least, "{} blocks", sent.len());
    let slots = |blocks: &[SentBlock]| blocks.iter().map(|block| block.slot_number).collect::<Vec<_>>();
    assert_eq!(slots(received), slots(sent));
}

#[test]
fn a_hundred_megahertz_in_four_layers_of_256qam_come_back_byte_for_byte() {
    let carrier = "bandwidth_mhz = 100\nsample_rate_hz = 122_880_000";
    let cell = cell(carrier, "layers = 4\nmcs = 27\nmcs_table = \"qam256\"\ndmrs_additional_position = 1");
    // Cables, then all antennas mixed.
    for (tdl, name) in [(None, "antennas-cables"), (Some("TDLA30".to_string()), "antennas-air")] {
        let channel = ChannelSettings { snr: Some(60.0), tdl, channel_seed: 1, ..ChannelSettings::default() };
        let (sent, received) = there_and_back(&cell, &channel, 10.0, name);
        assert_all(&sent, &received, 14);
        // More than a gigabit a second in the slots of the downlink.
        assert!(sent.iter().any(|block| 8 * block.bytes.len() > 1_000_000), "largest block");
    }
}

#[test]
fn fewer_layers_over_bad_channels() {
    let carrier = "bandwidth_mhz = 20\nsample_rate_hz = 23_040_000";
    for (user, snr_db) in [
        ("layers = 1\nmcs = 27\nmcs_table = \"qam256\"", 40.0),
        ("layers = 2\nmcs = 16\nfirst_prb = 5\nn_prb = 40", 35.0),
        ("layers = 3\nmcs = 10\nmcs_table = \"qam64lowse\"", 30.0),
    ] {
        let channel = ChannelSettings {
            snr: Some(snr_db),
            cfo: Some(700.0),
            ppm: Some(1.0),
            delay: Some(432.1),
            tdl: Some("TDLA30".to_string()),
            doppler: Some(10.0),
            channel_seed: 5,
            ..ChannelSettings::default()
        };
        let (sent, received) = there_and_back(&cell(carrier, user), &channel, 40.0, "antennas-layers");
        assert_all(&sent, &received, 60);
    }
}

#[test]
fn what_cannot_be_is_said() {
    let broken = |user: &str| {
        let text = format!(
            "[cell]\npci = 3\n[carrier]\nband = 3\nscs_khz = 15\nbandwidth_mhz = 10\ncentre_mhz = 1842.5\n\
             [user]\nrnti = 0x4601\nmcs = 5\n{user}\n"
        );
        Cell::parse(&text, Path::new(".")).unwrap_err().to_string()
    };
    assert!(broken("layers = 2").contains("format 1_0 has one layer"));
    assert!(broken("mcs_table = \"qam256\"").contains("dci_format = \"1_1\""));
    assert!(broken("dci_format = \"1_1\"\nlayers = 5").contains("layers"));
    assert!(broken("dci_format = \"1_1\"\ndmrs_additional_position = 4").contains("dmrs-AdditionalPosition"));
    assert!(broken("dci_format = \"1_1\"\nmcs_table = \"qam1024\"").contains("qam256"));
    // Recordings of different length are not of one receiver.
    let scratch = Folder::new("antennas-differ");
    for (name, ms) in [("a", "10"), ("b", "11")] {
        let out = scratch.path(name);
        let transmit = ["transmit", "--out", &out, "--duration", ms];
        assert!(Command::new(env!("CARGO_BIN_EXE_nrflow")).args(transmit).output().unwrap().status.success());
    }
    let (a, b) = (scratch.path("a.sigmf-meta"), scratch.path("b.sigmf-meta"));
    let decode = ["decode", &a, "--with-antenna", &b];
    let output = Command::new(env!("CARGO_BIN_EXE_nrflow")).args(decode).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    assert!(!output.status.success() && said.contains("230400 samples") && said.contains("253440 samples"), "{said}");
}
