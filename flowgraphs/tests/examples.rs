//! The examples' graphs, run on a cell of our own.

#[path = "../examples/sample_meter.rs"]
mod sample_meter;
#[path = "../examples/slot_power.rs"]
mod slot_power;

use nrflow_flowgraphs::channel_settings::ChannelSettings;
use nrflow_flowgraphs::config::Cell;
use nrflow_flowgraphs::transmit::{self, TransmitOptions};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

/// A recording of the default cell that is removed again.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nrflow-{}-{name}", std::process::id()));
        let cell = Cell::default_cell().unwrap();
        let options = TransmitOptions { duration_ms: 25.0, ..TransmitOptions::of(&cell) };
        transmit::run(&cell, &ChannelSettings::default(), &path, &options).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for extension in ["sigmf-meta", "sigmf-data"] {
            let _ = std::fs::remove_file(self.0.with_extension(extension));
        }
    }
}

fn within_a_minute<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || done.send(run()));
    wait.recv_timeout(Duration::from_secs(60)).expect("the flowgraph hangs")
}

#[test]
fn slot_power_sees_every_slot() {
    let slots = within_a_minute(|| {
        let scratch = Scratch::new("power");
        let (sender, slots) = mpsc::channel();
        slot_power::run(&scratch.0, move |slot, db| drop(sender.send((slot.to_string(), db)))).unwrap();
        slots.into_iter().collect::<Vec<_>>()
    });
    assert_eq!(slots.len(), 50, "{slots:?}");
    assert_eq!(slots[0].0, "PCI 1 slot 0.0");
    // Slot 8 is uplink: nothing is sent.
    assert!(slots[1].1 > slots[8].1 + 40.0, "{slots:?}");
}

#[test]
fn sample_meter_sees_every_sample() {
    let (samples, peak) = within_a_minute(|| {
        let scratch = Scratch::new("meter");
        sample_meter::run(&scratch.0).unwrap()
    });
    let rate = Cell::default_cell().unwrap().ofdm().sample_rate_hz();
    assert_eq!(samples, rate * 25 / 1000);
    assert!(peak > 0.1 && peak < 4.0, "{peak}");
}
