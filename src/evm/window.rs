use crate::ConfigError;
use crate::frame::{Carrier, ChannelBandwidth, CyclicPrefix, FrequencyRange, Numerology};
use crate::ofdm::OfdmConfig;
use crate::table::{number, rows};
use std::sync::LazyLock;

/// The sampling and the window of the measurement in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.104 B.5.2")]
#[doc(alias = "TS 38.104 C.5.2")]
pub struct EvmWindow {
    numerology: Numerology,
    fft_size: usize,
    length: usize,
}

struct Row {
    range: FrequencyRange,
    scs_khz: u32,
    cyclic_prefix: CyclicPrefix,
    mhz: u16,
    fft_size: usize,
    length: usize,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    rows(include_str!("../../tables/evm_window_38.104_B5_C5.csv"))
        .map(|cells| Row {
            range: if cells[0].starts_with('B') { FrequencyRange::Fr1 } else { FrequencyRange::Fr2 },
            scs_khz: number(cells[1]),
            cyclic_prefix: if cells[2] == "normal" { CyclicPrefix::Normal } else { CyclicPrefix::Extended },
            mhz: number(cells[3]),
            fft_size: number(cells[4]),
            length: number(cells[6]),
        })
        .collect()
});

impl EvmWindow {
    /// # Errors
    /// If the tables have no row for the channel.
    pub fn new(
        bandwidth: ChannelBandwidth,
        numerology: Numerology,
        cyclic_prefix: CyclicPrefix,
    ) -> Result<Self, ConfigError> {
        let row = ROWS.iter().find(|row| {
            (row.range, row.scs_khz, row.cyclic_prefix, row.mhz)
                == (bandwidth.frequency_range(), numerology.scs_khz(), cyclic_prefix, bandwidth.mhz())
        });
        let Some(row) = row else {
            let got = format!("{bandwidth} at {} kHz", numerology.scs_khz());
            let rule = "has no measurement window in Tables B.5.2-1 to -4 and C.5.2-1 to -3";
            return Err(ConfigError::new("channel", got, rule, "TS 38.104 B.5.2"));
        };
        Ok(Self { numerology, fft_size: row.fft_size, length: row.length })
    }

    /// Points of the FFT.
    pub const fn fft_size(self) -> usize {
        self.fft_size
    }

    /// W, samples.
    pub const fn length(self) -> usize {
        self.length
    }

    /// The sample rate of the measurement in Hz.
    pub const fn sample_rate_hz(self) -> u64 {
        self.fft_size as u64 * self.numerology.scs_hz() as u64
    }

    /// How the grid of `carrier` lies in samples of this rate, with its middle at 0 Hz. `phase_compensation_hz` as for
    /// [`OfdmConfig::new`].
    ///
    /// # Errors
    /// If the carrier is not one of the channel.
    pub fn ofdm(self, carrier: &Carrier, phase_compensation_hz: Option<f64>) -> Result<OfdmConfig, ConfigError> {
        OfdmConfig::new(carrier, self.sample_rate_hz(), 0, phase_compensation_hz)
    }

    /// The samples from the start of the FFT to the end of a cyclic prefix of `cyclic_prefix_len` samples: for the lower
    /// and for the upper end of a window in the middle of the prefix.
    ///
    /// # Panics
    /// If the window is longer than the prefix.
    #[doc(alias = "TS 38.104 B.7")]
    pub const fn back_offs(self, cyclic_prefix_len: usize) -> [usize; 2] {
        let low = (cyclic_prefix_len - self.length) / 2;
        [cyclic_prefix_len - low, cyclic_prefix_len - (low + self.length - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_the_prefix_of_its_size_and_a_window_inside_it() {
        let mut channels = 0;
        for cells in rows(include_str!("../../tables/evm_window_38.104_B5_C5.csv")) {
            let Ok(numerology) = Numerology::from_scs_khz(number(cells[1])) else { continue };
            let range = if cells[0].starts_with('B') { FrequencyRange::Fr1 } else { FrequencyRange::Fr2 };
            let bandwidth = ChannelBandwidth::new(range, number(cells[3])).unwrap();
            let prefix = if cells[2] == "normal" { CyclicPrefix::Normal } else { CyclicPrefix::Extended };
            let window = EvmWindow::new(bandwidth, numerology, prefix).unwrap();
            let carrier = Carrier::new(numerology, prefix, 0, bandwidth.n_rb(numerology).unwrap()).unwrap();
            channels += 1;
            let Ok(ofdm) = window.ofdm(&carrier, None) else {
                assert!(window.sample_rate_hz() > *OfdmConfig::SAMPLE_RATES_HZ.end());
                continue;
            };
            let symbol = ofdm.timing().symbols()[1];
            assert_eq!(symbol.cyclic_prefix_len(), number::<usize>(cells[5]), "{cells:?}");
            assert!(ofdm.timing().symbols().iter().all(|symbol| symbol.useful_residual == 0.0));
            for symbol in ofdm.timing().symbols() {
                let len = symbol.cyclic_prefix_len();
                let [low, high] = window.back_offs(len);
                assert_eq!(low - high, window.length() - 1);
                // As many samples of the prefix before the window as behind it, or one less.
                assert!(low <= len && high >= 1 && (high - 1).abs_diff(len - low) <= 1, "{cells:?}");
            }
        }
        assert_eq!(channels, 71);
        let fr1 = ChannelBandwidth::new(FrequencyRange::Fr1, 20).unwrap();
        assert!(EvmWindow::new(fr1, Numerology::MU3, CyclicPrefix::Normal).is_err());
    }
}
