//! The receiving half of the link: transport blocks in any order, repeated or missing, into bytes and datagrams.

use super::datagrams::{DatagramAssembly, WAIT_BLOCKS};
use super::frame::{Frame, Segment};
use super::stream::{StreamAssembly, StreamState};
use std::collections::VecDeque;

/// What came out, to be taken away.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Bytes of the stream, in order.
    pub bytes: Vec<u8>,
    /// Datagrams, in order.
    pub datagrams: VecDeque<Vec<u8>>,
}

/// What a block was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A block of the link, for the first time.
    New,
    /// One that came before.
    Repeat,
    /// One of another sender, while the stream of ours is not over.
    OtherSession,
    /// No block of a link.
    Foreign,
}

/// What was received of a sender.
#[derive(Default)]
pub struct LinkReceiver {
    session: Option<u32>,
    blocks: BlockCount,
    stream: StreamAssembly,
    datagrams: DatagramAssembly,
    /// The first block that said that the stream is over.
    over_since: Option<u64>,
}

impl LinkReceiver {
    /// Takes a transport block whose CRC held, and appends to `delivery` what can be given out.
    pub fn take(&mut self, block: &[u8], delivery: &mut Delivery) -> Taken {
        let Some(frame) = Frame::parse(block) else { return Taken::Foreign };
        if self.session != Some(frame.session) {
            // A sender that was started anew goes on where there is no stream that it would break.
            if self.stream.has_begun() {
                return Taken::OtherSession;
            }
            self.datagrams.flush(&mut delivery.datagrams);
            *self = Self { session: Some(frame.session), ..Self::default() };
        }
        let Some(number) = self.blocks.add(frame.number) else { return Taken::Repeat };
        for segment in frame.segments() {
            match segment {
                Segment::Bytes { offset, bytes } => self.stream.take(offset, bytes, &mut delivery.bytes),
                Segment::Length { total } => self.stream.length(total),
                Segment::End { total, rounds_left, digest } => {
                    self.stream.end(total, digest, rounds_left == 0);
                    if self.stream.is_over() {
                        self.over_since.get_or_insert(number);
                    }
                }
                Segment::Datagram { number: datagram, offset, size, bytes } => {
                    self.datagrams.take(number, datagram, offset, size, bytes, &mut delivery.datagrams);
                }
            }
        }
        self.datagrams.tick(number, &mut delivery.datagrams);
        Taken::New
    }

    /// Gives out the datagrams that wait for others: nothing more comes.
    pub fn finish(&mut self, delivery: &mut Delivery) {
        self.datagrams.flush(&mut delivery.datagrams);
    }

    /// Whether a stream has all that it will have: it is whole, or nothing of it is sent any more.
    pub fn is_over(&self) -> bool {
        let waited = |since: u64| self.blocks.highest().is_some_and(|highest| highest >= since + WAIT_BLOCKS);
        matches!(self.stream.state(), StreamState::Whole | StreamState::Corrupt) || self.over_since.is_some_and(waited)
    }

    /// The sender's session, once it is known.
    pub const fn session(&self) -> Option<u32> {
        self.session
    }

    /// The stream.
    pub const fn stream(&self) -> &StreamAssembly {
        &self.stream
    }

    /// The datagrams.
    pub const fn datagrams(&self) -> &DatagramAssembly {
        &self.datagrams
    }

    /// The blocks.
    pub const fn blocks(&self) -> &BlockCount {
        &self.blocks
    }
}

/// Which blocks came, by their numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct BlockCount {
    /// The first number seen, as it stands in its frame, and the distances from it of the lowest and highest, each
    /// shifted by 2^32 so that they stay positive.
    first: Option<u32>,
    lowest: u64,
    highest: u64,
    /// Bit i: the block i before the highest came.
    recent: u128,
    received: u64,
}

const ORIGIN: u64 = 1 << 32;

impl BlockCount {
    /// Notes block `number` (modulo 2^32); its number without wrapping, or none if it came before.
    fn add(&mut self, number: u32) -> Option<u64> {
        let first = *self.first.get_or_insert(number);
        if self.received == 0 {
            (self.lowest, self.highest, self.recent, self.received) = (ORIGIN, ORIGIN, 1, 1);
            return Some(ORIGIN);
        }
        // The nearest of all that are equal modulo 2^32.
        let low = first.wrapping_add(self.highest.wrapping_sub(ORIGIN) as u32);
        let step = number.wrapping_sub(low) as i32;
        let unwrapped = self.highest.saturating_add_signed(step.into());
        if step > 0 {
            self.recent = self.recent.checked_shl(step as u32).unwrap_or(0) | 1;
            self.highest = unwrapped;
        } else {
            let bit = 1u128.checked_shl(step.unsigned_abs())?;
            if self.recent & bit != 0 {
                return None;
            }
            self.recent |= bit;
            self.lowest = self.lowest.min(unwrapped);
        }
        self.received += 1;
        Some(unwrapped)
    }

    fn highest(&self) -> Option<u64> {
        (self.received > 0).then_some(self.highest)
    }

    /// Blocks received, each counted once.
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// Blocks sent from the first received to the last.
    pub const fn expected(&self) -> u64 {
        if self.received == 0 { 0 } else { self.highest - self.lowest + 1 }
    }

    /// Blocks that did not come.
    pub const fn missing(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    /// The share of blocks that did not come, 0..=1.
    pub fn error_rate(&self) -> f64 {
        if self.received == 0 { 0.0 } else { self.missing() as f64 / self.expected() as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sender::LinkSender;
    use super::*;
    use proptest::prelude::*;
    use rand::seq::SliceRandom;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// The blocks of a stream sent `rounds` times, with blocks of several lengths, and `n_ends` that say its end.
    fn blocks(bytes: &[u8], rounds: u16, n_ends: usize) -> Vec<Vec<u8>> {
        let mut sender = LinkSender::new(77, Some(bytes.len() as u64));
        let (mut all, mut at, mut left, mut ends) = (Vec::new(), 0, rounds, 0);
        while ends < n_ends {
            let len = [100, 64, 333, 65, 14][all.len() % 5];
            while sender.wants(len) {
                let n = (bytes.len() - at).min(50);
                sender.push_bytes(&bytes[at..at + n]);
                at += n;
                if at == bytes.len() {
                    left -= 1;
                    at = 0;
                    sender.end_round(left);
                }
            }
            ends += usize::from(sender.has_ended());
            let mut block = vec![0xaa; len];
            sender.fill(&mut block);
            all.push(block);
        }
        let counts = sender.counts();
        assert_eq!((counts.bytes, counts.rounds), (u64::from(rounds) * bytes.len() as u64, rounds.into()));
        all
    }

    #[test]
    fn a_stream_arrives_and_is_whole_once() {
        let bytes: Vec<u8> = (0..10_000u32).map(|i| ((i * i) >> 3) as u8).collect();
        let mut receiver = LinkReceiver::default();
        let mut delivery = Delivery::default();
        for block in blocks(&bytes, 1, 3) {
            let taken = receiver.take(&block, &mut delivery);
            assert_eq!(taken, if block.len() == 14 { Taken::Foreign } else { Taken::New });
            assert!(block.len() == 14 || receiver.take(&block, &mut delivery) == Taken::Repeat);
        }
        assert_eq!(receiver.stream().state(), StreamState::Whole);
        assert!(delivery.bytes == bytes);
        assert!(receiver.is_over() && receiver.blocks().missing() == 0);
        // Another sender's stream does not go into this one.
        let mut other = LinkSender::new(78, None);
        other.push_bytes(b"x");
        let mut block = [0; 100];
        other.fill(&mut block);
        assert_eq!(receiver.take(&block, &mut Delivery::default()), Taken::OtherSession);
    }

    #[test]
    fn rounds_fill_the_holes_of_those_before() {
        let bytes: Vec<u8> = (0..30_000u32).map(|i| ((i * i) >> 3) as u8).collect();
        let all = blocks(&bytes, 12, 40);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut receiver = LinkReceiver::default();
        let mut delivery = Delivery::default();
        let kept: Vec<_> = all.iter().filter(|_| rng.random_bool(0.7)).collect();
        kept.iter().for_each(|block| _ = receiver.take(block, &mut delivery));
        assert_eq!(receiver.stream().state(), StreamState::Whole);
        assert!(delivery.bytes == bytes);
        assert!((receiver.blocks().error_rate() - 0.3).abs() < 0.03);
    }

    #[test]
    fn a_stream_with_holes_ends_and_says_which() {
        let bytes = vec![5; 5000];
        let all = blocks(&bytes, 1, 40);
        let mut receiver = LinkReceiver::default();
        let mut delivery = Delivery::default();
        for (n, block) in all.iter().enumerate() {
            if n != 10 {
                receiver.take(block, &mut delivery);
            }
        }
        assert!(receiver.is_over());
        assert_eq!(receiver.stream().state(), StreamState::Open);
        let missing = receiver.stream().missing();
        assert_eq!((missing.len(), missing[0].start), (1, delivery.bytes.len() as u64));
        assert_eq!((receiver.blocks().missing(), receiver.stream().total()), (1, Some(5000)));
    }

    #[test]
    fn datagrams_keep_their_boundaries() {
        let mut sender = LinkSender::new(1, None);
        let sizes = [0usize, 1, 1400, 65_535, 20, 300];
        let sent: Vec<Vec<u8>> = sizes.iter().enumerate().map(|(n, size)| vec![n as u8; *size]).collect();
        sent.iter().for_each(|datagram| assert!(sender.push_datagram(datagram.clone())));
        assert!(!sender.push_datagram(vec![0; 65_536]));
        let mut receiver = LinkReceiver::default();
        let mut delivery = Delivery::default();
        let mut block = [0; 500];
        for _ in 0..200 {
            sender.fill(&mut block);
            receiver.take(&block, &mut delivery);
        }
        assert_eq!((delivery.datagrams, sender.counts().datagrams), (sent.into(), 6));
        assert!(sender.counts().idle_blocks > 50);
    }

    proptest! {
        #[test]
        fn blocks_in_any_order_give_the_stream(seed: u64, len in 0usize..4000) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut bytes = vec![0; len];
            rng.fill(&mut bytes[..]);
            let mut all = blocks(&bytes, 2, 3);
            // Within what HARQ processes do.
            all.chunks_mut(16).for_each(|chunk| chunk.shuffle(&mut rng));
            let mut receiver = LinkReceiver::default();
            let mut delivery = Delivery::default();
            for block in &all {
                let before = delivery.bytes.len();
                receiver.take(block, &mut delivery);
                prop_assert_eq!(&delivery.bytes[before..], &bytes[before..delivery.bytes.len()]);
            }
            prop_assert_eq!(receiver.stream().state(), StreamState::Whole);
        }

        #[test]
        fn hostile_blocks_do_no_harm(
            blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..30),
            numbers in prop::collection::vec((any::<u32>(), 0u32..2), 30),
        ) {
            let mut receiver = LinkReceiver::default();
            let mut delivery = Delivery::default();
            for (body, (number, session)) in blocks.iter().zip(numbers) {
                let mut frame = b"NL\x01\x00".to_vec();
                frame.extend(session.to_be_bytes());
                frame.extend(number.to_be_bytes());
                // Segments of every kind with lengths that may be right.
                for piece in body.chunks(20) {
                    frame.extend([piece[0] % 6, 0, piece.len() as u8]);
                    frame.extend(piece);
                }
                let mut block = vec![0; frame.len() + 5];
                let mut writer = nrflow::mac::DlSchWriter::new(&mut block);
                writer.sdu(4, &frame);
                writer.pad();
                receiver.take(&block, &mut delivery);
                prop_assert!(receiver.blocks().received() <= receiver.blocks().expected());
                prop_assert!((0.0..=1.0).contains(&receiver.blocks().error_rate()));
                receiver.stream().missing();
            }
            receiver.finish(&mut delivery);
        }
    }
}
