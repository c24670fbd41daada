//! Datagrams put together of their parts, given out whole and in order; one that does not come in time is lost.

use std::collections::{BTreeMap, VecDeque};

/// A hole is waited for until so many transport blocks later: blocks come out of order by HARQ processes at most, of
/// which there are 16.
pub const WAIT_BLOCKS: u64 = 16;
/// Datagrams ahead of a hole that are kept.
const MAX_AHEAD: u32 = 1 << 14;
/// Their bytes, with what they were announced to have.
const MAX_BYTES: usize = 64 << 20;

/// Datagrams as received so far.
#[derive(Default)]
pub struct DatagramAssembly {
    /// The number of the next to be given out; unknown before the first.
    next: Option<u32>,
    /// By how far they lie after `next`.
    waiting: BTreeMap<u32, Partial>,
    bytes: usize,
    /// The blocks in which it was first seen that the next one is missing while a later one is there.
    missing_since: Option<u64>,
    given: u64,
    lost: u64,
}

struct Partial {
    bytes: Vec<u8>,
    /// The parts that came: start and end.
    parts: Vec<(usize, usize)>,
}

impl Partial {
    fn is_whole(&self) -> bool {
        let mut end = 0;
        for &(from, to) in &self.parts {
            if from > end {
                return false;
            }
            end = end.max(to);
        }
        end == self.bytes.len()
    }
}

impl DatagramAssembly {
    /// Takes a part of datagram `number`, which has `size` bytes, from a block with the (unwrapped) number `block`, and
    /// appends to `out` what can be given out.
    ///
    /// # Panics
    /// If the part goes beyond `size`; a frame holds no such part.
    pub fn take(&mut self, block: u64, number: u32, offset: u16, size: u16, part: &[u8], out: &mut VecDeque<Vec<u8>>) {
        let next = *self.next.get_or_insert(number);
        let mut ahead = number.wrapping_sub(next);
        if ahead > u32::MAX / 2 {
            // Given out or given up already.
            return;
        }
        if ahead >= MAX_AHEAD {
            // A long silence: what was waited for does not come any more.
            self.flush(out);
            self.lost += u64::from(number.wrapping_sub(self.next.unwrap_or(number)));
            self.next = Some(number);
            ahead = 0;
        }
        let (offset, size) = (usize::from(offset), usize::from(size));
        if ahead == 0 {
            // Long ones take many blocks.
            self.missing_since = None;
        }
        if !self.waiting.contains_key(&ahead) {
            if self.bytes + size > MAX_BYTES {
                return;
            }
            self.bytes += size;
            self.waiting.insert(ahead, Partial { bytes: vec![0; size], parts: Vec::new() });
        }
        if let Some(partial) = self.waiting.get_mut(&ahead)
            && partial.bytes.len() == size
            && !partial.parts.contains(&(offset, offset + part.len()))
        {
            partial.bytes[offset..offset + part.len()].copy_from_slice(part);
            partial.parts.push((offset, offset + part.len()));
            partial.parts.sort_unstable();
        }
        self.give(out);
        self.tick(block, out);
    }

    /// Gives out what is whole at the front.
    fn give(&mut self, out: &mut VecDeque<Vec<u8>>) {
        let mut n = 0;
        while self.waiting.get(&n).is_some_and(Partial::is_whole) {
            if let Some(partial) = self.waiting.remove(&n) {
                self.bytes -= partial.bytes.len();
                out.push_back(partial.bytes);
                self.given += 1;
            }
            n += 1;
        }
        if n > 0 {
            self.missing_since = None;
            self.advance(n);
        }
    }

    fn advance(&mut self, by: u32) {
        self.next = self.next.map(|next| next.wrapping_add(by));
        self.waiting = std::mem::take(&mut self.waiting).into_iter().map(|(ahead, p)| (ahead - by, p)).collect();
    }

    /// The block `block` has come: gives up what is waited for too long.
    pub fn tick(&mut self, block: u64, out: &mut VecDeque<Vec<u8>>) {
        if self.waiting.is_empty() {
            return;
        }
        let since = *self.missing_since.get_or_insert(block);
        if block >= since.saturating_add(WAIT_BLOCKS) {
            self.give_up(out);
            self.missing_since = (!self.waiting.is_empty()).then_some(block);
        }
    }

    /// Goes on with the first datagram that is whole, or with what may still become so: the last of all.
    fn give_up(&mut self, out: &mut VecDeque<Vec<u8>>) {
        let whole = self.waiting.iter().find(|(_, partial)| partial.is_whole()).map(|(ahead, _)| *ahead);
        let last = self.waiting.keys().next_back().copied().unwrap_or(0);
        // The last one may be in the middle of its parts: a first one that is the last is given up all the same.
        let to = whole.unwrap_or(if last == 0 { 1 } else { last });
        self.lost += u64::from(to);
        for ahead in self.waiting.range(..to).map(|(ahead, _)| *ahead).collect::<Vec<_>>() {
            if let Some(partial) = self.waiting.remove(&ahead) {
                self.bytes -= partial.bytes.len();
            }
        }
        self.advance(to);
        self.give(out);
    }

    /// Gives out all that is whole: nothing more comes.
    pub fn flush(&mut self, out: &mut VecDeque<Vec<u8>>) {
        while !self.waiting.is_empty() {
            self.give_up(out);
        }
        self.missing_since = None;
    }

    /// Datagrams given out.
    pub const fn given(&self) -> u64 {
        self.given
    }

    /// Datagrams lost, after the first that was seen.
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_ones_come_in_order_and_a_lost_one_is_not_waited_for_long() {
        let mut assembly = DatagramAssembly::default();
        let mut out = VecDeque::new();
        let first = u32::MAX - 1;
        let number = |n: u32| first.wrapping_add(n);
        assembly.take(0, number(0), 0, 3, b"abc", &mut out);
        assembly.take(1, number(1), 2, 4, b"cd", &mut out);
        assembly.take(1, number(2), 0, 0, b"", &mut out);
        assert_eq!(out, [b"abc"]);
        assembly.take(2, number(1), 0, 4, b"ab", &mut out);
        assert_eq!(out.iter().map(Vec::len).collect::<Vec<_>>(), [3, 4, 0]);
        // Number 3 is lost.
        assembly.take(10, number(4), 0, 1, b"x", &mut out);
        assembly.tick(10 + WAIT_BLOCKS - 1, &mut out);
        assert_eq!((out.len(), assembly.lost()), (3, 0));
        assembly.tick(10 + WAIT_BLOCKS, &mut out);
        assert_eq!((out.len(), assembly.lost(), assembly.given()), (4, 1, 4));
        assembly.take(40, number(3), 0, 1, b"y", &mut out);
        assert_eq!((out.len(), assembly.bytes), (4, 0), "what was given up is late");
        // A part of one datagram, and a long silence.
        assembly.take(41, number(5), 0, 9, b"y", &mut out);
        assembly.take(42, number(5 + MAX_AHEAD), 0, 1, b"z", &mut out);
        assert_eq!((out.len(), assembly.lost()), (5, 1 + u64::from(MAX_AHEAD)));
    }

    proptest! {
        #[test]
        fn any_parts_leave_it_in_order(
            parts in prop::collection::vec((0u32..60, 0u16..4, 0u16..8, any::<u8>()), 0..200),
            far in any::<u32>(),
        ) {
            let mut assembly = DatagramAssembly::default();
            let mut out = VecDeque::new();
            for (block, (number, offset, size, fill)) in parts.iter().enumerate() {
                // Every datagram begins with its number; far away ones come in between.
                let number = if *fill == 0 { far } else { *number };
                let len = size.saturating_sub(*offset);
                if offset + len <= *size {
                    let part = vec![number as u8; len.into()];
                    assembly.take(block as u64, number, *offset, *size, &part, &mut out);
                }
                prop_assert!(assembly.bytes <= MAX_BYTES);
            }
            assembly.flush(&mut out);
            prop_assert_eq!((assembly.waiting.len(), assembly.bytes), (0, 0));
            prop_assert_eq!(out.len() as u64, assembly.given());
            for datagram in &out {
                prop_assert!(datagram.windows(2).all(|pair| pair[0] == pair[1]));
            }
        }
    }
}
