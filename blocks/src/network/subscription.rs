use super::NetworkError;
use super::socket;
use super::wire::{Header, StreamInfo};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use zmq::{Context, DONTWAIT, Message, Socket};

/// What a subscriber counts.
#[derive(Debug, Default)]
pub struct SubscriberCounts {
    /// Messages that came.
    pub messages: AtomicU64,
    /// Messages that are missing, by their numbers.
    pub lost: AtomicU64,
    /// What came and is no message of ours, or of another stream.
    pub wrong: AtomicU64,
    /// Times that the publisher started anew, or its numbers went back.
    pub restarts: AtomicU64,
}

/// Most messages that wait to be taken, and the bytes of the longest: so much memory may a publisher cost.
const QUEUE: i32 = 32;
const LONGEST: usize = 8 << 20;
/// A publisher that is silent for so long is asked whether it is still there, and given up after the same again.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// The receiving end of a published edge. It begins with whichever message comes first, goes on after losses, and
/// follows its publisher through restarts.
pub struct Subscription {
    socket: Socket,
    info: Option<StreamInfo>,
    /// The stream, and the number that its next message has.
    stream: Option<(u64, u64)>,
    first: Option<Heard>,
    counts: Arc<SubscriberCounts>,
}

/// What was heard from a publisher.
pub(super) enum Heard {
    /// A message; what is about follows its header.
    Message {
        message: Message,
        after: After,
    },
    Nothing,
    Ended,
    /// Something that is no message: a sentence on it.
    Wrong(String),
    /// The publisher has become another: a sentence on that.
    Changed(String),
}

/// How a message follows the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It is the first, or the next.
    All,
    /// Others are missing between, whose time it tells.
    Lost,
    /// It is unknown what lies between.
    Break,
}

impl Subscription {
    /// Subscribes to the publisher at `endpoint`, which may come later.
    ///
    /// # Errors
    /// If `endpoint` is no address.
    pub fn connect(endpoint: &str) -> Result<Self, NetworkError> {
        let socket = socket::connected(&Context::new(), zmq::SUB, endpoint, QUEUE, LONGEST)?;
        socket.set_heartbeat_ivl(HEARTBEAT.as_millis() as i32)?;
        socket.set_heartbeat_timeout(HEARTBEAT.as_millis() as i32)?;
        socket.set_subscribe(b"")?;
        Ok(Self { socket, info: None, stream: None, first: None, counts: Arc::default() })
    }

    /// What is counted.
    pub fn counts(&self) -> Arc<SubscriberCounts> {
        Arc::clone(&self.counts)
    }

    /// Waits until a first message says what is published; none if there is none within `patience`.
    ///
    /// # Errors
    /// If what comes is of another program or another version.
    pub fn wait(&mut self, patience: Duration) -> Result<Option<StreamInfo>, NetworkError> {
        if self.first.is_none() {
            match self.hear(patience) {
                Heard::Nothing => {}
                Heard::Wrong(text) | Heard::Changed(text) => return Err(NetworkError::Settings(text)),
                heard => self.first = Some(heard),
            }
        }
        Ok(self.info)
    }

    /// The next message, if it comes within `patience`.
    pub(super) fn hear(&mut self, patience: Duration) -> Heard {
        if let Some(heard) = self.first.take() {
            return heard;
        }
        let until = Instant::now() + patience;
        loop {
            match self.socket.recv_msg(DONTWAIT) {
                Ok(message) => return self.take(message),
                Err(zmq::Error::EAGAIN | zmq::Error::EINTR) if Instant::now() < until => {
                    socket::wait(std::iter::once(&self.socket), until);
                }
                Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => return Heard::Nothing,
                Err(error) => return Heard::Wrong(error.to_string()),
            }
        }
    }

    fn take(&mut self, message: Message) -> Heard {
        let wrong = |text: String| {
            SubscriberCounts::add(&self.counts.wrong, 1);
            Heard::Wrong(text)
        };
        let header = match Header::read(&message) {
            Ok(header) => header,
            Err(text) => return wrong(text),
        };
        if let Some(info) = self.info
            && info != header.info
        {
            SubscriberCounts::add(&self.counts.wrong, 1);
            return Heard::Changed(format!("the publisher has become another: {info:?} before, {:?} now", header.info));
        }
        let mut after = match self.stream {
            None => After::All,
            Some((stream, next)) if stream == header.stream => match header.sequence.checked_sub(next) {
                Some(0) => After::All,
                Some(lost) => {
                    SubscriberCounts::add(&self.counts.lost, lost);
                    After::Lost
                }
                // Messages do not overtake each other: the number of this one or the one before was wrong.
                None => {
                    SubscriberCounts::add(&self.counts.restarts, 1);
                    After::Break
                }
            },
            Some(_) => {
                SubscriberCounts::add(&self.counts.restarts, 1);
                After::Break
            }
        };
        self.info = Some(header.info);
        self.stream = Some((header.stream, header.sequence.saturating_add(1)));
        if header.ends {
            return Heard::Ended;
        }
        SubscriberCounts::add(&self.counts.messages, 1);
        if header.broken {
            after = After::Break;
        }
        Heard::Message { message, after }
    }
}

impl SubscriberCounts {
    pub(super) fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }
}
