//! What the sending side shows.

use super::sender::SenderCounts;
use super::status::{bytes_text, rounded};
use super::view::Snapshot;
use serde_json::json;
use std::collections::VecDeque;

/// The throughput of the last stretches of 0.1 s of the signal.
#[derive(Default)]
pub struct SenderStatus {
    history: VecDeque<f64>,
    seen: (f64, u64),
}

const BUCKET_S: f64 = 0.1;
const HISTORY: usize = 300;

impl SenderStatus {
    /// What is to be shown after `seconds` of the signal.
    pub fn snapshot(&mut self, seconds: f64, counts: &SenderCounts, datagrams: bool) -> Snapshot {
        let (then, bytes) = self.seen;
        let new = (counts.bytes - bytes) as f64;
        if seconds >= then + BUCKET_S {
            self.history.push_back(new * 8.0 / (seconds - then));
            self.seen = (seconds, counts.bytes);
        }
        self.history.drain(..self.history.len().saturating_sub(HISTORY));
        let mean_bps = if seconds > 0.0 { counts.bytes as f64 * 8.0 / seconds } else { 0.0 };
        let now_bps = self.history.back().copied().unwrap_or(mean_bps);
        let progress = counts.total.map(|total| {
            let round = counts.bytes - counts.rounds.saturating_mul(total).min(counts.bytes);
            if total == 0 || counts.rounds > 0 && round == 0 { 1.0 } else { round as f64 / total as f64 }
        });
        let data = if datagrams {
            format!("{} datagrams, {}", counts.datagrams, bytes_text(counts.bytes))
        } else {
            let of = counts.total.map_or(String::new(), |total| format!(" of {}", bytes_text(total)));
            format!("{}{of}, {} rounds over", bytes_text(counts.bytes), counts.rounds)
        };
        let json = json!({
            "kind": "link",
            "direction": "tx",
            "seconds": rounded(seconds),
            "throughput_bps": now_bps.round(),
            "mean_throughput_bps": mean_bps.round(),
            "blocks": counts.blocks,
            "blocks_idle": counts.idle_blocks,
            "bytes": counts.bytes,
            "bytes_total": counts.total,
            "rounds": counts.rounds,
            "datagrams": counts.datagrams,
        });
        let line = format!("{seconds:.1} s  {:.3} Mbit/s  {} blocks  {data}", now_bps / 1e6, counts.blocks);
        let rows = vec![
            ("signal", format!("{seconds:.1} s")),
            ("throughput", format!("{:.3} Mbit/s, {:.3} in the mean", now_bps / 1e6, mean_bps / 1e6)),
            ("blocks", format!("{}, {} of them idle", counts.blocks, counts.idle_blocks)),
            ("data", data),
        ];
        Snapshot { line, json, rows, progress, history: self.history.iter().copied().collect() }
    }
}
