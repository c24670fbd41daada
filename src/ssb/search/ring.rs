//! The recent past of the stream.

use crate::Complex32;

/// Samples beyond this are no signal; their squares must not overflow.
const LARGEST: f32 = 1e9;

/// The sample, or zero if it is no finite number.
pub(super) fn clean(z: Complex32) -> Complex32 {
    // Comparisons with what is no number are false.
    if z.re.abs() < LARGEST && z.im.abs() < LARGEST { z } else { Complex32::ZERO }
}

/// The last samples of a stream; what lies before or after them reads as zero.
#[derive(Clone, Debug)]
pub(super) struct History {
    samples: Vec<Complex32>,
    /// Stream position of the first one kept.
    start: i64,
    keep: usize,
}

impl History {
    pub fn new(keep: usize) -> Self {
        // Twice the past, see [`History::trim`], and what comes in between two calls of it.
        Self { samples: Vec::with_capacity(2 * keep + keep / 4), start: 0, keep }
    }

    /// Appends; what is no finite number counts as zero.
    pub fn push(&mut self, samples: &[Complex32]) {
        self.samples.extend(samples.iter().map(|&z| clean(z)));
    }

    /// Drops what is older than must be kept, or than `enough` samples; rarely enough to cost nothing.
    pub fn trim(&mut self, enough: Option<usize>) {
        let keep = enough.map_or(self.keep, |enough| enough.min(self.keep));
        if self.samples.len() > 2 * keep {
            let excess = self.samples.len() - keep;
            self.samples.drain(..excess);
            self.start += excess as i64;
        }
    }

    /// Forgets everything; the next sample has the stream position `start`.
    pub fn restart(&mut self, start: i64) {
        self.samples.clear();
        self.start = start;
    }

    pub fn start(&self) -> i64 {
        self.start
    }

    pub fn end(&self) -> i64 {
        self.start + self.samples.len() as i64
    }

    /// Copies the samples from stream position `from` on.
    pub fn read(&self, from: i64, out: &mut [Complex32]) {
        let (first, last) = (from.max(self.start), (from + out.len() as i64).min(self.end()));
        if first >= last {
            out.fill(Complex32::ZERO);
            return;
        }
        let (a, b) = ((first - from) as usize, (last - from) as usize);
        out[..a].fill(Complex32::ZERO);
        out[b..].fill(Complex32::ZERO);
        out[a..b].copy_from_slice(&self.samples[(first - self.start) as usize..(last - self.start) as usize]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_and_reads_zeros_outside() {
        let mut history = History::new(10);
        for i in 0..7 {
            let chunk: Vec<Complex32> = (0..5).map(|j| Complex32::from((5 * i + j) as f32)).collect();
            history.push(&chunk);
            history.trim(None);
        }
        assert_eq!(history.end(), 35);
        assert!(history.start() <= 25 && history.start() > 0);
        let mut out = [Complex32::ONE; 6];
        history.read(31, &mut out);
        assert_eq!(out.map(|z| z.re), [31.0, 32.0, 33.0, 34.0, 0.0, 0.0]);
        history.read(100, &mut out);
        assert_eq!(out, [Complex32::ZERO; 6]);
        history.push(&[Complex32::new(f32::NAN, 0.0), Complex32::new(0.0, f32::INFINITY)]);
        history.read(34, &mut out);
        assert_eq!(out.map(|z| z.re), [34.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
