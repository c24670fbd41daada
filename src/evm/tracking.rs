use super::EvmElement;
use crate::Complex32;
use num_complex::Complex64;
use std::f64::consts::TAU;

/// What moved during a frame: one carrier frequency over it, and in each slot a frequency and a delay of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// Carrier frequency over the frame, radians a second.
    pub omega: f64,
    /// By slot of the frame.
    pub slots: Vec<SlotTrack>,
    /// The mean response, by subcarrier; 0 where nothing was sent.
    pub response: Vec<Complex64>,
}

/// What is to be taken off a slot besides the frame's frequency.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SlotTrack {
    /// Frequency beside the frame's, radians a second, about `centre_s`.
    pub omega: f64,
    pub centre_s: f64,
    /// Delay against the frame's first slot, radians a subcarrier, about `centre_k`.
    pub slope: f64,
    pub centre_k: f64,
}

impl Track {
    /// The factor that undoes the movement for an element.
    pub fn correction(&self, slot: usize, time_s: f64, subcarrier: usize) -> Complex64 {
        let s = &self.slots[slot];
        let phase = self.omega * time_s + s.omega * (time_s - s.centre_s) + s.slope * (subcarrier as f64 - s.centre_k);
        Complex64::from_polar(1.0, -phase)
    }

    /// The delay of the frame in samples of an FFT of `fft_size` points, by the mean response.
    pub fn delay(&self, fft_size: usize) -> f64 {
        -slope_of(&self.response) * fft_size as f64 / TAU
    }
}

/// Subcarriers between the pairs that make a slope exact, which every comb of pilots has.
const FINER_GAPS: [usize; 3] = [6, 24, 96];

/// Radians a subcarrier, of neighbours one or two subcarriers apart (whichever there are).
fn slope_of(response: &[Complex64]) -> f64 {
    [1, 2].into_iter().find_map(|gap| slope_at(response, gap)).unwrap_or(0.0)
}

/// Radians a subcarrier, of pairs `gap` subcarriers apart; none without any.
fn slope_at(response: &[Complex64], gap: usize) -> Option<f64> {
    let sum: Complex64 = response.iter().zip(response.iter().skip(gap)).map(|(a, b)| b * a.conj()).sum();
    (sum.norm_sqr() > 0.0).then(|| sum.arg() / gap as f64)
}

/// Takes a slope about `centre_k` off.
fn turn(response: &mut [Complex64], slope: f64, centre_k: f64) {
    for (k, e) in response.iter_mut().enumerate() {
        *e *= Complex64::from_polar(1.0, -slope * (k as f64 - centre_k));
    }
}

/// Follows the elements that `used` picks from slot to slot. `grid` is `[slot][symbol][subcarrier]`, `elements` a slot's
/// and their ideal values, `time_s` the time of a symbol of a slot in the frame.
pub(super) fn follow<'a>(
    grid: &[Complex32],
    n_symbols: usize,
    n_subcarriers: usize,
    n_slots: usize,
    elements: impl Fn(usize) -> &'a [EvmElement],
    ideal: impl Fn(usize, usize) -> Complex32,
    used: impl Fn(&EvmElement) -> bool,
    time_s: impl Fn(usize, usize) -> f64,
) -> Track {
    let mut track = Track {
        omega: 0.0,
        slots: vec![SlotTrack::default(); n_slots],
        response: vec![Complex64::ZERO; n_subcarriers],
    };
    // The slot whose phase the response of a subcarrier has; the sums of a fit through it of phase over time.
    let mut since = vec![0.0; n_subcarriers];
    let (mut phase_time, mut time_time, mut first_omega) = (0.0, 0.0, None);
    let mut own = vec![Complex64::ZERO; n_subcarriers];
    let mut by_symbol = vec![Complex64::ZERO; n_symbols];
    let mut products: Vec<(usize, usize, Complex64)> = Vec::new();
    for slot in 0..n_slots {
        products.clear();
        for (i, e) in elements(slot).iter().enumerate().filter(|(_, e)| used(e)) {
            let (l, k) = (usize::from(e.symbol), usize::from(e.subcarrier));
            let product = grid[(slot * n_symbols + l) * n_subcarriers + k] * ideal(slot, i).conj();
            products.push((l, k, Complex64::new(product.re.into(), product.im.into())));
        }
        if products.is_empty() {
            continue;
        }
        let count = products.len() as f64;
        let t = |l: usize| time_s(slot, l);
        let centre_s = products.iter().map(|&(l, ..)| t(l)).sum::<f64>() / count;
        let centre_k = products.iter().map(|&(_, k, _)| k as f64).sum::<f64>() / count;

        // The slot's own frequency: phases of its symbols against the mean over them, subcarrier by subcarrier.
        let mut omega = first_omega.unwrap_or(0.0);
        for _ in 0..3 {
            own.fill(Complex64::ZERO);
            for &(l, k, z) in &products {
                own[k] += z * Complex64::from_polar(1.0, -omega * (t(l) - centre_s));
            }
            by_symbol.fill(Complex64::ZERO);
            for &(l, k, z) in &products {
                by_symbol[l] += z * Complex64::from_polar(1.0, -omega * (t(l) - centre_s)) * own[k].conj();
            }
            let (mut above, mut below) = (0.0, 0.0);
            for (l, g) in by_symbol.iter().enumerate().filter(|(_, g)| g.norm_sqr() > 0.0) {
                above += (t(l) - centre_s) * g.norm() * g.arg();
                below += (t(l) - centre_s).powi(2) * g.norm();
            }
            if below > 0.0 {
                omega += above / below;
            }
        }
        first_omega.get_or_insert(omega);

        // Delay and phase against the slots before.
        let pairs = |own: &[Complex64], response: &[Complex64]| -> Vec<Complex64> {
            own.iter().zip(response).map(|(a, b)| a * b.conj()).collect()
        };
        let mut against = pairs(&own, &track.response);
        let overlap: f64 = against.iter().map(|e| e.norm()).sum();
        let (mut slope, mut phase, mut span) = (0.0, 0.0, 0.0);
        if overlap > 0.0 {
            slope = slope_of(&against);
            turn(&mut against, slope, centre_k);
            // From near pairs to far ones, for the slope of the near leaves whole turns over the band open.
            for gap in FINER_GAPS {
                let better = slope_at(&against, gap).unwrap_or(0.0);
                turn(&mut against, better, centre_k);
                slope += better;
            }
            let sum: Complex64 = against.iter().sum();
            let turned = sum.conj() / sum.norm().max(f64::MIN_POSITIVE);
            let (mut above, mut below) = (0.0, 0.0);
            for (k, e) in against.iter().enumerate() {
                let (x, e) = (k as f64 - centre_k, e * turned);
                above += x * e.im;
                below += x * x * e.re;
            }
            // Only where the line through the neighbours' differences brought the phases together.
            let better = above / below;
            if below > 0.0 && better.abs() * (n_subcarriers as f64) < 1.0 {
                slope += better;
            }
            phase = sum.arg();
            let weighted: f64 = against.iter().zip(&since).map(|(e, s)| e.norm() * s).sum();
            span = centre_s - weighted / overlap;
        }
        let expected = span * if time_time > 0.0 { phase_time / time_time } else { omega };
        if span > 0.0 {
            phase += TAU * ((expected - phase) / TAU).round();
            phase_time += phase * span;
            time_time += span * span;
        }
        for (k, a) in own.iter().enumerate().filter(|(_, a)| a.norm_sqr() > 0.0) {
            if track.response[k].norm_sqr() == 0.0 {
                // New here: as if its phase were that of a slot of this time.
                since[k] = if overlap > 0.0 { centre_s - span } else { centre_s };
            }
            track.response[k] += a * Complex64::from_polar(1.0, -phase - slope * (k as f64 - centre_k));
        }
        track.slots[slot] = SlotTrack { omega, centre_s, slope, centre_k };
    }
    track.omega = if time_time > 0.0 { phase_time / time_time } else { first_omega.unwrap_or(0.0) };
    for (slot, s) in track.slots.iter_mut().enumerate() {
        let symbols = elements(slot).iter().filter(|e| used(e)).map(|e| e.symbol);
        let several = symbols.clone().min() != symbols.max();
        s.omega = if several { s.omega - track.omega } else { 0.0 };
    }
    track
}
