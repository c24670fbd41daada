//! Received blocks as MAC-NR frames over UDP, as Wireshark's dissector `mac_nr_udp` reads them.

use anyhow::Context;
use nrflow::frame::SlotPoint;
use nrflow::pdcch::RntiKind;
use nrflow_blocks::receive::Report;
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter as Encoder};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What begins a frame.
const START: &[u8] = b"mac-nr";
const TDD: u8 = 2;
const DOWNLINK: u8 = 1;
const TAG_PAYLOAD: u8 = 0x01;
const TAG_RNTI: u8 = 0x02;
const TAG_FRAME_SLOT: u8 = 0x07;
/// UDP port of the frames; the dissector goes by [`START`].
const PORT: u16 = 9999;
/// IPv4 packets without a link layer.
const LINK_TYPE: pcap_file::DataLink = pcap_file::DataLink::RAW;

/// A capture file.
pub struct PcapWriter {
    file: File,
    path: PathBuf,
    /// Bytes before the first packet.
    header: usize,
}

impl PcapWriter {
    /// Creates `path`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| path.display().to_string())?;
        let header = encode(None)?;
        let mut writer = Self { file, path: path.to_path_buf(), header: header.len() };
        writer.put(&header)?;
        Ok(writer)
    }

    /// Writes the frame of a report, if it has one: a MIB, or a transport block with a good CRC.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&mut self, report: &Report) -> anyhow::Result<()> {
        match report {
            Report::Ssb(report) => {
                let ssb = &report.ssb;
                let [_, mib @ ..] = ssb.mib().to_be_bytes();
                let at = SlotPoint::new(report.cell.numerology, ssb.sfn(), 0)?;
                // No RNTI: the dissector takes the block as BCCH on the BCH.
                self.frame(at, 0, None, &mib)
            }
            Report::Pdsch(report) if report.figures.crc_ok && !report.figures.all_zero => {
                let rnti_type = match report.kind {
                    RntiKind::P => 1,
                    RntiKind::Ra => 2,
                    RntiKind::Tc | RntiKind::C => 3,
                    RntiKind::Si => 4,
                };
                self.frame(report.at, rnti_type, Some(report.rnti.0), &report.block)
            }
            _ => Ok(()),
        }
    }

    fn frame(&mut self, at: SlotPoint, rnti_type: u8, rnti: Option<u16>, payload: &[u8]) -> anyhow::Result<()> {
        let mut frame = START.to_vec();
        frame.extend([TDD, DOWNLINK, rnti_type]);
        if let Some(rnti) = rnti {
            frame.push(TAG_RNTI);
            frame.extend(rnti.to_be_bytes());
        }
        frame.push(TAG_FRAME_SLOT);
        frame.extend(at.sfn().to_be_bytes());
        frame.extend(at.slot().to_be_bytes());
        frame.push(TAG_PAYLOAD);
        frame.extend(payload);
        let packet = udp(&frame);
        // Time of the slot since SFN 0.
        let slots = u64::from(at.sfn()) * u64::from(at.numerology().slots_per_frame()) + u64::from(at.slot());
        let time = Duration::from_micros(slots * 1000 / u64::from(at.numerology().slots_per_subframe()));
        let file = encode(Some(&PcapPacket::new_owned(time, packet.len() as u32, packet)))?;
        self.put(&file[self.header..])
    }

    /// In one piece, so that whoever is interrupted leaves whole packets.
    fn put(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.file.write_all(bytes).with_context(|| self.path.display().to_string())
    }
}

/// A file with one packet, or none.
fn encode(packet: Option<&PcapPacket<'_>>) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::with_header(&mut bytes, PcapHeader { datalink: LINK_TYPE, ..PcapHeader::default() })?;
    if let Some(packet) = packet {
        encoder.write_packet(packet)?;
    }
    Ok(bytes)
}

/// An IPv4 packet with a UDP datagram from and to the local host.
fn udp(payload: &[u8]) -> Vec<u8> {
    let udp_len = (8 + payload.len()) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend((20 + udp_len).to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    let sum: u32 = packet.chunks(2).map(|b| u32::from(u16::from_be_bytes([b[0], b[1]]))).sum();
    let checksum = !((sum & 0xffff) + (sum >> 16)) as u16;
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    packet.extend(PORT.to_be_bytes());
    packet.extend(PORT.to_be_bytes());
    packet.extend(udp_len.to_be_bytes());
    // No checksum, as IPv4 allows.
    packet.extend([0, 0]);
    packet.extend(payload);
    packet
}
