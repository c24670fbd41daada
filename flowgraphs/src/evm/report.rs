//! What was measured, for people and for programs.

use super::input::Input;
use super::{EvmWindow, Measured, duplex_name};
use crate::test_model_args::describe;
use nrflow::evm::{EvmResult, evm_limit};
use nrflow::modulation::Modulation;
use nrflow::test_model::{TestModelConfig, TestModelGenerator};
use serde_json::{Value, json};
use std::io::Write;

/// The result of a measurement.
pub struct Report<'a> {
    config: &'a TestModelConfig,
    known: bool,
    window: EvmWindow,
    frames: usize,
    start_sample: f64,
    frequency_error_hz: f64,
    phase_compensation_hz: Option<f64>,
    results: Vec<EvmResult>,
    channels: Vec<ChannelReport>,
}

struct ChannelReport {
    name: &'static str,
    modulation: Modulation,
    measured: bool,
    low: f64,
    high: f64,
    epre_dbfs: f64,
    power_db: f64,
    nominal_db: f64,
    n_blocks: usize,
}

impl<'a> Report<'a> {
    /// Of what was measured in `input`.
    pub fn new(
        config: &'a TestModelConfig,
        known: bool,
        window: EvmWindow,
        measured: &Measured,
        input: &Input,
    ) -> Self {
        let frames = measured.frames.len() as f64;
        let mean = |of: &dyn Fn(&nrflow::evm::FrameEvm) -> f64| measured.frames.iter().map(of).sum::<f64>() / frames;
        let db = |power: f64| 10.0 * power.log10();
        let pilots = mean(&|frame| frame.pilot_power);
        let channels = (0..measured.channels.len())
            .filter(|&i| measured.frames[0].channels[i].n_blocks > 0)
            .map(|i| {
                let blocks: usize = measured.frames.iter().map(|frame| frame.channels[i].n_blocks).sum();
                let squares =
                    |end: usize| measured.frames.iter().map(|frame| frame.channels[i].squares[end]).sum::<f64>();
                let power = mean(&|frame| frame.channels[i].power);
                ChannelReport {
                    name: TestModelGenerator::EVM_CHANNELS[i],
                    modulation: measured.channels[i].modulation,
                    measured: measured.channels[i].measured,
                    low: (squares(0) / blocks as f64).sqrt(),
                    high: (squares(1) / blocks as f64).sqrt(),
                    epre_dbfs: db(power),
                    power_db: db(power / pilots),
                    nominal_db: 20.0 * f64::from(measured.amplitudes[i]).log10(),
                    n_blocks: blocks,
                }
            })
            .collect();
        Self {
            config,
            known,
            window,
            frames: measured.frames.len(),
            start_sample: input.first as f64 + measured.frames[0].start * input.ratio,
            frequency_error_hz: mean(&|frame| frame.frequency_error_hz),
            phase_compensation_hz: measured.phase_compensation_hz,
            results: measured.average.results(),
            channels,
        }
    }

    /// The lines for people.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write_text(&self, out: &mut impl Write) -> std::io::Result<()> {
        let ms = 10 * self.frames;
        writeln!(out, "model      {}", describe(self.config))?;
        writeln!(
            out,
            "measured   {ms} ms from sample {:.1}, FFT of {}, window of {} samples, data {}, phase compensation {}",
            self.start_sample,
            self.window.fft_size(),
            self.window.length(),
            if self.known { "known" } else { "decided" },
            self.phase_compensation_hz.map_or("none".to_owned(), |hz| format!("for {} MHz", hz / 1e6)),
        )?;
        let ppm = self.phase_compensation_hz.map(|hz| format!(" ({:+.4} ppm)", self.frequency_error_hz / hz * 1e6));
        writeln!(out, "frequency  {:+.2} Hz{}", self.frequency_error_hz, ppm.unwrap_or_default())?;
        for c in &self.channels {
            writeln!(
                out,
                "channel    {:<14}  {:<7}  {:7.2} dBFS an element, {:+.2} dB ({:+.2} nominal)  EVM {:.2} % low, {:.2} % high",
                c.name,
                c.modulation.to_string(),
                c.epre_dbfs,
                c.power_db,
                c.nominal_db,
                100.0 * c.low,
                100.0 * c.high,
            )?;
        }
        for result in &self.results {
            let verdict = match (evm_limit(result.modulation), result.passes()) {
                (Some(limit), Some(passes)) => {
                    format!("limit {:.1} %  {}", 100.0 * limit, if passes { "passed" } else { "FAILED" })
                }
                _ => "no limit".to_owned(),
            };
            writeln!(
                out,
                "EVM        {:<7}  {:.2} %  (low {:.2} %, high {:.2} %)  {verdict}",
                result.modulation.to_string(),
                100.0 * result.evm,
                100.0 * result.low,
                100.0 * result.high,
            )?;
        }
        if self.results.is_empty() {
            writeln!(out, "EVM        {} has no block that it is measured on", self.config.model())?;
        }
        out.flush()
    }

    /// The object for programs; docs/json.md is the schema.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_json(&self, out: &mut impl Write) -> anyhow::Result<()> {
        serde_json::to_writer(&mut *out, &self.json())?;
        writeln!(out)?;
        Ok(out.flush()?)
    }

    fn json(&self) -> Value {
        let results: Vec<Value> = self
            .results
            .iter()
            .map(|result| {
                json!({
                    "modulation": result.modulation.to_string(),
                    "evm_percent": figure(100.0 * result.evm),
                    "low_percent": figure(100.0 * result.low),
                    "high_percent": figure(100.0 * result.high),
                    "limit_percent": evm_limit(result.modulation).map(|limit| figure(100.0 * limit)),
                    "passed": result.passes(),
                    "blocks": result.n_blocks,
                })
            })
            .collect();
        let channels: Vec<Value> = self
            .channels
            .iter()
            .map(|c| {
                json!({
                    "name": c.name,
                    "modulation": c.modulation.to_string(),
                    "measured": c.measured,
                    "low_percent": figure(100.0 * c.low),
                    "high_percent": figure(100.0 * c.high),
                    "epre_dbfs": figure(c.epre_dbfs),
                    "power_db": figure(c.power_db),
                    "nominal_db": figure(c.nominal_db),
                    "blocks": c.n_blocks,
                })
            })
            .collect();
        let verdicts = || self.results.iter().filter_map(EvmResult::passes);
        json!({
            "kind": "evm",
            "model": self.config.model().name(),
            "bandwidth_mhz": self.config.bandwidth().mhz(),
            "scs_khz": self.config.carrier().numerology().scs_khz(),
            "duplex": duplex_name(self.config.duplex()),
            "cell_id": self.config.cell_id().get(),
            "reference": if self.known { "known" } else { "nearest" },
            "frames": self.frames,
            "frame_start_sample": figure(self.start_sample),
            "frequency_error_hz": figure(self.frequency_error_hz),
            "phase_compensation_hz": self.phase_compensation_hz,
            "results": results,
            "channels": channels,
            "passed": (verdicts().count() > 0).then(|| verdicts().all(|passed| passed)),
        })
    }
}

/// Three decimals; what is not a number is null.
fn figure(x: f64) -> Value {
    json!((x * 1000.0).round() / 1000.0)
}
