use crate::frame::{Carrier, Numerology};
use crate::modulation::Modulation;
use crate::{Complex32, ConfigError};

/// How the data of a channel is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EvmData {
    /// The elements hold it.
    Known,
    /// Not at all: each symbol is taken for the point of the constellation nearest to it.
    Nearest,
}

/// A physical channel of the signal that is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvmChannel {
    /// Modulation of its data.
    pub modulation: Modulation,
    /// Amplitude of its data, on the scale of the elements' values.
    pub amplitude: f32,
    /// Whether the result of its modulation includes it.
    pub measured: bool,
    /// How its data is known.
    pub data: EvmData,
}

/// An element of a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvmElement {
    /// Symbol of the slot.
    pub symbol: u8,
    /// Subcarrier of the carrier, 0 the lowest.
    pub subcarrier: u16,
    /// Number of its channel.
    pub channel: u8,
    /// Whether it is a pilot of the equaliser: the same antenna port as the data. Other reference signals do not belong
    /// into the reference.
    pub pilot: bool,
    /// Its ideal value; of a channel whose data is not known, only the pilots' counts.
    pub value: Complex32,
}

/// What a transmitter ideally sends in a frame; every frame is like every other.
#[derive(Clone, Debug)]
pub struct EvmReference {
    carrier: Carrier,
    channels: Vec<EvmChannel>,
    /// By slot of the frame, in order of symbol.
    slots: Vec<Vec<EvmElement>>,
}

impl EvmReference {
    /// A frame that is empty so far.
    ///
    /// # Errors
    /// If there is no channel or more than 256, or an amplitude is not above 0 and finite.
    pub fn new(carrier: &Carrier, channels: Vec<EvmChannel>) -> Result<Self, ConfigError> {
        const CLAUSE: &str = "TS 38.104 B.2";
        if channels.is_empty() || channels.len() > 256 {
            return Err(ConfigError::new("channels", channels.len(), "must be 1 to 256", CLAUSE));
        }
        if let Some(channel) = channels.iter().find(|c| !(c.amplitude.is_normal() && c.amplitude > 0.0)) {
            return Err(ConfigError::new("amplitude", channel.amplitude, "must be finite and above 0", CLAUSE));
        }
        let slots = vec![Vec::new(); carrier.numerology().slots_per_frame().into()];
        Ok(Self { carrier: *carrier, channels, slots })
    }

    /// Adds an element to a slot of the frame.
    ///
    /// # Errors
    /// If slot, symbol, subcarrier or channel does not exist, a symbol comes after a later one, or the value is not
    /// finite, or 0 where it counts.
    pub fn push(&mut self, slot_in_frame: u16, element: EvmElement) -> Result<(), ConfigError> {
        const CLAUSE: &str = "TS 38.104 B.2";
        let Some(slot) = self.slots.get_mut(usize::from(slot_in_frame)) else {
            return Err(ConfigError::new("slot in frame", slot_in_frame, "does not exist", CLAUSE));
        };
        let EvmElement { symbol, subcarrier, channel, pilot, value } = element;
        if usize::from(symbol) >= self.carrier.symbols_per_slot() || slot.last().is_some_and(|e| e.symbol > symbol) {
            return Err(ConfigError::new("symbol", symbol, "must lie in the slot, and symbols must ascend", CLAUSE));
        }
        if usize::from(subcarrier) >= self.carrier.n_subcarriers() {
            return Err(ConfigError::new("subcarrier", subcarrier, "must lie in the carrier", CLAUSE));
        }
        let Some(info) = self.channels.get(usize::from(channel)) else {
            return Err(ConfigError::new("channel", channel, "does not exist", CLAUSE));
        };
        let counts = pilot || info.data == EvmData::Known;
        if !value.is_finite() || counts && !value.norm_sqr().is_normal() {
            return Err(ConfigError::new("ideal value", value, "must be finite and not 0", CLAUSE));
        }
        slot.push(element);
        Ok(())
    }

    /// The carrier.
    pub const fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// Numerology.
    pub const fn numerology(&self) -> Numerology {
        self.carrier.numerology()
    }

    /// The channels.
    pub fn channels(&self) -> &[EvmChannel] {
        &self.channels
    }

    /// The elements of a slot of the frame, in order of symbol; empty where nothing is sent.
    ///
    /// # Panics
    /// If there is no such slot.
    pub fn slot(&self, slot_in_frame: usize) -> &[EvmElement] {
        &self.slots[slot_in_frame]
    }

    /// Slots of the frame.
    pub fn n_slots(&self) -> usize {
        self.slots.len()
    }
}
