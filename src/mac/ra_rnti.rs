use crate::ConfigError;
use crate::frame::{Numerology, Rnti};

/// Where a preamble was sent, as far as its RA-RNTI tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.321 5.1.3")]
pub struct PrachOccasion {
    symbol: u8,
    slot: u8,
    frequency: u8,
    supplementary: bool,
}

impl PrachOccasion {
    /// `symbol` is s_id, the first OFDM symbol of the occasion (0..=13), `slot` t_id, its first slot in the system
    /// frame (0..=79), `frequency` f_id, its index in frequency (0..=7), `supplementary` whether it lies on the
    /// supplementary uplink carrier.
    ///
    /// # Errors
    /// If a value lies outside its range.
    pub fn new(symbol: u8, slot: u8, frequency: u8, supplementary: bool) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.321 5.1.3";
        if symbol > 13 {
            return Err(ConfigError::new("s_id", symbol, "must lie in 0..=13", CLAUSE));
        }
        if slot > 79 {
            return Err(ConfigError::new("t_id", slot, "must lie in 0..=79", CLAUSE));
        }
        if frequency > 7 {
            return Err(ConfigError::new("f_id", frequency, "must lie in 0..=7", CLAUSE));
        }
        Ok(Self { symbol, slot, frequency, supplementary })
    }

    /// 1 + s_id + 14 t_id + 14*80 f_id + 14*80*8 ul_carrier_id.
    pub fn ra_rnti(&self) -> Rnti {
        let [s_id, t_id, f_id] = [self.symbol, self.slot, self.frequency].map(u16::from);
        Rnti(1 + s_id + 14 * t_id + 14 * 80 * f_id + 14 * 80 * 8 * u16::from(self.supplementary))
    }

    /// The MsgB-RNTI of two-step random access: the RA-RNTI plus 14*80*8*2.
    #[doc(alias = "TS 38.321 5.1.3a")]
    pub fn msgb_rnti(&self) -> Rnti {
        Rnti(self.ra_rnti().0 + 14 * 80 * 8 * 2)
    }

    /// The occasion of an RA-RNTI; `None` outside 1..=17920.
    pub fn of_ra_rnti(rnti: Rnti) -> Option<Self> {
        let n = rnti.0.checked_sub(1).filter(|&n| n < 14 * 80 * 8 * 2)?;
        Some(Self {
            symbol: (n % 14) as u8,
            slot: (n / 14 % 80) as u8,
            frequency: (n / (14 * 80) % 8) as u8,
            supplementary: n >= 14 * 80 * 8,
        })
    }

    /// s_id.
    pub const fn symbol(&self) -> u8 {
        self.symbol
    }

    /// t_id.
    pub const fn slot(&self) -> u8 {
        self.slot
    }

    /// f_id.
    pub const fn frequency(&self) -> u8 {
        self.frequency
    }

    /// ul_carrier_id is 1.
    pub const fn is_supplementary(&self) -> bool {
        self.supplementary
    }
}

/// The RA-RNTIs that a cell may use, from what is known of its PRACH: for a receiver that wants to see every
/// random access response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaRntiSpace {
    /// s_id that may occur; all fourteen if the PRACH configuration is not known.
    pub symbols: Vec<u8>,
    /// t_id that may occur.
    pub slots: Vec<u8>,
    /// msg1-FDM: occasions in frequency, 1, 2, 4 or 8.
    pub n_frequency: u8,
    /// Whether the cell has a supplementary uplink.
    pub supplementary: bool,
}

impl RaRntiSpace {
    /// Everything possible in a carrier whose PRACH slots count in `numerology` (15 kHz for long preambles, the
    /// uplink's spacing for short ones), with `n_frequency` occasions in frequency (8 if not known), without a
    /// supplementary uplink. In FR1 that is 140 * 2^mu * `n_frequency` values.
    pub fn any(numerology: Numerology, n_frequency: u8) -> Self {
        let slots = (0..numerology.slots_per_frame().min(80) as u8).collect();
        Self { symbols: (0..14).collect(), slots, n_frequency, supplementary: false }
    }

    /// The RA-RNTIs; values outside the standard's ranges are left out.
    pub fn iter(&self) -> impl Iterator<Item = Rnti> + '_ {
        let carriers = if self.supplementary { 0..=1 } else { 0..=0 };
        carriers.flat_map(move |carrier| {
            (0..self.n_frequency).flat_map(move |f_id| {
                self.slots.iter().flat_map(move |&t_id| {
                    let of = move |&s_id| PrachOccasion::new(s_id, t_id, f_id, carrier == 1).ok();
                    self.symbols.iter().filter_map(of).map(|occasion| occasion.ra_rnti())
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occasion_has_its_own_identifier() {
        for n in 1..=17920 {
            let occasion = PrachOccasion::of_ra_rnti(Rnti(n)).unwrap();
            assert_eq!(occasion.ra_rnti(), Rnti(n));
            assert_eq!(occasion.msgb_rnti(), Rnti(n + 17920));
        }
        assert_eq!(PrachOccasion::of_ra_rnti(Rnti(0)), None);
        assert_eq!(PrachOccasion::of_ra_rnti(Rnti(17921)), None);
        // The responses in the recordings: preambles in slots 1 and 4 of the frame, long format.
        assert_eq!(PrachOccasion::new(0, 1, 0, false).unwrap().ra_rnti(), Rnti(15));
        assert_eq!(PrachOccasion::new(0, 4, 0, false).unwrap().ra_rnti(), Rnti(57));
        assert!(PrachOccasion::new(14, 0, 0, false).is_err());
        assert!(PrachOccasion::new(0, 80, 0, false).is_err());
        assert!(PrachOccasion::new(0, 0, 8, false).is_err());
    }

    #[test]
    fn the_space_holds_what_a_carrier_can_send() {
        let all: Vec<_> = RaRntiSpace::any(Numerology::MU0, 1).iter().collect();
        assert_eq!(all, (1..=140).map(Rnti).collect::<Vec<_>>());
        assert_eq!(RaRntiSpace::any(Numerology::MU1, 8).iter().count(), 14 * 20 * 8);
        let narrow = RaRntiSpace { symbols: vec![0, 7, 200], slots: vec![19], n_frequency: 2, supplementary: true };
        assert_eq!(narrow.iter().count(), 2 * 2 * 2);
    }
}
