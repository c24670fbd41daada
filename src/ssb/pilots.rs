//! The known elements of an SS/PBCH block as pilots of a channel estimate.

use super::resources::{SSB_SUBCARRIERS, SSB_SYMBOLS, SYNC_FIRST, dmrs_elements, dmrs_sequence};
use super::{SsbBlock, sss};
use crate::Complex32;
use crate::estimation::{ChannelEstimator, ChannelQuality, EstimatorSettings, PilotSymbol, TimeModel};
use crate::frame::{CellId, Numerology};

/// kappa T_c in seconds.
const KAPPA_TC: f64 = 1.0 / 30.72e6;

/// When the useful part of symbol `l` of a block starts, in seconds from that of its first.
pub(crate) fn symbol_time_s(numerology: Numerology, l: usize) -> f64 {
    2192.0 * unit_s(numerology) * l as f64
}

fn unit_s(numerology: Numerology) -> f64 {
    KAPPA_TC / f64::from(1u32 << numerology.mu())
}

/// Places and least-squares estimates by symbol of a block; symbol 0 has none.
#[derive(Clone, Debug)]
pub(crate) struct BlockPilots {
    places: [Vec<u16>; SSB_SYMBOLS],
    /// `[antenna][pilot]`.
    ls: [Vec<Complex32>; SSB_SYMBOLS],
    known: [Vec<(u16, Complex32)>; SSB_SYMBOLS],
}

impl BlockPilots {
    /// With a workspace for blocks of `n_antennas`.
    pub fn new(n_antennas: usize) -> Self {
        Self {
            places: std::array::from_fn(|_| Vec::with_capacity(SSB_SUBCARRIERS)),
            ls: std::array::from_fn(|_| Vec::with_capacity(SSB_SUBCARRIERS * n_antennas)),
            known: std::array::from_fn(|_| Vec::with_capacity(SSB_SUBCARRIERS)),
        }
    }

    /// Takes SSS and PBCH DM-RS of `re`, `[antenna][symbol][subcarrier]`.
    pub fn sss_and_dmrs(&mut self, cell_id: CellId, i_bar: u8, re: &[Complex32]) {
        self.known.iter_mut().for_each(Vec::clear);
        let v = usize::from(cell_id.get() % 4);
        for ((l, k), r) in dmrs_elements(v).zip(dmrs_sequence(cell_id, i_bar)) {
            self.known[l].push((k as u16, r));
        }
        for (n, d) in sss(cell_id).into_iter().enumerate() {
            self.known[2].push(((SYNC_FIRST + n) as u16, d.into()));
        }
        self.known[2].sort_unstable_by_key(|&(k, _)| k);
        self.take(re);
    }

    /// Takes every element of `re` that `block` holds in its symbols 1 to 3.
    pub fn all_of(&mut self, block: &SsbBlock, re: &[Complex32]) {
        for (l, known) in self.known.iter_mut().enumerate().skip(1) {
            known.clear();
            let sent = block.symbol(l).iter().enumerate().filter(|(_, x)| **x != Complex32::ZERO);
            known.extend(sent.map(|(k, &x)| (k as u16, x)));
        }
        self.take(re);
    }

    fn take(&mut self, re: &[Complex32]) {
        for (l, ((known, places), ls)) in self.known.iter().zip(&mut self.places).zip(&mut self.ls).enumerate() {
            places.clear();
            places.extend(known.iter().map(|&(k, _)| k));
            ls.clear();
            for antenna in re.chunks_exact(SSB_SYMBOLS * SSB_SUBCARRIERS) {
                let row = &antenna[l * SSB_SUBCARRIERS..][..SSB_SUBCARRIERS];
                ls.extend(known.iter().map(|&(k, x)| row[usize::from(k)] * x.conj()));
            }
        }
    }

    /// Where the pilots of symbol `l` lie.
    pub fn places(&self, l: usize) -> &[u16] {
        &self.places[l]
    }

    /// The estimates of an antenna in symbol `l`.
    pub fn ls(&self, antenna: usize, l: usize) -> &[Complex32] {
        let n = self.places[l].len();
        &self.ls[l][antenna * n..][..n]
    }

    /// The channel of `n_antennas` over the block's width, static but for a carrier frequency offset; times are those of
    /// [`symbol_time_s`].
    pub fn estimate(
        &self,
        numerology: Numerology,
        estimator: &mut ChannelEstimator,
        n_antennas: usize,
    ) -> ChannelQuality {
        let symbols: [PilotSymbol<'_>; SSB_SYMBOLS - 1] = std::array::from_fn(|i| {
            let l = i + 1;
            let time_s = symbol_time_s(numerology, l);
            PilotSymbol { time_s, subcarriers: &self.places[l], ls: &self.ls[l] }
        });
        let settings = EstimatorSettings {
            n_subcarriers: SSB_SUBCARRIERS,
            scs_hz: f64::from(numerology.scs_hz()),
            max_delay_s: 144.0 * unit_s(numerology),
            time: TimeModel::Static,
            track_cfo: true,
        };
        estimator.estimate(&settings, n_antennas, &symbols)
    }
}
