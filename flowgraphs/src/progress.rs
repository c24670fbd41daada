//! Progress bars.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A progress bar on a terminal, drawn by a thread of its own.
pub struct Progress {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows how far `position` has come on its way to `total`, in the words of an indicatif template; nothing without
    /// a total, or where nobody looks.
    pub fn start(total: Option<u64>, template: &'static str, position: Arc<AtomicU64>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let total = total.filter(|_| std::io::stderr().is_terminal());
        let stopped = Arc::clone(&stop);
        let thread = total.map(|total| {
            std::thread::spawn(move || {
                let bar = ProgressBar::new(total);
                if let Ok(style) = ProgressStyle::with_template(template) {
                    bar.set_style(style);
                }
                while !stopped.load(Ordering::Acquire) {
                    bar.set_position(position.load(Ordering::Relaxed));
                    std::thread::sleep(Duration::from_millis(50));
                }
                bar.finish_and_clear();
            })
        });
        Self { stop, thread }
    }

    /// Takes it away.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread {
            // It only draws: how it ended does not matter.
            let _ = thread.join();
        }
    }
}
