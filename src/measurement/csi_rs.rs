use super::received_quality::{ReceivedQuality, RssiResources, clean, mean_power};
use crate::csi_rs::{CsiRsConfig, CsiRsReceiver};
use crate::estimation::{ChannelEstimator, EstimatorSettings, PilotSymbol, TimeModel};
use crate::frame::{CyclicPrefix, Numerology, ResourceGrid, SUBCARRIERS_PER_RB, SlotPoint};
use crate::{Complex32, ConfigError};

/// The longest delay looked for: the cyclic prefix.
pub(super) fn cyclic_prefix_s(numerology: Numerology, prefix: CyclicPrefix) -> f64 {
    let samples = match prefix {
        CyclicPrefix::Normal => 144.0,
        CyclicPrefix::Extended => 512.0,
    };
    samples / 2048.0 / f64::from(numerology.scs_hz())
}

/// The subcarrier of each block at which [`CsiRsMeasurement::channel`] is given (the centre of the pair 5, 6 where ports
/// share elements by CDM).
const CENTRE: usize = 5;

/// Measures CSI-RSRP, CSI-RSRQ and CSI-SINR, and the channel from each port to each receive antenna, on slots with one
/// non-zero-power CSI-RS resource.
///
/// The estimates of the CDM groups are smoothed over frequency as a channel with delays inside the cyclic prefix; what
/// that leaves over is the noise. The RSRP is the mean power of the estimates less that of their noise.
#[doc(alias = "TS 38.215 5.1.2, 5.1.4, 5.1.6")]
#[derive(Debug)]
pub struct CsiRsMeter {
    receiver: CsiRsReceiver,
    n_antennas: usize,
    rssi: RssiResources,
    settings: EstimatorSettings,
    estimator: ChannelEstimator,
    /// Where the estimates of port 3000 lie, from the lowest subcarrier of the resource's blocks; how far above those of
    /// each port do.
    places: Vec<u16>,
    offsets: Vec<f64>,
    ls: Vec<Complex32>,
    row: Vec<Complex32>,
    /// `[block][antenna][port]`.
    channel: Vec<Complex32>,
    /// `[antenna][port]`.
    rsrp: Vec<f32>,
    branches: Vec<ReceivedQuality>,
}

/// What [`CsiRsMeter::measure`] found.
#[derive(Clone, Copy, Debug)]
pub struct CsiRsMeasurement<'a> {
    meter: &'a CsiRsMeter,
    delay_s: f32,
}

impl CsiRsMeter {
    /// With a workspace for `n_antennas` receive antennas.
    ///
    /// # Errors
    /// If there is no antenna.
    pub fn new(config: &CsiRsConfig, n_antennas: usize) -> Result<Self, ConfigError> {
        if n_antennas == 0 {
            return Err(ConfigError::new("receive antennas", 0, "must be some", "TS 38.215 5.1.2"));
        }
        let carrier = config.carrier();
        let occupation = config.parameters().mapping.occupation;
        let elements = config.pattern().elements();
        let first_prb = occupation.start_crb - carrier.start_crb();
        let rssi = RssiResources::new(carrier, first_prb, occupation.n_rb, elements.symbols())?;
        let width = usize::from(occupation.n_rb) * SUBCARRIERS_PER_RB;
        let base = f32::from(first_prb) * SUBCARRIERS_PER_RB as f32;
        let mut receiver = CsiRsReceiver::new(config, n_antennas);
        let (mut places, mut offsets) = (Vec::new(), Vec::new());
        // The places do not depend on what is received.
        let numerology = carrier.numerology();
        let slot = SlotPoint::new(numerology, 0, 0)?;
        let estimates = receiver.estimate(slot, &ResourceGrid::for_carrier(carrier, n_antennas));
        places.extend(estimates.subcarriers(0).map(|k| (k - base) as u16));
        for port in 0..config.n_ports() {
            let first = estimates.subcarriers(port).next().unwrap_or(base);
            offsets.push(f64::from(first - base) - f64::from(places[0]));
        }
        // Where the channel is read, a pair of elements has its centre half a subcarrier higher.
        let half = if config.pattern().cdm_size() > 1 { 0.5 } else { 0.0 };
        offsets.iter_mut().for_each(|offset| *offset -= half);
        let n_ports = config.n_ports();
        Ok(Self {
            receiver,
            n_antennas,
            rssi,
            settings: EstimatorSettings {
                n_subcarriers: width,
                scs_hz: f64::from(numerology.scs_hz()),
                max_delay_s: cyclic_prefix_s(numerology, carrier.cyclic_prefix()),
                time: TimeModel::Static,
                track_cfo: false,
            },
            estimator: ChannelEstimator::new(width, 1, n_ports),
            ls: vec![Complex32::ZERO; n_ports * places.len()],
            places,
            offsets,
            row: vec![Complex32::ZERO; width],
            channel: vec![Complex32::ZERO; usize::from(occupation.n_rb) * n_antennas * n_ports],
            rsrp: vec![0.0; n_antennas * n_ports],
            branches: vec![ReceivedQuality::default(); n_antennas],
        })
    }

    /// The resource.
    pub const fn config(&self) -> &CsiRsConfig {
        self.receiver.config()
    }

    /// Receive antennas.
    pub const fn n_antennas(&self) -> usize {
        self.n_antennas
    }

    /// Measures on the received grid of `slot`, whether or not the resource's period names the slot. Elements that are
    /// no numbers count as zero.
    ///
    /// # Panics
    /// If the slot is not of the carrier's numerology, or the grid not the carrier's or has not `n_antennas` ports.
    pub fn measure(&mut self, slot: SlotPoint, grid: &ResourceGrid) -> CsiRsMeasurement<'_> {
        let config = self.receiver.config();
        let (n_ports, cdm_size) = (config.n_ports(), config.pattern().cdm_size() as f32);
        let power = config.parameters().amplitude.powi(2);
        let estimates = self.receiver.estimate(slot, grid);
        let (n, n_antennas) = (self.places.len(), self.n_antennas);
        let (mut delay, mut usable) = (0.0, 0u8);
        for antenna in 0..n_antennas {
            for (port, ls) in self.ls.chunks_exact_mut(n).enumerate() {
                ls.iter_mut().zip(estimates.port(antenna, port)).for_each(|(to, from)| *to = clean(*from));
            }
            let pilots = PilotSymbol { time_s: 0.0, subcarriers: &self.places, ls: &self.ls };
            let quality = self.estimator.estimate_rows(&self.settings, n_ports, |port| self.offsets[port], &[pilots]);
            if quality.usable {
                delay += quality.delay_s;
                usable += 1;
            }
            let mut noise = 0.0;
            for (port, ls) in self.ls.chunks_exact(n).enumerate() {
                let of_estimate = if quality.usable { self.estimator.noise_variance(port) } else { 0.0 };
                noise += of_estimate;
                let rsrp = mean_power(ls.iter()) - f64::from(of_estimate);
                self.rsrp[antenna * n_ports + port] = (rsrp * f64::from(power)) as f32;
                self.estimator.channel(port, 0.0, &mut self.row);
                for (block, row) in self.row.chunks_exact(SUBCARRIERS_PER_RB).enumerate() {
                    self.channel[(block * n_antennas + antenna) * n_ports + port] = row[CENTRE];
                }
            }
            self.branches[antenna] = ReceivedQuality {
                rsrp: self.rsrp[antenna * n_ports],
                rssi: self.rssi.measure(grid, antenna),
                noise: noise / n_ports as f32 * cdm_size * power,
                n_prb: self.rssi.n_prb(),
            };
        }
        let delay_s = if usable > 0 { delay / f32::from(usable) } else { 0.0 };
        CsiRsMeasurement { meter: self, delay_s }
    }
}

impl<'a> CsiRsMeasurement<'a> {
    /// The resource.
    pub const fn config(&self) -> &'a CsiRsConfig {
        self.meter.config()
    }

    /// Receive antennas.
    pub const fn n_antennas(&self) -> usize {
        self.meter.n_antennas
    }

    /// RSRP, RSRQ and SINR of port 3000 at each receive antenna.
    pub fn branches(&self) -> &'a [ReceivedQuality] {
        &self.meter.branches
    }

    /// The power at which an element of port 3000 + `port` reaches `antenna`, linear; see [`ReceivedQuality::rsrp`]. L1-RSRP
    /// may count ports 3000 and 3001.
    ///
    /// # Panics
    /// If there is no such antenna or port.
    pub fn rsrp(&self, antenna: usize, port: usize) -> f32 {
        let n_ports = self.config().n_ports();
        assert!(port < n_ports, "port {port} of {n_ports}");
        self.meter.rsrp[antenna * n_ports + port]
    }

    /// The channel in block `block` of the resource's freqBand (at its centre), `[antenna][port]`, in units of the
    /// channel's gain, beta_CSIRS taken out.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn channel(&self, block: usize) -> &'a [Complex32] {
        let size = self.n_antennas() * self.config().n_ports();
        &self.meter.channel[block * size..(block + 1) * size]
    }

    /// Mean delay of the channel in seconds; positive is late.
    pub const fn delay_s(&self) -> f32 {
        self.delay_s
    }
}
