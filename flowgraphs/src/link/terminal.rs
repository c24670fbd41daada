//! The terminal user interface of a link, on stderr: stdout may carry the data.

use super::view::Snapshot;
use crate::live::HeldLines;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::crossterm::{cursor, execute};
use ratatui::prelude::*;
use ratatui::widgets::{Block, Gauge, Paragraph, Row, Sparkline, Table};
use std::io::{Stderr, stderr};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const FRAME: Duration = Duration::from_millis(200);

/// The terminal in our hands; as it was when this is dropped.
struct Screen(Terminal<CrosstermBackend<Stderr>>);

impl Screen {
    fn open() -> std::io::Result<Self> {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let report = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                report(panic);
            }));
        });
        enable_raw_mode()?;
        execute!(stderr(), EnterAlternateScreen)?;
        Terminal::new(CrosstermBackend::new(stderr())).map(Self).inspect_err(|_| restore())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    // Nothing can be done where the terminal is gone.
    let _ = disable_raw_mode();
    let _ = execute!(stderr(), LeaveAlternateScreen, cursor::Show);
}

/// Draws what `snapshot` gives until `finish` is set; sets `stop` when the user presses q, Escape or Ctrl-C.
///
/// # Errors
/// If the terminal cannot be drawn on.
pub fn run(
    title: &str,
    snapshot: &dyn Fn() -> Snapshot,
    finish: &AtomicBool,
    stop: &AtomicBool,
) -> std::io::Result<()> {
    // Dropped after the screen: then there is room for what was held.
    let said = HeldLines::begin();
    let mut screen = Screen::open()?;
    while !finish.load(Ordering::Acquire) {
        let now = snapshot();
        screen.0.draw(|frame| draw(frame, title, &now, &said.last(LINES.into())))?;
        if event::poll(FRAME)?
            && let Event::Key(key) = event::read()?
            && key.kind == KeyEventKind::Press
        {
            let control_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
            if control_c || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) {
                stop.store(true, Ordering::Release);
            }
        }
    }
    Ok(())
}

/// Lines of what the radio says.
const LINES: u16 = 3;

/// Draws a snapshot: figures, progress, the history of the throughput, and what was said.
pub fn draw(frame: &mut Frame<'_>, title: &str, now: &Snapshot, said: &[String]) {
    let figures = now.rows.len() as u16 + 2;
    let parts = [
        Constraint::Length(figures),
        Constraint::Length(3),
        Constraint::Min(3),
        Constraint::Length(LINES),
        Constraint::Length(1),
    ];
    let [top, middle, bottom, lines, foot] = Layout::vertical(parts).areas(frame.area());
    let rows = now.rows.iter().map(|(name, value)| Row::new([Line::from(*name).bold(), Line::from(value.as_str())]));
    let table = Table::new(rows, [Constraint::Length(14), Constraint::Min(20)]);
    frame.render_widget(table.block(Block::bordered().title(title)), top);
    let progress = Block::bordered().title("done");
    match now.progress {
        Some(share) => {
            let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
            frame.render_widget(Gauge::default().block(progress).ratio(share), middle);
        }
        None => frame.render_widget(Paragraph::new("length not known").block(progress), middle),
    }
    let width = usize::from(bottom.width.saturating_sub(2));
    let recent = &now.history[now.history.len().saturating_sub(width)..];
    let peak = recent.iter().copied().fold(0.0, f64::max);
    let bars: Vec<u64> = recent.iter().map(|bps| *bps as u64 / 1000).collect();
    let name = format!("throughput, {:.3} Mbit/s at most", peak / 1e6);
    frame.render_widget(Sparkline::default().block(Block::bordered().title(name)).data(&bars), bottom);
    frame.render_widget(Paragraph::new(said.join("\n")), lines);
    frame.render_widget(Line::from("q: end").dim(), foot);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::backend::TestBackend;

    #[test]
    fn figures_progress_and_history_are_drawn_in_any_size() {
        let snapshot = Snapshot {
            line: String::new(),
            json: serde_json::Value::Null,
            rows: vec![("BLER", "0.0100 (1 of 100 blocks)".to_string()), ("SNR", "21.3 dB".to_string())],
            progress: Some(0.25),
            history: (0..300).map(|n| f64::from(n) * 1e4).collect(),
        };
        let text = |width, height, snapshot: &Snapshot| {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| draw(frame, "a link", snapshot, &["rx: late 3".to_string()])).unwrap();
            terminal.backend().buffer().content().iter().map(|cell| cell.symbol().to_string()).collect::<String>()
        };
        let drawn = text(60, 20, &snapshot);
        for word in
            ["a link", "BLER", "0.0100 (1 of 100 blocks)", "SNR", "21.3 dB", "25%", "2.990 Mbit/s", "rx: late 3"]
        {
            assert!(drawn.contains(word), "'{word}' is not in: {drawn}");
        }
        for progress in [None, Some(f64::NAN), Some(7.0)] {
            let odd = Snapshot { progress, history: Vec::new(), ..snapshot.clone() };
            assert!(text(60, 20, &odd).contains("a link"));
            text(1, 1, &odd);
        }
    }
}
