use nrflow::frame::Gscn;
use nrflow_blocks::receive::{CellReport, PdschReport, Report};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// A cell that a scan found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScannedCell {
    /// Physical cell identity.
    pub pci: u16,
    /// Frequency of the SS/PBCH block in Hz: absolute, or from the recording's centre if that is unknown.
    pub ssb_frequency_hz: f64,
    /// Its number on the synchronisation raster, if it lies there.
    pub gscn: Option<u16>,
    /// Subcarrier spacing of the block.
    pub scs_khz: u32,
    /// SS/PBCH blocks by index, the best reception of each.
    pub beams: Vec<Beam>,
    /// Of the strongest beam, dB of full scale.
    pub rsrp_dbfs: f32,
    /// Of the strongest beam.
    pub rsrq_db: f32,
    /// Of the strongest beam.
    pub sinr_db: f32,
    /// Carrier frequency offset.
    pub cfo_hz: f64,
    /// The MIB's 24 bits in hexadecimal digits.
    pub mib: String,
    /// The MIB's fields.
    pub mib_fields: Value,
    /// What SIB1 says of who the cell is.
    pub sib1: Option<Identity>,
    /// Why there is no SIB1, if the MIB says so or it lies out of reach.
    pub no_sib1: Option<String>,
}

/// A beam of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beam {
    /// SSB index.
    pub index: u8,
    /// dB of full scale.
    pub rsrp_dbfs: f32,
    /// dB.
    pub sinr_db: f32,
}

/// Who a cell is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Operators, as 262-01.
    pub operators: Vec<String>,
    /// 36 bits of the first operator's list.
    pub cell_identity: u64,
    /// Tracking area code of the first list, if it has one.
    pub tracking_area_code: Option<u32>,
    /// The message in hexadecimal digits.
    pub hex: String,
}

/// Cells, each once, gathered from reports.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cells(Vec<ScannedCell>);

impl Cells {
    /// Adds what a report says; reports of one receiver.
    pub fn take(&mut self, report: &Report) {
        match report {
            Report::Ssb(report) => self.ssb(report),
            Report::Pdsch(report) => self.sib1(report),
            Report::Dci(_) => {}
        }
    }

    fn ssb(&mut self, report: &CellReport) {
        let ssb = &report.ssb;
        let frequency_hz = crate::report::ssb_frequency_hz(report);
        let beam = Beam { index: ssb.ssb_index, rsrp_dbfs: ssb.rsrp_dbfs, sinr_db: ssb.sinr_db };
        let known = self.0.iter().position(|cell| {
            cell.pci == ssb.cell_id.get()
                && cell.scs_khz == ssb.numerology.scs_khz()
                && (cell.ssb_frequency_hz - frequency_hz).abs() < 1e5
        });
        let index = known.unwrap_or_else(|| {
            let gscn = report.cell.ssb_frequency_hz.and_then(|hz| Gscn::from_hz(hz).ok());
            self.0.push(ScannedCell {
                pci: ssb.cell_id.get(),
                ssb_frequency_hz: frequency_hz,
                gscn: gscn.map(Gscn::get),
                scs_khz: ssb.numerology.scs_khz(),
                beams: Vec::new(),
                rsrp_dbfs: f32::NEG_INFINITY,
                rsrq_db: 0.0,
                sinr_db: 0.0,
                cfo_hz: 0.0,
                mib: format!("{:06x}", ssb.mib()),
                mib_fields: serde_json::to_value(report.mib.tree()).unwrap_or(Value::Null),
                sib1: None,
                no_sib1: None,
            });
            self.0.len() - 1
        });
        let cell = &mut self.0[index];
        match cell.beams.iter_mut().find(|known| known.index == beam.index) {
            Some(known) if known.sinr_db < beam.sinr_db => *known = beam,
            Some(_) => {}
            None => {
                cell.beams.push(beam);
                cell.beams.sort_by_key(|beam| beam.index);
            }
        }
        if ssb.rsrp_dbfs > cell.rsrp_dbfs {
            (cell.rsrp_dbfs, cell.rsrq_db, cell.sinr_db) = (ssb.rsrp_dbfs, ssb.rsrq_db, ssb.sinr_db);
            cell.cfo_hz = ssb.cfo_hz;
        }
        cell.no_sib1.clone_from(&report.cell.no_control);
    }

    fn sib1(&mut self, report: &PdschReport) {
        let Some(sib1) = &report.sib1 else { return };
        let (sib1, bytes) = sib1.as_ref();
        let hz = report.cell.ssb.as_ref().map(|ssb| (ssb.numerology.scs_khz(), ssb.ssb_offset_hz));
        let Some((scs_khz, offset_hz)) = hz else { return };
        let frequency_hz = report.cell.ssb_frequency_hz.map_or(offset_hz, |hz| hz as f64);
        let info = &sib1.cell_access_related_info;
        let first = info.plmn_identity_info_list.first();
        let identity = Identity {
            operators: info.plmns().iter().map(ToString::to_string).collect(),
            cell_identity: first.map_or(0, |first| first.cell_identity),
            tracking_area_code: first.and_then(|first| first.tracking_area_code),
            hex: crate::report::hex(&report.block[..*bytes]),
        };
        let cell = self.0.iter_mut().find(|cell| {
            cell.pci == report.cell.cell_id.get()
                && cell.scs_khz == scs_khz
                && (cell.ssb_frequency_hz - frequency_hz).abs() < 1e5
        });
        if let Some(cell) = cell {
            cell.sib1 = Some(identity);
            cell.no_sib1 = None;
        }
    }

    /// Adds those of another look; of a cell that both have, the stronger reception and whatever SIB1 there is.
    pub fn merge(&mut self, other: Self) {
        for mut cell in other.0 {
            let same = |known: &&mut ScannedCell| {
                known.pci == cell.pci
                    && known.scs_khz == cell.scs_khz
                    && (known.ssb_frequency_hz - cell.ssb_frequency_hz).abs() < 1e5
            };
            match self.0.iter_mut().find(same) {
                Some(known) => {
                    cell.sib1 = cell.sib1.take().or(known.sib1.take());
                    if known.rsrp_dbfs > cell.rsrp_dbfs {
                        known.sib1 = cell.sib1;
                    } else {
                        *known = cell;
                    }
                }
                None => self.0.push(cell),
            }
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those whose SIB1 may still be read, the strongest first: their blocks' frequencies in Hz.
    pub fn wanting_sib1(&self) -> Vec<f64> {
        // A MIB that says that there is no SIB1 is the last word; one that is only out of reach is not.
        let wanting = self.0.iter().filter(|cell| {
            cell.sib1.is_none() && cell.no_sib1.as_ref().is_none_or(|reason| reason.contains("lies outside"))
        });
        let mut wanting: Vec<&ScannedCell> = wanting.collect();
        wanting.sort_by(|a, b| b.rsrp_dbfs.total_cmp(&a.rsrp_dbfs));
        wanting.into_iter().map(|cell| cell.ssb_frequency_hz).collect()
    }

    /// All, the strongest first.
    pub fn by_strength(&self) -> Vec<&ScannedCell> {
        let mut cells: Vec<&ScannedCell> = self.0.iter().collect();
        cells.sort_by(|a, b| b.rsrp_dbfs.total_cmp(&a.rsrp_dbfs));
        cells
    }
}

impl fmt::Display for ScannedCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beams: Vec<String> = self.beams.iter().map(|beam| beam.index.to_string()).collect();
        let gscn = self.gscn.map_or("-".to_string(), |gscn| gscn.to_string());
        write!(
            f,
            "PCI {:<4} {:>12.6} MHz  GSCN {gscn:<5} {:>3} kHz  SSB {:<8} RSRP {:>6.1} dBFS  RSRQ {:>5.1} dB  SINR {:>5.1} dB  \
             CFO {:>+7.0} Hz  MIB {}",
            self.pci,
            self.ssb_frequency_hz / 1e6,
            self.scs_khz,
            beams.join(","),
            self.rsrp_dbfs,
            self.rsrq_db,
            self.sinr_db,
            self.cfo_hz,
            self.mib
        )?;
        match (&self.sib1, &self.no_sib1) {
            (Some(sib1), _) => {
                write!(f, "  {}  cell {:09x}", sib1.operators.join(" "), sib1.cell_identity)?;
                sib1.tracking_area_code.map_or(Ok(()), |tac| write!(f, "  TAC {tac}"))
            }
            (None, Some(reason)) => write!(f, "  no SIB1: {reason}"),
            (None, None) => f.write_str("  no SIB1 received"),
        }
    }
}
