use super::DmrsConfiguration;
use crate::ConfigError;
use crate::reference_signal::dmrs::{DmrsLength, DmrsType};
use crate::reference_signal::dmrs_port::DmrsPorts;
use crate::table;
use std::sync::LazyLock;

/// What the antenna port field of formats 1_1 and 1_2 says: the DM-RS ports of a PDSCH, one a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.212 Tables 7.3.1.2.2-1 to -4A")]
pub struct AntennaPorts {
    /// DM-RS CDM groups without data, 1..=3.
    pub cdm_groups_without_data: u8,
    /// The port of each layer, in the order of the table's row.
    pub ports: DmrsPorts,
    /// Front-load symbols.
    pub front_load: DmrsLength,
}

struct Row {
    dmrs_type: DmrsType,
    max_length: DmrsLength,
    /// Of the tables for two TCI states.
    two_states: bool,
    n_codewords: u8,
    value: u8,
    ports: AntennaPorts,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let row = |cells: Vec<&str>| {
        let (dmrs_type, max_length) = match &cells[0][..1] {
            "1" => (DmrsType::One, DmrsLength::Single),
            "2" => (DmrsType::One, DmrsLength::Double),
            "3" => (DmrsType::Two, DmrsLength::Single),
            _ => (DmrsType::Two, DmrsLength::Double),
        };
        let offsets: Vec<u8> = cells[4].split(' ').map(table::number).collect();
        let Ok(ports) = DmrsPorts::new(&offsets) else { panic!("embedded table: '{}' are no ports", cells[4]) };
        let ports = AntennaPorts {
            cdm_groups_without_data: table::number(cells[3]),
            ports,
            front_load: if cells[5] == "2" { DmrsLength::Double } else { DmrsLength::Single },
        };
        Row {
            dmrs_type,
            max_length,
            two_states: cells[0].ends_with('A'),
            n_codewords: table::number(cells[1]),
            value: table::number(cells[2]),
            ports,
        }
    };
    table::rows(include_str!("../../../tables/antenna_ports_7.3.1.2.2-1_4A.csv")).map(row).collect()
});

impl AntennaPorts {
    /// What `value` of the field stands for, of a PDSCH with `n_codewords` (1 or 2: transport blocks that are enabled)
    /// whose mapping type has the DM-RS configuration `dmrs`. `two_tci_states`: a codepoint of the TCI field stands for
    /// two states, so Tables 7.3.1.2.2-1A to -4A hold.
    ///
    /// # Errors
    /// If the value is reserved.
    pub fn lookup(
        dmrs: DmrsConfiguration,
        n_codewords: u8,
        value: u8,
        two_tci_states: bool,
    ) -> Result<Self, ConfigError> {
        let matches = |row: &&Row| {
            row.dmrs_type == dmrs.dmrs_type
                && row.max_length == dmrs.max_length
                && row.n_codewords == n_codewords
                && row.value == value
                && (two_tci_states || !row.two_states)
        };
        ROWS.iter().find(matches).map(|row| row.ports).ok_or_else(|| {
            let rule = format!("is reserved with {dmrs:?} and {n_codewords} codewords");
            ConfigError::new("antenna ports", value, rule, "TS 38.212 Tables 7.3.1.2.2-1 to -4A")
        })
    }

    /// The value of the field that stands for these ports.
    ///
    /// # Errors
    /// If no value does.
    pub fn value(self, dmrs: DmrsConfiguration, n_codewords: u8, two_tci_states: bool) -> Result<u8, ConfigError> {
        let matches = |row: &&Row| {
            row.dmrs_type == dmrs.dmrs_type
                && row.max_length == dmrs.max_length
                && row.n_codewords == n_codewords
                && row.ports == self
                && (two_tci_states || !row.two_states)
        };
        ROWS.iter().find(matches).map(|row| row.value).ok_or_else(|| {
            let rule = format!("have no value with {dmrs:?} and {n_codewords} codewords");
            ConfigError::new("antenna ports", format!("{self:?}"), rule, "TS 38.212 Tables 7.3.1.2.2-1 to -4A")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdcch::dci::parameters::antenna_port_bits;

    const ALL: [DmrsConfiguration; 4] = [
        DmrsConfiguration { dmrs_type: DmrsType::One, max_length: DmrsLength::Single },
        DmrsConfiguration { dmrs_type: DmrsType::One, max_length: DmrsLength::Double },
        DmrsConfiguration { dmrs_type: DmrsType::Two, max_length: DmrsLength::Single },
        DmrsConfiguration { dmrs_type: DmrsType::Two, max_length: DmrsLength::Double },
    ];

    #[test]
    fn every_row_can_be_sent() {
        // Rows of one codeword and of two, without and with those of two TCI states.
        let rows = [(12, 0, 13), (31, 4, 32), (24, 2, 25), (58, 6, 59)];
        for (dmrs, (one, two, one_of_a)) in ALL.into_iter().zip(rows) {
            for (n_codewords, two_states, n_rows) in [(1, false, one), (2, false, two), (1, true, one_of_a)] {
                let n_values = 1u8 << antenna_port_bits(dmrs);
                let found: Vec<(u8, AntennaPorts)> = (0..n_values)
                    .filter_map(|v| Some((v, AntennaPorts::lookup(dmrs, n_codewords, v, two_states).ok()?)))
                    .collect();
                assert!(found.iter().map(|f| f.0).eq(0..n_rows), "{dmrs:?}");
                for (value, ports) in found {
                    let what = format!("{dmrs:?}, {n_codewords} codewords, {value}: {ports:?}");
                    let expected_layers = if n_codewords == 1 { 1..=4 } else { 5..=8 };
                    assert!(expected_layers.contains(&ports.ports.n_layers()), "{what}");
                    // Ports lie in the groups without data, and are ports of so many symbols.
                    for port in ports.ports.as_slice() {
                        let group = port.cdm_group(dmrs.dmrs_type);
                        assert!(group < usize::from(ports.cdm_groups_without_data), "{what}");
                    }
                    let double = ports.front_load == DmrsLength::Double;
                    assert!(ports.ports.check(dmrs.dmrs_type, double).is_ok(), "{what}");
                    assert!(usize::from(ports.cdm_groups_without_data) <= dmrs.dmrs_type.cdm_groups(), "{what}");
                    assert!(ports.front_load == DmrsLength::Single || dmrs.max_length == DmrsLength::Double);
                    assert_eq!(ports.value(dmrs, n_codewords, two_states), Ok(value), "{what}");
                }
            }
        }
        let error = AntennaPorts::lookup(ALL[0], 2, 0, false).unwrap_err();
        assert_eq!(error.clause(), "TS 38.212 Tables 7.3.1.2.2-1 to -4A");
        let ports = AntennaPorts::lookup(ALL[3], 1, 44, false).unwrap().ports;
        assert_eq!(ports, DmrsPorts::new(&[4, 5, 10]).unwrap());
    }
}
