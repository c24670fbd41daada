//! `nrflow decode`: a recording to what its cells say.

use crate::assist::{self, Assist};
use crate::pcap::PcapWriter;
use crate::receive_graph::ReceiveGraph;
use crate::report::{JsonLines, Table, heading};
use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use nrflow::frame::{Numerology, Rnti};
use nrflow::pdcch::RntiKind;
use nrflow::ssb::Sensitivity;
use nrflow_blocks::file::{FileSource, Recording, SampleFormat};
use nrflow_blocks::receive::{Report, SyncSettings};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Arguments of `nrflow decode`.
#[derive(Args, Debug)]
pub struct DecodeArgs {
    /// A SigMF recording (either of its files), or a raw file with --format, --rate and --frequency
    recording: PathBuf,
    /// Sample format of a raw file: cf32, cs16, cs8, cu8
    #[arg(long)]
    format: Option<String>,
    /// Sample rate in Hz of a raw file
    #[arg(long, allow_negative_numbers = true)]
    rate: Option<f64>,
    /// Centre frequency in Hz; overrides what SigMF metadata says
    #[arg(long)]
    frequency: Option<f64>,
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
    /// Print one JSON object a line (docs/json.md)
    #[arg(long)]
    json: bool,
    /// Write MIB, SIB1 and MAC PDUs as MAC-NR frames for Wireshark
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
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
/// If the recording or the assist file cannot be read, or an output cannot be written.
pub fn command(args: &DecodeArgs) -> anyhow::Result<()> {
    let recording = open(args)?;
    for warning in recording.warnings() {
        eprintln!("nrflow: warning: {}: {warning}", recording.path().display());
    }
    let frequency_hz = args.frequency.or(recording.frequency_hz()).filter(|&hz| hz > 0.0);
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
        ..SyncSettings::new(recording.sample_rate_hz(), frequency_hz)
    };

    let mut pcap = args.pcap.as_ref().map(|path| PcapWriter::create(path)).transpose()?;
    let begun = Instant::now();
    let reports: Box<dyn FnMut(&Report) -> anyhow::Result<()> + Send> = if args.json {
        let mut lines = JsonLines::new(std::io::stdout());
        Box::new(move |report| lines.write(report))
    } else {
        let mut table = Table::new(std::io::stdout(), &heading(&recording, frequency_hz))?;
        Box::new(move |report| table.write(report))
    };
    let mut reports = reports;
    let tally = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&tally);
    decode(&recording, settings, &rntis, move |report| {
        count.fetch_add(1, Ordering::Relaxed);
        if let Some(pcap) = &mut pcap {
            pcap.write(&report)?;
        }
        reports(&report)
    })?;
    if !args.json {
        let seconds = begun.elapsed().as_secs_f64();
        if tally.load(Ordering::Relaxed) == 0 {
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

fn open(args: &DecodeArgs) -> anyhow::Result<Recording> {
    let path = &args.recording;
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
    let progress = Progress::start(recording, source.position());
    let result = graph.run_from_file(source);
    progress.stop();
    result
}

/// A progress bar for what takes longer than a moment, on a terminal.
struct Progress {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Progress {
    fn start(recording: &Recording, position: Arc<AtomicU64>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        if !std::io::stderr().is_terminal() || recording.duration_s() < 0.5 {
            return Self { stop, thread: None };
        }
        let (total, stopped) = (recording.n_samples(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let bar = ProgressBar::new(total);
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} % {eta} left") {
                bar.set_style(style);
            }
            while !stopped.load(Ordering::Relaxed) {
                bar.set_position(position.load(Ordering::Relaxed));
                std::thread::sleep(Duration::from_millis(100));
            }
            bar.finish_and_clear();
        });
        Self { stop, thread: Some(thread) }
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread {
            // It only draws: how it ended does not matter.
            let _ = thread.join();
        }
    }
}
