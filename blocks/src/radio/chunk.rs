use nrflow::Complex32;
use nrflow::frame::SampleTime;
use nrflow::kernel::{self, Isa};
use num_complex::Complex;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How samples travel between a device and the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WireFormat {
    /// Two `i8`; full scale 128 is 1.0.
    Cs8,
    /// Two `i16`; full scale 32768 is 1.0.
    Cs16,
    /// Two `f32`; full scale 1.0.
    Cf32,
}

impl WireFormat {
    /// Every format, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Cs8, Self::Cs16, Self::Cf32];

    /// The name, `CS16` say.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cs8 => "CS8",
            Self::Cs16 => "CS16",
            Self::Cf32 => "CF32",
        }
    }

    /// Bytes of a sample.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Cs8 => 2,
            Self::Cs16 => 4,
            Self::Cf32 => 8,
        }
    }

    /// Of its name, in capitals or not; none for others.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for WireFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Samples of one channel as they come from a device or go to it.
#[derive(Clone, Debug)]
pub enum Plane {
    /// [`WireFormat::Cs8`].
    Cs8(Box<[Complex<i8>]>),
    /// [`WireFormat::Cs16`].
    Cs16(Box<[Complex<i16>]>),
    /// [`WireFormat::Cf32`].
    Cf32(Box<[Complex32]>),
}

impl Plane {
    fn new(format: WireFormat, capacity: usize) -> Self {
        match format {
            WireFormat::Cs8 => Self::Cs8(vec![Complex::new(0, 0); capacity].into()),
            WireFormat::Cs16 => Self::Cs16(vec![Complex::new(0, 0); capacity].into()),
            WireFormat::Cf32 => Self::Cf32(vec![Complex32::ZERO; capacity].into()),
        }
    }

    fn decode(&self, isa: Isa, from: usize, out: &mut [Complex32]) {
        let range = from..from + out.len();
        match self {
            Self::Cs8(x) => kernel::i8_to_complex(isa, bytemuck::cast_slice(&x[range]), 1.0 / 128.0, out),
            Self::Cs16(x) => kernel::i16_to_complex(isa, bytemuck::cast_slice(&x[range]), 1.0 / 32768.0, out),
            Self::Cf32(x) => out.copy_from_slice(&x[range]),
        }
    }

    fn encode(&mut self, isa: Isa, from: usize, samples: &[Complex32]) {
        let range = from..from + samples.len();
        match self {
            // Soft bits and samples are rounded alike.
            Self::Cs8(x) => {
                let parts = bytemuck::cast_slice(samples);
                kernel::quantise_llr(isa, parts, 128.0, bytemuck::cast_slice_mut(&mut x[range]));
            }
            Self::Cs16(x) => kernel::complex_to_i16(isa, samples, 32768.0, bytemuck::cast_slice_mut(&mut x[range])),
            Self::Cf32(x) => x[range].copy_from_slice(samples),
        }
    }
}

/// A piece of the stream of every channel, on its way between a radio thread and its block.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Time of the first sample.
    pub start: SampleTime,
    /// Whether it is unknown how much time lies between this chunk and the one before it.
    pub broken: bool,
    /// Samples, a channel.
    pub len: usize,
    /// Whether a transmission ends with the last sample.
    pub ends_burst: bool,
    planes: Vec<Plane>,
    capacity: usize,
}

impl Chunk {
    /// An empty chunk of `n_channels` with room for `capacity` samples of each.
    pub fn new(format: WireFormat, n_channels: usize, capacity: usize) -> Self {
        let planes = (0..n_channels).map(|_| Plane::new(format, capacity)).collect();
        Self { start: SampleTime(0), broken: false, len: 0, ends_burst: false, planes, capacity }
    }

    /// Samples that there is room for, a channel.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// The channels.
    pub fn planes(&self) -> &[Plane] {
        &self.planes
    }

    /// The channels, to be filled from [`Chunk::len`] on.
    pub fn planes_mut(&mut self) -> &mut [Plane] {
        &mut self.planes
    }

    /// Makes it empty.
    pub const fn clear(&mut self) {
        (self.len, self.broken, self.ends_burst) = (0, false, false);
    }

    /// Copies `n` samples of every channel of another chunk, from its sample `from` on, to the start of this one.
    ///
    /// # Panics
    /// If the chunks differ in format or channels, or do not hold so many samples.
    pub fn copy_from(&mut self, other: &Self, from: usize, n: usize) {
        assert_eq!(self.planes.len(), other.planes.len(), "channels");
        for (to, plane) in self.planes.iter_mut().zip(&other.planes) {
            match (to, plane) {
                (Plane::Cs8(to), Plane::Cs8(x)) => to[..n].copy_from_slice(&x[from..from + n]),
                (Plane::Cs16(to), Plane::Cs16(x)) => to[..n].copy_from_slice(&x[from..from + n]),
                (Plane::Cf32(to), Plane::Cf32(x)) => to[..n].copy_from_slice(&x[from..from + n]),
                _ => panic!("chunks of different formats"),
            }
        }
    }

    /// Samples of a channel, from sample `from` on, as complex numbers.
    ///
    /// # Panics
    /// If there is no such channel, or it does not hold `from + out.len()` samples.
    pub fn decode(&self, isa: Isa, channel: usize, from: usize, out: &mut [Complex32]) {
        self.planes[channel].decode(isa, from, out);
    }

    /// Puts samples of a channel in, from sample `from` on; [`Chunk::len`] is the caller's to set. What is beyond full scale
    /// saturates; NaN becomes 0.
    ///
    /// # Panics
    /// If there is no such channel, or no room for so many samples.
    pub fn encode(&mut self, isa: Isa, channel: usize, from: usize, samples: &[Complex32]) {
        self.planes[channel].encode(isa, from, samples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_gives_back_what_it_took() {
        let samples: Vec<Complex32> =
            (0..37).map(|n| Complex32::new((n as f32 * 0.7).sin(), (n as f32 * 1.3).cos()) * 0.9).collect();
        for (format, step) in [(WireFormat::Cf32, 0.0), (WireFormat::Cs16, 3.1e-5), (WireFormat::Cs8, 7.9e-3)] {
            let mut chunk = Chunk::new(format, 2, 64);
            chunk.encode(Isa::detect(), 1, 0, &samples[..20]);
            chunk.encode(Isa::detect(), 1, 20, &samples[20..]);
            let mut back = vec![Complex32::ZERO; 30];
            chunk.decode(Isa::detect(), 1, 7, &mut back);
            for (a, b) in samples[7..].iter().zip(&back) {
                assert!((a - b).norm() <= step, "{format}: {a} {b}");
            }
            assert_eq!(WireFormat::from_name(&format.name().to_lowercase()), Some(format));
        }
        assert_eq!(WireFormat::from_name("CF64"), None);
    }
}
