//! `nrflow decode`: a recording to what its cells say.

use crate::known;
#[cfg(feature = "zmq")]
use crate::network::Remote;
use crate::pcap::PcapWriter;
use crate::progress::Progress;
use crate::receive_graph::ReceiveGraph;
use crate::report::{JsonLines, Table, Totals, heading};
use crate::source_args::SourceArgs;
use clap::Args;
use nrflow::frame::Rnti;
use nrflow::pdcch::RntiKind;
use nrflow_blocks::file::{FileSource, Recording};
use nrflow_blocks::receive::{Known, Report, SyncSettings};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Arguments of `nrflow decode`.
#[derive(Args, Debug)]
pub struct DecodeArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Decode what 'nrflow antenna' publishes at this address, as tcp://host:5555
    #[cfg(feature = "zmq")]
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = SourceArgs::SOURCES)]
    subscribe: Option<String>,
    /// C-RNTI to follow besides those learnt, as 0x4601 or 17921; may be given several times
    #[arg(long, value_name = "RNTI", value_parser = parse_rnti)]
    rnti: Vec<Rnti>,
    /// SIB1 of the cell, where the recording does not hold it: a file with its bytes, or with those as hexadecimal
    /// digits
    #[arg(long, value_name = "FILE")]
    sib1: Option<PathBuf>,
    /// The RRCSetup of the devices of --rnti, where the recording does not hold it: a file with its bytes (from the
    /// DL-CCCH-Message on), or with those as hexadecimal digits
    #[arg(long, value_name = "FILE", requires = "rnti")]
    dedicated: Option<PathBuf>,
    /// The recording of a further receive antenna, of one clock with the first; may be given several times. (Of a radio
    /// all channels are received.)
    #[arg(long = "with-antenna", value_name = "FILE", requires = "recording")]
    antennas: Vec<PathBuf>,
    /// Print one JSON object a line (docs/json.md)
    #[arg(long)]
    json: bool,
    /// Write MIB, SIB1 and MAC PDUs as MAC-NR frames for Wireshark
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
}

pub(crate) fn parse_rnti(text: &str) -> Result<Rnti, String> {
    let value = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u16::from_str_radix(hex, 16),
        None => text.parse(),
    };
    value.map(Rnti).map_err(|_| format!("'{text}' is no RNTI: give 16 bits as 0x4601 or 17921"))
}

impl DecodeArgs {
    /// What is to be searched for and followed.
    fn settings(
        &self,
        sample_rate_hz: f64,
        frequency_hz: Option<f64>,
        live: bool,
    ) -> anyhow::Result<(SyncSettings, Vec<(Rnti, RntiKind)>)> {
        let (settings, given) = self.source.settings(sample_rate_hz, frequency_hz, live)?;
        let mut rntis: Vec<(Rnti, RntiKind)> = self.rnti.iter().map(|&rnti| (rnti, RntiKind::C)).collect();
        rntis.extend(given);
        Ok((settings, rntis))
    }

    /// What the files say.
    fn known(&self) -> anyhow::Result<Known> {
        let sib1 = self.sib1.as_ref().map(|path| known::sib1(path)).transpose()?;
        let dedicated = self.dedicated.as_ref().map(|path| known::cell_group(path)).transpose()?;
        Ok(Known { sib1, dedicated, rntis: self.rnti.clone() })
    }
}

/// Runs the command.
///
/// # Errors
/// If the recording or the assist file cannot be read, the radio not be used, or an output not be written.
pub fn command(args: &DecodeArgs) -> anyhow::Result<()> {
    #[cfg(feature = "zmq")]
    if let Some(address) = &args.subscribe {
        return decode_remote(args, address);
    }
    match &args.source.recording {
        Some(path) => decode_recording(args, path),
        None => decode_live(args),
    }
}

fn decode_recording(args: &DecodeArgs, path: &Path) -> anyhow::Result<()> {
    let recording = args.source.open(path)?;
    let frequency_hz = args.source.frequency_of(&recording);
    let (settings, rntis) = args.settings(recording.sample_rate_hz(), frequency_hz, false)?;
    let output = Output::new(args, &heading(&recording, frequency_hz))?;
    let begun = Instant::now();
    let count = output.count();
    let totals = output.totals();
    let mut recordings = vec![recording];
    for path in &args.antennas {
        recordings.push(args.source.open(path)?);
    }
    decode_antennas(&recordings, settings, &rntis, args.known()?, output.taker())?;
    let recording = &recordings[0];
    print_totals(args, &totals)?;
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

fn decode_live(args: &DecodeArgs) -> anyhow::Result<()> {
    let radio = args.source.open_live()?;
    let (rate_hz, frequency_hz) = (radio.sample_rate_hz(), radio.frequency_hz());
    let (mut settings, rntis) = args.settings(rate_hz, Some(frequency_hz), true)?;
    settings.n_antennas = radio.n_channels();
    let output = Output::new(args, &radio.heading())?;
    let count = output.count();
    let totals = output.totals();
    let graph = ReceiveGraph::with_known(settings, &rntis, args.known()?, output.taker())?;
    let result = radio.run(args.source.duration, args.json, |source| graph.run_from_radio(source));
    print_totals(args, &totals)?;
    result?;
    if !args.json && count.load(Ordering::Relaxed) == 0 {
        println!("nothing found");
    }
    std::io::stdout().flush()?;
    Ok(())
}

/// What another machine publishes.
#[cfg(feature = "zmq")]
fn decode_remote(args: &DecodeArgs, address: &str) -> anyhow::Result<()> {
    let remote = Remote::connect(address)?;
    let info = remote.info();
    let frequency_hz = args.source.frequency.or(info.centre_frequency_hz);
    let (settings, rntis) = args.settings(info.sample_rate_hz, frequency_hz, true)?;
    let output = Output::new(args, &remote.heading())?;
    let count = output.count();
    let totals = output.totals();
    let result = remote.decode(settings, &rntis, args.known()?, args.source.duration, args.json, output.taker());
    print_totals(args, &totals)?;
    result?;
    if !args.json && count.load(Ordering::Relaxed) == 0 {
        println!("nothing found");
    }
    std::io::stdout().flush()?;
    Ok(())
}

type WriteReport = Box<dyn FnMut(&Report) -> anyhow::Result<()> + Send>;

/// Where reports go.
struct Output {
    write: WriteReport,
    pcap: Option<PcapWriter>,
    count: Arc<AtomicU64>,
    totals: Arc<Mutex<Totals>>,
}

/// Says what every device got.
fn print_totals(args: &DecodeArgs, totals: &Mutex<Totals>) -> anyhow::Result<()> {
    let Ok(totals) = totals.lock() else { return Ok(()) };
    let mut out = std::io::stdout();
    if args.json { totals.write_json(&mut out) } else { totals.write_table(&mut out) }
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
        Ok(Self { write, pcap, count: Arc::default(), totals: Arc::default() })
    }

    fn totals(&self) -> Arc<Mutex<Totals>> {
        Arc::clone(&self.totals)
    }

    fn count(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.count)
    }

    fn taker(mut self) -> impl FnMut(Report) -> anyhow::Result<()> + Send + 'static {
        move |report| {
            self.count.fetch_add(1, Ordering::Relaxed);
            if let Ok(mut totals) = self.totals.lock() {
                totals.add(&report);
            }
            if let Some(pcap) = &mut self.pcap {
                pcap.write(&report)?;
            }
            (self.write)(&report)
        }
    }
}

/// Receives `recording` and calls `take` with each report, in order.
///
/// # Errors
/// If the recording cannot be read or received at its rate, or `take` refuses.
pub fn decode(
    recording: &Recording,
    settings: SyncSettings,
    rntis: &[(Rnti, RntiKind)],
    known: Known,
    take: impl FnMut(Report) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    decode_antennas(std::slice::from_ref(recording), settings, rntis, known, take)
}

/// The same with a recording for each receive antenna, all of one clock and of one length.
///
/// # Errors
/// As [`decode`], or if the recordings differ in rate, frequency or length.
pub fn decode_antennas(
    recordings: &[Recording],
    settings: SyncSettings,
    rntis: &[(Rnti, RntiKind)],
    known: Known,
    take: impl FnMut(Report) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    let Some((recording, others)) = recordings.split_first() else { return Ok(()) };
    for other in others {
        let of = |recording: &Recording| {
            let frequency_mhz = recording.frequency_hz().map_or("?".to_string(), |hz| format!("{}", hz / 1e6));
            let (n, rate_hz) = (recording.n_samples(), recording.sample_rate_hz());
            format!("{}: {n} samples at {rate_hz} Hz, {frequency_mhz} MHz", recording.path().display())
        };
        anyhow::ensure!(
            (other.n_samples(), other.sample_rate_hz(), other.frequency_hz())
                == (recording.n_samples(), recording.sample_rate_hz(), recording.frequency_hz()),
            "{}, and {}: the recordings of several antennas must be alike in all three",
            of(recording),
            of(other)
        );
    }
    // A slot of 15 kHz is the longest there is.
    let slot = (recording.sample_rate_hz() / 1000.0).ceil() as usize;
    let sources = recordings.iter().map(|recording| FileSource::new(recording, 8 * slot));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    let settings = SyncSettings { n_antennas: recordings.len(), ..settings };
    let graph = ReceiveGraph::with_known(settings, rntis, known, take)?;
    let long = recording.duration_s() > 0.5;
    let total = long.then_some(recording.n_samples());
    let progress = Progress::start(total, "{bar:40} {percent} % {eta} left", sources[0].position());
    let result = graph.run_from_files(sources);
    progress.stop();
    result
}
