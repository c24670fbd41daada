//! Search, tracking, and the cutting of a stream into each cell's slots; no FutureSDR in it.

use super::{AssistedCell, Continuity, ReceivedCell, SampleSlot};
use nrflow::estimation::cp_frequency_offset;
use nrflow::frame::{FrequencyRange, Numerology, SampleTime, SlotPoint};
use nrflow::ofdm::{Mixer, OfdmConfig, Resampler, SubframeTiming};
use nrflow::ssb::{CellSearch, CellSearchConfig, FoundSsb, SearchRaster, Sensitivity};
use nrflow::{Complex32, ConfigError};
use std::sync::Arc;

/// What a [`Synchroniser`] is to do.
#[derive(Clone, Debug)]
pub struct SyncSettings {
    /// Sample rate of the stream in Hz.
    pub sample_rate_hz: f64,
    /// Radio frequency of the stream's 0 Hz in Hz, if known.
    pub centre_frequency_hz: Option<f64>,
    /// The cell, if it is not to be searched for.
    pub assist: Option<AssistedCell>,
    /// Spacings to search; by the frequency if empty.
    pub numerologies: Vec<Numerology>,
    /// How thoroughly to search.
    pub sensitivity: Sensitivity,
    /// At which frequencies to search.
    pub raster: SearchRaster,
    /// Only SS/PBCH blocks are wanted.
    pub ssb_only: bool,
    /// Receive antennas, 1 or more: streams of one clock. The first one is searched and gives timing and carrier offset.
    pub n_antennas: usize,
}

impl SyncSettings {
    /// A blind search, as sensitive as is usual, for cells and what they say.
    pub const fn new(sample_rate_hz: f64, centre_frequency_hz: Option<f64>) -> Self {
        Self {
            sample_rate_hz,
            centre_frequency_hz,
            assist: None,
            numerologies: Vec::new(),
            sensitivity: Sensitivity::Auto,
            raster: SearchRaster::Auto,
            ssb_only: false,
            n_antennas: 1,
        }
    }
}

/// Why a stream cannot be received at all.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The sample rate or the assisted configuration is impossible.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The assisted carrier does not fit.
    #[error(
        "the carrier ({n_prb} blocks of {scs_khz} kHz, its centre {centre_offset_hz:+} Hz from the recording's) \
         does not fit into the {sample_rate_hz} Hz recorded"
    )]
    Carrier {
        /// Resource blocks.
        n_prb: u16,
        /// Spacing.
        scs_khz: u32,
        /// Middle of the grid from 0 Hz.
        centre_offset_hz: f64,
        /// Sample rate.
        sample_rate_hz: f64,
    },
}

/// The highest rate that is received, in Hz.
const HIGHEST_RATE_HZ: u64 = 245_760_000;
/// The stream is worked on in pieces of this length, so that what comes out does not depend on how it came in.
const STEPS_PER_SECOND: u64 = 1000;
/// An assisted cell's carrier offset is measured from the cyclic prefixes of so many steps.
const ASSIST_STEPS: usize = 10;
/// A slot is cut if at most this part of a cyclic prefix is missing at its start.
const MISSING_HEAD: f64 = 0.5;
/// A last slot is cut if the stream holds so many symbols of it.
const LAST_SLOT_SYMBOLS: usize = 3;
/// So much of the stream is kept for the slots of cells that are not found yet: two looks of the search.
const UNKNOWN_KEPT_S: f64 = 0.05;
/// After so much that was not received a cell's clock does not tell where its blocks are any more.
const SURE_S: f64 = 0.5;
/// A block weaker than the best of its cell by more than this says nothing about the cell's timing, in dB.
const TIMING_BEAMS_DB: f32 = 6.0;

/// Finds cells in a stream of samples and cuts the stream into their slots.
///
/// Push samples, then take slots until there is none; deterministic whatever the sizes pushed.
pub struct Synchroniser {
    settings: SyncSettings,
    rate: u64,
    /// By antenna; none if the rates are the same.
    resamplers: Vec<Resampler>,
    /// Stream samples a sample of the slots.
    ratio: f64,
    search: Option<CellSearch>,
    found: Vec<FoundSsb>,
    cells: Vec<Tracked>,
    /// By antenna, the samples from `base` on; those before `stepped` have been searched.
    buffers: Vec<Vec<Complex32>>,
    base: u64,
    stepped: u64,
    ended: bool,
    /// Samples of the stream so far, those that are missing included.
    taken_in: u64,
}

struct Tracked {
    cell: Arc<ReceivedCell>,
    timing: SubframeTiming,
    /// Start of frame `sfn`, and the length of a frame, in samples of the slots.
    origin: f64,
    sfn: u16,
    frame_len: f64,
    /// The slot to be cut next, counted from `origin`.
    next: i64,
    cfo_hz: f64,
    mixer: Mixer,
    continuity: Continuity,
    best_rsrp_dbfs: f32,
    ssbs: Vec<FoundSsb>,
    /// Its timing is not known any more: nothing is cut until its next SS/PBCH block.
    lost: bool,
}

impl Synchroniser {
    /// # Errors
    /// If the rate is too low for a search, or the assisted cell does not fit.
    pub fn new(settings: SyncSettings) -> Result<Self, SyncError> {
        let input = settings.sample_rate_hz.round() as u64;
        if settings.assist.is_none() {
            // What is said of the rate should be said of the one given, not of the one it is brought to.
            CellSearchConfig::new(input, None)?;
        }
        let centre_hz = settings.centre_frequency_hz.map(|hz| hz.round() as u64);
        // Every rate that fits a spacing fits the narrower ones.
        let widest = match (centre_hz, &settings.assist) {
            (Some(hz), _) if FrequencyRange::is_fr2_2(hz) => {
                let held = |numerology: &Numerology| input >= 240 * u64::from(numerology.scs_hz());
                [Numerology::MU6, Numerology::MU5].into_iter().find(held).unwrap_or(Numerology::MU3)
            }
            (Some(hz), _) if FrequencyRange::of_hz(hz) == FrequencyRange::Fr2 => Numerology::MU3,
            (_, assist) => assist.as_ref().map_or(Numerology::MU1, |a| a.carrier.numerology().max(Numerology::MU1)),
        };
        let widest = settings.numerologies.iter().copied().fold(widest, Ord::max);
        let rate =
            OfdmConfig::next_rate(widest, 0, input).filter(|rate| *rate <= HIGHEST_RATE_HZ).ok_or_else(|| {
                ConfigError::new(
                    "sample rate",
                    input,
                    "must not exceed 245.76 MHz: resample the recording",
                    "TS 38.211 5.3.1",
                )
            })?;
        let n_antennas = settings.n_antennas.max(1);
        let n_resamplers = if rate == input { 0 } else { n_antennas };
        let resamplers = (0..n_resamplers).map(|_| Resampler::new(input, rate)).collect::<Result<_, _>>()?;
        let search = match settings.assist {
            Some(_) => None,
            None => {
                let centre = settings.centre_frequency_hz.map(|hz| hz.round() as u64);
                let mut config = CellSearchConfig::new(rate, centre)?.with_sensitivity(settings.sensitivity);
                config = config.with_raster(settings.raster.clone());
                if !settings.numerologies.is_empty() {
                    config = config.with_numerologies(&settings.numerologies)?;
                }
                Some(CellSearch::new(&config)?)
            }
        };
        let mut synchroniser = Self {
            ratio: input as f64 / rate as f64,
            settings,
            rate,
            resamplers,
            search,
            found: Vec::new(),
            cells: Vec::new(),
            buffers: vec![Vec::new(); n_antennas],
            base: 0,
            stepped: 0,
            ended: false,
            taken_in: 0,
        };
        if let Some(assist) = synchroniser.settings.assist.clone() {
            synchroniser.add_assisted(&assist)?;
        }
        Ok(synchroniser)
    }

    /// Sample rate of the slots in Hz: that of the stream, or the next one that the OFDM demodulator takes.
    pub fn slot_rate_hz(&self) -> u64 {
        self.rate
    }

    /// Whether [`Synchroniser::end`] was called.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// The cells so far.
    pub fn cells(&self) -> impl Iterator<Item = &Arc<ReceivedCell>> {
        self.cells.iter().map(|tracked| &tracked.cell)
    }

    /// Searches what was pushed to its end: something is missing after it. Then take the slots that are ready, and say
    /// by [`Synchroniser::skip`] or [`Synchroniser::lose`] what is missing.
    pub fn settle(&mut self) {
        self.resamplers.iter_mut().zip(&mut self.buffers).for_each(|(resampler, buffer)| resampler.finish(buffer));
        let rest = self.buffered_to() - self.stepped;
        self.step(rest);
        if let Some(search) = &mut self.search {
            search.settle(&mut self.found);
            self.take_found();
        }
    }

    /// Goes on `n_samples` of the stream later, which were not received. The cells' slots go on by their clocks.
    pub fn skip(&mut self, n_samples: u64) {
        self.taken_in += n_samples;
        let from = self.stepped;
        self.begin_anew();
        if let Some(search) = &mut self.search {
            search.skip(self.base.saturating_sub(from));
        }
        for tracked in &mut self.cells {
            tracked.continuity = Continuity::Restart;
        }
        if n_samples as f64 > SURE_S * self.settings.sample_rate_hz {
            self.lose();
        }
    }

    /// Goes on after an unknown time: each cell's slots from its next SS/PBCH block on. (An assisted cell has no
    /// search that would find it again.)
    pub fn lose(&mut self) {
        self.begin_anew();
        if let Some(search) = &mut self.search {
            search.restart();
        }
        for tracked in &mut self.cells {
            tracked.lost = true;
            tracked.continuity = Continuity::Restart;
        }
    }

    /// Empties the buffer; the next sample has the stream's time.
    fn begin_anew(&mut self) {
        self.resamplers.iter_mut().for_each(Resampler::reset);
        self.buffers.iter_mut().for_each(Vec::clear);
        // Half a sample off at most where the rates differ, which the next block mends.
        self.base = ((self.taken_in as f64 / self.ratio).round() as u64).max(self.stepped);
        self.stepped = self.base;
    }

    /// Appends samples of the stream, as many of each antenna.
    ///
    /// # Panics
    /// If there are not as many antennas as the settings say, or not as many samples of each.
    pub fn push<'a>(&mut self, antennas: impl IntoIterator<Item = &'a [Complex32]>) {
        let (mut n_antennas, mut n_samples) = (0, None);
        for (antenna, samples) in antennas.into_iter().enumerate() {
            assert_eq!(*n_samples.get_or_insert(samples.len()), samples.len(), "samples of antenna {antenna}");
            match self.resamplers.get_mut(antenna) {
                None => self.buffers[antenna].extend_from_slice(samples),
                Some(resampler) => resampler.process_into(samples, &mut self.buffers[antenna]),
            }
            n_antennas += 1;
        }
        assert_eq!(n_antennas, self.buffers.len(), "antennas");
        self.taken_in += n_samples.unwrap_or(0) as u64;
        let step = self.rate / STEPS_PER_SECOND;
        while self.stepped + step <= self.buffered_to() {
            self.step(step);
        }
    }

    /// Ends the stream.
    pub fn end(&mut self) {
        if self.ended {
            return;
        }
        self.resamplers.iter_mut().zip(&mut self.buffers).for_each(|(resampler, buffer)| resampler.finish(buffer));
        let rest = self.buffered_to() - self.stepped;
        self.step(rest);
        if let Some(search) = &mut self.search {
            search.flush(&mut self.found);
            self.take_found();
        }
        self.ended = true;
        self.measure_assisted();
    }

    /// Fills `slot` with the next slot in the order of time, if the stream holds one.
    pub fn next_slot(&mut self, slot: &mut SampleSlot) -> bool {
        if self.settings.assist.is_some() && !self.assisted_ready() {
            return false;
        }
        let end_of_data = self.buffered_to();
        loop {
            // Cells without anything but SS/PBCH blocks give a slot a block.
            if let Some(tracked) = self.cells.iter_mut().find(|t| t.cell.control.is_none() && !t.ssbs.is_empty()) {
                slot.antennas.clear();
                tracked.label(slot, self.ratio);
                return true;
            }
            let by_time = |a: &&mut Tracked, b: &&mut Tracked| a.start(a.next).total_cmp(&b.start(b.next));
            let controlled = self.cells.iter_mut().filter(|t| t.cell.control.is_some() && !t.lost);
            let Some(tracked) = controlled.min_by(by_time) else {
                self.forget();
                return false;
            };
            let start = tracked.start(tracked.next);
            let len = tracked.slot_len(tracked.next);
            let end_of_data = end_of_data as f64;
            let prefix = tracked.shortest_prefix();
            if start < self.base as f64 - MISSING_HEAD * prefix {
                // Before the stream, or forgotten while the cell was unknown.
                tracked.next += 1;
                continue;
            }
            let limit = if self.ended { end_of_data } else { self.stepped as f64 };
            if start + len as f64 > limit.max(self.base as f64) {
                let symbols = LAST_SLOT_SYMBOLS as f64 * len as f64 / 14.0;
                if !self.ended || start + symbols > end_of_data {
                    self.forget();
                    return false;
                }
            }
            cut(&self.buffers, self.base, start.round() as i64, len, slot);
            tracked.mix(start.round() as i64, slot);
            tracked.label(slot, self.ratio);
            return true;
        }
    }

    fn buffered_to(&self) -> u64 {
        self.base + self.buffers[0].len() as u64
    }

    fn step(&mut self, len: u64) {
        let from = (self.stepped - self.base) as usize;
        self.stepped += len;
        if let Some(search) = &mut self.search {
            search.push(&self.buffers[0][from..from + len as usize], &mut self.found);
            self.take_found();
        }
    }

    /// Lets go of what no cell needs any more.
    fn forget(&mut self) {
        let controlled = self.cells.iter().filter(|t| t.cell.control.is_some() && !t.lost);
        let needed = controlled.map(|t| t.start(t.next)).reduce(f64::min);
        let needed = match (needed, self.search.is_some()) {
            (Some(start), _) => start - f64::from(u16::MAX),
            (None, true) => self.stepped as f64 - UNKNOWN_KEPT_S * self.rate as f64,
            (None, false) => return,
        };
        let end = self.stepped.max(self.base);
        let to = (needed.max(0.0) as u64).clamp(self.base, end);
        // In large pieces: each moves what remains.
        if (to - self.base) as usize > self.buffers[0].len() / 2 {
            for buffer in &mut self.buffers {
                buffer.drain(..(to - self.base) as usize);
            }
            self.base = to;
        }
    }

    fn take_found(&mut self) {
        let mut found = std::mem::take(&mut self.found);
        for ssb in found.drain(..) {
            let known = |t: &Tracked| {
                let first = t.cell.ssb.as_ref();
                first.is_some_and(|first| first.cell_id == ssb.cell_id && first.numerology == ssb.numerology)
                    && first.is_some_and(|first| (first.ssb_offset_hz - ssb.ssb_offset_hz).abs() < 1e5)
            };
            match self.cells.iter_mut().find(|t| known(t)) {
                Some(tracked) if tracked.lost => tracked.find_again(&ssb, self.base),
                Some(tracked) => tracked.follow(&ssb),
                None => self.add_found(&ssb),
            }
        }
        // Its memory is used again.
        self.found = found;
    }

    fn add_found(&mut self, ssb: &FoundSsb) {
        let index = self.cells.len();
        let mut cell = ReceivedCell::found(index, ssb, self.rate as f64, self.settings.centre_frequency_hz);
        cell.n_antennas = self.buffers.len();
        if self.settings.ssb_only {
            cell = cell.ssb_only();
        }
        let shift = cell.control.as_ref().map_or(0.0, |control| control.centre_offset_hz);
        let planned = SubframeTiming::new(cell.numerology, nrflow::frame::CyclicPrefix::Normal, self.rate)
            .and_then(|timing| Ok((timing, Mixer::new(-(shift + ssb.cfo_hz), self.rate)?)));
        // A cell whose spacing the rate does not fit cannot be cut; its blocks are still reported.
        let (timing, mixer) = match planned {
            Ok(planned) => planned,
            Err(_) => return,
        };
        let mut tracked = Tracked {
            cell: Arc::new(cell),
            timing,
            origin: ssb.frame_start,
            sfn: ssb.sfn(),
            frame_len: self.rate as f64 / 100.0,
            next: 0,
            cfo_hz: ssb.cfo_hz,
            mixer,
            continuity: Continuity::Restart,
            best_rsrp_dbfs: ssb.rsrp_dbfs,
            ssbs: vec![*ssb],
            lost: false,
        };
        tracked.begin_before(self.base);
        self.cells.push(tracked);
    }

    fn add_assisted(&mut self, assist: &AssistedCell) -> Result<(), SyncError> {
        let cell = ReceivedCell { n_antennas: self.buffers.len(), ..assist.received()? };
        let half_width = assist.carrier.n_subcarriers() as f64 / 2.0 * f64::from(assist.carrier.numerology().scs_hz());
        if assist.centre_offset_hz.abs() + half_width > self.rate as f64 / 2.0 {
            return Err(SyncError::Carrier {
                n_prb: assist.carrier.n_prb(),
                scs_khz: assist.carrier.numerology().scs_khz(),
                centre_offset_hz: assist.centre_offset_hz,
                sample_rate_hz: self.settings.sample_rate_hz,
            });
        }
        OfdmConfig::new(&assist.carrier, self.rate, 0, assist.phase_compensation_hz)?;
        let timing = SubframeTiming::new(assist.carrier.numerology(), assist.carrier.cyclic_prefix(), self.rate)?;
        let frame_len = self.rate as f64 / 100.0;
        let mut tracked = Tracked {
            mixer: Mixer::new(-assist.centre_offset_hz, self.rate)?,
            cell: Arc::new(cell),
            timing,
            origin: 0.0,
            sfn: assist.first_slot.sfn(),
            frame_len,
            next: i64::from(assist.first_slot.slot()),
            cfo_hz: f64::NAN,
            continuity: Continuity::Restart,
            best_rsrp_dbfs: f32::NEG_INFINITY,
            ssbs: Vec::new(),
            lost: false,
        };
        tracked.origin = -tracked.start(tracked.next);
        self.cells.push(tracked);
        Ok(())
    }

    fn assisted_ready(&mut self) -> bool {
        let enough = (ASSIST_STEPS as u64 * self.rate / STEPS_PER_SECOND) as usize;
        if self.cells[0].cfo_hz.is_nan() && self.base == 0 && self.buffers[0].len() >= enough {
            self.measure_assisted();
        }
        !self.cells[0].cfo_hz.is_nan()
    }

    /// Carrier offset of an assisted cell, from cyclic prefixes; its timing is given.
    fn measure_assisted(&mut self) {
        let Some(tracked) = self.cells.first_mut().filter(|t| t.cfo_hz.is_nan()) else { return };
        let shift = tracked.cell.control.as_ref().map_or(0.0, |control| control.centre_offset_hz);
        let mut samples = vec![Complex32::ZERO; self.buffers[0].len()];
        tracked.mixer.seek(SampleTime(0));
        tracked.mixer.process(&self.buffers[0], &mut samples);
        // The prefixes from the first slot on, over as many subframes as there are.
        let scs = f64::from(tracked.cell.numerology.scs_hz());
        let fft_size = (self.rate as f64 / scs) as usize;
        let symbols = tracked.timing.symbols();
        let first_slot = tracked.next.rem_euclid(tracked.timing.n_slots() as i64) as usize;
        let per_slot = symbols.len() / tracked.timing.n_slots();
        let prefixes = symbols.iter().map(|s| s.cyclic_prefix_len()).cycle().skip(first_slot * per_slot);
        let lengths: Vec<usize> = prefixes.take(samples.len() / fft_size + 1).collect();
        let skip = tracked.shortest_prefix() as usize / 4;
        let offset = cp_frequency_offset(&samples, fft_size, &lengths, skip, self.rate as f64);
        tracked.cfo_hz = if offset.cfo_hz.is_finite() { f64::from(offset.cfo_hz) } else { 0.0 };
        // A finite shift of less than half a subcarrier more: the mixer takes it.
        let _ = tracked.mixer.set_shift(-(shift + tracked.cfo_hz));
    }
}

impl Tracked {
    fn slots_per_frame(&self) -> i64 {
        i64::from(self.cell.numerology.slots_per_frame())
    }

    /// Start of slot `n` after `origin`, in samples of the slots.
    fn start(&self, n: i64) -> f64 {
        let per_subframe = self.timing.n_slots() as i64;
        let (subframe, slot) = (n.div_euclid(per_subframe), n.rem_euclid(per_subframe));
        let stretch = self.frame_len / (10.0 * self.timing.n_samples() as f64);
        self.origin + subframe as f64 * self.frame_len / 10.0 + self.timing.slot_start(slot as u16) as f64 * stretch
    }

    fn slot_len(&self, n: i64) -> usize {
        self.timing.slot_len(n.rem_euclid(self.timing.n_slots() as i64) as u16)
    }

    fn shortest_prefix(&self) -> f64 {
        self.timing.symbols().iter().map(|s| s.cyclic_prefix_len()).min().unwrap_or(0) as f64
    }

    /// Takes the carrier offset off and the grid's middle to 0 Hz; the phase is that of the stream's clock.
    fn mix(&mut self, start: i64, slot: &mut SampleSlot) {
        for samples in &mut slot.antennas {
            let skip = (-start).clamp(0, samples.len() as i64) as usize;
            self.mixer.seek(SampleTime(start.max(0) as u64));
            self.mixer.process_in_place(&mut samples[skip..]);
        }
    }

    fn label(&mut self, slot: &mut SampleSlot, ratio: f64) {
        slot.cell = Arc::clone(&self.cell);
        slot.continuity = self.continuity;
        slot.ssbs.clear();
        for mut ssb in self.ssbs.drain(..) {
            ssb.ssb_start *= ratio;
            ssb.frame_start *= ratio;
            slot.ssbs.push(ssb);
        }
        let first = SlotPoint::new(self.cell.numerology, self.sfn, 0);
        // `sfn` comes from ten bits or a checked slot.
        if let Ok(first) = first {
            slot.at = first.offset(self.next);
        }
        slot.start = self.start(self.next) * ratio;
        if self.cell.control.is_some() {
            self.next += 1;
            self.continuity = Continuity::Continuous;
        }
    }

    /// Makes the slot to be cut next one of the frame before the stream's sample `base`.
    fn begin_before(&mut self, base: u64) {
        let frames_back = ((self.origin - base as f64) / self.frame_len).ceil() as i64;
        self.next = -(frames_back + 1) * self.slots_per_frame();
    }

    /// Takes the timing of a block for a cell whose own was lost; carrier and clock are what they were.
    fn find_again(&mut self, ssb: &FoundSsb, base: u64) {
        self.lost = false;
        (self.origin, self.sfn) = (ssb.frame_start, ssb.sfn());
        self.begin_before(base);
        self.continuity = Continuity::Restart;
        self.follow(ssb);
    }

    /// Follows the cell's clock and carrier by one more of its blocks.
    fn follow(&mut self, ssb: &FoundSsb) {
        self.ssbs.push(*ssb);
        self.best_rsrp_dbfs = self.best_rsrp_dbfs.max(ssb.rsrp_dbfs);
        if ssb.rsrp_dbfs < self.best_rsrp_dbfs - TIMING_BEAMS_DB {
            return;
        }
        let frames = ((ssb.frame_start - self.origin) / self.frame_len).round();
        let error = ssb.frame_start - (self.origin + frames * self.frame_len);
        let step = if error.abs() > self.shortest_prefix() / 2.0 {
            self.continuity = Continuity::Restart;
            error
        } else {
            error / 2.0
        };
        let nominal = self.timing.n_samples() as f64 * 10.0;
        if frames >= 1.0 && error.abs() < self.shortest_prefix() / 2.0 {
            // At most 50 parts in a million, which is more than any radio has.
            let bounds = (nominal * (1.0 - 50e-6), nominal * (1.0 + 50e-6));
            self.frame_len = (self.frame_len + 0.2 * error / frames).clamp(bounds.0, bounds.1);
        }
        let rebase = frames as i64;
        self.origin += frames * self.frame_len + step;
        self.next -= rebase * self.slots_per_frame();
        self.sfn = ssb.sfn();
        self.cfo_hz += 0.3 * (ssb.cfo_hz - self.cfo_hz);
        let shift = self.cell.control.as_ref().map_or(0.0, |control| control.centre_offset_hz);
        // Finite and far below the mixer's bound: both come from the search, which looks inside the band.
        let _ = self.mixer.set_shift(-(shift + self.cfo_hz));
    }
}

/// Copies `len` samples from the stream's sample `start` on into `slot`; what the stream does not have is zero.
fn cut(buffers: &[Vec<Complex32>], base: u64, start: i64, len: usize, slot: &mut SampleSlot) {
    let offset = start - base as i64;
    let head = (-offset).clamp(0, len as i64) as usize;
    let from = offset.max(0) as usize;
    let n = buffers[0].len().saturating_sub(from).min(len - head);
    slot.antennas.resize(buffers.len(), Vec::new());
    for (samples, buffer) in slot.antennas.iter_mut().zip(buffers) {
        samples.resize(len, Complex32::ZERO);
        samples[..head].fill(Complex32::ZERO);
        samples[head..head + n].copy_from_slice(&buffer[from..from + n]);
        samples[head + n..].fill(Complex32::ZERO);
    }
    slot.missing = (head, len - head - n);
}
