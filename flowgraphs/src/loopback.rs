//! `nrflow loopback`: a cell through a bad channel into a file, and out of the file as if it came off the air.

use crate::antenna_files;
use crate::channel_settings::ChannelSettings;
use crate::config::Cell;
use crate::decode;
use crate::report::{Table, heading};
use crate::transmit::{self, TransmitOptions};
use anyhow::Context;
use clap::Args;
use nrflow::pdcch::RntiKind;
use nrflow_blocks::file::{Recording, SampleFormat};
use nrflow_blocks::receive::{Known, Report, SyncSettings};
use nrflow_blocks::transmit::BlockKind;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Instant;

/// Arguments of `nrflow loopback`.
#[derive(Args, Debug)]
pub struct LoopbackArgs {
    /// Cell configuration; a small TDD cell of band n78 without one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Keep the recording under this name; without it the file is removed
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Length in milliseconds, instead of the configuration's
    #[arg(long, value_name = "MS")]
    duration: Option<f64>,
    /// Print every DCI and PDSCH, not only the first of each kind
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    channel: ChannelSettings,
}

/// The channel where no flag asks for another: noise, both offsets, delay and multipath.
fn bad_channel() -> ChannelSettings {
    ChannelSettings {
        snr: Some(22.0),
        cfo: Some(1800.0),
        ppm: Some(1.5),
        delay: Some(2345.6),
        tdl: Some("TDLA30".to_string()),
        doppler: Some(10.0),
        channel_seed: 1,
        ..ChannelSettings::default()
    }
}

/// Runs the command.
///
/// # Errors
/// If the configuration is impossible, a file cannot be written, or the receiver finds no cell in it.
pub fn command(args: &LoopbackArgs) -> anyhow::Result<()> {
    let cell = match &args.config {
        Some(path) => Cell::load(path).with_context(|| path.display().to_string())?,
        None => Cell::default_cell()?,
    };
    let options = TransmitOptions {
        duration_ms: args.duration.unwrap_or(cell.duration_ms()),
        format: SampleFormat::Cf32,
        keep_blocks: true,
        progress: false,
    };
    let channel = if args.channel.is_idle() { bad_channel() } else { args.channel.clone() };
    let scratch = std::env::temp_dir().join(format!("nrflow-loopback-{}", std::process::id()));
    let out = args.out.clone().unwrap_or(scratch);
    let result = there_and_back(&cell, &channel, &out, &options, args.all);
    if args.out.is_none() {
        for path in antenna_files::paths(&out, cell.transmit().n_ports()) {
            for extension in ["sigmf-meta", "sigmf-data"] {
                // What was not written cannot be removed; the result says so.
                let _ = std::fs::remove_file(path.with_extension(extension));
            }
        }
    }
    result
}

fn there_and_back(
    cell: &Cell,
    channel: &ChannelSettings,
    out: &std::path::Path,
    options: &TransmitOptions,
    all: bool,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let summary = transmit::run(cell, channel, out, options)?;
    let sent = &summary.sent;
    println!(
        "sent  PCI {}: {} slots, {} SS/PBCH blocks, {} blocks of SIB1, {} of user data, in {:.2} s",
        cell.transmit().cell_id(),
        sent.slots,
        sent.ssbs,
        sent.sib1_blocks,
        sent.user_blocks,
        begun.elapsed().as_secs_f64()
    );
    println!("air   {channel}");

    let paths = antenna_files::paths(out, cell.transmit().n_ports());
    let recordings = paths.iter().map(|path| Recording::open_sigmf(path)).collect::<Result<Vec<_>, _>>()?;
    let recording = &recordings[0];
    let frequency_hz = recording.frequency_hz();
    let settings = SyncSettings::new(recording.sample_rate_hz(), frequency_hz);
    let mut rntis: Vec<_> = sent.blocks.iter().filter(|b| b.kind == BlockKind::User).map(|b| b.rnti).collect();
    rntis.sort_unstable();
    rntis.dedup();
    // Its configuration would come in an RRCSetup, which is not sent.
    let device = cell.transmit().parameters().user.as_ref().and_then(|user| user.device.as_ref());
    let known =
        Known { dedicated: device.map(|device| device.group.clone()), rntis: rntis.clone(), ..Known::default() };
    let rntis: Vec<_> = rntis.into_iter().map(|rnti| (rnti, RntiKind::C)).collect();
    let begun = Instant::now();
    let (sender, receiver) = mpsc::channel();
    decode::decode_antennas(&recordings, settings, &rntis, known, move |report| Ok(sender.send(report)?))?;
    let seconds = begun.elapsed().as_secs_f64();

    let mut table = Table::new(std::io::stdout(), &heading(recording, frequency_hz))?;
    let mut user_shown = 0;
    let mut tally = Tally::default();
    for report in receiver {
        tally.add(&report, sent);
        let user = matches!(&report, Report::Dci(r) if r.dci.kind == Some(RntiKind::C))
            || matches!(&report, Report::Pdsch(r) if r.kind == RntiKind::C);
        user_shown += usize::from(user);
        if all || !user || user_shown <= 4 {
            table.write(&report)?;
        }
    }
    tally.print(sent, recording.duration_s(), seconds);
    anyhow::ensure!(tally.ssbs > 0, "the receiver found no cell in what was sent");
    Ok(())
}

/// What came back of what was sent.
#[derive(Default)]
struct Tally {
    ssbs: u64,
    sib1_ok: u64,
    user_received: u64,
    /// Blocks of user data received, each once.
    user_ok: HashSet<*const u8>,
    user_bytes: u64,
    wrong: u64,
    snr_db: f64,
    evm_percent: f64,
    cfo_hz: f64,
}

impl Tally {
    fn add(&mut self, report: &Report, sent: &nrflow_blocks::transmit::SentLog) {
        match report {
            Report::Ssb(report) => {
                self.ssbs += 1;
                self.cfo_hz += report.ssb.cfo_hz;
            }
            Report::Dci(_) => {}
            Report::Pdsch(report) => {
                let ok = report.figures.crc_ok;
                let of_slot = |block: &&nrflow_blocks::transmit::SentBlock| {
                    block.at == report.at && block.rnti == report.rnti && *block.bytes == *report.block
                };
                let right = sent.blocks.iter().find(of_slot).filter(|_| ok);
                self.wrong += u64::from(ok && right.is_none());
                if report.kind == RntiKind::C {
                    self.user_received += 1;
                    if right.is_some_and(|block| self.user_ok.insert(block.bytes.as_ptr())) {
                        self.user_bytes += report.block.len() as u64;
                    }
                    self.snr_db += f64::from(report.figures.snr_db);
                    self.evm_percent += f64::from(report.figures.evm_percent);
                } else {
                    self.sib1_ok += u64::from(right.is_some());
                }
            }
        }
    }

    fn print(&self, sent: &nrflow_blocks::transmit::SentLog, duration_s: f64, seconds: f64) {
        let mean = |sum: f64, n: u64| if n == 0 { 0.0 } else { sum / n as f64 };
        println!();
        println!(
            "SS/PBCH blocks  {} of {} received, CFO {:+.1} Hz",
            self.ssbs,
            sent.ssbs,
            mean(self.cfo_hz, self.ssbs)
        );
        println!("SIB1            {} of {} blocks received", self.sib1_ok, sent.sib1_blocks);
        println!(
            "user data       {} of {} blocks received, BLER {:.4}, {:.3} Mbit/s, SNR {:.1} dB, EVM {:.1} %",
            self.user_ok.len(),
            sent.user_blocks,
            1.0 - mean(self.user_ok.len() as f64, sent.user_blocks),
            self.user_bytes as f64 * 8.0 / duration_s / 1e6,
            mean(self.snr_db, self.user_received),
            mean(self.evm_percent, self.user_received)
        );
        if self.wrong > 0 {
            println!("WRONG           {} blocks passed their CRC and are not what was sent", self.wrong);
        }
        println!(
            "receiver        {duration_s:.3} s of signal in {seconds:.3} s: {:.2} times real time",
            duration_s / seconds
        );
    }
}
