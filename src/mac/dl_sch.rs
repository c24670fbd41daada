/// The logical channel identity of a subPDU on the downlink shared channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "TS 38.321 Table 6.2.1-1")]
pub enum Lcid {
    /// 0: CCCH.
    Ccch,
    /// 1..=32: a logical channel (1..=3 the signalling radio bearers).
    LogicalChannel(u8),
    /// 33: a logical channel with an identity of two octets, given here as those, 0..=65535 (identity less 320).
    ExtendedLogicalChannel(u16),
    /// 34: a control element with an identity of one octet, given here: Table 6.2.1-1b.
    Extended(u8),
    /// 47: recommended bit rate.
    RecommendedBitRate,
    /// 48: SP ZP CSI-RS resource set activation/deactivation.
    SpZpCsiRs,
    /// 49: PUCCH spatial relation activation/deactivation.
    PucchSpatialRelation,
    /// 50: SP SRS activation/deactivation.
    SpSrs,
    /// 51: SP CSI reporting on PUCCH activation/deactivation.
    SpCsiReporting,
    /// 52: TCI state indication for UE-specific PDCCH.
    PdcchTciState,
    /// 53: TCI states activation/deactivation for UE-specific PDSCH.
    PdschTciStates,
    /// 54: aperiodic CSI trigger state subselection.
    AperiodicCsiTriggerStates,
    /// 55: SP CSI-RS/CSI-IM resource set activation/deactivation.
    SpCsiRs,
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
    /// 35..=46: reserved.
    Reserved(u8),
}

/// How the length of a subPDU's payload is known, TS 38.321 6.1.2.
enum Length {
    /// By its identity; the subheader has no length field.
    Fixed(usize),
    /// By the subheader's length field.
    Field,
    /// Neither: an identity that is not known here may have either.
    Unknown,
}

impl Lcid {
    /// From the start of a subheader, which has an octet, or two or three where the identity is an extended one;
    /// returns what follows.
    fn split(subheader: &[u8]) -> Option<(Self, &[u8])> {
        let (&first, rest) = subheader.split_first()?;
        let lcid = match first & 0x3f {
            0 => Self::Ccch,
            n @ 1..=32 => Self::LogicalChannel(n),
            33 => {
                let (&identity, rest) = rest.split_first_chunk()?;
                return Some((Self::ExtendedLogicalChannel(u16::from_be_bytes(identity)), rest));
            }
            34 => {
                let (&identity, rest) = rest.split_first()?;
                return Some((Self::Extended(identity), rest));
            }
            47 => Self::RecommendedBitRate,
            48 => Self::SpZpCsiRs,
            49 => Self::PucchSpatialRelation,
            50 => Self::SpSrs,
            51 => Self::SpCsiReporting,
            52 => Self::PdcchTciState,
            53 => Self::PdschTciStates,
            54 => Self::AperiodicCsiTriggerStates,
            55 => Self::SpCsiRs,
            56 => Self::Duplication,
            57 => Self::ScellActivation4,
            58 => Self::ScellActivation1,
            59 => Self::LongDrx,
            60 => Self::Drx,
            61 => Self::TimingAdvance,
            62 => Self::ContentionResolution,
            63 => Self::Padding,
            n => Self::Reserved(n),
        };
        Some((lcid, rest))
    }

    const fn length(self) -> Length {
        match self {
            Self::Drx | Self::LongDrx => Length::Fixed(0),
            Self::TimingAdvance | Self::ScellActivation1 | Self::Duplication => Length::Fixed(1),
            Self::RecommendedBitRate | Self::SpZpCsiRs | Self::SpCsiReporting | Self::PdcchTciState => Length::Fixed(2),
            Self::PucchSpatialRelation => Length::Fixed(3),
            Self::ScellActivation4 => Length::Fixed(4),
            Self::ContentionResolution => Length::Fixed(6),
            // Duplication RLC; absolute timing advance and timing delta; provided guard symbols.
            Self::Extended(251) => Length::Fixed(1),
            Self::Extended(252 | 255) => Length::Fixed(2),
            Self::Extended(254) => Length::Fixed(4),
            // Enhanced SRS and PUCCH spatial relations, enhanced TCI states, SP positioning SRS.
            Self::Extended(248..=250 | 253) => Length::Field,
            Self::Extended(_) | Self::Reserved(_) => Length::Unknown,
            Self::Ccch
            | Self::LogicalChannel(_)
            | Self::ExtendedLogicalChannel(_)
            | Self::SpSrs
            | Self::PdschTciStates
            | Self::AperiodicCsiTriggerStates
            | Self::SpCsiRs
            | Self::Padding => Length::Field,
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

/// The subPDUs of a downlink MAC PDU, in order; ends at the padding, at the end, where a length runs past the end, or
/// at an identity whose length is not known here. A contention resolution identity and the SDU of the CCCH (RRCSetup)
/// that come in one PDU are two of them.
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

    /// Whether the walk has ended at a subPDU that was not whole, or whose length is not known here.
    pub const fn truncated(&self) -> bool {
        self.truncated
    }

    fn step(&mut self) -> Option<DlSchSubPdu<'a>> {
        let (lcid, rest) = Lcid::split(self.rest)?;
        let (len, rest) = match (lcid, lcid.length()) {
            (Lcid::Padding, _) => (rest.len(), rest),
            (_, Length::Fixed(len)) => (len, rest),
            // F = 1: the length has 16 bits.
            (_, Length::Field) if self.rest[0] & 0x40 != 0 => {
                let (&l, rest) = rest.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(l)), rest)
            }
            (_, Length::Field) => {
                let (&l, rest) = rest.split_first()?;
                (usize::from(l), rest)
            }
            (_, Length::Unknown) => return None,
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
    fn identities_of_more_octets() {
        // Absolute timing advance, a logical channel of two octets with a length of one, its SDU; an identity of a
        // later release, where the walk ends.
        let pdu = [0x22, 252, 0x01, 0x23, 0x21, 0x00, 0x05, 2, 0xaa, 0xbb, 0x22, 100, 1, 1];
        let mut walk = DlSchSubPdus::new(&pdu);
        assert_eq!(walk.next(), Some(DlSchSubPdu { lcid: Lcid::Extended(252), payload: &[0x01, 0x23] }));
        let lcid = Lcid::ExtendedLogicalChannel(5);
        assert_eq!(walk.next(), Some(DlSchSubPdu { lcid, payload: &[0xaa, 0xbb] }));
        assert_eq!(walk.next(), None);
        assert!(walk.truncated());
        for lcid in 0..64 {
            // A length of 1 where there is one; where there is none, the payload is one of zeros.
            let mut pdu = [0; 12];
            (pdu[0], pdu[1]) = (lcid, 1);
            let first = DlSchSubPdus::new(&pdu).next();
            assert_eq!(first.is_none(), (34..=46).contains(&lcid), "{lcid}");
        }
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
