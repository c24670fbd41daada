//! Commands that run for long need no more memory in the end than at the beginning.

#![cfg(feature = "soapy")]

mod scratch;
mod virtual_radio;

use scratch::Folder;
use std::process::{Child, Stdio};
use std::time::Duration;
use virtual_radio::{Air, last_counts, lines, said_counts};

/// A cell of 5 MHz, as narrow as they come: long stretches of it take little time.
const CELL: &str = "
    [cell]
    pci = 3
    [carrier]
    band = 3
    scs_khz = 15
    bandwidth_mhz = 5
    centre_mhz = 1842.5
    sample_rate_hz = 7_680_000
    [ssb]
    indexes = [0]
    period_ms = 20
    [coreset0]
    search_space_zero = 0
    [sib1]
    plmns = ['001-01']
    tracking_area_code = 1
    cell_identity = 1
    period_ms = 20
    [user]
    rnti = 0x4601
    mcs = 10
    every_slots = 10
";

/// What allocators and caches may need more in the second half of a run.
const TOLERANCE_KB: u64 = 4096;

/// Memory of a process in kB, without the files that it maps; none once it has ended.
fn memory_kb(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let value = |name: &str| -> Option<u64> {
        status.lines().find_map(|line| line.strip_prefix(name))?.trim().trim_end_matches(" kB").parse().ok()
    };
    Some(value("RssAnon:")? + value("RssShmem:")?)
}

/// Runs all to their end and gives the memory of each, in kB, at many moments.
fn watch(children: &mut [Child]) -> Vec<Vec<u64>> {
    let mut memory = vec![Vec::new(); children.len()];
    let mut left = children.len();
    while left > 0 {
        left = 0;
        for (child, memory) in children.iter_mut().zip(&mut memory) {
            if child.try_wait().unwrap().is_none() {
                memory.extend(memory_kb(child).filter(|&kb| kb > 0));
                left += 1;
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    memory
}

/// A cell from one radio to another for so long; the receiver's loses samples ten times a second.
fn stays_flat(seconds: u32) {
    let folder = Folder::new(&format!("memory-{seconds}"));
    let config = folder.file("cell.toml", CELL.as_bytes());
    let air = Air::new(&format!("memory-{seconds}"));
    let sender = air.device("profile=usrp,serial=t,wait_rx=1");
    let receiver =
        air.device(&format!("profile=usrp,serial=r,wait_tx=1,noise_dbfs=-60,faults=storm@1:{seconds}:0.1:1000"));
    let (longer, length) = ((seconds * 1000 + 200).to_string(), seconds.to_string());
    let tx = ["transmit", "--config", &config, "--device", &sender, "--wait", "--duration", &longer];
    let rx = ["decode", "--device", &receiver, "--wait", "--frequency", "1842.5e6", "--rate", "7.68e6"];
    // Into files: a pipe that nobody reads would hold them.
    let spawn = |name: &str, args: &[&str]| {
        let file = |stream: &str| Stdio::from(std::fs::File::create(folder.path(&format!("{name}.{stream}"))).unwrap());
        air.nrflow(args).stdout(file("out")).stderr(file("err")).spawn().unwrap()
    };
    let mut children = [
        spawn("tx", &[&tx[..], &["--i-may-transmit"]].concat()),
        spawn("rx", &[&rx[..], &["--duration", &length, "--rnti", "0x4601", "--json"]].concat()),
    ];
    let memory = watch(&mut children);
    let written = |name: &str| String::from_utf8(folder.read(name)).unwrap();
    for (child, name) in children.iter_mut().zip(["tx.err", "rx.err"]) {
        assert!(child.wait().unwrap().success(), "{name}: {}", written(name));
    }
    // They did what they were to do all the while.
    let out = written("rx.out");
    let (counts, expected) = (last_counts(&out), u64::from(seconds) * 7_680_000);
    let storms = u64::from(seconds) * 10 - 10;
    assert_eq!((&counts["overflows"], &counts["lost"]), (&storms.into(), &(storms * 1000).into()));
    assert_eq!(counts["samples"].as_u64().unwrap() + storms * 1000, expected);
    let n_sib1 = lines(&out, "sib1").len();
    assert!(n_sib1 as u32 >= seconds * 45, "{n_sib1} SIB1 in {seconds} s");
    let sent = said_counts(&written("tx.err"), "tx")["samples"];
    assert!((expected..expected + 7_680_000).contains(&sent), "{sent} samples sent");
    for (name, memory) in ["transmit", "decode"].iter().zip(&memory) {
        assert!(memory.len() >= 20, "{name}: {} moments", memory.len());
        let (first, second) = memory.split_at(memory.len() / 2);
        let (first, second) = (first.iter().max().unwrap(), second.iter().max().unwrap());
        eprintln!("{name}: {first} kB at most in the first half of {seconds} s, {second} kB in the second");
        assert!(*second <= first + TOLERANCE_KB, "{name}: {memory:?}");
    }
}

#[test]
fn memory_stays_flat() {
    stays_flat(10);
}

/// About ten minutes of one core and a half: `cargo test -p nrflow-flowgraphs --test memory -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn memory_stays_flat_over_ten_minutes_of_signal() {
    stays_flat(600);
}
