//! Real signals and what is known of them. They lie in `NRFLOW_RECORDINGS` (default `../shared/recordings`); tests say
//! loudly when the folder is absent.

#![allow(dead_code)] // each test takes its part

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn folder() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings");
    let folder = std::env::var_os("NRFLOW_RECORDINGS").map_or(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no recordings in {} (set NRFLOW_RECORDINGS)", folder.display());
    None
}

/// `nrflow decode NAME.sigmf-meta --json ARGS…` as JSON lines; `None` without recordings.
pub fn decode(name: &str, args: &[&str]) -> Option<Vec<Value>> {
    let recording = folder()?.join(format!("{name}.sigmf-meta"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
    command.arg("decode").arg(recording).arg("--json").args(args);
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    let text = String::from_utf8(output.stdout).unwrap();
    eprintln!("{name}: {text}");
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The truth's lines: the first describes the recording.
pub fn truth_and_head(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder().unwrap().join(format!("{name}.truth.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The truth's lines, without the first, which describes the recording.
pub fn truth(name: &str) -> Vec<Value> {
    truth_and_head(name).split_off(1)
}

pub fn of_kind<'v>(lines: &'v [Value], kind: &str) -> Vec<&'v Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}
