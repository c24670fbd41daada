use crate::ConfigError;

/// The layout of formats 0_0 and 1_0 in one search space: widths of the frequency fields and the one size that
/// both formats are aligned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.212 7.3.1.0")]
pub struct DciLayout {
    /// Bits of either format.
    size: u8,
    frequency_1_0: u8,
    /// Absent where the uplink bandwidth part is not known.
    frequency_0_0: Option<u8>,
    /// Format 0_0 ends in a UL/SUL indicator.
    sul_indicator: bool,
}

/// Bits of format 1_0 besides the frequency field.
const FIXED_1_0: u8 = 28;
/// Bits of format 0_0 besides the frequency field and padding.
const FIXED_0_0: u8 = 20;

/// ceil(log2(N(N+1)/2)): the width of a frequency resource assignment of type 1.
#[doc(alias = "TS 38.214 5.1.2.2.2")]
pub fn frequency_field_bits(n_rb: u16) -> usize {
    let pairs = u32::from(n_rb) * (u32::from(n_rb) + 1) / 2;
    pairs.next_power_of_two().trailing_zeros() as usize
}

fn checked_rb(parameter: &'static str, n_rb: u16) -> Result<u8, ConfigError> {
    if (1..=275).contains(&n_rb) {
        Ok(frequency_field_bits(n_rb) as u8)
    } else {
        Err(ConfigError::new(parameter, n_rb, "must lie in 1..=275 blocks", "TS 38.331 BWP"))
    }
}

impl DciLayout {
    /// In a common search space (and, where step 4 of the alignment applies, in a UE-specific one too): `n_rb_dl`
    /// is the size of CORESET#0 if the cell has one, else of the initial downlink bandwidth part; `n_rb_ul` that of
    /// the initial uplink bandwidth part, `None` before it is known (the size does not depend on it).
    ///
    /// Format 0_0 is padded to the size of 1_0, or loses the most significant bits of its frequency field.
    ///
    /// # Errors
    /// If a size lies outside 1..=275.
    pub fn common(n_rb_dl: u16, n_rb_ul: Option<u16>) -> Result<Self, ConfigError> {
        let frequency_1_0 = checked_rb("N_RB^(DL,BWP)", n_rb_dl)?;
        let size = FIXED_1_0 + frequency_1_0;
        let frequency_0_0 = match n_rb_ul {
            Some(n) => Some(checked_rb("N_RB^(UL,BWP)", n)?.min(size - FIXED_0_0)),
            None => None,
        };
        Ok(Self { size, frequency_1_0, frequency_0_0, sul_indicator: false })
    }

    /// In a UE-specific search space: the sizes are those of the active bandwidth parts, and the shorter format is
    /// padded to the longer.
    ///
    /// # Errors
    /// If a size lies outside 1..=275.
    pub fn ue_specific(n_rb_dl: u16, n_rb_ul: u16) -> Result<Self, ConfigError> {
        let frequency_1_0 = checked_rb("N_RB^(DL,BWP)", n_rb_dl)?;
        let frequency_0_0 = checked_rb("N_RB^(UL,BWP)", n_rb_ul)?;
        let size = (FIXED_1_0 + frequency_1_0).max(FIXED_0_0 + frequency_0_0);
        Ok(Self { size, frequency_1_0, frequency_0_0: Some(frequency_0_0), sul_indicator: false })
    }

    /// The same for a device with a supplementary uplink: format 0_0 has a UL/SUL indicator where format 1_0 is the
    /// longer one before padding, in the last bit.
    #[must_use]
    #[doc(alias = "TS 38.212 7.3.1.1.1")]
    pub fn with_supplementary_uplink(mut self) -> Self {
        let longer = |f| FIXED_1_0 + self.frequency_1_0 > FIXED_0_0 + f;
        self.sul_indicator = self.frequency_0_0.is_some_and(longer);
        self
    }

    /// Padded to `size` if that is larger: step 1 of the size alignment with a supplementary uplink.
    pub(super) fn padded_to(mut self, size: usize) -> Self {
        self.size = self.size.max(size as u8);
        self
    }

    /// Whether the last bit of format 0_0 is the UL/SUL indicator.
    pub const fn has_sul_indicator(&self) -> bool {
        self.sul_indicator
    }

    /// Bits of either format.
    pub const fn size(&self) -> usize {
        self.size as usize
    }

    /// Width of the frequency resource assignment of format 1_0.
    pub const fn frequency_bits_1_0(&self) -> usize {
        self.frequency_1_0 as usize
    }

    /// Width of the frequency resource assignment of format 0_0 (after truncation), if the uplink is known.
    pub fn frequency_bits_0_0(&self) -> Option<usize> {
        self.frequency_0_0.map(usize::from)
    }

    /// Padding bits at the end of format 0_0 (before the UL/SUL indicator, if there is one), if the uplink is known.
    pub fn padding_bits_0_0(&self) -> Option<usize> {
        self.frequency_0_0.map(|f| usize::from(self.size - FIXED_0_0 - f - u8::from(self.sul_indicator)))
    }

    /// Padding bits at the end of format 1_0.
    pub const fn padding_bits_1_0(&self) -> usize {
        (self.size - FIXED_1_0 - self.frequency_1_0) as usize
    }
}
