use super::publisher::{Publisher, Room};
use super::wire::{Edge, StreamInfo};
use super::{NetworkError, PublishOptions, PublisherCounts};
use crate::Failure;
use crate::radio::WireFormat;
use crate::sample_edge::{self, Mark};
use futuresdr::runtime::dev::prelude::*;
use nrflow::Complex32;
use nrflow::kernel::{self, Isa};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Publishes samples, about a millisecond a message, with their time and what is missing. Samples that are marked as not
/// received are not sent: the time of what follows says how many there were.
#[derive(Block)]
pub struct SamplePublisher {
    #[input]
    input: DefaultCpuReader<Complex32>,
    publisher: Publisher,
    format: WireFormat,
    isa: Isa,
    /// Samples of a message.
    chunk: usize,
    /// Time of the next sample.
    next: u64,
    /// Samples from the next one on that were not received.
    lost: usize,
    broken: bool,
    quantised: Vec<i16>,
    failure: Failure,
}

impl SamplePublisher {
    /// Publishes at `endpoint` (`tcp://*:5555`, or with `*` for a free port) samples of `sample_rate_hz` around
    /// `centre_frequency_hz`, in `format`: CF32 or CS16.
    ///
    /// # Errors
    /// If the rate is not a positive number, the format another one, or the address is taken or none.
    pub fn bind(
        endpoint: &str,
        format: WireFormat,
        sample_rate_hz: f64,
        centre_frequency_hz: Option<f64>,
        options: PublishOptions,
    ) -> Result<Self, NetworkError> {
        if format == WireFormat::Cs8 {
            return Err(NetworkError::Settings("samples are published as CF32 or CS16".to_string()));
        }
        if !(sample_rate_hz > 0.0 && sample_rate_hz < 1e10) {
            return Err(NetworkError::Settings(format!("sample rate {sample_rate_hz} Hz: must be above 0")));
        }
        let info = StreamInfo { edge: Edge::Samples(format), sample_rate_hz, centre_frequency_hz };
        let publisher = Publisher::bind(endpoint, info, options)?;
        let chunk = ((sample_rate_hz / 1000.0) as usize).clamp(256, 500_000);
        let mut input = DefaultCpuReader::<Complex32>::default();
        input.set_min_buffer_size_in_items(4 * chunk);
        Ok(Self {
            input,
            publisher,
            format,
            isa: Isa::detect(),
            chunk,
            next: 0,
            lost: 0,
            broken: false,
            quantised: vec![0; 2 * chunk],
            failure: Failure::default(),
        })
    }

    /// The address, with the port that it got.
    pub fn address(&self) -> &str {
        self.publisher.address()
    }

    /// Set it to wait for no subscriber any more.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.publisher.stop)
    }

    /// What is counted.
    pub fn counts(&self) -> Arc<PublisherCounts> {
        Arc::clone(&self.publisher.counts)
    }

    /// What ended the graph, if it was this block.
    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }

    /// Sends the next `n` samples.
    fn publish(&mut self, mut message: Vec<u8>, n: usize) {
        self.publisher.begin(&mut message, std::mem::take(&mut self.broken));
        message.extend_from_slice(&self.next.to_le_bytes());
        let samples = &self.input.slice()[..n];
        if self.format == WireFormat::Cs16 {
            kernel::complex_to_i16(self.isa, samples, 32768.0, &mut self.quantised[..2 * n]);
            message.extend_from_slice(bytemuck::cast_slice(&self.quantised[..2 * n]));
        } else {
            message.extend_from_slice(bytemuck::cast_slice(samples));
        }
        self.publisher.send(message);
    }
}

impl Kernel for SamplePublisher {
    async fn init(&mut self, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        self.failure.note(self.publisher.start())?;
        Ok(())
    }

    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        // Asked before the slice is taken: what comes in between is seen in the next call.
        let ended = self.input.finished();
        loop {
            let (samples, tags) = self.input.slice_with_tags();
            let later = sample_edge::marks(tags, self.next).find(|(index, _)| *index > 0).map(|(index, _)| index);
            let waiting = later.unwrap_or(samples.len());
            if waiting < self.chunk && later.is_none() && !(ended && waiting > 0) {
                if ended {
                    self.publisher.end();
                    io.finished = true;
                }
                return Ok(());
            }
            let message = match self.publisher.room() {
                Room::Buffer(buffer) => buffer,
                Room::Later => {
                    io.block_on(self.publisher.wake.notified());
                    return Ok(());
                }
                Room::Never => {
                    io.finished = true;
                    return Ok(());
                }
            };
            for (_, mark) in sample_edge::marks(tags, self.next).take_while(|(index, _)| *index == 0) {
                match mark {
                    Mark::Leap(n) => self.next += n,
                    Mark::Break => self.broken = true,
                    Mark::Lost(n) => self.lost = n,
                }
            }
            let n = waiting.min(self.chunk);
            let n = if self.lost > 0 { n.min(self.lost) } else { n };
            if self.lost > 0 {
                self.lost -= n;
                self.publisher.give_back(message);
            } else {
                self.publish(message, n);
            }
            self.input.consume(n);
            self.next += n as u64;
        }
    }

    async fn deinit(&mut self, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        self.publisher.end();
        self.publisher.join();
        Ok(())
    }
}
