//! The hand-over from a radio's thread to its block and on to the next: samples of a device that costs nothing, CS16, as
//! fast as they go. The counters are samples; 61.44 million a second are a carrier of 50 MHz.

mod nothing;

use divan::Bencher;
use divan::counter::ItemsCount;
use futuresdr::prelude::*;
use nothing::Nothing;
use nrflow_blocks::radio::{Chunk, Pace, RadioSource, ReceiveOptions, Received, SampleInput, WireFormat};
use nrflow_flowgraphs::receive_graph;

fn main() {
    divan::main();
}

/// A device that has always samples.
struct Fast;

impl SampleInput for Fast {
    fn format(&self) -> WireFormat {
        WireFormat::Cs16
    }

    fn n_channels(&self) -> usize {
        1
    }

    fn sample_rate_hz(&self) -> f64 {
        61.44e6
    }

    fn pace(&self) -> Pace {
        Pace::OnDemand
    }

    fn read(&mut self, chunk: &mut Chunk) -> Received {
        Received::Samples { n: 8192.min(chunk.capacity() - chunk.len), time: None }
    }

    fn reopen(&mut self) -> Result<(), String> {
        Ok(())
    }
}

const SECOND: u64 = 61_440_000;

fn run() -> anyhow::Result<()> {
    let source = RadioSource::new(Fast, ReceiveOptions { limit: Some(SECOND), ..ReceiveOptions::default() });
    let counters = source.counters();
    let sink = Nothing::default();
    let mut graph = Flowgraph::new();
    connect!(graph, source.outputs[0] > sink);
    receive_graph::run(graph, [])?;
    assert_eq!(counters.read().samples, SECOND);
    Ok(())
}

#[divan::bench(sample_count = 5)]
fn hand_over(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(SECOND)).bench_local(|| run().unwrap());
}
