//! The third stage: with the payload known every element of the block is a pilot.

use crate::Complex32;
use crate::estimation::{ChannelEstimator, EstimatorSettings, PilotSymbol, TimeModel};
use crate::frame::Numerology;
use crate::ssb::resources::{SSB_SUBCARRIERS, SSB_SYMBOLS, SYNC_FIRST};
use crate::ssb::{DecodedPbch, SsbBlock, SsbTransmitter};

/// What a received block says about its reception.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Measured {
    pub rsrp: f32,
    pub rssi: f32,
    pub noise: f32,
    /// Delay of the channel against the transform's, in seconds.
    pub delay_s: f64,
}

pub(super) struct Measurement {
    numerology: Numerology,
    estimator: ChannelEstimator,
    block: SsbBlock,
    places: [Vec<u16>; SSB_SYMBOLS],
    ls: [Vec<Complex32>; SSB_SYMBOLS],
    channel: Vec<Complex32>,
    expected: Vec<Complex32>,
}

impl Measurement {
    pub fn new(numerology: Numerology) -> Self {
        Self {
            numerology,
            estimator: ChannelEstimator::new(SSB_SUBCARRIERS, SSB_SYMBOLS, 1),
            block: SsbBlock::default(),
            places: Default::default(),
            ls: Default::default(),
            channel: vec![Complex32::ZERO; SSB_SUBCARRIERS],
            expected: vec![Complex32::ZERO; SSB_SYMBOLS * SSB_SUBCARRIERS],
        }
    }

    /// Measures on the 4 x 240 elements that `decoded` was decoded from.
    pub fn measure(&mut self, decoded: &DecodedPbch, re: &[Complex32]) -> Measured {
        let sent = SsbTransmitter::new(decoded.cell_id, decoded.l_max, 0.0)
            .and_then(|t| t.transmit(decoded.payload, decoded.ssb_index, &mut self.block));
        if sent.is_err() {
            return Measured::default();
        }
        let unit = 1.0 / 30.72e6 / f64::from(1u32 << self.numerology.mu());
        let mut received = 0.0;
        for l in 1..SSB_SYMBOLS {
            let (places, ls) = (&mut self.places[l], &mut self.ls[l]);
            places.clear();
            ls.clear();
            for (k, (&x, &y)) in self.block.symbol(l).iter().zip(&re[l * SSB_SUBCARRIERS..]).enumerate() {
                received += y.norm_sqr();
                if x != Complex32::ZERO {
                    places.push(k as u16);
                    ls.push(y * x.conj());
                }
            }
        }
        let symbols: [PilotSymbol<'_>; 3] = std::array::from_fn(|l| PilotSymbol {
            time_s: 2192.0 * unit * (l + 1) as f64,
            subcarriers: &self.places[l + 1],
            ls: &self.ls[l + 1],
        });
        let settings = EstimatorSettings {
            n_subcarriers: SSB_SUBCARRIERS,
            scs_hz: f64::from(self.numerology.scs_hz()),
            max_delay_s: 144.0 * unit,
            time: TimeModel::Static,
            track_cfo: true,
        };
        let quality = self.estimator.estimate(&settings, 1, &symbols);
        self.estimator.channel(0, 2.0 * 2192.0 * unit, &mut self.channel);
        for (l, row) in self.expected.chunks_exact_mut(SSB_SUBCARRIERS).enumerate() {
            for (out, (&x, &h)) in row.iter_mut().zip(self.block.symbol(l).iter().zip(&self.channel)) {
                *out = x * h;
            }
        }
        let of_sss = &self.channel[SYNC_FIRST..SYNC_FIRST + 127];
        Measured {
            rsrp: of_sss.iter().map(Complex32::norm_sqr).sum::<f32>() / 127.0,
            rssi: received / (SSB_SYMBOLS - 1) as f32,
            noise: quality.noise_variance,
            delay_s: f64::from(quality.delay_s),
        }
    }

    /// The elements of the block measured last as they should have arrived: sent ones times the channel.
    pub fn expected(&self) -> &[Complex32] {
        &self.expected
    }
}
