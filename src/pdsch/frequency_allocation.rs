use crate::ConfigError;
use crate::frame::BandwidthPart;
use crate::table;

/// A contiguous run of virtual resource blocks: resource allocation type 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.214 5.1.2.2.2")]
pub struct VrbRun {
    /// `RB_start`.
    pub start: u16,
    /// `L_RBs`.
    pub length: u16,
}

const RIV_CLAUSE: &str = "TS 38.214 5.1.2.2.2";

impl VrbRun {
    /// The resource indication value in a bandwidth part (or CORESET#0, for format 1_0 in a common search space) of
    /// `size` blocks.
    ///
    /// # Errors
    /// If the run is empty or does not lie in it.
    pub fn riv(self, size: u16) -> Result<u32, ConfigError> {
        let (n, start, length) = (u32::from(size), u32::from(self.start), u32::from(self.length));
        if length == 0 || start + length > n {
            let got = format!("{length} blocks from {start}");
            let rule = format!("must lie in the {n} blocks that the field counts");
            return Err(ConfigError::new("frequency domain resource assignment", got, rule, RIV_CLAUSE));
        }
        Ok(if length - 1 <= n / 2 { n * (length - 1) + start } else { n * (n - length + 1) + (n - 1 - start) })
    }

    /// The run that a resource indication value stands for among `size` blocks.
    ///
    /// # Errors
    /// If it stands for none.
    pub fn from_riv(riv: u32, size: u16) -> Result<Self, ConfigError> {
        let n = u32::from(size);
        if n > 0 && riv < n * (n + 1) / 2 {
            let (length, start) = (riv / n + 1, riv % n);
            let (length, start) = if start + length <= n { (length, start) } else { (n + 2 - length, n - 1 - start) };
            // Both are below 275.
            let run = Self { start: start as u16, length: length as u16 };
            if run.riv(size) == Ok(riv) {
                return Ok(run);
            }
        }
        let rule = format!("stands for no run among {n} blocks");
        Err(ConfigError::new("resource indication value", riv, rule, RIV_CLAUSE))
    }

    /// The run of a value in a format 1_0 of a UE-specific search space whose size comes from `initial` blocks
    /// but which is applied to `active` ones: starts and lengths count in steps of K.
    ///
    /// # Errors
    /// If it stands for none.
    pub fn from_scaled_riv(riv: u32, initial: u16, active: u16) -> Result<Self, ConfigError> {
        let run = Self::from_riv(riv, initial)?;
        let k = if active > initial { 1 << (active / initial).ilog2() } else { 1 };
        Ok(Self { start: run.start * k, length: run.length * k })
    }
}

/// rbg-Size: which column of the nominal sizes of resource block groups holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.214 Table 5.1.2.2.1-1")]
pub enum RbgConfiguration {
    /// config1.
    One,
    /// config2.
    Two,
}

/// Resource block groups of a bandwidth part: resource allocation type 0, and the steps of type 1 in format 1_2.
///
/// Groups end at multiples of their nominal size in common resource blocks, so the first and the last may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.214 5.1.2.2.1")]
pub struct ResourceBlockGroups {
    /// P.
    nominal: u16,
    /// Blocks that the first group lacks: `N_BWP^start` mod P.
    lacking: u16,
    /// `N_BWP^size`.
    n_rb: u16,
}

const RBG_CLAUSE: &str = "TS 38.214 5.1.2.2.1";

impl ResourceBlockGroups {
    /// The groups of `bwp` in resource allocation type 0.
    ///
    /// # Errors
    /// If the bandwidth part has more than 275 blocks.
    pub fn new(bwp: &BandwidthPart, configuration: RbgConfiguration) -> Result<Self, ConfigError> {
        let n_rb = bwp.n_prb();
        let row = table::rows(include_str!("../../tables/rbg_size.csv"))
            .find(|row| (table::number(row[0])..=table::number(row[1])).contains(&n_rb));
        let Some(row) = row else {
            return Err(ConfigError::new("N_BWP^size", n_rb, "must lie in 1..=275 blocks", RBG_CLAUSE));
        };
        let nominal = table::number(match configuration {
            RbgConfiguration::One => row[2],
            RbgConfiguration::Two => row[3],
        });
        Ok(Self { nominal, lacking: bwp.start_crb() % nominal, n_rb })
    }

    /// Groups of `granularity` blocks: resourceAllocationType1GranularityDCI-1-2, 2, 4, 8 or 16; 1 where it is not
    /// configured.
    ///
    /// # Errors
    /// If the granularity is none of these.
    #[doc(alias = "TS 38.214 5.1.2.2.2")]
    pub fn of_granularity(bwp: &BandwidthPart, granularity: u16) -> Result<Self, ConfigError> {
        if !matches!(granularity, 1 | 2 | 4 | 8 | 16) {
            let rule = "must be 2, 4, 8 or 16 blocks";
            return Err(ConfigError::new("resourceAllocationType1Granularity", granularity, rule, RIV_CLAUSE));
        }
        Ok(Self { nominal: granularity, lacking: bwp.start_crb() % granularity, n_rb: bwp.n_prb() })
    }

    /// P, blocks of a whole group.
    pub const fn nominal_size(&self) -> u16 {
        self.nominal
    }

    /// `N_RBG`.
    pub const fn n_groups(&self) -> u16 {
        (self.n_rb + self.lacking).div_ceil(self.nominal)
    }

    /// The blocks of group `group` in the bandwidth part; empty from `N_RBG` on.
    pub fn blocks(&self, group: u16) -> std::ops::Range<u16> {
        let border = |group: u32| {
            let crb = group * u32::from(self.nominal);
            crb.saturating_sub(u32::from(self.lacking)).min(self.n_rb.into()) as u16
        };
        border(group.into())..border(u32::from(group) + 1)
    }

    /// The virtual (and physical) blocks of a bitmap of `N_RBG` bits, group 0 in the most significant, ascending.
    ///
    /// # Errors
    /// If the bitmap has more bits or names no group.
    pub fn blocks_of_bitmap(&self, bitmap: u32) -> Result<impl Iterator<Item = u16> + use<>, ConfigError> {
        let n = u32::from(self.n_groups());
        if bitmap == 0 || n < 32 && bitmap >> n != 0 {
            let rule = format!("must name some of {n} resource block groups");
            return Err(ConfigError::new("resource block group bitmap", format!("{bitmap:#b}"), rule, RBG_CLAUSE));
        }
        let groups = *self;
        let is_set = move |group: &u32| bitmap.checked_shr(n - 1 - group).unwrap_or(0) & 1 == 1;
        Ok((0..n).filter(is_set).flat_map(move |group| groups.blocks(group as u16)))
    }

    /// The bitmap of groups that `is_allocated`.
    pub fn bitmap(&self, is_allocated: impl Fn(u16) -> bool) -> u32 {
        (0..self.n_groups()).fold(0, |bitmap, group| bitmap << 1 | u32::from(is_allocated(group)))
    }

    /// The blocks of a run of groups: resource allocation type 1 of format 1_2, its value counting groups.
    ///
    /// # Errors
    /// If the value stands for no run.
    pub fn run_of_riv(&self, riv: u32) -> Result<VrbRun, ConfigError> {
        let run = VrbRun::from_riv(riv, self.n_groups())?;
        let (first, last) = (self.blocks(run.start), self.blocks(run.start + run.length - 1));
        Ok(VrbRun { start: first.start, length: last.end - first.start })
    }
}

/// How virtual resource blocks become physical ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.211 7.3.1.6")]
pub enum VrbToPrb {
    /// Block n to block n, of the bandwidth part.
    NonInterleaved,
    /// Interleaved over the bandwidth part in bundles of 2 or 4 blocks.
    Interleaved {
        /// `L_i`, 2 or 4.
        bundle_size: u8,
    },
    /// Format 1_0 in a common search space: block n to block n + `N_start^CORESET` of the bandwidth part.
    CommonNonInterleaved {
        /// Lowest block of the CORESET of the DCI, in the bandwidth part.
        coreset_start: u16,
    },
    /// Format 1_0 in a common search space other than Type0 in CORESET#0: interleaved over as many blocks as CORESET#0
    /// (or the initial bandwidth part) has, from `N_start^CORESET` on, in bundles of 2.
    CommonInterleaved {
        /// Lowest block of the CORESET of the DCI, in the bandwidth part.
        coreset_start: u16,
        /// `N_BWP,init^size`: the size of CORESET#0 if the cell has one, else of the initial bandwidth part.
        initial_size: u16,
    },
    /// Format 1_0 with SI-RNTI in the Type0 common search space in CORESET#0: interleaved over CORESET#0 in bundles
    /// of 2 that begin with its lowest block.
    Coreset0Interleaved {
        /// Blocks of CORESET#0.
        size: u16,
    },
}

impl VrbToPrb {
    /// The common resource block that virtual block `vrb` lies on. With [`VrbToPrb::Coreset0Interleaved`] the bandwidth
    /// part is CORESET#0 itself.
    ///
    /// # Errors
    /// If the block lies outside what the mapping covers, or a bundle has no size that exists.
    #[doc(alias = "TS 38.211 7.3.1.6")]
    pub fn crb(self, vrb: u16, bwp: &BandwidthPart) -> Result<u16, ConfigError> {
        const CLAUSE: &str = "TS 38.211 7.3.1.6";
        let shift = match self {
            Self::CommonNonInterleaved { coreset_start } | Self::CommonInterleaved { coreset_start, .. } => {
                coreset_start
            }
            _ => 0,
        };
        // Blocks that are interleaved, the block that bundles count from, blocks a bundle.
        let interleaver = match self {
            Self::NonInterleaved | Self::CommonNonInterleaved { .. } => None,
            Self::Interleaved { bundle_size: bundle @ (2 | 4) } => Some((bwp.n_prb(), bwp.start_crb(), bundle)),
            Self::Interleaved { bundle_size } => {
                return Err(ConfigError::new("vrb-ToPRB-Interleaver", bundle_size, "must be 2 or 4", CLAUSE));
            }
            Self::CommonInterleaved { initial_size, .. } => {
                Some((initial_size, bwp.start_crb().wrapping_add(shift), 2))
            }
            Self::Coreset0Interleaved { size } => Some((size, 0, 2)),
        };
        let prb = match interleaver {
            None => vrb,
            Some((size, _, _)) if vrb >= size || size > 275 => {
                let rule = format!("must be below the {size} blocks that are interleaved");
                return Err(ConfigError::new("virtual resource block", vrb, rule, CLAUSE));
            }
            Some((size, origin, bundle)) => interleave(vrb, size, origin % u16::from(bundle), bundle.into()),
        };
        let prb = u32::from(prb) + u32::from(shift);
        if prb >= u32::from(bwp.n_prb()) {
            let rule = format!("lies outside the bandwidth part of {} blocks", bwp.n_prb());
            return Err(ConfigError::new("physical resource block", prb, rule, "TS 38.214 5.1.2.2"));
        }
        Ok(bwp.start_crb() + prb as u16)
    }
}

/// f of the clause over `size` blocks in bundles of `bundle`, of which the first lacks `offset` blocks.
fn interleave(vrb: u16, size: u16, offset: u16, bundle: u16) -> u16 {
    let n_bundle = (size + offset).div_ceil(bundle);
    // Blocks counted as if the first bundle were whole.
    let (j, within) = ((vrb + offset) / bundle, (vrb + offset) % bundle);
    let target = if j + 1 == n_bundle {
        j
    } else {
        const R: u16 = 2;
        let columns = n_bundle / R;
        let (c, r) = (j / R, j % R);
        r * columns + c
    };
    // Bundle 0 maps to itself and the last to itself, so the short bundles keep their place.
    target * bundle + within - offset
}

/// Up to 275 common resource blocks in the order of their virtual blocks, without allocation.
#[derive(Clone, Copy)]
pub struct PrbList {
    crbs: [u16; 275],
    len: u16,
}

impl PrbList {
    /// The blocks of a type 1 allocation.
    ///
    /// # Errors
    /// As [`VrbToPrb::crb`], or if the run is empty.
    pub fn contiguous(run: VrbRun, mapping: VrbToPrb, bwp: &BandwidthPart) -> Result<Self, ConfigError> {
        Self::of_vrbs((0..run.length).map(|i| run.start.saturating_add(i)), mapping, bwp)
    }

    /// The blocks of any virtual blocks, which must ascend (as of resource allocation type 0).
    ///
    /// # Errors
    /// As [`VrbToPrb::crb`], or if there is none, or they do not ascend.
    pub fn of_vrbs(
        vrbs: impl IntoIterator<Item = u16>,
        mapping: VrbToPrb,
        bwp: &BandwidthPart,
    ) -> Result<Self, ConfigError> {
        let mut list = Self { crbs: [0; 275], len: 0 };
        let mut previous = None;
        for vrb in vrbs {
            if previous.is_some_and(|p| p >= vrb) {
                let rule = "virtual blocks must ascend";
                return Err(ConfigError::new("virtual resource block", vrb, rule, "TS 38.211 7.3.1.5"));
            }
            previous = Some(vrb);
            let crb = mapping.crb(vrb, bwp)?;
            // A bandwidth part has at most 275 blocks and virtual blocks ascend, so there is room.
            list.crbs[usize::from(list.len)] = crb;
            list.len += 1;
        }
        if list.len == 0 {
            let rule = "an allocation has at least one block";
            return Err(ConfigError::new("allocated blocks", 0, rule, "TS 38.214 5.1.2.2"));
        }
        Ok(list)
    }

    /// The common resource blocks, in the order of their virtual blocks.
    pub fn crbs(&self) -> &[u16] {
        &self.crbs[..usize::from(self.len)]
    }

    /// The common resource blocks, ascending.
    pub fn ascending(&self) -> impl Iterator<Item = u16> {
        let (lowest, highest) = self.bounds();
        // Interleaving leaves the list unordered; a mask of blocks orders it. A bandwidth part has at most 275.
        let mut allocated = [0u64; 5];
        for &crb in self.crbs() {
            let bit = usize::from(crb - lowest);
            allocated[bit / 64] |= 1 << (bit % 64);
        }
        (lowest..=highest).filter(move |crb| {
            let bit = usize::from(crb - lowest);
            allocated[bit / 64] >> (bit % 64) & 1 == 1
        })
    }

    /// The lowest block and the highest.
    pub fn bounds(&self) -> (u16, u16) {
        let crbs = self.crbs();
        crbs.iter().fold((crbs[0], crbs[0]), |(low, high), &crb| (low.min(crb), high.max(crb)))
    }
}

impl std::fmt::Debug for PrbList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.crbs()).finish()
    }
}

impl PartialEq for PrbList {
    fn eq(&self, other: &Self) -> bool {
        self.crbs() == other.crbs()
    }
}

impl Eq for PrbList {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Carrier, CyclicPrefix, Numerology};

    fn bwp(start_crb: u16, n_prb: u16) -> BandwidthPart {
        let carrier = Carrier::new(Numerology::MU0, CyclicPrefix::Normal, start_crb, n_prb).unwrap();
        BandwidthPart::new(&carrier, start_crb, n_prb).unwrap()
    }

    #[test]
    fn riv_is_a_bijection() {
        for size in [1u16, 2, 3, 24, 25, 48, 51, 96, 275] {
            let mut count = 0;
            for start in 0..size {
                for length in 1..=size - start {
                    let run = VrbRun { start, length };
                    let riv = run.riv(size).unwrap();
                    assert_eq!(VrbRun::from_riv(riv, size), Ok(run), "size {size}");
                    count += 1;
                }
            }
            assert!(
                (0..2 * u32::from(size) * u32::from(size)).filter(|&r| VrbRun::from_riv(r, size).is_ok()).count()
                    == count
            );
        }
        assert!(VrbRun { start: 20, length: 5 }.riv(24).is_err());
        assert!(VrbRun::from_riv(0, 0).is_err());
        assert!(VrbRun::from_riv(u32::MAX, 275).is_err());
    }

    #[test]
    fn scaled_riv_counts_in_powers_of_two() {
        // 106 / 24 = 4.4: K = 4.
        let riv = VrbRun { start: 3, length: 5 }.riv(24).unwrap();
        assert_eq!(VrbRun::from_scaled_riv(riv, 24, 106), Ok(VrbRun { start: 12, length: 20 }));
        assert_eq!(VrbRun::from_scaled_riv(riv, 24, 24), Ok(VrbRun { start: 3, length: 5 }));
    }

    /// The clause's bundles written out: lists of blocks, and f(j).
    fn crbs_by_definition(size: usize, origin: usize, bundle: usize) -> Vec<usize> {
        let n_bundle = (size + origin % bundle).div_ceil(bundle);
        let mut bundles: Vec<Vec<usize>> = Vec::new();
        let mut next = 0;
        for i in 0..n_bundle {
            let blocks = if i == 0 {
                (bundle - origin % bundle).min(size)
            } else if i == n_bundle - 1 && !(size + origin).is_multiple_of(bundle) {
                (size + origin) % bundle
            } else {
                bundle
            };
            bundles.push((next..next + blocks).collect());
            next += blocks;
        }
        assert_eq!(next, size);
        let (rows, columns) = (2, n_bundle / 2);
        let mut f: Vec<usize> = vec![n_bundle - 1; n_bundle];
        for c in 0..columns {
            for r in 0..rows {
                if c * rows + r < n_bundle - 1 {
                    f[c * rows + r] = r * columns + c;
                }
            }
        }
        (0..n_bundle).flat_map(|j| bundles[f[j]].clone()).collect()
    }

    #[test]
    fn interleaving_equals_the_clause_and_is_a_permutation() {
        for size in [1u16, 2, 3, 4, 5, 24, 27, 29, 48, 51, 106, 273] {
            for start in 0..5 {
                for bundle_size in [2u8, 4] {
                    let bwp = bwp(start, size);
                    let mapping = VrbToPrb::Interleaved { bundle_size };
                    let got: Vec<usize> =
                        (0..size).map(|vrb| usize::from(mapping.crb(vrb, &bwp).unwrap() - start)).collect();
                    let expected = crbs_by_definition(size.into(), start.into(), bundle_size.into());
                    assert_eq!(got, expected, "{size} blocks from {start}, bundles of {bundle_size}");
                    let mut sorted = got.clone();
                    sorted.sort_unstable();
                    assert!(sorted.iter().enumerate().all(|(i, &prb)| i == prb));
                }
            }
        }
    }

    #[test]
    fn groups_partition_the_bandwidth_part() {
        // Table 5.1.2.2.1-1 at its borders.
        let sizes =
            [(1, 2, 4), (36, 2, 4), (37, 4, 8), (72, 4, 8), (73, 8, 16), (144, 8, 16), (145, 16, 16), (275, 16, 16)];
        for (n_rb, one, two) in sizes {
            for start in [0, 1, 7, 15, 16, 30] {
                let part = bwp(start, n_rb);
                for (configuration, nominal) in [(RbgConfiguration::One, one), (RbgConfiguration::Two, two)] {
                    let groups = ResourceBlockGroups::new(&part, configuration).unwrap();
                    assert_eq!(groups.nominal_size(), nominal);
                    // The clause's sizes: the first P - start mod P, the last (start + size) mod P if above 0, else P.
                    let n = groups.n_groups();
                    assert_eq!(n, (n_rb + start % nominal).div_ceil(nominal));
                    let mut sizes = vec![nominal; usize::from(n)];
                    let rest = (start + n_rb) % nominal;
                    *sizes.last_mut().unwrap() = if rest > 0 { rest } else { nominal };
                    sizes[0] = if n == 1 { n_rb } else { nominal - start % nominal };
                    let mut next = 0;
                    for (group, size) in sizes.into_iter().enumerate() {
                        assert_eq!(
                            groups.blocks(group as u16),
                            next..next + size,
                            "{n_rb} from {start}, group {group}"
                        );
                        next += size;
                    }
                    assert_eq!(next, n_rb);
                    assert!(groups.blocks(n).is_empty());
                    let every = groups.bitmap(|_| true);
                    assert!(groups.blocks_of_bitmap(every).unwrap().eq(0..n_rb));
                    assert!(groups.blocks_of_bitmap(1).unwrap().eq(groups.blocks(n - 1)));
                    let first = groups.bitmap(|group| group == 0);
                    assert!(groups.blocks_of_bitmap(first).unwrap().eq(groups.blocks(0)));
                    assert!(groups.blocks_of_bitmap(0).is_err() && groups.blocks_of_bitmap(every + 1).is_err());
                    assert!(groups.blocks_of_bitmap(u32::MAX).is_err());
                }
            }
        }
        let groups = ResourceBlockGroups::of_granularity(&bwp(3, 20), 4).unwrap();
        let riv = VrbRun { start: 0, length: 2 }.riv(groups.n_groups()).unwrap();
        assert_eq!(groups.run_of_riv(riv), Ok(VrbRun { start: 0, length: 5 }));
        assert!(groups.run_of_riv(21).is_err());
        assert!(ResourceBlockGroups::of_granularity(&bwp(3, 20), 3).is_err());
    }

    #[test]
    fn refusals_name_the_clause() {
        let bwp = bwp(10, 24);
        let error = VrbToPrb::Interleaved { bundle_size: 3 }.crb(0, &bwp).unwrap_err();
        assert_eq!(error.clause(), "TS 38.211 7.3.1.6");
        assert!(VrbToPrb::NonInterleaved.crb(24, &bwp).is_err());
        assert!(VrbToPrb::CommonNonInterleaved { coreset_start: 4 }.crb(20, &bwp).is_err());
        assert!(VrbToPrb::CommonInterleaved { coreset_start: 0, initial_size: 12 }.crb(12, &bwp).is_err());
        assert!(PrbList::of_vrbs([3, 3], VrbToPrb::NonInterleaved, &bwp).is_err());
        assert!(PrbList::of_vrbs([], VrbToPrb::NonInterleaved, &bwp).is_err());
        let list = PrbList::contiguous(VrbRun { start: 2, length: 3 }, VrbToPrb::NonInterleaved, &bwp).unwrap();
        assert_eq!((list.crbs(), list.bounds()), (&[12, 13, 14][..], (12, 14)));
    }
}
