//! Noise and interference of a PDSCH over the receive antennas, from its DM-RS.

use super::PdschConfig;
use super::channel::PdschChannel;
use super::transmitter::Pilots;
use crate::Complex32;
use crate::estimation::{NoiseCovariance, Whitener};
use crate::frame::{Carrier, ResourceGrid};

/// The covariance of noise and interference, and what whitens a symbol's elements.
///
/// DM-RS elements less what the channel estimate says of them are samples of it. So are the elements of CDM groups that
/// carry no data and none of the PDSCH's own ports: ports of other devices in the same blocks are heard there.
#[derive(Clone, Debug)]
pub(super) struct PdschInterference {
    covariance: NoiseCovariance,
    pilots: Pilots,
    /// What is left of a symbol's pilots, `[antenna][pilot]`.
    left: Vec<Complex32>,
    /// Of a symbol, by bundle.
    whiteners: Vec<Whitener>,
    first_block: usize,
}

impl PdschInterference {
    pub fn new(carrier: &Carrier, max_antennas: usize) -> Self {
        let n_prb = usize::from(carrier.n_prb());
        Self {
            covariance: NoiseCovariance::new(n_prb, max_antennas),
            pilots: Pilots::new(carrier),
            left: Vec::with_capacity(6 * n_prb * max_antennas),
            whiteners: Vec::with_capacity(n_prb),
            first_block: 0,
        }
    }

    /// Measures it in a slot's grid of which `channel` has just been estimated.
    pub fn measure(&mut self, grid: &ResourceGrid, config: &PdschConfig, channel: &PdschChannel) {
        let dmrs = &config.parameters().dmrs;
        let dmrs_type = dmrs.dmrs_type;
        let n_antennas = grid.n_ports();
        let (first, width) = PdschChannel::span(config);
        let (lowest, _) = config.prbs().bounds();
        self.first_block = first / 12;
        self.covariance.begin(n_antennas, lowest.into(), width / 12);
        self.pilots.configure(config);
        let n_pilots = self.pilots.subcarriers.len();
        for (symbol, l) in config.symbols().enumerate().filter(|(_, l)| config.dmrs_symbols() >> l & 1 == 1) {
            self.pilots.generate(config, l);
            for group in 0..usize::from(dmrs.cdm_groups_without_data) {
                let delta = dmrs_type.delta(group);
                self.left.clear();
                for antenna in 0..n_antennas {
                    let y = grid.symbol(antenna, l);
                    self.left.extend(self.pilots.iter().map(|(k, r)| y[k + delta] * r.conj()));
                    let left = &mut self.left[antenna * n_pilots..];
                    for (layer, port) in config.layers_of_group(group) {
                        let h = channel.layer(symbol, antenna, layer);
                        let time_code = port.time_code(dmrs_type)[config.l_prime(l)] * config.dmrs_amplitude();
                        let code = port.frequency_code().map(|w_f| w_f * time_code);
                        for (i, (left, &k)) in left.iter_mut().zip(&self.pilots.subcarriers).enumerate() {
                            *left -= h[usize::from(k) + delta - first] * code[i % 2];
                        }
                    }
                }
                let fitted = config.layers_of_group(group).next().is_some();
                let mut sample = [Complex32::ZERO; 8];
                for (i, &k) in self.pilots.subcarriers.iter().enumerate() {
                    // What lies in reserved elements meets no data.
                    let (crb, bit) = (config.carrier().start_crb() + k / 12, usize::from(k) % 12 + delta);
                    if !fitted && config.reserved_mask(crb, l) >> bit & 1 == 1 {
                        continue;
                    }
                    let of_antennas = self.left[i..].iter().step_by(n_pilots);
                    sample.iter_mut().zip(of_antennas).for_each(|(out, z)| *out = *z);
                    self.covariance.add(usize::from(k) / 12 - self.first_block, fitted, &sample[..n_antennas]);
                }
            }
        }
        self.covariance.finish(channel.mean_noise());
    }

    /// Prepares a symbol of the allocation.
    pub fn begin_symbol(&mut self, channel: &PdschChannel, symbol: usize) {
        let (scale, white) = channel.noise_of_estimate(symbol);
        self.whiteners.clear();
        let bundles = 0..self.covariance.n_bundles();
        self.whiteners.extend(bundles.map(|bundle| self.covariance.whitener(bundle, scale, white)));
    }

    /// The bundle of a subcarrier of the grid.
    pub fn bundle_of(&self, k: usize) -> usize {
        self.covariance.bundle_of(k / 12 - self.first_block)
    }

    /// What whitens the elements of a bundle in the symbol prepared last.
    pub fn whitener(&self, bundle: usize) -> &Whitener {
        &self.whiteners[bundle]
    }
}
