//! `nrflow transmit`: a cell into a SigMF recording, or on the air.

use crate::antenna_files;
use crate::channel_settings::ChannelSettings;
use crate::config::Cell;
use crate::on_air::{self, OnAir};
use crate::progress::Progress;
use crate::radio_args::RadioArgs;
use crate::receive_graph;
use anyhow::Context;
use futuresdr::prelude::*;
use futuresdr::runtime::BlockRef;
use nrflow::ofdm::OfdmModulator;
use nrflow_blocks::Failure;
use nrflow_blocks::file::{FileSink, RecordingWriter, SampleFormat};
use nrflow_blocks::radio::RadioSink;
use nrflow_blocks::transmit::{
    GridMerger, OfdmTransmit, SampleChain, SampleProcessor, SentLog, SlotClock, pdcch_transmit, pdsch_transmit,
    ssb_transmit,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};

/// `nrflow transmit`
#[derive(clap::Args, Debug)]
pub struct TransmitArgs {
    /// Cell configuration; a small TDD cell of band n78 without one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// SigMF recording to write
    #[arg(long, value_name = "FILE", required_unless_present_any = ["device", "radio"], conflicts_with_all = ["device", "radio"])]
    out: Option<PathBuf>,
    /// Length in milliseconds, instead of the configuration's
    #[arg(long, value_name = "MS")]
    duration: Option<f64>,
    /// Sample format of the recording: cf32, cs16, cs8 or cu8
    #[arg(long, default_value = "cf32")]
    format: String,
    #[command(flatten)]
    channel: ChannelSettings,
    #[command(flatten)]
    air: OnAir,
    #[command(flatten)]
    radio: RadioArgs,
}

/// Runs the command.
///
/// # Errors
/// If a value is impossible, the recording cannot be written, or the radio not be used or not without a word that it may.
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
    let Some(out) = &args.out else {
        return on_air::transmit(&cell, &args.channel, &args.air, &args.radio, args.duration.is_some(), &options);
    };
    let summary = run(&cell, &args.channel, out, &options)?;
    println!(
        "{}: {} slots ({:.1} ms), {} samples at {} Msps, centre {} MHz, {}",
        out.display(),
        summary.sent.slots,
        summary.sent.samples as f64 / summary.sample_rate_hz as f64 * 1e3,
        summary.sent.samples,
        summary.sample_rate_hz as f64 / 1e6,
        summary.centre_hz as f64 / 1e6,
        options.format.sigmf(),
    );
    print_sent(&cell, &summary.sent);
    Ok(())
}

/// A line about what was sent.
pub fn print_sent(cell: &Cell, sent: &SentLog) {
    println!(
        "PCI {}: {} SS/PBCH blocks, {} DCIs, {} transport blocks with SIB1, {} with user data ({} bytes)",
        cell.transmit().cell_id(),
        sent.ssbs,
        sent.dcis,
        sent.sib1_blocks,
        sent.user_blocks,
        sent.user_bytes,
    );
}

/// The same for programs.
pub fn sent_json(cell: &Cell, sent: &SentLog) -> serde_json::Value {
    serde_json::json!({
        "kind": "sent",
        "pci": cell.transmit().cell_id().get(),
        "slots": sent.slots,
        "ssbs": sent.ssbs,
        "dcis": sent.dcis,
        "sib1_blocks": sent.sib1_blocks,
        "user_blocks": sent.user_blocks,
        "user_bytes": sent.user_bytes,
    })
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

/// The graph of a transmitter before its end: a clock with the schedule, a block for each channel, merger, OFDM, and
/// what changes the samples on their way.
pub struct TransmitGraph {
    graph: Flowgraph,
    air: BlockRef<SampleChain>,
    n_ports: usize,
    sent: Arc<Mutex<SentLog>>,
    position: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    n_slots: u64,
}

impl TransmitGraph {
    /// The first `n_slots` slots of `cell` through `stages`.
    ///
    /// # Errors
    /// If the PSS offset is beyond its range.
    pub fn new(
        cell: &Cell,
        stages: Vec<Box<dyn SampleProcessor>>,
        n_slots: u64,
        keep_blocks: bool,
    ) -> anyhow::Result<Self> {
        let ofdm = cell.ofdm();
        let longest = (0..ofdm.numerology().slots_per_subframe()).map(|slot| ofdm.slot_len(slot)).max().unwrap_or(0);
        let mut modulator = OfdmModulator::new(ofdm);
        modulator.set_gain(cell.gain());
        let clock = SlotClock::new(cell.schedule().clone(), ofdm, n_slots, keep_blocks);
        let (sent, position, stop) = (clock.sent(), clock.position(), clock.stop());
        let ssb = ssb_transmit(cell.transmit())?;
        let pdcch = pdcch_transmit(cell.transmit());
        let pdsch = pdsch_transmit(cell.transmit());
        let merger = GridMerger::new(cell.transmit(), 3);
        let n_ports = cell.transmit().n_ports();
        let ofdm = OfdmTransmit::new(modulator, n_ports);
        let air = SampleChain::new(stages, n_ports, 4 * longest);
        let mut graph = Flowgraph::new();
        connect!(graph,
            clock > ssb > inputs[0].merger;
            clock > pdcch > inputs[1].merger;
            clock > pdsch > inputs[2].merger;
            merger > ofdm;
        );
        let air = graph.add(air);
        for port in 0..n_ports {
            graph.stream(&ofdm, |b| &mut b.outputs()[port], &air, |b| &mut b.inputs()[port])?;
        }
        Ok(Self { graph, air, n_ports, sent, position, stop, n_slots })
    }

    /// Set it to end after the slot that is being made.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Runs into a recording for each antenna port, with a progress bar if asked for; what was sent.
    ///
    /// # Errors
    /// If there is not a recording for each port; what a file failed of.
    pub fn run_to_files(self, sinks: Vec<FileSink>, progress: bool) -> anyhow::Result<SentLog> {
        let Self { mut graph, air, n_ports, sent, position, n_slots, .. } = self;
        anyhow::ensure!(sinks.len() == n_ports, "{} recordings for {n_ports} antenna ports", sinks.len());
        let failures: Vec<Failure> = sinks.iter().map(FileSink::failure).collect();
        for (port, sink) in sinks.into_iter().enumerate() {
            let sink = graph.add(sink);
            graph.stream(&air, |b| &mut b.outputs()[port], &sink, |b| b.input())?;
        }
        let bar = Progress::start(progress.then_some(n_slots), "{wide_bar} {pos}/{len} slots, {eta} left", position);
        let result = receive_graph::run(graph, &failures);
        bar.stop();
        result?;
        Ok(take(&sent))
    }

    /// Runs into the first channels of a radio, one for each antenna port; what was sent.
    ///
    /// # Errors
    /// If the radio has too few; what it failed of.
    pub fn run_to_radio(self, sink: RadioSink) -> anyhow::Result<SentLog> {
        let Self { mut graph, air, n_ports, sent, .. } = self;
        let failure = sink.failure();
        let n_channels = sink.n_channels();
        anyhow::ensure!(
            n_channels >= n_ports,
            "the cell has {n_ports} antenna ports and the radio sends on {n_channels} channels: name more of them"
        );
        let sink = graph.add(sink);
        for port in 0..n_ports {
            graph.stream(&air, |b| &mut b.outputs()[port], &sink, |b| &mut b.inputs()[port])?;
        }
        receive_graph::run(graph, [&failure])?;
        Ok(take(&sent))
    }
}

fn take(sent: &Mutex<SentLog>) -> SentLog {
    std::mem::take(&mut sent.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What a channel does to the samples of a cell.
///
/// # Errors
/// If a value of the channel is out of its range.
pub fn channel_stages(cell: &Cell, channel: &ChannelSettings) -> anyhow::Result<Vec<Box<dyn SampleProcessor>>> {
    let rate = cell.ofdm().sample_rate_hz();
    let stage = channel.stage(rate, cell.transmit().n_ports(), cell.gain() * cell.gain())?;
    Ok(stage.into_iter().map(|stage| Box::new(stage) as Box<dyn SampleProcessor>).collect())
}

/// A time in whole slots of a cell.
///
/// # Errors
/// If it is none, or more than a day.
pub fn slots(cell: &Cell, duration_ms: f64) -> anyhow::Result<u64> {
    anyhow::ensure!(
        duration_ms > 0.0 && duration_ms <= 86_400_000.0,
        "duration {duration_ms} ms: must be above 0 and at most a day"
    );
    Ok((duration_ms * f64::from(cell.ofdm().numerology().slots_per_subframe())).ceil() as u64)
}

/// Sends `cell` through the channel into the SigMF recording `out`, or one for each of several antenna ports as
/// [`antenna_files::paths`] names them.
///
/// # Errors
/// If a value of channel or options is out of its range, or the file cannot be written.
pub fn run(cell: &Cell, channel: &ChannelSettings, out: &Path, options: &TransmitOptions) -> anyhow::Result<Summary> {
    let n_slots = slots(cell, options.duration_ms)?;
    let stages = channel_stages(cell, channel)?;
    let (sample_rate_hz, centre_hz) = (cell.ofdm().sample_rate_hz(), cell.centre_hz());
    let description = format!("NR cell {}, generated", cell.transmit().cell_id());
    let create = |path: &PathBuf| {
        RecordingWriter::create(path, options.format, sample_rate_hz as f64, Some(centre_hz as f64), &description)
    };
    let paths = antenna_files::paths(out, cell.transmit().n_ports());
    let sinks = paths.iter().map(|path| create(path).map(FileSink::new)).collect::<Result<_, _>>()?;
    let graph = TransmitGraph::new(cell, stages, n_slots, options.keep_blocks)?;
    let sent = graph.run_to_files(sinks, options.progress)?;
    Ok(Summary { sent, sample_rate_hz, centre_hz })
}
