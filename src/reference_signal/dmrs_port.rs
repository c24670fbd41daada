//! Antenna ports of the DM-RS of the shared channels: CDM groups and codes.

use super::dmrs::DmrsType;
use crate::ConfigError;

const CLAUSE: &str = "TS 38.211 Tables 7.4.1.1.2-1 and -2";

/// A DM-RS port: p - 1000 of a PDSCH, p of a PUSCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[doc(alias = "TS 38.211 Table 7.4.1.1.2-1")]
#[doc(alias = "TS 38.211 Table 7.4.1.1.2-2")]
#[doc(alias = "TS 38.211 Table 6.4.1.1.3-1")]
#[doc(alias = "TS 38.211 Table 6.4.1.1.3-2")]
pub struct DmrsPort(u8);

impl DmrsPort {
    /// p - 1000 (or p).
    pub const fn offset(self) -> u8 {
        self.0
    }

    /// The CDM group that the port shares its elements with.
    pub const fn cdm_group(self, dmrs_type: DmrsType) -> usize {
        self.0 as usize / 2 % dmrs_type.cdm_groups()
    }

    /// w_f(k') for k' = 0 and 1.
    pub const fn frequency_code(self) -> [f32; 2] {
        if self.0.is_multiple_of(2) { [1.0, 1.0] } else { [1.0, -1.0] }
    }

    /// w_t(l') for l' = 0 and 1.
    pub const fn time_code(self, dmrs_type: DmrsType) -> [f32; 2] {
        if (self.0 as usize) < 2 * dmrs_type.cdm_groups() { [1.0, 1.0] } else { [1.0, -1.0] }
    }
}

/// The DM-RS ports of the layers of a PDSCH or PUSCH, in the order of the layers: 1 to 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DmrsPorts {
    ports: [DmrsPort; 8],
    len: u8,
}

impl DmrsPorts {
    /// From p - 1000 (or p) of each layer.
    ///
    /// # Errors
    /// If there are not 1 to 8, one lies above 11, or two are the same.
    pub fn new(offsets: &[u8]) -> Result<Self, ConfigError> {
        if !(1..=8).contains(&offsets.len()) {
            let rule = "must be as many as layers, 1 to 8";
            return Err(ConfigError::new("DM-RS ports", offsets.len(), rule, "TS 38.211 7.3.1.3"));
        }
        let mut ports = [DmrsPort(0); 8];
        for (i, &offset) in offsets.iter().enumerate() {
            if offset > 11 || offsets[..i].contains(&offset) {
                let rule = "must lie in 1000..=1011, each once";
                return Err(ConfigError::new("DM-RS port", 1000 + u16::from(offset), rule, CLAUSE));
            }
            ports[i] = DmrsPort(offset);
        }
        Ok(Self { ports, len: offsets.len() as u8 })
    }

    /// Port 1000 (or 0) alone.
    pub const fn single() -> Self {
        Self { ports: [DmrsPort(0); 8], len: 1 }
    }

    /// Ports 1000, 1001, … (or 0, 1, …) for so many layers.
    ///
    /// # Errors
    /// If there are not 1 to 8.
    pub fn first(n_layers: usize) -> Result<Self, ConfigError> {
        Self::new(&[0, 1, 2, 3, 4, 5, 6, 7, 8][..n_layers.min(9)])
    }

    /// The ports, one a layer.
    pub fn as_slice(&self) -> &[DmrsPort] {
        &self.ports[..self.len.into()]
    }

    /// Layers.
    pub const fn n_layers(&self) -> usize {
        self.len as usize
    }

    /// Checks that all are ports of a DM-RS of this type, with double symbols or without.
    ///
    /// # Errors
    /// If one is not.
    pub fn check(&self, dmrs_type: DmrsType, double: bool) -> Result<(), ConfigError> {
        let n_ports = 2 * dmrs_type.cdm_groups() * if double { 2 } else { 1 };
        let beyond = self.as_slice().iter().find(|port| usize::from(port.0) >= n_ports);
        beyond.map_or(Ok(()), |port| {
            let symbols = if double { "double" } else { "single" };
            let rule = format!("{symbols}-symbol DM-RS of type {dmrs_type:?} have ports 1000..={}", 999 + n_ports);
            Err(ConfigError::new("DM-RS port", 1000 + u16::from(port.0), rule, CLAUSE))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    #[test]
    fn the_tables() {
        for (dmrs_type, text, n_ports) in [
            (DmrsType::One, include_str!("../../tables/dmrs_ports_type1_7.4.1.1.2-1.csv"), 8),
            (DmrsType::Two, include_str!("../../tables/dmrs_ports_type2_7.4.1.1.2-2.csv"), 12),
        ] {
            let rows: Vec<Vec<i32>> =
                table::rows(text).map(|cells| cells.iter().map(|cell| cell.parse().unwrap()).collect()).collect();
            assert_eq!(rows.len(), n_ports);
            for row in rows {
                let port = DmrsPort(row[0] as u8);
                let group = port.cdm_group(dmrs_type);
                assert_eq!((group as i32, dmrs_type.delta(group) as i32), (row[1], row[2]));
                assert_eq!(port.frequency_code(), [row[3] as f32, row[4] as f32]);
                assert_eq!(port.time_code(dmrs_type), [row[5] as f32, row[6] as f32]);
            }
        }
    }

    #[test]
    fn what_is_no_port_is_refused() {
        assert!(DmrsPorts::new(&[]).is_err() && DmrsPorts::first(9).is_err() && DmrsPorts::first(0).is_err());
        assert!(DmrsPorts::new(&[0, 12]).is_err() && DmrsPorts::new(&[3, 3]).is_err());
        assert_eq!(DmrsPorts::first(1), Ok(DmrsPorts::single()));
        let ports = DmrsPorts::new(&[7, 2]).unwrap();
        assert_eq!(ports.as_slice().iter().map(|port| port.offset()).collect::<Vec<_>>(), [7, 2]);
        assert!(ports.check(DmrsType::One, true).is_ok());
        let error = ports.check(DmrsType::One, false).unwrap_err().to_string();
        assert!(error.contains("1007") && error.contains("1000..=1003"), "{error}");
        assert!(ports.check(DmrsType::Two, false).is_err() && ports.check(DmrsType::Two, true).is_ok());
    }
}
