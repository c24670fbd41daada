use super::config::CsiRsConfig;
use super::pilots::{Pilots, symbols};
use crate::Complex32;
use crate::frame::{ResourceGrid, SUBCARRIERS_PER_RB, SlotPoint};

/// Least-squares estimates of the channel from the ports of one non-zero-power CSI-RS resource.
///
/// Each CDM group of each block gives one estimate of each of its ports: the mean of its elements over pilot and
/// sequence, in which the other ports of the group cancel as far as the channel is the same on all elements.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.4.1.5.3")]
pub struct CsiRsReceiver {
    config: CsiRsConfig,
    pilots: Pilots,
    n_antennas: usize,
    n_estimates: usize,
    /// `[antenna][port][estimate]`.
    h: Vec<Complex32>,
}

/// What [`CsiRsReceiver::estimate`] found: a complex gain for each antenna, port and place.
#[derive(Clone, Copy, Debug)]
pub struct CsiRsEstimates<'a> {
    config: &'a CsiRsConfig,
    n_estimates: usize,
    h: &'a [Complex32],
}

impl CsiRsReceiver {
    /// With a workspace for `n_antennas` receive antennas.
    pub fn new(config: &CsiRsConfig, n_antennas: usize) -> Self {
        let pattern = config.pattern();
        let n_estimates = usize::from(pattern.elements().n_blocks) * pattern.groups_of(0).len();
        Self {
            config: config.clone(),
            pilots: Pilots::new(config),
            n_antennas,
            n_estimates,
            h: vec![Complex32::ZERO; n_antennas * config.n_ports() * n_estimates],
        }
    }

    /// The resource.
    pub const fn config(&self) -> &CsiRsConfig {
        &self.config
    }

    /// Estimates from the received grid of `slot`, in units of the channel's gain, beta_CSIRS taken out; whether or
    /// not the resource's period names the slot (see [`CsiRsConfig::is_in`]).
    ///
    /// # Panics
    /// If the slot is not of the carrier's numerology, or the grid not the carrier's or has not `n_antennas` ports.
    pub fn estimate(&mut self, slot: SlotPoint, grid: &ResourceGrid) -> CsiRsEstimates<'_> {
        self.config.check_grid(slot, grid);
        assert_eq!(grid.n_ports(), self.n_antennas, "antennas of the grid");
        let Self { config, pilots, n_antennas, n_estimates, h } = self;
        let (config, n_estimates) = (&*config, *n_estimates);
        let cdm = config.pattern().cdm();
        let places_per_block = config.pattern().groups_of(0).len();
        let gain = 1.0 / (config.parameters().amplitude * cdm.size() as f32);
        h.fill(Complex32::ZERO);
        for (l, groups) in symbols(config) {
            pilots.generate(config, slot, l);
            for antenna in 0..*n_antennas {
                let received = grid.symbol(antenna, l);
                for (l_prime, group) in groups.clone() {
                    // The place in its block: row 1 has its places in ascending order of subcarriers, 4 apart.
                    let place = if places_per_block == 1 { 0 } else { usize::from(group.subcarrier / 4) };
                    for (s, (w_f, w_t)) in cdm.weights.iter().enumerate() {
                        let port = usize::from(group.first_port) + s;
                        let h = &mut h[(antenna * config.n_ports() + port) * n_estimates..][..n_estimates];
                        for pilot in pilots.iter(config, group) {
                            let weight = gain * w_f[pilot.k_prime] * w_t[l_prime];
                            h[pilot.block * places_per_block + place] +=
                                received[pilot.subcarrier] * pilot.r.conj() * weight;
                        }
                    }
                }
            }
        }
        CsiRsEstimates { config, n_estimates, h }
    }
}

impl CsiRsEstimates<'_> {
    /// The estimates of port 3000 + `port` at `antenna`, from the lowest subcarrier up, as many as
    /// [`Self::subcarriers`].
    ///
    /// # Panics
    /// If there is no such antenna or port.
    pub fn port(&self, antenna: usize, port: usize) -> &[Complex32] {
        assert!(port < self.config.n_ports(), "port {port}");
        &self.h[(antenna * self.config.n_ports() + port) * self.n_estimates..][..self.n_estimates]
    }

    /// Where the estimates of a port lie: the subcarrier of the grid, the mean of the elements of the CDM group.
    ///
    /// # Panics
    /// If there is no such port.
    pub fn subcarriers(&self, port: usize) -> impl Iterator<Item = f32> + '_ {
        let pattern = self.config.pattern();
        let centre = (pattern.cdm().n_k - 1) as f32 / 2.0;
        let start_crb = self.config.carrier().start_crb();
        let groups = pattern.groups_of(port);
        pattern.elements().crbs().flat_map(move |crb| {
            let first = (usize::from(crb - start_crb) * SUBCARRIERS_PER_RB) as f32;
            groups.iter().map(move |group| first + f32::from(group.subcarrier) + centre)
        })
    }

    /// When the estimates of a port lie: the symbol of the slot, the mean of those of the CDM group.
    ///
    /// # Panics
    /// If there is no such port.
    pub fn symbol(&self, port: usize) -> f32 {
        let pattern = self.config.pattern();
        f32::from(pattern.groups_of(port)[0].symbol) + (pattern.cdm().n_l - 1) as f32 / 2.0
    }
}
