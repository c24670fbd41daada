use std::borrow::Cow;

/// A message as a tree of the standard's names: what a program prints or turns into JSON.
///
/// Optional fields that are absent are left out. With the cargo feature `serde` the tree is serialisable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `ENUMERATED {true}` that is present.
    Bool(bool),
    /// A number, or an identity of the standard's type BIT STRING (tracking area code, cell identity).
    Int(i64),
    /// The name of an enumeration's value, the digits of a bit string, an octet string in hexadecimal.
    Text(String),
    /// SEQUENCE OF.
    List(Vec<Value>),
    /// SEQUENCE, in the order of the standard; a CHOICE is an object of one entry.
    Object(Vec<(Cow<'static, str>, Value)>),
}

impl Value {
    /// The member `name` of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|member| member.0 == name).map(|member| &member.1),
            _ => None,
        }
    }

    /// The leaves as (path, text): `("servingCellConfigCommon.ss-PBCH-BlockPower", "20")`, list elements as `[0]`.
    /// An empty structure is one leaf with the text `{}`.
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        self.collect(&mut String::new(), &mut fields);
        fields
    }

    fn collect(&self, path: &mut String, fields: &mut Vec<(String, String)>) {
        let length = path.len();
        match self {
            Self::Bool(value) => fields.push((path.clone(), value.to_string())),
            Self::Int(value) => fields.push((path.clone(), value.to_string())),
            Self::Text(value) => fields.push((path.clone(), value.clone())),
            Self::List(values) => {
                for (i, value) in values.iter().enumerate() {
                    path.push_str(&format!("[{i}]"));
                    value.collect(path, fields);
                    path.truncate(length);
                }
            }
            Self::Object(members) if members.is_empty() => fields.push((path.clone(), "{}".to_owned())),
            Self::Object(members) => {
                for (name, value) in members {
                    if length > 0 {
                        path.push('.');
                    }
                    path.push_str(name);
                    value.collect(path, fields);
                    path.truncate(length);
                }
            }
        }
    }
}

/// Octets as lower-case hexadecimal digits.
pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(feature = "serde")]
impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(values) => serializer.collect_seq(values),
            Self::Object(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}
