//! The slot edge: a bounded queue of typed items between two blocks, with real back pressure.
//!
//! FutureSDR's own buffers carry plain samples; owned items (`Arc`, `Box`, `Vec`) go through these ports. A writer
//! with [`SlotWriter::reserve`] knows that there is room before it makes an item; taking an item wakes the writer,
//! sending one wakes the reader.

use futuresdr::runtime::buffer::{ConnectionState, PortCore, PortEndpoint};
use futuresdr::runtime::dev::prelude::*;
use futuresdr::runtime::{BlockId, BlockMessage, PortId};
use std::any::Any;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Items that a port holds unless told otherwise.
pub const DEFAULT_DEPTH: usize = 16;

type Queue<T> = Arc<Mutex<VecDeque<T>>>;

fn lock<T>(queue: &Queue<T>) -> MutexGuard<'_, VecDeque<T>> {
    // No code that can panic runs under the lock, and a queue is whole between any two calls.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The sending end of a slot edge.
pub struct SlotWriter<T> {
    core: PortCore,
    depth: usize,
    duplicate: Option<fn(&T) -> T>,
    readers: Vec<Outlet<T>>,
    refused: bool,
}

struct Outlet<T> {
    endpoint: PortEndpoint,
    queue: Queue<T>,
    ends: Arc<Ends>,
}

/// Which end of an edge is over. FutureSDR's own message of a writer's end is lost if it comes before the reader's
/// block was initialised, as it does when a short stream runs through a graph that is still starting.
#[derive(Default)]
struct Ends {
    writer: AtomicBool,
    reader: AtomicBool,
}

/// Room for one item at every reader of a port: sending into it cannot fail.
pub struct Space<'w, T> {
    writer: &'w mut SlotWriter<T>,
}

/// The receiving end of a slot edge.
pub struct SlotReader<T> {
    core: PortCore,
    state: ConnectionState<Inlet<T>>,
    finished: bool,
}

struct Inlet<T> {
    endpoint: PortEndpoint,
    queue: Queue<T>,
    ends: Arc<Ends>,
}

impl<T: Send + 'static> SlotWriter<T> {
    /// A port to one reader, holding at most `depth` items (at least one).
    pub fn new(depth: usize) -> Self {
        let depth = depth.max(1);
        Self { core: PortCore::new_disconnected(), depth, duplicate: None, readers: Vec::new(), refused: false }
    }

    /// A port to any number of readers; each gets a clone (of an `Arc`, say).
    pub fn shared(depth: usize) -> Self
    where
        T: Clone,
    {
        Self { duplicate: Some(T::clone), ..Self::new(depth) }
    }

    /// Room for one item, if every reader has it. A reader whose block has ended takes anything.
    pub fn reserve(&mut self) -> Option<Space<'_, T>> {
        let depth = self.depth;
        self.readers
            .iter()
            .all(|reader| reader.is_gone() || lock(&reader.queue).len() < depth)
            .then_some(Space { writer: self })
    }

    /// Whether every reader's block has ended, so that nobody will see what is sent.
    pub fn abandoned(&self) -> bool {
        !self.readers.is_empty() && self.readers.iter().all(Outlet::is_gone)
    }
}

impl<T> Outlet<T> {
    fn is_gone(&self) -> bool {
        self.ends.reader.load(Ordering::Acquire)
    }

    fn put(&self, item: T) {
        if !self.is_gone() {
            lock(&self.queue).push_back(item);
            self.endpoint.inbox().notify();
        }
    }
}

impl<T: Send + 'static> Default for SlotWriter<T> {
    fn default() -> Self {
        Self::new(DEFAULT_DEPTH)
    }
}

impl<T> Space<'_, T> {
    /// Sends `item` to every reader and wakes it.
    pub fn send(self, item: T) {
        let Some((last, others)) = self.writer.readers.split_last() else { return };
        if let Some(duplicate) = self.writer.duplicate {
            for reader in others {
                reader.put(duplicate(&item));
            }
        }
        last.put(item);
    }
}

impl<T: Send + 'static> Default for SlotReader<T> {
    fn default() -> Self {
        Self { core: PortCore::new_disconnected(), state: ConnectionState::disconnected(), finished: false }
    }
}

impl<T: Send + 'static> SlotReader<T> {
    /// The oldest item; wakes the writer, which has room again.
    pub fn pop(&mut self) -> Option<T> {
        let inlet = self.state.as_ref()?;
        let item = lock(&inlet.queue).pop_front();
        if item.is_some() {
            inlet.endpoint.inbox().notify();
        }
        item
    }

    /// Whether an item waits.
    pub fn has_items(&self) -> bool {
        self.state.as_ref().is_some_and(|inlet| !lock(&inlet.queue).is_empty())
    }

    /// Whether the writer has ended *and* every item was taken.
    pub fn drained(&self) -> bool {
        // The queue is looked at after the flag: what was sent before the end is in it by then.
        self.finished() && !self.has_items()
    }
}

impl<T: Send + 'static> BufferWriter for SlotWriter<T> {
    type Reader = SlotReader<T>;

    fn init(&mut self, block_id: BlockId, port_id: PortId, inbox: BlockInbox) {
        self.core.init(block_id, port_id, inbox);
    }

    fn validate(&self) -> Result<(), Error> {
        if self.refused {
            let text = "a slot port made by SlotWriter::new has two readers; SlotWriter::shared serves several";
            return Err(Error::ValidationError(text.to_string()));
        }
        if self.readers.is_empty() { Err(self.core.not_connected_error()) } else { Ok(()) }
    }

    fn connect(&mut self, reader: &mut SlotReader<T>) {
        self.refused |= !self.readers.is_empty() && self.duplicate.is_none();
        let queue: Queue<T> = Arc::new(Mutex::new(VecDeque::with_capacity(self.depth)));
        let ends = Arc::new(Ends::default());
        reader.state.set_connected(Inlet {
            endpoint: PortEndpoint::new(self.core.inbox(), self.core.port_id()),
            queue: Arc::clone(&queue),
            ends: Arc::clone(&ends),
        });
        let endpoint = PortEndpoint::new(reader.core.inbox(), reader.core.port_id());
        self.readers.push(Outlet { endpoint, queue, ends });
    }

    async fn notify_finished(&mut self) {
        for reader in &self.readers {
            reader.ends.writer.store(true, Ordering::Release);
            reader.endpoint.inbox().notify();
            let done = BlockMessage::StreamInputDone { input_id: reader.endpoint.port_id() };
            // An error says that the reader's block has ended already.
            let _ = reader.endpoint.inbox().send(done).await;
        }
    }

    fn block_id(&self) -> BlockId {
        self.core.block_id()
    }

    fn port_id(&self) -> PortId {
        self.core.port_id()
    }
}

#[async_trait]
impl<T: Send + 'static> BufferReader for SlotReader<T> {
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn init(&mut self, block_id: BlockId, port_id: PortId, inbox: BlockInbox) {
        self.core.init(block_id, port_id, inbox);
    }

    fn validate(&self) -> Result<(), Error> {
        if self.state.is_connected() { Ok(()) } else { Err(self.core.not_connected_error()) }
    }

    async fn notify_finished(&mut self) {
        if let Some(inlet) = self.state.as_ref() {
            // The writer's other readers go on: what would wait in this queue is let go instead.
            inlet.ends.reader.store(true, Ordering::Release);
            lock(&inlet.queue).clear();
            inlet.endpoint.inbox().notify();
        }
    }

    fn finish(&mut self) {
        self.finished = true;
    }

    /// Whether the writer has ended; items may still wait: see [`SlotReader::drained`].
    fn finished(&self) -> bool {
        self.finished || self.state.as_ref().is_some_and(|inlet| inlet.ends.writer.load(Ordering::Acquire))
    }

    fn block_id(&self) -> BlockId {
        self.core.block_id()
    }

    fn port_id(&self) -> PortId {
        self.core.port_id()
    }
}
