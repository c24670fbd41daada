//! What runs until it is told to stop: Ctrl-C, and what streams have to say meanwhile.

use nrflow_blocks::radio::{Counters, Direction, Notices, RadioSink, RadioSource, StreamCounts};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A command was interrupted before it had done what was asked for: it ends with exit code 130, as shells have it.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static STOPS: Mutex<Vec<Arc<AtomicBool>>> = Mutex::new(Vec::new());

/// Sets `stop` at the first Ctrl-C (or termination signal); the second ends the process at once.
///
/// # Errors
/// If the system refuses a signal handler.
pub fn stop_at_interrupt(stop: Arc<AtomicBool>) -> anyhow::Result<()> {
    static ONCE: Once = Once::new();
    let mut result = Ok(());
    ONCE.call_once(|| result = ctrlc::set_handler(interrupt));
    result?;
    STOPS.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&stop));
    // It may have come before.
    if was_interrupted() {
        stop.store(true, Ordering::Release);
    }
    Ok(())
}

fn interrupt() {
    if INTERRUPTED.swap(true, Ordering::AcqRel) {
        std::process::exit(130);
    }
    for stop in STOPS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        stop.store(true, Ordering::Release);
    }
}

/// Whether Ctrl-C was pressed.
pub fn was_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Acquire)
}

/// Lines for people while a terminal user interface has the screen, the last of them.
static HELD: Mutex<Option<VecDeque<String>>> = Mutex::new(None);
const MOST_HELD: usize = 1000;

/// Says something on stderr, or holds it while somebody has the screen.
fn say(line: String) {
    match &mut *HELD.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(held) => {
            held.push_back(line);
            if held.len() > MOST_HELD {
                held.pop_front();
            }
        }
        None => eprintln!("{line}"),
    }
}

/// Has the screen: lines are held as long as this lives, and said then.
pub struct HeldLines(());

impl HeldLines {
    /// Holds lines from now on.
    pub fn begin() -> Self {
        *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(VecDeque::new());
        Self(())
    }

    /// The last `n` lines so far.
    pub fn last(&self, n: usize) -> Vec<String> {
        let held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.iter().flatten();
        let skipped = held.clone().count().saturating_sub(n);
        held.skip(skipped).cloned().collect()
    }
}

impl Drop for HeldLines {
    fn drop(&mut self) {
        let held = HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
        held.into_iter().flatten().for_each(|line| eprintln!("{line}"));
    }
}

/// A stream that is watched.
struct Stream {
    direction: Direction,
    counters: Arc<Counters>,
    notices: Notices,
    shown: StreamCounts,
}

/// Shows what streams count once a second when it changes, and what they say at once: on stderr, or as JSON lines on
/// stdout.
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Streams to be watched.
#[derive(Default)]
pub struct Streams(Vec<Stream>);

const NOTICES_EVERY: Duration = Duration::from_millis(50);
const COUNTS_EVERY: Duration = Duration::from_secs(1);

impl Streams {
    /// With a stream from a radio.
    #[must_use]
    pub fn source(self, source: &RadioSource) -> Self {
        self.with(Direction::Rx, source.counters(), source.notices())
    }

    /// With a stream to a radio.
    #[must_use]
    pub fn sink(self, sink: &RadioSink) -> Self {
        self.with(Direction::Tx, sink.counters(), sink.notices())
    }

    fn with(mut self, direction: Direction, counters: Arc<Counters>, notices: Notices) -> Self {
        self.0.push(Stream { direction, counters, notices, shown: StreamCounts::default() });
        self
    }

    /// Begins to watch.
    pub fn watch(mut self, json: bool) -> Watch {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let begun = Instant::now();
        let thread = std::thread::spawn(move || {
            let mut counted = Instant::now();
            loop {
                let last = stopped.load(Ordering::Acquire);
                let due = counted.elapsed() >= COUNTS_EVERY;
                if due {
                    counted = Instant::now();
                }
                for stream in &mut self.0 {
                    stream.show(json, begun.elapsed(), due, last);
                }
                if last {
                    return;
                }
                std::thread::sleep(NOTICES_EVERY);
            }
        });
        Watch { stop, thread: Some(thread) }
    }
}

impl Stream {
    fn show(&mut self, json: bool, since: Duration, due: bool, last: bool) {
        let direction = match self.direction {
            Direction::Rx => "rx",
            Direction::Tx => "tx",
        };
        for line in self.notices.take() {
            if json {
                print_line(&json!({ "kind": "notice", "direction": direction, "text": line }));
            } else {
                say(format!("nrflow: {direction}: {line}"));
            }
        }
        let counts = self.counters.read();
        // What goes well is not worth a line for people.
        let well = StreamCounts { samples: 0, queue_high: 0, ..counts };
        let was_well = StreamCounts { samples: 0, queue_high: 0, ..self.shown };
        let changed = if json { counts != self.shown } else { well != was_well };
        if !(last || due && changed) {
            return;
        }
        self.shown = counts;
        if json {
            let mut line = Map::from_iter([
                ("kind".to_string(), json!("stream")),
                ("direction".to_string(), json!(direction)),
                ("seconds".to_string(), json!((since.as_secs_f64() * 1e3).round() / 1e3)),
                ("last".to_string(), json!(last)),
            ]);
            if let Ok(Value::Object(counts)) = serde_json::to_value(counts) {
                line.extend(counts);
            }
            print_line(&Value::Object(line));
        } else {
            let text: Vec<String> =
                counts.nonzero().map(|(name, value)| format!("{} {value}", name.replace('_', " "))).collect();
            let text = if text.is_empty() { "no sample".to_string() } else { text.join(", ") };
            say(format!("nrflow: {direction}: {text}"));
        }
    }
}

/// A line on stdout, whole even where other threads write lines too. Whoever reads may have enough: the graph's own
/// writer learns of that.
pub fn print_line(line: &Value) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

impl Watch {
    /// Shows the last counts.
    pub fn finish(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // It only shows: how it ended does not matter.
            let _ = thread.join();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}
