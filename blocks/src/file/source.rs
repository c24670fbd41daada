use super::{Recording, RecordingError, RecordingReader};
use crate::Failure;
use crate::sample_edge::{self, Mark};
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use nrflow::frame::SampleTime;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Samples of a recording, from its start to its end; each chunk carries its first sample's time, and what is missing in
/// the recording is marked as in the stream it came from.
#[derive(Block)]
pub struct FileSource {
    #[output]
    output: DefaultCpuWriter<Complex32>,
    reader: RecordingReader,
    position: Arc<AtomicU64>,
    marks: VecDeque<(u64, Mark)>,
    /// Samples that are missing so far.
    missing: u64,
    /// Room in the empty buffer, seen in the first call.
    capacity: usize,
    failure: Failure,
}

impl FileSource {
    /// Reads `recording` in chunks of at most a quarter of the buffer, which holds `buffer_samples`: give it four
    /// slots or more.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn new(recording: &Recording, buffer_samples: usize) -> Result<Self, RecordingError> {
        let mut output = DefaultCpuWriter::<Complex32>::default();
        output.set_min_buffer_size_in_items(buffer_samples);
        Ok(Self {
            output,
            reader: recording.reader()?,
            position: Arc::default(),
            marks: recording.marks().iter().copied().collect(),
            missing: 0,
            capacity: 0,
            failure: Failure::default(),
        })
    }

    /// The number of samples sent so far, to watch from outside.
    pub fn position(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.position)
    }

    /// What ended the graph, if it was this block.
    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }
}

impl Kernel for FileSource {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        let (space, mut tags) = self.output.slice_with_tags();
        self.capacity = self.capacity.max(space.len());
        if space.is_empty() {
            return Ok(());
        }
        let position = self.position.load(Ordering::Relaxed);
        // What is missing is marked at the start of a chunk.
        let mut broken = false;
        while let Some((_, mark)) = self.marks.pop_front_if(|(at, _)| *at <= position) {
            match mark {
                Mark::Leap(n) => self.missing += n,
                Mark::Break => broken = true,
                Mark::Lost(_) => {}
            }
        }
        let to_mark = self.marks.front().map_or(u64::MAX, |(at, _)| at - position);
        let most = space.len().min(usize::try_from(to_mark).unwrap_or(usize::MAX));
        let n = self.failure.note(self.reader.read(&mut space[..most]))?;
        if n == 0 {
            // Not before the reader has taken all: FutureSDR loses the message of the end if it comes before the
            // reader's block was initialised, and the graph would wait for ever.
            io.finished = space.len() == self.capacity;
            return Ok(());
        }
        sample_edge::mark(&mut tags, 0, SampleTime(position + self.missing));
        if broken {
            sample_edge::mark_break(&mut tags, 0);
        }
        self.position.store(position + n as u64, Ordering::Relaxed);
        self.output.produce(n);
        io.call_again = true;
        Ok(())
    }
}
