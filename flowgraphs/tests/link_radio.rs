//! The link from radio to radio through libSoapySDR: in TDD bursts and without a pause, between full- and half-duplex
//! radios, with every fault that costs blocks.

#![cfg(feature = "soapy")]

mod scratch;
mod virtual_radio;

use scratch::{Folder, noise};
use serde_json::Value;
use std::process::Output;
use std::time::Duration;
use virtual_radio::{Air, last_counts, text, wait};

const LIMIT: Duration = Duration::from_secs(300);

/// A link between two radios of an air.
struct Link<'a> {
    air: &'a str,
    sender: &'a str,
    receiver: &'a str,
    bytes: usize,
    flags: &'a [&'a str],
}

/// What became of it.
struct Linked {
    /// Whether what came out is what went in.
    unharmed: bool,
    sent: Output,
    received: Output,
}

impl Link<'_> {
    fn run(&self) -> Linked {
        let folder = Folder::new(self.air);
        let bytes = noise(self.bytes, self.bytes as u64);
        let (data, out) = (folder.file("data", &bytes), folder.path("out"));
        let air = Air::new(self.air);
        // Neither goes ahead of the other, so that every run is the same.
        let sender = air.device(&format!("{},serial=t,wait_rx=1,holds=1", self.sender));
        let receiver = air.device(&format!("{},serial=r,wait_tx=1", self.receiver));
        let tx = ["link", "tx", "--device", &sender, "--wait", "--i-may-transmit", "--in", &data, "--lead", "0.2"];
        let transmitter = air.nrflow(&[&tx[..], &["--json"], self.flags].concat()).spawn().unwrap();
        let rx = ["link", "rx", "--device", &receiver, "--wait", "--frequency", "3489.42e6", "--out", &out, "--json"];
        let received = wait(air.nrflow(&rx).spawn().unwrap(), LIMIT, "link rx");
        let sent = wait(transmitter, LIMIT, "link tx");
        Linked { unharmed: folder.read("out") == bytes, sent, received }
    }
}

/// The last line about the link, of a command that succeeded.
fn link_line(output: &Output) -> Value {
    let (out, err) = text(output);
    assert!(output.status.success(), "{out}{err}");
    let mut lines = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.rfind(|line| line["kind"] == "link").unwrap_or_else(|| panic!("no line about the link in {out}"))
}

impl Linked {
    /// The last lines of sender and receiver, where the bytes came unharmed.
    fn whole(&self, name: &str) -> (Value, Value) {
        let (sent, received) = (link_line(&self.sent), link_line(&self.received));
        assert!(self.unharmed, "{name}: what came out is not what went in: {received}");
        assert_eq!(received["stream"], "whole", "{name}");
        (sent, received)
    }

    /// A counter of the sender's radio.
    fn sent_counter(&self, name: &str) -> u64 {
        last_counts(&text(&self.sent).0)[name].as_u64().unwrap()
    }
}

/// 10 MB, the clocks of the two 10 ppm apart.
#[test]
fn a_large_file_goes_from_radio_to_radio() {
    let linked = Link {
        air: "link",
        sender: "profile=usrp",
        receiver: "profile=usrp,ppm=10,noise_dbfs=-60",
        bytes: 10_000_000,
        flags: &["--mcs", "24"],
    }
    .run();
    let (sent, received) = linked.whole("10 MB");
    assert_eq!((&sent["bytes"], &received["bytes_total"]), (&10_000_000.into(), &10_000_000.into()));
    let cfo = received["cfo_hz"].as_f64().unwrap();
    assert!((cfo + 34_894.0).abs() < 500.0, "{cfo} Hz");
    for counter in ["late", "late_slots", "underflows", "errors"] {
        assert_eq!(linked.sent_counter(counter), 0, "{counter}");
    }
}

/// The default cell is TDD: 7 slots and 6 symbols of every 5 ms are for the downlink. In bursts nothing else is sent.
#[test]
fn a_tdd_cell_is_sent_in_bursts_or_without_a_pause() {
    for (air, flags, words) in
        [("link-tdd", &[][..], "in bursts"), ("link-continuous", &["--continuous"][..], "without a pause")]
    {
        let linked = Link {
            air,
            sender: "profile=usrp",
            receiver: "profile=usrp,ppm=-3,noise_dbfs=-55,delay_s=0.00000567",
            bytes: 300_000,
            flags,
        }
        .run();
        linked.whole(air);
        let (out, err) = text(&linked.sent);
        assert!(err.contains(words), "'{words}' is not in {err}");
        let seconds = link_line(&linked.sent)["seconds"].as_f64().unwrap();
        let share = linked.sent_counter("samples") as f64 / (seconds * 23.04e6);
        // 104 of 140 symbols; the share of a run that ends within a pattern differs a little.
        let expected = if flags.is_empty() { 104.0 / 140.0 } else { 1.0 };
        assert!((share - expected).abs() < 0.02, "{air}: {share} of the time is sent: {out}");
    }
}

/// 8 bits, 20 Msps by way of resamplers, no clock.
#[test]
fn half_duplex_radios_carry_a_link() {
    let linked = Link {
        air: "link-hackrf",
        sender: "profile=hackrf",
        receiver: "profile=hackrf,ppm=5,noise_dbfs=-60",
        bytes: 300_000,
        flags: &[],
    }
    .run();
    linked.whole("hackrf");
    let (_, err) = text(&linked.sent);
    for words in ["one at a time", "without a pause at 20.0000 Msps"] {
        assert!(err.contains(words), "'{words}' is not in {err}");
    }
    assert_eq!(last_counts(&text(&linked.received).0)["jumps"], 0);
}

#[test]
fn what_a_transmitter_loses_comes_again() {
    for (air, faults, flags, expected) in [
        // Every block comes twice, in slots next to each other: one that is late costs nothing.
        (
            "link-late-2",
            "late@0.3:1;late@0.4:1;late@0.45:1",
            ["--transmissions", "2"],
            [("late", 3), ("underflows", 0)],
        ),
        ("link-late", "late@0.3:7;late@0.4:2", ["--repeat", "2"], [("late", 9), ("underflows", 0)]),
        ("link-underflow", "underflow@0.3:4", ["--transmissions", "1"], [("late", 0), ("underflows", 4)]),
    ] {
        let linked = Link {
            air,
            sender: &format!("profile=usrp,faults={faults}"),
            receiver: "profile=usrp,ppm=2,noise_dbfs=-60",
            bytes: 500_000,
            flags: &flags,
        }
        .run();
        linked.whole(air);
        for (counter, value) in expected {
            assert_eq!(linked.sent_counter(counter), value, "{air}: {counter} of {}", text(&linked.sent).1);
        }
        assert_eq!((linked.sent_counter("late_slots"), linked.sent_counter("errors")), (0, 0), "{air}");
        let counts = last_counts(&text(&linked.received).0);
        assert_eq!((&counts["lost"], &counts["jumps"], &counts["overflows"]), (&0.into(), &0.into(), &0.into()));
    }
}

#[test]
fn what_a_receiver_loses_comes_again() {
    let lost = 20 * 23_040 + 7;
    for (air, faults, expected) in [
        (
            "link-overflow",
            format!("overflow@0.3003:{lost}"),
            [("lost", lost), ("overflows", 1), ("gaps", 1), ("errors", 0)],
        ),
        ("link-gap", format!("gap@0.3003:{lost}"), [("lost", lost), ("overflows", 0), ("gaps", 1), ("errors", 0)]),
        (
            "link-storm",
            "storm@0.3:0.03:0.0033:1000".to_string(),
            [("lost", 10_000), ("overflows", 10), ("gaps", 10), ("errors", 0)],
        ),
        // While it is away nobody is waited for, and more rounds pass.
        (
            "link-away",
            "vanish@0.3003:2".to_string(),
            [("reopened", 1), ("overflows", 0), ("dropped", 0), ("errors", 1)],
        ),
    ] {
        let linked = Link {
            air,
            sender: "profile=usrp",
            receiver: &format!("profile=usrp,ppm=2,noise_dbfs=-60,faults={faults}"),
            bytes: 500_000,
            flags: &["--repeat", if air == "link-away" { "10" } else { "2" }],
        }
        .run();
        let (_, received) = linked.whole(air);
        let counts = last_counts(&text(&linked.received).0);
        for (counter, value) in expected {
            assert_eq!(counts[counter], value, "{air}: {counter} of {counts}");
        }
        // It was lost indeed: the first round alone would not have done.
        assert!(received["blocks_missing"].as_u64().unwrap() > 0, "{air}: {received}");
    }
}

/// A radio sends only if somebody said that it may.
#[test]
fn nothing_is_sent_unasked() {
    let air = Air::new("link-permission");
    let device = air.device("profile=usrp");
    let output = air.run(&["link", "tx", "--device", &device, "--wait"]);
    let (_, err) = text(&output);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("will transmit") && err.contains("--i-may-transmit"), "{err}");
}
