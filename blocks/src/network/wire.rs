use crate::radio::WireFormat;

/// Version of the messages; a subscriber takes only its own.
pub const VERSION: u16 = 1;
const MAGIC: &[u8; 6] = b"nrflow";
/// Bytes before what a message is about; a multiple of 8.
pub(super) const HEADER: usize = 48;

/// Which edge of a graph is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Samples, as [`WireFormat::Cf32`] or [`WireFormat::Cs16`].
    Samples(WireFormat),
    /// Resource grids of slots.
    Slots,
}

/// What every message says of its stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StreamInfo {
    /// The edge.
    pub edge: Edge,
    /// Sample rate in Hz of the stream as it came in; above 0.
    pub sample_rate_hz: f64,
    /// Radio frequency of its 0 Hz in Hz, if known.
    pub centre_frequency_hz: Option<f64>,
}

/// What a message begins with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header {
    pub info: StreamInfo,
    /// Another one each time that a publisher starts.
    pub stream: u64,
    /// Number of the message in its stream.
    pub sequence: u64,
    pub ends: bool,
    /// Whether an unknown time lies before it.
    pub broken: bool,
}

impl Header {
    /// Begins a message in `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        let edge = match self.info.edge {
            Edge::Samples(WireFormat::Cs16) => 2,
            Edge::Samples(_) => 1,
            Edge::Slots => 3,
        };
        out.extend_from_slice(&[edge, u8::from(self.ends) | u8::from(self.broken) << 1, 0, 0, 0, 0, 0, 0]);
        out.extend_from_slice(&self.stream.to_le_bytes());
        out.extend_from_slice(&self.sequence.to_le_bytes());
        out.extend_from_slice(&self.info.sample_rate_hz.to_le_bytes());
        out.extend_from_slice(&self.info.centre_frequency_hz.unwrap_or(0.0).to_le_bytes());
    }

    /// Reads the beginning of a message.
    pub fn read(message: &[u8]) -> Result<Self, String> {
        let mut reader = Reader(message);
        if reader.array() != Some(*MAGIC) {
            return Err("a message that is none of nrflow's".to_string());
        }
        let short = || format!("a message of {} bytes, which is too short", message.len());
        let version = reader.u16().ok_or_else(short)?;
        if version != VERSION {
            return Err(format!("messages of version {version}; this is version {VERSION}"));
        }
        let [edge, flags, ..] = reader.array::<8>().ok_or_else(short)?;
        let edge = match edge {
            1 => Edge::Samples(WireFormat::Cf32),
            2 => Edge::Samples(WireFormat::Cs16),
            3 => Edge::Slots,
            other => return Err(format!("a message of an unknown kind, {other}")),
        };
        let mut read = || Some((reader.u64()?, reader.u64()?, reader.f64()?, reader.f64()?));
        let (stream, sequence, sample_rate_hz, centre_hz) = read().ok_or_else(short)?;
        if !(sample_rate_hz > 0.0 && sample_rate_hz < 1e10 && (0.0..1e12).contains(&centre_hz)) {
            return Err(format!("a message with the rate {sample_rate_hz} Hz and the frequency {centre_hz} Hz"));
        }
        let centre_frequency_hz = Some(centre_hz).filter(|hz| *hz > 0.0);
        let info = StreamInfo { edge, sample_rate_hz, centre_frequency_hz };
        Ok(Self { info, stream, sequence, ends: flags & 1 != 0, broken: flags & 2 != 0 })
    }
}

/// Takes numbers, little-endian, from the front of a message; none beyond its end.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl Reader<'_> {
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// None if it is no finite number.
    pub fn f32(&mut self) -> Option<f32> {
        self.array().map(f32::from_le_bytes).filter(|x| x.is_finite())
    }

    /// None if it is no finite number.
    pub fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes).filter(|x| x.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written_or_refused() {
        let info = StreamInfo { edge: Edge::Slots, sample_rate_hz: 23.04e6, centre_frequency_hz: None };
        let header = Header { info, stream: 7, sequence: u64::MAX, ends: false, broken: true };
        let mut bytes = vec![1, 2, 3];
        header.write(&mut bytes);
        assert_eq!((bytes.len(), Header::read(&bytes)), (HEADER, Ok(header)));
        for n in 0..HEADER {
            assert!(Header::read(&bytes[..n]).is_err(), "{n} bytes");
        }
        for (place, value, said) in [(0, 0, "none of"), (6, 2, "version 2"), (8, 0, "kind"), (39, 0xff, "rate")] {
            let mut bent = bytes.clone();
            bent[place] = value;
            let error = Header::read(&bent).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
