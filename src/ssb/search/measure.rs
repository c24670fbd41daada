//! The third stage: with the payload known every element of the block is a pilot.

use crate::Complex32;
use crate::estimation::ChannelEstimator;
use crate::frame::Numerology;
use crate::ssb::pilots::{BlockPilots, symbol_time_s};
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
    pilots: BlockPilots,
    channel: Vec<Complex32>,
    expected: Vec<Complex32>,
}

impl Measurement {
    pub fn new(numerology: Numerology) -> Self {
        Self {
            numerology,
            estimator: ChannelEstimator::new(SSB_SUBCARRIERS, SSB_SYMBOLS, 1),
            block: SsbBlock::default(),
            pilots: BlockPilots::new(1),
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
        let received: f32 = re[SSB_SUBCARRIERS..].iter().map(Complex32::norm_sqr).sum();
        self.pilots.all_of(&self.block, re);
        let quality = self.pilots.estimate(self.numerology, &mut self.estimator, 1);
        self.estimator.channel(0, symbol_time_s(self.numerology, 2), &mut self.channel);
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
