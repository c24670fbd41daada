use crate::frame::{Carrier, Numerology, SlotPoint};
use crate::reference_signal::dmrs::dmrs_sequence;
use crate::{Complex32, ConfigError};
use std::ops::Range;

/// Table 7.4.1.7.3-1: k' by the symbol from the first, for comb sizes 2, 4, 6 and 12.
const FREQUENCY_OFFSET: [(u8, [u8; 12]); 4] = [
    (2, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]),
    (4, [0, 2, 1, 3, 0, 2, 1, 3, 0, 2, 1, 3]),
    (6, [0, 3, 1, 4, 2, 5, 0, 3, 1, 4, 2, 5]),
    (12, [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11]),
];

/// Everything that a DL PRS resource follows from in a slot, unchecked; [`PrsConfig::new`] checks it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrsParameters {
    /// `n_ID,seq^PRS`, dl-PRS-SequenceID: 0..=4095.
    pub sequence_id: u16,
    /// K_comb^PRS, dl-PRS-CombSizeN: 2, 4, 6 or 12.
    pub comb_size: u8,
    /// k_offset^PRS: 0 up to below the comb size.
    pub comb_offset: u8,
    /// l_start^PRS, dl-PRS-ResourceSymbolOffset: the first symbol in the slot.
    pub first_symbol: u8,
    /// L_PRS, dl-PRS-NumSymbols: 2, 4, 6 or 12.
    pub n_symbols: u8,
    /// dl-PRS-StartPRB: blocks from DL PRS Point A, from which the sequence counts, to the lowest block; 0..=2176.
    pub start_prb: u16,
    /// dl-PRS-ResourceBandwidth: blocks, 24..=272 in steps of 4.
    pub n_prb: u16,
    /// Where the lowest block lies in the carrier: its common resource block (that is, from the carrier's own Point A).
    pub first_crb: u16,
    /// Amplitude of an element, beta_PRS.
    pub amplitude: f32,
}

/// A valid DL PRS resource in a carrier.
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "TS 38.211 7.4.1.7")]
#[doc(alias = "TS 38.214 5.1.6.5")]
pub struct PrsConfig {
    p: PrsParameters,
    carrier: Carrier,
    /// k' of the comb size.
    frequency_offset: &'static [u8; 12],
}

impl PrsConfig {
    /// # Errors
    /// If a value lies outside its range, the comb size does not go with the number of symbols, or the resource does not
    /// lie inside the carrier's slot.
    pub fn new(carrier: &Carrier, p: PrsParameters) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.211 7.4.1.7.3";
        const BANDWIDTH: &str = "TS 38.214 5.1.6.5";
        check_numerology(carrier.numerology())?;
        if p.sequence_id > 4095 {
            let rule = "must lie in 0..=4095";
            return Err(ConfigError::new("n_ID,seq^PRS", p.sequence_id, rule, "TS 38.211 7.4.1.7.2"));
        }
        let Some((_, frequency_offset)) = FREQUENCY_OFFSET.iter().find(|(comb_size, _)| *comb_size == p.comb_size)
        else {
            return Err(ConfigError::new("K_comb^PRS", p.comb_size, "must be 2, 4, 6 or 12", CLAUSE));
        };
        let pairs = [(2, 2), (4, 2), (6, 2), (12, 2), (4, 4), (12, 4), (6, 6), (12, 6), (12, 12)];
        if !pairs.contains(&(p.n_symbols, p.comb_size)) {
            let rule = format!("is no number of symbols with comb size {}", p.comb_size);
            return Err(ConfigError::new("L_PRS", p.n_symbols, rule, CLAUSE));
        }
        if p.comb_offset >= p.comb_size {
            let rule = format!("must be below the comb size, {}", p.comb_size);
            return Err(ConfigError::new("k_offset^PRS", p.comb_offset, rule, CLAUSE));
        }
        let in_slot = carrier.symbols_per_slot();
        if usize::from(p.first_symbol) + usize::from(p.n_symbols) > in_slot {
            let got = format!("{} from symbol {}", p.n_symbols, p.first_symbol);
            return Err(ConfigError::new("PRS symbols", got, format!("must lie in a slot of {in_slot}"), CLAUSE));
        }
        if p.start_prb > 2176 {
            return Err(ConfigError::new("dl-PRS-StartPRB", p.start_prb, "must lie in 0..=2176", BANDWIDTH));
        }
        if !(24..=272).contains(&p.n_prb) || !p.n_prb.is_multiple_of(4) {
            let rule = "must be a multiple of 4 in 24..=272";
            return Err(ConfigError::new("dl-PRS-ResourceBandwidth", p.n_prb, rule, BANDWIDTH));
        }
        let (first, end) = (carrier.start_crb(), carrier.start_crb() + carrier.n_prb());
        if p.first_crb < first || u32::from(p.first_crb) + u32::from(p.n_prb) > u32::from(end) {
            let got = format!("CRB {} + {} blocks", p.first_crb, p.n_prb);
            let rule = format!("must lie inside the carrier, CRB {first}..{end}");
            return Err(ConfigError::new("PRS blocks", got, rule, BANDWIDTH));
        }
        if !(p.amplitude.is_finite() && p.amplitude > 0.0) {
            return Err(ConfigError::new("beta_PRS", p.amplitude, "must be a positive number", CLAUSE));
        }
        Ok(Self { p, carrier: *carrier, frequency_offset })
    }

    /// The parameters as given.
    pub const fn parameters(&self) -> &PrsParameters {
        &self.p
    }

    /// The carrier.
    pub const fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// The symbols of the slot.
    pub fn symbols(&self) -> Range<usize> {
        self.p.first_symbol.into()..usize::from(self.p.first_symbol + self.p.n_symbols)
    }

    /// Elements in a symbol.
    pub fn elements_per_symbol(&self) -> usize {
        12 * usize::from(self.p.n_prb) / usize::from(self.p.comb_size)
    }

    /// The grid's subcarriers of the elements of symbol `l`, ascending.
    ///
    /// # Panics
    /// If `l` is none of [`PrsConfig::symbols`].
    #[doc(alias = "TS 38.211 Table 7.4.1.7.3-1")]
    pub fn subcarriers(&self, l: usize) -> impl ExactSizeIterator<Item = usize> + use<> {
        assert!(self.symbols().contains(&l), "no PRS in symbol {l}");
        let comb_size = usize::from(self.p.comb_size);
        let k_prime = self.frequency_offset[l - usize::from(self.p.first_symbol)];
        let shift = usize::from(self.p.comb_offset + k_prime) % comb_size;
        let first = 12 * usize::from(self.p.first_crb - self.carrier.start_crb());
        (0..self.elements_per_symbol()).map(move |m| first + m * comb_size + shift)
    }

    /// `c_init` of the sequence in symbol `l` of a slot.
    #[doc(alias = "TS 38.211 7.4.1.7.2")]
    pub fn c_init(&self, slot: SlotPoint, l: usize) -> u32 {
        let (high, low) = (u64::from(self.p.sequence_id / 1024), u64::from(self.p.sequence_id % 1024));
        let time = (self.carrier.symbols_per_slot() * usize::from(slot.slot()) + l + 1) as u64;
        // A residue modulo 2^31 fits 31 bits.
        (((high << 22) + ((time * (2 * low + 1)) << 10) + low) & 0x7fff_ffff) as u32
    }

    /// r(m) of the elements of symbol `l`, of magnitude 1, in the order of [`PrsConfig::subcarriers`].
    pub(super) fn sequence(&self, slot: SlotPoint, l: usize, out: &mut [Complex32]) {
        // The same function of c as the DM-RS has. m counts from DL PRS Point A.
        let first = 12 * usize::from(self.p.start_prb) / usize::from(self.p.comb_size);
        dmrs_sequence(self.c_init(slot, l), first, out);
    }

    /// Calls `f` with the place in the resource, from 0, and the symbol, of each that is not one of `ssb_symbols` (bit l =
    /// symbol l).
    ///
    /// # Panics
    /// If the slot is not of the carrier's numerology.
    pub(super) fn each_symbol(&self, slot: SlotPoint, ssb_symbols: u16, mut f: impl FnMut(usize, usize)) {
        assert_eq!(slot.numerology(), self.carrier.numerology(), "numerology of the slot");
        for (i, l) in self.symbols().enumerate() {
            if ssb_symbols >> l & 1 == 0 {
                f(i, l);
            }
        }
    }
}

/// # Errors
/// If a positioning frequency layer has no such spacing.
pub(super) fn check_numerology(numerology: Numerology) -> Result<(), ConfigError> {
    if numerology > Numerology::MU3 {
        let rule = "must be 15, 30, 60 or 120";
        return Err(ConfigError::new(
            "dl-PRS-SubcarrierSpacing (kHz)",
            numerology.scs_khz(),
            rule,
            "TS 38.214 5.1.6.5",
        ));
    }
    Ok(())
}
