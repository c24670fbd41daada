use crate::{Complex32, ConfigError};
use std::sync::Arc;

const CLAUSE: &str = "TS 38.211 7.3.1.4";

/// Precoding granularity: the blocks of a precoding resource block group, inside which a device may take the channel
/// as one. Groups count from common resource block 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.214 5.1.2.3")]
pub enum PrgSize {
    /// All allocated blocks alike.
    #[default]
    Wideband,
    /// Two blocks.
    Two,
    /// Four blocks.
    Four,
}

impl PrgSize {
    /// The group of a common resource block, counted from that of block `lowest`.
    pub const fn group(self, crb: u16, lowest: u16) -> usize {
        match self {
            Self::Wideband => 0,
            Self::Two => (crb / 2 - lowest / 2) as usize,
            Self::Four => (crb / 4 - lowest / 4) as usize,
        }
    }
}

/// The weight of each layer on each antenna port, alike in all blocks or given for each precoding resource block group.
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "TS 38.211 7.3.1.4")]
pub struct Precoder {
    n_layers: usize,
    n_ports: usize,
    /// `[group][port][layer]`; `None` is one port with weight 1, which needs no memory.
    weights: Option<Arc<[Complex32]>>,
}

impl Precoder {
    /// A wideband precoder from weights row-major `[port][layer]`.
    ///
    /// # Errors
    /// If there is no port or no layer, a row is not whole, or a weight is not finite.
    pub fn new(n_layers: usize, weights: &[Complex32]) -> Result<Self, ConfigError> {
        Self::per_group(n_layers, weights.len().checked_div(n_layers).unwrap_or(0), weights)
    }

    /// From weights row-major `[group][port][layer]`, the first group that of the lowest allocated block.
    ///
    /// # Errors
    /// As [`Precoder::new`].
    pub fn per_group(n_layers: usize, n_ports: usize, weights: &[Complex32]) -> Result<Self, ConfigError> {
        let whole = n_layers * n_ports > 0 && !weights.is_empty() && weights.len().is_multiple_of(n_layers * n_ports);
        if !whole || weights.iter().any(|w| !(w.re.is_finite() && w.im.is_finite())) {
            let got = format!("{} weights for {n_layers} layers on {n_ports} ports", weights.len());
            let rule = "a finite weight for each port and layer";
            return Err(ConfigError::new("precoder", got, rule, CLAUSE));
        }
        Ok(Self { n_layers, n_ports, weights: Some(weights.into()) })
    }

    /// One layer on one port, unchanged.
    pub const fn single_port() -> Self {
        Self { n_layers: 1, n_ports: 1, weights: None }
    }

    /// Each layer on a port of its own, with 1 / sqrt(layers).
    ///
    /// # Errors
    /// If there is no layer.
    pub fn identity(n_layers: usize) -> Result<Self, ConfigError> {
        let weight = Complex32::from((n_layers as f32).sqrt().recip());
        let at = |i: usize| if i / n_layers == i % n_layers { weight } else { Complex32::ZERO };
        Self::new(n_layers, &(0..n_layers * n_layers).map(at).collect::<Vec<_>>())
    }

    /// Antenna ports.
    pub const fn n_ports(&self) -> usize {
        self.n_ports
    }

    /// Layers.
    pub const fn n_layers(&self) -> usize {
        self.n_layers
    }

    /// Groups with weights of their own: 1 if they are wideband.
    pub fn n_groups(&self) -> usize {
        self.weights.as_ref().map_or(1, |w| w.len() / (self.n_layers * self.n_ports))
    }

    /// The weights of the layers on `port` in a group (in any group, if they are wideband).
    ///
    /// # Panics
    /// If the port or the group does not exist.
    pub fn weights(&self, group: usize, port: usize) -> &[Complex32] {
        assert!(port < self.n_ports, "port {port} of {}", self.n_ports);
        let group = if self.n_groups() == 1 { 0 } else { group };
        let row = group * self.n_ports + port;
        self.weights.as_ref().map_or(&[Complex32::ONE], |w| &w[row * self.n_layers..][..self.n_layers])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_count_from_common_block_0() {
        let of = |prg: PrgSize| (5..14).map(|crb| prg.group(crb, 5)).collect::<Vec<_>>();
        assert_eq!(of(PrgSize::Two), [0, 1, 1, 2, 2, 3, 3, 4, 4]);
        assert_eq!(of(PrgSize::Four), [0, 0, 0, 1, 1, 1, 1, 2, 2]);
        assert_eq!(of(PrgSize::Wideband), [0; 9]);
    }

    #[test]
    fn weights_by_group_port_and_layer() {
        let w: Vec<_> = (0..12).map(|i| Complex32::from(i as f32)).collect();
        let precoder = Precoder::per_group(2, 3, &w).unwrap();
        assert_eq!((precoder.n_groups(), precoder.n_ports(), precoder.n_layers()), (2, 3, 2));
        assert_eq!(precoder.weights(1, 2), &w[10..]);
        let wideband = Precoder::new(4, &w).unwrap();
        assert_eq!((wideband.n_groups(), wideband.weights(7, 1)), (1, &w[4..8]));
        assert_eq!(Precoder::single_port().weights(3, 0), [Complex32::ONE]);
        let identity = Precoder::identity(2).unwrap();
        assert!((identity.weights(0, 1)[1].re - 0.5f32.sqrt()).abs() < 1e-7 && identity.weights(0, 1)[0].re == 0.0);
        assert!(Precoder::new(5, &w).is_err() && Precoder::new(0, &w).is_err() && Precoder::identity(0).is_err());
        assert!(Precoder::per_group(2, 4, &w).is_err() && Precoder::new(1, &[Complex32::new(f32::NAN, 0.0)]).is_err());
    }
}
