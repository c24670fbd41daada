//! `nrflow evm`: the error vector magnitude of a transmitter that sends a test model, from a recording of it.

mod input;
mod report;

use crate::source_args::open_recording;
use crate::test_model_args::{TestModelArgs, describe, duplex_name};
use anyhow::{bail, ensure};
use clap::ValueEnum;
use nrflow::Complex32;
use nrflow::evm::{EvmAverage, EvmData, EvmMeter, EvmWindow, FoundFrame, FrameEvm, find_frame};
use nrflow::frame::CyclicPrefix;
use nrflow::test_model::{TestModel, TestModelConfig, TestModelDuplex, TestModelGenerator};
use report::Report;
use std::path::PathBuf;

/// Data agrees with a model's to this degree (of 1), or is not its; half of the data of one duplex mode is that of the
/// other.
const SAME_DATA: f64 = 0.8;
/// Samples that a frame may lack at the ends of a recording: the filters of what resampled it.
const MISSING: i64 = 8;

/// `nrflow evm`
#[derive(clap::Args, Debug)]
pub struct EvmArgs {
    /// A SigMF recording (either of its files), or a raw file with --format, --rate and --frequency
    recording: PathBuf,
    #[command(flatten)]
    model: TestModelArgs,
    /// What the data is compared with
    #[arg(long, value_enum, default_value = "known")]
    reference: Reference,
    /// Frames of 10 ms to measure; as many as the standard wants without it: one, or two with --tdd
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    frames: Option<u32>,
    /// Passes over the beginning of the recording, ms
    #[arg(long, value_name = "MS", default_value_t = 0.0)]
    skip: f64,
    /// Frequency of the carrier's middle in Hz, if it is not that of the recording
    #[arg(long, value_name = "HZ")]
    carrier: Option<f64>,
    /// How far the carrier may be off, Hz
    #[arg(long, value_name = "HZ", default_value_t = 60e3)]
    max_cfo: f64,
    /// Sample format of a raw file: cf32, cs16, cs8, cu8
    #[arg(long)]
    format: Option<String>,
    /// Sample rate in Hz of a raw file
    #[arg(long, value_name = "HZ")]
    rate: Option<f64>,
    /// Centre frequency in Hz; overrides what SigMF metadata says
    #[arg(long, value_name = "HZ")]
    frequency: Option<f64>,
    /// Print one JSON object (docs/json.md)
    #[arg(long)]
    json: bool,
}

/// What data is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Reference {
    /// The model's own data, the PN23 sequences of TS 38.141-1 4.9.2.3
    Known,
    /// The nearest points of the model's constellations, whatever the data is
    Nearest,
}

/// Runs the command.
///
/// # Errors
/// If the recording cannot be read, does not hold the model, or the transmitter is beyond the limit.
pub fn command(args: &EvmArgs) -> anyhow::Result<()> {
    let config = args.model.config()?;
    ensure!(
        (0.0..=1e6).contains(&args.max_cfo),
        "frequency error of up to {} Hz: must lie in 0 to 1000000",
        args.max_cfo
    );
    let recording = open_recording(&args.recording, args.format.as_deref(), args.rate, args.frequency)?;
    let window = EvmWindow::new(config.bandwidth(), config.carrier().numerology(), CyclicPrefix::Normal)?;
    let frequency_hz = args.frequency.or(recording.frequency_hz()).filter(|&hz| hz > 0.0);
    let n_frames = args.frames.unwrap_or(config.n_frames() as u32);
    // One frame may be begun, and what is found first may be one that lies before the first sample.
    let wanted_ms = 10.0 * f64::from(n_frames + 2);
    let input = input::read(&recording, &config, window, frequency_hz, args.carrier, args.skip, wanted_ms)?;

    let data = if args.reference == Reference::Known { EvmData::Known } else { EvmData::Nearest };
    let carrier_hz = args.carrier.or(frequency_hz);
    let Some(measured) = measure(&config, data, window, &input.samples, carrier_hz, args.max_cfo, n_frames)? else {
        bail!(
            "{}: no {} found in {:.1} ms: are channel, spacing and --cell-id right, is the carrier within {} kHz of {}, \
             and are 10 ms of the signal there?",
            args.recording.display(),
            describe(&config),
            input.samples.len() as f64 / window.sample_rate_hz() as f64 * 1e3,
            args.max_cfo / 1e3,
            carrier_hz.map_or("the recording's middle".to_owned(), |hz| format!("{} MHz", hz / 1e6)),
        );
    };
    if data == EvmData::Known && !measured.agrees() {
        let sent = other_model(&config, window, &input.samples, &measured)?;
        match sent {
            Some(sent) => bail!("{}: this is {}, not {}", args.recording.display(), describe(&sent), describe(&config)),
            None => bail!(
                "{}: the pilots are those of {}, the data is of no test model: --reference nearest measures it all the \
                 same",
                args.recording.display(),
                describe(&config)
            ),
        }
    }
    let report = Report::new(&config, args.reference == Reference::Known, window, &measured, &input);
    if args.json {
        report.write_json(&mut std::io::stdout())?;
    } else {
        report.write_text(&mut std::io::stdout())?;
    }
    if let Some(result) = measured.average.results().iter().find(|result| result.passes() == Some(false)) {
        bail!("EVM of {}: {:.2} % is beyond the limit", result.modulation, 100.0 * result.evm);
    }
    Ok(())
}

/// The frames of a recording, measured.
struct Measured {
    found: FoundFrame,
    frames: Vec<FrameEvm>,
    average: EvmAverage,
    /// The frequency that the transmitter compensates phases for, if it does.
    phase_compensation_hz: Option<f64>,
    amplitudes: Vec<f32>,
    channels: Vec<nrflow::evm::EvmChannel>,
}

impl Measured {
    /// Whether the data of every PDSCH is the reference's.
    fn agrees(&self) -> bool {
        let sent = self.frames[0].channels.iter().skip(1).filter(|channel| channel.n_blocks > 0);
        sent.clone().count() > 0 && sent.clone().all(|channel| channel.agreement > SAME_DATA)
    }
}

/// Finds and measures up to `n_frames` whole frames; none if there is none.
fn measure(
    config: &TestModelConfig,
    data: EvmData,
    window: EvmWindow,
    samples: &[Complex32],
    carrier_hz: Option<f64>,
    max_cfo_hz: f64,
    n_frames: u32,
) -> anyhow::Result<Option<Measured>> {
    let reference = TestModelGenerator::new(config).evm_reference(data)?;
    let Some(found) = find_frame(samples, &reference, window, max_cfo_hz)? else { return Ok(None) };
    // Whether a transmitter compensates phases shows in the first frame.
    let mut best: Option<Measured> = None;
    let with = carrier_hz.map(Some);
    for phase_compensation_hz in with.into_iter().chain([None]) {
        let mut meter = EvmMeter::new(reference.clone(), window, phase_compensation_hz)?;
        let frames = frames(&mut meter, samples, found, n_frames);
        let Some(first) = frames.first() else { return Ok(None) };
        let score = |frame: &FrameEvm| frame.channels.iter().map(|channel| channel.agreement).sum::<f64>();
        if best.as_ref().is_none_or(|best| score(first) > score(&best.frames[0])) {
            let mut average = EvmAverage::default();
            frames.iter().for_each(|frame| average.add(&reference, frame));
            let channels = reference.channels().to_vec();
            let amplitudes = channels.iter().map(|channel| channel.amplitude).collect();
            best = Some(Measured { found, frames, average, phase_compensation_hz, amplitudes, channels });
        }
    }
    Ok(best)
}

/// The first `n_frames` whole frames.
fn frames(meter: &mut EvmMeter, samples: &[Complex32], found: FoundFrame, n_frames: u32) -> Vec<FrameEvm> {
    let len = meter.frame_len() as i64;
    // The first that does not begin before the recording.
    let mut start = found.start - (found.start + MISSING).div_euclid(len) * len;
    let mut frames = Vec::new();
    while frames.len() < n_frames as usize && start + len <= samples.len() as i64 + MISSING {
        let frame = meter.measure(samples, start, found.cfo_hz);
        // Frames follow each other by the transmitter's clock.
        start = frame.start.round() as i64 + len;
        frames.push(frame);
    }
    frames
}

/// The model whose data the recording holds, where it is not that of `config`.
fn other_model(
    config: &TestModelConfig,
    window: EvmWindow,
    samples: &[Complex32],
    measured: &Measured,
) -> anyhow::Result<Option<TestModelConfig>> {
    for duplex in [TestModelDuplex::Fdd, TestModelDuplex::Tdd] {
        for model in TestModel::ALL {
            let numerology = config.carrier().numerology();
            let other = TestModelConfig::new(model, config.bandwidth(), numerology, duplex, config.cell_id())?;
            let carrier_hz = measured.phase_compensation_hz;
            let max_cfo_hz = measured.found.cfo_hz.abs();
            let tried = measure(&other, EvmData::Known, window, samples, carrier_hz, max_cfo_hz, 1)?;
            if tried.is_some_and(|tried| tried.agrees()) {
                return Ok(Some(other));
            }
        }
    }
    Ok(None)
}
