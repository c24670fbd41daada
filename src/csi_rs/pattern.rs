use super::elements::CsiElements;
use super::occupancy::CsiFrequencyOccupation;
use super::table::{Cdm, CdmType, CsiRsDensity, ROWS, Row, cdm};
use crate::ConfigError;
use crate::frame::{Carrier, SUBCARRIERS_PER_RB};

/// frequencyDomainAllocation: the bitmap from which the k_i follow. The last bit of the standard's bit string, b_0, is
/// bit 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.331 CSI-RS-ResourceMapping")]
pub enum FrequencyAllocation {
    /// Row 1, 4 bits: k_i = f(i).
    Row1(u8),
    /// Row 2, 12 bits: k_i = f(i).
    Row2(u16),
    /// Row 4, 3 bits: k_i = 4 f(i).
    Row4(u8),
    /// All other rows, 6 bits: k_i = 2 f(i).
    Other(u8),
}

impl FrequencyAllocation {
    /// The bitmap, how many bits it may have, and the subcarriers from one bit to the next.
    const fn parts(self) -> (u16, u32, u8) {
        match self {
            Self::Row1(bits) => (bits as u16, 4, 1),
            Self::Row2(bits) => (bits, 12, 1),
            Self::Row4(bits) => (bits as u16, 3, 4),
            Self::Other(bits) => (bits as u16, 6, 2),
        }
    }

    /// How many k_i there are.
    const fn n_k(self) -> u32 {
        self.parts().0.count_ones()
    }

    /// k_i, where f(i) is the number of the i-th bit that is set.
    ///
    /// # Panics
    /// If fewer bits are set.
    fn k(self, i: usize) -> u8 {
        let (bits, n_bits, step) = self.parts();
        let f = (0..n_bits as u8).filter(|f| bits >> f & 1 == 1).nth(i);
        step * f.expect("as many bits are set as the row has k_i")
    }

    /// Whether the bitmap is of the kind that `row` is configured with.
    const fn is_of(self, row: u8) -> bool {
        match self {
            Self::Row1(_) => row == 1,
            Self::Row2(_) => row == 2,
            Self::Row4(_) => row == 4,
            Self::Other(_) => !matches!(row, 1 | 2 | 4),
        }
    }
}

/// Where a resource lies, unchecked; [`CsiRsPattern::new`] checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.331 CSI-RS-ResourceMapping")]
pub struct CsiRsMapping {
    /// nrofPorts, X: 1, 2, 4, 8, 12, 16, 24 or 32.
    pub n_ports: u8,
    /// density.
    pub density: CsiRsDensity,
    /// cdm-Type.
    pub cdm_type: CdmType,
    /// frequencyDomainAllocation.
    pub frequency: FrequencyAllocation,
    /// firstOFDMSymbolInTimeDomain, l_0: 0..=13. (A cell with dmrs-TypeA-Position pos2 does not use 2.)
    pub first_symbol: u8,
    /// firstOFDMSymbolInTimeDomain2, l_1: 2..=12; rows 13, 14, 16 and 17 need it, for the others it says nothing.
    pub first_symbol_2: Option<u8>,
    /// freqBand.
    pub occupation: CsiFrequencyOccupation,
}

/// A CDM group, or one of the three places of the port of row 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CdmGroup {
    /// k_bar, the lowest subcarrier in each block.
    pub subcarrier: u8,
    /// l_bar, the first symbol.
    pub symbol: u8,
    /// The first of the group's L ports, counted from port 3000.
    pub first_port: u8,
}

/// The resource elements of a valid CSI-RS resource of a carrier.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.211 7.4.1.5.3")]
pub struct CsiRsPattern {
    mapping: CsiRsMapping,
    row: &'static Row,
    cdm: &'static Cdm,
    groups: Vec<CdmGroup>,
    elements: CsiElements,
}

const CLAUSE: &str = "TS 38.211 Table 7.4.1.5.3-1";

impl CsiRsPattern {
    /// # Errors
    /// If no row of the table has these ports, density, CDM type and bits; if a value lies outside its range, a symbol
    /// outside the slot, a block outside the carrier; if two CDM groups would share elements; or if none of the blocks
    /// is even or odd as the density asks.
    pub fn new(carrier: &Carrier, mapping: CsiRsMapping) -> Result<Self, ConfigError> {
        mapping.occupation.check(carrier)?;
        let row = find_row(&mapping)?;
        let cdm = cdm(row.cdm_type);
        let first_symbols = first_symbols(&mapping, row)?;
        let groups: Vec<CdmGroup> = row
            .locations
            .iter()
            .enumerate()
            .map(|(j, &[(i, plus_k), (m, plus_l)])| CdmGroup {
                subcarrier: mapping.frequency.k(i) + plus_k,
                symbol: first_symbols[m] + plus_l,
                first_port: if row.n_ports == 1 { 0 } else { (j * cdm.size()) as u8 },
            })
            .collect();
        let n_symbols = carrier.symbols_per_slot();
        let (mut subcarriers, mut symbols) = (0, 0);
        for group in &groups {
            let end = usize::from(group.symbol) + cdm.n_l;
            if end > n_symbols {
                let rule =
                    format!("row {} from there ends at {}, outside the {n_symbols} symbols", row.number, end - 1);
                return Err(ConfigError::new("l_bar", group.symbol, rule, "TS 38.211 7.4.1.5.3"));
            }
            subcarriers |= ((1 << cdm.n_k) - 1) << group.subcarrier;
            symbols |= ((1 << cdm.n_l) - 1) << group.symbol;
        }
        let (first_crb, n_blocks, step) = blocks(&mapping)?;
        let elements = CsiElements { first_crb, n_blocks, step, subcarriers, symbols };
        Ok(Self { mapping, row, cdm, groups, elements })
    }

    /// The mapping as given.
    pub const fn mapping(&self) -> &CsiRsMapping {
        &self.mapping
    }

    /// The row of Table 7.4.1.5.3-1, 1..=18.
    pub const fn row(&self) -> u8 {
        self.row.number
    }

    /// X, the ports: 3000 to 3000 + X - 1.
    pub const fn n_ports(&self) -> usize {
        self.row.n_ports as usize
    }

    /// L, the ports of a CDM group.
    pub fn cdm_size(&self) -> usize {
        self.cdm.size()
    }

    /// The CDM groups in the order of j; for row 1 the three places of its port.
    pub fn groups(&self) -> &[CdmGroup] {
        &self.groups
    }

    /// The elements of all ports.
    pub const fn elements(&self) -> &CsiElements {
        &self.elements
    }

    /// The elements of port 3000 + `port`.
    ///
    /// # Panics
    /// If there is no such port.
    pub fn port_elements(&self, port: usize) -> CsiElements {
        let (mut subcarriers, mut symbols) = (0, 0);
        for group in self.groups_of(port) {
            subcarriers |= ((1 << self.cdm.n_k) - 1) << group.subcarrier;
            symbols |= ((1 << self.cdm.n_l) - 1) << group.symbol;
        }
        CsiElements { subcarriers, symbols, ..self.elements }
    }

    /// The groups of a port: one, or the three places of row 1.
    pub(super) fn groups_of(&self, port: usize) -> &[CdmGroup] {
        assert!(port < self.n_ports(), "port {port} of {}", self.n_ports());
        if self.n_ports() == 1 {
            return &self.groups;
        }
        let j = port / self.cdm_size();
        &self.groups[j..=j]
    }

    pub(super) const fn cdm(&self) -> &'static Cdm {
        self.cdm
    }

    /// m' of block n, k' = 0 and a group at `k_bar`: floor(n alpha) + floor(k_bar rho / 12).
    pub(super) fn first_m(&self, n: u16, k_bar: u8) -> usize {
        let doubled_rho = self.mapping.density.doubled();
        let doubled_alpha = if self.row.n_ports == 1 { doubled_rho } else { 2 * doubled_rho };
        usize::from(n) * doubled_alpha / 2 + usize::from(k_bar) * doubled_rho / (2 * SUBCARRIERS_PER_RB)
    }
}

/// The one row that ports, density, CDM type and bitmap mean.
fn find_row(mapping: &CsiRsMapping) -> Result<&'static Row, ConfigError> {
    let (bits, n_bits, _) = mapping.frequency.parts();
    if bits >> n_bits != 0 {
        let rule = format!("must have no bit above bit {}", n_bits - 1);
        let got = format!("{:?}", mapping.frequency);
        return Err(ConfigError::new("frequencyDomainAllocation", got, rule, "TS 38.331 CSI-RS-ResourceMapping"));
    }
    let is_row = |row: &&Row| {
        (row.n_ports, row.cdm_type) == (mapping.n_ports, mapping.cdm_type)
            && row.doubled_densities.contains(&mapping.density.doubled())
            && mapping.frequency.is_of(row.number)
            && mapping.frequency.n_k() == row.n_k()
    };
    ROWS.iter().find(is_row).ok_or_else(|| {
        let CsiRsMapping { n_ports, density, cdm_type, frequency, .. } = mapping;
        let got = format!("{n_ports} ports, density {density:?}, CDM {cdm_type:?}, {frequency:?}");
        ConfigError::new("CSI-RS mapping", got, "no row of the table is like this", CLAUSE)
    })
}

/// l_0 and l_1, the latter where the row has it.
fn first_symbols(mapping: &CsiRsMapping, row: &Row) -> Result<[u8; 2], ConfigError> {
    const CLAUSE: &str = "TS 38.211 7.4.1.5.3";
    let l_0 = mapping.first_symbol;
    if l_0 > 13 {
        return Err(ConfigError::new("firstOFDMSymbolInTimeDomain", l_0, "must lie in 0..=13", CLAUSE));
    }
    if !row.has_l_1() {
        return Ok([l_0, l_0]);
    }
    let name = "firstOFDMSymbolInTimeDomain2";
    let Some(l_1) = mapping.first_symbol_2 else {
        return Err(ConfigError::new(name, "none", format!("row {} needs it", row.number), CLAUSE));
    };
    if !(2..=12).contains(&l_1) {
        return Err(ConfigError::new(name, l_1, "must lie in 2..=12", CLAUSE));
    }
    // Every row with an l_1 fills two symbols from each.
    if l_0.abs_diff(l_1) < 2 {
        let rule = format!("the CDM groups from there would share elements with those from symbol {l_0}");
        return Err(ConfigError::new(name, l_1, rule, CLAUSE));
    }
    Ok([l_0, l_1])
}

/// The first block that carries the signal, how many do, and the distance of two.
fn blocks(mapping: &CsiRsMapping) -> Result<(u16, u16, u16), ConfigError> {
    let CsiFrequencyOccupation { start_crb, n_rb } = mapping.occupation;
    let parity = match mapping.density {
        CsiRsDensity::HalfEven => 0,
        CsiRsDensity::HalfOdd => 1,
        CsiRsDensity::One | CsiRsDensity::Three => return Ok((start_crb, n_rb, 1)),
    };
    let skipped = (start_crb % 2) ^ parity;
    if skipped == n_rb {
        let got = format!("{n_rb} from CRB {start_crb}");
        let rule = format!("none of these carries a signal of density {:?}", mapping.density);
        return Err(ConfigError::new("CSI-RS blocks", got, rule, "TS 38.214 5.2.2.3.1"));
    }
    Ok((start_crb + skipped, (n_rb - skipped).div_ceil(2), 2))
}
