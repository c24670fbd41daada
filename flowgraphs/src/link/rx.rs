//! `nrflow link rx`.

use super::receiver::{Delivery, LinkReceiver};
use super::sink::DataSink;
use super::status::{Status, bytes_text};
use super::stream::StreamState;
use super::tun::TunArgs;
use super::view::{Mode, View};
use crate::decode::parse_rnti;
use crate::live::{Interrupted, stop_at_interrupt, was_interrupted};
use crate::live_radio::LiveInput;
use crate::radio_args::RadioArgs;
use crate::receive_graph::ReceiveGraph;
use crate::source_args::USUAL_RATE_HZ;
use anyhow::bail;
use nrflow::frame::Rnti;
use nrflow::pdcch::RntiKind;
use nrflow::ssb::SearchRaster;
use nrflow_blocks::file::{FileSource, Recording};
use nrflow_blocks::receive::{Report, SyncSettings};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Arguments of `nrflow link rx`.
#[derive(clap::Args, Debug)]
pub struct RxArgs {
    /// A SigMF recording, instead of a radio
    #[arg(required_unless_present_any = ["device", "radio"], conflicts_with_all = ["device", "radio"])]
    recording: Option<PathBuf>,
    /// Where the bytes go; '-' for standard output
    #[arg(long, value_name = "FILE", default_value = "-", conflicts_with_all = ["udp_out", "tun"])]
    out: PathBuf,
    /// Send the datagrams received to this UDP address, as 127.0.0.1:5001
    #[arg(long, value_name = "ADDRESS", conflicts_with = "tun")]
    udp_out: Option<String>,
    #[command(flatten)]
    tun: TunArgs,
    /// C-RNTI of the link, as 0x4601 or 17921
    #[arg(long, value_name = "RNTI", value_parser = parse_rnti, default_value = "0x4601")]
    rnti: Rnti,
    /// Sample rate in Hz that the radio shall have at least
    #[arg(long)]
    rate: Option<f64>,
    /// Centre frequency in Hz; overrides what SigMF metadata says
    #[arg(long)]
    frequency: Option<f64>,
    /// Ends after so many seconds of signal
    #[arg(long, value_name = "SECONDS")]
    duration: Option<f64>,
    /// Show plain lines, no terminal user interface
    #[arg(long)]
    plain: bool,
    /// Print one JSON object a second (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    radio: RadioArgs,
}

/// The stream is complete, or nothing of it comes any more: the graph may end.
#[derive(Debug, thiserror::Error)]
#[error("the link has ended")]
struct Ended;

/// Everything that reports go through.
struct Reception {
    receiver: LinkReceiver,
    status: Status,
    delivery: Delivery,
    sink: DataSink,
}

impl Reception {
    fn take(&mut self, report: &Report) -> anyhow::Result<()> {
        let block = self.status.block_of(report).filter(|pdsch| pdsch.figures.crc_ok);
        let before = self.data_received();
        let taken = block.map(|pdsch| self.receiver.take(&pdsch.block, &mut self.delivery));
        let bytes = self.data_received() - before;
        self.status.take(report, taken, bytes);
        self.sink.write(&mut self.delivery)
    }

    /// Bytes of data received so far that were new.
    fn data_received(&self) -> u64 {
        let waiting: usize = self.delivery.datagrams.iter().map(Vec::len).sum();
        self.receiver.stream().received() + waiting as u64
    }
}

fn lock(reception: &Mutex<Reception>) -> MutexGuard<'_, Reception> {
    reception.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the command.
///
/// # Errors
/// If an end of the link cannot be opened or fails, nothing was received, or the stream is not whole.
pub fn command(args: &RxArgs) -> anyhow::Result<()> {
    let sink = sink(args)?;
    let stop = Arc::new(AtomicBool::new(false));
    stop_at_interrupt(Arc::clone(&stop))?;
    let reception = Arc::new(Mutex::new(Reception {
        receiver: LinkReceiver::default(),
        status: Status::new(args.rnti),
        delivery: Delivery::default(),
        sink,
    }));
    let (of_graph, stopped) = (Arc::clone(&reception), Arc::clone(&stop));
    let take = move |report: Report| {
        let mut reception = lock(&of_graph);
        reception.take(&report)?;
        if stopped.load(Ordering::Acquire) || reception.receiver.is_over() {
            return Err(Ended.into());
        }
        Ok(())
    };
    match &args.recording {
        Some(path) => from_recording(args, path, &reception, &stop, take)?,
        None => from_radio(args, &reception, take)?,
    }
    let mut reception = lock(&reception);
    let Reception { receiver, delivery, sink, .. } = &mut *reception;
    receiver.finish(delivery);
    sink.write(delivery)?;
    sink.flush()?;
    match outcome(&reception) {
        Err(error) if was_interrupted() => {
            eprintln!("nrflow: {error}");
            Err(Interrupted.into())
        }
        result => result,
    }
}

fn sink(args: &RxArgs) -> anyhow::Result<DataSink> {
    if let Some(address) = &args.udp_out {
        return DataSink::udp(address);
    }
    if let Some(tun) = args.tun.open()? {
        return Ok(DataSink::Tun(tun));
    }
    if args.out != Path::new("-") {
        return DataSink::file(&args.out);
    }
    if args.json {
        bail!("--json and the data would both go to standard output: give --out FILE");
    }
    Ok(DataSink::Stdout)
}

fn view(args: &RxArgs, reception: &Arc<Mutex<Reception>>, stop: Arc<AtomicBool>) -> std::io::Result<View> {
    let reception = Arc::clone(reception);
    View::start(Mode::of(args.plain, args.json), "nrflow link rx", stop, move || {
        let reception = lock(&reception);
        reception.status.snapshot(&reception.receiver)
    })
}

/// A graph that was ended by [`Ended`] has done what it was to do.
fn unless_ended(result: anyhow::Result<()>) -> anyhow::Result<()> {
    result.or_else(|error| if error.is::<Ended>() { Ok(()) } else { Err(error) })
}

fn from_recording(
    args: &RxArgs,
    path: &Path,
    reception: &Arc<Mutex<Reception>>,
    stop: &Arc<AtomicBool>,
    take: impl FnMut(Report) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    let recording = Recording::open_sigmf(path)?;
    for warning in recording.warnings() {
        eprintln!("nrflow: warning: {}: {warning}", recording.path().display());
    }
    let frequency_hz = args.frequency.or(recording.frequency_hz()).filter(|&hz| hz > 0.0);
    let settings = SyncSettings::new(recording.sample_rate_hz(), frequency_hz);
    let graph = ReceiveGraph::new(settings, &[(args.rnti, RntiKind::C)], take)?;
    // A slot of 15 kHz is the longest there is.
    let source = FileSource::new(&recording, 8 * (recording.sample_rate_hz() / 1000.0).ceil() as usize)?;
    let view = view(args, reception, Arc::clone(stop))?;
    let result = unless_ended(graph.run_from_file(source));
    view.finish()?;
    result
}

fn from_radio(
    args: &RxArgs,
    reception: &Arc<Mutex<Reception>>,
    take: impl FnMut(Report) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    let radio = LiveInput::open(&args.radio, args.rate, USUAL_RATE_HZ, args.frequency)?;
    let settings = SyncSettings {
        raster: SearchRaster::Bands,
        ..SyncSettings::new(radio.sample_rate_hz(), Some(radio.frequency_hz()))
    };
    let graph = ReceiveGraph::new(settings, &[(args.rnti, RntiKind::C)], take)?;
    eprintln!("nrflow: {}", radio.heading());
    let result = radio.run(args.duration, args.json, |source| {
        // The terminal ends the radio whether or not there are reports.
        let view = view(args, reception, source.stop())?;
        let result = unless_ended(graph.run_from_radio(source));
        view.finish()?;
        result
    });
    // What was received until then is judged first.
    result.or_else(|error| if error.is::<Interrupted>() { Ok(()) } else { Err(error) })
}

/// Missing ranges that are named one by one.
const MAX_NAMED: usize = 8;

/// Whether what was received is all.
fn outcome(reception: &Reception) -> anyhow::Result<()> {
    let Reception { receiver, status, sink, .. } = reception;
    let stream = receiver.stream();
    if receiver.session().is_none() {
        bail!("nothing was received: {}", status.nothing());
    }
    if sink.takes_datagrams() {
        return Ok(());
    }
    match stream.state() {
        StreamState::Whole => Ok(()),
        StreamState::Corrupt => bail!("all {} bytes came, and their SHA-256 is not the sender's", stream.given()),
        StreamState::None => bail!("the sender is there, and sent no byte"),
        StreamState::Open => {
            let missing = stream.missing();
            let n_bytes: u64 = missing.iter().map(|range| range.end - range.start).sum();
            let named: Vec<String> =
                missing.iter().take(MAX_NAMED).map(|range| format!("{}..{}", range.start, range.end)).collect();
            let more = if missing.len() > MAX_NAMED { ", ..." } else { "" };
            let received = format!("{} in order", bytes_text(stream.given()));
            match (missing.is_empty(), stream.total()) {
                (true, _) => {
                    bail!("the stream did not come to its end: {received}, and whether more follows is not known")
                }
                (false, Some(total)) => bail!(
                    "bytes {}{more} are missing, {n_bytes} of {total} in {} ranges; {received}",
                    named.join(", "),
                    missing.len()
                ),
                (false, None) => bail!(
                    "bytes {}{more} are missing, {n_bytes} in {} ranges, and the stream's end; {received}",
                    named.join(", "),
                    missing.len()
                ),
            }
        }
    }
}
