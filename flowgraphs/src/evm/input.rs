//! The samples of a recording as the measurement wants them: its rate, the carrier in the middle.

use anyhow::ensure;
use nrflow::Complex32;
use nrflow::evm::EvmWindow;
use nrflow::ofdm::{Mixer, Resampler};
use nrflow::test_model::TestModelConfig;
use nrflow_blocks::file::Recording;

/// Samples at the window's rate.
pub struct Input {
    pub samples: Vec<Complex32>,
    /// The recording's sample that the first of them is.
    pub first: u64,
    /// Samples of the recording a sample.
    pub ratio: f64,
}

/// Reads `wanted_ms` of the recording from `skip_ms` on.
///
/// # Errors
/// If the carrier does not fit into the recording, nothing is left of it, or it cannot be read.
pub fn read(
    recording: &Recording,
    config: &TestModelConfig,
    window: EvmWindow,
    frequency_hz: Option<f64>,
    carrier_hz: Option<f64>,
    skip_ms: f64,
    wanted_ms: f64,
) -> anyhow::Result<Input> {
    let rate_hz = recording.sample_rate_hz();
    ensure!(
        rate_hz.fract() == 0.0 && rate_hz >= 1.0,
        "sample rate {rate_hz} Hz: must be a whole number of Hz to be brought to {} Hz",
        window.sample_rate_hz()
    );
    let shift_hz = match (carrier_hz, frequency_hz) {
        (Some(carrier_hz), Some(frequency_hz)) => carrier_hz - frequency_hz,
        (Some(_), None) => {
            anyhow::bail!("--carrier needs the recording's own frequency, which it does not say: give --frequency")
        }
        _ => 0.0,
    };
    let occupied_hz = config.carrier().n_subcarriers() as f64 * f64::from(config.carrier().numerology().scs_hz());
    ensure!(
        occupied_hz / 2.0 + shift_hz.abs() <= rate_hz / 2.0,
        "{} needs {:.3} MHz, and {:.3} Msps hold no more than {:.3} MHz there",
        config.bandwidth(),
        occupied_hz / 1e6,
        rate_hz / 1e6,
        (rate_hz - 2.0 * shift_hz.abs()).max(0.0) / 1e6,
    );
    ensure!(skip_ms.is_finite() && skip_ms >= 0.0, "{skip_ms} ms: must be 0 or more");
    let skip = (skip_ms * 1e-3 * rate_hz) as u64;
    ensure!(
        skip < recording.n_samples(),
        "nothing is left after {skip_ms} ms: the recording is {:.1} ms long",
        recording.duration_s() * 1e3
    );
    let wanted = ((wanted_ms * 1e-3 * rate_hz) as u64).min(recording.n_samples() - skip);
    let mut samples = vec![Complex32::ZERO; usize::try_from(wanted)?];
    let mut reader = recording.reader()?;
    let mut passed = 0;
    let mut chunk = vec![Complex32::ZERO; 1 << 16];
    while passed < skip {
        let most = usize::try_from(skip - passed).unwrap_or(usize::MAX).min(chunk.len());
        let n = reader.read(&mut chunk[..most])?;
        ensure!(n > 0, "{}: ends early", recording.path().display());
        passed += n as u64;
    }
    let n = reader.read(&mut samples)?;
    samples.truncate(n);
    if shift_hz != 0.0 {
        Mixer::new(-shift_hz, rate_hz as u64)?.process_in_place(&mut samples);
    }
    let rate = rate_hz as u64;
    if rate != window.sample_rate_hz() {
        let narrower_hz = rate_hz.min(window.sample_rate_hz() as f64);
        // A hundredth more than the carrier, as it may be off by its frequency error.
        let passband = (occupied_hz / narrower_hz + 0.01).clamp(0.8, 0.98);
        let mut resampler = Resampler::with_passband(rate, window.sample_rate_hz(), passband)?;
        let mut out = Vec::new();
        resampler.process_into(&samples, &mut out);
        resampler.finish(&mut out);
        samples = out;
    }
    Ok(Input { samples, first: skip, ratio: rate_hz / window.sample_rate_hz() as f64 })
}
