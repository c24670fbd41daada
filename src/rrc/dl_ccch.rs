use super::dedicated::{CellGroupConfig, RADIO_BEARER_CONFIG};
use super::error::{DecodeError, DecodeProblem};
use super::skip::Skipped;
use super::uper::{Coded, Contained, OctetString, Reader, UnknownTail, Writer, range};
use super::value::Value;
use crate::ConfigError;
use crate::coding::bits;

/// What the network answers to a device without a connection: DL-CCCH-Message, TS 38.331 6.2.1. It is the SDU of
/// logical channel CCCH (LCID 0) in a transport block with the TC-RNTI: [`crate::mac::DlSchSubPdus`] finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "DL-CCCH-Message")]
pub enum DlCcchMessage {
    /// `rrcReject`: not now.
    Reject(RrcReject),
    /// `rrcSetup`: the connection, with all that the device has to know for it.
    Setup(Box<RrcSetup>),
}

sequence! {
    /// The contents of RRCReject, TS 38.331 6.2.2.
    pub struct RrcReject {
        /// Seconds before the next attempt.
        wait_time: Option<u8> = "waitTime", range(1, 16);
        /// Kept as it came.
        late_non_critical_extension: Option<OctetString> = "lateNonCriticalExtension";
        /// Kept as it came.
        non_critical_extension: Option<UnknownTail> = "nonCriticalExtension";
    }
}

/// RRCSetup, TS 38.331 6.2.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrcSetup {
    /// `rrc-TransactionIdentifier`, 0..=3: the device answers with the same.
    pub transaction_identifier: u8,
    /// Its contents.
    pub ies: RrcSetupIes,
}

sequence! {
    /// The contents of RRCSetup.
    pub struct RrcSetupIes {
        /// Read over.
        radio_bearer_config: Skipped = "radioBearerConfig", RADIO_BEARER_CONFIG;
        /// The configuration of the device.
        master_cell_group: Contained<CellGroupConfig> = "masterCellGroup";
        /// Kept as it came.
        late_non_critical_extension: Option<OctetString> = "lateNonCriticalExtension";
        /// Fields of Release 17 and later (sidelink, relays), kept as they came.
        non_critical_extension: Option<UnknownTail> = "nonCriticalExtension";
    }
}

impl RrcSetup {
    /// The configuration of the device: `masterCellGroup`.
    pub const fn cell_group(&self) -> &CellGroupConfig {
        &self.ies.master_cell_group.0
    }
}

/// Alternatives of `c1`, two of them spare.
const C1: usize = 4;
const REJECT: usize = 0;
const SETUP: usize = 1;
/// rrc-TransactionIdentifier.
const TRANSACTION: super::uper::Range = range(0, 3);

impl DlCcchMessage {
    /// From the bytes of the SDU. Returns the number of bytes the message took; what follows is not its own.
    ///
    /// # Errors
    /// If the bytes are another message or none: names the field and the bit.
    pub fn decode(sdu: &[u8]) -> Result<(Self, usize), DecodeError> {
        let bits = bits::unpack(sdu);
        let mut reader = Reader::new(&bits);
        let message = Self::read(&mut reader).map_err(|error| match error.path() {
            // The bits before the message's contents belong to no field.
            "" => error.inside("DL-CCCH-Message"),
            _ => error,
        })?;
        Ok((message, reader.position().div_ceil(8)))
    }

    fn read(reader: &mut Reader) -> Result<Self, DecodeError> {
        let other = |bit, name| Err(DecodeError::new(bit, DecodeProblem::OtherMessage(name)));
        if reader.flag()? {
            return other(0, "messageClassExtension");
        }
        match reader.index(C1)? {
            REJECT => {
                if reader.flag()? {
                    return other(reader.position() - 1, "rrcReject.criticalExtensionsFuture");
                }
                RrcReject::decode(reader, &()).map(Self::Reject).map_err(|error| error.inside("rrcReject"))
            }
            SETUP => {
                let transaction_identifier = reader.number(TRANSACTION)? as u8;
                if reader.flag()? {
                    return other(reader.position() - 1, "rrcSetup.criticalExtensionsFuture");
                }
                let ies = RrcSetupIes::decode(reader, &()).map_err(|error| error.inside("rrcSetup"))?;
                Ok(Self::Setup(Box::new(RrcSetup { transaction_identifier, ies })))
            }
            _ => other(1, "spare"),
        }
    }

    /// The bytes of the SDU.
    ///
    /// # Errors
    /// If a field is beyond its range: names it.
    pub fn encode(&self) -> Result<Vec<u8>, ConfigError> {
        let mut writer = Writer::default();
        writer.flag(false); // c1
        match self {
            Self::Reject(reject) => {
                writer.index(REJECT, C1);
                writer.flag(false);
                reject.encode(&mut writer, &(), "rrcReject")?;
            }
            Self::Setup(setup) => {
                writer.index(SETUP, C1);
                writer.number(setup.transaction_identifier.into(), TRANSACTION, "rrc-TransactionIdentifier")?;
                writer.flag(false);
                setup.ies.encode(&mut writer, &(), "rrcSetup")?;
            }
        }
        Ok(bits::pack(&writer.bits))
    }

    /// All fields under the standard's names.
    pub fn tree(&self) -> Value {
        let (name, value) = match self {
            Self::Reject(reject) => ("rrcReject", reject.value()),
            Self::Setup(setup) => {
                let mut members =
                    vec![("rrc-TransactionIdentifier".into(), Value::Int(setup.transaction_identifier.into()))];
                if let Value::Object(ies) = setup.ies.value() {
                    members.extend(ies);
                }
                ("rrcSetup", Value::Object(members))
            }
        };
        Value::Object(vec![(name.into(), value)])
    }

    /// The fields as (path, text), as in `("rrcSetup.masterCellGroup.cellGroupId", "0")`.
    pub fn fields(&self) -> Vec<(String, String)> {
        self.tree().fields()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages of the test data that are short enough to be cut at each of their bits.
    fn messages() -> impl Iterator<Item = Vec<u8>> {
        let lines = include_str!("../../tests/data/rrc_setup.jsonl").lines().skip(1);
        let hex = lines.map(|line| line.split('"').nth(5).unwrap());
        hex.filter(|hex| hex.len() < 1200).map(|hex| {
            let digits = hex.bytes().map(|digit| (digit as char).to_digit(16).unwrap() as u8);
            digits.flat_map(|digit| (0..4).rev().map(move |i| digit >> i & 1)).collect()
        })
    }

    #[test]
    fn cut_at_every_bit() {
        assert!(messages().count() >= 5);
        for bits in messages() {
            let mut reader = Reader::new(&bits);
            DlCcchMessage::read(&mut reader).unwrap();
            for n in 0..reader.position() {
                let error = DlCcchMessage::read(&mut Reader::new(&bits[..n])).unwrap_err();
                assert!(matches!(error.problem(), DecodeProblem::EndOfData { .. }), "{n} of {}: {error}", bits.len());
            }
        }
    }
}
