//! The link from end to end: bytes through transmitter, bad channel, recording and receiver; the command as a person
//! meets it.

mod scratch;

use scratch::{Folder, noise};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn spawn(args: &[&str], stdin: Stdio) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
    command.arg("link").args(args).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits for the command, at most two minutes.
fn end_of(mut child: Child, what: &[&str]) -> Output {
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(120) {
            let _ = child.kill();
            panic!("nrflow link {what:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

fn link(args: &[&str]) -> Output {
    end_of(spawn(args, Stdio::null()), args)
}

/// Runs the command, which is to succeed; its last line for programs.
fn succeeds(args: &[&str]) -> Value {
    let output = link(args);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{args:?}: {}{text}", String::from_utf8_lossy(&output.stderr));
    last_line(&output)
}

fn last_line(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().last().map_or(Value::Null, |line| serde_json::from_str(line).unwrap_or(Value::Null))
}

/// Runs the command, which is to fail with `words`; its last line for programs.
fn fails(args: &[&str], words: &[&str]) -> Value {
    let output = link(args);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(if text.contains("For more information") { 2 } else { 1 }),
        "{args:?}: {text}"
    );
    assert!(!text.contains("panicked"), "{args:?}: {text}");
    words.iter().for_each(|word| assert!(text.contains(word), "{args:?}: '{word}' is not in: {text}"));
    last_line(&output)
}

#[test]
fn a_file_comes_through_a_bad_channel_unharmed() {
    let folder = Folder::new("file");
    let bytes = noise(200_000, 1);
    let (data, air, out) = (folder.file("data", &bytes), folder.path("air.sigmf-meta"), folder.path("out"));
    let channel = ["--snr", "24", "--ppm", "10", "--cfo", "4000", "--tdl", "TDLA30", "--doppler", "10"];
    let tx = [&["tx", "--in", &data, "--out", &air, "--format", "cs16", "--json", "--mcs", "12"], &channel[..]];
    let sent = succeeds(&tx.concat());
    assert_eq!((&sent["bytes"], &sent["rounds"], &sent["last"]), (&200_000.into(), &1.into(), &true.into()));
    let received = succeeds(&["rx", &air, "--out", &out, "--json"]);
    assert!(folder.read("out") == bytes, "what came out is not what went in");
    assert_eq!((&received["stream"], &received["pci"]), (&"whole".into(), &1.into()));
    assert_eq!((&received["bytes_total"], &received["blocks_missing"]), (&200_000.into(), &0.into()));
    assert!((3e6..20e6).contains(&received["mean_throughput_bps"].as_f64().unwrap()), "{received}");
    assert!((15.0..30.0).contains(&received["snr_db"].as_f64().unwrap()), "{received}");
    assert!((1.0..15.0).contains(&received["evm_percent"].as_f64().unwrap()), "{received}");
}

/// The MCS chosen for an SNR loses next to nothing there, and three above it do not come through. A stream's number is
/// drawn, so no two runs are alike: what is asked is far from both.
#[test]
fn an_mcs_for_an_snr() {
    let folder = Folder::new("for-snr");
    let (data, air, out) = (folder.file("data", &noise(20_000, 3)), folder.path("air"), folder.path("out"));
    let recording = format!("{air}.sigmf-meta");
    for (snr, mcs, beyond) in [("-1", "2", "5"), ("8", "13", "16"), ("17", "24", "27")] {
        let tx = ["tx", "--in", &data, "--out", &air, "--snr", snr, "--lead", "0.04", "--json"];
        succeeds(&[&tx[..], &["--for-snr", snr]].concat());
        let failed_of_all =
            |line: &Value| ["transmissions_failed", "transmissions"].map(|name| line[name].as_u64().expect("a count"));
        let received = last_line(&link(&["rx", &recording, "--out", &out, "--json"]));
        let [failed, all] = failed_of_all(&received);
        assert_eq!(received["mcs"].to_string(), mcs, "{received}");
        assert!(10 * failed < all, "{received}");
        succeeds(&[&tx[..], &["--mcs", beyond]].concat());
        let lost = fails(&["rx", &recording, "--out", &out, "--json"], &[]);
        let [failed, all] = failed_of_all(&lost);
        assert!(2 * failed > all && all > 0, "{lost}");
    }
}

#[test]
fn standard_input_to_standard_output() {
    let folder = Folder::new("stdin");
    let bytes = noise(30_000, 2);
    let data = folder.file("data", &bytes);
    let air = folder.path("air");
    let args = ["tx", "--out", &air, "--rnti", "0x1234", "--transmissions", "2", "--plain"];
    let tx = end_of(spawn(&args, std::fs::File::open(&data).unwrap().into()), &args);
    assert!(tx.status.success(), "{}", String::from_utf8_lossy(&tx.stderr));
    let rx = link(&["rx", &format!("{air}.sigmf-meta"), "--rnti", "0x1234"]);
    let text = String::from_utf8_lossy(&rx.stderr);
    assert!(rx.status.success(), "{text}");
    assert!(rx.stdout == bytes, "what came out is not what went in");
    assert!(text.contains("BLER 0.0000"), "{text}");
    // To another device nothing is sent.
    fails(&["rx", &format!("{air}.sigmf-meta"), "--rnti", "0x1235"], &["no DCI with RNTI 0x1235"]);
}

/// Where a quarter to a third of the blocks is lost: once leaves holes in the forty that carry bytes, which are said;
/// more rounds fill them.
#[test]
fn what_is_lost_is_said_and_rounds_fill_it() {
    let folder = Folder::new("rounds");
    let bytes = noise(60_000, 3);
    let (data, air, out) = (folder.file("data", &bytes), folder.path("air.sigmf-meta"), folder.path("out"));
    let send = |rounds: &str| {
        let flags = ["--mcs", "16", "--snr", "8.5", "--channel-seed", "5", "--repeat", rounds, "--json"];
        succeeds(&[&["tx", "--in", &data, "--out", &air][..], &flags].concat())
    };
    send("1");
    let once = fails(&["rx", &air, "--out", &out, "--json"], &["are missing", "of 60000", "ranges"]);
    assert_eq!(once["stream"], "open");
    assert!((0.1..0.6).contains(&once["bler"].as_f64().unwrap()), "{once}");
    let given = once["bytes"].as_u64().unwrap() as usize;
    assert!(folder.read("out") == bytes[..given] && given < bytes.len());
    send("14");
    let often = succeeds(&["rx", &air, "--out", &out, "--json"]);
    assert!(often["blocks_missing"].as_u64().unwrap() > 0, "{often}");
    assert!(folder.read("out") == bytes, "what came out is not what went in");
}

#[test]
fn a_recording_cut_off_names_what_is_missing() {
    let folder = Folder::new("cut");
    let data = folder.file("data", &noise(100_000, 4));
    let air = folder.path("air.sigmf-meta");
    succeeds(&["tx", "--in", &data, "--out", &air, "--json"]);
    let samples = folder.path("air.sigmf-data");
    let cut_to_ms = |ms: u64| {
        let file = std::fs::OpenOptions::new().write(true).open(&samples).unwrap();
        file.set_len(8 * 23_040 * ms).unwrap();
    };
    // Bytes follow a lead of 100 ms.
    cut_to_ms(125);
    let line =
        fails(&["rx", &air, "--out", &folder.path("out"), "--json"], &["..100000 are missing", "of 100000 in 1"]);
    let given = line["bytes"].as_u64().unwrap();
    assert!((1..100_000).contains(&given), "{line}");
    // Within the lead there is a cell and not yet a sender's byte.
    cut_to_ms(80);
    fails(&["rx", &air, "--out", &folder.path("out")], &["of 100000"]);
    cut_to_ms(1);
    fails(&["rx", &air, "--out", &folder.path("out")], &["nothing was received"]);
}

#[test]
fn datagrams_keep_their_boundaries() {
    let folder = Folder::new("udp");
    let air = folder.path("air.sigmf-meta");
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let args = ["tx", "--udp-in", &port, "--out", &air, "--duration", "1500", "--plain", "--mcs", "20"];
    let mut child = spawn(&args, Stdio::null());
    let sent: Vec<Vec<u8>> = [1usize, 0, 1400, 9000, 300, 33].iter().map(|n| noise(*n, *n as u64)).collect();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains(&port), "{said}");
    const ROUNDS: usize = 10;
    for datagram in std::iter::repeat_n(&sent, ROUNDS).flatten() {
        socket.send_to(datagram, &port).unwrap();
        // What the socket has no room for would be lost before it is sent.
        std::thread::sleep(Duration::from_millis(5));
    }
    let tx = end_of(child, &args);
    assert!(tx.status.success(), "{}", String::from_utf8_lossy(&tx.stderr));

    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let to = receiver.local_addr().unwrap().to_string();
    let air_of_rx = air.clone();
    let rx = std::thread::spawn(move || succeeds(&["rx", &air_of_rx, "--udp-out", &to, "--json"]));
    let mut buffer = vec![0; 65_536];
    let mut received = Vec::new();
    while !rx.is_finished() {
        while let Ok(n) = receiver.recv(&mut buffer) {
            received.push(buffer[..n].to_vec());
        }
    }
    let line = rx.join().unwrap();
    assert_eq!(line["datagrams_lost"], 0, "{line}");
    assert_eq!((received.len(), &line["datagrams"]), (ROUNDS * sent.len(), &received.len().into()), "{line}");
    for (datagram, expected) in received.iter().zip(sent.iter().cycle()) {
        assert!(datagram == expected, "{} bytes for {}", datagram.len(), expected.len());
    }
    // A stream is not what a file of datagrams would be.
    fails(&["rx", &air, "--out", &folder.path("out")], &["--udp-out"]);
}

#[test]
fn packets_go_through_tun_interfaces() {
    let folder = Folder::new("tun");
    let air = folder.path("air.sigmf-meta");
    let name = format!("nrf{}", std::process::id() % 100_000);
    let args = ["tx", "--tun", &name, "--tun-address", "10.213.7.1/24", "--out", &air, "--duration", "1000", "--plain"];
    let mut child = spawn(&args, Stdio::null());
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let far = UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = far.local_addr().unwrap().port();
    while child.try_wait().unwrap().is_none() {
        // Until the interface is there, there may be no way.
        let _ = socket.send_to(b"through the tunnel", ("10.213.7.9", port));
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && (text.contains("CAP_NET_ADMIN") || text.contains("No such file")) {
        eprintln!("SKIPPED: no TUN interface can be made here: {text}");
        return;
    }
    assert!(output.status.success(), "{text}");
    // The far side's system takes them as what came in.
    let name = format!("nrg{}", std::process::id() % 100_000);
    far.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let args = ["rx", &air, "--tun", &name, "--tun-address", "10.213.7.9/24", "--json"];
    let mut child = spawn(&args, Stdio::null());
    let (mut buffer, mut received) = ([0; 100], 0);
    while child.try_wait().unwrap().is_none() {
        while let Ok(n) = far.recv(&mut buffer) {
            assert_eq!(&buffer[..n], b"through the tunnel");
            received += 1;
        }
    }
    let output = child.wait_with_output().unwrap();
    let line = last_line(&output);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(received > 0 && line["datagrams"].as_u64() >= Some(received), "{received} of {line}");
}

#[test]
fn wrong_input_is_refused_with_the_way_out() {
    let folder = Folder::new("refused");
    let data = folder.file("data", b"abc");
    let air = folder.path("air");
    let tx = |flags: &[&str], words: &[&str]| fails(&[&["tx", "--out", air.as_str()], flags].concat(), words);
    fails(&["tx", "--in", &data], &["--out"]);
    tx(&["--in", "/nowhere"], &["/nowhere"]);
    tx(&["--in", &folder.path("")], &["no plain file"]);
    tx(&["--repeat", "2"], &["--in FILE"]);
    tx(&["--in", &data, "--repeat", "0"], &["0"]);
    tx(&["--in", &data, "--mcs", "29"], &["29"]);
    tx(&["--in", &data, "--transmissions", "5"], &["1..=4"]);
    tx(&["--in", &data, "--lead", "-1"], &["lead -1 s"]);
    tx(&["--in", &data, "--lead", "1e9"], &["lead 1000000000 s"]);
    tx(&["--in", &data, "--rnti", "0x12345"], &["16 bits"]);
    tx(&["--in", &data, "--duration", "20"], &["not sent to its end"]);
    tx(&["--udp-in", "nonsense"], &["HOST:PORT"]);
    tx(&["--udp-in", "127.0.0.1:1", "--tun", "x"], &["--tun"]);
    tx(&["--tun", "x", "--tun-address", "10.0.0.1"], &["10.45.0.1/24"]);
    let small = "[cell]\npci = 1\n[carrier]\nband = 78\nscs_khz = 30\nbandwidth_mhz = 20\ncentre_mhz = 3489.42\n\
                 [user]\nrnti = 1\nmcs = 0\nn_prb = 2\nevery_slots = 1\n[tdd]\nperiod_us = 5000\ndownlink_slots = 7\n\
                 uplink_slots = 2\n";
    tx(&["--in", &data, "--config", &folder.file("small.toml", small.as_bytes())], &["n_prb", "the link needs"]);
    fails(&["rx"], &["RECORDING"]);
    fails(&["rx", "/nowhere.sigmf-meta"], &["/nowhere"]);
    fails(&["rx", "/nowhere.sigmf-meta", "--json"], &["--out FILE"]);
    fails(&["rx", &air, "--udp-out", "127.0.0.1"], &["HOST:PORT"]);
    fails(&["rx", &air, "--out", "/nowhere/x"], &["/nowhere/x"]);
}
