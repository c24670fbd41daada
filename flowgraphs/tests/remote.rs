//! The same through a real SoapyRemote server on loopback: another process has the radio, and samples come over TCP.

mod virtual_radio;

use serde_json::Value;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use virtual_radio::{Air, finish, module_folder, text};

const MS: u64 = 23_040;
const LIMIT: Duration = Duration::from_secs(120);

/// SoapySDRServer with the virtual radios, on a port of its own.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        // The port is free a moment before the server takes it.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let serve = Path::new(env!("CARGO_MANIFEST_DIR")).join("../drivers/soapy-virtual/serve");
        let child = Command::new(serve)
            .arg(module_folder())
            .arg(format!("127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, port };
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < LIMIT, "SoapySDRServer does not listen; scripts/test installs it");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Device arguments for a radio of `air` behind the server.
    fn device(&self, air: &Air, more: &str) -> String {
        let there: Vec<String> = air.device(more).split(',').map(|pair| format!("remote:{pair}")).collect();
        format!("driver=remote,remote=tcp://127.0.0.1:{},{}", self.port, there.join(","))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `nrflow` that finds SoapySDR's own module for remote devices.
fn nrflow(air: &Air, args: &[&str]) -> Command {
    let mut command = air.nrflow(args);
    command.env_remove("SOAPY_SDR_ROOT").env_remove("SOAPY_SDR_PLUGIN_PATH");
    command
}

fn cell(name: &str) -> PathBuf {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("remote-{}-{name}", std::process::id()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
    let output =
        command.args(["transmit", "--duration", "400", "--snr", "25", "--format", "cs16", "--out"]).arg(&out).output();
    assert!(output.unwrap().status.success());
    out.with_extension("sigmf-data")
}

fn playing(file: &Path) -> String {
    format!("play={},play_format=cs16,play_rate=23040000,play_freq=3489420000", file.display())
}

#[test]
fn a_radio_behind_a_server_does_what_one_here_does() {
    let server = Server::start();
    let air = Air::new("remote");
    let file = cell("cell");
    let lost = 30 * MS + 11;
    // What it can do.
    let device = server.device(&air, "profile=usrp");
    let output = finish(nrflow(&air, &["devices", "--device", &device]), LIMIT);
    let (out, err) = text(&output);
    assert!(output.status.success() && out.contains("PGA") && out.contains("n78"), "{out} {err}");

    // Decoding, with a loss in the middle.
    let device = server.device(&air, &format!("profile=usrp,serial=a,faults=gap@0.1003:{lost},{}", playing(&file)));
    let tcp = ["--wait", "--stream-args", "remote:prot=tcp", "--frequency", "3489.42e6"];
    let mut args = vec!["decode", "--device", &device, "--duration", "0.25", "--json"];
    args.extend(tcp);
    let output = finish(nrflow(&air, &args), LIMIT);
    let (out, err) = text(&output);
    assert!(output.status.success(), "{err}");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    assert!(of("cell") >= 10 && of("sib1") >= 9, "{} {}", of("cell"), of("sib1"));
    let counts = lines.iter().rfind(|line| line["kind"] == "stream").unwrap();
    assert_eq!((&counts["lost"], &counts["gaps"]), (&lost.into(), &1.into()), "{counts}");
    assert_eq!(counts["samples"].as_u64().unwrap() + lost, 250 * MS);

    // A recording, and a scan.
    let air = Air::new("remote-record");
    let device = server.device(&air, &format!("profile=usrp,serial=b,bits=16,{}", playing(&file)));
    let out = file.with_extension("recorded");
    let mut args = vec!["record", "--device", &device, "--duration", "0.1", "--rate", "23.04e6", "--out"];
    args.push(out.to_str().unwrap());
    args.extend(tcp);
    let output = finish(nrflow(&air, &args), LIMIT);
    assert!(output.status.success(), "{}", text(&output).1);
    let recorded = std::fs::read(format!("{}.sigmf-data", out.display())).unwrap();
    let played = std::fs::read(&file).unwrap();
    assert_eq!(recorded.len() as u64, 100 * MS * 4);
    // The device may quantise once more: a step at most.
    let steps = recorded.as_chunks::<2>().0.iter().zip(played.as_chunks::<2>().0);
    let worst = steps.map(|(a, b)| i16::from_le_bytes(*a).abs_diff(i16::from_le_bytes(*b))).max();
    assert!(worst <= Some(1), "{worst:?}");

    let air = Air::new("remote-scan");
    let device = server.device(&air, &format!("profile=usrp,serial=c,{}", playing(&file)));
    let mut args = vec!["scan", "--device", &device, "--range", "3480:3510"];
    args.extend(&tcp[..3]);
    let output = finish(nrflow(&air, &args), LIMIT);
    let (out, err) = text(&output);
    assert!(output.status.success() && out.contains("PCI 1 ") && out.contains("001-01"), "{out} {err}");
}
