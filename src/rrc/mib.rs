use super::error::{DecodeError, DecodeProblem};
use super::uper::{Coded, Reader, Writer, range};
use super::value::Value;
use crate::ConfigError;
use crate::coding::bits;

sequence! {
    /// The master information block, TS 38.331 6.2.2, in the 24 bits of BCCH-BCH-Message.
    #[doc(alias = "BCCH-BCH-Message")]
    pub struct Mib {
        /// The six most significant bits of the ten-bit SFN; the other four travel in the PBCH payload.
        system_frame_number: u8 = "systemFrameNumber", range(0, 63);
        sub_carrier_spacing_common: CommonSubcarrierSpacing = "subCarrierSpacingCommon";
        /// The four least significant bits of k_SSB, subcarriers.
        ssb_subcarrier_offset: u8 = "ssb-SubcarrierOffset", range(0, 15);
        dmrs_type_a_position: DmrsTypeAPosition = "dmrs-TypeA-Position";
        pdcch_config_sib1: PdcchConfigSib1 = "pdcch-ConfigSIB1";
        cell_barred: CellBarred = "cellBarred";
        intra_freq_reselection: IntraFreqReselection = "intraFreqReselection";
        spare: u8 = "spare", range(0, 1);
    }
}

sequence! {
    /// CORESET#0 and its search space as the MIB gives them, TS 38.213 13.
    pub struct PdcchConfigSib1 {
        /// Row of Tables 13-1 to 13-10 of TS 38.213.
        control_resource_set_zero: u8 = "controlResourceSetZero", range(0, 15);
        /// Row of Tables 13-11 to 13-15 of TS 38.213.
        search_space_zero: u8 = "searchSpaceZero", range(0, 15);
    }
}

enumerated! {
    /// Subcarrier spacing of SIB1, Msg2 and Msg4 of initial access, paging and broadcast SI.
    pub enum CommonSubcarrierSpacing { Scs15Or60 = "scs15or60", Scs30Or120 = "scs30or120" }
}

impl CommonSubcarrierSpacing {
    /// In kHz: the smaller value in FR1, the larger one in FR2.
    pub const fn khz(self, fr2: bool) -> u32 {
        match (self, fr2) {
            (Self::Scs15Or60, false) => 15,
            (Self::Scs15Or60, true) => 60,
            (Self::Scs30Or120, false) => 30,
            (Self::Scs30Or120, true) => 120,
        }
    }
}

enumerated! {
    /// Symbol of the first DM-RS of mapping type A, TS 38.211 7.4.1.1.2.
    pub enum DmrsTypeAPosition { Pos2 = "pos2", Pos3 = "pos3" }
}

impl DmrsTypeAPosition {
    /// l_0: 2 or 3.
    pub const fn symbol(self) -> usize {
        match self {
            Self::Pos2 => 2,
            Self::Pos3 => 3,
        }
    }
}

enumerated! {
    /// Whether a device may camp on the cell.
    pub enum CellBarred { Barred = "barred", NotBarred = "notBarred" }
}

enumerated! {
    /// Whether other cells of the frequency may be selected when this one is barred.
    pub enum IntraFreqReselection { Allowed = "allowed", NotAllowed = "notAllowed" }
}

impl Mib {
    /// Bits of BCCH-BCH-Message, A-bar of TS 38.212 7.1.1.
    pub const N_BITS: usize = 24;

    /// From the 24 bits of the message, one bit an element.
    ///
    /// # Errors
    /// With fewer or more bits, and for a message other than the MIB (first bit 1).
    pub fn from_bits(bits: &[u8]) -> Result<Self, DecodeError> {
        if bits.len() != Self::N_BITS {
            let problem = DecodeProblem::OutOfRange { got: bits.len() as i64, low: 24, high: 24 };
            return Err(DecodeError::new(0, problem).inside("length of BCCH-BCH-Message"));
        }
        let mut reader = Reader::new(bits);
        if reader.flag()? {
            let problem = DecodeProblem::OtherMessage("messageClassExtension");
            return Err(DecodeError::new(0, problem).inside("BCCH-BCH-Message"));
        }
        Coded::decode(&mut reader, &())
    }

    /// The 24 bits of the message, one bit an element.
    ///
    /// # Errors
    /// If a field is beyond its range.
    pub fn to_bits(&self) -> Result<[u8; Self::N_BITS], ConfigError> {
        let mut writer = Writer::default();
        writer.flag(false);
        Coded::encode(self, &mut writer, &(), "mib")?;
        let mut bits = [0; Self::N_BITS];
        bits.copy_from_slice(&writer.bits);
        Ok(bits)
    }

    /// From the three bytes of the message.
    ///
    /// # Errors
    /// As [`Self::from_bits`].
    pub fn decode(bytes: [u8; 3]) -> Result<Self, DecodeError> {
        Self::from_bits(&bits::unpack(&bytes))
    }

    /// The three bytes of the message.
    ///
    /// # Errors
    /// As [`Self::to_bits`].
    pub fn encode(&self) -> Result<[u8; 3], ConfigError> {
        let bits = self.to_bits()?;
        Ok(std::array::from_fn(|i| bits::to_number(&bits[8 * i..8 * i + 8]) as u8))
    }

    /// The SFN from this MIB's six bits and the four least significant ones of the PBCH payload.
    pub const fn sfn(&self, sfn_lsb: u8) -> u16 {
        (self.system_frame_number as u16) << 4 | (sfn_lsb as u16 & 15)
    }

    /// All fields under the standard's names.
    pub fn tree(&self) -> Value {
        self.value()
    }

    /// The fields as (name, text), as in `("pdcch-ConfigSIB1.searchSpaceZero", "0")`.
    pub fn fields(&self) -> Vec<(String, String)> {
        self.tree().fields()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by hand from the ASN.1: choice bit 0, then 6 + 1 + 4 + 1 + 4 + 4 + 1 + 1 + 1 bits.
    #[test]
    fn known_bits() {
        let mib = Mib {
            system_frame_number: 0b101101,
            sub_carrier_spacing_common: CommonSubcarrierSpacing::Scs30Or120,
            ssb_subcarrier_offset: 0b0110,
            dmrs_type_a_position: DmrsTypeAPosition::Pos3,
            pdcch_config_sib1: PdcchConfigSib1 { control_resource_set_zero: 0b1010, search_space_zero: 0b0100 },
            cell_barred: CellBarred::NotBarred,
            intra_freq_reselection: IntraFreqReselection::Allowed,
            spare: 0,
        };
        let text = "0 101101 1 0110 1 1010 0100 1 0 0".replace(' ', "");
        let bits: Vec<u8> = text.bytes().map(|digit| digit - b'0').collect();
        assert_eq!(mib.to_bits().unwrap().as_slice(), bits);
        assert_eq!(mib.encode().unwrap(), [0b0101_1011, 0b0110_1101, 0b0010_0100]);
        assert_eq!(Mib::from_bits(&bits).unwrap(), mib);
        assert_eq!(mib.sfn(9), 0b101101 * 16 + 9);
    }

    #[test]
    fn every_word_round_trips_or_is_the_other_message() {
        for word in (0..1u32 << 24).step_by(257).chain([0xff_ffff, 0x7f_ffff]) {
            let bytes = [(word >> 16) as u8, (word >> 8) as u8, word as u8];
            match Mib::decode(bytes) {
                Ok(mib) => assert_eq!(mib.encode().unwrap(), bytes),
                Err(error) => {
                    assert_eq!(word >> 23, 1);
                    assert_eq!(error.problem(), &DecodeProblem::OtherMessage("messageClassExtension"));
                }
            }
        }
    }

    #[test]
    fn values_beyond_their_range_are_named() {
        let mut mib = Mib::decode([0, 0, 0]).unwrap();
        mib.ssb_subcarrier_offset = 16;
        let message = mib.to_bits().unwrap_err().to_string();
        assert_eq!(message, "ssb-SubcarrierOffset = 16: must lie in 0..=15 (TS 38.331 6.3.2)");
        assert!(Mib::from_bits(&[0; 23]).is_err());
    }
}
