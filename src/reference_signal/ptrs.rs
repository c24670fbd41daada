//! Where the phase-tracking reference signals of a shared channel lie: TS 38.211 7.4.1.2.2.

use super::dmrs::DmrsType;
use crate::frame::Rnti;
use crate::{ConfigError, table};
use std::sync::LazyLock;

/// A row of Table 7.4.1.2.2-1.
struct Row {
    dmrs_type: DmrsType,
    port_offset: u8,
    /// k_ref^RE by resourceElementOffset.
    subcarriers: [u8; 4],
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let row = |cells: Vec<&str>| Row {
        dmrs_type: if cells[0] == "1" { DmrsType::One } else { DmrsType::Two },
        port_offset: table::number(cells[1]),
        subcarriers: [2, 3, 4, 5].map(|column: usize| table::number(cells[column])),
    };
    table::rows(include_str!("../../tables/ptrs_k_re_ref_7.4.1.2.2-1.csv")).map(row).collect()
});

/// k_ref^RE, the subcarrier of a block that the PT-RS of PDSCH uses with DM-RS port 1000 + `port_offset`.
/// `resource_element_offset` is resourceElementOffset, 0..=3 for 00, 01, 10 and 11 (0 where it is not configured).
///
/// # Errors
/// If the table has no such entry.
#[doc(alias = "TS 38.211 Table 7.4.1.2.2-1")]
pub fn pdsch_ptrs_subcarrier(
    dmrs_type: DmrsType,
    port_offset: u8,
    resource_element_offset: u8,
) -> Result<u8, ConfigError> {
    const CLAUSE: &str = "TS 38.211 Table 7.4.1.2.2-1";
    let row = ROWS.iter().find(|row| (row.dmrs_type, row.port_offset) == (dmrs_type, port_offset));
    let Some(row) = row else {
        let rule = format!("carries no PT-RS with DM-RS type {dmrs_type:?}");
        return Err(ConfigError::new("DM-RS port", 1000 + u16::from(port_offset), rule, CLAUSE));
    };
    row.subcarriers
        .get(usize::from(resource_element_offset))
        .copied()
        .ok_or_else(|| ConfigError::new("resourceElementOffset", resource_element_offset, "must lie in 0..=3", CLAUSE))
}

/// The symbols with PT-RS, bit l = symbol l of the slot, of an allocation of symbols `start..start + length` with the
/// DM-RS symbols `dmrs_symbols`, with the time density `l_ptrs`, L_PT-RS.
///
/// # Errors
/// If `l_ptrs` is not 1, 2 or 4, or the allocation does not lie in a slot of 14.
#[doc(alias = "TS 38.211 7.4.1.2.2")]
pub fn ptrs_symbols(start: u8, length: u8, dmrs_symbols: u16, l_ptrs: u8) -> Result<u16, ConfigError> {
    const CLAUSE: &str = "TS 38.211 7.4.1.2.2";
    if !matches!(l_ptrs, 1 | 2 | 4) {
        return Err(ConfigError::new("L_PT-RS", l_ptrs, "must be 1, 2 or 4", CLAUSE));
    }
    if start > 13 || length == 0 || length > 14 - start {
        let got = format!("{length} from symbol {start}");
        return Err(ConfigError::new("allocated symbols", got, "must lie in a slot of 14", CLAUSE));
    }
    let is_dmrs = |l: u8| dmrs_symbols >> (start + l) & 1 == 1;
    let (mut i, mut l_ref, mut symbols) = (0, 0, 0);
    while l_ref + i * l_ptrs < length {
        let l = l_ref + i * l_ptrs;
        let first = (l + 1).saturating_sub(l_ptrs).max(l_ref);
        if let Some(mut dmrs) = (first..=l).find(|&l| is_dmrs(l)) {
            // Counted again from it: from the second symbol of two.
            while dmrs + 1 < length && is_dmrs(dmrs + 1) {
                dmrs += 1;
            }
            (i, l_ref) = (1, dmrs);
        } else {
            symbols |= 1 << (start + l);
            i += 1;
        }
    }
    Ok(symbols)
}

/// k_ref^RB: of an allocation's blocks, numbered from the lowest, the first with PT-RS; then every `k_ptrs`-th has them.
///
/// # Panics
/// If `k_ptrs` is 0.
#[doc(alias = "TS 38.211 7.4.1.2.2")]
pub fn ptrs_first_block(rnti: Rnti, n_rb: u16, k_ptrs: u8) -> u16 {
    let k_ptrs = u16::from(k_ptrs);
    let rest = n_rb % k_ptrs;
    rnti.0 % if rest == 0 { k_ptrs } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(start: u8, length: u8, dmrs: &[u8], l_ptrs: u8) -> Vec<u8> {
        let dmrs = dmrs.iter().fold(0, |mask, l| mask | 1 << l);
        let mask = ptrs_symbols(start, length, dmrs, l_ptrs).unwrap();
        (0..14).filter(|l| mask >> l & 1 == 1).collect()
    }

    #[test]
    fn symbols_of_known_allocations() {
        assert_eq!(symbols(0, 14, &[2], 1), [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        assert_eq!(symbols(0, 14, &[2], 2), [0, 4, 6, 8, 10, 12]);
        assert_eq!(symbols(0, 14, &[2], 4), [0, 6, 10]);
        assert_eq!(symbols(2, 12, &[2, 7], 2), [4, 6, 9, 11, 13]);
        assert_eq!(symbols(2, 12, &[2, 7, 11], 4), [6]);
        // Counted from the second symbol of a double one.
        assert_eq!(symbols(2, 12, &[2, 3, 10, 11], 4), [7]);
        assert_eq!(symbols(2, 12, &[2, 3, 10, 11], 2), [5, 7, 9, 13]);
        // Mini-slots.
        assert_eq!(symbols(5, 2, &[5], 1), [6]);
        assert_eq!(symbols(5, 7, &[5, 9], 4), []);
    }

    /// The clause by what it must give, over every allocation and every set of DM-RS symbols: from each DM-RS symbol
    /// (or the start) PT-RS follow every L_PT-RS symbols, as long as none is in the way.
    #[test]
    fn nowhere_is_a_symbol_farther_than_the_density_from_a_reference() {
        for l_ptrs in [1u8, 2, 4] {
            for length in 1..=14u8 {
                for dmrs in 0..1u16 << length {
                    let ptrs = ptrs_symbols(14 - length, length, dmrs << (14 - length), l_ptrs).unwrap();
                    assert_eq!(ptrs & ((1 << (14 - length)) - 1), 0, "below the allocation");
                    let ptrs = ptrs >> (14 - length);
                    assert_eq!(ptrs & dmrs, 0);
                    assert_eq!((ptrs | dmrs) & 1, 1, "the first symbol has one or the other");
                    let mut last = 0;
                    for l in 1..length {
                        let gap = l - last;
                        if ptrs >> l & 1 == 1 {
                            assert_eq!(gap, l_ptrs, "{length} symbols, DM-RS {dmrs:#b}, L {l_ptrs}: PT-RS in {l}");
                        }
                        if (ptrs | dmrs) >> l & 1 == 1 {
                            last = l;
                        }
                        assert!(l - last < l_ptrs, "{length} symbols, DM-RS {dmrs:#b}, L {l_ptrs}: none up to {l}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_subcarrier_is_one_of_the_dm_rs_port() {
        assert_eq!(ROWS.len(), 10);
        for row in ROWS.iter() {
            let group = row.port_offset / 2;
            let shift = if row.dmrs_type == DmrsType::One { group } else { 2 * group };
            let port = row.dmrs_type.group_mask(1) << shift;
            assert!(row.subcarriers.iter().all(|&k| port >> k & 1 == 1), "port {}", 1000 + u16::from(row.port_offset));
        }
        assert_eq!(pdsch_ptrs_subcarrier(DmrsType::One, 0, 2), Ok(6));
        assert_eq!(pdsch_ptrs_subcarrier(DmrsType::Two, 5, 3), Ok(4));
    }

    #[test]
    fn the_first_block_follows_the_rnti() {
        assert_eq!(ptrs_first_block(Rnti(39479), 8, 2), 1);
        assert_eq!(ptrs_first_block(Rnti(39479), 7, 2), 0);
        assert_eq!(ptrs_first_block(Rnti(30203), 6, 4), 1);
        assert_eq!(ptrs_first_block(Rnti(30203), 8, 4), 3);
        assert_eq!(ptrs_first_block(Rnti(65519), 1, 4), 0);
    }

    #[test]
    fn refusals_name_the_clause() {
        for refused in [
            pdsch_ptrs_subcarrier(DmrsType::One, 4, 0).map(u16::from),
            pdsch_ptrs_subcarrier(DmrsType::Two, 6, 0).map(u16::from),
            pdsch_ptrs_subcarrier(DmrsType::One, 0, 4).map(u16::from),
            ptrs_symbols(2, 12, 4, 3),
            ptrs_symbols(2, 13, 4, 1),
            ptrs_symbols(14, 1, 0, 1),
            ptrs_symbols(0, 0, 0, 1),
        ] {
            assert!(refused.unwrap_err().clause().contains("7.4.1.2.2"));
        }
    }
}
