use std::sync::{Arc, Mutex, PoisonError};

/// Where user data come from that are not known beforehand: asked for each new transport block when its slot is
/// planned.
pub trait BlockSource: Send + 'static {
    /// Fills the next transport block, all of it, which is sent first in slot `slot`, counted from the first one. May
    /// wait for data where nothing waits for the slot.
    fn fill(&mut self, slot: u64, block: &mut [u8]);

    /// Whether there is no more to be sent: the transmission then ends.
    fn is_over(&self) -> bool;
}

/// A source shared by the clones of a schedule.
#[derive(Clone)]
pub(super) struct SharedSource(Arc<Mutex<dyn BlockSource>>);

impl SharedSource {
    pub fn new(source: impl BlockSource) -> Self {
        Self(Arc::new(Mutex::new(source)))
    }

    pub fn fill(&self, slot: u64, block: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(slot, block);
    }

    pub fn is_over(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_over()
    }
}

impl std::fmt::Debug for SharedSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSource")
    }
}
