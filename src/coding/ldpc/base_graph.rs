use crate::table;
use std::sync::{LazyLock, OnceLock};

/// An LDPC base graph of TS 38.212 5.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.212 5.3.2")]
pub enum BaseGraph {
    /// Base graph 1, Table 5.3.2-2: 46 rows, 68 columns, mother code rate 1/3.
    One,
    /// Base graph 2, Table 5.3.2-3: 42 rows, 52 columns, mother code rate 1/5.
    Two,
}

impl BaseGraph {
    /// The base graph of a transport block of `tbs` bits (A, without CRC) whose target code rate is
    /// `rate` (R, a fraction).
    #[doc(alias = "TS 38.212 7.2.2")]
    #[doc(alias = "TS 38.212 6.2.2")]
    pub fn select(tbs: usize, rate: f64) -> Self {
        if tbs <= 292 || (tbs <= 3824 && rate <= 0.67) || rate <= 0.25 { Self::Two } else { Self::One }
    }

    /// Rows of the base matrix.
    pub const fn rows(self) -> usize {
        match self {
            Self::One => 46,
            Self::Two => 42,
        }
    }

    /// Columns of the base matrix.
    pub const fn columns(self) -> usize {
        match self {
            Self::One => 68,
            Self::Two => 52,
        }
    }

    /// Systematic columns, K / `Z_c`.
    pub const fn systematic_columns(self) -> usize {
        self.columns() - self.rows()
    }

    /// `K_cb`, the largest code block in bits, its CRC included.
    #[doc(alias = "TS 38.212 5.2.2")]
    pub const fn max_code_block(self) -> usize {
        match self {
            Self::One => 8448,
            Self::Two => 3840,
        }
    }

    /// N / `Z_c`: the coded bits without the first two columns, which are never sent.
    pub const fn coded_columns(self) -> usize {
        self.columns() - PUNCTURED_COLUMNS
    }

    fn table(self) -> &'static [BaseEntry] {
        static ONE: LazyLock<Vec<BaseEntry>> =
            LazyLock::new(|| read_table(include_str!("../../../tables/ldpc_bg1.csv")));
        static TWO: LazyLock<Vec<BaseEntry>> =
            LazyLock::new(|| read_table(include_str!("../../../tables/ldpc_bg2.csv")));
        match self {
            Self::One => &ONE,
            Self::Two => &TWO,
        }
    }
}

/// The first two systematic columns are never sent (TS 38.212 5.3.2 step 2: k from `2 Z_c`).
pub const PUNCTURED_COLUMNS: usize = 2;
/// The largest lifting size `Z_c`.
pub const MAX_LIFTING_SIZE: usize = 384;
/// The most non-zero entries that a row of either base graph has.
pub const MAX_ROW_DEGREE: usize = 19;
/// The most non-zero entries of a base graph.
pub const MAX_EDGES: usize = 316;
/// The most rows of a base graph.
pub const MAX_ROWS: usize = 46;
/// The most columns of a base graph.
pub const MAX_COLUMNS: usize = 68;
/// Rows whose parity bits are coupled (the double diagonal); each further row has its own parity column.
pub const CORE_ROWS: usize = 4;

/// A row of Table 5.3.2-2 or -3: one non-zero entry of the base matrix and `V_i,j` for every set index `i_LS`.
struct BaseEntry {
    row: usize,
    column: usize,
    shifts: [u16; 8],
}

fn read_table(csv: &'static str) -> Vec<BaseEntry> {
    table::rows(csv)
        .map(|cells| BaseEntry {
            row: table::number(cells[0]),
            column: table::number(cells[1]),
            shifts: std::array::from_fn(|set| table::number(cells[2 + set])),
        })
        .collect()
}

/// The 51 lifting sizes `Z_c` and their set index `i_LS`, ascending in `Z_c`.
#[doc(alias = "TS 38.212 Table 5.3.2-1")]
pub fn lifting_sizes() -> &'static [(usize, usize)] {
    static SIZES: LazyLock<Vec<(usize, usize)>> = LazyLock::new(|| {
        let csv = include_str!("../../../tables/ldpc_lifting_sizes.csv");
        table::rows(csv).map(|cells| (table::number(cells[0]), table::number(cells[1]))).collect()
    });
    &SIZES
}

/// A `Z_c` x `Z_c` circulant of the parity-check matrix: check `z` of the row meets bit `(z + shift) mod Z_c` of
/// the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circulant {
    /// Column of the base matrix.
    pub column: usize,
    /// `P_i,j = V_i,j mod Z_c`.
    pub shift: usize,
}

/// The parity-check matrix H of a base graph and a lifting size, as the circulants of each row.
#[derive(Debug)]
#[doc(alias = "TS 38.212 5.3.2")]
pub struct LiftedGraph {
    base_graph: BaseGraph,
    lifting_size: usize,
    row_start: Vec<usize>,
    circulants: Vec<Circulant>,
}

impl LiftedGraph {
    /// The graph for a lifting size, built at its first use; `None` if `Z_c` is not one of [`lifting_sizes`].
    pub fn get(base_graph: BaseGraph, lifting_size: usize) -> Option<&'static Self> {
        static GRAPHS: [[OnceLock<LiftedGraph>; 51]; 2] = [const { [const { OnceLock::new() }; 51] }; 2];
        let index = lifting_sizes().binary_search_by_key(&lifting_size, |&(z, _)| z).ok()?;
        let (_, set) = lifting_sizes()[index];
        Some(GRAPHS[base_graph as usize][index].get_or_init(|| Self::build(base_graph, lifting_size, set)))
    }

    fn build(base_graph: BaseGraph, lifting_size: usize, set: usize) -> Self {
        let entries = base_graph.table();
        let circulant =
            |e: &BaseEntry| Circulant { column: e.column, shift: usize::from(e.shifts[set]) % lifting_size };
        Self {
            base_graph,
            lifting_size,
            // The table is sorted by row, then column.
            row_start: (0..=base_graph.rows()).map(|row| entries.partition_point(|e| e.row < row)).collect(),
            circulants: entries.iter().map(circulant).collect(),
        }
    }

    /// The base graph.
    pub const fn base_graph(&self) -> BaseGraph {
        self.base_graph
    }

    /// `Z_c`.
    pub const fn lifting_size(&self) -> usize {
        self.lifting_size
    }

    /// The circulants of a row, ascending in column.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[Circulant] {
        &self.circulants[self.row_start[row]..self.row_start[row + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_the_size_and_shape_of_the_standard() {
        for (bg, edges, degree) in [(BaseGraph::One, 316, 19), (BaseGraph::Two, 197, 10)] {
            let table = bg.table();
            assert_eq!(table.len(), edges);
            assert!(table.is_sorted_by_key(|e| (e.row, e.column)));
            assert!(table.iter().all(|e| e.row < bg.rows() && e.column < bg.columns()));
            let graph = LiftedGraph::get(bg, 384).unwrap();
            assert_eq!((0..bg.rows()).map(|row| graph.row(row).len()).max(), Some(degree));
            assert!(degree <= MAX_ROW_DEGREE && edges <= MAX_EDGES && bg.columns() <= MAX_COLUMNS);
            // Each row after the core owns the parity column on its diagonal and no other row has it.
            for row in CORE_ROWS..bg.rows() {
                let own = bg.systematic_columns() + row;
                assert_eq!(graph.row(row).last(), Some(&Circulant { column: own, shift: 0 }));
                assert_eq!(table.iter().filter(|e| e.column == own).count(), 1);
            }
        }
    }

    #[test]
    fn lifting_sizes_are_a_times_a_power_of_two() {
        let mut expected: Vec<(usize, usize)> = [2, 3, 5, 7, 9, 11, 13, 15]
            .into_iter()
            .enumerate()
            .flat_map(|(set, a)| (0..8).map(move |j| (a << j, set)))
            .filter(|&(z, _)| z <= MAX_LIFTING_SIZE)
            .collect();
        expected.sort_unstable();
        assert_eq!(lifting_sizes(), expected);
        assert_eq!(lifting_sizes().len(), 51);
        assert!(LiftedGraph::get(BaseGraph::One, 17).is_none());
    }

    #[test]
    fn selection_at_the_borders() {
        assert_eq!(BaseGraph::select(292, 0.9), BaseGraph::Two);
        assert_eq!(BaseGraph::select(293, 0.9), BaseGraph::One);
        assert_eq!(BaseGraph::select(3824, 0.67), BaseGraph::Two);
        assert_eq!(BaseGraph::select(3825, 0.67), BaseGraph::One);
        assert_eq!(BaseGraph::select(3824, 0.68), BaseGraph::One);
        assert_eq!(BaseGraph::select(100_000, 0.25), BaseGraph::Two);
        assert_eq!(BaseGraph::select(100_000, 0.26), BaseGraph::One);
    }
}
