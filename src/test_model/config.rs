use super::TestModel;
use crate::ConfigError;
use crate::frame::{Carrier, CellId, ChannelBandwidth, CyclicPrefix, FrequencyRange, Numerology};

/// Duplex mode of a test model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TestModelDuplex {
    /// Every slot is downlink; one frame long.
    Fdd,
    /// The pattern of Table 4.9.2.2-1; two frames long.
    Tdd,
}

/// A test model in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.141-1 4.9.2.2")]
pub struct TestModelConfig {
    model: TestModel,
    bandwidth: ChannelBandwidth,
    carrier: Carrier,
    duplex: TestModelDuplex,
    cell_id: CellId,
}

impl TestModelConfig {
    /// `cell_id` is 1 for the lowest carrier of a base station, 2 for the next, and so on (4.9.2.3).
    ///
    /// # Errors
    /// If the channel is not one of FR1, or is not used with the subcarrier spacing.
    pub fn new(
        model: TestModel,
        bandwidth: ChannelBandwidth,
        numerology: Numerology,
        duplex: TestModelDuplex,
        cell_id: CellId,
    ) -> Result<Self, ConfigError> {
        if bandwidth.frequency_range() != FrequencyRange::Fr1 {
            let clause = "TS 38.141-1 4.9.2.2";
            return Err(ConfigError::new("channel bandwidth", bandwidth, "must be one of FR1", clause));
        }
        let Some(n_rb) = bandwidth.n_rb(numerology) else {
            let got = format!("{bandwidth} at {} kHz", numerology.scs_khz());
            let rule = format!("is none of FR1; with this spacing there are {}", widths(numerology));
            return Err(ConfigError::new("channel", got, rule, "TS 38.104 Table 5.3.2-1"));
        };
        let carrier = Carrier::new(numerology, CyclicPrefix::Normal, 0, n_rb)?;
        Ok(Self { model, bandwidth, carrier, duplex, cell_id })
    }

    /// The model.
    pub const fn model(&self) -> TestModel {
        self.model
    }

    /// The channel.
    pub const fn bandwidth(&self) -> ChannelBandwidth {
        self.bandwidth
    }

    /// The grid: the transmission bandwidth, whose lowest block is common resource block 0.
    pub const fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// Duplex mode.
    pub const fn duplex(&self) -> TestModelDuplex {
        self.duplex
    }

    /// N_ID^cell, which is every scrambling identity too.
    pub const fn cell_id(&self) -> CellId {
        self.cell_id
    }

    /// Frames of the model, all alike.
    pub const fn n_frames(&self) -> usize {
        match self.duplex {
            TestModelDuplex::Fdd => 1,
            TestModelDuplex::Tdd => 2,
        }
    }

    /// Downlink symbols of a slot of the frame, from its first on: 14, 0, or fewer in the slot where the uplink begins.
    #[doc(alias = "TS 38.141-1 Table 4.9.2.2-1")]
    pub const fn n_downlink_symbols(&self, slot_in_frame: u16) -> u8 {
        if matches!(self.duplex, TestModelDuplex::Fdd) {
            return 14;
        }
        // dl-UL-TransmissionPeriodicity is 5 ms; nrofDownlinkSlots, nrofDownlinkSymbols by the spacing.
        let numerology = self.carrier.numerology();
        let (slots, symbols) = match numerology.mu() {
            0 => (3, 10),
            1 => (7, 6),
            _ => (14, 12),
        };
        let slot = slot_in_frame % (5 * numerology.slots_per_subframe());
        if slot < slots {
            14
        } else if slot == slots {
            symbols
        } else {
            0
        }
    }
}

/// The FR1 channels that a spacing is used with, as text.
fn widths(numerology: Numerology) -> String {
    let used = ChannelBandwidth::all(FrequencyRange::Fr1).filter(|bandwidth| bandwidth.n_rb(numerology).is_some());
    let mhz: Vec<String> = used.map(|bandwidth| bandwidth.mhz().to_string()).collect();
    if mhz.is_empty() { "none".to_owned() } else { mhz.join(", ") + " MHz" }
}
