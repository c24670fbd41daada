//! Edges over the network, over loopback: marks of a stream, losses, restarts, and messages that are bent. Every wait has
//! an end that fails with words.
#![cfg(feature = "zmq")]

use futuresdr::prelude::*;
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use nrflow::frame::SampleTime;
use nrflow_blocks::network::{
    Edge, PublishOptions, SamplePublisher, SampleSubscriber, StreamInfo, SubscriberCounts, Subscription,
};
use nrflow_blocks::radio::{RadioSource, ReceiveOptions, StreamCounts, WireFormat};
use nrflow_blocks::sample_edge::{self, Mark};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const RATE_HZ: f64 = 1e6;

fn sample(time: u64) -> Complex32 {
    // Exact in 16 bits.
    Complex32::new((time % 30_011) as f32, 1.0 + (time % 7) as f32) / 32768.0
}

/// A piece of a stream: so many samples, after what is missing.
#[derive(Clone, Copy)]
enum Piece {
    Samples(usize),
    Leap(u64),
    Break,
    Lost(usize),
}

#[derive(Block)]
struct Source {
    #[output]
    output: DefaultCpuWriter<Complex32>,
    pieces: Vec<Piece>,
    next: u64,
}

impl Source {
    fn new(pieces: &[Piece]) -> Self {
        let mut output = DefaultCpuWriter::<Complex32>::default();
        output.set_min_buffer_size_in_items(100_000);
        Self { output, pieces: pieces.iter().rev().copied().collect(), next: 0 }
    }
}

impl Kernel for Source {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        loop {
            let (space, mut tags) = self.output.slice_with_tags();
            let n = match self.pieces.last() {
                None => {
                    io.finished = true;
                    return Ok(());
                }
                Some(Piece::Leap(n)) => {
                    self.next += n;
                    self.pieces.pop();
                    continue;
                }
                Some(&(Piece::Samples(n) | Piece::Lost(n))) if space.len() < n => return Ok(()),
                Some(&Piece::Lost(n)) => {
                    space[..n].fill(Complex32::ZERO);
                    sample_edge::mark_lost(&mut tags, 0, n);
                    n
                }
                Some(&Piece::Samples(n)) => {
                    (0..n).for_each(|i| space[i] = sample(self.next + i as u64));
                    n
                }
                Some(Piece::Break) => {
                    self.pieces.pop();
                    let Some(&Piece::Samples(n)) = self.pieces.last() else { return Ok(()) };
                    (0..n).for_each(|i| space[i] = sample(self.next + i as u64));
                    sample_edge::mark_break(&mut tags, 0);
                    n
                }
            };
            sample_edge::mark(&mut tags, 0, SampleTime(self.next));
            self.output.produce(n);
            self.next += n as u64;
            self.pieces.pop();
        }
    }
}

/// What came: samples with their times by the marks, and the marks.
#[derive(Default)]
struct Seen {
    samples: Vec<(u64, Complex32)>,
    breaks: Vec<u64>,
    lost: u64,
}

#[derive(Block)]
struct Collect {
    #[input]
    input: DefaultCpuReader<Complex32>,
    next: u64,
    seen: Arc<Mutex<Seen>>,
}

impl Kernel for Collect {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        let ended = self.input.finished();
        let (samples, tags) = self.input.slice_with_tags();
        let mut seen = self.seen.lock().map_err(|e| anyhow::anyhow!("{e}"))?;
        let marks: Vec<_> = sample_edge::marks(tags, self.next).collect();
        let mut marks = marks.into_iter().peekable();
        for (i, &sample) in samples.iter().enumerate() {
            while let Some((_, mark)) = marks.next_if(|(index, _)| *index == i) {
                match mark {
                    Mark::Leap(n) => self.next += n,
                    Mark::Break => seen.breaks.push(self.next),
                    Mark::Lost(n) => seen.lost += n as u64,
                }
            }
            seen.samples.push((self.next, sample));
            self.next += 1;
        }
        let n = samples.len();
        self.input.consume(n);
        io.finished = ended && n == 0;
        io.call_again = ended && n > 0;
        Ok(())
    }
}

fn run(graph: Flowgraph, what: &'static str) -> impl FnOnce() {
    futuresdr::runtime::config::set("ctrlport_enable", false);
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || done.send(Runtime::new().run(graph).map(drop).map_err(|e| e.to_string())));
    move || wait.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{what} hangs")).unwrap()
}

fn publisher(endpoint: &str, format: WireFormat, pieces: &[Piece]) -> (String, Flowgraph) {
    let options = PublishOptions { lossless: true, ..PublishOptions::default() };
    let publisher = SamplePublisher::bind(endpoint, format, RATE_HZ, Some(3.5e9), options).unwrap();
    let address = publisher.address().to_string();
    let source = Source::new(pieces);
    let mut graph = Flowgraph::new();
    let connected: Result<()> = (|| {
        connect!(graph, source > publisher);
        Ok(())
    })();
    connected.unwrap();
    (address, graph)
}

/// Waits for what is published at `address` and prepares a graph that collects it.
struct Taker {
    graph: Flowgraph,
    seen: Arc<Mutex<Seen>>,
    counts: Arc<SubscriberCounts>,
    counters: Arc<nrflow_blocks::radio::Counters>,
}

impl Taker {
    fn new(subscription: Subscription, info: StreamInfo) -> Self {
        let input = SampleSubscriber::new(subscription, info).unwrap();
        let counts = input.counts();
        let source = RadioSource::new(input, ReceiveOptions::default());
        let counters = source.counters();
        let seen = Arc::<Mutex<Seen>>::default();
        let mut input = DefaultCpuReader::<Complex32>::default();
        input.set_min_buffer_size_in_items(1000);
        let collect = Collect { input, next: 0, seen: Arc::clone(&seen) };
        let mut graph = Flowgraph::new();
        let connected: Result<()> = (|| {
            connect!(graph, source.outputs[0] > collect);
            Ok(())
        })();
        connected.unwrap();
        Self { graph, seen, counts, counters }
    }

    fn run(self) -> (Seen, Arc<SubscriberCounts>, StreamCounts) {
        run(self.graph, "the subscriber")();
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        (seen, self.counts, self.counters.read())
    }
}

fn info_of(subscription: &mut Subscription) -> StreamInfo {
    let begun = Instant::now();
    loop {
        if let Some(info) = subscription.wait(Duration::from_millis(50)).unwrap() {
            return info;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing is published");
    }
}

#[test]
fn samples_and_what_is_missing_of_them_arrive() {
    use Piece::{Break, Leap, Lost, Samples};
    let pieces = [
        Samples(5000),
        Leap(20_000),
        Samples(2500),
        Lost(700),
        Samples(300),
        Break,
        Samples(4000),
        Leap(9),
        Samples(1),
    ];
    for format in [WireFormat::Cf32, WireFormat::Cs16] {
        let (address, graph) = publisher("tcp://127.0.0.1:*", format, &pieces);
        let published = run(graph, "the publisher");
        let mut subscription = Subscription::connect(&address).unwrap();
        let info = info_of(&mut subscription);
        let expected =
            StreamInfo { edge: Edge::Samples(format), sample_rate_hz: RATE_HZ, centre_frequency_hz: Some(3.5e9) };
        assert_eq!(info, expected);
        let (seen, counts, counters) = Taker::new(subscription, info).run();
        published();
        assert_eq!((counts.lost.load(Ordering::Relaxed), counts.wrong.load(Ordering::Relaxed)), (0, 0));
        assert_eq!((counters.samples, counters.gaps, counters.lost, counters.jumps), (11_801, 3, 20_709, 1));
        // 20 ms are left out; 0.7 ms and 9 samples become zeros.
        assert_eq!((seen.samples.len(), seen.lost), (11_801 + 709, 709));
        assert_eq!(seen.breaks, [28_500]);
        let (mut at, mut zeros) = (0, 0);
        for (time, got) in seen.samples {
            assert!(time >= at, "{time} after {at}");
            at = time;
            let missing = (27_500..28_200).contains(&time) || (32_500..32_509).contains(&time);
            zeros += u64::from(missing);
            let sent = if missing { Complex32::ZERO } else { sample(time) };
            assert!((got - sent).norm() < 1e-6, "{format} at {time}: {got}, not {sent}");
        }
        assert_eq!(zeros, 709);
    }
}

/// All messages of a publisher, as another program takes them.
fn messages(pieces: &[Piece]) -> Vec<Vec<u8>> {
    let (address, graph) = publisher("tcp://127.0.0.1:*", WireFormat::Cs16, pieces);
    let socket = zmq::Context::new().socket(zmq::SUB).unwrap();
    socket.set_rcvtimeo(PATIENCE.as_millis() as i32).unwrap();
    socket.connect(&address).unwrap();
    socket.set_subscribe(b"").unwrap();
    let published = run(graph, "the publisher");
    let mut all = Vec::new();
    loop {
        all.push(socket.recv_bytes(0).expect("no message"));
        // The ninth byte after the magic and the version says the end.
        if all.last().is_some_and(|message| message[9] & 1 == 1) {
            published();
            return all;
        }
    }
}

/// Publishes messages as they are, and gives what a subscriber makes of them.
fn relay(messages: &[Vec<u8>]) -> (Seen, Arc<SubscriberCounts>, StreamCounts) {
    let socket = zmq::Context::new().socket(zmq::XPUB).unwrap();
    socket.set_sndhwm(0).unwrap();
    socket.set_rcvtimeo(PATIENCE.as_millis() as i32).unwrap();
    socket.bind("tcp://127.0.0.1:*").unwrap();
    let mut subscription = Subscription::connect(&socket.get_last_endpoint().unwrap().unwrap()).unwrap();
    assert_eq!(socket.recv_bytes(0).expect("nobody subscribes"), [1]);
    socket.send(&messages[0], 0).unwrap();
    let info = info_of(&mut subscription);
    let taker = Taker::new(subscription, info);
    messages[1..].iter().for_each(|message| socket.send(message, 0).unwrap());
    taker.run()
}

#[test]
fn lost_messages_are_counted_and_a_late_subscriber_goes_on() {
    let all = messages(&[Piece::Samples(20_000)]);
    assert_eq!(all.len(), 21);
    // It comes after three, and loses two and then fifteen milliseconds.
    let some: Vec<_> = (3..21).filter(|n| !matches!(n, 5 | 6)).map(|n| all[n].clone()).collect();
    let (seen, counts, counters) = relay(&some);
    assert_eq!(counts.lost.load(Ordering::Relaxed), 2);
    assert_eq!((counters.gaps, counters.lost, counters.jumps), (1, 2000, 0));
    let received = seen.samples.iter().filter(|(_, z)| *z != Complex32::ZERO).count();
    assert_eq!((received, seen.samples.len(), seen.lost), (15_000, 17_000, 2000));
    for (time, got) in seen.samples {
        assert!(got == Complex32::ZERO || (got - sample(time + 3000)).norm() < 1e-6, "{time}");
    }
}

#[test]
fn a_publisher_that_starts_again_is_followed() {
    let (first, second) = (messages(&[Piece::Samples(5000)]), messages(&[Piece::Samples(3000)]));
    let both = [&first[..5], &second[..]].concat();
    let (seen, counts, counters) = relay(&both);
    assert_eq!((counts.restarts.load(Ordering::Relaxed), counts.lost.load(Ordering::Relaxed)), (1, 0));
    assert_eq!((counters.jumps, seen.samples.len()), (1, 8000));
    assert_eq!(seen.breaks, [5000]);
}

#[test]
fn bent_messages_are_left_out() {
    let all = messages(&[Piece::Samples(30_000)]);
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for _ in 0..10 {
        let mut bent = all.clone();
        for message in &mut bent[1..30] {
            match rng.random_range(0..6) {
                0 => message.truncate(rng.random_range(0..message.len())),
                1 => message.extend_from_slice(&[0; 3]),
                // Any byte of the header but the end's, and of the time.
                2 => {
                    let place = [0, 6, 8, 20, 24, 31, 48, 55][rng.random_range(0..8)];
                    message[place] ^= 1 << rng.random_range(0..8);
                }
                _ => {}
            }
        }
        // What was bent must not keep the end from being heard.
        let (seen, counts, counters) = relay(&bent);
        let wrong = counts.wrong.load(Ordering::Relaxed);
        assert!(wrong > 0 && counters.errors >= wrong, "{wrong} wrong, {counters:?}");
        assert!(!seen.samples.is_empty());
    }
}
