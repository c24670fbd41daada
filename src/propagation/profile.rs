use crate::{ConfigError, table};

/// How the gain of a tap varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fading {
    /// Complex Gaussian with the classical (Jakes) Doppler spectrum, independent for each pair of antennas.
    Rayleigh,
    /// A specular part at 0.7 of the largest Doppler shift.
    #[doc(alias = "TR 38.901 7.7.2")]
    LineOfSight,
    /// Constant. Antenna pair (r, t) has the gain e^(-j 2 pi r t / max(n_rx, n_tx)): 1 everywhere with one transmit
    /// antenna.
    Static,
}

/// One tap of a delay profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tap {
    /// Delay in seconds.
    pub delay_s: f64,
    /// Mean power, linear.
    pub power: f64,
    /// How it varies.
    pub fading: Fading,
}

/// A tapped delay line model of TR 38.901.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TR 38.901 7.7.2")]
pub enum TdlModel {
    /// TDL-A, without line of sight.
    A,
    /// TDL-B, without line of sight.
    B,
    /// TDL-C, without line of sight.
    C,
    /// TDL-D, K factor 13.3 dB.
    D,
    /// TDL-E, K factor 22 dB.
    E,
}

/// A simplified profile of the performance requirements, its delay spread in the name (ns).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.104 G.2.1.1")]
#[doc(alias = "TS 38.101-4 B.2.1")]
pub enum SimplifiedTdl {
    /// TDLA10
    Tdla10,
    /// TDLA30
    Tdla30,
    /// TDLB100
    Tdlb100,
    /// TDLC60
    Tdlc60,
    /// TDLC300
    Tdlc300,
    /// TDLD10
    Tdld10,
    /// TDLD30
    Tdld30,
}

impl SimplifiedTdl {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Tdla10, Self::Tdla30, Self::Tdlb100, Self::Tdlc60, Self::Tdlc300, Self::Tdld10, Self::Tdld30];

    /// The standard's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tdla10 => "TDLA10",
            Self::Tdla30 => "TDLA30",
            Self::Tdlb100 => "TDLB100",
            Self::Tdlc60 => "TDLC60",
            Self::Tdlc300 => "TDLC300",
            Self::Tdld10 => "TDLD10",
            Self::Tdld30 => "TDLD30",
        }
    }
}

impl TdlModel {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// The standard's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "TDL-A",
            Self::B => "TDL-B",
            Self::C => "TDL-C",
            Self::D => "TDL-D",
            Self::E => "TDL-E",
        }
    }
}

const TDL: &str = include_str!("../../tables/tdl_profiles_38.901_7.7.2.csv");
const SIMPLIFIED: &str = include_str!("../../tables/tdl_simplified_38.104_G.2.1.1.csv");

/// Delays and powers of the taps, of total power 1.
#[derive(Clone, Debug, PartialEq)]
pub struct DelayProfile {
    taps: Vec<Tap>,
}

impl DelayProfile {
    /// The given taps, scaled to total power 1.
    ///
    /// # Errors
    /// If there is none, a delay lies outside 0..=1 ms, a power is negative or not finite, or all are 0.
    pub fn new(mut taps: Vec<Tap>) -> Result<Self, ConfigError> {
        for tap in &taps {
            if !(0.0..=1e-3).contains(&tap.delay_s) {
                return Err(ConfigError::new("tap delay (s)", tap.delay_s, "must lie in 0..=1 ms", "delay profile"));
            }
            if !(tap.power >= 0.0 && tap.power.is_finite()) {
                return Err(ConfigError::new("tap power", tap.power, "must be finite, not negative", "delay profile"));
            }
        }
        let total: f64 = taps.iter().map(|tap| tap.power).sum();
        if !(total > 0.0 && total.is_finite()) {
            return Err(ConfigError::new("total power of the taps", total, "must be above zero", "delay profile"));
        }
        taps.iter_mut().for_each(|tap| tap.power /= total);
        Ok(Self { taps })
    }

    /// One path without delay or fading.
    pub fn direct() -> Self {
        Self { taps: vec![Tap { delay_s: 0.0, power: 1.0, fading: Fading::Static }] }
    }

    /// One Rayleigh-fading path without delay.
    pub fn flat() -> Self {
        Self { taps: vec![Tap { delay_s: 0.0, power: 1.0, fading: Fading::Rayleigh }] }
    }

    /// A model of TR 38.901, its normalised delays scaled by the rms delay spread in seconds.
    ///
    /// # Errors
    /// If the delay spread is negative, not finite or makes a delay longer than 1 ms.
    #[doc(alias = "TR 38.901 7.7.3")]
    pub fn tdl(model: TdlModel, rms_delay_spread_s: f64) -> Result<Self, ConfigError> {
        if !(0.0..=1e-4).contains(&rms_delay_spread_s) {
            let rule = "must lie in 0..=100 us";
            return Err(ConfigError::new("rms delay spread (s)", rms_delay_spread_s, rule, "TR 38.901 7.7.3"));
        }
        let rows = table::rows(TDL).filter(|row| row[0] == model.name());
        Self::new(rows.map(|row| tap(&row[2..], rms_delay_spread_s)).collect())
    }

    /// A simplified profile.
    pub fn simplified(profile: SimplifiedTdl) -> Self {
        let rows = table::rows(SIMPLIFIED).filter(|row| row[0] == profile.name());
        let taps = rows.map(|row| tap(&row[3..], 1e-9)).collect();
        // The tables' values are valid: a test reads each of them.
        Self::new(taps).unwrap_or_else(|_| Self::direct())
    }

    /// A profile by the standard's name, upper or lower case: `TDLA30` and the like, or `TDL-A` to `TDL-E` with the rms
    /// delay spread in seconds.
    ///
    /// # Errors
    /// If there is no such profile, or the delay spread is missing or not allowed.
    pub fn by_name(name: &str, rms_delay_spread_s: Option<f64>) -> Result<Self, ConfigError> {
        if let Some(profile) = SimplifiedTdl::ALL.into_iter().find(|p| p.name().eq_ignore_ascii_case(name)) {
            return Ok(Self::simplified(profile));
        }
        match (TdlModel::ALL.into_iter().find(|m| m.name().eq_ignore_ascii_case(name)), rms_delay_spread_s) {
            (Some(model), Some(rms_delay_spread_s)) => Self::tdl(model, rms_delay_spread_s),
            (Some(_), None) => {
                let rule = "needs an rms delay spread to scale its delays";
                Err(ConfigError::new("delay profile", name, rule, "TR 38.901 7.7.3"))
            }
            (None, _) => {
                let rule = "must be TDL-A to TDL-E, TDLA10, TDLA30, TDLB100, TDLC60, TDLC300, TDLD10 or TDLD30";
                Err(ConfigError::new("delay profile", name, rule, "TR 38.901 7.7.2, TS 38.104 G.2.1.1"))
            }
        }
    }

    /// The taps; their powers sum to 1.
    pub fn taps(&self) -> &[Tap] {
        &self.taps
    }

    /// Mean delay in seconds, weighted by power.
    pub fn mean_delay_s(&self) -> f64 {
        self.taps.iter().map(|tap| tap.power * tap.delay_s).sum()
    }

    /// Root-mean-square delay spread in seconds.
    pub fn rms_delay_spread_s(&self) -> f64 {
        let mean = self.mean_delay_s();
        self.taps.iter().map(|tap| tap.power * (tap.delay_s - mean).powi(2)).sum::<f64>().sqrt()
    }
}

/// From the cells delay, power in dB, fading.
fn tap(cells: &[&str], delay_unit_s: f64) -> Tap {
    let (delay, power_db): (f64, f64) = (table::number(cells[0]), table::number(cells[1]));
    let fading = if cells[2] == "LOS" { Fading::LineOfSight } else { Fading::Rayleigh };
    Tap { delay_s: delay * delay_unit_s, power: 10f64.powf(power_db / 10.0), fading }
}
