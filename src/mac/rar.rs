use crate::coding::bits;
use crate::frame::Rnti;

/// A MAC PDU of random access responses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[doc(alias = "TS 38.321 6.1.5")]
pub struct Rar {
    /// The subPDUs, in order.
    pub sub_pdus: Vec<RarSubPdu>,
    /// Whether the PDU ended where a subPDU said that it goes on; what was whole is in `sub_pdus`.
    pub truncated: bool,
}

/// One MAC subPDU of a random access response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.321 6.2.2")]
pub enum RarSubPdu {
    /// Backoff indicator, an index 0..=15: see [`backoff_ms`].
    Backoff(u8),
    /// A random access preamble identifier alone: the answer to a request for system information.
    SystemInformationRequest {
        /// RAPID, 0..=63.
        preamble: u8,
    },
    /// A random access preamble identifier with its response.
    Response {
        /// RAPID, 0..=63.
        preamble: u8,
        /// The response.
        response: MacRar,
    },
}

/// The payload of a random access response: timing, an uplink grant for message 3, a temporary identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TS 38.321 6.2.3")]
pub struct MacRar {
    /// Timing advance command T_A, 0..=3846: N_TA = T_A * 16 * 64 / 2^mu in T_c (12 bits; larger values are
    /// reserved).
    pub timing_advance: u16,
    /// Grant for message 3.
    pub ul_grant: RarUlGrant,
    /// TC-RNTI.
    pub tc_rnti: Rnti,
}

/// The uplink grant of a random access response, 27 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(alias = "TS 38.213 Table 8.2-1")]
pub struct RarUlGrant {
    /// Frequency hopping flag.
    pub frequency_hopping: bool,
    /// PUSCH frequency resource allocation, 14 bits: see [`RarUlGrant::assignment`].
    pub frequency_resource: u16,
    /// PUSCH time resource allocation, row - 1: 0..=15.
    pub time_resource: u8,
    /// MCS, 0..=15.
    pub mcs: u8,
    /// TPC command, 0..=7: see [`RarUlGrant::tpc_db`].
    pub tpc: u8,
    /// CSI request; reserved in contention-based random access.
    pub csi_request: bool,
}

/// Bytes of a MAC RAR.
const MAC_RAR_LEN: usize = 7;

/// The backoff parameter of an index, in milliseconds; `None` for the reserved indices 14 and 15.
#[doc(alias = "TS 38.321 Table 7.2-1")]
pub fn backoff_ms(index: u8) -> Option<u16> {
    const MS: [u16; 14] = [5, 10, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480, 960, 1920];
    MS.get(usize::from(index)).copied()
}

impl Rar {
    /// Reads a transport block that came with an RA-RNTI. Each preamble identifier is taken to have a response.
    pub fn parse(pdu: &[u8]) -> Self {
        Self::parse_with(pdu, |_| false)
    }

    /// Reads a transport block that came with an RA-RNTI; `is_si_request` says which preambles the cell has set
    /// aside for requests of system information: their subPDU has no response.
    pub fn parse_with(pdu: &[u8], is_si_request: impl Fn(u8) -> bool) -> Self {
        let mut rar = Self::default();
        let mut rest = pdu;
        loop {
            let Some((&subheader, after)) = rest.split_first() else {
                rar.truncated = true;
                return rar;
            };
            rest = after;
            let more = subheader & 0x80 != 0;
            if subheader & 0x40 == 0 {
                rar.sub_pdus.push(RarSubPdu::Backoff(subheader & 0x0f));
            } else {
                let preamble = subheader & 0x3f;
                if is_si_request(preamble) {
                    rar.sub_pdus.push(RarSubPdu::SystemInformationRequest { preamble });
                } else {
                    let Some((payload, after)) = rest.split_first_chunk::<MAC_RAR_LEN>() else {
                        rar.truncated = true;
                        return rar;
                    };
                    rest = after;
                    rar.sub_pdus.push(RarSubPdu::Response { preamble, response: MacRar::from_bytes(payload) });
                }
            }
            if !more {
                return rar;
            }
        }
    }

    /// The responses with their preambles.
    pub fn responses(&self) -> impl Iterator<Item = (u8, &MacRar)> {
        self.sub_pdus.iter().filter_map(|sub_pdu| match sub_pdu {
            RarSubPdu::Response { preamble, response } => Some((*preamble, response)),
            _ => None,
        })
    }

    /// The bytes of the PDU, without padding. Values wider than their field lose their high bits.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (i, sub_pdu) in self.sub_pdus.iter().enumerate() {
            let more = u8::from(i + 1 < self.sub_pdus.len()) << 7;
            match sub_pdu {
                RarSubPdu::Backoff(index) => bytes.push(more | index & 0x0f),
                RarSubPdu::SystemInformationRequest { preamble } => bytes.push(more | 0x40 | preamble & 0x3f),
                RarSubPdu::Response { preamble, response } => {
                    bytes.push(more | 0x40 | preamble & 0x3f);
                    bytes.extend(response.to_bytes());
                }
            }
        }
        bytes
    }
}

impl MacRar {
    /// Reads the seven bytes; the reserved first bit is not looked at.
    pub fn from_bytes(bytes: &[u8; MAC_RAR_LEN]) -> Self {
        let all = bytes.iter().fold(0u64, |acc, &b| acc << 8 | u64::from(b));
        Self {
            timing_advance: (all >> 43) as u16 & 0xfff,
            ul_grant: RarUlGrant::from_number((all >> 16) as u32),
            tc_rnti: Rnti(all as u16),
        }
    }

    /// The seven bytes.
    pub fn to_bytes(&self) -> [u8; MAC_RAR_LEN] {
        let timing = u64::from(self.timing_advance & 0xfff);
        let all = timing << 43 | u64::from(self.ul_grant.to_number()) << 16 | u64::from(self.tc_rnti.0);
        let mut bytes = [0; MAC_RAR_LEN];
        bytes.copy_from_slice(&all.to_be_bytes()[1..]);
        bytes
    }
}

impl RarUlGrant {
    /// Reads the low 27 bits of `grant`, first bit = bit 26.
    pub fn from_number(grant: u32) -> Self {
        Self {
            frequency_hopping: grant >> 26 & 1 == 1,
            frequency_resource: (grant >> 12 & 0x3fff) as u16,
            time_resource: (grant >> 8 & 0xf) as u8,
            mcs: (grant >> 4 & 0xf) as u8,
            tpc: (grant >> 1 & 0x7) as u8,
            csi_request: grant & 1 == 1,
        }
    }

    /// The grant as a number of 27 bits.
    pub fn to_number(&self) -> u32 {
        u32::from(self.frequency_hopping) << 26
            | u32::from(self.frequency_resource & 0x3fff) << 12
            | u32::from(self.time_resource & 0xf) << 8
            | u32::from(self.mcs & 0xf) << 4
            | u32::from(self.tpc & 0x7) << 1
            | u32::from(self.csi_request)
    }

    /// The 27 bits, first bit first.
    pub fn to_bits(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(27);
        bits::push_number(&mut out, self.to_number().into(), 27);
        out
    }

    /// TPC command for message 3 in dB: -6, -4, … 8.
    #[doc(alias = "TS 38.213 Table 8.2-2")]
    pub fn tpc_db(&self) -> i8 {
        2 * (self.tpc & 0x7) as i8 - 6
    }

    /// The frequency resource allocation in an initial uplink bandwidth part of `n_rb` blocks: the hopping offset
    /// bits N_UL_hop (0 without hopping; 1 bit below 50 blocks, else 2) and the resource indication value.
    ///
    /// Up to 180 blocks the field is truncated to its least significant bits; above it is as wide as it is, and
    /// zeros between the hopping bits and the rest make it up to the assignment's width.
    #[doc(alias = "TS 38.213 8.3")]
    pub fn assignment(&self, n_rb: u16) -> (u8, u32) {
        let n = u32::from(n_rb.clamp(1, 275));
        let width = if n <= 180 { (n * (n + 1) / 2).next_power_of_two().trailing_zeros() } else { 14 };
        let hop_bits = match (self.frequency_hopping, n < 50) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => 2,
        };
        let field = u32::from(self.frequency_resource & 0x3fff) & ((1 << width) - 1);
        let riv_bits = width.saturating_sub(hop_bits);
        ((field >> riv_bits) as u8, field & ((1 << riv_bits) - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn responses_of_two_cells() {
        let rar = Rar::parse(&hex("4400100d71065dd00000"));
        let ul_grant = RarUlGrant { frequency_resource: 215, time_resource: 1, tpc: 3, ..Default::default() };
        let response = MacRar { timing_advance: 2, ul_grant, tc_rnti: Rnti(24016) };
        assert_eq!(rar.sub_pdus, [RarSubPdu::Response { preamble: 4, response }]);
        assert_eq!(ul_grant.to_bits(), b"000000011010111000100000110".map(|b| b - b'0'));
        assert_eq!((ul_grant.tpc_db(), ul_grant.assignment(106)), (0, (0, 215)));
        assert_eq!(rar.to_bytes(), hex("4400100d71065dd0"));
        let rar = Rar::parse(&hex("7500e007000e460100"));
        let (preamble, response) = rar.responses().next().unwrap();
        assert_eq!((preamble, response.timing_advance, response.tc_rnti), (53, 28, Rnti(17921)));
        assert_eq!((response.ul_grant.frequency_resource, response.ul_grant.tpc), (112, 7));
        assert!(!rar.truncated);
    }

    #[test]
    fn several_sub_pdus() {
        let ul_grant = RarUlGrant::from_number(0x7ff_ffff);
        let response = MacRar { timing_advance: 0xfff, ul_grant, tc_rnti: Rnti(0xffff) };
        let sub_pdus = vec![
            RarSubPdu::Backoff(13),
            RarSubPdu::SystemInformationRequest { preamble: 60 },
            RarSubPdu::Response { preamble: 63, response },
            RarSubPdu::Response { preamble: 0, response },
        ];
        let rar = Rar { sub_pdus, truncated: false };
        let mut bytes = rar.to_bytes();
        assert_eq!(bytes.len(), 1 + 1 + 8 + 8);
        bytes.extend([0; 3]);
        assert_eq!(Rar::parse_with(&bytes, |preamble| preamble == 60), rar);
        assert_eq!(backoff_ms(13), Some(1920));
        assert_eq!(backoff_ms(14), None);
    }

    #[test]
    fn any_bytes_end_somewhere() {
        let noise: Vec<u8> = crate::sequence::GoldSequence::new(5).take(8 * 300).collect();
        let noise = bits::pack(&noise);
        for start in 0..100 {
            for len in 0..200 {
                let rar = Rar::parse(&noise[start..start + len]);
                assert!(rar.sub_pdus.len() <= len);
            }
        }
        assert!(Rar::parse(&[]).truncated);
        assert!(Rar::parse(&[0x40, 1, 2]).truncated);
        assert!(Rar::parse(&[0x80]).truncated);
    }

    #[test]
    fn the_frequency_field_in_small_and_large_parts() {
        let grant = |frequency_hopping, frequency_resource| RarUlGrant {
            frequency_hopping,
            frequency_resource,
            ..Default::default()
        };
        // 24 blocks: 9 bits, of which one says the hopping offset.
        assert_eq!(grant(false, 0b1_1111_1010_1010).assignment(24), (0, 0b1_1010_1010));
        assert_eq!(grant(true, 0b1_1111_1010_1010).assignment(24), (1, 0b1010_1010));
        // 106 blocks: 13 bits, two say the offset.
        assert_eq!(grant(true, 0b1_1000_0000_0001).assignment(106), (3, 1));
        // 273 blocks: all 14 bits, two say the offset, two zeros follow them.
        assert_eq!(grant(true, 0b01_1000_0000_0001).assignment(273), (1, 0b1000_0000_0001));
        assert_eq!(grant(false, 0x3fff).assignment(273), (0, 0x3fff));
    }
}
