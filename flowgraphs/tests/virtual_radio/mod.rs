//! Radios that exist only in this machine: the module `drivers/soapy-virtual`, built once, and the command run with it.
//!
//! The module is loaded by child processes alone, each test in an air of its own.

#![allow(dead_code, reason = "every test binary uses a part of it")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The folder that holds the module, which is built if it is not there or is older than its sources.
pub fn module_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("soapy-virtual");
        std::fs::create_dir_all(&folder).unwrap();
        // Test binaries run beside each other.
        let lock = std::fs::File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("../drivers/soapy-virtual/build");
        let output = Command::new(&build).arg(&folder).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {text} (scripts/test installs what it needs)", build.display());
        folder
    })
}

/// An air of its own, with whatever radios are in it.
pub struct Air {
    name: String,
}

impl Air {
    /// For the test of this name.
    pub fn new(test: &str) -> Self {
        module_folder();
        Self { name: format!("{test}-{}", std::process::id()) }
    }

    /// Device arguments of a radio in it: `more` is `profile=hackrf,serial=h0`, say.
    pub fn device(&self, more: &str) -> String {
        let comma = if more.is_empty() { "" } else { "," };
        format!("driver=nrflow-virtual,air={}{comma}{more}", self.name)
    }

    /// `nrflow` with these arguments, which finds the module and no other.
    pub fn nrflow(&self, args: &[&str]) -> Command {
        // Where the tests run in the background Ctrl-C is ignored, and would be by what they start: a handler of our own is
        // not passed on.
        static LISTENS: OnceLock<()> = OnceLock::new();
        LISTENS.get_or_init(|| ctrlc::set_handler(|| std::process::exit(130)).unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_nrflow"));
        command.args(args).env("SOAPY_SDR_PLUGIN_PATH", module_folder()).env("SOAPY_SDR_ROOT", module_folder());
        for variable in ["NRFLOW_VIRTUAL_DEVICES", "NRFLOW_VIRTUAL_FAULTS", "SOAPY_SDR_LOG_LEVEL"] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The radios that SoapySDR finds unasked: device arguments each, without driver and air.
    pub fn found(&self, radios: &[&str]) -> String {
        let radios: Vec<_> = radios.iter().map(|radio| format!("{radio},air={}", self.name)).collect();
        radios.join(";")
    }

    /// Runs `nrflow` to its end, at most a minute.
    pub fn run(&self, args: &[&str]) -> Output {
        finish(self.nrflow(args), Duration::from_secs(60))
    }
}

impl Drop for Air {
    fn drop(&mut self) {
        // A radio whose process was killed leaves its air behind.
        let _ = std::fs::remove_file(format!("/dev/shm/nrflow-air-{}", self.name));
    }
}

/// Runs a command to its end, at most for `limit`.
pub fn finish(mut command: Command, limit: Duration) -> Output {
    let child = command.spawn().unwrap();
    wait(child, limit, &format!("{command:?}"))
}

/// Waits for a child to end, at most for `limit`; what it writes is read all the while.
pub fn wait(mut child: Child, limit: Duration, what: &str) -> Output {
    let read = |stream: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                stream.read_to_end(&mut bytes).unwrap();
            }
            bytes
        })
    };
    let stdout = read(child.stdout.take().map(|s| Box::new(s) as _));
    let stderr = read(child.stderr.take().map(|s| Box::new(s) as _));
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > limit {
            let _ = child.kill();
            panic!("it hangs: {what}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// Presses Ctrl-C.
pub fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

/// Waits until it is so, at most two minutes.
pub fn wait_for(what: impl Fn() -> bool, name: &str) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(120), "{name} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What it wrote, as text: stdout, stderr.
pub fn text(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// The lines of a kind among those for programs.
pub fn lines(output: &str, kind: &str) -> Vec<Value> {
    let lines = output.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["kind"] == kind).collect()
}

/// Times in ms of the stream at which SS/PBCH blocks' frames begin, at so many samples a millisecond.
pub fn frames_ms(output: &str, samples_per_ms: u64) -> Vec<f64> {
    let start = |line: &Value| line["frame_start_sample"].as_f64().unwrap() / samples_per_ms as f64;
    lines(output, "cell").iter().map(start).collect()
}

/// The last counts of the stream, for programs.
pub fn last_counts(output: &str) -> Value {
    let last = lines(output, "stream").into_iter().rfind(|line| line["last"] == true);
    last.unwrap_or_else(|| panic!("no counts in {output}"))
}

/// The last counts of the stream `rx` or `tx`, for people: each counter that is not zero.
pub fn said_counts(stderr: &str, direction: &str) -> BTreeMap<String, u64> {
    let start = format!("nrflow: {direction}: samples ");
    let last = stderr.lines().rfind(|line| line.starts_with(&start));
    let last = last.unwrap_or_else(|| panic!("no counts of {direction} in {stderr}"));
    let counters = last[start.len() - "samples ".len()..].split(", ").map(|counter| {
        let (name, value) = counter.rsplit_once(' ').unwrap();
        (name.replace(' ', "_"), value.parse().unwrap())
    });
    counters.collect()
}
