//! Flags that say what is received: a recording or a radio, and what is known of its cells.

use crate::assist::{self, Assist};
use crate::live_radio::LiveInput;
use crate::radio_args::RadioArgs;
use anyhow::{Context, bail};
use clap::Args;
use nrflow::frame::{Numerology, Rnti};
use nrflow::pdcch::RntiKind;
use nrflow::ssb::{SearchRaster, Sensitivity};
use nrflow_blocks::file::{Recording, SampleFormat};
use nrflow_blocks::receive::SyncSettings;
use std::path::{Path, PathBuf};

/// Sample rate that is asked of a radio where nobody asks for one: it holds CORESET#0 of 48 blocks of 30 kHz.
pub const USUAL_RATE_HZ: f64 = 23.04e6;

/// Where samples come from.
#[derive(Args, Debug)]
pub struct SourceArgs {
    /// A SigMF recording (either of its files), or a raw file with --format, --rate and --frequency
    #[arg(conflicts_with_all = ["device", "radio"])]
    pub recording: Option<PathBuf>,
    /// Sample format of a raw file: cf32, cs16, cs8, cu8
    #[arg(long, conflicts_with_all = ["device", "radio"])]
    pub format: Option<String>,
    /// Sample rate in Hz of a raw file, or that the radio shall have at least
    #[arg(long, allow_negative_numbers = true)]
    pub rate: Option<f64>,
    /// Centre frequency in Hz; overrides what SigMF metadata says
    #[arg(long)]
    pub frequency: Option<f64>,
    /// Ends a live decoding after so many seconds of signal
    #[arg(long, value_name = "SECONDS")]
    pub duration: Option<f64>,
    /// What is known of a cell whose SS/PBCH block is not in the recording (TOML)
    #[arg(long, value_name = "FILE")]
    pub assist: Option<PathBuf>,
    /// Subcarrier spacings of the SS/PBCH blocks to look for, in kHz (15, 30, 120, 240)
    #[arg(long, value_name = "KHZ", value_delimiter = ',')]
    pub scs: Vec<u32>,
    /// Search at full sensitivity all the time: finds weak neighbours of strong cells, and takes several times as long
    #[arg(long)]
    pub thorough: bool,
    /// Let a live search look off the synchronisation raster of the bands too, for which it has hardly time; a
    /// recording is searched there anyway
    #[arg(long)]
    pub off_raster: bool,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub radio: RadioArgs,
}

impl SourceArgs {
    /// Flags that say where samples come from, or how.
    pub const SOURCES: [&str; 8] = ["recording", "device", "radio", "format", "rate", "scs", "thorough", "off_raster"];

    /// The radio, opened.
    ///
    /// # Errors
    /// If none is named, or as [`LiveInput::open`].
    pub fn open_live(&self) -> anyhow::Result<LiveInput> {
        if !self.radio.is_given() {
            bail!("what is to be received is not said: give a recording, or a radio with --device");
        }
        LiveInput::open(&self.radio, self.rate, USUAL_RATE_HZ, self.frequency)
    }

    /// The frequency of a recording, Hz, if somebody knows it.
    pub fn frequency_of(&self, recording: &Recording) -> Option<f64> {
        self.frequency.or(recording.frequency_hz()).filter(|&hz| hz > 0.0)
    }

    /// The recording, opened; says on stderr what is odd about it.
    ///
    /// # Errors
    /// If it cannot be read, or a raw file lacks a flag.
    pub fn open(&self, path: &Path) -> anyhow::Result<Recording> {
        open_recording(path, self.format.as_deref(), self.rate, self.frequency)
    }

    /// What is to be searched for, and the RNTIs that the assist file names.
    ///
    /// # Errors
    /// If the assist file cannot be read, or a spacing is none.
    pub fn settings(
        &self,
        sample_rate_hz: f64,
        frequency_hz: Option<f64>,
        live: bool,
    ) -> anyhow::Result<(SyncSettings, Vec<(Rnti, RntiKind)>)> {
        let assist = self.assist.as_ref().map(|path| assist::read(path, frequency_hz)).transpose()?;
        let numerologies = self.scs.iter().map(|&khz| Numerology::from_scs_khz(khz)).collect::<Result<_, _>>()?;
        let (assist, rntis) = assist.map_or((None, Vec::new()), |Assist { cell, rntis }| (Some(cell), rntis));
        let mut settings = SyncSettings {
            assist,
            numerologies,
            sensitivity: if self.thorough { Sensitivity::Full } else { Sensitivity::Auto },
            ..SyncSettings::new(sample_rate_hz, frequency_hz)
        };
        if live && !self.off_raster {
            settings.raster = SearchRaster::Bands;
        }
        Ok((settings, rntis))
    }
}

/// The SigMF recording at `path`, or the raw file, if format or rate are given, opened; says on stderr what is odd about
/// it.
///
/// # Errors
/// If it cannot be read, or a raw file lacks a flag.
pub fn open_recording(
    path: &Path,
    format: Option<&str>,
    rate_hz: Option<f64>,
    frequency_hz: Option<f64>,
) -> anyhow::Result<Recording> {
    let recording = if format.is_some() || rate_hz.is_some() {
        let missing = |flag: &str| format!("{}: a raw file needs --{flag}", path.display());
        let format = SampleFormat::from_name(format.with_context(|| missing("format"))?)?;
        let rate_hz = rate_hz.with_context(|| missing("rate"))?;
        Recording::open_raw(path, format, rate_hz, frequency_hz)?
    } else {
        let sigmf = matches!(path.extension().and_then(|e| e.to_str()), Some("sigmf-meta" | "sigmf-data"));
        if !sigmf && path.is_file() {
            bail!(
                "{}: not a SigMF recording (.sigmf-meta, .sigmf-data); a raw file needs --format ({}), --rate and \
                 --frequency",
                path.display(),
                SampleFormat::NAMES
            );
        }
        Recording::open_sigmf(path)?
    };
    for warning in recording.warnings() {
        eprintln!("nrflow: warning: {}: {warning}", path.display());
    }
    Ok(recording)
}
