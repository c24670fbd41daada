//! Streams of the three formats.

use crate::radio::settings::MOST_CHANNELS;
use crate::radio::{Chunk, Plane, WireFormat};
use nrflow::Complex32;
use num_complex::Complex;
use soapysdr::{Args, Device, Error, RxStream, StreamSample, TxStream};
use std::collections::BTreeMap;
use std::ops::Range;

/// A sample as it travels.
trait WireSample: StreamSample + Sized {
    /// The samples of a plane; none if it holds others.
    fn of(plane: &Plane) -> &[Self];
    fn of_mut(plane: &mut Plane) -> &mut [Self];
}

macro_rules! wire_samples {
    ($($sample:ty => $format:ident),+) => {$(
        impl WireSample for $sample {
            fn of(plane: &Plane) -> &[Self] {
                if let Plane::$format(samples) = plane { samples } else { &[] }
            }

            fn of_mut(plane: &mut Plane) -> &mut [Self] {
                if let Plane::$format(samples) = plane { samples } else { &mut [] }
            }
        }
    )+};
}

wire_samples!(Complex<i8> => Cs8, Complex<i16> => Cs16, Complex32 => Cf32);

/// A receive stream.
pub(super) enum RxStreams {
    Cs8(RxStream<Complex<i8>>),
    Cs16(RxStream<Complex<i16>>),
    Cf32(RxStream<Complex32>),
}

/// A transmit stream.
pub(super) enum TxStreams {
    Cs8(TxStream<Complex<i8>>),
    Cs16(TxStream<Complex<i16>>),
    Cf32(TxStream<Complex32>),
}

/// Does the same with the stream of any format.
macro_rules! each {
    ($streams:expr, $stream:ident => $do:expr) => {
        match $streams {
            Self::Cs8($stream) => $do,
            Self::Cs16($stream) => $do,
            Self::Cf32($stream) => $do,
        }
    };
}

fn args(pairs: &BTreeMap<String, String>) -> Args {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

impl RxStreams {
    pub fn open(
        device: &Device,
        format: WireFormat,
        channels: &[usize],
        arguments: &BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        Ok(match format {
            WireFormat::Cs8 => Self::Cs8(device.rx_stream_args(channels, args(arguments))?),
            WireFormat::Cs16 => Self::Cs16(device.rx_stream_args(channels, args(arguments))?),
            WireFormat::Cf32 => Self::Cf32(device.rx_stream_args(channels, args(arguments))?),
        })
    }

    pub fn mtu(&self) -> usize {
        each!(self, stream => stream.mtu()).unwrap_or(0)
    }

    pub fn is_active(&self) -> bool {
        each!(self, stream => stream.active())
    }

    pub fn activate(&mut self, at_ns: Option<i64>) -> Result<(), Error> {
        each!(self, stream => stream.activate(at_ns))
    }

    pub fn deactivate(&mut self) -> Result<(), Error> {
        each!(self, stream => stream.deactivate(None))
    }

    /// Reads at most `most` samples a channel behind those of the chunk.
    pub fn read(&mut self, chunk: &mut Chunk, most: usize, timeout_us: i64) -> Result<usize, Error> {
        each!(self, stream => read(stream, chunk, most, timeout_us))
    }

    pub fn time_ns(&self) -> i64 {
        each!(self, stream => stream.time_ns())
    }
}

fn read<E: WireSample>(
    stream: &mut RxStream<E>,
    chunk: &mut Chunk,
    most: usize,
    timeout_us: i64,
) -> Result<usize, Error> {
    let from = chunk.len;
    let to = chunk.capacity().min(from + most);
    let mut buffers: [&mut [E]; MOST_CHANNELS] = Default::default();
    let planes = chunk.planes_mut();
    let n_channels = planes.len();
    for (buffer, plane) in buffers.iter_mut().zip(planes) {
        *buffer = &mut E::of_mut(plane)[from..to];
    }
    // A driver that says that it gave more than it was asked for is not believed.
    Ok(stream.read(&mut buffers[..n_channels], timeout_us)?.min(to - from))
}

impl TxStreams {
    pub fn open(
        device: &Device,
        format: WireFormat,
        channels: &[usize],
        arguments: &BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        Ok(match format {
            WireFormat::Cs8 => Self::Cs8(device.tx_stream_args(channels, args(arguments))?),
            WireFormat::Cs16 => Self::Cs16(device.tx_stream_args(channels, args(arguments))?),
            WireFormat::Cf32 => Self::Cf32(device.tx_stream_args(channels, args(arguments))?),
        })
    }

    pub fn mtu(&self) -> usize {
        each!(self, stream => stream.mtu()).unwrap_or(0)
    }

    pub fn is_active(&self) -> bool {
        each!(self, stream => stream.active())
    }

    pub fn activate(&mut self) -> Result<(), Error> {
        each!(self, stream => stream.activate(None))
    }

    pub fn deactivate(&mut self) -> Result<(), Error> {
        each!(self, stream => stream.deactivate(None))
    }

    /// Writes these samples of the chunk, at a time, as the last of a burst.
    pub fn write(
        &mut self,
        chunk: &Chunk,
        samples: Range<usize>,
        at_ns: Option<i64>,
        ends_burst: bool,
        timeout_us: i64,
    ) -> Result<usize, Error> {
        each!(self, stream => write(stream, chunk, samples, at_ns, ends_burst, timeout_us))
    }

    /// What the device has to report, without waiting for it.
    pub fn status(&mut self) -> Result<usize, Error> {
        let (mut channels, mut flags, mut time_ns) = (0, 0, 0);
        each!(self, stream => stream.read_status(&mut channels, &mut flags, &mut time_ns, 0))
    }
}

fn write<E: WireSample>(
    stream: &mut TxStream<E>,
    chunk: &Chunk,
    samples: Range<usize>,
    at_ns: Option<i64>,
    ends_burst: bool,
    timeout_us: i64,
) -> Result<usize, Error> {
    let most = samples.len();
    let mut buffers: [&[E]; MOST_CHANNELS] = Default::default();
    for (buffer, plane) in buffers.iter_mut().zip(chunk.planes()) {
        *buffer = &E::of(plane)[samples.clone()];
    }
    Ok(stream.write(&buffers[..chunk.planes().len()], at_ns, ends_burst, timeout_us)?.min(most))
}
