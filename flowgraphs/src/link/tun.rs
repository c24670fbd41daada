//! A TUN interface of the system.

use anyhow::Context;
use std::net::IpAddr;

/// Flags of a TUN interface.
#[derive(clap::Args, Clone, Debug)]
pub struct TunArgs {
    /// TUN interface: what the system routes into it is sent, what is received comes out of it
    #[arg(long, value_name = "NAME")]
    tun: Option<String>,
    /// Address of the TUN interface, as 10.45.0.1/24
    #[arg(long, value_name = "ADDRESS", requires = "tun")]
    tun_address: Option<Network>,
    /// Longest packet of the TUN interface
    #[arg(long, value_name = "BYTES", default_value_t = 1500, requires = "tun")]
    tun_mtu: u16,
}

impl TunArgs {
    /// Whether there is to be one.
    pub const fn is_given(&self) -> bool {
        self.tun.is_some()
    }

    /// The interface, if there is to be one.
    ///
    /// # Errors
    /// As [`Tun::open`].
    pub fn open(&self) -> anyhow::Result<Option<Tun>> {
        self.tun.as_deref().map(|name| Tun::open(name, self.tun_address, self.tun_mtu)).transpose()
    }
}

/// A TUN interface: packets of IP that the system routes into it come out here, and the other way round. It lives as
/// long as this value.
pub struct Tun(tun_rs::SyncDevice);

/// An address and the length of its network's prefix, as 10.45.0.1/24.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The address.
    pub address: IpAddr,
    /// Bits of the network.
    pub prefix: u8,
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (address, prefix) = text.split_once('/')?;
            let network = Self { address: address.parse().ok()?, prefix: prefix.parse().ok()? };
            let bits = if network.address.is_ipv4() { 32 } else { 128 };
            (network.prefix <= bits).then_some(network)
        };
        parse().ok_or_else(|| format!("'{text}' is no address with its prefix: give it as 10.45.0.1/24"))
    }
}

impl Tun {
    /// Makes the interface `name`, or takes one of that name that nobody uses.
    ///
    /// # Errors
    /// If the system refuses: with a sentence on the right that it needs, if that is why.
    pub fn open(name: &str, network: Option<Network>, mtu: u16) -> anyhow::Result<Self> {
        let mut builder = tun_rs::DeviceBuilder::new().name(name).mtu(mtu);
        match network {
            Some(Network { address: IpAddr::V4(address), prefix }) => builder = builder.ipv4(address, prefix, None),
            Some(Network { address: IpAddr::V6(address), prefix }) => builder = builder.ipv6(address, prefix),
            None => {}
        }
        builder
            .build_sync()
            .map(Self)
            .map_err(|error| {
                let denied = matches!(error.raw_os_error(), Some(1 | 13));
                let way_out = "needs the right CAP_NET_ADMIN: run as root, or make the interface beforehand with \
                           'ip tuntap add mode tun user USER name NAME'";
                let error = anyhow::Error::new(error);
                if denied { error.context(way_out) } else { error }
            })
            .with_context(|| format!("TUN interface {name}"))
    }

    /// Waits for a packet that is routed into the interface; its length.
    ///
    /// # Errors
    /// If the interface is gone.
    pub fn receive(&self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.recv(buffer)
    }

    /// Gives a packet to the system.
    ///
    /// # Errors
    /// If it is no packet of IP, or the interface is down or gone.
    pub fn send(&self, packet: &[u8]) -> std::io::Result<()> {
        self.0.send(packet).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn networks_are_read() {
        let network: Network = "10.45.0.1/24".parse().unwrap();
        assert_eq!((network.address.to_string(), network.prefix), ("10.45.0.1".to_string(), 24));
        assert_eq!("fd00::1/64".parse::<Network>().unwrap().prefix, 64);
        for text in ["10.45.0.1", "10.45.0.1/33", "10.45.0/24", "fd00::1/129", "/", ""] {
            assert!(text.parse::<Network>().unwrap_err().contains("10.45.0.1/24"), "{text}");
        }
    }
}
