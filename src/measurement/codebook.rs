use crate::{Complex32, ConfigError};
use std::f64::consts::TAU;

const CLAUSE: &str = "TS 38.214 5.2.2.2.1";

/// codebookMode: whether i_2 chooses a co-phasing alone, or also one of four beams (one or two layers on 4 and more
/// ports).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[doc(alias = "TS 38.331 CodebookConfig")]
pub enum CodebookMode {
    /// codebookMode 1.
    #[default]
    One,
    /// codebookMode 2.
    Two,
}

/// The antenna ports that a codebook is for: (N_1, N_2) of each polarisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.214 Table 5.2.2.2.1-2")]
pub struct PanelShape {
    n_1: usize,
    n_2: usize,
}

impl PanelShape {
    /// Rows of the table, by their (N_1, N_2).
    pub const TABLE: [(usize, usize); 13] =
        [(2, 1), (2, 2), (4, 1), (3, 2), (6, 1), (4, 2), (8, 1), (4, 3), (6, 2), (12, 1), (4, 4), (8, 2), (16, 1)];

    /// Two ports, Table 5.2.2.2.1-1.
    pub const TWO_PORTS: Self = Self { n_1: 1, n_2: 1 };

    /// 4 to 32 ports.
    ///
    /// # Errors
    /// If the table has no such (N_1, N_2).
    pub fn new(n_1: usize, n_2: usize) -> Result<Self, ConfigError> {
        if !Self::TABLE.contains(&(n_1, n_2)) {
            let rule = "must be a configuration of the table";
            return Err(ConfigError::new("(N_1, N_2)", format!("({n_1}, {n_2})"), rule, "TS 38.214 Table 5.2.2.2.1-2"));
        }
        Ok(Self { n_1, n_2 })
    }

    /// N_1.
    pub const fn n_1(self) -> usize {
        self.n_1
    }

    /// N_2.
    pub const fn n_2(self) -> usize {
        self.n_2
    }

    /// O_1: 4; 1 for two ports.
    pub const fn o_1(self) -> usize {
        if self.n_1 > 1 { 4 } else { 1 }
    }

    /// O_2: 4; 1 where N_2 is 1.
    pub const fn o_2(self) -> usize {
        if self.n_2 > 1 { 4 } else { 1 }
    }

    /// P_CSI-RS = 2 N_1 N_2.
    pub const fn n_ports(self) -> usize {
        2 * self.n_1 * self.n_2
    }

    /// N_1 O_1, the horizontal beams.
    const fn beams_1(self) -> usize {
        self.n_1 * self.o_1()
    }

    /// N_2 O_2, the vertical beams.
    const fn beams_2(self) -> usize {
        self.n_2 * self.o_2()
    }
}

/// Everything that a codebook follows from, unchecked; [`TypeICodebook::new`] checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.331 CodebookConfig")]
pub struct CodebookParameters {
    /// (N_1, N_2).
    pub shape: PanelShape,
    /// codebookMode; says nothing for two ports.
    pub mode: CodebookMode,
    /// n1-n2 (or twoTX-CodebookSubsetRestriction): `[i]` is bit a_i, N_1 O_1 N_2 O_2 of them, or 6 for two ports; `None`
    /// restricts nothing.
    pub subset_restriction: Option<Vec<bool>>,
    /// typeI-SinglePanel-ri-Restriction: bit i is r_i; a zero forbids i + 1 layers.
    pub ri_restriction: u8,
}

impl CodebookParameters {
    /// A codebook without restrictions.
    pub const fn unrestricted(shape: PanelShape, mode: CodebookMode) -> Self {
        Self { shape, mode, subset_restriction: None, ri_restriction: 0xff }
    }
}

/// The wideband part i_1 of a precoding matrix indicator; an index that a rank has not is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
#[doc(alias = "TS 38.214 5.2.2.2.1")]
pub struct I1 {
    /// i_1,1, the horizontal beam.
    pub i11: u16,
    /// i_1,2, the vertical beam.
    pub i12: u16,
    /// i_1,3, how far the other beams lie away.
    pub i13: u8,
}

/// How many values the indices of a rank have; 1 for an index that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IndexRanges {
    /// Of i_1,1.
    pub i11: u16,
    /// Of i_1,2.
    pub i12: u16,
    /// Of i_1,3.
    pub i13: u8,
    /// Of i_2 (of the codebook index, for two ports).
    pub i2: u8,
}

impl IndexRanges {
    /// The bits of (i_1,1, i_1,2, i_1,3) and i_2 in a report.
    #[doc(alias = "TS 38.212 Table 6.3.1.1.2-1")]
    pub const fn bits(self) -> [u32; 4] {
        [bits(self.i11 as u32), bits(self.i12 as u32), bits(self.i13 as u32), bits(self.i2 as u32)]
    }
}

/// ceil(log2 n).
const fn bits(n: u32) -> u32 {
    n.next_power_of_two().trailing_zeros()
}

/// The Type I single-panel codebook of 2 to 32 ports.
///
/// A precoding matrix W has a row for each port, 3000 first, and a column for each layer; the sum of its squares is 1.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.214 5.2.2.2.1")]
pub struct TypeICodebook {
    p: CodebookParameters,
}

impl TypeICodebook {
    /// # Errors
    /// If the bitmap has another length than it must, or no rank is left.
    pub fn new(p: CodebookParameters) -> Result<Self, ConfigError> {
        let shape = p.shape;
        let n_bits = if shape.n_ports() == 2 { 6 } else { shape.beams_1() * shape.beams_2() };
        if let Some(bitmap) = &p.subset_restriction
            && bitmap.len() != n_bits
        {
            let rule = format!("must have {n_bits} bits for {} ports", shape.n_ports());
            return Err(ConfigError::new("codebook subset restriction", bitmap.len(), rule, CLAUSE));
        }
        let codebook = Self { p };
        if codebook.ranks().next().is_none() {
            let got = format!("{:#010b}", codebook.p.ri_restriction);
            let rule = format!("must allow a rank that {} ports have and that has a precoder", shape.n_ports());
            return Err(ConfigError::new("typeI-SinglePanel-ri-Restriction", got, rule, CLAUSE));
        }
        Ok(codebook)
    }

    /// The parameters as given.
    pub const fn parameters(&self) -> &CodebookParameters {
        &self.p
    }

    /// P_CSI-RS.
    pub const fn n_ports(&self) -> usize {
        self.p.shape.n_ports()
    }

    /// The ranks that may be reported: those of the ports that are not forbidden and have a precoder that is not.
    pub fn ranks(&self) -> impl Iterator<Item = usize> + '_ {
        let allowed = |&v: &usize| self.p.ri_restriction >> (v - 1) & 1 == 1;
        (1..=self.n_ports().min(8)).filter(allowed).filter(|&v| self.has_precoder(v))
    }

    fn has_precoder(&self, n_layers: usize) -> bool {
        let ranges = self.ranges(n_layers);
        self.i1(n_layers).any(|i1| (0..ranges.i2).any(|i2| self.allows(n_layers, i1, i2)))
    }

    /// How many values the indices have for `n_layers`.
    ///
    /// # Panics
    /// If there is no codebook of so many layers.
    #[doc(alias = "TS 38.214 Tables 5.2.2.2.1-5 to -12")]
    pub fn ranges(&self, n_layers: usize) -> IndexRanges {
        let shape = self.p.shape;
        let (n_1, n_2, n_ports) = (shape.n_1, shape.n_2, shape.n_ports());
        assert!((1..=n_ports.min(8)).contains(&n_layers), "{n_layers} layers on {n_ports} ports");
        if n_ports == 2 {
            return IndexRanges { i11: 1, i12: 1, i13: 1, i2: if n_layers == 1 { 4 } else { 2 } };
        }
        let (b_1, b_2) = (shape.beams_1() as u16, shape.beams_2() as u16);
        let half_of_b_2 = b_2.div_ceil(2);
        let two = self.p.mode == CodebookMode::Two;
        let (i11, i12) = match n_layers {
            1 | 2 if two => (b_1 / 2, half_of_b_2),
            3 | 4 if n_ports >= 16 => (b_1 / 2, b_2),
            7 | 8 if (n_1, n_2) == (4, 1) => (b_1 / 2, 1),
            7 | 8 if n_1 > 2 && n_2 == 2 => (b_1, half_of_b_2),
            _ => (b_1, b_2),
        };
        let i13 = match n_layers {
            2..=4 => self.offsets(n_layers).len() as u8,
            _ => 1,
        };
        let i2 = match (n_layers, two) {
            (1, false) => 4,
            (1, true) => 16,
            (2, true) => 8,
            _ => 2,
        };
        IndexRanges { i11, i12, i13, i2 }
    }

    /// (k_1, k_2) in units of (O_1, O_2) by i_1,3; for 16 and more ports and 3 or 4 layers i_1,3 is p, of as many values.
    #[doc(alias = "TS 38.214 Tables 5.2.2.2.1-3, -4")]
    const fn offsets(&self, n_layers: usize) -> &'static [(usize, usize)] {
        let PanelShape { n_1, n_2 } = self.p.shape;
        match (n_layers, n_1, n_2) {
            (2, 2, 1) => &[(0, 0), (1, 0)],
            (2, _, 1) => &[(0, 0), (1, 0), (2, 0), (3, 0)],
            (2, _, _) if n_1 == n_2 => &[(0, 0), (1, 0), (0, 1), (1, 1)],
            (2, _, _) => &[(0, 0), (1, 0), (0, 1), (2, 0)],
            (_, 2, 1) => &[(1, 0)],
            (_, 4, 1) => &[(1, 0), (2, 0), (3, 0)],
            (_, 2, 2) => &[(1, 0), (0, 1), (1, 1)],
            (_, 3, 2) => &[(1, 0), (0, 1), (1, 1), (2, 0)],
            // N_1 = 6, N_2 = 1.
            _ => &[(1, 0), (2, 0), (3, 0), (4, 0)],
        }
    }

    /// Every i_1 of `n_layers`, in ascending order.
    ///
    /// # Panics
    /// If there is no codebook of so many layers.
    pub fn i1(&self, n_layers: usize) -> impl Iterator<Item = I1> + use<> {
        let IndexRanges { i11, i12, i13, .. } = self.ranges(n_layers);
        (0..i11).flat_map(move |i11| (0..i12).flat_map(move |i12| (0..i13).map(move |i13| I1 { i11, i12, i13 })))
    }

    /// The beams (l, m), and n of phi_n, of a matrix on 4 and more ports that is made of whole beams; how many beams
    /// there are follows from the layers.
    fn beams(&self, n_layers: usize, i1: I1, i2: u8) -> ([(usize, usize); 4], usize) {
        let shape = self.p.shape;
        let (i11, i12, i2) = (usize::from(i1.i11), usize::from(i1.i12), usize::from(i2));
        let (o_1, o_2) = (shape.o_1(), shape.o_2());
        // The place of the first beam, and n.
        let (l, m, n) = match (n_layers, self.p.mode) {
            (1 | 2, CodebookMode::Two) => {
                let per_beam = if n_layers == 1 { 4 } else { 2 };
                let (beam, n) = (i2 / per_beam, i2 % per_beam);
                if shape.n_2 > 1 { (2 * i11 + beam % 2, 2 * i12 + beam / 2, n) } else { (2 * i11 + beam, 0, n) }
            }
            _ => (i11, i12, i2),
        };
        let beams = match n_layers {
            1 => [(l, m); 4],
            2..=4 => {
                let (k_1, k_2) = self.offsets(n_layers)[usize::from(i1.i13)];
                let other = (l + k_1 * o_1, m + k_2 * o_2);
                [(l, m), other, other, other]
            }
            5 | 6 if shape.n_2 > 1 => [(l, m), (l + o_1, m), (l + o_1, m + o_2), (l, m)],
            _ if shape.n_2 > 1 => [(l, m), (l + o_1, m), (l, m + o_2), (l + o_1, m + o_2)],
            _ => [(l, 0), (l + o_1, 0), (l + 2 * o_1, 0), (l + 3 * o_1, 0)],
        };
        (beams, n)
    }

    /// Whether the matrix is one of v-tilde: 3 or 4 layers on 16 and more ports.
    const fn is_of_half_beams(&self, n_layers: usize) -> bool {
        matches!(n_layers, 3 | 4) && self.n_ports() >= 16
    }

    /// How many of the beams of [`Self::beams`] a matrix has.
    const fn n_beams(n_layers: usize) -> usize {
        match n_layers {
            1 => 1,
            2..=4 => 2,
            5 | 6 => 3,
            _ => 4,
        }
    }

    /// Whether the codebook subset restriction allows the matrix.
    ///
    /// # Panics
    /// If there is no codebook of so many layers.
    pub fn allows(&self, n_layers: usize, i1: I1, i2: u8) -> bool {
        let Some(bitmap) = &self.p.subset_restriction else { return true };
        let shape = self.p.shape;
        if shape.n_ports() == 2 {
            return bitmap[usize::from(i2) + if n_layers == 1 { 0 } else { 4 }];
        }
        let (b_1, b_2) = (shape.beams_1(), shape.beams_2());
        let bit = |l: usize, m: usize| bitmap[b_2 * (l % b_1) + m % b_2];
        if self.is_of_half_beams(n_layers) {
            let (l, m) = (2 * usize::from(i1.i11), usize::from(i1.i12));
            return bit(l + b_1 - 1, m) && bit(l, m) && bit(l + 1, m);
        }
        let (beams, _) = self.beams(n_layers, i1, i2);
        beams[..Self::n_beams(n_layers)].iter().all(|&(l, m)| bit(l, m))
    }

    /// Writes the precoding matrix W row-major, `[port][layer]`, as [`crate::pdsch::Precoder::new`] takes it.
    ///
    /// # Panics
    /// If there is no codebook of so many layers, an index lies outside [`Self::ranges`], or `out` does not hold ports
    /// times layers.
    #[doc(alias = "TS 38.214 Tables 5.2.2.2.1-5 to -12")]
    pub fn weights(&self, n_layers: usize, i1: I1, i2: u8, out: &mut [Complex32]) {
        let shape = self.p.shape;
        let n_ports = shape.n_ports();
        let ranges = self.ranges(n_layers);
        let exists = i1.i11 < ranges.i11 && i1.i12 < ranges.i12 && i1.i13 < ranges.i13 && i2 < ranges.i2;
        assert!(exists, "{i1:?}, i_2 = {i2} of {ranges:?}");
        assert_eq!(out.len(), n_ports * n_layers);
        let gain = 1.0 / ((n_layers * n_ports) as f64).sqrt();
        // Turns are fractions of a whole circle; phi_n = e^(j pi n / 2) is n quarters.
        let write = |out: &mut [Complex32], port: usize, layer: usize, turns: f64| {
            let (sin, cos) = (TAU * turns).sin_cos();
            out[port * n_layers + layer] = Complex32::new((gain * cos) as f32, (gain * sin) as f32);
        };
        if n_ports == 2 {
            for layer in 0..n_layers {
                write(out, 0, layer, 0.0);
                write(out, 1, layer, f64::from(i2) / 4.0 + 0.5 * layer as f64);
            }
            return;
        }
        let half = n_ports / 2;
        if self.is_of_half_beams(n_layers) {
            let (l, m, p) = (f64::from(i1.i11), f64::from(i1.i12), f64::from(i1.i13));
            for port in 0..n_ports {
                let (polarisation, place) = (port / half, port % half);
                let (part, element) = (place / (half / 2), place % (half / 2));
                // v-tilde: its N_1 / 2 parts turn by 4 pi l / (O_1 N_1).
                let beam = 2.0 * l * (element / shape.n_2) as f64 / shape.beams_1() as f64
                    + m * (element % shape.n_2) as f64 / shape.beams_2() as f64;
                for layer in 0..n_layers {
                    // Signs of the rows theta_p, phi_n and phi_n theta_p: - + -, + - -, - - +, from the second layer on.
                    let minus = (part == 1 && layer % 2 == 1) ^ (polarisation == 1 && layer >= 2);
                    let turns = beam
                        + part as f64 * p / 8.0
                        + polarisation as f64 * f64::from(i2) / 4.0
                        + if minus { 0.5 } else { 0.0 };
                    write(out, port, layer, turns);
                }
            }
            return;
        }
        let (beams, n) = self.beams(n_layers, i1, i2);
        for (layer, &(beam, with_phi, minus)) in layers(n_layers).iter().enumerate() {
            let (l, m) = beams[beam];
            let phase = if with_phi { n as f64 / 4.0 } else { 0.0 } + if minus { 0.5 } else { 0.0 };
            for element in 0..half {
                let turns = (l * (element / shape.n_2)) as f64 / shape.beams_1() as f64
                    + (m * (element % shape.n_2)) as f64 / shape.beams_2() as f64;
                write(out, element, layer, turns);
                write(out, half + element, layer, turns + phase);
            }
        }
    }
}

/// Of each layer: its beam, whether the second polarisation has the factor phi_n, and whether it is negative.
const fn layers(n_layers: usize) -> &'static [(usize, bool, bool)] {
    match n_layers {
        1 => &[(0, true, false)],
        2 => &[(0, true, false), (1, true, true)],
        3 => &[(0, true, false), (1, true, false), (0, true, true)],
        4 => &[(0, true, false), (1, true, false), (0, true, true), (1, true, true)],
        5 => &[(0, true, false), (0, true, true), (1, false, false), (1, false, true), (2, false, false)],
        6 => {
            &[(0, true, false), (0, true, true), (1, true, false), (1, true, true), (2, false, false), (2, false, true)]
        }
        7 => &[
            (0, true, false),
            (0, true, true),
            (1, true, false),
            (2, false, false),
            (2, false, true),
            (3, false, false),
            (3, false, true),
        ],
        _ => &[
            (0, true, false),
            (0, true, true),
            (1, true, false),
            (1, true, true),
            (2, false, false),
            (2, false, true),
            (3, false, false),
            (3, false, true),
        ],
    }
}

#[cfg(test)]
#[path = "codebook_tests.rs"]
mod tests;
