//! Downlink control information as fields and as bits: TS 38.212 7.3.1.

mod alignment;
mod antenna_ports;
mod bits;
#[cfg(test)]
mod configured_tests;
mod fallback_layout;
#[cfg(test)]
mod fallback_tests;
mod format_0_0;
mod format_0_1;
mod format_0_2;
mod format_1_0;
mod format_1_1;
mod format_1_2;
mod format_2;
mod parameters;
mod pusch;
mod scheduling;

pub use alignment::{AlignedFormats, AlignedUplink, MonitoredFormats, UplinkFormats};
pub use antenna_ports::AntennaPorts;
pub use fallback_layout::{DciLayout, frequency_field_bits};
pub use format_0_0::Dci0_0;
pub use format_0_1::{Dci0_1, Dci0_1Layout, Dci0_1Parameters, Dci0_1Widths};
pub use format_0_2::{Dci0_2, Dci0_2Layout, Dci0_2Parameters, Dci0_2Widths};
pub use format_1_0::{Dci1_0, DlAssignment, DlHarqFields};
pub use format_1_1::{Dci1_1, Dci1_1Layout, Dci1_1Parameters, Dci1_1Widths, PdschCodeBlockGroups};
pub use format_1_2::{Dci1_2, Dci1_2Layout, Dci1_2Parameters, Dci1_2Widths, redundancy_version};
pub use format_2::{GroupDciLayout, GroupField, slot_format_bits};
pub use parameters::{DmrsConfiguration, DmrsConfigurations, FrequencyAssignment, FrequencyField, HarqAckCodebook};
pub use pusch::{CodebookSubset, PuschTransmission};
