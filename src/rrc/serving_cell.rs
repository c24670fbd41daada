use super::downlink::DownlinkConfigCommonSib;
use super::tdd::TddUlDlConfigCommon;
use super::uper::{BitString, range};
use super::uplink::UplinkConfigCommonSib;

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
    /// Indices of the transmitted SSBs, those below `l_max` (4, 8 or 64).
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
}
