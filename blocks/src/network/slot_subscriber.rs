use super::slot_message::SlotReader;
use super::socket::PATIENCE;
use super::subscription::{After, Heard, Subscription};
use super::wire::{Edge, HEADER, StreamInfo};
use super::{NetworkError, SubscriberCounts};
use crate::radio::Notices;
use crate::receive::{AssistedCell, RxSlot};
use crate::slot_port::DEFAULT_DEPTH;
use crate::{Failure, SlotWriter};
use crossbeam_channel::{Receiver, SendTimeoutError, Sender, TryRecvError, bounded};
use futuresdr::runtime::dev::BlockNotifier;
use futuresdr::runtime::dev::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Slots from a [`super::SlotPublisher`], until it ends. A slot after a loss has
/// [`Continuity::Restart`](crate::receive::Continuity).
#[derive(Block)]
pub struct SlotSubscriber {
    #[output]
    output: SlotWriter<Arc<RxSlot>>,
    thread: Option<SubscribeThread>,
    running: Option<JoinHandle<()>>,
    slots: Receiver<Arc<RxSlot>>,
    wake: BlockNotifier,
    stop: Arc<AtomicBool>,
    counts: Arc<SubscriberCounts>,
    notices: Notices,
    failure: Failure,
}

struct SubscribeThread {
    subscription: Subscription,
    reader: SlotReader,
    slots: Sender<Arc<RxSlot>>,
    wake: BlockNotifier,
    stop: Arc<AtomicBool>,
    notices: Notices,
    failure: Failure,
}

impl SlotSubscriber {
    /// Takes the slots of `subscription`, which is known to be of `info`; `assist` describes the cell if the publisher
    /// did not search for it.
    ///
    /// # Errors
    /// If samples are published there, not slots.
    pub fn new(
        subscription: Subscription,
        info: StreamInfo,
        assist: Option<AssistedCell>,
    ) -> Result<Self, NetworkError> {
        if info.edge != Edge::Slots {
            return Err(NetworkError::Settings("samples are published there, not slots".to_string()));
        }
        let (sender, slots) = bounded(DEFAULT_DEPTH);
        let (wake, stop, counts) = (BlockNotifier::new(), Arc::<AtomicBool>::default(), subscription.counts());
        let (notices, failure) = (Notices::default(), Failure::default());
        let thread = SubscribeThread {
            subscription,
            reader: SlotReader::new(info.centre_frequency_hz, assist),
            slots: sender,
            wake: wake.clone(),
            stop: Arc::clone(&stop),
            notices: notices.clone(),
            failure: failure.clone(),
        };
        let (output, thread) = (SlotWriter::shared(DEFAULT_DEPTH), Some(thread));
        Ok(Self { output, thread, running: None, slots, wake, stop, counts, notices, failure })
    }

    /// Set it to end the stream.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// What is counted.
    pub fn counts(&self) -> Arc<SubscriberCounts> {
        Arc::clone(&self.counts)
    }

    /// What there is to say in words.
    pub fn notices(&self) -> Notices {
        self.notices.clone()
    }

    /// What ended the graph, if it was this block.
    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }
}

impl SubscribeThread {
    fn run(mut self) {
        let mut losses = 0;
        while !self.stop.load(Ordering::Acquire) {
            let (message, after) = match self.subscription.hear(PATIENCE) {
                Heard::Message { message, after } => (message, after),
                Heard::Nothing => continue,
                Heard::Ended => break,
                Heard::Wrong(text) => {
                    self.notices.say(text);
                    continue;
                }
                Heard::Changed(text) => {
                    // Kept for whoever asks why the graph ended.
                    let _ = self.failure.note::<()>(Err(anyhow::Error::msg(text)));
                    break;
                }
            };
            losses += u64::from(after != After::All);
            match self.reader.read(message.get(HEADER..).unwrap_or_default(), losses) {
                Ok(slot) => {
                    if !self.send(slot) {
                        break;
                    }
                }
                Err(text) => {
                    SubscriberCounts::add(&self.subscription.counts().wrong, 1);
                    self.notices.say(text);
                }
            }
        }
        drop(self.slots);
        self.wake.notify();
    }

    /// Hands a slot to the block; false if that has ended.
    fn send(&self, mut slot: Arc<RxSlot>) -> bool {
        while !self.stop.load(Ordering::Acquire) {
            match self.slots.send_timeout(slot, PATIENCE) {
                Ok(()) => {
                    self.wake.notify();
                    return true;
                }
                Err(SendTimeoutError::Timeout(back)) => slot = back,
                Err(SendTimeoutError::Disconnected(_)) => return false,
            }
        }
        false
    }
}

impl Kernel for SlotSubscriber {
    async fn init(&mut self, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        if let Some(thread) = self.thread.take() {
            let builder = std::thread::Builder::new().name("nrflow-sub".to_string());
            self.running = Some(self.failure.note(builder.spawn(move || thread.run()))?);
        }
        Ok(())
    }

    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        while let Some(space) = self.output.reserve() {
            match self.slots.try_recv() {
                Ok(slot) => space.send(slot),
                Err(TryRecvError::Empty) => {
                    io.block_on(self.wake.notified());
                    return Ok(());
                }
                Err(TryRecvError::Disconnected) => {
                    io.finished = true;
                    return match self.failure.is_noted() {
                        true => Err(anyhow::anyhow!("the publisher failed")),
                        false => Ok(()),
                    };
                }
            }
        }
        // A reader's taking of a slot calls again.
        io.finished = self.output.abandoned();
        Ok(())
    }

    async fn deinit(&mut self, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.running.take() {
            // A panic in it was told already.
            let _ = thread.join();
        }
        Ok(())
    }
}
