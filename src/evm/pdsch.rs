use super::{EvmElement, EvmReference};
use crate::ConfigError;
use crate::frame::ResourceGrid;
use crate::pdsch::{PdschConfig, PdschTransmitter};

/// Adds the PDSCH of one layer that `config` describes to its slot of the frame, as channel `channel`, whose data is to
/// be [`Nearest`](super::EvmData::Nearest): its DM-RS are the pilots. The layer is measured on the antenna port of the
/// grid's port 0.
///
/// # Errors
/// If it has more than one layer, or PT-RS; and as [`EvmReference::push`]: a slot must get its channels in the order of
/// their symbols.
pub fn push_pdsch(reference: &mut EvmReference, channel: u8, config: &PdschConfig) -> Result<(), ConfigError> {
    let n_layers = config.layers().n_layers();
    if n_layers != 1 || config.ptrs_layer().is_some() {
        let got = format!("{n_layers} layers{}", if config.ptrs_layer().is_some() { " with PT-RS" } else { "" });
        return Err(ConfigError::new("PDSCH", got, "must have one layer and no PT-RS to be measured", "TS 38.104 B.6"));
    }
    // Which elements it uses, its own transmitter knows best.
    let mut grid = ResourceGrid::for_carrier(config.carrier(), config.parameters().precoder.n_ports());
    PdschTransmitter::new(config.carrier()).transmit(&[&vec![0; config.tbs() / 8]], config, &mut grid);
    let dmrs = &config.parameters().dmrs;
    let group = dmrs.ports.as_slice()[0].cdm_group(dmrs.dmrs_type);
    let own_group = dmrs.dmrs_type.group_mask(1) << dmrs.dmrs_type.delta(group);
    for symbol in config.symbols() {
        let has_pilots = config.dmrs_symbols() >> symbol & 1 == 1;
        let elements = grid.symbol(0, symbol).iter().enumerate().filter(|(_, value)| value.norm_sqr() > 0.0);
        for (subcarrier, &value) in elements {
            let pilot = has_pilots && own_group >> (subcarrier % 12) & 1 == 1;
            // Both fit: a grid has 14 symbols and 3300 subcarriers at most.
            let (symbol, subcarrier) = (symbol as u8, subcarrier as u16);
            reference.push(config.slot().slot(), EvmElement { symbol, subcarrier, channel, pilot, value })?;
        }
    }
    Ok(())
}
