//! nrflow's flowgraphs: one graph a file, and what the command `nrflow` does with them.

#[cfg(feature = "zmq")]
pub mod antenna;
pub mod assist;
pub mod bler;
pub mod cell_file;
pub mod channel_settings;
pub mod check;
pub mod config;
pub mod decode;
pub mod devices;
pub mod link;
pub mod live;
pub mod live_radio;
pub mod loopback;
#[cfg(feature = "zmq")]
pub mod network;
pub mod on_air;
pub mod pcap;
pub mod progress;
pub mod radio_args;
pub mod receive_graph;
pub mod record;
pub mod report;
pub mod scan;
pub mod source_args;
pub mod transmit;
