//! Your own block: a pass-through on the sample edge that remembers the largest sample it saw.
//!
//! `cargo run --release --example sample_meter -- RECORDING.sigmf-meta`

use futuresdr::prelude::*;
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use nrflow_blocks::file::{FileSource, Recording};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The block: ports, state, and a `work` that returns errors and never panics.
#[derive(Block)]
struct SampleMeter {
    #[input]
    input: DefaultCpuReader<Complex32>,
    samples: Arc<AtomicU64>,
    /// Bits of the largest magnitude; those of non-negative floats sort as the numbers do.
    peak: Arc<AtomicU32>,
}

impl Kernel for SampleMeter {
    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        // Asked first: what comes after this is seen in the next call.
        let ended = self.input.finished();
        let samples = self.input.slice();
        let n = samples.len();
        let peak = samples.iter().map(|x| x.norm()).fold(0.0, f32::max);
        self.peak.fetch_max(peak.to_bits(), Ordering::Relaxed);
        self.samples.fetch_add(n as u64, Ordering::Relaxed);
        self.input.consume(n);
        // Finished only when ended *and* drained.
        io.finished = ended && n == 0;
        io.call_again = ended && n > 0;
        Ok(())
    }
}

/// The number of samples of a recording and its largest magnitude.
pub fn run(recording: &Path) -> anyhow::Result<(u64, f32)> {
    let recording = Recording::open_sigmf(recording)?;
    let source = FileSource::new(&recording, 1 << 16)?;
    let (samples, peak) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU32::new(0)));
    let meter =
        SampleMeter { input: DefaultCpuReader::default(), samples: Arc::clone(&samples), peak: Arc::clone(&peak) };
    futuresdr::runtime::config::set("ctrlport_enable", false);
    let mut fg = Flowgraph::new();
    connect!(fg, source > meter);
    Runtime::new().run(fg)?;
    Ok((samples.load(Ordering::Relaxed), f32::from_bits(peak.load(Ordering::Relaxed))))
}

#[allow(dead_code, reason = "a test runs the example's graph without its main")]
fn main() -> anyhow::Result<()> {
    let Some(recording) = std::env::args_os().nth(1) else {
        anyhow::bail!("give a SigMF recording");
    };
    let (samples, peak) = run(Path::new(&recording))?;
    println!("{samples} samples, the largest {:.1} dBFS", 20.0 * peak.log10());
    Ok(())
}
