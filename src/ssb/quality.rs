//! How well blocks are found in white Gaussian noise, and whether cells are found where there are none, with fixed
//! seeds.

use super::{
    CellSearch, CellSearchConfig, FoundSsb, LMax, PbchPayload, PbchReceiver, PbchReception, SSB_SUBCARRIERS,
    SSB_SYMBOLS, SsbBlock, SsbTransmitter, mib_with_timing,
};
use crate::estimation::symbol_time_s;
use crate::frame::{Carrier, CellId, CyclicPrefix, Numerology, ResourceGrid, SsbCase, SsbPositions};
use crate::propagation::{ComplexGaussian, DelayProfile, FadingGrid, SimplifiedTdl, add_over};
use crate::quality::{Bench, RequiredSnr, Share};
use crate::{Complex32, ConfigError};
use num_complex::Complex64;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;
use std::ops::Range;

/// The sample rate of the measurements.
const RATE_HZ: u64 = 7_680_000;
/// SS_REF, on the raster of band n78.
const SS_REF_HZ: f64 = 3_489_600_000.0;

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// SNR per resource element in dB.
    pub snr_db: f64,
    /// Blocks, 20 ms apart.
    pub n_blocks: u16,
    /// The share of trials in which the cell must be found.
    pub min_share: f64,
}

/// The cases that are required.
pub const CASES: [Case; 2] =
    [Case { snr_db: -6.0, n_blocks: 1, min_share: 0.9 }, Case { snr_db: -10.0, n_blocks: 4, min_share: 0.9 }];

/// In each of `trials`, searches 7.68 Msps of noise in which one cell of 30 kHz SCS has sent one SSB per 20 ms, and
/// counts where the cell was found and its PBCH decoded: cell identity, SSB index, half frame, SFN and MIB as sent, and
/// nothing else found. Cell, index, MIB, time (to a fraction of a sample) and place in the band are random; the carrier
/// offset is 5 kHz. All follow from `seed` and the number of the trial.
///
/// # Errors
/// None: what is sent and searched for keeps to the standard.
pub fn detection(case: &Case, seed: u64, trials: Range<u64>) -> Result<Share, ConfigError> {
    let mut share = Share::default();
    for trial in trials {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(trial);
        let rate = RATE_HZ as f64;
        let cell = TestCell {
            pci: rng.random_range(0..1008),
            case: SsbCase::C,
            l_max: LMax::L8,
            mib: rng.random_range(0..1 << 24),
            frequency_hz: SS_REF_HZ,
            // The block is 7.2 MHz wide: 240 kHz are left on each side, 5 of them for the carrier offset.
            centre_hz: SS_REF_HZ - rng.random_range(-230_000.0..230_000.0f64).round(),
            cfo_hz: 5000.0,
            snr_db: case.snr_db,
            // Half a frame before the stream begins, too.
            frame_start: rate * rng.random_range(-0.005..0.015),
            sfn: rng.random_range(0..1024),
        };
        let (half_frame, index) = (u8::from(cell.frame_start < 0.0), rng.random_range(0..8));
        let mut stream = TestStream::new(rate, 0.0205 + 0.02 * f64::from(case.n_blocks - 1), seed, trial);
        for i in 0..case.n_blocks {
            stream.add(&cell, 2 * i, half_frame, index)?;
        }
        stream.add_noise(f64::from(cell.case.numerology().scs_hz()));
        let found = stream.search(&CellSearchConfig::new(RATE_HZ, Some(cell.centre_hz as u64))?)?;
        let is_sent = |ssb: &FoundSsb| {
            let frame = (ssb.sfn() + 1024 - cell.sfn) % 1024;
            frame.is_multiple_of(2)
                && frame < 2 * case.n_blocks
                && (ssb.cell_id.get(), ssb.ssb_index, ssb.half_frame()) == (cell.pci, index, half_frame)
                && ssb.mib() == cell.mib_of(frame)
        };
        share.trials += 1;
        share.successes += u64::from(!found.is_empty() && found.iter().all(is_sent));
    }
    Ok(share)
}

/// The cells found in the half frames numbered `half_frames` of noise at 7.68 Msps and 3489.48 MHz, searched as one
/// stream from the first to the last of them.
///
/// # Errors
/// None: the settings of the search are possible.
pub fn false_cells(seed: u64, half_frames: Range<u64>) -> Result<Vec<FoundSsb>, ConfigError> {
    // Without pauses between looks: every half frame is searched.
    let config = CellSearchConfig::new(RATE_HZ, Some(3_489_480_000))?.with_rescan_ms(None);
    let mut search = CellSearch::new(&config)?;
    let mut found = Vec::new();
    let mut samples = vec![Complex32::ZERO; (RATE_HZ / 200) as usize];
    for half_frame in half_frames {
        let mut gaussian = ComplexGaussian::new(seed, half_frame);
        samples.iter_mut().for_each(|z| *z = gaussian.sample());
        search.push(&samples, &mut found);
    }
    search.flush(&mut found);
    Ok(found)
}

/// Below where BLER 1 % of [`pbch_required_snr`] lies, in dB: in noise, and over TDLC300-100.
pub const PBCH_NEAR_DB: [f64; 2] = [-8.0, -2.0];

/// The signal-to-noise ratio (of an element) that each of `blocks` needs: one SS/PBCH block of 30 kHz whose place and cell
/// are known and whose payload, index and half frame are random is decoded as it was sent; over a fading channel, or in
/// noise with a random phase; one antenna.
///
/// # Errors
/// None: what is sent keeps to the standard.
pub fn pbch_required_snr(
    fading: Option<(SimplifiedTdl, f64)>,
    seed: u64,
    blocks: Range<u64>,
    range_db: Range<f64>,
    step_db: f64,
) -> Result<RequiredSnr, ConfigError> {
    let (profile, doppler) = match fading {
        Some((profile, doppler)) => (DelayProfile::simplified(profile), doppler),
        None => (DelayProfile::direct(), 0.0),
    };
    let cell_id = CellId::new(321)?;
    let grid = || ResourceGrid::new(1, SSB_SYMBOLS, SSB_SUBCARRIERS);
    let mut bench = PbchBench {
        seed,
        cell_id,
        carrier: Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, SSB_SUBCARRIERS as u16 / 12)?,
        fading: FadingGrid::new(profile, doppler, 1, 1)?,
        transmitter: SsbTransmitter::new(cell_id, LMax::L8, 0.0)?,
        receiver: PbchReceiver::new(Numerology::MU1),
        reception: [PbchReception::new()],
        payload: PbchPayload::new(0, 0, 0, 0, 0, LMax::L8)?,
        index: 0,
        channel: grid(),
        sent: grid(),
        arrived: grid(),
        unit_noise: grid(),
        received: vec![Complex32::ZERO; SSB_SYMBOLS * SSB_SUBCARRIERS],
    };
    Ok(RequiredSnr::measure(&mut bench, blocks, range_db, step_db))
}

struct PbchBench {
    seed: u64,
    cell_id: CellId,
    carrier: Carrier,
    fading: FadingGrid,
    transmitter: SsbTransmitter,
    receiver: PbchReceiver,
    reception: [PbchReception; 1],
    payload: PbchPayload,
    index: u8,
    channel: ResourceGrid,
    sent: ResourceGrid,
    arrived: ResourceGrid,
    unit_noise: ResourceGrid,
    received: Vec<Complex32>,
}

impl Bench for PbchBench {
    fn draw(&mut self, block: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(block);
        self.index = rng.random_range(0..8);
        let (sfn, half_frame) = (rng.random_range(0..1024), rng.random_range(0..2));
        let mib = mib_with_timing(rng.random_range(0..1 << 24), sfn, 0);
        let mut sent = SsbBlock::default();
        let payload = PbchPayload::new(mib, sfn, half_frame, self.index, 0, LMax::L8);
        // Each value lies in its range.
        let Ok(payload) = payload else { return };
        self.payload = payload;
        let is_sent = self.transmitter.transmit(payload, self.index, &mut sent);
        debug_assert_eq!(is_sent, Ok(()));
        self.sent.as_mut_slice().copy_from_slice(sent.as_slice());
        self.fading.draw(&self.carrier, self.seed ^ 0xfad1_0000_0000, block, &mut self.channel);
        self.arrived.clear();
        add_over(&self.channel, &self.sent, &mut self.arrived);
        let mut gaussian = ComplexGaussian::new(self.seed, block);
        self.unit_noise.as_mut_slice().iter_mut().for_each(|z| *z = gaussian.sample());
    }

    fn passes(&mut self, snr_db: f64) -> bool {
        let deviation = 10f64.powf(-snr_db / 20.0) as f32;
        let sums = self.arrived.as_slice().iter().zip(self.unit_noise.as_slice());
        self.received.iter_mut().zip(sums).for_each(|(y, (x, z))| *y = x + z * deviation);
        self.receiver.receive(self.cell_id, 0, &self.received, &mut self.reception[0]);
        let decoded = self.receiver.decode(&mut self.reception, LMax::L8);
        decoded.is_some_and(|decoded| (decoded.payload, decoded.ssb_index) == (self.payload, self.index))
    }
}

/// A cell as it stands on the air.
#[derive(Clone, Copy)]
pub(super) struct TestCell {
    pub pci: u16,
    pub case: SsbCase,
    pub l_max: LMax,
    /// Its MIB, but for the SFN.
    pub mib: u32,
    /// Radio frequency of SS_REF and of the stream's 0 Hz.
    pub frequency_hz: f64,
    pub centre_hz: f64,
    pub cfo_hz: f64,
    /// Power of an element against that of the noise in an element, 1.
    pub snr_db: f64,
    /// Start of SFN `sfn` in samples.
    pub frame_start: f64,
    pub sfn: u16,
}

impl TestCell {
    const K_SSB: u8 = 5;

    fn mib_of(&self, frame: u16) -> u32 {
        mib_with_timing(self.mib, (self.sfn + frame) % 1024, Self::K_SSB)
    }
}

/// A stream of samples, with its own noise.
pub(super) struct TestStream {
    pub rate: f64,
    pub samples: Vec<Complex32>,
    gaussian: ComplexGaussian,
}

impl TestStream {
    /// Silence; the noise is number `number` of `seed`.
    pub fn new(rate: f64, seconds: f64, seed: u64, number: u64) -> Self {
        let gaussian = ComplexGaussian::new(seed.wrapping_add(1), number);
        Self { rate, samples: vec![Complex32::ZERO; (rate * seconds) as usize], gaussian }
    }

    /// White noise of power `rate / scs` elements of unit power, as the amplitudes of cells count.
    pub fn add_noise(&mut self, scs_hz: f64) {
        let amplitude = (self.rate / scs_hz).sqrt() as f32;
        self.samples.iter_mut().for_each(|z| *z += self.gaussian.sample() * amplitude);
    }

    /// Adds block `index` of frame `frame` (counted from the cell's `frame_start`) in half frame `half_frame`, as
    /// TS 38.211 5.3.1 writes it: a sum of subcarriers for each sample.
    pub fn add(&mut self, cell: &TestCell, frame: u16, half_frame: u8, index: u8) -> Result<(), ConfigError> {
        let numerology = cell.case.numerology();
        let scs = f64::from(numerology.scs_hz());
        let sfn = (cell.sfn + frame) % 1024;
        let payload = PbchPayload::new(cell.mib_of(frame), sfn, half_frame, index, TestCell::K_SSB, cell.l_max)?;
        let transmitter = SsbTransmitter::new(CellId::new(cell.pci)?, cell.l_max, 0.0)?;
        let mut block = SsbBlock::default();
        transmitter.transmit(payload, index, &mut block)?;
        let first = SsbPositions::new(cell.case, cell.l_max.get())?.first_symbols()[usize::from(index)];
        let half_start = cell.frame_start + self.rate * (0.01 * f64::from(frame) + 0.005 * f64::from(half_frame));
        let amplitude = 10f64.powf(cell.snr_db / 20.0);
        let offset = cell.frequency_hz - cell.centre_hz + cell.cfo_hz;
        for l in 0..4u16 {
            // As if the half frame were one long subframe: the longer prefixes come every 0.5 ms all the same.
            let useful_s = symbol_time_s(numerology, CyclicPrefix::Normal, 0, usize::from(first + l));
            let start = half_start + self.rate * (useful_s - 144.0 / 2048.0 / scs);
            let end = half_start + self.rate * (useful_s + 1.0 / scs);
            // TS 38.211 5.4: the phase starts anew in each symbol, at radio frequency.
            let phase = -cell.frequency_hz * useful_s;
            for n in start.ceil() as i64..end.ceil() as i64 {
                let Some(sample) = usize::try_from(n).ok().and_then(|n| self.samples.get_mut(n)) else { continue };
                let t = (n as f64 - half_start) / self.rate - useful_s;
                let mut sum = Complex64::ZERO;
                let step = Complex64::cis(TAU * scs * t);
                let mut turn = Complex64::cis(-TAU * 120.0 * scs * t);
                for a in block.symbol(usize::from(l)) {
                    sum += turn * Complex64::new(f64::from(a.re), f64::from(a.im));
                    turn *= step;
                }
                // Down from radio frequency with a continuous oscillator: the symbol's phase at the stream's own time.
                let z = sum * Complex64::cis(TAU * (offset * n as f64 / self.rate + phase)) * amplitude;
                *sample += Complex32::new(z.re as f32, z.im as f32);
            }
        }
        Ok(())
    }

    /// What a search over the whole stream finds.
    pub fn search(&self, config: &CellSearchConfig) -> Result<Vec<FoundSsb>, ConfigError> {
        self.search_in_chunks(config, self.samples.len().max(1))
    }

    /// The same, the stream in chunks.
    pub fn search_in_chunks(&self, config: &CellSearchConfig, chunk: usize) -> Result<Vec<FoundSsb>, ConfigError> {
        let mut search = CellSearch::new(config)?;
        let mut found = Vec::new();
        for samples in self.samples.chunks(chunk) {
            search.push(samples, &mut found);
        }
        search.flush(&mut found);
        Ok(found)
    }
}
