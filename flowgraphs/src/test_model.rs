//! `nrflow test-model`: a test model of TS 38.141-1 into a SigMF recording.

use crate::channel_settings::ChannelSettings;
use crate::test_model_args::{TestModelArgs, describe};
use anyhow::ensure;
use nrflow::Complex32;
use nrflow::evm::EvmWindow;
use nrflow::frame::{CyclicPrefix, ResourceGrid};
use nrflow::ofdm::{OfdmConfig, OfdmModulator};
use nrflow::test_model::TestModelGenerator;
use nrflow_blocks::file::{RecordingWriter, SampleFormat};
use std::path::PathBuf;

/// `nrflow test-model`
#[derive(clap::Args, Debug)]
pub struct GenerateArgs {
    #[command(flatten)]
    model: TestModelArgs,
    /// SigMF recording to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Frames of 10 ms; as many as the model has without it: one, or two with --tdd
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    frames: Option<u32>,
    /// Frequency of the carrier in Hz, which its phase compensation is for; none without it
    #[arg(long, value_name = "HZ")]
    frequency: Option<f64>,
    /// Sample rate in Hz, instead of the one that the standard measures the channel with
    #[arg(long, value_name = "HZ")]
    rate: Option<u64>,
    /// Mean power of the samples of a downlink symbol, dB from full scale; of models of one block, as if they were full
    #[arg(long, value_name = "DBFS", default_value_t = -15.0, allow_negative_numbers = true)]
    level: f32,
    /// Sample format of the recording: cf32, cs16, cs8 or cu8
    #[arg(long, default_value = "cf32")]
    format: String,
    #[command(flatten)]
    channel: ChannelSettings,
}

/// Runs the command.
///
/// # Errors
/// If a value is impossible, or the recording cannot be written.
pub fn command(args: &GenerateArgs) -> anyhow::Result<()> {
    let config = args.model.config()?;
    let format = SampleFormat::from_name(&args.format)?;
    ensure!(
        args.level.is_finite() && args.level.abs() <= 200.0,
        "level {} dB: must be finite and within 200 dB",
        args.level
    );
    let (carrier, numerology) = (*config.carrier(), config.carrier().numerology());
    let rate_hz = match args.rate {
        Some(rate_hz) => rate_hz,
        None => EvmWindow::new(config.bandwidth(), numerology, CyclicPrefix::Normal)?.sample_rate_hz(),
    };
    let ofdm = OfdmConfig::new(&carrier, rate_hz, 0, args.frequency)?;
    let filled = carrier.n_subcarriers() as f32 / ofdm.fft_size() as f32;
    let gain = (10f32.powf(args.level / 10.0) / filled).sqrt();
    let mut modulator = OfdmModulator::new(&ofdm);
    modulator.set_gain(gain);
    let mut channel = args.channel.channel(rate_hz, gain * gain)?;
    let mut generator = TestModelGenerator::new(&config);
    let mut grid = ResourceGrid::for_carrier(&carrier, 1);

    let description = format!("{}, generated", describe(&config));
    let mut writer = RecordingWriter::create(&args.out, format, rate_hz as f64, args.frequency, &description)?;
    let (mut sent, mut received) = (Vec::new(), Vec::new());
    let n_frames = args.frames.unwrap_or(config.n_frames() as u32);
    for _ in 0..n_frames {
        for slot in 0..numerology.slots_per_frame() {
            generator.transmit(slot, &mut grid);
            let in_subframe = slot % numerology.slots_per_subframe();
            sent.resize(modulator.slot_len(in_subframe), Complex32::ZERO);
            modulator.modulate_slot(in_subframe, &grid, 0, &mut sent);
            match &mut channel {
                Some(channel) => {
                    received.clear();
                    channel.process_one(&sent, &mut received);
                    writer.write(&received)?;
                }
                None => writer.write(&sent)?,
            }
        }
    }
    if let Some(channel) = &mut channel {
        let mut rest = [Vec::new()];
        channel.finish(&mut rest);
        writer.write(&rest[0])?;
    }
    let n_samples = writer.finish()?;
    println!(
        "{}: {}, {n_frames} frames, {n_samples} samples at {} Msps, {}",
        args.out.display(),
        describe(&config),
        rate_hz as f64 / 1e6,
        format.sigmf(),
    );
    Ok(())
}
