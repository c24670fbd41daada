use super::RecordingError;
use nrflow::Complex32;
use nrflow::kernel::{self, Isa};

/// How a sample lies in a file; all little-endian, I before Q.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleFormat {
    /// Two `f32`.
    Cf32,
    /// Two `i16`; full scale 32768 is 1.0.
    Cs16,
    /// Two `i8`; full scale 128 is 1.0.
    Cs8,
    /// Two `u8` about 127.5, as RTL-SDR tools write them; full scale 127.5 is 1.0.
    Cu8,
}

impl SampleFormat {
    /// The names of the command line.
    pub const NAMES: &str = "cf32, cs16, cs8, cu8";

    /// Of a name of the command line (`cf32`, `cs16`, `cs8`, `cu8`).
    ///
    /// # Errors
    /// If it is none of these.
    pub fn from_name(name: &str) -> Result<Self, RecordingError> {
        match name {
            "cf32" => Ok(Self::Cf32),
            "cs16" => Ok(Self::Cs16),
            "cs8" => Ok(Self::Cs8),
            "cu8" => Ok(Self::Cu8),
            _ => Err(RecordingError::Format { got: name.into(), known: Self::NAMES }),
        }
    }

    /// Of a SigMF `core:datatype`.
    ///
    /// # Errors
    /// If it is none that nrflow reads.
    pub fn from_sigmf(datatype: &str) -> Result<Self, RecordingError> {
        match datatype {
            "cf32_le" | "cf32" => Ok(Self::Cf32),
            "ci16_le" | "ci16" => Ok(Self::Cs16),
            "ci8" => Ok(Self::Cs8),
            "cu8" => Ok(Self::Cu8),
            _ => Err(RecordingError::Format { got: datatype.into(), known: "cf32_le, ci16_le, ci8, cu8" }),
        }
    }

    /// The SigMF `core:datatype`.
    pub const fn sigmf(self) -> &'static str {
        match self {
            Self::Cf32 => "cf32_le",
            Self::Cs16 => "ci16_le",
            Self::Cs8 => "ci8",
            Self::Cu8 => "cu8",
        }
    }

    /// Bytes of a sample.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Cf32 => 8,
            Self::Cs16 => 4,
            Self::Cs8 | Self::Cu8 => 2,
        }
    }

    /// The smallest value above which a component counts as clipped; none for `Cf32`.
    pub const fn full_scale(self) -> Option<f32> {
        match self {
            Self::Cf32 => None,
            Self::Cs16 => Some(32767.0 / 32768.0),
            Self::Cs8 => Some(127.0 / 128.0),
            Self::Cu8 => Some(1.0),
        }
    }

    /// Samples of a file to complex ones.
    ///
    /// # Panics
    /// If `bytes` does not hold `out.len()` samples.
    pub fn decode(self, isa: Isa, bytes: &[u8], out: &mut [Complex32]) {
        assert_eq!(bytes.len(), out.len() * self.bytes());
        match self {
            Self::Cf32 => {
                for (out, b) in out.iter_mut().zip(bytes.chunks_exact(8)) {
                    let part = |i: usize| f32::from_le_bytes([b[i], b[i + 1], b[i + 2], b[i + 3]]);
                    *out = Complex32::new(part(0), part(4));
                }
            }
            Self::Cs16 => match bytemuck::try_cast_slice::<u8, i16>(bytes) {
                Ok(values) if cfg!(target_endian = "little") => {
                    kernel::i16_to_complex(isa, values, 1.0 / 32768.0, out);
                }
                _ => {
                    for (out, b) in out.iter_mut().zip(bytes.chunks_exact(4)) {
                        let part = |i: usize| f32::from(i16::from_le_bytes([b[i], b[i + 1]])) / 32768.0;
                        *out = Complex32::new(part(0), part(2));
                    }
                }
            },
            Self::Cs8 => kernel::i8_to_complex(isa, bytemuck::cast_slice(bytes), 1.0 / 128.0, out),
            Self::Cu8 => {
                for (out, b) in out.iter_mut().zip(bytes.chunks_exact(2)) {
                    *out = Complex32::new(f32::from(b[0]) - 127.5, f32::from(b[1]) - 127.5) / 127.5;
                }
            }
        }
    }

    /// Complex samples to a file's, appended; saturated, and NaN becomes 0.
    pub fn encode(self, samples: &[Complex32], out: &mut Vec<u8>) {
        let begin = out.len();
        out.resize(begin + samples.len() * self.bytes(), 0);
        let parts: &[f32] = bytemuck::cast_slice(samples);
        let out = &mut out[begin..];
        match self {
            Self::Cf32 => {
                for (out, x) in out.as_chunks_mut().0.iter_mut().zip(parts) {
                    *out = x.to_le_bytes();
                }
            }
            Self::Cs16 => {
                for (out, x) in out.as_chunks_mut().0.iter_mut().zip(parts) {
                    *out = (rounded(x * 32768.0, -32768.0, 32767.0) as i16).to_le_bytes();
                }
            }
            Self::Cs8 => {
                for (out, x) in out.iter_mut().zip(parts) {
                    *out = rounded(x * 128.0, -128.0, 127.0) as i8 as u8;
                }
            }
            Self::Cu8 => {
                for (out, x) in out.iter_mut().zip(parts) {
                    *out = rounded(x * 127.5 + 127.5, 0.0, 255.0) as u8;
                }
            }
        }
    }
}

/// Kept within bounds (far below 2^22) and rounded to even, without a call of a function; NaN stays NaN.
#[inline]
fn rounded(x: f32, least: f32, most: f32) -> f32 {
    const ROUNDER: f32 = 12_582_912.0;
    x.clamp(least, most) + ROUNDER - ROUNDER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_gives_back_what_it_took() {
        let samples: Vec<Complex32> =
            (0..37).map(|n| Complex32::new((n as f32 * 0.7).sin(), (n as f32 * 1.3).cos()) * 0.9).collect();
        for (format, step) in [
            (SampleFormat::Cf32, 0.0),
            (SampleFormat::Cs16, 1.0 / 32768.0),
            (SampleFormat::Cs8, 1.0 / 128.0),
            (SampleFormat::Cu8, 1.0 / 127.0),
        ] {
            let mut bytes = Vec::new();
            format.encode(&samples, &mut bytes);
            let mut back = vec![Complex32::ZERO; samples.len()];
            format.decode(Isa::detect(), &bytes, &mut back);
            for (a, b) in samples.iter().zip(&back) {
                assert!((a.re - b.re).abs() <= step && (a.im - b.im).abs() <= step, "{format:?}: {a} {b}");
            }
            assert_eq!(SampleFormat::from_sigmf(format.sigmf()).unwrap(), format);
        }
        assert!(SampleFormat::from_name("cf64").unwrap_err().to_string().contains("cf32, cs16"));
    }

    #[test]
    fn what_is_out_of_range_saturates() {
        let mut bytes = Vec::new();
        SampleFormat::Cs16.encode(&[Complex32::new(7.0, f32::NAN), Complex32::new(-7.0, f32::INFINITY)], &mut bytes);
        let value = |i: usize| i16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]]);
        assert_eq!([value(0), value(1), value(2), value(3)], [i16::MAX, 0, i16::MIN, i16::MAX]);
    }
}
