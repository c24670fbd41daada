//! `nrflow scan`: which cells are on the air.

mod capture;
mod cell;
mod plan;
mod state;

pub use cell::{Beam, Cells, Identity, ScannedCell};
pub use plan::{Dwell, Target, dwells, raster_points};

use crate::decode;
use crate::live::{Interrupted, stop_at_interrupt};
use crate::progress::Progress;
use crate::radio_args::{self, RadioArgs};
use crate::receive_graph::ReceiveGraph;
use anyhow::{Context, bail, ensure};
use capture::{Capture, Memory};
use nrflow::Complex32;
use nrflow::frame::{Band, Numerology};
use nrflow::ssb::{SearchRaster, Sensitivity};
use nrflow_blocks::file::Recording;
use nrflow_blocks::radio::abilities::megahertz;
use nrflow_blocks::radio::{Device, Direction, RadioSource, ReceiveOptions, SampleInput};
use nrflow_blocks::receive::{Known, Report, SyncSettings};
use serde_json::json;
use state::State;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

/// Arguments of `nrflow scan`.
#[derive(clap::Args, Debug)]
pub struct ScanArgs {
    /// A (wideband) SigMF recording to look through instead of a radio
    #[arg(required_unless_present_any = ["device", "radio"], conflicts_with_all = ["device", "radio", "band", "range"])]
    recording: Option<PathBuf>,
    /// Bands whose synchronisation raster is scanned, as n78,n28
    #[arg(long, value_parser = parse_band, value_delimiter = ',')]
    band: Vec<Band>,
    /// Scan the synchronisation raster from A to B, in MHz
    #[arg(long, value_name = "A:B", value_parser = parse_range, conflicts_with = "band")]
    range: Option<(u64, u64)>,
    /// Sample rate in Hz that the radio shall have at least: the wider, the fewer retunings
    #[arg(long, default_value_t = 30.72e6)]
    rate: f64,
    /// How long each place is listened to, in ms: cells send their blocks every 5 to 160 ms, most every 20
    #[arg(long, value_name = "MS", default_value_t = 50.0)]
    dwell: f64,
    /// How long SIB1 of a cell is waited for, in ms; 0: not at all
    #[arg(long, value_name = "MS", default_value_t = 200.0)]
    sib1: f64,
    /// Keeps how far the scan is in this file, and goes on from there
    #[arg(long, value_name = "FILE", conflicts_with = "recording")]
    resume: Option<PathBuf>,
    /// Print one JSON object a cell (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    radio: RadioArgs,
}

fn parse_band(text: &str) -> Result<Band, String> {
    let number = text.trim_start_matches(['n', 'N']).parse().map_err(|_| format!("'{text}' is no band: n78, say"))?;
    Band::new(number).map_err(|e| e.to_string())
}

fn parse_range(text: &str) -> Result<(u64, u64), String> {
    let parse = |mhz: &str| mhz.trim().parse::<f64>().ok().filter(|mhz| (0.0..=100_000.0).contains(mhz));
    match text.split_once(':').map(|(a, b)| (parse(a), parse(b))) {
        Some((Some(a), Some(b))) if a < b => Ok(((a * 1e6) as u64, (b * 1e6) as u64)),
        _ => Err(format!("'{text}' is no range: give two frequencies in MHz, the lower first, as 3300:3800")),
    }
}

/// Runs the command.
///
/// # Errors
/// If the radio or recording cannot be used, or the state not be kept; [`Interrupted`] after Ctrl-C.
pub fn command(args: &ScanArgs) -> anyhow::Result<()> {
    let cells = match &args.recording {
        Some(path) => scan_recording(&Recording::open_sigmf(path)?)?,
        None => scan_air(args)?,
    };
    let mut out = std::io::stdout().lock();
    for cell in cells.by_strength() {
        if args.json {
            let mut line = json!({ "kind": "scanned" });
            if let (Some(line), Ok(serde_json::Value::Object(fields))) =
                (line.as_object_mut(), serde_json::to_value(cell))
            {
                line.extend(fields);
            }
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{cell}")?;
        }
    }
    if cells.is_empty() && !args.json {
        writeln!(out, "no cell found")?;
    }
    Ok(())
}

/// The cells of a recording.
///
/// # Errors
/// If it cannot be read or received.
pub fn scan_recording(recording: &Recording) -> anyhow::Result<Cells> {
    let settings = SyncSettings {
        sensitivity: Sensitivity::Full,
        ..SyncSettings::new(recording.sample_rate_hz(), recording.frequency_hz())
    };
    let (sender, reports) = mpsc::channel();
    decode::decode(recording, settings, &[], Known::default(), move |report| Ok(sender.send(report)?))?;
    let mut cells = Cells::default();
    reports.iter().for_each(|report: Report| cells.take(&report));
    Ok(cells)
}

fn scan_air(args: &ScanArgs) -> anyhow::Result<Cells> {
    let target = match (&args.range, args.band.is_empty()) {
        (Some((low, high)), _) => Target::Range(*low, *high),
        (None, false) => Target::Bands(args.band.clone()),
        (None, true) => bail!("where to scan is not said: give --band n78 or --range 3300:3800 (MHz)"),
    };
    for (name, ms) in [("dwell", args.dwell), ("sib1", args.sib1)] {
        ensure!((0.0..=10_000.0).contains(&ms), "--{name} {ms} ms: must lie in 0..=10000");
    }
    ensure!(args.dwell >= 6.0, "--dwell {} ms: a cell sends its blocks every 5 ms at most", args.dwell);
    let points = raster_points(&target);
    ensure!(
        !points.is_empty(),
        "there is no point of the synchronisation raster (TS 38.104 5.4.3) in what is to be scanned"
    );
    let mut scan = Scan::open(args, plan::numerologies(&points))?;
    let rate = scan.capture.sample_rate_hz();
    let ranges = &scan.device.abilities().rx[scan.channel].frequency_hz;
    let (mut plan, all) = (dwells(&points, rate), points.len());
    ensure!(
        !plan.is_empty(),
        "{} Msps is too little for an SS/PBCH block of that band: give a higher --rate",
        rate / 1e6
    );
    plan.retain(|dwell| ranges.iter().any(|range| range.contains(dwell.centre_hz as f64)));
    ensure!(!plan.is_empty(), "the radio does not go there: it has {}", megahertz(ranges));
    eprintln!("nrflow: {all} raster points, {} retunings at {} Msps", plan.len(), rate / 1e6);

    let mut state = match &args.resume {
        Some(path) => State::resume(path, &plan)?,
        None => State::new(&plan),
    };
    if state.done > 0 {
        eprintln!("nrflow: {} of {} done before, {} cells", state.done, plan.len(), state.cells.len());
    }
    let position = Arc::new(AtomicU64::new(state.done as u64));
    let bar = Progress::start(Some(plan.len() as u64), "{wide_bar} {pos}/{len} {eta} left", Arc::clone(&position));
    let mut result = Ok(true);
    while state.done < plan.len() {
        result = scan.dwell(plan[state.done].centre_hz, &mut state.cells);
        if !matches!(result, Ok(true)) {
            break;
        }
        state.done += 1;
        position.store(state.done as u64, Ordering::Relaxed);
        if let Some(path) = &args.resume {
            state.save(path)?;
        }
    }
    bar.stop();
    match (result?, &args.resume) {
        (false, Some(path)) => {
            eprintln!("nrflow: {} of {} done; --resume {} goes on", state.done, plan.len(), path.display());
            return Err(Interrupted.into());
        }
        (false, None) => return Err(Interrupted.into()),
        (true, Some(path)) => std::fs::remove_file(path).with_context(|| path.display().to_string())?,
        (true, None) => {}
    }
    Ok(state.cells)
}

/// A radio that scans.
struct Scan {
    device: Device,
    capture: Capture,
    channel: usize,
    numerologies: Vec<Numerology>,
    dwell_s: f64,
    sib1_s: f64,
    stop: Arc<AtomicBool>,
}

impl Scan {
    fn open(args: &ScanArgs, numerologies: Vec<Numerology>) -> anyhow::Result<Self> {
        let settings = args.radio.settings(Direction::Rx, None, None)?;
        let rate_hz = settings.rx.sample_rate_hz.unwrap_or(args.rate);
        let channel = settings.rx.channels[0];
        let device = radio_args::open(&settings)?;
        let highest = device
            .abilities()
            .rx
            .get(channel)
            .map_or(0.0, |channel| channel.sample_rate_hz.iter().map(|range| range.high).fold(0.0, f64::max));
        let rate_hz = device.rate_for(Direction::Rx, rate_hz.min(highest))?;
        let somewhere = device.abilities().rx.get(channel).and_then(|channel| channel.frequency_hz.first());
        let input = device.input(rate_hz, somewhere.map_or(1e9, |range| range.nearest(1e9)))?;
        radio_args::say_notes(&device);
        let stop = Arc::new(AtomicBool::new(false));
        stop_at_interrupt(Arc::clone(&stop))?;
        let capture = Capture::new(Box::new(input));
        let (dwell_s, sib1_s) = (args.dwell / 1e3, args.sib1 / 1e3);
        Ok(Self { device, capture, channel, numerologies, dwell_s, sib1_s, stop })
    }

    /// Looks at one place, and again for SIB1 of what is there; false if it was stopped.
    fn dwell(&mut self, centre_hz: u64, cells: &mut Cells) -> anyhow::Result<bool> {
        let mut here = Cells::default();
        if !self.listen(centre_hz as f64, self.dwell_s, &mut here, Sensitivity::Full)? {
            return Ok(false);
        }
        if self.sib1_s > 0.0 {
            for frequency_hz in here.wanting_sib1() {
                // One look may serve several.
                if here.wanting_sib1().contains(&frequency_hz)
                    && !self.listen(frequency_hz, self.sib1_s, &mut here, Sensitivity::Auto)?
                {
                    return Ok(false);
                }
            }
        }
        cells.merge(here);
        Ok(true)
    }

    /// Receives for some time around a frequency; false if it was stopped.
    fn listen(
        &mut self,
        centre_hz: f64,
        seconds: f64,
        cells: &mut Cells,
        sensitivity: Sensitivity,
    ) -> anyhow::Result<bool> {
        let actual_hz = match self.device.tune(Direction::Rx, centre_hz) {
            Err(_) if self.capture.was_gone(&self.stop)? => self.device.tune(Direction::Rx, centre_hz)?,
            tuned => tuned?,
        };
        let rate = self.capture.sample_rate_hz();
        let tuned = self.device.now(rate);
        let Some(samples) = self.capture.take((seconds * rate) as usize, tuned, &self.stop)? else {
            return Ok(false);
        };
        let settings = SyncSettings {
            numerologies: self.numerologies.clone(),
            raster: SearchRaster::Bands,
            sensitivity,
            ..SyncSettings::new(rate, Some(actual_hz))
        };
        receive(samples, settings, cells)?;
        Ok(true)
    }
}

fn receive(samples: Vec<Complex32>, settings: SyncSettings, cells: &mut Cells) -> anyhow::Result<()> {
    let memory = Memory { samples: Arc::new(samples), sample_rate_hz: settings.sample_rate_hz, next: 0 };
    let source = RadioSource::new(Box::new(memory) as Box<dyn SampleInput>, ReceiveOptions::default());
    let (sender, reports) = mpsc::channel();
    ReceiveGraph::new(settings, &[], move |report| Ok(sender.send(report)?))?.run_from_radio(source)?;
    reports.iter().for_each(|report: Report| cells.take(&report));
    Ok(())
}
