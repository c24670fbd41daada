use super::{format, hex, prb_reference, runs, ssb_frequency_hz};
use nrflow_blocks::receive::Report;
use serde_json::{Map, Value, json};
use std::io::Write;

/// One JSON object a line; docs/json.md is the schema.
pub struct JsonLines<W> {
    out: W,
}

impl<W: Write> JsonLines<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    /// Writes the lines of a report.
    pub fn write(&mut self, report: &Report) -> anyhow::Result<()> {
        for line in lines(report) {
            // One write a line: other threads write lines too.
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            self.out.write_all(&text)?;
        }
        Ok(())
    }
}

/// The lines of a report.
pub fn lines(report: &Report) -> Vec<Value> {
    match report {
        Report::Ssb(report) => {
            let ssb = &report.ssb;
            let cell = json!({
                "kind": "cell",
                "pci": ssb.cell_id.get(),
                "ssb_frequency_hz": ssb_frequency_hz(report),
                "scs_khz": ssb.numerology.scs_khz(),
                "ssb_index": ssb.ssb_index,
                "sfn": ssb.sfn(),
                "half_frame": ssb.half_frame(),
                "frame_start_sample": ssb.frame_start_sample(),
                "rsrp_dbfs": decimals(ssb.rsrp_dbfs),
                "rsrq_db": decimals(ssb.rsrq_db),
                "sinr_db": decimals(ssb.sinr_db),
                "cfo_hz": decimals(ssb.cfo_hz as f32),
            });
            let mut mib = json!({
                "kind": "mib",
                "pci": ssb.cell_id.get(),
                "sfn": ssb.sfn(),
                "hex": format!("{:06x}", ssb.mib()),
                "k_ssb": ssb.k_ssb(),
                "l_max": report_l_max(ssb),
            });
            if let (Value::Object(mib), Ok(Value::Object(fields))) = (&mut mib, serde_json::to_value(report.mib.tree()))
            {
                flatten(mib, fields);
                if let Some(reason) = &report.cell.no_control {
                    mib.insert("no_coreset0".into(), json!(reason));
                }
            }
            vec![cell, mib]
        }
        Report::Dci(report) => {
            let dci = &report.dci;
            let mut line = json!({
                "kind": "dci",
                "pci": report.cell.cell_id.get(),
                "at": report.at.to_string(),
                "rnti": dci.rnti.to_string(),
                "format": format(report),
                "al": dci.candidate.level.get(),
                "cce": dci.candidate.first_cce,
                "bits": dci.bits.to_string(),
                "dmrs_snr_db": decimals(dci.dmrs_snr_db),
            });
            if let (Value::Object(line), Some(reason)) = (&mut line, &report.refused) {
                line.insert("refused".into(), json!(reason));
            }
            vec![line]
        }
        Report::Pdsch(report) => {
            let at = report.at.to_string();
            let pdsch = json!({
                "kind": "pdsch",
                "pci": report.cell.cell_id.get(),
                "at": at,
                "rnti": report.rnti.to_string(),
                "prb": runs(&report.prbs),
                "prb_reference": prb_reference(report),
                "symbols": format!("{}..{}", report.symbols.start, report.symbols.end - 1),
                "mcs": report.mcs,
                "rv": report.rv,
                "layers": report.layers,
                "retransmission": report.retransmission,
                "tbs_bits": report.tbs,
                "crc": report.figures.crc_ok,
                "all_zero": report.figures.all_zero,
                "evm_percent": decimals(report.figures.evm_percent),
                "snr_db": decimals(report.figures.snr_db),
                "hex": hex(&report.block),
            });
            let mut lines = vec![pdsch];
            if let Some(sib1) = &report.sib1 {
                let (sib1, bytes) = sib1.as_ref();
                lines.push(json!({
                    "kind": "sib1",
                    "pci": report.cell.cell_id.get(),
                    "at": at,
                    "hex": hex(&report.block[..*bytes]),
                    "fields": serde_json::to_value(sib1.tree()).unwrap_or(Value::Null),
                }));
            }
            if let Some(error) = &report.sib1_error {
                lines.push(json!({ "kind": "sib1", "pci": report.cell.cell_id.get(), "at": at, "hex": hex(&report.block), "error": error }));
            }
            if let Some(setup) = &report.setup {
                let mut line = json!({
                    "kind": "setup",
                    "pci": report.cell.cell_id.get(),
                    "at": at,
                    "rnti": report.rnti.to_string(),
                    "hex": hex(&setup.bytes),
                });
                if let Value::Object(line) = &mut line {
                    match &setup.message {
                        Ok(message) => {
                            let fields = serde_json::to_value(message.tree()).unwrap_or(Value::Null);
                            line.insert("fields".into(), fields);
                        }
                        Err(error) => drop(line.insert("error".into(), json!(error))),
                    }
                    if let Some(reason) = &setup.not_followed {
                        line.insert("not_followed".into(), json!(reason));
                    }
                }
                lines.push(line);
            }
            if let Some(rar) = &report.rar {
                for (rapid, response) in rar.responses() {
                    lines.push(json!({
                        "kind": "rar",
                        "pci": report.cell.cell_id.get(),
                        "at": at,
                        "rapid": rapid,
                        "timing_advance": response.timing_advance,
                        "tc_rnti": response.tc_rnti.to_string(),
                        "ul_grant": response.ul_grant.to_bits().iter().map(|b| char::from(b'0' + b)).collect::<String>(),
                    }));
                }
            }
            lines
        }
    }
}

fn report_l_max(ssb: &nrflow::ssb::FoundSsb) -> u8 {
    ssb.l_max.get()
}

/// Two decimals; what is no number becomes null.
fn decimals(x: f32) -> Value {
    json!((f64::from(x) * 100.0).round() / 100.0)
}

/// Nested fields beside the others, as `outer_inner` in snake case.
fn flatten(into: &mut Map<String, Value>, fields: Map<String, Value>) {
    for (name, value) in fields {
        match value {
            Value::Object(inner) => flatten(into, inner),
            value => {
                into.entry(name).or_insert(value);
            }
        }
    }
}
