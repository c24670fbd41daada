use super::downlink::DownlinkConfigCommonSib;
use super::tdd::TddUlDlConfigCommon;
use super::uper::{BitString, range};
use super::uplink::UplinkConfigCommonSib;
use crate::ConfigError;

sequence! {
    /// The cell's common configuration, TS 38.331 6.3.2.
    pub extensible struct ServingCellConfigCommonSib [] {
        downlink_config_common: DownlinkConfigCommonSib = "downlinkConfigCommon";
        uplink_config_common: Option<UplinkConfigCommonSib> = "uplinkConfigCommon";
        supplementary_uplink: Option<UplinkConfigCommonSib> = "supplementaryUplink";
        /// By band (TS 38.133 7.1.2) where absent.
        n_timing_advance_offset: Option<TimingAdvanceOffset> = "n-TimingAdvanceOffset";
        ssb_positions_in_burst: SsbPositionsInBurst = "ssb-PositionsInBurst";
        ssb_periodicity_serving_cell: SsbPeriodicity = "ssb-PeriodicityServingCell";
        /// Present in TDD cells.
        tdd_ul_dl_configuration_common: Option<TddUlDlConfigCommon> = "tdd-UL-DL-ConfigurationCommon";
        /// Average energy of the SSS resource elements, dBm.
        ss_pbch_block_power: i8 = "ss-PBCH-BlockPower", range(-60, 50);
    }
}

enumerated! {
    /// N_TA,offset in units of T_c, TS 38.133 7.1.2.
    pub enum TimingAdvanceOffset { N0 = "n0", N25600 = "n25600", N39936 = "n39936" }
}

impl TimingAdvanceOffset {
    /// Units of T_c.
    pub const fn tc(self) -> u32 {
        [0, 25600, 39936][self as usize]
    }
}

sequence! {
    /// The SSBs of a half-frame that the cell transmits, TS 38.213 4.1.
    pub struct SsbPositionsInBurst {
        /// SSB 0 first; the first four count where L_max is 4. With `groupPresence`: the SSBs of each group.
        in_one_group: BitString<8> = "inOneGroup";
        /// L_max 64: groups of eight SSBs.
        group_presence: Option<BitString<8>> = "groupPresence";
    }
}

impl SsbPositionsInBurst {
    /// Of the SSBs `indices` of a cell with `l_max` candidates (4, 8 or 64): with 64, a pattern for all groups of eight
    /// and the groups that have it.
    ///
    /// # Errors
    /// If there is no index, one is not below `l_max`, or the groups of L_max 64 are not alike.
    pub fn of_indices(indices: &[u8], l_max: u8) -> Result<Self, ConfigError> {
        const NAME: &str = "ssb-PositionsInBurst";
        if indices.is_empty() {
            return Err(ConfigError::new(NAME, "none", "a cell transmits at least one SSB", "TS 38.213 4.1"));
        }
        if let Some(index) = indices.iter().find(|index| **index >= l_max.min(64)) {
            return Err(ConfigError::new(NAME, index, format!("must be below L_max, {l_max}"), "TS 38.213 4.1"));
        }
        let bitmap = |of: &dyn Fn(u8) -> u8| BitString(indices.iter().fold(0, |mask, &i| mask | 0x80 >> of(i)));
        if l_max <= 8 {
            return Ok(Self { in_one_group: bitmap(&|i| i), group_presence: None });
        }
        let burst = Self { in_one_group: bitmap(&|i| i % 8), group_presence: Some(bitmap(&|i| i / 8)) };
        if burst.indices(64).iter().all(|&index| indices.iter().any(|&i| usize::from(i) == index)) {
            return Ok(burst);
        }
        let rule = "SIB1 has one pattern for all groups of eight: each group that is sent must be alike";
        Err(ConfigError::new(NAME, format!("{indices:?}"), rule, "TS 38.331 ServingCellConfigCommonSIB"))
    }

    /// Indices of the transmitted SSBs, those below `l_max` (4, 8 or 64): of bit k (from 0, leftmost) of inOneGroup
    /// and bit m of groupPresence, 8 m + k.
    #[doc(alias = "TS 38.213 4.1")]
    pub fn indices(&self, l_max: usize) -> Vec<usize> {
        let groups: Vec<usize> = self.group_presence.map_or(vec![0], |groups| groups.ones().collect());
        let indices = groups.iter().flat_map(|group| self.in_one_group.ones().map(move |i| 8 * group + i));
        indices.filter(|&index| index < l_max).collect()
    }
}

enumerated! {
    /// Period of the SSB half-frames.
    pub enum SsbPeriodicity {
        Ms5 = "ms5", Ms10 = "ms10", Ms20 = "ms20", Ms40 = "ms40", Ms80 = "ms80", Ms160 = "ms160",
    }
}

impl SsbPeriodicity {
    /// Milliseconds.
    pub const fn ms(self) -> u32 {
        5 << self as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssb_indices() {
        let one_group = SsbPositionsInBurst { in_one_group: BitString(0b1010_0001), group_presence: None };
        assert_eq!(one_group.indices(8), [0, 2, 7]);
        assert_eq!(one_group.indices(4), [0, 2]);
        let groups = SsbPositionsInBurst { in_one_group: BitString(0x81), group_presence: Some(BitString(0x41)) };
        assert_eq!(groups.indices(64), [8, 15, 56, 63]);
    }

    /// Every pair of masks: the indices of the clause, and the masks back from the indices.
    #[test]
    fn group_masks_and_indices_are_each_others_inverse() {
        for in_one_group in 1..=0xffu64 {
            for presence in 1..=0xffu64 {
                let group_presence = Some(BitString(presence));
                let burst = SsbPositionsInBurst { in_one_group: BitString(in_one_group), group_presence };
                let sent = |i: usize| presence >> (7 - i / 8) & 1 == 1 && in_one_group >> (7 - i % 8) & 1 == 1;
                let expected: Vec<usize> = (0..64).filter(|&i| sent(i)).collect();
                assert_eq!(burst.indices(64), expected);
                let indices: Vec<u8> = expected.iter().map(|&i| i as u8).collect();
                assert_eq!(SsbPositionsInBurst::of_indices(&indices, 64), Ok(burst));
            }
            let burst = SsbPositionsInBurst { in_one_group: BitString(in_one_group), group_presence: None };
            let indices: Vec<u8> = burst.indices(8).iter().map(|&i| i as u8).collect();
            assert_eq!(SsbPositionsInBurst::of_indices(&indices, 8), Ok(burst));
            assert_eq!(SsbPositionsInBurst::of_indices(&indices, 4).is_ok(), in_one_group & 0xf == 0);
        }
        assert!(SsbPositionsInBurst::of_indices(&[0, 9], 64).unwrap_err().to_string().contains("must be alike"));
        assert!(SsbPositionsInBurst::of_indices(&[], 8).is_err());
        assert!(SsbPositionsInBurst::of_indices(&[64], 255).is_err());
    }
}
