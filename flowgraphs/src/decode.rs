//! `nrflow decode`: a recording to what its cells say.

use crate::assist::{self, Assist};
use crate::live_radio::LiveInput;
use crate::pcap::PcapWriter;
use crate::progress::Progress;
use crate::radio_args::RadioArgs;
use crate::receive_graph::ReceiveGraph;
use crate::report::{JsonLines, Table, heading};
use anyhow::{Context, bail};
use clap::Args;
use nrflow::frame::{Numerology, Rnti};
use nrflow::pdcch::RntiKind;
use nrflow::ssb::{SearchRaster, Sensitivity};
use nrflow_blocks::file::{FileSource, Recording, SampleFormat};
use nrflow_blocks::receive::{Report, SyncSettings};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Arguments of `nrflow decode`.
#[derive(Args, Debug)]
pub struct DecodeArgs {
    /// A SigMF recording (either of its files), or a raw file with --format, --rate and --frequency
    #[arg(required_unless_present_any = ["device", "radio"], conflicts_with_all = ["device", "radio"])]
    recording: Option<PathBuf>,
    /// Sample format of a raw file: cf32, cs16, cs8, cu8
    #[arg(long, conflicts_with_all = ["device", "radio"])]
    format: Option<String>,
    /// Sample rate in Hz of a raw file, or that the radio shall have at least
    #[arg(long, allow_negative_numbers = true)]
    rate: Option<f64>,
    /// Centre frequency in Hz; overrides what SigMF metadata says
    #[arg(long)]
    frequency: Option<f64>,
    /// Ends a live decoding after so many seconds of signal
    #[arg(long, value_name = "SECONDS")]
    duration: Option<f64>,
    /// What is known of a cell whose SS/PBCH block is not in the recording (TOML)
    #[arg(long, value_name = "FILE")]
    assist: Option<PathBuf>,
    /// C-RNTI to follow besides those learnt, as 0x4601 or 17921; may be given several times
    #[arg(long, value_name = "RNTI", value_parser = parse_rnti)]
    rnti: Vec<Rnti>,
    /// Subcarrier spacings of the SS/PBCH blocks to look for, in kHz (15, 30, 120, 240)
    #[arg(long, value_name = "KHZ", value_delimiter = ',')]
    scs: Vec<u32>,
    /// Search at full sensitivity all the time: finds weak neighbours of strong cells, and takes several times as long
    #[arg(long)]
    thorough: bool,
    /// Let a live search look off the synchronisation raster of the bands too, for which it has hardly time; a
    /// recording is searched there anyway
    #[arg(long)]
    off_raster: bool,
    /// Print one JSON object a line (docs/json.md)
    #[arg(long)]
    json: bool,
    /// Write MIB, SIB1 and MAC PDUs as MAC-NR frames for Wireshark
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    #[command(flatten)]
    radio: RadioArgs,
}

fn parse_rnti(text: &str) -> Result<Rnti, String> {
    let value = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u16::from_str_radix(hex, 16),
        None => text.parse(),
    };
    value.map(Rnti).map_err(|_| format!("'{text}' is no RNTI: give 16 bits as 0x4601 or 17921"))
}

/// Runs the command.
///
/// # Errors
/// If the recording or the assist file cannot be read, the radio not be used, or an output not be written.
pub fn command(args: &DecodeArgs) -> anyhow::Result<()> {
    match &args.recording {
        Some(path) => decode_recording(args, path),
        None => decode_live(args),
    }
}

fn decode_recording(args: &DecodeArgs, path: &Path) -> anyhow::Result<()> {
    let recording = open(args, path)?;
    for warning in recording.warnings() {
        eprintln!("nrflow: warning: {}: {warning}", recording.path().display());
    }
    let frequency_hz = args.frequency.or(recording.frequency_hz()).filter(|&hz| hz > 0.0);
    let (settings, rntis) = settings(args, recording.sample_rate_hz(), frequency_hz)?;
    let output = Output::new(args, &heading(&recording, frequency_hz))?;
    let begun = Instant::now();
    let count = output.count();
    decode(&recording, settings, &rntis, output.taker())?;
    if !args.json {
        let seconds = begun.elapsed().as_secs_f64();
        if count.load(Ordering::Relaxed) == 0 {
            println!("nothing found");
        }
        println!(
            "\n{:.3} s of signal in {seconds:.3} s: {:.2} times real time",
            recording.duration_s(),
            recording.duration_s() / seconds
        );
    }
    std::io::stdout().flush()?;
    Ok(())
}

/// Sample rate that is asked of a radio where nobody asks for one: it holds CORESET#0 of 48 blocks of 30 kHz.
pub const USUAL_RATE_HZ: f64 = 23.04e6;

fn decode_live(args: &DecodeArgs) -> anyhow::Result<()> {
    let radio = LiveInput::open(&args.radio, args.rate, USUAL_RATE_HZ, args.frequency)?;
    let (rate_hz, frequency_hz) = (radio.sample_rate_hz(), radio.frequency_hz());
    let (mut settings, rntis) = settings(args, rate_hz, Some(frequency_hz))?;
    if !args.off_raster {
        settings.raster = SearchRaster::Bands;
    }
    let output = Output::new(args, &radio.heading())?;
    let count = output.count();
    let graph = ReceiveGraph::new(settings, &rntis, output.taker())?;
    radio.run(args.duration, args.json, |source| graph.run_from_radio(source))?;
    if !args.json && count.load(Ordering::Relaxed) == 0 {
        println!("nothing found");
    }
    std::io::stdout().flush()?;
    Ok(())
}

/// What is to be searched for and followed.
fn settings(
    args: &DecodeArgs,
    sample_rate_hz: f64,
    frequency_hz: Option<f64>,
) -> anyhow::Result<(SyncSettings, Vec<(Rnti, RntiKind)>)> {
    let assist = args.assist.as_ref().map(|path| assist::read(path, frequency_hz)).transpose()?;
    let numerologies = args.scs.iter().map(|&khz| Numerology::from_scs_khz(khz)).collect::<Result<_, _>>()?;
    let mut rntis: Vec<(Rnti, RntiKind)> = args.rnti.iter().map(|&rnti| (rnti, RntiKind::C)).collect();
    let mut assisted = None;
    if let Some(Assist { cell, rntis: given }) = assist {
        rntis.extend(given);
        assisted = Some(cell);
    }
    let settings = SyncSettings {
        assist: assisted,
        numerologies,
        sensitivity: if args.thorough { Sensitivity::Full } else { Sensitivity::Auto },
        ..SyncSettings::new(sample_rate_hz, frequency_hz)
    };
    Ok((settings, rntis))
}

type WriteReport = Box<dyn FnMut(&Report) -> anyhow::Result<()> + Send>;

/// Where reports go.
struct Output {
    write: WriteReport,
    pcap: Option<PcapWriter>,
    count: Arc<AtomicU64>,
}

impl Output {
    fn new(args: &DecodeArgs, heading: &str) -> anyhow::Result<Self> {
        let pcap = args.pcap.as_ref().map(|path| PcapWriter::create(path)).transpose()?;
        let write: WriteReport = if args.json {
            let mut lines = JsonLines::new(std::io::stdout());
            Box::new(move |report| lines.write(report))
        } else {
            let mut table = Table::new(std::io::stdout(), heading)?;
            Box::new(move |report| table.write(report))
        };
        Ok(Self { write, pcap, count: Arc::default() })
    }

    fn count(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.count)
    }

    fn taker(mut self) -> impl FnMut(Report) -> anyhow::Result<()> + Send + 'static {
        move |report| {
            self.count.fetch_add(1, Ordering::Relaxed);
            if let Some(pcap) = &mut self.pcap {
                pcap.write(&report)?;
            }
            (self.write)(&report)
        }
    }
}

fn open(args: &DecodeArgs, path: &Path) -> anyhow::Result<Recording> {
    let raw = args.format.is_some() || args.rate.is_some();
    if !raw {
        let sigmf = matches!(path.extension().and_then(|e| e.to_str()), Some("sigmf-meta" | "sigmf-data"));
        if !sigmf && path.is_file() {
            bail!(
                "{}: not a SigMF recording (.sigmf-meta, .sigmf-data); a raw file needs --format ({}), --rate and \
                 --frequency",
                path.display(),
                SampleFormat::NAMES
            );
        }
        return Ok(Recording::open_sigmf(path)?);
    }
    let missing = |flag: &str| format!("{}: a raw file needs --{flag}", path.display());
    let format = SampleFormat::from_name(args.format.as_deref().with_context(|| missing("format"))?)?;
    let rate = args.rate.with_context(|| missing("rate"))?;
    Ok(Recording::open_raw(path, format, rate, args.frequency)?)
}

/// Receives `recording` and calls `take` with each report, in order.
///
/// # Errors
/// If the recording cannot be read or received at its rate, or `take` refuses.
pub fn decode(
    recording: &Recording,
    settings: SyncSettings,
    rntis: &[(Rnti, RntiKind)],
    take: impl FnMut(Report) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    // A slot of 15 kHz is the longest there is.
    let slot = (recording.sample_rate_hz() / 1000.0).ceil() as usize;
    let source = FileSource::new(recording, 8 * slot)?;
    let graph = ReceiveGraph::new(settings, rntis, take)?;
    let long = recording.duration_s() > 0.5;
    let total = long.then_some(recording.n_samples());
    let progress = Progress::start(total, "{bar:40} {percent} % {eta} left", source.position());
    let result = graph.run_from_file(source);
    progress.stop();
    result
}
