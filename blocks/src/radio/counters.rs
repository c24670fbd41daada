use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Which way a stream goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the device.
    Rx,
    /// To the device.
    Tx,
}

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => {
        /// What a radio thread counts, while it runs.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[doc = $doc])+ pub $name: AtomicU64,)+
        }

        /// [`Counters`] at one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
        pub struct StreamCounts {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Counters {
            /// Their values now.
            pub fn read(&self) -> StreamCounts {
                StreamCounts { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }
        }

        impl StreamCounts {
            /// Name and value of each that is not zero.
            pub fn nonzero(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)+].into_iter().filter(|(_, value)| *value > 0)
            }
        }
    };
}

counters! {
    /// Samples that were received or sent, a channel.
    samples,
    /// Samples that the device lost, as far as its clock tells how many.
    lost,
    /// Samples that were received and dropped since the flowgraph was too slow.
    dropped,
    /// Times that the device said that it lost samples.
    overflows,
    /// Gaps in the stream that the device's clock shows.
    gaps,
    /// Times that the device's clock was set anew, or samples were lost without a clock to tell how many.
    jumps,
    /// Times that a device stood still in this direction since it receives or transmits, one at a time, and did the
    /// other.
    pauses,
    /// Samples that it did not receive meanwhile, as far as its clock tells how many.
    paused,
    /// Reads or writes that the device let wait too long.
    timeouts,
    /// Slots that were too late to be sent, and were not.
    late_slots,
    /// Bursts that came too late for the device.
    late,
    /// Times that the device had nothing to send.
    underflows,
    /// Failures of the stream.
    errors,
    /// Times that the device was opened again.
    reopened,
    /// Most chunks that waited at once between the device's thread and its block.
    queue_high,
}

impl Counters {
    /// Adds to one of the counters.
    pub(crate) fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }
}

/// What a radio thread has to say in words, for whoever shows it: at most a few lines are kept.
#[derive(Clone, Debug, Default)]
pub struct Notices(Arc<Mutex<Vec<String>>>);

/// Lines that wait to be shown; what comes after is left out.
const MOST_NOTICES: usize = 64;

impl Notices {
    /// Says something.
    pub fn say(&self, text: impl Into<String>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < MOST_NOTICES {
            lines.push(text.into());
        }
    }

    /// Says something unless it waits to be shown already.
    pub fn say_once(&self, text: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < MOST_NOTICES && !lines.contains(&text) {
            lines.push(text);
        }
    }

    /// Takes what was said since the last time.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
