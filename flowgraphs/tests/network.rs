//! A graph split over the network, over loopback: an antenna host and a decoding one report what one machine does; and a
//! cell through two ends of a virtual radio. Every graph has a time limit.
#![cfg(feature = "zmq")]

use futuresdr::prelude::*;
use nrflow_blocks::file::{FileSource, Recording};
use nrflow_blocks::network::peer::{ZmqRadio, ZmqRadioSettings};
use nrflow_blocks::network::{PublishOptions, SlotPublisher, SlotSubscriber, Subscription};
use nrflow_blocks::radio::{RadioSink, RadioSource, SlotLengths, WireFormat};
use nrflow_blocks::receive::{CellSync, Known, OfdmReceive, Report, RxSlot, SyncSettings};
use nrflow_blocks::{PerSlot, SlotSink};
use nrflow_flowgraphs::antenna::{AntennaGraph, Publication};
use nrflow_flowgraphs::channel_settings::ChannelSettings;
use nrflow_flowgraphs::config::Cell;
use nrflow_flowgraphs::network::Remote;
use nrflow_flowgraphs::receive_graph::ReceiveGraph;
use nrflow_flowgraphs::transmit::{self, TransmitOptions};
use nrflow_flowgraphs::{decode, receive_graph};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

/// What a thread gives, if it does within a time that is generous.
fn in_time<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> mpsc::Receiver<T> {
    let (done, wait) = mpsc::channel();
    // A receiver that is gone has failed before.
    std::thread::spawn(move || drop(done.send(run())));
    wait
}

fn wait<T>(what: &str, receiver: &mpsc::Receiver<T>) -> T {
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{what} hangs"))
}

/// A generated cell that is removed again.
struct Generated(PathBuf);

impl Generated {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nrflow-network-{}-{name}", std::process::id()));
        let cell = Cell::default_cell().unwrap();
        let options = TransmitOptions { duration_ms: 60.0, ..TransmitOptions::of(&cell) };
        transmit::run(&cell, &ChannelSettings::default(), &path, &options).unwrap();
        Self(path)
    }

    fn recording(&self) -> Recording {
        Recording::open_sigmf(&self.0.with_extension("sigmf-meta")).unwrap()
    }
}

impl Drop for Generated {
    fn drop(&mut self) {
        for extension in ["sigmf-meta", "sigmf-data"] {
            let _ = std::fs::remove_file(self.0.with_extension(extension));
        }
    }
}

fn settings(recording: &Recording) -> SyncSettings {
    SyncSettings::new(recording.sample_rate_hz(), recording.frequency_hz())
}

/// What reports say, without figures of merit and in an order of its own: where exactly tracking takes hold of a cell, and
/// between which slots a block is reported, depends on the pieces in which samples come.
fn text(reports: mpsc::Receiver<Report>) -> Vec<String> {
    let said = |report: Report| match report {
        Report::Ssb(r) => {
            format!("{:?} {} {:?} {:?} {:.1}", r.cell.cell_id, r.ssb.ssb_index, r.ssb.payload, r.mib, r.ssb.ssb_start)
        }
        Report::Dci(r) => {
            format!("{:?} {:?} {:?} {:?} {:?}", r.cell.cell_id, r.at, r.dci.rnti, r.dci.bits, r.format_1_0)
        }
        Report::Pdsch(r) => {
            let crc = r.figures.crc_ok;
            format!("{:?} {:?} {:?} {crc} {:?} {:?} {:?}", r.cell.cell_id, r.at, r.rnti, r.prbs, r.block, r.sib1)
        }
    };
    let mut text: Vec<String> = reports.into_iter().map(said).collect();
    text.sort_unstable();
    text
}

/// Reports are long: the first that is not as expected is shown alone.
fn assert_same(got: &[String], expected: &[String], what: &str) {
    let differs = got.iter().zip(expected).find(|(a, b)| a != b);
    assert_eq!(differs, None, "{what}");
    assert_eq!(got.len(), expected.len(), "{what}: reports");
}

fn direct(recording: &Recording) -> Vec<String> {
    let (sender, reports) = mpsc::channel();
    decode::decode(recording, settings(recording), &[], Known::default(), move |report| Ok(sender.send(report)?))
        .unwrap();
    text(reports)
}

/// What a decoding host reports of what an antenna host publishes.
fn split(generated: &Generated, samples: Option<WireFormat>) -> Vec<String> {
    let recording = generated.recording();
    let options = PublishOptions { lossless: true, ..PublishOptions::default() };
    let publication = Publication { address: "tcp://127.0.0.1:*".to_string(), samples, options };
    let graph = AntennaGraph::new(&publication, settings(&recording)).unwrap();
    let (address, of_antenna) = (graph.address().to_string(), settings(&recording));
    let source = FileSource::new(&recording, 8 * 30_720).unwrap();
    let antenna = in_time(move || graph.run_from_file(source).map_err(|e| e.to_string()));
    let decoder = in_time(move || {
        let remote = Remote::connect(&address).map_err(|e| e.to_string())?;
        let info = remote.info();
        assert_eq!(info.sample_rate_hz, of_antenna.sample_rate_hz);
        assert_eq!(info.centre_frequency_hz, of_antenna.centre_frequency_hz);
        let (sender, reports) = mpsc::channel();
        let take = move |report| Ok(sender.send(report)?);
        remote.decode(of_antenna, &[], Known::default(), None, false, take).map_err(|e| e.to_string())?;
        Ok::<_, String>(text(reports))
    });
    wait("the antenna", &antenna).unwrap();
    wait("the decoder", &decoder).unwrap()
}

#[test]
fn a_graph_on_two_machines_reports_what_it_does_on_one() {
    let generated = Generated::new("split");
    let direct = direct(&generated.recording());
    assert!(direct.iter().filter(|report| report.contains("Some((Sib1")).count() >= 2, "{} reports", direct.len());
    assert_same(&split(&generated, None), &direct, "slots");
    assert_same(&split(&generated, Some(WireFormat::Cf32)), &direct, "samples");
    assert_same(&split(&generated, Some(WireFormat::Cs16)), &direct, "quantised samples");
}

/// Slots as they are on this machine and as they come to the other.
#[test]
fn slots_arrive_bit_by_bit() {
    let generated = Generated::new("slots");
    let recording = generated.recording();
    let (address, publish) = mpsc::channel();
    let here = in_time(move || {
        let settings = settings(&recording);
        let sync = CellSync::new(settings.clone())?;
        let rate_hz = sync.slot_rate_hz();
        let ofdm = PerSlot::new(OfdmReceive::new(rate_hz));
        let options = PublishOptions { lossless: true, ..PublishOptions::default() };
        let publisher = SlotPublisher::bind("tcp://127.0.0.1:*", &settings, rate_hz, options)?;
        address.send(publisher.address().to_string())?;
        let source = FileSource::new(&recording, 8 * 30_720)?;
        let (slots, sink) = collect();
        let ends = [source.failure(), publisher.failure()];
        let mut graph = Flowgraph::new();
        connect!(graph, source > inputs[0].sync > ofdm > publisher; ofdm > sink);
        receive_graph::run(graph, &ends)?;
        anyhow::Ok(slots.try_iter().collect::<Vec<String>>())
    });
    let address = publish.recv_timeout(PATIENCE).unwrap();
    let there = in_time(move || {
        let mut subscription = Subscription::connect(&address)?;
        let info = loop {
            if let Some(info) = subscription.wait(Duration::from_millis(100))? {
                break info;
            }
        };
        let source = SlotSubscriber::new(subscription, info, None)?;
        let counts = source.counts();
        let (slots, sink) = collect();
        let ends = [source.failure()];
        let mut graph = Flowgraph::new();
        connect!(graph, source > sink);
        receive_graph::run(graph, &ends)?;
        assert_eq!((counts.lost.load(Ordering::Relaxed), counts.wrong.load(Ordering::Relaxed)), (0, 0));
        anyhow::Ok(slots.try_iter().collect::<Vec<String>>())
    });
    let (here, there) = (wait("the antenna", &here).unwrap(), wait("the decoder", &there).unwrap());
    assert!(here.len() >= 110, "{} slots", here.len());
    assert!(here.iter().any(|slot| slot.contains("ssbs: [FoundSsb")));
    assert!(here == there, "{} slots, {} of them arrive", here.len(), there.len());
}

/// A block that gives slots away as text, every bit of it.
fn collect() -> (mpsc::Receiver<String>, SlotSink<Arc<RxSlot>>) {
    let (sender, slots) = mpsc::channel();
    (slots, SlotSink::new(move |slot: Arc<RxSlot>| Ok(sender.send(format!("{slot:?}"))?)))
}

fn transmit_file(source: FileSource, sink: RadioSink) -> anyhow::Result<()> {
    let mut graph = Flowgraph::new();
    let ends = [source.failure(), sink.failure()];
    connect!(graph, source > inputs[0].sink);
    receive_graph::run(graph, &ends)
}

#[test]
fn a_cell_through_both_ends_of_a_virtual_radio() {
    let generated = Generated::new("peer");
    let recording = generated.recording();
    let direct = direct(&recording);
    let rate_hz = recording.sample_rate_hz();
    let of = |tx: &[&str], rx: &[&str]| ZmqRadioSettings {
        tx: tx.iter().map(ToString::to_string).collect(),
        rx: rx.iter().map(ToString::to_string).collect(),
        sample_rate_hz: rate_hz,
        lead: 1000,
    };
    let sender = ZmqRadio::open(&of(&["tcp://127.0.0.1:*"], &[])).unwrap();
    let receiver = ZmqRadio::open(&of(&[], &[&sender.addresses()[0]])).unwrap();
    let n_samples = recording.n_samples();
    let source = FileSource::new(&recording, 8 * 30_720).unwrap();
    let slots = SlotLengths::milliseconds(rate_hz);
    let sink = RadioSink::new(sender.output.unwrap(), slots, false, ZmqRadio::transmit_options());
    let sent = sink.counters();
    let transmitter = in_time(move || transmit_file(source, sink).map_err(|e| e.to_string()));
    let of_receiver = settings(&recording);
    let reports = in_time(move || {
        let (reports, taken) = mpsc::channel();
        let graph = ReceiveGraph::new(of_receiver, &[], move |report| Ok(reports.send(report)?)).unwrap();
        // A peer that has sent all is only gone: the stream has the end that it is given.
        let options = nrflow_blocks::radio::ReceiveOptions { limit: Some(n_samples), ..ZmqRadio::receive_options() };
        let source = RadioSource::new(receiver.input.unwrap(), options);
        let counters = source.counters();
        graph.run_from_radio(source).unwrap();
        (text(taken), counters.read())
    });
    let (reports, counts) = wait("the receiver", &reports);
    assert_eq!((counts.samples, counts.errors, counts.lost, counts.jumps), (n_samples, 0, 0, 0));
    assert_same(&reports, &direct, "peer");
    wait("the transmitter", &transmitter).unwrap();
    // And zeros that end the burst, which nobody had to take.
    assert!(sent.read().samples >= n_samples);
}

#[test]
fn what_is_published_is_known_by_its_first_message() {
    let mut nobody = Subscription::connect("tcp://127.0.0.1:1").unwrap();
    assert_eq!(nobody.wait(Duration::from_millis(10)).unwrap(), None);
    assert!(Subscription::connect("nowhere").is_err());
}

/// A command that sends to a peer, and the address that it got.
fn sender(args: &[&str]) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
    command.args(args).args(["--device", "driver=zmq,tx_port=tcp://127.0.0.1:*"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = said.by_ref().map(Result::unwrap).find_map(|line| {
        let (_, rest) = line.split_once("sends at ")?;
        Some(rest.trim_end_matches(')').to_string())
    });
    // What it says later is taken too, or it would wait.
    std::thread::spawn(move || said.for_each(drop));
    (child, address.expect("no address is said"))
}

fn received(args: &[&str], address: &str) -> Output {
    let device = format!("driver=zmq,rx_port={address}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
    command.args(args).args(["--device", &device]).stdin(Stdio::null());
    wait(args[0], &in_time(move || command.output().unwrap()))
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).to_string()
}

#[test]
fn commands_take_a_peer_for_a_radio() {
    // Nothing is on the air: nobody has to say that it may be.
    let (mut transmitter, address) = sender(&["transmit", "--duration", "200"]);
    let out = succeeded(&received(&["decode", "--frequency", "3489.42e6", "--duration", "0.1", "--json"], &address));
    assert!(out.matches("\"kind\":\"sib1\"").count() >= 4, "{out}");
    // The first receiver is gone: another takes what follows.
    let to = std::env::temp_dir().join(format!("nrflow-peer-{}", std::process::id()));
    let name = to.to_str().unwrap();
    succeeded(&received(&["record", "--frequency", "3489.42e6", "--duration", "0.05", "--out", name], &address));
    let recorded = std::fs::metadata(format!("{name}.sigmf-data")).unwrap().len();
    assert_eq!(recorded, 50 * 23_040 * 8);
    let _ = transmitter.kill();
    let _ = transmitter.wait();

    let bytes: Vec<u8> = (0..200_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    std::fs::write(&to, &bytes).unwrap();
    let (mut transmitter, address) = sender(&["link", "tx", "--in", name, "--lead", "0.1", "--plain"]);
    let link = ["link", "rx", "--frequency", "3489.42e6", "--plain"];
    let output = received(&link, &address);
    assert!(output.status.success() && output.stdout == bytes, "{}", String::from_utf8_lossy(&output.stderr));
    let _ = transmitter.kill();
    let _ = transmitter.wait();
    for path in [to.clone(), to.with_extension("sigmf-meta"), to.with_extension("sigmf-data")] {
        let _ = std::fs::remove_file(path);
    }
}

#[test]
fn what_a_peer_cannot_do_is_said() {
    let refused = |args: &[&str], words: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_nrflow")).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).to_string();
        assert!(output.status.code() == Some(1) && said.contains(words), "{args:?}: {said}");
    };
    let peer = "driver=zmq,rx_port=tcp://127.0.0.1:9";
    refused(&["scan", "--band", "n78", "--device", peer], "cannot be tuned");
    refused(&["decode", "--device", peer, "--frequency", "3.5e9", "--gain", "3"], "gain");
    refused(&["decode", "--device", "driver=zmq", "--frequency", "3.5e9"], "needs a port");
    refused(&["transmit", "--device", peer], "tx_port=");
    refused(&["transmit", "--device", "driver=zmq,tx_port=tcp://127.0.0.1:*,base_srate=3.84e6"], "base_srate");
    refused(&["antenna", "--publish", "tcp://127.0.0.1:*"], "give a recording");
    refused(&["decode", "--subscribe", "nowhere"], "tcp://localhost:2001");
    refused(&["decode", "--subscribe", "udp://127.0.0.1:9"], "tcp://localhost:2001");
}
