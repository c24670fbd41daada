//! How a link is watched: a terminal user interface, plain lines, or JSON lines.

use super::terminal;
use serde_json::Value;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What is to be shown at a moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// In a line.
    pub line: String,
    /// For programs.
    pub json: Value,
    /// Names and values.
    pub rows: Vec<(&'static str, String)>,
    /// How much of the whole is done, 0..=1, if that is known.
    pub progress: Option<f64>,
    /// Throughput of the last stretches of 0.1 s, bit/s, oldest first.
    pub history: Vec<f64>,
}

/// The way it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A terminal user interface on stderr.
    Terminal,
    /// A line on stderr every second.
    Plain,
    /// A JSON object on stdout every second.
    Json,
}

impl Mode {
    /// What the flags say; without one, the terminal if there is one.
    pub fn of(plain: bool, json: bool) -> Self {
        match (plain, json) {
            (_, true) => Self::Json,
            (false, false) if std::io::stderr().is_terminal() => Self::Terminal,
            _ => Self::Plain,
        }
    }
}

const LINE_EVERY: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(20);

/// Shows snapshots until it is told to finish.
pub struct View {
    mode: Mode,
    finish: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    snapshot: Arc<dyn Fn() -> Snapshot + Send + Sync>,
}

impl View {
    /// Begins to show what `snapshot` gives under `title`; the terminal sets `stop` when its user wants to leave.
    ///
    /// # Errors
    /// If the system has no thread for it.
    pub fn start(
        mode: Mode,
        title: &str,
        stop: Arc<AtomicBool>,
        snapshot: impl Fn() -> Snapshot + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let snapshot: Arc<dyn Fn() -> Snapshot + Send + Sync> = Arc::new(snapshot);
        let finish = Arc::new(AtomicBool::new(false));
        let (of_thread, finished, title) = (Arc::clone(&snapshot), Arc::clone(&finish), title.to_string());
        let thread = std::thread::Builder::new().name("nrflow-view".to_string()).spawn(move || {
            // A terminal that cannot be drawn on gets lines.
            let drawn = mode == Mode::Terminal && terminal::run(&title, &*of_thread, &finished, &stop).is_ok();
            if !drawn {
                lines(mode, &*of_thread, &finished);
            }
        })?;
        Ok(Self { mode, finish, thread, snapshot })
    }

    /// Ends the view, with the last state as a line.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub fn finish(self) -> std::io::Result<()> {
        self.finish.store(true, Ordering::Release);
        // It only shows: how it ended does not matter.
        let _ = self.thread.join();
        let mut last = (self.snapshot)();
        if let Value::Object(json) = &mut last.json {
            json.insert("last".to_string(), true.into());
        }
        write(self.mode, &last)
    }
}

fn write(mode: Mode, snapshot: &Snapshot) -> std::io::Result<()> {
    if mode == Mode::Json {
        return writeln!(std::io::stdout().lock(), "{}", snapshot.json);
    }
    eprintln!("nrflow: {}", snapshot.line);
    Ok(())
}

fn lines(mode: Mode, snapshot: &dyn Fn() -> Snapshot, finish: &AtomicBool) {
    let mut last = Instant::now();
    while !finish.load(Ordering::Acquire) {
        std::thread::sleep(STEP);
        if last.elapsed() >= LINE_EVERY {
            last = Instant::now();
            // Whoever reads may have enough: the last line tells.
            let _ = write(mode, &snapshot());
        }
    }
}
