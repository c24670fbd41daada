use super::base_graph::BaseGraph;
use crate::coding::SoftBit;
use std::ops::Range;

/// The circular buffer of a code block, seen from one redundancy version: which coded bits are sent, in which
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.212 5.4.2.1")]
pub(super) struct CircularBuffer {
    n_cb: usize,
    k_0: usize,
    /// The filler bits of d, which are never sent.
    fillers: (usize, usize),
}

impl CircularBuffer {
    /// `fillers` are positions in d; the buffer must have at least one bit that is no filler.
    pub fn new(base_graph: BaseGraph, lifting_size: usize, n_cb: usize, rv: u8, fillers: Range<usize>) -> Self {
        debug_assert!(n_cb > 0 && fillers.start > 0);
        Self { n_cb, k_0: starting_position(base_graph, lifting_size, n_cb, rv), fillers: (fillers.start, fillers.end) }
    }

    /// `N_cb`.
    pub const fn len(&self) -> usize {
        self.n_cb
    }

    /// Bits in one lap, which fillers are not.
    pub fn sent_in_a_lap(&self) -> usize {
        self.n_cb - (self.fillers.1.min(self.n_cb) - self.fillers.0.min(self.n_cb))
    }

    /// The positions in d of the first `e` sent bits, as contiguous runs.
    pub fn runs(&self, e: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let Self { n_cb, k_0, fillers } = *self;
        let mut at = k_0;
        let mut left = e;
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            if (fillers.0..fillers.1).contains(&at) {
                at = fillers.1;
            }
            if at >= n_cb {
                at = 0;
            }
            let end = if at < fillers.0 { fillers.0.min(n_cb) } else { n_cb };
            let run = at..end.min(at + left);
            left -= run.len();
            at = end;
            Some(run)
        })
    }

    /// Bit selection and bit interleaving: the rate-matched bits f of the coded bits d; `f.len()` is E.
    #[doc(alias = "TS 38.212 5.4.2.2")]
    pub fn select(&self, qm: usize, d: &[u8], f: &mut [u8]) {
        for_modulation!(qm, Q => self.select_with::<Q>(d, f));
    }

    fn select_with<const QM: usize>(&self, d: &[u8], f: &mut [u8]) {
        let rows = f.len() / QM;
        self.pieces(f.len(), rows, |bits, i, j| {
            let columns = f[j * QM..(j + bits.len()) * QM].chunks_exact_mut(QM);
            columns.zip(&d[bits]).for_each(|(column, &bit)| column[i] = bit);
        });
    }

    /// The inverse for soft bits: adds the `llr.len()` = E received ones to those of d in `soft`.
    pub fn accumulate<S: SoftBit>(&self, qm: usize, llr: &[S], soft: &mut [S]) {
        for_modulation!(qm, Q => self.accumulate_with::<Q, S>(llr, soft));
    }

    fn accumulate_with<const QM: usize, S: SoftBit>(&self, llr: &[S], soft: &mut [S]) {
        let rows = llr.len() / QM;
        self.pieces(llr.len(), rows, |bits, i, j| {
            let columns = llr[j * QM..(j + bits.len()) * QM].chunks_exact(QM);
            columns.zip(&mut soft[bits]).for_each(|(column, sum)| *sum = sum.add(column[i]));
        });
    }

    /// Calls `visit(run of d, i, j)` for runs whose bits are e_{i E/Qm + j}, e_{i E/Qm + j + 1}, …: these go to
    /// f_{i + j Qm}, f_{i + (j + 1) Qm}, ….
    fn pieces(&self, e: usize, row_len: usize, mut visit: impl FnMut(Range<usize>, usize, usize)) {
        let (mut i, mut j) = (0, 0);
        for mut run in self.runs(e) {
            while !run.is_empty() {
                let n = run.len().min(row_len - j);
                visit(run.start..run.start + n, i, j);
                run.start += n;
                j += n;
                if j == row_len {
                    (i, j) = (i + 1, 0);
                }
            }
        }
    }
}

/// Makes a modulation order a constant, so that the strided loops become vector code.
macro_rules! for_modulation {
    ($qm:expr, $name:ident => $call:expr) => {
        match $qm {
            1 => {
                const $name: usize = 1;
                $call
            }
            2 => {
                const $name: usize = 2;
                $call
            }
            4 => {
                const $name: usize = 4;
                $call
            }
            6 => {
                const $name: usize = 6;
                $call
            }
            8 => {
                const $name: usize = 8;
                $call
            }
            10 => {
                const $name: usize = 10;
                $call
            }
            other => unreachable!("SchPlan allows no Q_m = {other}"),
        }
    };
}
use for_modulation;

/// `k_0` of Table 5.4.2.1-2.
#[doc(alias = "TS 38.212 Table 5.4.2.1-2")]
fn starting_position(base_graph: BaseGraph, z_c: usize, n_cb: usize, rv: u8) -> usize {
    let numerators = match base_graph {
        BaseGraph::One => [0, 17, 33, 56],
        BaseGraph::Two => [0, 13, 25, 43],
    };
    numerators[usize::from(rv)] * n_cb / (base_graph.coded_columns() * z_c) * z_c
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bit selection letter for letter: TS 38.212 5.4.2.1. `None` in `d` is <NULL>.
    fn select_by_definition(d: &[Option<u16>], n_cb: usize, k_0: usize, e_len: usize) -> Vec<u16> {
        let mut e = Vec::new();
        let mut k = 0;
        let mut j = 0;
        while k < e_len {
            if let Some(bit) = d[(k_0 + j) % n_cb] {
                e.push(bit);
                k += 1;
            }
            j += 1;
        }
        e
    }

    /// TS 38.212 5.4.2.2.
    fn interleave_by_definition(e: &[u16], qm: usize) -> Vec<u16> {
        let mut f = vec![0; e.len()];
        for j in 0..e.len() / qm {
            for i in 0..qm {
                f[i + j * qm] = e[i * e.len() / qm + j];
            }
        }
        f
    }

    proptest! {
        #[test]
        fn runs_and_interleaving_are_those_of_the_clause(
            base_graph in prop_oneof![Just(BaseGraph::One), Just(BaseGraph::Two)],
            z_index in 0..51usize,
            fill in 0.0..1.0f64,
            limit in 0.01..1.2f64,
            rv in 0..4u8,
            qm in prop_oneof![Just(1usize), Just(2), Just(4), Just(6), Just(8), Just(10)],
            columns in 1..9000usize,
        ) {
            let z = crate::coding::ldpc::lifting_sizes()[z_index].0;
            let n = base_graph.coded_columns() * z;
            let k = base_graph.systematic_columns() * z;
            let n_cb = ((n as f64 * limit) as usize).clamp(1, n);
            let fillers = (3 * z).max(k - (fill * k as f64) as usize) - 2 * z..k - 2 * z;
            let e = qm * columns;
            let buffer = CircularBuffer::new(base_graph, z, n_cb, rv, fillers.clone());
            let d: Vec<Option<u16>> = (0..n).map(|i| (!fillers.contains(&i)).then_some(i as u16)).collect();
            let numerator = match base_graph {
                BaseGraph::One => [0, 17, 33, 56],
                BaseGraph::Two => [0, 13, 25, 43],
            }[usize::from(rv)];
            let k_0 = (numerator * n_cb).div_euclid(n) * z;
            let expected = select_by_definition(&d, n_cb, k_0, e);
            let got: Vec<u16> = buffer.runs(e).flatten().map(|i| i as u16).collect();
            prop_assert_eq!(&got, &expected);
            let lap = select_by_definition(&d, n_cb, k_0, buffer.sent_in_a_lap());
            let mut sorted = lap;
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), buffer.sent_in_a_lap());

            let interleaved = interleave_by_definition(&expected, qm);
            let bits: Vec<u8> = (0..n).map(|i| (i * 7 % 11 % 2) as u8).collect();
            let mut f = vec![9; e];
            buffer.select(qm, &bits, &mut f);
            prop_assert!(f.iter().zip(&interleaved).all(|(&bit, &from)| bit == bits[usize::from(from)]));

            let llr: Vec<f32> = (0..e).map(|i| (i % 23) as f32 - 11.0).collect();
            let mut soft = vec![0.0f32; n];
            buffer.accumulate(qm, &llr, &mut soft);
            let mut expected_soft = vec![0.0f32; n];
            interleaved.iter().zip(&llr).for_each(|(&to, &x)| expected_soft[usize::from(to)] += x);
            prop_assert_eq!(soft, expected_soft);
        }
    }
}
