//! Recordings: SigMF and raw files of samples, as blocks and as plain readers.

mod format;
mod recording;
mod sink;
mod source;

pub use format::SampleFormat;
pub use recording::{Recording, RecordingError, RecordingReader};
pub use sink::{FileSink, RecordingWriter};
pub use source::FileSource;
