use super::config::CsiRsConfig;
use super::pattern::CdmGroup;
use crate::Complex32;
use crate::frame::{SUBCARRIERS_PER_RB, SlotPoint};
use crate::reference_signal::dmrs::dmrs_sequence;

/// `c_init` of the CSI-RS with n_ID `n_id` in symbol `l` of slot `n_sf` of the frame.
#[doc(alias = "TS 38.211 7.4.1.5.2")]
pub fn csi_rs_c_init(symbols_per_slot: usize, n_sf: u16, l: usize, n_id: u16) -> u32 {
    let time = (symbols_per_slot * usize::from(n_sf) + l + 1) as u64;
    let n_id = u64::from(n_id);
    // A residue modulo 2^31 fits 31 bits.
    (((time * (2 * n_id + 1)) << 10) + n_id) as u32 & 0x7fff_ffff
}

/// The places of a resource's elements in a grid and in the sequence, and the sequence of one symbol: what transmitter
/// and receiver share.
#[derive(Clone, Debug)]
pub(super) struct Pilots {
    /// n of the first block that carries the signal, and the distance to the next.
    first_n: u16,
    step: u16,
    /// The carrier's first block.
    start_crb: u16,
    /// m' of the first element of `sequence`.
    first_m: usize,
    /// r(m') from `first_m` on, as far as the resource needs it.
    sequence: Vec<Complex32>,
}

/// An element of a CDM group in the symbol that the sequence was generated for.
pub(super) struct Pilot {
    /// The block, counted from 0 over those that carry the signal.
    pub block: usize,
    pub k_prime: usize,
    /// Subcarrier of the grid.
    pub subcarrier: usize,
    /// r(m'), of magnitude 1.
    pub r: Complex32,
}

impl Pilots {
    pub fn new(config: &CsiRsConfig) -> Self {
        let pattern = config.pattern();
        let elements = pattern.elements();
        let first_n = elements.first_crb;
        let last_n = first_n + (elements.n_blocks - 1) * elements.step;
        let m = |n| pattern.groups().iter().map(move |group| pattern.first_m(n, group.subcarrier));
        let first_m = m(first_n).min().unwrap_or(0);
        let end = m(last_n).max().unwrap_or(0) + pattern.cdm().n_k;
        Self {
            first_n,
            step: elements.step,
            start_crb: config.carrier().start_crb(),
            first_m,
            sequence: vec![Complex32::ZERO; end - first_m],
        }
    }

    /// Generates the sequence of symbol `l` of a slot.
    ///
    /// The mapping of r(m) to QPSK is that of the DM-RS.
    #[doc(alias = "TS 38.211 7.4.1.5.2")]
    pub fn generate(&mut self, config: &CsiRsConfig, slot: SlotPoint, l: usize) {
        let n_symbols = config.carrier().symbols_per_slot();
        let c_init = csi_rs_c_init(n_symbols, slot.slot(), l, config.parameters().scrambling_id);
        dmrs_sequence(c_init, self.first_m, &mut self.sequence);
    }

    /// The elements of `group` in the symbol generated last, block after block.
    pub fn iter<'a>(&'a self, config: &'a CsiRsConfig, group: &'a CdmGroup) -> impl Iterator<Item = Pilot> + 'a {
        let pattern = config.pattern();
        (0..pattern.elements().n_blocks).flat_map(move |block| {
            let n = self.first_n + block * self.step;
            let first = SUBCARRIERS_PER_RB * usize::from(n - self.start_crb) + usize::from(group.subcarrier);
            let m = pattern.first_m(n, group.subcarrier) - self.first_m;
            (0..pattern.cdm().n_k).map(move |k_prime| Pilot {
                block: block.into(),
                k_prime,
                subcarrier: first + k_prime,
                r: self.sequence[m + k_prime],
            })
        })
    }
}

/// The symbols of a resource, and in each its groups with their l'.
pub(super) fn symbols(
    config: &CsiRsConfig,
) -> impl Iterator<Item = (usize, impl Iterator<Item = (usize, &CdmGroup)> + Clone)> {
    let pattern = config.pattern();
    let mask = pattern.elements().symbols();
    (0..config.carrier().symbols_per_slot()).filter(move |l| mask >> l & 1 == 1).map(move |l| {
        let groups = pattern.groups().iter().filter_map(move |group| {
            let l_prime = l.checked_sub(group.symbol.into())?;
            (l_prime < pattern.cdm().n_l).then_some((l_prime, group))
        });
        (l, groups)
    })
}
