//! A stream of bytes put together of pieces that come in any order, several times or never.

use super::frame::Digest;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes ahead of a hole that are kept; what comes beyond is forgotten and waited for again.
const MAX_HELD: usize = 256 << 20;

/// Whether a stream is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamState {
    /// Nothing of a stream was heard of.
    None,
    /// Its end is not known, or bytes are missing.
    Open,
    /// All bytes came, and their SHA-256 is that of the sender.
    Whole,
    /// All bytes came, and their SHA-256 is another.
    Corrupt,
}

/// A stream as received so far.
pub struct StreamAssembly {
    /// All bytes before it were given out.
    next: u64,
    hash: Sha256,
    /// Pieces beyond, which do not overlap, by their offset.
    held: BTreeMap<u64, Vec<u8>>,
    held_bytes: usize,
    max_held: usize,
    /// The end of the piece farthest on.
    farthest: u64,
    length: Option<u64>,
    end: Option<(u64, Digest)>,
    over: bool,
}

impl Default for StreamAssembly {
    fn default() -> Self {
        Self {
            next: 0,
            hash: Sha256::new(),
            held: BTreeMap::new(),
            held_bytes: 0,
            max_held: MAX_HELD,
            farthest: 0,
            length: None,
            end: None,
            over: false,
        }
    }
}

impl StreamAssembly {
    /// Takes a piece and appends to `out` what can be given out in order. Of pieces that contradict each other the first
    /// is believed.
    pub fn take(&mut self, offset: u64, bytes: &[u8], out: &mut Vec<u8>) {
        let limit = self.end.map_or(u64::MAX, |(total, _)| total);
        let Some(end) = offset.checked_add(bytes.len() as u64).filter(|end| *end <= limit) else { return };
        self.farthest = self.farthest.max(end);
        if offset <= self.next {
            if end > self.next {
                self.give(&bytes[(self.next - offset) as usize..], out);
                self.give_held(out);
            }
            return;
        }
        // What is not held yet of the piece, between those that are.
        let mut from = offset;
        if let Some((start, piece)) = self.held.range(..=offset).next_back() {
            from = from.max(start + piece.len() as u64);
        }
        while from < end {
            let after = self.held.range(from..).next().map(|(start, piece)| (*start, start + piece.len() as u64));
            let (until, resume) = after.map_or((end, end), |(start, stop)| (start.min(end), stop));
            let n = (until - from) as usize;
            if self.held_bytes + n > self.max_held {
                return;
            }
            if n > 0 {
                let at = (from - offset) as usize;
                self.held.insert(from, bytes[at..at + n].to_vec());
                self.held_bytes += n;
            }
            from = resume;
        }
    }

    fn give(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.hash.update(bytes);
        out.extend(bytes);
        self.next += bytes.len() as u64;
    }

    fn give_held(&mut self, out: &mut Vec<u8>) {
        while let Some(entry) = self.held.first_entry().filter(|entry| *entry.key() <= self.next) {
            let (start, piece) = entry.remove_entry();
            self.held_bytes -= piece.len();
            let known = (self.next - start) as usize;
            if known < piece.len() {
                self.give(&piece[known..], out);
            }
        }
    }

    /// Takes the stream's length.
    pub fn length(&mut self, total: u64) {
        self.length.get_or_insert(total);
    }

    /// Takes the stream's end; `over` if nothing of it will be sent again.
    pub fn end(&mut self, total: u64, digest: Digest, over: bool) {
        if total < self.farthest && self.end.is_none() {
            // It contradicts what was received.
            return;
        }
        self.end.get_or_insert((total, digest));
        self.over |= over;
    }

    /// Whether it is whole.
    pub fn state(&self) -> StreamState {
        match self.end {
            Some((total, digest)) if self.next == total => {
                let right = digest[..] == self.hash.clone().finalize()[..];
                if right { StreamState::Whole } else { StreamState::Corrupt }
            }
            None if self.farthest == 0 && self.length.is_none() => StreamState::None,
            _ => StreamState::Open,
        }
    }

    /// Whether bytes or the end of it came.
    pub const fn has_begun(&self) -> bool {
        self.farthest > 0 || self.end.is_some()
    }

    /// Whether the sender said that nothing of it will be sent any more.
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// Bytes given out in order.
    pub const fn given(&self) -> u64 {
        self.next
    }

    /// Bytes received, those that wait behind a hole included.
    pub const fn received(&self) -> u64 {
        self.next + self.held_bytes as u64
    }

    /// Its length, if known.
    pub fn total(&self) -> Option<u64> {
        self.end.map(|(total, _)| total).or(self.length)
    }

    /// The ranges of bytes that are missing, up to the length, or to the farthest byte received.
    pub fn missing(&self) -> Vec<Range<u64>> {
        let mut missing = Vec::new();
        let mut from = self.next;
        for (start, piece) in &self.held {
            if from < *start {
                missing.push(from..*start);
            }
            from = start + piece.len() as u64;
        }
        let total = self.total().unwrap_or(self.farthest);
        if from < total {
            missing.push(from..total);
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digest(bytes: &[u8]) -> Digest {
        Sha256::digest(bytes).into()
    }

    #[test]
    fn holes_are_said_and_filled() {
        let all: Vec<u8> = (0..100).collect();
        let mut stream = StreamAssembly::default();
        let mut out = Vec::new();
        assert_eq!(stream.state(), StreamState::None);
        stream.take(0, &all[..10], &mut out);
        stream.take(20, &all[20..30], &mut out);
        stream.take(50, &all[50..60], &mut out);
        assert_eq!((out.len(), stream.received()), (10, 30));
        assert_eq!(stream.missing(), [10..20, 30..50]);
        stream.end(100, digest(&all), true);
        assert_eq!(stream.missing(), [10..20, 30..50, 60..100]);
        assert_eq!(stream.state(), StreamState::Open);
        // Over all that is held and missing.
        stream.take(5, &all[5..95], &mut out);
        let missing = stream.missing();
        assert_eq!((missing.len(), missing[0].clone()), (1, 95..100));
        stream.take(95, &all[95..], &mut out);
        assert_eq!((&out, stream.state()), (&all, StreamState::Whole));
        // Beyond the end there is nothing.
        stream.take(95, &[1; 10], &mut out);
        assert_eq!(out.len(), 100);
    }

    #[test]
    fn other_bytes_are_told_from_the_right_ones() {
        let mut stream = StreamAssembly::default();
        stream.take(0, b"abd", &mut Vec::new());
        stream.end(3, digest(b"abc"), true);
        assert_eq!(stream.state(), StreamState::Corrupt);
        let mut empty = StreamAssembly::default();
        empty.end(0, digest(b""), true);
        assert_eq!(empty.state(), StreamState::Whole);
    }

    #[test]
    fn what_is_held_has_a_bound() {
        let mut stream = StreamAssembly { max_held: 100, ..StreamAssembly::default() };
        let mut out = Vec::new();
        for n in 1..1000u64 {
            stream.take(n * 50, &[1; 40], &mut out);
        }
        assert_eq!(stream.held_bytes, 80);
        stream.take(u64::MAX - 1, &[1; 40], &mut out);
        // The carousel brings again what was forgotten.
        for n in 0..1000u64 {
            stream.take(n * 50, &[2; 50], &mut out);
        }
        assert_eq!((out.len(), stream.held_bytes, stream.missing().len()), (50_000, 0, 0));
    }

    proptest! {
        #[test]
        fn pieces_in_any_order_give_the_stream(
            total in 0usize..300,
            pieces in prop::collection::vec((0usize..300, 0usize..60), 0..60),
        ) {
            let all: Vec<u8> = (0..total).map(|i| (i * 7 % 251) as u8).collect();
            let mut stream = StreamAssembly::default();
            let mut out = Vec::new();
            let mut have = vec![false; total];
            for (start, len) in pieces {
                let (start, end) = (start.min(total), (start + len).min(total));
                stream.take(start as u64, &all[start..end], &mut out);
                have[start..end].fill(true);
                let known = have.iter().take_while(|have| **have).count();
                prop_assert_eq!(&out[..], &all[..known]);
                prop_assert_eq!(stream.received() as usize, have.iter().filter(|have| **have).count());
            }
            stream.end(total as u64, digest(&all), true);
            let missing: Vec<usize> = stream.missing().into_iter().flatten().map(|i| i as usize).collect();
            let expected: Vec<usize> = (0..total).filter(|i| !have[*i]).collect();
            prop_assert_eq!(missing, expected);
        }
    }
}
