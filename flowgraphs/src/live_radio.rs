//! A radio at the beginning or the end of a flowgraph, as the commands use it.

use crate::live::{Interrupted, Streams, stop_at_interrupt, was_interrupted};
use crate::radio_args::{self, RadioArgs};
use anyhow::Context;
#[cfg(feature = "zmq")]
use nrflow_blocks::network::peer::ZmqRadio;
use nrflow_blocks::radio::{
    Direction, RadioSink, RadioSource, ReceiveOptions, SampleInput, SampleOutput, SlotLengths, TransmitOptions,
    WireFormat,
};

/// A radio that receives, opened and set up.
pub struct LiveInput {
    name: String,
    input: Box<dyn SampleInput>,
    options: ReceiveOptions,
    frequency_hz: f64,
}

impl LiveInput {
    /// Opens the radio of `args` at the lowest of its rates that is at least `rate_hz`; without one, the least that is at
    /// least `usual_hz`, or the highest that it has.
    ///
    /// # Errors
    /// A sentence on what is missing, or what the device refuses.
    pub fn open(
        args: &RadioArgs,
        rate_hz: Option<f64>,
        usual_hz: f64,
        frequency_hz: Option<f64>,
    ) -> anyhow::Result<Self> {
        let settings = args.settings(Direction::Rx, rate_hz, frequency_hz)?;
        let frequency_hz = settings.rx.frequency_hz.context("where to listen is not said: give --frequency")?;
        #[cfg(feature = "zmq")]
        if let Some((peer, name)) = crate::peer::open(&settings, Direction::Rx, settings.rx.sample_rate_hz)? {
            let input = peer.input.context("a peer without a port to receive from")?;
            return Ok(Self { name, input: Box::new(input), options: ZmqRadio::receive_options(), frequency_hz });
        }
        let device = radio_args::open(&settings)?;
        let rate_hz = match settings.rx.sample_rate_hz {
            Some(rate_hz) => device.rate_for(Direction::Rx, rate_hz)?,
            None => device.rate_near(Direction::Rx, usual_hz)?,
        };
        let input = device.input(rate_hz, frequency_hz)?;
        radio_args::say_notes(&device);
        let name = device.abilities().name().to_string();
        Ok(Self { name, input: Box::new(input), options: ReceiveOptions::default(), frequency_hz })
    }

    /// Sample rate, Hz.
    pub fn sample_rate_hz(&self) -> f64 {
        self.input.sample_rate_hz()
    }

    /// Radio frequency of 0 Hz in the samples, Hz.
    pub const fn frequency_hz(&self) -> f64 {
        self.frequency_hz
    }

    /// Channels.
    pub fn n_channels(&self) -> usize {
        self.input.n_channels()
    }

    /// How the samples travel.
    pub fn wire_format(&self) -> WireFormat {
        self.input.format()
    }

    /// What it is, in a few words.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A line about it.
    pub fn heading(&self) -> String {
        format!("{} at {:.4} Msps around {:.6} MHz", self.name, self.sample_rate_hz() / 1e6, self.frequency_hz / 1e6)
    }

    /// Runs a graph behind it until `duration_s` of signal are in or Ctrl-C comes, and shows what is counted.
    ///
    /// # Errors
    /// What the graph failed of; [`Interrupted`] if Ctrl-C came before `duration_s` were in.
    pub fn run(
        self,
        duration_s: Option<f64>,
        json: bool,
        graph: impl FnOnce(RadioSource) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let limit = duration_s.map(|seconds| samples(seconds, self.sample_rate_hz())).transpose()?;
        let source = RadioSource::new(self.input, ReceiveOptions { limit, ..self.options });
        stop_at_interrupt(source.stop())?;
        let watch = Streams::default().source(&source).watch(json);
        let result = graph(source);
        watch.finish();
        ended(result, limit.is_some())
    }
}

/// Seconds in samples.
///
/// # Errors
/// If it is no time.
pub fn samples(seconds: f64, sample_rate_hz: f64) -> anyhow::Result<u64> {
    anyhow::ensure!(seconds > 0.0 && seconds <= 1e9, "duration {seconds} s: must be above 0");
    Ok((seconds * sample_rate_hz).round().max(1.0) as u64)
}

/// The result of a graph that may have been interrupted: without an end of its own, Ctrl-C is the end.
fn ended(result: anyhow::Result<()>, has_end: bool) -> anyhow::Result<()> {
    result?;
    if was_interrupted() && has_end { Err(Interrupted.into()) } else { Ok(()) }
}

/// A radio that transmits, opened and set up.
pub struct LiveOutput {
    name: String,
    output: Box<dyn SampleOutput>,
    options: TransmitOptions,
    gain_db: Option<f64>,
    on_air: bool,
}

impl LiveOutput {
    /// Opens the radio of `args` at the lowest of its rates that is at least `rate_hz`, or else at least `least_hz`.
    ///
    /// # Errors
    /// A sentence on what the device refuses.
    pub fn open(args: &RadioArgs, rate_hz: f64, least_hz: f64, frequency_hz: f64) -> anyhow::Result<Self> {
        let settings = args.settings(Direction::Tx, None, Some(frequency_hz))?;
        #[cfg(feature = "zmq")]
        if let Some((peer, name)) = crate::peer::open(&settings, Direction::Tx, settings.tx.sample_rate_hz)? {
            let output = peer.output.context("a peer without a port to send at")?;
            anyhow::ensure!(
                output.sample_rate_hz() >= least_hz,
                "base_srate={}: at least {least_hz} Hz are needed for this cell",
                output.sample_rate_hz()
            );
            let (output, options) = (Box::new(output), ZmqRadio::transmit_options());
            return Ok(Self { name, output, options, gain_db: None, on_air: false });
        }
        let device = radio_args::open(&settings)?;
        let rate_hz = match settings.tx.sample_rate_hz {
            Some(rate_hz) => device.rate_for(Direction::Tx, rate_hz.max(least_hz))?,
            None => device.rate_for(Direction::Tx, rate_hz).or_else(|_| device.rate_for(Direction::Tx, least_hz))?,
        };
        let output = device.output(rate_hz, frequency_hz)?;
        radio_args::say_notes(&device);
        let (name, gain_db) = (device.abilities().name().to_string(), device.gain_db(Direction::Tx));
        Ok(Self { name, output: Box::new(output), options: TransmitOptions::default(), gain_db, on_air: true })
    }

    /// Sample rate, Hz.
    pub fn sample_rate_hz(&self) -> f64 {
        self.output.sample_rate_hz()
    }

    /// Overall gain, dB, if the device tells.
    pub const fn gain_db(&self) -> Option<f64> {
        self.gain_db
    }

    /// What it is, in a few words.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it radiates; another program does not.
    pub const fn is_on_air(&self) -> bool {
        self.on_air
    }

    /// Whether it can be silent between bursts. A peer over ZeroMQ cannot: it waits for every sample.
    pub fn has_bursts(&self) -> bool {
        self.on_air && self.output.is_timed()
    }

    /// Runs a graph before it, whose stream has `slots`; sends in bursts if asked to. `stop` is set by Ctrl-C, and is to
    /// end the source of the graph. `has_end` says that the graph ends by itself, `json` that what is counted is for programs.
    ///
    /// # Errors
    /// What the graph failed of; [`Interrupted`] if Ctrl-C came before its end.
    pub fn run(
        self,
        slots: SlotLengths,
        bursts: bool,
        has_end: bool,
        json: bool,
        stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
        graph: impl FnOnce(RadioSink) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let sink = RadioSink::new(self.output, slots, bursts, self.options);
        stop_at_interrupt(stop)?;
        stop_at_interrupt(sink.stop())?;
        let watch = Streams::default().sink(&sink).watch(json);
        let result = graph(sink);
        watch.finish();
        ended(result, has_end)
    }
}
