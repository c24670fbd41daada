//! `nrflow antenna`: publishes what a recording or a radio gives, so that another machine decodes it.

use crate::live::stop_at_interrupt;
use crate::receive_graph;
use crate::source_args::SourceArgs;
use clap::Args;
use futuresdr::prelude::*;
use futuresdr::runtime::BlockRef;
use nrflow_blocks::file::FileSource;
use nrflow_blocks::network::{PublishOptions, PublisherCounts, SamplePublisher, SlotPublisher};
use nrflow_blocks::radio::{RadioSource, WireFormat};
use nrflow_blocks::receive::{CellSync, OfdmReceive, SyncSettings};
use nrflow_blocks::{Failure, PerSlot};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Arguments of `nrflow antenna`.
#[derive(Args, Debug)]
pub struct AntennaArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Address to publish at, as tcp://*:5555
    #[arg(long, value_name = "ADDRESS")]
    publish: String,
    /// Publish slots: search, synchronisation and OFDM are done here [default]
    #[arg(long, conflicts_with = "samples")]
    slots: bool,
    /// Publish samples: all is done there
    #[arg(long)]
    samples: bool,
    /// How samples are published: CF32 or CS16
    #[arg(long, value_name = "FORMAT", default_value = "CF32", value_parser = parse_format)]
    publish_format: WireFormat,
}

fn parse_format(text: &str) -> Result<WireFormat, String> {
    WireFormat::from_name(text)
        .filter(|format| *format != WireFormat::Cs8)
        .ok_or_else(|| format!("'{text}' is none of CF32, CS16"))
}

/// What is published, where, and how.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Address, `tcp://*:5555` say.
    pub address: String,
    /// Samples in this format; slots without.
    pub samples: Option<WireFormat>,
    /// Whether subscribers are waited for.
    pub options: PublishOptions,
}

/// Runs the command.
///
/// # Errors
/// If the recording or the assist file cannot be read, the radio not be used, or the address not be bound.
pub fn command(args: &AntennaArgs) -> anyhow::Result<()> {
    let mut publication = Publication {
        address: args.publish.clone(),
        samples: args.samples.then_some(args.publish_format),
        // A recording waits; a radio does not.
        options: PublishOptions { lossless: args.source.recording.is_some(), ..PublishOptions::default() },
    };
    let (counts, result) = match &args.source.recording {
        Some(path) => {
            let recording = args.source.open(path)?;
            let rate_hz = recording.sample_rate_hz();
            let (settings, _) = args.source.settings(rate_hz, args.source.frequency_of(&recording), false)?;
            // A slot of 15 kHz is the longest there is.
            let source = FileSource::new(&recording, 8 * (rate_hz / 1000.0).ceil() as usize)?;
            let graph = AntennaGraph::new(&publication, settings)?;
            eprintln!("nrflow: publishing at {}", graph.address());
            let (counts, stop) = (graph.counts(), graph.stop());
            stop_at_interrupt(stop)?;
            (counts, graph.run_from_file(source))
        }
        None => {
            let radio = args.source.open_live()?;
            publication.options.lossless |= args.source.radio.wait;
            let (rate_hz, frequency_hz) = (radio.sample_rate_hz(), radio.frequency_hz());
            let (settings, _) = args.source.settings(rate_hz, Some(frequency_hz), true)?;
            let graph = AntennaGraph::new(&publication, settings)?;
            eprintln!("nrflow: {}, publishing at {}", radio.heading(), graph.address());
            let (counts, stop) = (graph.counts(), graph.stop());
            stop_at_interrupt(stop)?;
            (counts, radio.run(args.source.duration, false, |source| graph.run_from_radio(source)))
        }
    };
    let (messages, bytes) = (counts.messages.load(Ordering::Relaxed), counts.bytes.load(Ordering::Relaxed));
    eprintln!("nrflow: published {messages} messages, {:.1} MB", bytes as f64 / 1e6);
    result
}

/// The graph of an antenna, which waits for its source.
pub struct AntennaGraph {
    graph: Flowgraph,
    entry: Entry,
    failure: Failure,
    address: String,
    counts: Arc<PublisherCounts>,
    stop: Arc<AtomicBool>,
}

/// The block that takes the samples.
enum Entry {
    Samples(BlockRef<SamplePublisher>),
    Slots(BlockRef<CellSync>),
}

impl AntennaGraph {
    /// An antenna for a stream with `settings`.
    ///
    /// # Errors
    /// If the stream cannot be received, or the address not be bound.
    pub fn new(publication: &Publication, settings: SyncSettings) -> anyhow::Result<Self> {
        let Publication { address, samples, options } = publication;
        let mut graph = Flowgraph::new();
        if let Some(format) = samples {
            let (rate_hz, frequency_hz) = (settings.sample_rate_hz, settings.centre_frequency_hz);
            let publisher = SamplePublisher::bind(address, *format, rate_hz, frequency_hz, *options)?;
            let (address, counts) = (publisher.address().to_string(), publisher.counts());
            let (failure, stop) = (publisher.failure(), publisher.stop());
            let entry = Entry::Samples(graph.add(publisher));
            return Ok(Self { graph, entry, failure, address, counts, stop });
        }
        let sync = CellSync::new(settings.clone())?;
        let slot_rate_hz = sync.slot_rate_hz();
        let ofdm = PerSlot::new(OfdmReceive::new(slot_rate_hz));
        let publisher = SlotPublisher::bind(address, &settings, slot_rate_hz, *options)?;
        let (address, counts) = (publisher.address().to_string(), publisher.counts());
        let (failure, stop) = (publisher.failure(), publisher.stop());
        connect!(graph, sync > ofdm > publisher);
        Ok(Self { graph, entry: Entry::Slots(sync), failure, address, counts, stop })
    }

    /// Where it publishes, with the port that it got.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What is counted.
    pub fn counts(&self) -> Arc<PublisherCounts> {
        Arc::clone(&self.counts)
    }

    /// Set it to wait for no subscriber any more.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Publishes a recording to its end.
    ///
    /// # Errors
    /// What the recording or the publisher failed of.
    pub fn run_from_file(self, source: FileSource) -> anyhow::Result<()> {
        let Self { mut graph, entry, failure, .. } = self;
        let ends = [source.failure(), failure];
        match entry {
            Entry::Samples(publisher) => {
                connect!(graph, source > publisher);
            }
            Entry::Slots(sync) => {
                connect!(graph, source > inputs[0].sync);
            }
        }
        receive_graph::run(graph, &ends)
    }

    /// Publishes the first channel of a radio until it ends or is stopped.
    ///
    /// # Errors
    /// What the radio or the publisher failed of.
    pub fn run_from_radio(self, source: RadioSource) -> anyhow::Result<()> {
        let Self { mut graph, entry, failure, .. } = self;
        let ends = [source.failure(), failure];
        match entry {
            Entry::Samples(publisher) => {
                connect!(graph, source.outputs[0] > publisher);
            }
            Entry::Slots(sync) => {
                connect!(graph, source.outputs[0] > inputs[0].sync);
            }
        }
        receive_graph::run(graph, &ends)
    }
}
