use super::{BandwidthPart, CellId};
use crate::ConfigError;

/// How control-channel elements are made of resource-element groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 7.3.2.2")]
pub enum CceRegMapping {
    /// CCE j is REG bundle j, six REGs.
    NonInterleaved,
    /// CCEs spread over the CORESET by a block interleaver.
    Interleaved {
        /// L, REGs in a bundle: 2 or 6 at one symbol, the duration or 6 at two and three.
        reg_bundle_size: u8,
        /// R, rows of the interleaver: 2, 3 or 6.
        interleaver_size: u8,
        /// n_shift: shiftIndex 0..=274, or N_ID^cell where it is not configured.
        shift: u16,
    },
}

/// Where subcarrier 0 of the PDCCH DM-RS sequence lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 7.4.1.3.2")]
pub enum PdcchDmrsReference {
    /// Subcarrier 0 of the lowest resource block of the CORESET: CORESET#0.
    LowestOfCoreset,
    /// Subcarrier 0 of common resource block 0 (Point A): every other CORESET.
    Crb0,
}

/// The span that one precoder, and so one channel, covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.211 7.3.2.2")]
pub enum PrecoderGranularity {
    /// One REG bundle; DM-RS stand in the REGs of the PDCCH only.
    #[default]
    SameAsRegBundle,
    /// Each run of contiguous resource blocks of the CORESET; DM-RS stand in all its REGs.
    AllContiguousRbs,
}

/// A control-resource set: resource blocks (in sixes) by one to three symbols, and its CCE-to-REG mapping.
///
/// Resource blocks are common resource blocks. A receiver that knows no Point A yet may count them from any
/// block for CORESET#0, whose DM-RS do not refer to Point A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 7.3.2.2")]
pub struct Coreset {
    /// Common resource block of bit 0 of `groups`.
    base_crb: u16,
    /// Bit i: the six resource blocks from `base_crb` + 6i belong to the CORESET.
    groups: u64,
    duration: u8,
    mapping: CceRegMapping,
    dmrs_reference: PdcchDmrsReference,
    precoder_granularity: PrecoderGranularity,
}

impl Coreset {
    /// CORESET#0 (configured by PBCH or controlResourceSetZero): `n_rb` 24, 48 or 96 blocks from `start_crb`,
    /// interleaved with L = 6, R = 2, n_shift = N_ID^cell.
    ///
    /// # Errors
    /// If TS 38.213 Tables 13-1 to 13-10 know no CORESET of this size.
    #[doc(alias = "TS 38.213 13")]
    pub fn zero(start_crb: u16, n_rb: u16, duration: u8, cell_id: CellId) -> Result<Self, ConfigError> {
        let known = matches!((n_rb, duration), (24 | 48 | 96, 1..=3));
        if !known {
            return Err(ConfigError::new(
                "CORESET#0",
                format!("{n_rb} blocks by {duration} symbols"),
                "must be 24, 48 or 96 blocks by 1..=3 symbols",
                "TS 38.213 Tables 13-1 to 13-10",
            ));
        }
        // The highest carrier starts at block 2199 and has 275.
        if u32::from(start_crb) + u32::from(n_rb) > 2199 + 275 {
            let rule = "must end below CRB 2475";
            return Err(ConfigError::new("CORESET#0 start", start_crb, rule, "TS 38.331 SCS-SpecificCarrier"));
        }
        Ok(Self {
            base_crb: start_crb,
            groups: (1 << (n_rb / 6)) - 1,
            duration,
            mapping: CceRegMapping::Interleaved { reg_bundle_size: 6, interleaver_size: 2, shift: cell_id.get() },
            dmrs_reference: PdcchDmrsReference::LowestOfCoreset,
            precoder_granularity: PrecoderGranularity::SameAsRegBundle,
        })
    }

    /// A configured CORESET (ControlResourceSet of TS 38.331). Bit i of `frequency_domain_resources` is the i-th
    /// bit of the bitmap of the same name (leftmost first, 45 bits): the six blocks from N_BWP^start + `rb_offset`
    /// + 6i, or, where no offset is configured, from 6 ceil(N_BWP^start / 6) + 6i.
    ///
    /// # Errors
    /// If a value lies outside its range, the blocks outside the bandwidth part, or the interleaver does not fill.
    #[doc(alias = "TS 38.213 10.1")]
    pub fn configured(
        bwp: &BandwidthPart,
        frequency_domain_resources: u64,
        rb_offset: Option<u8>,
        duration: u8,
        mapping: CceRegMapping,
        precoder_granularity: PrecoderGranularity,
    ) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.211 7.3.2.2";
        if !(1..=3).contains(&duration) {
            return Err(ConfigError::new("CORESET duration", duration, "must be 1..=3 symbols", CLAUSE));
        }
        let base_crb = match rb_offset {
            None => bwp.start_crb().next_multiple_of(6),
            Some(offset @ 0..=5) => bwp.start_crb() + u16::from(offset),
            Some(offset) => {
                return Err(ConfigError::new("rb-Offset", offset, "must lie in 0..=5", "TS 38.331 ControlResourceSet"));
            }
        };
        let groups = frequency_domain_resources;
        let end = u32::from(base_crb) + 6 * (64 - groups.leading_zeros());
        if groups == 0 || groups >> 45 != 0 || end > u32::from(bwp.start_crb() + bwp.n_prb()) {
            let rule = format!("must name 1..=45 groups of six blocks from CRB {base_crb} inside the bandwidth part");
            return Err(ConfigError::new("frequencyDomainResources", format!("{groups:#x}"), rule, "TS 38.213 10.1"));
        }
        let coreset = Self {
            base_crb,
            groups,
            duration,
            mapping,
            dmrs_reference: PdcchDmrsReference::Crb0,
            precoder_granularity,
        };
        // A run begins at each set bit whose lower neighbour is clear.
        let runs = (groups & !(groups << 1)).count_ones();
        if precoder_granularity == PrecoderGranularity::AllContiguousRbs && runs > 4 {
            let got = format!("allContiguousRBs with {runs} separate runs of blocks");
            let rule = "allows at most 4 runs: join groups or take sameAsREG-bundle";
            return Err(ConfigError::new("precoderGranularity", got, rule, "TS 38.213 10.1"));
        }
        if let CceRegMapping::Interleaved { reg_bundle_size: l, interleaver_size: r, shift } = mapping {
            let sizes = if duration == 1 { [2, 6] } else { [duration, 6] };
            if !sizes.contains(&l) {
                let rule = format!("must be {} or 6 at a duration of {duration}", sizes[0]);
                return Err(ConfigError::new("REG bundle size L", l, rule, CLAUSE));
            }
            if ![2, 3, 6].contains(&r) {
                return Err(ConfigError::new("interleaver size R", r, "must be 2, 3 or 6", CLAUSE));
            }
            if shift > 1007 {
                return Err(ConfigError::new("n_shift", shift, "must be 0..=274 or N_ID^cell", CLAUSE));
            }
            if !coreset.n_reg().is_multiple_of(usize::from(l) * usize::from(r)) {
                let got = format!("{} REGs, L = {l}, R = {r}", coreset.n_reg());
                return Err(ConfigError::new("interleaver", got, "L*R must divide the number of REGs", CLAUSE));
            }
        }
        Ok(coreset)
    }

    /// Whether this is CORESET#0.
    pub const fn is_zero(&self) -> bool {
        matches!(self.dmrs_reference, PdcchDmrsReference::LowestOfCoreset)
    }

    /// N_symb^CORESET, symbols: 1..=3.
    pub const fn duration(&self) -> usize {
        self.duration as usize
    }

    /// N_RB^CORESET, resource blocks.
    pub const fn n_rb(&self) -> usize {
        self.groups.count_ones() as usize * 6
    }

    /// N_REG^CORESET, resource-element groups.
    pub const fn n_reg(&self) -> usize {
        self.n_rb() * self.duration()
    }

    /// N_CCE, control-channel elements.
    pub const fn n_cce(&self) -> usize {
        self.n_reg() / 6
    }

    /// The common resource block of the lowest block.
    pub const fn first_crb(&self) -> u16 {
        self.base_crb + 6 * self.groups.trailing_zeros() as u16
    }

    /// One more than the common resource block of the highest block.
    pub const fn end_crb(&self) -> u16 {
        self.base_crb + 6 * (64 - self.groups.leading_zeros() as u16)
    }

    /// The common resource blocks, ascending.
    pub fn crbs(&self) -> impl Iterator<Item = u16> + use<> {
        let (base, groups) = (self.base_crb, self.groups);
        (0..64).filter(move |i| groups >> i & 1 == 1).flat_map(move |i| (0..6).map(move |j| base + 6 * i + j))
    }

    /// CCE-to-REG mapping.
    pub const fn mapping(&self) -> CceRegMapping {
        self.mapping
    }

    /// Where the DM-RS sequence begins.
    pub const fn dmrs_reference(&self) -> PdcchDmrsReference {
        self.dmrs_reference
    }

    /// The common resource block that n = 0 of the DM-RS mapping counts from.
    pub const fn dmrs_reference_crb(&self) -> u16 {
        match self.dmrs_reference {
            PdcchDmrsReference::LowestOfCoreset => self.first_crb(),
            PdcchDmrsReference::Crb0 => 0,
        }
    }

    /// Precoder granularity.
    pub const fn precoder_granularity(&self) -> PrecoderGranularity {
        self.precoder_granularity
    }

    /// L, REGs in a bundle: 6 where the mapping is not interleaved.
    pub const fn reg_bundle_size(&self) -> usize {
        match self.mapping {
            CceRegMapping::NonInterleaved => 6,
            CceRegMapping::Interleaved { reg_bundle_size, .. } => reg_bundle_size as usize,
        }
    }

    /// The REG bundles of CCE `cce` in the order f(6j/L), f(6j/L + 1), …; REG bundle i is the REGs iL..iL+L-1.
    ///
    /// # Panics
    /// If `cce` is not below N_CCE.
    pub fn reg_bundles_of_cce(&self, cce: usize) -> impl Iterator<Item = usize> + use<> {
        assert!(cce < self.n_cce(), "CCE {cce} of {}", self.n_cce());
        let l = self.reg_bundle_size();
        let n_bundles = self.n_reg() / l;
        let mapping = self.mapping;
        (6 * cce / l..6 * (cce + 1) / l).map(move |x| match mapping {
            CceRegMapping::NonInterleaved => x,
            CceRegMapping::Interleaved { interleaver_size, shift, .. } => {
                let rows = usize::from(interleaver_size);
                let (c, r) = (x / rows, x % rows);
                (r * (n_bundles / rows) + c + usize::from(shift)) % n_bundles
            }
        })
    }

    /// The CORESET's resource blocks (counted within it, 0 = lowest) that a bundle covers, each in all symbols of
    /// the CORESET: REGs are numbered time first and L is a multiple of the duration or the duration is one.
    pub fn blocks_of_bundle(&self, bundle: usize) -> std::ops::Range<usize> {
        let blocks = self.reg_bundle_size() / self.duration();
        bundle * blocks..(bundle + 1) * blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Carrier, CyclicPrefix, Numerology};

    fn bwp(start: u16, n: u16) -> BandwidthPart {
        let carrier = Carrier::new(Numerology::MU0, CyclicPrefix::Normal, 0, 275).unwrap();
        BandwidthPart::new(&carrier, start, n).unwrap()
    }

    #[test]
    fn every_reg_belongs_to_one_cce() {
        let mut seen = 0;
        for duration in 1..=3u8 {
            for groups in [0b1u64, 0b11, 0b1011_0111, 0x1fff, (1 << 45) - 1] {
                for l in [1, 2, 3, 6] {
                    for r in [2, 3, 6] {
                        for shift in [0, 1, 274, 1007] {
                            let mapping = CceRegMapping::Interleaved { reg_bundle_size: l, interleaver_size: r, shift };
                            let granularity = PrecoderGranularity::SameAsRegBundle;
                            let part = bwp(0, 275);
                            let Ok(c) = Coreset::configured(&part, groups, None, duration, mapping, granularity) else {
                                continue;
                            };
                            seen += 1;
                            let mut uses = vec![0; c.n_rb()];
                            for cce in 0..c.n_cce() {
                                for bundle in c.reg_bundles_of_cce(cce) {
                                    c.blocks_of_bundle(bundle).for_each(|b| uses[b] += c.duration());
                                }
                            }
                            assert!(uses.iter().all(|&u| u == c.duration()), "{c:?}");
                        }
                    }
                }
            }
        }
        assert!(seen > 100, "only {seen} configurations were valid");
    }

    #[test]
    fn groups_count_from_the_common_raster_or_the_offset() {
        let plain = |offset| {
            let mapping = CceRegMapping::NonInterleaved;
            Coreset::configured(&bwp(25, 60), 0b101, offset, 1, mapping, PrecoderGranularity::AllContiguousRbs)
        };
        let c = plain(None).unwrap();
        assert_eq!(c.crbs().collect::<Vec<_>>(), [30, 31, 32, 33, 34, 35, 42, 43, 44, 45, 46, 47]);
        assert_eq!((c.first_crb(), c.end_crb(), c.dmrs_reference_crb()), (30, 48, 0));
        assert_eq!(plain(Some(2)).unwrap().first_crb(), 27);
        assert_eq!(
            plain(Some(6)).unwrap_err().to_string(),
            "rb-Offset = 6: must lie in 0..=5 (TS 38.331 ControlResourceSet)"
        );
    }

    #[test]
    fn coreset_zero_has_the_sizes_of_its_tables() {
        let id = CellId::new(401).unwrap();
        let c = Coreset::zero(25, 96, 2, id).unwrap();
        assert_eq!((c.n_rb(), c.n_cce(), c.first_crb(), c.end_crb(), c.dmrs_reference_crb()), (96, 32, 25, 121, 25));
        // Rows 4 and 5 of Table 13-10.
        assert_eq!(Coreset::zero(0, 24, 1, id).unwrap().n_cce(), 4);
        assert!(Coreset::zero(0, 25, 2, id).is_err());
        assert!(Coreset::zero(0, 96, 4, id).is_err());
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let configured = |resources, duration, mapping| {
            Coreset::configured(&bwp(0, 48), resources, None, duration, mapping, PrecoderGranularity::default())
        };
        let interleaved = |l, r, shift| CceRegMapping::Interleaved { reg_bundle_size: l, interleaver_size: r, shift };
        assert!(configured(0, 1, CceRegMapping::NonInterleaved).is_err());
        assert!(configured(1 << 8, 1, CceRegMapping::NonInterleaved).is_err());
        assert!(configured(1 << 63, 1, CceRegMapping::NonInterleaved).is_err());
        assert!(configured(1, 0, CceRegMapping::NonInterleaved).is_err());
        assert!(configured(1, 4, CceRegMapping::NonInterleaved).is_err());
        assert!(configured(0xff, 2, interleaved(3, 2, 0)).is_err());
        assert!(configured(0xff, 3, interleaved(2, 2, 0)).is_err());
        assert!(configured(0xff, 1, interleaved(6, 3, 0)).is_err());
        assert!(configured(0xff, 1, interleaved(6, 2, 1008)).is_err());
        assert!(configured(0xff, 1, interleaved(6, 4, 0)).is_err());
        assert!(configured(0xff, 1, interleaved(6, 2, 0)).is_ok());
        let runs = |resources| {
            let granularity = PrecoderGranularity::AllContiguousRbs;
            Coreset::configured(&bwp(0, 60), resources, None, 1, CceRegMapping::NonInterleaved, granularity)
        };
        assert!(runs(0b1101_0101).is_ok(), "four runs");
        assert!(runs(0b1_0101_0101).is_err(), "five runs");
    }
}
