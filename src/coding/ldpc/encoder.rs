use super::base_graph::{BaseGraph, CORE_ROWS, Circulant, LiftedGraph, MAX_COLUMNS, MAX_LIFTING_SIZE};
use crate::ConfigError;

/// The N coded bits d of one code block `c` of K bits without fillers. [`super::SchEncoder`] does this and all
/// around it without allocation.
///
/// # Errors
/// If `lifting_size` is none, or `c` has not K bits.
#[doc(alias = "TS 38.212 5.3.2")]
pub fn encode_code_block(base_graph: BaseGraph, lifting_size: usize, c: &[u8]) -> Result<Vec<u8>, ConfigError> {
    let Some(graph) = LiftedGraph::get(base_graph, lifting_size) else {
        return Err(ConfigError::new("Z_c", lifting_size, "must be a lifting size", "TS 38.212 Table 5.3.2-1"));
    };
    let mut encoder = CodeBlockEncoder::new();
    let block = encoder.block(graph);
    if c.len() != block.len() {
        let rule = format!("must be {} for this base graph and Z_c = {lifting_size}", block.len());
        return Err(ConfigError::new("K", c.len(), rule, "TS 38.212 5.3.2"));
    }
    block.copy_from_slice(c);
    Ok(encoder.encode(graph, base_graph.rows()).to_vec())
}

/// Encodes one code block; holds its codeword.
///
/// Bits are bytes, a column of the base graph is a run of `Z_c` of them, so that a circulant is two runs of
/// exclusive-or that the compiler turns into vectors.
#[derive(Clone, Debug)]
pub(super) struct CodeBlockEncoder {
    code: Vec<u8>,
    sums: Vec<u8>,
}

impl CodeBlockEncoder {
    pub fn new() -> Self {
        Self { code: vec![0; MAX_COLUMNS * MAX_LIFTING_SIZE], sums: vec![0; CORE_ROWS * MAX_LIFTING_SIZE] }
    }

    /// Where the K bits of the code block (fillers as 0) are to be written.
    pub fn block(&mut self, graph: &LiftedGraph) -> &mut [u8] {
        &mut self.code[..graph.base_graph().systematic_columns() * graph.lifting_size()]
    }

    /// The coded bits d, in which fillers are 0; parity of the first `rows` rows.
    #[doc(alias = "TS 38.212 5.3.2")]
    pub fn encode(&mut self, graph: &LiftedGraph, rows: usize) -> &[u8] {
        let z = graph.lifting_size();
        let k = graph.base_graph().systematic_columns();
        self.encode_core(graph);
        for row in CORE_ROWS..rows {
            let (known, parity) = self.code.split_at_mut((k + row) * z);
            let parity = &mut parity[..z];
            parity.fill(0);
            graph.row(row).iter().filter(|c| c.column < k + row).for_each(|&c| add_circulant(parity, known, c));
        }
        &self.code[2 * z..(k + rows) * z]
    }

    /// The four coupled parity columns. Added up, the four rows leave only the first of them, rotated: two of its
    /// three circulants are alike, and each of the other columns occurs twice unrotated. The others follow row by
    /// row.
    fn encode_core(&mut self, graph: &LiftedGraph) {
        let z = graph.lifting_size();
        let k = graph.base_graph().systematic_columns();
        let (block, parity) = self.code.split_at_mut(k * z);
        let parity = &mut parity[..CORE_ROWS * z];
        parity.fill(0);
        for (row, sum) in self.sums.chunks_exact_mut(z).take(CORE_ROWS).enumerate() {
            sum.fill(0);
            graph.row(row).iter().filter(|c| c.column < k).for_each(|&c| add_circulant(sum, block, c));
        }
        let first_shift = remaining_shift(graph);
        for sum in self.sums.chunks_exact(z).take(CORE_ROWS) {
            // parity[(lane + shift) mod z] = sum[lane]
            add_circulant(&mut parity[..z], sum, Circulant { column: 0, shift: (z - first_shift) % z });
        }
        for (row, unknown) in [(0, 1), (1, 2), (3, 3)] {
            let sum = &mut self.sums[row * z..(row + 1) * z];
            for circulant in graph.row(row).iter().filter(|c| (k..k + CORE_ROWS).contains(&c.column)) {
                if circulant.column != k + unknown {
                    add_circulant(sum, parity, Circulant { column: circulant.column - k, ..*circulant });
                }
            }
            parity[unknown * z..(unknown + 1) * z].copy_from_slice(sum);
        }
    }
}

/// The one rotation of the first parity column that two others in the core do not cancel.
fn remaining_shift(graph: &LiftedGraph) -> usize {
    let k = graph.base_graph().systematic_columns();
    // Of three values two are alike, so that exclusive-or leaves the third.
    (0..CORE_ROWS).flat_map(|row| graph.row(row)).filter(|c| c.column == k).fold(0, |acc, c| acc ^ c.shift)
}

/// sum[lane] += column[(lane + shift) mod z], where z = sum.len().
fn add_circulant(sum: &mut [u8], columns: &[u8], circulant: Circulant) {
    let z = sum.len();
    let column = &columns[circulant.column * z..(circulant.column + 1) * z];
    let (head, tail) = column.split_at(circulant.shift);
    let (first, last) = sum.split_at_mut(z - circulant.shift);
    first.iter_mut().zip(tail).for_each(|(sum, bit)| *sum ^= bit);
    last.iter_mut().zip(head).for_each(|(sum, bit)| *sum ^= bit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coding::ldpc::base_graph::lifting_sizes;
    use crate::sequence::GoldSequence;

    /// H w = 0 with H expanded from the base graph as TS 38.212 5.3.2 defines it: every entry 1 becomes the
    /// identity circularly shifted to the right by P_i,j.
    #[test]
    fn parity_checks_hold_for_all_graphs() {
        let mut encoder = CodeBlockEncoder::new();
        for bg in [BaseGraph::One, BaseGraph::Two] {
            for &(z, _) in lifting_sizes() {
                let graph = LiftedGraph::get(bg, z).unwrap();
                let block: Vec<u8> = GoldSequence::new(z as u32).take(bg.systematic_columns() * z).collect();
                encoder.block(graph).copy_from_slice(&block);
                let d = encoder.encode(graph, bg.rows()).to_vec();
                let mut w = block[..2 * z].to_vec();
                w.extend_from_slice(&d);
                assert_eq!(w.len(), bg.columns() * z);
                assert_eq!(w[..block.len()], block);
                for i in 0..bg.rows() {
                    for m in 0..z {
                        let ones: usize = (graph.row(i).iter())
                            .map(|c| {
                                let row_of_identity = |n: usize| (m + c.shift) % z == n;
                                (0..z).filter(|&n| row_of_identity(n) && w[c.column * z + n] == 1).count()
                            })
                            .sum();
                        assert_eq!(ones % 2, 0, "{bg:?} Z = {z} row {i} check {m}");
                    }
                }
                // Fewer rows give a prefix.
                let short = encoder.encode(graph, 7).to_vec();
                assert_eq!(short, d[..short.len()]);
            }
        }
    }
}
