use super::{TestModelElement, TestModelGenerator};
use crate::ConfigError;
use crate::evm::{EvmChannel, EvmData, EvmElement, EvmReference};
use crate::modulation::Modulation;

impl TestModelGenerator {
    /// Channels of [`TestModelGenerator::evm_reference`]: the PDCCH, then n_RNTI 0, 1 and 2.
    pub const EVM_CHANNELS: [&'static str; 4] = ["PDCCH", "PDSCH n_RNTI 0", "PDSCH n_RNTI 1", "PDSCH n_RNTI 2"];

    /// The model as what a transmitter is measured against; `data` says whether it sends the model's data. Its
    /// channels are [`TestModelGenerator::EVM_CHANNELS`], whether or not the model has them.
    ///
    /// The PDCCH has pilots of its own, which are not in it: its data is equalised by the PDSCH's, as it lies on the same
    /// subcarriers. In the models of one block it is left out, as most of it has no PDSCH.
    ///
    /// # Errors
    /// None that a valid model gives.
    pub fn evm_reference(&mut self, data: EvmData) -> Result<EvmReference, ConfigError> {
        let carrier = *self.config().carrier();
        let channel = |modulation, amplitude, measured| EvmChannel { modulation, amplitude, measured, data };
        let mut channels = vec![channel(Modulation::Qpsk, 1.0, false); 4];
        let slots = self.config().slots();
        for pdsch in slots.iter().flat_map(|slot| &slot.pdschs) {
            channels[1 + usize::from(pdsch.n_rnti)] = channel(pdsch.modulation, pdsch.amplitude(), pdsch.measured);
        }
        let mut reference = EvmReference::new(&carrier, channels)?;
        let mut elements: Vec<EvmElement> = Vec::new();
        for slot in &slots {
            let single = slot.pdschs.iter().all(|pdsch| pdsch.prbs.len() == 1);
            elements.clear();
            self.for_each_element(slot.slot_in_frame, |symbol, subcarrier, kind, value| {
                let rnti = |number: u8| 1 + slot.pdschs[usize::from(number)].n_rnti as u8;
                let (channel, pilot) = match kind {
                    TestModelElement::PdcchDmrs => return,
                    TestModelElement::Pdcch if single => return,
                    TestModelElement::Pdcch => (0, false),
                    TestModelElement::Pdsch(number) => (rnti(number), false),
                    TestModelElement::PdschDmrs(number) => (rnti(number), true),
                };
                // Both fit: a slot has 14 symbols, a carrier 3300 subcarriers at most.
                let (symbol, subcarrier) = (symbol as u8, subcarrier as u16);
                elements.push(EvmElement { symbol, subcarrier, channel, pilot, value });
            });
            elements.sort_by_key(|element| element.symbol);
            for &element in &elements {
                reference.push(slot.slot_in_frame, element)?;
            }
        }
        Ok(reference)
    }
}
