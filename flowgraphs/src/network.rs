//! What `nrflow antenna` publishes, received on another machine.

use crate::live::{Interrupted, Streams, stop_at_interrupt, was_interrupted};
use crate::live_radio::samples;
use crate::receive_graph::{self, ReceiveGraph};
use futuresdr::prelude::*;
use nrflow::frame::Rnti;
use nrflow::pdcch::RntiKind;
use nrflow_blocks::SlotSink;
use nrflow_blocks::network::{Edge, SampleSubscriber, SlotSubscriber, StreamInfo, SubscriberCounts, Subscription};
use nrflow_blocks::radio::{RadioSource, ReceiveOptions};
use nrflow_blocks::receive::{Known, PdcchReceive, PdschReceive, Report, SyncSettings};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_millis(100);

/// A publisher that was heard.
pub struct Remote {
    address: String,
    subscription: Subscription,
    info: StreamInfo,
}

impl Remote {
    /// Subscribes at `address`, and waits until a first message says what is published there.
    ///
    /// # Errors
    /// If it is no address, or something else is published there; [`Interrupted`] if Ctrl-C comes first.
    pub fn connect(address: &str) -> anyhow::Result<Self> {
        let mut subscription = Subscription::connect(address)?;
        stop_at_interrupt(Arc::<AtomicBool>::default())?;
        let mut waits = false;
        loop {
            if let Some(info) = subscription.wait(PATIENCE)? {
                return Ok(Self { address: address.to_string(), subscription, info });
            }
            if was_interrupted() {
                return Err(Interrupted.into());
            }
            if !waits {
                eprintln!("nrflow: waiting for what is published at {address}");
                waits = true;
            }
        }
    }

    /// What is published.
    pub const fn info(&self) -> StreamInfo {
        self.info
    }

    /// A line about it.
    pub fn heading(&self) -> String {
        let what = match self.info.edge {
            Edge::Samples(format) => format!("samples ({format})"),
            Edge::Slots => "slots".to_string(),
        };
        let frequency = self.info.centre_frequency_hz;
        let frequency = frequency.map_or("unknown frequency".to_string(), |hz| format!("{:.6} MHz", hz / 1e6));
        format!("{}: {what} at {:.4} Msps around {frequency}", self.address, self.info.sample_rate_hz / 1e6)
    }

    /// Receives until the publisher ends, `duration_s` of samples are in, or Ctrl-C comes, and calls `take` with each
    /// report, in order. Of `settings` slots need what was described of the cell alone.
    ///
    /// # Errors
    /// If the graph or `take` fails, or a duration is given for slots; [`Interrupted`] if Ctrl-C came before
    /// `duration_s` were in.
    pub fn decode(
        self,
        settings: SyncSettings,
        rntis: &[(Rnti, RntiKind)],
        known: Known,
        duration_s: Option<f64>,
        json: bool,
        take: impl FnMut(Report) -> anyhow::Result<()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let counts = self.subscription.counts();
        let limit = duration_s.map(|seconds| samples(seconds, self.info.sample_rate_hz)).transpose()?;
        let result = match self.info.edge {
            Edge::Samples(_) => {
                let input = SampleSubscriber::new(self.subscription, self.info)?;
                let graph = ReceiveGraph::with_known(settings, rntis, known, take)?;
                let source = RadioSource::new(input, ReceiveOptions { limit, ..ReceiveOptions::default() });
                stop_at_interrupt(source.stop())?;
                let watch = Streams::default().source(&source).watch(json);
                let result = graph.run_from_radio(source);
                watch.finish();
                result
            }
            Edge::Slots => {
                anyhow::ensure!(limit.is_none(), "--duration counts samples, and slots are published there");
                let source = SlotSubscriber::new(self.subscription, self.info, settings.assist)?;
                stop_at_interrupt(source.stop())?;
                let notices = source.notices();
                let result = decode_slots(source, rntis, known, take);
                notices.take().iter().for_each(|line| eprintln!("nrflow: {line}"));
                result
            }
        };
        say_counts(&counts);
        result?;
        if was_interrupted() && limit.is_some() { Err(Interrupted.into()) } else { Ok(()) }
    }
}

/// Receives slots until they end, and calls `take` with each report, in order.
///
/// # Errors
/// What the source or `take` failed of.
pub fn decode_slots(
    source: SlotSubscriber,
    rntis: &[(Rnti, RntiKind)],
    known: Known,
    mut take: impl FnMut(Report) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    let (pdcch, pdsch) = (PdcchReceive::with_known(rntis, known.clone()), PdschReceive::with_known(known));
    let sink = SlotSink::new(move |reports: Vec<Report>| reports.into_iter().try_for_each(&mut take));
    let ends = [source.failure(), sink.failure()];
    let mut graph = Flowgraph::new();
    connect!(graph,
        source > slots.pdcch > pdsch > sink;
        pdsch.learnt > learnt.pdcch;
    );
    receive_graph::run(graph, &ends)
}

/// Says what did not come, if so.
fn say_counts(counts: &SubscriberCounts) {
    let said = [("lost", &counts.lost), ("wrong", &counts.wrong), ("restarts", &counts.restarts)];
    let said: Vec<String> = said
        .iter()
        .map(|(name, counter)| (name, counter.load(Ordering::Relaxed)))
        .filter(|(_, n)| *n > 0)
        .map(|(name, n)| format!("{name} {n}"))
        .collect();
    if !said.is_empty() {
        eprintln!("nrflow: of {} messages: {}", counts.messages.load(Ordering::Relaxed), said.join(", "));
    }
}
