//! Names of the recordings of several antennas: one for each, of one clock.

use std::path::{Path, PathBuf};

/// The recordings of `n_channels`: `out` itself, or `out-0`, `out-1`, … of several.
pub fn paths(out: &Path, n_channels: usize) -> Vec<PathBuf> {
    if n_channels == 1 {
        return vec![out.to_path_buf()];
    }
    let base = match out.extension().and_then(|e| e.to_str()) {
        Some("sigmf-meta" | "sigmf-data") => out.with_extension(""),
        _ => out.to_path_buf(),
    };
    let numbered = |channel: usize| {
        let mut name = base.clone().into_os_string();
        name.push(format!("-{channel}"));
        PathBuf::from(name)
    };
    (0..n_channels).map(numbered).collect()
}
