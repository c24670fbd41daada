use super::cell::Cells;
use super::plan::Dwell;
use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// How far a scan has come, as its file says.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    /// The centre frequencies of the whole scan, Hz: a scan goes on only if they are the same.
    pub centres_hz: Vec<u64>,
    /// How many of them are done.
    pub done: usize,
    /// What was found there.
    pub cells: Cells,
}

impl State {
    /// At the beginning.
    pub fn new(dwells: &[Dwell]) -> Self {
        Self { centres_hz: dwells.iter().map(|dwell| dwell.centre_hz).collect(), done: 0, cells: Cells::default() }
    }

    /// From its file, or at the beginning if there is none.
    ///
    /// # Errors
    /// If the file is of another scan, or none.
    pub fn resume(path: &Path, dwells: &[Dwell]) -> anyhow::Result<Self> {
        let new = Self::new(dwells);
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(new),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let state: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{}: not the state of a scan; remove it to begin anew", path.display()))?;
        ensure!(
            state.centres_hz == new.centres_hz && state.done <= dwells.len(),
            "{}: of a scan of another band, range or sample rate; remove it to begin anew",
            path.display()
        );
        Ok(state)
    }

    /// Into its file, whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let write = || -> anyhow::Result<()> {
            std::fs::write(&part, serde_json::to_vec(self)?)?;
            Ok(std::fs::rename(&part, path)?)
        };
        write().with_context(|| path.display().to_string())
    }
}
