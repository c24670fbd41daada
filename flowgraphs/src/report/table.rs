use super::{format, hex, runs, ssb_frequency_hz};
use nrflow::pdcch::RntiKind;
use nrflow_blocks::receive::{CellReport, DciReport, PdschReport, Report, SetupReport};
use std::collections::HashSet;
use std::io::Write;

/// Lines for a person: each cell and beam once, each MIB that differs in more than its frame number, every DCI and
/// PDSCH, each SIB1 once.
pub struct Table<W> {
    out: W,
    beams: HashSet<(usize, u8)>,
    mibs: HashSet<(usize, u32)>,
    blocks: HashSet<(usize, Vec<u8>)>,
}

impl<W: Write> Table<W> {
    /// Begins with a line about where the samples come from.
    pub fn new(mut out: W, heading: &str) -> anyhow::Result<Self> {
        writeln!(out, "{heading}")?;
        Ok(Self { out, beams: HashSet::new(), mibs: HashSet::new(), blocks: HashSet::new() })
    }

    /// Writes the lines of a report.
    pub fn write(&mut self, report: &Report) -> anyhow::Result<()> {
        match report {
            Report::Ssb(report) => self.ssb(report),
            Report::Dci(report) => self.dci(report),
            Report::Pdsch(report) => self.pdsch(report),
        }
    }

    fn ssb(&mut self, report: &CellReport) -> anyhow::Result<()> {
        let ssb = &report.ssb;
        let cell = report.cell.index;
        if self.beams.insert((cell, ssb.ssb_index)) {
            writeln!(
                self.out,
                "cell  PCI {:<4} SSB {} at {:.6} MHz {} kHz  RSRP {:.1} dBFS  RSRQ {:.1} dB  SINR {:.1} dB  \
                 CFO {:+.0} Hz  SFN {} begins at sample {}",
                ssb.cell_id.get(),
                ssb.ssb_index,
                ssb_frequency_hz(report) / 1e6,
                ssb.numerology.scs_khz(),
                ssb.rsrp_dbfs,
                ssb.rsrq_db,
                ssb.sinr_db,
                ssb.cfo_hz,
                ssb.sfn(),
                ssb.frame_start_sample()
            )?;
        }
        // Bits 1 to 6 are the frame number.
        if self.mibs.insert((cell, ssb.mib() & 0x81_ffff)) {
            let fields: Vec<String> =
                report.mib.fields().into_iter().map(|(name, value)| format!("{name} {value}")).collect();
            writeln!(
                self.out,
                "mib   PCI {:<4} {:06x}  SFN {}  k_SSB {}  {}",
                ssb.cell_id.get(),
                ssb.mib(),
                ssb.sfn(),
                ssb.k_ssb(),
                fields.join("  ")
            )?;
            if let Some(reason) = &report.cell.no_control {
                writeln!(self.out, "      {reason}")?;
            }
        }
        Ok(())
    }

    fn dci(&mut self, report: &DciReport) -> anyhow::Result<()> {
        let dci = &report.dci;
        write!(
            self.out,
            "dci   PCI {:<4} {:<8} {} {:<3} format {}  AL {} CCE {}  DM-RS SNR {:.1} dB  {}",
            report.cell.cell_id.get(),
            report.at.to_string(),
            dci.rnti,
            dci.kind.map_or("", kind),
            format(report),
            dci.candidate.level.get(),
            dci.candidate.first_cce,
            dci.dmrs_snr_db,
            dci.bits
        )?;
        match &report.refused {
            Some(reason) => writeln!(self.out, "\n      not followed: {reason}")?,
            None => writeln!(self.out)?,
        }
        Ok(())
    }

    fn pdsch(&mut self, report: &PdschReport) -> anyhow::Result<()> {
        writeln!(
            self.out,
            "pdsch PCI {:<4} {:<8} {} {:<3} PRB {}  symbols {}..{}  MCS {} RV {}  {} bits  CRC {}  EVM {:.1} %  SNR {:.1} dB",
            report.cell.cell_id.get(),
            report.at.to_string(),
            report.rnti,
            kind(report.kind),
            runs(&report.prbs),
            report.symbols.start,
            report.symbols.end - 1,
            report.mcs,
            report.rv,
            report.tbs,
            if report.figures.crc_ok { "ok" } else { "FAILED" },
            report.figures.evm_percent,
            report.figures.snr_db
        )?;
        if !report.figures.crc_ok {
            return Ok(());
        }
        if self.blocks.insert((report.cell.index, report.block.clone())) {
            match (&report.sib1, &report.rar) {
                (Some(sib1), _) => {
                    writeln!(self.out, "sib1  PCI {:<4} {}", report.cell.cell_id.get(), hex(&report.block[..sib1.1]))?;
                    for (name, value) in sib1.0.fields() {
                        writeln!(self.out, "      {name} = {value}")?;
                    }
                }
                (None, Some(rar)) => {
                    for (rapid, response) in rar.responses() {
                        writeln!(
                            self.out,
                            "rar   PCI {:<4} preamble {rapid}  timing advance {}  TC-RNTI {}  UL grant {:?}",
                            report.cell.cell_id.get(),
                            response.timing_advance,
                            response.tc_rnti,
                            response.ul_grant
                        )?;
                    }
                }
                (None, None) => writeln!(self.out, "      {}", hex(&report.block))?,
            }
            if let Some(setup) = &report.setup {
                self.setup(report, setup)?;
            }
        }
        if let Some(error) = &report.sib1_error {
            writeln!(self.out, "      no SIB1: {error}")?;
        }
        Ok(())
    }
}

impl<W: Write> Table<W> {
    fn setup(&mut self, report: &PdschReport, setup: &SetupReport) -> anyhow::Result<()> {
        writeln!(self.out, "setup PCI {:<4} {} {}", report.cell.cell_id.get(), report.rnti, hex(&setup.bytes))?;
        match &setup.message {
            Ok(message) => {
                for (name, value) in message.fields() {
                    writeln!(self.out, "      {name} = {value}")?;
                }
            }
            Err(error) => writeln!(self.out, "      no message of the CCCH: {error}")?,
        }
        if let Some(reason) = &setup.not_followed {
            writeln!(self.out, "      device not followed: {reason}")?;
        }
        Ok(())
    }
}

fn kind(kind: RntiKind) -> &'static str {
    match kind {
        RntiKind::Si => "SI",
        RntiKind::P => "P",
        RntiKind::Ra => "RA",
        RntiKind::Tc => "TC",
        RntiKind::C => "C",
    }
}
