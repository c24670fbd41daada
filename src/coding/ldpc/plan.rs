use super::base_graph::{BaseGraph, CORE_ROWS, LiftedGraph, PUNCTURED_COLUMNS};
use super::rate_matching::CircularBuffer;
use super::segmentation::Segmentation;
use crate::ConfigError;
use crate::coding::Crc;
use std::ops::Range;

/// The largest transport block that is accepted, in bits: above the largest that TS 38.214 5.1.3.2 can give
/// (4 layers, 1024QAM, 273 resource blocks).
pub const MAX_TBS: usize = 1_700_000;

/// Everything about the coding of one transmission of one transport block (DL-SCH, PCH or UL-SCH): checked, small
/// and copyable. One is made per transmission; the redundancy versions of a block differ in it.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "TS 38.212 7.2")]
#[doc(alias = "TS 38.212 6.2")]
pub struct SchPlan {
    tbs: usize,
    crc: Crc,
    segmentation: Segmentation,
    graph: &'static LiftedGraph,
    g: usize,
    qm: usize,
    n_layers: usize,
    rv: u8,
    buffer: CircularBuffer,
    rows: u64,
}

impl SchPlan {
    /// Plans the transmission of `tbs` bits (A) of target code rate `rate_x1024` / 1024 in `g` coded bits (G),
    /// with `qm` bits a symbol on `n_layers` layers, redundancy version `rv`. `n_ref` is the limited buffer in
    /// bits of a code block ([`SchPlan::n_ref`]), `None` where there is no limit.
    ///
    /// # Errors
    /// If a value lies outside the standard, if the block does not split evenly, or if `g` is too small for the
    /// code blocks or no whole number of symbols.
    #[allow(clippy::new_ret_no_self, reason = "it does return Self, in a Result")]
    pub fn new(
        tbs: usize,
        rate_x1024: f64,
        g: usize,
        qm: usize,
        n_layers: usize,
        rv: u8,
        n_ref: Option<usize>,
    ) -> Result<Self, ConfigError> {
        let (crc, segmentation) = Self::segment(tbs, rate_x1024)?;
        if ![1, 2, 4, 6, 8, 10].contains(&qm) {
            return Err(ConfigError::new("Q_m", qm, "must be 1, 2, 4, 6, 8 or 10", "TS 38.212 5.4.2.2"));
        }
        if !(1..=4).contains(&n_layers) {
            let rule = "a transport block is mapped onto 1 to 4 layers";
            return Err(ConfigError::new("N_L", n_layers, rule, "TS 38.212 5.4.2.1"));
        }
        if rv > 3 {
            return Err(ConfigError::new("rv_id", rv, "must lie in 0..=3", "TS 38.212 Table 5.4.2.1-2"));
        }
        let symbol_bits = n_layers * qm;
        if !g.is_multiple_of(symbol_bits) {
            let rule = format!("must be a multiple of N_L Q_m = {symbol_bits}");
            return Err(ConfigError::new("G", g, rule, "TS 38.212 5.4.2.1"));
        }
        let code_blocks = segmentation.code_blocks();
        if g / symbol_bits < code_blocks {
            let rule = format!("must give each of {code_blocks} code blocks {symbol_bits} bits at least");
            return Err(ConfigError::new("G", g, rule, "TS 38.212 5.4.2.1"));
        }
        if n_ref == Some(0) {
            return Err(ConfigError::new("N_ref", 0, "must be at least one bit", "TS 38.212 5.4.2.1"));
        }
        let base_graph = segmentation.base_graph();
        let z_c = segmentation.lifting_size();
        let Some(graph) = LiftedGraph::get(base_graph, z_c) else {
            return Err(ConfigError::new("Z_c", z_c, "must be a lifting size", "TS 38.212 Table 5.3.2-1"));
        };
        let n = segmentation.coded_bits();
        let n_cb = n_ref.map_or(n, |n_ref| n.min(n_ref));
        let punctured = PUNCTURED_COLUMNS * z_c;
        let fillers = segmentation.used_bits() - punctured..segmentation.block_bits() - punctured;
        let buffer = CircularBuffer::new(base_graph, z_c, n_cb, rv, fillers);
        let mut plan = Self { tbs, crc, segmentation, graph, g, qm, n_layers, rv, buffer, rows: 0 };
        plan.rows = plan.rows_of_sent_bits();
        Ok(plan)
    }

    fn segment(tbs: usize, rate_x1024: f64) -> Result<(Crc, Segmentation), ConfigError> {
        if !(1..=MAX_TBS).contains(&tbs) {
            let rule = format!("must lie in 1..={MAX_TBS}");
            return Err(ConfigError::new("A", tbs, rule, "TS 38.214 5.1.3.2"));
        }
        if !(rate_x1024 > 0.0 && rate_x1024 <= 1024.0) {
            let rule = "the target code rate must lie above 0 and not above 1";
            return Err(ConfigError::new("R x 1024", rate_x1024, rule, "TS 38.212 7.2.2"));
        }
        let crc = if tbs > 3824 { Crc::Crc24A } else { Crc::Crc16 };
        let base_graph = BaseGraph::select(tbs, rate_x1024 / 1024.0);
        Ok((crc, Segmentation::new(tbs + crc.len(), base_graph)?))
    }

    /// `N_ref`, the limited buffer of each code block in bits, for a block of `tbs` bits where the buffer of the
    /// device is made for `tbs_lbrm` bits: floor(TBS_LBRM / (C 2/3)).
    ///
    /// # Errors
    /// As [`SchPlan::new`] for the first two.
    #[doc(alias = "TS 38.212 5.4.2.1")]
    pub fn n_ref(tbs: usize, rate_x1024: f64, tbs_lbrm: usize) -> Result<usize, ConfigError> {
        let (_, segmentation) = Self::segment(tbs, rate_x1024)?;
        Ok(tbs_lbrm * 3 / (2 * segmentation.code_blocks()))
    }

    /// A, the transport block size in bits.
    pub const fn tbs(&self) -> usize {
        self.tbs
    }

    /// The CRC of the transport block.
    #[doc(alias = "TS 38.212 7.2.1")]
    pub const fn crc(&self) -> Crc {
        self.crc
    }

    /// The code blocks.
    pub const fn segmentation(&self) -> &Segmentation {
        &self.segmentation
    }

    /// C, the number of code blocks.
    pub const fn code_blocks(&self) -> usize {
        self.segmentation.code_blocks()
    }

    /// G, the coded bits of the transmission.
    pub const fn coded_bits(&self) -> usize {
        self.g
    }

    /// The effective channel code rate of this transmission alone: information bits, all CRCs among them, over coded
    /// bits. Above 0.95 a device need not decode a PDSCH.
    #[doc(alias = "TS 38.214 5.1.3")]
    pub fn effective_code_rate(&self) -> f64 {
        (self.code_blocks() * self.segmentation.used_bits()) as f64 / self.g as f64
    }

    /// `Q_m`.
    pub const fn qm(&self) -> usize {
        self.qm
    }

    /// `rv_id`.
    pub const fn rv(&self) -> u8 {
        self.rv
    }

    /// `N_cb`, the length of the circular buffer of a code block in bits.
    pub const fn circular_buffer_bits(&self) -> usize {
        self.buffer.len()
    }

    /// The parity-check matrix of the code blocks.
    pub const fn graph(&self) -> &'static LiftedGraph {
        self.graph
    }

    pub(super) const fn buffer(&self) -> &CircularBuffer {
        &self.buffer
    }

    /// Which rows of the base graph this transmission needs, bit i = row i: the core, and each whose own parity
    /// column has a bit sent. A row without says nothing about the other bits.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// `E_r`, the rate-matched length of a code block.
    #[doc(alias = "TS 38.212 5.4.2.1")]
    pub fn rate_matched_bits(&self, r: usize) -> usize {
        let symbol_bits = self.n_layers * self.qm;
        let symbols = self.g / symbol_bits;
        let c = self.code_blocks();
        if r < c - symbols % c { symbol_bits * (symbols / c) } else { symbol_bits * symbols.div_ceil(c) }
    }

    /// Where the bits of each code block lie in the G coded bits, first block first.
    #[doc(alias = "TS 38.212 5.5")]
    pub fn code_block_ranges(&self) -> impl Iterator<Item = Range<usize>> + use<'_> {
        let mut start = 0;
        (0..self.code_blocks()).map(move |r| {
            let range = start..start + self.rate_matched_bits(r);
            start = range.end;
            range
        })
    }

    fn rows_of_sent_bits(&self) -> u64 {
        let (bg, z) = (self.segmentation.base_graph(), self.segmentation.lifting_size());
        let longest = self.rate_matched_bits(self.code_blocks() - 1).min(self.buffer.sent_in_a_lap());
        let mut rows = (1 << CORE_ROWS) - 1;
        for run in self.buffer.runs(longest).filter(|run| !run.is_empty()) {
            for column in run.start / z..=(run.end - 1) / z {
                let column = column + PUNCTURED_COLUMNS;
                if column >= bg.systematic_columns() {
                    rows |= 1 << (column - bg.systematic_columns());
                }
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(
        tbs: usize,
        rate: f64,
        g: usize,
        qm: usize,
        layers: usize,
        rv: u8,
        n_ref: Option<usize>,
    ) -> Result<SchPlan, ConfigError> {
        SchPlan::new(tbs, rate, g, qm, layers, rv, n_ref)
    }

    #[test]
    fn invalid_values_are_refused_with_their_clause() {
        let refused = |result: Result<SchPlan, ConfigError>, parameter, clause| {
            let error = result.unwrap_err();
            assert_eq!((error.parameter(), error.clause()), (parameter, clause), "{error}");
        };
        refused(plan(0, 500.0, 600, 2, 1, 0, None), "A", "TS 38.214 5.1.3.2");
        refused(plan(usize::MAX, 500.0, 600, 2, 1, 0, None), "A", "TS 38.214 5.1.3.2");
        for rate in [0.0, -1.0, 1025.0, f64::NAN, f64::INFINITY] {
            refused(plan(96, rate, 600, 2, 1, 0, None), "R x 1024", "TS 38.212 7.2.2");
        }
        refused(plan(96, 500.0, 600, 3, 1, 0, None), "Q_m", "TS 38.212 5.4.2.2");
        refused(plan(96, 500.0, 600, 2, 0, 0, None), "N_L", "TS 38.212 5.4.2.1");
        refused(plan(96, 500.0, 600, 2, 5, 0, None), "N_L", "TS 38.212 5.4.2.1");
        refused(plan(96, 500.0, 600, 2, 1, 4, None), "rv_id", "TS 38.212 Table 5.4.2.1-2");
        refused(plan(96, 500.0, 602, 4, 1, 0, None), "G", "TS 38.212 5.4.2.1");
        refused(plan(96, 500.0, 0, 4, 1, 0, None), "G", "TS 38.212 5.4.2.1");
        refused(plan(16_896, 900.0, 4, 2, 1, 0, None), "G", "TS 38.212 5.4.2.1");
        refused(plan(8425, 900.0, 9000, 2, 1, 0, None), "B", "TS 38.212 5.2.2");
        refused(plan(96, 500.0, 600, 2, 1, 0, Some(0)), "N_ref", "TS 38.212 5.4.2.1");
        assert!(plan(96, 500.0, 600, 2, 1, 0, Some(1)).is_ok());
    }

    /// E_r letter for letter, TS 38.212 5.4.2.1 without code block group information.
    #[test]
    fn rate_matched_lengths() {
        for (tbs, symbols, qm, layers) in [(100_008, 19_999, 6, 2), (100_008, 20_005, 4, 1), (8424, 1000, 8, 4)] {
            let g = symbols * qm * layers;
            let plan = plan(tbs, 700.0, g, qm, layers, 0, None).unwrap();
            let c_prime = plan.code_blocks();
            // Every code block is sent, so that the clause's j is r; its condition is j <= C' - mod(G/(N_L Q_m), C') - 1.
            for r in 0..plan.code_blocks() {
                let expected = if r < c_prime - (g / (layers * qm)) % c_prime {
                    layers * qm * (g / (layers * qm * c_prime))
                } else {
                    layers * qm * g.div_ceil(layers * qm * c_prime)
                };
                assert_eq!(plan.rate_matched_bits(r), expected, "r = {r}");
            }
            let ranges: Vec<_> = plan.code_block_ranges().collect();
            assert_eq!(ranges.last().unwrap().end, g);
        }
    }

    #[test]
    fn rows_grow_with_the_coded_length_and_start_with_the_redundancy_version() {
        let rows = |g, rv| plan(8424, 900.0, g, 2, 1, rv, None).unwrap().rows();
        // 20 systematic columns sent and four of parity: no more than the core.
        assert_eq!(rows(24 * 384, 0), 0b1111);
        assert_eq!(rows(24 * 384 + 2, 0), 0b1_1111);
        assert_eq!(rows(66 * 384, 0), (1 << 46) - 1);
        assert_eq!(rows(1000 * 384, 2), (1 << 46) - 1);
        // rv 2 begins at column 33 of d.
        assert_eq!(rows(2 * 384, 2), 0b1111 | 0b11 << (33 + 2 - 22));
    }

    #[test]
    fn limited_buffer_length() {
        // 90_000 bits in BG1: C = ceil(90024 / 8424) = 11.
        assert_eq!(
            SchPlan::n_ref(90_176, 800.0, 100_000).unwrap(),
            (100_000.0f64 / (11.0 * 2.0 / 3.0)).floor() as usize
        );
    }
}
