use super::fading::{Fader, step_len};
use super::gaussian::generator;
use super::{DelayProfile, Fading};
use crate::kernel::{Isa, dot_real, multiply_accumulate};
use crate::{Complex32, ConfigError};
use rand::RngExt;
use std::f64::consts::PI;

/// Taps of the filter of a fractional delay: its error lies 85 dB down in the middle 0.8 of the band.
const FILTER_LEN: usize = 32;
/// Samples by which the filter delays, beyond the fraction.
const FILTER_DELAY: usize = FILTER_LEN / 2 - 1;
/// Kaiser's beta for about 85 dB.
const KAISER_BETA: f64 = 8.5;
/// New samples that the history takes at a time.
pub(super) const CHUNK: usize = 1024;
/// Antennas on a side.
const MAX_ANTENNAS: usize = 64;

/// A time-varying tapped delay line from each transmit to each receive antenna, with delays of any fraction of a
/// sample.
///
/// Gains are exact at steps of up to 256 samples, short enough that the straight lines between follow the Doppler to
/// -80 dB.
#[derive(Clone, Debug)]
pub struct TappedDelayLine {
    isa: Isa,
    n_tx: usize,
    n_rx: usize,
    lines: Vec<Line>,
    latency: usize,
    /// Samples a gain step, and those done of the present one.
    step_len: usize,
    in_step: usize,
    /// Past samples that the longest delay needs; for each transmit antenna as many, then a chunk.
    memory: usize,
    history: Vec<Complex32>,
    delayed: Vec<Complex32>,
    ramp: Vec<Complex32>,
    /// A chunk as it arrives at each receive antenna.
    air: Vec<Complex32>,
}

/// All taps of one delay.
#[derive(Clone, Debug)]
struct Line {
    /// Whole samples of delay before the filter's own.
    delay: usize,
    /// Taps, latest first and doubled for the kernel; `None` for a whole delay.
    filter: Option<Vec<f32>>,
    /// For receive antenna r and transmit antenna t at r n_tx + t.
    links: Vec<Link>,
}

#[derive(Clone, Debug)]
struct Link {
    faders: Vec<Fader>,
    /// Gains at the start and the end of the present step.
    start: Complex32,
    end: Complex32,
}

impl Link {
    fn advance(&mut self) {
        self.start = self.end;
        let gain: num_complex::Complex64 = self.faders.iter_mut().map(Fader::advance).sum();
        self.end = Complex32::new(gain.re as f32, gain.im as f32);
    }
}

impl TappedDelayLine {
    /// The profile at a sample rate, all taps `delay_samples` later, moving with the largest Doppler shift
    /// `max_doppler_hz`, between `n_tx` and `n_rx` antennas.
    ///
    /// # Errors
    /// If the Doppler shift is negative or above a quarter of the sample rate, the delay outside 0..=10^6 samples, the
    /// rate zero, or there are not 1..=64 antennas on each side.
    pub fn new(
        profile: &DelayProfile,
        max_doppler_hz: f64,
        sample_rate_hz: u64,
        delay_samples: f64,
        [n_tx, n_rx]: [usize; 2],
        seed: u64,
    ) -> Result<Self, ConfigError> {
        if sample_rate_hz == 0 {
            return Err(ConfigError::new("sample rate (Hz)", 0, "must be above zero", "propagation"));
        }
        let rate = sample_rate_hz as f64;
        if !(0.0..=rate / 4.0).contains(&max_doppler_hz) {
            let rule = "must lie between 0 and a quarter of the sample rate";
            return Err(ConfigError::new("Doppler shift (Hz)", max_doppler_hz, rule, "propagation"));
        }
        if !(0.0..=1e6).contains(&delay_samples) {
            return Err(ConfigError::new("delay (samples)", delay_samples, "must lie in 0..=1000000", "propagation"));
        }
        for (name, n) in [("transmit antennas", n_tx), ("receive antennas", n_rx)] {
            if !(1..=MAX_ANTENNAS).contains(&n) {
                return Err(ConfigError::new(name, n, "must lie in 1..=64", "propagation"));
            }
        }

        let step_len = step_len(max_doppler_hz, rate);
        let doppler = max_doppler_hz * step_len as f64 / rate;
        let mut rng = generator(seed, 0);
        // A wave from far away: the phases of a specular path differ by antenna, not by pair of antennas.
        let phases: Vec<f64> = (0..n_tx + n_rx).map(|_| rng.random()).collect();
        let delays: Vec<f64> = profile.taps().iter().map(|tap| tap.delay_s * rate + delay_samples).collect();
        // A filter looks as far ahead as back: what the smallest delay does not grant is added to all.
        let is_whole = |delay: f64| (delay - delay.round()).abs() < 1e-6;
        let filtered = delays.iter().filter(|&&delay| !is_whole(delay));
        let latency = filtered.map(|delay| FILTER_DELAY.saturating_sub(*delay as usize)).max().unwrap_or(0);

        let mut lines: Vec<(f64, Line)> = Vec::new();
        for (tap, &delay) in profile.taps().iter().zip(&delays) {
            let at = lines.iter().position(|(other, _)| (other - delay).abs() < 1e-6).unwrap_or_else(|| {
                let links =
                    vec![Link { faders: Vec::new(), start: Complex32::ZERO, end: Complex32::ZERO }; n_tx * n_rx];
                let line = if is_whole(delay) {
                    Line { delay: delay.round() as usize + latency, filter: None, links }
                } else {
                    let filter = Some(fractional_delay(delay.fract()));
                    Line { delay: delay as usize + latency - FILTER_DELAY, filter, links }
                };
                lines.push((delay, line));
                lines.len() - 1
            });
            for (pair, link) in lines[at].1.links.iter_mut().enumerate() {
                let (r, t) = (pair / n_tx, pair % n_tx);
                link.faders.push(match tap.fading {
                    Fading::Rayleigh => Fader::rayleigh(tap.power, doppler, &mut rng),
                    Fading::LineOfSight => Fader::line_of_sight(tap.power, doppler, phases[t] + phases[n_tx + r]),
                    Fading::Static => {
                        let order = n_tx.max(n_rx);
                        Fader::constant(tap.power, -((r * t % order) as f64) / order as f64)
                    }
                });
            }
        }
        let mut lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
        for link in lines.iter_mut().flat_map(|line| &mut line.links) {
            // The gain at the start of the first step; the step's first sample computes the one at its end.
            link.advance();
        }
        let reach = |line: &Line| line.delay + if line.filter.is_some() { FILTER_LEN - 1 } else { 0 };
        let memory = lines.iter().map(reach).max().unwrap_or(0);
        Ok(Self {
            isa: Isa::detect(),
            n_tx,
            n_rx,
            lines,
            latency,
            step_len,
            in_step: 0,
            memory,
            history: vec![Complex32::ZERO; n_tx * (memory + CHUNK)],
            delayed: vec![Complex32::ZERO; step_len],
            ramp: vec![Complex32::ZERO; step_len],
            air: vec![Complex32::ZERO; n_rx * CHUNK],
        })
    }

    /// Samples by which everything comes later than configured: at most 15, 0 if all delays are whole samples or the
    /// shortest is 15 samples long.
    pub const fn latency(&self) -> usize {
        self.latency
    }

    /// Samples after the last input one in which something still comes out.
    pub const fn memory(&self) -> usize {
        self.memory
    }

    /// Transmit antennas.
    pub const fn n_tx(&self) -> usize {
        self.n_tx
    }

    /// Receive antennas.
    pub const fn n_rx(&self) -> usize {
        self.n_rx
    }

    /// Takes the next samples of each transmit antenna to those of each receive antenna.
    ///
    /// # Panics
    /// If there are not as many slices as antennas, or their lengths differ.
    pub fn process(&mut self, input: &[&[Complex32]], output: &mut [&mut [Complex32]]) {
        assert_eq!(input.len(), self.n_tx, "transmit antennas");
        assert_eq!(output.len(), self.n_rx, "receive antennas");
        let len = input[0].len();
        assert!(input.iter().all(|antenna| antenna.len() == len), "lengths of the transmit antennas");
        assert!(output.iter().all(|antenna| antenna.len() == len), "lengths of the receive antennas");
        for start in (0..len).step_by(CHUNK) {
            let chunk = CHUNK.min(len - start);
            self.process_chunk(input, start, chunk);
            for (antenna, air) in output.iter_mut().zip(self.air.chunks_exact(CHUNK)) {
                antenna[start..start + chunk].copy_from_slice(&air[..chunk]);
            }
        }
    }

    /// The next `len` (at most [`CHUNK`]) samples, which start at `start` of `input`; they lie in [`Self::air`] then.
    pub(super) fn process_chunk(&mut self, input: &[&[Complex32]], start: usize, len: usize) {
        let stride = self.memory + CHUNK;
        for (history, antenna) in self.history.chunks_exact_mut(stride).zip(input) {
            history[self.memory..self.memory + len].copy_from_slice(&antenna[start..start + len]);
        }
        let mut done = 0;
        while done < len {
            let part = (self.step_len - self.in_step).min(len - done);
            self.process_part(done, part);
            done += part;
        }
        for history in self.history.chunks_exact_mut(stride) {
            history.copy_within(len..len + self.memory, 0);
        }
    }

    /// The last chunk at receive antenna `r`; only as many samples as it had are valid.
    pub(super) fn air(&mut self, r: usize) -> &mut [Complex32] {
        &mut self.air[r * CHUNK..][..CHUNK]
    }

    /// `len` samples of one gain step, from sample `from` of the chunk.
    fn process_part(&mut self, from: usize, len: usize) {
        if self.in_step == 0 {
            self.lines.iter_mut().flat_map(|line| &mut line.links).for_each(Link::advance);
        }
        let stride = self.memory + CHUNK;
        self.air.chunks_exact_mut(CHUNK).for_each(|air| air[from..from + len].fill(Complex32::ZERO));
        for line in &self.lines {
            for t in 0..self.n_tx {
                let history = &self.history[t * stride..][..stride];
                let newest = self.memory + from - line.delay;
                let delayed: &[Complex32] = match &line.filter {
                    None => &history[newest..newest + len],
                    Some(filter) => {
                        for (i, delayed) in self.delayed[..len].iter_mut().enumerate() {
                            let window = &history[newest + i + 1 - FILTER_LEN..][..FILTER_LEN];
                            *delayed = dot_real(self.isa, window, filter);
                        }
                        &self.delayed[..len]
                    }
                };
                for (r, air) in self.air.chunks_exact_mut(CHUNK).enumerate() {
                    let link = &line.links[r * self.n_tx + t];
                    let slope = (link.end - link.start) / self.step_len as f32;
                    for (i, gain) in self.ramp[..len].iter_mut().enumerate() {
                        *gain = link.start + slope * (self.in_step + i) as f32;
                    }
                    multiply_accumulate(self.isa, delayed, &self.ramp[..len], &mut air[from..from + len]);
                }
            }
        }
        self.in_step = (self.in_step + len) % self.step_len;
    }
}

/// The filter that delays by `FILTER_DELAY + fraction` samples, in the form of [`Line::filter`].
fn fractional_delay(fraction: f64) -> Vec<f32> {
    let centre = FILTER_DELAY as f64 + fraction;
    let half = FILTER_LEN as f64 / 2.0;
    let tap = |k: usize| {
        let t = k as f64 - centre;
        let sinc = if t.abs() < 1e-12 { 1.0 } else { (PI * t).sin() / (PI * t) };
        let window = bessel_i0(KAISER_BETA * (1.0 - (t / half).powi(2)).max(0.0).sqrt()) / bessel_i0(KAISER_BETA);
        sinc * window
    };
    let sum: f64 = (0..FILTER_LEN).map(tap).sum();
    (0..FILTER_LEN).rev().flat_map(|k| [(tap(k) / sum) as f32; 2]).collect()
}

/// I_0 by its power series.
fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-15 * sum {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}
