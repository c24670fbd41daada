//! Over the whole configuration space: places, sequence, slots; and what is refused.

use super::*;
use crate::frame::{Carrier, CyclicPrefix, Numerology, ResourceGrid, SlotPoint};
use crate::sequence::GoldSequence;
use crate::{Complex32, ConfigError};
use proptest::prelude::*;

fn carrier(mu: u8, extended: bool) -> Carrier {
    let prefix = if extended { CyclicPrefix::Extended } else { CyclicPrefix::Normal };
    Carrier::new(Numerology::new(mu).unwrap(), prefix, 5, 275).unwrap()
}

fn valid() -> PrsParameters {
    PrsParameters {
        sequence_id: 2500,
        comb_size: 4,
        comb_offset: 1,
        first_symbol: 2,
        n_symbols: 12,
        start_prb: 100,
        n_prb: 24,
        first_crb: 30,
        amplitude: 1.5,
    }
}

fn draws() -> impl Strategy<Value = (Carrier, PrsParameters)> {
    let pairs = [(2, 2), (4, 2), (6, 2), (12, 2), (4, 4), (12, 4), (6, 6), (12, 6), (12, 12)];
    let place = (0..9usize, 0.0..1.0f64, 0.0..1.0f64, 0..=2176u16, 6..=68u16, 0.0..1.0f64);
    ((0..=3u8, any::<bool>()), 0..4096u16, place, 0.1..3.0f32).prop_map(
        move |((mu, extended), sequence_id, (pair, offset, symbol, start_prb, fours, crb), amplitude)| {
            let carrier = carrier(mu, extended && mu == 2);
            let (n_symbols, comb_size) = pairs[pair];
            let free = carrier.symbols_per_slot() - usize::from(n_symbols);
            let p = PrsParameters {
                sequence_id,
                comb_size,
                comb_offset: (offset * f64::from(comb_size)) as u8,
                first_symbol: (symbol * (free + 1) as f64) as u8,
                n_symbols,
                start_prb,
                n_prb: 4 * fours,
                first_crb: 5 + (crb * f64::from(276 - 4 * fours)) as u16,
                amplitude,
            };
            (carrier, p)
        },
    )
}

proptest! {
    #[test]
    fn elements_and_values_are_those_of_the_clause((carrier, p) in draws(), sfn in 0..1024u16, ssb in any::<u16>()) {
        let config = PrsConfig::new(&carrier, p).unwrap();
        let slot = SlotPoint::new(carrier.numerology(), sfn, sfn % carrier.numerology().slots_per_frame()).unwrap();
        let mut grid = ResourceGrid::for_carrier(&carrier, 2);
        PrsTransmitter::new(config.clone()).transmit(slot, ssb, 1, &mut grid);
        prop_assert!((0..carrier.symbols_per_slot()).all(|l| grid.symbol(0, l).iter().all(|x| *x == Complex32::ZERO)));

        let span = 12 * usize::from(p.n_prb);
        let first = 12 * usize::from(p.first_crb - 5);
        let mut uses = vec![0; span];
        for l in 0..carrier.symbols_per_slot() {
            let sent = config.symbols().contains(&l) && ssb >> l & 1 == 0;
            let used: Vec<usize> =
                (0..carrier.n_subcarriers()).filter(|&k| grid.symbol(1, l)[k] != Complex32::ZERO).collect();
            prop_assert_eq!(used.len(), if sent { span / usize::from(p.comb_size) } else { 0 });
            if config.symbols().contains(&l) {
                config.subcarriers(l).for_each(|k| uses[k - first] += 1);
            }
            // c_init with the clause's numbers, r(m) from c.
            let (n, mu_slot) = (u128::from(p.sequence_id), u128::from(slot.slot()));
            let time = carrier.symbols_per_slot() as u128 * mu_slot + l as u128 + 1;
            let c_init = ((1 << 22) * (n / 1024) + (1 << 10) * time * (2 * (n % 1024) + 1) + n % 1024) % (1 << 31);
            let m = 12 * usize::from(p.start_prb) / usize::from(p.comb_size);
            let mut c = GoldSequence::starting_at(c_init as u32, 2 * m as u64);
            for k in used {
                let r = Complex32::new(c.next_sign(), c.next_sign()) * std::f32::consts::FRAC_1_SQRT_2;
                prop_assert!((grid.symbol(1, l)[k] - r * p.amplitude).norm() < 1e-6);
            }
        }
        // Over its symbols a resource uses every subcarrier equally often.
        prop_assert!(uses.iter().all(|&n| n == usize::from(p.n_symbols / p.comb_size)));
    }

    #[test]
    fn resources_of_other_comb_offsets_do_not_overlap((carrier, p) in draws()) {
        let mut uses = vec![0; carrier.n_subcarriers() * carrier.symbols_per_slot()];
        for comb_offset in 0..p.comb_size {
            let config = PrsConfig::new(&carrier, PrsParameters { comb_offset, ..p }).unwrap();
            for l in config.symbols() {
                config.subcarriers(l).for_each(|k| uses[l * carrier.n_subcarriers() + k] += 1);
            }
        }
        prop_assert!(uses.iter().all(|&n| n <= 1));
        let all = 12 * usize::from(p.n_prb) * usize::from(p.n_symbols);
        prop_assert_eq!(uses.iter().sum::<usize>(), all);
    }

    #[test]
    fn estimates_are_the_channel((carrier, p) in draws(), ssb in any::<u16>(), delay in 0.0..0.05f32) {
        let config = PrsConfig::new(&carrier, p).unwrap();
        let slot = SlotPoint::new(carrier.numerology(), 77, 3).unwrap();
        let mut grid = ResourceGrid::for_carrier(&carrier, 1);
        PrsTransmitter::new(config.clone()).transmit(slot, ssb, 0, &mut grid);
        let h = |l: usize, k: usize| Complex32::from_polar(0.5 + l as f32, l as f32 - delay * k as f32);
        for l in 0..grid.n_symbols() {
            grid.symbol_mut(0, l).iter_mut().enumerate().for_each(|(k, y)| *y *= h(l, k));
        }
        let mut receiver = PrsReceiver::new(config.clone());
        let mut estimates = vec![Complex32::ONE; receiver.n_estimates()];
        receiver.estimate(slot, ssb, 0, &grid, &mut estimates);
        for (l, estimates) in config.symbols().zip(estimates.chunks_exact(config.elements_per_symbol())) {
            for (k, got) in config.subcarriers(l).zip(estimates) {
                let expected = if ssb >> l & 1 == 1 { Complex32::ZERO } else { h(l, k) };
                prop_assert!((got - expected).norm() < 1e-5 * (1.0 + l as f32), "{} is not {}", got, expected);
            }
        }
    }
}

#[test]
fn what_breaks_the_standard_is_refused_with_its_clause() {
    type Change = fn(&mut PrsParameters);
    let changes: [(Change, &str, &str); 14] = [
        (|p| p.sequence_id = 4096, "n_ID,seq^PRS", "TS 38.211 7.4.1.7.2"),
        (|p| p.comb_size = 3, "K_comb^PRS", "TS 38.211 7.4.1.7.3"),
        (|p| p.comb_size = 0, "K_comb^PRS", "TS 38.211 7.4.1.7.3"),
        (|p| p.n_symbols = 6, "L_PRS", "TS 38.211 7.4.1.7.3"),
        (|p| p.n_symbols = 0, "L_PRS", "TS 38.211 7.4.1.7.3"),
        (|p| p.comb_offset = 4, "k_offset^PRS", "TS 38.211 7.4.1.7.3"),
        (|p| p.first_symbol = 3, "PRS symbols", "TS 38.211 7.4.1.7.3"),
        (|p| p.first_symbol = 255, "PRS symbols", "TS 38.211 7.4.1.7.3"),
        (|p| p.start_prb = 2177, "dl-PRS-StartPRB", "TS 38.214 5.1.6.5"),
        (|p| p.n_prb = 26, "dl-PRS-ResourceBandwidth", "TS 38.214 5.1.6.5"),
        (|p| p.n_prb = 276, "dl-PRS-ResourceBandwidth", "TS 38.214 5.1.6.5"),
        (|p| p.first_crb = 4, "PRS blocks", "TS 38.214 5.1.6.5"),
        (|p| p.first_crb = u16::MAX, "PRS blocks", "TS 38.214 5.1.6.5"),
        (|p| p.amplitude = f32::INFINITY, "beta_PRS", "TS 38.211 7.4.1.7.3"),
    ];
    let carrier = carrier(1, false);
    assert!(PrsConfig::new(&carrier, valid()).is_ok());
    for (i, (change, parameter, clause)) in changes.into_iter().enumerate() {
        let mut changed = valid();
        change(&mut changed);
        let error = PrsConfig::new(&carrier, changed).unwrap_err();
        assert_eq!((error.parameter(), error.clause()), (parameter, clause), "change {i}: {error}");
    }
    // The extended prefix leaves 12 symbols; 240 kHz has no PRS.
    assert!(PrsConfig::new(&self::carrier(2, true), valid()).is_err());
    assert!(PrsConfig::new(&self::carrier(4, false), valid()).is_err());
}

fn schedule() -> PrsScheduleParameters {
    PrsScheduleParameters {
        period: 80,
        set_offset: 79,
        resource_offset: 3,
        repetitions: 4,
        gap: 8,
        set_muting: None,
        repetition_muting: None,
    }
}

/// Every slot of 1024 frames that the schedule sends in, and the number counted from SFN 0.
fn sent(mu: u8, schedule: &PrsSchedule) -> Vec<i64> {
    let numerology = Numerology::new(mu).unwrap();
    let start = SlotPoint::new(numerology, 0, 0).unwrap();
    let n = 1024 * i64::from(numerology.slots_per_frame());
    (0..n).filter(|&i| schedule.is_sent(start.offset(i))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    /// Instances and repetitions written out one by one.
    #[test]
    fn slots_are_those_of_the_instances(
        mu in 0..=2u8,
        (period, offset, resource_offset) in (0..17usize, 0.0..1.0f64, 0..512u16),
        (repetitions, gap) in (0..7usize, 0..6usize),
        (option_1, bits_1, len_1, factor) in (any::<bool>(), any::<u32>(), 0..6usize, 0..4usize),
        (option_2, bits_2) in (any::<bool>(), any::<u32>()),
    ) {
        let periods = [4, 5, 8, 10, 16, 20, 32, 40, 64, 80, 160, 320, 640, 1280, 2560, 5120, 10240];
        let period = periods[period] << mu;
        let repetitions = [1u8, 2, 4, 6, 8, 16, 32][repetitions];
        let gap = [1u8, 2, 4, 8, 16, 32][gap];
        let cut = |bits: u32, len: u8| PrsMutingBitmap { bits: bits & (u64::MAX >> (64 - len)) as u32, len };
        let p = PrsScheduleParameters {
            period,
            set_offset: (offset * f64::from(period)) as u32,
            resource_offset,
            repetitions,
            gap,
            set_muting: option_1.then(|| PrsSetMuting {
                pattern: cut(bits_1, [2, 4, 6, 8, 16, 32][len_1]),
                instances_per_bit: 1 << factor,
            }),
            repetition_muting: option_2.then(|| cut(bits_2, repetitions)),
        };
        let schedule = PrsSchedule::new(Numerology::new(mu).unwrap(), p);
        prop_assert_eq!(schedule.is_ok(), u32::from(repetitions - 1) * u32::from(gap) < period);
        prop_assume!(schedule.is_ok());
        let n = 10240i64 << mu;
        let first = i64::from(p.set_offset) + i64::from(resource_offset);
        let mut expected = Vec::new();
        // Instances before the first one begin where those slots are counted from the end of the pattern.
        let before = 1 + first / i64::from(period);
        for instance in -before..=n / i64::from(period) {
            if let Some(m) = p.set_muting {
                let per_cycle = i64::from(m.instances_per_bit) * i64::from(m.pattern.len);
                let in_cycle = (instance + 1000 * per_cycle) % per_cycle;
                if m.pattern.bits >> (in_cycle / i64::from(m.instances_per_bit)) & 1 == 0 {
                    continue;
                }
            }
            for i in 0..repetitions {
                let muted = p.repetition_muting.is_some_and(|m| m.bits >> i & 1 == 0);
                let at = first + instance * i64::from(period) + i64::from(i) * i64::from(gap);
                if !muted && (0..n).contains(&at) {
                    expected.push(at);
                }
            }
        }
        expected.sort_unstable();
        prop_assert_eq!(sent(mu, &schedule.unwrap()), expected);
    }
}

#[test]
fn slots_of_a_known_schedule() {
    let sent_in = |p| sent(0, &PrsSchedule::new(Numerology::MU0, p).unwrap())[..8].to_vec();
    // First at 82 = 79 + 3, and 80 before.
    assert_eq!(sent_in(schedule()), [2, 10, 18, 26, 82, 90, 98, 106]);
    let repetition_muting = Some(PrsMutingBitmap { bits: 0b0101, len: 4 });
    assert_eq!(sent_in(PrsScheduleParameters { repetition_muting, ..schedule() }), [2, 18, 82, 98, 162, 178, 242, 258]);
    let set_muting = Some(PrsSetMuting { pattern: PrsMutingBitmap { bits: 0b01, len: 2 }, instances_per_bit: 2 });
    assert_eq!(
        sent_in(PrsScheduleParameters { set_muting, ..schedule() }),
        [82, 90, 98, 106, 162, 170, 178, 186],
        "instances 0, 1, 4, 5"
    );
    let at = |slot| PrsSchedule::new(Numerology::MU0, schedule()).unwrap().repetition(slot);
    assert_eq!(at(SlotPoint::new(Numerology::MU0, 9, 8).unwrap()), Some(2));
    assert_eq!(at(SlotPoint::new(Numerology::MU0, 9, 9).unwrap()), None);
}

#[test]
fn schedules_that_break_the_standard_are_refused() {
    type Change = fn(&mut PrsScheduleParameters);
    let set_muting =
        |len, bits, instances_per_bit| Some(PrsSetMuting { pattern: PrsMutingBitmap { bits, len }, instances_per_bit });
    let refused = |p| -> ConfigError { PrsSchedule::new(Numerology::MU0, p).unwrap_err() };
    let changes: [(Change, &str); 9] = [
        (|p| p.period = 79, "T_per^PRS"),
        (|p| p.set_offset = 80, "T_offset^PRS"),
        (|p| p.resource_offset = 512, "T_offset,res^PRS"),
        (|p| p.repetitions = 3, "T_rep^PRS"),
        (|p| p.repetitions = 0, "T_rep^PRS"),
        (|p| p.gap = 0, "T_gap^PRS"),
        (|p| p.gap = 32, "PRS repetitions"),
        (|p| p.repetition_muting = Some(PrsMutingBitmap { bits: 1, len: 2 }), "dl-PRS-MutingOption2"),
        (|p| p.repetition_muting = Some(PrsMutingBitmap { bits: 16, len: 4 }), "dl-PRS-MutingOption2"),
    ];
    for (change, parameter) in changes {
        let mut changed = schedule();
        change(&mut changed);
        assert_eq!(refused(changed).parameter(), parameter);
    }
    for (len, bits, factor, parameter) in
        [(3, 1, 1, "dl-PRS-MutingOption1"), (0, 0, 1, "dl-PRS-MutingOption1"), (2, 4, 1, "dl-PRS-MutingOption1")]
            .into_iter()
            .chain([(32, u32::MAX, 3, "T_muting^PRS")])
    {
        let p = PrsScheduleParameters { set_muting: set_muting(len, bits, factor), ..schedule() };
        assert_eq!(refused(p).parameter(), parameter);
    }
    assert!(PrsSchedule::new(Numerology::MU4, schedule()).is_err());
    // 80 slots are 2 * 40 at 30 kHz, but 120 are no period.
    assert!(PrsSchedule::new(Numerology::MU1, schedule()).is_ok());
    assert!(PrsSchedule::new(Numerology::MU1, PrsScheduleParameters { period: 120, ..schedule() }).is_err());
}
