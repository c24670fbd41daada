use super::config::CsiRsConfig;
use super::pilots::{Pilots, symbols};
use crate::frame::{ResourceGrid, SlotPoint};

/// Writes one non-zero-power CSI-RS resource into grids.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.4.1.5.3")]
pub struct CsiRsTransmitter {
    config: CsiRsConfig,
    pilots: Pilots,
}

impl CsiRsTransmitter {
    /// With a workspace for the resource.
    pub fn new(config: &CsiRsConfig) -> Self {
        Self { config: config.clone(), pilots: Pilots::new(config) }
    }

    /// The resource.
    pub const fn config(&self) -> &CsiRsConfig {
        &self.config
    }

    /// Writes port 3000 + p of the resource into port p of `grid`, the grid of `slot`, whether or not the resource's
    /// period names the slot (see [`CsiRsConfig::is_in`]); other elements stay as they are.
    ///
    /// # Panics
    /// If the slot is not of the carrier's numerology, or the grid not the carrier's or has fewer ports.
    pub fn transmit(&mut self, slot: SlotPoint, grid: &mut ResourceGrid) {
        self.config.check_grid(slot, grid);
        assert!(grid.n_ports() >= self.config.n_ports(), "ports of the grid");
        let Self { config, pilots } = self;
        let beta = config.parameters().amplitude;
        for (l, groups) in symbols(config) {
            pilots.generate(config, slot, l);
            for (l_prime, group) in groups {
                for (s, (w_f, w_t)) in config.pattern().cdm().weights.iter().enumerate() {
                    let row = grid.symbol_mut(usize::from(group.first_port) + s, l);
                    for pilot in pilots.iter(config, group) {
                        row[pilot.subcarrier] = beta * w_f[pilot.k_prime] * w_t[l_prime] * pilot.r;
                    }
                }
            }
        }
    }
}
