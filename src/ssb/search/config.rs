use crate::ConfigError;
use crate::frame::{FrequencyRange, NrArfcn, Numerology};

/// Where in the band the search looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SearchRaster {
    /// The synchronisation rasters of the bands at the centre frequency; if these hold nothing (or the frequency is
    /// unknown or in no band), everywhere.
    #[default]
    Auto,
    /// The synchronisation rasters of the bands at the centre frequency and nowhere else, if there are any: for a radio,
    /// whose frequency is known and which has no time to look everywhere.
    Bands,
    /// Everywhere in the band, in steps that leave no gap, whatever the centre frequency says.
    Free,
    /// These frequencies of the block's centre (SS_REF) in Hz from the stream's 0 Hz, and no other.
    Offsets(Vec<f64>),
}

/// How the computing time of the first look is spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// Full sensitivity where there are few places to look; else a first look with a part of the PSS's bandwidth,
    /// and the whole of it if that finds nothing.
    #[default]
    Auto,
    /// Full sensitivity everywhere from the start, all the time.
    Full,
}

/// Settings of a [`super::CellSearch`].
#[derive(Clone, Debug, PartialEq)]
pub struct CellSearchConfig {
    pub(super) sample_rate_hz: u64,
    pub(super) centre_frequency_hz: Option<u64>,
    pub(super) numerologies: Vec<Numerology>,
    pub(super) raster: SearchRaster,
    pub(super) sensitivity: Sensitivity,
    pub(super) window_ms: u32,
    pub(super) rescan_ms: Option<u32>,
}

impl CellSearchConfig {
    /// For a stream of `sample_rate_hz` around `centre_frequency_hz` (`None`, 0 or beyond the highest NR-ARFCN: unknown): SCS 15 and 30 kHz,
    /// or 120 and 240 kHz in FR2-1, 120, 480 and 960 kHz in FR2-2; automatic raster and sensitivity. A spacing whose
    /// blocks are wider than the stream is passed over.
    ///
    /// # Errors
    /// If the rate lies outside 3.84 MHz..=1 GHz: 240 subcarriers of 15 kHz need 3.6 MHz.
    pub fn new(sample_rate_hz: u64, centre_frequency_hz: Option<u64>) -> Result<Self, ConfigError> {
        if !(3_840_000..=1_000_000_000).contains(&sample_rate_hz) {
            let rule = "must lie in 3840000..=1000000000 Hz: an SS/PBCH block of 15 kHz is 3.6 MHz wide";
            return Err(ConfigError::new("sample rate", sample_rate_hz, rule, "TS 38.211 7.4.3.1"));
        }
        let centre_frequency_hz = centre_frequency_hz.filter(|hz| (1..=NrArfcn::MAX.hz()).contains(hz));
        let numerologies = match centre_frequency_hz {
            Some(hz) if FrequencyRange::is_fr2_2(hz) => vec![Numerology::MU3, Numerology::MU5, Numerology::MU6],
            Some(hz) if FrequencyRange::of_hz(hz) == FrequencyRange::Fr2 => vec![Numerology::MU3, Numerology::MU4],
            _ => vec![Numerology::MU0, Numerology::MU1],
        };
        Ok(Self {
            sample_rate_hz,
            centre_frequency_hz,
            numerologies,
            raster: SearchRaster::Auto,
            sensitivity: Sensitivity::Auto,
            window_ms: 20,
            rescan_ms: Some(1000),
        })
    }

    /// The subcarrier spacings to look for: 15, 30, 120, 240, 480, 960 kHz.
    ///
    /// # Errors
    /// If there is none, or one is 60 kHz, which no SS/PBCH block has.
    pub fn with_numerologies(mut self, numerologies: &[Numerology]) -> Result<Self, ConfigError> {
        if numerologies.is_empty() || numerologies.contains(&Numerology::MU2) {
            let got = format!("{:?}", numerologies.iter().map(|n| n.scs_khz()).collect::<Vec<_>>());
            let rule = "must be some of 15, 30, 120, 240, 480 and 960 kHz";
            return Err(ConfigError::new("SCS of the SS/PBCH block", got, rule, "TS 38.213 4.1"));
        }
        self.numerologies = numerologies.to_vec();
        self.numerologies.dedup();
        Ok(self)
    }

    /// Where to look.
    #[must_use]
    pub fn with_raster(mut self, raster: SearchRaster) -> Self {
        self.raster = raster;
        self
    }

    /// How thoroughly.
    #[must_use]
    pub const fn with_sensitivity(mut self, sensitivity: Sensitivity) -> Self {
        self.sensitivity = sensitivity;
        self
    }

    /// How long a look takes in at least, in ms: the period of the blocks, 20 unless set (TS 38.213 4.1).
    ///
    /// # Errors
    /// If it lies outside 5..=160.
    pub fn with_window_ms(mut self, window_ms: u32) -> Result<Self, ConfigError> {
        if !(5..=160).contains(&window_ms) {
            return Err(ConfigError::new("search window (ms)", window_ms, "must lie in 5..=160", "TS 38.213 4.1"));
        }
        self.window_ms = window_ms;
        Ok(self)
    }

    /// How long after a look the next one begins, in ms, when cells are known; `None`: never. Known cells are
    /// followed all the time.
    #[must_use]
    pub const fn with_rescan_ms(mut self, rescan_ms: Option<u32>) -> Self {
        self.rescan_ms = rescan_ms;
        self
    }
}
