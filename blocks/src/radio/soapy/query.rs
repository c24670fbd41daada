//! What an open device says that it can do. A driver that does not answer a question has the ability not.

use super::corrections::Corrections;
use super::find::Found;
use super::soapy_direction;
use crate::radio::abilities::{Abilities, ChannelAbilities, GainStage, ValueRange};
use crate::radio::{Carriers, Direction};
use soapysdr::Range;

fn range(range: &Range) -> ValueRange {
    ValueRange { low: range.minimum, high: range.maximum, step: range.step }
}

fn ranges(list: Result<Vec<Range>, soapysdr::Error>) -> Vec<ValueRange> {
    let list: Vec<_> = list.unwrap_or_default().iter().map(range).collect();
    // Single values at equal distances are one range.
    let points = list.iter().all(|range| range.low == range.high);
    let mut steps = list.windows(2).map(|pair| pair[1].low - pair[0].low);
    match steps.next() {
        Some(step) if points && list.len() > 2 && step > 0.0 && steps.all(|other| other == step) => {
            vec![ValueRange { low: list[0].low, high: list[list.len() - 1].high, step }]
        }
        _ => list,
    }
}

/// Asks an open device for all that it can do.
pub(super) fn abilities(handle: &soapysdr::Device, found: &Found, corrections: Option<&Corrections>) -> Abilities {
    let information = handle.hardware_info().map(|info| {
        let pairs = info.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        pairs.collect::<std::collections::BTreeMap<_, _>>()
    });
    let information = information.unwrap_or_default();
    let channels = |direction| {
        let n = handle.num_channels(soapy_direction(direction)).unwrap_or(0);
        (0..n).map(|channel| of_channel(handle, direction, channel, corrections)).collect::<Vec<_>>()
    };
    let (rx, tx) = (channels(Direction::Rx), channels(Direction::Tx));
    let duplex = |direction| handle.full_duplex(soapy_direction(direction), 0).unwrap_or(false);
    let serial = match found.serial() {
        "" => information.get("serial").cloned().unwrap_or_default(),
        serial => serial.to_string(),
    };
    Abilities {
        arguments: found.short_arguments(),
        driver: handle.driver_key().unwrap_or_default(),
        hardware: handle.hardware_key().unwrap_or_default(),
        label: found.label().to_string(),
        serial,
        information,
        full_duplex: !rx.is_empty() && !tx.is_empty() && duplex(Direction::Rx) && duplex(Direction::Tx),
        hardware_time: handle.has_hardware_time(None).unwrap_or(false),
        clock_sources: handle.list_clock_sources().unwrap_or_default(),
        time_sources: handle.list_time_sources().unwrap_or_default(),
        carriers: Carriers::new(&rx, &tx),
        rx,
        tx,
    }
}

fn of_channel(
    handle: &soapysdr::Device,
    direction: Direction,
    channel: usize,
    corrections: Option<&Corrections>,
) -> ChannelAbilities {
    let way = soapy_direction(direction);
    let stage = |name: String| {
        let gain_db = range(&handle.gain_element_range(way, channel, name.as_str()).ok()?);
        Some(GainStage { name, gain_db })
    };
    let stages = handle.list_gains(way, channel).unwrap_or_default();
    let none = ValueRange { low: 0.0, high: 0.0, step: 0.0 };
    let native = handle.native_stream_format(way, channel).ok();
    let tunable = handle.list_frequencies(way, channel).unwrap_or_default();
    let has = |answer: Result<bool, soapysdr::Error>| answer.unwrap_or(false);
    ChannelAbilities {
        antennas: handle.antennas(way, channel).unwrap_or_default(),
        frequency_hz: ranges(handle.frequency_range(way, channel)),
        sample_rate_hz: ranges(handle.get_sample_rate_range(way, channel)),
        bandwidth_hz: ranges(handle.bandwidth_range(way, channel)),
        gain_db: handle.gain_range(way, channel).map_or(none, |gain| range(&gain)),
        gain_stages: stages.into_iter().filter_map(stage).collect(),
        agc: has(handle.has_gain_mode(way, channel)),
        dc_offset_auto: has(handle.has_dc_offset_mode(way, channel)),
        dc_offset: has(handle.has_dc_offset(way, channel)),
        iq_balance_auto: corrections.is_some_and(|c| c.has_iq_balance_mode(direction, channel)),
        iq_balance: has(handle.has_iq_balance(way, channel)),
        ppm: corrections.is_some_and(|c| c.has_ppm(direction, channel)),
        lo_offset: tunable.iter().any(|name| name == "BB"),
        formats: handle.stream_formats(way, channel).unwrap_or_default().iter().map(ToString::to_string).collect(),
        native_format: native.map(|(format, _)| format.to_string()),
        full_scale: native.map_or(1.0, |(_, full_scale)| full_scale),
    }
}
