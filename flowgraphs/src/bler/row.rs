use serde_json::json;
use std::io::Write;

/// What a figure has to keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Requirement {
    /// A share in percent.
    AtLeastPercent(f64),
    /// A loss.
    AtMostDb(f64),
    /// A number of cells.
    NoCell,
    /// A loss that nothing is required of.
    NoneDb,
}

/// A measured figure.
#[derive(Clone, Debug)]
pub struct Row {
    /// The group, as `--only` names it.
    pub group: &'static str,
    /// What was measured.
    pub case: String,
    /// What is required of it.
    pub requirement: Requirement,
    /// The figure, in the requirement's unit.
    pub measured: f64,
    /// Its standard error, where one is known.
    pub standard_error: Option<f64>,
    /// Figures behind the figure.
    pub detail: String,
    /// Blocks (trials, half frames) that it rests on.
    pub blocks: u64,
}

/// Writes the heading of the lines.
pub fn write_heading(out: &mut impl Write) -> std::io::Result<()> {
    line(out, ["", "case", "required", "measured", "blocks", "", ""])
}

fn line(out: &mut impl Write, cells: [&str; 7]) -> std::io::Result<()> {
    let [group, case, required, measured, blocks, verdict, detail] = cells;
    let text = format!("{group:<5}  {case:<48}  {required:<10}  {measured:<16}  {blocks:>6}  {verdict:<7}  {detail}");
    writeln!(out, "{}", text.trim_end())
}

impl Row {
    /// Whether the requirement is met, if there is one.
    pub fn met(&self) -> Option<bool> {
        match self.requirement {
            Requirement::AtLeastPercent(limit) => Some(self.measured >= limit),
            Requirement::AtMostDb(limit) => Some(self.measured <= limit),
            Requirement::NoCell => Some(self.measured == 0.0),
            Requirement::NoneDb => None,
        }
    }

    /// Writes the line for people.
    pub fn write_line(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let required = match self.requirement {
            Requirement::AtLeastPercent(limit) => format!(">= {limit:.0} %"),
            Requirement::AtMostDb(limit) => format!("<= {limit:.1} dB"),
            Requirement::NoCell => "0 cells".to_string(),
            Requirement::NoneDb => String::new(),
        };
        let figure = match self.requirement {
            Requirement::AtLeastPercent(_) => format!("{:.1} %", self.measured),
            Requirement::AtMostDb(_) | Requirement::NoneDb => match self.standard_error {
                Some(error) => format!("{:+.3} ±{error:.3} dB", self.measured),
                None => format!("{:+.3} dB", self.measured),
            },
            Requirement::NoCell => format!("{} cells", self.measured),
        };
        let verdict = self.met().map_or("", |met| if met { "met" } else { "NOT MET" });
        let cells = [self.group, &self.case, &required, &figure, &self.blocks.to_string(), verdict, &self.detail];
        Ok(line(out, cells)?)
    }

    /// Writes the line for programs; docs/json.md is the schema.
    pub fn write_json(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let (unit, at_least, at_most) = match self.requirement {
            Requirement::AtLeastPercent(limit) => ("percent", Some(limit), None),
            Requirement::AtMostDb(limit) => ("dB", None, Some(limit)),
            Requirement::NoCell => ("cells", None, Some(0.0)),
            Requirement::NoneDb => ("dB", None, None),
        };
        let thousandths = |x: f64| (x * 1000.0).round() / 1000.0;
        let object = json!({
            "kind": "bler",
            "group": self.group,
            "case": self.case,
            "unit": unit,
            "at_least": at_least,
            "at_most": at_most,
            "measured": thousandths(self.measured),
            "standard_error": self.standard_error.map(thousandths),
            "blocks": self.blocks,
            "met": self.met(),
            "detail": self.detail,
        });
        serde_json::to_writer(&mut *out, &object)?;
        Ok(writeln!(out)?)
    }
}
