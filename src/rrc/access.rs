use super::error::DecodeError;
use super::uper::{CLAUSE, Coded, Reader, Writer, list, range};
use super::value::Value;
use crate::ConfigError;
use std::fmt;
use std::str::FromStr;

sequence! {
    /// Levels that a device must measure to camp on the cell, TS 38.304 5.2.3.2.
    pub struct CellSelectionInfo {
        /// Q_rxlevmin in units of 2 dBm.
        q_rx_lev_min: i8 = "q-RxLevMin", range(-70, -22);
        /// Units of 2 dB.
        q_rx_lev_min_offset: Option<u8> = "q-RxLevMinOffset", range(1, 8);
        /// Units of 2 dBm.
        q_rx_lev_min_sul: Option<i8> = "q-RxLevMinSUL", range(-70, -22);
        /// Q_qualmin in dB.
        q_qual_min: Option<i8> = "q-QualMin", range(-43, -12);
        /// dB.
        q_qual_min_offset: Option<u8> = "q-QualMinOffset", range(1, 8);
    }
}

sequence! {
    /// The networks of the cell and its identity in each, TS 38.331 6.3.2.
    pub extensible struct CellAccessRelatedInfo [] {
        plmn_identity_info_list: Vec<PlmnIdentityInfo> = "plmn-IdentityInfoList", list(1, 12);
        cell_reserved_for_other_use: bool = "cellReservedForOtherUse", "true";
    }
}

sequence! {
    /// Networks that share tracking area and cell identity.
    pub extensible struct PlmnIdentityInfo [] {
        plmn_identity_list: Vec<PlmnIdentity> = "plmn-IdentityList", list(1, 12);
        /// 24 bits.
        tracking_area_code: Option<u32> = "trackingAreaCode", range(0, 0xff_ffff);
        ranac: Option<u8> = "ranac", range(0, 255);
        /// NR cell identity: 36 bits, gNB identity first.
        cell_identity: u64 = "cellIdentity", range(0, 0xf_ffff_ffff);
        cell_reserved_for_operator_use: CellReservedForOperatorUse = "cellReservedForOperatorUse";
    }
}

enumerated! {
    /// Whether the operator keeps the cell for itself.
    pub enum CellReservedForOperatorUse { Reserved = "reserved", NotReserved = "notReserved" }
}

/// PLMN-Identity: mobile country code and network code, digit by digit; written as in `208-93`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlmnIdentity {
    /// Three digits; absent where it is that of the entry before.
    pub mcc: Option<[u8; 3]>,
    /// Two or three digits.
    pub mnc: Vec<u8>,
}

impl Coded for PlmnIdentity {
    type Bound = ();

    fn decode(reader: &mut Reader, (): &()) -> Result<Self, DecodeError> {
        let has_mcc = reader.flag()?;
        let mut digits = |n: i64, name| {
            let digits = (0..n).map(|_| reader.number(range(0, 9)).map(|digit| digit as u8));
            digits.collect::<Result<Vec<u8>, _>>().map_err(|error| error.inside(name))
        };
        let mcc = if has_mcc { digits(3, "mcc")?.try_into().ok() } else { None };
        let n = reader.number(range(2, 3)).map_err(|error| error.inside("mnc"))?;
        let digits = (0..n).map(|_| reader.number(range(0, 9)).map(|digit| digit as u8));
        let mnc = digits.collect::<Result<_, _>>().map_err(|error: DecodeError| error.inside("mnc"))?;
        Ok(Self { mcc, mnc })
    }

    fn encode(&self, writer: &mut Writer, (): &(), _: &'static str) -> Result<(), ConfigError> {
        writer.flag(self.mcc.is_some());
        let digit = range(0, 9);
        self.mcc.iter().flatten().try_for_each(|&d| writer.number(i64::from(d), digit, "mcc"))?;
        if !(2..=3).contains(&self.mnc.len()) {
            return Err(ConfigError::new(
                "mnc",
                format!("{} digits", self.mnc.len()),
                "must have 2 or 3 digits",
                CLAUSE,
            ));
        }
        writer.flag(self.mnc.len() == 3);
        self.mnc.iter().try_for_each(|&d| writer.number(i64::from(d), digit, "mnc"))
    }

    fn value(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl fmt::Display for PlmnIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mcc.iter().flatten().try_for_each(|digit| write!(f, "{digit}"))?;
        f.write_str("-")?;
        self.mnc.iter().try_for_each(|digit| write!(f, "{digit}"))
    }
}

impl FromStr for PlmnIdentity {
    type Err = ConfigError;

    /// `208-93`, or `20893` with the first three digits as country code.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let error = || ConfigError::new("PLMN", text, "must be 5 or 6 digits as in 208-93", "TS 23.003 2.2");
        let (mcc, mnc) = text.split_once('-').or_else(|| text.split_at_checked(3)).ok_or_else(error)?;
        let digits = |part: &str| part.chars().map(|c| c.to_digit(10).map(|d| d as u8)).collect::<Option<Vec<u8>>>();
        let mcc = digits(mcc).and_then(|digits| digits.try_into().ok()).ok_or_else(error)?;
        let mnc = digits(mnc).filter(|digits| (2..=3).contains(&digits.len())).ok_or_else(error)?;
        Ok(Self { mcc: Some(mcc), mnc })
    }
}

impl CellAccessRelatedInfo {
    /// All networks of the cell in the order of the list, with the country code filled in where the list leaves it
    /// out because it repeats.
    pub fn plmns(&self) -> Vec<PlmnIdentity> {
        let mut mcc = None;
        let identities = self.plmn_identity_info_list.iter().flat_map(|info| &info.plmn_identity_list);
        identities
            .map(|identity| {
                mcc = identity.mcc.or(mcc);
                PlmnIdentity { mcc, mnc: identity.mnc.clone() }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plmn_text() {
        for text in ["208-93", "001-01", "310-260"] {
            let plmn: PlmnIdentity = text.parse().unwrap();
            assert_eq!(plmn.to_string(), text);
            assert_eq!(text.replace('-', "").parse::<PlmnIdentity>().unwrap(), plmn);
        }
        for text in ["", "20", "208", "208-9", "2089", "208-9a", "20-893", "208-9312", "৩৩৩-01"] {
            assert!(text.parse::<PlmnIdentity>().is_err(), "{text}");
        }
    }

    /// 1 (mcc), 3 digits of 4 bits, 1 bit for the number of digits, then those.
    #[test]
    fn plmn_bits() {
        let mut writer = Writer::default();
        "208-93".parse::<PlmnIdentity>().unwrap().encode(&mut writer, &(), "").unwrap();
        let expected = "1 0010 0000 1000 0 1001 0011".replace(' ', "");
        assert_eq!(writer.bits, expected.bytes().map(|digit| digit - b'0').collect::<Vec<_>>());
    }

    #[test]
    fn repeated_country_code_is_filled_in() {
        let first: PlmnIdentity = "208-93".parse().unwrap();
        let second = PlmnIdentity { mcc: None, mnc: vec![0, 1] };
        let info = CellAccessRelatedInfo {
            plmn_identity_info_list: vec![PlmnIdentityInfo {
                plmn_identity_list: vec![first.clone(), second],
                tracking_area_code: None,
                ranac: None,
                cell_identity: 1,
                cell_reserved_for_operator_use: CellReservedForOperatorUse::NotReserved,
                extension: Default::default(),
            }],
            cell_reserved_for_other_use: false,
            extension: Default::default(),
        };
        assert_eq!(info.plmns(), [first, "208-01".parse().unwrap()]);
    }
}
