use super::received_quality::{ReceivedQuality, RssiResources, clean, mean_power};
use crate::estimation::ChannelEstimator;
use crate::frame::{Carrier, CellId, ResourceGrid};
use crate::ssb::pilots::{BlockPilots, symbol_time_s};
use crate::ssb::resources::{SYNC_FIRST, dmrs_index};
use crate::ssb::{LMax, SSB_SUBCARRIERS, SSB_SYMBOLS};
use crate::{Complex32, ConfigError};

/// What is measured of the SS/PBCH blocks of a cell, unchecked; [`SsbMeter::new`] checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SsbMeasurementParameters {
    /// The cell.
    pub cell_id: CellId,
    /// L_max of its half frames.
    pub l_max: LMax,
    /// Where the block lies in the grid: its lowest subcarrier.
    pub first_subcarrier: usize,
    /// Its first symbol in the slot.
    pub first_symbol: usize,
    /// Whether the PBCH DM-RS count in the RSRP beside the SSS (they have the same power).
    pub with_dmrs: bool,
    /// Where the RSSI is measured.
    pub rssi: RssiResources,
}

/// Measures SS-RSRP, SS-RSRQ and SS-SINR of each receive antenna on slots with an SS/PBCH block of the carrier's
/// subcarrier spacing.
///
/// The RSRP is the mean power of the elements that carry the SSS (and, if asked for, the PBCH DM-RS) less that of the
/// noise, which is what the channel estimate from SSS and DM-RS leaves over.
#[doc(alias = "TS 38.215 5.1.1, 5.1.3, 5.1.5")]
#[derive(Debug)]
pub struct SsbMeter {
    p: SsbMeasurementParameters,
    carrier: Carrier,
    n_antennas: usize,
    estimator: ChannelEstimator,
    pilots: BlockPilots,
    /// `[antenna][symbol][subcarrier]` of the block.
    re: Vec<Complex32>,
    channel: Vec<Complex32>,
    branches: Vec<ReceivedQuality>,
}

impl SsbMeter {
    /// With a workspace for `n_antennas` receive antennas.
    ///
    /// # Errors
    /// If the block does not lie inside the carrier and the slot, or there is no antenna.
    pub fn new(carrier: &Carrier, n_antennas: usize, p: SsbMeasurementParameters) -> Result<Self, ConfigError> {
        let fits = p.first_subcarrier + SSB_SUBCARRIERS <= carrier.n_subcarriers()
            && p.first_symbol + SSB_SYMBOLS <= carrier.symbols_per_slot();
        if !fits {
            let got = format!("subcarrier {}, symbol {}", p.first_subcarrier, p.first_symbol);
            let rule = "its 4 symbols of 240 subcarriers must lie inside carrier and slot";
            return Err(ConfigError::new("SS/PBCH block", got, rule, "TS 38.211 7.4.3.1"));
        }
        if n_antennas == 0 {
            return Err(ConfigError::new("receive antennas", 0, "must be some", "TS 38.215 5.1.1"));
        }
        Ok(Self {
            p,
            carrier: *carrier,
            n_antennas,
            estimator: ChannelEstimator::new(SSB_SUBCARRIERS, SSB_SYMBOLS, n_antennas),
            pilots: BlockPilots::new(n_antennas),
            re: vec![Complex32::ZERO; n_antennas * SSB_SYMBOLS * SSB_SUBCARRIERS],
            channel: vec![Complex32::ZERO; SSB_SUBCARRIERS],
            branches: vec![ReceivedQuality::default(); n_antennas],
        })
    }

    /// Measures the block of index `ssb_index` in half frame `half_frame` (0 or 1) on the received grid of its slot: one
    /// result an antenna. Elements that are no numbers count as zero.
    ///
    /// # Panics
    /// If the grid is not the carrier's or has not `n_antennas` ports.
    pub fn measure(&mut self, ssb_index: u8, half_frame: u8, grid: &ResourceGrid) -> &[ReceivedQuality] {
        assert_eq!(grid.n_ports(), self.n_antennas, "antennas of the grid");
        assert_eq!(grid.n_subcarriers(), self.carrier.n_subcarriers(), "subcarriers of the grid");
        assert_eq!(grid.n_symbols(), self.carrier.symbols_per_slot(), "symbols of the grid");
        for (i, row) in self.re.chunks_exact_mut(SSB_SUBCARRIERS).enumerate() {
            let (antenna, l) = (i / SSB_SYMBOLS, i % SSB_SYMBOLS);
            let received = &grid.symbol(antenna, self.p.first_symbol + l)[self.p.first_subcarrier..];
            row.iter_mut().zip(received).for_each(|(to, from)| *to = clean(*from));
        }
        let i_bar = dmrs_index(ssb_index, half_frame & 1, self.p.l_max);
        self.pilots.sss_and_dmrs(self.p.cell_id, i_bar, &self.re);
        let numerology = self.carrier.numerology();
        let quality = self.pilots.estimate(numerology, &mut self.estimator, self.n_antennas);
        for (antenna, branch) in self.branches.iter_mut().enumerate() {
            let noise = if quality.usable { self.estimator.noise_variance(antenna) } else { 0.0 };
            let symbols = if self.p.with_dmrs { 1..SSB_SYMBOLS } else { 2..3 };
            let counts = |k: u16| self.p.with_dmrs || (SYNC_FIRST..SYNC_FIRST + 127).contains(&usize::from(k));
            let elements = symbols.flat_map(|l| {
                let places = self.pilots.places(l).iter();
                places.zip(self.pilots.ls(antenna, l)).filter(|(k, _)| counts(**k)).map(|(_, z)| z)
            });
            *branch = ReceivedQuality {
                rsrp: (mean_power(elements) - f64::from(noise)) as f32,
                rssi: self.p.rssi.measure(grid, antenna),
                noise,
                n_prb: self.p.rssi.n_prb(),
            };
        }
        &self.branches
    }

    /// The channel of an antenna over the block's 240 subcarriers, in the symbol of the SSS, as the last measurement
    /// estimated it; zero if there was nothing to estimate from.
    ///
    /// # Panics
    /// If nothing was measured, or there is no such antenna.
    pub fn channel(&mut self, antenna: usize) -> &[Complex32] {
        let time_s = symbol_time_s(self.carrier.numerology(), 2);
        self.estimator.channel(antenna, time_s, &mut self.channel);
        &self.channel
    }
}
