use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use std::io::IsTerminal;
use std::ops::Range;

/// Measures ranges of numbered blocks on all cores, with a progress bar on a terminal.
pub struct Workers {
    blocks: Option<u64>,
    case: Option<String>,
    /// Seed of every measurement.
    pub seed: u64,
    bar: ProgressBar,
}

impl Workers {
    /// With so many blocks, or as many as each measurement proposes; `case` is part of the names of those wanted.
    pub fn new(blocks: Option<u64>, case: Option<String>, seed: u64) -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{msg}  {bar:40} {pos}/{len}  {eta} left") {
            bar.set_style(style);
        }
        Self { blocks, case, seed, bar }
    }

    /// Whether the measurement `name` is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.case.as_ref().is_none_or(|case| name.contains(case))
    }

    /// Blocks of a measurement that proposes `trustworthy`.
    pub fn blocks(&self, trustworthy: u64) -> u64 {
        self.blocks.unwrap_or(trustworthy)
    }

    /// What `measure` gives of the blocks 0 to `blocks` in pieces of at most `piece`, in order.
    ///
    /// # Errors
    /// The first error of `measure`.
    pub fn run<T: Send, E: Into<anyhow::Error> + Send>(
        &self,
        name: &str,
        blocks: u64,
        piece: u64,
        measure: impl Fn(Range<u64>) -> Result<T, E> + Sync,
    ) -> anyhow::Result<Vec<T>> {
        self.bar.reset();
        self.bar.set_length(blocks);
        self.bar.set_message(name.to_string());
        let pieces: Vec<Range<u64>> =
            (0..blocks.div_ceil(piece)).map(|i| i * piece..blocks.min((i + 1) * piece)).collect();
        let measured = pieces
            .into_par_iter()
            .map(|piece| {
                let n = piece.end - piece.start;
                let measured = measure(piece).map_err(Into::into);
                self.bar.inc(n);
                measured
            })
            .collect();
        self.bar.finish_and_clear();
        measured
    }

    /// Writes something without the bar in between.
    pub fn pause<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}
