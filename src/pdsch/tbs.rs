use crate::table;
use std::sync::LazyLock;

/// Scaling S of N_info for P-RNTI and RA-RNTI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.214 Table 5.1.3.2-2")]
pub enum TbScaling {
    /// 1, field 00.
    #[default]
    One,
    /// 0.5, field 01.
    Half,
    /// 0.25, field 10.
    Quarter,
}

impl TbScaling {
    /// The scaling of the two-bit field; 3 is reserved.
    pub const fn from_field(field: u8) -> Option<Self> {
        match field {
            0 => Some(Self::One),
            1 => Some(Self::Half),
            2 => Some(Self::Quarter),
            _ => None,
        }
    }

    /// 1 / S.
    const fn divisor(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Half => 2,
            Self::Quarter => 4,
        }
    }
}

/// What a transport block size follows from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TbsParameters {
    /// `n_PRB`, allocated blocks.
    pub n_prb: usize,
    /// `N_symb^sh`, allocated symbols.
    pub n_symbols: usize,
    /// `N_DMRS^PRB`, elements of a block in all symbols that DM-RS and their CDM groups without data take.
    pub dmrs_re_per_prb: usize,
    /// `N_oh^PRB`, xOverhead: 0, 6, 12 or 18.
    pub overhead_per_prb: usize,
    /// `Q_m`.
    pub qm: usize,
    /// R times 1024.
    pub rate_x1024: f64,
    /// Layers, v.
    pub n_layers: usize,
    /// S.
    pub scaling: TbScaling,
}

static TABLE: LazyLock<Vec<u64>> = LazyLock::new(|| {
    table::rows(include_str!("../../tables/tbs_5.1.3.2-1.csv")).map(|cells| table::number(cells[1])).collect()
});

/// The transport block size in bits: a multiple of 8, at least 24.
#[doc(alias = "TS 38.214 5.1.3.2")]
pub fn transport_block_size(p: &TbsParameters) -> usize {
    let per_prb = (12 * p.n_symbols).saturating_sub(p.dmrs_re_per_prb + p.overhead_per_prb).min(156);
    let n_re = (per_prb * p.n_prb) as u64;
    // Rates have at most one binary place, so N_info is a whole number of 1/8192: the clause's comparisons and
    // roundings are exact.
    let rate_x2048 = (2.0 * p.rate_x1024).round() as u64;
    let info_x8192 = n_re * rate_x2048 * (p.qm * p.n_layers) as u64 * (4 / p.scaling.divisor());
    if info_x8192 <= 3824 * 8192 {
        let info = info_x8192 / 8192;
        let n = log2_floor(info).saturating_sub(6).max(3);
        let quantised = ((info >> n) << n).max(24);
        return TABLE.iter().copied().find(|&tbs| tbs >= quantised).unwrap_or(3824) as usize;
    }
    let reduced_x8192 = info_x8192 - 24 * 8192;
    let n = log2_floor(reduced_x8192 / 8192) - 5;
    // round, ties upwards: floor(x + 1/2).
    let step_x8192 = 8192u64 << n;
    let quantised = (((reduced_x8192 + step_x8192 / 2) / step_x8192) << n).max(3840);
    let blocks = if rate_x2048 <= 512 {
        (quantised + 24).div_ceil(3816)
    } else if quantised > 8424 {
        (quantised + 24).div_ceil(8424)
    } else {
        1
    };
    (8 * blocks * (quantised + 24).div_ceil(8 * blocks) - 24) as usize
}

/// floor(log2(x)); 0 for 0.
fn log2_floor(x: u64) -> u32 {
    x.max(1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clause in real numbers, as it is written.
    fn by_clause(p: &TbsParameters) -> usize {
        let s = 1.0 / p.scaling.divisor() as f64;
        let n_re_prime = (12.0 * p.n_symbols as f64 - p.dmrs_re_per_prb as f64 - p.overhead_per_prb as f64).min(156.0);
        let n_re = n_re_prime * p.n_prb as f64;
        let r = p.rate_x1024 / 1024.0;
        let n_info = s * n_re * r * p.qm as f64 * p.n_layers as f64;
        if n_info <= 3824.0 {
            let n = (n_info.log2().floor() - 6.0).max(3.0);
            let quantised = (2f64.powf(n) * (n_info / 2f64.powf(n)).floor()).max(24.0);
            TABLE.iter().copied().find(|&tbs| tbs as f64 >= quantised).unwrap() as usize
        } else {
            let n = (n_info - 24.0).log2().floor() - 5.0;
            let quantised = (2f64.powf(n) * ((n_info - 24.0) / 2f64.powf(n)).round()).max(3840.0);
            let split = |c: f64| 8.0 * c * ((quantised + 24.0) / (8.0 * c)).ceil() - 24.0;
            if r <= 0.25 {
                split(((quantised + 24.0) / 3816.0).ceil()) as usize
            } else if quantised > 8424.0 {
                split(((quantised + 24.0) / 8424.0).ceil()) as usize
            } else {
                split(1.0) as usize
            }
        }
    }

    #[test]
    fn equals_the_clause() {
        for n_prb in [1, 2, 3, 7, 24, 51, 106, 273] {
            for n_symbols in [2, 7, 12, 14] {
                for (qm, rate_x1024) in
                    [(2, 120.0), (2, 256.0), (2, 257.0), (4, 340.0), (6, 719.0), (8, 682.5), (8, 948.0)]
                {
                    for (n_layers, scaling) in
                        [(1, TbScaling::One), (1, TbScaling::Half), (1, TbScaling::Quarter), (4, TbScaling::One)]
                    {
                        let p = TbsParameters {
                            n_prb,
                            n_symbols,
                            dmrs_re_per_prb: 12,
                            overhead_per_prb: 0,
                            qm,
                            rate_x1024,
                            n_layers,
                            scaling,
                        };
                        assert_eq!(transport_block_size(&p), by_clause(&p), "{p:?}");
                        assert_eq!(transport_block_size(&p) % 8, 0);
                    }
                }
            }
        }
    }
}
