/// Why a peer on the network cannot be reached at all.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// No socket at an address.
    #[error("{endpoint}: {reason}")]
    Endpoint {
        /// The address, `tcp://localhost:2001` say.
        endpoint: String,
        /// Why not.
        reason: String,
    },
    /// Settings that are impossible.
    #[error("{0}")]
    Settings(String),
    /// The library refuses (no more sockets, say).
    #[error("ZeroMQ: {0}")]
    Zmq(#[from] zmq::Error),
}

impl NetworkError {
    pub(super) fn at(endpoint: &str, error: zmq::Error) -> Self {
        let reason = match error {
            zmq::Error::EINVAL | zmq::Error::EPROTONOSUPPORT | zmq::Error::ENOCOMPATPROTO => {
                "no address: it looks like tcp://localhost:2001".into()
            }
            zmq::Error::EADDRINUSE => "another program uses this address".into(),
            zmq::Error::ENODEV | zmq::Error::EADDRNOTAVAIL => "this machine has no such address".into(),
            error => error.message().to_string(),
        };
        Self::Endpoint { endpoint: endpoint.to_string(), reason }
    }
}
