//! What a transport block of the link holds.
//!
//! A block is a MAC PDU (TS 38.321 6.1.2) with one SDU on logical channel 4, which is a frame: a header of 12 bytes
//! (`NL`, version, a zero byte, session, number of the block, all big endian), then segments, each with its kind (one
//! byte) and the length of what follows (two bytes):
//!
//! | kind | holds |
//! |---|---|
//! | 1 | bytes of a stream: offset of the first (8 bytes), the bytes |
//! | 2 | a stream's end: its length (8 bytes), how often its bytes will be sent again (2 bytes), their SHA-256 |
//! | 3 | a part of a datagram: its number (4 bytes), offset of the part (2 bytes), length of the datagram (2 bytes), the part |
//! | 4 | a stream's length (8 bytes) |
//!
//! Segments of other kinds are passed over.

use nrflow::mac::{DlSchSubPdus, DlSchWriter, Lcid};

/// The logical channel: that of the first data bearer.
const CHANNEL: u8 = 4;
const MAGIC: [u8; 2] = *b"NL";
const VERSION: u8 = 1;
/// Bytes of a frame before its segments.
const HEADER: usize = 12;
/// Bytes of a segment before what it holds.
const SEGMENT: usize = 3;

/// A transport block must have so many bytes for every kind of segment to fit.
pub const MIN_BLOCK: usize = DlSchWriter::SUBHEADER + HEADER + SEGMENT + 8 + 2 + 32;

/// The SHA-256 of a stream's bytes.
pub type Digest = [u8; 32];

/// A part of what a transport block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Bytes of a stream.
    Bytes {
        /// Where in the stream.
        offset: u64,
        /// Which.
        bytes: &'a [u8],
    },
    /// Where a stream ends.
    End {
        /// Its length in bytes.
        total: u64,
        /// How often its bytes will be sent again from their start, at least; 0: none follows any more.
        rounds_left: u16,
        /// The SHA-256 of all bytes.
        digest: Digest,
    },
    /// A part of a datagram.
    Datagram {
        /// Counts the datagrams, modulo 2^32.
        number: u32,
        /// Where in the datagram.
        offset: u16,
        /// Length of the datagram.
        size: u16,
        /// The part.
        bytes: &'a [u8],
    },
    /// The length of a stream whose end is still to come.
    Length {
        /// In bytes.
        total: u64,
    },
}

impl Segment<'_> {
    /// Bytes before those of the payload of [`Segment::Bytes`].
    pub const BYTES_OVERHEAD: usize = SEGMENT + 8;
    /// Bytes before those of the payload of [`Segment::Datagram`].
    pub const DATAGRAM_OVERHEAD: usize = SEGMENT + 8;
}

/// Writes frames, one a transport block.
#[derive(Debug, Default)]
pub struct FrameWriter {
    frame: Vec<u8>,
    room: usize,
}

impl FrameWriter {
    /// Begins the frame of a block of `block_bytes`; false if it has no room for a frame.
    pub fn begin(&mut self, session: u32, number: u32, block_bytes: usize) -> bool {
        self.frame.clear();
        self.room = block_bytes.saturating_sub(DlSchWriter::SUBHEADER).min(u16::MAX.into());
        if self.room < HEADER {
            return false;
        }
        self.frame.extend(MAGIC);
        self.frame.extend([VERSION, 0]);
        self.frame.extend(session.to_be_bytes());
        self.frame.extend(number.to_be_bytes());
        true
    }

    /// Bytes left for segments.
    pub fn room(&self) -> usize {
        self.room.saturating_sub(self.frame.len())
    }

    /// Appends a segment; false if there is no room for it.
    pub fn push(&mut self, segment: &Segment<'_>) -> bool {
        let start = self.frame.len();
        let mut begin = |kind: u8| self.frame.extend([kind, 0, 0]);
        match *segment {
            Segment::Bytes { offset, bytes } => {
                begin(1);
                self.frame.extend(offset.to_be_bytes());
                self.frame.extend(bytes);
            }
            Segment::End { total, rounds_left, digest } => {
                begin(2);
                self.frame.extend(total.to_be_bytes());
                self.frame.extend(rounds_left.to_be_bytes());
                self.frame.extend(digest);
            }
            Segment::Datagram { number, offset, size, bytes } => {
                begin(3);
                self.frame.extend(number.to_be_bytes());
                self.frame.extend(offset.to_be_bytes());
                self.frame.extend(size.to_be_bytes());
                self.frame.extend(bytes);
            }
            Segment::Length { total } => {
                begin(4);
                self.frame.extend(total.to_be_bytes());
            }
        }
        if self.frame.len() > self.room {
            self.frame.truncate(start);
            return false;
        }
        // A frame has at most 2^16 - 1 bytes.
        let len = (self.frame.len() - start - SEGMENT) as u16;
        self.frame[start + 1..start + SEGMENT].copy_from_slice(&len.to_be_bytes());
        true
    }

    /// Writes the block, padding included; without a frame begun, padding alone.
    pub fn finish(&self, block: &mut [u8]) {
        let mut writer = DlSchWriter::new(block);
        if !self.frame.is_empty() {
            writer.sdu(CHANNEL, &self.frame);
        }
        writer.pad();
    }
}

/// A frame as received.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The sender's run.
    pub session: u32,
    /// The number of the block, modulo 2^32.
    pub number: u32,
    rest: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The frame in a transport block, if it is one of a link.
    pub fn parse(block: &'a [u8]) -> Option<Self> {
        let of_channel = |pdu: &nrflow::mac::DlSchSubPdu<'_>| pdu.lcid == Lcid::LogicalChannel(CHANNEL);
        let sdu = DlSchSubPdus::new(block).find(of_channel)?.payload;
        let (header, rest) = sdu.split_first_chunk::<HEADER>()?;
        let [m0, m1, version, _, s0, s1, s2, s3, n0, n1, n2, n3] = *header;
        ([m0, m1] == MAGIC && version == VERSION).then_some(Self {
            session: u32::from_be_bytes([s0, s1, s2, s3]),
            number: u32::from_be_bytes([n0, n1, n2, n3]),
            rest,
        })
    }

    /// What it holds, up to what breaks the format.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'a>> + use<'a> {
        let mut rest = self.rest;
        std::iter::from_fn(move || {
            let (header, after) = rest.split_first_chunk::<SEGMENT>()?;
            let [kind, l0, l1] = *header;
            let (body, after) = after.split_at_checked(usize::from(u16::from_be_bytes([l0, l1])))?;
            rest = after;
            Some(read_segment(kind, body))
        })
        .flatten()
    }
}

fn read_segment(kind: u8, body: &[u8]) -> Option<Segment<'_>> {
    let (&first, rest) = body.split_first_chunk::<8>()?;
    let number = u64::from_be_bytes(first);
    match kind {
        1 => Some(Segment::Bytes { offset: number, bytes: rest }),
        2 => {
            let (&rounds, rest) = rest.split_first_chunk::<2>()?;
            let digest = *rest.first_chunk::<32>()?;
            Some(Segment::End { total: number, rounds_left: u16::from_be_bytes(rounds), digest })
        }
        3 => {
            let (offset, size) = ((number >> 16) as u16, number as u16);
            let within = usize::from(offset) + rest.len() <= size.into();
            within.then_some(Segment::Datagram { number: (number >> 32) as u32, offset, size, bytes: rest })
        }
        4 => Some(Segment::Length { total: number }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(segments: &[Segment<'_>], len: usize) -> Vec<u8> {
        let mut writer = FrameWriter::default();
        assert!(writer.begin(0xdead_beef, 7, len));
        segments.iter().for_each(|segment| assert!(writer.push(segment)));
        let mut block = vec![0xaa; len];
        writer.finish(&mut block);
        block
    }

    #[test]
    fn what_is_written_is_read_back() {
        let segments = [
            Segment::Length { total: u64::MAX },
            Segment::Bytes { offset: 1 << 40, bytes: b"abc" },
            Segment::Datagram { number: u32::MAX, offset: 3, size: 5, bytes: b"de" },
            Segment::Datagram { number: 0, offset: 0, size: 0, bytes: b"" },
            Segment::End { total: 3, rounds_left: 2, digest: [9; 32] },
        ];
        let block = block(&segments, 200);
        let frame = Frame::parse(&block).unwrap();
        assert_eq!((frame.session, frame.number), (0xdead_beef, 7));
        assert_eq!(frame.segments().collect::<Vec<_>>(), segments);
        // The whole is a MAC PDU: an SDU and padding.
        let pdus: Vec<_> = DlSchSubPdus::new(&block).map(|pdu| pdu.lcid).collect();
        assert_eq!(pdus, [Lcid::LogicalChannel(4), Lcid::Padding]);
    }

    #[test]
    fn what_does_not_fit_is_refused_whole() {
        let mut writer = FrameWriter::default();
        assert!(!writer.begin(1, 1, 14));
        let mut small = [0xaa; 14];
        writer.finish(&mut small);
        assert!(Frame::parse(&small).is_none());
        assert!(writer.begin(1, 1, MIN_BLOCK));
        assert!(!writer.push(&Segment::Bytes { offset: 0, bytes: &[1; 40] }));
        assert!(writer.push(&Segment::End { total: 1, rounds_left: 0, digest: [1; 32] }));
        assert_eq!(writer.room(), 0);
    }

    #[test]
    fn unknown_kinds_are_passed_over_and_broken_lengths_end_the_frame() {
        let segments = [Segment::Length { total: 1 }, Segment::Length { total: 2 }, Segment::Length { total: 3 }];
        let good = block(&segments, 60);
        let first = DlSchWriter::SUBHEADER + HEADER;
        let mut unknown = good.clone();
        unknown[first] = 99;
        assert_eq!(Frame::parse(&unknown).unwrap().segments().collect::<Vec<_>>(), segments[1..]);
        let mut broken = good.clone();
        broken[first + 11 + 1] = 0xff;
        assert_eq!(Frame::parse(&broken).unwrap().segments().collect::<Vec<_>>(), segments[..1]);
        for (at, value) in [(3, b'X'), (5, 2)] {
            let mut other = good.clone();
            other[at] = value;
            assert!(Frame::parse(&other).is_none());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end_somewhere(mut bytes in prop::collection::vec(any::<u8>(), 0..400), framed: bool) {
            if framed && bytes.len() > 15 {
                // Hostile behind a right header.
                let len = (bytes.len() - 3) as u16;
                bytes[..7].copy_from_slice(&[0x44, (len >> 8) as u8, len as u8, b'N', b'L', 1, 0]);
            }
            if let Some(frame) = Frame::parse(&bytes) {
                prop_assert!(frame.segments().count() <= bytes.len() / SEGMENT);
            } else {
                prop_assert!(!framed || bytes.len() <= 15);
            }
        }
    }
}
