use super::recording::{BREAK, LOST};
use super::{RecordingError, SampleFormat};
use crate::Failure;
use crate::sample_edge::{self, Mark};
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use sigmf::annotation::{Annotation, AnnotationBuilder};
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

/// Gaps beyond this many are not listed one by one: readers of metadata have limits.
const MOST_ANNOTATIONS: usize = 4000;
/// What a full disk must give back for the metadata to be written, in bytes.
const ROOM_FOR_METADATA: u64 = 1 << 20;

/// Writes a SigMF recording: the samples as they come, and metadata that are valid at any moment.
pub struct RecordingWriter {
    /// None after a write that failed.
    data: Option<BufWriter<File>>,
    data_path: PathBuf,
    meta_path: PathBuf,
    global: Global,
    frequency_hz: Option<f64>,
    captures: Vec<Capture>,
    annotations: Vec<Annotation>,
    unlisted: u64,
    format: SampleFormat,
    bytes: Vec<u8>,
    n_samples: u64,
    /// Samples that are missing so far, as far as is known.
    missing: u64,
}

impl RecordingWriter {
    /// Starts the recording `path` (with or without `.sigmf-meta`/`.sigmf-data`), replacing one of that name.
    ///
    /// # Errors
    /// If a file cannot be created.
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
        let mut metadata = Metadata::new(Global::new(SIGMF_VERSION, datatype), Vec::new(), Vec::new());
        metadata.set_sample_rate(sample_rate_hz);
        metadata.set_description(description.to_string());
        metadata.set_recorder(concat!("nrflow ", env!("CARGO_PKG_VERSION")).to_string());
        let file = File::create(&data_path).map_err(|source| RecordingError::Io { path: data_path.clone(), source })?;
        let mut writer = Self {
            data: Some(BufWriter::with_capacity(1 << 20, file)),
            data_path,
            meta_path,
            global: metadata.global().clone(),
            frequency_hz,
            captures: Vec::new(),
            annotations: Vec::new(),
            unlisted: 0,
            format,
            bytes: Vec::new(),
            n_samples: 0,
            missing: 0,
        };
        writer.begin_capture();
        // So that what is written is a recording even if nobody lives to finish it.
        writer.write_metadata()?;
        Ok(writer)
    }

    /// Samples so far.
    pub const fn n_samples(&self) -> u64 {
        self.n_samples
    }

    /// Appends samples. If the disk is full, what was written before is made a valid recording.
    ///
    /// # Errors
    /// If the operating system refuses (disk full, say).
    pub fn write(&mut self, samples: &[Complex32]) -> Result<(), RecordingError> {
        self.bytes.clear();
        self.format.encode(samples, &mut self.bytes);
        let Some(data) = &mut self.data else { return Ok(()) };
        data.write_all(&self.bytes).map_err(|source| self.salvage(source))?;
        self.n_samples += samples.len() as u64;
        Ok(())
    }

    /// Notes what is missing before the next sample, or that it and some after it were not received.
    pub fn note(&mut self, mark: Mark) {
        let label = |annotation: AnnotationBuilder, label: &str, comment: String| {
            annotation.label(label).comment(comment).generator("nrflow").build()
        };
        let here = Annotation::builder(self.n_samples);
        let annotation = match mark {
            Mark::Lost(n) => {
                let n = n as u64;
                // Zeros come in pieces.
                if let Some(last) = self.annotations.last_mut()
                    && last.label.as_deref() == Some(LOST)
                    && last.sample_start + last.sample_count.unwrap_or(0) == self.n_samples
                {
                    last.sample_count = last.sample_count.map(|count| count + n);
                    return;
                }
                label(here.sample_count(n), LOST, "not received; written as zeros".to_string())
            }
            Mark::Leap(n) => {
                self.missing += n;
                self.begin_capture();
                label(here, "gap", format!("{n} samples were not received before this one, and are not in the file"))
            }
            Mark::Break => {
                self.begin_capture();
                label(here, BREAK, "an unknown time was not received before this sample".to_string())
            }
        };
        match annotation {
            Ok(annotation) if self.annotations.len() < MOST_ANNOTATIONS => self.annotations.push(annotation),
            _ => self.unlisted += 1,
        }
    }

    fn begin_capture(&mut self) {
        let mut capture = Capture::new(self.n_samples);
        capture.frequency = self.frequency_hz;
        if self.missing > 0 {
            capture.set_global_index(self.n_samples + self.missing);
        }
        self.captures.retain(|earlier| earlier.sample_start != self.n_samples);
        if self.captures.len() < MOST_ANNOTATIONS {
            self.captures.push(capture);
        }
    }

    fn write_metadata(&self) -> Result<(), RecordingError> {
        let metadata = Metadata::new(self.global.clone(), self.annotations.clone(), self.captures.clone());
        let mut text = metadata
            .to_vec_pretty()
            .map_err(|e| RecordingError::Metadata { path: self.meta_path.clone(), reason: e.to_string() })?;
        text.push(b'\n');
        std::fs::write(&self.meta_path, text)
            .map_err(|source| RecordingError::Io { path: self.meta_path.clone(), source })
    }

    /// After a write that failed: cuts the data to whole samples, and off enough for the metadata if there is no room.
    fn salvage(&mut self, source: std::io::Error) -> RecordingError {
        let size = self.format.bytes() as u64;
        // What is still in the buffer must not be written after what is cut off here.
        let file = self.data.take().map(|data| data.into_parts().0);
        let cut = || -> Result<u64, RecordingError> {
            let io = |source| RecordingError::Io { path: self.data_path.clone(), source };
            let Some(file) = &file else { return Ok(self.n_samples) };
            let mut kept = file.metadata().map_err(io)?.len() / size;
            file.set_len(kept * size).map_err(io)?;
            if self.write_metadata().is_err() {
                kept = kept.saturating_sub(ROOM_FOR_METADATA / size);
                file.set_len(kept * size).map_err(io)?;
                self.write_metadata()?;
            }
            Ok(kept)
        };
        match cut() {
            Ok(kept) => RecordingError::CutShort { path: self.data_path.clone(), kept, source },
            Err(_) => RecordingError::Io { path: self.data_path.clone(), source },
        }
    }

    /// Writes what is left and the metadata; the number of samples.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn finish(&mut self) -> Result<u64, RecordingError> {
        if let Some(Err(source)) = self.data.as_mut().map(Write::flush) {
            return Err(self.salvage(source));
        }
        if self.unlisted > 0 {
            let described = self.global.description.take().unwrap_or_default();
            self.global.description = Some(format!("{described}; {} more gaps are not listed", self.unlisted));
        }
        self.write_metadata()?;
        Ok(self.n_samples)
    }
}

/// Writes what comes in into a SigMF recording; what is missing is said in its metadata.
#[derive(Block)]
pub struct FileSink {
    #[input]
    input: DefaultCpuReader<Complex32>,
    writer: RecordingWriter,
    failure: Failure,
    /// The stream's time of the next sample.
    next: u64,
}

impl FileSink {
    /// A sink into `writer`, which it finishes when the input ends.
    pub fn new(writer: RecordingWriter) -> Self {
        Self { input: DefaultCpuReader::default(), writer, failure: Failure::default(), next: 0 }
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
        let (samples, tags) = self.input.slice_with_tags();
        let n = samples.len();
        let written = write_marked(&mut self.writer, samples, sample_edge::marks(tags, self.next));
        self.next += n as u64 + self.failure.note(written)?;
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

/// Writes samples with what is missing between them; the number of missing ones.
fn write_marked(
    writer: &mut RecordingWriter,
    samples: &[Complex32],
    marks: impl Iterator<Item = (usize, Mark)>,
) -> Result<u64, RecordingError> {
    let (mut from, mut missing) = (0, 0);
    for (index, mark) in marks {
        if index > from {
            writer.write(&samples[from..index])?;
            from = index;
        }
        if let Mark::Leap(n) = mark {
            missing += n;
        }
        writer.note(mark);
    }
    writer.write(&samples[from..])?;
    Ok(missing)
}
