use super::front_end::FrontEnd;
use super::{EvmElement, EvmReference, EvmWindow};
use crate::{Complex32, ConfigError};
use num_complex::Complex64;
use std::f64::consts::TAU;

/// Coherence of neighbouring pilots above which a frame is there: SNR / (1 + SNR), so that 0 dB suffice.
const THRESHOLD: f64 = 0.5;
/// Pilots of a pair are neighbours at most so far apart.
const MOST_APART: usize = 4;

/// A frame that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundFrame {
    /// The sample that it (or one before or behind it, if the recording is periodic) begins with; may be negative.
    pub start: i64,
    /// Carrier frequency beside 0 Hz, to a few Hz.
    pub cfo_hz: f64,
    /// Coherence of the pilots, 0 to 1.
    pub coherence: f64,
}

/// Finds the frame structure in `samples` (at the window's rate) by the pilots of `reference`, wherever the recording
/// begins and up to `max_cfo_hz` beside its frequency; `None` if no 10 ms of it hold the pilots.
///
/// Cyclic prefixes give the symbols and the frequency within a subcarrier; then every symbol is compared with the pilots
/// of every slot, by the phases from pilot to pilot, which neither delay nor frequency disturb.
///
/// # Errors
/// If the carrier of the reference is not one of the window's channel.
pub fn find_frame(
    samples: &[Complex32],
    reference: &EvmReference,
    window: EvmWindow,
    max_cfo_hz: f64,
) -> Result<Option<FoundFrame>, ConfigError> {
    let ofdm = window.ofdm(reference.carrier(), None)?;
    let frame = 10 * ofdm.timing().n_samples();
    let mut front_end = FrontEnd::new(&ofdm, window);
    for at in (0..samples.len() / frame).map(|n| n * frame) {
        let part = &samples[at..samples.len().min(at + frame + frame / 20)];
        let found = find_in(part, reference, &ofdm, &mut front_end, max_cfo_hz);
        if let Some(found) = found.filter(|found| found.coherence >= THRESHOLD) {
            return Ok(Some(FoundFrame { start: found.start + at as i64, ..found }));
        }
    }
    Ok(None)
}

/// A run of pilots of a symbol: where they lie, and their values' conjugates.
struct Pilots {
    slot: usize,
    symbol: usize,
    pilots: Vec<(usize, Complex32)>,
}

/// The best place in a bit more than a frame.
fn find_in(
    samples: &[Complex32],
    reference: &EvmReference,
    ofdm: &crate::ofdm::OfdmConfig,
    front_end: &mut FrontEnd,
    max_cfo_hz: f64,
) -> Option<FoundFrame> {
    let (n, n_subcarriers) = (ofdm.fft_size(), ofdm.carrier().n_subcarriers());
    let per_slot = ofdm.carrier().symbols_per_slot();
    let n_symbols = per_slot * reference.n_slots();
    let (first, fraction_hz) = symbol_timing(samples, ofdm)?;
    let scs_hz = f64::from(ofdm.numerology().scs_hz());
    let whole = (max_cfo_hz / scs_hz).round().clamp(0.0, 64.0) as i64;

    let pilots = pilots_of(reference);
    let mut grid = vec![Complex32::ZERO; n_symbols * n_subcarriers];
    let mut best: Option<(FoundFrame, usize)> = None;
    // Nearest frequencies first; a good one ends the search.
    for step in 0..=2 * whole {
        let shift = if step % 2 == 1 { (step + 1) / 2 } else { -step / 2 };
        let cfo_hz = fraction_hz + shift as f64 * scs_hz;
        for (i, row) in grid.chunks_exact_mut(n_subcarriers).enumerate() {
            front_end.symbol(samples, first as i64, cfo_hz, 0, i / per_slot, i % per_slot, row);
        }
        let (found, frame_symbol) = best_start(&grid, n_symbols, n_subcarriers, per_slot, &pilots);
        let coherence = found.0;
        if best.as_ref().is_none_or(|(best, _)| coherence > best.coherence) {
            // A delay turns neighbours `gap` apart by -2 pi gap / N each.
            let delay = -found.1 * n as f64 / TAU;
            let per_frame = 10 * ofdm.timing().n_samples() as i64;
            let (slot, symbol) = (frame_symbol / per_slot, frame_symbol % per_slot);
            let per_subframe = usize::from(ofdm.numerology().slots_per_subframe());
            let timing = ofdm.timing();
            let in_frame = slot / per_subframe * timing.n_samples()
                + timing.symbols()[slot % per_subframe * per_slot + symbol].start;
            let start = first as i64 + in_frame as i64 + delay.round() as i64;
            // The symbols were taken around: the frame may as well begin one earlier.
            let start = if start as f64 > per_frame as f64 / 2.0 { start - per_frame } else { start };
            best = Some((FoundFrame { start, cfo_hz, coherence }, frame_symbol));
        }
        if best.as_ref().is_some_and(|(best, _)| best.coherence >= THRESHOLD) {
            break;
        }
    }
    best.map(|(found, _)| found)
}

fn pilots_of(reference: &EvmReference) -> Vec<Pilots> {
    let mut all = Vec::new();
    for slot in 0..reference.n_slots() {
        let pilots: Vec<&EvmElement> = reference.slot(slot).iter().filter(|e| e.pilot).collect();
        for symbol in pilots.chunk_by(|a, b| a.symbol == b.symbol) {
            let mut of: Vec<(usize, Complex32)> =
                symbol.iter().map(|e| (usize::from(e.subcarrier), e.value.conj())).collect();
            of.sort_unstable_by_key(|&(k, _)| k);
            all.push(Pilots { slot, symbol: symbol[0].symbol.into(), pilots: of });
        }
    }
    all
}

/// The symbol that the frame begins with, taken around, with its coherence and the phase from subcarrier to subcarrier.
fn best_start(
    grid: &[Complex32],
    n_symbols: usize,
    n_subcarriers: usize,
    per_slot: usize,
    pilots: &[Pilots],
) -> ((f64, f64), usize) {
    let mut sums = vec![(Complex64::ZERO, 0.0, 0.0); n_symbols];
    for set in pilots {
        for (symbol, row) in grid.chunks_exact(n_subcarriers).enumerate() {
            let (mut product, mut energy, mut before) = (Complex32::ZERO, 0.0f32, None);
            let mut gaps = 0.0;
            for &(k, value) in &set.pilots {
                let h = row[k] * value;
                if let Some((last, previous)) = before.replace((k, h))
                    && k - last <= MOST_APART
                {
                    let previous: Complex32 = previous;
                    product += h * previous.conj();
                    energy += 0.5 * (h.norm_sqr() + previous.norm_sqr());
                    gaps = (k - last) as f64;
                }
            }
            let start = (symbol + n_symbols - (set.slot * per_slot + set.symbol) % n_symbols) % n_symbols;
            let sum = &mut sums[start];
            sum.0 += Complex64::new(product.re.into(), product.im.into());
            sum.1 += f64::from(energy);
            sum.2 = gaps;
        }
    }
    let coherence = |&(product, energy, _): &(Complex64, f64, f64)| {
        if energy > 0.0 { product.norm() / energy } else { 0.0 }
    };
    let best = (0..n_symbols).max_by(|&a, &b| coherence(&sums[a]).total_cmp(&coherence(&sums[b]))).unwrap_or(0);
    let (product, _, gap) = sums[best];
    ((coherence(&sums[best]), if gap > 0.0 { product.arg() / gap } else { 0.0 }), best)
}

/// Where a half subframe's symbols begin, and the frequency within half a subcarrier, by the cyclic prefixes folded over
/// half subframes; `None` without signal.
fn symbol_timing(samples: &[Complex32], ofdm: &crate::ofdm::OfdmConfig) -> Option<(usize, f64)> {
    let n = ofdm.fft_size();
    let timing = ofdm.timing();
    // Prefixes repeat after half a subframe (a subframe at 15 kHz has two halves of seven symbols).
    let half = timing.n_samples() / 2;
    let symbols: Vec<(usize, usize)> =
        timing.symbols().iter().map(|s| (s.start, s.cyclic_prefix_len())).filter(|s| s.0 < half).collect();
    let mut folded = vec![Complex64::ZERO; half];
    for (i, (a, b)) in samples.iter().zip(samples.get(n..)?).enumerate() {
        let product = a.conj() * b;
        if product.is_finite() {
            folded[i % half] += Complex64::new(product.re.into(), product.im.into());
        }
    }
    let mut until = vec![Complex64::ZERO; 2 * half + 1];
    for i in 0..2 * half {
        until[i + 1] = until[i] + folded[i % half];
    }
    let prefix = |at: usize, len: usize| until[at % half + len] - until[at % half];
    let correlation = |at: usize| -> Complex64 { symbols.iter().map(|&(start, len)| prefix(at + start, len)).sum() };
    let best = (0..half).map(|at| (at, correlation(at))).max_by(|a, b| a.1.norm_sqr().total_cmp(&b.1.norm_sqr()))?;
    let scs_hz = f64::from(ofdm.numerology().scs_hz());
    (best.1.norm_sqr() > 0.0).then(|| (best.0, best.1.arg() / TAU * scs_hz))
}
