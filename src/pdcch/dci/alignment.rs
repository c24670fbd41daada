//! The sizes of all formats of one cell, made few enough to look for.

use super::{Dci0_1Layout, Dci0_2Layout, Dci1_1Layout, Dci1_2Layout, DciLayout};
use crate::ConfigError;

/// Sizes that a device looks for in one cell at most, and of them with its C-RNTI.
const MAX_SIZES: (usize, usize) = (4, 3);
const CLAUSE: &str = "TS 38.212 7.3.1.0";

/// An uplink carrier: sizes of its bandwidth parts, and the formats that schedule it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UplinkFormats {
    /// Blocks of the initial uplink bandwidth part.
    pub n_rb_initial: u16,
    /// Blocks of the active uplink bandwidth part.
    pub n_rb_active: u16,
    /// Format 0_1, if it is monitored.
    pub dci0_1: Option<Dci0_1Layout>,
    /// Format 0_2, if it is monitored.
    pub dci0_2: Option<Dci0_2Layout>,
}

/// The formats that a device monitors for one cell, before their sizes are aligned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonitoredFormats {
    /// Blocks of CORESET#0 if the cell has one, else of the initial downlink bandwidth part.
    pub n_rb_common: u16,
    /// Blocks of the active downlink bandwidth part.
    pub n_rb_active: u16,
    /// Formats 0_0 and 1_0 are monitored in a common search space.
    pub fallback_in_common: bool,
    /// Formats 0_0 and 1_0 are monitored in a UE-specific search space.
    pub fallback_in_ue_specific: bool,
    /// Format 1_1, if it is monitored.
    pub dci1_1: Option<Dci1_1Layout>,
    /// Format 1_2, if it is monitored.
    pub dci1_2: Option<Dci1_2Layout>,
    /// The uplink.
    pub uplink: UplinkFormats,
    /// The supplementary uplink, if the device is configured with it and both carriers have a PUSCH.
    pub supplementary_uplink: Option<UplinkFormats>,
    /// Sizes of what is monitored with other RNTIs than the C-RNTI: formats 2_0, 2_1 and so on.
    pub other_sizes: Vec<usize>,
}

/// The layouts of one uplink carrier after alignment; formats 0_0 in `common` and `ue_specific`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlignedUplink {
    /// Formats 0_0 and 1_0 in a common search space.
    pub common: DciLayout,
    /// Formats 0_0 and 1_0 in a UE-specific search space.
    pub ue_specific: DciLayout,
    /// Format 0_1.
    pub dci0_1: Option<Dci0_1Layout>,
    /// Format 0_2.
    pub dci0_2: Option<Dci0_2Layout>,
}

/// The layouts of all formats of a cell after alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlignedFormats {
    /// Formats that schedule the uplink; its `common` and `ue_specific` are those of format 1_0 too.
    pub uplink: AlignedUplink,
    /// Formats that schedule the supplementary uplink.
    pub supplementary_uplink: Option<AlignedUplink>,
    /// Format 1_1.
    pub dci1_1: Option<Dci1_1Layout>,
    /// Format 1_2.
    pub dci1_2: Option<Dci1_2Layout>,
    in_common: bool,
    in_ue_specific: bool,
}

impl MonitoredFormats {
    /// The layouts with their sizes aligned, steps 0 to 4.
    ///
    /// # Errors
    /// If a bandwidth part has no size that exists, or a device would not have to expect the configuration: sizes
    /// remain too many, or two formats that a device cannot tell apart have one size. (Whether candidates of formats
    /// 0_2 and 1_2 share their place with others is not known here: where they do, their sizes must differ too.)
    #[doc(alias = "TS 38.212 7.3.1.0")]
    pub fn align(&self) -> Result<AlignedFormats, ConfigError> {
        let mut formats = self.pad_each()?;
        let few_enough = |formats: &AlignedFormats| formats.are_few_enough(&self.other_sizes);
        let before_step_2 = formats;
        formats.distinguish_from_fallback();
        // Step 3, and 4A where it fails.
        if !few_enough(&formats) {
            formats = before_step_2;
            formats.uplink.ue_specific = formats.uplink.common;
            if let Some(sul) = &mut formats.supplementary_uplink {
                sul.ue_specific = sul.common;
            }
        }
        // Step 4B.
        if !few_enough(&formats) {
            let size = formats.sizes_0_2().chain(formats.dci1_2.map(|f| f.size())).max().unwrap_or(0);
            formats.dci1_2 = formats.dci1_2.map(|f| f.padded_to(size));
            formats.each_uplink(|u| u.dci0_2 = u.dci0_2.map(|f| f.padded_to(size)));
        }
        // Step 4C.
        if !few_enough(&formats) {
            let size = formats.sizes_0_1().chain(formats.dci1_1.map(|f| f.size())).max().unwrap_or(0);
            formats.dci1_1 = formats.dci1_1.map(|f| f.padded_to(size));
            formats.each_uplink(|u| u.dci0_1 = u.dci0_1.map(|f| f.padded_to(size)));
        }
        formats.check(&self.other_sizes)?;
        Ok(formats)
    }

    /// Steps 0 and 1, and the padding of steps 2 and 2A between the two uplink carriers.
    fn pad_each(&self) -> Result<AlignedFormats, ConfigError> {
        let has_sul = self.supplementary_uplink.is_some();
        let carrier = |u: &UplinkFormats| {
            let mut common = DciLayout::common(self.n_rb_common, Some(u.n_rb_initial))?;
            let mut ue_specific = DciLayout::ue_specific(self.n_rb_active, u.n_rb_active)?;
            if has_sul {
                common = common.with_supplementary_uplink();
                ue_specific = ue_specific.with_supplementary_uplink();
            }
            Ok(AlignedUplink { common, ue_specific, dci0_1: u.dci0_1, dci0_2: u.dci0_2 })
        };
        let mut formats = AlignedFormats {
            uplink: carrier(&self.uplink)?,
            supplementary_uplink: self.supplementary_uplink.as_ref().map(carrier).transpose()?,
            dci1_1: self.dci1_1,
            dci1_2: self.dci1_2,
            in_common: self.fallback_in_common,
            in_ue_specific: self.fallback_in_ue_specific,
        };
        let size_0_0 = formats.uplinks().map(|u| u.ue_specific.size()).max().unwrap_or(0);
        let size_0_1 = formats.sizes_0_1().max().unwrap_or(0);
        let size_0_2 = formats.sizes_0_2().max().unwrap_or(0);
        formats.each_uplink(|u| {
            u.ue_specific = u.ue_specific.padded_to(size_0_0);
            u.dci0_1 = u.dci0_1.map(|f| f.padded_to(size_0_1));
            u.dci0_2 = u.dci0_2.map(|f| f.padded_to(size_0_2));
        });
        Ok(formats)
    }
}

impl AlignedFormats {
    /// The layout of formats 0_0 and 1_0 in common search spaces.
    pub const fn common(&self) -> &DciLayout {
        &self.uplink.common
    }

    /// The layout of formats 0_0 and 1_0 in UE-specific search spaces.
    pub const fn ue_specific(&self) -> &DciLayout {
        &self.uplink.ue_specific
    }

    /// The sizes that are looked for with the C-RNTI, ascending, each once.
    pub fn c_rnti_sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = self.sizes_0_1().chain(self.sizes_0_2()).collect();
        sizes.extend(self.in_common.then(|| self.common().size()));
        sizes.extend(self.in_ue_specific.then(|| self.ue_specific().size()));
        sizes.extend(self.dci1_1.map(|f| f.size()));
        sizes.extend(self.dci1_2.map(|f| f.size()));
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    fn uplinks(&self) -> impl Iterator<Item = &AlignedUplink> {
        [Some(&self.uplink), self.supplementary_uplink.as_ref()].into_iter().flatten()
    }

    fn each_uplink(&mut self, change: impl FnMut(&mut AlignedUplink)) {
        [Some(&mut self.uplink), self.supplementary_uplink.as_mut()].into_iter().flatten().for_each(change);
    }

    fn sizes_0_1(&self) -> impl Iterator<Item = usize> {
        self.uplinks().filter_map(|u| u.dci0_1).map(|f| f.size())
    }

    fn sizes_0_2(&self) -> impl Iterator<Item = usize> {
        self.uplinks().filter_map(|u| u.dci0_2).map(|f| f.size())
    }

    /// Step 2: a bit more for formats 0_1 and 1_1 of the size of 0_0 and 1_0 in another UE-specific search space.
    fn distinguish_from_fallback(&mut self) {
        if !self.in_ue_specific {
            return;
        }
        let size = self.ue_specific().size();
        let next = |own: usize| if own == size { size + 1 } else { own };
        self.dci1_1 = self.dci1_1.map(|f| f.padded_to(next(f.size())));
        self.each_uplink(|u| u.dci0_1 = u.dci0_1.map(|f| f.padded_to(next(f.size()))));
    }

    fn numbers_of_sizes(&self, other_sizes: &[usize]) -> (usize, usize) {
        let with_c_rnti = self.c_rnti_sizes();
        let mut all = with_c_rnti.clone();
        all.extend_from_slice(other_sizes);
        all.sort_unstable();
        all.dedup();
        (all.len(), with_c_rnti.len())
    }

    fn are_few_enough(&self, other_sizes: &[usize]) -> bool {
        let (all, with_c_rnti) = self.numbers_of_sizes(other_sizes);
        all <= MAX_SIZES.0 && with_c_rnti <= MAX_SIZES.1
    }

    fn check(&self, other_sizes: &[usize]) -> Result<(), ConfigError> {
        if !self.are_few_enough(other_sizes) {
            let (all, with_c_rnti) = self.numbers_of_sizes(other_sizes);
            let got = format!("{all}, {with_c_rnti} of them with C-RNTI");
            return Err(ConfigError::new("DCI sizes of a cell", got, "at most 4, and 3 with C-RNTI", CLAUSE));
        }
        let fallback = self.ue_specific().size();
        let same = |size: usize| self.in_ue_specific && size == fallback;
        if self.sizes_0_1().any(same) || self.dci1_1.is_some_and(|f| same(f.size())) {
            let rule = "formats 0_1 and 1_1 must not have the size of 0_0 and 1_0 in another UE-specific search space";
            return Err(ConfigError::new("DCI size", fallback, rule, CLAUSE));
        }
        Ok(())
    }
}
