use super::input::{ReceiveOptions, ReceiveThread, SampleInput};
use super::{Chunk, Counters, Notices, Pace, priority};
use crate::{Failure, sample_edge};
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use futuresdr::runtime::dev::BlockNotifier;
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use nrflow::frame::SampleTime;
use nrflow::kernel::Isa;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Chunks between a radio thread and its block, each of [`CHUNK_LENGTH`].
const N_CHUNKS: usize = 128;
const CHUNK_LENGTH: Duration = Duration::from_millis(2);
/// Up to so much that is missing becomes zeros; after more the stream goes on at its new time.
const ZERO_FILLED: Duration = Duration::from_millis(10);

/// Samples of a radio, or of a peer on the network: ports `outputs[0]`, `outputs[1]`, …, one a channel.
///
/// Every chunk carries its first sample's time as [`sample_edge::mark`] puts it. Short gaps are filled with zeros,
/// marked by [`sample_edge::mark_lost`]; after longer ones the time leaps, and where it is unknown how much is missing,
/// [`sample_edge::mark_break`] says so.
#[derive(Block)]
pub struct RadioSource {
    #[output]
    outputs: Vec<DefaultCpuWriter<Complex32>>,
    isa: Isa,
    full: Receiver<Chunk>,
    empty: Sender<Chunk>,
    wake: BlockNotifier,
    stop: Arc<AtomicBool>,
    start: Option<Box<dyn FnOnce() -> std::io::Result<JoinHandle<()>> + Send>>,
    thread: Option<JoinHandle<()>>,
    counters: Arc<Counters>,
    notices: Notices,
    failure: Failure,
    /// The chunk that is being given out, and how much of it has been.
    current: Option<(Chunk, usize)>,
    /// Zeros to give out before it.
    zeros: u64,
    next: u64,
    zero_filled: u64,
    capacity: usize,
}

impl RadioSource {
    /// Receives from `input` as soon as the flowgraph runs.
    pub fn new(input: impl SampleInput, options: ReceiveOptions) -> Self {
        let rate = input.sample_rate_hz();
        let capacity = (CHUNK_LENGTH.as_secs_f64() * rate) as usize + input.preferred_read();
        let (full_sender, full) = bounded(N_CHUNKS);
        let (empty, empty_receiver) = bounded(N_CHUNKS);
        for _ in 0..N_CHUNKS {
            // There is room for all.
            let _ = empty.send(Chunk::new(input.format(), input.n_channels(), capacity));
        }
        let outputs = (0..input.n_channels())
            .map(|_| {
                let mut output = DefaultCpuWriter::<Complex32>::default();
                output.set_min_buffer_size_in_items(4 * capacity);
                output
            })
            .collect();
        let (wake, stop) = (BlockNotifier::new(), Arc::new(AtomicBool::new(false)));
        let (counters, notices, failure) = (Arc::new(Counters::default()), Notices::default(), Failure::default());
        let pace = input.pace();
        let thread = ReceiveThread {
            input,
            options,
            full: full_sender,
            empty: empty_receiver,
            wake: wake.clone(),
            stop: Arc::clone(&stop),
            counters: Arc::clone(&counters),
            notices: notices.clone(),
            failure: failure.clone(),
            paused: false,
        };
        let of_thread = notices.clone();
        let start = move || {
            std::thread::Builder::new().name("nrflow-rx".to_string()).spawn(move || {
                if pace == Pace::RealTime {
                    priority::raise(&of_thread);
                }
                thread.run();
            })
        };
        Self {
            outputs,
            isa: Isa::detect(),
            full,
            empty,
            wake,
            stop,
            start: Some(Box::new(start)),
            thread: None,
            counters,
            notices,
            failure,
            current: None,
            zeros: 0,
            next: 0,
            zero_filled: (ZERO_FILLED.as_secs_f64() * rate) as u64,
            capacity: 0,
        }
    }

    /// Channels, each an output.
    pub fn n_channels(&self) -> usize {
        self.outputs.len()
    }

    /// Set it to end the stream.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// What is counted.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// What there is to say in words.
    pub fn notices(&self) -> Notices {
        self.notices.clone()
    }

    /// What ended the graph, if it was this block.
    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }

    /// Gives out zeros or samples as far as there is room; false if there is none.
    fn give(&mut self) -> bool {
        let room = self.outputs.iter_mut().map(|output| output.slice().len()).min().unwrap_or(0);
        self.capacity = self.capacity.max(room);
        if room == 0 {
            return false;
        }
        let Some((chunk, taken)) = &mut self.current else { return true };
        if self.zeros > 0 {
            let n = room.min(self.zeros as usize);
            for output in &mut self.outputs {
                let (space, mut tags) = output.slice_with_tags();
                space[..n].fill(Complex32::ZERO);
                sample_edge::mark(&mut tags, 0, SampleTime(self.next));
                sample_edge::mark_lost(&mut tags, 0, n);
                output.produce(n);
            }
            self.zeros -= n as u64;
            self.next += n as u64;
            return true;
        }
        let n = room.min(chunk.len - *taken);
        for (channel, output) in self.outputs.iter_mut().enumerate() {
            let (space, mut tags) = output.slice_with_tags();
            chunk.decode(self.isa, channel, *taken, &mut space[..n]);
            sample_edge::mark(&mut tags, 0, SampleTime(self.next));
            if chunk.broken && *taken == 0 {
                sample_edge::mark_break(&mut tags, 0);
            }
            output.produce(n);
        }
        self.next += n as u64;
        *taken += n;
        if *taken == chunk.len
            && let Some((chunk, _)) = self.current.take()
        {
            // There are as many places as chunks; an error says that the thread has ended.
            let _ = self.empty.send(chunk);
        }
        true
    }
}

impl Kernel for RadioSource {
    async fn init(&mut self, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        if let Some(start) = self.start.take() {
            self.thread = Some(self.failure.note(start())?);
        }
        Ok(())
    }

    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        loop {
            if self.current.is_none() {
                match self.full.try_recv() {
                    Ok(chunk) => {
                        let missing = chunk.start.0.saturating_sub(self.next);
                        let fills = !chunk.broken && missing <= self.zero_filled;
                        self.zeros = if fills { missing } else { 0 };
                        self.next = chunk.start.0 - self.zeros;
                        self.current = Some((chunk, 0));
                    }
                    Err(TryRecvError::Empty) => {
                        io.block_on(self.wake.notified());
                        return Ok(());
                    }
                    Err(TryRecvError::Disconnected) => {
                        let room = self.outputs.iter_mut().map(|output| output.slice().len()).min().unwrap_or(0);
                        // Not before the reader has taken all: see the file source.
                        io.finished = room >= self.capacity;
                        return match self.failure.is_noted() {
                            true => Err(anyhow::anyhow!("the device failed")),
                            false => Ok(()),
                        };
                    }
                }
            }
            if !self.give() {
                // The reader's taking of samples calls again.
                return Ok(());
            }
        }
    }

    async fn deinit(&mut self, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A panic in it was told already; the device is closed either way.
            let _ = thread.join();
        }
        Ok(())
    }
}
