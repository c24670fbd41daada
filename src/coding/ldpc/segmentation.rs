use super::base_graph::{BaseGraph, lifting_sizes};
use crate::ConfigError;

/// How a transport block with its CRC is split into code blocks of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.212 5.2.2")]
pub struct Segmentation {
    base_graph: BaseGraph,
    code_blocks: usize,
    code_block_crc_bits: usize,
    used_bits: usize,
    block_bits: usize,
    lifting_size: usize,
}

impl Segmentation {
    /// Splits `b` bits (the transport block and its CRC).
    ///
    /// # Errors
    /// If `b` is 0, or if the code blocks would not have equal length (the transport block sizes of TS 38.214
    /// 5.1.3.2 always give equal ones).
    pub fn new(b: usize, base_graph: BaseGraph) -> Result<Self, ConfigError> {
        let k_cb = base_graph.max_code_block();
        if b == 0 {
            return Err(ConfigError::new("B", b, "must be at least one bit", "TS 38.212 5.2.2"));
        }
        let (code_blocks, l) = if b <= k_cb { (1, 0) } else { (b.div_ceil(k_cb - 24), 24) };
        let b_prime = b + code_blocks * l;
        if !b_prime.is_multiple_of(code_blocks) {
            let rule =
                format!("must split into {code_blocks} equal code blocks, as every TBS of TS 38.214 5.1.3.2 does");
            return Err(ConfigError::new("B", b, rule, "TS 38.212 5.2.2"));
        }
        let k_prime = b_prime / code_blocks;
        let k_b = match base_graph {
            BaseGraph::One => 22,
            BaseGraph::Two if b > 640 => 10,
            BaseGraph::Two if b > 560 => 9,
            BaseGraph::Two if b > 192 => 8,
            BaseGraph::Two => 6,
        };
        let Some(&(z_c, _)) = lifting_sizes().iter().find(|&&(z, _)| k_b * z >= k_prime) else {
            // K' <= K_cb = K_b(max) * 384, so the largest size always fits.
            return Err(ConfigError::new("K'", k_prime, "must not exceed K_cb", "TS 38.212 5.2.2"));
        };
        Ok(Self {
            base_graph,
            code_blocks,
            code_block_crc_bits: l,
            used_bits: k_prime,
            block_bits: base_graph.systematic_columns() * z_c,
            lifting_size: z_c,
        })
    }

    /// The base graph that the split is for.
    pub const fn base_graph(&self) -> BaseGraph {
        self.base_graph
    }

    /// C, the number of code blocks.
    pub const fn code_blocks(&self) -> usize {
        self.code_blocks
    }

    /// L: 24 (CRC24B on each code block), or 0 for a single code block.
    pub const fn code_block_crc_bits(&self) -> usize {
        self.code_block_crc_bits
    }

    /// K', the bits of a code block before filling, its CRC included.
    pub const fn used_bits(&self) -> usize {
        self.used_bits
    }

    /// K, the bits of a code block with fillers.
    pub const fn block_bits(&self) -> usize {
        self.block_bits
    }

    /// F = K - K', the filler bits.
    pub const fn filler_bits(&self) -> usize {
        self.block_bits - self.used_bits
    }

    /// Bits of the transport block (with its CRC) in each code block, K' - L.
    pub const fn payload_bits(&self) -> usize {
        self.used_bits - self.code_block_crc_bits
    }

    /// `Z_c`.
    pub const fn lifting_size(&self) -> usize {
        self.lifting_size
    }

    /// N, the coded bits of a code block: `66 Z_c` or `50 Z_c`.
    pub const fn coded_bits(&self) -> usize {
        self.base_graph.coded_columns() * self.lifting_size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders() {
        let one = Segmentation::new(8448, BaseGraph::One).unwrap();
        assert_eq!((one.code_blocks(), one.lifting_size(), one.filler_bits()), (1, 384, 0));
        let two = Segmentation::new(8450, BaseGraph::One).unwrap();
        assert_eq!((two.code_blocks(), two.used_bits(), two.lifting_size()), (2, 4249, 208));
        assert!(Segmentation::new(8449, BaseGraph::One).is_err());
        assert!(Segmentation::new(0, BaseGraph::Two).is_err());
        for (b, z) in [(192, 32), (193, 26), (560, 72), (561, 64), (640, 72), (641, 72), (3840, 384)] {
            assert_eq!(Segmentation::new(b, BaseGraph::Two).unwrap().lifting_size(), z, "B = {b}");
        }
    }

    #[test]
    fn every_single_block_fits() {
        for bg in [BaseGraph::One, BaseGraph::Two] {
            for b in 17..=bg.max_code_block() {
                let s = Segmentation::new(b, bg).unwrap();
                assert!(s.block_bits() >= b && s.used_bits() == b);
                // The circular buffer begins with bits of the block, never with fillers.
                assert!(s.used_bits() > 2 * s.lifting_size(), "B = {b}");
            }
        }
    }
}
