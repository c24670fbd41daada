use super::MESSAGE_SAMPLES;
use crate::network::NetworkError;
use crate::network::socket;
use nrflow::Complex32;
use std::time::Duration;
use zmq::{Context, DONTWAIT, SNDMORE, Socket};

/// The last answers are still delivered for so long after a port closes.
const LINGER: Duration = Duration::from_secs(1);
/// A longer request is none.
const LONGEST_REQUEST: usize = 256;

/// The answering ends of all channels that are sent.
pub(super) struct Replies {
    channels: Vec<Channel>,
}

/// The answering end of one channel. It is a ROUTER, which on the wire is a REP socket that knows whom it answers: a
/// REP socket would lose the samples that it answers to one who has left.
struct Channel {
    socket: Socket,
    address: String,
    /// Who waits for an answer: the frames before the request itself.
    asker: Option<Vec<Vec<u8>>>,
    /// The next sample to be sent.
    position: u64,
}

impl Replies {
    /// Binds a port a channel.
    pub fn bind(context: &Context, endpoints: &[String]) -> Result<Self, NetworkError> {
        let channel = |endpoint: &String| {
            let (socket, address) = socket::bound(context, zmq::ROUTER, endpoint, LINGER, 16, LONGEST_REQUEST)?;
            socket.set_router_mandatory(true)?;
            Ok(Channel { socket, address, asker: None, position: 0 })
        };
        Ok(Self { channels: endpoints.iter().map(channel).collect::<Result<_, NetworkError>>()? })
    }

    pub fn addresses(&self) -> Vec<String> {
        self.channels.iter().map(|channel| channel.address.clone()).collect()
    }

    pub fn n_channels(&self) -> usize {
        self.channels.len()
    }

    /// The sockets at which something may happen: of those who are not asked yet.
    pub fn sockets(&self) -> impl Iterator<Item = &Socket> {
        self.channels.iter().filter(|channel| channel.asker.is_none()).map(|channel| &channel.socket)
    }

    /// Answers whoever has asked for the samples before `end`, those of `samples(channel)` of which the first has the
    /// time `start`; true when every channel has them all.
    pub fn serve<'a>(&mut self, start: u64, end: u64, samples: impl Fn(usize) -> &'a [Complex32]) -> bool {
        let mut all = true;
        for (index, channel) in self.channels.iter_mut().enumerate() {
            while channel.position < end && channel.is_asked() {
                let from = channel.position.saturating_sub(start) as usize;
                let piece = &samples(index)[from..];
                if !channel.answer(&piece[..piece.len().min(MESSAGE_SAMPLES)]) {
                    break;
                }
            }
            all &= channel.position >= end;
        }
        all
    }

    /// Answers whoever has asked with zeros, as far as `allowed` says from the channel's position on.
    pub fn serve_zeros(&mut self, zeros: &[Complex32], allowed: impl Fn(u64) -> u64) {
        for channel in &mut self.channels {
            let n = allowed(channel.position).min(zeros.len() as u64) as usize;
            if n > 0 && channel.is_asked() {
                channel.answer(&zeros[..n]);
            }
        }
    }
}

impl Channel {
    /// Whether somebody waits for an answer.
    fn is_asked(&mut self) -> bool {
        while self.asker.is_none() {
            let Ok(mut frames) = self.socket.recv_multipart(DONTWAIT) else { return false };
            // Who asks, an empty frame, the request. What is none is not answered.
            if frames.len() == 3 && frames[1].is_empty() {
                frames.truncate(2);
                self.asker = Some(frames);
            }
        }
        true
    }

    /// Sends samples to who has asked; false if that is not possible now. Who has left is not asked for any more.
    fn answer(&mut self, samples: &[Complex32]) -> bool {
        let Some(frames) = &self.asker else { return false };
        match self.socket.send(&frames[0], DONTWAIT | SNDMORE) {
            Ok(()) => {
                // A message that has begun goes on: the library takes it as a whole.
                let rest = self.socket.send(&frames[1], DONTWAIT | SNDMORE);
                let sent = rest.and_then(|()| self.socket.send(bytemuck::cast_slice::<_, u8>(samples), DONTWAIT));
                self.asker = None;
                if sent.is_ok() {
                    self.position += samples.len() as u64;
                }
                sent.is_ok()
            }
            Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => false,
            Err(_) => {
                self.asker = None;
                // Perhaps somebody else has asked.
                true
            }
        }
    }
}
