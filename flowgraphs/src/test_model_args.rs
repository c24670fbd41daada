//! Flags that name a test model in a channel.

use nrflow::ConfigError;
use nrflow::frame::{CellId, ChannelBandwidth, FrequencyRange, Numerology};
use nrflow::test_model::{TestModel, TestModelConfig, TestModelDuplex};

/// A test model in a channel.
#[derive(clap::Args, Clone, Debug)]
pub struct TestModelArgs {
    /// The model: TM1.1, TM1.2, TM2, TM2a, TM2b, TM3.1, TM3.1a, TM3.1b, TM3.2 or TM3.3
    #[arg(long, value_name = "TM", value_parser = TestModel::from_name)]
    test_model: TestModel,
    /// Channel bandwidth, as 20M
    #[arg(long, value_name = "MHZ", value_parser = megahertz)]
    bandwidth: u16,
    /// Subcarrier spacing, as 30k
    #[arg(long, value_name = "KHZ", value_parser = kilohertz)]
    scs: Numerology,
    /// The time-division pattern of the model instead of a downlink without a pause
    #[arg(long)]
    tdd: bool,
    /// N_ID^cell: 1 for the lowest carrier of the base station, 2 for the next, …
    #[arg(long, value_name = "ID", default_value_t = 1)]
    cell_id: u16,
}

impl TestModelArgs {
    /// The model in its channel.
    ///
    /// # Errors
    /// If there is no such channel in FR1.
    pub fn config(&self) -> Result<TestModelConfig, ConfigError> {
        let bandwidth = ChannelBandwidth::new(FrequencyRange::Fr1, self.bandwidth)?;
        let duplex = if self.tdd { TestModelDuplex::Tdd } else { TestModelDuplex::Fdd };
        TestModelConfig::new(self.test_model, bandwidth, self.scs, duplex, CellId::new(self.cell_id)?)
    }
}

/// A model in its channel, for people.
pub fn describe(config: &TestModelConfig) -> String {
    format!(
        "{}, {} at {} kHz, {}, cell {}",
        config.model(),
        config.bandwidth(),
        config.carrier().numerology().scs_khz(),
        duplex_name(config.duplex()).to_uppercase(),
        config.cell_id()
    )
}

/// `fdd` or `tdd`.
pub const fn duplex_name(duplex: TestModelDuplex) -> &'static str {
    match duplex {
        TestModelDuplex::Fdd => "fdd",
        TestModelDuplex::Tdd => "tdd",
    }
}

fn megahertz(text: &str) -> Result<u16, String> {
    let number = text.trim_end_matches("MHz").trim_end_matches('M');
    number.parse().map_err(|_| "must be a whole number of MHz, as 20M".to_owned())
}

fn kilohertz(text: &str) -> Result<Numerology, String> {
    let number = text.trim_end_matches("kHz").trim_end_matches('k');
    let khz = number.parse().map_err(|_| "must be a number of kHz, as 30k".to_owned())?;
    Numerology::from_scs_khz(khz).map_err(|error| error.to_string())
}
