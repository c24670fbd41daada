use super::TestModelConfig;
use super::allocation::{PDCCH_SYMBOLS, TestModelPdsch, TestModelSlot};
use crate::Complex32;
use crate::frame::ResourceGrid;
use crate::modulation::{Modulation, map, scramble, shared_channel_c_init};
use crate::reference_signal::dmrs::{DmrsType, dmrs_c_init, dmrs_sequence};
use crate::sequence::Pn23;

/// Data bits of the PDCCH: 6 REGs of 9 elements.
const PDCCH_BITS: usize = 108;
/// Subcarriers of a REG with DM-RS, bit i = subcarrier i: 4k' + 1.
const PDCCH_DMRS_MASK: u16 = 0b0010_0010_0010;
/// Blocks of the PDCCH's one CCE: two symbols of three blocks.
const PDCCH_BLOCKS: usize = 3;

/// What an element of a test model's grid carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TestModelElement {
    /// Data of the PDCCH.
    Pdcch,
    /// DM-RS of the PDCCH.
    PdcchDmrs,
    /// Data of the slot's PDSCH of this number in [`TestModelSlot::pdschs`].
    Pdsch(u8),
    /// DM-RS of this PDSCH.
    PdschDmrs(u8),
}

/// Writes the slots of a test model.
///
/// The bits of the PDCCH and of each n_RNTI are a PN23 sequence of its own, which begins anew with each frame and goes
/// on from slot to slot.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.141-1 4.9.2.3")]
pub struct TestModelGenerator {
    config: TestModelConfig,
    slots: Vec<SlotPlan>,
    bits: Vec<u8>,
    symbols: Vec<Complex32>,
    pilots: Vec<Complex32>,
}

#[derive(Clone, Debug)]
struct SlotPlan {
    slot: TestModelSlot,
    /// The sequences at the slot's first bit: of the PDCCH, then of each PDSCH.
    sequences: Vec<Pn23>,
}

impl TestModelGenerator {
    /// Plans the slots of a frame.
    pub fn new(config: &TestModelConfig) -> Self {
        let mut pdcch = Pn23::new();
        let mut users = [Pn23::new(); 3];
        let slots: Vec<SlotPlan> = config
            .slots()
            .into_iter()
            .map(|slot| {
                let mut sequences = vec![pdcch];
                pdcch.skip_bits(PDCCH_BITS);
                for pdsch in &slot.pdschs {
                    let user = &mut users[usize::from(pdsch.n_rnti)];
                    sequences.push(*user);
                    user.skip_bits(pdsch.n_re() * pdsch.modulation.bits_per_symbol());
                }
                SlotPlan { slot, sequences }
            })
            .collect();
        let pdschs = || slots.iter().flat_map(|plan| &plan.slot.pdschs);
        let most_bits = pdschs().map(|p| p.n_re() * p.modulation.bits_per_symbol()).max().unwrap_or(0);
        let most_re = pdschs().map(TestModelPdsch::n_re).max().unwrap_or(0);
        Self {
            config: config.clone(),
            bits: Vec::with_capacity(most_bits.max(PDCCH_BITS)),
            symbols: Vec::with_capacity(most_re.max(PDCCH_BITS / 2)),
            pilots: vec![Complex32::ZERO; 6 * usize::from(config.carrier().n_prb())],
            slots,
        }
    }

    /// The model and its channel.
    pub const fn config(&self) -> &TestModelConfig {
        &self.config
    }

    /// What a slot of the frame holds; none if it has no downlink symbol.
    pub fn slot(&self, slot_in_frame: u16) -> Option<&TestModelSlot> {
        self.index(slot_in_frame).map(|index| &self.slots[index].slot)
    }

    fn index(&self, slot_in_frame: u16) -> Option<usize> {
        self.slots.binary_search_by_key(&slot_in_frame, |plan| plan.slot.slot_in_frame).ok()
    }

    /// Writes a slot of the frame into port 0 of `grid`, which it clears before.
    ///
    /// # Panics
    /// If the grid is not the carrier's.
    pub fn transmit(&mut self, slot_in_frame: u16, grid: &mut ResourceGrid) {
        assert_eq!(grid.n_subcarriers(), self.config.carrier().n_subcarriers(), "subcarriers of the grid");
        assert_eq!(grid.n_symbols(), self.config.carrier().symbols_per_slot(), "symbols of the grid");
        grid.clear();
        self.for_each_element(slot_in_frame, |symbol, subcarrier, _, value| {
            grid.symbol_mut(0, symbol)[subcarrier] = value;
        });
    }

    /// Calls `visit` with symbol, subcarrier, kind and value of each element of a slot of the frame that carries
    /// something.
    pub fn for_each_element(
        &mut self,
        slot_in_frame: u16,
        mut visit: impl FnMut(usize, usize, TestModelElement, Complex32),
    ) {
        let Some(index) = self.index(slot_in_frame) else { return };
        let n_id = self.config.cell_id().get();
        let Self { slots, bits, symbols, pilots, .. } = self;
        let plan = &slots[index];
        let n_sf = plan.slot.slot_in_frame;
        // n_RNTI of the PDCCH is 0, so c_init is n_ID.
        modulate(plan.sequences[0], PDCCH_BITS, n_id.into(), Modulation::Qpsk, bits, symbols);
        let mut data = symbols.iter();
        for l in 0..usize::from(PDCCH_SYMBOLS) {
            // The sequence of the PDCCH's DM-RS has the c_init of the PDSCH's with n_SCID 0 (7.4.1.3.1).
            dmrs_sequence(dmrs_c_init(14, n_sf, l, n_id, 0), 0, &mut pilots[..3 * PDCCH_BLOCKS]);
            let mut pilots = pilots.iter();
            for k in 0..12 * PDCCH_BLOCKS {
                let is_pilot = PDCCH_DMRS_MASK >> (k % 12) & 1 == 1;
                let kind = if is_pilot { TestModelElement::PdcchDmrs } else { TestModelElement::Pdcch };
                if let Some(&value) = if is_pilot { pilots.next() } else { data.next() } {
                    visit(l, k, kind, value);
                }
            }
        }
        for ((number, pdsch), &sequence) in (0..).zip(&plan.slot.pdschs).zip(&plan.sequences[1..]) {
            let n_bits = pdsch.n_re() * pdsch.modulation.bits_per_symbol();
            let c_init = shared_channel_c_init(pdsch.n_rnti, 0, n_id);
            modulate(sequence, n_bits, c_init, pdsch.modulation, bits, symbols);
            let amplitude = pdsch.amplitude();
            let mut data = symbols.iter();
            for l in usize::from(pdsch.start)..usize::from(pdsch.start + pdsch.length) {
                let has_pilots = pdsch.dmrs_symbols >> l & 1 == 1;
                if has_pilots {
                    dmrs_sequence(dmrs_c_init(14, n_sf, l, n_id, 0), 0, pilots);
                }
                let pilot_mask = if has_pilots { DmrsType::One.group_mask(1) } else { 0 };
                for &prb in &pdsch.prbs {
                    let first = 12 * usize::from(prb);
                    for i in 0..12 {
                        if pilot_mask >> i & 1 == 1 {
                            // Subcarrier 2n of the carrier has element n of the sequence.
                            let r = pilots[(first + i) / 2];
                            visit(l, first + i, TestModelElement::PdschDmrs(number), r * amplitude);
                        } else if let Some(d) = data.next() {
                            visit(l, first + i, TestModelElement::Pdsch(number), d * amplitude);
                        }
                    }
                }
            }
        }
    }
}

/// `n_bits` of a sequence, scrambled and mapped.
fn modulate(
    sequence: Pn23,
    n_bits: usize,
    c_init: u32,
    modulation: Modulation,
    bits: &mut Vec<u8>,
    symbols: &mut Vec<Complex32>,
) {
    bits.clear();
    bits.extend(sequence.take(n_bits));
    scramble(bits, c_init);
    symbols.clear();
    symbols.resize(n_bits / modulation.bits_per_symbol(), Complex32::ZERO);
    map(modulation, bits, symbols);
}
