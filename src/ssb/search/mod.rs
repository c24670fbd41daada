//! Blind cell search over a stream of samples.

mod config;
mod find;
mod fold;
mod found;
mod measure;
mod plan;
mod pss_time;
mod ring;
mod scan;
mod sss_correlator;
mod sync;
#[cfg(test)]
mod tests;
mod track;

pub use config::{CellSearchConfig, SearchRaster, Sensitivity};
pub use found::{CellSummary, FoundSsb, SymbolPhase};

use crate::ofdm::Resampler;
use crate::{Complex32, ConfigError};
use find::Finder;
use plan::{Point, RatePlan};
use ring::History;
use rustfft::FftPlanner;
use scan::{Candidate, Candidates, Level, Scanner};

/// Points up to which a first look at less sensitivity saves nothing.
const FEW_POINTS: usize = 3;
/// Points up to which the repetitions of weak blocks are summed: memory.
const MOST_FOLDED: usize = 24;

/// One look at the stream: some frequencies at some sensitivity.
struct Pass {
    points: Vec<Point>,
    level: Level,
    scanners: Vec<Scanner>,
    candidates: Candidates,
    /// Stream position up to which it looks.
    until: i64,
    /// Where the stretch ends whose candidates are being collected.
    stretch_end: i64,
    /// Whether it need not be drawn out for weak blocks (any more): it sums no repetitions, or was.
    listened: bool,
}

/// What a pass looks at, before it is begun.
#[derive(Clone)]
struct PassPlan {
    points: Vec<Point>,
    level: Level,
}

/// Finds every SS/PBCH block in a stream, knowing nothing but its sample rate (and, if at all, its frequency), and
/// follows the cells found.
///
/// Samples are pushed in chunks of any size. A first look covers the synchronisation raster of the bands at the
/// stream's frequency; if it finds nothing, further ones look harder, and everywhere in the band. PSS are found
/// by correlation over the block's useful part for three sequences and carrier offsets to 1.5 subcarriers (and by the
/// sum over repetitions 20 ms apart); the SSS gives the cell, its DM-RS the index, and only a block whose PBCH
/// passes its CRC is reported. Then the known cells are visited at every place where a block of theirs may be.
///
/// Memory is bounded: some tens of ms of samples, and tables.
pub struct CellSearch {
    config: CellSearchConfig,
    /// Samples a second of the history: those of the stream, unless it is resampled.
    rate: u64,
    resampler: Option<Resampler>,
    resampled: Vec<Complex32>,
    clean: Vec<Complex32>,
    plans: Vec<RatePlan>,
    planner: FftPlanner<f32>,
    history: History,
    ladder: Vec<PassPlan>,
    /// The next pass of the ladder, if this one finds nothing.
    stage: usize,
    pass: Option<Pass>,
    /// The pass to go on with when the ladder is done.
    home: Option<Pass>,
    /// When the next look begins.
    rescan_at: Option<i64>,
    /// Stream position up to which the last look went that covered the whole band.
    looked_until: i64,
    /// Whether the frequencies off the raster have had their look.
    looked_everywhere: bool,
    finder: Finder,
    taken: Vec<Candidate>,
    /// Samples of the stream so far, those that were skipped included.
    taken_in: u64,
    /// Samples of the stream a working sample, and how many of them lie before the first since the stream began anew,
    /// besides whole working samples.
    stretch: f64,
    correction: f64,
}

impl CellSearch {
    /// Plans a search: transforms, tables and the history of the stream.
    ///
    /// # Errors
    /// If the band is too narrow for each of the numerologies asked for.
    pub fn new(config: &CellSearchConfig) -> Result<Self, ConfigError> {
        let config = config.clone();
        let rate = plan::working_rate(config.sample_rate_hz, &config.numerologies);
        let resampler = (rate != config.sample_rate_hz)
            .then(|| Resampler::with_passband(config.sample_rate_hz, rate, 0.95))
            .transpose()?;
        let plans: Vec<RatePlan> = config.numerologies.iter().filter_map(|&n| RatePlan::new(rate, n)).collect();
        if plans.is_empty() {
            let widest = config.numerologies.iter().map(|n| n.scs_khz()).min().unwrap_or(15);
            let rule = format!("must be at least {} kHz for a block of {widest} kHz SCS", 240 * widest);
            return Err(ConfigError::new("sample rate", config.sample_rate_hz, rule, "TS 38.211 7.4.3.1"));
        }
        let mut planner = FftPlanner::new();
        let ladder = ladder(&config, &plans);
        let folded = ladder.iter().any(is_folded);
        let keep_ms = if folded { 66 } else { config.window_ms + 12 };
        let history = History::new((rate as f64 * f64::from(keep_ms) * 1e-3) as usize);
        let stretch = config.sample_rate_hz as f64 / rate as f64;
        let by_bands = matches!(config.raster, SearchRaster::Auto | SearchRaster::Bands);
        let centre_hz = config.centre_frequency_hz.map(|hz| hz as f64);
        let finder = Finder::new(&plans, stretch, centre_hz, by_bands, &mut planner);
        let mut search = Self {
            config,
            rate,
            resampler,
            resampled: Vec::new(),
            clean: Vec::new(),
            plans,
            planner,
            history,
            ladder,
            stage: 0,
            pass: None,
            home: None,
            rescan_at: None,
            looked_until: 0,
            looked_everywhere: false,
            finder,
            taken: Vec::new(),
            taken_in: 0,
            stretch,
            correction: 0.0,
        };
        search.begin(0, search.window());
        Ok(search)
    }

    /// Takes in the next samples; blocks found in the meantime are appended to `found`. What is no finite number counts
    /// as zero.
    pub fn push(&mut self, samples: &[Complex32], found: &mut Vec<FoundSsb>) {
        let before = found.len();
        // Long input goes through in pieces, so that the history stays short.
        let piece = (self.config.sample_rate_hz / 500) as usize;
        for samples in samples.chunks(piece.max(1)) {
            self.taken_in += samples.len() as u64;
            if let Some(resampler) = &mut self.resampler {
                self.resampled.clear();
                // One sample that is no number would spoil a whole filter length.
                self.clean.clear();
                self.clean.extend(samples.iter().map(|&z| ring::clean(z)));
                resampler.process_into(&self.clean, &mut self.resampled);
                self.history.push(&self.resampled);
            } else {
                self.history.push(samples);
            }
            self.advance(self.history.end(), found);
            // Who only follows cells looks back no further than a half frame and the block at its end.
            let following = self.pass.is_none() && !self.finder.known().is_empty();
            self.history.trim(following.then_some((self.rate / 80) as usize));
        }
        self.correct(&mut found[before..]);
    }

    /// Brings the times of blocks to the stream's.
    fn correct(&self, found: &mut [FoundSsb]) {
        for ssb in found {
            ssb.ssb_start += self.correction;
            ssb.frame_start += self.correction;
        }
    }

    /// Leaves `n_samples` of the stream out, which were not received: the times of what follows are later by as much.
    /// Known cells are expected where their clock says.
    pub fn skip(&mut self, n_samples: u64) {
        let end = self.history.end();
        self.taken_in += n_samples;
        let start = self.begin_anew();
        self.finder.skip(start - end, self.rate);
        if let Some(pass) = self.pass.take() {
            let plan = PassPlan { points: pass.points, level: pass.level };
            self.begin_pass(&plan, start, start + self.window());
        }
    }

    /// Begins anew where an unknown time lies between what was pushed and what comes next: the first look is a thorough
    /// one at the frequencies of the known cells, which are forgotten.
    pub fn restart(&mut self) {
        let start = self.begin_anew();
        let mut points: Vec<Point> = Vec::new();
        for known in self.finder.known() {
            if !points.contains(&known.point) {
                points.push(known.point);
            }
        }
        self.finder.forget();
        (self.stage, self.home, self.rescan_at, self.looked_everywhere) = (0, None, None, false);
        if points.is_empty() {
            self.begin(start, start + self.window());
        } else {
            self.begin_pass(&PassPlan { points, level: Level::Full }, start, start + self.window());
        }
    }

    /// Visits the blocks of known cells that the stream holds to its end: nothing follows, or something is missing. Then
    /// comes [`CellSearch::skip`], [`CellSearch::restart`] or nothing.
    pub fn settle(&mut self, found: &mut Vec<FoundSsb>) {
        let before = found.len();
        // As if silence followed, for ever.
        self.finder.track(&self.history, i64::MAX / 2, found);
        self.correct(&mut found[before..]);
    }

    /// Empties the past; the working position of the next sample.
    fn begin_anew(&mut self) -> i64 {
        let start = (self.taken_in as f64 / self.stretch).round() as i64;
        self.correction = self.taken_in as f64 - start as f64 * self.stretch;
        self.history.restart(start);
        if let Some(resampler) = &mut self.resampler {
            resampler.reset();
        }
        start
    }

    /// Ends the stream: what is left is searched as if silence followed.
    pub fn flush(&mut self, found: &mut Vec<FoundSsb>) {
        if let Some(resampler) = &mut self.resampler {
            self.resampled.clear();
            resampler.finish(&mut self.resampled);
            self.history.push(&self.resampled);
        }
        let before = found.len();
        let end = self.history.end();
        let beyond = self.plans.iter().map(|p| 3 * p.block as i64).max().unwrap_or(0);
        if let Some(pass) = &mut self.pass {
            pass.until = pass.until.min(end);
        }
        self.advance(end + beyond, found);
        // A last look everywhere at what came after the last one.
        let from = self.looked_until.max(self.history.start());
        if self.finder.known().is_empty() && end - from > beyond {
            self.looked_everywhere = false;
            self.stage = 0;
            self.begin(from, end);
            self.advance(end + beyond, found);
        }
        self.pass = None;
        self.correct(&mut found[before..]);
        self.settle(found);
    }

    /// The cells found and not lost since: the best block of each beam, and the last one.
    pub fn cells(&self) -> Vec<CellSummary> {
        self.finder
            .known()
            .iter()
            .map(|k| CellSummary {
                beams: k.best.iter().flatten().copied().collect(),
                n_received: k.n_received,
                last: k.last,
            })
            .collect()
    }

    /// Whether the search is looking for new cells now, or only following known ones.
    pub fn is_scanning(&self) -> bool {
        self.pass.is_some()
    }

    fn window(&self) -> i64 {
        // A block may begin at the very end of its period.
        (self.rate as f64 * (f64::from(self.config.window_ms) + 1.0) * 1e-3) as i64
    }

    /// Samples by which a look is drawn out for weak blocks: with its window as many periods as are summed, and one to
    /// begin in.
    fn listen(&self) -> i64 {
        4 * self.window()
    }

    /// Samples from the end of a look to the beginning of the next.
    fn rescan_pause(&self) -> Option<i64> {
        self.config.rescan_ms.map(|ms| (self.rate * u64::from(ms) / 1000) as i64)
    }

    /// The stage that looks thoroughly on the raster, if there is one.
    fn thorough_on_raster(&self) -> Option<usize> {
        self.ladder.iter().position(|plan| plan.level == Level::Full && is_on_raster(&plan.points))
    }

    /// Begins the pass of the current stage over the stream from `from` to `until`.
    fn begin(&mut self, from: i64, until: i64) {
        match self.ladder.get(self.stage).cloned() {
            Some(plan) => self.begin_pass(&plan, from, until),
            None => self.pass = None,
        }
    }

    fn begin_pass(&mut self, plan: &PassPlan, from: i64, until: i64) {
        let scanners = self
            .plans
            .iter()
            .enumerate()
            .map(|(i, p)| Scanner::new(*p, i, plan.level, &plan.points, is_folded(plan), from, &mut self.planner))
            .filter(|s| !s.is_empty())
            .collect();
        self.pass = Some(Pass {
            points: plan.points.clone(),
            level: plan.level,
            scanners,
            candidates: Candidates::new(plan.points.len(), plan.level),
            until,
            stretch_end: from,
            listened: !is_folded(plan),
        });
    }

    /// Does all that can be done with the stream up to `end`.
    fn advance(&mut self, end: i64, found: &mut Vec<FoundSsb>) {
        let stretch = (self.rate / 200) as i64;
        let margin = self.plans.iter().map(|p| p.block as i64).max().unwrap_or(0);
        if self.rescan_at.is_some_and(|at| self.history.end() >= at) && self.pass.is_none() {
            self.rescan_at = None;
            // Weak neighbours of the cells that a quick look found: thoroughly where that keeps step with a stream.
            self.stage = self.thorough_on_raster().unwrap_or(0);
            self.begin(self.history.end(), self.history.end() + self.window());
        }
        while let Some(pass) = &mut self.pass {
            let position = pass.scanners.iter().map(Scanner::position).min().unwrap_or(i64::MAX);
            if position >= pass.stretch_end.min(pass.until) {
                let mut taken = std::mem::take(&mut self.taken);
                pass.candidates.take(&mut taken);
                for candidate in &taken {
                    let point = &pass.points[candidate.point];
                    self.finder.verify(&self.history, candidate, point, pass.level, found);
                }
                self.taken = taken;
                pass.stretch_end = position.saturating_add(stretch);
            }
            if position >= pass.until {
                if !self.finish_pass(position) {
                    break;
                }
                continue;
            }
            // The one that is furthest behind, so that candidates of one stretch compete with each other.
            let Some(scanner) = pass.scanners.iter_mut().min_by_key(|s| s.position()) else { break };
            if !scanner.ready(end - margin) {
                break;
            }
            scanner.scan(&self.history, &mut pass.candidates);
        }
        self.finder.track(&self.history, end, found);
    }

    /// Decides what follows a pass that is done; whether there is a pass to go on with at once.
    fn finish_pass(&mut self, position: i64) -> bool {
        let Some(pass) = self.pass.take() else { return false };
        let window = self.window();
        if pass.level == Level::Full && !is_on_raster(&pass.points) {
            self.looked_until = position.min(pass.until);
        }
        if !self.finder.known().is_empty() && self.config.sensitivity == Sensitivity::Auto {
            self.home = None;
            self.rescan_at = self.rescan_pause().map(|pause| self.history.end() + pause);
            return false;
        }
        let may_climb = |next: &PassPlan| is_on_raster(&next.points) || !self.looked_everywhere;
        if self.finder.known().is_empty() && self.ladder.get(self.stage + 1).is_some_and(may_climb) {
            if pass.level == Level::Full && is_on_raster(&pass.points) {
                // Here it goes on if the last resort finds nothing either.
                self.home = Some(pass);
            }
            self.stage += 1;
            self.begin((position - window).max(self.history.start()), position);
            return true;
        }
        self.stage = self.ladder.len();
        self.looked_everywhere |= self.home.is_some();
        let mut pass = self.home.take().unwrap_or(pass);
        let pause = self.rescan_pause().filter(|_| self.config.sensitivity == Sensitivity::Auto);
        match pause {
            // Looking hard all the time would keep no step with a stream: on the raster a quick look goes on in between.
            Some(pause) if pass.listened => match self.thorough_on_raster() {
                Some(stage) if pass.level == Level::Quarter => {
                    self.stage = stage;
                    self.begin(position, position + window);
                }
                Some(stage) => {
                    let quick = PassPlan { points: self.ladder[stage].points.clone(), level: Level::Quarter };
                    self.begin_pass(&quick, position, position + pause);
                }
                None => self.rescan_at = Some(self.history.end() + pause),
            },
            _ => {
                pass.until += if pass.listened { window } else { self.listen() };
                pass.listened = true;
                self.pass = Some(pass);
            }
        }
        self.pass.is_some()
    }
}

fn is_on_raster(points: &[Point]) -> bool {
    points.iter().all(|p| p.on_raster)
}

fn is_folded(plan: &PassPlan) -> bool {
    plan.level == Level::Full && plan.points.len() <= MOST_FOLDED
}

/// The looks that follow each other while nothing is found: first quickly where there are many places, then
/// thoroughly; first on the raster, then everywhere.
fn ladder(config: &CellSearchConfig, plans: &[RatePlan]) -> Vec<PassPlan> {
    let mut ladder = Vec::new();
    let add = |ladder: &mut Vec<PassPlan>, level: Level, points: Vec<Point>| {
        let saves = points.len() > FEW_POINTS && config.sensitivity == Sensitivity::Auto;
        if !points.is_empty() && (level == Level::Full || saves) {
            ladder.push(PassPlan { points, level });
        }
    };
    for level in [Level::Quarter, Level::Full] {
        add(&mut ladder, level, plan::raster_points(config, plans));
    }
    let has_raster = !ladder.is_empty();
    for level in [Level::Quarter, Level::Full] {
        let elsewhere = match config.raster {
            SearchRaster::Bands if has_raster => plan::points_beside_raster(config, plans),
            SearchRaster::Auto | SearchRaster::Free | SearchRaster::Bands => {
                plan::free_points(config, plans, level.spacing())
            }
            SearchRaster::Offsets(_) => Vec::new(),
        };
        add(&mut ladder, level, elsewhere);
    }
    ladder
}
