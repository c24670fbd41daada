use super::MESSAGE_SAMPLES;
use crate::network::NetworkError;
use crate::network::socket::{self, PATIENCE};
use nrflow::Complex32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use zmq::{Context, DONTWAIT, Message, Socket, SocketEvent};

/// Bytes of a sample.
const SAMPLE: usize = size_of::<Complex32>();
/// A message of more is not taken at all: the connection ends.
const LONGEST_MESSAGE: usize = 2 * MESSAGE_SAMPLES * SAMPLE;
/// What a request holds; the peer does not look.
const REQUEST: &[u8] = &[0];

static MONITORS: AtomicU64 = AtomicU64::new(0);

/// The asking ends of all channels that are received.
pub(super) struct Requests {
    channels: Vec<Channel>,
}

/// The asking end of one channel.
struct Channel {
    context: Context,
    endpoint: String,
    link: Option<Link>,
    /// What is being taken out, and the message after it.
    current: Option<Samples>,
    next: Option<Samples>,
}

/// A socket and how it is. It is made anew after its peer has left: one that awaits an answer could never ask again.
struct Link {
    socket: Socket,
    monitor: Socket,
    asked: bool,
    connected: bool,
    /// Whether the connection has ended since the last request.
    left: bool,
}

struct Samples {
    message: Message,
    taken: usize,
}

impl Requests {
    /// Connects each channel; the peers may come later.
    pub fn connect(context: &Context, endpoints: &[String]) -> Result<Self, NetworkError> {
        let channel = |endpoint: &String| {
            let link = Some(Link::new(context, endpoint)?);
            let (context, endpoint) = (context.clone(), endpoint.clone());
            Ok(Channel { context, endpoint, link, current: None, next: None })
        };
        Ok(Self { channels: endpoints.iter().map(channel).collect::<Result<_, NetworkError>>()? })
    }

    pub fn n_channels(&self) -> usize {
        self.channels.len()
    }

    /// Asks where nothing is asked for yet, and takes what has come. One message is asked for beforehand.
    ///
    /// # Errors
    /// If a peer has left or sent what is none; then nothing is left of what had come, on any channel.
    pub fn serve(&mut self) -> Result<(), String> {
        let result = self.channels.iter_mut().try_for_each(Channel::serve);
        if result.is_err() {
            for channel in &mut self.channels {
                (channel.link, channel.current, channel.next) = (None, None, None);
            }
        }
        result
    }

    /// Samples that every channel has.
    pub fn waiting(&self) -> usize {
        self.channels.iter().map(Channel::waiting).min().unwrap_or(0)
    }

    /// The next samples of a channel, as bytes; at most [`Requests::waiting`].
    pub fn copy(&self, channel: usize, out: &mut [Complex32]) {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(out);
        if let Some(samples) = &self.channels[channel].current {
            bytes.copy_from_slice(&samples.message[samples.taken..samples.taken + bytes.len()]);
        }
    }

    /// Lets go of the next `n` samples of every channel; at most [`Requests::waiting`].
    pub fn consume(&mut self, n: usize) {
        for channel in &mut self.channels {
            if let Some(samples) = &mut channel.current {
                samples.taken += n * SAMPLE;
                if samples.taken >= samples.message.len() {
                    channel.current = channel.next.take();
                }
            }
        }
    }

    /// The sockets at which something may happen.
    pub fn sockets(&self) -> impl Iterator<Item = &Socket> {
        self.channels.iter().filter_map(|channel| channel.link.as_ref()).flat_map(|link| [&link.socket, &link.monitor])
    }

    /// Connects anew what has failed, and waits a moment for the peers.
    ///
    /// # Errors
    /// If one is not there yet.
    pub fn reconnect(&mut self) -> Result<(), String> {
        for channel in &mut self.channels {
            if channel.link.is_none() {
                channel.link = Some(Link::new(&channel.context, &channel.endpoint).map_err(|e| e.to_string())?);
            }
        }
        let until = Instant::now() + PATIENCE;
        loop {
            let mut absent = None;
            for channel in &mut self.channels {
                if let Some(link) = &mut channel.link {
                    link.look();
                    if !link.connected {
                        absent = Some(format!("nobody answers at {}", channel.endpoint));
                    }
                }
            }
            match absent {
                None => return Ok(()),
                Some(text) if Instant::now() >= until => return Err(text),
                Some(_) => {
                    let links = self.channels.iter().filter_map(|channel| channel.link.as_ref());
                    socket::wait(links.map(|link| &link.monitor), until);
                }
            }
        }
    }
}

impl Channel {
    fn waiting(&self) -> usize {
        self.current.as_ref().map_or(0, |samples| (samples.message.len() - samples.taken) / SAMPLE)
    }

    fn serve(&mut self) -> Result<(), String> {
        let Some(link) = &mut self.link else { return Err(format!("no connection to {}", self.endpoint)) };
        // Looked at first: what was sent before the connection ended is in the socket by then.
        link.look();
        while self.next.is_none() {
            if !link.asked {
                // The library connects again by itself, and what is sent from now on waits for that.
                link.left = false;
                match link.socket.send(REQUEST, DONTWAIT) {
                    Ok(()) => link.asked = true,
                    Err(zmq::Error::EAGAIN) => break,
                    Err(error) => return Err(format!("{}: {error}", self.endpoint)),
                }
            }
            let message = match link.socket.recv_msg(DONTWAIT) {
                Ok(message) => message,
                Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => break,
                Err(error) => return Err(format!("{}: {error}", self.endpoint)),
            };
            link.asked = false;
            let (bytes, more) = (message.len(), message.get_more());
            if more || bytes == 0 || bytes % SAMPLE != 0 || bytes > MESSAGE_SAMPLES * SAMPLE {
                let parts = if more { " in several parts" } else { "" };
                return Err(format!(
                    "{} sent {bytes} bytes{parts}; a message is 1 to {MESSAGE_SAMPLES} samples of {SAMPLE} bytes",
                    self.endpoint
                ));
            }
            let samples = Some(Samples { message, taken: 0 });
            *(if self.current.is_none() { &mut self.current } else { &mut self.next }) = samples;
        }
        // A request that was not answered is lost with its connection; what came before it is taken first.
        if link.left && link.asked && self.current.is_none() {
            return Err(format!("the peer at {} has left", self.endpoint));
        }
        Ok(())
    }
}

impl Link {
    fn new(context: &Context, endpoint: &str) -> Result<Self, NetworkError> {
        let socket = socket::unattached(context, zmq::REQ, Duration::ZERO, 4, LONGEST_MESSAGE)?;
        // The monitors of a context have names.
        let name = format!("inproc://monitor-{}", MONITORS.fetch_add(1, Ordering::Relaxed));
        let events = SocketEvent::HANDSHAKE_SUCCEEDED.to_raw() | SocketEvent::DISCONNECTED.to_raw();
        socket.monitor(&name, events.into())?;
        let monitor = socket::connected(context, zmq::PAIR, &name, 100, 1024)?;
        socket.connect(endpoint).map_err(|e| NetworkError::at(endpoint, e))?;
        Ok(Self { socket, monitor, asked: false, connected: false, left: false })
    }

    /// Takes in what happened to the connection.
    fn look(&mut self) {
        while let Ok(parts) = self.monitor.recv_multipart(DONTWAIT) {
            let event = parts.first().and_then(|part| part.first_chunk()).map(|&bytes| u16::from_ne_bytes(bytes));
            self.connected = event == Some(SocketEvent::HANDSHAKE_SUCCEEDED.to_raw());
            self.left |= !self.connected;
        }
    }
}
