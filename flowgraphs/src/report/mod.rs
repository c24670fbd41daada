//! Reports for people ([`Table`]) and for programs ([`JsonLines`]).

mod json;
mod table;
mod totals;

pub use json::JsonLines;
pub use table::Table;
pub use totals::Totals;

use nrflow_blocks::file::Recording;
use nrflow_blocks::receive::{CellReport, DciReport, PdschReport, PrbReference};

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Ascending numbers as `0..7` (both ends included), runs joined by commas.
pub fn runs(numbers: &[u16]) -> String {
    let mut text = String::new();
    let mut rest = numbers;
    while let Some(&first) = rest.first() {
        let n = rest.iter().enumerate().take_while(|&(i, &x)| usize::from(x) == usize::from(first) + i).count();
        if !text.is_empty() {
            text.push(',');
        }
        text += &format!("{first}..{}", usize::from(first) + n - 1);
        rest = &rest[n..];
    }
    text
}

/// The frequency of a cell's block: absolute if the recording's is known, else from its centre.
pub fn ssb_frequency_hz(report: &CellReport) -> f64 {
    report.cell.ssb_frequency_hz.map_or(report.ssb.ssb_offset_hz, |hz| hz as f64)
}

/// A line about a recording.
pub fn heading(recording: &Recording, frequency_hz: Option<f64>) -> String {
    let frequency = frequency_hz.map_or("unknown frequency".to_string(), |hz| format!("{:.6} MHz", hz / 1e6));
    format!(
        "{}: {:.3} s at {:.4} Msps around {frequency}",
        recording.path().display(),
        recording.duration_s(),
        recording.sample_rate_hz() / 1e6
    )
}

/// Format of a DCI.
pub fn format(report: &DciReport) -> &'static str {
    if report.format_1_1.is_some() {
        "1_1"
    } else if report.format_0_1.is_some() {
        "0_1"
    } else if report.format_0_0.is_some() {
        "0_0"
    } else {
        "1_0"
    }
}

/// What the block numbers of a PDSCH count from.
pub fn prb_reference(report: &PdschReport) -> &'static str {
    match report.prb_reference {
        PrbReference::Coreset0 => "coreset0",
        PrbReference::Carrier => "carrier",
        PrbReference::BandwidthPart => "bwp",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn runs_name_both_ends() {
        assert_eq!(super::runs(&[]), "");
        assert_eq!(super::runs(&[3]), "3..3");
        assert_eq!(super::runs(&[0, 1, 2, 6, 7, 9]), "0..2,6..7,9..9");
    }
}
