//! Where the bytes of the sending side come from: a file, standard input, UDP or a TUN interface.

use super::frame::MIN_BLOCK;
use super::sender::{LinkSender, SenderCounts};
use super::tun::Tun;
use anyhow::Context;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use nrflow_blocks::transmit::BlockSource;
use std::fs::File;
use std::io::{Read, Seek};
use std::net::{ToSocketAddrs, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes read at a time.
const READ: usize = 1 << 16;
/// Reads or datagrams that wait for their slot.
const QUEUE: usize = 256;
/// So often a wait for data looks whether it is to end.
const PATIENCE: Duration = Duration::from_millis(50);

/// Gives the bytes to be sent.
pub enum Feed {
    /// A file, so many rounds of it.
    File {
        /// The file.
        file: File,
        /// Rounds still to be read, this one included.
        rounds: u16,
    },
    /// What a thread reads from standard input.
    Stream(Receiver<std::io::Result<Vec<u8>>>),
    /// What a thread takes from UDP or a TUN interface.
    Datagrams(Receiver<std::io::Result<Vec<u8>>>),
}

impl Feed {
    /// A file that is sent `rounds` times, and its length.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn file(path: &Path, rounds: u16) -> anyhow::Result<(Self, u64)> {
        let name = || path.display().to_string();
        let file = File::open(path).with_context(name)?;
        let metadata = file.metadata().with_context(name)?;
        anyhow::ensure!(metadata.is_file(), "{}: no plain file; give it through standard input", path.display());
        Ok((Self::File { file, rounds }, metadata.len()))
    }

    /// Standard input to its end.
    ///
    /// # Errors
    /// If the system has no thread for it.
    pub fn stdin() -> std::io::Result<Self> {
        let (sender, receiver) = bounded(QUEUE);
        spawn("nrflow-stdin", move || read_stdin(&sender))?;
        Ok(Self::Stream(receiver))
    }

    /// The datagrams that come to a UDP address, and the address.
    ///
    /// # Errors
    /// If nothing can listen there.
    pub fn udp(address: &str) -> anyhow::Result<(Self, std::net::SocketAddr)> {
        let socket = UdpSocket::bind(resolve(address)?).with_context(|| format!("UDP address {address}"))?;
        let local = socket.local_addr()?;
        Ok((Self::datagrams("nrflow-udp", move |buffer| socket.recv(buffer))?, local))
    }

    /// The packets that are routed into a TUN interface.
    ///
    /// # Errors
    /// If the system has no thread for it.
    pub fn tun(tun: Tun) -> std::io::Result<Self> {
        Self::datagrams("nrflow-tun", move |buffer| tun.receive(buffer))
    }

    fn datagrams(
        name: &str,
        mut receive: impl FnMut(&mut [u8]) -> std::io::Result<usize> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, receiver) = bounded(QUEUE);
        spawn(name, move || {
            let mut buffer = vec![0; READ];
            loop {
                let datagram = match receive(&mut buffer) {
                    Ok(n) => Ok(buffer[..n].to_vec()),
                    Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                    Err(e) => Err(e),
                };
                let failed = datagram.is_err();
                // While the queue is full the system's own fills, and drops what comes then, as for any slow reader.
                if sender.send(datagram).is_err() || failed {
                    return;
                }
            }
        })?;
        Ok(Self::Datagrams(receiver))
    }

    /// Whether it gives datagrams.
    pub const fn has_datagrams(&self) -> bool {
        matches!(self, Self::Datagrams(_))
    }
}

/// The first address of that name.
pub fn resolve(address: &str) -> anyhow::Result<std::net::SocketAddr> {
    let mut all = address.to_socket_addrs().with_context(|| format!("'{address}' is no HOST:PORT"))?;
    all.next().with_context(|| format!("'{address}' has no address"))
}

/// A thread that ends with the process: it waits in the system, where nothing can wake it.
fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_string()).spawn(run).map(drop)
}

fn read_stdin(sender: &Sender<std::io::Result<Vec<u8>>>) {
    let mut stdin = std::io::stdin().lock();
    let mut buffer = vec![0; READ];
    loop {
        let read = match stdin.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => Ok(buffer[..n].to_vec()),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => Err(e),
        };
        let failed = read.is_err();
        if sender.send(read).is_err() || failed {
            return;
        }
    }
}

/// How long the source waits for data when it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all: the radio goes on.
    Never,
    /// As long as it takes: nobody waits for the slot.
    ForData,
    /// Until it is time for the slot, of this length.
    Paced(Duration),
}

/// When it sends what.
#[derive(Clone, Copy, Debug)]
pub struct LinkTiming {
    /// Slots without data before the first, in which a receiver finds the cell.
    pub lead_slots: u64,
    /// Slots that say the stream's end, so that a receiver does not miss it.
    pub tail_slots: u64,
    /// How long it waits for data.
    pub wait: Wait,
}

/// What is shared with whoever watches.
#[derive(Clone, Debug, Default)]
pub struct SourceWatch {
    counts: Arc<Mutex<SenderCounts>>,
    slot: Arc<AtomicU64>,
    error: Arc<Mutex<Option<std::io::Error>>>,
}

impl SourceWatch {
    /// What was sent so far.
    pub fn counts(&self) -> SenderCounts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The slot of the last new block, since the first.
    pub fn slot(&self) -> u64 {
        self.slot.load(Ordering::Relaxed)
    }

    /// Why there is no more to be sent, if that was an error.
    pub fn take_error(&self) -> Option<std::io::Error> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The source of a link's transport blocks.
pub struct LinkSource {
    sender: LinkSender,
    feed: Feed,
    timing: LinkTiming,
    stop: Arc<AtomicBool>,
    watch: SourceWatch,
    begun: Instant,
    /// The slot in which the stream was seen to have ended.
    ended_at: Option<u64>,
    over: bool,
}

impl LinkSource {
    /// Sends what `feed` gives through `sender`, until it ends or `stop` is set.
    pub fn new(sender: LinkSender, feed: Feed, timing: LinkTiming, stop: Arc<AtomicBool>) -> Self {
        let watch = SourceWatch::default();
        Self { sender, feed, timing, stop, watch, begun: Instant::now(), ended_at: None, over: false }
    }

    /// To watch it from outside.
    pub fn watch(&self) -> SourceWatch {
        self.watch.clone()
    }

    /// Takes more from the feed; false if there is nothing now.
    fn take(&mut self, slot: u64) -> std::io::Result<bool> {
        let (channel, is_stream) = match &mut self.feed {
            Feed::File { file, rounds } => {
                let mut buffer = vec![0; READ];
                let n = file.read(&mut buffer)?;
                if n > 0 {
                    self.sender.push_bytes(&buffer[..n]);
                } else {
                    *rounds = rounds.saturating_sub(1);
                    self.sender.end_round(*rounds);
                    file.rewind()?;
                }
                return Ok(true);
            }
            Feed::Stream(channel) => (channel, true),
            Feed::Datagrams(channel) => (channel, false),
        };
        let until = match self.timing.wait {
            Wait::Never => Some(Instant::now()),
            Wait::ForData => None,
            Wait::Paced(slot_length) => Some(self.begun + slot_length.mul_f64(slot as f64)),
        };
        let received = loop {
            let now = Instant::now();
            let step = until.map_or(PATIENCE, |until| until.saturating_duration_since(now).min(PATIENCE));
            match channel.recv_timeout(step) {
                Err(RecvTimeoutError::Timeout) => {
                    if self.stop.load(Ordering::Acquire) || until.is_some_and(|until| Instant::now() >= until) {
                        return Ok(false);
                    }
                }
                received => break received.ok(),
            }
        };
        match received.transpose()? {
            Some(bytes) if is_stream => self.sender.push_bytes(&bytes),
            // UDP and TUN have none above 65535 bytes.
            Some(datagram) => _ = self.sender.push_datagram(datagram),
            None if is_stream => self.sender.end_round(0),
            None => return Ok(false),
        }
        Ok(true)
    }
}

impl BlockSource for LinkSource {
    fn fill(&mut self, slot: u64, block: &mut [u8]) {
        while slot >= self.timing.lead_slots && block.len() >= MIN_BLOCK && self.sender.wants(block.len()) {
            match self.take(slot) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    *self.watch.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    self.over = true;
                    break;
                }
            }
        }
        self.sender.fill(block);
        self.watch.slot.store(slot, Ordering::Relaxed);
        if self.sender.has_ended() {
            let at = *self.ended_at.get_or_insert(slot);
            self.over |= slot >= at + self.timing.tail_slots;
        }
        *self.watch.counts.lock().unwrap_or_else(PoisonError::into_inner) = self.sender.counts();
    }

    fn is_over(&self) -> bool {
        self.over || self.stop.load(Ordering::Acquire)
    }
}
