use super::{CyclicPrefix, SlotPoint, SsbPositions};
use crate::ConfigError;

/// Which SS/PBCH blocks a cell sends, and when: ssb-PositionsInBurst, period and half frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.213 4.1")]
#[doc(alias = "ssb-PositionsInBurst")]
pub struct SsbSchedule {
    positions: SsbPositions,
    /// Bit i: index i.
    sent: u64,
    /// Half frames.
    period: u16,
    /// Half frames from the first of SFN 0, below the period.
    offset: u16,
}

impl SsbSchedule {
    /// * `indices`: the blocks that are sent, in any order.
    /// * `period_ms`: 5, 10, 20, 40, 80 or 160.
    /// * `sfn`, `half_frame` (0 or 1): one half frame that has blocks.
    ///
    /// # Errors
    /// If there is no index, one is not below the number of candidates, or another value lies outside its range.
    pub fn new(
        positions: SsbPositions,
        indices: impl IntoIterator<Item = usize>,
        period_ms: u32,
        sfn: u16,
        half_frame: u8,
    ) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.213 4.1";
        let n = positions.n_candidates();
        let mut sent = 0;
        for index in indices {
            if index >= n {
                let rule = format!("must lie in 0..={} (case {} at this frequency)", n - 1, positions.case());
                return Err(ConfigError::new("SSB index", index, rule, CLAUSE));
            }
            sent |= 1 << index;
        }
        if sent == 0 {
            return Err(ConfigError::new("SSB indexes", "none", "a cell sends at least one SS/PBCH block", CLAUSE));
        }
        if !matches!(period_ms, 5 | 10 | 20 | 40 | 80 | 160) {
            let rule = "must be 5, 10, 20, 40, 80 or 160 ms";
            return Err(ConfigError::new("SSB period (ms)", period_ms, rule, CLAUSE));
        }
        if half_frame > 1 {
            return Err(ConfigError::new("SSB half frame", half_frame, "must be 0 or 1", CLAUSE));
        }
        let at = SlotPoint::new(positions.case().numerology(), sfn, 0)?;
        // At most 32.
        let period = (period_ms / 5) as u16;
        Ok(Self { positions, sent, period, offset: (2 * at.sfn() + u16::from(half_frame)) % period })
    }

    /// The candidates.
    pub const fn positions(&self) -> SsbPositions {
        self.positions
    }

    /// The period in ms.
    pub const fn period_ms(&self) -> u32 {
        5 * self.period as u32
    }

    /// The indices that are sent, ascending.
    pub fn indices(&self) -> impl Iterator<Item = u8> + use<> {
        let sent = self.sent;
        (0..64).filter(move |i| sent >> i & 1 == 1)
    }

    /// Whether blocks are sent in a half frame (0 or 1) of a frame.
    pub const fn has_half_frame(&self, sfn: u16, half_frame: u8) -> bool {
        (2 * (sfn % SlotPoint::SFN_PERIOD) + half_frame as u16) % self.period == self.offset
    }

    /// The blocks that are sent in a slot of the blocks' own numerology, by ascending index: index and first symbol.
    ///
    /// # Panics
    /// If `at` is of another numerology.
    pub fn in_slot(&self, at: SlotPoint) -> impl Iterator<Item = (u8, u8)> + use<> {
        assert_eq!(at.numerology(), self.positions.case().numerology(), "numerology of the slot");
        let (schedule, (half_frame, slot)) = (*self, half_frame_of(at));
        let here = self.has_half_frame(at.sfn(), half_frame);
        self.indices().filter(move |_| here).filter_map(move |index| {
            let time = schedule.positions.get(index.into())?;
            (time.slot_in_half_frame == slot).then_some((index, time.first_symbol))
        })
    }

    /// The symbols of a slot, of any numerology and cyclic prefix, that overlap in time with a block that is sent: bit
    /// l = symbol l. No other channel is received there on the resource blocks that the SS/PBCH block touches.
    #[doc(alias = "TS 38.214 5.1.4")]
    #[doc(alias = "TS 38.213 10.1")]
    pub fn symbols(&self, at: SlotPoint, cyclic_prefix: CyclicPrefix) -> u16 {
        let (half_frame, slot) = half_frame_of(at);
        if !self.has_half_frame(at.sfn(), half_frame) {
            return 0;
        }
        // In T_c from the beginning of the half frame.
        let ssb_start = |symbol: u16| CyclicPrefix::Normal.start_tc(self.positions.case().numerology(), symbol.into());
        let n_symbols = cyclic_prefix.symbols_per_slot();
        let first = usize::from(slot) * n_symbols;
        let start = |l: usize| cyclic_prefix.start_tc(at.numerology(), first + l);
        let mut symbols = 0;
        for (_, &block) in self.positions.first_symbols().iter().enumerate().filter(|(i, _)| self.sent >> i & 1 == 1) {
            let (from, to) = (ssb_start(block), ssb_start(block + 4));
            if from < start(n_symbols) && start(0) < to {
                let overlaps = (0..n_symbols).filter(|&l| from < start(l + 1) && start(l) < to);
                symbols |= overlaps.fold(0, |mask, l| mask | 1 << l);
            }
        }
        symbols
    }
}

/// The half frame, 0 or 1, that a slot lies in, and the slot's number in it. (A slot of 15 kHz is a fifth of one.)
const fn half_frame_of(at: SlotPoint) -> (u8, u16) {
    let per_half = at.numerology().slots_per_frame() / 2;
    ((at.slot() / per_half) as u8, at.slot() % per_half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Duplex, Numerology, SsbCase};
    use proptest::prelude::*;

    fn schedules() -> impl Strategy<Value = (SsbSchedule, Vec<usize>)> {
        let blocks = (0..SsbCase::ALL.len(), prop::bool::ANY, any::<u64>());
        (blocks, 0..6u32, 0..1024u16, 0..2u8).prop_filter_map("no index", |((case, low, mask), period, sfn, half)| {
            let case = SsbCase::ALL[case];
            let hz = if low { 1_000_000_000 } else { 5_000_000_000 };
            let positions = SsbPositions::at_frequency(case, hz, Duplex::Fdd);
            let indices: Vec<usize> = (0..positions.n_candidates()).filter(|i| mask >> i & 1 == 1).collect();
            let schedule = SsbSchedule::new(positions, indices.iter().rev().copied(), 5 << period, sfn, half).ok()?;
            Some((schedule, indices))
        })
    }

    /// Start of a symbol in seconds from that of its half frame, by adding up the lengths of TS 38.211 5.3.1.
    fn start_s(numerology: Numerology, prefix: CyclicPrefix, l: usize) -> f64 {
        let scale = 0.5f64.powi(numerology.mu().into());
        let length = |l: usize| match prefix {
            CyclicPrefix::Extended => 2560.0 * scale,
            CyclicPrefix::Normal if l.is_multiple_of(7 << numerology.mu()) => 2192.0 * scale + 16.0,
            CyclicPrefix::Normal => 2192.0 * scale,
        };
        (0..l).map(length).sum::<f64>() / 30.72e6
    }

    proptest! {
        /// Every slot of two periods by the definition: half frames a period apart, and symbols that overlap.
        #[test]
        fn slots_and_symbols_are_those_of_the_clause(
            (schedule, indices) in schedules(),
            other in 0..7usize,
            extended in prop::bool::ANY,
            sfn in 0..1024u16,
            slot in any::<u16>(),
        ) {
            prop_assert_eq!(schedule.indices().map(usize::from).collect::<Vec<_>>(), indices.clone());
            let case = schedule.positions().case();
            let own = case.numerology();
            let burst = schedule.positions().first_symbols();
            // Slots of the blocks' own numerology.
            let at = SlotPoint::new(own, sfn, slot % own.slots_per_frame()).unwrap();
            let half = u8::from(at.slot() >= own.slots_per_frame() / 2);
            let in_half = usize::from(at.slot() % (own.slots_per_frame() / 2));
            let sent = schedule.has_half_frame(sfn, half);
            let expected: Vec<(u8, u8)> = indices
                .iter()
                .filter(|&&i| sent && usize::from(burst[i]) / 14 == in_half)
                .map(|&i| (i as u8, (burst[i] % 14) as u8))
                .collect();
            prop_assert_eq!(schedule.in_slot(at).collect::<Vec<_>>(), expected.clone());
            // A block of case E may begin in one slot and end in the next.
            let symbols = indices.iter().flat_map(|&i| burst[i]..burst[i] + 4).map(usize::from);
            let here = symbols.filter(|&l| sent && l / 14 == in_half);
            let mask = here.fold(0u16, |mask, l| mask | 1 << (l % 14));
            prop_assert_eq!(schedule.symbols(at, CyclicPrefix::Normal), mask);
            // Slots of another.
            let numerology = Numerology::ALL[other];
            let prefix = if extended && other == 2 { CyclicPrefix::Extended } else { CyclicPrefix::Normal };
            let at = SlotPoint::new(numerology, sfn, slot % numerology.slots_per_frame()).unwrap();
            let per_half = numerology.slots_per_frame() / 2;
            let half = u8::from(at.slot() >= per_half);
            let first = usize::from(at.slot() % per_half) * prefix.symbols_per_slot();
            let mut mask = 0u16;
            for l in 0..prefix.symbols_per_slot() {
                let (from, to) = (start_s(numerology, prefix, first + l), start_s(numerology, prefix, first + l + 1));
                let overlaps = |i: &usize| {
                    let (start, end) = [0, 4].map(|k| start_s(own, CyclicPrefix::Normal, usize::from(burst[*i]) + k)).into();
                    // A thousandth of T_c, for sums of floating point.
                    start + 5e-13 < to && from + 5e-13 < end
                };
                mask |= u16::from(schedule.has_half_frame(sfn, half) && indices.iter().any(overlaps)) << l;
            }
            prop_assert_eq!(schedule.symbols(at, prefix), mask, "{} {:?}", at, prefix);
        }

        #[test]
        fn half_frames_come_every_period((schedule, _) in schedules(), sfn in 0..1024u16) {
            let period = usize::from(schedule.period);
            let sent: Vec<bool> =
                (0..2 * period).map(|h| schedule.has_half_frame((sfn + h as u16 / 2) % 1024, (h % 2) as u8)).collect();
            prop_assert_eq!(sent.iter().filter(|sent| **sent).count(), 2);
            prop_assert_eq!(&sent[..period], &sent[period..]);
        }
    }

    #[test]
    fn impossible_schedules_are_refused() {
        let positions = SsbPositions::new(SsbCase::F, 64).unwrap();
        let new =
            |indices: &[usize], period, sfn, half| SsbSchedule::new(positions, indices.to_vec(), period, sfn, half);
        assert!(new(&[0, 63], 20, 1023, 1).is_ok_and(|s| s.has_half_frame(1, 1) && s.period_ms() == 20));
        assert_eq!(new(&[64], 20, 0, 0).unwrap_err().parameter(), "SSB index");
        assert_eq!(new(&[], 20, 0, 0).unwrap_err().parameter(), "SSB indexes");
        assert_eq!(new(&[1], 15, 0, 0).unwrap_err().parameter(), "SSB period (ms)");
        assert_eq!(new(&[1], 20, 1024, 0).unwrap_err().parameter(), "SFN");
        assert_eq!(new(&[1], 20, 0, 2).unwrap_err().parameter(), "SSB half frame");
    }

    #[test]
    fn blocks_of_240_khz_take_two_symbols_of_120_khz() {
        // Case E, index 0: symbols 8 to 11 of 240 kHz are symbols 4 and 5 of 120 kHz and symbol 2 of 60 kHz.
        let positions = SsbPositions::new(SsbCase::E, 64).unwrap();
        let schedule = SsbSchedule::new(positions, [0], 20, 0, 0).unwrap();
        let symbols =
            |mu| schedule.symbols(SlotPoint::new(Numerology::new(mu).unwrap(), 2, 0).unwrap(), CyclicPrefix::Normal);
        assert_eq!((symbols(4), symbols(3), symbols(2)), (0xf << 8, 0b11 << 4, 1 << 2));
    }
}
