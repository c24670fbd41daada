//! Your own processor in a running receiver: the mean power of every slot of every cell in a recording.
//!
//! `cargo run --release --example slot_power -- RECORDING.sigmf-meta`

use futuresdr::prelude::*;
use nrflow_blocks::file::{FileSource, Recording};
use nrflow_blocks::receive::{CellSync, OfdmReceive, RxSlot, SyncSettings};
use nrflow_blocks::{PerSlot, SlotProcessor, SlotSink};
use std::path::Path;
use std::sync::Arc;

/// The processor: a slot in, a number out. FutureSDR does not occur in it.
struct SlotPower;

impl SlotProcessor for SlotPower {
    type In = Arc<RxSlot>;
    type Out = (String, f32);

    fn process(&mut self, slot: Arc<RxSlot>) -> Option<(String, f32)> {
        let elements = slot.grid.as_slice();
        if elements.is_empty() {
            return None;
        }
        let power = elements.iter().map(|x| x.norm_sqr()).sum::<f32>() / elements.len() as f32;
        Some((format!("PCI {} slot {}", slot.cell.cell_id, slot.at), 10.0 * power.log10()))
    }
}

/// Runs the processor behind the OFDM demodulator.
pub fn run(recording: &Path, take: impl Fn(&str, f32) + Send + 'static) -> anyhow::Result<()> {
    let recording = Recording::open_sigmf(recording)?;
    let settings = SyncSettings::new(recording.sample_rate_hz(), recording.frequency_hz());
    let source = FileSource::new(&recording, 8 * (recording.sample_rate_hz() / 1000.0) as usize)?;
    let sync = CellSync::new(settings)?;
    let ofdm = PerSlot::new(OfdmReceive::new(sync.slot_rate_hz()));
    let power = PerSlot::new(SlotPower);
    let sink = SlotSink::new(move |(slot, db): (String, f32)| {
        take(&slot, db);
        Ok(())
    });
    futuresdr::runtime::config::set("ctrlport_enable", false);
    let mut fg = Flowgraph::new();
    connect!(fg, source > inputs[0].sync > ofdm > power > sink);
    Runtime::new().run(fg)?;
    Ok(())
}

#[allow(dead_code, reason = "a test runs the example's graph without its main")]
fn main() -> anyhow::Result<()> {
    let Some(recording) = std::env::args_os().nth(1) else {
        anyhow::bail!("give a SigMF recording");
    };
    run(Path::new(&recording), |slot, db| println!("{slot}: {db:.1} dBFS"))
}
