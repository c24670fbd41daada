use super::{TestModelAllocation, TestModelConfig};
use crate::modulation::Modulation;
use crate::reference_signal::dmrs::{DmrsLength, MappingType, TypeAPosition, pdsch_dmrs_symbols};

/// Blocks of the PDCCH, and of the PDSCH of n_RNTI 2 that follows it in time.
const PDCCH_PRBS: u16 = 3;
/// Symbols of the PDCCH.
pub(super) const PDCCH_SYMBOLS: u8 = 2;

/// One PDSCH of a test model's slot.
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "TS 38.141-1 Table 4.9.2.3.2-1")]
pub struct TestModelPdsch {
    /// n_RNTI, which scrambles it: 0, 1 or 2.
    pub n_rnti: u16,
    /// Modulation.
    pub modulation: Modulation,
    /// Resource blocks of the carrier, ascending.
    pub prbs: Vec<u16>,
    /// First symbol.
    pub start: u8,
    /// Symbols.
    pub length: u8,
    /// DM-RS symbols, bit l = symbol l.
    pub dmrs_symbols: u16,
    /// Power of each element, DM-RS too, over that of the PDCCH, dB.
    pub power_db: f64,
    /// Whether the error vector magnitude is measured on it; else it only balances the power.
    pub measured: bool,
}

impl TestModelPdsch {
    /// Amplitude of each element.
    pub fn amplitude(&self) -> f32 {
        10f64.powf(self.power_db / 20.0) as f32
    }

    /// Elements with data.
    pub fn n_re(&self) -> usize {
        // One DM-RS CDM group without data: every second element of a DM-RS symbol carries data.
        let whole = usize::from(self.length) - self.dmrs_symbols.count_ones() as usize;
        self.prbs.len() * (12 * whole + 6 * self.dmrs_symbols.count_ones() as usize)
    }
}

/// What a downlink slot of a test model holds: a PDCCH of one CCE in blocks 0 to 2, symbols 0 and 1, and the PDSCHs.
#[derive(Clone, Debug, PartialEq)]
pub struct TestModelSlot {
    /// Slot in the frame.
    pub slot_in_frame: u16,
    /// The PDSCHs.
    pub pdschs: Vec<TestModelPdsch>,
}

impl TestModelConfig {
    /// The slots of a frame that have downlink symbols, ascending.
    pub fn slots(&self) -> Vec<TestModelSlot> {
        let n_slots = self.carrier().numerology().slots_per_frame();
        let downlink = (0..n_slots).filter(|&slot| self.n_downlink_symbols(slot) > 0);
        downlink.map(|slot| TestModelSlot { slot_in_frame: slot, pdschs: self.pdschs(slot) }).collect()
    }

    fn pdschs(&self, slot_in_frame: u16) -> Vec<TestModelPdsch> {
        let n_rb = self.carrier().n_prb();
        let modulation = self.model().modulation();
        let end = self.n_downlink_symbols(slot_in_frame);
        let pdsch = |n_rnti, modulation, prbs, power_db, measured| {
            let start = if n_rnti == 2 { PDCCH_SYMBOLS } else { 0 };
            TestModelPdsch {
                n_rnti,
                modulation,
                prbs,
                start,
                length: end - start,
                dmrs_symbols: dmrs_symbols(start, end - start),
                power_db,
                measured,
            }
        };
        match self.model().allocation() {
            TestModelAllocation::Full => vec![
                pdsch(0, modulation, (PDCCH_PRBS..n_rb).collect(), 0.0, true),
                pdsch(2, modulation, (0..PDCCH_PRBS).collect(), 0.0, true),
            ],
            TestModelAllocation::SinglePrb => {
                let prb = [0, n_rb / 2, n_rb - 1][usize::from(slot_in_frame % 3)];
                vec![pdsch(2, modulation, vec![prb], 0.0, true)]
            }
            TestModelAllocation::Boosted { percent, power_db } => {
                let target = target_prbs(n_rb, percent);
                let rest: Vec<u16> = (PDCCH_PRBS..n_rb).filter(|prb| target.binary_search(prb).is_err()).collect();
                let rest_db = balancing_power_db(target.len(), rest.len(), power_db);
                // n_RNTI 0 is the stronger one. Errors are measured on the weaker groups of TM3.2 and TM3.3; TM1.2
                // is for emissions.
                let (target_rnti, rest_rnti) = if power_db > 0.0 { (0, 1) } else { (1, 0) };
                vec![
                    pdsch(target_rnti, modulation, target, power_db, power_db < 0.0),
                    pdsch(rest_rnti, Modulation::Qpsk, rest, rest_db, false),
                    pdsch(2, Modulation::Qpsk, (0..PDCCH_PRBS).collect(), 0.0, false),
                ]
            }
        }
    }
}

/// Mapping type A, dmrs-TypeA-Position 2, one additional position, single symbols.
fn dmrs_symbols(start: u8, length: u8) -> u16 {
    // Every length of the TDD patterns and of a whole slot has an entry (a test looks at each).
    pdsch_dmrs_symbols(MappingType::A, start, length, TypeAPosition::Pos2, 1, DmrsLength::Single).unwrap_or(1 << 2)
}

/// The blocks of the groups of other power: resource block groups of the bandwidth part of all blocks but the first
/// three, numbers 1, 3, … and the last whole one, as many as `percent` of the blocks hold at most.
#[doc(alias = "TS 38.141-1 Table 4.9.2.2.2-1")]
#[doc(alias = "TS 38.141-1 Table 4.9.2.2.7-1")]
#[doc(alias = "TS 38.141-1 Table 4.9.2.2.8-1")]
fn target_prbs(n_rb: u16, percent: u16) -> Vec<u16> {
    let (start, size) = (PDCCH_PRBS, n_rb - PDCCH_PRBS);
    let p = nominal_rbg_size(size);
    let whole = (size + start % p) / p;
    let last = whole - 1;
    let wanted = (u32::from(percent) * u32::from(size) / (100 * u32::from(p))) as u16;
    let n_rbg = wanted.min(last / 2 + 1);
    let groups = (0..n_rbg.saturating_sub(1)).map(|i| 2 * i + 1).chain((n_rbg > 0).then_some(last));
    // Groups begin at multiples of P of the common resource blocks; the first is cut off at the part's start.
    groups.flat_map(|group| (0..p).map(move |i| start / p * p + group * p + i)).collect()
}

/// P of configuration 1.
#[doc(alias = "TS 38.214 Table 5.1.2.2.1-1")]
const fn nominal_rbg_size(bwp_size: u16) -> u16 {
    match bwp_size {
        0..=36 => 2,
        37..=72 => 4,
        73..=144 => 8,
        _ => 16,
    }
}

/// The power of the other blocks that makes the mean of both 0 dB.
fn balancing_power_db(n_target: usize, n_rest: usize, target_db: f64) -> f64 {
    let (target, rest) = (n_target as f64, n_rest as f64);
    10.0 * ((target + rest - 10f64.powf(target_db / 10.0) * target) / rest).log10()
}
