//! Peers on the network, over loopback: the virtual radio against a peer that speaks the protocol and nothing of ours.
//! Every wait has an end that fails with words.
#![cfg(feature = "zmq")]

use nrflow::Complex32;
use nrflow_blocks::network::peer::{MESSAGE_SAMPLES, ZmqInput, ZmqOutput, ZmqRadio, ZmqRadioSettings};
use nrflow_blocks::radio::{Chunk, DeviceTime, Plane, Received, SampleInput, SampleOutput, WireFormat, Written};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const RATE_HZ: f64 = 1.92e6;

fn settings(tx: &[&str], rx: &[String], lead: u64) -> ZmqRadioSettings {
    let tx = tx.iter().map(ToString::to_string).collect();
    ZmqRadioSettings { tx, rx: rx.to_vec(), sample_rate_hz: RATE_HZ, lead }
}

/// Sample `n` of channel `channel`: each is another.
fn sample(channel: usize, n: u64) -> Complex32 {
    Complex32::new(n as f32, channel as f32 + 0.5)
}

fn samples(channel: usize, first: u64, n: usize) -> Vec<Complex32> {
    (first..first + n as u64).map(|n| sample(channel, n)).collect()
}

fn bytes(samples: &[Complex32]) -> Vec<u8> {
    samples.iter().flat_map(|z| [z.re, z.im]).flat_map(f32::to_ne_bytes).collect()
}

fn from_bytes(bytes: &[u8]) -> Vec<Complex32> {
    assert_eq!(bytes.len() % 8, 0);
    let part = |b: &[u8]| f32::from_ne_bytes([b[0], b[1], b[2], b[3]]);
    bytes.chunks_exact(8).map(|b| Complex32::new(part(&b[..4]), part(&b[4..]))).collect()
}

/// The peer's transmitting end: a REP socket, on a port of its own.
struct PeerSends(zmq::Socket);

impl PeerSends {
    fn new(context: &zmq::Context, endpoint: &str) -> Self {
        let socket = context.socket(zmq::REP).unwrap();
        socket.set_linger(0).unwrap();
        socket.set_rcvtimeo(PATIENCE.as_millis() as i32).unwrap();
        socket.bind(endpoint).unwrap();
        Self(socket)
    }

    fn address(&self) -> String {
        self.0.get_last_endpoint().unwrap().unwrap()
    }

    /// Takes a request, which is one byte.
    fn await_request(&self) {
        assert_eq!(self.0.recv_bytes(0).expect("no request came").len(), 1);
    }

    fn answer(&self, message: &[u8]) {
        self.await_request();
        self.0.send(message, 0).unwrap();
    }
}

/// The peer's receiving end: a REQ socket.
struct PeerReceives(zmq::Socket);

impl PeerReceives {
    fn new(context: &zmq::Context, endpoint: &str) -> Self {
        let socket = context.socket(zmq::REQ).unwrap();
        socket.set_linger(0).unwrap();
        socket.connect(endpoint).unwrap();
        Self(socket)
    }

    fn ask(&self) {
        self.0.send(&[0xff][..], 0).unwrap();
    }

    /// The answer, if it comes within `patience`.
    fn answer(&self, patience: Duration) -> Option<Vec<Complex32>> {
        let came = self.0.poll(zmq::POLLIN, patience.as_millis() as i64).unwrap() > 0;
        came.then(|| from_bytes(&self.0.recv_bytes(0).unwrap()))
    }
}

/// Reads until samples come; how often something else did.
fn read(input: &mut ZmqInput, chunk: &mut Chunk) -> (usize, Vec<Received>) {
    let (begun, mut others) = (Instant::now(), Vec::new());
    while begun.elapsed() < PATIENCE {
        match input.read(chunk) {
            Received::Samples { n, time: None } => return (n, others),
            Received::Failed(reason) => {
                others.push(Received::Failed(reason));
                // As a radio thread does.
                while input.reopen().is_err() {
                    assert!(begun.elapsed() < PATIENCE, "the peer does not come back");
                }
            }
            Received::TimedOut => {}
            other => others.push(other),
        }
    }
    panic!("no samples came");
}

fn plane(chunk: &Chunk, channel: usize) -> &[Complex32] {
    match &chunk.planes()[channel] {
        Plane::Cf32(samples) => samples,
        other => panic!("{other:?}"),
    }
}

/// Reads `n` samples of the only channel.
fn read_all(input: &mut ZmqInput, n: usize) -> Vec<Complex32> {
    let mut all = Vec::new();
    while all.len() < n {
        let mut chunk = Chunk::new(WireFormat::Cf32, 1, n - all.len());
        let (got, others) = read(input, &mut chunk);
        assert_eq!(others, []);
        all.extend_from_slice(&plane(&chunk, 0)[..got]);
    }
    all
}

fn chunk_of(n_channels: usize, first: u64, n: usize) -> Chunk {
    let mut chunk = Chunk::new(WireFormat::Cf32, n_channels, n);
    for (channel, plane) in chunk.planes_mut().iter_mut().enumerate() {
        if let Plane::Cf32(plane) = plane {
            plane.copy_from_slice(&samples(channel, first, n));
        }
    }
    chunk.len = n;
    chunk
}

/// Writes all of the chunk, as a radio thread does; false if it does not get rid of it in `patience`.
fn write(output: &mut ZmqOutput, chunk: &Chunk, at: Option<u64>, patience: Duration) -> bool {
    let (begun, mut from) = (Instant::now(), 0);
    while from < chunk.len {
        let at = at.filter(|_| from == 0).map(|at| DeviceTime(at as i64));
        match output.write(chunk, from..chunk.len, at, false) {
            Written::Samples(n) => from += n,
            Written::TimedOut if begun.elapsed() >= patience => return false,
            Written::TimedOut => {}
            other => panic!("{other:?}"),
        }
    }
    true
}

fn receiver(rx: String) -> ZmqInput {
    ZmqRadio::open(&settings(&[], &[rx], 0)).unwrap().input.unwrap()
}

#[test]
fn messages_of_any_length_become_one_stream() {
    let context = zmq::Context::new();
    let peer = PeerSends::new(&context, "tcp://127.0.0.1:*");
    let mut input = receiver(peer.address());
    let lengths = [1, 11_520, 7, 3000, MESSAGE_SAMPLES, 2];
    let total: usize = lengths.iter().sum();
    let sender = std::thread::spawn(move || {
        let mut first = 0;
        for n in lengths {
            peer.answer(&bytes(&samples(0, first, n)));
            first += n as u64;
        }
        peer
    });
    assert!(read_all(&mut input, total) == samples(0, 0, total));
    sender.join().unwrap();
}

#[test]
fn what_is_no_message_is_said_and_the_stream_goes_on() {
    let context = zmq::Context::new();
    let peer = PeerSends::new(&context, "tcp://127.0.0.1:*");
    let mut input = receiver(peer.address());
    let sender = std::thread::spawn(move || {
        for length in [0, 7, 12, 8 * MESSAGE_SAMPLES + 8] {
            peer.answer(&vec![1; length]);
        }
        peer.answer(&bytes(&samples(0, 5, 10)));
        peer
    });
    let mut chunk = Chunk::new(WireFormat::Cf32, 1, 100);
    let (n, others) = read(&mut input, &mut chunk);
    assert_eq!(plane(&chunk, 0)[..n], samples(0, 5, 10));
    let said: Vec<String> = others.iter().map(|other| format!("{other:?}")).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    for (said, length) in said.iter().zip(["0", "7", "12", "4915208"]) {
        assert!(said.contains(&format!("sent {length} bytes")), "{said}");
    }
    let peer = sender.join().unwrap();
    // A message beyond all bounds is not even taken: the connection ends, and comes back.
    let sender = std::thread::spawn(move || {
        peer.answer(&vec![0; 3 * 8 * MESSAGE_SAMPLES]);
        peer.answer(&bytes(&samples(0, 1, 3)));
        peer
    });
    let mut chunk = Chunk::new(WireFormat::Cf32, 1, 100);
    let (n, others) = read(&mut input, &mut chunk);
    assert_eq!(plane(&chunk, 0)[..n], samples(0, 1, 3));
    assert!(matches!(&others[..], [Received::Failed(reason)] if reason.contains("has left")), "{others:?}");
    sender.join().unwrap();
}

#[test]
fn a_peer_comes_late_leaves_and_comes_back() {
    let context = zmq::Context::new();
    // A port that is free, and nobody at it: a listener of the system's closes at once, one of ZeroMQ's a moment later.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("tcp://127.0.0.1:{port}");
    let mut input = receiver(address.clone());
    let mut chunk = Chunk::new(WireFormat::Cf32, 1, 100);
    assert_eq!(input.read(&mut chunk), Received::TimedOut, "nobody is there");
    for life in 0..3 {
        let (address, context) = (address.clone(), context.clone());
        let sender = std::thread::spawn(move || {
            let peer = bind_again(&context, &address);
            peer.answer(&bytes(&samples(life, 0, 10)));
            // It leaves with a request unanswered.
            peer.await_request();
        });
        let mut chunk = Chunk::new(WireFormat::Cf32, 1, 100);
        let (n, others) = read(&mut input, &mut chunk);
        assert_eq!(plane(&chunk, 0)[..n], samples(life, 0, 10));
        // The first one comes; the others come back.
        let left = others.iter().filter(|other| format!("{other:?}").contains("has left")).count();
        assert_eq!((others.len(), left), (life.min(1), life.min(1)), "{others:?}");
        sender.join().unwrap();
    }
}

/// A port may be busy for a moment after its last owner.
fn bind_again(context: &zmq::Context, address: &str) -> PeerSends {
    let begun = Instant::now();
    loop {
        let socket = context.socket(zmq::REP).unwrap();
        socket.set_linger(0).unwrap();
        socket.set_rcvtimeo(PATIENCE.as_millis() as i32).unwrap();
        match socket.bind(address) {
            Ok(()) => return PeerSends(socket),
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{address}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn samples_go_out_as_they_are_asked_for_and_the_one_who_left_costs_none() {
    let radio = ZmqRadio::open(&settings(&["tcp://127.0.0.1:*"], &[], 0)).unwrap();
    let address = radio.addresses()[0].clone();
    let mut output = radio.output.unwrap();
    let context = zmq::Context::new();
    let chunk = chunk_of(1, 0, 100);
    assert!(!write(&mut output, &chunk, Some(0), Duration::from_millis(200)), "nobody has asked");
    let peer = PeerReceives::new(&context, &address);
    peer.ask();
    assert!(write(&mut output, &chunk, Some(0), PATIENCE));
    assert_eq!(peer.answer(PATIENCE).unwrap(), samples(0, 0, 100));
    // It asks and leaves; the next one gets what it would have got. A request that is none is not answered.
    peer.ask();
    let odd = context.socket(zmq::DEALER).unwrap();
    odd.set_linger(0).unwrap();
    odd.connect(&address).unwrap();
    odd.send(&b"hello"[..], 0).unwrap();
    assert_eq!(output.now(), Some(DeviceTime(100)));
    drop(peer);
    std::thread::sleep(Duration::from_millis(300));
    let peer = PeerReceives::new(&context, &address);
    peer.ask();
    assert!(write(&mut output, &chunk_of(1, 100, 50), None, PATIENCE));
    assert_eq!(peer.answer(PATIENCE).unwrap(), samples(0, 100, 50));
    assert_eq!(odd.poll(zmq::POLLIN, 0).unwrap(), 0);
}

#[test]
fn a_pause_is_zeros_and_what_is_late_is_dropped() {
    let radio = ZmqRadio::open(&settings(&["tcp://127.0.0.1:*"], &[], 0)).unwrap();
    let address = radio.addresses()[0].clone();
    let mut output = radio.output.unwrap();
    let taker = std::thread::spawn(move || {
        let peer = PeerReceives::new(&zmq::Context::new(), &address);
        let mut all = Vec::new();
        while all.len() < 40_210 {
            peer.ask();
            all.extend(peer.answer(PATIENCE).expect("no answer"));
        }
        all
    });
    assert!(write(&mut output, &chunk_of(1, 0, 100), Some(0), PATIENCE));
    assert!(write(&mut output, &chunk_of(1, 40_000, 200), Some(40_000), PATIENCE));
    assert_eq!(output.event(), None);
    // 40 of these 50 are of a time that has been.
    assert!(write(&mut output, &chunk_of(1, 40_160, 50), Some(40_160), PATIENCE));
    assert_eq!(output.event(), Some(nrflow_blocks::radio::TransmitEvent::Late));
    assert_eq!(output.event(), None);
    let all = taker.join().unwrap();
    let mut expected = samples(0, 0, 100);
    expected.resize(40_000, Complex32::ZERO);
    expected.extend(samples(0, 40_000, 210));
    assert!(all == expected);
}

#[test]
fn transmission_stays_within_the_lead_of_reception() {
    let context = zmq::Context::new();
    let peer_sends = PeerSends::new(&context, "tcp://127.0.0.1:*");
    let radio = ZmqRadio::open(&settings(&["tcp://127.0.0.1:*"], &[peer_sends.address()], 64)).unwrap();
    let peer_receives = PeerReceives::new(&context, &radio.addresses()[0]);
    let (mut input, mut output) = (radio.input.unwrap(), radio.output.unwrap());
    // Answers as they are asked for, ten samples each.
    let peer = std::thread::spawn(move || {
        for first in [0, 10, 20, 30] {
            peer_sends.answer(&bytes(&samples(0, first, 10)));
        }
        peer_sends
    });
    let chunk = chunk_of(1, 0, 1000);
    let mut sent = 0;
    let mut send_up_to = |output: &mut ZmqOutput, end: usize| {
        let begun = Instant::now();
        while sent < end {
            peer_receives.ask();
            let n = loop {
                let at = (sent == 0).then_some(DeviceTime(0));
                if let Written::Samples(n) = output.write(&chunk, sent..1000, at, false) {
                    break n;
                }
                assert!(begun.elapsed() < PATIENCE, "{sent} of {end} samples are sent");
            };
            assert_eq!(peer_receives.answer(PATIENCE).unwrap(), samples(0, sent as u64, n));
            sent += n;
        }
        // No more before more is received, whoever asks.
        assert_eq!(sent, end);
        assert_eq!(output.write(&chunk, sent..1000, None, false), Written::TimedOut);
    };
    send_up_to(&mut output, 64);
    for first in [0, 10] {
        assert_eq!(read_all(&mut input, 10), samples(0, first, 10));
        send_up_to(&mut output, 64 + first as usize + 10);
    }
    // The receiver ends: the transmitter goes on taking what comes, and holds to its lead.
    drop(input);
    send_up_to(&mut output, 64 + 40);
    peer.join().unwrap();
}

#[test]
fn a_transmitter_that_has_ended_lets_its_peer_go_on() {
    let context = zmq::Context::new();
    let peer_sends = PeerSends::new(&context, "tcp://127.0.0.1:*");
    let radio = ZmqRadio::open(&settings(&["tcp://127.0.0.1:*"], &[peer_sends.address()], 50)).unwrap();
    let address = radio.addresses()[0].clone();
    let (mut input, output) = (radio.input.unwrap(), radio.output.unwrap());
    drop(output);
    // A peer that takes a sample for each that it sends, in its one thread: it hangs if either side waits.
    let peer = std::thread::spawn(move || {
        let peer_receives = PeerReceives::new(&zmq::Context::new(), &address);
        let mut taken = Vec::new();
        for round in 0..20 {
            peer_receives.ask();
            taken.extend(peer_receives.answer(PATIENCE).expect("the peer hangs"));
            peer_sends.answer(&bytes(&samples(0, 30 * round, 30)));
        }
        taken
    });
    assert_eq!(read_all(&mut input, 600), samples(0, 0, 600));
    let taken = peer.join().unwrap();
    assert!(taken.iter().all(|z| *z == Complex32::ZERO));
    // No more than the lead before what the peer had sent by then.
    assert!(taken.len() >= 50 + 18 * 30 && taken.len() <= 50 + 20 * 30, "{} zeros", taken.len());
}

#[test]
fn two_of_ours_over_two_channels_each_way() {
    let port = "tcp://127.0.0.1:*";
    // The one binds before the other is there: it connects to ports that were free a moment ago.
    let context = zmq::Context::new();
    let free: Vec<String> = {
        let held: Vec<_> = (0..2).map(|_| PeerSends::new(&context, port)).collect();
        held.iter().map(PeerSends::address).collect()
    };
    let a = ZmqRadio::open(&settings(&[port, port], &free, 1000)).unwrap();
    let begun = Instant::now();
    let b = loop {
        match ZmqRadio::open(&settings(&[&free[0], &free[1]], a.addresses(), 1500)) {
            Ok(b) => break b,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
        }
    };
    let total = 20_000;
    let threads: Vec<_> = [(a, 10), (b, 20)]
        .into_iter()
        .flat_map(|(radio, name)| {
            let (mut input, mut output) = (radio.input.unwrap(), radio.output.unwrap());
            let sender = std::thread::spawn(move || {
                for first in (0..total).step_by(500) {
                    let mut chunk = chunk_of(2, first, 500);
                    for (channel, plane) in chunk.planes_mut().iter_mut().enumerate() {
                        if let Plane::Cf32(plane) = plane {
                            plane.copy_from_slice(&samples(name + channel, first, 500));
                        }
                    }
                    let at = (first == 0).then_some(0);
                    assert!(write(&mut output, &chunk, at, PATIENCE), "stuck at {first}");
                }
                // The other side may still wait for what is received here.
                Some(output)
            });
            let receiver = std::thread::spawn(move || {
                let mut received = 0;
                while received < total {
                    let mut chunk = Chunk::new(WireFormat::Cf32, 2, 700);
                    let (n, others) = read(&mut input, &mut chunk);
                    assert_eq!(others, []);
                    for channel in 0..2 {
                        let expected = samples(30 - name + channel, received, n);
                        assert!(plane(&chunk, channel)[..n] == expected, "at {received}");
                    }
                    received += n as u64;
                }
                drop(input);
                None
            });
            [sender, receiver]
        })
        .collect();
    threads.into_iter().for_each(|thread| drop(thread.join().unwrap()));
}

#[test]
fn addresses_that_are_none_and_ports_that_are_taken() {
    let port = "tcp://127.0.0.1:*";
    let first = ZmqRadio::open(&settings(&[port], &[], 0)).unwrap();
    for (tx, said) in [
        (first.addresses()[0].as_str(), "another program uses this address"),
        ("localhost", "it looks like tcp://"),
        ("pigeon://a:1", "it looks like tcp://"),
        ("tcp://192.0.2.1:2000", "no such address"),
    ] {
        let error = ZmqRadio::open(&settings(&[tx], &[], 0)).err().expect(tx).to_string();
        assert!(error.contains(said) && error.contains(tx), "{error}");
    }
    let error = ZmqRadio::open(&settings(&[], &["nowhere".to_string()], 0)).err().unwrap().to_string();
    assert!(error.contains("nowhere"), "{error}");
}
