//! A real SoapyRemote server on loopback, which has the virtual radios, and the command that uses it.

#![allow(dead_code, reason = "every test binary uses a part of it")]

use crate::virtual_radio::{Air, module_folder};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// For what takes seconds.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Stream arguments without which samples would be lost on the way.
pub const TCP: [&str; 2] = ["--stream-args", "remote:prot=tcp"];

/// SoapySDRServer with the virtual radios, on a port of its own.
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts one; it ends with this value.
    pub fn start() -> Self {
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
    pub fn device(&self, air: &Air, more: &str) -> String {
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
pub fn nrflow(air: &Air, args: &[&str]) -> Command {
    let mut command = air.nrflow(args);
    command.env_remove("SOAPY_SDR_ROOT").env_remove("SOAPY_SDR_PLUGIN_PATH");
    command
}
