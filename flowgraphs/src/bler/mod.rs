//! `nrflow bler`: error rates with fixed seeds against what is required of them.

mod curves;
mod groups;
mod parallel;
mod row;

use anyhow::ensure;
use clap::{Args, ValueEnum};
use curves::Figures;
use parallel::Workers;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `nrflow bler`.
#[derive(Args, Debug)]
pub struct BlerArgs {
    /// What to measure; everything without it (may be given several times)
    #[arg(long, value_enum, value_name = "GROUP")]
    only: Vec<Group>,
    /// Blocks (trials, half frames) of each measurement, instead of as many as make the figures trustworthy
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    blocks: Option<u64>,
    /// Of the group fading, only the cases whose names contain this, as "4x4" or "TDLC300-100, 2x2, MCS 27"
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Seed of bits and noise
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Draw the error rates over the signal-to-noise ratio into this folder, as SVG
    #[arg(long, value_name = "FOLDER")]
    plot: Option<PathBuf>,
    /// Print one JSON object a line (docs/json.md)
    #[arg(long)]
    json: bool,
}

/// A group of measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Blind search and PBCH of weak cells
    Ssb,
    /// Cells found in noise
    Noise,
    /// LDPC decoding against sum-product
    Ldpc,
    /// Polar list decoding in i8 against f32
    Polar,
    /// The PDSCH receiver against its LDPC code alone
    Pdsch,
    /// The PDSCH receiver over fading channels against itself with the channel known
    Fading,
    /// DCIs of every aggregation level
    Pdcch,
    /// The PBCH with cell and place known
    Pbch,
}

/// Runs the command.
///
/// # Errors
/// If a requirement is not met, if so few blocks are asked for that a figure does not exist, or if the output cannot be
/// written.
pub fn command(args: &BlerArgs) -> anyhow::Result<()> {
    let wanted = |group| args.only.is_empty() || args.only.contains(&group);
    let (mut required, mut missed) = (0, 0);
    let figures = Figures::new(args.plot.as_deref())?;
    if !args.json {
        row::write_heading(&mut std::io::stdout())?;
    }
    for &group in Group::value_variants().iter().filter(|&&group| wanted(group)) {
        let workers = Workers::new(args.blocks, args.case.clone(), args.seed);
        groups::measure(group, &workers, &figures, &mut |row| {
            required += usize::from(row.met().is_some());
            missed += usize::from(row.met() == Some(false));
            workers.pause(|| {
                let mut out = std::io::stdout();
                if args.json { row.write_json(&mut out) } else { row.write_line(&mut out) }?;
                Ok(out.flush()?)
            })
        })?;
    }
    ensure!(missed == 0, "{missed} of {required} requirements not met");
    Ok(())
}
