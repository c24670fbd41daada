use super::NetworkError;
use std::time::{Duration, Instant};
use zmq::{Context, PollItem, Socket, SocketType};

/// How long a thread waits for its peer before it looks whether it is to stop.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

/// A socket bound to `endpoint`, and the address that it got: a port `*` is a free one.
///
/// What was sent is still delivered for up to `linger` after it is closed; at most `queue` messages wait in it, and one
/// that comes in has at most `longest` bytes.
pub(super) fn bound(
    context: &Context,
    kind: SocketType,
    endpoint: &str,
    linger: Duration,
    queue: i32,
    longest: usize,
) -> Result<(Socket, String), NetworkError> {
    let socket = unattached(context, kind, linger, queue, longest)?;
    socket.bind(endpoint).map_err(|e| NetworkError::at(endpoint, e))?;
    let got = socket.get_last_endpoint()?.unwrap_or_else(|_| endpoint.to_string());
    Ok((socket, got))
}

/// A socket that connects to `endpoint` and again whenever the connection breaks; else as [`bound`].
pub(super) fn connected(
    context: &Context,
    kind: SocketType,
    endpoint: &str,
    queue: i32,
    longest: usize,
) -> Result<Socket, NetworkError> {
    let socket = unattached(context, kind, Duration::ZERO, queue, longest)?;
    socket.connect(endpoint).map_err(|e| NetworkError::at(endpoint, e))?;
    Ok(socket)
}

/// As [`bound`], not yet at an address.
pub(super) fn unattached(
    context: &Context,
    kind: SocketType,
    linger: Duration,
    queue: i32,
    longest: usize,
) -> Result<Socket, NetworkError> {
    let socket = context.socket(kind)?;
    socket.set_linger(linger.as_millis() as i32)?;
    socket.set_sndhwm(queue)?;
    socket.set_rcvhwm(queue)?;
    socket.set_maxmsgsize(longest as i64)?;
    socket.set_reconnect_ivl(PATIENCE.as_millis() as i32)?;
    Ok(socket)
}

/// Waits until something can be read from one of `sockets`, or `until`.
pub(super) fn wait<'a>(sockets: impl Iterator<Item = &'a Socket>, until: Instant) {
    let left = until.saturating_duration_since(Instant::now()).as_millis() as i64;
    let mut items: Vec<PollItem<'_>> = sockets.map(|socket| socket.as_poll_item(zmq::POLLIN)).collect();
    // An interrupted wait is one that ended early; whoever waits looks again.
    let _ = zmq::poll(&mut items, left.max(1));
}
/// Whether a publisher waits for its slowest subscriber instead of leaving messages out.
pub(super) fn set_lossless(socket: &mut Socket, lossless: bool) -> Result<(), NetworkError> {
    let value = i32::from(lossless);
    let pointer = (&raw const value).cast();
    // SAFETY: the socket is open, since it is borrowed; the option takes an int, whose size is told with it.
    #[allow(unsafe_code)]
    let code = unsafe {
        zmq_sys::zmq_setsockopt(socket.as_mut_ptr(), zmq_sys::ZMQ_XPUB_NODROP as i32, pointer, size_of::<i32>())
    };
    if code == 0 { Ok(()) } else { Err(NetworkError::Settings("this libzmq has no lossless publisher".to_string())) }
}
