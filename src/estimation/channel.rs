use super::delay::{self, Candidates, TapRange};
use super::time::TimeWiener;
use crate::Complex32;
use crate::kernel::Isa;
use crate::kernel::toeplitz::{Decomposition, Levinson};
use num_complex::Complex64;
use rustfft::{Fft, FftPlanner};
use std::f64::consts::TAU;
use std::sync::Arc;

/// Least-squares estimates at the pilots of one symbol.
#[derive(Clone, Copy, Debug)]
pub struct PilotSymbol<'a> {
    /// When the symbol's useful part starts, in seconds from any origin (see [`super::symbol_time_s`]).
    pub time_s: f64,
    /// Where the pilots lie, ascending, counted from the first subcarrier of the estimate; gaps are allowed.
    pub subcarriers: &'a [u16],
    /// y conj(r) / |r|^2 of each pilot, `[row][pilot]`, row-major: a row is a receive antenna, or the channel from one
    /// transmit port to it.
    pub ls: &'a [Complex32],
}

/// What is assumed of the channel in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeModel {
    /// Constant over the pilot symbols but for the carrier frequency offset: all pilots are fitted as one. For short
    /// signals, and where few pilots meet much noise.
    Static,
    /// Each pilot symbol is fitted by itself, and symbols are interpolated with a correlation in time that is
    /// measured. Needs the same subcarriers in each pilot symbol, else the channel is taken as static.
    Tracked,
}

/// Settings of one estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EstimatorSettings {
    /// Width of the estimate in subcarriers.
    pub n_subcarriers: usize,
    /// Subcarrier spacing in Hz.
    pub scs_hz: f64,
    /// The longest delay spread expected, and the furthest that the strongest path is looked for from zero delay
    /// either way: the cyclic prefix, in seconds, unless more is known.
    pub max_delay_s: f64,
    /// Behaviour in time.
    pub time: TimeModel,
    /// Whether a residual carrier frequency offset is estimated from the phase between pilot symbols.
    pub track_cfo: bool,
}

/// What an estimate says about the reception.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChannelQuality {
    /// Whether there was anything to estimate from: some pilots, not all zero or no numbers.
    pub usable: bool,
    /// Mean delay (centroid of the power delay profile) in seconds; positive is late.
    pub delay_s: f32,
    /// Width of the delays that the fit allows, in seconds.
    pub delay_window_s: f32,
    /// Power of a channel coefficient, mean over subcarriers and antennas.
    pub signal_power: f32,
    /// Noise variance of a received element, mean over antennas.
    pub noise_variance: f32,
    /// Residual carrier frequency offset in Hz, if asked for and there are two pilot symbols.
    pub cfo_hz: Option<f32>,
}

impl ChannelQuality {
    /// Signal-to-noise ratio of a pilot (unit amplitude) per antenna in dB; -inf if nothing was received.
    pub fn snr_db(&self) -> f32 {
        if self.usable { 10.0 * (self.signal_power / self.noise_variance).log10() } else { f32::NEG_INFINITY }
    }
}

/// Estimates a channel from pilots at any subcarriers (a comb, a comb with gaps, a single resource block) in any
/// number of symbols.
///
/// The model is LMMSE with a robust delay profile: the delay of the strongest path is taken off, and what remains is
/// a uniform profile over a range of delays (a ridge regression on delay taps at half the resolution of the
/// band, so that band edges and gaps need no special care). The range is chosen from the power delay
/// profile by the likelihood of the pilots: one path, the paths seen, or a whole cyclic prefix. The noise is the
/// residual of a fit over its degrees of freedom.
#[derive(Clone)]
pub struct ChannelEstimator {
    max_subcarriers: usize,
    max_symbols: usize,
    max_antennas: usize,
    transforms: Vec<Transform>,
    work: Vec<Complex32>,
    scratch: Vec<Complex32>,
    profile: Vec<f32>,
    template: Vec<f32>,
    order: Vec<f32>,
    /// e^(j 2 pi k peak / size).
    ramp: Vec<Complex32>,
    /// Hann window over the width of the estimate.
    taper: Vec<f32>,
    /// A^H p by antenna and symbol, taps -region..=region.
    matched: Vec<Complex64>,
    taps: Vec<Complex64>,
    correlation: Vec<Complex64>,
    levinson: Levinson,
    /// Frequency responses `[antenna][fit][subcarrier]`.
    response: Vec<Complex32>,
    noise: Vec<f32>,
    wiener: TimeWiener,
    state: State,
}

#[derive(Clone)]
struct Transform {
    size: usize,
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
}

/// What [`ChannelEstimator::channel`] needs of the last estimate.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    n_subcarriers: usize,
    n_antennas: usize,
    /// Fits an antenna: pilot symbols if tracked, else 1.
    n_fits: usize,
    cfo_hz: f64,
    reference_s: f64,
    signal_power: f64,
    /// Variance that noise of unit variance leaves in a fit.
    noise_gain: f64,
}

/// One fit's figures.
#[derive(Clone, Copy, Debug)]
struct Fit {
    range: TapRange,
    noise: f64,
    /// Degrees of freedom that a fit spends: trace of the hat matrix.
    spent: f64,
    /// Trace of the hat matrix's square: what of the noise is in the fit.
    kept: f64,
    decomposition: Decomposition,
}

/// The sizes of the problem that all fits share.
#[derive(Clone, Copy)]
struct Problem {
    region: isize,
    rows: usize,
    stride: usize,
    pilots_per_fit: f64,
    energy: f64,
}

impl Problem {
    /// Residuals below are rounding.
    fn floor(&self) -> f64 {
        self.energy * 1e-9
    }

    /// -2 ln of the likelihood of a range, its scale maximised: p ~ CN(0, s (I + A A^H / load)). With the decomposition
    /// for a smaller load it is a bound from below, since both the misfit and the determinant grow with the load.
    fn score(&self, decomposition: &Decomposition, range: TapRange, load: f64) -> f64 {
        let rows = self.rows as f64;
        let n = rows * self.pilots_per_fit;
        let misfit = (self.energy - decomposition.quadratic).max(self.floor());
        n * (misfit / n).ln() + rows * (decomposition.ln_det - range.len() as f64 * load.ln())
    }
}

/// Samples beyond this are no signal; their squares must not overflow.
const LARGEST: f32 = 1e12;

fn clean(z: Complex32) -> Complex32 {
    // Also false if either is no number.
    if z.re.abs() < LARGEST && z.im.abs() < LARGEST { z } else { Complex32::ZERO }
}

fn wide(z: Complex32) -> Complex64 {
    Complex64::new(f64::from(z.re), f64::from(z.im))
}

fn narrow(z: Complex64) -> Complex32 {
    Complex32::new(z.re as f32, z.im as f32)
}

/// Points of the delay grid: twice the width, so that its taps lie half a resolution cell apart; a little coarser for
/// the widest carriers, and finer for a few blocks, whose resolution cell is longer than a cyclic prefix.
fn needed_points(n_subcarriers: usize) -> usize {
    if n_subcarriers > 2048 { n_subcarriers * 3 / 2 } else { (2 * n_subcarriers).max(128) }
}

impl ChannelEstimator {
    /// Plans estimates of up to `max_subcarriers` width, `max_symbols` pilot symbols and `max_antennas` antennas.
    pub fn new(max_subcarriers: usize, max_symbols: usize, max_antennas: usize) -> Self {
        let mut planner = FftPlanner::new();
        let mut transforms = Vec::new();
        let mut size = 128;
        loop {
            // Close to each other: the systems to be solved grow with the size, and the effort with its square.
            for size in [size, size * 9 / 8, size * 5 / 4, size * 3 / 2] {
                let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
                transforms.push(Transform { size, forward, inverse });
            }
            if size >= needed_points(max_subcarriers) {
                break;
            }
            size *= 2;
        }
        let longest = transforms.iter().map(|t| t.size).max().unwrap_or(0);
        let scratch = transforms
            .iter()
            .map(|t| t.forward.get_inplace_scratch_len().max(t.inverse.get_inplace_scratch_len()))
            .max()
            .unwrap_or(0);
        let max_taps = longest / 4 + 8;
        let rows = max_symbols * max_antennas;
        Self {
            max_subcarriers,
            max_symbols,
            max_antennas,
            transforms,
            work: vec![Complex32::ZERO; longest],
            scratch: vec![Complex32::ZERO; scratch],
            profile: vec![0.0; longest],
            template: vec![0.0; longest],
            order: vec![0.0; longest],
            ramp: vec![Complex32::ONE; max_subcarriers],
            taper: Vec::with_capacity(max_subcarriers),
            matched: vec![Complex64::ZERO; rows * max_taps],
            taps: vec![Complex64::ZERO; rows * max_taps],
            correlation: vec![Complex64::ZERO; max_taps],
            levinson: Levinson::new(Isa::detect(), max_taps, rows),
            response: vec![Complex32::ZERO; rows * max_subcarriers],
            noise: vec![0.0; max_antennas],
            wiener: TimeWiener::new(max_symbols),
            state: State::default(),
        }
    }

    /// Estimates the channel of `n_antennas` receive antennas. Afterwards [`ChannelEstimator::channel`] gives it
    /// at any time. Estimates that are no numbers count as zero.
    ///
    /// # Panics
    /// If the sizes exceed those of [`ChannelEstimator::new`], a subcarrier lies outside the width, or `ls` is
    /// not `n_antennas` times as long as `subcarriers`.
    pub fn estimate(
        &mut self,
        settings: &EstimatorSettings,
        n_antennas: usize,
        symbols: &[PilotSymbol<'_>],
    ) -> ChannelQuality {
        self.estimate_rows(settings, n_antennas, |_| 0.0, symbols)
    }

    /// As [`ChannelEstimator::estimate`] for rows whose pilots lie `offset(row)` subcarriers above the places that the
    /// symbols name, like the ports of other CDM groups. The delays of all rows are taken to be alike.
    ///
    /// # Panics
    /// As [`ChannelEstimator::estimate`], with `n_rows` for the antennas.
    pub fn estimate_rows(
        &mut self,
        settings: &EstimatorSettings,
        n_rows: usize,
        offset: impl Fn(usize) -> f64,
        symbols: &[PilotSymbol<'_>],
    ) -> ChannelQuality {
        let n_antennas = n_rows;
        self.check(settings, n_antennas, symbols);
        let width = settings.n_subcarriers;
        let same = symbols.windows(2).all(|pair| pair[0].subcarriers == pair[1].subcarriers);
        let tracked = settings.time == TimeModel::Tracked && same && symbols.len() > 1;
        let n_pilots: usize = symbols.iter().map(|s| s.subcarriers.len()).sum::<usize>() * n_antennas;
        let energy: f64 = symbols.iter().flat_map(|s| s.ls).map(|&z| f64::from(clean(z).norm_sqr())).sum();
        self.state = State {
            n_subcarriers: width,
            n_antennas,
            n_fits: if tracked { symbols.len() } else { 1 },
            cfo_hz: 0.0,
            reference_s: symbols.iter().map(|s| s.time_s).sum::<f64>() / symbols.len().max(1) as f64,
            signal_power: 0.0,
            noise_gain: 0.0,
        };
        if n_pilots == 0 || energy < 1e-30 {
            self.response[..n_antennas * self.state.n_fits * width].fill(Complex32::ZERO);
            self.noise.fill(0.0);
            self.wiener.configure(std::iter::repeat_n(0.0, self.state.n_fits), 1.0, 0.0);
            return ChannelQuality::default();
        }

        let index = self.transforms.partition_point(|t| t.size < needed_points(width));
        let size = self.transforms[index].size;
        let comb = comb(symbols);
        let unambiguous = size.checked_div(comb).map_or(0, |period| period.saturating_sub(1) as isize / 2);
        let longest = (settings.max_delay_s * settings.scs_hz * size as f64).ceil().clamp(0.0, size as f64) as isize;
        let region = (longest + 2).min(size as isize / 8 + 2).min(unambiguous);

        self.set_taper(width);
        let coherent = !tracked && !settings.track_cfo;
        self.profile(index, n_antennas, symbols, coherent);
        let peak = delay::strongest_path(&self.profile[..size], longest.min(unambiguous));
        let ranges = delay::candidates(
            &self.profile[..size],
            &self.template[..size],
            &mut self.order[..size],
            peak,
            region,
            longest,
        );
        self.match_taps(index, n_antennas, symbols, peak, region);

        let stride = 2 * region as usize + 1;
        let cfo = (settings.track_cfo && symbols.len() > 1).then(|| {
            let offset = self.phase_slope(n_antennas, symbols, ranges.seen, region, stride);
            self.state.cfo_hz = offset;
            offset as f32
        });
        self.turn_back(n_antennas, symbols, stride, tracked);

        // The fits share one normal matrix: of one symbol's pilots if tracked, else of all.
        let fitted = if tracked { &symbols[..1] } else { symbols };
        self.normal_matrix(index, fitted, stride);
        let pilots_per_fit = fitted.iter().map(|s| s.subcarriers.len()).sum::<usize>() as f64;
        let problem = Problem {
            region,
            rows: n_antennas * self.state.n_fits,
            stride: if tracked { stride } else { stride * symbols.len() },
            pilots_per_fit,
            energy,
        };
        let fit = self.choose(&ranges, &problem);
        self.respond(index, &problem, fit.range, peak, |_| 0.0);
        self.measure_noise(symbols, n_antennas, &problem, &fit);
        if (0..n_antennas).any(|row| offset(row) != 0.0) {
            self.respond(index, &problem, fit.range, peak, offset);
        }
        self.model_time(symbols, n_antennas, &problem, &fit, tracked);

        let noise_variance = self.noise[..n_antennas].iter().sum::<f32>() / n_antennas as f32;
        // The phase over frequency, where there are pilots: in a gap the fit is but a guess.
        let slope: Complex64 = self.response[..problem.rows * width]
            .chunks_exact(width)
            .flat_map(|row| {
                let places = symbols.iter().flat_map(|s| s.subcarriers).map(|&k| usize::from(k));
                places.filter(|k| k + 1 < width).map(|k| wide(row[k].conj() * row[k + 1]))
            })
            .sum();
        let delay_bins = if width > 1 { -slope.arg() / TAU } else { peak / size as f64 };
        ChannelQuality {
            usable: true,
            delay_s: (delay_bins / settings.scs_hz) as f32,
            delay_window_s: ((fit.range.len() - 1) as f64 / (size as f64 * settings.scs_hz)) as f32,
            signal_power: self.state.signal_power as f32,
            noise_variance,
            cfo_hz: cfo,
        }
    }

    /// The channel of one antenna at `time_s` (of the clock of the pilot symbols), lowest subcarrier first.
    ///
    /// # Panics
    /// If the antenna or the length of `out` is not of the last estimate.
    pub fn channel(&self, antenna: usize, time_s: f64, out: &mut [Complex32]) {
        let State { n_subcarriers, n_antennas, n_fits, .. } = self.state;
        assert!(antenna < n_antennas, "antenna {antenna} was not estimated");
        assert_eq!(out.len(), n_subcarriers);
        let turn = Complex64::cis(TAU * self.state.cfo_hz * (time_s - self.state.reference_s));
        out.fill(Complex32::ZERO);
        for fit in 0..n_fits {
            let weight = narrow(turn * if n_fits == 1 { 1.0 } else { self.wiener.weight(fit, time_s) });
            let row = &self.response[(antenna * n_fits + fit) * n_subcarriers..][..n_subcarriers];
            for (sum, &h) in out.iter_mut().zip(row) {
                *sum += weight * h;
            }
        }
    }

    /// The noise variance of a received element of one antenna.
    ///
    /// # Panics
    /// If the antenna is not of the last estimate.
    pub fn noise_variance(&self, antenna: usize) -> f32 {
        self.noise[..self.state.n_antennas][antenna]
    }

    /// The variance of the channel estimate's own error at `time_s`; an equaliser adds it (times the power of the
    /// transmitted symbols) to the noise.
    pub fn error_variance(&self, time_s: f64) -> f32 {
        (self.wiener.relative_error(time_s) * self.state.signal_power) as f32
    }

    /// The variance in the channel estimate at `time_s` that comes from noise of unit variance at the pilots: the part of
    /// [`ChannelEstimator::error_variance`] that is as correlated over antennas as the noise itself.
    pub fn noise_gain(&self, time_s: f64) -> f32 {
        let n_fits = self.state.n_fits;
        let weights = (0..n_fits).map(|fit| if n_fits == 1 { 1.0 } else { self.wiener.weight(fit, time_s) });
        (self.state.noise_gain * weights.map(|w| w * w).sum::<f64>()) as f32
    }

    fn check(&self, settings: &EstimatorSettings, n_antennas: usize, symbols: &[PilotSymbol<'_>]) {
        assert!((1..=self.max_antennas).contains(&n_antennas), "{n_antennas} antennas exceed the plan");
        assert!(symbols.len() <= self.max_symbols, "{} pilot symbols exceed the plan", symbols.len());
        assert!(settings.n_subcarriers <= self.max_subcarriers, "{} subcarriers", settings.n_subcarriers);
        for symbol in symbols {
            assert_eq!(symbol.ls.len(), symbol.subcarriers.len() * n_antennas);
            assert!(symbol.subcarriers.iter().all(|&k| usize::from(k) < settings.n_subcarriers));
        }
    }

    fn set_taper(&mut self, width: usize) {
        if self.taper.len() != width {
            self.taper.clear();
            let step = std::f32::consts::PI / width as f32;
            self.taper.extend((0..width).map(|k| ((k as f32 + 0.5) * step).sin().powi(2)));
        }
    }

    /// Power over delay, summed over antennas (and symbols, unless these add coherently), and that of one path.
    fn profile(&mut self, index: usize, n_antennas: usize, symbols: &[PilotSymbol<'_>], coherent: bool) {
        let size = self.transforms[index].size;
        self.profile[..size].fill(0.0);
        self.work[..size].fill(Complex32::ZERO);
        for antenna in 0..n_antennas {
            for (s, symbol) in symbols.iter().enumerate() {
                let n = symbol.subcarriers.len();
                for (&k, &z) in symbol.subcarriers.iter().zip(&symbol.ls[antenna * n..]) {
                    self.work[usize::from(k)] += clean(z) * self.taper[usize::from(k)];
                }
                if !coherent || s + 1 == symbols.len() {
                    self.transforms[index].inverse.process_with_scratch(&mut self.work[..size], &mut self.scratch);
                    for (sum, z) in self.profile[..size].iter_mut().zip(&mut self.work) {
                        *sum += z.norm_sqr();
                        *z = Complex32::ZERO;
                    }
                }
            }
        }
        for &k in symbols.iter().flat_map(|s| s.subcarriers) {
            self.work[usize::from(k)] += self.taper[usize::from(k)];
        }
        self.transforms[index].inverse.process_with_scratch(&mut self.work[..size], &mut self.scratch);
        for (out, z) in self.template[..size].iter_mut().zip(&self.work) {
            *out = z.norm_sqr();
        }
    }

    /// A^H p of each antenna and symbol, with the strongest path turned to tap 0.
    fn match_taps(&mut self, index: usize, n_antennas: usize, symbols: &[PilotSymbol<'_>], peak: f64, region: isize) {
        let size = self.transforms[index].size;
        let step = Complex64::cis(TAU * peak / size as f64);
        let mut turn = Complex64::ONE;
        for ramp in &mut self.ramp[..self.state.n_subcarriers] {
            *ramp = narrow(turn);
            turn *= step;
        }
        let stride = 2 * region as usize + 1;
        for antenna in 0..n_antennas {
            for (s, symbol) in symbols.iter().enumerate() {
                let n = symbol.subcarriers.len();
                self.work[..size].fill(Complex32::ZERO);
                for (&k, &z) in symbol.subcarriers.iter().zip(&symbol.ls[antenna * n..]) {
                    self.work[usize::from(k)] = clean(z) * self.ramp[usize::from(k)];
                }
                self.transforms[index].inverse.process_with_scratch(&mut self.work[..size], &mut self.scratch);
                let row = &mut self.matched[(antenna * symbols.len() + s) * stride..][..stride];
                for (tap, out) in (-region..=region).zip(row) {
                    *out = wide(self.work[tap.rem_euclid(size as isize) as usize]);
                }
            }
        }
    }

    /// The frequency that turns the channel from pilot symbol to pilot symbol, in Hz.
    fn phase_slope(
        &self,
        n_antennas: usize,
        symbols: &[PilotSymbol<'_>],
        range: TapRange,
        region: isize,
        stride: usize,
    ) -> f64 {
        let n = symbols.len();
        let between = |s: usize, t: usize| -> Complex64 {
            let same = symbols[s].subcarriers == symbols[t].subcarriers;
            (0..n_antennas)
                .map(|antenna| {
                    if same {
                        let taps = (region + range.first) as usize..=(region + range.last) as usize;
                        let [first, second] = [s, t].map(|i| &self.matched[(antenna * n + i) * stride..][..stride]);
                        first[taps.clone()].iter().zip(&second[taps]).map(|(a, b)| a.conj() * b).sum()
                    } else {
                        common_product(&symbols[s], &symbols[t], antenna)
                    }
                })
                .sum()
        };
        let pairs = || (0..n).flat_map(|t| (0..t).map(move |s| (s, t)));
        let apart = |s: usize, t: usize| symbols[t].time_s - symbols[s].time_s;
        // The closest symbols give the range without ambiguity, all together the accuracy.
        let shortest = pairs().map(|(s, t)| apart(s, t).abs()).filter(|&dt| dt > 0.0).fold(f64::INFINITY, f64::min);
        if !shortest.is_finite() {
            return 0.0;
        }
        let close: Complex64 = pairs()
            .filter(|&(s, t)| apart(s, t).abs() < 1.02 * shortest && apart(s, t) != 0.0)
            .map(|(s, t)| if apart(s, t) > 0.0 { between(s, t) } else { between(s, t).conj() })
            .sum();
        let coarse = close.arg() / (TAU * shortest);
        let (mut turns, mut weights) = (0.0, 0.0);
        for (s, t) in pairs() {
            let dt = apart(s, t);
            let product = between(s, t) * Complex64::cis(-TAU * coarse * dt);
            turns += product.norm() * dt * product.arg() / TAU;
            weights += product.norm() * dt * dt;
        }
        if weights > 0.0 { coarse + turns / weights } else { coarse }
    }

    /// Takes the frequency offset out of the matched taps, and sums symbols if they are fitted as one.
    fn turn_back(&mut self, n_antennas: usize, symbols: &[PilotSymbol<'_>], stride: usize, tracked: bool) {
        for antenna in 0..n_antennas {
            let block = &mut self.matched[antenna * symbols.len() * stride..][..symbols.len() * stride];
            for (row, symbol) in block.chunks_exact_mut(stride).zip(symbols) {
                let turn = Complex64::cis(-TAU * self.state.cfo_hz * (symbol.time_s - self.state.reference_s));
                row.iter_mut().for_each(|z| *z *= turn);
            }
            if !tracked {
                let (sum, others) = block.split_at_mut(stride);
                for row in others.chunks_exact(stride) {
                    sum.iter_mut().zip(row).for_each(|(sum, z)| *sum += z);
                }
            }
        }
    }

    /// r(d) of A^H A, the transform of the pilots' places.
    fn normal_matrix(&mut self, index: usize, fitted: &[PilotSymbol<'_>], order: usize) {
        let size = self.transforms[index].size;
        self.work[..size].fill(Complex32::ZERO);
        for &k in fitted.iter().flat_map(|s| s.subcarriers) {
            self.work[usize::from(k)] += 1.0;
        }
        self.transforms[index].inverse.process_with_scratch(&mut self.work[..size], &mut self.scratch);
        for (out, &z) in self.correlation[..order].iter_mut().zip(&self.work) {
            *out = wide(z);
        }
    }

    /// The [`Problem::score`] of a range.
    fn score(&mut self, problem: &Problem, range: TapRange, load: f64) -> f64 {
        let at = (problem.region + range.first) as usize;
        let r = &self.correlation[..range.len()];
        let d = self.levinson.decompose(r, load, &self.matched[at..], problem.stride, problem.rows);
        problem.score(&d, range, load)
    }

    /// One ridge regression and its noise; its taps stay in `self.taps`.
    fn fit(&mut self, problem: &Problem, range: TapRange, load: f64) -> Fit {
        let order = range.len();
        let at = (problem.region + range.first) as usize;
        let decomposition = self.levinson.solve(
            &self.correlation[..order],
            load,
            &self.matched[at..],
            &mut self.taps[at..],
            problem.stride,
            problem.rows,
        );
        let (trace, frobenius) = self.levinson.inverse_norms(order, &decomposition);
        let rows = problem.rows as f64;
        let weight: f64 = (0..problem.rows)
            .flat_map(|row| &self.taps[at + row * problem.stride..][..order])
            .map(Complex64::norm_sqr)
            .sum();
        // |p - A g|^2 = |p|^2 - b^H g - load |g|^2; with H the hat matrix its mean is
        // noise * tr (I - H)^2, and tr (I - H)^2 = n - M + load^2 |(A^H A + load)^-1|_F^2.
        let residual = (problem.energy - decomposition.quadratic - load * weight).max(problem.floor());
        let freedom = rows * (problem.pilots_per_fit - order as f64 + load * load * frobenius).max(0.5);
        let spent = order as f64 - load * trace;
        let kept = spent - load * (trace - load * frobenius);
        Fit { range, noise: residual / freedom, spent, kept, decomposition }
    }

    /// Fits with the likeliest range of delays and the prior that the signal-to-noise ratio asks for.
    fn choose(&mut self, ranges: &Candidates, problem: &Problem) -> Fit {
        let mean = problem.energy / (problem.rows as f64 * problem.pilots_per_fit);
        let load = |range: TapRange, noise: f64| {
            let signal = (mean - noise).max(1e-3 * mean);
            (noise / signal * range.len() as f64).max(1e-6 * problem.pilots_per_fit)
        };
        let least = 1e-3 * ranges.prefix.len() as f64;
        let Fit { noise, decomposition: loosest, .. } = self.fit(problem, ranges.prefix, least);
        let mut best: Option<(f64, TapRange)> = None;
        let mut previous = None;
        for range in ranges.iter().filter(|&range| previous.replace(range) != Some(range)) {
            let load = load(range, noise);
            let bounded = range == ranges.prefix && load >= least;
            if bounded && best.is_some_and(|(score, _)| problem.score(&loosest, range, load) > score) {
                continue;
            }
            let score = self.score(problem, range, load);
            if best.is_none_or(|(least, _)| score < least) {
                best = Some((score, range));
            }
        }
        // There is always a candidate. A weak prior leaves next to nothing of the signal in the residual.
        let chosen = best.map_or(ranges.prefix, |(_, range)| range);
        let noise = self.fit(problem, chosen, load(chosen, noise) / 16.0).noise;
        self.state.signal_power = (mean - noise).max(1e-3 * mean);
        Fit { noise, ..self.fit(problem, chosen, load(chosen, noise)) }
    }

    /// Frequency responses of the fitted taps, for pilots that lie `offset` subcarriers above their places.
    fn respond(&mut self, index: usize, problem: &Problem, range: TapRange, peak: f64, offset: impl Fn(usize) -> f64) {
        let size = self.transforms[index].size;
        let width = self.state.n_subcarriers;
        for row in 0..problem.rows {
            self.work[..size].fill(Complex32::ZERO);
            let taps = &self.taps[row * problem.stride + (problem.region + range.first) as usize..][..range.len()];
            let turn = TAU * offset(row / self.state.n_fits) / size as f64;
            for (tap, &g) in (range.first..=range.last).zip(taps) {
                let g = if turn == 0.0 { g } else { g * Complex64::cis(turn * (tap as f64 + peak)) };
                self.work[tap.rem_euclid(size as isize) as usize] = narrow(g);
            }
            self.transforms[index].forward.process_with_scratch(&mut self.work[..size], &mut self.scratch);
            let out = &mut self.response[row * width..][..width];
            for ((out, &h), ramp) in out.iter_mut().zip(&self.work).zip(&self.ramp) {
                *out = h * ramp.conj();
            }
        }
    }

    /// The noise of each antenna from what the fit leaves.
    fn measure_noise(&mut self, symbols: &[PilotSymbol<'_>], n_antennas: usize, problem: &Problem, fit: &Fit) {
        let n_fits = self.state.n_fits;
        let width = self.state.n_subcarriers;
        let mut residuals = 0.0;
        for antenna in 0..n_antennas {
            let mut residual = 0.0;
            for (s, symbol) in symbols.iter().enumerate() {
                let row = antenna * n_fits + if n_fits == 1 { 0 } else { s };
                let h = &self.response[row * width..][..width];
                let turn = narrow(Complex64::cis(TAU * self.state.cfo_hz * (symbol.time_s - self.state.reference_s)));
                let n = symbol.subcarriers.len();
                for (&k, &z) in symbol.subcarriers.iter().zip(&symbol.ls[antenna * n..]) {
                    residual += f64::from((clean(z) - h[usize::from(k)] * turn).norm_sqr());
                }
            }
            self.noise[antenna] = residual as f32;
            residuals += residual;
        }
        let floor = self.state.signal_power * 1e-9;
        // Few pilots say little of one antenna by itself: then the common figure counts more.
        let pilots = problem.rows as f64 / n_antennas as f64 * problem.pilots_per_fit;
        let trust = if residuals > 0.0 { pilots / (pilots + 12.0) } else { 0.0 };
        for noise in &mut self.noise[..n_antennas] {
            let share = f64::from(*noise) * n_antennas as f64 / residuals.max(f64::MIN_POSITIVE);
            *noise = (fit.noise * (trust * share + 1.0 - trust)).max(floor) as f32;
        }
    }

    /// Sets up the interpolation in time from the change that is measured between pilot symbols.
    fn model_time(
        &mut self,
        symbols: &[PilotSymbol<'_>],
        n_antennas: usize,
        problem: &Problem,
        fit: &Fit,
        tracked: bool,
    ) {
        let power = self.state.signal_power;
        self.state.noise_gain = fit.kept / problem.pilots_per_fit;
        let error = fit.noise * fit.spent / problem.pilots_per_fit;
        if !tracked {
            self.wiener.configure(std::iter::once(self.state.reference_s), error / power, 0.0);
            return;
        }
        let (n, width) = (symbols.len(), self.state.n_subcarriers);
        let (mut change, mut count, mut spacing) = (0.0, 0.0, 0.0);
        for antenna in 0..n_antennas {
            for s in 1..n {
                let [a, b] = [s - 1, s].map(|i| &self.response[(antenna * n + i) * width..][..width]);
                for &k in symbols[0].subcarriers {
                    change += f64::from((a[usize::from(k)] - b[usize::from(k)]).norm_sqr());
                }
                count += problem.pilots_per_fit;
                spacing += (symbols[s].time_s - symbols[s - 1].time_s).abs();
            }
        }
        let spacing = spacing / (n_antennas * (n - 1)) as f64;
        // The errors of two fits differ by 2 * error on average, and by chance with as many degrees of freedom
        // as the fits spend; only what exceeds both is change of the channel.
        let freedom = (fit.spent * (n_antennas * (n - 1)) as f64).max(1.0);
        let by_chance = 2.0 * error * (1.0 + 3.0 / freedom.sqrt());
        let decorrelation = ((change / count - by_chance) / (2.0 * power)).clamp(0.0, 0.98);
        let decay = if spacing > 0.0 { (-(1.0 - decorrelation).ln()).sqrt() / spacing } else { 0.0 };
        self.wiener.configure(symbols.iter().map(|s| s.time_s), error / power, decay);
    }
}

impl std::fmt::Debug for ChannelEstimator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelEstimator")
            .field("max_subcarriers", &self.max_subcarriers)
            .field("max_symbols", &self.max_symbols)
            .field("max_antennas", &self.max_antennas)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The greatest spacing whose multiples reach all pilots from the first; 0 for a single place.
fn comb(symbols: &[PilotSymbol<'_>]) -> usize {
    fn gcd(a: usize, b: usize) -> usize {
        if b == 0 { a } else { gcd(b, a % b) }
    }
    let mut places = symbols.iter().flat_map(|s| s.subcarriers).map(|&k| usize::from(k));
    let first = places.next().unwrap_or(0);
    places.fold(0, |comb, k| gcd(k.abs_diff(first), comb))
}

/// Sum of conj(a) b over the subcarriers that two symbols share.
fn common_product(a: &PilotSymbol<'_>, b: &PilotSymbol<'_>, antenna: usize) -> Complex64 {
    let (first, second) = (&a.ls[antenna * a.subcarriers.len()..], &b.ls[antenna * b.subcarriers.len()..]);
    let mut sum = Complex64::ZERO;
    let mut j = 0;
    for (i, &k) in a.subcarriers.iter().enumerate() {
        while j < b.subcarriers.len() && b.subcarriers[j] < k {
            j += 1;
        }
        if j < b.subcarriers.len() && b.subcarriers[j] == k {
            sum += wide(clean(first[i]).conj()) * wide(clean(second[j]));
        }
    }
    sum
}

#[cfg(test)]
#[path = "channel_tests.rs"]
mod tests;
