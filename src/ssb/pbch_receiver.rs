use super::LMax;
use super::coding::{CODE, K, coded_bit, encode, payload_of};
use super::payload::{PayloadScrambler, PbchPayload, time_bits};
use super::pilots::{BlockPilots, symbol_time_s};
use super::resources::{
    E, N_DATA, N_DMRS, SSB_SUBCARRIERS, SSB_SYMBOLS, data_elements, dmrs_elements, dmrs_sequence, scrambling,
    scrambling_block,
};
use crate::Complex32;
use crate::coding::polar::PolarDecoder;
use crate::coding::{Crc, SoftBit};
use crate::estimation::{ChannelEstimator, ChannelQuality, Equaliser};
use crate::frame::{CellId, Numerology};
use crate::kernel::Isa;
use crate::modulation::{Modulation, demap};
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Values of i-bar_SSB.
const N_I_BAR: usize = 8;
/// Transform in which the DM-RS comb (60 places) is seen in the delay domain.
const COMB_FFT: usize = 128;
/// A decoded word that contradicts so many soft bits is one of the CRC's chance passes: noise alone, decoded to its
/// best word, comes to about 0.3.
const LEAST_CORRELATION: f32 = 0.36;
/// Elements beyond this are no signal; their squares must not overflow.
const LARGEST: f32 = 1e12;

/// One received SS/PBCH block as the receiver sees it: what can be said before decoding, kept for combining.
#[derive(Clone, Debug)]
pub struct PbchReception {
    cell_id: CellId,
    half_frames: i64,
    re: Vec<Complex32>,
    metrics: [f32; N_I_BAR],
    /// Soft bits (natural units, before the second descrambling) by i-bar, once asked for.
    llr: [Vec<f32>; N_I_BAR],
    quality: [Option<ChannelQuality>; N_I_BAR],
}

impl PbchReception {
    /// An empty one, to be filled by [`PbchReceiver::receive`].
    pub fn new() -> Self {
        Self {
            cell_id: CellId::default(),
            half_frames: 0,
            re: vec![Complex32::ZERO; SSB_SYMBOLS * SSB_SUBCARRIERS],
            metrics: [0.0; N_I_BAR],
            llr: std::array::from_fn(|_| Vec::with_capacity(E)),
            quality: [None; N_I_BAR],
        }
    }

    /// The cell it was received as.
    pub const fn cell_id(&self) -> CellId {
        self.cell_id
    }

    /// When, in half frames from any origin that the receptions to be combined share.
    pub const fn half_frames(&self) -> i64 {
        self.half_frames
    }

    /// How well the DM-RS of each i-bar_SSB fit: -ln of the probability that noise fits as well.
    pub const fn dmrs_metrics(&self) -> &[f32; 8] {
        &self.metrics
    }

    /// The 4 x 240 elements.
    pub fn elements(&self) -> &[Complex32] {
        &self.re
    }
}

impl Default for PbchReception {
    fn default() -> Self {
        Self::new()
    }
}

/// A PBCH whose CRC passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodedPbch {
    /// The cell.
    pub cell_id: CellId,
    /// Of the last of the receptions.
    pub payload: PbchPayload,
    /// L_max with which it decoded.
    pub l_max: LMax,
    /// SSB index.
    pub ssb_index: u8,
    /// Receptions combined.
    pub n_combined: usize,
    /// Agreement of soft bits and code word, 0 to 1.
    pub correlation: f32,
    /// Channel, noise and residual carrier offset of the last reception.
    pub quality: ChannelQuality,
}

/// Receives the PBCH from the 4 x 240 resource elements of SS/PBCH blocks of which the cell identity is known, the
/// index and half frame are not: the DM-RS sequences are tried in the order in which they fit, the CRC decides.
///
/// Repetitions combine although their payloads differ in SFN and half frame: the code is linear, so soft bits of
/// another time are those of the first with the signs of a known code word turned, for each way in which the SFN
/// bits can differ.
pub struct PbchReceiver {
    numerology: Numerology,
    isa: Isa,
    estimator: ChannelEstimator,
    equaliser: Equaliser,
    decoder: PolarDecoder<i8>,
    comb_fft: Arc<dyn Fft<f32>>,
    comb: Vec<Complex32>,
    scratch: Vec<Complex32>,
    channel: Vec<Complex32>,
    pilots: BlockPilots,
    data_channel: Vec<Complex32>,
    symbols: Vec<Complex32>,
    variance: Vec<f32>,
    sum: Vec<f32>,
    soft: Vec<i8>,
    decoded: Vec<u8>,
    differences: Vec<Difference>,
}

/// A way in which the payloads of the receptions can differ from the first one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Difference {
    /// a' of each reception, added to that of the first.
    a: [u32; PbchReceiver::MAX_COMBINED],
    /// Half-frame numbers 0..2048 of the first reception that lead to it.
    n_times: u16,
}

impl PbchReceiver {
    /// Receptions that combine at most.
    pub const MAX_COMBINED: usize = 8;

    /// A receiver for blocks of one numerology, with polar list decoding of size 8.
    pub fn new(numerology: Numerology) -> Self {
        let comb_fft = FftPlanner::new().plan_fft_inverse(COMB_FFT);
        Self {
            numerology,
            isa: Isa::detect(),
            estimator: ChannelEstimator::new(SSB_SUBCARRIERS, SSB_SYMBOLS, 1),
            equaliser: Equaliser::new(N_DATA, 1),
            decoder: PolarDecoder::new(CODE.clone(), 8),
            scratch: vec![Complex32::ZERO; comb_fft.get_inplace_scratch_len()],
            comb_fft,
            comb: vec![Complex32::ZERO; 2 * COMB_FFT],
            channel: vec![Complex32::ZERO; SSB_SUBCARRIERS],
            pilots: BlockPilots::new(1),
            data_channel: Vec::with_capacity(N_DATA),
            symbols: vec![Complex32::ZERO; N_DATA],
            variance: vec![0.0; N_DATA],
            sum: vec![0.0; E],
            soft: vec![0; E],
            decoded: vec![0; K],
            differences: Vec::new(),
        }
    }

    /// Takes in one block: 4 x 240 elements, row-major, as a receiver of `cell_id`, at `half_frames` (5 ms each) from
    /// any origin. What is no finite number counts as zero.
    ///
    /// # Panics
    /// If `re` does not hold 960 elements.
    pub fn receive(&mut self, cell_id: CellId, half_frames: i64, re: &[Complex32], out: &mut PbchReception) {
        assert_eq!(re.len(), SSB_SYMBOLS * SSB_SUBCARRIERS);
        out.cell_id = cell_id;
        out.half_frames = half_frames;
        for (to, from) in out.re.iter_mut().zip(re) {
            let usable = from.re.abs() < LARGEST && from.im.abs() < LARGEST;
            *to = if usable { *from } else { Complex32::ZERO };
        }
        out.quality = [None; N_I_BAR];
        for i_bar in 0..N_I_BAR {
            out.metrics[i_bar] = self.dmrs_metric(cell_id, i_bar as u8, &out.re);
        }
    }

    /// Decodes one reception, or several of the same cell and SSB position combined. `None` if no hypothesis passes
    /// the CRC. Receptions beyond [`Self::MAX_COMBINED`] are left out.
    pub fn decode(&mut self, receptions: &mut [PbchReception], l_max: LMax) -> Option<DecodedPbch> {
        let n = receptions.len().min(Self::MAX_COMBINED);
        let receptions = &mut receptions[..n];
        let cell_id = receptions.first()?.cell_id;
        if receptions.iter().any(|r| r.cell_id != cell_id) {
            return None;
        }
        let scrambler = PayloadScrambler::new(cell_id, l_max);
        let origin = receptions[0].half_frames;
        let after = |r: &PbchReception| r.half_frames - origin;
        let mut order: [(f32, u8); N_I_BAR] = std::array::from_fn(|i| {
            let i_bar = i as u8;
            (receptions.iter().map(|r| r.metrics[usize::from(i_bar_after(i_bar, after(r), l_max))]).sum(), i_bar)
        });
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let best = order[0].0;
        for (rank, (metric, i_bar)) in order.into_iter().enumerate() {
            // Never a gate for the best: the CRC decides. The others are tried while they are within reach.
            if rank > 0 && (metric < 0.4 * best || (n > 1 && rank > 2)) {
                break;
            }
            for r in receptions.iter_mut() {
                self.demodulate(r, i_bar_after(i_bar, r.half_frames - origin, l_max));
            }
            let half_frame = (l_max == LMax::L4).then_some(u32::from(i_bar >> 2));
            self.list_differences(receptions, &scrambler, half_frame);
            for d in 0..self.differences.len() {
                let difference = self.differences[d];
                self.combine(receptions, i_bar, l_max, &difference);
                for (soft, &llr) in self.soft.iter_mut().zip(&self.sum) {
                    *soft = i8::from_f32(llr);
                }
                let found = self.decoder.decode(&self.soft, &mut self.decoded, |c| Crc::Crc24C.check(c));
                let Some(correlation) = found.map(|m| m.correlation()).filter(|&c| c > LEAST_CORRELATION) else {
                    continue;
                };
                let first = payload_of(&self.decoded, &scrambler);
                if half_frame.is_some_and(|h| h != u32::from(first.half_frame()))
                    || differences_of(receptions, &scrambler, half_frame_number(first)) != difference.a
                {
                    continue;
                }
                let (last, i_last) = (&receptions[n - 1], i_bar_after(i_bar, after(&receptions[n - 1]), l_max));
                let payload = first.after_half_frames(after(last));
                let ssb_index = match l_max {
                    LMax::L4 => i_last & 3,
                    LMax::L8 => i_last,
                    LMax::L64 => i_last | payload.last_bits() << 3,
                };
                return Some(DecodedPbch {
                    cell_id,
                    payload,
                    l_max,
                    ssb_index,
                    n_combined: n,
                    correlation,
                    quality: last.quality[usize::from(i_last)].unwrap_or_default(),
                });
            }
        }
        None
    }

    /// -ln of the probability that noise fits the DM-RS of `i_bar` as well: the strongest path's share of their energy.
    /// The middle symbol may be turned by half a cycle: a carrier of unknown frequency can do that, and PSS and SSS,
    /// two symbols apart, do not show it.
    fn dmrs_metric(&mut self, cell_id: CellId, i_bar: u8, re: &[Complex32]) -> f32 {
        let mut energy = 0.0;
        let (outer, middle) = self.comb.split_at_mut(COMB_FFT);
        outer.fill(Complex32::ZERO);
        middle.fill(Complex32::ZERO);
        for ((l, k), r) in dmrs_elements(usize::from(cell_id.get() % 4)).zip(dmrs_sequence(cell_id, i_bar)) {
            let ls = re[l * SSB_SUBCARRIERS + k] * r.conj();
            energy += ls.norm_sqr();
            let comb = if l == 2 { &mut *middle } else { &mut *outer };
            comb[k / 4] += ls;
        }
        self.comb_fft.process_with_scratch(outer, &mut self.scratch);
        self.comb_fft.process_with_scratch(middle, &mut self.scratch);
        // One tap is 1/512 of the useful symbol, the cyclic prefix 36 of them.
        let taps = (0..44).chain(COMB_FFT - 36..COMB_FFT);
        let peak =
            taps.map(|t| (outer[t] + middle[t]).norm_sqr().max((outer[t] - middle[t]).norm_sqr())).fold(0.0, f32::max);
        let share = peak / (energy * N_DMRS as f32);
        if share > 0.0 { -(N_DMRS as f32 - 1.0) * (1.0 - share.min(0.999_999)).ln() } else { 0.0 }
    }

    /// Fills the soft bits of one i-bar, unless they are there.
    fn demodulate(&mut self, reception: &mut PbchReception, i_bar: u8) {
        let i = usize::from(i_bar);
        if reception.quality[i].is_some() {
            return;
        }
        let cell_id = reception.cell_id;
        let v = usize::from(cell_id.get() % 4);
        self.pilots.sss_and_dmrs(cell_id, i_bar, &reception.re);
        let quality = self.pilots.estimate(self.numerology, &mut self.estimator, 1);
        self.equaliser.begin(N_DATA, 1);
        let mut at = 0;
        let (received, channel) = (&mut self.symbols, &mut self.data_channel);
        channel.clear();
        let mut noise = 0.0f32;
        for l in 1..SSB_SYMBOLS {
            let time = symbol_time_s(self.numerology, l);
            self.estimator.channel(0, time, &mut self.channel);
            noise = noise.max(self.estimator.error_variance(time));
            for (_, k) in data_elements(v).filter(|&(symbol, _)| symbol == l) {
                received[at] = reception.re[l * SSB_SUBCARRIERS + k];
                channel.push(self.channel[k]);
                at += 1;
            }
        }
        self.equaliser.add_antenna(received, channel, noise + self.estimator.noise_variance(0));
        self.equaliser.finish(received, &mut self.variance);
        let llr = &mut reception.llr[i];
        llr.resize(E, 0.0);
        demap(self.isa, Modulation::Qpsk, received, &self.variance, llr);
        reception.quality[i] = Some(quality);
    }

    /// Every way in which the payloads can differ, the one with most times of the first reception first.
    fn list_differences(
        &mut self,
        receptions: &[PbchReception],
        scrambler: &PayloadScrambler,
        half_frame: Option<u32>,
    ) {
        self.differences.clear();
        if receptions.len() == 1 {
            self.differences.push(Difference { a: [0; Self::MAX_COMBINED], n_times: 2048 });
            return;
        }
        for n in (0..2048).filter(|n| half_frame.is_none_or(|h| n & 1 == h)) {
            let a = differences_of(receptions, scrambler, n);
            match self.differences.iter_mut().find(|d| d.a == a) {
                Some(known) => known.n_times += 1,
                None => self.differences.push(Difference { a, n_times: 1 }),
            }
        }
        self.differences.sort_unstable_by_key(|d| (std::cmp::Reverse(d.n_times), d.a));
    }

    /// Sums the soft bits of all receptions, descrambled and turned to the codeword of the first.
    fn combine(&mut self, receptions: &[PbchReception], i_bar: u8, l_max: LMax, difference: &Difference) {
        self.sum.fill(0.0);
        let origin = receptions[0].half_frames;
        for (r, &a) in receptions.iter().zip(&difference.a) {
            let i = i_bar_after(i_bar, r.half_frames - origin, l_max);
            let turn = encode(a);
            let c = scrambling(r.cell_id, scrambling_block(i, l_max));
            for (j, ((sum, &llr), c)) in self.sum.iter_mut().zip(&r.llr[usize::from(i)]).zip(c).enumerate() {
                *sum += if c ^ coded_bit(&turn, j) == 1 { -llr } else { llr };
            }
        }
    }
}

/// i-bar of a reception `half_frames` after one of i-bar `i_bar`, of the same SSB index.
const fn i_bar_after(i_bar: u8, half_frames: i64, l_max: LMax) -> u8 {
    match l_max {
        LMax::L4 if half_frames.rem_euclid(2) == 1 => i_bar ^ 4,
        _ => i_bar,
    }
}

const fn half_frame_number(payload: PbchPayload) -> u32 {
    payload.sfn() as u32 * 2 + payload.half_frame() as u32
}

/// a' of each reception added to that of the first, if the first lies in half frame `n`. The terms that do not
/// depend on time cancel.
fn differences_of(
    receptions: &[PbchReception],
    scrambler: &PayloadScrambler,
    n: u32,
) -> [u32; PbchReceiver::MAX_COMBINED] {
    let scrambled = |n: u32| scrambler.apply(PbchPayload::from_bits(time_bits(n)).interleaved());
    let first = scrambled(n);
    let mut a = [0; PbchReceiver::MAX_COMBINED];
    for (a, r) in a.iter_mut().zip(receptions) {
        let after = r.half_frames - receptions[0].half_frames;
        *a = first ^ scrambled((i64::from(n) + after).rem_euclid(2048) as u32);
    }
    a
}
