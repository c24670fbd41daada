//! A split graph over loopback: how many samples a second each edge carries where nobody is waited for but the other end,
//! and what share of a core each end takes of a stream at 23.04 and 61.44 Msps.
//!
//! Each end is a process of its own. `cargo bench -p nrflow-flowgraphs --bench network`.

#[cfg(feature = "zmq")]
mod nothing;

#[cfg(feature = "zmq")]
fn main() -> anyhow::Result<()> {
    split::main()
}

#[cfg(not(feature = "zmq"))]
fn main() {
    eprintln!("SKIPPED: built without the feature zmq");
}

#[cfg(feature = "zmq")]
mod split {
    use super::nothing::Nothing;
    use anyhow::Context;
    use futuresdr::prelude::*;
    use futuresdr::runtime::dev::prelude::*;
    use nrflow::Complex32;
    use nrflow_blocks::file::{FileSource, Recording};
    use nrflow_blocks::network::{
        Edge, PublishOptions, SamplePublisher, SampleSubscriber, SlotPublisher, SlotSubscriber, Subscription,
    };
    use nrflow_blocks::radio::{RadioSource, ReceiveOptions, WireFormat};
    use nrflow_blocks::receive::{CellSync, OfdmReceive, RxSlot, SyncSettings};
    use nrflow_blocks::slot_port::{DEFAULT_DEPTH, SlotWriter};
    use nrflow_blocks::{PerSlot, SlotSink};
    use nrflow_flowgraphs::channel_settings::ChannelSettings;
    use nrflow_flowgraphs::config::Cell;
    use nrflow_flowgraphs::receive_graph;
    use nrflow_flowgraphs::transmit::{self, TransmitOptions};
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    /// Five seconds of a carrier of 20 MHz, whose slots of 30 kHz are 0.5 ms.
    const RATE_HZ: f64 = 23.04e6;
    const SAMPLES: u64 = 5 * 23_040_000;
    const SLOTS: usize = 10_000;
    const LOSSLESS: PublishOptions = PublishOptions { lossless: true, queue: 64 };

    pub fn main() -> anyhow::Result<()> {
        let args: Vec<String> = std::env::args().collect();
        if let Some(at) = args.iter().position(|arg| arg == "--publish") {
            return publish(args.get(at + 1).context("an edge")?);
        }
        println!("edge      Msps   MB/s   publisher, subscriber: share of a core at 23.04 Msps, at 61.44 Msps");
        for edge in ["CF32", "CS16", "slots"] {
            subscribe(edge)?;
        }
        Ok(())
    }

    /// Processor time of this process so far, of all its threads.
    fn processor_s() -> f64 {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let after = stat.rsplit(')').next().unwrap_or_default();
        // utime and stime, in hundredths of a second.
        let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|x| x.parse::<f64>().ok()).sum();
        ticks / 100.0
    }

    /// A block that always has what it had before.
    #[derive(Block)]
    struct Always {
        #[output]
        output: DefaultCpuWriter<Complex32>,
        left: u64,
    }

    impl Kernel for Always {
        async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
            let n = (self.output.slice().len() as u64).min(self.left);
            self.output.produce(n as usize);
            self.left -= n;
            io.finished = self.left == 0;
            Ok(())
        }
    }

    #[derive(Block)]
    struct Slots {
        #[output]
        output: SlotWriter<Arc<RxSlot>>,
        slots: Vec<Arc<RxSlot>>,
        sent: usize,
    }

    impl Kernel for Slots {
        async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
            while self.sent < SLOTS {
                let Some(space) = self.output.reserve() else { return Ok(()) };
                space.send(Arc::clone(&self.slots[self.sent % self.slots.len()]));
                self.sent += 1;
            }
            io.finished = true;
            Ok(())
        }
    }

    fn publish(edge: &str) -> anyhow::Result<()> {
        let mut graph = Flowgraph::new();
        let begun = if edge == "slots" {
            let (settings, slot_rate_hz, slots) = slots()?;
            let publisher = SlotPublisher::bind("tcp://127.0.0.1:*", &settings, slot_rate_hz, LOSSLESS)?;
            println!("{}", publisher.address());
            let source = Slots { output: SlotWriter::shared(DEFAULT_DEPTH), slots, sent: 0 };
            connect!(graph, source > publisher);
            processor_s()
        } else {
            let format = WireFormat::from_name(edge).context("a format")?;
            let publisher = SamplePublisher::bind("tcp://127.0.0.1:*", format, RATE_HZ, None, LOSSLESS)?;
            println!("{}", publisher.address());
            let source = Always { output: DefaultCpuWriter::default(), left: SAMPLES };
            connect!(graph, source > publisher);
            processor_s()
        };
        receive_graph::run(graph, [])?;
        println!("{}", processor_s() - begun);
        Ok(())
    }

    /// The slots of the default cell, as the receiver has them.
    fn slots() -> anyhow::Result<(SyncSettings, u64, Vec<Arc<RxSlot>>)> {
        let path = std::env::temp_dir().join(format!("nrflow-bench-{}", std::process::id()));
        let cell = Cell::default_cell()?;
        let options = TransmitOptions { duration_ms: 60.0, ..TransmitOptions::of(&cell) };
        transmit::run(&cell, &ChannelSettings::default(), &path, &options)?;
        let recording = Recording::open_sigmf(&path.with_extension("sigmf-meta"))?;
        let settings = SyncSettings::new(recording.sample_rate_hz(), recording.frequency_hz());
        let sync = CellSync::new(settings.clone())?;
        let rate = sync.slot_rate_hz();
        let ofdm = PerSlot::new(OfdmReceive::new(rate));
        let source = FileSource::new(&recording, 8 * 30_720)?;
        let slots = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&slots);
        let sink = SlotSink::new(move |slot: Arc<RxSlot>| {
            taken.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.push(slot);
            Ok(())
        });
        let mut graph = Flowgraph::new();
        connect!(graph, source > inputs[0].sync > ofdm > sink);
        receive_graph::run(graph, [])?;
        for extension in ["sigmf-meta", "sigmf-data"] {
            std::fs::remove_file(path.with_extension(extension))?;
        }
        let slots = std::mem::take(&mut *slots.lock().map_err(|_| anyhow::anyhow!("poisoned"))?);
        Ok((settings, rate, slots))
    }

    fn subscribe(edge: &str) -> anyhow::Result<()> {
        let mut publisher =
            Command::new(std::env::current_exe()?).args(["--publish", edge]).stdout(Stdio::piped()).spawn()?;
        let mut said = BufReader::new(publisher.stdout.take().context("its output")?).lines();
        let mut next = || said.next().context("the publisher failed")?.context("the publisher");
        let mut subscription = Subscription::connect(&next()?)?;
        let info = loop {
            if let Some(info) = subscription.wait(Duration::from_millis(100))? {
                break info;
            }
        };
        let mut graph = Flowgraph::new();
        let counts = subscription.counts();
        if info.edge == Edge::Slots {
            let source = SlotSubscriber::new(subscription, info, None)?;
            let sink = SlotSink::new(|_: Arc<RxSlot>| Ok(()));
            connect!(graph, source > sink);
        } else {
            let source = RadioSource::new(SampleSubscriber::new(subscription, info)?, ReceiveOptions::default());
            let sink = Nothing::default();
            connect!(graph, source.outputs[0] > sink);
        }
        let (begun, spent) = (Instant::now(), processor_s());
        receive_graph::run(graph, [])?;
        let (seconds, spent) = (begun.elapsed().as_secs_f64(), processor_s() - spent);
        let of_publisher: f64 = next()?.parse()?;
        publisher.wait()?;
        let (stream_s, bytes) = match edge {
            "slots" => (SLOTS as f64 * 0.5e-3, SLOTS as f64 * 51.0 * 12.0 * 14.0 * 8.0),
            "CS16" => (SAMPLES as f64 / RATE_HZ, SAMPLES as f64 * 4.0),
            _ => (SAMPLES as f64 / RATE_HZ, SAMPLES as f64 * 8.0),
        };
        let share = |spent: f64, rate_hz: f64| 100.0 * spent / stream_s * rate_hz / RATE_HZ;
        println!(
            "{edge:5}  {:7.1}  {:5.0}   {:.0} %, {:.0} %; {:.0} %, {:.0} %   ({} messages, {} lost)",
            stream_s / seconds * RATE_HZ / 1e6,
            bytes / seconds / 1e6,
            share(of_publisher, RATE_HZ),
            share(spent, RATE_HZ),
            share(of_publisher, 61.44e6),
            share(spent, 61.44e6),
            counts.messages.load(std::sync::atomic::Ordering::Relaxed),
            counts.lost.load(std::sync::atomic::Ordering::Relaxed),
        );
        Ok(())
    }
}
