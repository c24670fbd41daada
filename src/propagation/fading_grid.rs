use super::fading::Fader;
use super::gaussian::generator;
use super::{DelayProfile, Fading};
use crate::frame::{Carrier, ResourceGrid};
use crate::{Complex32, ConfigError};
use num_complex::Complex64;
use rand::RngExt;
use std::f64::consts::TAU;

/// A fading channel on the resource elements of a slot: for simulations that leave out the OFDM modulation.
///
/// It is constant within a symbol, so there is no interference between subcarriers, and symbols are taken to be equally
/// long; delays must lie inside the cyclic prefix.
#[derive(Clone, Debug)]
pub struct FadingGrid {
    profile: DelayProfile,
    max_doppler_hz: f64,
    n_rx: usize,
    n_tx: usize,
}

impl FadingGrid {
    /// A profile with the largest Doppler shift between `n_tx` transmit and `n_rx` receive antennas.
    ///
    /// # Errors
    /// If there is no antenna on a side, or the shift is negative or not finite.
    pub fn new(profile: DelayProfile, max_doppler_hz: f64, n_rx: usize, n_tx: usize) -> Result<Self, ConfigError> {
        if n_rx * n_tx == 0 {
            let got = format!("{n_rx} x {n_tx}");
            return Err(ConfigError::new("antennas", got, "there is one on each side at least", "propagation"));
        }
        if !(max_doppler_hz >= 0.0 && max_doppler_hz.is_finite()) {
            let rule = "must be a finite number, not negative";
            return Err(ConfigError::new("Doppler shift (Hz)", max_doppler_hz, rule, "propagation"));
        }
        Ok(Self { profile, max_doppler_hz, n_rx, n_tx })
    }

    /// Receive antennas.
    pub const fn n_rx(&self) -> usize {
        self.n_rx
    }

    /// Transmit antennas.
    pub const fn n_tx(&self) -> usize {
        self.n_tx
    }

    /// Draws the responses of one slot, number `stream` of the independent ones of `seed`: that from transmit antenna t
    /// to receive antenna r is written to port r n_tx + t of `out`.
    ///
    /// # Panics
    /// If `out` is not a grid of `carrier` with a port for each pair.
    pub fn draw(&self, carrier: &Carrier, seed: u64, stream: u64, out: &mut ResourceGrid) {
        assert_eq!(out.n_ports(), self.n_rx * self.n_tx, "ports of the grid");
        assert_eq!(out.n_subcarriers(), carrier.n_subcarriers(), "subcarriers of the grid");
        let mut rng = generator(seed, stream);
        let scs_hz = f64::from(carrier.numerology().scs_hz());
        let n_symbols = out.n_symbols();
        // In turns a symbol.
        let doppler = self.max_doppler_hz * 15.0 / scs_hz / n_symbols as f64;
        out.clear();
        for port in 0..out.n_ports() {
            for tap in self.profile.taps() {
                let turns: f64 = rng.random();
                let mut fader = match tap.fading {
                    Fading::Rayleigh => Fader::rayleigh(tap.power, doppler, &mut rng),
                    Fading::LineOfSight => Fader::line_of_sight(tap.power, doppler, turns),
                    Fading::Static => Fader::constant(tap.power, turns),
                };
                let step = Complex64::cis(-TAU * tap.delay_s * scs_hz);
                for l in 0..n_symbols {
                    let mut h = fader.advance();
                    for out in out.symbol_mut(port, l) {
                        *out += Complex32::new(h.re as f32, h.im as f32);
                        h *= step;
                    }
                }
            }
        }
    }
}

/// Adds to `received` what arrives of `sent` over `channel`, whose ports are pairs of antennas as in
/// [`FadingGrid::draw`].
///
/// # Panics
/// If the grids' sizes differ, or `channel` has not a port for each pair.
pub fn add_over(channel: &ResourceGrid, sent: &ResourceGrid, received: &mut ResourceGrid) {
    let n_tx = sent.n_ports();
    assert_eq!(channel.n_ports(), n_tx * received.n_ports(), "pairs of antennas");
    for port in 0..channel.n_ports() {
        for l in 0..sent.n_symbols() {
            let (h, x, y) = (channel.symbol(port, l), sent.symbol(port % n_tx, l), received.symbol_mut(port / n_tx, l));
            assert!(h.len() == x.len() && x.len() == y.len(), "subcarriers of the grids");
            y.iter_mut().zip(h.iter().zip(x)).for_each(|(y, (h, x))| *y += h * x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SimplifiedTdl;
    use super::*;
    use crate::frame::{CyclicPrefix, Numerology};

    #[test]
    fn power_and_coherence_are_the_profiles() {
        let carrier = Carrier::new(Numerology::MU1, CyclicPrefix::Normal, 0, 24).unwrap();
        let profile = DelayProfile::simplified(SimplifiedTdl::Tdlc300);
        let fading = FadingGrid::new(profile.clone(), 400.0, 2, 2).unwrap();
        let mut grid = ResourceGrid::for_carrier(&carrier, 4);
        let (apart, later) = (20, 10);
        let (mut power, mut over_frequency, mut over_time, mut between) = (0.0, Complex64::ZERO, 0.0, Complex64::ZERO);
        let wide = |z: Complex32| Complex64::new(z.re.into(), z.im.into());
        const N: u64 = 3000;
        for stream in 0..N {
            fading.draw(&carrier, 5, stream, &mut grid);
            for port in 0..4 {
                let (h, last) = (grid.symbol(port, 1), grid.symbol(port, 1 + later));
                power += f64::from(h[7].norm_sqr());
                over_frequency += wide(h[7 + apart] * h[7].conj());
                over_time += wide(last[9] * h[9].conj()).re;
            }
            between += wide(grid.symbol(0, 3)[0] * grid.symbol(3, 3)[0].conj());
        }
        let n = 4.0 * N as f64;
        let expected: Complex64 =
            profile.taps().iter().map(|tap| tap.power * Complex64::cis(-TAU * tap.delay_s * 30e3 * apart as f64)).sum();
        // The Bessel function J_0 by its integral.
        let angle = TAU * 400.0 * later as f64 * 0.5e-3 / 14.0;
        let bessel =
            (0..1000).map(|i| (angle * (std::f64::consts::PI * (i as f64 + 0.5) / 1000.0).sin()).cos()).sum::<f64>()
                / 1000.0;
        println!("{} {} {} {}", power / n, over_frequency / n, over_time / n, between / n);
        assert!((power / n - 1.0).abs() < 0.04);
        assert!((over_frequency / n - expected).norm() < 0.04, "{expected}");
        assert!((over_time / n - bessel).abs() < 0.04, "{bessel}");
        assert!((between / n).norm() < 0.02);
    }

    #[test]
    fn pairs_of_antennas_add_up() {
        let one = |values: &[f32]| {
            let mut grid = ResourceGrid::new(values.len(), 1, 1);
            grid.as_mut_slice().iter_mut().zip(values).for_each(|(z, x)| *z = Complex32::from(*x));
            grid
        };
        let mut received = one(&[100.0, 200.0]);
        add_over(&one(&[1.0, 2.0, 3.0, 4.0]), &one(&[5.0, 6.0]), &mut received);
        assert_eq!(received.as_slice(), one(&[117.0, 239.0]).as_slice());
    }

    #[test]
    fn impossible_ones_are_refused() {
        let flat = DelayProfile::flat;
        assert!(FadingGrid::new(flat(), 1.0, 0, 1).is_err() && FadingGrid::new(flat(), 1.0, 1, 0).is_err());
        assert!(FadingGrid::new(flat(), -1.0, 1, 1).is_err() && FadingGrid::new(flat(), f64::NAN, 1, 1).is_err());
    }
}
