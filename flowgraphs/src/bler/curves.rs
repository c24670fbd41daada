use anyhow::Context;
use nrflow::quality::RequiredSnr;
use plotters::prelude::*;
use std::path::{Path, PathBuf};

/// A curve of error rates.
pub struct Curve {
    /// What it is of.
    pub name: String,
    /// Drawn with dashes: a reference.
    pub dashed: bool,
    /// Its colour, by number: a curve and its reference share one.
    pub colour: usize,
    /// What it follows from.
    pub needed: RequiredSnr,
    /// The ratios that it covers, in dB.
    pub range_db: std::ops::Range<f64>,
}

/// Draws figures of error rates over signal-to-noise ratios into a folder, or nothing.
pub struct Figures {
    folder: Option<PathBuf>,
}

/// The lowest error rate drawn.
const LEAST: f64 = 1e-3;
const STEP_DB: f64 = 0.05;

impl Figures {
    /// Into `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new(folder: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        Ok(Self { folder: folder.map(Path::to_path_buf) })
    }

    /// Draws `curves` as `<name>.svg`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn draw(&self, name: &str, title: &str, curves: &[Curve]) -> anyhow::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.join(format!("{name}.svg"));
        let drawn = draw(title, curves).with_context(|| format!("cannot draw {}", path.display()))?;
        std::fs::write(&path, drawn).with_context(|| format!("cannot write {}", path.display()))
    }
}

fn draw(title: &str, curves: &[Curve]) -> anyhow::Result<String> {
    let low = curves.iter().map(|curve| curve.range_db.start).fold(f64::INFINITY, f64::min);
    let high = curves.iter().map(|curve| curve.range_db.end).fold(f64::NEG_INFINITY, f64::max);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (880, 520)).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d(low..high, (LEAST..1.0).log_scale())?;
        chart.configure_mesh().x_desc("SNR per element (dB)").y_desc("BLER").draw()?;
        for curve in curves {
            let colour = Palette99::pick(curve.colour).to_rgba();
            let steps = ((curve.range_db.end - curve.range_db.start) / STEP_DB) as usize;
            let points = (0..=steps).filter_map(|i| {
                let snr_db = curve.range_db.start + STEP_DB * i as f64;
                Some((snr_db, curve.needed.bler_at(snr_db).filter(|bler| *bler >= LEAST)?))
            });
            let drawn = if curve.dashed {
                chart.draw_series(DashedLineSeries::new(points, 5, 4, colour.stroke_width(1)))?
            } else {
                chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            };
            let sample = move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2));
            if !curve.dashed {
                drawn.label(curve.name.clone()).legend(sample);
            }
        }
        chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK).draw()?;
        root.present()?;
    }
    Ok(svg)
}
