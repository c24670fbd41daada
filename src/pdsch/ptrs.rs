use super::{McsTable, PdschConfig, PdschDmrs};
use crate::frame::{Carrier, Rnti};
use crate::modulation::LayerMapping;
use crate::reference_signal::dmrs::{DmrsType, dmrs_sequence};
use crate::reference_signal::ptrs::{pdsch_ptrs_subcarrier, ptrs_first_block, ptrs_symbols};
use crate::{Complex32, ConfigError};

const CLAUSE: &str = "TS 38.214 5.1.6.3";

/// Parameters of the phase-tracking reference signals of a PDSCH.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PdschPtrs {
    /// The layer whose DM-RS port they go with: that with the lowest port, of two codewords in the one of higher MCS.
    pub layer: u8,
    /// L_PT-RS: one symbol in 1, 2 or 4 has them, counted from each DM-RS symbol.
    pub time_density: u8,
    /// K_PT-RS: one allocated block in 2 or 4 has them.
    pub frequency_density: u8,
    /// resourceElementOffset, 0..=3 for 00, 01, 10 and 11.
    pub resource_element_offset: u8,
    /// Amplitude over that of a data element of a layer, beta_PT-RS; `None` for epre-Ratio 0.
    pub amplitude: Option<f32>,
}

/// PTRS-DownlinkConfig of TS 38.331, checked: when a PDSCH of a device has PT-RS, and how dense they are.
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(alias = "TS 38.214 5.1.6.3")]
pub struct PtrsDownlink {
    mcs: Option<[u8; 3]>,
    n_rb: Option<[u16; 2]>,
    epre_ratio: u8,
    resource_element_offset: u8,
}

impl PtrsDownlink {
    /// From timeDensity (ptrs-MCS1 to -3), frequencyDensity (N_RB0, N_RB1), epre-Ratio and resourceElementOffset; the
    /// last two are 0 where they are absent.
    ///
    /// # Errors
    /// If a value lies outside its range, or thresholds descend.
    pub fn new(
        time_density: Option<[u8; 3]>,
        frequency_density: Option<[u16; 2]>,
        epre_ratio: u8,
        resource_element_offset: u8,
    ) -> Result<Self, ConfigError> {
        if let Some(mcs) = time_density
            && !(mcs.is_sorted() && mcs[2] <= 29)
        {
            let rule = "thresholds must lie in 0..=29 and not descend";
            return Err(ConfigError::new("timeDensity", format!("{mcs:?}"), rule, CLAUSE));
        }
        if let Some(n_rb) = frequency_density
            && !(1 <= n_rb[0] && n_rb.is_sorted() && n_rb[1] <= 276)
        {
            let rule = "thresholds must lie in 1..=276 and not descend";
            return Err(ConfigError::new("frequencyDensity", format!("{n_rb:?}"), rule, CLAUSE));
        }
        ptrs_amplitude(epre_ratio, 1)?;
        pdsch_ptrs_subcarrier(DmrsType::One, 0, resource_element_offset)?;
        Ok(Self { mcs: time_density, n_rb: frequency_density, epre_ratio, resource_element_offset })
    }

    /// The PT-RS of a PDSCH of a C-, MCS-C- or CS-RNTI (of other RNTIs it has none): of `n_rb` blocks in `length`
    /// symbols, its codeword on `n_layers` layers with row `i_mcs` of `table`, that of the first transmission if the
    /// row is a reserved one. `None`: it has no PT-RS.
    ///
    /// # Errors
    /// If `i_mcs` is a reserved row where the time density follows from it, or there are not 1..=6 layers.
    #[doc(alias = "TS 38.214 Table 5.1.6.3-1")]
    #[doc(alias = "TS 38.214 Table 5.1.6.3-2")]
    pub fn of_pdsch(
        &self,
        table: McsTable,
        i_mcs: u8,
        n_rb: u16,
        length: u8,
        n_layers: u8,
    ) -> Result<Option<PdschPtrs>, ConfigError> {
        // The first row that has PT-RS without thresholds (of 16QAM), and ptrs-MCS4 (the first reserved row). The
        // clause names the first three tables; the fourth, of Release 17, is taken likewise.
        let (least, mcs4) = match table {
            McsTable::Qam64 => (10, 29),
            McsTable::Qam256 => (5, 28),
            McsTable::Qam64LowSe => (15, 29),
            McsTable::Qam1024 => (3, 27),
        };
        if self.mcs.is_none() && self.n_rb.is_none() && (i_mcs < least || n_rb < 3) {
            return Ok(None);
        }
        let time_density = match self.mcs {
            Some(_) if i_mcs >= mcs4 => {
                let rule = format!("must be below {mcs4}: that of the first transmission");
                return Err(ConfigError::new("I_MCS", i_mcs, rule, CLAUSE));
            }
            Some([mcs1, ..]) if i_mcs < mcs1 => return Ok(None),
            Some([_, mcs2, _]) if i_mcs < mcs2 => 4,
            Some([.., mcs3]) if i_mcs < mcs3 => 2,
            _ => 1,
        };
        let frequency_density = match self.n_rb {
            Some([n_rb0, _]) if n_rb < n_rb0 => return Ok(None),
            Some([_, n_rb1]) if n_rb >= n_rb1 => 4,
            _ => 2,
        };
        if too_short(length, time_density) {
            return Ok(None);
        }
        Ok(Some(PdschPtrs {
            layer: 0,
            time_density,
            frequency_density,
            resource_element_offset: self.resource_element_offset,
            amplitude: Some(ptrs_amplitude(self.epre_ratio, n_layers)?),
        }))
    }
}

/// Whether an allocation of so many symbols has no PT-RS of a time density.
fn too_short(length: u8, time_density: u8) -> bool {
    matches!((length, time_density), (2, 2 | 4) | (4, 4))
}

/// The amplitude of a PT-RS element over that of a data element of a layer, beta_PTRS, for epre-Ratio 0 or 1 and the
/// layers of the PT-RS port's codeword: from the ratio of energies in dB as the table gives it.
///
/// # Errors
/// If the ratio is reserved, or there are not 1..=6 layers.
#[doc(alias = "TS 38.214 Table 4.1-2")]
pub fn ptrs_amplitude(epre_ratio: u8, n_layers: u8) -> Result<f32, ConfigError> {
    const CLAUSE: &str = "TS 38.214 Table 4.1-2";
    const RATIO_DB: [f32; 6] = [0.0, 3.0, 4.77, 6.0, 7.0, 7.78];
    let ratio_db = usize::from(n_layers).checked_sub(1).and_then(|i| RATIO_DB.get(i));
    let Some(ratio_db) = ratio_db else {
        return Err(ConfigError::new("layers with the PT-RS port", n_layers, "must lie in 1..=6", CLAUSE));
    };
    match epre_ratio {
        0 => Ok(10f32.powf(ratio_db / 20.0)),
        1 => Ok(1.0),
        _ => Err(ConfigError::new("epre-Ratio", epre_ratio, "must be 0 or 1, others are reserved", CLAUSE)),
    }
}

/// The elements of the PT-RS of a PDSCH, before reserved elements are left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PtrsPattern {
    pub(super) layer: usize,
    symbols: u16,
    /// k_ref^RE.
    subcarrier: u8,
    /// Blocks, bit i = `lowest` + i.
    blocks: [u64; 5],
    lowest: u16,
    pub(super) amplitude: f32,
}

impl PtrsPattern {
    /// Of a PDSCH in `start..start + length` whose blocks are `ascending`, `n_rb` of them.
    ///
    /// # Errors
    /// If a parameter lies outside its range, the RNTI's PDSCHs have no PT-RS, or the allocation is too short.
    pub(super) fn new(
        ptrs: &PdschPtrs,
        rnti: Rnti,
        (start, length): (u8, u8),
        dmrs: &PdschDmrs,
        ascending: impl Iterator<Item = u16>,
        n_rb: u16,
    ) -> Result<Self, ConfigError> {
        if rnti == Rnti::SI || rnti == Rnti::P {
            return Err(ConfigError::new("PT-RS with RNTI", rnti, "no PT-RS with SI-RNTI and P-RNTI", CLAUSE));
        }
        if !matches!(ptrs.frequency_density, 2 | 4) {
            let rule = "must be 2 or 4";
            return Err(ConfigError::new("K_PT-RS", ptrs.frequency_density, rule, "TS 38.211 7.4.1.2.2"));
        }
        let n_layers = dmrs.ports.n_layers();
        let Some(port) = dmrs.ports.as_slice().get(usize::from(ptrs.layer)) else {
            let rule = format!("must be one of {n_layers} layers");
            return Err(ConfigError::new("layer of the PT-RS", ptrs.layer, rule, CLAUSE));
        };
        let symbols = ptrs_symbols(start, length, dmrs.symbols, ptrs.time_density)?;
        if too_short(length, ptrs.time_density) {
            let rule = format!("a PDSCH of {length} symbols has no PT-RS of this density");
            return Err(ConfigError::new("L_PT-RS", ptrs.time_density, rule, CLAUSE));
        }
        let mapping = LayerMapping::new(n_layers)?;
        let of_codewords = (0..mapping.n_codewords()).map(|q| mapping.layers_of(q));
        let with_port = of_codewords.filter(|layers| layers.contains(&ptrs.layer.into())).map(|layers| layers.len());
        let amplitude = ptrs.amplitude.map_or_else(|| ptrs_amplitude(0, with_port.sum::<usize>() as u8), Ok)?;
        if !(amplitude.is_finite() && amplitude > 0.0) {
            let rule = "must be a positive number";
            return Err(ConfigError::new("beta_PT-RS", amplitude, rule, "TS 38.211 7.4.1.2.2"));
        }
        let subcarrier = pdsch_ptrs_subcarrier(dmrs.dmrs_type, port.offset(), ptrs.resource_element_offset)?;
        let first = ptrs_first_block(rnti, n_rb, ptrs.frequency_density);
        let mut with_ptrs = ascending.skip(first.into()).step_by(ptrs.frequency_density.into()).peekable();
        // k_ref^RB is below N_RB, so a block is left.
        let lowest = with_ptrs.peek().copied().unwrap_or(0);
        let mut blocks = [0u64; 5];
        for crb in with_ptrs {
            let bit = usize::from(crb - lowest);
            blocks[bit / 64] |= 1 << (bit % 64);
        }
        Ok(Self { layer: ptrs.layer.into(), symbols, subcarrier, blocks, lowest, amplitude })
    }

    /// The subcarriers of a block with PT-RS in symbol `l`, bit i = subcarrier i: none or one.
    pub(super) fn mask(&self, crb: u16, l: usize) -> u16 {
        if self.symbols >> l & 1 == 1 && self.has_block(crb) { 1 << self.subcarrier } else { 0 }
    }

    fn has_block(&self, crb: u16) -> bool {
        let bit = usize::from(crb.wrapping_sub(self.lowest));
        self.blocks.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// The blocks with PT-RS, ascending.
    fn crbs(&self) -> impl Iterator<Item = u16> + '_ {
        (self.lowest..self.lowest + 320).filter(|&crb| self.has_block(crb))
    }
}

/// The PT-RS elements of a PDSCH and their values, of magnitude 1.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.4.1.2")]
pub struct PdschPtrsElements {
    /// Common resource block, subcarrier of the grid, r_k.
    elements: Vec<(u16, u16, Complex32)>,
    sequence: Vec<Complex32>,
}

impl PdschPtrsElements {
    /// With a workspace for any PDSCH of `carrier`.
    pub fn new(carrier: &Carrier) -> Self {
        let n_prb = usize::from(carrier.n_prb());
        Self { elements: Vec::with_capacity(n_prb.div_ceil(2)), sequence: Vec::with_capacity(6 * n_prb) }
    }

    /// Takes the PT-RS of a PDSCH; none if it has none.
    #[doc(alias = "TS 38.211 7.4.1.2.1")]
    pub fn configure(&mut self, config: &PdschConfig) {
        self.elements.clear();
        let Some(pattern) = config.ptrs_pattern() else { return };
        let dmrs = &config.parameters().dmrs;
        let per_prb = dmrs.dmrs_type.pilots_per_prb();
        let place = |crb: u16| usize::from(crb - dmrs.reference_crb) * per_prb;
        // r_k is the DM-RS at the same subcarrier in the first DM-RS symbol; k_ref^RE is a pilot of its port.
        let port = dmrs.ports.as_slice()[pattern.layer];
        let delta = dmrs.dmrs_type.delta(port.cdm_group(dmrs.dmrs_type));
        let is_there = |&i: &usize| dmrs.dmrs_type.subcarrier(i) + delta == pattern.subcarrier.into();
        let in_block = (0..per_prb).find(is_there).unwrap_or(0);
        let first = place(pattern.lowest);
        let highest = pattern.crbs().last().unwrap_or(pattern.lowest);
        self.sequence.clear();
        self.sequence.resize(place(highest) - first + per_prb, Complex32::ZERO);
        dmrs_sequence(config.dmrs_c_init(dmrs.symbols.trailing_zeros() as usize), first, &mut self.sequence);
        let start_crb = config.carrier().start_crb();
        for crb in pattern.crbs() {
            let k = 12 * (crb - start_crb) + u16::from(pattern.subcarrier);
            self.elements.push((crb, k, self.sequence[place(crb) - first + in_block]));
        }
    }

    /// Each PT-RS element of symbol `l` of the PDSCH that was configured last: its subcarrier in the grid, ascending,
    /// and its value. Elements that are reserved carry none.
    pub fn iter(&self, config: &PdschConfig, l: usize) -> impl Iterator<Item = (usize, Complex32)> {
        let sent = move |&&(crb, ..): &&(u16, u16, Complex32)| config.ptrs_mask(crb, l) != 0;
        self.elements.iter().filter(sent).map(|&(_, k, r)| (k.into(), r))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn densities(ptrs: &PtrsDownlink, table: McsTable, i_mcs: u8, n_rb: u16) -> Option<(u8, u8)> {
        ptrs.of_pdsch(table, i_mcs, n_rb, 12, 1).unwrap().map(|p| (p.time_density, p.frequency_density))
    }

    #[test]
    fn densities_without_thresholds() {
        let ptrs = PtrsDownlink::new(None, None, 0, 3).unwrap();
        for (table, least) in [(McsTable::Qam64, 10), (McsTable::Qam256, 5), (McsTable::Qam64LowSe, 15)] {
            for i_mcs in 0..32 {
                let expected = (i_mcs >= least).then_some((1, 2));
                assert_eq!(densities(&ptrs, table, i_mcs, 3), expected);
                assert_eq!(densities(&ptrs, table, i_mcs, 2), None);
            }
            // Where the tables' 16QAM begins.
            assert_eq!(table.entry(least).unwrap().modulation.bits_per_symbol(), 4);
            assert_eq!(table.entry(least - 1).unwrap().modulation.bits_per_symbol(), 2);
        }
        let p = ptrs.of_pdsch(McsTable::Qam64, 20, 50, 12, 2).unwrap().unwrap();
        assert_eq!(p.resource_element_offset, 3);
        assert!((p.amplitude.unwrap() - 1.412_537_5).abs() < 1e-6);
    }

    #[test]
    fn densities_by_thresholds() {
        let both = PtrsDownlink::new(Some([5, 10, 20]), Some([8, 32]), 0, 0).unwrap();
        let expected = |i_mcs: u8, n_rb: u16| {
            let time = [(0..5, 0), (5..10, 4), (10..20, 2), (20..29, 1)];
            let frequency = [(0..8, 0), (8..32, 2), (32..276, 4)];
            let l = time.into_iter().find(|(range, _)| range.contains(&i_mcs)).unwrap().1;
            let k = frequency.into_iter().find(|(range, _)| range.contains(&n_rb)).unwrap().1;
            (l != 0 && k != 0).then_some((l, k))
        };
        for i_mcs in 0..29 {
            for n_rb in 1..=275 {
                assert_eq!(densities(&both, McsTable::Qam64, i_mcs, n_rb), expected(i_mcs, n_rb), "{i_mcs}, {n_rb}");
            }
        }
        assert!(both.of_pdsch(McsTable::Qam64, 29, 100, 12, 1).is_err());
        assert!(both.of_pdsch(McsTable::Qam256, 28, 100, 12, 1).is_err());
        assert!(both.of_pdsch(McsTable::Qam64, 28, 100, 12, 7).is_err());
        // Equal thresholds disable a row; an absent list has a density of its own.
        let time = PtrsDownlink::new(Some([5, 5, 20]), None, 1, 0).unwrap();
        assert_eq!(densities(&time, McsTable::Qam64, 5, 1), Some((2, 2)));
        assert_eq!(densities(&time, McsTable::Qam64, 4, 100), None);
        let frequency = PtrsDownlink::new(None, Some([10, 10]), 1, 0).unwrap();
        assert_eq!(densities(&frequency, McsTable::Qam64, 0, 10), Some((1, 4)));
        assert_eq!(densities(&frequency, McsTable::Qam64, 31, 9), None);
        // Short allocations.
        for (length, i_mcs, sent) in [(2, 5, false), (2, 10, false), (2, 20, true), (4, 5, false), (4, 10, true)] {
            assert_eq!(both.of_pdsch(McsTable::Qam64, i_mcs, 100, length, 1).unwrap().is_some(), sent);
        }
    }

    #[test]
    fn refusals_name_the_clause() {
        for (error, clause) in [
            (PtrsDownlink::new(Some([5, 4, 20]), None, 0, 0), CLAUSE),
            (PtrsDownlink::new(Some([5, 6, 30]), None, 0, 0), CLAUSE),
            (PtrsDownlink::new(None, Some([0, 4]), 0, 0), CLAUSE),
            (PtrsDownlink::new(None, Some([5, 4]), 0, 0), CLAUSE),
            (PtrsDownlink::new(None, Some([5, 277]), 0, 0), CLAUSE),
            (PtrsDownlink::new(None, None, 2, 0), "TS 38.214 Table 4.1-2"),
            (PtrsDownlink::new(None, None, 0, 4), "TS 38.211 Table 7.4.1.2.2-1"),
        ] {
            assert_eq!(error.unwrap_err().clause(), clause);
        }
        assert!(ptrs_amplitude(0, 0).is_err());
        assert!((ptrs_amplitude(0, 6).unwrap() - 2.449_063_4).abs() < 1e-6);
        assert_eq!(ptrs_amplitude(1, 6), Ok(1.0));
    }
}
