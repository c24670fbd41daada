//! A cell through a radio that transmits.

use crate::channel_settings::ChannelSettings;
use crate::config::Cell;
use crate::live::print_line;
use crate::live_radio::LiveOutput;
use crate::radio_args::RadioArgs;
use crate::transmit::{TransmitGraph, TransmitOptions, channel_stages, print_sent, sent_json, slots};
use anyhow::bail;
use nrflow::Complex32;
use nrflow::frame::Band;
use nrflow::ofdm::Resampler;
use nrflow_blocks::radio::SlotLengths;
use nrflow_blocks::transmit::{SampleProcessor, SentLog};

/// Flags of what is sent on the air.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct OnAir {
    /// I may transmit here: on this frequency, with this power, at this place. Without it nothing is ever transmitted
    #[arg(long)]
    pub i_may_transmit: bool,
    /// Send until Ctrl-C
    #[arg(long = "loop", conflicts_with = "duration")]
    pub endless: bool,
    /// Send without a pause, zeros where the cell is silent; otherwise a TDD cell is sent in bursts where the radio can
    #[arg(long)]
    pub continuous: bool,
    /// Print what a radio counts, and what was sent, as one JSON object a line (docs/json.md)
    #[arg(long, conflicts_with = "out")]
    pub json: bool,
}

/// Part of the narrower rate's band that a resampler passes unchanged: carriers take more of it than most signals.
const PASSBAND: f64 = 0.94;

/// Resamplers as a stage of a sample stream, one for each antenna.
struct ResamplerStage(Vec<Resampler>);

impl SampleProcessor for ResamplerStage {
    fn process(&mut self, input: &[&[Complex32]], output: &mut [Vec<Complex32>]) {
        for ((resampler, input), output) in self.0.iter_mut().zip(input).zip(output) {
            resampler.process_into(input, output);
        }
    }

    fn finish(&mut self, output: &mut [Vec<Complex32>]) {
        self.0.iter_mut().zip(output).for_each(|(resampler, output)| resampler.finish(output));
    }
}

/// Sends a cell through a radio. Says before what it will do; does it only if it may.
///
/// # Errors
/// If the radio cannot be used, does not go there, or nobody said that it may transmit.
pub fn transmit(
    cell: &Cell,
    channel: &ChannelSettings,
    air: &OnAir,
    radio: &RadioArgs,
    has_duration: bool,
    options: &TransmitOptions,
) -> anyhow::Result<()> {
    let endless = air.endless || !has_duration && options.duration_ms <= 0.0;
    let n_slots = if endless { u64::MAX } else { slots(cell, options.duration_ms)? };
    let mut stages = channel_stages(cell, channel)?;
    let output = open(cell, radio, &mut stages)?;
    let bursts = !air.continuous && output.has_bursts() && !cell.transmit().parameters().tdd.is_empty();
    let how_long = if endless { "until Ctrl-C".to_string() } else { format!("for {} s", options.duration_ms / 1e3) };
    announce(cell, &output, bursts, &how_long);
    permit(&output, air.i_may_transmit)?;
    let sent = send(cell, output, stages, n_slots, bursts, air.json)?;
    if air.json {
        print_line(&sent_json(cell, &sent))
    } else {
        print_sent(cell, &sent)
    }
    Ok(())
}

/// Opens the radio for a cell; where it has not the cell's sample rate, a resampler is added to `stages`.
///
/// # Errors
/// If the radio cannot be used.
pub fn open(cell: &Cell, radio: &RadioArgs, stages: &mut Vec<Box<dyn SampleProcessor>>) -> anyhow::Result<LiveOutput> {
    let rate = cell.ofdm().sample_rate_hz();
    let carrier = cell.transmit().carrier();
    let width_hz = carrier.n_subcarriers() as f64 * f64::from(carrier.numerology().scs_hz());
    // The carrier itself must fit; its transform's rate need not.
    let output = LiveOutput::open(radio, rate as f64, width_hz / PASSBAND, cell.centre_hz() as f64)?;
    let ratio = rate as f64 / output.sample_rate_hz();
    if (ratio - 1.0).abs() > 1e-9 {
        let to = output.sample_rate_hz();
        let whole = (to - to.round()).abs() < 1e-3;
        let resampler = |_| {
            if whole {
                Resampler::with_passband(rate, to.round() as u64, PASSBAND)
            } else {
                Resampler::with_ratio(ratio, PASSBAND)
            }
        };
        let resamplers = (0..cell.transmit().n_ports()).map(resampler).collect::<Result<_, _>>()?;
        stages.push(Box::new(ResamplerStage(resamplers)));
    }
    Ok(output)
}

/// Says in which band, at which gain and for how long is transmitted.
pub fn announce(cell: &Cell, output: &LiveOutput, bursts: bool, how_long: &str) {
    let carrier = cell.transmit().carrier();
    let centre_mhz = cell.centre_hz() as f64 / 1e6;
    let half_mhz = carrier.n_subcarriers() as f64 * f64::from(carrier.numerology().scs_hz()) / 2e6;
    let band = cell.transmit().geometry().config().band;
    let bands = match band {
        Some(band) => band.to_string(),
        None => {
            let of: Vec<String> = Band::of_downlink_hz(cell.centre_hz()).map(|band| band.to_string()).collect();
            if of.is_empty() { "no NR band".to_string() } else { of.join(", ") }
        }
    };
    if !output.is_on_air() {
        eprintln!("nrflow: will send {how_long} at {:.4} Msps to {}", output.sample_rate_hz() / 1e6, output.name());
        return;
    }
    let gain = output.gain_db().map_or("unknown gain".to_string(), |db| format!("{db} dB gain"));
    eprintln!(
        "nrflow: will transmit {:.3} to {:.3} MHz ({bands}) with {gain}, {} at {:.4} Msps, {how_long}, on {}",
        centre_mhz - half_mhz,
        centre_mhz + half_mhz,
        if bursts { "in bursts" } else { "without a pause" },
        output.sample_rate_hz() / 1e6,
        output.name()
    );
}

/// Refuses to transmit on the air unless somebody said that it may.
///
/// # Errors
/// If nobody did.
pub fn permit(output: &LiveOutput, i_may_transmit: bool) -> anyhow::Result<()> {
    if output.is_on_air() && !i_may_transmit {
        bail!(
            "nothing was transmitted: add --i-may-transmit if you are allowed to transmit there (a licence, or a cable \
             with attenuators)"
        );
    }
    Ok(())
}

/// Sends the first `n_slots` slots of a cell; what was sent.
///
/// # Errors
/// What the radio failed of.
pub fn send(
    cell: &Cell,
    output: LiveOutput,
    stages: Vec<Box<dyn SampleProcessor>>,
    n_slots: u64,
    bursts: bool,
    json: bool,
) -> anyhow::Result<SentLog> {
    let ofdm = cell.ofdm();
    let lengths = SlotLengths::new(ofdm.numerology(), ofdm.sample_rate_hz(), output.sample_rate_hz())?;
    let graph = TransmitGraph::new(cell, stages, n_slots, false)?;
    let mut sent = SentLog::default();
    output.run(lengths, bursts, n_slots < u64::MAX, json, graph.stop(), |sink| {
        sent = graph.run_to_radio(sink)?;
        Ok(())
    })?;
    Ok(sent)
}
