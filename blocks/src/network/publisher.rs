use super::NetworkError;
use super::socket::{self, PATIENCE, set_lossless};
use super::wire::{Header, StreamInfo};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use futuresdr::runtime::dev::BlockNotifier;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use zmq::{Context, DONTWAIT, Socket};

/// How messages are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishOptions {
    /// Waits for a first subscriber and then for the slowest one, as is right for a recording. Else what a subscriber
    /// does not take in time is left out for it, and nobody is waited for, as is right for a radio.
    pub lossless: bool,
    /// Messages that may wait for a subscriber, on each side.
    pub queue: u16,
}

impl Default for PublishOptions {
    /// For a radio, with 64 messages.
    fn default() -> Self {
        Self { lossless: false, queue: 64 }
    }
}

/// What a publisher counts.
#[derive(Debug, Default)]
pub struct PublisherCounts {
    /// Messages that were published, whether somebody took them or not.
    pub messages: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
}

/// Messages between a block and its thread.
const N_BUFFERS: usize = 8;
/// What waits for subscribers at the end is still delivered for so long.
const LINGER: Duration = Duration::from_secs(10);
/// The end is told for so long to a subscriber that takes nothing.
const FAREWELL: Duration = Duration::from_secs(2);
/// What subscribers send is their subscription.
const LONGEST_SUBSCRIPTION: usize = 256;

/// The publishing end of an edge: the block's side of it.
pub(super) struct Publisher {
    header: Header,
    address: String,
    thread: Option<PublishThread>,
    running: Option<JoinHandle<()>>,
    full: Option<Sender<Vec<u8>>>,
    empty: Receiver<Vec<u8>>,
    spare: Option<Vec<u8>>,
    pub wake: BlockNotifier,
    pub stop: Arc<AtomicBool>,
    pub counts: Arc<PublisherCounts>,
}

struct PublishThread {
    socket: Socket,
    options: PublishOptions,
    full: Receiver<Vec<u8>>,
    empty: Sender<Vec<u8>>,
    wake: BlockNotifier,
    stop: Arc<AtomicBool>,
    counts: Arc<PublisherCounts>,
    subscribed: bool,
}

/// Room for a message.
pub(super) enum Room {
    /// A buffer to be filled.
    Buffer(Vec<u8>),
    /// None yet; the block is woken when there is.
    Later,
    /// The thread has ended.
    Never,
}

impl Publisher {
    pub fn bind(endpoint: &str, info: StreamInfo, options: PublishOptions) -> Result<Self, NetworkError> {
        let context = Context::new();
        let queue = i32::from(options.queue.max(1));
        let (mut socket, address) = socket::bound(&context, zmq::XPUB, endpoint, LINGER, queue, LONGEST_SUBSCRIPTION)?;
        socket.set_sndtimeo(PATIENCE.as_millis() as i32)?;
        set_lossless(&mut socket, options.lossless)?;
        // With a place for the end, which has a buffer of its own.
        let (full, full_receiver) = bounded(N_BUFFERS + 1);
        let (empty_sender, empty) = bounded(N_BUFFERS + 1);
        for _ in 0..N_BUFFERS {
            // There is room for all.
            let _ = empty_sender.send(Vec::new());
        }
        let (wake, stop, counts) = (BlockNotifier::new(), Arc::<AtomicBool>::default(), Arc::default());
        let thread = PublishThread {
            socket,
            options,
            full: full_receiver,
            empty: empty_sender,
            wake: wake.clone(),
            stop: Arc::clone(&stop),
            counts: Arc::clone(&counts),
            subscribed: false,
        };
        let stream = RandomState::new().hash_one(&address);
        Ok(Self {
            header: Header { info, stream, sequence: 0, ends: false, broken: false },
            address,
            thread: Some(thread),
            running: None,
            full: Some(full),
            empty,
            spare: None,
            wake,
            stop,
            counts,
        })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn start(&mut self) -> std::io::Result<()> {
        if let Some(thread) = self.thread.take() {
            let thread = std::thread::Builder::new().name("nrflow-pub".to_string()).spawn(move || thread.run())?;
            self.running = Some(thread);
        }
        Ok(())
    }

    /// A buffer for the next message, which [`Publisher::begin`] begins.
    pub fn room(&mut self) -> Room {
        match self.spare.take().map_or_else(|| self.empty.try_recv(), Ok) {
            Ok(buffer) => Room::Buffer(buffer),
            Err(TryRecvError::Empty) => Room::Later,
            Err(TryRecvError::Disconnected) => Room::Never,
        }
    }

    /// Takes a buffer back that was not needed.
    pub fn give_back(&mut self, buffer: Vec<u8>) {
        self.spare = Some(buffer);
    }

    /// Begins the next message in `buffer`.
    pub fn begin(&mut self, buffer: &mut Vec<u8>, broken: bool) {
        self.header.broken = broken;
        self.header.write(buffer);
        self.header.sequence += 1;
    }

    /// Publishes a message.
    pub fn send(&self, message: Vec<u8>) {
        if let Some(full) = &self.full {
            // There are as many places as buffers; an error says that the thread has ended, as `room` tells.
            let _ = full.send(message);
        }
    }

    /// Tells subscribers that the stream has ended.
    pub fn end(&mut self) {
        if self.full.is_none() {
            return;
        }
        let mut message = Vec::new();
        self.header.ends = true;
        self.begin(&mut message, false);
        self.send(message);
        self.full = None;
    }

    /// Waits for the end of the thread.
    pub fn join(&mut self) {
        self.full = None;
        if let Some(thread) = self.running.take() {
            // A panic in it was told already.
            let _ = thread.join();
        }
    }
}

impl PublishThread {
    fn run(mut self) {
        loop {
            let message = match self.full.recv_timeout(PATIENCE) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => {
                    self.take_subscriptions();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let ends = Header::read(&message).is_ok_and(|header| header.ends);
            if ends {
                // Whatever else may be left out, the end is not; an error only means that it may be.
                let _ = set_lossless(&mut self.socket, true);
            }
            self.publish(&message, ends);
            // An error says that the block has ended; what it sent before is still sent.
            let _ = self.empty.send(message);
            self.wake.notify();
        }
        drop(self.socket);
        drop(self.empty);
        drop(self.full);
        self.wake.notify();
    }

    fn publish(&mut self, message: &[u8], ends: bool) {
        let begun = Instant::now();
        loop {
            self.take_subscriptions();
            let waits = self.options.lossless && !self.subscribed;
            if waits {
                socket::wait(std::iter::once(&self.socket), Instant::now() + PATIENCE);
            } else {
                match self.socket.send(message, 0) {
                    Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => {}
                    _ => break,
                }
            }
            let enough = ends && begun.elapsed() >= FAREWELL && !self.options.lossless;
            let stopped = self.stop.load(Ordering::Acquire) && (!ends || waits || begun.elapsed() >= FAREWELL);
            if stopped || enough {
                return;
            }
        }
        self.counts.messages.fetch_add(1, Ordering::Relaxed);
        self.counts.bytes.fetch_add(message.len() as u64, Ordering::Relaxed);
    }

    /// Learns whether anybody listens: the first byte is 1 for the first who does, 0 after the last.
    fn take_subscriptions(&mut self) {
        while let Ok(parts) = self.socket.recv_multipart(DONTWAIT) {
            if let Some(&first) = parts.first().and_then(|part| part.first()) {
                self.subscribed = first == 1;
            }
        }
    }
}
