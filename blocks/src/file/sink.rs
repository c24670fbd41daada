use super::{RecordingError, SampleFormat};
use crate::Failure;
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use sigmf::capture::Capture;
use sigmf::datatype::Datatype;
use sigmf::global::Global;
use sigmf::meta::Metadata;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The SigMF version that is written.
const SIGMF_VERSION: &str = "1.2.0";

/// Writes a SigMF recording: the samples as they come, the metadata at the end.
pub struct RecordingWriter {
    data: BufWriter<File>,
    data_path: PathBuf,
    meta_path: PathBuf,
    metadata: Metadata,
    format: SampleFormat,
    bytes: Vec<u8>,
    n_samples: u64,
}

impl RecordingWriter {
    /// Starts the recording `path` (with or without `.sigmf-meta`/`.sigmf-data`), replacing one of that name.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(
        path: &Path,
        format: SampleFormat,
        sample_rate_hz: f64,
        frequency_hz: Option<f64>,
        description: &str,
    ) -> Result<Self, RecordingError> {
        let base = match path.extension().and_then(|e| e.to_str()) {
            Some("sigmf-meta" | "sigmf-data") => path.with_extension("").into_os_string(),
            _ => path.as_os_str().to_owned(),
        };
        let with = |extension: &str| {
            let mut name = base.clone();
            name.push(extension);
            PathBuf::from(name)
        };
        let (data_path, meta_path) = (with(".sigmf-data"), with(".sigmf-meta"));
        let invalid =
            |e: sigmf::SigmfError| RecordingError::Metadata { path: meta_path.clone(), reason: e.to_string() };
        let datatype = Datatype::from_str(format.sigmf()).map_err(invalid)?;
        let mut capture = Capture::new(0);
        if let Some(frequency_hz) = frequency_hz {
            capture.set_frequency(frequency_hz);
        }
        let mut metadata = Metadata::new(Global::new(SIGMF_VERSION, datatype), Vec::new(), vec![capture]);
        metadata.set_sample_rate(sample_rate_hz);
        metadata.set_description(description.to_string());
        metadata.set_recorder(concat!("nrflow ", env!("CARGO_PKG_VERSION")).to_string());
        let file = File::create(&data_path).map_err(|source| RecordingError::Io { path: data_path.clone(), source })?;
        let data = BufWriter::with_capacity(1 << 20, file);
        Ok(Self { data, data_path, meta_path, metadata, format, bytes: Vec::new(), n_samples: 0 })
    }

    /// Appends samples.
    ///
    /// # Errors
    /// If the operating system refuses (disk full, say).
    pub fn write(&mut self, samples: &[Complex32]) -> Result<(), RecordingError> {
        self.bytes.clear();
        self.format.encode(samples, &mut self.bytes);
        let result = self.data.write_all(&self.bytes);
        self.n_samples += samples.len() as u64;
        result.map_err(|source| RecordingError::Io { path: self.data_path.clone(), source })
    }

    /// Writes what is left and the metadata; the number of samples.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn finish(&mut self) -> Result<u64, RecordingError> {
        self.data.flush().map_err(|source| RecordingError::Io { path: self.data_path.clone(), source })?;
        let mut text = self
            .metadata
            .to_vec_pretty()
            .map_err(|e| RecordingError::Metadata { path: self.meta_path.clone(), reason: e.to_string() })?;
        text.push(b'\n');
        std::fs::write(&self.meta_path, text)
            .map_err(|source| RecordingError::Io { path: self.meta_path.clone(), source })?;
        Ok(self.n_samples)
    }
}

/// Writes what comes in into a SigMF recording.
#[derive(Block)]
pub struct FileSink {
    #[input]
    input: DefaultCpuReader<Complex32>,
    writer: RecordingWriter,
    failure: Failure,
}

impl FileSink {
    /// A sink into `writer`, which it finishes when the input ends.
    pub fn new(writer: RecordingWriter) -> Self {
        Self { input: DefaultCpuReader::default(), writer, failure: Failure::default() }
    }

    /// What ended the graph, if it was this block.
    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }
}

impl Kernel for FileSink {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        // Asked before the slice is taken: what comes in between is seen in the next call.
        let ended = self.input.finished();
        let samples = self.input.slice();
        let n = samples.len();
        self.failure.note(self.writer.write(samples))?;
        self.input.consume(n);
        if ended && n == 0 {
            self.failure.note(self.writer.finish())?;
            io.finished = true;
        } else if ended {
            io.call_again = true;
        }
        Ok(())
    }
}
