use crate::frame::SampleTime;
use crate::kernel::{Isa, dot_real};
use crate::{Complex32, ConfigError};
use std::f64::consts::PI;

/// Design attenuation of the filter in dB; sums of images leave more than 70 dB.
const ATTENUATION_DB: f64 = 84.0;
/// Phases over one sample of the narrower rate between which filters are interpolated linearly: error below -90 dB.
const INTERPOLATED_PHASES: f64 = 256.0;
/// A rational ratio with more phases, or more taps in all, is interpolated too.
const MAX_EXACT_PHASES: u64 = 2048;
const MAX_EXACT_TAPS: u64 = 1 << 18;
/// New samples that the internal buffer takes at a time.
const CHUNK: usize = 4096;

/// How far a call of [`Resampler::process`] came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Samples taken from the input.
    pub consumed: usize,
    /// Samples written to the output.
    pub produced: usize,
}

/// Changes the sample rate of a stream by any ratio: a polyphase filter with a Kaiser-windowed sinc.
///
/// Output sample n is the input's waveform at exactly n * (input rate / output rate) input samples: the filter's
/// delay is compensated, the input before the first sample counts as zero, and the position is kept in integers, so
/// that it never drifts. Images and aliases lie 70 dB down and the gain within 0.1 dB of one over the passband, a part
/// (0.8 at first) of the narrower of the two bands.
#[derive(Clone, Debug)]
pub struct Resampler {
    isa: Isa,
    /// Input samples per output sample: `whole + part / denominator`.
    whole: u64,
    part: u64,
    denominator: u64,
    /// Position of the next output: `first` in `buffer` is its filter's first sample, `phase / denominator` the part of
    /// a sample beyond.
    first: usize,
    phase: u64,
    buffer: Vec<Complex32>,
    filled: usize,
    /// Filters of `n_taps` doubled taps, one a phase, and one more for interpolation.
    bank: Vec<f32>,
    n_taps: usize,
    n_phases: u64,
}

impl Resampler {
    /// From and to a rate in whole hertz; the ratio is exact.
    ///
    /// # Errors
    /// If a rate is zero or the ratio lies outside 1/256..=256.
    pub fn new(input_rate_hz: u64, output_rate_hz: u64) -> Result<Self, ConfigError> {
        Self::with_passband(input_rate_hz, output_rate_hz, 0.8)
    }

    /// As [`Resampler::new`], with the part of the narrower band (0.1..=0.98) that stays flat and free of images; the
    /// filter's length grows with 1/(1 - passband).
    ///
    /// # Errors
    /// If a rate is zero, the ratio lies outside 1/256..=256, or the passband outside its range.
    pub fn with_passband(input_rate_hz: u64, output_rate_hz: u64, passband: f64) -> Result<Self, ConfigError> {
        if input_rate_hz == 0 || output_rate_hz == 0 {
            let got = format!("{input_rate_hz} to {output_rate_hz} Hz");
            return Err(ConfigError::new("sample rates", got, "must be above zero", "resampler"));
        }
        let (mut a, mut b) = (input_rate_hz, output_rate_hz);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let (numerator, denominator) = (input_rate_hz / a, output_rate_hz / a);
        Self::build(numerator / denominator, numerator % denominator, denominator, passband)
    }

    /// With any ratio, `input_per_output` = input rate / output rate, kept to 2^-62: for clocks that differ by parts
    /// per million. Passband as for [`Resampler::with_passband`].
    ///
    /// # Errors
    /// If the ratio lies outside 1/256..=256 or is no number, or the passband lies outside 0.1..=0.98.
    pub fn with_ratio(input_per_output: f64, passband: f64) -> Result<Self, ConfigError> {
        let denominator = 1u64 << 62;
        // Out of range is said by `build`; here only keep the cast defined.
        let ratio = if input_per_output.is_finite() { input_per_output.clamp(0.0, 1e6) } else { 0.0 };
        let part = (ratio.fract() * denominator as f64) as u64;
        Self::build(ratio.trunc() as u64, part, denominator, passband)
    }

    fn build(whole: u64, part: u64, denominator: u64, passband: f64) -> Result<Self, ConfigError> {
        let ratio = whole as f64 + part as f64 / denominator as f64;
        if !(1.0 / 256.0..=256.0).contains(&ratio) {
            let rule = "must lie in 1/256..=256";
            return Err(ConfigError::new("input rate / output rate", ratio, rule, "resampler"));
        }
        if !(0.1..=0.98).contains(&passband) {
            return Err(ConfigError::new("passband", passband, "must lie in 0.1..=0.98", "resampler"));
        }
        // The narrower band in units of the input rate.
        let band = (1.0 / ratio).min(1.0);
        // Kaiser's estimate: pass up to passband / 2, stop from 1 - passband / 2 of the narrower rate on.
        let length = (ATTENUATION_DB - 7.95) / (14.36 * (1.0 - passband)) + 1.0;
        // A multiple of the kernel's width, used to the full.
        let n_taps = ((length / band).ceil() as usize).next_multiple_of(8);
        let half_width = n_taps as f64 / 2.0;

        let exact = denominator <= MAX_EXACT_PHASES && denominator * n_taps as u64 <= MAX_EXACT_TAPS;
        let n_phases = if exact { denominator } else { (INTERPOLATED_PHASES * band).ceil().max(4.0) as u64 };
        let mut bank = Vec::with_capacity((n_phases as usize + 1) * 2 * n_taps);
        let mut taps = vec![0.0; n_taps];
        for phase in 0..=n_phases {
            let fraction = phase as f64 / n_phases as f64;
            for (m, tap) in taps.iter_mut().enumerate() {
                *tap = windowed_sinc(fraction + (n_taps / 2) as f64 - 1.0 - m as f64, band, half_width);
            }
            // Each phase passes a constant unchanged.
            let sum: f64 = taps.iter().sum();
            bank.extend(taps.iter().flat_map(|tap| [(tap / sum) as f32; 2]));
        }
        let mut resampler = Self {
            isa: Isa::detect(),
            whole,
            part,
            denominator,
            first: 0,
            phase: 0,
            buffer: vec![Complex32::ZERO; n_taps + n_taps.max(CHUNK)],
            filled: 0,
            bank,
            n_taps,
            n_phases,
        };
        resampler.reset();
        Ok(resampler)
    }

    /// Forgets the stream; the next input sample is sample 0 again, and so is the next output sample.
    pub fn reset(&mut self) {
        // The first output's filter reaches half its length back before the stream.
        self.filled = self.n_taps / 2 - 1;
        self.buffer[..self.filled].fill(Complex32::ZERO);
        self.first = 0;
        self.phase = 0;
    }

    /// Input samples after an output's instant that must be in before it comes out.
    pub const fn latency(&self) -> usize {
        self.n_taps / 2
    }

    /// The instant of an output sample on the input's clock: whole samples and a part of a sample.
    pub fn input_time(&self, output: SampleTime) -> (SampleTime, f64) {
        let n = u128::from(output.0);
        let parts = n * u128::from(self.part);
        let denominator = u128::from(self.denominator);
        let whole = n * u128::from(self.whole) + parts / denominator;
        (SampleTime(whole as u64), (parts % denominator) as f64 / self.denominator as f64)
    }

    /// The instant of an input sample on the output's clock: whole samples and a part of a sample.
    pub fn output_time(&self, input: SampleTime) -> (SampleTime, f64) {
        let step = u128::from(self.whole) * u128::from(self.denominator) + u128::from(self.part);
        let scaled = u128::from(input.0) * u128::from(self.denominator);
        (SampleTime((scaled / step) as u64), (scaled % step) as f64 / step as f64)
    }

    /// Output samples that the next `n_input` input samples give.
    pub fn output_len(&self, n_input: usize) -> usize {
        let available = self.filled + n_input;
        let Some(room) = available.checked_sub(self.n_taps + self.first) else { return 0 };
        let denominator = u128::from(self.denominator);
        let step = u128::from(self.whole) * denominator + u128::from(self.part);
        // Output k begins floor((phase + k step) / denominator) samples after the next one: at most `room`.
        (((room as u128 + 1) * denominator - 1 - u128::from(self.phase)) / step + 1) as usize
    }

    /// Resamples until the input is used up or the output full; what was not consumed must come again. Allocates
    /// nothing.
    pub fn process(&mut self, input: &[Complex32], output: &mut [Complex32]) -> Progress {
        let mut progress = Progress::default();
        loop {
            while progress.produced < output.len() && self.first + self.n_taps <= self.filled {
                output[progress.produced] = self.sample();
                progress.produced += 1;
                self.advance();
            }
            let rest = &input[progress.consumed..];
            if rest.is_empty() || progress.produced == output.len() {
                return progress;
            }
            self.discard();
            let len = rest.len().min(self.buffer.len() - self.filled);
            self.buffer[self.filled..self.filled + len].copy_from_slice(&rest[..len]);
            self.filled += len;
            progress.consumed += len;
        }
    }

    /// Resamples all of `input` and appends to `output`.
    pub fn process_into(&mut self, input: &[Complex32], output: &mut Vec<Complex32>) {
        let start = output.len();
        output.resize(start + self.output_len(input.len()), Complex32::ZERO);
        let progress = self.process(input, &mut output[start..]);
        // The output may be full a few samples before the input is used up: they go into the buffer.
        self.store(&input[progress.consumed..]);
    }

    /// Ends the stream: appends the outputs whose instants lie before the end of the input, taking what follows as
    /// zero. Call [`Resampler::reset`] before another stream.
    pub fn finish(&mut self, output: &mut Vec<Complex32>) {
        let zeros = vec![Complex32::ZERO; self.latency()];
        self.process_into(&zeros, output);
    }

    /// Takes samples that complete no output.
    fn store(&mut self, mut rest: &[Complex32]) {
        while !rest.is_empty() {
            self.discard();
            let len = rest.len().min(self.buffer.len() - self.filled);
            self.buffer[self.filled..self.filled + len].copy_from_slice(&rest[..len]);
            self.filled += len;
            rest = &rest[len..];
        }
    }

    /// Drops samples that no filter needs any more.
    fn discard(&mut self) {
        let unused = self.first.min(self.filled);
        self.buffer.copy_within(unused..self.filled, 0);
        self.filled -= unused;
        self.first -= unused;
    }

    fn sample(&self) -> Complex32 {
        let x = &self.buffer[self.first..self.first + self.n_taps];
        let filter = |phase: usize| &self.bank[phase * 2 * self.n_taps..(phase + 1) * 2 * self.n_taps];
        if self.n_phases == self.denominator {
            return dot_real(self.isa, x, filter(self.phase as usize));
        }
        let scaled = self.phase as f64 / self.denominator as f64 * self.n_phases as f64;
        // The product may be rounded up to n_phases.
        let below = (scaled as usize).min(self.n_phases as usize - 1);
        let between = (scaled - below as f64) as f32;
        let (low, high) = (dot_real(self.isa, x, filter(below)), dot_real(self.isa, x, filter(below + 1)));
        low + (high - low) * between
    }

    fn advance(&mut self) {
        self.first += self.whole as usize;
        self.phase += self.part;
        if self.phase >= self.denominator {
            self.phase -= self.denominator;
            self.first += 1;
        }
    }
}

/// The filter at `t` input samples: cut-off at half of `band` (in input rates), zero from `half_width` on.
fn windowed_sinc(t: f64, band: f64, half_width: f64) -> f64 {
    let edge = t / half_width;
    if edge.abs() >= 1.0 {
        return 0.0;
    }
    let x = PI * band * t;
    let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
    let beta = 0.1102 * (ATTENUATION_DB - 8.7);
    sinc * bessel_i0(beta * (1.0 - edge * edge).sqrt()) / bessel_i0(beta)
}

/// The modified Bessel function I_0, by its series.
fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..60 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex64;
    use std::f64::consts::TAU;

    fn tone(cycles_per_sample: f64, n: usize) -> Vec<Complex32> {
        let value = |n: usize| Complex64::cis(TAU * (cycles_per_sample * n as f64).fract());
        (0..n).map(value).map(|x| Complex32::new(x.re as f32, x.im as f32)).collect()
    }

    fn resamplers() -> Vec<(f64, Resampler)> {
        let rational = [
            (20_000_000, 15_360_000),
            (15_360_000, 20_000_000),
            (61_440_000, 3_840_000),
            (3_840_000, 61_440_000),
            (11_520_000, 7_680_000),
            (1_920_000, 1_920_000),
            // More phases than a table holds.
            (10_000_000, 15_359_999),
        ];
        let mut all: Vec<_> =
            rational.iter().map(|&(from, to)| (from as f64 / to as f64, Resampler::new(from, to).unwrap())).collect();
        for ratio in [1.0 + 1e-6, 1.0 - 20e-6, PI, 1.0 / PI] {
            all.push((ratio, Resampler::with_ratio(ratio, 0.8).unwrap()));
        }
        all
    }

    /// The output of a tone without the ends, where the filter reaches beyond the stream.
    fn inner(resampler: &mut Resampler, ratio: f64, frequency: f64) -> (usize, Vec<Complex32>) {
        resampler.reset();
        let n = 4 * resampler.n_taps + (400.0 * ratio.max(1.0)) as usize;
        let mut out = Vec::new();
        resampler.process_into(&tone(frequency, n), &mut out);
        let skip = (resampler.n_taps as f64 / ratio).ceil() as usize;
        (skip, out[skip..].to_vec())
    }

    #[test]
    fn tones_in_the_passband_come_out_at_their_time_and_level() {
        for (ratio, mut resampler) in resamplers() {
            let edge = 0.4 * (1.0 / ratio).min(1.0);
            for i in -8..=8 {
                let frequency = edge * f64::from(i) / 8.0;
                let (skip, out) = inner(&mut resampler, ratio, frequency);
                let expected = |n: usize| Complex64::cis(TAU * (frequency * ratio * (n + skip) as f64).fract());
                let wide = |x: Complex32| Complex64::new(x.re.into(), x.im.into());
                let gain: Complex64 =
                    out.iter().enumerate().map(|(n, &x)| wide(x) * expected(n).conj()).sum::<Complex64>()
                        / out.len() as f64;
                let residual =
                    out.iter().enumerate().map(|(n, &x)| (wide(x) - gain * expected(n)).norm_sqr()).sum::<f64>()
                        / out.len() as f64;
                let (level_db, residual_db) = (20.0 * gain.norm().log10(), 10.0 * residual.log10());
                let case = format!("ratio {ratio}, frequency {frequency}");
                assert!(level_db.abs() < 0.1, "{case}: {level_db} dB");
                assert!(gain.arg().abs() < 1e-4, "{case}: phase {}", gain.arg());
                assert!(residual_db < -70.0, "{case}: residual {residual_db} dB");
            }
        }
    }

    #[test]
    fn tones_that_would_alias_into_the_passband_vanish() {
        for (ratio, mut resampler) in resamplers() {
            let stop = 0.6 / ratio;
            for i in 0..=8 {
                let frequency = stop + (0.5 - stop) * f64::from(i) / 8.0;
                if stop >= 0.5 {
                    continue;
                }
                for frequency in [frequency, -frequency] {
                    let (_, out) = inner(&mut resampler, ratio, frequency);
                    let power = out.iter().map(|x| f64::from(x.norm_sqr())).sum::<f64>() / out.len() as f64;
                    let power_db = 10.0 * power.log10();
                    assert!(power_db < -70.0, "ratio {ratio}, frequency {frequency}: {power_db} dB");
                }
            }
        }
    }

    #[test]
    fn a_wider_passband_is_flat_to_its_edge() {
        let mut resampler = Resampler::with_passband(20_000_000, 23_040_000, 0.96).unwrap();
        for frequency in [0.3, 0.45, 0.48, -0.48] {
            let (_, out) = inner(&mut resampler, 20.0 / 23.04, frequency);
            let power = out.iter().map(|x| f64::from(x.norm_sqr())).sum::<f64>() / out.len() as f64;
            assert!((10.0 * power.log10()).abs() < 0.1, "{frequency}: {power}");
        }
    }

    #[test]
    fn the_stream_may_be_cut_anywhere() {
        for (ratio, mut resampler) in resamplers() {
            let input: Vec<Complex32> = tone(0.0123, 9000).iter().zip(tone(-0.2, 9000)).map(|(a, b)| a + b).collect();
            let mut whole = Vec::new();
            resampler.process_into(&input, &mut whole);
            resampler.finish(&mut whole);
            // All outputs whose instants lie before the end of the input.
            assert_eq!(whole.len(), (9000.0 / ratio).ceil() as usize, "ratio {ratio}");

            resampler.reset();
            let (mut cut, mut rest, mut len) = (Vec::new(), &input[..], 1);
            while !rest.is_empty() {
                let (now, later) = rest.split_at(len.min(rest.len()));
                let promised = resampler.output_len(now.len());
                let before = cut.len();
                resampler.process_into(now, &mut cut);
                assert_eq!(cut.len() - before, promised);
                (rest, len) = (later, (len * 7 + 3) % 997);
            }
            resampler.finish(&mut cut);
            assert_eq!(cut, whole, "ratio {ratio}");

            // Little room at the output.
            resampler.reset();
            let (mut slow, mut at, mut room) = (Vec::new(), 0, [Complex32::ZERO; 13]);
            loop {
                let progress = resampler.process(&input[at..], &mut room);
                slow.extend_from_slice(&room[..progress.produced]);
                at += progress.consumed;
                if progress == Progress::default() {
                    break;
                }
            }
            resampler.finish(&mut slow);
            assert_eq!(slow, whole, "ratio {ratio}");
        }
    }

    #[test]
    fn times_map_exactly_after_days() {
        let resampler = Resampler::new(20_000_000, 15_360_000).unwrap();
        // 125 / 96 input samples per output sample.
        let n = 96 * 1_000_000_000_000 + 1;
        assert_eq!(resampler.input_time(SampleTime(n)), (SampleTime(125 * 1_000_000_000_000 + 1), 29.0 / 96.0));
        let (time, part) = resampler.output_time(SampleTime(125 * 1_000_000_000_000 + 1));
        assert_eq!((time, part), (SampleTime(96 * 1_000_000_000_000), 96.0 / 125.0));
    }

    #[test]
    fn wrong_ratios_are_refused() {
        assert!(Resampler::new(0, 1).is_err() && Resampler::new(1, 0).is_err());
        assert!(Resampler::new(257, 1).is_err() && Resampler::new(1, 257).is_err());
        for ratio in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(Resampler::with_ratio(ratio, 0.8).is_err());
        }
        assert!(Resampler::with_passband(2, 1, 1.0).is_err() && Resampler::with_passband(2, 1, f64::NAN).is_err());
    }
}
