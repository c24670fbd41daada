use super::frequency_allocation::PrbList;
use super::parameters::{PdschCodeword, PdschDmrs, PdschParameters};
use super::precoder::PrgSize;
use super::ptrs::PtrsPattern;
use super::tbs::{TbScaling, TbsParameters, transport_block_size};
use crate::ConfigError;
use crate::coding::ldpc::SchPlan;
use crate::frame::{Carrier, Rnti, SlotPoint};
use crate::modulation::{LayerMapping, Modulation, shared_channel_c_init};
use crate::reference_signal::dmrs::{dmrs_amplitude, dmrs_c_init};
use crate::reference_signal::dmrs_port::DmrsPort;

/// A codeword of a valid PDSCH.
#[derive(Clone, Copy, Debug)]
pub struct Codeword {
    modulation: Modulation,
    rv: u8,
    plan: SchPlan,
}

impl Codeword {
    /// Modulation.
    pub const fn modulation(&self) -> Modulation {
        self.modulation
    }

    /// Redundancy version.
    pub const fn rv(&self) -> u8 {
        self.rv
    }

    /// Transport block size in bits.
    pub const fn tbs(&self) -> usize {
        self.plan.tbs()
    }

    /// Coding.
    pub const fn plan(&self) -> &SchPlan {
        &self.plan
    }
}

/// A valid PDSCH in a slot of a carrier.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.214 5.1")]
pub struct PdschConfig {
    p: PdschParameters,
    carrier: Carrier,
    layers: LayerMapping,
    first: Codeword,
    second: Option<Codeword>,
    n_re: usize,
    dmrs_amplitude: f32,
    ptrs: Option<PtrsPattern>,
}

impl PdschConfig {
    /// # Errors
    /// If a value lies outside its range, blocks or symbols outside the carrier's slot, or the combination breaks the
    /// standard.
    pub fn new(carrier: &Carrier, p: PdschParameters) -> Result<Self, ConfigError> {
        let layers = LayerMapping::new(p.dmrs.ports.n_layers())?;
        let codewords = check_codewords(&p, layers)?;
        check_precoder(&p)?;
        check_slot(carrier, &p)?;
        check_scrambling(&p)?;
        let dmrs_amplitude = check_dmrs(&p)?;
        let n_rb = p.prbs.crbs().len() as u16; // at most 275
        let pattern = |ptrs| PtrsPattern::new(ptrs, p.rnti, (p.start, p.length), &p.dmrs, p.prbs.ascending(), n_rb);
        let ptrs = p.ptrs.as_ref().map(pattern).transpose()?;

        let n_re = (p.start..p.start + p.length)
            .flat_map(|l| p.prbs.crbs().iter().map(move |&crb| (crb, l)))
            .map(|(crb, l)| data_mask(&p, ptrs.as_ref(), crb, l.into()).count_ones() as usize)
            .sum();
        if n_re == 0 {
            let rule = "DM-RS, PT-RS and reserved elements leave none for data";
            return Err(ConfigError::new("PDSCH elements", 0, rule, "TS 38.211 7.3.1.5"));
        }
        let plan =
            |(q, codeword): (usize, PdschCodeword)| plan_codeword(&p, &codeword, layers.layers_of(q).len(), n_re);
        let first = plan((0, codewords.0))?;
        let second = codewords.1.map(|codeword| plan((1, codeword))).transpose()?;
        Ok(Self { p, carrier: *carrier, layers, first, second, n_re, dmrs_amplitude, ptrs })
    }

    /// The parameters as given.
    pub const fn parameters(&self) -> &PdschParameters {
        &self.p
    }

    /// The carrier.
    pub const fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// The slot.
    pub const fn slot(&self) -> SlotPoint {
        self.p.slot
    }

    /// The RNTI.
    pub const fn rnti(&self) -> Rnti {
        self.p.rnti
    }

    /// Allocated blocks.
    pub const fn prbs(&self) -> &PrbList {
        &self.p.prbs
    }

    /// The allocated symbols of the slot.
    pub fn symbols(&self) -> std::ops::Range<usize> {
        self.p.start.into()..usize::from(self.p.start) + usize::from(self.p.length)
    }

    /// The DM-RS symbols, bit l = symbol l.
    pub const fn dmrs_symbols(&self) -> u16 {
        self.p.dmrs.symbols
    }

    /// Layers, and the codewords that they carry.
    pub const fn layers(&self) -> LayerMapping {
        self.layers
    }

    /// A codeword.
    ///
    /// # Panics
    /// If there is no such codeword (see [`LayerMapping::n_codewords`]).
    pub fn codeword(&self, q: usize) -> &Codeword {
        let codewords = [Some(&self.first), self.second.as_ref()];
        codewords[q].unwrap_or_else(|| panic!("codeword {q} of {}", self.layers.n_codewords()))
    }

    /// Modulation of the first codeword.
    pub const fn modulation(&self) -> Modulation {
        self.first.modulation
    }

    /// Redundancy version of the first codeword.
    pub const fn rv(&self) -> u8 {
        self.first.rv
    }

    /// Transport block size of the first codeword in bits.
    pub const fn tbs(&self) -> usize {
        self.first.tbs()
    }

    /// Resource elements with data, a layer.
    pub const fn n_re(&self) -> usize {
        self.n_re
    }

    /// Coding of the first codeword.
    pub const fn plan(&self) -> &SchPlan {
        &self.first.plan
    }

    /// Amplitude of a DM-RS element over that of data.
    pub const fn dmrs_amplitude(&self) -> f32 {
        self.dmrs_amplitude
    }

    /// The layer of the PT-RS and the amplitude of their elements over that of data, if it has PT-RS.
    pub fn ptrs_layer(&self) -> Option<(usize, f32)> {
        self.ptrs.map(|ptrs| (ptrs.layer, ptrs.amplitude))
    }

    /// The precoding group of a subcarrier of the grid, counted from that of the lowest allocated block.
    pub(super) fn prg_of(&self, k: usize) -> usize {
        let crb = self.carrier.start_crb() + (k / 12) as u16;
        self.p.prg.group(crb, self.p.prbs.bounds().0)
    }

    /// The layers whose DM-RS port is of a CDM group.
    pub(super) fn layers_of_group(&self, group: usize) -> impl Iterator<Item = (usize, DmrsPort)> {
        let dmrs = &self.p.dmrs;
        let ports = dmrs.ports.as_slice().iter().copied().enumerate();
        ports.filter(move |(_, port)| port.cdm_group(dmrs.dmrs_type) == group)
    }

    /// l' of DM-RS symbol `l`: 1 in the second of a double symbol.
    pub(super) const fn l_prime(&self, l: usize) -> usize {
        let before = self.p.dmrs.symbols & ((1 << l) - 1);
        if self.p.dmrs.is_double() { before.count_ones() as usize % 2 } else { 0 }
    }

    pub(super) const fn ptrs_pattern(&self) -> Option<&PtrsPattern> {
        self.ptrs.as_ref()
    }

    /// The subcarriers of a block that carry PT-RS in a symbol, bit i = subcarrier i.
    pub(super) fn ptrs_mask(&self, crb: u16, l: usize) -> u16 {
        self.ptrs.map_or(0, |ptrs| ptrs.mask(crb, l) & !reserved_mask(&self.p, crb, l))
    }

    /// The subcarriers of a block that are reserved in a symbol, bit i = subcarrier i.
    pub(super) fn reserved_mask(&self, crb: u16, l: usize) -> u16 {
        reserved_mask(&self.p, crb, l)
    }

    /// `c_init` of the data scrambling of codeword `q`.
    #[doc(alias = "TS 38.211 7.3.1.1")]
    pub fn scrambling_c_init(&self, q: usize) -> u32 {
        shared_channel_c_init(self.p.rnti.0, q as u32, self.p.data_scrambling_id)
    }

    /// `c_init` of the DM-RS in symbol `l`.
    pub fn dmrs_c_init(&self, l: usize) -> u32 {
        let dmrs = &self.p.dmrs;
        dmrs_c_init(self.carrier.symbols_per_slot(), self.p.slot.slot(), l, dmrs.scrambling_id, dmrs.n_scid)
    }

    /// Appends the grid's subcarriers that carry data in symbol `l`, in mapping order: virtual blocks in their order,
    /// subcarriers ascending in each.
    #[doc(alias = "TS 38.211 7.3.1.5")]
    pub(super) fn push_data_subcarriers(&self, l: usize, out: &mut Vec<u16>) {
        for &crb in self.p.prbs.crbs() {
            let first = 12 * (crb - self.carrier.start_crb());
            let mask = data_mask(&self.p, self.ptrs.as_ref(), crb, l);
            out.extend((0..12).filter(|i| mask >> i & 1 == 1).map(|i| first + i));
        }
    }

    /// Appends the grid's subcarriers of the pilots of CDM group 0, ascending, and for each its place in the sequence
    /// of a symbol. Those of another group lie [`DmrsType::delta`] higher, with the same sequence.
    #[doc(alias = "TS 38.211 7.4.1.1.2")]
    pub(super) fn push_pilots(&self, subcarriers: &mut Vec<u16>, places: &mut Vec<usize>) {
        let dmrs = &self.p.dmrs;
        let per_prb = dmrs.dmrs_type.pilots_per_prb();
        for crb in self.p.prbs.ascending() {
            for i in 0..per_prb {
                // A grid has at most 3300 subcarriers.
                let first = 12 * (crb - self.carrier.start_crb());
                subcarriers.push(first + dmrs.dmrs_type.subcarrier(i) as u16);
                places.push(usize::from(crb - dmrs.reference_crb) * per_prb + i);
            }
        }
    }
}

/// The buffer-limiting transport block size of a cell or bandwidth part of `n_prb` blocks (the largest configured),
/// for a device with at most `max_layers` layers (of which 4 count) and `max_qm` bits a symbol.
#[doc(alias = "TS 38.212 5.4.2.1")]
pub fn tbs_lbrm(n_prb: u16, max_layers: usize, max_qm: usize) -> usize {
    // Table 5.4.2.1-1.
    let n_prb = match n_prb {
        0..=32 => 32,
        33..=66 => 66,
        67..=107 => 107,
        108..=135 => 135,
        136..=162 => 162,
        163..=217 => 217,
        _ => 273,
    };
    transport_block_size(&TbsParameters {
        n_prb,
        n_symbols: 13,
        dmrs_re_per_prb: 0,
        overhead_per_prb: 0,
        qm: max_qm,
        rate_x1024: 948.0,
        n_layers: max_layers.clamp(1, 4),
        scaling: TbScaling::One,
    })
}

/// The subcarriers of a block that carry data in a symbol, bit i = subcarrier i.
fn data_mask(p: &PdschParameters, ptrs: Option<&PtrsPattern>, crb: u16, l: usize) -> u16 {
    let mut mask = 0xfff & !reserved_mask(p, crb, l);
    if p.dmrs.symbols >> l & 1 == 1 {
        mask &= !p.dmrs.dmrs_type.group_mask(p.dmrs.cdm_groups_without_data.into());
    }
    mask & !ptrs.map_or(0, |ptrs| ptrs.mask(crb, l))
}

/// The reserved subcarriers of a block in a symbol, bit i = subcarrier i.
fn reserved_mask(p: &PdschParameters, crb: u16, l: usize) -> u16 {
    let patterns = p.reserved.iter().flat_map(|r| r.iter());
    let here = patterns.filter(|pattern| pattern.symbols >> l & 1 == 1 && pattern.crbs.contains(&crb));
    here.fold(0, |mask, pattern| mask | pattern.subcarriers)
}

/// The transport block and coding of a codeword on `n_layers` layers with `n_re` elements each.
fn plan_codeword(
    p: &PdschParameters,
    codeword: &PdschCodeword,
    n_layers: usize,
    n_re: usize,
) -> Result<Codeword, ConfigError> {
    check_codeword(codeword)?;
    let qm = codeword.modulation.bits_per_symbol();
    let tbs = codeword.tbs.unwrap_or_else(|| {
        transport_block_size(&TbsParameters {
            n_prb: p.prbs.crbs().len(),
            n_symbols: p.length.into(),
            dmrs_re_per_prb: dmrs_overhead_per_prb(&p.dmrs),
            overhead_per_prb: codeword.overhead_per_prb.into(),
            qm,
            rate_x1024: codeword.rate_x1024,
            n_layers,
            scaling: codeword.scaling,
        })
    });
    let n_ref = codeword.tbs_lbrm.map(|lbrm| SchPlan::n_ref(tbs, codeword.rate_x1024, lbrm)).transpose()?;
    let plan = SchPlan::new(tbs, codeword.rate_x1024, n_re * qm * n_layers, qm, n_layers, codeword.rv, n_ref)?;
    Ok(Codeword { modulation: codeword.modulation, rv: codeword.rv, plan })
}

fn dmrs_overhead_per_prb(dmrs: &PdschDmrs) -> usize {
    let per_symbol = dmrs.dmrs_type.group_mask(dmrs.cdm_groups_without_data.into()).count_ones();
    (per_symbol * dmrs.symbols.count_ones()) as usize
}

fn check_codewords(
    p: &PdschParameters,
    layers: LayerMapping,
) -> Result<(PdschCodeword, Option<PdschCodeword>), ConfigError> {
    const CLAUSE: &str = "TS 38.211 7.3.1.3";
    let [Some(first), second] = p.codewords else {
        return Err(ConfigError::new("codewords", 0, "a PDSCH has a first codeword", CLAUSE));
    };
    let got = if second.is_some() { 2 } else { 1 };
    if got != layers.n_codewords() {
        let rule = format!("{} layers carry {}: the second exists from 5 on", layers.n_layers(), layers.n_codewords());
        return Err(ConfigError::new("codewords", got, rule, CLAUSE));
    }
    Ok((first, second))
}

fn check_precoder(p: &PdschParameters) -> Result<(), ConfigError> {
    const CLAUSE: &str = "TS 38.211 7.3.1.4";
    let n_layers = p.dmrs.ports.n_layers();
    if p.precoder.n_layers() != n_layers {
        let rule = format!("must have as many columns as there are layers, {n_layers}");
        return Err(ConfigError::new("precoder", p.precoder.n_layers(), rule, CLAUSE));
    }
    let (lowest, highest) = p.prbs.bounds();
    let n_groups = p.prg.group(highest, lowest) + 1;
    if p.precoder.n_groups() != 1 && (p.precoder.n_groups() != n_groups || p.prg == PrgSize::Wideband) {
        let rule = format!("must be one for all blocks, or one for each of {n_groups} groups ({:?})", p.prg);
        return Err(ConfigError::new("precoders", p.precoder.n_groups(), rule, "TS 38.214 5.1.2.3"));
    }
    if !(p.amplitude.is_finite() && p.amplitude > 0.0) {
        let rule = "must be a positive number";
        return Err(ConfigError::new("beta_PDSCH", p.amplitude, rule, "TS 38.211 7.3.1.5"));
    }
    Ok(())
}

fn check_slot(carrier: &Carrier, p: &PdschParameters) -> Result<(), ConfigError> {
    if p.slot.numerology() != carrier.numerology() {
        let got = format!("{} kHz", p.slot.numerology().scs_khz());
        let rule = format!("must be the carrier's, {} kHz", carrier.numerology().scs_khz());
        return Err(ConfigError::new("numerology of the slot", got, rule, "TS 38.211 4.4.5"));
    }
    let n_symbols = carrier.symbols_per_slot() as u8;
    if p.length == 0 || p.start >= n_symbols || p.length > n_symbols - p.start {
        let got = format!("{} from symbol {}", p.length, p.start);
        let rule = format!("must lie in a slot of {n_symbols}");
        return Err(ConfigError::new("PDSCH symbols", got, rule, "TS 38.214 5.1.2.1"));
    }
    let (lowest, highest) = p.prbs.bounds();
    let (first, end) = (carrier.start_crb(), carrier.start_crb() + carrier.n_prb());
    if lowest < first || highest >= end {
        let got = format!("CRB {lowest}..={highest}");
        let rule = format!("must lie inside the carrier, CRB {first}..{end}");
        return Err(ConfigError::new("allocated blocks", got, rule, "TS 38.214 5.1.2.2"));
    }
    Ok(())
}

fn check_scrambling(p: &PdschParameters) -> Result<(), ConfigError> {
    if p.data_scrambling_id > 1023 {
        let rule = "must lie in 0..=1023";
        return Err(ConfigError::new("n_ID", p.data_scrambling_id, rule, "TS 38.211 7.3.1.1"));
    }
    if p.dmrs.n_scid > 1 {
        return Err(ConfigError::new("n_SCID", p.dmrs.n_scid, "must be 0 or 1", "TS 38.211 7.4.1.1.1"));
    }
    Ok(())
}

fn check_dmrs(p: &PdschParameters) -> Result<f32, ConfigError> {
    const CLAUSE: &str = "TS 38.211 7.4.1.1.2";
    let dmrs = &p.dmrs;
    let allocated = ((1u32 << p.length) - 1) << p.start;
    let mask = u32::from(dmrs.symbols);
    if mask == 0 {
        return Err(ConfigError::new("DM-RS symbols", "none", "a PDSCH has at least one", CLAUSE));
    }
    if mask & !allocated != 0 {
        let rule = format!("lies outside the allocated symbols {}..={}", p.start, p.start + p.length - 1);
        return Err(ConfigError::new("DM-RS symbol", (mask & !allocated).trailing_zeros(), rule, CLAUSE));
    }
    if mask.count_ones() > 4 {
        return Err(ConfigError::new("DM-RS symbols", mask.count_ones(), "there are at most 4 in a slot", CLAUSE));
    }
    let double = dmrs.is_double();
    if double && !is_pairs(dmrs.symbols) {
        let rule = "must be pairs of adjacent symbols, or none adjacent";
        return Err(ConfigError::new("DM-RS symbols", format!("{mask:#b}"), rule, CLAUSE));
    }
    dmrs.ports.check(dmrs.dmrs_type, double)?;
    let groups = dmrs.ports.as_slice().iter().map(|port| port.cdm_group(dmrs.dmrs_type));
    if let Some(group) = groups.clone().find(|&group| group >= dmrs.cdm_groups_without_data.into()) {
        let rule = format!("must be above CDM group {group}, which has a port");
        let clause = "TS 38.214 5.1.6.2";
        return Err(ConfigError::new("DM-RS CDM groups without data", dmrs.cdm_groups_without_data, rule, clause));
    }
    let (lowest, _) = p.prbs.bounds();
    if dmrs.reference_crb > lowest {
        let rule = format!("must not lie above the lowest allocated block, CRB {lowest}");
        return Err(ConfigError::new("DM-RS reference block", dmrs.reference_crb, rule, CLAUSE));
    }
    let standard = dmrs_amplitude(dmrs.dmrs_type, dmrs.cdm_groups_without_data)?;
    let amplitude = dmrs.amplitude.unwrap_or(standard);
    if !(amplitude.is_finite() && amplitude > 0.0) {
        return Err(ConfigError::new("beta_PDSCH^DMRS", amplitude, "must be a positive number", CLAUSE));
    }
    let of_group = dmrs.dmrs_type.group_mask(1);
    let pilots = groups.fold(0, |mask, group| mask | of_group << dmrs.dmrs_type.delta(group));
    for pattern in p.reserved.iter().flat_map(|r| r.iter()) {
        let collides = pattern.symbols & dmrs.symbols != 0
            && pattern.subcarriers & pilots != 0
            && pattern.crbs.iter().any(|crb| p.prbs.crbs().contains(crb));
        if collides {
            let got = format!("symbols {:#b}, subcarriers {:#b}", pattern.symbols, pattern.subcarriers);
            let rule = "must not overlap the DM-RS of the PDSCH";
            return Err(ConfigError::new("reserved elements", got, rule, "TS 38.214 5.1.4"));
        }
    }
    Ok(amplitude)
}

/// Whether a mask is of pairs of adjacent bits.
fn is_pairs(mut mask: u16) -> bool {
    while mask != 0 {
        let pair = 0b11 << mask.trailing_zeros();
        if mask & pair != pair {
            return false;
        }
        mask &= !pair;
    }
    true
}

fn check_codeword(codeword: &PdschCodeword) -> Result<(), ConfigError> {
    if codeword.modulation.bits_per_symbol() < 2 {
        let got = codeword.modulation;
        return Err(ConfigError::new("modulation", got, "a PDSCH has QPSK to 1024QAM", "TS 38.211 7.3.1.2"));
    }
    if codeword.rv > 3 {
        return Err(ConfigError::new("rv_id", codeword.rv, "must lie in 0..=3", "TS 38.214 5.1.3"));
    }
    if !matches!(codeword.overhead_per_prb, 0 | 6 | 12 | 18) {
        let rule = "must be 0, 6, 12 or 18";
        return Err(ConfigError::new("xOverhead", codeword.overhead_per_prb, rule, "TS 38.214 5.1.3.2"));
    }
    if let Some(tbs) = codeword.tbs
        && (tbs < 24 || !tbs.is_multiple_of(8))
    {
        let rule = "must be a multiple of 8, at least 24";
        return Err(ConfigError::new("transport block size", tbs, rule, "TS 38.214 5.1.3.2"));
    }
    Ok(())
}
