//! Where the bytes of the receiving side go: a file, standard output, UDP or a TUN interface.

use super::receiver::Delivery;
use super::source::resolve;
use super::tun::Tun;
use anyhow::{Context, bail};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};

/// Takes the bytes received.
pub enum DataSink {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf, BufWriter<File>),
    /// Datagrams to a UDP address.
    Udp(UdpSocket),
    /// Packets into the system.
    Tun(Tun),
}

impl DataSink {
    /// A file, replacing one of that name.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn file(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| path.display().to_string())?;
        Ok(Self::File(path.to_path_buf(), BufWriter::new(file)))
    }

    /// A UDP address.
    ///
    /// # Errors
    /// If it is none, or the system has no way to it.
    pub fn udp(address: &str) -> anyhow::Result<Self> {
        let to = resolve(address)?;
        let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any)?;
        socket.connect(to).with_context(|| format!("UDP address {address}"))?;
        Ok(Self::Udp(socket))
    }

    /// Whether it takes datagrams, and no stream.
    pub const fn takes_datagrams(&self) -> bool {
        matches!(self, Self::Udp(_) | Self::Tun(_))
    }

    /// Writes what came out, and takes it away.
    ///
    /// # Errors
    /// If it is of the other kind, or cannot be written. A datagram that nobody listens to is no error.
    pub fn write(&mut self, delivery: &mut Delivery) -> anyhow::Result<()> {
        if !delivery.bytes.is_empty() {
            match self {
                Self::Stdout => std::io::stdout().write_all(&delivery.bytes)?,
                Self::File(path, file) => {
                    file.write_all(&delivery.bytes).with_context(|| path.display().to_string())?;
                }
                Self::Udp(_) | Self::Tun(_) => {
                    bail!("the sender sends a stream of bytes and no datagrams: take it with --out FILE")
                }
            }
            delivery.bytes.clear();
        }
        for datagram in delivery.datagrams.drain(..) {
            match self {
                // Nobody listens (yet), or the system's queue is full: datagrams may be lost.
                Self::Udp(socket) => drop(socket.send(&datagram)),
                // The interface may be down, and what came may be no packet of IP.
                Self::Tun(tun) => drop(tun.send(&datagram)),
                Self::Stdout | Self::File(..) => {
                    bail!("the sender sends datagrams and no stream: take them with --udp-out or --tun")
                }
            }
        }
        Ok(())
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Stdout => Ok(std::io::stdout().flush()?),
            Self::File(path, file) => file.flush().with_context(|| path.display().to_string()),
            Self::Udp(_) | Self::Tun(_) => Ok(()),
        }
    }
}
