use super::{EvmElement, EvmReference};
use crate::ConfigError;
use crate::frame::ResourceGrid;
use crate::pdsch::{PdschConfig, PdschTransmitter};

/// Adds the PDSCH of one layer that `config` describes to its slot of the frame, as channel `channel`, whose data is to
/// be [`Nearest`](super::EvmData::Nearest): its DM-RS are the pilots.
///
/// # Errors
/// As [`EvmReference::push`]: a slot must get its channels in the order of their symbols.
pub fn push_pdsch(reference: &mut EvmReference, channel: u8, config: &PdschConfig) -> Result<(), ConfigError> {
    // Which elements it uses, its own transmitter knows best.
    let mut grid = ResourceGrid::for_carrier(config.carrier(), config.parameters().precoder.n_ports());
    PdschTransmitter::new(config.carrier()).transmit(&vec![0; config.tbs() / 8], config, &mut grid);
    let dmrs = &config.parameters().dmrs;
    let own_group = dmrs.dmrs_type.group_mask(1);
    for symbol in config.symbols() {
        let has_pilots = config.dmrs_symbols() >> symbol & 1 == 1;
        for (subcarrier, &value) in
            grid.symbol(0, symbol).iter().enumerate().filter(|(_, value)| value.norm_sqr() > 0.0)
        {
            let pilot = has_pilots && own_group >> (subcarrier % 12) & 1 == 1;
            // Both fit: a grid has 14 symbols and 3300 subcarriers at most.
            let (symbol, subcarrier) = (symbol as u8, subcarrier as u16);
            reference.push(config.slot().slot(), EvmElement { symbol, subcarrier, channel, pilot, value })?;
        }
    }
    Ok(())
}
