use nrflow::frame::{Rnti, SlotPoint};
use nrflow::pdcch::RntiKind;
use nrflow_blocks::receive::{DciReport, PdschReport, ReceivedCell, Report};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;

/// What each device of each cell was sent, summed up.
#[derive(Debug, Default)]
pub struct Totals {
    /// By cell and RNTI.
    devices: BTreeMap<(usize, Rnti), Device>,
    /// By cell: its time.
    clocks: BTreeMap<usize, Clock>,
}

/// Slots of a cell from the first to the last report, counted on over the turns of the frame number.
#[derive(Debug)]
struct Clock {
    last: SlotPoint,
    slots: u64,
}

#[derive(Debug, Default)]
struct Device {
    pci: u16,
    /// DCIs of formats 1_x and 0_x.
    downlink_dcis: u64,
    uplink_dcis: u64,
    blocks: u64,
    failed: u64,
    retransmissions: u64,
    prbs: u64,
    mcs: (u64, u8, u8),
    layers: u64,
    /// Bits of PDSCHs whose CRC holds.
    bits: u64,
}

impl Clock {
    fn advance(&mut self, at: SlotPoint) {
        let per_frame = u64::from(at.numerology().slots_per_frame());
        let number = |at: SlotPoint| u64::from(at.sfn()) * per_frame + u64::from(at.slot());
        let period = 1024 * per_frame;
        let ahead = (number(at) + period - number(self.last)) % period;
        // What lies behind is a report of an earlier slot.
        if ahead < period / 2 {
            self.slots += ahead;
            self.last = at;
        }
    }

    fn seconds(&self) -> f64 {
        (self.slots + 1) as f64 / (100.0 * f64::from(self.last.numerology().slots_per_frame()))
    }
}

impl Totals {
    /// Counts a report.
    pub fn add(&mut self, report: &Report) {
        match report {
            Report::Ssb(_) => {}
            Report::Dci(report) => self.dci(report),
            Report::Pdsch(report) => self.pdsch(report),
        }
    }

    fn device(
        &mut self,
        cell: &ReceivedCell,
        rnti: Rnti,
        kind: Option<RntiKind>,
        at: SlotPoint,
    ) -> Option<&mut Device> {
        let clock = self.clocks.entry(cell.index).or_insert(Clock { last: at, slots: 0 });
        clock.advance(at);
        if !matches!(kind, Some(RntiKind::C | RntiKind::Tc)) {
            return None;
        }
        let device = self.devices.entry((cell.index, rnti)).or_default();
        device.pci = cell.cell_id.get();
        Some(device)
    }

    fn dci(&mut self, report: &DciReport) {
        let uplink = report.format_0_0.is_some() || report.format_0_1.is_some();
        let dci = &report.dci;
        let Some(device) = self.device(&report.cell, dci.rnti, dci.kind, report.at) else { return };
        if uplink {
            device.uplink_dcis += 1;
        } else {
            device.downlink_dcis += 1;
        }
    }

    fn pdsch(&mut self, report: &PdschReport) {
        let Some(device) = self.device(&report.cell, report.rnti, Some(report.kind), report.at) else { return };
        let first = device.blocks == 0;
        device.blocks += 1;
        device.prbs += report.prbs.len() as u64;
        device.layers += report.layers as u64;
        device.retransmissions += u64::from(report.retransmission);
        let (sum, least, most) = device.mcs;
        let of_first = |known: u8| if first { report.mcs } else { known };
        device.mcs = (sum + u64::from(report.mcs), of_first(least).min(report.mcs), of_first(most).max(report.mcs));
        if report.figures.crc_ok {
            device.bits += report.tbs as u64;
        } else {
            device.failed += 1;
        }
    }

    fn lines(&self) -> impl Iterator<Item = (Rnti, &Device, f64)> {
        let seconds = |cell: &usize| self.clocks.get(cell).map_or(0.0, Clock::seconds);
        self.devices.iter().map(move |((cell, rnti), device)| (*rnti, device, seconds(cell)))
    }

    /// A line for each device.
    ///
    /// # Errors
    /// If nothing can be written.
    pub fn write_table(&self, out: &mut impl Write) -> anyhow::Result<()> {
        for (rnti, device, seconds) in self.lines() {
            writeln!(
                out,
                "total PCI {:<4} {rnti}  {} DCIs for the downlink, {} for the uplink  {} PDSCHs: {} with CRC failed, \
                 {} again  {:.1} PRBs  MCS {}..{} ({:.1})  {:.1} layers  {:.1} kbit/s in {seconds:.3} s",
                device.pci,
                device.downlink_dcis,
                device.uplink_dcis,
                device.blocks,
                device.failed,
                device.retransmissions,
                mean(device.prbs, device.blocks),
                device.mcs.1,
                device.mcs.2,
                mean(device.mcs.0, device.blocks),
                mean(device.layers, device.blocks),
                device.bits as f64 / seconds / 1e3,
            )?;
        }
        Ok(())
    }

    /// A JSON object for each device; docs/json.md is the schema.
    ///
    /// # Errors
    /// If nothing can be written.
    pub fn write_json(&self, out: &mut impl Write) -> anyhow::Result<()> {
        for (rnti, device, seconds) in self.lines() {
            let decimals = |x: f64| json!((x * 100.0).round() / 100.0);
            let line = json!({
                "kind": "total",
                "pci": device.pci,
                "rnti": rnti.to_string(),
                "seconds": (seconds * 1e6).round() / 1e6,
                "downlink_dcis": device.downlink_dcis,
                "uplink_dcis": device.uplink_dcis,
                "blocks": device.blocks,
                "failed": device.failed,
                "retransmissions": device.retransmissions,
                "mean_prbs": decimals(mean(device.prbs, device.blocks)),
                "mcs_least": device.mcs.1,
                "mcs_most": device.mcs.2,
                "mean_mcs": decimals(mean(device.mcs.0, device.blocks)),
                "mean_layers": decimals(mean(device.layers, device.blocks)),
                "bits": device.bits,
                "throughput_bps": decimals(device.bits as f64 / seconds),
            });
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            out.write_all(&text)?;
        }
        Ok(())
    }
}

/// 0 of nothing.
fn mean(sum: u64, n: u64) -> f64 {
    if n == 0 { 0.0 } else { sum as f64 / n as f64 }
}
