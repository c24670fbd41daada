//! A scan finds cells on different synchronisation rasters: below 3 GHz with 15 kHz, above with 30 kHz; through a radio here
//! and through one behind a SoapyRemote server.
#![cfg(feature = "soapy")]

mod scratch;
mod soapy_server;
mod virtual_radio;

use scratch::Folder;
use soapy_server::{Server, TCP, nrflow};
use std::process::Command;
use std::time::Duration;
use virtual_radio::{Air, finish, lines, text};

const LIMIT: Duration = Duration::from_secs(120);

/// A cell of 10 MHz in band n3.
const N3: &str = r#"
[cell]
pci = 303
[carrier]
band = 3
scs_khz = 15
bandwidth_mhz = 10
centre_mhz = 1842.5
sample_rate_hz = 15_360_000
[ssb]
indexes = [0]
period_ms = 20
[coreset0]
search_space_zero = 0
[sib1]
plmns = ["001-02"]
tracking_area_code = 1
cell_identity = 3
period_ms = 20
[output]
level_dbfs = -15.0
"#;

/// Device arguments of a radio that hears a cell in n3 and one in n48.
fn radio(folder: &Folder) -> String {
    let n48 = include_str!("../src/default_cell.toml").replace("pci = 1", "pci = 48").replace("band = 78", "band = 48");
    let cells = [
        ("play", N3.to_string(), 15_360_000, 1_842_500_000u64),
        ("play2", n48.replace("3489.42", "3625.02"), 23_040_000, 3_625_020_000),
    ];
    let playing = cells.map(|(play, config, rate_hz, centre_hz)| {
        let (config, out) = (folder.file(&format!("{play}.toml"), config.as_bytes()), folder.path(play));
        let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
        command.args(["transmit", "--config", &config, "--duration", "200", "--snr", "25", "--format", "cs16"]);
        assert!(command.args(["--out", &out]).output().unwrap().status.success());
        format!("{play}={out}.sigmf-data,{play}_format=cs16,{play}_rate={rate_hz},{play}_freq={centre_hz}")
    });
    format!("profile=usrp,noise_dbfs=-60,{}", playing.join(","))
}

const SCAN: [&str; 7] = ["scan", "--wait", "--band", "n3,n48", "--rate", "61.44e6", "--json"];

/// Both cells, the strongest first: they are equally strong.
fn check(command: Command) {
    let output = finish(command, LIMIT);
    let (out, err) = text(&output);
    assert!(output.status.success(), "{err}");
    let mut found: Vec<_> = lines(&out, "scanned")
        .iter()
        .map(|cell| {
            let number = |name: &str| cell[name].as_u64().unwrap();
            let operator = cell["sib1"]["operators"][0].as_str().unwrap_or("none").to_string();
            (number("pci"), number("gscn"), number("scs_khz"), operator)
        })
        .collect();
    found.sort_unstable();
    assert_eq!(found, [(48, 7933, 30, "001-01".to_string()), (303, 4604, 15, "001-02".to_string())], "{out}");
}

#[test]
fn through_a_radio_here() {
    let (folder, air) = (Folder::new("rasters"), Air::new("rasters"));
    check(air.nrflow(&[&SCAN[..], &["--device", &air.device(&radio(&folder))]].concat()));
}

#[test]
fn through_a_radio_behind_a_server() {
    let (server, folder, air) = (Server::start(), Folder::new("rasters-remote"), Air::new("rasters-remote"));
    let device = server.device(&air, &radio(&folder));
    check(nrflow(&air, &[&SCAN[..], &["--device", &device], &TCP].concat()));
}
