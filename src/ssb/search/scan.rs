//! The first stage: PSS correlation of long blocks in the frequency domain.

use super::fold::{Fold, NOISE_LEVEL};
use super::plan::{Point, RatePlan};
use super::pss_time::pss_in_time;
use super::ring::History;
use crate::Complex32;
use crate::kernel::{self, Isa};
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Candidates kept of each stretch of the stream, and points that each allow one more; more are noise that costs time.
const N_KEPT: usize = 12;
const POINTS_A_CANDIDATE: usize = 16;

/// How much of the PSS's bandwidth the scan uses, and in which steps it covers the carrier offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// All of it; steps of half a subcarrier.
    Full,
    /// The middle quarter: strong cells, quickly.
    Quarter,
}

impl Level {
    /// log2 of the part of the PSS's bandwidth that is left out.
    const fn shift(self) -> u32 {
        match self {
            Self::Full => 0,
            Self::Quarter => 2,
        }
    }

    /// The power, as a part of that of the whole block, below which a signal is not looked for.
    const fn floor(self) -> f64 {
        match self {
            Self::Full => 1e-4,
            Self::Quarter => 1e-2,
        }
    }

    /// A candidate scores at least this much. A quick look is for cells that stand out: most of its time would go into
    /// closer looks at noise.
    const fn least_score(self) -> f32 {
        match self {
            Self::Full => 6.0,
            Self::Quarter => 9.0,
        }
    }

    /// Offsets in subcarriers, together +-1.5 and half a step.
    const fn offsets(self) -> &'static [f64] {
        match self {
            Self::Full => &[-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5],
            Self::Quarter => &[-1.5, -0.75, 0.0, 0.75, 1.5],
        }
    }

    /// The distance of two frequencies that together leave no gap, in subcarriers.
    pub const fn spacing(self) -> f64 {
        match self {
            Self::Full => 3.5,
            Self::Quarter => 3.75,
        }
    }
}

/// Where a PSS may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    /// Index of its frequency.
    pub point: usize,
    pub nid2: u16,
    /// Start of the PSS's useful part, in stream samples.
    pub time: f64,
    /// -ln of the probability of noise.
    pub score: f32,
    /// Periods of 20 ms, up to this one, that the score rests on.
    pub n_periods: u8,
}

/// The best candidates of a stretch of the stream.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    kept: Vec<Candidate>,
    most: usize,
    least_score: f32,
}

impl Candidates {
    pub fn new(n_points: usize, level: Level) -> Self {
        let most = N_KEPT + n_points / POINTS_A_CANDIDATE;
        Self { kept: Vec::with_capacity(most), most, least_score: level.least_score() }
    }

    fn threshold(&self) -> f32 {
        if self.kept.len() < self.most {
            self.least_score
        } else {
            self.kept.iter().fold(f32::MAX, |m, c| m.min(c.score))
        }
    }

    /// `near`: within so many samples the same PSS at the same frequency is the same candidate.
    fn offer(&mut self, candidate: Candidate, near: f64) {
        let same = |c: &Candidate| c.point == candidate.point && (c.time - candidate.time).abs() < near;
        // The correlation of a strong PSS has sidelobes, also with the other two.
        if self
            .kept
            .iter()
            .any(|c| same(c) && c.score >= candidate.score * if c.nid2 == candidate.nid2 { 1.0 } else { 4.0 })
        {
            return;
        }
        let weaker =
            |c: &Candidate| same(c) && c.score < candidate.score * if c.nid2 == candidate.nid2 { 1.0 } else { 0.25 };
        self.kept.retain(|c| !weaker(c));
        let by_score = |&a: &usize, &b: &usize| self.kept[a].score.total_cmp(&self.kept[b].score);
        if self.kept.len() >= self.most
            && let Some(worst) = (0..self.kept.len()).min_by(by_score)
        {
            self.kept.swap_remove(worst);
        }
        self.kept.push(candidate);
    }

    /// Takes the candidates out, the best first.
    pub fn take(&mut self, out: &mut Vec<Candidate>) {
        out.clear();
        out.append(&mut self.kept);
        out.sort_by(|a, b| b.score.total_cmp(&a.score));
    }
}

/// Scans all points of one numerology, block after block.
pub(super) struct Scanner {
    isa: Isa,
    plan: RatePlan,
    level: Level,
    /// Useful samples of the PSS, lags of a block that count, and the first of them, at the scan's rate.
    width: usize,
    n_lags: usize,
    guard: usize,
    /// Stream samples from block to block.
    hop: i64,
    wide: Arc<dyn Fft<f32>>,
    narrow: Arc<dyn Fft<f32>>,
    /// Conjugate spectra `[offset][N_ID^(2)]`, each of unit energy.
    templates: Vec<Vec<Complex32>>,
    /// Index of the point, the bin at its frequency, its memory.
    places: Vec<(usize, i64, Option<Fold>)>,
    /// Start of the next block in the stream.
    next: i64,
    spectrum: Vec<Complex32>,
    band: Vec<Complex32>,
    work: Vec<Complex32>,
    scratch: Vec<Complex32>,
    power: Vec<f32>,
    best: [Vec<f32>; 3],
}

impl Scanner {
    /// Scans those of `points` that are of numerology `index`, from stream position `from` on.
    pub fn new(
        plan: RatePlan,
        index: usize,
        level: Level,
        points: &[Point],
        fold: bool,
        from: i64,
        planner: &mut FftPlanner<f32>,
    ) -> Self {
        let m = plan.bins >> level.shift();
        let width = 128 >> level.shift();
        let guard = match level {
            Level::Full => 16,
            Level::Quarter => width / 2,
        };
        let n_lags = m - width - 2 * guard;
        let wide = planner.plan_fft_forward(plan.block);
        let narrow = planner.plan_fft_inverse(m);
        let scratch = wide.get_inplace_scratch_len().max(narrow.get_inplace_scratch_len());
        let places = points
            .iter()
            .enumerate()
            .filter(|(_, p)| p.plan == index)
            .map(|(i, p)| (i, plan.nearest_bin(p.offset_hz), fold.then(|| Fold::new(&plan))))
            .collect();
        Self {
            isa: Isa::detect(),
            plan,
            level,
            width,
            n_lags,
            guard,
            hop: (plan.block * n_lags / m) as i64,
            templates: templates(&plan, level, planner),
            wide,
            narrow,
            places,
            // So that the first lag that counts is the first sample.
            next: from - (guard * plan.block / m) as i64,
            spectrum: vec![Complex32::ZERO; plan.block],
            band: vec![Complex32::ZERO; m],
            work: vec![Complex32::ZERO; m],
            scratch: vec![Complex32::ZERO; scratch],
            power: vec![0.0; n_lags],
            best: std::array::from_fn(|_| vec![0.0; n_lags]),
        }
    }

    /// The first position of which a PSS start has not been looked at.
    pub fn position(&self) -> i64 {
        self.next + (self.guard * self.plan.block / self.band.len()) as i64
    }

    /// Whether the next block lies in the stream up to `end`.
    pub fn ready(&self, end: i64) -> bool {
        !self.places.is_empty() && self.next + self.plan.block as i64 <= end
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Scans the next block.
    pub fn scan(&mut self, history: &History, found: &mut Candidates) {
        history.read(self.next, &mut self.spectrum);
        let start = self.next;
        self.next += self.hop;
        if self.spectrum.iter().all(|z| *z == Complex32::ZERO) {
            return;
        }
        self.wide.process_with_scratch(&mut self.spectrum, &mut self.scratch);
        let m = self.band.len();
        for place in 0..self.places.len() {
            let (point, centre, _) = self.places[place];
            for (i, bin) in self.band.iter_mut().enumerate() {
                let k = if i < m / 2 { i as i64 } else { i as i64 - m as i64 };
                *bin = self.spectrum[(centre + k).rem_euclid(self.plan.block as i64) as usize];
            }
            if !self.measure_power() {
                continue;
            }
            self.best.iter_mut().for_each(|best| best.fill(0.0));
            for t in 0..self.templates.len() {
                self.correlate(t);
            }
            self.collect(place, point, start, found);
        }
    }

    /// 1 / energy of the PSS's length from each lag (or the next) on; false if there is none.
    fn measure_power(&mut self) -> bool {
        self.work.copy_from_slice(&self.band);
        self.narrow.process_with_scratch(&mut self.work, &mut self.scratch);
        let total: f64 = self.work.iter().map(|z| f64::from(z.norm_sqr())).sum();
        let floor = total / self.work.len() as f64 * self.width as f64 * self.level.floor();
        if !(total > 0.0 && total.is_finite()) {
            return false;
        }
        let at = |n: usize| f64::from(self.work[n].norm_sqr());
        // A template that is cut off in frequency reaches beyond its length in time: in the silence beside a burst it
        // correlates with the burst. So a window twice as long counts too, by half.
        let around = if self.level == Level::Full { 0 } else { self.width / 2 };
        let outer = self.width + 2 * around;
        let mut sum: f64 = (0..self.width).map(|i| at(self.guard + i)).sum();
        let mut beyond: f64 = (0..outer).map(|i| at(self.guard + i - around)).sum();
        for n in 0..self.n_lags {
            let first = self.guard + n;
            let next = (sum + at(first + self.width) - at(first)).max(0.0);
            // The larger of two lags, as half lags take in both: else the first sample of a burst stands alone.
            self.power[n] = (1.0 / (sum.max(next).max(0.5 * beyond) + floor)) as f32;
            beyond = (beyond + at(first + outer - around) - at(first - around)).max(0.0);
            sum = next;
        }
        true
    }

    /// Correlates with one template and keeps the largest of each lag, half lags included.
    fn correlate(&mut self, t: usize) {
        kernel::multiply(self.isa, &self.band, &self.templates[t], &mut self.work);
        self.narrow.process_with_scratch(&mut self.work, &mut self.scratch);
        let correlation = &self.work[self.guard..self.guard + self.n_lags + 1];
        kernel::pss::raise_to_power(self.isa, correlation, &mut self.best[t % 3]);
    }

    fn collect(&mut self, place: usize, point: usize, start: i64, found: &mut Candidates) {
        let per_lag = self.plan.block as f64 / self.band.len() as f64;
        let near = 100.0 * self.plan.block as f64 / self.plan.bins as f64;
        let degrees = (126 >> self.level.shift()) as f32;
        let first = start as f64 + self.guard as f64 * per_lag;
        for nid2 in 0..3 {
            let likelihood = &mut self.best[nid2];
            kernel::pss::likelihoods(self.isa, likelihood, &self.power, degrees);
            let mut threshold = found.threshold();
            let mut offer = |lag: usize, score: f32, n_periods: u8| {
                let time = first + lag as f64 * per_lag;
                found.offer(Candidate { point, nid2: nid2 as u16, time, score, n_periods }, near);
                found.threshold()
            };
            if let Some(fold) = &mut self.places[place].2 {
                fold.note(nid2, first, likelihood, threshold, offer);
                continue;
            }
            for (lag, likelihood) in likelihood.iter().enumerate() {
                if likelihood - NOISE_LEVEL > threshold {
                    threshold = offer(lag, likelihood - NOISE_LEVEL, 1);
                }
            }
        }
    }
}

/// Conjugate spectra of the three PSS at each carrier offset, in the order of the inverse transform's input.
fn templates(plan: &RatePlan, level: Level, planner: &mut FftPlanner<f32>) -> Vec<Vec<Complex32>> {
    let full = plan.bins;
    let m = full >> level.shift();
    let forward = planner.plan_fft_forward(full);
    let mut out = Vec::new();
    for offset in level.offsets() {
        for nid2 in 0..3 {
            let mut s: Vec<Complex32> = pss_in_time(nid2, 128, *offset).collect();
            s.resize(full, Complex32::ZERO);
            forward.process(&mut s);
            let mut template: Vec<Complex32> =
                (0..m).map(|i| s[if i < m / 2 { i } else { full - m + i }].conj()).collect();
            let energy: f32 = template.iter().map(Complex32::norm_sqr).sum::<f32>() / m as f32;
            template.iter_mut().for_each(|z| *z /= energy.sqrt());
            out.push(template);
        }
    }
    out
}
