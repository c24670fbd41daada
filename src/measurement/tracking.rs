use super::csi_rs::cyclic_prefix_s;
use super::received_quality::clean;
use crate::csi_rs::{CsiRsReceiver, TrsSet};
use crate::estimation::{ChannelEstimator, EstimatorSettings, PilotSymbol, TimeModel, symbol_time_s};
use crate::frame::{Carrier, ResourceGrid, SUBCARRIERS_PER_RB, SlotPoint};
use crate::{Complex32, ConfigError};

/// Symbols of a set: two in each of one or two slots.
const MAX_SYMBOLS: usize = 4;

/// Fine time and frequency from a tracking reference signal.
///
/// [`TrsTracker::observe`] takes each slot of the set, [`TrsTracker::estimate`] what they say together.
#[doc(alias = "TS 38.214 5.1.6.1.1")]
#[derive(Debug)]
pub struct TrsTracker {
    carrier: Carrier,
    n_antennas: usize,
    receivers: Vec<[CsiRsReceiver; 2]>,
    settings: EstimatorSettings,
    estimator: ChannelEstimator,
    places: Vec<u16>,
    /// `[antenna][pilot]` by symbol.
    ls: [Vec<Complex32>; MAX_SYMBOLS],
    /// When each symbol begins, of those observed.
    times_s: [Option<f64>; MAX_SYMBOLS],
}

/// What a tracking reference signal says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrackingEstimate {
    /// Whether there was anything to estimate from.
    pub usable: bool,
    /// Mean delay of the channel against the grid's timing, in seconds; positive is late.
    pub delay_s: f32,
    /// Carrier frequency offset in Hz, unambiguous within half a turn over four symbols.
    pub cfo_hz: f32,
    /// RSRP over noise of an element, dB; -inf if not usable.
    pub snr_db: f32,
}

impl TrsTracker {
    /// With a workspace for `n_antennas` receive antennas.
    ///
    /// # Errors
    /// If there is no antenna.
    pub fn new(set: &TrsSet, n_antennas: usize) -> Result<Self, ConfigError> {
        if n_antennas == 0 {
            return Err(ConfigError::new("receive antennas", 0, "must be some", "TS 38.214 5.1.6.1.1"));
        }
        let first = &set.slots()[0][0];
        let carrier = *first.carrier();
        let n_rb = first.parameters().mapping.occupation.n_rb;
        let width = usize::from(n_rb) * SUBCARRIERS_PER_RB;
        let numerology = carrier.numerology();
        let places: Vec<u16> = (0..width as u16)
            .filter(|k| first.pattern().elements().subcarriers() >> (k % SUBCARRIERS_PER_RB as u16) & 1 == 1)
            .collect();
        Ok(Self {
            carrier,
            n_antennas,
            receivers: set
                .slots()
                .iter()
                .map(|pair| pair.each_ref().map(|c| CsiRsReceiver::new(c, n_antennas)))
                .collect(),
            settings: EstimatorSettings {
                n_subcarriers: width,
                scs_hz: f64::from(numerology.scs_hz()),
                max_delay_s: cyclic_prefix_s(numerology, carrier.cyclic_prefix()),
                time: TimeModel::Static,
                track_cfo: true,
            },
            estimator: ChannelEstimator::new(width, MAX_SYMBOLS, n_antennas),
            ls: std::array::from_fn(|_| Vec::with_capacity(n_antennas * places.len())),
            places,
            times_s: [None; MAX_SYMBOLS],
        })
    }

    /// Takes the received grid of slot `index` (0 or 1) of the set, which is `slot`. The first slot begins anew.
    ///
    /// # Panics
    /// If the set has no such slot, the slot is not of the carrier's numerology, or the grid not the carrier's or has not
    /// `n_antennas` ports.
    pub fn observe(&mut self, index: usize, slot: SlotPoint, grid: &ResourceGrid) {
        if index == 0 {
            self.times_s = [None; MAX_SYMBOLS];
        }
        let per_slot = self.carrier.symbols_per_slot();
        let per_subframe = usize::from(self.carrier.numerology().slots_per_subframe());
        // Counted from the set's first slot, whichever is observed.
        let slot_in_subframe = (usize::from(slot.slot()) + per_subframe - index % per_subframe) % per_subframe;
        for (i, receiver) in self.receivers[index].iter_mut().enumerate() {
            let l = usize::from(receiver.config().parameters().mapping.first_symbol);
            let estimates = receiver.estimate(slot, grid);
            let ls = &mut self.ls[2 * index + i];
            ls.clear();
            for antenna in 0..self.n_antennas {
                ls.extend(estimates.port(antenna, 0).iter().map(|z| clean(*z)));
            }
            let (numerology, prefix) = (self.carrier.numerology(), self.carrier.cyclic_prefix());
            self.times_s[2 * index + i] =
                Some(symbol_time_s(numerology, prefix, slot_in_subframe, l + index * per_slot));
        }
    }

    /// The estimate from the slots observed since the first one.
    pub fn estimate(&mut self) -> TrackingEstimate {
        let mut symbols = [PilotSymbol { time_s: 0.0, subcarriers: &[], ls: &[] }; MAX_SYMBOLS];
        let mut n = 0;
        for (time_s, ls) in self.times_s.iter().zip(&self.ls) {
            if let Some(time_s) = *time_s {
                symbols[n] = PilotSymbol { time_s, subcarriers: &self.places, ls };
                n += 1;
            }
        }
        let quality = self.estimator.estimate(&self.settings, self.n_antennas, &symbols[..n]);
        if !quality.usable {
            return TrackingEstimate { snr_db: f32::NEG_INFINITY, ..TrackingEstimate::default() };
        }
        TrackingEstimate {
            usable: true,
            delay_s: quality.delay_s,
            cfo_hz: quality.cfo_hz.unwrap_or(0.0),
            snr_db: quality.snr_db(),
        }
    }
}
