//! `nrflow link tx`.

use super::frame::MIN_BLOCK;
use super::mcs;
use super::sender::LinkSender;
use super::sender_status::SenderStatus;
use super::source::{Feed, LinkSource, LinkTiming, SourceWatch, Wait};
use super::tun::TunArgs;
use super::view::{Mode, View};
use crate::cell_file::{CellFile, UserTable};
use crate::channel_settings::ChannelSettings;
use crate::config::{Cell, CellError, DEFAULT_CELL};
use crate::decode::parse_rnti;
use crate::live::{Interrupted, stop_at_interrupt};
use crate::on_air;
use crate::radio_args::RadioArgs;
use crate::transmit::{TransmitGraph, channel_stages, slots};
use anyhow::{Context, bail};
use nrflow::frame::Rnti;
use nrflow_blocks::file::{FileSink, RecordingWriter, SampleFormat};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Arguments of `nrflow link tx`.
#[derive(clap::Args, Debug)]
pub struct TxArgs {
    /// File to send; '-' for standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-", conflicts_with_all = ["udp_in", "tun"])]
    input: PathBuf,
    /// Send the datagrams that come to this UDP address, as 127.0.0.1:5000
    #[arg(long, value_name = "ADDRESS", conflicts_with = "tun")]
    udp_in: Option<String>,
    #[command(flatten)]
    tun: TunArgs,
    /// Cell configuration; a small TDD cell of band n78 without one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// C-RNTI to send to, instead of the configuration's
    #[arg(long, value_name = "RNTI", value_parser = parse_rnti)]
    rnti: Option<Rnti>,
    /// MCS, 0..=28, instead of the configuration's
    #[arg(long)]
    mcs: Option<u8>,
    /// The highest MCS that works at this SNR in white noise, in dB as the receiver shows it
    #[arg(long, value_name = "DB", allow_negative_numbers = true, conflicts_with = "mcs")]
    for_snr: Option<f64>,
    /// How often each block is sent, 1..=4, with redundancy versions 0, 2, 3, 1, instead of the configuration's
    #[arg(long, value_name = "N")]
    transmissions: Option<u8>,
    /// How often the file is sent, so that what was lost comes again
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    repeat: u16,
    /// Idle time before the first byte, in which the receiver finds the cell
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    lead: Option<f64>,
    /// For how long the end is told
    #[arg(long, value_name = "SECONDS", default_value_t = 0.2, allow_negative_numbers = true)]
    tail: f64,
    /// Ends after so many milliseconds of signal, whatever is left
    #[arg(long, value_name = "MS")]
    duration: Option<f64>,
    /// A number that tells this sender's run from others [default: of the clock]
    #[arg(long, value_name = "NUMBER")]
    session: Option<u32>,
    /// SigMF recording to write, instead of a radio
    #[arg(long, value_name = "FILE", required_unless_present_any = ["device", "radio"], conflicts_with_all = ["device", "radio"])]
    out: Option<PathBuf>,
    /// Sample format of the recording: cf32, cs16, cs8 or cu8
    #[arg(long, default_value = "cf32")]
    format: String,
    /// Show plain lines, no terminal user interface
    #[arg(long)]
    plain: bool,
    /// Print one JSON object a second (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    channel: ChannelSettings,
    /// I may transmit here: on this frequency, with this power, at this place. Without it nothing is ever transmitted
    #[arg(long)]
    i_may_transmit: bool,
    /// Send without a pause, zeros where the cell is silent; otherwise a TDD cell is sent in bursts where the radio can
    #[arg(long)]
    continuous: bool,
    #[command(flatten)]
    radio: RadioArgs,
}

/// Lead where nobody asks for one: a radio's receiver is found ready, a recording's has time.
const LEAD_ON_AIR_S: f64 = 1.0;
const LEAD_IN_FILE_S: f64 = 0.1;

/// Runs the command.
///
/// # Errors
/// If a value is impossible, or an end of the link cannot be opened or fails.
pub fn command(args: &TxArgs) -> anyhow::Result<()> {
    let cell = cell(args)?;
    let format = SampleFormat::from_name(&args.format)?;
    let n_slots = args.duration.map_or(Ok(u64::MAX), |ms| slots(&cell, ms))?;
    let (feed, total) = feed(args)?;
    let has_datagrams = feed.has_datagrams();
    let slot_length = Duration::from_secs_f64(1e-3 / f64::from(cell.ofdm().numerology().slots_per_subframe()));
    let wait = match (&args.out, has_datagrams) {
        (None, _) => Wait::Never,
        (Some(_), true) => Wait::Paced(slot_length),
        (Some(_), false) => Wait::ForData,
    };
    let lead = args.lead.unwrap_or(if args.out.is_some() { LEAD_IN_FILE_S } else { LEAD_ON_AIR_S });
    let timing = LinkTiming {
        lead_slots: in_slots("lead", lead, slot_length)?,
        tail_slots: in_slots("tail", args.tail, slot_length)?,
        wait,
    };
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u32);
    let sender = LinkSender::new(args.session.unwrap_or_else(clock), total);
    let stop = Arc::new(AtomicBool::new(false));
    stop_at_interrupt(Arc::clone(&stop))?;
    let source = LinkSource::new(sender, feed, timing, Arc::clone(&stop));
    let watch = source.watch();
    let mut stages = channel_stages(&cell, &args.channel)?;
    let cell = cell.with_source(source);

    let view = |watch: &SourceWatch| {
        let (watch, status) = (watch.clone(), Mutex::new(SenderStatus::default()));
        View::start(Mode::of(args.plain, args.json), "nrflow link tx", Arc::clone(&stop), move || {
            let seconds = watch.slot() as f64 * slot_length.as_secs_f64();
            let mut status = status.lock().unwrap_or_else(PoisonError::into_inner);
            status.snapshot(seconds, &watch.counts(), has_datagrams)
        })
    };
    let result = if let Some(out) = &args.out {
        let (rate, centre_hz) = (cell.ofdm().sample_rate_hz(), cell.centre_hz());
        let description = format!("NR cell {}, a data link", cell.transmit().cell_id());
        let writer = RecordingWriter::create(out, format, rate as f64, Some(centre_hz as f64), &description)?;
        let graph = TransmitGraph::new(&cell, stages, n_slots, false)?;
        let view = view(&watch)?;
        let result = graph.run_to_files(vec![FileSink::new(writer)], false);
        view.finish()?;
        result
    } else {
        let output = on_air::open(&cell, &args.radio, &mut stages)?;
        let bursts = !args.continuous && output.has_bursts() && !cell.transmit().parameters().tdd.is_empty();
        let until = args.duration.map_or("until all is sent".into(), |ms| format!("for {} s at most", ms / 1e3));
        on_air::announce(&cell, &output, bursts, &until);
        on_air::permit(&output, args.i_may_transmit)?;
        let view = view(&watch)?;
        let result = on_air::send(&cell, output, stages, n_slots, bursts, args.json);
        view.finish()?;
        result
    };
    result?;
    if let Some(error) = watch.take_error() {
        return Err(error).context("what is to be sent cannot be read");
    }
    let counts = watch.counts();
    if !has_datagrams && counts.rounds < u64::from(args.repeat) {
        if stop.load(Ordering::Acquire) {
            return Err(Interrupted.into());
        }
        bail!("the stream was not sent to its end: {} bytes in {} ms", counts.bytes, args.duration.unwrap_or(0.0));
    }
    Ok(())
}

/// The cell, its user data as the flags say.
fn cell(args: &TxArgs) -> anyhow::Result<Cell> {
    let (text, folder) = match &args.config {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            (text, path.parent().unwrap_or(Path::new(".")))
        }
        None => (DEFAULT_CELL.to_string(), Path::new(".")),
    };
    let cell = || -> Result<Cell, CellError> {
        let mut file: CellFile = toml::from_str(&text)?;
        let mut user = match file.user.take() {
            Some(user) => user,
            None => toml::from_str::<UserTable>("rnti = 0x4601\nmcs = 16")?,
        };
        (user.payload_file, user.seed) = (None, None);
        user.rnti = args.rnti.map_or(user.rnti, |rnti| rnti.0);
        user.mcs = args.mcs.or(args.for_snr.map(mcs::for_snr)).unwrap_or(user.mcs);
        user.transmissions = args.transmissions.unwrap_or(user.transmissions);
        file.user = Some(user);
        Cell::from_config(&file, folder)
    };
    let cell = match &args.config {
        Some(path) => cell().with_context(|| path.display().to_string())?,
        None => cell()?,
    };
    let bytes = cell.schedule().user_pdsch().map_or(0, |pdsch| pdsch.tbs() / 8);
    anyhow::ensure!(
        bytes >= MIN_BLOCK,
        "a transport block has {bytes} bytes, and the link needs {MIN_BLOCK}: raise [user] mcs or n_prb"
    );
    Ok(cell)
}

/// Where the bytes come from, and how many there are, if that is known.
fn feed(args: &TxArgs) -> anyhow::Result<(Feed, Option<u64>)> {
    let from_file = args.udp_in.is_none() && !args.tun.is_given() && args.input != Path::new("-");
    if args.repeat > 1 && !from_file {
        bail!("--repeat sends a file again: give it with --in FILE");
    }
    if let Some(address) = &args.udp_in {
        let (feed, local) = Feed::udp(address)?;
        eprintln!("nrflow: sends what comes to UDP address {local}");
        return Ok((feed, None));
    }
    if let Some(tun) = args.tun.open()? {
        return Ok((Feed::tun(tun)?, None));
    }
    if !from_file {
        return Ok((Feed::stdin()?, None));
    }
    let (feed, total) = Feed::file(&args.input, args.repeat)?;
    Ok((feed, Some(total)))
}

fn in_slots(name: &str, seconds: f64, slot_length: Duration) -> anyhow::Result<u64> {
    anyhow::ensure!((0.0..=86_400.0).contains(&seconds), "{name} {seconds} s: must lie in 0..=86400");
    Ok((seconds / slot_length.as_secs_f64()).ceil() as u64)
}
