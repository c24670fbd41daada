//! What the receiving side shows: throughput, error rate, signal quality, over the last second and in all.

use super::receiver::{LinkReceiver, Taken};
use super::stream::StreamState;
use super::view::Snapshot;
use nrflow::frame::{Rnti, SlotPoint};
use nrflow::pdcch::RntiKind;
use nrflow_blocks::receive::{PdschReport, Report};
use serde_json::json;
use std::collections::VecDeque;

/// Length of a bucket of figures.
const BUCKET_S: f64 = 0.1;
/// Buckets that are averaged for what is shown as now.
const NOW: usize = 10;
/// Buckets kept for the history.
const HISTORY: usize = 300;

/// Figures of a stretch of the signal.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// Bytes that came in blocks not seen before.
    bytes: u64,
    /// Transmissions, and those whose CRC failed.
    transmissions: u64,
    failed: u64,
    snr_db: f64,
    evm_percent: f64,
}

impl Bucket {
    fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.transmissions += other.transmissions;
        self.failed += other.failed;
        self.snr_db += other.snr_db;
        self.evm_percent += other.evm_percent;
    }

    fn mean(&self, sum: f64) -> Option<f64> {
        (self.transmissions > 0).then(|| sum / self.transmissions as f64)
    }
}

/// The cell that carries the link.
#[derive(Clone, Copy, Debug)]
struct Cell {
    index: usize,
    pci: u16,
    rsrp_dbfs: f32,
    cfo_hz: f64,
}

/// What is known of a link from the reports of its receiver.
pub struct Status {
    rnti: Rnti,
    cell: Option<Cell>,
    /// Whether the cell carries the link, or is only the first that was found.
    carries: bool,
    /// Time of the signal: that of the last report, since the first.
    seconds: f64,
    last: Option<SlotPoint>,
    buckets: VecDeque<Bucket>,
    /// Buckets before those kept, and what was in all.
    first_bucket: u64,
    all: Bucket,
    last_mcs: Option<u8>,
    dcis: u64,
}

impl Status {
    /// Of the link to `rnti`.
    pub fn new(rnti: Rnti) -> Self {
        Self {
            rnti,
            cell: None,
            carries: false,
            seconds: 0.0,
            last: None,
            buckets: VecDeque::from([Bucket::default()]),
            first_bucket: 0,
            all: Bucket::default(),
            last_mcs: None,
            dcis: 0,
        }
    }

    /// The block that a report brings to the link, if it does.
    pub fn block_of<'r>(&self, report: &'r Report) -> Option<&'r PdschReport> {
        match report {
            Report::Pdsch(pdsch) if pdsch.kind == RntiKind::C && pdsch.rnti == self.rnti => Some(pdsch),
            _ => None,
        }
    }

    /// Takes a report; `taken` is what its block was to the link, and `bytes` how many of the data it brought.
    pub fn take(&mut self, report: &Report, taken: Option<Taken>, bytes: u64) {
        let (cell, at) = match report {
            Report::Ssb(ssb) => (&ssb.cell, None),
            Report::Dci(dci) => (&dci.cell, Some(dci.at)),
            Report::Pdsch(pdsch) => (&pdsch.cell, Some(pdsch.at)),
        };
        let brings = taken == Some(Taken::New);
        if self.cell.is_none_or(|known| brings && !self.carries && known.index != cell.index) {
            self.cell =
                Some(Cell { index: cell.index, pci: cell.cell_id.get(), rsrp_dbfs: f32::NAN, cfo_hz: f64::NAN });
            self.last = None;
        }
        self.carries |= brings;
        let Some(known) = self.cell.as_mut().filter(|known| known.index == cell.index) else { return };
        if let Report::Ssb(ssb) = report {
            (known.rsrp_dbfs, known.cfo_hz) = (ssb.ssb.rsrp_dbfs, ssb.ssb.cfo_hz);
        }
        if let Some(at) = at {
            self.advance(at);
        }
        if let Report::Dci(dci) = report {
            self.dcis += u64::from(dci.dci.rnti == self.rnti);
        }
        if let Some(pdsch) = self.block_of(report) {
            let bucket = Bucket {
                bytes,
                transmissions: 1,
                failed: u64::from(!pdsch.figures.crc_ok),
                snr_db: f64::from(pdsch.figures.snr_db),
                evm_percent: f64::from(pdsch.figures.evm_percent),
            };
            self.last_mcs = Some(pdsch.mcs);
            self.all.add(&bucket);
            if let Some(now) = self.buckets.back_mut() {
                now.add(&bucket);
            }
        }
    }

    fn advance(&mut self, at: SlotPoint) {
        if let Some(last) = self.last {
            let per_frame = i64::from(at.numerology().slots_per_frame());
            let number = |at: SlotPoint| i64::from(at.sfn()) * per_frame + i64::from(at.slot());
            // Slots repeat every 1024 frames.
            let slots = (number(at) - number(last)).rem_euclid(1024 * per_frame);
            self.seconds += slots as f64 * 0.01 / per_frame as f64;
        }
        self.last = Some(at);
        while (self.seconds / BUCKET_S) as u64 >= self.first_bucket + self.buckets.len() as u64 {
            self.buckets.push_back(Bucket::default());
            if self.buckets.len() > HISTORY {
                self.buckets.pop_front();
                self.first_bucket += 1;
            }
        }
    }

    /// The figures of the last second; throughput in bit/s first.
    fn now(&self) -> (f64, Bucket) {
        let mut sum = Bucket::default();
        let n = self.buckets.len().min(NOW);
        self.buckets.range(self.buckets.len() - n..).for_each(|bucket| sum.add(bucket));
        (sum.bytes as f64 * 8.0 / (n as f64 * BUCKET_S), sum)
    }

    /// What is to be shown.
    pub fn snapshot(&self, receiver: &LinkReceiver) -> Snapshot {
        let (now_bps, now) = self.now();
        let stream = receiver.stream();
        let blocks = receiver.blocks();
        let datagrams = receiver.datagrams();
        let mean_bps = if self.seconds > 0.0 { self.all.bytes as f64 * 8.0 / self.seconds } else { 0.0 };
        let (snr, evm) = (now.mean(now.snr_db), now.mean(now.evm_percent));
        let first_errors = now.mean(now.failed as f64);
        let total = stream.total();
        let state = match stream.state() {
            StreamState::None => "none",
            StreamState::Open => "open",
            StreamState::Whole => "whole",
            StreamState::Corrupt => "corrupt",
        };
        let json = json!({
            "kind": "link",
            "direction": "rx",
            "seconds": rounded(self.seconds),
            "pci": self.cell.map(|cell| cell.pci),
            "rsrp_dbfs": self.cell.map(|cell| rounded(cell.rsrp_dbfs.into())),
            "cfo_hz": self.cell.map(|cell| rounded(cell.cfo_hz)),
            "session": receiver.session(),
            "mcs": self.last_mcs,
            "snr_db": snr.map(rounded),
            "evm_percent": evm.map(rounded),
            "throughput_bps": now_bps.round(),
            "mean_throughput_bps": mean_bps.round(),
            "bler": rounded(blocks.error_rate()),
            "blocks": blocks.received(),
            "blocks_missing": blocks.missing(),
            "transmissions": self.all.transmissions,
            "transmissions_failed": self.all.failed,
            "stream": state,
            "bytes": stream.given(),
            "bytes_received": stream.received(),
            "bytes_total": total,
            "datagrams": datagrams.given(),
            "datagrams_lost": datagrams.lost(),
        });
        let cell = self.cell.map_or("no cell yet".to_string(), |cell| {
            format!("PCI {}, RSRP {:.1} dBFS, CFO {:+.0} Hz", cell.pci, cell.rsrp_dbfs, cell.cfo_hz)
        });
        let number = |value: Option<f64>, unit: &str| value.map_or("-".into(), |value| format!("{value:.1} {unit}"));
        let data = if datagrams.given() + datagrams.lost() > 0 {
            format!("{} datagrams, {} lost", datagrams.given(), datagrams.lost())
        } else {
            let of = total.map_or(String::new(), |total| format!(" of {}", bytes_text(total)));
            let held = stream.received() - stream.given();
            let held = if held > 0 { format!(", {} behind a hole", bytes_text(held)) } else { String::new() };
            format!("{}{of}{held}", bytes_text(stream.given()))
        };
        let bler = format!("{:.4} ({} of {} blocks)", blocks.error_rate(), blocks.missing(), blocks.expected());
        let rows = vec![
            ("cell", cell),
            ("link", receiver.session().map_or("none yet".into(), |s| format!("RNTI {}, session {s:08x}", self.rnti))),
            ("throughput", format!("{:.3} Mbit/s, {:.3} in the mean", now_bps / 1e6, mean_bps / 1e6)),
            ("BLER", bler),
            ("transmissions", format!("{}, CRC failed {}", self.all.transmissions, percent(first_errors))),
            ("SNR", number(snr, "dB")),
            ("EVM", number(evm, "%")),
            ("MCS", self.last_mcs.map_or("-".into(), |mcs| mcs.to_string())),
            ("data", data.clone()),
        ];
        let line = match self.cell {
            None => "no cell yet".to_string(),
            Some(cell) => format!(
                "{:.1} s  PCI {}  {:.3} Mbit/s  BLER {:.4}  SNR {}  EVM {}  {data}",
                self.seconds,
                cell.pci,
                now_bps / 1e6,
                blocks.error_rate(),
                number(snr, "dB"),
                number(evm, "%")
            ),
        };
        let progress = total.map(|total| if total == 0 { 1.0 } else { stream.received() as f64 / total as f64 });
        let history = self.buckets.iter().map(|bucket| bucket.bytes as f64 * 8.0 / BUCKET_S).collect();
        Snapshot { line, json, rows, progress, history }
    }

    /// Why nothing came, in words.
    pub fn nothing(&self) -> String {
        let Some(cell) = self.cell else { return "no cell was found".to_string() };
        let (pci, rnti) = (cell.pci, self.rnti);
        match (self.dcis, self.all.transmissions - self.all.failed) {
            (0, _) => format!("cell {pci} was found, and in it no DCI with RNTI {rnti}"),
            (n, 0) => format!("cell {pci} sent {n} DCIs with RNTI {rnti}, and none of their blocks could be decoded"),
            (_, n) => format!("cell {pci} sent {n} good blocks to RNTI {rnti}, and none of them is of a link"),
        }
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".into(), |share| format!("{:.2} %", 100.0 * share))
}

/// To four decimals, for JSON.
pub fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

/// Bytes in the largest unit of which there is one.
pub fn bytes_text(n: u64) -> String {
    match n {
        0..1000 => format!("{n} B"),
        1000..1_000_000 => format!("{:.2} kB", n as f64 / 1e3),
        _ => format!("{:.3} MB", n as f64 / 1e6),
    }
}
