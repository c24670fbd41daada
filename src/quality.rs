//! What measurements of error rates share: the signal-to-noise ratio that each block needs, and shares of trials.
//!
//! What is measured stands beside what it measures: `coding::ldpc::quality`, `coding::polar::quality`,
//! `pdsch::quality`, `ssb::quality`. Blocks are numbered, and a block's bits and noise follow from a seed and its number
//! alone: receivers are compared on the same noise, and ranges of blocks can be measured in parallel and joined.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// A receiver, and the blocks that it is tried on.
pub trait Bench {
    /// Prepares block number `block`: what is sent, and noise that [`Bench::passes`] only scales.
    fn draw(&mut self, block: u64);

    /// Whether the block drawn last is received without error at `snr_db`.
    fn passes(&mut self, snr_db: f64) -> bool;
}

/// The signal-to-noise ratios that blocks needed.
#[derive(Clone, Debug, PartialEq)]
pub struct RequiredSnr {
    range_db: Range<f64>,
    /// In the order of the blocks; a block that passes at the lower end needs that, one that fails at the upper end
    /// needs infinity.
    needed_db: Vec<f64>,
}

impl RequiredSnr {
    /// Finds what each of `blocks` needs by halving `range_db` to `step_db`. Of most blocks only whether they pass at
    /// the lower end matters: a lower end near the ratio that is sought saves time.
    pub fn measure(bench: &mut impl Bench, blocks: Range<u64>, range_db: Range<f64>, step_db: f64) -> Self {
        let needed_db = blocks
            .map(|block| {
                bench.draw(block);
                let (mut fails, mut passes) = (range_db.start, range_db.end);
                if bench.passes(fails) {
                    return fails;
                }
                if !bench.passes(passes) {
                    return f64::INFINITY;
                }
                while passes - fails > step_db {
                    let middle = 0.5 * (fails + passes);
                    if bench.passes(middle) {
                        passes = middle;
                    } else {
                        fails = middle;
                    }
                }
                passes
            })
            .collect();
        Self { range_db, needed_db }
    }

    /// Joins the measurement of the blocks that follow.
    ///
    /// # Panics
    /// If it is of another range of ratios.
    pub fn append(&mut self, mut following: Self) {
        assert_eq!(self.range_db, following.range_db, "ranges of one measurement");
        self.needed_db.append(&mut following.needed_db);
    }

    /// Blocks measured.
    pub fn n_blocks(&self) -> usize {
        self.needed_db.len()
    }

    /// The ratio in dB at which the share `bler` of the blocks fails; `None` if it lies outside the range measured.
    pub fn at_bler(&self, bler: f64) -> Option<f64> {
        self.inside(quantile(&mut self.needed_db.clone(), bler))
    }

    /// The share of the blocks that fails at `snr_db`; `None` outside the range measured.
    pub fn bler_at(&self, snr_db: f64) -> Option<f64> {
        if !(self.range_db.start..=self.range_db.end).contains(&snr_db) || self.needed_db.is_empty() {
            return None;
        }
        let failed = self.needed_db.iter().filter(|&&needed| needed > snr_db).count();
        Some(failed as f64 / self.n_blocks() as f64)
    }

    /// How many dB more these blocks needed at the block error rate `bler` than the same blocks in `reference`, with its
    /// standard error; `None` if either lies outside its range.
    ///
    /// # Panics
    /// If the two are not of the same number of blocks.
    pub fn loss_against(&self, reference: &Self, bler: f64) -> Option<Loss> {
        assert_eq!(self.n_blocks(), reference.n_blocks(), "the same blocks");
        let db = self.at_bler(bler)? - reference.at_bler(bler)?;
        // Bootstrap: the spread over sets of blocks drawn from those measured, each with its pair of needs.
        const SETS: usize = 100;
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let (mut ours, mut theirs) = (self.needed_db.clone(), reference.needed_db.clone());
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..SETS {
            for i in 0..ours.len() {
                let drawn = rng.random_range(0..ours.len());
                (ours[i], theirs[i]) = (self.needed_db[drawn], reference.needed_db[drawn]);
            }
            let top = self.range_db.end.max(reference.range_db.end);
            let deviation = quantile(&mut ours, bler).min(top) - quantile(&mut theirs, bler).min(top) - db;
            sum += deviation;
            squares += deviation * deviation;
        }
        let n = SETS as f64;
        Some(Loss { db, standard_error_db: ((squares - sum * sum / n) / (n - 1.0)).sqrt() })
    }

    fn inside(&self, db: f64) -> Option<f64> {
        (db > self.range_db.start && db.is_finite()).then_some(db)
    }
}

/// What all but the share `bler` of the blocks need; infinity if there are none. Reorders its argument.
fn quantile(needed_db: &mut [f64], bler: f64) -> f64 {
    let n = needed_db.len();
    if n == 0 {
        return f64::INFINITY;
    }
    // Of n blocks, n * bler need more than this.
    let at = ((n as f64 * (1.0 - bler)).ceil() as usize).clamp(1, n) - 1;
    *needed_db.select_nth_unstable_by(at, f64::total_cmp).1
}

/// A difference of two ratios, measured on the same noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// The loss.
    pub db: f64,
    /// Its standard error.
    pub standard_error_db: f64,
}

/// How many of some trials were successful.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// All of them.
    pub trials: u64,
    /// Those that were.
    pub successes: u64,
}

impl Share {
    /// Joins further trials.
    pub fn append(&mut self, more: Self) {
        self.trials += more.trials;
        self.successes += more.successes;
    }

    /// Successes by trials; `NaN` without any.
    pub fn ratio(&self) -> f64 {
        self.successes as f64 / self.trials as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Block n needs n / 100 dB, and `more`.
    struct Known {
        block: u64,
        more: f64,
    }

    impl Bench for Known {
        fn draw(&mut self, block: u64) {
            self.block = block;
        }

        fn passes(&mut self, snr_db: f64) -> bool {
            snr_db >= self.block as f64 / 100.0 + self.more
        }
    }

    #[test]
    fn the_ratio_that_was_needed_is_found() {
        let measure =
            |blocks, range_db, more| RequiredSnr::measure(&mut Known { block: 0, more }, blocks, range_db, 0.001);
        let mut all = measure(0..400, 5.0..12.0, 0.0);
        all.append(measure(400..1000, 5.0..12.0, 0.0));
        assert_eq!(all, measure(0..1000, 5.0..12.0, 0.0));
        assert_eq!(all.n_blocks(), 1000);
        for bler in [0.01, 0.1, 0.4] {
            let found = all.at_bler(bler).unwrap();
            assert!((found - 10.0 * (1.0 - bler)).abs() < 0.012, "{bler}: {found}");
        }
        assert_eq!(all.at_bler(0.6), None, "below the range");
        assert!(
            (all.bler_at(7.0).unwrap() - 0.3).abs() < 0.002
                && all.bler_at(4.9).is_none()
                && all.bler_at(12.1).is_none()
        );
        assert_eq!(measure(0..1000, 5.0..9.0, 0.0).at_bler(0.01), None, "above the range");
        assert!(measure(0..1000, 5.0..9.5, 0.0).at_bler(0.1).is_some());
        assert_eq!(measure(0..0, 5.0..9.5, 0.0).at_bler(0.1), None);
        let loss = measure(0..1000, 5.0..12.0, 0.5).loss_against(&all, 0.1).unwrap();
        assert!((loss.db - 0.5).abs() < 0.003 && loss.standard_error_db < 0.003, "{loss:?}");
        assert_eq!(measure(0..1000, 5.0..12.0, 3.0).loss_against(&all, 0.01), None);
    }

    #[test]
    fn the_standard_error_is_that_of_independent_measurements() {
        struct Random(f64, u64);
        impl Bench for Random {
            fn draw(&mut self, block: u64) {
                self.0 = ChaCha8Rng::seed_from_u64(block + self.1).random();
            }
            fn passes(&mut self, snr_db: f64) -> bool {
                snr_db >= self.0
            }
        }
        // The quantile q of n uniform numbers spreads by sqrt(q (1 - q) / n); the difference of two by sqrt(2) of it.
        let measure = |seed| RequiredSnr::measure(&mut Random(0.0, seed), 0..2000, 0.5..1.0, 1e-4);
        let loss = measure(0).loss_against(&measure(1 << 20), 0.1).unwrap();
        let expected = (2.0f64 * 0.09 / 2000.0).sqrt();
        assert!((loss.standard_error_db / expected - 1.0).abs() < 0.3, "{loss:?}, {expected}");
        assert!(loss.db.abs() < 4.0 * expected);
    }
}
