use super::output::{SampleOutput, TransmitOptions, TransmitThread};
use super::{Chunk, Counters, Notices, Pace, SlotLengths, priority};
use crate::Failure;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use futuresdr::runtime::dev::BlockNotifier;
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use nrflow::frame::SampleTime;
use nrflow::kernel::Isa;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Slots between the block and its radio thread.
const N_CHUNKS: usize = 16;

/// Samples to a radio, or to a peer on the network: ports `inputs[0]`, `inputs[1]`, …, one a channel.
///
/// Sample n of the stream is sent n samples after the first. What is too late is dropped, whole slots at a time. With
/// bursts, only what is not zero is sent: a transmission ends before zeros that last.
#[derive(Block)]
pub struct RadioSink {
    #[input]
    inputs: Vec<DefaultCpuReader<Complex32>>,
    isa: Isa,
    slots: SlotLengths,
    bursts: bool,
    full: Option<Sender<Chunk>>,
    empty: Receiver<Chunk>,
    wake: BlockNotifier,
    stop: Arc<AtomicBool>,
    start: Option<Box<dyn FnOnce() -> std::io::Result<JoinHandle<()>> + Send>>,
    thread: Option<JoinHandle<()>>,
    counters: Arc<Counters>,
    notices: Notices,
    failure: Failure,
    /// The slot to be sent next, whether a burst goes on before it, and a chunk that is free for it.
    slot: u64,
    in_burst: bool,
    free: Option<Chunk>,
}

impl RadioSink {
    /// Sends to `output`, whose stream has `slots`; in `bursts` or without a pause.
    pub fn new(output: impl SampleOutput, slots: SlotLengths, bursts: bool, options: TransmitOptions) -> Self {
        let (full, full_receiver) = bounded(N_CHUNKS);
        let (empty_sender, empty) = bounded(N_CHUNKS);
        for _ in 0..N_CHUNKS {
            // There is room for all.
            let _ = empty_sender.send(Chunk::new(output.format(), output.n_channels(), slots.longest()));
        }
        let inputs = (0..output.n_channels())
            .map(|_| {
                let mut input = DefaultCpuReader::<Complex32>::default();
                input.set_min_buffer_size_in_items(4 * slots.longest());
                input
            })
            .collect();
        let (wake, stop) = (BlockNotifier::new(), Arc::new(AtomicBool::new(false)));
        let (counters, notices, failure) = (Arc::new(Counters::default()), Notices::default(), Failure::default());
        let pace = output.pace();
        let thread = TransmitThread {
            output,
            options,
            full: full_receiver,
            empty: empty_sender,
            wake: wake.clone(),
            stop: Arc::clone(&stop),
            counters: Arc::clone(&counters),
            notices: notices.clone(),
            failure: failure.clone(),
        };
        let of_thread = notices.clone();
        let start = move || {
            std::thread::Builder::new().name("nrflow-tx".to_string()).spawn(move || {
                if pace == Pace::RealTime {
                    priority::raise(&of_thread);
                }
                thread.run();
            })
        };
        Self {
            inputs,
            isa: Isa::detect(),
            slots,
            bursts,
            full: Some(full),
            empty,
            wake,
            stop,
            start: Some(Box::new(start)),
            thread: None,
            counters,
            notices,
            failure,
            slot: 0,
            in_burst: false,
            free: None,
        }
    }

    /// Channels, each an input.
    pub fn n_channels(&self) -> usize {
        self.inputs.len()
    }

    /// Set it to stop sending at once; what waits is not sent.
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

    /// Hands the next slot, `n` samples, to the thread; false if the thread has ended.
    fn send(&mut self, mut chunk: Chunk, n: usize) -> bool {
        let start = self.slots.start(self.slot);
        let (first, end) = if self.bursts { self.occupied(n) } else { (0, n) };
        // Within a burst its leading zeros are part of it.
        let first = if self.in_burst && end > 0 { 0 } else { first };
        chunk.clear();
        for (channel, input) in self.inputs.iter_mut().enumerate() {
            let samples = input.slice();
            chunk.encode(self.isa, channel, 0, &samples[first..end]);
            input.consume(n);
        }
        chunk.start = SampleTime(start + first as u64);
        chunk.len = end - first;
        chunk.ends_burst = self.bursts && end < n;
        self.slot += 1;
        let says_something = chunk.len > 0 || self.in_burst;
        self.in_burst = chunk.len > 0 && !chunk.ends_burst;
        if !says_something {
            self.free = Some(chunk);
            return true;
        }
        let sent = self.full.as_ref().is_some_and(|full| full.send(chunk).is_ok());
        self.counters.queue_high.fetch_max(self.full.as_ref().map_or(0, Sender::len) as u64, Ordering::Relaxed);
        sent
    }

    /// The first sample of the next `n` that is not zero in all channels, and the end of the last: all `n` if the zeros
    /// at the end are too few to end a burst.
    fn occupied(&mut self, n: usize) -> (usize, usize) {
        let (mut first, mut end) = (n, 0);
        for input in &mut self.inputs {
            let samples = &input.slice()[..n];
            first = first.min(samples.iter().position(|x| *x != Complex32::ZERO).unwrap_or(n));
            end = end.max(samples.iter().rposition(|x| *x != Complex32::ZERO).map_or(0, |last| last + 1));
        }
        // Less than a symbol is no pause.
        let end = if end > 0 && n - end < n / 14 { n } else { end };
        (first.min(end), end)
    }
}

impl Kernel for RadioSink {
    async fn init(&mut self, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        if let Some(start) = self.start.take() {
            self.thread = Some(self.failure.note(start())?);
        }
        Ok(())
    }

    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        loop {
            // Asked before the slices are taken: what comes in between is seen in the next call.
            let ended = self.inputs.iter_mut().all(|input| input.finished());
            let waiting = self.inputs.iter_mut().map(|input| input.slice().len()).min().unwrap_or(0);
            let length = (self.slots.start(self.slot + 1) - self.slots.start(self.slot)) as usize;
            if waiting < length && !(ended && waiting > 0) {
                if ended {
                    self.full = None;
                    // The end of the thread is waited for in `deinit`.
                    io.finished = true;
                }
                return Ok(());
            }
            let chunk = match self.free.take() {
                Some(chunk) => chunk,
                None => match self.empty.try_recv() {
                    Ok(chunk) => chunk,
                    Err(TryRecvError::Empty) => {
                        io.block_on(self.wake.notified());
                        return Ok(());
                    }
                    Err(TryRecvError::Disconnected) => return self.ended(io),
                },
            };
            if !self.send(chunk, waiting.min(length)) {
                return self.ended(io);
            }
        }
    }

    async fn deinit(&mut self, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        self.full = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it was told already; the device is closed either way.
            let _ = thread.join();
        }
        Ok(())
    }
}

impl RadioSink {
    /// The thread has ended before the stream.
    fn ended(&self, io: &mut WorkIo) -> Result<()> {
        io.finished = true;
        if self.failure.is_noted() { Err(anyhow::anyhow!("the device failed")) } else { Ok(()) }
    }
}
