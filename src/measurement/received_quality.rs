use crate::frame::{Carrier, ResourceGrid, SUBCARRIERS_PER_RB};
use crate::{Complex32, ConfigError};

/// Elements beyond this are no signal; their squares must not overflow.
const LARGEST: f32 = 1e12;

/// An element as received, zero where it is no usable number.
pub(super) fn clean(z: Complex32) -> Complex32 {
    // Also false if either is no number.
    if z.re.abs() < LARGEST && z.im.abs() < LARGEST { z } else { Complex32::ZERO }
}

/// Mean power of some elements; 0 of none.
pub(super) fn mean_power<'a>(elements: impl Iterator<Item = &'a Complex32>) -> f64 {
    let (sum, n) = elements.fold((0.0, 0u32), |(sum, n), z| (sum + f64::from(clean(*z).norm_sqr()), n + 1));
    sum / f64::from(n.max(1))
}

/// What one receiver branch measured of one signal. Powers are in units of the grid: with samples against full scale, dB
/// are dBFS; with a known gain in front, dBm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[doc(alias = "TS 38.215 5.1.1 to 5.1.6")]
pub struct ReceivedQuality {
    /// RSRP: the power of a resource element of the reference signal, linear, the noise's share taken off. The mean over
    /// many measurements is right at any signal-to-noise ratio; a single one can come out below zero.
    pub rsrp: f32,
    /// RSSI: the total power of a symbol in the measurement bandwidth, linear, mean over the symbols measured.
    pub rssi: f32,
    /// Noise and interference of a resource element that carries the reference signal, linear.
    pub noise: f32,
    /// N, the resource blocks of the RSSI.
    pub n_prb: u16,
}

impl ReceivedQuality {
    /// RSRP in dB; -inf if there is none.
    #[doc(alias = "TS 38.215 5.1.1, 5.1.2")]
    pub fn rsrp_db(&self) -> f32 {
        db(self.rsrp)
    }

    /// N x RSRP / RSSI in dB; -inf if there is no signal.
    #[doc(alias = "TS 38.215 5.1.3, 5.1.4")]
    pub fn rsrq_db(&self) -> f32 {
        db(f32::from(self.n_prb) * self.rsrp / self.rssi.max(f32::MIN_POSITIVE))
    }

    /// RSRP over noise and interference in dB; -inf if there is no signal.
    #[doc(alias = "TS 38.215 5.1.5, 5.1.6")]
    pub fn sinr_db(&self) -> f32 {
        db(self.rsrp / self.noise.max(f32::MIN_POSITIVE))
    }
}

fn db(ratio: f32) -> f32 {
    // Not above zero, or no number.
    if ratio > 0.0 { 10.0 * ratio.log10() } else { f32::NEG_INFINITY }
}

/// What is reported of several receiver branches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReportedQuality {
    /// RSRP in dB.
    pub rsrp_db: f32,
    /// RSRQ in dB.
    pub rsrq_db: f32,
    /// SINR in dB.
    pub sinr_db: f32,
}

impl ReportedQuality {
    /// Of each quantity the best branch's: with receiver diversity the value reported must not be lower than that of any
    /// branch. All -inf without branches.
    #[doc(alias = "TS 38.215 5.1.1")]
    pub fn of(branches: &[ReceivedQuality]) -> Self {
        let best = |of: fn(&ReceivedQuality) -> f32| branches.iter().map(of).fold(f32::NEG_INFINITY, f32::max);
        Self {
            rsrp_db: best(ReceivedQuality::rsrp_db),
            rsrq_db: best(ReceivedQuality::rsrq_db),
            sinr_db: best(ReceivedQuality::sinr_db),
        }
    }
}

/// Where the RSSI is measured: resource blocks of the carrier, and symbols of the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.215 5.1.3")]
pub struct RssiResources {
    first_prb: u16,
    n_prb: u16,
    symbols: u16,
}

impl RssiResources {
    /// `n_prb` blocks from `first_prb`, counted from the carrier's lowest; bit l of `symbols` is symbol l.
    ///
    /// # Errors
    /// If there is no block or symbol, or one outside the carrier or the slot.
    pub fn new(carrier: &Carrier, first_prb: u16, n_prb: u16, symbols: u16) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.215 5.1.3";
        if n_prb == 0 || u32::from(first_prb) + u32::from(n_prb) > carrier.n_prb().into() {
            let rule = format!("must be some of the carrier's {}", carrier.n_prb());
            return Err(ConfigError::new("RSSI blocks", format!("{n_prb} from {first_prb}"), rule, CLAUSE));
        }
        if symbols == 0 || u32::from(symbols) >> carrier.symbols_per_slot() != 0 {
            let rule = format!("must be some of the slot's {}", carrier.symbols_per_slot());
            return Err(ConfigError::new("RSSI symbols", format!("{symbols:#016b}"), rule, CLAUSE));
        }
        Ok(Self { first_prb, n_prb, symbols })
    }

    /// N, the resource blocks.
    pub const fn n_prb(&self) -> u16 {
        self.n_prb
    }

    /// The RSSI of an antenna, linear. Elements that are no numbers count as zero.
    ///
    /// # Panics
    /// If the grid has no such antenna or is smaller than the carrier's.
    pub fn measure(&self, grid: &ResourceGrid, antenna: usize) -> f32 {
        let width = usize::from(self.n_prb) * SUBCARRIERS_PER_RB;
        let first = usize::from(self.first_prb) * SUBCARRIERS_PER_RB;
        let symbols = (0..16).filter(|l| self.symbols >> l & 1 == 1);
        let elements = symbols.flat_map(|l| &grid.symbol(antenna, l)[first..first + width]);
        (mean_power(elements) * width as f64) as f32
    }
}
