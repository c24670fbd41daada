//! The second stage: one block, cut out of the stream at 256 samples a useful symbol; fine timing and carrier offset
//! by the PSS, the cell identity by the SSS.

use super::fold::score;
use super::plan::RatePlan;
use super::pss_time::pss_in_time;
use super::ring::History;
use super::sss_correlator::{N_NID1, SssCorrelator};
use crate::Complex32;
use crate::frame::CellId;
use crate::ssb::resources::{SSB_SUBCARRIERS, SSB_SYMBOLS, SYNC_FIRST};
use crate::ssb::{pss, sss};
use num_complex::Complex64;
use rustfft::{Fft, FftPlanner};
use std::f64::consts::TAU;
use std::sync::Arc;

const FFT: usize = 256;
/// Symbol with its prefix.
const SYMBOL: usize = 274;
/// Samples by which the transform begins inside the prefix: room for paths before the strongest.
pub(super) const ADVANCE: usize = 5;
/// Segments of the PSS whose correlations give the carrier offset.
const SEGMENTS: usize = 8;
/// The widest search of [`FineSync::align`]: 8 samples and 1.875 subcarriers either way.
const MOST_LAGS: usize = 17;
const MOST_FREQUENCIES: usize = 31;
/// Bits of N_ID^(1) that a sum must explain by chance: ln 336.
const LN_CELLS: f32 = 5.8;

/// A cut-out of the stream around a block.
#[derive(Clone, Debug)]
struct Cut {
    samples: Vec<Complex32>,
    /// Where in it the PSS's useful part was expected.
    expected: f64,
    /// Stream position of its first sample.
    start: i64,
}

/// What synchronisation found about a candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sync {
    pub cell_id: CellId,
    /// -ln of the probability that noise gives such a PSS and SSS.
    pub score: f32,
    /// The block's centre frequency in Hz from the stream's 0 Hz.
    pub frequency_hz: f64,
    /// Phase from symbol to symbol that is left at that frequency, in cycles: see [`FineSync::transform`]. Known to half
    /// a cycle from PSS and SSS, which are two symbols apart.
    pub turn: f64,
    /// Samples (256 a useful symbol) from the expected start of the PSS to the one found.
    pub shift: f64,
}

/// Fine synchronisation for one numerology.
pub(super) struct FineSync {
    plan: RatePlan,
    wide: Arc<dyn Fft<f32>>,
    narrow: Arc<dyn Fft<f32>>,
    fft256: Arc<dyn Fft<f32>>,
    ifft256: Arc<dyn Fft<f32>>,
    to_delay: Arc<dyn Fft<f32>>,
    from_delay: Arc<dyn Fft<f32>>,
    /// The three PSS in time, 256 samples.
    pss_time: [Vec<Complex32>; 3],
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    work: Vec<Complex32>,
    cuts: Vec<Cut>,
    n_cuts: usize,
    /// Bin of the spectrum at 0 Hz of the cuts.
    centre: i64,
    correlator: SssCorrelator,
    products: Box<[Complex32; N_NID1]>,
    likelihood: Vec<f32>,
    phasor: Vec<Complex32>,
    /// Of [`FineSync::align`]: sums by lag and frequency, and the turns of the segments by frequency.
    metric: Vec<f32>,
    turns: Vec<Complex32>,
    element: Vec<Complex32>,
}

impl FineSync {
    /// Cut-outs looked at together.
    pub const MAX_CUTS: usize = 4;

    pub fn new(plan: RatePlan, planner: &mut FftPlanner<f32>) -> Self {
        let wide = planner.plan_fft_forward(plan.block);
        let narrow = planner.plan_fft_inverse(2 * plan.bins);
        let (fft256, ifft256) = (planner.plan_fft_forward(FFT), planner.plan_fft_inverse(FFT));
        let (from_delay, to_delay) = (planner.plan_fft_forward(128), planner.plan_fft_inverse(128));
        let scratch = [&wide, &narrow, &fft256, &ifft256, &from_delay, &to_delay].map(|f| f.get_inplace_scratch_len());
        let cut = Cut { samples: vec![Complex32::ZERO; 2 * plan.bins], expected: 0.0, start: 0 };
        Self {
            plan,
            wide,
            narrow,
            fft256,
            ifft256,
            to_delay,
            from_delay,
            pss_time: std::array::from_fn(|nid2| pss_in_time(nid2 as u16, FFT, 0.0).collect()),
            spectrum: vec![Complex32::ZERO; plan.block],
            scratch: vec![Complex32::ZERO; scratch.into_iter().max().unwrap_or(0)],
            work: vec![Complex32::ZERO; FFT],
            cuts: vec![cut; Self::MAX_CUTS],
            n_cuts: 0,
            centre: 0,
            correlator: SssCorrelator::new(),
            products: Box::new([Complex32::ZERO; N_NID1]),
            likelihood: vec![0.0; N_NID1],
            phasor: vec![Complex32::ZERO; FFT],
            metric: Vec::with_capacity(MOST_LAGS * MOST_FREQUENCIES),
            turns: Vec::with_capacity(SEGMENTS * MOST_FREQUENCIES),
            element: vec![Complex32::ZERO; SSB_SYMBOLS * SSB_SUBCARRIERS],
        }
    }

    /// Stream samples a sample of the cuts.
    pub fn ratio(&self) -> f64 {
        self.plan.block as f64 / (2 * self.plan.bins) as f64
    }

    /// Stream samples needed after the start of a PSS to cut its block out.
    pub fn look_ahead(&self) -> i64 {
        (self.plan.block as f64 - self.lead() * self.ratio()) as i64 + 2
    }

    /// Samples of a cut before the expected start of the PSS: the block stands in the middle.
    fn lead(&self) -> f64 {
        ((2 * self.plan.bins - 4 * SYMBOL) / 2 + SYMBOL - FFT) as f64
    }

    /// Cuts out the blocks whose PSS start at `times` (stream samples), around `offset_hz`.
    pub fn cut(&mut self, history: &History, offset_hz: f64, times: &[f64]) {
        self.centre = self.plan.nearest_bin(offset_hz);
        self.n_cuts = times.len().min(Self::MAX_CUTS);
        let (lead, ratio) = (self.lead(), self.ratio());
        let scale = 1.0 / self.plan.block as f32;
        for (cut, &time) in self.cuts.iter_mut().zip(times) {
            cut.start = (time - lead * ratio).floor() as i64;
            cut.expected = (time - cut.start as f64) / ratio;
            history.read(cut.start, &mut self.spectrum);
            self.wide.process_with_scratch(&mut self.spectrum, &mut self.scratch);
            let (n, block) = (cut.samples.len(), self.plan.block as i64);
            for (i, z) in cut.samples.iter_mut().enumerate() {
                let k = self.centre + if i < n / 2 { i as i64 } else { i as i64 - n as i64 };
                let inside = k >= -(block / 2) && k < block - block / 2;
                *z = if inside { self.spectrum[k.rem_euclid(block) as usize] * scale } else { Complex32::ZERO };
            }
            self.narrow.process_with_scratch(&mut cut.samples, &mut self.scratch);
        }
    }

    /// The stream time of a PSS `shift` samples after the expected start in cut `index`.
    pub fn time(&self, index: usize, shift: f64) -> f64 {
        let cut = &self.cuts[index];
        cut.start as f64 + (cut.expected + shift) * self.ratio()
    }

    fn centre_hz(&self) -> f64 {
        self.centre as f64 * self.plan.bin_hz()
    }

    /// Fine timing within +-`reach` samples and carrier offset within +-`reach_hz` of `around_hz` (from the stream's
    /// 0 Hz) of a PSS over all cuts; the shift and the frequency.
    pub fn align(&mut self, nid2: u16, reach: usize, around_hz: f64, reach_hz: f64) -> (f64, f64) {
        let reference = &self.pss_time[usize::from(nid2)];
        let scs = self.plan.scs_hz();
        // In cycles a sample of the cuts.
        let around = (around_hz - self.centre_hz()) / (scs * FFT as f64);
        let step = 0.125 / FFT as f64;
        let n_steps = (reach_hz / scs / 0.125).ceil() as i64;
        let n_frequencies = (2 * n_steps + 1) as usize;
        let n_lags = 2 * reach + 1;
        self.metric.clear();
        self.metric.resize(n_lags * n_frequencies, 0.0);
        for (n, z) in self.phasor.iter_mut().enumerate() {
            let turn = Complex64::cis(-TAU * around * n as f64);
            *z = Complex32::new(turn.re as f32, turn.im as f32) * reference[n].conj();
        }
        let length = FFT / SEGMENTS;
        self.turns.clear();
        self.turns.extend((-n_steps..=n_steps).flat_map(|f| {
            (0..SEGMENTS).map(move |s| {
                let turn = Complex64::cis(-TAU * f as f64 * step * (length * s) as f64);
                Complex32::new(turn.re as f32, turn.im as f32)
            })
        }));
        for cut in &self.cuts[..self.n_cuts] {
            let first = cut.expected.round() as i64 - reach as i64;
            let energy: f32 = segment(&cut.samples, first, FFT + n_lags).iter().map(Complex32::norm_sqr).sum();
            if energy.is_nan() || energy <= 0.0 {
                continue;
            }
            for lag in 0..n_lags {
                let y = segment(&cut.samples, first + lag as i64, FFT);
                let mut parts = [Complex32::ZERO; SEGMENTS];
                for (part, (y, p)) in parts.iter_mut().zip(y.chunks(length).zip(self.phasor.chunks(length))) {
                    *part = y.iter().zip(p).map(|(y, p)| y * p).sum();
                }
                let row = &mut self.metric[lag * n_frequencies..][..n_frequencies];
                for (m, turns) in row.iter_mut().zip(self.turns.chunks(SEGMENTS)) {
                    let sum: Complex32 = parts.iter().zip(turns).map(|(a, b)| a * b).sum();
                    *m += sum.norm_sqr() / energy;
                }
            }
        }
        let metric = &self.metric;
        let best = (0..metric.len()).max_by(|&a, &b| metric[a].total_cmp(&metric[b])).unwrap_or(0);
        let (lag, f) = (best / n_frequencies, best % n_frequencies);
        let at = |lag: usize, f: usize| metric[lag * n_frequencies + f];
        let fine_lag =
            if lag > 0 && lag + 1 < n_lags { vertex(at(lag - 1, f), at(lag, f), at(lag + 1, f)) } else { 0.0 };
        let fine_f =
            if f > 0 && f + 1 < n_frequencies { vertex(at(lag, f - 1), at(lag, f), at(lag, f + 1)) } else { 0.0 };
        // Cuts share the fraction of a sample to which their start was rounded only on average: good enough to
        // begin with, the channel estimate finds the rest.
        let rounding = self.cuts[..self.n_cuts].iter().map(|c| c.expected.round() - c.expected).sum::<f64>()
            / self.n_cuts.max(1) as f64;
        let shift = lag as f64 - reach as f64 + f64::from(fine_lag) + rounding;
        let offset = around + (f as f64 - n_steps as f64 + f64::from(fine_f)) * step;
        (shift, self.centre_hz() + offset * scs * FFT as f64)
    }

    /// One symbol of cut `index` in frequency, scaled so that the mean power of the samples is the sum over subcarriers:
    /// 256 bins, for a PSS start `shift` samples after the expected and a carrier at `frequency_hz`. The transform
    /// begins [`ADVANCE`] samples early, which is turned back: a signal at that time and frequency has no slope of phase.
    ///
    /// `turn` cycles a symbol are taken off besides. The phase of each symbol starts anew at its own beginning, at
    /// a carrier frequency (TS 38.211 5.4) that a receiver of unknown frequency does not know: mixed down by a
    /// continuous oscillator, symbols follow each other with a constant turn that is no frequency offset.
    fn transform(&mut self, index: usize, symbol: usize, shift: f64, frequency_hz: f64, turn: f64) {
        self.mix(index, symbol, shift, frequency_hz, turn);
        self.fft256.process_with_scratch(&mut self.work, &mut self.scratch);
        // A start `late` samples after the transform's is a slope of -2 pi k late / 256.
        let late = self.late(index, symbol, shift);
        let step = Complex64::cis(TAU * late / FFT as f64);
        let mut turn = Complex64::cis(-TAU * late / 2.0);
        for i in 0..FFT {
            let bin = (i + FFT / 2) % FFT;
            self.work[bin] *= Complex32::new(turn.re as f32, turn.im as f32);
            turn *= step;
        }
    }

    /// From the first sample of a symbol's transform to its start.
    fn late(&self, index: usize, symbol: usize, shift: f64) -> f64 {
        let exact = self.cuts[index].expected + shift + (symbol * SYMBOL) as f64;
        exact - (exact.floor() - ADVANCE as f64)
    }

    /// The samples of a symbol's transform, mixed down.
    fn mix(&mut self, index: usize, symbol: usize, shift: f64, frequency_hz: f64, turn: f64) {
        let cut = &self.cuts[index];
        let exact = cut.expected + shift + (symbol * SYMBOL) as f64;
        let first = exact.floor() as i64 - ADVANCE as i64;
        let offset = (frequency_hz - self.centre_hz()) / (self.plan.scs_hz() * FFT as f64);
        // The phase counts from the expected start of the PSS, alike in all symbols.
        let mut turn =
            Complex64::cis(-TAU * (offset * (first as f64 - cut.expected) + turn * symbol as f64)) / FFT as f64;
        let step = Complex64::cis(-TAU * offset);
        for (z, y) in self.work.iter_mut().zip(segment(&cut.samples, first, FFT)) {
            *z = *y * Complex32::new(turn.re as f32, turn.im as f32);
            turn *= step;
        }
    }

    /// The 127 subcarriers of PSS or SSS of the last transform.
    fn middle(&self) -> impl Iterator<Item = Complex32> {
        (0..127).map(|n| self.work[(n + FFT - 64) % FFT])
    }

    /// The cells whose SSS stand at the PSS found by [`FineSync::align`], the likeliest first; at most two. Cells in
    /// `known` are taken off, not reported.
    pub fn identify(&mut self, nid2: u16, shift: f64, frequency_hz: f64, known: &[CellId], found: &mut Vec<Sync>) {
        found.clear();
        let d = pss(nid2);
        let mut pss_likelihood = 0.0;
        let mut equalised = [[(Complex32::ZERO, 0.0); 127]; Self::MAX_CUTS];
        let equalised = &mut equalised[..self.n_cuts];
        for (index, cut) in equalised.iter_mut().enumerate() {
            self.transform(index, 0, shift, frequency_hz, 0.0);
            let ls = self.pss_estimates(&d);
            let energy: f32 = ls.iter().map(Complex32::norm_sqr).sum();
            let sum: Complex32 = ls.iter().sum();
            pss_likelihood += likelihood(sum.norm_sqr(), energy);
            let channel = self.smooth(&ls);
            self.transform(index, 2, shift, frequency_hz, 0.0);
            for ((cut, y), h) in cut.iter_mut().zip(self.middle()).zip(&channel) {
                *cut = (y * h.conj(), h.norm_sqr());
            }
        }
        let n_likelihoods = 2 * self.n_cuts;
        let mut z = [Complex32::ZERO; 127];
        for _ in 0..2 + known.len().min(3) {
            self.likelihood.fill(0.0);
            for cut in equalised.iter() {
                z.iter_mut().zip(cut).for_each(|(z, c)| *z = c.0);
                let energy: f32 = z.iter().map(Complex32::norm_sqr).sum();
                self.correlator.correlate(nid2, &z, &mut self.products);
                for (sum, product) in self.likelihood.iter_mut().zip(self.products.iter()) {
                    *sum += likelihood(product.norm_sqr(), energy);
                }
            }
            let best = (0..N_NID1).max_by(|&a, &b| self.likelihood[a].total_cmp(&self.likelihood[b])).unwrap_or(0);
            let Ok(cell_id) = CellId::from_parts(best as u16, nid2) else { return };
            let total = pss_likelihood + (self.likelihood[best] - LN_CELLS).max(0.0);
            let of_sss = score(self.likelihood[best], self.n_cuts);
            if of_sss < LN_CELLS + 1.0 {
                return;
            }
            let d = sss(cell_id);
            // The phase from PSS to SSS, two symbols later.
            let mut turn = Complex32::ZERO;
            for cut in equalised.iter_mut() {
                let sum: Complex32 = cut.iter().zip(d).map(|(c, d)| c.0 * d).sum();
                let energy: f32 = cut.iter().map(|c| c.0.norm_sqr()).sum();
                if energy > 0.0 {
                    turn += sum * (sum.norm() / energy);
                }
                // Take this cell off, to see what stands beneath it.
                let weight: f32 = cut.iter().map(|c| c.1 * c.1).sum();
                let gain: Complex32 = cut.iter().zip(d).map(|(c, d)| c.0 * (c.1 * d)).sum();
                if weight > 0.0 {
                    let gain = gain / weight;
                    cut.iter_mut().zip(d).for_each(|(c, d)| c.0 -= gain * (c.1 * d));
                }
            }
            let turn = f64::from(turn.arg()) / TAU / 2.0;
            if known.contains(&cell_id) {
                continue;
            }
            found.push(Sync { cell_id, score: score(total, n_likelihoods), frequency_hz, turn, shift });
            if found.len() == 2 {
                return;
            }
        }
    }

    /// Whether the block of a known cell stands in the first cut: timing within +-`reach` samples and frequency within
    /// +-`reach_hz` of `around_hz`, symbols following each other with `turn`.
    pub fn confirm(
        &mut self,
        cell_id: CellId,
        reach: usize,
        around_hz: f64,
        reach_hz: f64,
        turn: f64,
        threshold: f32,
    ) -> Option<Sync> {
        let (shift, frequency_hz) = self.align(cell_id.nid2(), reach, around_hz, reach_hz);
        self.transform(0, 0, shift, frequency_hz, turn);
        let ls = self.pss_estimates(&pss(cell_id.nid2()));
        let energy: f32 = ls.iter().map(Complex32::norm_sqr).sum();
        let sum: Complex32 = ls.iter().sum();
        let channel = self.smooth(&ls);
        self.transform(0, 2, shift, frequency_hz, turn);
        let (mut product, mut power) = (Complex32::ZERO, 0.0);
        for ((y, h), d) in self.middle().zip(&channel).zip(sss(cell_id)) {
            let z = y * h.conj();
            power += z.norm_sqr();
            product += z * d;
        }
        let total = likelihood(sum.norm_sqr(), energy) + likelihood(product.norm_sqr(), power);
        let score = score(total, 2);
        let cycles = f64::from(product.arg()) / TAU;
        let frequency_hz = frequency_hz + cycles * self.plan.scs_hz() * FFT as f64 / (2 * SYMBOL) as f64;
        (score > threshold).then_some(Sync { cell_id, score, frequency_hz, turn, shift })
    }

    /// The 4 x 240 elements of cut `index`, row-major, for a PSS start and a carrier frequency.
    pub fn elements(&mut self, index: usize, shift: f64, frequency_hz: f64, turn: f64) -> &[Complex32] {
        for symbol in 0..SSB_SYMBOLS {
            self.transform(index, symbol, shift, frequency_hz, turn);
            for k in 0..SSB_SUBCARRIERS {
                self.element[symbol * SSB_SUBCARRIERS + k] = self.work[(k + FFT - SSB_SUBCARRIERS / 2) % FFT];
            }
        }
        debug_assert_eq!(SYNC_FIRST + 64, SSB_SUBCARRIERS / 2);
        &self.element
    }

    /// Carrier offset in Hz and turn in cycles a symbol that are left when a block is received with these settings, by
    /// the elements `expected` (4 x 240, channel included): the offset from the phase within symbols, the turn from
    /// symbol to symbol.
    pub fn offsets(
        &mut self,
        index: usize,
        shift: f64,
        frequency_hz: f64,
        turn: f64,
        expected: &[Complex32],
    ) -> (f64, f64) {
        let length = FFT / SEGMENTS;
        let mut parts = [[Complex64::ZERO; SEGMENTS]; SSB_SYMBOLS];
        let mut reference = [Complex32::ZERO; FFT];
        for (symbol, parts) in parts.iter_mut().enumerate() {
            // The expected samples from the transform's first on.
            let late = self.late(index, symbol, shift);
            reference.fill(Complex32::ZERO);
            for (k, &x) in expected[symbol * SSB_SUBCARRIERS..][..SSB_SUBCARRIERS].iter().enumerate() {
                let k = k as f64 - (SSB_SUBCARRIERS / 2) as f64;
                let turn = Complex64::cis(-TAU * k * late / FFT as f64);
                reference[k.rem_euclid(FFT as f64) as usize] = x * Complex32::new(turn.re as f32, turn.im as f32);
            }
            self.ifft256.process_with_scratch(&mut reference, &mut self.scratch);
            self.mix(index, symbol, shift, frequency_hz, turn);
            for (part, (y, x)) in parts.iter_mut().zip(self.work.chunks(length).zip(reference.chunks(length))) {
                *part = y
                    .iter()
                    .zip(x)
                    .map(|(y, x)| {
                        let z = y * x.conj();
                        Complex64::new(f64::from(z.re), f64::from(z.im))
                    })
                    .sum();
            }
        }
        // Neighbouring segments first, then half a symbol apart with that taken off.
        let mut offset = 0.0;
        for apart in [1, SEGMENTS / 2] {
            let pairs: Complex64 =
                parts.iter().flat_map(|p| (0..SEGMENTS - apart).map(|s| p[s + apart] * p[s].conj())).sum();
            let cycles = pairs.arg() / TAU;
            let predicted = offset * apart as f64 / SEGMENTS as f64;
            let wrapped = cycles - predicted - (cycles - predicted).round();
            offset += wrapped * SEGMENTS as f64 / apart as f64;
        }
        let whole = parts.map(|p| {
            let turn = |s: usize| Complex64::cis(-TAU * offset * s as f64 / SEGMENTS as f64);
            p.iter().enumerate().map(|(s, z)| z * turn(s)).sum::<Complex64>()
        });
        // The slope of phase over the four symbols: from neighbour to neighbour first, then by least squares.
        let step: Complex64 = whole.windows(2).map(|w| w[1] * w[0].conj()).sum();
        let mut slope = step.arg();
        let flat: [Complex64; SSB_SYMBOLS] = std::array::from_fn(|l| whole[l] * Complex64::cis(-slope * l as f64));
        let mean: Complex64 = flat.iter().sum();
        let weight = flat.map(|z| z.norm());
        let total: f64 = weight.iter().sum();
        if total > 0.0 {
            let middle = weight.iter().enumerate().map(|(l, w)| w * l as f64).sum::<f64>() / total;
            let (mut numerator, mut denominator) = (0.0, 0.0);
            for (l, (z, w)) in flat.iter().zip(weight).enumerate() {
                let from_middle = l as f64 - middle;
                numerator += w * from_middle * (z * mean.conj()).arg();
                denominator += w * from_middle * from_middle;
            }
            slope += if denominator > 0.0 { numerator / denominator } else { 0.0 };
        }
        // The turn that would be left with the offset taken off as well.
        let per_symbol = SYMBOL as f64 / FFT as f64;
        (offset * self.plan.scs_hz(), slope / TAU - offset * per_symbol)
    }

    /// Least-squares estimates of the channel by the PSS `d` in the last transform.
    fn pss_estimates(&self, d: &[f32; 127]) -> [Complex32; 127] {
        let mut ls = [Complex32::ZERO; 127];
        ls.iter_mut().zip(self.middle()).zip(d).for_each(|((ls, y), d)| *ls = y * d);
        ls
    }

    /// The channel behind least-squares estimates: taps near zero delay that stand out of the rest.
    fn smooth(&mut self, ls: &[Complex32; 127]) -> [Complex32; 127] {
        let mut taps = [Complex32::ZERO; 128];
        for (n, &z) in ls.iter().enumerate() {
            taps[(n + 64) % 128] = z;
        }
        self.to_delay.process_with_scratch(&mut taps, &mut self.scratch);
        let near = |n: usize| n <= 10 || n >= 124;
        let noise = (16..112).map(|n| taps[n].norm_sqr()).sum::<f32>() / 96.0;
        let strongest = (0..128).filter(|&n| near(n)).map(|n| taps[n].norm_sqr()).fold(0.0, f32::max);
        for (n, tap) in taps.iter_mut().enumerate() {
            let power = tap.norm_sqr();
            let stands_out = near(n) && (power >= strongest || power > 5.0 * noise);
            *tap = if stands_out { *tap * ((power - noise) / power).max(0.1) } else { Complex32::ZERO };
        }
        self.from_delay.process_with_scratch(&mut taps, &mut self.scratch);
        std::array::from_fn(|n| taps[(n + 64) % 128] / 128.0)
    }
}

/// -ln of the probability that the correlation of 127 values with a sequence takes such a part of their energy.
fn likelihood(product: f32, energy: f32) -> f32 {
    if energy > 0.0 && product > 0.0 { -126.0 * (1.0 - (product / (127.0 * energy)).min(0.999_999)).ln() } else { 0.0 }
}

/// `len` samples from `first` on, moved inside the slice where they would leave it.
fn segment(samples: &[Complex32], first: i64, len: usize) -> &[Complex32] {
    let len = len.min(samples.len());
    let first = first.clamp(0, (samples.len() - len) as i64) as usize;
    &samples[first..first + len]
}

/// Where the parabola through three equidistant values has its top, in steps from the middle one.
fn vertex(before: f32, at: f32, after: f32) -> f32 {
    let curve = before - 2.0 * at + after;
    if curve < 0.0 { (0.5 * (before - after) / curve).clamp(-0.5, 0.5) } else { 0.0 }
}
