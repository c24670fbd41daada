//! `nrflow record`: what a radio receives into a SigMF recording.

use crate::antenna_files;
use crate::live_radio::LiveInput;
use crate::radio_args::RadioArgs;
use crate::receive_graph;
use crate::source_args::USUAL_RATE_HZ;
use anyhow::Context;
use futuresdr::prelude::*;
use nrflow_blocks::Failure;
use nrflow_blocks::file::{FileSink, RecordingWriter, SampleFormat};
use nrflow_blocks::radio::{RadioSource, WireFormat};
use std::path::PathBuf;

/// Arguments of `nrflow record`.
#[derive(clap::Args, Debug)]
pub struct RecordArgs {
    /// SigMF recording to write; with several channels one each, x-0, x-1, …
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Centre frequency in Hz
    #[arg(long)]
    frequency: Option<f64>,
    /// Sample rate in Hz that the radio shall have at least [default: 23.04e6, or the highest it has]
    #[arg(long)]
    rate: Option<f64>,
    /// Length in seconds; until Ctrl-C without one
    #[arg(long, value_name = "SECONDS")]
    duration: Option<f64>,
    /// Sample format: cf32, cs16, cs8 or cu8 [default: as the samples travel]
    #[arg(long)]
    format: Option<String>,
    /// Print what is counted as one JSON object a line (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    radio: RadioArgs,
}

/// Runs the command.
///
/// # Errors
/// If the radio cannot be used or a file not be written; a full disk leaves a valid recording.
pub fn command(args: &RecordArgs) -> anyhow::Result<()> {
    let radio = LiveInput::open(&args.radio, args.rate, USUAL_RATE_HZ, args.frequency)?;
    let format = match &args.format {
        Some(name) => SampleFormat::from_name(name)?,
        None => match radio.wire_format() {
            WireFormat::Cs8 => SampleFormat::Cs8,
            WireFormat::Cs16 => SampleFormat::Cs16,
            WireFormat::Cf32 => SampleFormat::Cf32,
        },
    };
    let paths = antenna_files::paths(&args.out, radio.n_channels());
    let create = |path: &PathBuf| {
        let description = format!("received by {}", radio.name());
        RecordingWriter::create(path, format, radio.sample_rate_hz(), Some(radio.frequency_hz()), &description)
    };
    let writers = paths.iter().map(create).collect::<Result<Vec<_>, _>>()?;
    eprintln!("nrflow: {}", radio.heading());
    radio.run(args.duration, args.json, |source| record(source, writers))
}

fn record(source: RadioSource, writers: Vec<RecordingWriter>) -> anyhow::Result<()> {
    let mut ends: Vec<Failure> = vec![source.failure()];
    let mut graph = Flowgraph::new();
    let source = graph.add(source);
    for (channel, writer) in writers.into_iter().enumerate() {
        let sink = FileSink::new(writer);
        ends.push(sink.failure());
        let sink = graph.add(sink);
        graph.stream(&source, |b| &mut b.outputs()[channel], &sink, |b| b.input())?;
    }
    receive_graph::run(graph, &ends).context("recording")
}
