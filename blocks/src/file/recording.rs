use super::SampleFormat;
use crate::sample_edge::Mark;
use nrflow::Complex32;
use nrflow::kernel::Isa;
use sigmf::meta::Metadata;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Why a recording cannot be read or written: the file, what is wrong with it, and the way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The operating system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The SigMF metadata is no valid metadata.
    #[error("{path}: no valid SigMF metadata: {reason}")]
    Metadata {
        /// The metadata file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A sample format that nrflow does not read.
    #[error("sample format '{got}': nrflow reads {known}")]
    Format {
        /// As given.
        got: String,
        /// What is known.
        known: &'static str,
    },
    /// No sample in the file.
    #[error("{path}: holds no sample ({bytes} bytes; a sample has {sample_bytes})")]
    Empty {
        /// The data file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
        /// Bytes of a sample.
        sample_bytes: usize,
    },
    /// A sample rate that cannot be.
    #[error("{path}: sample rate {got} Hz: must lie in 1 Hz to 10 GHz")]
    SampleRate {
        /// The file.
        path: PathBuf,
        /// As given.
        got: f64,
    },
    /// A recording that could not be written to its end; what is there is valid.
    #[error("{path}: {source}; the recording is valid and holds the {kept} samples until then")]
    CutShort {
        /// The data file.
        path: PathBuf,
        /// Samples in it.
        kept: u64,
        /// The reason.
        source: io::Error,
    },
    /// A raw file without what SigMF metadata would say.
    #[error("{path}: a raw file needs --{missing} (or give the .sigmf-meta of a SigMF recording)")]
    RawNeeds {
        /// The file.
        path: PathBuf,
        /// The flag that is missing.
        missing: &'static str,
    },
}

/// A recording: where its samples lie, their format, rate and centre frequency.
#[derive(Clone, Debug)]
pub struct Recording {
    path: PathBuf,
    format: SampleFormat,
    sample_rate_hz: f64,
    frequency_hz: Option<f64>,
    offset_bytes: u64,
    n_samples: u64,
    description: Option<String>,
    warnings: Vec<String>,
    /// Where something is missing, by the sample after it.
    marks: Vec<(u64, Mark)>,
}

/// The label of an annotation of samples that were not received and are zero.
pub(super) const LOST: &str = "lost";
/// The label of an annotation of the sample before which an unknown time is missing.
pub(super) const BREAK: &str = "break";
/// No gap is longer: about a century at 1 Msps.
const LONGEST_GAP: u64 = 1 << 52;

impl Recording {
    /// Opens a SigMF recording by either of its two files, or by their common name.
    ///
    /// # Errors
    /// If a file is missing, the metadata is invalid, the format is not read here, or there is no sample.
    pub fn open_sigmf(path: &Path) -> Result<Self, RecordingError> {
        let base = match path.extension().and_then(|e| e.to_str()) {
            Some("sigmf-meta" | "sigmf-data") => path.with_extension(""),
            _ => path.to_path_buf(),
        };
        let with = |extension: &str| {
            let mut name = base.clone().into_os_string();
            name.push(extension);
            PathBuf::from(name)
        };
        let (meta_path, data_path) = (with(".sigmf-meta"), with(".sigmf-data"));
        let text =
            std::fs::read(&meta_path).map_err(|source| RecordingError::Io { path: meta_path.clone(), source })?;
        let invalid = |reason: String| RecordingError::Metadata { path: meta_path.clone(), reason };
        let metadata = Metadata::from_slice(&text).map_err(|e| invalid(e.to_string()))?;

        let format = SampleFormat::from_sigmf(metadata.get_datatype().as_str())?;
        let channels = metadata.get_num_channels().unwrap_or(1);
        if channels != 1 {
            return Err(invalid(format!("core:num_channels = {channels}; nrflow reads recordings of one channel")));
        }
        let rate = metadata.get_sample_rate().ok_or_else(|| invalid("core:sample_rate is missing".into()))?;
        let captures = metadata.captures();
        let frequency_hz = captures.first().and_then(|capture| capture.frequency);
        let header = captures.first().and_then(|capture| capture.header_bytes).unwrap_or(0);
        let mut recording = Self::open(data_path, format, rate, frequency_hz, header)?;
        recording.description = metadata.get_description();
        let other = captures.iter().skip(1).find(|capture| capture.frequency != frequency_hz);
        if let Some(capture) = other {
            recording.warnings.push(format!(
                "the capture at sample {} has another frequency than the first; what follows it is cut off",
                capture.sample_start
            ));
            recording.n_samples = recording.n_samples.min(capture.sample_start);
        }
        recording.marks = marks(&metadata);
        Ok(recording)
    }

    /// Where something is missing: the sample after it, and what. Ascending.
    pub fn marks(&self) -> &[(u64, Mark)] {
        &self.marks
    }

    /// Opens a raw file of samples.
    ///
    /// # Errors
    /// If the file is missing or holds no sample, or the rate is impossible.
    pub fn open_raw(
        path: &Path,
        format: SampleFormat,
        sample_rate_hz: f64,
        frequency_hz: Option<f64>,
    ) -> Result<Self, RecordingError> {
        Self::open(path.to_path_buf(), format, sample_rate_hz, frequency_hz, 0)
    }

    fn open(
        path: PathBuf,
        format: SampleFormat,
        sample_rate_hz: f64,
        frequency_hz: Option<f64>,
        offset_bytes: u64,
    ) -> Result<Self, RecordingError> {
        if !(1.0..=1e10).contains(&sample_rate_hz) {
            return Err(RecordingError::SampleRate { path, got: sample_rate_hz });
        }
        let length =
            std::fs::metadata(&path).map_err(|source| RecordingError::Io { path: path.clone(), source })?.len();
        let bytes = length.saturating_sub(offset_bytes);
        let size = format.bytes() as u64;
        let n_samples = bytes / size;
        if n_samples == 0 {
            return Err(RecordingError::Empty { path, bytes: length, sample_bytes: format.bytes() });
        }
        let mut warnings = Vec::new();
        if bytes % size != 0 {
            warnings.push(format!(
                "the file ends inside a sample: its last {} of {length} bytes are left out (truncated, or not {})",
                bytes % size,
                format.sigmf()
            ));
        }
        let frequency_hz = frequency_hz.filter(|f| f.is_finite() && *f >= 0.0);
        Ok(Self {
            path,
            format,
            sample_rate_hz,
            frequency_hz,
            offset_bytes,
            n_samples,
            description: None,
            warnings,
            marks: Vec::new(),
        })
    }

    /// The file with the samples.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sample format.
    pub fn format(&self) -> SampleFormat {
        self.format
    }

    /// Sample rate in Hz.
    pub fn sample_rate_hz(&self) -> f64 {
        self.sample_rate_hz
    }

    /// RF frequency of 0 Hz in the samples, in Hz; `None` if unknown.
    pub fn frequency_hz(&self) -> Option<f64> {
        self.frequency_hz
    }

    /// Samples in the recording.
    pub fn n_samples(&self) -> u64 {
        self.n_samples
    }

    /// Length in seconds.
    pub fn duration_s(&self) -> f64 {
        self.n_samples as f64 / self.sample_rate_hz
    }

    /// What the recorder said about it.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// What is odd about the recording though it can be read.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Starts reading at the first sample.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn reader(&self) -> Result<RecordingReader, RecordingError> {
        let open = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(self.offset_bytes))?;
            Ok(BufReader::with_capacity(1 << 20, file))
        };
        let file = open().map_err(|source| RecordingError::Io { path: self.path.clone(), source })?;
        let bytes = Vec::new();
        Ok(RecordingReader { file, format: self.format, left: self.n_samples, bytes, isa: Isa::detect() })
    }
}

/// What metadata say of gaps: captures whose index in the original stream is later than follows from the one before, and
/// our own annotations of breaks.
fn marks(metadata: &Metadata) -> Vec<(u64, Mark)> {
    let mut marks = Vec::new();
    let mut missing = metadata.captures().first().and_then(|first| first.global_index).unwrap_or(0);
    for capture in metadata.captures().iter().skip(1) {
        let Some(index) = capture.global_index else { continue };
        let leap = index.saturating_sub(capture.sample_start.saturating_add(missing));
        if leap > 0 && leap < LONGEST_GAP {
            marks.push((capture.sample_start, Mark::Leap(leap)));
            missing += leap;
        }
    }
    let breaks = metadata.annotations().iter().filter(|annotation| annotation.label.as_deref() == Some(BREAK));
    marks.extend(breaks.map(|annotation| (annotation.sample_start, Mark::Break)));
    marks.sort_by_key(|(sample, _)| *sample);
    marks
}

/// Reads a recording from its start to its end.
#[derive(Debug)]
pub struct RecordingReader {
    file: BufReader<File>,
    format: SampleFormat,
    left: u64,
    bytes: Vec<u8>,
    isa: Isa,
}

impl RecordingReader {
    /// Reads as many samples as fit into `out` and are left; 0 at the end.
    ///
    /// # Errors
    /// If the operating system refuses. A file that has become shorter just ends.
    pub fn read(&mut self, out: &mut [Complex32]) -> io::Result<usize> {
        let wanted = out.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.bytes.resize(wanted * self.format.bytes(), 0);
        let mut filled = 0;
        while filled < self.bytes.len() {
            match self.file.read(&mut self.bytes[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        let n = filled / self.format.bytes();
        self.left = if n < wanted { 0 } else { self.left - n as u64 };
        self.format.decode(self.isa, &self.bytes[..n * self.format.bytes()], &mut out[..n]);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: &[u8]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("nrflow-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn a_truncated_file_gives_its_whole_samples_and_says_so() {
        let path = file("odd", &[0x80, 0x80, 0, 0, 0xff]);
        let recording = Recording::open_raw(&path, SampleFormat::Cu8, 1e6, None).unwrap();
        assert_eq!(recording.n_samples(), 2);
        assert!(recording.warnings()[0].contains("last 1 of 5 bytes"));
        let mut samples = [Complex32::ZERO; 9];
        let mut reader = recording.reader().unwrap();
        assert_eq!(reader.read(&mut samples).unwrap(), 2);
        assert_eq!(reader.read(&mut samples).unwrap(), 0);
        assert_eq!(samples[1], Complex32::new(-1.0, -1.0));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let path = file("empty", &[1, 2, 3]);
        let text = Recording::open_raw(&path, SampleFormat::Cf32, 1e6, None).unwrap_err().to_string();
        assert!(text.contains("holds no sample (3 bytes"), "{text}");
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Recording::open_raw(&path, SampleFormat::Cs8, rate, None).is_err());
        }
        std::fs::remove_file(path).unwrap();
        let meta = file("bad.sigmf-meta", b"{\"global\": {\"core:datatype\": 7}}");
        let text = Recording::open_sigmf(&meta).unwrap_err().to_string();
        assert!(text.contains("no valid SigMF metadata"), "{text}");
        std::fs::remove_file(meta).unwrap();
        assert!(Recording::open_sigmf(Path::new("/nonexistent/x")).is_err());
    }
}
