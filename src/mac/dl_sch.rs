/// The logical channel identity of a subPDU on the downlink shared channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.321 Table 6.2.1-1")]
pub enum Lcid {
    /// 0: CCCH.
    Ccch,
    /// 1..=32: a logical channel (1..=3 the signalling radio bearers).
    LogicalChannel(u8),
    /// 47: recommended bit rate.
    RecommendedBitRate,
    /// 56: duplication activation/deactivation.
    Duplication,
    /// 57: SCell activation/deactivation, four octets.
    ScellActivation4,
    /// 58: SCell activation/deactivation, one octet.
    ScellActivation1,
    /// 59: long DRX command, no bytes.
    LongDrx,
    /// 60: DRX command, no bytes.
    Drx,
    /// 61: timing advance command.
    TimingAdvance,
    /// 62: UE contention resolution identity.
    ContentionResolution,
    /// 63: padding, the rest of the PDU.
    Padding,
    /// Any other value: a control element not read here, or reserved.
    Other(u8),
}

impl Lcid {
    /// From the six low bits of the subheader's first byte.
    pub const fn new(lcid: u8) -> Self {
        match lcid & 0x3f {
            0 => Self::Ccch,
            n @ 1..=32 => Self::LogicalChannel(n),
            47 => Self::RecommendedBitRate,
            56 => Self::Duplication,
            57 => Self::ScellActivation4,
            58 => Self::ScellActivation1,
            59 => Self::LongDrx,
            60 => Self::Drx,
            61 => Self::TimingAdvance,
            62 => Self::ContentionResolution,
            63 => Self::Padding,
            n => Self::Other(n),
        }
    }

    /// Bytes of the payload where they are fixed, so that the subheader has no length field (TS 38.321 6.1.3).
    const fn fixed_len(self) -> Option<usize> {
        match self {
            Self::Drx | Self::LongDrx => Some(0),
            Self::TimingAdvance | Self::ScellActivation1 | Self::Duplication => Some(1),
            Self::RecommendedBitRate => Some(2),
            Self::ScellActivation4 => Some(4),
            Self::ContentionResolution => Some(6),
            // SP ZP CSI-RS, SP CSI reporting on PUCCH, TCI state for PDCCH: two octets.
            Self::Other(48 | 51 | 52) => Some(2),
            // PUCCH spatial relation: three octets.
            Self::Other(49) => Some(3),
            _ => None,
        }
    }
}

/// One MAC subPDU: its identity and payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DlSchSubPdu<'a> {
    /// Logical channel or control element.
    pub lcid: Lcid,
    /// The SDU or control element; for padding, all that remains.
    pub payload: &'a [u8],
}

/// The subPDUs of a downlink MAC PDU, in order; ends at the padding, at the end, or where a length runs past the
/// end.
#[derive(Clone, Debug)]
#[doc(alias = "TS 38.321 6.1.2")]
pub struct DlSchSubPdus<'a> {
    rest: &'a [u8],
    truncated: bool,
}

impl<'a> DlSchSubPdus<'a> {
    /// Over a transport block of the downlink shared channel that came with a C-RNTI or TC-RNTI.
    pub const fn new(pdu: &'a [u8]) -> Self {
        Self { rest: pdu, truncated: false }
    }

    /// Whether the walk has ended because a subPDU was not whole.
    pub const fn truncated(&self) -> bool {
        self.truncated
    }

    fn step(&mut self) -> Option<DlSchSubPdu<'a>> {
        let (&subheader, rest) = self.rest.split_first()?;
        let lcid = Lcid::new(subheader);
        let (len, rest) = if lcid == Lcid::Padding {
            (rest.len(), rest)
        } else if let Some(len) = lcid.fixed_len() {
            (len, rest)
        } else if subheader & 0x40 == 0 {
            let (&l, rest) = rest.split_first()?;
            (usize::from(l), rest)
        } else {
            let (&l, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(l)), rest)
        };
        let (payload, rest) = rest.split_at_checked(len)?;
        self.rest = rest;
        Some(DlSchSubPdu { lcid, payload })
    }
}

impl<'a> Iterator for DlSchSubPdus<'a> {
    type Item = DlSchSubPdu<'a>;

    fn next(&mut self) -> Option<DlSchSubPdu<'a>> {
        let sub_pdu = self.step();
        if sub_pdu.is_none() {
            self.truncated |= !self.rest.is_empty();
            self.rest = &[];
        }
        sub_pdu
    }
}

/// Writes a downlink MAC PDU: SDUs of logical channels, then padding.
#[derive(Debug)]
#[doc(alias = "TS 38.321 6.1.2")]
pub struct DlSchWriter<'a> {
    rest: &'a mut [u8],
}

impl<'a> DlSchWriter<'a> {
    /// Bytes of a subheader with a length of 16 bits, the only one written.
    pub const SUBHEADER: usize = 3;

    /// Into a transport block, all of it.
    pub const fn new(pdu: &'a mut [u8]) -> Self {
        Self { rest: pdu }
    }

    /// Bytes of the longest SDU that fits.
    pub fn room(&self) -> usize {
        self.rest.len().saturating_sub(Self::SUBHEADER).min(u16::MAX.into())
    }

    /// Appends an SDU of logical channel `channel`, 1..=32.
    ///
    /// # Panics
    /// If there is no such channel, or the SDU has more than [`Self::room`] bytes.
    pub fn sdu(&mut self, channel: u8, sdu: &[u8]) {
        assert!((1..=32).contains(&channel), "logical channel {channel}");
        assert!(sdu.len() <= self.room() && self.rest.len() >= Self::SUBHEADER, "an SDU of {} bytes", sdu.len());
        let (subheader, rest) = std::mem::take(&mut self.rest).split_at_mut(Self::SUBHEADER);
        // F = 1: the length has 16 bits.
        subheader[0] = 0x40 | channel;
        subheader[1..].copy_from_slice(&(sdu.len() as u16).to_be_bytes());
        let (payload, rest) = rest.split_at_mut(sdu.len());
        payload.copy_from_slice(sdu);
        self.rest = rest;
    }

    /// Fills what is left with padding.
    pub fn pad(self) {
        if let Some((subheader, padding)) = self.rest.split_first_mut() {
            *subheader = 63;
            padding.fill(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contention_resolution_and_rrc_setup() {
        // Contention resolution identity, a CCCH SDU of 3 bytes with a two-byte length, padding.
        let pdu = [0x3e, 0x18, 0xb0, 0x0b, 0xb8, 0x58, 0xd0, 0x40, 0x00, 0x03, 0x20, 0x40, 0x04, 0x3f, 0, 0];
        let mut walk = DlSchSubPdus::new(&pdu);
        let all: Vec<_> = walk.by_ref().collect();
        assert_eq!(all[0].lcid, Lcid::ContentionResolution);
        assert_eq!(all[0].payload, [0x18, 0xb0, 0x0b, 0xb8, 0x58, 0xd0]);
        assert_eq!(all[1], DlSchSubPdu { lcid: Lcid::Ccch, payload: &[0x20, 0x40, 0x04] });
        assert_eq!(all[2], DlSchSubPdu { lcid: Lcid::Padding, payload: &[0, 0] });
        assert_eq!(all.len(), 3);
        assert!(!walk.truncated());
    }

    #[test]
    fn any_bytes_end_somewhere() {
        let noise: Vec<u8> = crate::sequence::GoldSequence::new(9).take(8 * 300).collect();
        let noise = crate::coding::bits::pack(&noise);
        for start in 0..100 {
            for len in 0..200 {
                let walk = DlSchSubPdus::new(&noise[start..start + len]);
                assert!(walk.map(|sub_pdu| 1 + sub_pdu.payload.len()).sum::<usize>() <= len);
            }
        }
        for cut in [&[0x01u8][..], &[0x01, 5, 0], &[0x41, 0], &[0x3e, 1]] {
            let mut walk = DlSchSubPdus::new(cut);
            assert_eq!(walk.next(), None);
            assert!(walk.truncated());
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for len in 0..40 {
            let mut pdu = vec![0xaa; len];
            let mut writer = DlSchWriter::new(&mut pdu);
            let mut sdus = Vec::new();
            for channel in [4u8, 32] {
                let sdu: Vec<u8> = (0..writer.room().min(11) as u8).collect();
                if !sdu.is_empty() {
                    writer.sdu(channel, &sdu);
                    sdus.push((Lcid::LogicalChannel(channel), sdu));
                }
            }
            writer.pad();
            let mut walk = DlSchSubPdus::new(&pdu);
            let all: Vec<_> = walk.by_ref().collect();
            assert!(!walk.truncated(), "{len}");
            let used: usize = sdus.iter().map(|(_, sdu)| sdu.len() + DlSchWriter::SUBHEADER).sum();
            assert_eq!(all.len(), sdus.len() + usize::from(used < len));
            for (found, (lcid, sdu)) in all.iter().zip(&sdus) {
                assert_eq!((found.lcid, found.payload), (*lcid, &sdu[..]));
            }
        }
    }
}
