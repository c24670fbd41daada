use super::frequency_allocation::PrbList;
use super::ptrs::{PdschPtrs, PtrsPattern};
use super::tbs::{TbScaling, TbsParameters, transport_block_size};
use crate::coding::ldpc::SchPlan;
use crate::frame::{Carrier, CyclicPrefix, Rnti, SlotPoint};
use crate::modulation::{Modulation, shared_channel_c_init};
use crate::reference_signal::dmrs::{DmrsType, dmrs_amplitude, dmrs_c_init};
use crate::{Complex32, ConfigError};
use std::sync::Arc;

/// Parameters of the demodulation reference signals of a PDSCH.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PdschDmrs {
    /// Configuration type.
    pub dmrs_type: DmrsType,
    /// DM-RS symbols, bit l = symbol l of the slot (see [`crate::reference_signal::dmrs::pdsch_dmrs_symbols`]).
    pub symbols: u16,
    /// `N_ID^nSCID`: scramblingID0 or -1, or the cell identity.
    pub scrambling_id: u16,
    /// `n_SCID`, 0 or 1.
    pub n_scid: u8,
    /// DM-RS CDM groups without data, 1..=3.
    pub cdm_groups_without_data: u8,
    /// The common resource block that the sequence counts from: 0, or the lowest block of CORESET#0 for the PDSCH of an
    /// SI-RNTI scheduled in its Type0 common search space.
    pub reference_crb: u16,
    /// Amplitude of a DM-RS element over that of data; `None` for the value of TS 38.214 Table 4.1-1.
    pub amplitude: Option<f32>,
}

/// Parameters of one codeword.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PdschCodeword {
    /// Modulation.
    pub modulation: Modulation,
    /// Target code rate times 1024.
    pub rate_x1024: f64,
    /// Redundancy version, 0..=3.
    pub rv: u8,
    /// Transport block size in bits if it does not follow from the allocation (a retransmission with a reserved MCS).
    pub tbs: Option<usize>,
    /// Scaling of the transport block size.
    pub scaling: TbScaling,
    /// xOverhead: 0, 6, 12 or 18 elements a block.
    pub overhead_per_prb: u8,
    /// `TBS_LBRM` for the limited buffer; `None` for an unlimited one.
    pub tbs_lbrm: Option<usize>,
}

/// Resource elements that carry no PDSCH: every combination of the blocks, subcarriers and symbols.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.214 5.1.4")]
pub struct ReservedElements {
    /// Common resource blocks.
    pub crbs: Vec<u16>,
    /// Subcarriers of each block, bit i = subcarrier i.
    pub subcarriers: u16,
    /// Symbols of the slot, bit l = symbol l.
    pub symbols: u16,
}

/// A wideband precoder: the weight of each layer on each antenna port.
#[derive(Clone, Debug, PartialEq)]
#[doc(alias = "TS 38.211 7.3.1.4")]
pub struct Precoder {
    n_layers: usize,
    /// `[port][layer]`; `None` is one port with weight 1, which needs no memory.
    weights: Option<Arc<[Complex32]>>,
}

impl Precoder {
    /// From weights row-major `[port][layer]`.
    ///
    /// # Errors
    /// If there is no port or no layer, a row is not whole, or a weight is not finite.
    pub fn new(n_layers: usize, weights: &[Complex32]) -> Result<Self, ConfigError> {
        let whole = n_layers > 0 && !weights.is_empty() && weights.len().is_multiple_of(n_layers);
        if !whole || weights.iter().any(|w| !(w.re.is_finite() && w.im.is_finite())) {
            let got = format!("{} weights for {n_layers} layers", weights.len());
            let rule = "a finite weight for each port and layer";
            return Err(ConfigError::new("precoder", got, rule, "TS 38.211 7.3.1.4"));
        }
        Ok(Self { n_layers, weights: Some(weights.into()) })
    }

    /// One layer on one port, unchanged.
    pub const fn single_port() -> Self {
        Self { n_layers: 1, weights: None }
    }

    /// Antenna ports.
    pub fn n_ports(&self) -> usize {
        self.weights.as_ref().map_or(1, |w| w.len() / self.n_layers)
    }

    /// Layers.
    pub const fn n_layers(&self) -> usize {
        self.n_layers
    }

    /// The weight of `layer` on `port`.
    ///
    /// # Panics
    /// If either does not exist.
    pub fn weight(&self, port: usize, layer: usize) -> Complex32 {
        assert!(layer < self.n_layers && port < self.n_ports(), "layer {layer}, port {port}");
        self.weights.as_ref().map_or(Complex32::ONE, |w| w[port * self.n_layers + layer])
    }
}

/// Everything that a PDSCH follows from, unchecked; [`PdschConfig::new`] checks it.
#[derive(Clone, Debug, PartialEq)]
pub struct PdschParameters {
    /// The slot.
    pub slot: SlotPoint,
    /// RNTI that scrambles the data.
    pub rnti: Rnti,
    /// `n_ID` of the data scrambling: dataScramblingIdentityPDSCH or the cell identity, 0..=1023.
    pub data_scrambling_id: u16,
    /// S, first symbol.
    pub start: u8,
    /// L, symbols.
    pub length: u8,
    /// Allocated blocks.
    pub prbs: PrbList,
    /// Reference signals.
    pub dmrs: PdschDmrs,
    /// Phase-tracking reference signals, if it has them.
    pub ptrs: Option<PdschPtrs>,
    /// Layers, 1..=8, on DM-RS ports 1000, 1001, …
    pub n_layers: u8,
    /// Codewords; the second exists from 5 layers on.
    pub codewords: [Option<PdschCodeword>; 2],
    /// Elements left out (rate matching around other signals).
    pub reserved: Option<Arc<[ReservedElements]>>,
    /// Amplitude of a data element of unit power, beta_PDSCH.
    pub amplitude: f32,
    /// Ports.
    pub precoder: Precoder,
}

/// A valid PDSCH in a slot of a carrier.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.214 5.1")]
pub struct PdschConfig {
    p: PdschParameters,
    carrier: Carrier,
    codeword: PdschCodeword,
    plan: SchPlan,
    n_re: usize,
    dmrs_amplitude: f32,
    ptrs: Option<PtrsPattern>,
}

impl PdschConfig {
    /// # Errors
    /// If a value lies outside its range, blocks or symbols outside the carrier's slot, or the combination breaks the
    /// standard; also for what is valid but not implemented yet (the message says so): more than one layer,
    /// two codewords, the extended cyclic prefix.
    pub fn new(carrier: &Carrier, p: PdschParameters) -> Result<Self, ConfigError> {
        let codeword = check_layers(&p)?;
        check_slot(carrier, &p)?;
        check_scrambling(&p)?;
        let dmrs_amplitude = check_dmrs(&p)?;
        check_codeword(&codeword)?;
        let n_rb = p.prbs.crbs().len() as u16; // at most 275
        let dmrs = (p.dmrs.dmrs_type, p.dmrs.symbols);
        let pattern = |ptrs| PtrsPattern::new(ptrs, p.rnti, (p.start, p.length), dmrs, p.prbs.ascending(), n_rb);
        let ptrs = p.ptrs.as_ref().map(pattern).transpose()?;

        let n_re = (p.start..p.start + p.length)
            .flat_map(|l| p.prbs.crbs().iter().map(move |&crb| (crb, l)))
            .map(|(crb, l)| data_mask(&p, ptrs.as_ref(), crb, l.into()).count_ones() as usize)
            .sum();
        if n_re == 0 {
            let rule = "DM-RS, PT-RS and reserved elements leave none for data";
            return Err(ConfigError::new("PDSCH elements", 0, rule, "TS 38.211 7.3.1.5"));
        }
        let qm = codeword.modulation.bits_per_symbol();
        let tbs = codeword.tbs.unwrap_or_else(|| {
            transport_block_size(&TbsParameters {
                n_prb: p.prbs.crbs().len(),
                n_symbols: p.length.into(),
                dmrs_re_per_prb: dmrs_overhead_per_prb(&p.dmrs),
                overhead_per_prb: codeword.overhead_per_prb.into(),
                qm,
                rate_x1024: codeword.rate_x1024,
                n_layers: p.n_layers.into(),
                scaling: codeword.scaling,
            })
        });
        let n_ref = codeword.tbs_lbrm.map(|lbrm| SchPlan::n_ref(tbs, codeword.rate_x1024, lbrm)).transpose()?;
        let layers = usize::from(p.n_layers);
        let plan = SchPlan::new(tbs, codeword.rate_x1024, n_re * qm * layers, qm, layers, codeword.rv, n_ref)?;
        Ok(Self { p, carrier: *carrier, codeword, plan, n_re, dmrs_amplitude, ptrs })
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

    /// Modulation of the first codeword.
    pub const fn modulation(&self) -> Modulation {
        self.codeword.modulation
    }

    /// Redundancy version of the first codeword.
    pub const fn rv(&self) -> u8 {
        self.codeword.rv
    }

    /// Transport block size of the first codeword in bits.
    pub const fn tbs(&self) -> usize {
        self.plan.tbs()
    }

    /// Resource elements with data, a layer.
    pub const fn n_re(&self) -> usize {
        self.n_re
    }

    /// Coding of the first codeword.
    pub const fn plan(&self) -> &SchPlan {
        &self.plan
    }

    /// Amplitude of a DM-RS element over that of data.
    pub const fn dmrs_amplitude(&self) -> f32 {
        self.dmrs_amplitude
    }

    /// Amplitude of a PT-RS element over that of data, if it has PT-RS.
    pub fn ptrs_amplitude(&self) -> Option<f32> {
        self.ptrs.map(|ptrs| ptrs.amplitude)
    }

    pub(super) const fn ptrs_pattern(&self) -> Option<&PtrsPattern> {
        self.ptrs.as_ref()
    }

    /// The subcarriers of a block that carry PT-RS in a symbol, bit i = subcarrier i.
    pub(super) fn ptrs_mask(&self, crb: u16, l: usize) -> u16 {
        self.ptrs.map_or(0, |ptrs| ptrs.mask(crb, l) & !reserved_mask(&self.p, crb, l))
    }

    /// `c_init` of the data scrambling of codeword `q`.
    #[doc(alias = "TS 38.211 7.3.1.1")]
    pub fn scrambling_c_init(&self, q: u32) -> u32 {
        shared_channel_c_init(self.p.rnti.0, q, self.p.data_scrambling_id)
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

    /// Appends the grid's subcarriers of the pilots of port 1000, ascending, and for each its place in the sequence of
    /// a symbol.
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

fn dmrs_overhead_per_prb(dmrs: &PdschDmrs) -> usize {
    let per_symbol = dmrs.dmrs_type.group_mask(dmrs.cdm_groups_without_data.into()).count_ones();
    (per_symbol * dmrs.symbols.count_ones()) as usize
}

fn check_layers(p: &PdschParameters) -> Result<PdschCodeword, ConfigError> {
    const CLAUSE: &str = "TS 38.211 7.3.1.3";
    if !(1..=8).contains(&p.n_layers) {
        return Err(ConfigError::new("layers", p.n_layers, "must lie in 1..=8", CLAUSE));
    }
    let Some(codeword) = p.codewords[0] else {
        return Err(ConfigError::new("codewords", 0, "a PDSCH has a first codeword", CLAUSE));
    };
    if p.n_layers > 1 {
        let rule = "valid, but only one layer is implemented yet";
        return Err(ConfigError::new("layers", p.n_layers, rule, CLAUSE));
    }
    if p.codewords[1].is_some() {
        return Err(ConfigError::new("codewords", 2, "a second codeword needs 5 layers or more", CLAUSE));
    }
    if p.precoder.n_layers() != usize::from(p.n_layers) {
        let rule = format!("must have as many columns as there are layers, {}", p.n_layers);
        return Err(ConfigError::new("precoder", p.precoder.n_layers(), rule, "TS 38.211 7.3.1.4"));
    }
    if !(p.amplitude.is_finite() && p.amplitude > 0.0) {
        let rule = "must be a positive number";
        return Err(ConfigError::new("beta_PDSCH", p.amplitude, rule, "TS 38.211 7.3.1.5"));
    }
    Ok(codeword)
}

fn check_slot(carrier: &Carrier, p: &PdschParameters) -> Result<(), ConfigError> {
    if carrier.cyclic_prefix() == CyclicPrefix::Extended {
        let rule = "valid, but the PDSCH is implemented for the normal prefix only yet";
        return Err(ConfigError::new("cyclic prefix", "extended", rule, "TS 38.211 4.3.2"));
    }
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
    let pilots = dmrs.dmrs_type.group_mask(1);
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
