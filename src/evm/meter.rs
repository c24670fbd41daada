use super::equaliser::ResponseEstimate;
use super::front_end::FrontEnd;
use super::tracking::{Track, follow};
use super::{EvmData, EvmReference, EvmWindow};
use crate::modulation::nearest_point;
use crate::{Complex32, ConfigError};
use num_complex::Complex64;
use std::f64::consts::TAU;

/// A channel's data counts as the reference's if it agrees to this degree (of 1), which is an SNR of 2.5 dB.
const SAME_DATA: f64 = 0.8;
/// Times that a frame is moved to the time that its pilots show.
const MOVES: usize = 4;

/// What was measured of a channel in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChannelEvm {
    /// Sums over the blocks and slots of EVM^2, at the lower and at the upper end of the window.
    pub squares: [f64; 2],
    /// Blocks times slots.
    pub n_blocks: usize,
    /// Mean power of a data element, as received.
    pub power: f64,
    /// Agreement of the data with the reference's, 0 to 1; of channels with unknown data how well it is decided.
    pub agreement: f64,
}

impl ChannelEvm {
    /// EVM as a ratio, at the lower and at the upper end of the window; NaN if nothing was sent.
    pub fn evm(&self) -> [f64; 2] {
        self.squares.map(|sum| (sum / self.n_blocks as f64).sqrt())
    }
}

/// What was measured in a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameEvm {
    /// Where the frame begins, in samples of the recording.
    pub start: f64,
    /// Carrier frequency minus that of the recording, Hz.
    pub frequency_error_hz: f64,
    /// The same of each slot that was sent.
    pub slot_frequency_errors_hz: Vec<f64>,
    /// Mean power of a pilot's element over that of its ideal value.
    pub pilot_power: f64,
    /// By channel of the reference.
    pub channels: Vec<ChannelEvm>,
}

/// Measures frames.
///
/// The frequency is estimated and removed over the frame, and in each slot what it deviates there; so is the time
/// (B.4, B.5: the observation period is a slot). Pilots alone give both at first; then the data helps where it is
/// known. Pilots, averaged over the frame, give the equaliser (B.6).
#[doc(alias = "TS 38.104 B.2")]
#[doc(alias = "TS 38.104 B.7")]
pub struct EvmMeter {
    reference: EvmReference,
    front_end: FrontEnd,
    fft_size: usize,
    sample_rate_hz: f64,
    n_samples: usize,
    grid: Vec<Complex32>,
    /// By slot, for each element the value that it is held against.
    ideal: Vec<Vec<Complex32>>,
}

impl EvmMeter {
    /// For frames of `reference` in a channel with `window`. `phase_compensation_hz` is the radio frequency of the
    /// transmitter's carrier if it compensates phases by TS 38.211 5.4.
    ///
    /// # Errors
    /// If the carrier of the reference is not one of the channel, or the frequency is beyond 1 THz.
    pub fn new(
        reference: EvmReference,
        window: EvmWindow,
        phase_compensation_hz: Option<f64>,
    ) -> Result<Self, ConfigError> {
        let carrier = *reference.carrier();
        let ofdm = window.ofdm(&carrier, phase_compensation_hz)?;
        let per_frame = carrier.symbols_per_slot() * reference.n_slots() * carrier.n_subcarriers();
        let ideal = (0..reference.n_slots()).map(|n| reference.slot(n).iter().map(|e| e.value).collect()).collect();
        Ok(Self {
            front_end: FrontEnd::new(&ofdm, window),
            fft_size: ofdm.fft_size(),
            sample_rate_hz: ofdm.sample_rate_hz() as f64,
            n_samples: 10 * ofdm.timing().n_samples(),
            grid: vec![Complex32::ZERO; per_frame],
            ideal,
            reference,
        })
    }

    /// The reference.
    pub const fn reference(&self) -> &EvmReference {
        &self.reference
    }

    /// Samples of a frame.
    pub const fn frame_len(&self) -> usize {
        self.n_samples
    }

    /// Measures the frame that begins about sample `start` of `samples` (within half a cyclic prefix), on a carrier
    /// about `cfo_hz` beside 0 Hz. What of it lies outside `samples` counts as zero.
    pub fn measure(&mut self, samples: &[Complex32], start: i64, cfo_hz: f64) -> FrameEvm {
        let (mut start, mut cfo_hz) = (start, cfo_hz);
        self.reset_ideal();
        // To the time and the frequency that the pilots show.
        let mut delay = 0.0;
        for _ in 0..MOVES {
            self.demodulate(samples, start, cfo_hz, 0);
            let track = self.follow(&|_| false);
            delay = track.delay(self.fft_size);
            let off_hz = track.omega / TAU;
            cfo_hz += off_hz;
            start += delay.round() as i64;
            delay -= delay.round();
            if off_hz.abs() < 1.0 && delay.abs() <= 0.5 {
                break;
            }
        }
        let mut frame = FrameEvm {
            start: start as f64 + delay,
            frequency_error_hz: cfo_hz,
            slot_frequency_errors_hz: Vec::new(),
            pilot_power: 0.0,
            channels: vec![ChannelEvm::default(); self.reference.channels().len()],
        };
        for end in 0..2 {
            self.reset_ideal();
            self.demodulate(samples, start, cfo_hz, end);
            let track = self.follow(&|_| false);
            let coefficients = self.coefficients(&track);
            let agreement = self.decide(&track, &coefficients);
            // Once more with the data whose values are known now.
            let track = self.follow(&|channel| agreement[channel] > SAME_DATA);
            let coefficients = self.coefficients(&track);
            let agreement = self.decide(&track, &coefficients);
            self.add_errors(&track, &coefficients, end, &mut frame.channels);
            for (channel, agreement) in frame.channels.iter_mut().zip(agreement) {
                channel.agreement = agreement;
            }
            if end == 0 {
                let hz = |omega: f64| cfo_hz + omega / TAU;
                frame.frequency_error_hz = hz(track.omega);
                let sent = (0..self.reference.n_slots()).filter(|&slot| !self.reference.slot(slot).is_empty());
                frame.slot_frequency_errors_hz = sent.map(|slot| hz(track.omega + track.slots[slot].omega)).collect();
                let powers = coefficients.iter().map(Complex64::norm_sqr).filter(|&power| power > 0.0);
                let (sum, count) = powers.fold((0.0, 0), |(sum, count), power| (sum + power, count + 1));
                frame.pilot_power = sum / f64::from(count.max(1));
            }
        }
        frame
    }

    fn reset_ideal(&mut self) {
        for (slot, ideal) in self.ideal.iter_mut().enumerate() {
            for (ideal, element) in ideal.iter_mut().zip(self.reference.slot(slot)) {
                *ideal = element.value;
            }
        }
    }

    fn demodulate(&mut self, samples: &[Complex32], start: i64, cfo_hz: f64, end: usize) {
        let Self { front_end, reference, grid, .. } = self;
        front_end.demodulate(samples, start, cfo_hz, end, reference, grid);
    }

    /// By the pilots, and the data of the channels that `with` names.
    fn follow(&self, with: &dyn Fn(usize) -> bool) -> Track {
        let carrier = self.reference.carrier();
        follow(
            &self.grid,
            carrier.symbols_per_slot(),
            carrier.n_subcarriers(),
            self.reference.n_slots(),
            |slot| self.reference.slot(slot),
            |slot, i| self.ideal[slot][i],
            |element| element.pilot || with(element.channel.into()),
            |slot, symbol| self.front_end.symbol_time_s(slot, symbol),
        )
    }

    fn received(&self, track: &Track, slot: usize, symbol: usize, subcarrier: usize) -> Complex64 {
        let carrier = self.reference.carrier();
        let y = self.grid[(slot * carrier.symbols_per_slot() + symbol) * carrier.n_subcarriers() + subcarrier];
        let time_s = self.front_end.symbol_time_s(slot, symbol);
        Complex64::new(y.re.into(), y.im.into()) * track.correction(slot, time_s, subcarrier)
    }

    /// Calls `visit` with slot, number and modified symbol Z' of each element.
    fn for_each_equalised(
        &self,
        track: &Track,
        coefficients: &[Complex64],
        mut visit: impl FnMut(usize, usize, Complex64),
    ) {
        for slot in 0..self.reference.n_slots() {
            for (i, e) in self.reference.slot(slot).iter().enumerate() {
                let (symbol, subcarrier) = (usize::from(e.symbol), usize::from(e.subcarrier));
                let coefficient = coefficients[subcarrier];
                if coefficient.norm_sqr() > 0.0 {
                    visit(slot, i, self.received(track, slot, symbol, subcarrier) / coefficient);
                }
            }
        }
    }

    fn coefficients(&self, track: &Track) -> Vec<Complex64> {
        let mut estimate = ResponseEstimate::new(self.reference.carrier().n_subcarriers());
        for slot in 0..self.reference.n_slots() {
            for e in self.reference.slot(slot).iter().filter(|e| e.pilot) {
                let (symbol, subcarrier) = (usize::from(e.symbol), usize::from(e.subcarrier));
                let ideal = Complex64::new(e.value.re.into(), e.value.im.into());
                estimate.add(subcarrier, self.received(track, slot, symbol, subcarrier) / ideal);
            }
        }
        estimate.coefficients()
    }

    /// Decides the data that is not known; by channel, how well it (or the known data) agrees with what was received.
    fn decide(&mut self, track: &Track, coefficients: &[Complex64]) -> Vec<f64> {
        let channels = self.reference.channels().to_vec();
        let mut sums = vec![(Complex64::ZERO, 0.0, 0.0); channels.len()];
        let mut ideal = std::mem::take(&mut self.ideal);
        self.for_each_equalised(track, coefficients, |slot, i, z| {
            let e = &self.reference.slot(slot)[i];
            if e.pilot {
                return;
            }
            let channel = &channels[usize::from(e.channel)];
            if channel.data == EvmData::Nearest {
                let scaled = Complex32::new(z.re as f32, z.im as f32) / channel.amplitude;
                ideal[slot][i] = nearest_point(channel.modulation, scaled, false) * channel.amplitude;
            }
            let wanted = Complex64::new(ideal[slot][i].re.into(), ideal[slot][i].im.into());
            let sum = &mut sums[usize::from(e.channel)];
            sum.0 += z * wanted.conj();
            sum.1 += z.norm_sqr();
            sum.2 += wanted.norm_sqr();
        });
        self.ideal = ideal;
        let agreement = |(product, got, wanted): (Complex64, f64, f64)| {
            let both = (got * wanted).sqrt();
            if both > 0.0 { (product.re / both).clamp(0.0, 1.0) } else { 0.0 }
        };
        sums.into_iter().map(agreement).collect()
    }

    /// Adds what the data of each block and slot is off, at one end of the window.
    fn add_errors(&self, track: &Track, coefficients: &[Complex64], end: usize, channels: &mut [ChannelEvm]) {
        let n_blocks = usize::from(self.reference.carrier().n_prb());
        let n_channels = channels.len();
        let mut slot_sums = vec![(0.0, 0.0); n_blocks * n_channels];
        let mut totals = vec![(0.0, 0usize); n_channels];
        let mut current = 0;
        let finish = |sums: &mut [(f64, f64)], channels: &mut [ChannelEvm]| {
            for (i, (error, power)) in sums.iter_mut().enumerate().filter(|(_, (_, power))| *power > 0.0) {
                let channel = &mut channels[i % n_channels];
                channel.squares[end] += *error / *power;
                channel.n_blocks += usize::from(end == 0);
                (*error, *power) = (0.0, 0.0);
            }
        };
        self.for_each_equalised(track, coefficients, |slot, i, z| {
            let e = &self.reference.slot(slot)[i];
            if e.pilot {
                return;
            }
            if slot != current {
                finish(&mut slot_sums, channels);
                current = slot;
            }
            let ideal = self.ideal[slot][i];
            let ideal = Complex64::new(ideal.re.into(), ideal.im.into());
            let sum = &mut slot_sums[usize::from(e.subcarrier) / 12 * n_channels + usize::from(e.channel)];
            sum.0 += (z - ideal).norm_sqr();
            sum.1 += ideal.norm_sqr();
            let total = &mut totals[usize::from(e.channel)];
            total.0 += z.norm_sqr() * coefficients[usize::from(e.subcarrier)].norm_sqr();
            total.1 += 1;
        });
        finish(&mut slot_sums, channels);
        for (channel, (power, count)) in channels.iter_mut().zip(totals) {
            channel.power = power / count.max(1) as f64;
        }
    }

    /// Sample rate of the measurement in Hz.
    pub const fn sample_rate_hz(&self) -> f64 {
        self.sample_rate_hz
    }
}
