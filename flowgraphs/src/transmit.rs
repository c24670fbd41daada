//! `nrflow transmit`: a cell into a SigMF recording.

use crate::channel_settings::{ChannelSettings, ChannelStage};
use crate::config::Cell;
use crate::receive_graph;
use anyhow::Context;
use futuresdr::prelude::*;
use indicatif::{ProgressBar, ProgressStyle};
use nrflow::ofdm::OfdmModulator;
use nrflow_blocks::file::{FileSink, RecordingWriter, SampleFormat};
use nrflow_blocks::transmit::{
    GridMerger, OfdmTransmit, SampleChain, SampleProcessor, SentLog, SlotClock, pdcch_transmit, pdsch_transmit,
    ssb_transmit,
};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// `nrflow transmit`
#[derive(clap::Args, Debug)]
pub struct TransmitArgs {
    /// Cell configuration; a small TDD cell of band n78 without one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// SigMF recording to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Length in milliseconds, instead of the configuration's
    #[arg(long, value_name = "MS")]
    duration: Option<f64>,
    /// Sample format: cf32, cs16, cs8 or cu8
    #[arg(long, default_value = "cf32")]
    format: String,
    #[command(flatten)]
    channel: ChannelSettings,
}

/// How a cell is sent.
#[derive(Clone, Debug)]
pub struct TransmitOptions {
    /// Length in ms; rounded up to whole slots.
    pub duration_ms: f64,
    /// Format of the samples.
    pub format: SampleFormat,
    /// Whether [`SentLog::blocks`] shall keep the transport blocks.
    pub keep_blocks: bool,
    /// Whether to show a progress bar.
    pub progress: bool,
}

impl TransmitOptions {
    /// As long as the configuration says, in `cf32`.
    pub fn of(cell: &Cell) -> Self {
        Self { duration_ms: cell.duration_ms(), format: SampleFormat::Cf32, keep_blocks: false, progress: false }
    }
}

/// What was sent.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Slots, samples, blocks.
    pub sent: SentLog,
    /// Sample rate of the recording, Hz.
    pub sample_rate_hz: u64,
    /// RF frequency of the recording's 0 Hz, Hz.
    pub centre_hz: u64,
}

/// Runs the command.
pub fn command(args: &TransmitArgs) -> anyhow::Result<()> {
    let cell = match &args.config {
        Some(path) => Cell::load(path).with_context(|| path.display().to_string())?,
        None => Cell::default_cell()?,
    };
    let options = TransmitOptions {
        duration_ms: args.duration.unwrap_or(cell.duration_ms()),
        format: SampleFormat::from_name(&args.format)?,
        keep_blocks: false,
        progress: true,
    };
    let summary = run(&cell, &args.channel, &args.out, &options)?;
    let sent = &summary.sent;
    let mhz = |hz: u64| hz as f64 / 1e6;
    println!(
        "{}: {} slots ({:.1} ms), {} samples at {} Msps, centre {} MHz, {}",
        args.out.display(),
        sent.slots,
        sent.samples as f64 / summary.sample_rate_hz as f64 * 1e3,
        sent.samples,
        mhz(summary.sample_rate_hz),
        mhz(summary.centre_hz),
        options.format.sigmf(),
    );
    println!(
        "PCI {}: {} SS/PBCH blocks, {} DCIs, {} transport blocks with SIB1, {} with user data ({} bytes)",
        cell.transmit().cell_id(),
        sent.ssbs,
        sent.dcis,
        sent.sib1_blocks,
        sent.user_blocks,
        sent.user_bytes,
    );
    Ok(())
}

/// Sends `cell` through the channel into the SigMF recording `out`.
///
/// # Errors
/// If a value of channel or options is out of its range, or the file cannot be written.
pub fn run(cell: &Cell, channel: &ChannelSettings, out: &Path, options: &TransmitOptions) -> anyhow::Result<Summary> {
    anyhow::ensure!(
        options.duration_ms > 0.0 && options.duration_ms <= 86_400_000.0,
        "duration {} ms: must be above 0 and at most a day",
        options.duration_ms
    );
    let ofdm = cell.ofdm();
    let n_slots = (options.duration_ms * f64::from(ofdm.numerology().slots_per_subframe())).ceil() as u64;
    let rate = ofdm.sample_rate_hz();
    let buffer = 4 * (0..ofdm.numerology().slots_per_subframe()).map(|slot| ofdm.slot_len(slot)).max().unwrap_or(0);
    let stages: Vec<Box<dyn SampleProcessor>> = match channel.channel(rate, cell.gain() * cell.gain())? {
        Some(channel) => vec![Box::new(ChannelStage(channel))],
        None => Vec::new(),
    };
    let mut modulator = OfdmModulator::new(ofdm);
    modulator.set_gain(cell.gain());
    let description = format!("NR cell {}, generated", cell.transmit().cell_id());
    let centre_hz = cell.centre_hz();
    let writer = RecordingWriter::create(out, options.format, rate as f64, Some(centre_hz as f64), &description)?;

    let clock = SlotClock::new(cell.schedule().clone(), ofdm, n_slots, options.keep_blocks);
    let (sent, position) = (clock.sent(), clock.position());
    let ssb = ssb_transmit(cell.transmit())?;
    let pdcch = pdcch_transmit(cell.transmit());
    let pdsch = pdsch_transmit(cell.transmit());
    let merger = GridMerger::new(cell.transmit(), 3);
    let ofdm = OfdmTransmit::new(modulator);
    let air = SampleChain::new(stages, buffer);
    let file = FileSink::new(writer);
    let failure = file.failure();

    let mut fg = Flowgraph::new();
    connect!(fg,
        clock > ssb > inputs[0].merger;
        clock > pdcch > inputs[1].merger;
        clock > pdsch > inputs[2].merger;
        merger > ofdm > air > file;
    );

    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if options.progress {
            scope.spawn(|| {
                let bar = ProgressBar::new(n_slots);
                if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} slots, {eta} left") {
                    bar.set_style(style);
                }
                while !done.load(Ordering::Acquire) {
                    bar.set_position(position.load(Ordering::Relaxed));
                    std::thread::sleep(Duration::from_millis(50));
                }
                bar.finish_and_clear();
            });
        }
        let result = receive_graph::run(fg, [&failure]);
        done.store(true, Ordering::Release);
        result
    })?;
    let sent = sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Summary { sent, sample_rate_hz: rate, centre_hz })
}
