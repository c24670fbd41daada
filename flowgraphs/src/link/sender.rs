//! The sending half of the link: bytes and datagrams into transport blocks.

use super::frame::{Digest, FrameWriter, Segment};
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;

/// A part of a datagram shorter than this is not worth its header.
const MIN_PART: usize = 16;
/// The length of a stream is said again so many blocks later, for receivers that come late.
const LENGTH_EVERY: u32 = 64;

/// What goes into the next blocks, and what went into those before.
pub struct LinkSender {
    session: u32,
    /// The number of the next block.
    number: u32,
    writer: FrameWriter,
    /// Bytes of the stream to be sent, the first of them at `offset`.
    bytes: VecDeque<u8>,
    offset: u64,
    /// The bytes of the first round so far.
    hash: Sha256,
    hashed: u64,
    total: Option<u64>,
    end: Option<(u64, Digest)>,
    /// The round ends with what is waiting; so many follow.
    closing: Option<u16>,
    /// The last round is over.
    ended: bool,
    datagrams: VecDeque<Vec<u8>>,
    /// The number of the first of them, and how much of it was sent.
    datagram: u32,
    sent_of_first: usize,
    counts: SenderCounts,
}

/// What was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderCounts {
    /// Transport blocks.
    pub blocks: u64,
    /// Those without data.
    pub idle_blocks: u64,
    /// Bytes of the stream or of datagrams, each time that they were sent.
    pub bytes: u64,
    /// Datagrams sent to their end.
    pub datagrams: u64,
    /// Rounds of the stream that are over.
    pub rounds: u64,
    /// Length of the stream, if known.
    pub total: Option<u64>,
}

impl LinkSender {
    /// A sender whose `session` tells it from others; `total` is the length of the stream, if known.
    pub fn new(session: u32, total: Option<u64>) -> Self {
        Self {
            session,
            number: 0,
            writer: FrameWriter::default(),
            bytes: VecDeque::new(),
            offset: 0,
            hash: Sha256::new(),
            hashed: 0,
            total,
            end: None,
            closing: None,
            ended: false,
            datagrams: VecDeque::new(),
            datagram: 0,
            sent_of_first: 0,
            counts: SenderCounts { total, ..SenderCounts::default() },
        }
    }

    /// Whether a block of `block_bytes` has room for more than what waits. Not while a round of the stream ends.
    pub fn wants(&self, block_bytes: usize) -> bool {
        let waiting = self.bytes.len() + self.datagrams.iter().map(Vec::len).sum::<usize>();
        self.closing.is_none() && !self.ended && waiting < block_bytes
    }

    /// Appends bytes of the stream.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        let end = self.offset + self.bytes.len() as u64;
        if end == self.hashed {
            self.hash.update(bytes);
            self.hashed += bytes.len() as u64;
        }
        self.bytes.extend(bytes);
    }

    /// Appends a datagram of at most 65535 bytes; longer ones are refused with false.
    pub fn push_datagram(&mut self, datagram: Vec<u8>) -> bool {
        let fits = datagram.len() <= usize::from(u16::MAX);
        if fits {
            self.datagrams.push_back(datagram);
        }
        fits
    }

    /// Says that with the bytes pushed so far the stream ends, to be sent again `rounds_left` times from its start. The
    /// first time says how long it is and what its bytes are.
    pub fn end_round(&mut self, rounds_left: u16) {
        self.closing = Some(rounds_left);
    }

    /// Whether all bytes were sent as often as they are to be; from then on blocks say where the stream ends.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// What was sent so far.
    pub const fn counts(&self) -> SenderCounts {
        self.counts
    }

    /// Fills the next transport block, all of it.
    pub fn fill(&mut self, block: &mut [u8]) {
        if self.writer.begin(self.session, self.number, block.len()) {
            let before = self.counts.bytes;
            self.number = self.number.wrapping_add(1);
            self.fill_frame();
            self.counts.blocks += 1;
            self.counts.idle_blocks += u64::from(self.counts.bytes == before);
        }
        self.writer.finish(block);
    }

    fn fill_frame(&mut self) {
        if self.ended {
            self.push_end(0);
            return;
        }
        if self.counts.blocks.is_multiple_of(LENGTH_EVERY.into()) {
            if self.end.is_some() {
                self.push_end(1);
            } else if let Some(total) = self.total {
                self.writer.push(&Segment::Length { total });
            }
        }
        self.fill_datagrams();
        self.fill_bytes();
        if self.bytes.is_empty()
            && let Some(rounds_left) = self.closing
        {
            self.close(rounds_left);
        }
    }

    fn fill_datagrams(&mut self) {
        while let Some(datagram) = self.datagrams.front() {
            let left = datagram.len() - self.sent_of_first;
            let Some(room) = self.writer.room().checked_sub(Segment::DATAGRAM_OVERHEAD) else { return };
            if room < left.min(MIN_PART) {
                return;
            }
            let n = left.min(room);
            let (from, size) = (self.sent_of_first, datagram.len());
            // A datagram has at most 2^16 - 1 bytes.
            let (offset, size) = (from as u16, size as u16);
            let bytes = &datagram[from..from + n];
            self.writer.push(&Segment::Datagram { number: self.datagram, offset, size, bytes });
            self.counts.bytes += n as u64;
            self.sent_of_first += n;
            if n == left {
                self.datagrams.pop_front();
                self.datagram = self.datagram.wrapping_add(1);
                self.sent_of_first = 0;
                self.counts.datagrams += 1;
            }
        }
    }

    fn fill_bytes(&mut self) {
        let room = self.writer.room().saturating_sub(Segment::BYTES_OVERHEAD);
        let n = room.min(self.bytes.len());
        if n > 0 {
            let bytes = &self.bytes.make_contiguous()[..n];
            self.writer.push(&Segment::Bytes { offset: self.offset, bytes });
            self.bytes.drain(..n);
            self.offset += n as u64;
            self.counts.bytes += n as u64;
        }
    }

    fn close(&mut self, rounds_left: u16) {
        if self.end.is_none() {
            self.end = Some((self.offset, self.hash.clone().finalize().into()));
            self.counts.total = Some(self.offset);
        }
        self.closing = None;
        self.counts.rounds += 1;
        self.push_end(rounds_left);
        // Where it does not fit any more the next block says it, or one of those after.
        (self.ended, self.offset) = (rounds_left == 0, 0);
    }

    fn push_end(&mut self, rounds_left: u16) {
        if let Some((total, digest)) = self.end {
            self.writer.push(&Segment::End { total, rounds_left, digest });
        }
    }
}
